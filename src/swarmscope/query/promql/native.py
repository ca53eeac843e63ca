"""Rows of the table `histograms` as native histograms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from swarmscope.query.promql import store
from swarmscope.query.promql.histogram import CUSTOM, Histogram, Side
from swarmscope.query.promql.ids import between, condition
from swarmscope.query.promql.labels import Mask
from swarmscope.query.promql.values import STALE, Objects, Samples, is_stale
from swarmscope.query.reader import Reader

COLUMNS = (
    "series_id AS id, toUnixTimestamp64Milli(time) AS t, count AS n, sum AS s, scale, bounds, bucket_counts AS buckets, "
    "zero_count AS zc, zero_threshold AS zt, positive_offset AS po, positive_counts AS pc, negative_offset AS no, "
    "negative_counts AS nc, reset_hint AS hint"
)


def read(reads: Reader, ids: NDArray[np.void], start_ms: int, end_ms: int) -> pa.Table:
    """Rows of series, sorted by series, time and arrival."""
    where, params = condition(ids)
    return reads.query(
        f"SELECT {COLUMNS} FROM $histograms WHERE {where} AND {between(start_ms, end_ms)} "
        "ORDER BY series_id, time, batch_id",
        params,
    )


def of_rows(reads: Reader, ids: NDArray[np.void], delta: Mask, start_ms: int, end_ms: int) -> Samples:
    """Samples of histogram series, in the order of `ids`. A marker of staleness is a float."""
    table = read(reads, ids, start_ms, end_ms)
    found = ids_of(table)
    sums = table["s"].to_numpy()
    stale = is_stale(sums)
    histograms = decoded(table)
    histograms[stale] = None
    values = np.where(stale, STALE, np.nan)
    samples = store.arranged(ids, found, table["t"].to_numpy(), values, histograms)
    if samples.histograms is not None and not len(samples.times):
        samples.histograms = None
    return store.with_periods(samples, delta)


def ids_of(table: pa.Table) -> NDArray[np.void]:
    """The ids of rows."""
    raw = b"".join(table["id"].to_pylist())
    return np.frombuffer(raw, "V16")


def decoded(table: pa.Table) -> Objects:
    """One Histogram per row."""
    names = ("n", "s", "scale", "bounds", "buckets", "zc", "zt", "po", "pc", "no", "nc", "hint")
    columns = [table[name].to_pylist() for name in names]
    out = np.empty(table.num_rows, object)
    for i, row in enumerate(zip(*columns, strict=True)):
        out[i] = _histogram(*row)
    return out


def _histogram(
    count: float,
    total: float,
    scale: int,
    bounds: list[float],
    buckets: list[float],
    zero: float,
    threshold: float,
    positive_offset: int,
    positive: list[float],
    negative_offset: int,
    negative: list[float],
    hint: int,
) -> Histogram:
    if scale == CUSTOM or bounds or buckets:
        counts = np.array(buckets or positive, np.float64)
        side = Side(np.arange(len(counts), dtype=np.int64), counts).compact()
        return Histogram(CUSTOM, count, total, positive=side, bounds=tuple(bounds), hint=hint)
    schema = min(scale, 8)
    h = Histogram(
        scale,
        count,
        total,
        threshold,
        zero,
        _side(positive_offset, positive),
        _side(negative_offset, negative),
        hint=hint,
    )
    return h if schema == scale else h.at_schema(schema)


def _side(offset: int, counts: list[float]) -> Side:
    """OTLP's bucket i ends at base^(offset + i + 1), which is Prometheus' index offset + i + 1."""
    values = np.array(counts, np.float64)
    return Side(np.arange(offset + 1, offset + 1 + len(values), dtype=np.int64), values).compact()


def rows_of(table: pa.Table) -> list[dict[str, Any]]:
    """Rows as dicts."""
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows
