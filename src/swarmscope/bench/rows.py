"""Numbered rows for fault tests: row i of every table can be recognised wherever it turns up again, once or twice.

The number is the span id of spans and logs, the time of samples and the hash of messages. Rows look like an agent's: some
agents, sessions, names and attributes that repeat.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from swarmscope.model.batch import Batch
from swarmscope.model.tables import ATTRIBUTES, LOW, SPAN_ID, TABLES, TEXT, TIME, TRACE_ID

ALL = ("messages", "spans", "logs", "samples")
AGENTS = 50
DAY_NS = 86_400 * 10**9
TENANT = "default"
MESSAGE_EVERY = 4


def numbered(table: str, numbers: np.ndarray[tuple[int], np.dtype[np.int64]], now_ns: int) -> pa.Table:
    """Rows of spans, logs, samples or messages, one per number."""
    n = len(numbers)
    columns = {field.name: _blank(field.type, n) for field in TABLES[table]}
    columns["tenant"] = _repeated(TENANT, n)
    if "received_at" in columns:
        columns["received_at"] = _times(np.full(n, now_ns))
    agents = pa.DictionaryArray.from_arrays(
        pa.array((numbers % AGENTS).astype(np.int32)), [f"agent-{i}" for i in range(AGENTS)]
    )
    times = _times(now_ns + numbers % 1_000_000)
    if table == "samples":
        columns |= {"series_id": _ids(numbers % AGENTS, 16), "time": _times(numbers + now_ns // DAY_NS * DAY_NS)}
        columns["value"] = pa.array(numbers.astype(np.float64))
    elif table == "messages":
        columns |= {"session": agents.cast(TEXT), "time": times, "hash": pa.array(numbers.astype(np.uint64))}
        columns["text"] = pa.array([f"turn {number} of a conversation" for number in numbers.tolist()])
    else:
        columns |= {"trace_id": _ids(numbers // 8, 16), "span_id": _ids(numbers, 8), "agent": agents.cast(TEXT)}
        columns["start_time" if table == "spans" else "time"] = times
        columns["attributes"] = _attributes(n)
        columns["service"] = _repeated("bench", n)
    if table == "spans":
        columns["duration_ns"] = pa.array((numbers % 1000 * 1_000_000).astype(np.uint64))
        columns["name"] = _repeated("chat", n)
        columns["input_tokens"] = pa.array((numbers % 4000).astype(np.uint32))
    return pa.table(list(columns.values()), schema=TABLES[table])


def batch(first: int, rows: int, now_ns: int, lane: str = "live", tables: tuple[str, ...] = ALL) -> Batch:
    """`rows` rows of each table (a quarter of messages), numbered from `first` on."""
    numbers = np.arange(first, first + rows, dtype=np.int64)
    picked = {name: numbers[::MESSAGE_EVERY] if name == "messages" else numbers for name in tables}
    return Batch({name: numbered(name, these, now_ns) for name, these in picked.items()}, lane=lane)


def _blank(kind: pa.DataType, n: int) -> pa.Array:
    if kind == LOW:
        return _repeated("", n)
    if kind == TIME:
        return _times(np.zeros(n, np.int64))
    if kind in (TRACE_ID, SPAN_ID):
        return pa.FixedSizeBinaryArray.from_buffers(kind, n, [None, pa.py_buffer(bytes(n * kind.byte_width))])
    if kind == ATTRIBUTES or pa.types.is_list(kind):
        return pa.array([[]] * n, kind)
    return pa.repeat(pa.scalar("" if kind == TEXT else 0, kind), n)


def _repeated(text: str, n: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(n, np.int32)), [text])


def _times(values: np.ndarray[tuple[int], np.dtype[np.int64]]) -> pa.Array:
    return pa.array(values).view(TIME)


def _ids(numbers: np.ndarray[tuple[int], np.dtype[np.int64]], width: int) -> pa.Array:
    """Numbers as big-endian ids."""
    raw = np.zeros((len(numbers), width), np.uint8)
    raw[:, width - 8 :] = numbers.astype(">i8").view(np.uint8).reshape(-1, 8)
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(width), len(numbers), [None, pa.py_buffer(raw.tobytes())])


def _attributes(n: int) -> pa.MapArray:
    keys = pa.array(["http.route", "deployment.environment"] * n)
    values = pa.array(["/v1/chat/completions", "production"] * n)
    return pa.MapArray.from_arrays(pa.array(np.arange(n + 1, dtype=np.int32) * 2), keys, values)
