"""The pipeline's kernels are ready before the first request is decoded.

They take some twenty seconds to compile, once per version and user; a process of its own does that, for it takes hundreds
of megabytes. Afterwards they are loaded in well under a second. Requests that arrive meanwhile wait in the bounded queue.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future

import msgspec
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

from swarmscope.config import Config
from swarmscope.ingest.kernels import cache
from swarmscope.ingest.pipeline import Pipeline, Request
from swarmscope.ingest.wire import plain
from swarmscope.telemetry import logger

COMPILE_TIMEOUT_S = 600.0
_log = logger("ingest")
_once: Future[None] = Future()
_lock = threading.Lock()


def ready() -> None:
    """Return when the kernels can be loaded; the first caller compiles them where they are not kept yet."""
    with _lock:
        mine = not _once.running() and not _once.done()
        if mine:
            _once.set_running_or_notify_cancel()
    if mine:
        try:
            if not cache.is_complete() and cache.is_shared():
                _compile_elsewhere()
        finally:
            _once.set_result(None)
    _once.result()


def is_ready() -> bool:
    """Whether requests are decoded at once."""
    return _once.done()


def _compile_elsewhere() -> None:
    _log.info("pipeline_compile", directory=str(cache.directory()), effect="requests wait in the queue meanwhile")
    begun = time.monotonic()
    command = [sys.executable, "-c", "from swarmscope.ingest import warm; warm.compile_all()"]
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and text
            command, capture_output=True, timeout=COMPILE_TIMEOUT_S, check=False
        )
        if done.returncode:
            _log.warning("pipeline_compile_failed", status=done.returncode, error=done.stderr.decode()[-400:])
    except (OSError, subprocess.TimeoutExpired) as e:
        _log.warning("pipeline_compile_failed", error=str(e))
    _log.info("pipeline_ready", seconds=round(time.monotonic() - begun, 1))


def compile_all() -> None:
    """Run every kernel once over made-up requests, so that its machine code is kept."""
    with _compiling_alone():
        if not cache.is_complete():
            _run_every_kernel()
            cache.mark_complete()


@contextlib.contextmanager
def _compiling_alone() -> Iterator[None]:
    """One process at a time compiles; the others find its work. Where files cannot be locked, each does it."""
    with (cache.directory() / "lock").open("w") as file:
        try:
            import fcntl
        except ImportError:
            yield
            return
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _run_every_kernel() -> None:
    options = msgspec.structs.replace(Config().ingest, attribute_value_max_bytes=4096, attributes_max=16, series_max=9)
    pipeline = Pipeline(msgspec.structs.replace(Config(), ingest=options), lambda _tenant: bytes(16))
    now_ns = time.time_ns()
    for _ in range(2):
        scanner = plain.Scanner()
        scanner.add_traces(_traces(now_ns).SerializeToString(), 0)
        pipeline.spans(scanner.spans(), [Request("a")], now_ns).durable()
        scanner.add_logs(_logs(now_ns).SerializeToString(), 0)
        pipeline.logs(scanner.logs(), [Request("a")], now_ns).durable()
        scanner.add_metrics(_metrics(now_ns).SerializeToString(), 0)
        pipeline.metrics(scanner.metrics(), [Request("a")], now_ns).durable()


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


def _traces(now_ns: int) -> ExportTraceServiceRequest:
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    resource.resource.attributes.extend([_text("service.name", "s"), _text("swarmscope.agent.id", "a")])
    scope = resource.scope_spans.add()
    scope.scope.attributes.append(_text("k", "v"))
    for number in range(3):
        span = scope.spans.add(trace_id=bytes([1] * 16), span_id=bytes([number + 1] * 8), name="n")
        span.start_time_unix_nano = 1 if number == 2 else now_ns
        span.end_time_unix_nano = now_ns
        span.attributes.extend(
            [
                *_SECRETS,
                _text("gen_ai.agent.name", "a"),
                _text("openinference.span.kind", "LLM"),
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


if __name__ == "__main__":  # what `make` does once, so that the first start need not
    from swarmscope.ingest.wire import warm_up

    warm_up()
    compile_all()
    warm_up(COMPILE_TIMEOUT_S)
