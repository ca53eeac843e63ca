"""Names and labels of OTLP metrics in PromQL, as Prometheus' own translator gives them."""

from __future__ import annotations

import pyarrow as pa
import pytest

from swarmscope.ingest.prometheus_names import label_name, labels_column, metric_name
from swarmscope.model.tables import ATTRIBUTES


@pytest.mark.parametrize(
    ("name", "unit", "kind", "expected"),
    [
        ("system.io", "foo/bar", "counter", "system_io_foo_per_bar_total"),
        ("active.requests", "", "gauge", "active_requests"),
        ("http.server.duration", "s", "histogram", "http_server_duration_seconds"),
        ("http.server.duration", "ms", "exponential_histogram", "http_server_duration_milliseconds"),
        ("system.memory", "By", "gauge", "system_memory_bytes"),
        ("system.memory.bytes", "By", "gauge", "system_memory_bytes"),
        ("cache.hits", "1", "gauge", "cache_hits_ratio"),
        ("cache.hits", "1", "counter", "cache_hits_total"),
        ("requests_total", "", "counter", "requests_total"),
        ("gen_ai.client.token.usage", "{token}", "histogram", "gen_ai_client_token_usage"),
        ("speed", "m/s", "gauge", "speed_meters_per_second"),
        ("used", "%", "gauge", "used_percent"),
        ("2xx.count", "", "updown", "_2xx_count"),
        ("a..b__c", "", "gauge", "a_b_c"),
    ],
)
def test_metrics(name: str, unit: str, kind: str, expected: str) -> None:
    assert metric_name(name, unit, kind) == expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [("a.b", "a_b"), ("1x", "key_1x"), ("_x", "key_x"), ("__x", "__x"), ("é", "key_"), ("ok", "ok")],
)
def test_labels(key: str, expected: str) -> None:
    assert label_name(key) == expected


def test_job_and_instance_say_who_sent_it_and_equal_names_are_joined() -> None:
    rows = [
        [("service.name", "s"), ("service.instance.id", "i"), ("a.b", "1")],
        [("service.name", "s"), ("service.namespace", "n")],
        [],
        [("a.b", "1"), ("a_b", "2")],
    ]
    found = [dict(row) for row in labels_column(pa.array(rows, ATTRIBUTES)).to_pylist()]
    assert found[0] == {"service_name": "s", "service_instance_id": "i", "a_b": "1", "job": "s", "instance": "i"}
    assert found[1]["job"] == "n/s"
    assert found[2] == {}
    assert found[3] == {"a_b": "1;2"}
