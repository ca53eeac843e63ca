"""Zipkin's spans as OTLP: v2 JSON and protobuf, v1 JSON, shared spans."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from swarmscope.errors import DecodeError
from swarmscope.ingest.neighbours import protos, zipkin

TRACE = "5af7183fb1d4cf5f"
AT = 1_767_225_600_000_000


def spans_of(body: bytes) -> list[tuple[str, Any]]:
    found = ExportTraceServiceRequest.FromString(body)
    return [(_service(r), s) for r in found.resource_spans for scope in r.scope_spans for s in scope.spans]


def _service(resource: Any) -> str:
    return {a.key: a.value.string_value for a in resource.resource.attributes}["service.name"]


def plain(pairs: Any) -> dict[str, Any]:
    return {p.key: getattr(p.value, p.value.WhichOneof("value")) for p in pairs}


def v2(**more: Any) -> dict[str, Any]:
    return {"traceId": TRACE, "id": "352bff9a74ca9ad2", "name": "get /api", "timestamp": AT, "duration": 1431} | more


def test_a_v2_span_keeps_everything() -> None:
    raw = v2(
        parentId="6b221d5bc9e6496c",
        kind="CLIENT",
        localEndpoint={"serviceName": "backend", "ipv4": "192.168.99.1", "port": 3306},
        remoteEndpoint={"serviceName": "db", "ipv6": "::1", "port": 3307},
        annotations=[{"timestamp": AT + 9, "value": "cache miss"}],
        tags={"http.method": "GET", "error": "500", "otel.scope.name": "lib"},
        debug=True,
    )
    ((service, span),) = spans_of(zipkin.from_json(json.dumps([raw]).encode()))
    assert service == "backend"
    assert span.trace_id.hex() == TRACE.rjust(32, "0")
    assert (span.span_id.hex(), span.parent_span_id.hex()) == ("352bff9a74ca9ad2", "6b221d5bc9e6496c")
    assert (span.name, span.kind) == ("get /api", 3)
    assert (span.start_time_unix_nano, span.end_time_unix_nano) == (AT * 1000, (AT + 1431) * 1000)
    assert (span.status.code, span.status.message) == (2, "500")
    assert [(e.name, e.time_unix_nano) for e in span.events] == [("cache miss", (AT + 9) * 1000)]
    assert plain(span.attributes) == {
        "http.method": "GET",
        "peer.service": "db",
        "network.peer.address": "::1",
        "network.peer.port": 3307,
        "network.local.address": "192.168.99.1",
        "network.local.port": 3306,
        "zipkin.debug": True,
    }


def test_protobuf_says_the_same_as_json() -> None:
    made = protos.classes("zipkin.proto3", protos.ZIPKIN)["ListOfSpans"]()
    span = made.spans.add(
        trace_id=bytes.fromhex(TRACE), id=bytes.fromhex("352bff9a74ca9ad2"), kind=2, name="n", timestamp=AT, duration=5
    )
    span.local_endpoint.service_name, span.local_endpoint.ipv4 = "s", bytes([10, 0, 0, 1])
    span.remote_endpoint.port = 9
    span.annotations.add(timestamp=AT, value="a")
    span.tags.add(key="k", value="v")
    raw = v2(
        kind="SERVER", name="n", duration=5, tags={"k": "v"}, annotations=[{"timestamp": AT, "value": "a"}],
        localEndpoint={"serviceName": "s", "ipv4": "10.0.0.1"}, remoteEndpoint={"port": 9},
    )  # fmt: skip
    assert zipkin.from_protobuf(made.SerializeToString()) == zipkin.from_json(json.dumps([raw]).encode())
    made.spans[0].tags[0].value = "caf_"
    raw["tags"] = {"k": "caf\N{REPLACEMENT CHARACTER}"}  # what is no UTF-8 takes no other with it
    odd = made.SerializeToString().replace(b"caf_", b"caf\xe9")
    assert zipkin.from_protobuf(odd) == zipkin.from_json(json.dumps([raw]).encode())


def test_the_servers_half_of_a_shared_span_stands_below_the_clients() -> None:
    shared = {"id": "00000000000000aa", "parentId": "0000000000000001"}
    raw = [
        v2(**shared, kind="CLIENT", localEndpoint={"serviceName": "front"}),
        v2(**shared, kind="SERVER", shared=True, localEndpoint={"serviceName": "back"}),
        v2(id="00000000000000bb", parentId="00000000000000aa", localEndpoint={"serviceName": "back"}),
        v2(id="00000000000000cc", parentId="00000000000000aa", localEndpoint={"serviceName": "front"}),
    ]
    by_id = {
        s.span_id.hex(): (service, s.parent_span_id.hex())
        for service, s in spans_of(zipkin.from_json(json.dumps(raw).encode()))
    }
    assert len(by_id) == 4
    (server,) = [i for i, (service, parent) in by_id.items() if service == "back" and parent == "00000000000000aa"]
    assert server != "00000000000000aa"
    assert by_id["00000000000000bb"] == ("back", server)
    assert by_id["00000000000000cc"] == ("front", "00000000000000aa")
    alone = spans_of(zipkin.from_json(json.dumps([raw[1]]).encode()))
    assert alone[0][1].span_id.hex() == server, "the id is the same whichever request brings it"


def test_a_v1_span_with_both_sides_becomes_two() -> None:
    front, back = {"serviceName": "front"}, {"serviceName": "back", "ipv4": "10.0.0.2"}
    raw = {
        "traceId": TRACE, "id": "aa", "name": "get", "timestamp": AT, "duration": 100,
        "annotations": [
            {"timestamp": AT, "value": "cs", "endpoint": front}, {"timestamp": AT + 100, "value": "cr", "endpoint": front},
            {"timestamp": AT + 20, "value": "sr", "endpoint": back}, {"timestamp": AT + 80, "value": "ss", "endpoint": back},
            {"timestamp": AT + 50, "value": "cache miss", "endpoint": back},
        ],
        "binaryAnnotations": [
            {"key": "http.path", "value": "/x", "endpoint": front}, {"key": "sa", "value": True, "endpoint": back},
        ],
    }  # fmt: skip
    (_, client), (_, server) = spans_of(zipkin.from_json_v1(json.dumps([raw]).encode()))
    assert (client.kind, server.kind, server.parent_span_id) == (3, 2, client.span_id)
    assert client.end_time_unix_nano - client.start_time_unix_nano == 100_000
    assert server.start_time_unix_nano == (AT + 20) * 1000
    assert server.end_time_unix_nano - server.start_time_unix_nano == 60_000
    assert [e.name for e in server.events] == ["cache miss"]
    assert plain(client.attributes)["http.path"] == "/x"
    assert plain(client.attributes)["peer.service"] == "back"


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ({}, "list of spans"),
        ([5], "span 0: a span is a JSON object"),
        ([v2(traceId="zz")], "span 0: traceId"),
        ([v2(), v2(id="")], "span 1: id"),
        ([v2(timestamp=-1)], "timestamp -1"),
        ([v2(timestamp="soon")], "timestamp is a number"),
        ([v2(duration=2**62)], "duration"),
        ([v2(tags={"a": 1})], "tags"),
        ([v2(annotations=[1])], "annotations"),
        ([v2(localEndpoint=[])], "endpoint"),
    ],
)
def test_malformed_spans_are_refused_by_name(raw: Any, says: str) -> None:
    with pytest.raises(DecodeError, match=says):
        zipkin.from_json(json.dumps(raw).encode())


def test_no_bytes_bring_the_readers_down() -> None:
    rng = random.Random(6)
    good = json.dumps(
        [v2(annotations=[{"timestamp": AT, "value": "a"}], binaryAnnotations=[{"key": "k", "value": 1}])]
    ).encode()
    for _ in range(1500):
        body = bytearray(good)
        for _ in range(rng.randint(1, 4)):
            body[rng.randrange(len(body))] = rng.randrange(32, 127)
        for read, tried in (
            (zipkin.from_json, bytes(body)),
            (zipkin.from_json_v1, bytes(body)),
            (zipkin.from_protobuf, rng.randbytes(rng.randint(0, 60))),
        ):
            try:
                spans_of(read(tried))
            except DecodeError:
                continue
