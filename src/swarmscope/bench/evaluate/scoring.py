"""How scores of anomalies are judged: the NAB score, the volume under the surface of range-aware precision and recall.

NAB: Lavin & Ahmad, "Evaluating Real-time Anomaly Detection Algorithms", ICMLA 2015, written to its definition. VUS-PR:
Paparrizos et al., "Volume Under the Surface", VLDB 2022, in the form of TSB-AD (Liu & Paparrizos, NeurIPS 2024).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
PROBATION_SHARE, PROBATION_MAX = 0.15, 750


@dataclass(frozen=True, slots=True)
class Stream:
    """Scores of one stream and its anomaly windows: first and last row, both included."""

    scores: F64
    windows: Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Profile:
    """What a detection, a false one and a miss weigh."""

    found: float = 1.0
    false: float = 0.11
    missed: float = 1.0


STANDARD = Profile()


def _sigmoid(x: F64) -> F64:
    return np.where(x > 3, -1.0, 2 / (1 + np.exp(5 * np.minimum(x, 100))) - 1)


def row_worth(n: int, windows: Sequence[tuple[int, int]], profile: Profile) -> tuple[F64, NDArray[np.int64]]:
    """What an alarm at each row is worth, and which window it lies in, −1 for none."""
    rows = np.arange(n, dtype=np.float64)
    worth, inside = np.full(n, -profile.false), np.full(n, -1, np.int64)
    for k, (first, last) in enumerate(windows):
        width = last - first + 1.0
        after = rows > last
        worth[after] = _sigmoid((rows[after] - last) / max(width - 1, 1e-9)) * profile.false
        here = (rows >= first) & (rows <= last)
        peak = float(_sigmoid(np.array([-1.0]))[0])
        worth[here] = _sigmoid(-(last - rows[here] + 1) / width) * profile.found / peak
        inside[here] = k
    return worth, inside


def nab_score(
    streams: Sequence[Stream], profile: Profile = STANDARD, threshold: float | None = None
) -> tuple[float, float]:
    """(score from 0, nothing is ever reported, to 100, all is found at once; threshold). Without a threshold, the best one.

    The first rows of a stream are probation: alarms there count for nothing.
    """
    scores, worths, groups, count = [], [], [], 0
    for s in streams:
        skip = min(int(PROBATION_SHARE * len(s.scores)), PROBATION_MAX)
        worth, inside = row_worth(len(s.scores), s.windows, profile)
        scores.append(np.nan_to_num(s.scores[skip:]))
        worths.append(worth[skip:])
        groups.append(np.where(inside[skip:] >= 0, inside[skip:] + count, -1))
        count += len(s.windows)
    score, worth, group = np.concatenate(scores), np.concatenate(worths), np.concatenate(groups)
    seen = np.unique(group[group >= 0])
    null, perfect = -profile.missed * len(seen), profile.found * len(seen)
    order = np.argsort(-score, kind="stable")
    ordered, gain = score[order], np.where(group < 0, worth, 0.0)[order]
    best = dict.fromkeys(seen.tolist(), -profile.missed)
    for place, (g, w) in enumerate(zip(group[order].tolist(), worth[order].tolist(), strict=True)):
        if g >= 0 and w > best[g]:
            gain[place] = w - best[g]
            best[g] = w
    total = null + np.cumsum(gain)
    ends = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))  # equal scores are alarms together
    if threshold is not None:
        at = ends[ordered[ends] >= threshold]
        raw, chosen = (float(total[at[-1]]) if len(at) else null), threshold
    else:
        top = int(np.argmax(total[ends]))
        raw, chosen = float(total[ends[top]]), float(ordered[ends[top]])
        if raw < null:
            raw, chosen = null, float(ordered[0]) + 1
    return 100 * (raw - null) / max(perfect - null, 1e-12), chosen


def vus_pr(labels: NDArray[np.bool_], scores: F64, reach: int = 100, thresholds: int = 100) -> float:
    """Volume under precision and recall over buffers of 0 to `reach` rows around each anomaly. Higher scores are stranger."""
    n = len(scores)
    truth = np.asarray(labels, bool)
    edges = np.flatnonzero(np.diff(np.r_[0, truth.astype(np.int8), 0]))
    segments = (edges.reshape(-1, 2) - np.array([0, 1])).astype(np.int64)
    if not len(segments):
        return float("nan")
    ordered = -np.sort(-scores)
    limits = ordered[np.linspace(0, n - 1, thresholds).astype(int)]
    descending = np.argsort(-scores, kind="stable")
    alarms = np.searchsorted(-ordered, -limits, side="right")  # how many reach each limit
    positives, total = int(truth.sum()), 0.0
    for width in range(reach + 1):
        soft, merged = _softened(truth, segments, width)
        hits = np.r_[0.0, np.cumsum(soft[descending])][alarms]
        near = np.r_[0.0, np.cumsum(np.where(truth, 0.0, soft)[descending])][alarms]
        tops = np.sort([scores[a : b + 1].max() for a, b in merged])
        found = (len(tops) - np.searchsorted(tops, limits, side="left")) / len(tops)
        recall = np.minimum(hits / ((positives + positives + near) / 2), 1) * found
        precision = hits / alarms
        total += float((np.diff(np.r_[0.0, recall]) * precision).sum())
    return total / (reach + 1)


def _softened(truth: NDArray[np.bool_], segments: NDArray[np.int64], width: int) -> tuple[F64, list[tuple[int, int]]]:
    """Labels that fade out over half of `width` on both sides, and the segments so widened, merged where they meet."""
    n, half = len(truth), width // 2
    soft = truth.astype(np.float64)
    merged: list[tuple[int, int]] = []
    for first, last in segments.tolist():
        if half:
            after = np.arange(last + 1, min(last + half + 1, n))
            soft[after] += np.sqrt(1 - (after - last) / width)
            before = np.arange(max(first - half, 0), first)
            soft[before] += np.sqrt(1 - (first - before) / width)
        low, high = max(first - half, 0), min(last + half, n - 1)
        if merged and merged[-1][1] >= low:
            merged[-1] = (merged[-1][0], high)
        else:
            merged.append((low, high))
    return np.minimum(soft, 1.0), merged
