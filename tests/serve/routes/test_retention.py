"""How long data is kept is read by all, changed by admins of the first tenant, and held to sense."""

from __future__ import annotations

import re
from typing import Any

import pytest

from swarmscope.config import Config
from swarmscope.model.access import Role
from swarmscope.serve.routes import retention as module
from swarmscope.serve.routes.retention import in_force
from tests.serve.routes.conftest import Api


def rules(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    return {r["name"]: r for r in answer.json()["items"]}


def test_given_a_fresh_install_then_what_is_configured_is_in_force(api: Api) -> None:
    found = rules(api.get("/api/v1/retention"))
    assert found["spans_days"]["value"] == found["spans_days"]["configured"] == Config().retention.spans_days
    assert found["spans_days"]["source"] == "configured"
    assert "spans" in found["spans_days"]["tables"] and found["spans_days"]["rows"] > 0
    assert found["kept_sample_ratio"]["unit"] == "ratio" and found["kept_sample_ratio"]["tables"] == []


def test_given_tables_that_only_help_to_find_spans_then_their_rows_are_not_told_as_spans(api: Api) -> None:
    found = rules(api.get("/api/v1/retention"))
    parts = "SELECT toInt64(sum(rows)) AS n FROM system.parts WHERE active AND database = currentDatabase()"
    for setting, table in (("spans_days", "spans"), ("spans_kept_days", "spans_kept"), ("logs_days", "logs")):
        counted = api.state.store.query(f"{parts} AND table = '{table}'").to_pylist()[0]["n"]
        assert (setting, found[setting]["rows"]) == (setting, counted)
    named = {t for rule in found.values() for t in rule["tables"]}
    assert module._BESIDE.issubset(named), "each is a table of a setting"


def test_given_another_tenant_then_it_learns_the_times_and_not_what_all_tenants_keep(api: Api) -> None:
    own, other = rules(api.get("/api/v1/retention")), rules(api.get("/api/v1/retention", "other"))
    assert {name: rule["value"] for name, rule in other.items()} == {name: rule["value"] for name, rule in own.items()}
    assert {rule["bytes"] for rule in other.values()} == {rule["rows"] for rule in other.values()} == {None}
    assert own["spans_days"]["bytes"] > 0


def test_given_a_change_then_it_holds_at_once_and_after_a_start_until_it_is_taken_back(api: Api) -> None:
    try:
        found = rules(api.call("PUT", "/api/v1/retention", json={"values": {"logs_days": 14, "kept_max_ratio": 0.2}}))
        assert (found["logs_days"]["value"], found["logs_days"]["source"]) == (14, "set")
        assert found["kept_max_ratio"]["value"] == 0.2
        ddl = api.state.store.query("SELECT create_table_query AS q FROM system.tables WHERE name = 'logs'")
        assert "toIntervalDay(14)" in ddl.to_pylist()[0]["q"]
        assert in_force(api.state.catalog, api.state.config).logs_days == 14
        assert api.state.catalog.audit_log("default", 1)[0]["subject"] == "retention"
    finally:
        back = {"values": {"logs_days": None, "kept_max_ratio": None}}
        found = rules(api.call("PUT", "/api/v1/retention", json=back))
    assert found["logs_days"]["source"] == "configured"
    assert api.state.catalog.setting("default", "retention") is None


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"logs_days": 0}, "logs_days"),
        ({"logs_days": 1.5}, "logs_days"),
        ({"logs_days": 1e300}, "retention"),
        ({"kept_max_ratio": 2}, "kept_max_ratio"),
        ({"nothing_days": 3}, "there is no 'nothing_days'"),
        ({"spans_days": 60}, "spans_kept_days=30 is less than spans_days=60"),
        ({"messages_days": 5}, "change both"),
    ],
)
def test_given_a_value_that_cannot_be_then_nothing_changes(api: Api, values: dict[str, float], words: str) -> None:
    answer = api.call("PUT", "/api/v1/retention", json={"values": values})
    assert answer.status_code == 400
    assert words in answer.json()["detail"]
    assert all(r["source"] == "configured" for r in rules(api.get("/api/v1/retention")).values())


def test_given_no_number_then_it_is_refused(api: Api) -> None:
    answer = api.call("PUT", "/api/v1/retention", json={"values": {"kept_sample_ratio": "NaN"}})
    assert answer.status_code == 422 and "finite" in answer.text
    assert (
        api.call("POST", "/api/v1/keys", json={"name": "k", "role": "viewer", "expires_at_s": "NaN"}).status_code == 422
    )


BACK = {"values": {"logs_days": None, "cost_days": None}}


def test_given_two_admins_who_change_different_times_at_once_then_both_hold(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, first = module._with, iter([True])

    def meanwhile(*args: Any) -> Any:
        if next(first, False):
            other = api.call("PUT", "/api/v1/retention", json={"values": {"cost_days": 500}})
            assert other.status_code == 200, other.text
        return plain(*args)

    try:
        with monkeypatch.context() as patched:
            patched.setattr(module, "_with", meanwhile)
            found = rules(api.call("PUT", "/api/v1/retention", json={"values": {"logs_days": 14}}))
        assert (found["logs_days"]["value"], found["cost_days"]["value"]) == (14, 500)
        assert (api.state.retention.logs_days, api.state.retention.cost_days) == (14, 500)
    finally:
        assert api.call("PUT", "/api/v1/retention", json=BACK).status_code == 200


def test_given_what_was_read_before_another_changed_it_then_the_change_is_refused_and_says_who_it_was(api: Api) -> None:
    read = api.get("/api/v1/retention").headers["etag"]
    try:
        asked = {"values": {"logs_days": 14}}
        first = api.call("PUT", "/api/v1/retention", json=asked, headers={"if-match": read})
        assert first.status_code == 200 and first.headers["etag"] != read
        second = api.call("PUT", "/api/v1/retention", json={"values": {"logs_days": 7}}, headers={"if-match": read})
        assert (second.status_code, second.json()["title"]) == (412, "ChangedError")
        assert re.match("key [0-9a-f]{12} changed the retention meanwhile, at 20", second.json()["detail"])
        assert rules(api.get("/api/v1/retention"))["logs_days"]["value"] == 14
        anew = {"if-match": f'"other", {first.headers["etag"]}'}
        assert rules(api.call("PUT", "/api/v1/retention", json={"values": {"logs_days": 7}}, headers=anew))
    finally:
        found = api.call("PUT", "/api/v1/retention", json=BACK, headers={"if-match": "*"})
    assert found.status_code == 200 and found.headers["etag"] == read


@pytest.mark.parametrize(("tenant", "role"), [("default", Role.EDITOR), ("other", Role.ADMIN)])
def test_given_someone_else_then_it_is_refused(api: Api, tenant: str, role: Role) -> None:
    assert api.call("PUT", "/api/v1/retention", tenant, role, json={"values": {"logs_days": 9}}).status_code == 403
