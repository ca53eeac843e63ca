"""Series that a worker has met lately, found by a keyed hash of their labels as sent."""

from __future__ import annotations

import secrets

import numpy as np
from numpy.typing import NDArray

from swarmscope.ingest.columns import I32, I64, U8, U64
from swarmscope.ingest.kernels import remote_write as k

SLOTS_FIRST = 1 << 12
ROWS_MAX = 1 << 20  # series remembered; at more all are forgotten, which costs their labels being read again
FRESH_MAX = 1 << 20  # new ones in one request


class KnownSeries:
    """ids: series × 2 words; verdicts: as in `kernels.remote_write`, not FINE: its samples are refused. begun: when its counter
    began, as told (ms; 0: not). Owned by one thread."""

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
        self._grown = True

    def begin(self) -> None:
        """A request comes."""
        if self.count > ROWS_MAX:
            self.forget()
        self._grown = False

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
            table, rows = np.zeros(2 * self.table.size, np.uint64), np.zeros(2 * self.rows.size, np.int32)
            moved = np.zeros(self.rows.size, np.int64)
            k.rehash(self.table, self.rows, table, rows, moved)
            self.fresh[:fresh, 0] = moved[self.fresh[:fresh, 0]]
            self.table, self.rows, self._grown = table, rows, True
            return True
        return full

    def undo(self, fresh: int) -> None:
        """Forget the new ones of a request that is refused as a whole."""
        if self._grown:  # others may have been put behind them
            self.forget()
            return
        at = self.fresh[:fresh, 0]
        self.table[2 * at] = 0
        self.table[2 * at + 1] = 0

    def keep(self, ids: NDArray[np.uint64], verdicts: U8) -> None:
        """The new ones of a request are known from now on."""
        n = len(verdicts)
        while self.count + n > len(self.verdicts):
            self.ids = np.concatenate((self.ids, np.zeros_like(self.ids)))
            self.verdicts = np.concatenate((self.verdicts, np.zeros_like(self.verdicts)))
            self.begun = np.concatenate((self.begun, np.zeros_like(self.begun)))
        self.ids[self.count : self.count + n] = ids
        self.verdicts[self.count : self.count + n] = verdicts
        self.begun[self.count : self.count + n] = 0
        self.count += n
