"""The fleet as arrays: what is followed commit by commit is what a restart reads from the store."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from swarmscope.query.reader import Reader
from swarmscope.stats.baseline import Baseline
from swarmscope.window import INDEX, SIGNALS, FleetWindow
from tests.serve.routes.conftest import Api, api, fill  # noqa: F401 # the fixture is found by its name

SECOND = 1_000_000_000


def spans(tenant: str, at_ns: int, agent: str, count: int, duration_ms: int) -> dict[str, Any]:
    rows = [
        {
            "tenant": tenant,
            "start_time": at_ns + i,
            "trace_id": at_ns.to_bytes(8, "big") + i.to_bytes(8, "big"),
            "span_id": (i + 1).to_bytes(8, "big"),
            "agent": agent,
            "name": "work",
            "duration_ns": duration_ms * 1_000_000,
        }
        for i in range(count)
    ]
    return {"spans": fill("spans", rows)}


def test_given_commits_in_any_order_when_followed_then_the_arrays_are_those_of_a_restart(api: Api) -> None:  # noqa: F811 # the fixture
    now = time.time_ns() // (10 * SECOND) * 10 * SECOND
    tenant = "other"
    followed = FleetWindow(Reader(api.state.store, tenant))
    followed.refresh(now)
    steps = [
        (-20, "early", 3, 100),
        (-20, "late", 5, 200),
        (-100, "late", 4, 50),
        (0, "early", 2, 900),
        (0, "new", 1, 10),
    ]
    for ahead, agent, count, duration in steps:
        at = now + ahead * SECOND
        api.state.intake.submit_tables(spans(tenant, at, agent, count, duration), tenant).result(30)
        api.settled()
        followed.touch([at // SECOND])
        followed.refresh(now + 5 * SECOND)
    restarted = FleetWindow(Reader(api.state.store, tenant))
    restarted.refresh(now + 5 * SECOND)
    mine, theirs = followed.panel(now + 5 * SECOND), restarted.panel(now + 5 * SECOND)
    assert {"early", "late", "new"} <= set(mine.agents)
    assert set(mine.agents) == set(theirs.agents)
    places = [theirs.agents.index(a) for a in mine.agents]
    recent = slice(-20, -1)  # the newest frame holds the time that has passed, which a restart does not know
    np.testing.assert_allclose(mine.x[recent], theirs.x[recent][:, :, places], rtol=1e-5)
    latency = np.exp(mine.x[-1, INDEX["latency_mean"], mine.agents.index("new")])
    assert 9 < latency < 12


def test_given_two_tenants_then_each_window_holds_its_own_agents(api: Api) -> None:  # noqa: F811 # the fixture
    now = time.time_ns()
    windows = {t: FleetWindow(Reader(api.state.store, t)) for t in ("default", "other")}
    for window in windows.values():
        window.refresh(now)
    names = {t: set(w.panel(now).agents) for t, w in windows.items()}
    assert any(n.endswith("-default") for n in names["default"])
    assert not any(n.endswith("-default") for n in names["other"])


def test_given_one_agent_alone_when_learned_then_what_is_normal_is_known() -> None:
    alone = Baseline(1, np.array([0.01], np.float32))
    alone.grow(1, 1)
    cohort = np.zeros(1, np.int32)
    for value in np.random.default_rng(1).normal(5, 1, 60):
        alone.learn(np.array([[value]], np.float32), np.ones((1, 1), np.float32), cohort, 3)
    mean, spread = alone.expected(cohort, 3)
    assert abs(float(mean[0, 0]) - 5) < 0.6 and 0.5 < float(spread[0, 0]) < 2


def test_given_a_window_that_saw_nobody_when_restarted_then_the_past_that_has_come_since_is_learned(api: Api) -> None:  # noqa: F811 # the fixture
    now, tenant = time.time_ns() // (60 * SECOND) * 60 * SECOND, "backfilled"
    before = FleetWindow(Reader(api.state.store, tenant))
    before.refresh(now)
    before.learn()
    for ahead in range(-540, -60, 10):
        rows = spans(tenant, now + ahead * SECOND, "old", 3, 100)
        api.state.intake.submit_tables(rows, tenant).result(30)
    api.settled()
    after = FleetWindow(Reader(api.state.store, tenant))
    assert after.restore(before.snapshot())
    after.refresh(now)
    after.learn()
    panel = after.panel(now)
    assert panel.known[INDEX["latency_mean"], panel.agents.index("old")] >= 4


def test_given_a_new_agent_unlike_its_peers_then_many_calls_a_minute_make_that_no_more_certain() -> None:
    rng = np.random.default_rng(3)
    floor = np.array([0.05], np.float32)
    kind = Baseline(1, floor)
    kind.grow(41, 1)
    cohort, items = np.zeros(41, np.int32), np.full((1, 41), 30, np.float32)
    models = rng.normal(0, 0.4, 41)
    models[40] = 1.2  # a model that thinks before it answers
    for minute in range(30):
        x = (models + rng.normal(0, 0.5 / np.sqrt(30), 41)).astype(np.float32)[None]
        if minute < 29:
            x[0, 40] = np.nan  # it is seen once
        kind.learn(x, items, cohort, 3)
    mean, own, unsure = kind.parts(cohort, 3)
    off = 1.2 - float(mean[0, 40])
    whole = kind.expected(cohort, 3)[1]
    assert 1.5 < off / float(np.hypot(own[0, 40] / np.sqrt(30), unsure[0, 40])) < 4
    assert off / float(whole[0, 40] / np.sqrt(30)) > 5, "as if its calls were thirty witnesses of what its kind does"
    np.testing.assert_allclose(whole, np.hypot(own, unsure), rtol=1e-6)
    assert float(unsure[0, 0]) < 0.15, "of who is known well little stays"


def test_a_band_of_what_is_counted_does_not_go_below_nothing() -> None:
    low = {s.name: float(s.inverse(np.float64(-3.0))) for s in SIGNALS}
    assert {name for name, value in low.items() if value < 0} == {s.name for s in SIGNALS if s.metrics}  # its own may
