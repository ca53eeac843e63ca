"""Counters, gauges and histograms by name, made once each."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from opentelemetry.metrics import Counter, Histogram, Meter
from opentelemetry.metrics import _Gauge as Gauge

from swarmscope_sdk import names

Attributes = Mapping[str, Any]
_INT_MAX = 2**53  # larger ones become floats: OTLP holds 64 bits, also of a sum
_NAME = re.compile(r"[A-Za-z][-_./A-Za-z0-9]{0,254}")  # OpenTelemetry's instrument name syntax
_UNIT_MAX = 63
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


def _storable(name: str, value: Any) -> float | None:
    """The int or float that a metric can hold; None for one that is not finite. Raises TypeError for what is no number."""
    if isinstance(value, int) and -_INT_MAX <= value <= _INT_MAX:
        return value
    try:
        if isinstance(value, str | bytes):
            raise TypeError("text")
        number = float(value)
    except OverflowError:  # an integer beyond all floats
        return None
    except (TypeError, ValueError) as e:
        raise TypeError(f"{name}={value!r} is no number; give an int or a float") from e
    return number if math.isfinite(number) else None


def _checked(name: str, unit: str) -> str:
    """The name. Raises ValueError for one, or for a unit, that OpenTelemetry does not allow."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"metric name {name!r}: begin with a letter, then use at most 254 of A-Z a-z 0-9 _ . - /")
    if not (unit.isascii() and len(unit) <= _UNIT_MAX):
        raise ValueError(
            f"unit {unit!r} of metric {name}: use at most {_UNIT_MAX} ASCII characters, such as s, By or {{item}}"
        )
    return name


class Instruments:
    """Instruments of one meter. Values that are not finite are ignored: no metric store can hold them.

    Every method raises TypeError for a value that is no number, and ValueError for a name or unit that no metric can have.
    """

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._counters: dict[str, Counter] = {}
        self._gauges: dict[str, Gauge] = {}
        self._histograms: dict[str, Histogram] = {}

    def count(self, name: str, value: float, attributes: Attributes, unit: str = "") -> None:
        """Add to a counter. Raises ValueError for a negative value: counters only rise."""
        number = _storable(name, value)
        if number is not None and number < 0:
            raise ValueError(f"counter {name!r} cannot go down by {value!r}; use a gauge")
        counter = self._counters.get(name)
        if counter is None:
            counter = self._counters[name] = self._meter.create_counter(_checked(name, unit), unit)
        if number is not None:
            counter.add(number, attributes)

    def gauge(self, name: str, value: float, attributes: Attributes, unit: str = "") -> None:
        """Set a gauge."""
        number = _storable(name, value)
        gauge = self._gauges.get(name)
        if gauge is None:
            gauge = self._gauges[name] = self._meter.create_gauge(_checked(name, unit), unit)
        if number is not None:
            gauge.set(number, attributes)

    def histogram(self, name: str, value: float, attributes: Attributes, unit: str = "") -> None:
        """Record one value of a distribution."""
        number = _storable(name, value)
        histogram = self._histograms.get(name)
        if histogram is None:
            histogram = self._histograms[name] = self._meter.create_histogram(_checked(name, unit), unit)
        if number is not None:
            histogram.record(number, attributes)
