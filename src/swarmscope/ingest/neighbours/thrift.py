"""A bounded reader of Thrift's binary protocol: structs by a table of fields, everything else is stepped over.

Source: Apache Thrift, "Thrift Binary protocol encoding". No size that the bytes claim is believed beyond what is left of them.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

from swarmscope.errors import DecodeError

STOP, BOOL, BYTE, DOUBLE, I16, I32, I64, STRING, STRUCT, MAP, SET, LIST = 0, 2, 3, 4, 6, 8, 10, 11, 12, 13, 14, 15
DEPTH_MAX = 16
STRUCTS_MAX = 1_000_000  # of one message: a struct of one byte becomes a dict of a hundred
_SIZE = {BOOL: 1, BYTE: 1, DOUBLE: 8, I16: 2, I32: 4, I64: 8}
_LEAST = _SIZE | {STRING: 4, STRUCT: 1, MAP: 6, SET: 5, LIST: 5}  # bytes that one element takes at least
_FORMAT = {BOOL: "?", BYTE: "b", DOUBLE: ">d", I16: ">h", I32: ">i", I64: ">q"}
_UNPACK = {kind: struct.Struct(text).unpack_from for kind, text in _FORMAT.items()}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a struct. element: of a list, the struct or the plain type of its elements; of a struct, its fields."""

    name: str
    kind: int
    element: Any = None


Fields = dict[int, Field]


class Reader:
    """Reads from `data`, from its start on."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._structs = 0

    def struct(self, fields: Fields, depth: int = 0) -> dict[str, Any]:
        """The known fields of a struct by name; those that are missing, or of another type, are left out. DecodeError."""
        self._deep(depth)
        self._structs += 1
        if self._structs > STRUCTS_MAX:
            raise DecodeError(f"more than {STRUCTS_MAX} structs in one message; send smaller batches", self._at)
        out: dict[str, Any] = {}
        while (kind := self._plain(BYTE)) != STOP:
            field = fields.get(self._plain(I16))
            if field is None or field.kind != kind:
                self._skip(kind, depth + 1)
            else:
                out[field.name] = self._value(field, depth + 1)
        return out

    def end(self) -> None:
        """DecodeError: something follows."""
        if self._at != len(self._data):
            raise DecodeError("bytes follow the end of the batch", self._at)

    def _value(self, field: Field, depth: int) -> Any:
        if field.kind == STRUCT:
            return self.struct(field.element, depth)
        if field.kind == STRING:
            raw = self._bytes()
            return raw if field.element == "bytes" else raw.decode("utf-8", "replace")
        if field.kind != LIST:
            return self._plain(field.kind)
        self._deep(depth)
        kind, count = self._list_head()
        if kind != STRUCT:
            for _ in range(count):
                self._skip(kind, depth + 1)
            return []
        return [self.struct(field.element, depth + 1) for _ in range(count)]

    def _plain(self, kind: int) -> Any:
        begin = self._at
        self._take(_SIZE[kind])
        return _UNPACK[kind](self._data, begin)[0]

    def _take(self, size: int) -> None:
        if size > len(self._data) - self._at:
            raise DecodeError(f"the Thrift message ends within a value of {size} bytes", self._at)
        self._at += size

    def _bytes(self) -> bytes:
        size = self._plain(I32)
        if size < 0:
            raise DecodeError(f"a length of {size} bytes", self._at)
        begin = self._at
        self._take(size)
        return self._data[begin : self._at]

    def _list_head(self) -> tuple[int, int]:
        kind, count = self._plain(BYTE), self._plain(I32)
        self._count(kind, count)
        return kind, count

    def _count(self, kind: int, count: int) -> None:
        if kind not in _LEAST:
            raise DecodeError(f"type {kind} is none of Thrift's", self._at)
        if not 0 <= count * _LEAST[kind] <= len(self._data) - self._at or count < 0:
            raise DecodeError(f"{count} elements cannot follow in what is left of the message", self._at)

    def _deep(self, depth: int) -> None:
        if depth > DEPTH_MAX:
            raise DecodeError(f"more than {DEPTH_MAX} levels within each other", self._at)

    def _skip(self, kind: int, depth: int) -> None:
        self._deep(depth)
        if kind in _SIZE:
            self._take(_SIZE[kind])
        elif kind == STRING:
            self._bytes()
        elif kind == STRUCT:
            while (inner := self._plain(BYTE)) != STOP:
                self._take(2)
                self._skip(inner, depth + 1)
        elif kind in (LIST, SET):
            inner, count = self._list_head()
            self._skip_all(inner, count, depth)
        elif kind == MAP:
            key, value, count = self._plain(BYTE), self._plain(BYTE), self._plain(I32)
            self._count(key, count)
            self._count(value, count)
            for _ in range(count):
                self._skip(key, depth + 1)
                self._skip(value, depth + 1)
        else:
            raise DecodeError(f"type {kind} is none of Thrift's", self._at)

    def _skip_all(self, kind: int, count: int, depth: int) -> None:
        if kind in _SIZE:
            self._take(_SIZE[kind] * count)
            return
        for _ in range(count):
            self._skip(kind, depth + 1)
