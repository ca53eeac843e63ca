"""Shapes of security events."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from swarmscope.serve.schemas.common import Cursor, Model, Moment, TimesMs, Window

EVENTS_MAX = 10_000
Text = Annotated[str, Field(max_length=1024)]
Severity = Literal["info", "low", "medium", "high", "critical"]
Share = Annotated[float, Field(ge=0, le=1)]


class GivenEvent(Model):
    """Something that happened, to be judged."""

    time: str = Field(default="", description="RFC 3339 or Unix time; empty: now", max_length=64)
    principal: Text = Field(default="", description="user or client")
    source: Text = Field(default="", description="network address")
    endpoint: Text = Field(default="", description="route, tool or page")
    action: Literal["request", "login", "tool_call", "prompt", "completion", "retrieval", "log"] = "request"
    outcome: Literal["unknown", "success", "failure"] = "unknown"
    text: str = Field(default="", description="the value to inspect", max_length=65_536)
    agent: Text = ""
    session: Text = ""
    trace_id: str = Field(default="", pattern="^([0-9a-f]{32})?$")
    country: str = Field(default="", description="ISO 3166-1 alpha-2", max_length=8)
    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)


class GivenEvents(Model):
    """Events to be judged and, where something is held against them, kept."""

    events: list[GivenEvent] = Field(min_length=1, max_length=EVENTS_MAX)


class Threat(Model):
    """What is held against one event."""

    place: int = Field(description="index of the event in the call")
    kind: str
    family: str
    severity: Severity
    confidence: Share
    message: str


class Verdicts(Model):
    """What was found, worst last in time."""

    judged: int
    threats: list[Threat]


class SecurityEvent(Model):
    """One thing that is held against one event."""

    id: str
    time: Moment
    kind: str = Field(description="sql_injection, prompt_injection, brute_force, …")
    family: str = Field(description="which sort of the kind")
    severity: Severity
    score: float
    confidence: Share
    principal: str
    source: str
    endpoint: str
    agent: str
    session: str
    trace_id: str = Field(description="empty: none")
    action: str
    message: str
    attributes: dict[str, str]


class SecurityEvents(Model):
    """A page, newest first."""

    items: list[SecurityEvent]
    next: Cursor
    window: Window


class SecurityTail(Model):
    """What the live channel `security` sends: first the newest, newest first, then what is found, oldest first."""

    items: list[SecurityEvent]
    skipped: int = Field(description="more were found at once; `GET /api/v1/security/events` lists them")


class Pattern(Model):
    """One kind and severity over time."""

    kind: str
    severity: Severity
    count: int
    counts: list[int] = Field(description="per bucket of `times`")


class Count(Model):
    """How often a value occurs."""

    value: str
    count: int


class SecuritySummary(Model):
    """How things stand."""

    threat_score: Share = Field(description="the risk of all principals together")
    events: int
    times: TimesMs
    patterns: list[Pattern] = Field(description="worst severity first")
    principals: list[Count]
    sources: list[Count]
    endpoints: list[Count]
    agents: list[Count]
    window: Window


class Principal(Model):
    """How dangerous a principal is."""

    principal: str
    risk: Share
    events: int
    kinds: dict[str, int]
    last_seen: Moment


class Principals(Model):
    """Riskiest first."""

    items: list[Principal]
    threat_score: Share
    half_life_s: float = Field(description="after so long an event counts half")
    window: Window
