"""What a store batch is made of, and that a replay makes exactly the same of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swarmscope.bench import rows
from swarmscope.model.journal import SAMPLES_PER_ROW, Chunk, CommitRecord, Record
from swarmscope.model.tables import SAMPLES, TIME
from swarmscope.store import batches

NOW = 1_790_000_000_000_000_000
DAY = batches.DAY_NS


def _record(tables: dict[str, pa.Table], offset: int = 0) -> Record:
    counts = {n: t.num_rows for n, t in tables.items()}
    return Record("live", offset, 0, NOW, counts, sum(t.nbytes for t in tables.values()), lambda: tables)


def _samples(days: Sequence[int]) -> pa.Table:
    table = rows.numbered("samples", np.arange(len(days), dtype=np.int64), NOW)
    times = pa.array(np.array([NOW + d * DAY for d in days], np.int64)).view(TIME)
    return table.set_column(SAMPLES.get_field_index("time"), "time", times)


def _recorded(plan: batches.Plan, lane: str = "live") -> CommitRecord:
    return CommitRecord(1, lane, 0, 0, 0, plan.chunks, plan.by_day)


def test_given_records_when_assembled_then_one_block_per_table_in_insert_order_with_the_batch_id() -> None:
    parts = [rows.batch(i * 100, 100, NOW, tables=("samples", "spans", "messages")).tables for i in range(5)]
    tables = batches.assemble([_record(p, i) for i, p in enumerate(parts)], 77)
    assert list(tables) == ["messages", "spans", "samples", "sample_windows"]
    assert tables["sample_windows"]["rows"].to_pylist() == [500]
    assert tables["samples"]["value"].to_pylist() == list(range(500))
    for table in tables.values():
        assert set(table["batch_id"].to_pylist()) == {77}
        assert {column.num_chunks for column in table.columns} == {1}


def test_given_records_with_different_dictionaries_when_assembled_then_values_stay() -> None:
    names = ["default", "other"]
    parts = []
    for name in names:
        table = rows.numbered("samples", np.arange(3, dtype=np.int64), NOW)
        parts.append(
            {"samples": table.set_column(0, SAMPLES.field("tenant"), pa.array([name] * 3).dictionary_encode())}
        )
    tables = batches.assemble([_record(p, i) for i, p in enumerate(parts)], 1)
    assert tables["samples"]["tenant"].to_pylist() == [n for n in names for _ in range(3)]


def test_given_a_table_that_is_not_known_when_assembled_then_it_comes_last() -> None:
    parts = {"zoo": pa.table({"x": [1]}), "samples": _samples([0])}
    assert list(batches.assemble([_record(parts)], 1)) == ["samples", "zoo", "sample_windows"]


def test_given_more_rows_than_one_insert_takes_when_planned_then_they_are_cut() -> None:
    plan = batches.plan({"logs": _samples([0] * 25)}, 10, 10**9, False)
    assert plan.chunks == (Chunk("logs", 10), Chunk("logs", 10), Chunk("logs", 5))


def test_given_samples_when_planned_then_four_count_as_one_row() -> None:
    plan = batches.plan({"samples": _samples([0] * 25), "logs": _samples([0] * 7)}, 5, 10**9, False)
    assert plan.chunks == (Chunk("samples", 20), Chunk("samples", 5), Chunk("logs", 5), Chunk("logs", 2))


def test_given_large_rows_when_planned_then_inserts_are_bounded_in_bytes() -> None:
    table = pa.table({"time": pa.array([NOW] * 8).view(TIME), "text": ["x" * 1000] * 8})
    assert [c.rows for c in batches.plan({"t": table}, 100, 2200, False).chunks] == [2, 2, 2, 2]


def test_given_a_month_of_event_time_when_planned_then_no_insert_has_more_than_eight_days() -> None:
    days = [d % 30 for d in range(0, 900, 7)]
    plan = batches.plan({"samples": _samples(days)}, 10**6, 10**9, False)
    start = 0
    for chunk in plan.chunks:
        found = plan.tables["samples"].slice(start, chunk.rows)["time"].cast(pa.int64()).to_numpy() // DAY
        assert found.max() - found.min() < batches.DAYS_MAX
        start += chunk.rows
    assert len(plan.chunks) == 4


def test_given_two_days_when_planned_then_only_backfill_is_put_in_day_order() -> None:
    table = _samples([1, 0, 1, 0])
    assert batches.plan({"samples": table}, 100, 10**9, False).tables["samples"].equals(table)
    ordered = batches.plan({"samples": table}, 100, 10**9, True)
    assert ordered.tables["samples"]["value"].to_pylist() == [1, 3, 0, 2]
    assert ordered.by_day == {"samples"}


@given(st.lists(st.integers(-20, 20), min_size=1, max_size=60), st.integers(1, 20), st.booleans())
@settings(max_examples=100, deadline=None)
def test_given_any_rows_when_replanned_from_the_commit_record_then_every_insert_is_the_same(
    days: list[int], rows_max: int, day_sorted: bool
) -> None:
    tables = {"samples": _samples(days)}
    plan = batches.plan(tables, rows_max, 10**9, day_sorted)
    assert sum(c.rows for c in plan.chunks) == len(days)
    assert all(c.rows <= rows_max * SAMPLES_PER_ROW for c in plan.chunks)
    again = batches.replan(tables, _recorded(plan))
    assert again is not None
    assert again.chunks == plan.chunks
    assert again.tables["samples"].equals(plan.tables["samples"])


def test_given_an_assembled_batch_when_planned_then_every_row_of_every_table_is_in_an_insert() -> None:
    parts = rows.batch(0, 100, NOW).tables | {"zoo": pa.table({"x": [1, 2]})}  # a table without any time
    tables = batches.assemble([_record(parts)], 7)
    plan = batches.plan(tables, 40, 10**9, False)
    counts = {name: sum(c.rows for c in plan.chunks if c.table == name) for name in tables}
    assert counts == {name: table.num_rows for name, table in tables.items()}
    again = batches.replan(tables, _recorded(plan))
    assert again is not None
    assert again.chunks == plan.chunks


def test_given_a_record_that_states_no_windows_of_samples_when_replanned_then_they_are_stored_too() -> None:
    tables = batches.assemble([_record(rows.batch(0, 100, NOW).tables)], 7)
    plan = batches.plan(tables, 40, 10**9, False)
    older = CommitRecord(7, "live", 0, 0, 0, tuple(c for c in plan.chunks if c.table != "sample_windows"), plan.by_day)
    again = batches.replan(tables, older)
    assert again is not None
    assert again.chunks == (*older.chunks, Chunk("sample_windows", tables["sample_windows"].num_rows))


@pytest.mark.parametrize("found", [[0] * 9, [0] * 11, []])
def test_given_other_rows_than_recorded_when_replanned_then_there_is_no_plan(found: list[int]) -> None:
    plan = batches.plan({"samples": _samples([0] * 10)}, 100, 10**9, False)
    assert batches.replan({"samples": _samples(found)} if found else {}, _recorded(plan)) is None
