"""The bytes of one record: a checked header, then the tables of a batch as Arrow IPC streams, compressed by LZ4.

    fixed header   64 bytes, little-endian, see `_FIXED`
    directory      partition, then per table: name, rows, bytes of its IPC stream before compression
    padding        zeros to a multiple of 8
    payload        the IPC streams of all tables end to end, as one LZ4 block (or stored, where that is not larger)
    padding        zeros to a multiple of 8

The header has a checksum of its own, so that a reader can walk over records without reading payloads, and can find the
next record after damage. LZ4 with high acceleration: on spans it takes 0.3 µs a row and saves 60 %; zstd saves 70 % and
takes 0.8 µs; Arrow's own per-buffer LZ4 costs more than one block, above all on small batches (38 columns, 100 buffers).
"""

from __future__ import annotations

import contextlib
import mmap
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import lz4.block
import pyarrow as pa
from isal import isal_zlib

from swarmscope.errors import JournalError

Bytes = bytes | mmap.mmap
MAGIC = b"\xabSWJ"
VERSION = 1
ALIGN = 8
HEADER_MAX_BYTES = 64 * 1024
PAYLOAD_MAX_BYTES = 1 << 30
_STORED, _LZ4 = 0, 1
_ACCELERATION = 16
# magic, version, codec, zero, header bytes, payload bytes, raw bytes, offset, group, time, epoch, payload crc, header crc
_FIXED = struct.Struct("<4sHBBIIQQQQQII")
_CRC_AT = 60  # position of the header's checksum inside `_FIXED`
_ENTRY = struct.Struct("<IQ")


