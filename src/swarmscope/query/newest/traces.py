"""The newest traces, and what they are made of."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from swarmscope.query import spans as rows_of
from swarmscope.query import titles
from swarmscope.query.conditions import Condition
from swarmscope.query.newest import words
from swarmscope.query.newest.memory import MORE, Newest, Rows, View, keys_of, no_spans
from swarmscope.query.pending import OpenSpans
from swarmscope.query.phrases import Mask
from swarmscope.query.pieces import OF_TRACES
from swarmscope.query.reader import Reader
from swarmscope.query.running import Key
from swarmscope.query.search import Page
from swarmscope.query.states import I64
from swarmscope.query.times import HOUR_NS, Window

CANDIDATES = 8  # spans in the first piece, for each trace of a page
DISTINCT_MAX = 50
FIGURES = (
    "span_id", "parent_span_id", "duration_ns", "status_code", "agent", "session", "operation", "model", "input_tokens",
    "output_tokens", "cost_nano_usd", "said", "start_time",
)  # fmt: skip
_SUMMARY = ("trace_id", "name", "service", "workflow", *FIGURES)
_PLACES = ("trace_id", "span_id", "start_time")


class Told(NamedTuple):
    """What memory says of a page of traces. keys: the first `limit + 1`. rows: of those shown, by trace, as the question for
    summaries gives them; of what lies in the store in part, none. open_matched: by trace, open spans that match."""

    keys: list[Key]
    rows: dict[str, dict[str, Any]]
    open_matched: Counter[str]


def first(
    reads: Reader, condition: Condition, within: Window, page: Page, open_spans: OpenSpans, asked: bool = False
) -> Told | None:
    """The first page of a search by time, newest first, as `traces.search` means it; None: the store must be asked. asked:
    what was asked in each is known afterwards, where memory tells."""
    plain = page.sort == "time" and page.descending and not page.cursor and not reads.environment
    view = reads.kept(Newest).view() if plain and words.answerable(condition) else None
    if view is None or view.since_ns >= within.end_ns:
        return None
    keys = _keys(reads, view, condition, within, page, open_spans)
    if keys is None or reads.oldest_ns() > min((start for _, _, start in keys), default=within.end_ns) - HOUR_NS:
        return None
    shown = keys[: page.limit]
    under_way = open_spans.of({trace for trace, _, _ in shown})
    announced = _announced(view, under_way, columns_of(condition, _SUMMARY))
    mine = words.hold(reads, view, condition, announced) & in_window(announced, within)
    matched = Counter(trace.hex() for trace in announced.filter(pa.array(mine))["trace_id"].to_pylist())
    rows = _rows(reads, view, condition, within, shown, under_way, announced, asked) if shown else {}
    return Told(keys, rows, matched)


def _keys(
    reads: Reader, view: View, condition: Condition, within: Window, page: Page, open_spans: OpenSpans
) -> list[Key] | None:
    """The first `limit + 1` traces by the newest span that matches; None: memory ends before that, or so few spans match that
    the store finds them sooner."""
    low, high = max(view.since_ns, within.start_ns), within.end_ns
    there = sum(len(rows.between(low, high)) for rows in view.spans())
    look = words.Look(reads, "traces", condition, there, page.limit + 1, max(256, CANDIDATES * page.limit))
    columns = columns_of(condition, _PLACES)
    out: dict[str, Key] = {}
    while len(out) <= page.limit and high > low:
        if not look.size:
            return None
        ended, cut = _before(view, low, high, look.size, columns)
        announced = _announced(view, _open_between(open_spans, cut, high), columns)
        piece: list[Key] = []
        for found in (ended, announced):
            held = found.filter(pa.array(words.hold(reads, view, condition, found)))
            traces, starts = held["trace_id"].to_pylist(), held["start_time"].cast(pa.int64()).to_pylist()
            piece += [(trace.hex(), start, start) for trace, start in zip(traces, starts, strict=True)]
        for key in sorted(piece, key=lambda k: (k[1], k[0]), reverse=True):
            out.setdefault(key[0], key)
        look.seen(len(ended) + len(announced), len(out))
        high = cut
    if len(out) <= page.limit and low > within.start_ns:
        return None
    return list(out.values())[: page.limit + 1]


def _before(view: View, low: int, high: int, size: int, columns: Sequence[str]) -> tuple[pa.Table, int]:
    """The newest `size` spans that began in a window, or a few more, and from when on these are all; `low`: there are no
    others."""
    inside = [(rows, rows.between(low, high)) for rows in view.spans()]
    places = [(rows, at[-size:]) for rows, at in inside]
    starts = np.concatenate([rows.starts[at] for rows, at in places]) if places else np.empty(0, np.int64)
    cut = int(np.partition(starts, -size)[-size]) if sum(len(at) for _, at in inside) > size else low
    return gathered([(r, at[r.starts[at] >= cut]) for r, at in places], columns), cut


def _announced(view: View, wanted: Collection[str], columns: Sequence[str]) -> pa.Table:
    """What was told of some open spans when they began, each once. wanted: their ids in hex."""
    ids = [bytes.fromhex(span) for span in wanted]
    keys = keys_of(pa.array(ids, pa.binary(8)))
    found = gathered([(rows, rows.of_spans(keys)) for rows in view.pending()], columns)
    names = found["span_id"].to_pylist()
    return found.take(pa.array(sorted({name: i for i, name in enumerate(names)}.values()), pa.int64()))


def _open_between(open_spans: OpenSpans, start_ns: int, end_ns: int) -> list[str]:
    inside = np.flatnonzero((open_spans.starts_ns >= start_ns) & (open_spans.starts_ns < end_ns))
    return [open_spans.ids[i] for i in inside.tolist()]


def in_window(found: pa.Table, within: Window) -> Mask:
    """Which spans began in a window."""
    starts = found["start_time"].cast(pa.int64()).to_numpy()
    return (starts >= within.start_ns) & (starts < within.end_ns)  # type: ignore[no-any-return] # pyarrow is untyped


def _rows(
    reads: Reader, view: View, condition: Condition, within: Window, keys: Sequence[Key], under_way: Mapping[str, str],
    announced: pa.Table, asked: bool,
) -> dict[str, dict[str, Any]]:  # fmt: skip
    """What the question for summaries gives of each trace, as far as all of it is there. announced: of `under_way`, their open
    spans: of a trace in which nothing has ended they are all there is, and last until now."""
    around = Window(max(0, min(k[2] for k in keys) - HOUR_NS), max(k[2] for k in keys) + HOUR_NS)
    names = [trace for trace, _, _ in keys]
    ids = pa.array([bytes.fromhex(name) for name in names], pa.binary(16))
    wanted = keys_of(ids)
    places = [(rows, rows.of_traces(wanted)) for rows in view.spans()]
    found = gathered(places, columns_of(condition, _SUMMARY))
    mine = pc.is_in(found["trace_id"], value_set=ids).to_numpy() & in_window(found, around)
    matching = words.hold(reads, view, condition, found) & in_window(found, within)
    of = defaultdict(list)
    for r, matches in records(found, _SUMMARY, mine, matching):
        of[r["trace_id"].hex()].append(r | {"matches": matches})
    older = _older(reads, names, view.since_ns, around)
    out = {name: _summed(name, of[name], under_way) for name in names if name in of and name not in older}
    if asked:
        entitle(reads, view, places, [r | {"id": name} for name, r in out.items()])
    begun = defaultdict(list)
    everything = np.ones(len(announced), np.bool_)
    for r, _ in records(announced, _SUMMARY, everything, everything):
        begun[r["trace_id"].hex()].append(r | {"matches": False})
    told = Counter(under_way.values())
    for name in names:
        if name not in of and name not in older and len(begun[name]) == told[name] > 0:
            row = _summed(name, begun[name], {})
            out[name] = row | {
                "spans": 0,
                "end_ns": max(row["start_ns"], time.time_ns()),
                "newest_ns": 0,
                "speaks": False,
            }
    return out


def _older(reads: Reader, names: Sequence[str], since_ns: int, around: Window) -> set[str]:
    """Those of some traces that may have spans before a moment."""
    if since_ns <= around.start_ns:
        return set()
    until = f"minute <= toDateTime({since_ns // 10**9:d}, 'UTC')"
    found = reads.pick("DISTINCT trace_id", "trace_minutes", [OF_TRACES, until], {"traces": list(names)})
    return {trace.hex() for trace in found["trace_id"].to_pylist()}


def _summed(name: str, spans: list[dict[str, Any]], under_way: Mapping[str, str]) -> dict[str, Any]:
    root = min(spans, key=lambda r: (r["parent_span_id"] != rows_of.ROOT, r["start_ns"]))
    return figures(spans) | {
        "trace": name,
        "root": (root["name"], root["service"], root["agent"]),
        "all_services": distinct(r["service"] for r in spans),
        "a_session": next(iter(distinct(r["session"] for r in spans)), ""),
        "a_workflow": next(iter(distinct(r["workflow"] for r in spans)), ""),
        "matched": sum(r["matches"] for r in spans),
        "newest_ns": max((r["start_ns"] for r in spans if r["matches"]), default=0),
        "ended": [span for r in spans if (span := r["span_id"].hex()) in under_way],
    }


def figures(spans: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What the summaries of traces and of sessions have in common. spans: `records` of FIGURES and `said`, at least one."""
    speaking = [r for r in spans if r["said"] and r["operation"] != "execute_tool"]
    first_one = min(speaking, key=lambda r: r["start_ns"], default=None)
    return {
        "roots": sum(r["parent_span_id"] == rows_of.ROOT for r in spans),
        "start_ns": min(r["start_ns"] for r in spans),
        "end_ns": max(r["start_ns"] + r["duration_ns"] for r in spans),
        "spans": len(spans),
        "errors": sum(r["status_code"] == 2 for r in spans),
        "all_agents": distinct(r["agent"] for r in spans),
        "all_models": distinct(r["model"] for r in spans),
        "all_input_tokens": sum(r["input_tokens"] for r in spans),
        "all_output_tokens": sum(r["output_tokens"] for r in spans),
        "all_cost_nano_usd": sum(r["cost_nano_usd"] for r in spans),
        "costless_models": sorted({r["model"] for r in spans if rows_of.costless(r)})[: rows_of.UNPRICED_MAX],
        "speaks": first_one is not None,
        "first_ns": first_one["start_ns"] if first_one else 0,
        "first_span": first_one["span_id"].hex() if first_one else "",
        "first_row": first_one["row"] if first_one else -1,
    }


