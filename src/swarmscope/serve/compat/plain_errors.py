"""Refusals as plain text: what Zipkin's and Jaeger's collectors and the Pushgateway answer, and their clients log.

Source: zipkin-server `ZipkinHttpCollector` (400 and the reason), Jaeger `cmd/collector/app/handler/http_handler.go` (400, 503).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from fastapi import Request, Response
from fastapi.responses import PlainTextResponse
from fastapi.routing import APIRoute

from swarmscope.errors import OverloadError, SwarmscopeError


class PlainErrors(APIRoute):
    """A route whose refusals are one line of text; an overload is a 503 with the time to wait."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        answer = super().get_route_handler()

        @functools.wraps(answer)
        async def told(request: Request) -> Response:
            try:
                return await answer(request)
            except SwarmscopeError as error:
                return refusal(error)

        return told


def refusal(error: SwarmscopeError, before: str = "") -> Response:
    """An error in words, after `before`."""
    headers = {}
    if isinstance(error, OverloadError):
        headers["Retry-After"] = str(max(1, round(error.retry_after_s)))
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="swarmscope"'
    status = 503 if isinstance(error, OverloadError) else error.status
    return PlainTextResponse(f"{before}{error}\n", status, headers)
