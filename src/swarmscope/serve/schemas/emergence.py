"""Shapes of emergence: what was looked for and seen, events, the network of agents, indicators over time."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from swarmscope.serve.schemas.common import Model, Moment, TimesMs, Window

PATTERNS_MAX = 64
Share = Annotated[float, Field(ge=0, le=1)]


class EmergenceAsked(Model):
    """What to look at, and how keenly."""

    end: str = Field(default="now", description="RFC 3339, Unix time, or relative such as -5m", max_length=64)
    window_s: float = Field(default=120, ge=60, le=300, description="length of the window in seconds")
    patterns: list[str] = Field(default_factory=list, description="names; empty: all", max_length=PATTERNS_MAX)
    sensitivity: dict[str, Share] = Field(
        default_factory=dict, description="by pattern, 0 dull to 1 keen; others keep theirs", max_length=PATTERNS_MAX
    )


class Emerging(Model):
    """One thing that was looked for."""

    pattern: str
    kind: str = Field(description="synchrony, contagion, phase_transition, …")
    emerged: bool = Field(description="rare under the null and large enough")
    title: str
    explanation: str
    recommendation: str
    p: Share = Field(description="probability under the null, corrected for all that was tried")
    level: Share = Field(description="what it is held to; its false-alarm rate per look")
    magnitude: float = Field(description="in [0, 1]")
    observed: float | None
    expected: float | None = Field(description="mean of the surrogates")
    statistic: str
    surrogates: int = Field(description="how many were drawn; 0: the test is exact")
    onset: Moment
    participants: list[str]
    features: dict[str, float]
    evidence: list[tuple[str, str]]


class PatternState(Model):
    """A pattern that was asked."""

    pattern: str
    about: str
    kinds: list[str]
    sensitivity: Share
    level: Share
    seconds: float
    error: str = Field(description="empty: it worked")


class EmergenceAnalysis(Model):
    """What is there, rarest first; also what was looked for and is not there."""

    window: Window
    items: list[Emerging]
    patterns: list[PatternState]
    agents: int
    interactions: int


class EmergenceEvent(Model):
    """Something that emerged."""

    id: str
    pattern: str
    kind: str
    severity: str
    start: Moment
    end: Moment
    onset: Moment
    title: str
    explanation: str
    recommendation: str
    magnitude: float
    confidence: Share
    p: float | None
    observed: float | None
    expected: float | None
    participants: list[str]
    features: dict[str, float]
    evidence: list[tuple[str, str]]


class EmergenceEvents(Model):
    """Newest first."""

    items: list[EmergenceEvent]
    window: Window


class NetworkAgent(Model):
    """One agent's place in the network."""

    agent: str
    name: str = Field(description="what it calls itself; its id where it has no name")
    community: int = Field(description="number of its community; −1: none")
    pagerank: float
    betweenness: float = Field(description="share of shortest paths through it, estimated in large networks")
    participation: Share = Field(description="0: all its edges in one community")
    calls_out: float
    calls_in: float


class NetworkEdge(Model):
    """How often one addressed or called another."""

    source: str
    target: str
    calls: float
    bridge: bool = Field(description="between two communities")


class Community(Model):
    """Agents that work with each other more than with others."""

    number: int = Field(description="stays the same from look to look while most of its agents do")
    size: int
    inside: Share = Field(description="share of its calls that stay inside")
    lead: str = Field(description="the agent that works with the most others")
    name: str = Field(description="what the lead calls itself; its id where it has no name")


class NetworkAnalysis(Model):
    """The network of who works with whom."""

    window: Window
    agents: int
    edges: int
    density: Share
    reciprocity: Share
    modularity: float
    modularity_chance: float | None = Field(description="of rewired networks; null: not tested")
    modularity_p: Share | None = Field(description="probability that chance gives as much; null: not tested")
    communities: list[Community] = Field(description="largest first")
    hubs: list[NetworkAgent] = Field(description="most central first")
    bridges: list[NetworkAgent] = Field(description="those that most shortest paths between communities lead through")
    nodes: list[NetworkAgent] = Field(description="most central first, at most `limit`")
    links: list[NetworkEdge] = Field(description="between `nodes`, most calls first")
    truncated: bool


class NetworkCommunities(Model):
    """Who works with each other more than with others, as columns; entry i of `agent` and `community` is one agent."""

    window: Window
    communities: list[Community] = Field(description="largest first")
    agent: list[str] = Field(description="everybody who works with anybody")
    community: list[int] = Field(description="number of its community; −1: works with itself only")


class Gauge(Model):
    """An early warning: variance and memory of one signal of one group, over time."""

    group: str = Field(description="fleet, or the agent of a community that works with the most others")
    signal: str
    variance: list[float | None] = Field(description="per moment of `times`")
    memory: list[float | None] = Field(description="lag-1 autocorrelation, per moment of `times`")
    variance_trend: float = Field(description="Kendall's τ")
    memory_trend: float
    p: Share


class Order(Model):
    """Order parameters over time."""

    times: TimesMs
    kuramoto: list[float | None] = Field(description="R of work begun, at the strongest common period")
    chance: list[float | None] = Field(description="what as many independent beginnings reach in 95 of 100 cases")
    begun: list[int]
    period_s: float


class EmergenceIndicators(Model):
    """Order parameters and early-warning gauges."""

    window: Window
    order: Order
    times: TimesMs = Field(description="of the gauges")
    gauges: list[Gauge] = Field(description="strongest warning first")
    polarisation: dict[str, float] = Field(description="correlation of values over interactions")
    modularity: float
