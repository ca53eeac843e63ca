"""The bounded buffer between the agent's code and the sink, and the one thread that empties it.

Adding costs a lock and an append. The thread encodes what has gathered into payloads (the backlog) and sends them in order.
While the platform is away the backlog grows to its bound, then the oldest payload is dropped and counted; nothing ever waits
for the network but this thread.

Adaptive: a flush comes when a batch is full or the oldest item has waited for the current interval, which is 50 times the
CPU time that the last flush took, between `min(1 s, flush_interval_s)` and `flush_interval_s`. A light load is visible within
a second, a heavy one is sent in large batches, and sending costs about 2 % of a core until the batches run full.
"""

from __future__ import annotations

import logging
import os
import random
import threading
import time
import weakref
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from google.protobuf.message import Message
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan

from swarmscope_sdk.backlog import Backlog, Payload
from swarmscope_sdk.encode import LogItem, MetricItem, SpanItem, logs_request, metrics_request, spans_request
from swarmscope_sdk.settings import Settings
from swarmscope_sdk.sink import Signal, Sink

_log = logging.getLogger("swarmscope_sdk")
_CPU_SHARE = 0.02
_TICK_S = 1.0
_BACKOFF_MAX_S = 30.0
_WARN_EVERY_S = 60.0
_SPAN_BASE_BYTES = 1_200  # a finished span of the OpenTelemetry SDK without its attributes' text
_EVENT_BASE_BYTES = 400
_LOG_BASE_BYTES = 500
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Stats:
    """Items counted since the start of the process.

    sent: by signal. dropped: by signal and reason (`queue_full`, `backlog_full`, `refused` by the platform, `unencodable`,
    `closed`: left when the program ended, or came after that).
    """

    sent: dict[Signal, int]
    dropped: dict[tuple[Signal, str], int]
    queued_items: int
    queued_bytes: int
    backlog_bytes: int


