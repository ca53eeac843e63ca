"""Makes the engine forget insert tokens whose rows it never kept.

The engine notes a token in a table's deduplication log first and moves the new part into place afterwards (seen with strace:
a write, then a rename). A kill between the two, or a power cut that spoils the part, leaves a token without rows, and the
repeated insert would be taken for a duplicate and lost. So before the engine opens a directory, every noted part is looked
for, in tables and in the targets of views alike; where neither it nor a merged part over it exists, the note is removed.

Format (MergeTreeDeduplicationLog, ClickHouse 26): lines of `operation TAB part TAB block id`; operation 1 adds, 2 drops.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from swarmscope.errors import StoreAwayError

_LOGS = "deduplication_logs"
_PART = re.compile(r"^([^_]+)_(\d+)_(\d+)_\d+(?:_\d+)?$")
_ADD = "1"


class _Blocks(NamedTuple):
    partition: str
    first: int
    last: int


def forget_lost(store: Path) -> int:
    """Remove the notes of parts that are gone; returns how many. StoreAwayError: an engine has the directory open."""
    with _alone(store):
        return sum(_check(logs, write=True) for logs in _log_directories(store))


def count_lost(store: Path) -> int:
    """How many notes `forget_lost` would remove. The engine may have the directory open, but must be idle."""
    return sum(map(_count, _log_directories(store)))


@contextmanager
def _alone(store: Path) -> Iterator[None]:
    """Hold the engine's own lock: notes that are replaced under a running engine would be lost with all that it notes later."""
    try:
        status = os.open(store / "status", os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        yield  # no engine was here yet
        return
    try:
        fcntl.flock(status, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as e:
        owner = re.search(rb"PID: (\d+)", os.pread(status, 256, 0))
        os.close(status)
        raise StoreAwayError(
            f"the store {store} is in use by another process, {owner[1].decode() if owner else 'unknown'}; "
            "stop it, or choose another data directory"
        ) from e
    try:
        yield
    finally:
        os.close(status)


def _count(logs: Path) -> int:
    """Of one table; none of one that was dropped: the engine clears such a directory away when it likes."""
    while True:
        try:
            return _check(logs, write=False)
        except FileNotFoundError:
            if not logs.exists():
                return 0


def _log_directories(store: Path) -> list[Path]:
    return sorted(store.glob(f"store/*/*/{_LOGS}"))


def _check(logs: Path, write: bool) -> int:
    """One table."""
    parts = [blocks for entry in logs.parent.iterdir() if (blocks := _blocks(entry.name)) is not None]
    ranges: dict[str, list[_Blocks]] = {}
    for blocks in parts:
        ranges.setdefault(blocks.partition, []).append(blocks)
    removed = 0
    for file in sorted(logs.glob("deduplication_log_*.txt")):
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
        kept = [line for line in lines if _stands(line, ranges)]
        removed += len(lines) - len(kept)
        if write and len(kept) < len(lines):
            _replace(file, "".join(kept))
    return removed


def _stands(line: str, ranges: dict[str, list[_Blocks]]) -> bool:
    """Whether a note is whole and its rows exist."""
    fields = line.rstrip("\n").split("\t")
    if len(fields) != 3 or not line.endswith("\n"):
        return False  # cut off by a crash
    blocks = _blocks(fields[1])
    if fields[0] != _ADD or blocks is None:
        return True
    return any(there.first <= blocks.first and blocks.last <= there.last for there in ranges.get(blocks.partition, ()))


def _blocks(name: str) -> _Blocks | None:
    match = None if name.startswith("tmp_") else _PART.match(name)
    return _Blocks(match[1], int(match[2]), int(match[3])) if match else None


def _replace(file: Path, text: str) -> None:
    draft = file.with_suffix(".draft")
    with draft.open("w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(file)
