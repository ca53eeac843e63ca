"""Series that a worker has met lately, found by a keyed hash of their labels as sent."""

from __future__ import annotations

import secrets
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarmscope.ingest.columns import I32, I64, U8, U64
from swarmscope.ingest.kernels import remote_write as k

SLOTS_FIRST = 1 << 12
ROWS_MAX = 1 << 20  # series remembered; at more the refused ones are forgotten, or all: their labels are read again
FINE_MAX = ROWS_MAX * 3 // 4
FRESH_MAX = 1 << 20  # new ones in one request
FRESH_KEPT = 1 << 14  # room for new ones that stays from request to request


class KnownSeries:
    """ids: series × 2 words; verdicts: as in `kernels.remote_write`, not FINE: its samples are refused. begun: when its counter
    began, as told (ms; 0: not). native: it was stated as one of histograms. Owned by one thread."""

    def __init__(self) -> None:
        self.secret = secrets.randbits(64)
        self.fresh: I64 = np.zeros((256, 3), np.int64)
        self._grown = False
        self.forget()

    def forget(self) -> None:
        """Know nothing."""
        self.count = 0
        self.table: U64 = np.zeros(2 * SLOTS_FIRST, np.uint64)
        self.rows: I32 = np.zeros(SLOTS_FIRST, np.int32)
        self.ids: NDArray[np.uint64] = np.zeros((SLOTS_FIRST, 2), np.uint64)
        self.verdicts: U8 = np.zeros(SLOTS_FIRST, np.uint8)
        self.begun: I64 = np.zeros(SLOTS_FIRST, np.int64)
        self.native: NDArray[np.bool_] = np.zeros(SLOTS_FIRST, bool)

    def begin(self) -> None:
        """A batch comes: rows are numbered anew only between batches."""
        if self.count > ROWS_MAX:
            self.forget_refused()
        if len(self.fresh) > FRESH_KEPT:
            self.fresh = np.zeros((256, 3), np.int64)
        self._grown = False

    def forget_refused(self) -> None:
        """Who sends series without end takes nobody's place. All are forgotten where too many were good."""
        fine = self.verdicts[: self.count] == k.FINE
        kept = int(fine.sum())
        if kept == self.count <= ROWS_MAX:
            return
        if kept > FINE_MAX:
            self.forget()
            return
        gone = np.flatnonzero((self.table[::2] | self.table[1::2]) != 0)
        gone = gone[~fine[self.rows[gone]]]
        self.table[2 * gone] = self.table[2 * gone + 1] = 0
        size = SLOTS_FIRST
        while size < 4 * (kept + 1):
            size *= 2
        self._rehashed(size, (np.cumsum(fine) - 1).astype(np.int32)[self.rows % self.count])
        self.ids, self.verdicts, self.begun, self.native = (
            _slots(a[: self.count][fine]) for a in (self.ids, self.verdicts, self.begun, self.native)
        )
        self.count = kept

    def _rehashed(self, slots: int, rows: I32) -> I64:
        """All entries in a new table of `slots`; the new slot of each old one. rows: of each old slot."""
        table, new_rows = np.zeros(2 * slots, np.uint64), np.zeros(slots, np.int32)
        moved = np.zeros(rows.size, np.int64)
        k.rehash(self.table, rows, table, new_rows, moved)
        self.table, self.rows = table, new_rows
        return moved

    def seeds(self, tenant: U64) -> tuple[np.uint64, np.uint64]:
        """Seeds of the hashes of a tenant's series. tenant: two words that nobody can guess."""
        own = np.uint64(self.secret)
        return tenant[0] ^ own, tenant[1] ^ ~own

    def grow(self, fresh: int) -> bool:
        """Room for more: whichever of table and `fresh` is full. Whether one was."""
        full = fresh >= len(self.fresh)
        if full:
            self.fresh = np.concatenate((self.fresh, np.zeros_like(self.fresh)))
        if 2 * (self.count + fresh + 2) > self.rows.size:
            moved = self._rehashed(2 * self.rows.size, self.rows)
            self.fresh[:fresh, 0] = moved[self.fresh[:fresh, 0]]
            self._grown = True
            return True
        return full

    def undo(self, fresh: int) -> None:
        """Forget the new ones of a request that is refused as a whole; those of others stay, the batch needs them."""
        at = self.fresh[:fresh, 0]
        self.table[2 * at] = 0
        self.table[2 * at + 1] = 0
        if self._grown:  # others may have been put behind them
            self._rehashed(self.rows.size, self.rows)

    def turned(self, rows: I64) -> I64:
        """Of the known ones that have histograms, those that were stated as ones of numbers."""
        rows = np.unique(rows[rows < self.count])
        found: I64 = rows[(self.verdicts[rows] == k.FINE) & ~self.native[rows]]
        return found

    def lose(self, rows: I64) -> None:
        """Some are met anew when they come again. What was read of them already keeps their rows."""
        taken = (self.table[::2] | self.table[1::2]) != 0
        at = np.flatnonzero(taken & np.isin(self.rows, rows))
        for word in (2 * at, 2 * at + 1):  # nobody is found by what is there then, and others behind it still are
            self.table[word] = ~self.table[word]

    def keep(self, ids: NDArray[np.uint64], verdicts: U8, native: NDArray[np.bool_]) -> None:
        """The new ones of a request are known from now on."""
        n = len(verdicts)
        while self.count + n > len(self.verdicts):
            self.ids = np.concatenate((self.ids, np.zeros_like(self.ids)))
            self.verdicts = np.concatenate((self.verdicts, np.zeros_like(self.verdicts)))
            self.begun = np.concatenate((self.begun, np.zeros_like(self.begun)))
            self.native = np.concatenate((self.native, np.zeros_like(self.native)))
        self.ids[self.count : self.count + n] = ids
        self.verdicts[self.count : self.count + n] = verdicts
        self.begun[self.count : self.count + n] = 0
        self.native[self.count : self.count + n] = native
        self.count += n


def _slots(rows: NDArray[Any]) -> NDArray[Any]:
    """With room behind them, SLOTS_FIRST times a power of two."""
    size = SLOTS_FIRST
    while size < len(rows):
        size *= 2
    out = np.zeros((size, *rows.shape[1:]), rows.dtype)
    out[: len(rows)] = rows
    return out
