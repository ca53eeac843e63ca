"""Forecasts against plain loops of the same methods, and their intervals against what was to come."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swarmscope.stats import experts
from swarmscope.stats.experts import Seasons
from swarmscope.stats.forecast import POINTS_MIN, forecast


def damped_by_hand(y, a, b, p, horizon):
    """Level and damped trend, step by step; errors and forecast."""
    level, trend, errors = y[0], 0.0, [0.0]
    for value in y[1:]:
        error = value - (level + p * trend)
        level, trend = level + p * trend + a * error, p * trend + a * b * error
        errors.append(error)
    damping = np.cumsum(p ** np.arange(1, horizon + 1))
    return np.array(errors), level + trend * damping


def theta_by_hand(y, a, horizon):
    """Simple exponential smoothing with half the slope of the line of least squares as drift."""
    level = y[0]
    cost = 0.0
    for value in y[1:]:
        cost += (value - level) ** 2
        level += a * (value - level)
    slope = np.polyfit(np.arange(len(y)), y, 1)[0]
    start = (1 - (1 - a) ** len(y)) / a
    return cost, level + slope / 2 * (np.arange(horizon) + start)


@pytest.mark.parametrize("seed", range(4))
def test_given_series_when_smoothed_by_filters_then_a_plain_loop_gives_the_same(seed):
    rng = np.random.default_rng(seed)
    y = np.cumsum(rng.normal(0.05, 1, (3, 90)), axis=1)
    made = experts.damped_trend(y, 12)
    for row, got in zip(y, made, strict=True):
        tried = [
            (float((errors[10:] ** 2).mean()), ahead)
            for a in experts.ALPHAS
            for b in experts.TRENDS
            for p in (experts.DAMPINGS if b else experts.DAMPINGS[:1])
            for errors, ahead in [damped_by_hand(row, a, b, p, 12)]
        ]
        best = min(tried, key=lambda t: t[0])[1]
        np.testing.assert_allclose(got, best, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("seed", range(4))
def test_given_series_when_forecast_by_theta_then_a_plain_loop_gives_the_same(seed):
    rng = np.random.default_rng(seed)
    y = np.cumsum(rng.normal(0.1, 1, (3, 70)), axis=1) + 20
    made = experts.theta_line(y, 9)
    for row, got in zip(y, made, strict=True):
        best = min((theta_by_hand(row, a, 9) for a in experts.ALPHAS), key=lambda t: t[0])[1]
        np.testing.assert_allclose(got, best, rtol=1e-7, atol=1e-7)


def test_given_a_pure_cycle_when_forecast_then_it_goes_on():
    y = 10 + 3 * np.sin(2 * np.pi * np.arange(240) / 24)[None] * np.array([[1.0], [2.0]])
    ahead = 10 + 3 * np.sin(2 * np.pi * np.arange(240, 288) / 24)[None] * np.array([[1.0], [2.0]])
    made = forecast(y, 48, (24,))
    np.testing.assert_allclose(made.value, ahead, atol=0.05)


def test_given_a_recursion_when_forecast_by_least_squares_then_its_factors_are_found():
    rng = np.random.default_rng(1)
    y = np.zeros((1, 2000))
    for t in range(2, 2000):
        y[0, t] = 1.2 * y[0, t - 1] - 0.5 * y[0, t - 2] + rng.normal()
    made = experts.autoregression(y, 1, Seasons())
    assert made[0, 0] == pytest.approx(1.2 * y[0, -1] - 0.5 * y[0, -2], abs=0.25)


@pytest.mark.parametrize("kind", ["noise", "walk", "autoregression", "seasonal"])
def test_given_many_series_when_forecast_then_intervals_hold_what_they_promise(kind):
    rng = np.random.default_rng(3)
    n, known, horizon = 250, 240, 12
    noise = rng.normal(size=(n, known + horizon))
    y = {
        "noise": noise,
        "walk": np.cumsum(noise, axis=1),
        "autoregression": np.stack([np.convolve(e, 0.8 ** np.arange(40))[: known + horizon] for e in noise]),
        "seasonal": 5 + 2 * np.sin(2 * np.pi * np.arange(known + horizon) / 24) + noise,
    }[kind]
    made = forecast(y[:, :known], horizon, (24,), (0.8, 0.95))
    actual = y[:, known:]
    for k, level in enumerate((0.8, 0.95)):
        inside = ((actual >= made.lower[k]) & (actual <= made.upper[k])).mean()
        assert level - 0.09 <= inside <= level + 0.09, (kind, level, inside)
        assert abs(np.nanmean(made.coverage[k]) - inside) < 0.1, "what is told of the coverage is what comes true"


def test_given_experts_of_unlike_merit_when_blended_then_the_blend_is_no_worse_than_the_middle_one():
    rng = np.random.default_rng(5)
    y = 50 + 10 * np.sin(2 * np.pi * np.arange(400) / 24) + rng.normal(size=(40, 400))
    made = forecast(y[:, :376], 24, (24,))
    blend = np.abs(made.value - y[:, 376:]).mean()
    single = [np.abs(e(y[:, :376], 24, Seasons((24,))) - y[:, 376:]).mean() for e in experts.EXPERTS.values()]
    assert blend < np.median(single)
    np.testing.assert_allclose(made.weights.sum(0), 1)


@settings(max_examples=25, deadline=None)
@given(
    st.floats(1e-6, 1e9),
    st.integers(1, 20),
    st.integers(POINTS_MIN, 60),
    st.sampled_from([(), (4,), (4, 12)]),
    st.integers(0, 2**31),
)
def test_given_any_scale_when_forecast_then_values_scale_and_bounds_stay_in_order(
    factor, horizon, length, seasons, seed
):
    y = np.random.default_rng(seed).gamma(2, 1, (3, length))
    made, scaled = forecast(y, horizon, seasons), forecast(y * factor, horizon, seasons)
    np.testing.assert_allclose(scaled.value, made.value * factor, rtol=1e-5)
    known = np.isfinite(made.lower)
    assert (np.where(known, made.lower <= made.value, True)).all()
    assert (np.where(known, made.value <= made.upper, True)).all()
    assert (np.where(known[0], made.upper[0] <= made.upper[1] + 1e-9, True)).all(), "the wider level is wider"


def test_given_bad_input_when_forecast_then_it_is_nothing_or_an_error_and_never_nonsense():
    y = np.full((7, 60), np.nan)
    y[0] = 3.0
    y[1, -5:] = 1.0  # too short
    y[3] = np.arange(60)
    y[3, 20:30] = np.nan
    y[4] = 1e12 * (1 + np.arange(60) % 2)
    y[5] = np.where(np.arange(60) == 30, 1e12, 1.0)
    y[6] = np.where(np.arange(60) % 7 == 0, np.inf, 2.0)
    made = forecast(y, 10, (12,), floor=0.0)
    assert made.value[0] == pytest.approx(np.full(10, 3.0))
    assert np.isnan(made.value[1]).all() and np.isnan(made.value[2]).all()
    assert np.isfinite(made.value[[3, 4, 5, 6]]).all()
    assert made.value[6] == pytest.approx(np.full(10, 2.0))
    assert np.nanmin(made.lower) >= 0
    with pytest.raises(ValueError, match="horizon is 0"):
        forecast(y, 0)
    with pytest.raises(ValueError, match="not within 0 and 1"):
        forecast(y, 3, levels=(1.5,))


def test_given_series_of_many_lengths_when_forecast_then_each_is_as_good_as_alone():
    rng = np.random.default_rng(9)
    y = rng.normal(5, 1, (3, 100))
    y[0, :40] = np.nan
    y[1, :10] = np.nan
    together = forecast(y, 6)
    np.testing.assert_allclose(together.value[0], forecast(y[:1, 40:], 6).value[0], rtol=1e-9)


def test_given_a_forecast_then_no_library_of_distributions_was_loaded():
    code = (
        "import sys, numpy as np; from swarmscope.stats import experts, networks; experts.damped_trend(np.ones((1, 30)), 3);"
        "networks.rewiring(1, 2, 1, 2); print([m for m in ('scipy.stats', 'scipy.signal') if m in sys.modules])"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert made.stdout.strip() == "[]"  # 50 MB, and half a second of every start
