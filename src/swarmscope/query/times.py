"""Moments and windows: reading them from text, writing them as RFC 3339."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarmscope.errors import QueryError

SECOND_NS = 1_000_000_000
MINUTE_NS = 60 * SECOND_NS
HOUR_NS = 60 * MINUTE_NS
DAY_NS = 24 * HOUR_NS
UNITS_NS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "ms": 1_000_000,
    "s": SECOND_NS,
    "m": MINUTE_NS,
    "h": HOUR_NS,
    "d": DAY_NS,
    "w": 7 * DAY_NS,
}
TIME_MAX_NS = 2**63 - 1

_DURATION = re.compile(r"(\d+(?:\.\d+)?|\.\d+)(ns|us|µs|ms|s|m|h|d|w)")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9})\d*)?(Z|z|[+-]\d\d:?\d\d)?)?")


@dataclass(frozen=True, slots=True)
class Window:
    """The moments from `start_ns` (included) to `end_ns` (not included), nanoseconds since the epoch."""

    start_ns: int
    end_ns: int

    @property
    def length_ns(self) -> int:
        """Nanoseconds from start to end."""
        return self.end_ns - self.start_ns

    def json(self) -> dict[str, str]:
        """In the shape of the API."""
        return {"start": moment(self.start_ns), "end": moment(self.end_ns)}

    def step_ns(self, buckets: int, step_ns: int | None = None) -> int:
        """A width of bucket that gives at most `buckets` of them: the given one or a round one. QueryError: too small."""
        if step_ns is not None:
            if step_ns <= 0 or self.length_ns / step_ns > buckets:
                raise QueryError(
                    f"step {format_duration(step_ns)} cuts {format_duration(self.length_ns)} into more than {buckets} "
                    f"buckets; use at least {format_duration(_round_step(self.length_ns, buckets))}"
                )
            return step_ns
        return _round_step(self.length_ns, buckets)


_STEPS_NS = [1_000_000 * n for n in (1, 2, 5, 10, 20, 50, 100, 200, 500)] + [
    SECOND_NS * n
    for n in (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800)
]


def _round_step(length_ns: int, buckets: int) -> int:
    least = length_ns / max(1, buckets - 1)  # the first bucket may begin before the window does
    return next((s for s in _STEPS_NS if s >= least), -(-int(least) // DAY_NS) * DAY_NS)


def window(start: str | None, end: str | None, default_ns: int = HOUR_NS, now_ns: int | None = None) -> Window:
    """The window from `start` to `end`: moments, Unix times, or relative (`-15m`, `now`); default the last `default_ns`."""
    now = time.time_ns() if now_ns is None else now_ns
    end_ns = parse_moment(end, "end", now) if end else now
    start_ns = parse_moment(start, "start", now) if start else max(0, end_ns - default_ns)
    if start_ns >= end_ns:
        raise QueryError(f"start {moment(start_ns)} is not before end {moment(end_ns)}; swap or correct them")
    return Window(start_ns, end_ns)


def parse_moment(text: str, name: str = "time", now_ns: int | None = None) -> int:
    """Nanoseconds since the epoch of RFC 3339 text, a Unix time in s, ms, µs or ns (told apart by size), or `-2h`, `now`."""
    text = text.strip()
    now = time.time_ns() if now_ns is None else now_ns
    if text == "now":
        return now
    if text.startswith(("-", "now-")):
        return max(0, now - parse_duration(text.removeprefix("now").removeprefix("-"), name))
    if re.fullmatch(r"\d{1,19}(\.\d{1,9})?", text, re.ASCII):
        return _unix(text, name)
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise QueryError(
            f"{name}={text!r} is no moment; write 2026-01-31T12:00:00Z, Unix time such as 1767225600, or relative such as -15m"
        )
    day, clock, fraction, zone = match.groups()
    zone = "+00:00" if zone in (None, "Z", "z") else zone
    try:
        seconds = datetime.fromisoformat(f"{day}T{clock or '00:00'}{zone}").timestamp()
    except ValueError as e:
        raise QueryError(f"{name}={text!r} is no moment: {e}") from e
    return _bounded(int(seconds) * SECOND_NS + int((fraction or "").ljust(9, "0")), name, text)


def _unix(text: str, name: str) -> int:
    whole, _, fraction = text.partition(".")
    number = int(whole)
    if fraction:
        return _bounded(number * SECOND_NS + int(fraction.ljust(9, "0")), name, text)
    scale = next(
        s for below, s in ((10**11, SECOND_NS), (10**14, 10**6), (10**17, 10**3), (10**20, 1)) if number < below
    )
    return _bounded(number * scale, name, text)


def _bounded(value_ns: int, name: str, text: str) -> int:
    if not 0 <= value_ns <= TIME_MAX_NS:
        raise QueryError(f"{name}={text!r} is outside 1970 to 2262")
    return value_ns


def parse_duration(text: str, name: str = "duration") -> int:
    """Nanoseconds of `1h30m`, `250ms`, `2s`; a bare number is seconds."""
    text = text.strip()
    if re.fullmatch(r"\d{1,18}(\.\d{1,18})?", text, re.ASCII):
        text += "s"
    parts = _DURATION.findall(text)
    if not parts or "".join(n + u for n, u in parts) != text or len(text) > 40:
        raise QueryError(f"{name}={text!r} is no duration; write 250ms, 2s, 15m or 1h30m")
    total = sum(float(n) * UNITS_NS[u] for n, u in parts)
    if total > TIME_MAX_NS:
        raise QueryError(f"{name}={text!r} is longer than 292 years")
    return round(total)


def format_duration(value_ns: int) -> str:
    """The shortest exact text that `parse_duration` reads: 90 s → `1m30s`."""
    out, rest = "", value_ns
    for unit in ("d", "h", "m", "s", "ms", "us", "ns"):
        count, rest = divmod(rest, UNITS_NS[unit])
        out += f"{count}{unit}" if count else ""
    return out or "0s"


def moment(value_ns: int) -> str:
    """RFC 3339 text with nanoseconds."""
    seconds, rest = divmod(value_ns, SECOND_NS)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"


def moments(values: NDArray[Any]) -> list[str]:
    """RFC 3339 text of many moments (datetime64[ns] or int64 nanoseconds)."""
    text: list[str] = np.datetime_as_string(values.astype("datetime64[ns]"), unit="ns", timezone="UTC").tolist()
    return text
