"""Keeps the groups of the Pushgateway over a restart: one row each in an SQLite file, durable before a push is answered."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec

from swarmscope.errors import JournalError
from swarmscope.telemetry import logger

Key = tuple[tuple[str, str], ...]
_log = logger("ingest")


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """A group as it lies in the file. values: (label block, name, value); a native histogram is bytes."""

    values: list[tuple[bytes, str, float | bytes]]
    families: dict[str, list[str]]
    pushed_s: float


class PushFile:
    """Owns the file. JournalError: it cannot be written, so a push is not acknowledged. Any thread."""

    def __init__(self, path: Path) -> None:
        path.touch(mode=0o600)
        self._path = path
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._do("PRAGMA journal_mode=WAL")
        self._do("PRAGMA synchronous=FULL")
        self._do("CREATE TABLE IF NOT EXISTS groups (tenant TEXT, key BLOB, body BLOB, PRIMARY KEY (tenant, key))")

    def put(self, tenant: str, key: Key, group: Kept) -> None:
        """Keep a group in place of the one before."""
        row = (tenant, msgspec.msgpack.encode(key), msgspec.msgpack.encode(group))
        self._do("INSERT OR REPLACE INTO groups VALUES (?, ?, ?)", row)

    def drop(self, tenant: str, key: Key) -> None:
        """Keep it no longer."""
        self._do("DELETE FROM groups WHERE tenant = ? AND key = ?", (tenant, msgspec.msgpack.encode(key)))

    def all(self) -> Iterator[tuple[str, Key, Kept]]:
        """What is kept. A row that cannot be read is left out, and logged."""
        for tenant, key, body in self._do("SELECT tenant, key, body FROM groups"):
            try:
                yield tenant, msgspec.msgpack.decode(key, type=Key), msgspec.msgpack.decode(body, type=Kept)
            except msgspec.MsgspecError as e:
                _log.error("pushed_group_unreadable", file=str(self._path), tenant=tenant, error=str(e))

    def close(self) -> None:
        """Give the file back."""
        with self._lock:
            self._db.close()

    def _do(self, sql: str, values: tuple[object, ...] = ()) -> list[tuple[str, bytes, bytes]]:
        try:
            with self._lock:
                return self._db.execute(sql, values).fetchall()
        except sqlite3.Error as e:
            raise JournalError(f"the groups of the Pushgateway cannot be kept in {self._path}: {e}") from e
