"""Protobuf wire format and UTF-8. A position is an address; -1 means malformed."""

from __future__ import annotations

from swarmscope.ingest.wire.kernels.memory import Int, inline, kernel, ld8, ld64

_HIGH_BITS = -0x7F7F7F7F7F7F7F80  # the top bit of each of eight bytes


@inline
def varint(p: Int, end: Int) -> tuple[Int, Int]:
    """(value as int64, position behind it)."""
    if p >= end:
        return 0, -1
    byte = ld8(p)
    if byte < 128:
        return byte, p + 1
    value = byte & 127
    shift = 7
    p += 1
    while p < end and shift < 70:
        byte = ld8(p)
        p += 1
        if shift == 63 and byte > 1:
            return 0, -1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, p
        shift += 7
    return 0, -1


@inline
def length(p: Int, end: Int) -> tuple[Int, Int]:
    """Length prefix: (start, stop) of the bytes with start <= stop <= end, else (-1, -1)."""
    n, p = varint(p, end)
    if p < 0 or n < 0 or n > end - p:
        return -1, -1
    return p, p + n


@kernel
def skip(p: Int, end: Int, wire_type: Int) -> Int:
    """Position behind a value; -1 malformed, -2 a group."""
    if wire_type == 0:
        _, p = varint(p, end)
        return p
    if wire_type == 1:
        return p + 8 if end - p >= 8 else -1
    if wire_type == 2:
        _, p = length(p, end)
        return p
    if wire_type == 5:
        return p + 4 if end - p >= 4 else -1
    return -2 if wire_type == 3 else -1


@inline
def ascii_end(p: Int, end: Int) -> Int:
    """Start of the first eight bytes that are not all ASCII, or of the last few."""
    while end - p >= 32 and (ld64(p) | ld64(p + 8) | ld64(p + 16) | ld64(p + 24)) & _HIGH_BITS == 0:
        p += 32
    while end - p >= 8 and ld64(p) & _HIGH_BITS == 0:
        p += 8
    return p


@inline
def _continues(p: Int, n: Int) -> bool:
    """n continuation bytes stand at p."""
    for i in range(n):
        if ld8(p + i) & 0xC0 != 0x80:
            return False
    return True


@kernel
def utf8_error(p: Int, end: Int) -> Int:
    """Position of the first sequence that is not UTF-8 (RFC 3629), or -1."""
    while True:
        p = ascii_end(p, end)
        if p >= end:
            return -1
        byte = ld8(p)
        if byte < 0x80:
            p += 1
            continue
        if byte < 0xC2 or byte > 0xF4:
            return p
        n = 1 if byte < 0xE0 else (2 if byte < 0xF0 else 3)
        if end - p <= n or not _continues(p + 1, n):
            return p
        second = ld8(p + 1)
        if byte == 0xE0 and second < 0xA0:  # overlong
            return p
        if byte == 0xED and second > 0x9F:  # surrogates
            return p
        if byte == 0xF0 and second < 0x90:  # overlong
            return p
        if byte == 0xF4 and second > 0x8F:  # above U+10FFFF
            return p
        p += n + 1
