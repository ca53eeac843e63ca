"""Findings over REST: listed, one by one, with what people said of them, apart by tenant; bands and verdicts now."""

from __future__ import annotations

import time
from typing import Any

import pytest

from swarmscope.model.access import Role
from swarmscope.model.finding import Finding, columns
from swarmscope.serve.feeds import FINDINGS_MAX, Findings
from swarmscope.serve.routes import feedback

NOW = time.time_ns()


@pytest.fixture
def finding(api: Any) -> Finding:
    made = Finding(
        tenant="other",
        detector="ewma",
        version="1",
        kind="latency",
        severity="high",
        subject_kind="agent",
        subject="slow-one",
        window_start_ns=NOW - 10_000_000_000,
        window_end_ns=NOW,
        title="slow-one is slow",
        score=5.0,
        confidence=0.99,
        signal="latency",
        observed=900.0,
        expected=200.0,
        evidence=(("trace", "ab" * 16),),
    )
    api.state.intake.submit_tables({"findings": columns([made], NOW)}, "other").result(30)
    api.settled()
    return made


def test_given_a_finding_when_listed_then_it_is_told_once_with_what_was_seen_and_expected(api, finding) -> None:
    api.state.intake.submit_tables({"findings": columns([finding], NOW + 1)}, "other").result(30)
    api.settled()  # stated again, it is still one
    (item,) = api.get("/api/v1/findings", "other", subject="slow-one").json()["items"]
    assert (item["kind"], item["severity"], item["observed"], item["expected"]) == ("latency", "high", 900.0, 200.0)
    assert item["id"] == finding.id.hex()
    assert item["evidence"] == [{"kind": "trace", "reference": "ab" * 16}]
    alone = api.get(f"/api/v1/findings/{item['id']}", "other").json()
    assert {**alone, "threshold": None} == {**item, "threshold": None}
    assert api.get("/api/v1/agents/slow-one/anomalies", "other").json()["items"] == [item]
    assert api.get("/api/v1/findings", "other", severity="low").json()["items"] == []
    assert api.get("/api/v1/findings", "default", subject="slow-one").json()["items"] == []
    assert api.get(f"/api/v1/findings/{item['id']}", "default").status_code == 404


def test_given_findings_of_one_subject_and_kind_when_grouped_then_they_are_told_once_with_their_number(api) -> None:
    def made(subject: str, ago_s: int, severity: str, kind: str = "latency") -> Finding:
        end_ns = NOW - ago_s * 1_000_000_000
        return Finding(
            tenant="other", detector="peers", version="1", kind=kind, severity=severity, subject_kind="agent", subject=subject,
            window_start_ns=end_ns - 10_000_000_000, window_end_ns=end_ns, title=f"{subject} {ago_s} s ago", score=5.0,
            confidence=0.99,
        )  # fmt: skip

    all_of_them = [
        made("group-a", 300, "critical"), made("group-a", 200, "low"), made("group-a", 100, "high"),
        made("group-a", 150, "medium", "cost"), made("group-b", 120, "low"),
    ]  # fmt: skip
    api.state.intake.submit_tables({"findings": columns(all_of_them, NOW)}, "other").result(30)
    api.settled()

    def pages(**asked: Any) -> list[dict[str, Any]]:
        found, cursor = [], ""
        while cursor is not None:
            page = api.get("/api/v1/findings/groups", "other", q="group-", cursor=cursor, **asked).json()
            found += page["items"]
            cursor = page["next"]
        return found

    expected = [
        ("group-a 100 s ago", 3, "critical"),
        ("group-b 120 s ago", 1, "low"),
        ("group-a 150 s ago", 1, "medium"),
    ]
    for limit in (1, 2, 50):
        assert [(g["newest"]["title"], g["count"], g["severity"]) for g in pages(limit=limit)] == expected
    assert [(g["count"], g["newest"]["severity"]) for g in pages(severity="low,critical")] == [(1, "low"), (2, "low")]
    one = api.get("/api/v1/findings", "other", subject="group-a", kind="latency").json()["items"]
    assert len(one) == 3
    assert pages()[0]["newest"] == one[0]
    assert api.get("/api/v1/findings/groups", "other", cursor="nonsense").status_code == 400


