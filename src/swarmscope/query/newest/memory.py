"""What arrived last, in memory, as it was committed: bounded in bytes over all tenants, and in age.

A list of what is newest is what people and pages ask for most, and the store answers it dearest: its youngest rows lie in many
small parts, of which whole blocks are unpacked for a few rows each. Here they lie as columns.

From a moment on (`since_ns`) all spans of a tenant are there, whoever sent them. That holds because every batch comes by here,
and because what the store held before this program started is older than that moment.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from swarmscope.model.journal import BACKFILL
from swarmscope.model.tables import TABLES
from swarmscope.query.reader import Reader, Source
from swarmscope.query.states import I64
from swarmscope.store.writer import Committed

SPANS = (
    "trace_id", "span_id", "parent_span_id", "name", "start_time", "duration_ns", "status_code", "status_message", "service",
    "agent", "session", "workflow", "operation", "model", "input_tokens", "output_tokens", "cost_nano_usd", "message_hash",
)  # fmt: skip
"""Kept of a span as it is; beside it `said`, whether it has messages, and MORE."""
MORE = ("message_key", "keys", "values", "event_name", "event_attributes")
"""Keys of its messages, keys and values of its attributes, and its events. Keys and names of events are few, and kept as such
once somebody has looked."""
MESSAGES = ("hash", "text")
AGE_MAX_S = 600.0
ROWS_MIN = 32_768  # of a chunk that is not joined with its neighbours any more
JOINED = 8  # small chunks become one
OVERHEAD = 4096  # bytes of a chunk beside its rows, about
INDEXED = 16  # bytes of a message beside its text: where it lies
AHEAD_SHARE = 8  # of the rows that make room, so many or fewer may stay as their clocks are ahead

U64 = NDArray[np.uint64]
_NO_KEYS: U64 = np.empty(0, np.uint64)


class Rows:
    """Spans in the order in which they came. columns: SPANS, `said` and MORE, one block of memory each."""

    def __init__(self, columns: pa.Table) -> None:
        self.columns = columns

    def __len__(self) -> int:
        return int(self.columns.num_rows)

    @cached_property
    def starts(self) -> I64:
        """When each began, ns."""
        starts: I64 = _numbers(self.columns["start_time"].cast(pa.int64()))
        return starts

    @cached_property
    def ends(self) -> I64:
        """When each ended, ns."""
        lasted: I64 = _numbers(self.columns["duration_ns"]).astype(np.int64)
        return self.starts + lasted

    @cached_property
    def by_start(self) -> I64:
        """The rows, the oldest first."""
        return np.argsort(self.starts, kind="stable")

    @cached_property
    def started(self) -> I64:
        """`starts` in that order."""
        return self.starts[self.by_start]

    @cached_property
    def by_trace(self) -> tuple[U64, I64]:
        """Keys of traces in their order, and the row of each."""
        keys = keys_of(self.columns["trace_id"])
        order = np.argsort(keys, kind="stable")
        return keys[order], order

    @cached_property
    def by_span(self) -> tuple[U64, I64]:
        """The same of spans."""
        keys = keys_of(self.columns["span_id"])
        order = np.argsort(keys, kind="stable")
        return keys[order], order

    @cached_property
    def by_session(self) -> tuple[I64, I64]:
        """Hashes of sessions in their order, and the row of each."""
        keys = np.fromiter(map(hash, self.columns["session"].to_pylist()), np.int64, len(self))
        order = np.argsort(keys, kind="stable")
        return keys[order], order

    def between(self, start_ns: int, end_ns: int) -> I64:
        """The rows that began in a window, the oldest first."""
        low, high = np.searchsorted(self.started, (start_ns, end_ns))
        return self.by_start[low:high]

    def of_traces(self, keys: U64) -> I64:
        """The rows of some traces, by their keys in any order: a few of others may be among them."""
        return _found(*self.by_trace, keys)

    def of_spans(self, keys: U64) -> I64:
        """The same of spans."""
        return _found(*self.by_span, keys)

    def of_sessions(self, keys: I64) -> I64:
        """The same of sessions."""
        return _found(*self.by_session, keys)


@dataclass(slots=True)
class Chunk:
    """What came together. number: of its first message, counted over all. newest_ns: the last start among its spans."""

    arrived_ns: int
    spans: Rows
    pending: Rows
    messages: pa.Table
    number: int
    newest_ns: int
    packed: bool = False

    def pack(self) -> None:
        """Keep keys as numbers of the few that there are: not before somebody looks, so that it costs the writer nothing."""
        if not self.packed:
            self.spans, self.pending = Rows(_packed(self.spans.columns)), Rows(_packed(self.pending.columns))
            self.packed = True

    @property
    def nbytes(self) -> int:
        """Of memory, about."""
        tables = int(self.spans.columns.nbytes + self.pending.columns.nbytes + self.messages.nbytes)
        return tables + INDEXED * int(self.messages.num_rows) + OVERHEAD

    @property
    def small(self) -> bool:
        """Whether it should be joined with others like it."""
        return len(self.spans) + len(self.pending) + int(self.messages.num_rows) < ROWS_MIN


@dataclass(frozen=True, slots=True)
class View:
    """What is there at one moment. since_ns: all spans that began then or later are there, and maybe older ones.

    ahead: spans of chunks that are given up, without messages. hashes: of messages, sorted; numbers: where each lies, the one
    that came last where there are several.
    """

    since_ns: int
    chunks: tuple[Chunk, ...]
    ahead: tuple[Chunk, ...]
    hashes: U64
    numbers: I64

    def spans(self) -> Iterator[Rows]:
        """Those that have ended."""
        return (c.spans for c in (*self.ahead, *self.chunks) if len(c.spans))

    def pending(self) -> Iterator[Rows]:
        """What was told of spans when they began."""
        return (c.pending for c in (*self.ahead, *self.chunks) if len(c.pending))

    def texts(self, hashes: U64) -> tuple[NDArray[np.bool_], pa.ChunkedArray]:
        """Which of some messages are there, and the text of those, in their order."""
        if not len(self.hashes) or not self.chunks:
            return np.zeros(len(hashes), np.bool_), pa.chunked_array([], pa.string())
        places = np.searchsorted(self.hashes, hashes, side="right") - 1
        numbers = np.where(self.hashes[places] == hashes, self.numbers[places], -1)
        there = numbers >= self.chunks[0].number
        wanted = numbers[there]
        firsts = np.array([c.number for c in self.chunks], np.int64)
        owners = np.searchsorted(firsts, wanted, side="right") - 1
        order = np.argsort(owners, kind="stable")
        owned = np.searchsorted(owners[order], np.arange(len(self.chunks) + 1))
        parts: list[pa.Array] = []
        for i, chunk in enumerate(self.chunks):
            rows = wanted[order[owned[i] : owned[i + 1]]] - chunk.number
            if len(rows):
                parts += chunk.messages["text"].take(pa.array(rows)).chunks
        back = np.empty(len(order), np.int64)
        back[order] = np.arange(len(order))
        return there, pa.chunked_array(parts, pa.string()).take(pa.array(back))


class Newest:
    """The newest rows of one tenant; safe from several threads. `since_ns` None: nobody brings them here."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._chunks: list[Chunk] = []
        self._ahead: list[Chunk] = []  # what made room, as far as its clocks are ahead
        self._indexed = 0  # messages
        self._counted = 0
        self._hashes, self._numbers = _NO_KEYS, np.empty(0, np.int64)
        self.since_ns: int | None = None
        self.nbytes = 0

    @property
    def empty(self) -> bool:
        """Whether there is nothing to give up."""
        return not self._chunks

    @property
    def oldest_ns(self) -> int:
        """When the oldest rows came; far away where there are none."""
        return self._chunks[0].arrived_ns if self._chunks else np.iinfo(np.int64).max

    def add(self, spans: pa.Table, pending: pa.Table, messages: pa.Table, now_ns: int) -> None:
        """Take in what was committed: columns as above."""
        newest_ns = max(
            (pc.max(t["start_time"].cast(pa.int64())).as_py() for t in (spans, pending) if len(t)), default=0
        )
        with self._lock:
            chunk = Chunk(now_ns, Rows(spans), Rows(pending), messages, self._counted, newest_ns)
            self._counted += messages.num_rows
            self._chunks.append(chunk)
            self.nbytes += chunk.nbytes

    def drop(self) -> None:
        """Give up what came first. What its clocks had ahead stays where it is little: one of them would leave nothing
        for all others."""
        with self._lock:
            if not self._chunks:  # somebody else was quicker
                return
            chunk = self._chunks.pop(0)
            self.nbytes -= chunk.nbytes
            next_ns = self._chunks[0].arrived_ns if self._chunks else chunk.arrived_ns
            newest_ns = chunk.newest_ns
            if newest_ns >= next_ns and (found := _ahead(chunk, next_ns)) is not None:
                ahead, newest_ns = found
                self._ahead.append(ahead)
                self.nbytes += ahead.nbytes
            self.since_ns = max(self.since_ns or 0, newest_ns + 1)
            gone = [a for a in self._ahead if a.newest_ns < self.since_ns]
            self.nbytes -= sum(a.nbytes for a in gone)
            self._ahead = [a for a in self._ahead if a not in gone]

    def stop(self) -> None:
        """Keep nothing any more."""
        with self._lock:
            self.since_ns, self._chunks, self._ahead, self.nbytes = None, [], [], 0

    def view(self) -> View | None:
        """All that is there."""
        with self._lock:
            if self.since_ns is None:
                return None
            if not all(c.packed for c in self._chunks):
                for chunk in self._chunks:
                    chunk.pack()
                self._join()
                self._index()
                self.nbytes = sum(c.nbytes for c in (*self._chunks, *self._ahead))
            return View(self.since_ns, tuple(self._chunks), tuple(self._ahead), self._hashes, self._numbers)

    def _join(self) -> None:
        """Make one of small chunks that came one after the other, so that there are never many."""
        joined: list[Chunk] = []
        run: list[Chunk] = []
        for chunk in [*self._chunks, None]:
            if chunk is not None and chunk.small:
                run.append(chunk)
                continue
            while len(run) >= JOINED:
                joined.append(_joined(run[:JOINED]))
                run = run[JOINED:]
            joined += run
            run = []
            if chunk is not None:
                joined.append(chunk)
        self._chunks = joined

    def _index(self) -> None:
        """Note where the messages lie that came since the last time; forget those that are gone."""
        fresh = [c for c in self._chunks if c.number + c.messages.num_rows > self._indexed and c.messages.num_rows]
        if not fresh:
            return
        kept = self._numbers >= self._chunks[0].number
        hashes = [self._hashes[kept]]
        numbers = [self._numbers[kept]]
        for chunk in fresh:
            first = max(0, self._indexed - chunk.number)
            hashes.append(_numbers(chunk.messages["hash"])[first:])
            numbers.append(np.arange(chunk.number + first, chunk.number + chunk.messages.num_rows))
        self._indexed = self._counted
        together = np.concatenate(hashes)
        order = np.argsort(together, kind="stable")
        self._hashes, self._numbers = together[order], np.concatenate(numbers)[order]


