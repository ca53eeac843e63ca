"""An agent's life as the platform receives it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from otlp_sink import OtlpSink, attributes, eventually

from swarmscope_sdk import AgentMetrics, AgentMonitor, Settings, Telemetry
from swarmscope_sdk import scope as scopes


def test_an_agent_registers_beats_and_stops(sink: OtlpSink, make: Callable[..., Telemetry]) -> None:
    telemetry = make(heartbeat_s=0.05)
    with AgentMonitor(
        "a1",
        "gpt-4o",
        "llm",
        name="Planner",
        version="2",
        capabilities=["plan"],
        labels={"team": "x"},
        telemetry=telemetry,
    ):
        eventually(lambda: len(sink.received.events("heartbeat")) >= 2, "two heartbeats")
    telemetry.flush()
    assert sink.received.events("register") == [
        {
            "swarmscope.agent.id": "a1",
            "swarmscope.agent.status": "ready",
            "swarmscope.agent.name": "Planner",
            "swarmscope.agent.kind": "llm",
            "swarmscope.agent.model": "gpt-4o",
            "swarmscope.agent.version": "2",
            "swarmscope.agent.capabilities": ["plan"],
            "team": "x",
        }
    ]
    assert [e["swarmscope.agent.status"] for e in sink.received.events("stop")] == ["stopped"]
    beats = len(sink.received.events("heartbeat"))
    telemetry.flush()
    assert len(sink.received.events("heartbeat")) == beats, "no heartbeat after the stop"


def test_an_agent_that_fails_says_so_and_the_error_passes_unchanged(sink: OtlpSink, telemetry: Telemetry) -> None:
    error = KeyError("user's own")
    with pytest.raises(KeyError) as caught, AgentMonitor("a", telemetry=telemetry):
        raise error
    assert caught.value is error
    telemetry.flush()
    assert sink.received.events("stop")[0]["swarmscope.agent.status"] == "failed: KeyError"
    assert scopes.current() is None


async def test_requests_of_two_agents_in_one_loop_do_not_mix(sink: OtlpSink, telemetry: Telemetry) -> None:
    async def work(agent: str) -> None:
        async with AgentMonitor(agent, "m", telemetry=telemetry) as monitor:
            for turn in range(5):
                with monitor.session(f"{agent}-{turn}"):
                    async with monitor.track_request() as request:
                        await asyncio.sleep(0)
                        with telemetry.tracer.start_as_current_span("somebody else's span"):
                            await asyncio.sleep(0)
                        request.tokens(input=turn)

    await asyncio.gather(*(work(f"agent-{i}") for i in range(10)))
    telemetry.flush()
    spans = sink.received.spans()
    assert len(spans) == 100
    owner = {s.span_id: attributes(s.attributes) for s in spans}
    for span in spans:
        mine = attributes(span.attributes)
        assert mine["gen_ai.conversation.id"].startswith(mine["gen_ai.agent.id"])
        if span.parent_span_id:
            parent = owner[span.parent_span_id]
            assert parent["gen_ai.agent.id"] == mine["gen_ai.agent.id"]
            assert parent["gen_ai.conversation.id"] == mine["gen_ai.conversation.id"]


def test_a_request_carries_model_tokens_cost_and_time_to_first_token(sink: OtlpSink, telemetry: Telemetry) -> None:
    agent = AgentMonitor("a", "gpt-4o", telemetry=telemetry)
    with agent.track_request(operation="chat", provider="openai") as request:
        request.first_token().tokens(10, 20, cached=4, reasoning=5).cost(0.25).answered_by("gpt-4o-2024-08-06")
    telemetry.flush()
    span = sink.received.span("chat gpt-4o")
    found = attributes(span.attributes)
    assert 0 < found.pop("swarmscope.time_to_first_token") < 5
    assert found == {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.response.model": "gpt-4o-2024-08-06",
        "gen_ai.provider.name": "openai",
        "gen_ai.usage.input_tokens": 10,
        "gen_ai.usage.output_tokens": 20,
        "gen_ai.usage.cache_read.input_tokens": 4,
        "gen_ai.usage.reasoning.output_tokens": 5,
        "swarmscope.cost.usd": 0.25,
        "gen_ai.agent.id": "a",
    }
    assert span.kind == 3 and span.status.code == 1
    assert span.end_time_unix_nano >= span.start_time_unix_nano > 0


def test_metrics_of_a_dataclass_that_the_user_extended(sink: OtlpSink, telemetry: Telemetry) -> None:
    @dataclass(slots=True)
    class Trader(AgentMetrics):
        profit: float | None = None

    with AgentMonitor("a", telemetry=telemetry) as agent:
        agent.update_metrics(Trader(response_time=0.5, queue_length=3, profit=1.5), temperature=0.7)
        agent.report_intelligence(0.9, 0.8, 0.7, 0.6)
    telemetry.flush()
    values = {m.name: sink.received.values(m.name) for m in sink.received.metrics()}
    mine = (("gen_ai.agent.id", "a"),)
    assert {name: v[mine] for name, v in values.items() if name.startswith("swarmscope.agent.")} == {
        "swarmscope.agent.response_time": 0.5,
        "swarmscope.agent.queue_length": 3,
        "swarmscope.agent.profit": 1.5,
        "swarmscope.agent.temperature": 0.7,
        "swarmscope.agent.intelligence.accuracy": 0.9,
        "swarmscope.agent.intelligence.coherence": 0.8,
        "swarmscope.agent.intelligence.efficiency": 0.7,
        "swarmscope.agent.intelligence.adaptability": 0.6,
    }


@given(st.floats().filter(lambda x: not 0 <= x <= 1))
def test_a_score_outside_0_to_1_is_refused_by_name(score: float) -> None:
    agent = _unsent()
    with pytest.raises(ValueError, match="coherence="):
        agent.report_intelligence(0.5, score, 0.5, 0.5)


def _unsent() -> AgentMonitor:
    return _UNSENT


_UNSENT = AgentMonitor("a", telemetry=Telemetry(Settings(disabled=True)))


def test_counter_gauge_histogram_log_and_health_in_one_object(sink: OtlpSink, telemetry: Telemetry) -> None:
    with AgentMonitor("a", telemetry=telemetry) as agent:
        for value in (1, 2, 3):
            agent.counter("jobs", value, kind="x")
            agent.gauge("depth", value)
            agent.histogram("wait", value, unit="s")
        with agent.trace("think") as span:
            agent.log("half way", "warning", step=2)
            trace_id = span.trace_id
        agent.health("degraded", 0.4, "queue grows")
    telemetry.flush()
    assert sink.received.values("jobs") == {(("gen_ai.agent.id", "a"), ("kind", "x")): 6}
    assert sink.received.values("depth") == {(("gen_ai.agent.id", "a"),): 3}
    [wait] = [m for m in sink.received.metrics() if m.name == "wait"]
    assert wait.unit == "s" and wait.histogram.data_points[0].sum == 6
    line = next(r for r in sink.received.logs() if r.body.string_value == "half way")
    assert line.severity_number == 13 and line.trace_id.hex() == trace_id
    assert attributes(line.attributes) == {"step": 2, "gen_ai.agent.id": "a"}
    assert sink.received.events("heartbeat")[-1]["swarmscope.agent.status"] == "degraded"
    assert sink.received.values("swarmscope.agent.health") == {(("gen_ai.agent.id", "a"),): 0.4}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: AgentMonitor(""), "id"),
        (lambda: _unsent().counter("c", -1), "cannot go down"),
        (lambda: _unsent().log("x", "loud"), "level='loud'"),
        (lambda: _unsent().health("x", 2), "score=2"),
        (lambda: _unsent().task("t").start().quality(7), "quality=7"),
        (lambda: _unsent().gauge("my gauge", 1), "metric name 'my gauge'"),
        (lambda: _unsent().histogram("h", 1, unit="µs"), "unit 'µs' of metric h"),
    ],
)
def test_wrong_use_is_told_with_the_value(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("value", ["1.5", None, b"1", [1], object()])
def test_a_value_that_is_no_number_is_refused_by_name(value: Any) -> None:
    for report in (_unsent().gauge, _unsent().counter, _unsent().histogram):
        with pytest.raises(TypeError, match=r"depth=.* is no number"):
            report("depth", value)


def test_numbers_of_every_kind_become_what_a_metric_holds(sink: OtlpSink, telemetry: Telemetry) -> None:
    agent = AgentMonitor("a", telemetry=telemetry)
    for name, value in {
        "unlimited": 2**64 - 1,
        "exact": Decimal("1.5"),
        "part": Fraction(1, 4),
        "beyond": 10**400,
    }.items():
        agent.gauge(name, value)  # type: ignore[arg-type] # what programs give
    for value in (2**62, 2**62, Decimal("0.5")):
        agent.counter("sum", value)  # type: ignore[arg-type] # what programs give
    assert telemetry.flush()
    mine = (("gen_ai.agent.id", "a"),)
    found = {name: sink.received.values(name).get(mine) for name in ("unlimited", "exact", "part", "beyond", "sum")}
    assert found == {"unlimited": 2.0**64, "exact": 1.5, "part": 0.25, "beyond": None, "sum": 2.0**63}


def test_a_log_record_holds_what_was_true_when_it_was_written(sink: OtlpSink, telemetry: Telemetry) -> None:
    agent = AgentMonitor("a", telemetry=telemetry)
    plan: list[Any] = ["look", {"then": ["leap"]}]
    knot: list[Any] = []
    knot.append(knot)
    agent.log("planned", plan=plan)
    agent.log(ValueError("no text"), knot=knot)  # type: ignore[arg-type] # what programs give
    plan.append("late")
    plan[1]["then"].clear()
    telemetry.flush()
    planned, knotted = sink.received.logs()
    assert attributes(planned.attributes)["plan"] == ["look", {"then": ["leap"]}]
    assert knotted.body.string_value == "no text" and telemetry.stats().dropped == {}


def test_an_agent_that_starts_again_is_ready_again(sink: OtlpSink, telemetry: Telemetry) -> None:
    agent = AgentMonitor("a", telemetry=telemetry)
    with contextlib.suppress(OSError), agent:
        raise OSError
    assert agent.status == "failed: OSError"
    with agent:
        agent.status = "busy"
        agent.beat()
    telemetry.flush()
    told = [
        r["swarmscope.agent.status"] for kind in ("register", "heartbeat", "stop") for r in sink.received.events(kind)
    ]
    assert told == ["ready", "ready", "busy", "failed: OSError", "stopped"]


def test_a_second_monitor_of_an_agent_tells_its_session_where_none_runs(sink: OtlpSink, telemetry: Telemetry) -> None:
    with AgentMonitor("a", telemetry=telemetry) as agent:
        talk = AgentMonitor("a", session="s", telemetry=telemetry)
        with talk.task("hers"):
            pass
        with agent.session("other"), talk.task("theirs"):
            pass
    telemetry.flush()
    sessions = [attributes(s.attributes)["gen_ai.conversation.id"] for s in sink.received.spans()]
    assert sessions == ["s", "other"]


def test_a_field_that_is_no_number_is_refused() -> None:
    with pytest.raises(TypeError, match="response_time='fast'"):
        AgentMetrics(response_time="fast").values()  # type: ignore[arg-type] # that is the point


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({}, {"gen_ai.agent.id": "a", "gen_ai.agent.name": "A", "gen_ai.conversation.id": "s"}),
        ({"gen_ai.agent.name": "sub"}, {"gen_ai.agent.name": "sub", "gen_ai.conversation.id": "s"}),
        ({"agent.name": "sub"}, {"agent.name": "sub", "gen_ai.conversation.id": "s"}),
        ({"session.id": "theirs"}, {"session.id": "theirs", "gen_ai.agent.id": "a", "gen_ai.agent.name": "A"}),
    ],
)
def test_a_span_that_names_its_own_agent_or_session_keeps_it(
    sink: OtlpSink, telemetry: Telemetry, own: dict[str, str], expected: dict[str, str]
) -> None:
    with (
        AgentMonitor("a", name="A", session="s", telemetry=telemetry),
        telemetry.tracer.start_as_current_span("x", attributes=own),
    ):
        pass
    telemetry.flush()
    assert attributes(sink.received.span("x").attributes) == expected


def test_a_monitor_is_entered_once_at_a_time(telemetry: Telemetry) -> None:
    agent = AgentMonitor("a", telemetry=telemetry)
    with agent, pytest.raises(RuntimeError, match="entered already"):
        agent.__enter__()
    with agent:
        pass
    assert scopes.current() is None
