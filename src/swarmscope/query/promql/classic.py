"""Quantiles and fractions of histograms, native ones and classic ones (series with a `le` label)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from swarmscope.query.promql import buckets, densebuckets
from swarmscope.query.promql.labels import NAME, Labels, Mask
from swarmscope.query.promql.lexer import number_of
from swarmscope.query.promql.nodes import Call, Expr, Text
from swarmscope.query.promql.values import F64, I64, Vector, joined

if TYPE_CHECKING:
    from swarmscope.query.promql.evaluate import Evaluator

TOLERANCE = 1e-12
BUCKET = "le"
_MAX = float(np.finfo(np.float64).max)
_TINY = float(np.finfo(np.float64).tiny)


@dataclass(slots=True)
class _Group:
    """Classic buckets of one histogram. rows: by ascending bound; bounds: of the rows."""

    rows: I64
    bounds: F64


@dataclass(slots=True)
class _Input:
    """Both kinds in a vector. native: where a native histogram counts; groups: classic ones, with labels less `le`."""

    vector: Vector
    native: Mask
    groups: list[_Group]
    labels: Labels
    clash: list[I64]


def _split(ev: Evaluator, vector: Vector, node: Expr) -> _Input:
    native = vector.is_histogram
    floats = vector.floats
    bounds = np.full(vector.labels.size, np.nan)
    usable = np.zeros(vector.labels.size, bool)
    texts = vector.labels.texts(BUCKET)
    for row in np.flatnonzero(floats.any(axis=1)).tolist():
        try:
            bounds[row] = number_of(texts[row])
            usable[row] = True
        except (ValueError, IndexError):
            ev.notes.bad_bucket(vector.labels.text(NAME, row), texts[row], node)
    bare = vector.labels.without([BUCKET])
    ids, first = bare.groups()
    groups, clash, firsts = [], [], []
    for group in range(len(first)):
        members = np.flatnonzero((ids == group) & usable)
        if not len(members):
            continue
        ordered = members[np.argsort(bounds[members], kind="stable")]
        groups.append(_Group(ordered, bounds[ordered]))
        firsts.append(first[group])
        natives = np.flatnonzero((ids == group) & native.any(axis=1))
        natives = natives[[not texts[row] for row in natives.tolist()]] if len(natives) else natives
        both = floats[ordered].any(axis=0) & native[natives].any(axis=0)
        if both.any():
            ev.notes.mixed_classic(vector.labels.text(NAME, int(natives[0])), node)
            native = native.copy()
            native[natives] &= ~both
        clash.append(np.flatnonzero(both))
    return _Input(vector, native, groups, bare.take(np.array(firsts, np.int64)), clash)


def _results(ev: Evaluator, given: _Input, native: F64, classic: F64, found: Mask) -> Vector:
    """Both kinds as one vector."""
    parts = [
        Vector.of(given.vector.labels, native, given.native, drop=True).pruned(),
        Vector.of(given.labels, classic, found, drop=True).pruned(),
    ]
    return joined(parts)


def quantile(ev: Evaluator, call: Call) -> Vector:
    """histogram_quantile()."""
    q = ev.scalar(call.args[0])
    for value in np.unique(q).tolist():
        if not 0 <= value <= 1:
            ev.notes.invalid_quantile(value, call.args[0])
    given = _split(ev, ev.vector(call.args[1]), call.args[1])
    return _quantile(ev, given, q, call.args[1])


def quantiles(ev: Evaluator, call: Call) -> Vector:
    """histogram_quantiles(): several, told apart by a label."""
    vector = ev.vector(call.args[0])
    label = call.args[1].value if isinstance(call.args[1], Text) else ""
    given = None
    parts = []
    for arg in call.args[2:]:
        q = ev.scalar(arg)
        for value in np.unique(q).tolist():
            if not 0 <= value <= 1:
                ev.notes.invalid_quantile(value, arg)
        given = given or _split(ev, vector, call.args[0])
        for value in np.unique(q).tolist():
            out = _quantile(ev, given, np.full(ev.grid.count, value), call.args[0])
            out.present &= (q == value) | (np.isnan(q) & math.isnan(value))
            out.labels = out.labels.with_texts(label, [open_metrics(value)] * out.labels.size)
            parts.append(out.pruned())
    return joined(parts)


def open_metrics(value: float) -> str:
    """A number as OpenMetrics writes it: with a decimal point."""
    text = buckets.go_g(value, 21)
    return text if any(c in text for c in ".eNI") else f"{text}.0"


def _quantile(ev: Evaluator, given: _Input, q: F64, node: Expr) -> Vector:
    vector = given.vector
    native = np.full(vector.values.shape, np.nan)
    if vector.histograms is not None:
        rows, columns = np.nonzero(given.native)
        found_there = vector.histograms[rows, columns].tolist()
        native[rows, columns], done = densebuckets.quantiles(q[columns], found_there)
        for i in np.flatnonzero(~done).tolist():
            row, step = rows[i], columns[i]
            native[row, step], said = buckets.quantile(float(q[step]), found_there[i])
            if said:
                _note_nan(ev, vector.labels.text(NAME, int(row)), said, node)
    steps = ev.grid.count
    classic, found = np.full((len(given.groups), steps), np.nan), np.zeros((len(given.groups), steps), bool)
    for number, group in enumerate(given.groups):
        name = given.labels.text(NAME, number)
        for columns, bounds, counts in _layouts(vector, group, given.clash[number]):
            found[number, columns] = True
            classic[number, columns] = _bucket_quantile(ev, q[columns], bounds, counts, name, node, columns)
    return _results(ev, given, native, classic, found)


def _note_nan(ev: Evaluator, name: str, said: str, node: Expr) -> None:
    of = f' for metric name "{name}"' if name else ""
    what = "result is NaN" if said == "nan" else "result is skewed higher"
    ev.notes.info(f"input to histogram_quantile has NaN observations, {what}{of}", node)


def _layouts(vector: Vector, group: _Group, clash: I64) -> list[tuple[I64, F64, F64]]:
    """Steps with the same buckets present: steps, bounds, counts (buckets, steps); equal bounds are one bucket."""
    present = vector.floats[group.rows]
    used: Mask = np.any(present, axis=0)
    used[clash] = False
    columns = np.flatnonzero(used)
    if not len(columns):
        return []
    patterns, which = np.unique(present[:, columns], axis=1, return_inverse=True)
    out = []
    for p in range(patterns.shape[1]):
        rows = np.flatnonzero(patterns[:, p])
        steps = columns[which.ravel() == p]
        counts = vector.values[group.rows[rows]][:, steps]
        bounds, place = np.unique(group.bounds[rows], return_inverse=True)
        if len(bounds) < len(rows):
            together = np.zeros((len(bounds), len(steps)))
            np.add.at(together, place, counts)
            counts = together
        out.append((steps, bounds, counts))
    return out


def _ascending(counts: F64, bounds: F64) -> tuple[F64, Mask, F64, F64, F64]:
    """Counts that never fall, which steps had to be mended, and between which bounds by how much."""
    counts = counts.copy()
    steps = counts.shape[1]
    forced = np.zeros(steps, bool)
    low, high, most = np.full(steps, np.inf), np.full(steps, -np.inf), np.zeros(steps)
    before = counts[0].copy()
    for i in range(1, len(counts)):
        now = counts[i]
        size = np.abs(before) + np.abs(now)
        close = np.abs(before - now) / np.clip(size, _TINY, _MAX) < TOLERANCE
        fell = (now < before) & ~close & (now != before)
        forced |= fell
        low = np.where(fell, np.minimum(low, bounds[i]), low)
        high = np.where(fell, np.maximum(high, bounds[i]), high)
        most = np.where(fell, np.maximum(most, before - now), most)
        counts[i] = np.where(close | fell, before, now)
        before = np.where(close | fell | (now == before), before, now)
    return counts, forced, low, high, most


def _bucket_quantile(ev: Evaluator, q: F64, bounds: F64, counts: F64, name: str, node: Expr, columns: I64) -> F64:
    """Quantiles by linear interpolation within buckets, per step."""
    with np.errstate(all="ignore"):
        plain = np.where(np.isnan(q), np.nan, np.where(q < 0, -np.inf, np.inf))
        inner = (q >= 0) & (q <= 1)
        if not inner.any() or bounds[-1] != np.inf:
            return np.where(inner, np.nan, plain)
        counts, forced, low, high, most = _ascending(counts, bounds)
        for i in np.flatnonzero(forced & inner).tolist():
            at = int(ev.grid.start_ms + int(columns[i]) * ev.grid.step_ms)
            ev.notes.monotonic(name, node, at, float(low[i]), float(high[i]), float(most[i]))
        if len(bounds) < 2:
            return np.where(inner, np.nan, plain)
        total = counts[-1]
        rank = q * total
        b = np.minimum((counts[:-1] < rank).sum(axis=0), len(bounds) - 1)
        start = np.where(b > 0, bounds[np.maximum(b - 1, 0)], 0.0)
        below = np.where(b > 0, counts[np.maximum(b - 1, 0), np.arange(len(q))], 0.0)
        inside = counts[b, np.arange(len(q))] - below
        value = start + (bounds[b] - start) * ((rank - below) / inside)
        value = np.where(b == len(bounds) - 1, bounds[-2], value)
        value = np.where((b == 0) & (bounds[0] <= 0), bounds[0], value)
        value = np.where((total == 0) | np.isnan(total), np.nan, value)
        return np.where(inner, value, plain)


def fraction(ev: Evaluator, call: Call) -> Vector:
    """histogram_fraction()."""
    lower, upper = ev.scalar(call.args[0]), ev.scalar(call.args[1])
    node = call.args[2]
    given = _split(ev, ev.vector(node), node)
    vector = given.vector
    native = np.full(vector.values.shape, np.nan)
    if vector.histograms is not None:
        rows, steps = np.nonzero(given.native)
        found_there = vector.histograms[rows, steps].tolist()
        native[rows, steps], done = densebuckets.fractions(lower[steps], upper[steps], found_there)
        for i in np.flatnonzero(~done).tolist():
            row, step = rows[i], steps[i]
            native[row, step], skewed = buckets.fraction(float(lower[step]), float(upper[step]), found_there[i])
            if skewed:
                name = vector.labels.text(NAME, int(row))
                of = f' for metric name "{name}"' if name else ""
                text = "input to histogram_fraction has NaN observations, which are excluded from all fractions"
                ev.notes.info(f"{text}{of}", node)
    classic = np.full((len(given.groups), ev.grid.count), np.nan)
    found = np.zeros(classic.shape, bool)
    for number, group in enumerate(given.groups):
        for columns, bounds, counts in _layouts(vector, group, given.clash[number]):
            found[number, columns] = True
            for i, step in enumerate(columns.tolist()):
                classic[number, step] = _bucket_fraction(
                    float(lower[step]), float(upper[step]), bounds.tolist(), counts[:, i].tolist()
                )
    return _results(ev, given, native, classic, found)


def _bucket_fraction(lower: float, upper: float, bounds: list[float], counts: list[float]) -> float:
    total = counts[-1]
    if bounds[-1] != math.inf or total == 0 or math.isnan(lower) or math.isnan(upper):
        return math.nan
    if lower >= upper:
        return 0.0
    ranks: list[float | None] = [None, None]
    rank = 0.0
    low = 0.0 if bounds[0] > 0 else -math.inf
    for up, count in zip(bounds, counts, strict=True):
        for side, v in enumerate((lower, upper)):
            if ranks[side] is not None:
                continue
            if low >= v:
                ranks[side] = rank
            elif low < v < up:
                inside = count if low == -math.inf else rank + (count - rank) * (v - low) / (up - low)
                ranks[side] = inside
        if None not in ranks:
            break
        rank, low = count, up
    start, end = (total if r is None or r > total else r for r in ranks)
    return (end - start) / total
