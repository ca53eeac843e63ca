"""Agents: the registry, what they do now, and their signals."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from swarmscope.serve.schemas.common import Cursor, DurationNs, Facet, Model, Moment, TimesMs, Unpriced, Usd, Window
from swarmscope.serve.schemas.traces import SpanRow

State = Literal["working", "waiting", "looping", "wedged", "idle", "abandoned"]
Condition = Literal["working", "waiting", "looping", "wedged", "idle", "abandoned", "failing"]
Name = Annotated[str, Field(max_length=256)]
Label = Annotated[str, Field(max_length=1024)]
MetricName = Annotated[str, Field(min_length=1, max_length=256)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class AgentRow(Model):
    """An agent in one line; the numbers cover the last minute."""

    agent: str = Field(description="id, as in `spans.agent`")
    name: str
    kind: str = Field(description="llm, rl, worker …; empty where it never registered")
    model: str = Field(description="as registered, else the model last used")
    version: str
    service: str
    team: str = Field(description="label `team`; empty: none")
    node: str = Field(description="host it runs on, as its resource says; empty: unknown")
    state: State
    condition: Condition = Field(description="its state, or failing: health below 0.3 in a state that is no trouble")
    since: Moment = Field(description="when it came into this state")
    reason: str = Field(description="why it is in this state, in words")
    status: str = Field(description="what the agent says of itself")
    first_seen: Moment
    last_seen: Moment = Field(description="last span or heartbeat")
    last_heartbeat: Moment | None
    pending: int = Field(description="spans that have started and not ended")
    pending_ns: DurationNs = Field(description="age of the oldest of them")
    pending_name: str = Field(description="name of the oldest of them")
    spans: int
    errors: int
    error_ratio: float = Field(description="0–1")
    latency_p50_ns: DurationNs | None
    latency_p95_ns: DurationNs | None
    input_tokens: int
    output_tokens: int
    cost_usd: Usd
    unpriced: Unpriced
    health: float = Field(description="score, 0–1: healthy ≥ 0.7, partial ≥ 0.3, else unhealthy")


class StateCounts(Model):
    """How many agents are in each state."""

    working: int
    waiting: int
    looping: int
    wedged: int
    idle: int
    abandoned: int


class ConditionCounts(StateCounts):
    """How many agents are in each condition: those that fail are counted as failing and not by their state."""

    failing: int = Field(description="health below 0.3, and working, waiting or idle")


class Fleet(Model):
    """The fleet in one look."""

    time: Moment = Field(description="when the snapshot was taken")
    agents: int
    states: StateCounts
    conditions: ConditionCounts
    trouble: int = Field(description="agents that are looping, wedged, abandoned or failing")
    fresh: int = Field(description="agents that were first seen in the last 15 minutes")
    spans_per_s: float
    errors_per_s: float
    error_ratio: float = Field(description="0–1")
    tokens_per_s: float
    cost_usd_per_hour: Usd
    pending: int = Field(description="spans that have started and not ended")
    silent: int = Field(
        default=0,
        description="agents of which a high or critical finding of the last day says that they fell silent, alone or with "
        "their node, and that were not heard since nor said stop",
    )
    health: float = Field(
        description="mean health of the agents, 0–1; an abandoned or silent one has none. 1 without agents"
    )


class Agents(Model):
    """A page of agents."""

    items: list[AgentRow]
    next: Cursor
    total: int = Field(description="agents that match")
    fleet: Fleet = Field(description="the whole fleet, whatever the filter")
    facets: list[Facet] = Field(description="of the matching agents; asked for by `facets`")


class FleetChange(Model):
    """An agent that came into trouble, out of it, or is new."""

    at: int = Field(description="its place, as in `FleetColumns.at`")
    time_ms: int = Field(description="Unix milliseconds")
    before: Literal["", "working", "waiting", "looping", "wedged", "idle", "abandoned", "failing"] = Field(
        description="its condition before; empty: the agent is new"
    )
    after: Condition


class FleetPast(Model):
    """The fleet at an earlier moment; rates over the minute before it."""

    time_ms: int = Field(description="Unix milliseconds")
    agents: int
    working: int
    trouble: int = Field(description="looping, wedged, abandoned or failing")
    spans_per_s: float
    error_ratio: float = Field(description="0–1")
    tokens_per_s: float
    cost_usd_per_hour: Usd
    health: float


class FleetActivity(Model):
    """What agents did in the last minutes; entry i of every column is agent i."""

    start_ms: int = Field(description="Unix milliseconds at which the first step begins")
    step_ms: int
    agent: list[str] = Field(description="everybody who had a span in this time")
    spans: list[list[int]] = Field(description="per agent: spans that began in each step, oldest first")


class FleetColumns(Model):
    """All agents as columns, for maps and tables of the whole fleet; entry i of every column is agent i."""

    version: int = Field(description="rises with every change")
    fleet: Fleet
    changes: list[FleetChange] = Field(description="newest last, at most 200, since this server started")
    past: list[FleetPast] = Field(description="every 5 s of the last 15 min; empty where an environment is asked for")
    at: list[int] = Field(
        description="its place: stays the same while the server runs; deltas of the live feed name it"
    )
    agent: list[str]
    name: list[str]
    kind: list[str]
    model: list[str]
    service: list[str]
    team: list[str] = Field(description="label `team`; empty: none")
    node: list[str] = Field(description="host it runs on, as its resource says; empty: unknown")
    state: list[int] = Field(description="index into `states`")
    states: list[State]
    condition: list[int] = Field(description="index into `conditions`")
    conditions: list[Condition]
    since_ms: list[int] = Field(description="Unix milliseconds")
    last_seen_ms: list[int] = Field(description="Unix milliseconds")
    spans: list[int] = Field(description="in the last minute")
    errors: list[int] = Field(description="in the last minute")
    latency_p95_ms: list[float | None]
    tokens: list[int] = Field(description="in the last minute")
    cost_usd: list[float] = Field(description="in the last minute")
    pending: list[int]
    health: list[float] = Field(description="0–1")


class Used(Model):
    """Something that an agent used, in the window."""

    name: str
    count: int
    errors: int
    cost_usd: Usd
    unpriced: Unpriced


class AgentSession(Model):
    """A session of an agent."""

    session: str
    last_time: Moment
    spans: int
    cost_usd: Usd
    unpriced: Unpriced


class StateChange(Model):
    """The agent's condition as seen by this server."""

    time: Moment
    state: Condition
    reason: str