class DamageError(JournalError):
    """Bytes at `position` are not a whole record."""

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(f"{reason} at byte {position}")
        self.position = position
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Payload:
    """A batch made ready for writing; where it will lie is not known yet."""

    data: bytes | pa.Buffer
    codec: int
    crc: int
    raw_bytes: int
    directory: bytes
    rows: dict[str, int]

    @property
    def record_bytes(self) -> int:
        """Bytes that the record takes in a segment."""
        return _padded(_FIXED.size + len(self.directory)) + _padded(len(self.data))


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before a payload. position: of the record in its segment."""

    position: int
    header_bytes: int
    payload_bytes: int
    raw_bytes: int
    codec: int
    payload_crc: int
    partition: str
    offset: int
    group: int
    time_ns: int
    epoch: int
    rows: dict[str, int]
    sections: tuple[int, ...] = field(repr=False)

    @property
    def end(self) -> int:
        """Position of the next record."""
        return self.position + self.header_bytes + _padded(self.payload_bytes)

    @property
    def row_count(self) -> int:
        """Rows over all tables."""
        return sum(self.rows.values())


def encode(partition: str, tables: Mapping[str, pa.Table]) -> Payload:
    """The payload of a batch. Raises JournalError for one larger than a record may be."""
    sink = pa.BufferOutputStream()
    entries = [struct.pack("<B", len(partition)), partition.encode(), struct.pack("<H", len(tables))]
    rows: dict[str, int] = {}
    for name, table in tables.items():
        start = sink.tell()
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table)
        rows[name] = table.num_rows
        entries += [struct.pack("<B", len(name)), name.encode(), _ENTRY.pack(table.num_rows, sink.tell() - start)]
    raw = sink.getvalue()
    if raw.size > PAYLOAD_MAX_BYTES:
        raise JournalError(
            f"a batch of {raw.size} bytes does not fit a journal record of {PAYLOAD_MAX_BYTES}; split it"
        )
    data: bytes | pa.Buffer = lz4.block.compress(raw, mode="fast", acceleration=_ACCELERATION, store_size=False)
    codec = _LZ4
    if len(data) >= raw.size:
        data, codec = raw, _STORED
    return Payload(data, codec, isal_zlib.crc32(data), raw.size, b"".join(entries), rows)


def frame(payload: Payload, offset: int, group: int, time_ns: int, epoch: int) -> list[bytes | pa.Buffer]:
    """The buffers of one record, to be written in one go."""
    header_bytes = _padded(_FIXED.size + len(payload.directory))
    fixed = _FIXED.pack(
        MAGIC,
        VERSION,
        payload.codec,
        0,
        header_bytes,
        len(payload.data),
        payload.raw_bytes,
        offset,
        group,
        time_ns,
        epoch,
        payload.crc,
        0,
    )
    header = bytearray(fixed + payload.directory)
    header += bytes(header_bytes - len(header))
    struct.pack_into("<I", header, _CRC_AT, isal_zlib.crc32(header))
    tail = _padded(len(payload.data)) - len(payload.data)
    buffers: list[bytes | pa.Buffer] = [bytes(header), payload.data]
    return [*buffers, bytes(tail)] if tail else buffers


def parse(data: Bytes, position: int, base: int = 0) -> Header:
    """The header at `data[position]`. base: position of `data[0]` in the segment. Raises DamageError."""
    at = base + position
    if len(data) - position < _FIXED.size:
        raise DamageError(at, f"{len(data) - position} bytes are too few for a record header")
    fields = _FIXED.unpack_from(data, position)
    magic, version, codec, _, header_bytes, payload_bytes, raw_bytes, offset, group, time_ns, epoch, crc, header_crc = (
        fields
    )
    if magic != MAGIC:
        raise DamageError(at, "no record begins")
    if not _FIXED.size <= header_bytes <= HEADER_MAX_BYTES:
        raise DamageError(at, f"a header of {header_bytes} bytes is impossible")
    if len(data) - position < header_bytes:
        raise DamageError(at, "the record header is cut off")
    raw = bytearray(data[position : position + header_bytes])
    struct.pack_into("<I", raw, _CRC_AT, 0)
    if isal_zlib.crc32(raw) != header_crc:
        raise DamageError(at, "the checksum of the record header is wrong")
    if version > VERSION:
        raise JournalError(
            f"the journal has records of version {version}, this program knows {VERSION}; start the newer program again"
        )
    partition, rows, sections = _directory(bytes(raw[_FIXED.size :]))
    return Header(
        at,
        header_bytes,
        payload_bytes,
        raw_bytes,
        codec,
        crc,
        partition,
        offset,
        group,
        time_ns,
        epoch,
        rows,
        sections,
    )


def decode(header: Header, payload: bytes | memoryview) -> dict[str, pa.Table]:
    """The tables of a record. Raises DamageError when the payload is not what was written."""
    check(header, payload)
    raw = lz4.block.decompress(payload, uncompressed_size=header.raw_bytes) if header.codec == _LZ4 else payload
    buffer = pa.py_buffer(raw)
    tables: dict[str, pa.Table] = {}
    start = 0
    for name, size in zip(header.rows, header.sections, strict=True):
        tables[name] = pa.ipc.open_stream(buffer.slice(start, size)).read_all()
        start += size
    return tables


def check(header: Header, payload: bytes | memoryview) -> None:
    """Raises DamageError when the payload is cut off or its checksum is wrong."""
    if len(payload) != header.payload_bytes:
        raise DamageError(header.position, f"the payload has {len(payload)} of {header.payload_bytes} bytes")
    if isal_zlib.crc32(payload) != header.payload_crc:
        raise DamageError(header.position, "the checksum of the payload is wrong")


def walk(data: Bytes) -> Iterator[Header]:
    """The headers from the first byte to the last. Raises DamageError where no whole record lies."""
    at = 0
    while at < len(data):
        header = parse(data, at)
        if header.end > len(data):
            raise DamageError(at, f"the record reaches to byte {header.end}, the file has {len(data)}")
        yield header
        at = header.end


def find(data: Bytes, start: int) -> Iterator[Header]:
    """Every whole header at or after `start`, to judge damage by. A header is aligned, so few places are tried."""
    at = data.find(MAGIC, start)
    while at >= 0:
        if at % ALIGN == 0:
            with contextlib.suppress(DamageError):
                yield parse(data, at)
        at = data.find(MAGIC, at + 1)


def _directory(data: bytes) -> tuple[str, dict[str, int], tuple[int, ...]]:
    partition, at = _text(data, 0)
    (count,) = struct.unpack_from("<H", data, at)
    at += 2
    rows: dict[str, int] = {}
    sections: list[int] = []
    for _ in range(count):
        name, at = _text(data, at)
        rows[name], size = _ENTRY.unpack_from(data, at)
        sections.append(size)
        at += _ENTRY.size
    return partition, rows, tuple(sections)


def _text(data: bytes, at: int) -> tuple[str, int]:
    end = at + 1 + data[at]
    return data[at + 1 : end].decode(), end


def _padded(size: int) -> int:
    return -(-size // ALIGN) * ALIGN
