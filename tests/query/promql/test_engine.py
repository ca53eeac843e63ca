"""The engine over the store: limits, cancellation, errors, metadata, exemplars, histograms of OTLP, deltas, tenants."""

from __future__ import annotations

import copy
import hashlib
import random
import threading
import time
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from swarmscope.model.tables import TABLES
from swarmscope.query.promql import parse
from swarmscope.query.promql.engine import Engine, Limits, Token
from swarmscope.query.promql.errors import PromqlError
from swarmscope.query.promql.labels import Labels
from swarmscope.query.promql.memory import MemorySource
from swarmscope.query.promql.prepare import prepare
from swarmscope.query.promql.store import StoreSource
from swarmscope.query.promql.values import STALE
from swarmscope.query.reader import Reader
from swarmscope.store.batches import sample_windows
from swarmscope.store.embedded import EmbeddedStore
from tests.support.promqltest.judge import Memory

S = 1_000_000_000
NOON = 1_790_000_000
_batch = iter(range(1, 10_000))


def empty(kind: pa.DataType) -> Any:
    if pa.types.is_map(kind) or pa.types.is_list(kind):
        return []
    if pa.types.is_fixed_size_binary(kind):
        return bytes(kind.byte_width)
    return "" if pa.types.is_string(kind) or pa.types.is_dictionary(kind) else 0


def add(store: EmbeddedStore, table: str, tenant: str, rows: list[dict[str, Any]]) -> None:
    schema = TABLES[table]
    full = [{f.name: row.get(f.name, empty(f.type)) for f in schema} | {"tenant": tenant} for row in rows]
    columns = [pa.array([row[f.name] for row in full], f.type) for f in schema]
    batch = next(_batch)
    whole = pa.Table.from_arrays(columns, schema=schema)
    store.insert(table, whole.append_column("batch_id", pa.array([batch] * len(rows), pa.uint64())), f"{table}-{batch}")
    if table == "samples":
        store.insert("sample_windows", sample_windows(whole, batch), f"windows-{batch}")


def series(store: EmbeddedStore, tenant: str, name: str, labels: dict[str, str], **more: Any) -> bytes:
    """A row of `series`; its id."""
    key = hashlib.md5(repr((tenant, name)).encode(), usedforsecurity=False).digest()[:8]
    key += hashlib.md5(repr((name, labels)).encode(), usedforsecurity=False).digest()[:8]
    given = {"series_id": key, "metric": name, "prometheus_name": name, "prometheus_labels": list(labels.items())}
    add(store, "series", tenant, [{"kind": "gauge", "received_at": NOON * S, **given, **more}])
    return key


def points(store: EmbeddedStore, tenant: str, key: bytes, values: dict[int, float]) -> None:
    add(store, "samples", tenant, [{"series_id": key, "time": (NOON + at) * S, "value": v} for at, v in values.items()])


def engine(store: EmbeddedStore, tenant: str, **limits: Any) -> Engine:
    source = StoreSource(Reader(store, tenant))
    source._index._checked = 0.0  # a test does not wait until the index looks again
    return Engine(source, Limits(**limits))


def memory(count: int, steps: int = 3) -> Memory:
    place = Memory()
    for number in range(count):
        for step in range(steps):
            place.append({"__name__": "x", "i": str(number)}, step * 60_000, float(number))
    return place


def test_kinds_of_errors() -> None:
    e = Engine(memory(2))
    for query, kind in (("x +", "bad_data"), ("x / on () group_left () x", "execution"), ("topk(NaN, x)", "execution")):
        with pytest.raises(PromqlError) as raised:
            e.instant(query, 60 * S)
        assert raised.value.kind == kind, query
        assert raised.value.status == 400
    with pytest.raises(PromqlError, match="zero or negative query resolution"):
        e.range("x", 0, 60 * S, 0)
    with pytest.raises(PromqlError, match="end timestamp must not be before start"):
        e.range("x", 60 * S, 0, S)
    with pytest.raises(PromqlError, match="exceeded maximum resolution of 11,000 points"):
        e.range("x", 0, 20_000 * S, S)
    with pytest.raises(PromqlError, match='^1:1: invalid expression type "range vector" for range query') as raised:
        e.range("x[5m]", 0, 60 * S, S)
    assert str(raised.value).endswith("must be Scalar or instant Vector, put a function such as rate(…) around it")


