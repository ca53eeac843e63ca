"""OTLP/gRPC (4317) on grpcio, with handlers on raw bytes so that grpc parses nothing.

Threads, not asyncio: measured 0.75 ms of processor time a request of 350 KB against 1.2. A thread waits for each receipt.
A call is taken before its message has come (as if the client streamed): so the credential is looked at first, and a client that
sends a byte now and then does not keep a place for ever.
Source: OpenTelemetry Protocol Specification 1.x, "OTLP/gRPC". Overload is RESOURCE_EXHAUSTED with a RetryInfo detail.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status

from swarmscope.config import Config
from swarmscope.errors import (
    AuthError,
    ConfigError,
    ForbiddenError,
    InputError,
    NotFoundError,
    OverloadError,
    SwarmscopeError,
)
from swarmscope.ingest.neighbours import jaeger, zipkin
from swarmscope.ingest.receivers import otlp
from swarmscope.ingest.receivers.base import Receiver
from swarmscope.ingest.receivers.otlp import Signal
from swarmscope.model.access import Principal, Role
from swarmscope.telemetry import counter, logger

CALLS_MAX = 64  # in work; more are told to retry. Each may hold a whole request
METADATA_BYTES_MAX = 16 * 1024
MESSAGE_TIMEOUT_S = 60.0
SWEEP_S = 1.0
IDLE_TIMEOUT_MS = 15 * 60 * 1000
ANSWER_TIMEOUT_S = 60.0
STOP_GRACE_S = 5.0
READS_MAX = 8  # in work; the rest of the places is for those who send
METHODS: dict[str, Signal] = {
    "/opentelemetry.proto.collector.trace.v1.TraceService/Export": "traces",
    "/opentelemetry.proto.collector.logs.v1.LogsService/Export": "logs",
    "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export": "metrics",
}
NEIGHBOURS: dict[str, Callable[[bytes], bytes]] = {
    "/jaeger.api_v2.CollectorService/PostSpans": jaeger.from_protobuf,
    "/zipkin.proto3.SpanService/Report": zipkin.from_protobuf,
}
"""Spans on others' wires, and what turns them into OTLP; both answer with an empty message."""
_received = counter("swarmscope_ingest_grpc_received_bytes_total", "bytes of OTLP/gRPC messages, decompressed")
_log = logger("ingest")


Answer = Callable[[Principal, bytes], Iterator[bytes]]
"""What reads: who asks and their message → the messages of the answer. It may raise before and between them."""


class OtlpGrpcServer(Receiver):
    """OTLP over gRPC.

    authenticate: metadata in lower case → Principal, AuthError or ForbiddenError. `port` is known after `start`.
    """

    name = "otlp_grpc"

    def __init__(self, config: Config, intake: otlp.Intake, authenticate: otlp.Authenticate) -> None:
        super().__init__(config, intake, authenticate)
        self.port = config.server.otlp_grpc_port
        self._pool = ThreadPoolExecutor(CALLS_MAX, thread_name_prefix="otlp-grpc")
        self._server: Any = grpc.server(
            self._pool,
            options=[
                ("grpc.max_receive_message_length", config.ingest.message_max_bytes),
                ("grpc.max_metadata_size", METADATA_BYTES_MAX),
                ("grpc.max_concurrent_streams", CALLS_MAX),
                ("grpc.max_connection_idle_ms", IDLE_TIMEOUT_MS),
                ("grpc.so_reuseport", 0),  # another program on the port is an error, not a partner
            ],
            maximum_concurrent_rpcs=CALLS_MAX,
        )
        self._patience = _Patience()
        self._server.add_generic_rpc_handlers((_Handlers(intake, authenticate, self._patience),))

    def also(self, methods: Mapping[str, Answer], authenticate: otlp.Authenticate) -> None:
        """Serve reading methods of others' services on the same port; before `start`. They need the role viewer."""
        self._server.add_generic_rpc_handlers((_Readers(methods, authenticate, self._patience),))

    def start(self) -> None:
        """Listen. ConfigError where the address cannot be bound or the certificate not be read."""
        host = self.config.server.host
        address = f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"
        credentials = _credentials(self.config)
        try:
            if credentials is None:
                self.port = self._server.add_insecure_port(address)
            else:
                self.port = self._server.add_secure_port(address, credentials)
        except RuntimeError as e:
            raise ConfigError(
                f"cannot listen on {address} for OTLP/gRPC: {e}; stop the other program or set server.otlp_grpc_port"
            ) from e
        self._server.start()
        self._patience.start()

    def stop(self) -> None:
        """Take no more calls, answer those in work (for at most STOP_GRACE_S), close."""
        self._server.stop(STOP_GRACE_S).wait()
        self._patience.end()
        self._pool.shutdown(wait=False, cancel_futures=True)


