"""What detectors of batches and windows would have said of stored history, over REST; and a backtest made of it."""

from __future__ import annotations

import time
from typing import Any

import pytest

from swarmscope.bench.backtest import REPORTED, of_findings
from swarmscope.model.access import Role
from swarmscope.query.times import SECOND_NS, moment, parse_moment
from swarmscope.serve.schemas.replay import Replayed
from tests.serve.routes.conftest import fill

START = time.time_ns() // (60 * SECOND_NS) * 60 * SECOND_NS - 1200 * SECOND_NS
KINDS = {"http.route": "/login", "http.response.status_code": "401", "client.address": "203.0.113.9", "user.id": "eve"}


def attack(api: Any) -> None:
    rows: list[dict[str, Any]] = [
        {"tenant": "other", "received_at": START, "start_time": START + at * SECOND_NS, "span_id": at.to_bytes(8, "big"),
         "name": "POST /login", "agent": "door", "attributes": KINDS, "attribute_types": "ssss"}
        for at in range(300, 312)
    ]  # fmt: skip
    api.state.intake.submit_tables({"spans": fill("spans", rows)}, "other").result(30)
    api.settled()


def asked(api: Any, name: str, tenant: str = "other", role: Role = Role.VIEWER) -> Any:
    params = {"start": moment(START + 270 * SECOND_NS), "end": moment(START + 390 * SECOND_NS)}
    return api.call("POST", f"/api/v1/detectors/{name}/replay", tenant, role, params=params)


def test_given_a_stored_attack_when_replayed_then_it_is_told_when_it_was_and_nothing_is_kept(api) -> None:
    attack(api)
    answer = asked(api, "security")
    assert answer.status_code == 200, answer.text
    said = Replayed.model_validate(answer.json())
    assert said.error == "" and parse_moment(said.until, "until") == START + 390 * SECOND_NS
    assert {(i.kind, i.subject) for i in said.items} == {("brute_force", "eve")}
    first = parse_moment(said.items[0].time, "time")
    assert first == START + 330 * SECOND_NS, "the fifth failure lies in the batch that ends then"
    assert [i.model_dump() for i in Replayed.model_validate(asked(api, "security").json()).items] == [
        i.model_dump() for i in said.items
    ], "nothing was remembered of the first time"
    assert api.get("/api/v1/security/events", "other", principal="eve", start="-2h").json()["items"] == []
    assert asked(api, "security", "default").json()["items"] == []
    told = [{"seconds": first / SECOND_NS, "streams": [i.subject], "confidence": i.confidence} for i in said.items]
    fault = {"eve": [(START / SECOND_NS + 300, START / SECOND_NS + 330)]}
    outcome = of_findings("security", told, START / SECOND_NS, START / SECOND_NS + 600, 10.0, fault, quiet=30)
    own = next(p for p in outcome.curve if p.threshold == REPORTED)
    assert (own.precision, own.recall, own.alarms, own.delay_s) == (1.0, 1.0, 1, 30.0)
    assert of_findings("x", [], 0.0, 600.0, 10.0, fault | {"a": [(0, 9)]}).curve[0].recall == 0.0


@pytest.mark.parametrize("name", ["loop", "collective_behaviour", "answer_drift"])
def test_given_a_detector_of_windows_or_batches_when_replayed_then_it_gets_to_the_end(api, name: str) -> None:
    said = asked(api, name).json()
    assert said["error"] == "" and parse_moment(said["until"], "until") > START + 300 * SECOND_NS, said


def test_given_what_cannot_be_replayed_then_the_error_says_why(api) -> None:
    assert asked(api, "nobody").status_code == 404
    refused = asked(api, "ewma")
    assert (refused.status_code, "detector of series" in refused.json()["detail"]) == (400, True)
    assert asked(api, "security", role=Role.INGEST).status_code == 403
