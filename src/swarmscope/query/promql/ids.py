"""Series ids and times as conditions on the tables of samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

EARLIEST_MS, LATEST_MS = -2_000_000_000_000, 9_000_000_000_000
LISTED_MAX = 1000
PREFIXES_MAX = 1000
LAST = b"\xff" * 8


def keys_of(ids: NDArray[np.void]) -> list[bytes]:
    """Ids as bytes."""
    raw = ids.tobytes()
    return [raw[i : i + 16] for i in range(0, len(raw), 16)]


def between(start_ms: int, end_ms: int) -> str:
    """A condition on `time`, both ends included."""
    low, high = max(start_ms, EARLIEST_MS), min(end_ms, LATEST_MS)
    return (
        f"time >= fromUnixTimestamp64Milli(toInt64({low:d}), 'UTC') "
        f"AND time <= fromUnixTimestamp64Milli(toInt64({high:d}), 'UTC')"
    )


def condition(ids: NDArray[np.void]) -> tuple[str, dict[str, object]]:
    """A condition on `series_id` that holds for these ids, by ranges of their metrics where there are many of them.

    With ranges it may hold for others too: who reads must leave those out.
    """
    keys = keys_of(ids)
    if len(keys) <= LISTED_MAX:
        listed = ", ".join(map(literal, keys))
        return f"series_id IN ({listed})", {}
    prefixes = sorted({key[:8] for key in keys})
    ranges = "1"
    if len(prefixes) <= PREFIXES_MAX:
        ranges = " OR ".join(
            f"series_id BETWEEN {literal(prefix + bytes(8))} AND {literal(prefix + LAST)}" for prefix in prefixes
        )
    return f"({ranges})", {}


def literal(key: bytes) -> str:
    """An id as SQL."""
    return f"toFixedString(unhex('{key.hex()}'), 16)"


def words(ids: NDArray[np.void]) -> NDArray[np.uint64]:
    """Ids as two numbers each."""
    return np.frombuffer(ids.tobytes(), "<u8").reshape(-1, 2)
