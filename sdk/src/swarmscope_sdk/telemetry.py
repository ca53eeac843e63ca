"""The handle of one process: OpenTelemetry providers, the buffer, the heartbeats.

An OpenTelemetry provider that the program has already set is used as it is: its spans and metrics come to the platform too,
besides wherever they go now. Where there is none, ours is made and set globally, so that instrumentation of others finds it.
"""

from __future__ import annotations

import atexit
import logging
import os
import platform
import sys
import threading
import time
import uuid
import weakref
from collections.abc import Iterable, Mapping
from dataclasses import replace
from importlib.metadata import version
from time import time_ns
from typing import Any, Protocol

from opentelemetry import metrics as metrics_api
from opentelemetry import trace as trace_api
from opentelemetry.metrics import CallbackOptions, Meter, NoOpMeter, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader, MetricsData
from opentelemetry.sdk.resources import SERVICE_INSTANCE_ID, SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider

from swarmscope_sdk import names
from swarmscope_sdk import scope as scopes
from swarmscope_sdk.buffer import Buffer, Stats
from swarmscope_sdk.encode import LogItem, MetricItem, metric_items
from swarmscope_sdk.instruments import Instruments
from swarmscope_sdk.processor import Relay, ScopeProcessor
from swarmscope_sdk.settings import Settings
from swarmscope_sdk.sink import FileSink, HttpSink, Sink

VERSION = version("swarmscope-sdk")
_SCOPE_NAME = "swarmscope_sdk"
_LAST = -1_000  # among what multiprocessing does at the end of a child
_log = logging.getLogger("swarmscope_sdk")
_SEVERITY = {"trace": 1, "debug": 5, "info": 9, "warning": 13, "warn": 13, "error": 17, "critical": 21, "fatal": 21}
_SIMPLE = frozenset({str, int, float, bool, bytes, type(None)})
_DEPTH_MAX = 16  # of lists in lists; what lies deeper is written as its text


class Beating(Protocol):
    """Something alive that the telemetry thread asks for a sign of life."""

    def beat(self) -> None: ...


