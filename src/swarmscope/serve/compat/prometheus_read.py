"""Prometheus remote read 1.0: `POST /api/v1/read`, answered with samples or with a stream of chunks, as the asker wishes.

Source: Prometheus, "Remote Read API", `prompb/remote.proto`, `storage/remote/chunked.go`. A Prometheus whose own data do not
reach far enough asks here.
"""

from __future__ import annotations

import asyncio
import struct
from dataclasses import dataclass
from typing import Any

import cramjam
import numpy as np
import pyarrow as pa
from fastapi import APIRouter, Request, Response
from numpy.typing import NDArray

from swarmscope.errors import DecodeError, LimitError, QueryError, SwarmscopeError
from swarmscope.ingest.wire.prometheus import V1
from swarmscope.ingest.write_histogram import fill
from swarmscope.ingest.write_request import labels, sample, varint
from swarmscope.query.promql.check import matching_values
from swarmscope.query.promql.nodes import Matcher
from swarmscope.query.promql.source import Source
from swarmscope.query.promql.values import Samples
from swarmscope.serve.compat.prometheus_query import source_of
from swarmscope.serve.compat.prometheus_write import uncompressed_size, unpacked
from swarmscope.serve.compat.read_chunks import chunked
from swarmscope.serve.routes.common import ERRORS, Viewer

REQUEST_BYTES_MAX = 4 << 20
QUERIES_MAX = 100
SERIES_MAX = 200_000  # of one request
SAMPLES_MAX = 5_000_000
_OPERATORS = ("=", "!=", "=~", "!~")
FRAME_BYTES = 48 << 10  # below the 64 KiB that one chunk of snappy's framing format holds
_SAMPLES, _CHUNKS = 0, 1
_STREAMED = "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse"
_BIG = struct.Struct(">I")
_SIX = (1 << 35, 1 << 42)  # times whose varint has six bytes: from 1971 to 2109

router = APIRouter(tags=["prometheus"], responses=ERRORS, include_in_schema=False)
_snappy: Any = cramjam.snappy


@router.post("/api/v1/read")
@router.post("/prometheus/api/v1/read")
async def read(request: Request, caller: Viewer) -> Response:
    """One ReadRequest."""
    source = source_of(request, caller)
    body = await request.body()
    try:
        answer, streamed = await asyncio.to_thread(_answer, source, body)
    except SwarmscopeError as error:
        return Response(f"{error}\n", error.status, media_type="text/plain; charset=utf-8")
    if streamed:
        return Response(answer, 200, media_type=_STREAMED)
    headers = {"Content-Encoding": "snappy", "X-Prometheus-Remote-Read-Version": "0.1.0"}
    return Response(answer, 200, headers, "application/x-protobuf")


@dataclass(slots=True)
class _Found:
    """The series of one query that have samples, by their labels. rows: of `samples`."""

    labels: list[dict[str, str]]
    rows: list[int]
    samples: Samples


def _answer(source: Source, body: bytes) -> tuple[bytes, bool]:
    """The body of an answer, and whether it is a stream of chunks."""
    uncompressed_size(body, REQUEST_BYTES_MAX)
    asked = V1["ReadRequest"]()
    try:
        asked.ParseFromString(unpacked(body))
    except DecodeError:
        raise
    except Exception as e:  # protobuf's own class is not part of its API
        raise DecodeError(f"the {len(body)} bytes are not a valid prometheus.ReadRequest: {e}") from e
    wanted = [t for t in asked.accepted_response_types if t in (_SAMPLES, _CHUNKS)]
    if asked.accepted_response_types and not wanted:
        raise DecodeError("only SAMPLES and STREAMED_XOR_CHUNKS are given as an answer to remote read")
    if len(asked.queries) > QUERIES_MAX:
        raise LimitError(f"{len(asked.queries)} queries in one request; at most {QUERIES_MAX} are answered")
    room = [SERIES_MAX, SAMPLES_MAX]
    found = [_series(source, query, room) for query in asked.queries]
    if wanted[:1] == [_CHUNKS]:
        return b"".join(frame for i, f in enumerate(found) for frame in _frames(i, f)), True
    return bytes(_snappy.compress_raw(b"".join(_field(1, _as_samples(f)) for f in found))), False


