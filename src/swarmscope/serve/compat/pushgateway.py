"""Pushgateway: `PUT`, `POST` and `DELETE /metrics/job/<job>{/<label>/<value>}`, below `/` and `/pushgateway`.

Source: prometheus/pushgateway README. `<name>@base64` says that a value is URL-safe base64.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from concurrent.futures import Future
from typing import Any
from urllib.parse import unquote

from fastapi import APIRouter, Request, Response

from swarmscope.errors import InputError, SwarmscopeError
from swarmscope.ingest.neighbours import exposition_proto
from swarmscope.ingest.neighbours.exposition import Exposed
from swarmscope.ingest.neighbours.pushed import PushParser
from swarmscope.ingest.pushes import Key, Pushes
from swarmscope.model.batch import Receipt
from swarmscope.serve import bodies
from swarmscope.serve.compat.plain_errors import PlainErrors, refusal
from swarmscope.serve.routes.common import Ingester

BODIES = ("/metrics/job", "/pushgateway/metrics/job")
router = APIRouter(tags=["pushgateway"], include_in_schema=False, route_class=PlainErrors)
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


def pushes_of(state: Any) -> Pushes:
    """The groups of a running program; in memory where it keeps none."""
    if state.pushes is None:
        state.pushes = Pushes(state.intake, value_max_bytes=state.config.ingest.label_value_max_bytes)
    found: Pushes = state.pushes
    return found


@router.api_route("/metrics/job{rest:path}", methods=["PUT", "POST", "DELETE", "GET"])
@router.api_route("/pushgateway/metrics/job{rest:path}", methods=["PUT", "POST", "DELETE", "GET"])
async def group(request: Request, caller: Ingester) -> Response:
    """Replace, add to or delete a group."""
    if request.method == "GET":
        return Response("Method Not Allowed\n", 405, {"Allow": "DELETE, POST, PUT"}, media_type="text/plain")
    ingest, pushes = request.app.state.config.ingest, pushes_of(request.app.state)
    try:
        raw = request.scope.get("raw_path", b"").decode("latin-1").partition("?")[0]
        key = grouping_key(raw.partition("/metrics/job")[2])
        if request.method == "DELETE":
            done = await asyncio.to_thread(pushes.delete, caller.tenant, key)
            if done is not None:
                await asyncio.wrap_future(done)
            return Response(status_code=202)
        body = await bodies.received(request, ingest.message_max_bytes, ingest.memory_max_bytes)
        media = request.headers.get("content-type", "")

        def work() -> Future[Receipt]:
            exposed = _read(body, media)
            try:
                return pushes.push(caller.tenant, key, exposed, request.method == "PUT")
            except InputError as error:
                raise InputError(
                    f"pushed metrics are invalid or inconsistent with existing metrics: {error}"
                ) from error

        receipt = await asyncio.wrap_future(await asyncio.to_thread(work))
    except UnicodeDecodeError as error:
        return Response(f"pushed metrics are not UTF-8: {error}\n", 400, media_type="text/plain")
    except SwarmscopeError as error:
        return refusal(error)
    if receipt.rejected:
        return Response(f"{receipt.message}\n", 400, media_type="text/plain")
    return Response(status_code=200)


def _read(body: bytes, media: str) -> Exposed:
    if "protobuf" in media:
        if "delimited" not in media:
            raise InputError(f"of protobuf only encoding=delimited is read, not {media[:100]!r}")
        return exposition_proto.parse(body)
    text = body.decode()
    if text and not text.endswith("\n"):
        raise InputError(f"text format parsing error in line {text.count(chr(10)) + 1}: unexpected end of input stream")
    return PushParser().parse(text, "openmetrics" in media)


def grouping_key(path: str) -> Key:
    """Job and labels of a path behind `/metrics/job`, still quoted. InputError."""
    parts = ["job" + path.partition("/")[0], *path.split("/")[1:]]
    if len(parts) == 3 and not parts[2]:  # a slash behind the job
        parts.pop()
    if len(parts) % 2:
        raise InputError(f"odd number of components in label path {path[:200]!r}; write /metrics/job/NAME/LABEL/VALUE")
    pairs: dict[str, str] = {}
    for name, value in zip(parts[::2], parts[1::2], strict=True):
        name, is_base64, _ = unquote(name).partition("@base64")
        if not _LABEL.fullmatch(name) or name.startswith("__"):
            raise InputError(f'improper label name "{name[:100]}"')
        if name != "job" or not pairs:  # the first job counts, and the last of others, as there
            pairs[name] = _decoded(value) if is_base64 else _unquoted(value)
    if not pairs.get("job"):
        raise InputError("job name is required")
    return tuple(sorted(pairs.items()))


def _unquoted(value: str) -> str:
    try:
        return unquote(value, errors="strict")
    except UnicodeDecodeError as e:
        raise InputError(f"the label value {value[:100]!r} is not UTF-8") from e


def _decoded(value: str) -> str:
    text = value.rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError) as e:
        raise InputError(f"{value[:100]!r} is not URL-safe base64 of UTF-8") from e
