"""Identities by hash: resources and series."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from swarmscope.ingest.columns import I32, I64, U8, U64
from swarmscope.ingest.kernels.jit import Flag, Int, inline, kernel
from swarmscope.ingest.kernels.text import hash_bytes, mix

# fixed, so that ids are the same in every process and for ever
_S0 = np.uint64(0x243F6A8885A308D3)
_S1 = np.uint64(0x13198A2E03707344)


@inline
def _entry(key: Int, kind: Int, start: Int, stop: Int, pool_offsets: I64, pool_data: U8, data: U8, seed: Int) -> Int:
    """Hash of one attribute: key, type and value."""
    k = hash_bytes(pool_data, pool_offsets[key], pool_offsets[key + 1], seed, _S1)
    return mix(k, hash_bytes(data, start, stop, seed ^ np.uint64(kind), _S0))


@kernel
def hash_owners(
    offsets: I32, key: I32, kind_of: U8, value_offsets: I64, data: U8, pool_offsets: I64, pool_data: U8
) -> U64:
    """A 64-bit id of every owner's attributes, whatever their order."""
    out = np.empty(offsets.size - 1, np.uint64)
    for i in range(out.size):
        total = _S0 ^ np.uint64(offsets[i + 1] - offsets[i])
        for j in range(offsets[i], offsets[i + 1]):
            total += _entry(
                key[j], kind_of[j], value_offsets[j], value_offsets[j + 1], pool_offsets, pool_data, data, _S0
            )
        out[i] = mix(total, _S1)
    return out


@kernel
def mix_words(a: U64, b: U64) -> U64:
    """mix, element by element."""
    out = np.empty(a.size, np.uint64)
    for i in range(a.size):
        out[i] = mix(a[i], b[i])
    return out


@kernel
def hash_pool(offsets: I64, data: U8) -> U64:
    """Hash of every pool string."""
    out = np.empty(offsets.size - 1, np.uint64)
    for i in range(out.size):
        out[i] = hash_bytes(data, offsets[i], offsets[i + 1], _S0, _S1)
    return out


@kernel
def label_rows(offsets: I32, key: I32, role: NDArray[np.int16]) -> tuple[I32, I32]:
    """Attributes of resources that become labels (role > 0): offsets by resource, and rows."""
    out = np.empty(offsets.size, np.int32)
    rows = np.empty(key.size, np.int32)
    out[0] = 0
    count = 0
    for i in range(offsets.size - 1):
        for j in range(offsets[i], offsets[i + 1]):
            if role[key[j]] > 0:
                rows[count] = j
                count += 1
        out[i + 1] = count
    return out, rows[:count].copy()


@inline
def _own(key: Int, keys: I32, first: Int, last: Int) -> Flag:
    for j in range(first, last):
        if keys[j] == key:
            return True
    return False


@kernel
def series_ids(
    rows: I32,
    metric_hash: U64,
    metric: I32,
    resource: I32,
    tenant: I32,
    seeds: NDArray[np.uint64],
    name_hash: U64,
    offsets: I32,
    key: I32,
    value_offsets: I64,
    data: U8,
    key_hash: U64,
    label_offsets: I32,
    labels: I32,
    label_key: I32,
    label_value_offsets: I64,
    label_data: U8,
) -> NDArray[np.uint64]:
    """128 bits for each point, whatever the order of its labels: one word of tenant and name of the metric, so that a metric
    lies together in the store, and one of everything. A label of the point hides the resource's."""
    out = np.empty((rows.size, 2), np.uint64)
    resources = label_offsets.size - 1
    low_of = np.zeros(resources, np.uint64)
    high_of = np.zeros(resources, np.uint64)
    for r in range(resources):
        for p in range(label_offsets[r], label_offsets[r + 1]):
            j = labels[p]
            e = mix(
                key_hash[label_key[j]],
                hash_bytes(label_data, label_value_offsets[j], label_value_offsets[j + 1], _S0, _S1),
            )
            low_of[r] += e
            high_of[r] += mix(e, _S0)
    for i in range(rows.size):
        row = rows[i]
        r = resource[row]
        first, last = offsets[row], offsets[row + 1]
        low, high = low_of[r], high_of[r]
        for p in range(label_offsets[r], label_offsets[r + 1]):
            j = labels[p]
            if _own(label_key[j], key, first, last):
                e = mix(
                    key_hash[label_key[j]],
                    hash_bytes(label_data, label_value_offsets[j], label_value_offsets[j + 1], _S0, _S1),
                )
                low -= e
                high -= mix(e, _S0)
        for j in range(first, last):
            e = mix(key_hash[key[j]], hash_bytes(data, value_offsets[j], value_offsets[j + 1], _S0, _S1))
            low += e
            high += mix(e, _S0)
        m = metric_hash[metric[row]]
        out[i, 0] = mix(name_hash[metric[row]], seeds[tenant[i], 0])
        out[i, 1] = mix(mix(low ^ seeds[tenant[i], 0], m) ^ high, mix(high ^ seeds[tenant[i], 1], m))
    return out


@kernel
def labels_of(
    points: I32, resource: I32, offsets: I32, key: I32, label_offsets: I32, labels: I32, label_key: I32
) -> tuple[I32, I32, I32]:
    """Labels of points: offsets, key ids, and value rows (≥ 0 of the point, -2 - row of the resource)."""
    out = np.empty(points.size + 1, np.int32)
    out[0] = 0
    total = 0
    for i in range(points.size):
        total += offsets[points[i] + 1] - offsets[points[i]]
        r = resource[points[i]]
        total += label_offsets[r + 1] - label_offsets[r]
    keys = np.empty(total, np.int32)
    values = np.empty(total, np.int32)
    at = 0
    for i in range(points.size):
        first, last = offsets[points[i]], offsets[points[i] + 1]
        for j in range(first, last):
            keys[at] = key[j]
            values[at] = j
            at += 1
        r = resource[points[i]]
        for p in range(label_offsets[r], label_offsets[r + 1]):
            j = labels[p]
            if not _own(label_key[j], key, first, last):
                keys[at] = label_key[j]
                values[at] = -2 - j
                at += 1
        out[i + 1] = at
    return out, keys[:at].copy(), values[:at].copy()


@kernel
def admit(words: U64, positions: I64, table: U64, room: Int) -> tuple[Int, I64]:
    """Put the words at `positions` into the set `table`, at most `room` new ones; how many were, and which positions were
    refused. table: open addressing, never full."""
    mask = np.uint64(table.size - 1)
    beyond = np.empty(positions.size, np.int64)
    refused, taken = np.int64(0), np.int64(0)
    for i in range(positions.size):
        word = words[positions[i]]
        if word == 0:
            word = np.uint64(1)
        k = word & mask
        while table[k] != 0 and table[k] != word:
            k = (k + np.uint64(1)) & mask
        if table[k] == word:
            continue
        if taken < room:
            table[k] = word
            taken += 1
        else:
            beyond[refused] = positions[i]
            refused += 1
    return taken, beyond[:refused].copy()
