"""Where encoded telemetry goes: the platform over OTLP/HTTP, or a local file that it imports later."""

from __future__ import annotations

import base64
import contextlib
import errno
import gzip
import http.client
import json
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

try:
    import fcntl
except ImportError:  # not on this system
    fcntl = None  # type: ignore[assignment] # where it is there it is a module

Signal = Literal["traces", "logs", "metrics"]

_RESPONSES: dict[str, type[Any]] = {
    "traces": ExportTraceServiceResponse,
    "logs": ExportLogsServiceResponse,
    "metrics": ExportMetricsServiceResponse,
}
_REJECTED = {"traces": "rejected_spans", "logs": "rejected_log_records", "metrics": "rejected_data_points"}
_RETRY_STATUS = frozenset({408, 429, 502, 503, 504})
_RESPONSE_MAX_BYTES = 1024 * 1024
_RETRY_AFTER_MAX_S = 300.0
_GZIP_LEVEL = 2  # three times faster than the default and within a tenth of its size on spans


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one payload.

    done: it need not be sent again. rejected: items refused for good (all of them where the payload was refused).
    retry_after_s: the least wait the receiver asked for. message: why something was not accepted, empty otherwise.
    """

    done: bool
    rejected: int = 0
    retry_after_s: float = 0.0
    message: str = ""


class Sink(Protocol):
    """`encode` may run while another payload is sent; `send` and `close` are called by one thread at a time."""

    def encode(self, signal: Signal, request: Message) -> bytes: ...

    def send(self, signal: Signal, body: bytes, items: int, timeout_s: float) -> Outcome: ...

    def close(self) -> None: ...


class HttpSink:
    """OTLP/HTTP with protobuf and gzip over one kept connection. Never raises for what the network or the platform does."""

    def __init__(self, endpoint: str, headers: Mapping[str, str]) -> None:
        parts = urlsplit(endpoint)
        self._tls = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if self._tls else 80)
        self._path = parts.path.rstrip("/")
        self._headers = {
            **headers,
            "content-type": "application/x-protobuf",
            "content-encoding": "gzip",
            "user-agent": "swarmscope-sdk",
        }
        self._connection: http.client.HTTPConnection | None = None

    def encode(self, signal: Signal, request: Message) -> bytes:
        """The gzipped protobuf bytes of one request."""
        return gzip.compress(request.SerializeToString(), _GZIP_LEVEL)

    def send(self, signal: Signal, body: bytes, items: int, timeout_s: float) -> Outcome:
        """Post one payload; a connection that the platform closed meanwhile is opened again once."""
        reused = self._connection is not None
        for attempt in range(2):
            try:
                return self._post(signal, body, items, timeout_s)
            except (http.client.HTTPException, OSError) as e:
                self.close()
                stale = reused and isinstance(e, ConnectionError | http.client.BadStatusLine)
                if attempt == 1 or not stale:
                    return Outcome(done=False, message=f"{type(e).__name__}: {e}")
        raise AssertionError("unreachable: the second attempt returns")

    def _post(self, signal: Signal, body: bytes, items: int, timeout_s: float) -> Outcome:
        connection = self._connect(timeout_s)
        connection.request("POST", f"{self._path}/v1/{signal}", body, self._headers)
        response = connection.getresponse()
        answer = response.read(_RESPONSE_MAX_BYTES)
        if response.will_close or response.length:
            self.close()
        if response.status == 200:
            return _partial_success(signal, answer)
        message = f"HTTP {response.status} {response.reason}"
        if response.status in _RETRY_STATUS:
            return Outcome(done=False, retry_after_s=_retry_after(response.getheader("retry-after")), message=message)
        return Outcome(done=True, rejected=items, message=message)

    def _connect(self, timeout_s: float) -> http.client.HTTPConnection:
        if self._connection is None:
            if self._tls:
                context = ssl.create_default_context()
                self._connection = http.client.HTTPSConnection(
                    self._host, self._port, timeout=timeout_s, context=context
                )
            else:
                self._connection = http.client.HTTPConnection(self._host, self._port, timeout=timeout_s)
        if self._connection.sock is not None:
            self._connection.sock.settimeout(timeout_s)
        return self._connection

    def close(self) -> None:
        """Close the connection; the next `send` opens a new one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _partial_success(signal: Signal, answer: bytes) -> Outcome:
    response = _RESPONSES[signal]()
    try:
        response.ParseFromString(answer)
    except DecodeError:  # accepted all the same; only the receipt is unreadable
        return Outcome(done=True)
    partial = response.partial_success
    return Outcome(done=True, rejected=getattr(partial, _REJECTED[signal]), message=partial.error_message)


def _retry_after(text: str | None) -> float:
    try:
        return min(max(float(text or 0), 0.0), _RETRY_AFTER_MAX_S)
    except ValueError:  # an HTTP date: rare, and a fixed wait serves
        return 5.0


class FileSink:
    """OTLP JSON lines: one `TracesData`, `LogsData` or `MetricsData` object a line, as the OpenTelemetry file exporter writes.

    The file is appended to. At `max_bytes` it is renamed to `<file>.1` (replacing an older one) and a new one is begun, so
    at most twice `max_bytes` lie on disk.
    """

    def __init__(self, path: str, max_bytes: int) -> None:
        self._path = Path(path)
        self._max_bytes = max_bytes

    def encode(self, signal: Signal, request: Message) -> bytes:
        """One JSON line."""
        tree = MessageToDict(request, use_integers_for_enums=True)
        _ids_as_hex(tree)
        return json.dumps(tree, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"

    def send(self, signal: Signal, body: bytes, items: int, timeout_s: float) -> Outcome:
        """Append one line; a full disk or a missing folder is retried like a platform that is away."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._make_room(len(body))
            with self._path.open("ab", buffering=0) as file:
                begun = file.seek(0, os.SEEK_END)
                if file.write(body) != len(body):  # the disk took a part; what follows must begin a line
                    file.truncate(begun)
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as e:
            return Outcome(done=False, message=f"{self._path}: {e.strerror}")
        return Outcome(done=True)

    def _make_room(self, size: int) -> None:
        """Rename a full file. Other processes may write to it and find it full too: it is renamed once."""
        with contextlib.suppress(FileNotFoundError):  # there is none yet, or another has just renamed it
            if self._path.stat().st_size + size <= self._max_bytes:
                return
            with self._path.open("rb") as full:
                if fcntl is not None:
                    fcntl.flock(full, fcntl.LOCK_EX)
                if self._path.stat().st_size + size > self._max_bytes:  # still
                    self._path.replace(self._path.with_name(self._path.name + ".1"))

    def close(self) -> None:
        """Nothing is held open."""


_ID_KEYS = frozenset({"traceId", "spanId", "parentSpanId"})


def _ids_as_hex(node: Any) -> None:
    """OTLP/JSON writes ids in hex where protobuf's JSON has base64. User data sits under `attributes`, keyed `key`/`value`."""
    if isinstance(node, list):
        for child in node:
            _ids_as_hex(child)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key in _ID_KEYS and isinstance(value, str):
                node[key] = base64.b64decode(value).hex()
            elif key not in ("attributes", "body"):
                _ids_as_hex(value)
