"""Aggregations over range functions or selectors that the source can compute where the samples lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from swarmscope.query.promql.labels import NAME, Labels
from swarmscope.query.promql.nodes import Aggregate, Call, Expr, MatrixSelector, VectorSelector
from swarmscope.query.promql.ranges import KEEP_NAME, OF_COUNTERS, note_counters
from swarmscope.query.promql.selectors import select, shifted
from swarmscope.query.promql.source import Window
from swarmscope.query.promql.values import Vector

if TYPE_CHECKING:
    from swarmscope.query.promql.evaluate import Evaluator

OPS = frozenset({"sum", "avg", "count", "min", "max"})


def aggregate(ev: Evaluator, expr: Aggregate) -> Vector | None:
    """The aggregation as the source computes it; None where it does not."""
    if expr.op not in OPS:
        return None
    found = _inner(expr.expr)
    if found is None:
        return None
    selector, function, range_ms = found
    range_ms = range_ms or ev.lookback_ms
    grid = shifted(ev, selector)
    if grid is None:
        return None
    selection = select(ev, selector, grid.start_ms - range_ms + 1, grid.end_ms)
    if not selection.labels.size:
        return None
    labels = group_labels(selection.labels, expr)
    ids, first = labels.groups()
    result = ev.source.grouped(selection, Window(function, grid, range_ms), expr.op, ids, len(first))
    if result is None:
        return None
    ev.budget.take(result[0].size)
    if isinstance(expr.expr, Call) and function in OF_COUNTERS:
        note_counters(ev, expr.expr, selection.labels)
    drop = function != "last" and function not in KEEP_NAME
    return Vector.of(labels.take(first), *result, drop=drop).pruned()


def group_labels(labels: Labels, expr: Aggregate) -> Labels:
    """The labels that a series gives to its group."""
    return labels.without([*expr.grouping, NAME]) if expr.without else labels.only(expr.grouping)


def _inner(expr: Expr) -> tuple[VectorSelector, str, int] | None:
    """Selector, function and range of what is aggregated; range 0: an instant selector."""
    if isinstance(expr, VectorSelector) and not expr.smoothed and not expr.anchored:
        return expr, "last", 0
    if isinstance(expr, Call) and len(expr.args) == 1 and isinstance(expr.args[0], MatrixSelector):
        arg = expr.args[0]
        if not arg.selector.anchored and not arg.selector.smoothed and expr.name != "absent_over_time":
            return arg.selector, expr.name, arg.range_ms
    return None
