"""Data points become series, samples, histograms and exemplars."""

from __future__ import annotations

import math
import struct
from typing import Any

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric

from swarmscope.ingest.limits import HOUR_NS, KEPT_NS
from tests.ingest.conftest import Bench, pairs, rows


class Points:
    """A request under construction."""

    def __init__(self, now_ns: int, resource: dict[str, Any] | None = None) -> None:
        self.now_ns = now_ns
        self.request = ExportMetricsServiceRequest()
        of_resource = self.request.resource_metrics.add()
        of_resource.resource.attributes.extend(pairs(resource or {}))
        self.scope = of_resource.scope_metrics.add()

    def metric(self, name: str, **fields: Any) -> Metric:
        return self.scope.metrics.add(name=name, unit="1", description="d", **fields)

    def gauge(self, name: str, *values: tuple[float, dict[str, Any]], time: int | None = None) -> Points:
        points = self.metric(name).gauge.data_points
        for value, attributes in values:
            points.add(time_unix_nano=time or self.now_ns, as_double=value).attributes.extend(pairs(attributes))
        return self


def test_numbers_become_samples_of_their_series(bench: Bench) -> None:
    points = Points(bench.now_ns).gauge("g", (1.5, {"k": "a"}), (2.5, {"k": "b"}), (3.5, {"k": "a"}))
    counter = points.metric("c")
    counter.sum.is_monotonic = True
    counter.sum.aggregation_temporality = 2
    counter.sum.data_points.add(time_unix_nano=bench.now_ns, as_int=7)
    updown = points.metric("u")
    updown.sum.aggregation_temporality = 1
    updown.sum.data_points.add(time_unix_nano=bench.now_ns, as_int=-7)
    result = bench.metrics(points.request)
    series = {row["series_id"]: row for row in rows(result, "series")}
    assert [(s["metric"], s["kind"], s["temporality"], s["labels"]) for s in series.values()] == [
        ("g", "gauge", "", {"k": "a"}),
        ("g", "gauge", "", {"k": "b"}),
        ("c", "counter", "cumulative", {}),
        ("u", "updown", "delta", {}),
    ]
    samples = [(series[s["series_id"]]["metric"], s["value"]) for s in rows(result, "samples")]
    assert samples == [("g", 1.5), ("g", 2.5), ("g", 3.5), ("c", 7.0), ("u", -7.0)]
    assert result.receipts[0].accepted == 5


def test_a_series_is_its_labels_in_any_order_and_its_tenant(bench: Bench) -> None:
    one = Points(bench.now_ns).gauge("g", (1, {"a": "1", "b": "2"})).request
    two = Points(bench.now_ns).gauge("g", (1, {"b": "2", "a": "1"})).request
    swapped = Points(bench.now_ns).gauge("g", (1, {"a": "2", "b": "1"})).request
    result = bench.metrics(one, two, swapped, one, tenants=["x", "x", "x", "y"])
    ids = [row["series_id"] for row in rows(result, "samples")]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3
    assert len(rows(result, "series")) == 3


def test_resources_add_the_labels_that_say_where(bench: Bench) -> None:
    resource = {"service.name": "s", "host.name": "h", "os.type": "linux", "swarmscope.agent.id": "r"}
    points = Points(bench.now_ns, resource).gauge("g", (1, {"host.name": "own", "k": "v"}), (1, {"agent": "p"}))
    first, second, _ = rows(bench.metrics(points.request), "series")  # and target_info
    assert first["labels"] == {"service.name": "s", "host.name": "own", "k": "v", "swarmscope.agent.id": "r"}
    assert (first["agent"], second["agent"]) == ("r", "p")
    same = Points(bench.now_ns, resource | {"os.type": "bsd"}).gauge("g", (1, {"host.name": "own", "k": "v"}))
    assert rows(bench.metrics(same.request), "samples")[0]["series_id"] == first["series_id"]


def test_series_come_once_an_hour(bench: Bench) -> None:
    body = Points(bench.now_ns).gauge("g", (1, {"k": "v"})).request
    first = bench.metrics(body)
    assert len(rows(bench.metrics(body), "series")) == 1  # not durable yet
    first.durable()
    again = bench.metrics(body)
    assert (rows(again, "series"), len(rows(again, "samples"))) == ([], 1)
    bench.now_ns += HOUR_NS
    later = bench.metrics(Points(bench.now_ns).gauge("g", (1, {"k": "v"})).request)
    assert [r["series_id"] for r in rows(later, "series")] == [r["series_id"] for r in rows(first, "series")]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -0.0, 5e-324])
