"""Agents that fell silent: how the fleet's health tells of them."""

from __future__ import annotations

import pytest

from swarmscope.model.finding import Finding, columns
from swarmscope.query import agents
from swarmscope.query import health as scores
from swarmscope.query.fleet import FleetSnapshot
from swarmscope.query.search import Page
from swarmscope.query.times import SECOND_NS
from tests.query.conftest import make


def test_given_agents_that_fell_silent_then_the_fleets_health_falls_by_their_share(empty_world) -> None:
    """As long as a grave finding of the last day names them, and nothing was heard of them since."""
    now = empty_world.now_ns
    fixed = {"tenant": "quiet", "received_at": now, "service": "svc", "name": "step", "duration_ns": SECOND_NS}
    ago_s = {"here": 5, "dead-1": 600, "dead-2": 600, "back": 100, "unsure": 600, "left": 600, "false": 600}
    ids = {
        agent: {"trace_id": bytes(15) + bytes((n,)), "span_id": bytes(7) + bytes((n,))}
        for n, agent in enumerate(ago_s, 1)
    }
    spans = [make("spans", agent=a, start_time=now - s * SECOND_NS, **fixed, **ids[a]) for a, s in ago_s.items()]
    empty_world.add("spans", *spans)
    stop = {"tenant": "quiet", "received_at": now, "time": now - 500 * SECOND_NS, "agent": "left", "event": "stop"}
    empty_world.add("agent_events", make("agent_events", **stop))

    def finding(kind: str, severity: str, subject: str, participants: tuple[str, ...] = ()) -> Finding:
        whose = "group" if participants else "agent"
        times = {"window_start_ns": now - 600 * SECOND_NS, "window_end_ns": now - 300 * SECOND_NS}
        told = {"title": "silent", "score": 9.0, "confidence": 1.0, "participants": participants}
        return Finding("quiet", "silence", "2", kind, severity, whose, subject, **times, **told)

    found = [
        finding("dead_node", "critical", "node-1", ("dead-1", "dead-2", "back")),
        finding("silence", "medium", "unsure"),
        finding("silence", "high", "left"),
        finding("loop", "high", "false"),
    ]
    empty_world.add("findings", *columns(found, now - 300 * SECOND_NS).to_pylist())
    view = FleetSnapshot(empty_world.store, lambda: ["quiet"]).view("quiet")
    told = agents.fleet(view)
    assert [a for a, missed in zip(view.agent, view.silent.tolist(), strict=True) if missed] == ["dead-1", "dead-2"]
    assert told["silent"] == 2 and told["health"] == pytest.approx(5 / 7)
    rows = {r["agent"]: r for r in agents.listed(view, "", Page("agent", "asc", 100))["items"]}
    assert rows["dead-1"]["health"] == 0 and "fell silent, as a finding says" in rows["dead-1"]["reason"]
    component = scores.fleet(told["agents"], told["conditions"], told["error_ratio"], told["health"], told["silent"])
    assert "2 of 7 agents fell silent" in component.reasons
