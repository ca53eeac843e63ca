"""InfluxDB's doors for line protocol: `/write` of version 1 and `/api/v2/write`, and what clients and Telegraf ask before.

A bucket is a value of the label `db`: it is there as soon as somebody names it, and an organization is the caller's tenant.
Lines that cannot be read do not keep the others from being stored; the answer names the first of them.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from swarmscope import __version__
from swarmscope.errors import AuthError, SwarmscopeError
from swarmscope.ingest.neighbours import line
from swarmscope.serve import bodies
from swarmscope.serve.compat.own_errors import OwnErrors, status_with_503, when_again
from swarmscope.serve.routes.common import Ingester
from swarmscope.serve.schemas.fleet import Live

BODIES = ("/write", "/influx/write", "/api/v2/write", "/influx/api/v2/write")
_CODES = {401: "unauthorized", 403: "forbidden", 413: "request too large", 503: "unavailable"}


class InfluxErrors(OwnErrors):
    """Tells refusals as InfluxDB does, those of a credential too: each version in its own JSON."""

    @staticmethod
    def refused(request: Request, error: SwarmscopeError) -> Response:
        """See OwnErrors."""
        status = status_with_503(error)
        if "/api/v2/" in request.url.path:
            return _v2(status, _CODES.get(status, "invalid"), str(error), error)
        return _v1(status, str(error), error)


router = APIRouter(tags=["influxdb"], include_in_schema=False, route_class=InfluxErrors)
_V1_UNITS = ("", "n", "ns", "u", "us", "µ", "ms", "s", "m", "h")
_V2_UNITS = ("", "ns", "us", "ms", "s")


@router.post("/write")
@router.post("/influx/write")
async def write_v1(request: Request, caller: Ingester) -> Response:
    """Lines for a database."""
    unit = request.query_params.get("precision", "")
    if unit not in _V1_UNITS:
        return _v1(400, f"invalid precision {unit[:20]!r} (use n, u, ms, s, m or h)")
    parsed, receipt = await _taken(request, caller.tenant, unit, request.query_params.get("db", ""))
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
    parsed, receipt = await _taken(request, caller.tenant, unit, request.query_params.get("bucket", ""))
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
@router.get("/influx/ping")
@router.head("/influx/ping")
async def ping() -> Response:
    """Whether anyone is there."""
    return Response(status_code=204, headers={"X-Influxdb-Version": f"1.8-swarmscope-{__version__}"})


@router.get("/influx/health")
async def health() -> Response:
    """As `/health`, for those whose address of us ends in `/influx`."""
    return JSONResponse(Live(version=__version__).model_dump())


@router.get("/api/v2/buckets")
@router.get("/influx/api/v2/buckets")
async def buckets(caller: Ingester, name: str = "") -> Response:
    """The bucket of a name."""
    if not name:
        return _v2(
            400, "invalid", "ask for a bucket by its name: any name is there; what came for one has it as label db"
        )
    return JSONResponse({"buckets": [_bucket(name, caller.tenant)]})


@router.post("/api/v2/buckets")
@router.post("/influx/api/v2/buckets")
async def make_bucket(request: Request, caller: Ingester) -> Response:
    """Nothing has to be made."""
    try:
        name = (await request.json())["name"]
    except (ValueError, TypeError, KeyError):
        name = None
    if not isinstance(name, str) or not name:
        return _v2(400, "invalid", "a bucket needs a name")
    return JSONResponse(_bucket(name, caller.tenant), 201)


@router.get("/api/v2/orgs")
@router.get("/influx/api/v2/orgs")
async def organizations(caller: Ingester, org: str = "") -> Response:
    """The one of the caller, by whatever name it is asked for."""
    return JSONResponse({"orgs": [{"id": _id(caller.tenant), "name": org or caller.tenant}]})


@router.get("/query")
@router.post("/query")
@router.get("/influx/query")
@router.post("/influx/query")
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


def _bucket(name: str, tenant: str) -> dict[str, Any]:
    return {"id": _id(name), "orgID": _id(tenant), "type": "user", "name": name, "retentionRules": []}


def _id(name: str) -> str:
    """Sixteen hexadecimal digits, as InfluxDB's have."""
    return hashlib.blake2b(name.encode(), digest_size=8).hexdigest()


def _done() -> Response:
    return Response(status_code=204, headers={"X-Influxdb-Version": f"1.8-swarmscope-{__version__}"})


def _v1(status: int, text: str, error: SwarmscopeError | None = None) -> Response:
    shown = re.sub(r"[^ -~]", "?", text[:1000])  # what a header may hold
    return JSONResponse({"error": text}, status, {"X-Influxdb-Error": shown, **_retry(error)})


def _v2(status: int, code: str, text: str, error: SwarmscopeError | None = None, line_number: int = 0) -> Response:
    more = {"line": line_number} if line_number else {}
    return JSONResponse({"code": code, "message": text, **more}, status, _retry(error))


def _retry(error: SwarmscopeError | None) -> dict[str, str]:
    if isinstance(error, AuthError) and error.status == 401:
        return {"WWW-Authenticate": 'Basic realm="InfluxDB"'}
    return when_again(error) if error is not None else {}
