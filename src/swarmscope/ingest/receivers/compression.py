"""Content codings of request bodies, decoded with a cap on what comes out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cramjam
import lz4.frame
import zstandard
from isal import igzip_lib, isal_zlib

from swarmscope.errors import DecodeError, LimitError

ZSTD_WINDOW_MAX_BYTES = 8 * 1024 * 1024  # what RFC 8878 asks decoders to support
_ISAL_ERROR: Any = igzip_lib.IsalError  # its stub calls it an instance
_GZIP, _ZLIB, _RAW = 31, 15, -15
_snappy_codec: Any = cramjam.snappy
_SNAPPY_STREAM = b"\xff\x06\x00\x00sNaPpY"  # how the framed format begins
_PARTS_MAX = 64  # members of gzip, frames of lz4; senders make one
_SNAPPY_CHUNKS_MAX = 65_536  # each holds up to 64 KiB


def decompress(coding: str, body: bytes, limit: int) -> bytes:
    """The decoded body. coding: a key of `CODINGS`. DecodeError: damaged; LimitError: more than `limit` bytes."""
    return CODINGS[coding](body, limit)


def _identity(body: bytes, limit: int) -> bytes:
    if len(body) > limit:
        raise too_large(limit)
    return body


def _gzip(body: bytes, limit: int) -> bytes:
    """One member after the other (RFC 1952 2.2)."""
    return _each_part(body, limit, "gzip", lambda rest, most: _inflate(rest, most, _GZIP, "gzip"))


def _each_part(body: bytes, limit: int, name: str, decode: Callable[[bytes, int], tuple[bytes, bytes]]) -> bytes:
    """What the parts of a body become. decode: of the first one, and the rest, which is copied: many tiny ones are refused."""
    out: list[bytes] = []
    while body or not out:
        if len(out) == _PARTS_MAX:
            raise _damaged(name, f"it has more than {_PARTS_MAX} parts")
        part, body = decode(body, limit)
        limit -= len(part)
        out.append(part)
    return out[0] if len(out) == 1 else b"".join(out)


def _deflate(body: bytes, limit: int) -> bytes:
    """The zlib format, and the raw one that some senders mean by it."""
    is_zlib = len(body) >= 2 and body[0] & 15 == 8 and (body[0] << 8 | body[1]) % 31 == 0
    return _inflate(body, limit, _ZLIB if is_zlib else _RAW, "deflate")[0]


def _inflate(body: bytes, limit: int, window_bits: int, name: str) -> tuple[bytes, bytes]:
    decoder: Any = isal_zlib.decompressobj(wbits=window_bits)
    try:
        part: bytes = decoder.decompress(body, limit + 1)
    except _ISAL_ERROR as e:
        raise _damaged(name, str(e)) from e
    if len(part) > limit:
        raise too_large(limit)
    if not decoder.eof:
        raise _damaged(name, "it ends too early")
    return part, decoder.unused_data


def _zstd(body: bytes, limit: int) -> bytes:
    _check_zstd_end(body)
    reader = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW_MAX_BYTES).stream_reader(
        body, read_across_frames=True
    )
    out: list[bytes] = []
    left = limit + 1
    try:
        while left > 0 and (part := reader.read(min(left, 1 << 20))):
            out.append(part)
            left -= len(part)
    except zstandard.ZstdError as e:
        raise _damaged("zstd", str(e)) from e
    if left <= 0:
        raise too_large(limit)
    return b"".join(out)


def _check_zstd_end(body: bytes) -> None:
    """The reader below returns what there is of a truncated frame, so the blocks (RFC 8878 3.1.1) are counted first."""
    p = 0
    is_last = True
    try:
        while p < len(body):
            if body[p + 1 : p + 4] == b"\x2a\x4d\x18" and body[p] & 0xF0 == 0x50:  # a skippable frame
                p += 8 + int.from_bytes(body[p + 4 : p + 8], "little")
                continue
            has_checksum = zstandard.get_frame_parameters(body[p : p + 18]).has_checksum
            p += zstandard.frame_header_size(body[p : p + 18])
            is_last = False
            while not is_last and p < len(body):
                block = int.from_bytes(body[p : p + 3], "little")
                is_last = bool(block & 1)
                p += 3 + (1 if block >> 1 & 3 == 1 else block >> 3)
            p += 4 if has_checksum else 0
            if not is_last:
                break
    except zstandard.ZstdError as e:
        raise _damaged("zstd", str(e)) from e
    if p != len(body) or not body or not is_last:
        raise _damaged("zstd", "it ends too early")


def _lz4(body: bytes, limit: int) -> bytes:
    """One frame after the other."""
    return _each_part(body, limit, "lz4", _lz4_frame)


def _lz4_frame(body: bytes, limit: int) -> tuple[bytes, bytes]:
    decoder = lz4.frame.LZ4FrameDecompressor()
    try:
        part: bytes = decoder.decompress(body, limit + 1)
    except RuntimeError as e:
        raise _damaged("lz4", str(e)) from e
    if len(part) > limit:
        raise too_large(limit)
    if not decoder.eof:
        raise _damaged("lz4", "it ends too early")
    return part, decoder.unused_data or b""


def _snappy(body: bytes, limit: int) -> bytes:
    """The block format; and the framed one, which Collectors call by the same name unless told otherwise."""
    if body.startswith(_SNAPPY_STREAM):
        return _snappy_framed(body, limit)
    try:
        if _snappy_codec.decompress_raw_len(body) > limit:
            raise too_large(limit)
        return bytes(_snappy_codec.decompress_raw(body))
    except cramjam.DecompressionError as e:
        raise _damaged("snappy", str(e)) from e


def _snappy_framed(body: bytes, limit: int) -> bytes:
    try:
        if _unframed_bytes(body) > limit:
            raise too_large(limit)
        return bytes(_snappy_codec.decompress(body))
    except cramjam.DecompressionError as e:
        raise _damaged("snappy", str(e)) from e


def _unframed_bytes(body: bytes) -> int:
    """What the chunks of a framed body say they become, before anything is allocated."""
    total = p = 0
    for _ in range(_SNAPPY_CHUNKS_MAX):
        if p >= len(body):
            return total
        kind, size = body[p], int.from_bytes(body[p + 1 : p + 4], "little")
        if p + 4 + size > len(body):
            raise _damaged("snappy", "it ends too early")
        if kind == 0:  # compressed, after a checksum of four bytes
            total += int(_snappy_codec.decompress_raw_len(body[p + 8 : p + 4 + size]))
        elif kind == 1:
            total += size - 4
        p += 4 + size
    raise _damaged("snappy", f"it has more than {_SNAPPY_CHUNKS_MAX} chunks")


def _damaged(name: str, why: str) -> DecodeError:
    return DecodeError(f"the body is not valid {name}: {why}; send it whole, or without Content-Encoding")


def too_large(limit: int) -> LimitError:
    """The refusal of a body that is too large."""
    return LimitError(
        f"the request is larger than {limit} bytes; send smaller batches or raise ingest.message_max_bytes"
    )


CODINGS: dict[str, Callable[[bytes, int], bytes]] = {
    "identity": _identity,
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "zlib": _deflate,
    "zstd": _zstd,
    "lz4": _lz4,
    "snappy": _snappy,
    "x-snappy-framed": _snappy_framed,
}
"""All that OpenTelemetry Collectors can be set to, and what other senders use."""
