"""OTLP/JSON → OTLP/protobuf (opentelemetry-proto, "JSON Protobuf Encoding").

Hex trace and span ids, 64-bit integers as text or number, enums as number or name, other bytes as base64, lowerCamelCase
or snake_case names, unknown fields ignored. Errors name the path of the value.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from functools import cache
from typing import Any

import orjson
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from swarmscope.errors import DecodeError
from swarmscope.ingest.wire.plain import REQUESTS

DEPTH_MAX = 100
_HEX_IDS = {"trace_id", "span_id", "parent_span_id"}
_INTEGERS: dict[int, tuple[int, int]] = {
    FieldDescriptor.TYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.TYPE_SINT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.TYPE_SFIXED32: (-(2**31), 2**31 - 1),
    FieldDescriptor.TYPE_UINT32: (0, 2**32 - 1),
    FieldDescriptor.TYPE_FIXED32: (0, 2**32 - 1),
    FieldDescriptor.TYPE_INT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.TYPE_SINT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.TYPE_SFIXED64: (-(2**63), 2**63 - 1),
    FieldDescriptor.TYPE_UINT64: (0, 2**64 - 1),
    FieldDescriptor.TYPE_FIXED64: (0, 2**64 - 1),
}
_WORDS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}

Convert = Callable[[Any, int], Any]


class _Wrong(Exception):  # noqa: N818 - internal; becomes a DecodeError when the path is complete
    """A value that cannot be converted; the path grows while it travels up."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.path: list[str] = []


def json_to_protobuf(signal: str, body: bytes | memoryview) -> bytes:
    """The same export request as protobuf bytes. signal: traces, logs or metrics. Raises DecodeError."""
    message = REQUESTS[signal]
    try:
        tree = orjson.loads(body)
    except orjson.JSONDecodeError as e:
        raise DecodeError(f"the body is not valid JSON: {e.msg}", _place(body, e.pos)) from e
    try:
        fields = _object(message.DESCRIPTOR)(tree, 0)
    except _Wrong as e:
        raise DecodeError(f"{''.join(reversed(e.path)).lstrip('.') or 'the body'}: {e}") from e
    encoded: bytes = message(**fields).SerializeToString()
    return encoded


def _place(body: bytes | memoryview, place: int) -> int:
    """Where the body stops making sense. orjson says 0 of bytes that are no UTF-8, wherever they are."""
    if place:
        return place
    try:
        str(body, "utf-8")
    except UnicodeDecodeError as e:
        return e.start
    return place


@cache
def _object(descriptor: Descriptor) -> Convert:
    """Converter of a JSON object to keyword arguments of the message class."""
    fields: dict[str, tuple[str, Convert]] = {}

    def convert(tree: Any, depth: int) -> dict[str, Any]:
        if type(tree) is not dict:
            raise _Wrong(f"expected an object, got {_show(tree)}")
        if depth > DEPTH_MAX:
            raise _Wrong(f"nested deeper than {DEPTH_MAX} levels; flatten it")
        out = {}
        for key, value in tree.items():
            field = fields.get(key)
            if field is None or value is None:
                continue
            try:
                out[field[0]] = field[1](value, depth + 1)
            except _Wrong as e:
                e.path.append(f".{key}")
                raise
        return out

    def fill() -> None:
        for field in descriptor.fields:
            entry = (field.name, _field(field))
            fields[field.name] = fields[field.json_name] = entry

    # Messages contain themselves (AnyValue): the table is filled at the first use, when this converter is already cached.
    def first(tree: Any, depth: int) -> dict[str, Any]:
        if not fields:
            fill()
        return convert(tree, depth)

    return first


def _field(field: FieldDescriptor) -> Convert:
    one = _single(field)
    if not field.is_repeated:
        return one

    def many(values: Any, depth: int) -> list[Any]:
        if type(values) is not list:
            raise _Wrong(f"expected an array, got {_show(values)}")
        out = []
        for i, value in enumerate(values):
            try:
                out.append(one(value, depth))
            except _Wrong as e:
                e.path.append(f"[{i}]")
                raise
        return out

    return many


def _single(field: FieldDescriptor) -> Convert:
    if field.type == FieldDescriptor.TYPE_MESSAGE:
        return _object(field.message_type)
    if field.type == FieldDescriptor.TYPE_ENUM:
        return _enum(field)
    if field.type in _INTEGERS:
        return _integer(*_INTEGERS[field.type])
    return {
        FieldDescriptor.TYPE_STRING: _text,
        FieldDescriptor.TYPE_BOOL: _bool,
        FieldDescriptor.TYPE_DOUBLE: _double,
        FieldDescriptor.TYPE_BYTES: _hex if field.name in _HEX_IDS else _base64,
    }[field.type]


def _text(value: Any, _depth: int) -> str:
    if type(value) is not str:
        raise _Wrong(f"expected a string, got {_show(value)}")
    return value


def _bool(value: Any, _depth: int) -> bool:
    if type(value) is not bool:
        raise _Wrong(f"expected true or false, got {_show(value)}")
    return value


def _double(value: Any, _depth: int) -> float:
    if type(value) in (int, float):
        return float(value)
    if type(value) is str:
        try:
            return _WORDS[value] if value in _WORDS else float(value)
        except ValueError:
            pass
    raise _Wrong(f"expected a number, got {_show(value)}")


def _integer(low: int, high: int) -> Convert:
    def convert(value: Any, _depth: int) -> int:
        number: object = value
        if type(value) is str:
            try:
                number = int(value)
            except ValueError:
                number = None
        elif type(value) is float and value.is_integer():
            number = int(value)
        if not isinstance(number, int) or isinstance(number, bool) or not low <= number <= high:
            raise _Wrong(f"expected an integer from {low} to {high}, got {_show(value)}")
        return number

    return convert


def _enum(field: FieldDescriptor) -> Convert:
    names: dict[str, int] = {v.name: v.number for v in field.enum_type.values}
    number = _integer(*_INTEGERS[FieldDescriptor.TYPE_INT32])

    def convert(value: Any, depth: int) -> int:
        if type(value) is str and value in names:
            return names[value]
        if type(value) is str and not value.lstrip("-").isdigit():
            raise _Wrong(f"expected a number or a name of {field.enum_type.name}, got {_show(value)}")
        converted: int = number(value, depth)
        return converted

    return convert


def _hex(value: Any, _depth: int) -> bytes:
    try:
        return bytes.fromhex(_text(value, 0))
    except ValueError:
        raise _Wrong(f"expected an id in hexadecimal digits, got {_show(value)}") from None


def _base64(value: Any, _depth: int) -> bytes:
    text = _text(value, 0).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        raise _Wrong(f"expected bytes as base64, got {_show(value)}") from None


def _show(value: Any) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "an array"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 40 else text[:37] + "..."
