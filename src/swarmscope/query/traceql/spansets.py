"""Spansets of one trace: what SQL has matched is combined, split, counted and related as the stages of a query say.

Source: Grafana Tempo, "TraceQL", semantics of `pkg/traceql`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from swarmscope.errors import QueryError
from swarmscope.query.traceql.tree import (
    Aggregate,
    By,
    Coalesce,
    Expression,
    Filter,
    Pipeline,
    Scalar,
    ScalarFilter,
    ScalarOp,
    ScalarPipeline,
    Select,
    SpansetOp,
    Static,
)

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": operator.mod,
    "^": operator.pow,
}


@dataclass(frozen=True, slots=True)
class Span:
    """A span of a trace as far as the query needs it. matched: for each filter whether it is met; values: by expression."""

    span: str
    parent: str
    start_ns: int
    duration_ns: int
    name: str
    matched: Mapping[Filter, bool]
    values: Mapping[Expression, Static | None]


@dataclass(frozen=True, slots=True)
class Spanset:
    """Places of spans in their trace, and what stages have found out about them."""

    spans: tuple[int, ...]
    attributes: tuple[tuple[str, Static | None], ...] = ()


@dataclass(slots=True)
class Trace:
    """The spans of a trace, by start, and who is whose parent (-1: none here)."""

    spans: Sequence[Span]
    parents: list[int] = field(init=False)

    def __post_init__(self) -> None:
        places = {s.span: i for i, s in enumerate(self.spans)}
        self.parents = [places.get(s.parent, -1) for s in self.spans]

    def above(self, place: int) -> list[int]:
        """The ancestors of a span, nearest first; each once, also where parents form a ring."""
        out: list[int] = []
        seen = {place}
        at = self.parents[place]
        while at >= 0 and at not in seen:
            out.append(at)
            seen.add(at)
            at = self.parents[at]
        return out


def evaluate(query: Pipeline, trace: Trace) -> list[Spanset]:
    """The spansets that are left of a trace behind all stages; none: the trace does not match."""
    return _pipeline(query, trace, [Spanset(tuple(range(len(trace.spans))))])


def _pipeline(query: Pipeline, trace: Trace, sets: list[Spanset]) -> list[Spanset]:
    for stage in query.stages:
        sets = _stage(stage, trace, sets)
        if not sets:
            break
    return sets


def _stage(stage: Any, trace: Trace, sets: list[Spanset]) -> list[Spanset]:
    match stage:
        case Filter():
            met = [replace(s, spans=tuple(i for i in s.spans if trace.spans[i].matched[stage])) for s in sets]
            return [s for s in met if s.spans]
        case SpansetOp():
            return [s for one in sets if (s := _combined(stage, trace, one)).spans]
        case Pipeline():
            return _pipeline(stage, trace, sets)
        case By(item):
            return [s for one in sets for s in _split(item, trace, one)]
        case Coalesce():
            return [Spanset(tuple(sorted({i for s in sets for i in s.spans})))] if sets else []
        case ScalarFilter():
            return [kept for one in sets if (kept := _kept(stage, trace, one)) is not None]
        case Select():
            return sets
    raise QueryError("this stage cannot stand here")


# numbers of a spanset


def _kept(stage: ScalarFilter, trace: Trace, one: Spanset) -> Spanset | None:
    found: list[tuple[str, Static | None]] = []
    left, right = (_scalar(side, trace, one, found) for side in (stage.left, stage.right))
    if left is None or right is None or not _COMPARE[stage.op](left, right):
        return None
    return replace(one, attributes=(*one.attributes, *found))


def _scalar(node: Scalar, trace: Trace, one: Spanset, found: list[tuple[str, Static | None]]) -> float | None:
    match node:
        case Static(_, value):
            return float(value) if isinstance(value, int | float) else None
        case Aggregate():
            static = _aggregated(node, trace, one)
            if static is not None:
                found.append((named(node), static))
            return None if static is None else float(static.value or 0)
        case ScalarPipeline(source, scalar):
            sets = _pipeline(source, trace, [one])
            return _scalar(scalar, trace, sets[0], found) if sets else None
        case ScalarOp(op, left, right):
            a, b = _scalar(left, trace, one, found), _scalar(right, trace, one, found)
            if a is None or b is None or (op in "/%" and b == 0):
                return None
            try:
                return float(_ARITHMETIC[op](a, b))
            except (OverflowError, TypeError):
                return None
    raise QueryError("this is no number of a spanset")


def _aggregated(node: Aggregate, trace: Trace, one: Spanset) -> Static | None:
    if node.item is None:
        return Static("number", len(one.spans))
    statics = [trace.spans[i].values[node.item] for i in one.spans]
    numbers = [s for s in statics if s is not None and s.kind in ("number", "duration")]
    if not numbers:
        return None
    values: list[Any] = [s.value or 0 for s in numbers]
    total = {"avg": sum(values) / len(values), "sum": sum(values), "max": max(values), "min": min(values)}[node.name]
    return Static(numbers[0].kind, total)


def named(node: Aggregate | By | Expression) -> str:
    """What a stage is called among the attributes of a spanset."""
    match node:
        case Aggregate(name, None):
            return f"{name}()"
        case Aggregate(name, item):
            return f"{name}({written(item)})"
        case By(item):
            return f"by({written(item)})"
    return written(node)


def written(node: object) -> str:
    """An expression as text."""
    op, left, right = (getattr(node, name, None) for name in ("op", "left", "right"))
    if left is not None and right is not None:
        return f"({written(left)} {op} {written(right)})"
    if isinstance(node, Static):
        return str(node.value)
    item = getattr(node, "item", None)
    return f"{op}{written(item)}" if item is not None else str(node)


def _split(item: Expression, trace: Trace, one: Spanset) -> list[Spanset]:
    groups: dict[Static | None, list[int]] = {}
    for i in one.spans:
        groups.setdefault(trace.spans[i].values[item], []).append(i)
    name = named(By(item))
    return [Spanset(tuple(spans), (*one.attributes, (name, value))) for value, spans in groups.items()]


# spansets with each other


def _combined(node: SpansetOp, trace: Trace, one: Spanset) -> Spanset:
    left, right = (_one(_stage(side, trace, [one])) for side in (node.left, node.right))
    if node.op == "&&":
        return replace(one, spans=tuple(sorted(left | right)) if left and right else ())
    if node.op == "||":
        return replace(one, spans=tuple(sorted(left | right)))
    related = _related(node.op.lstrip("!&"), trace, left, right)
    if node.op.startswith("!"):
        return replace(one, spans=tuple(sorted(right - related.keys())))
    found = set(related)
    if node.op.startswith("&"):
        found |= {i for ends in related.values() for i in ends}
    return replace(one, spans=tuple(sorted(found)))


def _one(sets: list[Spanset]) -> set[int]:
    if len(sets) > 1:
        raise QueryError("spansets are related one with one; join those of a trace first, with coalesce()")
    return set(sets[0].spans) if sets else set()


def _related(op: str, trace: Trace, left: set[int], right: set[int]) -> dict[int, set[int]]:
    """The spans on the right that stand so to one on the left, each with those."""
    out: dict[int, set[int]] = {}
    if op == "~":
        by_parent: dict[str, set[int]] = {}
        for i in left:
            by_parent.setdefault(trace.spans[i].parent, set()).add(i)
        for i in right:
            found = by_parent.get(trace.spans[i].parent, set()) - {i} if trace.spans[i].parent else set()
            if found:
                out[i] = found
        return out
    below, above = (right, left) if op in (">", ">>") else (left, right)
    for i in below:
        ancestors = trace.above(i)[: 1 if len(op) == 1 else None]
        for j in ancestors:
            if j in above:
                ours, theirs = (i, j) if below is right else (j, i)
                out.setdefault(ours, set()).add(theirs)
    return out


def nested_sets(trace: Trace) -> list[tuple[int, int, int]]:
    """Left and right number of every span, and its parent's left (-1 for a root), as a walk through the tree counts them."""
    children: dict[int, list[int]] = {}
    for i, parent in enumerate(trace.parents):
        children.setdefault(parent, []).append(i)
    left, right = [0] * len(trace.spans), [0] * len(trace.spans)
    count = 0
    stack = [(i, False) for i in reversed(children.get(-1, []))]
    while stack:
        i, done = stack.pop()
        count += 1
        if done:
            right[i] = count
            continue
        left[i] = count
        stack.append((i, True))
        stack += [(c, False) for c in reversed(children.get(i, []))]
    return [(left[i], right[i], left[p] if p >= 0 else -1) for i, p in enumerate(trace.parents)]
