"""Rows that were made elsewhere (REST) are checked and cleaned like those of the wire."""

from __future__ import annotations

import threading

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from swarmscope.config import Config
from swarmscope.errors import InputError
from swarmscope.ingest import rules
from swarmscope.ingest.columns import TYPE_STRING, Strings
from swarmscope.ingest.redact import Redactor
from swarmscope.model.tables import TABLES


class ForeignRows:
    """Checks schemas and removes secrets from every text of a table. Any thread may call."""

    def __init__(self, config: Config) -> None:
        self._redactor = Redactor(config.ingest.redaction, rules.found(config))
        self._lock = threading.Lock()

    def clean(self, name: str, table: pa.Table, tenant: str) -> pa.Table:
        """`table` without secrets. Raises InputError when it does not have the columns of table `name`."""
        if name not in TABLES or not table.schema.equals(TABLES[name]):
            raise InputError(f"rows for table {name!r} of tenant {tenant!r} do not have its columns")
        if not self._redactor.enabled or table.num_rows == 0:
            return table
        with self._lock:
            columns = [self._column(column.combine_chunks()) for column in table.columns]
        return pa.Table.from_arrays(columns, schema=table.schema)

    def _column(self, column: pa.Array) -> pa.Array:
        if isinstance(column, pa.ChunkedArray):  # of several dictionaries
            column = pa.concat_arrays(column.unify_dictionaries().chunks)
        kind = column.type
        if pa.types.is_string(kind):
            return self._texts(column)
        if pa.types.is_dictionary(kind) and pa.types.is_string(kind.value_type):
            return pa.DictionaryArray.from_arrays(column.indices, self._texts(column.dictionary))
        if pa.types.is_map(kind):
            return pa.MapArray.from_arrays(column.offsets, self._texts(column.keys), self._texts(column.items))
        if pa.types.is_list(kind) and pa.types.is_string(kind.value_type):
            return pa.ListArray.from_arrays(column.offsets, self._texts(column.values))
        return column

    def _texts(self, column: pa.StringArray) -> pa.StringArray:
        if len(column) == 0:
            return column
        wide = pc.cast(column, pa.large_string())
        _, offsets, data = wide.buffers()
        given = np.frombuffer(offsets, np.int64)[wide.offset : wide.offset + len(wide) + 1]
        bytes_ = np.frombuffer(data, np.uint8) if data is not None else np.empty(0, np.uint8)
        strings = Strings(given - given[0], bytes_[given[0] : given[-1]].copy())
        clean = self._redactor.redact(strings, np.full(len(wide), TYPE_STRING, np.uint8))
        if clean is strings:
            return column
        made = pa.LargeStringArray.from_buffers(len(wide), pa.py_buffer(clean.offsets), pa.py_buffer(clean.data))
        return pc.cast(made, pa.string())