def test_given_what_a_person_says_of_a_finding_then_it_stands_beside_it(api, finding) -> None:
    path = f"/api/v1/findings/{finding.id.hex()}"
    said = api.call("POST", f"{path}/feedback", "other", Role.EDITOR, json={"verdict": "false", "note": "a test run"})
    assert said.status_code == 200, said.text
    assert api.get(path, "other").json()["feedback"] == "false"
    wrong = api.call("POST", f"{path}/feedback", "other", Role.EDITOR, json={"verdict": "perhaps"})
    assert wrong.status_code == 422
    refused = api.call("POST", f"{path}/feedback", "other", Role.VIEWER, json={"verdict": "true"})
    assert refused.status_code == 403
    assert api.call("POST", f"{path}/feedback", "default", Role.EDITOR, json={"verdict": "true"}).status_code == 404


def test_given_verdicts_then_the_threshold_moves_and_findings_are_chosen_by_them(api, finding) -> None:
    path = f"/api/v1/findings/{finding.id.hex()}"

    def said(verdict: str) -> dict[str, Any]:
        answer = api.call("POST", f"{path}/feedback", "other", Role.EDITOR, json={"verdict": verdict})
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()["threshold"]
        return told

    def shown(feedback: str, tenant: str = "other") -> int:
        summary = api.get("/api/v1/findings/summary", tenant, subject="slow-one", feedback=feedback).json()
        items = api.get("/api/v1/findings", tenant, subject="slow-one", feedback=feedback).json()["items"]
        assert summary["total"] == len(items) == sum(sum(s["counts"]) for s in summary["severities"])
        return len(items)

    said("withdrawn")
    assert (shown("open"), shown("true,false"), shown("")) == (1, 0, 1)
    assert said("false") == {"moves": True, "decades": 2.0, "said_true": 0, "said_false": 1}
    assert api.get(path, "other").json()["threshold"]["decades"] == 2.0
    assert (shown("open"), shown("false"), shown("true"), shown("open,true")) == (0, 1, 0, 0)
    assert said("true")["decades"] == -0.5
    assert said("withdrawn") == {"moves": True, "decades": 0.0, "said_true": 0, "said_false": 0}
    assert shown("open", "default") == 0
    assert "feedback='maybe'" in api.get("/api/v1/findings", "other", feedback="maybe").json()["detail"]


def test_given_findings_when_summed_up_then_a_facet_counts_what_the_other_filters_leave(api, finding) -> None:
    summary = api.get("/api/v1/findings/summary", "other", severity="low", detector="ewma", buckets=7).json()
    facets = {f["field"]: {v["value"]: v["count"] for v in f["values"]} for f in summary["facets"]}
    assert (summary["total"], summary["severities"]) == (0, [])
    assert (facets["severity"], facets["kind"]) == ({"high": 1}, {})
    assert len(summary["times"]) <= 8


def test_given_a_fleet_that_was_not_looked_at_then_the_caller_is_told_to_retry(api) -> None:
    answer = api.get("/api/v1/agents/planner-other/bands", "other", signal="latency")
    assert (answer.status_code, "Retry-After" in answer.headers) == (429, True)


def test_given_a_look_at_the_fleet_then_an_agent_has_verdicts_and_bands(api) -> None:
    fleet = api.state.detection.fleet("default")
    fleet.tick(time.time_ns(), {})
    now = api.call("POST", "/api/v1/detect/planner-default")
    assert now.status_code == 200, now.text
    names = {s["signal"] for s in now.json()["signals"]}
    band = api.get("/api/v1/agents/planner-default/bands", signal=sorted(names)[0])
    assert band.status_code == 200, band.text
    assert len(band.json()["times_ms"]) == len(band.json()["values"]) == len(band.json()["lower"])
    all_bands = api.get("/api/v1/agents/planner-default/normal", start="-20m").json()
    spans = next(s for s in all_bands["signals"] if s["signal"] == "spans")
    assert len(all_bands["times_ms"]) == len(spans["values"]) == len(spans["upper"])
    live = api.get("/api/v1/agents/planner-default/bands", signal="spans").json()
    seen = {t: v for t, v in zip(live["times_ms"], live["values"], strict=True) if v}
    again = {t: v for t, v in zip(all_bands["times_ms"], spans["values"], strict=True) if v}
    both = [t for t in list(seen)[:-1] if t in again]
    assert both and all(abs(seen[t] - again[t]) < 1e-3 for t in both)  # the same frames, read anew
    wide = api.get("/api/v1/agents/planner-default/normal", start="-20d").json()
    assert len(wide["times_ms"]) <= 401 and wide["frame_ms"] == wide["step_ms"] > 60_000
    assert api.get("/api/v1/agents/nobody/normal").status_code == 404
    assert api.get("/api/v1/agents/planner-default/normal", "other").status_code == 404
    unknown = api.get("/api/v1/agents/planner-default/bands", signal="mood")
    assert unknown.status_code == 400 and "there are" in unknown.json()["detail"]
    assert api.call("POST", "/api/v1/detect/nobody").status_code == 404


