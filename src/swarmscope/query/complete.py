"""What can be typed next in a filter."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, Literal

from swarmscope.model.semantics import KEY_SLOT
from swarmscope.query.fields import KINDS, LOG_SLOTS, NOUNS, Field
from swarmscope.query.reader import Reader
from swarmscope.query.search import between, slices
from swarmscope.query.times import Window
from swarmscope.query.traceql.columns import promoted

SAMPLE = 100_000
_VALUE = re.compile(
    r"""(?:^|[\s(\-])([A-Za-z_@][\w.@/\-]*)(:>=|:<=|:>|:<|[:~]|!=|>=|<=|[=<>])((?:[^\s()",]+,)*)("?)([^\s()",]*)$"""
)
_WORD = re.compile(r"[^\s()\"]*$")
_ENTRY = "attributes[{key:String}]"
_PLAIN = re.compile(r"[^\s()\",*]+")
_OPERATORS = {
    "text": (":", "!=", "~"),
    "choice": (":", "!="),
    "flag": (":",),
    "hex": (":",),
}


def suggest(
    reads: Reader,
    noun: Literal["spans", "logs", "agents"],
    q: str,
    position: int,
    within: Window,
    limit: int,
    columns: dict[str, Counter[str]] | None = None,
) -> dict[str, Any]:
    """In the shape of `Completion`. columns: the values of fields that lie in no table (agents)."""
    before = q[:position]
    value = _VALUE.search(before)
    if value is not None:
        name, _, _, quote, prefix = value.groups()
        start = len(before) - len(prefix) - len(quote)
        found = _values(reads, noun, name, prefix, within, limit, columns)
        return {"start": start, "end": len(before), "suggestions": found[:limit]}
    word = _WORD.search(before)
    prefix = (word[0] if word else "").lstrip("-")
    found = _names(reads, noun, prefix, within, limit)
    return {"start": len(before) - len(prefix), "end": len(before), "suggestions": found[:limit]}


def _names(reads: Reader, noun: str, prefix: str, within: Window, limit: int) -> list[dict[str, Any]]:
    out: list[dict[str, Any]] = []
    for known in NOUNS[noun].values():
        if known.name == prefix:
            operators = _OPERATORS.get(known.kind, (":", ">", "<"))
            out.extend(_suggestion(f"{known.name}{op}", "operator", KINDS[known.kind]) for op in operators)
        elif known.name.startswith(prefix):
            out.append(_suggestion(f"{known.name}:", "field", known.doc))
    if noun != "agents" and len(out) < limit:
        for key, n in _keys(reads, noun, prefix, within, limit):
            out.append(_suggestion(f"{key}:", "field", "attribute", n))
    return out


def _keys(reads: Reader, noun: str, prefix: str, within: Window, limit: int) -> list[tuple[str, int]]:
    """The most frequent attribute keys among the newest items, of resources too where `resource.` is typed."""
    if prefix.startswith("resource."):
        rows = reads.query(
            "SELECT arrayJoin(mapKeys(attributes)) AS key, count() AS n FROM (SELECT attributes FROM $resources "
            f"LIMIT {SAMPLE}) WHERE startsWith(key, {{prefix:String}}) GROUP BY key ORDER BY n DESC, key LIMIT {limit:d}",
            {"prefix": prefix.removeprefix("resource.")},
        )
        return [(f"resource.{k}", n) for k, n in _pairs(rows, "key")]
    counts: Counter[str] = Counter()
    for part in slices(within, True):
        table, time = _source(reads, noun, part)
        rows = reads.query(
            "SELECT arrayJoin(arrayConcat(mapKeys(attributes), splitByChar(',', promoted))) AS key, count() AS n FROM "
            f"(SELECT attributes, promoted FROM {table} WHERE {between(time, part)} LIMIT {SAMPLE}) "
            f"WHERE startsWith(key, {{prefix:String}}) AND key != '' GROUP BY key ORDER BY n DESC, key LIMIT {limit:d}",
            {"prefix": prefix},
        )
        counts.update(dict(_pairs(rows, "key")))
        if len(counts) >= limit:
            break
    return _most(counts, limit)


def _values(
    reads: Reader,
    noun: str,
    name: str,
    prefix: str,
    within: Window,
    limit: int,
    columns: dict[str, Counter[str]] | None,
) -> list[dict[str, Any]]:
    known = NOUNS[noun].get(name)
    if known is not None and known.kind == "choice":
        return [_suggestion(c, "value", known.doc) for c in known.choices if c.startswith(prefix)]
    if known is not None and known.kind == "flag":
        return [_suggestion(c, "value", known.doc) for c in ("true", "false") if c.startswith(prefix)]
    if known is not None and known.kind != "text":
        return []
    if noun == "agents":
        counts = (columns or {}).get(name, Counter())
        found = [(v, n) for v, n in counts.most_common() if v.startswith(prefix)][:limit]
    else:
        found = _frequent(reads, noun, known, name, prefix, within, limit)
    return [_suggestion(_written(v), "value", name, n) for v, n in found if v]


def _frequent(
    reads: Reader, noun: str, known: Field | None, name: str, prefix: str, within: Window, limit: int
) -> list[tuple[str, int]]:
    """The most frequent values that begin so: of the newest part of the window, and of older ones until there are enough."""
    key = name.removeprefix("attributes.").removeprefix("attr.")
    column = known.column if known else _ENTRY if key != name else _sent(noun, key)
    column = f"arrayJoin({column})" if known and known.array else column
    counts: Counter[str] = Counter()
    for part in slices(within, True):
        table, time = _source(reads, noun, part)
        rows = reads.query(
            f"SELECT value, count() AS n FROM (SELECT {column} AS value FROM {table} WHERE {between(time, part)} "
            f"AND value != '' AND startsWith(value, {{prefix:String}}) LIMIT {SAMPLE}) GROUP BY value "
            f"ORDER BY n DESC, value LIMIT {limit:d}",
            {"prefix": prefix, "key": key},
        )
        counts.update(dict(_pairs(rows, "value")))
        if len(counts) >= limit:
            break
    return _most(counts, limit)


def _sent(noun: str, key: str) -> str:
    """An original attribute as text: from its column where it was promoted, else from the map; empty where there is none."""
    slot = KEY_SLOT.get(key)
    if slot is None or slot.column == "pending" or (noun == "logs" and slot.column not in LOG_SLOTS):
        return _ENTRY
    column = LOG_SLOTS[slot.column] if noun == "logs" else promoted(slot, key)
    return f"if(has(splitByChar(',', promoted), {{key:String}}), toString({column}), {_ENTRY})"


def _most(counts: Counter[str], limit: int) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:limit]


def _pairs(rows: Any, name: str) -> list[tuple[str, int]]:
    return list(zip(rows[name].to_pylist(), rows["n"].to_pylist(), strict=True))


def _source(reads: Reader, noun: str, part: Window) -> tuple[str, str]:
    return (reads.spans(part), "start_time") if noun == "spans" else ("$logs", "time")


def _written(value: str) -> str:
    """The value as the filter language reads it."""
    if _PLAIN.fullmatch(value):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _suggestion(text: str, kind: str, detail: str, count: int | None = None) -> dict[str, Any]:
    return {"text": text, "kind": kind, "detail": detail, "count": count}
