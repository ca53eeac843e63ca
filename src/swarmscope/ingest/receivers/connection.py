"""One connection of the OTLP/HTTP server: requests in, answers out, in order.

One request is in work; pipelined ones wait, and reading pauses meanwhile. Heads, bodies and the time that a client takes are
bounded; a refused client gets a reason and a moment to read it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import httptools

from swarmscope.errors import LimitError, OverloadError
from swarmscope.ingest.receivers import otlp
from swarmscope.ingest.receivers.compression import decompress, too_large
from swarmscope.ingest.receivers.otlp import Admission, Answer, HttpError
from swarmscope.model.batch import Receipt
from swarmscope.telemetry import counter

if TYPE_CHECKING:
    from swarmscope.ingest.receivers.http import OtlpHttpServer

HEAD_BYTES_MAX = 32 * 1024
HEADERS_MAX = 100
CONNECTIONS_MAX = 16_384
HEAD_TIMEOUT_S = 10.0
IDLE_TIMEOUT_S = 120.0
BODY_TIMEOUT_S = 30.0  # and more with every byte, as BODY_RATE_MIN allows
BODY_RATE_MIN = 64 * 1024  # bytes per second
PART_BYTES_MIN = 4096  # smaller parts of a body are gathered, lest a body of tiny chunks become a million objects
LINGER_S = 2.0  # a refused client gets this long to read the answer
INLINE_BYTES_MAX = 4 * 1024 * 1024  # decompressed on the loop; what becomes larger goes to a thread

_received = counter("swarmscope_ingest_http_received_bytes_total", "bytes of request bodies as sent")
_SUCCESS = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n"


@dataclass(slots=True)
class _Request:
    """One request with its whole body. `early`: decided without it."""

    headers: dict[str, str]
    keep_alive: bool
    admission: Admission | None
    early: Answer | None
    body: bytes = b""


class Connection(asyncio.Protocol):
    """One client. Deadlines are loop times; the server's sweep enforces them."""

    def __init__(self, server: OtlpHttpServer) -> None:
        self.server = server
        self.deadline = float("inf")
        self._transport: Any = None
        self._parser = httptools.HttpRequestParser(self)
        self._idle = True  # between two requests
        self._queue: deque[_Request] = deque()
        self._busy = False  # a request is in work
        self._advancing = False  # in the loop of `_next`
        self._full = False  # the client does not read its answers
        self._closing = False  # no more requests; close when the queue is empty
        self._refusing = False  # answered for good; what still comes is dropped
        self._new_message()

    # ---- asyncio

    def connection_made(self, transport: Any) -> None:
        """A client came."""
        self._transport = transport
        self.server.connections.add(self)
        self.deadline = self.server.loop.time() + HEAD_TIMEOUT_S
        if len(self.server.connections) > CONNECTIONS_MAX:
            self._refuse(HttpError(503, f"more than {CONNECTIONS_MAX} connections; retry later", {"Retry-After": "5"}))

    def connection_lost(self, exc: Exception | None) -> None:
        """The client went."""
        self._drop_body()
        self.server.connections.discard(self)
        self._closing = self._refusing = True
        self._queue.clear()

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        if self._refusing or self._closing:
            return
        if not self._head_done:
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserCallbackError as e:
            cause = e.__context__
            self._refuse(cause if isinstance(cause, Exception) else e)
        except httptools.HttpParserUpgrade:
            self._refuse(HttpError(400, "upgrades are not supported; send plain HTTP/1.1"))
        except httptools.HttpParserError as e:
            if not self._closing:  # else bytes behind the last request
                self._refuse(HttpError(400, f"not valid HTTP/1.1: {e}"))
        else:
            if not self._head_done and self._head_bytes > HEAD_BYTES_MAX:
                self._refuse(_long_head())

    def eof_received(self) -> bool:
        """The client sends no more; answers in work still go out."""
        self._closing = True
        return (self._busy or bool(self._queue)) and bool(self._transport.can_write_eof())

    def pause_writing(self) -> None:
        """The client does not read its answers."""
        self._full = True

    def resume_writing(self) -> None:
        """It reads again."""
        self._full = False
        self._next()

    # ---- llhttp

    def _new_message(self) -> None:
        self._url = b""
        self._headers: dict[str, str] = {}
        self._head_bytes = 0
        self._head_done = False
        self._idle = True
        self._admission: Admission | None = None
        self._early: Answer | None = None
        self._parts: list[bytes | bytearray] = []  # of the body
        self._size = 0

    def on_message_begin(self) -> None:
        """A request begins."""
        self._new_message()
        self._idle = False
        self._arm()

    def on_url(self, url: bytes) -> None:
        """A part of the target."""
        self._url += url
        if len(self._url) > HEAD_BYTES_MAX:
            raise _long_head()

    def on_header(self, name: bytes, value: bytes | None) -> None:
        """One header, or a trailer."""
        if self._head_done:
            return
        key, text = name.decode("latin-1").lower(), (value or b"").decode("latin-1")
        self._headers[key] = text
        if len(self._headers) > HEADERS_MAX or len(text) > HEAD_BYTES_MAX:
            raise _long_head()

    def on_headers_complete(self) -> None:
        """The head is whole: decide before the body comes."""
        self._head_done = True
        headers, server = self._headers, self.server
        method = self._parser.get_method().decode("latin-1")
        length = int(headers.get("content-length") or 0)
        self._arm()
        if method == "OPTIONS":
            self._early = otlp.preflight(headers)
            return
        path = self._url.partition(b"?")[0].decode("latin-1")
        self._admission = otlp.admit(method, path, headers, server.authenticate)
        if length > server.body_max:
            raise too_large(server.body_max)
        if server.held + length > server.held_max:
            raise OverloadError("too many requests are being received; retry")
        if headers.get("expect", "").lower() == "100-continue":
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, data: bytes) -> None:
        """A part of the body."""
        server = self.server
        if len(data) >= PART_BYTES_MIN:
            self._parts.append(data)
        elif self._parts and isinstance(self._parts[-1], bytearray):
            self._parts[-1] += data
        else:
            self._parts.append(bytearray(data))
        self._size += len(data)
        server.held += len(data)
        self.deadline += len(data) / BODY_RATE_MIN
        if self._size > server.body_max:
            raise too_large(server.body_max)
        if server.held > server.held_max:
            raise OverloadError("too many requests are being received; retry")

    def on_message_complete(self) -> None:
        """The request is whole."""
        body = b"".join(self._parts)
        self._drop_body()
        _received.inc(len(body))
        keep_alive = self._parser.should_keep_alive()
        self._closing = self._closing or not keep_alive
        self._queue.append(_Request(self._headers, keep_alive, self._admission, self._early, body))
        self._new_message()
        self._arm()
        self._transport.pause_reading()
        self._next()

    def _drop_body(self) -> None:
        self.server.held -= self._size
        self._parts, self._size = [], 0

    def _arm(self) -> None:
        """Set the deadline for what the client has to do next. While we have something to do, there is none."""
        if self._busy or self._queue:
            self.deadline = float("inf")
            return
        wait_s = IDLE_TIMEOUT_S if self._idle else BODY_TIMEOUT_S if self._head_done else HEAD_TIMEOUT_S
        self.deadline = self.server.loop.time() + wait_s

    # ---- answers

    def _next(self) -> None:
        """Take up the next request, or wait for one."""
        if self._advancing or self._transport.is_closing():
            return
        self._advancing = True  # an answer that is ready at once comes back here
        while self._queue and not self._busy and not self._full:
            self._busy = True
            self._start(self._queue.popleft())
        self._advancing = False
        if self._busy or self._queue or self._full or self._refusing:
            return
        if self._closing:
            self._transport.close()
            return
        self._arm()
        self._transport.resume_reading()

    def _start(self, request: _Request) -> None:
        admission = request.admission
        if admission is None:
            self._finish(request, request.early or Answer(500, b""))
            return
        limit = self.server.body_max
        if admission.coding == "identity":
            self._submit(request, admission, request.body)
            return
        try:
            body = decompress(admission.coding, request.body, min(limit, INLINE_BYTES_MAX))
        except LimitError as e:
            if limit <= INLINE_BYTES_MAX:
                self._fail(request, e)
            else:
                self._inflate(request, admission)
        except Exception as e:  # noqa: BLE001 - becomes the answer
            self._fail(request, e)
        else:
            self._submit(request, admission, body)

    def _inflate(self, request: _Request, admission: Admission) -> None:
        """Decompress a large body in a thread."""
        job = self.server.pool.submit(decompress, admission.coding, request.body, self.server.body_max)
        self._when_done(job, request, lambda body: self._submit(request, admission, body))

    def _submit(self, request: _Request, admission: Admission, body: bytes) -> None:
        a = admission
        request.body = b""
        try:
            receipt = self.server.intake.submit(a.signal, body, a.tenant, a.encoding, a.lane)
        except Exception as e:  # noqa: BLE001 - becomes the answer
            self._fail(request, e)
            return
        self._when_done(receipt, request, lambda r: self._accept(request, a, r))

    def _when_done(self, job: Future[Any], request: _Request, then: Callable[[Any], None]) -> None:
        """Go on with the result on the loop, or answer with the error."""

        def resume() -> None:
            error = job.exception()
            if error is None:
                then(job.result())
            else:
                self._fail(request, error if isinstance(error, Exception) else RuntimeError(repr(error)))

        def done(_job: Future[Any]) -> None:
            if not self.server.loop.is_closed():
                self.server.loop.call_soon_threadsafe(resume)

        job.add_done_callback(done)

    def _accept(self, request: _Request, admission: Admission, receipt: Receipt) -> None:
        otlp.REQUESTS.labels("http", admission.signal, "200").inc()
        body = otlp.accepted(admission.signal, admission.encoding, receipt)
        if not body and request.keep_alive and "origin" not in request.headers:
            self._write(_SUCCESS, True)
            return
        self._finish(request, Answer(200, body, {"Content-Type": otlp.CONTENT_TYPES[admission.encoding]}))

    def _fail(self, request: _Request, error: Exception) -> None:
        answer = otlp.refused(error, request.admission.encoding if request.admission else None)
        _count(request.admission, answer)
        self._finish(request, answer)

    def _finish(self, request: _Request, answer: Answer) -> None:
        answer.headers.update(otlp.cors(request.headers))
        self._write(_encode(answer, request.keep_alive), request.keep_alive)

    def _write(self, data: bytes, keep_alive: bool) -> None:
        self._busy = False
        if self._transport.is_closing():
            return
        self._transport.write(data)
        if self._refusing and not self._queue:
            self._linger()
            return
        self._next()

    def _refuse(self, error: Exception) -> None:
        """Answer and close: the rest of the request is not read. Requests before it are answered first."""
        answer = otlp.refused(error, otlp.encoding_of(self._headers))
        _count(self._admission, answer)
        self._drop_body()
        self._refusing = True
        self._queue.append(_Request(self._headers, False, None, answer))
        self._arm()
        self._next()

    def _linger(self) -> None:
        """Close when the client has had time to read the answer, though it is still sending."""
        if not self._transport.can_write_eof():  # TLS
            self._transport.close()
            return
        self._transport.write_eof()
        self._transport.resume_reading()
        self.deadline = self.server.loop.time() + LINGER_S

    def finish(self) -> None:
        """Close when the requests in work are answered."""
        self._closing = True
        self._next()

    def time_out(self) -> None:
        """Too slow: say so where a request has begun."""
        if self._refusing or self._idle or self._transport.is_closing():
            self.abort()
        else:
            self._refuse(HttpError(408, "the request took too long to arrive; send it faster or in smaller batches"))

    def abort(self) -> None:
        """Close at once."""
        self._transport.abort()


def _long_head() -> HttpError:
    return HttpError(431, f"the head is larger than {HEAD_BYTES_MAX} bytes or {HEADERS_MAX} headers; send fewer")


def _count(admission: Admission | None, answer: Answer) -> None:
    otlp.REQUESTS.labels("http", admission.signal if admission else "", str(answer.status)).inc()


def _encode(answer: Answer, keep_alive: bool) -> bytes:
    lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    if answer.status != 204:
        lines.append(f"Content-Length: {len(answer.body)}")
    if not keep_alive:
        lines.append("Connection: close")
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + answer.body
