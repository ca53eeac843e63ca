"""Who calls whom: dependency graphs of services and of agents."""

from __future__ import annotations

from typing import Any

from swarmscope.query.fields import CONDITIONS
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
        "sum(toUInt64(input_tokens) + output_tokens) AS tokens, countIf(parent_span_id = toFixedString('', 8)) AS roots, "
        f"sum(cost_nano_usd) AS cost FROM {reads.spans(within)} WHERE {between('start_time', within)} AND service != '' "
        f"GROUP BY service ORDER BY spans DESC, id LIMIT {NODES_MAX}"
    )
    _spend(reads, "service", within, edges, rows)
    return _graph(within, [_node(r, r["id"], "") for r in rows], edges, truncated)


def agents(
    reads: Reader, view: FleetView, within: Window, agent: str, limit: int, only: frozenset[str] | None = None
) -> dict[str, Any]:
    """Agents and the delegations and calls between them in the shape of `Graph`.

    agent: only its own edges. only: these agents and what is between them; None: all.
    """
    edges, truncated = _edges(reads, "agent", within, agent, limit)
    if only is not None:
        edges = [e for e in edges if e["source"] in only and e["target"] in only]
    rows = reads.rows(
        "SELECT agent AS id, sum(agent_10s.spans) AS spans, sum(agent_10s.errors) AS errors, "
        "sum(duration_sum_ns) AS duration, sum(agent_10s.input_tokens + agent_10s.output_tokens) AS tokens, "
        "sum(agent_10s.roots) AS roots, sum(cost_nano_usd) AS cost FROM $agent_10s AS agent_10s "
        f"WHERE bucket >= toDateTime({within.start_ns // SECOND_NS:d}, 'UTC') "
        f"AND bucket < toDateTime({-(-within.end_ns // SECOND_NS):d}, 'UTC') AND agent != '' "
        f"GROUP BY agent ORDER BY spans DESC, id LIMIT {NODES_MAX}"
    )
    _spend(reads, "agent", within, edges, rows)
    if only is not None:
        rows = [r for r in rows if r["id"] in only]
    if agent:
        near = {agent} | {e["source"] for e in edges} | {e["target"] for e in edges}
        rows = [r for r in rows if r["id"] in near]
    places = {a: i for i, a in enumerate(view.agent)}
    nodes = []
    for r in rows:
        i = places.get(r["id"])
        name = view.texts["name"][i] if i is not None else ""
        nodes.append(_node(r, name or r["id"], CONDITIONS[view.condition[i]] if i is not None else ""))
    return _graph(within, nodes, edges, truncated)


def _edges(reads: Reader, layer: str, within: Window, one: str, limit: int) -> tuple[list[dict[str, Any]], bool]:
    only = "AND (source = {one:String} OR target = {one:String})" if one else ""
    rows = reads.rows(
        "SELECT source, target, kind, sum(e.calls) AS n, sum(e.errors) AS failed, sum(e.duration_sum_ns) AS duration, "
        "max(e.duration_max_ns) AS longest FROM $edges AS e "
        f"WHERE {_minutes(within)} {only} GROUP BY source, target, kind "
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
            "tokens": 0,
            "cost_usd": 0.0,
        }
        for r in rows[:limit]
    ]
    return edges, len(rows) > limit


def _minutes(within: Window) -> str:
    return (
        "layer = {layer:String} AND source != '' AND target != '' "
        f"AND minute >= toStartOfMinute(toDateTime({within.start_ns // SECOND_NS:d}, 'UTC')) "
        f"AND minute < toDateTime({-(-within.end_ns // SECOND_NS):d}, 'UTC')"
    )


def _spend(reads: Reader, layer: str, within: Window, edges: list[dict[str, Any]], spent: list[dict[str, Any]]) -> None:
    """Tell each edge its part of what its target spent: its calls among all runs of the target (calls and own beginnings).

    Spans that carry the tokens lie below the called one, so that the edge itself knows none. Of a pair with calls and
    messages the calls get it: they are the same work.
    """
    rows = reads.rows(
        "SELECT target, sum(most) AS calls FROM (SELECT source, target, max(n) AS most FROM (SELECT source, target, kind, "
        f"sum(e.calls) AS n FROM $edges AS e WHERE {_minutes(within)} GROUP BY source, target, kind) "
        "GROUP BY source, target) GROUP BY target",
        {"layer": layer},
    )
    called = {r["target"]: r["calls"] for r in rows}
    known = {r["id"]: r for r in spent}
    most: dict[tuple[str, str], dict[str, Any]] = {}
    for edge in edges:
        pair = edge["source"], edge["target"]
        before = most.get(pair)
        if before is None or (edge["kind"] == "call" and before["kind"] != "call"):
            most[pair] = edge
    for (_, target), edge in most.items():
        of = known.get(target)
        if of is None:
            continue
        share = edge["count"] / max(1, called.get(target, 0) + of["roots"])
        edge["tokens"] = round(of["tokens"] * share)
        edge["cost_usd"] = of["cost"] * share / NANO


def _node(r: dict[str, Any], name: str, state: str) -> dict[str, Any]:
    return {
        "id": r["id"],
        "name": name,
        "spans": r["spans"],
        "errors": r["errors"],
        "latency_mean_ns": r["duration"] // r["spans"] if r["spans"] else None,
        "tokens": r["tokens"],
        "cost_usd": r["cost"] / NANO,
        "state": state,
    }


def _graph(within: Window, nodes: list[dict[str, Any]], edges: list[dict[str, Any]], truncated: bool) -> dict[str, Any]:
    """With nodes for the ends of edges that have no spans of their own in the window."""
    known = {n["id"] for n in nodes}
    bare = {"spans": 0, "errors": 0, "duration": 0, "tokens": 0, "cost": 0}
    ends = dict.fromkeys(end for e in edges for end in (e["source"], e["target"]))
    nodes += [_node({"id": name, **bare}, name, "") for name in ends if name not in known]
    return {"window": within.json(), "nodes": nodes, "edges": edges, "truncated": truncated}
