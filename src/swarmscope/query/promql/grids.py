"""Range functions that ClickHouse computes where the samples lie: its `timeSeries…ToGrid` family.

Used for what a test holds exact against the functions of `windows`. Each sample counts once: of samples written for the same
time, the largest; markers of staleness end a series for instant selectors and count for nothing in ranges.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import numpy as np
import pyarrow as pa

from swarmscope.query.promql import grains, ids, sweep
from swarmscope.query.promql.labels import Mask
from swarmscope.query.promql.series import Rows
from swarmscope.query.promql.source import Window
from swarmscope.query.promql.values import F64, is_stale
from swarmscope.query.reader import Reader

FUNCTIONS = {
    "last": "timeSeriesLastToGrid",
    "rate": "timeSeriesRateToGrid",
    "increase": "timeSeriesIncreaseToGrid",
    "delta": "timeSeriesDeltaToGrid",
    "irate": "timeSeriesInstantRateToGrid",
    "idelta": "timeSeriesInstantDeltaToGrid",
    "last_over_time": "timeSeriesLastToGrid",
    "sum_over_time": "timeSeriesSumToGrid",
    "avg_over_time": "timeSeriesAvgToGrid",
    "min_over_time": "timeSeriesMinToGrid",
    "max_over_time": "timeSeriesMaxToGrid",
    "count_over_time": "timeSeriesCountToGrid",
    "resets": "timeSeriesResetsToGrid",
}
COUNTING = frozenset({"rate", "increase", "irate", "resets"})
"""Functions for which samples of deltas must be added up, which is not done here."""
CELLS_MAX = 30_000_000
FEW = 16  # series: their samples are read faster than the engine plans a grid
VALUE = "if(exponent = 127, reinterpretAsFloat64(mantissa), mantissa / intExp10(exponent))"
"""`value` of the table, in a form that costs a fifth less."""
LIVE = " AND NOT (exponent = 127 AND mantissa = 9218868437227405314)"
BLOCK_ROWS = 131_072
SHARE_MIN = 0.25  # of the series of a metric: for fewer, reading all of them to keep them would be waste


def gridded(reads: Reader, rows: Rows, window: Window, share: Callable[[], float]) -> tuple[F64, Mask] | None:
    """The function over the grid per series, (series, steps); None where it is not computed here.

    share: tells which part of the series of their metrics these are.
    """
    function = FUNCTIONS.get(window.function)
    grid = window.grid
    if function is None or (window.function in COUNTING and rows.delta.any()):
        return None
    if grid.start_ms < 0 or grid.end_ms > ids.LATEST_MS or len(rows.ids) * grid.count > CELLS_MAX:
        return None
    few = len(rows.ids) <= FEW
    if few or share() >= SHARE_MIN:
        kept = sweep.swept(reads, rows.ids, window, whole=not few)
        if kept is not None:
            return kept
    if few:
        return None
    found = streamed(reads, rows, window)
    if found is not None:
        return found
    start, end = grid.start_ms, grid.end_ms
    step = grid.step_ms if grid.count > 1 else 1000
    where, params = ids.condition(rows.ids)
    live = "" if window.function == "last" else LIVE
    of = f"({_time(start)}, {_time(end)}, toDecimal64('{_seconds(step)}', 3), toDecimal64('{_seconds(window.range_ms)}', 3))"
    table = reads.query(
        f"SELECT series_id AS id, {function}{of}(time, {VALUE}) AS g FROM $samples "
        f"WHERE {where} AND {ids.between(start - window.range_ms + 1, end)}{live} GROUP BY series_id "
        "SETTINGS enable_time_series_aggregate_functions = 1",
        params,
    )
    values, present = _placed(rows, table, grid.count, window.function)
    if window.function in ("rate", "increase") and np.isnan(values[present]).any():
        return None  # an infinite sample spoils the windows after it as well
    return values, present


def streamed(reads: Reader, rows: Rows, window: Window) -> tuple[F64, Mask] | None:
    """As `gridded`, from the samples as they come; None where that is not exact or takes too many sums."""
    passes = grains.cut(window, len(rows.ids)) if window.function in grains.FUNCTIONS else None
    roll = grains.Roll(rows.ids)
    if passes is None or not roll.unique:
        return None
    values = np.full((len(rows.ids), window.grid.count), np.nan)
    present = np.zeros(values.shape, bool)
    where, _ = ids.condition(rows.ids)
    for steps, cut in passes:
        sums = grains.Grains(window.function, cut, roll)
        sql = (
            f"SELECT series_id AS id, toUInt32(toUnixTimestamp64Milli(time) - ({cut.base_ms:d})) AS t, mantissa, exponent "
            f"FROM $samples WHERE {where} AND {ids.between(cut.base_ms + 1, cut.end_ms)} "
            f"SETTINGS max_block_size = {BLOCK_ROWS}, preferred_block_size_bytes = 0"
        )
        with closing(reads.blocks(sql)) as blocks:
            for block in blocks:
                sums.add(block)
        if not sums.finish() or not sums.windows(values[:, steps], present[:, steps]):
            return None
    if window.function == "last":
        present &= ~is_stale(values)
    return values, present


def _time(ms: int) -> str:
    return f"fromUnixTimestamp64Milli(toInt64({ms:d}), 'UTC')"


def _seconds(ms: int) -> str:
    return f"{ms // 1000}.{ms % 1000:03d}"


def _placed(rows: Rows, table: pa.Table, steps: int, function: str) -> tuple[F64, Mask]:
    """The answer's rows in the order of the series."""
    values = np.full((len(rows.ids), steps), np.nan)
    present = np.zeros(values.shape, bool)
    places = {key: number for number, key in enumerate(ids.keys_of(rows.ids))}
    at = np.array([places.get(key, -1) for key in table["id"].to_pylist()], np.int64)
    known = at >= 0
    flat = table["g"].combine_chunks().flatten()
    found = np.asarray(flat.is_valid()).reshape(-1, steps)
    numbers = flat.fill_null(np.nan).to_numpy(zero_copy_only=False).reshape(-1, steps)
    values[at[known]] = numbers[known]
    present[at[known]] = found[known]
    if function == "last":
        present &= ~is_stale(values)
    return values, present
