"""Opening after a crash: the torn tail goes, acknowledged data stays or its damage is reported."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swarmscope.bench import rows
from swarmscope.errors import JournalError
from swarmscope.journal import record
from swarmscope.journal.recovery import Found, Known, recover, segment_path

NOW = 1_790_000_000_000_000_000
PAYLOAD = record.encode("live", rows.batch(0, 3, NOW, tables=("samples",)).tables)


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of openings per test: what is under test is what they find."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


def _segment(groups: list[int], first: int = 0) -> tuple[bytes, list[int]]:
    """Records in groups of the given sizes; and where each record begins, with the end at last."""
    data, starts, offset = b"", [], first
    for size in groups:
        group = offset
        for _ in range(size):
            starts.append(len(data))
            data += b"".join(bytes(b) for b in record.frame(PAYLOAD, offset, group, NOW, 0))
            offset += 1
    return data, [*starts, len(data)]


def _write(directory: Path, data: bytes, first: int = 0) -> Path:
    directory.mkdir(exist_ok=True)
    path = segment_path(directory, first)
    path.write_bytes(data)
    return path


def _recovered(directory: Path, data: bytes, known: Known | None = None) -> Found:
    _write(directory, data)
    return recover(directory, known or Known())


def test_given_a_cut_at_every_byte_of_the_last_group_when_opened_then_whole_records_stay(tmp_path: Path) -> None:
    data, starts = _segment([2, 3])
    for size in range(starts[2], len(data) + 1):
        found = _recovered(tmp_path / "live", data[:size])
        whole = max(i for i, start in enumerate(starts) if start <= size)
        assert found.end == whole
        assert segment_path(tmp_path / "live", 0).stat().st_size == starts[whole]


def test_given_a_flip_at_every_byte_of_the_last_group_when_opened_then_it_is_a_torn_tail(tmp_path: Path) -> None:
    data, starts = _segment([2, 2])
    for at in range(starts[2], len(data)):
        harmed = bytearray(data)
        harmed[at] ^= 0xFF
        found = _recovered(tmp_path / "live", bytes(harmed))
        assert 2 <= found.end <= 4
        assert (found.end < 4) == (found.cut_bytes > 0)


def test_given_a_flip_at_every_byte_of_an_earlier_group_when_opened_then_it_is_refused(tmp_path: Path) -> None:
    data, starts = _segment([2, 2])
    content = record.parse(data, 0).header_bytes + record.parse(data, 0).payload_bytes
    for at in range(starts[2]):
        if at % starts[1] >= content:
            continue  # padding between records holds nothing
        harmed = bytearray(data)
        harmed[at] ^= 0xFF
        with pytest.raises(JournalError, match="SWARMSCOPE_JOURNAL_QUARANTINE"):
            _recovered(tmp_path / "live", bytes(harmed))


def test_given_pages_of_one_group_written_out_of_order_when_opened_then_it_is_a_torn_tail(tmp_path: Path) -> None:
    """Within one fsync a later page can reach the disk before an earlier one; none of the group was acknowledged."""
    data, starts = _segment([2, 3])
    harmed = data[: starts[2]] + bytes(starts[3] - starts[2]) + data[starts[3] :]
    assert _recovered(tmp_path / "live", harmed).end == 2


def test_given_a_commit_record_over_the_tail_when_the_tail_is_damaged_then_it_is_refused(tmp_path: Path) -> None:
    data, _ = _segment([2, 2])
    with pytest.raises(JournalError, match="acknowledged data"):
        _recovered(tmp_path / "live", data[:-5], Known(covered=4, acknowledged=4))


@given(st.lists(st.integers(1, 4), min_size=1, max_size=5), st.randoms(use_true_random=False), st.data())
@settings(max_examples=80, deadline=None)
def test_given_any_damage_when_opened_then_refused_or_a_true_prefix_with_all_acknowledged(
    tmp_path_factory: pytest.TempPathFactory, groups: list[int], chance: random.Random, data: st.DataObject
) -> None:
    """Oracle: a whole record proves that every group before its own was acknowledged."""
    raw, starts = _segment(groups)
    harmed = bytearray(raw)
    for _ in range(data.draw(st.integers(0, 4))):
        harmed[chance.randrange(len(harmed))] = chance.randrange(256)
    harmed = harmed[: data.draw(st.integers(0, len(raw)))]
    bounds = [sum(groups[:i]) for i in range(len(groups))]
    whole = [i for i in range(sum(groups)) if harmed[starts[i] : starts[i + 1]] == raw[starts[i] : starts[i + 1]]]
    acknowledged = max((b for b in bounds if whole and b <= whole[-1]), default=0)
    try:
        found = _recovered(tmp_path_factory.mktemp("x") / "live", bytes(harmed))
    except JournalError:
        assert len(whole) < sum(groups)
        return
    assert acknowledged <= found.end <= sum(groups)


def test_given_damage_in_the_middle_when_quarantined_then_whole_records_stay_and_the_file_is_kept(
    tmp_path: Path,
) -> None:
    data, starts = _segment([1, 1, 1, 1, 1])
    harmed = bytearray(data)
    harmed[starts[2] + 100] ^= 1
    path = _write(tmp_path / "live", bytes(harmed))
    found = recover(tmp_path / "live", Known(), tmp_path / "quarantine")
    assert found.lost == [(2, 2)]
    assert [(s.first, s.end) for s in found.segments] == [(0, 2), (3, 5)]
    assert (tmp_path / "quarantine" / f"live-{path.name}").read_bytes() == bytes(harmed)
    again = recover(tmp_path / "live", Known(lost=((2, 2),)))
    assert (again.end, again.lost) == (5, [])


def test_given_a_missing_segment_when_opened_then_it_is_refused(tmp_path: Path) -> None:
    first, _ = _segment([2])
    third, _ = _segment([2], first=4)
    _write(tmp_path / "live", first)
    _write(tmp_path / "live", third, 4)
    with pytest.raises(JournalError, match="records 2 to 3 are missing"):
        recover(tmp_path / "live", Known())


def test_given_the_first_segment_missing_when_opened_then_it_is_refused(tmp_path: Path) -> None:
    data, _ = _segment([2], first=4)
    _write(tmp_path / "live", data, 4)
    with pytest.raises(JournalError, match="records 2 to 3 are missing"):
        recover(tmp_path / "live", Known(done=2, covered=2, acknowledged=2))


def test_given_segments_that_are_done_when_a_deletion_was_undone_then_they_are_deleted_again(tmp_path: Path) -> None:
    first, _ = _segment([2])
    third, _ = _segment([2], first=4)
    old = _write(tmp_path / "live", first)
    _write(tmp_path / "live", third, 4)
    found = recover(tmp_path / "live", Known(done=4, covered=4, acknowledged=4))
    assert (found.end, old.exists()) == (6, False)
