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
    """One finished span. success None: neither good nor bad. Raises ValueError for a negative duration."""
    if duration_s < 0:
        raise ValueError(f"duration_s={duration_s!r} must not be negative")
    end_ns = time.time_ns()
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
