"""Dependency graphs, metrics of agents, cost and prices."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query, Request, Response

from swarmscope.query import cost, environments, graph, metrics
from swarmscope.serve.documents import AsSeen
from swarmscope.serve.routes import prices
from swarmscope.serve.routes.common import (
    CHANGED,
    NOT_FOUND,
    Admin,
    Cursor,
    Limit,
    Q,
    Reads,
    Viewer,
    Within,
    encoded,
    new_router,
)
from swarmscope.serve.schemas.fleet import (
    Cost,
    Environments,
    Graph,
    MetricNames,
    Prices,
    PriceUpdate,
    Ranges,
    SeriesList,
    WhatIf,
)

router = new_router("fleet")

Edges = Annotated[int, Query(description="edges at most", ge=1, le=20_000)]


@router.get("/graph/services", response_model=Graph, summary="Which service calls which", tags=["graph"])
def service_graph(reads: Reads, within: Within, limit: Edges = 2000) -> Response:
    """Services with counts, errors and latency of the calls between them."""
    return encoded(graph.services(reads, within, limit))


@router.get("/graph/agents", response_model=Graph, summary="Which agent works with which", tags=["graph"])
def agent_graph(
    request: Request,
    reads: Reads,
    within: Within,
    agent: Annotated[str, Query(description="only the edges of this agent", max_length=512)] = "",
    limit: Edges = 2000,
) -> Response:
    """Agents with counts, errors and latency of delegations and calls between them; of the environment, if one is named."""
    fleet = request.app.state.fleet
    here = fleet.deployed.agents(reads.tenant, reads.environment) if reads.environment else None
    return encoded(graph.agents(reads, fleet.view(reads.tenant), within, agent, limit, here))


@router.get("/metrics/names", response_model=MetricNames, summary="The metrics that agents report", tags=["metrics"])
def metric_names(reads: Reads, q: Annotated[str, Query(max_length=256)] = "", limit: Limit = 200) -> Response:
    """Names that contain `q`, with kind, unit and number of series."""
    return encoded(metrics.names(reads, q, limit))


@router.get("/metrics/series", response_model=SeriesList, summary="List series", tags=["metrics"])
def list_series(
    reads: Reads,
    metric: Annotated[str, Query(max_length=256)] = "",
    agent: Annotated[str, Query(max_length=512)] = "",
    label: Annotated[list[str] | None, Query(description="`key=value`, repeatable")] = None,
    limit: Limit = 100,
    cursor: Cursor = "",
) -> Response:
    """Series by metric, agent and labels."""
    return encoded(metrics.series(reads, metric, agent, label or [], limit, cursor))


@router.get("/metrics/range", response_model=Ranges, summary="Samples of series", responses=NOT_FOUND, tags=["metrics"])
def metric_range(
    reads: Reads,
    within: Within,
    series_id: Annotated[list[str], Query(description="32 hex digits, repeatable, at most 50", max_length=50)],
    step: Annotated[str | None, Query(description="average per step; absent: raw samples", max_length=32)] = None,
    limit: Annotated[int, Query(description="samples per series at most", ge=1, le=100_000)] = 11_000,
) -> Response:
    """Raw samples, or their mean per step."""
    return encoded(metrics.ranges(reads, series_id, within, step, limit))


@router.get("/cost", response_model=Cost, summary="Where the money went", tags=["cost"])
def costs(
    request: Request,
    reads: Reads,
    within: Within,
    by: Annotated[
        Literal["agent", "model", "session", "workflow", "team", "provider", "service", "operation"], Query()
    ] = "model",
    q: Q = "",
    step: Annotated[str | None, Query(description="also over time, per bucket of this width", max_length=32)] = None,
    limit: Limit = 20,
) -> Response:
    """Tokens and cost of matching spans by one field, dearest first."""
    found = cost.by(reads, by, q, within, step, limit)
    if by == "model":
        prices.judge(request.app.state, found["items"])
    return encoded(found)


@router.get("/cost/what-if", response_model=WhatIf, summary="What it would cost with another model", tags=["cost"])
def what_if(
    request: Request,
    reads: Reads,
    within: Within,
    model: Annotated[
        str, Query(description="the other model, priced as a span of it would be", min_length=1, max_length=256)
    ],
    q: Q = "",
) -> Response:
    """The stored token counts of matching spans at another model's price. Another tokenizer counts other tokens."""
    rows, complete = cost.by_model(reads, q, within)
    answer = prices.what_if(request.app.state, model, rows)
    return encoded({"window": within.json(), "complete": complete, **answer})


@router.get("/environments", response_model=Environments, summary="Where agents are deployed")
def list_environments(reads: Reads) -> Response:
    """What `environment` of other calls can be."""
    return encoded(environments.listed(reads))


@router.get("/prices", response_model=Prices, summary="The price table", tags=["cost"])
def get_prices(request: Request, response: Response, caller: Viewer) -> Prices:
    """What models cost; spans that arrive from now on are priced by it. `ETag` is of the prices that were set here."""
    return prices.get(request, response)


@router.put("/prices", response_model=Prices, summary="Set prices of your own", tags=["cost"], responses=CHANGED)
def put_prices(request: Request, response: Response, caller: Admin, body: PriceUpdate, seen: AsSeen) -> Prices:
    """All of them, in the place of those before; holds for spans that arrive from now on, and is in the audit log."""
    return prices.put(request, response, caller, body, seen)
