"""What the buffer promises: nothing waits, nothing grows, nothing is lost silently; platform away and back; forks; threads."""

from __future__ import annotations

import gc
import logging
import os
import socket
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceResponse,
)
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.trace import TracerProvider
from otlp_sink import OtlpSink, attributes, eventually, running

from swarmscope_sdk import AgentMonitor, Settings, Telemetry
from swarmscope_sdk.backlog import Backlog, Payload
from swarmscope_sdk.sink import Signal

Make = Callable[..., Telemetry]


def spans(telemetry: Telemetry, count: int, **extra: Any) -> None:
    for i in range(count):
        with telemetry.tracer.start_as_current_span("s", attributes={"i": i, **extra}):
            pass


def test_a_light_load_is_sent_soon_without_a_flush(sink: OtlpSink, make: Make) -> None:
    telemetry = make(flush_interval_s=30.0)
    spans(telemetry, 1)
    eventually(lambda: len(sink.received.spans()) == 1, "the span, long before 30 s", within_s=5)


def test_a_full_batch_is_sent_at_once_and_in_requests_of_a_batch(sink: OtlpSink, make: Make) -> None:
    telemetry = make(flush_interval_s=3600.0, batch_max_items=50)
    spans(telemetry, 225)
    telemetry.flush()
    sizes = [
        sum(len(s.spans) for r in m.resource_spans for s in r.scope_spans) for m in sink.received.messages("/v1/traces")
    ]
    assert sum(sizes) == 225 and max(sizes) <= 50
    assert [attributes(s.attributes)["i"] for s in sink.received.spans()] == list(range(225)), "in order"


def test_large_spans_make_small_requests(sink: OtlpSink, make: Make) -> None:
    telemetry = make(flush_interval_s=3600.0, batch_max_bytes=100_000)
    spans(telemetry, 20, text="x" * 30_000)
    telemetry.flush()
    assert len(sink.received.spans()) == 20
    assert max(m.ByteSize() for m in sink.received.messages("/v1/traces")) < 200_000


def test_the_platform_is_away_and_comes_back(sink: OtlpSink, make: Make, caplog: pytest.LogCaptureFixture) -> None:
    telemetry = make(flush_interval_s=0.05)
    spans(telemetry, 10)
    assert telemetry.flush()
    sink.stop()
    with AgentMonitor("a", telemetry=telemetry):
        spans(telemetry, 30)
    assert not telemetry.flush(0.5)
    eventually(lambda: telemetry.stats().backlog_bytes > 0, "the backlog")
    assert telemetry.stats().sent["traces"] == 10
    sink.start()
    eventually(lambda: len(sink.received.spans()) == 40, "all spans after it is back")
    eventually(lambda: sink.received.events("stop"), "the log records too")
    assert telemetry.stats().dropped == {}
    warnings = [r for r in caplog.records if r.name == "swarmscope_sdk"]
    assert len(warnings) == 1, "said once, not once per attempt"
    assert "cannot send" in warnings[0].message


def test_away_for_long_drops_the_oldest_counts_them_and_reports_the_count(sink: OtlpSink, make: Make) -> None:
    telemetry = make(flush_interval_s=3600.0, backlog_max_bytes=20_000, queue_max_items=50)
    sink.stop()
    for _ in range(60):
        spans(telemetry, 50, noise=os.urandom(200).hex())
        telemetry.flush(0.0)
    stats = telemetry.stats()
    assert stats.backlog_bytes <= 20_000
    assert stats.dropped["traces", "backlog_full"] > 0
    sink.start()
    assert telemetry.flush()
    lost = sum(count for (signal, _), count in telemetry.stats().dropped.items() if signal == "traces")
    assert len(sink.received.spans()) + lost == 3000
    telemetry.flush()
    reported = sink.received.values("swarmscope.sdk.dropped_items")
    assert (
        reported[(("reason", "backlog_full"), ("signal", "traces"))]
        == telemetry.stats().dropped["traces", "backlog_full"]
    )


def test_a_full_queue_drops_the_newest_and_counts(make: Make) -> None:
    telemetry = make(otlp_url="http://127.0.0.1:9", flush_interval_s=3600.0, batch_max_items=1000, queue_max_items=100)
    spans(telemetry, 250)
    assert telemetry.stats().dropped == {("traces", "queue_full"): 150}
    assert telemetry.stats().queued_items == 100


