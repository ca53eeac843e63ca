"""Budgets by REST: set, read with what was spent, removed; one tenant's never another's."""

from __future__ import annotations

import pytest

from swarmscope.model.access import Role
from tests.serve.routes.conftest import Api

BODY = {"scope": "agent", "key": "planner-default", "period": "month", "limit_usd": 0.002}


def test_given_a_budget_when_set_then_it_tells_how_it_stands_until_it_is_removed(api: Api) -> None:
    made = api.call("PUT", "/api/v1/budgets/planner%2Fcosts", role=Role.EDITOR, json=BODY)
    assert made.status_code == 200, made.text
    assert made.json()["name"] == "planner/costs"
    (item,) = api.get("/api/v1/budgets").json()["items"]
    assert item["spent_usd"] == pytest.approx(0.003)
    assert item["state"] == "over" and item["forecast_usd"] > item["spent_usd"]
    assert api.get("/api/v1/budgets", "other").json()["items"] == []
    assert api.state.catalog.audit_log("default", 1)[0]["subject"] == "budget.planner/costs"
    changed = api.call("PUT", "/api/v1/budgets/planner%2Fcosts", json=BODY | {"limit_usd": 1e6})
    assert changed.json()["state"] == "ok"
    assert api.call("DELETE", "/api/v1/budgets/planner%2Fcosts", role=Role.EDITOR).status_code == 204
    assert api.get("/api/v1/budgets").json()["items"] == []


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"key": ""}, 400),
        ({"scope": "all"}, 400),
        ({"limit_usd": 0}, 422),
        ({"limit_usd": "NaN"}, 422),
        ({"period": "year"}, 422),
        ({"scope": "planet"}, 422),
        ({"extra": 1}, 422),
    ],
)
def test_given_a_budget_that_cannot_be_then_it_is_refused(api: Api, change: dict[str, object], status: int) -> None:
    assert api.call("PUT", "/api/v1/budgets/x", json=BODY | change).status_code == status
    assert api.get("/api/v1/budgets").json()["items"] == []


def test_given_a_viewer_then_budgets_are_read_and_not_set(api: Api) -> None:
    assert api.call("PUT", "/api/v1/budgets/x", role=Role.VIEWER, json=BODY).status_code == 403
    assert api.call("DELETE", "/api/v1/budgets/x", role=Role.VIEWER).status_code == 403


def test_given_too_many_then_one_more_is_refused(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("swarmscope.serve.routes.budgets.BUDGETS_MAX", 1)
    try:
        assert api.call("PUT", "/api/v1/budgets/one", json=BODY).status_code == 200
        assert api.call("PUT", "/api/v1/budgets/two", json=BODY).status_code == 400
        assert api.call("PUT", "/api/v1/budgets/one", json=BODY).status_code == 200
    finally:
        api.call("DELETE", "/api/v1/budgets/one")
