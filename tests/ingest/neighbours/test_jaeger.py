"""Jaeger's batches as OTLP, and what a malformed one gets."""

from __future__ import annotations

import random
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from swarmscope.errors import DecodeError
from swarmscope.ingest.neighbours import jaeger, protos, thrift
from tests.support import thrift as t

TRACE = 0x0123456789ABCDEFFEDCBA9876543210
START_US = 1_767_225_600_000_001


def otlp(body: bytes) -> ExportTraceServiceRequest:
    return ExportTraceServiceRequest.FromString(body)


def plain(pairs: Any) -> dict[str, Any]:
    return {p.key: getattr(p.value, p.value.WhichOneof("value")) for p in pairs}


def sample() -> bytes:
    log = t.fields((1, t.I64, START_US + 5), (2, t.LIST, t.structs([t.tag("event", "retry"), t.tag("attempt", 2)])))
    other = t.fields((1, t.I32, 1), (2, t.I64, 7), (3, t.I64, 0), (4, t.I64, 9))
    tags = [
        t.tag("span.kind", "server"),
        t.tag("error", True),
        t.tag("http.status_code", 503),
        t.tag("ratio", 0.5),
        t.tag("blob", b"\x00\xff"),
        t.tag("otel.scope.name", "lib"),
        t.tag("otel.status_description", "boom"),
    ]
    child = t.span(
        TRACE, 2**64 - 2, 5, "GET /", START_US, 1500,
        (6, t.LIST, t.structs([other])), (10, t.LIST, t.structs(tags)), (11, t.LIST, t.structs([log])), (99, t.STRING, "new"),
    )  # fmt: skip
    return t.batch("shop", [t.tag("host.name", "h1")], [child, t.span(TRACE, 5, 0, "root", START_US, 9000)])


def test_a_thrift_batch_keeps_everything() -> None:
    found = otlp(jaeger.from_thrift(sample()))
    (resource,) = found.resource_spans
    assert plain(resource.resource.attributes) == {"service.name": "shop", "host.name": "h1"}
    child, root = (s.spans[0] for s in resource.scope_spans)
    assert resource.scope_spans[0].scope.name == "lib"
    assert (child.trace_id, child.span_id) == (TRACE.to_bytes(16, "big"), b"\xff" * 7 + b"\xfe")
    assert child.parent_span_id == root.span_id == (5).to_bytes(8, "big")
    assert (child.name, child.kind, child.flags) == ("GET /", 2, 1)
    assert child.start_time_unix_nano == START_US * 1000
    assert child.end_time_unix_nano - child.start_time_unix_nano == 1_500_000
    assert (child.status.code, child.status.message) == (2, "boom")
    assert plain(child.attributes) == {"http.status_code": 503, "ratio": 0.5, "blob": b"\x00\xff"}
    (event,) = child.events
    assert (event.name, plain(event.attributes), event.time_unix_nano) == (
        "retry",
        {"attempt": 2},
        (START_US + 5) * 1000,
    )
    (link,) = child.links
    assert (link.span_id, plain(link.attributes)) == ((9).to_bytes(8, "big"), {"opentracing.ref_type": "follows_from"})
    assert root.parent_span_id == b""


