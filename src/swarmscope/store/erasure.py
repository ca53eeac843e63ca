"""Erasing one session, or one person, for good.

An erasure leaves a tombstone: a salted digest, never the value itself. Rows that were received before it and come in later, by
a replay or from a dead letter, are erased by the next run of the job.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Iterator
from typing import Literal

from swarmscope.store.client import Store

# Attributes that name the person whom a span or log is about.
SUBJECT_KEYS = (
    "user.id",
    "enduser.id",
    "user.email",
    "user.name",
    "user.hash",
    "session.user_id",
    "traceloop.association.properties.user_id",
)
TABLES = ("spans", "spans_kept", "spans_pending", "logs")
REMEMBERED_DAYS = 400

CHUNK = 5_000  # values in one statement

RECEIVED = "tenant = {tenant:String} AND toUnixTimestamp64Nano(received_at) <= {at:Int64}"
TOMBSTONES = """
SELECT tenant, kind, value, toUnixTimestamp64Nano(max(erased_at)) AS erased_ns FROM erasures
WHERE erased_at >= now() - INTERVAL {days:UInt32} DAY GROUP BY tenant, kind, value
"""


def erase(store: Store, tenant: str, kind: Literal["session", "subject"], value: str) -> None:
    """Delete all rows of a session, or of every session and trace of a person; returns when they are gone.

    Aggregates (rollups, edges, the registry of agents) hold no sessions and no persons, and stay.
    """
    if not value:
        raise ValueError("an erasure needs the session or subject to erase, not an empty text")
    salt = secrets.token_hex(16)
    digest = hashlib.sha256((salt + value).encode()).hexdigest().upper()
    erased_ns = time.time_ns()
    store.command(
        "INSERT INTO erasures (tenant, kind, value, erased_at) "
        "SELECT {tenant:String}, {kind:String}, {value:String}, fromUnixTimestamp64Nano({at:Int64}, 'UTC')",
        {"tenant": tenant, "kind": kind, "value": f"{salt}:{digest}", "at": erased_ns},
    )
    _delete(store, tenant, kind, salt, digest, erased_ns)


def erase_again(store: Store) -> int:
    """Apply every tombstone to what came in since; returns the number of tombstones that found something."""
    found = 0
    for row in store.query(TOMBSTONES, {"days": REMEMBERED_DAYS}).to_pylist():
        salt, _, digest = row["value"].partition(":")
        found += _delete(store, row["tenant"], row["kind"], salt, digest, row["erased_ns"])
    return found


def _delete(store: Store, tenant: str, kind: str, salt: str, digest: str, erased_ns: int) -> bool:
    """Whether there was anything. Messages go first, for spans and logs tell a second run which messages to delete."""
    params: dict[str, object] = {"tenant": tenant, "salt": salt, "digest": digest, "at": erased_ns}
    sessions, traces = _conversations(store, _match(kind), params)
    if kind == "session":
        sessions |= _sessions_of_messages(store, params)
    if not sessions and not traces:
        return False
    for some in _chunks(sorted(sessions | traces)):
        store.command(
            "DELETE FROM messages WHERE tenant = {tenant:String} AND session IN {sessions:Array(String)} "
            "AND toUnixTimestamp(received_at) <= intDiv({at:Int64}, 1000000000) + 1",
            {**params, "sessions": some},
        )
    for table in TABLES:
        for some in _chunks(sorted({f"s{session}" for session in sessions} | {f"t{trace}" for trace in traces})):
            _delete_from(store, table, {**params, "some": some})
    return True


def _delete_from(store: Store, table: str, params: dict[str, object]) -> None:
    """Delete rows of sessions (`s…`) and traces (`t…`), if there are any: a deletion without rows costs as much as one with."""
    where = (
        f"{RECEIVED} AND (concat('s', session) IN {{some:Array(String)}} "
        "OR concat('t', lower(hex(trace_id))) IN {some:Array(String)})"
    )
    if store.query(f"SELECT 1 FROM {table} WHERE {where} LIMIT 1", params).num_rows:  # noqa: S608 # made of constants
        store.command(f"DELETE FROM {table} WHERE {where}", params)  # noqa: S608 # made of constants


def _match(kind: str) -> str:
    if kind == "session":
        return "session != '' AND hex(SHA256(concat({salt:String}, session))) = {digest:String}"
    keys = ", ".join(f"'{key}'" for key in SUBJECT_KEYS)
    return (
        f"arrayExists(k -> attributes[k] != '' AND hex(SHA256(concat({{salt:String}}, attributes[k]))) = {{digest:String}}, "
        f"[{keys}])"
    )


def _conversations(store: Store, match: str, params: dict[str, object]) -> tuple[set[str], set[str]]:
    """Sessions, and traces in hex, of matching rows. Messages without a session lie under their trace."""
    sessions: set[str] = set()
    traces: set[str] = set()
    for table in TABLES:
        rows = store.query(
            f"SELECT DISTINCT session, lower(hex(trace_id)) AS trace FROM {table} WHERE {RECEIVED} AND {match}",  # noqa: S608 # made of constants
            params,
        )
        sessions.update(rows["session"].to_pylist())
        traces.update(rows["trace"].to_pylist())
    return sessions - {""}, traces - {"0" * 32}


def _sessions_of_messages(store: Store, params: dict[str, object]) -> set[str]:
    rows = store.query(
        "SELECT DISTINCT session FROM messages WHERE tenant = {tenant:String} "
        "AND hex(SHA256(concat({salt:String}, session))) = {digest:String}",
        params,
    )
    return set(rows["session"].to_pylist())


def _chunks(values: list[str]) -> Iterator[list[str]]:
    return (values[at : at + CHUNK] for at in range(0, len(values), CHUNK))