def _series(source: Source, query: Any, room: list[int]) -> _Found:
    """What one query finds. room: series and samples that the request may still have."""
    if any(not 0 <= m.type < len(_OPERATORS) for m in query.matchers):
        raise DecodeError("a matcher of a type that is not known")
    matchers = [Matcher(m.name, _OPERATORS[m.type], m.value) for m in query.matchers]  # type: ignore[arg-type] # checked above
    for matcher in matchers:
        try:
            matching_values(matcher, [""])
        except pa.ArrowInvalid as e:
            raise QueryError(f"{matcher.name}: {matcher.value[:200]!r} is no regular expression: {e}") from e
    start, end = query.start_timestamp_ms, query.end_timestamp_ms
    selection = source.select(matchers, start, end)
    room[0] -= len(selection.labels)
    if room[0] < 0:
        raise QueryError(f"more than {SERIES_MAX} series; narrow the query by labels")
    samples = source.samples(selection, start, end)
    room[1] -= len(samples.times)
    if room[1] < 0:
        raise QueryError(f"exceeded sample limit ({SAMPLES_MAX})")
    sets = selection.labels.dicts()
    there = np.flatnonzero(np.diff(samples.offsets) > 0).tolist()
    rows = sorted(there, key=lambda i: sorted(sets[i].items()))
    return _Found([sets[i] for i in rows], rows, samples)


def _as_samples(found: _Found) -> bytes:
    """A QueryResult."""
    packed, offsets = _packed(found.samples)
    out = []
    for of, row in zip(found.labels, found.rows, strict=True):
        first, last = int(found.samples.offsets[row]), int(found.samples.offsets[row + 1])
        floats = packed[offsets[first] : offsets[last]]
        out.append(_field(1, labels(of) + floats + _histograms(found.samples, first, last)))
    return b"".join(out)


def _frames(query: int, found: _Found) -> list[bytes]:
    """ChunkedReadResponse messages, each behind its length and its checksum, of one series each."""
    out: list[bytes] = []
    held: list[bytes] = []
    size = 0
    chunks = chunked(found.samples, np.array(found.rows, np.int64))
    for i, chunk in enumerate(chunks):
        head = b"\x08" + varint(chunk.low_ms) + b"\x10" + varint(chunk.high_ms) + bytes((0x18, chunk.encoding))
        held.append(_field(2, head + _field(4, chunk.data)))
        size += len(held[-1])
        if i + 1 == len(chunks) or chunks[i + 1].series != chunk.series or size > FRAME_BYTES:
            message = _field(1, labels(found.labels[chunk.series]) + b"".join(held)) + b"\x10" + varint(query)
            out.append(varint(len(message)) + _BIG.pack(crc32c(message)) + message)
            held, size = [], 0
    return out


def crc32c(data: bytes) -> int:
    """CRC-32 of Castagnoli, as snappy's framing format computes it (masked) for up to 64 KiB; longer data by a table."""
    if 0 < len(data) <= 1 << 16:
        masked = int.from_bytes(bytes(_snappy.compress(data))[14:18], "little") - 0xA282EAD8 & 0xFFFFFFFF
        return (masked >> 17 | masked << 15) & 0xFFFFFFFF
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _CASTAGNOLI[(crc ^ byte) & 255] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def _table() -> list[int]:
    table = list(range(256))
    for _ in range(8):
        table = [c >> 1 ^ (0x82F63B78 if c & 1 else 0) for c in table]
    return table


_CASTAGNOLI = _table()


def _field(number: int, data: bytes) -> bytes:
    return bytes((number << 3 | 2,)) + varint(len(data)) + data


def _packed(samples: Samples) -> tuple[bytes, NDArray[np.int64]]:
    """All float samples as they stand in their TimeSeries, and where each begins; a histogram takes no room here."""
    times, values = samples.times, samples.values
    count = len(times)
    whole = np.ones(count, bool)
    if samples.histograms is not None:
        whole = np.array([h is None for h in samples.histograms.tolist()], bool)
    if count and (times.min() < _SIX[0] or times.max() >= _SIX[1]):
        parts = [sample(float(v), int(t)) if w else b"" for v, t, w in zip(values, times, whole, strict=True)]
        return b"".join(parts), np.concatenate([[0], np.cumsum([len(p) for p in parts])]).astype(np.int64)
    rows = np.zeros((count, 18), np.uint8)
    rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 11] = 0x12, 16, 0x09, 0x10
    rows[:, 3:11] = np.ascontiguousarray(values).view(np.uint8).reshape(count, 8)
    for place in range(6):
        rows[:, 12 + place] = (times >> (7 * place) & 127) | (128 if place < 5 else 0)
    ends = np.concatenate([[0], np.cumsum(np.where(whole, 18, 0))]).astype(np.int64)
    return rows[whole].tobytes(), ends


def _histograms(samples: Samples, first: int, last: int) -> bytes:
    if samples.histograms is None:
        return b""
    parts = []
    for at in range(first, last):
        histogram = samples.histograms[at]
        if histogram is not None:
            message = V1["Histogram"]()
            fill(message, histogram, int(samples.times[at]))
            parts.append(_field(4, message.SerializeToString()))
    return b"".join(parts)
