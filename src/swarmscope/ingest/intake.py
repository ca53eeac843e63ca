"""The queue between receivers and journal: bounded in bytes, emptied in groups.

A worker takes what is queued for one signal, scans all of it into one builder, runs the pipeline once, and gives the
journal one batch. A sender is answered when that batch is durable. A small group waits while the journal still writes what
went before: its company arrives meanwhile, and the fixed cost of a group (about 1 ms) is shared. So the cost of a request is
small when there are many, and a lone request waits for nobody. A request that cannot be decoded fails alone.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Literal, Protocol

import pyarrow as pa

from swarmscope import telemetry
from swarmscope.config import Config
from swarmscope.errors import LimitError, OverloadError, SwarmscopeError
from swarmscope.ingest import warm, wire
from swarmscope.ingest.foreign import ForeignRows
from swarmscope.ingest.limits import SeriesCounter, SpanRates
from swarmscope.ingest.pipeline import Pipeline, Request, Result, TenantKeys
from swarmscope.ingest.prices import Price
from swarmscope.ingest.sessions import Sessions
from swarmscope.ingest.templates import Known, Miner
from swarmscope.ingest.totals import Totals
from swarmscope.model.batch import Batch, Receipt

Signal = Literal["traces", "logs", "metrics", "samples"]
Encoding = Literal["protobuf", "json", "write1", "write2"]
"""Samples come as remote write (1.0, 2.0), everything else as OTLP."""

GROUP_BYTES_MAX = 32 << 20
GROUP_REQUESTS_MAX = 256
GROUP_BYTES_GOOD = 4 << 20  # what waits goes on without waiting for the journal: more company saves little
RETRY_AFTER_S = 1.0
SLOW_BYTES_MAX = 2 << 20  # what waits while plain Python serves: some seconds of its work
SLOW_RETRY_AFTER_S = 5.0

_log = telemetry.logger("ingest")
_REQUESTS = telemetry.counter("swarmscope_ingest_intake_requests_total", "Requests by outcome", ("signal", "outcome"))
_ITEMS = telemetry.counter("swarmscope_ingest_items_total", "Accepted spans, log records, data points", ("signal",))
_BYTES = telemetry.counter("swarmscope_ingest_bytes_total", "Decompressed bytes of accepted requests", ("signal",))
_QUEUED = telemetry.gauge("swarmscope_ingest_queue_bytes", "Bytes of requests that wait for a worker")
_GROUP = telemetry.histogram(
    "swarmscope_ingest_group_requests", "Requests decoded together", buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256)
)
_SECONDS = telemetry.histogram(
    "swarmscope_ingest_decode_seconds", "Scan and pipeline of one group", buckets=(0.001, 0.005, 0.02, 0.05, 0.2, 1, 5)
)


class Durable(Protocol):
    """What the intake needs of a journal."""

    def submit(self, batch: Batch) -> Future[None]:
        """Resolved when the batch is durable; OverloadError when it is refused."""


@dataclass(slots=True)
class _Item:
    """One queued request."""

    signal: Signal
    body: bytes
    request: Request
    encoding: Encoding
    number: int
    future: Future[Receipt] = field(default_factory=Future)


class Intake:
    """Owns the worker threads. `close` decodes what is queued, then stops; later submissions raise OverloadError.

    config: ingest, plugins and epoch are used. tenant_keys: tenant → 16 secret bytes. pressure: why the program takes
    nothing at the moment, empty when it does. Raises ConfigError for rules or prices that cannot be used.
    """

    def __init__(
        self, config: Config, journal: Durable, tenant_keys: TenantKeys, pressure: Callable[[], str] = lambda: ""
    ) -> None:
        self._config = config
        self._journal = journal
        self._pressure = pressure
        self._bytes_max = config.ingest.memory_max_bytes
        self._rates = SpanRates(config.ingest.spans_per_s_max)
        self._foreign = ForeignRows(config)
        self._queues: dict[tuple[Signal, str], deque[_Item]] = {}
        self._arrivals = 0
        self._queue_bytes = 0
        self._writing = 0  # batches that the journal has and has not made durable
        self._changed = threading.Condition()
        self._closed = False
        self._miner = Miner()
        shared = (self._miner, Totals(), Sessions(), SeriesCounter(config.ingest.series_max))
        self._pipelines = [Pipeline(config, tenant_keys, *shared) for _ in range(config.ingest.workers)]
        self._threads = [
            threading.Thread(target=self._work, args=(pipeline,), name=f"ingest-{number}", daemon=True)
            for number, pipeline in enumerate(self._pipelines)
        ]
        for thread in self._threads:
            thread.start()

    def submit(
        self, signal: Signal, body: bytes, tenant: str, encoding: Encoding = "protobuf", lane: str = "live"
    ) -> Future[Receipt]:
        """Queue one export request (decompressed). The future gives the receipt when everything is durable, or fails with
        DecodeError, LimitError or OverloadError. Raises OverloadError at once while the queue or the tenant's rate is full,
        LimitError for a body beyond ingest.message_max_bytes."""
        limit = self._config.ingest.message_max_bytes
        if len(body) > limit:
            raise LimitError(f"a request of {len(body)} bytes; at most {limit} are taken (ingest.message_max_bytes)")
        if strain := self._pressure():
            _REQUESTS.labels(signal, "overload").inc()
            raise OverloadError(strain, RETRY_AFTER_S)
        if signal == "traces":
            self._rates.admit(tenant)
        with self._changed:
            if self._closed:
                raise OverloadError("the program is stopping; retry", RETRY_AFTER_S)
            if self._queue_bytes + len(body) > SLOW_BYTES_MAX and warm.is_slow():
                _REQUESTS.labels(signal, "overload").inc()
                raise OverloadError(
                    f"the decoders are being compiled, once per version; until then at most {SLOW_BYTES_MAX} bytes wait; "
                    "retry, or send less at once",
                    SLOW_RETRY_AFTER_S,
                )
            # an empty queue takes any one request, else a large one could never enter
            if self._queues and self._queue_bytes + len(body) > self._bytes_max:
                _REQUESTS.labels(signal, "overload").inc()
                raise OverloadError(
                    f"{self._queue_bytes} bytes wait to be decoded; the limit is {self._bytes_max} "
                    "(ingest.memory_max_bytes)",
                    RETRY_AFTER_S,
                )
            self._arrivals += 1
            item = _Item(signal, body, Request(tenant, lane), encoding, self._arrivals)
            item.future.set_running_or_notify_cancel()  # from here on nobody can cancel it
            self._queues.setdefault((signal, lane), deque()).append(item)
            self._queue_bytes += len(body)
            self._changed.notify()
        return item.future

    def submit_tables(self, tables: dict[str, pa.Table], tenant: str) -> Future[Receipt]:
        """Rows that were made elsewhere (REST), with the schemas of `model.tables`; secrets are removed here too. The future
        as of `submit`. tenant: whose rows they are (the `tenant` columns say it already), for messages.
        """
        clean = {name: self._foreign.clean(name, table, tenant) for name, table in tables.items()}
        rows = sum(table.num_rows for table in clean.values())
        receipt: Future[Receipt] = Future()
        written = self._journal.submit(Batch(clean, self._config.epoch))
        written.add_done_callback(lambda done: _answer(done, [(receipt, Receipt(rows))], None))
        return receipt

    def forget_messages(self) -> None:
        """Send message text again although it was sent before: some was erased from the store."""
        for pipeline in self._pipelines:
            pipeline.forget()

    def know_templates(self, tenant: str, templates: Iterable[Known]) -> None:
        """Go on with the log templates that were stored before the start."""
        self._miner.know(tenant, templates)

    def reprice(self, own: Mapping[str, Price]) -> None:
        """From now on these prices win over the shipped table and the configuration's file."""
        for pipeline in self._pipelines:
            pipeline.prices.override(own)

    @property
    def queued_bytes(self) -> int:
        """Bytes that wait for a worker."""
        return self._queue_bytes

    @property
    def strain(self) -> str:
        """Why all senders are told to retry now, empty when they are not."""
        return self._pressure()

    def close(self, timeout_s: float = 30.0) -> None:
        """Decode what is queued, then stop the workers."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(timeout_s)

    def _work(self, pipeline: Pipeline) -> None:
        scanner: wire.Scanner | None = None
        while True:
            group = self._take()
            if not group:
                return
            if scanner is None:
                warm.settle()
                scanner = wire.new_scanner()
            try:
                self._decode(group, pipeline, scanner)
            except OverloadError as error:  # the journal counts and tells that it refuses, not once per request
                _fail(group, error)
            except Exception as error:  # noqa: BLE001 # a worker must outlive any defect; the senders are told to retry
                # never with local variables: they hold what senders sent
                where = traceback.extract_tb(error.__traceback__)[-1]
                _log.error(
                    "group_failed", requests=len(group), error=repr(error)[:500], at=f"{where.name}:{where.lineno}"
                )
                _fail(group, error)

    def _take(self) -> list[_Item]:
        """The oldest request and those behind it of the same signal and lane; empty when closed and drained."""
        with self._changed:
            while not self._queues or (self._writing and not self._closed and self._queue_bytes < GROUP_BYTES_GOOD):
                if self._closed:
                    return []
                self._changed.wait()
            kind = min(self._queues, key=lambda k: self._queues[k][0].number)
            queue = self._queues[kind]
            group = [queue.popleft()]
            size = len(group[0].body)
            while queue and len(group) < GROUP_REQUESTS_MAX and size + len(queue[0].body) <= GROUP_BYTES_MAX:
                group.append(queue.popleft())
                size += len(group[-1].body)
            if not queue:
                del self._queues[kind]
            self._queue_bytes -= size
            _QUEUED.set(self._queue_bytes)
        return group

    def _decode(self, group: list[_Item], pipeline: Pipeline, scanner: wire.Scanner) -> None:
        begun = time.perf_counter()
        signal = group[0].signal
        now_ns = time.time_ns()
        if signal == "samples":
            pipeline.writes.reset(now_ns)
            good = _add_writes(pipeline, group)
        else:
            scanner.reset()
            good = _scan(scanner, group)
        if not good:
            return
        if signal == "samples":
            result = pipeline.writes.run(now_ns)
        else:
            result = _run(pipeline, scanner, signal, [item.request for item in good], now_ns)
        for item, receipt in zip(good, result.receipts, strict=True):
            if signal == "traces":
                self._rates.spend(item.request.tenant, receipt.accepted)
        _GROUP.observe(len(group))
        _SECONDS.observe(time.perf_counter() - begun)
        answers = [(item.future, receipt) for item, receipt in zip(good, result.receipts, strict=True)]
        accepted = sum(receipt.accepted for receipt in result.receipts)
        size = sum(len(item.body) for item in good)

        def durable() -> None:
            result.durable()
            _REQUESTS.labels(signal, "accepted").inc(len(good))
            _ITEMS.labels(signal).inc(accepted)
            _BYTES.labels(signal).inc(size)

        try:
            written = self._journal.submit(Batch(result.tables, self._config.epoch, good[0].request.lane))
        except SwarmscopeError:
            result.failed()
            raise
        with self._changed:
            self._writing += 1

        def over(done: Future[None]) -> None:
            if done.exception() is not None:
                result.failed()
            self._written(done, answers, durable)

        written.add_done_callback(over)

    def _written(
        self, done: Future[None], answers: list[tuple[Future[Receipt], Receipt]], durable: Callable[[], None]
    ) -> None:
        _answer(done, answers, durable)
        with self._changed:
            self._writing -= 1
            self._changed.notify()


def _scan(scanner: wire.Scanner, group: list[_Item]) -> list[_Item]:
    """Add all requests to the scanner; those that cannot be decoded fail. Request numbers count the good ones."""
    add = {"traces": scanner.add_traces, "logs": scanner.add_logs, "metrics": scanner.add_metrics}[group[0].signal]
    good: list[_Item] = []
    for item in group:
        try:
            body = wire.json_to_protobuf(item.signal, item.body) if item.encoding == "json" else item.body
            add(body, len(good))
        except SwarmscopeError as error:
            _REQUESTS.labels(item.signal, "malformed").inc()
            item.future.set_exception(error)
        else:
            good.append(item)
    return good


def _add_writes(pipeline: Pipeline, group: list[_Item]) -> list[_Item]:
    """As `_scan`, for remote write."""
    good: list[_Item] = []
    for item in group:
        try:
            pipeline.writes.add(item.body, item.encoding, item.request.tenant)
        except SwarmscopeError as error:
            _REQUESTS.labels(item.signal, "malformed").inc()
            item.future.set_exception(error)
        else:
            good.append(item)
    return good


def _run(pipeline: Pipeline, scanner: wire.Scanner, signal: Signal, requests: Sequence[Request], now_ns: int) -> Result:
    if signal == "traces":
        return pipeline.spans(scanner.spans(), requests, now_ns)
    if signal == "logs":
        return pipeline.logs(scanner.logs(), requests, now_ns)
    return pipeline.metrics(scanner.metrics(), requests, now_ns)


def _answer(
    done: Future[None], answers: list[tuple[Future[Receipt], Receipt]], durable: Callable[[], None] | None
) -> None:
    error = done.exception()
    if error is None and durable is not None:
        durable()
    for future, receipt in answers:
        if error is None:
            future.set_result(receipt)
        else:
            future.set_exception(error)


def _fail(group: list[_Item], error: Exception) -> None:
    known = error if isinstance(error, SwarmscopeError) else None
    for item in group:
        if not item.future.done():
            _REQUESTS.labels(item.signal, "failed").inc()
            item.future.set_exception(
                known or OverloadError("the request could not be processed; retry", RETRY_AFTER_S)
            )
