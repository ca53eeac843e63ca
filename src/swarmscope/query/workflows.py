"""Workflows: the list, and one with its agents, its steps and where its time went."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from swarmscope.errors import NotFoundError
from swarmscope.query import groups, traces, tree
from swarmscope.query.pending import NOTHING_OPEN, OpenSpans
from swarmscope.query.reader import Reader
from swarmscope.query.search import Page, between
from swarmscope.query.spans import NANO
from swarmscope.query.times import HOUR_NS, Window

TRACES_MAX = 200
SPANS_MAX = 50_000
STEPS_MAX = 200


def search(reads: Reader, q: str, within: Window, page: Page) -> dict[str, Any]:
    """A page in the shape of `Workflows`."""
    rows, following = groups.workflows(reads, q, within, page)
    return {"items": [_row(r) for r in rows], "next": following, "window": within.json()}


def one(reads: Reader, workflow: str, open_spans: OpenSpans = NOTHING_OPEN) -> dict[str, Any]:
    """A workflow in the shape of `Workflow`, over its newest 200 traces. NotFoundError: unknown."""
    table = reads.spans(Window(0, 1))
    known = reads.rows(
        "SELECT min(toUnixTimestamp64Nano(start_time)) AS start_ns, max(toUnixTimestamp64Nano(start_time)) AS end_ns, "
        f"count() AS spans FROM {table} WHERE workflow = {{workflow:String}}",
        {"workflow": workflow},
    )[0]
    if not known["spans"] or not workflow:
        raise NotFoundError(f"workflow {workflow!r} is not known; GET /api/v1/workflows lists those that are")
    named = Window(known["start_ns"], known["end_ns"] + 1)
    summary, _ = groups.workflows(reads, "", named, Page("time", "desc", 1), workflow)
    around = Window(max(0, named.start_ns - HOUR_NS), named.end_ns + HOUR_NS)
    newest = reads.rows(
        "SELECT lower(hex(trace_id)) AS trace, min(toUnixTimestamp64Nano(start_time)) AS start_ns "
        f"FROM {table} WHERE workflow = {{workflow:String}} GROUP BY trace_id ORDER BY start_ns DESC, trace LIMIT {TRACES_MAX}",
        {"workflow": workflow},
    )
    keys = [(r["trace"], r["start_ns"], r["start_ns"]) for r in reversed(newest)]
    return {
        "summary": _row(summary[0]),
        **_work(reads, around, [k[0] for k in keys]),
        "traces": traces.summaries(reads, keys, around, open_spans),
    }


def _row(r: dict[str, Any]) -> dict[str, Any]:
    return {"workflow": r["id"], **groups.figures(r), "traces": r["traces"], "failure": r["failure"]}


@dataclass(slots=True)
class _Sums:
    """What is added up over the spans of an agent or of a step."""

    spans: int = 0
    errors: int = 0
    self_ns: int = 0
    critical_ns: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_nano_usd: int = 0
    durations_ns: list[int] = field(default_factory=list)
    traces: set[str] = field(default_factory=set)

    def add(self, r: dict[str, Any], self_ns: int) -> None:
        self.spans += 1
        self.errors += r["status_code"] == 2
        self.self_ns += self_ns
        self.input_tokens += r["input_tokens"]
        self.output_tokens += r["output_tokens"]
        self.cost_nano_usd += r["cost_nano_usd"]
        self.durations_ns.append(r["duration_ns"])
        self.traces.add(r["trace"])

    def figures(self) -> dict[str, Any]:
        return {
            "spans": self.spans,
            "errors": self.errors,
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "cost_usd": self.cost_nano_usd / NANO,
        }


def _work(reads: Reader, around: Window, names: list[str]) -> dict[str, Any]:
    """What agents and steps did over whole traces, and their shares of the critical paths."""
    by_trace: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for r in reads.rows(
        "SELECT lower(hex(trace_id)) AS trace, hex(span_id) AS span, hex(parent_span_id) AS parent, agent, name, operation, "
        "tool, model, status_code, toUnixTimestamp64Nano(start_time) AS start_ns, duration_ns, input_tokens, output_tokens, "
        f"cost_nano_usd FROM {reads.spans(around)} WHERE {between('start_time', around)} "
        f"AND {traces.OF_TRACES} ORDER BY start_time LIMIT {SPANS_MAX}",
        {"traces": names},
    ):
        by_trace[r["trace"]].append(r)
    agents: dict[str, _Sums] = defaultdict(_Sums)
    steps: dict[tuple[str, ...], _Sums] = defaultdict(_Sums)
    idle_ns = 0
    for found in by_trace.values():
        shape = tree.build(
            [
                (bytes.fromhex(r["span"]), bytes.fromhex(r["parent"]), r["start_ns"], r["start_ns"] + r["duration_ns"])
                for r in found
            ]
        )
        for node in shape.nodes:
            r = found[node.index]
            agents[r["agent"]].add(r, node.self_ns)
            steps[_step_of(r)].add(r, node.self_ns)
        ran_ns = 0
        for part in shape.path:
            length_ns = part.end_ns - part.start_ns
            ran_ns += length_ns
            agents[found[part.index]["agent"]].critical_ns += length_ns
            steps[_step_of(found[part.index])].critical_ns += length_ns
        idle_ns += max(n.end_ns for n in shape.nodes) - min(n.start_ns for n in shape.nodes) - ran_ns
    critical_ns = sum(s.critical_ns for s in agents.values())
    return {
        "agents": _agents(agents),
        "critical_agents": _critical_agents(agents, critical_ns),
        "steps": _steps(steps, critical_ns),
        "critical_ns": critical_ns,
        "idle_ns": idle_ns,
    }


def _step_of(r: dict[str, Any]) -> tuple[str, ...]:
    return r["agent"], r["name"], r["operation"], r["tool"], r["model"]


def _agents(sums: dict[str, _Sums]) -> list[dict[str, Any]]:
    rows = [{"agent": agent, "duration_ns": s.self_ns, **s.figures()} for agent, s in sums.items()]
    return sorted(rows, key=lambda a: (-a["duration_ns"], a["agent"]))


def _critical_agents(sums: dict[str, _Sums], total_ns: int) -> list[dict[str, Any]]:
    rows = [
        {"agent": agent, "duration_ns": s.critical_ns, "share": s.critical_ns / total_ns}
        for agent, s in sums.items()
        if s.critical_ns
    ]
    return sorted(rows, key=lambda a: (-a["duration_ns"], a["agent"]))


def _steps(sums: dict[tuple[str, ...], _Sums], total_ns: int) -> list[dict[str, Any]]:
    """Steps in the shape of `WorkflowStep`, the bottleneck first."""
    rows = []
    for (agent, name, operation, tool, model), s in sums.items():
        p50, p95 = np.percentile(s.durations_ns, (50, 95))
        rows.append(
            {
                "agent": agent,
                "name": name,
                "operation": operation,
                "tool": tool,
                "model": model,
                "traces": len(s.traces),
                **s.figures(),
                "duration_p50_ns": round(p50),
                "duration_p95_ns": round(p95),
                "waiting_ns": sum(s.durations_ns) - s.self_ns,
                "self_ns": s.self_ns,
                "critical_ns": s.critical_ns,
                "share": s.critical_ns / total_ns if total_ns else 0.0,
            }
        )
    rows.sort(key=lambda r: (-r["critical_ns"], -r["self_ns"], r["agent"], r["name"]))
    return rows[:STEPS_MAX]
