"""From attributes to columns: one pass over all attributes of all spans.

Every pool id has a role (`semantics.Roles`): plain, one of the known keys, or a special one. The winner of a slot is the
attribute of the best rank; attributes that say the same as the winner are promoted beside it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from swarmscope.ingest.columns import (
    I32,
    I64,
    TYPE_ARRAY,
    TYPE_BOOL,
    TYPE_BYTES,
    TYPE_DOUBLE,
    TYPE_INT,
    TYPE_KVLIST,
    TYPE_STRING,
    U8,
    U64,
)
from swarmscope.ingest.kernels.jit import Flag, Int, bare, inline, item, kernel
from swarmscope.ingest.kernels.numbers import parse_count, parse_scaled
from swarmscope.ingest.kernels.text import hash_bytes, same

# what the kinds of slots hold
KIND_TEXT, KIND_WORD, KIND_COUNT, KIND_TOTAL, KIND_SCALED, KIND_FLAG = range(6)

ROLE_UNKNOWN = -1
ROLE_PLAIN = 0
ROLE_SECRET = -2  # in roles of `pick`: the key names a secret
ROLE_CONTENT = 500
ROLE_SENSITIVE = 501
ROLE_ENTITY = 502  # traceloop.entity.name: names an agent or a tool, by the span's kind

# columns of `text_rows`
AGENT, AGENT_NAME, SESSION, WORKFLOW, PEER, OPERATION, PROVIDER, MODEL, TOOL = range(9)
TEXTS = 9
# columns of `counts`
INPUT, OUTPUT, CACHED, REASONING = range(4)
COUNTS = 4
COST, TTFT, TOTAL, PENDING = 13, 14, 15, 16  # slots behind texts and counts
SLOTS = 17

INLINE_BYTES = 32  # shorter text stays in the attributes: a hash and its row would cost more

WORDS_MAX = 4096
WORD_BYTES_MAX = 1 << 18
NO_RANK = 127

I16 = NDArray[np.int16]


class Attrs(NamedTuple):
    """Attributes as the kernels take them (see `columns.Attributes`)."""

    offsets: I32
    key: I32
    type: U8
    value_offsets: I64
    data: U8


class Keys(NamedTuple):
    """The known keys: slot, rank within it, KIND_*, and the scale of numbers."""

    slot: U8
    rank: U8
    kind: U8
    scale: I64


class Words(NamedTuple):
    """A table of (key, raw value): hash slots, then one entry per word, and what the word means."""

    slots: I32
    hashes: U64
    keys: I16
    offsets: I32
    texts: U8
    used: I64
    meaning: I32
    reversible: U8


class Scratch(NamedTuple):
    """Work space of one span: by slot, and by known attribute."""

    best: I64
    rank: I64
    number: I64
    known: I64
    parsed: I64


def scratch(offsets: I32) -> Scratch:
    """Work space for spans with these offsets of attributes."""
    widest = int(np.diff(offsets).max(initial=0))
    return Scratch(*(np.empty(size, np.int64) for size in (SLOTS, SLOTS, SLOTS, widest, widest)))


class Found(NamedTuple):
    """What the attributes of n spans say, by position. Texts and entity are attribute rows, -1 for none.

    meanings: canonical number of operation and provider. cost: -1 where no attribute tells. kept, content: attribute rows
    that stay in the map, and those that are messages, with offsets by position.
    """

    text_rows: NDArray[np.int32]  # TEXTS × n
    meanings: NDArray[np.int32]  # 2 × n
    counts: NDArray[np.uint32]  # COUNTS × n
    cost: I64
    ttft: U64
    pending: U8
    entity: I32
    bits: NDArray[np.uint64]  # 2 × n
    kept_offsets: I32
    kept: I32
    content_offsets: I32
    content: I32


def room(spans: int, attributes: int) -> Found:
    """Arrays for the kernel to fill."""
    return Found(
        np.empty((TEXTS, spans), np.int32),
        np.empty((2, spans), np.int32),
        np.empty((COUNTS, spans), np.uint32),
        np.empty(spans, np.int64),
        np.empty(spans, np.uint64),
        np.empty(spans, np.uint8),
        np.empty(spans, np.int32),
        np.empty((2, spans), np.uint64),
        np.empty(spans + 1, np.int32),
        np.empty(attributes, np.int32),
        np.empty(spans + 1, np.int32),
        np.empty(attributes, np.int32),
    )


@inline
def _word(k: Int, data: U8, start: Int, stop: Int, words: Words) -> Int:
    """Number of the word (key k, data[start:stop]) in the table, added when new; -1: the table is full."""
    h = hash_bytes(data, start, stop, np.uint64(k), np.uint64(0x5851F42D4C957F2D))
    mask = np.uint64(words.slots.size - 1)
    p = h & mask
    while True:
        found = words.slots[p]
        if found < 0:
            break
        if words.hashes[found] == h and words.keys[found] == k:
            s = np.int64(words.offsets[found])
            if words.offsets[found + 1] - s == stop - start and same(words.texts, s, data, start, stop - start):
                return np.int64(found)
        p = (p + np.uint64(1)) & mask
    number = words.used[0]
    put = np.int64(words.offsets[number])
    if number >= words.hashes.size or put + stop - start > words.texts.size:
        return np.int64(-1)
    words.slots[p] = np.int32(number)
    words.hashes[number] = h
    words.keys[number] = np.int16(k)
    for i in range(stop - start):
        words.texts[put + i] = data[start + i]
    words.offsets[number + 1] = np.int32(put + stop - start)
    words.used[0] = number + 1
    return number


@inline
def is_message(kind: Int, size: Int) -> Flag:
    """Whether a content attribute goes to `messages`; short text and other types stay in the map."""
    return size >= INLINE_BYTES and (
        kind == TYPE_STRING or kind == TYPE_ARRAY or kind == TYPE_KVLIST or kind == TYPE_BYTES
    )


@inline
def _read(k: Int, kind: Int, t: Int, data: U8, start: Int, stop: Int, keys: Keys, words: Words) -> tuple[Int, Flag]:
    """The value of a known key as a whole number (a word's number; 0 for text), -1 when it cannot fill the slot; and whether
    the column can give it back."""
    if kind == KIND_TEXT:
        text = t == TYPE_STRING
        return (np.int64(0) if stop > start and (text or t == TYPE_INT) else np.int64(-1)), text
    if kind == KIND_WORD:
        if t != TYPE_STRING or stop == start:
            return np.int64(-1), False
        word = _word(k, data, start, stop, words)
        return word, word >= 0 and words.reversible[word] == 1
    if kind == KIND_SCALED:
        if t != TYPE_DOUBLE and t != TYPE_INT and t != TYPE_STRING:
            return np.int64(-1), False
        value, exact = parse_scaled(data, start, stop, item(keys.scale, k))
        return value, exact and t == TYPE_DOUBLE
    if kind == KIND_FLAG:
        true = t == TYPE_BOOL and stop - start == 4
        return (np.int64(1) if true else np.int64(-1)), true
    if t != TYPE_INT and t != TYPE_STRING:
        return np.int64(-1), False
    return parse_count(data, start, stop), t == TYPE_INT


@inline
def _agrees(j: Int, kind: Int, value: Int, winner: Int, number: I64, slot: Int, attrs: Attrs, words: Words) -> Flag:
    """Whether attribute j, that fits slot, says the same as the column does."""
    if kind == KIND_TEXT:
        s, p = item(attrs.value_offsets, winner), item(attrs.value_offsets, j)
        n = item(attrs.value_offsets, winner + 1) - s
        return winner == j or (item(attrs.value_offsets, j + 1) - p == n and same(attrs.data, s, attrs.data, p, n))
    if kind == KIND_WORD:
        return words.meaning[value] == number[slot]
    if kind == KIND_TOTAL:
        known = number[TEXTS + INPUT] >= 0 and number[TEXTS + OUTPUT] >= 0
        return known and value == number[TEXTS + INPUT] + number[TEXTS + OUTPUT]
    return value == number[slot]


@inline
def _store(i: Int, best: I64, number: I64, out: Found) -> None:
    """The winners of span i as columns. number: -1 where a slot has none."""
    for s in range(TEXTS):
        out.text_rows[s, i] = np.int32(best[s])
    out.meanings[0, i] = np.int32(max(number[OPERATION], 0))
    out.meanings[1, i] = np.int32(max(number[PROVIDER], 0))
    for s in range(COUNTS):
        out.counts[s, i] = np.uint32(max(number[TEXTS + s], 0))
    out.cost[i] = number[COST]
    out.ttft[i] = np.uint64(max(number[TTFT], 0))
    out.pending[i] = np.uint8(number[PENDING] == 1)


@bare
def promote(rows: I32, attrs: Attrs, role: I16, keys: Keys, words: Words, work: Scratch, out: Found) -> None:
    """Fill `out` for the spans `rows`."""
    best, rank, number, known, parsed = work.best, work.rank, work.number, work.known, work.parsed
    out.kept_offsets[0] = 0
    out.content_offsets[0] = 0
    kept = np.int64(0)
    content = np.int64(0)
    for i in range(rows.size):
        for s in range(SLOTS):
            best[s] = -1
            number[s] = -1
            rank[s] = NO_RANK
        out.entity[i] = -1
        count = 0
        for j in range(np.int64(attrs.offsets[rows[i]]), np.int64(attrs.offsets[rows[i] + 1])):
            r = np.int64(item(role, np.int64(item(attrs.key, j))))
            start, stop = item(attrs.value_offsets, j), item(attrs.value_offsets, j + 1)
            t = np.int64(item(attrs.type, j))
            if r == ROLE_CONTENT and is_message(t, stop - start):
                out.content[content] = np.int32(j)
                content += 1
                continue
            if r <= ROLE_PLAIN or r >= ROLE_CONTENT:
                if r == ROLE_ENTITY and t == TYPE_STRING:
                    out.entity[i] = np.int32(j)
                out.kept[kept] = np.int32(j)
                kept += 1
                continue
            k = r - 1
            kind = np.int64(item(keys.kind, k))
            value, fits = _read(k, kind, t, attrs.data, start, stop, keys, words)
            if value >= 0:
                slot = np.int64(item(keys.slot, k))
                if item(keys.rank, k) < rank[slot]:
                    rank[slot] = item(keys.rank, k)
                    best[slot] = j
                    number[slot] = words.meaning[value] if kind == KIND_WORD else value
            if value >= 0 and fits:
                known[count] = j
                parsed[count] = value
                count += 1
            else:
                out.kept[kept] = np.int32(j)
                kept += 1
        low = np.uint64(0)
        high = np.uint64(0)
        for f in range(count):
            j = known[f]
            k = np.int64(item(role, np.int64(item(attrs.key, j)))) - 1
            slot = np.int64(item(keys.slot, k))
            if not _agrees(j, np.int64(item(keys.kind, k)), parsed[f], best[slot], number, slot, attrs, words):
                out.kept[kept] = np.int32(j)
                kept += 1
            elif k < 64:
                low |= np.uint64(1) << np.uint64(k)
            else:
                high |= np.uint64(1) << np.uint64(k - 64)
        out.bits[0, i] = low
        out.bits[1, i] = high
        out.kept_offsets[i + 1] = np.int32(kept)
        out.content_offsets[i + 1] = np.int32(content)
        _store(i, best, number, out)


@kernel
def name_the_nameless(
    rows: I32,
    resource: I32,
    entity: I32,
    meanings: NDArray[np.int32],
    agent_meaning: Int,
    tool_meaning: Int,
    of_resource: NDArray[np.int32],
    text_rows: NDArray[np.int32],
) -> None:
    """Fallbacks, by position in `rows`: the entity's name for agent or tool, the resource's agent, session, workflow; for
    spans that speak a GenAI convention, the service. of_resource: rows × (agent, agent name, session, workflow, service)
    of resource attributes, -1 for none."""
    for i in range(rows.size):
        r = resource[rows[i]]
        named = False
        for s in range(TEXTS):
            named = named or (s != SESSION and s != WORKFLOW and text_rows[s, i] >= 0)
        if entity[i] >= 0:
            if meanings[0, i] == agent_meaning and text_rows[AGENT_NAME, i] < 0:
                text_rows[AGENT_NAME, i] = entity[i]
            elif meanings[0, i] == tool_meaning and text_rows[TOOL, i] < 0:
                text_rows[TOOL, i] = entity[i]
        if text_rows[AGENT, i] < 0:
            if text_rows[AGENT_NAME, i] >= 0:
                text_rows[AGENT, i] = text_rows[AGENT_NAME, i]
            elif of_resource[r, 0] >= 0:
                text_rows[AGENT, i] = -2 - of_resource[r, 0]
                if of_resource[r, 1] >= 0:
                    text_rows[AGENT_NAME, i] = -2 - of_resource[r, 1]
            elif named and of_resource[r, 4] >= 0:
                text_rows[AGENT, i] = -2 - of_resource[r, 4]
        if text_rows[SESSION, i] < 0 and of_resource[r, 2] >= 0:
            text_rows[SESSION, i] = -2 - of_resource[r, 2]
        if text_rows[WORKFLOW, i] < 0 and of_resource[r, 3] >= 0:
            text_rows[WORKFLOW, i] = -2 - of_resource[r, 3]


@kernel
def intern_bits(bits: NDArray[np.uint64]) -> tuple[I32, NDArray[np.uint64]]:
    """Distinct pairs of words as dictionary indices, and the pairs; (0, 0) comes first."""
    n = bits.shape[1]
    size = 16
    while size < 2 * n + 2:
        size *= 2
    table = np.full(size, -1, np.int32)
    uniques = np.zeros((n + 1, 2), np.uint64)
    indices = np.empty(n, np.int32)
    count = 1
    mask = np.uint64(size - 1)
    low0 = np.uint64(0)
    high0 = np.uint64(0)
    last = np.int32(0)
    for i in range(n):
        low, high = bits[0, i], bits[1, i]
        if low == low0 and high == high0:
            indices[i] = last
            continue
        k = ((low ^ (high << np.uint64(1))) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(32) & mask
        index = np.int32(0) if low == 0 and high == 0 else np.int32(-1)
        while index < 0:
            found = table[k]
            if found < 0:
                table[k] = np.int32(count)
                uniques[count, 0] = low
                uniques[count, 1] = high
                index = np.int32(count)
                count += 1
            elif uniques[found, 0] == low and uniques[found, 1] == high:
                index = found
            else:
                k = (k + np.uint64(1)) & mask
        indices[i] = index
        low0, high0, last = low, high, index
    return indices, uniques[:count].copy()


@kernel
def price(told: I64, counts: NDArray[np.uint32], model: I32, rates: NDArray[np.float64]) -> I64:
    """Cost in nano-dollars: what was told (≥ 0), else tokens × rates (models × input, cached, output)."""
    out = np.empty(told.size, np.int64)
    for i in range(told.size):
        if told[i] >= 0:
            out[i] = told[i]
            continue
        tokens = np.float64(counts[INPUT, i])
        cached = min(np.float64(counts[CACHED, i]), tokens)
        m = model[i]
        nano = (tokens - cached) * rates[m, 0] + cached * rates[m, 1] + np.float64(counts[OUTPUT, i]) * rates[m, 2]
        out[i] = np.int64(nano + 0.5)
    return out
