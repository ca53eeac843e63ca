"""What journal and store say to each other: acknowledged records, and which of them one store batch is made of.

`JournalSource` is the contract between a journal and the writer. The embedded journal keeps partitions as folders of
segments; a Kafka journal would map a partition to a topic partition, an offset to an offset, and commit, split, dead and
done marks to messages of a compacted topic. Nothing here assumes files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa

from swarmscope.model.batch import Batch

LIVE = "live"
BACKFILL = "backfill"
SAMPLES_PER_ROW = 4
"""Samples that limits of inserts count as one row: each takes a tenth of what a span does, and what comes in few large inserts
is merged less often."""


def weight(rows: Mapping[str, int]) -> int:
    """Rows over all tables as limits of inserts count them. rows: per table."""
    samples = rows.get("samples", 0)
    return sum(rows.values()) - samples + -(-samples // SAMPLES_PER_ROW)


@dataclass(frozen=True, slots=True)
class Record:
    """One acknowledged `Batch` at its place.

    offset: counts records of a partition, without gaps. time_ns: when the journal took it. rows: per table.
    nbytes: size of the Arrow buffers. load: the tables, from memory or disk; raises JournalError.
    """

    partition: str
    offset: int
    epoch: int
    time_ns: int
    rows: Mapping[str, int]
    nbytes: int
    load: Callable[[], dict[str, pa.Table]] = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Chunk:
    """One insert: the next `rows` rows of `table`, in the order of the batch."""

    table: str
    rows: int


@dataclass(frozen=True, slots=True)
class CommitRecord:
    """The exact make-up of one store batch, durable before its first insert, so that a replay repeats it exactly.

    first, last: offsets, both inside. by_day: tables whose rows were put in day order before they were cut.
    chunks: in insert order.
    """

    batch_id: int
    partition: str
    first: int
    last: int
    epoch: int
    chunks: tuple[Chunk, ...]
    by_day: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What the store refused of a batch so far: tokens of chunks that were split in two, and of those given up."""

    split: frozenset[str] = frozenset()
    dead: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Backlog:
    """What no commit record covers yet. oldest_ns: when the journal took the first of it, 0 when there is none. weight: as of
    `weight`."""

    rows: int
    nbytes: int
    oldest_ns: int
    weight: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Rows that the store refused for their content. name: handle for re-driving. token: of the refused insert."""

    name: str
    token: str
    table: str
    rows: int
    nbytes: int
    reason: str
    time_ns: int


class JournalSource(Protocol):
    """The writer's side of a journal. One writer; calls come from its thread unless said otherwise."""

    @property
    def partitions(self) -> Sequence[str]:
        """Live first."""

    def wait(self, timeout_s: float) -> bool:
        """Block until something was acknowledged since the last call; false on timeout."""

    def backlog(self, partition: str) -> Backlog:
        """Any thread."""

    def read(self, partition: str, offset: int, rows_max: int, bytes_max: int) -> list[Record]:
        """Acknowledged records from `offset` on, at least one if there is one, then as many as fit. One epoch only.

        rows_max: of their `weight`.
        """

    def position(self, partition: str) -> int:
        """First offset that no commit record covers."""

    def next_batch_id(self) -> int:
        """Rises for ever, also over a journal that was deleted and made anew."""

    def commit(self, record: CommitRecord, records: Sequence[Record]) -> None:
        """Record that `records`, the next ones from `position` on, are this batch; durable on return.

        Raises OverloadError when there is no room for it right now; then nothing was recorded.
        """

    def verdicts(self, batch_id: int) -> Verdicts:
        """What was recorded by `split` and `bury`."""

    def split(self, batch_id: int, token: str) -> None:
        """Durably note that the chunk of `token` is inserted as two halves from now on."""

    def bury(self, batch_id: int, token: str, table: str, rows: pa.Table, reason: str) -> None:
        """Durably keep rows that the store refuses; the same token twice is kept once."""

    def done(self, batch_ids: Sequence[int]) -> None:
        """These batches are durable in the store: forget them, oldest first."""

    def pending(self) -> list[CommitRecord]:
        """Recorded and not done, oldest first: to be replayed after a start."""

    def dead_letters(self) -> list[DeadLetter]:
        """Any thread."""

    def exhume(self, name: str) -> tuple[DeadLetter, pa.Table]:
        """A dead letter and its rows. Any thread. Raises NotFoundError."""

    def forget(self, name: str) -> None:
        """Drop a dead letter after its rows are durable in the store, or are not wanted."""


class JournalSink(Protocol):
    """The receivers' side of a journal."""

    def submit(self, batch: Batch) -> Future[None]:
        """Resolved when the batch survives power loss. Raises OverloadError at once when full. Any thread.

        The journal refers to the batch's buffers until the store has it: they must not be changed or reused.
        """
