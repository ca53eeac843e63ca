"""Hypothesis strategies of OTLP requests, from ordinary to hostile but legal."""

from __future__ import annotations

from typing import Any

from google.protobuf.descriptor import FieldDescriptor as Field
from google.protobuf.message import Message
from hypothesis import strategies as st

from swarmscope.ingest.wire.plain import REQUESTS

TEXTS = st.one_of(
    st.sampled_from(
        ["", "service.name", "chat", "gen_ai.agent.name", "é", "日本語", 'quote " \\ \n \x00 \x1f', "x" * 300]
    ),
    st.text(max_size=20),
)
DOUBLES = st.one_of(
    st.floats(),
    st.floats(0, 1e6),
    st.integers(-(2**60), 2**60).map(float),
    st.sampled_from([0.0, -0.0, 5e-324, 1e16, 1e-5, 123456789012345680.0, 9007199254740993.0, 1.7976931348623157e308]),
)
_INTEGERS = {
    Field.TYPE_INT32: (-(2**31), 2**31 - 1),
    Field.TYPE_SINT32: (-(2**31), 2**31 - 1),
    Field.TYPE_UINT32: (0, 2**32 - 1),
    Field.TYPE_FIXED32: (0, 2**32 - 1),
    Field.TYPE_INT64: (-(2**63), 2**63 - 1),
    Field.TYPE_SFIXED64: (-(2**63), 2**63 - 1),
    Field.TYPE_UINT64: (0, 2**64 - 1),
    Field.TYPE_FIXED64: (0, 2**64 - 1),
    Field.TYPE_ENUM: (-3, 300),
}


def _integers(low: int, high: int) -> st.SearchStrategy[int]:
    return st.one_of(st.integers(max(low, -5), 130), st.integers(low, high), st.sampled_from([low, high]))


def _value(field: Any) -> st.SearchStrategy[Any]:
    if field.type in _INTEGERS:
        return _integers(*_INTEGERS[field.type])
    if field.type == Field.TYPE_STRING:
        return TEXTS
    if field.type == Field.TYPE_BYTES:
        width = 16 if field.name == "trace_id" else 8
        return st.one_of(st.binary(min_size=width, max_size=width), st.binary(max_size=20))
    if field.type == Field.TYPE_BOOL:
        return st.booleans()
    return DOUBLES


def fill(draw: Any, message: Message, depth: int = 0) -> None:
    """Set a random part of the fields of a message, of a oneof at most the last chosen."""
    for field in message.DESCRIPTOR.fields:
        common = depth < 4 or field.name in ("key", "value", "values", "string_value")
        if draw(st.integers(0, 3)) >= (3 if common else 1):
            continue
        if field.type == Field.TYPE_MESSAGE:
            if depth > 12:
                continue
            if not field.is_repeated:
                getattr(message, field.name).SetInParent()
                fill(draw, getattr(message, field.name), depth + 1)
                continue
            for _ in range(draw(st.integers(0, 3))):
                fill(draw, getattr(message, field.name).add(), depth + 1)
        elif field.is_repeated:
            getattr(message, field.name).extend(draw(st.lists(_value(field), max_size=4)))
        else:
            setattr(message, field.name, draw(_value(field)))


@st.composite
def requests(draw: Any, signal: str) -> Message:
    """A request of a signal."""
    message = REQUESTS[signal]()
    fill(draw, message)
    return message


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def _split(body: bytes) -> list[bytes]:
    """The fields of a message, each with its tag."""
    out, p = [], 0

    def varint(p: int) -> tuple[int, int]:
        value = shift = 0
        while True:
            byte = body[p]
            value |= (byte & 127) << shift
            p, shift = p + 1, shift + 7
            if byte < 128:
                return value, p

    while p < len(body):
        start = p
        tag, p = varint(p)
        if tag & 7 == 0:
            _, p = varint(p)
        elif tag & 7 == 2:
            n, p = varint(p)
            p += n
        else:
            p += 8 if tag & 7 == 1 else 4
        out.append(body[start:p])
    return out


UNKNOWN = [
    b"\xf8\x07\x05",  # field 127, varint
    b"\xfa\x07\x03abc",  # field 127, bytes
    b"\xfb\x07\xf8\x07\x01\xfc\x07",  # a group
    b"\x8a\x80\x00\x00",  # field 1 in an overlong tag, empty
]


def twist(draw: Any, message: Message) -> bytes:
    """Serialise with fields shuffled, doubled and mixed with unknown ones: legal, and what only fuzzers send."""
    fields: list[bytes] = []
    for field, value in message.ListFields():
        shell = type(message)()
        if field.type == Field.TYPE_MESSAGE:
            for item in value if field.is_repeated else [value]:
                inner = twist(draw, item)
                fields.append(_varint(field.number << 3 | 2) + _varint(len(inner)) + inner)
        else:
            if field.is_repeated:
                getattr(shell, field.name).extend(value)
            else:
                setattr(shell, field.name, value)
            fields += _split(shell.SerializeToString())
    if draw(st.booleans()):
        fields = draw(st.permutations(fields))
    if fields and draw(st.integers(0, 5)) == 0:
        fields.append(draw(st.sampled_from(fields)))
    if draw(st.integers(0, 7)) == 0:
        fields.insert(draw(st.integers(0, len(fields))), draw(st.sampled_from(UNKNOWN)))
    return b"".join(fields)


@st.composite
def twisted(draw: Any, signal: str) -> bytes:
    """The bytes of a twisted request."""
    return twist(draw, draw(requests(signal)))
