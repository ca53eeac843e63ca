"""Laws of each series' own scores, and what all series of a subject foretell together."""

from __future__ import annotations

import numpy as np

from swarmscope.detect.base import Scores
from swarmscope.detect.own import OwnPasts
from swarmscope.query.times import MINUTE_NS
from swarmscope.stats.calibration import normal_tail
from swarmscope.stats.foresight import SQUARE_TOLD, Foresight, squares
from swarmscope.stats.own_tails import OwnTails


def test_given_normal_scores_then_tails_stay_and_given_heavy_ones_they_hold_what_they_promise() -> None:
    r = np.random.default_rng(3)
    own = OwnTails()
    own.grow(2, 200)
    calm = heavy = claimed = looks = 0
    for t in range(1_500):
        score = np.abs(np.stack((r.standard_normal(200), r.standard_t(2, 200)))).astype(np.float32)
        tail = np.minimum(2 * normal_tail(score), 1)
        held = own.held(tail, score)
        assert (held >= tail).all()
        if t >= 500:
            looks += 200
            claimed += int((tail[1] < 1e-3).sum())
            calm += int((held[0] < 1e-3).sum())
            heavy += int((held[1] < 1e-3).sum())
        own.learn(score)
    assert 0.2e-3 * looks < calm < 1.6e-3 * looks
    assert claimed > 20e-3 * looks  # a normal law is wrong thirty times as often as it says
    assert heavy < 4e-3 * looks


def test_given_series_that_move_then_each_keeps_its_law_and_new_ones_begin_with_the_normal_one() -> None:
    own, score = OwnTails(), np.full((1, 3), 2.5, np.float32)
    own.grow(1, 3)
    for t in range(300):
        own.learn(np.array([[t % 7, 1, np.nan]], np.float32))
    before = own.held(np.full((1, 3), 1e-9), score)
    assert before[0, 0] > 0.05 > before[0, 2]
    own.keep(np.array([2, 0, -1]))
    after = own.held(np.full((1, 3), 1e-9), score)
    np.testing.assert_allclose(after[0, :2], before[0, [2, 0]])
    assert after[0, 2] == before[0, 2]
    again = OwnTails()
    again.restore(own.snapshot())
    np.testing.assert_array_equal(again.held(np.full((1, 3), 1e-9), score), after)


def _course(r: np.random.Generator, before: np.ndarray) -> np.ndarray:
    """Three series: the second follows the first one minute later, the third is by itself."""
    return np.stack((0.7 * before[0] + r.standard_normal(before.shape[1]), before[0],
                     r.standard_normal(before.shape[1]))).astype(np.float32)  # fmt: skip


def test_given_series_that_follow_each_other_when_one_does_not_then_it_was_not_foretold_though_its_value_is_usual() -> (
    None
):
    r = np.random.default_rng(5)
    learner = Foresight(3, np.full(3, 0.01, np.float32))
    learner.grow(4, 4)
    cohort, x = np.arange(4, dtype=np.int32), np.zeros((3, 4), np.float32)
    past: list[np.ndarray] = []
    for _ in range(600):
        x = _course(r, x)
        past = [x, *past][:3]
        learner.learn(x, cohort)
    told = learner.foretold(cohort)
    now = _course(r, x)
    usual, _ = squares(told.misses(now, past[:2]))
    assert (usual < 8).all()
    broken = now.copy()
    broken[1, 2] = -2 * np.sign(now[1, 2])  # within what the series does every few minutes
    strange, count = squares(told.misses(broken, past[:2]))
    assert count.tolist() == [3, 3, 3, 3]
    assert strange[2] > SQUARE_TOLD / 3 and np.allclose(strange[[0, 1, 3]], usual[[0, 1, 3]])
    again = Foresight(3, np.full(3, 0.01, np.float32))
    again.restore(learner.snapshot())
    np.testing.assert_allclose(again.foretold(cohort).misses(broken, past[:2]), told.misses(broken, past[:2]))
    learner.keep(np.array([2]))
    kept = learner.foretold(np.array([2], np.int32)).misses(broken[:, 2:3], [p[:, 2:3] for p in past[:2]])
    np.testing.assert_allclose(kept[:, 0], told.misses(broken, past[:2])[:, 2], rtol=1e-4)


def test_given_nothing_jumps_and_gaps_then_what_is_said_stays_finite_or_unsaid() -> None:
    learner = Foresight(2, np.full(2, 0.01, np.float32))
    learner.grow(3, 1)
    cohort, r = np.zeros(3, np.int32), np.random.default_rng(1)
    for t in range(300):
        x = r.standard_normal((2, 3)).astype(np.float32)
        x[:, 1] = np.nan
        x[:, 2] = 1e12 if t % 50 == 7 else 3.0
        learner.learn(x, cohort)
    told = learner.foretold(cohort)
    said = told.misses(x, [x, x])
    assert np.isnan(said[:, 1]).all() and np.isfinite(said[:, [0, 2]]).all()
    assert all(np.isfinite(a).all() for a in learner.snapshot().values())


def fleet_of(minutes: int, fault_from: int, guard: int) -> float:
    """What the tail of a score of 8 is held to, of the first of ten agents, which has scored so since a minute."""
    own, rng, agents = OwnPasts(), np.random.default_rng(6), [f"a{i}" for i in range(10)]
    last = 1.0
    for minute in range(1, minutes):
        score = np.abs(rng.standard_normal((1, 10))).astype(np.float32)
        tail = np.minimum(2 * normal_tail(score), 1)
        if minute >= fault_from:
            score[0, 0], tail[0, 0] = 8.0, 1e-15
        own.align(agents, agents, {a: i for i, a in enumerate(agents)})
        held = own.held("level_shift", Scores(tail, score))
        last = float(held.tail[0, 0])
        own.learn(minute * MINUTE_NS, {"level_shift": held}, {"level_shift": guard})
    return last


def test_given_a_fault_that_lasts_minutes_then_it_does_not_hide_itself_meanwhile() -> None:
    assert fleet_of(46, 40, guard=8) < 1e-6
    assert fleet_of(46, 40, guard=0) > 1e-4, "learned at once it is the agent's own way after a minute"
    assert fleet_of(90, 40, guard=8) > 1e-3, "what goes on for long is"
