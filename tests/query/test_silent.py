"""Agents that fell silent: how the fleet's health tells of them."""

from __future__ import annotations

from typing import Any

import pytest

from swarmscope.errors import StoreAwayError
from swarmscope.model.finding import Finding, columns
from swarmscope.query import agents, watch
from swarmscope.query import health as scores
from swarmscope.query.fleet import FleetSnapshot
from swarmscope.query.search import Page
from swarmscope.query.times import SECOND_NS
from tests.query.conftest import make, to_rows


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
    empty_world.add("findings", *to_rows(columns(found, now - 300 * SECOND_NS)))
    view = FleetSnapshot(empty_world.store, lambda: ["quiet"]).view("quiet")
    told = agents.fleet(view)
    assert [a for a, missed in zip(view.agent, view.silent.tolist(), strict=True) if missed] == ["dead-1", "dead-2"]
    assert told["silent"] == 2 and told["health"] == pytest.approx(5 / 7)
    rows = {r["agent"]: r for r in agents.listed(view, "", Page("agent", "asc", 100))["items"]}
    assert rows["dead-1"]["health"] == 0 and "fell silent, as a finding says" in rows["dead-1"]["reason"]
    component = scores.fleet(told["agents"], told["conditions"], told["error_ratio"], told["health"], told["silent"])
    assert "2 of 7 agents fell silent" in component.reasons


def test_given_a_silence_that_somebody_calls_false_then_the_agent_counts_again_until_it_falls_silent_anew(
    empty_world,
) -> None:
    """What refutes one finding refutes the whole silence, later findings of it too; of another silence it says nothing."""
    now = empty_world.now_ns
    fixed = {"tenant": "refuted", "received_at": now, "service": "svc", "name": "step", "duration_ns": SECOND_NS}

    def heard(agent: str, number: int, ago_s: int) -> dict[str, Any]:
        ids = {"trace_id": bytes(15) + bytes((number,)), "span_id": bytes(7) + bytes((number,))}
        return make("spans", agent=agent, start_time=now - ago_s * SECOND_NS, **fixed, **ids)

    def found(kind: str, subject: str, until_ago_s: int, participants: tuple[str, ...] = ()) -> Finding:
        whose = "group" if participants else "agent"
        times = {"window_start_ns": now - 900 * SECOND_NS, "window_end_ns": now - until_ago_s * SECOND_NS}
        told = {"title": "silent", "score": 9.0, "confidence": 1.0, "participants": participants}
        version = f"{until_ago_s}"  # each is a finding of its own
        return Finding("refuted", "silence", version, kind, "high", whose, subject, **times, **told)

    empty_world.add("spans", heard("holiday", 1, 600), heard("again", 2, 400), heard("gone", 3, 600))
    first, later = found("silence", "holiday", 500), found("silence", "holiday", 100)
    before, after = found("silence", "again", 500), found("silence", "again", 300)
    node = found("dead_node", "node-1", 200, ("gone",))
    empty_world.add("findings", *to_rows(columns([first, later, before, after, node], now - 100 * SECOND_NS)))

    def missed(*false: Finding) -> dict[str, float]:
        ids = [one.id.hex() for one in false]
        fleet = FleetSnapshot(empty_world.store, lambda: ["refuted"], refuted=lambda tenant, *_: ids if tenant else [])
        view = fleet.view("refuted")
        return {a: view.health[i] for i, a in enumerate(view.agent) if view.silent[i]}

    assert missed() == {"holiday": 0, "again": 0, "gone": 0}
    assert missed(first) == {"again": 0, "gone": 0}
    assert missed(before) == {"holiday": 0, "again": 0, "gone": 0}, "it was heard since, and is silent anew"
    assert missed(first, after, node) == {}


def one_silent(world, tenant: str) -> str:
    """A tenant whose one agent is silent; the id of the finding that says so."""
    now = world.now_ns
    fixed = {"tenant": tenant, "received_at": now, "service": "svc", "name": "step", "duration_ns": SECOND_NS}
    ids = {"trace_id": bytes(16), "span_id": bytes(8)}
    world.add("spans", make("spans", agent="quiet", start_time=now - 600 * SECOND_NS, **ids, **fixed))
    times = {"window_start_ns": now - 600 * SECOND_NS, "window_end_ns": now - 300 * SECOND_NS}
    told = {"title": "silent", "score": 9.0, "confidence": 1.0}
    finding = Finding(tenant, "silence", "2", "silence", "high", "agent", "quiet", **told, **times)
    world.add("findings", *to_rows(columns([finding], now - 300 * SECOND_NS)))
    return finding.id.hex()


def test_given_the_catalog_is_away_then_what_was_said_of_silences_holds_on(empty_world, monkeypatch) -> None:
    said = [[one_silent(empty_world, "away")]]

    def refuted(*_: object) -> list[str]:
        if not said:
            raise StoreAwayError("the catalog is away")
        return said.pop()

    monkeypatch.setattr(watch, "SILENT_EVERY_S", 0.0)
    fleet = FleetSnapshot(empty_world.store, lambda: ["away"], refuted=refuted)
    looks = [fleet.refresh("away") for _ in range(2)]
    assert not said and [view.silent.tolist() for view in looks] == [[False], [False]]


def test_given_a_silence_that_is_called_false_then_who_follows_the_fleet_hears_of_it(empty_world, monkeypatch) -> None:
    finding, called = one_silent(empty_world, "told"), []
    monkeypatch.setattr(watch, "SILENT_EVERY_S", 0.0)
    fleet = FleetSnapshot(empty_world.store, lambda: ["told"], refuted=lambda *_: called)
    fleet.refresh("told")
    assert fleet.refresh("told").changed.tolist() == []
    called.append(finding)
    view = fleet.refresh("told")
    assert view.changed.tolist() == [0] and view.health[0] == 1
