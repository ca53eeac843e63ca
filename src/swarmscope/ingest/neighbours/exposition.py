"""What a target exposes, in the text format of Prometheus or OpenMetrics → samples.

Source: Prometheus, "Exposition formats" (0.0.4); OpenMetrics 1.0. Names may be quoted, as Prometheus 3 writes those that are
not plain.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from swarmscope.errors import DecodeError

SERIES_KEPT = 200_000  # parsed label sets of one parser, so that a scrape does not parse them again
CHARACTERS_KEPT = 64 << 20  # of them
_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_QUOTED = r'"([^"\\]*+(?:\\.[^"\\]*+)*+)"'  # runs of plain characters at once: a value may have megabytes
_LABEL = re.compile(rf"\s*(?:([a-zA-Z_][a-zA-Z0-9_.]*)|{_QUOTED})\s*(?:=\s*{_QUOTED})?\s*(,|\}}|$)", re.DOTALL)
_SERIES = re.compile(
    r'([a-zA-Z_:][a-zA-Z0-9_:]*)?(?:\s*(\{[^"}]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"}]*+)*+\}))?', re.DOTALL
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_KINDS = {"counter": "counter", "gauge": "gauge", "histogram": "histogram", "summary": "summary", "info": "info",
          "gaugehistogram": "gauge_histogram", "stateset": "stateset"}  # fmt: skip

Pairs = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Exposed:
    """samples: (labels with `__name__`, value, milliseconds or None). families: name → (kind, unit, help).

    exemplars: (position of the sample, labels, value, milliseconds or None). histograms: native ones, as (labels with
    `__name__`, the bytes of a `prometheus.Histogram` without time, milliseconds or None); only protobuf has them.
    """

    samples: list[tuple[Pairs, float, int | None]] = field(default_factory=list)
    families: dict[str, list[str]] = field(default_factory=dict)
    exemplars: list[tuple[int, dict[str, str], float, int | None]] = field(default_factory=list)
    histograms: list[tuple[Pairs, bytes, int | None]] = field(default_factory=list)


class Parser:
    """Parses what one target exposes again and again."""

    def __init__(self) -> None:
        self._known: dict[str, Pairs] = {}
        self._size = 0

    def parse(self, text: str, openmetrics: bool) -> Exposed:
        """All of it, or DecodeError naming the line."""
        out = Exposed()
        ended = False
        if len(self._known) > SERIES_KEPT or self._size > CHARACTERS_KEPT:
            self._known.clear()
            self._size = 0
        for number, line in enumerate(text.split("\n"), 1):
            line = line.rstrip("\r")
            if not line or line.isspace():
                continue
            if ended:
                raise DecodeError(f"line {number}: something stands behind # EOF")
            if line.startswith("#"):
                ended = openmetrics and line == "# EOF"
                _comment(line, out)
                continue
            try:
                self._sample(line, openmetrics, out)
            except ValueError as e:
                raise DecodeError(f"line {number}: {line[:100]!r}: {e}") from None
        if openmetrics and not ended:
            raise DecodeError("the exposition does not end with # EOF")
        return out

    def _sample(self, line: str, openmetrics: bool, out: Exposed) -> None:
        match = _SERIES.match(line)
        if match is None or not match[0].strip():
            raise ValueError("a metric name is expected")
        series = match[0]
        pairs = self._known.get(series)
        if pairs is None:
            pairs = self._known[series] = _pairs(match[1] or "", match[2] or "")
            self._size += len(series)
        rest = line[match.end() :]
        if not rest[:1].isspace():
            raise ValueError("a space is expected behind the series")
        rest, _, exemplar = rest.partition(" # ") if openmetrics else (rest, "", "")
        words = rest.split()
        if not 1 <= len(words) <= 2:
            raise ValueError("a value, and perhaps a time, is expected")
        time_ms = None
        if len(words) == 2:
            time_ms = round(float(words[1]) * 1000) if openmetrics else int(words[1])
        out.samples.append((pairs, number_of(words[0]), time_ms))
        if exemplar:
            _exemplar(exemplar, len(out.samples) - 1, out)


def number_of(text: str) -> float:
    """A value as Go reads it."""
    if "_" in text:
        raise ValueError(f"{text[:40]!r} is not a number")
    return float(text)


def _pairs(name: str, braces: str) -> Pairs:
    found: dict[str, str] = {"__name__": name} if name else {}
    at = 1
    while at < len(braces) - 1:
        match = _LABEL.match(braces, at)
        if match is None:
            raise ValueError("labels that cannot be read")
        plain, quoted, value = match[1], match[2], match[3]
        if value is None:
            if quoted is None or "__name__" in found:
                raise ValueError("a label without value")
            found["__name__"] = _text(quoted)
        else:
            key = plain if plain is not None else _text(quoted)
            if key in found:
                raise ValueError(f"the label {key!r} stands twice")
            found[key] = _text(value)
        at = match.end()
        if match[4] == "}":
            break
    if not found.get("__name__"):
        raise ValueError("a metric name is expected")
    return tuple(sorted(found.items()))


def _text(escaped: str) -> str:
    if "\\" not in escaped:
        return escaped
    return _ESCAPED.sub(lambda m: "\n" if m[1] == "n" else m[1] if m[1] in '\\"' else m[0], escaped)


def _comment(line: str, out: Exposed) -> None:
    words = line.split(None, 3)
    if len(words) < 3 or words[0] != "#" or words[1] not in ("TYPE", "HELP", "UNIT"):
        return
    name = _text(words[2].strip('"')) if words[2].startswith('"') else words[2]
    family = out.families.setdefault(name, ["", "", ""])
    value = words[3] if len(words) > 3 else ""
    if words[1] == "TYPE":
        family[0] = _KINDS.get(value.strip(), "")
    elif words[1] == "UNIT":
        family[1] = value.strip()
    else:
        family[2] = _text(value)


def _exemplar(text: str, sample: int, out: Exposed) -> None:
    match = _SERIES.match(text)
    if match is None or match[1] or not match[2]:
        raise ValueError("an exemplar that cannot be read")
    labels = dict(pair for pair in _pairs("x", match[2]) if pair[0] != "__name__")
    words = text[match.end() :].split()
    if not 1 <= len(words) <= 2:
        raise ValueError("an exemplar without value")
    out.exemplars.append(
        (sample, labels, number_of(words[0]), round(float(words[1]) * 1000) if len(words) == 2 else None)
    )
