"""Durations as people type them: 60, 90s, 15m, 2h, 1h30m, 3d, 250ms."""

from __future__ import annotations

import re

_UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "": 1.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|)")


def seconds_of(text: str) -> float:
    """Seconds of `text`; a bare number is seconds. ValueError names what is accepted."""
    position, total = 0, 0.0
    stripped = text.strip().lower()
    while position < len(stripped):
        part = _PART.match(stripped, position)
        if part is None:
            break
        total += float(part[1]) * _UNITS_S[part[2]]
        position = part.end()
    if not stripped or position < len(stripped):
        raise ValueError(f"{text!r} is not a duration; write 60, 90s, 15m, 2h, 1h30m or 3d")
    return total
