"""The commit log: one small file that says which records are which store batch, and how far each came.

Entries are JSON in checked frames, appended with an fsync each. The state is small (untrimmed batches only), so the file is
replaced by a snapshot whenever it has grown. A torn last entry was never acted upon and is cut away.
"""

from __future__ import annotations

import contextlib
import os
import struct
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
from isal import isal_zlib

from swarmscope.errors import JournalError
from swarmscope.journal import files
from swarmscope.journal.recovery import Known
from swarmscope.model.journal import Chunk, CommitRecord, Verdicts

_FRAME = struct.Struct("<4sII")  # magic, bytes, crc
_MAGIC = b"\xabSWC"
_SNAPSHOT_BYTES = 1 << 20


class _Batch(msgspec.Struct, omit_defaults=True):
    """A commit record as it is stored."""

    id: int
    partition: str
    first: int
    last: int
    epoch: int
    chunks: list[tuple[str, int]]
    by_day: list[str] = []
    split: list[str] = []
    dead: list[str] = []


class _Entry(msgspec.Struct, omit_defaults=True):
    """One step. Exactly one field is set; `snapshot` stands for everything before it."""

    snapshot: _Snapshot | None = None
    commit: _Batch | None = None
    split: tuple[int, str] | None = None
    dead: tuple[int, str] | None = None
    done: list[int] | None = None
    lost: tuple[str, int, int] | None = None
    stopped: dict[str, int] | None = None
    started: bool = False


class _Snapshot(msgspec.Struct, omit_defaults=True):
    version: int
    next_batch: int
    done: dict[str, int] = {}
    batches: list[_Batch] = []
    lost: list[tuple[str, int, int]] = []


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(_Entry)
_VERSION = 1


