"""Traces and spans."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from swarmscope.serve.schemas.common import (
    Attributes,
    Cursor,
    DurationNs,
    Model,
    Moment,
    SpanId,
    TraceId,
    Unpriced,
    Usd,
    Window,
)

SpanKind = Literal["unspecified", "internal", "server", "client", "producer", "consumer"]
Status = Literal["unset", "ok", "error"]


class SpanEvent(Model):
    """Something that happened at one moment of a span."""

    time: Moment
    name: str
    dropped_attributes_count: int = Field(description="attributes that the sender left out")
    attributes: Attributes


class SpanLink(Model):
    """A reference to another span."""

    trace_id: TraceId
    span_id: SpanId
    trace_state: str
    flags: int = Field(description="W3C trace flags, and whether the link leads to another process")
    dropped_attributes_count: int = Field(description="attributes that the sender left out")
    attributes: Attributes


class Message(Model):
    """One part of a prompt or completion."""

    key: str = Field(description="the attribute that carried it, e.g. gen_ai.input.messages")
    direction: Literal["system", "input", "output", "tool", "other"]
    role: str = Field(description="user, assistant, system, tool …; empty where the sender does not say")
    text: str = Field(description="the readable content")
    raw: str = Field(
        description="exactly what was stored (after redaction), often JSON; where calls of tools came in attributes of their "
        "own: the whole message as JSON"
    )
    hash: str = Field(description="16 hex digits; equal messages of one tenant have an equal hash")
    missing: bool = Field(description="true: the text was erased or has expired")
    setting: bool = Field(description="true: what the model was given to work with, no part of the conversation")
    repeats: bool = Field(
        description="true: it says only what other messages of the span say, in the form in which it was sent"
    )


class SpanRow(Model):
    """A span without attributes, events and messages: one line of a list."""

    trace_id: TraceId
    span_id: SpanId
    parent_span_id: SpanId | None = Field(description="null: a root")
    name: str
    kind: SpanKind
    start_time: Moment
    duration_ns: DurationNs
    pending: bool = Field(description="true: started and not ended; the duration is what has passed so far")
    status: Status
    status_message: str
    service: str
    agent: str = Field(description="agent id; empty: none")
    agent_name: str
    session: str
    workflow: str
    peer_agent: str = Field(description="whom this span addresses")
    operation: str = Field(description="gen_ai.operation.name vocabulary")
    provider: str
    model: str
    tool: str
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    reasoning_tokens: int
    cost_usd: Usd
    ttft_ns: DurationNs | None = Field(description="time to first token; null: unknown")


class Span(SpanRow):
    """A span in its trace with everything that was sent."""

    offset_ns: int = Field(description="start relative to the start of the trace")
    self_ns: DurationNs = Field(description="time not covered by child spans")
    depth: int = Field(description="0: a root, or a span whose parent is not in the trace")
    critical: bool = Field(description="on the critical path")
    orphan: bool = Field(description="has a parent that is not in the trace")
    trace_state: str
    flags: int
    dropped_attributes_count: int = Field(description="attributes that the sender left out")
    dropped_events_count: int
    dropped_links_count: int
    scope_name: str
    scope_version: str
    resource_id: str = Field(description="key into `resources` of the trace")
    attributes: Attributes
    events: list[SpanEvent]
    links: list[SpanLink]
    messages: list[Message]


class SpanDetails(Model):
    """What one span brought, beside what its row says."""

    span_id: SpanId
    trace_state: str
    flags: int
    dropped_attributes_count: int = Field(description="attributes that the sender left out")
    dropped_events_count: int
    dropped_links_count: int
    scope_name: str
    scope_version: str
    resource_id: str
    attributes: Attributes
    events: list[SpanEvent]
    links: list[SpanLink]
    messages: list[Message]
    resource: Attributes = Field(description="attributes of its resource")


class CriticalStep(Model):
    """A stretch of the critical path, spent in one span."""

    span_id: SpanId
    offset_ns: int = Field(description="start relative to the start of the trace")
    duration_ns: DurationNs


class TraceRow(Model):
    """A trace in one line."""

    trace_id: TraceId
    name: str = Field(description="name of the root span (of the earliest span when there is no root)")
    service: str = Field(description="service of that span")
    agent: str = Field(description="agent of that span")
    rooted: bool = Field(description="whether its root span has come: of a young trace without it more may follow")
    start_time: Moment
    duration_ns: DurationNs
    spans: int
    pending: int = Field(description="spans that have not ended")
    errors: int = Field(description="spans with status error")
    agents: list[str] = Field(description="distinct agent ids, at most 50")
    services: list[str] = Field(description="distinct services, at most 50")
    models: list[str] = Field(description="distinct models, at most 50")
    session: str
    workflow: str
    input_tokens: int
    output_tokens: int
    cost_usd: Usd
    unpriced: Unpriced
    asked: str = Field(
        description="in lists that ask for it: the first words that a user said in it, at most 200 characters; else empty"
    )
    matched: int = Field(description="spans of it that match the search; 0 where nothing was searched for")
    matched_time: Moment = Field(
        description="start of its newest matching span, of the oldest where sorted by time, ascending: such lists go by it"
    )


class TextColumn(Model):
    """Texts, each distinct one once."""

    values: list[str]
    at: list[int] = Field(description="row by row: which of `values`")


class PathColumns(Model):
    """The critical path, step by step in order of time."""

    at: list[int] = Field(description="row of the span")
    offset_ns: list[int]
    duration_ns: list[int]


class SpanColumns(Model):
    """The spans of a large trace, row by row as `spans` would be, without what they brought."""

    span_id: list[SpanId]
    parent_span_id: list[SpanId | None]
    kind: TextColumn
    status: TextColumn
    name: TextColumn
    status_message: TextColumn
    service: TextColumn
    agent: TextColumn
    agent_name: TextColumn
    session: TextColumn
    workflow: TextColumn
    peer_agent: TextColumn
    operation: TextColumn
    provider: TextColumn
    model: TextColumn
    tool: TextColumn
    input_tokens: list[int]
    output_tokens: list[int]
    cached_tokens: list[int]
    reasoning_tokens: list[int]
    ttft_ns: list[int] = Field(description="0: unknown")
    cost_usd: list[float]
    pending: list[bool]
    offset_ns: list[int] = Field(description="start relative to the start of the trace")
    duration_ns: list[int]
    self_ns: list[int]
    depth: list[int]
    critical: list[bool]
    orphan: list[bool]
    path: PathColumns = Field(description="the critical path")


class Trace(Model):
    """One whole trace."""

    summary: TraceRow
    spans: list[Span] = Field(description="parents before children, siblings by start time")
    columns: SpanColumns | None = Field(description="the spans where the trace is large and columns were asked for")
    resources: dict[str, Attributes] = Field(description="resource attributes by resource id")
    critical_path: list[CriticalStep] = Field(
        description="by time, without overlap; times in which nothing ran are left out"
    )
    truncated: bool = Field(description="true: the trace has more spans than the limit; the earliest are given")
    detailed: bool = Field(
        description="false: it has more spans than `details`, so they come without attributes, events, links and messages"
    )


class Traces(Model):
    """A page of a trace search."""

    items: list[TraceRow]
    next: Cursor
    window: Window


class Spans(Model):
    """A page of a span search."""

    items: list[SpanRow]
    next: Cursor
    window: Window


class Side(Model):
    """One side of a comparison."""

    spans: int
    traces: int = Field(description="distinct traces, approximate above 1,000")
    errors: int = Field(description="spans with status error")


class ValueDifference(Model):
    """How often one value of a field occurs on either side."""

    value: str
    selected: int = Field(description="selected spans with this value, of those that were looked at")
    rest: int = Field(description="other spans with this value")
    selected_share: float = Field(description="0–1 of the selected spans")
    rest_share: float = Field(description="0–1 of the rest")
    difference: float = Field(description="selected_share less rest_share")
    certain: float = Field(
        description="the end of the confidence interval of the difference that is nearer to zero; 0: it can be chance. "
        "95 % over all values together, a trace being one witness"
    )


class FieldDifference(Model):
    """A field whose values are distributed otherwise among the selected spans than among the rest."""

    field: str = Field(description="name to use in the filter language")
    difference: float = Field(description="of its value that differs most")
    certain: float = Field(description="of that value")
    values: list[ValueDifference] = Field(description="what differs most first")


class NumberDifference(Model):
    """A number that tends to be larger or smaller among the selected spans."""

    field: str = Field(description="name to use in the filter language")
    selected: int = Field(description="selected spans that have it")
    rest: int = Field(description="other spans that have it")
    selected_p50: float = Field(description="nanoseconds for durations, US dollars for cost")
    selected_p95: float
    rest_p50: float
    rest_p95: float
    difference: float = Field(description="P(a selected one is larger) less P(it is smaller), -1 to 1")
    certain: float = Field(description="as of values")


class Differences(Model):
    """What sets a selection of spans apart from the rest of a search."""

    window: Window
    selected: Side
    rest: Side
    fields: list[FieldDifference] = Field(description="what differs most, and certainly, first")
    numbers: list[NumberDifference] = Field(description="likewise")
    examined: int = Field(description="distinct values that were compared")
    sampled: bool = Field(description="true: counted over a random part of the traces of either side")


class CriticalAgent(Model):
    """An agent's part of the critical path of a workflow."""

    agent: str
    duration_ns: DurationNs
    share: float = Field(description="0–1 of the critical path")


