"""Windows from sums of grains are those from the samples themselves, however the samples lie in blocks."""

from __future__ import annotations

import itertools

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swarmscope.query.promql import grains, windows
from swarmscope.query.promql.source import Window
from swarmscope.query.promql.values import STALE, Grid, Samples, positions
from swarmscope.store.packing import Decimals

START_MS = 1_000_000
IDS = np.frombuffer(np.random.default_rng(4).bytes(16 * 5), "V16")
TIMES = st.lists(st.integers(START_MS - 400_000, START_MS + 700_000), min_size=1, max_size=60, unique=True)
VALUES = st.sampled_from([0.0, 1.0, 2.5, 7.0, 7.25, 1e9, 1 / 3, float("nan")])


def expected(
    function: str, window: Window, series: list[tuple[np.ndarray, np.ndarray]]
) -> tuple[np.ndarray, np.ndarray]:
    offsets = np.cumsum([0, *(len(times) for times, _ in series)])
    samples = Samples(offsets, *(np.concatenate([s[i] for s in series]) for i in (0, 1)))
    ends = window.grid.times
    high, low = positions(samples, ends), positions(samples, ends - window.range_ms)
    rows, steps = np.nonzero(high > low)
    zeros = np.zeros(len(rows))
    w = windows.Windows(
        samples, low[rows, steps], high[rows, steps], ends[steps], ends[steps], window.range_ms, zeros, zeros
    )  # fmt: skip
    values, present = np.full(low.shape, np.nan), np.zeros(low.shape, bool)
    with np.errstate(all="ignore"):
        name = "last_over_time" if function == "last" else function
        values[rows, steps], present[rows, steps] = windows.FUNCTIONS[name](w)
    return values, present


def blocks(
    series: list[tuple[np.ndarray, np.ndarray]], base_ms: int, cuts: list[int], shuffled: bool
) -> list[pa.Table]:
    """The samples in blocks of whole stretches of time, as parts of a table are, in any order."""
    out = []
    edges = [-(10**9), *sorted(cuts), 10**9]
    for low, high in itertools.pairwise(edges):
        for number, (times, values) in enumerate(series):
            here = (times > max(low, base_ms)) & (times <= high)
            mantissa, exponent = Decimals(2).pack(np.full(here.sum(), number, np.uint64), values[here])
            columns = {
                "id": pa.array([IDS[number].tobytes()] * int(here.sum()), pa.binary(16)),
                "t": pa.array((times[here] - base_ms).astype(np.uint32)),
                "mantissa": pa.array(mantissa),
                "exponent": pa.array(exponent),
            }
            out.append(pa.table(columns))
    return out[::-1] if shuffled else [pa.concat_tables(out)]


@pytest.mark.parametrize("function", sorted(grains.FUNCTIONS))
@settings(max_examples=40, deadline=None)
@given(
    st.lists(TIMES, min_size=1, max_size=5), st.lists(VALUES, min_size=7, max_size=60),
    st.lists(st.integers(START_MS - 300_000, START_MS + 600_000), max_size=3), st.booleans(),
    st.sampled_from([(60_000, 300_000), (60_000, 90_000), (30_000, 10_000), (100_000, 100_000)]),
)  # fmt: skip
def test_windows_are_those_of_the_samples(
    function: str, times: list[list[int]], values: list[float], cuts: list[int], shuffled: bool, shape: tuple[int, int]
) -> None:
    step, range_ms = shape
    series = [(np.sort(np.array(t, np.int64)), np.resize(values, len(t))) for t in times]
    window = Window(function, Grid(START_MS, step, 9), range_ms)
    parts = grains.cut(window, len(series))
    assert parts is not None
    roll = grains.Roll(IDS[: len(series)])
    found, present = np.full((len(series), 9), np.nan), np.zeros((len(series), 9), bool)
    for steps, cut in parts:
        sums = grains.Grains(function, cut, roll)
        within = [(t[t <= cut.end_ms], v[t <= cut.end_ms]) for t, v in series]
        for block in blocks(within, cut.base_ms, cuts, shuffled):
            sums.add(block)
        assert sums.finish()
        with np.errstate(all="ignore"):
            assert sums.windows(found[:, steps], present[:, steps])
    right, there = expected(function, window, series)
    assert present.tolist() == there.tolist()
    np.testing.assert_allclose(found[there], right[there], rtol=1e-12, atol=1e-6 if function != "last" else 0)


def test_samples_between_those_of_another_block_are_given_up() -> None:
    window = Window("rate", Grid(START_MS, 60_000, 3), 60_000)
    ((_, cut),) = grains.cut(window, 1) or []
    sums = grains.Grains("rate", cut, grains.Roll(IDS[:1]))
    for moments in ([10, 30], [20]):
        columns = {"t": pa.array(moments, pa.uint32()), "mantissa": pa.array([1] * len(moments), pa.int64())}
        ids = pa.array([IDS[0].tobytes()] * len(moments), pa.binary(16))
        sums.add(pa.table({"id": ids, **columns, "exponent": pa.array([0] * len(moments), pa.uint8())}))
    assert not sums.finish()


def test_a_strangers_samples_count_for_nobody() -> None:
    window = Window("count_over_time", Grid(START_MS, 60_000, 2), 60_000)
    ((_, cut),) = grains.cut(window, 1) or []
    sums = grains.Grains("count_over_time", cut, grains.Roll(IDS[:1]))
    ids = pa.array([IDS[1].tobytes(), IDS[0].tobytes()], pa.binary(16))
    one = {"mantissa": pa.array([1, 1], pa.int64()), "exponent": pa.array([0, 0], pa.uint8())}
    sums.add(pa.table({"id": ids, "t": pa.array([5, 6], pa.uint32()), **one}))
    assert sums.finish()
    values, present = np.zeros((1, 2)), np.zeros((1, 2), bool)
    assert sums.windows(values, present)
    assert values[0, 0] == 1
    assert present.tolist() == [[True, False]]


def test_markers_of_staleness_are_no_samples_of_a_range() -> None:
    mantissa, exponent = Decimals(2).pack(np.zeros(2, np.uint64), np.array([3.0, float(STALE)]))
    block = {"id": pa.array([IDS[0].tobytes()] * 2, pa.binary(16)), "t": pa.array([5, 6], pa.uint32())}
    for function, count in (("count_over_time", 1.0), ("last", float(STALE))):
        ((_, cut),) = grains.cut(Window(function, Grid(START_MS, 60_000, 2), 60_000), 1) or []
        sums = grains.Grains(function, cut, grains.Roll(IDS[:1]))
        sums.add(pa.table({**block, "mantissa": pa.array(mantissa), "exponent": pa.array(exponent)}))
        assert sums.finish()
        values, present = np.zeros((1, 2)), np.zeros((1, 2), bool)
        assert sums.windows(values, present)
        assert present[0].tolist() == [True, False]
        assert values[:, 0].view(np.uint64) == np.float64(count).view(np.uint64)


def test_too_many_grains_are_refused() -> None:
    assert grains.cut(Window("rate", Grid(0, 61_000, 100), 300_000), 100_000) is None
    assert grains.cut(Window("rate", Grid(0, 60_000, 1), 300_000), 1) is None
