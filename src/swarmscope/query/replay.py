"""Stored rows as they were committed, for detectors of batches that look at the past."""

from __future__ import annotations

import pyarrow as pa

from swarmscope.errors import QueryError
from swarmscope.model.tables import TABLES
from swarmscope.query.reader import Reader
from swarmscope.query.search import between
from swarmscope.query.times import Window

TIME = {"spans": "start_time", "logs": "time", "messages": "time"}


def rows_of(reads: Reader, table: str, within: Window, limit: int) -> pa.Table:
    """The rows of a table whose time lies in the window, oldest first, as they are committed; at most `limit`. QueryError."""
    if table not in TIME:
        raise QueryError(f"rows of {table!r} cannot be replayed; those of {', '.join(TIME)} can")
    schema, at = TABLES[table], TIME[table]
    names = ", ".join(f"{_read(f)} AS v_{f.name}" for f in schema if f.name != "tenant")
    rows = reads.query(
        f"SELECT {names} FROM ${table} AS t WHERE {between(f't.{at}', within)} ORDER BY t.{at} LIMIT {limit:d}"
    )
    columns = []
    for field in schema:
        if field.name == "tenant":
            columns.append(pa.array([reads.tenant] * len(rows), pa.string()).dictionary_encode().cast(field.type))
            continue
        column = rows[f"v_{field.name}"].combine_chunks()
        if pa.types.is_dictionary(field.type) and not pa.types.is_dictionary(column.type):
            column = column.cast(pa.string()).dictionary_encode()
        columns.append(column.cast(field.type))
    return pa.Table.from_arrays(columns, schema=schema)


def _read(field: pa.Field) -> str:
    """A column as SQL; moments as nanoseconds since the epoch."""
    if pa.types.is_timestamp(field.type):
        return f"toUnixTimestamp64Nano(toDateTime64(t.{field.name}, 9))"
    if pa.types.is_list(field.type) and pa.types.is_timestamp(field.type.value_type):
        return f"arrayMap(x -> toUnixTimestamp64Nano(toDateTime64(x, 9)), t.{field.name})"
    return f"t.{field.name}"
