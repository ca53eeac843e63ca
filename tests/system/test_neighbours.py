"""The real program: Zipkin on its usual kind of port, Jaeger's gRPC beside OTLP's, and both answers in Jaeger's API."""

from __future__ import annotations

import json
import time
from pathlib import Path

import grpc
import httpx
import pytest

from swarmscope.ingest.neighbours import protos
from tests.support.server import Server, free_ports

pytestmark = pytest.mark.long


def test_conventional_ports_and_grpc(tmp_path: Path) -> None:
    (zipkin,) = free_ports(1)
    now_us = time.time_ns() // 1000
    with Server(tmp_path / "data", SWARMSCOPE_SERVER_MORE_PORTS=str(zipkin)) as server:
        span = {"traceId": "a1", "id": "1", "name": "z", "timestamp": now_us, "localEndpoint": {"serviceName": "zip"}}
        sent = httpx.post(
            f"http://127.0.0.1:{zipkin}/api/v2/spans",
            content=json.dumps([span]),
            headers={"content-type": "application/json"},
            timeout=60,
            trust_env=False,
        )
        assert sent.status_code == 202, sent.text
        assert server.http.get("/health/live").status_code == 200, "the main port answers too"

        made = protos.classes("jaeger.api_v2", protos.JAEGER)["PostSpansRequest"]()
        made.batch.process.service_name = "jag"
        one = made.batch.spans.add(trace_id=b"\0" * 15 + b"\xa2", span_id=b"\0" * 7 + b"\1", operation_name="j")
        one.start_time.FromNanoseconds(now_us * 1000)
        with grpc.insecure_channel(server.grpc) as channel:
            post = channel.unary_unary("/jaeger.api_v2.CollectorService/PostSpans")
            assert post(made.SerializeToString(), timeout=30) == b""
            with pytest.raises(grpc.RpcError) as refused:
                post(b"\xff\xff", timeout=30)
            assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT

        until = time.monotonic() + 30
        while True:
            found = [server.http.get(f"/api/traces/{trace}") for trace in ("a1", "a2")]
            if all(f.status_code == 200 for f in found):
                break
            assert time.monotonic() < until, [f.text for f in found]
            time.sleep(0.2)
        names = [p["serviceName"] for f in found for p in f.json()["data"][0]["processes"].values()]
        assert names == ["zip", "jag"]
