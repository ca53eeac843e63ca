"""Prometheus remote write: protobuf bytes → samples as columns, and the label sets that were not met before.

A series is recognised by a keyed 128-bit hash of its labels as they stand on the wire, so that the labels of a known one are
neither split nor compared. Version 1 hashes the bytes of its labels, version 2 the hashes of the symbols that it names.

Source: prometheus/prompb remote.proto, io.prometheus.write.v2 types.proto.
"""

from __future__ import annotations

import numpy as np

from swarmscope.ingest.columns import I32, I64, U8, U64
from swarmscope.ingest.kernels.jit import Flag, Int, byte, inline, kernel, load64, move
from swarmscope.ingest.kernels.text import hash_bytes, hash_twice, mix

OK, MALFORMED, GROW, ODD = range(
    4
)  # GROW: an output is too small; ODD: legal, but only protobuf itself knows what it means
(
    AT, SAMPLES, FRESH, OTHERS, SERIES, TABLE_ROWS,
) = range(6)  # fmt: skip
STATE_SLOTS = 8
# kinds of what is left to a slower reader
EXEMPLAR, HISTOGRAM, METADATA = range(3)
CREATED_NONE = 0

# a row of `fresh`: hash, hash, where the labels begin and end
# a row of `others`: kind, series, begin, end

_S0 = np.uint64(0x243F6A8885A308D3)
_S1 = np.uint64(0x13198A2E03707344)


@inline
def varint(data: U8, p: Int, stop: Int) -> tuple[Int, Int]:
    """(value, position behind it); the position is -1 where there is none."""
    value = np.uint64(0)
    shift = np.uint64(0)
    while p < stop and shift < np.uint64(70):
        c = byte(data, p)
        p += 1
        if shift == np.uint64(63) and c > 1:
            return np.int64(0), np.int64(-1)
        value |= np.uint64(c & 127) << shift
        if c < 128:
            return np.int64(value), p
        shift += np.uint64(7)
    return np.int64(0), np.int64(-1)


@inline
def length(data: U8, p: Int, stop: Int) -> tuple[Int, Int]:
    """Bytes behind a length: (begin, end), (-1, -1) where they do not fit."""
    if p < stop and byte(data, p) < 128:
        n = np.int64(byte(data, p))
        q = p + 1
    else:
        n, q = varint(data, p, stop)
    if q < 0 or n < 0 or n > stop - q:
        return np.int64(-1), np.int64(-1)
    return q, q + n


@inline
def skip(data: U8, p: Int, stop: Int, wire: Int) -> Int:
    """Position behind a value, -1 where it is malformed, -2 for a group."""
    if wire == 0:
        _, p = varint(data, p, stop)
        return p
    if wire == 1:
        return p + 8 if stop - p >= 8 else np.int64(-1)
    if wire == 2:
        _, p = length(data, p, stop)
        return p
    if wire == 5:
        return p + 4 if stop - p >= 4 else np.int64(-1)
    return np.int64(-2) if wire == 3 else np.int64(-1)


@inline
def _find(table: U64, rows: I32, h0: Int, h1: Int, mask: Int) -> Int:
    """Slot of the entry, or of the empty one where it belongs. table: pairs of hashes; (0, 0) is empty."""
    k = np.int64(h0 & mask)
    while True:
        a = table[2 * k]
        b = table[2 * k + 1]
        if (a == h0 and b == h1) or (a == np.uint64(0) and b == np.uint64(0)):
            return k
        k = (k + 1) & np.int64(mask)


@inline
def _series_of(table: U64, rows: I32, h0: Int, h1: Int, state: I64, fresh: I64, begin: Int, end: Int) -> Int:
    """Row of the series, taken down in `fresh` when it is new; -1 where an output is too small."""
    if h0 == np.uint64(0) and h1 == np.uint64(0):
        h1 = np.uint64(1)
    k = _find(table, rows, h0, h1, np.uint64(rows.size - 1))
    if table[2 * k] != np.uint64(0) or table[2 * k + 1] != np.uint64(0):
        return np.int64(rows[k])
    n = state[FRESH]
    row = state[TABLE_ROWS] + n
    if n >= fresh.shape[0] or 2 * (row + 1) > rows.size:
        return np.int64(-1)
    table[2 * k] = h0
    table[2 * k + 1] = h1
    rows[k] = np.int32(row)
    fresh[n, 0] = k
    fresh[n, 1] = begin
    fresh[n, 2] = end
    state[FRESH] = n + 1
    return row


