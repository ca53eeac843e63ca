"""The read side against platforms that misbehave."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from swarmscope_sdk import Client, ClientError

Serve = Callable[[str], tuple[int, dict[str, str]]]


class Front:
    """An HTTP server that answers GET as told and keeps what it was asked."""

    def __init__(self, answer: Serve) -> None:
        self.seen: list[tuple[str, str | None]] = []
        front = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                front.seen.append((self.path, self.headers["authorization"]))
                status, headers = answer(self.path)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                body = b'{"state": "good"}'
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                """Quiet."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def other() -> Iterator[Front]:
    front = Front(lambda path: (200, {}))
    yield front
    front.close()


def test_the_credential_follows_no_redirect_to_another_address(other: Front) -> None:
    front = Front(lambda path: (307, {"location": other.url + path}))
    try:
        with pytest.raises(ClientError, match=rf"sends on to {other.url}.*give that address") as refused:
            Client(front.url, "secret").health()
    finally:
        front.close()
    assert refused.value.status == 307 and not refused.value.retryable
    assert other.seen == []


def test_a_redirect_within_the_platform_is_followed() -> None:
    front = Front(lambda path: (200, {}) if path.endswith("/") else (308, {"location": path + "/"}))
    try:
        assert Client(front.url, "secret").health() == {"state": "good"}
    finally:
        front.close()
    assert front.seen == [("/api/v1/health", "Bearer secret"), ("/api/v1/health/", "Bearer secret")]


@pytest.mark.parametrize(
    "answer", [b"this is no HTTP\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{", b""]
)
def test_what_speaks_no_http_is_an_error_of_the_client(answer: bytes) -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65_536)
            connection.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    with listener, pytest.raises(ClientError, match="cannot be reached|not JSON"):
        Client(f"http://127.0.0.1:{listener.getsockname()[1]}").health()
    thread.join(10)


def test_an_unknown_severity_is_no_all_clear(other: Front) -> None:
    with pytest.raises(ValueError, match="severity='Critical' is not one of critical, high"):
        Client(other.url).alerts("Critical")  # type: ignore[arg-type] # that is the point
