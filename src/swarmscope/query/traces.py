"""Traces: one by its id, and the search for traces and spans."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from swarmscope.errors import NotFoundError
from swarmscope.model.semantics import DROPPED_ATTRIBUTES, DROPPED_EVENTS, DROPPED_LINKS
from swarmscope.query import conversation, outline, resources, running, tree
from swarmscope.query import spans as rows_of
from swarmscope.query.conditions import Condition
from swarmscope.query.pending import NOTHING_OPEN, OpenSpans
from swarmscope.query.reader import Reader, both, together
from swarmscope.query.running import Key
from swarmscope.query.search import Page, between, slices
from swarmscope.query.times import HOUR_NS, MINUTE_NS, Window, moment

DISTINCT_MAX = 50
CANDIDATES_MIN = 256
OF_TRACES = "trace_id IN (SELECT toFixedString(unhex(arrayJoin({traces:Array(String)})), 16))"

_SPAN_KEYS = {
    "time": "toUnixTimestamp64Nano(start_time)",
    "duration": "toInt64(duration_ns)",
    "cost": "cost_nano_usd",
    "errors": "toInt64(status_code = 2)",
    "tokens": "toInt64(input_tokens) + output_tokens",
}
_SPAN_ORDER = _SPAN_KEYS | {"time": "start_time", "duration": "duration_ns"}
_SUMMARY = f"""lower(hex(trace_id)) AS trace, argMin(tuple(name, service, agent),
    tuple(parent_span_id != toFixedString('', 8), start_time)) AS root,
    min(toUnixTimestamp64Nano(start_time)) AS start_ns, max(toUnixTimestamp64Nano(start_time) + toInt64(duration_ns)) AS end_ns,
    count() AS spans, countIf(status_code = 2) AS errors,
    arraySort(groupUniqArrayIf({DISTINCT_MAX})(agent, agent != '')) AS all_agents,
    arraySort(groupUniqArrayIf({DISTINCT_MAX})(service, service != '')) AS all_services,
    arraySort(groupUniqArrayIf({DISTINCT_MAX})(model, model != '')) AS all_models,
    anyIf(session, session != '') AS a_session, anyIf(workflow, workflow != '') AS a_workflow,
    sum(input_tokens) AS all_input_tokens, sum(output_tokens) AS all_output_tokens, sum(cost_nano_usd) AS all_cost_nano_usd"""


# one trace


def one(
    reads: Reader,
    trace_id: str,
    limit: int = 10_000,
    messages: bool = True,
    original: bool = False,
    details: int | None = None,
    columns: bool = False,
) -> dict[str, Any]:
    """A trace in the shape of `Trace`. messages: with text. original: attributes that held message text are put back too.

    details: where the trace has more spans than this, they come without attributes, events, links and messages, and
    `span` gives those of one. columns: they come as columns then, which costs a third.
    NotFoundError: no span of it, neither ended nor pending nor kept.
    """
    trace_id = trace_id.lower()
    now_ns = time.time_ns()
    most = limit if details is None else min(limit, details)
    if columns and outline.size(reads, trace_id) > most:
        return outline.of(reads, trace_id, limit)
    found, truncated = _spans_of(reads, trace_id, most)
    detailed = not truncated or most == limit
    if not detailed:
        found, truncated = _spans_of(reads, trace_id, limit, rows_of.ROW)
    ends = [now_ns if r["pending"] else r["start_ns"] + r["duration_ns"] for r in found]
    shape = tree.build(
        [
            (bytes.fromhex(r["span"]), bytes.fromhex(r["parent"]), r["start_ns"], end)
            for r, end in zip(found, ends, strict=True)
        ]
    )
    start_ns = min(r["start_ns"] for r in found)
    texts, sources = both(
        lambda: _texts(reads, found) if messages and detailed else {},
        lambda: resources.of(reads, {r["resource_id"] for r in found}) if detailed else {},
    )
    spans = [_placed(found[n.index], n, start_ns, now_ns) for n in shape.nodes]
    if detailed:
        spans = [s | _details(found[n.index], texts, original) for s, n in zip(spans, shape.nodes, strict=True)]
    else:
        spans = [s | _NO_DETAILS for s in spans]
    return {
        "summary": _summary_of(trace_id, found, start_ns, max(ends), shape.nodes[0].index),
        "spans": spans,
        "columns": None,
        "resources": sources,
        "critical_path": [
            {
                "span_id": found[s.index]["span"],
                "offset_ns": s.start_ns - start_ns,
                "duration_ns": s.end_ns - s.start_ns,
            }
            for s in shape.path
        ],
        "truncated": truncated,
        "detailed": detailed,
    }


def span(reads: Reader, trace_id: str, span_id: str, original: bool = False) -> dict[str, Any]:
    """What one span of a trace brought, in the shape of `SpanDetails`. NotFoundError: it is not there."""
    only = "AND span_id = toFixedString(unhex({span:String}), 8)"
    found, _ = _spans_of(reads, trace_id.lower(), 1, rows_of.FULL, only, {"span": span_id.lower()})
    r = found[0]
    return {
        "span_id": r["span"],
        **_details(r, _texts(reads, found), original),
        "resource": resources.of(reads, {r["resource_id"]}).get(resources.name(r["resource_id"]), {}),
    }


def _spans_of(
    reads: Reader,
    trace_id: str,
    limit: int,
    columns: str = rows_of.FULL,
    only: str = "",
    params: dict[str, str] | None = None,
) -> tuple[list[dict[str, Any]], bool]:
    """The spans of a trace, each once, the earliest `limit`; kept ones where the full ones are gone."""
    bound = {"trace": trace_id, **(params or {})}
    earliest = f"ORDER BY start_time, span_id LIMIT {2 * limit + 1:d}"  # a span can be there ended and pending
    under_way = f"FROM $spans_pending WHERE {rows_of.ONE} {only}"
    found, begun = both(
        lambda: reads.rows(
            f"SELECT {columns}, 0 AS pending FROM $spans WHERE {rows_of.ONE_OF_SPANS} {only} {earliest}", bound
        ),
        lambda: reads.rows(f"SELECT 1 {under_way} LIMIT 1", bound),  # planning for every column costs more than this
    )
    if begun:
        found += reads.rows(f"SELECT {columns}, 1 AS pending {under_way} {earliest}", bound)
    if all(r["pending"] for r in found):
        sql = f"SELECT {columns}, 0 AS pending FROM $spans_kept WHERE {rows_of.ONE} {only} {earliest}"
        found += reads.rows(sql, bound)
    if not found:
        raise NotFoundError(
            f"trace {trace_id} {'has no such span' if only else 'is not here'}; it may have expired, not have arrived yet "
            "(ingest takes about 2 s), or belong to another tenant"
        )
    ended = {r["span"] for r in found if not r["pending"]}
    latest = {r["span"]: r for r in found if r["pending"] and r["span"] not in ended}
    spans = [r for r in found if not r["pending"]] + list(latest.values())
    spans.sort(key=lambda r: (r["start_ns"], r["span"]))
    return spans[:limit], len(spans) > limit


def _texts(reads: Reader, found: list[dict[str, Any]]) -> dict[tuple[str, int], str]:
    wanted: dict[str, set[int]] = defaultdict(set)
    for r in found:
        if r["message_hash"]:
            wanted[rows_of.place(r)].update(r["message_hash"])
    return conversation.texts(reads, wanted)


def _placed(r: dict[str, Any], node: tree.Node, trace_start_ns: int, now_ns: int) -> dict[str, Any]:
    """A span with its place in the trace."""
    return rows_of.row(r, now_ns if r["pending"] else 0) | {
        "offset_ns": r["start_ns"] - trace_start_ns,
        "self_ns": node.self_ns,
        "depth": node.depth,
        "critical": node.critical,
        "orphan": node.orphan,
    }


_NO_DETAILS: dict[str, Any] = {
    "trace_state": "",
    "flags": 0,
    "dropped_attributes_count": 0,
    "dropped_events_count": 0,
    "dropped_links_count": 0,
    "scope_name": "",
    "scope_version": "",
    "resource_id": "",
    "attributes": {},
    "events": [],
    "links": [],
    "messages": [],
}


def _details(r: dict[str, Any], texts: dict[tuple[str, int], str], original: bool) -> dict[str, Any]:
    """What is too much to give for every span of a large trace."""
    place = rows_of.place(r)
    known = {h: texts[place, h] for h in r["message_hash"] if (place, h) in texts}
    sent = rows_of.message_attributes(r, known) if original else {}
    attributes = rows_of.attributes(r)
    return {
        "trace_state": r["trace_state"],
        "flags": r["flags"],
        **rows_of.taken(attributes, DROPPED_ATTRIBUTES, DROPPED_EVENTS, DROPPED_LINKS),
        "scope_name": r["scope_name"],
        "scope_version": r["scope_version"],
        "resource_id": resources.name(r["resource_id"]),
        "attributes": attributes | rows_of.jsonable(sent.get(-1, {})),
        "events": rows_of.events(r, sent),
        "links": rows_of.links(r),
        "messages": conversation.readable(
            r["message_key"], r["message_hash"], known, dict(r["attributes"]), r["event_name"]
        ),
    }


def _summary_of(trace_id: str, found: list[dict[str, Any]], start_ns: int, end_ns: int, root: int) -> dict[str, Any]:
    def distinct(column: str) -> list[str]:
        return sorted({r[column] for r in found} - {""})

    return {
        "trace_id": trace_id,
        "name": found[root]["name"],
        "service": found[root]["service"],
        "agent": found[root]["agent"],
        "start_time": moment(start_ns),
        "duration_ns": end_ns - start_ns,
        "spans": len(found),
        "pending": sum(r["pending"] for r in found),
        "errors": sum(r["status_code"] == 2 for r in found),
        "agents": distinct("agent")[:DISTINCT_MAX],
        "services": distinct("service")[:DISTINCT_MAX],
        "models": distinct("model")[:DISTINCT_MAX],
        "session": next(iter(distinct("session")), ""),
        "workflow": next(iter(distinct("workflow")), ""),
        "input_tokens": sum(r["input_tokens"] for r in found),
        "output_tokens": sum(r["output_tokens"] for r in found),
        "cost_usd": sum(r["cost_nano_usd"] for r in found) / rows_of.NANO,
        "matched": 0,
    }


# search


def search(reads: Reader, q: str, within: Window, page: Page, open_spans: OpenSpans = NOTHING_OPEN) -> dict[str, Any]:
    """A page of traces in the shape of `Traces`: those with a span in the window that matches, ended or, by time, still open.

    A trace stands where its first matching span would (time, duration), or by the sum over its matching spans (cost, errors,
    tokens); its other figures cover the whole trace, as far as it lies within an hour of its matching spans.
    """
    condition = Condition(reads, "spans", q)
    under_way = running.keys(reads, open_spans, condition, within, page)
    if page.sort in ("time", "duration"):
        keys = _by_first(reads, condition, within, page, under_way)
    else:
        keys = _by_sum(reads, condition, within, page)
    shown = keys[: page.limit]
    return {
        "items": summaries(reads, shown, within, open_spans, condition, Counter(k[0] for k in under_way)),
        "next": page.next(shown[-1][1], shown[-1][0]) if len(keys) > page.limit else None,
        "window": within.json(),
    }


def _by_first(reads: Reader, condition: Condition, within: Window, page: Page, under_way: list[Key]) -> list[Key]:
    """The first `limit + 1` traces in the order of their first matching span. Spans are read in that order, in growing
    pieces, until they name enough traces."""
    after = page.after()
    out: dict[str, Key] = {}
    ended = _pieces(reads, condition, within, page, after)
    for piece in running.woven(ended, under_way, page, after):
        fresh = {trace: (trace, key, start) for trace, key, start in reversed(piece) if trace not in out}
        if after is not None:
            shown = running.shown_before(under_way, page, after)
            for trace in shown & fresh.keys() | _seen_before(reads, condition, within, page, after, fresh):
                fresh.pop(trace)
        out |= {k[0]: k for k in sorted(fresh.values(), key=lambda k: (k[1], k[0]), reverse=page.descending)}
        if len(out) > page.limit:
            break
    return list(out.values())[: page.limit + 1]


def _pieces(
    reads: Reader, condition: Condition, within: Window, page: Page, after: tuple[int, str] | None
) -> Iterator[list[Key]]:
    """Matching spans as keys, in order, each piece larger than the one before."""
    last = after
    for part in _parts(within, page, after, condition.rare):
        size = max(CANDIDATES_MIN, 8 * page.limit)
        while True:
            found, more = _first(reads, condition, part, page, "trace_id", last, size)
            if found:
                yield [(r.trace, r.key, r.start_ns) for r in found]
                last = (found[-1].key, found[-1].trace)
            if not more:
                break
            size = min(size * 4, 100_000)


class _Found(NamedTuple):
    """A matching span."""

    key: int
    ident: str  # of the trace or of the span: what decides between equal keys
    trace: str
    span: str
    start_ns: int


def _first(
    reads: Reader,
    condition: Condition,
    part: Window,
    page: Page,
    ident: str,
    last: tuple[int, str] | None,
    size: int,
) -> tuple[list[_Found], bool]:
    """The first matching spans of a part behind `last`, each once, `size` of them or fewer; whether there are more.

    Each way in which a span can match is a query of its own: asked for in one, they wait for each other.
    """
    key = _SPAN_KEYS[page.sort]
    bound = condition.params | ({"last": last[1]} if last else {})

    def ask(way: str) -> list[_Found]:
        rows = reads.query(
            "SELECT key, lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span, "
            f"toUnixTimestamp64Nano(start_time) AS start_ns FROM (SELECT trace_id, span_id, start_time, {key} AS key "
            f"FROM {reads.spans(part)} WHERE {between('start_time', part)} AND {way} AND {condition.sql} "
            f"{_beyond(key, ident, page, last)} ORDER BY {_SPAN_ORDER[page.sort]} {page.direction}, "
            f"{ident} {page.direction} LIMIT {size})",
            bound,
        )
        columns = (rows[c].to_pylist() for c in ("key", ident.removesuffix("_id"), "trace", "span", "start_ns"))
        return sorted(map(_Found, *columns), reverse=page.descending)

    answers = together([partial(ask, way) for way in condition.ways or ["1"]])
    found = sorted({r for answer in answers for r in answer}, reverse=page.descending)
    cut_off = [answer[-1][:2] for answer in answers if len(answer) == size]
    if not cut_off:
        return found, False
    until = min(cut_off) if not page.descending else max(cut_off)  # behind this one, a way may hold more than it said
    return [r for r in found if (r[:2] >= until if page.descending else r[:2] <= until)], True


def _parts(within: Window, page: Page, after: tuple[int, str] | None, rare: bool) -> Iterator[Window]:
    """The window in the order of the search, without what a time cursor has left behind."""
    if page.sort != "time":
        return iter([within])
    if after is not None and page.descending:
        within = Window(within.start_ns, max(within.start_ns, min(within.end_ns, after[0] + 1)))
    elif after is not None:
        within = Window(min(within.end_ns, max(within.start_ns, after[0])), within.end_ns)
    return slices(within, page.descending, HOUR_NS if rare else MINUTE_NS)


def _beyond(key: str, ident: str, page: Page, last: tuple[int, str] | None) -> str:
    """The condition that a row comes after the one with the key `last`."""
    if last is None:
        return ""
    width = 16 if ident == "trace_id" else 8
    tie = f"{ident} {page.beyond} toFixedString(unhex({{last:String}}), {width})"
    return f"AND ({key} {page.beyond} {last[0]:d} OR ({key} = {last[0]:d} AND {tie}))"


def _seen_before(
    reads: Reader,
    condition: Condition,
    within: Window,
    page: Page,
    after: tuple[int, str],
    traces: Iterable[str],
) -> set[str]:
    """Of `traces`, those that a page before has shown: one of their spans comes before its end."""
    names = list(traces)
    if not names:
        return set()
    expression = _SPAN_KEYS[page.sort]
    before = ">=" if page.descending else "<="
    rows = reads.query(
        "SELECT DISTINCT lower(hex(trace_id)) AS trace "
        f"FROM {condition.source(reads.spans(within))} WHERE {between('start_time', within)} "
        f"AND ({expression}, lower(hex(trace_id))) {before} ({after[0]:d}, {{last:String}}) "
        f"AND {OF_TRACES} AND {condition.sql}",
        condition.params | {"last": after[1], "traces": names},
    )
    return set(rows["trace"].to_pylist())


def _by_sum(reads: Reader, condition: Condition, within: Window, page: Page) -> list[Key]:
    after = page.after()
    having = f"HAVING (key, trace) {page.beyond} ({after[0]:d}, {{last:String}})" if after else ""
    rows = reads.query(
        f"SELECT lower(hex(trace_id)) AS trace, toInt64(sum({_SPAN_KEYS[page.sort]})) AS key, "
        f"min(toUnixTimestamp64Nano(start_time)) AS start_ns FROM {condition.source(reads.spans(within))} "
        f"WHERE {between('start_time', within)} AND {condition.sql} GROUP BY trace_id {having} "
        f"ORDER BY key {page.direction}, trace {page.direction} LIMIT {page.limit + 1}",
        condition.params | ({"last": after[1]} if after else {}),
    )
    return list(zip(*(rows[c].to_pylist() for c in ("trace", "key", "start_ns")), strict=True))


def summaries(
    reads: Reader,
    keys: list[Key],
    within: Window,
    open_spans: OpenSpans,
    condition: Condition | None = None,
    open_matched: Mapping[str, int] | None = None,
) -> list[dict[str, Any]]:
    """Traces in the shape of `TraceRow`, in the order of `keys`. condition: counts the matching spans in the window, of which
    `open_matched` have not ended."""
    if not keys:
        return []
    around = Window(max(0, min(k[2] for k in keys) - HOUR_NS), max(k[2] for k in keys) + HOUR_NS)
    matched = f"countIf({between('start_time', within)} AND {condition.whole})" if condition else "0"
    names = [k[0] for k in keys]
    under_way = open_spans.of(set(names))
    found = reads.rows(
        f"SELECT {_SUMMARY}, {matched} AS matched, groupArrayIf(lower(hex(span_id)), lower(hex(span_id)) IN "
        f"{{open:Array(String)}}) AS ended FROM {reads.spans(around)} WHERE {between('start_time', around)} "
        f"AND {OF_TRACES} GROUP BY trace_id",
        {"traces": names, "open": list(under_way)} | (condition.params if condition else {}),
    )
    lost = [name for name in names if name not in {r["trace"] for r in found}]
    for r in found:
        for span in r["ended"]:  # since the view of the open ones was made
            under_way.pop(span, None)
    pending = Counter(under_way.values())
    found += _not_one_ended(reads, lost, around)
    for r in found:
        r["matched"] += (open_matched or {}).get(r["trace"], 0)
    by_id = {r["trace"]: trace_row(r, pending.get(r["trace"], 0)) for r in found}
    return [by_id[k[0]] for k in keys if k[0] in by_id]


def _not_one_ended(reads: Reader, traces: list[str], around: Window) -> list[dict[str, Any]]:
    """The summary of traces of which every span is still open; they last until now."""
    if not traces:
        return []
    once = f"SELECT * FROM $spans_pending WHERE {between('start_time', around)} AND {OF_TRACES} LIMIT 1 BY trace_id, span_id"
    found = reads.rows(f"SELECT {_SUMMARY}, 0 AS matched FROM ({once}) GROUP BY trace_id", {"traces": traces})
    return [r | {"spans": 0, "end_ns": max(r["start_ns"], time.time_ns())} for r in found]


def trace_row(r: dict[str, Any], pending: int) -> dict[str, Any]:
    """A row of the summary query in the shape of `TraceRow`."""
    name, service, agent = r["root"].values() if isinstance(r["root"], dict) else r["root"]
    return {
        "trace_id": r["trace"],
        "name": name,
        "service": service,
        "agent": agent,
        "start_time": moment(r["start_ns"]),
        "duration_ns": r["end_ns"] - r["start_ns"],
        "spans": r["spans"] + pending,
        "pending": pending,
        "errors": r["errors"],
        "agents": r["all_agents"],
        "services": r["all_services"],
        "models": r["all_models"],
        "session": r["a_session"],
        "workflow": r["a_workflow"],
        "input_tokens": r["all_input_tokens"],
        "output_tokens": r["all_output_tokens"],
        "cost_usd": r["all_cost_nano_usd"] / rows_of.NANO,
        "matched": r["matched"],
    }


def spans(reads: Reader, q: str, within: Window, page: Page, open_spans: OpenSpans = NOTHING_OPEN) -> dict[str, Any]:
    """A page of spans in the shape of `Spans`; by time, open ones too."""
    condition = Condition(reads, "spans", q)
    under_way = running.rows(reads, open_spans, condition, within, page)
    after = page.after()
    found: list[dict[str, Any]] = []
    for part in _parts(within, page, after, condition.rare):
        found += _some(reads, condition, part, page, after, page.limit + 1 - len(found))
        if len(found) > page.limit:
            break
    if under_way:
        found = sorted(found + under_way, key=lambda r: (r["key"], r["span"]), reverse=page.descending)
    shown, now_ns = found[: page.limit], time.time_ns()
    return {
        "items": [rows_of.row(r, now_ns if r.get("open") else 0) for r in shown],
        "next": page.next(shown[-1]["key"], shown[-1]["span"]) if len(found) > page.limit else None,
        "window": within.json(),
    }


def _some(
    reads: Reader, condition: Condition, part: Window, page: Page, after: tuple[int, str] | None, size: int
) -> list[dict[str, Any]]:
    """The first `size` matching spans of a part behind `after`, as rows with their `key`."""
    table, key = reads.spans(part), _SPAN_KEYS[page.sort]
    order = f"ORDER BY {_SPAN_ORDER[page.sort]} {page.direction}, span_id {page.direction} LIMIT {size}"
    if not condition.ways:
        return reads.rows(
            f"SELECT {rows_of.ROW}, {key} AS key FROM {table} WHERE {between('start_time', part)} AND {condition.sql} "
            f"{_beyond(key, 'span_id', page, after)} {order}",
            condition.params | ({"last": after[1]} if after else {}),
        )
    wanted = _first(reads, condition, part, page, "span_id", after, size)[0][:size]
    if not wanted:
        return []
    starts = [r.start_ns for r in wanted]
    return reads.rows(
        f"SELECT {rows_of.ROW}, {key} AS key FROM {table} "
        f"WHERE {between('start_time', Window(min(starts), max(starts) + 1))} AND {OF_TRACES} "
        f"AND span_id IN (SELECT toFixedString(unhex(arrayJoin({{spans:Array(String)}})), 8)) {order}",
        {"traces": [r.trace for r in wanted], "spans": [r.span for r in wanted]},
    )
