"""One agent in full."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from swarmscope.errors import NotFoundError
from swarmscope.query import agents, states
from swarmscope.query import spans as rows_of
from swarmscope.query.fields import CONDITIONS
from swarmscope.query.reader import Reader
from swarmscope.query.search import between
from swarmscope.query.times import DAY_NS, Window, moment
from swarmscope.query.watch import FleetView

USED_MAX = 20
PENDING_MAX = 50
ERRORS_MAX = 20


def one(reads: Reader, view: FleetView, agent: str, within: Window) -> dict[str, Any]:
    """An agent in the shape of `Agent`. NotFoundError: never seen."""
    i = view.index(agent)
    if i is None:
        raise NotFoundError(f"agent {agent!r} is not known; GET /api/v1/agents lists those that are")
    summary = agents.rows(view, np.array([i]))[0]
    used = _used(reads, agent, within)
    pending = _pending(reads, agent)
    if len(pending) < PENDING_MAX:  # one count, that of what is listed: the view is of a moment before
        longest = max((span["duration_ns"] for span in pending), default=0)
        summary |= {"pending": len(pending), "pending_ns": longest}
    return {
        "summary": summary,
        "capabilities": view.capabilities[i],
        "labels": view.labels[i],
        "resource": _resource(reads, agent, within),
        "history": _history(view, i),
        "window": within.json(),
        **used,
        "sessions": _sessions(reads, agent, within),
        "pending": pending,
        "recent_errors": _errors(reads, agent, within),
        "health_reasons": _reasons(summary),
        "recommendations": states.advice(int(view.state[i])) + _advice(summary),
    }


def _used(reads: Reader, agent: str, within: Window) -> dict[str, list[dict[str, Any]]]:
    """Models, tools, operations and peers, most used first, in one pass."""
    rows = reads.rows(
        "SELECT part.1 AS kind, part.2 AS used, count() AS n, countIf(status_code = 2) AS failed, "
        "sum(cost_nano_usd) AS cost, countIf(cost_nano_usd = 0 AND tokens != 0) AS costless FROM (SELECT status_code, "
        "cost_nano_usd, input_tokens + output_tokens AS tokens, arrayJoin([('models', toString(model)), "
        "('tools', toString(tool)), ('operations', toString(operation)), ('peers', peer_agent)]) AS part "
        f"FROM {reads.spans(within)} WHERE agent = {{agent:String}} AND {between('start_time', within)}) WHERE used != '' "
        f"GROUP BY kind, used ORDER BY n DESC, used LIMIT {USED_MAX} BY kind",
        {"agent": agent},
    )
    out: dict[str, list[dict[str, Any]]] = {k: [] for k in ("models", "tools", "operations", "peers")}
    for r in rows:
        used = {"name": r["used"], "count": r["n"], "errors": r["failed"], "cost_usd": r["cost"] / rows_of.NANO}
        costless = r["kind"] == "models" and r["costless"]
        out[r["kind"]].append(used | {"unpriced": [r["used"]] if costless else []})
    return out


def _sessions(reads: Reader, agent: str, within: Window) -> list[dict[str, Any]]:
    rows = reads.rows(
        "SELECT session, max(toUnixTimestamp64Nano(start_time) + toInt64(duration_ns)) AS last_ns, count() AS n, "
        f"sum(cost_nano_usd) AS cost, {rows_of.UNPRICED} FROM {reads.spans(within)} "
        "WHERE agent = {agent:String} AND session != '' "
        f"AND {between('start_time', within)} GROUP BY session ORDER BY last_ns DESC, session LIMIT {USED_MAX}",
        {"agent": agent},
    )
    return [
        {
            "session": r["session"],
            "last_time": moment(r["last_ns"]),
            "spans": r["n"],
            "cost_usd": r["cost"] / rows_of.NANO,
            "unpriced": r["costless_models"],
        }
        for r in rows
    ]


def _pending(reads: Reader, agent: str) -> list[dict[str, Any]]:
    now_ns = time.time_ns()
    day = Window(max(0, now_ns - DAY_NS), now_ns + DAY_NS)
    rows = reads.query(
        f"SELECT {rows_of.ROW} FROM $spans_pending WHERE agent = {{agent:String}} AND {between('start_time', day)} "
        "AND span_id NOT IN (SELECT span_id FROM $spans WHERE agent = {agent:String} "
        f"AND {between('start_time', day)}) ORDER BY start_time LIMIT 1 BY span_id LIMIT {PENDING_MAX}",
        {"agent": agent},
    )
    return rows_of.rows(rows, now_ns)


def _errors(reads: Reader, agent: str, within: Window) -> list[dict[str, Any]]:
    rows = reads.query(
        f"SELECT {rows_of.ROW} FROM {reads.spans(within)} WHERE agent = {{agent:String}} AND status_code = 2 "
        f"AND {between('start_time', within)} ORDER BY start_time DESC LIMIT {ERRORS_MAX}",
        {"agent": agent},
    )
    return rows_of.rows(rows)


def _resource(reads: Reader, agent: str, within: Window) -> dict[str, str]:
    rows = reads.rows(
        "SELECT attributes FROM $resources WHERE resource_id IN (SELECT argMax(resource_id, start_time) FROM "
        f"{reads.spans(within)} WHERE agent = {{agent:String}} AND {between('start_time', within)}) LIMIT 1",
        {"agent": agent},
    )
    return dict(rows[0]["attributes"]) if rows else {}


def _history(view: FleetView, i: int) -> list[dict[str, Any]]:
    *older, (since_ns, seen_as) = view.history.get(i) or [(int(view.since[i]), int(view.condition[i]))]
    now = {
        "time": moment(since_ns),
        "state": CONDITIONS[seen_as],
        "reason": agents.reasons(view, np.array([i]))[0],
    }
    return [now, *({"time": moment(at), "state": CONDITIONS[was], "reason": ""} for at, was in reversed(older))]


def _reasons(summary: dict[str, Any]) -> list[str]:
    out = []
    if summary["errors"] and summary["condition"] != "failing":
        out.append(f"{summary['errors']} of {summary['spans']} spans failed in the last minute")
    if summary["condition"] in ("looping", "wedged", "abandoned", "failing"):
        out.append(f"{summary['condition']}: {summary['reason']}")
    elif not summary["health"]:
        out.append(summary["reason"])
    return out


def _advice(summary: dict[str, Any]) -> list[str]:
    if summary["error_ratio"] > 0.1:
        return ["look at the newest errors below; if one tool or model causes them, check its own health first"]
    return []
