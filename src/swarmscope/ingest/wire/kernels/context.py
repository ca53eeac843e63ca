"""What the kernels share with `scan.Builder`: a block of int64 slots per signal, and one for the pool of strings.

Signal block: a header, then one block per table of `layout`. Pool block: see POOL_*. Offsets are in bytes.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from swarmscope.ingest.wire.kernels.memory import (
    Int,
    Word,
    call,
    entry,
    high_product,
    inline,
    kernel,
    ld8,
    ld32,
    ld64,
    move,
    st8,
    st32,
    st64,
    unit,
)
from swarmscope.ingest.wire.kernels.text import U
from swarmscope.ingest.wire.kernels.wire import length, skip, utf8_error, varint
from swarmscope.ingest.wire.layout import Table

SLOT = 8
HEADER_SLOTS = 32
TABLE_SLOTS = 32

# header; the last ones are addresses of units
BODY_END, ERROR, ERROR_AT, ERROR_TABLE, CANONICAL, POOL, STACK, REQUEST, TABLES, RESOURCE_ROW, SCOPE_ROW, KIND = (
    SLOT * i for i in range(12)
)
RESOURCE_DROPPED, SCOPE_DROPPED = SLOT * 12, SLOT * 13  # attributes that the sender left out of the one at hand
UNKNOWN, STRING, CHECKED, INTERN, ATTRIBUTES, VALUE, TEXT_ERROR, ITEM, ITEM_2, ITEM_3, ITEM_4, BESIDE = (
    SLOT * i for i in range(16, 28)
)

# table block
ROWS, ROWS_MAX, DATA_MAX, ROWS_BEFORE, TEXT, DATA = (SLOT * i for i in range(6))
COLUMNS = 6

# pool block: strings x has its bytes at data + offsets[x] .. offsets[x + 1]
(
    POOL_COUNT,
    POOL_MAX,
    POOL_DATA_MAX,
    POOL_TABLE,
    POOL_MASK,
    POOL_HASHES,
    POOL_OFFSETS,
    POOL_DATA,
    POOL_NEXT,
    POOL_SEED,
) = (SLOT * i for i in range(10))
POOL_SLOTS = 10

# ERROR
# BAD_UTF8 at an address of the body, BAD_TEXT at one of a table's bytes
OK, BAD, BAD_UTF8, BAD_TEXT, NESTED, ODD, GROW_ROWS, GROW_DATA, GROW_POOL = range(9)

SPARE = 64  # bytes behind every text column and the pool, so that short copies may write whole words
WIDEST = 6  # bytes of text that one byte of a value can become (a control character in JSON)


def table_offset(tables: Mapping[str, Table], name: str) -> int:
    """Offset of a table's block."""
    return SLOT * (HEADER_SLOTS + TABLE_SLOTS * list(tables).index(name))


def column_offset(tables: Mapping[str, Table], name: str, column: str) -> int:
    """Offset of the slot that holds the address of a column, ragged ones after the others."""
    table = tables[name]
    return table_offset(tables, name) + SLOT * (COLUMNS + [*table.columns, *table.ragged].index(column))


@inline
def fail(c: Int, code: Int, at: Int) -> Int:
    """Note the error; the caller returns the -1."""
    st64(c + ERROR, code)
    st64(c + ERROR_AT, at)
    return -1


@inline
def grow(c: Int, code: Int, table: Int) -> Int:
    """Ask for a larger table."""
    st64(c + ERROR_TABLE, table - c)
    return fail(c, code, 0)


@inline
def odd(c: Int, at: Int) -> Int:
    """Legal, but only protobuf itself knows what it means: parsed and written anew by it, then scanned again."""
    return fail(c, ODD, at)


@inline
def new_row(c: Int, table: Int) -> Int:
    """Number of the row to fill, -1 when the table must grow first."""
    n = ld64(c + table)
    if n >= ld64(c + table + ROWS_MAX):
        return grow(c, GROW_ROWS, c + table)
    return n


@inline
def put8(c: Int, column: Int, row: Int, value: Int) -> None:
    """Write an element of a column of bytes."""
    st8(ld64(c + column) + row, value)


@inline
def put32(c: Int, column: Int, row: Int, value: Int) -> None:
    """Write an element of a column of four bytes."""
    st32(ld64(c + column) + 4 * row, value)


@inline
def put64(c: Int, column: Int, row: Int, value: Int) -> None:
    """Write an element of a column of eight bytes."""
    st64(ld64(c + column) + 8 * row, value)


