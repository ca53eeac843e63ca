"""What only the embedded store has: readers that run out, a disk that fills, a directory that is no store."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from swarmscope.config import Config, load
from swarmscope.errors import OverloadError, StoreAwayError, SwarmscopeError
from swarmscope.store import embedded, migrate, open_store
from tests.support.rows import rows


def config(place: Path, **storage: object) -> Config:
    return load(environ={}, overrides={"storage": {"data_dir": str(place), **storage}})


def test_when_all_readers_are_busy_the_caller_is_told_to_retry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "READER_WAIT_S", 0.2)
    store = open_store(config(tmp_path, readers=1))
    begun = threading.Event()

    def slow() -> None:
        begun.set()
        store.query("SELECT sleepEachRow(1) FROM numbers(2)", {}, {"max_block_size": 1})

    thread = threading.Thread(target=slow)
    thread.start()
    begun.wait()
    try:
        with pytest.raises(OverloadError, match=r"storage\.readers"):
            for _ in range(50):
                store.query("SELECT 1")
    finally:
        thread.join()
    assert store.query("SELECT 1 AS one").to_pylist() == [{"one": 1}]
    store.close()
    store.close()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a priority is a whole process's")
def test_whoever_reads_comes_before_what_merges(tmp_path: Path) -> None:
    store = open_store(load(environ={}, overrides={"storage": {"data_dir": str(tmp_path)}}))
    try:
        migrate(store)
        store.insert("logs", rows("logs", 1), "t/1")
        threads = Path("/proc/self/task").iterdir()
        merging = [int(t.name) for t in threads if (t / "comm").read_text().strip() == embedded.MERGING]
        assert merging
        assert {os.getpriority(os.PRIO_PROCESS, t) for t in merging} == {embedded.MERGING_NICE}
    finally:
        store.close()


@pytest.mark.skipif(sys.platform != "linux", reason="no other system tells what is a process's own memory")
def test_given_work_that_is_done_when_asked_for_relief_then_its_memory_goes_back_and_no_statement_is_waited_for(
    tmp_path: Path,
) -> None:
    store = open_store(config(tmp_path))

    def own_bytes() -> int:
        facts = dict(line.split(":") for line in Path("/proc/self/status").read_text().splitlines())
        return int(facts["RssAnon"].split()[0]) << 10

    try:
        store.command("CREATE TABLE t (a String, b UInt64) ENGINE = MergeTree ORDER BY b")
        for seed in range(3):
            numbers = (
                "SELECT toString(cityHash64(number, {seed:UInt64})) || repeat('x', 40), rand64() FROM numbers(400000)"
            )
            store.command(f"INSERT INTO t {numbers}", {"seed": seed})
        store.command("OPTIMIZE TABLE t FINAL")
        changes, before = store.changes("t"), own_bytes()
        store.relieve()
        assert before - own_bytes() > 8 << 20
        assert store.changes("t") == changes, "what was read of it still holds"
        slow = threading.Thread(target=store.command, args=("SELECT sleep(2)",))
        slow.start()
        time.sleep(0.3)
        store.relieve()
        assert slow.is_alive()
        slow.join()
    finally:
        store.close()
    store.relieve()  # of a closed one nothing is left to give


def test_the_memory_cap_is_the_engines(tmp_path: Path) -> None:
    store = open_store(config(tmp_path, memory_max_bytes=700_000_000))
    answer = store.query("SELECT value FROM system.server_settings WHERE name = 'max_server_memory_usage'")
    assert answer["value"].to_pylist() == ["700000000"]
    store.close()


def test_given_a_store_that_a_program_has_open_when_another_opens_it_then_its_notes_and_settings_stay(
    tmp_path: Path,
) -> None:
    store = open_store(config(tmp_path))
    migrate(store)
    logs = next((tmp_path / "store" / "store").glob("*/*/deduplication_logs"))
    note = logs / "deduplication_log_1.txt"
    note.write_text("1\t20261129_1_1_0\t20261129_7\n")  # as between the note of an insert and the move of its rows
    settings = next(tmp_path.glob("*.engine.xml"))
    before = note.stat().st_ino, settings.read_text()
    with pytest.raises(StoreAwayError, match=f"in use by another process, {os.getpid()}"):
        open_store(config(tmp_path, memory_max_bytes=700_000_000))
    assert (note.stat().st_ino, settings.read_text()) == before
    store.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 MB."""
    if os.geteuid() != 0:
        pytest.skip("a small file system needs root to mount: run this test as root")
    place = tmp_path / "disk"
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(place)], capture_output=True, text=True
    )
    if done.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {done.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_refuses_inserts_and_loses_none_that_it_took(small_disk: Path) -> None:
    store = open_store(config(small_disk))
    migrate(store)
    ballast = small_disk / "ballast"
    taken = []
    sent = rows("logs", 2000)
    for number in range(12):
        if number == 3:
            ballast.write_bytes(os.urandom(1 << 20) * (_free(small_disk) // (1 << 20)))
        try:
            store.insert("logs", sent, f"full/{number}")
            taken.append(number)
        except SwarmscopeError as e:
            assert isinstance(e, StoreAwayError)
            assert e.retryable
    assert taken[:3] == [0, 1, 2]
    assert len(taken) < 12
    assert store.query("SELECT count() AS n FROM logs")["n"].to_pylist() == [2000 * len(taken)]
    ballast.unlink()
    for number in range(12):
        store.insert("logs", sent, f"full/{number}")
    assert store.query("SELECT count() AS n FROM logs")["n"].to_pylist() == [2000 * 12]
    store.close()


def _free(place: Path) -> int:
    state = os.statvfs(place)
    return state.f_bavail * state.f_frsize
