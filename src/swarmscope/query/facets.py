"""What matching items have in common: the most frequent values of their fields."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from swarmscope.errors import QueryError
from swarmscope.query.conditions import Condition, Noun
from swarmscope.query.fields import NOUNS, Field
from swarmscope.query.reader import Reader
from swarmscope.query.search import between, slices
from swarmscope.query.times import Window

FIELDS_MAX = 16
COUNTED = 1_000_000  # so many matches are looked at, from the newest; the rest is extrapolated
VALUES_MAX = 10_000


def count(reads: Reader, noun: Noun, q: str, within: Window, fields: Sequence[str], limit: int) -> dict[str, Any]:
    """In the shape of `Facets`. fields: names of the filter language, attributes too; none: the usual ones."""
    condition = Condition(reads, noun, q)
    names = list(dict.fromkeys(fields)) or [f.name for f in NOUNS[noun].values() if f.facet]
    if len(names) > FIELDS_MAX:
        raise QueryError(f"{len(names)} facets asked for; at most {FIELDS_MAX} are counted at once")
    values: dict[str, Counter[str]] = defaultdict(Counter)
    total = seen = 0
    for part in slices(within, True):
        if seen < COUNTED:
            rows = _count_part(reads, noun, condition, part, names)
            found = rows.pop("")[""]
            seen += found
            for name, counts in rows.items():
                values[name].update(counts)
        else:
            found = _total(reads, noun, condition, part)
        total += found
    scale = total / seen if seen else 1.0
    return {
        "facets": [facet(name, values[name], limit, scale) for name in names],
        "total": total,
        "sampled": seen < total,
    }


def facet(name: str, counts: Counter[str], limit: int, scale: float = 1.0) -> dict[str, Any]:
    """The most frequent values in the shape of `Facet`; equal counts by name."""
    best = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:limit]
    return {
        "field": name,
        "values": [{"value": value, "count": round(n * scale)} for value, n in best],
        "distinct": len(counts),
    }


def _source(reads: Reader, noun: Noun, condition: Condition, part: Window) -> tuple[str, str]:
    return (condition.source(reads.spans(part)), "start_time") if noun == "spans" else ("$logs", "time")


def _total(reads: Reader, noun: Noun, condition: Condition, part: Window) -> int:
    table, time = _source(reads, noun, condition, part)
    rows = reads.query(
        f"SELECT count() AS n FROM {table} WHERE {between(time, part)} AND {condition.sql}", condition.params
    )
    return int(rows["n"][0].as_py())


def _count_part(
    reads: Reader, noun: Noun, condition: Condition, part: Window, names: Sequence[str]
) -> dict[str, Counter[str]]:
    """Counts by field and value in one pass; under "" the number of all matches."""
    table, time = _source(reads, noun, condition, part)
    params = dict(condition.params)
    columns = []
    for i, name in enumerate(names):
        columns.append(f"{_expression(noun, name, i, params)} AS g{i}")
    keys = [f"g{i}" for i in range(len(names))]
    sets = ", ".join(["()", *(f"({k})" for k in keys)])
    rows = reads.query(
        f"SELECT {', '.join(keys)}, grouping({', '.join(keys)}) AS which, count() AS n "
        f"FROM (SELECT {', '.join(columns)} FROM {table} WHERE {between(time, part)} AND {condition.sql}) "
        f"GROUP BY GROUPING SETS ({sets}) ORDER BY n DESC LIMIT {VALUES_MAX} BY which",
        params,
    )
    out: dict[str, Counter[str]] = {name: Counter() for name in ("", *names)}
    everything = 2 ** len(names) - 1
    for row in rows.to_pylist():
        if row["which"] == everything:
            out[""][""] += row["n"]
            continue
        i = len(names) - 1 - (everything ^ row["which"]).bit_length() + 1
        value = shown(NOUNS[noun].get(names[i]), row[f"g{i}"])
        if value:
            out[names[i]][value] += row["n"]
    return out


def _expression(noun: Noun, name: str, index: int, params: dict[str, object]) -> str:
    known = NOUNS[noun].get(name)
    if known is None:
        params[f"k{index}"] = name.removeprefix("attributes.").removeprefix("attr.")
        return f"attributes[{{k{index}:String}}]"
    if known.array or known.kind in ("hex", "moment", "duration", "usd", "number"):
        raise QueryError(f"{name} has too many values to be a facet; take a text field or an attribute")
    return f"toString({known.column})"


def shown(known: Field | None, value: str) -> str:
    """A stored value as the filter language writes it."""
    if known is None or known.kind != "choice":
        return value
    number = int(value)
    below = [(at, name) for name, at in known.choices.items() if at <= number]
    return max(below)[1] if below else value
