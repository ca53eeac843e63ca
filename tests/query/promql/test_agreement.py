"""The same series give the same answers from memory and from the store, whatever is computed where."""

from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
import pytest

from swarmscope.model.tables import SAMPLES
from swarmscope.query.promql import compiled, grids
from swarmscope.query.promql.engine import Engine, Result
from swarmscope.query.promql.signatures import FUNCTIONS
from swarmscope.query.promql.values import STALE
from swarmscope.store.embedded import EmbeddedStore
from tests.support.promqltest.judge import Memory
from tests.support.promqltest.stored import Stored

MS = 1_000_000
SERIES = grids.FEW + 3  # enough that the store computes


def value_of(rng: random.Random, before: float, kind: str) -> float:
    if kind == "counter":
        return 0.0 if rng.random() < 0.1 else before + rng.choice([0, 1, 2.5, 10])
    if rng.random() < 0.05:
        return float(STALE)
    if kind == "odd" and rng.random() < 0.1:
        return rng.choice([float("nan"), float("inf"), float("-inf"), -0.0])
    return rng.choice([-1.5, 0.0, 1e-9, 7.25, 1e12, before])


def filled(store: EmbeddedStore, kind: str, seed: int) -> tuple[Memory, Stored]:
    """Random series with gaps, resets and ends, in both places."""
    rng = random.Random(seed)
    memory, stored = Memory(), Stored(store)
    for number in range(SERIES):
        at, value = rng.randint(0, 60_000), 0.0
        for _ in range(40):
            at += rng.choice([15_000, 15_000, 15_000, 14_000, 30_000, 200_000, 1, 7])
            value = value_of(rng, value, kind)
            for place in (memory, stored):
                place.append({"__name__": "x_total", "i": str(number), "g": str(number % 3)}, at, value)
            value = 0.0 if value != value else value
    return memory, stored


def points(result: Result) -> dict[tuple[tuple[tuple[str, str], ...], int], float]:
    """Values by labels and time; an instant query need not give series in any order."""
    keys = [tuple(sorted(labels.items())) for labels in result.labels]
    columns = (result.series.tolist(), result.times_ms.tolist(), result.values.tolist())
    return {(keys[row], time): value for row, time, value in zip(*columns, strict=True)}


def same(a: Result, b: Result) -> None:
    left, right = points(a), points(b)
    assert left.keys() == right.keys()
    assert sorted(a.warnings) == sorted(b.warnings)
    assert sorted(a.infos) == sorted(b.infos)
    ours, theirs = np.array([left[key] for key in left]), np.array([right[key] for key in left])
    largest = np.abs(ours[np.isfinite(ours)]).max(
        initial=0.0
    )  # a sum of numbers of very different size keeps no more digits
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-14 * largest)


RANGE_FUNCTIONS = sorted(name for name, s in FUNCTIONS.items() if s.args == ("matrix",))
QUERIES = [
    *(f"{name}(x_total{ending})" for name in RANGE_FUNCTIONS for ending in ("[90s]", "[5m] offset 13s")),
    "x_total",
    "x_total offset 1m",
    "x_total @ 700",
    "quantile_over_time(0.7, x_total[4m])",
    "predict_linear(x_total[4m], 60)",
    "sum by (g) (rate(x_total[5m]))",
    "quantile by (g) (0.9, x_total)",
    "sum by (g) (topk by (g) (2, x_total))",  # which of equal ones is left open
    "max_over_time(rate(x_total[2m])[5m:30s])",
    'x_total{g="1"} / on (i) x_total',
]  # fmt: skip


@pytest.mark.parametrize("kind", ["counter", "gauge", "odd"])
def test_memory_and_store_agree(store: EmbeddedStore, kind: str) -> None:
    assert compiled.wait()
    agree(store, kind, QUERIES)


def test_they_agree_without_machine_code(store: EmbeddedStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "loops", lambda: None)
    agree(store, "counter", [f"{name}(x_total[90s])" for name in RANGE_FUNCTIONS if name in grids.FUNCTIONS])


def agree(store: EmbeddedStore, kind: str, queries: list[str]) -> None:
    memory, stored = filled(store, kind, seed=len(kind))
    left, right = Engine(memory.source()), Engine(stored.source())
    for query in queries:
        for start, end, step in ((0, 1_500_000, 60_000), (600_000, 800_000, 37_000)):
            a = left.range(query, start * MS, end * MS, step * MS)
            b = right.range(query, start * MS, end * MS, step * MS)
            try:
                same(a, b)
            except AssertionError as e:
                raise AssertionError(f"{query} from {start} to {end} by {step}: {e}") from None
        same(left.instant(query, 700_123 * MS), right.instant(query, 700_123 * MS))


def test_every_computed_function_was_compared() -> None:
    assert set(grids.FUNCTIONS) - {"last"} <= set(RANGE_FUNCTIONS)


def again(store: EmbeddedStore, tenant: str, ids: list[bytes], at_ms: int, value: float) -> None:
    """A second sample of series at a time that they have one for, written later."""
    rows = {
        "tenant": [tenant] * len(ids),
        "series_id": ids,
        "time": [at_ms * MS] * len(ids),
        "value": [value] * len(ids),
    }
    table = pa.Table.from_arrays([pa.array(rows[f.name], f.type) for f in SAMPLES], schema=SAMPLES)
    batch = pa.array([1_000_000] * len(ids), pa.uint64())
    store.insert("samples", table.append_column("batch_id", batch), f"{tenant}-again-{at_ms}")


def test_of_samples_of_one_time_the_largest_counts_once(store: EmbeddedStore) -> None:
    """Late, out of order and twice: the same whether few series are read or many are computed."""
    stored = Stored(store)
    for number in range(SERIES):
        for minute in (1, 2, 3):
            stored.append({"__name__": "x_total", "i": str(number)}, minute * 60_000, 10.0 * minute)
    engine = Engine(stored.source())
    found = stored.source().select((), 0, 200_000).handle.rows.ids
    ids = [found[i].tobytes() for i in range(len(found))]
    again(store, stored.tenant, ids, 180_000, 29.0)
    again(store, stored.tenant, ids, 120_000, 21.0)
    again(store, stored.tenant, ids, 90_000, 15.0)  # late: between two that were there
    for selector in ("x_total", 'x_total{i="4"}'):
        for query, wanted in (
            (f"count_over_time({selector}[5m])", 4.0),
            (f"sum_over_time({selector}[5m])", 10 + 15 + 21 + 30),
            (selector, 30.0),
            (f"increase({selector}[2m])", (30 - 15) * 120 / 90),
        ):
            values = engine.instant(query, 180_000 * MS).values
            np.testing.assert_allclose(values, wanted, err_msg=query)
