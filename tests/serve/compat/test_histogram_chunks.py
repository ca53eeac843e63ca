"""Chunks of native histograms, read back bit by bit as Prometheus reads them (`make test-interop`: by its own decoder)."""

from __future__ import annotations

import math
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swarmscope.query.promql.histogram import CUSTOM, GAUGE, NOT_RESET, RESET, UNKNOWN, Histogram, Side
from swarmscope.query.promql.values import Objects, Samples
from swarmscope.serve.compat.histogram_chunks import FLOAT_HISTOGRAM, HISTOGRAM, encoded
from swarmscope.serve.compat.read_chunks import XOR, chunked
from tests.serve.compat.test_xor_chunks import Bits
from tests.serve.compat.test_xor_chunks import decoded as floats_of

SIZES = (0, 3, 6, 9, 12, 18, 25, 56, 64)
HINTS = {0: UNKNOWN, 1: NOT_RESET, 2: RESET, 3: GAUGE}


class Reader(Bits):
    """Reads a chunk of histograms."""

    def varbit(self, signed: bool = True) -> int:
        ones = 0
        while ones < 8 and self.take(1):
            ones += 1
        size = SIZES[ones]
        value = self.take(size)
        return value - (1 << size) if signed and size and value > 1 << size - 1 else value

    def double(self) -> float:
        return float(struct.unpack("<d", struct.pack("<Q", self.take(64)))[0])

    def threshold(self) -> float:
        code = self.take(8)
        return self.double() if code == 255 else math.ldexp(0.5, code - 243) if code else 0.0

    def spans(self) -> list[int]:
        out: list[int] = []
        at = 0
        for _ in range(self.varbit(False)):
            length, gap = self.varbit(False), self.varbit()
            out += range(at + gap, at + gap + length)
            at += gap + length
        return out

    def bound(self) -> float:
        code = self.varbit(False)
        return (code - 1) / 1000 if code else self.double()

    def xor(self, state: dict[int, Any], key: int) -> float:
        if key not in state:
            state[key] = [self.take(64), 0, 0]
        elif self.take(1):
            if self.take(1):
                leading, significant = self.take(5), self.take(6) or 64
                state[key][1:] = leading, 64 - leading - significant
            value, leading, trailing = state[key]
            state[key][0] = value ^ self.take(64 - leading - trailing) << trailing
        return float(struct.unpack("<d", struct.pack("<Q", state[key][0]))[0])


def decoded(encoding: int, data: bytes) -> list[tuple[int, Histogram]]:
    bits = Reader(data)
    count, hint = bits.take(16), HINTS[bits.take(2)]
    bits.take(6)
    threshold, schema = bits.threshold(), bits.varbit()
    sides = [bits.spans(), bits.spans()]
    bounds = tuple(bits.bound() for _ in range(bits.varbit(False))) if schema == CUSTOM else ()
    buckets = len(sides[0]) + len(sides[1])
    out, state, steps = [], {}, {}  # type: ignore[var-annotated] # mixed on purpose

    def step(key: int, row: int, signed: bool = True) -> int:
        value = bits.varbit(signed if row == 0 else True)
        before = steps.get(key, (0, 0))
        steps[key] = (value, 0) if row == 0 else (before[0] + before[1] + value, before[1] + value)
        return int(steps[key][0])

    for row in range(count):
        time = step(-1, row)
        if encoding == HISTOGRAM:
            total, zero = float(step(-2, row, False)), float(step(-3, row, False))
            sum_ = bits.xor(state, 0)
            changes = [step(i, row) for i in range(buckets)]
            cut = len(sides[0])
            numbers = [*np.cumsum(changes[:cut]).tolist(), *np.cumsum(changes[cut:]).tolist()]
        else:
            total, zero, sum_ = (bits.xor(state, i) for i in (-1, -2, -3))
            numbers = [bits.xor(state, i) for i in range(buckets)]
        counts = np.array(numbers, np.float64)
        positive = Side(np.array(sides[0], np.int64), counts[: len(sides[0])]).compact()
        negative = Side(np.array(sides[1], np.int64), counts[len(sides[0]) :]).compact()
        told = hint if row == 0 or hint == GAUGE else NOT_RESET
        out.append((time, Histogram(schema, total, sum_, threshold, zero, positive, negative, bounds, told)))
    assert bits.left < 8
    return out


def samples(of: list[tuple[int, Histogram | float]]) -> Samples:
    histograms: Objects = np.array([h if isinstance(h, Histogram) else None for _, h in of], object)
    values = np.array([math.nan if isinstance(h, Histogram) else h for _, h in of])
    return Samples(np.array([0, len(of)]), np.array([t for t, _ in of], np.int64), values, histograms)


