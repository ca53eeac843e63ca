"""PromQL over the store: tables `series`, `samples` and `histograms` of one tenant.

A histogram of OTLP or Prometheus is one series of native histograms, explicit bounds as custom buckets; its classic form
(`_bucket` with `le`, `_sum`, `_count`) can be asked for as well. Samples of counters that are sent as deltas say that they
begin where the one before ended, so that rate() and increase() add them up.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarmscope.query.promql import classicview, grids
from swarmscope.query.promql.histogram import Histogram
from swarmscope.query.promql.ids import between, condition, keys_of, words
from swarmscope.query.promql.labels import Index, Labels, Mask, concat
from swarmscope.query.promql.native import of_rows
from swarmscope.query.promql.nodes import Matcher
from swarmscope.query.promql.presence import there
from swarmscope.query.promql.series import Rows, SeriesIndex
from swarmscope.query.promql.source import Selection, Window
from swarmscope.query.promql.values import F64, I64, Objects, Samples
from swarmscope.query.reader import Reader

RECENT_MS = 300_000
SORTED_HERE_MAX = 64  # series: sorting their samples here costs less than a sorted read


@dataclass(slots=True)
class Handle:
    """What a selection reads. rows: of the index; classic: series made from histograms, which stand after them.

    together: the series of the selection that each of these belongs to, where several have the same labels; else None.
    """

    rows: Rows
    classic: classicview.Classic | None = None
    together: Index | None = None

    @property
    def plain(self) -> bool:
        """Whether all samples are floats of the table `samples`."""
        return self.classic is None and self.together is None and not self.rows.histogram.any()


class StoreSource:
    """A Source over one Reader. Cheap to make: what is kept between queries lives with the store."""

    def __init__(self, reads: Reader) -> None:
        self._reads = reads
        self._index = reads.kept(SeriesIndex)

    def select(self, matchers: Sequence[Matcher], start_ms: int, end_ms: int) -> Selection:
        """See Source."""
        self._index.refresh(self._reads)
        rows = self._index.select(matchers, start_ms)
        classic = classicview.select(self._reads, self._index, matchers, start_ms, end_ms)
        labels = rows.labels if classic is None else concat([rows.labels, classic.labels])
        groups, first = labels.groups()
        if len(first) == labels.size:
            return Selection(labels, Handle(rows, classic))
        return Selection(labels.take(first), Handle(rows, classic, groups))

    def listed(self, matchers: Sequence[Matcher], start_ms: int, end_ms: int) -> Labels:
        """Label sets of the series that were there in the time, coarsely: a time that reaches until now is not looked into."""
        selection = self.select(matchers, start_ms, end_ms)
        handle = selection.handle
        if not isinstance(handle, Handle) or end_ms > time.time() * 1000 - RECENT_MS:
            return selection.labels
        here = self._there(handle.rows.ids, handle.rows.begun, start_ms, end_ms)
        if (classic := handle.classic) is not None:
            here = np.concatenate([here, self._there(classic.ids, classic.begun, start_ms, end_ms)[classic.source]])
        if here.all():
            return selection.labels
        kept = np.flatnonzero(here)
        return selection.labels.take(kept if handle.together is None else np.unique(handle.together[kept]))

    def _there(self, ids: NDArray[np.void], begun: I64, start_ms: int, end_ms: int) -> Mask:
        here = begun <= end_ms
        unsure = np.flatnonzero(~here)
        if len(unsure):
            here[unsure] = there(self._reads, ids[unsure], start_ms, end_ms)
            self._index.were_there(keys_of(ids[unsure[here[unsure]]]), end_ms)
        return here

    def samples(self, selection: Selection, start_ms: int, end_ms: int) -> Samples:
        """See Source."""
        handle: Handle = selection.handle
        rows = handle.rows
        plain, native = np.flatnonzero(~rows.histogram), np.flatnonzero(rows.histogram)
        parts = [floats(self._reads, rows.ids[plain], rows.delta[plain], start_ms, end_ms)]
        order = [plain]
        if len(native):
            parts.append(self._natives(rows.ids[native], rows.delta[native], start_ms, end_ms))
            order.append(native)
        if handle.classic is not None:
            parts.append(classicview.samples(self._reads, handle.classic, start_ms, end_ms))
            order.append(np.arange(len(handle.classic.source)) + len(rows.ids))
        found = parts[0] if len(parts) == 1 else stacked(parts, np.concatenate(order))
        return found if handle.together is None else united(found, handle.together)

    def _natives(self, ids: NDArray[np.void], delta: Mask, start_ms: int, end_ms: int) -> Samples:
        """Samples of series that have histograms, and may have had numbers at other times."""
        found = of_rows(self._reads, ids, delta, start_ms, end_ms)
        numbers = floats(self._reads, ids, delta, start_ms, end_ms)
        if not len(numbers.times):
            return found
        each = np.arange(len(ids))
        return united(stacked([found, numbers], np.arange(2 * len(ids))), np.concatenate([each, each]))

    def gridded(self, selection: Selection, window: Window) -> tuple[F64, Mask] | None:
        """See Source."""
        handle: Handle = selection.handle
        if not handle.plain or not len(handle.rows.ids):
            return None
        return grids.gridded(self._reads, handle.rows, window, lambda: self._index.share(handle.rows.ids))

    def metadata(self, metric: str | None, limit: int) -> dict[str, list[dict[str, str]]]:
        """Type, unit and help by name, as Prometheus' API has them. limit: of metrics; negative: all."""
        where = "WHERE kind != ''" + ("" if metric is None else " AND name = {metric:String}")
        cut = f"LIMIT {limit:d}" if limit >= 0 else ""
        found = self._reads.rows(
            "SELECT if(prometheus_name = '', metric, prometheus_name) AS name, toString(kind) AS kind, toString(unit) AS unit, "
            f"toString(description) AS help FROM $series {where} GROUP BY name, kind, unit, help ORDER BY name, kind {cut}",
            {} if metric is None else {"metric": metric},
        )
        out: dict[str, list[dict[str, str]]] = {}
        for row in found:
            kind = TYPES.get(row["kind"], "unknown")
            out.setdefault(row["name"], []).append({"type": kind, "help": row["help"], "unit": row["unit"]})
        return out

    def exemplars(self, selection: Selection, start_ms: int, end_ms: int, limit: int) -> list[dict[str, Any]]:
        """Exemplars of the selected series: `seriesLabels`, and `exemplars` with labels, value and timestamp (ms). Those of a
        histogram in its classic form are with the bucket that they fell into."""
        handle: Handle = selection.handle
        numbers, found = self._exemplars(handle.rows.ids, start_ms, end_ms, limit)
        out = _by_series(handle.rows.labels, numbers, found)
        if (classic := handle.classic) is not None:
            of, found = self._exemplars(classic.ids, start_ms, end_ms, limit)
            numbers = classicview.buckets_of(classic, of, [one["value"] for one in found])
            out += _by_series(classic.labels, numbers, found)
        return out

    def _exemplars(
        self, ids: NDArray[np.void], start_ms: int, end_ms: int, limit: int
    ) -> tuple[list[int], list[dict[str, Any]]]:
        """Exemplars of series, and the place in `ids` of each one's series."""
        if not len(ids):
            return [], []
        where, params = condition(ids)
        table = self._reads.rows(
            "SELECT series_id AS id, toUnixTimestamp64Milli(time) AS t, value, lower(hex(trace_id)) AS trace, "
            f"lower(hex(span_id)) AS span, attributes FROM $exemplars WHERE {where} AND {between(start_ms, end_ms)} "
            f"ORDER BY id, t LIMIT {limit:d}",
            params,
        )
        places = {key: number for number, key in enumerate(keys_of(ids))}
        known = [row for row in table if row["id"] in places]
        return [places[row["id"]] for row in known], [_exemplar(row) for row in known]


