"""`target_info`: what Prometheus' OTLP receiver makes of a resource, and no more of it than is needed.

Golden: `storage/remote/otlptranslator/prometheusremotewrite/metrics_to_prw_test.go` and `helper.go` of Prometheus.
"""

from __future__ import annotations

from typing import Any

import pytest

from swarmscope.ingest.limits import HOUR_NS
from swarmscope.ingest.pipeline import Result
from swarmscope.ingest.target_info import PERIOD_NS
from tests.ingest.conftest import Bench, rows
from tests.ingest.test_metrics import Points

WHO = {"service.name": "test-service", "service.namespace": "test-namespace", "service.instance.id": "id1234"}
SECOND = 1_000_000_000


def _infos(result: Result) -> list[dict[str, Any]]:
    return [row for row in rows(result, "series") if row["metric"] == "target_info"]


def _times(result: Result, known: bytes | None = None) -> list[int]:
    """Times of its samples. known: the series, where the result does not state it."""
    ids = {row["series_id"] for row in _infos(result)} | {known}
    found = [row for row in rows(result, "samples") if row["series_id"] in ids]
    assert all(row["value"] == 1 for row in found)
    return [int(row["time"]) for row in found]


def _sent(bench: Bench, resource: dict[str, Any], *times: int) -> Result:
    points = Points(bench.now_ns, resource)
    for time in times:
        points.gauge("g", (1.23, {}), time=time)
    return bench.metrics(points.request)


