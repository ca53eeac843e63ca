"""The local sink: OTLP JSON lines that the platform opens later."""

from __future__ import annotations

import json
import os
import resource
import threading
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import ParseDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.trace import TracerProvider

from swarmscope_sdk import AgentMonitor, Settings, Telemetry
from swarmscope_sdk.sink import FileSink


def to_file(path: Path, **options: Any) -> Telemetry:
    return Telemetry(
        Settings(file=str(path), flush_interval_s=3600.0, **options),
        TracerProvider(shutdown_on_exit=False),
        MeterProvider(shutdown_on_exit=False),
    )


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_each_line_is_one_otlp_json_object_with_hex_ids(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "agent.jsonl"
    telemetry = to_file(path)
    with AgentMonitor("ä", telemetry=telemetry) as agent, agent.task("t") as task:
        agent.gauge("g", 1.5)
        agent.log("línea")
        task.set("traceId", "mine")
        trace_id = task.trace_id
    assert telemetry.shutdown()
    kinds = {next(iter(line)): line for line in lines(path)}
    assert sorted(kinds) == ["resourceLogs", "resourceMetrics", "resourceSpans"]
    span = kinds["resourceSpans"]["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    assert span["traceId"] == trace_id and len(span["spanId"]) == 16
    assert span["kind"] == 1, "enums are numbers"
    assert int(span["startTimeUnixNano"]) > 0
    values = {a["key"]: a["value"] for a in span["attributes"]}
    assert values["traceId"] == {"stringValue": "mine"}, "user data is left alone"
    assert values["gen_ai.agent.id"] == {"stringValue": "ä"}
    records = kinds["resourceLogs"]["resourceLogs"][0]["scopeLogs"][0]["logRecords"]
    assert {r["body"]["stringValue"] for r in records} == {"register", "línea", "stop"}
    logged = next(r for r in records if r["body"]["stringValue"] == "línea")
    assert logged["traceId"] == trace_id and logged["spanId"] == span["spanId"]


def test_the_lines_read_back_as_protobuf(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    telemetry = to_file(path)
    with AgentMonitor("a", telemetry=telemetry) as agent, agent.task("t"):
        agent.histogram("h", 3)
    telemetry.shutdown()
    kinds: dict[str, type[Any]] = {
        "resourceSpans": ExportTraceServiceRequest,
        "resourceLogs": ExportLogsServiceRequest,
        "resourceMetrics": ExportMetricsServiceRequest,
    }
    for line in lines(path):
        [key] = line
        ParseDict(line, kinds[key]())


def test_runs_append_and_the_size_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    for _ in range(2):
        telemetry = to_file(path)
        AgentMonitor("a", telemetry=telemetry).log("x")
        telemetry.shutdown()
    assert sum("resourceLogs" in line for line in lines(path)) == 2
    telemetry = to_file(path, file_max_bytes=20_000)
    for _ in range(40):
        AgentMonitor("a", telemetry=telemetry).log("x" * 1000)
        telemetry.flush()
    telemetry.shutdown()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.jsonl", "a.jsonl.1"]
    assert all(p.stat().st_size <= 20_000 for p in tmp_path.iterdir())
    assert lines(path) and lines(tmp_path / "a.jsonl.1"), "both are whole"


@pytest.mark.skipif(os.name != "posix", reason="needs a file that cannot be a folder")
def test_a_file_that_cannot_be_written_is_retried_and_never_fails_the_agent(tmp_path: Path) -> None:
    blocked = tmp_path / "not-a-folder"
    blocked.write_text("", encoding="utf-8")
    telemetry = to_file(blocked / "a.jsonl", shutdown_timeout_s=0.1)
    AgentMonitor("a", telemetry=telemetry).log("x")
    assert not telemetry.flush(0.1)
    blocked.unlink()
    assert telemetry.flush(1)
    assert telemetry.shutdown()
    assert len(lines(blocked / "a.jsonl")) >= 1


@pytest.mark.skipif(os.name != "posix", reason="files are not locked elsewhere")
def test_two_processes_that_find_the_file_full_rename_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, real = tmp_path / "a.jsonl", Path.replace
    path.write_bytes(b"x" * 99 + b"\n")
    first, second = FileSink(str(path), 120), FileSink(str(path), 120)
    other = threading.Thread(target=lambda: second.send("logs", b"y" * 29 + b"\n", 1, 1.0))

    def slow(self: Path, target: Any) -> Any:
        if not other.ident:
            other.start()
            other.join(0.3)  # it does all that it can meanwhile
        return real(self, target)

    monkeypatch.setattr(Path, "replace", slow)
    assert first.send("logs", b"z" * 29 + b"\n", 1, 1.0).done
    other.join()
    assert (tmp_path / "a.jsonl.1").read_bytes() == b"x" * 99 + b"\n"
    assert sorted(path.read_bytes().split()) == [b"y" * 29, b"z" * 29]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning")
def test_a_child_that_is_forked_during_a_write_writes_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writing, go_on, real = threading.Event(), threading.Event(), Path.open

    def slow(self: Path, *args: Any, **kwargs: Any) -> Any:
        writing.set()
        assert go_on.wait(30)
        return real(self, *args, **kwargs)

    telemetry = to_file(tmp_path / "a.jsonl")
    telemetry.log("of the parent")
    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", slow)
        flushing = threading.Thread(target=telemetry.flush)
        flushing.start()
        assert writing.wait(30)
        child = os.fork()
        if child == 0:
            patched.undo()
            threading.Timer(10, os._exit, [2]).start()
            telemetry.log("of the child")
            os._exit(0 if telemetry.flush(5) else 1)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        go_on.set()
        flushing.join()
    assert code == 0, "1: not written, 2: it hangs"
    assert telemetry.shutdown()


def test_a_line_that_the_disk_takes_in_part_is_kept_and_written_whole_later(tmp_path: Path) -> None:
    path, limit = tmp_path / "a.jsonl", resource.getrlimit(resource.RLIMIT_FSIZE)
    telemetry = to_file(path)
    try:
        telemetry.log("x" * 500)
        assert telemetry.flush()
        whole = path.read_bytes()
        resource.setrlimit(
            resource.RLIMIT_FSIZE, (len(whole) + 100, limit[1])
        )  # a write is cut there, as on a full disk
        telemetry.log("y" * 500)
        assert not telemetry.flush(1)
        assert path.read_bytes() == whole
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert telemetry.shutdown()
    said = [r["body"]["stringValue"] for line in lines(path) if "resourceLogs" in line
            for r in line["resourceLogs"][0]["scopeLogs"][0]["logRecords"]]  # fmt: skip
    assert said == ["x" * 500, "y" * 500] and telemetry.stats().dropped == {}
