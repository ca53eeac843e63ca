"""Traces: one by its id, and the search for traces and spans."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from swarmscope.errors import NotFoundError
from swarmscope.model.semantics import DROPPED_ATTRIBUTES, DROPPED_EVENTS, DROPPED_LINKS
from swarmscope.query import conversation, outline, phrases, resources, running, titles, tree
from swarmscope.query import spans as rows_of
from swarmscope.query.conditions import Condition
from swarmscope.query.newest import traces as newest
from swarmscope.query.newest.traces import DISTINCT_MAX
from swarmscope.query.pending import NOTHING_OPEN, OpenSpans
from swarmscope.query.pieces import KEYS, OF_SPANS, ORDER, Found, beyond, parts, pieces
from swarmscope.query.pieces import OF_TRACES as OF_TRACES
from swarmscope.query.reader import Reader, both
from swarmscope.query.running import Key
from swarmscope.query.search import Page, between, each_minute
from swarmscope.query.times import DAY_NS, HOUR_NS, Window, moment

Texts = dict[tuple[str, int], str]
"""Of messages, by session (trace id in hex where there is none) and hash."""

CANDIDATES_MIN = 256
NARROW_THREADS = 2

_SUMMARY = f"""lower(hex(trace_id)) AS trace, argMin(tuple(name, service, agent),
    tuple(parent_span_id != toFixedString('', 8), start_time)) AS root,
    countIf(parent_span_id = toFixedString('', 8)) AS roots, min(toUnixTimestamp64Nano(start_time)) AS start_ns,
    max(toUnixTimestamp64Nano(start_time) + toInt64(duration_ns)) AS end_ns,
    count() AS spans, countIf(status_code = 2) AS errors,
    arraySort(groupUniqArrayIf({DISTINCT_MAX})(agent, agent != '')) AS all_agents,
    arraySort(groupUniqArrayIf({DISTINCT_MAX})(service, service != '')) AS all_services,
    arraySort(groupUniqArrayIf({DISTINCT_MAX})(model, model != '')) AS all_models,
    minIf(session, session != '') AS a_session, minIf(workflow, workflow != '') AS a_workflow,
    sum(input_tokens) AS all_input_tokens, sum(output_tokens) AS all_output_tokens, sum(cost_nano_usd) AS all_cost_nano_usd,
    {rows_of.UNPRICED}"""


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
    ended, begun = _there(reads, trace_id)
    if columns and outline.size(reads, trace_id, ended) > most:
        return outline.of(reads, trace_id, limit, ended)
    (found, truncated), said = both(
        lambda: _spans_of(reads, trace_id, most, ended, begun),
        lambda: _said(reads, trace_id, most, ended) if messages else {},
    )
    detailed = not truncated or most == limit
    if not detailed:
        found, truncated = _spans_of(reads, trace_id, limit, ended, begun, details=False)
    ends = [now_ns if r["pending"] else r["start_ns"] + r["duration_ns"] for r in found]
    shape = tree.build(
        [
            (bytes.fromhex(r["span"]), bytes.fromhex(r["parent"]), r["start_ns"], end)
            for r, end in zip(found, ends, strict=True)
        ]
    )
    start_ns = min(r["start_ns"] for r in found)
    texts, sources = both(
        lambda: said | _texts(reads, found, said) if messages and detailed else {},
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
    trace_id = trace_id.lower()
    found, _ = _spans_of(reads, trace_id, 1, *_there(reads, trace_id), only=span_id.lower())
    r = found[0]
    return {
        "span_id": r["span"],
        **_details(r, _texts(reads, found, {}), original),
        "resource": resources.of(reads, {r["resource_id"]}).get(resources.name(r["resource_id"]), {}),
    }


def _there(reads: Reader, trace_id: str) -> tuple[str, bool]:
    """The condition of the ended spans of a trace, empty where there are none, and whether any was told before it ended.

    Of a trace that nothing is known of, all minutes are looked through: the store tells them a moment after the spans.
    """
    ended, begun = both(
        lambda: rows_of.of_ended(reads, trace_id),
        lambda: reads.few("1", "spans_pending", rows_of.ONE, {"trace": trace_id}, "LIMIT 1"),
    )
    return ended or ("" if begun else rows_of.ONE), bool(begun)


def _spans_of(
    reads: Reader, trace_id: str, limit: int, ended: str, begun: bool, details: bool = True, only: str = ""
) -> tuple[list[dict[str, Any]], bool]:
    """The spans of a trace, each once, the earliest `limit`; kept ones where the full ones are gone. ended, begun: of
    `_there`; only: this span."""
    bound = {"trace": trace_id, "span": only}
    that = "AND span_id = toFixedString(unhex({span:String}), 8)" if only else ""
    columns = rows_of.FULL if details else rows_of.ROW
    most = 2 * limit + 1  # a span can be there ended and pending
    earliest = f"ORDER BY start_time, span_id LIMIT {most:d}"
    found: list[dict[str, Any]] = []
    if ended:
        asked = f"{columns}, 0 AS pending", "spans", f"{ended} {that}", bound
        some = reads.pick(*asked, f"LIMIT {most:d}")
        found = rows_of.named(some if len(some) < most else reads.pick(*asked, earliest))
    if begun:
        found += rows_of.named(
            reads.pick(f"{columns}, 1 AS pending", "spans_pending", f"{rows_of.ONE} {that}", bound, earliest)
        )
    if all(r["pending"] for r in found):
        sql = f"SELECT {columns}, 0 AS pending FROM $spans_kept WHERE {rows_of.ONE} {that} {earliest}"
        found += rows_of.named(reads.query(sql, bound))
    if not found:
        raise NotFoundError(
            f"trace {trace_id} {'has no such span' if only else 'is not here'}; it may have expired, not have arrived yet "
            "(ingest takes about 2 s), or belong to another tenant"
        )
    over = {r["span"] for r in found if not r["pending"]}
    latest = {r["span"]: r for r in found if r["pending"] and r["span"] not in over}
    spans = [r for r in found if not r["pending"]] + list(latest.values())
    spans.sort(key=lambda r: (r["start_ns"], r["span"]))
    return spans[:limit], len(spans) > limit


def _said(reads: Reader, trace_id: str, limit: int, ended: str) -> Texts:
    """The messages of the ended spans of a trace, for a question at the same time as theirs; none where there are more than
    `limit`. To wait for the spans first takes a fifth longer."""
    if not ended:
        return {}
    rows = reads.few("session, message_hash", "spans", ended, {"trace": trace_id}, f"LIMIT {limit + 1:d}")
    return _texts(reads, [r | {"trace": trace_id} for r in rows], {}) if len(rows) <= limit else {}


def _texts(reads: Reader, found: Iterable[Mapping[str, Any]], known: Texts) -> Texts:
    """The messages of some spans that are not known yet."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for r in found:
        place = rows_of.place(r)
        if fresh := [h for h in r["message_hash"] if (place, h) not in known]:
            wanted[place].update(fresh)
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


