"""A trace that is too large to be told span by span: its spans as columns, without what they brought."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from swarmscope.query import spans as rows_of
from swarmscope.query import tree
from swarmscope.query.reader import Reader, both
from swarmscope.query.times import moment

TEXTS = (
    "name", "status_message", "service", "agent", "agent_name", "session", "workflow", "peer_agent", "operation", "provider",
    "model", "tool",
)  # fmt: skip
NUMBERS = ("input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens", "ttft_ns")
DISTINCT_MAX = 50


def size(reads: Reader, trace_id: str, ended: str) -> int:
    """How many spans of a trace have ended and are still there in full. ended: what `spans.of_ended` says of it."""
    if not ended:
        return 0
    return int(reads.pick("count() AS n", "spans", ended, {"trace": trace_id})["n"][0].as_py())


def of(reads: Reader, trace_id: str, limit: int, ended: str) -> dict[str, Any]:
    """The earliest `limit` spans of a trace in the shape of `Trace`, with `columns` in place of `spans` and `critical_path`.

    For traces of which `size` is not 0; ended: as there.
    """
    now_ns = time.time_ns()
    found, truncated = _read(reads, trace_id, limit, ended)
    pending = _array(found, "pending").astype(bool)
    start = _array(found, "start_ns").astype(np.int64)
    duration = np.where(pending, np.maximum(0, now_ns - start), _array(found, "duration_ns").astype(np.int64))
    ids, parents = found["span_id"].to_pylist(), found["parent_span_id"].to_pylist()
    shape = tree.build(list(zip(ids, parents, start.tolist(), (start + duration).tolist(), strict=True)))
    order = np.fromiter((n.index for n in shape.nodes), np.int64, len(ids))
    row = np.empty(len(order), np.int64)
    row[order] = np.arange(len(order))
    begun, over = int(start.min()), int((start + duration).max())
    path = np.array([(row[s.index], s.start_ns - begun, s.end_ns - s.start_ns) for s in shape.path], np.int64)
    steps = path.reshape(-1, 3).T
    columns = {
        "span_id": [ids[i].hex() for i in order],
        "parent_span_id": [None if parents[i] == rows_of.ROOT else parents[i].hex() for i in order],
        "kind": _named(_array(found, "kind")[order], rows_of.KINDS),
        "status": _named(_array(found, "status_code")[order], rows_of.STATUSES),
        **{name: _coded(found[name], order) for name in TEXTS},
        **{name: _array(found, name).astype(np.int64)[order] for name in NUMBERS},
        "cost_usd": _array(found, "cost_nano_usd")[order] / rows_of.NANO,
        "pending": pending[order],
        "offset_ns": start[order] - begun,
        "duration_ns": duration[order],
        **{name: np.array([getattr(n, name) for n in shape.nodes]) for name in ("self_ns", "depth", "critical", "orphan")},
        "path": dict(zip(("at", "offset_ns", "duration_ns"), map(np.ascontiguousarray, steps), strict=True)),
    }  # fmt: skip
    return {
        "summary": _summary(trace_id, columns, begun, over - begun),
        "spans": [],
        "columns": columns,
        "resources": {},
        "critical_path": [],
        "truncated": truncated,
        "detailed": False,
    }


def _read(reads: Reader, trace_id: str, limit: int, where: str) -> tuple[pa.Table, bool]:
    """The spans by start, each once; an open one only until it has ended."""
    earliest = f"ORDER BY start_time, span_id LIMIT {limit + 1:d}"
    plain = f"{rows_of.ROW}, toUnixTimestamp64Nano(start_time) AS start_ns"

    def ask(rows: str, pending: int) -> pa.Table:
        return reads.query(f"SELECT {plain}, {pending} AS pending FROM {rows} {earliest}", {"trace": trace_id})

    ended, open_ones = both(
        lambda: ask(f"$spans WHERE {where}", 0), lambda: ask(f"$spans_pending WHERE {rows_of.ONE}", 1)
    )
    if len(open_ones):
        known = ended["span_id"].combine_chunks()
        fresh = pc.invert(pc.is_in(open_ones["span_id"].combine_chunks(), value_set=known))
        latest = {span: i for i, span in enumerate(open_ones["span_id"].to_pylist()) if fresh[i].as_py()}
        ended = pa.concat_tables([ended, open_ones.take(sorted(latest.values())).cast(ended.schema)])
        ended = ended.sort_by([("start_ns", "ascending"), ("span_id", "ascending")])
    return ended[:limit], len(ended) > limit


def _array(found: pa.Table, name: str) -> NDArray[Any]:
    values: NDArray[Any] = found[name].to_numpy()
    return values


def _coded(column: pa.ChunkedArray, order: NDArray[np.int64]) -> dict[str, Any]:
    """Texts as the distinct ones and, row by row, which of them."""
    whole = column.combine_chunks()
    if not pa.types.is_dictionary(whole.type):
        whole = whole.dictionary_encode()
    return {
        "values": whole.dictionary.to_pylist(),
        "at": whole.indices.to_numpy(zero_copy_only=False)[order].astype(np.int32),
    }


def _named(codes: NDArray[Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {"values": list(names), "at": np.where(codes < len(names), codes, 0).astype(np.int32)}


def _costless(columns: dict[str, Any]) -> list[str]:
    """As `spans.UNPRICED`."""
    used = (columns["input_tokens"] + columns["output_tokens"] > 0) & (columns["cost_usd"] == 0)
    found = {columns["model"]["values"][i] for i in np.unique(columns["model"]["at"][used])}
    return sorted(found - {""})[: rows_of.UNPRICED_MAX]


def _summary(trace_id: str, columns: dict[str, Any], begun_ns: int, duration_ns: int) -> dict[str, Any]:
    def first(name: str) -> str:
        text: str = columns[name]["values"][columns[name]["at"][0]]
        return text

    def distinct(name: str) -> list[str]:
        values = columns[name]["values"]
        return sorted({values[i] for i in np.unique(columns[name]["at"])} - {""})[:DISTINCT_MAX]

    return {
        "trace_id": trace_id,
        "name": first("name"),
        "service": first("service"),
        "agent": first("agent"),
        "rooted": None in columns["parent_span_id"],
        "start_time": moment(begun_ns),
        "duration_ns": duration_ns,
        "spans": len(columns["span_id"]),
        "pending": int(columns["pending"].sum()),
        "errors": int((columns["status"]["at"] == rows_of.STATUSES.index("error")).sum()),
        "agents": distinct("agent"),
        "services": distinct("service"),
        "models": distinct("model"),
        "session": next(iter(distinct("session")), ""),
        "workflow": next(iter(distinct("workflow")), ""),
        "input_tokens": int(columns["input_tokens"].sum()),
        "output_tokens": int(columns["output_tokens"].sum()),
        "cost_usd": float(columns["cost_usd"].sum()),
        "unpriced": _costless(columns),
        "matched": 0,
        "asked": "",
        "matched_time": moment(begun_ns + int(columns["offset_ns"].max())),
    }
