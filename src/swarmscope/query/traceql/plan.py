"""What a query asks of SQL: which spans may belong to an answer, and what must be known of the spans of such a trace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from swarmscope.query.reader import Reader
from swarmscope.query.search import between
from swarmscope.query.text import Params
from swarmscope.query.times import HOUR_NS, MINUTE_NS, Window
from swarmscope.query.traceql.columns import ROOT, Columns, Value
from swarmscope.query.traceql.conditions import Conditions
from swarmscope.query.traceql.parse import COMPARE
from swarmscope.query.traceql.tree import (
    Aggregate,
    Attribute,
    Binary,
    By,
    Expression,
    Filter,
    Pipeline,
    Select,
    SpansetOp,
    Static,
    attributes_of,
)

NESTED = {"span:nestedSetLeft": 0, "span:nestedSetRight": 1, "span:nestedSetParent": 2}
_HIDDEN = {"span:name", "span:duration", "span:id", "trace:id", "trace:duration", "trace:rootName", "trace:rootService"}


class Plan:
    """A pipeline as SQL for one tenant. QueryError: it makes no sense."""

    def __init__(self, reads: Reader, query: Pipeline) -> None:
        self.query = query
        self.params = Params("q")
        self.columns = Columns(reads, self.params)
        self._reads = reads
        self._conditions = Conditions(self.columns)
        self.filters = {f: self._conditions.holds(f.condition) for f in _all(query, Filter)}
        """Every `{ … }`, and whether a span meets it."""
        selected = [a for s in _all(query, Select) for a in s.items]
        self.nested = [a for a in selected if a.scope == "intrinsic" and a.name in NESTED]
        self.shown = [
            a for a in dict.fromkeys([*attributes_of(query), *selected]) if a not in self.nested and _visible(a)
        ]
        """Attributes that a span of the answer is shown with."""
        self.reasons = {a: of for a, of in _reasons(query).items() if a in self.shown}
        """Of those, the ones that are shown only with a span that meets one of these, as in Tempo."""
        self.marks = {f: self._conditions.holds(f.condition) for of in self.reasons.values() for f in of}
        """What must be known of a matching span beside `filters`."""
        wanted: list[Expression] = [*self.shown, *(b.item for b in _all(query, By))]
        wanted += [a.item for a in _all(query, Aggregate) if a.item is not None]
        self.values: dict[Expression, Value] = {e: self._conditions.value(e).single for e in dict.fromkeys(wanted)}
        """What must be known of every matching span."""
        self.whole = (
            bool(self.nested) or any(op.op not in ("&&", "||") for op in _all(query, SpansetOp)) or _unfiltered(query)
        )
        """Whether all spans of a trace are needed, not only those that meet a filter."""

    def holds(self, node: Expression) -> str:
        """A condition that is asked for beside those of the pipeline, as SQL."""
        return self._conditions.holds(node)

    def value(self, node: Expression) -> Value:
        """A value that is asked for beside those of the pipeline."""
        return self._conditions.value(node).single

    def candidates(self, within: Window) -> str:
        """A condition on spans: every trace of the answer has one that meets it."""
        return self._covering(self.query, within)

    def _covering(self, node: Any, within: Window) -> str:
        match node:
            case Filter():
                return self.filters[node]
            case Pipeline(stages):
                first = next((s for s in stages if not isinstance(s, Select)), None)
                return self._covering(first, within)
            case SpansetOp("||", left, right):
                return f"({self._covering(left, within)} OR {self._covering(right, within)})"
            case SpansetOp(op, left, right) if op.startswith("!"):
                return self._covering(right, within)
            case SpansetOp(_, left, right):
                one, other = self._covering(left, within), self._covering(right, within)
                if "1" in (one, other):
                    return one if other == "1" else other
                traces = f"SELECT trace_id FROM {self.source(within)} WHERE {between('start_time', within)} AND {other}"
                return f"({one} AND trace_id IN ({traces}))"
        return "1"

    def source(self, within: Window) -> str:
        """The spans of a window, with what must be known of their traces and children beside them."""
        table = self._reads.spans(within)
        if self.columns.traces:
            table = (
                f"(SELECT s.*, t.root_name AS root_name, t.root_service AS root_service, t.trace_ns AS trace_ns "
                f"FROM {table} AS s LEFT ANY JOIN (SELECT trace_id, "
                f"toString(argMin(name, (NOT ({ROOT}), start_time))) AS root_name, "
                f"toString(argMin(service, (NOT ({ROOT}), start_time))) AS root_service, "
                "max(toUnixTimestamp64Nano(start_time) + toInt64(duration_ns)) - min(toUnixTimestamp64Nano(start_time)) "
                f"AS trace_ns FROM {self._reads.spans(within)} WHERE {between('start_time', within)} GROUP BY trace_id) "
                "AS t ON s.trace_id = t.trace_id)"
            )
        if self.columns.children:
            table = (
                f"(SELECT p.*, c.child_count AS child_count FROM {table} AS p LEFT ANY JOIN (SELECT trace_id AS below, "
                f"parent_span_id, count() AS child_count FROM {self._reads.spans(within)} WHERE "
                f"{between('start_time', within)} AND NOT ({ROOT}) GROUP BY trace_id, parent_span_id) AS c "
                "ON p.trace_id = c.below AND p.span_id = c.parent_span_id)"
            )
        return self._with_parents(table, within) if self.columns.parents else table

    def _with_parents(self, table: str, within: Window) -> str:
        """A parent begins before its child, by up to an hour; clocks of two machines may differ by a minute."""
        wide = Window(max(0, within.start_ns - HOUR_NS), within.end_ns + MINUTE_NS)
        kinds = (("t", "String"), ("n", "Float64"), ("b", "UInt8"))
        theirs = []
        for i, value in enumerate(self.columns.parents.values()):
            parts = (value.text, value.number, value.flag)
            for (letter, kind), part in zip(kinds, parts, strict=True):
                theirs.append(f"CAST({part or 'NULL'} AS Nullable({kind})) AS p{i}{letter}")
            theirs.append(f"toUInt8({value.present}) AS p{i}e")
        return (
            f"(SELECT b.*, u.* EXCEPT (trace_above, span_above) FROM {table} AS b LEFT ANY JOIN (SELECT "
            f"trace_id AS trace_above, span_id AS span_above, {', '.join(theirs)} FROM {self._reads.spans(wide)} "
            f"WHERE {between('start_time', wide)}) AS u "
            "ON b.trace_id = u.trace_above AND b.parent_span_id = u.span_above)"
        )


def static_of(value: Value, text: Any, number: Any, flag: Any) -> Static | None:
    """The value of a span out of the columns `text`, `number` and `flag`."""
    if text is not None:
        return Static("string" if value.codes is None else "status", text)
    if number is not None:
        whole = int(number) if float(number).is_integer() and abs(number) < 2**53 else float(number)
        return Static("duration" if value.seconds else "number", whole)
    return Static("bool", bool(flag)) if flag is not None else None


def _reasons(query: Pipeline) -> dict[Attribute, list[Filter]]:
    """The comparisons with a literal that an attribute stands in, for those that are asked for in no other way."""
    found: dict[Attribute, list[Filter]] = {}
    for node in _all(query, Binary):
        of, other = (node.left, node.right) if isinstance(node.left, Attribute) else (node.right, node.left)
        if isinstance(of, Attribute) and isinstance(other, Static) and (node.op in COMPARE or node.op in ("=~", "!~")):
            found.setdefault(of, []).append(Filter(node))
    everywhere = Counter(_all(query, Attribute))
    return {a: of for a, of in found.items() if everywhere[a] == len(of)}


def _visible(attribute: Attribute) -> bool:
    return attribute.scope != "intrinsic" or (attribute.name not in _HIDDEN and attribute.name not in NESTED)


def _unfiltered(query: Pipeline) -> bool:
    """Whether the first stage takes all spans as they are."""
    first = query.stages[0] if query.stages else None
    return not isinstance(first, Filter | SpansetOp | Pipeline) or (isinstance(first, Pipeline) and _unfiltered(first))


def _all(node: Any, kind: type) -> list[Any]:
    """Every part of a kind in a tree."""
    return list(_walk(node, kind))


def _walk(node: Any, kind: type) -> Iterator[Any]:
    if isinstance(node, kind):
        yield node
    if isinstance(node, tuple):
        for item in node:
            yield from _walk(item, kind)
    elif hasattr(node, "__dataclass_fields__"):
        for name in node.__dataclass_fields__:
            yield from _walk(getattr(node, name), kind)