@inline
def put_trace_id(c: Int, column: Int, row: Int, p: Int, end: Int) -> None:
    """16 bytes, or zeros for another length."""
    to = ld64(c + column) + 16 * row
    whole = end - p == 16
    st64(to, ld64(p) if whole else 0)
    st64(to + 8, ld64(p + 8) if whole else 0)


@inline
def put_span_id(c: Int, column: Int, row: Int, p: Int, end: Int) -> None:
    """8 bytes, or zeros for another length."""
    st64(ld64(c + column) + 8 * row, ld64(p) if end - p == 8 else 0)


@inline
def small(value: Int) -> Int:
    """An enum as uint8; values outside become 0. Only 32 bits of the varint count."""
    value = value & 0xFFFFFFFF
    return value if value <= 255 else 0


@inline
def unknown(c: Int, p: Int, end: Int) -> Int:
    """Skip a field that is not read; position behind it, or -1 after an error."""
    return call(ld64(c + UNKNOWN), c, p, end, 0, 0)


@unit
def unknown_unit(c: Int, p: Int, end: Int, _d: Int, _e: Int) -> Int:
    """See `unknown`."""
    tag, q = varint(p, end)
    if q < 0 or tag >> 3 == 0 or tag < 0 or tag > 0xFFFFFFFF:
        return fail(c, BAD, p)
    if q - p > 1 and ld8(q - 1) == 0:  # a known tag in disguise
        return odd(c, p)
    q = skip(q, end, tag & 7)
    if q == -2:
        return odd(c, p)
    return q if q >= 0 else fail(c, BAD, p)


@inline
def checked_string(c: Int, p: Int, end: Int) -> Int:
    """Skip a string field whose tag stands at p, but refuse bad UTF-8; position behind it, or -1 after an error."""
    return call(ld64(c + CHECKED), c, p, end, 0, 0)


@unit
def checked_string_unit(c: Int, p: Int, end: Int, _d: Int, _e: Int) -> Int:
    """See `checked_string`."""
    a, b = length(p + 1, end)
    if a < 0:
        return fail(c, BAD, p)
    at = utf8_error(a, b)
    return b if at < 0 else fail(c, BAD_UTF8, at)


@inline
def _tail(p: Int, n: Int, limit: Int) -> Int:
    """Up to seven bytes as one word, without reading at or behind limit."""
    if p + 8 <= limit:
        return ld64(p) & ((1 << (8 * n)) - 1)
    word = 0
    for i in range(n):
        word |= ld8(p + i) << (8 * i)
    return word


@inline
def _mix(h: Word, word: Word) -> Word:
    x = U(h ^ word)
    low = x * U(0xFF51AFD7ED558CCD)
    return (low ^ high_product(x, U(0xFF51AFD7ED558CCD))) * U(0x9E3779B97F4A7C15)


@inline
def _hash(seed: Int, p: Int, end: Int, limit: Int) -> Int:
    h = U(seed) ^ U(end - p)
    while end - p >= 8:
        h = _mix(h, U(ld64(p)))
        p += 8
    if p < end:
        h = _mix(h, U(_tail(p, end - p, limit)))
    return np.int64(h ^ (h >> U(29)))


@inline
def equal(a: Int, b: Int, n: Int, limit: Int) -> bool:
    """n bytes of the pool at a (words may be read past them) against the body at b."""
    while n >= 8:
        if ld64(a) != ld64(b):
            return False
        a += 8
        b += 8
        n -= 8
    if n == 0:
        return True
    return bool((ld64(a) & ((1 << (8 * n)) - 1)) == _tail(b, n, limit))


@inline
def intern(c: Int, p: Int, end: Int) -> Int:
    """Pool id of the string [p, end) of the body; -1 after an error."""
    return call(ld64(c + INTERN), c, p, end, 0, 0)


