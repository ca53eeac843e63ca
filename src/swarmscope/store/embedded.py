"""ClickHouse inside this process: chDB on one directory.

One connection is one lock, so inserts, commands and each reader have their own. The directory admits one process. Never
fork after opening; threads are fine, the GIL is released while the engine works.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import queue
import sys
import threading
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote as url_quote
from xml.sax.saxutils import escape

import pyarrow as pa

from swarmscope import footprint
from swarmscope.config import MIB, Storage
from swarmscope.errors import OverloadError, SchemaError, StoreAwayError
from swarmscope.store import binding, packing, tokens
from swarmscope.store.arrow import stream_file, table_of
from swarmscope.store.client import DATABASE, INSERT_SETTINGS, READ_SETTINGS, column_list, refuse_change
from swarmscope.store.failures import insert_error, query_error
from swarmscope.store.snapshot import copy_store
from swarmscope.store.touched import Touched

READER_WAIT_S = 10.0
MERGING, MERGING_NICE = "MergeMutate", 5
"""The engine's threads that merge, by the name that they have in the system. Whoever waits for an answer comes first; at this
niceness a merge still gets a third of what an equal would."""

# Of the whole engine. Small caches: the page cache of the machine already holds the files.
ENGINE: dict[str, object] = {
    "mark_cache_size": 64 * MIB,
    "index_mark_cache_size": 32 * MIB,
    "primary_index_cache_size": 64 * MIB,
    "uncompressed_cache_size": 0,
    "index_uncompressed_cache_size": 0,
    "query_condition_cache_size": 8 * MIB,
    "compiled_expression_cache_size": 8 * MIB,
    "text_index_tokens_cache_size": 16 * MIB,
    "text_index_header_cache_size": 16 * MIB,
    "text_index_postings_cache_size": 32 * MIB,
    "vector_similarity_index_cache_size": 1 * MIB,
    "parquet_metadata_cache_size": 1 * MIB,
    "iceberg_metadata_files_cache_size": 1 * MIB,
    "background_pool_size": 2,
    "background_schedule_pool_initial_size": 2,
    "max_thread_pool_size": 256,
    "max_thread_pool_free_size": 16,
    "max_concurrent_queries": 64,
}


class EmbeddedStore:
    """A Store on a directory of this machine."""

    def __init__(self, path: Path, options: Storage) -> None:
        self.path = path
        self._options = options
        self._closed = False
        self._decimals = packing.Decimals()
        self._inserted: dict[str, int] = {}
        self._commanded = 0
        self._touched = Touched()
        self._merges_yield = False
        path.mkdir(parents=True, exist_ok=True)
        tokens.forget_lost(path)
        self._address = f"{path.resolve()}?config-file={url_quote(str(_write_engine_config(path, options)))}"
        self._inserts = self._first_connection()
        if tokens.count_lost(path):  # opening set broken parts aside; their tokens must not outlive them
            self._inserts.close()
            tokens.forget_lost(path)
            self._inserts = self._first_connection()
        self._commands = _Connection(self._address)
        self._readers: queue.LifoQueue[_Connection | None] = queue.LifoQueue()
        for _ in range(max(1, options.readers)):
            self._readers.put(None)  # opened when first needed
        self._directory = os.open(path, os.O_RDONLY)

    def _first_connection(self) -> _Connection:
        try:
            connection = _Connection(self._address, create=True)
            connection.run("SELECT count() FROM system.parts", {})  # tables are loaded now, not when first used
        except RuntimeError as e:
            raise _opening_error(self.path, e) from e
        return connection

    def insert(self, table: str, rows: pa.Table, token: str) -> None:
        """See Store."""
        if rows.num_rows == 0:
            return
        settings = ", ".join(
            binding.setting(k, v) for k, v in {**INSERT_SETTINGS, "insert_deduplication_token": token}.items()
        )
        if table == packing.TABLE:
            rows = self._decimals.table(rows)
        if not self._merges_yield:  # the engine begins its threads with its first tables
            self._merges_yield = footprint.step_back(MERGING, MERGING_NICE) > 0
        try:
            self._inserts.append(f"`{table}` ({column_list(rows)})", settings, rows)
        except (RuntimeError, OSError) as e:
            raise insert_error(table, str(e)) from e
        finally:
            self._inserted[table] = self._inserted.get(table, 0) + 1
            if table == packing.TABLE:
                self._touched.inserted(rows)

    def changes(self, table: str) -> int:
        """See Store: one process has the directory, and a command may change any table."""
        return self._inserted.get(table, 0) + self._commanded

    def touched(self, start_ms: int, end_ms: int) -> int:
        """See Store."""
        return self._touched.of(start_ms, end_ms)

    def query(self, sql: str, params: Mapping[str, object] = {}, settings: Mapping[str, object] = {}) -> pa.Table:
        """See Store."""
        refuse_change(sql)
        with self._reader() as reader, reader.adjusted(settings):
            try:
                return reader.rows(sql, params)
            except RuntimeError as e:
                raise query_error(str(e)) from e

    def stream(self, sql: str, params: Mapping[str, object] = {}) -> Generator[pa.Table]:
        """See Store."""
        refuse_change(sql)
        with self._reader() as reader, reader.adjusted({}):
            try:
                yield from reader.blocks(sql, params)
            except RuntimeError as e:
                raise query_error(str(e)) from e

    def command(self, sql: str, params: Mapping[str, object] = {}, settings: Mapping[str, object] = {}) -> None:
        """See Store."""
        with self._commands.adjusted(settings):
            try:
                self._commands.run(sql, params)
            except RuntimeError as e:
                raise query_error(str(e)) from e
            finally:
                self._commanded += 1
                self._touched.commanded(sql)

    def snapshot(self, name: str) -> Path:
        """See Store: a directory beside the store, `snapshots/<name>-<time>`, that opens as a store of its own."""
        self.command("SYSTEM STOP MERGES")
        try:
            self.sync()
            parts = self.query("SELECT path FROM system.parts WHERE active AND database = currentDatabase()")
            active = {Path(path).resolve() for path in parts["path"].to_pylist()}
            return copy_store(self.path, self.path.parent / "snapshots" / name, active, self.sync)
        finally:
            self.command("SYSTEM START MERGES")

    def sync(self) -> None:
        """See Store."""
        if sys.platform == "linux":
            if _LIBC.syncfs(self._directory) != 0:
                reason = os.strerror(ctypes.get_errno())
                raise StoreAwayError(f"the file system of {self.path} cannot be synced: {reason}")
        else:
            os.sync()

    def relieve(self) -> None:
        """See Store: the engine's allocator keeps what merges have freed, hundreds of megabytes after large ones."""
        with suppress(RuntimeError, StoreAwayError):
            self._commands.run_if_free("SYSTEM JEMALLOC PURGE")

    def close(self) -> None:
        """See Store."""
        if self._closed:
            return
        self._closed = True
        for _ in range(max(1, self._options.readers)):
            reader = self._readers.get(timeout=self._options.query_timeout_s + READER_WAIT_S)
            if reader is not None:
                reader.close()
        self._commands.close()
        self._inserts.close()
        os.close(self._directory)

    @contextmanager
    def _reader(self) -> Iterator[_Connection]:
        if self._closed:
            raise StoreAwayError("the store is closed")
        try:
            reader = self._readers.get(timeout=READER_WAIT_S)
        except queue.Empty:
            raise OverloadError(
                f"all {self._options.readers} readers of the store have been busy for {READER_WAIT_S:g} s; "
                "try again or raise storage.readers"
            ) from None
        try:
            if reader is None:
                reader = _Connection(self._address, self._read_settings())
            yield reader
        finally:
            self._readers.put(reader)

    def _read_settings(self) -> dict[str, object]:
        return {
            **READ_SETTINGS,
            "max_threads": min(4, os.cpu_count() or 1),
            "max_threads_min_free_memory_per_thread": 0,  # a gigabyte each would leave one thread of a small budget
            "max_execution_time": self._options.query_timeout_s,
            "max_memory_usage": self._options.query_memory_max_bytes,
            "readonly": 2,  # last: what follows may change settings, not data and not this one
        }


