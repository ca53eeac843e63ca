"""The OTLP/gRPC server: delivery, refusals with their details, limits, TLS."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import grpc
import msgspec
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from swarmscope.errors import ConfigError, DecodeError, JournalError, LimitError, OverloadError
from swarmscope.ingest.receivers import grpc as receiver
from swarmscope.ingest.receivers.grpc import CALLS_MAX, METHODS, NEIGHBOURS, READS_MAX, OtlpGrpcServer
from swarmscope.model.access import Principal, Role
from swarmscope.model.batch import Receipt

from .conftest import TLS, Sink, authenticate, config
from .requests import body

PATHS = {signal: path for path, signal in METHODS.items()}


@contextmanager
def channel(server: OtlpGrpcServer, **options: Any) -> Iterator[grpc.Channel]:
    """A channel to the server."""
    with grpc.insecure_channel(f"127.0.0.1:{server.port}", **options) as made:
        yield made


def export(server: OtlpGrpcServer, content: bytes, signal: str = "traces", **metadata: str) -> bytes:
    """One call."""
    with channel(server) as made:
        reply: bytes = made.unary_unary(PATHS[signal])(content, metadata=tuple(metadata.items()), timeout=20)
        return reply


def refusal(server: OtlpGrpcServer, content: bytes, **metadata: str) -> tuple[grpc.StatusCode, Status]:
    """Code and details of a call that fails."""
    with pytest.raises(grpc.RpcError) as caught:
        export(server, content, **metadata)
    trailers = dict(caught.value.trailing_metadata() or ())
    return caught.value.code(), Status.FromString(trailers.get("grpc-status-details-bin", b""))


@pytest.mark.parametrize("signal", ["traces", "logs", "metrics"])
def test_every_signal_is_delivered(serve_grpc: Callable[..., OtlpGrpcServer], sink: Sink, signal: str) -> None:
    server = serve_grpc()
    assert export(server, body(signal), signal) == b""
    assert export(server, body(signal), signal, authorization="Bearer writer") == b""
    assert [(r[0], r[1], r[2]) for r in sink.requests] == [
        (signal, body(signal), "default"),
        (signal, body(signal), "acme"),
    ]


def test_a_partial_success_says_how_many_and_why(serve_grpc: Callable[..., OtlpGrpcServer], sink: Sink) -> None:
    server = serve_grpc()
    sink.receipt = Receipt(1, 2, "too old")
    partial = ExportTraceServiceResponse.FromString(export(server, body("traces"))).partial_success
    assert (partial.rejected_spans, partial.error_message) == (2, "too old")
    partial = ExportLogsServiceResponse.FromString(export(server, body("logs"), "logs")).partial_success
    assert partial.rejected_log_records == 2


@pytest.mark.parametrize("method", sorted(NEIGHBOURS))
def test_a_wire_without_partial_success_says_it_as_a_refusal(
    serve_grpc: Callable[..., OtlpGrpcServer], sink: Sink, method: str
) -> None:
    server = serve_grpc()
    with channel(server) as made:
        call = made.unary_unary(method)
        assert call(b"", timeout=20) == b""
        sink.receipt = Receipt(1, 2, "refused: 2 older than 60 s")
        with pytest.raises(grpc.RpcError) as caught:
            call(b"", timeout=20)
    assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert caught.value.details() == "refused: 2 older than 60 s; the other 1 of the request are stored"


def test_gzip_is_read_and_a_bomb_refused(serve_grpc: Callable[..., OtlpGrpcServer], sink: Sink) -> None:
    server = serve_grpc(message_max_bytes=1 << 20)
    with channel(server, compression=grpc.Compression.Gzip) as made:
        call = made.unary_unary(PATHS["traces"])
        assert call(body("traces"), timeout=20) == b""
        with pytest.raises(grpc.RpcError) as caught:
            call(bytes(32 << 20), timeout=20)
    assert caught.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert sink.items == 3


def test_a_message_over_the_limit_is_refused(serve_grpc: Callable[..., OtlpGrpcServer]) -> None:
    server = serve_grpc(message_max_bytes=100_000)
    assert refusal(server, bytes(200_000))[0] == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert export(server, body("traces")) == b""


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DecodeError("bad bytes", 17), grpc.StatusCode.INVALID_ARGUMENT),
        (LimitError("too many"), grpc.StatusCode.INVALID_ARGUMENT),
        (JournalError("the disk is gone"), grpc.StatusCode.UNAVAILABLE),
        (RuntimeError("secret detail"), grpc.StatusCode.INTERNAL),
    ],
)
def test_errors_become_codes(
    serve_grpc: Callable[..., OtlpGrpcServer], sink: Sink, error: Exception, code: grpc.StatusCode
) -> None:
    server = serve_grpc()
    sink.error = error
    got, status = refusal(server, body("traces"))
    assert (got, status.code) == (code, code.value[0])
    assert "secret" not in status.message


def test_overload_tells_when_to_retry(serve_grpc: Callable[..., OtlpGrpcServer], sink: Sink) -> None:
    server = serve_grpc()
    sink.refuse_at_once = OverloadError("the journal is full", 2.5)
    code, status = refusal(server, body("traces"))
    assert code == grpc.StatusCode.RESOURCE_EXHAUSTED
    retry = RetryInfo()
    assert status.details[0].Unpack(retry)
    assert retry.retry_delay.ToMilliseconds() == 2500


def test_credentials_lanes_and_methods_are_checked(serve_grpc: Callable[..., OtlpGrpcServer], sink: Sink) -> None:
    server = serve_grpc()
    one = body("traces")
    assert refusal(server, one, authorization="Bearer nobody")[0] == grpc.StatusCode.UNAUTHENTICATED
    assert refusal(server, one, authorization="Bearer viewer")[0] == grpc.StatusCode.PERMISSION_DENIED
    assert refusal(server, one, **{"x-swarmscope-lane": "fast"})[0] == grpc.StatusCode.INVALID_ARGUMENT
    assert refusal(server, b"\xff\xff")[0] == grpc.StatusCode.INVALID_ARGUMENT
    with channel(server) as made, pytest.raises(grpc.RpcError) as caught:
        made.unary_unary("/opentelemetry.proto.collector.profiles.v1.ProfilesService/Export")(one, timeout=20)
    assert caught.value.code() == grpc.StatusCode.UNIMPLEMENTED
    assert not sink.requests


def test_a_call_without_a_message_is_ended_and_others_are_unharmed(
    serve_grpc: Callable[..., OtlpGrpcServer], sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiver, "MESSAGE_TIMEOUT_S", 0.5)
    monkeypatch.setattr(receiver, "SWEEP_S", 0.05)
    server, over = serve_grpc(), threading.Event()

    def silence() -> Iterator[bytes]:
        over.wait(60)
        yield b""

    with channel(server) as made:
        slow = [made.stream_unary(PATHS["traces"]).future(silence(), timeout=60) for _ in range(CALLS_MAX)]
        codes = {call.code() for call in slow}  # waits for each to end
        over.set()
    assert codes <= {grpc.StatusCode.CANCELLED, grpc.StatusCode.RESOURCE_EXHAUSTED}
    assert export(server, body("traces")) == b""
    assert sink.items == 3


def test_given_readers_that_take_no_part_of_their_answers_then_their_places_are_soon_free(
    sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiver, "MESSAGE_TIMEOUT_S", 1.0)
    monkeypatch.setattr(receiver, "SWEEP_S", 0.05)

    def large(_principal: Principal, _message: bytes) -> Iterator[bytes]:
        return (bytes(1 << 20) for _ in range(200))

    server = OtlpGrpcServer(config(), sink, authenticate)
    server.also({"/test/Large": large}, lambda _: Principal("default", Role.VIEWER))
    server.start()
    try:
        with ExitStack() as channels:
            idle = []
            for _ in range(READS_MAX):
                own = channels.enter_context(channel(server, options=[("grpc.use_local_subchannel_pool", 1)]))
                idle.append(own.stream_stream("/test/Large")(iter([b"all"])))
                assert len(next(idle[-1])) == 1 << 20  # and no more is read
            with channel(server) as made:
                answers = made.stream_stream("/test/Large")
                with pytest.raises(grpc.RpcError, match="reads are in work"):
                    list(answers(iter([b"all"]), timeout=20))
                deadline = time.monotonic() + 20
                while time.monotonic() < deadline:
                    with suppress(grpc.RpcError):
                        assert len(list(answers(iter([b"all"]), timeout=20))) == 200
                        return
                    time.sleep(0.1)
        pytest.fail("the places are still held")
    finally:
        server.stop()


def test_a_stranger_is_refused_before_the_message_is_there(serve_grpc: Callable[..., OtlpGrpcServer]) -> None:
    server, over = serve_grpc(), threading.Event()

    def silence() -> Iterator[bytes]:
        over.wait(60)
        yield b""

    with channel(server) as made:
        call = made.stream_unary(PATHS["traces"])
        with pytest.raises(grpc.RpcError) as caught:
            call(silence(), metadata=(("authorization", "Bearer nobody"),), timeout=30)
        over.set()
    assert caught.value.code() == grpc.StatusCode.UNAUTHENTICATED


def test_tls(serve_grpc: Callable[..., OtlpGrpcServer], sink: Sink) -> None:
    server = serve_grpc(tls=True)
    trust = grpc.ssl_channel_credentials((TLS / "localhost.crt").read_bytes())
    with grpc.secure_channel(f"localhost:{server.port}", trust) as made:
        assert made.unary_unary(PATHS["traces"])(body("traces"), timeout=20) == b""
    assert sink.items == 3


def test_what_cannot_be_listened_on_is_a_clear_error(serve_grpc: Callable[..., OtlpGrpcServer], sink: Sink) -> None:
    port = serve_grpc().port
    taken = config()
    taken = msgspec.structs.replace(taken, server=msgspec.structs.replace(taken.server, otlp_grpc_port=port))
    server = OtlpGrpcServer(taken, sink, authenticate)
    with pytest.raises(ConfigError, match=f"{port}.*otlp_grpc_port"):
        server.start()
    server.stop()
