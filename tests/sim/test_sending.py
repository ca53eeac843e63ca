"""Sending: counts are exact against a real front door, refusals are honoured, nothing is counted that was not acknowledged."""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import numpy as np
import pytest
from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from swarmscope.errors import ConfigError
from swarmscope.sim import run
from swarmscope.sim.clock import Clock
from swarmscope.sim.connection import Outcome, connect, partial_success
from swarmscope.sim.durations import seconds_of
from swarmscope.sim.loadtest import Load, load_test
from swarmscope.sim.outbox import Request
from swarmscope.sim.payload import LogTemplate, SpanTemplate, fingerprint, templates
from swarmscope.sim.run import Options, simulate
from swarmscope.sim.sender import AFTER_MAX_S, Ledger, Sender, deliver
from tests.support.otlp import Sink, partial


def test_a_load_test_counts_exactly_what_arrived(sink: Sink) -> None:
    summary = load_test(Options(duration_s=30, seed=1, url=sink.url), Load("traces", 5_120))
    assert summary.ledger.signals["traces"].sent == 5_120 == len(sink.said.spans)
    assert len({s.span_id for _, _, s, _ in sink.said.spans}) == 5_120
    assert summary.report()["requests"] == {"200": 10}


def test_what_partial_success_refuses_is_not_counted_as_sent(sink: Sink) -> None:
    sink.answer = lambda k: (200, {}, partial(12) if k == 3 else b"")
    summary = load_test(Options(duration_s=30, seed=1, url=sink.url, connections=1), Load("traces", 2_560))
    counts = summary.ledger.signals["traces"]
    assert (counts.sent, counts.rejected) == (2_548, 12)
    assert summary.report()["messages"] == {"too old": 1}


def test_overload_is_waited_out_as_told_and_then_everything_arrives(sink: Sink) -> None:
    sink.answer = lambda k: (429, {"retry-after": "0.2"}, b"journal full") if k in (1, 2) else (200, {}, b"")
    summary = load_test(Options(duration_s=30, seed=1, url=sink.url, connections=1), Load("traces", 2_048))
    assert summary.ledger.statuses == {200: 4, 429: 2}
    assert summary.ledger.signals["traces"].sent == 2_048 == len(sink.said.spans)
    assert summary.seconds > 0.4


def test_overload_of_grpc_says_how_long_to_wait() -> None:
    detail = Any()
    detail.Pack(RetryInfo(retry_delay=Duration(seconds=1, nanos=500_000_000)))
    status = Status(code=8, message="journal full", details=[detail]).SerializeToString()

    def export(_: bytes, context: grpc.ServicerContext) -> bytes:
        context.set_trailing_metadata((("grpc-status-details-bin", status),))
        context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "journal full")
        return b""

    handler = grpc.method_handlers_generic_handler(
        "opentelemetry.proto.collector.trace.v1.TraceService", {"Export": grpc.unary_unary_rpc_method_handler(export)}
    )
    server = grpc.server(ThreadPoolExecutor(1), handlers=[handler])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        outcome = connect(f"grpc://127.0.0.1:{port}").send("traces", b"")
    finally:
        server.stop(None)
    assert (outcome.status, outcome.retry, outcome.after_s) == (1008, True, 1.5)


def test_what_can_never_be_accepted_is_refused_once_and_not_tried_again(sink: Sink) -> None:
    sink.answer = lambda k: (400, {}, b"bad") if k == 0 else (200, {}, b"")
    summary = load_test(Options(duration_s=30, seed=1, url=sink.url, connections=1), Load("traces", 1_024))
    counts = summary.ledger.signals["traces"]
    assert (counts.sent, counts.refused) == (512, 512)


def test_a_load_test_keeps_to_its_rate(sink: Sink) -> None:
    most = 5_120  # a busy machine sends fewer within the time; it is the items that end it elsewhere
    summary = load_test(Options(duration_s=60, seed=1, url=sink.url), Load("logs", 5_120, rate_max=most))
    assert summary.ledger.signals["logs"].sent == 5_120
    assert summary.seconds >= (5_120 - 512) / most


def test_a_simulation_sends_all_it_says(sink: Sink, tmp_path: Path) -> None:
    truth = tmp_path / "truth.jsonl"
    options = Options(60, 3, rate=10, seed=7, url=sink.url, key="secret", scenario="errors", truth=truth)
    report = simulate(options).report()
    said = sink.said
    points = sum(len(getattr(m, m.WhichOneof("data")).data_points) for _, m in said.metrics)
    assert report["items"]["traces"]["sent"] == len(said.spans) + len(said.pending) > 50
    assert report["items"]["logs"]["sent"] == len(said.logs) > 0
    assert report["items"]["metrics"]["sent"] == points > 0
    assert report["faults"] == 1 == len(truth.read_text().splitlines())
    assert all(headers["authorization"] == "Bearer secret" for _, headers, _ in sink.heard)
    assert {path for path, _, _ in sink.heard} == {"/v1/traces", "/v1/logs", "/v1/metrics"}


