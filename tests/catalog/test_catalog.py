"""Keys, tenants, settings and the audit log."""

from __future__ import annotations

import contextlib
import itertools
import re
import shutil
import sqlite3
import stat
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from swarmscope.catalog import catalog as catalog_module
from swarmscope.catalog import database
from swarmscope.catalog.catalog import CACHE_S, Catalog
from swarmscope.catalog.tables import METADATA
from swarmscope.errors import (
    AuthError,
    ConfigError,
    ForbiddenError,
    InputError,
    NotFoundError,
    OverloadError,
    SchemaError,
    StoreAwayError,
)
from swarmscope.model.access import LOCAL, Principal, Role


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def everything_in(url: str) -> bytes:
    """What the database keeps: of SQLite its files, of PostgreSQL all rows."""
    engine = sa.create_engine(url)
    if engine.dialect.name == "sqlite":
        return b"".join(p.read_bytes() for p in Path(str(engine.url.database)).parent.iterdir())
    with engine.connect() as db:
        rows = [repr(row).encode() for table in METADATA.sorted_tables for row in db.execute(sa.select(table))]
    engine.dispose()
    return b"\n".join(rows)


@pytest.fixture
def catalog(url: str, clock: Clock) -> Iterator[Catalog]:
    made = Catalog(url, clock)
    yield made
    made.close()


def test_given_a_new_key_when_used_then_it_names_tenant_and_role(catalog: Catalog) -> None:
    key, secret = catalog.create_key(LOCAL, Role.INGEST, "agents", tenant="blue")
    assert catalog.authenticate(secret) == Principal("blue", Role.INGEST, key.id)


def test_given_a_database_when_searched_then_no_secret_lies_in_it(catalog: Catalog, url: str) -> None:
    _, secret = catalog.create_key(LOCAL, Role.ADMIN, "me")
    catalog.close()
    raw = everything_in(url)
    assert b"key.create" in raw
    assert secret.encode() not in raw
    assert secret.split("_", 2)[2].encode() not in raw


@pytest.mark.parametrize("secret", ["", "x", "swk_", "swk_aaaaaaaaaaaa_wrong", "swk__", "ü" * 5000])
def test_given_a_wrong_secret_when_used_then_it_is_refused(catalog: Catalog, secret: str) -> None:
    with pytest.raises(AuthError, match="not known"):
        catalog.authenticate(secret)


def test_given_a_right_id_with_a_wrong_secret_when_used_then_it_is_refused(catalog: Catalog) -> None:
    key, _ = catalog.create_key(LOCAL, Role.VIEWER, "me")
    with pytest.raises(AuthError, match="not known"):
        catalog.authenticate(f"swk_{key.id}_guess")


def test_given_a_revoked_key_when_used_then_it_is_refused_at_once(catalog: Catalog) -> None:
    key, secret = catalog.create_key(LOCAL, Role.VIEWER, "me")
    catalog.authenticate(secret)
    catalog.revoke_key(LOCAL, key.id)
    with pytest.raises(AuthError, match="was revoked"):
        catalog.authenticate(secret)


def test_given_an_expired_key_when_used_then_it_is_refused(catalog: Catalog, clock: Clock) -> None:
    _, secret = catalog.create_key(LOCAL, Role.VIEWER, "me", expires_at_s=clock.now + 60)
    catalog.authenticate(secret)
    clock.now += 61 + CACHE_S
    with pytest.raises(AuthError, match="has expired"):
        catalog.authenticate(secret)


def test_given_another_tenants_key_when_revoked_then_it_is_not_found(catalog: Catalog) -> None:
    key, _ = catalog.create_key(LOCAL, Role.VIEWER, "me", tenant="blue")
    with pytest.raises(NotFoundError, match=key.id):
        catalog.revoke_key(Principal("red", Role.ADMIN), key.id)


def test_given_an_admin_of_one_tenant_when_making_a_key_for_another_then_it_is_forbidden(catalog: Catalog) -> None:
    with pytest.raises(ForbiddenError, match="'red' for 'blue'"):
        catalog.create_key(Principal("red", Role.ADMIN), Role.ADMIN, "me", tenant="blue")


