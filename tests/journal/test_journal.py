"""The journal: what it acknowledges survives, what it cannot take it refuses."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import structlog
import structlog.testing

from swarmscope.bench import rows
from swarmscope.errors import JournalError, LimitError, OverloadError
from swarmscope.journal import Journal, files, record
from swarmscope.journal import journal as journal_module
from swarmscope.model.batch import Batch
from swarmscope.model.journal import Chunk, CommitRecord, Record

Open = Callable[..., Journal]
Make = Callable[..., Batch]


def _values(records: list[Record]) -> list[float]:
    return [v for r in records for v in r.load()["samples"]["value"].to_pylist()]


def _all(journal: Journal, lane: str = "live", start: int | None = None) -> list[Record]:
    found: list[Record] = []
    at = journal.position(lane) if start is None else start
    while some := journal.read(lane, at, 10**9, 10**12):
        found += some
        at = some[-1].offset + 1
    return found


def _commit(journal: Journal, records: list[Record]) -> int:
    batch_id = journal.next_batch_id()
    rows = sum(sum(r.rows.values()) for r in records)
    first, last = records[0].offset, records[-1].offset
    record = CommitRecord(batch_id, records[0].partition, first, last, records[0].epoch, (Chunk("samples", rows),))
    journal.commit(record, records)
    return batch_id


def test_given_acknowledged_batches_when_opened_again_then_they_are_there_in_order(
    open_journal: Open, make_batch: Make
) -> None:
    journal = open_journal()
    futures = [journal.submit(make_batch(i * 10)) for i in range(30)]
    for future in futures:
        future.result(10)
    assert _values(_all(journal)) == list(range(300))
    journal.close()
    again = open_journal()
    assert _values(_all(again)) == list(range(300))
    assert again.backlog("live").rows == 300


def test_given_a_small_cache_when_read_then_disk_and_memory_join_without_a_gap(
    open_journal: Open, make_batch: Make
) -> None:
    journal = open_journal(cache_max_bytes=5_000, segment_bytes=4_000)
    for i in range(50):
        journal.submit(make_batch(i * 10)).result(10)
    assert _values(_all(journal)) == list(range(500))
    assert _values(journal.read("live", 23, 9, 10**9)) == list(range(230, 260))


def test_given_limits_when_read_then_at_least_one_record_and_no_more_than_fits(
    open_journal: Open, make_batch: Make
) -> None:
    journal = open_journal()
    for i in range(5):
        journal.submit(make_batch(i * 10, epoch=0 if i < 4 else 1)).result(10)
    assert len(journal.read("live", 0, 1, 1)) == 1
    assert len(journal.read("live", 0, 8, 10**9)) == 2
    assert [r.epoch for r in journal.read("live", 0, 10**9, 10**9)] == [0, 0, 0, 0]
    assert journal.read("live", 5, 1, 1) == []


def test_given_samples_when_counted_then_four_are_one_row(open_journal: Open, make_batch: Make) -> None:
    journal = open_journal()
    for i in range(5):
        journal.submit(make_batch(i * 10)).result(10)
    journal.submit(rows.batch(50, 10, time.time_ns(), tables=("logs",))).result(10)
    assert (journal.backlog("live").rows, journal.backlog("live").weight) == (60, 5 * 3 + 10)
    assert len(journal.read("live", 0, 10, 10**9)) == 3
    journal.close()
    again = open_journal()
    assert again.backlog("live").weight == 25
    _commit(again, again.read("live", 0, 15, 10**9))
    assert again.backlog("live").weight == 10


def test_given_two_lanes_when_submitted_then_each_keeps_its_own(open_journal: Open, make_batch: Make) -> None:
    journal = open_journal()
    journal.submit(make_batch(0, lane="live")).result(10)
    journal.submit(make_batch(100, lane="backfill")).result(10)
    assert _values(_all(journal, "live")) == list(range(10))
    assert _values(_all(journal, "backfill")) == list(range(100, 110))


def test_given_an_empty_batch_when_submitted_then_it_is_done_at_once(open_journal: Open) -> None:
    journal = open_journal()
    assert journal.submit(Batch()).result(0) is None
    assert journal.backlog("live").rows == 0


def test_given_many_threads_when_submitting_then_everything_is_there_once(open_journal: Open, make_batch: Make) -> None:
    journal = open_journal()

    def send(sender: int) -> None:
        for i in range(20):
            journal.submit(make_batch(sender * 1000 + i * 10)).result(10)

    threads = [threading.Thread(target=send, args=(s,)) for s in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(_values(_all(journal))) == [s * 1000 + i for s in range(4) for i in range(200)]


def test_given_a_cancelled_future_when_written_then_the_journal_goes_on(open_journal: Open, make_batch: Make) -> None:
    journal = open_journal()
    future = journal.submit(make_batch(0))
    assert not future.cancel()
    journal.submit(make_batch(10)).result(10)
    assert _values(_all(journal)) == list(range(20))


def test_given_batches_done_when_trimmed_then_segments_go_and_offsets_go_on(
    open_journal: Open, make_batch: Make, tmp_path: Path
) -> None:
    journal = open_journal(segment_bytes=2_000)
    for i in range(20):
        journal.submit(make_batch(i * 10)).result(10)
    before = len(list((tmp_path / "journal" / "live").glob("*.seg")))
    batch_id = _commit(journal, _all(journal))
    assert journal.backlog("live").rows == 0
    assert [r.batch_id for r in journal.pending()] == [batch_id]
    journal.done([batch_id])
    assert before > 2
    assert len(list((tmp_path / "journal" / "live").glob("*.seg"))) == 1
    journal.close()
    again = open_journal()
    assert again.pending() == []
    again.submit(make_batch(1000)).result(10)
    assert [r.offset for r in _all(again)] == [20]
    assert again.next_batch_id() > batch_id


def test_given_a_recorded_batch_when_opened_again_then_it_is_pending_with_its_verdicts(
    open_journal: Open, make_batch: Make
) -> None:
    journal = open_journal()
    for i in range(4):
        journal.submit(make_batch(i * 10)).result(10)
    batch_id = _commit(journal, journal.read("live", 0, 6, 10**9))
    journal.split(batch_id, "a")
    journal.bury(batch_id, "a.0", "samples", make_batch(0).tables["samples"], "no good")
    journal.close()
    again = open_journal()
    assert [(r.batch_id, r.first, r.last, r.chunks) for r in again.pending()] == [
        (batch_id, 0, 1, (Chunk("samples", 20),))
    ]
    assert (again.verdicts(batch_id).split, again.verdicts(batch_id).dead) == ({"a"}, {"a.0"})
    assert again.position("live") == 2
    assert again.backlog("live").rows == 20
    assert _values(again.read("live", 0, 6, 10**9)) == list(range(20))


def test_given_a_dead_letter_when_exhumed_then_its_rows_are_there_until_forgotten(
    open_journal: Open, make_batch: Make
) -> None:
    journal = open_journal()
    journal.submit(make_batch(0)).result(10)
    batch_id = _commit(journal, _all(journal))
    rows = make_batch(0).tables["samples"]
    journal.bury(batch_id, "t", "samples", rows, "no good")
    journal.bury(batch_id, "t", "samples", rows, "no good")
    (letter,) = journal.dead_letters()
    assert (letter.table, letter.rows, letter.reason) == ("samples", 10, "no good")
    assert journal.exhume(letter.name)[1].equals(rows)
    journal.close()
    again = open_journal()
    assert again.dead_letters() == [letter]
    again.forget(letter.name)
    assert again.dead_letters() == []


def test_given_a_full_journal_when_submitting_then_retry_later_until_room_is_made(
    open_journal: Open, make_batch: Make
) -> None:
    journal = open_journal(max_bytes=1_000_000, retry_after_s=3.5)
    taken = 0
    with pytest.raises(OverloadError, match="holds") as refused:
        for i in range(10_000):
            journal.submit(make_batch(i * 1000, 1000)).result(10)
            taken += 1
    assert refused.value.retry_after_s == 3.5
    assert taken > 3
    assert len(_values(_all(journal))) == taken * 1000
    assert journal.status().full.endswith("of 1000000 bytes") and not journal.status().failure
    journal.done([_commit(journal, _all(journal))])
    assert journal.status().full == ""  # at once, not only when somebody sends again
    journal.submit(make_batch(0, 1000)).result(10)


def test_given_a_full_journal_when_many_are_refused_then_the_log_tells_it_once(
    open_journal: Open, make_batch: Make
) -> None:
    journal = open_journal(max_bytes=1_000_000)
    refused = 0
    with structlog.testing.capture_logs() as lines:
        for i in range(10_000):
            try:
                journal.submit(make_batch(i * 1000, 1000)).result(10)
            except OverloadError:
                refused += 1
                if refused == 50:
                    break
    assert refused == 50
    assert [(e["event"], e["reason"]) for e in lines if e["event"] == "senders_told_to_retry"] == [
        ("senders_told_to_retry", "full")
    ]


def test_given_a_batch_larger_than_the_journal_takes_when_submitted_then_it_is_refused_for_good(
    open_journal: Open, make_batch: Make
) -> None:
    journal = open_journal(max_bytes=100_000)
    with pytest.raises(LimitError, match="send smaller requests"):
        journal.submit(make_batch(0, 5000))


def test_given_a_long_queue_when_submitting_then_retry_later(
    open_journal: Open, make_batch: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = open_journal(queue_max_bytes=60_000)
    gate = threading.Event()
    write = files.write_all
    monkeypatch.setattr(files, "write_all", lambda fd, buffers: (gate.wait(10), write(fd, buffers))[1])
    futures = []
    with pytest.raises(OverloadError, match="wait for the disk"):
        for i in range(1000):
            futures += [journal.submit(make_batch(i * 100, 100))]
    gate.set()
    for future in futures:
        future.result(10)
    assert len(_values(_all(journal))) == len(futures) * 100


def _no_space(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("place", ["write", "sync"])
def test_given_a_full_disk_when_submitting_then_retry_later_and_recovery_by_itself(
    open_journal: Open, make_batch: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str
) -> None:
    journal = open_journal(retry_after_s=0.05)
    journal.submit(make_batch(0)).result(10)
    write = files.write_all
    if place == "write":
        monkeypatch.setattr(files, "write_all", lambda fd, buffers: (write(fd, [bytes(buffers[0])[:20]]), _no_space()))
    else:
        monkeypatch.setattr(os, "fdatasync", _no_space)
    with pytest.raises(OverloadError, match="No space left"):
        journal.submit(make_batch(10)).result(10)
    assert "No space" in journal.status().failure
    with pytest.raises(OverloadError, match="No space left"):
        journal.submit(make_batch(10))
    monkeypatch.undo()
    time.sleep(0.06)
    journal.submit(make_batch(20)).result(10)
    assert journal.status().failure == ""
    expected = [*range(10), *range(20, 30)]
    assert _values(_all(journal)) == expected
    journal.close()
    again = open_journal()
    assert (_values(_all(again)), again.status().cut_bytes) == (expected, 0)


def test_given_a_limit_on_file_size_when_a_real_write_fails_midway_then_the_tail_is_removed(tmp_path: Path) -> None:
    program = """
