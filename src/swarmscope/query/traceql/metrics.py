"""Metrics functions over spans: one grouped query where filters decide span by span, else over the spansets of each trace."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from swarmscope.errors import QueryError
from swarmscope.query.reader import Reader
from swarmscope.query.search import between
from swarmscope.query.times import Window
from swarmscope.query.traceql import exemplars
from swarmscope.query.traceql.columns import Value
from swarmscope.query.traceql.compare import compared
from swarmscope.query.traceql.exemplars import Picked
from swarmscope.query.traceql.parse import parse_hinted
from swarmscope.query.traceql.plan import Plan, static_of
from swarmscope.query.traceql.series import BUCKET, SERIES_MAX, Labels, Series, Steps, combined, log2_quantile, staged
from swarmscope.query.traceql.spansets import Span
from swarmscope.query.traceql.tree import Attribute, Compare, Metrics, MetricsMath, Pipeline, Static
from swarmscope.query.traceql.walk import is_simple, walk

ROWS_MAX = 500_000
VALUES_MAX = 20_000_000  # before second stages: `topk` may choose among a whole fleet
_SQL = {
    "min_over_time": "min(value)",
    "max_over_time": "max(value)",
    "sum_over_time": "sum(value)",
    "avg_over_time": "avg(value)",
}
_COUNTS = ("rate", "count_over_time")
_BUCKETS = ("quantile_over_time", "histogram_over_time")
_FOLD: dict[str, Callable[[list[float]], Any]] = {
    "min_over_time": np.min,
    "max_over_time": np.max,
    "sum_over_time": np.sum,
    "avg_over_time": np.mean,
}
_Key = tuple[Labels, float]  # labels, and the bucket where there are some
_Cells = dict[_Key, dict[int, float]]


def query(reads: Reader, text: str, steps: Steps, exemplars_max: int = 0) -> list[Series]:
    """The series of a metrics query over `steps`, with about so many exemplars in all, unless its hint `exemplars` says
    otherwise. QueryError: it selects spans, or gives too much."""
    tree, hints = parse_hinted(text)
    if isinstance(tree, Pipeline):
        raise QueryError("this query selects spans; add a metrics function, as in `{ } | rate()`")
    wanted = exemplars.wanted(hints, exemplars_max)
    if isinstance(tree, Compare):
        return compared(reads, tree, steps, wanted)
    found = _evaluate(reads, tree, steps, wanted)
    assert isinstance(found, list)  # noqa: S101 # a number alone is refused by the parser
    return _few(found)


def _evaluate(reads: Reader, tree: Metrics | MetricsMath | Static, steps: Steps, wanted: int) -> list[Series] | float:
    if isinstance(tree, Static):
        return float(tree.value or 0) / (1e9 if tree.kind == "duration" else 1)
    if isinstance(tree, MetricsMath):
        sides = _evaluate(reads, tree.left, steps, wanted), _evaluate(reads, tree.right, steps, 0)
        return staged(combined(tree.op, *sides), tree.then)
    return staged(_series(reads, tree, steps, wanted), tree.then)


def _series(reads: Reader, tree: Metrics, steps: Steps, count: int) -> list[Series]:
    plan = Plan(reads, tree.source)
    wanted = [*tree.by, *([tree.item] if tree.item else [])]
    for attribute in wanted:
        plan.values.setdefault(attribute, plan.value(attribute))
    picked: list[Picked] = []
    if is_simple(plan):
        asked = _Asked(plan, tree, steps)
        cells = _grouped(reads, asked)
        if cells and count:
            picked = _picked(reads, asked, exemplars.Spread(count, len({key for key, _ in cells}), steps.count))
    else:
        cells = _walked(reads, plan, tree, steps, picked if count else None)
        picked = exemplars.Spread(count, len({key for key, _ in cells}), steps.count).thinned(picked)
    found = _lines(tree, plan, cells, steps)
    exemplars.attach(found, picked, tree.function)
    return found


class _Asked:
    """What a function over spans, each by itself, asks of the store: one row a span."""

    def __init__(self, plan: Plan, tree: Metrics, steps: Steps) -> None:
        """QueryError: the attribute is no number."""
        self.plan, self.tree = plan, tree
        self.of = plan.values[tree.item] if tree.item else Value()
        if tree.item and not self.of.number:
            raise QueryError(f"{tree.item} is no number")
        groups = []
        for i, attribute in enumerate(tree.by):
            value = plan.values[attribute]
            parts = (("t", value.text), ("n", value.number), ("b", value.flag))
            groups += [f"{part or 'NULL'} AS g{i}{letter}" for letter, part in parts]
        self.names = [g.rpartition(" AS ")[2] for g in groups]
        self.bucket = _POWER if tree.function in _BUCKETS else "0."
        self.keep = "isNotNull(value)" if tree.item else "1"
        conditions = " AND ".join(plan.filters.values()) or "1"
        columns = ", ".join([f"{self.of.number or '0.'} AS value", *groups])
        self.rows = (
            f"SELECT trace_id, span_id, start_time, "
            f"intDiv(toUnixTimestamp64Nano(start_time) - {steps.start_ns + 1:d}, {steps.step_ns:d}) AS step, {columns} "
            f"FROM {plan.source(steps.window)} WHERE {between('start_time', steps.window)} AND {conditions}"
        )
        self.scale = 1e-9 if self.of.seconds else 1.0

    def key(self, r: dict[str, Any]) -> _Key:
        """The group of a row."""
        values = self.plan.values
        by = self.tree.by
        statics = [static_of(values[a], r[f"g{i}t"], r[f"g{i}n"], r[f"g{i}b"]) for i, a in enumerate(by)]
        return _labels(self.tree, statics), r["bucket"]


def _grouped(reads: Reader, asked: _Asked) -> _Cells:
    """Counted by the store."""
    function = asked.tree.function
    table = reads.query(
        f"SELECT {', '.join(['step', *asked.names])}, {asked.bucket} AS bucket, "
        f"{_SQL.get(function, 'toFloat64(count())')} AS result FROM ({asked.rows}) WHERE {asked.keep} "
        f"GROUP BY {', '.join(['step', *asked.names, 'bucket'])} LIMIT {ROWS_MAX + 1}",
        asked.plan.params.values,
    )
    if table.num_rows > ROWS_MAX:
        raise QueryError(f"more than {ROWS_MAX} values of groups and steps; group by less, or take a longer step")
    cells: _Cells = defaultdict(dict)
    scale = asked.scale if function in _SQL else 1.0
    for r in table.to_pylist():
        cells[asked.key(r)][r["step"]] = r["result"] * scale
    return cells


def _picked(reads: Reader, asked: _Asked, spread: exemplars.Spread) -> list[Picked]:
    """Spans that were counted, a few of each group and time."""
    place = f"intDiv(step, {spread.steps:d}) AS place"
    by = ", ".join(["place", *asked.names])
    rows = reads.rows(
        f"SELECT lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span, toUnixTimestamp64Nano(start_time) AS at_ns, "
        f"{', '.join(['step', 'value', place, *asked.names])}, {asked.bucket} AS bucket FROM ({asked.rows}) "
        f"WHERE {asked.keep} LIMIT {spread.each:d} BY {by} LIMIT {spread.count:d}",
        asked.plan.params.values,
    )
    return [
        Picked(asked.key(r), r["trace"], r["span"], r["at_ns"], r["step"], float(r["value"]) * asked.scale)
        for r in rows
    ]


_POWER = "if(value < 2, -1., exp2(ceil(log2(value))))"


def _walked(reads: Reader, plan: Plan, tree: Metrics, steps: Steps, picked: list[Picked] | None) -> _Cells:
    """Counted here, over the spansets of every trace in question. picked: gets one span of each value. QueryError: too
    many."""
    values: dict[_Key, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for trace, span in walk(reads, plan, steps.window):
        for key, step, value in _counted(tree, plan, span, steps):
            if picked is not None and step not in values[key]:
                shown = value * _scale(tree, plan) if tree.function in _BUCKETS else value
                picked.append(Picked(key, trace, span.span, span.start_ns, step, shown))
            values[key][step].append(value)
    if tree.function in (*_COUNTS, *_BUCKETS):
        return {key: {step: float(len(v)) for step, v in of.items()} for key, of in values.items()}
    fold = _FOLD[tree.function]
    return {key: {step: float(fold(v)) for step, v in of.items()} for key, of in values.items()}


def _scale(tree: Metrics, plan: Plan) -> float:
    return 1e-9 if tree.item and plan.values[tree.item].seconds else 1.0


def _counted(tree: Metrics, plan: Plan, span: Span, steps: Steps) -> Iterator[tuple[_Key, int, float]]:
    """Where a span counts, and as what."""
    step, bucket, value = (span.start_ns - steps.start_ns - 1) // steps.step_ns, 0.0, 0.0
    if tree.item is not None:
        static = span.values[tree.item]
        if static is None or static.kind not in ("number", "duration"):
            return
        value = float(static.value or 0)
        if tree.function in _BUCKETS:
            bucket = -1.0 if value < 2 else 2.0 ** math.ceil(math.log2(value))
        elif plan.values[tree.item].seconds:
            value /= 1e9
    yield (_labels(tree, [span.values[a] for a in tree.by]), bucket), step, value


def _labels(tree: Metrics, statics: list[Static | None]) -> Labels:
    return tuple(zip(map(_name, tree.by), statics, strict=True)) or (("__name__", Static("string", tree.function)),)


def _name(attribute: Attribute) -> str:
    return str(attribute) if attribute.scope else f".{attribute.name}"


def _lines(tree: Metrics, plan: Plan, cells: _Cells, steps: Steps) -> list[Series]:
    if len(cells) * steps.count > VALUES_MAX:
        raise QueryError(f"{len(cells)} series of {steps.count} points; group by less, or take a longer step")
    if tree.function in _BUCKETS:
        return _of_buckets(tree, plan, cells, steps)
    counts = tree.function in _COUNTS
    found = []
    for (labels, _), at in sorted(cells.items(), key=lambda cell: repr(cell[0])):
        values = np.zeros(steps.count) if counts else np.full(steps.count, np.nan)
        values[list(at)] = list(at.values())
        found.append(Series(labels, values / (steps.step_ns / 1e9) if tree.function == "rate" else values))
    if not found and counts and not tree.by:
        found.append(Series(_labels(tree, []), np.zeros(steps.count)))
    return found


def _of_buckets(tree: Metrics, plan: Plan, cells: _Cells, steps: Steps) -> list[Series]:
    """Histograms as one series for each bucket, quantiles as one for each quantile."""
    scale = _scale(tree, plan)
    by_labels: dict[Labels, dict[float, dict[int, float]]] = defaultdict(dict)
    for (labels, bucket), at in cells.items():
        if bucket > 0:  # smaller ones are no buckets of powers of two
            by_labels[labels][bucket] = at
    found = []
    for labels, buckets in sorted(by_labels.items(), key=repr):
        own = tuple(pair for pair in labels if pair[0] != "__name__")
        bounds = np.array(sorted(buckets))
        grid = np.zeros((len(bounds), steps.count))
        for row, bound in enumerate(bounds):
            at = buckets[bound]
            grid[row, list(at)] = list(at.values())
        if tree.function == "histogram_over_time":
            found += [
                Series((*own, (BUCKET, Static("number", float(b) * scale))), row)
                for b, row in zip(bounds, grid, strict=True)
            ]
            continue
        for p in tree.numbers:
            values = np.array([log2_quantile(p, bounds, grid[:, i]) for i in range(steps.count)]) * scale
            found.append(Series((*own, ("p", Static("number", p))), values))
    return found


def _few(found: list[Series]) -> list[Series]:
    if len(found) > SERIES_MAX:
        raise QueryError(f"{len(found)} series; at most {SERIES_MAX} are given, so group by less or filter more")
    return found


def instant(reads: Reader, text: str, within: Window) -> list[Series]:
    """The series of a metrics query over the window as one interval."""
    return query(reads, text, Steps(within.start_ns - 1, within.length_ns, 1))
