"""`compare()`: how often each value of each attribute occurs among the spans of a selection, and among all others.

Source: Grafana Tempo, "TraceQL metrics functions", `compare`: series with `__meta_type` baseline, selection, baseline_total or
selection_total; an attribute with more than `top` values in one of them is named by `__meta_error`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from swarmscope.errors import QueryError
from swarmscope.model.semantics import KEY_SLOT, WIRE
from swarmscope.query import resources
from swarmscope.query.reader import Reader
from swarmscope.query.search import between
from swarmscope.query.traceql.columns import KINDS, SCOPE_PREFIX, STATUS, promoted, word
from swarmscope.query.traceql.exemplars import Spread
from swarmscope.query.traceql.plan import Plan
from swarmscope.query.traceql.series import Exemplar, Series, Steps, Values
from swarmscope.query.traceql.tree import Compare, Static
from swarmscope.query.traceql.walk import is_simple, walk

TOP_MAX = 100
SERIES_MAX = 10_000
SPANS_MAX = 20_000  # of a selection by structure or stages
TEXT_MAX = 1024  # longer values are cut
TYPE, ERROR = "__meta_type", "__meta_error"
_NAMES = ("baseline", "selection")
_INTRINSICS = {
    "name": "toString(name)",
    "status": word("status_code", STATUS),
    "kind": word("kind", KINDS),
    "statusMessage": "toString(status_message)",
    "rootName": "root_name",
    "rootServiceName": "root_service",
    "instrumentation:name": "toString(scope_name)",
    "instrumentation:version": "toString(scope_version)",
}
_Side = int  # 0: baseline, 1: selection
_Counts = dict[tuple[_Side, str], dict[Static, Values]]


def compared(reads: Reader, tree: Compare, steps: Steps, exemplars: int) -> list[Series]:
    """The series of a comparison. QueryError: it gives too much."""
    if tree.top > TOP_MAX:
        raise QueryError(f"compare() shows at most {TOP_MAX} values of an attribute, and {tree.top} are asked for")
    question = _Question(reads, tree, steps)
    found, totals = question.of_spans()
    for key, values in question.of_resources().items():
        found[key] = _top(values, tree.top + 1)
        totals[key] = np.sum(list(values.values()), axis=0)
    many = sorted({name for (_, name), values in found.items() if len(values) > tree.top})
    out = []
    for (side, name), values in sorted(found.items(), key=repr):
        kind = Static("string", _NAMES[side])
        out += [Series(((TYPE, kind), (name, v)), at) for v, at in _top(values, tree.top).items()]
    out += [Series(((ERROR, Static("string", "__too_many_values__")), (name, None)), np.zeros(0)) for name in many]
    whole = {
        key: Series(((TYPE, Static("string", f"{_NAMES[key[0]]}_total")), (key[1], None)), at)
        for key, at in sorted(totals.items())
    }
    if exemplars:
        for side, names, one in question.exemplars(exemplars):
            for name in names:
                if (side, name) in whole:
                    whole[side, name].shows(one)
    out += whole.values()
    if len(out) > SERIES_MAX:
        raise QueryError(
            f"{len(out)} series; at most {SERIES_MAX} are given: compare fewer values, as compare({{ … }}, 3)"
        )
    return out


def _top(values: dict[Static, Values], count: int) -> dict[Static, Values]:
    order = sorted(values.items(), key=lambda item: (-float(item[1].sum()), repr(item[0])))
    return dict(order[:count])


@dataclass(slots=True)
class _Rows:
    """Where a question reads: rows of `side`, `step`, `pairs` and more."""

    sql: str
    params: dict[str, Any]


class _Question:
    """A comparison as queries."""

    def __init__(self, reads: Reader, tree: Compare, steps: Steps) -> None:
        self._reads, self._tree, self._steps = reads, tree, steps
        plan = Plan(reads, tree.source)
        plan.columns.traces = True
        side = plan.holds(tree.selection.condition)
        at = "toUnixTimestamp64Nano(start_time)"
        if tree.end_ns:
            side = f"({side} AND {at} >= {tree.start_ns:d} AND {at} < {tree.end_ns:d})"
        conditions = " AND ".join(plan.filters.values()) or "1"
        within = steps.window
        if not is_simple(plan):
            conditions = _named(plan, reads, steps)
        self._rows = _Rows(
            f"SELECT toUInt8({side}) AS side, intDiv({at} - {steps.start_ns + 1:d}, {steps.step_ns:d}) AS step, "
            f"{at} AS at_ns, trace_id, span_id, resource_id, toString(service) AS of, {self._pairs()} AS pairs "
            f"FROM {plan.source(within)} WHERE {between('start_time', within)} AND {conditions}",
            plan.params.values,
        )

    def _pairs(self) -> str:
        """Name, letter of the type and text of what a span has itself."""
        within = self._steps.window
        rows = self._reads.query(
            f"SELECT DISTINCT arrayJoin(splitByChar(',', promoted)) AS key FROM {self._reads.spans(within)} "
            f"WHERE {between('start_time', within)} LIMIT 1000"
        )
        held = []
        for key in rows["key"].to_pylist():
            if (slot := KEY_SLOT.get(key)) is not None:
                value = "'true'" if slot.letter == "b" else f"toString({promoted(slot, key)})"
                has = f"has(splitByChar(',', promoted), '{key}')"
                held.append(f"(if({has}, 'span.{key}', ''), '{slot.letter}', {value})")
        held += [f"(if({sql} = '', '', '{name}'), 's', {sql})" for name, sql in _INTRINSICS.items()]
        mapped = (
            "arrayMap((k, v, i) -> (concat('span.', k), substring(attribute_types, i, 1), "
            f"substring(v, 1, {TEXT_MAX})), mapKeys(attributes), mapValues(attributes), arrayEnumerate(mapKeys(attributes)))"
        )
        return f"arrayFilter(p -> p.1 != '', arrayConcat({mapped}, [{', '.join(held)}]))"

    def of_spans(self) -> tuple[_Counts, dict[tuple[_Side, str], Values]]:
        """Counts by value, those of the most frequent and one more, and by attribute."""
        each = (
            f"SELECT side, step, arrayJoin(pairs) AS p, p.1 AS key, p.2 AS letter, p.3 AS value FROM ({self._rows.sql})"
        )
        known = "letter IN ('s', 'i', 'd', 'b')"
        rows = self._reads.rows(
            "SELECT side, key, letter, value, groupArray(step) AS steps, groupArray(n) AS counts, sum(n) AS total FROM "
            f"(SELECT side, key, letter, value, step, count() AS n FROM ({each}) WHERE {known} "
            "GROUP BY side, key, letter, value, step) GROUP BY side, key, letter, value "
            f"ORDER BY total DESC, value LIMIT {self._tree.top + 1:d} BY side, key LIMIT {SERIES_MAX + 1}",
            self._rows.params,
        )
        found: _Counts = defaultdict(dict)
        for r in rows:
            found[r["side"], r["key"]][_static(r["key"], r["letter"], r["value"])] = self._line(r["steps"], r["counts"])
        sums = self._reads.rows(
            "SELECT side, key, groupArray(step) AS steps, groupArray(n) AS counts FROM (SELECT side, key, step, count() AS n "
            f"FROM ({each}) WHERE {known} GROUP BY side, key, step) GROUP BY side, key LIMIT {SERIES_MAX + 1}",
            self._rows.params,
        )
        return found, {(r["side"], r["key"]): self._line(r["steps"], r["counts"]) for r in sums}

    def of_resources(self) -> _Counts:
        """Counts by value of what the spans come from."""
        rows = self._reads.rows(
            f"SELECT side, of, resource_id, groupArray(step) AS steps, groupArray(n) AS counts FROM (SELECT side, of, "
            f"resource_id, step, count() AS n FROM ({self._rows.sql}) GROUP BY side, of, resource_id, step) "
            "GROUP BY side, of, resource_id",
            self._rows.params,
        )
        sources = resources.of(self._reads, {r["resource_id"] for r in rows}) if rows else {}
        found: _Counts = defaultdict(dict)
        for r in rows:
            line = self._line(r["steps"], r["counts"])
            for name, static in _of_source(r["of"], sources.get(resources.name(r["resource_id"]), {})):
                values = found[r["side"], name]
                values[static] = values[static] + line if static in values else line
        return found

    def exemplars(self, count: int) -> Iterator[tuple[_Side, set[str], Exemplar]]:
        """Spans of both sides, each with the names of its attributes."""
        spread = Spread(count, 2, self._steps.count)
        rows = self._reads.rows(
            "SELECT side, step, at_ns, lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span, of, resource_id, "
            f"arrayMap(p -> p.1, pairs) AS names, intDiv(step, {spread.steps:d}) AS place FROM ({self._rows.sql}) "
            f"LIMIT {spread.each:d} BY side, place LIMIT {count:d}",
            self._rows.params,
        )
        sources = resources.of(self._reads, {r["resource_id"] for r in rows}) if rows else {}
        for r in rows:
            ids = (("trace:id", Static("string", r["trace"])), ("span:id", Static("string", r["span"])))
            names = {name for name, _ in _of_source(r["of"], sources.get(resources.name(r["resource_id"]), {}))}
            yield (
                r["side"],
                names | set(r["names"]),
                Exemplar(r["trace"], r["span"], r["at_ns"], r["step"], float("nan"), ids),
            )

    def _line(self, steps: list[int], counts: list[int]) -> Values:
        line = np.zeros(self._steps.count)
        np.add.at(line, steps, counts)
        return line


def _named(plan: Plan, reads: Reader, steps: Steps) -> str:
    """A condition for the spans that stages or structure select."""
    ids = []
    for trace, span in walk(reads, plan, steps.window):
        ids.append(trace + span.span)
        if len(ids) > SPANS_MAX:
            raise QueryError(
                f"more than {SPANS_MAX} spans to compare by structure or stages; narrow the time or the filters"
            )
    bound = plan.params.bind(ids, "Array(String)")
    return f"has({bound}, concat(lower(hex(trace_id)), lower(hex(span_id))))" if ids else "0"


def _of_source(service: str, attributes: Any) -> Iterator[tuple[str, Static]]:
    if service:
        yield "resource.service.name", Static("string", service)
    for key, value in attributes.items():
        name = f"instrumentation.{key[len(SCOPE_PREFIX) :]}" if key.startswith(SCOPE_PREFIX) else f"resource.{key}"
        if key in (WIRE, "service.name") or not isinstance(value, str | bool | int | float):
            continue
        kind = "bool" if isinstance(value, bool) else "number" if isinstance(value, int | float) else "string"
        yield name, Static(kind, value[:TEXT_MAX] if isinstance(value, str) else value)  # type: ignore[arg-type] # one of Kind


def _static(name: str, letter: str, text: str) -> Static:
    if name in ("status", "kind"):
        return Static("status" if name == "status" else "kind", text)
    match letter:
        case "i" | "d":
            number = float(text)
            return Static("number", int(number) if letter == "i" and number.is_integer() else number)
        case "b":
            return Static("bool", text == "true")
    return Static("string", text)
