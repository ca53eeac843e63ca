"""Workflows, tasks, messages, conflicts, waits; training and pipelines; across processes."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from otlp_sink import OtlpSink, attributes, eventually

from swarmscope_sdk import AgentMonitor, PipelineRun, Telemetry, TrainingRun, extract, inject
from swarmscope_sdk import scope as scopes
from swarmscope_sdk.work import Workflow


def found(sink: OtlpSink, name: str) -> dict[str, Any]:
    return attributes(sink.received.span(name).attributes)


def test_a_workflow_with_tasks_conflict_and_wait(sink: OtlpSink, telemetry: Telemetry) -> None:
    with AgentMonitor("lead", telemetry=telemetry) as lead, lead.workflow("release", "wf-1") as workflow:
        with lead.task("review", "t-1", kind="code") as task:
            task.complete(quality=0.75, lines=12)
        with pytest.raises(ZeroDivisionError), lead.task("divide"):
            _ = 1 / 0
        conflict = lead.conflict("merge", ["lead", "dev"], "c-1").start()
        conflict.resolve("vote", rounds=2)
        conflict.resolve("again")
        with lead.dependency("dev", "d-1") as wait:
            wait.resolve()
        with lead.conflict("budget", ["lead"]) as lost:
            lost.resolve("none", success=False)
    assert workflow.id == "wf-1"
    telemetry.flush()
    assert found(sink, "task review") == {
        "swarmscope.operation": "task",
        "swarmscope.task.id": "t-1",
        "swarmscope.task.name": "review",
        "swarmscope.task.kind": "code",
        "swarmscope.task.status": "success",
        "swarmscope.task.quality": 0.75,
        "lines": 12,
        "swarmscope.workflow.id": "wf-1",
        "gen_ai.agent.id": "lead",
    }
    assert found(sink, "task divide")["swarmscope.task.status"] == "failure"
    assert found(sink, "task divide")["error.type"] == "ZeroDivisionError"
    merge = found(sink, "conflict merge")
    assert merge["swarmscope.conflict.agents"] == ["lead", "dev"]
    assert (merge["swarmscope.conflict.resolution"], merge["swarmscope.conflict.resolved"]) == ("vote", True)
    assert merge["rounds"] == 2
    assert found(sink, "conflict budget")["swarmscope.conflict.resolved"] is False
    assert found(sink, "wait dev")["swarmscope.dependency.resolved"] is True
    root = sink.received.span("workflow release")
    assert {s.parent_span_id for s in sink.received.spans() if s is not root} == {root.span_id}
    assert len({s.trace_id for s in sink.received.spans()}) == 1


def test_a_message_reaches_an_agent_in_another_process(sink: OtlpSink, telemetry: Telemetry) -> None:
    child = """
import json, os, sys
from swarmscope_sdk import AgentMonitor, Settings, configure, extract
telemetry = configure(Settings(metrics_interval_s=1000), url=os.environ["SINK"], service="other process")
headers = json.loads(sys.stdin.read())
with AgentMonitor("worker"), extract(headers) as _, AgentMonitor("worker") as agent:
    with agent.track_request():
        pass
