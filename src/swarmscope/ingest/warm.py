"""The pipeline's kernels become machine code in the background, while their plain Python serves.

They take some twenty seconds to compile, once per version and user, in a process of its own. Where that has been done, they
are loaded in well under a second, and requests wait for it.
"""

from __future__ import annotations

import threading
import time

import msgspec
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

from swarmscope.config import Config
from swarmscope.ingest import wire
from swarmscope.ingest.kernels import cache, jit
from swarmscope.ingest.pipeline import Pipeline, Request
from swarmscope.ingest.wire import cache as files
from swarmscope.ingest.wire import plain, prometheus
from swarmscope.telemetry import gauge, logger

_log = logger("ingest")
_fast = gauge("swarmscope_ingest_pipeline_fast", "1 when the compiled pipeline serves, 0 while its plain Python does")
_settled = threading.Event()  # it is known which code serves now
_done = threading.Event()
_lock = threading.Lock()
_thread: threading.Thread | None = None


def begin() -> None:
    """Start to load or compile the kernels in the background, once."""
    global _thread
    wire.warm_up()
    with _lock:
        if _thread is None:
            _thread = threading.Thread(target=_prepare, name="pipeline-kernels", daemon=True)
            _thread.start()


def settle() -> None:
    """Return when requests can be decoded: at once while the kernels are being compiled, else when they are loaded."""
    begin()
    _settled.wait()


def wait(seconds: float = files.COMPILE_TIMEOUT_S) -> bool:
    """Whether the kernels are machine code after that many seconds."""
    begin()
    _done.wait(seconds)
    return jit.is_machine_code()


def is_slow() -> bool:
    """Whether plain Python serves: a few hundred spans a second."""
    return _settled.is_set() and not jit.is_machine_code()


def compile_all() -> None:
    """Run every kernel once over made-up requests, so that its machine code is kept."""
    from swarmscope.ingest.kernels import native

    place = cache.directory()
    with files.alone(place):
        if not files.is_complete(place):
            jit.use_machine_code(native.compiled)
            _run_every_kernel()
            files.mark_complete(place)


def _prepare() -> None:
    try:
        if wire.is_plain():
            return
        place = cache.directory()
        if not files.is_complete(place):
            _settled.set()
            if not files.compile_elsewhere(place, "from swarmscope.ingest import warm; warm.compile_all()"):
                return
        from swarmscope.ingest.kernels import native

        jit.use_machine_code(native.compiled)
        files.mark_complete(place)
        _fast.set(1)
    except Exception as e:  # noqa: BLE001 - whatever fails here, plain Python goes on serving
        _log.warning("kernels_unavailable", error=f"{type(e).__name__}: {e}", effect="the slower plain code serves")
    finally:
        _settled.set()
        _done.set()


