"""A copy of an embedded store's directory that costs almost no time and space.

Parts never change once written, so their files are linked, not copied; everything else (metadata, the tokens seen so far) is
small and copied. Valid while nothing inserts and merges are stopped.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator, Set
from pathlib import Path

from swarmscope.errors import StoreError

PART_MARK = "columns.txt"  # every part directory has one
DRAFT = ".partial"  # ends the name of a copy that is not whole


def copy_store(source: Path, target: Path, active_parts: Set[Path], sync: Callable[[], None]) -> Path:
    """Copy the store at `source` into a new directory `target`-<time>; returns it. active_parts: real paths.

    sync: returns when all that was written would survive a power cut; only then the copy gets its name. What earlier ones left
    unfinished is removed. Of the copies of one name the oldest and the newest stay: an upgrade that fails at each of many
    starts fills no disk. StoreError: it cannot be written.
    """
    place = target.with_name(f"{target.name}-{time.time_ns()}")
    draft = place.with_name(place.name + DRAFT)
    for left in target.parent.glob(f"*{DRAFT}"):
        shutil.rmtree(left)
    try:
        _copy(source, draft, active_parts)
        sync()
        draft.rename(place)
        sync()
    except OSError as e:
        shutil.rmtree(draft, ignore_errors=True)
        raise StoreError(
            f"no snapshot of {source} can be taken in {target.parent}: {e.strerror or e}; make room there, then start again"
        ) from e
    for between in sorted(target.parent.glob(f"{target.name}-*"))[1:-1]:
        shutil.rmtree(between)
    return place


def _copy(source: Path, place: Path, active_parts: Set[Path]) -> None:
    for folder, files in _folders(source):
        part = (folder / PART_MARK).exists()
        if part and folder.resolve() not in active_parts:
            continue
        goal = place / folder.relative_to(source)
        goal.mkdir(parents=True, exist_ok=True)
        for name in files:
            if part:
                _link(folder / name, goal / name)
            elif name != "status":  # the lock of the running engine
                shutil.copy2(folder / name, goal / name)


def _folders(source: Path) -> Iterator[tuple[Path, list[str]]]:
    for path, folders, files in os.walk(source):
        folder = Path(path)
        folders[:] = [name for name in folders if not name.startswith(("tmp", "delete_tmp"))]
        for name in list(folders):
            entry = folder / name
            if entry.is_symlink():  # the tables of a database, by name
                folders.remove(name)
        yield folder, files


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system, or one without links
        shutil.copy2(source, target)
