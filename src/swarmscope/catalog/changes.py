"""What a change of a setting changed, in words for the audit log."""

from __future__ import annotations

import json
from collections.abc import Iterator

NAMED_MAX = 12
TEXT_MAX = 60


def told(before: str | None, after: str | None) -> str:
    """`spans_days 3 → 5, …`: the values of two JSON texts that differ, by their place; empty where nothing does."""
    old, new = dict(_leaves(before)), dict(_leaves(after))
    places = [p for p in sorted(old | new) if old.get(p) != new.get(p)]
    words = [f"{place} {old.get(place, '–')} → {new.get(place, '–')}".strip() for place in places[:NAMED_MAX]]
    more = [f"{len(places) - NAMED_MAX} more"] if len(places) > NAMED_MAX else []
    return ", ".join(words + more)


def _leaves(text: str | None) -> Iterator[tuple[str, str]]:
    if text is not None:
        try:
            yield from _walk("", json.loads(text))
        except ValueError:
            yield "", _short(text)


def _walk(place: str, value: object) -> Iterator[tuple[str, str]]:
    """Entries of a list are called by the first text in them (the model of a price), else by their number."""
    if isinstance(value, dict):
        parts = [(str(key), part) for key, part in value.items()]
    elif isinstance(value, list):
        parts = [(_name(part, number), part) for number, part in enumerate(value)]
    else:
        yield place, _short(str(value) if isinstance(value, str) else json.dumps(value))
        return
    for name, part in parts:
        yield from _walk(f"{place}.{name}" if place else name, part)


def _name(part: object, number: int) -> str:
    texts = [v for v in part.values() if isinstance(v, str)] if isinstance(part, dict) else []
    return texts[0] if texts else str(number)


def _short(text: str) -> str:
    return text if len(text) <= TEXT_MAX else text[: TEXT_MAX - 1] + "…"
