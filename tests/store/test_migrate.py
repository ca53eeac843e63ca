"""Upgrades: forward only, once, after a drain and a snapshot; a newer or changed store is refused."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

import pytest

from swarmscope.config import Config, Retention, load
from swarmscope.errors import SchemaError, StoreAwayError, StoreError
from swarmscope.store import migrate, open_store, snapshot
from swarmscope.store.embedded import EmbeddedStore
from swarmscope.store.migrate import Migration, applied_versions, known_migrations
from swarmscope.store.retention import apply_ttl
from tests.support.rows import rows

ONE = Migration(
    1,
    "0001_one.sql",
    "-- first\nCREATE TABLE IF NOT EXISTS one {on_cluster} (a UInt8) "
    "ENGINE = {engine}MergeTree ORDER BY a SETTINGS {durable};\n",
)
TWO = Migration(2, "0002_two.sql", "ALTER TABLE one ADD COLUMN IF NOT EXISTS b UInt8;")
BROKEN = Migration(2, "0002_two.sql", f"{TWO.text}\nALTER TABLE gone ADD COLUMN IF NOT EXISTS b UInt8;")


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return load(environ={}, overrides={"storage": {"data_dir": str(tmp_path)}})


def test_versions_are_applied_once_and_in_order(config: Config) -> None:
    store = open_store(config)
    snapshots = config.data_dir / "snapshots"
    calls: list[str] = []
    assert migrate(store, lambda: calls.append("drain"), migrations=[ONE]) == 1
    assert (calls, snapshots.exists()) == ([], False)  # an empty store has nothing to lose
    for _ in range(2):
        assert migrate(store, lambda: calls.append("drain"), migrations=[ONE, TWO]) == 2
        assert (calls, len(list(snapshots.glob("before-0002-*")))) == (["drain"], 1)
    assert sorted(applied_versions(store)) == [1, 2]
    store.close()


def test_a_newer_store_and_a_changed_file_are_refused(config: Config) -> None:
    store = open_store(config)
    migrate(store, migrations=[ONE, TWO])
    with pytest.raises(SchemaError, match="has schema 2, this program knows 1"):
        migrate(store, migrations=[ONE])
    with pytest.raises(SchemaError, match="0002_two.sql is not the one"):
        migrate(store, migrations=[ONE, BROKEN])
    store.close()


def test_an_upgrade_that_broke_off_is_completed_by_the_next_start(config: Config) -> None:
    store = open_store(config)
    migrate(store, migrations=[ONE])
    with pytest.raises(SchemaError, match="0002_two.sql failed at: ALTER TABLE gone"):
        migrate(store, migrations=[ONE, BROKEN])
    assert migrate(store, migrations=[ONE, TWO]) == 2
    store.close()


def test_messages_of_a_store_with_large_granules_are_taken_over_as_they_are(config: Config) -> None:
    store = open_store(config)
    before = [m for m in known_migrations() if m.number < 13]
    migrate(store, migrations=before)
    apply_ttl(store, Retention())
    for seed in range(3):
        store.insert("messages", rows("messages", 3000, seed=seed, time_ns=time.time_ns()), f"t/{seed}")
    everything = "SELECT session, hash, text FROM messages ORDER BY session, hash, text"
    stored = store.query(everything)
    granules = "SELECT max(marks) AS n FROM system.parts WHERE active AND table = 'messages'"
    assert store.query(granules)["n"][0].as_py() < 4
    whole = next(m.text for m in known_migrations() if m.number == 13)
    broken = [*before, Migration(13, "0013.sql", whole + "\nALTER TABLE gone DROP COLUMN x;")]
    with pytest.raises(SchemaError, match="gone"):  # the tables have changed places by then
        migrate(store, migrations=broken)
    assert migrate(store) >= 13
    assert store.query(everything).equals(stored)
    store.insert("messages", rows("messages", 3000, seed=3), "t/3")
    store.command("OPTIMIZE TABLE messages FINAL")
    assert store.query(granules)["n"][0].as_py() > 8
    left = store.query("SELECT name FROM system.tables WHERE database = currentDatabase() AND name LIKE 'messages%'")
    assert left["name"].to_pylist() == ["messages"]
    assert apply_ttl(store, Retention()) == ["messages"]
    store.close()


def test_spans_of_a_store_with_names_of_agents_in_dictionaries_are_the_same_afterwards(config: Config) -> None:
    store = open_store(config)
    migrate(store, migrations=[m for m in known_migrations() if m.number < 15])
    tables, now_ns = ("spans", "spans_pending", "spans_kept"), time.time_ns()
    everything = "SELECT hex(span_id) AS span, agent_name, agent, name FROM {} WHERE batch_id = {} ORDER BY span"
    for table in tables:
        store.insert(table, rows("spans", 500, time_ns=now_ns), f"{table}/0")
    before = {table: store.query(everything.format(table, 0)).to_pylist() for table in tables}
    migrate(store)
    for table in tables:
        assert store.query(everything.format(table, 0)).to_pylist() == before[table]  # rewritten or not yet
        store.insert(table, rows("spans", 500, seed=1, time_ns=now_ns), f"{table}/1")
        store.command(f"OPTIMIZE TABLE {table} FINAL")
        assert store.query(everything.format(table, 0)).to_pylist() == before[table]
        assert len(store.query(everything.format(table, 1))) == 500
        assert store.query(f"SELECT DISTINCT toTypeName(agent_name) AS t FROM {table}")["t"].to_pylist() == ["String"]
    assert len({r["agent_name"] for r in before["spans"]}) > 1
    store.close()


def test_a_snapshot_opens_as_a_store_of_its_own(config: Config, tmp_path: Path) -> None:
    store = open_store(config)
    assert isinstance(store, EmbeddedStore)
    migrate(store)
    store.insert("logs", rows("logs", 100), "t/1")
    place = store.snapshot("before-0003")
    store.insert("logs", rows("logs", 100, seed=1), "t/2")
    store.close()
    assert place.parent == tmp_path / "snapshots"

    copy = open_store(load(environ={}, overrides={"storage": {"data_dir": str(tmp_path), "url": f"chdb://{place}"}}))
    migrate(copy)
    assert copy.query("SELECT count() AS n FROM logs")["n"].to_pylist() == [100]
    copy.insert("logs", rows("logs", 100), "t/1")
    assert copy.query("SELECT count() AS n FROM logs")["n"].to_pylist() == [100]
    copy.insert("logs", rows("logs", 50, seed=2), "t/3")
    copy.close()

    store = open_store(config)
    migrate(store)
    assert store.query("SELECT count() AS n FROM logs")["n"].to_pylist() == [200]
    store.insert("logs", rows("logs", 100, seed=1), "t/2")
    assert store.query("SELECT count() AS n FROM logs")["n"].to_pylist() == [200]
    store.close()


def test_a_name_that_is_taken_is_not_overwritten(config: Config) -> None:
    store = open_store(config)
    assert isinstance(store, EmbeddedStore)
    migrate(store)
    assert store.snapshot("x") != store.snapshot("x")
    store.close()


def test_an_upgrade_that_fails_at_every_start_keeps_the_first_and_the_last_snapshot(config: Config) -> None:
    store = open_store(config)
    migrate(store, migrations=[ONE])
    kept = []
    for _ in range(4):
        with pytest.raises(SchemaError, match="ALTER TABLE gone"):
            migrate(store, migrations=[ONE, BROKEN])
        kept.append(sorted((config.data_dir / "snapshots").iterdir()))
    assert [len(k) for k in kept] == [1, 2, 2, 2]
    assert all(k[0] == kept[0][0] for k in kept) and len({k[-1] for k in kept}) == 4
    store.close()


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))])
def test_a_snapshot_that_broke_off_is_never_taken_for_one(
    config: Config, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    store = open_store(config)
    assert isinstance(store, EmbeddedStore)
    migrate(store)
    store.insert("logs", rows("logs", 100), "t/1")
    real = snapshot._link
    files: list[Path] = []

    def broken(source: Path, target: Path) -> None:
        if len(files) == 3:
            raise error
        files.append(source)
        real(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(snapshot, "_link", broken)
        if isinstance(error, OSError):
            with pytest.raises(StoreError, match=r"no snapshot of .* No space left on device; make room"):
                store.snapshot("x")
        else:
            with pytest.raises(KeyboardInterrupt):
                store.snapshot("x")
    folder = config.data_dir / "snapshots"
    assert [p.name for p in folder.iterdir() if not p.name.endswith(".partial")] == []
    whole = store.snapshot("x")
    assert list(folder.iterdir()) == [whole]
    store.command("OPTIMIZE TABLE logs FINAL")  # merges go on
    store.close()


def test_a_closed_store_cannot_migrate(config: Config) -> None:
    store = open_store(config)
    store.close()
    with pytest.raises(StoreAwayError):
        migrate(store)
