"""Arrow arrays over NumPy buffers, without copies."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from swarmscope.ingest.columns import I32, U8
from swarmscope.model.tables import TIME

_BUFFER = pa.py_buffer
_STRING = pa.string()
_NOTHING = pa.py_buffer(b"")
_ZEROS_MAX = 1 << 17
_SAME_MAX = 256  # batches of one sender have one size; arrays over shared zeros cost nothing to keep
_ZEROS = pa.py_buffer(np.zeros(_ZEROS_MAX, np.int32))


def fixed(kind: pa.DataType, values: NDArray[Any]) -> pa.Array:
    """A column of a fixed-width type over a contiguous array (n,) or (n, width)."""
    return pa.Array.from_buffers(kind, len(values), [None, _BUFFER(values)])


def times(values: NDArray[Any]) -> pa.Array:
    """Nanoseconds as timestamps."""
    return pa.Array.from_buffers(TIME, len(values), [None, _BUFFER(values)])


def repeated(kind: pa.DataType, value: int, count: int, dtype: str = "i8") -> pa.Array:
    """One number, `count` times."""
    return fixed(kind, np.full(count, value, dtype))


def strings(offsets: I32, data: U8) -> pa.StringArray:
    """A text column."""
    return pa.StringArray.from_buffers(offsets.size - 1, _BUFFER(offsets), _BUFFER(data))


def dictionary(indices: I32, values: pa.StringArray) -> pa.DictionaryArray:
    """A dictionary-encoded column; indices are known to be inside."""
    return pa.DictionaryArray.from_arrays(fixed(pa.int32(), indices), values, safe=False)


def named(indices: I32, values: Sequence[str]) -> pa.DictionaryArray:
    """A dictionary-encoded column over few Python strings."""
    return dictionary(indices, _texts(tuple(values)))


@lru_cache(maxsize=_SAME_MAX)
def _texts(values: tuple[str, ...]) -> pa.StringArray:
    """Vocabularies come again with every batch."""
    return pa.array(values, _STRING)


@lru_cache(maxsize=_SAME_MAX)
def constant(value: str, count: int) -> pa.DictionaryArray:
    """One text, `count` times."""
    indices = pa.Array.from_buffers(pa.int32(), count, [None, _zeros(count)])
    return pa.DictionaryArray.from_arrays(indices, pa.array([value], _STRING), safe=False)


def lists(offsets: I32, values: pa.Array) -> pa.ListArray:
    """A list column."""
    return pa.ListArray.from_arrays(fixed(pa.int32(), offsets), values)


@lru_cache(maxsize=_SAME_MAX)
def empty_lists(kind: pa.DataType, count: int) -> pa.ListArray:
    """`count` empty lists of elements of `kind`."""
    return pa.Array.from_buffers(pa.list_(kind), count, [None, _zeros(count + 1)], children=[pa.array([], kind)])


@lru_cache(maxsize=_SAME_MAX)
def blanks(count: int) -> pa.StringArray:
    """`count` empty texts."""
    return pa.StringArray.from_buffers(count, _zeros(count + 1), _NOTHING)


def _zeros(count: int) -> pa.Buffer:
    """Four zero bytes, `count` times; shared, never written."""
    return _ZEROS.slice(0, 4 * count) if count <= _ZEROS_MAX else _BUFFER(np.zeros(count, np.int32))


def maps(offsets: I32, keys: pa.StringArray, values: pa.StringArray) -> pa.MapArray:
    """An attributes column."""
    return pa.MapArray.from_arrays(fixed(pa.int32(), offsets), keys, values)


def empty_maps(count: int) -> pa.MapArray:
    """`count` empty maps."""
    nothing = pa.array([], _STRING)
    return maps(np.zeros(count + 1, np.int32), nothing, nothing)


def table(schema: pa.Schema, columns: dict[str, pa.Array]) -> pa.Table:
    """A table of the schema; `columns` by name, in any order, all present."""
    return pa.Table.from_arrays([columns[name] for name in schema.names], schema=schema)
