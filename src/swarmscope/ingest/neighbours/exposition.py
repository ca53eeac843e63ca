"""What a target exposes, in the text format of Prometheus or OpenMetrics → samples.

Source: Prometheus, "Exposition formats" (0.0.4); OpenMetrics 1.0; Prometheus 3 `model/textparse/promparse.go` for what is taken
and what is not. Names may be quoted, as Prometheus 3 writes those that are not plain.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

from swarmscope.errors import DecodeError

SERIES_KEPT = 200_000  # parsed label sets of one parser, so that a scrape does not parse them again
CHARACTERS_KEPT = 64 << 20  # of them
_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_QUOTED = r'"([^"\\]*+(?:\\.[^"\\]*+)*+)"'  # runs of plain characters at once: a value may have megabytes
_LABEL = re.compile(
    rf"(?:([a-zA-Z_][a-zA-Z0-9_]*)|{_QUOTED})[ \t]*(?:(=)[ \t]*{_QUOTED}[ \t]*,?|,|(?=\}}))[ \t]*", re.DOTALL
)
_SERIES = re.compile(
    r'([a-zA-Z_:][a-zA-Z0-9_:]*)?(?:[ \t]*(\{[^"}]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"}]*+)*+\}))?', re.DOTALL
)
_COMMENT = re.compile(rf"#[ \t]+(TYPE|HELP|UNIT)[ \t]+(?:({_NAME.pattern})|{_QUOTED})?(.*)")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_OF_BOTH = {kind: kind for kind in ("counter", "gauge", "histogram", "summary")}
_KINDS = {
    False: _OF_BOTH | {"untyped": ""},
    True: _OF_BOTH | {"unknown": "", "info": "info", "gaugehistogram": "gauge_histogram", "stateset": "stateset"},
}  # of OpenMetrics or not
NUMBERED = {"histogram": "le", "summary": "quantile"}  # labels whose values are numbers
_ENDLESS = {"nan", *(sign + word for sign in ("", "+", "-") for word in ("inf", "infinity"))}
_TIME_MAX = 2**63

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

    def describe(self, family: str) -> list[str]:
        """Kind, unit and help of a family, to be filled in."""
        return self.families.setdefault(family, ["", "", ""])


class Parser:
    """Parses what one target exposes again and again."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, Pairs]] = {}  # by the label whose values are numbers
        self._count = self._size = 0
        self._numbered = ""

    def parse(self, text: str, openmetrics: bool) -> Exposed:
        """All of it, or DecodeError naming the line."""
        out = Exposed()
        ended = False
        self._numbered = ""
        if self._count > SERIES_KEPT or self._size > CHARACTERS_KEPT:
            self._known.clear()
            self._count = self._size = 0
        for number, line in enumerate(text.split("\n"), 1):
            if not line or not line.strip(" \t"):
                continue
            if ended:
                raise DecodeError(f"line {number}: something stands behind # EOF")
            try:
                if line.startswith("#"):
                    ended = openmetrics and line == "# EOF"
                    self._comment(line, openmetrics, out)
                else:
                    self._sample(line, openmetrics, out)
            except ValueError as e:
                raise self._wrong(number, line, e) from None
        if openmetrics and not ended:
            raise DecodeError("the exposition does not end with # EOF")
        return out

    def _wrong(self, number: int, line: str, why: object) -> DecodeError:
        return DecodeError(f"line {number}: {line[:100]!r}: {why}")

    def _sample(self, line: str, openmetrics: bool, out: Exposed) -> None:
        match = _SERIES.match(line)
        if match is None or not match[0]:
            raise ValueError("a metric name is expected")
        series = match[0]
        known = self._known.setdefault(self._numbered, {})
        pairs = known.get(series)
        if pairs is None:
            pairs = known[series] = _pairs(match[1] or "", match[2] or "", self._numbered)
            self._count += 1
            self._size += len(series)
        rest = line[match.end() :]
        if match[2] is None and rest[:1] not in (" ", "\t"):
            raise ValueError("a space is expected behind the series")
        rest, _, exemplar = rest.partition(" # ") if openmetrics else (rest, "", "")
        words = _words(rest)
        if not 1 <= len(words) <= 2:
            raise ValueError("a value, and perhaps a time, is expected")
        time_ms = None
        if len(words) == 2:
            time_ms = _milliseconds(words[1]) if openmetrics else _time(words[1])
        out.samples.append((pairs, number_of(words[0]), time_ms))
        if exemplar:
            _exemplar(exemplar, len(out.samples) - 1, out)

    def _comment(self, line: str, openmetrics: bool, out: Exposed) -> None:
        match = _COMMENT.match(line)
        if match is None:
            return
        name = match[2] or _text(match[3] or "")
        if not name:
            raise ValueError(f"a metric name is expected behind {match[1]}")
        value = match[4][1:]
        if match[1] == "TYPE":
            kind = _KINDS[openmetrics].get(value)
            if kind is None:
                raise ValueError(f"invalid metric type {value[:100]!r}")
            self._numbered = NUMBERED.get(kind, "")
            out.describe(name)[0] = kind
        elif match[1] == "UNIT":
            out.describe(name)[1] = value.strip()
        else:
            out.describe(name)[2] = _text(value)


