"""The search for traces: candidates newest first from SQL, then the stages of the query on their spans, until there are enough.

Bounds: traces looked at, spans of them, and the limits of the store's readers. A search that ends at a bound gives what it has.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from swarmscope.errors import QueryError
from swarmscope.query.reader import Reader
from swarmscope.query.search import between, slices
from swarmscope.query.times import HOUR_NS, MINUTE_NS, Window
from swarmscope.query.traceql.parse import parse
from swarmscope.query.traceql.plan import NESTED, Plan, static_of
from swarmscope.query.traceql.spansets import Span, Spanset, Trace, evaluate, nested_sets
from swarmscope.query.traceql.tree import Attribute, Pipeline, Static
from swarmscope.query.traces import OF_TRACES

LIMIT_MAX = 1000
TRACES_MAX = 20_000  # looked at for one answer
SPANS_MAX = 200_000  # of the traces that are looked at together
BATCH = 100
PIECE, PIECE_MAX = 2048, 100_000  # candidate spans read at once


@dataclass(slots=True)
class Found:
    """A trace of an answer."""

    trace: str
    start_ns: int = 0
    end_ns: int = 0
    root_name: str = ""
    root_service: str = ""
    services: dict[str, tuple[int, int]] | None = None
    """Spans and errors by service."""
    sets: list[tuple[Spanset, list[tuple[Span, list[tuple[str, Static]]]]]] | None = None
    """Spansets, each with its spans and what they are shown with."""


def pipeline(text: str) -> Pipeline:
    """The tree of a query that selects spans. QueryError: it asks for series."""
    query = parse(text)
    if not isinstance(query, Pipeline):
        raise QueryError("this query gives series; ask it of the metrics API (query_range)")
    return query


def search(
    reads: Reader, text: str, within: Window, limit: int = 20, spans_per_set: int = 3
) -> tuple[list[Found], int]:
    """Traces that match, newest first, and how many were looked at. spans_per_set: spans shown of each spanset."""
    plan = Plan(reads, pipeline(text))
    out: list[Found] = []
    looked = 0
    for batch in _candidates(reads, plan, within):
        looked += len(batch)
        for trace, spans in _traces(reads, plan, batch).items():
            sets = evaluate(plan.query, spans)
            if sets:
                out.append(Found(trace, sets=[_shown(plan, spans, s, spans_per_set) for s in sets]))
                if len(out) >= limit:
                    break
        if len(out) >= limit or looked >= TRACES_MAX:
            break
    _summarise(reads, out, within)
    return out, looked


def _candidates(reads: Reader, plan: Plan, within: Window) -> Iterator[dict[str, int]]:
    """Traces and when their first candidate span in sight began, newest first, in batches."""
    seen: dict[str, int] = {}
    pending: dict[str, int] = {}
    condition = plan.candidates(within)
    for part in slices(within, True, MINUTE_NS):
        end, size = part.end_ns, PIECE
        while True:
            here = Window(part.start_ns, end)
            rows = reads.query(
                "SELECT lower(hex(trace_id)) AS trace, toUnixTimestamp64Nano(start_time) AS start_ns "
                f"FROM {plan.source(within if plan.columns.traces else here)} WHERE {between('start_time', here)} "
                f"AND {condition} ORDER BY start_time DESC LIMIT {size}",
                plan.params.values,
            )
            starts = rows["start_ns"].to_pylist()
            for trace, start in zip(rows["trace"].to_pylist(), starts, strict=True):
                if trace not in seen:
                    seen[trace] = pending[trace] = start
            while len(pending) >= BATCH:
                yield _first(pending)
            if len(starts) < size:
                break
            size = min(size * 4, PIECE_MAX)
            end = starts[-1] + 1 if starts[-1] + 1 < end else end - 1
        if pending:
            yield _first(pending)


def _first(pending: dict[str, int]) -> dict[str, int]:
    names = list(pending)[:BATCH]
    return {name: pending.pop(name) for name in names}


def _traces(reads: Reader, plan: Plan, batch: dict[str, int]) -> dict[str, Trace]:
    """The spans of traces that the query can use, in the order of `batch`."""
    around = Window(max(0, min(batch.values()) - HOUR_NS), max(batch.values()) + HOUR_NS)
    by_trace: dict[str, list[Span]] = {}
    for trace, span in spans_of(reads, plan, around, OF_TRACES, {"traces": list(batch)}):
        by_trace.setdefault(trace, []).append(span)
    return {name: Trace(by_trace[name]) for name in batch if name in by_trace}


def spans_of(
    reads: Reader, plan: Plan, around: Window, condition: str, params: dict[str, object]
) -> Iterator[tuple[str, Span]]:
    """The spans of a window that a condition holds for, as far as the plan needs them. QueryError: too many."""
    known = {**plan.filters, **plan.marks}
    values = list(plan.values)
    bits = [f"{condition} AS f{i}" for i, condition in enumerate(known.values())]
    for i, e in enumerate(values):
        of = plan.values[e]
        for letter, part in (("t", of.text), ("n", of.number), ("b", of.flag)):
            bits.append(f"{part or 'NULL'} AS v{i}{letter}")
    some = "1" if plan.whole or not plan.filters else "(" + " OR ".join(plan.filters.values()) + ")"
    columns = ", ".join(["", *bits])
    table = reads.query(
        "SELECT lower(hex(trace_id)) AS id, lower(hex(span_id)) AS span, lower(hex(parent_span_id)) AS parent, "
        "toUnixTimestamp64Nano(start_time) AS start_ns, duration_ns AS length_ns, toString(name) AS called"
        f"{columns} FROM {plan.source(around)} WHERE {between('start_time', around)} AND {condition} AND {some} "
        f"ORDER BY start_time, span_id LIMIT {SPANS_MAX + 1}",
        {**plan.params.values, **params},
    )
    if table.num_rows > SPANS_MAX:
        raise QueryError(
            f"the traces in question have more than {SPANS_MAX} spans together; narrow the query or the time"
        )
    for r in table.to_pylist():
        yield (
            r["id"],
            Span(
                r["span"],
                "" if r["parent"] == "0" * 16 else r["parent"],
                r["start_ns"],
                r["length_ns"],
                r["called"],
                {f: bool(r[f"f{i}"]) for i, f in enumerate(known)},
                {e: static_of(plan.values[e], r[f"v{i}t"], r[f"v{i}n"], r[f"v{i}b"]) for i, e in enumerate(values)},
            ),
        )


def _shown(plan: Plan, trace: Trace, found: Spanset, count: int) -> Any:
    numbers = nested_sets(trace) if plan.nested else []
    out = []
    for i in found.spans[:count]:
        span = trace.spans[i]
        met = [a for a in plan.shown if a not in plan.reasons or any(span.matched[f] for f in plan.reasons[a])]
        pairs = [(_key(a), value) for a in met if (value := span.values[a]) is not None]
        pairs += [(_key(a), Static("number", numbers[i][NESTED[a.name]])) for a in plan.nested]
        out.append((span, pairs))
    return found, out


def _key(attribute: Attribute) -> str:
    return str(attribute) if attribute.scope == "intrinsic" else attribute.name


def _summarise(reads: Reader, found: list[Found], within: Window) -> None:
    """Say when each trace ran, what its root is, and who took part."""
    if not found:
        return
    starts = [s.start_ns for f in found for _, spans in f.sets or [] for s, _ in spans] or [
        within.start_ns,
        within.end_ns,
    ]
    around = Window(max(0, min(starts) - HOUR_NS), max(starts) + HOUR_NS)
    rows = reads.rows(
        "SELECT lower(hex(trace_id)) AS trace, toString(service) AS of, count() AS spans, countIf(status_code = 2) AS errors, "
        "min(toUnixTimestamp64Nano(start_time)) AS start_ns, "
        "max(toUnixTimestamp64Nano(start_time) + toInt64(duration_ns)) AS end_ns, "
        "min((parent_span_id != toFixedString('', 8), toUnixTimestamp64Nano(start_time), toString(name))) AS root "
        f"FROM {reads.spans(around)} WHERE {between('start_time', around)} AND {OF_TRACES} GROUP BY trace_id, service",
        {"traces": [f.trace for f in found]},
    )
    by_trace: dict[str, list[dict[str, Any]]] = {}
    for r in rows:
        by_trace.setdefault(r["trace"], []).append(r)
    for f in found:
        parts = by_trace.get(f.trace, [])
        if not parts:
            continue
        roots = [(tuple(r["root"].values() if isinstance(r["root"], dict) else r["root"]), r["of"]) for r in parts]
        (_, _, f.root_name), f.root_service = min(roots)
        f.start_ns, f.end_ns = min(r["start_ns"] for r in parts), max(r["end_ns"] for r in parts)
        f.services = {r["of"]: (r["spans"], r["errors"]) for r in parts}
