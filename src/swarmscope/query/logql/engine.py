"""Answers to LogQL: streams of a log query, series of a metric query, in the shapes of Loki's HTTP API."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarmscope.errors import QueryError
from swarmscope.query.logql import fetch, frame, ranges, vectors
from swarmscope.query.logql.fetch import Limits
from swarmscope.query.logql.frame import Frame
from swarmscope.query.logql.tree import (
    Binary,
    Grouping,
    LabelReplace,
    Log,
    Metric,
    Number,
    RangeAggregation,
    VectorAggregation,
)
from swarmscope.query.logql.vectors import Series
from swarmscope.query.reader import Reader
from swarmscope.query.text import Params
from swarmscope.query.times import Window

STEPS_MAX = 11_000
SERIES_MAX = 10_000
ENTRIES_MAX = 5_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of an answer. parsed: labels that stages found."""

    labels: tuple[tuple[str, str], ...]
    time_ns: int
    line: str
    meta: dict[str, str]
    parsed: dict[str, str]


def lines(reads: Reader, log: Log, within: Window, limit: int, descending: bool, limits: Limits) -> list[Entry]:
    """The first `limit` lines in order of time that are left behind all stages."""
    _, left = fetch.pushed(log, Params())
    first = limit if not left else max(4 * limit, 2_000)
    found: list[Entry] = []
    for piece in fetch.frames(reads, log, within, descending, limits, True, max(1, first)):
        made = frame.run(piece, left)
        found += entries(made, limit - len(found))
        if len(found) >= limit:
            break
    return found


def entries(made: Frame, limit: int) -> list[Entry]:
    """The first lines of a frame as entries."""
    if len(made) > limit:
        keep = np.zeros(len(made), np.bool_)
        keep[:limit] = True
        made = made.where(keep)
    if len(made) == 0:
        return []
    stream_names = sorted(made.stream_names() - set(made.parsed))
    group, labels = made.grouped(stream_names)
    # a label of the stream that a stage changed stays with the stream
    meta = {n: made.get(n).to_pylist() for n in sorted(made.meta_names() - set(made.parsed))}
    parsed = {n: made.get(n).to_pylist() for n in sorted(made.parsed)}
    keys = [tuple(sorted(la.items())) for la in labels]
    out = []
    for row, (g, t, line) in enumerate(zip(group.tolist(), made.time.tolist(), made.lines.to_pylist(), strict=True)):
        own_parsed = {n: v[row] for n, v in parsed.items() if v[row] is not None}
        moved = {n: own_parsed.pop(n) for n in made.streams[int(made.stream[row])] if n in own_parsed}
        key = tuple(sorted((dict(keys[g]) | moved).items())) if moved else keys[g]
        out.append(Entry(key, t, line, {n: v[row] for n, v in meta.items() if v[row]}, own_parsed))
    return out


def as_streams(found: list[Entry], categorize: bool) -> list[dict[str, Any]]:
    """The `result` of streams: all labels are of the stream, or told apart by where they come from."""
    groups: dict[tuple[tuple[str, str], ...], list[list[Any]]] = {}
    for e in found:
        if categorize:
            more = {k: v for k, v in (("structuredMetadata", e.meta), ("parsed", e.parsed)) if v}
            groups.setdefault(e.labels, []).append([str(e.time_ns), e.line, more])
        else:
            key = tuple(sorted({**e.meta, **dict(e.labels), **e.parsed}.items()))
            groups.setdefault(key, []).append([str(e.time_ns), e.line])
    return [{"stream": dict(labels), "values": values} for labels, values in groups.items()]


def metric(reads: Reader, query: Metric, steps: NDArray[np.int64], step_ns: int, limits: Limits) -> Series:
    """The series of a metric query at every step (ns since the epoch)."""
    found = _evaluate(reads, query, steps, step_ns, None, limits)
    if len(found.labels) > SERIES_MAX:
        raise QueryError(
            f"maximum number of series ({SERIES_MAX}) reached for a single query; consider reducing query cardinality by "
            "adding more specific stream selectors, reducing the time range, or aggregating results with functions like sum()"
        )
    return found


def _evaluate(
    reads: Reader, node: Metric, steps: NDArray[np.int64], step_ns: int, outer: Grouping | None, limits: Limits
) -> Series:
    match node:
        case Number():
            return Series([{}], np.full((1, steps.size), node.value), not node.is_vector)
        case RangeAggregation():
            return ranges.evaluate(reads, node, steps, step_ns, outer, limits)
        case VectorAggregation():
            same = node.op in ("sum", "count") and isinstance(node.inner, RangeAggregation) and node.op == "sum"
            additive = same and isinstance(node.inner, RangeAggregation) and node.inner.op in (
                "count_over_time", "rate", "bytes_over_time", "bytes_rate", "sum_over_time"
            )  # fmt: skip
            grouping = node.grouping or Grouping(())
            return vectors.aggregate(
                node, _evaluate(reads, node.inner, steps, step_ns, grouping if additive else None, limits)
            )
        case LabelReplace():
            return vectors.label_replace(node, _evaluate(reads, node.inner, steps, step_ns, None, limits))
        case Binary():
            left = _evaluate(reads, node.left, steps, step_ns, None, limits)
            right = _evaluate(reads, node.right, steps, step_ns, None, limits)
            return vectors.binary(node, left, right)


def steps_of(start_ns: int, end_ns: int, step_ns: int) -> NDArray[np.int64]:
    """The moments of a range query. QueryError: too many, or none."""
    if step_ns <= 0:
        raise QueryError("zero or negative query resolution step widths are not accepted. Try a positive integer")
    if (end_ns - start_ns) / step_ns > STEPS_MAX:
        raise QueryError(
            "exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter"
        )
    return np.arange(start_ns, end_ns + 1, step_ns, dtype=np.int64)


def as_matrix(found: Series, steps: NDArray[np.int64]) -> list[dict[str, Any]]:
    """The `result` of a matrix."""
    out = []
    for labels, values in zip(found.labels, found.values, strict=True):
        at = np.flatnonzero(~np.isnan(values))
        if at.size:
            pairs = [[t / 1e9, number(v)] for t, v in zip(steps[at].tolist(), values[at].tolist(), strict=True)]
            out.append({"metric": labels, "values": pairs})
    return out


def as_vector(found: Series, at_ns: int) -> list[dict[str, Any]]:
    """The `result` of a vector."""
    rows = zip(found.labels, found.values[:, -1].tolist(), strict=True)
    return [{"metric": labels, "value": [at_ns / 1e9, number(v)]} for labels, v in rows if v == v]


def number(value: float) -> str:
    """A sample as text."""
    if value in (float("inf"), float("-inf")):
        return "+Inf" if value > 0 else "-Inf"
    return str(int(value)) if value.is_integer() and abs(value) < 1e21 else repr(value)


def stats(limits: Limits, returned: int) -> Mapping[str, Any]:
    """The `stats` of an answer."""
    seconds = max(1e-9, time.monotonic() - limits.begun)
    summary = {
        "bytesProcessedPerSecond": round(limits.bytes / seconds), "linesProcessedPerSecond": round(limits.lines / seconds),
        "totalBytesProcessed": limits.bytes, "totalLinesProcessed": limits.lines, "execTime": seconds, "queueTime": 0,
        "subqueries": 0, "totalEntriesReturned": returned, "splits": 0, "shards": 0, "totalPostFilterLines": returned,
        "totalStructuredMetadataBytesProcessed": 0,
    }  # fmt: skip
    return {"summary": summary, "querier": {"store": {}}, "ingester": {}, "cache": {}, "index": {}}
