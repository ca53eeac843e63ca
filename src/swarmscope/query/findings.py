"""Findings: what detectors reported, and evidence for new ones."""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from swarmscope.errors import NotFoundError, QueryError
from swarmscope.model.finding import FIRST_TOLD, OUTCOME, OVER, SEVERITIES, Finding
from swarmscope.query.latency import times_ms
from swarmscope.query.reader import Reader
from swarmscope.query.search import between, decode, encode
from swarmscope.query.text import Params
from swarmscope.query.times import DAY_NS, SECOND_NS, Window, moment
from swarmscope.query.told import LATE_NS, Told

_COLUMNS = (
    "lower(hex(finding_id)) AS id, detector, detector_version AS version, kind, severity, subject_kind, subject, signal, "
    "toUnixTimestamp64Nano(window_start) AS start_ns, toUnixTimestamp64Nano(window_end) AS end_ns, "
    "toUnixTimestamp64Nano(received_at) AS found_ns, score, confidence, observed, expected, lower, upper, title, explanation, "
    "recommendation, feature_names, feature_shares, evidence_kinds, evidence, cohort, participants, lead_ns, details"
)
_STATED = "concat(lower(hex(finding_id)), '/', toString(toUnixTimestamp64Nano(received_at)))"
_TEXTS = (
    "detector", "version", "kind", "severity", "subject_kind", "subject", "signal", "title", "explanation", "recommendation",
    "cohort", "lead_ns",
)  # fmt: skip
_NUMBERS = ("score", "confidence", "observed", "expected", "lower", "upper")
EVIDENCE_AGENTS_MAX = 50
FILTERS = ("kind", "severity", "subject", "subject_kind", "detector", "signal")


FACETS = ("severity", "detector", "kind", "subject", "signal")
FACET_VALUES_MAX = 30


@dataclass(frozen=True, slots=True)
class Only:
    """Findings by their ids (32 hex digits): these, or all but these."""

    ids: Sequence[str]
    but: bool = False


def _conditions(
    within: Window, params: Params, filters: Mapping[str, Sequence[str]], q: str, only: Only | None
) -> list[str]:
    """What a row must satisfy. QueryError."""
    return [*_unfiltered(within, params, q, only), *_filtered(params, filters).values()]


def _unfiltered(within: Window, params: Params, q: str, only: Only | None) -> list[str]:
    """What a row must satisfy whatever the filters are."""
    where = [
        f"time < fromUnixTimestamp64Nano({within.end_ns:d}, 'UTC')",
        f"time >= fromUnixTimestamp64Nano({max(0, within.start_ns - DAY_NS):d}, 'UTC')",
        f"window_end >= fromUnixTimestamp64Nano({within.start_ns:d}, 'UTC')",
    ]
    if q:
        text = params.bind(q, "String")
        fields = ("title", "subject", "explanation")
        where.append("(" + " OR ".join(f"positionCaseInsensitiveUTF8({f}, {text}) > 0" for f in fields) + ")")
    if only is not None and (only.ids or not only.but):
        never = "NOT " if only.but else ""
        where.append(f"lower(hex(finding_id)) {never}IN {params.bind(list(only.ids), 'Array(String)')}")
    return where