TYPES = {
    "gauge": "gauge",
    "counter": "counter",
    "updown": "gauge",
    "histogram": "histogram",
    "exponential_histogram": "histogram",
    "summary": "summary",
    "info": "info",
    "stateset": "stateset",
}


def _by_series(labels: Labels, numbers: Sequence[int], found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Exemplars under the labels of their series; a number below zero is none's."""
    rows: dict[int, list[dict[str, Any]]] = {}
    for number, one in zip(numbers, found, strict=True):
        if number >= 0:
            rows.setdefault(number, []).append(one)
    named = labels.take(np.array(list(rows), np.int64)).dicts()
    return [{"seriesLabels": n, "exemplars": each} for n, each in zip(named, rows.values(), strict=True)]


def _exemplar(row: dict[str, Any]) -> dict[str, Any]:
    links = {"trace_id": row["trace"], "span_id": row["span"]}
    labels = dict(row["attributes"]) | {name: value for name, value in links.items() if value.strip("0")}
    return {"labels": labels, "value": row["value"], "timestamp": row["t"]}


def floats(reads: Reader, ids: NDArray[np.void], delta: Mask, start_ms: int, end_ms: int) -> Samples:
    """Float samples of series, in the order of `ids`."""
    if not len(ids):
        return Samples(np.zeros(1, np.int64), np.empty(0, np.int64), np.empty(0))
    where, params = condition(ids)
    few = len(ids) <= SORTED_HERE_MAX
    order = " SETTINGS max_threads = 1" if few else " ORDER BY series_id, time, v"  # threads cost more than they help
    table = reads.query(
        f"SELECT series_id AS id, toUnixTimestamp64Milli(time) AS t, {grids.VALUE} AS v FROM $samples "
        f"WHERE {where} AND {between(start_ms, end_ms)}{order}",
        params,
    )
    if not table.num_rows:
        return Samples(np.zeros(len(ids) + 1, np.int64), np.empty(0, np.int64), np.empty(0))
    raw = table["id"].combine_chunks()
    found = np.frombuffer(raw.buffers()[1], "V16", count=len(raw) + raw.offset)[raw.offset :]
    times, values = table["t"].to_numpy(), table["v"].to_numpy()
    if few:
        w = words(found)
        by = np.lexsort((values, times, w[:, 1], w[:, 0]))
        found, times, values = found[by], times[by], values[by]
    return with_periods(arranged(ids, found, times, values), delta)


def arranged(
    ids: NDArray[np.void], found: NDArray[np.void], times: I64, values: F64, histograms: Objects | None = None
) -> Samples:
    """Rows sorted by series and time as samples of `ids`: the last row of each time, nothing of other series."""
    if not len(found):
        return Samples(np.zeros(len(ids) + 1, np.int64), np.empty(0, np.int64), np.empty(0), histograms)
    w = words(found)
    change = np.flatnonzero((w[1:] != w[:-1]).any(axis=1)) + 1
    starts = np.concatenate([[0], change])
    places = {key: number for number, key in enumerate(keys_of(found[starts]))}
    run = np.array([places.get(key, -1) for key in keys_of(ids)], np.int64)
    lengths = np.diff(np.append(starts, len(found)))
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    all_rows = Samples(offsets, times, values, histograms)
    keep = np.ones(len(times), bool)
    keep[:-1] = times[1:] != times[:-1]
    keep[offsets[1:-1] - 1] = True
    all_rows = all_rows.kept(keep)
    if np.array_equal(run, np.arange(len(starts))):
        return all_rows
    known = run >= 0
    chosen = all_rows.take(run[known])
    counts = np.zeros(len(ids), np.int64)
    counts[known] = np.diff(chosen.offsets)
    chosen.offsets = np.concatenate([[0], np.cumsum(counts)])
    return chosen


def with_periods(samples: Samples, delta: Mask) -> Samples:
    """Samples of deltas with the start of their period: the time of the one before."""
    if not delta.any() or not len(samples.times):
        return samples
    starts = np.zeros(len(samples.times), np.int64)
    series = samples.of_series()
    starts[1:] = np.where(series[1:] == series[:-1], samples.times[:-1], 0)
    first = samples.offsets[:-1][np.diff(samples.offsets) > 0]
    following = np.minimum(first + 1, len(samples.times) - 1)
    gap = np.where(series[following] == series[first], samples.times[following] - samples.times[first], 1)
    starts[first] = samples.times[first] - np.maximum(gap, 1)
    samples.starts = np.where(delta[series], starts, 0)
    return samples


def united(samples: Samples, groups: Index) -> Samples:
    """Series with the same labels as one, such as a metric whose kind was learned later: by time, one sample each time."""
    series = groups[samples.of_series()]
    order = np.lexsort((samples.times, series))
    series, times = series[order], samples.times[order]
    keep = np.ones(len(times), bool)
    keep[:-1] = (times[1:] != times[:-1]) | (series[1:] != series[:-1])
    order, series = order[keep], series[keep]
    counts = np.bincount(series, minlength=int(groups.max()) + 1)
    return Samples(
        np.concatenate([[0], np.cumsum(counts)]),
        samples.times[order],
        samples.values[order],
        None if samples.histograms is None else samples.histograms[order],
        None if samples.starts is None else samples.starts[order],
    )


def stacked(parts: Sequence[Samples], order: Index) -> Samples:
    """The series of several parts; series i of them all together is number order[i] of the result."""
    counts = np.concatenate([np.diff(part.offsets) for part in parts])
    histograms = None
    if any(part.histograms is not None for part in parts):
        histograms = np.concatenate(
            [np.full(len(p.times), None, object) if p.histograms is None else p.histograms for p in parts]
        )
    starts = None
    if any(part.starts is not None for part in parts):
        starts = np.concatenate([np.zeros(len(p.times), np.int64) if p.starts is None else p.starts for p in parts])
    together = Samples(
        np.concatenate([[0], np.cumsum(counts)]),
        np.concatenate([part.times for part in parts]),
        np.concatenate([part.values for part in parts]),
        histograms,
        starts,
    )
    back = np.empty(len(order), np.int64)
    back[order] = np.arange(len(order))
    return together.take(back)


__all__ = ["Handle", "Histogram", "Labels", "StoreSource"]
