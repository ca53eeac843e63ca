"""Rules over real rooms: recorded samples come back in queries, alerts by API, tenants apart, files read again."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from swarmscope.app import alert_rules
from swarmscope.config import Rules as Options
from swarmscope.decide.manager import Rules
from swarmscope.errors import ConfigError
from swarmscope.model.access import Role
from tests.serve.compat.test_prometheus import V1, asked, series, written
from tests.serve.routes.conftest import Api, api, eventually  # noqa: F401 # fixtures are found by name
from tests.support.http import until

FILE = """
groups:
- name: fleet
  interval: 1s
  rules:
  - {record: 'rules:load:sum', expr: sum by (agent) (rules_load), labels: {by: rules}}
  - {record: 'rules:load:twice', expr: 2 * rules:load:sum}
  - alert: Loaded
    expr: rules_load > 5
    labels: {severity: high}
    annotations: {summary: '{{ $labels.agent }} has {{ $value }}'}
  - {record: broken, expr: rules_load * on() rules_load}
- name: slow
  interval: 1h
  rules:
  - {alert: Later, expr: vector(1), for: 5m}
"""
OTHER = (
    "groups: [{name: theirs, interval: 1s, rules: [{record: 'rules:theirs', expr: 'count(rules_load) or vector(0)'}]}]"
)


@pytest.fixture
def folder(api: Api, tmp_path: Path) -> Iterator[Path]:  # noqa: F811 # the fixture of that name
    (tmp_path / "rules.yml").write_text(FILE)
    (tmp_path / "other.yml").write_text(OTHER)
    options = Options(files=(str(tmp_path / "*rules.yml"),), tenants={"other": (str(tmp_path / "other.yml"),)})
    config = api.state.config
    api.state.config = msgspec.structs.replace(config, rules=options)
    rules = alert_rules(api.state)
    api.state.config = config
    rules.read()
    rules.start()
    api.state.rules = rules
    yield tmp_path
    api.state.rules = None
    rules.stop()


def rules_of(api: Api) -> Rules:  # noqa: F811 # the fixture of that name
    assert api.state.rules is not None
    return api.state.rules


def listed(api: Api, tenant: str = "default", **params: Any) -> Any:  # noqa: F811 # the fixture of that name
    answer = api.get("/api/v1/rules", tenant, **params)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def test_rules_write_what_queries_find_and_alerts_are_shown(api: Api, folder: Path) -> None:  # noqa: F811 # the fixture of that name
    now_ms = time.time_ns() // 10**6
    request = V1["WriteRequest"]()
    series(request, {"__name__": "rules_load", "agent": "a"}, (9.0, now_ms))
    series(request, {"__name__": "rules_load", "agent": "b"}, (2.0, now_ms))
    assert written(api, request).status_code == 204

    def found(query: str) -> dict[str, str]:
        return {row["metric"].get("agent", ""): row["value"][1] for row in asked(api, query, time.time_ns() // 10**6)}

    until(lambda: found("rules:load:twice") == {"a": "18", "b": "4"})
    assert found('rules:load:sum{by="rules"}') == {"a": "9", "b": "2"}
    until(lambda: found('ALERTS{alertname="Loaded",alertstate="firing",severity="high"}') == {"a": "1"})
    (alert,) = [a for a in api.get("/api/v1/alerts").json()["data"]["alerts"] if a["labels"]["alertname"] == "Loaded"]
    assert alert["annotations"] == {"summary": "a has 9"}
    assert (alert["state"], alert["value"]) == ("firing", "9e+00")
    fleet, slow = listed(api)["groups"]
    assert [rule["health"] for rule in fleet["rules"]] == ["ok", "ok", "ok", "err"]
    assert "lastError" in fleet["rules"][3]
    assert fleet["rules"][2]["alerts"][0]["labels"]["agent"] == "a"
    assert (slow["interval"], slow["rules"][0]["state"], slow["rules"][0]["duration"]) == (3600, "unknown", 300)
    assert slow["rules"][0]["lastEvaluation"].startswith("0001-")

    until(lambda: asked(api, "rules:theirs", time.time_ns() // 10**6) == [])
    theirs = listed(api, "other")["groups"]
    assert [g["name"] for g in theirs] == ["theirs"]
    assert api.get("/api/v1/alerts", "other").json()["data"]["alerts"] == []
    answer = api.get("/api/v1/query", tenant="other", query="rules:theirs").json()["data"]["result"]
    assert [row["value"][1] for row in answer] == ["0"]  # the other tenant has none of these series


def test_filters_and_pages(api: Api, folder: Path) -> None:  # noqa: F811 # the fixture of that name
    def names(**params: Any) -> list[str]:
        return [rule["name"] for group in listed(api, **params)["groups"] for rule in group["rules"]]

    assert names(type="alert") == ["Loaded", "Later"]
    assert names(type="record") == ["rules:load:sum", "rules:load:twice", "broken"]
    assert names(**{"rule_name[]": "Loaded"}) == ["Loaded"]
    assert names(**{"rule_group[]": "slow"}) == ["Later"]
    assert names(**{"file[]": "nowhere"}) == []
    assert names(**{"match[]": '{severity="high"}'}) == ["Loaded"]
    assert all(
        not rule["alerts"] for g in listed(api, type="alert", exclude_alerts="true")["groups"] for rule in g["rules"]
    )
    first = listed(api, group_limit=1)
    assert [g["name"] for g in first["groups"]] == ["fleet"]
    second = listed(api, group_limit=1, group_next_token=first["groupNextToken"])
    assert [g["name"] for g in second["groups"]] == ["slow"]
    assert "groupNextToken" not in second
    for wrong in (
        {"type": "x"},
        {"group_limit": "0"},
        {"group_next_token": "x"},
        {"group_limit": 1, "group_next_token": "x"},
    ):
        answer = api.get("/api/v1/rules", **wrong)
        assert (answer.status_code, answer.json()["errorType"]) == (400, "bad_data")


def test_files_are_read_again_and_bad_ones_change_nothing(api: Api, folder: Path) -> None:  # noqa: F811 # the fixture of that name
    assert api.call("POST", "/-/reload", role=Role.VIEWER).status_code == 403
    (folder / "rules.yml").write_text(FILE.replace("Later", "Sooner"))
    assert api.call("POST", "/-/reload").status_code == 200
    assert [g["rules"][0]["name"] for g in listed(api)["groups"]] == ["rules:load:sum", "Sooner"]
    (folder / "rules.yml").write_text("groups: [{name: g, rules: [{record: a, expr: 'sum('}]}]")
    answer = api.call("POST", "/-/reload")
    assert answer.status_code == 500
    assert "could not parse expression" in answer.text
    assert len(listed(api)["groups"]) == 2
    assert api.get("/api/v1/status/runtimeinfo").json()["data"]["reloadConfigSuccess"] is False
    (folder / "more-rules.yml").write_text(FILE.replace("fleet", "more"))
    (folder / "rules.yml").write_text("")
    until(lambda: [g["name"] for g in listed(api)["groups"]] == ["more", "slow"])  # without being told
    assert api.get("/api/v1/status/runtimeinfo").json()["data"]["reloadConfigSuccess"] is True


def test_a_file_that_is_being_written_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "r.yml"
    file.write_text(FILE)
    rules = Rules(Options(files=(str(file),)), lambda _t: None, lambda _t, _r: None, lambda: 0.0, 1.0)  # type: ignore[arg-type, return-value] # never asked
    rules.read()
    try:
        file.write_text("")
        rules._watch()
        assert len(rules.groups("default")) == 2
        os.utime(file, (1, 1))
        rules._watch()
        assert rules.groups("default") == []
    finally:
        rules.stop()


def test_a_start_with_bad_files_is_refused(api: Api, tmp_path: Path) -> None:  # noqa: F811 # the fixture of that name
    for options, why in (
        (Options(files=(str(tmp_path / "none.yml"),)), "there is no rule file"),
        (Options(files=(__file__,)), "test_prometheus_rules.py"),
    ):
        rules = Rules(options, lambda _t: None, lambda _t, _r: None, lambda: 0.0, 1.0)  # type: ignore[arg-type, return-value] # never asked
        with pytest.raises(ConfigError, match=why):
            rules.read()
        rules.stop()
    with pytest.raises(ConfigError, match="is no address"):
        Rules(Options(alertmanagers=("nowhere:9093",)), lambda _t: None, lambda _t, _r: None, lambda: 0.0, 1.0)  # type: ignore[arg-type, return-value] # as above
