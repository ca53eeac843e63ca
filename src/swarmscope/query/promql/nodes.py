"""The tree of a query. Times and durations are whole milliseconds; `start` and `end` are offsets in the text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Type = Literal["scalar", "vector", "matrix", "string"]
Card = Literal["one-to-one", "many-to-one", "one-to-many", "many-to-many"]
Edge = Literal["start", "end"]

COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})
SETS = frozenset({"and", "or", "unless"})
TRIMS = frozenset({"</", ">/"})


@dataclass(slots=True)
class Node:
    """Where a part of a query stands in its text."""

    start: int = field(default=0, kw_only=True)
    end: int = field(default=0, kw_only=True)


@dataclass(slots=True)
class Number(Node):
    """A number, or a duration in seconds."""

    value: float
    duration: bool = False


@dataclass(slots=True)
class Text(Node):
    """A string."""

    value: str


@dataclass(slots=True)
class Paren(Node):
    """An expression in parentheses."""

    expr: Expr


@dataclass(slots=True)
class Unary(Node):
    """A sign before an expression."""

    op: str
    expr: Expr


@dataclass(slots=True)
class Matching:
    """How the series of two sides find each other. fill_left, fill_right: the value of a side without a match."""

    card: Card = "one-to-one"
    on: bool = False
    labels: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    fill_left: float | None = None
    fill_right: float | None = None
    stated: bool = False  # on or ignoring was written


@dataclass(slots=True)
class Binary(Node):
    """Two sides and an operator. matching: None unless both are vectors."""

    op: str
    left: Expr
    right: Expr
    matching: Matching | None
    return_bool: bool = False


@dataclass(slots=True)
class Aggregate(Node):
    """An aggregation. grouping: by these labels, or `without` them."""

    op: str
    expr: Expr
    param: Expr | None
    grouping: tuple[str, ...] = ()
    without: bool = False
    stated: bool = False  # by or without was written


@dataclass(slots=True)
class Call(Node):
    """A function and its arguments."""

    name: str
    args: list[Expr]


@dataclass(frozen=True, slots=True)
class Matcher:
    """A condition on one label. op: `=`, `!=`, `=~` or `!~`; a missing label counts as empty."""

    name: str
    op: Literal["=", "!=", "=~", "!~"]
    value: str


@dataclass(slots=True)
class DurationMath(Node):
    """Arithmetic on durations; `step()` and `range()` have no sides. Sides in seconds."""

    op: str
    left: DurationExpr | None
    right: DurationExpr | None
    wrapped: bool = False


DurationExpr = Number | DurationMath


@dataclass(slots=True)
class VectorSelector(Node):
    """Series at an instant. at_ms: a fixed time instead of the step's. resets: see `resets.marked`."""

    name: str
    matchers: tuple[Matcher, ...]
    offset_ms: int = 0
    offset_expr: DurationMath | None = None
    at_ms: int | None = None
    at_edge: Edge | None = None
    anchored: bool = False
    smoothed: bool = False
    labels_only: bool = False  # the second argument of info()
    resets: bool = False


@dataclass(slots=True)
class MatrixSelector(Node):
    """Series over a range; offset and time stand in the selector."""

    selector: VectorSelector
    range_ms: int
    range_expr: DurationMath | None = None


@dataclass(slots=True)
class Subquery(Node):
    """An expression evaluated over a range. step_ms 0: the default interval."""

    expr: Expr
    range_ms: int
    step_ms: int = 0
    range_expr: DurationMath | None = None
    step_expr: DurationMath | None = None
    offset_ms: int = 0
    offset_expr: DurationMath | None = None
    at_ms: int | None = None
    at_edge: Edge | None = None


Expr = (
    Number
    | Text
    | Paren
    | Unary
    | Binary
    | Aggregate
    | Call
    | VectorSelector
    | MatrixSelector
    | Subquery
    | DurationMath
)


def children(node: Expr) -> list[Expr]:
    """The expressions right below a node."""
    match node:
        case Paren() | Unary():
            return [node.expr]
        case Binary():
            return [node.left, node.right]
        case Aggregate():
            return [node.expr] if node.param is None else [node.param, node.expr]
        case Call():
            return list(node.args)
        case MatrixSelector():
            return [node.selector]
        case Subquery():
            return [node.expr]
        case _:
            return []
