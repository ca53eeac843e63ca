"""An OTLP front door in the test's own process, and what a fleet said, decoded with the official classes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from swarmscope.sim.outbox import Request
from swarmscope.sim.run import TICK_S, Options, Simulation

T0_NS = 1_760_000_000_000_000_000


def plain(value: AnyValue) -> object:
    """The Python value of an AnyValue."""
    kind = value.WhichOneof("value")
    return (
        [plain(v) for v in value.array_value.values]
        if kind == "array_value"
        else getattr(value, kind)
        if kind
        else None
    )


def attributes(items: list[KeyValue]) -> dict[str, object]:
    """KeyValues as a dict; a key that occurs twice fails the test."""
    found = {a.key: plain(a.value) for a in items}
    assert len(found) == len(items), f"a key occurs twice: {sorted(a.key for a in items)}"
    return found


@dataclass
class Said:
    """Everything a fleet said, decoded. pending: spans that carry the mark, apart from the finished ones."""

    spans: list[tuple[dict[str, object], str, Span, dict[str, object]]] = field(default_factory=list)
    pending: list[tuple[dict[str, object], str, Span, dict[str, object]]] = field(default_factory=list)
    logs: list[tuple[dict[str, object], LogRecord, dict[str, object]]] = field(default_factory=list)
    metrics: list[tuple[dict[str, object], Metric]] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def add(self, request: Request) -> int:
        """Decode one request; its items."""
        self.requests.append(request)
        if request.signal == "traces":
            return self._spans(ExportTraceServiceRequest.FromString(request.body))
        if request.signal == "logs":
            return self._logs(ExportLogsServiceRequest.FromString(request.body))
        return self._metrics(ExportMetricsServiceRequest.FromString(request.body))

    def _spans(self, request: ExportTraceServiceRequest) -> int:
        count = 0
        for block in request.resource_spans:
            resource = attributes(list(block.resource.attributes))
            for scope in block.scope_spans:
                for span in scope.spans:
                    known = attributes(list(span.attributes))
                    to = self.pending if known.get("swarmscope.pending") else self.spans
                    to.append((resource, scope.scope.name, span, known))
                    count += 1
        return count

    def _logs(self, request: ExportLogsServiceRequest) -> int:
        count = 0
        for block in request.resource_logs:
            resource = attributes(list(block.resource.attributes))
            for scope in block.scope_logs:
                self.logs += [(resource, record, attributes(list(record.attributes))) for record in scope.log_records]
                count += len(scope.log_records)
        return count

    def _metrics(self, request: ExportMetricsServiceRequest) -> int:
        count = 0
        for block in request.resource_metrics:
            resource = attributes(list(block.resource.attributes))
            for scope in block.scope_metrics:
                for metric in scope.metrics:
                    self.metrics.append((resource, metric))
                    count += len(getattr(metric, metric.WhichOneof("data")).data_points)
        return count


def lived(
    agents: int, seconds: float, seed: int = 5, scenario: str = "", truth: Path | None = None, rate: float = 1.0,
    calm_s: float = 0.0,
) -> Said:  # fmt: skip
    """What a fleet says in so many seconds of its own time."""
    options = Options(agents, seconds, rate=rate, scenario=scenario, truth=truth, calm_s=calm_s)
    simulation, said = Simulation(options, T0_NS, seed), Said()
    t = 0.0
    while t < seconds:
        t += TICK_S
        for request in simulation.advance(t):
            assert said.add(request) == request.items
    simulation.faults.close(t)
    return said


class Sink:
    """A real OTLP/HTTP server in a thread: decodes, counts, and answers what `answer` says (status, headers, body)."""

    def __init__(self) -> None:
        self.said, self.bodies, self.heard = Said(), 0, []
        self.answer: Callable[[int], tuple[int, dict[str, str], bytes]] = lambda _: (200, {}, b"")
        self._lock = threading.Lock()
        sink = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                with sink._lock:
                    status, headers, content = sink.answer(sink.bodies) if body else (200, {}, b"")
                    sink.bodies += bool(body)
                    if body:
                        sink.heard.append((self.path, dict(self.headers), status))
                    if status == 200 and body:
                        sink.said.add(Request(self.path.rsplit("/", 1)[1], body, 0))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def partial(rejected: int, message: str = "too old") -> bytes:
    """An acknowledgement that refuses some items."""
    response = ExportTraceServiceResponse()
    response.partial_success.rejected_spans = rejected
    response.partial_success.error_message = message
    return response.SerializeToString()
