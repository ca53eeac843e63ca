"""Probes and self metrics at the root, where machines look for them."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from swarmscope import __version__
from swarmscope.serve.routes import status
from swarmscope.serve.routes.common import ERRORS, Viewer
from swarmscope.serve.schemas.fleet import Live, Readiness

router = APIRouter(tags=["health"], responses={k: ERRORS[k] for k in (401, 403)})


@router.get("/health", response_model=Live, summary="The process is alive")
async def live() -> Live:
    """For liveness probes: never looks at the store, and waits for nobody who does."""
    return Live(version=__version__)


@router.get(
    "/health/ready", response_model=Readiness, summary="Ready for traffic", responses={503: {"model": Readiness}}
)
def ready(request: Request) -> JSONResponse:
    """For readiness probes: 503 until every component can do its work."""
    return status.ready(request)


@router.get(
    "/metrics",
    response_class=Response,
    summary="The platform's own metrics for Prometheus",
    responses={200: {"content": {"text/plain": {}}, "description": "Prometheus text format"}},
)
def prometheus(caller: Viewer) -> Response:
    """The text format of Prometheus."""
    return Response(status.prometheus_text(caller.tenant), media_type="text/plain; version=0.0.4; charset=utf-8")
