"""How long matching spans took, over time: a heat map with percentiles."""

from __future__ import annotations

from typing import Any

import numpy as np

from swarmscope.query.conditions import Condition
from swarmscope.query.reader import Reader
from swarmscope.query.search import between
from swarmscope.query.times import Window, parse_duration

PER_OCTAVE = 2  # duration buckets: each is √2 times as wide as the one before
SHORTEST_NS = 1000  # all that is shorter falls into one bucket


def heat_map(reads: Reader, q: str, within: Window, step: str | None, buckets: int, roots: bool) -> dict[str, Any]:
    """In the shape of `Latency`. Percentiles are exact up to 8,192 spans per time bucket, sampled beyond."""
    condition = Condition(reads, "spans", q)
    step_ns = within.step_ns(max(buckets, 500) if step else buckets, parse_duration(step, "step") if step else None)
    first = within.start_ns // step_ns
    count = -(-within.end_ns // step_ns) - first
    where = f"{between('start_time', within)} AND {condition.sql}"
    where += " AND parent_span_id = toFixedString('', 8)" if roots else ""
    table = condition.source(reads.spans(within))
    bucket = f"toInt32(intDiv(toUnixTimestamp64Nano(start_time), {step_ns:d}) - {first:d}) AS bucket"
    totals = reads.query(
        f"SELECT {bucket}, count() AS n, countIf(status_code = 2) AS errors, "
        f"quantiles(0.5, 0.95, 0.99)(duration_ns) AS q FROM {table} WHERE {where} GROUP BY bucket",
        condition.params,
    )
    cells = reads.query(
        f"SELECT {bucket}, toInt32(ceil({PER_OCTAVE} * log2(greatest(duration_ns, {SHORTEST_NS})))) AS width, count() AS n "
        f"FROM {table} WHERE {where} GROUP BY bucket, width",
        condition.params,
    )
    at = totals["bucket"].to_numpy()
    quantiles = dict(zip(at.tolist(), totals["q"].to_pylist(), strict=True))
    widths = cells["width"].to_numpy()
    low, high = (int(widths.min()), int(widths.max())) if len(widths) else (0, -1)
    counts = np.zeros((count, high - low + 1), np.int64)
    counts[cells["bucket"].to_numpy(), widths - low] = cells["n"].to_numpy()
    return {
        "window": within.json(),
        "step_ms": step_ns // 1_000_000,
        "times_ms": times_ms(first, count, step_ns),
        "bounds_ns": [round(2 ** (w / PER_OCTAVE)) for w in range(low, high + 1)],
        "counts": counts,
        "total": spread(at, totals["n"].to_numpy(), count),
        "errors": spread(at, totals["errors"].to_numpy(), count),
        **{f"p{p}_ns": [_rounded(quantiles, i, k) for i in range(count)] for k, p in enumerate((50, 95, 99))},
    }


def times_ms(first: int, count: int, step_ns: int) -> list[int]:
    """Starts of `count` buckets from number `first` on."""
    return [(first + i) * step_ns // 1_000_000 for i in range(count)]


def spread(at: np.ndarray[Any, Any], values: np.ndarray[Any, Any], count: int) -> np.ndarray[Any, Any]:
    """Values put at their buckets, zero elsewhere."""
    out = np.zeros(count, np.int64)
    out[at] = values
    return out


def _rounded(quantiles: dict[int, list[float]], bucket: int, which: int) -> int | None:
    return round(quantiles[bucket][which]) if bucket in quantiles else None
