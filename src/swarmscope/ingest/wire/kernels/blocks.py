"""What the three signals share: Export…ServiceRequest → Resource… → Scope… → items, and the check of all text at the end."""

from __future__ import annotations

from swarmscope.ingest.columns import DROPPED_ATTRIBUTES, RESOURCE_SCHEMA, SCOPE_SCHEMA
from swarmscope.ingest.columns import SCOPE_DROPPED as SCOPE_DROPPED_KEY
from swarmscope.ingest.wire.kernels.attributes import attributes_field, beside
from swarmscope.ingest.wire.kernels.context import (
    BAD,
    BAD_TEXT,
    BODY_END,
    DATA,
    ERROR,
    ERROR_TABLE,
    HEADER_SLOTS,
    ITEM,
    OK,
    REQUEST,
    RESOURCE_DROPPED,
    RESOURCE_ROW,
    ROWS_BEFORE,
    SCOPE_DROPPED,
    SCOPE_ROW,
    SLOT,
    TABLE_SLOTS,
    TABLES,
    TEXT,
    TEXT_ERROR,
    checked_string,
    column_offset,
    count_field,
    fail,
    new_row,
    put32,
    string_field,
    table_offset,
    unknown,
)
from swarmscope.ingest.wire.kernels.memory import Int, call, entry, inline, kernel, ld8, ld64, st64, unit
from swarmscope.ingest.wire.kernels.wire import ascii_end, length, utf8_error
from swarmscope.ingest.wire.layout import SPANS

# The common tables come first in every signal, so their places are the same.
RESOURCE = table_offset(SPANS, "resource")
RESOURCE_REQUEST = column_offset(SPANS, "resource", "request")
RESOURCE_ATTRIBUTES = column_offset(SPANS, "resource", "attributes")
RESOURCE_ATTRIBUTE = table_offset(SPANS, "resource_attribute")
SCOPE = table_offset(SPANS, "scope")
SCOPE_NAME = column_offset(SPANS, "scope", "name")
SCOPE_VERSION = column_offset(SPANS, "scope", "version")
SCOPE_ATTRIBUTES = column_offset(SPANS, "scope", "attributes")
SCOPE_ATTRIBUTE = table_offset(SPANS, "scope_attribute")


@kernel
def _entity(c: Int, p: Int, end: Int) -> Int:
    """EntityRef: not kept, its strings are checked."""
    while p < end:
        tag = ld8(p)
        known = tag == 0x0A or tag == 0x12 or tag == 0x1A or tag == 0x22
        p = checked_string(c, p, end) if known else unknown(c, p, end)
        if p < 0:
            return p
    return p


@kernel
def _resource(c: Int, p: Int, end: Int, first: Int) -> Int:
    while p < end:
        tag = ld8(p)
        if tag == 0x0A:
            p = attributes_field(c, RESOURCE_ATTRIBUTE, p, end, first)
        elif tag == 0x1A:
            a, b = length(p + 1, end)
            if a < 0:
                return fail(c, BAD, p)
            p = b if _entity(c, a, b) >= 0 else -1
        elif tag == 0x10:
            dropped, p = count_field(c, p, end)
            st64(c + RESOURCE_DROPPED, dropped)
        else:
            p = unknown(c, p, end)
        if p < 0:
            return p
    return p


@kernel
def _scope(c: Int, p: Int, end: Int, row: Int, first: Int) -> Int:
    while p < end:
        tag = ld8(p)
        if tag == 0x0A or tag == 0x12:
            p = string_field(c, SCOPE_NAME if tag == 0x0A else SCOPE_VERSION, row, p, end)
        elif tag == 0x1A:
            p = attributes_field(c, SCOPE_ATTRIBUTE, p, end, first)
        elif tag == 0x20:
            dropped, p = count_field(c, p, end)
            st64(c + SCOPE_DROPPED, dropped)
        else:
            p = unknown(c, p, end)
        if p < 0:
            return p
    return p


@kernel
def _beside(c: Int, table: Int, dropped: Int, dropped_key: Int, schema: Int, schema_end: Int, schema_key: Int) -> Int:
    """Keep what was sent beside the attributes of a resource or scope: 0, or -1 after an error."""
    if dropped != 0 and beside(c, table, dropped_key, dropped, 0) < 0:
        return -1
    if schema_end > schema and beside(c, table, schema_key, schema, schema_end) < 0:
        return -1
    return 0


