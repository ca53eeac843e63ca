"""Jaeger's collector: `POST /api/traces` with a Thrift binary batch (conventional port 14268).

Source: Jaeger, "APIs", "Thrift over HTTP". Answers 202 when the spans are durable. gRPC (`CollectorService/PostSpans`) is
served beside OTLP/gRPC.
"""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from swarmscope.errors import DecodeError, InputError
from swarmscope.ingest.neighbours import jaeger
from swarmscope.serve import bodies
from swarmscope.serve.compat.plain_errors import PlainErrors
from swarmscope.serve.routes.common import Ingester

BODIES = ("/api/traces", "/jaeger/api/traces")
_THRIFT = ("application/x-thrift", "application/vnd.apache.thrift.binary")

router = APIRouter(tags=["jaeger"], include_in_schema=False, route_class=PlainErrors)


@router.post("/api/traces", status_code=202)
@router.post("/jaeger/api/traces", status_code=202)
async def batch(request: Request, caller: Ingester) -> Response:
    """One `Batch` of `jaeger.thrift`."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in _THRIFT:
        raise InputError(f"Unsupported content type: {media[:60]!r}; send {' or '.join(_THRIFT)}")
    try:
        await bodies.spans(request, caller, jaeger.from_thrift)
    except DecodeError as e:
        raise InputError(f"Unable to process request body: {e}") from e
    return Response(status_code=202)
