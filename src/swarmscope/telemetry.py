"""How the program speaks about itself: structured logs and its own metrics.

Logs are JSON lines (console style on a terminal) on standard error; `bind(correlation_id=…)` from structlog's contextvars
follows a request through all rooms. Metrics are prometheus_client instruments in `REGISTRY`, declared beside the code that
counts, named `swarmscope_<room>_<what>_<unit>`; `/metrics` and `/api/v1/metrics` show them.
"""

from __future__ import annotations

import logging
import os
import re
import resource
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, PlatformCollector, ProcessCollector

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_STATM = Path("/proc/self/statm")
_SECRET_KEY = re.compile(r"(key|token|secret|password|authorization|cookie)", re.IGNORECASE)


def counter(name: str, doc: str, labels: tuple[str, ...] = ()) -> Counter:
    """A counter in our registry."""
    return Counter(name, doc, labels, registry=REGISTRY)


def gauge(name: str, doc: str, labels: tuple[str, ...] = ()) -> Gauge:
    """A gauge in our registry."""
    return Gauge(name, doc, labels, registry=REGISTRY)


def histogram(
    name: str, doc: str, labels: tuple[str, ...] = (), buckets: tuple[float, ...] = Histogram.DEFAULT_BUCKETS
) -> Histogram:
    """A histogram in our registry; `buckets` in the unit of the name."""
    return Histogram(name, doc, labels, registry=REGISTRY, buckets=buckets)


def resident_bytes() -> int:
    """Resident memory of this process now (the largest so far where the system does not tell the present)."""
    try:
        return int(_STATM.read_bytes().split()[1]) * _PAGE_BYTES
    except OSError:
        largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return largest if sys.platform == "darwin" else largest * 1024


RELIEF_EVERY_S = 10.0


class MemoryWatch:
    """Says when the program uses more memory than it may. Cheap to ask: looks at most every `every_s`.

    relieve: gives back what is free, and is called before anybody is refused, at most every RELIEF_EVERY_S.
    """

    def __init__(self, max_bytes: int, every_s: float = 0.25, relieve: Callable[[], object] = lambda: None) -> None:
        self._max_bytes = max_bytes
        self._every_s = every_s
        self._relieve = relieve
        self._looked_at = 0.0
        self._relieved_at = -RELIEF_EVERY_S
        self._strain = ""

    def __call__(self) -> str:
        """What is wrong and with which figures, empty when nothing is. A limit of 0 is none."""
        now = time.monotonic()
        if self._max_bytes and now - self._looked_at >= self._every_s:
            self._looked_at = now
            used = resident_bytes()
            if used > self._max_bytes and now - self._relieved_at >= RELIEF_EVERY_S:
                self._relieved_at = now
                self._relieve()
                used = resident_bytes()
            over = used > self._max_bytes
            limit = f"the limit is {self._max_bytes >> 20} MiB (server.memory_max_bytes); retry later"
            self._strain = f"the program uses {used >> 20} MiB and {limit}" if over else ""
        return self._strain


def masked(name: str, value: Any) -> Any:
    """The value, or what stands for it where the name says that it is a secret text."""
    return "[secret]" if name != "key_id" and isinstance(value, str) and _SECRET_KEY.search(name) else value


def _mask_secrets(_logger: Any, _method: str, event: Any) -> Any:
    for key in event:
        event[key] = masked(key, event[key])
    return event


class _Lines:
    """Writes to standard error as it is at the time of the line; one that is gone costs the line, never the thread."""

    def msg(self, message: str) -> None:
        with suppress(OSError, ValueError):
            sys.stderr.write(message + "\n")
            sys.stderr.flush()

    log = debug = info = warn = warning = msg
    fatal = failure = err = error = critical = exception = msg


class _StandardError(logging.Handler):
    """The same for libraries that log the standard way."""

    def emit(self, record: logging.LogRecord) -> None:
        _Lines().msg(self.format(record))


def configure(level: str = "info", form: str = "auto") -> None:
    """Set up logging once at start. form: `json`, `console`, or `auto` (console on a terminal)."""
    console = form == "console" or (form == "auto" and sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _mask_secrets,
        structlog.processors.format_exc_info,
    ]
    final = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if console
        else structlog.processors.JSONRenderer()
    )
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*shared, final],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda *_: _Lines(),
        cache_logger_on_first_use=False,
    )
    handler = _StandardError()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, final], foreign_pre_chain=shared
        )
    )
    logging.basicConfig(level=max(number, logging.WARNING), handlers=[handler], force=True)


def logger(room: str) -> Any:
    """The logger of a room; events are short verbs, facts are keys."""
    return structlog.get_logger(room=room)