def test_odd_numbers_are_kept(value: float, bench: Bench) -> None:
    (row,) = rows(bench.metrics(Points(bench.now_ns).gauge("g", (value, {})).request), "samples")
    assert struct.pack("d", row["value"]) == struct.pack("d", value)


def test_a_point_without_value_is_a_stale_marker(bench: Bench) -> None:
    points = Points(bench.now_ns)
    points.metric("g").gauge.data_points.add(time_unix_nano=bench.now_ns, flags=1)
    (row,) = rows(bench.metrics(points.request), "samples")
    assert struct.pack("<d", row["value"]) == (0x7FF0000000000002).to_bytes(8, "little")


def test_cumulative_points_begin_with_zero_where_that_is_wished() -> None:
    bench = Bench(otlp_zero_at_start=True)
    now, second = bench.now_ns, 1_000_000_000

    def sent(temporality: int, *points: tuple[int, int, float], monotonic: bool = True) -> Any:
        made = Points(now)
        total = made.metric(f"c{temporality}{monotonic}").sum
        total.is_monotonic, total.aggregation_temporality = monotonic, temporality
        for start, time, value in points:
            total.data_points.add(
                start_time_unix_nano=start and now + start * second, time_unix_nano=now + time * second, as_double=value
            )
        return bench.metrics(made.request)

    def samples(result: Any) -> list[tuple[float, float]]:
        return sorted(((r["time"] - now) / second, r["value"]) for r in rows(result, "samples"))

    first = sent(2, (-60, -50, 5.0), (-60, -40, 6.0))
    assert samples(first) == [(-60, 0), (-50, 5), (-40, 6)]
    assert first.receipts[0].accepted == 2
    first.durable()
    assert samples(sent(2, (-60, -30, 7.0))) == [(-30, 7)]  # told once
    assert samples(sent(2, (-25, -20, 1.0))) == [(-25, 0), (-20, 1)]  # it began anew
    assert samples(sent(1, (-60, -50, 5.0))) == [(-50, 5)]  # of one period
    assert samples(sent(2, (-60, -50, 5.0), monotonic=False)) == [(-50, 5)]
    for start in (0, -50, -10, -(10**7)):  # not told, not before the point, long ago
        assert samples(sent(2, (start, -50, 5.0))) == [(-50, 5)]
    assert samples(Bench().metrics(_one_sum(now))) == [(0, 1)]  # by default nothing is made up


def _one_sum(now_ns: int) -> ExportMetricsServiceRequest:
    made = Points(now_ns)
    total = made.metric("c").sum
    total.is_monotonic, total.aggregation_temporality = True, 2
    total.data_points.add(start_time_unix_nano=now_ns - 10**9, time_unix_nano=now_ns, as_double=1)
    return made.request


def test_cumulative_histograms_begin_empty_where_that_is_wished() -> None:
    bench = Bench(otlp_zero_at_start=True)
    now, start = bench.now_ns, bench.now_ns - 10**9
    points = Points(now)
    explicit = points.metric("h").histogram
    explicit.aggregation_temporality = 2
    explicit.data_points.add(
        start_time_unix_nano=start, time_unix_nano=now, count=3, sum=4, explicit_bounds=[1, 2], bucket_counts=[1, 1, 1]
    )
    native = points.metric("e").exponential_histogram
    native.aggregation_temporality = 2
    one = native.data_points.add(start_time_unix_nano=start, time_unix_nano=now, count=3, sum=4, scale=2, zero_count=1)
    one.positive.offset, one.zero_threshold = 5, 0.5
    one.positive.bucket_counts.extend([1, 1])
    found = rows(bench.metrics(points.request), "histograms")
    assert [(r["time"], r["count"], r["sum"]) for r in found] == [
        (start, 0, 0),
        (start, 0, 0),
        (now, 3, 4),
        (now, 3, 4),
    ]
    assert (found[0]["bounds"], found[0]["bucket_counts"]) == ([1, 2], [0, 0, 0])
    assert (found[1]["scale"], found[1]["zero_threshold"], found[1]["positive_counts"]) == (2, 0.5, [])
    assert [found[i]["series_id"] == found[i + 2]["series_id"] for i in range(2)] == [True, True]


