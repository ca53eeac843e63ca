"""Sessions: conversations across traces."""

from __future__ import annotations

from pydantic import Field

from swarmscope.serve.schemas.common import (
    Cursor,
    DurationNs,
    Model,
    Moment,
    Outcome,
    SpanId,
    TraceId,
    Unpriced,
    Usd,
    Window,
)
from swarmscope.serve.schemas.traces import Message


class SessionRow(Model):
    """A session in one line."""

    session: str
    title: str = Field(description="the first words that a user said, at most 200 characters; empty: nobody said any")
    start_time: Moment
    last_time: Moment = Field(description="end of its last span")
    duration_ns: DurationNs
    turns: int = Field(description="traces")
    spans: int
    errors: int
    outcome: Outcome
    agents: list[str] = Field(description="distinct agent ids, at most 50")
    models: list[str] = Field(description="distinct models, at most 50")
    input_tokens: int
    output_tokens: int
    cost_usd: Usd
    unpriced: Unpriced


class Sessions(Model):
    """A page of sessions."""

    items: list[SessionRow]
    next: Cursor
    window: Window


class Turn(Model):
    """One trace of a session."""

    index: int = Field(description="0: the first")
    trace_id: TraceId
    name: str
    agent: str
    start_time: Moment
    duration_ns: DurationNs
    wait_ns: DurationNs = Field(description="from the end of the turn before")
    spans: int
    errors: int
    input_tokens: int
    output_tokens: int
    cost_usd: Usd
    unpriced: Unpriced


class Utterance(Message):
    """A message of the conversation where it was first seen."""

    turn: int
    time: Moment
    trace_id: TraceId
    span_id: SpanId
    agent: str
    model: str
    tool: str = Field(description="the tool whose span said it; empty: none")


class Session(Model):
    """One session."""

    summary: SessionRow
    turns: list[Turn] = Field(description="by start time, at most 1,000")
    conversation: list[Utterance] = Field(description="each message once, where it first appeared")
    truncated: bool = Field(description="true: there are more turns or messages than the limits")
