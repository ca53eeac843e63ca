"""How many values of a set say what another one has said, by a sketch of the distinct ones.

Source: Whang, Vander-Zanden & Taylor, ACM TODS 1990 (linear counting).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SKETCH_BITS = 64


def repeats(values: NDArray[np.float64], bits: NDArray[np.float64]) -> NDArray[np.float64]:
    """How many of so many values repeat another. bits: set in the sketch; that two values may share one is reckoned with."""
    free = np.maximum(SKETCH_BITS - bits, 0.5) / SKETCH_BITS
    found: NDArray[np.float64] = np.maximum(values - np.maximum(-SKETCH_BITS * np.log(free), 1), 0)
    return found
