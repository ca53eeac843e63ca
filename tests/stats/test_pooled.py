"""Statistics of sites, added up, are bit for bit those of all rows in one place."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swarmscope.stats.pooled import RANGE, VALUE_MAX, Layout, pooled, summed

LAYOUT = Layout(("a", "b", "c"), (0.0, 1.0, -2.0), (1.0, 0.5, 2.0))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 6))
def test_sites_add_up_to_the_pool(seed: int, sites: int) -> None:
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((200, 3)) * rng.uniform(0.1, 30, 3)
    rows[rng.random((200, 3)) < 0.02] = np.nan
    parts = np.array_split(rows[rng.permutation(200)], np.sort(rng.integers(0, 201, sites - 1)))
    total = np.zeros(LAYOUT.size, np.uint64)
    for part in parts:
        total = total + summed(LAYOUT, part)
    assert (total == summed(LAYOUT, rows)).all()


def test_the_pool_is_what_numpy_says_of_its_rows() -> None:
    rng = np.random.default_rng(1)
    mix = np.array([[1.0, 0.4, 0.0], [0.0, 1.0, -0.3], [0.0, 0.0, 0.5]])
    rows = rng.standard_normal((5000, 3)) @ mix + np.array([0.5, 1.0, -2.5])
    seen = pooled(LAYOUT, summed(LAYOUT, rows))
    assert seen.rows == 5000
    assert seen.mean == pytest.approx(rows.mean(0), abs=1e-3)
    assert seen.covariance == pytest.approx(np.cov(rows.T), abs=2e-3)
    values, directions = seen.components(3)
    scaled = np.cov((rows / np.array(LAYOUT.scale)).T)
    assert values == pytest.approx(np.linalg.eigvalsh(scaled)[::-1], abs=5e-3)
    assert directions @ directions.T == pytest.approx(np.eye(3), abs=1e-9)
    for q in (0.05, 0.5, 0.95):
        apart = np.abs(seen.quantile(q) - np.quantile(rows, q, axis=0)) / np.array(LAYOUT.scale)
        assert apart.max() < 2 * RANGE / 128


def test_values_beyond_all_bounds_are_cut_and_nothing_wraps() -> None:
    rows = np.full((1000, 3), 1e12)
    seen = pooled(LAYOUT, summed(LAYOUT, rows))
    assert seen.mean == pytest.approx(np.array(LAYOUT.centre) + VALUE_MAX * np.array(LAYOUT.scale))
    assert np.abs(seen.covariance).max() < 1e-6


@pytest.mark.parametrize("rows", [np.zeros((0, 3)), np.full((5, 3), np.nan), np.zeros((1, 3))])
def test_too_few_rows_are_refused(rows: np.ndarray) -> None:
    with pytest.raises(ValueError, match="two are needed"):
        pooled(LAYOUT, summed(LAYOUT, rows))


@pytest.mark.parametrize(
    ("signals", "centre", "scale"),
    [((), (), ()), (("a",), (0.0, 1.0), (1.0,)), (("a",), (0.0,), (0.0,)), (("a",), (np.nan,), (1.0,))],
)
def test_a_layout_that_is_none_is_refused(signals: tuple, centre: tuple, scale: tuple) -> None:
    with pytest.raises(ValueError, match="layout|scales"):
        Layout(signals, centre, scale)
