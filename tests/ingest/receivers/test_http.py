"""The OTLP/HTTP server: every answer that the protocol names, and clients that mean harm."""

from __future__ import annotations

import gzip
import ssl
import time
import zlib
from collections.abc import Callable
from typing import Any

import orjson
import pytest
import zstandard
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from swarmscope.errors import ConfigError, DecodeError, JournalError, LimitError, OverloadError
from swarmscope.ingest.receivers import connection as module
from swarmscope.ingest.receivers.http import OtlpHttpServer
from swarmscope.model.batch import Receipt

from .conftest import TLS, Sink, authenticate, config
from .requests import Client, as_json, body, head

Reply = tuple[int, dict[str, str], bytes]


def post(server: OtlpHttpServer, content: bytes, path: str = "/v1/traces", **headers: str) -> Reply:
    """One request on a connection of its own."""
    with Client(server.port) as client:
        client.send(head(path, len(content), **headers) + content)
        return client.answer()


@pytest.mark.parametrize("signal", ["traces", "logs", "metrics"])
def test_protobuf_and_json_are_delivered_and_answered_in_kind(http: OtlpHttpServer, sink: Sink, signal: str) -> None:
    status, headers, content = post(http, body(signal), f"/v1/{signal}")
    assert (status, headers["content-type"], content) == (200, "application/x-protobuf", b"")
    status, headers, content = post(
        http, as_json(signal), f"/v1/{signal}", content_type="application/json; charset=utf-8"
    )
    assert (status, headers["content-type"]) == (200, "application/json")
    assert orjson.loads(content) == {"partialSuccess": {}}
    assert [r[:3] for r in sink.requests] == [(signal, body(signal), "default")] * 2


def test_a_partial_success_says_how_many_and_why(http: OtlpHttpServer, sink: Sink) -> None:
    sink.receipt = Receipt(1, 2, "two are too old")
    _, _, content = post(http, body("traces"))
    partial = ExportTraceServiceResponse.FromString(content).partial_success
    assert (partial.rejected_spans, partial.error_message) == (2, "two are too old")
    _, _, content = post(http, as_json("logs"), "/v1/logs", content_type="application/json")
    assert orjson.loads(content) == {"partialSuccess": {"rejectedLogRecords": "2", "errorMessage": "two are too old"}}


@pytest.mark.parametrize(
    ("coding", "encode"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("zstd", zstandard.compress), ("identity", bytes)],
)
def test_compressed_bodies_are_read(
    http: OtlpHttpServer, sink: Sink, coding: str, encode: Callable[[bytes], bytes]
) -> None:
    assert post(http, encode(body("traces")), content_encoding=coding)[0] == 200
    assert sink.items == 3


def test_a_large_compressed_body_is_read_in_a_thread(serve_http: Callable[..., OtlpHttpServer], sink: Sink) -> None:
    server = serve_http(message_max_bytes=16 << 20)
    large = body("traces", 200_000)
    assert len(large) > module.INLINE_BYTES_MAX
    assert post(server, gzip.compress(large, 1), content_encoding="gzip")[0] == 200
    assert sink.items == 200_000


def test_pipelined_requests_are_answered_in_order(http: OtlpHttpServer, sink: Sink) -> None:
    one = body("traces", 1)
    sink.hold = True
    with Client(http.port) as client:
        client.send((head(length=len(one)) + one) * 2 + head("/nowhere", 0) + head(length=len(one)) + one)
        for _ in range(2):
            wait_for(lambda: len(sink.held) == 1)
            sink.release()
            assert client.answer()[0] == 200
        assert client.answer()[0] == 404
    assert sink.items == 2


def test_thousands_of_pipelined_requests_wait_their_turn(http: OtlpHttpServer, sink: Sink) -> None:
    one = body("traces", 1)
    ask = b"OPTIONS /v1/traces HTTP/1.1\r\nOrigin: http://localhost\r\n\r\n"
    sink.hold = True
    with Client(http.port) as client:
        client.send(head(length=len(one)) + one + ask * 3000)
        wait_for(lambda: len(sink.held) == 1)
        sink.release()
        assert client.answer()[0] == 200
        assert {client.answer()[0] for _ in range(3000)} == {204}


