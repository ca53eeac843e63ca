"""The process that fault tests kill: journal, writer and embedded store under load, telling what was acknowledged.

    python -m swarmscope.bench.victim load DIRECTORY [JSON]     until killed, or until a line arrives on standard input
    python -m swarmscope.bench.victim count DIRECTORY ACKS      counts what a stopped server has stored
    python -m swarmscope.bench.victim verify DIRECTORY ACKS     stores what the journal still has, then counts; ACKS is a file

`load` prints `ready`, then `ack FIRST ROWS` for each acknowledged batch and `retry` for each that was refused for now; a
refused batch is sent again. While a file DIRECTORY/away exists the store cannot be reached.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from swarmscope import config, telemetry
from swarmscope.bench import rows
from swarmscope.errors import OverloadError, StoreAwayError
from swarmscope.journal import Journal
from swarmscope.store.client import Store, open_store
from swarmscope.store.migrate import migrate
from swarmscope.store.writer import Writer

AWAY = "away"
STALLED_S = 120.0
_NUMBER = {
    "spans": "reinterpretAsInt64(reverse(span_id))",
    "logs": "reinterpretAsInt64(reverse(span_id))",
    "samples": "toInt64(value)",
    "messages": "toInt64(hash)",
}

_NUMBER_AT_THE_DOOR = {
    "spans": f"{_NUMBER['spans']} - 1",  # an id of zeros is no id
    "logs": f"{_NUMBER['logs']} - 1",
    "samples": "toInt64(value)",
    "messages": "toInt64(extract(text, 'turn ([0-9]+)'))",
}
Acks = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Load:
    """first: number of the first row. rows: per table and batch. in_flight: batches that wait for an answer at a time.

    pause_s: between batches; 0 is as fast as it goes. journal: settings of the journal. small batches make many inserts.
    """

    first: int = 0
    rows: int = 500
    in_flight: int = 8
    pause_s: float = 0.0
    lane: str = "live"
    journal: Mapping[str, Any] | None = None


SMALL_BATCHES = {"insert_max_rows": 6_000, "insert_wait_s": 0.1, "sync_wait_s": 0.3, "retry_after_s": 0.1}


class _Fallible:
    """A store that is away while a file exists."""

    def __init__(self, store: Store, flag: Path) -> None:
        self._store = store
        self._flag = flag

    def insert(self, table: str, rows: pa.Table, token: str) -> None:
        if self._flag.exists():
            raise StoreAwayError("the store is away for the test")
        self._store.insert(table, rows, token)

    def sync(self) -> None:
        if self._flag.exists():
            raise StoreAwayError("the store is away for the test")
        self._store.sync()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


@contextlib.contextmanager
def _running(directory: Path, settings: Mapping[str, Any]) -> Iterator[tuple[Store, Journal, Writer]]:
    options = config.load(overrides={"storage": {"data_dir": str(directory)}, "journal": dict(settings)}, environ={})
    store = open_store(options)
    journal = Journal(directory / "journal", options.journal)
    fallible: Any = _Fallible(store, directory / AWAY)
    writer = Writer(journal, fallible, options.journal, "bench")
    migrate(store)
    writer.start()
    try:
        yield store, journal, writer
    finally:
        writer.stop(drain=True)
        journal.close()
        store.close()


def load(directory: Path, options: Load) -> None:
    """Send batches until a line arrives on standard input."""
    stop = threading.Event()
    free = threading.Semaphore(options.in_flight)

    def until_told() -> None:
        sys.stdin.readline()
        stop.set()

    def answered(first: int, again: list[int], future: Future[None]) -> None:
        error = future.exception()
        if error is None:
            _say(f"ack {first} {options.rows}")
        elif isinstance(error, OverloadError):
            again.append(first)
            _say("retry")
        else:
            _say(f"error {error!r}")
        free.release()

    with _running(directory, {**SMALL_BATCHES, **(options.journal or {})}) as (_, journal, _writer):
        threading.Thread(target=until_told, daemon=True).start()
        _say("ready")
        first, again = options.first, list[int]()
        while not stop.is_set():
            free.acquire()
            number = again.pop() if again else first
            first = max(first, number + options.rows)
            try:
                future = journal.submit(rows.batch(number, options.rows, time.time_ns(), options.lane))
                future.add_done_callback(partial(answered, number, again))
            except OverloadError as e:
                again.append(number)
                free.release()
                _say("retry")
                stop.wait(e.retry_after_s)
            if options.pause_s:
                stop.wait(options.pause_s)
        for _ in range(options.in_flight):
            free.acquire()


def _drain(writer: Writer) -> None:
    """Wait until everything is stored. RuntimeError: nothing was for STALLED_S; a slow machine is no fault."""
    left = writer.status().lag_rows
    while not writer.drain(STALLED_S):
        if (now := writer.status().lag_rows) >= left:
            raise RuntimeError(f"the journal does not drain: {writer.status()}")
        left = now


def verify(directory: Path, acknowledged: Acks) -> dict[str, Any]:
    """Store what the journal still holds, then compare every row with what was acknowledged.

    acknowledged: (first number, rows) of batches. Returns per table how many rows are lost, doubled and there, how many
    agents' rollups differ from their spans, and how fast the journal was replayed.
    """
    started = time.monotonic()
    with _running(directory, {}) as (store, journal, writer):
        opened = time.monotonic()
        _drain(writer)
        replay_s = time.monotonic() - opened
        promised = dict.fromkeys(_NUMBER, acknowledged)
        return {
            "tables": _compared(store, promised, _NUMBER, rows.MESSAGE_EVERY),
            "rollup_wrong": _rollup_differences(store),
            "replayed_rows": writer.status().rows,
            "replay_s": round(replay_s, 3),
            "open_s": round(opened - started, 3),
            "journal": asdict(journal.status()),
        }


def count(directory: Path, acknowledged: Mapping[str, Acks]) -> dict[str, Any]:
    """As `verify`, for a server that has stopped in order: the store alone, items numbered as `front_door` does."""
    store = open_store(config.load(overrides={"storage": {"data_dir": str(directory)}}, environ={}))
    try:
        return {
            "tables": _compared(store, acknowledged, _NUMBER_AT_THE_DOOR, 1),
            "rollup_wrong": _rollup_differences(store),
        }
    finally:
        store.close()


def _compared(
    store: Store, promised: Mapping[str, Acks], numbers: Mapping[str, str], message_step: int
) -> dict[str, dict[str, int]]:
    tables: dict[str, dict[str, int]] = {}
    for table, number in numbers.items():
        found = store.query(f"SELECT {number} AS number FROM {table}")["number"].to_numpy()  # noqa: S608 # both are constants of this file
        unique = np.unique(found)
        expected = _numbers(promised[table], message_step if table == "messages" else 1)
        tables[table] = {
            "lost": int(np.setdiff1d(expected, unique).size),
            "doubled": int(len(found) - len(unique)),
            "there": int(unique.size),
        }
    return tables


def _numbers(acknowledged: Acks, step: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    parts = [np.arange(first, first + count, step, dtype=np.int64) for first, count in acknowledged]
    return np.concatenate(parts) if parts else np.empty(0, np.int64)


def _rollup_differences(store: Store) -> int:
    """Agents whose rollup does not count exactly their spans."""
    spans = store.query("SELECT agent, count() AS n FROM spans GROUP BY agent").to_pylist()
    rollup = store.query("SELECT agent, toUInt64(sum(spans)) AS n FROM agent_10s GROUP BY agent").to_pylist()
    return len({(r["agent"], r["n"]) for r in spans} ^ {(r["agent"], r["n"]) for r in rollup})


def _say(line: str) -> None:
    os.write(1, line.encode() + b"\n")


def main(arguments: list[str]) -> None:
    """The command line above."""
    telemetry.configure("info", "json")
    what, directory, *rest = arguments
    if what == "load":
        load(Path(directory), Load(**json.loads(rest[0])) if rest else Load())
    elif what == "count":
        _say(json.dumps(count(Path(directory), json.loads(Path(rest[0]).read_text()))))
    else:
        _say(json.dumps(verify(Path(directory), json.loads(Path(rest[0]).read_text()))))


if __name__ == "__main__":
    main(sys.argv[1:])