class Buffer:
    """Thread-safe and fork-safe (a child starts empty; the parent sends what it held)."""

    def __init__(self, settings: Settings, sink: Sink, resource: Callable[[], Resource], version: str) -> None:
        self._settings = settings
        self._sink = sink
        self._resource = resource
        self._version = version
        self._interval_min_s = min(_TICK_S, settings.flush_interval_s)
        self.ticks: list[Callable[[float], None]] = []
        self.metrics: Callable[[], list[MetricItem]] | None = None
        self._closed = False  # nothing is taken any more
        self._ended = False  # and nothing is kept
        self._reset()
        weak = weakref.WeakMethod(self._after_fork)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=lambda: again() if (again := weak()) else None)

    def _reset(self) -> None:
        self._lock = threading.RLock()  # a span can end in a finaliser that runs while this thread holds it
        self._export_lock = threading.RLock()
        self._awake = threading.Event()
        self._spans: list[SpanItem] = []
        self._logs: list[LogItem] = []
        self._queued_bytes = 0
        self._oldest_s = 0.0
        self._backlog = Backlog(self._settings.backlog_max_bytes)
        self._sent: Counter[Signal] = Counter()
        self._dropped: Counter[tuple[Signal, str]] = Counter()
        self._interval_s = self._interval_min_s
        self._metrics_at_s = time.monotonic() + self._settings.metrics_interval_s
        self._failures = 0
        self._retry_at_s = 0.0
        self._warned_at_s = -_WARN_EVERY_S
        self._thread: threading.Thread | None = None

    def _after_fork(self) -> None:
        running = self._thread is not None
        self._sink.close()
        self._reset()
        if running and not self._closed:
            self.start()

    def start(self) -> None:
        """Start the sending thread; a second call does nothing."""
        with self._lock:
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._run, name="swarmscope-sdk", daemon=True)
                self._thread.start()

    def add_span(self, item: SpanItem) -> None:
        """Queue one span; dropped and counted when the queue is full."""
        self._add(item, _span_bytes(item.span))

    def add_log(self, item: LogItem) -> None:
        """Queue one log record; dropped and counted when the queue is full."""
        self._add(item, _LOG_BASE_BYTES + len(item.body) + _text_bytes(item.attributes.values()))

    def _add(self, item: SpanItem | LogItem, size: int) -> None:
        options = self._settings
        with self._lock:
            items = len(self._spans) + len(self._logs)
            if self._closed or items >= options.queue_max_items or self._queued_bytes + size > options.queue_max_bytes:
                signal: Signal = "traces" if isinstance(item, SpanItem) else "logs"
                self._dropped[signal, "closed" if self._closed else "queue_full"] += 1
                return
            if not items:
                self._oldest_s = time.monotonic()
            # the lists are looked up under the lock: the sending thread replaces them under it
            if isinstance(item, SpanItem):
                self._spans.append(item)
            else:
                self._logs.append(item)
            self._queued_bytes += size
            full = items + 1 >= options.batch_max_items or self._queued_bytes >= options.batch_max_bytes
        if full and not self._awake.is_set():
            self._awake.set()

    def flush(self, timeout_s: float) -> bool:
        """Send all that waits, in the calling thread. False: some of it still waits (it is kept)."""
        return self._closed or self._send_all(time.monotonic() + timeout_s)

    def _send_all(self, deadline: float) -> bool:
        if not self._export_lock.acquire(timeout=max(deadline - time.monotonic(), 0.0)):
            return False
        try:
            self._collect_metrics()
            self._encode_queue()
            return self._drain(deadline)
        finally:
            self._export_lock.release()

    def close(self, timeout_s: float) -> bool:
        """Flush, then refuse more. False: not all could be sent; what is left is counted as dropped."""
        deadline = time.monotonic() + timeout_s
        complete = self.flush(timeout_s)
        with self._lock:
            if self._closed:
                return True
            self._closed = True
            late = bool(self._spans or self._logs)
        if late:  # it came during the flush, before the door was shut
            complete = self._send_all(deadline)
        with self._lock:
            self._ended = True
            waiting: Counter[Signal] = self._backlog.items() + Counter(
                {"traces": len(self._spans), "logs": len(self._logs)}
            )
            left = waiting.total()
            self._dropped.update({(signal, "closed"): count for signal, count in waiting.items() if count})
            self._spans, self._logs, self._queued_bytes = [], [], 0
            self._backlog.clear()
        if left:  # told without the lock: a handler of the program's may wait for it
            _log.warning("swarmscope: %d items could not be sent before the end of the program", left)
        self._awake.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(min(timeout_s, _TICK_S))
        self._sink.close()
        return complete and not left

    def stats(self) -> Stats:
        """What was sent, dropped, and waits now."""
        with self._lock:
            return Stats(
                sent=dict(self._sent),
                dropped=dict(self._dropped),
                queued_items=len(self._spans) + len(self._logs),
                queued_bytes=self._queued_bytes,
                backlog_bytes=self._backlog.nbytes,
            )

    def _run(self) -> None:
        tick_s = max(min(_TICK_S, self._settings.flush_interval_s / 2), 0.01)
        while True:
            self._awake.wait(tick_s)
            self._awake.clear()
            if self._closed:
                return
            try:
                self._tick(time.monotonic())
            except Exception:  # noqa: BLE001 – whatever goes wrong in here, the agent's program goes on and is told
                self._warn("the sending thread failed and goes on", exc_info=True)

    def _tick(self, now: float) -> None:
        for tick in self.ticks:
            tick(now)
        if not self._export_lock.acquire(blocking=False):
            return  # somebody flushes right now
        try:
            started = time.thread_time()
            if now >= self._metrics_at_s:
                self._metrics_at_s = now + self._settings.metrics_interval_s
                self._collect_metrics()
            away = now < self._retry_at_s
            if self._due(now, away):
                self._encode_queue()
            if self._backlog and not away:
                self._drain(now + self._settings.timeout_s)
            spent = time.thread_time() - started
            self._interval_s = min(max(spent / _CPU_SHARE, self._interval_min_s), self._settings.flush_interval_s)
        finally:
            self._export_lock.release()

    def _due(self, now: float, away: bool) -> bool:
        options = self._settings
        items = len(self._spans) + len(self._logs)
        if items >= options.batch_max_items or self._queued_bytes >= options.batch_max_bytes:
            return True
        return bool(items) and not away and now - self._oldest_s >= self._interval_s

    def _collect_metrics(self) -> None:
        if self.metrics is None:
            return
        try:
            collected = self.metrics()
        except Exception:  # noqa: BLE001 – whatever a callback of the agent's program does, spans and logs are still to be sent
            self._warn("metrics cannot be collected", exc_info=True)
            return
        if collected:
            self._push_batch("metrics", metrics_request, collected)

    def _encode_queue(self) -> None:
        with self._lock:
            spans, self._spans = self._spans, []
            logs, self._logs = self._logs, []
            size, self._queued_bytes = self._queued_bytes, 0
        per_item = max(size // max(len(spans) + len(logs), 1), 1)
        count = max(1, min(self._settings.batch_max_items, self._settings.batch_max_bytes // per_item))
        for batch in _batches(spans, count):
            self._push_batch("traces", spans_request, batch)
        for records in _batches(logs, count):
            self._push_batch("logs", self._logs_request, records)

    def _logs_request(self, records: list[LogItem]) -> Message:
        return logs_request(records, self._resource(), self._version)

    def _push_batch(self, signal: Signal, encode: Callable[[list[_T]], Message], batch: list[_T]) -> None:
        """Encode and queue a batch; an item that cannot be encoded is dropped and counted, the others go on without it."""
        items = sum(len(item.metric.data.data_points) if isinstance(item, MetricItem) else 1 for item in batch)
        try:
            self._push(signal, encode(batch), items)
        except Exception:  # noqa: BLE001 – whatever a user's value makes of encoding, the rest is still to be sent
            if len(batch) > 1:
                middle = len(batch) // 2
                self._push_batch(signal, encode, batch[:middle])
                self._push_batch(signal, encode, batch[middle:])
                return
            with self._lock:
                self._dropped[signal, "unencodable"] += items
            self._warn(f"an item of {signal} cannot be encoded: {batch[0]!r:.300}", exc_info=True)

    def _push(self, signal: Signal, request: Message, items: int) -> None:
        payload = Payload(signal, self._sink.encode(signal, request), items)
        with self._lock:
            if self._ended:  # the sending thread was encoding it when the time to close was over
                self._dropped[signal, "closed"] += items
                return
            for lost in self._backlog.push(payload):
                self._dropped[lost.signal, "backlog_full"] += lost.items

    def _drain(self, deadline: float) -> bool:
        """Send signal by signal: one that the platform cannot take now does not hold up the others."""
        failed = [signal for signal in self._backlog.order if not self._drain_signal(signal, deadline)]
        for signal in failed:
            self._backlog.postpone(signal)
        if not failed:
            self._failures, self._retry_at_s = 0, 0.0
        return not failed

    def _drain_signal(self, signal: Signal, deadline: float) -> bool:
        while (payload := self._backlog.first(signal)) is not None:
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                return False
            outcome = self._sink.send(signal, payload.body, payload.items, min(left_s, self._settings.timeout_s))
            if not outcome.done:
                self._back_off(outcome.retry_after_s, outcome.message)
                return False
            with self._lock:
                if self._ended:  # it was counted as left while it was under way
                    self._dropped[signal, "closed"] -= payload.items
                    self._dropped = +self._dropped
                else:
                    self._backlog.pop(signal)
                self._sent[signal] += payload.items - outcome.rejected
                if outcome.rejected:
                    self._dropped[signal, "refused"] += outcome.rejected
            if outcome.rejected:
                self._warn(f"the platform refused {outcome.rejected} items: {outcome.message}")
        return True

    def _back_off(self, retry_after_s: float, message: str) -> None:
        self._failures += 1
        wait_s = min(2.0 ** min(self._failures - 1, 10), _BACKOFF_MAX_S, self._settings.flush_interval_s)
        wait_s = max(wait_s * random.uniform(0.5, 1.0), retry_after_s)  # noqa: S311 – jitter, not a secret
        self._retry_at_s = time.monotonic() + wait_s
        self._warn(f"cannot send to the platform, keeping what the buffer holds: {message}")

    def _warn(self, message: str, exc_info: bool = False) -> None:
        now = time.monotonic()
        if now - self._warned_at_s >= _WARN_EVERY_S:
            self._warned_at_s = now
            _log.warning("swarmscope: %s", message, exc_info=exc_info)


def _text_bytes(values: Iterable[Any]) -> int:
    size = 0
    for value in values:
        if type(value) is str or type(value) is bytes:
            size += len(value)
        elif type(value) is tuple or type(value) is list:
            size += _text_bytes(value)
        elif isinstance(value, Mapping):
            size += _text_bytes(value.keys()) + _text_bytes(value.values())
    return size


def _span_bytes(span: ReadableSpan) -> int:
    size = _SPAN_BASE_BYTES
    for value in (span.attributes or {}).copy().values():  # type: ignore[attr-defined] # both have copy()
        if type(value) is str:  # the usual case first: this runs in the agent's thread
            size += len(value)
        elif type(value) is not int and type(value) is not float and type(value) is not bool:
            size += _text_bytes((value,))
    for event in span.events:
        size += _EVENT_BASE_BYTES + _text_bytes((event.attributes or {}).values())
    return size


def _batches(items: list[_T], size: int) -> Iterator[list[_T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
