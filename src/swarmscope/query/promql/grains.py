"""Range functions over millions of samples, from blocks as the store finds them: nothing of a block is kept but sums.

Time is cut into grains, the greatest width of which both step and range are whole multiples. Of each series and grain are
kept the first and the last sample, their number, and what counters lost to resets in between; a window is a run of grains,
so its first and last sample, and with them `rate` and its like, follow exactly as from the samples themselves. Blocks come in
no order: what meets a grain that has something already is put in order at the end. Where samples of one block lie between
those of another (late ones, or the same series sent twice), this gives up, and the caller reads them as they are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from swarmscope.query.promql import windows
from swarmscope.query.promql.labels import Index, Mask
from swarmscope.query.promql.source import Window
from swarmscope.query.promql.values import F64, I64, is_stale

I32 = NDArray[np.int32]
COUNTERS = frozenset({"rate", "increase"})
CHANGES = COUNTERS | {"delta"}
EXTREMES = {"min_over_time": np.fmin, "max_over_time": np.fmax}
FUNCTIONS = frozenset({"last", "last_over_time", "count_over_time", *CHANGES, *EXTREMES})
CELLS = 3_000_000  # of one pass, 28 bytes each
WIDEST = 64  # grains of a window of which an extreme is taken
SPAN_MAX_MS = 1 << 31
ROWS = 256  # series whose windows are computed at once: they stay in the processor's cache
RAW = 127
_POWERS = 10.0 ** np.arange(13)


@dataclass(frozen=True, slots=True)
class Cut:
    """How a window function's time is cut. base_ms: windows begin after it; grains of `width_ms`; a window is `wide` of them,
    the next one begins `apart` grains later."""

    base_ms: int
    width_ms: int
    wide: int
    apart: int
    steps: int

    @property
    def grains(self) -> int:
        """Number of grains."""
        return (self.steps - 1) * self.apart + self.wide

    @property
    def end_ms(self) -> int:
        """The end of the last window."""
        return self.base_ms + self.grains * self.width_ms

    def part(self, first: int, last: int) -> Cut:
        """The windows of steps [first, last)."""
        base = self.base_ms + first * self.apart * self.width_ms
        return Cut(base, self.width_ms, self.wide, self.apart, last - first)


def cut(window: Window, series: int) -> list[tuple[slice, Cut]] | None:
    """The passes over the samples, by steps; None where there would be too many grains, or little to win: one step."""
    grid, range_ms = window.grid, window.range_ms
    width = math.gcd(grid.step_ms, range_ms)
    whole = Cut(grid.start_ms - range_ms, width, range_ms // width, grid.step_ms // width, grid.count)
    room = CELLS // max(1, series)
    if grid.count == 1 or whole.wide > room // 2 or (window.function in EXTREMES and whole.wide > WIDEST):
        return None
    each = (room - whole.wide) // whole.apart + 1
    if whole.wide > 2 * each * whole.apart and each < grid.count:
        return None  # most of what a pass reads would be read again by the next
    passes = [(i, min(grid.count, i + each)) for i in range(0, grid.count, each)]
    parts = [(slice(first, last), whole.part(first, last)) for first, last in passes]
    return None if any(p.end_ms - p.base_ms >= SPAN_MAX_MS for _, p in parts) else parts


class Roll:
    """The rows of a result by series id: in the order of the ids' bytes, as blocks have them."""

    def __init__(self, ids: NDArray[np.void]) -> None:
        words = _words(ids.tobytes())
        big = words.byteswap()
        self.order: Index = np.lexsort((big[:, 1], big[:, 0]))
        self._ranked = words[self.order]
        mixed = self._ranked[:, 0] ^ self._ranked[:, 1]
        self._by_word: Index = np.argsort(mixed)
        self._sorted = mixed[self._by_word]
        self.unique = bool((self._sorted[1:] != self._sorted[:-1]).all())

    def ranks(self, words: NDArray[np.uint64]) -> Index:
        """The place in `order` of ids, -1 of strangers. words: (n, 2)."""
        mixed = words[:, 0] ^ words[:, 1]
        at = np.minimum(np.searchsorted(self._sorted, mixed), len(self._sorted) - 1)
        found = self._by_word[at]
        return np.where((self._ranked[found] == words).all(axis=1), found, -1)


def _words(raw: bytes | memoryview) -> NDArray[np.uint64]:
    return np.frombuffer(raw, np.uint64).reshape(-1, 2)


@dataclass(slots=True)
class Pieces:
    """Runs of samples of one series in one grain. cell: series × grains + grain; times relative to the cut's base."""

    cell: Index
    count: I32
    first_t: I32
    last_t: I32
    first: F64
    last: F64
    extra: F64
    """What counters lost to resets; or the extreme."""

    def take(self, rows: Index | Mask) -> Pieces:
        """Some of them."""
        return Pieces(
            self.cell[rows], self.count[rows], self.first_t[rows], self.last_t[rows], self.first[rows], self.last[rows],
            self.extra[rows],
        )  # fmt: skip

    @staticmethod
    def together(parts: list[Pieces]) -> Pieces:
        """All of several."""
        return Pieces(*(np.concatenate([getattr(p, name) for p in parts]) for name in Pieces.__slots__))


