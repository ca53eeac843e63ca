"""Aggregations over ranges: what the lines of the last `range` say at every step, counted by the store where it can."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from swarmscope.errors import QueryError
from swarmscope.query.logql import fetch, frame, streams
from swarmscope.query.logql.fetch import Limits
from swarmscope.query.logql.filters import holds, numbers_of
from swarmscope.query.logql.frame import DETAILS, ERROR, Frame
from swarmscope.query.logql.tree import (
    Grouping,
    LabelCompare,
    LabelFormat,
    LabelLogic,
    LineFormat,
    Pick,
    RangeAggregation,
)
from swarmscope.query.logql.vectors import Labels, Series
from swarmscope.query.reader import Reader
from swarmscope.query.search import between
from swarmscope.query.text import Params
from swarmscope.query.times import Window

BUCKETS_MAX = 50_000
WINDOWS_MAX = 2_000_000
CELLS_MAX = 16_000_000  # series × steps
_COUNTS = frozenset({"count_over_time", "rate", "bytes_over_time", "bytes_rate", "absent_over_time"})
I64 = NDArray[np.int64]
F64 = NDArray[np.float64]


def evaluate(
    reads: Reader, node: RangeAggregation, steps: I64, step_ns: int, outer: Grouping | None, limits: Limits
) -> Series:
    """The series at every step (ns). outer: grouping of the `sum` around it, so that less is told apart."""
    window = Window(
        max(0, int(steps[0]) - node.offset_ns - node.range_ns + 1), max(1, int(steps[-1]) - node.offset_ns + 1)
    )
    _, left = fetch.pushed(node.log, Params())
    grain = math.gcd(step_ns, node.range_ns) if steps.size > 1 else node.range_ns
    if not left and node.unwrap is None and node.op in _COUNTS and window.length_ns / grain < BUCKETS_MAX:
        labels, series, at, values = _counted(reads, node, outer, steps, grain, window, limits)
    else:
        labels, series, at, values = _sampled(reads, node, window, outer, limits)
    made = _over(node, labels, series, at, values, steps - node.offset_ns)
    return _absent(node, made, steps.size) if node.op == "absent_over_time" else made


def _counted(
    reads: Reader,
    node: RangeAggregation,
    outer: Grouping | None,
    steps: I64,
    grain: int,
    window: Window,
    limits: Limits,
) -> tuple[list[Labels], I64, I64, F64]:
    """Counts per series and bucket of `grain`, as samples at the bucket's end: windows end and begin at such ends."""
    params = Params("q")
    where, _ = fetch.pushed(node.log, params)
    origin = int(steps[-1]) - node.offset_ns
    names = _told_apart(node, outer)
    whole = names is None or not names.isdisjoint(fetch.BESIDE_ATTRIBUTES)
    own = [] if names is None or whole else sorted(names - {"detected_level"})
    asked = (
        fetch.METADATA
        if whole
        else "".join(f", {_attribute(params.bind(n, 'String'))} AS m{i}" for i, n in enumerate(own))
    )
    told = fetch.METADATA_NAMES if whole else "".join(f", m{i}" for i in range(len(own)))
    rows = reads.query(
        f"SELECT resource_id, service, agent, toUInt8({streams.LEVEL}) AS lvl, "
        f"{origin:d} - intDiv({origin:d} - toUnixTimestamp64Nano(time), {grain:d}) * {grain:d} AS t, count() AS n, "
        f"sum(length(body)) AS size{asked} FROM $logs WHERE {between('time', window)} AND {where} "
        f"GROUP BY resource_id, service, agent, lvl, t{told} LIMIT {limits.lines_max + 1:d}",
        params.values,
    ).combine_chunks()
    limits.spend(rows.num_rows, 0)
    found = fetch.framed(reads, rows.append_column("body", pa.repeat("", rows.num_rows)), whole)
    for i, name in enumerate(own):
        values = fetch.one(rows[f"m{i}"])
        found.meta[name] = pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.string()), values)
    if not whole:
        found.meta["detected_level"] = pa.array(streams.LEVELS).take(fetch.one(rows["lvl"]))
    series, labels = found.grouped(_names(found, Grouping(tuple(names)) if names is not None else outer, node))
    size = rows["size"].to_numpy().astype(np.float64)
    count = rows["n"].to_numpy().astype(np.float64)
    limits.lines += int(count.sum()) - rows.num_rows
    limits.bytes += int(size.sum())
    return labels, series, found.time, size if node.op.startswith("bytes") else count


