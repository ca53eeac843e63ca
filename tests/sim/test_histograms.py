"""The standard client histograms of the fleet: their names and bounds, what they count, and where their exemplars lead."""

from __future__ import annotations

import pytest
from opentelemetry.proto.metrics.v1.metrics_pb2 import HistogramDataPoint

from swarmscope.sim.run import TICK_S
from tests.support.otlp import Said, attributes

DURATION, TOKENS = "gen_ai.client.operation.duration", "gen_ai.client.token.usage"
# as semantic conventions for generative AI give them
BOUNDS = {
    DURATION: [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
    TOKENS: [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864],
}


def points(said: Said, name: str) -> list[tuple[str, HistogramDataPoint]]:
    """Every point of a metric, with the node that sent it."""
    return [
        (str(resource["service.instance.id"]), point)
        for resource, metric in said.metrics
        if metric.name == name
        for point in metric.histogram.data_points
    ]


@pytest.mark.parametrize("name", [DURATION, TOKENS])
def test_names_units_bounds_and_labels_are_the_conventions(fleet: Said, name: str) -> None:
    assert {m.unit for _, m in fleet.metrics if m.name == name} == {"s" if name == DURATION else "{token}"}
    own = {"swarmscope.agent.id"} if name == DURATION else {"gen_ai.token.type"}
    standard = {"gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model", "gen_ai.response.model"}
    assert points(fleet, name)
    for _, point in points(fleet, name):
        assert list(point.explicit_bounds) == BOUNDS[name]
        assert attributes(list(point.attributes)).keys() == own | standard


@pytest.mark.parametrize("name", [DURATION, TOKENS])
def test_an_exemplar_is_what_the_span_it_leads_to_says(fleet: Said, name: str) -> None:
    """Sent before it or with it, of the same node and model, in a bucket that counts it, and told once."""
    spans = {span.span_id: (resource, span, known) for resource, _, span, known in fleet.spans}
    told: list[tuple[bytes, str]] = []
    for node, point in points(fleet, name):
        labels = attributes(list(point.attributes))
        for exemplar in point.exemplars:
            resource, span, known = spans[exemplar.span_id]
            assert (span.trace_id, resource["service.instance.id"]) == (exemplar.trace_id, node)
            assert span.status.code != 2
            bucket = sum(exemplar.as_double > bound for bound in point.explicit_bounds)
            assert point.bucket_counts[bucket] > 0
            if "gen_ai.request.model" in known:
                assert known["gen_ai.request.model"] == labels["gen_ai.request.model"]
            if name == DURATION:
                assert exemplar.as_double == pytest.approx((span.end_time_unix_nano - span.start_time_unix_nano) / 1e9)
            elif (used := known.get(f"gen_ai.usage.{labels['gen_ai.token.type']}_tokens")) is not None:
                assert exemplar.as_double == used
            assert exemplar.time_unix_nano == span.end_time_unix_nano <= point.time_unix_nano + TICK_S * 1e9
            told.append((exemplar.span_id, str(labels.get("gen_ai.token.type"))))
    assert len(told) == len(set(told)) > 100


def test_every_answered_call_is_counted_once(fleet: Said) -> None:
    """Calls of agents whose last report is known; what ended after it is not in it."""
    last = {attributes(list(p.attributes))["swarmscope.agent.id"]: p for _, p in points(fleet, DURATION)}
    ended: dict[object, list[tuple[int, float]]] = {}
    for _, scope, span, known in fleet.spans:
        if scope == "swarmscope-sdk" and known.get("gen_ai.operation.name") == "chat" and span.status.code != 2:
            taken = (span.end_time_unix_nano, (span.end_time_unix_nano - span.start_time_unix_nano) / 1e9)
            ended.setdefault(known["gen_ai.agent.id"], []).append(taken)
    assert len(ended) > 10
    for agent, calls in ended.items():
        point = last[agent]
        before = [seconds for end_ns, seconds in calls if end_ns <= point.time_unix_nano]
        assert len(before) <= point.count <= len(calls)
        assert point.sum == pytest.approx(sum(s for _, s in sorted(calls)[: point.count]))