class Memory:
    """The newest rows of all tenants of a store.

    bytes_max: of memory for them; 0 keeps none. Where others may write to the store too, none are kept either.
    """

    def __init__(self, store: Source, bytes_max: int) -> None:
        self._store = store
        self._bytes_max = bytes_max
        self._since_ns: int | None = None
        self._of: dict[str, Newest] = {}

    def begin(self) -> None:
        """See how far the spans of the store go, before any is added. Where the last minutes have none, that is enough."""
        if not self._bytes_max or self._store.changes("spans") is None:
            return
        lately_ns = time.time_ns() - int(AGE_MAX_S * 1e9)
        lately = f"start_time >= fromUnixTimestamp64Nano({lately_ns:d}, 'UTC')"
        found = self._store.query(
            " UNION ALL ".join(
                f"SELECT (SELECT count() FROM {table}) AS rows, toUnixTimestamp64Nano(max(start_time)) AS newest FROM {table} "
                f"WHERE {lately}"
                for table in ("spans", "spans_pending")
            )
        ).to_pylist()
        newest_ns = max(max(r["newest"] for r in found), lately_ns)
        self._since_ns = newest_ns + 1 if any(r["rows"] for r in found) else 0

    def committed(self, batch: Committed) -> None:
        """Rows are visible to queries now; called by the writer."""
        if self._since_ns is None:
            return
        try:
            self._take(batch)
        except Exception:
            self._since_ns = None  # what is missing would be missing from every list
            for newest in self._of.copy().values():
                newest.stop()
            raise
        self.expire()

    def _take(self, batch: Committed) -> None:
        now_ns = time.time_ns()
        tables = [_by_tenant(batch.tables.get(name)) for name in ("spans", "spans_pending", "messages")]
        for tenant in dict.fromkeys(t for parts in tables for t in parts):
            spans, pending, messages = (parts.get(tenant) for parts in tables)
            newest = self._newest(tenant)
            if batch.lane == BACKFILL:  # what is old would only take the room of what is new
                spans, pending, messages = _since(spans, newest.since_ns), _since(pending, newest.since_ns), None
            newest.add(_kept(spans), _kept(pending), _said(messages), now_ns)

    def expire(self) -> None:
        """Give up what is too old or too much."""
        oldest_ns = time.time_ns() - int(AGE_MAX_S * 1e9)
        some = list(self._of.copy().values())
        nbytes = sum(n.nbytes for n in some)
        while some:
            first = min(some, key=lambda n: n.oldest_ns)
            if first.empty or (first.oldest_ns >= oldest_ns and nbytes <= self._bytes_max):
                break
            nbytes -= first.nbytes
            first.drop()
            nbytes += first.nbytes

    def give_back(self, nbytes: int) -> None:
        """Give up so much, or all there is."""
        while nbytes > 0 and (some := [n for n in self._of.copy().values() if not n.empty]):
            first = min(some, key=lambda n: n.oldest_ns)
            before = first.nbytes
            first.drop()
            nbytes -= before - first.nbytes

    def _newest(self, tenant: str) -> Newest:
        if tenant not in self._of:
            self._of[tenant] = Reader(self._store, tenant).kept(Newest)
            self._of[tenant].since_ns = self._since_ns
        return self._of[tenant]


