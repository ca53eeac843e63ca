"""Logs: search, histogram, tail, and the lines around a line."""

from __future__ import annotations

import re
import time
from typing import Any

import numpy as np

from swarmscope.errors import NotFoundError, QueryError
from swarmscope.model.semantics import DROPPED_ATTRIBUTES, restore, typed
from swarmscope.query import resources
from swarmscope.query.conditions import Condition
from swarmscope.query.fields import LEVEL_WIDTH, LEVELS
from swarmscope.query.latency import times_ms
from swarmscope.query.reader import Reader
from swarmscope.query.search import between, decode, encode, slices
from swarmscope.query.spans import jsonable, jsonable_map, taken
from swarmscope.query.times import MINUTE_NS, Window, moment, parse_duration

TAIL_NS = 15 * MINUTE_NS
LEVEL_NAMES = tuple(LEVELS)  # unset, then one per LEVEL_WIDTH severity numbers
_ID = re.compile(r"(\d{1,19})-([0-9a-f]{16})")
_HASH = "cityHash64(severity, event_name, service, agent, trace_id, span_id, observed_time, body, attributes)"
_ROW = f"""toUnixTimestamp64Nano(time) AS time_ns, {_HASH} AS id, toUnixTimestamp64Nano(observed_time) AS observed_ns,
    severity, severity_text, event_name, service, scope_name, scope_version, resource_id, flags, agent, session,
    lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span, body, body_type, template_id,
    attributes, attribute_types, promoted"""


def search(reads: Reader, q: str, within: Window, order: str, limit: int, cursor: str) -> dict[str, Any]:
    """A page in the shape of `Logs`, by time."""
    condition = Condition(reads, "logs", q)
    descending = order == "desc"
    after = _after(cursor, order)
    found: list[dict[str, Any]] = []
    rest = within
    if after is not None:
        beyond = "<=" if descending else ">="
        found = reads.rows(
            f"SELECT {_ROW} FROM $logs WHERE time = fromUnixTimestamp64Nano({after[0]:d}, 'UTC') "
            f"AND id {beyond} {after[1]:d} AND {condition.sql}",
            condition.params,
        )
        rest = _rest(within, after[0], descending)
    for part in slices(rest, descending, MINUTE_NS):
        if len(found) > limit + (after[2] if after else 0):
            break
        found += reads.rows(
            f"SELECT {_ROW} FROM $logs WHERE {between('time', part)} AND {condition.sql} "
            f"ORDER BY time {'DESC' if descending else 'ASC'} LIMIT {limit + 1} WITH TIES",
            condition.params,
        )
    found.sort(key=lambda r: (r["time_ns"], r["id"]), reverse=descending)
    shown_before = after[2] if after else 0
    shown = found[shown_before : shown_before + limit]
    following = None
    if len(found) > shown_before + limit:
        last = (shown[-1]["time_ns"], shown[-1]["id"])
        alike = sum((r["time_ns"], r["id"]) == last for r in found[: shown_before + limit])
        following = encode([order, *last, alike])
    return {"items": [row(r) for r in shown], "next": following, "window": within.json()}


def _after(cursor: str, order: str) -> tuple[int, int, int] | None:
    """Time and id of the last line of the page before, and how many lines that are the same in both have been shown."""
    if not cursor:
        return None
    was, time_ns, number, alike = decode(cursor, 4)
    if not isinstance(time_ns, int) or not isinstance(number, int) or not isinstance(alike, int):
        raise QueryError(f"cursor {cursor[:64]!r} is none of ours; pass `next` of the page before, unchanged")
    if was != order or not 0 <= time_ns < 2**63 or not 0 <= number < 2**64 or not 0 <= alike < 2**31:
        raise QueryError(f"cursor {cursor[:64]!r} does not belong to this search; start again without a cursor")
    return time_ns, number, alike


def _rest(within: Window, time_ns: int, descending: bool) -> Window:
    if descending:
        return Window(within.start_ns, max(within.start_ns, min(within.end_ns, time_ns)))
    return Window(min(within.end_ns, max(within.start_ns, time_ns + 1)), within.end_ns)


def row(r: dict[str, Any]) -> dict[str, Any]:
    """A row in the shape of `LogRow`."""
    attributes = jsonable_map(restore(r["promoted"], r, dict(r["attributes"]), r["attribute_types"]))
    return {
        "id": f"{r['time_ns']}-{r['id']:016x}",
        "time": moment(r["time_ns"]),
        "observed_time": moment(max(0, r["observed_ns"])),
        "severity": r["severity"],
        "severity_text": r["severity_text"] or level_of(r["severity"]).upper(),
        "level": level_of(r["severity"]),
        "event_name": r["event_name"],
        "service": r["service"],
        "scope_name": r["scope_name"],
        "scope_version": r["scope_version"],
        "resource_id": resources.name(r["resource_id"]),
        "agent": r["agent"],
        "session": r["session"],
        "trace_id": r["trace"] if r["trace"].strip("0") else None,
        "span_id": r["span"] if r["span"].strip("0") else None,
        "flags": r["flags"],
        **taken(attributes, DROPPED_ATTRIBUTES),
        "body": jsonable(typed(r["body"], r["body_type"] or "s")),
        "template_id": f"{r['template_id']:016x}" if r["template_id"] else "",
        "attributes": attributes,
    }


