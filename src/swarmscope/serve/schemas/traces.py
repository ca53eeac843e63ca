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
    Usd,
    Window,
)

SpanKind = Literal["unspecified", "internal", "server", "client", "producer", "consumer"]
Status = Literal["unset", "ok", "error"]


class SpanEvent(Model):
    """Something that happened at one moment of a span."""

    time: Moment
    name: str
    attributes: Attributes


class SpanLink(Model):
    """A reference to another span."""

    trace_id: TraceId
    span_id: SpanId
    attributes: Attributes


class Message(Model):
    """One part of a prompt or completion."""

    key: str = Field(description="the attribute that carried it, e.g. gen_ai.input.messages")
    direction: Literal["system", "input", "output", "tool", "other"]
    role: str = Field(description="user, assistant, system, tool …; empty where the sender does not say")
    text: str = Field(description="the readable content")
    raw: str = Field(description="exactly what was stored (after redaction), often JSON")
    hash: str = Field(description="16 hex digits; equal text of one tenant has an equal hash")
    missing: bool = Field(description="true: the text was erased or has expired")


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
    """A span with everything that was sent."""

    offset_ns: int = Field(description="start relative to the start of the trace")
    self_ns: DurationNs = Field(description="time not covered by child spans")
    depth: int = Field(description="0: a root, or a span whose parent is not in the trace")
    critical: bool = Field(description="on the critical path")
    orphan: bool = Field(description="has a parent that is not in the trace")
    trace_state: str
    flags: int
    scope_name: str
    scope_version: str
    resource_id: str = Field(description="key into `resources` of the trace")
    attributes: Attributes
    events: list[SpanEvent]
    links: list[SpanLink]
    messages: list[Message]


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
    matched: int = Field(description="spans of it that match the search; 0 where nothing was searched for")


class Trace(Model):
    """One whole trace."""

    summary: TraceRow
    spans: list[Span] = Field(description="parents before children, siblings by start time")
    resources: dict[str, Attributes] = Field(description="resource attributes by resource id")
    critical_path: list[CriticalStep] = Field(
        description="by time, without overlap; times in which nothing ran are left out"
    )
    truncated: bool = Field(description="true: the trace has more spans than the limit; the earliest are given")


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


class CriticalAgent(Model):
    """An agent's part of the critical path of a workflow."""

    agent: str
    duration_ns: DurationNs
    share: float = Field(description="0–1 of the critical path")


class WorkflowRow(Model):
    """A workflow in one line."""

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


class Workflow(Model):
    """One workflow: its agents, its traces, and where the time went."""

    summary: WorkflowRow
    agents: list[WorkflowAgent]
    critical_agents: list[CriticalAgent] = Field(description="share of the critical paths of its traces, largest first")
    traces: list[TraceRow] = Field(description="by start time, at most 200")
