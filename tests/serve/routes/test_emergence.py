"""Emergence over REST: looked for now, events, the network, indicators; apart by tenant."""

from __future__ import annotations

import time
from typing import Any

import pytest

from swarmscope.model.access import Role
from swarmscope.model.finding import Finding, columns
from tests.serve.routes.conftest import fill

SECOND = 10**9


@pytest.fixture(scope="module")
def lively(api: Any) -> Any:
    """Two teams of five that ask each other round and round beside the two of the story, and a finding."""
    now = time.time_ns()
    rows = []
    for i in range(400):
        team, who, other = i % 2, i // 2 % 5, (i // 2 + 1) % 5
        at = now - (i % 100) * SECOND
        ids = {"trace_id": i.to_bytes(16), "tenant": "other", "received_at": at}
        rows.append(
            {
                **ids,
                "span_id": (3 * i + 1).to_bytes(8),
                "agent": f"t{team}-{who}",
                "start_time": at,
                "duration_ns": SECOND,
            }
        )
        peer = {"peer_agent": f"t{team}-{other}", "parent_span_id": (3 * i + 1).to_bytes(8), "model": "m"}
        rows.append(
            {
                **ids,
                "span_id": (3 * i + 2).to_bytes(8),
                "agent": f"t{team}-{who}",
                "start_time": at,
                "duration_ns": SECOND,
                **peer,
            }
        )
    found = Finding(
        tenant="other", detector="collective_learning", version="1", kind="contagion", severity="medium", subject_kind="group",
        subject="content ab", window_start_ns=now - 120 * SECOND, window_end_ns=now, title="seven took it up", score=3.0,
        confidence=0.999, observed=7.0, expected=2.0, participants=("t0-1", "t0-2"), features=(("hazard_ratio", 4.0),),
        evidence=(("content", "ab"),), labels={"magnitude": "0.8", "onset_ns": str(now - 90 * SECOND), "p": "0.001"},
    )  # fmt: skip
    api.state.intake.submit_tables({"spans": fill("spans", rows), "findings": columns([found], now)}, "other").result(
        30
    )
    api.settled()
    return api


def test_emergence_is_looked_for_now(lively: Any) -> None:
    answer = lively.call("POST", "/api/v1/emergence/analyze", "other", Role.VIEWER, json={})
    assert answer.status_code == 200, answer.text
    seen = answer.json()
    assert (seen["agents"], seen["interactions"]) == (12, 401)
    assert [p["error"] for p in seen["patterns"]] == [""] * 8
    assert seen["items"] == sorted(seen["items"], key=lambda i: (not i["emerged"], i["p"]))
    body = {"patterns": ["collective_behaviour"], "sensitivity": {"collective_behaviour": 1}, "window_s": 60}
    one = lively.call("POST", "/api/v1/emergence/analyze", "other", Role.VIEWER, json=body).json()
    assert [(p["pattern"], p["level"]) for p in one["patterns"]] == [("collective_behaviour", pytest.approx(0.01))]


@pytest.mark.parametrize(
    ("body", "status", "names"),
    [
        ({"window_s": 10}, 422, "window_s"),
        ({"window_s": 900}, 422, "window_s"),
        ({"patterns": ["telepathy"]}, 400, "telepathy"),
        ({"sensitivity": {"telepathy": 0.5}}, 400, "telepathy"),
        ({"sensitivity": {"polarisation": 2}}, 422, "sensitivity"),
        ({"end": "soon"}, 400, "soon"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(lively: Any, body: dict[str, Any], status: int, names: str) -> None:
    answer = lively.call("POST", "/api/v1/emergence/analyze", "other", Role.VIEWER, json=body)
    assert answer.status_code == status
    assert names in answer.text


def test_events_are_what_patterns_found(lively: Any) -> None:
    (event,) = lively.get("/api/v1/emergence/events", "other").json()["items"]
    assert (event["pattern"], event["kind"], event["magnitude"], event["p"]) == (
        "collective_learning",
        "contagion",
        0.8,
        0.001,
    )
    assert event["participants"] == ["t0-1", "t0-2"]
    assert event["evidence"] == [["content", "ab"]]
    assert event["start"] < event["onset"] < event["end"]
    assert lively.get("/api/v1/emergence/events").json()["items"] == []


def test_the_network_tells_communities_and_hubs(lively: Any) -> None:
    seen = lively.get("/api/v1/emergence/network/analysis", "other", limit=6).json()
    assert (seen["agents"], seen["edges"], seen["truncated"]) == (12, 11, True)
    assert sorted(c["size"] for c in seen["communities"]) == [2, 5, 5]
    assert all(c["inside"] == 1 for c in seen["communities"])
    assert seen["modularity"] == pytest.approx(0.5, abs=0.02)
    assert 0 < seen["modularity_p"] <= 1
    assert len(seen["nodes"]) == 6
    assert sum(h["pagerank"] for h in seen["hubs"]) == pytest.approx(1)
    assert seen["bridges"] == []


def test_the_network_is_told_without_asking_chance(lively: Any) -> None:
    seen = lively.get("/api/v1/emergence/network/analysis", "other", chance=False).json()
    assert (seen["modularity_p"], seen["modularity_chance"]) == (None, None)
    assert seen["modularity"] == pytest.approx(0.5, abs=0.02)


def test_communities_are_those_of_the_network(lively: Any) -> None:
    network = lively.get("/api/v1/emergence/network/analysis", "other", limit=100).json()
    seen = lively.get("/api/v1/emergence/network/communities", "other").json()
    assert seen["communities"] == network["communities"]
    assert dict(zip(seen["agent"], seen["community"], strict=True)) == {
        n["agent"]: n["community"] for n in network["nodes"]
    }
    assert {c["lead"]: c["name"] for c in seen["communities"]} == {
        c["lead"]: c["lead"] for c in network["communities"]
    }, "an agent without a name is called by its id"


def test_the_network_of_an_environment_is_that_of_its_agents(lively: Any) -> None:
    nowhere = lively.get("/api/v1/emergence/network/communities", "other", environment="nowhere").json()
    assert (nowhere["communities"], nowhere["agent"]) == ([], [])
    assert lively.get("/api/v1/emergence/network/analysis", "other", environment="nowhere").json()["agents"] == 0


def test_indicators_have_one_value_per_moment(lively: Any) -> None:
    seen = lively.get("/api/v1/emergence/indicators", "other", window_s=300).json()
    order = seen["order"]
    assert len(order["times"]) == len(order["kuramoto"]) == len(order["chance"]) == len(order["begun"])
    assert sum(order["begun"]) == 401
    assert all(len(g["variance"]) == len(g["memory"]) == len(seen["times"]) for g in seen["gauges"])
    assert lively.get("/api/v1/emergence/indicators", "other", window_s=1).status_code == 422
