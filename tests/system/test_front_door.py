"""The main job on a real install: what OpenTelemetry SDKs send by each wire is found again, whole."""

from __future__ import annotations

import json
import secrets
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcSpans
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpSpans
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import Link, SpanKind, Status, StatusCode

from swarmscope.serve.compat.jaeger_grpc import MESSAGES, SERVICE
from tests.support.server import Server, free_ports
from tests.support.shop import checkouts, trace_id

WAIT_S = 60  # a busy machine is slow, not wrong
ATTRIBUTES = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.agent.name": "planner",
    "gen_ai.conversation.id": "conversation-1",
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.usage.input_tokens": 1200,
    "gen_ai.usage.output_tokens": 80,
    "gen_ai.input.messages": json.dumps(
        [{"role": "user", "parts": [{"type": "text", "content": "where is my order?"}]}]
    ),
    "gen_ai.output.messages": json.dumps([{"role": "assistant", "parts": [{"type": "text", "content": "on its way"}]}]),
    "custom.text": "kept",
    "custom.int": 7,
    "custom.double": 0.25,
    "custom.flag": True,
    "custom.list": ("a", "b"),
}


def post(url: str, **more: Any) -> httpx.Response:
    return httpx.post(url, timeout=WAIT_S, trust_env=False, **more)


def exporter(server: Server, wire: str) -> SpanExporter:
    if wire == "grpc":
        return GrpcSpans(endpoint=server.grpc, insecure=True, timeout=WAIT_S)
    base = server.otlp_url if wire != "main-port" else server.url
    compression = Compression.Gzip if wire == "http-gzip" else Compression.NoCompression
    return HttpSpans(endpoint=f"{base}/v1/traces", compression=compression, timeout=WAIT_S)


def send(server: Server, wire: str, agent: str) -> str:
    """A trace of two spans through the SDK; its id."""
    provider = TracerProvider(resource=Resource.create({"service.name": "shop", "deployment.environment.name": "test"}))
    processor = BatchSpanProcessor(exporter(server, wire))
    provider.add_span_processor(processor)
    tracer = provider.get_tracer("front-door", "1.2")
    with tracer.start_as_current_span("invoke_agent", attributes={"gen_ai.agent.name": agent}) as root:
        link = Link(root.get_span_context(), {"why": "test"})
        attributes = {**ATTRIBUTES, "gen_ai.agent.name": agent}
        with tracer.start_as_current_span(
            "chat gpt-4o", kind=SpanKind.CLIENT, attributes=attributes, links=[link]
        ) as span:
            span.add_event("first token", {"n": 1})
            span.set_status(Status(StatusCode.ERROR, "rate limited"))
        trace_id = f"{root.get_span_context().trace_id:032x}"
    provider.shutdown()
    return trace_id


def full(item: str) -> dict[str, Any]:
    """A request with one span or record that brings every field beside attributes."""
    ids = {"traceId": secrets.token_hex(16), "spanId": secrets.token_hex(8)}
    now = str(time.time_ns())
    span = ids | {
        "traceState": "a=1",
        "flags": 0x101,
        "name": "full",
        "startTimeUnixNano": now,
        "endTimeUnixNano": now,
        "attributes": [{"key": "kept", "value": {"intValue": "7"}}],
        "droppedAttributesCount": 1,
        "droppedEventsCount": 2,
        "droppedLinksCount": 3,
        "events": [{"timeUnixNano": now, "name": "e", "droppedAttributesCount": 4}],
        "links": [
            {"traceId": "ab" * 16, "spanId": "cd" * 8, "traceState": "b=2", "flags": 257, "droppedAttributesCount": 5}
        ],
    }
    record = ids | {"timeUnixNano": now, "body": {"stringValue": "full"}, "flags": 1, "droppedAttributesCount": 6}
    scope = {"name": "lib", "version": "9.1", "droppedAttributesCount": 8, "attributes": []}
    resource = {"droppedAttributesCount": 7, "attributes": []}
    group = {"scope": scope, "schemaUrl": "https://scope/1", f"{item}s": [span if item == "span" else record]}
    name = {"span": "Spans", "logRecord": "Logs"}[item]
    return {f"resource{name}": [{"resource": resource, "schemaUrl": "https://resource/1", f"scope{name}": [group]}]}