class Agent(Model):
    """One agent in full."""

    summary: AgentRow
    capabilities: list[str]
    labels: dict[str, str]
    resource: dict[str, str] = Field(description="attributes of the resource last seen")
    history: list[StateChange] = Field(
        description="newest first; since this server started, at most 50: what was short for how long ago it was is left out"
    )
    window: Window
    models: list[Used]
    tools: list[Used]
    operations: list[Used]
    peers: list[Used] = Field(description="agents it addressed")
    sessions: list[AgentSession] = Field(description="newest first, at most 20")
    pending: list[SpanRow] = Field(description="oldest first, at most 50")
    recent_errors: list[SpanRow] = Field(description="newest first, at most 20")
    health_reasons: list[str]
    recommendations: list[str]


class Signal(Model):
    """A numeric series of an agent and its newest value."""

    signal: str = Field(description="built in (spans, errors, latency_p95 …) or the name of a metric")
    unit: str
    kind: str = Field(description="gauge, counter, updown, histogram …")
    value: float | None = Field(description="newest value; counters per second")
    time: Moment | None = Field(description="of the value")
    labels: dict[str, str]


class Signals(Model):
    """All signals of an agent."""

    agent: str
    signals: list[Signal]


class Trend(Model):
    """One signal over time."""

    signal: str
    unit: str
    labels: dict[str, str]
    values: list[float | None] = Field(description="per bucket; null: nothing was reported")
    mean: float | None
    minimum: float | None
    maximum: float | None
    last: float | None
    slope_per_hour: float | None = Field(description="least squares over the buckets, in the unit per hour")
    direction: Literal["rising", "falling", "steady", "unknown"] = Field(
        description="steady: the fitted change over the window is below 10 % of the mean, or below two standard errors"
    )


class Trends(Model):
    """Signals of one agent over time."""

    agent: str
    window: Window
    step_ms: int
    times_ms: TimesMs
    trends: list[Trend]


class VersionChange(Model):
    """How a figure differs from the version before: shares by their difference, others by a part (0.1: 10 % more)."""

    figure: Literal["failed", "duration", "tokens", "cost", "spans"] = Field(description="per turn")
    difference: float
    low: float = Field(description="lower end of the confidence interval: 95 % for all figures together")
    high: float
    verdict: Literal["more", "less", "same", "unknown"] = Field(
        description="same: may be chance; unknown: fewer than 8 witnesses"
    )


class Version(Model):
    """One version at work. Figures are per turn: the spans of an agent in one trace."""

    version: str = Field(description="`service.version` of the resource; empty: not told")
    first_time: Moment = Field(
        description="when it was first seen, also before `window`: up to a day before its end, of a kind two hours"
    )
    last_time: Moment = Field(description="in `window`")
    agents: int
    turns: int
    failed_share: float = Field(description="share of turns with a failed span, 0–1")
    duration_p50_ns: DurationNs
    duration_p95_ns: DurationNs
    tokens: float = Field(description="mean")
    cost_usd: Usd
    spans: float = Field(description="mean")
    against: str | None = Field(description="the version before, which `changes` compare with; null: there is none")
    changes: list[VersionChange]


class Versions(Model):
    """Versions side by side, newest first, at most 6."""

    window: Window
    scope: Literal["agent", "kind"]
    items: list[Version]


class Registration(Model):
    """What an agent says of itself when it starts."""

    name: Name = Field(default="", description="display name; the id when empty")
    kind: Name = Field(default="", description="llm, rl, worker …")
    model: Name = ""
    version: Name = ""
    status: Name = Field(default="", description="free text, e.g. ready")
    capabilities: list[Name] = Field(default_factory=list, max_length=256)
    labels: dict[Name, Label] = Field(default_factory=dict, max_length=64)


class Heartbeat(Model):
    """A sign of life."""

    status: Name = Field(default="", description="free text, e.g. busy; `stopped` ends the agent")


class MetricPoint(Model):
    """One value of one metric."""

    name: MetricName = Field(examples=["intelligence.accuracy"])
    value: Finite
    unit: Name = ""
    kind: Literal["gauge", "counter", "updown"] = "gauge"
    labels: dict[Name, Label] = Field(default_factory=dict, max_length=64)
    time: Moment | None = Field(default=None, description="now when absent")


class MetricsReport(Model):
    """An agent's metrics: `metrics` for plain gauges, `points` where units, labels or times matter; 10,000 at most."""

    metrics: dict[MetricName, Finite] = Field(default_factory=dict, max_length=10_000, examples=[{"throughput": 41.5}])
    points: list[MetricPoint] = Field(default_factory=list, max_length=10_000)
    time: Moment | None = Field(default=None, description="of `metrics`; now when absent")
