"""Remote write: requests of Prometheus' protocol, 1.0 and 2.0 → rows of `series`, `samples`, `histograms` and `exemplars`.

A request that cannot be decoded is refused as a whole. Series with labels that are not valid, beyond the limit of the tenant,
and samples outside the window are refused one by one; the receipt says how many and why, and the others are stored.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from swarmscope import config
from swarmscope.errors import DecodeError, LimitError
from swarmscope.ingest import write_extras, write_named
from swarmscope.ingest.columns import I32, I64, U8, U64
from swarmscope.ingest.kernels import remote_write as k
from swarmscope.ingest.known import FRESH_MAX, KnownSeries
from swarmscope.ingest.limits import HOUR_NS, SeriesCounter, Window
from swarmscope.ingest.redact import Redactor
from swarmscope.ingest.shared import Result, TenantKeys
from swarmscope.ingest.wire.prometheus import V1, V2
from swarmscope.ingest.write_rows import NewSeries, Tables
from swarmscope.model.batch import Receipt

SAMPLES_MAX = 8 * 1024 * 1024  # of one request
SYMBOLS_MAX = 4 * 1024 * 1024
ODD_BYTES_MAX = 8 * 1024 * 1024  # protobuf's own objects take up to a hundred times the bytes
LABELS_MAX = 128
ROOM_KEPT = 1 << 19  # samples, for which there is room from batch to batch
CARDINALITY = 9  # a verdict beside those of the kernel

_NAMES = {"write1": "prometheus.WriteRequest", "write2": "io.prometheus.write.v2.Request"}
WHY = {
    k.NONE: "series without labels, or with labels that cannot be read",
    k.EMPTY_NAME: "a label name is empty",
    k.TWICE: "a label name stands twice",
    k.UNSORTED: "labels are not sorted by name",
    k.LONG: "a label name is longer than 1024 bytes or a value longer than ingest.label_value_max_bytes",
    k.MANY: f"more than {LABELS_MAX} labels",
    k.NO_METRIC: "no __name__",
    k.NO_TEXT: "a label name or value is not valid UTF-8",
    CARDINALITY: "beyond the tenant's series (ingest.series_max)",
}


@dataclass(slots=True)
class _Request:
    """What a request added: rows [first, last) of the samples, its extras and refusals."""

    tenant: str
    seeds: U64
    first: int
    scanned: write_named.Scanned | None = None
    last: int = 0
    zeros: int = 0  # of them, those that stand for the begin of a counter
    extras: write_extras.Extras = field(default_factory=write_extras.Extras)
    refused: dict[str, int] = field(default_factory=dict)  # why → samples
    examples: dict[str, str] = field(default_factory=dict)  # why → the first series that it befell


class WriteStage:
    """One worker's stage for remote write. `reset`, `add` each request, `run`."""

    def __init__(self, options: config.Ingest, keys: TenantKeys, redactor: Redactor, counter: SeriesCounter) -> None:
        self._options = options
        self._keys = keys
        self._redactor = redactor
        self._counter = counter
        self._turn = 0
        self._known = KnownSeries()
        self._hour = 0
        self._lost = False  # what was met was not stored
        self._metadata = write_extras.Metadata()
        self._seeds: dict[str, U64] = {}
        self._take_room()
        self.reset(0)

    def _take_room(self) -> None:
        self._series: I32 = np.zeros(8192, np.int32)
        self._time: I64 = np.zeros(8192, np.int64)
        self._bits: U64 = np.zeros(8192, np.uint64)
        self._others: I64 = np.zeros((256, 4), np.int64)
        self._created: I64 = np.zeros((256, 3), np.int64)

    def reset(self, now_ns: int) -> None:
        """Begin a batch."""
        if self._lost or now_ns // HOUR_NS != self._hour:  # series are stated again every hour
            self._lost, self._hour = False, now_ns // HOUR_NS
            self._known.forget()
        if (turn := self._counter.turn(now_ns)) != self._turn:
            self._turn = turn
            self._known.forget_refused()
        if self._time.size > ROOM_KEPT or len(self._others) > ROOM_KEPT:
            self._take_room()
        self._now_ns = now_ns
        self._count = 0
        self._requests: list[_Request] = []
        self._new: list[NewSeries] = []
        self._known.begin()

    def add(self, body: bytes, encoding: str, tenant: str) -> None:
        """One request, or DecodeError or LimitError and nothing."""
        request = _Request(tenant, self._seeds_of(tenant), self._count)
        state = np.zeros(k.STATE_SLOTS, np.int64)
        code, data, symbols = self._read(body, encoding, request, state)
        if code == k.ODD:
            body = _canonical(encoding, body)
            code, data, symbols = self._read(body, encoding, request, state)
        turned = self._turned(state)
        if code == k.OK and turned.size:  # they are stated again, and only here are their labels
            self._known.lose(turned)
            code, data, symbols = self._read(body, encoding, request, state)
        if code != k.OK:
            self._known.undo(int(state[k.FRESH]))
            raise DecodeError(f"the {len(body)} bytes are not a valid {_NAMES[encoding]}", int(state[k.AT]))
        request.scanned = write_named.Scanned(data, symbols)
        request.last = int(state[k.SAMPLES])
        first_row = self._known.count
        meet_at = int(state[k.FRESH])
        others = self._others[: int(state[k.OTHERS])]
        if meet_at:
            self._meet(data, symbols, request, meet_at, others)
        request.extras.read(body, encoding, symbols, others, first_row, self._metadata, tenant)
        created = self._created[: int(state[k.SERIES])]
        if symbols is not None and request.extras.found_histograms:
            self._begin_histograms(request, created)
        if len(created):
            self._begin(request, created)
        self._count = request.last
        self._requests.append(request)

    def _read(
        self, body: bytes, encoding: str, request: _Request, state: I64
    ) -> tuple[int, U8, write_extras.Symbols | None]:
        """Scan a request from its beginning, once more where it was before. What came of it, and what was scanned."""
        if fresh := int(state[k.FRESH]):
            self._known.undo(fresh)
        state[:] = 0
        state[k.SAMPLES], state[k.TABLE_ROWS] = self._count, self._known.count
        data = np.frombuffer(body, np.uint8)
        symbols = self._symbols(data, request) if encoding == "write2" else None
        return self._scan(data, symbols, request, state), data, symbols

    def _turned(self, state: I64) -> I64:
        """Series of numbers, as far as was known, that have histograms in the request."""
        others = self._others[: int(state[k.OTHERS])]
        if not len(others):
            return np.empty(0, np.int64)
        return self._known.turned(others[others[:, 0] == k.HISTOGRAM, 1])

    def _scan(self, data: U8, symbols: write_extras.Symbols | None, request: _Request, state: I64) -> int:
        seed0, seed1 = self._known.seeds(request.seeds)
        while True:
            known = self._known
            common = (known.table, known.rows, self._series, self._time, self._bits, known.fresh, self._others)
            if symbols is None:
                code = k.scan_v1(data, seed0, seed1, *common, state)
            else:
                code = k.scan_v2(data, symbols.first, symbols.second, *common, self._created, state)
            if code != k.GROW:
                return int(code)
            self._grow(state, request)

    def _begin(self, request: _Request, created: I64) -> None:
        """A sample of zero where a counter began, so that what it counted before its first sample is an increase, and that it
        began anew is known. Once per series and begin. created: as of `scan_v2`."""
        created = created[np.lexsort((created[:, 2], created[:, 1], created[:, 0]))]
        again = np.zeros(len(created), bool)
        again[1:] = (created[1:, 0] == created[:-1, 0]) & (created[1:, 1] == created[:-1, 1])
        rows, times, told_at = created[~again].T
        news = (times != self._known.begun[rows]) & self._within(times)
        if not news.any():
            return
        here = slice(request.first, request.last)
        oldest = np.full(self._known.count, np.iinfo(np.int64).max)
        np.minimum.at(oldest, self._series[here], self._time[here])
        first = np.where(told_at == 0, oldest[rows], told_at)
        news &= (times < first) & (first < np.iinfo(np.int64).max) & (self._known.verdicts[rows] == k.FINE)
        rows, times = rows[news], times[news]
        self._known.begun[rows] = times  # of several of one series the last holds, which is the newest
        last = request.last + len(rows)
        while last > len(self._series):
            self._series, self._time, self._bits = (_doubled(a) for a in (self._series, self._time, self._bits))
        there = slice(request.last, last)
        self._series[there], self._time[there], self._bits[there] = rows, times, 0
        request.last, request.zeros = last, len(rows)

    def _begin_histograms(self, request: _Request, created: I64) -> None:
        """The same for native histograms: an empty one where each began."""
        told = {int(row): int(ms) for row, ms, at in created.tolist() if at == 0}
        for h in request.extras.found_histograms:
            start = h.start_ms or told.get(h.series, 0)
            news = (
                start < h.time_ms and start != self._known.begun[h.series] and self._known.verdicts[h.series] == k.FINE
            )
            if start and news and self._within(np.array([start]))[0]:
                self._known.begun[h.series] = start
                request.extras.zero_histograms.append(h.emptied(start))

    def _within(self, times_ms: I64) -> Any:
        """Which times are such as may be stored."""
        window = Window.around(self._now_ns, self._options)
        return (times_ms >= window.oldest // 1_000_000) & (times_ms <= window.newest // 1_000_000)

    def _grow(self, state: I64, request: _Request) -> None:
        """Room in the output that is full: what is known of series, or all others."""
        if state[k.SAMPLES] - request.first > SAMPLES_MAX or state[k.OTHERS] > SAMPLES_MAX:
            self._known.undo(int(state[k.FRESH]))
            raise LimitError(f"more than {SAMPLES_MAX} samples in one request; send smaller ones")
        if state[k.FRESH] >= FRESH_MAX:
            self._known.undo(int(state[k.FRESH]))
            raise LimitError(f"more than {FRESH_MAX} new series in one request; send smaller ones")
        if self._known.grow(int(state[k.FRESH])):
            return
        self._series, self._time, self._bits = (_doubled(a) for a in (self._series, self._time, self._bits))
        self._others, self._created = _doubled(self._others), _doubled(self._created)

    def _symbols(self, data: U8, request: _Request) -> write_extras.Symbols:
        size = 1024
        while True:
            begins, ends = np.zeros(size, np.int64), np.zeros(size, np.int64)
            n = int(k.symbols_v2(data, begins, ends))
            if n != -2:
                break
            if size >= SYMBOLS_MAX:
                raise LimitError(f"more than {SYMBOLS_MAX} symbols in one request; send smaller ones")
            size *= 4
        if n < 0:
            raise DecodeError(f"the {data.size} bytes are not a valid {_NAMES['write2']}")
        if n and ends[0] != begins[0]:
            raise DecodeError("the first symbol of the request is not the empty string, as the protocol demands")
        first, second = np.zeros(n, np.uint64), np.zeros(n, np.uint64)
        seed0, seed1 = self._known.seeds(request.seeds)
        k.hash_symbols(data, begins[:n], ends[:n], seed0, seed1, first, second)
        return write_extras.Symbols(begins[:n], ends[:n], first, second)

    def _meet(self, data: U8, symbols: write_extras.Symbols | None, request: _Request, count: int, others: I64) -> None:
        """Judge the labels of new series and name them."""
        begins, ends = (np.ascontiguousarray(self._known.fresh[:count, i]) for i in (1, 2))
        offsets = np.zeros(count + 1, np.int64)
        places = np.zeros((16 * count + 64, 4), np.int64)
        while True:
            if symbols is None:
                code = k.split_v1(data, begins, ends, offsets, places)
            else:
                code = k.split_v2(data, begins, ends, symbols.begins, symbols.ends, offsets, places)
            if code == k.OK:
                break
            places = np.zeros((2 * len(places), 4), np.int64)
        places = places[: offsets[-1]]
        verdicts, metric = np.zeros(count, np.uint8), np.zeros(count, np.int64)
        k.judge_labels(data, offsets, places, self._options.label_value_max_bytes, LABELS_MAX, verdicts, metric)
        ids = np.zeros((count, 2), np.uint64)
        good = np.flatnonzero(verdicts == k.FINE)
        seed0, seed1 = request.seeds
        k.label_ids(data, offsets, places, np.where(verdicts == k.FINE, metric, -1), seed0, seed1, ids)
        if good.size:
            words = ids[:, 0] ^ ids[:, 1]
            tenant = np.zeros(count, np.int32)
            beyond = self._counter.refused(self._now_ns, words, good, tenant, [request.tenant])
            verdicts[np.isin(words, words[beyond]) & (verdicts == k.FINE)] = CARDINALITY
            good = np.flatnonzero(verdicts == k.FINE)
        native = np.zeros(count, bool)
        native[others[(others[:, 0] == k.HISTOGRAM) & (others[:, 1] >= self._known.count), 1] - self._known.count] = (
            True
        )
        if good.size:
            described = write_extras.described(data, symbols, others, self._known.count, count)
            self._new.append(
                NewSeries.of(
                    data, offsets, places, metric, good, ids, request.tenant, described, native, self._redactor
                )
            )
        self._known.keep(ids, verdicts, native)

    def run(self, now_ns: int) -> Result:
        """Tables, and a receipt for each request that was added."""
        n = self._count
        window = Window.around(now_ns, self._options)
        series, time_ms = self._series[:n], self._time[:n]
        oldest_ms, newest_ms = window.oldest // 1_000_000, window.newest // 1_000_000
        bad_series = self._known.verdicts[series] != k.FINE
        out = (time_ms < oldest_ms) | (time_ms > newest_ms)
        refused = bad_series | out
        result = Result({}, [])
        tables = Tables(self._known.ids, self._requests_names(), now_ns)
        if refused.any():
            self._explain(refused, bad_series, series, window)
            kept = np.flatnonzero(~refused)
        else:
            kept = None
        owner = np.repeat(np.arange(len(self._requests)), [r.last - r.first for r in self._requests])
        tables.samples(result, owner, series, time_ms, self._bits[:n], kept)
        tables.extras(result, [r.extras for r in self._requests], self._known.verdicts, (oldest_ms, newest_ms))
        tables.series(result, self._new, self._metadata)
        for request in self._requests:
            rejected = sum(request.refused.values()) + request.extras.rejected
            why = ", ".join([*(_told(request, why, n) for why, n in request.refused.items()), *request.extras.why])
            samples = request.last - request.first - request.zeros
            total = samples + request.extras.count
            result.receipts.append(
                Receipt(
                    total - rejected,
                    rejected,
                    why,
                    (
                        samples - sum(request.refused.values()),
                        request.extras.histograms,
                        request.extras.exemplars,
                    ),
                )
            )
        for request in self._requests:
            request.scanned = None  # it is not kept until the next batch
        result.on_failed.append(self._lose)
        return result

    def _lose(self) -> None:
        """A batch was refused by the journal: its series must be stated again."""
        self._lost = True

    def _requests_names(self) -> list[str]:
        return [request.tenant for request in self._requests]

    def _explain(self, refused: Any, bad_series: Any, series: I32, window: Window) -> None:
        for request in self._requests:
            here = slice(request.first, request.last)
            if not refused[here].any():
                continue
            verdicts = self._known.verdicts[series[here]]
            bad = bad_series[here]
            first: dict[str, int] = {}  # why → the first sample that it befell
            for verdict, at, n in zip(*np.unique(verdicts[bad], return_index=True, return_counts=True), strict=True):
                why = WHY[int(verdict)]
                request.refused[why], first[why] = int(n), int(np.flatnonzero(bad)[at])
            late = np.flatnonzero(refused[here] & ~bad)
            if late.size:
                why = "out of bounds: outside ingest.past_max_s and ingest.future_max_s"
                request.refused[why], first[why] = late.size, int(late[0])
            if request.scanned is not None:
                named = write_named.names(request.scanned, set(first.values()))
                request.examples = {why: named[at] for why, at in first.items() if at in named}

    def _seeds_of(self, tenant: str) -> U64:
        if tenant not in self._seeds:
            digest = hashlib.blake2b(self._keys(tenant), digest_size=16).digest()
            self._seeds[tenant] = np.frombuffer(digest, "<u8").astype(np.uint64)
        return self._seeds[tenant]


def _told(request: _Request, why: str, count: int) -> str:
    """A reason with the first series that it befell."""
    example = request.examples.get(why)
    return f"{count} samples: {why}" + (f", such as {example}" if example else "")


def _doubled(array: Any) -> Any:
    return np.concatenate((array, np.zeros_like(array)))


def _canonical(encoding: str, body: bytes) -> bytes:
    """The same request as protobuf writes it."""
    if len(body) > ODD_BYTES_MAX:
        raise DecodeError(
            f"the {_NAMES[encoding]} is encoded in an unusual way, which is read up to {ODD_BYTES_MAX} bytes only"
        )
    message = (V1["WriteRequest"] if encoding == "write1" else V2["Request"])()
    try:
        message.ParseFromString(body)
    except Exception as e:  # protobuf's own class is not part of its API
        raise DecodeError(f"the {len(body)} bytes are not a valid {_NAMES[encoding]}: {e}") from e
    message.DiscardUnknownFields()
    made: bytes = message.SerializeToString()
    return made