def test_what_is_sent_beside_attributes_is_given_back(server: Server) -> None:
    sent = {"traces": full("span"), "logs": full("logRecord")}
    for signal, body in sent.items():
        assert post(f"{server.otlp_url}/v1/{signal}", json=body).status_code == 200
    of_resource = {
        "otel.dropped_attributes_count": 7,
        "otel.resource.schema_url": "https://resource/1",
        "otel.scope.dropped_attributes_count": 8,
        "otel.scope.schema_url": "https://scope/1",
    }
    ids = sent["traces"]["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    whole = trace(server, ids["traceId"], 1)
    (span,) = whole["spans"]
    assert (span["trace_state"], span["flags"], span["attributes"]) == ("a=1", 0x101, {"kept": 7})
    assert [span[f"dropped_{what}_count"] for what in ("attributes", "events", "links")] == [1, 2, 3]
    assert [(e["dropped_attributes_count"], e["attributes"]) for e in span["events"]] == [(4, {})]
    (link,) = span["links"]
    assert link == {
        "trace_id": "ab" * 16,
        "span_id": "cd" * 8,
        "trace_state": "b=2",
        "flags": 257,
        "dropped_attributes_count": 5,
        "attributes": {},
    }
    assert whole["resources"][span["resource_id"]] == of_resource
    found = server.http.get("/api/v1/spans", params={"q": "otel.dropped_links_count:3"}).json()
    assert [s["span_id"] for s in found["items"]] == [ids["spanId"]]

    trace_id = sent["logs"]["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0]["traceId"]

    def line() -> Any:
        return next(iter(server.http.get("/api/v1/logs", params={"q": f"trace_id:{trace_id}"}).json()["items"]), None)

    row = server.eventually(line)
    assert (row["flags"], row["dropped_attributes_count"], row["attributes"]) == (1, 6, {})
    assert (row["scope_name"], row["scope_version"]) == ("lib", "9.1")
    assert server.http.get(f"/api/v1/resources/{row['resource_id']}").json()["attributes"] == of_resource
    assert server.http.get("/api/v1/resources/0123456789abcdef").status_code == 404


def trace(server: Server, trace_id: str, spans: int) -> Any:
    def whole() -> Any:
        answer = server.http.get(f"/api/v1/traces/{trace_id}")
        return answer.json() if answer.status_code == 200 and len(answer.json()["spans"]) == spans else None

    return server.eventually(whole)


@pytest.mark.parametrize("wire", ["http", "http-gzip", "main-port", "grpc"])
def test_given_an_sdk_when_it_exports_then_the_trace_is_found_whole(server: Server, wire: str) -> None:
    agent = f"agent-{wire}"
    found = trace(server, send(server, wire, agent), 2)
    chat = next(s for s in found["spans"] if s["name"] == "chat gpt-4o")
    got = chat["attributes"]
    for key, value in ATTRIBUTES.items():
        if key.endswith("messages") or key == "gen_ai.agent.name":
            continue
        assert got[key] == (list(value) if isinstance(value, tuple) else value), key
    assert (chat["agent"], chat["session"], chat["model"]) == (agent, "conversation-1", "gpt-4o")
    assert "where is my order?" in json.dumps(chat)
    assert "on its way" in json.dumps(chat)
    assert found["summary"]["errors"] == 1
    assert found["summary"]["cost_usd"] > 0
    assert "first token" in json.dumps(chat["events"])
    assert chat["links"]
    assert any(r.get("deployment.environment.name") == "test" for r in found["resources"].values())


def test_given_traces_when_searched_by_attribute_agent_and_text_then_they_are_found(server: Server) -> None:
    agent = "searched"
    trace_id = send(server, "http", agent)
    trace(server, trace_id, 2)
    for query in (
        f"agent:{agent}",
        f"agent:{agent} custom.int=7",
        f'agent:{agent} "order"',
        f"agent:{agent} status:error",
    ):
        items = server.get("/traces", q=query)["items"]
        assert [i["trace_id"] for i in items] == [trace_id], query
    assert server.get("/traces", q=f"agent:{agent} custom.int=8")["items"] == []


def test_given_spans_when_the_fleet_is_asked_then_the_agent_is_there(server: Server) -> None:
    send(server, "http", "live-one")

    def row() -> Any:
        return [a for a in server.get("/agents", limit=500)["items"] if a["agent"] == "live-one"]

    (agent,) = server.eventually(row)
    assert agent["spans"] >= 2
    assert agent["errors"] >= 1


def otlp_json(trace_id: str, **span: Any) -> dict[str, Any]:
    now = time.time_ns()
    body = {"traceId": trace_id, "spanId": secrets.token_hex(8), "name": "json", "startTimeUnixNano": str(now), **span}
    body.setdefault("endTimeUnixNano", str(now + 1000))
    return {"resourceSpans": [{"scopeSpans": [{"spans": [body]}]}]}


def test_given_otlp_json_when_posted_then_it_is_stored(server: Server) -> None:
    trace_id = secrets.token_hex(16)
    answer = post(f"{server.otlp_url}/v1/traces", json=otlp_json(trace_id))
    assert (answer.status_code, answer.json()) == (200, {"partialSuccess": {}})
    trace(server, trace_id, 1)


def test_given_items_out_of_time_when_posted_then_just_they_are_refused(server: Server) -> None:
    good, old = secrets.token_hex(16), secrets.token_hex(16)
    body = otlp_json(good)
    body["resourceSpans"] += otlp_json(old, startTimeUnixNano="1", endTimeUnixNano="2")["resourceSpans"]
    answer = post(f"{server.otlp_url}/v1/traces", json=body).json()
    assert int(answer["partialSuccess"]["rejectedSpans"]) == 1
    assert answer["partialSuccess"]["errorMessage"]
    trace(server, good, 1)
    assert server.http.get(f"/api/v1/traces/{old}").status_code == 404


def test_given_secrets_in_prompts_when_stored_then_they_are_nowhere_on_disk(server: Server) -> None:
    secret = "sk-proj-" + secrets.token_hex(24)
    trace_id = secrets.token_hex(16)
    attributes = [{"key": "input.value", "value": {"stringValue": f"use {secret} please"}}]
    assert post(f"{server.otlp_url}/v1/traces", json=otlp_json(trace_id, attributes=attributes)).status_code == 200
    assert "please" in json.dumps(trace(server, trace_id, 1))
    for path in server.data_dir.rglob("*"):
        if path.is_file():
            assert secret.encode() not in path.read_bytes(), path


def test_given_garbage_when_posted_then_the_error_says_where_and_others_are_unharmed(server: Server) -> None:
    for port in (server.http_port, server.grpc_port, server.port):
        with socket.create_connection(("127.0.0.1", port), 5) as raw:
            raw.sendall(b"\x00\xff" * 500)
    answer = post(
        f"{server.otlp_url}/v1/traces", content=b"\x0a\xff\xff", headers={"content-type": "application/x-protobuf"}
    )
    assert answer.status_code == 400
    assert b"byte" in answer.content
    trace(server, send(server, "grpc", "unharmed"), 2)


def test_given_logs_and_metrics_when_sent_then_they_are_found(server: Server) -> None:
    now = str(time.time_ns())
    record = {"timeUnixNano": now, "severityNumber": 17, "body": {"stringValue": "disk on fire"}}
    logs = {"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}
    assert post(f"{server.otlp_url}/v1/logs", json=logs).status_code == 200
    point = {"timeUnixNano": now, "asDouble": 3.5, "attributes": [{"key": "agent", "value": {"stringValue": "m1"}}]}
    metric = {"name": "queue_depth", "gauge": {"dataPoints": [point]}}
    metrics = {"resourceMetrics": [{"scopeMetrics": [{"metrics": [metric]}]}]}
    assert post(f"{server.otlp_url}/v1/metrics", json=metrics).status_code == 200
    server.eventually(lambda: server.get("/logs", q='"disk on fire"')["items"])
    stored = "select value from samples where value = 3.5"  # by a request of its own: perhaps in a later batch
    assert server.eventually(lambda: server.sql(stored)) == [{"value": 3.5}]


def test_given_spans_by_grpc_when_jaeger_asks_on_that_port_then_the_trace_is_answered(server: Server) -> None:
    asked = MESSAGES["GetTraceRequest"](trace_id=trace_id(1).hex()).SerializeToString()
    until = time.monotonic() + WAIT_S
    with grpc.insecure_channel(server.grpc) as channel:
        sent = channel.unary_unary("/opentelemetry.proto.collector.trace.v1.TraceService/Export")
        assert sent(checkouts(time.time_ns()), timeout=WAIT_S) == b""
        while True:
            try:
                got = list(channel.unary_stream(f"{SERVICE}GetTrace")(asked, timeout=WAIT_S))
                break
            except grpc.RpcError as e:
                assert e.code() == grpc.StatusCode.NOT_FOUND and time.monotonic() < until
                time.sleep(0.1)
    spans = [s for m in got for r in TracesData.FromString(m).resource_spans for s in r.scope_spans[0].spans]
    assert len(spans) == 4


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_given_a_server_that_answers_then_it_has_not_loaded_pandas_which_nothing_in_it_needs(server: Server) -> None:
    server.get("/agents")
    assert server.sql("select 1 as one") == [{"one": 1}]
    assert server.process is not None
    assert "/pandas/" not in Path(f"/proc/{server.process.pid}/maps").read_text()


@pytest.mark.timeout(300)
def test_given_a_kill_right_after_the_answer_and_a_restart_then_everything_is_still_there(tmp_path: Path) -> None:
    with Server(tmp_path / "data") as server:
        killed = secrets.token_hex(16)
        assert post(f"{server.otlp_url}/v1/traces", json=otlp_json(killed)).status_code == 200
        server.kill()
        server.start()
        trace(server, killed, 1)
        before = send(server, "http", "before")
        assert server.stop() == 0
        last = json.loads(server.text().splitlines()[-1])
        assert (last["event"], last["rows_to_replay"]) == ("stopped", 0)
        server.start()
        trace(server, before, 2)
        trace(server, killed, 1)


def test_given_a_key_demand_when_tenants_send_then_neither_sees_the_other(tmp_path: Path) -> None:
    admin = "an-admin-key-for-this-test"
    with Server(tmp_path / "data", SWARMSCOPE_AUTH_REQUIRED="true", SWARMSCOPE_AUTH_ADMIN_KEY=admin) as server:
        server.http.headers["authorization"] = f"Bearer {admin}"

        def key(role: str, tenant: str) -> dict[str, str]:
            made = server.http.post("/api/v1/keys", json={"name": f"{role} {tenant}", "role": role, "tenant": tenant})
            return {"authorization": f"Bearer {made.json()['secret']}"}

        ids = {}
        for tenant in ("red", "blue"):
            ids[tenant] = secrets.token_hex(16)
            answer = post(f"{server.otlp_url}/v1/traces", json=otlp_json(ids[tenant]), headers=key("ingest", tenant))
            assert answer.status_code == 200
        assert post(f"{server.otlp_url}/v1/traces", json=otlp_json(ids["red"])).status_code == 401
        viewer = key("viewer", "red")
        assert post(f"{server.otlp_url}/v1/traces", json=otlp_json(ids["red"]), headers=viewer).status_code == 403

        def seen(tenant: str) -> int:
            return server.http.get(f"/api/v1/traces/{ids[tenant]}", headers=viewer).status_code

        server.eventually(lambda: seen("red") == 200)
        assert seen("blue") == 404
        count = server.http.post("/api/v1/sql", json={"query": "select count() as n from spans"}, headers=viewer).json()
        assert count["rows"] == [[1]]


def test_given_a_taken_port_when_started_then_the_error_names_it(tmp_path: Path) -> None:
    port = free_ports(1)[0]
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        command = [sys.executable, "-m", "swarmscope", "up", "--port", str(port), "--data-dir", str(tmp_path / "d")]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ended.returncode != 0
    assert f"127.0.0.1:{port} (server.port)" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_given_two_programs_on_one_directory_then_the_second_is_refused(server: Server) -> None:
    ports = free_ports(3)
    command = [sys.executable, "-m", "swarmscope", "up", "--data-dir", str(server.data_dir), "--port", str(ports[0])]
    command += ["--otlp-grpc-port", str(ports[1]), "--otlp-http-port", str(ports[2])]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ended.returncode != 0
    assert "Traceback" not in ended.stderr
