"""Which attribute rows go where: maps that are left, small promotions (logs, agent events), ragged selections."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from swarmscope.ingest.columns import I32, I64, TYPE_STRING, U8
from swarmscope.ingest.kernels.jit import Int, item, kernel
from swarmscope.ingest.kernels.promote import ROLE_PLAIN, ROLE_SECRET, ROLE_SENSITIVE, ROLE_UNKNOWN
from swarmscope.ingest.kernels.text import same

I16 = NDArray[np.int16]

# what becomes of an attribute
STATE_KEPT, STATE_PROMOTED, STATE_CONTENT = range(3)


@kernel
def unknown_keys(key: I32, role: I16) -> I32:
    """Pool ids among the keys that have no role yet; each at least once, marked plain so that none comes thrice."""
    out = np.empty(16, np.int32)
    count = 0
    for j in range(key.size):
        if item(role, np.int64(item(key, j))) == ROLE_UNKNOWN:
            if count == out.size:
                more = np.empty(2 * count, np.int32)
                for c in range(count):
                    more[c] = out[c]
                out = more
            out[count] = key[j]
            count += 1
            role[key[j]] = ROLE_PLAIN
    return out[:count].copy()


@kernel
def keep(rows: I32, offsets: I32, state: U8) -> tuple[I32, I32]:
    """The map that is left: offsets by position in `rows`, and the attribute rows in it."""
    n = rows.size
    out = np.empty(n + 1, np.int32)
    out[0] = 0
    total = 0
    for i in range(n):
        for j in range(offsets[rows[i]], offsets[rows[i] + 1]):
            if item(state, np.int64(j)) == STATE_KEPT:
                total += 1
        out[i + 1] = np.int32(total)
    entries = np.empty(total, np.int32)
    at = 0
    for i in range(n):
        for j in range(offsets[rows[i]], offsets[rows[i] + 1]):
            if state[j] == STATE_KEPT:
                entries[at] = np.int32(j)
                at += 1
    return out, entries


@kernel
def pick(
    rows: I32,
    offsets: I32,
    key: I32,
    kind_of: U8,
    value_offsets: I64,
    data: U8,
    role: I16,
    number: I16,
    text_rows: NDArray[np.int32],
    bits: NDArray[np.uint64],
    state: U8,
) -> None:
    """A small promotion for text columns only (logs, agent events). role: column × 64 + rank + 1 by pool id, 0 plain;
    number: place of the key in `model.semantics.KEYS`. text_rows: columns × n, -1 for none."""
    columns = text_rows.shape[0]
    rank = np.empty(columns, np.int64)
    for i in range(rows.size):
        for c in range(columns):
            text_rows[c, i] = -1
            rank[c] = 64
        first, last = offsets[rows[i]], offsets[rows[i] + 1]
        for j in range(first, last):
            r = np.int64(role[key[j]]) - 1
            if r >= 0 and kind_of[j] != 0 and value_offsets[j + 1] > value_offsets[j] and r % 64 < rank[r // 64]:
                rank[r // 64] = r % 64
                text_rows[r // 64, i] = np.int32(j)
        low = np.uint64(0)
        high = np.uint64(0)
        for j in range(first, last):
            r = np.int64(role[key[j]]) - 1
            if r < 0 or kind_of[j] != TYPE_STRING:
                continue
            winner = np.int64(text_rows[r // 64, i])
            if winner < 0:
                continue
            s, n = value_offsets[winner], value_offsets[winner + 1] - value_offsets[winner]
            if winner == j or (
                value_offsets[j + 1] - value_offsets[j] == n and same(data, s, data, value_offsets[j], n)
            ):
                state[j] = STATE_PROMOTED
                k = number[key[j]]
                if k >= 64:
                    high |= np.uint64(1) << np.uint64(k - 64)
                elif k >= 0:
                    low |= np.uint64(1) << np.uint64(k)
        bits[0, i] = low
        bits[1, i] = high


@kernel
def first_with_role(offsets: I32, key: I32, value_offsets: I64, role: I16, columns: Int) -> NDArray[np.int32]:
    """owners × columns: the attribute row of the best key of each column (role as in `pick`), -1 for none."""
    n = offsets.size - 1
    out = np.full((n, columns), -1, np.int32)
    rank = np.empty(columns, np.int64)
    for i in range(n):
        for c in range(columns):
            rank[c] = 64
        for j in range(offsets[i], offsets[i + 1]):
            r = np.int64(role[key[j]]) - 1
            if r >= 0 and value_offsets[j + 1] > value_offsets[j] and r % 64 < rank[r // 64]:
                rank[r // 64] = r % 64
                out[i, r // 64] = np.int32(j)
    return out


@kernel
def secret_rows(key: I32, kind_of: U8, value_offsets: I64, role: I16) -> I64:
    """Attribute rows, strings that are not empty, whose key names a secret."""
    out = np.empty(8, np.int64)
    count = 0
    for j in range(key.size):
        r = role[key[j]]
        if (
            (r == ROLE_SECRET or r == ROLE_SENSITIVE)
            and kind_of[j] == TYPE_STRING
            and value_offsets[j + 1] > value_offsets[j]
        ):
            if count == out.size:
                more = np.empty(2 * count, np.int64)
                for c in range(count):
                    more[c] = out[c]
                out = more
            out[count] = j
            count += 1
    return out[:count].copy()


@kernel
def ragged(rows: I32, offsets: I32) -> tuple[I32, I32]:
    """Elements of the chosen owners: new offsets, and the elements' rows."""
    out = np.empty(rows.size + 1, np.int32)
    out[0] = 0
    for i in range(rows.size):
        out[i + 1] = out[i] + offsets[rows[i] + 1] - offsets[rows[i]]
    chosen = np.empty(out[rows.size], np.int32)
    at = 0
    for i in range(rows.size):
        for j in range(offsets[rows[i]], offsets[rows[i] + 1]):
            chosen[at] = j
            at += 1
    return out, chosen


@kernel
def fall_back(text_rows: I32, of_resource: I32, resource: I32) -> None:
    """Where a row has no text yet, that of its resource (as -2 - row)."""
    for i in range(text_rows.size):
        if text_rows[i] == -1 and of_resource[resource[i]] >= 0:
            text_rows[i] = -2 - of_resource[resource[i]]


@kernel
def ids_of(ids: I32, pool_offsets: I64, pool_data: U8, names_offsets: I64, names_data: U8) -> I32:
    """For each pool id the number of the name that it spells, -1 for none of them."""
    out = np.empty(ids.size, np.int32)
    last = np.int32(-1)
    answer = np.int32(-1)
    for i in range(ids.size):
        if ids[i] != last:
            last = ids[i]
            answer = np.int32(-1)
            start = pool_offsets[last]
            n = pool_offsets[last + 1] - start
            for c in range(names_offsets.size - 1):
                if names_offsets[c + 1] - names_offsets[c] == n and same(
                    pool_data, start, names_data, names_offsets[c], n
                ):
                    answer = np.int32(c)
        out[i] = answer
    return out


@kernel
def first_of(points: I32, offsets: I32, key: I32, value_offsets: I64, role: I16) -> I32:
    """For each point the attribute row of the best key of column 0 (role as in `pick`), -1 for none."""
    out = np.full(points.size, -1, np.int32)
    for i in range(points.size):
        rank = np.int64(64)
        for j in range(offsets[points[i]], offsets[points[i] + 1]):
            r = np.int64(role[key[j]]) - 1
            if r >= 0 and r < rank and value_offsets[j + 1] > value_offsets[j]:
                rank = r
                out[i] = np.int32(j)
    return out
