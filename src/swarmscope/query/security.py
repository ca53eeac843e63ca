"""What security detectors held against whom: events, patterns over time, and the risk of each principal."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from swarmscope.errors import NotFoundError, QueryError
from swarmscope.query.latency import times_ms
from swarmscope.query.reader import Reader
from swarmscope.query.search import between, decode, encode
from swarmscope.query.text import Params
from swarmscope.query.times import DAY_NS, SECOND_NS, Window, moment
from swarmscope.query.told import LATE_NS, Told
from swarmscope.stats.risk import HALF_LIFE_S, risk

Filters = Mapping[str, Sequence[str]]
SEVERITIES = ("info", "low", "medium", "high", "critical")
COLUMNS = ("kind", "family", "severity", "principal", "source", "endpoint", "agent", "session", "action")
RISKY_MAX = 100_000  # events that the risk of a fleet is made of, the newest
_NO_TRACE = "0" * 32
_ROW = (
    "lower(hex(event_id)) AS id, toUnixTimestamp64Nano(time) AS time_ns, kind, family, severity, score, confidence, principal, "
    "source, endpoint, agent, session, lower(hex(trace_id)) AS trace_id, action, message, attributes"
)
_TAIL = _ROW + ", id AS key, toUnixTimestamp64Nano(received_at) AS found_ns"


def search(reads: Reader, within: Window, filters: Filters, q: str, limit: int, cursor: str) -> dict[str, Any]:
    """A page in the shape of `SecurityEvents`, newest first. filters: column → values, any of which matches."""
    params = Params()
    where = [between("time", within), *_conditions(params, filters, q)]
    if cursor:
        time_ns, last = decode(cursor, 2)
        if not isinstance(time_ns, int) or not isinstance(last, str):
            raise QueryError(f"cursor {cursor[:64]!r} is none of ours; pass `next` of the page before, unchanged")
        where.append(
            f"(toUnixTimestamp64Nano(time), lower(hex(event_id))) < ({time_ns:d}, {params.bind(last, 'String')})"
        )
    rows = reads.rows(
        f"SELECT {_ROW} FROM $security_events WHERE {' AND '.join(where)} ORDER BY time DESC, id DESC LIMIT {limit + 1:d}",
        params.values,
    )
    shown = rows[:limit]
    following = encode([shown[-1]["time_ns"], shown[-1]["id"]]) if len(rows) > limit else None
    return {"items": [_shown(r) for r in shown], "next": following, "window": within.json()}


def one(reads: Reader, event_id: str) -> dict[str, Any]:
    """One event in the shape of `SecurityEvent`. NotFoundError."""
    rows = reads.rows(
        f"SELECT {_ROW} FROM $security_events WHERE event_id = unhex({{id:String}}) ORDER BY received_at DESC LIMIT 1",
        {"id": event_id},
    )
    if not rows:
        raise NotFoundError(
            f"security event {event_id[:64]!r} is not known; GET /api/v1/security/events lists those that are"
        )
    return _shown(rows[0])


def newest(reads: Reader, within: Window, filters: Filters, q: str, limit: int) -> tuple[dict[str, Any], Told]:
    """The newest events in the shape of `SecurityTail`, newest first, and what was told with them."""
    params = Params()
    where = " AND ".join([between("time", within), *_conditions(params, filters, q)])
    rows = reads.rows(f"SELECT {_TAIL} FROM $security_events WHERE {where} ORDER BY time DESC, id DESC LIMIT {limit:d}",
                      params.values)  # fmt: skip
    now_ns = time.time_ns()
    told = Told(now_ns - LATE_NS).with_rows(rows, 0)
    return {"items": [_shown(r) for r in rows], "skipped": 0}, told


def since(reads: Reader, told: Told, filters: Filters, q: str, limit: int) -> tuple[dict[str, Any], Told]:
    """What was found and not told yet, oldest first, in the shape of `SecurityTail`: of more than `limit` the newest.

    What is judged at the same time is stored in any order: an event that was found up to LATE_NS before the last that was told
    still comes. Events that are older than a day when they are found do not.
    """
    params = Params()
    where = [
        f"received_at > fromUnixTimestamp64Nano({told.floor_ns:d}, 'UTC')",
        f"time > fromUnixTimestamp64Nano({max(0, told.floor_ns - DAY_NS):d}, 'UTC')",
        *_conditions(params, filters, q),
    ]
    if told.keys:
        where.append(f"lower(hex(event_id)) NOT IN {params.bind(sorted(told.keys), 'Array(String)')}")
    rows = reads.rows(
        f"SELECT {_TAIL}, count() OVER () AS waiting FROM $security_events WHERE {' AND '.join(where)} "
        f"ORDER BY found_ns DESC, time_ns DESC, id LIMIT {limit:d}",
        params.values,
    )
    after, skipped = told.with_newest(rows)
    return {"items": [_shown(r) for r in reversed(rows)], "skipped": skipped}, after


def _conditions(params: Params, filters: Filters, q: str) -> list[str]:
    where = []
    for column, values in filters.items():
        if column not in COLUMNS:
            raise QueryError(f"{column!r} is no field of a security event; fields: {', '.join(COLUMNS)}")
        if values:
            where.append(f"{column} IN {params.bind(list(values), 'Array(String)')}")
    if q:
        text = params.bind(q, "String")
        fields = ("message", "principal", "source", "endpoint")
        where.append("(" + " OR ".join(f"positionCaseInsensitiveUTF8({f}, {text}) > 0" for f in fields) + ")")
    return where


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    trace = row.pop("trace_id")
    return {
        **{k: v for k, v in row.items() if k not in ("time_ns", "attributes", "key", "found_ns", "waiting")},
        "time": moment(row["time_ns"]),
        "trace_id": "" if trace == _NO_TRACE else trace,
        "attributes": dict(row["attributes"]),
    }


def summary(reads: Reader, within: Window, buckets: int, filters: Filters | None = None, q: str = "") -> dict[str, Any]:
    """In the shape of `SecuritySummary`: counts per kind, severity and time, who and whence, and the threat score."""
    step = within.step_ns(buckets)
    begin = within.start_ns // step * step
    params = Params()
    where = " AND ".join([between("time", within), *_conditions(params, filters or {}, q)])
    rows = reads.rows(
        f"SELECT intDiv(toUnixTimestamp64Nano(time) - {begin:d}, {step:d}) AS bucket, kind, severity, count() AS events "
        f"FROM $security_events WHERE {where} GROUP BY bucket, kind, severity",
        params.values,
    )
    n = -(-(within.end_ns - begin) // step)
    patterns: dict[tuple[str, str], Any] = {}
    for row in rows:
        series = patterns.setdefault((row["kind"], row["severity"]), np.zeros(n, np.int64))
        series[min(int(row["bucket"]), n - 1)] += row["events"]
    cells = [
        {"kind": kind, "severity": severity, "count": int(counts.sum()), "counts": counts.tolist()}
        for (kind, severity), counts in sorted(
            patterns.items(), key=lambda p: (-SEVERITIES.index(p[0][1]), -int(p[1].sum()))
        )
    ]
    return {
        "threat_score": principals(reads, within, 1, filters, q)["threat_score"],
        "events": sum(c["count"] for c in cells),
        "times": times_ms(begin // step, n, step),
        "patterns": cells,
        "principals": _top(reads, where, params, "principal"),
        "sources": _top(reads, where, params, "source"),
        "endpoints": _top(reads, where, params, "endpoint"),
        "agents": _top(reads, where, params, "agent"),
        "window": within.json(),
    }


def _top(reads: Reader, where: str, params: Params, column: str) -> list[dict[str, Any]]:
    return reads.rows(
        f"SELECT {column} AS value, count() AS count FROM $security_events WHERE {where} AND {column} != '' "
        "GROUP BY value ORDER BY count DESC, value LIMIT 10",
        params.values,
    )


def principals(
    reads: Reader, within: Window, limit: int, filters: Filters | None = None, q: str = ""
) -> dict[str, Any]:
    """In the shape of `Principals`: riskiest first, at the end of the window. threat_score: the risk of all together."""
    params = Params()
    where = " AND ".join([between("time", within), *_conditions(params, filters or {}, q)])
    found = reads.query(
        "SELECT principal, severity, confidence, toUnixTimestamp64Nano(time) AS time_ns, kind "
        f"FROM $security_events WHERE {where} ORDER BY time DESC LIMIT {RISKY_MAX}",
        params.values,
    )
    names, group = np.unique(np.array(found["principal"].to_pylist(), dtype=object).astype(str), return_inverse=True)
    severity = found["severity"].to_pylist()
    confidence = found["confidence"].to_numpy()
    times = found["time_ns"].to_numpy()
    age_s = (min(within.end_ns, time.time_ns()) - times) / SECOND_NS
    kinds = np.array(found["kind"].to_pylist(), dtype=object)
    attacks, attack = np.unique(kinds.astype(str), return_inverse=True)
    like = group * max(1, len(attacks)) + attack
    each = risk(severity, confidence, age_s, like, group, len(names))
    together = risk(severity, confidence, age_s, like, np.zeros(len(group), np.int64), 1)
    order = np.argsort(-each, kind="stable")[:limit]
    items = []
    for place in order.tolist():
        mine = group == place
        told, counts = np.unique(kinds[mine].astype(str), return_counts=True)
        items.append(
            {
                "principal": str(names[place]),
                "risk": float(each[place]),
                "events": int(mine.sum()),
                "kinds": dict(zip(told.tolist(), counts.tolist(), strict=True)),
                "last_seen": moment(int(times[mine].max())),
            }
        )
    return {
        "items": items,
        "threat_score": float(together[0]) if len(names) else 0.0,
        "half_life_s": HALF_LIFE_S,
        "window": within.json(),
    }
