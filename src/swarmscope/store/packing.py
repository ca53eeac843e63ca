"""Values of samples as decimals: a whole number and a power of ten, from which the same float comes back bit for bit.

Numbers that people and programs report are decimals with few digits. As whole numbers, neighbours of a series differ by few
bits, and the codecs of the table cut the others off; a float differs from its neighbour nearly everywhere. The exponent of a
series never falls while this program runs, or two neighbours with one digit more or less would be far apart. Source of the
idea: VictoriaMetrics' nearest delta, and ALP (Afroozeh, Kuffo, Boncz 2023), which both choose it per block.
"""

from __future__ import annotations

import threading

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from swarmscope.store import kernels, ordering

TABLE = "samples"
RAW = kernels.RAW  # exponent of values that are no decimals: their bits stand in `mantissa`
EXPONENT_MAX = kernels.EXPONENT_MAX
EXACT_MAX = kernels.EXACT_MAX  # whole numbers below it are exact in a float, so that dividing rounds once
SLOTS = 1 << 20
_POWERS = 10.0 ** np.arange(EXPONENT_MAX + 1)
_NEVER = np.uint8(kernels.NEVER)  # remembered of a series whose values are no decimals

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]
U64 = NDArray[np.uint64]


class Decimals:
    """Packs values; remembers for each series how many digits it needed. Any thread. Forgetting costs bytes, never digits."""

    def __init__(self, slots: int = SLOTS) -> None:
        """slots: a power of two."""
        self._mask = np.uint64(slots - 1)
        self._owner: U64 = np.zeros(slots, np.uint64)
        self._digits: U8 = np.zeros(slots, np.uint8)
        self._lock = threading.Lock()

    def table(self, rows: pa.Table) -> pa.Table:
        """Rows of `samples` as the store has them: `mantissa` and `exponent` in place of `value`, and no `batch_id`."""
        ids = _fixed(rows["series_id"])
        values = rows["value"].to_numpy()
        mantissa, exponent = self.pack(ids[:, 1] ^ ids[:, 0], values)
        at = rows.schema.get_field_index("value")
        if "batch_id" in rows.column_names:
            rows = rows.drop_columns("batch_id")
        packed = rows.remove_column(at).append_column("mantissa", pa.array(mantissa))
        return ordering.in_order(packed.append_column("exponent", pa.array(exponent)), ids)

    def pack(self, series: U64, values: F64) -> tuple[I64, U8]:
        """(mantissa, exponent) of every value. series: a word that stands for its series."""
        loops = kernels.LOOPS.get()
        if loops is not None:
            values, series = np.ascontiguousarray(values), np.ascontiguousarray(series)
            mantissa, exponent = np.empty(values.size, np.int64), np.empty(values.size, np.uint8)
            bits = values.view(np.int64)
            with self._lock:
                loops.decimals(series, values, bits, self._owner, self._digits, _POWERS, mantissa, exponent)
            return mantissa, exponent
        with self._lock, np.errstate(all="ignore"):
            slot = (series & self._mask).astype(np.int64)
            mine = self._owner[slot] == series
            known = np.where(mine, self._digits[slot], np.uint8(0))
            mantissa, exponent = _pack(values, known)
            found = np.where(np.isfinite(values), np.where(exponent == RAW, _NEVER, exponent), known)
            self._owner[slot], self._digits[slot] = series, found
        return mantissa, exponent


def _pack(values: F64, digits: U8) -> tuple[I64, U8]:
    mantissa: I64 = values.view(np.int64).copy()
    exponent: U8 = np.full(values.size, RAW, np.uint8)
    open_ = np.flatnonzero(np.isfinite(values) & (digits <= EXPONENT_MAX) & ((values != 0) | ~np.signbit(values)))
    tried = digits[open_].astype(np.int64)
    while open_.size:
        chosen = values[open_]
        power = _POWERS[tried]
        whole = np.rint(chosen * power)
        good = (np.abs(whole) < EXACT_MAX) & (whole / power == chosen)
        at = open_[good]
        mantissa[at] = whole[good].astype(np.int64)
        exponent[at] = tried[good].astype(np.uint8)
        again = ~good & (tried < EXPONENT_MAX) & (np.abs(whole) < EXACT_MAX)
        open_, tried = open_[again], tried[again] + 1
    return mantissa, exponent


def _fixed(column: pa.ChunkedArray) -> U64:
    """A column of 16 raw bytes as (n, 2) words."""
    whole = column.combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = pa.concat_arrays(whole.chunks) if whole.num_chunks else pa.array([], pa.binary(16))
    words = np.frombuffer(whole.buffers()[1] or b"", np.uint64)[2 * whole.offset : 2 * (whole.offset + len(whole))]
    return words.reshape(-1, 2)
