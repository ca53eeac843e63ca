"""What every route needs: the reader of the caller's tenant, the time window, documented errors."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
import orjson
from fastapi import APIRouter, Depends, Query, Request, Response

from swarmscope.model.access import Principal, Role
from swarmscope.query.fleet import FleetSnapshot
from swarmscope.query.pending import OpenSpans
from swarmscope.query.reader import Reader
from swarmscope.query.states import LOOPING
from swarmscope.query.times import HOUR_NS, Window, window
from swarmscope.query.watch import FleetView
from swarmscope.serve.auth import require
from swarmscope.serve.schemas.common import PROBLEM_REF

_PROBLEMS = {
    400: "the call cannot be understood; `position` tells where",
    401: "no credential, or an unknown one",
    403: "the credential's role does not allow it",
    413: "larger than a limit allows",
    422: "a parameter has the wrong type or is out of bounds",
    429: "too busy; try again after `Retry-After` seconds",
    503: "the store is away; try again",
}
_SHAPE = {"application/json": {"schema": {"$ref": PROBLEM_REF}}, "application/problem+json": {}}
# by reference, not as `model`: FastAPI would compile the model anew for every status of every route, 0.2 s of each start
ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"description": text, "content": _SHAPE} for status, text in _PROBLEMS.items()
}
CHANGED: dict[int | str, dict[str, Any]] = {
    412: {"description": "it was changed since it was read; see `If-Match`", "content": _SHAPE}
}
NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"description": "unknown to this tenant", "content": _SHAPE}}


def new_router(tag: str) -> APIRouter:
    """A router under /api/v1 with the errors that any call can meet."""
    return APIRouter(prefix="/api/v1", tags=[tag], responses=ERRORS)


Viewer = Annotated[Principal, Depends(require(Role.VIEWER))]
Ingester = Annotated[Principal, Depends(require(Role.INGEST))]
Editor = Annotated[Principal, Depends(require(Role.EDITOR))]
Admin = Annotated[Principal, Depends(require(Role.ADMIN))]


Environment = Annotated[
    str,
    Query(
        description="only what comes from resources with this `deployment.environment.name`; metrics and SQL are not narrowed",
        max_length=256,
    ),
]


# What waits for nothing is `async`: any other dependency of a call waits for a thread, each one anew.


def reads_of(request: Request, caller: Principal, environment: str = "") -> Reader:
    """Reads for the caller's tenant."""
    state = request.app.state
    return Reader(state.store, caller.tenant, state.retention.spans_days, environment)


async def reader(request: Request, caller: Viewer, environment: Environment = "") -> Reader:
    """FastAPI dependency: `reads_of`."""
    return reads_of(request, caller, environment)


Reads = Annotated[Reader, Depends(reader)]


async def reader_in_time(request: Request, reads: Reads) -> Reader:
    """The same for requests of many reads: `storage.query_timeout_s` is for all of them together."""
    return reads.in_time(request.app.state.config.storage.query_timeout_s)


ReadsInTime = Annotated[Reader, Depends(reader_in_time)]


async def _view(request: Request, caller: Principal) -> FleetView:
    fleet: FleetSnapshot = request.app.state.fleet
    known = fleet.known(caller.tenant)
    return known if known is not None else await asyncio.to_thread(fleet.view, caller.tenant)


async def open_spans(request: Request, caller: Viewer) -> OpenSpans:
    """What the fleet's view knows of spans of the caller's tenant that have not ended."""
    return (await _view(request, caller)).open_spans


UnderWay = Annotated[OpenSpans, Depends(open_spans)]


async def looping_agents(request: Request, caller: Viewer) -> frozenset[str]:
    """Agents of the caller's tenant that repeat a call now."""
    view = await _view(request, caller)
    return frozenset(view.agent[i] for i in np.flatnonzero(view.state == LOOPING).tolist())


Looping = Annotated[frozenset[str], Depends(looping_agents)]

Start = Annotated[
    str | None,
    Query(
        description="RFC 3339, Unix time in s, ms or ns, or relative: `-15m`; default: an hour before `end`",
        max_length=64,
    ),
]
End = Annotated[str | None, Query(description="as `start`; default: now", max_length=64)]
Q = Annotated[str, Query(description="filter language, see docs/search.md", max_length=4096)]
Limit = Annotated[int, Query(description="items at most", ge=1, le=1000)]
Cursor = Annotated[str, Query(description="`next` of the page before; empty: the first page", max_length=2048)]
Step = Annotated[
    str | None, Query(description="width of a time bucket, e.g. `10s`; default: a round one", max_length=32)
]


async def within(start: Start = None, end: End = None) -> Window:
    """The window of a call; the last hour by default."""
    return window(start, end, HOUR_NS)


Within = Annotated[Window, Depends(within)]


def encoded(value: object) -> Response:
    """`value` as JSON without a detour through the response model: for large answers (their shape is held by tests)."""
    return Response(orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY), media_type="application/json")


def listed(text: str) -> Sequence[str]:
    """The names in a comma-separated parameter."""
    return [part.strip() for part in text.split(",") if part.strip()]
