"""The hand-written encoder against the official classes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import ScopeLogs
from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans

from swarmscope.sim import wire

VALUES = st.recursive(
    st.text(max_size=40) | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=4).map(tuple),
    max_leaves=6,
)


def official(value: wire.Value) -> object:
    """Build the same value with the official classes."""
    found = KeyValue()

    def fill(target: object, one: wire.Value) -> None:
        if isinstance(one, tuple):
            target.array_value.SetInParent()
            for x in one:
                fill(target.array_value.values.add(), x)
        elif isinstance(one, bool):
            target.bool_value = one
        elif isinstance(one, str):
            target.string_value = one
        elif isinstance(one, int):
            target.int_value = one
        else:
            target.double_value = one

    fill(found.value, value)
    return found.value


@given(st.text(max_size=200), VALUES)
def test_an_attribute_is_what_the_official_classes_write(key: str, value: wire.Value) -> None:
    assert KeyValue.FromString(wire.key_value(key, value)) == KeyValue(key=key, value=official(value))


@given(st.integers(0, 2**64 - 1))
def test_varints_of_every_size_are_read_back(value: int) -> None:
    signed = value - 2**64 if value >= 2**63 else value
    assert KeyValue.FromString(wire.key_value("k", signed)).value.int_value == signed


@given(st.text(min_size=1, max_size=300), st.integers(0, 2**63), st.integers(0, 2**40), st.booleans())
def test_a_span_is_read_back(name: str, start: int, length: int, root: bool) -> None:
    parent = b"" if root else b"p" * 8
    tail = wire.attributes(9, {"a": 1}) + wire.event(5, wire.event_rest("e", {"x": "y"})) + wire.error_status("bad")
    tail += wire.link(b"l" * 16, b"m" * 8, {"z": True})
    encoded = wire.span(b"t" * 16, b"s" * 8, parent, name.encode(), 3, start, start + length, tail)
    (span,) = ScopeSpans.FromString(encoded).spans
    assert (span.trace_id, span.span_id, span.parent_span_id, span.name, span.kind) == (
        b"t" * 16,
        b"s" * 8,
        parent,
        name,
        3,
    )
    assert (span.start_time_unix_nano, span.end_time_unix_nano) == (start, start + length)
    assert span.events[0].time_unix_nano == 5 and span.events[0].name == "e"
    assert span.links[0].trace_id == b"l" * 16
    assert (span.status.code, span.status.message) == (2, "bad")


@given(st.text(max_size=300), st.booleans(), st.booleans())
def test_a_log_record_is_read_back(body: str, traced: bool, named: bool) -> None:
    ids = (b"t" * 16, b"s" * 8) if traced else (b"", b"")
    encoded = wire.log_record(
        7, 13, b"WARN", body.encode(), wire.attributes(6, {"a": "b"}), *ids, b"event" if named else b""
    )
    (record,) = ScopeLogs.FromString(encoded).log_records
    assert (record.body.string_value, record.severity_number, record.severity_text) == (body, 13, "WARN")
    assert (record.trace_id, record.span_id) == ids
    assert record.event_name == ("event" if named else "")
    assert record.time_unix_nano == record.observed_time_unix_nano == 7
