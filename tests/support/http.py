"""A small HTTP server of a test, and waiting for what it leads to."""

from __future__ import annotations

import http.server
import socket
import threading
import time
from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers of a test; says nothing on the terminal."""

    @abstractmethod
    def answer(self) -> None:
        """Answer the request, whatever its method."""

    def do_GET(self) -> None:
        self.answer()

    def do_POST(self) -> None:
        self.answer()

    def log_message(self, *_args: object) -> None:
        pass

    def reply(self, status: int, body: bytes = b"", media: str = "") -> None:
        """Send an answer."""
        self.send_response(status)
        if media:
            self.send_header("content-type", media)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def served(handler: type[Handler]) -> Iterator[str]:
    """Serve on a free port of the loopback; the address as host:port."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def peer(answers: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server of one connection at a time, each left to `answers`; its address."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:  # closed at the end
                    return
                with connection:
                    try:
                        answers(connection)
                    except OSError:  # who asked waits no longer
                        continue

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(30)


def status_of(url: str) -> int:
    """The status of an answer to GET; 0: nobody answers yet."""
    try:
        return httpx.get(url, timeout=10, trust_env=False).status_code
    except httpx.HTTPError:
        return 0


def until(holds: Callable[[], object], seconds: float = 60) -> None:
    """Wait until it holds. AssertionError: it does not within these seconds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.1)
