"""Histograms of the store in their classic form: `name_bucket` with `le`, `name_sum` and `name_count`, as older queries ask."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from swarmscope.query.promql import native
from swarmscope.query.promql.buckets import all_buckets, go_g
from swarmscope.query.promql.histogram import Histogram
from swarmscope.query.promql.ids import keys_of
from swarmscope.query.promql.labels import NAME, Labels, Mask
from swarmscope.query.promql.memory import matched
from swarmscope.query.promql.nodes import Matcher
from swarmscope.query.promql.series import SeriesIndex
from swarmscope.query.promql.values import Samples
from swarmscope.query.reader import Reader

SUFFIXES = ("_bucket", "_count", "_sum")


@dataclass(slots=True)
class Classic:
    """Series made from histograms. ids, delta, begun: of the histograms; source: the histogram of each series; what: count,
    sum, or the bound of a bucket."""

    labels: Labels
    ids: NDArray[np.void]
    delta: Mask
    begun: NDArray[np.int64]
    source: list[int]
    what: list[str | float]


def select(
    reads: Reader, index: SeriesIndex, matchers: Sequence[Matcher], start_ms: int, end_ms: int
) -> Classic | None:
    """The classic series that a selector asks for by name; None where it asks for none."""
    name = next((m.value for m in matchers if m.name == NAME and m.op == "="), "")
    suffix = next((s for s in SUFFIXES if name.endswith(s)), "")
    if not suffix:
        return None
    base = [Matcher(NAME, "=", name.removesuffix(suffix))]
    base += [m for m in matchers if m.name not in (NAME, "le")]
    rows = index.select(base, start_ms)
    kept = np.flatnonzero(rows.histogram)
    if not len(kept):
        return None
    ids, delta = rows.ids[kept], rows.delta[kept]
    own = rows.labels.take(kept).dicts()
    stated = _stated(index, name, start_ms)
    labels: list[dict[str, str]] = []
    source: list[int] = []
    what: list[str | float] = []
    bounds = _bounds(reads, ids, start_ms, end_ms) if suffix == "_bucket" else {}
    for number, key in enumerate(keys_of(ids)):
        if stated and _key(own[number] | {NAME: name}) in stated:
            continue
        parts: list[str | float] = list(bounds.get(key, ())) if suffix == "_bucket" else [suffix]
        for part in parts:
            le = {"le": go_g(part, 21)} if isinstance(part, float) else {}
            labels.append(own[number] | {NAME: name} | le)
            source.append(number)
            what.append(part)
    made = Labels.of(labels)
    rest = [m for m in matchers if m.name == "le"]
    hits = np.flatnonzero(matched(made, rest)) if rest else np.arange(len(labels))
    chosen = hits.tolist()
    if not chosen:
        return None
    return Classic(
        made.take(hits), ids, delta, rows.begun[kept], [source[i] for i in chosen], [what[i] for i in chosen]
    )


def _key(labels: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((k, v) for k, v in labels.items() if k != "le"))


def _stated(index: SeriesIndex, name: str, start_ms: int) -> set[tuple[tuple[str, str], ...]]:
    """Label sets, less `le`, of histograms that were sent in their classic form too: those are not made once more."""
    return {_key(row) for row in index.select([Matcher(NAME, "=", name)], start_ms).labels.dicts()}


def _bounds(reads: Reader, ids: NDArray[np.void], start_ms: int, end_ms: int) -> dict[bytes, list[float]]:
    """The upper bounds of buckets that each histogram has in the time, +Inf last."""
    table = native.read(reads, ids, start_ms, end_ms)
    found: dict[bytes, set[float]] = {}
    for key, h in zip(table["id"].to_pylist(), native.decoded(table), strict=True):
        found.setdefault(key, {np.inf}).update(h.bounds if h.custom else all_buckets(h).upper.tolist())
    return {key: sorted(bounds) for key, bounds in found.items()}


def samples(reads: Reader, classic: Classic, start_ms: int, end_ms: int) -> Samples:
    """Samples of classic series."""
    given = native.of_rows(reads, classic.ids, classic.delta, start_ms, end_ms)
    expanded = given.take(np.array(classic.source, np.int64))
    if expanded.histograms is None:
        return expanded
    counted: dict[int, tuple[list[float], list[float]]] = {}  # of a histogram's many buckets each needs the same sums
    for number, part in enumerate(classic.what):
        for i in range(int(expanded.offsets[number]), int(expanded.offsets[number + 1])):
            h = expanded.histograms[i]
            if h is not None:
                expanded.values[i] = _value(h, part, counted)
    expanded.histograms = None
    return expanded


def buckets_of(classic: Classic, histograms: Sequence[int], values: Sequence[float]) -> list[int]:
    """For each value observed by a histogram: the series of the lowest bucket that counts it; −1 where none does."""
    bounds: dict[int, list[tuple[float, int]]] = {}
    for number, (histogram, part) in enumerate(zip(classic.source, classic.what, strict=True)):
        if isinstance(part, float):
            bounds.setdefault(histogram, []).append((part, number))
    for each in bounds.values():
        each.sort()
    out = []
    for histogram, value in zip(histograms, values, strict=True):
        known = bounds.get(histogram, [])
        at = bisect_left(known, (value, -1))
        out.append(known[at][1] if at < len(known) else -1)
    return out


def _value(h: Histogram, part: str | float, counted: dict[int, tuple[list[float], list[float]]]) -> float:
    """counted: bounds and counts up to them of histograms that were asked before, by identity."""
    if part == "_count":
        return h.count
    if part == "_sum" or isinstance(part, str):
        return h.sum
    if part == np.inf:
        return h.count
    known = counted.get(id(h))
    if known is None:
        found = all_buckets(h)
        known = counted[id(h)] = found.upper.tolist(), [0.0, *np.cumsum(found.counts).tolist()]
    upper, counts = known
    return counts[bisect_right(upper, part)]
