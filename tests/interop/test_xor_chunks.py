"""XOR chunks of remote read, decoded by Prometheus' own package."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest

from swarmscope.serve.compat.prometheus_read import crc32c
from swarmscope.serve.compat.xor_chunks import SAMPLES_MAX, encoded

pytestmark = [
    pytest.mark.interop,
    pytest.mark.timeout(300),
    pytest.mark.skipif(shutil.which("go") is None, reason="needs Go, to build tests/interop/xor"),
]


def test_prometheus_reads_our_chunks(tmp_path: Path) -> None:
    source = Path(__file__).parent / "xor"
    made = subprocess.run(
        ["go", "build", "-o", str(tmp_path / "xor"), "."], cwd=source, env={**os.environ, "GOFLAGS": "-mod=readonly"},
        capture_output=True, text=True,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
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
    body = b"".join(struct.pack(">II", len(c), crc32c(c)) + c for c in chunks)
    read = subprocess.run([tmp_path / "xor"], input=body, capture_output=True)
    assert read.returncode == 0, read.stderr
    found = np.array([line.split() for line in read.stdout.decode().splitlines()], dtype=object)
    assert [int(x) for x in found[:, 0]] == t.tolist()
    assert [int(x) for x in found[:, 1]] == v.view(np.uint64).tolist()
