"""A short run of the fuzzer; `swarmscope bench fuzz` runs longer."""

from __future__ import annotations

import itertools
import subprocess
import sys

import pytest

from swarmscope.bench import fuzz

OVERRUN = """
import numpy as np
from swarmscope.bench import fuzz
from swarmscope.ingest.wire import ready
ready.load()
from swarmscope.ingest.wire.kernels.blocks import scan
scanner = fuzz._guarded_scanner(16, 1024)
body = fuzz._guarded(np.frombuffer(b"\\x0a\\x40", np.uint8))
start = body.__array_interface__["data"][0]
scan(scanner._spans.block.__array_interface__["data"][0], start, start + len(body) + 64)
print("alive")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no mprotect")
def test_mutated_requests_stay_inside_their_buffers_and_read_as_protobuf_reads_them() -> None:
    report = fuzz.run(6.0, seed=20)
    assert report.clean, report
    assert report.accepted > 0
    assert report.refused > 0
    assert report.compared > 0


@pytest.mark.skipif(sys.platform == "win32", reason="no mprotect")
def test_the_guard_catches_a_read_behind_the_input() -> None:
    done = subprocess.run([sys.executable, "-c", OVERRUN], capture_output=True, check=False)
    assert done.returncode < 0, done
    assert b"alive" not in done.stdout


def test_the_same_seed_makes_the_same_cases() -> None:
    assert list(itertools.islice(fuzz.cases(5), 900)) == list(itertools.islice(fuzz.cases(5), 900))
    assert list(itertools.islice(fuzz.cases(5), 900)) != list(itertools.islice(fuzz.cases(6), 900))