class Telemetry:
    """What `configure` returns. `flush` and `shutdown` are called for you at exit; `stats` tells what was sent and dropped.

    settings: see `Settings`. tracer_provider, meter_provider: use these instead of the global ones.
    Raises nothing for a platform that is away.
    """

    def __init__(
        self,
        settings: Settings,
        tracer_provider: TracerProvider | None = None,
        meter_provider: MeterProvider | None = None,
    ) -> None:
        self.settings = settings
        self._beating: weakref.WeakSet[Beating] = weakref.WeakSet()
        self._beating_lock = threading.Lock()
        self._beat_at_s = time.monotonic() + settings.heartbeat_s
        self._collected: MetricsData | None = None
        self._own_resource = _resource(settings)
        self._tracers: TracerProvider | None = None
        self._meters: MeterProvider | None = None
        self._replaced = False
        self.buffer = Buffer(settings, _sink(settings), lambda: self.resource, VERSION)
        self._processor = ScopeProcessor(self.buffer, settings)
        self._reader = _Reader(self)
        self.tracer: trace_api.Tracer = trace_api.NoOpTracer()
        meter: Meter = NoOpMeter(_SCOPE_NAME)
        if settings.disabled:
            self.buffer.close(0.0)
        else:
            meter = self._connect(tracer_provider, meter_provider)
            atexit.register(self.shutdown)
        self.instruments = Instruments(meter)
        if hasattr(os, "register_at_fork"):
            weak = weakref.WeakMethod(self._after_fork)
            os.register_at_fork(after_in_child=lambda: again() if (again := weak()) else None)

    @property
    def resource(self) -> Resource:
        """The resource that everything from here belongs to; a forked child has one of its own."""
        return self._own_resource if self._tracers is None else self._tracers.resource

    def _connect(self, tracer_provider: TracerProvider | None, meter_provider: MeterProvider | None) -> Meter:
        """Listen to the providers and start the thread."""
        tracers = tracer_provider or _global_tracer_provider(self._own_resource)
        self._tracers = tracers
        Relay.of(tracers).add(self._processor)
        self.tracer = tracers.get_tracer(_SCOPE_NAME, VERSION)
        meters = self._meters = _meter_provider(meter_provider, tracers.resource, self._reader)
        meter = meters.get_meter(_SCOPE_NAME, VERSION)
        self._observe_self(meter)
        self.buffer.ticks += [self._processor.sweep, self._beat]
        self.buffer.metrics = self._collect
        self.buffer.start()
        return meter

    def log(
        self,
        message: str,
        level: str = "info",
        *,
        event: str = "",
        attributes: Mapping[str, Any] | None = None,
        scope: scopes.Scope | None = None,
    ) -> None:
        """Queue one log record of the running scope and span. level: trace, debug, info, warning, error or critical.

        A message that is no text is written as its text; lists and mappings among the attributes are copied.
        """
        severity = _SEVERITY.get(level.lower())
        if severity is None:
            raise ValueError(f"level={level!r} is not one of {', '.join(_SEVERITY)}")
        scope = (
            None if event else scope or scopes.current()
        )  # an event names its agent itself; the rest would be labels
        merged: dict[str, Any] = dict(scope.attributes) if scope else {}
        for key, value in (attributes or {}).items():
            merged[key] = value if type(value) in _SIMPLE else _copied(value)
        span = trace_api.get_current_span().get_span_context()
        self.buffer.add_log(
            LogItem(time_ns(), severity, level.upper(), str(message), event, merged, span.trace_id, span.span_id)
        )

    def flush(self, timeout_s: float | None = None) -> bool:
        """Send all that waits, in the calling thread. False: some of it still waits (it is kept and tried again)."""
        return self.buffer.flush(self.settings.timeout_s if timeout_s is None else timeout_s)

    def shutdown(self) -> bool:
        """Flush within `shutdown_timeout_s`, then stop. False: not all could be sent. A second call does nothing."""
        atexit.unregister(self.shutdown)
        return self.buffer.close(self.settings.shutdown_timeout_s)

    def _leave(self) -> None:
        """Shut down and be called by the providers no more: another takes over."""
        self.shutdown()
        self._replaced = True
        if self._tracers is not None:
            Relay.of(self._tracers).discard(self._processor)
        self._processor.forget()
        if self._meters is not None and hasattr(self._meters, "remove_metric_reader"):  # new in OpenTelemetry
            self._meters.remove_metric_reader(self._reader)

    def stats(self) -> Stats:
        """Counts since the start of the process."""
        return self.buffer.stats()

    def join(self, agent: Beating) -> None:
        """Ask `agent` for a heartbeat every `heartbeat_s` from now on."""
        with self._beating_lock:
            self._beating.add(agent)

    def part(self, agent: Beating) -> None:
        """No more heartbeats of `agent`."""
        with self._beating_lock:
            self._beating.discard(agent)

    def _beat(self, now_s: float) -> None:
        if now_s < self._beat_at_s:
            return
        self._beat_at_s = now_s + self.settings.heartbeat_s
        with self._beating_lock:
            agents = list(self._beating)
        for agent in agents:
            agent.beat()

    def _after_fork(self) -> None:
        self._beating_lock = threading.Lock()
        self._beating = weakref.WeakSet()  # the parent beats for its agents
        self._processor.forget()
        util: Any = sys.modules.get("multiprocessing.util")
        if util is not None and not self.settings.disabled:  # its children end without `atexit`
            util.register_after_fork(self, lambda its: util.Finalize(its, its.shutdown, exitpriority=_LAST))

    def _collect(self) -> list[MetricItem]:
        self._reader.collect()
        data, self._collected = self._collected, None
        return [] if data is None else metric_items(data)

    def receive(self, data: MetricsData) -> None:
        """Take what the metric reader collected."""
        self._collected = data

    def _observe_self(self, meter: Meter) -> None:
        def sent(_options: CallbackOptions) -> Iterable[Observation]:
            if self._replaced:
                return []
            return [Observation(count, {"signal": signal}) for signal, count in self.stats().sent.items()]

        def dropped(_options: CallbackOptions) -> Iterable[Observation]:
            lost = () if self._replaced else self.stats().dropped.items()
            return [Observation(count, {"signal": signal, "reason": reason}) for (signal, reason), count in lost]

        def queued(_options: CallbackOptions) -> Iterable[Observation]:
            if self._replaced:
                return []
            stats = self.stats()
            return [Observation(stats.queued_bytes + stats.backlog_bytes)]

        meter.create_observable_counter(names.METRIC_SENT, [sent], "{item}", "Items that the platform accepted")
        meter.create_observable_counter(names.METRIC_DROPPED, [dropped], "{item}", "Items lost, by reason")
        meter.create_observable_gauge(names.METRIC_QUEUED, [queued], "By", "Memory of what waits to be sent")