class Grains:
    """The sums of all series over one cut. `add` each block, then `finish`, then `windows`."""

    def __init__(self, function: str, cut: Cut, roll: Roll) -> None:
        self._function, self._cut, self._roll = function, cut, roll
        cells = len(roll.order) * cut.grains
        self._count: I32 = np.zeros(cells, np.int32)
        self._first_t, self._last_t = np.empty(cells, np.int32), np.empty(cells, np.int32)
        self._first, self._last = np.empty(cells if function in CHANGES else 0), np.empty(cells)
        self._extra = np.zeros(cells if function in COUNTERS or function in EXTREMES else 0)
        self._late: list[Pieces] = []

    def add(self, block: pa.Table) -> None:
        """Samples: `id`, `t` (milliseconds after the base, uint32), `mantissa`, `exponent`; markers are none of a range."""
        if not block.num_rows:
            return
        raw = block["id"].combine_chunks()
        words = _words(raw.buffers()[1])[raw.offset : raw.offset + len(raw)]
        heads = np.flatnonzero((words[1:, 1] != words[:-1, 1]) | (words[1:, 0] != words[:-1, 0])) + 1
        heads = np.concatenate([[0], heads])
        ranks = self._roll.ranks(words[heads])
        rank = np.repeat(ranks, np.diff(np.append(heads, len(words))))
        t = block["t"].to_numpy().astype(np.int64)
        values = floats(block["mantissa"].to_numpy(), block["exponent"].to_numpy())
        unwanted = rank < 0 if (ranks < 0).any() else None
        if self._function != "last" and np.isnan(values).any():
            stale = is_stale(values)
            unwanted = stale if unwanted is None else unwanted | stale
        if unwanted is not None:
            rank, t, values = rank[~unwanted], t[~unwanted], values[~unwanted]
        if len(t):
            self._take(rank, t, values)

    def _take(self, rank: Index, t: I64, values: F64) -> None:
        moment = rank * SPAN_MAX_MS + t
        if not (moment[1:] > moment[:-1]).all():
            order = np.argsort(moment, kind="stable")
            moment, rank, t, values = moment[order], rank[order], t[order], values[order]
            if (moment[1:] == moment[:-1]).any():
                order = np.lexsort((values, moment))
                last = np.append(moment[1:] != moment[:-1], True)
                order = order[last]  # of samples at one time the largest
                rank, t, values = rank[order], t[order], values[order]
        cell = rank * self._cut.grains + (t - 1) // self._cut.width_ms
        self._place(self._pieces(cell, t, values))

    def _pieces(self, cell: Index, t: I64, values: F64) -> Pieces:
        starts = np.concatenate([[0], np.flatnonzero(cell[1:] != cell[:-1]) + 1])
        ends = np.append(starts[1:], len(cell))
        first, last, times = values[starts], values[ends - 1], t.astype(np.int32)
        extra = np.zeros(0)
        if self._function in COUNTERS:
            extra = np.zeros(len(starts))
            fell = np.flatnonzero((values[1:] < values[:-1]) & (cell[1:] == cell[:-1]))
            if len(fell):
                np.add.at(extra, np.searchsorted(starts, fell, "right") - 1, values[fell])
        elif self._function in EXTREMES:
            extra = EXTREMES[self._function].reduceat(values, starts)
        if not len(extra):
            extra = first
        return Pieces(
            cell[starts], (ends - starts).astype(np.int32), times[starts], times[ends - 1], first, last, extra
        )

    def _place(self, pieces: Pieces) -> None:
        taken = self._count[pieces.cell] > 0
        if taken.any():
            self._late.append(pieces.take(taken))
            pieces = pieces.take(~taken)
        self._store(pieces)

    def _store(self, p: Pieces) -> None:
        self._count[p.cell] = p.count
        self._first_t[p.cell], self._last_t[p.cell] = p.first_t, p.last_t
        self._last[p.cell] = p.last
        if len(self._first):
            self._first[p.cell] = p.first
        if len(self._extra):
            self._extra[p.cell] = p.extra

    def finish(self) -> bool:
        """Put what came late in its place; False where that cannot be done."""
        return not self._late or self._join()

    def _join(self) -> bool:
        late = Pieces.together(self._late)
        at = np.unique(late.cell)
        last = self._last[at]
        first, extra = (column[at] if len(column) else last for column in (self._first, self._extra))
        there = Pieces(at, self._count[at], self._first_t[at], self._last_t[at], first, last, extra)
        every = Pieces.together([there, late])
        every = every.take(np.lexsort((every.first_t, every.cell)))
        same = every.cell[1:] == every.cell[:-1]
        if (same & (every.first_t[1:] <= every.last_t[:-1])).any():
            return False
        starts = np.concatenate([[0], np.flatnonzero(~same) + 1])
        ends = np.append(starts[1:], len(every.cell)) - 1
        if self._function in COUNTERS:
            fell = np.append(False, same & (every.first[1:] < every.last[:-1]))
            every.extra = every.extra + np.where(fell, np.append(0.0, every.last[:-1]), 0.0)
        sums = EXTREMES.get(self._function, np.add).reduceat(every.extra, starts)
        count = np.add.reduceat(every.count, starts).astype(np.int32)
        self._store(
            Pieces(
                every.cell[starts], count, every.first_t[starts], every.last_t[ends], every.first[starts],
                every.last[ends], sums,
            )
        )  # fmt: skip
        return True

    def windows(self, values: F64, present: Mask) -> bool:
        """Fill the columns of this cut, (series, steps). False: infinities that cannot be taken out of sums again."""
        for begin in range(0, len(self._roll.order), ROWS):
            rows = slice(begin, min(len(self._roll.order), begin + ROWS))
            found = self._windows(rows)
            if found is None:
                return False
            values[self._roll.order[rows]], present[self._roll.order[rows]] = found
        return True

    def _rows(self, column: NDArray[Any], rows: slice) -> NDArray[Any]:
        width = self._cut.grains
        return column[rows.start * width : rows.stop * width].reshape(-1, width)

    def _windows(self, rows: slice) -> tuple[F64, Mask] | None:
        c = self._cut
        counts = self._rows(self._count, rows)
        some = counts > 0
        begins = slice(0, (c.steps - 1) * c.apart + 1, c.apart)
        ends = slice(c.wide - 1, c.grains, c.apart)
        number = np.arange(c.grains, dtype=np.int64)
        before = np.maximum.accumulate(np.where(some, number, -1), axis=1)
        after = np.minimum.accumulate(np.where(some, number, c.grains)[:, ::-1], axis=1)[:, ::-1]
        low, high = after[:, begins], before[:, ends]
        present = low <= high
        low, high = np.minimum(low, c.grains - 1), np.maximum(high, 0)

        def at(column: NDArray[Any], where: Index) -> NDArray[Any]:
            return np.take_along_axis(self._rows(column, rows), where, axis=1)

        if self._function in ("last", "last_over_time"):
            return np.where(present, at(self._last, high), np.nan), present
        if self._function in EXTREMES:
            return self._extremes(np.where(some, self._rows(self._extra, rows), np.nan)), present
        total = np.zeros((len(counts), c.grains + 1), np.int64)
        np.cumsum(counts, axis=1, out=total[:, 1:])
        inside = total[:, c.wide : c.grains + 1 : c.apart] - total[:, begins]
        if self._function == "count_over_time":
            return inside.astype(np.float64), present
        first, last = at(self._first, low), at(self._last, high)
        change = last - first
        if self._function in COUNTERS:
            lost = self._lost(rows, some, before, low, high)
            if lost is None:
                return None
            change = change + lost
        starts = np.arange(c.steps, dtype=np.int64) * (c.apart * c.width_ms)
        first_t, last_t = (
            at(column, where).astype(np.int64) for column, where in ((self._first_t, low), (self._last_t, high))
        )
        edges = (first_t - starts, starts + c.wide * c.width_ms - last_t, last_t - first_t)
        counter, rate = self._function in COUNTERS, self._function == "rate"
        found = windows.stretched(counter, rate, change, first, inside - 1, edges, c.wide * c.width_ms)
        return found, present & (inside > 1)

    def _extremes(self, cells: F64) -> F64:
        c = self._cut
        last = (c.steps - 1) * c.apart + 1
        found: F64 = EXTREMES[self._function].reduce([cells[:, i : i + last : c.apart] for i in range(c.wide)])
        return found

    def _lost(self, rows: slice, some: Mask, before: Index, low: Index, high: Index) -> F64 | float | None:
        """What counters lost to resets in each window: within grains and between them."""
        first, last = self._rows(self._first, rows), self._rows(self._last, rows)
        within = self._rows(self._extra, rows)
        previous = np.maximum(before[:, :-1], 0)
        ended = np.where(before[:, :-1] >= 0, np.take_along_axis(last, previous, axis=1), -np.inf)
        fell = some[:, 1:] & (first[:, 1:] < ended)
        if not fell.any() and not within.any():
            return 0.0
        lost = within.copy()
        lost[:, 1:] += np.where(fell, ended, 0.0)
        if not np.isfinite(lost).all():
            return None
        total = np.cumsum(lost, axis=1)
        inside = np.take_along_axis(total, high, axis=1) - np.take_along_axis(total, low, axis=1)
        found: F64 = inside + np.take_along_axis(within, low, axis=1)
        return found


def floats(mantissa: I64, exponent: NDArray[np.uint8]) -> F64:
    """Values as the table holds them, see `store/packing.py`."""
    if not exponent.any():
        return mantissa.astype(np.float64)
    same = exponent[0]
    if same != RAW and (exponent == same).all():
        return np.asarray(mantissa / _POWERS[same], np.float64)
    scaled = mantissa / _POWERS[np.minimum(exponent, 12)]
    found: F64 = np.where(exponent == RAW, mantissa.view(np.float64), scaled)
    return found