def keys_of(ids: pa.ChunkedArray | pa.Array) -> U64:
    """A number for each id of 8 or 16 bytes: the same for the same id."""
    array = ids.combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids
    width = array.type.byte_width // 8
    words = np.frombuffer(array.buffers()[1], np.uint64) if len(array) else _NO_KEYS
    words = words[array.offset * width : (array.offset + len(array)) * width].reshape(-1, width)
    return words[:, 0] ^ words[:, 1] if width > 1 else words[:, 0]


def _found(keys: NDArray[np.generic], order: I64, wanted: NDArray[np.generic]) -> I64:
    low = np.searchsorted(keys, wanted, side="left")
    counts = np.searchsorted(keys, wanted, side="right") - low
    if not counts.any():
        return order[:0]
    firsts = np.repeat(low - np.concatenate(([0], np.cumsum(counts)[:-1])), counts)
    rows: I64 = order[firsts + np.arange(len(firsts))]
    return rows


def _numbers(column: pa.ChunkedArray) -> Any:
    return column.combine_chunks().to_numpy(zero_copy_only=False)


def _by_tenant(table: pa.Table | None) -> dict[str, pa.Table]:
    if table is None or not len(table):
        return {}
    tenants = table["tenant"].combine_chunks()
    tenants = tenants if isinstance(tenants, pa.DictionaryArray) else tenants.dictionary_encode()
    codes, names = tenants.indices.to_numpy(), tenants.dictionary.to_pylist()
    if codes.min() == codes.max():
        return {names[codes[0]]: table}
    order = np.argsort(codes, kind="stable")
    table, codes = table.take(pa.array(order)), codes[order]
    cuts = [0, *(np.flatnonzero(np.diff(codes)) + 1).tolist(), len(codes)]
    return {names[codes[a]]: table.slice(a, b - a) for a, b in itertools.pairwise(cuts)}


