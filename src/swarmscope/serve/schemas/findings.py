"""Findings and detectors."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, JsonValue

from swarmscope.serve.schemas.common import Cursor, DurationNs, Model, Moment, TimesMs, Window

Severity = Literal["info", "low", "medium", "high", "critical"]


class Feature(Model):
    """What contributed."""

    name: str
    share: float = Field(description="of all contributions, or the detector's own figure")


class Evidence(Model):
    """Where to look."""

    kind: str = Field(examples=["trace", "log", "text"])
    reference: str = Field(description="a trace id, a log id, an excerpt")


class Threshold(Model):
    """What it takes for the same subject, kind and signal to be reported again."""

    moves: bool = Field(description="whether what people say moves it; not of what no detector here judges")
    decades: float = Field(description="the same must be 10^decades times rarer than at first; below 0: less rare")
    said_true: int = Field(description="findings of the same of which people said that they were true")
    said_false: int


class Finding(Model):
    """One thing that a detector holds to be so, about one subject in one window."""

    id: str = Field(description="32 hex digits; the same finding always has the same")
    detector: str
    version: str
    kind: str = Field(examples=["latency", "error_surge", "loop"])
    severity: Severity
    subject_kind: str = Field(description="agent, fleet, group, edge, principal, workflow or model")
    subject: str = Field(description="its id; empty for the fleet")
    signal: str = Field(description="the series it is about; empty: none")
    title: str
    explanation: str
    recommendation: str
    score: float | None = Field(description="as the detector counts, the higher the stranger")
    confidence: float | None = Field(description="1 − tail probability under the detector's null")
    observed: float | None
    expected: float | None
    lower: float | None = Field(description="lower end of what is normal")
    upper: float | None = Field(description="upper end of what is normal")
    features: list[Feature]
    evidence: list[Evidence]
    cohort: str = Field(description="whom it was compared with")
    participants: list[str]
    lead_ns: DurationNs = Field(description="how far ahead of the event, for predictions")
    start: Moment = Field(description="when its window began")
    end: Moment
    found: Moment = Field(description="when it was reported")
    over: Moment | None = Field(
        default=None, description="until when what lasted held, once that is known; null: it is not known to be over"
    )
    outcome: Literal["came", "did not come"] | None = Field(
        default=None, description="whether what was foretold came, once it was due"
    )
    labels: dict[str, str]
    feedback: Literal["true", "false"] | None = Field(default=None, description="what people said of it")
    unit: str = Field(default="", description="of the signal, as UCUM writes it; empty: not known or none")
    threshold: Threshold | None = Field(default=None, description="given where one finding is asked for")


class Findings(Model):
    """A page of findings, newest first."""

    items: list[Finding]
    next: Cursor
    window: Window


class FindingCount(Model):
    """How many of one sort."""

    detector: str
    kind: str
    severity: Severity
    findings: int


class FindingGroup(Model):
    """What was found of one subject, of one kind, however often."""

    count: int
    severity: Severity = Field(description="the gravest of them")
    first: Moment = Field(description="start of the oldest in the window")
    newest: Finding


class FindingGroups(Model):
    """A page of groups, those with the newest finding first."""

    items: list[FindingGroup]
    next: Cursor
    window: Window


class FindingCounts(Model):
    """Findings of a window by sort."""

    items: list[FindingCount]
    window: Window


class SeverityOverTime(Model):
    """Findings of one severity."""

    severity: Severity
    count: int
    counts: list[int] = Field(description="per bucket of `times`")


class FindingFacetValue(Model):
    """How often a value occurs."""

    value: str
    count: int


class FindingFacet(Model):
    """The most frequent values of one field."""

    field: Literal["severity", "detector", "kind", "subject", "signal"]
    values: list[FindingFacetValue]


class FindingSummary(Model):
    """Findings of a window over time, and by what they are about."""

    total: int
    times: TimesMs
    severities: list[SeverityOverTime] = Field(description="worst first; those that occur")
    facets: list[FindingFacet]
    window: Window


class Feedback(Model):
    """What a person says of a finding."""

    verdict: Literal["true", "false", "withdrawn"]
    note: str = Field(default="", max_length=2000)


class Said(Model):
    """What was said is kept."""

    finding: str
    verdict: Literal["true", "false", "withdrawn"]
    note: str
    threshold: Threshold


class DetectorOption(Model):
    """One option of a detector."""

    name: str
    value: JsonValue = Field(description="in force here")
    default: JsonValue
    about: str
    minimum: float | None
    maximum: float | None
    sensitive: list[float] | None = Field(
        description="what the dial at 0 and at 1 makes of it; null: it does not follow"
    )


class Precision(Model):
    """What people said of its findings."""

    true: int
    false: int
    precision: float | None = Field(description="share of true ones; null: nobody said anything")


class Detector(Model):
    """One detector: what it is, how it is set, how it fares."""

    name: str
    version: str
    family: str
    tier: str = Field(description="fleet, shortlist, events or window")
    kinds: list[str]
    about: str
    description: str
    origin: str = Field(description="builtin, a distribution, or a file")
    runs: bool = Field(description="whether it looks by itself")
    in_ensemble: bool = Field(description="whether what it says goes into the findings of the ensemble")
    problem: str = Field(description="why it does not run; empty: nothing is wrong")
    options: list[DetectorOption]
    runs_total: int
    failures: int
    paused_s: float = Field(description="it is left out for so long, after failures")
    error: str = Field(description="its last failure")
    mean_ms: float | None = Field(description="mean time of a judgement")
    max_ms: float | None
    findings: int = Field(description="reported since the start")
    suppressed: int = Field(description="left out since they had been reported lately")
    said: Precision


class Detectors(Model):
    """All detectors."""

    items: list[Detector]


class SignalVerdict(Model):
    """What the detectors hold of one signal of one agent now."""

    signal: str
    unit: str
    observed: float | None
    expected: float | None
    lower: float | None
    upper: float | None
    tail: float | None = Field(description="calibrated tail probability of the ensemble; null: not known yet")
    strange: bool = Field(description="whether it is a discovery, tested over the whole fleet")
    detectors: dict[str, float | None] = Field(description="tail probability by detector, as each claims it")


class Detection(Model):
    """What the detectors hold of one agent now."""

    agent: str
    time: Moment = Field(description="of the newest data that was judged")
    cohort: str
    agents: int = Field(description="agents that were judged together")
    signals: list[SignalVerdict] = Field(description="strangest first")
    whole: dict[str, float | None] = Field(description="of the agent as a whole: tail probability by detector")
    findings: list[Finding] = Field(description="of this agent, of the last 15 minutes")


class SignalBand(Model):
    """One signal as detectors take it, with what is normal."""

    signal: str
    unit: str
    values: list[float | None] = Field(description="over the frame that ends then")
    lower: list[float | None]
    expected: list[float | None]
    upper: list[float | None]
    known: float = Field(description="minutes of its own past that it was learned from")


class Bands(Model):
    """The signals of an agent over a window, as detectors take them, with what is normal by what was learned until now."""

    agent: str
    step_ms: int = Field(description="from one frame to the next")
    frame_ms: int = Field(description="width of a frame")
    times_ms: TimesMs
    signals: list[SignalBand] = Field(description="those that have values")
    window: Window


class Band(Model):
    """What is normal for a signal of an agent, frame by frame."""

    agent: str
    signal: str
    unit: str
    step_ms: int
    times_ms: TimesMs
    values: list[float | None] = Field(description="over the minute that ends then")
    lower: list[float | None]
    expected: list[float | None]
    upper: list[float | None]
    known: float = Field(description="minutes of its own past that it was learned from")
