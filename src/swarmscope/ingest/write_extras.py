"""What remote write carries beside samples: native histograms, exemplars, metadata. Few enough for protobuf's own objects."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from swarmscope.ingest.columns import I64, U8, U64
from swarmscope.ingest.kernels import remote_write as k
from swarmscope.ingest.wire.prometheus import TYPES, V1, V2

BUCKETS_MAX = 16_384  # from the first to the last of a histogram, empty ones in between included
FAMILIES_MAX = 65_536  # of a tenant whose metadata are remembered
STALE_BITS = 0x7FF0000000000002
CUSTOM = -53
_EXEMPLAR_RUNES_MAX = 4096


@dataclass(slots=True)
class Symbols:
    """Where the symbols of a request stand, and two keyed hashes of each."""

    begins: I64
    ends: I64
    first: U64
    second: U64

    def text(self, body: bytes, ref: int, errors: str = "replace") -> str:
        """A symbol; empty where there is none of that number. UnicodeDecodeError if `errors` is strict."""
        if not 0 <= ref < len(self.begins):
            return ""
        return body[self.begins[ref] : self.ends[ref]].decode("utf-8", errors)


class Described(NamedTuple):
    """Metadata of a metric."""

    kind: str = ""
    unit: str = ""
    help: str = ""


class Metadata:
    """What senders of version 1 said about metric families, by tenant; bounded."""

    def __init__(self) -> None:
        self._families: dict[str, dict[str, Described]] = {}
        self.news: list[tuple[str, str, Described]] = []  # tenant, family, what was not known before

    def put(self, tenant: str, family: str, described: Described) -> None:
        """Learn."""
        known = self._families.setdefault(tenant, {})
        if known.get(family) != described and (family in known or len(known) < FAMILIES_MAX):
            known[family] = described
            self.news.append((tenant, family, described))

    def of(self, tenant: str, metric: str) -> Described:
        """What is known of a metric, by its own name or that of its family."""
        known = self._families.get(tenant)
        if not known:
            return Described()
        for suffix in ("", "_total", "_bucket", "_sum", "_count", "_created", "_info"):
            if metric.endswith(suffix) and (found := known.get(metric.removesuffix(suffix))):
                return found
        return Described()


def described(data: U8, symbols: Symbols | None, others: I64, first_row: int, count: int) -> list[Described] | None:
    """Metadata of the new series of a request of version 2, by position; None where there are none."""
    if symbols is None:
        return None
    rows = others[(others[:, 0] == k.METADATA) & (others[:, 1] >= first_row)]
    found = [Described()] * count
    body = data.tobytes()
    for _, row, begin, end in rows.tolist():
        metadata = V2["Metadata"]()
        metadata.ParseFromString(body[begin:end])
        found[row - first_row] = Described(
            TYPES[metadata.type] if 0 <= metadata.type < len(TYPES) else "",
            symbols.text(body, metadata.unit_ref),
            symbols.text(body, metadata.help_ref),
        )
    return found


class Histogram(NamedTuple):
    """A row of `histograms`, of a series by its row among those known."""

    series: int
    time_ms: int
    start_ms: int
    total: float
    sum: float
    bounds: Sequence[float]
    bucket_counts: Sequence[float]
    scale: int
    zero_count: float
    zero_threshold: float
    positive: tuple[int, Sequence[float]]
    negative: tuple[int, Sequence[float]]
    reset_hint: int

    def emptied(self, time_ms: int) -> Histogram:
        """One of the same buckets that has seen nothing yet."""
        return self._replace(
            time_ms=time_ms,
            start_ms=time_ms,
            total=0.0,
            sum=0.0,
            bucket_counts=[0.0] * len(self.bucket_counts),
            zero_count=0.0,
            positive=(0, []),
            negative=(0, []),
            reset_hint=0,
        )


class Exemplar(NamedTuple):
    """A row of `exemplars`."""

    series: int
    time_ms: int
    value: float
    labels: Mapping[str, str]


@dataclass(slots=True)
class Extras:
    """Of one request. count: all that came; why: of those that were refused. zero_histograms: made here, where histograms
    began, and not counted."""

    found_histograms: list[Histogram] = field(default_factory=list)
    found_exemplars: list[Exemplar] = field(default_factory=list)
    zero_histograms: list[Histogram] = field(default_factory=list)
    count: int = 0
    rejected: int = 0
    why: list[str] = field(default_factory=list)
    histograms: int = 0  # kept
    exemplars: int = 0

    def read(
        self,
        body: bytes,
        encoding: str,
        symbols: Symbols | None,
        others: I64,
        first_row: int,
        known: Metadata,
        tenant: str,
    ) -> None:
        """Everything that the kernel left, by protobuf."""
        classes = V2 if symbols is not None else V1
        if symbols is not None:
            others = others[others[:, 0] != k.METADATA]
        for kind, row, begin, end in others.tolist():
            piece = body[begin:end]
            try:
                if kind == k.METADATA:
                    metadata = classes["MetricMetadata"].FromString(piece)
                    text = TYPES[metadata.type] if 0 <= metadata.type < len(TYPES) else ""
                    known.put(tenant, metadata.metric_family_name, Described(text, metadata.unit, metadata.help))
                    continue
                self.count += 1
                if kind == k.HISTOGRAM:
                    self.found_histograms.append(histogram(row, classes["Histogram"].FromString(piece)))
                else:
                    self.found_exemplars.append(_exemplar(row, classes["Exemplar"].FromString(piece), symbols, body))
            except Exception as e:  # noqa: BLE001 # protobuf's own class is not part of its API; ValueError is ours
                self.refuse(1, f"a histogram or exemplar: {e}")

    def refuse(self, count: int, why: str) -> None:
        """Some were not taken."""
        self.rejected += count
        if len(self.why) < 4:
            self.why.append(f"{count} {why}")


def histogram(series: int, message: Any) -> Histogram:
    """A native histogram as a row. ValueError: it is not valid."""
    whole = message.WhichOneof("count") != "count_float"
    count = float(message.count_int if whole else message.count_float)
    zero = float(
        message.zero_count_int if message.WhichOneof("zero") != "zero_count_float" else message.zero_count_float
    )
    if not (message.schema == CUSTOM or -4 <= message.schema <= 8):
        raise ValueError(f"schema {message.schema} is not known")
    positive = _dense(message.positive_spans, message.positive_deltas, message.positive_counts, whole)
    negative = _dense(message.negative_spans, message.negative_deltas, message.negative_counts, whole)
    bounds: Sequence[float] = []
    buckets: Sequence[float] = []
    if message.schema == CUSTOM:
        bounds, buckets = list(message.custom_values), [0.0] * (len(message.custom_values) + 1)
        if any(b <= a for a, b in itertools.pairwise(bounds)):
            raise ValueError("custom buckets are not in ascending order")
        offset, counts = positive
        if offset < 0 or offset + len(counts) > len(buckets):
            raise ValueError("more buckets than custom values")
        buckets[offset : offset + len(counts)] = counts
        positive = (0, [])
    elif np.float64(message.sum).view(np.uint64) != STALE_BITS:
        total = zero + sum(positive[1]) + sum(negative[1])
        if count < total - 1e-6 * max(1.0, abs(total)):
            raise ValueError(f"{total:g} observations in buckets, but a count of {count:g}")
    hint = message.reset_hint if 0 <= message.reset_hint <= 3 else 0
    return Histogram(
        series, message.timestamp, message.start_timestamp, count, message.sum, bounds, buckets, message.schema, zero,
        message.zero_threshold, positive, negative, hint,
    )  # fmt: skip


def _dense(spans: Any, deltas: Any, counts: Any, whole: bool) -> tuple[int, Sequence[float]]:
    """Spans as OTLP's offset and counts. Bucket i of Prometheus ends at base^i, so OTLP's offset is one less."""
    if not spans:
        if deltas or counts:
            raise ValueError("buckets without spans")
        return 0, []
    values = np.cumsum(np.array(deltas, np.float64)) if whole else np.array(counts, np.float64)
    if (values < 0).any():
        raise ValueError("a bucket with a negative count")
    lengths = [span.length for span in spans]
    if sum(lengths) != len(values):
        raise ValueError(f"{sum(lengths)} buckets in spans, but {len(values)} counts")
    width = sum(span.offset for span in spans[1:]) + sum(lengths)
    if any(span.offset < 0 for span in spans[1:]) or width > BUCKETS_MAX:
        raise ValueError(f"spans overlap, or reach over more than {BUCKETS_MAX} buckets")
    out = np.zeros(width)
    at = taken = 0
    for number, span in enumerate(spans):
        at += span.offset if number else 0
        out[at : at + span.length] = values[taken : taken + span.length]
        at += span.length
        taken += span.length
    return spans[0].offset, out.tolist()


def _exemplar(series: int, message: Any, symbols: Symbols | None, body: bytes) -> Exemplar:
    if symbols is None:
        labels = {label.name: label.value for label in message.labels}
    else:
        texts = [symbols.text(body, ref, "strict") for ref in message.labels_refs]
        labels = dict(zip(texts[::2], texts[1::2], strict=True))
    if sum(len(name) + len(value) for name, value in labels.items()) > _EXEMPLAR_RUNES_MAX:
        raise ValueError(f"labels of more than {_EXEMPLAR_RUNES_MAX} characters")
    return Exemplar(series, message.timestamp, message.value, labels)
