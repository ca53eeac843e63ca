"""What a session is about: the first words that a person said in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from swarmscope.query import conversation
from swarmscope.query.reader import Reader
from swarmscope.query.search import between
from swarmscope.query.times import Window

CHARACTERS_MAX = 200
SPEAKS = "notEmpty(message_hash) AND operation != 'execute_tool'"
FIRST = f"""countIf({SPEAKS}) > 0 AS speaks, toUnixTimestamp64Nano(minIf(start_time, {SPEAKS})) AS first_ns,
    lower(hex(argMinIf(span_id, start_time, {SPEAKS}))) AS first_span"""
"""The first span of a session that carries messages. Sizes of arrays only: messages are then read of one span a session."""


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
        f"session IN {{sessions:Array(String)}} AND {SPEAKS} AND {between('start_time', within)}",
        {"sessions": list(sessions)},
        "GROUP BY session",
    )
    return told(reads, first, within)


def told(reads: Reader, first: Sequence[Mapping[str, Any]], within: Window) -> dict[str, str]:
    """The same of sessions of which FIRST is known: rows with their `id`."""
    first = [r for r in first if r["speaks"]]
    if not first:
        return {}
    table = reads.spans(within)
    starts = [r["first_ns"] for r in first]
    bound: dict[str, object] = {"sessions": [r["id"] for r in first]}
    one = "span_id IN (SELECT toFixedString(unhex(arrayJoin({spans:Array(String)})), 8))"
    rows = _rows(
        reads,
        table,
        f"session, message_key, message_hash, event_name, event_attributes, {conversation.BESIDE} AS beside",
        f"{one} AND session IN {{sessions:Array(String)}} AND {between('start_time', Window(min(starts), max(starts) + 1))}",
        bound | {"spans": [r["first_span"] for r in first]},
        "LIMIT 1 BY session",
    )
    wanted: dict[str, set[int]] = defaultdict(set)
    for r in rows:
        wanted[r["session"]].update(r["message_hash"])
    texts = conversation.texts(reads, wanted)
    titles = {}
    for r in rows:
        known = {h: texts[r["session"], h] for h in r["message_hash"] if (r["session"], h) in texts}
        said = conversation.readable(
            r["message_key"], r["message_hash"], known, dict(r["beside"]), r["event_name"], r["event_attributes"]
        )
        words = [m["text"] for m in said if m["text"] and m["role"] in ("user", "human")]
        words += [m["text"] for m in said if m["text"] and m["direction"] not in ("system", "output")]
        if words:
            titles[r["session"]] = " ".join(words[0][: 4 * CHARACTERS_MAX].split())[:CHARACTERS_MAX]
    return titles


def _rows(
    reads: Reader, table: str, columns: str, where: str, bound: dict[str, object], rest: str
) -> list[dict[str, Any]]:
    if table == "$spans":
        return reads.few(columns, "spans", where, bound, rest)
    return reads.rows(f"SELECT {columns} FROM {table} WHERE {where} {rest}", bound)
