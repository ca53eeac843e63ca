"""Spans that are still running, among what a search finds.

An ended span and its announcement lie in two tables, and most announcements have ended. Which ones have not is known without
a look at either table: the fleet's view follows them (`pending`). So a search asks for the few that are open by their ids.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from swarmscope.query import phrases
from swarmscope.query import spans as rows_of
from swarmscope.query.conditions import Condition
from swarmscope.query.pending import NOTHING_OPEN, OpenSpans
from swarmscope.query.reader import Reader
from swarmscope.query.search import Page, between
from swarmscope.query.times import MINUTE_NS, Window

OPEN_SPANS_MAX = 20_000  # that one search asks for, those that began last
MATCHES_MAX = 10_000
_KEYS = "lower(hex(trace_id)) AS trace, toUnixTimestamp64Nano(start_time) AS start_ns"
COMMON_MAX = 1024  # the same where the messages of each must be asked for words

Key = tuple[str, int, int]  # trace id, sort key, start of a matching span in ns


def keys(reads: Reader, open_spans: OpenSpans, condition: Condition, within: Window, page: Page) -> list[Key]:
    """Those of the open spans that began in the window and match, in the order of a search by time. Any other search has none:
    what a span took or cost is known when it has ended."""
    if page.sort == "time" and condition.anything and not reads.environment:  # nothing to ask the store
        starts = open_spans.starts_ns.tolist()
        inside = (
            (t, ns, ns)
            for t, ns in zip(open_spans.traces, starts, strict=True)
            if within.start_ns <= ns < within.end_ns
        )
        return sorted(inside, key=place, reverse=page.descending)[:MATCHES_MAX]
    found = _matching(reads, _KEYS, open_spans, condition, within, page, MATCHES_MAX)
    return [(r["trace"], r["start_ns"], r["start_ns"]) for r in found.to_pylist()]


def rows(
    reads: Reader, open_spans: OpenSpans, condition: Condition, within: Window, page: Page
) -> list[dict[str, Any]]:
    """The first `limit + 1` of them behind the cursor, as rows of `named` with `key` and `open`, in order."""
    found = rows_of.named(
        _matching(reads, rows_of.ROW, open_spans, condition, within, page, page.limit + 1, page.after())
    )
    ended = _ended(reads, found)
    return [r | {"key": r["start_ns"], "open": True} for r in found if (r["trace"], r["span"]) not in ended]


def _matching(
    reads: Reader,
    columns: str,
    open_spans: OpenSpans,
    condition: Condition,
    within: Window,
    page: Page,
    limit: int,
    after: tuple[int, str] | None = None,
) -> pa.Table:
    if page.sort != "time":
        return pa.table({})
    if condition.unlisted:
        open_spans = _holding(reads, open_spans, condition, within)
    inside = np.flatnonzero((open_spans.starts_ns >= within.start_ns) & (open_spans.starts_ns < within.end_ns))
    if inside.size == 0:
        return pa.table({})
    inside = inside[np.argsort(open_spans.starts_ns[inside])][-OPEN_SPANS_MAX:]
    starts = open_spans.starts_ns[inside]
    around = Window(int(starts[0]), int(starts[-1]) + 1)
    bound: dict[str, object] = {
        "minutes": np.unique(starts // MINUTE_NS * 60).tolist(),
        "open": [open_spans.ids[i] for i in inside.tolist()],
    }
    behind, matches = "", condition.listed if condition.unlisted else condition.whole
    if after is not None:
        bound["last"] = after[1]
        behind = f"AND (toUnixTimestamp64Nano(start_time), lower(hex(span_id))) {page.beyond} ({after[0]:d}, {{last:String}})"
    return reads.query(
        f"SELECT {columns} FROM $spans_pending "
        f"WHERE {between('start_time', around)} "
        "AND toStartOfMinute(start_time) IN (SELECT toDateTime(arrayJoin({minutes:Array(UInt32)}), 'UTC')) "
        "AND span_id IN (SELECT toFixedString(unhex(arrayJoin({open:Array(String)})), 8)) "
        f"AND {matches} {behind} ORDER BY start_time {page.direction}, span_id {page.direction} "
        f"LIMIT 1 BY trace_id, span_id LIMIT {limit:d}",
        (condition.listed_params if condition.unlisted else condition.params) | bound,
    )


def _holding(reads: Reader, open_spans: OpenSpans, condition: Condition, within: Window) -> OpenSpans:
    """Of the open spans in the window that began last, those that match a condition of common words."""
    inside = np.flatnonzero((open_spans.starts_ns >= within.start_ns) & (open_spans.starts_ns < within.end_ns))
    latest = inside[np.argsort(open_spans.starts_ns[inside])][-COMMON_MAX:].tolist()
    if not latest:
        return NOTHING_OPEN
    starts = open_spans.starts_ns[latest]
    where = (
        f"{between('start_time', Window(int(starts.min()), int(starts.max()) + 1))} "
        "AND span_id IN (SELECT toFixedString(unhex(arrayJoin({open:Array(String)})), 8))"
    )
    asked = {"open": [open_spans.ids[i] for i in latest]}
    matching = set(phrases.matching(reads, condition, "$spans_pending", where, params=asked)["span"].to_pylist())
    kept = [i for i in latest if open_spans.ids[i] in matching]
    return OpenSpans(
        [open_spans.ids[i] for i in kept], [open_spans.traces[i] for i in kept], open_spans.starts_ns[kept]
    )


def _ended(reads: Reader, found: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """Those that have ended since the view of the open ones was made."""
    if not found:
        return set()
    names = {(r["trace"], r["span"]) for r in found}
    around = Window(min(r["start_ns"] for r in found), max(r["start_ns"] for r in found) + 1)
    there = reads.query(
        f"SELECT lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span FROM $spans WHERE {between('start_time', around)} "
        "AND trace_id IN (SELECT toFixedString(unhex(arrayJoin({traces:Array(String)})), 16)) "
        "AND span_id IN (SELECT toFixedString(unhex(arrayJoin({spans:Array(String)})), 8))",
        {"traces": sorted({t for t, _ in names}), "spans": sorted({s for _, s in names})},
    )
    return names & set(zip(there["trace"].to_pylist(), there["span"].to_pylist(), strict=True))


def woven(
    pieces: Iterator[list[Key]], under_way: list[Key], page: Page, after: tuple[int, str] | None
) -> Iterator[list[Key]]:
    """`pieces`, each in order and all behind those before, with the keys of open spans at their places."""

    def before(a: tuple[int, str], b: tuple[int, str]) -> bool:
        return a > b if page.descending else a < b

    rest = sorted(
        (k for k in under_way if after is None or before(after, place(k))), key=place, reverse=page.descending
    )
    for piece in pieces:
        last = place(piece[-1])
        here = [k for k in rest if not before(last, place(k))]
        rest = rest[len(here) :]
        yield sorted(piece + here, key=place, reverse=page.descending)
    if rest:
        yield rest


def place(key: Key) -> tuple[int, str]:
    """Where a key stands in the order of a search."""
    return key[1], key[0]


def shown_before(under_way: list[Key], page: Page, after: tuple[int, str]) -> set[str]:
    """Traces that a page before has shown since one of their open spans comes before its end."""
    return {k[0] for k in under_way if (place(k) >= after if page.descending else place(k) <= after)}
