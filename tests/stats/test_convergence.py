"""Exponential approaches: what was put in is found, noise is not one."""

from __future__ import annotations

import numpy as np
import pytest

from swarmscope.stats.convergence import approach


@pytest.mark.parametrize("tau", [5.0, 20.0, 60.0])
def test_given_an_approach_with_noise_when_fitted_then_limit_and_time_left_are_found(tau: float) -> None:
    t = np.arange(100)
    y = 0.9 - 0.5 * np.exp(-t / tau) + np.random.default_rng(1).normal(0, 0.01, (20, 100))
    y[:, ::7] = np.nan
    fit = approach(y)
    assert np.median(fit.limit) == pytest.approx(0.9, abs=0.05)
    assert np.median(fit.tau) == pytest.approx(tau, rel=0.3)
    assert (fit.explained > 0.8).all()
    left = np.median(fit.remaining(99, 0.05))
    assert left == pytest.approx(max(0.0, 3 * tau - 99), abs=0.35 * 3 * tau)


def test_given_noise_or_nothing_when_fitted_then_little_is_explained() -> None:
    y = np.random.default_rng(2).normal(size=(50, 100))
    assert np.median(approach(y).explained) < 0.2
    assert np.isnan(approach(np.full((1, 100), np.nan)).limit).all()
    assert np.isnan(approach(np.ones((1, 100))).limit).all()
