"""What jobs remember between runs, kept in the store itself so that it moves with the data.

A job works on windows of event time. New rows make windows dirty; a dirty window is worked on once it is closed, and again
whenever late rows make it dirty again. Every job can run twice over a window, so a crash at any point costs only time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from swarmscope.store.client import Store

WINDOWS_MAX = 100_000


class Progress(msgspec.Struct):
    """batch: newest batch that was looked at, rows: those it had. dirty: starts of windows to work on, seconds."""

    batch: int = 0
    rows: int = 0
    dirty: list[int] = []


@dataclass(frozen=True, slots=True)
class Touched:
    """newest: the newest batch there is, 0 when there is none. rows: it has. windows: in which rows since lie."""

    newest: int
    rows: int
    windows: list[int]


@dataclass(slots=True)
class JobState:
    """The row of one job in `job_state`."""

    store: Store
    job: str

    def read(self) -> Progress:
        """What was written last; a fresh Progress when nothing was."""
        rows = self.store.query(
            "SELECT argMax(value, revision) AS value FROM job_state WHERE job = {job:String} HAVING count() > 0",
            {"job": self.job},
        )
        return msgspec.json.decode(rows["value"][0].as_py(), type=Progress) if rows.num_rows else Progress()

    def write(self, progress: Progress) -> None:
        """Replace it."""
        self.store.command(
            "INSERT INTO job_state (job, key, value, revision) SELECT {job:String}, '', {value:String}, {revision:UInt64}",
            {"job": self.job, "value": msgspec.json.encode(progress).decode(), "revision": time.time_ns()},
        )

    def add(self, windows: Iterable[int]) -> None:
        """Make more windows dirty."""
        progress = self.read()
        progress.dirty = sorted({*progress.dirty, *windows})
        self.write(progress)


@dataclass(slots=True)
class Windowed:
    """Runs `work` over the closed dirty windows of one job.

    touched: what came in from the given batch on. Batches arrive in the order of their ids; the last one may still be growing.
    work: brings up to date what is derived from these windows; called with at most `at_once` of them, oldest first.
    width_s: length of a window. grace_s: how long after its end a window counts as closed. with_s: windows of one such
    stretch of time are worked on together, once it has ended; 0: each when it is closed.
    """

    state: JobState
    touched: Callable[[int], Touched]
    work: Callable[[Sequence[int]], None]
    width_s: int
    grace_s: float
    at_once: int = 12
    with_s: int = 0
    now: Callable[[], float] = field(default=time.time)

    def run(self) -> int:
        """How many windows were worked on."""
        progress = self.state.read()
        new = self.touched(progress.batch)
        if new.newest > progress.batch or new.rows > progress.rows:
            progress.dirty = sorted({*progress.dirty, *new.windows})[-WINDOWS_MAX:]
            progress.batch, progress.rows = new.newest, new.rows
            self.state.write(progress)
        done = 0
        while ripe := self._ripe(progress):
            self.work(ripe)
            progress.dirty = [w for w in progress.dirty if w not in ripe]
            self.state.write(progress)
            done += len(ripe)
        return done

    def _ripe(self, progress: Progress) -> list[int]:
        whole = max(self.width_s, self.with_s)
        latest = self.now() - self.grace_s - whole
        return [w for w in progress.dirty if w // whole * whole <= latest][: self.at_once]


def touched_by(store: Store, sql: str, **params: object) -> Callable[[int], Touched]:
    """`touched` of a statement that answers with newest, rows and windows."""

    def touched(batch: int) -> Touched:
        row = store.query(sql, {"batch": batch, **params}).to_pylist()[0]
        return Touched(row["newest"], row["rows"], row["windows"])

    return touched
