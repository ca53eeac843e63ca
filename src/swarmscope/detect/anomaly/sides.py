"""Which side of normal is bad, and what all members of a cohort have in common."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from swarmscope.stats.calibration import normal_tail
from swarmscope.window import Panel

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
COHORT_MIN = 8
Z_MAX = 35.0


def tail_of(z: F32, panel: Panel) -> F32:
    """Tail probability of standardised values (signals, agents), on the side that is bad for each signal."""
    high = np.array([s.worse == "high" for s in panel.signals])[:, None]
    low = np.array([s.worse == "low" for s in panel.signals])[:, None]
    sided = np.where(high, z, np.where(low, -z, np.abs(z)))
    tail = normal_tail(np.clip(sided, -Z_MAX, Z_MAX).astype(np.float32))
    doubled: F32 = np.where(high | low, tail, np.minimum(2 * tail, 1)).astype(np.float64)
    return doubled


def tail_beyond(score: F32, least: float, panel: Panel) -> F64:
    """As `tail_of` where `score` is at least `least`, else 1; NaN stays. It is rare, so that nearly nothing is computed."""
    with np.errstate(invalid="ignore"):
        beyond = score >= least
    out = np.where(np.isfinite(score), 1.0, np.nan)
    both = np.array([s.worse not in ("high", "low") for s in panel.signals])
    tail = normal_tail(np.minimum(score[beyond], Z_MAX))
    out[beyond] = np.where(np.broadcast_to(both[:, None], score.shape)[beyond], np.minimum(2 * tail, 1), tail)
    return out


def strangeness(z: F32, panel: Panel) -> F32:
    """As `tail_of`, the standardised value itself, positive on the bad side."""
    high = np.array([s.worse == "high" for s in panel.signals])[:, None]
    low = np.array([s.worse == "low" for s in panel.signals])[:, None]
    sided: F32 = np.where(high, z, np.where(low, -z, np.abs(z)))
    return sided


def common(z: F32, cohort: NDArray[np.int32], cohorts: int) -> F32:
    """(signals, cohorts): the median of the members, 0 for a small cohort: what happens to all is no one's own fault."""
    out = np.zeros((z.shape[0], cohorts), np.float32)
    order = np.argsort(cohort, kind="stable")
    bounds = np.searchsorted(cohort[order], np.arange(cohorts + 1))
    for c in range(cohorts):
        members = z[:, order[bounds[c] : bounds[c + 1]]]
        if members.shape[1] < COHORT_MIN:
            continue
        there = np.isfinite(members)
        for s in range(z.shape[0]):
            values = members[s][there[s]]
            if len(values) >= COHORT_MIN:
                out[s, c] = _median(values)
    return out


def _median(values: F32) -> float:
    """As NumPy's, which spends ten times as long on looking what it was given."""
    half = len(values) // 2
    if len(values) % 2:
        return float(np.partition(values, half)[half])
    parted = np.partition(values, (half - 1, half))
    return (float(parted[half - 1]) + float(parted[half])) / 2


def own(z: F32, panel: Panel) -> F32:
    """`z` without what the whole cohort has in common."""
    shared = common(z, panel.cohort, len(panel.cohorts))
    mine: F32 = z - shared[:, panel.cohort]
    return mine
