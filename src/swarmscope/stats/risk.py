"""How dangerous a principal is: what was held against it, as independent evidence that fades.

risk = 1 − Π (1 − weight(severity) · confidence · 2^(−age / half_life)). One low event is little, many of them or one critical
event is much, and what happened a day ago hardly counts.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

WEIGHTS = {"info": 0.02, "low": 0.1, "medium": 0.35, "high": 0.65, "critical": 0.9}
HALF_LIFE_S = 3_600.0
F64 = NDArray[np.float64]


def risk(severity: list[str], confidence: F64, age_s: F64, group: NDArray[np.int64], groups: int) -> F64:
    """In [0, 1), shape (groups,). severity, confidence, age_s, group: of the events; group names whose each is."""
    weight = np.array([WEIGHTS[s] for s in severity], np.float64)
    part = np.clip(weight * confidence * 0.5 ** (np.maximum(age_s, 0) / HALF_LIFE_S), 0, 0.99)
    doubt = np.zeros(groups)
    np.add.at(doubt, group, np.log1p(-part))
    answer: F64 = -np.expm1(doubt)
    return answer
