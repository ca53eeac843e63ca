"""A million new series at once: refused beyond the limit, and nobody who writes known ones notices."""

from __future__ import annotations

import struct
import threading
import time
from collections import Counter
from pathlib import Path

import cramjam
import httpx
import pytest

from swarmscope.ingest.write_request import labels, varint
from tests.support.server import Server

LIMIT_MIB = 1400  # server.memory_max_bytes as shipped
HEADERS = {"Content-Type": "application/x-protobuf", "Content-Encoding": "snappy"}


def body(names: list[str]) -> bytes:
    """A remote write of one sample for each series, now."""
    at = varint(int(time.time() * 1000))
    parts = []
    for name in names:
        sample = b"\x09" + struct.pack("<d", 1.0) + b"\x10" + at
        one = labels({"__name__": "m", "id": name}) + b"\x12" + varint(len(sample)) + sample
        parts.append(b"\x0a" + varint(len(one)) + one)
    return bytes(cramjam.snappy.compress_raw(b"".join(parts)))


@pytest.mark.long
def test_given_a_bomb_of_series_when_others_write_known_ones_then_they_are_all_taken(tmp_path: Path) -> None:
    answers: Counter[int] = Counter()
    over = threading.Event()
    largest = 0

    def write_known() -> None:
        with httpx.Client(base_url=server.url, timeout=60, trust_env=False, headers=HEADERS) as client:
            while not over.is_set():
                answers[client.post("/api/v1/write", content=body([f"known-{i}" for i in range(100)])).status_code] += 1
                time.sleep(0.1)

    with Server(tmp_path / "data") as server:
        assert server.process is not None
        known = threading.Thread(target=write_known)
        known.start()
        try:
            time.sleep(3)
            with httpx.Client(base_url=server.url, timeout=120, trust_env=False, headers=HEADERS) as client:
                bombs = [[f"f{i}" for i in range(1_000_000)]]
                bombs += [[f"more-{n}-{i}" for i in range(5000)] for n in range(220)]
                for bomb in bombs:
                    answer = client.post("/api/v1/write", content=body(bomb))
                    assert (answer.status_code, "ingest.series_max" in answer.text) == (400, True)
                    status = Path(f"/proc/{server.process.pid}/status").read_text()
                    largest = int(status.split("VmHWM:")[1].split()[0]) >> 10
        finally:
            over.set()
            known.join()
    assert list(answers) == [204], answers
    assert largest < LIMIT_MIB
