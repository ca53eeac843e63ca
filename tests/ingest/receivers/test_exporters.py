"""The OpenTelemetry SDK's own exporters deliver everything, over gRPC and HTTP, plain and compressed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry._logs import LogRecord
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as GrpcLogs
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter as GrpcMetrics
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcSpans
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter as HttpLogs
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter as HttpMetrics
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpSpans
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from swarmscope.ingest.receivers.grpc import OtlpGrpcServer
from swarmscope.ingest.receivers.http import OtlpHttpServer
from swarmscope.ingest.wire import plain

from .conftest import Sink


def send_spans(exporter: Any) -> None:
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(exporter))
    tracer = provider.get_tracer("test", "1.0")
    for i in range(1000):
        with tracer.start_as_current_span(f"span {i % 7}", attributes={"i": i, "tags": ["a", "b"]}) as span:
            span.add_event("said", {"text": "héllo"})
    provider.shutdown()


def send_logs(exporter: Any) -> None:
    provider = LoggerProvider()
    provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
    logger = provider.get_logger("test")
    for i in range(1000):
        logger.emit(LogRecord(timestamp=i + 1, body={"n": i}, attributes={"i": i}))
    provider.shutdown()


def send_metrics(exporter: Any) -> None:
    provider = MeterProvider([PeriodicExportingMetricReader(exporter, export_interval_millis=1e9)])
    meter = provider.get_meter("test")
    histogram, counter = meter.create_histogram("latency", "ms"), meter.create_counter("calls")
    for i in range(100):
        histogram.record(i * 1.5, {"agent": str(i % 10)})
        counter.add(1, {"agent": str(i % 10)})
    provider.shutdown()


def check(sink: Sink) -> None:
    """All arrived, and reads as it was sent."""
    scanner = plain.Scanner()
    for number, (signal, body, _, _) in enumerate(sink.requests):
        getattr(scanner, f"add_{signal}")(body, number)
    spans, logs, metrics = scanner.spans(), scanner.logs(), scanner.metrics()
    assert len(spans.name) == 1000
    assert len(spans.event_time) == 1000
    assert len(logs.time) == 1000
    assert logs.body.data.tobytes().startswith(b'{"n":0}{"n":1}')
    assert sum(metrics.value[metrics.hist < 0]) == 100
    assert sum(metrics.hist_count) == 100


@pytest.mark.parametrize("compression", [Compression.NoCompression, Compression.Gzip, Compression.Deflate])
def test_over_http(serve_http: Callable[..., OtlpHttpServer], sink: Sink, compression: Compression) -> None:
    url = f"http://127.0.0.1:{serve_http().port}/v1"
    send_spans(HttpSpans(f"{url}/traces", compression=compression))
    send_logs(HttpLogs(f"{url}/logs", compression=compression))
    send_metrics(HttpMetrics(f"{url}/metrics", compression=compression))
    check(sink)


def test_over_grpc(serve_grpc: Callable[..., OtlpGrpcServer], sink: Sink) -> None:
    url = f"http://127.0.0.1:{serve_grpc().port}"
    send_spans(GrpcSpans(url))
    send_logs(GrpcLogs(url))
    send_metrics(GrpcMetrics(url))
    check(sink)
