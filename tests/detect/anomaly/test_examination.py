"""The examination that every detector of series passes: hostile arrays, quiet on noise, loud on its fault, honest options."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from swarmscope.config import Plugins
from swarmscope.detect.base import KIND, FleetDetector, Scores, options_at, options_of
from swarmscope.detect.guard import Health, checked_scores, judged
from swarmscope.errors import PluginError
from swarmscope.registry import discover
from swarmscope.window import SIGNALS, Panel
from tests.support.panels import FRAMES, panel, shifted

DETECTORS = {n: p.cls for n, p in discover(KIND, Plugins()).plugins.items() if issubclass(p.cls, FleetDetector)}
APART = {"cohort_shift", "federated"}  # one speaks of groups, the other has nothing to say before sites have trained it
OF_SERIES = sorted(set(DETECTORS) - APART)


def scores(name: str, seen: Panel) -> Scores:
    cls = DETECTORS[name]
    made = cls(options_at(cls)).judge(seen)
    assert isinstance(made, Scores)
    return checked_scores(made, len(seen.signals), len(seen.agents))


@pytest.mark.parametrize("name", OF_SERIES)
def test_given_a_calm_fleet_when_judged_then_chance_stays_rare(name: str) -> None:
    tails = np.concatenate([scores(name, panel(200, seed)).tail.ravel() for seed in range(4)])
    said = tails[np.isfinite(tails)]
    assert (said < 1e-4).sum() <= 1 + 4e-4 * said.size


@pytest.mark.parametrize("name", OF_SERIES)
def test_given_one_slow_agent_when_judged_then_it_is_the_strangest(name: str) -> None:
    tail = scores(name, shifted(panel(), 17, 6)).tail
    with np.errstate(all="ignore"):
        strangest = np.nanargmin(np.nanmin(np.where(np.isfinite(tail), tail, np.inf), axis=0))
    assert strangest == 17
    assert np.nanmin(tail[:, 17]) < 1e-3


@pytest.mark.parametrize("name", sorted(DETECTORS))
@pytest.mark.parametrize("agents", [1, 2, 64])
@pytest.mark.parametrize("kind", ["nan", "constant", "single", "jump", "infinite", "short"])
def test_given_hostile_arrays_when_judged_then_the_answer_is_whole(name: str, agents: int, kind: str) -> None:
    seen = panel(agents, frames=3 if kind == "short" else FRAMES)
    x = seen.x.copy()
    if kind == "nan":
        x[:] = np.nan
    elif kind == "constant":
        x[:] = 7
    elif kind == "single":
        x[:-1] = np.nan
    elif kind == "jump":
        x[-1] = 1e12
    elif kind == "infinite":
        x[-5:, 0] = np.inf
    cls = DETECTORS[name]
    made = cls(options_at(cls)).judge(replace(seen, x=x))
    if isinstance(made, Scores):
        tail = checked_scores(made, len(SIGNALS), agents).tail
        assert ((tail >= 0) & (tail <= 1) | np.isnan(tail)).all()


@pytest.mark.parametrize("name", OF_SERIES)
def test_given_the_same_panel_twice_then_the_scores_are_the_same_and_the_panel_is_untouched(name: str) -> None:
    seen = shifted(panel(), 3, 5)
    before = seen.x.copy()
    first, again = scores(name, seen), scores(name, seen)
    np.testing.assert_array_equal(first.tail, again.tail)
    np.testing.assert_array_equal(seen.x, before)


@pytest.mark.parametrize("name", OF_SERIES)
@settings(max_examples=15, deadline=None)
@given(x=arrays(np.float32, (40, len(SIGNALS), 5), elements=st.floats(-1e6, 1e6, width=32) | st.just(np.nan)))
def test_given_any_history_then_tails_are_probabilities(name: str, x: np.ndarray) -> None:
    tail = scores(name, replace(panel(5, frames=40), x=x)).tail
    assert ((tail >= 0) & (tail <= 1) | np.isnan(tail)).all()


@pytest.mark.parametrize("name", sorted(DETECTORS))
def test_options_have_bounds_and_the_dial_makes_them_keener(name: str) -> None:
    cls = DETECTORS[name]
    for option in options_of(cls):
        assert option.about, option.name
        if option.minimum is not None:
            with pytest.raises(PluginError, match=option.name):
                options_at(cls, given={option.name: type(option.default)(option.minimum - 1)})
        if option.sensitive is not None:
            dull, keen = (getattr(options_at(cls, s), option.name) for s in (0.0, 1.0))
            assert (dull, keen) == pytest.approx(option.sensitive)
    with pytest.raises(PluginError, match="sensitivity"):
        options_at(cls, 1.5)
    with pytest.raises(PluginError, match="options"):
        options_at(cls, given={"no_such": 1})


def test_given_a_detector_that_raises_then_it_is_counted_left_out_and_nobody_else_notices() -> None:
    health = Health()
    made = DETECTORS["robust"]()

    def broken() -> Scores:
        raise ZeroDivisionError("of a stranger")

    assert judged(made, health, broken) is None
    assert (health.failures, health.is_off) == (1, True)
    assert "of a stranger" in health.error
    assert judged(made, health, lambda: scores("robust", panel())) is None  # still left out
    health.off_until = 0.0
    assert judged(made, health, lambda: scores("robust", panel())) is not None


@pytest.mark.parametrize(
    "wrong",
    [
        Scores(np.full((len(SIGNALS), 3), 0.5, np.float32), np.zeros((len(SIGNALS), 3), np.float32)),
        Scores(np.full((len(SIGNALS), 64), 7, np.float32), np.zeros((len(SIGNALS), 64), np.float32)),
    ],
)
def test_given_nonsense_then_it_is_refused(wrong: Scores) -> None:
    with pytest.raises(PluginError):
        checked_scores(wrong, len(SIGNALS), 64)