def distinct(values: Iterable[str]) -> list[str]:
    """Those that are not empty, in their order, DISTINCT_MAX at most."""
    return sorted({*values} - {""})[:DISTINCT_MAX]


def gathered(places: Sequence[tuple[Rows, I64]], columns: Sequence[str]) -> pa.Table:
    """Columns of some rows, one block of memory each; texts that repeat as texts."""
    parts = [rows.columns.select(columns).take(pa.array(at)) for rows, at in places if len(at)]
    if not parts:
        return no_spans().select(columns)
    return pa.concat_tables(parts).unify_dictionaries().combine_chunks()


def columns_of(condition: Condition, names: Sequence[str]) -> tuple[str, ...]:
    """Columns, and those by which a condition is decided."""
    return tuple(names) if condition.anything else tuple(dict.fromkeys((*names, *words.COLUMNS)))


def records(
    found: pa.Table, columns: Sequence[str], mine: Mask, matching: Mask
) -> Iterator[tuple[dict[str, Any], bool]]:
    """Columns of those rows that are `mine`, with the number of the `row` and `start_ns`; and whether each is `matching`."""
    rows = np.flatnonzero(mine)
    some = found.select(columns).take(pa.array(rows))
    starts = some["start_time"].cast(pa.int64()).to_pylist()
    told = some.drop_columns("start_time").to_pylist()
    for r, row, start_ns, matches in zip(told, rows.tolist(), starts, matching[rows].tolist(), strict=True):
        yield r | {"row": row, "start_ns": start_ns}, matches