def _told_apart(node: RangeAggregation, outer: Grouping | None) -> frozenset[str] | None:
    """The labels that series are told apart by; None: all, or all but some."""
    if node.op == "absent_over_time":
        return frozenset()
    return None if outer is None or outer.without else frozenset(outer.names)


def _attribute(name: str) -> str:
    """The attribute that has this name among labels, as SQL. name: a bound parameter."""
    named = "arrayMap(k -> replaceRegexpAll(k, '[^a-zA-Z0-9_]', '_'), mapKeys(attributes))"
    return f"toString(mapValues(attributes)[indexOf({named}, {name})])"


def needed_labels(node: RangeAggregation, outer: Grouping | None) -> frozenset[str] | None:
    """The labels that are asked for behind the parsers; None: all."""
    grouping = node.grouping or outer
    if grouping is None or grouping.without:
        return None
    names = set(grouping.names) | {ERROR}
    if node.unwrap is not None:
        names.add(node.unwrap.label)
        for f in node.unwrap.filters:
            names |= _filtered(f)
    for stage in node.log.stages:
        if isinstance(stage, LineFormat | LabelFormat | Pick):
            return None
        if isinstance(stage, LabelCompare | LabelLogic):
            names |= _filtered(stage)
    return frozenset(names | {name.removesuffix("_extracted") for name in names})


def _filtered(stage: LabelCompare | LabelLogic) -> set[str]:
    return {stage.name} if isinstance(stage, LabelCompare) else _filtered(stage.left) | _filtered(stage.right)


def _sampled(
    reads: Reader, node: RangeAggregation, window: Window, outer: Grouping | None, limits: Limits
) -> tuple[list[Labels], I64, I64, F64]:
    """A sample per line that is left: 1, its length, or the unwrapped label."""
    grouping = node.grouping or (outer if outer is not None and not outer.without else None)
    needed = needed_labels(node, outer)
    _, left = fetch.pushed(node.log, Params())
    numbers: dict[tuple[tuple[str, str], ...], int] = {}
    series, at, values = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0)]
    for piece in fetch.frames(reads, node.log, window, False, limits, True, fetch.CHUNK_ROWS):
        lines = frame.run(piece, left, needed)
        found, kept = _values(node, lines)
        lines, found = lines.where(kept), found[kept]
        if len(lines) == 0:
            continue
        _refuse_errors(lines)
        names = _names(lines, grouping, node)
        group, labels = lines.grouped(names)
        number = np.array([numbers.setdefault(tuple(sorted(la.items())), len(numbers)) for la in labels], np.int64)
        series.append(number[group])
        at.append(lines.time)
        values.append(found)
    return [dict(k) for k in numbers], np.concatenate(series), np.concatenate(at), np.concatenate(values)


def _names(lines: Frame, grouping: Grouping | None, node: RangeAggregation) -> set[str]:
    everything = (lines.stream_names() | lines.meta_names() | set(lines.parsed)) - {ERROR, DETAILS}
    if node.unwrap is not None:
        everything.discard(node.unwrap.label)
    if grouping is None:
        return everything
    return everything - set(grouping.names) if grouping.without else set(grouping.names)


def _values(node: RangeAggregation, lines: Frame) -> tuple[F64, NDArray[np.bool_]]:
    count = len(lines)
    every = np.ones(count, np.bool_)
    if node.unwrap is None:
        if node.op.startswith("bytes"):
            return pc.binary_length(lines.lines).to_numpy(zero_copy_only=False).astype(np.float64), every
        return np.ones(count), every
    texts = lines.get(node.unwrap.label)
    kind = {"": "number", "bytes": "bytes"}.get(node.unwrap.conversion, "duration")
    found, wrong = numbers_of(texts, kind)
    if wrong.any():
        lines.mark_errors(np.flatnonzero(wrong).tolist(), "SampleExtractionErr")
    kept = texts.is_valid().to_numpy(zero_copy_only=False).astype(np.bool_)
    for stage in node.unwrap.filters:
        kept &= holds(lines.get, stage, count)[0]
    return found, kept


