"""Rows of `samples` in the order of the table before they are inserted: the store finds them sorted and need not sort.

Sorting takes the store half of an insert, as it compares four columns row by row; here it is one word per row. Only the speed
of the insert depends on it: what is not quite in order the store sorts itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from swarmscope.store import kernels

HOUR_NS = 3_600_000_000_000
DISTINCT_MAX = 1024  # metrics, or moments, of one insert
ROWS_MIN = 2_000
U64 = NDArray[np.uint64]


def in_order(rows: pa.Table, ids: U64) -> pa.Table:
    """`rows` as the table sorts them, or as they are. ids: (n, 2) words of `series_id`."""
    loops = kernels.LOOPS.get()
    times = pc.cast(rows["time"], pa.int64()).to_numpy().view(np.uint64)
    if loops is None or rows.num_rows < ROWS_MIN or len(pc.unique(rows["tenant"])) > 1:
        return rows
    if times.min() // HOUR_NS != times.max() // HOUR_NS:
        return rows
    compared = ids.byteswap()
    first, second = np.ascontiguousarray(compared[:, 0]), np.ascontiguousarray(compared[:, 1])
    metrics, moments = _distinct(loops, first), _distinct(loops, times)
    if metrics is None or moments is None:
        return rows
    moment_bits = max(1, int(len(moments) - 1).bit_length())
    second_bits = 64 - moment_bits - max(1, int(len(metrics) - 1).bit_length())
    keys = np.empty(rows.num_rows, np.uint64)
    loops.keys(first, second, times, metrics, moments, second_bits, moment_bits, keys)
    return rows.take(pa.array(_order(loops, keys)))


def _order(loops: Any, keys: U64) -> NDArray[np.int64]:
    """Positions of the words, ascending. Of series as hashes name them hardly any are alike in their first bits."""
    bits = keys.size.bit_length() - 2
    found = np.empty(keys.size, np.int64)
    if loops.order(keys, 64 - bits, np.zeros((1 << bits) + 1, np.int64), np.empty_like(keys), found):
        return found
    return np.argsort(keys)


def _distinct(loops: Any, values: U64) -> U64 | None:
    """The different values, ascending; None: too many."""
    found = np.empty(DISTINCT_MAX, np.uint64)
    n = int(loops.distinct(values, np.zeros(4 * DISTINCT_MAX, np.uint64), np.zeros(4 * DISTINCT_MAX, np.uint8), found))
    return None if n < 0 else np.sort(found[:n])