def _columns(spans: pa.Table) -> pa.Table:
    """SPANS, `said` and MORE of rows of spans."""
    attributes = spans["attributes"].combine_chunks()
    keys, values = (pa.ListArray.from_arrays(attributes.offsets, part) for part in (attributes.keys, attributes.items))
    said = pc.greater(pc.list_value_length(spans["message_hash"]), 0)
    more = (spans["message_key"], keys, values, spans["event_name"], spans["event_attributes"])
    return pa.table([*(spans[name] for name in SPANS), said, *more], names=[*SPANS, "said", *MORE])


def _packed(columns: pa.Table) -> pa.Table:
    """Columns with keys as numbers of the few that there are."""
    for name in ("message_key", "keys", "event_name"):
        lists = columns[name].combine_chunks()
        if not pa.types.is_dictionary(lists.type.value_type):
            few = pa.ListArray.from_arrays(lists.offsets, lists.values.dictionary_encode())
            columns = columns.set_column(columns.column_names.index(name), name, few)
    return columns


def _since(spans: pa.Table | None, start_ns: int | None) -> pa.Table | None:
    if spans is None or start_ns is None:
        return None
    return spans.filter(pa.array(_numbers(spans["start_time"].cast(pa.int64())) >= start_ns))


def _kept(spans: pa.Table | None) -> pa.Table:
    return no_spans(packed=False) if spans is None else _columns(spans)