def number_of(text: str) -> float:
    """A value as Go reads it: one that is too large for a float is none."""
    if "_" in text or not text.isascii():
        raise ValueError(f"{text[:40]!r} is not a number")
    value = float(text)
    if not math.isfinite(value) and text.lower() not in _ENDLESS:
        raise ValueError(f"{text[:40]!r} is out of range")
    return value


def shown(value: float) -> str:
    """A number as Prometheus 3 writes it into `le` and `quantile`: `1.0`, `0.25`, `1e+06`."""
    text = repr(value)
    if not math.isfinite(value):
        return {"inf": "+Inf", "-inf": "-Inf"}.get(text, "NaN")
    if abs(value) >= 1e6 and "e" not in text:
        digits = text.partition(".")[0].lstrip("-")
        rest = (digits[1:] + text.partition(".")[2]).rstrip("0")
        sign = "-" if value < 0 else ""
        return f"{sign}{digits[0]}{'.' if rest else ''}{rest}e+{len(digits) - 1:02d}"
    return text


def _words(rest: str) -> list[str]:
    words = rest.split()
    if not rest.isprintable() and not rest.replace("\t", " ").isprintable():
        raise ValueError("only blanks and tabs stand between the parts of a line")
    return words


def _time(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) < _TIME_MAX):
        raise ValueError(f"{text[:40]!r} is no time in milliseconds")
    return int(text)


def _milliseconds(text: str) -> int:
    seconds = number_of(text)
    if not math.isfinite(seconds):
        raise ValueError(f"{text!r} is no time")
    return round(seconds * 1000)


def _pairs(name: str, braces: str, numbered: str) -> Pairs:
    found: dict[str, str] = {"__name__": name} if name else {}
    at = len(braces) - len(braces[1:].lstrip(" \t"))
    while at < len(braces) - 1:
        match = _LABEL.match(braces, at)
        if match is None:
            raise ValueError("labels that cannot be read")
        plain, quoted, equal, value = match[1], match[2], match[3], match[4]
        if not equal:
            if quoted is None or "__name__" in found:
                raise ValueError("a label without value")
            found["__name__"] = _text(quoted)
        else:
            key = plain if plain is not None else _text(quoted)
            if key in found:
                raise ValueError(f"the label {key!r} stands twice")
            found[key] = _text(value)
        at = match.end()
    if not found.get("__name__"):
        raise ValueError("a metric name is expected")
    if numbered in found:
        found[numbered] = _numbered(found[numbered])
    return tuple(sorted(found.items()))


def _numbered(text: str) -> str:
    try:
        return shown(number_of(text))
    except ValueError:  # a label like others
        return text


def _text(escaped: str) -> str:
    if "\\" not in escaped:
        return escaped
    return _ESCAPED.sub(lambda m: "\n" if m[1] == "n" else m[1] if m[1] in '\\"' else m[0], escaped)


def _exemplar(text: str, sample: int, out: Exposed) -> None:
    match = _SERIES.match(text)
    if match is None or match[1] or not match[2]:
        raise ValueError("an exemplar that cannot be read")
    labels = dict(pair for pair in _pairs("x", match[2], "") if pair[0] != "__name__")
    words = _words(text[match.end() :])
    if not 1 <= len(words) <= 2:
        raise ValueError("an exemplar without value")
    out.exemplars.append((sample, labels, number_of(words[0]), _milliseconds(words[1]) if len(words) == 2 else None))
