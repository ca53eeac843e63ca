"""The ten-second figures of a whole fleet as columns, and what agents report of themselves, in the same buckets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from swarmscope.query.reader import Reader
from swarmscope.query.times import SECOND_NS
from swarmscope.query.watch import quantiles_of

BUCKET_S = 10
SUMS = (
    "spans", "errors", "llm_calls", "llm_errors", "tool_calls", "tool_errors", "input_tokens", "output_tokens",
    "cost_nano_usd", "duration_sum_ns", "llm_duration_sum_ns", "ttft_sum_ns", "ttft_count",
)  # fmt: skip
SERIES_MAX = 200_000


@dataclass(frozen=True, slots=True)
class Buckets:
    """Rows of (agent, bucket). at: start of the bucket in seconds since the epoch. columns: SUMS, `distinct_calls` (sketch
    bits set), `latency_p95_ns` (NaN: no spans)."""

    agent: list[str]
    at: NDArray[np.int64]
    columns: dict[str, NDArray[np.float64]]

    def only(self, rows: NDArray[np.int64]) -> Buckets:
        """These rows of it."""
        agents = [self.agent[i] for i in rows.tolist()]
        return Buckets(agents, self.at[rows], {name: column[rows] for name, column in self.columns.items()})


def fleet(reads: Reader, starts: Sequence[int]) -> Buckets:
    """Every agent's figures of the buckets that begin at `starts` (seconds, multiples of BUCKET_S)."""
    if not starts:
        return Buckets([], np.zeros(0, np.int64), {})
    wanted = sorted(set(starts))
    return _read(
        reads, wanted[0], wanted[-1], "toInt64(toUnixTimestamp(bucket)) IN {starts:Array(Int64)}", {"starts": wanted}
    )


def of_agent(reads: Reader, agent: str, start_s: int, end_s: int) -> Buckets:
    """One agent's figures, oldest first. start_s, end_s: seconds, multiples of BUCKET_S; the end is not included."""
    return _read(reads, start_s, end_s - BUCKET_S, "agent = {agent:String}", {"agent": agent})


def _read(reads: Reader, first_s: int, last_s: int, where: str, params: dict[str, object]) -> Buckets:
    sums = ", ".join(f"toFloat64(sum({c})) AS {c}_sum" for c in SUMS)
    rows = reads.query(
        f"SELECT agent, toInt64(toUnixTimestamp(bucket)) AS at, {sums}, "
        "toFloat64(bitCount(groupBitOr(calls_seen))) AS distinct_calls, sumMap(duration_histogram) AS histogram "
        f"FROM $agent_10s WHERE bucket >= toDateTime({max(0, first_s):d}, 'UTC') "
        f"AND bucket <= toDateTime({max(0, last_s):d}, 'UTC') "
        f"AND {where} AND agent != '' GROUP BY agent, bucket ORDER BY bucket",
        params,
    )
    columns = {c: rows[f"{c}_sum"].to_numpy() for c in SUMS}
    columns["distinct_calls"] = rows["distinct_calls"].to_numpy()
    (columns["latency_p95_ns"],) = quantiles_of(rows["histogram"], (0.95,))
    return Buckets(rows["agent"].to_pylist(), rows["at"].to_numpy().astype(np.int64), columns)


def reported(reads: Reader, metrics: Sequence[str], start_s: int, end_s: int, agent: str = "") -> pa.Table:
    """Means per agent, metric and bucket of what agents report: columns agent, metric, at, value, samples.

    start_s, end_s: seconds since the epoch, multiples of BUCKET_S; the end is not included. agent: of this one only.
    """
    whose = "agent = {agent:String}" if agent else "agent != ''"
    return reads.query(
        f"SELECT agent, metric, toInt64(intDiv(toUnixTimestamp64Nano(time), {BUCKET_S * SECOND_NS}) * {BUCKET_S}) AS at, "
        "avg(value) AS value_mean, count() AS samples FROM (SELECT series_id, time, value FROM $samples "
        "WHERE time >= fromUnixTimestamp64Nano({start:Int64}, 'UTC') AND time < fromUnixTimestamp64Nano({end:Int64}, 'UTC') "
        "AND series_id IN (SELECT series_id FROM $series WHERE metric IN {metrics:Array(String)} AND "
        + whose
        + ")) AS s "
        "INNER JOIN (SELECT series_id, any(who) AS agent, any(what) AS metric FROM (SELECT series_id, agent AS who, "
        "metric AS what FROM $series WHERE metric IN {metrics:Array(String)} AND "
        + whose
        + ") GROUP BY series_id LIMIT "
        f"{SERIES_MAX:d}) AS known USING series_id WHERE isFinite(value) GROUP BY agent, metric, at",
        {"start": start_s * SECOND_NS, "end": end_s * SECOND_NS, "metrics": list(metrics), "agent": agent},
    )
