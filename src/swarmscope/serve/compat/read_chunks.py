"""Samples of series cut into the chunks that remote read streams: XOR for floats, chunks of their own for native histograms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from swarmscope.query.promql.values import Samples
from swarmscope.serve.compat import histogram_chunks, xor_chunks
from swarmscope.serve.compat.xor_chunks import I64, SAMPLES_MAX

XOR = 1


@dataclass(frozen=True, slots=True)
class Chunk:
    """Samples of one series, by time. series: its place among those asked for; encoding: Prometheus' number of it."""

    series: int
    low_ms: int
    high_ms: int
    encoding: int
    data: bytes


def chunked(samples: Samples, rows: I64) -> list[Chunk]:
    """The samples of some series, in the order of `rows` and by time. Each of them has samples."""
    begins, ends = samples.offsets[rows], samples.offsets[rows + 1]
    of, firsts, lasts = _even(begins, ends)
    if samples.histograms is None:
        return _floats(samples, of, firsts, lasts)
    native = np.array([h is not None for h in samples.histograms.tolist()], bool)
    known = np.concatenate([[0], np.cumsum(native)])
    mixed = known[ends] > known[begins]
    plain = ~mixed[of]
    cuts = [(of[plain], firsts[plain], lasts[plain])]
    out: list[Chunk] = []
    for series in np.flatnonzero(mixed).tolist():
        for first, last in _runs(samples, int(begins[series]), int(ends[series])):
            if native[first]:
                out += _histograms(samples, series, first, last)
            else:
                cuts.append((np.array([series]), np.array([first]), np.array([last])))
    out += _floats(samples, *(np.concatenate(column) for column in zip(*cuts, strict=True)))
    return sorted(out, key=lambda chunk: (chunk.series, chunk.low_ms))


def _even(begins: I64, ends: I64) -> tuple[I64, I64, I64]:
    """Ranges cut into pieces of SAMPLES_MAX: which range, first and last (exclusive) of each piece."""
    pieces = -(-(ends - begins) // SAMPLES_MAX)
    of = np.repeat(np.arange(len(begins)), pieces)
    rank = np.arange(len(of)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    firsts = begins[of] + rank * SAMPLES_MAX
    return of, firsts, np.minimum(firsts + SAMPLES_MAX, ends[of])


def _runs(samples: Samples, first: int, last: int) -> list[tuple[int, int]]:
    """Ranges of samples that one chunk can hold."""
    assert samples.histograms is not None  # noqa: S101  # the caller looked
    of = samples.histograms[first:last].tolist()
    cuts = [i for i in range(1, len(of)) if not histogram_chunks.goes_on(of[i - 1], of[i])]
    out = []
    for begin, end in zip([0, *cuts], [*cuts, len(of)], strict=True):
        size = SAMPLES_MAX if of[begin] is None else histogram_chunks.pieces(of[begin:end])
        out += [(first + at, first + min(at + size, end)) for at in range(begin, end, size)]
    return out


def _floats(samples: Samples, of: I64, firsts: I64, lasts: I64) -> list[Chunk]:
    data = xor_chunks.encoded(samples.times, samples.values, firsts, lasts)
    low, high = samples.times[firsts].tolist(), samples.times[lasts - 1].tolist()
    return [Chunk(s, a, b, XOR, d) for s, a, b, d in zip(of.tolist(), low, high, data, strict=True)]


def _histograms(samples: Samples, series: int, first: int, last: int) -> list[Chunk]:
    assert samples.histograms is not None  # noqa: S101  # the caller looked
    times = samples.times[first:last]
    encoding, data = histogram_chunks.encoded(times, samples.histograms[first:last].tolist())
    return [Chunk(series, int(times[0]), int(times[-1]), encoding, data)]
