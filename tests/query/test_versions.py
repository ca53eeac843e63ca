"""Versions side by side: what a rollout changed is told, what chance explains is not."""

from __future__ import annotations

import random

import pytest

from swarmscope.query import versions
from swarmscope.query.times import MINUTE_NS, SECOND_NS, Window, moment
from tests.query.conftest import World, make

TURNS = 60


@pytest.fixture(scope="module")
def rollout(empty_world: World) -> World:
    """Six agents of a kind; version 2 is slower and costs more, and fails as often. `few` has too few turns to judge."""
    rng = random.Random(5)
    now = empty_world.now_ns
    fixed = {"tenant": "a", "received_at": now}
    for number, version in ((1, "1.0"), (2, "2.0")):
        attributes = {"service.version": version}
        empty_world.add("resources", make("resources", **fixed, resource_id=number, attributes=attributes))
    rows = []
    for agent in [*(f"agent-{i}" for i in range(10)), "few"]:
        told = {"time": now, "agent": agent, "event": "register", "kind": "other" if agent == "few" else "llm"}
        empty_world.add("agent_events", make("agent_events", **fixed, **told))
        for turn in range(4 if agent == "few" else TURNS):
            late = turn >= (2 if agent == "few" else TURNS // 2)
            base = {**fixed, "agent": agent, "resource_id": 2 if late else 1, "trace_id": rng.randbytes(16)}
            start = now - (TURNS - turn) * MINUTE_NS
            rows += [
                make(
                    "spans", **base, span_id=rng.randbytes(8), start_time=start + step * SECOND_NS,
                    duration_ns=int(SECOND_NS * rng.lognormvariate(0.4 if late else 0, 0.2)),
                    status_code=2 if step == 0 and rng.random() < 0.1 else 0,
                    cost_nano_usd=(2 if late else 1) * rng.randrange(900, 1100), input_tokens=rng.randrange(90, 110),
                )
                for step in range(2)
            ]  # fmt: skip
    empty_world.add("spans", *rows)
    return empty_world


@pytest.mark.parametrize(("scope", "agents", "turns"), [("agent", 1, TURNS // 2), ("kind", 10, 10 * TURNS // 2)])
def test_given_a_rollout_when_compared_then_what_changed_is_told_and_chance_is_not(
    rollout: World, scope: versions.Scope, agents: int, turns: int
) -> None:
    new, old = versions.compared(rollout.reader(), "agent-3", rollout.window, scope)["items"]
    assert (new["version"], new["against"], old["version"], old["against"]) == ("2.0", "1.0", "1.0", None)
    assert (new["agents"], new["turns"]) == (agents, turns)
    verdicts = {c["figure"]: c["verdict"] for c in new["changes"]}
    assert verdicts == {"failed": "same", "duration": "more", "tokens": "same", "cost": "more", "spans": "same"}
    cost = next(c for c in new["changes"] if c["figure"] == "cost")
    assert cost["low"] < 1.0 < cost["high"], "twice the cost is a difference of one"
    assert old["changes"] == []
    assert old["duration_p50_ns"] < new["duration_p50_ns"] < new["duration_p95_ns"]


def test_given_a_window_that_moves_when_compared_then_the_order_is_that_of_first_sight(empty_world: World) -> None:
    now, fixed = empty_world.now_ns, {"tenant": "v", "received_at": empty_world.now_ns}
    rows = []
    for number, version in ((1, "old"), (2, "new")):
        empty_world.add(
            "resources", make("resources", **fixed, resource_id=number, attributes={"service.version": version})
        )
        for i, ago in enumerate((120 - 10 * number, 5 + number, 4, 4)):  # the newer one begins the last minutes
            ids = {"span_id": bytes([number, i] * 4), "trace_id": bytes([number, i] * 8), "resource_id": number}
            rows.append(make("spans", **fixed, **ids, agent="mixed", start_time=now - ago * MINUTE_NS))
    empty_world.add("spans", *rows)
    reads = empty_world.reader("v")
    for window in (Window(now - 8 * MINUTE_NS, now), Window(now - 6 * MINUTE_NS - 1, now), Window(0, now)):
        new, old = versions.compared(reads, "mixed", window, "agent")["items"]
        assert (new["version"], new["against"], old["version"]) == ("new", "old", "old")
        assert old["first_time"] == moment(now - 110 * MINUTE_NS)


def test_given_few_turns_when_compared_then_nothing_is_judged(rollout: World) -> None:
    new, _ = versions.compared(rollout.reader(), "few", rollout.window, "agent")["items"]
    assert {c["verdict"] for c in new["changes"]} == {"unknown"}
    assert versions.compared(rollout.reader(), "nobody", rollout.window, "agent")["items"] == []


@pytest.mark.parametrize(
    ("p", "freedom", "t"), [(0.975, 4, 2.776), (0.975, 30, 2.042), (0.995, 10, 3.169), (0.975, 1e6, 1.960)]
)
def test_quantiles_of_student_are_those_of_the_table(p: float, freedom: float, t: float) -> None:
    assert versions.student(p, freedom) == pytest.approx(t, rel=0.01)
