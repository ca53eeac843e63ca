"""One connection to the front door: sends an encoded request and says what became of it."""

from __future__ import annotations

import http.client
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from swarmscope.errors import ConfigError

TIMEOUT_S = 60.0
RETRYABLE_HTTP = (408, 429, 502, 503, 504)
RETRYABLE_GRPC = (4, 8, 10, 14, 15)  # DEADLINE_EXCEEDED RESOURCE_EXHAUSTED ABORTED UNAVAILABLE DATA_LOSS
_SERVICES = {"traces": "trace.v1.TraceService", "logs": "logs.v1.LogsService", "metrics": "metrics.v1.MetricsService"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """status: 200 for acknowledged, else the HTTP status or 1000 + the gRPC code, 0 when nothing was heard.

    rejected: items refused by partial success. retry: the same request may succeed later, after `after_s`.
    """

    status: int
    rejected: int = 0
    retry: bool = False
    after_s: float = 0.0
    message: str = ""


class Connection(Protocol):
    """HTTP or gRPC; for one thread."""

    def send(self, signal: str, body: bytes | memoryview) -> Outcome:
        """Send one request and wait for the answer; never raises for what the server or the network does."""
        ...

    def close(self) -> None:
        """Give the socket back."""
        ...


def connect(url: str, key: str = "", timeout_s: float = TIMEOUT_S) -> Connection:
    """A connection for `url`: http(s)://host:port, or grpc(s)://host:port. ConfigError otherwise."""
    parts = urlsplit(url)
    if parts.scheme in ("http", "https") and parts.hostname:
        return HttpConnection(url, key, timeout_s)
    if parts.scheme in ("grpc", "grpcs") and parts.hostname:
        return GrpcConnection(parts.netloc, key, timeout_s, tls=parts.scheme == "grpcs")
    raise ConfigError(
        f"--url {url!r} is not an OTLP address; write http://host:4318 or grpc://host:4317 (https, grpcs: TLS)"
    )


class HttpConnection:
    """OTLP/HTTP with binary protobuf, kept alive."""

    def __init__(self, url: str, key: str, timeout_s: float) -> None:
        parts = urlsplit(url)
        self._prefix = parts.path.rstrip("/")
        host, port = parts.hostname or "127.0.0.1", parts.port
        if parts.scheme == "https":
            self._http: http.client.HTTPConnection = http.client.HTTPSConnection(
                host, port or 443, timeout=timeout_s, context=ssl.create_default_context()
            )
        else:
            self._http = http.client.HTTPConnection(host, port or 4318, timeout=timeout_s)
        self._headers = {"content-type": "application/x-protobuf", "user-agent": "swarmscope-simulate"}
        if key:
            self._headers["authorization"] = f"Bearer {key}"

    def send(self, signal: str, body: bytes | memoryview) -> Outcome:
        """See Connection."""
        try:
            if self._http.sock is None:
                self._open()
            self._http.request("POST", f"{self._prefix}/v1/{signal}", body, self._headers)
            answer = self._http.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as e:
            self._http.close()
            return Outcome(0, retry=True, message=f"{type(e).__name__}: {e}")
        if 200 <= answer.status < 300:
            rejected, message = partial_success(content)
            return Outcome(200, rejected, message=message)
        retry = answer.status in RETRYABLE_HTTP
        return Outcome(answer.status, 0, retry, _seconds(answer.getheader("retry-after")), _readable(content))

    def close(self) -> None:
        """See Connection."""
        self._http.close()

    def _open(self) -> None:
        self._http.connect()
        self._http.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class GrpcConnection:
    """OTLP/gRPC unary calls with bytes that are encoded already. TLS trusts what the machine trusts, as HTTPS does."""

    def __init__(self, target: str, key: str, timeout_s: float, tls: bool = False) -> None:
        import grpc

        options = [("grpc.max_send_message_length", -1), ("grpc.use_local_subchannel_pool", 1)]
        if tls:
            self._channel = grpc.secure_channel(target, grpc.ssl_channel_credentials(_trusted()), options=options)
        else:
            self._channel = grpc.insecure_channel(target, options=options)
        self._timeout_s = timeout_s
        self._metadata = (("authorization", f"Bearer {key}"),) if key else ()
        self._failure = grpc.RpcError
        self._calls: dict[str, Any] = {
            signal: self._channel.unary_unary(
                f"/opentelemetry.proto.collector.{service}/Export",
                request_serializer=bytes,
                response_deserializer=bytes,
            )
            for signal, service in _SERVICES.items()
        }

    def send(self, signal: str, body: bytes | memoryview) -> Outcome:
        """See Connection."""
        try:
            content = self._calls[signal](body, timeout=self._timeout_s, metadata=self._metadata)
        except self._failure as e:
            code = int(e.code().value[0])
            return Outcome(1000 + code, 0, code in RETRYABLE_GRPC, _retry_delay_s(e), str(e.details()))
        rejected, message = partial_success(content)
        return Outcome(200, rejected, message=message)

    def close(self) -> None:
        """See Connection."""
        self._channel.close()


def partial_success(content: bytes) -> tuple[int, str]:
    """(rejected items, message) of an Export…ServiceResponse; all three signals have the same shape."""
    if not content:
        return 0, ""
    from google.protobuf.message import DecodeError
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

    try:
        partial = ExportTraceServiceResponse.FromString(content).partial_success
    except DecodeError:
        return 0, "the acknowledgement is not an OTLP response"
    return int(partial.rejected_spans), str(partial.error_message)


def _trusted() -> bytes | None:
    """The certificates that OpenSSL trusts on this machine (`SSL_CERT_FILE` names others), None: those of gRPC."""
    path = ssl.get_default_verify_paths().cafile
    return Path(path).read_bytes() if path else None


def _retry_delay_s(error: Any) -> float:
    """The RetryInfo of a failed call (google.rpc.Status in the trailers), 0 where there is none."""
    from google.protobuf.message import DecodeError
    from google.rpc.error_details_pb2 import RetryInfo
    from google.rpc.status_pb2 import Status

    for key, value in error.trailing_metadata() or ():
        if key != "grpc-status-details-bin":
            continue
        try:
            for detail in Status.FromString(value).details:
                info = RetryInfo()
                if detail.Unpack(info):
                    return float(info.retry_delay.ToTimedelta().total_seconds())
        except DecodeError:
            return 0.0
    return 0.0


def _seconds(header: str | None) -> float:
    try:
        return max(0.0, float(header or 0))
    except ValueError:
        return 0.0


def _readable(content: bytes) -> str:
    return content[:300].decode("utf-8", "replace").strip()
