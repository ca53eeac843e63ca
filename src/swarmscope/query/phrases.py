"""Full text by common words: a few spans at a time, whose messages are asked whether they hold the words.

What few messages hold is found by those messages. Of a word that many hold, a list of them all would be long and its newest
part costly to find, since messages lie by session and not by time. But then one in a few spans holds it, so the first spans
of a search are taken as they come, and only their sessions are looked at.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from swarmscope.query.conditions import Condition, shown, valued
from swarmscope.query.reader import Reader, together
from swarmscope.query.remembered import Remembered
from swarmscope.query.search import between
from swarmscope.query.text import Heard, Params, contains
from swarmscope.query.times import Window

LOOKED_AT_MIN = 128
LOOKED_AT_MAX = 8192  # spans at once
THREADS = 2
MATCHES_LEAST = 64  # of so many spans one must match
SEARCHES_MAX = 1000
SHARE_S = 600.0

Mask = NDArray[np.bool_]


class Shares(Remembered[str, tuple[int, int]]):
    """Of searches lately made, how many spans were looked at and how many of them matched: where to begin the next time."""

    def __init__(self) -> None:
        super().__init__(SEARCHES_MAX, SHARE_S)

    def first(self, q: str, wanted: int) -> int:
        """How many spans to look at first, so that `wanted` are probably among them."""
        share = self.get(q)
        return further(*share, wanted, 0) if share is not None else LOOKED_AT_MIN


def too_rare(looked_at: int, matched: int) -> bool:
    """Whether so few spans matched that a list of the newest messages finds them sooner."""
    return matched * MATCHES_LEAST < looked_at


def further(looked_at: int, matched: int, wanted: int, found: int | None = None) -> int:
    """How many spans to look at next, so that the rest of `wanted` is probably among them; each brings its session.

    found: of `wanted` there already, where that is not `matched`.
    """
    missing = max(wanted - (matched if found is None else found), wanted // 8)
    rest = (missing + 2 * math.isqrt(missing) + 2) * looked_at // max(1, matched)
    return min(LOOKED_AT_MAX, max(LOOKED_AT_MIN // 2, rest))


def spans(
    reads: Reader,
    condition: Condition,
    table: str,
    where: str,
    order: str = "",
    params: Mapping[str, object] | None = None,
) -> pa.Table:
    """Spans that match all but the unlisted phrases of a condition: trace, span, start_ns, agent, session, message_hash, and
    for each unlisted phrase whether it is shown, w0, w1, …"""
    bound = Params("w")
    tests = "".join(
        f", ({' OR '.join(shown(bound.bind(p, 'String')))}) AS w{i}" for i, p in enumerate(condition.unlisted)
    )
    return _rows(
        reads,
        "lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span, toUnixTimestamp64Nano(start_time) AS start_ns, "
        f"agent, session, message_hash{tests}",
        table,
        [where, condition.listed],
        condition.listed_params | bound.values | dict(params or {}),
        order,
    )


def _rows(
    reads: Reader, columns: str, table: str, where: Sequence[str], params: Mapping[str, object], order: str = ""
) -> pa.Table:
    """Columns of spans, read as written where that costs least: of a few, without an order to compute them after.

    where: what must hold, each tried on what those before it have left."""
    if table in ("$spans", "$spans_pending") and not order:
        return reads.pick(columns, table[1:], where, params, threads=THREADS)
    return reads.query(f"SELECT {columns} FROM {table} WHERE {' AND '.join(where)} {order}", params)


def matching(
    reads: Reader,
    condition: Condition,
    table: str,
    where: str,
    order: str = "",
    params: Mapping[str, object] | None = None,
) -> pa.Table:
    """Of `spans` those that match these phrases too."""
    found = spans(reads, condition, table, where, order, params)
    return found.filter(pa.array(hold(reads, condition, table, found, where, params)))


def hold(
    reads: Reader,
    condition: Condition,
    table: str,
    found: pa.Table,
    where: str,
    params: Mapping[str, object] | None = None,
    first: int = 0,
) -> Mask:
    """Which of some spans, as `spans` gives them for `where`, hold every unlisted phrase from the one numbered `first` on."""
    names = condition.unlisted[first:]
    if not len(found) or not names:
        return np.ones(len(found), np.bool_)
    traces, agents, sessions = (found[c].to_pylist() for c in ("trace", "agent", "session"))
    places = sorted({session or trace for session, trace in zip(sessions, traces, strict=True)})
    named = [[name in pair for pair in zip(agents, sessions, strict=True)] for name in names]
    is_shown = [found[f"w{i}"].to_numpy().astype(np.bool_) for i in range(first, first + len(names))]
    asked = f"{where} AND {condition.listed}", condition.listed_params | dict(params or {})
    heard = condition.heard.setdefault(tuple(names), Heard(names))
    brought, values = together(
        [
            partial(said, reads, heard, names, places, found),
            partial(_valued, reads, names, table, found, *asked),
        ]
    )
    every: Mask = (brought | values | np.array(named) | np.array(is_shown)).all(axis=0)
    return every


def said(reads: Reader, heard: Heard, names: list[str], places: list[str], found: pa.Table) -> Mask:
    """By phrase, which spans have a message that holds it. One question for all phrases: the sessions cost most of it."""
    fresh = [place for place in places if place not in heard.places]
    if fresh:
        params = Params()
        tests = [contains(params, "text", name) for name in names]
        columns = ", ".join(f"{test} AS w{i}" for i, test in enumerate(tests))
        rows = reads.query(
            f"SELECT hash, {columns} FROM $messages WHERE session IN {{places:Array(String)}} AND ({' OR '.join(tests)})",
            params.values | {"places": fresh},
        )
        hashes = rows["hash"].to_numpy()
        heard.add(fresh, {name: hashes[rows[f"w{i}"].to_numpy().astype(np.bool_)] for i, name in enumerate(names)})
    lists = found["message_hash"].combine_chunks()
    spans_of = np.repeat(np.arange(len(found)), lists.value_lengths().to_numpy(zero_copy_only=False))
    brought = lists.flatten().to_numpy(zero_copy_only=False)
    mask = np.zeros((len(names), len(found)), np.bool_)
    for i, name in enumerate(names):
        mask[i, spans_of[np.isin(brought, heard.hashes[name])]] = True
    return mask


def _valued(
    reads: Reader, names: list[str], table: str, found: pa.Table, where: str, params: Mapping[str, object]
) -> Mask:
    """By phrase, which spans have it as the value of an attribute. Asked apart: an index tells that there is none."""
    bound = Params("v")
    tests = [valued(bound.bind(name, "String")) for name in names]
    columns = ", ".join(f"{test} AS w{i}" for i, test in enumerate(tests))
    starts, traces = found["start_ns"].to_numpy(), found["trace"].to_pylist()
    rows = _rows(
        reads,
        f"lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span, {columns}",
        table,
        [
            f"({' OR '.join(tests)})",
            f"{between('start_time', Window(int(starts.min()), int(starts.max()) + 1))} AND {where}",
        ],
        bound.values | dict(params),
    )
    out = np.zeros((len(names), len(found)), np.bool_)
    if len(rows):
        at = {name: i for i, name in enumerate(zip(traces, found["span"].to_pylist(), strict=True))}
        pairs = zip(rows["trace"].to_pylist(), rows["span"].to_pylist(), strict=True)
        places = np.array([at.get(pair, -1) for pair in pairs])
        for i in range(len(names)):
            out[i, places[(places >= 0) & rows[f"w{i}"].to_numpy().astype(np.bool_)]] = True
    return out
