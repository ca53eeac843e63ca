"""Which of many subjects that come and go are worth remembering."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SILENT_FRAMES = 360  # of ten seconds: who was heard of within an hour stays
WEEK_FRAMES = 60_480  # who is well known stays for a week: a night or a weekend off makes nobody a stranger
KNOWN_FRAMES = 360  # minutes that were learned from: six hours


def staying(silent: NDArray[np.int64], known: NDArray[np.float32], most: int) -> NDArray[np.int64]:
    """Places of those that stay, ascending.

    silent: frames since each was heard of; known: minutes that were learned of it. most: how many there may be with those
    who are silent; of these the best known stay.
    """
    here = silent < SILENT_FRAMES
    away = np.flatnonzero(~here & (silent < WEEK_FRAMES) & (known >= KNOWN_FRAMES))
    best = away[np.argsort(-known[away], kind="stable")][: max(0, most - int(here.sum()))]
    return np.sort(np.concatenate([np.flatnonzero(here), best]))