def test_a_full_queue_drops_and_counts(sink: Sink) -> None:
    gate = threading.Event()
    sink.answer = lambda _: (gate.wait(5), (200, {}, b""))[1]
    sender = Sender(sink.url, connections=1, queue_max_bytes=3_000_000)
    body = bytes(SpanTemplate(1).make(np.random.default_rng(1), 0, 1))
    kept = sum(sender.offer(Request("traces", body, 512)) for _ in range(30))
    gate.set()
    sender.close(20)
    counts = sender.ledger.signals["traces"]
    assert kept < 30
    assert (counts.sent, counts.dropped) == (kept * 512, (30 - kept) * 512)


def test_what_waited_too_long_is_dropped_so_that_what_is_new_gets_through(sink: Sink) -> None:
    """A queue of megabytes before a slow server would else keep a live fleet minutes behind."""
    gate = threading.Event()
    sink.answer = lambda k: (gate.wait(10), (200, {}, b""))[1] if k == 0 else (200, {}, b"")
    sender = Sender(sink.url, connections=1, age_max_s=0.5)
    body = bytes(SpanTemplate(1).make(np.random.default_rng(1), 0, 1))
    sender.offer(Request("traces", body, 512))
    time.sleep(0.1)
    for _ in range(5):
        sender.offer(Request("traces", body, 512))
    time.sleep(0.6)
    sender.offer(Request("traces", body, 512))
    gate.set()
    sender.close(20)
    counts = sender.ledger.signals["traces"]
    assert (counts.sent, counts.dropped) == (2 * 512, 5 * 512)


class Stubborn:
    """A connection whose server asks for a pause, or that breaks."""

    def __init__(self, after_s: float = 0.0, error: Exception | None = None) -> None:
        self.after_s, self.error, self.asked = after_s, error, 0

    def send(self, signal: str, body: bytes | memoryview) -> Outcome:
        self.asked += 1
        if self.error is not None and self.asked == 1:
            raise self.error
        return Outcome(429, retry=True, after_s=self.after_s) if self.error is None else Outcome(200)

    def close(self) -> None:
        pass


@pytest.mark.parametrize("after_s", [float("inf"), 1e12, 3600.0])
def test_no_server_is_waited_for_longer_than_half_a_minute(after_s: float) -> None:
    waited: list[float] = []

    class Stop(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waited.append(timeout or 0.0)
            return len(waited) == 3

    assert not deliver(Stubborn(after_s), Request("traces", b"x", 1), Ledger(), Stop())
    assert waited == [AFTER_MAX_S] * 3


def test_what_is_refused_for_too_long_is_given_up() -> None:
    ledger = Ledger()
    request = Request("traces", b"x", 7)
    assert not deliver(Stubborn(0.01), request, ledger, threading.Event(), time.monotonic() + 0.1)
    assert ledger.signals["traces"].dropped == 7


def test_a_defect_ends_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("swarmscope.sim.sender.connect", lambda *_: Stubborn(error=RuntimeError("broken")))
    sender = Sender("http://unheard", connections=1)
    for _ in range(3):
        sender.offer(Request("traces", b"x", 5))
    sender.close(10)
    counts = sender.ledger.signals["traces"]
    assert (counts.sent, counts.dropped) == (10, 5)
    assert sender.ledger.messages == {"RuntimeError: broken": 1}


def test_nothing_that_gets_through_is_told_once_with_the_reason(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "TELL_S", 0.5)
    sink.answer = lambda k: (429, {"retry-after": "0.1"}, b"journal full") if k in range(1, 30) else (200, {}, b"")
    told: list[str] = []
    simulate(Options(40, 6, rate=10, seed=7, url=sink.url, connections=1), tell=told.append)
    assert len(told) == 2
    assert told[0].endswith("journal full") and "again" in told[1]


def test_who_waits_for_a_server_can_be_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "TELL_S", 0.3)
    told: list[str] = []
    begun = time.monotonic()
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unheard.getsockname()[1]}"
        options = Options(5, 60, url=url, wait_s=float("inf"))
        summary = simulate(options, lambda t, _: t == 0 and time.monotonic() > begun + 1, told.append)
    assert summary.ledger.signals["traces"].sent == 0
    assert len(told) == 1 and told[0].startswith("waiting for the server")


