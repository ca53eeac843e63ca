"""Lines as they arrive: what batches brought after a cursor."""

from __future__ import annotations

import time

from swarmscope.query.logql import engine, fetch, frame, streams
from swarmscope.query.logql.engine import Entry
from swarmscope.query.logql.tree import Log
from swarmscope.query.reader import Reader
from swarmscope.query.search import between
from swarmscope.query.text import Params
from swarmscope.query.times import MINUTE_NS, Window

RECENT_NS = 15 * MINUTE_NS
LINES_MAX = 5_000  # looked at in one turn


def _recent() -> str:
    now = time.time_ns()
    return between("time", Window(now - RECENT_NS, now + RECENT_NS))


def _newest(reads: Reader) -> int:
    rows = reads.query(f"SELECT toInt64(max(batch_id)) AS n FROM $logs WHERE {_recent()}")
    return int(rows["n"][0].as_py())


def begin(reads: Reader) -> int:
    """The cursor of now."""
    return _newest(reads)


def since(
    reads: Reader, log: Log, cursor: int, limit: int
) -> tuple[list[Entry], list[tuple[int, dict[str, str]]], int]:
    """At most `limit` lines that came after the cursor, oldest first; those beyond (time, labels); the next cursor."""
    newest = _newest(reads)
    if newest <= cursor:
        return [], [], cursor
    params = Params("q")
    where, left = fetch.pushed(log, params)
    arrived = f"{_recent()} AND toInt64(batch_id) > {cursor:d} AND toInt64(batch_id) <= {newest:d}"
    rows = reads.query(
        f"SELECT toUnixTimestamp64Nano(time) AS t, body, resource_id, service, agent, toUInt8({streams.LEVEL}) AS lvl, "
        "attributes, lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span, session, scope_name, event_name, "
        f"severity_text, severity FROM $logs WHERE {arrived} AND {where} ORDER BY time LIMIT {LINES_MAX}",
        params.values,
    )
    made = frame.run(fetch.framed(reads, rows, True), left) if rows.num_rows else None
    found = engine.entries(made, LINES_MAX) if made is not None else []
    return found[:limit], [(e.time_ns, dict(e.labels)) for e in found[limit:]], newest