@pytest.mark.parametrize("op", ["or", "or on (g)", "or ignoring (i)", "and", "and on (g)"])
def test_chains_of_sets_give_the_same_however_they_are_read(op: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(op)
    source = MemorySource()
    for name in "abcdefghijkl":
        for i in rng.sample(range(5), 5 if "and" in op else rng.randint(1, 5)):
            for at in range(0, 600, 30):
                value = float(rng.randint(0, 9)) if rng.random() < 0.95 else float(STALE)
                source.append(
                    {"__name__": name, "i": str(i), "g": str(rng.randint(0, 2) if at < 1 else i % 3)}, at * 1000, value
                )
    e = Engine(source)
    query = f" {op} ".join(
        f"{name}{suffix}" for name, suffix in zip("abcdefghijkl", ["", " + 1", " > 1"] * 4, strict=True)
    )
    answers = []
    for most in (2, 1000):
        monkeypatch.setattr(parse, "CHAIN_MAX", most)
        found = e.range(query, 0, 600 * S, 30 * S), e.instant(query, 300 * S)
        answers.append([(r.labels, r.series.tolist(), r.times_ms.tolist(), r.values.tolist()) for r in found])
    assert answers[0] == answers[1]
    assert answers[0][0][0], "something is left"


def test_many_operands_are_read_without_nesting() -> None:
    e = Engine(memory(3), Limits(timeout_s=600))
    query = " or ".join(f'x{{i="{i % 3}"}} - x > {i}' for i in range(400))
    assert e.range(query, 0, 60 * S, 30 * S).type == "matrix"


@pytest.mark.parametrize(
    "query",
    [
        "sum by (a) (rate(x[5m] offset 1m)) / on (a) group_left y @ end()",
        "max_over_time(rate(x[5m * step() / 1s] @ start())[1h:1m] offset range())",
        'label_replace(-x{a="b"} > bool 3, "a", "b", "c", "d") + start()',
        "x smoothed or increase(x[range()] anchored)",
    ],
)
def test_preparing_leaves_a_tree_as_it_was(query: str) -> None:
    tree = parse.parse(query)
    before = repr(tree)
    prepared = prepare(tree, 1000, 600_000, 15_000)
    assert repr(tree) == before
    assert repr(prepared) == repr(prepare(copy.deepcopy(tree), 1000, 600_000, 15_000)) != before


def test_types_of_results() -> None:
    e = Engine(memory(2))
    assert (e.instant("1 + 1", S).type, e.instant("1 + 1", S).values.tolist()) == ("scalar", [2.0])
    assert (e.instant('"a"', S).type, e.instant('"a"', S).text) == ("string", "a")
    vector = e.instant("x", 60 * S)
    assert (vector.type, len(vector.labels), vector.times_ms.tolist()) == ("vector", 2, [60_000, 60_000])
    matrix = e.instant("x[2m]", 60 * S)
    assert (matrix.type, matrix.times_ms.tolist()) == ("matrix", [0, 60_000] * 2)
    ranged = e.range("2", 0, 60 * S, 30 * S)
    assert (ranged.type, ranged.labels, ranged.values.tolist()) == ("matrix", [{}], [2.0] * 3)
    assert e.range("x", 0, 60 * S, 60 * S).series.tolist() == [0, 0, 1, 1]


def test_limits() -> None:
    place = memory(50, steps=10)
    with pytest.raises(PromqlError, match="a selector matches 50 series; a query may read 49"):
        Engine(place, Limits(series_max=49)).instant("x", 60 * S)
    with pytest.raises(PromqlError, match="too many samples"):
        Engine(place, Limits(samples_max=400)).instant("sum_over_time(x[1h])", 600 * S)
    with pytest.raises(PromqlError, match="too many samples"):
        Engine(place, Limits(samples_max=10_000)).instant("max_over_time(vector(1)[1y:1s])", 600 * S)
    with pytest.raises(PromqlError) as raised:
        Engine(place, Limits(timeout_s=0.0)).instant("x", 60 * S)
    assert raised.value.kind == "timeout"


def test_cancel_stops_a_running_query() -> None:
    token = Token()
    place = memory(300, steps=200)
    failed: list[PromqlError] = []

    def run() -> None:
        try:
            while True:
                Engine(place, Limits(timeout_s=60), token).range("x anchored", 0, 3600 * S, 10 * S)
        except PromqlError as e:
            failed.append(e)

    thread = threading.Thread(target=run)
    thread.start()
    time.sleep(0.1)
    token.cancel()
    thread.join(timeout=20)
    assert not thread.is_alive()
    assert failed[0].kind == "canceled"


def test_patterns_take_linear_time() -> None:
    place = Memory()
    place.append({"__name__": "x", "a": "a" * 5000 + "!"}, 0, 1.0)
    started = time.process_time()
    assert not Engine(place).instant('x{a=~"(a+)+b"}', 0).labels
    assert time.process_time() - started < 1


def test_tenants_see_their_own(store: EmbeddedStore) -> None:
    for tenant, value in (("one", 1.0), ("two", 2.0)):
        points(store, tenant, series(store, tenant, "shared", {"agent": tenant}), {0: value})
    for tenant, value in (("one", 1.0), ("two", 2.0)):
        found = engine(store, tenant).instant("shared", NOON * S)
        assert found.labels == [{"__name__": "shared", "agent": tenant}]
        assert found.values.tolist() == [value]
    assert engine(store, "three").instant("shared", NOON * S).labels == []


def test_series_that_come_later_are_found(store: EmbeddedStore) -> None:
    e = engine(store, "later")
    assert not e.instant("late", NOON * S).labels
    points(store, "later", series(store, "later", "late", {}), {0: 5.0})
    assert engine(store, "later").instant("late", NOON * S).values.tolist() == [5.0]
    points(store, "later", series(store, "later", "late", {"second": "yes"}), {0: 6.0})
    assert sorted(engine(store, "later").instant("late", NOON * S).values.tolist()) == [5.0, 6.0]


def test_labels_and_series(store: EmbeddedStore) -> None:
    for name, labels in (("cpu", {"agent": "a"}), ("cpu", {"agent": "b", "model": "m"}), ("mem", {"agent": "a"})):
        series(store, "names", name, labels)
    e = engine(store, "names")
    around = ((NOON - 60) * S, NOON * S)
    assert e.label_names([], *around) == ["__name__", "agent", "model"]
    assert e.label_names(['cpu{agent="a"}'], *around) == ["__name__", "agent"]
    assert e.label_values("agent", [], *around) == ["a", "b"]
    assert e.label_values("__name__", ['{agent="a"}'], *around) == ["cpu", "mem"]
    assert e.series(["mem", 'cpu{model="m"}'], *around) == [
        {"__name__": "cpu", "agent": "b", "model": "m"},
        {"__name__": "mem", "agent": "a"},
    ]
    with pytest.raises(PromqlError):
        e.series(["cpu{"], *around)
    assert e.label_names([], (NOON + 90_000) * S, (NOON + 90_060) * S) == []  # no longer seen by then


def test_metadata_and_exemplars(store: EmbeddedStore) -> None:
    key = series(store, "meta", "turns_total", {"agent": "a"}, kind="counter", unit="1", description="Turns taken")
    trace = bytes(range(16))
    add(
        store,
        "exemplars",
        "meta",
        [{"series_id": key, "time": NOON * S, "value": 3.0, "trace_id": trace, "span_id": bytes(8)}],
    )
    e = engine(store, "meta")
    assert e.metadata() == {"turns_total": [{"type": "counter", "help": "Turns taken", "unit": "1"}]}
    assert e.metadata("other") == {}
    found = e.exemplars("rate(turns_total[5m]) > 0", (NOON - 60) * S, (NOON + 60) * S)
    assert found == [
        {
            "seriesLabels": {"__name__": "turns_total", "agent": "a"},
            "exemplars": [{"labels": {"trace_id": trace.hex()}, "value": 3.0, "timestamp": NOON * 1000}],
        }
    ]


def test_deltas_add_up(store: EmbeddedStore) -> None:
    key = series(store, "delta", "sent_total", {}, kind="counter", temporality="delta")
    points(store, "delta", key, dict.fromkeys(range(-300, 1, 15), 7.0))
    e = engine(store, "delta")
    np.testing.assert_allclose(e.instant("increase(sent_total[5m])", NOON * S).values, [7.0 * 20])
    np.testing.assert_allclose(e.instant("rate(sent_total[1m])", NOON * S).values, [7.0 / 15])
    np.testing.assert_allclose(e.instant("sum_over_time(sent_total[1m])", NOON * S).values, [28.0])


def test_histograms_of_otlp_both_ways(store: EmbeddedStore) -> None:
    key = series(store, "hist", "latency", {"agent": "a"}, kind="histogram")
    rows = [
        {
            "series_id": key,
            "time": (NOON + at) * S,
            "count": 4.0 * n,
            "sum": 6.0 * n,
            "bounds": [1.0, 2.0],
            "bucket_counts": [1.0 * n, 2.0 * n, 1.0 * n],
        }
        for n, at in enumerate(range(-300, 1, 60), 1)
    ]
    add(store, "histograms", "hist", rows)
    e = engine(store, "hist")
    at = NOON * S
    for query in ("histogram_quantile(0.5, latency)", "histogram_quantile(0.5, latency_bucket)"):
        np.testing.assert_allclose(e.instant(query, at).values, [1.5], err_msg=query)
    assert e.instant("latency_count", at).values.tolist() == [24.0]
    assert e.instant("latency_sum", at).values.tolist() == [36.0]
    buckets = e.instant("latency_bucket", at)
    found = {row["le"]: value for row, value in zip(buckets.labels, buckets.values.tolist(), strict=True)}
    assert found == {"1": 6.0, "2": 18.0, "+Inf": 24.0}
    np.testing.assert_allclose(e.instant("histogram_count(increase(latency[5m]))", at).values, [20.0])
    np.testing.assert_allclose(e.instant('rate(latency_bucket{le="2"}[5m])', at).values, [15.0 / 300])
    assert e.instant('latency_bucket{le="7"}', at).labels == []


def test_exponential_histograms_of_otlp(store: EmbeddedStore) -> None:
    key = series(store, "expo", "size", {}, kind="exponential_histogram")
    row = {
        "series_id": key,
        "time": NOON * S,
        "count": 7.0,
        "sum": 20.0,
        "scale": 0,
        "zero_count": 1.0,
        "positive_offset": 0,  # the first bucket is (1, 2]
        "positive_counts": [4.0, 2.0],
    }
    add(store, "histograms", "expo", [row])
    e = engine(store, "expo")
    assert e.instant("histogram_count(size)", NOON * S).values.tolist() == [7.0]
    np.testing.assert_allclose(e.instant("histogram_fraction(1, 2, size)", NOON * S).values, [4 / 7])
    np.testing.assert_allclose(e.instant("histogram_quantile(1, size)", NOON * S).values, [4.0])


def test_hostile_names_are_only_text(store: EmbeddedStore) -> None:
    name = "x'); DROP TABLE samples; --"
    points(store, "hostile", series(store, "hostile", name, {"a'b\\": "c'd\\"}), {0: 1.0})
    e = engine(store, "hostile")
    found = e.instant('{"' + name + '", "a\'b\\\\"="c\'d\\\\"}', NOON * S)
    assert found.labels == [{"__name__": name, "a'b\\": "c'd\\"}]
    assert found.values.tolist() == [1.0]
    assert e.metadata(name)[name][0]["type"] == "gauge"


def test_a_metric_whose_kind_was_learned_later_is_one_series(store: EmbeddedStore) -> None:
    before = series(store, "kinds", "turns_total", {"agent": "a"}, kind="")
    after = bytes(16)
    add(
        store,
        "series",
        "kinds",
        [
            {
                "series_id": after,
                "metric": "turns_total",
                "kind": "counter",
                "received_at": NOON * S,
                "prometheus_name": "turns_total",
                "prometheus_labels": [("agent", "a")],
            }
        ],
    )
    points(store, "kinds", before, {at: 300.0 + at for at in range(-300, -120, 15)})
    points(store, "kinds", after, {at: 300.0 + at for at in range(-120, 1, 15)})
    e = engine(store, "kinds")
    found = e.instant("increase(turns_total[5m])", NOON * S)
    assert found.labels == [{"agent": "a"}]
    np.testing.assert_allclose(found.values, [300.0])
    assert e.instant("turns_total", NOON * S).values.tolist() == [300.0]


def test_numbers_that_became_histograms_are_one_series(store: EmbeddedStore) -> None:
    key = series(store, "turned", "turned", {"a": "1"})
    points(store, "turned", key, {0: 4.0})
    assert engine(store, "turned").instant("turned", NOON * S).values.tolist() == [4.0]
    series(store, "turned", "turned", {"a": "1"}, kind="exponential_histogram")
    row = {"series_id": key, "time": (NOON + 30) * S, "count": 3, "sum": 6.0, "zero_count": 3}
    add(store, "histograms", "turned", [row])
    found = engine(store, "turned").instant("turned[5m]", (NOON + 60) * S)
    assert (len(found.labels), found.times_ms.tolist()) == (1, [NOON * 1000, (NOON + 30) * 1000])
    assert found.values[0] == 4.0
    assert found.histograms is not None
    assert [h and (h.count, h.sum) for h in found.histograms] == [None, (3.0, 6.0)]


def test_label_sets_hash_as_in_prometheus() -> None:
    rows: list[dict[str, str]] = [
        {},
        {"__name__": "up", "job": "a"},
        {"__name__": "http_requests", "group": "canary", "instance": "0", "job": "api-server"},
        {"job": "b", "z": "x" * 300},
    ]
    expected = [0xEF46DB3751D8E999, 12372323049859431179, 18045460440772787801, 16799240452133541433]
    assert Labels.of(rows).hashes().tolist() == expected
