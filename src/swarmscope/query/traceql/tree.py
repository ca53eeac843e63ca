"""The tree of a TraceQL query.

Source: Grafana Tempo, "TraceQL" and "TraceQL metrics queries".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as Choice
from typing import TypeAlias

Kind = Choice["string", "number", "duration", "bool", "status", "kind", "nil"]


@dataclass(frozen=True, slots=True)
class Static:
    """A literal. Durations are nanoseconds; status and kind are words."""

    kind: Kind
    value: str | float | int | bool | None


@dataclass(frozen=True, slots=True)
class Attribute:
    """What a span is asked for: scope `""` (span, else resource), span, resource, event, link, instrumentation; the same of
    the span above it: parent, parent.span, parent.resource; or `intrinsic`, where `name` is the scoped name
    (`span:duration`, `trace:rootName`)."""

    scope: str
    name: str

    def __str__(self) -> str:
        """As Tempo writes it: short where a short name exists."""
        if self.scope == "intrinsic":
            return SHORT.get(self.name, self.name)
        return f"{self.scope}.{self.name}"


SHORT = {
    "span:duration": "duration",
    "span:name": "name",
    "span:status": "status",
    "span:statusMessage": "statusMessage",
    "span:kind": "kind",
    "trace:duration": "traceDuration",
    "trace:rootName": "rootName",
    "trace:rootService": "rootServiceName",
    "span:nestedSetLeft": "nestedSetLeft",
    "span:nestedSetRight": "nestedSetRight",
    "span:nestedSetParent": "nestedSetParent",
}


@dataclass(frozen=True, slots=True)
class Binary:
    """`left op right` over values of one span."""

    op: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Unary:
    """`-x`, `!x`, and `exists`, `missing` for comparisons with nil."""

    op: str
    item: Expression


Expression = Static | Attribute | Binary | Unary


@dataclass(frozen=True, slots=True)
class Filter:
    """`{ condition }`."""

    condition: Expression


@dataclass(frozen=True, slots=True)
class SpansetOp:
    """`left op right` over spans of a trace: `&&`, `||` and the structural operators."""

    op: str
    left: Spanset
    right: Spanset


@dataclass(frozen=True, slots=True)
class Aggregate:
    """`count()`, `avg(e)` … over a spanset."""

    name: str
    item: Expression | None = None


@dataclass(frozen=True, slots=True)
class ScalarOp:
    """Arithmetic over aggregates and literals."""

    op: str
    left: Scalar
    right: Scalar


@dataclass(frozen=True, slots=True)
class ScalarPipeline:
    """`( spansets | aggregate )`: one number for a trace."""

    source: Pipeline
    scalar: Scalar


Scalar = Static | Aggregate | ScalarOp | ScalarPipeline


@dataclass(frozen=True, slots=True)
class ScalarFilter:
    """Keeps spansets for which `left op right` holds."""

    op: str
    left: Scalar
    right: Scalar


@dataclass(frozen=True, slots=True)
class By:
    """Splits spansets by a value."""

    item: Expression


@dataclass(frozen=True, slots=True)
class Coalesce:
    """Joins the spansets of a trace again."""


@dataclass(frozen=True, slots=True)
class Select:
    """Also shows these attributes."""

    items: tuple[Attribute, ...]


Stage = Filter | SpansetOp | ScalarFilter | By | Coalesce | Select
Spanset: TypeAlias = "Filter | SpansetOp | Pipeline"


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Stages, each on what the one before left."""

    stages: tuple[Stage | Pipeline, ...]


@dataclass(frozen=True, slots=True)
class SecondStage:
    """On series: `topk`, `bottomk`, or a comparison with a number."""

    op: str
    number: float


@dataclass(frozen=True, slots=True)
class Metrics:
    """`pipeline | function(item, numbers) by (attributes)`, then stages on its series."""

    source: Pipeline
    function: str
    item: Attribute | None = None
    numbers: tuple[float, ...] = ()
    by: tuple[Attribute, ...] = ()
    then: tuple[SecondStage, ...] = ()


@dataclass(frozen=True, slots=True)
class MetricsMath:
    """Arithmetic over series and numbers."""

    op: str
    left: Metrics | MetricsMath | Static
    right: Metrics | MetricsMath | Static
    then: tuple[SecondStage, ...] = ()


@dataclass(frozen=True, slots=True)
class Compare:
    """`pipeline | compare({ selection }, top, start, end)`: how often each value of each attribute occurs among the spans that
    are selected, and among the rest. Times in ns, 0: none."""

    source: Pipeline
    selection: Filter
    top: int = 10
    start_ns: int = 0
    end_ns: int = 0


Query = Pipeline | Metrics | MetricsMath | Compare


def attributes_of(node: object) -> list[Attribute]:
    """Every attribute in a tree, each once, from left to right."""
    found: dict[Attribute, None] = {}

    def walk(at: object) -> None:
        if isinstance(at, Attribute):
            found[at] = None
        elif isinstance(at, tuple):
            for item in at:
                walk(item)
        elif hasattr(at, "__dataclass_fields__"):
            for name in at.__dataclass_fields__:
                walk(getattr(at, name))

    walk(node)
    return list(found)
