"""The fast decoder: Numba kernels write the columns directly. Same shape and same results as `plain`, its oracle.

The kernels read what everyone sends. What is legal but odd (a member of a oneof twice, groups, overlong tags), and what they
would refuse, is parsed and written anew by protobuf first, so that both decoders agree by construction.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarmscope.errors import DecodeError, LimitError
from swarmscope.ingest.columns import POOL_HEAD, LogColumns, MetricColumns, Pool, SpanColumns, Strings
from swarmscope.ingest.wire import layout
from swarmscope.ingest.wire.kernels import context as k
from swarmscope.ingest.wire.kernels import logs, metrics, traces
from swarmscope.ingest.wire.kernels.attributes import STACK_SLOTS, attributes_unit, beside_unit, value_unit
from swarmscope.ingest.wire.kernels.blocks import scan, text_error_unit
from swarmscope.ingest.wire.plain import (
    NESTING_MAX,
    POOL_RESET_BYTES,
    POOL_RESET_STRINGS,
    REQUESTS,
    next_serial,
    parse,
)

ROWS_FIRST = 1024
DATA_FIRST = 64 * 1024
POOL_FIRST = 4096  # strings; a power of two
ROWS_PER_REQUEST_MAX = 8 * 1024 * 1024  # of one table: an empty span is two bytes on the wire and a hundred here
ODD_BYTES_MAX = 8 * 1024 * 1024  # protobuf's own objects take up to a hundred times the bytes
KEEP_BYTES = 32 * 1024 * 1024  # buffers beyond it are given back when little of them was used

_UNITS = {
    k.UNKNOWN: k.unknown_unit,
    k.STRING: k.string_unit,
    k.CHECKED: k.checked_string_unit,
    k.INTERN: k.intern_unit,
    k.ATTRIBUTES: attributes_unit,
    k.VALUE: value_unit,
    k.TEXT_ERROR: text_error_unit,
    k.BESIDE: beside_unit,
}
_ITEM_UNITS = {
    "traces": (traces.span_unit, traces.event_unit, traces.link_unit),
    "logs": (logs.log_unit,),
    "metrics": (metrics.metric_unit, metrics.point_unit, metrics.exemplar_unit, metrics.hist_field_unit),
}


def _address(array: NDArray[Any]) -> int:
    address: int = array.__array_interface__["data"][0]
    return address


class _Strings:
    """The pool of one scanner, shared by its signals."""

    def __init__(self) -> None:
        self.block = np.zeros(k.POOL_SLOTS, np.int64)
        self.clear()

    def clear(self) -> None:
        self.serial = next_serial()
        self._allocate(POOL_FIRST, 64 * POOL_FIRST, 1)
        for text in POOL_HEAD[1:]:
            k.preload(_address(self.block), _address(np.frombuffer(text, np.uint8)), len(text))

    def _allocate(self, strings: int, data: int, count: int) -> None:
        """Buffers of the given sizes with the first `count` strings kept."""
        arrays: dict[int, NDArray[Any]] = {
            k.POOL_TABLE: np.zeros(2 * strings, np.int32),
            k.POOL_HASHES: np.zeros(strings, np.int64),
            k.POOL_OFFSETS: np.zeros(strings + 1, np.int64),
            k.POOL_NEXT: np.zeros(strings, np.int32),
            k.POOL_DATA: np.zeros(data, np.uint8),
        }
        if count > 1:
            used = int(self.arrays[k.POOL_OFFSETS][count])
            for slot, n in ((k.POOL_HASHES, count), (k.POOL_OFFSETS, count + 1), (k.POOL_NEXT, count)):
                arrays[slot][:n] = self.arrays[slot][:n]
            arrays[k.POOL_DATA][:used] = self.arrays[k.POOL_DATA][:used]
        self.use(arrays)
        self._set(k.POOL_COUNT, count)
        self._set(k.POOL_MAX, strings)
        self._set(k.POOL_MASK, 2 * strings - 1)
        self._set(k.POOL_DATA_MAX, data)
        self._set(k.POOL_SEED, secrets.randbits(63) if count == 1 else int(self.block[k.POOL_SEED // k.SLOT]))
        k.rehash(_address(self.block), count, 0)

    def use(self, arrays: Mapping[int, NDArray[Any]]) -> None:
        """Work in these buffers."""
        self.arrays = arrays
        for slot, array in arrays.items():
            self._set(slot, _address(array))

    def _set(self, slot: int, value: int) -> None:
        self.block[slot // k.SLOT] = value

    @property
    def count(self) -> int:
        """Strings, the empty one included."""
        return int(self.block[k.POOL_COUNT // k.SLOT])

    @property
    def bytes(self) -> int:
        """Bytes of all strings."""
        return int(self.arrays[k.POOL_OFFSETS][self.count])

    def grow(self, more: int) -> None:
        """Room for at least one more string of `more` bytes."""
        strings, data = len(self.arrays[k.POOL_HASHES]), len(self.arrays[k.POOL_DATA])
        if self.count + 1 >= strings:
            strings *= 2
        while self.bytes + more + k.SPARE > data:
            data *= 2
        self._allocate(strings, data, self.count)

    def pool(self) -> Pool:
        n = self.count
        return Pool(Strings(self.arrays[k.POOL_OFFSETS][: n + 1], self.arrays[k.POOL_DATA][: self.bytes]), self.serial)


class _Rows:
    """The buffers of one table and its slots in the block."""

    def __init__(self, table: layout.Table, slots: NDArray[np.int64]) -> None:
        self.table = table
        self.slots = slots
        self.allocate(ROWS_FIRST, DATA_FIRST if table.text else 0)

    @property
    def rows(self) -> int:
        return int(self.slots[0])

    def allocate(self, rows_max: int, data_max: int) -> None:
        """Buffers of the given sizes; the present rows are kept."""
        old, n = getattr(self, "arrays", None), self.rows
        arrays: dict[str, NDArray[Any]] = {}
        for name, (kind, width) in self.table.columns.items():
            arrays[name] = np.empty((rows_max, width) if width > 1 else rows_max, kind)
        for name in self.table.ragged:
            arrays[name] = np.zeros(rows_max + 1, np.int32)
        if self.table.text:
            arrays[layout.TEXT] = np.zeros(rows_max + 1, np.int64)
            arrays["data"] = np.empty(data_max, np.uint8)
        if old is not None and n:
            for name, array in arrays.items():
                used = n + 1 if name in self.table.ragged or name == layout.TEXT else n
                if name == "data":
                    used = int(old[layout.TEXT][n])
                array[:used] = old[name][:used]
        self.use(arrays)

    def use(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Work in these buffers."""
        self.arrays = arrays
        self.rows_max = len(arrays[next(iter(self.table.columns))])
        self.slots[k.ROWS_MAX // k.SLOT] = self.rows_max
        if self.table.text:
            self.slots[k.DATA_MAX // k.SLOT] = len(arrays["data"])
            self.slots[k.TEXT // k.SLOT] = _address(arrays[layout.TEXT])
            self.slots[k.DATA // k.SLOT] = _address(arrays["data"])
        for i, name in enumerate([*self.table.columns, *self.table.ragged]):
            self.slots[k.COLUMNS + i] = _address(arrays[name])

    @property
    def data_max(self) -> int:
        """Bytes for text; 0 for tables without."""
        return len(self.arrays.get("data", ()))

    @property
    def is_hardly_used(self) -> bool:
        """Whether a quarter of the buffers would have done."""
        used = int(self.arrays[layout.TEXT][self.rows]) if self.table.text else 0
        return self.rows < self.rows_max // 4 and used <= self.data_max // 4

    @property
    def capacity_bytes(self) -> int:
        """Bytes of all buffers."""
        return sum(a.nbytes for a in self.arrays.values())

    def views(self) -> dict[str, NDArray[Any]]:
        n = self.rows
        out = {name: self.arrays[name][:n] for name in self.table.columns}
        out.update({name: self.arrays[name][: n + 1] for name in self.table.ragged})
        if self.table.text:
            out[layout.TEXT] = self.arrays[layout.TEXT][: n + 1]
            out["data"] = self.arrays["data"][: out[layout.TEXT][n]]
        return out


class Builder:
    """The tables of one signal and the block through which its kernel sees them."""

    def __init__(self, signal: str, tables: Mapping[str, layout.Table], strings: _Strings) -> None:
        self.signal, self.strings = signal, strings
        self.stack = np.zeros(STACK_SLOTS, np.int64)
        self.block = np.zeros(k.HEADER_SLOTS + k.TABLE_SLOTS * len(tables), np.int64)
        self.tables: dict[str, _Rows] = {}
        for i, (name, table) in enumerate(tables.items()):
            start = k.HEADER_SLOTS + k.TABLE_SLOTS * i
            self.tables[name] = _Rows(table, self.block[start : start + k.TABLE_SLOTS])
        self._set(k.TABLES, len(tables))
        self._set(k.STACK, _address(self.stack))
        self._set(k.POOL, _address(strings.block))
        for slot, address in _UNITS.items():
            self._set(slot, address)
        for i, address in enumerate(_ITEM_UNITS[signal]):
            self._set(k.ITEM + i * k.SLOT, address)

    def _set(self, slot: int, value: int) -> None:
        self.block[slot // k.SLOT] = value

    def _get(self, slot: int) -> int:
        return int(self.block[slot // k.SLOT])

    def _errant_table(self) -> _Rows:
        index = (self._get(k.ERROR_TABLE) // k.SLOT - k.HEADER_SLOTS) // k.TABLE_SLOTS
        return list(self.tables.values())[index]

    def reset(self) -> None:
        """No rows; large buffers that were hardly used are given back."""
        for rows in self.tables.values():
            idle = rows.capacity_bytes > KEEP_BYTES and rows.is_hardly_used
            rows.slots[0] = 0
            if idle:
                rows.allocate(max(ROWS_FIRST, rows.rows_max // 4), max(DATA_FIRST, rows.data_max // 4))

    def add(self, body: bytes | memoryview, request: int) -> None:
        """Append one request, or nothing and raise DecodeError or LimitError."""
        self._set(k.REQUEST, request)
        self._set(k.CANONICAL, 0)
        code = self._scan(body)
        if code in (k.ODD, k.BAD):
            body = self._canonical(body, self._error(code, body))
            self._set(k.CANONICAL, 1)
            code = self._scan(body)
        if code != k.OK:
            raise self._error(code, body)

    def _scan(self, body: bytes | memoryview) -> int:
        if not len(body):
            return k.OK
        data = np.frombuffer(body, np.uint8)
        start = _address(data)
        while True:
            code = scan(_address(self.block), start, start + len(data))
            if code < k.GROW_ROWS:
                return int(code)
            self._grow(code)

    def _grow(self, code: int) -> None:
        if code == k.GROW_POOL:
            self.strings.grow(self._get(k.ERROR_AT))
            return
        rows = self._errant_table()
        rows_max, data_max = rows.rows_max, rows.data_max
        if code == k.GROW_DATA:
            rows.allocate(rows_max, 2 * data_max)
            return
        if rows_max - rows.rows >= ROWS_PER_REQUEST_MAX:
            raise LimitError(f"one request holds more than {ROWS_PER_REQUEST_MAX} rows of a kind; send smaller batches")
        rows.allocate(2 * rows_max, data_max)

    def _canonical(self, body: bytes | memoryview, refusal: DecodeError) -> bytes:
        """The same request as protobuf writes it. Raises the refusal where protobuf refuses it too, or it is too large."""
        if len(body) > ODD_BYTES_MAX:
            raise refusal
        try:
            message = parse(self.signal, body)
        except DecodeError:
            raise refusal from None
        message.DiscardUnknownFields()
        canonical: bytes = message.SerializeToString()
        return canonical

    def _error(self, code: int, body: bytes | memoryview) -> DecodeError:
        name = REQUESTS[self.signal].DESCRIPTOR.name
        what = {
            k.BAD_UTF8: f"a string of the {name} is not valid UTF-8; send UTF-8",
            k.BAD_TEXT: f"a string of the {name} is not valid UTF-8; send UTF-8",
            k.ODD: f"the {name} is encoded in an unusual way (repeated members, groups or overlong tags), which is read up "
            f"to {ODD_BYTES_MAX} bytes only; send smaller batches",
            k.NESTED: f"an attribute value is nested deeper than {NESTING_MAX} levels; flatten it",
        }.get(code, f"the {len(body)} bytes are not a valid {name}; send OTLP as protobuf")
        return DecodeError(what, self._position(code, body))

    def _position(self, code: int, body: bytes | memoryview) -> int:
        if self._get(k.CANONICAL):
            return -1  # not the bytes that were sent
        at = self._get(k.ERROR_AT)
        if code != k.BAD_TEXT:
            return at - self._get(k.BODY_END) + len(body)
        data = self._errant_table().arrays["data"]
        at -= _address(data)
        run = data[at : at + 16]  # bytes from 0x80 on are copied as they are, so they stand in the body too
        ascii_at = np.flatnonzero(run < 0x80)
        return bytes(body).find(run[: ascii_at[0] if len(ascii_at) else len(run)].tobytes())

    def views(self) -> dict[str, dict[str, NDArray[Any]]]:
        """Exact views of every table."""
        return {name: rows.views() for name, rows in self.tables.items()}


class Scanner:
    """Decodes requests of one worker thread into columns; several requests accumulate until `reset`."""

    # Buffers are made when first used: a worker that never sees metrics holds none for them.
    @cached_property
    def _strings(self) -> _Strings:
        return _Strings()

    @cached_property
    def _spans(self) -> Builder:
        return Builder("traces", layout.SPANS, self._strings)

    @cached_property
    def _logs(self) -> Builder:
        return Builder("logs", layout.LOGS, self._strings)

    @cached_property
    def _metrics(self) -> Builder:
        return Builder("metrics", layout.METRICS, self._strings)

    def reset(self) -> None:
        """Forget all rows; the pool is kept unless it is large."""
        for made in [made for made in vars(self).values() if isinstance(made, Builder)]:
            made.reset()
        if "_strings" in vars(self) and (
            self._strings.count > POOL_RESET_STRINGS or self._strings.bytes > POOL_RESET_BYTES
        ):
            self._strings.clear()

    def add_traces(self, body: bytes | memoryview, request: int) -> int:
        """Append the spans of one ExportTraceServiceRequest and return their number."""
        return self._add(self._spans, "span", body, request)

    def add_logs(self, body: bytes | memoryview, request: int) -> int:
        """Append the records of one ExportLogsServiceRequest and return their number."""
        return self._add(self._logs, "log", body, request)

    def add_metrics(self, body: bytes | memoryview, request: int) -> int:
        """Append the points of one ExportMetricsServiceRequest and return their number."""
        return self._add(self._metrics, "point", body, request)

    def spans(self) -> SpanColumns:
        """All spans since the last reset."""
        return layout.assemble_spans(self._spans.views(), self._strings.pool())

    def logs(self) -> LogColumns:
        """All log records since the last reset."""
        return layout.assemble_logs(self._logs.views(), self._strings.pool())

    def metrics(self) -> MetricColumns:
        """All data points since the last reset."""
        return layout.assemble_metrics(self._metrics.views(), self._strings.pool())

    @staticmethod
    def _add(builder: Builder, items: str, body: bytes | memoryview, request: int) -> int:
        rows = builder.tables[items]
        before = rows.rows
        builder.add(body, request)
        return rows.rows - before