def _credentials(config: Config) -> Any:
    cert, key = config.server.tls_cert, config.server.tls_key
    if not cert and not key:
        return None
    try:
        chain = Path(cert).read_bytes()
        return grpc.ssl_server_credentials([(Path(key).read_bytes() if key else chain, chain)])
    except OSError as e:
        raise ConfigError(
            f"cannot read the certificate server.tls_cert={cert!r} with server.tls_key={key!r}: {e}"
        ) from e


class _Patience:
    """The calls that wait for their client, to send its message or take a part of the answer; ends those that take too long."""

    def __init__(self) -> None:
        self._since: dict[Any, float] = {}
        self._lock = threading.Lock()
        self._over = threading.Event()

    def start(self) -> None:
        """Begin to look."""
        threading.Thread(target=self._sweep, name="otlp-grpc-patience", daemon=True).start()

    def end(self) -> None:
        """Look no more."""
        self._over.set()

    @contextmanager
    def waiting(self, context: Any) -> Iterator[None]:
        """While a call waits for its client."""
        with self._lock:
            self._since[context] = time.monotonic()
        try:
            yield
        finally:
            with self._lock:
                del self._since[context]

    def _sweep(self) -> None:
        while not self._over.wait(SWEEP_S):
            oldest = time.monotonic() - MESSAGE_TIMEOUT_S
            with self._lock:
                late = [context for context, since in self._since.items() if since < oldest]
            for context in late:
                context.cancel()


class _Handlers(grpc.GenericRpcHandler):  # type: ignore[misc] # grpcio publishes no types
    """The three Export methods, and those of the neighbours' collectors."""

    def __init__(self, intake: otlp.Intake, authenticate: otlp.Authenticate, patience: _Patience) -> None:
        self._methods = {
            method: grpc.stream_unary_rpc_method_handler(_export(signal, intake, authenticate, patience))
            for method, signal in METHODS.items()
        } | {
            method: grpc.stream_unary_rpc_method_handler(_export("traces", intake, authenticate, patience, convert))
            for method, convert in NEIGHBOURS.items()
        }

    def service(self, details: Any) -> Any:
        """The handler of a method; None: UNIMPLEMENTED."""
        return self._methods.get(details.method)


class _Readers(grpc.GenericRpcHandler):  # type: ignore[misc] # grpcio publishes no types
    """Methods that answer with what is stored, few at a time."""

    def __init__(self, methods: Mapping[str, Answer], authenticate: otlp.Authenticate, patience: _Patience) -> None:
        places = threading.BoundedSemaphore(READS_MAX)
        self._methods = {
            name: grpc.stream_stream_rpc_method_handler(_read(answer, authenticate, patience, places))
            for name, answer in methods.items()
        }

    def service(self, details: Any) -> Any:
        """The handler of a method; None: UNIMPLEMENTED."""
        return self._methods.get(details.method)