class _Connection:
    """One chDB handle and its lock."""

    def __init__(self, address: str, settings: Mapping[str, object] = {}, create: bool = False) -> None:
        chdb: Any = importlib.import_module("chdb")  # takes 200 MB: only where it is used
        self._lock = threading.RLock()
        self._base = dict(settings)
        self._beside: dict[str, str] = {}
        self._handle: Any = chdb.connect(address)
        if create:
            self._handle.query(f"CREATE DATABASE IF NOT EXISTS {DATABASE} ENGINE = Atomic")
        self._handle.query(f"USE {DATABASE}")
        for name, value in settings.items():
            self._handle.query(f"SET {binding.setting(name, value)}")

    def append(self, target: str, settings: str, rows: pa.Table) -> None:
        """Insert rows as an Arrow stream from a file in memory.

        Not by `send_insert`: it reports success and stores nothing when the disk is full.
        """
        with self._lock, stream_file(rows) as file:
            self._open().query(
                f"INSERT INTO {target} FROM INFILE '{file}' SETTINGS {settings} FORMAT ArrowStream", "Null"
            )

    def rows(self, sql: str, params: Mapping[str, object]) -> pa.Table:
        with self._lock:
            answer = self._open().query(sql, "ArrowStream", params=binding.parameters(params))
            data = answer.bytes()
        return table_of(data)

    def blocks(self, sql: str, params: Mapping[str, object]) -> Generator[pa.Table]:
        with self._lock:
            answer = self._open().send_query(sql, "ArrowStream", params=binding.parameters(params))
            try:
                while (part := answer.fetch()) is not None:
                    yield table_of(part.bytes())
            finally:
                answer.close()

    def run(self, sql: str, params: Mapping[str, object]) -> None:
        with self._lock:
            self._open().query(sql, "Null", params=binding.parameters(params))

    def run_if_free(self, sql: str) -> None:
        """Run it unless another statement runs."""
        if self._lock.acquire(blocking=False):
            try:
                self._open().query(sql, "Null")
            finally:
                self._lock.release()

    @contextmanager
    def adjusted(self, settings: Mapping[str, object]) -> Iterator[None]:
        """Settings for one statement, beside the connection's own. They stay until a statement wants others: the next one
        mostly wants the same, and setting them back and anew costs half a millisecond."""
        with self._lock:
            for name in {**self._beside, **settings}:
                wanted = binding.setting(name, settings[name]) if name in settings else ""
                if wanted != self._beside.get(name, ""):
                    self._set(name, wanted)
            yield

    def _set(self, name: str, wanted: str) -> None:
        """wanted: `name = value`; empty: the connection's own."""
        own = binding.setting(name, self._base[name]) if name in self._base else f"{name} = DEFAULT"
        try:
            self._open().query(f"SET {wanted or own}")
        except RuntimeError as e:
            raise query_error(str(e)) from e
        self._beside.pop(name, None)
        if wanted:
            self._beside[name] = wanted

    def close(self) -> None:
        with self._lock:
            if self._handle is not None:
                self._handle.close()
                self._handle = None

    def _open(self) -> Any:
        if self._handle is None:
            raise StoreAwayError("the store is closed")
        return self._handle


def _write_engine_config(path: Path, options: Storage) -> Path:
    """The engine's settings beside the data, for the connection string names a file."""
    settings = {**ENGINE, "max_server_memory_usage": options.memory_max_bytes}
    lines = "".join(f"  <{k}>{escape(str(v))}</{k}>\n" for k, v in settings.items())
    file = path.parent / f"{path.name}.engine.xml"
    file.write_text(f"<clickhouse>\n{lines}</clickhouse>\n", encoding="utf-8")
    return file.resolve()


def _opening_error(path: Path, error: RuntimeError) -> Exception:
    text = str(error)
    if "EmbeddedServer" in text or "lock" in text:
        return StoreAwayError(
            f"the store {path} cannot be opened; another process may have it open (one process per directory): {text}"
        )
    return SchemaError(f"the store {path} cannot be opened; restore a snapshot or move it aside: {text}")


_LIBC = ctypes.CDLL(None, use_errno=True)