def _details(r: dict[str, Any], texts: Texts, original: bool) -> dict[str, Any]:
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
            r["message_key"], r["message_hash"], known, dict(r["attributes"]), r["event_name"], r["event_attributes"]
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
        "rooted": any(r["parent"] == rows_of.NO_PARENT for r in found),
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
        "unpriced": sorted({r["model"] for r in found if rows_of.costless(r)})[: rows_of.UNPRICED_MAX],
        "asked": "",
        "matched": 0,
        "matched_time": moment(max(r["start_ns"] for r in found)),
    }


# search


def search(
    reads: Reader, q: str, within: Window, page: Page, open_spans: OpenSpans = NOTHING_OPEN, asked: bool = False
) -> dict[str, Any]:
    """A page of traces in the shape of `Traces`: those with a span in the window that matches, ended or, by time, still open.
    asked: with what was asked in each.

    A trace stands where its first matching span would (time, duration), or by the sum over its matching spans (cost, errors,
    tokens), and `matched_time` says where that is in time; its other figures cover the whole trace, as far as it lies within
    an hour of its matching spans.
    """
    condition = Condition(reads, "spans", q)
    known = newest.first(reads, condition, within, page, open_spans, asked)
    if known is not None:
        keys, open_matched, rows = known.keys, known.open_matched, known.rows
    else:
        under_way = running.keys(reads, open_spans, condition, within, page)
        open_matched, rows = Counter(k[0] for k in under_way), {}
        if page.sort in ("time", "duration"):
            keys = _by_first(reads, condition, within, page, under_way)
        else:
            keys = _by_sum(reads, condition, within, page)
    shown = keys[: page.limit]
    places = {trace: start_ns for trace, _, start_ns in shown}
    told = _told(reads, shown, within, open_spans, condition, page, open_matched, asked, rows)
    return {
        "items": [
            row | ({"matched_time": moment(places[row["trace_id"]])} if page.sort == "time" else {}) for row in told
        ],
        "next": page.next(shown[-1][1], shown[-1][0]) if len(keys) > page.limit else None,
        "window": within.json(),
    }