def test_every_detector_is_listed_with_its_options(api) -> None:
    items = api.get("/api/v1/detectors").json()["items"]
    assert {"ewma", "robust", "level_shift", "pca", "security"} <= {i["name"] for i in items}
    assert [i["name"] for i in items if i["problem"] or not i["about"]] == []
    assert all(o["about"] for i in items for o in i["options"])


def test_given_a_listener_when_findings_come_late_or_many_at_once_then_each_is_told_once_or_counted(api) -> None:
    def reported(found_ns: int, *subjects: str) -> None:
        made = [
            Finding(
                tenant="heard", detector="peers", version="1", kind="latency", severity="low", subject_kind="agent",
                subject=subject, window_start_ns=NOW - 10_000_000_000, window_end_ns=NOW, title=subject, score=1.0,
                confidence=0.9,
            )
            for subject in subjects
        ]  # fmt: skip
        api.state.intake.submit_tables({"findings": columns(made, found_ns)}, "heard").result(30)
        api.settled()

    def told(cursor: Any) -> tuple[list[str], int, Any]:
        page, after = channel.since("heard", {}, cursor)
        return ([], 0, after) if page is None else ([i["subject"] for i in page["items"]], page["skipped"], after)

    channel = Findings(api.state.store)
    now = time.time_ns()
    page, cursor = channel.begin("heard", {})
    assert page == {"items": [], "skipped": 0}
    reported(now - 1_000_000_000, "on-its-way")  # when the listener came
    subjects, skipped, cursor = told(cursor)
    assert (subjects, skipped) == (["on-its-way"], 0)
    assert told(cursor)[:2] == ([], 0)
    reported(now + 1, *(f"many-{i}" for i in range(FINDINGS_MAX + 50)))
    subjects, skipped, cursor = told(cursor)
    assert (len(set(subjects)), skipped) == (FINDINGS_MAX, 50)
    reported(now + 3, "later")
    assert told(cursor)[0] == ["later"]
    cursor = told(cursor)[2]
    reported(now + 2, "stored-after-it")
    assert told(cursor)[0] == ["stored-after-it"]
    cursor = told(cursor)[2]
    reported(now + 4, "later")
    assert told(cursor)[0] == ["later"], "stated anew, it is told anew"


def test_given_many_verdicts_when_something_is_asked_then_not_all_of_them_are_read(
    api, finding, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/api/v1/findings/{finding.id.hex()}"
    api.call("POST", f"{path}/feedback", "other", Role.EDITOR, json={"verdict": "true"})
    for holder, name in ((api.state.catalog, "settings"), (api.state.catalog.verdicts, "tallies")):
        monkeypatch.setattr(holder, name, lambda *_: pytest.fail("all verdicts were read"))
    for page in ("/api/v1/findings", "/api/v1/anomalies", "/api/v1/agents/slow-one/anomalies"):
        items = api.get(page, "other").json()["items"]
        assert [i["feedback"] for i in items if i["id"] == finding.id.hex()] == ["true"], page
    assert api.get(path, "other").json()["threshold"]["said_true"] == 1
    said = {d["name"]: d["said"] for d in api.get("/api/v1/detectors", "other").json()["items"]}
    assert said[finding.detector] == {"true": 1, "false": 0, "precision": 1.0}
    judged = [i["id"] for i in api.get("/api/v1/findings", "other", feedback="true").json()["items"]]
    assert judged == [finding.id.hex()]
    event = {"principal": "slow-one", "action": "login", "outcome": "success"}
    answer = api.call("POST", "/api/v1/security/events", "other", Role.INGEST, json={"events": [event]})
    assert answer.json()["judged"] == 1


def test_given_more_verdicts_of_a_window_than_can_choose_then_a_shorter_one_is_asked_for(
    api, finding, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/api/v1/findings/{finding.id.hex()}/feedback"
    api.call("POST", path, "other", Role.EDITOR, json={"verdict": "true"})
    monkeypatch.setattr(feedback, "CHOSEN_MAX", 0)
    refused = api.get("/api/v1/findings", "other", feedback="true")
    assert (refused.status_code, "choose a shorter one" in refused.json()["detail"]) == (400, True)
    assert api.get("/api/v1/findings", "other", feedback="true", start="-3d", end="-2d").status_code == 200
    assert api.get("/api/v1/findings", "other", feedback="false").json()["items"] == []
    api.call("POST", path, "other", Role.EDITOR, json={"verdict": "withdrawn"})
