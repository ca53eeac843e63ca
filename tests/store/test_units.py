"""Small parts of the store that need no engine: values as text, error numbers, addresses, windows of a job."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmscope.config import load
from swarmscope.errors import (
    ConfigError,
    OverloadError,
    QueryError,
    SchemaError,
    StoreAwayError,
    StoreContentError,
    SwarmscopeError,
)
from swarmscope.store import binding, open_store
from swarmscope.store.client import refuse_change
from swarmscope.store.failures import code_of, insert_error, query_error
from swarmscope.store.state import Progress, Touched, Windowed


@given(st.text())
def test_quoted_text_has_no_bare_quote(text: str) -> None:
    inner = binding.quote(text)[1:-1]
    bare = inner.replace("\\\\", "").replace("\\'", "")
    assert "'" not in bare
    assert not bare.endswith("\\")


def test_settings_are_checked_and_written() -> None:
    assert binding.setting("max_threads", 2) == "max_threads = '2'"
    assert binding.setting("a", True) == "a = '1'"
    assert binding.setting_text({"t": "x = 'y'"}) == "{'t':'x = \\'y\\''}"
    with pytest.raises(QueryError, match="setting name"):
        binding.setting("a = 1; --", 1)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (27, StoreContentError),
        (53, StoreContentError),
        (349, StoreContentError),
        (60, SchemaError),
        (16, SchemaError),
        (243, StoreAwayError),
        (252, StoreAwayError),
        (241, StoreAwayError),
        (999, StoreAwayError),
        (424242, StoreAwayError),
    ],
)
def test_only_what_is_surely_the_rows_fault_is_given_up(code: int, kind: type[SwarmscopeError]) -> None:
    error = insert_error("spans", f"Code: {code}. DB::Exception: Something. (version 26.1)")
    assert type(error) is kind
    assert "spans" in str(error)
    assert "version" not in str(error)
    assert error.retryable == (kind is StoreAwayError)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Code: 159. DB::Exception: Timeout exceeded", QueryError),
        ("Code: 241. DB::Exception: Query memory limit exceeded", QueryError),
        ("Code: 241. DB::Exception: (total) memory limit exceeded", OverloadError),
        ("Code: 202. DB::Exception: Too many simultaneous queries", OverloadError),
        ("Code: 210. DB::Exception: Connection reset", StoreAwayError),
        ("Code: 62. DB::Exception: Syntax error", QueryError),
        ("Code: 394. DB::Exception: Query was cancelled", QueryError),
        ("gone", StoreAwayError),
    ],
)
def test_errors_of_queries_say_whose_fault_it_is(text: str, kind: type[SwarmscopeError]) -> None:
    assert type(query_error(text)) is kind


def test_numbers_of_errors() -> None:
    assert code_of("x Code: 62. DB") == 62
    assert code_of("no number") == 0
    assert len(str(query_error("Code: 62. " + "y" * 5000))) < 700


@pytest.mark.parametrize(
    "sql", ["SELECT 1", " (select 1)", "-- a\nWITH 1 AS x SELECT x", "/* ; */ EXPLAIN SELECT 1", "show tables"]
)
def test_reading_statements_pass(sql: str) -> None:
    refuse_change(sql)


@pytest.mark.parametrize(
    "sql", ["SYSTEM STOP MERGES", "KILL QUERY WHERE 1", "SET a = 1", "/* SELECT */ DROP TABLE x", "", "--"]
)
def test_other_statements_do_not(sql: str) -> None:
    with pytest.raises(QueryError, match="only SELECT"):
        refuse_change(sql)


@pytest.mark.parametrize(
    ("url", "match"),
    [("/just/a/path", "no scheme"), ("mysql://x/y", "mysql"), ("http:///db", "no host")],
)
def test_addresses_that_are_no_store(url: str, match: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=match):
        open_store(load(environ={}, overrides={"storage": {"data_dir": str(tmp_path), "url": url}}))


class Memory:
    """A JobState in memory."""

    def __init__(self) -> None:
        self.progress = Progress()

    def read(self) -> Progress:
        return Progress(self.progress.batch, self.progress.rows, list(self.progress.dirty))

    def write(self, progress: Progress) -> None:
        self.progress = Progress(progress.batch, progress.rows, list(progress.dirty))


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(-300, 400)), max_size=30), st.integers(1, 5))
def test_every_dirty_window_is_worked_on_once_closed(steps: list[tuple[int, int]], at_once: int) -> None:
    """Given rows in random windows at random moments, when the job runs after each, it has seen every row in the end."""
    memory: Any = Memory()
    rows: list[tuple[int, int]] = []  # (batch, window)
    worked: dict[int, int] = {}  # window → batches there were when it was last worked on
    clock = [1000.0]

    def touched(batch: int) -> Touched:
        newest = max((b for b, _ in rows), default=0)
        return Touched(newest, sum(b == newest for b, _ in rows), sorted({w for b, w in rows if b >= batch}))

    def work(windows: Any) -> None:
        assert len(windows) <= at_once
        for window in windows:
            assert window + 60 + 10 <= clock[0]
            worked[window] = len(rows)

    job = Windowed(memory, touched, work, 60, 10, at_once=at_once, now=lambda: clock[0])
    for gap, offset in steps:
        clock[0] += gap * 30
        rows.append((len(rows) // 2 + 1, int(clock[0] + offset) // 60 * 60))  # two inserts make a batch
        job.run()
    clock[0] += 10_000
    job.run()
    last = {window: number for number, (_, window) in enumerate(rows, 1)}
    assert {w: worked[w] >= b for w, b in last.items()} == dict.fromkeys(last, True)
    assert memory.progress.dirty == []


def test_a_job_that_fails_keeps_its_windows_dirty() -> None:
    memory: Any = Memory()

    def broken(_: Any) -> None:
        raise QueryError("no")

    job = Windowed(memory, lambda _: Touched(1, 1, [0, 60]), broken, 60, 0, now=lambda: 1e6)
    with pytest.raises(QueryError):
        job.run()
    assert memory.progress.dirty == [0, 60]
    done: list[int] = []
    Windowed(memory, lambda _: Touched(1, 1, []), done.extend, 60, 0, now=lambda: 1e6).run()
    assert done == [0, 60]
