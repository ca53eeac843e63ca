"""Spans with events and links (opentelemetry/proto/trace/v1/trace.proto)."""

from __future__ import annotations

from swarmscope.ingest.columns import DROPPED_ATTRIBUTES, DROPPED_EVENTS, DROPPED_LINKS, LINK_FLAGS
from swarmscope.ingest.wire.kernels.attributes import attributes_field, beside
from swarmscope.ingest.wire.kernels.context import (
    BAD,
    ITEM_2,
    ITEM_3,
    RESOURCE_ROW,
    SCOPE_ROW,
    column_offset,
    count_field,
    enum_field,
    fail,
    new_row,
    put8,
    put32,
    put64,
    put_span_id,
    put_trace_id,
    span_id_field,
    string_field,
    table_offset,
    trace_id_field,
    unknown,
    word_field,
)
from swarmscope.ingest.wire.kernels.memory import Int, call, kernel, ld8, ld32, ld64, st64, unit
from swarmscope.ingest.wire.kernels.wire import length
from swarmscope.ingest.wire.layout import SPANS


def _at(table: str, column: str) -> int:
    return column_offset(SPANS, table, column)


SPAN = table_offset(SPANS, "span")
ATTRIBUTE = table_offset(SPANS, "attribute")
EVENT = table_offset(SPANS, "event")
EVENT_ATTRIBUTE = table_offset(SPANS, "event_attribute")
LINK = table_offset(SPANS, "link")
LINK_ATTRIBUTE = table_offset(SPANS, "link_attribute")

SPAN_RESOURCE, SPAN_SCOPE = _at("span", "resource"), _at("span", "scope")
SPAN_TRACE_ID, SPAN_ID, SPAN_PARENT = _at("span", "trace_id"), _at("span", "span_id"), _at("span", "parent_span_id")
SPAN_TRACE_STATE, SPAN_FLAGS = _at("span", "trace_state"), _at("span", "flags")
SPAN_NAME, SPAN_KIND = _at("span", "name"), _at("span", "kind")
SPAN_START, SPAN_END = _at("span", "start_time"), _at("span", "end_time")
SPAN_STATUS, SPAN_STATUS_MESSAGE = _at("span", "status_code"), _at("span", "status_message")
SPAN_ATTRIBUTES, SPAN_EVENTS, SPAN_LINKS = _at("span", "attributes"), _at("span", "events"), _at("span", "links")
EVENT_TIME, EVENT_NAME, EVENT_ATTRIBUTES = _at("event", "time"), _at("event", "name"), _at("event", "attributes")
LINK_TRACE_ID, LINK_SPAN_ID = _at("link", "trace_id"), _at("link", "span_id")
LINK_TRACE_STATE, LINK_ATTRIBUTES = _at("link", "trace_state"), _at("link", "attributes")


@unit
def event_unit(c: Int, p: Int, end: Int, _d: Int, _e: Int) -> Int:
    """Append an Event."""
    n = new_row(c, EVENT)
    if n < 0:
        return -1
    first = ld64(c + EVENT_ATTRIBUTE)
    put64(c, EVENT_TIME, n, 0)
    put32(c, EVENT_NAME, n, 0)
    dropped = 0
    while p < end:
        tag = ld8(p)
        if tag == 0x09:
            p = word_field(c, EVENT_TIME, n, p, end)
        elif tag == 0x12:
            p = string_field(c, EVENT_NAME, n, p, end)
        elif tag == 0x1A:
            p = attributes_field(c, EVENT_ATTRIBUTE, p, end, first)
        elif tag == 0x20:
            dropped, p = count_field(c, p, end)
        else:
            p = unknown(c, p, end)
        if p < 0:
            return p
    if dropped != 0 and beside(c, EVENT_ATTRIBUTE, DROPPED_ATTRIBUTES, dropped, 0) < 0:
        return -1
    put32(c, EVENT_ATTRIBUTES, n + 1, ld64(c + EVENT_ATTRIBUTE))
    st64(c + EVENT, n + 1)
    return 0


@unit
def link_unit(c: Int, p: Int, end: Int, _d: Int, _e: Int) -> Int:
    """Append a Link."""
    n = new_row(c, LINK)
    if n < 0:
        return -1
    first = ld64(c + LINK_ATTRIBUTE)
    put_trace_id(c, LINK_TRACE_ID, n, p, p)
    put_span_id(c, LINK_SPAN_ID, n, p, p)
    put32(c, LINK_TRACE_STATE, n, 0)
    flags = dropped = 0
    while p < end:
        tag = ld8(p)
        if tag == 0x0A:
            p = trace_id_field(c, LINK_TRACE_ID, n, p, end)
        elif tag == 0x12:
            p = span_id_field(c, LINK_SPAN_ID, n, p, end)
        elif tag == 0x1A:
            p = string_field(c, LINK_TRACE_STATE, n, p, end)
        elif tag == 0x22:
            p = attributes_field(c, LINK_ATTRIBUTE, p, end, first)
        elif tag == 0x28:
            dropped, p = count_field(c, p, end)
        elif tag == 0x35 and end - p >= 5:
            flags = ld32(p + 1)
            p += 5
        else:
            p = unknown(c, p, end)
        if p < 0:
            return p
    if flags != 0 and beside(c, LINK_ATTRIBUTE, LINK_FLAGS, flags, 0) < 0:
        return -1
    if dropped != 0 and beside(c, LINK_ATTRIBUTE, DROPPED_ATTRIBUTES, dropped, 0) < 0:
        return -1
    put32(c, LINK_ATTRIBUTES, n + 1, ld64(c + LINK_ATTRIBUTE))
    st64(c + LINK, n + 1)
    return 0


