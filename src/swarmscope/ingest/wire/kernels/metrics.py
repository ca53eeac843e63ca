"""Metrics of all five kinds with exemplars (opentelemetry/proto/metrics/v1/metrics.proto)."""

from __future__ import annotations

import numpy as np

from swarmscope.ingest.wire.kernels.attributes import attributes_field
from swarmscope.ingest.wire.kernels.blocks import text_error
from swarmscope.ingest.wire.kernels.context import (
    BAD,
    GROW_ROWS,
    ITEM_2,
    ITEM_3,
    ITEM_4,
    KIND,
    RESOURCE_ROW,
    ROWS_MAX,
    SCOPE_ROW,
    column_offset,
    enum_field,
    fail,
    grow,
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
from swarmscope.ingest.wire.kernels.memory import Int, bits_of, call, inline, kernel, ld8, ld64, move, st64, unit
from swarmscope.ingest.wire.kernels.wire import length, varint
from swarmscope.ingest.wire.layout import METRICS


def _at(table: str, column: str) -> int:
    return column_offset(METRICS, table, column)


METRIC = table_offset(METRICS, "metric")
POINT = table_offset(METRICS, "point")
ATTRIBUTE = table_offset(METRICS, "attribute")
HIST = table_offset(METRICS, "hist")
BOUND, COUNT = table_offset(METRICS, "bound"), table_offset(METRICS, "count")
POSITIVE, NEGATIVE = table_offset(METRICS, "positive"), table_offset(METRICS, "negative")
QUANTILE = table_offset(METRICS, "quantile")
EXEMPLAR = table_offset(METRICS, "exemplar")
EXEMPLAR_ATTRIBUTE = table_offset(METRICS, "exemplar_attribute")

METRIC_NAME, METRIC_UNIT = _at("metric", "name"), _at("metric", "unit")
METRIC_DESCRIPTION, METRIC_KIND = _at("metric", "description"), _at("metric", "kind")
METRIC_TEMPORALITY, METRIC_MONOTONIC = _at("metric", "temporality"), _at("metric", "monotonic")
POINT_METRIC, POINT_RESOURCE, POINT_SCOPE = _at("point", "metric"), _at("point", "resource"), _at("point", "scope")
POINT_TIME, POINT_START, POINT_FLAGS = _at("point", "time"), _at("point", "start_time"), _at("point", "flags")
POINT_VALUE, POINT_HIST = _at("point", "value"), _at("point", "hist")
POINT_ATTRIBUTES, POINT_EXEMPLARS = _at("point", "attributes"), _at("point", "exemplars")
HIST_COUNT, HIST_MIN, HIST_MAX = _at("hist", "count"), _at("hist", "min"), _at("hist", "max")
HIST_SCALE, HIST_ZERO_COUNT = _at("hist", "scale"), _at("hist", "zero_count")
HIST_ZERO_THRESHOLD = _at("hist", "zero_threshold")
HIST_POSITIVE_OFFSET, HIST_NEGATIVE_OFFSET = _at("hist", "positive_offset"), _at("hist", "negative_offset")
HIST_BOUNDS, HIST_COUNTS = _at("hist", "bounds"), _at("hist", "counts")
HIST_POSITIVE, HIST_NEGATIVE = _at("hist", "positive"), _at("hist", "negative")
HIST_QUANTILES = _at("hist", "quantiles")
BOUND_VALUE, COUNT_VALUE = _at("bound", "value"), _at("count", "value")
POSITIVE_VALUE, NEGATIVE_VALUE = _at("positive", "value"), _at("negative", "value")
QUANTILE_QUANTILE, QUANTILE_VALUE = _at("quantile", "quantile"), _at("quantile", "value")
EXEMPLAR_TIME, EXEMPLAR_VALUE = _at("exemplar", "time"), _at("exemplar", "value")
EXEMPLAR_TRACE_ID, EXEMPLAR_SPAN_ID = _at("exemplar", "trace_id"), _at("exemplar", "span_id")
EXEMPLAR_ATTRIBUTES = _at("exemplar", "attributes")

GAUGE, SUM, HISTOGRAM, EXPONENTIAL, SUMMARY = 5, 7, 9, 10, 11
_NAN = int(np.array(np.nan).view(np.int64))


@inline
def _double(value: Int) -> Int:
    """An integer as the bits of the nearest float64."""
    return bits_of(float(value))


@inline
def _integer_field(c: Int, column: Int, row: Int, p: Int, end: Int) -> Int:
    """Keep the sfixed64 field whose tag stands at p as a float64."""
    if end - p < 9:
        return fail(c, BAD, p)
    put64(c, column, row, _double(ld64(p + 1)))
    return p + 9


@inline
def _zigzag(value: Int) -> Int:
    """sint32."""
    value = value & 0xFFFFFFFF
    return (value >> 1) ^ -(value & 1)


@unit
def exemplar_unit(c: Int, p: Int, end: Int, _d: Int, _e: Int) -> Int:
    """Append the Exemplar whose tag stands at p; position behind it, or -1 after an error."""
    p, stop = length(p + 1, end)
    if p < 0:
        return fail(c, BAD, end)
    n = new_row(c, EXEMPLAR)
    if n < 0:
        return -1
    first = ld64(c + EXEMPLAR_ATTRIBUTE)
    put64(c, EXEMPLAR_TIME, n, 0)
    put64(c, EXEMPLAR_VALUE, n, 0)
    put_trace_id(c, EXEMPLAR_TRACE_ID, n, 0, 0)
    put_span_id(c, EXEMPLAR_SPAN_ID, n, 0, 0)
    while p < stop:
        tag = ld8(p)
        if tag == 0x3A:
            p = attributes_field(c, EXEMPLAR_ATTRIBUTE, p, stop, first)
        elif tag == 0x11 or tag == 0x19:
            p = word_field(c, EXEMPLAR_TIME if tag == 0x11 else EXEMPLAR_VALUE, n, p, stop)
        elif tag == 0x31:
            p = _integer_field(c, EXEMPLAR_VALUE, n, p, stop)
        elif tag == 0x22:
            p = span_id_field(c, EXEMPLAR_SPAN_ID, n, p, stop)
        elif tag == 0x2A:
            p = trace_id_field(c, EXEMPLAR_TRACE_ID, n, p, stop)
        else:
            p = unknown(c, p, stop)
        if p < 0:
            return p
    put32(c, EXEMPLAR_ATTRIBUTES, n + 1, ld64(c + EXEMPLAR_ATTRIBUTE))
    st64(c + EXEMPLAR, n + 1)
    return stop


@inline
def _exemplar_field(c: Int, p: Int, end: Int) -> Int:
    return call(ld64(c + ITEM_3), c, p, end, 0, 0)


@kernel
def _words(c: Int, table: Int, column: Int, p: Int, end: Int) -> Int:
    """Append the packed 8-byte values whose tag stands at p; position behind them."""
    a, b = length(p + 1, end)
    if a < 0 or (b - a) & 7 != 0:
        return fail(c, BAD, p)
    rows, more = ld64(c + table), (b - a) >> 3
    if rows + more > ld64(c + table + ROWS_MAX):
        return grow(c, GROW_ROWS, c + table)
    move(ld64(c + column) + 8 * rows, a, b - a)
    st64(c + table, rows + more)
    return b


@kernel
def _varints(c: Int, table: Int, column: Int, p: Int, end: Int) -> Int:
    """Append the packed varints whose tag stands at p; position behind them."""
    a, b = length(p + 1, end)
    if a < 0:
        return fail(c, BAD, p)
    while a < b:
        n = new_row(c, table)
        if n < 0:
            return -1
        value, q = varint(a, b)
        if q < 0:
            return fail(c, BAD, a)
        put64(c, column, n, value)
        st64(c + table, n + 1)
        a = q
    return b


@kernel
def _buckets(c: Int, p: Int, end: Int, hist: Int, positive: bool) -> Int:
    """The Buckets of an exponential histogram whose tag stands at p; position behind them."""
    p, stop = length(p + 1, end)
    if p < 0:
        return fail(c, BAD, end)
    while p < stop:
        tag = ld8(p)
        if tag == 0x08:
            offset, q = varint(p + 1, stop)
            if q < 0:
                return fail(c, BAD, p)
            put32(c, HIST_POSITIVE_OFFSET if positive else HIST_NEGATIVE_OFFSET, hist, _zigzag(offset))
            p = q
        elif tag == 0x12:
            table = POSITIVE if positive else NEGATIVE
            p = _varints(c, table, POSITIVE_VALUE if positive else NEGATIVE_VALUE, p, stop)
        elif tag == 0x10:  # not packed
            return odd(c, p)
        else:
            p = unknown(c, p, stop)
        if p < 0:
            return p
    return stop


@kernel
def _quantile(c: Int, p: Int, end: Int) -> Int:
    """The ValueAtQuantile whose tag stands at p; position behind it."""
    p, stop = length(p + 1, end)
    if p < 0:
        return fail(c, BAD, end)
    n = new_row(c, QUANTILE)
    if n < 0:
        return -1
    quantile = value = 0
    while p < stop:
        tag = ld8(p)
        if tag == 0x09 or tag == 0x11:
            if stop - p < 9:
                return fail(c, BAD, p)
            if tag == 0x09:
                quantile = ld64(p + 1)
            else:
                value = ld64(p + 1)
            p += 9
        else:
            p = unknown(c, p, stop)
            if p < 0:
                return p
    put64(c, QUANTILE_QUANTILE, n, quantile)
    put64(c, QUANTILE_VALUE, n, value)
    st64(c + QUANTILE, n + 1)
    return stop


@kernel
def _new_hist(c: Int) -> Int:
    """The row of a histogram or summary with nothing given; -1 when the table must grow."""
    n = new_row(c, HIST)
    if n < 0:
        return -1
    put64(c, HIST_COUNT, n, 0)
    put64(c, HIST_MIN, n, _NAN)
    put64(c, HIST_MAX, n, _NAN)
    put32(c, HIST_SCALE, n, 0)
    put64(c, HIST_ZERO_COUNT, n, 0)
    put64(c, HIST_ZERO_THRESHOLD, n, 0)
    put32(c, HIST_POSITIVE_OFFSET, n, 0)
    put32(c, HIST_NEGATIVE_OFFSET, n, 0)
    return n


@kernel
def _close_hist(c: Int, n: Int) -> None:
    put32(c, HIST_BOUNDS, n + 1, ld64(c + BOUND))
    put32(c, HIST_COUNTS, n + 1, ld64(c + COUNT))
    put32(c, HIST_POSITIVE, n + 1, ld64(c + POSITIVE))
    put32(c, HIST_NEGATIVE, n + 1, ld64(c + NEGATIVE))
    put32(c, HIST_QUANTILES, n + 1, ld64(c + QUANTILE))
    st64(c + HIST, n + 1)


@kernel
def _number_field(c: Int, p: Int, end: Int, n: Int, first: Int) -> Int:
    """A field of NumberDataPoint other than times and flags."""
    tag = ld8(p)
    if tag == 0x3A:
        return attributes_field(c, ATTRIBUTE, p, end, first)
    if tag == 0x21:
        return word_field(c, POINT_VALUE, n, p, end)
    if tag == 0x31:
        return _integer_field(c, POINT_VALUE, n, p, end)
    if tag == 0x2A:
        return _exemplar_field(c, p, end)
    return unknown(c, p, end)


@kernel
def _histogram_field(c: Int, p: Int, end: Int, n: Int, first: Int, hist: Int) -> Int:
    """A field of HistogramDataPoint other than times and flags."""
    tag = ld8(p)
    if tag == 0x4A:
        return attributes_field(c, ATTRIBUTE, p, end, first)
    if tag == 0x32:
        return _words(c, COUNT, COUNT_VALUE, p, end)
    if tag == 0x3A:
        return _words(c, BOUND, BOUND_VALUE, p, end)
    if tag == 0x42:
        return _exemplar_field(c, p, end)
    if tag == 0x31 or tag == 0x39:  # not packed
        return odd(c, p)
    if tag == 0x21:
        return word_field(c, HIST_COUNT, hist, p, end)
    if tag == 0x29:
        return word_field(c, POINT_VALUE, n, p, end)
    if tag == 0x59 or tag == 0x61:
        return word_field(c, HIST_MIN if tag == 0x59 else HIST_MAX, hist, p, end)
    return unknown(c, p, end)


@kernel
def _exponential_field(c: Int, p: Int, end: Int, n: Int, first: Int, hist: Int) -> Int:
    """A field of ExponentialHistogramDataPoint other than times, flags and buckets."""
    tag = ld8(p)
    if tag == 0x0A:
        return attributes_field(c, ATTRIBUTE, p, end, first)
    if tag == 0x5A:
        return _exemplar_field(c, p, end)
    if tag == 0x30:
        scale, q = varint(p + 1, end)
        if q < 0:
            return fail(c, BAD, p)
        put32(c, HIST_SCALE, hist, _zigzag(scale))
        return q
    if tag == 0x29:
        return word_field(c, POINT_VALUE, n, p, end)
    if tag == 0x21 or tag == 0x39:
        return word_field(c, HIST_COUNT if tag == 0x21 else HIST_ZERO_COUNT, hist, p, end)
    if tag == 0x71:
        return word_field(c, HIST_ZERO_THRESHOLD, hist, p, end)
    if tag == 0x61 or tag == 0x69:
        return word_field(c, HIST_MIN if tag == 0x61 else HIST_MAX, hist, p, end)
    return unknown(c, p, end)


@kernel
def _summary_field(c: Int, p: Int, end: Int, n: Int, first: Int, hist: Int) -> Int:
    """A field of SummaryDataPoint other than times and flags."""
    tag = ld8(p)
    if tag == 0x3A:
        return attributes_field(c, ATTRIBUTE, p, end, first)
    if tag == 0x32:
        return _quantile(c, p, end)
    if tag == 0x21:
        return word_field(c, HIST_COUNT, hist, p, end)
    if tag == 0x29:
        return word_field(c, POINT_VALUE, n, p, end)
    return unknown(c, p, end)


@unit
def hist_field_unit(c: Int, p: Int, end: Int, n: Int, first: Int) -> Int:
    """A field of a histogram or summary point other than times and flags; position behind it, or -1 after an error."""
    hist = ld64(c + HIST)
    kind = ld64(c + KIND)
    if kind == HISTOGRAM:
        return _histogram_field(c, p, end, n, first, hist)
    if kind == SUMMARY:
        return _summary_field(c, p, end, n, first, hist)
    tag = ld8(p)
    if tag == 0x42 or tag == 0x4A:
        return _buckets(c, p, end, hist, tag == 0x42)
    return _exponential_field(c, p, end, n, first, hist)


@kernel
def _new_point(c: Int, n: Int, kind: Int) -> None:
    """Row n with every field absent."""
    histogram = kind == HISTOGRAM or kind == EXPONENTIAL
    number = kind == GAUGE or kind == SUM
    put32(c, POINT_METRIC, n, ld64(c + METRIC) - 1)
    put32(c, POINT_RESOURCE, n, ld64(c + RESOURCE_ROW))
    put32(c, POINT_SCOPE, n, ld64(c + SCOPE_ROW))
    put64(c, POINT_TIME, n, 0)
    put64(c, POINT_START, n, 0)
    put32(c, POINT_FLAGS, n, 0)
    put64(c, POINT_VALUE, n, _NAN if histogram else 0)
    put32(c, POINT_HIST, n, -1 if number else ld64(c + HIST))


@unit
def point_unit(c: Int, p: Int, end: Int, kind: Int, _e: Int) -> Int:
    """Append the data point whose tag stands at p; position behind it, or -1 after an error."""
    p, stop = length(p + 1, end)
    if p < 0:
        return fail(c, BAD, end)
    n = new_row(c, POINT)
    if n < 0:
        return -1
    number = kind == GAUGE or kind == SUM
    hist = 0 if number else _new_hist(c)
    if hist < 0:
        return -1
    first = ld64(c + ATTRIBUTE)
    _new_point(c, n, kind)
    flags_tag = 0x40 if number or kind == SUMMARY else 0x50
    positive = negative = False
    while p < stop:
        tag = ld8(p)
        if tag == 0x11 or tag == 0x19:
            p = word_field(c, POINT_START if tag == 0x11 else POINT_TIME, n, p, stop)
        elif tag == flags_tag:
            flags, q = varint(p + 1, stop)
            if q < 0:
                return fail(c, BAD, p)
            put32(c, POINT_FLAGS, n, flags)
            p = q
        elif number:
            p = _number_field(c, p, stop, n, first)
        else:
            if kind == EXPONENTIAL and ((tag == 0x42 and positive) or (tag == 0x4A and negative)):
                return odd(c, p)  # two of them merge
            positive = positive or tag == 0x42
            negative = negative or tag == 0x4A
            p = call(ld64(c + ITEM_4), c, p, stop, n, first)
        if p < 0:
            return p
    put32(c, POINT_ATTRIBUTES, n + 1, ld64(c + ATTRIBUTE))
    put32(c, POINT_EXEMPLARS, n + 1, ld64(c + EXEMPLAR))
    if not number:
        _close_hist(c, hist)
    st64(c + POINT, n + 1)
    return stop


@kernel
def _data(c: Int, p: Int, end: Int, kind: Int) -> Int:
    """Gauge, Sum, Histogram, ExponentialHistogram or Summary of the last metric."""
    metric = ld64(c + METRIC) - 1
    st64(c + KIND, kind)
    put8(c, METRIC_KIND, metric, kind)
    while p < end:
        tag = ld8(p)
        if tag == 0x0A:
            p = call(ld64(c + ITEM_2), c, p, end, kind, 0)
        elif tag == 0x10 and kind != GAUGE and kind != SUMMARY:
            p = enum_field(c, METRIC_TEMPORALITY, metric, p, end)
        elif tag == 0x18 and kind == SUM:
            value, q = varint(p + 1, end)
            if q < 0:
                return fail(c, BAD, p)
            put8(c, METRIC_MONOTONIC, metric, 1 if value != 0 else 0)
            p = q
        else:
            p = unknown(c, p, end)
        if p < 0:
            return p
    return 0


@kernel
def _metadata_field(c: Int, p: Int, end: Int) -> Int:
    """Metadata is checked as attributes are, and not kept."""
    table = c + ATTRIBUTE
    before = ld64(table)
    p = attributes_field(c, ATTRIBUTE, p, end, before)
    if p < 0 or text_error(c, table, before, ld64(table)) < 0:
        return -1
    st64(table, before)
    return p


@unit
def metric_unit(c: Int, p: Int, end: Int, _d: Int, _e: Int) -> Int:
    """Append a Metric and its points."""
    n = new_row(c, METRIC)
    if n < 0:
        return -1
    put32(c, METRIC_NAME, n, 0)
    put32(c, METRIC_DESCRIPTION, n, 0)
    put32(c, METRIC_UNIT, n, 0)
    put8(c, METRIC_KIND, n, 0)
    put8(c, METRIC_TEMPORALITY, n, 0)
    put8(c, METRIC_MONOTONIC, n, 0)
    st64(c + METRIC, n + 1)
    has_data = False
    while p < end:
        tag = ld8(p)
        if tag == 0x0A:
            p = string_field(c, METRIC_NAME, n, p, end)
        elif tag == 0x12 or tag == 0x1A:
            p = string_field(c, METRIC_DESCRIPTION if tag == 0x12 else METRIC_UNIT, n, p, end)
        elif tag == 0x2A or tag == 0x3A or tag == 0x4A or tag == 0x52 or tag == 0x5A:
            if has_data:  # the last member wins, two of a kind merge
                return odd(c, p)
            has_data = True
            a, b = length(p + 1, end)
            if a < 0:
                return fail(c, BAD, p)
            p = b if _data(c, a, b, tag >> 3) >= 0 else -1
        elif tag == 0x62:
            p = _metadata_field(c, p, end)
        else:
            p = unknown(c, p, end)
        if p < 0:
            return p
    return 0
