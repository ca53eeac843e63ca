"""What groups of agents do now: the figures that scaling is decided by.

Groups are made of the fleet's view; their figures are sums over the ten-second rollup and means of what their agents report,
both by one query over all groups.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarmscope.model.scaling import Load, Scope
from swarmscope.query.reader import Reader
from swarmscope.query.states import ABANDONED, WAITING, WORKING
from swarmscope.query.times import SECOND_NS
from swarmscope.query.watch import FleetView, quantiles_of

F64 = NDArray[np.float64]
WINDOW_S = 300
PAST_STEP_S = 30
PAST_STEPS = 150
GROUPS_MAX = 1_000
METRICS: dict[str, tuple[str, ...]] = {
    "cpu": (
        "process.cpu.utilization", "container.cpu.utilization", "system.cpu.utilization", "k8s.pod.cpu_limit_utilization",
        "swarmscope.agent.cpu_usage",
    ),
    "memory": (
        "process.memory.utilization", "container.memory.utilization", "system.memory.utilization",
        "k8s.pod.memory_limit_utilization",
    ),
    "gpu": ("gpu.utilization", "swarmscope.gpu.utilisation", "hw.gpu.utilization"),
}  # fmt: skip
"""What says how busy a resource is, as a ratio or in per cent; of several the first that is reported counts."""
_PER_CENT = frozenset({"%", "percent"})


def loads(reads: Reader, view: FleetView, scope: Scope, key: str = "") -> list[Load]:
    """What each group of `scope` did within WINDOW_S before the view's moment; with `key` that group alone. StoreError.

    Agents without a name for the scope (a service, a team) belong to no group. At most GROUPS_MAX, largest first.
    """
    here = np.flatnonzero(view.state != ABANDONED)
    names = view.texts[scope]
    of = {i: names[i] for i in here.tolist() if names[i] and (not key or names[i] == key)}
    count: dict[str, int] = {}
    for name in of.values():
        count[name] = count.get(name, 0) + 1
    groups = sorted(count, key=lambda g: (-count[g], g))[:GROUPS_MAX]
    if not groups:
        return []
    at = {g: k for k, g in enumerate(groups)}
    working = np.zeros(len(groups), np.int64)
    for i, name in of.items():
        if name in at and view.state[i] in (WORKING, WAITING):
            working[at[name]] += 1
    members = {view.agent[i]: at[name] for i, name in of.items() if name in at}
    to_s = view.time_ns // SECOND_NS
    did, told = _did(reads, members, len(groups), to_s), _told(reads, members, len(groups), to_s)
    return [
        Load(
            group=g, instances=count[g], working=int(working[k]),
            cpu=_or_none(told["cpu"][k]), memory=_or_none(told["memory"][k]), gpu=_or_none(told["gpu"][k]),
            response_s=_or_none(did["p95_ns"][k] / 1e9), spans_per_s=float(did["spans"][k] / WINDOW_S),
            error_ratio=float(did["errors"][k] / did["spans"][k]) if did["spans"][k] else 0.0,
            cost_usd_per_hour=float(did["cost_nano_usd"][k] / 1e9 / WINDOW_S * 3600),
        )
        for k, g in enumerate(groups)
    ]  # fmt: skip


def past(reads: Reader, members: Sequence[str], to_s: int) -> F64:
    """Spans a second of `members` together, (1, steps) of PAST_STEP_S up to `to_s`; NaN before the first span."""
    end_s = to_s // PAST_STEP_S * PAST_STEP_S
    start_s = end_s - PAST_STEP_S * PAST_STEPS
    rows = reads.query(
        f"SELECT toInt64(intDiv(toUnixTimestamp(bucket) - {start_s:d}, {PAST_STEP_S:d})) AS place, sum(spans) AS n "
        f"FROM $agent_10s WHERE bucket >= toDateTime({start_s:d}, 'UTC') AND bucket < toDateTime({end_s:d}, 'UTC') "
        "AND agent IN {agents:Array(String)} GROUP BY place",
        {"agents": list(members)},
    )
    out = np.zeros(PAST_STEPS)
    out[rows["place"].to_numpy().astype(np.int64)] = rows["n"].to_numpy() / PAST_STEP_S
    seen = np.logical_or.accumulate(out > 0)
    return np.where(seen, out, np.nan)[None, :]


def _did(reads: Reader, members: dict[str, int], groups: int, to_s: int) -> dict[str, F64]:
    rows = reads.query(
        "SELECT transform(agent, {agents:Array(String)}, {groups:Array(UInt32)}, 4294967295) AS place, "
        "sum(spans) AS spans_sum, sum(errors) AS errors_sum, sum(cost_nano_usd) AS cost_nano_usd_sum, "
        "sumMap(duration_histogram) AS histogram FROM $agent_10s "
        f"WHERE bucket >= toDateTime({to_s - WINDOW_S:d}, 'UTC') AND bucket <= toDateTime({to_s:d}, 'UTC') "
        "AND agent IN {agents:Array(String)} GROUP BY place",
        {"agents": list(members), "groups": list(members.values())},
    )
    place = rows["place"].to_numpy().astype(np.int64)
    out = {"p95_ns": np.full(groups, np.nan)} | {c: np.zeros(groups) for c in ("spans", "errors", "cost_nano_usd")}
    for column in ("spans", "errors", "cost_nano_usd"):
        out[column][place] = rows[f"{column}_sum"].to_numpy()
    out["p95_ns"][place] = quantiles_of(rows["histogram"], (0.95,))[0]
    return out


def _told(reads: Reader, members: dict[str, int], groups: int, to_s: int) -> dict[str, F64]:
    """Means of ratios that agents report; per cent become ratios."""
    named = [m for metrics in METRICS.values() for m in metrics]
    rows = reads.rows(
        "SELECT place, metric, any(unit) AS in_unit, avg(value) AS mean FROM "
        "(SELECT series_id, value FROM $samples WHERE time >= fromUnixTimestamp64Nano({start:Int64}, 'UTC') "
        "AND time < fromUnixTimestamp64Nano({end:Int64}, 'UTC') "
        "AND series_id IN (SELECT series_id FROM $series WHERE metric IN {metrics:Array(String)})) AS s "
        "INNER JOIN (SELECT series_id, metric, unit, "
        "transform(agent, {agents:Array(String)}, {groups:Array(UInt32)}, 4294967295) AS place FROM $series "
        "WHERE metric IN {metrics:Array(String)} AND agent IN {agents:Array(String)} LIMIT 1 BY series_id) AS known "
        "USING series_id WHERE isFinite(value) GROUP BY place, metric",
        {
            "metrics": named,
            "agents": list(members),
            "groups": list(members.values()),
            "start": (to_s - WINDOW_S) * SECOND_NS,
            "end": (to_s + 1) * SECOND_NS,
        },
    )
    said = {(r["place"], r["metric"]): _ratio(r) for r in rows}
    out = {}
    for name, metrics in METRICS.items():
        out[name] = np.full(groups, np.nan)
        for k in range(groups):
            out[name][k] = next((said[k, m] for m in metrics if (k, m) in said), np.nan)
    return out


def _ratio(row: dict[str, Any]) -> float:
    per_cent = row["in_unit"] in _PER_CENT or row["metric"] == "swarmscope.agent.cpu_usage"
    return float(row["mean"]) / (100.0 if per_cent else 1.0)


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
