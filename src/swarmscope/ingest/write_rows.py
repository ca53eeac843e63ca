"""Tables of what remote write brought."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from swarmscope.ingest import arrow, write_extras
from swarmscope.ingest.columns import I32, I64, TYPE_STRING, U8, U64, Strings
from swarmscope.ingest.kernels import remote_write as k
from swarmscope.ingest.redact import Redactor
from swarmscope.ingest.shared import Result, stamp
from swarmscope.ingest.write_extras import CUSTOM, Described, Extras, Metadata
from swarmscope.model.tables import EXEMPLARS, HISTOGRAMS, SAMPLES, SERIES, SPAN_ID, TRACE_ID

AGENT_LABELS = ("agent", "agent_id", "swarmscope_agent_id", "gen_ai_agent_id")
MS_NS = 1_000_000
TRACE_LABELS = ("trace_id", "traceID", "traceId")
SPAN_LABELS = ("span_id", "spanID", "spanId")
_OF_NUMBERS = {"histogram": "counter", "gauge_histogram": "gauge"}
_METADATA_WORD = 1  # second word of the id of a row that only tells metadata


@dataclass(frozen=True, slots=True)
class NewSeries:
    """Label sets of one request that were not met before. labels: without __name__."""

    tenant: str
    ids: NDArray[np.uint64]
    names: pa.StringArray
    labels: pa.MapArray
    described: list[Described] | None
    native: NDArray[np.bool_]  # has native histograms

    @classmethod
    def of(
        cls, data: U8, offsets: I64, places: I64, metric: I64, good: I64, ids: NDArray[np.uint64], tenant: str,
        described: list[Described] | None,
        native: NDArray[np.bool_],
        redactor: Redactor,
    ) -> NewSeries:  # fmt: skip
        """The series at positions `good`; secrets leave the values of their labels."""
        kept = np.zeros(len(offsets) - 1, bool)
        kept[good] = True
        owner = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
        whole = kept[owner] & (places[:, 2] != places[:, 3])
        whole[metric[good]] = False
        rows = np.flatnonzero(whole)
        ends = np.zeros(good.size + 1, np.int32)
        np.cumsum(np.bincount(owner[rows], minlength=len(offsets) - 1)[good], out=ends[1:])
        keys = _strings(data, places[rows, 0], places[rows, 1])
        values = _redacted(data, places[rows, 2], places[rows, 3], redactor)
        named = metric[good]
        return cls(
            tenant,
            ids[good],
            _strings(data, places[named, 2], places[named, 3]),
            arrow.maps(ends, keys, values),
            None if described is None else [described[i] for i in good.tolist()],
            native[good],
        )


def _strings(data: U8, begins: I64, ends: I64) -> pa.StringArray:
    offsets = np.zeros(len(begins) + 1, np.int32)
    found = k.texts(data, np.ascontiguousarray(begins), np.ascontiguousarray(ends), offsets)
    return arrow.strings(offsets, found)


def _redacted(data: U8, begins: I64, ends: I64, redactor: Redactor) -> pa.StringArray:
    offsets = np.zeros(len(begins) + 1, np.int32)
    found = k.texts(data, np.ascontiguousarray(begins), np.ascontiguousarray(ends), offsets)
    given = Strings(offsets.astype(np.int64), found)
    clean = redactor.redact(given, np.full(len(begins), TYPE_STRING, np.uint8))
    return arrow.strings(clean.offsets.astype(np.int32), clean.data)


class Tables:
    """Fills a Result. ids: of known series by row; names: the tenant of each request."""

    def __init__(self, ids: NDArray[np.uint64], names: Sequence[str], now_ns: int) -> None:
        self._ids = ids
        self._numbers: dict[str, int] = {}
        self._of_request = np.array([self._numbers.setdefault(n, len(self._numbers)) for n in names], np.int32)
        self._names = list(self._numbers)
        self._now_ns = now_ns

    def _tenants(self, requests: NDArray[np.int64]) -> pa.DictionaryArray:
        if len(self._names) == 1:
            return arrow.constant(self._names[0], requests.size)
        return arrow.named(self._of_request[requests], self._names)

    def _id_column(self, series: NDArray[np.integer[Any]]) -> pa.Array:
        return id_column(self._ids[series])

    def samples(self, result: Result, owner: I64, series: I32, time_ms: I64, bits: U64, kept: I64 | None) -> None:
        """Rows of `samples`. kept: which are taken, None: all."""
        if kept is not None:
            owner, series, time_ms, bits = owner[kept], series[kept], time_ms[kept], bits[kept]
        if not len(series):
            return
        result.tables["samples"] = arrow.table(
            SAMPLES,
            {
                "tenant": self._tenants(owner),
                "series_id": self._id_column(series),
                "time": arrow.times(time_ms * MS_NS),
                "value": arrow.fixed(pa.float64(), bits.copy()),
            },
        )

    def extras(self, result: Result, extras: list[Extras], verdicts: U8, within_ms: tuple[int, int]) -> None:
        """Rows of `histograms` and `exemplars`; what is refused is counted there."""
        histograms: list[tuple[int, write_extras.Histogram]] = []
        exemplars: list[tuple[int, write_extras.Exemplar]] = []
        for number, extra in enumerate(extras):
            histograms += [(number, h) for h in extra.zero_histograms]
            for h in extra.found_histograms:
                if _fits(h.series, h.time_ms, verdicts, within_ms):
                    histograms.append((number, h))
                    extra.histograms += 1
                else:
                    extra.refuse(1, "histogram: out of bounds, or its series is refused")
            for e in extra.found_exemplars:
                if _fits(e.series, e.time_ms, verdicts, within_ms):
                    exemplars.append((number, e))
                    extra.exemplars += 1
                else:
                    extra.refuse(1, "exemplar: out of bounds, or its series is refused")
        if histograms:
            result.tables["histograms"] = self._histograms(histograms)
        if exemplars:
            result.tables["exemplars"] = self._exemplars(exemplars)

    def _common(self, found: Sequence[tuple[int, Any]]) -> dict[str, pa.Array]:
        return {
            "tenant": self._tenants(np.array([number for number, _ in found])),
            "received_at": stamp(self._now_ns, len(found)),
            "series_id": self._id_column(np.array([item.series for _, item in found])),
            "time": arrow.times(np.array([item.time_ms for _, item in found], np.int64) * MS_NS),
        }

    def _histograms(self, found: Sequence[tuple[int, write_extras.Histogram]]) -> pa.Table:
        rows = [h for _, h in found]

        def floats(values: list[float]) -> pa.Array:
            return arrow.fixed(pa.float64(), np.array(values, np.float64))

        def lists(values: list[Sequence[float]]) -> pa.ListArray:
            return pa.array(values, pa.list_(pa.float64()))

        return arrow.table(
            HISTOGRAMS,
            {
                **self._common(found),
                "start_time": arrow.times(np.array([max(0, h.start_ms) for h in rows], np.int64) * MS_NS),
                "count": floats([h.total for h in rows]),
                "sum": floats([h.sum for h in rows]),
                "min": floats([float("nan")] * len(rows)),
                "max": floats([float("nan")] * len(rows)),
                "bounds": lists([h.bounds for h in rows]),
                "bucket_counts": lists([h.bucket_counts for h in rows]),
                "scale": pa.array([h.scale for h in rows], pa.int32()),
                "zero_count": floats([h.zero_count for h in rows]),
                "zero_threshold": floats([h.zero_threshold for h in rows]),
                # bucket i of Prometheus ends at base^i, bucket i of OTLP at base^(i + 1)
                "positive_offset": pa.array([h.positive[0] - (h.scale != CUSTOM) for h in rows], pa.int32()),
                "positive_counts": lists([h.positive[1] for h in rows]),
                "negative_offset": pa.array([h.negative[0] - (h.scale != CUSTOM) for h in rows], pa.int32()),
                "negative_counts": lists([h.negative[1] for h in rows]),
                "reset_hint": pa.array([h.reset_hint for h in rows], pa.uint8()),
            },
        )

    def _exemplars(self, found: Sequence[tuple[int, write_extras.Exemplar]]) -> pa.Table:
        rows = [e for _, e in found]
        others = [
            [(key, value) for key, value in e.labels.items() if key not in TRACE_LABELS + SPAN_LABELS] for e in rows
        ]
        return arrow.table(
            EXEMPLARS,
            {
                **self._common(found),
                "value": pa.array([e.value for e in rows], pa.float64()),
                "trace_id": pa.array([_raw(e.labels, TRACE_LABELS, 16) for e in rows], TRACE_ID),
                "span_id": pa.array([_raw(e.labels, SPAN_LABELS, 8) for e in rows], SPAN_ID),
                "attributes": pa.array(others, EXEMPLARS.field("attributes").type),
            },
        )

    def series(self, result: Result, new: Sequence[NewSeries], metadata: Metadata) -> None:
        """Rows of `series`: of label sets that were not met before, and of metadata that are news."""
        tables = [_series_table(one, metadata, self._now_ns) for one in new]
        if metadata.news:
            tables.append(_metadata_table(metadata.news, self._now_ns))
            metadata.news = []
        if tables:
            result.tables["series"] = (
                tables[0] if len(tables) == 1 else pa.concat_tables(tables).unify_dictionaries().combine_chunks()
            )


def id_column(ids: NDArray[np.uint64]) -> pa.Array:
    """`series_id` of (n, 2) words."""
    return arrow.fixed(TRACE_ID, np.ascontiguousarray(ids).view(np.uint8).reshape(-1, 16))


def _fits(series: int, time_ms: int, verdicts: U8, within_ms: tuple[int, int]) -> bool:
    return bool(verdicts[series] == k.FINE) and within_ms[0] <= time_ms <= within_ms[1]


def _raw(labels: Any, names: tuple[str, ...], size: int) -> bytes:
    for name in names:
        try:
            found = bytes.fromhex(labels.get(name, ""))
        except ValueError:
            continue
        if len(found) == size:
            return found
    return bytes(size)


def _series_table(new: NewSeries, metadata: Metadata, now_ns: int) -> pa.Table:
    names = new.names.dictionary_encode()
    if new.described is not None:
        said = new.described
        kinds, units, helps = ([d[i] for d in said] for i in range(3))
        columns = [pa.array(texts, pa.string()).dictionary_encode() for texts in (kinds, units, helps)]
    else:
        known = [metadata.of(new.tenant, name) for name in names.dictionary.to_pylist()]
        columns = [
            pa.array([d[i] for d in known], pa.string()).take(names.indices).dictionary_encode() for i in range(3)
        ]
    columns[0] = _kinds(columns[0], new.native)
    return arrow.table(
        SERIES,
        {
            "tenant": arrow.constant(new.tenant, len(names)),
            "received_at": stamp(now_ns, len(names)),
            "series_id": id_column(new.ids),
            "metric": names,
            "kind": columns[0],
            "unit": columns[1],
            "temporality": arrow.constant("", len(names)),
            "description": columns[2],
            "agent": _agents(new.labels),
            "labels": new.labels,
            "prometheus_name": names,
            "prometheus_labels": new.labels,
        },
    )


def _kinds(column: pa.DictionaryArray, native: NDArray[np.bool_]) -> pa.DictionaryArray:
    """`kind` of series: a classic histogram is several series of numbers, a native one is one of histograms."""
    texts = [_OF_NUMBERS.get(kind, kind) for kind in column.dictionary.to_pylist()] + ["exponential_histogram"]
    indices = np.where(native, len(texts) - 1, column.indices.to_numpy()).astype(np.int32)
    return pa.array(texts, pa.string()).take(pa.array(indices)).dictionary_encode()  # a dictionary holds no text twice


def _agents(labels: pa.MapArray) -> pa.StringArray:
    offsets, keys = labels.offsets.to_numpy(), labels.keys.dictionary_encode()
    known = keys.dictionary.to_pylist()
    owner = np.repeat(np.arange(len(labels)), np.diff(offsets))
    chosen = np.full(len(labels), -1, np.int64)
    for name in reversed(AGENT_LABELS):
        if name in known:
            rows = np.flatnonzero(keys.indices.to_numpy() == known.index(name))
            chosen[owner[rows]] = rows
    places = pa.array(chosen, mask=chosen < 0)
    return labels.items.take(places).fill_null("")


def _metadata_table(news: Sequence[tuple[str, str, Described]], now_ns: int) -> pa.Table:
    """Rows that tell what a metric family is; they are no series: without name and labels for PromQL."""
    words = [[hash_of(tenant, family), _METADATA_WORD] for tenant, family, _ in news]

    def low(texts: list[str]) -> pa.DictionaryArray:
        return pa.array(texts, pa.string()).dictionary_encode()

    nothing = pa.array([[]] * len(news), SERIES.field("labels").type)
    return arrow.table(
        SERIES,
        {
            "tenant": low([tenant for tenant, _, _ in news]),
            "received_at": stamp(now_ns, len(news)),
            "series_id": id_column(np.array(words, np.uint64)),
            "metric": low([family for _, family, _ in news]),
            "kind": low([d.kind for _, _, d in news]),
            "unit": low([d.unit for _, _, d in news]),
            "temporality": low([""] * len(news)),
            "description": low([d.help for _, _, d in news]),
            "agent": arrow.blanks(len(news)),
            "labels": nothing,
            "prometheus_name": low([""] * len(news)),
            "prometheus_labels": nothing,
        },
    )


def hash_of(tenant: str, family: str) -> int:
    """A word for a metric family of a tenant."""
    return int.from_bytes(hashlib.blake2b(f"{tenant}\0{family}".encode(), digest_size=8).digest(), "little")
