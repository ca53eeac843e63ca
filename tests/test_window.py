"""The fleet as arrays: what is followed commit by commit is what a restart reads from the store."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from swarmscope.detect.anomaly.ewma import Ewma
from swarmscope.detect.bands import usually
from swarmscope.query.reader import Reader
from swarmscope.stats.baseline import Baseline, deviation
from swarmscope.stats.distinct import repeats
from swarmscope.stats.staying import KNOWN_FRAMES
from swarmscope.window import INDEX, SIGNALS, FleetWindow, minutes
from tests.serve.routes.conftest import Api, api, fill  # noqa: F401 # the fixture is found by its name
from tests.support.panels import SPREAD, panel

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


def test_given_a_fault_that_grows_over_minutes_then_it_is_not_held_for_usual_before_it_is_known_to_be_strange(
    api: Api,  # noqa: F811 # the fixture
) -> None:
    now, tenant, names = time.time_ns() // (60 * SECOND) * 60 * SECOND, "guarded", ("slow", "told", "fine")
    window, row = FleetWindow(Reader(api.state.store, tenant)), INDEX["latency_mean"]
    rows = []
    for minute in range(-80, 0):
        for agent in names:
            usual = 100 + 7 * (minute % 3)
            took = 9 * usual if agent != "fine" and -20 <= minute < -15 else usual
            rows.append(spans(tenant, now + (60 * minute + 15) * SECOND, agent, 2, took)["spans"])
    api.state.intake.submit_tables({"spans": pa.concat_tables(rows)}, tenant).result(30)
    api.settled()
    told: dict[int, Any] = {}
    for minute in range(-75, 0):
        window.touch([now // SECOND + 60 * minute + 15])
        window.refresh(now + (60 * minute + 30) * SECOND)
        strange = np.zeros((len(SIGNALS), len(window.agents)), np.bool_)
        strange[row, window.places["told"]] = minute == -16  # in its last minute, and never again
        window.learn(strange)
        told[minute] = window.panel(now).spread[row][[window.places[a] for a in names]]
    assert (told[-15] < 1.2 * told[-21]).all(), "five minutes of a fault have taught nothing yet"
    slow, believed_hardly, fine = told[-1] / told[-21]
    assert slow > 3 * believed_hardly, "of what was never strange it is the new way"
    assert believed_hardly < 1.3 * fine, "of one of a kind the others learn a little, too"


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


def test_a_share_comes_back_as_it_was_counted() -> None:
    failed, spans = (a.ravel().astype(float) for a in np.meshgrid(np.arange(13), np.arange(1, 41)))
    failed = np.minimum(failed, spans)
    row = SIGNALS[INDEX["error_ratio"]]
    x, items = minutes({"errors": failed, "spans": spans})
    np.testing.assert_allclose(
        row.inverse(x[INDEX["error_ratio"]], items[INDEX["error_ratio"]]), failed / spans, atol=1e-5
    )
    assert row.inverse(np.array([-2.0, 9.0]), np.array([6, 6])).tolist() == [0, 1], "a band ends at nothing and at all"


def test_what_is_expected_of_a_share_does_not_waver_with_how_much_stands_behind_each_value() -> None:
    assert (usually(np.array([0.0, 3, 9, 30])), usually(np.zeros(4))) == (9, 1)


def test_calls_that_share_a_bit_of_the_sketch_are_no_repetition() -> None:
    """Among twenty distinct calls some share one of 64 bits; twelve equal calls share one for another reason."""
    rng = np.random.default_rng(5)
    spans = np.array([2, 6, 12, 20, 40], np.float64)
    bits = np.array([[len(set(rng.integers(0, 64, int(n)).tolist())) for n in spans] for _ in range(400)], np.float64)
    apart = repeats(np.tile(spans, (400, 1)), bits)
    assert (apart.mean(0) <= 0.06 * spans + 0.2).all(), "counted bits alone would miss a fifth of forty"
    assert repeats(np.array([12.0]), np.array([1.0])) > 10.9 and repeats(np.zeros(1), np.zeros(1)) == 0


def test_no_share_and_no_count_is_steadier_than_chance() -> None:
    """Half an hour without a failed call does not make four failures of eight impossible."""
    learner = FleetWindow(Reader(None, "t")).baseline  # type: ignore[arg-type] # nothing is read
    learner.grow(20, 1)
    cohort, items = np.zeros(20, np.int32), np.full((len(SIGNALS), 20), 8, np.float32)
    quiet = np.full((len(SIGNALS), 20), np.arcsin(np.sqrt(1 / 9)), np.float32)
    for _ in range(30):
        learner.learn(quiet, items, cohort, 3)
    mean, own, unsure = learner.parts(cohort, 3)
    row = INDEX["tool_error_ratio"]
    off = np.arcsin(np.sqrt(4 / 9)) + np.arcsin(np.sqrt(5 / 9)) - float(mean[row, 0])
    z = off / float(deviation(own[row, 0], 8, unsure[row, 0]))
    assert 3 < z < 4, "four of eight, where one of twenty is much, comes once in some thousand such minutes"
    assert float(own[INDEX["llm_latency"], 0]) < 0.01


def test_one_slow_step_does_not_count_for_each_span_around_it() -> None:
    """A call that waits makes its turn and its task long: three of twelve spans, and one event."""
    seen = panel()
    x = seen.x.copy()
    for name in ("latency_mean", "latency_p95", "llm_latency"):
        x[-1, INDEX[name], 4] = seen.mean[INDEX[name], 4] + 6.5 * SPREAD / np.sqrt(10)
    one = replace(seen, x=x)
    believed = one.proved(one.z, one.items)
    assert believed[INDEX["llm_latency"], 4] == one.z[INDEX["llm_latency"], 4] > 6.4, "calls of models contain nothing"
    for name in ("latency_mean", "latency_p95"):
        assert 3 < believed[INDEX[name], 4] < 4.5
    many = one.proved(one.z, np.full_like(one.items, 1000))
    assert abs(many[INDEX["latency_mean"], 4] / one.z[INDEX["latency_mean"], 4] - 1) < 0.1, "many items are believed"
    least = np.nanmin(Ewma().judge(one).tail[:, 4])
    alone = np.nanmin(Ewma().judge(one).tail[[INDEX["latency_mean"], INDEX["latency_p95"]], 4])
    assert least < 1e-9 < 1e-5 < alone


def test_given_a_fleet_that_was_known_when_restarted_and_after_a_night_off_then_what_was_learned_is_there(
    api: Api,  # noqa: F811 # the fixture
) -> None:
    now, tenant = time.time_ns() // (60 * SECOND) * 60 * SECOND, "nightly"
    names = [f"worker-{i}" for i in range(160)]
    rows = [spans(tenant, now - 60 * SECOND, name, 1, 100)["spans"] for name in names]
    api.state.intake.submit_tables({"spans": pa.concat_tables(rows)}, tenant).result(30)
    api.settled()
    first = FleetWindow(Reader(api.state.store, tenant))
    first.refresh(now)
    first.learn()
    first.baseline.known[:, :80] = KNOWN_FRAMES
    hours = 3600 * SECOND

    def restarted() -> FleetWindow:
        again = FleetWindow(Reader(api.state.store, tenant))
        assert again.restore(first.snapshot())
        return again

    second = restarted()
    assert second.forget_silent() == 0, "it has listened to nobody yet"
    second.refresh(now)
    assert second.forget_silent() == 0 and second.agents == first.agents
    for off_h, left in ((0.5, 160), (12, 80), (6 * 24, 80), (8 * 24, 0)):
        later = restarted()
        later.refresh(now + round(off_h * hours))
        later.forget_silent()
        assert len(later.agents) == left, off_h
        known = later.baseline.known[:, : len(later.agents)].max(0, initial=0)
        assert (known >= KNOWN_FRAMES).sum() == min(left, 80)
