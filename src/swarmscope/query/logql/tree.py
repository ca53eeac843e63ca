"""What a LogQL query says, as a tree. Source: Grafana Loki's documentation, "LogQL: Log query language"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Matcher:
    """`name op "value"`; op: = != =~ !~ (expressions match the whole value)."""

    name: str
    op: str
    value: str

    def __str__(self) -> str:
        """As LogQL."""
        return f"{self.name}{self.op}{quote(self.value)}"


@dataclass(frozen=True, slots=True)
class LineFilter:
    """op: |= != |~ !~ |> !>; one of `values` suffices (none of them for a negated op). ips: which of them are `ip("…")`."""

    op: str
    values: tuple[str, ...]
    ips: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Parser:
    """kind: json logfmt pattern regexp unpack. names: (label, expression) that alone are taken, none: all."""

    kind: str
    argument: str = ""
    names: tuple[tuple[str, str], ...] = ()
    strict: bool = False
    keep_empty: bool = False


@dataclass(frozen=True, slots=True)
class LabelCompare:
    """A label against a value. kind tells how both are read; number: of numbers, durations (seconds) and bytes."""

    name: str
    op: str
    kind: Literal["text", "number", "duration", "bytes", "ip"]
    text: str = ""
    number: float = 0.0


@dataclass(frozen=True, slots=True)
class LabelLogic:
    """`and` or `or` of label filters."""

    op: Literal["and", "or"]
    left: LabelCompare | LabelLogic
    right: LabelCompare | LabelLogic


@dataclass(frozen=True, slots=True)
class LineFormat:
    """A template that becomes the line."""

    template: str


@dataclass(frozen=True, slots=True)
class LabelFormat:
    """(label, source, whether the source is a template rather than a label), in turn."""

    changes: tuple[tuple[str, str, bool], ...]


@dataclass(frozen=True, slots=True)
class Pick:
    """`drop` or `keep` of labels: by name, or where a matcher holds."""

    keep: bool
    names: tuple[str | Matcher, ...]


@dataclass(frozen=True, slots=True)
class Decolorize:
    """Without ANSI colours."""


Stage = LineFilter | Parser | LabelCompare | LabelLogic | LineFormat | LabelFormat | Pick | Decolorize


@dataclass(frozen=True, slots=True)
class Log:
    """Streams and what is done with their lines."""

    matchers: tuple[Matcher, ...]
    stages: tuple[Stage, ...] = ()


@dataclass(frozen=True, slots=True)
class Unwrap:
    """The label whose value is the sample. conversion: "" duration duration_seconds bytes. filters: label filters behind it."""

    label: str
    conversion: str = ""
    filters: tuple[LabelCompare | LabelLogic, ...] = ()


@dataclass(frozen=True, slots=True)
class Grouping:
    """`by (…)` or `without (…)`."""

    names: tuple[str, ...]
    without: bool = False


@dataclass(frozen=True, slots=True)
class RangeAggregation:
    """`op([parameter,] log [range])`."""

    op: str
    log: Log
    range_ns: int
    offset_ns: int = 0
    unwrap: Unwrap | None = None
    grouping: Grouping | None = None
    parameter: float = 0.0


@dataclass(frozen=True, slots=True)
class VectorAggregation:
    """`op [by (…)] ([parameter,] expr)`."""

    op: str
    inner: Metric
    grouping: Grouping | None = None
    parameter: int = 0


@dataclass(frozen=True, slots=True)
class Binary:
    """`left op right`. on: names to match by; ignoring: names not to. group: "", left or right, with labels to include."""

    op: str
    left: Metric
    right: Metric
    is_bool: bool = False
    on: tuple[str, ...] | None = None
    ignoring: tuple[str, ...] = ()
    group: Literal["", "left", "right"] = ""
    include: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Number:
    """A scalar; is_vector: `vector(n)`."""

    value: float
    is_vector: bool = False


@dataclass(frozen=True, slots=True)
class LabelReplace:
    """`label_replace(inner, target, replacement, source, expression)`."""

    inner: Metric
    target: str
    replacement: str
    source: str
    expression: str


Metric = RangeAggregation | VectorAggregation | Binary | Number | LabelReplace
Query = Log | Metric


def quote(text: str) -> str:
    """A Go string literal."""
    escaped = (
        text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
    )
    return f'"{escaped}"'
