"""Float samples as XOR chunks: what remote read streams, and what lies in the blocks of a Prometheus.

All chunks of a request are made side by side: their samples of one rank at a time, then all bits at once.
Source: Prometheus, `tsdb/chunkenc/xor.go`; Pelkonen et al., "Gorilla: A Fast, Scalable, In-Memory Time Series
Database", VLDB 2015.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]
SAMPLES_MAX = 120  # of a chunk, as Prometheus cuts them
AT_ONCE = 128  # chunks whose bits are in memory together
_FIELDS = 5  # of a sample: rest of the time, time, control bits of the value, its window, its bits
_RANGES = ((14, 0b10, 2), (17, 0b110, 3), (20, 0b1110, 4))  # bits, prefix, its length


def encoded(times: I64, values: F64, firsts: I64, lasts: I64) -> list[bytes]:
    """A chunk for each range [first, last) of samples, of 1 to SAMPLES_MAX, ascending in time (ms, within 2^54)."""
    out: list[bytes] = []
    for i in range(0, len(firsts), AT_ONCE):
        out += _some(times, values, firsts[i : i + AT_ONCE], lasts[i : i + AT_ONCE])
    return out


def _some(times: I64, values: F64, firsts: I64, lasts: I64) -> list[bytes]:
    counts = lasts - firsts
    width = int(counts.max())
    ranks = np.arange(width)
    there = ranks < counts[:, None]
    place = np.minimum(firsts[:, None] + ranks, lasts[:, None] - 1)
    t, bits = times[place], np.ascontiguousarray(values).view(np.uint64)[place]
    field = np.zeros((len(counts), width, _FIELDS), np.uint64)
    size = np.zeros((len(counts), width, _FIELDS), np.int64)
    _times(t, field, size)
    field[:, 0, 4], size[:, 0, 4] = bits[:, 0], 64
    changes(bits, field, size)
    size[~there] = 0
    whole = np.zeros((len(counts), width * _FIELDS + 2), np.uint64)
    length = np.zeros(whole.shape, np.int64)
    whole[:, 0], length[:, 0] = counts.astype(np.uint64), 16
    whole[:, 1:-1], length[:, 1:-1] = field.reshape(len(counts), -1), size.reshape(len(counts), -1)
    length[:, -1] = -length.sum(axis=1) % 8
    ends = np.cumsum(length.sum(axis=1) // 8)
    data = packed(whole.ravel(), length.ravel())
    return [data[a:b] for a, b in zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True)]


def packed(field: U64, size: I64) -> bytes:
    """Fields of so many bits, end to end."""
    used = size > 0
    field, size = field[used], size[used]
    shift = np.repeat(np.cumsum(size), size) - 1 - np.arange(int(size.sum()))
    bits = np.repeat(field, size) >> shift.astype(np.uint64) & np.uint64(1)
    return np.packbits(bits.astype(np.uint8)).tobytes()


def _times(t: I64, field: U64, size: I64) -> None:
    """The first time as it is, the second as a difference, the others as the difference of differences."""
    _varint((t[:, 0] << 1) ^ (t[:, 0] >> 63), field[:, 0, 1], size[:, 0, 1])
    if t.shape[1] < 2:
        return
    delta = np.diff(t, axis=1)
    _varint(delta[:, 0], field[:, 1, 1], size[:, 1, 1])
    change = np.diff(delta, axis=1)
    value, length = field[:, 2:, 1], size[:, 2:, 1]
    value[:], length[:] = change.view(np.uint64), 64
    field[:, 2:, 0], size[:, 2:, 0] = 0b1111, 4
    for bits, prefix, of_prefix in reversed(_RANGES):
        here = (change >= 1 - (1 << bits - 1)) & (change <= 1 << bits - 1)
        cut = change.view(np.uint64) & np.uint64((1 << bits) - 1)
        value[here], length[here] = cut[here] | np.uint64(prefix << bits), bits + of_prefix
        size[:, 2:, 0][here] = 0
    still = change == 0
    value[still], length[still] = 0, 1


def _varint(numbers: I64, field: U64, size: I64) -> None:
    """Numbers in groups of seven bits, the lowest first; at most eight groups."""
    rest = numbers.astype(np.uint64)
    while True:
        more = rest > 127
        byte = (rest & np.uint64(127)) | np.where(more, np.uint64(128), np.uint64(0))
        open_ = (size == 0) | (field & np.uint64(128) > 0)
        field[open_] = field[open_] << np.uint64(8) | byte[open_]
        size[open_] += 8
        if not more.any():
            return
        rest = rest >> np.uint64(7)


def changes(bits: U64, field: U64, size: I64) -> None:
    """Each value of a row as what differs from the one before, within the window of bits that that one had, where it fits.

    bits: (rows, values). field, size: of each value, of which the last three of five are written, from the second value on.
    """
    chunks = len(bits)
    leading, trailing = np.full(chunks, 255), np.zeros(chunks, np.int64)
    for rank in range(1, bits.shape[1]):
        delta = bits[:, rank] ^ bits[:, rank - 1]
        same = delta == 0
        lead, trail = np.minimum(_leading(delta), 31), _trailing(delta)
        fits = (leading != 255) & (lead >= leading) & (trail >= trailing) & ~same
        anew = ~fits & ~same
        leading, trailing = np.where(anew, lead, leading), np.where(anew, trail, trailing)
        significant = 64 - leading - trailing
        window = leading << 6 | significant & 63
        field[:, rank, 2] = np.where(same, 0, np.where(fits, 0b10, 0b11))
        size[:, rank, 2] = np.where(same, 1, 2)
        field[:, rank, 3], size[:, rank, 3] = window, np.where(anew, 11, 0)
        field[:, rank, 4] = delta >> trailing.astype(np.uint64)
        size[:, rank, 4] = np.where(same, 0, significant)


def _trailing(words: U64) -> I64:
    """Zero bits at the lower end; 63 where all are."""
    lowest = words & (~words + np.uint64(1))
    return _log2(np.where(words == 0, np.uint64(1) << np.uint64(63), lowest))


def _leading(words: U64) -> I64:
    """Zero bits at the upper end; 63 where all are."""
    return 63 - _log2(np.maximum(words, np.uint64(1)))


def _log2(words: U64) -> I64:
    """The place of the highest bit, exactly: halves are small enough for a float."""
    high = (words >> np.uint64(32)).astype(np.float64)
    low = (words & np.uint64(0xFFFFFFFF)).astype(np.float64)
    upper = high > 0
    place: I64 = np.where(upper, 32, 0) + (np.frexp(np.where(upper, high, low))[1] - 1)
    return place
