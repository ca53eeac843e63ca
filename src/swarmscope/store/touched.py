"""Which times of `samples` may have changed since they were read, where one process alone writes to the store."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

WINDOW_MS = 300_000
_OF_ANOTHER = re.compile(
    r"(?:\s|--[^\n]*\n)*(?:(?:INSERT\s+INTO|ALTER\s+TABLE|DELETE\s+FROM|OPTIMIZE\s+TABLE)\s++`?+(?!samples\b)|SYSTEM\s)",
    re.IGNORECASE,
)


class Touched:
    """Counts changes by five minutes. Written by the inserting and commanding threads, read by any: numbers only grow."""

    def __init__(self) -> None:
        self._windows: dict[int, int] = {}
        self._everywhere = 0

    def inserted(self, rows: pa.Table) -> None:
        """Rows of `samples` were inserted, or may have been."""
        times = pc.cast(rows["time"], pa.int64()).to_numpy() // (WINDOW_MS * 1_000_000)
        first, last = int(times.min()), int(times.max())
        found = [first] if first == last else np.unique(times).tolist()
        for window in found:
            self._windows[window] = self._windows.get(window, 0) + 1

    def commanded(self, sql: str) -> None:
        """A statement was run that may change any table, unless it names another one."""
        if not _OF_ANOTHER.match(sql):
            self._everywhere += 1

    def of(self, start_ms: int, end_ms: int) -> int:
        """Grows whenever samples of that time may have changed; `end_ms` is not included."""
        first, last = start_ms // WINDOW_MS, -(-end_ms // WINDOW_MS)
        return self._everywhere + sum(self._windows.get(window, 0) for window in range(first, last))
