"""Refusals as plain text: what Zipkin's and Jaeger's collectors and the Pushgateway answer, and their clients log.

Source: zipkin-server `ZipkinHttpCollector` (400 and the reason), Jaeger `cmd/collector/app/handler/http_handler.go` (400, 503).
"""

from __future__ import annotations

from fastapi import Request, Response
from fastapi.responses import PlainTextResponse

from swarmscope.errors import SwarmscopeError
from swarmscope.serve.compat.own_errors import OwnErrors, status_with_503, when_again


class PlainErrors(OwnErrors):
    """A route whose refusals are one line of text; an overload is a 503 with the time to wait."""

    @staticmethod
    def refused(request: Request, error: SwarmscopeError) -> Response:
        """See OwnErrors."""
        return refusal(error)


def refusal(error: SwarmscopeError, before: str = "") -> Response:
    """An error in words, after `before`."""
    headers = when_again(error)
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="swarmscope"'
    return PlainTextResponse(f"{before}{error}\n", status_with_503(error), headers)