def entitle(reads: Reader, view: View, places: Sequence[tuple[Rows, I64]], rows: Sequence[Mapping[str, Any]]) -> None:
    """Let titles be known that spans in memory give. places: what was gathered; rows: `figures` of it with their `id`."""
    wanted = titles.untold(reads, rows)
    if not wanted:
        return
    ends = np.cumsum([len(at) for _, at in places])
    numbers = np.array([r["first_row"] for r in wanted])
    owners = np.searchsorted(ends, numbers, side="right")
    order = np.argsort(owners, kind="stable")
    firsts = ends - [len(at) for _, at in places]
    said = gathered(
        [(kept, at[(numbers - firsts[owners])[order[owners[order] == i]]]) for i, (kept, at) in enumerate(places)],
        ("message_hash", *MORE),
    )
    hashes = np.unique(said["message_hash"].combine_chunks().flatten().to_numpy(zero_copy_only=False))
    there, texts = view.texts(hashes)
    known = dict(zip(hashes[there].tolist(), texts.to_pylist(), strict=True))
    for i, span in zip(order.tolist(), said.to_pylist(), strict=True):
        if known.keys() >= set(span["message_hash"]):
            beside = list(zip(span["keys"], span["values"], strict=True))
            events = span["event_name"], span["event_attributes"]
            title = titles.from_messages(span["message_key"], span["message_hash"], known, beside, *events)
            titles.remember(reads, wanted[i], title)
