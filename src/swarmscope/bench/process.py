"""CPU and memory of a process tree, and bytes on disk, read from the kernel."""

from __future__ import annotations

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> tuple[int, float]:
    """(parent, user + system seconds with those of reaped children)."""
    text = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
    rest = text[text.rindex(")") + 2 :].split()
    return int(rest[1]), sum(map(int, rest[11:15])) / _TICKS


def tree(pid: int) -> list[int]:
    """`pid` and its living descendants."""
    children: dict[int, list[int]] = {}
    for entry in (path.name for path in Path("/proc").iterdir()):
        if entry.isdigit():
            try:
                children.setdefault(_stat(int(entry))[0], []).append(int(entry))
            except (OSError, ValueError):
                continue  # it ended while we looked
    found, todo = [], [pid]
    while todo:
        one = todo.pop()
        found.append(one)
        todo += children.get(one, [])
    return found


def cpu_s(pid: int) -> float:
    """User and system seconds of the tree, reaped children included."""
    total = 0.0
    for one in tree(pid):
        try:
            total += _stat(one)[1]
        except OSError:
            continue  # it ended while we looked
    return total


def rss_mb(pid: int, peak: bool = False) -> float:
    """Resident memory of the tree in MB (10⁶ bytes); `peak`: the sum of each process' highest."""
    field, total = ("VmHWM:" if peak else "VmRSS:"), 0
    for one in tree(pid):
        try:
            lines = Path(f"/proc/{one}/status").read_text("ascii", "replace").splitlines()
        except OSError:
            continue  # it ended while we looked
        total += sum(int(line.split()[1]) for line in lines if line.startswith(field))
    return total * 1024 / 1e6


def machine_busy_s() -> float:
    """Seconds of CPU that the whole machine has burnt: what others took in a run is the difference."""
    values = [int(x) for x in Path("/proc/stat").read_text("ascii").split("\n", 1)[0].split()[1:9]]
    return (sum(values) - values[3] - values[4]) / _TICKS


def disk_bytes(folder: Path) -> int:
    """Allocated bytes under `folder`; each inode counts once."""
    seen: set[tuple[int, int]] = set()
    total = 0
    for root, _, files in os.walk(folder):
        for name in files:
            try:
                stat = os.lstat(os.path.join(root, name))  # noqa: PTH118 - a Path per file would be the cost of the walk
            except OSError:
                continue  # merged away while we looked
            if (stat.st_dev, stat.st_ino) not in seen:
                seen.add((stat.st_dev, stat.st_ino))
                total += stat.st_blocks * 512
    return total


def part_folders(store: Path) -> frozenset[str]:
    """The part folders of the embedded store, finished or under way: equal twice in a row, nothing was merged between."""
    found = []
    for root, folders, files in os.walk(store):
        if any(name.startswith("checksums.") for name in files):
            found.append(root)
            folders.clear()
        found += [f"{root}/{name}" for name in folders if name.startswith("tmp_")]
    return frozenset(found)
