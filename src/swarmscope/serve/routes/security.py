"""Security: what is held against whom, and events to be judged."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated

from fastapi import Depends, Path, Query, Request, Response

from swarmscope.catalog.catalog import Catalog
from swarmscope.detect.security.detector import SHARED
from swarmscope.detect.security.events import FAILURE, SUCCESS, UNKNOWN, events, subject_of
from swarmscope.detect.security.threats import Verdict
from swarmscope.detect.verdicts import bars_of
from swarmscope.model.finding import columns
from swarmscope.query import security
from swarmscope.query.times import parse_moment
from swarmscope.serve.routes.common import (
    NOT_FOUND,
    Cursor,
    Ingester,
    Limit,
    Reads,
    Within,
    encoded,
    listed,
    new_router,
)
from swarmscope.serve.schemas.security import (
    GivenEvent,
    GivenEvents,
    Principals,
    SecurityEvent,
    SecurityEvents,
    SecuritySummary,
    Threat,
    Verdicts,
)

router = new_router("security")
_OUTCOMES = {"unknown": UNKNOWN, "success": SUCCESS, "failure": FAILURE}
EventId = Annotated[str, Path(description="event id, 32 hex digits", pattern="^[0-9a-fA-F]{32}$")]
Names = Annotated[str, Query(description="comma-separated; empty: all", max_length=2048)]


@router.post("/security/events", response_model=Verdicts, summary="Judge events")
async def judge_events(request: Request, caller: Ingester, given: GivenEvents) -> Verdicts:
    """What is held against each; that is kept, the rest is not. Answered when it is safe."""
    catalog = request.app.state.catalog
    verdict = await asyncio.to_thread(_judged, caller.tenant, given, catalog)
    intake = request.app.state.intake
    if verdict.threats:
        tables = {"security_events": verdict.rows, "findings": columns(verdict.findings, time.time_ns())}
        await asyncio.wrap_future(await asyncio.to_thread(intake.submit_tables, tables, caller.tenant))
    return Verdicts(
        judged=len(given.events),
        threats=[
            Threat(
                place=int(verdict.rows_of[t.place]),
                kind=t.kind,
                family=t.family,
                severity=t.severity,  # type: ignore[arg-type] # one of the ladder
                confidence=t.confidence,
                message=t.message,
            )
            for t in verdict.threats
        ],
    )


def _judged(tenant: str, given: GivenEvents, catalog: Catalog) -> Verdict:
    now = time.time_ns()
    rows = events([_row(event, place, now) for place, event in enumerate(given.events)])
    about = {subject_of(rows, place) for place in range(len(given.events))}
    return SHARED.judge(tenant, rows, now, bars_of(catalog.verdicts.tallies_of(tenant, about)))


def _row(event: GivenEvent, place: int, now_ns: int) -> dict[str, object]:
    return {
        **event.model_dump(exclude={"time", "outcome", "trace_id"}),
        "time_ns": parse_moment(event.time, f"events.{place}.time", now_ns) if event.time else now_ns,
        "outcome": _OUTCOMES[event.outcome],
        "trace_id": bytes.fromhex(event.trace_id) if event.trace_id else bytes(16),
        "row": place,
        "key": "" if event.time else f"{now_ns}/{place}",
    }


async def _chosen(
    kind: Names = "", severity: Names = "", principal: Names = "", source: Names = "", endpoint: Names = "",
    agent: Names = "",
) -> dict[str, list[str]]:  # fmt: skip
    named = (("kind", kind), ("severity", severity), ("principal", principal), ("source", source),
             ("endpoint", endpoint), ("agent", agent))  # fmt: skip
    return {name: list(listed(text)) for name, text in named}


Chosen = Annotated[dict[str, list[str]], Depends(_chosen)]
Text = Annotated[str, Query(description="part of message, principal, source or endpoint", max_length=512)]


@router.get("/security/events", response_model=SecurityEvents, summary="Security events")
def list_events(
    reads: Reads, within: Within, chosen: Chosen, q: Text = "", limit: Limit = 100, cursor: Cursor = ""
) -> Response:
    """Newest first."""
    return encoded(security.search(reads, within, chosen, q, limit, cursor))


@router.get(
    "/security/events/{event_id}", response_model=SecurityEvent, summary="One security event", responses=NOT_FOUND
)
def one_event(reads: Reads, event_id: EventId) -> Response:
    """What is held against one event, and what was sent."""
    return encoded(security.one(reads, event_id.lower()))


@router.get("/security/summary", response_model=SecuritySummary, summary="Threat score and attack patterns over time")
def summarise(
    reads: Reads, within: Within, chosen: Chosen, q: Text = "",
    buckets: Annotated[int, Query(description="time buckets at most", ge=1, le=500)] = 60,
) -> Response:  # fmt: skip
    """Counts per kind and severity, who, whence and where, of the events that are chosen."""
    return encoded(security.summary(reads, within, buckets, chosen, q))


@router.get("/security/principals", response_model=Principals, summary="Who is dangerous")
def list_principals(reads: Reads, within: Within, chosen: Chosen, q: Text = "", limit: Limit = 50) -> Response:
    """Riskiest first: what was held against each, as independent evidence that fades."""
    return encoded(security.principals(reads, within, limit, chosen, q))