@pytest.mark.parametrize("status", [429, 503])
def test_asked_to_retry_later_it_waits_and_loses_nothing(sink: OtlpSink, make: Make, status: int) -> None:
    telemetry = make(flush_interval_s=0.02)
    refused_at: list[float] = []

    def busy_once(path: str) -> tuple[int, dict[str, str], bytes]:
        if path == "/v1/traces" and not refused_at:
            refused_at.append(time.monotonic())
            return status, {"retry-after": "1"}, b"busy"
        return 200, {}, b""

    sink.answer = busy_once
    spans(telemetry, 3)
    eventually(lambda: len(sink.received.spans()) == 3, "the spans at last")
    assert time.monotonic() - refused_at[0] >= 0.9
    assert telemetry.stats().dropped == {}


def test_a_signal_that_cannot_be_taken_does_not_hold_up_the_others(sink: OtlpSink, make: Make) -> None:
    telemetry = make(flush_interval_s=3600.0)
    sink.answer = lambda path: (503 if path == "/v1/traces" else 200, {}, b"")
    spans(telemetry, 3)
    telemetry.log("x")
    assert not telemetry.flush()
    assert [r.body.string_value for r in sink.received.logs()] == ["x"]
    assert telemetry.stats().sent.get("traces", 0) == 0
    sink.answer = lambda path: (200, {}, b"")
    assert telemetry.flush()
    assert len(sink.received.spans()) == 3


def test_a_value_that_cannot_be_encoded_costs_nobody_else(sink: OtlpSink, telemetry: Telemetry) -> None:
    class Odd:
        def __str__(self) -> str:
            raise RuntimeError("no text")

    for value in (1, Odd(), 3):
        telemetry.log("x", attributes={"v": value})
    assert telemetry.flush()
    assert [attributes(r.attributes)["v"] for r in sink.received.logs()] == [1, 3]
    assert telemetry.stats().dropped == {("logs", "unencodable"): 1}


def test_a_metric_that_cannot_be_encoded_costs_nobody_else(sink: OtlpSink) -> None:
    meters = MeterProvider(shutdown_on_exit=False)
    options = Settings(otlp_url=sink.url, metrics_interval_s=1000.0)
    telemetry = Telemetry(options, TracerProvider(shutdown_on_exit=False), meters)
    theirs = meters.get_meter("some library")
    for name, value in (("before", 1), ("too large for OTLP", 2**64), ("after", 3)):
        theirs.create_gauge(name.replace(" ", "_")).set(value)
    telemetry.log("said")
    assert telemetry.flush()
    assert [sink.received.values(name) for name in ("before", "after")] == [{(): 1}, {(): 3}]
    assert telemetry.stats().dropped == {("metrics", "unencodable"): 1}
    assert [r.body.string_value for r in sink.received.logs()] == ["said"]
    assert telemetry.shutdown()


def test_what_a_record_holds_counts_whatever_its_kind(make: Make) -> None:
    telemetry = make(flush_interval_s=3600.0, queue_max_bytes=100_000)
    for value in (b"x" * 60_000, {"k": "x" * 60_000}, {"x" * 60_000: 1}):
        telemetry.log("large", attributes={"v": value})
    assert telemetry.stats().dropped == {("logs", "queue_full"): 2}


def test_what_is_lost_at_the_end_is_told_without_holding_up_a_handler(make: Make) -> None:
    telemetry = make(otlp_url="http://127.0.0.1:9", flush_interval_s=3600.0, shutdown_timeout_s=0.1)
    telemetry.log("stays")
    told = threading.Event()

    class Handler(logging.NullHandler):
        held = threading.RLock()

        def createLock(self) -> None:  # noqa: N802 – the name of `logging`
            self.lock = self.held

        def handle(self, record: logging.LogRecord) -> bool:
            if "before the end" not in record.getMessage():
                return False
            told.set()
            with self.held:
                return True

    handler, logger = Handler(), logging.getLogger("swarmscope_sdk")

    def log_as_a_handler_does() -> None:
        with handler.held:
            closing.start()
            assert told.wait(10)
            telemetry.log("late")

    closing = threading.Thread(target=telemetry.shutdown, daemon=True)
    logging_ = threading.Thread(target=log_as_a_handler_does, daemon=True)
    logger.addHandler(handler)
    try:
        logging_.start()
        logging_.join(10)
        assert not logging_.is_alive(), "it waits for the lock that the end holds, while the end waits for the handler"
        closing.join(10)
        assert telemetry.stats().dropped["logs", "closed"] == 2
    finally:
        logger.removeHandler(handler)


