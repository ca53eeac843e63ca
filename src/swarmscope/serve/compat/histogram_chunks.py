"""Native histograms as chunks of a Prometheus: whole counts as differences of differences, other counts as XOR.

Source: Prometheus, `tsdb/chunkenc/histogram.go`, `float_histogram.go`, `histogram_meta.go`, `varbit.go`.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence

import numpy as np

from swarmscope.query.promql.histogram import GAUGE, NOT_RESET, RESET, UNKNOWN, Histogram, Side
from swarmscope.serve.compat.xor_chunks import F64, I64, SAMPLES_MAX, U64, changes, packed

HISTOGRAM, FLOAT_HISTOGRAM = 2, 3
FIELDS_MAX = 4096  # numbers of a chunk: with nine bytes each they stay below what a frame of remote read holds
_HEADERS = {UNKNOWN: 0b00, NOT_RESET: 0b01, RESET: 0b10, GAUGE: 0b11}
_SIZES = (3, 6, 9, 12, 18, 25, 56)
_WHOLE_MAX = 2.0**53
_BOUND_MAX = 33_554_430  # thousandths: what a bound may be to be stored as a whole number

Bits = tuple[int, int]
"""A number and the bits it takes."""


def goes_on(before: Histogram | None, now: Histogram | None) -> bool:
    """Whether a chunk that holds a sample can hold the next one too: None is a float."""
    if before is None or now is None:
        return before is now
    if (before.schema, before.zero_threshold, before.bounds) != (now.schema, now.zero_threshold, now.bounds):
        return False
    if GAUGE in (before.hint, now.hint):
        return before.hint == now.hint
    return not now.is_reset(before)


def pieces(histograms: Sequence[Histogram]) -> int:
    """The samples that a chunk of these may have."""
    buckets = len(_indices([h.positive for h in histograms])) + len(_indices([h.negative for h in histograms]))
    return max(1, min(SAMPLES_MAX, FIELDS_MAX // (buckets + 4)))


def encoded(times: I64, histograms: Sequence[Histogram]) -> tuple[int, bytes]:
    """Encoding and data of a chunk of 1 to SAMPLES_MAX samples, each of which `goes_on` from the one before."""
    first = histograms[0]
    indices = [_indices([h.positive for h in histograms]), _indices([h.negative for h in histograms])]
    buckets = [
        _counts([h.positive for h in histograms], indices[0]),
        _counts([h.negative for h in histograms], indices[1]),
    ]
    counts = np.array([(h.count, h.zero_count) for h in histograms], np.float64)
    sums = np.array([h.sum for h in histograms], np.float64)
    layout = _layout(first, indices)
    head = [(len(histograms), 16), (_HEADERS[first.hint], 2), (0, 6), *layout]
    when = _varbits(_twice(times[:, None]))
    if all(_whole(numbers) for numbers in (counts, *buckets)):
        steps = np.concatenate([np.diff(b.astype(np.int64), axis=1, prepend=0) for b in buckets], axis=1)
        rest = [
            _varbits(_twice(counts.astype(np.int64)), unsigned_first=True),
            _xored(sums[:, None]),
            _varbits(_twice(steps)),
        ]
        return HISTOGRAM, _joined(head, [when, *rest])
    return FLOAT_HISTOGRAM, _joined(head, [when, _xored(np.column_stack([counts, sums, *buckets]))])


def _joined(head: list[Bits], columns: list[tuple[U64, I64]]) -> bytes:
    field = np.concatenate([np.array([b for b, _ in head], np.uint64), np.hstack([f for f, _ in columns]).ravel()])
    size = np.concatenate([np.array([s for _, s in head], np.int64), np.hstack([s for _, s in columns]).ravel()])
    rest = -int(size.sum()) % 8
    return packed(np.append(field, np.uint64(0)), np.append(size, rest))


def _indices(sides: Sequence[Side]) -> I64:
    return np.unique(np.concatenate([side.index for side in sides]))


def _counts(sides: Sequence[Side], indices: I64) -> F64:
    """Counts per sample and bucket, zero where a sample has no such bucket."""
    out = np.zeros((len(sides), len(indices)))
    for row, side in zip(out, sides, strict=True):
        row[np.searchsorted(indices, side.index)] = side.counts
    return out


def _whole(numbers: F64) -> bool:
    return bool(((numbers >= 0) & (numbers < _WHOLE_MAX) & (numbers == np.floor(numbers))).all())


def _twice(numbers: I64) -> I64:
    """The first row as it is, then differences of differences, as if the first difference were zero."""
    first = np.diff(numbers, axis=0, prepend=numbers[:1])
    return np.concatenate([numbers[:1], np.diff(first, axis=0)])


def _varbits(numbers: I64, unsigned_first: bool = False) -> tuple[U64, I64]:
    """Two fields per number, a prefix that tells the size and the number. unsigned_first: the first row has no signs."""
    unsigned = np.zeros(numbers.shape, bool)
    unsigned[:1] = unsigned_first
    field, size = np.zeros((*numbers.shape, 2), np.uint64), np.zeros((*numbers.shape, 2), np.int64)
    field[..., 0], size[..., 0] = 0xFF, 8
    field[..., 1], size[..., 1] = numbers.view(np.uint64), 64
    for ones, bits in reversed(list(enumerate(_SIZES, 1))):
        half = np.int64(1 << bits - 1)
        fits = np.where(unsigned, (numbers >= 0) & (numbers < 2 * half), (numbers > -half) & (numbers <= half))
        field[fits, 0], size[fits, 0] = (1 << ones + 1) - 2, ones + 1
        field[fits, 1], size[fits, 1] = numbers[fits].view(np.uint64) & np.uint64((1 << bits) - 1), bits
    field[numbers == 0], size[numbers == 0] = 0, (1, 0)
    return field.reshape(len(numbers), -1), size.reshape(len(numbers), -1)


def _xored(numbers: F64) -> tuple[U64, I64]:
    """Three fields per number, each against the one in the row before."""
    bits = np.ascontiguousarray(numbers.T).view(np.uint64)
    field, size = np.zeros((*bits.shape, 5), np.uint64), np.zeros((*bits.shape, 5), np.int64)
    field[:, 0, 4], size[:, 0, 4] = bits[:, 0], 64
    changes(bits, field, size)
    rows = len(numbers)
    return field[..., 2:].swapaxes(0, 1).reshape(rows, -1), size[..., 2:].swapaxes(0, 1).reshape(rows, -1)


def _layout(first: Histogram, indices: Sequence[I64]) -> list[Bits]:
    """What all samples of a chunk have in common."""
    out = [*_threshold(first.zero_threshold), *_number(first.schema)]
    for index in indices:
        out += _spans(index)
    if first.custom:
        out += _number(len(first.bounds), unsigned=True)
        for bound in first.bounds:
            out += _bound(bound)
    return out


def _threshold(width: float) -> list[Bits]:
    """A byte for zero and for powers of two, else nine."""
    if width == 0:
        return [(0, 8)]
    fraction, exponent = math.frexp(width)
    if fraction == 0.5 and -242 <= exponent <= 11:
        return [(exponent + 243, 8)]
    return [(255, 8), (_raw(width), 64)]


def _spans(index: I64) -> list[Bits]:
    """How many runs of neighbours there are; of each its length, and its distance from the end of the one before."""
    starts = np.flatnonzero(np.diff(index, prepend=index[:1] - 2) != 1)
    out = _number(len(starts), unsigned=True)
    following = 0
    for at, until in zip(starts.tolist(), [*starts[1:].tolist(), len(index)][: len(starts)], strict=True):
        out += [*_number(until - at, unsigned=True), *_number(int(index[at]) - following)]
        following = int(index[at]) + until - at
    return out


def _bound(bound: float) -> list[Bits]:
    """Thousandths as a whole number above 0, else the float behind a zero bit."""
    if 0 <= bound <= _BOUND_MAX / 1000:
        thousandths = round(bound * 1000)
        if thousandths / 1000 == bound:
            return _number(thousandths + 1, unsigned=True)
    return [(0, 1), (_raw(bound), 64)]


def _number(number: int, unsigned: bool = False) -> list[Bits]:
    field, size = _varbits(np.array([[number]], np.int64), unsigned)
    return list(zip(field[0].tolist(), size[0].tolist(), strict=True))


def _raw(value: float) -> int:
    return int(struct.unpack("<Q", struct.pack("<d", value))[0])
