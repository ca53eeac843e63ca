"""What sets a selection of spans apart from the rest of a search: the attributes whose values are distributed otherwise.

A value is judged by the difference of its share among the selected spans and among the rest, a number by the probability
that a selected one is larger less that it is smaller: both lie between -1 and 1. What is certain of a difference is the end
of its confidence interval (Newcombe's for shares) that lies nearer to zero. Spans of one trace are much alike, so a trace
counts as one witness; and as many values are looked at, the level of the intervals is divided among them (Bonferroni).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarmscope.errors import QueryError
from swarmscope.query.conditions import Condition
from swarmscope.query.facets import shown
from swarmscope.query.fields import NOUNS
from swarmscope.query.filters import Compare, Node, walk
from swarmscope.query.reader import Reader
from swarmscope.query.search import between
from swarmscope.query.spans import NANO
from swarmscope.query.times import Window

SAMPLE = 50_000  # spans of each side that are looked at, whole traces of them
VALUE_CHARS_MAX = 256
CANDIDATES_MAX = 2000  # values that differ most and are judged
NUMBER_DISTINCT_MIN = 20  # an attribute with more distinct numbers is compared as a number
NUMBERS_MAX = 40
PERCENTILES = 99
LEVEL = 0.05
_TEXTS = {
    f.name: f
    for f in NOUNS["spans"].values()
    if not f.array and (f.kind == "choice" or f.kind == "text") and f.name != "agent_name"
}
_NUMBERS = ("duration", "ttft", "cost", "input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens")


def between_sides(reads: Reader, q: str, select: str, within: Window, limit: int, values: int) -> dict[str, Any]:
    """In the shape of `Differences`: the spans of a search that `select` matches against those that it does not.

    limit: fields at most, values: of each. QueryError: an empty selection text.
    """
    if not select.strip():
        raise QueryError("select is empty; it takes a filter for the spans to be compared with the rest of the search")
    sides = _Sides(reads, q, select, within)
    selected, rest = sides.totals()
    answer = {"window": within.json(), "selected": selected, "rest": rest, "fields": [], "numbers": []}
    if not selected["spans"] or not rest["spans"]:
        return answer | {"sampled": False, "examined": 0}
    sizes = sides.sample(selected["spans"], rest["spans"])
    candidates, distinct = sides.values(sizes)
    numbers = sides.numbers()
    z = NormalDist().inv_cdf(1 - LEVEL / 2 / max(1, distinct + len(numbers)))
    asked = {t.field for t in walk(sides.tree) if isinstance(t, Compare)}
    as_numbers = {n["field"] for n in numbers}
    fields = _fields(
        [c for c in candidates if c[0] not in asked | as_numbers], sizes, (selected["traces"], rest["traces"]), z
    )
    judged = [_number(n, (selected["traces"], rest["traces"]), z) for n in numbers if n["field"] not in asked]
    return answer | {
        "fields": [f | {"values": f["values"][:values]} for f in fields[:limit]],
        "numbers": sorted(judged, key=_rank)[:limit],
        "sampled": sum(sizes) < selected["spans"] + rest["spans"],
        "examined": distinct,
    }


def newcombe(p: float, n: int, q: float, m: int, z: float) -> tuple[float, float]:
    """The interval of p - q, shares of n and of m witnesses, at `z` standard deviations.

    Newcombe (1998), method 10: from Wilson's intervals.
    """
    low_p, high_p = _wilson(p, n, z)
    low_q, high_q = _wilson(q, m, z)
    return (
        p - q - math.hypot(p - low_p, high_q - q),
        p - q + math.hypot(high_p - p, q - low_q),
    )


def _wilson(p: float, n: int, z: float) -> tuple[float, float]:
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def certain(difference: float, low: float, high: float) -> float:
    """What is left of a difference at the end of its interval nearer to zero; 0 where that holds zero."""
    return max(0.0, low) if difference > 0 else min(0.0, high)


def _rank(item: Mapping[str, Any]) -> tuple[float, float, str]:
    return (-abs(item["certain"]), -abs(item["difference"]), item["field"])


def _fields(
    candidates: list[tuple[str, str, int, int]], sizes: tuple[int, int], traces: tuple[int, int], z: float
) -> list[dict[str, Any]]:
    """Fields with their values, what differs most first."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    witnesses = [max(1, min(t, s)) for t, s in zip(traces, sizes, strict=True)]
    for name, value, a, b in candidates:
        p, q = min(1.0, a / sizes[0]), min(1.0, b / sizes[1])  # spans arrive between two questions
        low, high = newcombe(p, witnesses[0], q, witnesses[1], z)
        found[name].append(
            {
                "field": name,
                "value": value,
                "selected": a,
                "rest": b,
                "selected_share": p,
                "rest_share": q,
                "difference": p - q,
                "certain": certain(p - q, low, high),
            }
        )
    out = []
    for name, items in found.items():
        items.sort(key=_rank)
        best = items[0]
        out.append(
            {
                "field": name,
                "difference": best["difference"],
                "certain": best["certain"],
                "values": [{k: v for k, v in i.items() if k != "field"} for i in items],
            }
        )
    return sorted(out, key=_rank)


