"""Zipkin's collector: spans as v2 JSON, v2 protobuf and v1 JSON.

Source: openzipkin/zipkin-api `zipkin2-api.yaml`, zipkin-server README ("Collector"). Answers 202 when the spans are durable;
refusals are plain text.
"""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from swarmscope.errors import InputError
from swarmscope.ingest.neighbours import zipkin
from swarmscope.serve import bodies
from swarmscope.serve.compat.plain_errors import PlainErrors
from swarmscope.serve.routes.common import Ingester

BODIES = ("/api/v2/spans", "/api/v1/spans", "/zipkin/api/")
_PROTOBUF = ("application/x-protobuf", "application/protobuf")

router = APIRouter(tags=["zipkin"], include_in_schema=False, route_class=PlainErrors)


@router.post("/api/v2/spans", status_code=202)
@router.post("/zipkin/api/v2/spans", status_code=202)
async def spans_v2(request: Request, caller: Ingester) -> Response:
    """A list of v2 spans, as JSON or as `zipkin.proto3.ListOfSpans`."""
    convert = zipkin.from_protobuf if _media(request) in _PROTOBUF else zipkin.from_json
    await bodies.spans(request, caller, convert)
    return Response(status_code=202)


@router.post("/api/v1/spans", status_code=202)
@router.post("/zipkin/api/v1/spans", status_code=202)
async def spans_v1(request: Request, caller: Ingester) -> Response:
    """A list of v1 spans as JSON."""
    if "thrift" in _media(request):
        raise InputError("v1 spans in Thrift are not read; send them as JSON, or v2 spans to /api/v2/spans")
    await bodies.spans(request, caller, zipkin.from_json_v1)
    return Response(status_code=202)


def _media(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
