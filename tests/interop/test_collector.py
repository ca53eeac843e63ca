"""A real OpenTelemetry Collector in front of us: all that it was given arrives, by each exporter, across a restart too.

Optional: it needs a Collector with the otlp receiver and the otlp and otlphttp exporters, named by SWARMSCOPE_OTELCOL
(`make test-interop OTELCOL=/path/to/otelcol`).
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from tests.support.server import Server, free_ports

OTELCOL = os.environ.get("SWARMSCOPE_OTELCOL", "")
pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(not OTELCOL, reason="SWARMSCOPE_OTELCOL names no Collector binary"),
]
CONFIG = """
receivers:
  otlp:
    protocols:
      http: {{endpoint: "127.0.0.1:{port}"}}
exporters:
  otlp/grpc: {{endpoint: "{grpc}", tls: {{insecure: true}}, compression: {compression}}}
  otlp_http/http: {{endpoint: "{http}", compression: {compression}}}
service:
  telemetry: {{metrics: {{level: none}}}}
  pipelines:
    traces: {{receivers: [otlp], exporters: [{exporter}]}}
    logs: {{receivers: [otlp], exporters: [{exporter}]}}
    metrics: {{receivers: [otlp], exporters: [{exporter}]}}
"""
SPANS = 5000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("collector") / "data") as started:
        yield started


def collector(server: Server, folder: Path, exporter: str, compression: str) -> tuple[subprocess.Popen[bytes], str]:
    (port,) = free_ports(1)
    config = folder / "collector.yaml"
    where = {"port": port, "grpc": server.grpc, "http": server.otlp_url}
    config.write_text(CONFIG.format(exporter=exporter, compression=compression, **where))
    process = subprocess.Popen([OTELCOL, "--config", str(config)])
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            httpx.get(f"http://127.0.0.1:{port}/")
            return process, f"http://127.0.0.1:{port}"
        except httpx.TransportError:
            time.sleep(0.1)
    process.kill()
    raise AssertionError("the Collector did not start")


def send(url: str, agent: str, count: int) -> None:
    provider = TracerProvider(resource=Resource.create({"service.name": agent}))
    exporter = OTLPSpanExporter(endpoint=f"{url}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=count + 1))
    tracer = provider.get_tracer("interop")
    for i in range(count):
        with tracer.start_as_current_span("work", attributes={"gen_ai.agent.name": agent, "n": i}):
            pass
    provider.shutdown()


def stored(server: Server, agent: str) -> tuple[int, int]:
    rows = server.sql(
        f"select count() as spans, uniqExact(attributes['n']) as distinct from spans where agent = '{agent}'"
    )
    return rows[0]["spans"], rows[0]["distinct"]


@pytest.mark.parametrize(
    ("exporter", "compression"),
    [
        ("otlp/grpc", "none"),
        ("otlp/grpc", "gzip"),  # zstd is not to be had from grpcio; docs/otlp.md says so
        ("otlp_http/http", "none"),
        ("otlp_http/http", "gzip"),
        ("otlp_http/http", "zstd"),
    ],
)
def test_given_a_collector_when_it_exports_then_nothing_is_lost_or_doubled(
    server: Server, tmp_path: Path, exporter: str, compression: str
) -> None:
    process, url = collector(server, tmp_path, exporter, compression)
    agent = f"{exporter.replace('/', '-')}-{compression}"
    try:
        send(url, agent, SPANS)
        server.eventually(lambda: stored(server, agent)[1] == SPANS, 60)
        assert stored(server, agent) == (SPANS, SPANS)
    finally:
        process.terminate()
        process.wait()


def test_given_a_collector_when_we_are_killed_and_come_back_then_nothing_is_lost(tmp_path: Path) -> None:
    with Server(tmp_path / "data") as server:
        process, url = collector(server, tmp_path, "otlp_http/http", "gzip")
        try:
            send(url, "steady", SPANS)
            server.kill()
            send(url, "steady-2", SPANS)
            server.start()
            for agent in ("steady", "steady-2"):
                server.eventually(lambda agent=agent: stored(server, agent)[1] == SPANS, 120)
        finally:
            process.terminate()
            process.wait()