def _said(messages: pa.Table | None) -> pa.Table:
    return _no_messages() if messages is None else messages.select(MESSAGES)


def _ahead(chunk: Chunk, next_ns: int) -> tuple[Chunk, int] | None:
    """The spans of a chunk that begin after the next one has come, and the last start of the others; None: they are many."""
    late = [rows.starts >= next_ns for rows in (chunk.spans, chunk.pending)]
    if AHEAD_SHARE * sum(int(mask.sum()) for mask in late) > sum(map(len, late)):
        return None
    parts, rest_ns = [], 0
    for rows, mask in zip((chunk.spans, chunk.pending), late, strict=True):
        rest_ns = max(rest_ns, int(rows.starts[~mask].max(initial=0)))
        parts.append(Rows(_packed(rows.columns.filter(pa.array(mask)).combine_chunks())))
    spans, pending = parts
    return Chunk(chunk.arrived_ns, spans, pending, _no_messages(), chunk.number, chunk.newest_ns, packed=True), rest_ns


def _joined(chunks: Sequence[Chunk]) -> Chunk:
    spans, pending, messages = (
        pa.concat_tables(tables).unify_dictionaries().combine_chunks()
        for tables in (
            [c.spans.columns for c in chunks],
            [c.pending.columns for c in chunks],
            [c.messages for c in chunks],
        )
    )
    newest_ns = max(c.newest_ns for c in chunks)
    return Chunk(chunks[-1].arrived_ns, Rows(spans), Rows(pending), messages, chunks[0].number, newest_ns, packed=True)


@cache
def no_spans(packed: bool = True) -> pa.Table:
    """The columns of `Rows` without rows. Not made at import: the first array that Arrow makes looks for pandas."""
    return _packed(no_spans(packed=False)) if packed else _columns(TABLES["spans"].empty_table())


@cache
def _no_messages() -> pa.Table:
    return TABLES["messages"].empty_table().select(MESSAGES)