def _told(
    reads: Reader, keys: list[Key], within: Window, open_spans: OpenSpans, condition: Condition, page: Page,
    open_matched: Mapping[str, int], asked: bool, rows: Mapping[str, dict[str, Any]],
) -> list[dict[str, Any]]:  # fmt: skip
    """The summaries of what a search found. Spans that hold common words are counted as they were found. rows: those that are
    known already, as the question for them gives them."""
    if rows:
        rest = _told(
            reads, [k for k in keys if k[0] not in rows], within, open_spans, condition, page, open_matched, asked, {}
        )
        by_id = {row["trace_id"]: row for row in [*rest, *_rows(reads, rows, open_spans, open_matched, within, asked)]}
        return [by_id[k[0]] for k in keys if k[0] in by_id]
    if not keys or not condition.unlisted or page.sort not in ("time", "duration"):
        return summaries(reads, keys, within, open_spans, condition, open_matched, asked)
    starts = {k[0]: k[2] for k in keys}
    names, table = list(starts), reads.spans(within)
    where = f"{between('start_time', within)} AND {OF_TRACES}"
    matching, told = both(  # the first one asks side by side itself
        lambda: phrases.matching(reads, condition, table, where, params={"traces": names}),
        lambda: summaries(reads, keys, within, open_spans, None, open_matched, asked),
    )
    matched = Counter(matching["trace"].to_pylist())
    last = dict(sorted(zip(matching["trace"].to_pylist(), matching["start_ns"].to_pylist(), strict=True)))
    return [
        row | {"matched": row["matched"] + matched[name], "matched_time": moment(last.get(name, start_ns))}
        for row in told
        for name, start_ns in [(row["trace_id"], starts[row["trace_id"]])]
    ]


def _by_first(reads: Reader, condition: Condition, within: Window, page: Page, under_way: list[Key]) -> list[Key]:
    """The first `limit + 1` traces in the order of their first matching span. Spans are read in that order, in growing
    pieces, until they name enough traces."""
    after = page.after()
    out: dict[str, Key] = {}
    ended = (
        [(r.trace, r.key, r.start_ns) for r in piece]
        for piece in pieces(reads, condition, within, page, "trace_id", max(CANDIDATES_MIN, 8 * page.limit))
    )
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
    expression = KEYS[page.sort]
    before = ">=" if page.descending else "<="
    where = (
        f"{between('start_time', within)} AND ({expression}, lower(hex(trace_id))) {before} ({after[0]:d}, {{last:String}}) "
        f"AND {OF_TRACES}"
    )
    bound: dict[str, object] = {"last": after[1], "traces": names}
    if condition.unlisted:
        return set(phrases.matching(reads, condition, reads.spans(within), where, params=bound)["trace"].to_pylist())
    rows = reads.query(
        "SELECT DISTINCT lower(hex(trace_id)) AS trace "
        f"FROM {condition.source(reads.spans(within))} WHERE {where} AND {condition.sql}",
        condition.params | bound,
    )
    return set(rows["trace"].to_pylist())


