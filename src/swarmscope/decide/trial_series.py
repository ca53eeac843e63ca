"""The series of a unit test of rules: what is given, up to the moment of an evaluation, and what the rules make."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence

import numpy as np

from swarmscope.query.promql.histogram import Histogram
from swarmscope.query.promql.labels import Labels
from swarmscope.query.promql.memory import Key, MemorySource, hinted, matched, packed, unstarted
from swarmscope.query.promql.nodes import Matcher
from swarmscope.query.promql.notation import Item
from swarmscope.query.promql.source import Selection
from swarmscope.query.promql.values import Samples


class TrialSeries(MemorySource):
    """A Source whose samples are appended in the order of time, and found by it."""

    def __init__(self) -> None:
        super().__init__()
        self._times: dict[Key, list[int]] = {}
        self._labels: Labels | None = None

    def append(self, labels: Mapping[str, str], time_ms: int, value: float | Histogram, start_ms: int = 0) -> None:
        """See MemorySource."""
        super().append(labels, time_ms, value, start_ms)
        key = tuple(sorted((k, v) for k, v in labels.items() if v))
        if key not in self._times:
            self._labels = None
        times = self._times.setdefault(key, [])
        if not times or times[-1] < time_ms:
            times.append(time_ms)

    def select(self, matchers: Sequence[Matcher], start_ms: int, end_ms: int) -> Selection:
        """See Source."""
        if self._labels is None:
            self._labels = Labels.of([dict(key) for key in self._times])
        keys = list(self._times)
        rows = np.flatnonzero(matched(self._labels, matchers))
        return Selection(self._labels.take(rows), [keys[row] for row in rows.tolist()])

    def samples(self, selection: Selection, start_ms: int, end_ms: int) -> Samples:
        """See Source."""
        around = []
        for key in selection.handle:
            known, kept = self._times[key], self._series[key].samples
            first, last = bisect_left(known, start_ms), bisect_right(known, end_ms)
            near = known[max(0, first - 1) : last]  # what stands before tells whether a histogram began anew
            around.append(unstarted(hinted({t: kept[t] for t in near})))
        return packed(around, start_ms, end_ms)


class Given:
    """Series in the notation of a test, appended as time goes on."""

    def __init__(self, into: TrialSeries, series: Sequence[tuple[dict[str, str], list[Item]]], step_ms: int) -> None:
        self._into, self._series, self._step_ms = into, series, step_ms
        self._next = 0

    def until(self, since_begin_ms: int, begin_ms: int) -> None:
        """Append what belongs to the time up to a moment."""
        last = since_begin_ms // self._step_ms
        for labels, items in self._series:
            for number in range(self._next, min(last + 1, len(items))):
                value = items[number].value
                if value is not None:
                    self._into.append(labels, begin_ms + number * self._step_ms, value)
        self._next = max(self._next, last + 1)
