"""Byte strings: hash, compare, copy, gather into Arrow buffers, intern."""

from __future__ import annotations

import numpy as np

from swarmscope.ingest.columns import I32, I64, U8, U64
from swarmscope.ingest.kernels.jit import Flag, Int, byte, fold, inline, item, kernel, load32, load64, move

_K0 = np.uint64(0x9E3779B97F4A7C15)
_K1 = np.uint64(0xD1342543DE82EF95)


@inline
def hash_bytes(data: U8, start: Int, stop: Int, seed0: Int, seed1: Int) -> Int:
    """Keyed 64-bit hash of data[start:stop] by folded multiplication; reads nothing outside."""
    n = stop - start
    h = seed0 ^ (np.uint64(n) * _K0)
    p = start
    while stop - p > 16:
        h = fold(load64(data, p) ^ seed1, load64(data, p + 8) ^ h)
        p += 16
    left = stop - p
    a = np.uint64(0)
    b = np.uint64(0)
    if left >= 8:
        a = load64(data, p)
        b = load64(data, stop - 8)
    elif left >= 4:
        a = load32(data, p)
        b = load32(data, stop - 4)
    elif left > 0:
        a = np.uint64(byte(data, p)) | (np.uint64(byte(data, p + (left >> 1))) << np.uint64(8))
        b = np.uint64(byte(data, stop - 1))
    h = fold(a ^ seed1 ^ _K1, b ^ h)
    return fold(h ^ _K0, seed0 ^ np.uint64(n) ^ _K1)


@inline
def hash_twice(data: U8, start: Int, stop: Int, seed0: Int, seed1: Int) -> tuple[Int, Int]:
    """Two keyed 64-bit hashes of data[start:stop] in one pass: two lanes take turns, and are folded with each other."""
    n = stop - start
    if n < 32:
        return hash_bytes(data, start, stop, seed0, seed1), hash_bytes(data, start, stop, seed1, seed0)
    h = seed0 ^ (np.uint64(n) * _K0)
    g = seed1 ^ (np.uint64(n) * _K1)
    p = start
    while stop - p > 32:
        h = fold(load64(data, p) ^ seed1, load64(data, p + 8) ^ h)
        g = fold(load64(data, p + 16) ^ seed0, load64(data, p + 24) ^ g)
        p += 32
    p = stop - 32
    h = fold(load64(data, p) ^ seed1 ^ _K1, load64(data, p + 8) ^ h)
    g = fold(load64(data, p + 16) ^ seed0 ^ _K0, load64(data, p + 24) ^ g)
    first = fold(h ^ _K0, g ^ seed0)
    second = fold(g ^ _K1, h ^ seed1)
    return fold(first ^ _K1, second ^ seed1), fold(second ^ _K0, first ^ seed0)


@inline
def mix(a: Int, b: Int) -> Int:
    """One word of two, order matters."""
    return fold(a ^ _K0, b ^ _K1) ^ a


@inline
def same(a: U8, i: Int, b: U8, j: Int, count: Int) -> Flag:
    """a[i:i+count] == b[j:j+count]."""
    k = 0
    while k + 8 <= count:
        if load64(a, i + k) != load64(b, j + k):
            return False
        k += 8
    while k < count:
        if byte(a, i + k) != byte(b, j + k):
            return False
        k += 1
    return True


@kernel
def any_row(rows: I32) -> Flag:
    """Whether any row is not -1."""
    for i in range(rows.size):
        if rows[i] != -1:
            return True
    return False


@kernel
def gather(rows: I32, offsets: I64, data: U8, fallback_offsets: I64, fallback_data: U8) -> tuple[I32, U8]:
    """Strings by row as Arrow buffers. Row r ≥ 0: string r; -1: empty; r < -1: string -2 - r of the fallback."""
    n = rows.size
    out = np.empty(n + 1, np.int32)
    total = np.int64(0)
    out[0] = 0
    for i in range(n):
        r = np.int64(item(rows, i))
        if r >= 0:
            total += item(offsets, r + 1) - item(offsets, r)
        elif r < -1:
            total += item(fallback_offsets, -1 - r) - item(fallback_offsets, -2 - r)
        out[i + 1] = np.int32(total)
    text = np.empty(total, np.uint8)
    for i in range(n):
        r = np.int64(item(rows, i))
        if r >= 0:
            move(text, np.int64(out[i]), data, item(offsets, r), item(offsets, r + 1) - item(offsets, r))
        elif r < -1:
            s = item(fallback_offsets, -2 - r)
            move(text, np.int64(out[i]), fallback_data, s, item(fallback_offsets, -1 - r) - s)
    return out, text


