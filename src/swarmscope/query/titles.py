"""What a session or a trace is about: the first words that a person said in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from swarmscope.query import conversation
from swarmscope.query import spans as rows_of
from swarmscope.query.pieces import OF_TRACES
from swarmscope.query.reader import Reader
from swarmscope.query.remembered import Remembered
from swarmscope.query.search import between
from swarmscope.query.times import Window

CHARACTERS_MAX = 200
KEPT_MAX = 5000
KEPT_S = 600.0  # what was erased is gone from memory too by then
SPEAKS = "notEmpty(message_hash) AND operation != 'execute_tool'"
FIRST = f"""countIf({SPEAKS}) > 0 AS speaks, toUnixTimestamp64Nano(minIf(start_time, {SPEAKS})) AS first_ns,
    lower(hex(argMinIf(span_id, start_time, {SPEAKS}))) AS first_span"""
"""The first span of a session that carries messages. Sizes of arrays only: messages are then read of one span a session."""
_SESSION = "session", "session IN {names:Array(String)}"
_TRACE = "lower(hex(trace_id))", OF_TRACES.replace("{traces:", "{names:")


class _Kept(Remembered[tuple[str, str], str]):
    """Titles by session or trace and the span that they are taken from, which says the same for ever; empty: it has none."""

    def __init__(self) -> None:
        super().__init__(KEPT_MAX, KEPT_S)


def of(reads: Reader, sessions: Sequence[str], within: Window) -> dict[str, str]:
    """The title of each session that said something in the window; those that did not are left out.

    It is taken from the first span there that carries messages: what a user says in it, else the first words of anybody.
    """
    if not sessions:
        return {}
    first = _rows(
        reads,
        reads.spans(within),
        f"session AS id, {FIRST}",
        f"{_SESSION[1]} AND {SPEAKS} AND {between('start_time', within)}",
        {"names": list(sessions)},
        "GROUP BY session",
    )
    return told(reads, first, within)


def told(reads: Reader, first: Sequence[Mapping[str, Any]], within: Window) -> dict[str, str]:
    """The title of sessions of which FIRST is known: rows with their `id`."""
    return _told(reads, _SESSION, first, within)


def told_in(reads: Reader, first: Sequence[Mapping[str, Any]], within: Window) -> dict[str, str]:
    """The same of traces: rows with their `id` in hex."""
    return _told(reads, _TRACE, first, within)


def untold(reads: Reader, first: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those of some rows with FIRST and their `id` whose title is not known yet."""
    kept = reads.kept(_Kept)
    return [r for r in first if r["speaks"] and kept.get((r["id"], r["first_span"])) is None]


def remember(reads: Reader, r: Mapping[str, Any], title: str) -> None:
    """Know the title of a row with FIRST and its `id` from now on."""
    reads.kept(_Kept).put((r["id"], r["first_span"]), title)


def from_messages(
    keys: Sequence[str], hashes: Sequence[int], texts: Mapping[int, str], beside: conversation.Pairs,
    events: Sequence[str] = (), event_attributes: Sequence[conversation.Pairs] = (),
) -> str:  # fmt: skip
    """The title that a span gives; arguments as of `conversation.readable`."""
    said = conversation.readable(keys, hashes, texts, dict(beside), events, event_attributes)
    words = [m["text"] for m in said if m["text"] and m["role"] in ("user", "human")]
    words += [m["text"] for m in said if m["text"] and m["direction"] not in ("system", "output")]
    return " ".join(words[0][: 4 * CHARACTERS_MAX].split())[:CHARACTERS_MAX] if words else ""


def _told(reads: Reader, of: tuple[str, str], first: Sequence[Mapping[str, Any]], within: Window) -> dict[str, str]:
    kept = reads.kept(_Kept)
    known = {r["id"]: kept.get((r["id"], r["first_span"])) or "" for r in first if r["speaks"]}
    asked = {r["id"]: r for r in untold(reads, first)}
    for name, title in (_asked(reads, of, list(asked.values()), within) if asked else {}).items():
        remember(reads, asked[name], title)
        known[name] = title
    return {name: title for name, title in known.items() if title}


def _asked(reads: Reader, of: tuple[str, str], first: Sequence[Mapping[str, Any]], within: Window) -> dict[str, str]:
    table = reads.spans(within)
    starts = [r["first_ns"] for r in first]
    bound: dict[str, object] = {"names": [r["id"] for r in first]}
    one = "span_id IN (SELECT toFixedString(unhex(arrayJoin({spans:Array(String)})), 8))"
    rows = _rows(
        reads,
        table,
        f"{of[0]} AS id, session, lower(hex(trace_id)) AS trace, message_key, message_hash, event_name, event_attributes, "
        f"{conversation.BESIDE} AS beside",
        f"{one} AND {of[1]} AND {between('start_time', Window(min(starts), max(starts) + 1))}",
        bound | {"spans": [r["first_span"] for r in first]},
        "LIMIT 1 BY id",
    )
    wanted: dict[str, set[int]] = defaultdict(set)
    for r in rows:
        wanted[rows_of.place(r)].update(r["message_hash"])
    texts = conversation.texts(reads, wanted)
    titles = {}
    for r in rows:
        place = rows_of.place(r)
        known = {h: texts[place, h] for h in r["message_hash"] if (place, h) in texts}
        titles[r["id"]] = from_messages(
            r["message_key"], r["message_hash"], known, r["beside"], r["event_name"], r["event_attributes"]
        )
    return titles


def _rows(
    reads: Reader, table: str, columns: str, where: str, bound: dict[str, object], rest: str
) -> list[dict[str, Any]]:
    if table == "$spans":
        return reads.few(columns, "spans", where, bound, rest)
    return reads.rows(f"SELECT {columns} FROM {table} WHERE {where} {rest}", bound)
