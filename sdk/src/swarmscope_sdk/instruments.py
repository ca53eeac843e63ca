"""Counters, gauges and histograms by name, made once each."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from opentelemetry.metrics import Counter, Histogram, Meter
from opentelemetry.metrics import _Gauge as Gauge

from swarmscope_sdk import names

Attributes = Mapping[str, Any]
INTELLIGENCE = ("accuracy", "coherence", "efficiency", "adaptability")


@dataclass(slots=True)
class AgentMetrics:
    """What an agent measures of itself. None: not reported. Subclass it as a dataclass to add fields of your own.

    Every number becomes a gauge `swarmscope.agent.<field>`; a mapping of numbers becomes one gauge per key
    (`intelligence_metrics` → `swarmscope.agent.intelligence.<key>`).
    Times are seconds, memory is bytes, `cpu_usage` per cent.
    """

    response_time: float | None = None
    cpu_usage: float | None = None
    memory_usage: float | None = None
    error_count: int | None = None
    success_count: int | None = None
    queue_length: int | None = None
    intelligence_metrics: Mapping[str, float] | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    inference_time: float | None = None
    model_load_time: float | None = None
    context_length: int | None = None

    def values(self) -> dict[str, float]:
        """Metric name → number, of the fields that are set. Raises TypeError for a field that is no number."""
        found: dict[str, float] = {}
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if value is None:
                continue
            stem = names.METRIC_AGENT_PREFIX + field.name.removesuffix("_metrics")
            pairs = {f"{stem}.{key}": v for key, v in value.items()} if isinstance(value, Mapping) else {stem: value}
            for name, number in pairs.items():
                found[name] = _number(name, number)
        return found


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name}={value!r} is no number; give an int or a float, or leave it None")
    return value


class Instruments:
    """Instruments of one meter. Values that are not finite are ignored: no metric store can hold them."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._counters: dict[str, Counter] = {}
        self._gauges: dict[str, Gauge] = {}
        self._histograms: dict[str, Histogram] = {}

    def count(self, name: str, value: float, attributes: Attributes, unit: str = "") -> None:
        """Add to a counter. Raises ValueError for a negative value: counters only rise."""
        if value < 0:
            raise ValueError(f"counter {name!r} cannot go down by {value!r}; use a gauge")
        counter = self._counters.get(name)
        if counter is None:
            counter = self._counters[name] = self._meter.create_counter(name, unit)
        if math.isfinite(value):
            counter.add(value, attributes)

    def gauge(self, name: str, value: float, attributes: Attributes, unit: str = "") -> None:
        """Set a gauge."""
        gauge = self._gauges.get(name)
        if gauge is None:
            gauge = self._gauges[name] = self._meter.create_gauge(name, unit)
        if math.isfinite(value):
            gauge.set(value, attributes)

    def histogram(self, name: str, value: float, attributes: Attributes, unit: str = "") -> None:
        """Record one value of a distribution."""
        histogram = self._histograms.get(name)
        if histogram is None:
            histogram = self._histograms[name] = self._meter.create_histogram(name, unit)
        if math.isfinite(value):
            histogram.record(value, attributes)
