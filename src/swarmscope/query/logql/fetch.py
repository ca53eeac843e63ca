"""Rows of a log query from the store: selectors and filters as SQL, columns back, within bounds."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from swarmscope.errors import LimitError, QueryError
from swarmscope.query.logql import streams
from swarmscope.query.logql.extract import line_pattern
from swarmscope.query.logql.frame import Frame, scattered_map
from swarmscope.query.logql.tree import (
    Decolorize,
    LabelCompare,
    LabelFormat,
    LabelLogic,
    LineFilter,
    LineFormat,
    Log,
    Parser,
    Stage,
)
from swarmscope.query.reader import Reader
from swarmscope.query.search import between
from swarmscope.query.text import Params
from swarmscope.query.times import Window

CHUNK_ROWS = 20_000
PLAIN_VALUE_MIN = 3
METADATA = (
    ", attributes, lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span, session, scope_name, event_name, severity_text, "
    "severity"
)
METADATA_NAMES = ", attributes, trace, span, session, scope_name, event_name, severity_text, severity"
BESIDE_ATTRIBUTES = frozenset(
    {"trace_id", "span_id", "session", "scope_name", "event_name", "severity_text", "severity_number"}
)
"""Structured metadata that a record keeps in columns of their own."""


@dataclass(slots=True)
class Limits:
    """Of one query. It counts what was read; LimitError or QueryError in Loki's words when it is too much."""

    lines_max: int = 2_000_000
    bytes_max: int = 1 << 30
    seconds_max: float = 60.0
    lines: int = 0
    bytes: int = 0
    begun: float = field(default_factory=time.monotonic)

    def spend(self, lines: int, size: int) -> None:
        """Count what was read."""
        self.lines += lines
        self.bytes += size
        if self.bytes > self.bytes_max:
            raise LimitError(
                f"the query would read too many bytes (query: {self.bytes} B, limit: {self.bytes_max} B); consider adding more "
                "specific stream selectors or reduce the time range of the query"
            )
        if self.lines > self.lines_max:
            raise LimitError(
                f"the query would read too many lines (limit: {self.lines_max}); consider adding more specific stream "
                "selectors or line filters, or reduce the time range of the query"
            )
        if time.monotonic() - self.begun > self.seconds_max:
            raise QueryError(
                f"request timed out, decrease the duration of the request or add more label matchers ({self.seconds_max:g}s)"
            )


def pushed(log: Log, params: Params) -> tuple[str, tuple[Stage, ...]]:
    """What of a log query SQL decides, as a condition, and the stages that are left.

    Line filters are exact up to the first stage that changes lines. Behind parsers a label that must equal a value narrows the
    lines to those that hold its text; that stage stays.
    """
    conditions = [streams.condition(log.matchers, params)]
    left: list[Stage] = []
    exact = same_line = True
    for stage in log.stages:
        if isinstance(stage, LineFilter) and same_line and not any(stage.ips):
            conditions.append(_line_condition(stage, params))
            if exact:
                continue
        elif isinstance(stage, LineFormat | Decolorize) or (isinstance(stage, Parser) and stage.kind == "unpack"):
            same_line = False
        elif isinstance(stage, LabelCompare | LabelLogic) and same_line and not exact:
            conditions += [f"position(body, {params.bind(v, 'String')}) > 0" for v in _required(stage, log.stages)]
        elif not isinstance(stage, LineFilter):
            exact = exact and not isinstance(stage, LabelFormat)
        if isinstance(stage, Parser):
            exact = False
        left.append(stage)
    return " AND ".join(conditions), tuple(left)


def _line_condition(stage: LineFilter, params: Params) -> str:
    tests = []
    for value in stage.values:
        if stage.op in ("|=", "!="):
            tests.append(f"position(body, {params.bind(value, 'String')}) > 0")
        else:
            expression = value if stage.op in ("|~", "!~") else line_pattern(value)
            # ClickHouse lets `.` match line breaks unless told otherwise
            tests.append(f"match(body, {params.bind(f'(?-s){expression}', 'String')})")
    any_of = f"({' OR '.join(tests)})"
    return any_of if not stage.op.startswith("!") else f"NOT {any_of}"


def _required(stage: LabelCompare | LabelLogic, stages: Sequence[Stage]) -> list[str]:
    """Texts that the line must hold for the filter to hold: a value out of the line that stands there as it is."""
    if isinstance(stage, LabelLogic):
        return _required(stage.left, stages) + _required(stage.right, stages) if stage.op == "and" else []
    plain = stage.kind == "text" and stage.op in ("=", "==") and len(stage.text) >= PLAIN_VALUE_MIN
    if not plain or not stage.text.isascii() or not stage.text.replace("_", "").replace("-", "").isalnum():
        return []
    changed = any(isinstance(s, LabelFormat) for s in stages)
    of_line = stage.name not in streams.ROW_LABELS and stage.name not in streams.RESOURCE_LABELS
    return [stage.text] if of_line and not changed and stage.name not in ("__error__", "trace_id", "span_id") else []


