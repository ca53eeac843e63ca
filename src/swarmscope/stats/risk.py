"""How dangerous a principal is: what was held against it, as evidence that fades.

risk = 1 − Π (1 − weight(severity) · confidence · 2^(−age / half_life) · 2^(−repeats)). One low event is little, several attacks
or one critical event are much, and what happened a day ago hardly counts. Repeats of an attack are no independent evidence:
somebody who tries the same again a hundred times is one attacker still. Of events alike the gravest counts in full, the next
half as much, the one after it a quarter.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

WEIGHTS = {"info": 0.02, "low": 0.1, "medium": 0.35, "high": 0.65, "critical": 0.9}
HALF_LIFE_S = 3_600.0
REPEATS_MAX = 60  # what lies beyond counts nothing
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


def risk(severity: list[str], confidence: F64, age_s: F64, like: I64, group: I64, groups: int) -> F64:
    """In [0, 1), shape (groups,). severity, confidence, age_s, like, group: of the events. like: a number that repeats of one
    attack by one principal have in common; group: whose each is."""
    weight = np.array([WEIGHTS[s] for s in severity], np.float64)
    part = np.clip(weight * confidence * 0.5 ** (np.maximum(age_s, 0) / HALF_LIFE_S), 0, 0.99)
    order = np.lexsort((-part, like))
    first = np.flatnonzero(np.diff(like[order], prepend=-1))
    repeats = np.arange(len(order)) - np.repeat(first, np.diff(first, append=len(order)))
    part[order] *= 0.5 ** np.minimum(repeats, REPEATS_MAX)
    doubt = np.zeros(groups)
    np.add.at(doubt, group, np.log1p(-part))
    answer: F64 = -np.expm1(doubt)
    return answer
