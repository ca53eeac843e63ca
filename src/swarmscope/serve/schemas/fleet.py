"""Graph, metrics, cost, prices."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from swarmscope.serve.schemas.common import Cursor, DurationNs, Model, Moment, TimesMs, Usd, Window


class GraphNode(Model):
    """A service or an agent."""

    id: str
    name: str
    spans: int = Field(description="in the window")
    errors: int
    latency_mean_ns: DurationNs | None
    tokens: int = Field(description="input and output")
    cost_usd: Usd
    state: str = Field(description="live state of an agent; empty for services")


class GraphEdge(Model):
    """Calls from one node to another."""

    source: str
    target: str
    kind: str = Field(description="call: parent and child span; message: an agent addressed another")
    count: int
    errors: int
    latency_mean_ns: DurationNs | None
    latency_max_ns: DurationNs | None
    tokens: int = Field(description="of what the target spent, the part of these calls among all of its runs")
    cost_usd: Usd


class Graph(Model):
    """Who calls whom."""

    window: Window
    nodes: list[GraphNode] = Field(description="by number of spans")
    edges: list[GraphEdge] = Field(description="by count")
    truncated: bool = Field(description="true: there are more edges than the limit; the most frequent are given")


class SelfSample(Model):
    """One value of one of the platform's own metrics."""

    name: str
    labels: dict[str, str]
    value: float | None


class SelfMetric(Model):
    """One of the platform's own metrics."""

    name: str
    kind: str
    help: str
    samples: list[SelfSample]


class SelfMetrics(Model):
    """The platform's own metrics, as /metrics has them."""

    time: Moment
    metrics: list[SelfMetric]


class SelfHistory(Model):
    """The last hour of the install's own figures, by name; rates are a second. Empty for some seconds after a start."""

    step_ms: int
    times_ms: TimesMs
    series: dict[str, list[float | None]] = Field(
        description="spans, logs, metrics, calls: a second; cpu_seconds: cores in use; journal_bytes, queue_bytes, "
        "memory_bytes, lag_rows, lag_s, dead_letters; call_seconds: seconds spent in answering, a second"
    )


class MetricName(Model):
    """A metric that agents report."""

    metric: str
    kind: str
    unit: str
    description: str
    series: int
    agents: int


class MetricNames(Model):
    """The metrics that agents report."""

    items: list[MetricName]


class SeriesRow(Model):
    """One series."""

    series_id: str = Field(description="32 hex digits")
    metric: str
    kind: str
    unit: str
    temporality: str = Field(description="empty, delta or cumulative")
    agent: str
    labels: dict[str, str]
    last_seen: Moment


class SeriesList(Model):
    """A page of series."""

    items: list[SeriesRow]
    next: Cursor


class Range(Model):
    """The samples of one series: raw, or averaged per step."""

    series: SeriesRow
    window: Window
    step_ms: int | None = Field(description="null: raw samples")
    times_ms: TimesMs
    values: list[float | None]
    truncated: bool


class Ranges(Model):
    """The samples of some series."""

    items: list[Range]


class Environment(Model):
    """A place where agents are deployed, as their resources say."""

    name: str = Field(description="`deployment.environment.name`, or `deployment.environment`")
    services: list[str] = Field(description="some that run there")


class Environments(Model):
    """The environments of a tenant, by name."""

    items: list[Environment]


class WhatIfRow(Model):
    """What one model's work would cost with another."""

    model: str
    operation: str
    spans: int
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    actual_usd: Usd
    same_cache_usd: Usd | None = Field(description="cached tokens at the other's cache price; null: left as it is")
    no_cache_usd: Usd | None = Field(description="cached tokens at the other's input price; null: left as it is")


class WhatIf(Model):
    """The stored token counts at another model's price."""

    window: Window
    model: str
    matched: str = Field(description="entry of the price table")
    input_usd: float
    output_usd: float
    cached_usd: float | None
    complete: bool
    actual_usd: Usd
    same_cache_usd: Usd
    no_cache_usd: Usd
    items: list[WhatIfRow]