def _read(
    answer: Answer, authenticate: otlp.Authenticate, patience: _Patience, places: threading.BoundedSemaphore
) -> Callable[[Iterator[bytes], Any], Iterator[bytes]]:
    """On the wire, a call with one message in and one out is a stream of one each."""

    def read(messages: Iterator[bytes], context: Any) -> Iterator[bytes]:
        try:
            principal = authenticate({k: v for k, v in context.invocation_metadata() if isinstance(v, str)})
            if not principal.role.allows(Role.VIEWER):
                raise ForbiddenError(f"this needs the role viewer, and {principal.label} has {principal.role}")
            with patience.waiting(context):
                body = next(messages, None)
            if body is None:
                raise InputError("the call brought no message")
            if not places.acquire(blocking=False):
                raise OverloadError(f"{READS_MAX} reads are in work on this port; ask again")
            try:
                for part in takewhile(lambda _: context.is_active(), answer(principal, body)):
                    with patience.waiting(
                        context
                    ):  # until the client has taken it: one that does not read holds no place
                        yield part
            finally:
                places.release()
        except Exception as e:  # whatever it is, the caller hears a status
            if context.is_active():
                context.abort_with_status(refusal(e))
            raise

    return read


def _export(
    signal: Signal,
    intake: otlp.Intake,
    authenticate: otlp.Authenticate,
    patience: _Patience,
    convert: Callable[[bytes], bytes] | None = None,
) -> Callable[[Iterator[bytes], Any], bytes]:
    accepted = otlp.REQUESTS.labels("grpc", signal, "OK")

    def export(messages: Iterator[bytes], context: Any) -> bytes:
        try:
            metadata = {k: v for k, v in context.invocation_metadata() if isinstance(v, str)}
            principal = authenticate(metadata)
            if not principal.role.allows(Role.INGEST):
                raise ForbiddenError(
                    f"sending telemetry needs the role ingest, and key {principal.key_id} has {principal.role}"
                )
            lane = otlp.lane_of(metadata)
            with patience.waiting(context):
                body = next(messages, None)
            if body is None:
                raise InputError("the call brought no message")
            _received.inc(len(body))
            if convert is not None:
                body = convert(body)
            receipt = intake.submit(signal, body, principal.tenant, "protobuf", lane).result(ANSWER_TIMEOUT_S)
            if convert is not None:
                otlp.all_taken(receipt)
        except Exception as e:
            if not context.is_active():  # the client went, or took too long: nobody hears an answer
                otlp.REQUESTS.labels("grpc", signal, "CANCELLED").inc()
                return b""
            status = refusal(e)
            otlp.REQUESTS.labels("grpc", signal, status.code.name).inc()
            context.abort_with_status(status)
            raise  # not reached
        accepted.inc()
        return b"" if convert is not None else otlp.export_response(signal, receipt)

    return export


@dataclass(frozen=True, slots=True)
class Refusal(grpc.Status):  # type: ignore[misc] # grpcio publishes no types
    """A status as `abort_with_status` wants it."""

    code: grpc.StatusCode
    details: str
    trailing_metadata: tuple[tuple[str, bytes], ...]


def refusal(error: Exception) -> Refusal:
    """The status of an error; a retryable one carries RetryInfo."""
    code, message, details = _code(error), str(error), []
    if code == grpc.StatusCode.INTERNAL:
        _log.error("request_failed", error=f"{type(error).__name__}: {error}", exc_info=error)
        message = "internal error; the log of the server tells more"
    if isinstance(error, OverloadError):
        detail = AnyMessage()
        delay = Duration()
        delay.FromMilliseconds(round(error.retry_after_s * 1000))
        detail.Pack(RetryInfo(retry_delay=delay))
        details.append(detail)
    status = Status(code=code.value[0], message=message, details=details)
    return Refusal(code, message, (("grpc-status-details-bin", status.SerializeToString()),))


def _code(error: Exception) -> grpc.StatusCode:
    if isinstance(error, InputError) or (isinstance(error, otlp.HttpError) and error.code == 400):
        return grpc.StatusCode.INVALID_ARGUMENT
    if isinstance(error, ForbiddenError):
        return grpc.StatusCode.PERMISSION_DENIED
    if isinstance(error, AuthError):
        return grpc.StatusCode.UNAUTHENTICATED
    if isinstance(error, NotFoundError):
        return grpc.StatusCode.NOT_FOUND
    if isinstance(error, OverloadError):
        return grpc.StatusCode.RESOURCE_EXHAUSTED
    if isinstance(error, TimeoutError) or (isinstance(error, SwarmscopeError) and error.status == 503):
        return grpc.StatusCode.UNAVAILABLE
    return grpc.StatusCode.INTERNAL
