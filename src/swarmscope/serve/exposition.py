"""Series written in the text format of Prometheus or OpenMetrics, or as protobuf: what `/federate` gives to others.

Source: Prometheus, "Exposition formats" and "Federation"; OpenMetrics 1.0; client_model `metrics.proto`. Native histograms have
no place in either text format and are left out there, as in Prometheus.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from swarmscope.ingest.wire.prometheus import CLIENT
from swarmscope.ingest.write_histogram import spanned
from swarmscope.ingest.write_request import varint
from swarmscope.query.promql.histogram import GAUGE, Histogram, bounds_of
from swarmscope.serve.prometheus_json import moment, number

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", '"': '\\"'})
PROTOBUF = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
Sample = tuple[Mapping[str, str], int, float | Histogram]
_UNTYPED, _HISTOGRAM, _GAUGE_HISTOGRAM = 3, 4, 5


def preferred(accept: str) -> str:
    """PROTOBUF, OPENMETRICS or TEXT: what a client prefers. accept: the header."""
    weights = _weights(accept)
    text = weights.get("text/plain", weights.get("*/*", 0.0))
    openmetrics, protobuf = (weights.get(m, 0.0) for m in ("application/openmetrics-text", _PROTOBUF))
    if protobuf > max(text, openmetrics):
        return PROTOBUF
    return OPENMETRICS if openmetrics > text else TEXT


_PROTOBUF = PROTOBUF.partition(";")[0]


def _weights(accept: str) -> dict[str, float]:
    """Media types and how much each is wanted; of protobuf only what is ours."""
    weights: dict[str, float] = {}
    for part in accept.split(","):
        media, *parameters = (p.strip() for p in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                try:
                    weight = float(parameter[2:])
                except ValueError:
                    weight = 0.0
        if media != _PROTOBUF or {p.replace(" ", "") for p in parameters} >= _OURS:
            weights[media] = max(weight, weights.get(media, 0.0))
    return weights


_OURS = {"proto=io.prometheus.client.MetricFamily", "encoding=delimited"}


def written(samples: Iterable[Sample], types: Mapping[str, str], openmetrics: bool) -> str:
    """One line per sample, a TYPE line per metric. samples: labels with `__name__`, milliseconds, value."""
    lines: list[str] = []
    before = None
    for labels, time_ms, value in sorted(samples, key=_order):
        if isinstance(value, Histogram):
            continue
        name = labels.get("__name__", "")
        if name != before:
            kind = types.get(name, "untyped")
            lines.append(f"# TYPE {_name(name)} {'unknown' if openmetrics else kind if kind in _TYPES else 'untyped'}")
            before = name
        pairs = ",".join(f'{_label(k)}="{v.translate(_ESCAPES)}"' for k, v in sorted(labels.items()) if k != "__name__")
        at = moment(time_ms) if openmetrics else str(time_ms)
        lines.append(f"{_series(name, pairs)} {number(value)} {at}")
    if openmetrics:
        lines.append("# EOF")
    return "\n".join(lines) + "\n" if lines else ""


def encoded(samples: Iterable[Sample]) -> bytes:
    """Families of protobuf, each behind its length. Floats are untyped, as in Prometheus; native histograms stand as such, with
    custom bounds as classic buckets, for which alone the format has a place."""
    out = []
    for (name, kind), of in groupby(sorted(samples, key=lambda s: (_order(s)[0], _kind(s[2]), _order(s)[1])), _family):
        family = CLIENT["MetricFamily"](name=name, type=kind)
        for labels, time_ms, value in of:
            metric = family.metric.add(timestamp_ms=time_ms)
            for key, text in sorted(labels.items()):
                if key != "__name__":
                    metric.label.add(name=key, value=text)
            if isinstance(value, Histogram):
                _native(metric.histogram, value)
            else:
                metric.untyped.value = value
        message: bytes = family.SerializeToString()
        out.append(varint(len(message)) + message)
    return b"".join(out)


def _native(into: Any, of: Histogram) -> None:
    into.sample_count_float, into.sample_sum = of.count, of.sum
    if of.custom:
        _, upper = bounds_of(of.positive.index, of.schema, of.bounds)
        counts = dict(zip(upper.tolist(), of.positive.counts.tolist(), strict=True))
        total = 0.0
        for bound in (*of.bounds, float("inf")):
            total += counts.get(bound, 0.0)
            into.bucket.add(upper_bound=bound, cumulative_count_float=total)
        return
    into.schema, into.zero_threshold, into.zero_count_float = of.schema, of.zero_threshold, of.zero_count
    spanned(into.positive_span, into.positive_count, of.positive)
    spanned(into.negative_span, into.negative_count, of.negative)
    if not into.positive_span and not into.negative_span and not of.zero_threshold and not of.zero_count:
        into.positive_span.add(offset=0, length=0)  # says that it is a native one


def _order(sample: Sample) -> tuple[str, list[tuple[str, str]]]:
    return sample[0].get("__name__", ""), sorted(sample[0].items())


def _kind(value: float | Histogram) -> int:
    if isinstance(value, Histogram):
        return _GAUGE_HISTOGRAM if value.hint == GAUGE else _HISTOGRAM
    return _UNTYPED


def _family(sample: Sample) -> tuple[str, int]:
    return sample[0].get("__name__", ""), _kind(sample[2])


_TYPES = frozenset({"counter", "gauge"})


def _plain(name: str) -> bool:
    return bool(name) and not name[0].isdigit() and all(c.isascii() and (c.isalnum() or c in "_:") for c in name)


def _name(name: str) -> str:
    return name if _plain(name) else f'"{name.translate(_ESCAPES)}"'


def _label(name: str) -> str:
    return name if _plain(name) and ":" not in name else f'"{name.translate(_ESCAPES)}"'


def _series(name: str, pairs: str) -> str:
    if _plain(name):
        return f"{name}{{{pairs}}}" if pairs else name
    inner = f"{_name(name)},{pairs}" if pairs else _name(name)
    return f"{{{inner}}}"
