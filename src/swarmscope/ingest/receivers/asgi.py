"""OTLP/HTTP as a small ASGI application, for the main port. Same answers as the server of its own port."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from swarmscope.errors import LimitError
from swarmscope.ingest.receivers import otlp
from swarmscope.ingest.receivers.compression import decompress, too_large
from swarmscope.ingest.receivers.otlp import Admission, Answer

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
LENGTH_DIGITS_MAX = 18
LOOKED_UP = frozenset({"authorization", "x-api-key", "cookie"})  # in a database, which may hang: not on everyone's loop
INLINE_BYTES_MAX = 1024 * 1024  # decompressed on the loop; what becomes larger goes to a thread


class OtlpApp:
    """Serves /v1/traces, /v1/logs and /v1/metrics (and 404 elsewhere). body_max: bytes, decompressed."""

    def __init__(self, intake: otlp.Intake, authenticate: otlp.Authenticate, body_max: int) -> None:
        self._intake, self._authenticate, self._body_max = intake, authenticate, body_max

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            raise RuntimeError(f"OTLP is spoken over http, not {scope['type']}")
        headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
        answer = await self._answer(scope["method"], scope["path"], headers, receive)
        answer.headers.update(otlp.cors(headers))
        if answer.status != 204:
            answer.headers["Content-Length"] = str(len(answer.body))
        raw = [(k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in answer.headers.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": raw})
        await send({"type": "http.response.body", "body": answer.body})

    async def _answer(self, method: str, path: str, headers: dict[str, str], receive: Receive) -> Answer:
        if method == "OPTIONS":
            return otlp.preflight(headers)
        signal = otlp.SIGNALS.get(path, "")
        try:
            admission = await self._admit(method, path, headers)
            body = await self._body(admission, headers, receive)
            future = self._intake.submit(admission.signal, body, admission.tenant, admission.encoding, admission.lane)
            receipt = await asyncio.wrap_future(future)
        except Exception as e:  # noqa: BLE001 - becomes the answer
            answer = otlp.refused(e, otlp.encoding_of(headers))
        else:
            content_type = otlp.CONTENT_TYPES[admission.encoding]
            answer = Answer(
                200, otlp.accepted(admission.signal, admission.encoding, receipt), {"Content-Type": content_type}
            )
        otlp.REQUESTS.labels("http", signal, str(answer.status)).inc()
        return answer

    async def _admit(self, method: str, path: str, headers: Mapping[str, str]) -> Admission:
        if LOOKED_UP.isdisjoint(headers):
            return otlp.admit(method, path, headers, self._authenticate)
        return await asyncio.to_thread(otlp.admit, method, path, headers, self._authenticate)

    async def _body(self, admission: Admission, headers: Mapping[str, str], receive: Receive) -> bytes:
        told = headers.get("content-length", "")
        if told.isdecimal() and (len(told) > LENGTH_DIGITS_MAX or int(told) > self._body_max):
            raise too_large(self._body_max)
        body, more = bytearray(), True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise otlp.HttpError(400, "the client went before its request was whole")
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self._body_max:
                raise too_large(self._body_max)
        inline = min(self._body_max, INLINE_BYTES_MAX)
        try:
            return decompress(admission.coding, bytes(body), inline)
        except LimitError:
            if inline == self._body_max:
                raise
            return await asyncio.to_thread(decompress, admission.coding, bytes(body), self._body_max)