def _by_sum(reads: Reader, condition: Condition, within: Window, page: Page) -> list[Key]:
    after = page.after()
    having = f"HAVING (key, trace) {page.beyond} ({after[0]:d}, {{last:String}})" if after else ""
    rows = reads.query(
        f"SELECT lower(hex(trace_id)) AS trace, toInt64(sum({KEYS[page.sort]})) AS key, "
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
    asked: bool = False,
) -> list[dict[str, Any]]:
    """Traces in the shape of `TraceRow`, in the order of `keys`. condition: counts the matching spans in the window, of which
    `open_matched` have not ended. asked: with what was asked in each."""
    if not keys:
        return []
    around = Window(max(0, min(k[2] for k in keys) - HOUR_NS), max(k[2] for k in keys) + HOUR_NS)
    matches = f"{between('start_time', within)} AND {condition.whole}" if condition else "true"
    names, table = [k[0] for k in keys], reads.spans(around)
    under_way = open_spans.of(set(names))
    columns = (
        f"{_SUMMARY}, {f'countIf({matches})' if condition else '0'} AS matched, "
        f"maxIf(toUnixTimestamp64Nano(start_time), {matches}) AS newest_ns, "
        "groupArrayIf(lower(hex(span_id)), lower(hex(span_id)) IN {open:Array(String)}) AS ended"
        f"{f', {titles.FIRST}' if asked else ''}"
    )
    where = [OF_TRACES, between("start_time", around)]
    bound = {"traces": names, "open": list(under_way)} | (condition.params if condition else {})
    if table == "$spans" and "$" not in columns:
        found = reads.few(columns, "spans", where, bound, "GROUP BY trace_id", NARROW_THREADS)
    else:
        found = reads.rows(f"SELECT {columns} FROM {table} WHERE {' AND '.join(where)} GROUP BY trace_id", bound)
    lost = [name for name in names if name not in {r["trace"] for r in found}]
    begun = [r | {"ended": [], "speaks": False} for r in _not_one_ended(reads, lost, around)]
    rows = {r["trace"]: r for r in [*found, *begun]}
    by_id = {row["trace_id"]: row for row in _rows(reads, rows, open_spans, open_matched or {}, around, asked)}
    return [by_id[k[0]] for k in keys if k[0] in by_id]


def _rows(
    reads: Reader, found: Mapping[str, dict[str, Any]], open_spans: OpenSpans, open_matched: Mapping[str, int],
    around: Window, asked: bool,
) -> list[dict[str, Any]]:  # fmt: skip
    """Rows of the question for summaries, by trace, in the shape of `TraceRow`. around: where their spans lie."""
    under_way = open_spans.of(found.keys())
    for r in found.values():
        for span in r["ended"]:  # since the view of the open ones was made
            under_way.pop(span, None)
    pending = Counter(under_way.values())
    words = titles.told_in(reads, [r | {"id": r["trace"]} for r in found.values()], around) if asked else {}
    return [
        trace_row(r | {"matched": r["matched"] + open_matched.get(name, 0)}, pending[name])
        | {"asked": words.get(name, "")}
        for name, r in found.items()
    ]


def _not_one_ended(reads: Reader, traces: list[str], around: Window) -> list[dict[str, Any]]:
    """The summary of traces of which every span is still open; they last until now."""
    if not traces:
        return []
    once = f"SELECT * FROM $spans_pending WHERE {between('start_time', around)} AND {OF_TRACES} LIMIT 1 BY trace_id, span_id"
    newest = "max(toUnixTimestamp64Nano(start_time))"
    found = reads.rows(
        f"SELECT {_SUMMARY}, 0 AS matched, {newest} AS newest_ns FROM ({once}) GROUP BY trace_id", {"traces": traces}
    )
    return [r | {"spans": 0, "end_ns": max(r["start_ns"], time.time_ns())} for r in found]