@kernel
def _status(c: Int, p: Int, end: Int, n: Int) -> Int:
    while p < end:
        tag = ld8(p)
        if tag == 0x18:
            p = enum_field(c, SPAN_STATUS, n, p, end)
        elif tag == 0x12:
            p = string_field(c, SPAN_STATUS_MESSAGE, n, p, end)
        else:
            p = unknown(c, p, end)
        if p < 0:
            return p
    return 0


@kernel
def _message_field(c: Int, p: Int, end: Int, n: Int) -> Int:
    """An event, link or status whose tag stands at p; position behind it, or -1 after an error."""
    a, b = length(p + 1, end)
    if a < 0:
        return fail(c, BAD, p)
    tag = ld8(p)
    if tag == 0x7A:
        done = _status(c, a, b, n)
    else:
        done = call(ld64(c + (ITEM_2 if tag == 0x5A else ITEM_3)), c, a, b, 0, 0)
    return b if done >= 0 else -1


@kernel
def _new_span(c: Int, n: Int) -> None:
    """Row n with every field absent."""
    put32(c, SPAN_RESOURCE, n, ld64(c + RESOURCE_ROW))
    put32(c, SPAN_SCOPE, n, ld64(c + SCOPE_ROW))
    put_trace_id(c, SPAN_TRACE_ID, n, 0, 0)
    put_span_id(c, SPAN_ID, n, 0, 0)
    put_span_id(c, SPAN_PARENT, n, 0, 0)
    put32(c, SPAN_TRACE_STATE, n, 0)
    put32(c, SPAN_FLAGS, n, 0)
    put32(c, SPAN_NAME, n, 0)
    put8(c, SPAN_KIND, n, 0)
    put64(c, SPAN_START, n, 0)
    put64(c, SPAN_END, n, 0)
    put8(c, SPAN_STATUS, n, 0)
    put32(c, SPAN_STATUS_MESSAGE, n, 0)


@kernel
def _dropped(c: Int, attributes: Int, events: Int, links: Int) -> Int:
    """What the sender left out of the span at hand: 0, or -1 after an error."""
    if attributes != 0 and beside(c, ATTRIBUTE, DROPPED_ATTRIBUTES, attributes, 0) < 0:
        return -1
    if events != 0 and beside(c, ATTRIBUTE, DROPPED_EVENTS, events, 0) < 0:
        return -1
    if links != 0 and beside(c, ATTRIBUTE, DROPPED_LINKS, links, 0) < 0:
        return -1
    return 0


@unit
def span_unit(c: Int, p: Int, end: Int, _d: Int, _e: Int) -> Int:
    """Append a Span."""
    n = new_row(c, SPAN)
    if n < 0:
        return -1
    first = ld64(c + ATTRIBUTE)
    _new_span(c, n)
    attributes = events = links = 0  # that were dropped
    while p < end:
        tag = ld8(p)
        if tag == 0x4A:
            p = attributes_field(c, ATTRIBUTE, p, end, first)
        elif tag == 0x39 or tag == 0x41:
            p = word_field(c, SPAN_START if tag == 0x39 else SPAN_END, n, p, end)
        elif tag == 0x0A:
            p = trace_id_field(c, SPAN_TRACE_ID, n, p, end)
        elif tag == 0x12 or tag == 0x22:
            p = span_id_field(c, SPAN_ID if tag == 0x12 else SPAN_PARENT, n, p, end)
        elif tag == 0x2A or tag == 0x1A:
            p = string_field(c, SPAN_NAME if tag == 0x2A else SPAN_TRACE_STATE, n, p, end)
        elif tag == 0x30:
            p = enum_field(c, SPAN_KIND, n, p, end)
        elif tag == 0x5A or tag == 0x6A or tag == 0x7A:
            p = _message_field(c, p, end, n)
        elif tag == 0x85 and end - p >= 6 and ld8(p + 1) == 1:  # field 16: two bytes of tag
            put32(c, SPAN_FLAGS, n, ld32(p + 2))
            p += 6
        elif tag == 0x50:
            attributes, p = count_field(c, p, end)
        elif tag == 0x60:
            events, p = count_field(c, p, end)
        elif tag == 0x70:
            links, p = count_field(c, p, end)
        else:
            p = unknown(c, p, end)
        if p < 0:
            return p
    if attributes | events | links != 0 and _dropped(c, attributes, events, links) < 0:
        return -1
    put32(c, SPAN_ATTRIBUTES, n + 1, ld64(c + ATTRIBUTE))
    put32(c, SPAN_EVENTS, n + 1, ld64(c + EVENT))
    put32(c, SPAN_LINKS, n + 1, ld64(c + LINK))
    st64(c + SPAN, n + 1)
    return 0
