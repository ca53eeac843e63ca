"""A copy of an embedded store's directory that costs almost no time and space.

Parts never change once written, so their files are linked, not copied; everything else (metadata, the tokens seen so far) is
small and copied. Valid while nothing inserts and merges are stopped.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Set
from pathlib import Path

PART_MARK = "columns.txt"  # every part directory has one


def copy_store(source: Path, target: Path, active_parts: Set[Path]) -> Path:
    """Copy the store at `source` into a new directory `target`-<time>; returns it. active_parts: real paths."""
    place = target.with_name(f"{target.name}-{time.time_ns()}")
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
    return place


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