class _Reader(MetricReader):
    """Hands collected metrics to the telemetry, which sends them with the rest."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__()
        self._telemetry = weakref.ref(telemetry)

    def _receive_metrics(self, metrics_data: MetricsData, timeout_millis: float = 10_000, **kwargs: Any) -> None:
        telemetry = self._telemetry()
        if telemetry is not None:
            telemetry.receive(metrics_data)

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: Any) -> None:
        telemetry = self._telemetry()
        if telemetry is not None:
            telemetry.flush(timeout_millis / 1000)


def _sink(settings: Settings) -> Sink:
    if settings.file:
        return FileSink(settings.file, settings.file_max_bytes)
    headers = dict(settings.headers)
    if settings.key:
        headers["authorization"] = f"Bearer {settings.key}"
    return HttpSink(settings.endpoint, headers)


def _resource(settings: Settings) -> Resource:
    own: dict[str, str | int] = {
        SERVICE_INSTANCE_ID: str(uuid.uuid4()),
        "host.name": platform.node(),
        "process.pid": os.getpid(),
    }
    if settings.service:
        own[SERVICE_NAME] = settings.service
    return Resource.create(own)


def _global_tracer_provider(resource: Resource) -> TracerProvider:
    existing = trace_api.get_tracer_provider()
    if isinstance(existing, TracerProvider):
        return existing
    provider = TracerProvider(resource=resource)
    trace_api.set_tracer_provider(provider)
    return provider


def _meter_provider(given: MeterProvider | None, resource: Resource, reader: MetricReader) -> MeterProvider:
    existing = given or metrics_api.get_meter_provider()
    if isinstance(existing, MeterProvider) and hasattr(existing, "add_metric_reader"):
        existing.add_metric_reader(reader)
        return existing
    provider = MeterProvider([reader], resource=resource)
    if not isinstance(existing, MeterProvider):
        metrics_api.set_meter_provider(provider)
    return provider


def _copied(value: Any, depth: int = 0) -> Any:
    """Lists and mappings as they are now: they are encoded later, when the agent may have changed them. The rest as it is."""
    if depth > _DEPTH_MAX:
        return str(value)
    if isinstance(value, list | tuple | set | frozenset):
        return tuple(_copied(v, depth + 1) for v in value)
    if isinstance(value, dict):
        return {key: _copied(v, depth + 1) for key, v in value.items()}
    return value


_default: Telemetry | None = None
_default_lock = threading.RLock()


def configure(
    settings: Settings | None = None,
    /,
    *,
    url: str | None = None,
    key: str | None = None,
    service: str | None = None,
    file: str | None = None,
    tracer_provider: TracerProvider | None = None,
    meter_provider: MeterProvider | None = None,
) -> Telemetry:
    """Say where this process reports to; the last call wins, what went before is flushed and stopped.

    Without a call, the first use configures from the environment. settings: all options; the keywords override single ones.
    Raises ValueError for a setting that makes no sense.
    """
    global _default
    given = {"url": url, "key": key, "service": service, "file": file}
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if url is not None:
        changes["otlp_url"] = ""
    chosen = replace(settings or Settings.from_environment(), **changes)
    with _default_lock:
        if _default is not None:
            _default._leave()
        _default = made = Telemetry(chosen, tracer_provider, meter_provider)
    named = made.resource.attributes.get(SERVICE_NAME)
    if chosen.service and named != chosen.service:  # told without the lock: a handler of the program's may wait for it
        _log.warning(
            "swarmscope: service=%r is not used: the tracer provider that this process has is of %r; "
            "name the service where it is made, or call configure() before anything is reported",
            chosen.service,
            named,
        )
    return made


def default() -> Telemetry:
    """The telemetry of this process, configured from the environment where nobody did."""
    if _default is not None:
        return _default
    with _default_lock:
        return _default or configure()


def is_configured() -> bool:
    """Whether this process has its telemetry already."""
    return _default is not None


class LogHandler(logging.Handler):
    """Sends what the `logging` module logs, with the running agent and span."""

    def __init__(self, telemetry: Telemetry | None = None, level: int = logging.INFO) -> None:
        super().__init__(level)
        self._telemetry = telemetry

    def emit(self, record: logging.LogRecord) -> None:
        """Queue one record; its own messages are left out. One that cannot be told goes to `handleError`."""
        if record.name.startswith("swarmscope_sdk"):
            return
        try:
            self._queue(record)
        except Exception:  # noqa: BLE001 – a log line with wrong arguments must not fail the program that wrote it
            self.handleError(record)

    def _queue(self, record: logging.LogRecord) -> None:
        attributes: dict[str, Any] = {"logger.name": record.name, "code.line.number": record.lineno}
        if record.exc_info and record.exc_info[0] is not None:
            attributes["exception.type"] = record.exc_info[0].__qualname__
            attributes["exception.message"] = str(record.exc_info[1])
        level = record.levelname.lower()
        telemetry = self._telemetry or default()
        telemetry.log(record.getMessage(), level if level in _SEVERITY else "info", attributes=attributes)
