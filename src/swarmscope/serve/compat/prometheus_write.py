"""Prometheus remote write, 1.0 and 2.0: `POST /api/v1/write`. 204 when everything is durable.

Source: Prometheus, "Remote-Write 1.0" and "Remote-Write 2.0" specifications. What is refused one by one is answered with 400
after the rest was stored, as the protocol wants it: senders do not repeat a 400. When the program is too busy it answers 503,
which every sender repeats (a 429 is dropped by Prometheus unless told otherwise).
"""

from __future__ import annotations

import asyncio
from typing import Any

import cramjam
from fastapi import APIRouter, Request, Response

from swarmscope.errors import AuthError, DecodeError, SwarmscopeError
from swarmscope.ingest.receivers.compression import too_large
from swarmscope.model.access import Role
from swarmscope.model.batch import Receipt
from swarmscope.serve import bodies
from swarmscope.serve.auth import allowed, principal_beside
from swarmscope.serve.compat.plain_errors import refusal

BODIES = ("/api/v1/write", "/prometheus/api/v1/write", "/api/v1/push")
FIRST = True  # among the routers: its paths are called most
INLINE_BYTES_MAX = 4 << 20  # decompressed on the loop; what becomes larger goes to a thread
_V1, _V2 = "prometheus.WriteRequest", "io.prometheus.write.v2.Request"
_ENCODINGS = {"": "write1", _V1: "write1", _V2: "write2"}

router = APIRouter(include_in_schema=False)
_snappy: Any = cramjam.snappy


async def write(request: Request) -> Response:
    """One WriteRequest. A bare route, as what FastAPI does for a call takes longer than decoding thousands of samples."""
    try:
        caller = allowed(await principal_beside(request), Role.INGEST)
    except AuthError as error:
        return refusal(error)
    ingest, intake = request.app.state.config.ingest, request.app.state.intake
    media, parameters = _content_type(request.headers.get("content-type", ""))
    encoding = _ENCODINGS.get(parameters.get("proto", ""))
    if media not in ("application/x-protobuf", "") or encoding is None:
        return _text(415, f"send application/x-protobuf, with proto={_V1} or proto={_V2}")
    coding = request.headers.get("content-encoding", "snappy").strip().lower()
    if coding not in ("snappy", ""):
        return _text(415, f"Content-Encoding {coding[:40]!r} is not supported; remote write is compressed by snappy")
    receipt = Receipt(0)
    try:
        body = await bodies.raw(request, ingest.message_max_bytes, ingest.memory_max_bytes)
        size = uncompressed_size(body, ingest.message_max_bytes)
        bodies.hold(request.scope, size, ingest.memory_max_bytes)
        data = unpacked(body) if size <= INLINE_BYTES_MAX else await asyncio.to_thread(unpacked, body)
        receipt = await asyncio.wrap_future(intake.submit("samples", data, caller.tenant, encoding))
    except SwarmscopeError as error:
        answer = refusal(error)
    else:
        answer = _text(400, receipt.message) if receipt.rejected else Response(status_code=204)
    if encoding == "write2":
        for name, count in zip(("Samples", "Histograms", "Exemplars"), receipt.written, strict=True):
            answer.headers[f"X-Prometheus-Remote-Write-{name}-Written"] = str(count)
    return answer


for _path in BODIES:
    router.add_route(_path, write, ["POST"], include_in_schema=False)


def uncompressed_size(body: bytes, limit: int) -> int:
    """What a snappy block says it becomes, before anything is allocated. DecodeError, LimitError."""
    size = shift = 0
    for byte in body[:5]:
        size |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            if size > limit:
                raise too_large(limit)
            return size
    raise DecodeError("the body is not a snappy block; remote write is compressed by snappy in its block format")


def unpacked(body: bytes) -> bytes:
    """The bytes of a snappy block. DecodeError."""
    try:
        return bytes(_snappy.decompress_raw(body))
    except Exception as e:  # cramjam's own class of errors
        raise DecodeError(f"the body is not a valid snappy block: {e}") from e


def _text(status: int, message: str) -> Response:
    return Response(message + "\n", status, media_type="text/plain; charset=utf-8")


def _content_type(header: str) -> tuple[str, dict[str, str]]:
    media, *rest = (part.strip() for part in header.split(";"))
    pairs = (part.partition("=") for part in rest)
    return media.lower(), {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}
