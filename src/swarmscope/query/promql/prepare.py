"""A tree → one that can be evaluated over a given range: durations computed, `start()` and `end()` put in, parentheses gone."""

from __future__ import annotations

import copy
import math

from swarmscope.query.promql.errors import PromqlError
from swarmscope.query.promql.nodes import (
    Aggregate,
    Binary,
    Call,
    DurationExpr,
    DurationMath,
    Expr,
    MatrixSelector,
    Number,
    Paren,
    Subquery,
    Text,
    Unary,
    VectorSelector,
)

VARYING = frozenset(
    {
        "days_in_month", "day_of_month", "day_of_week", "day_of_year", "hour", "minute", "month", "year", "predict_linear",
        "time", "timestamp",
    }
)  # fmt: skip
"""Functions whose result depends on the time of evaluation even where their arguments do not."""


def prepare(expr: Expr, start_ms: int, end_ms: int, step_ms: int) -> Expr:
    """A copy for a query from start to end; step 0: at one instant. Raises PromqlError."""
    return _Context(start_ms, end_ms, step_ms).node(expr)


def bare(expr: Expr) -> Expr:
    """Without parentheses around it."""
    while isinstance(expr, Paren):
        expr = expr.expr
    return expr


class _Context:
    def __init__(self, start_ms: int, end_ms: int, step_ms: int) -> None:
        self.start_ms, self.end_ms, self.step_ms = start_ms, end_ms, step_ms
        self.values = {
            "start": start_ms / 1000,
            "end": end_ms / 1000,
            "range": (end_ms - start_ms) / 1000,
            "step": 0.0 if start_ms == end_ms else step_ms / 1000,
        }

    def node(self, expr: Expr) -> Expr:
        expr = copy.copy(expr)  # node by node: what hangs on it and is no node is never changed
        match expr:
            case Call() if expr.name in self.values:
                return Number(self.values[expr.name], start=expr.start, end=expr.end)
            case Call():
                expr.args = [bare(self.node(arg)) for arg in expr.args]
            case Aggregate():
                expr.expr = bare(self.node(expr.expr))
                expr.param = None if expr.param is None else bare(self.node(expr.param))
            case Binary():
                expr.left, expr.right = self.node(expr.left), self.node(expr.right)
            case Paren() | Unary():
                expr.expr = self.node(expr.expr)
            case Subquery():
                expr.expr = self.node(expr.expr)
                self.subquery(expr)
            case MatrixSelector():
                if expr.range_expr is not None:
                    expr.range_ms = self.duration(expr.range_expr, False)
                expr.selector = copy.copy(expr.selector)
                self.placed(expr.selector)
            case VectorSelector():
                self.placed(expr)
            case _:
                pass
        return expr

    def subquery(self, expr: Subquery) -> None:
        if expr.range_expr is not None:
            expr.range_ms = self.duration(expr.range_expr, False)
        if expr.step_expr is not None:
            expr.step_ms = self.duration(expr.step_expr, False)
        self.placed(expr)

    def placed(self, expr: VectorSelector | Subquery) -> None:
        if expr.offset_expr is not None:
            expr.offset_ms = self.duration(expr.offset_expr, True)
        if expr.at_edge is not None:
            expr.at_ms = self.start_ms if expr.at_edge == "start" else self.end_ms

    def duration(self, expr: DurationExpr, negative: bool) -> int:
        """Milliseconds. negative: whether it may be."""
        seconds = self.seconds(expr)
        where = f"{expr.start}:{expr.end}"
        if not math.isfinite(seconds):
            raise PromqlError(f"{where}: duration is NaN or infinite", "bad_data", expr.start)
        if seconds <= 0 and not negative:
            raise PromqlError(f"{where}: duration must be greater than 0", "bad_data", expr.start)
        if abs(seconds) > (1 << 63) / 1e9:
            raise PromqlError(f"{where}: duration is out of range", "bad_data", expr.start)
        return math.trunc(seconds * 1000)

    def seconds(self, expr: DurationExpr | None) -> float:
        if expr is None:
            return 0.0
        if isinstance(expr, Number):
            return expr.value
        if expr.op in ("step", "range"):
            return self.step_ms / 1000 if expr.op == "step" else self.values["range"]
        left, right = self.seconds(expr.left), self.seconds(expr.right)
        try:
            return _computed(expr, left, right)
        except ZeroDivisionError:
            reason = "division by zero" if expr.op == "/" else "modulo by zero"
            raise PromqlError(f"{expr.start}:{expr.end}: {reason}", "bad_data", expr.start) from None
        except (OverflowError, ValueError):
            return math.nan


def _computed(expr: DurationMath, left: float, right: float) -> float:
    match expr.op:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return left / right
        case "%":
            if right == 0:
                raise ZeroDivisionError
            return math.fmod(left, right)
        case "^":
            found = left**right
            return found if isinstance(found, float) else math.nan
        case "max_of":
            return max(left, right)
        case _:
            return min(left, right)


def invariant(expr: Expr) -> bool:
    """Whether the result is the same at every step."""
    match expr:
        case Number() | Text():
            return True
        case VectorSelector() | Subquery():
            return expr.at_ms is not None
        case MatrixSelector():
            return expr.selector.at_ms is not None
        case Aggregate():
            return invariant(expr.expr) and (expr.param is None or invariant(expr.param))
        case Binary():
            return invariant(expr.left) and invariant(expr.right)
        case Paren() | Unary():
            return invariant(expr.expr)
        case Call():
            args = all(map(invariant, expr.args))
            if expr.name == "timestamp":
                return args and isinstance(expr.args[0], VectorSelector)
            return args and expr.name not in VARYING
        case _:
            return False