def test_bytes_behind_the_last_request_are_ignored(http: OtlpHttpServer) -> None:
    one = body("traces", 1)
    with Client(http.port) as client:
        client.send(head(length=len(one), connection="close") + one + b"and more")
        assert client.answer()[0] == 200
        assert client.ended()


def test_chunked_bodies_expectations_and_keep_alive(http: OtlpHttpServer, sink: Sink) -> None:
    one = body("traces", 1)
    with Client(http.port) as client:
        client.send(head(transfer_encoding="chunked"))
        for byte in one:
            client.send(b"1;ext=1\r\n" + bytes([byte]) + b"\r\n")
        client.send(b"0\r\nTrailer: x\r\n\r\n")
        assert client.answer()[0] == 200
        client.send(head(length=len(one), expect="100-continue"))
        assert client.answer()[0] == 100
        client.send(one)
        assert client.answer()[0] == 200
        client.send(head(length=len(one), connection="close") + one)
        status, headers, _ = client.answer()
        assert (status, headers["connection"]) == (200, "close")
        assert client.ended()
    assert sink.items == 3


def test_http_1_0_is_answered_and_closed(http: OtlpHttpServer) -> None:
    one = body("traces", 1)
    with Client(http.port) as client:
        client.send(head(length=len(one)).replace(b"HTTP/1.1", b"HTTP/1.0") + one)
        assert client.answer()[0] == 200
        assert client.ended()


@pytest.mark.parametrize(
    ("path", "headers", "status", "word"),
    [
        ("/v1/profiles", {}, 404, "/v1/traces"),
        ("/v1/traces", {"content_type": "text/plain"}, 415, "application/x-protobuf"),
        ("/v1/traces", {"content_encoding": "br"}, 415, "zstd"),
        ("/v1/traces", {"authorization": "Bearer nobody"}, 401, "key"),
        ("/v1/traces", {"authorization": "Bearer viewer"}, 403, "ingest"),
        ("/v1/traces", {"x_swarmscope_lane": "fast"}, 400, "backfill"),
    ],
)
def test_a_wrong_head_is_refused_with_a_status_body(
    http: OtlpHttpServer, sink: Sink, path: str, headers: dict[str, str], status: int, word: str
) -> None:
    got, answer, content = post(http, body("traces"), path, **headers)
    assert got == status
    if answer["content-type"] == "application/json":
        assert word in orjson.loads(content)["message"]
    else:
        assert word in Status.FromString(content).message
    assert not sink.requests


def test_another_method_is_refused(http: OtlpHttpServer) -> None:
    with Client(http.port) as client:
        client.send(b"GET /v1/traces HTTP/1.1\r\nHost: localhost\r\n\r\n")
        status, headers, _ = client.answer()
    assert (status, headers["allow"]) == (405, "POST, OPTIONS")


def test_the_tenant_comes_from_the_credential_and_the_lane_from_a_header(http: OtlpHttpServer, sink: Sink) -> None:
    post(http, body("traces"), authorization="Bearer writer", x_swarmscope_lane="backfill")
    assert sink.requests[0][2:] == ("acme", "backfill")


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (DecodeError("bad bytes", 17), 400, 3),
        (LimitError("too many"), 413, 3),
        (OverloadError("the journal is full", 2.6), 429, 8),
        (JournalError("the disk is gone"), 503, 14),
        (RuntimeError("secret detail"), 500, 13),
    ],
)
def test_errors_of_the_intake_become_statuses_in_the_encoding_of_the_request(
    http: OtlpHttpServer, sink: Sink, error: Exception, status: int, code: int
) -> None:
    sink.error = error
    got, headers, content = post(http, body("traces"))
    assert got == status
    assert Status.FromString(content).code == code
    assert "secret" not in Status.FromString(content).message
    got, headers, content = post(http, as_json("traces"), content_type="application/json")
    assert (got, orjson.loads(content)["code"]) == (status, code)
    assert headers.get("retry-after") == ("3" if status == 429 else None)


