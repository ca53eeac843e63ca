"""From the journal into the store, each acknowledged row exactly once.

A batch is recorded in the journal before its first insert: which records, cut how. Every insert bears a token made of that
record (`install/batch/table/chunk/shard`), so that the store drops what it already has when an insert is repeated. Only when
the store has made a batch durable are its records given up. A crash anywhere in between is repaired by doing the recorded
batches again, identically.
"""

from __future__ import annotations

import random
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import pyarrow as pa

from swarmscope import config, telemetry
from swarmscope.errors import (
    OverloadError,
    StoreAwayError,
    StoreContentError,
    StoreError,
    SwarmscopeError,
)
from swarmscope.model.journal import BACKFILL, LIVE, CommitRecord, DeadLetter, JournalSource, Record
from swarmscope.store import batches
from swarmscope.store.batches import Plan
from swarmscope.store.client import Store

_LOG = telemetry.logger("writer")
_INSERT = telemetry.histogram("swarmscope_store_insert_seconds", "Time of one insert.", ("table",))
_ROWS = telemetry.counter("swarmscope_store_rows_total", "Rows inserted.", ("table",))
_DEAD = telemetry.counter("swarmscope_store_dead_rows_total", "Rows refused by the store and set aside.", ("table",))
_SYNC = telemetry.histogram("swarmscope_store_sync_seconds", "Time to make inserts durable.")
_AWAY = telemetry.gauge("swarmscope_store_away", "1 while the store cannot be reached.")
_LAG = telemetry.gauge("swarmscope_store_lag_rows", "Acknowledged rows that are not in the store yet.")

_SHARD = 0  # one owning shard for everything until there is a shard map
UNSYNCED_MAX = 16  # batches inserted and not yet durable; the deduplication window must cover four times as many
_REFUSALS_MAX = 64  # refused inserts of one batch before the rest is given up in whole pieces
_LIVE_TURNS = 8  # live batches in a row before a waiting backfill gets one
_BACKOFF_S = 0.1
_BACKOFF_MAX_S = 15.0
_UNKNOWN_PAUSE_S = 2.0  # after an error that names no remedy
_IDLE_S = 0.25
_GATHER_S = 0.2  # after a silence: what else belongs to the first rows comes along
_VISIBLE_S = 1.4  # acknowledged rows are in the store by then, where it keeps up


@dataclass(frozen=True, slots=True)
class Committed:
    """A batch that queries see now. tables: with `batch_id`, without rows that were refused. lane: live or backfill."""

    batch_id: int
    tables: dict[str, pa.Table]
    lane: str


@dataclass(frozen=True, slots=True)
class WriterStatus:
    """lag_*: acknowledged and not yet in the store. away_since_ns: 0 while the store answers. failure: last one, empty if none.

    unsynced_batches: in the store, not yet durable there. dead_letters: kept files with refused rows.
    """

    lag_rows: int
    lag_bytes: int
    lag_s: float
    away_since_ns: int
    failure: str
    unsynced_batches: int
    rows: int
    batches: int
    dead_letters: int


class _StoppedError(Exception):
    """The writer was told to stop while it waited."""


def wait_s(usual: float, waited: float, since: float, took: float) -> float:
    """How long the oldest record should still wait for company; every insert costs the same, however few its rows.

    usual: `insert_wait_s`. waited: of the oldest record, since: the last batch was begun, took: that one. First rows after a
    silence wait a moment only. Then a batch follows the one before after the usual time, or later by as much as a quick store
    leaves until rows must be visible: few rows are soon stored, so inserts are fewer and larger.
    """
    pace = max(usual, min(1.5 * usual, _VISIBLE_S - took))
    gathered = min(_GATHER_S, usual) - max(0.0, waited)  # the clock may be set back
    return max(gathered, pace - max(waited, since))


