"""Histograms as matrices against the same one window, and one sum, at a time."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from swarmscope.query.promql import dense, mixed
from swarmscope.query.promql.engine import Engine
from swarmscope.query.promql.histogram import CUSTOM, GAUGE, NOT_RESET, RESET, UNKNOWN, Histogram, Side, Total, mean
from swarmscope.query.promql.memory import MemorySource
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
    name = "rate" if rate else "increase"
    for found, expected in pairs(name, series, histograms, times, starts, 20_000):
        assert (expected is None) == (found is None)
        if isinstance(expected, Histogram):
            assert isinstance(found, Histogram)
            close(found, expected)


def pairs(
    name: str, series: dense.Series, histograms: list[Histogram], times: np.ndarray, starts: list[int], step: int
) -> list[tuple[mixed.Outcome, mixed.Outcome]]:
    """What each window gives, at once and one by one; both must say the same besides."""
    ends = np.arange(times[0], times[-1] + 90_000, step)
    low, high = (np.searchsorted(times, e, "right") for e in (ends - 60_000, ends))
    at_once = dense.FUNCTIONS[name](series, dense.Spans(low, high, ends, 60_000))
    notes, out = Notes(), []
    found = {}
    if at_once is not None:
        values = at_once.values if isinstance(at_once.values, list) else at_once.values.tolist()
        found = dict(zip(at_once.at.tolist(), values, strict=True))
    for i, end in enumerate(ends.tolist()):
        part = slice(int(low[i]), int(high[i]))
        if part.start >= part.stop:
            assert i not in found
            continue
        window = mixed.Mixed(
            times[part].tolist(), [0.0] * (part.stop - part.start), histograms[part], starts[part], end, end, 60_000, 0.0, 0.0,
            "m", Number(0.0), notes,
        )  # fmt: skip
        with np.errstate(all="ignore"):
            out.append((found.get(i), mixed.FUNCTIONS[name](window)))
    if at_once is None:
        return []
    assert at_once.noted == bool(notes.warnings)
    return out


@settings(max_examples=600, deadline=None)
@given(
    st.sampled_from(sorted(set(dense.FUNCTIONS) - {"rate", "increase"})),
    st.lists(
        st.tuples(COUNTS, st.floats(-1e9, 1e9), st.sampled_from([UNKNOWN] * 5 + [RESET, NOT_RESET, GAUGE])),
        min_size=1,
        max_size=14,
    ),
    st.booleans(),
    st.sampled_from([0.0, 0.3]),
    st.booleans(),
    st.sampled_from([1.0, 0.1, 1e15]),
)
def test_all_windows_are_each_to_the_bit(
    name: str, steps: list[tuple[list[int], float, int]], custom: bool, threshold: float, gauges: bool, scale: float
) -> None:
    histograms = []
    for number, (counts, total, hint) in enumerate(steps):
        h = made(counts, counts[0], custom, threshold, GAUGE if gauges else hint).times(scale + number / 7)
        histograms.append(
            Histogram(
                h.schema, h.count, total, h.zero_threshold, h.zero_count, h.positive, h.negative, h.bounds, h.hint
            )
        )
    times = np.cumsum(np.array([1_000_000] + [7_000 + 13_000 * (i % 3) for i in range(len(steps) - 1)]))
    starts = [int(t) - 3_000 if i % 4 == 0 else 0 for i, t in enumerate(times.tolist())]
    series = dense.Series.of(histograms, times, np.array(starts, np.int64))
    assert series is not None
    for found, expected in pairs(name, series, histograms, times, starts, 9_000):
        if isinstance(expected, Histogram):
            assert isinstance(found, Histogram)
            assert found.equals(expected)
            assert found.hint == expected.hint
        else:
            assert found == expected


def test_what_cannot_be_folded_at_once_is_left_to_the_others() -> None:
    times = np.array([1000, 2000, 3000], np.int64)
    one = made([1, 2, 3, 4], 1, False, 0.0, UNKNOWN)
    w = dense.Spans(np.array([0]), np.array([3]), np.array([3000]), 60_000)
    for odd in (one.times(-1.0), one.times(1e308).times(1e10), one.times(1e-310)):
        series = dense.Series.of([one, one, odd], times, None)
        assert series is not None
        assert not series.plain
        assert series.folded(w, True) is None
        assert series.counted(w, True) is None
    series = dense.Series.of([one, one.hinted(RESET), one.hinted(NOT_RESET)], times, None)
    assert series is not None
    assert series.folded(w, False) is None, "it must be noted"


def test_functions_of_places_take_histograms_as_they_are() -> None:
    source = MemorySource()
    one, two = made([1, 2, 3, 4], 1, False, 0.0, UNKNOWN), made([2, 2, 3, 4], 1, True, 0.0, UNKNOWN)
    for at, value in ((10_000, 5.0), (20_000, one), (30_000, two)):
        source.append({"__name__": "m"}, at, value)
    for at, value in ((10_000, one), (20_000, 7.0)):
        source.append({"__name__": "n"}, at, value)
    engine = Engine(source)

    def asked(query: str, at_s: int = 60) -> list[object]:
        found = engine.instant(query, at_s * 10**9)
        histograms = [None] * len(found.values) if found.histograms is None else found.histograms.tolist()
        return [v if h is None else h for v, h in zip(found.values.tolist(), histograms, strict=True)]

    (last,) = asked("last_over_time(m[1m])")
    assert isinstance(last, Histogram)
    assert last.equals(two)
    assert asked("last_over_time(n[1m])") == [7.0]
    assert asked("first_over_time(m[1m])") == [5.0]
    (first,) = asked("first_over_time(n[1m])")
    assert isinstance(first, Histogram)
    assert asked("count_over_time(m[1m])") == [3.0]
    assert asked("present_over_time(m[1m])") == [1.0]
    assert asked("ts_of_first_over_time(m[1m])") == [10.0]
    assert asked("ts_of_last_over_time(m[1m])") == [30.0]
    assert asked("absent_over_time(m[1m])") == []
    assert asked("absent_over_time(m[1m])", 600) == [1.0]


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
    close(found.over(float(len(histograms))).compact(), mean(histograms)[0].compact())


def test_what_is_not_alike_is_left_to_the_others() -> None:
    one = made([1, 2, 3, 4], 1, False, 0.0, UNKNOWN)
    times = np.array([0, 1, 2], np.int64)
    for other in (
        None,
        made([1, 2, 3, 4], 1, True, 0.0, UNKNOWN),
        made([1, 2, 3, 4], 1, False, 0.5, UNKNOWN),
    ):
        assert dense.Series.of([one, one, other], times, None) is None
    overlapping = dense.Series.of([one, one, one], times * 1000 + 1000, np.array([500, 500, 900], np.int64))
    assert overlapping is not None
    w = dense.Spans(np.array([0]), np.array([3]), np.array([3000]), 60_000)
    assert overlapping.extrapolated(w, True, True) is None, "it must be noted"
    assert overlapping.extrapolated(w, False, False) is not None
    assert dense.summed([one, one.times(-1.0)]) is None, "their order matters"
    assert dense.summed([one, one.hinted(RESET)]) is None
    assert dense.summed([one.times(8e306)] * 2) is None, "no float holds it"
    assert dense.summed([one, made([1], 0, True, 0.0, UNKNOWN)]) is None
