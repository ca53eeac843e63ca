"""Spans that repeat what the spans below them used: found by marks that climb from child to parent."""

from __future__ import annotations

import numpy as np

from swarmscope.ingest.columns import I32, TYPE_DOUBLE, TYPE_INT, TYPE_STRING, U8, U64
from swarmscope.ingest.kernels.family import place
from swarmscope.ingest.kernels.jit import Flag, Int, inline, item, kernel
from swarmscope.ingest.kernels.numbers import parse_scaled
from swarmscope.ingest.kernels.promote import (
    COST,
    COUNTS,
    I16,
    INPUT,
    OUTPUT,
    ROLE_CONTENT,
    ROLE_PLAIN,
    TEXTS,
    TOTAL,
    Attrs,
    Found,
    Keys,
)


@kernel
def repeats(
    words: U64,
    ups: U64,
    calls: U8,
    found: Found,
    marks: U64,
) -> tuple[U8, Flag]:
    """Which spans only repeat usage from below, by position; whether any do.

    words, ups: of each span and the one above it, see `family.words`. calls: whether the operation is a model call, by its
    number. marks: one word per span with usage below it, in the place that its hash says; a later one may take the place. Spans
    of this batch are judged behind those below them, whatever their order; spans that are their own ancestors are not judged.
    """
    n = words.size
    out = np.zeros(n, np.uint8)
    some = False
    size = 16
    while size < 2 * n:
        size *= 2
    slots = np.full(size, -1, np.int32)
    for i in range(n):
        slots[place(words[i], words, slots)] = np.int32(i)
    above, below_it, waits = np.full(n, -1, np.int32), np.zeros(n, np.uint8), np.zeros(n, np.int32)
    for i in range(n):
        if ups[i] != 0:
            above[i] = slots[place(ups[i], words, slots)]
            if above[i] >= 0:
                waits[above[i]] += 1
    ready = np.empty(n, np.int32)
    last = 0
    for i in range(n):
        if waits[i] == 0:
            ready[last] = np.int32(i)
            last += 1
    mask = np.uint64(marks.size - 1)
    first = 0
    while first < last:
        e = np.int64(ready[first])
        first += 1
        told = found.counts[INPUT, e] > 0 or found.counts[OUTPUT, e] > 0
        call = calls[found.meanings[0, e]] == 1
        carries = told or (call and found.cost[e] > 0)
        if not (carries and call):
            below = below_it[e] == 1 or marks[words[e] & mask] == words[e]
            carries = carries or below
            if below and not call and (told or found.cost[e] > 0):
                out[e] = 1
                some = True
        over = np.int64(above[e])
        if over >= 0:
            below_it[over] |= np.uint8(carries)
            waits[over] -= 1
            if waits[over] == 0:
                ready[last] = np.int32(over)
                last += 1
        elif carries and ups[e] != 0:
            marks[ups[e] & mask] = ups[e]
    return out, some


@inline
def _tells_own_cost(i: Int, attrs: Attrs, role: I16, keys: Keys, own_cost: Int) -> Flag:
    """Whether span i has a cost that is by definition its own alone."""
    for j in range(np.int64(attrs.offsets[i]), np.int64(attrs.offsets[i + 1])):
        if np.int64(item(role, np.int64(item(attrs.key, j)))) != own_cost + 1:
            continue
        t = np.int64(item(attrs.type, j))
        if t == TYPE_DOUBLE or t == TYPE_INT or t == TYPE_STRING:
            start, stop = item(attrs.value_offsets, j), item(attrs.value_offsets, j + 1)
            value, _ = parse_scaled(attrs.data, start, stop, item(keys.scale, own_cost))
            if value >= 0:
                return True
    return False


@kernel
def withhold(
    rows: I32, repeated: U8, attrs: Attrs, role: I16, keys: Keys, own_cost: Int, found: Found
) -> tuple[I32, I32]:
    """Take tokens and cost of the repeating spans out of the columns of `found`; kept_offsets and kept with their attributes
    back among the others. own_cost: the number of the key whose cost stays."""
    room = np.int64(found.kept.size)
    for i in range(rows.size):
        if repeated[i]:
            room += np.int64(attrs.offsets[rows[i] + 1]) - np.int64(attrs.offsets[rows[i]])
    offsets = np.zeros(rows.size + 1, np.int32)
    kept = np.empty(room, np.int32)
    n = np.int64(0)
    one = np.uint64(1)
    for i in range(rows.size):
        for e in range(np.int64(found.kept_offsets[i]), np.int64(found.kept_offsets[i + 1])):
            kept[n] = found.kept[e]
            n += 1
        if repeated[i]:
            row = np.int64(rows[i])
            own = _tells_own_cost(row, attrs, role, keys, own_cost)
            for j in range(np.int64(attrs.offsets[row]), np.int64(attrs.offsets[row + 1])):
                r = np.int64(item(role, np.int64(item(attrs.key, j))))
                if r <= ROLE_PLAIN or r >= ROLE_CONTENT:
                    continue
                k = r - 1
                slot = np.int64(item(keys.slot, k))
                counted = (slot >= TEXTS and slot < TEXTS + COUNTS) or slot == TOTAL
                if not counted and (slot != COST or own):
                    continue
                half, bit = (0, one << np.uint64(k)) if k < 64 else (1, one << np.uint64(k - 64))
                if found.bits[half, i] & bit != 0:
                    found.bits[half, i] ^= bit
                    kept[n] = np.int32(j)
                    n += 1
            for s in range(COUNTS):
                found.counts[s, i] = 0
            if not own:
                found.cost[i] = -1
        offsets[i + 1] = np.int32(n)
    return offsets, kept[:n].copy()
