"""Message text leaves the spans: parts, their keyed hashes, and which of them the store may not have yet."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from swarmscope.ingest.columns import (
    I32,
    I64,
    TYPE_BYTES,
    TYPE_STRING,
    U8,
    U64,
)
from swarmscope.ingest.kernels.jit import Flag, Int, byte, inline, item, kernel, load64, move
from swarmscope.ingest.kernels.picks import STATE_CONTENT
from swarmscope.ingest.kernels.promote import ROLE_CONTENT, is_message
from swarmscope.ingest.kernels.text import hash_bytes, mix

ELEMENT_BYTES = 24  # an array whose elements are shorter on average is not split

# how a part is marked behind its key
MARK_WHOLE, MARK_TIGHT, MARK_SPACED = range(3)  # "", "[]", "[ ]"

_ONES = np.uint64(0x0101010101010101)
_HIGH = np.uint64(0x8080808080808080)
_QUOTES = np.uint64(0x2222222222222222)
_SLASHES = np.uint64(0x5C5C5C5C5C5C5C5C)


@inline
def _zeros(x: Int) -> Int:
    """Non-zero when a byte of x is zero."""
    return (x - _ONES) & ~x & _HIGH


@inline
def _after_string(data: U8, p: Int, stop: Int) -> Int:
    """Position behind the closing quote of the JSON string whose text starts at p, -1 when it does not end."""
    while p < stop:
        while p + 8 <= stop:
            x = load64(data, p)
            if _zeros(x ^ _QUOTES) | _zeros(x ^ _SLASHES):
                break
            p += 8
        if p >= stop:
            break
        c = byte(data, p)
        if c == 34:
            return p + 1
        p += 2 if c == 92 else 1
    return np.int64(-1)


@kernel
def split_array(data: U8, start: Int, stop: Int, starts: I64, stops: I64, at: Int, write: Flag) -> tuple[Int, Int]:
    """Elements of the JSON array data[start:stop] at top level, and their mark; (0, _): not an array that a plain join
    of its elements gives back. With `write`, their places go to starts and stops from `at` on."""
    p = start + 1
    depth = 0
    count = 0
    mark = MARK_TIGHT
    first = p
    last = stop - 1
    if last <= p or byte(data, last) != 93:
        return 0, mark
    while p < last:
        c = byte(data, p)
        if c == 34:
            p = _after_string(data, p + 1, last)
            if p < 0:
                return 0, mark
            continue
        if c == 91 or c == 123:
            depth += 1
        elif c == 93 or c == 125:
            depth -= 1
            if depth < 0:
                return 0, mark
        elif c == 44 and depth == 0:
            if p == first:
                return 0, mark
            if write:
                starts[at + count] = first
                stops[at + count] = p
            spaced = byte(data, p + 1) == 32
            if count == 0:
                mark = MARK_SPACED if spaced else MARK_TIGHT
            elif spaced != (mark == MARK_SPACED):
                return 0, mark
            count += 1
            p += 1 if spaced else 0
            first = p + 1
            if first >= last:
                return 0, mark
        p += 1
    if depth != 0 or first >= last:
        return 0, mark
    if write:
        starts[at + count] = first
        stops[at + count] = last
    return count + 1, mark


@kernel
def _grow(array: I64, need: Int) -> I64:
    if need <= array.size:
        return array
    more = np.empty(max(need, 2 * array.size), np.int64)
    for i in range(array.size):
        more[i] = array[i]
    return more


@kernel
def split(
    content_offsets: I32, content: I32, key: I32, kind_of: U8, value_offsets: I64, data: U8
) -> tuple[I32, I64, I64, I64, I64]:
    """Parts of content attributes: (offsets by owner, pool id of the key, mark + 4 × type, start, stop). content: attribute
    rows, with offsets by owner."""
    n = content_offsets.size - 1
    part_offsets = np.empty(n + 1, np.int32)
    part_offsets[0] = 0
    room = content.size + 16
    keys = np.empty(room, np.int64)
    marks = np.empty(room, np.int64)
    starts = np.empty(room, np.int64)
    stops = np.empty(room, np.int64)
    count = np.int64(0)
    for i in range(n):
        for c in range(content_offsets[i], content_offsets[i + 1]):
            j = np.int64(content[c])
            start, stop = item(value_offsets, j), item(value_offsets, j + 1)
            t = np.int64(item(kind_of, j))
            elements = np.int64(0)
            mark = np.int64(MARK_WHOLE)
            if byte(data, start) == 91 and t != TYPE_BYTES:
                elements, mark = split_array(data, start, stop, starts, stops, np.int64(0), False)
                if elements * ELEMENT_BYTES > stop - start:
                    elements = np.int64(0)
            parts = max(elements, np.int64(1))
            if count + parts > keys.size:
                keys = _grow(keys, count + parts)
                marks = _grow(marks, count + parts)
                starts = _grow(starts, count + parts)
                stops = _grow(stops, count + parts)
            if elements > 0:
                split_array(data, start, stop, starts, stops, count, True)
            else:
                mark = np.int64(MARK_WHOLE)
                starts[count] = start
                stops[count] = stop
            for e in range(count, count + parts):
                keys[e] = item(key, j)
                marks[e] = mark + 4 * t
            count += parts
        part_offsets[i + 1] = np.int32(count)
    return part_offsets, keys[:count], marks[:count], starts[:count], stops[:count]


@kernel
def hash_parts(part_offsets: I32, starts: I64, stops: I64, data: U8, tenant: I32, seeds: NDArray[np.uint64]) -> U64:
    """Keyed hash of every part. tenant: by span position; seeds: tenants × 2."""
    out = np.empty(starts.size, np.uint64)
    for i in range(part_offsets.size - 1):
        s0, s1 = seeds[tenant[i], 0], seeds[tenant[i], 1]
        for e in range(part_offsets[i], part_offsets[i + 1]):
            out[e] = hash_bytes(data, starts[e], stops[e], s0, s1)
    return out


@kernel
def fingerprints(
    part_offsets: I32,
    hashes: U64,
    session_rows: I32,
    rows: I32,
    trace_id: NDArray[np.uint8],
    value_offsets: I64,
    data: U8,
    fallback_offsets: I64,
    fallback_data: U8,
    tenant: I32,
    seeds: NDArray[np.uint64],
    period: Int,
) -> U64:
    """One word per part for (tenant, session, hash, period): the key of the recent cache. period: the week, so that text
    is sent again before the store forgets it."""
    out = np.empty(hashes.size, np.uint64)
    flat = trace_id.reshape(trace_id.size)
    for i in range(part_offsets.size - 1):
        if part_offsets[i] == part_offsets[i + 1]:
            continue
        s0, s1 = seeds[tenant[i], 0], seeds[tenant[i], 1]
        r = np.int64(session_rows[i])
        if r >= 0:
            session = hash_bytes(data, value_offsets[r], value_offsets[r + 1], s1, s0)
        elif r < -1:
            session = hash_bytes(fallback_data, fallback_offsets[-2 - r], fallback_offsets[-1 - r], s1, s0)
        else:
            session = hash_bytes(flat, np.int64(rows[i]) * 16, np.int64(rows[i]) * 16 + 16, s1 ^ s0, s0)
        session ^= period
        for e in range(part_offsets[i], part_offsets[i + 1]):
            out[e] = mix(session, hashes[e])
    return out


@kernel
def fresh(prints: U64, recent: U64) -> I64:
    """Positions of the words that `recent` (sets of four) does not hold, each distinct word once."""
    n = prints.size
    size = 16
    while size < 2 * n:
        size *= 2
    table = np.zeros(size, np.uint64)
    mask = np.uint64(size - 1)
    sets = np.uint64(recent.size // 4 - 1)
    out = np.empty(n, np.int64)
    count = 0
    for i in range(n):
        word = prints[i]
        if word == 0:
            word = np.uint64(1)
        base = (word & sets) * np.uint64(4)
        held = False
        for w in range(4):
            held = held or recent[base + np.uint64(w)] == word
        if held:
            continue
        k = (word >> np.uint64(20)) & mask
        while table[k] != 0 and table[k] != word:
            k = (k + np.uint64(1)) & mask
        if table[k] == word:
            continue
        table[k] = word
        out[count] = i
        count += 1
    return out[:count].copy()


@kernel
def remember(words: U64, recent: U64) -> None:
    """Put words into `recent`; the oldest of a full set leaves."""
    sets = np.uint64(recent.size // 4 - 1)
    for i in range(words.size):
        word = words[i]
        if word == 0:
            word = np.uint64(1)
        base = (word & sets) * np.uint64(4)
        held = False
        for w in range(4):
            held = held or recent[base + np.uint64(w)] == word
        if not held:
            for w in range(3, 0, -1):
                recent[base + np.uint64(w)] = recent[base + np.uint64(w - 1)]
            recent[base] = word


@kernel
def owners(part_offsets: I32) -> I32:
    """Span position of each part."""
    out = np.empty(part_offsets[part_offsets.size - 1], np.int32)
    for i in range(part_offsets.size - 1):
        for e in range(part_offsets[i], part_offsets[i + 1]):
            out[e] = np.int32(i)
    return out


@kernel
def slices(chosen: I64, starts: I64, stops: I64, data: U8) -> tuple[I32, U8]:
    """data[starts:stops] of the chosen parts as Arrow buffers."""
    out = np.empty(chosen.size + 1, np.int32)
    out[0] = 0
    total = np.int64(0)
    for i in range(chosen.size):
        total += stops[chosen[i]] - starts[chosen[i]]
        out[i + 1] = np.int32(total)
    text = np.empty(total, np.uint8)
    for i in range(chosen.size):
        e = chosen[i]
        move(text, np.int64(out[i]), data, starts[e], stops[e] - starts[e])
    return out, text


@kernel
def sessions(
    positions: I32,
    session_rows: I32,
    rows: I32,
    trace_id: NDArray[np.uint8],
    value_offsets: I64,
    data: U8,
    fallback_offsets: I64,
    fallback_data: U8,
) -> tuple[I32, U8]:
    """The session of spans by position as Arrow buffers; the trace id in hex where there is none."""
    out = np.empty(positions.size + 1, np.int32)
    out[0] = 0
    total = np.int64(0)
    for i in range(positions.size):
        r = np.int64(session_rows[positions[i]])
        if r >= 0:
            total += value_offsets[r + 1] - value_offsets[r]
        elif r < -1:
            total += fallback_offsets[-1 - r] - fallback_offsets[-2 - r]
        else:
            total += 32
        out[i + 1] = np.int32(total)
    text = np.empty(total, np.uint8)
    for i in range(positions.size):
        at = np.int64(out[i])
        r = np.int64(session_rows[positions[i]])
        if r >= 0:
            move(text, at, data, value_offsets[r], value_offsets[r + 1] - value_offsets[r])
        elif r < -1:
            s = fallback_offsets[-2 - r]
            move(text, at, fallback_data, s, fallback_offsets[-1 - r] - s)
        else:
            row = rows[positions[i]]
            for b in range(16):
                c = trace_id[row, b]
                high, low = c >> 4, c & 15
                text[at + 2 * b] = high + (48 if high < 10 else 87)
                text[at + 2 * b + 1] = low + (48 if low < 10 else 87)
    return out, text


@inline
def _tail(mark: Int, text: U8, at: Int, letters: U8, write: Flag) -> Int:
    """The mark behind a key: "[]", "[ ]", ":j" …; its length."""
    shape = mark & 3
    kind = mark >> 2
    n = 0
    if shape != MARK_WHOLE:
        if write:
            text[at] = 91
        n = 1
        if shape == MARK_SPACED:
            if write:
                text[at + n] = 32
            n += 1
        if write:
            text[at + n] = 93
        n += 1
    if kind != TYPE_STRING:
        if write:
            text[at + n] = 58
            text[at + n + 1] = letters[kind]
        n += 2
    return n


@inline
def _head(event: Int, text: U8, at: Int, write: Flag) -> Int:
    """`#12/` before the key of an event's attribute; its length."""
    if event < 0:
        return 0
    digits = 1
    limit = 10
    while event >= limit:
        digits += 1
        limit *= 10
    if write:
        text[at] = 35
        value = event
        for d in range(digits, 0, -1):
            text[at + d] = 48 + value % 10
            value //= 10
        text[at + digits + 1] = 47
    return digits + 2


