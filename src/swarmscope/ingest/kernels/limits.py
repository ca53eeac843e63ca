"""Counting and cutting attributes and values."""

from __future__ import annotations

import numpy as np

from swarmscope.ingest.columns import I32, I64, U8
from swarmscope.ingest.kernels.jit import Int, kernel, move


@kernel
def longest(offsets: I64) -> Int:
    """Bytes of the longest string."""
    out = np.int64(0)
    for i in range(offsets.size - 1):
        out = max(out, offsets[i + 1] - offsets[i])
    return out


@kernel
def most(offsets: I32) -> Int:
    """Most attributes of one owner."""
    out = np.int64(0)
    for i in range(offsets.size - 1):
        out = max(out, np.int64(offsets[i + 1]) - offsets[i])
    return out


@kernel
def first_few(offsets: I32, limit: Int) -> tuple[I32, I32]:
    """Offsets and rows when every owner keeps its first `limit` rows."""
    out = np.empty(offsets.size, np.int32)
    rows = np.empty(offsets[offsets.size - 1] - offsets[0], np.int32)
    out[0] = 0
    count = 0
    for i in range(offsets.size - 1):
        for j in range(offsets[i], min(np.int64(offsets[i + 1]), offsets[i] + limit)):
            rows[count] = j
            count += 1
        out[i + 1] = count
    return out, rows[:count].copy()


@kernel
def take(rows: I32, offsets: I64, data: U8) -> tuple[I64, U8]:
    """The strings of these rows."""
    out = np.empty(rows.size + 1, np.int64)
    out[0] = 0
    for i in range(rows.size):
        out[i + 1] = out[i] + offsets[rows[i] + 1] - offsets[rows[i]]
    text = np.empty(out[rows.size], np.uint8)
    for i in range(rows.size):
        move(text, out[i], data, offsets[rows[i]], out[i + 1] - out[i])
    return out, text


@kernel
def longer_than(offsets: I64, limit: Int) -> I64:
    """Rows of strings that are longer."""
    out = np.empty(offsets.size, np.int64)
    count = 0
    for i in range(offsets.size - 1):
        if offsets[i + 1] - offsets[i] > limit:
            out[count] = i
            count += 1
    return out[:count].copy()


@kernel
def cut(offsets: I64, data: U8, limit: Int, marker: U8) -> tuple[I64, U8]:
    """Strings of at most `limit` bytes; longer ones end at a character's border, then `marker` (which goes on top)."""
    n = offsets.size - 1
    ends = np.empty(n, np.int64)
    out = np.empty(n + 1, np.int64)
    out[0] = 0
    for i in range(n):
        end = offsets[i + 1]
        size = end - offsets[i]
        if size > limit:
            end = offsets[i] + limit
            while end > offsets[i] and data[end] & 0xC0 == 0x80:
                end -= 1
            size = end - offsets[i] + marker.size
        ends[i] = end
        out[i + 1] = out[i] + size
    text = np.empty(out[n], np.uint8)
    for i in range(n):
        kept = ends[i] - offsets[i]
        move(text, out[i], data, offsets[i], kept)
        if ends[i] != offsets[i + 1]:
            move(text, out[i] + kept, marker, np.int64(0), np.int64(marker.size))
    return out, text
