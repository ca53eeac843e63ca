"""Agents' own ways of failing over a real store: what was planted is found and named, a calm fleet is not accused."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swarmscope.config import Plugins, States, Storage
from swarmscope.detect.agentic import silence
from swarmscope.detect.agentic.base import Agentic
from swarmscope.detect.agentic.overflow import limit_of
from swarmscope.detect.agentic.silence import STEP_S, _Heard, pauses
from swarmscope.detect.base import KIND, Question, options_at, options_of
from swarmscope.model.finding import Finding
from swarmscope.query.times import MINUTE_NS, SECOND_NS, Window
from swarmscope.query.watch import Watch
from swarmscope.registry import discover
from swarmscope.store.embedded import EmbeddedStore
from tests.query.conftest import World, make
from tests.support.stores import migrated

DETECTORS = {n: p.cls for n, p in discover(KIND, Plugins()).plugins.items() if issubclass(p.cls, Agentic)}
AGENTS, BACK_MINUTES = 60, 40
NODES = 6
LEFT = ("cut", "ended", "asked", "idle", "hangs", "died")
Row = dict[str, Any]


class Story:
    """Half an hour of a calm fleet, then two minutes in which some agents go wrong."""

    def __init__(self, world: World) -> None:
        self.world, self.rng = world, np.random.default_rng(7)
        self.now_ns = world.now_ns
        self.rows: dict[str, list[Row]] = {
            "calm": [],
            "ill": [],
            "young": [],
            "rising": [],
            "away": [],
            "left": [],
            "wordy": [],
        }
        self.seen: list[Row] = []

    def span(self, tenants: str, agent: str, ago_s: float, **more: Any) -> None:
        at = self.now_ns - round(ago_s * SECOND_NS)
        known = {
            "trace_id": self.rng.bytes(16),
            "span_id": self.rng.bytes(8),
            "duration_ns": SECOND_NS,
            "status_code": 1,
        }
        node = int(agent[-2:]) % NODES + 1 if agent[-2:].isdigit() else 0
        for tenant in tenants.split():
            self.rows[tenant].append(
                make(
                    "spans",
                    tenant=tenant,
                    agent=agent,
                    start_time=at,
                    received_at=at,
                    resource_id=node,
                    **(known | more),
                )
            )

    def chat(self, tenants: str, agent: str, ago_s: float, **more: Any) -> None:
        known = {"operation": "chat", "name": "chat", "model": "gpt-4", "input_tokens": 300, "cost_nano_usd": 2_000_000}
        tokens = {"output_tokens": int(self.rng.lognormal(5, 0.3)), "session": f"s-{agent}"}
        self.span(tenants, agent, ago_s, **(known | tokens | more))

    def tool(self, tenants: str, agent: str, ago_s: float, argument: int, **more: Any) -> None:
        known = {"operation": "execute_tool", "name": "execute_tool search", "tool": "search"}
        said = {"message_key": ["gen_ai.tool.call.arguments"], "message_hash": [argument]}
        self.span(tenants, agent, ago_s, **(known | said | more))

    def calm(self) -> None:
        for number in range(AGENTS):
            agent = f"agent-{number:02d}"
            for minute in range(BACK_MINUTES):
                for _ in range(3):
                    at = 60 * (minute + float(self.rng.random()))
                    dead = number % NODES == 1 and at < 400
                    self.chat("calm" if dead else "calm ill", agent, at)
                    failed = 2 if self.rng.random() < 0.02 else 1
                    argument = int(self.rng.integers(1 << 30)) + 1
                    self.tool("calm" if dead else "calm ill", agent, at, argument, status_code=failed)

    def ill(self) -> None:
        for i in range(20):
            self.tool("ill", "looper", 5 + 5 * i, 77)
            self.tool("ill", "livelocked", 5 + 5 * i, 500 + i % 2)
            self.tool("ill", "stormer", 5 + i, 88, status_code=2, tool="browser")
            self.chat("ill", "agent-02", 5 + 5 * i, output_tokens=9_000, cost_nano_usd=500_000_000)
        trace = self.rng.bytes(16)
        for i in range(6):
            for one, other in (("agent-08", "agent-09"), ("agent-09", "agent-08")):
                self.span("ill", one, 100 - 10 * i, name="ask", peer_agent=other, trace_id=trace)
        for i in range(40):
            agent = f"agent-{i:02d}"
            if i % NODES != 1:
                self.tool("ill", agent, 30 + i, 10_000 + i, tool="sql", status_code=2)
                refused = {"gen_ai.response.finish_reasons": '["content_filter"]'}
                self.chat("ill", agent, 40 + i, attributes=refused)
        for i in range(8):
            self.chat("ill", "agent-14", 100 - 12 * i, input_tokens=3_000 + 620 * i, session="long")

    def busier(self) -> None:
        """Fleets whose agents all spend more in the last two minutes: one that began four minutes ago, one of long standing."""
        for number in range(AGENTS):
            agent = f"agent-{number:02d}"
            for minute in range(BACK_MINUTES):
                tokens = int(self.rng.lognormal(8 if minute < 2 else 5, 0.3))
                most = 100 if agent == "agent-05" and minute < 2 else 1
                at = 60 * (minute + float(self.rng.random()))
                self.chat("rising", agent, at, output_tokens=tokens * most)
                if minute < 4:
                    self.chat("young", agent, at, output_tokens=tokens)

    def away(self) -> None:
        """A fleet that nobody heard for three minutes; half of it spoke since, and one had stopped long before."""
        for number in range(12):
            for minute in range(4, BACK_MINUTES):
                if number > 0 or minute >= 16:
                    self.chat("away", f"agent-{number:02d}", 60 * (minute + float(self.rng.random())))
            for second in range(number, 40, 6):
                if number % 2 and second:
                    self.chat("away", f"agent-{number:02d}", second)

    def wordy(self) -> None:
        """An agent that writes seven times as much a call, and makes a third of the calls for that."""
        for number in range(AGENTS):
            agent = f"agent-{number:02d}"
            for minute in range(2 if number == 3 else 0, BACK_MINUTES):
                for _ in range(4):
                    self.chat("wordy", agent, 60 * (minute + float(self.rng.random())), cost_nano_usd=0)
        for at in (20, 60, 100):
            self.chat("wordy", "agent-03", at, output_tokens=1_100, cost_nano_usd=0)

    def left(self) -> None:
        """A fleet that works in turns of a model call and a tool each; some of it stopped ten minutes ago, each in its way."""
        for number, agent in enumerate([*(f"agent-{n:02d}" for n in range(12)), *LEFT]):
            for minute in range(0 if number < 12 else 10, BACK_MINUTES):
                turn, at = self.rng.bytes(8), 60 * (minute + float(self.rng.random()))
                trace = self.rng.bytes(16)
                if agent != "cut" or minute > 10:
                    self.span("left", agent, at + 3, trace_id=trace, span_id=turn, operation="invoke_agent")
                inside = {"trace_id": trace, "parent_span_id": turn}
                self.chat("left", agent, at + 2, **inside)
                self.tool("left", agent, at, minute, **inside)
                if agent == "asked" and minute == 10:  # by another, who never ended
                    self.rows["left"][-3]["parent_span_id"] = self.rng.bytes(8)

    def fill(self) -> None:
        self.left()
        self.wordy()
        self.calm()
        self.ill()
        self.busier()
        self.away()
        for tenant in ("calm", "ill"):
            for node in range(1, NODES + 1):
                attributes = {"host.name": f"node-{node}"}
                known = {"received_at": self.now_ns, "resource_id": node, "attributes": attributes, "service": "s"}
                self.world.add("resources", make("resources", tenant=tenant, **known))
            self.world.add("spans", *self.rows[tenant])
        for tenant in ("young", "rising", "away", "left", "wordy"):
            self.world.add("spans", *self.rows[tenant])
        for agent, ago_s in (("idle", 5), ("hangs", 5), ("died", 605)):
            at = self.now_ns - ago_s * SECOND_NS
            beat = {"tenant": "left", "received_at": at, "time": at, "agent": agent, "event": "heartbeat"}
            self.world.add("agent_events", make("agent_events", **beat))
        at = self.now_ns - 9 * MINUTE_NS
        known = {"tenant": "left", "name": "execute_tool search", "start_time": at, "received_at": at, "agent": "hangs"}
        self.world.add("spans_pending", make("spans_pending", span_id=b"pending3", trace_id=b"v" * 16, **known))
        at = self.now_ns - 10 * MINUTE_NS
        known = {"tenant": "ill", "name": "execute_tool search", "start_time": at, "received_at": at, "agent": "stuck"}
        self.world.add("spans_pending", make("spans_pending", span_id=b"pending1", trace_id=b"t" * 16, **known))
        for number, (agent, ago_s) in enumerate(
            (("agent-02", 250), ("hung", 900))
        ):  # the one just before nobody was heard
            at = self.now_ns - ago_s * SECOND_NS
            begun = known | {"tenant": "away", "agent": agent, "start_time": at, "received_at": at}
            ids = {"span_id": b"pending%d" % (4 + number), "trace_id": b"wx"[number : number + 1] * 16}
            self.world.add("spans_pending", make("spans_pending", **ids, **begun))
        busy = known | {"agent": "agent-20", "name": "invoke_agent"}
        self.world.add("spans_pending", make("spans_pending", span_id=b"pending2", trace_id=b"u" * 16, **busy))


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    store = EmbeddedStore(migrated(tmp_path_factory.mktemp("agentic") / "store"), Storage(readers=2))
    told = Story(World(store, time.time_ns() // MINUTE_NS * MINUTE_NS))  # what counts as a minute is the same each time
    told.fill()
    yield told
    store.close()


def found(story: Story, name: str, tenant: str, beats: str = "", **options: Any) -> list[Finding]:
    """beats: an agent that just sent a heartbeat."""
    reads = story.world.reader(tenant)
    cls = DETECTORS[name]
    made = cls(options_at(cls, given=options))
    end_ns = story.now_ns + len(story.rows["ill"])  # a look of its own after each change
    within = Window(end_ns - round(cls.window_s * SECOND_NS), end_ns)
    view = Watch(reads, States()).refresh(story.now_ns)
    if beats:
        view.evidence.last_heartbeat[view.agent.index(beats)] = story.now_ns - 30 * SECOND_NS
    return list(made.judge(Question(tenant, reads, within, None, False, view)))


@pytest.mark.parametrize("name", sorted(DETECTORS))
def test_given_a_calm_fleet_then_nobody_is_accused(story: Story, name: str) -> None:
    assert [f.title for f in found(story, name, "calm")] == []


@pytest.mark.parametrize("name", sorted(DETECTORS))
def test_given_a_tenant_without_anything_then_there_is_nothing_to_say(story: Story, name: str) -> None:
    assert found(story, name, "nobody") == []


def test_loops_livelocks_and_ping_pong_are_told_apart_and_retries_are_none(story: Story) -> None:
    told = {(f.kind, f.subject) for f in found(story, "loop", "ill")}
    assert told == {("loop", "looper"), ("livelock", "livelocked"), ("ping_pong", "agent-08 ↔ agent-09")}
    loop = next(f for f in found(story, "loop", "ill") if f.kind == "loop")
    assert loop.observed == 20 and loop.evidence[0][0] == "trace" and loop.confidence > 0.999


@pytest.mark.parametrize("name", ["loop", "retry_storm", "runaway"])
def test_what_is_counted_in_a_measure_of_its_own_is_about_no_signal(story: Story, name: str) -> None:
    told = found(story, name, "ill")
    assert told and {f.signal for f in told} == {""}  # no series of an agent holds calls, retries, what a minute costs


def test_given_many_attempts_of_a_failing_call_then_it_is_a_storm(story: Story) -> None:
    (storm,) = found(story, "retry_storm", "ill")
    assert (storm.kind, storm.subject, storm.features[0][0]) == ("retry_storm", "stormer", "browser")


def test_given_five_agents_that_storm_one_tool_then_the_tool_is_named(story: Story) -> None:
    for k in range(5):
        for i in range(15):
            story.tool("ill", f"storm-{k}", 3 + i, 900 + k, status_code=2, tool="ledger")
    story.world.add("spans", *story.rows["ill"][-75:])
    shared = [f for f in found(story, "retry_storm", "ill") if f.kind == "shared_retry_storm"]
    assert [(f.subject, len(f.participants)) for f in shared] == [("ledger", 5)]


def test_given_a_step_that_never_ends_then_it_is_wedged_and_who_works_on_is_busy(story: Story) -> None:
    (wedged,) = found(story, "wedged", "ill")
    assert wedged.subject == "stuck" and wedged.observed == pytest.approx(600, abs=10)
    assert wedged.upper <= 5  # 99 of 100 searches end within seconds


def test_given_a_node_whose_agents_are_all_silent_then_the_node_is_found(story: Story) -> None:
    told = found(story, "silence", "ill")
    assert [(f.kind, f.subject) for f in told] == [("dead_node", "node-2")]
    assert len(told[0].participants) == AGENTS // NODES and told[0].severity == "critical"
    assert told[0].explanation.startswith("No agent of node-2 did anything for ")


def test_given_a_heartbeat_of_a_silent_node_then_it_is_not_dead(story: Story) -> None:
    (dead,) = found(story, "silence", "ill")
    told = found(story, "silence", "ill", beats=dead.participants[0])
    assert "dead_node" not in {f.kind for f in told}
    assert {f.subject for f in told} <= set(dead.participants), "each is judged by itself"


def test_given_a_time_in_which_nobody_was_heard_then_it_is_nobodys_silence(story: Story) -> None:
    (told,) = found(story, "silence", "away")
    assert told.subject == "agent-00"
    assert "Nothing for 16 min" in told.explanation  # it was away all the time, whatever of it counts


def test_given_a_time_in_which_nobody_was_heard_then_it_is_no_part_of_a_steps_age(story: Story) -> None:
    assert [f.subject for f in found(story, "wedged", "away")] == ["hung"]


@pytest.mark.parametrize(
    ("agent", "severity", "why"),
    [
        ("cut", "high", "Its last trace breaks off"),
        ("hangs", "high", "execute_tool search began and never ended. Its process sends heartbeats: it hangs"),
        ("died", "high", "Its heartbeats ceased too"),
        ("ended", "medium", "No step of it is known to be open. It sends no heartbeats"),
        ("asked", "medium", "No step of it is known to be open"),
        ("idle", "low", "No step of it is known to be open. Its process sends heartbeats."),
    ],
)
def test_a_silence_is_as_grave_as_the_work_that_stopped(story: Story, agent: str, severity: str, why: str) -> None:
    told = {f.subject: f for f in found(story, "silence", "left")}
    assert set(told) == set(LEFT)
    assert told[agent].severity == severity and why in told[agent].explanation


@pytest.mark.parametrize(
    ("heard_s", "paused"),
    [
        ([*range(0, 600, 10), *range(900, 1200, 10)], [(600, 900)]),
        ([*range(1000, 1200, 10)], [(0, 1000)]),  # for how long before nobody knows
        ([*range(0, 600, 10), *range(660, 1200, 10)], []),  # a minute is nothing
        ([0, 210, 400, 610, 820, 1020], []),  # it is seldom heard
        ([*range(0, 900, 10)], []),  # it is away now
        ([], []),
    ],
)
def test_a_pause_is_longer_than_chance(heard_s: list[int], paused: list[tuple[int, int]]) -> None:
    begin = 1_700_000_000
    steps = (np.array(heard_s, np.int64) + begin) * SECOND_NS
    told = pauses(steps, Window(begin * SECOND_NS, (begin + 1200) * SECOND_NS))
    assert told == [((begin + a) * SECOND_NS if a else 0, (begin + b) * SECOND_NS) for a, b in paused]


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(1, 40), st.lists(st.integers(0, 17), max_size=6)), min_size=1, max_size=60))
def test_what_is_kept_of_who_was_heard_is_what_the_whole_hour_tells(looks: list[tuple[int, list[int]]]) -> None:
    """looks: so many ten seconds after the one before, with what came meanwhile, of so many ten seconds ago (< 3 min)."""
    step_ns, end = STEP_S * SECOND_NS, 170_000_000
    there: set[int] = set()
    read: list[Window] = []

    def steps_of(_: Any, within: Window) -> np.ndarray[Any, Any]:
        read.append(within)
        inside = sorted(s for s in there if within.start_ns <= s * step_ns < within.end_ns)
        return np.array(inside, np.int64) * step_ns

    kept = _Heard()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(silence, "heard_steps", steps_of)
        for later, ago in looks:
            there |= {end - a for a in ago}
            end += later
            window = Window((end - 360) * step_ns, end * step_ns)
            kept.look(None, window)  # type: ignore[arg-type] # nothing is asked but by `steps_of`
            assert kept.steps.tolist() == [s * step_ns for s in sorted(there) if end - 360 <= s < end]
            assert kept.pauses == pauses(kept.steps, window)
        kept.look(None, Window(window.start_ns - step_ns, window.end_ns - step_ns))  # type: ignore[arg-type] # as above
        assert read[-1].length_ns == 3600 * SECOND_NS  # a look back knows nothing of what was before
    assert sum(w.length_ns == 3600 * SECOND_NS for w in read) <= 3 + sum(later for later, _ in looks) // 60


def test_given_spending_of_many_times_the_usual_then_it_runs_away(story: Story) -> None:
    told = {f.subject: f for f in found(story, "runaway", "ill")}
    assert set(told) == {"agent-02", "agent-14"}  # whose prompts grow
    assert told["agent-14"].kind == "token_runaway"
    assert told["agent-02"].kind == "cost_runaway" and "hour costs" in told["agent-02"].explanation


def test_given_a_fleet_of_which_all_spend_more_then_only_who_stands_out_runs_away(story: Story) -> None:
    assert found(story, "runaway", "young") == []  # nothing is usual yet
    assert {f.subject for f in found(story, "runaway", "rising")} == {"agent-05"}


def test_given_an_agent_that_writes_much_more_a_call_then_it_runs_away_though_its_minutes_hardly_grow(
    story: Story,
) -> None:
    (told,) = found(story, "runaway", "wordy")
    assert (told.kind, told.subject, told.signal, told.observed) == (
        "token_runaway",
        "agent-03",
        "output_tokens",
        1_100,
    )
    assert (
        "output tokens per call" in told.title and "1,100 tokens a call over the last two minutes" in told.explanation
    )


def test_given_failures_and_refusals_of_many_agents_then_tool_and_model_are_found(story: Story) -> None:
    told = {(f.kind, f.subject) for f in found(story, "surge", "ill")}
    assert ("tool_error_surge", "sql") in told and ("refusal_surge", "gpt-4") in told
    shares = [
        f
        for f in found(story, "surge", "ill")
        if f.kind in ("tool_error_surge", "refusal_surge") and f.subject != "logs"
    ]
    assert {f.signal for f in shares} == {"tool_error_ratio", "refusal_ratio"} and all(f.observed <= 1 for f in shares)
    assert not any(kind == "model_error_surge" for kind, _ in told)


def test_given_one_agent_whose_calls_fail_then_its_model_is_not_blamed(story: Story) -> None:
    before = len(story.rows["calm"])
    for i in range(60):
        story.chat("calm", "agent-11", 5 + i, status_code=2, model="gpt-4" if i % 2 else "alone")
    story.world.add("spans", *story.rows["calm"][before:])
    assert [(f.kind, f.subject) for f in found(story, "surge", "calm")] == [("model_error_surge", "alone")]


def test_given_a_growing_prompt_then_it_is_told_before_it_is_full(story: Story) -> None:
    (filling,) = found(story, "context_overflow", "ill")
    assert (filling.kind, filling.subject, filling.upper) == ("context_filling", "agent-14", 8192)
    assert 0 < filling.lead_ns < 120 * SECOND_NS
    assert found(story, "context_overflow", "ill", limits={"gpt-4": 1_000_000}) == []
    over = found(story, "context_overflow", "ill", limits={"gpt-4": 7_000})
    assert [f.kind for f in over] == ["context_overflow"]


@pytest.mark.parametrize(
    ("model", "limit"),
    [
        ("gpt-4o-mini-2024-07-18", 128_000),
        ("openai/gpt-4-0613", 8_192),
        ("claude-3-5-sonnet", 200_000),
        ("own-model", 0),
    ],
)
def test_limits_of_models_are_known_by_name(model: str, limit: int) -> None:
    assert limit_of(model) == limit


@pytest.mark.parametrize("name", sorted(DETECTORS))
def test_options_have_a_meaning_and_docstrings_an_example_and_a_source(name: str) -> None:
    cls = DETECTORS[name]
    assert all(o.about for o in options_of(cls))
    assert f"[plugins.options.detector.{name}]" in (cls.__doc__ or "") and "Source" in (cls.__doc__ or "")