@inline
def _sample(data: U8, p: Int, stop: Int, bits: U64, time: I64, n: Int) -> Flag:
    """A Sample into row n; whether it is well-formed."""
    if stop - p >= 11 and byte(data, p) == 0x09 and byte(data, p + 9) == 0x10:  # value and time, as nearly always
        t, q = varint(data, p + 10, stop)
        if q == stop:
            bits[n] = load64(data, p + 1)
            time[n] = t
            return True
    value = np.uint64(0)
    t = np.int64(0)
    while p < stop:
        tag, q = varint(data, p, stop)
        if q < 0 or (tag >> 3) == 0:
            return False
        if tag == 0x09:
            if stop - q < 8:
                return False
            value = load64(data, q)
            p = q + 8
        elif tag == 0x10:
            t, p = varint(data, q, stop)
        else:
            p = skip(data, q, stop, tag & 7)
        if p < 0:
            return False
    bits[n] = value
    time[n] = t
    return True


@inline
def _start(data: U8, p: Int, stop: Int) -> Int:
    """`start_timestamp` of a well-formed Sample of version 2; 0: it says none."""
    if stop - p == 16:  # value and time, and no more
        return np.int64(0)
    t = np.int64(0)
    while p < stop:
        tag, q = varint(data, p, stop)
        if q < 0:
            return np.int64(0)
        if tag == 0x18:
            t, p = varint(data, q, stop)
        else:
            p = skip(data, q, stop, tag & 7)
        if p < 0:
            return np.int64(0)
    return t


@inline
def _began(created: I64, state: I64, row: Int, start: Int, at: Int) -> Flag:
    """Take down when a counter began, once for its samples that follow each other; False: more room."""
    n = state[SERIES]
    if n > 0 and created[n - 1, 0] == row and created[n - 1, 1] == start:
        return True
    if n >= created.shape[0]:
        return False
    created[n, 0] = row
    created[n, 1] = start
    created[n, 2] = at
    state[SERIES] = n + 1
    return True


@inline
def _other(others: I64, state: I64, kind: Int, series: Int, begin: Int, end: Int) -> Flag:
    n = state[OTHERS]
    if n >= others.shape[0]:
        return False
    others[n, 0] = kind
    others[n, 1] = series
    others[n, 2] = begin
    others[n, 3] = end
    state[OTHERS] = n + 1
    return True


@inline
def _undo(table: U64, fresh: I64, state: I64, samples: Int, found: Int, of_others: Int) -> None:
    state[SAMPLES] = samples
    state[OTHERS] = of_others
    if state[FRESH] > found:
        k = fresh[found, 0]
        table[2 * k] = np.uint64(0)
        table[2 * k + 1] = np.uint64(0)
        state[FRESH] = found


@kernel
def scan_v1(
    data: U8, seed0: Int, seed1: Int, table: U64, rows: I32, series: I32, time: I64, bits: U64, fresh: I64, others: I64,
    state: I64,
) -> Int:  # fmt: skip
    """A prometheus.WriteRequest from state[AT] on. Returns OK, MALFORMED, GROW or ODD; after GROW, call again with more room.

    series, time, bits: one row per sample. state: how far it is, and how many rows each output has.
    """
    p = np.int64(state[AT])
    stop = np.int64(data.size)
    while p < stop:
        state[AT] = p
        tag, q = varint(data, p, stop)
        if q < 0 or (tag >> 3) == 0:
            return MALFORMED
        if tag != 0x0A and tag != 0x1A:
            p = skip(data, q, stop, tag & 7)
            if p < 0:
                return ODD if p == -2 else MALFORMED
            continue
        q, end = length(data, q, stop)
        if q < 0:
            return MALFORMED
        if tag == 0x1A:
            if not _other(others, state, METADATA, -1, q, end):
                return GROW
            p = end
            continue
        begin = q
        while q < end and byte(data, q) == 0x0A:
            _, q = length(data, q + 1, end)
            if q < 0:
                return MALFORMED
        samples, found, of_others = state[SAMPLES], state[FRESH], state[OTHERS]
        h0, h1 = hash_twice(data, begin, q, seed0, seed1)
        row = _series_of(table, rows, h0, h1, state, fresh, begin, q)
        if row < 0:
            return GROW
        while q < end:
            tag, x = varint(data, q, end)
            if x < 0 or (tag >> 3) == 0:
                return MALFORMED
            if tag == 0x0A:
                return ODD  # labels behind samples
            if tag != 0x12 and tag != 0x1A and tag != 0x22:
                q = skip(data, x, end, tag & 7)
                if q < 0:
                    return ODD if q == -2 else MALFORMED
                continue
            x, q = length(data, x, end)
            if x < 0:
                return MALFORMED
            if tag == 0x12:
                n = state[SAMPLES]
                if n >= time.size:
                    _undo(table, fresh, state, samples, found, of_others)
                    return GROW
                if not _sample(data, x, q, bits, time, n):
                    return MALFORMED
                series[n] = np.int32(row)
                state[SAMPLES] = n + 1
            elif not _other(others, state, EXEMPLAR if tag == 0x1A else HISTOGRAM, row, x, q):
                _undo(table, fresh, state, samples, found, of_others)
                return GROW
        p = end
    state[AT] = p
    return OK


