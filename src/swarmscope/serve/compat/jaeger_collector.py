"""Jaeger's collector: `POST /api/traces` with a Thrift binary batch (conventional port 14268).

Source: Jaeger, "APIs", "Thrift over HTTP". Answers 202 when the spans are durable. gRPC (`CollectorService/PostSpans`) is
served beside OTLP/gRPC.
"""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from swarmscope.errors import InputError
from swarmscope.ingest.neighbours import jaeger
from swarmscope.serve import bodies
from swarmscope.serve.routes.common import ERRORS, Ingester

BODIES = ("/api/traces", "/jaeger/api/traces")
_THRIFT = ("application/x-thrift", "application/vnd.apache.thrift.binary")

router = APIRouter(tags=["jaeger"], responses=ERRORS, include_in_schema=False)


@router.post("/api/traces", status_code=202)
@router.post("/jaeger/api/traces", status_code=202)
async def batch(request: Request, caller: Ingester) -> Response:
    """One `Batch` of `jaeger.thrift`."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in _THRIFT:
        raise InputError(f"Content-Type {media[:60]!r} is not supported; send {' or '.join(_THRIFT)}")
    await bodies.spans(request, caller, jaeger.from_thrift)
    return Response(status_code=202)
