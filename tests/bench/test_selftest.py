"""The self-test over real rooms: its data stay in the shadow tenant and expire, its figures follow from truth and findings."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from swarmscope.bench.selftest import EXPIRING, TENANT, SelfTest, by_fault, by_kind, scored
from swarmscope.config import SelfTest as Settings
from swarmscope.query.times import SECOND_NS, moment
from swarmscope.serve.schemas.selftest import SelfTestState
from tests.serve.routes.conftest import Api, api  # noqa: F401 # the fixture is found by its name

T0 = 1_800_000_000 * SECOND_NS
TRUTH = {"fault": 0, "kind": "latency", "agents": ["a", "b"], "nodes": [], "start_ns": T0 + 300 * SECOND_NS,
         "end_ns": T0 + 500 * SECOND_NS}  # fmt: skip


def finding(subject: str, at_s: float, kind: str = "latency") -> dict[str, Any]:
    found = moment(T0 + round(at_s * SECOND_NS))
    return {"subject": subject, "participants": [], "kind": kind, "detector": "ensemble", "title": kind, "found": found}


def test_given_truth_and_findings_when_scored_then_figures_are_those_counted_by_hand() -> None:
    findings = [
        finding("a", 340),
        finding("a", 360, "unusual_combination"),
        finding("c", 400),
        finding("b", 100),  # before it began
        finding("b", 20),  # too soon after the start to count
    ]
    cycle = scored("latency", [TRUTH], findings, T0, T0 + 3600 * SECOND_NS, 60.0)
    assert (cycle.affected, cycle.found, cycle.named, cycle.right, cycle.wrong) == (2, 1, 1, 2, 2)
    assert cycle.delays_s == [40.0]
    assert cycle.kinds == {"latency": [1, 2], "unusual_combination": [1, 0]}
    calm = scored("", [], [finding("c", 400)], T0, T0 + 3660 * SECOND_NS, 60.0)
    latency, none = by_fault([cycle, calm])
    assert (latency["recall"], latency["precision"], latency["delay_s"]) == (0.5, 0.5, 40.0)
    assert none["fault"] == "none" and none["false_per_hour"] == pytest.approx(1) and none["recall"] is None
    kinds = {k["kind"]: k["precision"] for k in by_kind([cycle, calm])}
    assert kinds == {"latency": 0.25, "unusual_combination": 1.0}


def test_given_a_cycle_when_it_ran_then_its_rows_are_the_shadow_tenants_alone_and_expire(
    api: Api,  # noqa: F811 # the fixture
    tmp_path: Path,
) -> None:
    state = api.state
    before = {t: _rows(state.store, t) for t in ("default", "other")}
    settings = Settings(enabled=True, agents=10, rate=20.0, cycle_s=5.0, starts_s=0.0)
    sent: list[Any] = []
    test = SelfTest(
        settings, state.store, lambda *a: sent.append(state.intake.submit(*a)), state.store.command, dict, tmp_path
    )
    made = test.cycle("latency", 1)
    assert made is not None and made.affected > 0 and made.right == 0
    assert sent and all(future.result(60).rejected == 0 for future in sent)
    api.settled()
    assert _rows(state.store, TENANT) > 20
    assert {t: _rows(state.store, t) for t in ("default", "other")} == before
    again = SelfTest(settings, state.store, state.intake.submit, state.store.command, dict, tmp_path)
    assert list(again.cycles) == list(test.cycles), "figures outlive a restart"
    TypeAdapter(SelfTestState).validate_python(again.json())
    test.forget(time.time_ns() - 3600 * SECOND_NS)
    assert _rows(state.store, TENANT) > 20, "what is young stays"
    test.forget(time.time_ns() + 60 * SECOND_NS)
    for table in EXPIRING:
        left = state.store.query(f"SELECT count() AS n FROM {table} WHERE tenant = {{t:String}}", {"t": TENANT})
        assert left["n"].to_pylist() == [0], table
    assert {t: _rows(state.store, t) for t in ("default", "other")} == before


def _rows(store: Any, tenant: str) -> int:
    rows = store.query("SELECT count() AS n FROM spans WHERE tenant = {t:String}", {"t": tenant})
    return int(rows["n"].to_pylist()[0])


def test_given_a_program_without_it_when_asked_then_it_says_that_it_is_off(api: Api) -> None:  # noqa: F811 # the fixture
    told = api.get("/api/v1/selftest").json()
    assert told["enabled"] is False and told["faults"] == []


def test_given_one_that_begins_when_the_program_answers_already_then_it_is_shown(
    api: Api,  # noqa: F811 # the fixture
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = {"enabled": True, "tenant": TENANT, "cycle_s": 60, "agents": 9}
    shown = settings | {"cycles": 3, "since": None, "faults": [], "kinds": []}
    monkeypatch.setattr(api.state, "selftest", lambda: shown)
    assert api.get("/api/v1/selftest").json()["cycles"] == 3
