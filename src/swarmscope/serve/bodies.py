"""Large bodies: what others' shippers send to the main port. Bounded one by one and together, decompressed off the loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from fastapi import Request
from starlette.types import Scope

from swarmscope.errors import InputError, OverloadError
from swarmscope.ingest.intake import Intake
from swarmscope.ingest.receivers import otlp
from swarmscope.ingest.receivers.compression import CODINGS, decompress, too_large
from swarmscope.model.access import Principal
from swarmscope.model.batch import Receipt

RETRY_AFTER_S = 1.0


_INFLATING = ThreadPoolExecutor(2, "inflate")  # few, as what comes out is counted only once it is there
_HELD = "swarmscope.held"  # in the scope of a request: its bytes


class _Held:
    """Bytes of a request under way, or of all, as sent and as decompressed."""

    def __init__(self) -> None:
        self.bytes = 0


_ALL = _Held()
_LOCK = threading.Lock()


@contextmanager
def holding(scope: Scope) -> Iterator[None]:
    """A request: what `hold` counted for it counts until its end."""
    own = scope[_HELD] = _Held()
    try:
        yield
    finally:
        with _LOCK:
            _ALL.bytes -= own.bytes


def hold(scope: Scope, size: int, held_max: int) -> None:
    """Count bytes that a request keeps in memory until it is answered; any thread. OverloadError: all hold too much."""
    with _LOCK:
        scope[_HELD].bytes += size
        _ALL.bytes += size
        if _ALL.bytes > held_max:
            raise OverloadError(f"{_ALL.bytes} bytes of requests are held already; retry", RETRY_AFTER_S)


async def received(request: Request, body_max: int, held_max: int) -> bytes:
    """The decompressed body of a request. LimitError, DecodeError; OverloadError: too much is held already."""
    coding = request.headers.get("content-encoding", "").strip().lower() or "identity"
    if coding not in CODINGS:
        raise InputError(f"Content-Encoding {coding[:40]!r} is not supported; send {', '.join(CODINGS)}")
    body = await raw(request, body_max, held_max)
    if coding == "identity":
        return body

    def inflated() -> bytes:
        made = decompress(coding, body, body_max)
        hold(request.scope, len(made), held_max)
        return made

    return await asyncio.get_running_loop().run_in_executor(_INFLATING, inflated)


async def raw(request: Request, body_max: int, held_max: int) -> bytes:
    """The body of a request as it was sent. LimitError; OverloadError: too much is held already."""
    body = bytearray()
    async for part in request.stream():
        body += part
        hold(request.scope, len(part), held_max)
        if len(body) > body_max:
            raise too_large(body_max)
    return bytes(body)


async def spans(request: Request, caller: Principal, convert: Callable[[bytes], bytes]) -> None:
    """Take in spans of another wire: received, turned into OTLP by `convert` off the loop, durable when this returns.
    InputError where some were refused; the others are durable then."""
    ingest, intake = request.app.state.config.ingest, request.app.state.intake
    try:
        lane = otlp.lane_of(request.headers)
    except otlp.HttpError as e:
        raise InputError(str(e)) from e
    body = await received(request, ingest.message_max_bytes, ingest.memory_max_bytes)
    export = await asyncio.to_thread(convert, body)
    otlp.all_taken(await asyncio.wrap_future(_submitted(intake, export, caller.tenant, lane)))


def _submitted(intake: Intake, export: bytes, tenant: str, lane: str) -> Future[Receipt]:
    return intake.submit("traces", export, tenant, "protobuf", lane)
