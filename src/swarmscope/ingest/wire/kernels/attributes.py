"""Attributes: KeyValue and AnyValue into the rows of an attribute table."""

from __future__ import annotations

from swarmscope.ingest.columns import (
    TYPE_ARRAY,
    TYPE_BOOL,
    TYPE_BYTES,
    TYPE_DOUBLE,
    TYPE_INT,
    TYPE_KVLIST,
    TYPE_STRING,
    TYPE_UNSET,
)
from swarmscope.ingest.wire.kernels.context import (
    ATTRIBUTES,
    BAD,
    BESIDE,
    BODY_END,
    CANONICAL,
    COLUMNS,
    DATA,
    DATA_MAX,
    GROW_DATA,
    GROW_ROWS,
    NESTED,
    POOL,
    POOL_DATA,
    POOL_NEXT,
    POOL_OFFSETS,
    ROWS_MAX,
    SLOT,
    SPARE,
    STACK,
    TEXT,
    WIDEST,
    equal,
    fail,
    grow,
    intern,
    new_row,
    odd,
    put8,
    put32,
    unknown,
)
from swarmscope.ingest.wire.kernels.memory import (
    Int,
    call,
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
from swarmscope.ingest.wire.kernels.text import (
    put_base64,
    put_bool,
    put_double,
    put_int,
    put_json_string,
    put_null,
)
from swarmscope.ingest.wire.kernels.wire import length, varint
from swarmscope.ingest.wire.plain import NESTING_MAX

KEY, TYPE = SLOT * COLUMNS, SLOT * (COLUMNS + 1)  # columns of every attribute table
STACK_SLOTS = 4 * NESTING_MAX
_FRAME = 4 * SLOT  # type, position, end, whether an element was written


@inline
def any_value(c: Int, p: Int, end: Int) -> tuple[Int, Int, Int]:
    """AnyValue: (type, a, b). Text, bytes and lists: [a, b); bool and int: a; double: its bits in a. -1 after an error."""
    if p < end and ld8(p) == 0x0A:  # one text, as nearly always
        a, b = length(p + 1, end)
        if b == end:
            return TYPE_STRING, a, b
    kind = a = b = 0
    seen = 0
    while p < end:
        tag = ld8(p)
        if tag == 0x0A or tag == 0x2A or tag == 0x32 or tag == 0x3A:
            a, b = length(p + 1, end)
            if a < 0:
                return fail(c, BAD, p), a, b
            kind = tag >> 3
            p = b
        elif tag == 0x18 or tag == 0x10:
            a, q = varint(p + 1, end)
            if q < 0:
                return fail(c, BAD, p), a, b
            kind = tag >> 3
            p = q
        elif tag == 0x21:
            if end - p < 9:
                return fail(c, BAD, p), a, b
            kind = TYPE_DOUBLE
            a = ld64(p + 1)
            p += 9
        else:
            if tag != 0x40:  # string_value_strindex, of the profiles signal: a member without meaning here
                seen -= 1
            p = unknown(c, p, end)
            if p < 0:
                return p, a, b
        seen += 1
        if seen > 1 and ld64(c + CANONICAL) == 0:  # the last member wins, but what it replaces must be valid too
            return odd(c, p), a, b
    return kind, a, b


@inline
def key_value(c: Int, p: Int, end: Int) -> tuple[Int, Int, Int, Int]:
    """KeyValue: key [ka, kb), value [va, vb); ka is -1 after an error."""
    if p < end and ld8(p) == 0x0A:  # a key and a value, as nearly always
        ka, kb = length(p + 1, end)
        if ka >= 0 and kb < end and ld8(kb) == 0x12:
            va, vb = length(kb + 1, end)
            if vb == end:
                return ka, kb, va, vb
    ka = kb = va = vb = p
    keys = values = 0
    while p < end:
        tag = ld8(p)
        if tag == 0x0A:
            ka, kb = length(p + 1, end)
            if ka < 0:
                return fail(c, BAD, p), kb, va, vb
            p = kb
            keys += 1
        elif tag == 0x12:
            va, vb = length(p + 1, end)
            if va < 0:
                return fail(c, BAD, p), kb, va, vb
            p = vb
            values += 1
        else:
            p = unknown(c, p, end)
            if p < 0:
                return p, kb, va, vb
        if keys > 1 or values > 1:
            return odd(c, p), kb, va, vb
    return ka, kb, va, vb


@inline
def _copy(c: Int, to: Int, p: Int, n: Int) -> None:
    """n bytes of the body; the target has SPARE bytes behind. Short strings: two words."""
    if n <= 16 and p + 16 <= ld64(c + BODY_END):
        st64(to, ld64(p))
        st64(to + 8, ld64(p + 8))
    else:
        move(to, p, n)


@inline
def _scalar(o: Int, kind: Int, a: Int, b: Int) -> Int:
    """JSON of a value that is no list."""
    if kind == TYPE_STRING:
        return put_json_string(o, a, b)
    if kind == TYPE_INT:
        return put_int(o, a)
    if kind == TYPE_BOOL:
        return put_bool(o, a)
    if kind == TYPE_DOUBLE:
        return put_double(o, a, True)
    if kind == TYPE_BYTES:
        st8(o, 34)
        o = put_base64(o + 1, a, b)
        st8(o, 34)
        return o + 1
    return put_null(o)


@kernel
def _json(c: Int, o: Int, kind: Int, a: Int, b: Int) -> Int:
    """An array or key-value list as JSON at o, with a stack of its own; its end, or -1 after an error."""
    bottom = ld64(c + STACK)
    frame = bottom - _FRAME
    while True:
        if kind == TYPE_ARRAY or kind == TYPE_KVLIST:
            frame += _FRAME
            if frame >= bottom + SLOT * STACK_SLOTS:
                return fail(c, NESTED, a)
            st64(frame, kind)
            st64(frame + 8, a)
            st64(frame + 16, b)
            st64(frame + 24, 0)
            st8(o, 91 if kind == TYPE_ARRAY else 123)
            o += 1
        else:
            o = _scalar(o, kind, a, b)
        while True:  # the next element of the innermost list, closing those that end
            if frame < bottom:
                return o
            p, end, is_array = ld64(frame + 8), ld64(frame + 16), ld64(frame) == TYPE_ARRAY
            if p >= end:
                st8(o, 93 if is_array else 125)
                o += 1
                frame -= _FRAME
                continue
            if ld8(p) == 0x0A:
                break
            p = unknown(c, p, end)
            if p < 0:
                return p
            st64(frame + 8, p)
        a, b = length(p + 1, end)
        if a < 0:
            return fail(c, BAD, p)
        st64(frame + 8, b)
        if ld64(frame + 24) != 0:
            st8(o, 44)
            o += 1
        st64(frame + 24, 1)
        if not is_array:
            ka, kb, a, b = key_value(c, a, b)
            if ka < 0:
                return ka
            o = put_json_string(o, ka, kb)
            st8(o, 58)
            o += 1
        kind, a, b = any_value(c, a, b)
        if kind < 0:
            return kind


@inline
def room(kind: Int, a: Int, b: Int) -> Int:
    """Most bytes that the text of a value takes, and what may be written behind it."""
    if kind == TYPE_STRING:
        return SPARE + (b - a)
    if kind == TYPE_ARRAY or kind == TYPE_KVLIST or kind == TYPE_BYTES:
        return SPARE + WIDEST * (b - a)
    return SPARE


@inline
def put_value(c: Int, o: Int, kind: Int, a: Int, b: Int) -> Int:
    """The text of a value at o, room checked; its end, or -1 after an error."""
    if kind == TYPE_STRING:
        _copy(c, o, a, b - a)
        return o + (b - a)
    if kind == TYPE_INT:
        return put_int(o, a)
    if kind == TYPE_DOUBLE:
        return put_double(o, a, False)
    if kind == TYPE_BOOL:
        return put_bool(o, a)
    if kind == TYPE_UNSET:
        return o
    if kind == TYPE_BYTES:
        return put_base64(o, a, b)
    return _json(c, o, kind, a, b)


@unit
def value_unit(c: Int, offset: Int, n: Int, p: Int, end: Int) -> Int:
    """Write the AnyValue [p, end) as the text of row n of a table; its type, or -1 after an error."""
    kind, a, b = any_value(c, p, end)
    if kind < 0:
        return -1
    table = c + offset
    ends = ld64(table + TEXT) + SLOT * n
    start = ld64(ends)
    if start + room(kind, a, b) > ld64(table + DATA_MAX):
        return grow(c, GROW_DATA, table)
    data = ld64(table + DATA)
    o = put_value(c, data + start, kind, a, b)
    if o < 0:
        return -1
    st64(ends + SLOT, o - data)
    return kind


@unit
def attributes_unit(c: Int, offset: Int, p: Int, end: Int, first: Int) -> Int:
    """Append the KeyValue fields from p on, as many as follow one another, to the attribute table at `offset`.

    first: row of the owner's first attribute. Returns the position behind them, or -1 after an error. Nothing that is called
    here moves a buffer, so their addresses are read once.
    """
    table, pool, limit = c + offset, ld64(c + POOL), ld64(c + BODY_END)
    n, rows_max, data_max = ld64(table), ld64(table + ROWS_MAX), ld64(table + DATA_MAX)
    keys, kinds, ends, data = ld64(table + KEY), ld64(table + TYPE), ld64(table + TEXT), ld64(table + DATA)
    hints, offsets, strings = ld64(pool + POOL_NEXT), ld64(pool + POOL_OFFSETS), ld64(pool + POOL_DATA)
    start = ld64(ends + SLOT * n)
    previous = ld32(keys + 4 * (n - 1)) if n > first else 0
    tag = ld8(p)
    while p < end and ld8(p) == tag:
        p, stop = length(p + 1, end)
        if p < 0:
            return fail(c, BAD, end)
        if n >= rows_max:
            return grow(c, GROW_ROWS, table)
        ka, kb, va, vb = key_value(c, p, stop)
        if ka < 0:
            return -1
        # The order of attributes rarely changes: first try the key that followed the previous one last time.
        key = ld32(hints + 4 * previous)
        at = ld64(offsets + SLOT * key)
        if ld64(offsets + SLOT * key + SLOT) - at != kb - ka or not equal(strings + at, ka, kb - ka, limit):
            key = intern(c, ka, kb)
            if key < 0:
                return -1
            st32(hints + 4 * previous, key)
        kind, a, b = any_value(c, va, vb)
        if kind < 0:
            return -1
        if start + room(kind, a, b) > data_max:
            return grow(c, GROW_DATA, table)
        o = put_value(c, data + start, kind, a, b)
        if o < 0:
            return -1
        st32(keys + 4 * n, key)
        st8(kinds + n, kind)
        start = o - data
        n += 1
        st64(ends + SLOT * n, start)
        previous = key
        p = stop
    st64(table, n)
    return p


@unit
def beside_unit(c: Int, offset: Int, key: Int, a: Int, b: Int) -> Int:
    """Append an attribute that was sent as a field, key: its number in the pool's head. Its value is the text [a, b) of the
    body, or the number a where b is 0. 0, or -1 after an error."""
    table = c + offset
    n = new_row(c, offset)
    if n < 0:
        return -1
    kind = TYPE_INT if b == 0 else TYPE_STRING
    ends = ld64(table + TEXT) + SLOT * n
    start = ld64(ends)
    if start + room(kind, a, b) > ld64(table + DATA_MAX):
        return grow(c, GROW_DATA, table)
    data = ld64(table + DATA)
    o = put_value(c, data + start, kind, a, b)
    put32(c, offset + KEY, n, key)
    put8(c, offset + TYPE, n, kind)
    st64(ends + SLOT, o - data)
    st64(table, n + 1)
    return 0


@inline
def beside(c: Int, offset: Int, key: Int, a: Int, b: Int) -> Int:
    """See `beside_unit`."""
    return call(ld64(c + BESIDE), c, offset, key, a, b)


@inline
def attributes_field(c: Int, offset: Int, p: Int, end: Int, first: Int) -> Int:
    """See `attributes_unit`."""
    return call(ld64(c + ATTRIBUTES), c, offset, p, end, first)
