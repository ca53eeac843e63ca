"""The main port holds its clients to bounds: the size of a head, the time that a request takes to arrive, bodies, connections.

uvicorn has none of these. A head without end would fill the memory and hold the loop, a client that sends a byte now and
then would keep its connection for ever.
"""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from swarmscope.serve import bodies
from swarmscope.serve.problems import problem

HEAD_BYTES_MAX = 32 * 1024
HEAD_TIMEOUT_S = 10.0
BODY_TIMEOUT_S = 30.0  # and more with every byte, as BODY_RATE_MIN allows
BODY_RATE_MIN = 64 * 1024  # bytes per second
LINGER_S = 2.0  # what a refused client still sends is dropped that long
CONNECTIONS_MAX = 4096
LIVE_RATE_MAX = 32 * 1024  # bytes per second that a page may send
LIVE_BURST_BYTES = 160 * 1024
BODY_BYTES_MAX = 4 << 20  # of a call; OTLP has a limit of its own
BODIES_BYTES_MAX = 256 << 20  # of all calls together


class BoundedHttp(HttpToolsProtocol):
    """One client of the main port. Whoever breaks a bound is told so and parted with."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._reading_head = True
        self._head_bytes = 0  # of the head that is arriving
        self._body_bytes = 0
        self._refused = False
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as the class above does
        """A client came."""
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS_MAX:
            self._refuse(503, f"more than {CONNECTIONS_MAX} connections; retry later")
            return
        self._expect(HEAD_TIMEOUT_S)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client went."""
        self._expect(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes came. Of a head no more are parsed than it may have."""
        if self._refused or self.transport.is_closing():
            return
        if not self._reading_head:
            super().data_received(data)
            return
        if self._head_bytes == 0:
            self._expect(HEAD_TIMEOUT_S)
        room = HEAD_BYTES_MAX - self._head_bytes
        self._head_bytes += len(data)
        super().data_received(data[:room])
        if self.transport.is_closing() or self.transport.get_protocol() is not self:
            return
        if self._reading_head and self._head_bytes > HEAD_BYTES_MAX:
            self._refuse(431, f"the head of a request may have {HEAD_BYTES_MAX} bytes")
        elif len(data) > room:
            super().data_received(data[room:])

    def on_headers_complete(self) -> None:
        """The body follows, or another protocol."""
        self._reading_head, self._head_bytes, self._body_bytes = False, 0, 0
        self._expect(BODY_TIMEOUT_S)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """All of the request is there."""
        self._reading_head, self._head_bytes = True, 0
        self._expect(None)
        super().on_message_complete()

    def _expect(self, seconds: float | None) -> None:
        """What is arriving must be complete by then; None: nothing is."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if seconds is None else self.loop.call_later(seconds, self._late, self.loop.time())

    def _late(self, since: float) -> None:
        self._timer = None
        if self._reading_head:
            self._refuse(408, f"the head of a request must arrive within {HEAD_TIMEOUT_S:g} s")
            return
        allowed_s = BODY_TIMEOUT_S + self._body_bytes / BODY_RATE_MIN
        if self.flow.read_paused or self.loop.time() - since < allowed_s:  # it is us who are slow, or it is fast enough
            self._timer = self.loop.call_later(BODY_TIMEOUT_S / 4, self._late, since)
            return
        self._refuse(408, f"the body came slower than {BODY_RATE_MIN} bytes a second")

    def _refuse(self, status: int, detail: str) -> None:
        self._expect(None)
        answered = self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete
        if not answered:
            body = bytes(problem(status, "HTTPError", detail).body)
            head = f"HTTP/1.1 {status} Refused\r\ncontent-type: application/problem+json\r\nconnection: close\r\n"
            self.transport.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        self._refused = True
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._timer = self.loop.call_later(LINGER_S, self.transport.close)  # at once, and it might not read the answer


class BoundedWebSocket(WebSocketsSansIOProtocol):
    """One page that listens. It has little to say: whoever floods it (frames of nothing cost more than they weigh) is out."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._allowance = float(LIVE_BURST_BYTES)
        self._since = self.loop.time()

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        now = self.loop.time()
        self._allowance = min(LIVE_BURST_BYTES, self._allowance + (now - self._since) * LIVE_RATE_MAX) - len(data)
        self._since = now
        if self.transport.is_closing():
            return
        if self._allowance >= 0:
            super().data_received(data)
            return
        self.conn.fail(1008, f"more than {LIVE_RATE_MAX} bytes a second")
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.transport.close()


class BoundedBody:
    """Refuses bodies that are too large, one by one and together. `apart`: beginnings of paths with limits of their own."""

    def __init__(self, app: ASGIApp, apart: str | tuple[str, ...]) -> None:
        self._app = app
        self._apart = apart
        self._held_bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with bodies.holding(scope):
            if scope["path"].startswith(self._apart):
                await self._app(scope, receive, send)
            else:
                await self._bounded(scope, receive, send)

    async def _bounded(self, scope: Scope, receive: Receive, send: Send) -> None:
        told = dict(scope["headers"]).get(b"content-length", b"0")
        if told.isdigit() and int(told[:20]) > BODY_BYTES_MAX:
            await _too_large()(scope, receive, send)
            return
        held = 0

        async def bounded() -> Message:
            nonlocal held
            message = await receive()
            size = len(message.get("body", b""))
            held += size
            self._held_bytes += size
            if held > BODY_BYTES_MAX:
                raise _Refused(_too_large())
            if self._held_bytes > BODIES_BYTES_MAX:
                raise _Refused(
                    problem(
                        503,
                        "OverloadError",
                        "too many large calls at once; retry",
                        {"Retry-After": "1", "Connection": "close"},
                    )
                )
            return message

        try:
            await self._app(scope, bounded, send)
        except _Refused as refused:
            await refused.answer(scope, receive, send)
        finally:
            self._held_bytes -= held


class _Refused(BaseException):
    """Passes through the frameworks' own handlers, which take any Exception for a malformed body."""

    def __init__(self, answer: Any) -> None:
        super().__init__()
        self.answer = answer


def _too_large() -> Any:
    return problem(413, "LimitError", f"a body may have {BODY_BYTES_MAX} bytes here", {"Connection": "close"})
