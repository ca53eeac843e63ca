"""The real program as a child process on free ports and a directory of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

READY_S = 120.0
STOP_S = 60.0


def free_ports(count: int) -> list[int]:
    """Ports that nothing listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for s in sockets:
            s.bind(("127.0.0.1", 0))
        return [s.getsockname()[1] for s in sockets]
    finally:
        for s in sockets:
            s.close()


class Server:
    """`swarmscope up` on `data_dir`, as a context manager. `kill()` is SIGKILL, `stop()` SIGTERM; then `start()` again."""

    def __init__(self, data_dir: Path, **environ: str) -> None:
        self.data_dir = data_dir
        self.port, self.grpc_port, self.http_port = free_ports(3)
        self.url = f"http://127.0.0.1:{self.port}"
        self.otlp_url = f"http://127.0.0.1:{self.http_port}"
        self.grpc = f"127.0.0.1:{self.grpc_port}"
        self.log = data_dir.with_name(data_dir.name + ".log")
        self.environ = {
            **{k: v for k, v in os.environ.items() if not k.startswith("SWARMSCOPE_")},
            "SWARMSCOPE_STORAGE_DATA_DIR": str(data_dir),
            "SWARMSCOPE_SERVER_PORT": str(self.port),
            "SWARMSCOPE_SERVER_OTLP_GRPC_PORT": str(self.grpc_port),
            "SWARMSCOPE_SERVER_OTLP_HTTP_PORT": str(self.http_port),
            "SWARMSCOPE_LOG_FORMAT": "json",
            **environ,
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.http = httpx.Client(base_url=self.url, timeout=30, trust_env=False)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()
        if self.process is not None and self.process.poll() is None:
            self.stop()

    def start(self, ready: bool = True) -> Self:
        """Start it, and wait until it is ready unless told not to."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "swarmscope", "up"], env=self.environ, stdout=log, stderr=log
            )
        if ready:
            self.wait_ready()
        return self

    def wait_ready(self) -> None:
        """Until /health/ready says so; AssertionError with the log when it ends or takes too long."""
        end = time.monotonic() + READY_S
        assert self.process is not None
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise AssertionError(f"the server ended with {self.process.returncode}:\n{self.text()}")
            try:
                if self.http.get("/health/ready").status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        self.kill()
        raise AssertionError(f"the server was not ready in {READY_S} s:\n{self.text()}")

    def kill(self) -> None:
        """SIGKILL."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM; the exit code. AssertionError when it does not end in time."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the server did not stop in {STOP_S} s:\n{self.text()}") from None

    def text(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-6000:]

    def get(self, path: str, **params: Any) -> Any:
        """The JSON answer of GET under /api/v1; AssertionError for a refusal."""
        answer = self.http.get(f"/api/v1{path}", params=params)
        assert answer.status_code == 200, (answer.status_code, answer.text)
        return answer.json()

    def sql(self, query: str) -> list[dict[str, Any]]:
        """Rows of guarded SQL."""
        answer = self.http.post("/api/v1/sql", json={"query": query})
        assert answer.status_code == 200, (answer.status_code, answer.text)
        body = answer.json()
        names = [c["name"] if isinstance(c, dict) else c for c in body["columns"]]
        return [dict(zip(names, row, strict=True)) for row in body["rows"]]

    def eventually(self, check: Any, within_s: float = 20.0) -> Any:
        """The first true value of `check()`; AssertionError with the last one when none comes in time."""
        end = time.monotonic() + within_s
        while True:
            value = check()
            if value:
                return value
            assert time.monotonic() < end, f"still {value!r} after {within_s} s\n{self.text()}"
            time.sleep(0.1)