def frames(
    reads: Reader,
    log: Log,
    within: Window,
    descending: bool,
    limits: Limits,
    with_meta: bool,
    first_rows: int = CHUNK_ROWS,
) -> Iterator[Frame]:
    """The lines of a window behind what SQL decides, in order of time, piece by piece; stages that are left are not applied.

    with_meta: structured metadata too. first_rows: of the first piece; later ones are larger. Pieces end between two moments.
    """
    params = Params("q")
    where, _ = pushed(log, params)
    rest, rows_max = within, first_rows
    while rest.length_ns > 0:
        rows = _rows(reads, where, params, rest, descending, rows_max, with_meta)
        if rows.num_rows == 0:
            return
        limits.spend(rows.num_rows, int(pc.sum(pc.binary_length(rows["body"])).as_py() or 0))
        frame = framed(reads, rows, with_meta)
        yield frame
        if rows.num_rows < rows_max:
            return
        last = int(frame.time[-1])
        rest = Window(rest.start_ns, last) if descending else Window(last + 1, rest.end_ns)
        rows_max = min(CHUNK_ROWS * 10, max(CHUNK_ROWS, rows_max * 4))


def _rows(
    reads: Reader, where: str, params: Params, within: Window, descending: bool, count: int, with_meta: bool
) -> pa.Table:
    more = METADATA if with_meta else ""
    return reads.query(
        f"SELECT toUnixTimestamp64Nano(time) AS t, body, resource_id, service, agent, toUInt8({streams.LEVEL}) AS lvl{more} "
        f"FROM $logs WHERE {between('time', within)} AND {where} ORDER BY time {'DESC' if descending else 'ASC'} "
        f"LIMIT {count:d} WITH TIES",
        params.values,
    )


def framed(reads: Reader, rows: pa.Table, with_meta: bool) -> Frame:
    """Rows as a frame."""
    rows = rows.combine_chunks()
    columns = {name: one(rows[name]) for name in rows.column_names}
    group, keys = _streams_of(columns, len(rows))
    known = streams.resources(reads, [key[0] for key in keys])
    said = [streams.labels_of(known.get(r), service, agent, level) for r, service, agent, level in keys]
    of_resource = [k.meta if (k := known.get(key[0])) is not None else {} for key in keys]
    meta = _meta(columns, len(rows), [known.get(key[0]) for key in keys], group) if with_meta else {}
    return Frame(
        columns["t"].to_numpy(zero_copy_only=False).astype(np.int64),
        pc.cast(columns["body"], pa.string()),
        group.astype(np.int32),
        said,
        of_resource,
        meta,
    )


def one(column: pa.ChunkedArray) -> pa.Array:
    """A column of rows as one array of plain values."""
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.unify_dictionaries().chunks) if array.num_chunks else pa.array([], array.type)
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_binary(array.type) or pa.types.is_large_string(array.type):
        array = pc.cast(array, pa.string())
    return array


def _streams_of(columns: dict[str, pa.Array], count: int) -> tuple[np.ndarray, list[tuple[int, str, str, int]]]:
    group = np.zeros(count, np.int64)
    for name in ("resource_id", "service", "agent", "lvl"):
        encoded = columns[name].dictionary_encode()
        codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        group = np.unique(group * max(1, len(encoded.dictionary)) + codes, return_inverse=True)[1].reshape(-1)
    if not count:
        return group, []
    first = pa.array(np.unique(group, return_index=True)[1])
    names = ("resource_id", "service", "agent", "lvl")
    return group, list(zip(*(columns[n].take(first).to_pylist() for n in names), strict=True))


def _meta(
    columns: dict[str, pa.Array], count: int, known: list[streams.Resource | None], group: np.ndarray
) -> dict[str, pa.Array]:
    """Structured metadata: attributes of the records, ids, and what OTLP says beside."""
    meta = scattered_map(_plain_map(columns["attributes"]), count)
    pushed_ = np.array([k is not None and k.pushed for k in known], np.bool_)[group] if count else np.zeros(0, np.bool_)
    for name, source in (("trace_id", "trace"), ("span_id", "span")):
        zero = pa.scalar("0" * (32 if name == "trace_id" else 16))
        meta[name] = pc.if_else(pc.equal(columns[source], zero), pa.scalar(None, pa.string()), columns[source])
    level = pa.array(streams.LEVELS).take(columns["lvl"])
    meta["detected_level"] = level
    number = pc.cast(columns["severity"], pa.string())
    for name, values in (("session", columns["session"]), ("scope_name", columns["scope_name"]),
                         ("event_name", columns["event_name"]), ("severity_text", columns["severity_text"]),
                         ("severity_number", number)):  # fmt: skip
        blank = pc.or_(pa.array(pushed_), pc.is_in(values, pa.array(["", "0"])))
        own = pc.if_else(blank, pa.scalar(None, pa.string()), values)
        meta[name] = pc.coalesce(meta[name], own) if name in meta else own
    return {name: values for name, values in meta.items() if values.null_count < count}


def _plain_map(column: pa.Array) -> pa.Array:
    keys, items = column.keys, column.items
    if pa.types.is_dictionary(keys.type):
        keys = keys.dictionary_decode()
    return pa.MapArray.from_arrays(column.offsets, pc.cast(keys, pa.string()), pc.cast(items, pa.string()))
