"""The program under measurement: a real server as a child process, with its defaults, on a fresh data directory."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import orjson

from swarmscope.bench import process

READY_MAX_S = 600.0  # the first start after an upgrade compiles
STOP_MAX_S = 60.0
WARM_MAX_S = 180.0
SETTLE_QUIET_S = 6.0
REST_CPU = 0.3  # share of a core that a server at rest stays below


class ServerError(RuntimeError):
    """The server under measurement did not do what it must; carries the end of its log."""


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]
    finally:
        for one in sockets:
            one.close()


class Server:
    """`python -m swarmscope up` on `data_dir` and free ports. A context manager: stopped at the end."""

    def __init__(self, data_dir: Path, environment: Mapping[str, str] | None = None) -> None:
        self.data_dir = data_dir
        port, grpc, http = free_ports(3)
        self.url, self.otlp, self.grpc = (
            f"http://127.0.0.1:{port}",
            f"http://127.0.0.1:{http}",
            f"grpc://127.0.0.1:{grpc}",
        )
        arguments = [
            "--data-dir",
            str(data_dir),
            "--port",
            str(port),
            "--otlp-grpc-port",
            str(grpc),
            "--otlp-http-port",
            str(http),
        ]
        self._command = [sys.executable, "-m", "swarmscope", "up", *arguments]
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("SWARMSCOPE_") or k == "SWARMSCOPE_WIRE"}
        self._environment = {**inherited, **(environment or {})}
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the server
        self._process: subprocess.Popen[bytes] | None = None
        self.http = httpx.Client(base_url=self.url, timeout=120, trust_env=False)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.__exit__(None, None, None)  # a server that did not come up must not stay behind
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self.http.close()
        self._log.close()

    @property
    def pid(self) -> int:
        """Of the running server."""
        if self._process is None:
            raise ServerError("the server is not running")
        return self._process.pid

    def start(self) -> float:
        """Start and wait until it is ready; seconds it took."""
        begun = time.monotonic()
        self._process = subprocess.Popen(
            self._command, env=self._environment, stdout=self._log, stderr=subprocess.STDOUT
        )
        self.until(self.ready, READY_MAX_S, "become ready", 0.02)
        return time.monotonic() - begun

    def stop(self, how: int = signal.SIGTERM) -> None:
        """End it; SIGKILL when it does not go."""
        child, self._process = self._process, None
        if child is None:
            return
        child.send_signal(how)
        try:
            child.wait(STOP_MAX_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def ready(self) -> bool:
        """Whether it says so."""
        try:
            return self.http.get("/health/ready").status_code == 200
        except httpx.HTTPError:
            return False

    def until(self, condition: Callable[[], bool], timeout_s: float, what: str, pause_s: float = 0.1) -> None:
        """Wait for `condition`. ServerError with the end of its log when time is up or the server ended."""
        deadline = time.monotonic() + timeout_s
        while not condition():
            ended = self._process is None or self._process.poll() is not None
            if ended or time.monotonic() > deadline:
                why = "ended" if ended else f"took more than {timeout_s:g} s"
                raise ServerError(f"the server did not {what}: it {why}; its log ends with: {self.log_end()}")
            time.sleep(pause_s)

    def log_end(self) -> str:
        """The last lines that it printed."""
        self._log.seek(0)
        return self._log.read().decode("utf-8", "replace")[-1500:].strip()

    def get(self, path: str, **params: Any) -> Any:
        """A JSON answer of the REST API."""
        return orjson.loads(self.ask(path, params))

    def ask(self, path: str, params: Mapping[str, str | int]) -> bytes:
        """The body of a REST answer. ServerError with the server's words when it is an error."""
        answer = self.http.get(f"/api/v1{path}", params=dict(params))
        if answer.is_error:
            where = f"{path} {dict(params)} was answered {answer.status_code}: {answer.text[:500]}"
            raise ServerError(f"{where}; the log ends with: {self.log_end()}" if answer.is_server_error else where)
        return answer.content

    def sql(self, query: str) -> list[list[Any]]:
        """Rows of a read-only query."""
        answer = self.http.post("/api/v1/sql", json={"query": query, "format": "json", "limit": 100_000})
        answer.raise_for_status()
        rows: list[list[Any]] = orjson.loads(answer.content)["rows"]
        return rows

    def count(self, table: str) -> int:
        """Rows of a table."""
        return int(self.sql(f"SELECT count() FROM {table}")[0][0])  # noqa: S608 - table names are ours

    def warm_up(self) -> None:
        """Send a little of everything until compiled kernels serve and are at rest, so that compiling is not measured."""
        self._send_a_little()
        self.until(self.is_fast, WARM_MAX_S, "compile its scanners", 0.25)
        self._send_a_little()
        self.rest()

    def rest(self) -> None:
        """Wait until nothing is done by itself: what a start leaves for later is done."""
        self.until(self._at_rest, WARM_MAX_S, "come to rest", 0.1)

    def _send_a_little(self) -> None:
        import numpy as np

        from swarmscope.sim.connection import connect
        from swarmscope.sim.payload import templates

        rng = np.random.default_rng(0)
        for url in (self.otlp, self.grpc):
            connection = connect(url)
            for signal_name in ("traces", "logs"):
                for template in templates(signal_name, 99, 1):
                    connection.send(signal_name, template.make(rng, time.time_ns() - 10**9, 1000))
            connection.close()

    def is_fast(self) -> bool:
        """Whether machine code serves, by the server's own word."""
        if self._environment.get("SWARMSCOPE_WIRE") == "plain":
            return True
        text = self.http.get("/metrics").text
        return "\nswarmscope_ingest_wire_fast 1" in text and "\nswarmscope_ingest_pipeline_fast 1" in text

    def _at_rest(self) -> bool:
        before = process.cpu_s(self.pid)
        time.sleep(1.0)
        return process.cpu_s(self.pid) - before < REST_CPU

    def settle(self, table: str, rows: int, timeout_s: float = 300) -> tuple[float, float]:
        """Wait until `rows` are visible in `table` and merges have been quiet; (seconds to visible, seconds to quiet)."""
        begun = time.monotonic()
        self.until(lambda: self.count(table) >= rows, timeout_s, f"show {rows} rows of {table}", 0.05)
        visible = time.monotonic() - begun
        store, quiet_since = self.data_dir / "store", time.monotonic()
        parts = process.part_folders(store)
        while time.monotonic() - quiet_since < SETTLE_QUIET_S and time.monotonic() - begun < timeout_s:
            time.sleep(0.5)
            now = process.part_folders(store)
            if now - parts:
                quiet_since = time.monotonic()
            parts = now
        return visible, quiet_since - begun
