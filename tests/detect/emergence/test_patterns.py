"""Patterns of emergence over a real store: what was planted is found, calm fleets are not accused, odd data break nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from swarmscope.config import Plugins, Storage
from swarmscope.detect.base import Question, options_at
from swarmscope.detect.emergence import base, looking
from swarmscope.detect.verdicts import bars_of
from swarmscope.errors import QueryError
from swarmscope.model.verdict import Tally
from swarmscope.query.interactions import Met, Said
from swarmscope.query.reader import Reader
from swarmscope.query.times import SECOND_NS, Window
from swarmscope.store.embedded import EmbeddedStore
from tests.query.conftest import World, make
from tests.support.stores import migrated

AGENTS, TEAM, LENGTH_S = 120, 10, 360
Rng = np.random.Generator
Row = dict[str, Any]
PATTERNS = looking.patterns(Plugins())


class Fleet:
    """Spans of agents in teams that begin work at random and ask colleagues of their team."""

    def __init__(self, tenant: str, end_ns: int, seed: int) -> None:
        self.tenant, self.end_ns = tenant, end_ns
        self.start_ns = end_ns - LENGTH_S * SECOND_NS
        self.rng = np.random.default_rng(seed)
        self.rows: list[Row] = []
        self.said: dict[int, int] = {}

    def span(self, agent: int, at_s: float, **more: Any) -> None:
        at = self.start_ns + int(at_s * SECOND_NS)
        known = {"trace_id": self.rng.bytes(16), "span_id": self.rng.bytes(8), "start_time": at, "received_at": at}
        self.rows.append(
            make(
                "spans",
                tenant=self.tenant,
                agent=f"agent-{agent:03d}",
                name="turn",
                **{"duration_ns": SECOND_NS, **known, **more},
            )
        )

    def live(
        self,
        begins: Callable[[Rng], np.ndarray] | None = None,
        peer: Callable[[int, float, Rng], int] | None = None,
        quality: Callable[[int, bool, Rng], float] | None = None,
        slow: Callable[[float], float] | None = None,
        says: Callable[[int, int | None, float], int | None] | None = None,
    ) -> None:
        rng = self.rng
        for agent in range(AGENTS):
            times = begins(rng) if begins and agent < AGENTS // 2 else np.sort(rng.random(12) * LENGTH_S)
            for at in times.tolist():
                trace = rng.bytes(16)
                asks = rng.random() < 0.5
                q = quality(agent, asks, rng) if quality else float(np.clip(rng.normal(0.8, 0.05), 0, 1))
                self.span(agent, at, trace_id=trace, attributes={"swarmscope.task.quality": f"{q:.3f}"})
                lasts = np.exp(rng.normal(0, 0.1)) * (slow(at) if slow else 1.0)
                self.span(
                    agent, at, trace_id=trace, parent_span_id=b"parent!!", model="m", duration_ns=int(lasts * SECOND_NS)
                )
                if asks:
                    other = peer(agent, at, rng) if peer else agent // TEAM * TEAM + int(rng.integers(TEAM))
                    if other != agent:
                        self.span(
                            agent, at + 0.1, trace_id=trace, parent_span_id=b"parent!!", peer_agent=f"agent-{other:03d}"
                        )
                        self.span(other, at + 0.2, trace_id=trace, parent_span_id=b"parent!!", model="m")
                        self._spread(agent, other, at, says)

    def _spread(
        self, agent: int, other: int, at: float, says: Callable[[int, int | None, float], int | None] | None
    ) -> None:
        content = says(other, self.said.get(agent), at) if says else None
        if content is not None and self.said.get(other) != content:
            self.said[other] = content
            self.span(
                other,
                at + 1.5,
                parent_span_id=b"parent!!",
                message_key=["gen_ai.output.messages[]"],
                message_hash=[content],
            )


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStore]:
    opened = EmbeddedStore(migrated(tmp_path_factory.mktemp("emergence") / "store"), Storage(readers=2))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def planted(store: EmbeddedStore) -> Callable[..., tuple[dict[str, list[base.Emergence]], Fleet]]:
    """Plant a fleet in a tenant of its own and ask every pattern about its last two minutes."""
    minute = 60 * SECOND_NS  # where steps and windows begin is part of the dice: the same in every run
    world = World(store, time.time_ns() // minute * minute)

    def plant(
        seed: int = 1, strange: list[Row] | None = None, **how: Any
    ) -> tuple[dict[str, list[base.Emergence]], Fleet]:
        fleet = Fleet(f"t{time.monotonic_ns()}", world.now_ns, seed)
        fleet.live(**how)
        world.add("spans", *fleet.rows, *(strange or []))
        within = Window(world.now_ns - 120 * SECOND_NS, world.now_ns)
        looked, _ = looking.ask(Reader(store, fleet.tenant), within, Plugins(), [], {})
        assert not [one.error for one in looked if one.error]
        emerged = {one.name: [e for e, enough in one.found if enough] for one in looked}
        return {name: found for name, found in emerged.items() if found}, fleet

    return plant


def test_all_patterns_of_the_requirements_are_there_with_their_sensitivities() -> None:
    wanted = {
        "swarm_intelligence": 0.7, "collective_behaviour": 0.6, "phase_transition": 0.8, "self_organisation": 0.65,
        "collective_learning": 0.75, "network_effects": 0.7, "polarisation": 0.7, "norm_emergence": 0.7,
    }  # fmt: skip
    assert {name: p.cls().options.sensitivity for name, p in PATTERNS.items()} == wanted
    assert base.level_of(1) == pytest.approx(0.01)
    assert base.level_of(0) == pytest.approx(1e-5)


def test_a_calm_fleet_is_not_accused(planted: Any) -> None:
    for seed in (1, 2):
        emerged, _ = planted(seed)
        assert emerged == {}


def test_agents_in_step_are_found(planted: Any) -> None:
    emerged, fleet = planted(begins=lambda rng: rng.integers(0, 18, 12) * 20 + rng.random(12) * 2)
    (found,) = emerged["collective_behaviour"]
    assert found.kind == "synchrony"
    assert found.magnitude > 0.3
    early = [int(name[-3:]) for name in found.participants]
    assert np.mean(np.array(early) < AGENTS // 2) > 0.8
    assert set(emerged) <= {"collective_behaviour"}
    assert fleet.rows


def test_better_together_is_found(planted: Any) -> None:
    emerged, _ = planted(quality=lambda _, asks, rng: float(np.clip(rng.normal(0.9 if asks else 0.6, 0.05), 0, 1)))
    (found,) = emerged["swarm_intelligence"]
    assert found.magnitude > 0.1
    assert found.evidence[0][0] == "trace"
    assert found.good


def test_two_camps_are_found(planted: Any) -> None:
    emerged, _ = planted(
        quality=lambda agent, _, rng: float(np.clip(rng.normal(0.9 if agent // TEAM % 2 else 0.5, 0.05), 0, 1))
    )
    (found,) = emerged["polarisation"]
    worse = [int(name[-3:]) // TEAM % 2 for name in found.participants]
    assert np.mean(worse) < 0.1


def test_a_content_that_passes_by_contact_is_found(planted: Any) -> None:
    def says(_: int, heard: int | None, at: float) -> int | None:
        return heard if heard is not None else (4711 if at < 20 else None)

    emerged, fleet = planted(says=says)
    assert "collective_learning" in emerged or "network_effects" in emerged
    for found in [*emerged.get("collective_learning", []), *emerged.get("network_effects", [])]:
        assert set(found.participants) <= {f"agent-{i:03d}" for i in range(AGENTS)}
        assert found.p <= 0.002
    assert len(fleet.said) > 20


def test_teams_that_become_one_are_found(planted: Any) -> None:
    def peer(agent: int, at: float, rng: Rng) -> int:
        wide = at > 240 and agent < 2 * TEAM
        return int(rng.integers(2 * TEAM)) if wide else agent // TEAM * TEAM + int(rng.integers(TEAM))

    emerged, _ = planted(peer=peer, begins=lambda rng: np.sort(rng.random(40) * LENGTH_S))
    found = [e for e in emerged["self_organisation"] if e.kind in ("community_merge", "community_birth")]
    assert found
    assert np.mean([int(name[-3:]) < 2 * TEAM for name in found[0].participants]) > 0.9


def test_teams_that_meet_seldom_and_become_one_are_found_by_who_worked_with_whom_in_the_hour_before() -> None:
    cls = PATTERNS["self_organisation"].cls
    pattern = cls(options_at(cls))
    agents, team, windows = 300, 20, 30

    def met(
        rng: Rng, start_s: float, end_s: float, joined_s: float = np.inf
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """0.7 contacts per agent and window within teams, of which four become two; one of twenty goes anywhere."""
        n = rng.poisson(agents * 0.7 * (end_s - start_s) / 120)
        source, at = rng.integers(agents, size=n), start_s + rng.random(n) * (end_s - start_s)
        size = np.where((at >= joined_s) & (source < 4 * team), 2 * team, team)
        target = np.where(
            rng.random(n) < 0.05, rng.integers(agents, size=n), source // size * size + rng.integers(0, size)
        )
        return source, target, at

    def told(seed: int, joined_s: float, past: bool) -> list[base.Emergence]:
        rng = np.random.default_rng(seed)
        source, target, at = met(rng, 0, 360, joined_s)
        asking, asked, _ = met(rng, -120.0 * windows, 0) if past else (np.empty(0, np.int64),) * 3
        scene = base.Scene(SimpleNamespace(tenant="t"), Window(10**18, 10**18 + 120 * SECOND_NS))  # type: ignore[arg-type] # read already
        scene.__dict__ |= {
            "look": SimpleNamespace(agents=[f"a{n}" for n in range(agents)]),
            "met": Met(source, target, at, np.ones(len(at)), rng.integers(0, 2**63, len(at)).astype(np.uint64)),
            "past": (asking, asked, np.ones(len(asking))),
        }
        return [e for e in pattern.seek(scene, pattern.level, rng) if pattern.emerged(e)]

    found = [told(seed, 240, True) for seed in range(10)]
    assert sum(any(e.kind == "community_merge" for e in es) for es in found) >= 7
    assert not any(told(seed, 240, False) for seed in range(10))
    assert not any(told(seed, np.inf, True) for seed in range(10))
    (first, *_) = (e for es in found for e in es if e.kind == "community_merge")
    assert np.mean([int(name[1:]) < 4 * team for name in first.participants]) > 0.9


def test_who_worked_with_whom_before_is_read_once_for_some_minutes(store: EmbeddedStore, monkeypatch: Any) -> None:
    minute = 60 * SECOND_NS
    now_ns = time.time_ns() // (5 * minute) * 5 * minute
    fleet = Fleet(f"t{time.monotonic_ns()}", now_ns, 1)
    for back_s, peer in ((-5000, 1), (-3000, 1), (-1000, 1), (-1000, 2), (-100, 3), (100, 1), (350, 2)):
        fleet.span(0, back_s, peer_agent=f"agent-{peer:03d}")
    fleet.span(7, -1000, peer_agent="agent-008")  # whom nobody sees now
    World(store, now_ns).add("spans", *fleet.rows)
    asked: list[Window] = []
    read = base.Interactions.pairs
    monkeypatch.setattr(base.Interactions, "pairs", lambda self: (asked.append(self.within), read(self))[1])
    reads = Reader(store, fleet.tenant)
    for later_s in (0, 15, 45):
        scene = base.scene_of(reads, Window(now_ns - (120 - later_s) * SECOND_NS, now_ns + later_s * SECOND_NS))
        source, target, calls = scene.past
        pairs = zip(scene.names(source), scene.names(target), calls.tolist(), strict=True)
        assert set(pairs) == {("agent-000", "agent-001", 2.0), ("agent-000", "agent-002", 1.0)}
    assert len(asked) == 1 and asked[0].length_ns == 3600 * SECOND_NS


def test_latency_that_swings_ever_wider_is_found(planted: Any) -> None:
    rng = np.random.default_rng(5)
    path = np.zeros(LENGTH_S + 1)
    for i in range(1, LENGTH_S + 1):
        memory = 0.3 + 0.68 * i / LENGTH_S
        path[i] = memory * path[i - 1] + (1 - memory**2) ** 0.5 * rng.standard_normal()
    swings = path * (0.05 + 1.2 * np.arange(LENGTH_S + 1) / LENGTH_S)
    emerged, _ = planted(slow=lambda at: float(np.exp(swings[int(at)])))
    found = emerged["phase_transition"][0]
    assert found.statistic == "latency"
    assert found.lead_ns > 0


@pytest.mark.parametrize("sensitivity", [0.7, 0.4, 0.25])
def test_a_signal_that_travels_along_interactions_is_found_however_dull_the_pattern_is(sensitivity: float) -> None:
    agents, steps, rng = 60, 73, np.random.default_rng(3)
    latency = rng.standard_normal((agents, steps))
    for step in range(1, steps):
        latency[:, step] += 0.8 * latency[np.arange(agents) - 1, step - 1]
    nothing = np.zeros(0)
    scene = base.Scene(SimpleNamespace(tenant="t"), Window(10**18, 10**18 + 120 * SECOND_NS))  # type: ignore[arg-type] # read already
    source = np.repeat(np.arange(agents), 5)
    scene.__dict__ |= {
        "look": SimpleNamespace(agents=[f"a{n}" for n in range(agents)]),
        "met": Met(
            source,
            (source + 1) % agents,
            np.linspace(0, 359, len(source)),
            np.ones(len(source)),
            source.astype(np.uint64),
        ),
        "said": Said(nothing.astype(np.int64), nothing.astype(np.int64), nothing, []),
        "signals": {"latency": latency, "errors": np.zeros_like(latency), "calls": np.ones_like(latency)},
    }
    cls = PATTERNS["network_effects"].cls
    pattern = cls(options_at(cls, given={"sensitivity": sensitivity}))
    told = [e for e in pattern.seek(scene, pattern.level, rng) if pattern.emerged(e)]
    assert [(e.kind, e.statistic) for e in told] == [("network_effect", "latency")]


def test_strange_rows_break_nothing(planted: Any, store: EmbeddedStore) -> None:
    now = time.time_ns()
    strange = [
        make(
            "spans",
            tenant="odd",
            agent="a",
            start_time=now - SECOND_NS,
            duration_ns=2**62,
            attributes={"quality": "nan"},
        ),
        make(
            "spans", tenant="odd", agent="a", start_time=now - SECOND_NS, peer_agent="a", attributes={"quality": "much"}
        ),
        make(
            "spans",
            tenant="odd",
            agent="b" * 900,
            start_time=now - SECOND_NS,
            peer_agent="ü\0🐝",
            attributes={"quality": "1e12"},
        ),
    ]
    planted(strange=strange)
    for tenant in ("odd", "nobody"):
        within = Window(now - 120 * SECOND_NS, now)
        looked, _ = looking.ask(Reader(store, tenant), within, Plugins(), [], {})
        assert [one.error for one in looked] == [""] * len(PATTERNS)
        assert not [e for one in looked for e, enough in one.found if enough]
        assert looking.indicators(Reader(store, tenant), within)["gauges"] == []
        assert looking.analysed(Reader(store, tenant), within, 10)["agents"] <= 3


def test_a_community_is_called_after_whom_most_of_it_work_with(store: EmbeddedStore) -> None:
    now = time.time_ns()
    pairs = [("zoe", "ann"), ("zoe", "bob"), ("zoe", "cid"), *[("cid", "bob")] * 20]
    rows = [
        make("spans", tenant="named", agent=agent, peer_agent=peer, start_time=now - SECOND_NS) for agent, peer in pairs
    ]
    World(store, now).add("spans", *rows)
    seen = looking.analysed(Reader(store, "named"), Window(now - 120 * SECOND_NS, now), 10, chance=False)
    of = next(node["community"] for node in seen["nodes"] if node["agent"] == "zoe")
    assert seen["communities"][of]["lead"] == "zoe"


def test_what_emerged_becomes_a_finding_that_keeps_its_id(planted: Any, store: EmbeddedStore) -> None:
    _, fleet = planted(begins=lambda rng: rng.integers(0, 18, 12) * 20 + rng.random(12) * 2)
    reads, pattern = Reader(store, fleet.tenant), PATTERNS["collective_behaviour"].cls()
    grid = fleet.end_ns // (120 * SECOND_NS) * 120 * SECOND_NS
    first, again = (
        pattern.judge(Question(fleet.tenant, reads, Window(end - 120 * SECOND_NS, end)))
        for end in (grid, grid + 10 * SECOND_NS if grid + 10 * SECOND_NS < fleet.end_ns else grid)
    )
    assert first[0].id == again[0].id
    assert first[0].subject == "fleet"
    assert 0.99 < first[0].confidence <= 1
    assert float(first[0].labels["p"]) <= pattern.level
    key = {name: getattr(first[0], name) for name in ("subject", "kind", "signal")}
    for verdict, expected in (("false", []), ("true", first)):
        false = {"doubt": 1 - first[0].confidence, "magnitude": float(first[0].labels["magnitude"])}
        said = bars_of([Tally(**key, **{verdict: 1}, **(false if verdict == "false" else {}))])
        seen = Question(fleet.tenant, reads, Window(grid - 120 * SECOND_NS, grid), said=said)
        assert [f.id for f in pattern.judge(seen)] == [f.id for f in expected], verdict
    with pytest.raises(QueryError, match="there is no pattern 'telepathy'"):
        looking.ask(reads, Window(0, 1), Plugins(), ["telepathy"], {})


def test_the_pattern_of_the_docs_works_by_copying(planted: Any, store: EmbeddedStore, tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "emergence.md").read_text("utf-8")
    code = page.partition("```python\n")[2].partition("```")[0]
    (tmp_path / "hush.py").write_text(code, "utf-8")
    plugins = Plugins(folder=str(tmp_path))
    assert "hush" in looking.patterns(plugins)
    _, fleet = planted()
    for end_ns, expected in ((fleet.end_ns, False), (fleet.end_ns + 20 * SECOND_NS, True)):
        within = Window(end_ns - 120 * SECOND_NS, end_ns)
        (looked,), _ = looking.ask(Reader(store, fleet.tenant), within, plugins, ["hush"], {"hush": 1.0})
        assert looked.error == ""
        assert looked.found[0][1] == expected
