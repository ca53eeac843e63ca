"""Logs."""

from __future__ import annotations

from pydantic import Field

from swarmscope.serve.schemas.common import Attributes, Cursor, Model, Moment, SpanId, TraceId, Value, Window


class LogRow(Model):
    """One log record."""

    id: str = Field(description="names the record in `logs/context`")
    time: Moment
    observed_time: Moment
    severity: int = Field(description="OTLP severity number, 0–24")
    severity_text: str = Field(description="as sent, else the name of the number")
    level: str = Field(description="trace, debug, info, warn, error, fatal, or unset")
    event_name: str
    service: str
    scope_name: str
    scope_version: str
    resource_id: str = Field(description="names the resource for `/api/v1/resources/{id}`")
    agent: str
    session: str
    trace_id: TraceId | None
    span_id: SpanId | None
    flags: int = Field(description="W3C trace flags")
    dropped_attributes_count: int = Field(description="attributes that the sender left out")
    body: Value
    template_id: str = Field(description="16 hex digits; empty: no template was mined")
    attributes: Attributes


class Resource(Model):
    """What sends: a process, with the scope of the instrumentation where that says something of itself."""

    resource_id: str
    attributes: Attributes


class Logs(Model):
    """A page of a log search."""

    items: list[LogRow]
    next: Cursor
    window: Window


class LogTail(Model):
    """Records that arrived since the cursor, oldest first."""

    items: list[LogRow]
    cursor: str = Field(description="pass as `after` to go on")
    skipped: int = Field(description="records that arrived beyond the limit and are not given: the oldest of them")


class LogContext(Model):
    """The lines around one line of the same source."""

    before: list[LogRow] = Field(description="oldest first")
    line: LogRow
    after: list[LogRow] = Field(description="oldest first")


class LogHistogram(Model):
    """Records per time bucket and level."""

    window: Window
    step_ms: int
    times_ms: list[int] = Field(description="Unix milliseconds")
    levels: dict[str, list[int]] = Field(description="level → count per bucket; levels without records are left out")
    total: int
