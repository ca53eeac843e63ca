"""Looking at another tenant by REST and live, without ever writing there."""

from __future__ import annotations

from typing import Any

import pytest

from swarmscope.model.access import Role
from swarmscope.query import fleet
from tests.serve.routes.conftest import Api


def as_(api: Api, tenant: str, wanted: str, path: str, method: str = "GET", **more: Any) -> Any:
    headers = {"authorization": f"Bearer {api.keys[tenant, Role.ADMIN]}", "x-swarmscope-tenant": wanted}
    return api.client.request(method, path, headers=headers, **more)


def test_given_the_installs_admin_then_another_tenants_data_is_read(api: Api) -> None:
    assert as_(api, "default", "other", "/api/v1/tenants").json() == {"own": "default", "items": ["default", "other"]}
    agents = as_(api, "default", "other", "/api/v1/agents").json()["items"]
    assert agents and all("other" in a["agent"] for a in agents)
    me = as_(api, "default", "other", "/api/v1/me").json()
    assert (me["tenant"], me["role"]) == ("other", "viewer")
    rows = as_(api, "default", "other", "/api/v1/sql", "POST", json={"query": "SELECT DISTINCT tenant FROM spans"})
    assert rows.status_code in (200, 400) and "default" not in rows.text


def test_given_the_installs_admin_then_nothing_is_written_for_another_tenant(api: Api) -> None:
    key = {"name": "x", "role": "ingest"}
    assert as_(api, "default", "other", "/api/v1/keys", "POST", json=key).status_code == 403
    assert as_(api, "default", "other", "/api/v1/agents/new/register", "POST", json={}).status_code == 403
    view = {"name": "v", "page": "/", "search": {}}
    assert as_(api, "default", "other", "/api/v1/views/v", "PUT", json=view).status_code == 403


def test_given_another_tenants_admin_then_they_see_their_own_alone(api: Api) -> None:
    assert as_(api, "other", "other", "/api/v1/tenants").json() == {"own": "other", "items": ["other"]}
    assert as_(api, "other", "default", "/api/v1/agents").status_code == 403
    assert as_(api, "other", "default", "/api/v1/tenants").status_code == 403


@pytest.mark.parametrize("path", ["/metrics", "/api/v1/metrics"])
def test_given_the_installs_own_metrics_then_another_tenant_is_not_told_who_else_is_here(api: Api, path: str) -> None:
    for tenant in ("default", "other"):
        fleet._agents.labels(tenant).set(1)
    of = {tenant: as_(api, tenant, tenant, path).text.replace(" ", "") for tenant in ("default", "other")}
    labels = [f'"tenant":"{t}"' if path.startswith("/api") else f'tenant="{t}"' for t in ("default", "other")]
    assert [label in of["default"] for label in labels] == [True, True]
    assert [label in of["other"] for label in labels] == [False, True]
    assert "swarmscope_ingest_items" in of["other"]


def test_given_a_live_page_then_it_is_of_the_tenant_that_is_looked_at(api: Api) -> None:
    def greeted(tenant: str, wanted: str) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {api.keys[tenant, Role.ADMIN]}"}
        with api.client.websocket_connect(f"/ws?tenant={wanted}", headers=headers) as socket:
            socket.send_json({"op": "ping"})
            answer: dict[str, Any] = socket.receive_json()
            return answer

    assert greeted("default", "other")["type"] == "pong"
    assert greeted("other", "default")["data"]["status"] == 403
