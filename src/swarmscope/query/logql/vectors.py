"""Series over steps: aggregation over labels, operators between vectors, label_replace. NaN: no sample at a step."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from swarmscope.errors import QueryError
from swarmscope.query.logql.tree import Binary, Grouping, LabelReplace, VectorAggregation

F64 = NDArray[np.float64]
Labels = dict[str, str]
_COMPARISONS: dict[str, Callable[[F64, F64], NDArray[np.bool_]]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
}
_ARITHMETIC: dict[str, Callable[[F64, F64], F64]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "%": np.fmod,
    "^": np.power,
}


@dataclass(slots=True)
class Series:
    """labels of n series; values: n × steps. A scalar is one series without labels, `is_scalar`."""

    labels: list[Labels]
    values: F64
    is_scalar: bool = False


def key(labels: Labels, names: Sequence[str] | None, without: Sequence[str] = ()) -> tuple[tuple[str, str], ...]:
    """What a series is matched by: these names, or all but those."""
    if names is not None:
        return tuple((n, labels[n]) for n in sorted(set(names)) if n in labels)
    return tuple(sorted((n, v) for n, v in labels.items() if n not in without))


def grouping_key(labels: Labels, grouping: Grouping | None) -> tuple[tuple[str, str], ...]:
    """The labels that an aggregation keeps."""
    if grouping is None:
        return ()
    return key(labels, None, grouping.names) if grouping.without else key(labels, grouping.names)


def aggregate(node: VectorAggregation, inner: Series) -> Series:
    """`sum by (…)`, `topk` and their like."""
    if node.op in ("topk", "bottomk", "approx_topk", "sort", "sort_desc"):
        return _ranked(node, inner)
    groups: dict[tuple[tuple[str, str], ...], list[int]] = {}
    for row, labels in enumerate(inner.labels):
        groups.setdefault(grouping_key(labels, node.grouping), []).append(row)
    values = [_AGGREGATES[node.op](inner.values[rows]) for rows in groups.values()]
    steps = inner.values.shape[1]
    return Series([dict(k) for k in groups], np.array(values, np.float64).reshape(len(groups), steps))


def _summed(v: F64) -> F64:
    return np.where(np.isnan(v).all(0), np.nan, np.nansum(v, 0))


def _counted(v: F64) -> F64:
    count = (~np.isnan(v)).sum(0).astype(np.float64)
    return np.where(count == 0, np.nan, count)


def _mean(v: F64) -> F64:
    return _summed(v) / _counted(v)


def _variance(v: F64) -> F64:
    return _mean((v - _mean(v)) ** 2)


_AGGREGATES: dict[str, Callable[[F64], F64]] = {
    "sum": _summed,
    "count": _counted,
    "avg": _mean,
    "min": lambda v: np.fmin.reduce(v, 0),
    "max": lambda v: np.fmax.reduce(v, 0),
    "stdvar": _variance,
    "stddev": lambda v: np.sqrt(_variance(v)),
}


def _ranked(node: VectorAggregation, inner: Series) -> Series:
    descending = node.op in ("topk", "approx_topk", "sort_desc")
    order_by = np.nan_to_num(-inner.values if descending else inner.values, nan=np.inf)
    if node.op in ("sort", "sort_desc"):
        order = np.argsort(order_by[:, -1], kind="stable") if inner.values.size else np.arange(len(inner.labels))
        return Series([inner.labels[i] for i in order.tolist()], inner.values[order])
    groups: dict[tuple[tuple[str, str], ...], list[int]] = {}
    for row, labels in enumerate(inner.labels):
        groups.setdefault(grouping_key(labels, node.grouping), []).append(row)
    kept = np.full(inner.values.shape, np.nan)
    for rows in groups.values():
        at = np.array(rows)
        ranks = np.argsort(np.argsort(order_by[at], axis=0, kind="stable"), axis=0, kind="stable")
        kept[at] = np.where(ranks < node.parameter, inner.values[at], np.nan)
    order = np.argsort(order_by[:, -1], kind="stable") if inner.values.size else np.arange(0)
    shown = [i for i in order.tolist() if not np.isnan(kept[i]).all()]
    return Series([inner.labels[i] for i in shown], kept[shown])


def binary(node: Binary, left: Series, right: Series) -> Series:
    """Operators between vectors and scalars. QueryError: several series match one."""
    if left.is_scalar or right.is_scalar:
        labels = left.labels if not left.is_scalar else right.labels
        drop = node.op in _ARITHMETIC or node.is_bool
        values = _operate(node, left.values, right.values, keep_right=left.is_scalar)
        return Series([dict(la) for la in labels] if drop else labels, values, left.is_scalar and right.is_scalar)
    if node.op in ("and", "or", "unless"):
        return _set(node, left, right)
    return _matched(node, left, right)


def _operate(node: Binary, a: F64, b: F64, keep_right: bool = False) -> F64:
    with np.errstate(all="ignore"):
        if node.op in _ARITHMETIC:
            return _ARITHMETIC[node.op](a, b)
        absent = np.isnan(a) | np.isnan(b)
        holds = _COMPARISONS[node.op](a, b)
        if node.is_bool:
            return np.where(absent, np.nan, holds.astype(np.float64))
        return np.where(holds & ~absent, np.broadcast_to(b if keep_right else a, holds.shape), np.nan)


def _set(node: Binary, left: Series, right: Series) -> Series:
    def of(labels: Labels) -> tuple[tuple[str, str], ...]:
        return key(labels, node.on, node.ignoring)

    steps = left.values.shape[1]
    there: dict[tuple[tuple[str, str], ...], NDArray[np.bool_]] = {}
    source = left if node.op == "or" else right
    for labels, values in zip(source.labels, source.values, strict=True):
        there[of(labels)] = there.get(of(labels), np.zeros(steps, np.bool_)) | ~np.isnan(values)
    none = np.zeros(steps, np.bool_)
    if node.op == "or":
        more = [np.where(there.get(of(la), none), np.nan, v) for la, v in zip(right.labels, right.values, strict=True)]
        return _trimmed(left.labels + right.labels, [*left.values, *more], steps)
    keep = [there.get(of(la), none) == (node.op == "and") for la in left.labels]
    return _trimmed(left.labels, [np.where(k, v, np.nan) for k, v in zip(keep, left.values, strict=True)], steps)


def _trimmed(labels: list[Labels], values: list[F64], steps: int) -> Series:
    shown = [i for i, v in enumerate(values) if not np.isnan(v).all()]
    return Series([labels[i] for i in shown], np.array([values[i] for i in shown]).reshape(len(shown), steps))


def _matched(node: Binary, left: Series, right: Series) -> Series:
    many, one = (right, left) if node.group == "right" else (left, right)
    by_key: dict[tuple[tuple[str, str], ...], int] = {}
    for row, labels in enumerate(one.labels):
        k = key(labels, node.on, node.ignoring)
        if k in by_key:
            raise QueryError(
                f"found duplicate series for the match group {dict(k)} on the {'left' if one is left else 'right'} side"
            )
        by_key[k] = row
    out_labels: list[Labels] = []
    out: list[F64] = []
    used: set[int] = set()
    for labels, values in zip(many.labels, many.values, strict=True):
        k = key(labels, node.on, node.ignoring)
        found = by_key.get(k)
        if found is None:
            continue
        if not node.group and found in used:
            raise QueryError(
                "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"
            )
        used.add(found)
        other = one.values[found]
        a, b = (other, values) if many is right else (values, other)
        result = dict(labels) if node.group else dict(k)
        for name in node.include:
            if name in one.labels[found]:
                result[name] = one.labels[found][name]
        out_labels.append(result)
        out.append(_operate(node, a, b))
    return _trimmed(out_labels, out, left.values.shape[1])


def label_replace(node: LabelReplace, inner: Series) -> Series:
    """By RE2, over the values of the label."""
    import pyarrow as pa
    import pyarrow.compute as pc

    sources = pa.array([labels.get(node.source, "") for labels in inner.labels], pa.string())
    whole = f"^(?:{node.expression})$"
    hits = pc.match_substring_regex(sources, whole).to_pylist()
    replacement = re.sub(r"\$(?:\{(\d)\}|(\d))", lambda m: f"\\{m[1] or m[2]}", node.replacement.replace("\\", "\\\\"))
    made = pc.replace_substring_regex(sources, whole, replacement).to_pylist()
    labels = [
        {n: v for n, v in {**la, node.target: new}.items() if v} if hit else la
        for la, hit, new in zip(inner.labels, hits, made, strict=True)
    ]
    return Series(labels, inner.values, inner.is_scalar)
