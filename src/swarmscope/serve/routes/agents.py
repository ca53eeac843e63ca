"""Agents: the registry, one agent, its signals, and what an agent posts without OpenTelemetry."""

from __future__ import annotations

import time
from typing import Annotated, Literal

from fastapi import Path, Query, Request, Response

from swarmscope.query import agent, agents, history, signals, versions
from swarmscope.query.buckets import BUCKET_S
from swarmscope.query.fleet import FleetSnapshot
from swarmscope.query.search import Page
from swarmscope.query.times import SECOND_NS
from swarmscope.serve.routes import prices, reports
from swarmscope.serve.routes.common import (
    NOT_FOUND,
    Cursor,
    Environment,
    Ingester,
    Q,
    Reads,
    Step,
    Viewer,
    Within,
    encoded,
    listed,
    new_router,
)
from swarmscope.serve.schemas.agents import (
    Agent,
    Agents,
    Fleet,
    FleetActivity,
    FleetColumns,
    Heartbeat,
    MetricsReport,
    Registration,
    Signals,
    Trends,
    Versions,
)
from swarmscope.serve.schemas.common import Order, Receipt

router = new_router("agents")

ACTIVITY_STEPS = 18
AgentId = Annotated[str, Path(description="agent id", min_length=1, max_length=512)]
Sort = Literal[
    "agent", "name", "state", "since", "last_seen", "first_seen", "spans", "errors", "error_ratio", "latency_p95_ns",
    "tokens", "cost_usd", "pending", "pending_ns", "health",
]  # fmt: skip


def _snapshot(request: Request) -> FleetSnapshot:
    snapshot: FleetSnapshot = request.app.state.fleet
    return snapshot


@router.get("/agents", response_model=Agents, summary="List agents with their live state")
def list_agents(
    request: Request,
    caller: Viewer,
    q: Q = "",
    sort: Annotated[Sort, Query(description="what comes first")] = "last_seen",
    order: Order = "desc",
    limit: Annotated[int, Query(description="agents at most", ge=1, le=20_000)] = 100,
    cursor: Cursor = "",
    facets: Annotated[
        str, Query(description="comma-separated fields to count, e.g. state,kind,model", max_length=256)
    ] = "",
    environment: Environment = "",
) -> Response:
    """Agents that match `q` (fields agent, name, kind, model, version, service, state, label.…), with last-minute figures."""
    snapshot = _snapshot(request)
    view = snapshot.view(caller.tenant)
    here = snapshot.deployed.places(view, caller.tenant, environment)
    found = agents.listed(view, q, Page(sort, order, limit, cursor), listed(facets), here)
    prices.tell(request.app.state, found["items"])
    return encoded(found)


@router.get("/fleet", response_model=Fleet, summary="The fleet in figures")
def fleet(request: Request, caller: Viewer, environment: Environment = "") -> Response:
    """Agents per state, rates, cost and health, refreshed each second."""
    snapshot = _snapshot(request)
    view = snapshot.view(caller.tenant)
    return encoded(agents.fleet(view, snapshot.deployed.places(view, caller.tenant, environment)))


@router.get("/fleet/columns", response_model=FleetColumns, summary="All agents as columns")
def fleet_columns(request: Request, caller: Viewer, environment: Environment = "") -> Response:
    """The whole fleet in a compact form, for maps; /ws channel `fleet` sends the same and then what changes."""
    snapshot = _snapshot(request)
    view = snapshot.view(caller.tenant)
    here = snapshot.deployed.places(view, caller.tenant, environment)
    return encoded(agents.columns(view, here))


@router.get("/fleet/activity", response_model=FleetActivity, summary="What every agent did in the last minutes")
def fleet_activity(request: Request, reads: Reads) -> Response:
    """Spans of each agent per ten seconds of the last three minutes, up to the ten seconds that are over."""
    here = _snapshot(request).deployed.agents(reads.tenant, reads.environment) if reads.environment else None
    start_s = (time.time_ns() // SECOND_NS // BUCKET_S - ACTIVITY_STEPS) * BUCKET_S
    found = history.activity(reads, start_s, ACTIVITY_STEPS, here)
    told = {"start_ms": start_s * 1000, "step_ms": BUCKET_S * 1000}
    return encoded({**told, "agent": list(found), "spans": list(found.values())})


@router.get(
    "/agents/{agent_id:path}/trends",
    response_model=Trends,
    summary="Signals of one agent over time",
    responses=NOT_FOUND,
)
def agent_trends(
    reads: Reads,
    within: Within,
    agent_id: AgentId,
    signal: Annotated[
        str,
        Query(
            description="comma-separated: built-in signals or metric names; empty: the built-in ones", max_length=2048
        ),
    ] = "",
    step: Step = None,
    buckets: Annotated[int, Query(description="time buckets at most", ge=1, le=2000)] = 120,
) -> Response:
    """Values per bucket with mean, extremes, slope and direction."""
    return encoded(signals.trends(reads, agent_id, listed(signal), within, step, buckets))


@router.get(
    "/agents/{agent_id:path}/metrics",
    response_model=Signals,
    summary="Newest value of every signal",
    responses=NOT_FOUND,
)
def agent_metrics(reads: Reads, agent_id: AgentId) -> Response:
    """Built-in signals and the metrics the agent reported in the last 15 minutes."""
    return encoded(signals.newest(reads, agent_id))


@router.get("/agents/{agent_id:path}/versions", response_model=Versions, summary="Versions of an agent side by side")
def agent_versions(
    reads: Reads,
    within: Within,
    agent_id: AgentId,
    scope: Annotated[
        Literal["agent", "kind"], Query(description="of this agent, or of all agents of its kind")
    ] = "agent",
) -> Response:
    """Turns, failures, duration, tokens and cost per version, and what changed since the one before, with intervals."""
    return encoded(versions.compared(reads, agent_id, within, scope))


@router.post("/agents/{agent_id:path}/register", response_model=Receipt, status_code=201, summary="Register an agent")
def register_agent(request: Request, caller: Ingester, agent_id: AgentId, body: Registration) -> Receipt:
    """Create the agent, or tell what changed about it. Durable when answered."""
    return reports.submit(request, caller, "logs", reports.registration(agent_id, body))


@router.post("/agents/{agent_id:path}/heartbeat", response_model=Receipt, status_code=202, summary="A sign of life")
def agent_heartbeat(request: Request, caller: Ingester, agent_id: AgentId, body: Heartbeat) -> Receipt:
    """Keeps the agent from being shown as abandoned. Durable when answered."""
    return reports.submit(request, caller, "logs", reports.heartbeat(agent_id, body))


@router.post(
    "/agents/{agent_id:path}/metrics", response_model=Receipt, status_code=202, summary="Report metrics of an agent"
)
def report_metrics(request: Request, caller: Ingester, agent_id: AgentId, body: MetricsReport) -> Receipt:
    """Gauges by name, or points with unit, kind, labels and time. Durable when answered."""
    return reports.submit(request, caller, "metrics", reports.metrics(agent_id, body))


@router.get("/agents/{agent_id:path}", response_model=Agent, summary="One agent", responses=NOT_FOUND)
def one_agent(request: Request, reads: Reads, within: Within, agent_id: AgentId) -> Response:
    """State, capabilities, what it used in the window, what it is doing, what failed."""
    snapshot = _snapshot(request)
    found = agent.one(reads, snapshot.view(reads.tenant), agent_id, within)
    prices.tell(request.app.state, [found["summary"], *found["models"], *found["sessions"]])
    return encoded(found)
