"""Fixtures: a real receiver, and a telemetry of its own (not the process's) that reports to it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider

from swarmscope_sdk import Settings, Telemetry

sys.path.insert(0, str(Path(__file__).parent))

from otlp_sink import OtlpSink, running


@pytest.fixture
def sink() -> Iterator[OtlpSink]:
    yield from running()


Make = Callable[..., Telemetry]


@pytest.fixture
def make(sink: OtlpSink) -> Iterator[Make]:
    """Make telemetry with own providers that reports to the sink; keyword arguments are settings."""
    made: list[Telemetry] = []

    def build(**options: Any) -> Telemetry:
        defaults: dict[str, Any] = {
            "otlp_url": sink.url,
            "flush_interval_s": 0.1,
            "metrics_interval_s": 1000.0,
            "pending_after_s": 0.0,
            "shutdown_timeout_s": 2.0,
        }
        resource = Resource.create({"service.name": "test"})
        telemetry = Telemetry(
            Settings(**{**defaults, **options}),
            TracerProvider(resource=resource, shutdown_on_exit=False),
            MeterProvider(resource=resource, shutdown_on_exit=False),
        )
        made.append(telemetry)
        return telemetry

    yield build
    for telemetry in made:
        telemetry.shutdown()


@pytest.fixture
def telemetry(make: Make) -> Telemetry:
    return make()
