"""Text that is pushed: a family is told once and before its samples, which Prometheus' scrapes do not ask of a target.

Source: prometheus/common `expfmt/text_parse.go`, by which the Pushgateway reads.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from swarmscope.errors import DecodeError
from swarmscope.ingest.neighbours.exposition import NUMBERED, Exposed, Parser, number_of

_KINDS = {"counter", "gauge", "histogram", "summary", "untyped", "gauge_histogram"}
_COMMENT = re.compile(r"#[ \t]*(TYPE|HELP)[ \t]+([a-zA-Z_:][a-zA-Z0-9_:]*)?(?:[ \t]+(.*)|$)?(.*)", re.DOTALL)
_ESCAPES = re.compile(r'[^\\]*+(?:\\[\\"n][^\\]*+)*+')
PARTS = {"histogram": ("_count", "_sum", "_bucket"), "summary": ("_count", "_sum")}


def family_of(name: str, families: Mapping[str, Sequence[str]]) -> tuple[str, str]:
    """The family that a sample of this name belongs to, and its kind; families as of `Exposed`. What OpenMetrics calls by a
    shorter name is called as in the older text."""
    if name in families:
        kind = families[name][0]
        return name, "gauge" if kind == "stateset" else kind
    base, _, suffix = name.rpartition("_")
    if base in families:
        kind = families[base][0]
        if f"_{suffix}" in PARTS.get(kind, ()):
            return base, kind
        if (kind, suffix) in (("counter", "total"), ("info", "info")):
            return name, "counter" if kind == "counter" else "gauge"
    return name, ""


class PushParser(Parser):
    """Reads one push. OpenMetrics, which the Pushgateway does not know, is read as a scrape would."""

    def __init__(self) -> None:
        super().__init__()
        self._typed: dict[str, list[str]] = {}  # as `families`, and also what had samples before a type
        self._helped: set[str] = set()

    def _wrong(self, number: int, line: str, why: object) -> DecodeError:
        return DecodeError(f"text format parsing error in line {number}: {why}")

    def _sample(self, line: str, openmetrics: bool, out: Exposed) -> None:
        super()._sample(line.lstrip(" \t"), openmetrics, out)
        if openmetrics:
            return
        if "\\" in line and not _ESCAPES.fullmatch(line):
            raise ValueError("invalid escape sequence")
        pairs = dict(out.samples[-1][0])
        family, kind = family_of(pairs["__name__"], self._typed)
        self._typed.setdefault(family, [kind])
        label = NUMBERED.get(kind, "")
        if label in pairs:
            try:
                number_of(pairs[label])
            except ValueError:
                raise ValueError(f"expected float as value for {label!r} label, got {pairs[label][:100]!r}") from None

    def _comment(self, line: str, openmetrics: bool, out: Exposed) -> None:
        match = None if openmetrics else _COMMENT.fullmatch(line)
        if match is None:
            if openmetrics:
                super()._comment(line, openmetrics, out)
            return
        word, name, value, rest = match[1], match[2] or "", match[3] or "", match[4]
        if rest or not name:
            raise ValueError("invalid metric name in comment")
        family, _ = family_of(name, self._typed)
        if not value:
            return
        if word == "HELP":
            if family in self._helped:
                raise ValueError(f'second HELP line for metric name "{family}"')
            if not _ESCAPES.fullmatch(value):
                raise ValueError("invalid escape sequence")
            self._helped.add(family)
        else:
            if family in self._typed:
                raise ValueError(f'second TYPE line for metric name "{family}", or TYPE reported after samples')
            if value.lower() not in _KINDS:
                raise ValueError(f'unknown metric type "{value[:100]}"')
            value = value.lower()
            self._typed[family] = [value]
        super()._comment(f"# {word} {family} {value}", openmetrics, out)
