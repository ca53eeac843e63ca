"""OTLP/JSON: everything protobuf can say, and errors that name the place."""

from __future__ import annotations

import base64
from typing import Any

import orjson
import pytest
from google.protobuf.json_format import MessageToDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from swarmscope.errors import DecodeError
from swarmscope.ingest.wire import json_to_protobuf
from swarmscope.ingest.wire.plain import REQUESTS

from . import messages

IDS = ("traceId", "spanId", "parentSpanId", "trace_id", "span_id", "parent_span_id")


def hexed(value: Any) -> Any:
    """Proto3 JSON with ids as OTLP writes them."""
    if isinstance(value, dict):
        return {k: base64.b64decode(v).hex() if k in IDS else hexed(v) for k, v in value.items()}
    return [hexed(v) for v in value] if isinstance(value, list) else value


def span(**fields: Any) -> bytes:
    """A request with one span."""
    return orjson.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [fields]}]}]})


def read(**fields: Any) -> Any:
    """That span, read."""
    request = REQUESTS["traces"].FromString(json_to_protobuf("traces", span(**fields)))
    return request.resource_spans[0].scope_spans[0].spans[0]


@pytest.mark.parametrize("signal", ["traces", "logs", "metrics"])
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_what_protobuf_writes_as_json_comes_back(signal: str, data: Any) -> None:
    message = data.draw(messages.requests(signal))
    options = {
        "preserving_proto_field_name": data.draw(st.booleans()),
        "use_integers_for_enums": data.draw(st.booleans()),
    }
    body = orjson.dumps(hexed(MessageToDict(message, **options)))
    read_again = REQUESTS[signal].FromString(json_to_protobuf(signal, body))
    assert MessageToDict(read_again) == MessageToDict(message)  # as messages, what holds a NaN equals nothing


def test_integers_come_as_text_number_or_whole_float() -> None:
    for value in ("5", 5, 5.0):
        assert read(startTimeUnixNano=value).start_time_unix_nano == 5


def test_enums_come_as_name_number_or_text_of_a_number() -> None:
    for value in ("SPAN_KIND_CLIENT", 3, "3"):
        assert read(kind=value).kind == 3


def test_ids_come_in_either_case_and_bytes_in_either_alphabet() -> None:
    assert read(traceId="AB" * 16).trace_id == read(traceId="ab" * 16).trace_id == b"\xab" * 16
    for text in ("-_8=", "+/8", "-_8"):
        value = {"key": "k", "value": {"bytesValue": text}}
        assert read(attributes=[value]).attributes[0].value.bytes_value == b"\xfb\xff"


def test_nulls_and_unknown_fields_are_ignored() -> None:
    assert read(name=None, kind=None, attributes=None, novel={"a": [1]}) == read()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"traceId": "zz"}, r"spans\[0\]\.traceId: expected an id in hexadecimal digits, got 'zz'"),
        ({"kind": "SPAN_KIND_X"}, r"kind: expected a number or a name of SpanKind, got 'SPAN_KIND_X'"),
        ({"startTimeUnixNano": "-1"}, r"startTimeUnixNano: expected an integer from 0 to 18446744073709551615"),
        ({"startTimeUnixNano": 1.5}, "startTimeUnixNano: expected an integer"),
        ({"startTimeUnixNano": True}, "startTimeUnixNano: expected an integer"),
        ({"name": 5}, "name: expected a string, got 5"),
        ({"attributes": {}}, "attributes: expected an array, got an object"),
        ({"attributes": [[]]}, r"attributes\[0\]: expected an object, got an array"),
        ({"attributes": [{"value": {"boolValue": 1}}]}, r"attributes\[0\]\.value\.boolValue: expected true or false"),
        ({"attributes": [{"value": {"doubleValue": "x"}}]}, "doubleValue: expected a number, got 'x'"),
        ({"attributes": [{"value": {"bytesValue": "!"}}]}, "bytesValue: expected bytes as base64, got '!'"),
        ({"status": 1}, "status: expected an object, got 1"),
    ],
)
def test_a_wrong_value_is_named_by_its_path(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(DecodeError, match=message):
        json_to_protobuf("traces", span(**fields))


def test_text_that_is_not_json_is_refused_with_its_position() -> None:
    with pytest.raises(DecodeError, match=r"not valid JSON.*at byte 5") as caught:
        json_to_protobuf("traces", b'{"a":')
    assert caught.value.position == 5
    for body in (b"", b"\xff", b'"\\ud800"', b"[" * 100_000):
        with pytest.raises(DecodeError):
            json_to_protobuf("traces", body)


def test_bytes_that_are_no_utf8_are_told_with_their_place() -> None:
    with pytest.raises(DecodeError, match="at byte 20"):
        json_to_protobuf("traces", b'{"resourceSpans":[],\xff}')


def test_endless_nesting_is_refused() -> None:
    value: dict[str, Any] = {}
    for _ in range(60):
        value = {"arrayValue": {"values": [value]}}
    with pytest.raises(DecodeError, match="nested deeper"):
        json_to_protobuf("traces", span(attributes=[{"key": "k", "value": value}]))
