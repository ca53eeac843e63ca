"""StatsD lines add up; over UDP and TCP; bad ones harm nobody."""

from __future__ import annotations

import socket
import time
from concurrent.futures import Future
from typing import Any

import msgspec
import pytest

from swarmscope.config import Config, Plugins
from swarmscope.ingest.receivers.statsd import Lines, StatsdReceiver
from swarmscope.ingest.wire.prometheus import V1
from swarmscope.model.batch import Receipt
from swarmscope.telemetry import REGISTRY


def stated(body: bytes) -> dict[str, float]:
    found = {}
    for series in V1["WriteRequest"].FromString(body).timeseries:
        labels = {label.name: label.value for label in series.labels}
        name = labels.pop("__name__") + "".join(f",{k}={v}" for k, v in sorted(labels.items()))
        found[name] = series.samples[0].value
    return found


def counted(outcome: str) -> float:
    return REGISTRY.get_sample_value("swarmscope_ingest_statsd_lines_total", {"outcome": outcome}) or 0.0


def test_every_kind_adds_up() -> None:
    lines = Lines(1000, 60)
    lines.take(
        b"a.b:2|c|#env:x,flag\na.b:1|c|@0.5|#env:x\nq:5|g\nq:-2|g\nu:joe|s\nu:ann|s\nu:joe|s\nt:10|ms\nt:20|ms\nc,env=y:1:2|c\n"
    )
    first = stated(lines.flush(1).encoded())
    assert first["a_b_total,env=x"] == 4
    assert (first["q"], first["u"], first["t_sum"], first["t_count"], first["t,quantile=0.5"]) == (3, 2, 30, 2, 15)
    assert first["c_total,env=y"] == 3
    lines.take(b"a.b:1|c|#env:x\n")
    again = stated(lines.flush(2).encoded())
    assert again["a_b_total,env=x"] == first["a_b_total,env=x"] + 1
    assert "t,quantile=0.5" not in again


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"x",
        b"x:1",
        b"x:1|z",
        b"x:y|c",
        b":1|c",
        b"x:1|c|@0",
        b"x:1|c|@2",
        b"\xff:1|c",
        b"x:inf|g",
        b"x:1|c|#__name__:y",
        b"x:1|ms|#quantile:2",
        b"x:1|c|#k:" + b"v" * 20_000,
    ],
)
def test_lines_that_cannot_be_read_are_left_out(line: bytes) -> None:
    lines = Lines(1000, 60)
    before = counted("malformed")
    lines.take(b"good:1|c\n" + line + b"\ngood:1|c")
    assert counted("malformed") == before + (line != b"")
    assert stated(lines.flush(1).encoded()) == {"good_total": 2.0}


def test_series_are_bounded() -> None:
    lines, before = Lines(3, 60), counted("beyond_series_max")
    lines.take(b"\n".join(b"m%d:1|c" % i for i in range(100)))
    assert len(stated(lines.flush(1).encoded())) == 3
    assert counted("beyond_series_max") == before + 97


def test_tags_that_become_one_label_are_one() -> None:
    lines = Lines(1000, 60)
    lines.take(b"a:1|c|#k.x:1,k_x:2")
    assert stated(lines.flush(1).encoded()) == {"a_total,k_x=2": 1.0}


def test_over_both_wires() -> None:
    bodies: list[bytes] = []

    class Sink:
        def submit(self, _signal: Any, body: bytes, *_args: Any) -> Future[Receipt]:
            bodies.append(body)
            done: Future[Receipt] = Future()
            done.set_result(Receipt(1))
            return done

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = Plugins(options={"receiver": {"statsd": {"port": port, "flush_s": 0.2}}})
    receiver = StatsdReceiver(msgspec.structs.replace(Config(), plugins=options), Sink(), lambda _h: None)  # type: ignore[arg-type] # neither is asked
    receiver.start()
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.sendto(b"u:1|c", ("127.0.0.1", port))
        with socket.create_connection(("127.0.0.1", port)) as tcp:
            tcp.sendall(b"t:1|c\nt:1|")
            tcp.sendall(b"c\n")
        until = time.monotonic() + 10
        while not (bodies and stated(bodies[-1]) == {"u_total": 1.0, "t_total": 2.0}):
            assert time.monotonic() < until, [stated(b) for b in bodies]
            time.sleep(0.05)
    finally:
        receiver.stop()
