"""Figures of the whole fleet, or of some agents, over an even grid of time: what forecasts are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from swarmscope.query.buckets import BUCKET_S, SERIES_MAX, SUMS
from swarmscope.query.reader import Reader
from swarmscope.query.times import SECOND_NS
from swarmscope.query.watch import quantiles_of

F64 = NDArray[np.float64]
STEPS_MAX = 2_000
AGENTS_MAX = 200


@dataclass(frozen=True, slots=True)
class History:
    """ends_s: end of each step, seconds since the epoch. columns: SUMS and `latency_p95_ns`, each (agents, steps), 0 or NaN
    where nothing was. agents: as asked for; [""] is the whole fleet."""

    agents: list[str]
    step_s: int
    ends_s: NDArray[np.int64]
    columns: dict[str, F64]


def figures(reads: Reader, start_s: int, steps: int, step_s: int, agents: Sequence[str] = ()) -> History:
    """`steps` steps from `start_s` on, both multiples of BUCKET_S; of the fleet as one, or of each of `agents`."""
    names = list(agents)[:AGENTS_MAX] or [""]
    steps = min(steps, STEPS_MAX)
    sums = ", ".join(f"toFloat64(sum({c})) AS {c}_sum" for c in SUMS)
    whom, where = ("agent", "agent IN {agents:Array(String)}") if agents else ("''", "agent != ''")
    rows = reads.query(
        f"SELECT {whom} AS who, toInt64(intDiv(toUnixTimestamp(bucket) - {start_s:d}, {step_s:d})) AS place, {sums}, "
        f"sumMap(duration_histogram) AS histogram FROM $agent_10s WHERE bucket >= toDateTime({max(0, start_s):d}, 'UTC') "
        f"AND bucket < toDateTime({max(0, start_s + steps * step_s):d}, 'UTC') AND {where} GROUP BY who, place",
        {"agents": names},
    )
    place = rows["place"].to_numpy().astype(np.int64)
    at = {a: i for i, a in enumerate(names)}
    who = np.array([at[a] for a in rows["who"].to_pylist()], np.int64)
    columns = {c: np.zeros((len(names), steps)) for c in SUMS}
    for c in SUMS:
        columns[c][who, place] = rows[f"{c}_sum"].to_numpy()
    columns["latency_p95_ns"] = np.full((len(names), steps), np.nan)
    (columns["latency_p95_ns"][who, place],) = quantiles_of(rows["histogram"], (0.95,))
    return History(names, step_s, start_s + step_s * np.arange(1, steps + 1), columns)


def reported(
    reads: Reader, metrics: Sequence[str], start_s: int, steps: int, step_s: int, agents: Sequence[str] = ()
) -> dict[str, F64]:
    """Means of what agents report by metric, each (agents, steps) as in `figures`, NaN where nothing was reported."""
    names = list(agents)[:AGENTS_MAX] or [""]
    steps = min(steps, STEPS_MAX)
    whom, where = ("agent", "agent IN {agents:Array(String)}") if agents else ("''", "agent != ''")
    rows = reads.query(
        f"SELECT who, metric, toInt64(intDiv(toUnixTimestamp64Nano(time) - {{start:Int64}}, {step_s * SECOND_NS})) AS place, "
        "avg(value) AS value_mean FROM (SELECT series_id, time, value FROM $samples "
        "WHERE time >= fromUnixTimestamp64Nano({start:Int64}, 'UTC') AND time < fromUnixTimestamp64Nano({end:Int64}, 'UTC') "
        f"AND series_id IN (SELECT series_id FROM $series WHERE metric IN {{metrics:Array(String)}} AND {where})) AS s "
        f"INNER JOIN (SELECT series_id, any(whom) AS who, any(what) AS metric FROM (SELECT series_id, {whom} AS whom, "
        f"metric AS what FROM $series WHERE metric IN {{metrics:Array(String)}} AND {where}) GROUP BY series_id "
        f"LIMIT {SERIES_MAX:d}) AS known USING series_id WHERE isFinite(value) GROUP BY who, metric, place",
        {
            "start": start_s * SECOND_NS,
            "end": (start_s + steps * step_s) * SECOND_NS,
            "metrics": list(metrics),
            "agents": names,
        },
    )
    at = {a: i for i, a in enumerate(names)}
    out: dict[str, F64] = {}
    who = np.array([at[a] for a in rows["who"].to_pylist()], np.int64)
    place, value = rows["place"].to_numpy().astype(np.int64), rows["value_mean"].to_numpy()
    metric = np.array(rows["metric"].to_pylist(), object)
    for name in dict.fromkeys(metric.tolist()):
        mine = metric == name
        out[name] = np.full((len(names), steps), np.nan)
        out[name][who[mine], place[mine]] = value[mine]
    return out


def activity(reads: Reader, start_s: int, steps: int, only: frozenset[str] | None = None) -> dict[str, list[int]]:
    """Spans per step of BUCKET_S from `start_s` on, a multiple of it, of every agent that had any; only: of these."""
    rows = reads.query(
        f"SELECT agent, toInt64(intDiv(toUnixTimestamp(bucket) - {start_s:d}, {BUCKET_S:d})) AS place, "
        "toInt64(sum(a.spans)) AS n FROM $agent_10s AS a "
        f"WHERE bucket >= toDateTime({max(0, start_s):d}, 'UTC') "
        f"AND bucket < toDateTime({max(0, start_s + steps * BUCKET_S):d}, 'UTC') AND agent != '' GROUP BY agent, place"
    )
    out: dict[str, list[int]] = {}
    for agent, place, n in zip(*(rows[c].to_pylist() for c in ("agent", "place", "n")), strict=True):
        if only is None or agent in only:
            out.setdefault(agent, [0] * steps)[place] = n
    return out


def first_s(reads: Reader, agent: str = "") -> int:
    """When the ten-second figures begin, seconds since the epoch; 0: there are none."""
    where = "agent = {agent:String}" if agent else "agent != ''"
    rows = reads.rows(
        f"SELECT toUnixTimestamp(min(bucket)) AS at, count() AS n FROM $agent_10s WHERE {where}", {"agent": agent}
    )
    return int(rows[0]["at"]) // BUCKET_S * BUCKET_S if rows[0]["n"] else 0
