"""What one store batch is made of: journal records put together, cut into inserts, the same way every time.

A replay must repeat an insert exactly, or its token no longer protects it. So everything here is a pure function of the
records and of the commit record: order of tables, order of rows, boundaries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from swarmscope.model.journal import SAMPLES_PER_ROW, Chunk, CommitRecord, Record
from swarmscope.model.tables import TABLES

DAY_NS = 86_400 * 10**9
DAYS_MAX = 8  # of event time in one insert: more would mean more parts than the deduplication window is made for
_EVENT_TIMES = ("start_time", "time", "window", "received_at")
_BATCH_ID = "batch_id"
DERIVED = "sample_windows"  # made of other rows of the batch, not of records
WINDOW_S = 300  # what the rollups of samples work on


@dataclass(frozen=True, slots=True)
class Plan:
    """The rows of a batch in insert order, and its cuts."""

    tables: dict[str, pa.Table]
    chunks: tuple[Chunk, ...]
    by_day: frozenset[str]


def assemble(records: Sequence[Record], batch_id: int) -> dict[str, pa.Table]:
    """All rows of the records per table, in insert order (messages and resources before the spans that name them).

    One block of memory per column, so that an insert is one block; dictionaries are unified. Adds `batch_id`, and
    `sample_windows`: in which five minutes the samples lie.
    """
    parts: dict[str, list[pa.Table]] = {}
    for record in records:
        for name, table in record.load().items():
            if table.num_rows:
                parts.setdefault(name, []).append(table)
    order = [*(name for name in TABLES if name in parts), *sorted(parts.keys() - TABLES.keys())]
    tables = {name: _joined(parts[name], batch_id) for name in order}
    if "samples" in tables:
        tables[DERIVED] = sample_windows(tables["samples"], batch_id)
    return tables


def sample_windows(samples: pa.Table, batch_id: int) -> pa.Table:
    """Rows of `sample_windows` for the samples of a batch."""
    seconds = pc.cast(samples["time"], pa.int64()).to_numpy() // (WINDOW_S * 10**9) * WINDOW_S
    found, rows = np.unique(seconds, return_counts=True)
    return pa.table(
        {
            "window": pa.array(found * 10**9).cast(pa.timestamp("ns", tz="UTC")),
            "rows": pa.array(rows.astype(np.uint64)),
            _BATCH_ID: pa.array(np.full(len(found), batch_id, np.uint64)),
        }
    )


def plan(tables: dict[str, pa.Table], rows_max: int, bytes_max: int, day_sorted: bool) -> Plan:
    """Cut tables into inserts of at most `rows_max` rows, about `bytes_max` bytes and `DAYS_MAX` days of event time.

    rows_max: of samples `SAMPLES_PER_ROW` times as many.
    day_sorted: put rows in day order even when they would fit one insert (backfill: fewer partitions per part).
    """
    ordered: dict[str, pa.Table] = {}
    chunks: list[Chunk] = []
    by_day: set[str] = set()
    for name, table in tables.items():
        days = _days(table)
        spread = int(days.max() - days.min()) if len(days) else 0
        if spread >= DAYS_MAX or (day_sorted and spread):
            by_day.add(name)
            table, days = _by_day(table, days)
        ordered[name] = table
        most = rows_max * SAMPLES_PER_ROW if name == "samples" else rows_max
        limit = max(1, min(most, table.num_rows * bytes_max // max(1, table.get_total_buffer_size())))
        chunks += [Chunk(name, rows) for rows in _cuts(days, limit, name in by_day)]
    return Plan(ordered, tuple(chunks), frozenset(by_day))


def replan(tables: dict[str, pa.Table], record: CommitRecord) -> Plan | None:
    """The plan that a commit record states, over the records read again. None: they are not the rows it was made for.

    A record of a program that did not derive `sample_windows` yet does not state it: its rows are stored in one insert.
    """
    rows: dict[str, int] = {}
    for chunk in record.chunks:
        rows[chunk.table] = rows.get(chunk.table, 0) + chunk.rows
    chunks = record.chunks
    if DERIVED in tables and DERIVED not in rows:
        rows[DERIVED] = tables[DERIVED].num_rows
        chunks = (*chunks, Chunk(DERIVED, rows[DERIVED]))
    if rows != {name: table.num_rows for name, table in tables.items()}:
        return None
    ordered = {n: _by_day(t, _days(t))[0] if n in record.by_day else t for n, t in tables.items()}
    return Plan(ordered, chunks, record.by_day)


def _joined(parts: list[pa.Table], batch_id: int) -> pa.Table:
    table = pa.concat_tables(parts, promote_options="default") if len(parts) > 1 else parts[0]
    table = table.unify_dictionaries().combine_chunks()
    return table.append_column(_BATCH_ID, pa.array(np.full(table.num_rows, batch_id, np.uint64)))


def _days(table: pa.Table) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The day of each row; the same for all rows of a table without a time."""
    for name in _EVENT_TIMES:
        if name in table.column_names:
            return pc.cast(table[name], pa.int64()).to_numpy() // DAY_NS  # type: ignore[no-any-return] # pyarrow is untyped
    return np.zeros(table.num_rows, np.int64)


def _by_day(
    table: pa.Table, days: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> tuple[pa.Table, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    order = np.argsort(days, kind="stable")
    return table.take(order), days[order]


def _cuts(days: np.ndarray[tuple[int], np.dtype[np.int64]], limit: int, by_day: bool) -> list[int]:
    """Rows of each insert. days: rising where `by_day`."""
    total = len(days)
    cuts: list[int] = []
    at = 0
    while at < total:
        end = min(total, at + limit)
        if by_day:
            end = min(end, int(np.searchsorted(days, days[at] + DAYS_MAX)))
        cuts.append(end - at)
        at = end
    return cuts