@kernel
def message_keys(keys: I64, marks: I64, events: I32, pool_offsets: I64, pool_data: U8, letters: U8) -> tuple[I32, U8]:
    """`message_key` of every part as Arrow buffers. events: event index within the span, -1: the span's own."""
    out = np.empty(keys.size + 1, np.int32)
    out[0] = 0
    total = np.int64(0)
    scratch = np.empty(1, np.uint8)
    for i in range(keys.size):
        k = keys[i]
        total += pool_offsets[k + 1] - pool_offsets[k]
        total += _head(np.int64(events[i]), scratch, 0, False) + _tail(marks[i], scratch, 0, letters, False)
        out[i + 1] = np.int32(total)
    text = np.empty(total, np.uint8)
    for i in range(keys.size):
        at = np.int64(out[i])
        k = keys[i]
        at += _head(np.int64(events[i]), text, at, True)
        n = pool_offsets[k + 1] - pool_offsets[k]
        move(text, at, pool_data, pool_offsets[k], n)
        _tail(marks[i], text, at + n, letters, True)
    return out, text


@kernel
def event_content(
    events: I32, offsets: I32, key: I32, kind_of: U8, value_offsets: I64, role: NDArray[np.int16]
) -> tuple[I32, I32, U8]:
    """The content attributes of these events: offsets by position, rows, and the state of all attributes."""
    out = np.empty(events.size + 1, np.int32)
    rows = np.empty(key.size, np.int32)
    state = np.zeros(key.size, np.uint8)
    out[0] = 0
    count = 0
    for i in range(events.size):
        for j in range(offsets[events[i]], offsets[events[i] + 1]):
            if role[key[j]] == ROLE_CONTENT and is_message(kind_of[j], value_offsets[j + 1] - value_offsets[j]):
                state[j] = STATE_CONTENT
                rows[count] = j
                count += 1
        out[i + 1] = count
    return out, rows[:count].copy(), state


@kernel
def interleave(span_parts: I32, event_parts: I32, events: I32) -> tuple[I64, I32, I32]:
    """Order that puts, for each span, its own parts and then those of its events (numbered behind all own parts).

    span_parts, event_parts: offsets by span and by event; events: offsets by span into the events. Returns the order, the new
    offsets by span, and for each part the index of its event within the span, -1 for the span's own.
    """
    n = span_parts.size - 1
    own = np.int64(span_parts[n])
    total = own + event_parts[event_parts.size - 1]
    order = np.empty(total, np.int64)
    index = np.empty(total, np.int32)
    offsets = np.empty(n + 1, np.int32)
    offsets[0] = 0
    at = 0
    for i in range(n):
        for p in range(span_parts[i], span_parts[i + 1]):
            order[at] = p
            index[at] = -1
            at += 1
        for e in range(events[i], events[i + 1]):
            for p in range(event_parts[e], event_parts[e + 1]):
                order[at] = own + p
                index[at] = np.int32(e - events[i])
                at += 1
        offsets[i + 1] = np.int32(at)
    return order, offsets, index
