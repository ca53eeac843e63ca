"""The embedded journal: two lanes in one directory, one committer thread, one commit log."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from swarmscope import config, telemetry
from swarmscope.errors import LimitError, OverloadError
from swarmscope.journal import files, record
from swarmscope.journal.commits import CommitLog
from swarmscope.journal.dead import DeadLetters
from swarmscope.journal.partition import Partition
from swarmscope.journal.record import Payload
from swarmscope.model.batch import Batch
from swarmscope.model.journal import BACKFILL, LIVE, Backlog, CommitRecord, DeadLetter, Record, Verdicts

_LOG = telemetry.logger("journal")
_FSYNC = telemetry.histogram(
    "swarmscope_journal_group_write_seconds",
    "Time to write and fsync one group.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5),
)
_ROWS = telemetry.counter("swarmscope_journal_rows_total", "Rows acknowledged.", ("lane",))
_BYTES = telemetry.counter("swarmscope_journal_bytes_total", "Bytes acknowledged, as written.", ("lane",))
_REFUSED = telemetry.counter("swarmscope_journal_refused_total", "Batches refused for now.", ("reason",))

# A segment is the unit of trimming, so a small journal needs small ones or it could never make room.
_SEGMENTS_MIN = 8
_TELL_EVERY_S = 30.0


@dataclass(frozen=True, slots=True)
class JournalStatus:
    """queue_*: submitted and not yet durable. disk_bytes: segments and dead letters, out of max_bytes.

    failure: why nothing can be written at the moment, empty when it can. full: why senders are told to retry although it can,
    empty when there is room for what was refused last. cut_bytes: torn tail removed at the last open. lost_records: given up by
    quarantine at the last open.
    """

    queue_batches: int
    queue_bytes: int
    disk_bytes: int
    max_bytes: int
    failure: str
    full: str
    cut_bytes: int
    lost_records: int
    dead_letters: int


@dataclass(slots=True)
class _Item:
    batch: Batch
    nbytes: int
    future: Future[None]


class Journal:
    """Implements `JournalSink` for receivers and `JournalSource` for the writer.

    directory: made when missing, owned by one process at a time. Raises JournalError when another process has it, when
    acknowledged data is damaged (message names the file and the remedy), or when a newer program wrote it.
    """

    def __init__(self, directory: Path, options: config.Journal) -> None:
        self._options = options
        files.make_directory(directory)
        self._file_lock = files.Lock(directory / "lock")
        try:
            self._open(directory)
        except BaseException:
            self._file_lock.release()
            raise
        self._lock = threading.Lock()
        self._arrived = threading.Condition(self._lock)  # something to write, or closing
        self._appended = threading.Condition(self._lock)  # something to read
        self._news = True
        self._queue: deque[_Item] = deque()
        self._queue_bytes = 0
        self._closing = False
        self._failure = ""
        self._retry_at = 0.0
        self._tell_at = 0.0
        self._refused_bytes = 0  # of the last batch that there was no room for
        self._committer = threading.Thread(target=self._run, name="journal", daemon=True)
        self._committer.start()

    def _open(self, directory: Path) -> None:
        quarantine = directory / "quarantine" if self._options.quarantine else None
        fresh = not any(directory.glob("*/*.seg"))
        self._commits = CommitLog(directory / "commits.log", fresh)
        self._dead = DeadLetters(directory / "dead")
        segment_bytes = min(self._options.segment_bytes, self._options.max_bytes // _SEGMENTS_MIN)
        self._partitions: dict[str, Partition] = {}
        for name in (LIVE, BACKFILL):
            known = self._commits.known(name)
            cache_bytes = self._options.cache_max_bytes if name == LIVE else 0
            partition = Partition(directory / name, segment_bytes, cache_bytes, known, quarantine)
            self._partitions[name] = partition
            for first, last in partition.lost:
                self._commits.lost(name, first, last)
                _LOG.error("records_lost", lane=name, first=first, last=last)
            if partition.cut_bytes:
                _LOG.warning("torn_tail_cut", lane=name, bytes=partition.cut_bytes)
        self._commits.start()

    # ---- receivers

    def submit(self, batch: Batch) -> Future[None]:
        """Resolved when the batch survives power loss; fails with OverloadError when it could not be written.

        Raises OverloadError at once when the journal or its queue is full, LimitError for a batch that can never fit. The
        journal refers to the buffers until the store has them: they must not be changed or reused. Callbacks of the future
        run on the committer's thread: keep them short.
        """
        future: Future[None] = Future()
        future.set_running_or_notify_cancel()
        if batch.rows == 0:
            future.set_result(None)
            return future
        # Not `Batch.nbytes`: that walks offsets, 100 times slower; whole buffers are what memory holds anyway.
        nbytes = sum(t.get_total_buffer_size() for t in batch.tables.values())
        item = _Item(batch, nbytes, future)
        if item.nbytes > min(record.PAYLOAD_MAX_BYTES, self._options.max_bytes // _SEGMENTS_MIN):
            raise LimitError(
                f"a batch of {item.nbytes} bytes is more than a journal of {self._options.max_bytes} bytes takes at once; "
                "send smaller requests, or raise journal.max_bytes"
            )
        with self._lock:
            self._admit(item)
            self._queue.append(item)
            self._queue_bytes += item.nbytes
            self._arrived.notify()
        return future

    def _admit(self, item: _Item) -> None:
        if self._closing:
            raise OverloadError("the journal is closing; send again to the next process", self._options.retry_after_s)
        if self._queue and self._queue_bytes + item.nbytes > self._options.queue_max_bytes:
            raise self._refusal("queue", f"{self._queue_bytes} bytes wait for the disk")
        if self._disk_bytes() + self._queue_bytes + item.nbytes > self._options.max_bytes:
            self._refused_bytes = item.nbytes
            raise self._refusal("full", self._fullness())
        if self._failure and time.monotonic() < self._retry_at:
            raise self._refusal("disk", self._failure)

    def _refusal(self, reason: str, message: str) -> OverloadError:
        _REFUSED.labels(reason).inc()
        now = time.monotonic()
        if now >= self._tell_at:
            self._tell_at = now + _TELL_EVERY_S
            _LOG.warning("senders_told_to_retry", reason=reason, why=message)
        return OverloadError(f"{message}; retry later", self._options.retry_after_s)

    def _fullness(self) -> str:
        """Why there is no room for what was refused last; empty: there is by now."""
        held = self._disk_bytes()
        if self._refused_bytes and held + self._queue_bytes + self._refused_bytes > self._options.max_bytes:
            return f"the journal holds {held} of {self._options.max_bytes} bytes"
        return ""

    def _disk_bytes(self) -> int:
        return sum(p.disk_bytes for p in self._partitions.values()) + self._dead.disk_bytes

    # ---- the committer

    def _run(self) -> None:
        while group := self._collect():
            for lane, partition in self._partitions.items():
                items = [i for i in group if (i[0].batch.lane == BACKFILL) == (lane == BACKFILL)]
                if items:
                    self._write(partition, items)

    def _collect(self) -> list[tuple[_Item, Payload]]:
        """The next group, encoded. Waits a moment for company, so that one fsync serves many. Empty: closed."""
        group: list[tuple[_Item, Payload]] = []
        rows = 0
        deadline = 0.0
        while rows < self._options.group_max_rows:
            with self._lock:
                while not self._queue:
                    wait = deadline - time.monotonic() if group else None
                    if self._closing or (wait is not None and wait <= 0):
                        return group
                    self._arrived.wait(wait)
                item = self._queue.popleft()
            if not group:
                deadline = time.monotonic() + self._options.group_wait_ms / 1000
            lane = BACKFILL if item.batch.lane == BACKFILL else LIVE
            try:
                group.append((item, record.encode(lane, item.batch.tables)))
            except Exception as e:  # noqa: BLE001 – one batch that cannot be encoded must not end the thread that all wait for
                self._finish([item], e)
                continue
            rows += item.batch.rows
        return group

    def _write(self, partition: Partition, group: list[tuple[_Item, Payload]]) -> None:
        items = [item for item, _ in group]
        try:
            with _FSYNC.time():
                partition.append([(payload, item.batch) for item, payload in group])
        except OSError as e:
            self._fail(items, f"the journal cannot be written: {e.strerror or e}")
            return
        _ROWS.labels(partition.name).inc(sum(i.batch.rows for i in items))
        _BYTES.labels(partition.name).inc(sum(p.record_bytes for _, p in group))
        if self._failure:
            _LOG.info("writable_again")
        self._failure = ""
        with self._lock:
            self._news = True
            self._appended.notify_all()
        self._finish(items, None)

    def _fail(self, items: list[_Item], message: str) -> None:
        if not self._failure:
            _LOG.error("not_writable", error=message)
        self._failure = message
        self._retry_at = time.monotonic() + self._options.retry_after_s
        self._finish(items, self._refusal("disk", message))

    def _finish(self, items: list[_Item], error: Exception | None) -> None:
        with self._lock:
            self._queue_bytes -= sum(i.nbytes for i in items)
        for item in items:
            if error is None:
                item.future.set_result(None)
            else:
                item.future.set_exception(error)

    # ---- the writer

    @property
    def partitions(self) -> Sequence[str]:
        """Live first."""
        return tuple(self._partitions)

    def wait(self, timeout_s: float) -> bool:
        """Block until something was acknowledged since the last call; false on timeout."""
        with self._lock:
            if not self._news:
                self._appended.wait(timeout_s)
            news, self._news = self._news, False
            return news

    def wake(self) -> None:
        """Let `wait` return now. Any thread."""
        with self._lock:
            self._news = True
            self._appended.notify_all()

    def backlog(self, partition: str) -> Backlog:
        """What no commit record covers yet."""
        return self._partitions[partition].backlog()

    def read(self, partition: str, offset: int, rows_max: int, bytes_max: int) -> list[Record]:
        """See `JournalSource.read`."""
        return self._partitions[partition].read(offset, rows_max, bytes_max)

    def position(self, partition: str) -> int:
        """First offset that no commit record covers."""
        return self._partitions[partition].position

    def next_batch_id(self) -> int:
        """The id of the next commit record."""
        return self._commits.next_batch_id()

    def commit(self, record: CommitRecord, records: Sequence[Record]) -> None:
        """Durably say which records make up a batch. Raises OverloadError when it cannot be written now."""
        try:
            self._commits.commit(record)
        except OSError as e:
            raise self._cannot("a commit record", e) from e
        self._partitions[record.partition].advance(records)

    def verdicts(self, batch_id: int) -> Verdicts:
        """What was split and given up of a pending batch."""
        return self._commits.verdicts(batch_id)

    def split(self, batch_id: int, token: str) -> None:
        """Durably note a chunk that is inserted in halves."""
        try:
            self._commits.split(batch_id, token)
        except OSError as e:
            raise self._cannot("a split", e) from e

    def bury(self, batch_id: int, token: str, table: str, rows: pa.Table, reason: str) -> None:
        """Durably keep rows that the store refuses."""
        try:
            self._dead.bury(token, table, rows, reason)
            self._commits.dead(batch_id, token)
        except OSError as e:
            raise self._cannot("a dead letter", e) from e

    def done(self, batch_ids: Sequence[int]) -> None:
        """These batches are durable in the store; their segments are deleted when nothing else is in them."""
        try:
            self._commits.done(batch_ids)
        except OSError as e:
            raise self._cannot("a done mark", e) from e
        for name, partition in self._partitions.items():
            partition.trim(self._commits.known(name).done)

    def pending(self) -> list[CommitRecord]:
        """Recorded and not done, oldest first."""
        return self._commits.pending()

    def dead_letters(self) -> list[DeadLetter]:
        """Oldest first."""
        return self._dead.listed()

    def exhume(self, name: str) -> tuple[DeadLetter, pa.Table]:
        """A dead letter and its rows."""
        return self._dead.exhume(name)

    def forget(self, name: str) -> None:
        """Drop a dead letter."""
        self._dead.forget(name)

    def _cannot(self, what: str, error: OSError) -> OverloadError:
        message = f"the journal cannot write {what}: {error.strerror or error}"
        return OverloadError(message, self._options.retry_after_s)

    # ---- everyone

    def status(self) -> JournalStatus:
        """How full it is and whether it can be written. Any thread."""
        with self._lock:
            return JournalStatus(
                len(self._queue),
                self._queue_bytes,
                self._disk_bytes(),
                self._options.max_bytes,
                self._failure,
                self._fullness(),
                sum(p.cut_bytes for p in self._partitions.values()),
                sum(last - first + 1 for p in self._partitions.values() for first, last in p.lost),
                len(self._dead.listed()),
            )

    def close(self) -> None:
        """Write what was submitted, mark a clean stop, release the directory. Twice is once."""
        with self._lock:
            if self._closing:
                return
            self._closing = True
            self._arrived.notify_all()
        self._committer.join()
        for partition in self._partitions.values():
            partition.close()
        try:
            self._commits.close({name: p.end for name, p in self._partitions.items()})
        except OSError as e:
            _LOG.warning("no_clean_mark", error=str(e))
        self._file_lock.release()
