"""A real OTLP/HTTP receiver for the tests: decodes with the official protobuf classes, can be slow, sick or away."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

REQUESTS: dict[str, type[Any]] = {
    "/v1/traces": ExportTraceServiceRequest,
    "/v1/logs": ExportLogsServiceRequest,
    "/v1/metrics": ExportMetricsServiceRequest,
}


def plain(value: Any) -> Any:
    """An OTLP AnyValue as Python."""
    match value.WhichOneof("value"):
        case None:
            return None
        case "array_value":
            return [plain(v) for v in value.array_value.values]
        case "kvlist_value":
            return attributes(value.kvlist_value.values)
        case kind:
            return getattr(value, kind)


def attributes(pairs: Any) -> dict[str, Any]:
    """OTLP attributes as a dict; a key that comes twice fails."""
    found: dict[str, Any] = {}
    for pair in pairs:
        assert pair.key not in found, f"attribute {pair.key} comes twice"
        found[pair.key] = plain(pair.value)
    return found


@dataclass
class Received:
    """What arrived, decoded."""

    requests: list[tuple[str, Any, dict[str, str]]] = field(default_factory=list)

    def messages(self, path: str) -> list[Any]:
        return [message for at, message, _ in list(self.requests) if at == path]

    def spans(self, pending: bool | None = False) -> list[Any]:
        """Spans; pending=False: finished ones, True: announced ones, None: both."""
        found = [
            span
            for message in self.messages("/v1/traces")
            for resource in message.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]
        return [s for s in found if pending is None or is_pending(s) is pending]

    def logs(self) -> list[Any]:
        return [
            record
            for message in self.messages("/v1/logs")
            for resource in message.resource_logs
            for scope in resource.scope_logs
            for record in scope.log_records
        ]

    def events(self, name: str) -> list[dict[str, Any]]:
        """Attributes of the event records of that name (last part)."""
        return [attributes(r.attributes) for r in self.logs() if r.event_name == f"swarmscope.agent.{name}"]

    def metrics(self) -> list[Any]:
        return [
            metric
            for message in self.messages("/v1/metrics")
            for resource in message.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        ]

    def values(self, name: str) -> dict[tuple[tuple[str, Any], ...], float]:
        """Labels (sorted pairs) → newest value of a gauge or sum."""
        found: dict[tuple[tuple[str, Any], ...], float] = {}
        for metric in self.metrics():
            if metric.name == name:
                for point in getattr(metric, metric.WhichOneof("data")).data_points:
                    kind = point.WhichOneof("value")
                    found[tuple(sorted(attributes(point.attributes).items()))] = getattr(point, kind)
        return found

    def span(self, name: str) -> Any:
        found = [s for s in self.spans() if s.name == name]
        assert len(found) == 1, f"{len(found)} spans named {name!r} among {[s.name for s in self.spans()]}"
        return found[0]


def is_pending(span: Any) -> bool:
    return attributes(span.attributes).get("swarmscope.pending") is True


@dataclass
class OtlpSink:
    """`answer(path, items)` gives (status, headers, body); 200 and nothing by default."""

    received: Received = field(default_factory=Received)
    answer: Callable[[str], tuple[int, dict[str, str], bytes]] = lambda path: (200, {}, b"")
    port: int = 0
    _server: ThreadingHTTPServer | None = None
    _connections: list[socket.socket] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        sink = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 20

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                assert self.headers["content-type"] == "application/x-protobuf"
                if self.headers["content-encoding"] == "gzip":
                    body = gzip.decompress(body)
                message = REQUESTS[self.path]()
                message.ParseFromString(body)
                status, headers, answer = sink.answer(self.path)
                if status == 200:
                    sink.received.requests.append((self.path, message, {k.lower(): v for k, v in self.headers.items()}))
                self.send_response(status)
                for key, value in {**headers, "content-length": str(len(answer))}.items():
                    self.send_header(key, value)
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args: Any) -> None:
                """Quiet."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True

            def get_request(self) -> tuple[socket.socket, Any]:
                connection, address = super().get_request()
                sink._connections.append(connection)
                return connection, address

            def handle_error(self, request: Any, client_address: Any) -> None:
                """A connection that `stop` cut is no failure."""

        self._server = Server(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
            for connection in self._connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            self._connections.clear()


def running() -> Iterator[OtlpSink]:
    """Start, yield, stop."""
    sink = OtlpSink()
    sink.start()
    try:
        yield sink
    finally:
        sink.stop()


def eventually(check: Callable[[], Any], what: str, within_s: float = 10.0) -> Any:
    """Poll until `check` is true; fails with `what` otherwise."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if found := check():
            return found
        time.sleep(0.01)
    raise AssertionError(f"not within {within_s} s: {what}")
