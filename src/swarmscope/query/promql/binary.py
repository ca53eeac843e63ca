"""Binary operators: between scalars, vectors and scalars, and vectors that find each other by labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from swarmscope.query.promql import buckets
from swarmscope.query.promql.errors import PromqlError
from swarmscope.query.promql.histogram import GAUGE, Histogram, IncompatibleError, merged_hint
from swarmscope.query.promql.labels import METADATA, NAME, Labels, Mask, shown, signatures
from swarmscope.query.promql.nodes import COMPARISONS, SETS, TRIMS, Binary, Matching
from swarmscope.query.promql.values import F64, I64, Objects, Value, Vector, is_object, joined, merged

if TYPE_CHECKING:
    from swarmscope.query.promql.evaluate import Evaluator

ARITHMETIC: dict[str, Callable[[F64, F64], F64]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "%": np.fmod,
    "^": np.power,
    "atan2": np.arctan2,
}
COMPARE: dict[str, Callable[[F64, F64], Mask]] = {
    "==": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}


def binary(ev: Evaluator, expr: Binary) -> Value:
    """The value of a binary expression."""
    left, right = ev.eval(expr.left), ev.eval(expr.right)
    if isinstance(left, Vector) and isinstance(right, Vector):
        if expr.op in SETS:
            return _set(ev, expr, left, right)
        return _matched(ev, expr, left, right)
    if isinstance(left, Vector) and isinstance(right, np.ndarray):
        return _with_scalar(ev, expr, left, right, swapped=False)
    if isinstance(right, Vector) and isinstance(left, np.ndarray):
        return _with_scalar(ev, expr, right, left, swapped=True)
    if isinstance(left, np.ndarray) and isinstance(right, np.ndarray):
        with np.errstate(all="ignore"):
            if expr.op in COMPARISONS:
                return COMPARE[expr.op](left, right).astype(np.float64)
            return ARITHMETIC[expr.op](left, right)
    raise PromqlError("binary expression must contain only scalar and instant vector types")


@dataclass(slots=True)
class _Outcome:
    """Of an operator on two columns of samples. valid: where there is a result; keep: where a comparison holds."""

    values: F64
    valid: Mask
    keep: Mask
    histograms: Objects | None


@dataclass(slots=True)
class _Side:
    """One side of an operator, aligned with the other."""

    values: F64
    histograms: Objects | None

    def at(self, place: tuple[int, ...]) -> Histogram | None:
        found: Histogram | None = None if self.histograms is None else self.histograms[place]
        return found


def _operate(ev: Evaluator, expr: Binary, left: _Side, right: _Side, present: Mask) -> _Outcome:
    """Sample by sample: floats at once, what involves histograms one by one."""
    op = expr.op
    with np.errstate(all="ignore"):
        if op in COMPARISONS:
            values = np.array(np.broadcast_to(left.values, present.shape))
            keep = COMPARE[op](left.values, right.values) & present
        elif op in TRIMS:
            values, keep = np.full(present.shape, np.nan), np.zeros(present.shape, bool)
        else:
            values, keep = ARITHMETIC[op](left.values, right.values), present.copy()
    valid = present.copy()
    odd = np.zeros(present.shape, bool)
    for side in (left, right):
        if side.histograms is not None:
            odd |= is_object(side.histograms)
    odd &= present
    if op in TRIMS and (present & ~odd).any():
        ev.notes.incompatible("float", op, "float", expr)
        valid &= odd
    if not odd.any():
        return _Outcome(values, valid, keep & valid, None)
    out = np.full(present.shape, None, object)
    for place in zip(*np.nonzero(odd), strict=True):
        with np.errstate(all="ignore"):
            result = _element(ev, expr, left, right, place)
        valid[place] = result is not None
        keep[place] = result is not None and result[1]
        out[place] = None if result is None else result[0]
    return _Outcome(values, valid, keep & valid, out)


def _element(
    ev: Evaluator, expr: Binary, left: _Side, right: _Side, place: tuple[int, ...]
) -> tuple[Histogram | None, bool] | None:
    """One pair of which at least one is a histogram: the result and whether a comparison holds; None: there is no result."""
    a, b, op = left.at(place), right.at(place), expr.op
    if a is None and b is not None:
        if op == "*":
            return b.times(float(left.values[place])).compact(), True
        ev.notes.incompatible("float", op, "histogram", expr)
        return None
    if a is not None and b is None:
        number = float(right.values[place])
        if op == "*":
            return a.times(number).compact(), True
        if op == "/":
            return a.over(number).compact(), True
        if op in TRIMS:
            return buckets.trim(a, number, op == "</"), True
        ev.notes.incompatible("histogram", op, "float", expr)
        return None
    assert a is not None and b is not None  # noqa: S101  # asked by the caller
    if op in ("==", "!="):
        return a, a.equals(b) == (op == "==")
    if op not in ("+", "-"):
        ev.notes.incompatible("histogram", op, "histogram", expr)
        return None
    try:
        out = a.plus(b) if op == "+" else a.minus(b)
    except IncompatibleError:
        ev.notes.warn(f"incompatible bucket layout encountered for binary operator {op}", expr)
        return None
    operation = "addition" if op == "+" else "subtraction"
    if merged_hint(a, b)[1]:
        ev.notes.collision(operation, expr)
    if a.bounds != b.bounds:
        ev.notes.reconciled(operation, expr)
    return (out if op == "+" else out.hinted(GAUGE)).compact(), True


def _with_scalar(ev: Evaluator, expr: Binary, vector: Vector, scalar: F64, swapped: bool) -> Vector:
    here = _Side(vector.values, vector.histograms)
    there = _Side(np.array(np.broadcast_to(scalar, vector.values.shape)), None)
    left, right = (there, here) if swapped else (here, there)
    out = _operate(ev, expr, left, right, vector.present)
    values, histograms, present = out.values, out.histograms, out.keep
    if expr.op in COMPARISONS and swapped:
        values, histograms = vector.values.copy(), vector.histograms
    if expr.return_bool:
        values, histograms, present = out.keep.astype(np.float64), None, out.valid
    drop = vector.drop | (expr.op in ARITHMETIC or expr.return_bool)
    return Vector(vector.labels, values, present, drop, _if_any(histograms, present)).pruned()


def _if_any(histograms: Objects | None, present: Mask) -> Objects | None:
    if histograms is None or not is_object(histograms[present]).any():
        return None
    return histograms


def _set(ev: Evaluator, expr: Binary, left: Vector, right: Vector) -> Vector:
    """and, or, unless."""
    matching = _matching(expr)
    ours, theirs, count = signatures(left.labels, right.labels, matching.labels, matching.on)
    if expr.op == "or":
        taken = _seen(ours, left.present, count)[theirs]
        more = Vector(right.labels, right.values, right.present & ~taken, right.drop, right.histograms).pruned()
        if not left.labels.size or not more.labels.size:
            return more if not left.labels.size else left
        out = joined([left, more])
        return out if ev.single else merged(out)
    there = _seen(theirs, right.present, count)[ours]
    present = left.present & (there if expr.op == "and" else ~there)
    return Vector(left.labels, left.values, present, left.drop, left.histograms).pruned()


def _matching(expr: Binary) -> Matching:
    assert expr.matching is not None  # noqa: S101  # between vectors there always is one
    return expr.matching


def _seen(ids: I64, present: Mask, count: int) -> Mask:
    """At which steps any series of a signature is present: (signatures, steps)."""
    out = np.zeros((count, present.shape[1]), bool)
    np.logical_or.at(out, ids, present)
    return out


@dataclass(slots=True)
class _Pairs:
    """Rows of both sides that belong together, the side that may be many first. -1: no row, its fill value stands in."""

    many: I64
    one: I64
    signature: I64
    present: Mask


def _matched(ev: Evaluator, expr: Binary, left: Vector, right: Vector) -> Vector:
    matching = _matching(expr)
    swapped = matching.card == "one-to-many"
    many, one = (right, left) if swapped else (left, right)
    many_fill, one_fill = matching.fill_left, matching.fill_right  # with group_right, too, they are not swapped
    empty = not many.labels.size or not one.labels.size
    if (not many.labels.size and not one.labels.size) or (empty and many_fill is None and one_fill is None):
        return Vector.empty(ev.grid.count)
    ours, theirs, count = signatures(many.labels, one.labels, matching.labels, matching.on)
    _refuse_duplicates(expr, one, theirs, count)
    pairs = _pairs(many, one, ours, theirs, count, many_fill, one_fill)
    a = _side(many, pairs.many, many_fill)
    b = _side(one, pairs.one, one_fill)
    out = _operate(ev, expr, *((b, a) if swapped else (a, b)), pairs.present)
    labels = _result_labels(expr, many, one, pairs)
    _refuse_ambiguous(expr, labels, pairs, out.valid)
    values, histograms, present = out.values, out.histograms, out.keep
    if expr.return_bool:
        values, histograms, present = out.keep.astype(np.float64), None, out.valid
    drop = np.full(labels.size, expr.return_bool)
    vector = Vector(labels, values, present, drop, _if_any(histograms, present)).pruned()
    return vector if ev.single else merged(vector)


def _pairs(
    many: Vector, one: Vector, ours: I64, theirs: I64, count: int, many_fill: float | None, one_fill: float | None
) -> _Pairs:
    by_signature = np.argsort(theirs, kind="stable")
    starts = np.searchsorted(theirs[by_signature], np.arange(count + 1))
    repeats = (starts[1:] - starts[:-1])[ours]
    rows = np.repeat(np.arange(len(ours)), repeats)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    partners = by_signature[starts[ours[rows]] + within]
    parts = [(rows, partners, ours[rows], many.present[rows] & one.present[partners])]
    if one_fill is not None:
        matched = _seen(theirs, one.present, count)[ours]
        parts.append((np.arange(len(ours)), np.full(len(ours), -1), ours, many.present & ~matched))
    if many_fill is not None:
        matched = _seen(ours, many.present, count)[theirs]
        parts.append((np.full(len(theirs), -1), np.arange(len(theirs)), theirs, one.present & ~matched))
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    used = columns[3].any(axis=1)
    return _Pairs(*(column[used] for column in columns))


def _side(vector: Vector, rows: I64, fill: float | None) -> _Side:
    if not vector.labels.size:
        return _Side(np.full((len(rows), vector.steps), np.nan if fill is None else fill), None)
    filled = rows < 0
    values = vector.values[rows]
    histograms = None if vector.histograms is None else vector.histograms[rows]
    if filled.any():
        values[filled] = np.nan if fill is None else fill
        if histograms is not None:
            histograms[filled] = None
    return _Side(values, histograms)


def _refuse_duplicates(expr: Binary, one: Vector, ids: I64, count: int) -> None:
    """The side of which each signature may have one series has several at the same step."""
    if len(np.unique(ids)) == len(ids):
        return
    total = np.zeros((count, one.steps), np.int32)
    np.add.at(total, ids, one.present.astype(np.int32))
    if not (total > 1).any():
        return
    matching = _matching(expr)
    signature, step = (int(x[0]) for x in np.nonzero(total > 1))
    rows = np.flatnonzero((ids == signature) & one.present[:, step])[:2]
    sets = one.labels.take(rows).dicts()
    kept = sets[0]
    if matching.on:
        group = {name: value for name, value in kept.items() if name in matching.labels}
    else:
        group = {name: value for name, value in kept.items() if name not in (*matching.labels, NAME)}
    side = "left" if matching.card == "one-to-many" else "right"
    first, second = sorted(map(shown, sets))
    raise PromqlError(
        f"found duplicate series for the match group {shown(group)} on the {side} hand-side of the operation: "
        f"[{first}, {second}];many-to-many matching not allowed: matching labels must be unique on one side"
    )


def _refuse_ambiguous(expr: Binary, labels: Labels, pairs: _Pairs, valid: Mask) -> None:
    """Two results of one signature at the same step."""
    if expr.matching is None or not len(pairs.signature):
        return
    if expr.matching.card == "one-to-one":
        ids, message = pairs.signature, "many-to-one matching must be explicit (group_left/group_right)"
    else:
        groups, _ = labels.groups()
        ids = groups * (int(pairs.signature.max()) + 1) + pairs.signature
        message = "grouping labels must ensure unique matches"
    distinct, place = np.unique(ids, return_inverse=True)
    if len(distinct) == len(ids):
        return
    total = np.zeros((len(distinct), valid.shape[1]), np.int32)
    np.add.at(total, place, valid.astype(np.int32))
    if (total > 1).any():
        raise PromqlError(f"multiple matches for labels: {message}")


def _result_labels(expr: Binary, many: Vector, one: Vector, pairs: _Pairs) -> Labels:
    matching = _matching(expr)
    base = many.labels.take(np.maximum(pairs.many, 0)) if many.labels.size else Labels(len(pairs.many), {})
    other = one.labels.take(np.maximum(pairs.one, 0)) if one.labels.size else Labels(len(pairs.one), {})
    lone = pairs.many < 0
    if lone.any():
        stand_in = other.only(matching.labels) if matching.on else other.without([*matching.labels, NAME])
        base = _either(base, stand_in, lone)
    if expr.op in ARITHMETIC:
        base = base.without(METADATA)
    if matching.card == "one-to-one":
        base = base.only(matching.labels) if matching.on else base.without(matching.labels)
    absent = pairs.one < 0
    for name in matching.include:
        texts = other.texts(name)
        if absent.any():  # what stands in for a missing series has the matching labels alone
            own = base.texts(name) if (name in matching.labels) == matching.on else [""] * len(texts)
            texts = [mine if gone else text for text, mine, gone in zip(texts, own, absent.tolist(), strict=True)]
        base = base.with_texts(name, texts)
    return base


def _either(base: Labels, other: Labels, rows: Mask) -> Labels:
    """`other` in some rows, `base` in the rest."""
    out = base
    for name in dict.fromkeys([*base.columns, *other.columns]):
        ours, theirs = base.texts(name), other.texts(name)
        texts = [b if flag else a for a, b, flag in zip(ours, theirs, rows.tolist(), strict=True)]
        out = out.with_texts(name, texts)
    return out
