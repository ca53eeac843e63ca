"""Sessions and workflows."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Path, Query, Request, Response

from swarmscope.query import sessions, workflows
from swarmscope.query.search import Page
from swarmscope.serve.routes import prices
from swarmscope.serve.routes.common import (
    NOT_FOUND,
    Cursor,
    Limit,
    Looping,
    Q,
    Reads,
    UnderWay,
    Within,
    encoded,
    new_router,
)
from swarmscope.serve.schemas.common import Order
from swarmscope.serve.schemas.sessions import Session, Sessions
from swarmscope.serve.schemas.traces import Workflow, Workflows

router = new_router("sessions")

Sort = Annotated[Literal["time", "duration", "cost", "errors", "tokens"], Query(description="what comes first")]
Id = Annotated[str, Path(min_length=1, max_length=512)]


@router.get("/sessions", response_model=Sessions, summary="List sessions")
def list_sessions(
    request: Request, reads: Reads, within: Within, q: Q = "", sort: Sort = "time", order: Order = "desc", limit: Limit = 50,
    cursor: Cursor = "", *, looping: Looping,
) -> Response:  # fmt: skip
    """Sessions with spans in the window that match `q`: their figures over those spans, their outcome over all."""
    found = sessions.search(reads, q, within, Page(sort, order, limit, cursor), looping)
    prices.tell(request.app.state, found["items"])
    return encoded(found)


@router.get("/sessions/{session:path}", response_model=Session, summary="One session", responses=NOT_FOUND)
def one_session(request: Request, reads: Reads, looping: Looping, session: Id) -> Response:
    """Turns with time and cost, and the conversation rebuilt across traces."""
    found = sessions.one(reads, session, looping)
    prices.tell(request.app.state, [found["summary"], *found["turns"]])
    return encoded(found)


@router.get("/workflows", response_model=Workflows, summary="List workflows", tags=["workflows"])
def list_workflows(
    request: Request, reads: Reads, within: Within, q: Q = "", sort: Sort = "time", order: Order = "desc", limit: Limit = 50,
    cursor: Cursor = "",
) -> Response:  # fmt: skip
    """Workflows with spans in the window that match `q`."""
    found = workflows.search(reads, q, within, Page(sort, order, limit, cursor))
    prices.tell(request.app.state, found["items"])
    return encoded(found)


@router.get(
    "/workflows/{workflow:path}",
    response_model=Workflow,
    summary="One workflow",
    responses=NOT_FOUND,
    tags=["workflows"],
)
def one_workflow(request: Request, reads: Reads, under_way: UnderWay, workflow: Id) -> Response:
    """Its agents, its traces, and which agents its critical path went through."""
    found = workflows.one(reads, workflow, under_way)
    prices.tell(request.app.state, [found["summary"], *found["traces"]])
    return encoded(found)