class WorkflowFailure(Model):
    """Where a run of a workflow began to fail: of its spans that failed, the one that ended first."""

    trace_id: str
    span_id: str
    name: str
    agent: str
    message: str = Field(description="what the span says of it")
    start_time: Moment


class WorkflowRow(Model):
    """A workflow in one line; its figures are over whole runs: all spans of the traces in which one of its spans lies."""

    workflow: str
    start_time: Moment
    last_time: Moment = Field(description="end of its last span")
    duration_ns: DurationNs
    traces: int
    spans: int
    errors: int
    agents: list[str] = Field(description="distinct agent ids, at most 50")
    input_tokens: int
    output_tokens: int
    cost_usd: Usd
    unpriced: Unpriced
    failure: WorkflowFailure | None = Field(description="of the newest of its runs that failed")


class Workflows(Model):
    """A page of workflows, newest first."""

    items: list[WorkflowRow]
    next: Cursor
    window: Window


class WorkflowAgent(Model):
    """What one agent did in a workflow."""

    agent: str
    spans: int
    errors: int
    duration_ns: DurationNs = Field(description="sum of its spans' own time, without child spans")
    input_tokens: int
    output_tokens: int
    cost_usd: Usd


class WorkflowStep(Model):
    """What the spans of one agent, name, operation, tool and model took over the traces of a workflow."""

    agent: str
    name: str
    operation: str
    tool: str
    model: str
    traces: int = Field(description="traces in which the step occurs")
    spans: int
    errors: int
    input_tokens: int
    output_tokens: int
    cost_usd: Usd
    duration_p50_ns: DurationNs
    duration_p95_ns: DurationNs
    self_ns: DurationNs = Field(description="sum of the time that no child span covers")
    waiting_ns: DurationNs = Field(description="sum of the time that child spans cover")
    critical_ns: DurationNs = Field(description="its part of the critical paths")
    share: float = Field(description="0–1 of the critical paths")


class Workflow(Model):
    """One workflow: its agents, its traces, its steps, and where the time went."""

    summary: WorkflowRow
    agents: list[WorkflowAgent]
    critical_agents: list[CriticalAgent] = Field(description="share of the critical paths of its traces, largest first")
    steps: list[WorkflowStep] = Field(description="the bottleneck first, at most 200")
    critical_ns: DurationNs = Field(description="length of the critical paths of its traces")
    idle_ns: DurationNs = Field(description="time in its traces in which no span ran")
    traces: list[TraceRow] = Field(description="the newest, at most 200, by start time")
