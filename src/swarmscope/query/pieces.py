"""Matching spans in the order of a search, a piece at a time, so that a page reads no more than it shows."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import pyarrow as pa

from swarmscope.query import phrases
from swarmscope.query.conditions import Condition, Way
from swarmscope.query.reader import Reader, together
from swarmscope.query.search import Page, between, slices
from swarmscope.query.times import HOUR_NS, MINUTE_NS, Window

SIZE_MAX = 100_000
THREADS = 2
OF_TRACES = "trace_id IN (SELECT toFixedString(unhex(arrayJoin({traces:Array(String)})), 16))"
OF_SPANS = "span_id IN (SELECT toFixedString(unhex(arrayJoin({spans:Array(String)})), 8))"
KEYS = {
    "time": "toUnixTimestamp64Nano(start_time)",
    "duration": "toInt64(duration_ns)",
    "cost": "cost_nano_usd",
    "errors": "toInt64(status_code = 2)",
    "tokens": "toInt64(input_tokens) + output_tokens",
}
ORDER = KEYS | {"time": "start_time", "duration": "duration_ns"}

Place = tuple[int, str]  # a key and an id: where a span stands in the order


class Found(NamedTuple):
    """A matching span."""

    key: int
    ident: str  # of the trace or of the span: what decides between equal keys
    trace: str
    span: str
    start_ns: int


def pieces(
    reads: Reader, condition: Condition, within: Window, page: Page, ident: str, size: int
) -> Iterator[list[Found]]:
    """Matching spans in order, each once, each piece found among more than the one before; none is empty.

    ident: `trace_id` or `span_id`. size: spans in the first piece, or fewer.
    """
    last = after = page.after()
    glance = condition.common and page.sort == "time"
    looked_at = matched = 0
    shares = reads.kept(phrases.Shares)
    for part in parts(within, page, after, condition):
        most = shares.first(condition.text, page.limit + 1) if glance else size
        while True:
            ask = _glance if glance else _first
            found, last_seen = ask(reads, condition, part, page, ident, last, most)
            if found:
                yield found
            if last_seen is None:
                break
            last = last_seen
            looked_at, matched = looked_at + most, matched + len(found)
            if glance:
                shares.put(condition.text, (looked_at, matched))
            if glance and (most == phrases.LOOKED_AT_MAX or phrases.too_rare(looked_at, matched)):
                glance, most = False, size
            else:
                most = phrases.further(looked_at, matched, page.limit + 1) if glance else min(most * 4, SIZE_MAX)


def _first(
    reads: Reader, condition: Condition, part: Window, page: Page, ident: str, last: Place | None, size: int
) -> tuple[list[Found], Place | None]:
    """The first matching spans of a part behind `last`, `size` of them or fewer; how far they go, None: to its end.

    Each way in which a span can match is a query of its own: asked for in one, they wait for each other.
    """
    key = KEYS[page.sort]
    ways, beside, table = condition.ways or [Way("any", ())], condition.beside, reads.spans(part)
    bound = condition.way_params | ({"last": last[1]} if last else {})

    order = f"ORDER BY {ORDER[page.sort]} {page.direction}, {ident} {page.direction} LIMIT {size}"
    inside, behind = between("start_time", part), beyond(key, ident, page, last)
    plain = f"trace_id, span_id, toUnixTimestamp64Nano(start_time) AS began, {key} AS key"

    def ask(way: Way) -> list[Found]:
        if condition.rare and table == "$spans":  # the words first: most rows are out before their time is read
            rows = reads.few(plain, "spans", [*way.parts, *beside, f"{inside} {behind}"], bound, order, THREADS)
        else:
            asked = " AND ".join((f"{inside} {behind}", *way.parts, *beside))
            rows = reads.rows(f"SELECT {plain} FROM {table} WHERE {asked} {order}", bound)
        by = "trace" if ident == "trace_id" else "span"
        found = []
        for r in rows:
            names = {"trace": r["trace_id"].hex(), "span": r["span_id"].hex()}
            found.append(Found(r["key"], names[by], start_ns=r["began"], **names))
        return sorted(found, reverse=page.descending)

    answers = together([partial(ask, way) for way in ways])
    found = sorted({r for answer in answers for r in answer}, reverse=page.descending)
    cut_off = [answer[-1][:2] for answer in answers if len(answer) == size]
    until = None
    if cut_off:  # behind this one, a way may hold more than it said
        until = min(cut_off) if not page.descending else max(cut_off)
        found = [r for r in found if (r[:2] >= until if page.descending else r[:2] <= until)]
    return _holding(reads, condition, table, found), until


def _holding(reads: Reader, condition: Condition, table: str, found: list[Found]) -> list[Found]:
    """Those of some spans that hold the unlisted phrases too, but for the one that they were found by."""
    known = 1 if condition.common else 0
    if len(condition.unlisted) <= known or not found:
        return found
    starts = [r.start_ns for r in found]
    where = f"{between('start_time', Window(min(starts), max(starts) + 1))} AND {OF_TRACES} AND {OF_SPANS}"
    asked: dict[str, object] = {"traces": sorted({r.trace for r in found}), "spans": [r.span for r in found]}
    rows = phrases.spans(reads, condition, table, where, params=asked)
    there = rows.filter(pa.array(phrases.hold(reads, condition, table, rows, where, asked, known)))
    held = set(zip(there["trace"].to_pylist(), there["span"].to_pylist(), strict=True))
    return [r for r in found if (r.trace, r.span) in held]


def _glance(
    reads: Reader, condition: Condition, part: Window, page: Page, ident: str, last: Place | None, size: int
) -> tuple[list[Found], Place | None]:
    """As `_first`, among the first `size` spans that the fields of a search by time select, for common words."""
    key, table = KEYS["time"], reads.spans(part)
    where = f"{between('start_time', part)} {beyond(key, ident, page, last)}"
    asked: dict[str, object] = {"last": last[1]} if last else {}
    order = f"ORDER BY start_time {page.direction}, {ident} {page.direction} LIMIT {size}"
    rows = phrases.spans(reads, condition, table, where, order, asked)
    columns = [rows[c].to_pylist() for c in ("start_ns", ident.removesuffix("_id"), "trace", "span", "start_ns")]
    seen = list(map(Found, *columns))
    until = None
    if (
        len(seen) == size
    ):  # of spans of one trace that begin together, some may be cut off: they are left to the next piece
        whole = next((i for i in range(size - 1, 0, -1) if seen[i - 1][:2] != seen[-1][:2]), 0)
        whole = size if ident == "span_id" else whole
        if not whole and size < SIZE_MAX:
            return _glance(reads, condition, part, page, ident, last, 4 * size)
        whole = whole or size
        seen, rows, until = seen[:whole], rows[:whole], seen[whole - 1][:2]
    held = phrases.hold(reads, condition, table, rows, where, asked).tolist()
    return sorted({r for r, holds in zip(seen, held, strict=True) if holds}, reverse=page.descending), until


def parts(within: Window, page: Page, after: Place | None, condition: Condition) -> Iterator[Window]:
    """The window in the order of the search, without what a time cursor has left behind."""
    if page.sort != "time":
        return iter([within])
    if after is not None and page.descending:
        within = Window(within.start_ns, max(within.start_ns, min(within.end_ns, after[0] + 1)))
    elif after is not None:
        within = Window(min(within.end_ns, max(within.start_ns, after[0])), within.end_ns)
    return slices(within, page.descending, HOUR_NS if condition.narrow or condition.rare else MINUTE_NS)


def beyond(key: str, ident: str, page: Page, last: Place | None) -> str:
    """The condition that a row comes after the one with the key `last`."""
    if last is None:
        return ""
    width = 16 if ident == "trace_id" else 8
    tie = f"{ident} {page.beyond} toFixedString(unhex({{last:String}}), {width})"
    return f"AND ({key} {page.beyond} {last[0]:d} OR ({key} = {last[0]:d} AND {tie}))"
