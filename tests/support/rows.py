"""Random rows for any table of the model, from its schema alone."""

from __future__ import annotations

import random
from typing import Any

import pyarrow as pa

from swarmscope.model.tables import TABLES

NOON_NS = 1_790_000_000_000_000_000
WORDS = ["", "chat", "plan", "naïve café", "模型", "tab\there", "it's \\ quoted", "execute_tool", "a" * 300]


def rows(table: str, count: int, tenant: str = "default", seed: int = 0, time_ns: int = NOON_NS) -> pa.Table:
    """`count` rows of `table`, times within the minute from `time_ns`, equal for equal arguments; with batch_id."""
    return rows_of(TABLES[table], count, tenant, seed, time_ns)


def rows_of(schema: pa.Schema, count: int, tenant: str, seed: int, time_ns: int) -> pa.Table:
    """As `rows`, for any schema."""
    rng = random.Random(f"{seed} {schema.names}")
    columns = [_column(field, count, tenant, rng, time_ns) for field in schema]
    table = pa.table(columns, schema=schema)
    return table.append_column(pa.field("batch_id", pa.uint64(), nullable=False), pa.array([seed] * count, pa.uint64()))


def _column(field: pa.Field, count: int, tenant: str, rng: random.Random, time_ns: int) -> pa.Array:
    if field.name == "tenant":
        values: list[Any] = [tenant] * count
    else:
        values = [_value(field.type, rng, time_ns) for _ in range(count)]
    if pa.types.is_dictionary(field.type):
        return pa.array(values, pa.string()).dictionary_encode()
    return pa.array(values, field.type)


def _value(kind: pa.DataType, rng: random.Random, time_ns: int) -> Any:
    if pa.types.is_dictionary(kind) or pa.types.is_string(kind):
        return rng.choice(WORDS)
    if pa.types.is_timestamp(kind):
        return time_ns + rng.randrange(60 * 10**9)
    if pa.types.is_fixed_size_binary(kind):
        return rng.randbytes(kind.byte_width)
    if pa.types.is_map(kind):
        return [(f"key.{i}", _value(kind.item_type, rng, time_ns)) for i in range(rng.randrange(4))]
    if pa.types.is_list(kind):
        return [_value(kind.value_type, rng, time_ns) for _ in range(rng.randrange(3))]
    if pa.types.is_floating(kind):
        return rng.choice([0.0, -1.5, rng.random() * 1e6])
    bits = kind.bit_width
    return (
        rng.randrange(2**bits)
        if pa.types.is_unsigned_integer(kind)
        else rng.randrange(-(2 ** (bits - 1)), 2 ** (bits - 1))
    )


def plain(table: pa.Table) -> list[tuple[Any, ...]]:
    """Rows as comparable tuples, sorted: times as integers, dictionaries decoded, maps as lists of pairs."""
    columns = [_plain_column(column) for column in table.columns]
    return sorted(zip(*columns, strict=True), key=repr)


def _plain_column(column: pa.ChunkedArray) -> list[Any]:
    if pa.types.is_dictionary(column.type):
        column = column.cast(pa.string())
    return column.cast(_without_times(column.type)).to_pylist()


def _without_times(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_timestamp(kind):
        return pa.int64()
    if pa.types.is_list(kind) and pa.types.is_timestamp(kind.value_type):
        return pa.list_(pa.int64())
    return kind
