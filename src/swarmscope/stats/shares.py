"""Shares and their double arcsine, by which their spread does not depend on their size (Freeman & Tukey 1950)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def counted(x: Any, n: Any = None) -> NDArray[np.float64]:
    """The shares of `n` items whose double arcsines are `x`, exactly as they were counted; arrays that broadcast.

    What lies beyond the ends becomes 0 or 1. n None: as if there were very many. Miller, The American Statistician 32 (1978).
    """
    x = np.asarray(x, np.float64)
    if n is None:
        many: NDArray[np.float64] = np.square(np.sin(np.clip(x / 2, 0, np.pi / 2)))
        return many
    n = np.maximum(np.asarray(n, np.float64), 1)
    none = np.arcsin(np.sqrt(1 / (n + 1)))
    x = np.clip(x, none, np.pi - none)
    sine = np.sin(x)
    inner = np.clip(1 - np.square(sine + (sine - 1 / sine) / n), 0, 1)
    share: NDArray[np.float64] = np.round((1 - np.sign(np.cos(x)) * np.sqrt(inner)) / 2, 6)
    return share
