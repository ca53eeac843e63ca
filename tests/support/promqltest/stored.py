"""Scripts against the real store: what a script loads becomes rows of a tenant of its own."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from swarmscope.model.tables import HISTOGRAMS, SAMPLES, SERIES
from swarmscope.query.promql.histogram import CUSTOM, Histogram, Side
from swarmscope.query.promql.memory import hinted
from swarmscope.query.promql.source import Source
from swarmscope.query.promql.store import StoreSource
from swarmscope.query.promql.values import is_stale
from swarmscope.query.reader import Reader
from swarmscope.store.client import Store

_NUMBERS = itertools.count(1)


class Stored:
    """A storage of the judge. Inserts what is new when a source is asked for."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.tenant = f"script-{next(_NUMBERS)}"
        self._series: dict[tuple[tuple[str, str], ...], dict[int, tuple[float, Histogram | None, int]]] = {}
        self._dirty = False

    def append(self, labels: Mapping[str, str], time_ms: int, value: float | Histogram, start_ms: int = 0) -> None:
        """Add a sample; start times are not stored for floats."""
        key = tuple(sorted((k, v) for k, v in labels.items() if v))
        sample = (np.nan, value, 0) if isinstance(value, Histogram) else (value, None, 0)
        self._series.setdefault(key, {})[time_ms] = sample
        self._dirty = True

    def source(self) -> Source:
        """A source over the store."""
        if self._dirty:
            self._insert()
            self._dirty = False
        source = StoreSource(Reader(self._store, self.tenant))
        source._index._checked = 0.0  # a script does not wait until the index looks again
        return source

    def _insert(self) -> None:
        series, samples, histograms = [], [], []
        for key, points in self._series.items():
            ended_as_histogram = any(h is not None for _, h, _ in points.values())
            labels = dict(key)
            name = labels.pop("__name__", "")
            kinds = {h is not None for _, h, _ in points.values()}
            for native in kinds:
                raw = hashlib.md5(repr((self.tenant, name)).encode(), usedforsecurity=False).digest()[:8]
                sid = raw + hashlib.md5(repr((key, native)).encode(), usedforsecurity=False).digest()[:8]
                kind = "histogram" if native else "gauge"
                series.append(
                    self._row(
                        SERIES,
                        series_id=sid,
                        metric=name,
                        kind=kind,
                        received_at=10**18,  # later than any script looks
                        prometheus_name=name,
                        prometheus_labels=list(labels.items()),
                    )
                )
                for time, (value, h, _) in hinted(points):
                    stale = bool(is_stale(np.array([value]))[0])
                    if h is not None and native:
                        histograms.append(self._histogram(sid, time, h))
                    elif h is None and native and stale:
                        histograms.append(self._row(HISTOGRAMS, series_id=sid, time=time * 1_000_000, sum=value))
                    elif h is None and not native and not (stale and ended_as_histogram):
                        samples.append(self._row(SAMPLES, series_id=sid, time=time * 1_000_000, value=value))
        batch = next(_NUMBERS)
        for table, rows, schema in (
            ("series", series, SERIES),
            ("samples", samples, SAMPLES),
            ("histograms", histograms, HISTOGRAMS),
        ):
            if rows:
                columns = [pa.array([row[f.name] for row in rows], f.type) for f in schema]
                whole = pa.Table.from_arrays(columns, schema=schema)
                ids = pa.array([batch] * len(rows), pa.uint64())
                self._store.insert(table, whole.append_column("batch_id", ids), f"{self.tenant}-{table}-{batch}")

    def _row(self, schema: pa.Schema, **given: Any) -> dict[str, Any]:
        return {f.name: given.get(f.name, _empty(f.type)) for f in schema} | {"tenant": self.tenant}

    def _histogram(self, sid: bytes, time: int, h: Histogram) -> dict[str, Any]:
        given: dict[str, Any] = {"count": h.count, "sum": h.sum, "scale": h.schema, "reset_hint": h.hint}
        if h.schema == CUSTOM:
            given |= {"bounds": list(h.bounds), "bucket_counts": _dense(h.positive, 0, len(h.bounds) + 1)[1]}
        else:
            given |= {"zero_count": h.zero_count, "zero_threshold": h.zero_threshold}
            for name, side in (("positive", h.positive), ("negative", h.negative)):
                first, counts = _dense(side)
                given |= {f"{name}_offset": first - 1, f"{name}_counts": counts}
        return self._row(HISTOGRAMS, series_id=sid, time=time * 1_000_000, **given)


def _dense(side: Side, first: int | None = None, length: int = 0) -> tuple[int, list[float]]:
    if not len(side):
        return 0, [0.0] * length
    low = int(side.index[0]) if first is None else first
    counts = np.zeros(max(length, int(side.index[-1]) - low + 1))
    counts[side.index - low] = side.counts
    return low, counts.tolist()


def _empty(kind: pa.DataType) -> Any:
    if pa.types.is_map(kind) or pa.types.is_list(kind):
        return []
    if pa.types.is_fixed_size_binary(kind):
        return bytes(kind.byte_width)
    return "" if pa.types.is_string(kind) or pa.types.is_dictionary(kind) else 0
