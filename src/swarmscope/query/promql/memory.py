"""Series in memory, for tests of rules and of the language: samples are appended per series and read as columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from swarmscope.query.promql import histogram as h
from swarmscope.query.promql.check import matching_values
from swarmscope.query.promql.histogram import Histogram
from swarmscope.query.promql.labels import Labels, Mask, encoded
from swarmscope.query.promql.nodes import Matcher
from swarmscope.query.promql.source import Selection, Window
from swarmscope.query.promql.values import Samples

Key = tuple[tuple[str, str], ...]
Sample = tuple[int, tuple[float, Histogram | None, int]]
"""(time in ms, (value, histogram, when its counter began in ms or 0))."""


@dataclass(slots=True)
class _Series:
    """Samples by time: value, histogram, start."""

    samples: dict[int, tuple[float, Histogram | None, int]] = field(default_factory=dict)


class MemorySource:
    """A Source over what was appended. A second sample of a series at the same time replaces the first."""

    def __init__(self) -> None:
        self._series: dict[Key, _Series] = {}

    def append(self, labels: Mapping[str, str], time_ms: int, value: float | Histogram, start_ms: int = 0) -> None:
        """Add a sample. start_ms: when the counter began; 0: not known."""
        key = tuple(sorted((k, v) for k, v in labels.items() if v))
        kept = self._series.setdefault(key, _Series()).samples
        if isinstance(value, Histogram):
            kept[time_ms] = (np.nan, value, start_ms)
        else:
            kept[time_ms] = (value, None, start_ms)

    def select(self, matchers: Sequence[Matcher], start_ms: int, end_ms: int) -> Selection:
        """See Source."""
        keys = list(self._series)
        labels = Labels.of([dict(key) for key in keys])
        rows = np.flatnonzero(matched(labels, matchers))
        return Selection(labels.take(rows), [keys[row] for row in rows.tolist()])

    def samples(self, selection: Selection, start_ms: int, end_ms: int) -> Samples:
        """See Source."""
        return packed((hinted(self._series[key].samples) for key in selection.handle), start_ms, end_ms)

    def gridded(self, selection: Selection, window: Window) -> None:
        """See Source: nothing is computed here."""


def packed(series: Iterable[Iterable[Sample]], start_ms: int, end_ms: int) -> Samples:
    """Samples of series as columns, both ends included."""
    offsets, times, values, starts = [0], [], [], []
    histograms: list[Histogram | None] = []
    for samples in series:
        for time, (value, histogram, start) in samples:
            if start_ms <= time <= end_ms:
                times.append(time)
                values.append(value)
                histograms.append(histogram)
                starts.append(start)
        offsets.append(len(times))
    objects = None
    if any(histogram is not None for histogram in histograms):
        objects = np.empty(len(histograms), object)
        objects[:] = histograms
    return Samples(
        np.array(offsets, np.int64),
        np.array(times, np.int64),
        np.array(values, np.float64),
        objects,
        np.array(starts, np.int64) if any(starts) else None,
    )


def unstarted(samples: Iterable[Sample]) -> Iterator[Sample]:
    """The same where nobody asks when counters began."""
    return ((time, (value, histogram, 0)) for time, (value, histogram, _) in samples)


def matched(labels: Labels, matchers: Sequence[Matcher]) -> Mask:
    """Which label sets fulfil all matchers: patterns are tried once per distinct value."""
    rows = np.ones(labels.size, bool)
    for matcher in matchers:
        codes, values = labels.columns.get(matcher.name) or (np.zeros(labels.size, np.int32), encoded([])[1])
        rows &= np.array(matching_values(matcher, values))[codes]
    return rows


def hinted(
    samples: Mapping[int, tuple[float, Histogram | None, int]],
) -> list[Sample]:
    """Samples by time, each histogram saying what Prometheus' chunks tell: that the counter went on, or nothing (`resets`)."""
    out = []
    before: Histogram | None = None
    for time in sorted(samples):
        value, now, start = samples[time]
        if now is None:
            before = None
        else:
            if now.hint != h.GAUGE:
                now = now.hinted(_hint(now, before))
            before = now if now.hint != h.GAUGE else None
        out.append((time, (value, now, start)))
    return out


def _hint(now: Histogram, before: Histogram | None) -> int:
    """What the sample says against the one before."""
    if now.hint == h.RESET:
        return h.RESET
    if before is None:
        return h.UNKNOWN
    bare = now.hinted(h.UNKNOWN)
    if now.count >= before.count and (now.schema, now.bounds, now.zero_threshold) != (
        before.schema,
        before.bounds,
        before.zero_threshold,
    ):
        return h.UNKNOWN
    return h.UNKNOWN if bare.is_reset(before) else h.NOT_RESET


__all__ = ["MemorySource", "hinted", "matched"]
