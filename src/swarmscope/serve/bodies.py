"""Large bodies: what others' shippers send to the main port. Bounded one by one and together, decompressed off the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future

from fastapi import Request

from swarmscope.errors import InputError, OverloadError
from swarmscope.ingest.intake import Intake
from swarmscope.ingest.receivers import otlp
from swarmscope.ingest.receivers.compression import CODINGS, decompress, too_large
from swarmscope.model.access import Principal
from swarmscope.model.batch import Receipt

RETRY_AFTER_S = 1.0


class _Held:
    """Bytes of all bodies in the making."""

    def __init__(self) -> None:
        self.bytes = 0


_HELD = _Held()


async def received(request: Request, body_max: int, held_max: int) -> bytes:
    """The decompressed body of a request. LimitError, DecodeError; OverloadError: too much is held already."""
    coding = request.headers.get("content-encoding", "").strip().lower() or "identity"
    if coding not in CODINGS:
        raise InputError(f"Content-Encoding {coding[:40]!r} is not supported; send {', '.join(CODINGS)}")
    return await asyncio.to_thread(decompress, coding, await raw(request, body_max, held_max), body_max)


async def raw(request: Request, body_max: int, held_max: int) -> bytes:
    """The body of a request as it was sent. LimitError; OverloadError: too much is held already."""
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            _HELD.bytes += len(part)
            if len(body) > body_max:
                raise too_large(body_max)
            if _HELD.bytes > held_max:
                raise OverloadError(f"{_HELD.bytes} bytes of requests are held already; retry", RETRY_AFTER_S)
        return bytes(body)
    finally:
        _HELD.bytes -= len(body)


async def spans(request: Request, caller: Principal, convert: Callable[[bytes], bytes]) -> Receipt:
    """Take in spans of another wire: received, turned into OTLP by `convert` off the loop, durable when this returns."""
    ingest, intake = request.app.state.config.ingest, request.app.state.intake
    try:
        lane = otlp.lane_of(request.headers)
    except otlp.HttpError as e:
        raise InputError(str(e)) from e
    body = await received(request, ingest.message_max_bytes, ingest.memory_max_bytes)
    export = await asyncio.to_thread(convert, body)
    return await asyncio.wrap_future(_submitted(intake, export, caller.tenant, lane))


def _submitted(intake: Intake, export: bytes, tenant: str, lane: str) -> Future[Receipt]:
    return intake.submit("traces", export, tenant, "protobuf", lane)
