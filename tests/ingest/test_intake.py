"""The queue: groups, answers, limits, failures."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import Future
from typing import Any

import msgspec
import pyarrow as pa
import pytest
import structlog
import structlog.testing
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from swarmscope.config import Config
from swarmscope.errors import DecodeError, InputError, JournalError, LimitError, OverloadError
from swarmscope.ingest import pipeline as pipelines
from swarmscope.ingest.intake import Intake
from swarmscope.model.batch import Batch
from swarmscope.model.tables import AGENT_EVENTS
from tests.ingest.conftest import SpanOf, told, trace_request

WAIT_S = 60


class Log:
    """A journal in memory that holds batches back until told."""

    def __init__(self, held: bool = False) -> None:
        self.batches: list[Batch] = []
        self.futures: list[Future[None]] = []
        self.refuse: Exception | None = None
        self.fail: Exception | None = None
        self._held = held
        self.arrived = threading.Semaphore(0)

    def submit(self, batch: Batch) -> Future[None]:
        if self.refuse:
            raise self.refuse
        future: Future[None] = Future()
        self.batches.append(batch)
        self.futures.append(future)
        if self.fail:
            future.set_exception(self.fail)
        elif not self._held:
            future.set_result(None)
        self.arrived.release()
        return future

    def rows(self, table: str) -> int:
        return sum(b.tables[table].num_rows for b in self.batches if table in b.tables)


def config(**ingest: Any) -> Config:
    base = Config()
    return msgspec.structs.replace(base, ingest=msgspec.structs.replace(base.ingest, **ingest), epoch=4)


def body(spans: int = 1, text: str = "x") -> bytes:
    given = [SpanOf({"a": text, "input.value": text * 40}, span_id=(i + 1).to_bytes(8, "big")) for i in range(spans)]
    return trace_request(given, time.time_ns())


def open_intake(journal: Log, **ingest: Any) -> Intake:
    return Intake(config(**ingest), journal, lambda tenant: tenant.encode().ljust(16, b"."))


def hold(intake: Intake) -> tuple[threading.Event, threading.Event]:
    """The worker waits with the spans that it takes until the first is set; the second says that it has some."""
    gate, busy = threading.Event(), threading.Event()
    pipeline = intake._pipelines[0]
    run = pipeline.spans

    def spans(*arguments: Any) -> Any:
        busy.set()
        gate.wait(WAIT_S)
        return run(*arguments)

    pipeline.spans = spans  # type: ignore[method-assign] # holds the worker
    return gate, busy


def test_a_request_is_answered_when_it_is_durable_and_not_before() -> None:
    journal = Log(held=True)
    intake = open_intake(journal)
    answer = intake.submit("traces", body(3), "t")
    assert journal.arrived.acquire(timeout=WAIT_S)
    assert not answer.done()
    journal.futures[0].set_result(None)
    assert answer.result(WAIT_S).accepted == 3
    assert (journal.batches[0].epoch, journal.batches[0].lane) == (4, "live")
    intake.close()


def test_requests_that_wait_share_one_batch_and_keep_their_tenants() -> None:
    journal = Log()
    intake = open_intake(journal)
    gate, busy = hold(intake)
    first = intake.submit("traces", body(), "t")
    assert busy.wait(WAIT_S)
    answers = [intake.submit("traces", body(n), tenant) for n, tenant in ((1, "a"), (2, "b"), (3, "a"))]
    backfill = intake.submit("traces", body(), "a", lane="backfill")
    gate.set()
    assert [a.result(WAIT_S).accepted for a in (first, *answers, backfill)] == [1, 1, 2, 3, 1]
    assert [(b.lane, b.tables["spans"].num_rows) for b in journal.batches] == [
        ("live", 1),
        ("live", 6),
        ("backfill", 1),
    ]
    assert journal.batches[1].tables["spans"]["tenant"].to_pylist() == ["a", "b", "b", "a", "a", "a"]
    intake.close()


def test_a_poisoned_request_fails_alone() -> None:
    journal = Log()
    intake = open_intake(journal)
    bodies = [body(2), b"\xff\xff garbage", body(3), body(1)[:-3]]
    answers = [intake.submit("traces", b, "t") for b in bodies]
    assert [answers[i].result(WAIT_S).accepted for i in (0, 2)] == [2, 3]
    for i in (1, 3):
        with pytest.raises(DecodeError):
            answers[i].result(WAIT_S)
    assert journal.rows("spans") == 5
    intake.close()


def test_json_is_taken_too() -> None:
    journal = Log()
    intake = open_intake(journal)
    span = {
        "traceId": "01" * 16, "spanId": "02" * 8, "name": "n", "startTimeUnixNano": str(time.time_ns()),
        "endTimeUnixNano": str(time.time_ns()), "attributes": [{"key": "k", "value": {"intValue": "7"}}],
    }  # fmt: skip
    text = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).encode()
    good = intake.submit("traces", text, "t", "json")
    bad = intake.submit("traces", b"{", "t", "json")
    assert good.result(WAIT_S).accepted == 1
    with pytest.raises(InputError):
        bad.result(WAIT_S)
    assert dict(journal.batches[0].tables["spans"]["attributes"][0].as_py()) == {"k": "7"}
    intake.close()


def test_signals_are_not_mixed() -> None:
    journal = Log()
    intake = open_intake(journal)
    logs = ExportLogsServiceRequest()
    logs.resource_logs.add().scope_logs.add().log_records.add(time_unix_nano=time.time_ns())
    answers = [intake.submit("traces", body(), "t"), intake.submit("logs", logs.SerializeToString(), "t")]
    assert [a.result(WAIT_S).accepted for a in answers] == [1, 1]
    assert (journal.rows("spans"), journal.rows("logs")) == (1, 1)
    intake.close()


def test_a_full_queue_tells_senders_to_retry() -> None:
    journal = Log()
    intake = open_intake(journal, memory_max_bytes=300)
    gate, busy = hold(intake)
    first = intake.submit("traces", body(), "t")
    assert busy.wait(WAIT_S)
    waiting = [intake.submit("traces", body(), "t")]
    with pytest.raises(OverloadError, match=r"ingest\.memory_max_bytes") as caught:
        while True:
            waiting.append(intake.submit("traces", body(), "t"))
    assert caught.value.retry_after_s > 0
    gate.set()
    assert all(f.result(WAIT_S).accepted == 1 for f in (first, *waiting))
    assert intake.queued_bytes == 0
    intake.close()


def test_a_body_beyond_the_limit_is_refused() -> None:
    intake = open_intake(Log(), message_max_bytes=64)
    with pytest.raises(LimitError, match="at most 64"):
        intake.submit("traces", bytes(65), "t")
    intake.close()


@pytest.mark.parametrize("at_once", [True, False])
def test_a_journal_that_fails_fails_the_senders_and_the_text_is_sent_again(at_once: bool) -> None:
    journal = Log()
    intake = open_intake(journal)
    if at_once:
        journal.refuse = OverloadError("full", 3.0)
    else:
        journal.fail = JournalError("disk")
    with pytest.raises((OverloadError, JournalError)):
        intake.submit("traces", body(), "t").result(WAIT_S)
    journal.refuse = journal.fail = None
    journal.batches.clear()
    assert intake.submit("traces", body(), "t").result(WAIT_S).accepted == 1
    assert (journal.rows("messages"), journal.rows("resources")) == (1, 1)
    assert intake.submit("traces", body(), "t").result(WAIT_S).accepted == 1
    assert (journal.rows("messages"), journal.rows("resources")) == (1, 1)
    intake.forget_messages()
    assert intake.submit("traces", body(), "t").result(WAIT_S).accepted == 1
    assert journal.rows("messages") == 2
    intake.close()


def test_a_defect_in_the_pipeline_costs_one_group_not_the_worker() -> None:
    journal = Log()
    intake = open_intake(journal)
    run = intake._pipelines[0].spans

    def broken(*args: Any) -> pipelines.Result:
        intake._pipelines[0].spans = run  # type: ignore[method-assign]  # broken once
        raise ZeroDivisionError

    intake._pipelines[0].spans = broken  # type: ignore[method-assign]  # broken once
    with pytest.raises(OverloadError, match="could not be processed"):
        intake.submit("traces", body(), "t").result(WAIT_S)
    assert intake.submit("traces", body(), "t").result(WAIT_S).accepted == 1
    intake.close()


def test_given_a_full_journal_when_requests_are_refused_then_none_is_logged_as_a_defect() -> None:
    journal = Log()
    intake = open_intake(journal)
    journal.refuse = OverloadError("full", 3.0)
    with structlog.testing.capture_logs() as lines:
        for _ in range(3):
            with pytest.raises(OverloadError, match="full"):
                intake.submit("traces", body(), "t").result(WAIT_S)
    intake.close()
    assert lines == []


def test_spans_per_second_are_limited_by_tenant() -> None:
    intake = open_intake(Log(), spans_per_s_max=10)
    assert intake.submit("traces", body(30), "a").result(WAIT_S).accepted == 30
    with pytest.raises(OverloadError, match=r"spans_per_s_max"):
        intake.submit("traces", body(), "a")
    assert intake.submit("traces", body(), "b").result(WAIT_S).accepted == 1
    intake.close()


def test_what_is_queued_is_decoded_before_closing() -> None:
    journal = Log()
    intake = open_intake(journal)
    answers = [intake.submit("traces", body(2), "t") for _ in range(20)]
    intake.close()
    assert sum(a.result(0).accepted for a in answers) == 40
    with pytest.raises(OverloadError, match="stopping"):
        intake.submit("traces", body(), "t")


def test_tables_of_the_rest_api_go_to_the_journal_as_they_are() -> None:
    journal = Log()
    intake = open_intake(journal)
    table = AGENT_EVENTS.empty_table()
    assert intake.submit_tables({"agent_events": table}, "t").result(WAIT_S).accepted == 0
    assert journal.batches[0].tables == {"agent_events": table}
    with pytest.raises(InputError, match="'agent_events' of tenant 't'"):
        intake.submit_tables({"agent_events": pa.table({"a": [1]})}, "t")
    intake.close()


def test_tables_of_the_rest_api_lose_their_secrets() -> None:
    journal = Log()
    intake = open_intake(journal)
    row = {field.name: None for field in AGENT_EVENTS} | {
        "tenant": "t", "received_at": 1, "time": 1, "agent": "a", "event": "register", "name": "bob@example.org",
        "kind": "llm", "model": "", "version": "", "status": "mail bob@example.org",
        "capabilities": ["bob@example.org"], "labels": [("owner", "bob@example.org"), ("k", "v")],
    }  # fmt: skip
    other = row | {"name": "Ada", "status": "", "capabilities": [], "labels": []}
    table = pa.Table.from_pylist([row, other, row], schema=AGENT_EVENTS).slice(1)
    assert intake.submit_tables({"agent_events": table}, "t").result(WAIT_S).accepted == 2
    stored = journal.batches[0].tables["agent_events"]
    stored.validate(full=True)
    assert "bob@" not in str(told(stored))
    marker = "[redacted:email]"
    first, second = told(stored)
    assert (first["name"], first["agent"], first["capabilities"], first["labels"]) == ("Ada", "a", [], [])
    assert (second["name"], second["status"]) == (marker, f"mail {marker}")
    assert (second["capabilities"], dict(second["labels"])) == ([marker], {"owner": marker, "k": "v"})
    intake.close()


def test_many_senders_at_once_lose_nothing() -> None:
    journal = Log()
    intake = open_intake(journal, workers=2)
    totals: list[int] = []

    def send() -> None:
        totals.append(sum(intake.submit("traces", body(3, "y"), "t").result(WAIT_S).accepted for _ in range(15)))

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    intake.close()
    assert sum(totals) == journal.rows("spans") == 6 * 15 * 3