sizes = st.lists(st.tuples(st.sampled_from(["traces", "logs", "metrics"]), st.integers(0, 40)), max_size=40)


@given(sizes)
def test_the_backlog_keeps_its_bound_and_loses_only_what_it_says(pushed: list[tuple[Signal, int]]) -> None:
    backlog = Backlog(100)
    lost = 0
    for signal, size in pushed:
        lost += sum(p.items for p in backlog.push(Payload(signal, b"x" * size, 1)))
        assert backlog.nbytes <= 100
    kept = backlog.items().total()
    assert kept + lost == len(pushed)
    drained = [backlog.pop(signal) for signal in backlog.order for _ in range(backlog.items()[signal])]
    assert len(drained) == kept and not backlog and backlog.nbytes == 0


def test_what_can_never_be_accepted_is_dropped_and_counted(sink: OtlpSink, telemetry: Telemetry) -> None:
    sink.answer = lambda path: (400, {}, b"no")
    spans(telemetry, 4)
    telemetry.flush()
    sink.answer = lambda path: (200, {}, b"")
    assert telemetry.flush()
    assert sink.received.spans() == []
    assert telemetry.stats().dropped["traces", "refused"] == 4


def test_partial_success_is_counted(sink: OtlpSink, telemetry: Telemetry) -> None:
    partial = ExportTraceServiceResponse(
        partial_success=ExportTracePartialSuccess(rejected_spans=2, error_message="too old")
    ).SerializeToString()
    sink.answer = lambda path: (200, {}, partial if path == "/v1/traces" else b"")
    spans(telemetry, 5)
    telemetry.flush()
    assert telemetry.stats().dropped == {("traces", "refused"): 2}


@pytest.mark.parametrize("answer", [b"\xff\xff\xff", b"<html>"])
def test_an_unreadable_receipt_is_a_receipt(sink: OtlpSink, telemetry: Telemetry, answer: bytes) -> None:
    sink.answer = lambda path: (200, {}, answer)
    spans(telemetry, 2)
    assert telemetry.flush()
    assert telemetry.stats().dropped == {}


@pytest.mark.parametrize("says", [b"", b"garbage\r\n\r\n", b"HTTP/1.1 2"])
def test_a_server_that_speaks_no_http_costs_nothing_but_a_retry(make: Make, says: bytes) -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                connection.sendall(says)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    telemetry = make(otlp_url=f"http://127.0.0.1:{listener.getsockname()[1]}", flush_interval_s=3600.0)
    spans(telemetry, 1)
    assert not telemetry.flush(2)
    assert telemetry.stats().backlog_bytes > 0
    listener.close()


