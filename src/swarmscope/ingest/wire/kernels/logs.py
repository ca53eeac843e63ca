"""Log records (opentelemetry/proto/logs/v1/logs.proto)."""

from __future__ import annotations

from swarmscope.ingest.columns import DROPPED_ATTRIBUTES
from swarmscope.ingest.wire.kernels.attributes import attributes_field, beside
from swarmscope.ingest.wire.kernels.context import (
    BAD,
    RESOURCE_ROW,
    SCOPE_ROW,
    SLOT,
    TEXT,
    VALUE,
    column_offset,
    count_field,
    enum_field,
    fail,
    new_row,
    odd,
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
from swarmscope.ingest.wire.layout import LOGS


def _at(column: str) -> int:
    return column_offset(LOGS, "log", column)


LOG = table_offset(LOGS, "log")
ATTRIBUTE = table_offset(LOGS, "attribute")
LOG_RESOURCE, LOG_SCOPE = _at("resource"), _at("scope")
LOG_TIME, LOG_OBSERVED = _at("time"), _at("observed_time")
LOG_SEVERITY, LOG_SEVERITY_TEXT = _at("severity"), _at("severity_text")
LOG_EVENT_NAME, LOG_BODY_TYPE = _at("event_name"), _at("body_type")
LOG_TRACE_ID, LOG_SPAN_ID, LOG_FLAGS = _at("trace_id"), _at("span_id"), _at("flags")
LOG_ATTRIBUTES = _at("attributes")


@kernel
def _new_log(c: Int, n: Int) -> None:
    """Row n with every field absent."""
    put32(c, LOG_RESOURCE, n, ld64(c + RESOURCE_ROW))
    put32(c, LOG_SCOPE, n, ld64(c + SCOPE_ROW))
    put64(c, LOG_TIME, n, 0)
    put64(c, LOG_OBSERVED, n, 0)
    put8(c, LOG_SEVERITY, n, 0)
    put32(c, LOG_SEVERITY_TEXT, n, 0)
    put32(c, LOG_EVENT_NAME, n, 0)
    put8(c, LOG_BODY_TYPE, n, 0)
    put_trace_id(c, LOG_TRACE_ID, n, 0, 0)
    put_span_id(c, LOG_SPAN_ID, n, 0, 0)
    put32(c, LOG_FLAGS, n, 0)
    ends = ld64(c + LOG + TEXT) + SLOT * n
    st64(ends + SLOT, ld64(ends))


@kernel
def _body_field(c: Int, p: Int, end: Int, n: Int) -> Int:
    """The AnyValue whose tag stands at p as the body of row n; position behind it, or -1 after an error."""
    a, b = length(p + 1, end)
    if a < 0:
        return fail(c, BAD, p)
    kind = call(ld64(c + VALUE), c, LOG, n, a, b)
    if kind < 0:
        return -1
    put8(c, LOG_BODY_TYPE, n, kind)
    return b


@unit
def log_unit(c: Int, p: Int, end: Int, _d: Int, _e: Int) -> Int:
    """Append a LogRecord."""
    n = new_row(c, LOG)
    if n < 0:
        return -1
    first = ld64(c + ATTRIBUTE)
    _new_log(c, n)
    has_body = False
    dropped = 0
    while p < end:
        tag = ld8(p)
        if tag == 0x32:
            p = attributes_field(c, ATTRIBUTE, p, end, first)
        elif tag == 0x09 or tag == 0x59:
            p = word_field(c, LOG_TIME if tag == 0x09 else LOG_OBSERVED, n, p, end)
        elif tag == 0x2A:
            if has_body:  # two bodies merge
                return odd(c, p)
            has_body = True
            p = _body_field(c, p, end, n)
        elif tag == 0x4A:
            p = trace_id_field(c, LOG_TRACE_ID, n, p, end)
        elif tag == 0x52:
            p = span_id_field(c, LOG_SPAN_ID, n, p, end)
        elif tag == 0x10:
            p = enum_field(c, LOG_SEVERITY, n, p, end)
        elif tag == 0x1A or tag == 0x62:
            p = string_field(c, LOG_SEVERITY_TEXT if tag == 0x1A else LOG_EVENT_NAME, n, p, end)
        elif tag == 0x45 and end - p >= 5:
            put32(c, LOG_FLAGS, n, ld32(p + 1))
            p += 5
        elif tag == 0x38:
            dropped, p = count_field(c, p, end)
        else:
            p = unknown(c, p, end)
        if p < 0:
            return p
    if dropped != 0 and beside(c, ATTRIBUTE, DROPPED_ATTRIBUTES, dropped, 0) < 0:
        return -1
    put32(c, LOG_ATTRIBUTES, n + 1, ld64(c + ATTRIBUTE))
    st64(c + LOG, n + 1)
    return 0
