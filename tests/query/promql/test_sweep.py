"""Windows by machine code over samples that are kept in memory: as from the samples, and never of an hour that has changed."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swarmscope.model.tables import SAMPLES
from swarmscope.query.promql import compiled, hours, kernels, sweep
from swarmscope.query.promql.engine import Engine
from swarmscope.query.promql.hours import Part, packed
from swarmscope.query.promql.source import Window
from swarmscope.query.promql.store import StoreSource
from swarmscope.query.promql.values import STALE, Grid
from swarmscope.query.reader import Reader
from swarmscope.store.embedded import EmbeddedStore
from swarmscope.store.packing import Decimals
from tests.query.promql.test_grains import IDS, START_MS, TIMES, expected
from tests.support.promqltest.stored import Stored

VALUES = st.sampled_from([0.0, 1.0, 2.5, 7.0, 7.25, 1e9, 1 / 3, float("nan"), float(STALE)])
WHOLE = st.sampled_from([0.0, 1.0, 5.0, 7.0])
NUMBERS = st.lists(VALUES, min_size=7, max_size=60) | st.lists(WHOLE, min_size=7, max_size=60)
MS = 1_000_000


def slot_of(series: list[tuple[np.ndarray, np.ndarray]], begin: int, end: int, shuffled: bool) -> hours.Slot:
    """The samples in [begin, end), packed."""
    words, t, values = [], [], []
    for number, (times, numbers) in enumerate(series):
        here = (times >= begin) & (times < end)
        words.append(np.full(here.sum(), np.frombuffer(IDS[number].tobytes(), np.uint64)[1]))
        t.append((times[here] - begin).astype(np.uint32))
        values.append(numbers[here])
    columns = [np.concatenate(c) for c in (words, t, values)]
    if shuffled:
        order = np.random.default_rng(3).permutation(len(columns[0]))
        columns = [c[order] for c in columns]
    mantissa, exponent = Decimals(2).pack(columns[0], columns[2])
    return packed(columns[0], columns[1], mantissa, exponent, 0)


@pytest.mark.parametrize("function", sorted(sweep.FUNCTIONS))
@settings(max_examples=30, deadline=None)
@given(
    st.lists(TIMES, min_size=1, max_size=5), NUMBERS,
    st.integers(START_MS - 300_000, START_MS + 600_000), st.booleans(),
    st.sampled_from([(60_000, 300_000), (60_000, 90_000), (30_000, 10_000), (100_000, 100_000)]),
)  # fmt: skip
def test_windows_are_those_of_the_samples(
    function: str, times: list[list[int]], values: list[float], cut: int, shuffled: bool, shape: tuple[int, int]
) -> None:
    assert compiled.wait()
    step, range_ms = shape
    series = [(np.sort(np.array(t, np.int64)), np.resize(values, len(t))) for t in times]
    window = Window(function, Grid(START_MS, step, 9), range_ms)
    ids = IDS[: len(series)]
    edges = [START_MS - 600_000, cut, START_MS + 900_000]
    parts = [Part(slot_of(series, a, b, shuffled), a, np.arange(len(series))) for a, b in itertools.pairwise(edges)]
    shape_of = (len(series), 9)
    work = sweep._Sweep(
        compiled.loops(), window, sweep._places(parts, ids), np.empty(shape_of), np.empty(shape_of, bool)
    )
    work.run([slice(0, len(series))])
    bits = [v.view(np.uint64) == kernels.STALE for _, v in series]
    if function != "last":
        series = [(t[~b], v[~b]) for (t, v), b in zip(series, bits, strict=True)]
    right, there = expected(function, window, series)
    if function == "last":
        there &= right.view(np.uint64) != kernels.STALE
    assert work.present.tolist() == there.tolist()
    np.testing.assert_allclose(work.values[there], right[there], rtol=1e-12, atol=1e-9)


def test_of_rows_at_one_time_the_largest_is_kept() -> None:
    words = np.array([5, 5, 5, 3], np.uint64)
    slot = packed(
        words, np.array([10, 10, 4, 9], np.uint32), np.array([1, 2, 7, 8]), np.array([0, 1, 0, 1], np.uint8), 0
    )
    assert slot.words.tolist() == [3, 5]
    first, count = slot.find(np.array([5, 4], np.uint64))
    assert count.tolist() == [2, 0]
    assert slot.t[first[0] : first[0] + 2].tolist() == [4, 10]
    assert slot.values[first[0] : first[0] + 2].tolist() == [7.0, 1.0]


class Counting(Reader):
    """Counts what is read of the store in blocks."""

    reads = 0

    def blocks(self, sql: str) -> Any:
        self.reads += 1
        return super().blocks(sql)


def add(store: EmbeddedStore, tenant: str, ids: list[bytes], at_ms: int, value: float) -> None:
    rows = [{"tenant": tenant, "series_id": key, "time": at_ms * MS, "value": value} for key in ids]
    store.insert("samples", pa.Table.from_pylist(rows, SAMPLES), f"{tenant}-{at_ms}-{value}")


@pytest.mark.parametrize("count", [3, 40])
def test_what_has_changed_is_read_again_and_nothing_else(store: EmbeddedStore, count: int) -> None:
    assert compiled.wait()
    stored = Stored(store)
    for number in range(count):
        for minute in range(150):
            stored.append({"__name__": "x_total", "i": str(number)}, minute * 60_000, float(minute))
    found = stored.source().select((), 0, 9_000_000).handle.rows.ids
    ids = [found[i].tobytes() for i in range(len(found))]
    reader = Counting(store, stored.tenant)
    engine = Engine(StoreSource(reader))

    def asked() -> tuple[float, int]:
        before = reader.reads
        result = engine.range("sum(last_over_time(x_total[2m]))", 600_000 * MS, 8_940_000 * MS, 60_000 * MS)
        return float(result.values[-1]), reader.reads - before

    first, reads = asked()
    assert first == 149 * count
    assert reads >= 1
    assert asked() == (first, 0)
    add(store, stored.tenant, ids, 8_939_000, 500.0)
    add(store, stored.tenant, ids, 8_940_001, 999.0)  # later than asked for
    assert asked() == (149 * count, 1)
    add(store, stored.tenant, ids, 8_940_000, 200.0)  # at a time that has a sample
    assert asked() == (200 * count, 1)
    store.command("ALTER TABLE samples_5m MODIFY COMMENT ''")
    assert asked() == (200 * count, 0)
    store.command("DELETE FROM samples WHERE value > 150")
    assert asked()[0] == 149 * count


def test_memory_is_bounded(store: EmbeddedStore, monkeypatch: pytest.MonkeyPatch) -> None:
    assert compiled.wait()
    stored = Stored(store)
    for number in range(60):
        for minute in range(150):
            stored.append({"__name__": "x", "i": str(number)}, minute * 60_000, float(minute))
    stored.source()
    reader = Counting(store, stored.tenant)
    engine = Engine(StoreSource(reader))

    def asked() -> float:
        return float(engine.range("sum(x)", 0, 8_940_000 * MS, 60_000 * MS).values[-1])

    monkeypatch.setattr(hours, "KEPT_BYTES_MAX", 60_000)  # one hour of the three
    assert asked() == 149 * 60  # by another way
    kept = reader.kept(hours.Hours)
    assert sum(slot.nbytes for slot in kept.slots.values()) <= 60_000
    (metric,) = kept.large
    kept.large |= {b"outlived": 0.0, metric: 0.0}
    assert asked() == 149 * 60
    assert kept.large.keys() == {metric}
    monkeypatch.setattr(hours, "ROWS_MAX", 10)
    assert engine.range('sum(x{i="7"})', 0, 8_940_000 * MS, 60_000 * MS).values[-1] == 149  # too much, and no metric
    assert kept.large.keys() == {metric}


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 60), st.integers(1, 5), st.integers(0, 1000))
def test_sums_of_groups_are_those_of_numpy(series: int, groups: int, seed: int) -> None:
    assert compiled.wait()
    rng = np.random.default_rng(seed)
    values, present = rng.choice([1.5, -2.0, 1e9, 0.0, np.inf], (series, 7)), rng.random((series, 7)) < 0.7
    group = rng.integers(0, groups, series)
    out, size, n = np.zeros((groups, 7)), np.zeros((groups, 7)), np.zeros((groups, 7), np.int64)
    compiled.loops().grouped_sum(values, present, group, out, size)
    compiled.loops().grouped_count(present, group, n)
    for g in range(groups):
        here = np.where(present[group == g], values[group == g], 0.0)
        assert n[g].tolist() == present[group == g].sum(axis=0).tolist()
        np.testing.assert_allclose(out[g], here.sum(axis=0))
        np.testing.assert_allclose(size[g], np.abs(here).sum(axis=0))