def test_an_overload_at_once_is_told_too(http: OtlpHttpServer, sink: Sink) -> None:
    sink.refuse_at_once = OverloadError("full", 0.1)
    status, headers, _ = post(http, body("traces"))
    assert (status, headers["retry-after"]) == (429, "1")


def test_a_malformed_body_names_the_path_or_the_message(http: OtlpHttpServer) -> None:
    assert b"ExportTraceServiceRequest" in post(http, b"\xff\xff\xff")[2]
    bad = b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"zz"}]}]}]}'
    answer = post(http, bad, content_type="application/json")[2]
    assert "resourceSpans[0].scopeSpans[0].spans[0].traceId" in orjson.loads(answer)["message"]


def test_bodies_over_the_limit_are_refused_early(http: OtlpHttpServer, sink: Sink) -> None:
    with Client(http.port) as client:
        client.send(head(length=2 << 20))
        assert client.answer()[0] == 413
        assert client.ended()
    with Client(http.port) as client:
        client.send(head(transfer_encoding="chunked") + b"200000\r\n" + bytes(0x180000))
        assert client.answer()[0] == 413
    assert post(http, gzip.compress(bytes(32 << 20)), content_encoding="gzip")[0] == 413
    assert not sink.requests


def test_bodies_in_the_making_share_a_budget(http: OtlpHttpServer) -> None:
    part = bytes(1 << 20)
    waiting = [Client(http.port) for _ in range(4)]
    try:
        for client in waiting:
            client.send(head(length=len(part)) + part[:-1])
        wait_for(lambda: http.held > 3 << 20)
        assert post(http, bytes(100_000))[0] == 429
        for client in waiting[:2]:
            client.socket.close()
        wait_for(lambda: http.held < 3 << 20)
        assert post(http, body("traces"))[0] == 200
    finally:
        for client in waiting:
            client.socket.close()
    wait_for(lambda: http.held == 0)


