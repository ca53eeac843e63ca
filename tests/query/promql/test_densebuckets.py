"""Quantiles, fractions and variances of many histograms at once against the same one by one, to the bit."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swarmscope.query.promql import buckets, densebuckets
from swarmscope.query.promql.histogram import CUSTOM, Histogram, Side

BOUNDS = ((), (1.0,), (-2.0, 0.0, 3.0), (-1.0, 0.5, 4.0), (0.25, 0.5, 1e9))
COUNTS = st.dictionaries(st.integers(-6, 6), st.sampled_from([1.0, 2.0, 3.0, 0.1, 1e6, 1 / 3]), max_size=5)


@st.composite
def histograms(draw: st.DrawFn) -> Histogram:
    def side(counts: dict[int, float]) -> Side:
        return Side(np.array(sorted(counts), np.int64), np.array([counts[i] for i in sorted(counts)]))

    more = draw(st.sampled_from([0.0, 0.0, 0.0, 0.5, -0.5]))  # counts that buckets do not add up to
    total = draw(st.sampled_from([1.5, 1.5, 1.5, math.nan]))
    if draw(st.booleans()):
        bounds = draw(st.sampled_from(BOUNDS))
        positive = side({i: c for i, c in draw(COUNTS).items() if 0 <= i <= len(bounds)})
        return Histogram(CUSTOM, float(positive.counts.sum()) + more, total, positive=positive, bounds=bounds)
    positive, negative = side(draw(COUNTS)), side(draw(COUNTS) if draw(st.booleans()) else {})
    zero = draw(st.sampled_from([0.0, 0.0, 2.0]))
    count = float(positive.counts.sum() + negative.counts.sum()) + zero + more
    schema, threshold = draw(st.sampled_from([0, 3, -1])), draw(st.sampled_from([0.0, 0.001, 0.3]))
    return Histogram(schema, count, total, threshold, zero, positive, negative)


SOME = st.lists(histograms(), min_size=1, max_size=12)
Q = st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.5, 1.0, -0.1, 1.1, math.nan]))
EDGES = st.one_of(
    st.floats(-100, 100), st.sampled_from([0.0, -0.0, 0.25, 1.0, 4.0, -2.0, math.inf, -math.inf, math.nan])
)


@settings(max_examples=200, deadline=None)
@given(SOME, Q)
def test_quantiles_are_those_of_each(some: list[Histogram], q: float) -> None:
    with np.errstate(all="ignore"):
        found, done = densebuckets.quantiles(np.full(len(some), q), some)
        for i, h in enumerate(some):
            if done[i]:
                expected, said = buckets.quantile(q, h)
                assert said == ""
                np.testing.assert_array_equal(found[i], expected)
            else:
                assert (
                    not 0 <= q <= 1
                    or math.isnan(h.sum)
                    or h.count <= 0
                    or not (h.positive or h.negative or h.zero_count)
                )


@settings(max_examples=200, deadline=None)
@given(SOME, EDGES, EDGES)
def test_fractions_are_those_of_each(some: list[Histogram], lower: float, upper: float) -> None:
    with np.errstate(all="ignore"):
        found, done = densebuckets.fractions(np.full(len(some), lower), np.full(len(some), upper), some)
        for i, h in enumerate(some):
            if done[i]:
                expected, skewed = buckets.fraction(lower, upper, h)
                assert not skewed
                np.testing.assert_array_equal(found[i], expected)
            else:
                assert (
                    not lower < upper
                    or math.isnan(h.sum)
                    or h.count <= 0
                    or not (h.positive or h.negative or h.zero_count)
                )


@settings(max_examples=200, deadline=None)
@given(SOME)
def test_variances_are_those_of_each(some: list[Histogram]) -> None:
    np.testing.assert_array_equal(densebuckets.variances(some), [buckets.variance(h) for h in some])


def test_variances_of_many_are_not_computed_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(h: Histogram) -> float:
        raise AssertionError(h)

    side = Side(np.array([-3, 1, 2]), np.array([2.0, 3.0, 1.0]))
    some = [Histogram(0, 6.0, float(i), positive=side) for i in range(10)]
    expected = [buckets.variance(h) for h in some]
    monkeypatch.setattr(buckets, "variance", refuse)
    np.testing.assert_array_equal(densebuckets.variances(some), expected)


def test_what_is_odd_is_left_to_the_others() -> None:
    plain = Histogram(0, 2.0, 1.0, positive=Side(np.array([1]), np.array([2.0])))
    odd = [
        Histogram(0, 2.0, math.nan, positive=plain.positive),
        Histogram(0, -2.0, 1.0, positive=Side(np.array([1]), np.array([-2.0]))),
        Histogram(0, 2.0, 1.0),
        Histogram(),
    ]
    assert densebuckets.quantiles(np.full(5, 0.5), [plain, *odd])[1].tolist() == [True, False, False, False, False]
    assert densebuckets.fractions(np.zeros(5), np.ones(5), [plain, *odd])[1].tolist() == [
        True,
        False,
        False,
        False,
        False,
    ]
