"""What expressions evaluate to: columns over (series × steps)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarmscope.query.promql.errors import PromqlError
from swarmscope.query.promql.labels import Index, Labels, Mask, concat

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Objects = NDArray[Any]
STALE_BITS = np.uint64(0x7FF0000000000002)
STALE = STALE_BITS.view(np.float64)
"""The value of a sample that says that a series has ended."""
SAME_LABELS = "vector cannot contain metrics with the same labelset"


def is_stale(values: F64) -> Mask:
    """Where values are the marker of staleness."""
    found: Mask = values.view(np.uint64) == STALE_BITS
    return found


_NOTHING: Any = None


def is_object(objects: Objects) -> Mask:
    """Where there is an object, not None."""
    found: Mask = np.not_equal(objects, _NOTHING)
    return found


@dataclass(slots=True)
class Grid:
    """Evaluation times: `count` steps from `start_ms` on, `step_ms` apart."""

    start_ms: int
    step_ms: int
    count: int

    @property
    def times(self) -> I64:
        """The times in milliseconds."""
        return self.start_ms + self.step_ms * np.arange(self.count, dtype=np.int64)

    @property
    def end_ms(self) -> int:
        """The last step."""
        return self.start_ms + self.step_ms * (self.count - 1)


@dataclass(slots=True)
class Vector:
    """Series over steps.

    values, present: (series, steps). histograms: the same shape, None where the sample is a float; None as a whole where all
    are. drop: series whose metric's name goes at the end of the query.
    """

    labels: Labels
    values: F64
    present: Mask
    drop: Mask
    histograms: Objects | None = None

    @classmethod
    def empty(cls, steps: int) -> Vector:
        """No series."""
        return cls(Labels(0, {}), np.empty((0, steps)), np.empty((0, steps), bool), np.empty(0, bool))

    @classmethod
    def of(cls, labels: Labels, values: F64, present: Mask, drop: bool = False) -> Vector:
        """Floats."""
        return cls(labels, values, present, np.full(labels.size, drop))

    @property
    def steps(self) -> int:
        """Number of steps."""
        return int(self.values.shape[1])

    @property
    def floats(self) -> Mask:
        """Where a float is present."""
        if self.histograms is None:
            return self.present
        return self.present & ~self.is_histogram

    @property
    def is_histogram(self) -> Mask:
        """Where a histogram is present."""
        if self.histograms is None:
            return np.zeros_like(self.present)
        return self.present & is_object(self.histograms)

    def take(self, rows: Index | Mask) -> Vector:
        """Some series."""
        histograms = None if self.histograms is None else self.histograms[rows]
        return Vector(self.labels.take(rows), self.values[rows], self.present[rows], self.drop[rows], histograms)

    def anywhere(self) -> Mask:
        """At which steps any series has a sample."""
        found: Mask = np.any(self.present, axis=0)
        return found

    def pruned(self) -> Vector:
        """Without series that have no sample."""
        rows: Mask = np.any(self.present, axis=1)
        return self if rows.all() else self.take(rows)

    def floats_only(self) -> Vector:
        """Without histograms."""
        if self.histograms is None:
            return self
        return Vector(self.labels, self.values, self.floats, self.drop).pruned()

    def with_values(self, values: F64, drop: bool = True) -> Vector:
        """Other values of the same floats."""
        return Vector(self.labels, values, self.present, np.full(len(self.drop), True) if drop else self.drop)


Value = Vector | F64 | str
"""A vector, a scalar (one number per step), or a string."""


def joined(parts: list[Vector]) -> Vector:
    """The series of several vectors, one after the other."""
    parts = [part for part in parts if part.labels.size] or parts[:1]
    if len(parts) == 1:
        return parts[0]
    histograms = None
    if any(part.histograms is not None for part in parts):
        histograms = np.concatenate(
            [np.full(p.values.shape, None, object) if p.histograms is None else p.histograms for p in parts]
        )
    return Vector(
        concat([part.labels for part in parts]),
        np.concatenate([part.values for part in parts]),
        np.concatenate([part.present for part in parts]),
        np.concatenate([part.drop for part in parts]),
        histograms,
    )


def merged(vector: Vector) -> Vector:
    """Series with equal labels as one. Raises PromqlError where two have a sample at the same step."""
    if vector.labels.size < 2:
        return vector
    groups, first = vector.labels.groups()
    if len(first) == vector.labels.size:
        return vector
    order = np.argsort(groups, kind="stable")
    starts = np.searchsorted(groups[order], np.arange(len(first)))
    count = np.add.reduceat(vector.present[order].astype(np.int32), starts, axis=0)
    if (count > 1).any():
        raise PromqlError(SAME_LABELS)
    out = vector.take(first)
    for row, group in enumerate(groups.tolist()):
        if row != first[group]:
            here = vector.present[row]
            out.values[group, here] = vector.values[row, here]
            out.present[group] |= here
            if out.histograms is not None and vector.histograms is not None:
                out.histograms[group, here] = vector.histograms[row, here]
    return out


@dataclass(slots=True)
class Samples:
    """Samples of series, one series after the other: those of series s are at offsets[s] … offsets[s+1].

    Times ascend within a series and are unique. values: NaN for a histogram. histograms: None where there is none at all.
    starts: when the counter began, 0 where not known.
    """

    offsets: I64
    times: I64
    values: F64
    histograms: Objects | None = None
    starts: I64 | None = None

    @property
    def series(self) -> int:
        """Number of series."""
        return len(self.offsets) - 1

    def of_series(self) -> I64:
        """The series of each sample."""
        return np.repeat(np.arange(self.series), np.diff(self.offsets))

    def kept(self, mask: Mask) -> Samples:
        """Some samples."""
        if mask.all():
            return self
        counts = (
            np.add.reduceat(np.append(mask, False).astype(np.int64), self.offsets[:-1]) if self.series else mask[:0]
        )
        counts = np.where(np.diff(self.offsets) > 0, counts, 0)
        return Samples(
            np.concatenate([[0], np.cumsum(counts)]),
            self.times[mask],
            self.values[mask],
            None if self.histograms is None else self.histograms[mask],
            None if self.starts is None else self.starts[mask],
        )

    def stale(self) -> Mask:
        """Where samples say that a series has ended, floats and histograms alike."""
        found = is_stale(self.values)
        if self.histograms is not None:
            found &= ~is_object(self.histograms)
        return found

    def take(self, rows: Index) -> Samples:
        """The samples of some series."""
        lengths = np.diff(self.offsets)[rows]
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        index = np.arange(offsets[-1]) - np.repeat(offsets[:-1] - self.offsets[rows], lengths)
        return Samples(
            offsets,
            self.times[index],
            self.values[index],
            None if self.histograms is None else self.histograms[index],
            None if self.starts is None else self.starts[index],
        )


def positions(samples: Samples, ends: I64) -> I64:
    """Where, in each series, the samples up to and including each time end: (series, times), as places in `samples`."""
    if not samples.series or not len(ends):
        return np.zeros((samples.series, len(ends)), np.int64)
    if samples.series == 1:
        return np.searchsorted(samples.times, ends, "right")[None, :]
    if len(samples.times) == 0:
        return np.zeros((samples.series, len(ends)), np.int64)
    low = min(int(samples.times.min()), int(ends.min())) - 1
    span = max(int(samples.times.max()), int(ends.max())) - low + 2
    if span * samples.series >= 1 << 62:
        places = [
            np.searchsorted(samples.times[a:b], ends, "right") + a
            for a, b in zip(samples.offsets[:-1].tolist(), samples.offsets[1:].tolist(), strict=True)
        ]
        return np.stack(places)
    keys = samples.times - low + samples.of_series() * span
    wanted = (ends - low)[None, :] + (np.arange(samples.series) * span)[:, None]
    return np.searchsorted(keys, wanted.ravel(), "right").reshape(wanted.shape)
