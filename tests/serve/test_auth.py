"""Who may call: keys off loopback, no foreign pages on it."""

from __future__ import annotations

import asyncio
import base64
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from swarmscope import config
from swarmscope.catalog.catalog import Catalog
from swarmscope.errors import AuthError, ConfigError, ForbiddenError
from swarmscope.model.access import LOCAL, Principal, Role
from swarmscope.serve.auth import Authenticator, demands_keys, is_loopback, principal_beside


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog(tmp_path / "c.db")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.8.8.8", "::1", "[::1]"])
def test_loopback_names_are_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "10.0.0.1", "example.org", "localhost.example.org", "", "127.0.0.1.example.org"]
)
def test_other_names_are_not(host: str) -> None:
    assert not is_loopback(host)


def settings(host: str, required: str) -> config.Config:
    return config.load(None, {}, {"server": {"host": host}, "auth": {"required": required}})


@pytest.mark.parametrize(
    ("host", "required", "demand"),
    [("127.0.0.1", "auto", False), ("0.0.0.0", "auto", True), ("127.0.0.1", "true", True), ("::1", "false", False)],
)
def test_keys_are_demanded_off_loopback(host: str, required: str, demand: bool) -> None:
    assert demands_keys(settings(host, required)) is demand


@pytest.mark.parametrize(("host", "required"), [("0.0.0.0", "false"), ("127.0.0.1", "maybe")])
def test_an_open_install_on_the_network_is_refused(host: str, required: str) -> None:
    with pytest.raises(ConfigError, match=r"auth\.required"):
        demands_keys(settings(host, required))


def test_given_loopback_when_called_without_a_key_then_it_is_the_local_admin(catalog: Catalog) -> None:
    assert Authenticator(catalog, False)({"host": "localhost:8080"}) == LOCAL
    assert Authenticator(catalog, False)({"host": "[::1]:8080", "origin": "http://127.0.0.1:5173"}) == LOCAL


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "rebound.example.org:8080"},
        {"host": "127.0.0.1:8080", "origin": "https://evil.example.org"},
        {"host": "127.0.0.1", "origin": "http://localhost.evil.example.org"},
        {"host": "127.0.0.1", "origin": "http://[::1"},
        {"host": "127.0.0.1", "origin": "null"},  # a sandboxed frame of any site; WebSockets know no CORS
    ],
)
def test_given_loopback_when_a_foreign_page_calls_then_it_is_forbidden(
    catalog: Catalog, headers: dict[str, str]
) -> None:
    with pytest.raises(ForbiddenError):
        Authenticator(catalog, False)(headers)


def test_given_a_demand_when_called_without_a_key_then_the_error_says_how(catalog: Catalog) -> None:
    with pytest.raises(AuthError, match="Authorization: Bearer"):
        Authenticator(catalog, True)({"host": "localhost"})


def test_every_way_to_send_a_key_works(catalog: Catalog) -> None:
    _, secret = catalog.create_key(LOCAL, Role.VIEWER, "me", tenant="blue")
    check = Authenticator(catalog, True)
    pair = base64.b64encode(f"user:{secret}".encode()).decode()
    for said in (f"Bearer {secret}", f"Basic {pair}", f"Token {secret}", f"ApiKey {pair}", f"ApiKey {secret}"):
        assert check({"authorization": said}).tenant == "blue"
    assert check({"x-api-key": secret}).tenant == "blue"


OTHERS = ["Basic " + base64.b64encode(b"root:root").decode(), "Token of-an-influxdb", "ApiKey aWQ6c2VjcmV0"]


@pytest.mark.parametrize("value", OTHERS)
def test_given_no_demand_when_a_client_sends_a_password_of_another_system_then_it_is_not_looked_at(
    catalog: Catalog, value: str
) -> None:
    assert Authenticator(catalog, False)({"host": "localhost", "authorization": value}) == LOCAL
    with pytest.raises(ForbiddenError):
        Authenticator(catalog, False)({"host": "evil.example.org", "authorization": value})
    with pytest.raises(AuthError, match="not known"):
        Authenticator(catalog, True)({"host": "localhost", "authorization": value})


@pytest.mark.parametrize("scheme", ["Token", "ApiKey", "Bearer"])
def test_given_no_demand_when_a_key_of_ours_does_not_hold_then_it_is_refused(catalog: Catalog, scheme: str) -> None:
    with pytest.raises(AuthError, match="not known"):
        Authenticator(catalog, False)({"host": "localhost", "authorization": f"{scheme} swk_{'0' * 12}_x"})


@pytest.mark.parametrize(
    "value", ["Basic !!!", "Basic \u00e9", "Basic " + base64.b64encode(b"\xff\xfe").decode(), "Bearer nonsense"]
)
def test_given_a_malformed_credential_then_it_is_refused_even_where_none_is_demanded(
    catalog: Catalog, value: str
) -> None:
    with pytest.raises(AuthError):
        Authenticator(catalog, False)({"host": "localhost", "authorization": value})


async def test_given_a_database_that_hangs_when_a_key_is_looked_up_then_the_loop_goes_on(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, secret = catalog.create_key(LOCAL, Role.INGEST, "agents")
    asked, answered, plain = threading.Event(), threading.Event(), catalog.authenticate

    def slowly(given: str) -> Principal:
        asked.set()
        assert answered.wait(20)
        return plain(given)

    state = SimpleNamespace(authenticator=Authenticator(catalog, demand=True))
    connection: Any = SimpleNamespace(
        app=SimpleNamespace(state=state), headers={"x-api-key": secret}, scope={"method": "POST"}
    )
    with monkeypatch.context() as hanging:
        hanging.setattr(catalog, "authenticate", slowly)
        waiting = asyncio.create_task(principal_beside(connection))
        assert await asyncio.to_thread(asked.wait, 20)
        answered.set()
        assert (await waiting).key_id == key.id
    monkeypatch.setattr(asyncio, "to_thread", None)
    assert (await principal_beside(connection)).key_id == key.id, "who is known is told at once"
    connection.headers = {"authorization": "Basic ???"}
    with pytest.raises(AuthError, match="no base64|not base64"):
        await principal_beside(connection)
