"""The series of a tenant as columns, kept between queries: matchers are tried once per distinct label value, not per series."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from swarmscope.query.promql.check import matching_values
from swarmscope.query.promql.ids import condition
from swarmscope.query.promql.labels import NAME, Index, Labels, Mask
from swarmscope.query.promql.nodes import Matcher
from swarmscope.query.reader import Reader

REFRESH_S = 0.2
OVERLAP = 64  # batches: lanes of the writer may commit a little out of order
NEVER_MS = np.int64(2**62)
SEEN_SLACK_MS = 2 * 3_600_000  # series are stated again every hour
_COLUMNS = (
    "series_id, prometheus_name AS name, toString(kind) AS kind, temporality = 'delta' AS delta, "
    "toUnixTimestamp64Milli(received_at) AS seen, "
    "mapKeys(prometheus_labels) AS keys, mapValues(prometheus_labels) AS vals"
)


@dataclass(slots=True)
class Rows:
    """Some series of the index. ids: 16 bytes each; histogram: samples may be histograms; delta: each is of one period; begun:
    by when they were there (ms), which may be later than when they came."""

    labels: Labels
    ids: NDArray[np.void]
    histogram: Mask
    delta: Mask
    begun: NDArray[np.int64]


class SeriesIndex:
    """All series of one tenant. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[bytes, int] = {}
        self._ids: NDArray[np.void] = np.empty(0, "V16")
        self._seen = np.empty(0, np.int64)
        self._begun = np.empty(0, np.int64)
        self._histogram = np.empty(0, bool)
        self._delta = np.empty(0, bool)
        self._codes: dict[str, dict[str, int]] = {}
        self._texts: dict[str, list[str]] = {}  # by code; only ever appended to, so what was handed out stays true
        self._columns: dict[str, NDArray[np.int32]] = {}
        self._batch = -1
        self._checked = 0.0
        self._changes: int | None = None
        self._metrics: tuple[int, NDArray[np.uint64], NDArray[np.int64]] = (
            0,
            np.empty(0, np.uint64),
            np.empty(0, np.int64),
        )

    def share(self, ids: NDArray[np.void]) -> float:
        """How many of the series of their metrics these are, as a share; a metric is what ids begin with."""
        with self._lock:
            size, metrics, counts = self._metrics
            if size != len(self._ids):
                metrics, counts = np.unique(_beginnings(self._ids), return_counts=True)
                self._metrics = (len(self._ids), metrics, counts)
        of_these = np.unique(_beginnings(ids))
        return len(ids) / max(1, int(counts[np.isin(metrics, of_these)].sum()))

    def refresh(self, reads: Reader) -> None:
        """Take in what was added since; where the store cannot say that there may be more, looked for every `REFRESH_S`."""
        with self._lock:
            changes = reads.changes("series")
            if changes is not None and changes == self._changes:
                return
            if changes is None and time.monotonic() - self._checked < REFRESH_S:
                return
            newest = reads.query("SELECT toInt64(max(batch_id)) AS newest, count() AS n FROM $series")
            batch = int(newest["newest"][0].as_py()) if newest["n"][0].as_py() else -1
            if batch > self._batch:
                after = max(-1, self._batch - OVERLAP) if self._batch >= 0 else -1
                sql = f"SELECT {_COLUMNS} FROM $series WHERE toInt64(batch_id) > {after:d} ORDER BY received_at"
                self._find_histograms(reads, self._add(reads.query(sql)))
                self._batch = batch
            self._checked, self._changes = time.monotonic(), changes

    def _add(self, rows: pa.Table) -> NDArray[np.int64]:
        """The places of those that were stated since, for the first time or again."""
        ids = rows["series_id"].to_pylist()
        seen = rows["seen"].to_numpy()
        fresh: dict[bytes, int] = {}
        places = np.empty(len(ids), np.int64)
        for number, key in enumerate(ids):
            at = self._known.get(key)
            if at is None:
                at = self._known[key] = len(self._known)
                fresh[key] = number
            places[number] = at
        count = len(self._known)
        self._seen = np.concatenate([self._seen, np.zeros(count - len(self._seen), np.int64)])
        stated = np.unique(places[seen > self._seen[places]])
        np.maximum.at(self._seen, places, seen)
        self._begun = np.concatenate([self._begun, np.full(count - len(self._begun), NEVER_MS)])
        np.minimum.at(self._begun, places, seen)
        histogram = np.isin(np.array(rows["kind"].to_pylist(), str), ("histogram", "exponential_histogram"))
        self._histogram = np.concatenate([self._histogram, np.zeros(count - len(self._histogram), bool)])
        self._histogram[places[histogram]] = True  # once a series had numbers only
        if not fresh:
            return stated
        new = rows.take(pa.array(list(fresh.values())))
        self._delta = np.concatenate([self._delta, new["delta"].to_numpy(zero_copy_only=False).astype(bool)])
        self._ids = np.concatenate([self._ids, np.frombuffer(b"".join(fresh), "V16")])
        self._label(new, count - len(fresh), count)
        return stated

    def _find_histograms(self, reads: Reader, stated: NDArray[np.int64]) -> None:
        """Of the series that were stated as ones of numbers, those that have histograms too: of the statements of a series
        the last stays, and what turned into numbers had histograms before."""
        numbers = stated[~self._histogram[stated]]
        if not len(numbers):
            return
        where, params = condition(self._ids[numbers])
        found = reads.query(f"SELECT DISTINCT series_id AS id FROM $histograms WHERE {where}", params)
        known = [at for key in found["id"].to_pylist() if (at := self._known.get(key)) is not None]
        self._histogram[known] = True

    def _label(self, new: pa.Table, first: int, count: int) -> None:
        """Labels of new series as codes."""
        offsets = np.zeros(new.num_rows + 1, np.int64)
        keys, values = new["keys"].combine_chunks(), new["vals"].combine_chunks()
        offsets[:] = keys.offsets.to_numpy() - keys.offsets[0].as_py()
        row = np.repeat(np.arange(first, count), np.diff(offsets))
        names: list[str] = keys.flatten().to_pylist()
        texts = values.flatten().to_pylist()
        self._column(NAME, np.arange(first, count), new["name"].to_pylist(), count)
        for name in dict.fromkeys(names):
            here = np.flatnonzero(np.array(names) == name)
            self._column(name, row[here], [texts[i] for i in here.tolist()], count)
        for name, codes in self._columns.items():
            if len(codes) < count:
                self._columns[name] = np.concatenate([codes, np.zeros(count - len(codes), np.int32)])

    def _column(self, name: str, rows: Index, texts: list[str], count: int) -> None:
        codes = self._codes.setdefault(name, {"": 0})
        known = self._texts.setdefault(name, [""])
        column = self._columns.get(name)
        old = np.empty(0, np.int32) if column is None else column
        grown = np.concatenate([old, np.zeros(count - len(old), np.int32)])
        grown[rows] = [codes.setdefault(text, len(codes)) for text in texts]
        known.extend(list(codes)[len(known) :])
        self._columns[name] = grown

    def select(self, matchers: Sequence[Matcher], start_ms: int) -> Rows:
        """Series that fulfil all matchers and were seen since a little before `start_ms`."""
        with self._lock:
            rows: NDArray[np.int64] | slice = slice(0, len(self._ids))
            for matcher in sorted(matchers, key=lambda m: (m.op != "=", -len(self._texts.get(m.name, ())))):
                rows = self._matched(matcher, rows)  # what tells most apart first: the others look at few
            rows = _chosen(rows, self._seen[rows] >= start_ms - SEEN_SLACK_MS)
            columns = {}
            for name, codes in self._columns.items():
                taken = codes[rows]
                if taken.any():
                    columns[name] = (taken, self._texts[name])
            labels = Labels(len(rows), columns)
            return Rows(labels, self._ids[rows], self._histogram[rows], self._delta[rows], self._begun[rows])

    def were_there(self, keys: Sequence[bytes], at_ms: int) -> None:
        """These were seen at a moment: whoever asks for a time that ends later need not look again."""
        with self._lock:
            places = np.array([at for key in keys if (at := self._known.get(key)) is not None], np.int64)
            self._begun[places] = np.minimum(self._begun[places], at_ms)

    def _matched(self, matcher: Matcher, rows: NDArray[np.int64] | slice) -> NDArray[np.int64]:
        """Those of `rows` that fulfil it."""
        column = self._columns.get(matcher.name)
        if column is None:
            same = matching_values(matcher, [""])[0]
            return _chosen(rows, np.full(len(self._ids[rows]), same))
        codes = column[rows]
        if matcher.op in ("=", "!="):
            code = self._codes[matcher.name].get(matcher.value, -1)
            return _chosen(rows, codes == code if matcher.op == "=" else codes != code)
        return _chosen(rows, np.array(matching_values(matcher, self._texts[matcher.name]))[codes])


def _chosen(rows: NDArray[np.int64] | slice, mask: Mask) -> NDArray[np.int64]:
    """The places of `rows` where `mask` is true; a slice begins at 0."""
    return np.flatnonzero(mask) if isinstance(rows, slice) else rows[mask]


def _beginnings(ids: NDArray[np.void]) -> NDArray[np.uint64]:
    return np.frombuffer(ids.tobytes(), np.uint64)[::2]