def _refuse_errors(lines: Frame) -> None:
    if ERROR not in lines.parsed:
        return
    bad = [e for e in pc.unique(lines.parsed[ERROR]).to_pylist() if e]
    if bad:
        raise QueryError(
            f"pipeline error: '{bad[0]}' for series. Use a label filter to intentionally skip this error. "
            f'(e.g | __error__!="{bad[0]}"). To skip all potential errors you can match empty errors. (e.g __error__="")'
        )


def _over(node: RangeAggregation, labels: list[Labels], series: I64, at: I64, values: F64, steps: I64) -> Series:
    """Values of the windows (step - range, step] of every series."""
    count, width = len(labels), steps.size
    if count * width > CELLS_MAX:
        raise QueryError(
            f"maximum number of series reached for a single query: {count} at {width} steps; consider reducing query "
            "cardinality by aggregating results with functions like sum(), or raise the step"
        )
    order = np.lexsort((at, series))
    series, at, values = series[order], at[order], values[order]
    low, high = np.empty((count, width), np.int64), np.empty((count, width), np.int64)
    edges = np.searchsorted(series, np.arange(count + 1))
    for i in range(count):
        own = at[edges[i] : edges[i + 1]]
        low[i] = edges[i] + np.searchsorted(own, steps - node.range_ns, "right")
        high[i] = edges[i] + np.searchsorted(own, steps, "right")
    seconds = node.range_ns / 1e9
    empty = low == high
    totals = np.concatenate(([0.0], np.cumsum(values)))
    summed = totals[high] - totals[low]
    match node.op:
        case "count_over_time" | "bytes_over_time" | "sum_over_time" | "absent_over_time":
            out = summed
        case "rate" | "bytes_rate":
            out = summed / seconds
        case "avg_over_time":
            out = summed / np.maximum(high - low, 1)
        case "first_over_time" | "last_over_time":
            index = low if node.op.startswith("first") else high - 1
            out = values[np.clip(index, 0, max(0, values.size - 1))] if values.size else summed
        case _:
            out = _each(node, values, low, high)
    return Series(labels, np.where(empty, np.nan, out))


def _each(node: RangeAggregation, values: F64, low: I64, high: I64) -> F64:
    """Functions of all values of a window, window by window."""
    filled = np.flatnonzero((high > low).reshape(-1))
    if filled.size > WINDOWS_MAX:
        raise QueryError(f"{node.op} over {filled.size} windows; at most {WINDOWS_MAX}: raise the step")
    function = _functions(node)
    out = np.full(low.size, np.nan)
    starts, stops = low.reshape(-1), high.reshape(-1)
    for i in filled.tolist():
        out[i] = function(values[starts[i] : stops[i]])
    return out.reshape(low.shape)


def _functions(node: RangeAggregation) -> Callable[[F64], float]:
    seconds = node.range_ns / 1e9
    if node.op == "quantile_over_time":
        q = node.parameter
        if q < 0 or q > 1:
            return lambda _v: -math.inf if q < 0 else math.inf
        return lambda v: float(np.quantile(v, q))
    if node.op == "rate_counter":
        return lambda v: float(np.where(np.diff(v) < 0, v[1:], np.diff(v)).sum()) / seconds
    return {
        "min_over_time": lambda v: float(v.min()),
        "max_over_time": lambda v: float(v.max()),
        "stddev_over_time": lambda v: float(v.std()),
        "stdvar_over_time": lambda v: float(v.var()),
    }[node.op]


def _absent(node: RangeAggregation, made: Series, width: int) -> Series:
    """1 where no series has anything, with the labels that the selector fixes."""
    nothing = np.isnan(made.values).all(0) if made.labels else np.ones(width, np.bool_)
    fixed = {m.name: m.value for m in node.log.matchers if m.op == "=" and m.value}
    return Series([fixed] if nothing.any() else [], np.where(nothing, 1.0, np.nan)[None, :][: int(nothing.any())])
