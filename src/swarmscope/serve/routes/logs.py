"""Logs."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response

from swarmscope.query import logs, resources
from swarmscope.serve.routes.common import NOT_FOUND, Cursor, Limit, Q, Reads, Step, Within, encoded, new_router
from swarmscope.serve.schemas.common import Order
from swarmscope.serve.schemas.logs import LogContext, LogHistogram, Logs, LogTail, Resource

router = new_router("logs")


@router.get("/logs", response_model=Logs, summary="Search logs")
def search_logs(
    reads: Reads, within: Within, q: Q = "", order: Order = "desc", limit: Limit = 100, cursor: Cursor = ""
) -> Response:
    """Records that match `q`: words, `level:error`, `trace_id:…`, `agent:…`, any attribute."""
    return encoded(logs.search(reads, q, within, order, limit, cursor))


@router.get(
    "/resources/{resource_id}",
    response_model=Resource,
    responses=NOT_FOUND,
    summary="What sent a span or a log record",
)
def resource(reads: Reads, resource_id: str) -> Response:
    """The attributes of a resource, and of the scope as `otel.scope.…`; the id stands in spans and records."""
    return encoded(resources.one(reads, resource_id))


@router.get("/logs/histogram", response_model=LogHistogram, summary="Log records over time by level")
def log_histogram(
    reads: Reads,
    within: Within,
    q: Q = "",
    step: Step = None,
    buckets: Annotated[int, Query(description="time buckets at most", ge=1, le=500)] = 60,
) -> Response:
    """Counts per time bucket and level, for the bar over a log search."""
    return encoded(logs.histogram(reads, q, within, step, buckets))


@router.get("/logs/tail", response_model=LogTail, summary="What arrived since the last call")
def tail_logs(
    reads: Reads,
    q: Q = "",
    after: Annotated[str, Query(description="`cursor` of the answer before; empty: the newest", max_length=256)] = "",
    limit: Limit = 200,
) -> Response:
    """Follow a log by polling; /ws channel `logs` pushes the same."""
    return encoded(logs.tail(reads, q, after, limit))


@router.get("/logs/context", response_model=LogContext, summary="The lines around one line", responses=NOT_FOUND)
def log_context(
    reads: Reads,
    id: Annotated[str, Query(description="`id` of the record", max_length=256)],  # noqa: A002 - the parameter's public name
    before: Annotated[int, Query(ge=0, le=500)] = 20,
    after: Annotated[int, Query(ge=0, le=500)] = 20,
) -> Response:
    """Lines of the same service and agent, before and after."""
    return encoded(logs.context(reads, id, before, after))