def trace_row(r: dict[str, Any], pending: int) -> dict[str, Any]:
    """A row of the summary query in the shape of `TraceRow`."""
    name, service, agent = r["root"].values() if isinstance(r["root"], dict) else r["root"]
    return {
        "trace_id": r["trace"],
        "name": name,
        "service": service,
        "agent": agent,
        "rooted": r["roots"] > 0,
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
        "unpriced": r["costless_models"],
        "asked": "",
        "matched": r["matched"],
        "matched_time": moment(r["newest_ns"] or r["start_ns"]),
    }


def spans(reads: Reader, q: str, within: Window, page: Page, open_spans: OpenSpans = NOTHING_OPEN) -> dict[str, Any]:
    """A page of spans in the shape of `Spans`; by time, open ones too."""
    condition = Condition(reads, "spans", q)
    under_way = running.rows(reads, open_spans, condition, within, page)
    found = _with(reads, condition, within, page) if condition.phrases else _first(reads, condition, within, page)
    if under_way:
        found = sorted(found + under_way, key=lambda r: (r["key"], r["span"]), reverse=page.descending)
    shown, now_ns = found[: page.limit], time.time_ns()
    return {
        "items": [rows_of.row(r, now_ns if r.get("open") else 0) for r in shown],
        "next": page.next(shown[-1]["key"], shown[-1]["span"]) if len(found) > page.limit else None,
        "window": within.json(),
    }


def _first(reads: Reader, condition: Condition, within: Window, page: Page) -> list[dict[str, Any]]:
    """The first `limit + 1` spans, as rows with their `key`, of a search without free text."""
    after, key = page.after(), KEYS[page.sort]
    bound = condition.params | ({"last": after[1]} if after else {})
    found: list[dict[str, Any]] = []
    for part in parts(within, page, after, condition):
        table, columns = reads.spans(part), f"{rows_of.ROW}, {key} AS key"
        where = [*condition.parts, f"{between('start_time', part)} {beyond(key, 'span_id', page, after)}"]
        order = f"ORDER BY {ORDER[page.sort]} {page.direction}, span_id {page.direction} LIMIT {page.limit + 1 - len(found)}"
        if condition.of_one_agent and table == "$spans" and part.length_ns <= DAY_NS:
            where.append(each_minute("start_time", part))
        if condition.narrow and table == "$spans":
            rows = reads.pick(columns, "spans", where, bound, order, NARROW_THREADS)
        else:
            rows = reads.query(f"SELECT {columns} FROM {table} WHERE {' AND '.join(where)} {order}", bound)
        found += rows_of.named(rows)
        if len(found) > page.limit:
            break
    return found


def _with(reads: Reader, condition: Condition, within: Window, page: Page) -> list[dict[str, Any]]:
    """The same of a search with free text: first which spans they are, then what is shown of them."""
    wanted: list[Found] = []
    for piece in pieces(reads, condition, within, page, "span_id", page.limit + 1):
        wanted += piece
        if len(wanted) > page.limit:
            break
    wanted = wanted[: page.limit + 1]
    if not wanted:
        return []
    starts = [r.start_ns for r in wanted]
    around = Window(min(starts), max(starts) + 1)
    table, key = reads.spans(around), KEYS[page.sort]
    where = f"{OF_SPANS} AND {OF_TRACES} AND {between('start_time', around)}"
    order = f"ORDER BY {ORDER[page.sort]} {page.direction}, span_id {page.direction}"
    bound = {"traces": [r.trace for r in wanted], "spans": [r.span for r in wanted]}
    if table == "$spans":
        return rows_of.named(reads.pick(f"{rows_of.ROW}, {key} AS key", "spans", where, bound, order))
    return rows_of.named(reads.query(f"SELECT {rows_of.ROW}, {key} AS key FROM {table} WHERE {where} {order}", bound))
