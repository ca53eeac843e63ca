"""Which series are listed for a time that is over: those that had samples then, as far as rollups tell."""

from __future__ import annotations

from typing import Any

import pytest

from swarmscope.query.promql import store as stores
from swarmscope.query.promql.engine import Engine
from swarmscope.query.promql.presence import there
from swarmscope.query.promql.series import SeriesIndex
from swarmscope.query.reader import Reader
from swarmscope.store.embedded import EmbeddedStore
from swarmscope.store.rollup import roll_samples
from tests.query.promql.test_engine import NOON, S, add, engine, points, series

HOUR, DAY = 3600, 86_400


def listed(store: EmbeddedStore, tenant: str, start: int, end: int, match: str = '{job="j"}') -> list[str]:
    """Names within seconds of NOON, for a program that has just started."""
    source = stores.StoreSource(Reader(store, tenant))
    source._index = SeriesIndex()
    return Engine(source).label_values("__name__", [match], (NOON + start) * S, (NOON + end) * S)


@pytest.fixture(scope="module")
def filled(store: EmbeddedStore) -> EmbeddedStore:
    """Series named by when they had samples; all were stated long after, as after a restart."""
    for name, ats in {
        "long": range(-10 * DAY, HOUR, 4 * HOUR), "old": range(-10 * DAY, -5 * DAY, 4 * HOUR), "late": [2 * HOUR, 3 * HOUR]
    }.items():  # fmt: skip
        key = series(store, "ends", name, {"job": "j"}, received_at=(NOON + 4 * HOUR) * S)
        points(store, "ends", key, dict.fromkeys(ats, 1.0))
    histogram = series(store, "ends", "spread", {"job": "j"}, kind="histogram", received_at=(NOON + 4 * HOUR) * S)
    row: dict[str, Any] = {"series_id": histogram, "count": 1, "sum": 1.0, "bounds": [1.0], "bucket_counts": [1, 0]}
    add(store, "histograms", "ends", [row | {"time": (NOON + 2 * HOUR) * S}])
    while roll_samples(store, now=NOON + 20 * DAY):
        pass
    return store


@pytest.mark.parametrize(
    ("start", "end", "names"),
    [
        (-HOUR, 0, ["long"]),
        (-HOUR, 2 * HOUR, ["late", "long", "spread"]),
        (-6 * DAY, -5 * DAY - HOUR, ["long", "old"]),
        (-9 * DAY, HOUR, ["long", "old"]),
        (-30 * DAY, -20 * DAY, []),
        (-30 * DAY, -7 * DAY, ["long", "old"]),
        (-NOON + 1, -NOON + 2, []),
        (-DAY, 4 * HOUR, ["late", "long", "old", "spread"]),  # stated by then: nothing is asked
    ],
)
def test_series_without_samples_until_the_end_are_left_out(
    filled: EmbeddedStore, start: int, end: int, names: list[str]
) -> None:
    assert listed(filled, "ends", start, end) == names


def test_histograms_in_their_classic_form_are_left_out_too(filled: EmbeddedStore) -> None:
    for match in ("spread_count", "spread_sum"):
        assert listed(filled, "ends", -HOUR, HOUR, match) == []
        assert listed(filled, "ends", -HOUR, 2 * HOUR, match) == [match]


def test_what_was_found_once_is_not_looked_for_again(filled: EmbeddedStore, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def counted(reads: Any, ids: Any, *window: int) -> Any:
        asked.append(len(ids))
        return there(reads, ids, *window)

    monkeypatch.setattr(stores, "there", counted)
    e = engine(filled, "ends")
    for _ in range(3):
        assert e.series(["long"], (NOON - DAY) * S, (NOON - HOUR) * S) == [{"__name__": "long", "job": "j"}]
    assert asked == [1]
    now_ns = 2 * 10**18  # a time that is not over
    assert "late" in {row["__name__"] for row in e.series(['{job="j"}'], NOON * S, now_ns)}
    assert asked == [1]