def test_a_fleet_whose_machine_slept_goes_on_from_now(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock that paces it stands still meanwhile; what it says after that is stamped with the time of day."""
    slept, real = 3600 * 10**9, time.time_ns
    asleep = threading.Event()
    monkeypatch.setattr(time, "time_ns", lambda: real() + (slept if asleep.is_set() else 0))

    def watch(t: float, _: Ledger) -> bool:
        if t >= 2:
            asleep.set()
        return False

    begun, second = real(), 10**9
    simulate(Options(60, 6, rate=20, seed=7, url=sink.url), watch)
    ended = real()
    ends = sorted(s.end_time_unix_nano for _, _, s, _ in sink.said.spans)
    assert begun < ends[0] < ended and begun + slept < ends[-1] < ended + slept + second
    assert not [e for e in ends if ended + second < e < begun + slept]


def test_a_clock_that_is_put_forward_leaves_what_was(sink: Sink) -> None:
    clock = Clock(1000)
    clock.skip(2.0, 500)
    clock.skip(4.0, -200)
    assert [clock.ns(t) for t in (0.0, 2e-9, 2.0, 3.0, 4.0, 5.0)] == [
        1000, 1002, 2_000_001_000, 3_000_001_500, 4_000_001_500, 5_000_001_300,
    ]  # fmt: skip


def test_what_was_never_answered_is_dropped_not_sent() -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        sender = Sender(f"http://127.0.0.1:{unheard.getsockname()[1]}", connections=1)
        sender.offer(Request("traces", b"x", 5))
        sender.close(0.3)
    counts = sender.ledger.signals["traces"]
    assert (counts.sent, counts.dropped) == (0, 5)


def test_nobody_at_the_address_is_said_with_the_remedy() -> None:
    with socket.socket() as unheard, pytest.raises(ConfigError, match="swarmscope up"):
        unheard.bind(("127.0.0.1", 0))
        simulate(Options(5, 1, url=f"http://127.0.0.1:{unheard.getsockname()[1]}"))


@pytest.mark.parametrize("url", ["", "host:4318", "ftp://host", "http://"])
def test_a_wrong_address_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(ConfigError, match="http://host:4318"):
        connect(url)


def test_ready_made_spans_are_whole_trees_with_fresh_ids() -> None:
    template, rng = SpanTemplate(3), np.random.default_rng(1)
    first, second = (ExportTraceServiceRequest.FromString(bytes(template.make(rng, 10**18, 10**6))) for _ in range(2))
    spans = first.resource_spans[0].scope_spans[0].spans
    ids = {s.span_id: s for s in spans}
    assert len(spans) == len(ids) == 512
    assert len({s.trace_id for s in spans}) == 64
    assert all(ids[s.parent_span_id].trace_id == s.trace_id for s in spans if s.parent_span_id)
    assert all(10**18 <= s.start_time_unix_nano < s.end_time_unix_nano for s in spans)
    assert all(len(s.attributes) == 12 for s in spans)
    assert all(len({a.key for a in s.attributes}) == 12 for s in spans)
    assert not ids.keys() & {s.span_id for s in second.resource_spans[0].scope_spans[0].spans}


def test_ready_made_logs_decode() -> None:
    made = ExportLogsServiceRequest.FromString(bytes(LogTemplate(3).make(np.random.default_rng(1), 10**18, 1000)))
    records = made.resource_logs[0].scope_logs[0].log_records
    assert len(records) == 512
    assert [r.time_unix_nano for r in records] == [10**18 + 1000 * i for i in range(512)]
    assert all(len(r.body.string_value) == 140 and len(r.attributes) == 8 for r in records)


def test_the_fingerprint_names_the_payload() -> None:
    assert fingerprint(templates("traces", 1)) == fingerprint(templates("traces", 1))
    assert fingerprint(templates("traces", 1)) != fingerprint(templates("traces", 2))
    with pytest.raises(ValueError, match="traces, logs"):
        templates("smoke", 1)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("60", 60),
        ("90s", 90),
        ("15m", 900),
        ("2h", 7200),
        ("1h30m", 5400),
        ("3d", 259_200),
        ("250ms", 0.25),
        (" 1.5H ", 5400),
    ],
)
def test_durations_as_people_type_them(text: str, seconds: float) -> None:
    assert seconds_of(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "soon", "5x", "-3", "m", "1h30"[:-1] + "q"])
def test_a_wrong_duration_names_what_is_accepted(text: str) -> None:
    with pytest.raises(ValueError, match="90s, 15m"):
        seconds_of(text)


@given(st.binary(max_size=60))
def test_any_acknowledgement_can_be_read(content: bytes) -> None:
    rejected, message = partial_success(content)
    assert isinstance(rejected, int) and isinstance(message, str)