@kernel
def _items(c: Int, p: Int, end: Int) -> Int:
    """ScopeSpans, ScopeLogs, ScopeMetrics."""
    scope = new_row(c, SCOPE)
    if scope < 0:
        return -1
    first = ld64(c + SCOPE_ATTRIBUTE)
    put32(c, SCOPE_NAME, scope, 0)
    put32(c, SCOPE_VERSION, scope, 0)
    st64(c + SCOPE_ROW, scope)
    st64(c + SCOPE_DROPPED, 0)
    schema = schema_end = 0
    while p < end:
        tag = ld8(p)
        if tag == 0x12 or tag == 0x0A:
            a, b = length(p + 1, end)
            if a < 0:
                return fail(c, BAD, p)
            done = call(ld64(c + ITEM), c, a, b, 0, 0) if tag == 0x12 else _scope(c, a, b, scope, first)
            p = b if done >= 0 else -1
        elif tag == 0x1A:
            schema, schema_end = length(p + 1, end)
            p = checked_string(c, p, end)
        else:
            p = unknown(c, p, end)
        if p < 0:
            return p
    if _beside(c, SCOPE_ATTRIBUTE, ld64(c + SCOPE_DROPPED), SCOPE_DROPPED_KEY, schema, schema_end, SCOPE_SCHEMA) < 0:
        return -1
    put32(c, SCOPE_ATTRIBUTES, scope + 1, ld64(c + SCOPE_ATTRIBUTE))
    st64(c + SCOPE, scope + 1)
    return p


@kernel
def _block(c: Int, p: Int, end: Int) -> Int:
    """ResourceSpans, ResourceLogs, ResourceMetrics."""
    row = new_row(c, RESOURCE)
    if row < 0:
        return -1
    first = ld64(c + RESOURCE_ATTRIBUTE)
    st64(c + RESOURCE_ROW, row)
    st64(c + RESOURCE_DROPPED, 0)
    schema = schema_end = 0
    while p < end:
        tag = ld8(p)
        if tag == 0x12 or tag == 0x0A:
            a, b = length(p + 1, end)
            if a < 0:
                return fail(c, BAD, p)
            done = _items(c, a, b) if tag == 0x12 else _resource(c, a, b, first)
            p = b if done >= 0 else -1
        elif tag == 0x1A:
            schema, schema_end = length(p + 1, end)
            p = checked_string(c, p, end)
        else:
            p = unknown(c, p, end)
        if p < 0:
            return p
    dropped = ld64(c + RESOURCE_DROPPED)
    if _beside(c, RESOURCE_ATTRIBUTE, dropped, DROPPED_ATTRIBUTES, schema, schema_end, RESOURCE_SCHEMA) < 0:
        return -1
    put32(c, RESOURCE_REQUEST, row, ld64(c + REQUEST))
    put32(c, RESOURCE_ATTRIBUTES, row + 1, ld64(c + RESOURCE_ATTRIBUTE))
    st64(c + RESOURCE, row + 1)
    return p


@inline
def _table(c: Int, i: Int) -> Int:
    return c + SLOT * (HEADER_SLOTS + TABLE_SLOTS * i)


@inline
def _begin(c: Int, end: Int) -> None:
    st64(c + ERROR, OK)
    st64(c + BODY_END, end)
    for i in range(ld64(c + TABLES)):
        st64(_table(c, i) + ROWS_BEFORE, ld64(_table(c, i)))


@inline
def _roll_back(c: Int) -> None:
    for i in range(ld64(c + TABLES)):
        st64(_table(c, i), ld64(_table(c, i) + ROWS_BEFORE))


@unit
def text_error_unit(c: Int, table: Int, first: Int, rows: Int, _e: Int) -> Int:
    """Refuse the values first to rows of a table's text when one is not UTF-8: 0, or -1 after an error.

    The bytes as a whole must be UTF-8, and no value may start inside a character.
    """
    data, ends = ld64(table + DATA), ld64(table + TEXT)
    start, stop = data + ld64(ends + SLOT * first), data + ld64(ends + SLOT * rows)
    p = ascii_end(start, stop)
    while p < stop and ld8(p) < 0x80:
        p += 1
    if p == stop:
        return 0
    at = utf8_error(p, stop)
    for i in range(first, rows):
        p = data + ld64(ends + SLOT * i)
        if at >= 0 and p >= at:
            break
        if p < stop and ld8(p) & 0xC0 == 0x80 and p < data + ld64(ends + SLOT * i + SLOT):
            at = p
    if at < 0:
        return 0
    st64(c + ERROR_TABLE, table - c)
    return fail(c, BAD_TEXT, at)


@inline
def text_error(c: Int, table: Int, first: Int, rows: Int) -> Int:
    """See `text_error_unit`."""
    return call(ld64(c + TEXT_ERROR), c, table, first, rows, 0)


@inline
def _check_text(c: Int) -> None:
    for i in range(ld64(c + TABLES)):
        table = _table(c, i)
        if ld64(table + TEXT) != 0 and text_error(c, table, ld64(table + ROWS_BEFORE), ld64(table)) < 0:
            return


@entry
def scan(c: Int, p: Int, end: Int) -> Int:
    """Append the export request [p, end), all or nothing: OK, or an error code with the rows as before."""
    _begin(c, end)
    while p < end:
        if ld8(p) == 0x0A:
            a, b = length(p + 1, end)
            if a < 0:
                fail(c, BAD, p)
                break
            p = b if _block(c, a, b) >= 0 else -1
        else:
            p = unknown(c, p, end)
        if p < 0:
            break
    if p == end:
        _check_text(c)
    if ld64(c + ERROR) != OK:
        _roll_back(c)
    return ld64(c + ERROR)