def superiority(selected: NDArray[Any], rest: NDArray[Any]) -> float:
    """P(a selected number is larger) less P(it is smaller), over all pairs; between -1 and 1."""
    ordered = np.sort(rest)
    below = np.searchsorted(ordered, selected, "left")
    upto = np.searchsorted(ordered, selected, "right")
    return float((below - (len(ordered) - upto)).sum() / (len(selected) * len(ordered)))


def _number(n: Mapping[str, Any], traces: tuple[int, int], z: float) -> dict[str, Any]:
    difference = superiority(np.array(n["selected_q"]), np.array(n["rest_q"]))
    witnesses = [max(1, min(t, c)) for t, c in zip(traces, (n["selected"], n["rest"]), strict=True)]
    scale = NANO if n["field"] == "cost" else 1
    error = 2 * math.sqrt((sum(witnesses) + 1) / (12 * witnesses[0] * witnesses[1]))
    return {
        "field": n["field"],
        "selected": n["selected"],
        "rest": n["rest"],
        **{f"{side}_p{p}": n[f"{side}_q"][p - 1] / scale for side in ("selected", "rest") for p in (50, 95)},
        "difference": difference,
        "certain": certain(difference, difference - z * error, difference + z * error),
    }


class _Sides:
    """The two sides of one comparison as SQL."""

    def __init__(self, reads: Reader, q: str, select: str, within: Window) -> None:
        self._reads = reads
        base = Condition(reads, "spans", q)
        chosen = Condition(reads, "spans", select, "s")
        self.tree: Node = chosen.tree
        self._params = base.params | chosen.params
        self._from = f"{base.source(reads.spans(within))} WHERE {between('start_time', within)} AND {base.sql}"
        self._selected = f"({chosen.whole})"
        self._where = self._from

    def totals(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Figures of the selected spans and of the rest."""
        rows = self._reads.rows(
            f"SELECT toUInt8({self._selected}) AS chosen, count() AS spans, uniq(trace_id) AS traces, "
            f"countIf(status_code = 2) AS errors FROM {self._from} GROUP BY chosen",
            self._params,
        )
        sides = {r.pop("chosen"): r for r in rows}
        nothing = {"spans": 0, "traces": 0, "errors": 0}
        return sides.get(1, nothing), sides.get(0, nothing)

    def sample(self, selected: int, rest: int) -> tuple[int, int]:
        """Leave so many traces out of each side that about SAMPLE spans remain; how many do."""
        parts = [max(1, -(-n // SAMPLE)) for n in (selected, rest)]
        if parts != [1, 1]:
            keep = f"cityHash64(trace_id) % if({self._selected}, {parts[0]:d}, {parts[1]:d}) = 0"
            self._where = f"{self._from} AND {keep}"
        rows = self._reads.rows(
            f"SELECT toUInt8({self._selected}) AS chosen, count() AS n FROM {self._where} GROUP BY chosen", self._params
        )
        counts = {r["chosen"]: r["n"] for r in rows}
        return max(1, counts.get(1, 0)), max(1, counts.get(0, 0))

    def values(self, sizes: tuple[int, int]) -> tuple[list[tuple[str, str, int, int]], int]:
        """Field, value, and on how many selected spans and others; those that differ most, and how many there are."""
        fields = ", ".join(f"('{f.name}', CAST(toString({f.column}), 'String'))" for f in _TEXTS.values())
        pairs = (
            f"arrayConcat([{fields}], "
            "arrayMap((k, v) -> (concat('attributes.', CAST(k, 'String')), v), mapKeys(attributes), mapValues(attributes)), "
            "arrayMap(e -> ('event', CAST(e, 'String')), arrayDistinct(event_name)))"
        )
        of_spans = (
            f"SELECT pair.1 AS field, pair.2 AS value, countIf(chosen) AS a, countIf(NOT chosen) AS b FROM ("
            f"SELECT {self._selected} AS chosen, arrayJoin({pairs}) AS pair FROM {self._where}) "
            f"WHERE pair.2 != '' AND length(pair.2) <= {VALUE_CHARS_MAX} GROUP BY field, value"
        )
        of_resources = (
            "SELECT concat('resource.', CAST(pair.1, 'String')) AS field, pair.2 AS value, sum(n.a) AS a, sum(n.b) AS b "
            f"FROM (SELECT resource_id, countIf(chosen) AS a, countIf(NOT chosen) AS b FROM (SELECT resource_id, "
            f"{self._selected} AS chosen FROM {self._where}) GROUP BY resource_id) AS n INNER JOIN (SELECT resource_id, "
            "arrayJoin(arrayZip(mapKeys(attributes), mapValues(attributes))) AS pair FROM $resources "
            "LIMIT 1 BY resource_id, pair) AS r USING (resource_id) "
            f"WHERE pair.2 != '' AND length(pair.2) <= {VALUE_CHARS_MAX} GROUP BY field, value"
        )
        found: list[tuple[str, str, int, int]] = []
        distinct = 0
        for sql in (of_spans, of_resources):
            rows = self._reads.rows(
                f"SELECT field, value, a, b, count() OVER () AS total FROM ({sql}) "
                f"ORDER BY abs(a / {sizes[0]:d} - b / {sizes[1]:d}) DESC, field, value LIMIT {CANDIDATES_MAX}",
                self._params,
            )
            distinct += rows[0]["total"] if rows else 0
            found += [(_named(r["field"]), shown(_TEXTS.get(r["field"]), r["value"]), r["a"], r["b"]) for r in rows]
        return found, distinct

    def numbers(self) -> list[dict[str, Any]]:
        """Fields and attributes with many distinct numbers on both sides, as percentiles."""
        known = ", ".join(f"('{n}', toFloat64({NOUNS['spans'][n].column}))" for n in _NUMBERS)
        pairs = (
            f"arrayFilter(p -> p.2 > 0 OR startsWith(p.1, 'attributes.'), arrayConcat([{known}], "
            "arrayMap((k, v) -> (concat('attributes.', CAST(k, 'String')), assumeNotNull(toFloat64OrNull(v))), "
            "arrayFilter((k, v) -> isFinite(toFloat64OrNull(v)), mapKeys(attributes), mapValues(attributes)), "
            "arrayFilter(v -> isFinite(toFloat64OrNull(v)), mapValues(attributes)))))"
        )
        levels = ", ".join(f"{p / 100}" for p in range(1, PERCENTILES + 1))
        rows = self._reads.rows(
            f"SELECT pair.1 AS field, countIf(chosen) AS selected, countIf(NOT chosen) AS rest, "
            f"quantilesExactIf({levels})(pair.2, chosen) AS selected_q, "
            f"quantilesExactIf({levels})(pair.2, NOT chosen) AS rest_q FROM ("
            f"SELECT {self._selected} AS chosen, arrayJoin({pairs}) AS pair FROM {self._where}) "
            f"GROUP BY field HAVING selected > 0 AND rest > 0 AND uniq(pair.2) > {NUMBER_DISTINCT_MIN} "
            f"ORDER BY selected + rest DESC, field LIMIT {NUMBERS_MAX}",
            self._params,
        )
        return [r | {"field": _named(r["field"])} for r in rows]


def _named(field: str) -> str:
    """The name in the filter language: an attribute stands under its own key unless a field has that name."""
    key = field.removeprefix("attributes.")
    return field if key in NOUNS["spans"] else key