@kernel
def symbols_v2(data: U8, begins: I64, ends: I64) -> Int:
    """Where the symbols of an io.prometheus.write.v2.Request stand; their number, -1: malformed, -2: more than fit."""
    p = np.int64(0)
    stop = np.int64(data.size)
    n = 0
    while p < stop:
        tag, q = varint(data, p, stop)
        if q < 0 or (tag >> 3) == 0:
            return -1
        if tag == 0x22:
            q, p = length(data, q, stop)
            if q < 0:
                return -1
            if n >= begins.size:
                return -2
            begins[n] = q
            ends[n] = p
            n += 1
            continue
        p = skip(data, q, stop, tag & 7)
        if p < 0:
            return -1
    return n


@kernel
def hash_symbols(data: U8, begins: I64, ends: I64, seed0: Int, seed1: Int, first: U64, second: U64) -> None:
    """Two keyed hashes of every symbol."""
    for i in range(begins.size):
        first[i] = hash_bytes(data, begins[i], ends[i], seed0, seed1)
        second[i] = hash_bytes(data, begins[i], ends[i], seed1, seed0)


@kernel
def scan_v2(
    data: U8, first: U64, second: U64, table: U64, rows: I32, series: I32, time: I64, bits: U64, fresh: I64, others: I64,
    created: I64, state: I64,
) -> Int:  # fmt: skip
    """As `scan_v1`, of an io.prometheus.write.v2.Request. first, second: hashes of its symbols.

    A row of `fresh` names the bytes of the packed references. created: when counters began, (row, ms, time of the sample that
    says so, or 0: the series says it).
    """
    p = np.int64(state[AT])
    stop = np.int64(data.size)
    while p < stop:
        state[AT] = p
        tag, q = varint(data, p, stop)
        if q < 0 or (tag >> 3) == 0:
            return MALFORMED
        if tag != 0x2A:
            p = skip(data, q, stop, tag & 7)
            if p < 0:
                return ODD if p == -2 else MALFORMED
            continue
        q, end = length(data, q, stop)
        if q < 0:
            return MALFORMED
        # the references come first, packed, in every known sender; anything else is put in order by protobuf
        if q >= end or byte(data, q) != 0x0A:
            return ODD
        begin, q = length(data, q + 1, end)
        if begin < 0:
            return MALFORMED
        h0, h1 = _S0, _S1
        x = begin
        while x < q:
            ref, x = varint(data, x, q)
            if x < 0:
                return MALFORMED
            if ref < 0 or ref >= first.size:
                h0, h1 = mix(h0, np.uint64(ref)), mix(h1, ~np.uint64(ref))
            else:
                h0, h1 = mix(h0, first[ref]), mix(h1, second[ref])
        samples, found, of_others = state[SAMPLES], state[FRESH], state[OTHERS]
        row = _series_of(table, rows, h0, h1, state, fresh, begin, q)
        if row < 0:
            return GROW
        while q < end:
            tag, x = varint(data, q, end)
            if x < 0 or (tag >> 3) == 0:
                return MALFORMED
            if tag == 0x0A or tag == 0x08:
                return ODD
            if tag == 0x30:
                t, q = varint(data, x, end)
                if q < 0:
                    return MALFORMED
                if not _began(created, state, row, t, 0):
                    _undo(table, fresh, state, samples, found, of_others)
                    return GROW
                continue
            if tag != 0x12 and tag != 0x1A and tag != 0x22 and tag != 0x2A:
                q = skip(data, x, end, tag & 7)
                if q < 0:
                    return ODD if q == -2 else MALFORMED
                continue
            x, q = length(data, x, end)
            if x < 0:
                return MALFORMED
            if tag == 0x12:
                n = state[SAMPLES]
                if n >= time.size:
                    _undo(table, fresh, state, samples, found, of_others)
                    return GROW
                if not _sample(data, x, q, bits, time, n):
                    return MALFORMED
                series[n] = np.int32(row)
                state[SAMPLES] = n + 1
                t = _start(data, x, q)
                if t != 0 and not _began(created, state, row, t, time[n]):
                    _undo(table, fresh, state, samples, found, of_others)
                    return GROW
                continue
            kind = HISTOGRAM if tag == 0x1A else (EXEMPLAR if tag == 0x22 else METADATA)
            if not _other(others, state, kind, row, x, q):
                _undo(table, fresh, state, samples, found, of_others)
                return GROW
        p = end
    state[AT] = p
    return OK