def test_given_a_bad_name_or_expiry_when_making_a_key_then_the_error_says_so(catalog: Catalog, clock: Clock) -> None:
    with pytest.raises(InputError, match="1 to 256"):
        catalog.create_key(LOCAL, Role.VIEWER, "")
    with pytest.raises(InputError, match="in the past"):
        catalog.create_key(LOCAL, Role.VIEWER, "me", expires_at_s=clock.now - 1)


def test_given_a_configured_key_when_ensured_twice_then_it_works_and_exists_once(catalog: Catalog) -> None:
    for _ in range(2):
        catalog.ensure_key("a-configured-secret-of-length", Role.ADMIN, "auth.admin_key")
    assert catalog.authenticate("a-configured-secret-of-length").role is Role.ADMIN
    assert len(catalog.keys("default")) == 1
    with pytest.raises(InputError, match="at least 16"):
        catalog.ensure_key("short", Role.ADMIN, "auth.admin_key")


def test_given_a_restart_when_opened_again_then_everything_is_there(url: str) -> None:
    first = Catalog(url)
    _, secret = first.create_key(LOCAL, Role.EDITOR, "me")
    first.put_setting(LOCAL, "prices", "{}")
    was = (first.install_id, first.tenant_secret("t"))
    first.close()
    again = Catalog(url)
    assert (again.install_id, again.tenant_secret("t")) == was
    assert again.authenticate(secret).role is Role.EDITOR
    assert again.setting("default", "prices") == "{}"
    again.close()


