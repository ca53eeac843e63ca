"""Shapes that several nouns share."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

Moment = Annotated[
    str, Field(description="RFC 3339, UTC, nanoseconds", examples=["2026-01-31T12:00:00.123456789Z"], max_length=40)
]
TraceId = Annotated[str, Field(description="32 hex digits", examples=["4bf92f3577b34da6a3ce929d0e0e4736"])]
SpanId = Annotated[str, Field(description="16 hex digits", examples=["00f067aa0ba902b7"])]
DurationNs = Annotated[int, Field(description="nanoseconds", ge=0)]
Usd = Annotated[float, Field(description="US dollars")]
Unpriced = Annotated[
    list[str],
    Field(
        description="models that used tokens of which no price is known, at most 5: what they cost is not in `cost_usd`"
    ),
]
Outcome = Annotated[
    Literal["fine", "recovered", "failed", "looping", "running", "unfinished"],
    Field(
        description="looping: one of its agents repeats a call now; running: its last turn has not ended, unfinished: and is "
        "silent for 5 minutes; else by its last root span: failed; recovered: that one ended well, after errors; fine: none"
    ),
]
TimesMs = Annotated[list[int], Field(description="Unix milliseconds, start of each bucket, ascending")]
Value = Annotated[
    JsonValue,
    Field(description="as it was sent: text, number, boolean, null, array or object; bytes as base64 text"),
]
Attributes = Annotated[dict[str, Value], Field(description="attributes under their original keys and types")]
Cursor = Annotated[str | None, Field(description="pass as `cursor` for the next page; null: there is none")]
Order = Literal["asc", "desc"]
PROBLEM_REF = "#/components/schemas/Problem"


class Model(BaseModel):
    """Base of all shapes: unknown fields of a request are refused."""

    model_config = ConfigDict(extra="forbid", ser_json_inf_nan="null")


class Problem(Model):
    """An error as RFC 9457 problem JSON."""

    type: str = Field(description="always about:blank; `title` tells the kinds apart")
    title: str = Field(description="the kind of error", examples=["QueryError"])
    status: int = Field(description="the HTTP status")
    detail: str = Field(description="what is wrong, with the value and the remedy")
    retryable: bool | None = Field(default=None, description="whether the same call can succeed later")
    position: int | None = Field(
        default=None, description="where it stops making sense: characters into a query or filter, bytes into a body"
    )
    faults: list[dict[str, str]] | None = Field(
        default=None, description="every parameter that is wrong: where, what, value"
    )


class Window(Model):
    """The time range that was looked at."""

    start: Moment
    end: Moment


class FacetValue(Model):
    """One value of a facet."""

    value: str = Field(description="empty: the agents that have none")
    count: int = Field(description="items with this value among those that match")


class Facet(Model):
    """The most frequent values of one field among the matching items."""

    field: str = Field(description="name to use in the filter language")
    values: list[FacetValue]
    distinct: int = Field(description="number of distinct values, approximate above 1,000")


class Facets(Model):
    """Facets of a search."""

    facets: list[Facet]
    total: int = Field(description="matching items")
    sampled: bool = Field(description="true: counted on the newest part of the matches and scaled up")


class Suggestion(Model):
    """One way to go on typing."""

    text: str = Field(description="what replaces the text between `start` and `end`")
    kind: Literal["field", "value", "operator"]
    detail: str = Field(description="what it means")
    count: int | None = Field(description="how often the value occurs; null for fields and operators")


class Completion(Model):
    """What can be typed at the cursor of a filter."""

    start: int = Field(description="offset of the first character to replace")
    end: int = Field(description="offset after the last character to replace")
    suggestions: list[Suggestion]


class Receipt(Model):
    """What became of a write; the accepted items are durable when this is sent."""

    accepted: int = Field(description="items stored")
    rejected: int = Field(description="items refused; `message` says why")
    message: str


class Latency(Model):
    """A latency heat map: count of items per time bucket and duration bucket."""

    window: Window
    step_ms: int = Field(description="width of a time bucket, milliseconds")
    times_ms: TimesMs
    bounds_ns: list[int] = Field(description="upper bounds of the duration buckets, nanoseconds, ascending; b of them")
    counts: list[list[int]] = Field(description="counts[i][j]: items at times_ms[i] with duration ≤ bounds_ns[j]")
    total: list[int] = Field(description="items per time bucket")
    errors: list[int] = Field(description="items with error per time bucket")
    p50_ns: list[int | None] = Field(description="median duration per time bucket")
    p95_ns: list[int | None] = Field(description="95th percentile per time bucket")
    p99_ns: list[int | None] = Field(description="99th percentile per time bucket")


class Histogram(Model):
    """Counts over time."""

    window: Window
    step_ms: int = Field(description="width of a bucket, milliseconds")
    times_ms: TimesMs
    counts: list[int]
