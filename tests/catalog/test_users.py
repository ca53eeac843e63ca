"""Users: passwords that are never kept, logins that end when they should, rights over others."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import stat
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from swarmscope.catalog import users as module
from swarmscope.catalog.catalog import Catalog
from swarmscope.catalog.database import REVISION
from swarmscope.catalog.tables import LOGINS
from swarmscope.errors import AuthError, ForbiddenError, InputError, NotFoundError, OverloadError
from swarmscope.model.access import LOCAL, Principal, Role
from tests.support.passwords import quick_hashes

PASSWORD = "correct horse battery"


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def catalog(url: str, clock: Clock) -> Iterator[Catalog]:
    made = Catalog(url, clock)
    quick_hashes(made)
    made.users.add(LOCAL, "Ada@Example.org", PASSWORD, Role.EDITOR, "blue")
    yield made
    made.close()


def test_given_a_login_when_its_token_is_used_then_it_names_tenant_role_and_user(catalog: Catalog) -> None:
    user, token = catalog.users.login(" ADA@example.org", PASSWORD)
    assert catalog.users.authenticate(token) == Principal("blue", Role.EDITOR, user="ada@example.org")
    assert user.name == "ada@example.org"


def test_given_a_database_when_searched_then_neither_password_nor_token_lies_in_it(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path / "catalog.db")  # with hashes as costly as in earnest
    catalog.users.add(LOCAL, "ada@example.org", PASSWORD, Role.EDITOR, "blue")
    _, token = catalog.users.login("ada@example.org", PASSWORD)
    catalog.close()
    raw = b"".join(p.read_bytes() for p in tmp_path.iterdir())
    assert PASSWORD.encode() not in raw and token.encode() not in raw
    cost = re.search(rb"\$argon2id\$v=19\$m=(\d+),t=(\d+)", raw)
    assert cost is not None and int(cost[1]) >= 19 << 10 and int(cost[2]) >= 2  # what OWASP asks for at least


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("ada@example.org", "wrong"),
        ("nobody", PASSWORD),
        ("", ""),
        ("ada@example.org", "x" * 5000),
        ("x" * 500, "y"),
        ("a\0b", "y"),
        ("\ud800", "y"),
    ],
)
def test_given_a_wrong_name_or_password_then_the_error_does_not_tell_which(
    catalog: Catalog, name: str, password: str
) -> None:
    with pytest.raises(AuthError, match="do not fit together"):
        catalog.users.login(name, password)


def test_given_a_refused_login_then_the_audit_log_of_the_users_tenant_tells(catalog: Catalog) -> None:
    with pytest.raises(AuthError):
        catalog.users.login("ada@example.org", "wrong")
    (row,) = [r for r in catalog.audit_log("blue") if r["action"] == "login.refused"]
    assert (row["user"], row["subject"], row["key_id"]) == ("ada@example.org", "ada@example.org", "")


def ended(catalog: Catalog, token: str) -> bool:
    try:
        catalog.users.authenticate(token)
    except AuthError as e:
        assert "has ended" in str(e)
        return True
    return False


def test_a_login_ends_when_it_is_idle_or_old(catalog: Catalog, clock: Clock) -> None:
    _, idle = catalog.users.login("ada@example.org", PASSWORD)
    _, used = catalog.users.login("ada@example.org", PASSWORD)
    began = clock.now
    while clock.now - began < module.LONGEST_S - 86_400:
        clock.now += 86_400
        assert not ended(catalog, used)
    assert ended(catalog, idle)
    clock.now = began + module.LONGEST_S + 1
    assert ended(catalog, used)


def test_logging_out_ends_this_login_only(catalog: Catalog) -> None:
    (_, one), (_, two) = (catalog.users.login("ada@example.org", PASSWORD) for _ in range(2))
    catalog.users.authenticate(one)
    catalog.users.logout(one)
    catalog.users.logout(one)
    assert ended(catalog, one) and not ended(catalog, two)


@pytest.mark.parametrize("how", ["disable", "password", "remove"])
def test_disabling_removing_and_a_new_password_end_all_logins_at_once(catalog: Catalog, how: str) -> None:
    _, token = catalog.users.login("ada@example.org", PASSWORD)
    catalog.users.authenticate(token)
    if how == "remove":
        catalog.users.remove(LOCAL, "ada@example.org")
    elif how == "disable":
        catalog.users.change(LOCAL, "ada@example.org", disabled=True)
    else:
        catalog.users.change(LOCAL, "ada@example.org", password="another password")
    assert ended(catalog, token)
    with pytest.raises(AuthError):
        catalog.users.login("ada@example.org", PASSWORD)


def test_a_disabled_user_is_told_so_only_with_the_right_password(catalog: Catalog) -> None:
    catalog.users.change(LOCAL, "ada@example.org", disabled=True)
    with pytest.raises(AuthError, match="is disabled"):
        catalog.users.login("ada@example.org", PASSWORD)
    with pytest.raises(AuthError, match="do not fit"):
        catalog.users.login("ada@example.org", "wrong")
    catalog.users.change(LOCAL, "ada@example.org", disabled=False)
    assert catalog.users.login("ada@example.org", PASSWORD)[0].disabled_at_s == 0


def test_a_changed_role_counts_at_once(catalog: Catalog) -> None:
    _, token = catalog.users.login("ada@example.org", PASSWORD)
    catalog.users.authenticate(token)
    catalog.users.change(LOCAL, "ada@example.org", role=Role.VIEWER)
    assert catalog.users.authenticate(token).role is Role.VIEWER


def test_the_oldest_login_makes_room(catalog: Catalog, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOGINS_MAX", 2)
    tokens = []
    for _ in range(3):
        clock.now += 1
        tokens.append(catalog.users.login("ada@example.org", PASSWORD)[1])
    assert [ended(catalog, t) for t in tokens] == [True, False, False]


def test_own_password(catalog: Catalog) -> None:
    _, token = catalog.users.login("ada@example.org", PASSWORD)
    ada = catalog.users.authenticate(token)
    with pytest.raises(ForbiddenError, match="not right"):
        catalog.users.new_password(ada, "wrong", "another password")
    catalog.users.new_password(ada, PASSWORD, "another password")
    assert ended(catalog, token)
    assert catalog.users.login("ada@example.org", "another password")
    with pytest.raises(InputError, match="only a user"):
        catalog.users.new_password(LOCAL, "", "another password")


def test_nobody_shuts_themselves_out(catalog: Catalog) -> None:
    ada = Principal("blue", Role.ADMIN, user="ada@example.org")
    for deed in ({"role": Role.VIEWER}, {"disabled": True}):
        with pytest.raises(ForbiddenError, match="another admin"):
            catalog.users.change(ada, "ada@example.org", **deed)  # type: ignore[arg-type] # one of two keywords
    with pytest.raises(ForbiddenError, match="another admin"):
        catalog.users.remove(ada, "ada@example.org")


def test_another_tenants_users_are_not_seen(catalog: Catalog) -> None:
    red = Principal("red", Role.ADMIN, "key")
    assert catalog.users.listed(red) == []
    assert [u.name for u in catalog.users.listed(Principal("blue", Role.ADMIN))] == ["ada@example.org"]
    assert [u.name for u in catalog.users.listed(LOCAL)] == ["ada@example.org"]
    for deed in (lambda: catalog.users.change(red, "ada@example.org", disabled=True),
                 lambda: catalog.users.remove(red, "ada@example.org")):  # fmt: skip
        with pytest.raises(NotFoundError):
            deed()
    with pytest.raises(ForbiddenError, match="'red' for 'blue'"):
        catalog.users.add(red, "eve", PASSWORD, Role.VIEWER, "blue")


@pytest.mark.parametrize(
    ("name", "password", "role", "what"),
    [
        ("ada@example.org", PASSWORD, Role.VIEWER, "already"),
        ("", PASSWORD, Role.VIEWER, "user name"),
        ("-x", PASSWORD, Role.VIEWER, "user name"),
        ("a b", PASSWORD, Role.VIEWER, "user name"),
        ("x" * 129, PASSWORD, Role.VIEWER, "user name"),
        ("bob", "short", Role.VIEWER, "10 to 256"),
        ("bob", "x" * 257, Role.VIEWER, "10 to 256"),
        ("bob", "aaaaaaaaaaaa", Role.VIEWER, "repeats"),
        ("bobbobbob", "bobbobbob1", Role.VIEWER, "the name"),
        ("bob", PASSWORD, Role.INGEST, "keys of programs"),
    ],
)
def test_a_bad_user_is_refused_with_the_reason(
    catalog: Catalog, name: str, password: str, role: Role, what: str
) -> None:
    with pytest.raises(InputError, match=what):
        catalog.users.add(LOCAL, name, password, role)


def test_given_weaker_parameters_of_old_when_logging_in_then_the_hash_is_renewed(catalog: Catalog) -> None:
    from argon2 import PasswordHasher

    weak = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1).hash(PASSWORD)
    users = module.USERS
    with catalog._engine.begin() as db:
        db.execute(users.update().values(password_hash=weak))
    catalog.users.login("ada@example.org", PASSWORD)
    with catalog._engine.begin() as db:
        assert db.execute(sa.select(users.c.password_hash)).scalar_one() != weak


def test_given_many_who_log_in_at_once_then_some_are_told_to_try_again(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HASH_WAIT_S", 0.01)
    with catalog.users._turn(), catalog.users._turn(), pytest.raises(OverloadError, match="at once"):
        catalog.users.login("ada@example.org", PASSWORD)


def as_of_before_users(url: str) -> None:
    """Make a catalog as the first version left it, with one change in its audit log."""
    from alembic import command
    from alembic.config import Config

    engine = sa.create_engine(url)
    config = Config()
    config.set_main_option("script_location", str(Path(module.__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    with engine.begin() as db:
        insert = (
            "insert into audit (at_s, tenant, key_id, action, subject, detail) values (1, 'default', 'k', 'a', 's', '')"
        )
        db.execute(sa.text(insert))
    engine.dispose()


def test_a_catalog_of_before_is_brought_up_to_date(url: str) -> None:
    as_of_before_users(url)
    opened = Catalog(url)
    assert not opened.users.any()
    assert opened.audit_log("default")[0]["user"] == ""
    opened.close()


def test_a_file_is_copied_before_it_is_brought_up_to_date(tmp_path: Path) -> None:
    as_of_before_users(f"sqlite:///{tmp_path / 'c.db'}")
    Catalog(tmp_path / "c.db").close()
    (copy,) = (tmp_path / "snapshots").iterdir()
    assert copy.name.startswith(f"c.db-before-{REVISION}-") and stat.S_IMODE(copy.stat().st_mode) == 0o600
    with contextlib.closing(sqlite3.connect(copy)) as before:
        assert before.execute("select version_num from alembic_version").fetchall() == [("0001",)]
        assert before.execute("select subject from audit").fetchall() == [("s",)]
    Catalog(tmp_path / "c.db").close()
    assert list((tmp_path / "snapshots").iterdir()) == [copy], "one for an upgrade, not one for a start"


@pytest.mark.parametrize("change", [{"password": "another good one"}, {"disabled": True}])
def test_given_a_login_under_way_when_the_user_is_changed_then_no_login_is_issued(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]
) -> None:
    users, fits = catalog.users, catalog.users._fits

    def changed_meanwhile(password_hash: str, password: str) -> bool:
        judged = fits(password_hash, password)
        users.change(LOCAL, "ada@example.org", **change)
        return judged

    monkeypatch.setattr(users, "_fits", changed_meanwhile)
    with pytest.raises(AuthError, match="changed during this login"):
        users.login("ada@example.org", PASSWORD)
    with catalog._engine.connect() as db:
        assert db.execute(sa.select(LOGINS.c.user)).all() == []


def test_given_a_change_of_ones_password_when_an_admin_sets_another_meanwhile_then_the_admins_holds(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    users, fits = catalog.users, catalog.users._fits

    def reset_meanwhile(password_hash: str, password: str) -> bool:
        judged = fits(password_hash, password)
        users.change(LOCAL, "ada@example.org", password="set by an admin")
        return judged

    monkeypatch.setattr(users, "_fits", reset_meanwhile)
    ada = Principal("blue", Role.EDITOR, user="ada@example.org")
    with pytest.raises(ForbiddenError, match="meanwhile"):
        users.new_password(ada, PASSWORD, "mine, from the old one")
    monkeypatch.undo()
    assert users.login("ada@example.org", "set by an admin")


@pytest.mark.parametrize("deed", ["change", "remove"])
def test_given_a_user_who_is_seen_and_changed_at_the_same_moment_then_neither_waits_for_the_other_for_good(
    catalog: Catalog, clock: Clock, deed: str
) -> None:
    _, token = catalog.users.login("ada@example.org", PASSWORD)
    clock.now += module.SEEN_EVERY_S + module.CACHE_S + 1
    midst, wrote = threading.Barrier(2, timeout=1), threading.local()

    def in_the_midst(_db: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(("UPDATE", "DELETE")) and not getattr(wrote, "once", False):
            wrote.once = True
            with contextlib.suppress(threading.BrokenBarrierError):  # who waits for a row of the other's is right
                midst.wait()

    sa.event.listen(catalog._engine, "after_cursor_execute", in_the_midst)
    change = {"change": lambda: catalog.users.change(LOCAL, "ada@example.org", disabled=True),
              "remove": lambda: catalog.users.remove(LOCAL, "ada@example.org")}[deed]  # fmt: skip
    with ThreadPoolExecutor(2) as people:
        for done in [people.submit(change), people.submit(lambda: ended(catalog, token))]:
            done.result()
    assert ended(catalog, token)


def test_given_a_user_who_is_removed_while_the_login_is_looked_up_then_it_has_ended_at_once(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, token = catalog.users.login("ada@example.org", PASSWORD)

    def meanwhile(*args: Any, **more: Any) -> Principal:
        catalog.users.remove(LOCAL, "ada@example.org")
        return Principal(*args, **more)

    with monkeypatch.context() as patched:
        patched.setattr("swarmscope.catalog.users.Principal", meanwhile)
        catalog.users.authenticate(token)
    assert ended(catalog, token)
