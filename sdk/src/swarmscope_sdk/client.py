"""The read side: what the platform knows about the fleet, as an agent or a script asks for it.

A thin client of the REST API. Calls block; in async code use `await asyncio.to_thread(client.dashboard)`. A `Client` may be
shared between threads.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from swarmscope_sdk import reports
from swarmscope_sdk.api import Api, ClientError, Json, quoted
from swarmscope_sdk.reports import Alert, Conflicts, Dashboard, Performance, Severity, Throughput, Validation
from swarmscope_sdk.settings import Settings
from swarmscope_sdk.telemetry import Telemetry, default

__all__ = ["Client", "ClientError"]


class Client:
    """Reads the platform. url and key: as in `Settings`, from the environment where not given.

    Durations are seconds, money is US dollars. Every method raises ClientError when the platform refuses or is away.
    """

    def __init__(self, url: str = "", key: str = "", *, timeout_s: float = 30.0) -> None:
        given = Settings.from_environment()
        chosen = Settings(url=url or given.url, key=key or given.key, timeout_s=timeout_s)
        self.api = Api(chosen.url.rstrip("/"), chosen.key, timeout_s)

    def dashboard(self, worst: int = 10) -> Dashboard:
        """The fleet in one look, with the `worst` agents by health."""
        page = self.api.get("agents", sort="health", order="asc", limit=max(worst, 1))
        return Dashboard(fleet=page["fleet"], health=self.health(), worst=page["items"][:worst])

    def health(self) -> Json:
        """Health of install and fleet: state, score, and per component the reasons and recommendations."""
        return cast(Json, self.api.get("health"))

    def agents(self, q: str = "", *, sort: str = "last_seen", limit: int = 100) -> list[Json]:
        """Agents that match the filter `q`, with live state."""
        return cast(list[Json], self.api.get("agents", q=q, sort=sort, limit=limit)["items"])

    def agent(self, id: str) -> Json:  # noqa: A002 – the public word
        """One agent in full. ClientError with status 404 for one that is not known."""
        return cast(Json, self.api.get(f"agents/{quoted(id)}"))

    def trace(self, trace_id: str) -> Json:
        """One trace with all its spans. trace_id: 32 hex digits, as `Operation.trace_id` gives it."""
        return cast(Json, self.api.get(f"traces/{trace_id}"))

    def sql(self, query: str, *, limit: int = 10_000) -> list[Json]:
        """Rows of a read-only query."""
        return reports.sql(self.api, query, limit)

    def performance(self, id: str, *, hours: float = 1.0) -> Performance:  # noqa: A002 – the public word
        """How one agent did in the last `hours`."""
        return reports.performance(self.api, id, hours)

    def throughput(self, *, hours: float = 1.0, agent: str = "") -> list[Throughput]:
        """Tasks done per agent and hour, with completion and quality; the busiest first, at most 10,000."""
        return reports.throughput(self.api, hours, agent)

    def conflicts(self, *, hours: float = 24.0) -> list[Conflicts]:
        """Conflicts by kind: how many, what share was resolved, in what time."""
        return reports.conflicts(self.api, hours)

    def alerts(
        self,
        severity: Severity | None = None,
        *,
        limits: Mapping[str, float] = reports.LIMITS,
        horizon_s: float = 3600.0,
        agents: int = 20,
    ) -> list[Alert]:
        """What is wrong, or will be within `horizon_s`, with the `agents` unhealthiest agents.

        From live states (abandoned, wedged, looping), health, and the trend of the last hour of each signal in `limits`
        towards its limit. severity: only these.
        """
        return reports.alerts(self.api, severity, limits, horizon_s, agents)

    def security_events(
        self,
        q: str = "",
        *,
        kind: str = "",
        severity: str = "",
        principal: str = "",
        hours: float = 1.0,
        limit: int = 100,
    ) -> list[Json]:
        """What security detectors hold against whom, newest first. kind, severity, principal: several by comma; q: part of
        message, principal, source or endpoint."""
        return cast(
            list[Json],
            self.api.get(
                "security/events", q=q, kind=kind, severity=severity, principal=principal,
                start=f"-{round(hours * 3600)}s", limit=limit,
            )["items"],
        )  # fmt: skip

    def security_event(self, id: str) -> Json:  # noqa: A002 – the public word
        """One of them, whole. ClientError with status 404 for one that is not known."""
        return cast(Json, self.api.get(f"security/events/{quoted(id)}"))

    def validate(self, telemetry: Telemetry | None = None, *, within_s: float = 15.0) -> Validation:
        """Check the whole integration: reachable and ready, credential, a span sent, the span found."""
        return reports.validate(self.api, telemetry or default(), within_s)
