"""The catalog on a real PostgreSQL: several programs at once, a server that goes and comes back, texts it does not hold."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import socket
import threading
import time
from collections.abc import Callable
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier

import pytest
import sqlalchemy as sa

from swarmscope.catalog import database
from swarmscope.catalog.catalog import Catalog
from swarmscope.errors import AuthError, ConfigError, InputError, StoreAwayError
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
    known = catalog.tenants()
    road.cut()
    assert catalog.tenants() == known == ["default"], "what looks at the fleets goes on"
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


def test_a_user_who_may_not_make_tables_is_told_so(url: str) -> None:
    owner = sa.create_engine(url)
    with owner.begin() as db:
        for statement in (
            "drop role if exists guest",
            "create role guest login",
            "grant usage on schema public to guest",
        ):
            db.execute(sa.text(statement))
    guest = sa.make_url(url).set(username="guest").render_as_string()
    with pytest.raises(ConfigError, match="permission denied for schema public; give the user of storage.catalog_url"):
        Catalog(guest)
    Catalog(url).close()
    with pytest.raises(ConfigError, match="permission denied for table"):
        Catalog(guest)
    owner.dispose()


def test_a_program_that_stops_in_the_midst_of_a_change_holds_nobody_up_for_long(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "LOCK_WAIT_S", 0.1)
    monkeypatch.setattr(database, "IDLE_S", 1.0)
    catalog, hanging = Catalog(url), Catalog(url)
    catalog.put_setting(LOCAL, "a", "0")
    with pytest.raises(StoreAwayError), hanging._engine.begin() as db:
        db.execute(sa.text("update settings set value = '1'"))
        with pytest.raises(StoreAwayError, match="does not answer"):
            catalog.put_setting(LOCAL, "a", "2")
        end = time.monotonic() + 30
        while catalog.setting("default", "a") != "3":
            assert time.monotonic() < end
            with contextlib.suppress(StoreAwayError):
                catalog.put_setting(LOCAL, "a", "3")
        db.execute(sa.text("select 1"))
    assert catalog.setting("default", "a") == "3"
    for one in (catalog, hanging):
        one.close()


def test_an_upgrade_may_take_long_and_wait_for_long(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in ("LOCK_WAIT_S", "STATEMENT_S", "IDLE_S"):
        monkeypatch.setattr(database, limit, 0.05)
    engine = database.connect(url)
    with pytest.raises(StoreAwayError), engine.connect() as db:
        db.execute(sa.text("select pg_sleep(10)"))
    with database.alone(engine) as db:
        db.execute(sa.text("select pg_sleep(0.2)"))
        time.sleep(0.2)
        waiting = threading.Thread(target=lambda: waited.append(_alone(url)))
        waited: list[int] = []
        waiting.start()
        time.sleep(0.2)
        assert not waited
        db.execute(sa.text("select 1"))
    waiting.join(30)
    assert waited == [1]
    engine.dispose()


def _alone(url: str) -> int:
    engine = database.connect(url)
    with database.alone(engine) as db:
        found = int(db.execute(sa.text("select 1")).scalar_one())
    engine.dispose()
    return found


def test_what_the_url_says_of_the_connection_goes_before_what_is_usual(url: str) -> None:
    for more, wanted in (("", "5"), ("?connect_timeout=3", "3")):
        engine = database.connect(url + more)
        with engine.connect() as db:
            info = db.connection.dbapi_connection.info.get_parameters()  # type: ignore[union-attr] # psycopg's
        assert (info["connect_timeout"], info["tcp_user_timeout"]) == (wanted, "25000")
        engine.dispose()


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
