"""Work that is reported after it was done: a span that ends now and began `duration_s` ago."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from opentelemetry.trace import SpanKind, StatusCode

from swarmscope_sdk import scope as scopes
from swarmscope_sdk.scope import Scope
from swarmscope_sdk.telemetry import Telemetry


def record(
    telemetry: Telemetry,
    name: str,
    attributes: Mapping[str, Any],
    *,
    duration_s: float,
    success: bool | None = True,
    scope: Scope | None = None,
    message: str = "not successful",
    kind: SpanKind = SpanKind.INTERNAL,
) -> None:
    """One finished span. success None: neither good nor bad. Raises ValueError for a duration below 0 or since before 1970."""
    end_ns = time.time_ns()
    if not 0 <= duration_s <= end_ns / 1e9:
        raise ValueError(f"duration_s={duration_s!r} must be seconds, not negative and not since before 1970")
    token = scopes.enter(scope) if scope is not None else None
    try:
        span = telemetry.tracer.start_span(
            name, kind=kind, attributes=attributes, start_time=end_ns - int(duration_s * 1e9)
        )
        if success is not None:
            span.set_status(StatusCode.OK if success else StatusCode.ERROR, None if success else message)
        span.end(end_ns)
    finally:
        if token is not None:
            scopes.leave(token)
