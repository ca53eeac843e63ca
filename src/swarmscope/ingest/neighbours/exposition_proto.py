"""Metrics as delimited protobuf (`io.prometheus.client.MetricFamily`), which Go's client library pushes.

Source: Prometheus client_model `metrics.proto`; each message stands behind its length as a varint. Of a histogram with native
buckets only those are read, as Prometheus does unless told otherwise; of others the classic ones.
"""

from __future__ import annotations

from typing import Any

from swarmscope.errors import DecodeError
from swarmscope.ingest.neighbours.exposition import Exposed, Pairs, shown
from swarmscope.ingest.wire.prometheus import CLIENT, V1

_GAUGE_HISTOGRAM = 5
_GAUGE = 3  # a reset hint
_KINDS = ("counter", "gauge", "summary", "", "histogram", "gauge_histogram")


def parse(body: bytes) -> Exposed:
    """All families of a body, or DecodeError."""
    out = Exposed()
    at = 0
    while at < len(body):
        size, at = _length(body, at)
        family = CLIENT["MetricFamily"]()
        try:
            family.ParseFromString(body[at : at + size])
        except Exception as e:  # protobuf's own class is not part of its API
            raise DecodeError(f"not a valid io.prometheus.client.MetricFamily: {e}", at) from e
        at += size
        _take(family, out)
    return out


def _length(body: bytes, at: int) -> tuple[int, int]:
    size = shift = 0
    for place in range(at, min(at + 5, len(body))):
        size |= (body[place] & 127) << shift
        shift += 7
        if body[place] < 128:
            if size > len(body) - place - 1:
                break
            return size, place + 1
    raise DecodeError(
        "a message of the body is cut off; send io.prometheus.client.MetricFamily, each behind its length", at
    )


def _take(family: Any, out: Exposed) -> None:
    if not family.name:
        raise DecodeError("a metric family without a name")
    kind = _KINDS[family.type] if 0 <= family.type < len(_KINDS) else ""
    out.families[family.name] = [kind, family.unit, family.help]
    for metric in family.metric:
        pairs = tuple((label.name, label.value) for label in metric.label)
        time_ms = metric.timestamp_ms or None
        if metric.HasField("histogram") and _is_native(metric.histogram):
            encoded = _native(metric.histogram, family.type == _GAUGE_HISTOGRAM)
            out.histograms.append(((("__name__", family.name), *pairs), encoded, time_ms))
            continue
        for name, more, value in _samples(family.name, metric):
            out.samples.append(((("__name__", name), *pairs, *more), value, time_ms))


def _is_native(of: Any) -> bool:
    return bool(of.positive_span or of.negative_span or of.zero_threshold > 0 or of.zero_count or of.zero_count_float)


def _native(of: Any, gauge: bool) -> bytes:
    """A `prometheus.Histogram` without time."""
    made = V1["Histogram"](
        sum=of.sample_sum, schema=of.schema, zero_threshold=of.zero_threshold, reset_hint=_GAUGE if gauge else 0
    )
    if of.sample_count_float > 0 or of.zero_count_float > 0 or of.positive_count or of.negative_count:
        made.count_float, made.zero_count_float = of.sample_count_float, of.zero_count_float
    else:
        made.count_int, made.zero_count_int = of.sample_count, of.zero_count
    for side in ("positive", "negative"):
        for span in getattr(of, f"{side}_span"):
            getattr(made, f"{side}_spans").add(offset=span.offset, length=span.length)
        getattr(made, f"{side}_deltas").extend(getattr(of, f"{side}_delta"))
        getattr(made, f"{side}_counts").extend(getattr(of, f"{side}_count"))
    encoded: bytes = made.SerializeToString()
    return encoded


def _samples(name: str, metric: Any) -> list[tuple[str, Pairs, float]]:
    """Name, further labels and value of every sample of a metric."""
    for kind in ("gauge", "counter", "untyped"):
        if metric.HasField(kind):
            return [(name, (), getattr(metric, kind).value)]
    if metric.HasField("summary"):
        of = metric.summary
        rows: list[tuple[str, Pairs, float]] = [
            (name, (("quantile", shown(q.quantile)),), q.value) for q in of.quantile
        ]
        return [*rows, (f"{name}_sum", (), of.sample_sum), (f"{name}_count", (), float(of.sample_count))]
    if metric.HasField("histogram"):
        of = metric.histogram
        count = of.sample_count_float or float(of.sample_count)
        bounds = [(b.upper_bound, b.cumulative_count_float or float(b.cumulative_count)) for b in of.bucket]
        if not bounds or bounds[-1][0] != float("inf"):
            bounds.append((float("inf"), count))
        rows = [(f"{name}_bucket", (("le", shown(bound)),), value) for bound, value in bounds]
        return [*rows, (f"{name}_sum", (), of.sample_sum), (f"{name}_count", (), count)]
    raise DecodeError(f"the metric {name!r} has no value")
