"""Predictive findings and forecasts over a real store: what is planted ahead is foretold with a lead, a calm fleet is not."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from swarmscope.config import Storage
from swarmscope.detect.base import Question
from swarmscope.detect.prediction import ahead
from swarmscope.detect.prediction.ledger import LEVEL, Ledger
from swarmscope.detect.prediction.predictive import AHEAD, STEP_S, STEPS, Predictive
from swarmscope.errors import NotFoundError, QueryError
from swarmscope.model.finding import Finding
from swarmscope.query.times import SECOND_NS, Window
from swarmscope.query.watch import Past
from swarmscope.store.embedded import EmbeddedStore
from swarmscope.window import FleetWindow
from tests.query.conftest import World, make
from tests.support.stores import migrated

AGENTS, PER_STEP = 6, 5
NOW_S = int(time.time()) // STEP_S * STEP_S


def fill(world: World) -> None:
    rng = np.random.default_rng(4)
    rows: dict[str, list[Any]] = {"calm": [], "rising": []}
    owed = dict.fromkeys(rows, 0.0)  # failures come evenly, so that what rises is no luck
    for step in range(STEPS):
        gone = step / STEPS
        for tenant, kept in rows.items():
            rising = tenant == "rising"
            failed = 0.02 + (0.22 * gone**2 if rising else 0)
            for a in range(AGENTS):
                slow = np.exp(3 * gone) if rising and a == 0 else 1.0
                for _ in range(PER_STEP):
                    at = round((NOW_S - STEP_S * (STEPS - step - float(rng.random()))) * SECOND_NS)
                    kept.append(
                        make(
                            "spans", tenant=tenant, agent=f"agent-{a}", start_time=at, received_at=at, operation="chat",
                            trace_id=rng.bytes(16), span_id=rng.bytes(8), model="m", input_tokens=200,
                            output_tokens=round(100 * (1 + (4 * gone if rising else 0))), cost_nano_usd=10_000_000,
                            duration_ns=round(1e9 * slow * rng.lognormal(0, 0.1)),
                            status_code=2 if int(owed[tenant] + failed) > int(owed[tenant]) else 1,
                        )
                    )  # fmt: skip
                    owed[tenant] += failed
    for tenant, kept in rows.items():
        world.add("spans", *kept)
        assert len(kept) == STEPS * AGENTS * PER_STEP, tenant


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    store = EmbeddedStore(migrated(tmp_path_factory.mktemp("prediction") / "store"), Storage(readers=2))
    made = World(store, NOW_S * SECOND_NS)
    fill(made)
    yield made
    store.close()


class View:
    """As much of the live view as is looked at."""

    def __init__(self, health: list[float]) -> None:
        step = 5 * SECOND_NS
        first = NOW_S * SECOND_NS - step * len(health)
        self.past = tuple(Past(first + step * i, 6, 6, 0, 0, 0, 0, 0, h) for i, h in enumerate(health))


def look(
    world: World, tenant: str, view: Any = None, asked: bool = True, panel: Any = None, **options: Any
) -> list[Finding]:
    within = Window((NOW_S - STEP_S * STEPS) * SECOND_NS, NOW_S * SECOND_NS)
    question = Question(tenant, world.reader(tenant), within, panel, asked, view)
    return list(Predictive(Predictive.Options(**options)).judge(question))


LIMITS = {"thresholds": {"error_ratio": 0.25, "latency_p95": 60_000.0}}


def test_given_failures_that_rise_then_the_threshold_is_foretold_with_a_lead(world: World) -> None:
    found = {(f.kind, f.signal): f for f in look(world, "rising", **LIMITS)}
    breach = found["threshold_breach", "error_ratio"]
    assert 0 < breach.lead_ns <= AHEAD * STEP_S * SECOND_NS
    assert breach.observed < 0.25 < breach.expected
    assert breach.lower > 0.25, "the lower end of the interval has passed it"
    assert breach.subject_kind == "fleet"


def test_given_tokens_that_rise_then_the_capacity_is_foretold(world: World) -> None:
    rate = ahead.series(world.reader("rising"), ["token_rate"], STEP_S, STEPS, NOW_S).values[0, 0]
    assert rate[-1] == pytest.approx(2 * AGENTS * PER_STEP * (200 + 500), rel=0.02)
    found = look(world, "rising", thresholds={}, tokens_per_minute_max=float(rate[-1]) * 1.06)
    assert [f.kind for f in found] == ["capacity_breach"]
    assert found[0].lead_ns > 0 and found[0].severity == "high"


def test_given_one_agent_that_grows_slow_then_it_alone_is_named(world: World) -> None:
    window = FleetWindow(world.reader("rising"))
    window.refresh(NOW_S * SECOND_NS, {})
    panel = window.panel(NOW_S * SECOND_NS)
    found = look(world, "rising", panel=panel, thresholds={"latency_p95": 30_000.0})
    named = {f.subject for f in found if f.kind == "threshold_breach"}
    assert "agent-0" in named and named <= {"agent-0", ""}, "it, and the fleet that it belongs to"


def test_given_a_calm_fleet_then_nothing_is_foretold(world: World) -> None:
    window = FleetWindow(world.reader("calm"))
    window.refresh(NOW_S * SECOND_NS, {})
    panel = window.panel(NOW_S * SECOND_NS)
    options = LIMITS | {"tokens_per_minute_max": 50_000.0, "cost_per_day_usd": 1000.0}
    assert look(world, "calm", View([0.97] * 100), panel=panel, **options) == []


def test_given_a_first_look_by_itself_then_it_waits_for_a_second_that_agrees(world: World) -> None:
    assert look(world, "rising", asked=False, **LIMITS) == []
    assert [f.kind for f in look(world, "rising", asked=False, **LIMITS)] == ["threshold_breach"]


def test_given_health_that_falls_then_it_is_foretold_and_a_fallen_one_is_not(world: World) -> None:
    falling = [1.0] * 60 + [1 - 0.0045 * i for i in range(60)]
    found = look(world, "calm", View(falling), thresholds={})
    assert [f.kind for f in found] == ["health_forecast"]
    assert found[0].observed > 0.7 > found[0].expected
    assert look(world, "calm", View([0.5] * 100), thresholds={}) == []


def test_given_a_plan_for_the_day_then_its_end_is_foretold_unless_it_is_far(world: World) -> None:
    left_h = 24 - NOW_S % 86_400 / 3600
    per_h = 3600 / STEP_S * AGENTS * PER_STEP * 0.01
    found = look(world, "calm", thresholds={}, cost_per_day_usd=per_h * max(1.3, 0.4 * left_h))
    far = look(world, "calm", thresholds={}, cost_per_day_usd=per_h * 48)
    assert far == []
    if left_h > 4:  # near midnight there is nothing left to foretell
        assert [f.kind for f in found] == ["cost_forecast"]
        assert found[0].expected == pytest.approx(per_h * left_h, rel=0.4)


@pytest.mark.parametrize("signal", list(ahead.UNITS))
def test_given_any_signal_when_asked_for_then_it_has_the_shape_or_says_why_not(world: World, signal: str) -> None:
    try:
        told = ahead.told(world.reader("calm"), "", signal, 600 * SECOND_NS, 0.8, now_ns=(NOW_S + 10) * SECOND_NS)
    except NotFoundError as e:
        assert signal in str(e) and signal in (
            "quality",
            "accuracy",
            "coherence",
            "efficiency",
            "adaptability",
            "ttft",
            "tool_error_ratio",
        )
        return
    lower, value, upper = (np.array(told[k], float) for k in ("lower", "value", "upper"))
    assert len(value) == len(told["times_ms"]) == 60
    assert (lower <= value + 1e-9).all() and (value <= upper + 1e-9).all()
    assert 0 <= told["coverage"]["held_back"] <= 1


def test_given_activity_of_one_agent_when_forecast_then_it_is_near_what_it_does(world: World) -> None:
    told = ahead.told(world.reader("calm"), "agent-1", "spans", 1800 * SECOND_NS, 0.8, now_ns=(NOW_S + 10) * SECOND_NS)
    assert np.mean(told["value"]) == pytest.approx(PER_STEP / STEP_S, rel=0.15)
    assert told["coverage"]["tracked"] is None


def test_given_bad_input_then_it_is_told_what_is_wrong(world: World) -> None:
    reads = world.reader("calm")
    with pytest.raises(QueryError, match="signal='nonsense'"):
        ahead.told(reads, "", "nonsense", 600 * SECOND_NS, 0.8)
    with pytest.raises(QueryError, match="horizon="):
        ahead.told(reads, "", "spans", 1, 0.8)
    with pytest.raises(NotFoundError, match="ghost"):
        ahead.told(reads, "ghost", "spans", 600 * SECOND_NS, 0.8)


def test_given_forecasts_when_they_come_true_then_coverage_is_tracked_and_widths_follow() -> None:
    rng = np.random.default_rng(1)
    ledger = Ledger()
    inside: deque[bool] = deque(maxlen=1000)
    for t in range(3000):
        half = 0.3 * ledger.factor("s")  # a third of what is needed for 80 % of a standard normal
        ledger.promise("s", [t], np.array([-half]), np.array([half]))
        value = float(rng.normal())
        inside.append(abs(value) <= half)
        ledger.settle("s", np.array([t]), np.array([value]))
    assert np.mean(inside) == pytest.approx(LEVEL, abs=0.05)
    assert ledger.json("s")["tracked"] == pytest.approx(LEVEL, abs=0.05)
    assert ledger.json("other") == {"tracked": None, "scored": 0, "tracked_level": LEVEL, "factor": 1.0}
