"""The port of OTLP/gRPC of a running program: what is sent there is read there, as Jaeger's query v3."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import grpc
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from swarmscope.app import App
from swarmscope.config import load
from swarmscope.serve.compat.jaeger_grpc import MESSAGES, SERVICE
from tests.support.shop import checkouts, trace_id


def test_the_program_serves_it_beside_otlp(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    ports = {"port": 0, "otlp_grpc_port": port, "otlp_http_port": 0}
    app = App(load(environ={}, overrides={"storage": {"data_dir": str(tmp_path)}, "server": ports}))
    app.start()
    try:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            sent = channel.unary_unary("/opentelemetry.proto.collector.trace.v1.TraceService/Export")
            assert sent(checkouts(time.time_ns()), timeout=20) == b""
            asked = MESSAGES["GetTraceRequest"](trace_id=trace_id(1).hex()).SerializeToString()
            until = time.monotonic() + 20
            while True:
                try:
                    got = list(channel.unary_stream(f"{SERVICE}GetTrace")(asked, timeout=20))
                    break
                except grpc.RpcError as e:
                    assert e.code() == grpc.StatusCode.NOT_FOUND and time.monotonic() < until
                    time.sleep(0.1)
        spans = [s for m in got for r in TracesData.FromString(m).resource_spans for s in r.scope_spans[0].spans]
        assert len(spans) == 4
    finally:
        app.close()