def test_given_a_tenant_whose_secret_the_database_is_long_in_giving_then_others_are_let_in(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, secret = catalog.create_key(LOCAL, Role.VIEWER, "me")
    asked, answered, plain = threading.Event(), threading.Event(), catalog_module.insert_once

    def slowly(*args: Any) -> Any:
        asked.set()
        assert answered.wait(20)
        return plain(*args)

    monkeypatch.setattr(catalog_module, "insert_once", slowly)
    with ThreadPoolExecutor(2) as people:
        waiting = people.submit(catalog.tenant_secret, "t")
        assert asked.wait(20)
        try:
            assert people.submit(catalog.authenticate, secret).result(10).role is Role.VIEWER
        finally:
            answered.set()
        assert waiting.result(20) == catalog.tenant_secret("t")


def test_given_two_tenants_when_one_stores_a_setting_then_the_other_does_not_see_it(catalog: Catalog) -> None:
    catalog.put_setting(Principal("red", Role.ADMIN), "view.a", "1")
    assert catalog.settings("red", "view.") == {"view.a": "1"}
    assert catalog.settings("blue", "view.") == {}
    catalog.put_setting(Principal("red", Role.ADMIN), "view.a", None)
    assert catalog.setting("red", "view.a") is None


def test_given_many_who_change_one_setting_at_once_then_no_change_is_lost(catalog: Catalog) -> None:
    def add() -> None:
        for _ in range(10):
            catalog.change_setting(LOCAL, "sum", lambda stored: str(int(stored or 0) + 1))

    with ThreadPoolExecutor(3) as people:
        for done in [people.submit(add) for _ in range(3)]:
            done.result()
    assert catalog.setting("default", "sum") == "30"
    assert len(catalog.audit_log("default")) == 30


def test_given_a_setting_when_another_puts_or_removes_it_meanwhile_then_the_change_is_made_of_that(
    catalog: Catalog,
) -> None:
    seen: list[str | None] = []
    others = iter(["1", None, "2", "2"])

    def change(stored: str | None) -> str:
        seen.append(stored)
        if (other := next(others, "none")) != "none":
            catalog.put_setting(Principal("default", Role.ADMIN, user="eve"), "a", other)
        return "mine"

    catalog.change_setting(LOCAL, "a", change)
    assert seen == [None, "1", None, "2"], "the same again is no change"
    assert catalog.setting("default", "a") == "mine"
    last = catalog.last_change("default", "a")
    assert last is not None and last["user"] == ""
    assert catalog.last_change("other", "a") is None


def test_given_a_setting_that_others_change_each_time_then_the_change_is_told_to_come_again(catalog: Catalog) -> None:
    numbers = itertools.count()

    def change(_stored: str | None) -> str:
        catalog.put_setting(LOCAL, "a", str(next(numbers)))
        return "mine"

    with pytest.raises(OverloadError, match="changed by others all the time"):
        catalog.change_setting(LOCAL, "a", change)


def test_given_changes_when_the_audit_log_is_read_then_each_stands_there_without_secrets(catalog: Catalog) -> None:
    key, secret = catalog.create_key(LOCAL, Role.VIEWER, "me")
    catalog.revoke_key(LOCAL, key.id)
    rows = catalog.audit_log("default")
    assert [r["action"] for r in rows] == ["key.revoke", "key.create"]
    assert secret not in str(rows)


def test_given_a_changed_setting_when_the_audit_log_is_read_then_it_says_what_was_changed(catalog: Catalog) -> None:
    catalog.put_setting(LOCAL, "retention", '{"spans_days": 3, "logs_days": 7}')
    catalog.put_setting(LOCAL, "retention", '{"spans_days": 5, "logs_days": 7}')
    catalog.put_setting(LOCAL, "prices", '{"prices": [{"model": "m", "input_usd": 3.0}]}')
    catalog.put_setting(LOCAL, "prices", None)
    catalog.put_setting(LOCAL, "v", f'{{"list": {list(range(40))}}}')
    catalog.put_setting(LOCAL, "plain", "x" * 100)
    told = [str(r["detail"]) for r in reversed(catalog.audit_log("default"))]
    assert told[:4] == [
        "logs_days – → 7, spans_days – → 3",
        "spans_days 3 → 5",
        "prices.m.input_usd – → 3.0, prices.m.model – → m",
        "prices.m.input_usd 3.0 → –, prices.m.model m → –",
    ]
    assert told[4].endswith(", 28 more") and told[5] == "– → " + "x" * 59 + "…"


def test_given_a_newer_catalog_when_opened_then_it_is_refused(catalog: Catalog, url: str) -> None:
    with catalog._engine.begin() as db:
        db.execute(sa.text("update alembic_version set version_num='9999'"))
    with pytest.raises(
        SchemaError, match=rf"revision 9999 and is newer than this program, which knows {database.REVISION}"
    ):
        Catalog(url)


def test_given_a_database_when_examined_then_its_revision_is_told_and_nothing_is_made(url: str, tmp_path: Path) -> None:
    kind = "PostgreSQL" if url.startswith("postgresql") else "SQLite"
    assert database.examine(url) == (kind, "")
    assert database.examine(tmp_path / "none" / "c.db") == ("SQLite", "")
    assert list(tmp_path.iterdir()) == []
    Catalog(url).close()
    assert database.examine(url) == (kind, database.REVISION)


@pytest.mark.parametrize("named", [lambda file: file, lambda file: f"sqlite:///{file}"])
def test_given_a_new_file_when_made_then_only_its_owner_reads_it(tmp_path: Path, named: Any) -> None:
    Catalog(named(tmp_path / "c.db")).close()
    assert stat.S_IMODE((tmp_path / "c.db").stat().st_mode) & 0o077 == 0


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (Role.INGEST, {Role.INGEST}),
        (Role.VIEWER, {Role.VIEWER}),
        (Role.EDITOR, {Role.INGEST, Role.VIEWER, Role.EDITOR}),
        (Role.ADMIN, set(Role)),
    ],
)
def test_given_a_role_when_asked_then_it_allows_just_these(role: Role, allowed: set[Role]) -> None:
    assert {r for r in Role if role.allows(r)} == allowed


def test_the_tables_are_as_the_migrations_make_them(catalog: Catalog) -> None:
    with catalog._engine.connect() as db:
        assert compare_metadata(MigrationContext.configure(db), METADATA) == []