def test_a_platform_that_never_answers_holds_up_nobody(make: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        telemetry = make(otlp_url=f"http://127.0.0.1:{silent.getsockname()[1]}", timeout_s=0.3, shutdown_timeout_s=0.5)
        spans(telemetry, 5)
        assert not telemetry.flush(0.4)
        assert telemetry.shutdown() is False
        assert telemetry.stats().dropped["traces", "closed"] == 5


def test_after_the_shutdown_nothing_is_kept_and_nothing_fails(sink: OtlpSink, telemetry: Telemetry) -> None:
    agent = AgentMonitor("a", telemetry=telemetry).start()
    assert telemetry.shutdown() and telemetry.shutdown()
    spans(telemetry, 3)
    agent.log("late")
    agent.stop()
    assert telemetry.flush()
    assert telemetry.stats().queued_items == 0
    assert telemetry.stats().dropped == {("traces", "closed"): 3, ("logs", "closed"): 2}


def test_many_threads_lose_and_double_nothing(sink: OtlpSink, make: Make) -> None:
    telemetry = make(flush_interval_s=0.02, batch_max_items=64)

    def work(number: int) -> None:
        with AgentMonitor(f"t{number}", telemetry=telemetry):
            spans(telemetry, 200, thread=number)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    telemetry.flush()
    seen = [attributes(s.attributes) for s in sink.received.spans()]
    assert sorted((a["thread"], a["i"]) for a in seen) == [(t, i) for t in range(8) for i in range(200)]
    assert all(a["gen_ai.agent.id"] == f"t{a['thread']}" for a in seen)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning")
def test_a_forked_child_reports_its_own_and_only_its_own(sink: OtlpSink, make: Make) -> None:
    telemetry = make(flush_interval_s=3600.0, heartbeat_s=3600.0)
    with AgentMonitor("parent", telemetry=telemetry):
        with telemetry.tracer.start_as_current_span("before the fork"):
            pass
        child = os.fork()
        if child == 0:
            with telemetry.tracer.start_as_current_span("in the child"):
                pass
            telemetry.log("from the child")
            os._exit(0 if telemetry.flush(5) else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        telemetry.flush()
    assert sorted(s.name for s in sink.received.spans()) == ["before the fork", "in the child"]
    resources = {
        scope.spans[0].name: attributes(resource.resource.attributes)
        for message in sink.received.messages("/v1/traces")
        for resource in message.resource_spans
        for scope in resource.scope_spans
    }
    assert resources["in the child"] != resources["before the fork"], "a process of its own"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning")
def test_the_thread_of_a_forked_child_works(sink: OtlpSink, make: Make) -> None:
    telemetry = make(flush_interval_s=0.05)
    child = os.fork()
    if child == 0:
        with telemetry.tracer.start_as_current_span("sent by the child's own thread"):
            pass
        deadline = time.monotonic() + 5
        while telemetry.stats().sent.get("traces", 0) < 1 and time.monotonic() < deadline:
            time.sleep(0.02)
        os._exit(0 if telemetry.stats().sent == {"traces": 1} else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert [s.name for s in sink.received.spans()] == ["sent by the child's own thread"]


PROGRAM = """
import multiprocessing
import sys
from swarmscope_sdk import Settings, configure, monitored

def work():
    with monitored("in the child"):
        pass

if __name__ == "__main__":
    configure(Settings(file=sys.argv[1], flush_interval_s=3600.0))
    child = multiprocessing.get_context(sys.argv[2]).Process(target=work)
    child.start()
    child.join()
    sys.exit(child.exitcode)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_child_of_multiprocessing_sends_what_it_has_at_its_end(tmp_path: Path) -> None:
    program, file = tmp_path / "program.py", tmp_path / "out.jsonl"
    program.write_text(PROGRAM, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, program, file, "fork"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert file.read_text(encoding="utf-8").count('"in the child"') == 1


def test_a_span_that_ends_in_a_finaliser_does_not_deadlock(sink: OtlpSink, telemetry: Telemetry) -> None:
    ended = []

    class Holder:
        def __init__(self) -> None:
            self.span = telemetry.tracer.start_span("held")
            self.me = self

        def __del__(self) -> None:
            self.span.end()
            ended.append(1)

    threshold = gc.get_threshold()
    gc.set_threshold(1, 1, 1)  # collects in the middle of everything
    try:
        for _ in range(200):
            Holder()
            spans(telemetry, 1)
    finally:
        gc.set_threshold(*threshold)
    until = time.monotonic() + 30
    while len(ended) < 200 and time.monotonic() < until:
        gc.collect()  # does nothing while another thread collects
        time.sleep(0.01)
    assert telemetry.flush(), telemetry.stats()
    assert len(sink.received.spans()) == 400, telemetry.stats()


def test_memory_does_not_grow_with_the_number_of_spans(make: Make) -> None:
    telemetry = make(flush_interval_s=0.02)

    def round_of_work() -> None:
        for number in range(20):
            with AgentMonitor(f"a{number}", telemetry=telemetry) as agent, agent.workflow("w"), agent.task("t") as task:
                spans(telemetry, 50)
                agent.update_metrics(response_time=1.0)
                task.complete(quality=0.5)
        telemetry.flush()

    def clear() -> None:
        gc.collect()

    for _ in range(3):
        round_of_work()
    clear()
    tracemalloc.start(1)
    before = tracemalloc.take_snapshot()
    for _ in range(5):
        round_of_work()
    clear()
    after = tracemalloc.take_snapshot()
    tracemalloc.stop()
    own = [d for d in after.compare_to(before, "filename") if "swarmscope_sdk" in d.traceback[0].filename]
    grown = sum(d.size_diff for d in own)
    assert grown < 20_000, f"grew by {grown} bytes over 5,500 spans"


def test_an_open_trace_costs_under_a_kibibyte_besides_the_span_itself() -> None:
    def cost(provider: TracerProvider) -> float:
        tracer = provider.get_tracer("t")
        gc.collect()
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        held = [tracer.start_span("open") for _ in range(5_000)]
        used = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        for span in held:
            span.end()
        return used / len(held)

    bare = cost(TracerProvider(shutdown_on_exit=False))
    listened = TracerProvider(shutdown_on_exit=False)
    telemetry = Telemetry(
        Settings(otlp_url="http://127.0.0.1:9", shutdown_timeout_s=0.0),
        listened,
        MeterProvider(shutdown_on_exit=False),
    )
    with AgentMonitor("a", telemetry=telemetry):
        ours = cost(listened)
    telemetry.shutdown()
    assert ours - bare < 1024, f"{ours - bare:.0f} bytes"


texts = st.text(st.characters(codec=None), max_size=40)
values = st.one_of(
    texts, st.integers(), st.floats(), st.booleans(), st.binary(max_size=20), st.lists(texts, max_size=3), st.none()
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(texts, st.dictionaries(texts, values, max_size=4)), min_size=1, max_size=5))
def test_whatever_the_names_and_values_it_arrives_as_valid_otlp(items: list[tuple[str, dict[str, Any]]]) -> None:
    for sink in running():
        telemetry = Telemetry(
            Settings(otlp_url=sink.url, flush_interval_s=3600.0),
            TracerProvider(shutdown_on_exit=False),
            MeterProvider(shutdown_on_exit=False),
        )
        for name, extra in items:
            telemetry.log(name, attributes=extra)
            with telemetry.tracer.start_as_current_span(name, attributes=extra):
                pass
        assert telemetry.shutdown()
        assert len(sink.received.spans()) == len(sink.received.logs()) == len(items)
        for record, (name, extra) in zip(sink.received.logs(), items, strict=True):
            assert record.body.string_value == name.encode("utf-8", "replace").decode()
            assert len(record.attributes) == len(extra)


def test_it_needs_nothing_of_the_platform() -> None:
    """The SDK is installed without the server."""
    import subprocess

    code = "import sys, swarmscope_sdk, swarmscope_sdk.compat; sys.exit('swarmscope' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_comes_during_the_last_flush_is_sent(sink: OtlpSink, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    telemetry = make(flush_interval_s=3600.0)
    drain, late = telemetry.buffer._drain, [1]

    def drain_while_a_span_ends(deadline: float) -> bool:
        sent = drain(deadline)
        if late:
            spans(telemetry, late.pop())
        return sent

    monkeypatch.setattr(telemetry.buffer, "_drain", drain_while_a_span_ends)
    spans(telemetry, 2)
    assert telemetry.shutdown()
    assert len(sink.received.spans()) == 3 and telemetry.stats().dropped == {}


@pytest.mark.parametrize("at", ["encode", "send"])
def test_what_is_under_way_when_the_time_to_close_is_over_is_counted_once(
    sink: OtlpSink, make: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, at: str
) -> None:
    telemetry = make(flush_interval_s=3600.0, batch_max_items=4, shutdown_timeout_s=0.1)
    reached, go_on = threading.Event(), threading.Event()
    real = getattr(telemetry.buffer._sink, at)

    def slow(signal: Signal, *rest: Any) -> Any:
        if signal == "traces" and threading.current_thread() is telemetry.buffer._thread:
            reached.set()
            go_on.wait(10)
        return real(signal, *rest)

    monkeypatch.setattr(telemetry.buffer._sink, at, slow)
    spans(telemetry, 4)
    assert reached.wait(10)
    assert not telemetry.shutdown()
    go_on.set()
    thread = telemetry.buffer._thread
    assert thread is not None
    thread.join(10)
    stats = telemetry.stats()
    sent, lost = stats.sent.get("traces", 0), stats.dropped.get(("traces", "closed"), 0)
    assert (sent, lost) == ((0, 4) if at == "encode" else (4, 0))
    assert sent == len(sink.received.spans()) and stats.backlog_bytes == 0
    assert not [r for r in caplog.records if "sending thread failed" in r.message]


def test_announced_spans_that_vanish_make_room_for_others(sink: OtlpSink, make: Make) -> None:
    telemetry = make(flush_interval_s=3600.0, pending_after_s=0.001, pending_max=3)
    processor = telemetry._processor

    def announce(agent: str) -> Any:
        with AgentMonitor(agent, telemetry=telemetry):
            span = telemetry.tracer.start_span("long")
        time.sleep(0.002)
        processor.sweep(0.0)
        return span

    for _ in range(3):
        announce("gone")
    telemetry.flush()
    gc.collect()
    span = announce("here")
    assert len(processor._announced) == 1
    span.end()
    telemetry.flush()
    assert [attributes(s.attributes)["gen_ai.agent.id"] for s in sink.received.spans()] == ["here"]
