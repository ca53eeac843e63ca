"""Scenarios are read strictly, and their truth is what the data shows."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from swarmscope.errors import ConfigError
from swarmscope.sim import faults
from swarmscope.sim.behaviour import THINK_S
from swarmscope.sim.run import Options, Simulation
from tests.support.otlp import Said, lived

SECONDS = 300.0
AGENT_KEYS = ("swarmscope.agent.id", "gen_ai.agent.id", "gen_ai.agent.name", "agent.name")
Spans = list[tuple[str, Any, dict[str, Any]]]


def story(name: str, tmp_path: Path, agents: int = 120) -> tuple[Said, list[dict[str, Any]]]:
    truth = tmp_path / f"{name}.jsonl"
    said = lived(agents, SECONDS, scenario=name, truth=truth)
    return said, [json.loads(line) for line in truth.read_text().splitlines()]


def spans_of(said: Said, agents: list[str], since_ns: int, until_ns: int) -> Spans:
    """Spans that lie within the time and belong to one of `agents`."""
    wanted = set(agents)
    found = []
    for _, _, span, known in said.spans:
        agent = next((known[k] for k in AGENT_KEYS if k in known), None)
        if agent in wanted and span.start_time_unix_nano >= since_ns and span.end_time_unix_nano <= until_ns:
            found.append((str(agent), span, known))
    return found


def mean_ms(spans: Spans, names: tuple[str, ...] = ("chat", "ChatModel", "openai.chat")) -> float:
    lengths = [
        s.end_time_unix_nano - s.start_time_unix_nano
        for _, s, _ in spans
        if s.name.startswith(names) and s.status.code != 2
    ]
    return sum(lengths) / max(1, len(lengths)) / 1e6


def others(said: Said, truth: dict[str, Any]) -> list[str]:
    everyone = {next((k[x] for x in AGENT_KEYS if x in k), "") for _, _, _, k in said.spans}
    return sorted(str(a) for a in everyone - set(truth["agents"]) if a)


def test_every_shipped_scenario_says_what_it_is_about_and_reads() -> None:
    names = faults.shipped()
    assert {"mixed", "demo", "latency", "cascade", "dead-node"} <= names.keys()
    assert all(names.values())
    kinds = {f.kind for n in names for f in faults.load(n, 100)}
    assert kinds == set(faults.KINDS)


def test_slow_agents_are_slow_while_it_lasts(tmp_path: Path) -> None:
    said, (truth,) = story("latency", tmp_path)
    during = mean_ms(spans_of(said, truth["agents"], truth["start_ns"], truth["end_ns"]))
    before = mean_ms(spans_of(said, truth["agents"], 0, truth["start_ns"]))
    healthy = mean_ms(spans_of(said, others(said, truth), truth["start_ns"], truth["end_ns"]))
    assert during > 3 * before and during > 3 * healthy
    assert len(truth["agents"]) == pytest.approx(0.05 * 111, abs=1)


def test_failing_agents_fail_while_it_lasts(tmp_path: Path) -> None:
    said, (truth,) = story("errors", tmp_path)
    steps = [
        s
        for _, s, k in spans_of(said, truth["agents"], truth["start_ns"], truth["end_ns"])
        if s.kind in (1, 3) and not s.links
    ]
    healthy = [s for _, s, _ in spans_of(said, others(said, truth), truth["start_ns"], truth["end_ns"])]
    assert 0.25 < sum(s.status.code == 2 for s in steps) / len(steps) < 0.7
    assert sum(s.status.code == 2 for s in healthy) / len(healthy) < 0.1


def test_looping_agents_call_one_tool_with_the_same_arguments(tmp_path: Path) -> None:
    said, (truth,) = story("loops", tmp_path)
    calls: dict[str, Counter[bytes]] = defaultdict(Counter)
    for agent, span, _ in spans_of(said, truth["agents"], truth["start_ns"], truth["end_ns"]):
        if span.kind == 1 and not span.links and span.parent_span_id:
            calls[agent][span.trace_id] += 1
    assert set(calls) == set(truth["agents"])
    assert all(max(per_turn.values()) > 10 for per_turn in calls.values())


def test_wedged_agents_end_no_step(tmp_path: Path) -> None:
    said, (truth,) = story("wedged", tmp_path)
    begun = spans_of(said, truth["agents"], truth["start_ns"], truth["end_ns"] - 1)
    long = [
        s
        for _, _, s, k in said.spans
        if any(k.get(x) in truth["agents"] for x in AGENT_KEYS)
        and s.end_time_unix_nano - s.start_time_unix_nano > 120e9
    ]
    assert not [s for _, s, _ in begun if s.start_time_unix_nano > truth["start_ns"] + 60e9]
    assert long


def test_a_dead_node_is_silent_and_comes_back(tmp_path: Path) -> None:
    said, (truth,) = story("dead-node", tmp_path)
    dead = set(truth["nodes"])
    inside = [
        s
        for r, _, s, _ in said.spans
        if r["host.name"] in dead and truth["start_ns"] < s.end_time_unix_nano < truth["end_ns"]
    ]
    logs = [
        x
        for r, x, _ in said.logs
        if r["host.name"] in dead and truth["start_ns"] + 1e9 < x.time_unix_nano < truth["end_ns"]
    ]
    after = [s for r, _, s, _ in said.spans if r["host.name"] in dead and s.start_time_unix_nano > truth["end_ns"]]
    assert len(dead) == 1 and truth["agents"]
    assert not logs
    assert not [s for s in inside if s.start_time_unix_nano > truth["start_ns"]]
    assert after


def test_a_rollout_changes_the_version_of_its_nodes_and_what_runs_there_is_slower(tmp_path: Path) -> None:
    said, (truth,) = story("rollout", tmp_path)
    told = Counter(
        (r["service.version"], r["host.name"] in truth["nodes"], s.start_time_unix_nano > truth["start_ns"] + 1e9)
        for r, _, s, _ in said.spans
        if abs(s.end_time_unix_nano - truth["start_ns"]) > 1e9
    )
    assert {v for v, here, late in told if not here} == {"2.3.1"}
    assert {v for v, here, late in told if here and late} == {"2.4.0"}
    slow = mean_ms(spans_of(said, truth["agents"], truth["start_ns"], truth["end_ns"]))
    assert slow > 1.15 * mean_ms(spans_of(said, others(said, truth), truth["start_ns"], truth["end_ns"]))
    known = {
        x["swarmscope.agent.id"]: x["swarmscope.agent.version"]
        for _, _, x in said.logs
        if "swarmscope.agent.version" in x
    }
    assert set(known.values()) == {"2.3.1", "2.4.0"}, "agents say anew who they are"


def test_quality_declines_steadily(tmp_path: Path) -> None:
    said, (truth,) = story("quality", tmp_path, agents=480)  # few answers are judged
    third = (truth["end_ns"] - truth["start_ns"]) // 3
    scores = [
        [
            k["swarmscope.task.quality"]
            for _, _, k in spans_of(said, truth["agents"], a, a + third)
            if "swarmscope.task.quality" in k
        ]
        for a in (truth["start_ns"], truth["start_ns"] + 2 * third)
    ]
    early, late = (sum(s) / len(s) for s in scores)
    assert late < early - 0.15


def test_runaway_agents_write_more(tmp_path: Path) -> None:
    said, (truth,) = story("tokens", tmp_path)
    keys = ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.token_count.completion")

    def tokens(agents: list[str]) -> float:
        found = [
            k[x]
            for _, _, k in spans_of(said, agents, truth["start_ns"] + 20_000_000_000, truth["end_ns"])
            for x in keys
            if x in k
        ]
        return sum(found) / len(found)

    assert tokens(truth["agents"]) > 3 * tokens(others(said, truth))


def test_a_cascade_spreads_in_the_order_of_its_truth(tmp_path: Path) -> None:
    said, (truth,) = story("cascade", tmp_path)
    first, last = truth["agents"][0], truth["agents"][-1]
    assert truth["onset_ns"] == sorted(truth["onset_ns"])
    assert len(truth["onset_ns"]) == len(truth["agents"]) == 10
    slow = mean_ms(spans_of(said, truth["agents"], truth["onset_ns"][-1], truth["end_ns"]))
    assert slow > 3 * mean_ms(spans_of(said, others(said, truth), truth["start_ns"], truth["end_ns"]))
    assert first != last


def test_a_retry_storm_retries_many_times(tmp_path: Path) -> None:
    said, (truth,) = story("retry-storm", tmp_path)
    attempts = [
        k.get("retry.attempt", 0) for _, _, k in spans_of(said, truth["agents"], truth["start_ns"], truth["end_ns"])
    ]
    assert max(attempts) > 6
    assert THINK_S < SECONDS


def test_a_fault_that_comes_again_takes_other_agents(tmp_path: Path) -> None:
    scenario = tmp_path / "again.toml"
    scenario.write_text('[[fault]]\nkind = "latency"\nstart = "5s"\nduration = "4s"\nevery = "10s"\nagents = 3\n')
    truth = tmp_path / "truth.jsonl"
    lived(60, 40, scenario=str(scenario), truth=truth)
    lines = [json.loads(line) for line in truth.read_text().splitlines()]
    assert len(lines) == 4
    assert len({tuple(x["agents"]) for x in lines}) > 1
    assert all(x["end_ns"] - x["start_ns"] <= 4_000_000_000 for x in lines)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[[fault]]\nkind = "earthquake"\n', "kind 'earthquake' is not known; there are latency"),
        ('[[fault]]\nkind = "errors"\nstart = "soon"\n', "neither a duration"),
        ('[[fault]]\nkind = "errors"\nagents = -1\n', "above 0"),
        ('[[fault]]\nkind = "errors"\nagents = "many"\n', "neither a number nor a share"),
        ('[[fault]]\nkind = "errors"\nrole = "poet"\n', "role 'poet'"),
        ('[[fault]]\nkind = "errors"\nwhen = 3\n', "unknown key 'when'"),
        ('title = "x"\n', "unknown key 'title'"),
        ("[[fault\n", "not valid TOML"),
    ],
)
def test_a_wrong_scenario_is_refused_with_the_remedy(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=reason):
        faults.load(str(file), 60)


def test_given_calm_before_then_the_scenario_is_the_same_and_begins_later(tmp_path: Path) -> None:
    at_once, later = faults.load("latency", 720), faults.load("latency", 720 + 2400, 2400)
    assert [f.start_s + 2400 for f in at_once] == [f.start_s for f in later]
    assert [f.duration_s for f in at_once] == [f.duration_s for f in later]
    truth = tmp_path / "truth.jsonl"
    lived(40, 60, scenario="errors", truth=truth, calm_s=20)
    (line,) = (json.loads(text) for text in truth.read_text().splitlines())
    assert line["end_ns"] - line["start_ns"] == 16 * 10**9, "40 % of the 40 seconds after it"
    with pytest.raises(ConfigError, match="leave nothing"):
        lived(4, 10, calm_s=10)


def test_an_unknown_scenario_names_those_that_exist() -> None:
    with pytest.raises(ConfigError, match=r"neither a file nor one of .*cascade"):
        faults.load("no-such", 60)


def test_an_attack_sends_what_attackers_send_among_honest_requests(tmp_path: Path) -> None:
    scenario = tmp_path / "attack.toml"
    scenario.write_text('[[fault]]\nkind = "attack"\nstart = 5\nduration = 20\nagents = 2\nmagnitude = 300\n')
    options = Options(agents=20, duration_s=30, scenario=str(scenario), seed=4)

    def run() -> list[bytes]:
        simulation = Simulation(options, 1_760_000_000_000_000_000, 4)
        return [r.body for k in range(60) for r in simulation.advance((k + 1) * 0.5)]

    bodies = run()
    everything = b"".join(bodies)
    for said in (b"UNION SELECT", b"etc/passwd", b"user.login", b"previous instructions", b"dogs are welcome"):
        assert said in everything
    assert 60 < everything.count(b"client.address") < 160  # 300 a minute for 20 s
    assert bodies == run()