def test_a_protobuf_batch_says_the_same() -> None:
    made = protos.classes("jaeger.api_v2", protos.JAEGER)["PostSpansRequest"]()
    made.batch.process.service_name = "shop"
    span = made.batch.spans.add(
        trace_id=TRACE.to_bytes(16, "big"), span_id=b"\0" * 7 + b"\7", operation_name="op", flags=1
    )
    span.start_time.FromNanoseconds(START_US * 1000 + 7)
    span.duration.FromNanoseconds(42)
    span.references.add(trace_id=span.trace_id, span_id=b"\0" * 7 + b"\5")
    span.tags.add(key="n", v_type=2, v_int64=-3)
    span.tags.add(key="span.kind", v_str="client")
    (resource,) = otlp(jaeger.from_protobuf(made.SerializeToString())).resource_spans
    (found,) = resource.scope_spans[0].spans
    assert found.start_time_unix_nano == START_US * 1000 + 7
    assert found.end_time_unix_nano - found.start_time_unix_nano == 42
    assert (found.kind, plain(found.attributes), found.parent_span_id) == (3, {"n": -3}, b"\0" * 7 + b"\5")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "ends within"),
        (b"\0", "process"),
        (t.fields((1, t.STRUCT, t.fields())), "process"),
        (sample()[:-9], "ends within|cannot follow"),
        (sample() + b"x", "follow the end"),
        (b"\x0f\x00\x02\x0c\x7f\xff\xff\xff", "cannot follow"),
        (b"\x0b\x00\x09\xff\xff\xff\xff", "-1 bytes"),
        (b"\x63\x00\x01", "none of Thrift's"),
        (b"\x0c\x00\x09" * 40, "levels"),
        (t.batch("s", [], [t.span(1, 2, 0, "x", -5, 1)]), "startTime"),
        (t.batch("s", [t.fields((1, t.STRING, "k"), (2, t.I32, 9))], []), "type 9"),
    ],
)
def test_malformed_batches_are_refused(body: bytes, says: str) -> None:
    with pytest.raises(DecodeError, match=says):
        jaeger.from_thrift(body)


def test_text_that_is_no_utf8_takes_no_other_with_it() -> None:
    """Jaeger's collector takes it too."""
    spans = [t.span(1, 2, 0, "caf_", 5, 1), t.span(1, 3, 0, "fine", 5, 1)]
    (read,) = otlp(jaeger.from_thrift(t.batch("s", [], spans).replace(b"caf_", b"caf\xe9"))).resource_spans
    assert [s.name for s in read.scope_spans[0].spans] == ["caf\N{REPLACEMENT CHARACTER}", "fine"]
    made = protos.classes("jaeger.api_v2", protos.JAEGER)["PostSpansRequest"]()
    made.batch.process.service_name = "s"
    for number, value in enumerate(("caf_", "fine")):
        span = made.batch.spans.add(trace_id=b"t" * 16, span_id=bytes([number + 1] * 8), operation_name="o")
        span.tags.add(key="k", v_str=value)
        span.tags.add(key="raw", v_type=4, v_binary=b"\xe9")
        span.start_time.FromNanoseconds(5)
    body = made.SerializeToString().replace(b"caf_", b"caf\xe9")
    (read,) = otlp(jaeger.from_protobuf(body)).resource_spans
    assert [plain(s.attributes) for s in read.scope_spans[0].spans] == [
        {"k": "caf\N{REPLACEMENT CHARACTER}", "raw": b"\xe9"},
        {"k": "fine", "raw": b"\xe9"},
    ]


def test_a_bomb_of_tiny_structs_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thrift, "STRUCTS_MAX", 1000)
    bomb = t.fields((1, t.STRUCT, t.fields()), (2, t.LIST, t.structs([b"\0"] * 5000)))
    with pytest.raises(DecodeError, match="more than 1000 structs"):
        jaeger.from_thrift(bomb)


def test_no_bytes_bring_the_reader_down() -> None:
    """Damaged, cut and random bytes are either read or refused, never anything else."""
    rng = random.Random(4)
    good = sample()
    for _ in range(4000):
        body = bytearray(good)
        for _ in range(rng.randint(1, 6)):
            body[rng.randrange(len(body))] = rng.randrange(256)
        for tried in (bytes(body[: rng.randint(0, len(body))]), bytes(body), rng.randbytes(rng.randint(0, 60))):
            try:
                otlp(jaeger.from_thrift(tried))
            except DecodeError:
                continue


def test_no_bytes_bring_the_protobuf_reader_down() -> None:
    rng = random.Random(5)
    for _ in range(2000):
        try:
            jaeger.from_protobuf(rng.randbytes(rng.randint(0, 80)))
        except DecodeError:
            continue
