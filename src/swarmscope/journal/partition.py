"""One lane of the journal: segments in a folder, written by the committer, read by the writer."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa

from swarmscope.errors import JournalError
from swarmscope.journal import files, record
from swarmscope.journal.record import HEADER_MAX_BYTES, Header, Payload
from swarmscope.journal.recovery import Known, Segment, recover, segment_path
from swarmscope.model.batch import Batch
from swarmscope.model.journal import Backlog, Record, weight

_PEEK_BYTES = 4096


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the record of an offset begins."""

    offset: int
    segment: Segment
    position: int


class Partition:
    """Records of one lane by offset. `append` is called by one thread, everything else by any.

    directory: owned. segment_bytes: a segment that has reached it is followed by a new one. cache_bytes: how much of what is
    appended stays in memory until it is read. known: from the commit log. quarantine: see `recovery.recover`.
    """

    def __init__(
        self, directory: Path, segment_bytes: int, cache_bytes: int, known: Known, quarantine: Path | None
    ) -> None:
        files.make_directory(directory)
        self.name = directory.name
        self._directory = directory
        self._segment_bytes = segment_bytes
        self._cache_max_bytes = cache_bytes
        self._lock = threading.Lock()
        found = recover(directory, known, quarantine)
        self.lost = found.lost
        self.cut_bytes = found.cut_bytes
        self._segments = found.segments
        self._end = max(found.end, known.acknowledged)
        self._position = known.covered
        self._open_rows, self._open_bytes, self._open_weight = found.open_rows, found.open_bytes, found.open_weight
        self._cache: OrderedDict[int, tuple[Record, _Place]] = OrderedDict()
        self._cache_bytes = 0
        self._place: _Place | None = None
        self._torn = False
        self._fd = -1
        if not self._segments or self._segments[-1].end != self._end:
            self._roll()
        else:
            self._fd = os.open(self._segments[-1].path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)

    @property
    def end(self) -> int:
        """One past the last acknowledged offset."""
        return self._end

    @property
    def position(self) -> int:
        """First offset that no commit record covers."""
        return self._position

    @property
    def disk_bytes(self) -> int:
        """Bytes of all segments."""
        return sum(s.size for s in self._segments)

    def append(self, group: Sequence[tuple[Payload, Batch]]) -> None:
        """Make a group durable with one fsync. Raises OSError; then none of it is in the journal."""
        self._repair()
        if self._segments[-1].size >= self._segment_bytes:
            self._roll()
        segment, first, now = self._segments[-1], self._end, time.time_ns()
        buffers: list[bytes | pa.Buffer] = []
        for i, (payload, batch) in enumerate(group):
            buffers += record.frame(payload, first + i, first, now, batch.epoch)
        self._torn = True
        files.write_all(self._fd, buffers)
        os.fdatasync(self._fd)
        self._torn = False
        with self._lock:
            position = segment.size
            for i, (payload, batch) in enumerate(group):
                self._remember(_Place(first + i, segment, position), payload, batch, now)
                position += payload.record_bytes
            segment.size = position
            segment.end = self._end = first + len(group)

    def backlog(self) -> Backlog:
        """What no commit record covers yet."""
        with self._lock:
            rows, nbytes, weighs = self._open_rows, self._open_bytes, self._open_weight
            position = self._position
            if position >= self._end:
                return Backlog(0, 0, 0, 0)
        head = self.read(position, 1, 1)
        return Backlog(rows, nbytes, head[0].time_ns if head else 0, weighs)

    def read(self, offset: int, rows_max: int, bytes_max: int) -> list[Record]:
        """At least one record from `offset` on, if there is one, then as many of its epoch as fit. rows_max: of `weight`."""
        result: list[Record] = []
        rows = nbytes = 0
        while (item := self._read_one(offset)) is not None:
            rows += weight(item.rows)
            nbytes += item.nbytes
            if result and (rows > rows_max or nbytes > bytes_max or item.epoch != result[0].epoch):
                break
            result.append(item)
            offset = item.offset + 1
        return result

    def advance(self, records: Sequence[Record]) -> None:
        """A commit record covers these, the next ones from `position` on."""
        with self._lock:
            self._position = records[-1].offset + 1
            for item in records:
                self._open_rows -= sum(item.rows.values())
                self._open_weight -= weight(item.rows)
                self._open_bytes -= item.nbytes
                if self._cache.pop(item.offset, None) is not None:
                    self._cache_bytes -= item.nbytes

    def trim(self, done: int) -> None:
        """Delete segments all of whose offsets are before `done`."""
        with self._lock:
            while len(self._segments) > 1 and self._segments[0].end <= done:
                self._segments[0].path.unlink(missing_ok=True)
                del self._segments[0]

    def close(self) -> None:
        """Release the file; a tail that was never acknowledged is removed."""
        with contextlib.suppress(OSError):
            self._repair()
        os.close(self._fd)

    def _remember(self, place: _Place, payload: Payload, batch: Batch, now: int) -> None:
        self._open_rows += sum(payload.rows.values())
        self._open_weight += weight(payload.rows)
        self._open_bytes += payload.raw_bytes
        if self._cache_bytes + payload.raw_bytes > self._cache_max_bytes:
            return
        item = Record(self.name, place.offset, batch.epoch, now, payload.rows, payload.raw_bytes, lambda: batch.tables)
        end = _Place(place.offset + 1, place.segment, place.position + payload.record_bytes)
        self._cache[place.offset] = (item, end)
        self._cache_bytes += payload.raw_bytes

    def _read_one(self, offset: int) -> Record | None:
        with self._lock:
            if offset >= self._end:
                return None
            cached = self._cache.get(offset)
            if cached is not None:
                self._place = cached[1]
                return cached[0]
            place = self._locate(offset)
        if place is None:
            return None
        header = self._header(place)
        self._place = _Place(header.offset + 1, place.segment, header.end)
        load = partial(self._load, place.segment.path, header)
        return Record(self.name, header.offset, header.epoch, header.time_ns, header.rows, header.raw_bytes, load)

    def _locate(self, offset: int) -> _Place | None:
        """Where `offset` lies; where a quarantine gave it up, the next one. None: nothing at or after it."""
        near = self._place
        if near is not None and near.offset == offset and near.position < near.segment.size:
            return near
        segment = next((s for s in self._segments if s.end > offset and s.size), None)
        if segment is None:
            return None
        place = _Place(segment.first, segment, 0)
        while place.offset < offset:
            place = _Place(place.offset + 1, segment, self._header(place).end)
        return place

    def _header(self, place: _Place) -> Header:
        with place.segment.path.open("rb", buffering=0) as file:
            data = os.pread(file.fileno(), _PEEK_BYTES, place.position)
            try:
                return record.parse(data, 0, place.position)
            except record.DamageError:
                data = os.pread(file.fileno(), HEADER_MAX_BYTES, place.position)
            try:
                return record.parse(data, 0, place.position)
            except record.DamageError as e:
                raise _damaged(place.segment.path, e) from e

    def _load(self, path: Path, header: Header) -> dict[str, pa.Table]:
        with path.open("rb", buffering=0) as file:
            payload = os.pread(file.fileno(), header.payload_bytes, header.position + header.header_bytes)
        try:
            return record.decode(header, payload)
        except record.DamageError as e:
            raise _damaged(path, e) from e

    def _repair(self) -> None:
        """Cut away what a failed append left; go on in a new file, for after a failed fsync the old one is not trusted."""
        if not self._torn:
            return
        os.ftruncate(self._fd, self._segments[-1].size)
        os.fsync(self._fd)
        if self._segments[-1].size:
            self._roll()
        self._torn = False

    def _roll(self) -> None:
        path = segment_path(self._directory, self._end)
        fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            files.sync_directory(self._directory)
        except OSError:
            os.close(fd)
            path.unlink()
            raise
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = fd
        with self._lock:
            self._segments.append(Segment(path, self._end, self._end, 0))


def _damaged(path: Path, error: record.DamageError) -> JournalError:
    return JournalError(
        f"{path} is damaged in acknowledged data: {error}. Restore the file from a copy, or restart once with "
        "SWARMSCOPE_JOURNAL_QUARANTINE=true: the file is set aside and what is whole in it is kept"
    )
