"""Records: what is written is read, and anything else is noticed."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swarmscope.bench import rows
from swarmscope.errors import JournalError
from swarmscope.journal import record
from swarmscope.journal.record import DamageError

NOW = 1_790_000_000_000_000_000


def _bytes(tables: dict[str, pa.Table], offset: int = 7, group: int = 5) -> bytes:
    return b"".join(bytes(b) for b in record.frame(record.encode("live", tables), offset, group, NOW, 3))


def _decode(data: bytes) -> tuple[record.Header, dict[str, pa.Table]]:
    header = record.parse(data, 0)
    payload = data[header.header_bytes : header.header_bytes + header.payload_bytes]
    return header, record.decode(header, payload)


def _low(values: list[str]) -> pa.Array:
    return pa.array(values).dictionary_encode()


@st.composite
def _tables(draw: st.DrawFn) -> dict[str, pa.Table]:
    tables = {}
    for name in draw(st.lists(st.sampled_from(["spans", "logs", "samples", "new"]), unique=True, max_size=3)):
        n = draw(st.integers(0, 30))
        text = draw(st.lists(st.text(max_size=20), min_size=n, max_size=n))
        number = draw(st.lists(st.integers(0, 2**64 - 1), min_size=n, max_size=n))
        pairs = [[(t, str(i)) for i in range(len(t) % 3)] for t in text]
        columns = {
            "text": pa.array(text, pa.string()),
            "low": _low(text),
            "number": pa.array(number, pa.uint64()),
            "map": pa.array(pairs, pa.map_(pa.string(), pa.string())),
            "blob": pa.array([t.encode()[:8].ljust(8, b"\0") for t in text], pa.binary(8)),
        }
        table = pa.table(columns)
        start = draw(st.integers(0, n))
        tables[name] = pa.concat_tables([table.slice(start), table.slice(0, start)])
    return tables


@given(_tables(), st.integers(0, 2**63), st.integers(0, 2**63))
@settings(max_examples=60, deadline=None)
def test_given_any_tables_when_written_then_read_back_equal(
    tables: dict[str, pa.Table], offset: int, group: int
) -> None:
    header, found = _decode(_bytes(tables, offset, group))
    assert (header.offset, header.group, header.time_ns, header.epoch) == (offset, group, NOW, 3)
    assert header.rows == {n: t.num_rows for n, t in tables.items()}
    assert {n: t.to_pylist() for n, t in found.items()} == {n: t.to_pylist() for n, t in tables.items()}
    assert all(found[n].schema == tables[n].schema for n in tables)


def test_given_every_stored_table_when_written_then_read_back_equal() -> None:
    tables = rows.batch(0, 20, NOW).tables
    _, found = _decode(_bytes(tables))
    assert found.keys() == tables.keys()
    assert all(found[name].equals(tables[name]) for name in tables)


def test_given_rows_that_repeat_when_written_then_they_are_compressed() -> None:
    tables = rows.batch(0, 2000, NOW).tables
    assert len(_bytes(tables)) < sum(t.nbytes for t in tables.values()) / 2


def test_given_incompressible_rows_when_written_then_they_are_stored_as_they_are() -> None:
    import random

    noise = pa.table({"x": pa.array([random.Random(1).randbytes(1000)])})
    data = _bytes({"noise": noise})
    assert _decode(data)[1]["noise"].equals(noise)


def test_given_a_flip_of_any_bit_of_any_byte_when_read_then_damage_is_reported() -> None:
    data = _bytes({"samples": rows.batch(0, 3, NOW, tables=("samples",)).tables["samples"]})
    header = record.parse(data, 0)
    padding = range(header.header_bytes + header.payload_bytes, len(data))
    for at in range(len(data)):
        if at in padding:
            continue
        harmed = bytearray(data)
        harmed[at] ^= 1 << (at % 8)
        with pytest.raises((DamageError, JournalError)):
            _decode(bytes(harmed))


def test_given_every_truncation_when_walked_then_damage_is_reported() -> None:
    data = _bytes({"samples": rows.batch(0, 3, NOW, tables=("samples",)).tables["samples"]})
    for size in range(1, len(data)):
        with pytest.raises(DamageError):
            list(record.walk(data[:size]))


def test_given_a_record_of_a_newer_program_when_read_then_the_message_says_so() -> None:
    from isal import isal_zlib

    data = bytearray(_bytes({}))
    data[4:6] = (record.VERSION + 1).to_bytes(2, "little")
    data[60:64] = bytes(4)
    data[60:64] = isal_zlib.crc32(data[: record.parse(_bytes({}), 0).header_bytes]).to_bytes(4, "little")
    with pytest.raises(JournalError, match="start the newer program"):
        record.parse(bytes(data), 0)


def test_given_damage_when_later_records_are_looked_for_then_they_are_found() -> None:
    parts = [_bytes({}, offset=i) for i in range(4)]
    data = b"".join([parts[0], b"\xff" * len(parts[1]), *parts[2:]])
    assert [h.offset for h in record.find(data, 1)] == [2, 3]


def test_given_a_batch_too_large_for_a_record_when_encoded_then_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "PAYLOAD_MAX_BYTES", 1000)
    with pytest.raises(JournalError, match="split it"):
        record.encode("live", rows.batch(0, 100, NOW).tables)
