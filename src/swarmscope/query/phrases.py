"""Full text by common words: a few spans at a time, whose messages are asked whether they hold the words.

What few messages hold is found by those messages. Of a word that many hold, a list of them all would be long and its newest
part costly to find, since messages lie by session and not by time. But then one in a few spans holds it, so the first spans
of a search are taken as they come, and only their sessions are looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from swarmscope.query.conditions import Condition, named, shown
from swarmscope.query.reader import Reader, together
from swarmscope.query.search import between
from swarmscope.query.text import Params, contains
from swarmscope.query.times import Window

LOOKED_AT_MIN = 128
LOOKED_AT_MAX = 8192  # spans at once
MATCHES_LEAST = 64  # of so many spans one must match, or the word is not common among those that the fields select

Mask = NDArray[np.bool_]


def spans(
    reads: Reader,
    condition: Condition,
    table: str,
    where: str,
    order: str = "",
    params: Mapping[str, object] | None = None,
) -> pa.Table:
    """Spans that match all but the phrases of a condition: trace, span, start_ns, session, message_hash."""
    return reads.query(
        "SELECT lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span, toUnixTimestamp64Nano(start_time) AS start_ns, "
        f"session, message_hash FROM {table} WHERE {condition.fields} AND {where} {order}",
        condition.field_params | dict(params or {}),
    )


def matching(
    reads: Reader,
    condition: Condition,
    table: str,
    where: str,
    order: str = "",
    params: Mapping[str, object] | None = None,
) -> pa.Table:
    """Of `spans` those that match the phrases too."""
    found = spans(reads, condition, table, where, order, params)
    return found.filter(pa.array(hold(reads, condition, table, found)))


def hold(reads: Reader, condition: Condition, table: str, found: pa.Table) -> Mask:
    """Which of some spans, as `spans` gives them, hold every phrase of the condition."""
    if not len(found):
        return np.zeros(0, np.bool_)
    names = [term.phrase for term in condition.phrases]
    traces, sessions = found["trace"].to_pylist(), found["session"].to_pylist()
    places = sorted({session or trace for session, trace in zip(sessions, traces, strict=True)})
    ways: list[Any] = [partial(_said, reads, name, places, found) for name in names]
    ways += [partial(_otherwise, reads, way, names, table, found) for way in (shown, named)]
    *said, by_shown, by_named = together(ways)
    every: Mask = (np.array(said) | by_shown | by_named).all(axis=0)
    return every


def _said(reads: Reader, phrase: str, places: list[str], found: pa.Table) -> Mask:
    """Which spans have a message that holds the phrase."""
    params = Params()
    rows = reads.query(
        f"SELECT hash FROM $messages WHERE session IN {{places:Array(String)}} AND {contains(params, 'text', phrase)}",
        params.values | {"places": places},
    )
    lists = found["message_hash"].combine_chunks()
    sizes = lists.value_lengths().to_numpy(zero_copy_only=False)
    held = np.isin(lists.flatten().to_numpy(zero_copy_only=False), rows["hash"].to_numpy())
    mask = np.zeros(len(found), np.bool_)
    mask[np.repeat(np.arange(len(found)), sizes)[held]] = True
    return mask


def _otherwise(reads: Reader, way: Any, phrases: list[str], table: str, found: pa.Table) -> NDArray[np.bool_]:
    """By phrase, which spans hold it in `way`: `shown` or `named`."""
    params = Params()
    tests = [way(params.bind(phrase, "String")) for phrase in phrases]
    starts, traces = found["start_ns"].to_numpy(), found["trace"].to_pylist()
    columns = ", ".join(f"{test} AS w{i}" for i, test in enumerate(tests))
    rows = reads.query(
        f"SELECT lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span, {columns} FROM {table} "
        f"WHERE {between('start_time', Window(int(starts.min()), int(starts.max()) + 1))} AND ({' OR '.join(tests)}) "
        "AND trace_id IN (SELECT toFixedString(unhex(arrayJoin({traces:Array(String)})), 16))",
        params.values | {"traces": sorted(set(traces))},
    )
    out = np.zeros((len(phrases), len(found)), np.bool_)
    if len(rows):
        at = {name: i for i, name in enumerate(zip(traces, found["span"].to_pylist(), strict=True))}
        names = zip(rows["trace"].to_pylist(), rows["span"].to_pylist(), strict=True)
        places = np.array([at.get(name, -1) for name in names])
        for i in range(len(phrases)):
            out[i, places[(places >= 0) & rows[f"w{i}"].to_numpy().astype(bool)]] = True
    return out
