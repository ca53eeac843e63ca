"""What a partition's files say after a crash: where it ends, what is a torn tail, and what is damage.

Writing in groups, one fsync each, leaves only one kind of harmless damage: the last group, never acknowledged, may be there
in part. Every record names the first offset of its group, so a record of a later group proves that an earlier group was
acknowledged; commit records and the mark of a clean stop prove it too. Damage to what was acknowledged is never cut away
silently: opening fails, or, when asked to quarantine, the file is set aside and what is whole is kept.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from swarmscope.errors import JournalError
from swarmscope.journal import files, record
from swarmscope.journal.record import Bytes, DamageError, Header
from swarmscope.model.journal import weight

SUFFIX = ".seg"


@dataclass(slots=True)
class Segment:
    """One file of records. first: its first offset. end: one past its last. size: bytes of whole, durable records."""

    path: Path
    first: int
    end: int
    size: int


@dataclass(slots=True)
class Found:
    """The records of a partition after recovery, and those that no commit record covers."""

    segments: list[Segment] = field(default_factory=list)
    lost: list[tuple[int, int]] = field(default_factory=list)
    cut_bytes: int = 0
    open_rows: int = 0
    open_bytes: int = 0
    open_weight: int = 0

    @property
    def end(self) -> int:
        """One past the last offset."""
        return self.segments[-1].end if self.segments else 0


@dataclass(frozen=True, slots=True)
class Known:
    """What the commit log knows. done: offsets before it are in the store. covered: offsets before it have a commit record.

    acknowledged: offsets before it were certainly acknowledged. lost: ranges (both inside) given up by a quarantine.
    """

    done: int = 0
    covered: int = 0
    acknowledged: int = 0
    lost: tuple[tuple[int, int], ...] = ()


def segment_path(directory: Path, first: int) -> Path:
    """Where the segment that begins with offset `first` lies."""
    return directory / f"{first:020d}{SUFFIX}"


def recover(directory: Path, known: Known, quarantine: Path | None = None) -> Found:
    """Walk all segments, cut a torn tail, drop segments that are done.

    quarantine: where to set damaged files aside; none: damage is an error. Raises JournalError naming file and remedy.
    """
    paths = _drop_done(sorted(directory.glob("*" + SUFFIX)), known.done)
    found = Found()
    for i, path in enumerate(paths):
        first = int(path.stem)
        expected = found.end if found.segments else min(known.done, first)
        if first != expected and not _covers(known.lost, expected, first):
            _refuse_gap(path, expected, first, quarantine)
            found.lost.append((expected, first - 1))
        following = int(paths[i + 1].stem) if i + 1 < len(paths) else None
        _take(path, first, following, known, found, quarantine)
    missing = max(found.end, known.done)
    if missing < known.acknowledged and not _covers(known.lost, missing, known.acknowledged):
        _refuse_gap(directory, missing, known.acknowledged, quarantine)
        found.lost.append((missing, known.acknowledged - 1))
    return found


def _take(path: Path, first: int, following: int | None, known: Known, found: Found, quarantine: Path | None) -> None:
    """Add the records of one segment to `found`."""
    healthy: list[Header] = []
    damage: DamageError | None = None
    with files.mapped(path) as data:
        try:
            for header in record.walk(data):
                if header.offset != first + len(healthy):
                    raise DamageError(header.position, f"offset {header.offset} follows {first + len(healthy) - 1}")
                if following is None or quarantine is not None:
                    _check_payload(data, header)
                healthy.append(header)
        except DamageError as e:
            damage = e
        size = len(data)
        if damage is not None:
            later = _later(data, damage.position, first + len(healthy))
            torn = following is None and first + len(healthy) >= known.acknowledged
            torn = torn and not any(h.group > first + len(healthy) for h in later)
            if not torn and quarantine is None:
                raise JournalError(
                    f"{path} is damaged in acknowledged data: {damage}, offset {first + len(healthy)}. Restore the file from "
                    "a copy, or start once with SWARMSCOPE_JOURNAL_QUARANTINE=true: the file is set aside and what is "
                    "whole in it is kept"
                )
            if not torn:
                _set_aside(path, data, healthy, later, following, known, found, quarantine)
                return
    if damage is not None:
        found.cut_bytes += size - damage.position
        size = damage.position
        os.truncate(path, size)
        _sync_file(path)
    _count(found, healthy, known)
    found.segments.append(Segment(path, first, first + len(healthy), size))


def _later(data: Bytes, position: int, offset: int) -> list[Header]:
    """Whole records after the damage, rising offsets only."""
    result: list[Header] = []
    for header in record.find(data, position + 1):
        if header.offset <= (result[-1].offset if result else offset):
            continue
        try:
            _check_payload(data, header)
        except DamageError:
            continue
        result.append(header)
    return result


def _set_aside(
    path: Path,
    data: Bytes,
    healthy: list[Header],
    later: list[Header],
    following: int | None,
    known: Known,
    found: Found,
    quarantine: Path | None,
) -> None:
    """Move the damaged file away and write its whole records anew, one segment per unbroken run."""
    if quarantine is None:
        raise JournalError(f"{path} is damaged")
    files.make_directory(quarantine)
    files.write_durably(quarantine / f"{path.parent.name}-{path.name}", bytes(data[:]))
    first = int(path.stem)
    runs: list[list[Header]] = [healthy]
    expected = first + len(healthy)
    for header in later:
        if header.offset != expected:
            found.lost.append((expected, header.offset - 1))
            runs.append([])
        runs[-1].append(header)
        expected = header.offset + 1
    end = following if following is not None else max(expected, known.acknowledged)
    if end > expected:
        found.lost.append((expected, end - 1))
        if following is None:
            runs.append([])
    starts = [run[0].offset if run else (first if i == 0 else end) for i, run in enumerate(runs)]
    pieces = [b"".join(data[h.position : h.end] for h in run) for run in runs]
    for start, run, piece in zip(starts, runs, pieces, strict=True):
        target = segment_path(path.parent, start)
        files.write_durably(target, piece)
        _count(found, run, known)
        found.segments.append(Segment(target, start, start + len(run), len(piece)))


def _check_payload(data: Bytes, header: Header) -> None:
    start = header.position + header.header_bytes
    record.check(header, data[start : start + header.payload_bytes])


def _count(found: Found, headers: list[Header], known: Known) -> None:
    for header in headers:
        if header.offset >= known.covered:
            found.open_rows += header.row_count
            found.open_bytes += header.raw_bytes
            found.open_weight += weight(header.rows)


def _drop_done(paths: list[Path], done: int) -> list[Path]:
    """Delete segments that a later one proves to end at or before `done`; deletions may have been undone by a power loss."""
    kept = [p for i, p in enumerate(paths) if i + 1 == len(paths) or int(paths[i + 1].stem) > done]
    for path in paths:
        if path not in kept:
            path.unlink()
    return kept


def _covers(lost: tuple[tuple[int, int], ...], start: int, end: int) -> bool:
    """Whether every offset in [start, end) was given up."""
    at = start
    for first, last in sorted(lost):
        if first <= at <= last:
            at = last + 1
    return at >= end


def _refuse_gap(path: Path, start: int, end: int, quarantine: Path | None) -> None:
    if quarantine is None:
        raise JournalError(
            f"{path}: acknowledged records {start} to {end - 1} are missing. Restore the missing segment files from a copy, "
            "or start once with SWARMSCOPE_JOURNAL_QUARANTINE=true to go on without them"
        )


def _sync_file(path: Path) -> None:
    fd = os.open(path, os.O_RDWR)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
