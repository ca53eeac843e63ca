"""Workflows: the list, and one with its agents and where its time went."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from swarmscope.errors import NotFoundError
from swarmscope.query import groups, traces, tree
from swarmscope.query.reader import Reader
from swarmscope.query.search import Page, between
from swarmscope.query.spans import NANO
from swarmscope.query.times import HOUR_NS, Window

TRACES_MAX = 200
SPANS_MAX = 50_000


def search(reads: Reader, q: str, within: Window, page: Page) -> dict[str, Any]:
    """A page in the shape of `Workflows`."""
    rows, following = groups.search(reads, "workflow", q, within, page)
    return {"items": [_row(r) for r in rows], "next": following, "window": within.json()}


def one(reads: Reader, workflow: str) -> dict[str, Any]:
    """A workflow in the shape of `Workflow`, over its first 200 traces. NotFoundError: unknown."""
    table = reads.spans(Window(0, 1))
    summary = reads.rows(
        f"SELECT workflow AS id, {groups.FIGURES} FROM {table} WHERE workflow = {{workflow:String}} GROUP BY workflow",
        {"workflow": workflow},
    )
    if not summary or not workflow:
        raise NotFoundError(f"workflow {workflow!r} is not known; GET /api/v1/workflows lists those that are")
    around = Window(max(0, summary[0]["start_ns"] - HOUR_NS), summary[0]["end_ns"] + HOUR_NS)
    keys = [
        (r["trace"], r["start_ns"], r["start_ns"])
        for r in reads.rows(
            "SELECT lower(hex(trace_id)) AS trace, min(toUnixTimestamp64Nano(start_time)) AS start_ns "
            f"FROM {table} WHERE workflow = {{workflow:String}} GROUP BY trace_id ORDER BY start_ns, trace LIMIT {TRACES_MAX}",
            {"workflow": workflow},
        )
    ]
    agents, critical = _work(reads, around, [k[0] for k in keys])
    return {
        "summary": _row(summary[0]),
        "agents": agents,
        "critical_agents": critical,
        "traces": traces.summaries(reads, keys, around),
    }


def _row(r: dict[str, Any]) -> dict[str, Any]:
    return {"workflow": r["id"], **groups.figures(r), "traces": r["traces"]}


def _work(reads: Reader, around: Window, names: list[str]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What each agent did over whole traces, and its share of their critical paths."""
    by_trace: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for r in reads.rows(
        "SELECT lower(hex(trace_id)) AS trace, hex(span_id) AS span, hex(parent_span_id) AS parent, agent, status_code, "
        "toUnixTimestamp64Nano(start_time) AS start_ns, duration_ns, input_tokens, output_tokens, cost_nano_usd "
        f"FROM {reads.spans(around)} WHERE {between('start_time', around)} "
        f"AND {traces.OF_TRACES} ORDER BY start_time LIMIT {SPANS_MAX}",
        {"traces": names},
    ):
        by_trace[r["trace"]].append(r)
    done: dict[str, dict[str, Any]] = {}
    critical: dict[str, int] = defaultdict(int)
    for found in by_trace.values():
        shape = tree.build(
            [
                (
                    bytes.fromhex(r["span"]),
                    bytes.fromhex(r["parent"]),
                    r["start_ns"],
                    r["start_ns"] + r["duration_ns"],
                )
                for r in found
            ]
        )
        for node in shape.nodes:
            _add(done, found[node.index], node.self_ns)
        for step in shape.path:
            critical[found[step.index]["agent"]] += step.end_ns - step.start_ns
    total = sum(critical.values()) or 1
    shares = sorted(critical.items(), key=lambda item: (-item[1], item[0]))
    return (
        sorted(done.values(), key=lambda a: (-a["duration_ns"], a["agent"])),
        [{"agent": agent, "duration_ns": ns, "share": ns / total} for agent, ns in shares],
    )


def _add(done: dict[str, dict[str, Any]], r: dict[str, Any], self_ns: int) -> None:
    sums = done.setdefault(
        r["agent"],
        {
            "agent": r["agent"],
            "spans": 0,
            "errors": 0,
            "duration_ns": 0,
            "input_tokens": 0,
            "output_tokens": 0,
            "cost_usd": 0.0,
        },
    )
    sums["spans"] += 1
    sums["errors"] += r["status_code"] == 2
    sums["duration_ns"] += self_ns
    sums["input_tokens"] += r["input_tokens"]
    sums["output_tokens"] += r["output_tokens"]
    sums["cost_usd"] += r["cost_nano_usd"] / NANO
