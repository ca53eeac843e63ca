"""Histograms as matrices against the same one window, and one sum, at a time."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from swarmscope.query.promql import dense, mixed
from swarmscope.query.promql.histogram import CUSTOM, NOT_RESET, RESET, UNKNOWN, Histogram, Side, Total
from swarmscope.query.promql.nodes import Number
from swarmscope.query.promql.notes import Notes

COUNTS = st.lists(st.integers(0, 5), min_size=4, max_size=4)
STEPS = st.lists(
    st.tuples(COUNTS, st.sampled_from([0, 0, 0, 0, 1]), st.sampled_from([UNKNOWN] * 6 + [RESET, NOT_RESET])),
    min_size=2,
    max_size=14,
)


def made(counts: list[int], zero: int, custom: bool, threshold: float, hint: int) -> Histogram:
    kept = [i for i, c in enumerate(counts) if c]
    side = Side(np.array(kept, np.int64) + (0 if custom else -3), np.array([counts[i] for i in kept], np.float64))
    if custom:
        return Histogram(
            CUSTOM, float(sum(counts)), 1.5 * sum(counts), positive=side, bounds=(1.0, 2.0, 4.0), hint=hint
        )
    whole = float(2 * sum(counts) + zero)
    return Histogram(0, whole, 0.25 * sum(counts), threshold, float(zero), side, side, hint=hint)


@settings(max_examples=400, deadline=None)
@given(STEPS, st.booleans(), st.sampled_from([0.0, 0.3]), st.sampled_from([0, 1, 2]), st.booleans(), st.booleans())
def test_rates_of_all_windows_are_those_of_each(
    steps: list[tuple[list[int], int, int]], custom: bool, threshold: float, begins: int, rate: bool, odd_times: bool
) -> None:
    histograms, starts, held, began = [], [], np.zeros(4, int), 0
    times = np.arange(len(steps), dtype=np.int64) * 15_000 + 1_000_000
    if odd_times:
        times[1:] += np.cumsum(np.arange(1, len(steps)) % 3) * 7_000
    for i, (counts, anew, hint) in enumerate(steps):
        held = np.array(counts) if anew else held + counts
        began = int(times[i]) - 2_000 if anew or i == 0 else began
        histograms.append(made(held.tolist(), int(held[0]), custom, threshold, hint))
        starts.append((0, began, 1_000)[begins])
    series = dense.Series.of(histograms, times, np.array(starts, np.int64))
    assert series is not None
    ends = np.arange(times[0], times[-1] + 90_000, 20_000)
    low, high = (np.searchsorted(times, e, "right") for e in (ends - 60_000, ends))
    found = dict(series.extrapolated(low, high, ends, 60_000, rate))
    for i, end in enumerate(ends.tolist()):
        part = slice(int(low[i]), int(high[i]))
        if part.start >= part.stop:
            assert i not in found
            continue
        window = mixed.Mixed(
            times[part].tolist(), [0.0] * (part.stop - part.start), histograms[part], starts[part], end, end, 60_000, 0.0, 0.0,
            "m", Number(0.0), Notes(),
        )  # fmt: skip
        expected = mixed.extrapolated(True, rate)(window)
        assert (expected is None) == (i not in found)
        if isinstance(expected, Histogram):
            close(found[i], expected)


def close(a: Histogram, b: Histogram) -> None:
    assert (a.schema, a.zero_threshold, a.bounds, a.hint) == (b.schema, b.zero_threshold, b.bounds, b.hint)
    assert np.allclose([a.count, a.sum, a.zero_count], [b.count, b.sum, b.zero_count], rtol=1e-12, atol=1e-12)
    for mine, theirs in ((a.positive, b.positive), (a.negative, b.negative)):
        assert mine.index.tolist() == theirs.index.tolist()
        assert np.allclose(mine.counts, theirs.counts, rtol=1e-12)


@settings(max_examples=200, deadline=None)
@given(st.lists(COUNTS, min_size=1, max_size=9), st.booleans(), st.sampled_from([0.0, 0.3]))
def test_sums_are_those_of_one_after_the_other(parts: list[list[int]], custom: bool, threshold: float) -> None:
    histograms = [made(counts, counts[1], custom, threshold, UNKNOWN) for counts in parts]
    found = dense.summed(histograms)
    assert found is not None
    total = Total(histograms[0])
    for other in histograms[1:]:
        total.add(other)
    close(found.compact(), total.result().compact())


def test_what_is_not_alike_is_left_to_the_others() -> None:
    one = made([1, 2, 3, 4], 1, False, 0.0, UNKNOWN)
    times = np.array([0, 1, 2], np.int64)
    for other in (
        None,
        made([1, 2, 3, 4], 1, True, 0.0, UNKNOWN),
        made([1, 2, 3, 4], 1, False, 0.5, UNKNOWN),
        one.hinted(3),
    ):
        assert dense.Series.of([one, one, other], times, None) is None
    assert dense.Series.of([one, one, one], times * 1000 + 1000, np.array([500, 500, 900], np.int64)) is None, (
        "it overlaps"
    )
    assert dense.summed([one, one.times(-1.0)]) is None, "their order matters"
    assert dense.summed([one, one.hinted(RESET)]) is None
    assert dense.summed([one, made([1], 0, True, 0.0, UNKNOWN)]) is None
