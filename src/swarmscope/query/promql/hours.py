"""Samples of many series as columns, kept in memory from query to query: dashboards ask for the same hours again and again.

What is kept is a slot: the samples of one metric, or of one series, in one hour (or five minutes, where a query spans little).
A slot counts as long as the store can say that nothing of its time has changed, so what is written now costs reading the
newest slot again and no other. All tenants together keep at most `KEPT_BYTES_MAX`; what was used longest ago goes first.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from weakref import WeakSet

import numpy as np
from numpy.typing import NDArray

from swarmscope.query.promql.grains import floats
from swarmscope.query.promql.ids import LAST, between, keys_of, literal
from swarmscope.query.promql.values import F64, I64
from swarmscope.query.reader import Reader, together

U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
U8 = NDArray[np.uint8]
HOUR_MS = 3_600_000
BRIEF_MS = 300_000
BRIEF_SPAN_MS = 6 * BRIEF_MS  # what spans no more is kept in slots of five minutes
KEPT_BYTES_MAX = 192 << 20
ROWS_MAX = 12_000_000  # of one slot
SLOTS_MAX = 512  # of one query
AGE_MAX_S = 3_600.0  # retention is not told to us
BLOCK_ROWS = 131_072
RAW = 127
_every: WeakSet[Hours] = WeakSet()
_lock = threading.Lock()
_uses = itertools.count()


@dataclass(slots=True)
class Slot:
    """Samples of a time. words: what the series' ids end with, ascending; the samples of series i are `count[i]` from
    first[i] on, by time, unique. t: milliseconds after the slot's begin; values: whole numbers over `divisor`, or floats."""

    words: U64
    first: I64
    count: I64
    t: U32
    values: NDArray[np.int32] | F64
    divisor: float
    version: int
    loaded_s: float
    used: int = 0

    @property
    def nbytes(self) -> int:
        """Memory that it takes."""
        return 24 * len(self.words) + self.t.nbytes + self.values.nbytes + 200

    def find(self, words: U64) -> tuple[I64, I64]:
        """(first, count) of series by the end of their ids; strangers have none."""
        if not len(self.words):
            return np.zeros(len(words), np.int64), np.zeros(len(words), np.int64)
        at = np.minimum(np.searchsorted(self.words, words), len(self.words) - 1)
        return self.first[at], np.where(self.words[at] == words, self.count[at], 0)


Key = tuple[bytes, int, int]
"""A metric's eight bytes or a series' sixteen, begin and width in ms."""


@dataclass(frozen=True, slots=True)
class Part:
    """A slot for a query: the samples of series `rows` (places in the selection) that begin at `start_ms`."""

    slot: Slot
    start_ms: int
    rows: NDArray[np.int64]


class TooMuchError(Exception):
    """More than is kept here."""