class CommitLog:
    """Batches by id, oldest first. Not thread-safe: the journal's lock guards it."""

    def __init__(self, path: Path, fresh: bool) -> None:
        """fresh: make the file when it is missing; else its absence is damage. Raises JournalError."""
        self._path = path
        self._batches: dict[int, _Batch] = {}
        self._done: dict[str, int] = {}
        self._lost: list[tuple[str, int, int]] = []
        self._stopped: dict[str, int] = {}
        # Milliseconds since the epoch: ids go on rising even when the whole journal was deleted and made anew.
        self._next_batch = time.time_ns() // 1_000_000
        if path.exists():
            size = self._read()
        elif fresh:
            size = 0
        else:
            raise JournalError(
                f"{path} is missing beside journal segments, so what the store already has is unknown. Restore the file "
                "from a copy; without one, move the journal's folder away: its records are then not stored"
            )
        self._size = size
        self._fd = -1
        self._replace()

    def known(self, partition: str) -> Known:
        """What is certain about a partition's offsets."""
        done = self._done.get(partition, 0)
        covered = max([done, *(b.last + 1 for b in self._batches.values() if b.partition == partition)])
        lost = tuple((a, b) for p, a, b in self._lost if p == partition)
        return Known(done, covered, max(covered, self._stopped.get(partition, 0)), lost)

    def next_batch_id(self) -> int:
        """The id that the next commit record must bear."""
        return self._next_batch

    def pending(self) -> list[CommitRecord]:
        """Commit records that are not done."""
        return [_record(b) for b in self._batches.values()]

    def verdicts(self, batch_id: int) -> Verdicts:
        """What was split and given up in a pending batch."""
        batch = self._batches[batch_id]
        return Verdicts(frozenset(batch.split), frozenset(batch.dead))

    def commit(self, record: CommitRecord) -> None:
        """Durably add a commit record. Raises OSError; then nothing was recorded."""
        if record.batch_id != self._next_batch:
            raise JournalError(f"commit record {record.batch_id} is out of turn; {self._next_batch} is next")
        chunks = [(c.table, c.rows) for c in record.chunks]
        batch = _Batch(
            record.batch_id,
            record.partition,
            record.first,
            record.last,
            record.epoch,
            chunks,
            sorted(record.by_day),
        )
        self._append(_Entry(commit=batch))

    def split(self, batch_id: int, token: str) -> None:
        """Durably note a chunk that is inserted in halves."""
        self._append(_Entry(split=(batch_id, token)))

    def dead(self, batch_id: int, token: str) -> None:
        """Durably note a chunk that was given up."""
        self._append(_Entry(dead=(batch_id, token)))

    def lost(self, partition: str, first: int, last: int) -> None:
        """Durably note offsets that a quarantine gave up."""
        self._append(_Entry(lost=(partition, first, last)))

    def done(self, batch_ids: Sequence[int]) -> None:
        """Durably forget batches that the store has."""
        self._append(_Entry(done=list(batch_ids)))
        if self._size > _SNAPSHOT_BYTES:
            with contextlib.suppress(OSError):  # no room for a second file: the long one is as good
                self._replace()

    def close(self, ends: dict[str, int]) -> None:
        """Mark a clean stop. ends: one past the last acknowledged offset of each partition."""
        self._append(_Entry(stopped=ends))
        os.close(self._fd)

    def _read(self) -> int:
        data = self._path.read_bytes()
        at = 0
        while at < len(data):
            text = _unframe(data, at)
            if text is None:
                if data.find(_MAGIC, at + 1) >= 0:
                    raise JournalError(
                        f"{self._path} is damaged at byte {at}, before later entries. Restore it from a copy; without one, "
                        "move the journal's folder away: records that the store does not have yet are then lost"
                    )
                break
            self._apply(_DECODER.decode(text))
            at += _FRAME.size + len(text)
        if at == 0 and data:
            raise JournalError(f"{self._path} is damaged at its first entry; restore it from a copy")
        return at

    def _apply(self, entry: _Entry) -> None:
        if entry.snapshot is not None:
            if entry.snapshot.version > _VERSION:
                raise JournalError(
                    f"{self._path} has version {entry.snapshot.version}, this program knows {_VERSION}; start the newer program"
                )
            self._next_batch = max(self._next_batch, entry.snapshot.next_batch)
            self._batches = {b.id: b for b in entry.snapshot.batches}
            self._done = dict(entry.snapshot.done)
            self._lost = list(entry.snapshot.lost)
        elif entry.commit is not None:
            self._batches[entry.commit.id] = entry.commit
            self._next_batch = max(self._next_batch, entry.commit.id + 1)
        elif entry.split is not None:
            self._batches[entry.split[0]].split.append(entry.split[1])
        elif entry.dead is not None:
            self._batches[entry.dead[0]].dead.append(entry.dead[1])
        elif entry.done is not None:
            for batch_id in entry.done:
                batch = self._batches.pop(batch_id)
                self._done[batch.partition] = max(self._done.get(batch.partition, 0), batch.last + 1)
        elif entry.lost is not None:
            self._lost.append(entry.lost)
        self._stopped = entry.stopped or {}

    def _append(self, entry: _Entry) -> None:
        """Write, sync, then believe. Raises OSError with the file as it was."""
        data = _framed(_ENCODER.encode(entry))
        try:
            files.write_all(self._fd, [data])
            os.fdatasync(self._fd)
        except OSError:
            os.ftruncate(self._fd, self._size)
            raise
        self._size += len(data)
        self._apply(entry)

    def _replace(self) -> None:
        """Begin a new file with a snapshot of what matters."""
        snapshot = _Snapshot(_VERSION, self._next_batch, self._done, list(self._batches.values()), self._lost)
        data = _framed(_ENCODER.encode(_Entry(snapshot=snapshot)))
        if self._stopped:
            data += _framed(_ENCODER.encode(_Entry(stopped=self._stopped)))
        files.write_durably(self._path, data)
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        self._size = len(data)

    def start(self) -> None:
        """Take back the mark of a clean stop, before the first new record is acknowledged."""
        self._append(_Entry(started=True))


def _record(batch: _Batch) -> CommitRecord:
    chunks = tuple(Chunk(table, rows) for table, rows in batch.chunks)
    return CommitRecord(
        batch.id, batch.partition, batch.first, batch.last, batch.epoch, chunks, frozenset(batch.by_day)
    )


def _framed(text: bytes) -> bytes:
    return _FRAME.pack(_MAGIC, len(text), isal_zlib.crc32(text)) + text


def _unframe(data: bytes, at: int) -> bytes | None:
    if len(data) - at < _FRAME.size:
        return None
    magic, size, crc = _FRAME.unpack_from(data, at)
    text = data[at + _FRAME.size : at + _FRAME.size + size]
    return text if magic == _MAGIC and len(text) == size and isal_zlib.crc32(text) == crc else None
