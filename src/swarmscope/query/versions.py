"""Versions of an agent side by side: what changed since the one before was rolled out, and what of it may be chance.

A version is `service.version` of the resource that spans come from. The unit is a turn: the spans of one agent in one trace.
Where all agents of a kind are looked at, an agent counts as one witness with the mean of its turns, as its turns are alike.
Differences are to the version that was first seen before, be that before the window; their intervals hold 95 % for all figures
of all versions together (Bonferroni): Newcombe's for shares of turns, Welch's with Student's t for means; durations as ratios
of geometric means.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any, Literal

from swarmscope.query.differences import newcombe
from swarmscope.query.reader import Reader
from swarmscope.query.search import between
from swarmscope.query.spans import NANO
from swarmscope.query.times import DAY_NS, HOUR_NS, Window, moment

VERSIONS_MAX = 6
WITNESSES_MIN = 8  # with fewer on a side nothing is judged
LEVEL = 0.05
MEANS = ("duration", "tokens", "cost", "spans")
LOOK_BACK_NS = {"agent": DAY_NS, "kind": 2 * HOUR_NS}  # of a kind a day may be hundreds of millions of spans
AGAIN_NS = HOUR_NS  # a window that ends so much earlier than the one that was looked back from is looked back from anew
KEPT_MAX, KEPT_VERSIONS_MAX = 2_000, 100  # questions, and versions of each, the newest
Scope = Literal["agent", "kind"]
_VERSIONS = "SELECT resource_id, attributes['service.version'] AS version FROM $resources"


def compared(reads: Reader, agent: str, within: Window, scope: Scope) -> dict[str, Any]:
    """In the shape of `Versions`: those of an agent, or of all agents of its kind, newest first."""
    rows = reads.rows(_sql(reads, within, scope), {"agent": agent})
    first = reads.kept(Sights).first(reads, agent, within, scope, {r["version"]: r["first_ns"] for r in rows})
    rows = [r | {"first_ns": first[r["version"]]} for r in rows]
    rows = sorted(rows, key=lambda r: (-r["first_ns"], r["version"]))[:VERSIONS_MAX]
    judged = (len(MEANS) + 1) * max(1, len(rows) - 1)
    before = [*rows[1:], None][: len(rows)]
    items = [_version(row, old, LEVEL / judged) for row, old in zip(rows, before, strict=True)]
    return {"window": within.json(), "scope": scope, "items": items}


@dataclass(slots=True, weakref_slot=True)
class Sights:
    """When versions of an agent, or of its kind, were first seen, kept from question to question: their order must not move
    with the window. Spans up to LOOK_BACK_NS of the scope before the end of a window are looked through, each time once.

    _known: by what was asked, the time that was looked through (from, to) and the first moment of each version, all in ns.
    """

    _known: OrderedDict[tuple[Scope, str, str], tuple[int, int, dict[str, int]]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def first(
        self, reads: Reader, agent: str, within: Window, scope: Scope, seen: Mapping[str, int]
    ) -> Mapping[str, int]:
        """The first moment of each version that was ever seen, ns since the epoch; seen: those within the window."""
        asked = (scope, agent, reads.environment)
        with self._lock:
            since_ns, until_ns, first = self._known.get(asked, (within.end_ns, 0, {}))
        start_ns = max(0, within.end_ns - LOOK_BACK_NS[scope])
        unknown_ns = start_ns if start_ns < since_ns - AGAIN_NS else max(start_ns, until_ns)
        found = {}
        if unknown_ns < within.start_ns:
            before = Window(unknown_ns, within.start_ns)
            rows = reads.rows(_first_sql(reads, before, scope), {"agent": agent})
            found = {r["version"]: r["first_ns"] for r in rows}
        since_ns, until_ns = min(since_ns, unknown_ns, within.start_ns), max(until_ns, within.end_ns)
        names = {*first, *found, *seen}
        first = {v: min(part[v] for part in (first, found, seen) if v in part) for v in names}
        with self._lock:
            kept = dict(sorted(first.items(), key=lambda one: -one[1])[:KEPT_VERSIONS_MAX])
            self._known[asked] = (since_ns, until_ns, kept)
            self._known.move_to_end(asked)
            while len(self._known) > KEPT_MAX:
                self._known.popitem(last=False)
        return first


def _who(scope: Scope) -> str:
    if scope == "agent":
        return "agent = {agent:String}"
    return "agent IN (SELECT agent FROM $agents WHERE kind IN (SELECT kind FROM $agents WHERE agent = {agent:String}))"


def _first_sql(reads: Reader, within: Window, scope: Scope) -> str:
    return (
        "SELECT version, min(begun) AS first_ns FROM (SELECT resource_id, min(toUnixTimestamp64Nano(start_time)) AS begun "
        f"FROM {reads.spans(within)} WHERE {_who(scope)} AND {between('start_time', within)} GROUP BY resource_id) AS s "
        f"LEFT ANY JOIN ({_VERSIONS}) AS r USING resource_id GROUP BY version"
    )


def _sql(reads: Reader, within: Window, scope: Scope) -> str:
    """One line per turn, of them one per witness, of them one per version."""
    who, witness = _who(scope), "trace_id" if scope == "agent" else "agent"
    turns = (
        "SELECT trace_id, agent, version, count() AS spans, toUInt64(max(status_code = 2)) AS failed, "
        "min(toUnixTimestamp64Nano(start_time)) AS begun, "
        "max(toUnixTimestamp64Nano(start_time) + toInt64(duration_ns)) AS ended, "
        "sum(toUInt64(input_tokens) + output_tokens) AS tokens, sum(cost_nano_usd) AS cost "
        f"FROM (SELECT * FROM {reads.spans(within)} WHERE {who} AND {between('start_time', within)}) AS s LEFT ANY JOIN "
        f"({_VERSIONS}) AS r USING resource_id "
        "GROUP BY trace_id, agent, version"
    )
    witnesses = (
        "SELECT version, uniqState(agent) AS who, min(begun) AS first, max(ended) AS last, count() AS n, sum(failed) AS bad, "
        "quantilesTDigestState(0.5, 0.95)(ended - begun) AS lengths, avg(log(greatest(ended - begun, 1))) AS duration, "
        f"avg(tokens) AS tokens, avg(cost) AS cost, avg(spans) AS spans FROM ({turns}) GROUP BY version, {witness}"
    )
    means = ", ".join(f"avg({name}) AS {name}_mean, varSamp({name}) AS {name}_variance" for name in MEANS)
    return (
        "SELECT version, uniqMerge(who) AS agents, min(first) AS first_ns, max(last) AS last_ns, sum(n) AS turns, "
        "count() AS witnesses, sum(bad) AS failed, quantilesTDigestMerge(0.5, 0.95)(lengths) AS lengths_ns, "
        f"{means} FROM ({witnesses}) GROUP BY version"
    )


def _version(row: dict[str, Any], before: dict[str, Any] | None, level: float) -> dict[str, Any]:
    p50, p95 = row["lengths_ns"]
    return {
        "version": row["version"],
        "first_time": moment(row["first_ns"]),
        "last_time": moment(row["last_ns"]),
        "agents": row["agents"],
        "turns": row["turns"],
        "failed_share": row["failed"] / row["turns"],
        "duration_p50_ns": round(p50),
        "duration_p95_ns": round(p95),
        "tokens": row["tokens_mean"],
        "cost_usd": row["cost_mean"] / NANO,
        "spans": row["spans_mean"],
        "against": before["version"] if before else None,
        "changes": _changes(row, before, level) if before else [],
    }


def _changes(row: dict[str, Any], before: dict[str, Any], level: float) -> list[dict[str, Any]]:
    enough = min(row["witnesses"], before["witnesses"]) >= WITNESSES_MIN
    p, q = row["failed"] / row["turns"], before["failed"] / before["turns"]
    z = NormalDist().inv_cdf(1 - level / 2)
    low, high = newcombe(p, row["witnesses"], q, before["witnesses"], z)
    out = [_change("failed", p - q, low, high, enough)]
    for name in MEANS:
        difference, low, high = _welch(row, before, name, level)
        if name == "duration":
            difference, low, high = (math.expm1(min(x, 700.0)) for x in (difference, low, high))
        else:
            base = before[f"{name}_mean"]
            if base <= 0:
                continue
            difference, low, high = difference / base, low / base, high / base
        out.append(_change(name, difference, low, high, enough))
    return out


def _change(figure: str, difference: float, low: float, high: float, enough: bool) -> dict[str, Any]:
    verdict = "unknown" if not enough else "more" if low > 0 else "less" if high < 0 else "same"
    return {"figure": figure, "difference": difference, "low": low, "high": high, "verdict": verdict}


def _welch(row: dict[str, Any], before: dict[str, Any], name: str, level: float) -> tuple[float, float, float]:
    """Difference of means with its interval; Welch (1947). One witness has no variance: then it is the difference itself."""
    difference = row[f"{name}_mean"] - before[f"{name}_mean"]
    parts = [(r[f"{name}_variance"] / r["witnesses"], r["witnesses"]) for r in (row, before) if r["witnesses"] > 1]
    error = sum(v for v, _ in parts)
    if len(parts) < 2 or error <= 0:
        return difference, difference, difference
    freedom = error**2 / sum(v**2 / (n - 1) for v, n in parts)
    half = student(1 - level / 2, freedom) * math.sqrt(error)
    return difference, difference - half, difference + half


def student(p: float, freedom: float) -> float:
    """Quantile of Student's t: Cornish and Fisher's expansion (Abramowitz and Stegun 26.7.5); within 1 % from 4 degrees on."""
    z = NormalDist().inv_cdf(p)
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return sum(term / freedom**i for i, term in enumerate(terms))
