"""Results of earlier runs, one JSON line each, in the data directory."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import orjson

FILE = "bench-history.jsonl"
LINES_MAX = 1000


def add(data_dir: Path, document: dict[str, Any]) -> None:
    """Append a run; the oldest beyond LINES_MAX go."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = data_dir / FILE
    lines = path.read_bytes().splitlines(keepends=True)[-(LINES_MAX - 1) :] if path.exists() else []
    new = path.with_suffix(".new")
    new.write_bytes(b"".join(lines) + orjson.dumps({"time_s": round(time.time()), **document}) + b"\n")
    new.replace(path)


def read(data_dir: Path) -> list[dict[str, Any]]:
    """All runs, oldest first; a damaged line is left out."""
    path = data_dir / FILE
    runs: list[dict[str, Any]] = []
    for line in path.read_bytes().splitlines() if path.exists() else ():
        try:
            runs.append(orjson.loads(line))
        except orjson.JSONDecodeError:
            continue  # cut off by a crash while it was written
    return runs