@unit
def intern_unit(c: Int, p: Int, end: Int, _d: Int, _e: Int) -> Int:
    """See `intern`."""
    n = end - p
    if n == 0:
        return 0
    pool = ld64(c + POOL)
    limit = ld64(c + BODY_END)
    offsets, data = ld64(pool + POOL_OFFSETS), ld64(pool + POOL_DATA)
    hashes, table, mask = ld64(pool + POOL_HASHES), ld64(pool + POOL_TABLE), ld64(pool + POOL_MASK)
    h = _hash(ld64(pool + POOL_SEED), p, end, limit)
    j = h & mask
    while True:
        x = ld32(table + 4 * j)
        if x == 0:
            break
        at = ld64(offsets + 8 * x)
        if ld64(hashes + 8 * x) == h and ld64(offsets + 8 * x + 8) - at == n and equal(data + at, p, n, limit):
            return x
        j = (j + 1) & mask
    x = ld64(pool + POOL_COUNT)
    at = ld64(offsets + 8 * x)
    if x + 1 >= ld64(pool + POOL_MAX) or at + n + SPARE > ld64(pool + POOL_DATA_MAX):
        return fail(c, GROW_POOL, n)
    bad = utf8_error(p, end)
    if bad >= 0:
        return fail(c, BAD_UTF8, bad)
    move(data + at, p, n)
    st64(offsets + 8 * x + 8, at + n)
    st64(hashes + 8 * x, h)
    st32(table + 4 * j, x)
    st64(pool + POOL_COUNT, x + 1)
    return x


@inline
def string_field(c: Int, column: Int, row: Int, p: Int, end: Int) -> Int:
    """Keep the string field whose tag stands at p as a pool id; position behind it, or -1 after an error."""
    return call(ld64(c + STRING), c, column, row, p, end)


@unit
def string_unit(c: Int, column: Int, row: Int, p: Int, end: Int) -> Int:
    """See `string_field`."""
    a, b = length(p + 1, end)
    if a < 0:
        return fail(c, BAD, p)
    text = intern(c, a, b)
    if text < 0:
        return -1
    put32(c, column, row, text)
    return b


@inline
def word_field(c: Int, column: Int, row: Int, p: Int, end: Int) -> Int:
    """Keep the fixed64 or double field whose tag stands at p."""
    if end - p < 9:
        return fail(c, BAD, p)
    put64(c, column, row, ld64(p + 1))
    return p + 9


@inline
def enum_field(c: Int, column: Int, row: Int, p: Int, end: Int) -> Int:
    """Keep the enum field whose tag stands at p as uint8."""
    value, q = varint(p + 1, end)
    if q < 0:
        return fail(c, BAD, p)
    put8(c, column, row, small(value))
    return q


@inline
def count_field(c: Int, p: Int, end: Int) -> tuple[Int, Int]:
    """The uint32 field whose tag stands at p, and the position behind it; that is -1 after an error."""
    value, q = varint(p + 1, end)
    if q < 0:
        return 0, fail(c, BAD, p)
    return value & 0xFFFFFFFF, q


@kernel
def trace_id_field(c: Int, column: Int, row: Int, p: Int, end: Int) -> Int:
    """Keep the trace id whose tag stands at p."""
    a, b = length(p + 1, end)
    if a < 0:
        return fail(c, BAD, p)
    put_trace_id(c, column, row, a, b)
    return b


@kernel
def span_id_field(c: Int, column: Int, row: Int, p: Int, end: Int) -> Int:
    """Keep the span id whose tag stands at p."""
    a, b = length(p + 1, end)
    if a < 0:
        return fail(c, BAD, p)
    put_span_id(c, column, row, a, b)
    return b


@entry
def preload(pool: Int, p: Int, size: Int) -> Int:
    """Give the string of `size` bytes at p, which is not there yet, the next id, and return that. There is room."""
    x, mask = ld64(pool + POOL_COUNT), ld64(pool + POOL_MASK)
    offsets, table = ld64(pool + POOL_OFFSETS), ld64(pool + POOL_TABLE)
    at = ld64(offsets + 8 * x)
    h = _hash(ld64(pool + POOL_SEED), p, p + size, p + size)
    move(ld64(pool + POOL_DATA) + at, p, size)
    st64(offsets + 8 * x + 8, at + size)
    st64(ld64(pool + POOL_HASHES) + 8 * x, h)
    j = h & mask
    while ld32(table + 4 * j) != 0:
        j = (j + 1) & mask
    st32(table + 4 * j, x)
    st64(pool + POOL_COUNT, x + 1)
    return x


@entry
def rehash(pool: Int, count: Int, _unused: Int) -> Int:
    """Fill the emptied hash table of a pool with its strings again; returns their number."""
    hashes, table, mask = ld64(pool + POOL_HASHES), ld64(pool + POOL_TABLE), ld64(pool + POOL_MASK)
    for x in range(1, count):
        j = ld64(hashes + 8 * x) & mask
        while ld32(table + 4 * j) != 0:
            j = (j + 1) & mask
        st32(table + 4 * j, x)
    return count