def test_it_is_as_prometheus_makes_it(bench: Bench) -> None:
    begin = (bench.now_ns // PERIOD_NS - 8) * PERIOD_NS
    points = Points(bench.now_ns, WHO | {f"resource-name-{n}": f"value-{n}" for n in range(1, 6)})
    for n in range(3):
        data = points.metric(f"gauge-{n + 1}").gauge.data_points
        for step in range(6):  # every quarter of the lookback
            data.add(time_unix_nano=begin + step * PERIOD_NS // 2, as_double=1.23)
    result = bench.metrics(points.request)
    (info,) = _infos(result)
    assert sorted(info["prometheus_labels"]) == [
        ("instance", "id1234"),
        ("job", "test-namespace/test-service"),
        *((f"resource_name_{n}", f"value-{n}") for n in range(1, 6)),
    ]
    assert (info["prometheus_name"], info["kind"], info["unit"]) == ("target_info", "gauge", "")
    assert (info["description"], info["agent"]) == ("Target metadata", "")
    assert _times(result) == [begin, begin + PERIOD_NS, begin + 2 * PERIOD_NS]
    assert result.receipts[0].accepted == 18


@pytest.mark.parametrize(
    ("resource", "labels"),
    [
        (WHO, None),  # nothing but who it is
        ({"host.name": "h"}, None),  # nothing to join by
        ({"service.name": "", "host.name": "h"}, None),
        ({}, None),
        ({"service.name": "s", "a": 1}, {"job": "s", "a": "1"}),
        ({"service.instance.id": "i", "a": True}, {"instance": "i", "a": "true"}),
        ({"service.name": "s", "a.b": "2", "a_b": "3", "a-b": "1"}, {"job": "s", "a_b": "1;2;3"}),
        ({"service.name": "s", "job": "x", "instance": "y"}, {"job": "s", "instance": "y"}),
        ({"service.name": "s", "__name__": "x", "": "y", "empty": "", "9": "n"}, {"job": "s", "key_9": "n"}),
        ({"service.name": "s", "api_key": "of value"}, {"job": "s", "api_key": "[redacted:password]"}),
    ],
)
def test_labels(resource: dict[str, Any], labels: dict[str, str] | None, bench: Bench) -> None:
    found = _infos(_sent(bench, resource, bench.now_ns))
    assert [dict(row["prometheus_labels"]) for row in found] == ([] if labels is None else [labels])


def test_long_values_are_cut_as_labels_are_bounded() -> None:
    bench = Bench(label_value_max_bytes=100)
    result = _sent(bench, WHO | {"process.command_line": "x" * 1000}, bench.now_ns)
    (info,) = _infos(result)
    (told,) = [value for name, value in info["prometheus_labels"] if name == "process_command_line"]
    assert told == "x" * 100 + "…[truncated]"
    assert info["labels"]["process.command_line"] == told


def test_one_is_written_in_each_period_however_small_the_requests(bench: Bench) -> None:
    begin = (bench.now_ns // PERIOD_NS - 4) * PERIOD_NS
    resource, known = WHO | {"k8s.pod.name": "p"}, None
    written: list[int] = []
    for second in range(0, 600, 10):
        result = _sent(bench, resource, begin + second * SECOND)
        known = known or _infos(result)[0]["series_id"]
        written += _times(result, known)
        result.durable()
    assert [(time - begin) // SECOND for time in written] == [0, 150, 300, 450]
    again = _sent(bench, resource, begin)
    assert (_times(again, known), len(rows(again, "samples"))) == ([], 1)


def test_what_was_not_stored_is_written_again(bench: Bench) -> None:
    resource = WHO | {"k8s.pod.name": "p"}
    first, second = _sent(bench, resource, bench.now_ns), _sent(bench, resource, bench.now_ns)
    assert len(_times(first)) == len(_times(second)) == 1
    second.durable()
    assert _infos(_sent(bench, resource, bench.now_ns)) == []
    bench.now_ns += HOUR_NS
    assert len(_infos(_sent(bench, resource, bench.now_ns))) == 1  # series are stated every hour


def test_resources_alike_have_one_and_tenants_each_their_own(bench: Bench) -> None:
    one = Points(bench.now_ns, WHO | {"a": 1, "b": "2"}).gauge("g", (1, {})).request
    two = Points(bench.now_ns, WHO | {"b": "2", "a": "1"}).gauge("h", (1, {})).request
    result = bench.metrics(one, two, one, tenants=["x", "x", "y"])
    found = _infos(result)
    assert [row["tenant"] for row in found] == ["x", "y"]
    assert found[0]["series_id"] != found[1]["series_id"]
    assert len(_times(result)) == 2


def test_points_far_apart_do_not_make_more_than_there_are_points(bench: Bench) -> None:
    result = _sent(bench, WHO | {"a": "1"}, bench.now_ns, bench.now_ns - 50 * HOUR_NS, bench.now_ns - HOUR_NS)
    times = _times(result)
    assert len(times) == 3
    assert (min(times), max(times)) == (bench.now_ns - 50 * HOUR_NS, bench.now_ns)


def test_refused_points_have_none(bench: Bench) -> None:
    result = _sent(bench, WHO | {"a": "1"}, 1)
    assert (result.receipts[0].rejected, result.tables) == (1, {})


def test_it_counts_as_a_series_after_those_of_the_points() -> None:
    bench = Bench(series_max=2)
    points = Points(bench.now_ns, WHO | {"a": "1"}).gauge("g", (1, {"k": "1"}), (1, {"k": "2"}))
    result = bench.metrics(points.request)
    assert (result.receipts[0].accepted, _infos(result), len(rows(result, "samples"))) == (2, [], 2)
    more = Points(bench.now_ns, WHO | {"b": "1"}).gauge("g", (1, {"k": "3"}))
    assert bench.metrics(more.request).receipts[0].rejected == 1  # and makes none, of points that are all refused


def test_histograms_alone_have_one(bench: Bench) -> None:
    points = Points(bench.now_ns, WHO | {"a": "1"})
    data = points.metric("h").histogram.data_points.add(time_unix_nano=bench.now_ns, count=1)
    data.bucket_counts.append(1)
    assert len(_times(bench.metrics(points.request))) == 1


def test_none_where_that_is_wished() -> None:
    bench = Bench(otlp_target_info=False)
    assert _infos(_sent(bench, WHO | {"a": "1"}, bench.now_ns)) == []