def _run_every_kernel() -> None:
    options = msgspec.structs.replace(Config().ingest, attribute_value_max_bytes=4096, attributes_max=16, series_max=9)
    pipeline = Pipeline(msgspec.structs.replace(Config(), ingest=options), lambda _tenant: bytes(16))
    now_ns = time.time_ns()
    for _ in range(2):
        scanner = plain.Scanner()
        scanner.add_traces(example(now_ns).SerializeToString(), 0)
        pipeline.spans(scanner.spans(), [Request("a")], now_ns).durable()
        scanner.add_logs(_logs(now_ns).SerializeToString(), 0)
        pipeline.logs(scanner.logs(), [Request("a")], now_ns).durable()
        scanner.add_metrics(_metrics(now_ns).SerializeToString(), 0)
        pipeline.metrics(scanner.metrics(), [Request("a")], now_ns).durable()
        for encoding, body in writes(now_ns // 1_000_000).items():
            pipeline.writes.reset(now_ns)
            pipeline.writes.add(body, encoding, "a")
            pipeline.writes.run(now_ns).durable()


def _text(key: str, value: str) -> KeyValue:
    made = KeyValue(key=key)
    made.value.string_value = value
    return made


def _number(key: str, value: int) -> KeyValue:
    made = KeyValue(key=key)
    made.value.int_value = value
    return made


_SECRETS = (
    _text("a", "bob@example.org pays with 4111 1111 1111 1111, password=letmein12, Bearer abcdefghijklmnopqrstu1"),
    _text("b", '{"n": 4111111111111111, "key": "sk-abcdefghijklmnopqrstuvwx"}'),
    _text("db.password", "letmein"),
    _text("c", "x" * 5000),
)
_MESSAGES = '[{"role":"user","parts":[{"type":"text","content":"one"}]},{"role":"user","parts":[{"content":"two"}]}]'


def example(now_ns: int) -> ExportTraceServiceRequest:
    """Four spans with something of everything that spans can have; the third is too old to be taken, the last is a call
    below the first, which repeats its tokens."""
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    resource.resource.attributes.extend([_text("service.name", "s"), _text("swarmscope.agent.id", "a")])
    scope = resource.scope_spans.add()
    scope.scope.attributes.append(_text("k", "v"))
    for number in range(4):
        span = scope.spans.add(trace_id=bytes([1] * 16), span_id=bytes([number + 1] * 8), name="n")
        span.parent_span_id = bytes([1] * 8) if number == 3 else b""
        span.start_time_unix_nano = 1 if number == 2 else now_ns
        span.end_time_unix_nano = now_ns
        span.attributes.extend(
            [
                *_SECRETS,
                _text("gen_ai.agent.name", "a"),
                _text("openinference.span.kind", "AGENT" if number == 0 else "LLM"),
                _text("gen_ai.system", "openai"),
                _text("traceloop.entity.name", "e"),
                _text("gen_ai.input.messages", _MESSAGES),
                _number("gen_ai.usage.input_tokens", 5),
                _number("gen_ai.usage.output_tokens", 7),
            ]
        )
        span.attributes.add(key="gen_ai.usage.cost").value.double_value = 0.5
        span.attributes.add(key="swarmscope.pending").value.bool_value = number == 1
        span.attributes.extend(_text(f"more{i}", "v") for i in range(20))
        span.events.add(time_unix_nano=now_ns, name="e").attributes.append(_text("gen_ai.prompt", _MESSAGES))
        span.links.add(trace_id=bytes([2] * 16), span_id=bytes([2] * 8)).attributes.append(_text("k", "v"))
    return request


def _logs(now_ns: int) -> ExportLogsServiceRequest:
    request = ExportLogsServiceRequest()
    resource = request.resource_logs.add()
    resource.resource.attributes.append(_text("service.name", "s"))
    scope = resource.scope_logs.add()
    for name in ("", "swarmscope.agent.heartbeat"):
        record = scope.log_records.add(time_unix_nano=now_ns, event_name=name)
        record.body.string_value = "bob@example.org " + "x" * 5000
        record.attributes.extend([*_SECRETS, _text("gen_ai.agent.name", "a"), _text("session.id", "s")])
    return request


def _metrics(now_ns: int) -> ExportMetricsServiceRequest:
    request = ExportMetricsServiceRequest()
    resource = request.resource_metrics.add()
    resource.resource.attributes.append(_text("service.name", "s"))
    scope = resource.scope_metrics.add()
    gauge = scope.metrics.add(name="g").gauge.data_points
    for number in range(12):
        point = gauge.add(time_unix_nano=now_ns, as_double=1.0)
        point.attributes.append(_number("n", number))
        point.exemplars.add(time_unix_nano=now_ns, as_double=1.0).filtered_attributes.append(_text("k", "v"))
    explicit = scope.metrics.add(name="h").histogram.data_points
    explicit.add(time_unix_nano=now_ns, count=1, sum=1.0, bucket_counts=[0, 1], explicit_bounds=[0.5])
    exponential = scope.metrics.add(name="x").exponential_histogram.data_points
    exponential.add(time_unix_nano=now_ns, count=1, sum=1.0).positive.bucket_counts.append(1)
    summary = scope.metrics.add(name="q").summary.data_points.add(time_unix_nano=now_ns, count=1, sum=1.0)
    summary.quantile_values.add(quantile=0.5, value=1.0)
    return request


def writes(now_ms: int) -> dict[str, bytes]:
    """Remote write with something of everything, in both versions; many new series, so that tables grow."""
    first = prometheus.V1["WriteRequest"]()
    first.metadata.add(type=1, metric_family_name="m", help="h", unit="s")
    second = prometheus.V2["Request"](symbols=["", "__name__", "m", "k"])
    for number in range(3000):
        one = first.timeseries.add()
        one.labels.add(name="__name__", value="m")
        one.labels.add(name="k", value=str(number))
        one.samples.add(value=number, timestamp=now_ms)
        two = second.timeseries.add(labels_refs=[1, 2, 3, len(second.symbols)], created_timestamp=1)
        second.symbols.append(str(number))
        two.samples.add(value=number, timestamp=now_ms)
    for series in (first.timeseries[0], second.timeseries[0]):
        series.histograms.add(count_int=1, sum=1.0, timestamp=now_ms)
        series.exemplars.add(value=1.0, timestamp=now_ms)
    return {"write1": first.SerializeToString(), "write2": second.SerializeToString()}


if __name__ == "__main__":  # what `make` does once, so that the first start need not
    from swarmscope.ingest.wire import warm_up

    warm_up()
    compile_all()
    warm_up(files.COMPILE_TIMEOUT_S)