@pytest.mark.parametrize(
    ("hostile", "status"),
    [
        (b"\x16\x03\x01\x02\x00garbage of a TLS hello\r\n\r\n", 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (b"POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (head(transfer_encoding="chunked") + b"zz\r\n", 400),
        (head(transfer_encoding="chunked") + b"ffffffffffffffffff\r\n", 400),
        (b"POST /v1/traces HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n", 415),
        (b"GET /" + b"a" * 40_000, 431),
        (head(x_long="a" * 40_000), 431),
        (b"POST /v1/traces HTTP/1.1\r\n" + b"".join(b"X-%d: 1\r\n" % i for i in range(200)) + b"\r\n", 431),
    ],
)
def test_hostile_bytes_are_refused_and_others_unharmed(http: OtlpHttpServer, hostile: bytes, status: int) -> None:
    with Client(http.port) as friend, Client(http.port) as client:
        client.send(hostile)
        assert client.answer()[0] == status
        one = body("traces", 1)
        friend.send(head(length=len(one)) + one)
        assert friend.answer()[0] == 200


def test_slow_clients_are_parted_with(
    serve_http: Callable[..., OtlpHttpServer], sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HEAD_TIMEOUT_S", "BODY_TIMEOUT_S", "IDLE_TIMEOUT_S"):
        monkeypatch.setattr(module, name, 0.2)
    server = serve_http()
    one = body("traces", 1)
    with Client(server.port) as mute, Client(server.port) as slow_head, Client(server.port) as slow_body:
        slow_head.send(b"POST /v1/tra")
        slow_body.send(head(length=100) + b"abc")
        assert slow_head.answer()[0] == 408
        assert slow_body.answer()[0] == 408
        assert mute.ended()
    sink.hold = True
    with Client(server.port) as patient:  # whoever waits for us has all the time
        patient.send(head(length=len(one)) + one)
        wait_for(lambda: len(sink.held) == 1)
        time.sleep(1.5)
        sink.release()
        assert patient.answer()[0] == 200


def test_too_many_connections_are_told_to_come_back(
    serve_http: Callable[..., OtlpHttpServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CONNECTIONS_MAX", 2)
    server = serve_http()
    with Client(server.port), Client(server.port):
        wait_for(lambda: len(server.connections) == 2)
        with Client(server.port) as third:
            assert third.answer()[0] == 503
    wait_for(lambda: not server.connections)


def test_a_client_that_goes_leaves_nothing_behind(http: OtlpHttpServer, sink: Sink) -> None:
    sink.hold = True
    one = body("traces", 1)
    with Client(http.port) as client:
        client.send(head(length=len(one)) + one)
        wait_for(lambda: len(sink.held) == 1)
    sink.release()
    wait_for(lambda: not http.connections)
    sink.hold = False
    assert post(http, one)[0] == 200


def test_pages_of_this_machine_may_read_the_answers_and_others_not(http: OtlpHttpServer) -> None:
    ask = b"OPTIONS /v1/traces HTTP/1.1\r\nHost: localhost\r\nOrigin: %s\r\nAccess-Control-Request-Method: POST\r\n\r\n"
    with Client(http.port) as client:
        client.send(ask % b"http://localhost:3000")
        status, headers, _ = client.answer()
        assert (status, headers["access-control-allow-origin"]) == (204, "http://localhost:3000")
        assert "content-type" in headers["access-control-allow-headers"]
        client.send(ask % b"https://evil.example")
        status, headers, _ = client.answer()
        assert status == 403
        assert "access-control-allow-origin" not in headers
    _, headers, _ = post(http, body("traces"), origin="http://127.0.0.1:5173")
    assert headers["access-control-allow-origin"] == "http://127.0.0.1:5173"
    _, headers, _ = post(http, b"\xff", origin="http://127.0.0.1:5173")
    assert headers["access-control-allow-origin"] == "http://127.0.0.1:5173"


def test_tls(serve_http: Callable[..., OtlpHttpServer], sink: Sink) -> None:
    server = serve_http(tls=True)
    trust = ssl.create_default_context(cafile=str(TLS / "localhost.crt"))
    one = body("traces", 1)
    with Client(server.port, lambda s: trust.wrap_socket(s, server_hostname="localhost")) as client:
        for _ in range(2):
            client.send(head(length=len(one)) + one)
            assert client.answer()[0] == 200
        client.send(b"nonsense\r\n\r\n")
        assert client.answer()[0] == 400
    assert sink.items == 2


def test_what_cannot_be_listened_on_is_a_clear_error(http: OtlpHttpServer, sink: Sink) -> None:
    import msgspec

    taken = config()
    taken = msgspec.structs.replace(taken, server=msgspec.structs.replace(taken.server, otlp_http_port=http.port))
    server = OtlpHttpServer(taken, sink, authenticate)
    with pytest.raises(ConfigError, match=f"{http.port}.*otlp_http_port"):
        server.start()
    server.stop()
    missing = msgspec.structs.replace(taken, server=msgspec.structs.replace(taken.server, tls_cert="/nowhere.pem"))
    server = OtlpHttpServer(missing, sink, authenticate)
    with pytest.raises(ConfigError, match="nowhere"):
        server.start()
    server.stop()


def test_stop_answers_what_is_in_work(serve_http: Callable[..., OtlpHttpServer], sink: Sink) -> None:
    import threading

    server = serve_http()
    sink.hold = True
    one = body("traces", 1)
    with Client(server.port) as client:
        client.send(head(length=len(one)) + one)
        wait_for(lambda: len(sink.held) == 1)
        stopping = threading.Thread(target=server.stop)
        stopping.start()
        time.sleep(0.2)
        sink.release()
        assert client.answer()[0] == 200
        stopping.join()


def wait_for(condition: Callable[[], Any]) -> None:
    """Until the condition holds, for at most ten seconds."""
    until = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < until, "it did not come to pass"
        time.sleep(0.01)