assert telemetry.flush()
"""
    with (
        AgentMonitor("lead", session="s-9", telemetry=telemetry) as lead,
        lead.workflow("w", "wf-9"),
        lead.message("worker", "delegate", size_bytes=10) as message,
    ):
        done = subprocess.run(
            [sys.executable, "-c", child],
            input=json.dumps(dict(message.headers)),
            env={**os.environ, "SINK": sink.url},
            text=True,
            check=False,
        )
    assert done.returncode == 0
    telemetry.flush()
    sent, got = sink.received.span("delegate worker"), sink.received.span("invoke_agent worker")
    assert got.trace_id == sent.trace_id and got.parent_span_id == sent.span_id
    assert got.flags & 0x300 == 0x300, "its parent is remote"
    received = attributes(got.attributes)
    assert received["gen_ai.agent.id"] == "worker"
    assert (received["gen_ai.conversation.id"], received["swarmscope.workflow.id"]) == ("s-9", "wf-9")
    assert found(sink, "delegate worker")["swarmscope.peer.agent"] == "worker"
    assert sent.kind == 4


@given(st.dictionaries(st.sampled_from(["traceparent", "TraceParent", "baggage", "x"]), st.text(max_size=80)))
def test_headers_from_strangers_never_fail(headers: Mapping[str, str]) -> None:
    before = scopes.current()
    with extract(headers):
        assert scopes.current() is not None
        inject({})
    assert scopes.current() is before


def test_inject_outside_of_everything_writes_nothing() -> None:
    assert inject() == {}


@pytest.mark.parametrize("pending_after_s", [0.05, 0.0])
def test_long_work_is_visible_before_it_ends(
    sink: OtlpSink, make: Callable[..., Telemetry], pending_after_s: float
) -> None:
    telemetry = make(pending_after_s=pending_after_s, flush_interval_s=0.04)
    agent = AgentMonitor("a", telemetry=telemetry)
    with agent.task("quick"):
        pass
    with agent.task("slow") as slow:
        slow.set("step", 1)
        if pending_after_s:
            [span] = eventually(lambda: sink.received.spans(pending=True), "the announcement")
            assert span.name == "task slow"
            assert span.end_time_unix_nano == span.start_time_unix_nano
            assert attributes(span.attributes)["gen_ai.agent.id"] == "a"
            assert attributes(span.attributes)["step"] == 1
        else:
            time.sleep(0.3)
    telemetry.flush()
    assert len(sink.received.spans(pending=True)) == (1 if pending_after_s else 0), "announced once at most"
    ended = sink.received.span("task slow")
    assert "swarmscope.pending" not in attributes(ended.attributes)
    assert ended.end_time_unix_nano > ended.start_time_unix_nano
    if pending_after_s:
        assert ended.span_id == sink.received.spans(pending=True)[0].span_id


def test_a_span_that_never_ends_is_announced_and_then_forgotten(sink: OtlpSink, make: Callable[..., Telemetry]) -> None:
    telemetry = make(pending_after_s=0.03, flush_interval_s=0.02)
    span = telemetry.tracer.start_span("leaked")
    eventually(lambda: sink.received.spans(pending=True), "the announcement")
    telemetry.tracer.start_span("gone before anybody looked")
    del span
    time.sleep(0.2)
    assert [s.name for s in sink.received.spans(pending=True)] == ["leaked"]


def test_a_training_population(sink: OtlpSink, telemetry: Telemetry) -> None:
    run = TrainingRun("pop-1", size=2, algorithm="pbt", telemetry=telemetry)
    for number in range(2):
        with run.generation(number) as generation:
            for member in ("m0", "m1"):
                with generation.trial(member, {"lr": 0.1, "layers": 3}, agent=f"agent-{member}") as trial:
                    trial.score(number + (member == "m1") * 0.5)
    with run.migration("agent-m0", "node-1", "node-2"), run.checkpoint("s3://bucket/1", size_bytes=10):
        pass
    assert run.throughput(1000, 0.5, device_memory_bytes=500, job="fft") == 2000
    run.gpu(0, 0.9, 40, memory_total_bytes=80, temperature_c=65, node="node-1")
    run.network("agent-m0", sent_bytes=5, received_bytes=7)
    run.target("agent-m0", 0.8, name="reward")
    assert run.best_score == 1.5
    telemetry.flush()
    trials = [attributes(s.attributes) for s in sink.received.spans() if s.name == "trial m1"]
    assert trials[1] == {
        "swarmscope.operation": "trial",
        "swarmscope.population.id": "pop-1",
        "swarmscope.population.generation": 1,
        "swarmscope.population.trial": "m1",
        "swarmscope.population.hyperparameter.lr": 0.1,
        "swarmscope.population.hyperparameter.layers": 3,
        "swarmscope.population.score": 1.5,
        "gen_ai.agent.id": "agent-m1",
    }
    moved = found(sink, "migration agent-m0")
    assert (moved["swarmscope.migration.from"], moved["swarmscope.migration.to"]) == ("node-1", "node-2")
    assert found(sink, "checkpoint")["swarmscope.checkpoint.size_bytes"] == 10
    assert found(sink, "checkpoint")["gen_ai.agent.id"] == "agent-m0", "inside the migration"
    population = ("swarmscope.population.id", "pop-1")
    agent = ("gen_ai.agent.id", "agent-m0")
    values = sink.received.values
    assert values("swarmscope.population.best_score") == {(population,): 1.5}
    assert values("swarmscope.throughput.samples_per_second") == {(("swarmscope.job.name", "fft"), population): 2000}
    assert values("swarmscope.throughput.efficiency") == {(("swarmscope.job.name", "fft"), population): 4}
    gpu = (("swarmscope.gpu.index", 0), ("swarmscope.node.id", "node-1"), population)
    assert values("swarmscope.gpu.memory.ratio") == {gpu: 0.5}
    assert values("swarmscope.gpu.temperature") == {gpu: 65}
    assert values("swarmscope.agent.migrations") == {(agent, population): 1}
    assert values("swarmscope.agent.network.received") == {(agent,): 7}
    assert values("swarmscope.agent.target_achievement") == {
        (agent, population, ("swarmscope.target.name", "reward")): 0.8
    }


def test_a_score_belongs_to_the_agent_of_its_trial_and_the_best_is_a_number(
    sink: OtlpSink, telemetry: Telemetry
) -> None:
    run = TrainingRun("pop", telemetry=telemetry)
    with AgentMonitor("lead", telemetry=telemetry):
        trial = run.generation(0).trial("m0", agent="learner").start()
        trial.score(float("nan"))
        best = [run.best_score]
        for value in (0.5, float("inf"), 0.25):
            trial.score(value)
        trial.complete()
    assert [*best, run.best_score] == [None, 0.5], "a member that diverged is no best"
    telemetry.flush()
    [labels] = sink.received.values("swarmscope.population.score")
    assert dict(labels)["gen_ai.agent.id"] == "learner"


def test_a_pipeline_of_13_stages(sink: OtlpSink, telemetry: Telemetry) -> None:
    stages = [f"stage-{n}" for n in range(13)]
    with pytest.raises(OSError), PipelineRun("build", stages, id="run-1", telemetry=telemetry) as run:
        for name in stages[:-1]:
            with run.stage(name) as stage:
                stage.progress(0.5)
        run.test("unit", "test_a", "passed", 0.25)
        run.test("unit", "test_b", "failed", 0.5)
        run.test("unit", "test_c", "skipped")
        with run.stage("stage-12") as stage:
            stage.progress(0.25)
            raise OSError("disk")
    telemetry.flush()
    good = found(sink, "stage stage-3")
    assert good["swarmscope.stage.cpu_s"] >= 0 and good["swarmscope.stage.memory_peak_bytes"] > 1_000_000
    assert {k: good[k] for k in good if k.startswith(("swarmscope.pipeline", "swarmscope.stage"))}.items() >= {
        "swarmscope.pipeline.id": "run-1",
        "swarmscope.pipeline.name": "build",
        "swarmscope.stage.count": 13,
        "swarmscope.stage.name": "stage-3",
        "swarmscope.stage.index": 3,
        "swarmscope.stage.progress": 1.0,
    }.items()
    failed = sink.received.span("stage stage-12")
    assert failed.status.code == 2 and attributes(failed.attributes)["swarmscope.stage.progress"] == 0.25
    assert sink.received.span("pipeline build").status.code == 2
    [progress] = sink.received.values("swarmscope.pipeline.progress").values()
    assert progress == pytest.approx(12.25 / 13)
    broken = sink.received.span("test test_b")
    assert broken.end_time_unix_nano - broken.start_time_unix_nano == 500_000_000
    assert [sink.received.span(f"test test_{x}").status.code for x in "abc"] == [1, 2, 0]
    tests = sink.received.values("swarmscope.tests")
    assert {dict(labels)["swarmscope.test.status"]: n for labels, n in tests.items()} == {
        "passed": 1,
        "failed": 1,
        "skipped": 1,
    }


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda t: PipelineRun("p", [], telemetry=t), ValueError, "stages"),
        (lambda t: PipelineRun("p", ["a", "a"], telemetry=t), ValueError, "stages"),
        (lambda t: PipelineRun("p", ["a"], telemetry=t).stage("b"), KeyError, "its stages: a"),
        (lambda t: PipelineRun("p", ["a"], telemetry=t).stage("a").start().progress(2), ValueError, "progress=2"),
        (lambda t: PipelineRun("p", "ab", telemetry=t), ValueError, "not 'ab'"),
        (lambda t: PipelineRun("p", ["a"], telemetry=t).test("s", "n", "passed", -1), ValueError, "duration_s=-1"),
        (
            lambda t: PipelineRun("p", ["a"], telemetry=t).test("s", "n", "passed", math.nan),
            ValueError,
            "duration_s=nan",
        ),
        (
            lambda t: PipelineRun("p", ["a"], telemetry=t).test("s", "n", "passed", math.inf),
            ValueError,
            "duration_s=inf",
        ),
        (lambda t: TrainingRun("p", telemetry=t).generation(-1), ValueError, "generation=-1"),
        (lambda t: TrainingRun("p", telemetry=t).throughput(1, 0), ValueError, "0 s"),
        (lambda t: TrainingRun("p", telemetry=t).gpu(0, 90, 1), ValueError, "utilisation=90"),
        (lambda t: Workflow(t, scopes.EMPTY, "w", "", {}).span, RuntimeError, "has not started"),
        (lambda t: Workflow(t, scopes.EMPTY, "w", "", {}).start().start(), RuntimeError, "started before"),
    ],
)
def test_wrong_use_is_told(
    telemetry: Telemetry, call: Callable[[Telemetry], Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        call(telemetry)
