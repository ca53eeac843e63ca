"""A million new series at once, on every wire of metrics: refused beyond the limit in the words of the protocol, and nobody who
writes known ones, or is another tenant, notices."""

from __future__ import annotations

import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import cramjam
import httpx
import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)

from swarmscope.ingest.write_request import labels, varint
from tests.support.server import Server

LIMIT_MIB = 1400  # server.memory_max_bytes as shipped
SERIES = 1_000_000
PIECE = 100_000  # series in one request, where a million do not fit
HEADERS = {"Content-Type": "application/x-protobuf", "Content-Encoding": "snappy"}
ADMIN = "an-admin-key-for-this-test"
Answers = Iterator[tuple[int, str]]  # status and words of each request


def body(names: list[str]) -> bytes:
    """A remote write of one sample for each series, now."""
    at = varint(int(time.time() * 1000))
    parts = []
    for name in names:
        sample = b"\x09" + struct.pack("<d", 1.0) + b"\x10" + at
        one = labels({"__name__": "m", "id": name}) + b"\x12" + varint(len(sample)) + sample
        parts.append(b"\x0a" + varint(len(one)) + one)
    return bytes(cramjam.snappy.compress_raw(b"".join(parts)))


def remote_write(client: httpx.Client, server: Server) -> Answers:
    bombs = [[f"f{i}" for i in range(SERIES)]]
    bombs += [[f"more-{n}-{i}" for i in range(5000)] for n in range(220)]
    for bomb in bombs:
        answer = client.post(f"{server.url}/api/v1/write", content=body(bomb), headers=HEADERS)
        yield answer.status_code, answer.text


def line_protocol(client: httpx.Client, server: Server) -> Answers:
    for begin in range(0, SERIES, PIECE):
        lines = "".join(f"bomb,id=l{i} v=1\n" for i in range(begin, begin + PIECE))
        answer = client.post(f"{server.url}/write", content=lines)
        yield answer.status_code, answer.text


def otlp(client: httpx.Client, server: Server) -> Answers:
    now_ns = time.time_ns()
    for begin in range(0, SERIES, PIECE):
        request = ExportMetricsServiceRequest()
        points = request.resource_metrics.add().scope_metrics.add().metrics.add(name="bomb").gauge.data_points
        for i in range(begin, begin + PIECE):
            point = points.add(time_unix_nano=now_ns, as_double=1)
            point.attributes.add(key="id").value.string_value = f"o{i}"
        kind = {"Content-Type": "application/x-protobuf"}
        answer = client.post(f"{server.otlp_url}/v1/metrics", content=request.SerializeToString(), headers=kind)
        said = ExportMetricsServiceResponse.FromString(answer.content).partial_success
        yield answer.status_code if not said.rejected_data_points else 206, said.error_message


def pushed(client: httpx.Client, server: Server) -> Answers:
    for begin in range(0, SERIES, PIECE // 2):
        text = "".join(f'bomb{{id="p{i}"}} 1\n' for i in range(begin, begin + PIECE // 2))
        answer = client.post(f"{server.url}/metrics/job/bomb{begin}", content=text)
        yield answer.status_code, answer.text


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("bombs", "refused", "limit"),
    [
        (remote_write, (400, "ingest.series_max"), ""),
        (line_protocol, (400, "ingest.series_max"), "250000"),
        (otlp, (206, "ingest.series_max"), "250000"),
        (pushed, (400, "250000 series in all groups"), ""),
        (pushed, (400, "ingest.series_max"), "100000"),
    ],
    ids=["remote write", "line protocol", "OTLP", "Pushgateway", "Pushgateway, a lower limit"],
)
def test_given_a_bomb_of_series_when_others_write_known_ones_then_they_are_all_taken(
    tmp_path: Path, bombs: Callable[[httpx.Client, Server], Answers], refused: tuple[int, str], limit: str
) -> None:
    answers: Counter[tuple[str, int]] = Counter()
    told: list[tuple[int, str]] = []
    over = threading.Event()
    largest = 0
    environ = {"SWARMSCOPE_AUTH_REQUIRED": "true", "SWARMSCOPE_AUTH_ADMIN_KEY": ADMIN}
    if limit:  # what is beyond is what matters, and costs less
        environ["SWARMSCOPE_INGEST_SERIES_MAX"] = limit

    def key(tenant: str) -> dict[str, str]:
        made = server.http.post("/api/v1/keys", json={"name": tenant, "role": "ingest", "tenant": tenant})
        return {"authorization": f"Bearer {made.json()['secret']}"}

    def write(who: str, headers: dict[str, str], fresh: bool) -> None:
        number = 0
        with httpx.Client(timeout=300, trust_env=False, headers=HEADERS | headers) as client:
            while not over.is_set():
                number += fresh
                sent = body([f"known-{number}-{i}" for i in range(100)])
                answers[who, client.post(f"{server.url}/api/v1/write", content=sent).status_code] += 1
                time.sleep(0.1)

    with Server(tmp_path / "data", **environ) as server:
        assert server.process is not None
        server.http.headers["authorization"] = f"Bearer {ADMIN}"
        mine, theirs = key("red"), key("blue")
        others = [
            threading.Thread(target=write, args=("old series", mine, False)),
            threading.Thread(target=write, args=("another tenant's new ones", theirs, True)),
        ]
        for one in others:
            one.start()
        try:
            time.sleep(3)
            with httpx.Client(timeout=600, trust_env=False, headers=mine) as client:
                for answer in bombs(client, server):
                    told.append(answer)
                    status = Path(f"/proc/{server.process.pid}/status").read_text()
                    largest = int(status.split("VmHWM:")[1].split()[0]) >> 10
        finally:
            over.set()
            for one in others:
                one.join()
    assert (told[-1][0], refused[1] in told[-1][1]) == (refused[0], True), told[-1]
    assert {code for code, _ in told} <= {200, 204, refused[0]}
    assert set(answers) == {("old series", 204), ("another tenant's new ones", 204)}, answers
    assert largest < LIMIT_MIB
