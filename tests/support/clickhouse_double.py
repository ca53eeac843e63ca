"""A stand-in for a ClickHouse server: its HTTP interface over chDB, as a process of its own.

It follows https://clickhouse.com/docs/interfaces/http for what a client can rely on: /ping; POST with the statement in the
body, in `query` or both; settings, `database`, `default_format` and `param_*` in the address or in a form; credentials in
headers; gzip and deflate bodies; `X-ClickHouse-Exception-Code` and the status of an error; `X-ClickHouse-Summary` and
`X-ClickHouse-Format` of an answer. GET is read-only. It proves the client and the SQL, not replication, sharding, users,
quotas, nor what a server does under memory pressure.
"""

from __future__ import annotations

import contextlib
import email.parser
import email.policy
import gzip
import json
import queue
import re
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from swarmscope.store.arrow import in_memory_file

USER, PASSWORD = "swarm", "scope"
TRANSPORT = {
    "buffer_size",
    "client_protocol_version",
    "compress",
    "database",
    "decompress",
    "default_format",
    "enable_http_compression",
    "http_headers_progress_interval_ms",
    "password",
    "query",
    "query_id",
    "quota_key",
    "readonly",
    "role",
    "send_progress_in_http_headers",
    "session_check",
    "session_id",
    "session_timeout",
    "user",
    "wait_end_of_query",
}
STATUS = {
    60: 404,
    81: 404,
    62: 400,
    47: 400,
    46: 400,
    36: 400,
    53: 400,
    159: 408,
    164: 403,
    516: 403,
    194: 401,
    252: 500,
}
INSERT = re.compile(r"^\s*INSERT\s+INTO\b(?!.*\bSELECT\b)", re.IGNORECASE | re.DOTALL)
FORMAT = re.compile(r"\bFORMAT\s+(\w+)\s*;?\s*$", re.IGNORECASE)


