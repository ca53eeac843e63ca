"""Scaling by REST: policies are set and read, groups are judged by what their agents did, decisions are kept per tenant."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from swarmscope.model.access import Role
from tests.serve.routes.conftest import Api

POLICY = {
    "scope": "service",
    "key": "svc-default",
    "min_instances": 3,
    "max_instances": 5,
    "cooldown_s": 300,
    "busy_high": 1.0,
    "response_s": 86_400,
}


@pytest.fixture
def policy(api: Api) -> Iterator[str]:
    """A policy that demands more agents than there are."""
    made = api.call("PUT", "/api/v1/scaling/policies/at%2Fleast", role=Role.EDITOR, json=POLICY)
    assert made.status_code == 200, made.text
    yield made.json()["name"]
    assert api.call("DELETE", "/api/v1/scaling/policies/at%2Fleast", role=Role.EDITOR).status_code == 204


def test_given_nothing_was_set_then_the_default_policy_judges_every_service(api: Api) -> None:
    (item,) = api.get("/api/v1/scaling/policies").json()["items"]
    assert (item["name"], item["busy_high"], item["busy_low"], item["memory_high"]) == ("default", 0.7, 0.3, 0.8)
    assert (item["response_s"], item["min_instances"], item["max_instances"], item["cooldown_s"]) == (
        5.0,
        1,
        1000,
        300.0,
    )
    advice = api.get("/api/v1/scaling/analyze").json()["items"]
    assert advice and all(a["policy"] == "default" and a["instances"] >= 1 and a["reasons"] for a in advice)


def test_given_a_policy_when_asked_then_the_change_is_advised_kept_once_and_cools_down(api: Api, policy: str) -> None:
    looked = api.get("/api/v1/scaling/analyze", policy=policy).json()["items"]
    assert [(a["group"], a["direction"], a["desired"]) for a in looked] == [("svc-default", "up", 3)]
    assert api.get("/api/v1/scaling/decisions").json()["items"] == [], "looking keeps nothing"
    made = api.call("POST", "/api/v1/scaling/analyze?policy=at/least", role=Role.EDITOR).json()["items"]
    assert made[0]["direction"] == "up"
    again = api.call("POST", "/api/v1/scaling/analyze?policy=at/least", role=Role.EDITOR).json()["items"]
    assert again[0]["direction"] == "hold" and "to go" in again[0]["reasons"][-1]
    page = api.get("/api/v1/scaling/decisions", group="svc-default", limit=1).json()
    assert [(d["policy"], d["desired"]) for d in page["items"]] == [(policy, 3)]
    assert api.get("/api/v1/scaling/decisions", before=page["next"]).json() == {"items": [], "next": None}
    assert api.get("/api/v1/scaling/decisions", "other").json()["items"] == []
    assert api.state.catalog.audit_log("default", 1)[0]["action"] == "scaling.decide"


def test_given_agents_when_their_use_is_asked_then_it_adds_up(api: Api) -> None:
    told = api.get("/api/v1/scaling/efficiency").json()
    assert told["instances"] == sum(g["instances"] for g in told["items"]) >= 1
    assert all(0 <= g["potential"] <= 1 and g["idle"] + g["working"] == g["instances"] for g in told["items"])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"busy_low": 0.9}, "busy_low=0.9 must be less than busy_high=0.7"),
        ({"min_instances": 9}, "min_instances=9 is more than max_instances=5"),
        ({"strategy": "wild"}, "reactive"),
        ({"response_s": "NaN"}, "response_s"),
        ({"extra": 1}, "extra"),
    ],
)
def test_given_a_policy_that_cannot_be_then_it_is_refused(api: Api, change: dict[str, object], said: str) -> None:
    answer = api.call("PUT", "/api/v1/scaling/policies/x", json=POLICY | {"busy_high": 0.7} | change)
    assert answer.status_code == 422 and said in answer.text
    assert [p["name"] for p in api.get("/api/v1/scaling/policies").json()["items"]] == ["default"]


def test_given_a_viewer_then_policies_are_read_and_nothing_is_decided(api: Api) -> None:
    assert api.call("PUT", "/api/v1/scaling/policies/x", role=Role.VIEWER, json=POLICY).status_code == 403
    assert api.call("POST", "/api/v1/scaling/analyze", role=Role.VIEWER).status_code == 403
    assert api.get("/api/v1/scaling/analyze", policy="nobody").status_code == 404
