"""Dashboards by REST: saved, listed, read, removed; one tenant's never another's."""

from __future__ import annotations

import pytest

from swarmscope.model.access import Role
from tests.serve.routes.conftest import Api

PANEL = {
    "title": "Rate",
    "unit": "1/s",
    "queries": [{"expr": "sum(rate(calls[$window])) by (model)", "legend": "{{model}}"}],
}
BODY = {"variables": [{"name": "window", "values": ["1m", "5m"], "value": "5m"}], "panels": [PANEL]}


def test_given_a_dashboard_when_saved_then_it_comes_back_whole_until_it_is_removed(api: Api) -> None:
    made = api.call("PUT", "/api/v1/dashboards/team%2Fagents", role=Role.EDITOR, json=BODY)
    assert made.status_code == 200, made.text
    assert api.get("/api/v1/dashboards").json()["items"] == [{"name": "team/agents", "panels": 1}]
    found = api.get("/api/v1/dashboards/team%2Fagents").json()
    assert found["name"] == "team/agents"
    assert found["panels"][0]["queries"] == PANEL["queries"]
    assert found["variables"][0]["value"] == "5m"
    assert api.get("/api/v1/dashboards/team%2Fagents", "other").status_code == 404
    assert api.get("/api/v1/dashboards", "other").json()["items"] == []
    assert api.call("PUT", "/api/v1/dashboards/x", role=Role.VIEWER, json=BODY).status_code == 403
    assert api.call("DELETE", "/api/v1/dashboards/team%2Fagents", role=Role.EDITOR).status_code == 204
    assert api.get("/api/v1/dashboards").json()["items"] == []


def test_given_a_dashboard_that_another_changed_when_saved_as_it_was_read_then_it_is_refused(api: Api) -> None:
    path = "/api/v1/dashboards/shared"
    new = {"if-none-match": "*"}
    made = api.call("PUT", path, json=BODY, headers=new)
    read = api.get(path).headers["etag"]
    assert (made.status_code, made.headers["etag"]) == (200, read)
    refused = api.call("PUT", path, json=BODY, headers=new)
    assert refused.status_code == 412 and "changed the dashboard shared meanwhile" in refused.json()["detail"]
    assert api.call("PUT", path, json=BODY | {"panels": []}, headers={"if-match": read}).status_code == 200
    for method, more in (("PUT", {"json": BODY}), ("DELETE", {})):
        assert api.call(method, path, headers={"if-match": read}, **more).status_code == 412
    assert api.get(path).json()["panels"] == []
    now = {"if-match": api.get(path).headers["etag"]}
    assert api.call("DELETE", path, headers=now).status_code == 204
    assert api.call("PUT", path, json=BODY, headers={"if-match": "*"}).status_code == 412, "there is none"
    assert api.get(path).status_code == 404


def test_given_a_dashboard_as_large_as_those_passed_around_then_it_is_kept(api: Api) -> None:
    panel = PANEL | {"queries": [PANEL["queries"][0]] * 30}
    large = BODY | {"panels": [panel] * 172}  # as an older Node Exporter Full
    assert api.call("PUT", "/api/v1/dashboards/large", json=large).status_code == 200
    assert len(api.get("/api/v1/dashboards/large").json()["panels"]) == 172
    assert api.call("DELETE", "/api/v1/dashboards/large").status_code == 204


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"panels": [PANEL | {"queries": []}]}, 422),
        ({"panels": [PANEL | {"width": 4}]}, 422),
        ({"panels": [PANEL | {"kind": "pie"}]}, 422),
        ({"panels": [PANEL] * 301}, 422),
        ({"variables": [{"name": "1st", "values": []}]}, 422),
        ({"variables": [{"name": "a", "values": []}] * 2}, 400),
        ({"extra": 1}, 422),
    ],
)
def test_given_a_dashboard_that_cannot_be_then_it_is_refused(api: Api, change: dict[str, object], status: int) -> None:
    answer = api.call("PUT", "/api/v1/dashboards/wrong", json=BODY | change)
    assert answer.status_code == status, answer.text
    assert api.get("/api/v1/dashboards").json()["items"] == []
