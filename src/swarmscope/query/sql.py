"""Read-only SQL for people and programs: guarded, bounded, in several formats."""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
import pyarrow as pa

from swarmscope.errors import QueryError
from swarmscope.query.functions import DOCUMENTED
from swarmscope.query.plain import plain
from swarmscope.query.reader import TABLES, Reader, Source

LIMITS: dict[str, object] = {
    "max_execution_time": 20,
    "max_memory_usage": 600_000_000,
    "max_rows_to_group_by": 20_000_000,
    "max_result_bytes": 256_000_000,
    "result_overflow_mode": "throw",
    "max_ast_elements": 50_000,
    "max_subquery_depth": 50,
    "max_bytes_in_join": 300_000_000,
    "allow_introspection_functions": 0,
    "enable_global_with_statement": 1,
}
_CODE = re.compile(r"Code: \d+\. DB::Exception: ")
_NAME = re.compile(r"\s*\([A-Z_]{3,}\)$")
_FORMULA = tuple("=+-@＝＋－＠\t\r\n")  # what spreadsheets take for one, full-width signs included
_SCOPE = re.compile(r"[.:,]? In scope .*", re.DOTALL)
DOCS = {
    "spans": "every span, three days by default",
    "spans_kept": "spans worth keeping longer: errors, slow, rare, costly, a sample",
    "spans_pending": "spans that have started; ended ones are in spans too",
    "messages": "texts of prompts and completions by session and hash",
    "resources": "what spans and logs were sent from, by resource_id",
    "logs": "log records",
    "series": "one row per series: metric, labels, agent",
    "samples": "values of series, raw",
    "samples_5m": "values of series per 5 minutes",
    "samples_1h": "values of series per hour",
    "samples_1d": "values of series per day",
    "histograms": "values of histogram series",
    "exemplars": "sample values with the trace they came from",
    "agent_events": "registrations, heartbeats and stops",
    "agent_10s": "sums per agent and 10 seconds; sum() them, rows of one bucket may be several",
    "agents": "one row per agent",
    "edges": "who called whom, per minute",
    "cost_1h": "tokens and cost per hour, agent, model, provider, service and environment, once the hour is over",
    "findings": "what detectors reported",
    "trace_minutes": "in which minutes a trace has spans",
    "security_events": "what was judged an attack or a leak, event by event",
    "log_templates": "the patterns that log lines follow, with an example of each",
}


@dataclass(frozen=True, slots=True)
class Result:
    """The answer to one query."""

    table: pa.Table
    truncated: bool
    elapsed_ms: float

    def json(self) -> dict[str, Any]:
        """In the shape of `SqlResult`."""
        columns = [plain(c) for c in self.table.columns]
        return {
            "columns": [{"name": f.name, "type": str(f.type)} for f in self.table.schema],
            "rows": list(zip(*columns, strict=True)) if columns else [],
            "truncated": self.truncated,
            "elapsed_ms": round(self.elapsed_ms, 3),
        }

    def encode(self, form: str) -> bytes:
        """As `csv`, `arrow` (IPC stream) or `parquet`."""
        return _ENCODERS[form](self.table)


def run(reads: Reader, query: str, limit: int) -> Result:
    """Run one guarded SELECT. QueryError: refused, wrong, or beyond the limits of time, memory and size."""
    begun = time.perf_counter()
    from swarmscope.query.guard import guarded  # the parser is large, and not everyone asks in SQL

    final = guarded(query)
    try:
        table = reads.guarded(final, {**LIMITS, "limit": limit + 1})
        if pa.uint32() in table.schema.types:
            table = _with_moments(table, reads.guarded(f"DESCRIBE ({final})", LIMITS))
    except QueryError as e:
        raise QueryError(_in_their_words(str(e))) from e
    elapsed_ms = (time.perf_counter() - begun) * 1e3
    return Result(table.slice(0, limit), table.num_rows > limit, elapsed_ms)


def _in_their_words(message: str) -> str:
    """The store's complaint without the rewritten query, which its author never saw, and without its own numbers."""
    return _CODE.sub("", _NAME.sub("", _SCOPE.sub("", message)))


def _with_moments(table: pa.Table, described: pa.Table) -> pa.Table:
    """DateTime columns, which arrive as numbers of seconds, as moments."""
    for i, kind in enumerate(described["type"].to_pylist()):
        if kind.startswith("DateTime(") or kind == "DateTime":
            seconds = table.column(i).cast(pa.int64()).cast(pa.timestamp("s", tz="UTC"))
            table = table.set_column(i, table.field(i).with_type(seconds.type), seconds)
    return table


def schema(store: Source) -> dict[str, Any]:
    """In the shape of `SqlSchema`."""
    rows = store.query(
        "SELECT table, name, type FROM system.columns WHERE database = currentDatabase() "
        "AND table IN {tables:Array(String)} ORDER BY table, position",
        {"tables": sorted(TABLES)},
    ).to_pylist()
    tables = [
        {
            "name": name,
            "doc": DOCS[name],
            "columns": [{"name": r["name"], "type": r["type"]} for r in rows if r["table"] == name],
        }
        for name in DOCS
    ]
    return {"tables": tables, "functions": DOCUMENTED}


def _csv(table: pa.Table) -> bytes:
    """RFC 4180, in UTF-8. Text that a spreadsheet would run as a formula is quoted with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(map(_cell, table.column_names))
    columns = [plain(c) for c in table.columns]
    for row in zip(*columns, strict=True):
        writer.writerow(map(_cell, row))
    return out.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _sound(table: pa.Table) -> pa.Table:
    """Columns of text that is no text as bytes: readers of Arrow and Parquet refuse the whole file otherwise."""
    for i, column in enumerate(table.columns):
        if pa.types.is_string(column.type):
            try:
                column.validate(full=True)
            except pa.ArrowInvalid:
                table = table.set_column(i, table.schema.names[i], column.cast(pa.binary()))
    return table


def _arrow(table: pa.Table) -> bytes:
    table = _sound(table)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def _parquet(table: pa.Table) -> bytes:
    from pyarrow import parquet

    if len(set(table.column_names)) < len(table.column_names):
        raise QueryError(
            f"two columns have one name ({', '.join(table.column_names)}), which Parquet cannot hold; use AS"
        )
    sink = pa.BufferOutputStream()
    parquet.write_table(_sound(table), sink, compression="zstd")
    return bytes(sink.getvalue())


_ENCODERS: dict[str, Callable[[pa.Table], bytes]] = {"csv": _csv, "arrow": _arrow, "parquet": _parquet}
