"""The live channels: the fleet, the tail of the log, findings, and security events."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pyarrow.compute as pc

from swarmscope.errors import InputError
from swarmscope.query import agents, findings, logs, security
from swarmscope.query.fleet import FleetSnapshot
from swarmscope.query.reader import Reader
from swarmscope.query.reader import Source as Rows
from swarmscope.query.times import HOUR_NS, Window
from swarmscope.query.watch import FleetView
from swarmscope.serve.live import Hub
from swarmscope.store.writer import Committed

TAIL_MAX = 200
FINDINGS_MAX = 200
SECURITY_MAX = 200
SECURITY_FILTERS = ("kind", "severity", "principal", "source", "endpoint", "agent")


class LogTail:
    """Channel `logs`: the newest records that match `params["q"]`, then what arrives, in the shape of `LogTail`."""

    def __init__(self, store: Rows) -> None:
        self._store = store

    def begin(self, tenant: str, params: Mapping[str, Any]) -> tuple[Any, Any]:
        """The newest records."""
        page = logs.tail(_reader(self._store, tenant, params), _query(params), "", TAIL_MAX)
        return page, page["cursor"]

    def since(self, tenant: str, params: Mapping[str, Any], cursor: Any) -> tuple[Any, Any]:
        """The records that arrived after `cursor`."""
        page = logs.tail(_reader(self._store, tenant, params), _query(params), cursor, TAIL_MAX)
        return (page if page["items"] else None), page["cursor"]


class Fleet:
    """Channel `fleet`: every agent as columns, in the shape of `FleetColumns`, then the lines that changed (`agents.delta`).

    `params["environment"]` narrows it to the agents that are deployed there.
    """

    def __init__(self, fleet: FleetSnapshot) -> None:
        self._fleet = fleet

    def snapshot(self, tenant: str, params: Mapping[str, Any]) -> Any:
        """All agents."""
        view = self._fleet.view(tenant)
        return agents.columns(view, self._fleet.deployed.places(view, tenant, environment_of(params)))

    def delta(self, tenant: str, params: Mapping[str, Any], event: Any) -> Any:
        """The lines that changed; made once for all who listen to the whole fleet."""
        environment = environment_of(params)
        if not environment:
            return event
        view = self._fleet.view(tenant)
        here = self._fleet.deployed.places(view, tenant, environment, wait=False)
        return event if here is None else agents.narrowed(view, event, here)


class Findings:
    """Channel `findings`: the newest, then what is reported, each in the shape of `Finding`."""

    def __init__(self, store: Rows) -> None:
        self._store = store

    def begin(self, tenant: str, params: Mapping[str, Any]) -> tuple[Any, Any]:
        """The findings of the last hour, newest first, at most FINDINGS_MAX."""
        now_ns = time.time_ns()
        return findings.newest(_reader(self._store, tenant, params), Window(now_ns - HOUR_NS, now_ns), FINDINGS_MAX)

    def since(self, tenant: str, params: Mapping[str, Any], cursor: Any) -> tuple[Any, Any]:
        """What was reported since, oldest first."""
        page, after = findings.since(_reader(self._store, tenant, params), cursor, FINDINGS_MAX)
        return (page if page["items"] else None), after


class SecurityEvents:
    """Channel `security`: the newest events, then what is held against whom as it is found, in the shape of `SecurityTail`.

    `params` may narrow it as those of `GET /api/v1/security/events` do: SECURITY_FILTERS, comma-separated, and `q`.
    """

    def __init__(self, store: Rows) -> None:
        self._store = store

    def begin(self, tenant: str, params: Mapping[str, Any]) -> tuple[Any, Any]:
        """The events of the last hour, newest first, at most SECURITY_MAX."""
        now_ns = time.time_ns()
        within = Window(now_ns - HOUR_NS, now_ns)
        return security.newest(
            _reader(self._store, tenant, params), within, _filters(params), _query(params), SECURITY_MAX
        )

    def since(self, tenant: str, params: Mapping[str, Any], cursor: Any) -> tuple[Any, Any]:
        """What was found since, oldest first."""
        page, after = security.since(
            _reader(self._store, tenant, params), cursor, _filters(params), _query(params), SECURITY_MAX
        )
        return (page if page["items"] else None), after


class Feeds:
    """Opens the channels and tells the hub when there is something new."""

    def __init__(self, hub: Hub, store: Rows, fleet: FleetSnapshot) -> None:
        self._hub = hub
        hub.add("logs", LogTail(store))
        hub.add("findings", Findings(store))
        hub.add("security", SecurityEvents(store))
        hub.add("fleet", Fleet(fleet))
        fleet.listen(self._refreshed)

    def committed(self, batch: Committed) -> None:
        """Rows are visible to queries now; called by the writer."""
        if batch.lane == "live" and "logs" in batch.tables:
            for tenant in pc.unique(batch.tables["logs"]["tenant"]).to_pylist():
                self._hub.publish("logs", tenant, None)
        for table, channel in (("findings", "findings"), ("security_events", "security")):
            if table in batch.tables:
                for tenant in pc.unique(batch.tables[table]["tenant"]).to_pylist():
                    self._hub.publish(channel, tenant, None)

    def _refreshed(self, tenant: str, view: FleetView) -> None:
        if self._hub.listening("fleet", tenant):
            self._hub.publish("fleet", tenant, agents.delta(view))


def environment_of(params: Mapping[str, Any]) -> str:
    """The environment that a subscription is about; empty: all."""
    environment = params.get("environment", "")
    if not isinstance(environment, str) or len(environment) > 256:
        raise InputError("params.environment is a text of at most 256 characters")
    return environment


def _reader(store: Rows, tenant: str, params: Mapping[str, Any]) -> Reader:
    return Reader(store, tenant, environment=environment_of(params))


def _filters(params: Mapping[str, Any]) -> dict[str, list[str]]:
    out = {}
    for name in SECURITY_FILTERS:
        text = params.get(name, "")
        if not isinstance(text, str) or len(text) > 2048:
            raise InputError(f"params.{name} is a text of at most 2048 characters, values separated by commas")
        out[name] = [part for p in text.split(",") if (part := p.strip())]
    return out


def _query(params: Mapping[str, Any]) -> str:
    q = params.get("q", "")
    if not isinstance(q, str) or len(q) > 4096:
        raise InputError("params.q is a filter of at most 4096 characters")
    return q