class CostRow(Model):
    """The cost of one agent, model, session …"""

    key: str = Field(description="value of the field that is grouped by; empty: it was not set")
    spans: int
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    reasoning_tokens: int
    cost_usd: Usd
    share: float = Field(description="0–1 of the total cost")
    series: list[float] = Field(description="US dollars per time bucket; empty where no `step` was asked for")
    priced: bool = Field(
        description="false: by model, and the price table has none for it; what it used is counted as free"
    )


class Cost(Model):
    """Where the money went."""

    window: Window
    by: str
    complete: bool = Field(
        description="false: of older days only spans worth keeping are counted; drop the filter, or take another field"
    )
    first: Moment | None = Field(
        description="when the first of it was spent, of older days the hour; null: nothing was"
    )
    step_ms: int | None
    times_ms: TimesMs
    total: CostRow
    items: list[CostRow] = Field(description="dearest first")
    other: CostRow | None = Field(description="all beyond the limit together")


class OwnPrice(Model):
    """What a model costs, per million tokens."""

    model: str = Field(min_length=1, max_length=256, description="model id, or what ids begin with, up to a - @ : or _")
    input_usd: float = Field(ge=0, lt=1e6, allow_inf_nan=False)
    output_usd: float = Field(ge=0, lt=1e6, allow_inf_nan=False)
    cached_usd: float | None = Field(
        default=None, ge=0, lt=1e6, allow_inf_nan=False, description="cache reads; null: as input"
    )


class Price(OwnPrice):
    """A price and where it comes from."""

    source: Literal["shipped", "plugin", "file", "set"] = Field(
        description="shipped with the program, from a plug-in, from ingest.prices_file, or set by an admin"
    )


class Prices(Model):
    """The price table by model."""

    prices: list[Price]


class PriceUpdate(Model):
    """The prices that an admin sets; they come before shipped ones."""

    prices: list[OwnPrice] = Field(max_length=2000)


class ComponentHealth(Model):
    """How one part of the platform or of the fleet is doing."""

    name: str
    state: Literal["healthy", "partial", "unhealthy"]
    score: float = Field(description="0–1: healthy ≥ 0.7, partial ≥ 0.3")
    reasons: list[str] = Field(description="what lowered the score; empty when nothing did")
    recommendations: list[str]
    facts: dict[str, float | str | None] = Field(description="the figures behind the score")


class Health(Model):
    """Health of the install and of the fleet."""

    state: Literal["healthy", "partial", "unhealthy"]
    score: float = Field(
        description="mean of components, never better than the worst of store, catalog, journal and writer"
    )
    time: Moment
    version: str
    uptime_s: float
    components: list[ComponentHealth]


class Readiness(Model):
    """Whether each part can do its work now."""

    ready: bool
    components: dict[str, str] = Field(description="component → ok, or why not")


class Live(Model):
    """The process is alive: the words of the IETF's health check format, which InfluxDB's clients read too."""

    status: Literal["pass"] = "pass"
    name: Literal["swarmscope"] = "swarmscope"
    message: Literal["ready for queries and writes"] = "ready for queries and writes"
    version: str


class SqlQuery(Model):
    """A read-only query."""

    query: str = Field(min_length=1, max_length=100_000, examples=["SELECT agent, count() FROM spans GROUP BY agent"])
    format: Literal["json", "csv", "arrow", "parquet"] = "json"
    limit: int = Field(
        default=10_000, ge=1, le=1_000_000, description="rows at most; `truncated` tells when there were more"
    )


class SqlColumn(Model):
    """A column of a result."""

    name: str
    type: str = Field(description="Arrow type")


class SqlResult(Model):
    """The answer to a query in JSON; other formats come as files."""

    columns: list[SqlColumn]
    rows: list[list[object]] = Field(description="ids as hex, moments as RFC 3339, 64-bit integers as numbers")
    truncated: bool
    elapsed_ms: float


class SqlTable(Model):
    """A table that may be queried."""

    name: str
    doc: str
    columns: list[SqlColumn] = Field(description="types as the store has them")


class SqlSchema(Model):
    """What may be queried."""

    tables: list[SqlTable]
    functions: list[str] = Field(description="functions that may be called")