import resource, sys, pathlib
from swarmscope import config
from swarmscope.bench import rows
from swarmscope.errors import OverloadError
from swarmscope.journal import Journal
journal = Journal(pathlib.Path(sys.argv[1]), config.Journal(retry_after_s=0.0))
now = 1_790_000_000_000_000_000
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
journal.submit(rows.batch(0, 100, now)).result(10)
resource.setrlimit(resource.RLIMIT_FSIZE, (8192, hard))
refused = 0
for i in range(3):
    try:
        journal.submit(rows.batch(0, 500, now)).result(10)
    except OverloadError:
        refused += 1
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
journal.submit(rows.batch(100, 100, now)).result(10)
journal.close()
again = Journal(pathlib.Path(sys.argv[1]), config.Journal())
print(refused, again.backlog("live").rows, again.status().cut_bytes)
again.close()
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "j")], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.split()[-3:]) == (0, ["3", "650", "0"]), done.stderr


def test_given_a_full_disk_when_recording_a_batch_then_nothing_is_recorded_and_it_can_be_repeated(
    open_journal: Open, make_batch: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = open_journal()
    journal.submit(make_batch(0)).result(10)
    records = _all(journal)
    with monkeypatch.context() as broken:
        broken.setattr(os, "fdatasync", _no_space)
        with pytest.raises(OverloadError, match="commit record"):
            _commit(journal, records)
    assert journal.pending() == []
    batch_id = _commit(journal, records)
    journal.close()
    assert [r.batch_id for r in open_journal().pending()] == [batch_id]


def test_given_an_open_journal_when_another_process_opens_it_then_the_message_names_the_owner(
    open_journal: Open, tmp_path: Path
) -> None:
    open_journal()
    program = """
import pathlib, sys
from swarmscope import config
from swarmscope.journal import Journal
Journal(pathlib.Path(sys.argv[1]), config.Journal())
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "journal")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert f"in use by process {os.getpid()}" in done.stderr


def test_given_a_clean_stop_when_the_tail_is_cut_then_opening_is_refused(
    open_journal: Open, make_batch: Make, tmp_path: Path
) -> None:
    """After a clean stop there is no torn tail: what is missing was acknowledged."""
    journal = open_journal()
    journal.submit(make_batch(0)).result(10)
    journal.submit(make_batch(10)).result(10)
    journal.close()
    (segment,) = (tmp_path / "journal" / "live").glob("*.seg")
    os.truncate(segment, segment.stat().st_size - 1)
    with pytest.raises(JournalError, match="damaged in acknowledged data"):
        open_journal()
    rescued = open_journal(quarantine=True)
    assert _values(_all(rescued)) == list(range(10))
    assert rescued.status().lost_records == 1
    rescued.submit(make_batch(50)).result(10)
    rescued.close()
    assert _values(_all(open_journal())) == [*range(10), *range(50, 60)]


def test_given_a_damaged_payload_in_an_old_segment_when_read_then_the_file_is_named(
    open_journal: Open, make_batch: Make, tmp_path: Path
) -> None:
    journal = open_journal(segment_bytes=1_000)
    for i in range(10):
        journal.submit(make_batch(i * 10)).result(10)
    journal.close()
    first = sorted((tmp_path / "journal" / "live").glob("*.seg"))[0]
    data = bytearray(first.read_bytes())
    data[300] ^= 1
    first.write_bytes(data)
    again = open_journal()
    with pytest.raises(JournalError, match=first.name):
        _values(_all(again))
    again.close()
    rescued = open_journal(quarantine=True)
    assert _values(_all(rescued)) == [v for v in range(100) if v not in range(rescued.status().lost_records * 10)]


def test_given_segments_without_a_commit_log_when_opened_then_it_is_refused(
    open_journal: Open, make_batch: Make, tmp_path: Path
) -> None:
    journal = open_journal()
    journal.submit(make_batch(0)).result(10)
    journal.close()
    (tmp_path / "journal" / "commits.log").unlink()
    with pytest.raises(JournalError, match=r"commits\.log is missing"):
        open_journal()


@pytest.mark.parametrize("keep", range(1, 60, 7))
def test_given_a_torn_end_of_the_commit_log_when_opened_then_the_torn_entry_never_was(
    open_journal: Open, make_batch: Make, tmp_path: Path, keep: int
) -> None:
    journal = open_journal()
    journal.submit(make_batch(0)).result(10)
    path = tmp_path / "journal" / "commits.log"
    before = path.stat().st_size
    _commit(journal, _all(journal))
    data = path.read_bytes()
    journal.close()
    path.write_bytes(data[: before + keep])
    again = open_journal()
    assert again.pending() == []
    assert again.backlog("live").rows == 10


def test_given_damage_inside_the_commit_log_when_opened_then_it_is_refused(
    open_journal: Open, make_batch: Make, tmp_path: Path
) -> None:
    journal = open_journal()
    journal.submit(make_batch(0)).result(10)
    _commit(journal, _all(journal))
    journal.close()
    path = tmp_path / "journal" / "commits.log"
    data = bytearray(path.read_bytes())
    data[20] ^= 1
    path.write_bytes(data)
    with pytest.raises(JournalError, match="damaged at byte 0"):
        open_journal()


def test_given_many_batches_when_the_commit_log_grows_then_it_is_replaced_and_nothing_is_forgotten(
    open_journal: Open, make_batch: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("swarmscope.journal.commits._SNAPSHOT_BYTES", 2_000)
    journal = open_journal()
    for i in range(40):
        journal.submit(make_batch(i * 10)).result(10)
    ids = [_commit(journal, journal.read("live", i, 1, 1)) for i in range(40)]
    for batch_id in ids[:30]:
        journal.done([batch_id])
    journal.close()
    assert (tmp_path / "journal" / "commits.log").stat().st_size < 4_000
    assert [r.batch_id for r in open_journal().pending()] == ids[30:]


def test_given_waiting_batches_when_closed_then_they_are_written_and_later_ones_refused(
    open_journal: Open, make_batch: Make
) -> None:
    journal = open_journal()
    futures = [journal.submit(make_batch(i * 10)) for i in range(20)]
    journal.close()
    assert all(f.exception(0) is None for f in futures)
    with pytest.raises(OverloadError, match="closing"):
        journal.submit(make_batch(0))
    assert len(_all(open_journal())) == 20


def test_given_news_when_waiting_then_it_returns_and_then_times_out(open_journal: Open, make_batch: Make) -> None:
    journal = open_journal()
    journal.wait(0)
    journal.submit(make_batch(0)).result(10)
    assert journal.wait(10)
    assert not journal.wait(0)


def test_given_the_protocols_when_checked_then_the_journal_has_their_methods() -> None:
    from swarmscope.model.journal import JournalSink, JournalSource

    for protocol in (JournalSource, JournalSink):
        missing = [n for n in vars(protocol) if not n.startswith("_") and not hasattr(journal_module.Journal, n)]
        assert missing == []


def test_given_a_large_batch_that_cannot_be_encoded_when_others_follow_then_they_are_acknowledged(
    open_journal: Open, make_batch: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = open_journal(group_max_rows=5)
    large = make_batch(0, 1000)
    memory = sum(t.get_total_buffer_size() for t in large.tables.values())
    with monkeypatch.context() as limited:
        limited.setattr(record, "PAYLOAD_MAX_BYTES", memory)  # written out it has its schema besides
        with pytest.raises(JournalError, match="does not fit"):
            journal.submit(large).result(20)
    journal.submit(make_batch(7)).result(20)
    assert _values(_all(journal))[0] == 7
