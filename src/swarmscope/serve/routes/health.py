"""Health, readiness, and the platform's own metrics."""

from __future__ import annotations

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from swarmscope.serve.routes import status
from swarmscope.serve.routes.common import Viewer, encoded, new_router
from swarmscope.serve.schemas.fleet import Health, Readiness, SelfHistory, SelfMetrics

router = new_router("health")


@router.get("/health", response_model=Health, summary="Health of the install and of the fleet, with reasons")
def health(request: Request, caller: Viewer) -> Response:
    """A score per component with what lowered it and what to do: healthy ≥ 70 %, partial ≥ 30 %, else unhealthy."""
    return encoded(status.health(request, caller.tenant))


@router.get(
    "/health/ready",
    response_model=Readiness,
    summary="Readiness of each component",
    responses={503: {"model": Readiness}},
)
def ready(request: Request) -> JSONResponse:
    """503 until every component can do its work."""
    return status.ready(request)


@router.get("/health/history", response_model=SelfHistory, summary="The install's own figures over the last hour")
def history(request: Request, caller: Viewer) -> Response:
    """Sampled every 5 s and kept in memory: a look at the install without Prometheus."""
    return encoded(request.app.state.history.columns())


@router.get("/metrics", response_model=SelfMetrics, summary="The platform's own metrics as JSON")
def self_metrics(caller: Viewer) -> Response:
    """The figures of /metrics, for programs without a Prometheus parser."""
    return encoded(status.self_metrics(caller.tenant))
