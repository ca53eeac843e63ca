"""The one interface to the store, and how it is opened.

`embedded.py` runs ClickHouse inside this process (chDB), `server.py` speaks to a ClickHouse server over HTTP. Both take the
same SQL, keep the same promises and pass the same battery (`tests/contract`).
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import pyarrow as pa

from swarmscope.config import Config
from swarmscope.errors import ConfigError, QueryError

DATABASE = "swarmscope"

# An insert is one block, whatever its size: its token then covers all of it or nothing, in the table and in its views.
INSERT_SETTINGS: dict[str, object] = {
    "insert_deduplicate": 1,
    "deduplicate_blocks_in_dependent_materialized_views": 1,
    "async_insert": 0,
    "optimize_on_insert": 0,  # merging a block within itself finds nothing in views, and nearly nothing in messages
    "max_insert_threads": 1,
    "max_threads": 1,
    "max_insert_block_size": 1_000_000_000,
    "min_insert_block_size_rows": 1_000_000_000,
    "min_insert_block_size_bytes": 0,
    "max_block_size": 1_000_000_000,
    "input_format_parallel_parsing": 0,
    "max_partitions_per_insert_block": 0,
    "input_format_arrow_allow_missing_columns": 0,
}
READ_SETTINGS: dict[str, object] = {
    "asterisk_include_alias_columns": 1,  # samples.value
    "output_format_arrow_string_as_string": 1,
    "output_format_arrow_fixed_string_as_fixed_byte_array": 1,
    "output_format_arrow_compression_method": "none",
    "timeout_overflow_mode": "throw",
}
_READS = re.compile(
    r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/|\()*(?:SELECT|WITH|EXPLAIN|SHOW|DESCRIBE|DESC|EXISTS)\b",
    re.IGNORECASE | re.DOTALL,
)


class Store(Protocol):
    """What every room may ask of the store. Methods may be called from any thread."""

    def insert(self, table: str, rows: pa.Table, token: str) -> None:
        """Append rows as exactly one block; a token that the table has seen before appends nothing.

        The columns of `rows` must be columns of `table`; those it lacks take their defaults. Raises StoreAwayError (try again
        with the same token), StoreContentError (these rows can never be stored), SchemaError (no such table or column).
        """

    def query(self, sql: str, params: Mapping[str, object] = {}, settings: Mapping[str, object] = {}) -> pa.Table:
        """Rows of a read-only query, under the limits of `storage` in time, memory and threads.

        `{name:Type}` in the SQL takes `params[name]`. `settings` hold for this query only. Raises QueryError (wrong, too
        slow or too large), OverloadError (no reader free in time), StoreAwayError.
        """

    def stream(self, sql: str, params: Mapping[str, object] = {}) -> Generator[pa.Table]:
        """As `query`, block by block as the store finds them, in no order: for millions of rows that nobody keeps.

        Their memory is used again, which makes reading them twice as cheap. A reader is taken until the last block, so be
        done with each soon, and close what is not read to its end. Errors may come after some blocks.
        """

    def changes(self, table: str) -> int | None:
        """A number that grows whenever rows of a table may have changed; None where others may change it unseen."""

    def touched(self, start_ms: int, end_ms: int) -> int | None:
        """A number that grows whenever rows of `samples` of that time, end excluded, may have changed; None as of `changes`."""

    def command(self, sql: str, params: Mapping[str, object] = {}, settings: Mapping[str, object] = {}) -> None:
        """Run a statement that changes something: DDL, INSERT … SELECT, DELETE. Not limited in time."""

    def snapshot(self, name: str) -> Path | None:
        """Keep the present state under `name`; None where the store's own backups must do it. Nothing may insert meanwhile."""

    def sync(self) -> None:
        """Return when everything inserted so far would survive a power cut."""

    def relieve(self) -> None:
        """Give memory back to the system that no work needs now, where it is this program's. Never waits for a statement."""

    def close(self) -> None:
        """Release the store; running queries end first."""


def refuse_change(sql: str) -> None:
    """Raise QueryError unless the statement reads: the store's own read-only mode still lets SYSTEM and KILL through."""
    if not _READS.match(sql):
        raise QueryError(
            f"only SELECT, WITH, EXPLAIN, SHOW, DESCRIBE and EXISTS may be queried, not {sql.strip()[:40]!r}"
        )


def column_list(rows: pa.Table) -> str:
    """The columns of `rows` for an INSERT statement."""
    return ", ".join(f"`{name}`" for name in rows.column_names)


def open_store(config: Config) -> Store:
    """The store of `config.storage.url`: `chdb:///path` (or empty: `<data_dir>/store`), or `http(s)://user:pass@host:8123/db`."""
    url = config.storage.url
    parts = urlsplit(url)
    if parts.scheme in ("", "chdb"):
        if parts.scheme == "" and url:
            raise ConfigError(
                f"storage.url {url!r} has no scheme; use chdb:///path or http(s)://user:pass@host:8123/db"
            )
        from swarmscope.store.embedded import EmbeddedStore

        path = Path(unquote(parts.path)) if parts.path.strip("/") else config.data_dir / "store"
        return EmbeddedStore(path, config.storage)
    if parts.scheme in ("http", "https"):
        from swarmscope.store.server import ServerStore

        return ServerStore(url, config.storage)
    raise ConfigError(f"storage.url {url!r}: scheme {parts.scheme!r} is not known; use chdb:// or http(s)://")
