"""Native histograms in answers, as Prometheus writes them and, where asked, without their buckets."""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson
import pytest

from swarmscope.query.promql.engine import Engine
from swarmscope.query.promql.histogram import CUSTOM, Histogram, Side
from swarmscope.query.promql.memory import MemorySource
from swarmscope.serve import prometheus_json
from swarmscope.serve.prometheus_json import encoded


def side(first: int, *counts: float) -> Side:
    return Side(np.arange(first, first + len(counts), dtype=np.int64), np.array(counts))


EXPONENTIAL = Histogram(0, 12.0, -3.5, 0.001, 2.0, side(0, 3.0, 0.0, 1.0), side(1, 4.0, 2.0))
CUSTOMS = Histogram(CUSTOM, 4.0, 1e-7, positive=side(0, 1.0, 2.0, 1.0), bounds=(0.25, 1e22))
WRITTEN = {
    "exponential": {
        "count": "12",
        "sum": "-3.5",
        "buckets": [
            [1, "-4", "-2", "2"],
            [1, "-2", "-1", "4"],
            [3, "-0.001", "0.001", "2"],
            [0, "0.5", "1", "3"],
            [0, "2", "4", "1"],
        ],
    },
    "customs": {
        "count": "4",
        "sum": "1e-07",
        "buckets": [[2, "-Inf", "0.25", "1"], [0, "0.25", "1e+22", "2"], [0, "1e+22", "+Inf", "1"]],
    },
    "empty": {"count": "0", "sum": "0"},
    "pointed": {"count": "3", "sum": "0", "buckets": [[3, "-0", "0", "3"]]},
}


@pytest.fixture
def engine() -> Engine:
    source = MemorySource()
    source.append({"__name__": "m", "kind": "plain"}, 10_000, 1.5)
    source.append({"__name__": "m", "kind": "plain"}, 20_000, EXPONENTIAL)
    of_kinds = (("exponential", EXPONENTIAL), ("customs", CUSTOMS), ("empty", Histogram()))
    for kind, h in (*of_kinds, ("pointed", Histogram(count=3.0, zero_count=3.0))):
        source.append({"__name__": "n", "kind": kind}, 10_500, h)
    return Engine(source)


def test_histograms_are_written_as_prometheus_does(engine: Engine) -> None:
    found: dict[str, Any] = orjson.loads(encoded(engine.instant("n", 11 * 10**9)))
    assert {row["metric"]["kind"]: row["histogram"] for row in found["result"]} == {
        kind: [11, of] for kind, of in WRITTEN.items()
    }
    (row,) = orjson.loads(encoded(engine.range("m", 10 * 10**9, 20 * 10**9, 10**10)))["result"]
    assert row["values"] == [[10, "1.5"]]
    assert row["histograms"] == [[20, WRITTEN["exponential"]]]


def test_totals_leave_the_buckets_out_and_nothing_else(engine: Engine) -> None:
    at_once: dict[str, Any] = orjson.loads(encoded(engine.instant("n", 11 * 10**9), buckets=False))
    for row in at_once["result"]:
        whole = WRITTEN[row["metric"]["kind"]]
        assert row["histogram"] == [11, {"count": whole["count"], "sum": whole["sum"]}]
    (row,) = orjson.loads(encoded(engine.range("m", 10 * 10**9, 20 * 10**9, 10**10), buckets=False))["result"]
    assert row["values"] == [[10, "1.5"]]
    assert row["histograms"] == [[20, {"count": "12", "sum": "-3.5"}]]


@pytest.mark.parametrize("step_ms", [5_000, 2_500])
def test_few_samples_are_written_as_many_are(engine: Engine, monkeypatch: pytest.MonkeyPatch, step_ms: int) -> None:
    ask = ("m or vector(-1e-7) or vector(time() / 3)", 9 * 10**9, 42 * 10**9, step_ms * 10**6)
    few = encoded(engine.range(*ask))
    monkeypatch.setattr(prometheus_json, "FEW", 0)
    assert encoded(engine.range(*ask)) == few
