"""Reports that are computed from what the REST API answers."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

from swarmscope_sdk.api import Api, ClientError, Json, quoted
from swarmscope_sdk.telemetry import Telemetry

Severity = Literal["critical", "high", "medium", "low", "info"]
Grade = Literal["target", "good", "warning", "critical", "unknown"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)

# The levels of warning, critical and target that the platform ships.
TASKS_PER_HOUR = (5.0, 2.0, 10.0)
CONFLICTS_RESOLVED = (0.7, 0.5, 0.9)
LIMITS: Mapping[str, float] = {"error_ratio": 0.1, "latency_p95": 5000.0}
_STATES: Mapping[str, tuple[Severity, str]] = {
    "abandoned": ("critical", "see whether its process still runs, and restart it"),
    "wedged": ("high", "look at its oldest open span; cancel that work or restart the agent"),
    "looping": ("high", "look at its last trace; stop the loop or lower its limit of steps"),
}
_ROWS_MAX = 10_000
_THROUGHPUT = """
SELECT agent, count() AS tasks, countIf(status_code = 1) / count() AS completion,
  avgIf(toFloat64OrZero(attributes['swarmscope.task.quality']), attributes['swarmscope.task.quality'] != '') AS quality,
  avg(duration_ns) / 1e9 AS seconds
FROM spans WHERE {where} GROUP BY agent ORDER BY tasks DESC"""
_CONFLICTS = """
SELECT attributes['swarmscope.conflict.kind'] AS kind, count() AS conflicts,
  countIf(status_code = 1) / count() AS resolved, avg(duration_ns) / 1e9 AS seconds
FROM spans WHERE {where} GROUP BY kind ORDER BY conflicts DESC"""


@dataclass(frozen=True, slots=True)
class Dashboard:
    """fleet: counts per state, rates, cost. health: of every component. worst: agents, the unhealthiest first."""

    fleet: Json
    health: Json
    worst: list[Json]


@dataclass(frozen=True, slots=True)
class Throughput:
    """Tasks of one agent. completion: share that succeeded; quality: mean of those that were scored, None without."""

    agent: str
    tasks: int
    per_hour: float
    completion: float
    quality: float | None
    seconds_mean: float
    grade: Grade


@dataclass(frozen=True, slots=True)
class Conflicts:
    """Conflicts of one kind. resolved: share that was settled; seconds_mean: from detection to the end."""

    kind: str
    count: int
    resolved: float
    seconds_mean: float
    grade: Grade


@dataclass(frozen=True, slots=True)
class Performance:
    """One agent: its line in the registry, signals over time by name, its tasks, what to do."""

    agent: Json
    trends: dict[str, Json]
    work: Throughput
    reasons: list[str]
    recommendations: list[str]


@dataclass(frozen=True, slots=True)
class Alert:
    """What is wrong with an agent, or will be. due_in_s: 0 now, else when the trend reaches the limit."""

    severity: Severity
    agent: str
    signal: str
    message: str
    recommendation: str
    due_in_s: float


@dataclass(frozen=True, slots=True)
class Check:
    """One part of the integration."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Validation:
    """The whole integration: from this process through the front door to a query's answer."""

    checks: list[Check]

    @property
    def ok(self) -> bool:
        """Whether every check passed."""
        return all(check.ok for check in self.checks)


def sql(api: Api, query: str, limit: int = _ROWS_MAX) -> list[Json]:
    """Rows of a read-only query as dicts."""
    answer = api.post("sql", {"query": query, "limit": limit})
    columns = [column["name"] for column in answer["columns"]]
    return [dict(zip(columns, row, strict=True)) for row in answer["rows"]]


def throughput(api: Api, hours: float, agent: str) -> list[Throughput]:
    """Tasks per agent, the busiest first."""
    only = f" AND agent = {_literal(agent)}" if agent else ""
    rows = sql(api, _THROUGHPUT.format(where=_since("task", hours) + only))
    return [
        Throughput(
            agent=row["agent"],
            tasks=int(row["tasks"]),
            per_hour=int(row["tasks"]) / hours,
            completion=float(row["completion"]),
            quality=_number(row["quality"]),
            seconds_mean=float(row["seconds"]),
            grade=grade(int(row["tasks"]) / hours, TASKS_PER_HOUR),
        )
        for row in rows
    ]


def conflicts(api: Api, hours: float) -> list[Conflicts]:
    """Conflicts by kind, the most frequent first."""
    rows = sql(api, _CONFLICTS.format(where=_since("conflict", hours)))
    return [
        Conflicts(
            kind=row["kind"],
            count=int(row["conflicts"]),
            resolved=float(row["resolved"]),
            seconds_mean=float(row["seconds"]),
            grade=grade(float(row["resolved"]), CONFLICTS_RESOLVED),
        )
        for row in rows
    ]


def performance(api: Api, agent: str, hours: float) -> Performance:
    """One agent over the last `hours`."""
    found = api.get(f"agents/{quoted(agent)}")
    trends = api.get(f"agents/{quoted(agent)}/trends", start=f"-{_seconds(hours)}s")["trends"]
    work = throughput(api, hours, agent)
    return Performance(
        agent=found["summary"],
        trends={trend["signal"]: trend for trend in trends},
        work=work[0] if work else Throughput(agent, 0, 0.0, 0.0, None, 0.0, "unknown"),
        reasons=found["health_reasons"],
        recommendations=found["recommendations"],
    )


