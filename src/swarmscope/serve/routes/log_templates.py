"""Templates of log lines."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query, Response

from swarmscope.query import log_templates
from swarmscope.serve.routes.common import Q, Reads, Within, encoded, new_router
from swarmscope.serve.schemas.log_templates import LogTemplates

router = new_router("logs")
Class = Literal["", "prompt", "tool_error", "refusal", "rate_limit", "context_overflow", "timeout", "cost", "none"]


@router.get("/logs/templates", response_model=LogTemplates, summary="What kinds of lines there are")
def templates(
    reads: Reads,
    within: Within,
    q: Q = "",
    label: Annotated[Class, Query(alias="class", description="only of this class; `none`: of no class")] = "",
    limit: Annotated[int, Query(description="templates at most", ge=1, le=500)] = 100,
    buckets: Annotated[int, Query(description="time buckets of the trend at most", ge=2, le=200)] = 30,
) -> Response:
    """Lines that differ in numbers, names and ids only are counted together: the page to begin with when much is logged."""
    return encoded(log_templates.listed(reads, q, within, label, limit, buckets))
