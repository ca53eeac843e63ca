"""What a panel holds of the time before the newest frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from swarmscope.window import FRAME_BUCKETS, Panel

F32 = NDArray[np.float32]
STRIDE = 3


def past(panel: Panel, stride: int = STRIDE) -> F32:
    """(frames, signals, agents), oldest first: frames that share nothing with the newest one, every `stride`-th."""
    end = len(panel.x) - FRAME_BUCKETS
    return panel.x[max(0, end - 1) % stride : max(end, 0) : stride]
