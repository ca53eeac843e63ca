"""The questions of Jaeger's page and of Grafana to us and to a Jaeger that has the same spans: the same answers.

What a Jaeger 1.76 answered is recorded in `tests/golden/jaeger`. Where SWARMSCOPE_JAEGER names its all-in-one, that is asked,
and recorded anew with SWARMSCOPE_RECORD=1.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans

from swarmscope.bench.server import Server, free_ports
from tests.ingest.conftest import pairs
from tests.support.http import until

JAEGER = os.environ.get("SWARMSCOPE_JAEGER", "")
RECORDS = JAEGER and os.environ.get("SWARMSCOPE_RECORD") == "1"
FILE = Path(__file__).parents[1] / "golden" / "jaeger" / "answers.json.gz"
pytestmark = [pytest.mark.timeout(600), *([pytest.mark.interop] if JAEGER else [])]
Ask = Callable[..., tuple[int, Any]]  # path and parameters → status and data
SECOND, MS = 10**9, 10**6
START_NS = (int(time.time()) // 60 * 60 - 600) * SECOND
ENTRANCES = ("collector.otlp.http", "query.http-server", "collector.otlp.grpc", "query.grpc-server", "collector.http-server",
             "collector.grpc-server", "admin.http")  # fmt: skip
DEPENDENCIES = "/api/dependencies"
TIMES = ("startTime", "timestamp")  # microseconds
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


@contextmanager
def jaeger() -> Iterator[tuple[Ask, str]]:
    """How to ask a Jaeger, and where it takes OTLP; what it answers is recorded if that is wanted."""
    ports = dict(zip(ENTRANCES, free_ports(len(ENTRANCES)), strict=True))
    flags = [f"--{name}.host-port=127.0.0.1:{port}" for name, port in ports.items()]
    url = f"http://127.0.0.1:{ports['query.http-server']}"
    process = subprocess.Popen([JAEGER, *flags], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    answers: dict[str, tuple[int, Any]] = {}

    def ask(path: str, **params: Any) -> tuple[int, Any]:
        answers[_question(path, params)] = answer = asked(url, path, **params)
        return answer

    try:
        until(lambda: asked(url, "/api/services")[0] == 200, 60)
        yield ask, f"http://127.0.0.1:{ports['collector.otlp.http']}"
    finally:
        process.terminate()
        process.wait(60)
    if RECORDS:
        FILE.parent.mkdir(exist_ok=True)
        FILE.write_bytes(gzip.compress(json.dumps(answers, sort_keys=True).encode(), mtime=0))


@contextmanager
def recorded() -> Iterator[tuple[Ask, str]]:
    """As `jaeger`, from what one answered."""
    answers = json.loads(gzip.decompress(FILE.read_bytes()))
    yield lambda path, **params: tuple(answers[_question(path, params)]), ""


def _question(path: str, params: dict[str, Any]) -> str:
    timeless = {k: v for k, v in params.items() if k not in ("start", "end", "endTs")}
    return f"{path} {json.dumps(timeless, sort_keys=True)}"


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ask, Ask]]:
    """How to ask a Jaeger and us, who have the same forty traces."""
    REQUESTS[:] = [trace(i) for i in range(40)]
    with (
        jaeger() if JAEGER else recorded() as (theirs, otlp),
        Server(tmp_path_factory.mktemp("jaeger") / "ours") as server,
    ):
        for url in (otlp, server.otlp) if otlp else (server.otlp,):
            for _, body in REQUESTS:
                headers = {"content-type": "application/x-protobuf"}
                answer = httpx.post(f"{url}/v1/traces", content=body, headers=headers, timeout=60, trust_env=False)
                assert answer.status_code == 200
        ours = partial(asked, server.url)
        until(lambda: len(ours("/api/traces", service="db", **WITHIN)[1]) == 40, 60)
        yield theirs, ours


def asked(url: str, path: str, **params: Any) -> tuple[int, Any]:
    """Status and data of an answer: lists whose order says nothing in an order, times since START_NS."""
    try:
        answer = httpx.get(f"{url}{path}", params=params, timeout=60, trust_env=False)
    except httpx.HTTPError:
        return 0, None
    return answer.status_code, _ordered(answer.json()["data"])


def _ordered(found: Any) -> Any:
    """Spans with their process in place, everything sorted; nothing is an empty list."""
    if isinstance(found, dict):
        processes = found.get("processes", {})
        found = {k: v - START_NS // 1000 if k in TIMES else v for k, v in found.items() if k != "processes"}
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
def test_answers_are_the_same(both: tuple[Ask, Ask], path: str, params: dict[str, Any]) -> None:
    path = path.replace("ID", REQUESTS[0][0])
    within = WITHIN if path == "/api/traces" else {}
    theirs, ours = (ask(path, **{**within, **params}) for ask in both)
    assert ours == theirs


def test_dependencies_are_the_same_a_minute_later(both: tuple[Ask, Ask]) -> None:
    params = {"endTs": (START_NS + 200 * SECOND) // MS, "lookback": 600_000}
    theirs = both[0](DEPENDENCIES, **params)
    assert len(theirs[1]) == 2
    until(lambda: both[1](DEPENDENCIES, **params) == theirs, 180)
