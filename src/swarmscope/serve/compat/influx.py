"""InfluxDB's doors for line protocol: `/write` of version 1 and `/api/v2/write`, and what Telegraf asks before it writes.

Lines that cannot be read do not keep the others from being stored; the answer names the first of them.
"""

from __future__ import annotations

import asyncio
import re
import time
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from swarmscope import __version__
from swarmscope.errors import LimitError, OverloadError, SwarmscopeError
from swarmscope.ingest.neighbours import line
from swarmscope.serve import bodies
from swarmscope.serve.routes.common import ERRORS, Ingester

BODIES = ("/write", "/influx/write", "/api/v2/write", "/influx/api/v2/write")
router = APIRouter(tags=["influxdb"], responses=ERRORS, include_in_schema=False)
_V1_UNITS = ("", "n", "ns", "u", "us", "µ", "ms", "s", "m", "h")
_V2_UNITS = ("", "ns", "us", "ms", "s")


@router.post("/write")
@router.post("/influx/write")
async def write_v1(request: Request, caller: Ingester) -> Response:
    """Lines for a database."""
    unit = request.query_params.get("precision", "")
    if unit not in _V1_UNITS:
        return _v1(400, f"invalid precision {unit[:20]!r} (use n, u, ms, s, m or h)")
    try:
        parsed, receipt = await _taken(request, caller.tenant, unit, request.query_params.get("db", ""))
    except SwarmscopeError as error:
        return _v1(_status(error), str(error), error)
    if parsed.faults:
        text = "; ".join(f"line {number}: {why}" for number, why in parsed.faults)
        whole = parsed.dropped == parsed.lines
        return _v1(400, text if whole else f"partial write: {text} dropped={parsed.dropped}")
    return _v1(400, f"partial write: {receipt.message} dropped={receipt.rejected}") if receipt.rejected else _done()


@router.post("/api/v2/write")
@router.post("/influx/api/v2/write")
async def write_v2(request: Request, caller: Ingester) -> Response:
    """Lines for a bucket."""
    unit = request.query_params.get("precision", "")
    if unit not in _V2_UNITS:
        return _v2(400, "invalid", f"invalid precision {unit[:20]!r}; valid precision units are ns, us, ms, and s")
    try:
        parsed, receipt = await _taken(request, caller.tenant, unit, request.query_params.get("bucket", ""))
    except LimitError as error:
        return _v2(413, "request too large", str(error))
    except SwarmscopeError as error:
        status = _status(error)
        return _v2(status, "unavailable" if status == 503 else "invalid", str(error), error)
    if parsed.faults:
        text = "; ".join(why for _, why in parsed.faults)
        whole = parsed.dropped == parsed.lines
        said = text if whole else f"partial write: {text} dropped={parsed.dropped}"
        return _v2(400, "invalid", said, line_number=parsed.faults[0][0])
    if receipt.rejected:
        return _v2(422, "unprocessable entity", f"partial write: {receipt.message} dropped={receipt.rejected}")
    return _done()


@router.get("/ping")
@router.head("/ping")
async def ping() -> Response:
    """Whether anyone is there."""
    return Response(status_code=204, headers={"X-Influxdb-Version": f"1.8-swarmscope-{__version__}"})


@router.post("/query")
async def query(request: Request, _caller: Ingester) -> Response:
    """`CREATE DATABASE`, which shippers say before they write: nothing has to be made."""
    form = (await request.body()).decode("utf-8", "replace")
    said = request.query_params.get("q", "") or form
    if re.search(r"CREATE(\s|\+|%20)+DATABASE", said, re.IGNORECASE) is None:
        return _v1(400, "only CREATE DATABASE is understood here; ask in PromQL at /api/v1/query")
    return JSONResponse({"results": [{"statement_id": 0}]})


async def _taken(request: Request, tenant: str, unit: str, database: str) -> tuple[line.Parsed, Any]:
    ingest, intake = request.app.state.config.ingest, request.app.state.intake
    most = min(line.BODY_MAX, ingest.message_max_bytes)
    body = await bodies.received(request, most, ingest.memory_max_bytes)
    parsed = await asyncio.to_thread(line.parse, body, time.time_ns(), line.NANOSECONDS[unit], database)
    return parsed, await asyncio.wrap_future(intake.submit("samples", parsed.request.encoded(), tenant, "write1"))


def _status(error: SwarmscopeError) -> int:
    return 503 if isinstance(error, OverloadError) else error.status


def _done() -> Response:
    return Response(status_code=204, headers={"X-Influxdb-Version": f"1.8-swarmscope-{__version__}"})


def _v1(status: int, text: str, error: SwarmscopeError | None = None) -> Response:
    shown = re.sub(r"[^ -~]", "?", text[:1000])  # what a header may hold
    return JSONResponse({"error": text}, status, {"X-Influxdb-Error": shown, **_retry(error)})


def _v2(status: int, code: str, text: str, error: SwarmscopeError | None = None, line_number: int = 0) -> Response:
    more = {"line": line_number} if line_number else {}
    return JSONResponse({"code": code, "message": text, **more}, status, _retry(error))


def _retry(error: SwarmscopeError | None) -> dict[str, str]:
    return {"Retry-After": str(max(1, round(error.retry_after_s)))} if isinstance(error, OverloadError) else {}
