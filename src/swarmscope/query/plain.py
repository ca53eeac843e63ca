"""Arrow columns as plain values for JSON: ids in hex, moments as RFC 3339, maps as objects."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from swarmscope.query.times import moments


def plain(column: pa.ChunkedArray | pa.Array) -> list[Any]:
    """The values of a column."""
    if isinstance(column, pa.ChunkedArray):
        return [value for chunk in column.chunks for value in plain(chunk)]
    kind = column.type
    if pa.types.is_dictionary(kind):
        return plain(column.dictionary_decode())
    if pa.types.is_map(kind):
        keys, items = plain(column.keys), plain(column.items)
        return [None if s is None else dict(zip(keys[s], items[s], strict=True)) for s in _slices(column)]
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        values = plain(column.values)
        return [None if s is None else values[s] for s in _slices(column)]
    if pa.types.is_struct(kind):
        fields = {kind.field(i).name: plain(column.field(i)) for i in range(kind.num_fields)}
        rows = zip(*fields.values(), strict=True) if fields else iter([()] * len(column))
        return [dict(zip(fields, row, strict=True)) for row in rows]
    return _leaves(column, kind)


def _leaves(column: pa.Array, kind: pa.DataType) -> list[Any]:
    valid = column.is_valid().to_pylist()
    if pa.types.is_timestamp(kind):
        numbers = pc.cast(pc.cast(column, pa.timestamp("ns", tz=kind.tz), safe=False), pa.int64())
        texts = moments(pc.fill_null(numbers, 0).to_numpy(zero_copy_only=False).astype(np.int64))
        return [t if ok else None for t, ok in zip(texts, valid, strict=True)]
    try:
        values = column.to_pylist()
    except UnicodeDecodeError:  # queries can cut text within a character, or read bytes as text
        found = pc.cast(column, pa.binary()).to_pylist()
        return [v.decode("utf-8", "replace") if v is not None else None for v in found]
    if pa.types.is_fixed_size_binary(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return [v.hex() if v is not None else None for v in values]
    if pa.types.is_floating(kind):
        return [v if v is not None and math.isfinite(v) else None for v in values]
    if pa.types.is_integer(kind) or pa.types.is_string(kind) or pa.types.is_boolean(kind):
        return values  # type: ignore[no-any-return] # pyarrow is untyped
    return [str(v) if v is not None else None for v in values]


def _slices(column: pa.Array) -> list[slice | None]:
    offsets = column.offsets.to_pylist()
    valid = column.is_valid().to_pylist()
    return [slice(a, b) if ok else None for a, b, ok in zip(offsets, offsets[1:], valid, strict=False)]
