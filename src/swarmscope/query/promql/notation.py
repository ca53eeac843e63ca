"""The notation of series in unit tests of rules: `metric{label="x"} 1 2+3x4 _ stale {{schema:1 count:3 …}}`.

Source: Prometheus, "Unit testing for rules", "Series"; `promql/promqltest/README.md`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from swarmscope.query.promql.histogram import (
    CUSTOM,
    GAUGE,
    NOT_RESET,
    RESET,
    UNKNOWN,
    Histogram,
    Side,
)
from swarmscope.query.promql.lexer import Token, duration_ms, number_of, tokens
from swarmscope.query.promql.values import STALE

HINTS = {"unknown": UNKNOWN, "reset": RESET, "not_reset": NOT_RESET, "gauge": GAUGE}
_NUMBER = r"[+-]?(?:(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[Ii]nf|[Nn]a[Nn])"
_ITEM = re.compile(
    rf"(?P<blank>_)(?:x(?P<blanks>\d+))?(?=\s|$)"
    rf"|(?P<stale>stale)(?:x(?P<stales>\d+))?(?=\s|$)"
    rf"|(?P<base>{_NUMBER})(?:(?P<step>[+-]{_NUMBER.removeprefix('[+-]?')}))?(?:x(?P<times>\d+))?(?=\s|$)"
)
_HISTOGRAM = re.compile(r"\{\{(.*?)\}\}(?:x(\d+)|([+-])\{\{(.*?)\}\}x(\d+))?(?=\s|$)", re.DOTALL)
_FIELD = re.compile(r"([a-z_]+):(\[[^\]]*\]|\S+)")
_OFFSET = re.compile(r"([+-]?)(\d+[a-z]+|0)(?:([+-])(\d+[a-z]+))?(?:x(\d+))?")


@dataclass(frozen=True, slots=True)
class Item:
    """A value at one step; None: there is none. hinted: the reset hint was written."""

    value: float | Histogram | None
    hinted: bool = False


def series(line: str) -> tuple[dict[str, str], list[Item]]:
    """Labels and values of a series. Raises ValueError."""
    labels, end = metric(line)
    return labels, values(line[end:])


def metric(line: str) -> tuple[dict[str, str], int]:
    """The labels that a line begins with, and where they end."""
    name = re.match(r"[A-Za-z_:][A-Za-z0-9_:]*", line)
    at = name.end() if name else 0
    labels = {"__name__": name[0]} if name else {}
    if not line[at:].startswith("{") or line[at:].startswith("{{"):
        return labels, at
    end = _closing(line, at)
    labels.update(_labels(tokens(line[at + 1 : end])))
    return labels, end + 1


def _closing(line: str, at: int) -> int:
    quote = ""
    i = at
    while i < len(line):
        char = line[i]
        if quote:
            if char == "\\" and quote != "`":
                i += 1
            elif char == quote:
                quote = ""
        elif char in "\"'`":
            quote = char
        elif char == "}":
            return i
        i += 1
    raise ValueError(f"no closing brace in {line!r}")


def _labels(parts: list[Token]) -> dict[str, str]:
    labels: dict[str, str] = {}
    i = 0
    while parts[i].kind != "end":
        name = parts[i]
        if parts[i + 1].text == "=" and parts[i + 1].kind == "op":
            labels[name.text] = parts[i + 2].text
            i += 3
        elif name.kind == "string":
            labels["__name__"] = name.text
            i += 1
        else:
            raise ValueError(f"no value for label {name.text!r}")
        if parts[i].text == ",":
            i += 1
    return {name: value for name, value in labels.items() if value}


def values(text: str) -> list[Item]:
    """The values of a line. Raises ValueError."""
    out: list[Item] = []
    at = 0
    text = text.strip()
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        if text.startswith("{{", at):
            match = _HISTOGRAM.match(text, at)
            if match is None:
                raise ValueError(f"bad histogram in {text[at:]!r}")
            out += _histograms(match)
        else:
            match = _ITEM.match(text, at)
            if match is None:
                raise ValueError(f"bad value in {text[at:]!r}")
            out += _numbers(match)
        at = match.end()
    return out


def _numbers(match: re.Match[str]) -> list[Item]:
    if match["blank"]:
        return [Item(None)] * int(match["blanks"] or 1)
    if match["stale"]:
        return [Item(float(STALE))] * (int(match["stales"] or 0) + 1)
    value, step = number_of(match["base"]), number_of(match["step"] or "0")
    out = []
    for _ in range(int(match["times"] or 0) + 1):
        out.append(Item(value))
        value += step
    return out


def _histograms(match: re.Match[str]) -> list[Item]:
    base, hinted = histogram(match[1])
    if match[2]:
        return [Item(base, hinted)] * (int(match[2]) + 1)
    if not match[3]:
        return [Item(base, hinted)]
    step, step_hinted = histogram(match[4])
    out, now = [Item(base, step_hinted)], base
    for _ in range(int(match[5])):
        if now.schema > step.schema and not now.custom:
            raise ValueError(f"error combining histograms: cannot merge from schema {step.schema} to {now.schema}")
        now = now.plus(step) if match[3] == "+" else now.minus(step)
        out.append(Item(now, step_hinted))
    return out


def histogram(text: str) -> tuple[Histogram, bool]:
    """A histogram from `schema:1 count:3 …`, and whether its reset hint was written."""
    fields: dict[str, str] = {}
    for name, value in _FIELD.findall(text):
        if name in fields:
            raise ValueError(f'duplicate key "{name}" in histogram')
        fields[name] = value

    def side(prefix: str) -> Side:
        counts = _list(fields.get(f"{prefix}buckets", "[]"))
        first = int(fields.get(f"{prefix}offset", 0))
        return Side(np.arange(first, first + len(counts), dtype=np.int64), np.array(counts, np.float64))

    schema = int(fields.get("schema", 0))
    h = Histogram(
        schema,
        number_of(fields.get("count", "0")),
        number_of(fields.get("sum", "0")),
        number_of(fields.get("z_bucket_w", "0")),
        number_of(fields.get("z_bucket", "0")),
        side(""),
        side("n_"),
        tuple(_list(fields.get("custom_values", "[]"))) if schema == CUSTOM else (),
        HINTS[fields.get("counter_reset_hint", "unknown")],
    )
    return h, "counter_reset_hint" in fields


def _list(text: str) -> list[float]:
    return [number_of(part) for part in text.strip("[]").replace(",", " ").split()]


def offsets(text: str) -> list[int | None]:
    """Start times relative to samples (ms), of a line `metric@st -1m 0s+10sx3 _x2`; None: not known."""
    out: list[int | None] = []
    for item in text.split():
        if item.startswith("_"):
            out += [None] * int(item[2:] or 1)
            continue
        match = _OFFSET.fullmatch(item)
        if match is None:
            raise ValueError(f"bad start time {item!r}")
        value = duration_ms(match[2]) * (-1 if match[1] == "-" else 1)
        step = duration_ms(match[4]) * (-1 if match[3] == "-" else 1) if match[4] else 0
        for _ in range(int(match[5] or 0) + 1):
            out.append(value)
            value += step
    return out
