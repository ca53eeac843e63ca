"""When learning pauses, and for how long, while a subject goes another way than was foretold."""

from __future__ import annotations

import numpy as np
import pytest

from swarmscope.stats import foresight
from swarmscope.stats.foresight import CALM_FRAMES, HOLD_FROM, JUDGED_FRAMES, OF_TOLD, Foresight, squares

SIGNALS, SUBJECTS = 4, 6
COHORT = np.zeros(SUBJECTS, np.int32)


def learner() -> Foresight:
    out = Foresight(SIGNALS, np.full(SIGNALS, 0.01, np.float32))
    out.grow(SUBJECTS, 2)
    return out


def feed(
    f: Foresight, frames: int, r: np.random.Generator, step: float = 0.0, cohort: np.ndarray = COHORT
) -> np.ndarray:
    """The strain of the first subject, whose values are moved by `step`, after each frame."""
    out = []
    for _ in range(frames):
        x = r.standard_normal((SIGNALS, SUBJECTS)).astype(np.float32)
        x[:, 0] += step
        f.learn(x, cohort)
        out.append(f.strain[0])
    return np.array(out)


def test_given_a_calm_fleet_then_every_frame_is_learned() -> None:
    f = learner()
    feed(f, 1_500, np.random.default_rng(2))
    assert (f.held == 0).all() and (f.known == 1_500).all()


def test_given_a_long_step_then_it_is_not_learned_while_it_lasts_and_all_else_is() -> None:
    f, r = learner(), np.random.default_rng(1)
    feed(f, 600, r)
    feed(f, 20, r, 8)
    mean, missed, known = f.mean.copy(), f.missed.copy(), f.known.copy()
    strain = feed(f, 300, r, 8)
    np.testing.assert_array_equal(f.mean[:, 0], mean[:, 0])
    np.testing.assert_array_equal(f.missed[:, 0], missed[:, 0])
    assert np.abs(mean[:, 0]).max() < 0.5
    assert strain.min() > 5 * HOLD_FROM, "a fault that lasts must not wear off"
    assert (f.known[:, 1:] == known[:, 1:] + 300).all() and (f.held[1:] == 0).all()
    judged = f.judged[0]
    feed(f, 2 * CALM_FRAMES, r)
    assert f.held[0] == 0 and f.judged[0] > judged, "calm again, it is learned from again"


def test_given_a_step_that_outlasts_what_was_learned_before_then_it_becomes_the_new_way() -> None:
    f, r = learner(), np.random.default_rng(1)
    feed(f, 400, r)
    lasted = int(f.judged[0])
    strain = feed(f, lasted, r, 8)
    assert f.held[0] > 0 and strain[50:].min() > HOLD_FROM
    strain = feed(f, 400, r, 8)
    assert strain[-100:].max() < HOLD_FROM and f.held[0] == 0


def test_given_a_subject_known_for_long_then_a_step_is_held_for_the_limit_and_learned_as_by_one_known_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(foresight, "HOLD_FRAMES", 200)
    f, r = learner(), np.random.default_rng(1)
    feed(f, 1_000, r)
    strain = feed(f, 200, r, 8)
    assert f.held[0] > 150 and strain[50:].min() > HOLD_FROM
    feed(f, 20, r, 8)
    assert f.held[0] == -1 and f.known[:, 0].max() <= 220 and f.judged[0] <= 220
    assert feed(f, 500, r, 8)[-100:].max() < HOLD_FROM and f.held[0] == 0


def test_given_a_pause_under_way_then_it_goes_on_after_a_restart_and_a_move_and_older_state_begins_without_one() -> (
    None
):
    f, r = learner(), np.random.default_rng(1)
    feed(f, 600, r)
    feed(f, 50, r, 8)
    state = {k: v.copy() for k, v in f.snapshot().items()}
    again = Foresight(SIGNALS, f.floor)
    again.restore(state)
    assert again.held[0] == f.held[0] > 0
    feed(again, 20, r, 8)  # two frames after a start nothing is foretold
    np.testing.assert_array_equal(again.mean[:, 0], state["mean"][:, 0])
    assert again.held[0] == state["held"][0] + 18
    f.keep(np.array([3, 0]))
    assert f.held.tolist() == [0, state["held"][0]] and f.calm.tolist() == state["calm"][[3, 0]].tolist()
    older = Foresight(SIGNALS, f.floor)
    older.restore({k: v for k, v in state.items() if k not in ("held", "calm", *OF_TOLD)})
    np.testing.assert_array_equal(older.broad, state["strain"])
    np.testing.assert_array_equal(older.recent, state["mean"])
    assert (older.held == 0).all() and (older.calm == 0).all() and older.held.shape == older.strain.shape
    older.grow(SUBJECTS + 2, 2)
    feed(older, 10, r, 8)
    assert older.held[0] > 0


