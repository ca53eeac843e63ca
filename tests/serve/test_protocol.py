"""Hostile clients of the main port: heads, bodies, time and connections are bounded, and others are served meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from fastapi import FastAPI, Request, WebSocket

from swarmscope.errors import OverloadError
from swarmscope.serve import bodies, protocol
from swarmscope.serve.problems import problem
from swarmscope.serve.protocol import BoundedBody, BoundedHttp, BoundedWebSocket


class Port:
    """A small application behind the protocol."""

    def __init__(self) -> None:
        app = FastAPI()
        self.arrived, self.over = threading.Event(), threading.Event()
        app.add_exception_handler(OverloadError, lambda _request, error: problem(503, "OverloadError", str(error)))

        @app.post("/echo")
        async def echo(body: dict[str, int]) -> dict[str, int]:
            return body

        @app.post("/v1/inflated")
        async def inflated(request: Request) -> int:
            body = await bodies.received(request, 1 << 24, 1 << 24)
            self.arrived.set()
            await asyncio.to_thread(self.over.wait, 30)
            return len(body)

        @app.get("/")
        async def root() -> str:
            return "here"

        @app.websocket("/ws")
        async def live(given: WebSocket) -> None:
            await given.accept()
            await given.send_text(await given.receive_text())
            await given.close()

        app.add_middleware(BoundedBody, apart="/v1/")
        options = uvicorn.Config(app, port=0, http=BoundedHttp, ws=BoundedWebSocket, log_config=None, lifespan="off")
        self.server = uvicorn.Server(options)
        self.thread = threading.Thread(target=lambda: asyncio.run(self.server.serve()), daemon=True)
        self.thread.start()
        while not self.server.started:
            assert self.thread.is_alive()
            time.sleep(0.01)
        self.number: int = self.server.servers[0].sockets[0].getsockname()[1]

    def open(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.number), timeout=30)

    def is_serving(self) -> bool:
        return b"200 OK" in talk(self, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")


@pytest.fixture
def port() -> Iterator[Port]:
    made = Port()
    yield made
    made.server.should_exit = True
    made.thread.join(30)


def rest(client: socket.socket) -> bytes:
    """All until the server closes."""
    got = b""
    try:
        while part := client.recv(65536):
            got += part
    except ConnectionResetError:
        pass
    return got


def talk(port: Port, *parts: bytes) -> bytes:
    with port.open() as client:
        for part in parts:
            try:
                client.sendall(part)
            except (BrokenPipeError, ConnectionResetError):
                break
        return rest(client)


@pytest.mark.parametrize(
    ("begin", "more"),
    [
        (b"GET /", b"a" * 32768),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: ", b"a" * 32768),
        (b"GET / HTTP/1.1\r\nHost: x\r\n", b"X-a: b\r\n" * 4096),
    ],
    ids=["address", "header", "headers"],
)
def test_a_head_without_end_is_refused(port: Port, begin: bytes, more: bytes) -> None:
    answer = talk(port, begin, *[more] * 40)
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert str(protocol.HEAD_BYTES_MAX).encode() in answer
    assert port.is_serving()


def test_a_head_of_just_the_limit_is_read_and_its_body_too(port: Port) -> None:
    body = b'{"a": 1}'
    head = b"POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
    head += b"Content-Length: %d\r\nX: " % len(body)
    head += b"x" * (protocol.HEAD_BYTES_MAX - len(head) - 4) + b"\r\n\r\n"
    assert talk(port, head + body).endswith(b'{"a":1}')
    assert talk(port, head[:-5] + b"yy\r\n\r\n" + body).startswith(b"HTTP/1.1 431 ")


def test_many_requests_on_one_connection_each_have_their_own_head(port: Port) -> None:
    one = b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 3000 + b"\r\n\r\n"
    last = one.replace(b"Host: x", b"Host: x\r\nConnection: close")
    assert talk(port, one * 30 + last).count(b"200 OK") == 31


def test_slow_heads_and_bodies_are_parted_with(port: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_TIMEOUT_S", 0.3)
    monkeypatch.setattr(protocol, "BODY_TIMEOUT_S", 0.3)
    assert talk(port, b"GET / HTTP/1.1\r\nHost:").startswith(b"HTTP/1.1 408 ")
    assert b"408" in talk(port)  # says nothing at all
    head = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n"
    assert talk(port, head, b"{").startswith(b"HTTP/1.1 408 ")
    assert port.is_serving()


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_the_limit_is_refused(port: Port, chunked: bool) -> None:
    head = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    if chunked:
        answer = talk(
            port, head + b"Transfer-Encoding: chunked\r\n\r\n", *[b"100000\r\n" + b"[" * (1 << 20) + b"\r\n"] * 6
        )
    else:
        answer = talk(port, head + b"Content-Length: %d\r\n\r\n" % (1 << 40))
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert json.loads(answer[answer.index(b"{") :])["status"] == 413
    assert port.is_serving()


def test_bodies_share_a_budget(port: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "BODIES_BYTES_MAX", 1 << 20)
    head = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2000000\r\n\r\n"
    assert b" 503 " in talk(port, head, b" " * 1_500_000)
    assert port.is_serving()


def test_what_comes_out_of_a_bomb_counts_until_its_request_is_answered(port: Port) -> None:
    bomb = gzip.compress(bytes(10 << 20))
    call = b"POST /v1/inflated HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nConnection: close\r\nContent-Length: "
    call += b"%d\r\n\r\n%s" % (len(bomb), bomb)
    with port.open() as first:
        first.sendall(call)
        assert port.arrived.wait(30)
        assert b" 503 " in talk(port, call)  # ten of sixteen MiB are held already
        port.over.set()
        assert b"".join(iter(lambda: first.recv(1 << 16), b"")).endswith(b"%d" % (10 << 20))
    assert b" 200 " in talk(port, call)  # what the first held is free again


def test_too_many_connections_are_told_to_come_back(port: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "CONNECTIONS_MAX", 2)
    with port.open() as one, port.open() as two:
        for client in (one, two):
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"200 OK" in client.recv(4096)
        assert talk(port).startswith(b"HTTP/1.1 503 ")
    monkeypatch.setattr(protocol, "CONNECTIONS_MAX", 100)
    assert port.is_serving()


def test_a_websocket_goes_through_and_may_be_silent(port: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    from websockets.sync.client import connect

    monkeypatch.setattr(protocol, "HEAD_TIMEOUT_S", 0.2)
    monkeypatch.setattr(protocol, "BODY_TIMEOUT_S", 0.2)
    with connect(f"ws://127.0.0.1:{port.number}/ws") as client:
        assert b"408" in talk(port)  # which takes as long as the silence may
        client.send("hello")
        assert client.recv() == "hello"


def test_a_page_that_floods_is_parted_with(port: Port) -> None:
    hello = (
        b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    with port.open() as client:
        client.sendall(hello)
        assert client.recv(4096).startswith(b"HTTP/1.1 101 ")
        mask = bytes(4)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            client.sendall(b"\x01\x80" + mask)
            for _ in range(100):
                client.sendall((b"\x00\x80" + mask) * 10_000)  # fragments of nothing
        with contextlib.suppress(ConnectionResetError):
            while client.recv(65536):
                pass
    assert port.is_serving()
