"""XXH64 of many byte strings at once (https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

U64 = NDArray[np.uint64]
U8 = NDArray[np.uint8]

P1, P2, P3, P4, P5 = (
    np.uint64(p)
    for p in (
        0x9E3779B185EBCA87,
        0xC2B2AE3D27D4EB4F,
        0x165667B19E3779F9,
        0x85EBCA77C2B2AE63,
        0x27D4EB2F165667C5,
    )
)
STRIPE = 32
BLOCK_BYTES_MAX = 1 << 24  # of strings that are hashed side by side, each as long as the longest of them


def xxh64(data: U8, offsets: NDArray[Any]) -> U64:
    """Hashes with seed 0 of the strings `data[offsets[i] : offsets[i + 1]]`, one per string."""
    starts, lengths = offsets[:-1].astype(np.int64), np.diff(offsets).astype(np.int64)
    out = np.empty(len(lengths), np.uint64)
    order = np.argsort(lengths, kind="stable")
    at = 0
    while at < len(order):
        room = BLOCK_BYTES_MAX // (lengths[order[at:]] + STRIPE) >= np.arange(1, len(order) - at + 1)
        rows = order[at : at + max(1, int(np.count_nonzero(room)))]  # lengths ascend, so what fits stands first
        width = int(lengths[rows[-1]]) // STRIPE * STRIPE + STRIPE
        index = np.arange(width)
        inside = index < lengths[rows, None]
        block = np.where(inside, data[np.where(inside, starts[rows, None] + index, 0)], 0) if len(data) else inside
        out[rows] = _block(block.astype(np.uint8), lengths[rows])
        at += len(rows)
    return out


def _block(block: U8, lengths: NDArray[np.int64]) -> U64:
    """Of strings that stand in the rows of a matrix, filled up with zeros to a multiple of a stripe."""
    words = block.view("<u8")
    h = np.full(len(block), P5)
    stripes = lengths // STRIPE
    long = np.flatnonzero(stripes)
    if len(long):
        h[long] = _striped(words[long], stripes[long])
    h += lengths.astype(np.uint64)
    rows, at = np.arange(len(block)), stripes * STRIPE
    for _ in range(3):
        more = lengths - at >= 8
        word = words[rows, np.minimum(at // 8, words.shape[1] - 1)]
        h = np.where(more, _rotated(h ^ _round(np.zeros_like(h), word), 27) * P1 + P4, h)
        at = at + 8 * more
    more = lengths - at >= 4
    half = block.view("<u4")[rows, np.minimum(at // 4, block.shape[1] // 4 - 1)].astype(np.uint64)
    h = np.where(more, _rotated(h ^ (half * P1), 23) * P2 + P3, h)
    at = at + 4 * more
    for _ in range(3):
        more = lengths > at
        byte = block[rows, np.minimum(at, block.shape[1] - 1)].astype(np.uint64)
        h = np.where(more, _rotated(h ^ (byte * P5), 11) * P1, h)
        at = at + more
    return _avalanche(h)


def _striped(words: U64, stripes: NDArray[np.int64]) -> U64:
    """What the whole stripes of strings of 32 bytes and more come to."""
    lanes = np.zeros((len(words), 4), np.uint64)
    with np.errstate(over="ignore"):
        lanes += np.array([P1 + P2, P2, np.uint64(0), np.uint64(0) - P1])
    for i in range(int(stripes.max())):
        more = stripes > i
        lanes = np.where(more[:, None], _round(lanes, words[:, 4 * i : 4 * i + 4]), lanes)
    h = sum((_rotated(lanes[:, i], r) for i, r in enumerate((1, 7, 12, 18))), np.zeros(len(words), np.uint64))
    for i in range(4):
        h = (h ^ _round(np.zeros_like(h), lanes[:, i])) * P1 + P4
    return np.asarray(h)


def _round(lane: U64, word: U64) -> U64:
    return _rotated(lane + word * P2, 31) * P1


def _rotated(x: U64, by: int) -> U64:
    return (x << np.uint64(by)) | (x >> np.uint64(64 - by))


def _avalanche(h: U64) -> U64:
    h = (h ^ (h >> np.uint64(33))) * P2
    h = (h ^ (h >> np.uint64(29))) * P3
    return h ^ (h >> np.uint64(32))
