"""Errors as RFC 9457 problem documents: what is wrong, with which value, and what to do."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from swarmscope import telemetry
from swarmscope.errors import DecodeError, OverloadError, QueryError, SwarmscopeError

MEDIA_TYPE = "application/problem+json"
_log = telemetry.logger("serve")


def problem(status: int, title: str, detail: str, headers: dict[str, str] | None = None, **more: Any) -> JSONResponse:
    """One problem document; `more` are extension members."""
    content = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return JSONResponse(content, status, headers, MEDIA_TYPE)


def unexpected(path: str, error: Exception) -> JSONResponse:
    """The answer to a failure of ours, which is logged with all that is known of it."""
    _log.error("failed", path=path, error=repr(error), exc_info=error)
    return problem(500, "InternalError", "the server failed; its log has the details under this correlation id")


def _shown(where: tuple[int | str, ...], value: Any) -> str:
    """A refused value as text, without the passwords and keys in it: problems are logged and shown to others."""
    if isinstance(value, dict):
        value = {key: telemetry.masked(str(key), one) for key, one in value.items()}
    return repr(telemetry.masked(str(where[-1]) if where else "", value))[:200]


def install(app: FastAPI) -> None:
    """Answer every error of ours, of FastAPI and of Starlette in this one shape."""

    async def ours(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, SwarmscopeError)  # noqa: S101 # registered for this class only
        headers: dict[str, str] = {}
        more: dict[str, Any] = {"retryable": error.retryable}
        if isinstance(error, OverloadError):
            headers["Retry-After"] = str(max(1, round(error.retry_after_s)))
        if isinstance(error, DecodeError | QueryError) and error.position >= 0:
            more["position"] = error.position
        if error.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        return problem(error.status, type(error).__name__, str(error), headers, **more)

    async def invalid(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)  # noqa: S101 # registered for this class only
        faults = [
            {"where": ".".join(map(str, e["loc"])), "what": e["msg"], "value": _shown(e["loc"], e.get("input"))}
            for e in error.errors()
        ]
        detail = "; ".join(f"{f['where']}: {f['what']} (got {f['value']})" for f in faults)
        return problem(422, "ValidationError", detail, faults=faults)

    async def http(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)  # noqa: S101 # registered for this class only
        detail = error.detail if error.status_code != 404 else f"nothing is served at {request.url.path}"
        return problem(error.status_code, "HTTPError", detail, dict(error.headers or {}))

    app.add_exception_handler(SwarmscopeError, ours)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
