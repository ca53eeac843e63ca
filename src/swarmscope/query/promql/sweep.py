"""Functions over the windows of many series, from samples that are kept in memory (`hours`), by machine code (`kernels`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarmscope.query.promql import compiled, kernels
from swarmscope.query.promql.hours import Hours, Part
from swarmscope.query.promql.labels import Mask
from swarmscope.query.promql.source import Window
from swarmscope.query.promql.values import F64, I64
from swarmscope.query.reader import Reader, together

CHANGES = {"delta": kernels.DELTA, "increase": kernels.INCREASE, "rate": kernels.RATE}
EXTREMES = {"min_over_time": kernels.MIN, "max_over_time": kernels.MAX}
FUNCTIONS = frozenset({"last", "last_over_time", "count_over_time", *CHANGES, *EXTREMES})
OVERLAP_MAX = 64  # windows that hold one sample: extremes look at each anew
SPAN_MAX_MS = 1 << 30
SERIES = 256  # at once: their samples stay in the processor's cache
ALONE_MAX = 2048  # series for which a second thread is not worth its start


def swept(reads: Reader, ids: NDArray[np.void], window: Window, whole: bool) -> tuple[F64, Mask] | None:
    """The function over the grid per series, (series, steps); None where it is not computed here. whole: see `Hours.parts`."""
    grid, wide = window.grid, window.range_ms
    base = grid.start_ms - wide
    if window.function not in FUNCTIONS or grid.end_ms - base >= SPAN_MAX_MS:
        return None
    if window.function in EXTREMES and wide > OVERLAP_MAX * grid.step_ms and grid.count > 1:
        return None
    loops = compiled.loops()
    if loops is None:
        return None
    parts = reads.kept(Hours).parts(reads, ids, base + 1, grid.end_ms, whole)
    if parts is None:
        return None
    work = _Sweep(
        loops, window, _places(parts, ids), np.empty((len(ids), grid.count)), np.empty((len(ids), grid.count), bool)
    )
    chunks = [slice(i, min(len(ids), i + SERIES)) for i in range(0, len(ids), SERIES)]
    shares = [chunks] if len(ids) <= ALONE_MAX else [chunks[0::2], chunks[1::2]]
    together([partial(work.run, share) for share in shares])
    return work.values, work.present


def _places(parts: Sequence[Part], ids: NDArray[np.void]) -> list[tuple[Part, I64, I64]]:
    """Where the samples of each series stand in each slot: (slot, first, count)."""
    words = np.frombuffer(ids.tobytes(), np.uint64)[1::2]
    out = []
    for part in parts:
        first, count = np.zeros(len(words), np.int64), np.zeros(len(words), np.int64)
        first[part.rows], count[part.rows] = part.slot.find(words[part.rows])
        out.append((part, first, count))
    return out


@dataclass(slots=True)
class _Sweep:
    """One function over many series, some hundred at a time."""

    loops: Any
    window: Window
    places: list[tuple[Part, I64, I64]]
    values: F64
    present: Mask

    def run(self, chunks: Sequence[slice]) -> None:
        """Fill these rows."""
        most = max((int(sum(count[rows].sum() for _, _, count in self.places)) for rows in chunks), default=0)
        t, v = np.empty(most, np.int32), np.empty(most)
        for rows in chunks:
            begin, end = self._gathered(rows, t, v)
            self._windows(begin, end, t, v, self.values[rows], self.present[rows])

    def _gathered(self, rows: slice, t: NDArray[np.int32], v: F64) -> tuple[I64, I64]:
        """Put the samples of some series together; where each one's begin and end."""
        total = np.zeros(rows.stop - rows.start, np.int64)
        for _, _, count in self.places:
            total += count[rows]
        begin = np.cumsum(total) - total
        end = begin.copy()
        base = self.window.grid.start_ms - self.window.range_ms
        for part, first, count in self.places:
            slot, shift = part.slot, part.start_ms - base
            if slot.values.dtype == np.int32:
                self.loops.gather_whole(first[rows], count[rows], slot.t, slot.values, slot.divisor, shift, end, t, v)
            else:
                markers, bits = self.window.function == "last", slot.values.view(np.uint64)
                self.loops.gather_floats(
                    first[rows], count[rows], slot.t, bits, markers, shift, end, t, v.view(np.uint64)
                )
        return begin, end

    def _windows(self, begin: I64, end: I64, t: NDArray[np.int32], v: F64, out: F64, present: Mask) -> None:
        step, wide, name = self.window.grid.step_ms, self.window.range_ms, self.window.function
        if name in CHANGES:
            self.loops.change(begin, end, t, v, step, wide, CHANGES[name], out, present)
        elif name in EXTREMES:
            self.loops.extreme(begin, end, t, v, step, wide, EXTREMES[name], out, present)
        elif name == "count_over_time":
            self.loops.count(begin, end, t, step, wide, out, present)
        else:
            self.loops.last(begin, end, t, v, v.view(np.uint64), step, wide, name == "last", out, present)