@dataclass(eq=False)
class Hours:
    """The slots of one tenant. Any thread."""

    slots: dict[Key, Slot] = field(default_factory=dict)
    large: dict[bytes, float] = field(default_factory=dict)  # metrics that were too much, until when

    def __post_init__(self) -> None:
        with _lock:
            _every.add(self)

    def parts(self, reads: Reader, ids: NDArray[np.void], start_ms: int, end_ms: int, whole: bool) -> list[Part] | None:
        """Slots with all samples of the series from start to end, both included; None where they are not kept.

        whole: the series are a good part of their metrics', which are read as a whole; else each is a slot of its own.
        """
        width = BRIEF_MS if end_ms - start_ms <= BRIEF_SPAN_MS else HOUR_MS
        begins = range(start_ms // width * width, end_ms + 1, width)
        keys = keys_of(ids)
        units: dict[bytes, list[int]] = {}
        for row, key in enumerate(keys):
            units.setdefault(key[:8] if whole else key, []).append(row)
        now = time.monotonic()
        if len(units) * len(begins) > SLOTS_MAX or (whole and any(self.large.get(unit, 0.0) > now for unit in units)):
            return None
        try:
            found = self._found(reads, list(units), begins, width, whole)
        except TooMuchError:
            if whole:  # of metrics, that is: they are few
                lasting = {unit: until for unit, until in self.large.items() if until > now}
                self.large = lasting | dict.fromkeys(units, now + AGE_MAX_S)
            return None
        if found is None:
            return None
        return [
            Part(slot, begin, np.array(units[unit], np.int64))
            for (unit, begin, _), slot in found.items()
            if len(slot.words)
        ]

    def _found(
        self, reads: Reader, units: Sequence[bytes], begins: range, width: int, whole: bool
    ) -> dict[Key, Slot] | None:
        versions = {begin: reads.touched(begin, begin + width) for begin in begins}
        found: dict[Key, Slot] = {}
        missing: list[Key] = []
        for begin in begins:
            version = versions[begin]
            if version is None:
                return None
            for unit in units:
                slot = self._kept(unit, begin, width, version)
                if slot is None:
                    missing.append((unit, begin, width))
                else:
                    found[unit, begin, width] = slot
        numbers = {begin: version for begin, version in versions.items() if version is not None}
        if missing and whole:
            halves = [missing[0::2], missing[1::2]] if len(missing) > 1 else [missing]
            size = sum(slot.nbytes for slot in found.values()) // len(halves)
            for loaded in together([partial(self._metrics, reads, half, numbers, size) for half in halves]):
                found |= loaded
        elif missing:
            found |= self._series(reads, missing, numbers)
        return dict(sorted(found.items(), key=lambda item: item[0][1]))

    def _kept(self, unit: bytes, begin: int, width: int, version: int) -> Slot | None:
        """The slot of a metric or series, or of the metric of the series, in the hour or the five minutes."""
        for name in (unit, unit[:8]):
            slot = self.slots.get((name, begin, width))
            if slot is not None and slot.version == version and time.monotonic() - slot.loaded_s < AGE_MAX_S:
                slot.used = next(_uses)
                return slot
        return None

    def _metrics(self, reads: Reader, keys: Sequence[Key], versions: dict[int, int], size: int) -> dict[Key, Slot]:
        """Metrics, read slot by slot."""
        found: dict[Key, Slot] = {}
        for key in keys:
            unit, begin, width = key
            ranged = f"series_id BETWEEN {literal(unit + bytes(8))} AND {literal(unit + LAST)}"
            runs = Runs()
            for words, t, mantissa, exponent in _blocks(reads, ranged, begin, width):
                runs.add(words[:, 1], t, mantissa, exponent)
            slot = runs.packed(versions[begin])
            size += slot.nbytes
            if size > KEPT_BYTES_MAX // 2:  # of each half of the slots
                raise TooMuchError
            found[key] = slot
            self._keep(key, slot)
        return found

    def _series(self, reads: Reader, keys: Sequence[Key], versions: dict[int, int]) -> dict[Key, Slot]:
        """Single series, all slots by one read."""
        width = keys[0][2]
        first, last = min(begin for _, begin, _ in keys), max(begin for _, begin, _ in keys)
        names = sorted({unit for unit, _, _ in keys})
        listed = f"series_id IN ({', '.join(map(literal, names))})"
        words, t, mantissa, exponent = _rows(_blocks(reads, listed, first, last + width - first))
        found: dict[Key, Slot] = {}
        begins_at = t.astype(np.int64) // width * width + first
        for key in keys:
            unit, begin, _ = key
            own = np.frombuffer(unit, np.uint64)
            here = (words[:, 0] == own[0]) & (words[:, 1] == own[1]) & (begins_at == begin)
            moved = (t[here].astype(np.int64) + first - begin).astype(np.uint32)
            slot = packed(words[here, 1], moved, mantissa[here], exponent[here], versions[begin])
            found[key] = slot
            self._keep(key, slot)
        return found

    def _keep(self, key: Key, slot: Slot) -> None:
        slot.used = next(_uses)
        with _lock:
            self.slots[key] = slot
            every = [(kept, at, one) for kept in _every for at, one in list(kept.slots.items())]
            over = sum(one.nbytes for _, _, one in every) - KEPT_BYTES_MAX
            if over <= 0:
                return
            for kept, at, one in sorted(every, key=lambda item: item[2].used):
                if over <= 0:
                    break
                kept.slots.pop(at, None)
                over -= one.nbytes


Columns = tuple[U64, U32, I64, U8]
"""Rows: ids as (n, 2) words or the second of them, milliseconds after a begin, mantissa and exponent."""


def _blocks(reads: Reader, condition: str, begin_ms: int, width_ms: int) -> Iterator[Columns]:
    """Rows of a time, some at once, sorted within parts of the table. Raises TooMuchError."""
    sql = (
        f"SELECT series_id AS id, toUInt32(toUnixTimestamp64Milli(time) - ({begin_ms:d})) AS t, mantissa, exponent "
        f"FROM $samples WHERE {condition} AND {between(begin_ms, begin_ms + width_ms - 1)} "
        f"SETTINGS max_block_size = {BLOCK_ROWS}, preferred_block_size_bytes = 0, max_threads = 1"
    )
    rows = 0
    with closing(reads.blocks(sql)) as stream:
        for block in stream:
            rows += block.num_rows
            if rows > ROWS_MAX:
                raise TooMuchError
            if block.num_rows:
                raw = block["id"].combine_chunks()
                words = np.frombuffer(raw.buffers()[1], np.uint64).reshape(-1, 2)[raw.offset : raw.offset + len(raw)]
                yield words, block["t"].to_numpy(), block["mantissa"].to_numpy(), block["exponent"].to_numpy()


def _rows(blocks: Iterator[Columns]) -> Columns:
    """All of them."""
    none = (np.empty((0, 2), np.uint64), np.empty(0, np.uint32), np.empty(0, np.int64), np.empty(0, np.uint8))
    words, t, mantissa, exponent = (np.concatenate(c) for c in zip(none, *blocks, strict=True))
    return words, t, mantissa, exponent


class Runs:
    """Rows on their way to a slot: of ids only where they change is kept, of values whole numbers while they are such."""

    def __init__(self) -> None:
        self._names: list[U64] = []
        self._counts: list[I64] = []
        self._t: list[U32] = []
        self._whole: list[NDArray[np.int32]] = []
        self._floats: list[F64] = []
        self._exponent = -1

    def add(self, words: U64, t: U32, mantissa: I64, exponent: U8) -> None:
        """Rows of a block, at least one."""
        heads = np.concatenate([[0], np.flatnonzero(words[1:] != words[:-1]) + 1])
        self._names.append(words[heads])
        self._counts.append(np.diff(np.append(heads, len(words))))
        self._t.append(t)
        same = int(exponent[0])
        if self._exponent < 0:
            self._exponent = same
        fits = same == self._exponent != RAW and (exponent == same).all()
        if fits and not self._floats and mantissa.min() > -(1 << 31) and mantissa.max() < 1 << 31:
            self._whole.append(mantissa.astype(np.int32))
            return
        if self._whole:
            self._floats = [np.asarray(whole / self._divisor, np.float64) for whole in self._whole]
            self._whole = []
        self._floats.append(np.asarray(floats(mantissa, exponent), np.float64))

    @property
    def _divisor(self) -> float:
        return float(10.0**self._exponent)

    def packed(self, version: int) -> Slot:
        """The slot; of samples at one time the largest."""
        loaded = time.monotonic()
        if not self._names:
            none = np.empty(0, np.int64)
            return Slot(np.empty(0, np.uint64), none, none, np.empty(0, np.uint32), np.empty(0), 1.0, version, loaded)
        names, counts, t = np.concatenate(self._names), np.concatenate(self._counts), np.concatenate(self._t)
        values: NDArray[Any] = np.concatenate(self._whole or self._floats)
        divisor = self._divisor if self._whole else 1.0
        names, counts = _joined(names, counts)
        starts = np.cumsum(counts) - counts
        order = np.lexsort((t[starts], names))
        if (
            names[order][1:] == names[order][:-1]
        ).any():  # parts that are not merged yet: their runs one after the other
            at = np.repeat(starts[order] - (np.cumsum(counts[order]) - counts[order]), counts[order])
            at += np.arange(len(t))
            t, values = t[at], values[at]
            names, counts = _joined(names[order], counts[order])
            starts = np.cumsum(counts) - counts
        back = np.flatnonzero(t[1:] <= t[:-1]) + 1
        if len(back) >= len(starts) or not np.isin(back, starts, assume_unique=True).all():
            names, counts, t, values = _ordered(names, counts, t, values)
            starts = np.cumsum(counts) - counts
        order = np.argsort(names)
        return Slot(names[order], starts[order], counts[order], t, values, divisor, version, loaded)


def packed(words: U64, t: U32, mantissa: I64, exponent: U8, version: int) -> Slot:
    """Rows in any order as a slot."""
    runs = Runs()
    if len(words):
        runs.add(words, t, mantissa, exponent)
    return runs.packed(version)


def _joined(names: U64, counts: I64) -> tuple[U64, I64]:
    """Neighbours of one name as one."""
    heads = np.concatenate([[0], np.flatnonzero(names[1:] != names[:-1]) + 1])
    return names[heads], np.add.reduceat(counts, heads)


def _ordered(names: U64, counts: I64, t: U32, values: NDArray[Any]) -> tuple[U64, I64, U32, NDArray[Any]]:
    """Sorted by name and time; of samples at one time the largest."""
    words = np.repeat(names, counts)
    order = np.lexsort((values, t, words))
    again = (words[order][1:] == words[order][:-1]) & (t[order][1:] == t[order][:-1])
    order = order[np.append(~again, True)]
    heads = np.concatenate([[0], np.flatnonzero(words[order][1:] != words[order][:-1]) + 1])
    return words[order][heads], np.diff(np.append(heads, len(order))), t[order], values[order]
