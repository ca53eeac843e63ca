"""The writer: every acknowledged row in the store exactly once, whatever happens in between.

The store here is in memory and as strict as the real one is meant to be used: a token that returns with other rows fails the
test, and what was not synced is gone after a power cut.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swarmscope import config, telemetry
from swarmscope.bench import rows
from swarmscope.errors import NotFoundError, StoreAwayError, StoreContentError
from swarmscope.journal import Journal
from swarmscope.model.batch import Batch
from swarmscope.store import writer as writer_module
from swarmscope.store.writer import Committed, Writer, wait_s

NOW = 1_790_000_000_000_000_000


class MemoryStore:
    """Rows by token. fault: called before each insert; may raise, or return a function that raises after it."""

    def __init__(self) -> None:
        self.inserts: list[tuple[str, str, pa.Table]] = []
        self.synced: list[tuple[str, str, pa.Table]] = []
        self.seen: dict[str, pa.Table] = {}
        self.fault: Callable[[str, pa.Table, str], Callable[[], None] | None] = lambda *_: None
        self.sync_fault: Callable[[], None] = lambda: None
        self.calls = 0

    def insert(self, table: str, rows: pa.Table, token: str) -> None:
        self.calls += 1
        after = self.fault(table, rows, token)
        assert rows.num_rows > 0
        assert self.seen.setdefault(token, rows).equals(rows), f"token {token} came back with other rows"
        if token not in {t for _, t, _ in self.inserts}:
            self.inserts.append((table, token, rows))
        if after is not None:
            after()

    def sync(self) -> None:
        self.sync_fault()
        self.synced = list(self.inserts)

    def of(self, *tables: str) -> list[tuple[str, str, pa.Table]]:
        """The inserts of these tables."""
        return [i for i in self.inserts if i[0] in tables]

    def lose_power(self) -> None:
        self.inserts = list(self.synced)

    def values(self, table: str = "samples") -> list[float]:
        column = {"samples": "value", "messages": "hash"}[table]
        return [v for name, _, found in self.inserts if name == table for v in found[column].to_pylist()]

    def query(self, sql: str, params: Mapping[str, object] = {}, settings: Mapping[str, object] = {}) -> pa.Table:
        raise AssertionError("the writer only inserts and syncs")

    def stream(self, sql: str, params: Mapping[str, object] = {}) -> Generator[pa.Table]:
        raise AssertionError("the writer only inserts and syncs")

    def changes(self, table: str) -> int | None:
        raise AssertionError("the writer only inserts and syncs")

    def touched(self, start_ms: int, end_ms: int) -> int | None:
        raise AssertionError("the writer only inserts and syncs")

    def command(self, sql: str, params: Mapping[str, object] = {}, settings: Mapping[str, object] = {}) -> None:
        raise AssertionError("the writer only inserts and syncs")

    def close(self) -> None:
        pass


class Bench:
    """Journal, store and writer of one test; `life()` starts them anew over the same files."""

    def __init__(self, directory: Path, **options: Any) -> None:
        self.directory = directory
        quick = {"insert_wait_s": 0.01, "sync_wait_s": 0.0, "group_wait_ms": 0.0, "insert_max_rows": 40}
        self.options = config.Journal(**{**quick, **options})
        self.store = MemoryStore()
        self.committed: list[Committed] = []
        self.on_commit: Callable[[Committed], None] = self.committed.append
        self.journal = Journal(directory / "journal", self.options)
        self.writer = self._writer()

    def _writer(self) -> Writer:
        return Writer(self.journal, self.store, self.options, "test", lambda c: self.on_commit(c))

    def send(self, first: int, count: int = 10, lane: str = "live", tables: tuple[str, ...] = ("samples",)) -> None:
        self.submit(rows.batch(first, count, NOW, lane, tables))

    def submit(self, batch: Batch) -> None:
        self.journal.submit(batch).result(10)

    def drained(self) -> None:
        assert self.writer.drain(20), self.writer.status()

    def life(self) -> None:
        """A new process: the old one is gone without a word."""
        self.writer.stop(drain=False)
        self.journal.close()
        self.journal = Journal(self.directory / "journal", self.options)
        self.writer = self._writer()

    def close(self) -> None:
        self.writer.stop(drain=False)
        self.journal.close()


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    _quick(monkeypatch)
    made = Bench(tmp_path)
    yield made
    made.close()


def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "_BACKOFF_S", 0.005)
    monkeypatch.setattr(writer_module, "_BACKOFF_MAX_S", 0.02)
    monkeypatch.setattr(writer_module, "_IDLE_S", 0.01)


def _away(*_: object) -> None:
    raise StoreAwayError("nobody answers")


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_given_acknowledged_batches_when_drained_then_rows_are_stored_published_and_trimmed(bench: Bench) -> None:
    bench.writer.start()
    for i in range(30):
        bench.send(i * 10, tables=("samples", "messages"))
    bench.drained()
    assert bench.store.values() == list(range(300))
    assert bench.store.synced == bench.store.inserts
    assert bench.journal.pending() == []
    assert [v for c in bench.committed for v in c.tables["samples"]["value"].to_pylist()] == list(range(300))
    assert all(set(t["batch_id"].to_pylist()) == {c.batch_id} for c in bench.committed for t in c.tables.values())
    assert bench.writer.status().lag_rows == bench.writer.status().unsynced_batches == 0
    assert bench.writer.status().rows == sum(found.num_rows for _, _, found in bench.store.inserts)


def test_given_many_small_records_when_the_writer_is_late_then_they_become_few_inserts(bench: Bench) -> None:
    for i in range(50):
        bench.send(i * 10, tables=("samples", "messages"))
    bench.writer.start()
    bench.drained()
    order = [table for table, _, _ in bench.store.inserts]
    assert order == ["messages", "samples", "sample_windows"] * (len(order) // 3)
    assert len(order) < 30
    assert [token.split("/")[0::2] for _, token, _ in bench.store.inserts[:2]] == [
        ["test", "messages", "0"],
        ["test", "samples", "0"],
    ]


def test_given_the_store_is_away_when_it_returns_then_the_same_tokens_are_repeated_and_nothing_is_missing(
    bench: Bench,
) -> None:
    bench.store.fault = _away
    bench.writer.start()
    for i in range(10):
        bench.send(i * 10)
    _until(lambda: bench.store.calls > 3)
    status = bench.writer.status()
    assert status.away_since_ns > 0
    assert telemetry.REGISTRY.get_sample_value("swarmscope_store_lag_rows") == bench.writer.status().lag_rows > 0
    assert "nobody answers" in status.failure
    assert status.lag_rows == 100
    assert status.lag_s > 0
    bench.store.fault = lambda *_: None
    bench.drained()
    assert bench.store.values() == list(range(100))
    assert (bench.writer.status().away_since_ns, bench.writer.status().failure) == (0, "")


def test_given_an_insert_that_arrives_but_its_answer_is_lost_when_repeated_then_rows_are_there_once(
    bench: Bench,
) -> None:
    answers = iter([_away, None, _away, _away, None])
    bench.store.fault = lambda *_: next(answers, None)
    bench.writer.start()
    for i in range(20):
        bench.send(i * 10)
    bench.drained()
    assert bench.store.values() == list(range(200))


def test_given_rows_that_the_store_refuses_when_stored_then_only_they_are_set_aside(bench: Bench) -> None:
    bad = {13.0, 14.0, 77.0}
    bench.store.fault = _refusing(bad)
    bench.writer.start()
    for i in range(10):
        bench.send(i * 10, tables=("samples", "messages"))
    bench.drained()
    assert sorted(bench.store.values()) == [v for v in range(100) if v not in bad]
    assert len(bench.store.values("messages")) == 30
    letters = bench.writer.dead_letters()
    assert sum(letter.rows for letter in letters) == 3
    assert {letter.table for letter in letters} == {"samples"}
    assert all("refused" in letter.reason for letter in letters)
    assert bench.writer.status().dead_letters == len(letters)
    published = [
        v for c in bench.committed for t in [c.tables.get("samples")] if t is not None for v in t["value"].to_pylist()
    ]
    assert sorted(published) == sorted(bench.store.values())


def _refusing(bad: set[float]) -> Callable[[str, pa.Table, str], None]:
    def fault(table: str, found: pa.Table, _token: str) -> None:
        if table == "samples" and bad & set(found["value"].to_pylist()):
            raise StoreContentError("refused")

    return fault


def test_given_a_table_of_which_everything_is_refused_when_stored_then_tries_are_bounded_and_others_go_on(
    bench: Bench,
) -> None:
    bench.store.fault = _refusing(set(map(float, range(100))))
    bench.send(0, 100, tables=("samples", "messages"))
    bench.send(100, 10)
    bench.writer.start()
    bench.drained()
    assert bench.store.values() == list(range(100, 110))
    assert sum(letter.rows for letter in bench.writer.dead_letters()) == 100
    assert bench.store.calls < 250


def test_given_dead_letters_when_driven_again_then_stored_once_the_cause_is_gone(bench: Bench) -> None:
    bench.store.fault = _refusing({3.0})
    bench.writer.start()
    bench.send(0)
    bench.drained()
    (letter,) = bench.writer.dead_letters()
    with pytest.raises(StoreContentError):
        bench.writer.redrive(letter.name).result(20)
    assert bench.writer.dead_letters() == [letter]
    bench.store.fault = lambda *_: None
    told = len(bench.store.of("sample_windows"))
    seen = len(bench.committed)
    assert bench.writer.redrive(letter.name).result(20) == 1
    assert [(c.lane, {name: len(rows) for name, rows in c.tables.items()}) for c in bench.committed[seen:]] == [
        ("backfill", {"samples": 1})  # who follows what is stored hears of it, and no detector judges it as news
    ]
    assert len(bench.store.of("sample_windows")) == told + 1  # its five minutes are rolled up again
    assert bench.writer.dead_letters() == []
    assert sorted(bench.store.values()) == list(range(10))
    with pytest.raises(NotFoundError):
        bench.writer.redrive(letter.name).result(20)


def test_given_a_dead_letter_when_dropped_then_its_rows_are_gone(bench: Bench) -> None:
    bench.store.fault = _refusing({3.0})
    bench.writer.start()
    bench.send(0)
    bench.drained()
    (letter,) = bench.writer.dead_letters()
    assert bench.writer.dead_rows(letter.name)[1].num_rows == 1
    assert bench.writer.drop(letter.name).result(20) == 1
    assert bench.writer.dead_letters() == []
    with pytest.raises(NotFoundError):
        bench.writer.drop(letter.name).result(20)


def test_given_a_store_that_is_away_when_a_redrive_is_cancelled_then_it_never_happens(bench: Bench) -> None:
    bench.store.fault = _refusing({3.0})
    bench.send(0)
    waiting = bench.writer.redrive("any")
    assert waiting.cancel()
    bench.writer.start()
    bench.drained()
    assert waiting.cancelled()


def test_given_a_stopped_writer_when_a_dead_letter_is_driven_again_then_the_answer_says_so(bench: Bench) -> None:
    bench.writer.start()
    bench.writer.stop(drain=False)
    with pytest.raises(StoreAwayError, match="has stopped"):
        bench.writer.redrive("any").result(1)


def test_given_a_crash_while_narrowing_down_when_replayed_then_halves_keep_their_tokens(bench: Bench) -> None:
    refusing = _refusing({37.0})
    left = 9

    def fault(table: str, found: pa.Table, token: str) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            _away()
        refusing(table, found, token)

    bench.store.fault = fault
    for i in range(10):
        bench.send(i * 10)
    bench.writer.start()
    _until(lambda: left < -2)
    bench.life()
    bench.store.fault = refusing
    bench.writer.start()
    bench.drained()
    assert sorted(bench.store.values()) == [v for v in range(100) if v != 37]
    assert [letter.rows for letter in bench.writer.dead_letters()] == [1]


def test_given_an_error_of_another_kind_when_storing_then_it_is_shown_and_the_batch_is_done_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "_UNKNOWN_PAUSE_S", 0.01)
    errors = iter([ValueError("what is this"), KeyError("or that")])

    def fault(*_: object) -> None:
        for error in errors:
            raise error

    bench.store.fault = fault
    bench.writer.start()
    bench.send(0)
    bench.send(10)
    bench.drained()
    assert bench.store.values() == list(range(20))


def test_given_a_sync_that_fails_when_it_works_again_then_records_stay_until_then(bench: Bench) -> None:
    failing = threading.Event()
    failing.set()
    tried = []

    def sync() -> None:
        tried.append(1)
        if failing.is_set():
            _away()

    bench.store.sync_fault = sync
    bench.writer.start()
    bench.send(0)
    _until(lambda: len(tried) > 2)
    assert len(bench.journal.pending()) == 1
    failing.clear()
    bench.drained()
    assert bench.journal.pending() == []


def test_given_more_unsynced_batches_than_allowed_when_sync_hangs_then_inserting_waits(bench: Bench) -> None:
    go = threading.Event()
    bench.store.sync_fault = lambda: (go.wait(20), None)[1]
    for i in range(60):
        bench.send(i * 100, 100)
    bench.writer.start()
    _until(lambda: bench.writer.status().unsynced_batches > writer_module.UNSYNCED_MAX)
    time.sleep(0.1)
    assert len(bench.store.of("samples")) <= 2 * writer_module.UNSYNCED_MAX + 1
    go.set()
    bench.drained()
    assert bench.store.values() == list(range(6000))


def test_given_both_lanes_when_busy_then_live_goes_first_and_backfill_is_not_starved(bench: Bench) -> None:
    for i in range(20):
        bench.send(i * 100, 100)
    for i in range(3):
        bench.send(10_000 + i * 100, 100, "backfill")
    bench.writer.start()
    bench.drained()
    lanes = [c.lane for c in bench.committed]
    assert lanes[: lanes.index("backfill")] == ["live"] * writer_module._LIVE_TURNS
    assert sorted(bench.store.values()) == [*range(2000), *range(10_000, 10_300)]


def test_given_a_listener_that_fails_when_batches_are_committed_then_storing_goes_on(bench: Bench) -> None:
    def fail(_: Committed) -> None:
        raise RuntimeError("not my day")

    bench.on_commit = fail
    bench.writer.start()
    bench.send(0)
    bench.drained()
    assert bench.store.values() == list(range(10))


def test_given_records_of_two_configurations_when_stored_then_no_batch_mixes_them(bench: Bench) -> None:
    for i in range(6):
        made = rows.batch(i * 10, 10, NOW, tables=("samples",))
        bench.submit(Batch(made.tables, epoch=i // 2))
    bench.writer.start()
    bench.drained()
    assert [found.num_rows for _, _, found in bench.store.of("samples")] == [20, 20, 20]


def test_given_an_event_time_of_a_month_when_stored_then_each_insert_has_at_most_eight_days(bench: Bench) -> None:
    table = rows.numbered("samples", np.arange(90, dtype=np.int64), NOW)
    days = pa.array(np.arange(90) % 30 * 86_400 * 10**9 + NOW).cast(table.schema.field("time").type)
    bench.submit(
        Batch({"samples": table.set_column(table.schema.get_field_index("time"), table.schema.field("time"), days)})
    )
    bench.writer.start()
    bench.drained()
    spans = [found["time"].cast(pa.int64()).to_numpy() for _, _, found in bench.store.of("samples")]
    assert all(int(t.max() - t.min()) < 8 * 86_400 * 10**9 for t in spans)
    assert sorted(bench.store.values()) == list(range(90))


def test_given_a_recorded_batch_that_lost_records_when_replayed_then_the_rest_is_set_aside_not_doubled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _quick(monkeypatch)
    bench = Bench(tmp_path, quarantine=True, cache_max_bytes=0)
    bench.store.fault = _away
    for i in range(3):
        bench.send(i * 10)
    bench.writer.start()
    _until(lambda: bench.store.calls > 0)
    bench.writer.stop(drain=False)
    bench.journal.close()
    (segment,) = (tmp_path / "journal" / "live").glob("*.seg")
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 1
    segment.write_bytes(data)
    bench.store.fault = lambda *_: None
    bench.journal = Journal(tmp_path / "journal", bench.options)
    bench.writer = bench._writer()
    bench.writer.start()
    bench.drained()
    assert bench.store.values() == []
    (letter,) = bench.writer.dead_letters()
    assert letter.rows == 20
    assert "may already be in the store" in letter.reason
    bench.close()


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_given_any_crashes_and_power_cuts_when_all_is_over_then_every_acknowledged_row_is_there_once(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """The store fails at a random call of each life, before or after it took the rows; sometimes the power goes too.

    Nothing is drawn while a writer runs: it rolls dice for its pauses, and Hypothesis would take them for those of a strategy.
    """
    rows_max = data.draw(st.sampled_from([5, 30, 100]))
    made = Bench(tmp_path_factory.mktemp("life"), insert_max_rows=rows_max)
    with pytest.MonkeyPatch.context() as monkeypatch, contextlib.closing(made) as bench:
        _quick(monkeypatch)
        sent = 0
        for _ in range(data.draw(st.integers(1, 3))):
            fails_at = data.draw(st.integers(0, 12))
            late = data.draw(st.booleans())
            calls = 0

            def fault(*_: object, at: int = fails_at, late: bool = late) -> Callable[[], None] | None:
                nonlocal calls
                calls += 1
                if calls <= at:
                    return None
                if late and calls == at + 1:
                    return lambda: _away()
                return _away()  # type: ignore[func-returns-value] # it raises

            bench.store.fault = fault
            for _ in range(data.draw(st.integers(1, 6))):
                count = data.draw(st.integers(1, 40))
                bench.send(sent, count, data.draw(st.sampled_from(["live", "live", "backfill"])))
                sent += count
            pause_s = data.draw(st.sampled_from([0.0, 0.02, 0.05]))
            bench.writer.start()
            time.sleep(pause_s)
            bench.life()
            if data.draw(st.booleans()):
                bench.store.lose_power()
        bench.store.fault = lambda *_: None
        bench.writer.start()
        bench.drained()
        assert sorted(bench.store.values()) == list(range(sent))


@pytest.mark.parametrize(
    ("usual", "waited", "since", "took", "wait"),
    [
        (1.0, 0.0, 60.0, 0.1, 0.2),  # the first after a silence: its company comes along
        (1.0, 0.3, 60.0, 0.1, -0.1),
        (1.0, 0.5, 0.6, 0.1, 0.7),  # later than the usual time after the batch before: it was quick
        (1.0, 0.5, 0.6, 0.3, 0.5),  # less when storing takes longer, for rows must be visible in time
        (1.0, 0.5, 0.6, 3.0, 0.4),  # never less than the usual
        (1.0, 1.5, 1.4, 0.1, -0.2),  # a record never waits longer than a batch
        (5.0, 0.0, 1.0, 0.1, 4.0),  # who sets a long wait gets it
        (0.01, 0.0, 60.0, 0.0, 0.01),
        (1.0, -50.0, 60.0, 0.1, 0.2),  # the clock was set back
    ],
)
def test_a_batch_waits_for_company_only_as_long_as_its_rows_may_stay_unseen(
    usual: float, waited: float, since: float, took: float, wait: float
) -> None:
    assert wait_s(usual, waited, since, took) == pytest.approx(wait)
    assert wait_s(usual, 0.0, 0.0, took) + took <= max(1.4, usual + took) + 1e-9