@kernel
def intern(rows: I32, offsets: I64, data: U8, fallback_offsets: I64, fallback_data: U8, seed: Int) -> tuple[I32, I32]:
    """Dictionary-encode strings by row (as in `gather`): indices, and one row per distinct string (-1, empty, first)."""
    n = rows.size
    size = 16
    while size < 2 * n + 2:
        size *= 2
    table = np.full(size, -1, np.int32)
    hashes = np.empty(n + 1, np.uint64)
    uniques = np.empty(n + 1, np.int32)
    indices = np.empty(n, np.int32)
    uniques[0] = -1
    hashes[0] = 0
    count = 1
    mask = np.uint64(size - 1)
    last = np.int32(0)
    for i in range(n):
        row = item(rows, i)
        r = np.int64(row)
        if r == -1:
            indices[i] = 0
            continue
        if row == uniques[last]:
            indices[i] = last
            continue
        if r >= 0:
            start, stop = item(offsets, r), item(offsets, r + 1)
            # neighbours often say the same: spans of one trace, one agent
            if last != 0 and _equal(
                np.int64(uniques[last]), start, stop, True, offsets, data, fallback_offsets, fallback_data
            ):
                indices[i] = last
                continue
            h = hash_bytes(data, start, stop, seed, _K1)
        else:
            start, stop = item(fallback_offsets, -2 - r), item(fallback_offsets, -1 - r)
            h = hash_bytes(fallback_data, start, stop, seed, _K1)
        index = np.int32(0)
        if stop > start:
            k = h & mask
            index = np.int32(-1)
            while index < 0:
                found = table[k]
                if found < 0:
                    table[k] = count
                    hashes[count] = h
                    uniques[count] = row
                    index = np.int32(count)
                    count += 1
                elif hashes[found] == h and _equal(
                    np.int64(uniques[found]), start, stop, r >= 0, offsets, data, fallback_offsets, fallback_data
                ):
                    index = found
                else:
                    k = (k + np.uint64(1)) & mask
        indices[i] = index
        last = index
    return indices, uniques[:count].copy()


@inline
def _equal(
    r: Int, start: Int, stop: Int, primary: Flag, offsets: I64, data: U8, fallback_offsets: I64, fallback_data: U8
) -> Flag:
    """String r (as in `gather`) == data[start:stop] of the primary or the fallback."""
    if r >= 0:
        s, e = item(offsets, r), item(offsets, r + 1)
        if e - s != stop - start:
            return False
        return same(data, s, data, start, e - s) if primary else same(data, s, fallback_data, start, e - s)
    s, e = item(fallback_offsets, -2 - r), item(fallback_offsets, -1 - r)
    if e - s != stop - start:
        return False
    return (
        same(fallback_data, s, data, start, e - s) if primary else same(fallback_data, s, fallback_data, start, e - s)
    )


@kernel
def densify(ids: I32, size: Int) -> tuple[I32, I32]:
    """Ids of a pool of `size` strings as dictionary indices, and the ids that occur, in order of first appearance."""
    table = np.full(size, -1, np.int32)
    uniques = np.empty(min(size, ids.size), np.int32)
    out = np.empty(ids.size, np.int32)
    count = 0
    for i in range(ids.size):
        index = table[ids[i]]
        if index < 0:
            index = np.int32(count)
            table[ids[i]] = index
            uniques[count] = ids[i]
            count += 1
        out[i] = index
    return out, uniques[:count].copy()


@kernel
def hash_rows(rows: I32, offsets: I64, data: U8, seed0: Int, seed1: Int) -> U64:
    """Hash of string r for each row r ≥ 0, else 0."""
    out = np.zeros(rows.size, np.uint64)
    for i in range(rows.size):
        r = np.int64(rows[i])
        if r >= 0:
            out[i] = hash_bytes(data, offsets[r], offsets[r + 1], seed0, seed1)
    return out
