"""A ClickHouse server, or a node of a cluster, over its HTTP interface.

Statements travel in the body, settings and parameters beside them (https://clickhouse.com/docs/interfaces/http). There is no
session, and nothing is retried here: the writer repeats an insert under the same token.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Generator, Mapping
from urllib.parse import unquote, urlsplit

import httpx
import pyarrow as pa

from swarmscope.config import Storage
from swarmscope.errors import ConfigError, StoreAwayError, SwarmscopeError
from swarmscope.store import binding, packing
from swarmscope.store.arrow import stream_of, table_of
from swarmscope.store.client import DATABASE, INSERT_SETTINGS, READ_SETTINGS, column_list, refuse_change
from swarmscope.store.failures import insert_error, query_error
from swarmscope.telemetry import logger

CONNECT_TIMEOUT_S = 5.0
WRITE_TIMEOUT_S = 300.0
ADDRESS_MAX_BYTES = 8192  # larger parameters travel as a form

_LOG = logger("store")


class ServerStore:
    """A Store on the other end of a URL."""

    def __init__(self, url: str, options: Storage) -> None:
        parts = urlsplit(url)
        if not parts.hostname:
            raise ConfigError(f"storage.url {url!r} names no host; use http(s)://user:pass@host:8123/db")
        self._options = options
        self._database = unquote(parts.path).strip("/") or DATABASE
        self._host = f"{parts.hostname}:{parts.port or (8443 if parts.scheme == 'https' else 8123)}"
        self._prepared = False
        self._decimals = packing.Decimals()
        self._lock = threading.Lock()
        readers = max(1, options.readers)
        self._http = httpx.Client(
            base_url=f"{parts.scheme}://{self._host}",
            headers={
                "X-ClickHouse-User": unquote(parts.username or "default"),
                "X-ClickHouse-Key": unquote(parts.password or ""),
            },
            limits=httpx.Limits(max_connections=readers + 4, max_keepalive_connections=readers + 4),
            timeout=httpx.Timeout(WRITE_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
            verify=ssl.create_default_context() if parts.scheme == "https" else False,
            trust_env=False,  # a store is not behind the proxy of the web
        )

    def insert(self, table: str, rows: pa.Table, token: str) -> None:
        """See Store."""
        if rows.num_rows == 0:
            return
        self._prepare()
        if table == packing.TABLE:
            rows = self._decimals.table(rows)
        settings = {
            **INSERT_SETTINGS,
            "insert_deduplication_token": token,
            "query": f"INSERT INTO `{table}` ({column_list(rows)}) FORMAT ArrowStream",
            "wait_end_of_query": 1,
        }
        answer = self._post(_texts(settings), memoryview(stream_of(rows, "lz4")).tobytes(), WRITE_TIMEOUT_S)
        if answer.status_code != 200:
            raise _failure(answer, lambda text, code: insert_error(table, text, code))

    def query(self, sql: str, params: Mapping[str, object] = {}, settings: Mapping[str, object] = {}) -> pa.Table:
        """See Store."""
        refuse_change(sql)
        limits = {
            **READ_SETTINGS,
            "max_execution_time": self._options.query_timeout_s,
            "max_memory_usage": self._options.query_memory_max_bytes,
            "cancel_http_readonly_queries_on_client_close": 1,
            "default_format": "ArrowStream",
            "wait_end_of_query": 1,  # an error after the first rows is still an error
            **settings,
            "readonly": 2,
        }
        self._prepare()
        timeout_s = self._options.query_timeout_s + CONNECT_TIMEOUT_S
        answer = self._statement(sql, params, limits, timeout_s)
        if answer.status_code != 200:
            raise _failure(answer, query_error)
        return table_of(answer.content)

    def stream(self, sql: str, params: Mapping[str, object] = {}) -> Generator[pa.Table]:
        """See Store: one block, as an error must be known before the first row."""
        yield self.query(sql, params)

    def changes(self, table: str) -> None:
        """See Store: others write to a server."""

    def touched(self, start_ms: int, end_ms: int) -> None:
        """See Store: others write to a server."""

    def command(self, sql: str, params: Mapping[str, object] = {}, settings: Mapping[str, object] = {}) -> None:
        """See Store."""
        self._prepare()
        answer = self._statement(sql, params, {**settings, "wait_end_of_query": 1}, None)
        if answer.status_code != 200:
            raise _failure(answer, query_error)

    def snapshot(self, name: str) -> None:
        """See Store. A server is backed up by its operator, before the upgrade; the log says so."""
        _LOG.warning("no_snapshot_of_a_server", name=name, remedy="take a BACKUP of the database before upgrading")

    def sync(self) -> None:
        """See Store. Durability is the server's: replicas and its own fsync settings."""

    def relieve(self) -> None:
        """See Store. The server's memory is its own."""

    def close(self) -> None:
        """See Store."""
        self._http.close()

    def _prepare(self) -> None:
        """Create the database on first use, so that a store that is away at start does not stop the program."""
        if self._prepared:
            return
        with self._lock:
            answer = self._post(
                {"database": "default"}, f"CREATE DATABASE IF NOT EXISTS `{self._database}`".encode(), 30.0
            )
            if answer.status_code != 200:
                raise _failure(answer, query_error)
            self._prepared = True

    def _statement(
        self, sql: str, params: Mapping[str, object], settings: Mapping[str, object], timeout_s: float | None
    ) -> httpx.Response:
        bound = {f"param_{name}": text for name, text in binding.parameters(params).items()}
        address = _texts(settings)
        if sum(map(len, bound.values())) <= ADDRESS_MAX_BYTES:
            return self._post({**address, **bound}, sql.encode(), timeout_s)
        form = {"query": (None, sql), **{name: (None, text) for name, text in bound.items()}}
        return self._send(timeout_s, params={"database": self._database, **address}, files=form)

    def _post(self, address: Mapping[str, str], body: bytes, timeout_s: float | None) -> httpx.Response:
        return self._send(timeout_s, params={"database": self._database, **address}, content=body)

    def _send(
        self,
        timeout_s: float | None,
        params: Mapping[str, str],
        content: bytes | None = None,
        files: Mapping[str, tuple[None, str]] | None = None,
    ) -> httpx.Response:
        timeout = httpx.Timeout(timeout_s, connect=CONNECT_TIMEOUT_S)
        try:
            return self._http.post("/", timeout=timeout, params=params, content=content, files=files)
        except (httpx.HTTPError, RuntimeError) as e:  # httpx raises RuntimeError when it was closed
            raise StoreAwayError(f"the store at {self._host} cannot be reached: {type(e).__name__}: {e}") from e


def _texts(settings: Mapping[str, object]) -> dict[str, str]:
    return {binding.setting_name(name): binding.setting_text(value) for name, value in settings.items()}


def _failure(answer: httpx.Response, classify: Callable[[str, int], SwarmscopeError]) -> SwarmscopeError:
    header = answer.headers.get("X-ClickHouse-Exception-Code", "0")
    code = int(header) if header.isdigit() else 0
    text = answer.text.strip() or f"HTTP {answer.status_code} without a message"
    if code in (192, 193, 194, 516):
        return StoreAwayError(f"the store refuses this program's user or password; see storage.url: {text[:300]}")
    return classify(text, code)
