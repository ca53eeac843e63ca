"""Metrics functions over spans: one grouped query where filters decide span by span, else over the spansets of each trace."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np

from swarmscope.errors import QueryError
from swarmscope.query.reader import Reader
from swarmscope.query.search import between
from swarmscope.query.times import Window
from swarmscope.query.traceql.columns import Value
from swarmscope.query.traceql.parse import parse
from swarmscope.query.traceql.plan import Plan, static_of
from swarmscope.query.traceql.search import spans_of
from swarmscope.query.traceql.series import BUCKET, SERIES_MAX, Labels, Series, Steps, combined, log2_quantile, staged
from swarmscope.query.traceql.spansets import Span, Trace, evaluate
from swarmscope.query.traceql.tree import (
    Attribute,
    Filter,
    Metrics,
    MetricsMath,
    Pipeline,
    Select,
    Static,
)

ROWS_MAX = 500_000
TRACES_MAX = 20_000
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


def query(reads: Reader, text: str, steps: Steps) -> list[Series]:
    """The series of a metrics query over `steps`. QueryError: it selects spans, or gives too much."""
    tree = parse(text)
    if isinstance(tree, Pipeline):
        raise QueryError("this query selects spans; add a metrics function, as in `{ } | rate()`")
    found = _evaluate(reads, tree, steps)
    assert isinstance(found, list)  # noqa: S101 # a number alone is refused by the parser
    return _few(found)


def _evaluate(reads: Reader, tree: Metrics | MetricsMath | Static, steps: Steps) -> list[Series] | float:
    if isinstance(tree, Static):
        return float(tree.value or 0) / (1e9 if tree.kind == "duration" else 1)
    if isinstance(tree, MetricsMath):
        sides = _evaluate(reads, tree.left, steps), _evaluate(reads, tree.right, steps)
        return staged(combined(tree.op, *sides), tree.then)
    return staged(_series(reads, tree, steps), tree.then)


def _series(reads: Reader, tree: Metrics, steps: Steps) -> list[Series]:
    plan = Plan(reads, tree.source)
    wanted = [*tree.by, *([tree.item] if tree.item else [])]
    for attribute in wanted:
        plan.values.setdefault(attribute, plan.value(attribute))
    simple = all(isinstance(stage, Filter | Select) for stage in tree.source.stages) and not plan.nested
    cells = _grouped(reads, plan, tree, steps) if simple else _walked(reads, plan, tree, steps)
    return _lines(tree, plan, cells, steps)


def _grouped(reads: Reader, plan: Plan, tree: Metrics, steps: Steps) -> _Cells:
    """Counted by the store."""
    within = steps.window
    of = plan.values[tree.item] if tree.item else Value()
    if tree.item and not of.number:
        raise QueryError(f"{tree.item} is no number")
    groups = []
    for i, attribute in enumerate(tree.by):
        value = plan.values[attribute]
        parts = (("t", value.text), ("n", value.number), ("b", value.flag))
        groups += [f"{part or 'NULL'} AS g{i}{letter}" for letter, part in parts]
    names = [g.rpartition(" AS ")[2] for g in groups]
    bucket = f", {_POWER} AS bucket" if tree.function in _BUCKETS else ", 0. AS bucket"
    keep = "AND isNotNull(value)" if tree.item else ""
    conditions = " AND ".join(plan.filters.values()) or "1"
    columns = ", ".join([f"{of.number or '0.'} AS value", *groups])
    table = reads.query(
        f"SELECT {', '.join(['step', *names])}{bucket}, {_SQL.get(tree.function, 'toFloat64(count())')} AS result FROM ("
        f"SELECT intDiv(toUnixTimestamp64Nano(start_time) - {steps.start_ns + 1:d}, {steps.step_ns:d}) AS step, {columns} "
        f"FROM {plan.source(within)} WHERE {between('start_time', within)} AND {conditions}) WHERE 1 {keep} "
        f"GROUP BY {', '.join(['step', *names, 'bucket'])} LIMIT {ROWS_MAX + 1}",
        plan.params.values,
    )
    if table.num_rows > ROWS_MAX:
        raise QueryError(f"more than {ROWS_MAX} values of groups and steps; group by less, or take a longer step")
    cells: _Cells = defaultdict(dict)
    scale = 1e-9 if of.seconds and tree.function not in _BUCKETS else 1.0
    for r in table.to_pylist():
        statics = [static_of(plan.values[a], r[f"g{i}t"], r[f"g{i}n"], r[f"g{i}b"]) for i, a in enumerate(tree.by)]
        cells[_labels(tree, statics), r["bucket"]][r["step"]] = r["result"] * scale
    return cells


_POWER = "if(value < 2, -1., exp2(ceil(log2(value))))"


def _walked(reads: Reader, plan: Plan, tree: Metrics, steps: Steps) -> _Cells:
    """Counted here, over the spansets of every trace in question. QueryError: too many."""
    within = steps.window
    candidates = f"{between('start_time', within)} AND {plan.candidates(within)}"
    traces = f"(SELECT DISTINCT trace_id FROM {plan.source(within)} WHERE {candidates})"
    count = reads.rows(f"SELECT count() AS n FROM {traces} AS c", plan.params.values)[0]["n"]
    if count > TRACES_MAX:
        raise QueryError(
            f"{count} traces would have to be looked at, more than {TRACES_MAX}; narrow the time or the filters"
        )
    by_trace: dict[str, list[Span]] = defaultdict(list)
    for trace, span in spans_of(reads, plan, within, f"trace_id IN {traces}", {}):
        by_trace[trace].append(span)
    values: dict[_Key, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for spans in by_trace.values():
        trace_spans = Trace(spans)
        met = {i for found in evaluate(plan.query, trace_spans) for i in found.spans}
        for i in met:
            _count(tree, plan, spans[i], steps, values)
    if tree.function in (*_COUNTS, *_BUCKETS):
        return {key: {step: float(len(v)) for step, v in of.items()} for key, of in values.items()}
    fold = _FOLD[tree.function]
    return {key: {step: float(fold(v)) for step, v in of.items()} for key, of in values.items()}


def _count(tree: Metrics, plan: Plan, span: Span, steps: Steps, into: Any) -> None:
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
    into[_labels(tree, [span.values[a] for a in tree.by]), bucket][step].append(value)


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
    scale = 1e-9 if tree.item and plan.values[tree.item].seconds else 1.0
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