def test_histograms_keep_everything(bench: Bench) -> None:
    points = Points(bench.now_ns)
    explicit = points.metric("h").histogram
    explicit.aggregation_temporality = 2
    point = explicit.data_points.add(
        time_unix_nano=bench.now_ns, start_time_unix_nano=5, count=6, sum=9.5, min=0.5, max=4.0,
        bucket_counts=[1, 2, 3], explicit_bounds=[1.0, 2.0],
    )  # fmt: skip
    point.exemplars.add(
        time_unix_nano=bench.now_ns, as_double=3.0, trace_id=b"\1" * 16, span_id=b"\2" * 8
    ).filtered_attributes.extend(pairs({"k": "v"}))
    exponential = points.metric("x").exponential_histogram.data_points.add(
        time_unix_nano=bench.now_ns, count=5, sum=2.0, scale=3, zero_count=1, zero_threshold=0.25
    )
    exponential.positive.offset = -2
    exponential.positive.bucket_counts.extend([1, 2])
    exponential.negative.offset = 4
    exponential.negative.bucket_counts.append(1)
    result = bench.metrics(points.request)
    first, second = rows(result, "histograms")
    assert (first["count"], first["sum"], first["min"], first["max"]) == (6, 9.5, 0.5, 4.0)
    assert (first["bounds"], first["bucket_counts"], first["start_time"]) == ([1.0, 2.0], [1, 2, 3], 5)
    assert (second["scale"], second["zero_count"], second["zero_threshold"]) == (3, 1, 0.25)
    assert (second["positive_offset"], second["positive_counts"]) == (-2, [1, 2])
    assert (second["negative_offset"], second["negative_counts"]) == (4, [1])
    assert [s["kind"] for s in rows(result, "series")] == ["histogram", "exponential_histogram"]
    (exemplar,) = rows(result, "exemplars")
    assert (exemplar["series_id"], exemplar["value"]) == (first["series_id"], 3.0)
    assert (exemplar["trace_id"], exemplar["attributes"]) == (b"\1" * 16, {"k": "v"})


def test_a_summary_becomes_quantile_sum_and_count_series(bench: Bench) -> None:
    points = Points(bench.now_ns).gauge("g", (1, {}))
    summary = points.metric("q").summary.data_points.add(time_unix_nano=bench.now_ns, count=4, sum=10.0)
    summary.attributes.extend(pairs({"k": "v"}))
    for quantile, value in ((0.5, 2.0), (0.99, 5.0), (1.0, 9.0)):
        summary.quantile_values.add(quantile=quantile, value=value)
    result = bench.metrics(points.request)
    series = {row["series_id"]: row for row in rows(result, "series")}
    found = [(series[s["series_id"]], s["value"]) for s in rows(result, "samples")]
    assert [(s["metric"], s["labels"], value) for s, value in found] == [
        ("g", {}, 1.0),
        ("q", {"k": "v", "quantile": "0.5"}, 2.0),
        ("q", {"k": "v", "quantile": "0.99"}, 5.0),
        ("q", {"k": "v", "quantile": "1"}, 9.0),  # as Prometheus writes it
        ("q_sum", {"k": "v"}, 10.0),
        ("q_count", {"k": "v"}, 4.0),
    ]
    assert {s["kind"] for s, _ in found[1:]} == {"summary"}


def test_points_outside_the_window_are_refused_one_by_one(bench: Bench) -> None:
    points = Points(bench.now_ns).gauge("g", (1, {}))
    points.gauge("g", (2, {}), time=1).gauge("g", (3, {}), time=bench.now_ns + HOUR_NS)
    result = bench.metrics(points.request)
    assert [row["value"] for row in rows(result, "samples")] == [1.0]
    assert (result.receipts[0].accepted, result.receipts[0].rejected) == (1, 2)


def test_series_beyond_the_limit_are_refused_and_the_known_go_on() -> None:
    tool = Bench(series_max=3)
    many = [(float(i), {"i": i}) for i in range(5)]
    first = tool.metrics(Points(tool.now_ns).gauge("g", *many).request)
    assert [row["value"] for row in rows(first, "samples")] == [0.0, 1.0, 2.0]
    assert "2 of series beyond 3 for the tenant (ingest.series_max)" in first.receipts[0].message
    again = tool.metrics(Points(tool.now_ns).gauge("g", *many).request)
    assert [row["value"] for row in rows(again, "samples")] == [0.0, 1.0, 2.0]
    other = tool.metrics(Points(tool.now_ns).gauge("g", *many).request, tenants=["other"])
    assert len(rows(other, "samples")) == 3
    tool.now_ns = (tool.now_ns // HOUR_NS + 1) * HOUR_NS
    later = tool.metrics(Points(tool.now_ns).gauge("g", *many[3:], many[2]).request)
    assert [row["value"] for row in rows(later, "samples")] == [2.0], "places of the hour before are kept"
    tool.now_ns += KEPT_NS
    later = tool.metrics(Points(tool.now_ns).gauge("g", *many[3:]).request)
    assert len(rows(later, "samples")) == 2
