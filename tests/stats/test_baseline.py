"""What is normal, learned from seven days: how far a series strays, and what an hour of the week brings."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from swarmscope.stats.baseline import Baseline, deviation

DAY = 1440  # frames of a minute
SERIES = 8
COHORT = np.zeros(SERIES, np.int32)
ITEMS = np.full((1, SERIES), 20, np.float32)
F32 = NDArray[np.float32]


def learned(values: F32, rhythm: F32 | None = None) -> Baseline:
    """values: (frames, series), the first one at the first hour of a week."""
    base = Baseline(1, np.full(1, 0.02, np.float32))
    base.grow(SERIES, 1)
    for frame, row in enumerate(values):
        extra = np.float32(0 if rhythm is None else rhythm[frame // 60 % 24])
        base.learn((row + extra)[None], ITEMS, COHORT, frame // 60 % 168)
    return base


def strangeness(base: Baseline, value: float, hour: int) -> F32:
    """Deviations that a value is away from what is usual then, of each series."""
    mean, spread, unsure = base.parts(COHORT, hour)
    off: F32 = np.abs(value - mean[0]) / deviation(spread[0], ITEMS[0], unsure[0])
    return off


def calm(days: float, seed: int = 1) -> F32:
    rng = np.random.default_rng(seed)
    return (100 + rng.normal(0, 5, (round(days * DAY), SERIES))).astype(np.float32)


def test_given_a_series_that_bursts_now_and_then_for_a_week_when_an_hour_was_quiet_then_its_bursts_are_still_usual() -> (
    None
):
    values = calm(7)
    values[::95, 0] += 60  # a minute in every hour and a half
    quiet = calm(1 / 24, seed=2)
    base = learned(np.concatenate([values, quiet]))
    off = strangeness(base, 160, 0)
    assert off[0] < 9 < 11 < off[1:].min()


def test_given_a_day_with_a_rhythm_when_it_was_seen_for_a_week_then_its_peak_is_usual_at_its_hour_and_strange_at_night() -> (
    None
):
    rhythm = np.where(np.arange(24) == 14, 60, 0).astype(np.float32)
    base = learned(calm(7), rhythm)
    peak, night = 7 * 24 + 14, 7 * 24 + 3
    assert strangeness(base, 160, peak % 168).max() < 4
    assert strangeness(base, 160, night % 168).min() > 7
    assert strangeness(base, 100, peak % 168).min() > 4.5, "and a peak that does not come is strange"


def test_given_a_series_that_grew_wilder_over_the_week_then_its_threshold_followed() -> None:
    values = calm(7)
    wild = np.random.default_rng(3).normal(0, 25, 3 * DAY).astype(np.float32)
    values[-3 * DAY :, 0] += wild
    base = learned(values)
    _, spread, unsure = base.parts(COHORT, 0)
    width = deviation(spread[0], ITEMS[0], unsure[0])
    assert 15 < width[0] < 30 and width[1:].max() < 8, width
