"""Which series were there in a time that is over: nothing keeps when a series was first seen, so its samples are asked.

Rollups answer for all but the last hours of the time, so the answer is coarse by an hour, in a time of days by a day.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from swarmscope.query.promql.ids import between, condition, keys_of
from swarmscope.query.promql.labels import Mask
from swarmscope.query.reader import Reader

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
RAW_MS = 6 * HOUR_MS  # rollups are behind by less
HOURLY_MS = 3 * DAY_MS
_LATEST_S = 2**32 - 1


def there(reads: Reader, ids: NDArray[np.void], start_ms: int, end_ms: int) -> Mask:
    """Of each series whether it has samples or histograms from start to end, or close to that."""
    where, params = condition(ids)
    parts = [
        f"samples WHERE {between(max(start_ms, end_ms - RAW_MS), end_ms)}",
        f"histograms WHERE {between(start_ms, end_ms)}",
        f"samples_1h WHERE {_buckets(max(start_ms, end_ms - HOURLY_MS), end_ms, HOUR_MS)}",
    ]
    if end_ms - start_ms > HOURLY_MS:
        parts.append(f"samples_1d WHERE {_buckets(start_ms, end_ms - DAY_MS, DAY_MS)}")
    union = " UNION ALL ".join(f"SELECT DISTINCT series_id FROM ${part} AND {where}" for part in parts)
    found = reads.query(f"SELECT DISTINCT series_id AS id FROM ({union})", params)
    known = set(found["id"].to_pylist())
    return np.array([key in known for key in keys_of(ids)], bool)


def _buckets(start_ms: int, end_ms: int, width_ms: int) -> str:
    low, high = (min(max(0, at // 1000), _LATEST_S) for at in (start_ms // width_ms * width_ms, end_ms))
    return f"bucket >= toDateTime({low:d}, 'UTC') AND bucket <= toDateTime({high:d}, 'UTC')"
