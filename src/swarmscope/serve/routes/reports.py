"""What agents post over plain REST, as the OTLP that an SDK would have sent: one way in for everything."""

from __future__ import annotations

import time
from concurrent.futures import TimeoutError as NotInTimeError
from typing import Literal

from fastapi import Request
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality

from swarmscope.errors import InputError, OverloadError
from swarmscope.model.access import Principal
from swarmscope.query.times import parse_moment
from swarmscope.serve.schemas.agents import Heartbeat, MetricPoint, MetricsReport, Registration
from swarmscope.serve.schemas.common import Receipt

AGENT_ID = "swarmscope.agent.id"
WAIT_S = 30.0


def submit(request: Request, caller: Principal, signal: Literal["logs", "metrics"], body: bytes) -> Receipt:
    """Hand one export request to the intake and wait until it is durable. OverloadError: it was not taken in time."""
    future = request.app.state.intake.submit(signal, body, caller.tenant)
    try:
        receipt = future.result(WAIT_S)
    except NotInTimeError as e:
        raise OverloadError(f"not durable within {WAIT_S:g} s; send it again", 5.0) from e
    return Receipt(accepted=receipt.accepted, rejected=receipt.rejected, message=receipt.message)


def registration(agent: str, body: Registration) -> bytes:
    """A log record with the event name of a registration."""
    attributes = [_text(f"swarmscope.agent.{k}", v) for k, v in (("kind", body.kind), ("model", body.model))]
    attributes += [_text("swarmscope.agent.version", body.version), _text("swarmscope.agent.status", body.status)]
    attributes.append(_text("swarmscope.agent.name", body.name or agent))
    if body.capabilities:
        values = ArrayValue(values=[AnyValue(string_value=c) for c in body.capabilities])
        attributes.append(KeyValue(key="swarmscope.agent.capabilities", value=AnyValue(array_value=values)))
    attributes += [_text(key, value) for key, value in body.labels.items()]
    return _event(agent, "register", [a for a in attributes if a.value.string_value or a.value.HasField("array_value")])


def heartbeat(agent: str, body: Heartbeat) -> bytes:
    """A log record with the event name of a heartbeat, or of a stop."""
    attributes = [_text("swarmscope.agent.status", body.status)] if body.status else []
    return _event(agent, "stop" if body.status == "stopped" else "heartbeat", attributes)


def metrics(agent: str, body: MetricsReport) -> bytes:
    """Gauges and sums, labelled with the agent."""
    now_ns = time.time_ns()
    at_ns = parse_moment(body.time, "time", now_ns) if body.time else now_ns
    points = [MetricPoint(name=name, value=value) for name, value in body.metrics.items()] + body.points
    if not points:
        raise InputError('no metrics; send {"metrics": {"name": 1.5}} or {"points": [{"name": …, "value": …}]}')
    request = ExportMetricsServiceRequest()
    scope = request.resource_metrics.add().scope_metrics.add()
    for point in points:
        metric = scope.metrics.add(name=point.name, unit=point.unit)
        if point.kind == "gauge":
            data = metric.gauge.data_points.add()
        else:
            metric.sum.aggregation_temporality = AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE
            metric.sum.is_monotonic = point.kind == "counter"
            data = metric.sum.data_points.add()
        data.time_unix_nano = parse_moment(point.time, "time", now_ns) if point.time else at_ns
        data.as_double = point.value
        data.attributes.extend([_text(AGENT_ID, agent), *(_text(k, v) for k, v in point.labels.items())])
    return bytes(request.SerializeToString())


def _event(agent: str, event: str, attributes: list[KeyValue]) -> bytes:
    request = ExportLogsServiceRequest()
    record = request.resource_logs.add().scope_logs.add().log_records.add()
    record.time_unix_nano = record.observed_time_unix_nano = time.time_ns()
    record.event_name = f"swarmscope.agent.{event}"
    record.attributes.extend([_text(AGENT_ID, agent), *attributes])
    return bytes(request.SerializeToString())


def _text(key: str, value: str) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(string_value=value))
