"""Aggregations: groups of series → one series each, or some of their series."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from swarmscope.query.promql import buckets, compiled, dense
from swarmscope.query.promql.errors import PromqlError
from swarmscope.query.promql.histogram import NOT_RESET, RESET, Histogram, IncompatibleError, Total, mean
from swarmscope.query.promql.labels import NAME, Labels, Mask
from swarmscope.query.promql.nodes import Aggregate, Text
from swarmscope.query.promql.parse import valid_name
from swarmscope.query.promql.values import F64, I64, Objects, Vector, merged
from swarmscope.query.promql.windows import sorted_quantile

if TYPE_CHECKING:
    from swarmscope.query.promql.evaluate import Evaluator

SELECTING = frozenset({"topk", "bottomk", "limitk", "limit_ratio"})
OF_FLOATS = frozenset({"min", "max", "stddev", "stdvar", "quantile"})
CELLS_MAX = 8_000_000
MANY = 10_000  # cells: for fewer, machine code is not worth its call


def aggregate(ev: Evaluator, expr: Aggregate) -> Vector:
    """The value of an aggregation."""
    if expr.op == "count_values":
        return _count_values(ev, expr)
    param = np.zeros(ev.grid.count) if expr.param is None else ev.scalar(expr.param)
    vector = ev.vector(expr.expr)
    grouping = Grouping.of(vector, expr)
    if expr.op in SELECTING:
        return _select(ev, expr, vector, grouping, param)
    if expr.op == "quantile":
        _note_quantiles(ev, expr, param)
    return _reduce(ev, expr, vector, grouping, param)


@dataclass(slots=True)
class Grouping:
    """Groups of series. ids: the group of each; order: series sorted by group; starts: where each group begins in it."""

    ids: I64
    order: I64
    starts: I64
    labels: Labels

    @classmethod
    def of(cls, vector: Vector, expr: Aggregate) -> Grouping:
        """As by or without say; groups stand in the order in which they appear."""
        labels = group_labels(vector.labels, expr)
        ids, first = labels.groups()
        order = np.argsort(ids, kind="stable")
        return cls(ids, order, np.searchsorted(ids[order], np.arange(len(first))), labels.take(first))

    @property
    def count(self) -> int:
        """Number of groups."""
        return len(self.starts)

    def members(self, group: int) -> I64:
        """The series of a group, in their order."""
        stop = self.starts[group + 1] if group + 1 < self.count else len(self.order)
        return self.order[self.starts[group] : stop]


def group_labels(labels: Labels, expr: Aggregate) -> Labels:
    """The labels that a series gives to its group."""
    return labels.without([*expr.grouping, NAME]) if expr.without else labels.only(expr.grouping)


def _note_quantiles(ev: Evaluator, expr: Aggregate, q: F64) -> None:
    assert expr.param is not None  # noqa: S101  # quantile has one
    if np.isnan(q).any():
        ev.notes.invalid_quantile(math.nan, expr.param)
    if np.nanmax(q, initial=-np.inf) > 1:
        ev.notes.invalid_quantile(float(np.nanmax(q)), expr.param)
    if np.nanmin(q, initial=np.inf) < 0:
        ev.notes.invalid_quantile(float(np.nanmin(q)), expr.param)


def _reduce(ev: Evaluator, expr: Aggregate, vector: Vector, g: Grouping, param: F64) -> Vector:
    steps = ev.grid.count
    if not vector.labels.size:
        return Vector.empty(steps)
    floats = vector.floats
    if vector.histograms is not None and expr.op in OF_FLOATS:
        ev.notes.ignored(expr.op, expr.expr)
    counted = vector.present if expr.op in ("count", "group") else floats
    n = _counts(counted, g)
    drop = np.logical_or.reduceat(vector.drop[g.order], g.starts)
    with np.errstate(all="ignore"):
        values = _REDUCERS[expr.op](vector.values, floats, g, n, param)
    present = n > 0
    histograms = None
    if vector.histograms is not None and expr.op in ("sum", "avg"):
        histograms, present = _of_histograms(ev, expr, vector, g, present)
    return Vector(g.labels, values, present, drop, histograms).pruned()


def _rows(values: F64, present: Mask, g: Grouping, filler: float) -> F64:
    """Values by group, `filler` where there is none."""
    return np.where(present[g.order], values[g.order], filler)


def _counts(present: Mask, g: Grouping) -> I64:
    """How many series are present, per group and step."""
    loops = compiled.loops() if present.size >= MANY else None
    if loops is None:
        found: I64 = np.add.reduceat(present[g.order].astype(np.int64), g.starts, axis=0)
        return found
    out = np.zeros((g.count, present.shape[1]), np.int64)
    loops.grouped_count(np.ascontiguousarray(present), g.ids, out)
    return out


def _plain_sums(values: F64, present: Mask, g: Grouping) -> tuple[F64, F64]:
    """Sums of values and of their sizes, per group and step."""
    loops = compiled.loops() if values.size >= MANY else None
    if loops is None:
        rows = _rows(values, present, g, 0.0)
        return np.add.reduceat(rows, g.starts, axis=0), np.add.reduceat(np.abs(rows), g.starts, axis=0)
    out, size = np.zeros((g.count, values.shape[1])), np.zeros((g.count, values.shape[1]))
    loops.grouped_sum(np.ascontiguousarray(values), np.ascontiguousarray(present), g.ids, out, size)
    return out, size


def group_sums(values: F64, present: Mask, g: Grouping) -> F64:
    """Sum per group and step; compensated where plain addition would lose digits."""
    plain, size = _plain_sums(values, present, g)
    risky = (~(np.abs(plain) >= 1e-3 * size) & (size > 0)).any(axis=1)
    for group in np.flatnonzero(risky).tolist():
        total, lost = np.zeros(values.shape[1]), np.zeros(values.shape[1])
        for row in g.members(group).tolist():
            here = present[row]
            more = np.where(here, values[row], 0.0)
            t = total + more
            step = np.where(np.abs(total) >= np.abs(more), (total - t) + more, (more - t) + total)
            lost = np.where(np.isinf(t), 0.0, lost + np.where(here, step, 0.0))
            total = t
        plain[group] = total + lost
    return plain


def _sum(values: F64, present: Mask, g: Grouping, n: I64, param: F64) -> F64:
    return group_sums(values, present, g)


def _avg(values: F64, present: Mask, g: Grouping, n: I64, param: F64) -> F64:
    total = group_sums(values, present, g)
    out = total / n
    over = np.isinf(total)
    if over.any():  # the sum may overflow where the mean does not
        share = _rows(values, present, g, 0.0) / np.repeat(n, np.diff(np.append(g.starts, len(g.order))), axis=0)
        out = np.where(over, np.add.reduceat(share, g.starts, axis=0), out)
    return out


def _min(values: F64, present: Mask, g: Grouping, n: I64, param: F64) -> F64:
    return np.fmin.reduceat(_rows(values, present, g, np.nan), g.starts, axis=0)


def _max(values: F64, present: Mask, g: Grouping, n: I64, param: F64) -> F64:
    return np.fmax.reduceat(_rows(values, present, g, np.nan), g.starts, axis=0)


def _count(values: F64, present: Mask, g: Grouping, n: I64, param: F64) -> F64:
    return n.astype(np.float64)


def _group(values: F64, present: Mask, g: Grouping, n: I64, param: F64) -> F64:
    return np.ones(n.shape)


def _stdvar(values: F64, present: Mask, g: Grouping, n: I64, param: F64) -> F64:
    rows = present[g.order]
    first = np.take_along_axis(
        values[g.order], _first(rows, g), axis=0
    )  # equal values must give 0, not what rounding leaves
    apart = np.where(present, values - first[g.ids], 0.0)
    middle = _avg(apart, present, g, n, param)
    square = np.where(present, apart - middle[g.ids], 0.0) ** 2
    return np.add.reduceat(square[g.order], g.starts, axis=0) / n


def _first(rows: Mask, g: Grouping) -> I64:
    """The first row of each group that is present, per step."""
    index = np.where(rows, np.arange(len(rows))[:, None], len(rows))
    return np.minimum(np.minimum.reduceat(index, g.starts, axis=0), len(rows) - 1)


def _stddev(values: F64, present: Mask, g: Grouping, n: I64, param: F64) -> F64:
    return np.sqrt(_stdvar(values, present, g, n, param))


def _quantile(values: F64, present: Mask, g: Grouping, n: I64, param: F64) -> F64:
    out = np.full(n.shape, np.nan)
    for group in range(g.count):
        members = g.members(group)
        width = max(1, CELLS_MAX // len(members))
        for first in range(0, n.shape[1], width):
            part = slice(first, first + width)
            here = present[members, part]
            column = np.where(here, values[members, part], np.nan).T
            out[group, part] = sorted_quantile(param[part], np.ascontiguousarray(column), n[group, part])
    return out


_REDUCERS: dict[str, Callable[[F64, Mask, Grouping, I64, F64], F64]] = {
    "avg": _avg,
    "count": _count,
    "group": _group,
    "max": _max,
    "min": _min,
    "quantile": _quantile,
    "stddev": _stddev,
    "stdvar": _stdvar,
    "sum": _sum,
}


def _of_histograms(ev: Evaluator, expr: Aggregate, vector: Vector, g: Grouping, floats: Mask) -> tuple[Objects, Mask]:
    """sum and avg of histograms: the result, and where any result is present."""
    assert vector.histograms is not None  # noqa: S101  # asked by the caller
    out = np.full(floats.shape, None, object)
    present = floats.copy()
    native = vector.is_histogram
    for group in range(g.count):
        members = g.members(group)
        for step in np.flatnonzero(native[members].any(axis=0)).tolist():
            rows = members[native[members, step]]
            if floats[group, step]:
                ev.notes.mixed_aggregation(expr.expr)
                present[group, step] = False
                continue
            found = _fold(ev, expr, [vector.histograms[row, step] for row in rows.tolist()], vector.labels, rows)
            out[group, step] = found
            present[group, step] = found is not None
    return out, present


def _fold(ev: Evaluator, expr: Aggregate, histograms: list[Histogram], labels: Labels, rows: I64) -> Histogram | None:
    alike = dense.summed(histograms)
    if alike is not None:
        return (alike if expr.op == "sum" else alike.over(float(len(histograms)))).compact()
    hints = {h.hint for h in histograms}
    total = Total(histograms[0])
    for row, other in zip(rows[1:].tolist(), histograms[1:], strict=True):
        try:
            total.add(other)
        except IncompatibleError:
            ev.notes.mixed_schemas(labels.text(NAME, row), expr.expr)
            return None
    if total.reconciled:
        ev.notes.reconciled("aggregation", expr.expr)
    if RESET in hints and NOT_RESET in hints:
        ev.notes.collision("aggregation", expr.expr)
    if expr.op == "avg":
        return mean(histograms)[0].compact()
    return total.result().compact()


def _select(ev: Evaluator, expr: Aggregate, vector: Vector, g: Grouping, param: F64) -> Vector:
    """topk, bottomk, limitk and limit_ratio: some series of each group."""
    ratio = expr.op == "limit_ratio"
    _check_param(ev, expr, param, ratio)
    nothing = (param == 0).all() if ratio else np.nanmax(param, initial=-np.inf) < 1
    if not vector.labels.size or nothing:
        return Vector.empty(ev.grid.count)
    if ratio:
        chosen = vector.present & _sampled(vector.labels, np.clip(param, -1, 1))
        return _restricted(vector, chosen)
    k = np.where(param >= 1, np.minimum(np.trunc(param), vector.labels.size), 0).astype(np.int64)
    if expr.op == "limitk":
        return _restricted(vector, _limited(vector, g, k))
    if vector.histograms is not None:
        ev.notes.ignored(expr.op, expr)
    return _top(ev, expr, vector.floats_only(), k)


def _check_param(ev: Evaluator, expr: Aggregate, param: F64, ratio: bool) -> None:
    assert expr.param is not None  # noqa: S101  # these have one
    if ratio:
        if (param == 0).all():
            return
        if np.isnan(param).any():
            raise PromqlError("Ratio value is NaN")
        for extreme, capped in ((param.max(), 1.0), (param.min(), -1.0)):
            if abs(extreme) > 1 and extreme * capped > 0:
                ev.notes.invalid_ratio(float(extreme), capped, expr.param)
        return
    if np.isnan(param).any():
        raise PromqlError("Parameter value is NaN")
    if param.max() < 1:
        return
    if param.min() <= -(2.0**63):
        raise PromqlError(f"Scalar value {buckets.go_g(float(param.min()), 21)} underflows int64")
    if param.max() >= 2.0**63:
        raise PromqlError(f"Scalar value {buckets.go_g(float(param.max()), 21)} overflows int64")


def _restricted(vector: Vector, chosen: Mask) -> Vector:
    return Vector(vector.labels, vector.values, chosen, vector.drop, vector.histograms).pruned()


def _limited(vector: Vector, g: Grouping, k: I64) -> Mask:
    """The first k series present in each group."""
    chosen = np.zeros_like(vector.present)
    for group in range(g.count):
        members = g.members(group)
        here = vector.present[members]
        chosen[members] = here & (np.cumsum(here, axis=0) <= k)
    return chosen


def _sampled(labels: Labels, ratio: F64) -> Mask:
    """A share of the series, by a hash of their labels: the same at every step, the rest for the ratio less one."""
    offsets = (labels.hashes() / 2.0**64)[:, None]
    return np.where(ratio >= 0, offsets < ratio, offsets >= 1.0 + ratio)


def _top(ev: Evaluator, expr: Aggregate, vector: Vector, k: I64) -> Vector:
    if not vector.labels.size:
        return Vector.empty(ev.grid.count)
    g = Grouping.of(vector, expr)
    chosen = np.zeros_like(vector.present)
    sign = -1.0 if expr.op == "topk" else 1.0
    ranked: list[I64] = []
    for group in range(g.count):
        members = g.members(group)
        here = vector.present[members]
        keys = sign * vector.values[members]
        keys = np.where(np.isnan(keys), np.inf, keys)
        unknown = np.isnan(vector.values[members]).astype(np.int8) + 2 * ~here  # NaN after numbers, absent after all
        keys = np.where(unknown > 0, np.inf, keys)
        order = np.lexsort((keys, unknown), axis=0)
        rank = np.empty_like(order)
        np.put_along_axis(rank, order, np.arange(len(members))[:, None], axis=0)
        chosen[members] = here & (rank < k)
        ranked.append(members[order[:, 0]])
    out = Vector(vector.labels, vector.values, chosen, vector.drop)
    if ev.single:
        out = out.take(np.concatenate(ranked))
    return out.pruned()


def _count_values(ev: Evaluator, expr: Aggregate) -> Vector:
    """How many series have each value, the value being a label."""
    assert isinstance(expr.param, Text)  # noqa: S101  # types are checked
    label = expr.param.value
    if not valid_name(label):
        raise PromqlError(f"invalid label name {_quoted(label)}")
    vector = ev.vector(expr.expr)
    by = Aggregate("count", expr.expr, None, expr.grouping, expr.without)
    if not expr.without:
        by.grouping = (*expr.grouping, label)
    parts: dict[tuple[Any, ...], tuple[dict[str, str], F64]] = {}
    rows = group_labels(vector.labels.without([label]), by).dicts()
    for row, step in zip(*np.nonzero(vector.present), strict=True):
        h = None if vector.histograms is None else vector.histograms[row, step]
        named = _shown(float(vector.values[row, step])) if h is None else buckets.text(h)
        labels = rows[row] | {label: named}
        if label in expr.grouping and expr.without:
            labels.pop(label)
        key = tuple(sorted(labels.items()))
        if key not in parts:
            parts[key] = (labels, np.zeros(ev.grid.count))
        parts[key][1][step] += 1
    if not parts:
        return Vector.empty(ev.grid.count)
    counts = np.stack([count for _, count in parts.values()])
    return merged(Vector.of(Labels.of([labels for labels, _ in parts.values()]), counts, counts > 0))


def _quoted(text: str) -> str:
    raw = text.encode("utf-8", "surrogateescape")
    try:
        return '"' + raw.decode() + '"'
    except UnicodeDecodeError:
        return '"' + "".join(c if ord(c) < 0xDC80 else f"\\x{ord(c) - 0xDC00:02x}" for c in text) + '"'


def _shown(value: float) -> str:
    """A float without an exponent, as few digits as tell it apart."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return np.format_float_positional(value, unique=True, trim="-")
