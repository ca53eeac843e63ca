"""Logging in, what a cookie may do and for whom, and the administration of users."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from swarmscope.model.access import LOCAL, Role
from swarmscope.serve.routes import users
from swarmscope.serve.throttle import FREE, Throttle
from tests.serve.routes.conftest import Api

PASSWORD = "correct horse battery"
OWN = {"origin": "http://localhost"}


@pytest.fixture
def people(api: Api, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """A viewer, an admin, and an admin of another tenant; nobody has tried to log in yet."""
    monkeypatch.setattr(users, "_throttle", Throttle())
    book = api.state.catalog.users
    for name, role, tenant in (
        ("vera", Role.VIEWER, ""), ("ann", Role.ADMIN, ""), ("oscar", Role.ADMIN, "other")
    ):  # fmt: skip
        book.add(LOCAL, name, PASSWORD, role, tenant)
    yield api
    for user in book.listed(LOCAL):
        book.remove(LOCAL, user.name)


def browser(api: Api, name: str = "", password: str = PASSWORD, base: str = "http://localhost") -> TestClient:
    """A browser of its own, logged in as `name`."""
    client = TestClient(api.client.app, base_url=base, raise_server_exceptions=False)
    if name:
        answer = client.post("/api/v1/login", json={"name": name, "password": password}, headers={"origin": base})
        assert answer.status_code == 200, answer.text
    return client


def test_a_login_is_a_cookie_that_scripts_cannot_read(people: Api) -> None:
    client = browser(people)
    answer = client.post("/api/v1/login", json={"name": "Vera", "password": PASSWORD}, headers=OWN)
    assert (answer.json()["name"], answer.json()["role"]) == ("vera", "viewer")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie and "path=/" in cookie and "secure" not in cookie
    me = client.get("/api/v1/me").json()
    assert (me["user"], me["role"], me["tenant"], me["key_id"]) == ("vera", "viewer", "default", "")


def test_a_refused_body_is_told_without_its_password(people: Api) -> None:
    for body in ({"password": "hunter2 " * 9}, {"name": "vera", "password": "hunter2 " * 900}):
        answer = browser(people).post("/api/v1/login", json=body, headers=OWN)
        assert answer.status_code in (401, 422) and "hunter2" not in answer.text
    missing = browser(people).post("/api/v1/login", json={"password": "hunter2"}, headers=OWN).json()["faults"][0]
    assert (missing["where"], missing["value"]) == ("body.name", "{'password': '[secret]'}")


def test_over_tls_the_cookie_never_travels_in_clear(people: Api) -> None:
    client = browser(people, base="https://localhost")
    body = {"name": "vera", "password": PASSWORD}
    answer = client.post("/api/v1/login", json=body, headers={"origin": "https://localhost"})
    assert "secure" in answer.headers["set-cookie"].lower()


def test_a_role_counts_as_that_of_a_key(people: Api) -> None:
    viewer, admin = browser(people, "vera"), browser(people, "ann")
    assert viewer.get("/api/v1/traces").status_code == 200
    refused = viewer.get("/api/v1/keys")
    assert refused.status_code == 403 and "user vera has viewer" in refused.json()["detail"]
    made = admin.post("/api/v1/keys", json={"name": "k", "role": "viewer"}, headers=OWN)
    assert made.status_code == 201
    newest = admin.get("/api/v1/audit").json()["items"][0]
    assert (newest["action"], newest["user"], newest["key_id"]) == ("key.create", "ann", "")


def test_a_key_in_a_header_comes_before_the_cookie(people: Api) -> None:
    client = browser(people, "vera")
    headers = {"authorization": f"Bearer {people.keys['other', Role.ADMIN]}"}
    assert client.get("/api/v1/me", headers=headers).json()["tenant"] == "other"


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example.org"},
        {"origin": "http://localhost.evil.example.org"},
        {"origin": "http://localhost:9999"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {},
    ],
)
def test_another_sites_page_cannot_use_a_login(people: Api, headers: dict[str, str]) -> None:
    client = browser(people, "ann")
    answer = client.post("/api/v1/keys", json={"name": "stolen", "role": "admin"}, headers=headers)
    assert answer.status_code == 403 and "own pages" in answer.json()["detail"]
    assert client.post("/api/v1/logout", headers=headers).status_code == 403
    if "origin" in headers:
        assert client.get("/api/v1/me", headers=headers).status_code == 403


@pytest.mark.parametrize("headers", [{"origin": "https://evil.example.org"}, {"sec-fetch-site": "cross-site"}])
def test_another_sites_page_cannot_log_somebody_in(people: Api, headers: dict[str, str]) -> None:
    body = {"name": "ann", "password": PASSWORD}
    assert browser(people).post("/api/v1/login", json=body, headers=headers).status_code == 403


def test_a_browser_that_names_its_site_only_is_enough(people: Api) -> None:
    client = browser(people, "ann")
    made = client.post("/api/v1/keys", json={"name": "k", "role": "viewer"}, headers={"sec-fetch-site": "same-origin"})
    assert made.status_code == 201


def test_logging_out_takes_the_cookie_back(people: Api) -> None:
    client = browser(people, "vera")
    token = client.cookies[people.state.authenticator.cookie]
    assert client.post("/api/v1/logout", headers=OWN).status_code == 204
    assert people.state.authenticator.cookie not in client.cookies
    client.cookies.set(people.state.authenticator.cookie, token)
    refused = client.get("/api/v1/me")
    assert refused.status_code == 401 and "log in again" in refused.json()["detail"]
    assert browser(people).post("/api/v1/logout").status_code == 204


def test_guessing_is_slowed_down(people: Api) -> None:
    client = browser(people)
    for _ in range(FREE["name"]):
        answer = client.post("/api/v1/login", json={"name": "vera", "password": "guess"}, headers=OWN)
        assert answer.status_code == 401
    answer = client.post("/api/v1/login", json={"name": "vera", "password": PASSWORD}, headers=OWN)
    assert answer.status_code == 429 and int(answer.headers["retry-after"]) >= 1
    assert browser(people, "ann").get("/api/v1/me").status_code == 200


def test_own_password_is_changed_with_the_current_one(people: Api) -> None:
    client = browser(people, "vera")
    wrong = client.put("/api/v1/me/password", json={"current": "x", "new": "another password"}, headers=OWN)
    assert wrong.status_code == 403
    weak = client.put("/api/v1/me/password", json={"current": PASSWORD, "new": "short"}, headers=OWN)
    assert weak.status_code == 400
    done = client.put("/api/v1/me/password", json={"current": PASSWORD, "new": "another password"}, headers=OWN)
    assert done.status_code == 204
    assert client.get("/api/v1/me").status_code == 401
    browser(people, "vera", "another password")
    key = people.call("PUT", "/api/v1/me/password", json={"current": "x", "new": "another password"})
    assert key.status_code == 400


def test_users_are_made_changed_and_removed_by_admins(people: Api) -> None:
    new = {"name": "Bob", "password": PASSWORD, "role": "viewer"}
    assert people.call("POST", "/api/v1/users", role=Role.EDITOR, json=new).status_code == 403
    made = people.call("POST", "/api/v1/users", json=new)
    assert (made.status_code, made.json()["name"], made.json()["tenant"]) == (201, "bob", "default")
    assert "password" not in made.text
    assert people.call("POST", "/api/v1/users", json=new).status_code == 400
    bob = browser(people, "bob")
    changed = people.call("PATCH", "/api/v1/users/bob", json={"role": "editor"})
    assert changed.json()["role"] == "editor" and bob.get("/api/v1/me").json()["role"] == "editor"
    assert people.call("PATCH", "/api/v1/users/bob", json={"disabled": True}).json()["disabled_at_s"] > 0
    assert bob.get("/api/v1/me").status_code == 401
    assert people.call("DELETE", "/api/v1/users/bob").status_code == 204
    assert people.call("DELETE", "/api/v1/users/bob").status_code == 404
    actions = [c["action"] for c in people.get("/api/v1/audit", role=Role.ADMIN).json()["items"][:5]]
    assert actions == ["user.remove", "user.change", "user.change", "login", "user.add"]


def test_admins_see_the_users_of_their_tenant(people: Api) -> None:
    def names(tenant: str) -> list[str]:
        return [u["name"] for u in people.get("/api/v1/users", tenant, Role.ADMIN).json()["items"]]

    assert names("other") == ["oscar"]
    assert names("default") == ["ann", "oscar", "vera"]
    assert people.call("DELETE", "/api/v1/users/vera", "other").status_code == 404
    for role in (Role.VIEWER, Role.EDITOR, Role.INGEST):
        assert people.get("/api/v1/users", role=role).status_code == 403


def test_how_to_enter_is_told_to_everyone(people: Api) -> None:
    assert browser(people).get("/api/v1/login").json() == {"password": True, "key_demanded": True}


def test_live_data_comes_to_who_is_logged_in_and_to_no_other_site(people: Api) -> None:
    client = browser(people, "vera")
    with client.websocket_connect("ws://localhost/ws", headers=OWN) as socket:
        socket.send_json({"op": "ping"})
        assert socket.receive_json()["type"] == "pong"
    with client.websocket_connect("ws://localhost/ws", headers={"origin": "https://evil.example.org"}) as socket:
        assert socket.receive_json()["data"]["status"] == 403
