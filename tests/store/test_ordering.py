"""Samples are put in the order of their table before they are inserted, and machine code packs values as NumPy does."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmscope.store import kernels, ordering
from swarmscope.store.embedded import EmbeddedStore
from swarmscope.store.packing import Decimals
from swarmscope.store.touched import WINDOW_MS, Touched
from tests.store.test_packing import SPECIAL

HOUR_MS = 3_600_000
START_MS = 400_000 * HOUR_MS


def samples(
    series: int, moments: list[int], metrics: int = 3, tenants: tuple[str, ...] = ("a",)
) -> tuple[pa.Table, np.ndarray]:
    """Every series at every moment, series in no order."""
    rng = np.random.default_rng(5)
    words = rng.integers(0, 1 << 63, (series, 2), np.uint64)
    words[:, 0] = words[np.arange(series) % metrics, 0]
    ids = np.tile(words, (len(moments), 1))
    names = pa.array([tenants[i % len(tenants)] for i in range(len(ids))]).dictionary_encode()
    columns = {
        "tenant": names,
        "series_id": pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(ids), [None, pa.py_buffer(ids.tobytes())]),
        "time": pa.array(np.repeat(np.array(moments) * 10**6, series)).cast(pa.timestamp("ns", tz="UTC")),
        "value": pa.array(np.arange(len(ids), dtype=np.float64)),
    }
    return pa.table(columns), ids


def keys(rows: pa.Table) -> list[tuple[bytes, int]]:
    return list(zip(rows["series_id"].to_pylist(), rows["time"].cast(pa.int64()).to_pylist(), strict=True))


def test_rows_come_in_the_order_of_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    assert kernels.LOOPS.wait()
    moments = [START_MS + at for at in (60_000, 15_000, 30_000)]
    rows, ids = samples(1000, moments)
    found = ordering.in_order(rows, ids)
    assert keys(found) == sorted(keys(rows))
    assert sorted(found["value"].to_pylist()) == rows["value"].to_pylist()
    monkeypatch.setattr(kernels.LOOPS, "_made", None)
    assert ordering.in_order(rows, ids) is rows


@given(st.lists(st.integers(0, (1 << 64) - 1), min_size=4), st.integers(1, 3 * kernels.ALIKE_MAX))
def test_words_are_ordered_however_many_are_alike(words: list[int], times: int) -> None:
    assert kernels.LOOPS.wait()
    given_words = np.array(words * times, np.uint64)
    found = ordering._order(kernels.LOOPS.get(), given_words)
    assert sorted(found.tolist()) == list(range(len(given_words)))
    assert given_words[found].tolist() == sorted(given_words.tolist())


@pytest.mark.parametrize(
    "moments, metrics, tenants",
    [
        ([START_MS, START_MS + HOUR_MS], 3, ("a",)),  # hours stand before series
        ([START_MS, START_MS + 1], 3, ("a", "b")),
        ([START_MS, START_MS + 1], 1500, ("a",)),  # more metrics than have a number
    ],
)
def test_what_is_left_to_the_store(moments: list[int], metrics: int, tenants: tuple[str, ...]) -> None:
    assert kernels.LOOPS.wait()
    rows, ids = samples(2000, moments, metrics, tenants)
    assert ordering.in_order(rows, ids) is rows


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(width=64) | st.sampled_from(SPECIAL)), min_size=1))
def test_machine_code_packs_as_numpy_does(pairs: list[tuple[int, float]]) -> None:
    assert kernels.LOOPS.wait()
    fast, plain = Decimals(4), Decimals(4)
    for series, value in pairs:  # one by one: within a batch, machine code knows the row before
        one, values = np.array([series], np.uint64), np.array([value])
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(kernels.LOOPS, "get", lambda: None)
            wanted = plain.pack(one, values)
        found = fast.pack(one, values)
        assert [c.tolist() for c in found] == [c.tolist() for c in wanted]


def test_the_store_tells_which_times_were_touched(store: EmbeddedStore) -> None:
    rows, _ = samples(3, [START_MS, START_MS + 2 * WINDOW_MS])
    store.insert("samples", rows, "touched")
    before = [store.touched(START_MS + i * WINDOW_MS, START_MS + (i + 1) * WINDOW_MS) for i in range(3)]
    assert before[0] == before[2] == before[1] + 1
    store.insert("samples", rows.slice(0, 1), "touched again")
    after = [store.touched(START_MS + i * WINDOW_MS, START_MS + (i + 1) * WINDOW_MS) for i in range(3)]
    assert [b - a for a, b in zip(before, after, strict=True)] == [1, 0, 0]


@pytest.mark.parametrize(
    "sql, everywhere",
    [
        ("-- why\nINSERT INTO samples_5m SELECT * FROM samples", False),
        ("ALTER TABLE `spans` DROP PARTITION ID '1'", False),
        ("SYSTEM STOP MERGES", False),
        ("INSERT INTO samples SELECT 1", True),
        ("INSERT INTO  `samples` SELECT 1", True),
        ("ALTER TABLE samples DROP PARTITION ID '1'", True),
        ("DELETE FROM samples WHERE 1", True),
        ("EXCHANGE TABLES samples AND others", True),
    ],
)
def test_statements_that_may_change_samples(sql: str, everywhere: bool) -> None:
    touched = Touched()
    touched.commanded(sql)
    assert (touched.of(0, 1) > 0) is everywhere