@kernel
def split_v1(data: U8, begins: I64, ends: I64, offsets: I64, places: I64) -> Int:
    """Labels of new series: their names and values as (begin, end, begin, end), and offsets by series. GROW: more room.

    Malformed labels leave their series with none, which is refused later.
    """
    n = np.int64(0)
    offsets[0] = 0
    for i in range(begins.size):
        p = begins[i]
        start = n
        while p < ends[i]:
            q, stop = length(data, p + 1, ends[i])  # the tag was seen
            if q < 0:
                n = start
                break
            if n >= places.shape[0]:
                return GROW
            for j in range(4):
                places[n, j] = q
            good = True
            while q < stop and good:
                tag, x = varint(data, q, stop)
                if x < 0 or (tag >> 3) == 0:
                    good = False
                elif tag == 0x0A or tag == 0x12:
                    a, q = length(data, x, stop)
                    good = a >= 0
                    at = 0 if tag == 0x0A else 2
                    places[n, at] = a
                    places[n, at + 1] = q
                else:
                    q = skip(data, x, stop, tag & 7)
                    good = q >= 0
            if not good:
                n = start
                break
            n += 1
            p = stop
        offsets[i + 1] = n
    return OK


@kernel
def split_v2(data: U8, begins: I64, ends: I64, first: I64, last: I64, offsets: I64, places: I64) -> Int:
    """As `split_v1`; first, last: where the symbols stand."""
    n = np.int64(0)
    offsets[0] = 0
    for i in range(begins.size):
        p = begins[i]
        start = n
        while p < ends[i]:
            name, p = varint(data, p, ends[i])
            value, p = varint(data, p, ends[i]) if p >= 0 else (np.int64(0), np.int64(-1))
            if p < 0 or name < 0 or value < 0 or name >= first.size or value >= first.size:
                n = start
                break
            if n >= places.shape[0]:
                return GROW
            places[n, 0] = first[name]
            places[n, 1] = last[name]
            places[n, 2] = first[value]
            places[n, 3] = last[value]
            n += 1
        offsets[i + 1] = n
    return OK


@inline
def _compare(data: U8, a: Int, a_end: Int, b: Int, b_end: Int) -> Int:
    """Order of two texts by bytes: negative, 0, positive."""
    n = min(a_end - a, b_end - b)
    for i in range(n):
        d = np.int64(byte(data, a + i)) - np.int64(byte(data, b + i))
        if d != 0:
            return d
    return (a_end - a) - (b_end - b)


FINE, NONE, EMPTY_NAME, TWICE, UNSORTED, LONG, MANY, NO_METRIC, NO_TEXT = range(9)  # verdicts over label sets


