"""OTLP/HTTP apart from sockets: who may come in with what, and what each answer looks like.

Source: OpenTelemetry Protocol Specification 1.x, "OTLP/HTTP". Errors carry a google.rpc.Status in the request's encoding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

import orjson
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from swarmscope.errors import ForbiddenError, InputError, OverloadError, SwarmscopeError
from swarmscope.ingest.receivers.compression import CODINGS
from swarmscope.model.access import Principal, Role
from swarmscope.model.batch import Receipt
from swarmscope.telemetry import counter, logger

Signal = Literal["traces", "logs", "metrics"]
Encoding = Literal["protobuf", "json"]
Authenticate = Callable[[Mapping[str, str]], Principal]

SIGNALS: dict[str, Signal] = {"/v1/traces": "traces", "/v1/logs": "logs", "/v1/metrics": "metrics"}
RESPONSES: dict[str, Any] = {
    "traces": ExportTraceServiceResponse,
    "logs": ExportLogsServiceResponse,
    "metrics": ExportMetricsServiceResponse,
}
ITEMS = {"traces": "spans", "logs": "log_records", "metrics": "data_points"}
CONTENT_TYPES: dict[Encoding, str] = {"protobuf": "application/x-protobuf", "json": "application/json"}
_ENCODINGS: dict[str, Encoding] = {
    "application/x-protobuf": "protobuf",
    "application/protobuf": "protobuf",
    "application/json": "json",
}
_GRPC_CODES = {400: 3, 401: 16, 403: 7, 404: 5, 405: 12, 408: 4, 413: 3, 415: 3, 429: 8, 431: 3, 503: 14}
_CORS_HEADERS = "authorization, content-type, content-encoding, x-api-key, x-swarmscope-lane"

REQUESTS = counter("swarmscope_ingest_requests_total", "OTLP requests answered", ("protocol", "signal", "status"))
_log = logger("ingest")


class Intake(Protocol):
    """Where a request goes; see `ingest.intake`."""

    def submit(
        self, signal: Signal, body: bytes, tenant: str, encoding: Encoding, lane: str = "live"
    ) -> Future[Receipt]:
        """OverloadError at once when full; the future raises DecodeError, LimitError, OverloadError, JournalError."""


class HttpError(SwarmscopeError):
    """A refusal with a status that no other error has."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.code = status
        self.headers = headers or {}


@dataclass(frozen=True, slots=True)
class Admission:
    """A request whose head is in order."""

    signal: Signal
    encoding: Encoding
    coding: str
    tenant: str
    lane: str = "live"


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers and body of a response."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def encoding_of(headers: Mapping[str, str]) -> Encoding | None:
    """How the body is encoded, None where the Content-Type is not OTLP's."""
    return _ENCODINGS.get(headers.get("content-type", "").partition(";")[0].strip().lower())


def admit(method: str, path: str, headers: Mapping[str, str], authenticate: Authenticate) -> Admission:
    """Check the head of a request (header names in lower case). Raises HttpError, AuthError or ForbiddenError."""
    signal = SIGNALS.get(path)
    if signal is None:
        raise HttpError(404, f"{path[:100]} is not an OTLP path; POST to {', '.join(SIGNALS)}")
    if method != "POST":
        raise HttpError(405, f"{method[:20]} is not allowed here; use POST", {"Allow": "POST, OPTIONS"})
    principal = authenticate(headers)
    if not principal.role.allows(Role.INGEST):
        raise ForbiddenError(
            f"sending telemetry needs the role ingest, and key {principal.key_id} has {principal.role}"
        )
    encoding = encoding_of(headers)
    if encoding is None:
        raise HttpError(
            415,
            f"Content-Type {headers.get('content-type', '')[:60]!r} is not supported; "
            "send application/x-protobuf or application/json",
        )
    coding = headers.get("content-encoding", "").strip().lower() or "identity"
    if coding not in CODINGS:
        raise HttpError(
            415,
            f"Content-Encoding {coding[:40]!r} is not supported; send {', '.join(CODINGS)}",
            {"Accept-Encoding": "gzip, deflate, zstd"},
        )
    return Admission(signal, encoding, coding, principal.tenant, lane_of(headers))


def lane_of(headers: Mapping[str, str]) -> str:
    """`live`, or `backfill` where the sender says so: low priority, kept from live detection."""
    lane = headers.get("x-swarmscope-lane", "live")
    if lane not in ("live", "backfill"):
        raise HttpError(400, f"x-swarmscope-lane {lane[:40]!r} is unknown; send live or backfill")
    return lane


def accepted(signal: Signal, encoding: Encoding, receipt: Receipt) -> bytes:
    """The body of Export…ServiceResponse: empty, or with the partial success."""
    if not receipt.rejected and not receipt.message:
        return b"" if encoding == "protobuf" else b'{"partialSuccess":{}}'
    if encoding == "json":
        name = {"traces": "rejectedSpans", "logs": "rejectedLogRecords", "metrics": "rejectedDataPoints"}[signal]
        partial = {name: str(receipt.rejected), "errorMessage": receipt.message}
        return orjson.dumps({"partialSuccess": partial})
    return export_response(signal, receipt)


def all_taken(receipt: Receipt) -> None:
    """For wires whose answer knows no partial success: InputError where something was refused; the others are durable."""
    if receipt.rejected:
        raise InputError(f"{receipt.message}; the other {receipt.accepted} of the request are stored")


def export_response(signal: str, receipt: Receipt) -> bytes:
    """Export…ServiceResponse as protobuf."""
    message = RESPONSES[signal]()
    if receipt.rejected or receipt.message:
        setattr(message.partial_success, f"rejected_{ITEMS[signal]}", receipt.rejected)
        message.partial_success.error_message = receipt.message
    encoded: bytes = message.SerializeToString()
    return encoded


def refused(error: Exception, encoding: Encoding | None) -> Answer:
    """The response to an error, in the encoding of the request (JSON where that is not known)."""
    headers: dict[str, str] = {}
    message = str(error)
    if isinstance(error, HttpError):
        status, headers = error.code, dict(error.headers)
    elif isinstance(error, SwarmscopeError):
        status = error.status
    else:
        _log.error("request_failed", error=f"{type(error).__name__}: {error}", exc_info=error)
        status, message = 500, "internal error; the log of the server tells more"
    if isinstance(error, OverloadError):
        headers["Retry-After"] = str(max(1, round(error.retry_after_s)))
    elif status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    code = _GRPC_CODES.get(status, 13)
    headers["Content-Type"] = CONTENT_TYPES[encoding or "json"]
    if encoding == "protobuf":
        return Answer(status, Status(code=code, message=message).SerializeToString(), headers)
    return Answer(status, orjson.dumps({"code": code, "message": message}), headers)


def cors(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers that let a page of this machine read the answer; none for other origins."""
    origin = headers.get("origin", "")
    if not origin or not _is_local(origin):
        return {}
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin", "Access-Control-Expose-Headers": "Retry-After"}


def preflight(headers: Mapping[str, str]) -> Answer:
    """The answer to OPTIONS."""
    allowed = cors(headers)
    if not allowed:
        return Answer(403, b"", {})
    return Answer(
        204,
        b"",
        allowed
        | {
            "Access-Control-Allow-Methods": "POST",
            "Access-Control-Allow-Headers": _CORS_HEADERS,
            "Access-Control-Max-Age": "86400",
        },
    )


def _is_local(origin: str) -> bool:
    try:
        host = urlsplit(origin).hostname or ""
    except ValueError:
        return False
    return host in ("localhost", "127.0.0.1", "::1")
