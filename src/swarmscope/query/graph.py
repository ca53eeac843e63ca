"""Who calls whom: dependency graphs of services and of agents."""

from __future__ import annotations

from typing import Any

from swarmscope.query.fields import STATES
from swarmscope.query.reader import Reader
from swarmscope.query.search import between
from swarmscope.query.spans import NANO
from swarmscope.query.times import SECOND_NS, Window
from swarmscope.query.watch import FleetView

NODES_MAX = 20_000
_KINDS = {"peer": "message", "parent": "call"}


def services(reads: Reader, within: Window, limit: int) -> dict[str, Any]:
    """Services and the calls between them in the shape of `Graph`."""
    edges, truncated = _edges(reads, "service", within, "", limit)
    rows = reads.rows(
        "SELECT service AS id, count() AS spans, countIf(status_code = 2) AS errors, sum(duration_ns) AS duration, "
        f"sum(cost_nano_usd) AS cost FROM {reads.spans(within)} WHERE {between('start_time', within)} AND service != '' "
        f"GROUP BY service ORDER BY spans DESC, id LIMIT {NODES_MAX}"
    )
    return _graph(within, [_node(r, r["id"], "") for r in rows], edges, truncated)


def agents(reads: Reader, view: FleetView, within: Window, agent: str, limit: int) -> dict[str, Any]:
    """Agents and the delegations and calls between them in the shape of `Graph`. agent: only its own edges."""
    edges, truncated = _edges(reads, "agent", within, agent, limit)
    rows = reads.rows(
        "SELECT agent AS id, sum(agent_10s.spans) AS spans, sum(agent_10s.errors) AS errors, "
        "sum(duration_sum_ns) AS duration, sum(cost_nano_usd) AS cost FROM $agent_10s AS agent_10s "
        f"WHERE bucket >= toDateTime({within.start_ns // SECOND_NS:d}, 'UTC') "
        f"AND bucket < toDateTime({-(-within.end_ns // SECOND_NS):d}, 'UTC') AND agent != '' "
        f"GROUP BY agent ORDER BY spans DESC, id LIMIT {NODES_MAX}"
    )
    if agent:
        near = {agent} | {e["source"] for e in edges} | {e["target"] for e in edges}
        rows = [r for r in rows if r["id"] in near]
    places = {a: i for i, a in enumerate(view.agent)}
    nodes = []
    for r in rows:
        i = places.get(r["id"])
        name = view.texts["name"][i] if i is not None else ""
        nodes.append(_node(r, name or r["id"], STATES[view.state[i]] if i is not None else ""))
    return _graph(within, nodes, edges, truncated)


def _edges(reads: Reader, layer: str, within: Window, one: str, limit: int) -> tuple[list[dict[str, Any]], bool]:
    only = "AND (source = {one:String} OR target = {one:String})" if one else ""
    rows = reads.rows(
        "SELECT source, target, kind, sum(e.calls) AS n, sum(e.errors) AS failed, sum(e.duration_sum_ns) AS duration, "
        "max(e.duration_max_ns) AS longest FROM $edges AS e WHERE layer = {layer:String} AND source != '' AND target != '' "
        f"AND minute >= toStartOfMinute(toDateTime({within.start_ns // SECOND_NS:d}, 'UTC')) "
        f"AND minute < toDateTime({-(-within.end_ns // SECOND_NS):d}, 'UTC') {only} GROUP BY source, target, kind "
        f"ORDER BY n DESC, source, target, kind LIMIT {limit + 1:d}",
        {"layer": layer, "one": one},
    )
    edges = [
        {
            "source": r["source"],
            "target": r["target"],
            "kind": _KINDS.get(r["kind"], r["kind"]),
            "count": r["n"],
            "errors": r["failed"],
            "latency_mean_ns": r["duration"] // r["n"] if r["n"] else None,
            "latency_max_ns": r["longest"] if r["n"] else None,
        }
        for r in rows[:limit]
    ]
    return edges, len(rows) > limit


def _node(r: dict[str, Any], name: str, state: str) -> dict[str, Any]:
    return {
        "id": r["id"],
        "name": name,
        "spans": r["spans"],
        "errors": r["errors"],
        "latency_mean_ns": r["duration"] // r["spans"] if r["spans"] else None,
        "cost_usd": r["cost"] / NANO,
        "state": state,
    }


def _graph(within: Window, nodes: list[dict[str, Any]], edges: list[dict[str, Any]], truncated: bool) -> dict[str, Any]:
    """With nodes for the ends of edges that have no spans of their own in the window."""
    known = {n["id"] for n in nodes}
    bare = {"spans": 0, "errors": 0, "duration": 0, "cost": 0}
    ends = dict.fromkeys(end for e in edges for end in (e["source"], e["target"]))
    nodes += [_node({"id": name, **bare}, name, "") for name in ends if name not in known]
    return {"window": within.json(), "nodes": nodes, "edges": edges, "truncated": truncated}
