"""Traces, spans, and how one types a search for them."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Path, Query, Request, Response

from swarmscope.query import agents, complete, differences, facets, latency, traces
from swarmscope.query.search import Page
from swarmscope.serve.routes import prices
from swarmscope.serve.routes.common import (
    NOT_FOUND,
    Cursor,
    Limit,
    Q,
    Reads,
    Step,
    UnderWay,
    Within,
    encoded,
    listed,
    new_router,
)
from swarmscope.serve.schemas.common import Completion, Facets, Latency, Order
from swarmscope.serve.schemas.traces import Differences, SpanDetails, Spans, Trace, Traces

router = new_router("traces")

Sort = Annotated[Literal["time", "duration", "cost", "errors", "tokens"], Query(description="what comes first")]
TraceId = Annotated[str, Path(description="32 hex digits", pattern="^[0-9a-fA-F]{32}$")]
Original = Annotated[bool, Query(description="put message text back into the attributes that brought it, too")]
Direction = Annotated[Order, Query(description="desc: largest or newest first")]


@router.get("/traces", response_model=Traces, summary="Search traces")
def search_traces(
    request: Request, reads: Reads, under_way: UnderWay, within: Within, q: Q = "", sort: Sort = "time",
    order: Direction = "desc", limit: Limit = 50, cursor: Cursor = "",
    asked: Annotated[bool, Query(description="also tell what was asked in each")] = False,
) -> Response:  # fmt: skip
    """Traces with at least one span that matches `q`, sorted by time or by a sum (duration: maximum) over those spans.

    By time, spans that have not ended count too; what they take and cost is not known yet.
    """
    found = traces.search(reads, q, within, Page(sort, order, limit, cursor), under_way, asked)
    prices.tell(request.app.state, found["items"])
    return encoded(found)


@router.get("/traces/latency", response_model=Latency, summary="Latency of matching spans over time")
def trace_latency(
    reads: Reads,
    within: Within,
    q: Q = "",
    step: Step = None,
    buckets: Annotated[int, Query(description="time buckets at most", ge=1, le=500)] = 60,
    roots: Annotated[bool, Query(description="count whole traces (their root spans) only")] = False,
) -> Response:
    """A heat map of durations with error counts and percentiles, for charts over a search."""
    return encoded(latency.heat_map(reads, q, within, step, buckets, roots))


@router.get("/traces/{trace_id}", response_model=Trace, summary="One trace", responses=NOT_FOUND)
def one_trace(
    request: Request,
    reads: Reads,
    trace_id: TraceId,
    limit: Annotated[int, Query(description="spans at most", ge=1, le=100_000)] = 10_000,
    messages: Annotated[bool, Query(description="with the text of prompts and completions")] = True,
    original: Original = False,
    details: Annotated[
        int | None,
        Query(description="spans that come with attributes, events, links and messages; more come without", ge=1),
    ] = None,
    columns: Annotated[
        bool, Query(description="a trace of more spans than `details` comes as `columns`, with `spans` empty")
    ] = False,
) -> Response:
    """All spans of a trace, those still running too, with original attributes, messages and the critical path."""
    found = traces.one(reads, trace_id, limit, messages, original, details, columns)
    prices.tell(request.app.state, [found["summary"]])
    return encoded(found)


@router.get(
    "/traces/{trace_id}/spans/{span_id}",
    response_model=SpanDetails,
    summary="What one span brought",
    responses=NOT_FOUND,
)
def one_span(
    reads: Reads,
    trace_id: TraceId,
    span_id: Annotated[str, Path(description="16 hex digits", pattern="^[0-9a-fA-F]{16}$")],
    original: Original = False,
) -> Response:
    """Attributes, events, links, messages and resource of a span, for traces too large to give them all at once."""
    return encoded(traces.span(reads, trace_id, span_id, original))


@router.get("/spans", response_model=Spans, summary="Search spans")
def search_spans(
    reads: Reads, under_way: UnderWay, within: Within, q: Q = "", sort: Sort = "time", order: Direction = "desc",
    limit: Limit = 50, cursor: Cursor = "",
) -> Response:  # fmt: skip
    """Spans that match `q`, one by one; sorted by time, those that have not ended too."""
    return encoded(traces.spans(reads, q, within, Page(sort, order, limit, cursor), under_way))


@router.get("/spans/differences", response_model=Differences, summary="What sets selected spans apart from the rest")
def span_differences(
    reads: Reads,
    within: Within,
    select: Annotated[str, Query(description="filter for the selected spans", min_length=1, max_length=4096)],
    q: Q = "",
    limit: Annotated[int, Query(description="fields, and numbers, at most", ge=1, le=200)] = 20,
    values: Annotated[int, Query(description="values per field at most", ge=1, le=50)] = 5,
) -> Response:
    """Of the spans that match `q`: those that `select` matches, compared with the others attribute by attribute."""
    return encoded(differences.between_sides(reads, q, select, within, limit, values))


@router.get("/facets", response_model=Facets, summary="Most frequent values of fields among matching spans or logs")
def count_facets(
    reads: Reads,
    within: Within,
    q: Q = "",
    noun: Annotated[Literal["spans", "logs"], Query(description="what is searched")] = "spans",
    fields: Annotated[str, Query(description="comma-separated fields; empty: the usual ones", max_length=1024)] = "",
    limit: Annotated[int, Query(description="values per field at most", ge=1, le=100)] = 10,
) -> Response:
    """What the matching items have in common, to narrow a search by clicking."""
    return encoded(facets.count(reads, noun, q, within, listed(fields), limit))


@router.get("/search/complete", response_model=Completion, summary="Complete a filter while it is typed")
def complete_filter(
    request: Request,
    reads: Reads,
    within: Within,
    q: Q = "",
    position: Annotated[int | None, Query(description="cursor offset in `q`; default: its end", ge=0, le=4096)] = None,
    noun: Annotated[Literal["spans", "logs", "agents"], Query(description="what is searched")] = "spans",
    limit: Annotated[int, Query(description="suggestions at most", ge=1, le=100)] = 20,
) -> Response:
    """Field names, operators, or the most frequent values, for the word at the cursor."""
    at = len(q) if position is None else position
    columns = agents.values_of(request.app.state.fleet.view(reads.tenant)) if noun == "agents" else None
    return encoded(complete.suggest(reads, noun, q, at, within, limit, columns))