MIGRATIONS = sorted((Path(catalog_module.__file__).parent / "migrations" / "versions").glob("*.py"))


def test_the_newest_migration_is_the_one_that_a_start_looks_for() -> None:
    assert MIGRATIONS[-1].name.partition("_")[0] == database.REVISION


def test_what_a_migration_does_changes_with_no_other_code() -> None:
    assert [file.name for file in MIGRATIONS if "swarmscope" in file.read_text(encoding="utf-8")] == []


def test_given_a_first_start_that_broke_off_when_opened_again_then_it_is_made_whole(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alembic import op

    def broken(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(op, "create_index", broken)
        Catalog(url)
    whole = Catalog(url)
    assert whole.tenant_secret("t")
    whole.close()


def test_given_a_folder_with_signs_of_urls_in_its_name_then_the_catalog_lies_in_it(tmp_path: Path) -> None:
    place = tmp_path / "a?b=c%20#d" / "c.db"
    Catalog(place).close()
    assert place.stat().st_size > 0
    assert [p.name for p in tmp_path.iterdir()] == ["a?b=c%20#d"]


@pytest.mark.parametrize("url", ["nonsense", "postgres://ada:s3cret@h/d", "postgresql+nosuch://ada:s3cret@h/d"])
def test_given_a_url_that_cannot_be_used_then_the_setting_is_named_and_no_password_told(url: str) -> None:
    with pytest.raises(ConfigError, match=r"storage.catalog_url cannot be used.*postgresql\+psycopg://") as refused:
        Catalog(url)
    assert "s3cret" not in str(refused.value)


def test_given_a_full_disk_when_opened_then_that_is_told_and_not_the_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "catalog.db").mkdir()  # opens no better than on a full disk
    with pytest.raises(StoreAwayError, match="see storage.catalog_url"):
        Catalog(tmp_path / "catalog.db")
    full = shutil.disk_usage(tmp_path)._replace(free=4096)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    with pytest.raises(StoreAwayError, match=f"the disk of {re.escape(str(tmp_path))} is full: make room"):
        Catalog(tmp_path / "catalog.db")


def test_given_a_file_that_another_holds_then_a_retry_is_said_to_help(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path / "catalog.db")
    _, secret = catalog.create_key(LOCAL, Role.VIEWER, "me")
    with catalog._engine.connect() as db:
        db.exec_driver_sql("PRAGMA busy_timeout=1")
    other = sqlite3.connect(tmp_path / "catalog.db")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreAwayError, match="does not answer; the log says why") as away:
        catalog.put_setting(LOCAL, "a", "1")
    assert away.value.retryable and away.value.status == 503
    other.rollback()
    other.close()
    catalog.put_setting(LOCAL, "a", "1")
    assert catalog.authenticate(secret).role is Role.VIEWER
    catalog.close()


def test_given_calls_that_hold_all_connections_then_the_next_is_told_to_come_again(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "POOL_WAIT_S", 0.01)
    catalog = Catalog(url)
    with contextlib.ExitStack() as busy:
        for _ in range(15):
            busy.enter_context(catalog._engine.connect())
        with pytest.raises(OverloadError, match="have been busy") as refused:
            catalog.setting("default", "a")
    assert refused.value.retryable
    assert catalog.setting("default", "a") is None
    catalog.close()


def test_given_a_text_that_no_database_holds_then_the_call_is_refused(catalog: Catalog) -> None:
    with pytest.raises(InputError, match="half a surrogate pair"):
        catalog.setting("default", "\ud800")


def test_given_a_key_that_is_revoked_while_it_is_looked_up_then_it_is_refused_at_once(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, secret = catalog.create_key(LOCAL, Role.VIEWER, "me")

    def meanwhile(*args: Any) -> Principal:
        catalog.revoke_key(LOCAL, key.id)
        return Principal(*args)

    with monkeypatch.context() as patched:
        patched.setattr("swarmscope.catalog.catalog.Principal", meanwhile)
        catalog.authenticate(secret)
    with pytest.raises(AuthError, match="was revoked"):
        catalog.authenticate(secret)
