"""Which decoder serves: the plain one until the kernels are compiled or loaded in the background, then the fast one."""

from __future__ import annotations

import os
import threading
from typing import Protocol

from swarmscope.errors import ConfigError
from swarmscope.ingest.columns import LogColumns, MetricColumns, SpanColumns
from swarmscope.ingest.wire import cache, plain
from swarmscope.telemetry import gauge, logger

_log = logger("ingest")
_fast = gauge("swarmscope_ingest_wire_fast", "1 when the compiled OTLP kernels serve, 0 while the plain decoder does")
_ready = threading.Event()
_lock = threading.Lock()
_thread: threading.Thread | None = None


class Scanner(Protocol):
    """Decodes export requests into columns; owned by one thread. `request` numbers the request inside the columns.

    `add_*` return the number of items and are all or nothing: after a DecodeError or LimitError nothing was added. The
    structures of `spans`, `logs` and `metrics` are views, valid until the next `add_*` or `reset`.
    """

    def reset(self) -> None:
        """Forget all rows; the pool is kept unless it is large."""

    def add_traces(self, body: bytes | memoryview, request: int) -> int:
        """Append the spans of one ExportTraceServiceRequest."""

    def add_logs(self, body: bytes | memoryview, request: int) -> int:
        """Append the log records of one ExportLogsServiceRequest."""

    def add_metrics(self, body: bytes | memoryview, request: int) -> int:
        """Append the data points of one ExportMetricsServiceRequest."""

    def spans(self) -> SpanColumns:
        """All spans since the last reset."""

    def logs(self) -> LogColumns:
        """All log records since the last reset."""

    def metrics(self) -> MetricColumns:
        """All data points since the last reset."""


def new_scanner() -> Scanner:
    """A scanner for one thread. It starts with the plain decoder where the kernels are not ready, and changes over at a
    `reset` when they are. SWARMSCOPE_WIRE=plain keeps the plain one."""
    if is_plain():
        return plain.Scanner()
    warm_up()
    return _fast_scanner() if _ready.is_set() else _Handover()


def warm_up(wait_s: float = 0.0) -> bool:
    """Start to load or compile the kernels in the background, once; whether they are ready after `wait_s`."""
    global _thread
    if is_plain():
        return False
    with _lock:
        if _thread is None:
            _thread = threading.Thread(target=_prepare, name="wire-kernels", daemon=True)
            _thread.start()
    return _ready.wait(wait_s)


def is_fast() -> bool:
    """Whether the compiled kernels serve."""
    return _ready.is_set()


def load() -> None:
    """Import the kernels, their machine code from the cache or compiled now, and mark the cache complete."""
    with cache.alone(cache.directory()):
        with cache.keeping(cache.directory()):
            from swarmscope.ingest.wire import scan
        scanner = scan.Scanner()
        for columns in (scanner.spans, scanner.logs, scanner.metrics):
            columns()
        cache.mark_complete(cache.directory())


def is_plain() -> bool:
    """Whether SWARMSCOPE_WIRE=plain asks to do without the compiler. ConfigError for a value that is unknown."""
    choice = os.environ.get("SWARMSCOPE_WIRE", "auto")
    if choice not in ("auto", "plain"):
        raise ConfigError(f"SWARMSCOPE_WIRE={choice!r} is unknown; use auto or plain")
    return choice == "plain"


def _fast_scanner() -> Scanner:
    from swarmscope.ingest.wire.scan import Scanner as FastScanner

    return FastScanner()


def _prepare() -> None:
    try:
        place, code = cache.directory(), "from swarmscope.ingest.wire import ready; ready.load()"
        if not cache.is_complete(place) and not cache.compile_elsewhere(place, code):
            return
        load()
    except Exception as e:  # noqa: BLE001 - whatever fails here, the plain decoder goes on serving
        _log.warning("kernels_unavailable", error=f"{type(e).__name__}: {e}", effect="the slower plain decoder serves")
        return
    _log.info("kernels_ready", directory=str(cache.directory()))
    _fast.set(1)
    _ready.set()


class _Handover:
    """The plain decoder, replaced by the fast one at the first `reset` after that is ready."""

    def __init__(self) -> None:
        self._scanner: Scanner = plain.Scanner()
        self._plain = True

    def reset(self) -> None:
        if self._plain and _ready.is_set():
            self._scanner, self._plain = _fast_scanner(), False
        else:
            self._scanner.reset()

    def add_traces(self, body: bytes | memoryview, request: int) -> int:
        return self._scanner.add_traces(body, request)

    def add_logs(self, body: bytes | memoryview, request: int) -> int:
        return self._scanner.add_logs(body, request)

    def add_metrics(self, body: bytes | memoryview, request: int) -> int:
        return self._scanner.add_metrics(body, request)

    def spans(self) -> SpanColumns:
        return self._scanner.spans()

    def logs(self) -> LogColumns:
        return self._scanner.logs()

    def metrics(self) -> MetricColumns:
        return self._scanner.metrics()
