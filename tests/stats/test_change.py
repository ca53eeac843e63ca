"""Conformal martingales: chance alarms hardly ever, whatever the values; changes of place, spread and share alarm soon."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from swarmscope.stats.change import Streams

Rng = np.random.Generator
CALM: dict[str, Callable[[Rng, tuple[int, ...]], np.ndarray]] = {
    "normal": lambda r, s: r.standard_normal(s),
    "heavy": lambda r, s: r.standard_cauchy(s),
    "skewed": lambda r, s: r.lognormal(0, 2, s),
    "yes or no": lambda r, s: (r.random(s) < 0.1).astype(float),
    "constant": lambda r, s: np.ones(s),
}


def alarms(values: np.ndarray, alarm: float = 10_000.0) -> np.ndarray:
    """Place of the first alarm of each stream (streams, time, features); the length when there is none."""
    n, length, features = values.shape
    streams = Streams(features, alarm)
    streams.grow(n)
    first = np.full(n, length)
    for t in range(length):
        here = streams.take(np.arange(n), values[:, t].astype(np.float32))
        first = np.where(here & (first == length), t, first)
    return first


@pytest.mark.parametrize("name", sorted(CALM))
def test_given_exchangeable_values_then_false_alarms_stay_below_the_stated_rate(name: str) -> None:
    values = CALM[name](np.random.default_rng(3), (120, 500, 2))
    assert (alarms(values) < 500).sum() <= 2  # 0.05 in 500 would be 6


@pytest.mark.parametrize(
    ("change", "within"),
    [("place", 60), ("spread", 120), ("share", 150)],
)
def test_given_a_change_then_it_is_found_soon(change: str, within: int) -> None:
    rng = np.random.default_rng(5)
    values = rng.standard_normal((40, 700, 2))
    if change == "place":
        values[:, 400:, 0] += 1.5
    elif change == "spread":
        values[:, 400:, 1] *= 4
    else:
        values[:, :, 1] = rng.random((40, 700)) < np.where(np.arange(700) < 400, 0.02, 0.4)
    first = alarms(values)
    assert (first >= 400).all() and np.mean(first < 400 + within) >= 0.95


def test_gaps_neither_count_nor_break_anything_and_the_state_survives() -> None:
    rng = np.random.default_rng(1)
    one = Streams(2)
    one.grow(3)
    for _ in range(100):
        values = rng.standard_normal((3, 2)).astype(np.float32)
        values[0] = np.nan
        assert not one.take(np.arange(3), values).any()
    other = Streams(2)
    other.restore(one.snapshot())
    np.testing.assert_array_equal(other.level, one.level)
    assert np.isfinite(one.level).all()
    with pytest.raises(ValueError, match="features|shape"):
        Streams(3).restore(one.snapshot())