def test_given_a_pause_when_the_subject_comes_to_a_cohort_of_its_own_then_it_is_learned_there() -> None:
    f, r = learner(), np.random.default_rng(1)
    feed(f, 600, r)
    feed(f, 20, r, 8)
    assert f.held[0] > 0
    moved = COHORT.copy()
    moved[0] = 1
    strain = feed(f, 400, r, 8, moved)
    assert f.frames[1] > 200 and f.held[0] == 0 and strain[-100:].max() < HOLD_FROM


def test_given_a_silent_subject_then_its_pause_stands_still() -> None:
    f, r = learner(), np.random.default_rng(1)
    feed(f, 600, r)
    feed(f, 20, r, 8)
    held, mean = f.held[0], f.mean[:, 0].copy()
    feed(f, 100, r, np.nan)
    assert f.held[0] == held
    np.testing.assert_array_equal(f.mean[:, 0], mean)
    assert all(np.isfinite(a).all() for a in f.snapshot().values())


def test_given_a_signal_that_begins_late_then_it_is_learned_before_it_is_judged_and_in_a_pause_too() -> None:
    for step in (0.0, 8.0):
        f, r = learner(), np.random.default_rng(4)
        worst = 0.0
        for t in range(900):
            x = r.standard_normal((SIGNALS, SUBJECTS)).astype(np.float32)
            x[:3, 0] += step if t >= 590 else 0
            x[3] += 50
            if t < 600:
                x[3, 0] = np.nan
            told = f.foretold(COHORT)
            assert np.isnan(told.missed[3, 0]) == (t < 600 + JUDGED_FRAMES)
            f.learn(x, COHORT)
            worst = max(worst, f.strain[0] if t > 200 else 0)
        assert abs(f.mean[3, 0] - 50) < 0.5
        assert (worst < HOLD_FROM) == (step == 0)
        assert np.sqrt(f.missed[3, 0]) < 2


def test_given_many_that_stray_and_one_that_does_wildly_then_the_many_count_for_more_and_the_one_for_something() -> (
    None
):
    misses = np.zeros((20, 3), np.float32)
    misses[:, 0], misses[0, 1], misses[:, 2] = 2, 1e3, 1
    told, _ = squares(misses)
    assert told[0] > told[1] > told[2]


def test_given_a_fault_that_is_soon_foretold_from_itself_then_it_counts_on_for_where_the_subject_was_before() -> None:
    f, r = learner(), np.random.default_rng(3)
    x = np.zeros((SIGNALS, SUBJECTS), np.float32)

    def go(frames: int, step: float) -> np.ndarray:
        nonlocal x
        for _ in range(frames):
            x = (0.95 * x + 0.31 * r.standard_normal(x.shape)).astype(np.float32)
            now = x.copy()
            now[:, 0] += step
            f.learn(now, COHORT)
        return now

    go(1_500, 0)
    before = f.recent[:, 0].copy()
    now = go(60, 12)
    assert f.held[0] > 0 and np.abs(f.recent[:, 0] - before).max() < 2, "it stands still in a hold"
    times, shares = f.foretold(COHORT).displaced(now)
    assert times[0] > 4 and (shares[:, 0] > 16).all()
    assert (times[1:] == 1).all() and (shares[:, 1:] == 0).all(), "nobody else is held"
    state = {k: v.copy() for k, v in f.snapshot().items()}
    again = Foresight(SIGNALS, f.floor)
    again.restore(state)
    np.testing.assert_array_equal(again.foretold(COHORT).displaced(now)[0], times)
    again.keep(np.array([3, 0]))
    np.testing.assert_array_equal(again.foretold(COHORT[:2]).displaced(now[:, [3, 0]])[0], times[[3, 0]])
    go(3 * CALM_FRAMES, 0)
    assert f.held[0] == 0 and f.foretold(COHORT).displaced(x)[0][0] == 1
