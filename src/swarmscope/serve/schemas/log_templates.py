"""Templates of log lines."""

from __future__ import annotations

from pydantic import Field

from swarmscope.serve.schemas.common import Model, Moment, Window


class LogTemplate(Model):
    """What lines have in common, and how they came."""

    template_id: str = Field(description="16 hex digits; `template:<id>` finds its lines")
    text: str = Field(description="words, `<*>` for what varies")
    log_class: str = Field(
        alias="class",
        description="prompt, tool_error, refusal, rate_limit, context_overflow, timeout, cost; empty: anything else",
    )
    example: str = Field(description="the line that founded it")
    lines: int
    agents: int = Field(description="agents that wrote such lines, approximately")
    level: str = Field(description="the worst level of its lines")
    first_seen: Moment = Field(description="in the window")
    last_seen: Moment
    trend: list[int] = Field(description="lines per time bucket")
    samples: list[str] = Field(description="different lines")


class LogTemplates(Model):
    """Templates of a window, those with most lines first."""

    items: list[LogTemplate]
    kinds: int = Field(description="templates that match, more than are given perhaps")
    lines: int = Field(description="lines that match, of any class")
    unmined: int = Field(description="of these, lines without a template: no text, or too many new kinds at once")
    step_ms: int
    times_ms: list[int] = Field(description="Unix milliseconds of the buckets of `trend`")
    window: Window
