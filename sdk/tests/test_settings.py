"""Settings, the process's own telemetry, and the log handler."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from otlp_sink import OtlpSink, attributes

from swarmscope_sdk import AgentMonitor, Settings, Telemetry, configure, register_agent, update_metrics
from swarmscope_sdk.telemetry import LogHandler


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, {"endpoint": "http://127.0.0.1:8080", "key": "", "file": ""}),
        (
            {"SWARMSCOPE_URL": "https://s.example/", "SWARMSCOPE_KEY": "k"},
            {"endpoint": "https://s.example", "key": "k"},
        ),
        (
            {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_EXPORTER_OTLP_HEADERS": "A=b%20c, d=e"},
            {"endpoint": "http://c:4318", "headers": {"a": "b c", "d": "e"}, "url": "http://127.0.0.1:8080"},
        ),
        (
            {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "SWARMSCOPE_URL": "http://s:1"},
            {"endpoint": "http://s:1", "url": "http://s:1"},
        ),
        ({"OTEL_SDK_DISABLED": "TRUE", "OTEL_SERVICE_NAME": "x"}, {"disabled": True, "service": "x"}),
    ],
)
def test_the_environment(environ: dict[str, str], expected: dict[str, Any]) -> None:
    found = Settings.from_environment(environ)
    assert {key: getattr(found, key) for key in expected} == expected


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"flush_interval_s": 0}, "flush_interval_s=0 must be greater than 0"),
        ({"queue_max_items": 0}, "queue_max_items=0 must be at least 1"),
        ({"pending_after_s": -1}, "pending_after_s=-1 must not be negative"),
        ({"url": "localhost:8080"}, "url='localhost:8080' must start with http"),
    ],
)
def test_settings_that_make_no_sense_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Settings(**options)


@pytest.mark.parametrize(
    "options",
    [
        {"key": "s3cret\nx"},
        {"key": "s3cretä"},
        {"headers": {"x-key": "s3cret\r\nx-other: 1"}},
        {"headers": {"a b": "s3cret"}},
    ],
    ids=["line break", "not ASCII", "a header within", "name of a header"],
)
def test_what_no_header_holds_is_refused_without_telling_it(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"key|a b") as refused:
        Settings(**options)
    assert "s3cret" not in str(refused.value)


def test_a_key_from_a_file_of_secrets_ends_with_a_line_break(sink: OtlpSink) -> None:
    chosen = Settings.from_environment({"SWARMSCOPE_URL": sink.url, "SWARMSCOPE_KEY": " s3cret\r\n"})
    telemetry = Telemetry(chosen, TracerProvider(shutdown_on_exit=False), MeterProvider(shutdown_on_exit=False))
    telemetry.log("x")
    assert telemetry.shutdown()
    assert sink.received.requests[0][2]["authorization"] == "Bearer s3cret"


def test_a_key_is_sent_and_never_shown(sink: OtlpSink) -> None:
    telemetry = Telemetry(
        Settings(otlp_url=sink.url, key="s3cret", headers={"x-team": "a"}),
        TracerProvider(shutdown_on_exit=False),
        MeterProvider(shutdown_on_exit=False),
    )
    AgentMonitor("a", telemetry=telemetry).log("x")
    assert telemetry.shutdown()
    headers = sink.received.requests[0][2]
    assert headers["authorization"] == "Bearer s3cret" and headers["x-team"] == "a"
    assert "s3cret" not in repr(telemetry.settings)


def test_one_line_helpers_report_through_the_last_configuration(sink: OtlpSink) -> None:
    own: dict[str, Any] = {
        "tracer_provider": TracerProvider(shutdown_on_exit=False),
        "meter_provider": MeterProvider(shutdown_on_exit=False),
    }
    first = configure(Settings(), url="http://127.0.0.1:9", **own)
    telemetry = configure(Settings(metrics_interval_s=1000.0), url=sink.url, key="k", service="svc", **own)
    assert first is not telemetry
    register_agent("a", "m", "worker", capabilities=["x"])
    update_metrics("a", response_time=2.0)
    assert telemetry.shutdown()
    assert sink.received.events("register")[0]["swarmscope.agent.kind"] == "worker"
    assert sink.received.values("swarmscope.agent.response_time") == {(("gen_ai.agent.id", "a"),): 2.0}
    assert sink.received.events("heartbeat") == [] == sink.received.events("stop")


def test_disabled_it_does_nothing_at_all(sink: OtlpSink) -> None:
    telemetry = Telemetry(Settings(otlp_url=sink.url, disabled=True))
    with AgentMonitor("a", telemetry=telemetry) as agent, agent.task("t"):
        agent.gauge("g", 1)
        agent.log("x")
    assert telemetry.flush() and telemetry.shutdown()
    assert sink.received.requests == []


def test_the_logging_module_with_agent_and_trace(sink: OtlpSink, telemetry: Telemetry) -> None:
    logger = logging.getLogger("some.library")
    handler = LogHandler(telemetry)
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        with AgentMonitor("a", telemetry=telemetry) as agent, agent.task("t") as task:
            logger.debug("too quiet")
            try:
                raise ValueError("bad")
            except ValueError:
                logger.exception("it %s", "broke")
            trace_id = task.trace_id
    finally:
        logger.removeHandler(handler)
    telemetry.flush()
    [record] = [r for r in sink.received.logs() if not r.event_name]
    assert record.body.string_value == "it broke" and record.severity_number == 17
    assert record.trace_id.hex() == trace_id
    found = attributes(record.attributes)
    assert found["exception.type"] == "ValueError" and found["exception.message"] == "bad"
    assert (found["logger.name"], found["gen_ai.agent.id"]) == ("some.library", "a")


def test_what_a_second_call_replaces_is_called_no_more(sink: OtlpSink) -> None:
    own: dict[str, Any] = {
        "tracer_provider": TracerProvider(shutdown_on_exit=False),
        "meter_provider": MeterProvider(shutdown_on_exit=False),
    }
    first = configure(Settings(metrics_interval_s=1000.0), url=sink.url, **own)
    for _ in range(3):
        last = configure(Settings(metrics_interval_s=1000.0), url=sink.url, **own)
    with last.tracer.start_as_current_span("s"):
        assert not first._processor._open and len(last._processor._open) == 1
    assert first.stats().dropped == {}, "it is not even asked"
    assert len(own["tracer_provider"]._active_span_processor._span_processors) == 1
    last.flush()
    last.flush()
    newest = sink.received.messages("/v1/metrics")[-1]
    names = [m.name for r in newest.resource_metrics for of in r.scope_metrics for m in of.metrics]
    last.shutdown()
    assert len(sink.received.spans()) == 1
    assert "swarmscope.sdk.queued_bytes" in names and len(names) == len(set(names)), "what went before tells no counts"


def test_a_log_line_with_wrong_arguments_fails_nobody(
    sink: OtlpSink, telemetry: Telemetry, capsys: pytest.CaptureFixture[str]
) -> None:
    logger = logging.getLogger("careless.library")
    handler = LogHandler(telemetry)
    logger.addHandler(handler)
    logger.propagate = False
    try:
        logger.warning("%d apples", "no number")
        logger.warning("fine")
    finally:
        logger.removeHandler(handler)
    telemetry.flush()
    assert [r.body.string_value for r in sink.received.logs()] == ["fine"]
    assert "Logging error" in capsys.readouterr().err, "told as logging tells it"


def test_a_service_that_the_provider_does_not_take_is_told(caplog: pytest.LogCaptureFixture) -> None:
    provider = TracerProvider(resource=Resource.create({"service.name": "shop"}), shutdown_on_exit=False)
    meters = MeterProvider(shutdown_on_exit=False)
    for service in ("", "shop", "till"):
        options = Settings(otlp_url="http://127.0.0.1:9", service=service, shutdown_timeout_s=0)
        configure(options, tracer_provider=provider, meter_provider=meters).shutdown()
    assert [r.getMessage() for r in caplog.records if "is not used" in r.getMessage()] == [
        "swarmscope: service='till' is not used: the tracer provider that this process has is of 'shop'; "
        "name the service where it is made, or call configure() before anything is reported"
    ]
