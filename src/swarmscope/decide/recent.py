"""What rules wrote a moment ago: seen at once by the rules after them, while it is on its way to the store.

The rules of a group build on each other: the second one reads, at the same moment, what the first one wrote.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from swarmscope.query.promql.histogram import Histogram
from swarmscope.query.promql.labels import NAME, Labels, Mask, concat
from swarmscope.query.promql.memory import Key, hinted, matched, packed, unstarted
from swarmscope.query.promql.nodes import Matcher
from swarmscope.query.promql.source import Selection, Source, Window
from swarmscope.query.promql.store import stacked, united
from swarmscope.query.promql.values import F64, STALE, Samples

SAMPLES_MAX = 500_000


class Row(NamedTuple):
    """A sample that a rule made. labels: sorted, with `__name__`; value: None is a marker of staleness."""

    labels: Key
    value: float | Histogram | None
    time_ms: int


class Recent:
    """The rows of one tenant for `keep_s` seconds. Any thread."""

    def __init__(self, keep_s: Callable[[], float], clock: Callable[[], float] = time.monotonic) -> None:
        self._keep_s, self._clock = keep_s, clock
        self._lock = threading.Lock()
        self._names: dict[str, dict[Key, dict[int, tuple[float, Histogram | None, int]]]] = {}
        self._written: list[tuple[float, list[Row]]] = []
        self._count = 0

    def add(self, rows: Sequence[Row]) -> None:
        """Remember; what the store has by now is forgotten."""
        now = self._clock()
        with self._lock:
            self._written.append((now, list(rows)))
            self._count += len(rows)
            for row in rows:
                kept = self._names.setdefault(dict(row.labels).get(NAME, ""), {}).setdefault(row.labels, {})
                if isinstance(row.value, Histogram):
                    kept[row.time_ms] = (np.nan, row.value, 0)
                else:
                    kept[row.time_ms] = (float(STALE) if row.value is None else row.value, None, 0)
            horizon = now - self._keep_s()
            while self._written and (self._written[0][0] < horizon or self._count > SAMPLES_MAX):
                self._forget(self._written.pop(0)[1])

    def _forget(self, rows: list[Row]) -> None:
        self._count -= len(rows)
        for row in rows:
            name = dict(row.labels).get(NAME, "")
            series = self._names.get(name, {})
            kept = series.get(row.labels)
            if kept is not None:
                kept.pop(row.time_ms, None)
                if not kept:
                    del series[row.labels]
            if not series:
                self._names.pop(name, None)

    def select(self, matchers: Sequence[Matcher]) -> tuple[Labels, list[Key]]:
        """The series that fulfil all matchers."""
        name = next((m.value for m in matchers if m.name == NAME and m.op == "="), None)
        with self._lock:
            groups = self._names.values() if name is None else [self._names.get(name, {})]
            keys = [key for series in groups for key in series]
        if not keys:
            return Labels(0, {}), []
        labels = Labels.of([dict(key) for key in keys])
        rows = np.flatnonzero(matched(labels, matchers))
        return labels.take(rows), [keys[row] for row in rows.tolist()]

    def samples(self, keys: Sequence[Key], start_ms: int, end_ms: int) -> Samples:
        """Their samples, both ends included."""
        with self._lock:
            found = [dict(self._names.get(dict(key).get(NAME, ""), {}).get(key, {})) for key in keys]
        return packed((unstarted(hinted(kept)) for kept in found), start_ms, end_ms)


@dataclass(slots=True)
class _Both:
    """A selection with series of both. groups: which series of the answer each belongs to."""

    stored: Selection
    keys: list[Key]
    groups: np.ndarray[tuple[int], np.dtype[np.int64]]


class Fresh:
    """A Source over the store and what was written a moment ago."""

    def __init__(self, stored: Source, recent: Recent) -> None:
        self._stored, self._recent = stored, recent

    def select(self, matchers: Sequence[Matcher], start_ms: int, end_ms: int) -> Selection:
        """See Source."""
        stored = self._stored.select(matchers, start_ms, end_ms)
        labels, keys = self._recent.select(matchers)
        if not keys:
            return stored
        together = concat([stored.labels, labels])
        groups, first = together.groups()
        return Selection(together.take(first), _Both(stored, keys, groups))

    def samples(self, selection: Selection, start_ms: int, end_ms: int) -> Samples:
        """See Source."""
        both = selection.handle
        if not isinstance(both, _Both):
            return self._stored.samples(selection, start_ms, end_ms)
        parts = [
            self._stored.samples(both.stored, start_ms, end_ms),
            self._recent.samples(both.keys, start_ms, end_ms),
        ]
        count = len(both.stored.labels) + len(both.keys)
        return united(stacked(parts, np.arange(count, dtype=np.int64)), both.groups)

    def gridded(self, selection: Selection, window: Window) -> tuple[F64, Mask] | None:
        """See Source: what is new is not in the store yet, so it is not computed there."""
        return None if isinstance(selection.handle, _Both) else self._stored.gridded(selection, window)
