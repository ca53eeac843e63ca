"""XOR chunks, read back bit by bit as Prometheus reads them."""

from __future__ import annotations

import math
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swarmscope.serve.compat.prometheus_read import crc32c
from swarmscope.serve.compat.xor_chunks import SAMPLES_MAX, encoded


class Bits:
    """A stream of bits."""

    def __init__(self, data: bytes) -> None:
        self._text = "".join(f"{b:08b}" for b in data)
        self._at = 0

    def take(self, count: int) -> int:
        self._at += count
        return int(self._text[self._at - count : self._at], 2) if count else 0

    def uvarint(self) -> int:
        value = shift = 0
        while True:
            byte = self.take(8)
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    @property
    def left(self) -> int:
        return len(self._text) - self._at


def decoded(chunk: bytes) -> list[tuple[int, int]]:
    """Times, and values as 64 bits."""
    bits = Bits(chunk)
    count = bits.take(16)
    raw = bits.uvarint()
    t, v = raw >> 1 ^ -(raw & 1), bits.take(64)
    out = [(t, v)]
    delta = leading = trailing = 0
    for rank in range(1, count):
        delta = bits.uvarint() if rank == 1 else delta + change(bits)
        t += delta
        if bits.take(1):
            if bits.take(1):
                leading, significant = bits.take(5), bits.take(6) or 64
                trailing = 64 - leading - significant
            v ^= bits.take(64 - leading - trailing) << trailing
        out.append((t, v))
    assert bits.left < 8
    return out


def change(bits: Bits) -> int:
    for size in (0, 14, 17, 20):
        if not bits.take(1):
            value = bits.take(size)
            return value - (1 << size) if size and value > 1 << size - 1 else value
    value = bits.take(64)
    return value - (1 << 64) if value >> 63 else value


def raw(value: float) -> int:
    return int(struct.unpack("<Q", struct.pack("<d", value))[0])


def both(series: list[list[tuple[int, float]]]) -> None:
    times = np.array([t for s in series for t, _ in s], np.int64)
    values = np.array([v for s in series for _, v in s], np.float64)
    ends = np.cumsum([len(s) for s in series])
    made = encoded(times, values, np.concatenate(([0], ends[:-1])), ends)
    assert [decoded(c) for c in made] == [[(t, raw(v)) for t, v in s] for s in series]


GAPS = st.one_of(st.integers(1, 20_000), st.sampled_from([1, 8191, 8192, 8193, 65_535, 2**17, 2**19 + 1, 2**20, 2**40]))
VALUES = st.one_of(
    st.floats(width=64), st.integers(-5, 5).map(float), st.sampled_from([math.nan, math.inf, -0.0, 1e-310])
)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(-(2**41), 2**43), st.lists(st.tuples(GAPS, VALUES), max_size=30)), min_size=1, max_size=6
    )
)
def test_what_is_encoded_is_read_back(series: list[tuple[int, list[Any]]]) -> None:
    made = []
    for start, steps in series:
        t, one = start, [(start, 1.5)]
        for gap, value in steps:
            t += gap
            one.append((t, value))
        made.append(one)
    both(made)


def test_whole_chunks_side_by_side() -> None:
    rng = np.random.default_rng(3)
    jitter = rng.integers(-40, 40, 400 * SAMPLES_MAX)
    t = np.arange(400 * SAMPLES_MAX) * 15_000 + 1_790_000_000_000 + jitter
    v = np.where(rng.random(t.size) < 0.5, np.cumsum(rng.integers(0, 9, t.size)), rng.normal(size=t.size))
    firsts = np.arange(400) * SAMPLES_MAX
    made = encoded(t, v.astype(np.float64), firsts, firsts + SAMPLES_MAX)
    for i in (0, 127, 128, 399):
        here = slice(i * SAMPLES_MAX, (i + 1) * SAMPLES_MAX)
        assert decoded(made[i]) == list(zip(t[here].tolist(), v[here].view(np.uint64).tolist(), strict=True))
    steady = encoded(np.arange(120) * 1000, np.ones(120), np.array([0]), np.array([120]))
    assert len(steady[0]) < 45  # two bits a sample


@pytest.mark.parametrize("data", [b"123456789", b"x" * 65_536, b"x" * 65_537, b"a"])
def test_the_checksum_is_castagnolis(data: bytes) -> None:
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    assert crc32c(data) == crc ^ 0xFFFFFFFF
    assert crc32c(b"123456789") == 0xE3069283
