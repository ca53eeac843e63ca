"""Exactly once over everything that can come between an insert and its repetition: merges, restarts, views, expiry, absence."""

from __future__ import annotations

import time
from typing import Any

import pyarrow as pa
import pytest

from swarmscope.config import Retention
from swarmscope.errors import StoreAwayError, SwarmscopeError
from swarmscope.store import Store, migrate, open_store
from swarmscope.store.retention import apply_ttl, drop_expired
from tests.contract.conftest import Backend
from tests.support.rows import NOON_NS, rows

DAY_S = 86_400


def count(store: Store, table: str, tenant: str, what: str = "count()") -> Any:
    sql = f"SELECT {what} AS n FROM {table} WHERE tenant = {{tenant:String}}"
    return store.query(sql, {"tenant": tenant})["n"][0].as_py()


def test_replays_after_a_restart_add_nothing_to_tables_and_views(backend: Backend) -> None:
    store = backend.store or backend.open()
    sent = [rows("spans", 500, tenant="again", seed=seed, time_ns=time.time_ns()) for seed in range(5)]
    for number, batch in enumerate(sent):
        store.insert("spans", batch, f"again/{number}")
    store.sync()
    store = backend.reopen()
    for number, batch in enumerate(sent):
        store.insert("spans", batch, f"again/{number}")
    assert count(store, "spans", "again") == 2500
    assert count(store, "agent_10s", "again", "sum(spans)") == 2500
    for table in ("spans", "agent_10s", "agents_seen"):
        store.command(f"OPTIMIZE TABLE {table} FINAL")
    store = backend.reopen()
    store.insert("spans", sent[2], "again/2")
    assert count(store, "spans", "again") == 2500
    assert count(store, "agent_10s", "again", "sum(spans)") == 2500


def test_rows_that_expired_do_not_come_back_by_a_replay(store: Store) -> None:
    now = time.time()
    old = rows("spans", 100, tenant="expired", time_ns=int((now - 10 * DAY_S) * 1e9))
    fresh = rows("spans", 100, tenant="expired", time_ns=int((now - 600) * 1e9))
    store.insert("spans", old, "expired/old")
    store.insert("spans", fresh, "expired/fresh")
    apply_ttl(store, Retention(spans_days=3))
    store.command("OPTIMIZE TABLE spans FINAL")
    assert count(store, "spans", "expired") == 100
    store.insert("spans", old, "expired/old")
    store.insert("spans", fresh, "expired/fresh")
    assert count(store, "spans", "expired") == 100
    assert count(store, "agent_10s", "expired", "sum(spans)") == 200


def test_retention_follows_the_configuration(store: Store) -> None:
    apply_ttl(store, Retention())
    assert apply_ttl(store, Retention()) == []
    assert apply_ttl(store, Retention(logs_days=9, security_days=45)) == [
        "log_templates",
        "logs",
        "findings",
        "security_events",
    ]
    assert apply_ttl(store, Retention()) == ["log_templates", "logs", "findings", "security_events"]


def test_partitions_are_dropped_when_wholly_old_and_out_of_reach_of_a_replay(store: Store) -> None:
    day = NOON_NS // 10**9 // DAY_S * DAY_S
    store.command("SYSTEM STOP MERGES logs")
    for days in (0, 20, 21):
        store.insert("logs", rows("logs", 10, tenant="drop", time_ns=(day - days * DAY_S) * 10**9), f"drop/{days}")
    assert drop_expired(store, Retention(), day, floor_s=day - 25 * DAY_S) == []
    assert len(drop_expired(store, Retention(), day, floor_s=day - 19 * DAY_S)) == 1
    assert len(drop_expired(store, Retention(), day, floor_s=None)) == 1
    assert count(store, "logs", "drop") == 10
    store.command("SYSTEM START MERGES logs")


def test_a_store_that_is_away_is_retryable_and_what_was_tried_is_stored_once(backend: Backend) -> None:
    if backend.double is None:
        pytest.skip("an embedded store is away only while another process has it; see the next test")
    store = backend.store or backend.open()
    sent = rows("spans", 100, tenant="away", time_ns=time.time_ns())
    store.insert("spans", sent, "away/1")
    backend.double.kill()
    for attempt in (lambda: store.insert("spans", sent, "away/2"), lambda: store.query("SELECT 1")):
        with pytest.raises(StoreAwayError) as caught:
            attempt()
        assert caught.value.retryable
    backend.double.start()
    for token in ("away/1", "away/2", "away/2"):
        store.insert("spans", sent, token)
    assert count(store, "spans", "away") == 200


def test_a_second_program_is_told_that_the_directory_is_taken(backend: Backend) -> None:
    if backend.double is None:
        pytest.skip("needs another process that holds a directory: the run with the double has one")
    other = backend.config(url=f"chdb://{backend.directory / 'double'}")
    with pytest.raises(StoreAwayError, match="another process"):
        open_store(other)


def test_wrong_credentials_are_told(backend: Backend) -> None:
    if backend.double is None:
        pytest.skip("an embedded store has no users")
    store = open_store(backend.config(url=backend.double.url.replace("scope@", "wrong@")))
    with pytest.raises(SwarmscopeError, match="password"):
        store.query("SELECT 1")
    store.close()


def test_messages_of_a_growing_conversation_are_stored_once(store: Store) -> None:
    one = rows("messages", 20, tenant="turns", time_ns=time.time_ns())
    one = one.set_column(4, "hash", pa.array(range(20), pa.uint64())).set_column(2, "session", pa.array(["s"] * 20))
    for turn in range(1, 21):
        store.insert("messages", one.slice(0, turn), f"turns/{turn}")
    store.command("OPTIMIZE TABLE messages FINAL")
    assert count(store, "messages", "turns") == 20


def test_migrating_twice_does_nothing(store: Store) -> None:
    def forbidden(*_: object) -> None:
        raise AssertionError("nothing is to be migrated")

    assert migrate(store, forbidden) >= 2


def test_an_agent_that_was_not_seen_for_a_year_is_forgotten(store: Store) -> None:
    now = time.time()
    for number, days in enumerate((400, 1)):
        seen = rows("agent_events", 1, tenant="forgotten", seed=number, time_ns=int((now - days * DAY_S) * 1e9))
        seen = seen.set_column(seen.schema.get_field_index("agent"), "agent", pa.array([f"agent-{days}"]))
        store.insert("agent_events", seen, f"forgotten/{number}")
    apply_ttl(store, Retention())
    store.command("OPTIMIZE TABLE agents_seen FINAL")
    assert count(store, "agents", "forgotten", "groupArray(agent)") == ["agent-1"]
