"""The sessions that were heard last, and what they are made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from swarmscope.query import spans as rows_of
from swarmscope.query.conditions import Condition
from swarmscope.query.newest import words
from swarmscope.query.newest.memory import Newest, View
from swarmscope.query.newest.traces import FIGURES, columns_of, entitle, figures, gathered, in_window, records
from swarmscope.query.reader import Reader
from swarmscope.query.times import Window

SPANS_A_SESSION = 8  # of those that ended last, so many of one session are expected
_ENDS = ("start_time", "duration_ns", "session")
_FIGURES = ("trace_id", *FIGURES)


class Told(NamedTuple):
    """What memory says of sessions. keys: those whose last span ended last, and when, over the spans since `since_ns`.
    rows: of the shown ones, as the question for their figures gives them; None: not all of them is there."""

    keys: list[tuple[str, int]]
    since_ns: int
    rows: list[dict[str, Any]] | None


def first(reads: Reader, condition: Condition, within: Window, limit: int) -> Told | None:
    """The first page of the sessions that were heard last, `limit + 1` of them; None: the store must be asked."""
    view = reads.kept(Newest).view() if words.answerable(condition) and not reads.environment else None
    if view is None or view.since_ns >= within.end_ns:
        return None
    whole = view.since_ns <= within.start_ns
    zone = Window(max(view.since_ns, within.start_ns), within.end_ns)
    keys = _keys(reads, view, condition, zone, limit + 1)
    if keys is None or (len(keys) <= limit and not whole):
        return None
    names = [name for name, _ in keys[:limit]]
    return Told(keys, zone.start_ns, _rows(reads, view, condition, within, names) if whole else None)


def _keys(reads: Reader, view: View, condition: Condition, zone: Window, count: int) -> list[tuple[str, int]] | None:
    """The first `count` sessions by the end of their last span; None: so few spans match that the store finds them sooner."""
    places = [(rows, rows.between(zone.start_ns, zone.end_ns)) for rows in view.spans()]
    ends = np.concatenate([rows.ends[at] for rows, at in places]) if places else np.empty(0, np.int64)
    look = words.Look(reads, "sessions", condition, len(ends), count, SPANS_A_SESSION * count)
    columns = columns_of(condition, _ENDS)
    high = np.iinfo(np.int64).max
    keys: dict[str, int] = {}
    while look.size:
        rest, size = ends[ends < high], look.size
        cut = int(np.partition(rest, -size)[-size]) if len(rest) > size else np.iinfo(np.int64).min
        found = gathered([(r, at[(r.ends[at] >= cut) & (r.ends[at] < high)]) for r, at in places], columns)
        held = found.filter(pa.array(words.hold(reads, view, condition, found)))
        lasted = held["start_time"].cast(pa.int64()).to_numpy() + held["duration_ns"].to_numpy().astype(np.int64)
        for name, end in zip(held["session"].to_pylist(), lasted.tolist(), strict=True):
            if name:
                keys[name] = max(end, keys.get(name, end))
        if len(keys) >= count or len(rest) <= size:
            return sorted(keys.items(), key=lambda k: (k[1], k[0]), reverse=True)[:count]
        look.seen(len(found), len(keys))
        high = cut
    return None


def _rows(
    reads: Reader, view: View, condition: Condition, within: Window, names: Sequence[str]
) -> list[dict[str, Any]]:
    """The figures of sessions over their spans in a window that match; `ending`, and what tells their titles, over all."""
    wanted = np.fromiter(map(hash, names), np.int64, len(names))
    places = [(rows, rows.of_sessions(wanted)) for rows in view.spans()]
    found = gathered(places, columns_of(condition, _FIGURES))
    mine = pc.is_in(found["session"], value_set=pa.array(names, pa.string())).to_numpy() & in_window(found, within)
    of = defaultdict(list)
    for r, matches in records(found, _FIGURES, mine, words.hold(reads, view, condition, found)):
        of[r["session"]].append(r | {"matches": matches})
    told = [_summed(name, of[name]) for name in names]
    entitle(reads, view, places, told)
    return told


def _summed(name: str, spans: list[dict[str, Any]]) -> dict[str, Any]:
    matching = [r for r in spans if r["matches"]]
    everything = figures(spans)
    told = everything if len(matching) == len(spans) else figures(matching)
    return {
        **told,
        "id": name,
        "traces": len({r["trace_id"] for r in matching}),
        "ending": everything | _ending(spans),
        **{of_all: everything[of_all] for of_all in ("speaks", "first_ns", "first_span", "first_row")},
    }


def _ending(spans: list[dict[str, Any]]) -> dict[str, Any]:
    """What else `groups.ENDING` tells."""
    roots = [r for r in spans if r["parent_span_id"] == rows_of.ROOT]
    last = max(spans, key=lambda r: (r["parent_span_id"] == rows_of.ROOT, r["start_ns"]))
    return {
        "last_status": last["status_code"],
        "newest_trace": max(spans, key=lambda r: r["start_ns"])["trace_id"],
        "ended_trace": max(roots, key=lambda r: r["start_ns"])["trace_id"] if roots else b"",
    }
