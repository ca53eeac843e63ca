"""The tree of a query → values over a grid of steps."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from swarmscope.query.promql import aggregate, binary, functions, info, labelling, ranges
from swarmscope.query.promql.errors import PromqlError
from swarmscope.query.promql.nodes import (
    Aggregate,
    Binary,
    Call,
    Expr,
    MatrixSelector,
    Number,
    Paren,
    Subquery,
    Text,
    Unary,
    VectorSelector,
)
from swarmscope.query.promql.notes import Notes
from swarmscope.query.promql.prepare import invariant
from swarmscope.query.promql.source import Check, Source
from swarmscope.query.promql.values import F64, Grid, Value, Vector

SORTS = frozenset({"sort", "sort_desc", "sort_by_label", "sort_by_label_desc"})


@dataclass(slots=True)
class Budget:
    """What one query may still load. samples: raw ones and those of results; read: what selectors got from the source."""

    series_max: int
    samples_max: int
    samples: int = 0
    read: int = 0

    def series(self, count: int) -> None:
        """Raise when a selector matches more series than a query may."""
        if count > self.series_max:
            raise PromqlError(
                f"a selector matches {count} series; a query may read {self.series_max}: narrow it by labels"
            )

    def take(self, count: int, read: bool = False) -> None:
        """Raise when a query loads more samples than it may. read: from the source."""
        self.samples += count
        self.read += count if read else 0
        if self.samples > self.samples_max:
            raise PromqlError(
                "query processing would load too many samples into memory in query execution", "execution"
            )


@dataclass(slots=True)
class Evaluator:
    """One query over one grid. A subquery has a grid of its own and shares the rest."""

    source: Source
    grid: Grid
    lookback_ms: int
    subquery_step_ms: int
    notes: Notes
    budget: Budget
    check: Check
    single: bool = True
    """An instant query: the order of series counts."""

    def eval(self, expr: Expr) -> Value:
        """The value of an expression. Raises PromqlError."""
        self.check()
        if self.grid.count > 1 and not isinstance(expr, Number | Text | Paren) and invariant(expr):
            return self._once(expr)
        match expr:
            case Number():
                return np.full(self.grid.count, expr.value)
            case Text():
                return expr.value
            case Paren():
                return self.eval(expr.expr)
            case Unary():
                return self._unary(expr)
            case Binary():
                return binary.binary(self, expr)
            case Aggregate():
                return aggregate.aggregate(self, expr)
            case Call():
                return self._call(expr)
            case VectorSelector():
                return ranges.instant(self, expr)
            case MatrixSelector() | Subquery():
                raise PromqlError("a range vector can only be the argument of a function")
            case _:
                raise PromqlError("an arithmetic of durations can only stand where a duration can")

    def vector(self, expr: Expr) -> Vector:
        """The value of an expression that gives a vector."""
        value = self.eval(expr)
        if not isinstance(value, Vector):
            raise PromqlError("an instant vector is expected")
        return value

    def scalar(self, expr: Expr) -> F64:
        """The value of an expression that gives a scalar: one number per step."""
        value = self.eval(expr)
        if not isinstance(value, np.ndarray):
            raise PromqlError("a scalar is expected")
        return value

    def over(self, grid: Grid, single: bool = True) -> Evaluator:
        """The same query over another grid."""
        return replace(self, grid=grid, single=single)

    def _once(self, expr: Expr) -> Value:
        """The value of an expression that is the same at every step."""
        value = self.over(replace(self.grid, count=1)).eval(expr)
        steps = self.grid.count
        if isinstance(value, str):
            return value
        if not isinstance(value, Vector):
            return np.repeat(value, steps)
        self.budget.take(value.labels.size * steps)
        histograms = None if value.histograms is None else np.repeat(value.histograms, steps, axis=1)
        return Vector(
            value.labels,
            np.repeat(value.values, steps, axis=1),
            np.repeat(value.present, steps, axis=1),
            value.drop,
            histograms,
        )

    def _unary(self, expr: Unary) -> Value:
        value = self.eval(expr.expr)
        if expr.op == "+" or isinstance(value, str):
            return value
        if not isinstance(value, Vector):
            return -value
        out = value.with_values(-value.values)
        if value.histograms is not None:
            out.histograms = functions.each_histogram(value, lambda h: h.times(-1.0))
        return out

    def _call(self, expr: Call) -> Value:
        name = expr.name
        if name in SORTS and not self.single:
            self.notes.warn("sort is ineffective for range queries since results are always ordered by labels", expr)
        if any(isinstance(arg, MatrixSelector | Subquery) for arg in expr.args):
            return ranges.call(self, expr)
        if name in labelling.FUNCTIONS:
            return labelling.FUNCTIONS[name](self, expr)
        if name == "info":
            return info.info(self, expr)
        if name in ("timestamp", "start_timestamp") and isinstance(expr.args[0], VectorSelector):
            return ranges.sample_times(self, expr.args[0], name == "start_timestamp")
        return functions.FUNCTIONS[name](self, expr)