def _filtered(params: Params, filters: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """A condition for each filter that has values, by its name. QueryError."""
    out = {}
    for name, values in filters.items():
        if name not in FILTERS:
            raise QueryError(f"findings have no field {name!r}; there are {', '.join(FILTERS)}")
        if name == "severity" and (unknown := set(values) - set(SEVERITIES)):
            raise QueryError(f"severity={min(unknown)!r} is none of {', '.join(SEVERITIES)}")
        if values:
            out[name] = f"{name} IN {params.bind(list(values), 'Array(String)')}"
    return out


def search(
    reads: Reader, within: Window, filters: Mapping[str, Sequence[str]], q: str, limit: int, cursor: str,
    only: Only | None = None,
) -> dict[str, Any]:  # fmt: skip
    """A page of findings whose window touches `within`, newest first. filters: FILTERS → values. q: part of a text."""
    params = Params()
    where = _conditions(within, params, filters, q, only)
    if cursor:
        ended, known = _place(cursor)
        where.append(
            f"(toUnixTimestamp64Nano(window_end), lower(hex(finding_id))) < ({ended:d}, {params.bind(known, 'String')})"
        )
    rows = reads.rows(
        f"SELECT {_COLUMNS} FROM $findings AS f WHERE {' AND '.join(where)} ORDER BY end_ns DESC, id DESC "
        f"LIMIT {limit + 1:d}",
        params.values,
    )
    shown = rows[:limit]
    following = encode([shown[-1]["end_ns"], shown[-1]["id"]]) if len(rows) > limit else None
    return {"items": [row_of(r) for r in shown], "next": following, "window": within.json()}


def grouped(
    reads: Reader, within: Window, filters: Mapping[str, Sequence[str]], q: str, limit: int, cursor: str,
    only: Only | None = None,
) -> dict[str, Any]:  # fmt: skip
    """A page in the shape of `FindingGroups`: what was found again and again of one subject once, the newest first."""
    params = Params()
    where = _conditions(within, params, filters, q, only)
    having = ""
    if cursor:
        ended, known = _place(cursor)
        having = f"HAVING (end_ns, newest) < ({ended:d}, {params.bind(known, 'String')})"
    rows = reads.rows(
        "SELECT count() AS n, max(toUnixTimestamp64Nano(window_end)) AS end_ns, argMax(lower(hex(finding_id)), "
        "tuple(window_end, lower(hex(finding_id)))) AS newest, min(toUnixTimestamp64Nano(window_start)) AS first_ns, "
        f"groupUniqArray(severity) AS severities FROM $findings AS f WHERE {' AND '.join(where)} "
        f"GROUP BY subject_kind, subject, kind {having} ORDER BY end_ns DESC, newest DESC LIMIT {limit + 1:d}",
        params.values,
    )
    shown = rows[:limit]
    heads = search(reads, within, {}, "", limit, "", Only([r["newest"] for r in shown]))["items"] if shown else []
    by_id = {head["id"]: head for head in heads}
    return {
        "items": [
            {
                "count": r["n"],
                "severity": max(r["severities"], key=SEVERITIES.index),
                "first": moment(r["first_ns"]),
                "newest": by_id[r["newest"]],
            }
            for r in shown
            if r["newest"] in by_id
        ],
        "next": encode([shown[-1]["end_ns"], shown[-1]["newest"]]) if len(rows) > limit else None,
        "window": within.json(),
    }


def _place(cursor: str) -> tuple[int, str]:
    try:
        at, last = decode(cursor, 2)
        return int(at), str(last)
    except (TypeError, ValueError) as e:
        raise QueryError(f"cursor {cursor[:64]!r} is none of ours; pass `next` of the page before") from e


def one(reads: Reader, finding_id: str) -> dict[str, Any]:
    """One finding. NotFoundError."""
    rows = reads.rows(
        f"SELECT {_COLUMNS} FROM $findings AS f WHERE lower(hex(finding_id)) = {{id:String}} LIMIT 1",
        {"id": finding_id},
    )
    if not rows:
        raise NotFoundError(f"finding {finding_id[:64]!r} is not known; GET /api/v1/findings lists those that are")
    return row_of(rows[0])


def newest(reads: Reader, within: Window, limit: int) -> tuple[dict[str, Any], Told]:
    """The newest findings in the shape of `FindingTail`, newest first, and what was told with them."""
    told = Told(time.time_ns() - LATE_NS)
    where = " AND ".join(_conditions(within, Params(), {}, "", None))
    rows = reads.rows(
        f"SELECT {_COLUMNS}, {_STATED} AS key FROM $findings AS f WHERE {where} ORDER BY end_ns DESC, id DESC LIMIT {limit:d}"
    )
    return {"items": [row_of(r) for r in rows], "skipped": 0}, told.with_rows(rows, 0)


def since(reads: Reader, told: Told, limit: int) -> tuple[dict[str, Any], Told]:
    """What was reported or stated anew and not told yet, oldest first, in the shape of `FindingTail`: of more than `limit` the
    newest. Findings whose window began a day before they were found do not come."""
    params = Params()
    known = f"AND {_STATED} NOT IN {params.bind(sorted(told.keys), 'Array(String)')} " if told.keys else ""
    rows = reads.rows(
        f"SELECT {_COLUMNS}, {_STATED} AS key, count() OVER () AS waiting FROM $findings AS f "
        f"WHERE received_at > fromUnixTimestamp64Nano({told.floor_ns:d}, 'UTC') "
        f"AND time >= fromUnixTimestamp64Nano({max(0, told.floor_ns - DAY_NS):d}, 'UTC') {known}"
        f"ORDER BY found_ns DESC, id DESC LIMIT {limit:d}",
        params.values,
    )
    after, skipped = told.with_newest(rows)
    return {"items": [row_of(r) for r in reversed(rows)], "skipped": skipped}, after


def counts(reads: Reader, within: Window) -> list[dict[str, Any]]:
    """How many there are per detector, kind and severity."""
    return reads.rows(
        "SELECT detector, kind, severity, count() AS findings FROM $findings AS f "
        f"WHERE {between('time', within)} GROUP BY detector, kind, severity ORDER BY findings DESC, kind, severity LIMIT 500"
    )


def summary(
    reads: Reader, within: Window, filters: Mapping[str, Sequence[str]], q: str, buckets: int, only: Only | None = None
) -> dict[str, Any]:
    """In the shape of `FindingSummary`: how many there are by severity over time, and the most frequent values of FACETS.

    A facet counts what all filters but its own leave, so that another value of it can be chosen beside the first.
    """
    step = within.step_ns(buckets)
    begin = within.start_ns // step * step
    n = -(-(within.end_ns - begin) // step)
    params = Params()
    where = " AND ".join(_unfiltered(within, params, q, only))
    filtered = _filtered(params, filters)
    bucket = f"least(greatest(intDiv(toUnixTimestamp64Nano(window_end) - {begin:d}, {step:d}), 0), {n - 1:d})"
    # One pass: a row counts once over time, and once for each facet whose other filters leave it.
    counted = [f"('', toString(severity), {bucket}, {_all(filtered, '')})"]
    counted += [f"('{name}', toString({name}), 0, {_all(filtered, name)} AND {name} != '')" for name in FACETS]
    rows = reads.rows(
        f"SELECT told.1 AS facet, told.2 AS value, told.3 AS bucket, count() AS count FROM $findings AS f "
        f"ARRAY JOIN [{', '.join(counted)}] AS told WHERE {where} AND told.4 GROUP BY facet, value, bucket "
        f"ORDER BY count DESC, value LIMIT {max(FACET_VALUES_MAX, len(SEVERITIES) * n):d} BY facet",
        params.values,
    )
    over_time = {s: np.zeros(n, np.int64) for s in reversed(SEVERITIES)}
    facets: dict[str, list[dict[str, Any]]] = {name: [] for name in FACETS}
    for r in rows:
        if not r["facet"]:
            over_time[r["value"]][r["bucket"]] += r["count"]
        elif len(facets[r["facet"]]) < FACET_VALUES_MAX:
            facets[r["facet"]].append({"value": r["value"], "count": r["count"]})
    return {
        "total": sum(int(c.sum()) for c in over_time.values()),
        "times": times_ms(begin // step, n, step),
        "severities": [
            {"severity": s, "count": int(c.sum()), "counts": c.tolist()} for s, c in over_time.items() if c.any()
        ],
        "facets": [{"field": name, "values": values} for name, values in facets.items()],
        "window": within.json(),
    }


def _all(filtered: Mapping[str, str], but: str) -> str:
    """Every filter's condition but one."""
    return " AND ".join(["1", *(condition for name, condition in filtered.items() if name != but)])


def row_of(r: dict[str, Any]) -> dict[str, Any]:
    """In the shape of `Finding`."""
    labels = dict(r["details"])
    told, over, outcome = (labels.pop(name, None) for name in (FIRST_TOLD, OVER, OUTCOME))
    return {
        **{name: r[name] for name in ("id", *_TEXTS, "participants")},
        **{name: _number(r[name]) for name in _NUMBERS},
        "start": moment(r["start_ns"]),
        "end": moment(r["end_ns"]),
        "found": told or moment(r["found_ns"]),
        "over": over,
        "outcome": outcome,
        "features": [{"name": n, "share": s} for n, s in zip(r["feature_names"], r["feature_shares"], strict=True)],
        "evidence": [{"kind": k, "reference": e} for k, e in zip(r["evidence_kinds"], r["evidence"], strict=True)],
        "labels": labels,
    }  # fmt: skip


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def traces_of(reads: Reader, agents: Sequence[str], start_ns: int, end_ns: int) -> dict[str, list[tuple[str, str]]]:
    """Evidence per agent: its newest failed trace and its slowest one within the time, as (kind, trace id)."""
    if not agents:
        return {}
    rows = reads.rows(
        "SELECT agent, lower(hex(argMaxIf(trace_id, start_time, status_code = 2))) AS failed, countIf(status_code = 2) AS bad, "
        "lower(hex(argMax(trace_id, duration_ns))) AS slow FROM $spans AS s WHERE agent IN {agents:Array(String)} "
        "AND start_time >= fromUnixTimestamp64Nano({start:Int64}, 'UTC') "
        "AND start_time < fromUnixTimestamp64Nano({end:Int64}, 'UTC') GROUP BY agent",
        {"agents": list(agents)[:EVIDENCE_AGENTS_MAX], "start": start_ns - 120 * SECOND_NS, "end": end_ns},
    )
    return {
        r["agent"]: [("trace", t) for t in dict.fromkeys([*([r["failed"]] if r["bad"] else []), r["slow"]])]
        for r in rows
    }


class Silent(NamedTuple):
    """Until when (ns) it was looked at that an agent did nothing: by the newest finding, and by the newest that is `refuted`;
    0: by none."""

    until_ns: int
    refuted_ns: int

    def holds(self, heard_ns: int) -> bool:
        """Whether an agent that was heard last at `heard_ns` is missed: what refutes one finding refutes the whole silence."""
        return self.refuted_ns < heard_ns <= self.until_ns


def silent(reads: Reader, within: Window, refuted: Collection[str] = ()) -> dict[str, Silent]:
    """Agents of which a grave finding says that they fell silent, alone or with their node. refuted: ids of findings that
    people called false."""
    rows = reads.rows(
        "SELECT who, max(until_ns) AS until, maxIf(until_ns, wrong) AS refuted "
        "FROM (SELECT toUnixTimestamp64Nano(window_end) AS until_ns, "
        "lower(hex(finding_id)) IN {refuted:Array(String)} AS wrong, "
        "arrayJoin(if(subject_kind = 'agent', [subject], participants)) AS who FROM $findings AS f "
        "WHERE kind IN ('silence', 'dead_node') AND severity IN ('high', 'critical') AND "
        f"{_told_since(within)}) GROUP BY who",
        {"refuted": sorted(refuted)},
    )
    return {r["who"]: Silent(r["until"], r["refuted"]) for r in rows}


def _told_since(within: Window) -> str:
    """Told since the window begins, of what began a day before it at most."""
    began_ns = max(0, within.start_ns - DAY_NS)
    return (
        f"received_at >= fromUnixTimestamp64Nano({within.start_ns:d}, 'UTC') "
        f"AND time >= fromUnixTimestamp64Nano({began_ns:d}, 'UTC')"
    )


def recent_keys(reads: Reader, within: Window) -> list[tuple[str, str, str, str, str, int]]:
    """What was found lately: subject kind, subject, kind, signal, severity, end of its window in ns."""
    rows = reads.rows(
        "SELECT subject_kind, subject, kind, signal, severity, toUnixTimestamp64Nano(received_at) AS end_ns "
        "FROM $findings AS f "
        f"WHERE {_told_since(within)} ORDER BY end_ns LIMIT 20000"
    )
    return [(r["subject_kind"], r["subject"], r["kind"], r["signal"], r["severity"], r["end_ns"]) for r in rows]


def unsettled(
    reads: Reader, within: Window, lasts: Collection[str], foretells: Collection[str], limit: int
) -> list[Finding]:
    """What was told and may be stated anew, newest first: of kinds that last all, with what is over; of kinds that foretell
    what is not known yet to have come or not. It was told since `within` began, and says when it was told first."""
    rows = reads.rows(
        f"SELECT {_COLUMNS} FROM $findings AS f WHERE (kind IN {{lasts:Array(String)}} "
        f"OR kind IN {{foretells:Array(String)}} AND lead_ns > 0 AND NOT mapContains(details, '{OUTCOME}')) AND "
        f"{_told_since(within)} ORDER BY found_ns DESC, id LIMIT {limit:d}",
        {"lasts": sorted(lasts), "foretells": sorted(foretells)},
    )
    return [_finding(reads.tenant, r) for r in rows]


def _finding(tenant: str, r: dict[str, Any]) -> Finding:
    """As it was told."""
    return Finding(
        tenant=tenant,
        window_start_ns=r["start_ns"],
        window_end_ns=r["end_ns"],
        features=tuple(zip(r["feature_names"], r["feature_shares"], strict=True)),
        evidence=tuple(zip(r["evidence_kinds"], r["evidence"], strict=True)),
        participants=tuple(r["participants"]),
        labels={FIRST_TOLD: moment(r["found_ns"]), **dict(r["details"])},
        **{name: r[name] for name in (*_TEXTS, *_NUMBERS)},
    )