class Writer:
    """One thread between one journal and one store.

    install: names this installation in tokens. on_commit: called on the writer's thread after each batch; keep it short, a
    failure of it is logged. Errors of journal and store never end the thread: it backs off and tries again.
    """

    def __init__(
        self,
        journal: JournalSource,
        store: Store,
        options: config.Journal,
        install: str,
        on_commit: Callable[[Committed], None] = lambda _: None,
    ) -> None:
        self._journal = journal
        self._store = store
        self._options = options
        self._install = install
        self._on_commit = on_commit
        self._stop = threading.Event()
        self._changed = threading.Condition()
        self._flushing = 0
        self._idle = False
        self._in_hand = (0, 0, 0)  # rows, bytes, oldest_ns
        self._away_since_ns = 0
        self._failure = ""
        self._rows = self._batches = 0
        self._live_turns = 0
        self._begun_s = -_VISIBLE_S  # the last batch
        self._took_s = 0.0
        self._unsynced: list[int] = []
        self._unsynced_since = 0.0
        self._sync: tuple[Future[None], list[int]] | None = None
        self._syncer = ThreadPoolExecutor(1, "store-sync")
        self._errands: deque[tuple[Callable[[], int], Future[int]]] = deque()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)

    def start(self) -> None:
        """Replay what a crash left, then follow the journal."""
        self._thread.start()
        weak = weakref.ref(self)
        _LAG.set_function(lambda: writer.status().lag_rows if (writer := weak()) else 0)

    def stop(self, drain: bool, timeout_s: float = 60.0) -> None:
        """End the thread; with `drain`, store everything acknowledged first. What is left is stored after the next start."""
        if drain:
            self.drain(timeout_s)
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self._syncer.shutdown()
        self._refuse_errands()

    def drain(self, timeout_s: float) -> bool:
        """Store everything acknowledged so far and make it durable; false when that took too long."""
        deadline = time.monotonic() + timeout_s
        with self._changed:
            self._flushing += 1
            self._idle = False
            try:
                return self._changed.wait_for(lambda: self._idle, max(0.0, deadline - time.monotonic()))
            finally:
                self._flushing -= 1

    def redrive(self, name: str) -> Future[int]:
        """Try to store a dead letter again; resolves to its rows, the letter is then gone. Fails with the store's reason.

        Cancelling works until the writer's thread has begun with it.
        """
        return self._errand(lambda: self._redrive(name))

    def drop(self, name: str) -> Future[int]:
        """Give a dead letter up for good; resolves to its rows. Cancelling works until the writer's thread has begun."""
        return self._errand(lambda: self._drop(name))

    def _errand(self, deed: Callable[[], int]) -> Future[int]:
        future: Future[int] = Future()
        self._errands.append((deed, future))
        if self._stop.is_set():
            self._refuse_errands()
        return future

    def status(self) -> WriterStatus:
        """How far behind the journal it is, and why. Any thread."""
        rows, nbytes, oldest_ns = self._in_hand
        for lane in self._journal.partitions:
            backlog = self._journal.backlog(lane)
            rows += backlog.rows
            nbytes += backlog.nbytes
            if backlog.oldest_ns:
                oldest_ns = min(oldest_ns or backlog.oldest_ns, backlog.oldest_ns)
        lag_s = max(0.0, (time.time_ns() - oldest_ns) / 1e9) if oldest_ns else 0.0
        sync = self._sync  # once: the writer's thread gives it up at any moment
        unsynced = len(self._unsynced) + (len(sync[1]) if sync else 0)
        dead = len(self._journal.dead_letters())
        return WriterStatus(
            rows,
            nbytes,
            lag_s,
            self._away_since_ns,
            self._failure,
            unsynced,
            self._rows,
            self._batches,
            dead,
        )

    def dead_letters(self) -> list[DeadLetter]:
        """What the store refused, oldest first."""
        return self._journal.dead_letters()

    def dead_rows(self, name: str) -> tuple[DeadLetter, pa.Table]:
        """A dead letter and its rows. Any thread. NotFoundError: there is none of that name (any more)."""
        return self._journal.exhume(name)

    def _refuse_errands(self) -> None:
        while self._errands:
            _, future = self._errands.popleft()
            if future.set_running_or_notify_cancel():
                future.set_exception(StoreAwayError("the writer has stopped; ask again after the next start"))

    # ---- the thread

    def _run(self) -> None:
        replayed = False
        while not self._stop.is_set():
            try:
                if not replayed:
                    self._replay()
                    replayed = True
                self._step()
            except _StoppedError:
                break
            except Exception as e:  # noqa: BLE001 # whatever it is, rows wait in the journal and nobody else would take them
                self._fail(e)
                replayed = False  # a recorded batch may be stored in part
                self._stop.wait(_UNKNOWN_PAUSE_S)
        self._finish()

    def _step(self) -> None:
        self._collect_sync()
        while self._errands:
            self._do(*self._errands.popleft())
        lane = self._choose()
        if lane is not None:
            self._take(lane)
        self._start_sync(idle=lane is None)
        if lane is None and not self._declare_idle():
            self._journal.wait(self._pause_s())

    def _choose(self) -> str | None:
        """The lane whose next batch is due. Live goes first, but not for ever."""
        due = [lane for lane in self._journal.partitions if self._due(lane)]
        if not due:
            return None
        lane = due[-1] if self._live_turns >= _LIVE_TURNS else due[0]
        self._live_turns = self._live_turns + 1 if lane == LIVE else 0
        return lane

    def _due(self, lane: str) -> bool:
        backlog, options = self._journal.backlog(lane), self._options
        if backlog.rows == 0:
            return False
        full = backlog.weight >= options.insert_max_rows or backlog.nbytes >= options.insert_max_bytes
        return full or self._flushing > 0 or self._wait_s(backlog.oldest_ns) <= 0

    def _wait_s(self, oldest_ns: int) -> float:
        waited_s = (time.time_ns() - oldest_ns) / 1e9
        return wait_s(self._options.insert_wait_s, waited_s, time.monotonic() - self._begun_s, self._took_s)

    def _pause_s(self) -> float:
        """Until a waiting record is due."""
        oldest = [b.oldest_ns for b in map(self._journal.backlog, self._journal.partitions) if b.rows]
        if not oldest:
            return _IDLE_S
        return min(_IDLE_S, max(0.001, self._wait_s(min(oldest))))

    def _take(self, lane: str) -> None:
        """Make the next batch of a lane, record it, store it."""
        journal, options = self._journal, self._options
        self._begun_s = time.monotonic()
        records = journal.read(lane, journal.position(lane), options.insert_max_rows, options.insert_max_bytes)
        self._hold(records)
        batch_id = journal.next_batch_id()
        tables = batches.assemble(records, batch_id)
        cut = batches.plan(tables, options.insert_max_rows, options.insert_max_bytes, lane == BACKFILL)
        record = CommitRecord(
            batch_id, lane, records[0].offset, records[-1].offset, records[0].epoch, cut.chunks, cut.by_day
        )
        self._retrying(lambda: journal.commit(record, records))
        self._store_batch(record, cut)
        self._took_s = time.monotonic() - self._begun_s

    def _hold(self, records: list[Record]) -> None:
        rows = sum(sum(r.rows.values()) for r in records)
        self._in_hand = (rows, sum(r.nbytes for r in records), records[0].time_ns if records else 0)

    def _replay(self) -> None:
        """Do the recorded batches again, with the same boundaries and tokens."""
        inserted = {*self._unsynced, *(self._sync[1] if self._sync else ())}
        pending = [r for r in self._journal.pending() if r.batch_id not in inserted]
        started, rows = time.monotonic(), self._rows
        for record in pending:
            records = self._records_of(record)
            self._hold(records)
            tables = batches.assemble(records, record.batch_id)
            cut = batches.replan(tables, record)
            if cut is None:
                self._give_up(record, tables)
            else:
                self._store_batch(record, cut)
        if pending:
            took = time.monotonic() - started
            rows = self._rows - rows
            _LOG.info(
                "replayed", batches=len(pending), rows=rows, seconds=round(took, 3), rows_per_s=round(rows / took)
            )

    def _records_of(self, record: CommitRecord) -> list[Record]:
        result: list[Record] = []
        offset = record.first
        while offset <= record.last:
            some = self._journal.read(record.partition, offset, self._options.insert_max_rows, 1 << 62)
            some = [r for r in some if r.offset <= record.last]
            if not some:
                break
            result += some
            offset = some[-1].offset + 1
        return result

    def _give_up(self, record: CommitRecord, tables: dict[str, pa.Table]) -> None:
        """A recorded batch lost records to a quarantine: it cannot be repeated exactly, so what is left is set aside."""
        reason = "records of this batch were lost to damage of the journal; these rows may already be in the store"
        for name, rows in tables.items():
            if name == batches.DERIVED:  # made anew when the samples are stored after all
                continue
            self._bury(record.batch_id, f"{self._token(record.batch_id, name, 0)}/rest", name, rows, reason)
        self._inserted(record.batch_id)

    # ---- inserting

    def _store_batch(self, record: CommitRecord, cut: Plan) -> None:
        verdicts = self._journal.verdicts(record.batch_id)
        split, dead = set(verdicts.split), set(verdicts.dead)
        stored: dict[str, list[pa.Table]] = {}
        counts: dict[str, int] = {}
        starts: dict[str, int] = {}
        for chunk in cut.chunks:
            number, start = counts.get(chunk.table, 0), starts.get(chunk.table, 0)
            counts[chunk.table], starts[chunk.table] = number + 1, start + chunk.rows
            token = self._token(record.batch_id, chunk.table, number)
            rows = cut.tables[chunk.table].slice(start, chunk.rows)
            stored.setdefault(chunk.table, []).extend(
                self._store_rows(record.batch_id, chunk.table, rows, token, split, dead)
            )
        self._inserted(record.batch_id)
        self._batches += 1
        whole = {n: t[0] if len(t) == 1 else pa.concat_tables(t) for n, t in stored.items() if t}
        self._publish(Committed(record.batch_id, whole, record.partition))

    def _token(self, batch_id: int, table: str, chunk: int) -> str:
        return f"{self._install}/{batch_id}/{table}/{chunk}/{_SHARD}"

    def _store_rows(
        self, batch_id: int, table: str, rows: pa.Table, token: str, split: set[str], dead: set[str]
    ) -> list[pa.Table]:
        """Insert one chunk; where the store refuses it, narrow down to the rows it refuses. Returns what was stored."""
        if token in dead:
            return []
        if token not in split:
            try:
                self._retrying(lambda: self._insert(table, rows, token))
                return [rows]
            except StoreContentError as e:
                if rows.num_rows == 1 or len(split) >= _REFUSALS_MAX:
                    self._bury(batch_id, token, table, rows, str(e))
                    dead.add(token)
                    return []
                # Recorded first: a replay must not insert as a whole what was inserted in halves.
                self._retrying(lambda: self._journal.split(batch_id, token))
                split.add(token)
        half = rows.num_rows // 2
        left = self._store_rows(batch_id, table, rows.slice(0, half), token + ".0", split, dead)
        return left + self._store_rows(batch_id, table, rows.slice(half), token + ".1", split, dead)

    def _insert(self, table: str, rows: pa.Table, token: str) -> None:
        with _INSERT.labels(table).time():
            self._store.insert(table, rows, token)
        _ROWS.labels(table).inc(rows.num_rows)
        self._rows += rows.num_rows

    def _bury(self, batch_id: int, token: str, table: str, rows: pa.Table, reason: str) -> None:
        self._retrying(lambda: self._journal.bury(batch_id, token, table, rows, reason))
        _DEAD.labels(table).inc(rows.num_rows)
        _LOG.error("dead_letter", table=table, rows=rows.num_rows, batch=batch_id, reason=reason)

    def _retrying(self, action: Callable[[], None]) -> None:
        """Until it succeeds or the rows are refused; waits longer each time, with jitter. Raises _StoppedError on `stop`."""
        wait_s = _BACKOFF_S
        while True:
            try:
                action()
                self._back()
                return
            except StoreContentError:
                self._back()
                raise
            except (StoreError, OverloadError) as e:
                self._fail(e)
            if self._stop.wait(wait_s * random.uniform(0.5, 1.0)):  # noqa: S311 # jitter is no secret
                raise _StoppedError
            wait_s = min(wait_s * 2, _BACKOFF_MAX_S)

    def _fail(self, error: Exception) -> None:
        text = f"{type(error).__name__}: {error}"
        if text != self._failure:
            _LOG.error("cannot_store", error=text, exc_info=not isinstance(error, SwarmscopeError))
        self._failure = text
        if isinstance(error, StoreError | OverloadError) and not self._away_since_ns:
            self._away_since_ns = time.time_ns()
            _AWAY.set(1)

    def _back(self) -> None:
        if self._failure:
            away_s = (time.time_ns() - self._away_since_ns) / 1e9 if self._away_since_ns else 0.0
            _LOG.info("storing_again", after_s=round(away_s, 1))
            self._failure, self._away_since_ns = "", 0
            _AWAY.set(0)

    def _publish(self, committed: Committed) -> None:
        try:
            self._on_commit(committed)
        except Exception as e:  # noqa: BLE001 # a listener's failure must not stop the storing of rows
            _LOG.error("listener_failed", batch=committed.batch_id, error=str(e), exc_info=True)

    # ---- durability in the store

    def _inserted(self, batch_id: int) -> None:
        if not self._unsynced:
            self._unsynced_since = time.monotonic()
        self._unsynced.append(batch_id)
        self._in_hand = (0, 0, 0)

    def _start_sync(self, idle: bool) -> None:
        """Sync in the background when it is time; wait for it when too much is unsynced."""
        if not self._unsynced:
            return
        if self._sync is not None and len(self._unsynced) >= UNSYNCED_MAX:
            self._sync[0].exception()
            self._collect_sync()
        waited = time.monotonic() - self._unsynced_since >= self._options.sync_wait_s
        if self._sync is None and (waited or len(self._unsynced) >= UNSYNCED_MAX or (idle and self._flushing)):
            self._sync = (self._syncer.submit(self._retrying, self._sync_store), self._unsynced)
            self._unsynced = []

    def _sync_store(self) -> None:
        with _SYNC.time():
            self._store.sync()

    def _collect_sync(self) -> None:
        """Give up the records of batches that a finished sync made durable."""
        if self._sync is None or not self._sync[0].done():
            return
        future, batch_ids = self._sync
        if future.exception() is None:
            self._retrying(lambda: self._journal.done(batch_ids))
            self._sync = None
        else:  # stopped, or a failure that is no store's
            self._sync = None
            self._unsynced = batch_ids + self._unsynced
            future.result()

    def _declare_idle(self) -> bool:
        """Whether everything acknowledged is stored and durable; tells those who drain."""
        with self._changed:
            if self._sync is not None or self._unsynced:
                return False
            if any(self._journal.backlog(lane).rows for lane in self._journal.partitions):
                return False
            news = not self._idle and self._flushing > 0
            self._idle = True
            self._changed.notify_all()
        return news

    def _finish(self) -> None:
        """A last sync, so that the next start has less to replay."""
        if self._sync is not None:
            self._sync[0].exception()
        try:
            self._collect_sync()
            if self._unsynced:
                self._store.sync()
                self._journal.done(self._unsynced)
                self._unsynced = []
        except (SwarmscopeError, _StoppedError) as e:
            _LOG.warning("last_sync_failed", error=str(e))

    # ---- dead letters

    def _do(self, deed: Callable[[], int], future: Future[int]) -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            future.set_result(deed())
        except (SwarmscopeError, OSError, pa.ArrowException) as e:
            future.set_exception(e)

    def _redrive(self, name: str) -> int:
        letter, rows = self._journal.exhume(name)
        token = f"{self._install}/redrive/{name}"
        self._insert(letter.table, rows, token)
        if letter.table == "samples":  # their five minutes are rolled up again
            windows = batches.sample_windows(rows, self._journal.next_batch_id())
            self._insert(batches.DERIVED, windows, f"{token}/windows")
        self._store.sync()
        self._journal.forget(name)
        self._publish(Committed(rows["batch_id"][0].as_py(), {letter.table: rows}, BACKFILL))
        return letter.rows

    def _drop(self, name: str) -> int:
        rows = sum(letter.rows for letter in self._journal.dead_letters() if letter.name == name)
        self._journal.forget(name)
        return rows