def level_of(severity: int) -> str:
    """The name of the level that a severity number belongs to."""
    return LEVEL_NAMES[min(-(-severity // LEVEL_WIDTH), len(LEVEL_NAMES) - 1)]


def histogram(reads: Reader, q: str, within: Window, step: str | None, buckets: int) -> dict[str, Any]:
    """Records per time bucket and level in the shape of `LogHistogram`."""
    condition = Condition(reads, "logs", q)
    step_ns = within.step_ns(max(buckets, 500) if step else buckets, parse_duration(step, "step") if step else None)
    first = within.start_ns // step_ns
    count = -(-within.end_ns // step_ns) - first
    rows = reads.query(
        f"SELECT toInt64(intDiv(toUnixTimestamp64Nano(time), {step_ns:d}) - {first:d}) AS bucket, "
        f"toInt64(least(intDiv(severity + {LEVEL_WIDTH - 1}, {LEVEL_WIDTH}), {len(LEVEL_NAMES) - 1})) AS level, count() AS n "
        f"FROM $logs WHERE {between('time', within)} AND {condition.sql} GROUP BY bucket, level",
        condition.params,
    )
    counts = np.zeros((len(LEVEL_NAMES), count), np.int64)
    counts[rows["level"].to_numpy(), rows["bucket"].to_numpy()] = rows["n"].to_numpy()
    return {
        "window": within.json(),
        "step_ms": step_ns // 1_000_000,
        "times_ms": times_ms(first, count, step_ns),
        "levels": {name: counts[i] for i, name in enumerate(LEVEL_NAMES) if counts[i].any()},
        "total": int(counts.sum()),
    }


def tail(reads: Reader, q: str, after: str, limit: int) -> dict[str, Any]:
    """What arrived since the cursor in the shape of `LogTail`, without one the newest records; 15 minutes back at most."""
    condition = Condition(reads, "logs", q)
    now_ns = time.time_ns()
    recent = between("time", Window(now_ns - TAIL_NS, now_ns + TAIL_NS))
    newest = int(reads.query(f"SELECT toInt64(max(batch_id)) AS n FROM $logs WHERE {recent}")["n"][0].as_py())
    last = decode(after, 1)[0] if after else -1
    if not isinstance(last, int) or not -1 <= last < 2**63:
        raise QueryError(f"after={after[:64]!r} is none of ours; pass `cursor` of the answer before, unchanged")
    arrived = f"{recent} AND toInt64(batch_id) > {last:d} AND batch_id <= {newest:d} AND {condition.sql}"
    found = reads.rows(
        f"SELECT {_ROW} FROM $logs WHERE {arrived} ORDER BY time DESC LIMIT {limit + 1}", condition.params
    )
    skipped = 0
    if after and len(found) > limit:
        skipped = reads.rows(f"SELECT count() AS n FROM $logs WHERE {arrived}", condition.params)[0]["n"] - limit
    shown = sorted(found[:limit], key=lambda r: (r["time_ns"], r["id"]))
    return {
        "items": [row(r) for r in shown],
        "cursor": encode([max(newest, last)]),
        "skipped": skipped,
    }


def context(reads: Reader, line: str, before: int, after: int) -> dict[str, Any]:
    """A line and those of the same service and agent around it, in the shape of `LogContext`."""
    match = _ID.fullmatch(line)
    if match is None or int(match[1]) >= 2**63:
        raise QueryError(f"id={line!r} names no record; take the `id` of one from /api/v1/logs")
    time_ns, number = int(match[1]), int(match[2], 16)
    at = f"time = fromUnixTimestamp64Nano({time_ns:d}, 'UTC')"
    found = reads.rows(f"SELECT {_ROW} FROM $logs WHERE {at} AND id = {number:d} LIMIT 1")
    if not found:
        raise NotFoundError(f"record {line} is not here; it may have expired, or belong to another tenant")
    here = found[0]
    return {
        "before": _around(reads, here, before, True)[::-1],
        "line": row(here),
        "after": _around(reads, here, after, False),
    }


def _around(reads: Reader, here: dict[str, Any], count: int, older: bool) -> list[dict[str, Any]]:
    """The nearest lines of the same source on one side, nearest first."""
    if not count:
        return []
    direction, sign = ("DESC", "<=") if older else ("ASC", ">=")
    key = (here["time_ns"], here["id"])
    found = reads.rows(
        f"SELECT {_ROW} FROM $logs WHERE service = {{service:String}} AND agent = {{agent:String}} "
        f"AND time {sign} fromUnixTimestamp64Nano({key[0]:d}, 'UTC') ORDER BY time {direction} LIMIT {count + 1} WITH TIES",
        {"service": here["service"], "agent": here["agent"]},
    )
    beside = [r for r in found if ((r["time_ns"], r["id"]) < key if older else (r["time_ns"], r["id"]) > key)]
    beside.sort(key=lambda r: (r["time_ns"], r["id"]), reverse=older)
    return [row(r) for r in beside[:count]]