class RefusedError(Exception):
    """An answer other than 200."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class Engine:
    """chDB connections: some that may write, some read-only (read-only cannot be undone on a connection)."""

    def __init__(self, path: str, size: int = 6) -> None:
        import chdb

        self.pools: dict[bool, queue.LifoQueue[Any]] = {False: queue.LifoQueue(), True: queue.LifoQueue()}
        for read_only in (False, True):
            for _ in range(size):
                connection = chdb.connect(path)
                if read_only:
                    connection.query("SET readonly = 2")
                self.pools[read_only].put(connection)

    @contextmanager
    def connection(self, database: str, settings: dict[str, str], read_only: bool) -> Iterator[Any]:
        """A connection on `database` with `settings`, put back as it was."""
        pool = self.pools[read_only]
        connection = pool.get()
        done: list[str] = []
        try:
            connection.query(f"USE `{database.replace('`', '')}`")
            for name, value in settings.items():
                if not re.fullmatch(r"\w+", name):
                    raise RefusedError(115, f"Code: 115. DB::Exception: Unknown setting '{name}'. (UNKNOWN_SETTING)")
                escaped = value.replace("\\", "\\\\").replace("'", "\\'")
                connection.query(f"SET {name} = '{escaped}'")
                done.append(name)
            yield connection
        finally:
            for name in done:
                connection.query(f"SET {name} = DEFAULT")
            pool.put(connection)


class Handler(BaseHTTPRequestHandler):
    """One request at a time per connection, kept alive."""

    protocol_version = "HTTP/1.1"
    engine: Engine

    def log_message(self, *_: object) -> None:
        """Silence."""

    def do_GET(self) -> None:
        """/ping, or a read-only query in the address."""
        if urllib.parse.urlsplit(self.path).path == "/ping":
            self._reply(200, b"Ok.\n", {})
        else:
            self._answer(read_only=True)

    def do_POST(self) -> None:
        """A statement."""
        self._answer(read_only=False)

    def _answer(self, read_only: bool) -> None:
        try:
            body = self._body()
            fields = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query, keep_blank_values=True))
            if self.headers.get_content_type() == "multipart/form-data":
                fields |= self._form(body)
                body = b""
            self._authenticate(fields)
            self._run(fields, body, read_only or fields.get("readonly", "0") != "0")
        except RefusedError as e:
            self._fail(e.code, str(e))
        except RuntimeError as e:
            found = re.search(r"Code: (\d+)", str(e))
            self._fail(int(found.group(1)) if found else 1, str(e))

    def _run(self, fields: dict[str, str], body: bytes, read_only: bool) -> None:
        sql, data = fields.get("query", ""), body
        if not sql:
            sql, data = body.decode(), b""
        elif data and not INSERT.match(sql):
            sql, data = f"{sql}\n{data.decode()}", b""
        params = {name[6:]: value for name, value in fields.items() if name.startswith("param_")}
        settings = {k: v for k, v in fields.items() if k not in TRANSPORT and not k.startswith("param_")}
        with self.engine.connection(fields.get("database", "default"), settings, read_only) as connection:
            named = FORMAT.search(sql)
            if INSERT.match(sql) and data:
                form = named.group(1) if named else "Values"
                head = sql[: named.start()] if named else sql
                with in_memory_file() as file:  # send_insert would hide a full disk
                    Path(file).write_bytes(data)
                    done = connection.query(f"{head} FROM INFILE '{file}' FORMAT {form}", "Null")
                summary = {"written_rows": str(done.rows_written()), "written_bytes": str(done.bytes_written())}
                self._reply(200, b"", {"X-ClickHouse-Summary": json.dumps(summary)})
            else:
                form = named.group(1) if named else fields.get("default_format", "TabSeparated")
                answer = connection.query(sql, form, params=params)
                self._reply(200, answer.bytes() or b"", {"X-ClickHouse-Format": form, "X-ClickHouse-Summary": "{}"})

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            body = b"".join(parts)
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        encoding = self.headers.get("Content-Encoding", "")
        if encoding == "gzip":
            return gzip.decompress(body)
        if encoding == "deflate":
            return zlib.decompress(body)
        if encoding:
            raise RefusedError(48, f"Code: 48. DB::Exception: the double does not read Content-Encoding {encoding}")
        return body

    def _form(self, body: bytes) -> dict[str, str]:
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        form = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
        fields = {}
        for part in form.iter_parts():
            content = part.get_payload(decode=True)
            name = part.get_param("name", header="content-disposition")
            if isinstance(name, str) and isinstance(content, bytes):
                fields[name] = content.decode()
        return fields

    def _authenticate(self, fields: dict[str, str]) -> None:
        user = self.headers.get("X-ClickHouse-User") or fields.get("user", "default")
        password = self.headers.get("X-ClickHouse-Key") or fields.get("password", "")
        if (user, password) != (USER, PASSWORD):
            raise RefusedError(516, f"Code: 516. DB::Exception: {user}: Authentication failed. (AUTHENTICATION_FAILED)")

    def _fail(self, code: int, message: str) -> None:
        self._reply(STATUS.get(code, 500), message.encode(), {"X-ClickHouse-Exception-Code": str(code)})

    def _reply(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Double:
    """The double as a child process on one port and directory; it can die and come back."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        with contextlib.closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """For `storage.url`."""
        return f"http://{USER}:{PASSWORD}@127.0.0.1:{self.port}/swarmscope"

    def start(self) -> None:
        """Return when it answers /ping."""
        arguments = [sys.executable, "-m", __name__, str(self.directory), str(self.port)]
        self._process = subprocess.Popen(arguments, cwd=Path(__file__).parents[2])
        deadline = time.monotonic() + 30
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/ping", timeout=1):
                    return
            except OSError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise RuntimeError("the ClickHouse double did not start") from None
                time.sleep(0.05)

    def kill(self) -> None:
        """As `kill -9`."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def main() -> None:
    """Serve DIR on PORT of the loopback until killed."""
    directory, port = sys.argv[1], int(sys.argv[2])
    Handler.engine = Engine(directory)
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    server.serve_forever()


if __name__ == "__main__":
    main()
