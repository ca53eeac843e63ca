"""The catalog on a real PostgreSQL: several programs at once, a server that goes and comes back, texts it does not hold."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import socket
import threading
from collections.abc import Callable
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier

import pytest
import sqlalchemy as sa

from swarmscope.catalog.catalog import Catalog
from swarmscope.errors import AuthError, InputError, StoreAwayError
from swarmscope.model.access import LOCAL, Principal, Role
from swarmscope.model.verdict import Verdict
from tests.support.passwords import quick_hashes
from tests.support.postgres import PostgreSQL

PASSWORD = "correct horse battery"


class Road:
    """A port that leads to the database until it is cut."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._listener: socket.socket | None = None
        self._pairs: list[socket.socket] = []
        self.port = 0

    def open(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def cut(self) -> None:
        assert self._listener is not None
        for end in (self._listener, *self._pairs):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._pairs.clear()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                ours, _ = listener.accept()
                theirs = socket.create_connection(self._target)
                self._pairs += [ours, theirs]
                for pair in ((ours, theirs), (theirs, ours)):
                    threading.Thread(target=self._carry, args=pair, daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                target.sendall(data)


@pytest.fixture
def url(postgresql: PostgreSQL) -> str:
    return postgresql.empty()


def test_everything_that_the_catalog_keeps_it_gives_back(url: str) -> None:
    first = Catalog(url)
    quick_hashes(first)
    key, secret = first.create_key(LOCAL, Role.EDITOR, "me", tenant="blue")
    first.users.add(LOCAL, "ada", PASSWORD, Role.ADMIN)
    _, token = first.users.login("ada", PASSWORD)
    for value in ("1", "2"):
        first.put_setting(LOCAL, "view.a", value)
    first.put_setting(LOCAL, "view_b", "no prefix")
    was = (first.install_id, first.tenant_secret("t"))
    first.close()
    again = Catalog(url)
    assert (again.install_id, again.tenant_secret("t")) == was
    assert again.authenticate(secret) == Principal("blue", Role.EDITOR, key.id)
    assert again.users.authenticate(token) == Principal("default", Role.ADMIN, user="ada")
    assert again.settings("default", "view.") == {"view.a": "2"}
    assert [row["action"] for row in again.audit_log("default")][:2] == ["setting.put", "setting.put"]
    again.put_setting(LOCAL, "view.a", None)
    again.revoke_key(Principal("blue", Role.ADMIN), key.id)
    with pytest.raises(AuthError, match="was revoked"):
        again.authenticate(secret)
    again.close()


def test_texts_that_it_does_not_hold_are_refused_with_the_reason(url: str) -> None:
    catalog = Catalog(url)
    quick_hashes(catalog)
    for name, value in (("a", "x\0y"), ("\ud800", "x"), ("a" * 200, "x")):
        with pytest.raises(InputError, match="cannot hold a text"):
            catalog.put_setting(LOCAL, name, value)
    with pytest.raises(AuthError, match="not known"):
        catalog.authenticate("swk_\0_x")
    with pytest.raises(AuthError, match="do not fit together"):
        catalog.users.login("a\0b", PASSWORD)
    catalog.put_setting(LOCAL, "a", "x")
    catalog.close()


def test_a_server_that_goes_and_comes_back_costs_only_the_calls_meanwhile(url: str) -> None:
    address = sa.make_url(url)
    road = Road(address.host or "127.0.0.1", address.port or 5432)
    road.open()
    ours = address.set(host="127.0.0.1", port=road.port).render_as_string(hide_password=False)
    catalog = Catalog(ours)
    _, secret = catalog.create_key(LOCAL, Role.VIEWER, "me")
    road.cut()
    calls: list[Callable[[], object]] = [
        lambda: catalog.authenticate(secret),
        lambda: catalog.tenant_secret("t"),
        lambda: catalog.put_setting(LOCAL, "a", "1"),
        lambda: Catalog(ours),
    ]
    for call in calls:
        with pytest.raises(StoreAwayError, match="does not answer") as away:
            call()
        assert away.value.retryable
        assert (str(road.port) in str(away.value)) is (call is calls[-1]), "only who starts it is told where it is"
    road.open()
    assert catalog.authenticate(secret).role is Role.VIEWER
    catalog.put_setting(LOCAL, "a", "1")
    assert catalog.setting("default", "a") == "1"
    with pytest.raises(StoreAwayError), catalog._engine.begin() as db:
        db.execute(sa.text("select 1"))
        road.cut()  # in the midst of a transaction
        db.execute(sa.text("select 1"))
    road.open()
    assert catalog.setting("default", "a") == "1"
    catalog.close()
    road.cut()


def _open(url: str, told: Queue[object], together: Barrier) -> None:
    together.wait()
    try:
        told.put(Catalog(url).install_id)
    except Exception as e:  # noqa: BLE001 – the test says which
        told.put(repr(e))


def _verdict(number: int) -> Verdict:
    return Verdict(finding=f"{number:032x}", verdict="true", subject="eve", kind="loop", signal="", detector="loops")


def _write(url: str, told: Queue[object], together: Barrier) -> None:
    catalog = Catalog(url)
    found: list[object] = []
    for number in range(20):
        together.wait()
        try:
            found.append(catalog.tenant_secret(f"t{number}"))
            catalog.put_setting(LOCAL, f"s{number}", str(os.getpid()))
            catalog.ensure_key(f"a configured secret {number}", Role.ADMIN, "auth.admin_key")
            catalog.verdicts.keep(LOCAL, _verdict(number))
        except Exception as e:  # noqa: BLE001 – the test says which
            found.append(repr(e))
    told.put(found)


@pytest.mark.parametrize("work", [_open, _write])
def test_two_programs_at_once_see_one_catalog(url: str, work: object) -> None:
    context = multiprocessing.get_context("spawn")
    if work is _write:
        Catalog(url).close()
    told, together = context.Queue(), context.Barrier(2)
    programs = [context.Process(target=work, args=(url, told, together)) for _ in range(2)]  # type: ignore[arg-type] # two alike
    for program in programs:
        program.start()
    first, second = (told.get(timeout=120) for _ in programs)
    for program in programs:
        program.join()
    assert first == second
    assert "Error" not in str(first)
