"""Chunks of remote read, decoded by Prometheus' own package."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest

from swarmscope.query.promql.histogram import CUSTOM, GAUGE, UNKNOWN, Histogram
from swarmscope.query.promql.values import Objects, Samples
from swarmscope.serve.compat.histogram_chunks import FLOAT_HISTOGRAM, HISTOGRAM
from swarmscope.serve.compat.prometheus_read import crc32c
from swarmscope.serve.compat.read_chunks import XOR, chunked
from swarmscope.serve.compat.xor_chunks import SAMPLES_MAX, encoded
from tests.serve.compat.test_histogram_chunks import grown
from tests.support.go import built, needs_go

pytestmark = [
    pytest.mark.interop,
    pytest.mark.timeout(300),
    needs_go,
]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The decoder."""
    return built(Path(__file__).parent / "xor", tmp_path_factory.mktemp("xor"))


def read(program: Path, chunks: list[tuple[int, bytes]]) -> list[list[str]]:
    """The words that Prometheus' decoder says of each sample."""
    body = b"".join(struct.pack(">IIB", len(c), crc32c(c), encoding) + c for encoding, c in chunks)
    said = subprocess.run([program], input=body, capture_output=True)
    assert said.returncode == 0, said.stderr
    return [line.split() for line in said.stdout.decode().splitlines()]


def test_prometheus_reads_our_chunks(program: Path) -> None:
    rng = np.random.default_rng(5)
    times, values = [], []
    for number in range(1500):
        count = int(rng.integers(1, SAMPLES_MAX + 1))
        gaps = rng.choice([1, 1000, 15_000, 8191, 8192, 8193, 65_536, 2**17, 2**19 + 1, 2**20, 2**35], count)
        times.append(int(rng.integers(-(2**40), 2**43)) + np.cumsum(gaps + rng.integers(0, 40, count)))
        kinds = (
            np.cumsum(rng.integers(0, 9, count)).astype(float),
            rng.normal(size=count),
            np.round(rng.normal(size=count), 2),
            rng.integers(0, 2**63, count, dtype=np.int64).view(float),
        )
        values.append(kinds[number % 4])
    ends = np.cumsum([len(t) for t in times])
    t, v = np.concatenate(times), np.concatenate(values)
    chunks = encoded(t, v, np.concatenate(([0], ends[:-1])), ends)
    found = np.array(read(program, [(XOR, c) for c in chunks]), dtype=object)
    assert [int(x) for x in found[:, 0]] == t.tolist()
    assert [int(x) for x in found[:, 1]] == v.view(np.uint64).tolist()


@pytest.mark.parametrize("whole", [True, False])
def test_prometheus_reads_our_histograms(program: Path, whole: bool) -> None:
    rng = np.random.default_rng(6)
    kinds = [
        {"schema": schema, "hint": hint, "zero_threshold": width, "zero_count": zero}
        for schema in (-4, 0, 8)
        for hint in (UNKNOWN, GAUGE)
        for width, zero in ((0.0, 0.0), (2.0**-128, 3.0), (0.001, 7.0))
    ]
    bounds = tuple(float(b) for b in (-1.5, 0, 0.005, 0.1, 1, 33_554.43, 1e9, *range(2 * 10**9, 2 * 10**9 + 40)))
    kinds += [{"schema": CUSTOM, "bounds": bounds}]
    given = [sample for kind in kinds for sample in grown(rng, 150, whole, **kind)]
    sizes = np.cumsum([0, *[150] * len(kinds)])
    histograms: Objects = np.array([h for _, h in given], object)
    samples = Samples(sizes, np.array([t for t, _ in given], np.int64), np.full(len(given), np.nan), histograms)
    chunks = chunked(samples, np.arange(len(kinds)))
    assert {c.encoding for c in chunks} == {HISTOGRAM if whole else FLOAT_HISTOGRAM}
    found = read(program, [(c.encoding, c.data) for c in chunks])
    assert len(found) == len(given) == 150 * len(kinds)
    for said, (time, h) in zip(found, given, strict=True):
        assert isinstance(h, Histogram)
        numbers = (h.count, h.zero_count, h.sum, h.zero_threshold, *h.bounds)
        buckets = [
            f"{sign}{index}:{bits(count)}"
            for sign, side in (("+", h.positive), ("-", h.negative))
            for index, count in zip(side.index.tolist(), side.counts.tolist(), strict=True)
        ]
        assert said[0] == str(time)
        assert said[1] in (["3"] if h.hint == GAUGE else ["0", "2"])
        assert said[2:] == [str(h.schema), *(str(bits(number)) for number in numbers), *buckets]


def bits(number: float) -> int:
    return int(struct.unpack("<Q", struct.pack("<d", number))[0])