def read_back(of: list[tuple[int, Histogram | float]]) -> list[int]:
    """Compare what the chunks say with what they are made of; how many samples each has."""
    found: list[tuple[int, Histogram | float]] = []
    sizes = []
    for chunk in chunked(samples(of), np.array([0])):
        if chunk.encoding == XOR:
            part: Any = [(t, struct.unpack("<d", struct.pack("<Q", v))[0]) for t, v in floats_of(chunk.data)]
        else:
            part = decoded(chunk.encoding, chunk.data)
        assert (part[0][0], part[-1][0]) == (chunk.low_ms, chunk.high_ms)
        sizes.append(len(part))
        found += part
    assert [t for t, _ in found] == [t for t, _ in of]
    for (_, mine), (_, sent) in zip(found, of, strict=True):
        if isinstance(sent, Histogram):
            assert isinstance(mine, Histogram)
            assert mine.equals(sent.compact()), (mine, sent)
            assert mine.hint in (sent.hint, NOT_RESET, UNKNOWN)
        else:
            assert mine == sent
    return sizes


def grown(rng: np.random.Generator, count: int, whole: bool, **more: Any) -> list[tuple[int, Histogram | float]]:
    """A counter whose buckets become more and fuller."""
    out: list[tuple[int, Histogram | float]] = []
    held = np.zeros(40)
    now = int(rng.integers(0, 2**43))
    for _ in range(count):
        now += int(rng.choice([1, 15_000, 15_001, 2**30]))
        held[rng.integers(0, 40, 3)] += rng.integers(0, 1000, 3) if whole else rng.random(3)
        kept = np.flatnonzero(held)
        right = kept >= 0 if more.get("schema") == CUSTOM else kept >= 20
        sides = [Side(kept[m] - 20 * (more.get("schema") != CUSTOM), held[kept[m]]) for m in (right, ~right)]
        out.append((now, Histogram(count=held.sum(), sum=rng.normal(), positive=sides[0], negative=sides[1], **more)))
    return out


@settings(max_examples=12, deadline=None)
@given(
    st.integers(0, 2**32), st.integers(1, 130), st.booleans(),
    st.sampled_from([0.0, 2.0**-128, 2.0**10, 2.0**11, 0.001, 5e-324]), st.integers(-4, 8), st.sampled_from([UNKNOWN, GAUGE]),
)  # fmt: skip
def test_what_is_encoded_is_read_back(seed: int, count: int, whole: bool, width: float, schema: int, hint: int) -> None:
    rng = np.random.default_rng(seed)
    sizes = read_back(grown(rng, count, whole, zero_threshold=width, schema=schema, hint=hint))
    assert max(sizes) <= 120
    assert len(sizes) <= 2 + count // 80


@pytest.mark.parametrize("whole", [True, False])
def test_custom_bounds(whole: bool) -> None:
    bounds = (-1.5, 0.0, 0.005, 0.1, 1.0, 33_554.43, 33_554.431, 1 / 3, 1e9, *range(2_000_000_000, 2_000_000_030))
    of = grown(np.random.default_rng(1), 50, whole, schema=CUSTOM, bounds=tuple(map(float, bounds)))
    assert read_back(of) == [50]


def test_whole_counts_take_the_smaller_encoding_and_huge_ones_none_at_all() -> None:
    def one(count: float) -> Histogram:
        return Histogram(count=count, sum=1.0, positive=Side(np.array([3]), np.array([count])))

    for count, encoding in ((5.0, HISTOGRAM), (2.0**52, HISTOGRAM), (0.5, FLOAT_HISTOGRAM), (2.0**53, FLOAT_HISTOGRAM)):
        made = encoded(np.array([1]), [one(count)])
        assert made[0] == encoding
        assert decoded(*made)[0][1].equals(one(count))
    steady, times = [one(7.0 + i) for i in range(100)], np.arange(100) * 1000
    assert len(encoded(times, steady)[1]) < len(encoded(times, [h.over(3) for h in steady])[1]) / 5


def test_a_chunk_ends_where_something_changes() -> None:
    def one(count: float, schema: int = 0, hint: int = UNKNOWN, width: float = 0.0) -> Histogram:
        return Histogram(schema, count, 1.0, width, 0.0, Side(np.array([1]), np.array([count])), hint=hint)

    of = [
        one(1), one(2), 3.5, 4.5, one(5), one(6, schema=1), one(7, schema=1, width=0.5), one(2, schema=1, width=0.5),
        one(3, schema=1, width=0.5), one(4, schema=1, width=0.5, hint=RESET), one(9, schema=1, width=0.5, hint=GAUGE),
        one(8, schema=1, width=0.5, hint=GAUGE),
    ]  # fmt: skip
    assert read_back([(i * 10, h) for i, h in enumerate(of)]) == [2, 2, 1, 1, 1, 2, 1, 2]


def test_wide_histograms_make_short_chunks() -> None:
    wide = Side(np.arange(5000), np.full(5000, 0.1))
    of: list[tuple[int, Histogram | float]] = [(i, Histogram(8, 500.0, 1.0, positive=wide)) for i in range(4)]
    assert read_back(of) == [1, 1, 1, 1]
