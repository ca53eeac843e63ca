"""Small export requests and raw HTTP."""

from __future__ import annotations

import socket
from typing import Any

from google.protobuf.json_format import MessageToJson

from swarmscope.ingest.wire.plain import REQUESTS


def message(signal: str, items: int = 3) -> Any:
    """An export request with so many items."""
    request = REQUESTS[signal]()
    if signal == "traces":
        spans = request.resource_spans.add().scope_spans.add().spans
        for i in range(items):
            spans.add(name=f"span {i}", trace_id=bytes(15) + b"\1", span_id=bytes(7) + b"\2", start_time_unix_nano=1)
    elif signal == "logs":
        records = request.resource_logs.add().scope_logs.add().log_records
        for i in range(items):
            records.add(severity_text="INFO", time_unix_nano=i).body.string_value = "hello"
    else:
        metric = request.resource_metrics.add().scope_metrics.add().metrics.add(name="m")
        for i in range(items):
            metric.gauge.data_points.add(time_unix_nano=i, as_double=i)
    return request


def body(signal: str, items: int = 3) -> bytes:
    """The same as protobuf."""
    encoded: bytes = message(signal, items).SerializeToString()
    return encoded


def as_json(signal: str, items: int = 3) -> bytes:
    """The same as OTLP/JSON; ids in hex."""
    text = MessageToJson(message(signal, items))
    return text.replace("AAAAAAAAAAAAAAAAAAAAAQ==", "0" * 31 + "1").replace("AAAAAAAAAAI=", "0" * 15 + "2").encode()


def head(path: str = "/v1/traces", length: int | None = None, **headers: str) -> bytes:
    """The head of a POST; `content_type` and the like name headers."""
    fields = {"Host": "localhost", "Content-Type": "application/x-protobuf"}
    if length is not None:
        fields["Content-Length"] = str(length)
    fields.update({name.replace("_", "-").title(): value for name, value in headers.items()})
    lines = [f"POST {path} HTTP/1.1", *(f"{k}: {v}" for k, v in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode()


class Client:
    """A raw connection that reads answers one by one."""

    def __init__(self, port: int, wrap: Any = None) -> None:
        raw = socket.create_connection(("127.0.0.1", port), timeout=15)
        self.socket = wrap(raw) if wrap else raw
        self.rest = b""

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        """All of it."""
        self.socket.sendall(data)

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Status, headers in lower case, body of the next response."""
        while b"\r\n\r\n" not in self.rest:
            self._more()
        top, _, self.rest = self.rest.partition(b"\r\n\r\n")
        first, *lines = top.decode().split("\r\n")
        headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines)}
        n = int(headers.get("content-length", 0))
        while len(self.rest) < n:
            self._more()
        content, self.rest = self.rest[:n], self.rest[n:]
        return int(first.split()[1]), headers, content

    def ended(self) -> bool:
        """Whether the server closes, with nothing more to say."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionError:
            return True

    def _more(self) -> None:
        data = self.socket.recv(65536)
        if not data:
            raise EOFError(f"closed after {self.rest!r}")
        self.rest += data