def alerts(
    api: Api, severity: Severity | None, limits: Mapping[str, float], horizon_s: float, agents: int
) -> list[Alert]:
    """Alerts of the `agents` unhealthiest agents, the most severe and soonest first. ValueError: an unknown severity."""
    if severity is not None and severity not in SEVERITIES:
        raise ValueError(f"severity={severity!r} is not one of {', '.join(SEVERITIES)}")
    rows = api.get("agents", sort="health", order="asc", limit=agents)["items"]
    found: list[Alert] = []
    for row in rows:
        found += _state_alerts(row)
        if row["state"] != "abandoned":
            found += _predicted(api, row["agent"], limits, horizon_s)
    chosen = [alert for alert in found if severity is None or alert.severity == severity]
    return sorted(chosen, key=lambda alert: (SEVERITIES.index(alert.severity), alert.due_in_s))


def _state_alerts(row: Json) -> list[Alert]:
    agent, health = row["agent"], row["health"]
    if row["state"] in _STATES:
        severity, remedy = _STATES[row["state"]]
        return [Alert(severity, agent, "state", f"{row['state']}: {row['reason']}", remedy, 0.0)]
    if health < 0.7:
        severity = "high" if health < 0.3 else "medium"
        return [Alert(severity, agent, "health", f"health is {health:.0%}", "see the agent's health reasons", 0.0)]
    return []


def _predicted(api: Api, agent: str, limits: Mapping[str, float], horizon_s: float) -> list[Alert]:
    try:
        trends = api.get(f"agents/{quoted(agent)}/trends", signal=",".join(limits), start="-1h")["trends"]
    except ClientError as e:
        if e.status == 404:  # gone since the list was read
            return []
        raise
    found = []
    for trend in trends:
        limit, last, slope = limits.get(trend["signal"]), trend["last"], trend["slope_per_hour"]
        if limit is None or last is None:
            continue
        due_s = breach_in_s(last, slope if trend["direction"] == "rising" else None, limit)
        if due_s <= horizon_s:
            severity: Severity = "high" if due_s <= horizon_s / 4 else "medium"
            name = trend["signal"]
            when = "is over" if due_s == 0 else f"will reach in {due_s / 60:.0f} min"
            message = f"{name} is {last:g} and {when} its limit {limit:g}"
            found.append(Alert(severity, agent, name, message, f"see what raised {name} in the last hour", due_s))
    return found


def breach_in_s(last: float, slope_per_hour: float | None, limit: float) -> float:
    """Seconds until a line through `last` reaches `limit` from below: 0 when it has, infinity when it never will."""
    if last >= limit:
        return 0.0
    if slope_per_hour is None or slope_per_hour <= 0:
        return math.inf
    return (limit - last) / slope_per_hour * 3600


def grade(value: float, levels: tuple[float, float, float]) -> Grade:
    """Where `value` lies among the levels of warning, critical and target."""
    warning, critical, target = levels
    if value >= target:
        return "target"
    if value < critical:
        return "critical"
    return "warning" if value < warning else "good"


def validate(api: Api, telemetry: Telemetry, within_s: float) -> Validation:
    """Send one span through the front door and find it by a query."""
    checks: list[Check] = []

    def check(name: str, act: Any) -> bool:
        try:
            detail, ok = act(), True
        except (ClientError, TimeoutError) as e:
            detail, ok = str(e), False
        checks.append(Check(name, ok, detail))
        return ok

    def ready() -> str:
        return ", ".join(f"{name}: {state}" for name, state in api.get("health/ready")["components"].items())

    def credential() -> str:
        return f"{cast(Json, api.get('fleet'))['agents']} agents visible"

    def send() -> str:
        if not telemetry.flush():
            raise TimeoutError(f"{telemetry.settings.endpoint} did not take the telemetry; stats: {telemetry.stats()}")
        return f"sent to {telemetry.settings.endpoint}"

    def find() -> str:
        started, deadline = time.monotonic(), time.monotonic() + within_s
        while True:
            try:
                api.get(f"traces/{trace_id}")
                return f"found after {time.monotonic() - started:.1f} s"
            except ClientError as e:
                if e.status != 404:
                    raise
            if time.monotonic() >= deadline:
                raise TimeoutError(f"trace {trace_id} is not visible after {within_s:g} s")
            time.sleep(0.1)

    if check("ready", ready) and check("credential", credential):
        with telemetry.tracer.start_as_current_span("swarmscope validation") as span:
            trace_id = format(span.get_span_context().trace_id, "032x")
        if check("ingest", send):
            check("query", find)
    return Validation(checks)


def _number(value: Any) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def _literal(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _since(operation: str, hours: float) -> str:
    return f"operation = '{operation}' AND start_time > now64(9) - toIntervalSecond({_seconds(hours)})"


def _seconds(hours: float) -> int:
    if not 0 < hours <= 24 * 366:
        raise ValueError(f"hours={hours!r} must be between 0 and a year")
    return max(1, round(hours * 3600))
