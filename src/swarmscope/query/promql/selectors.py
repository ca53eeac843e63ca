"""Selectors: which series and samples a step reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from swarmscope.query.promql import resets
from swarmscope.query.promql.labels import NAME, Labels, Mask
from swarmscope.query.promql.nodes import Expr, MatrixSelector, Subquery, VectorSelector
from swarmscope.query.promql.source import Selection
from swarmscope.query.promql.values import I64, Grid, Samples, positions

if TYPE_CHECKING:
    from swarmscope.query.promql.evaluate import Evaluator


def ends_of(ev: Evaluator, expr: VectorSelector | Subquery) -> I64:
    """The time up to which a selector reads at each step."""
    times = ev.grid.times if expr.at_ms is None else np.full(ev.grid.count, expr.at_ms, np.int64)
    return times - expr.offset_ms


def shifted(ev: Evaluator, expr: VectorSelector) -> Grid | None:
    """The grid that a selector reads at; None where it is fixed to one time."""
    if expr.at_ms is not None and ev.grid.count > 1:
        return None
    start = (ev.grid.start_ms if expr.at_ms is None else expr.at_ms) - expr.offset_ms
    return Grid(start, ev.grid.step_ms, ev.grid.count)


def load(ev: Evaluator, expr: VectorSelector, before_ms: int, after_ms: int = 0) -> tuple[Labels, Samples]:
    """The series of a selector with the samples that any step needs."""
    ends = ends_of(ev, expr)
    start, end = int(ends.min()) - before_ms + 1, int(ends.max()) + after_ms
    selection = select(ev, expr, start, end)
    return selection.labels, read(ev, expr, selection, start, end)


def select(ev: Evaluator, expr: VectorSelector, start_ms: int, end_ms: int) -> Selection:
    """The series of a selector."""
    selection = ev.source.select(expr.matchers, start_ms, end_ms)
    ev.budget.series(selection.labels.size)
    return selection


def read(ev: Evaluator, expr: VectorSelector, selection: Selection, start_ms: int, end_ms: int) -> Samples:
    """Samples of the series of a selector."""
    samples = ev.source.samples(selection, start_ms, end_ms)
    ev.budget.take(len(samples.times), read=True)
    ev.check()
    return resets.detected(samples) if expr.resets else samples


def newest(ev: Evaluator, expr: VectorSelector, samples: Samples) -> tuple[I64, Mask]:
    """Where the newest sample of each series at each step is, and whether it counts."""
    ends = ends_of(ev, expr)
    at = positions(samples, ends) - 1
    if not len(samples.times):
        return np.zeros_like(at), np.zeros(at.shape, bool)
    inside = at >= samples.offsets[:-1, None]
    at = np.maximum(at, 0)
    return at, inside & (samples.times[at] > ends[None, :] - ev.lookback_ms) & ~samples.stale()[at]


def asked_for(arg: Expr) -> Labels:
    """The labels that a selector that found nothing asked for."""
    selector = arg.selector if isinstance(arg, MatrixSelector) else arg
    found: dict[str, str] = {}
    if isinstance(selector, VectorSelector):
        seen: set[str] = set()
        for matcher in selector.matchers:
            if matcher.name == NAME:
                continue
            if matcher.op == "=" and matcher.name not in seen:
                found[matcher.name] = matcher.value
                seen.add(matcher.name)
            else:
                found.pop(matcher.name, None)
    return Labels.of([found])