@inline
def is_utf8(data: U8, p: Int, stop: Int) -> Flag:
    """Whether data[p:stop] is UTF-8 (RFC 3629). `wire.kernels` has its like for addresses, which only machine code knows."""
    while p < stop:
        c = byte(data, p)
        if c < 0x80:
            p += 1
            continue
        if c < 0xC2 or c > 0xF4:
            return False
        n = 1 if c < 0xE0 else (2 if c < 0xF0 else 3)
        if stop - p <= n:
            return False
        second = byte(data, p + 1)
        if (c == 0xE0 and second < 0xA0) or (c == 0xF0 and second < 0x90):  # overlong
            return False
        if (c == 0xED and second > 0x9F) or (c == 0xF4 and second > 0x8F):  # surrogates, above U+10FFFF
            return False
        for i in range(1, n + 1):
            if byte(data, p + i) & 0xC0 != 0x80:
                return False
        p += n + 1
    return True


@kernel
def judge_labels(
    data: U8, offsets: I64, places: I64, value_max: Int, labels_max: Int, verdicts: U8, metric: I64
) -> None:
    """A verdict for each label set; metric: which label is its name, -1: none."""
    for i in range(offsets.size - 1):
        verdict = FINE
        metric[i] = -1
        if offsets[i + 1] == offsets[i]:
            verdict = NONE
        elif offsets[i + 1] - offsets[i] > labels_max:
            verdict = MANY
        for j in range(offsets[i], offsets[i + 1]):
            a, b = places[j, 0], places[j, 1]
            if b == a:
                verdict = EMPTY_NAME
            if places[j, 3] - places[j, 2] > value_max or b - a > 1024:
                verdict = LONG
            elif not (is_utf8(data, a, b) and is_utf8(data, places[j, 2], places[j, 3])):
                verdict = NO_TEXT
            if b - a == 8 and load64(data, a) == np.uint64(0x5F5F656D616E5F5F):  # __name__
                metric[i] = j
            if j > offsets[i]:
                order = _compare(data, places[j - 1, 0], places[j - 1, 1], a, b)
                if order == 0:
                    verdict = TWICE
                elif order > 0 and verdict == FINE:
                    verdict = UNSORTED
        if verdict == FINE and (metric[i] < 0 or places[metric[i], 3] == places[metric[i], 2]):
            verdict = NO_METRIC
        verdicts[i] = np.uint8(verdict)


@kernel
def label_ids(data: U8, offsets: I64, places: I64, metric: I64, seed0: Int, seed1: Int, out: U64) -> None:
    """Series ids (n × 2 words) of label sets, as `kernels.series` makes them for metrics without a kind."""
    for i in range(offsets.size - 1):
        low = np.uint64(0)
        high = np.uint64(0)
        name = np.uint64(0)
        for j in range(offsets[i], offsets[i + 1]):
            if places[j, 2] == places[j, 3]:
                continue  # an empty label is no label
            value = hash_bytes(data, places[j, 2], places[j, 3], _S0, _S1)
            if j == metric[i]:
                name = value
                continue
            e = mix(hash_bytes(data, places[j, 0], places[j, 1], _S0, _S1), value)
            low += e
            high += mix(e, _S0)
        m = mix(name, np.uint64(0xFFFF))
        out[i, 0] = mix(name, seed0)
        out[i, 1] = mix(mix(low ^ seed0, m) ^ high, mix(high ^ seed1, m))


@kernel
def rehash(table: U64, rows: I32, to: U64, to_rows: I32, moved: I64) -> None:
    """Put all entries into a larger table; moved: the new slot of each old one."""
    mask = np.uint64(to_rows.size - 1)
    for i in range(rows.size):
        h0, h1 = table[2 * i], table[2 * i + 1]
        if h0 != np.uint64(0) or h1 != np.uint64(0):
            k = _find(to, to_rows, h0, h1, mask)
            to[2 * k] = h0
            to[2 * k + 1] = h1
            to_rows[k] = rows[i]
            moved[i] = k


@kernel
def texts(data: U8, begins: I64, ends: I64, offsets: I32) -> U8:
    """Pieces of `data` end to end. offsets: n + 1, filled in."""
    total = np.int64(0)
    offsets[0] = 0
    for i in range(begins.size):
        total += ends[i] - begins[i]
        offsets[i + 1] = np.int32(total)
    out = np.empty(total, np.uint8)
    for i in range(begins.size):
        move(out, np.int64(offsets[i]), data, begins[i], ends[i] - begins[i])
    return out
