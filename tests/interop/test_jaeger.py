"""A real Jaeger beside us: the same spans to both, the questions of its page and of Grafana to both, the same answers.

Optional: it needs the all-in-one of Jaeger 1.76, named by SWARMSCOPE_JAEGER.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans

from swarmscope.bench.server import Server, free_ports
from tests.ingest.conftest import pairs
from tests.support.http import until

JAEGER = os.environ.get("SWARMSCOPE_JAEGER", "")
pytestmark = [
    pytest.mark.interop,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not JAEGER, reason="SWARMSCOPE_JAEGER names no Jaeger binary"),
]
SECOND, MS = 10**9, 10**6
START_NS = (int(time.time()) // 60 * 60 - 600) * SECOND
ENTRANCES = ("collector.otlp.http", "query.http-server", "collector.otlp.grpc", "query.grpc-server", "collector.http-server",
             "collector.grpc-server", "admin.http")  # fmt: skip
DEPENDENCIES = "/api/dependencies"
WITHIN = {"start": START_NS // 1000, "end": (START_NS + 100 * SECOND) // 1000, "limit": 100}
ID = random.Random(3)
REQUESTS: list[tuple[str, bytes]] = []


def scope(request: ExportTraceServiceRequest, service: str) -> ScopeSpans:
    """Where the spans of a service go."""
    of = request.resource_spans.add()
    of.resource.attributes.extend(pairs({"service.name": service, "host.name": "h1", "n": 5}))
    made = of.scope_spans.add()
    made.scope.name, made.scope.version = "lib", "1.2"
    return made


def trace(number: int) -> tuple[str, bytes]:
    """Five spans of three services: statuses, an exception, a link, attributes of every kind."""
    request, trace_id, root = ExportTraceServiceRequest(), ID.randbytes(16), ID.randbytes(8)
    start = START_NS + number * SECOND
    front = scope(request, "front").spans.add(
        trace_id=trace_id, span_id=root, name="GET /x", kind=2, flags=1, start_time_unix_nano=start,
        end_time_unix_nano=start + (50 + number) * MS, trace_state="a=1" if number % 3 == 0 else "",
    )  # fmt: skip
    values = {
        "http.status_code": 200 if number % 4 else 500,
        "ok": number % 2 == 0,
        "f": 1.5,
        "s": "text",
        "neg": -7,
        "big": 2**60,
    }
    front.attributes.extend(pairs(values))
    front.attributes.add(key="arr").value.array_value.values.add().string_value = "a"
    front.attributes.add(key="bin").value.bytes_value = b"\x01\x02"
    front.status.code = (2, 1, 0, 0)[number % 4]
    front.status.message = "boom" if number % 4 == 0 else ""
    event = front.events.add(name="exception", time_unix_nano=start + 5 * MS)
    event.attributes.extend(pairs({"exception.type": "E", "n": number}))
    back = scope(request, "back")
    for i in range(3):
        span_id = ID.randbytes(8)
        begun = start + i * MS + 500
        child = back.spans.add(trace_id=trace_id, span_id=span_id, parent_span_id=root, name=f"op{i}", kind=(2, 3, 1)[i],
                               start_time_unix_nano=begun, end_time_unix_nano=begun + 10 * MS + 1200)  # fmt: skip
        child.attributes.extend(pairs({"i": i}))
        if i == 1:
            scope(request, "db").spans.add(trace_id=trace_id, span_id=ID.randbytes(8), parent_span_id=span_id, name="SELECT",
                                           kind=2, start_time_unix_nano=begun, end_time_unix_nano=begun + MS)  # fmt: skip
        if i == 2:
            child.links.add(trace_id=ID.randbytes(16), span_id=ID.randbytes(8))
    return trace_id.hex(), request.SerializeToString()


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The addresses of a Jaeger and of us, with the same forty traces."""
    REQUESTS[:] = [trace(i) for i in range(40)]
    ports = dict(zip(ENTRANCES, free_ports(len(ENTRANCES)), strict=True))
    flags = [f"--{name}.host-port=127.0.0.1:{port}" for name, port in ports.items()]
    theirs = f"http://127.0.0.1:{ports['query.http-server']}"
    process = subprocess.Popen([JAEGER, *flags], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with Server(tmp_path_factory.mktemp("jaeger") / "ours") as server:
            until(lambda: asked(theirs, "/api/services")[0] == 200, 60)
            for url in (f"http://127.0.0.1:{ports['collector.otlp.http']}", server.otlp):
                for _, body in REQUESTS:
                    headers = {"content-type": "application/x-protobuf"}
                    assert (
                        httpx.post(f"{url}/v1/traces", content=body, headers=headers, trust_env=False).status_code
                        == 200
                    )
            until(lambda: len(asked(server.url, "/api/traces", service="db", **WITHIN)[1]) == 40, 60)
            yield theirs, server.url
    finally:
        process.terminate()
        process.wait(60)


def asked(url: str, path: str, **params: Any) -> tuple[int, Any]:
    """Status and data of an answer, lists whose order says nothing in an order."""
    try:
        answer = httpx.get(f"{url}{path}", params=params, timeout=60, trust_env=False)
    except httpx.HTTPError:
        return 0, None
    return answer.status_code, _ordered(answer.json()["data"])


def _ordered(found: Any) -> Any:
    """Spans with their process in place, everything sorted; nothing is an empty list."""
    if isinstance(found, dict):
        processes = found.get("processes", {})
        found = {k: v for k, v in found.items() if k != "processes"}
        if "processID" in found:
            return {k: _ordered(v) for k, v in found.items()}
        if processes:
            found["spans"] = [{**s, "processID": processes[s["processID"]]} for s in found["spans"]]
        return {k: _ordered(v) for k, v in found.items()}
    if isinstance(found, list):
        return sorted(map(_ordered, found), key=lambda v: json.dumps(v, sort_keys=True))
    return found if found is not None else []


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/api/services", {}),
        ("/api/services/back/operations", {}),
        ("/api/services/nope/operations", {}),
        ("/api/operations", {"service": "back"}),
        ("/api/operations", {"service": "back", "spanKind": "server"}),
        ("/api/traces/ID", {}),
        ("/api/traces/abababababababababababababababab", {}),
        ("/api/traces/xyz", {}),
        ("/api/traces", {"service": "front", "limit": 7}),
        ("/api/traces", {"service": "db", "operation": "SELECT"}),
        ("/api/traces", {"service": "front", "tags": '{"http.status_code":"500"}'}),
        ("/api/traces", {"service": "front", "tags": '{"error":"true"}'}),
        ("/api/traces", {"service": "front", "tag": ["ok:true", "s:text"]}),
        ("/api/traces", {"service": "front", "minDuration": "55ms", "maxDuration": "80ms"}),
        ("/api/traces", {"service": "back", "tags": '{"span.kind":"client"}'}),
        ("/api/traces", {"service": "back", "tags": '{"host.name":"h1","i":"2"}'}),
        ("/api/traces", {"service": "front", "tags": '{"exception.type":"E"}'}),
        ("/api/traces", {"service": "front", "tags": '{"otel.status_code":"ERROR"}'}),
        ("/api/traces", {"service": "front", "tags": '{"f":"1.5","neg":"-7"}'}),
        ("/api/traces", {"service": "front", "tags": '{"nope":"1"}'}),
        ("/api/traces", {"service": "nope"}),
        ("/api/traces", {}),
        ("/api/traces", {"service": "front", "tags": "{bad"}),
        ("/api/traces", {"service": "front", "minDuration": "x"}),
        ("/api/traces", {"service": "front", "limit": "x"}),
    ],
)
def test_answers_are_the_same(both: tuple[str, str], path: str, params: dict[str, Any]) -> None:
    path = path.replace("ID", REQUESTS[0][0])
    within = WITHIN if path == "/api/traces" else {}
    theirs, ours = (asked(url, path, **{**within, **params}) for url in both)
    assert ours == theirs


def test_dependencies_are_the_same_a_minute_later(both: tuple[str, str]) -> None:
    params = {"endTs": (START_NS + 200 * SECOND) // MS, "lookback": 600_000}
    theirs = asked(both[0], DEPENDENCIES, **params)
    assert len(theirs[1]) == 2
    until(lambda: asked(both[1], DEPENDENCIES, **params) == theirs, 180)
