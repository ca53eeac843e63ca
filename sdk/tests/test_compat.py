"""Code that was written for earlier clients."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.trace import TracerProvider
from otlp_sink import OtlpSink, attributes

from swarmscope_sdk import Settings, Telemetry, compat, configure


@pytest.fixture
def process(sink: OtlpSink) -> Iterator[Telemetry]:
    telemetry = configure(
        Settings(metrics_interval_s=1000.0),
        url=sink.url,
        tracer_provider=TracerProvider(shutdown_on_exit=False),
        meter_provider=MeterProvider(shutdown_on_exit=False),
    )
    yield telemetry
    telemetry.shutdown()


async def test_the_awaited_way(sink: OtlpSink, process: Telemetry) -> None:
    async with compat.AIAgentMonitor("my_agent", "gpt-4o", "general") as monitor:
        async with monitor.track_request(input_tokens=500, context_length=2000):
            await monitor.update_metrics(output_tokens=200, own_thing=3)
        with pytest.raises(OSError):
            async with monitor.track_request():
                raise OSError("model away")
        await monitor.report_intelligence_metrics(accuracy=0.95, coherence=0.88, efficiency=0.92, adaptability=0.85)
        await monitor.interact_with_agent("other", "collaboration", strength=0.8, context="problem")
    assert await compat.quick_register_agent("agent_001", "claude", "research")
    metrics = compat.AgentMetrics(0.5, 45.0, 512 * 1024 * 1024, intelligence_metrics={"accuracy": 0.92})
    assert await compat.quick_update_metrics("agent_001", metrics)
    process.flush()
    [register, quick] = sink.received.events("register")
    assert register["swarmscope.agent.kind"] == "general" and quick["swarmscope.agent.id"] == "agent_001"
    values = {
        m.name: {dict(k)["gen_ai.agent.id"]: v for k, v in sink.received.values(m.name).items()}
        for m in sink.received.metrics()
        if m.name.startswith("swarmscope.agent.")
    }
    assert values["swarmscope.agent.success_count"]["my_agent"] == 1
    assert values["swarmscope.agent.error_count"]["my_agent"] == 1
    assert values["swarmscope.agent.input_tokens"]["my_agent"] == 500
    assert values["swarmscope.agent.output_tokens"]["my_agent"] == 200
    assert values["swarmscope.agent.own_thing"]["my_agent"] == 3
    assert values["swarmscope.agent.intelligence.accuracy"] == {"my_agent": 0.95, "agent_001": 0.92}
    assert values["swarmscope.agent.cpu_usage"] == {"agent_001": 45.0}
    requests = [s for s in sink.received.spans() if s.name == "invoke_agent my_agent"]
    assert sorted(s.status.code for s in requests) == [1, 2]
    talk = attributes(sink.received.span("collaboration other").attributes)
    assert talk["swarmscope.peer.agent"] == "other" and talk["swarmscope.message.strength"] == 0.8


def test_the_plain_way(sink: OtlpSink, process: Telemetry) -> None:
    with compat.AIAgentMonitor("a", auto_register=False):
        compat.record_counter("hits", 2, {"kind": "x"})
        compat.record_gauge("level", 0.5)
        compat.record_histogram("wait", 1.5)
    compat.report_intelligence_metrics("a", 0.1, 0.2, 0.3, 0.4)
    compat.record_agent_task("a", "review", duration=2.0, quality_score=0.9, workflow_id="wf", size=3)
    compat.record_agent_task("a", "deploy", success=False)
    compat.record_conflict_resolution("merge", ["a", "b"], "vote", duration=0.5)
    assert compat.start_workflow_monitoring("wf-1", "release", team="x") == "wf-1"
    assert compat.complete_workflow_monitoring("wf-1", success=False, cost=1.0)
    assert not compat.complete_workflow_monitoring("wf-1")
    with compat.trace_agent_operation("a", "think"), compat.trace_task_execution("a", "plan", "t-1"):
        pass
    with compat.trace_agent_communication("a", "b", "query"), compat.timed_operation("timed"):
        pass

    @compat.monitored_operation("work")
    def work() -> int:
        return 1

    assert work() == 1
    process.flush()
    assert sink.received.events("register") == [] == sink.received.events("heartbeat")
    assert sink.received.values("hits") == {(("gen_ai.agent.id", "a"), ("kind", "x")): 2}
    review = sink.received.span("task review")
    assert review.end_time_unix_nano - review.start_time_unix_nano == 2_000_000_000
    assert attributes(review.attributes) == {
        "swarmscope.operation": "task",
        "swarmscope.task.name": "review",
        "swarmscope.task.status": "success",
        "swarmscope.task.quality": 0.9,
        "swarmscope.workflow.id": "wf",
        "gen_ai.agent.id": "a",
        "size": 3,
    }
    assert sink.received.span("task deploy").status.code == 2
    assert attributes(sink.received.span("conflict merge").attributes)["swarmscope.conflict.resolved"] is True
    workflow = sink.received.span("workflow release")
    assert workflow.status.code == 2
    assert attributes(workflow.attributes)["swarmscope.workflow.id"] == "wf-1"
    assert attributes(workflow.attributes)["team"] == "x" and attributes(workflow.attributes)["cost"] == 1.0
    assert {"think", "task plan", "query b", "timed", "work"} <= {s.name for s in sink.received.spans()}


async def test_what_was_cancelled_or_failed_by_hand_is_no_success(process: Telemetry) -> None:
    monitor = compat.AIAgentMonitor("a", auto_register=False)
    with pytest.raises(asyncio.CancelledError):
        async with monitor.track_request():
            raise asyncio.CancelledError
    async with monitor.track_request() as request:
        request.fail("no answer")
    async with monitor.track_request() as request:
        request.complete(success=False)
    async with monitor.track_request() as request:
        request.complete()
    assert (monitor.current_metrics.success_count, monitor.current_metrics.error_count) == (1, 2)


def test_a_wrong_metric_is_refused_once_and_leaves_the_others_as_they_were(process: Telemetry) -> None:
    monitor = compat.AIAgentMonitor("a", auto_register=False)
    with pytest.raises(TypeError, match="output_tokens='many'"):
        monitor.update_metrics(output_tokens="many", cpu_usage=3.0)  # type: ignore[arg-type] # that is the point
    with monitor.track_request():
        pass
    assert monitor.current_metrics.output_tokens is None and monitor.current_metrics.cpu_usage is None


def test_a_workflow_started_twice_ends_the_first_as_cancelled(sink: OtlpSink, process: Telemetry) -> None:
    compat.start_workflow_monitoring("w")
    compat.start_workflow_monitoring("w")
    assert compat.complete_workflow_monitoring("w")
    process.flush()
    assert sorted(s.status.code for s in sink.received.spans()) == [0, 1]


def test_another_base_url_is_told_and_ignored(process: Telemetry, caplog: pytest.LogCaptureFixture) -> None:
    compat.quick_register_agent("a", base_url="http://elsewhere:1")
    assert "base_url='http://elsewhere:1' is ignored" in caplog.text


@pytest.mark.parametrize("score", [-0.1, 1.1, float("nan")])
def test_a_quality_outside_0_to_1_is_refused(score: float) -> None:
    with pytest.raises(ValueError, match="quality_score="):
        compat.record_agent_task("a", "t", quality_score=score)


def test_every_known_name_is_there() -> None:
    known = [
        "AIAgentMonitor",
        "quick_register_agent",
        "quick_update_metrics",
        "report_intelligence_metrics",
        "record_counter",
        "record_gauge",
        "record_histogram",
        "timed_operation",
        "monitored_operation",
        "record_agent_task",
        "record_conflict_resolution",
        "start_workflow_monitoring",
        "complete_workflow_monitoring",
        "trace_agent_operation",
        "trace_task_execution",
        "trace_agent_communication",
    ]
    assert set(known) <= set(compat.__all__)
    assert all(hasattr(compat, name) for name in compat.__all__)
