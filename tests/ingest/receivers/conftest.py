"""Receivers on random ports, in front of a sink that decodes what it is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import msgspec
import pytest

from swarmscope.config import Config, Ingest, Server
from swarmscope.errors import AuthError
from swarmscope.ingest.receivers.grpc import OtlpGrpcServer
from swarmscope.ingest.receivers.http import OtlpHttpServer
from swarmscope.ingest.wire import json_to_protobuf, plain
from swarmscope.model.access import LOCAL, Principal, Role
from swarmscope.model.batch import Receipt

TLS = Path(__file__).parents[2] / "golden" / "tls"


class Sink:
    """Decodes requests at once. `respond` decides the outcome of the next ones; `hold` keeps the answers back."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, bytes, str, str]] = []
        self.items = 0
        self.error: Exception | None = None
        self.refuse_at_once: Exception | None = None
        self.receipt: Receipt | None = None
        self.hold = False
        self.held: list[tuple[Future[Receipt], Receipt]] = []

    def submit(self, signal: str, body: bytes, tenant: str, encoding: str, lane: str = "live") -> Future[Receipt]:
        """As the intake does."""
        if self.refuse_at_once:
            raise self.refuse_at_once
        future: Future[Receipt] = Future()
        try:
            if self.error:
                raise self.error
            protobuf = json_to_protobuf(signal, body) if encoding == "json" else body
            n = getattr(plain.Scanner(), f"add_{signal}")(protobuf, 0)
        except Exception as e:  # noqa: BLE001 - as the intake: it reaches the sender
            future.set_exception(e)
            return future
        self.requests.append((signal, bytes(protobuf), tenant, lane))
        self.items += n
        if self.hold:
            self.held.append((future, Receipt(n)))
        else:
            future.set_result(self.receipt or Receipt(n))
        return future

    def release(self) -> None:
        """Answer what was held, the last first."""
        for future, receipt in reversed(self.held):
            future.set_result(receipt)
        self.held.clear()


def authenticate(headers: Mapping[str, str]) -> Principal:
    """Everyone, unless a credential says otherwise."""
    match headers.get("authorization", ""):
        case "":
            return LOCAL
        case "Bearer writer":
            return Principal("acme", Role.INGEST, "k1")
        case "Bearer viewer":
            return Principal("acme", Role.VIEWER, "k2")
        case _:
            raise AuthError("this key is not known")


def config(tls: bool = False, **ingest: Any) -> Config:
    """Random ports on loopback."""
    server = Server(otlp_grpc_port=0, otlp_http_port=0)
    if tls:
        server = msgspec.structs.replace(
            server, tls_cert=str(TLS / "localhost.crt"), tls_key=str(TLS / "localhost.key")
        )
    return Config(server=server, ingest=Ingest(**ingest))


@pytest.fixture
def sink() -> Sink:
    """What the receivers deliver to."""
    return Sink()


@pytest.fixture
def serve_http(sink: Sink) -> Iterator[Callable[..., OtlpHttpServer]]:
    """Start a server on 4318's protocol."""
    servers = []

    def start(**options: Any) -> OtlpHttpServer:
        server = OtlpHttpServer(config(**options), sink, authenticate)
        server.start()
        servers.append(server)
        return server

    yield start
    sink.release()
    for server in servers:
        server.stop()


@pytest.fixture
def http(serve_http: Callable[..., OtlpHttpServer]) -> OtlpHttpServer:
    """A server with small limits."""
    return serve_http(message_max_bytes=1 << 20, memory_max_bytes=4 << 20)


@pytest.fixture
def serve_grpc(sink: Sink) -> Iterator[Callable[..., OtlpGrpcServer]]:
    """Start a server on 4317's protocol."""
    servers = []

    def start(**options: Any) -> OtlpGrpcServer:
        server = OtlpGrpcServer(config(**options), sink, authenticate)
        server.start()
        servers.append(server)
        return server

    yield start
    sink.release()
    for server in servers:
        server.stop()
