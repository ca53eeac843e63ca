"""Series out of spans: what the metrics functions of TraceQL count, and what is done with the counts.

Source: Grafana Tempo, "TraceQL metrics functions"; `pkg/traceql/engine_metrics.go` for intervals (closed on the right, stamped
with their end) and for quantiles over powers of two.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from swarmscope.errors import QueryError
from swarmscope.query.times import Window, format_duration
from swarmscope.query.traceql.tree import SecondStage, Static

STEPS_MAX = 11_000
SERIES_MAX = 1000
BUCKET = "__bucket"
Values = NDArray[np.float64]
Labels = tuple[tuple[str, Static | None], ...]


@dataclass(frozen=True, slots=True)
class Steps:
    """Intervals of one length; the i-th ends at `start + (i + 1) * step` and holds what is later than its start."""

    start_ns: int
    step_ns: int
    count: int

    @property
    def window(self) -> Window:
        """The moments that lie in an interval: (start, end], as a half-open window."""
        return Window(self.start_ns + 1, self.start_ns + self.count * self.step_ns + 1)

    def ends_ns(self) -> list[int]:
        """The moment that each interval is stamped with."""
        return [self.start_ns + (i + 1) * self.step_ns for i in range(self.count)]


def steps(within: Window, step_ns: int) -> Steps:
    """The intervals of a range query: aligned to the step, one more before the first. QueryError: too many."""
    if step_ns <= 0 or within.length_ns / step_ns > STEPS_MAX:
        raise QueryError(
            f"step {format_duration(max(0, step_ns))} gives more than {STEPS_MAX} points; use a longer one"
        )
    start = within.start_ns - within.start_ns % step_ns
    end = -(-within.end_ns // step_ns) * step_ns
    return Steps(max(0, start - step_ns), step_ns, (end - max(0, start - step_ns)) // step_ns)


def default_step_ns(within: Window) -> int:
    """What Tempo takes without a step: about 240 points, of round length."""
    baseline = within.length_ns // 240
    if within.length_ns < 60 * 10**9:
        return max(50_000_000, baseline // 50_000_000 * 50_000_000)
    for grain_s in (3600, 300, 60, 15, 5, 1):
        grain = grain_s * 10**9
        if baseline > grain:
            return baseline // grain * grain
    return 10**9


@dataclass(frozen=True, slots=True)
class Exemplar:
    """A span that was counted. value: in the unit of the series, NaN: what the series has in its interval, the `step`-th."""

    trace: str
    span: str
    at_ns: int
    step: int
    value: float
    labels: Labels = ()


@dataclass(slots=True)
class Series:
    """One line: labels and a value for each interval, NaN where there is none."""

    labels: Labels
    values: Values
    exemplars: list[Exemplar] = field(default_factory=list)

    def shows(self, one: Exemplar) -> None:
        """Take an exemplar, if its interval has a value."""
        here = float(self.values[one.step])
        if not math.isnan(here):
            self.exemplars.append(replace(one, value=here) if math.isnan(one.value) else one)


_MATH: dict[str, Callable[[Values, Values], Values]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
}
_COMPARE: dict[str, Callable[[Values, float], NDArray[np.bool_]]] = {
    "=": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}


def staged(found: list[Series], stages: Sequence[SecondStage]) -> list[Series]:
    """What second stages leave: the largest or smallest per interval, or what meets a comparison."""
    for stage in stages:
        if not found:
            break
        grid = np.stack([s.values for s in found])
        if stage.op in _COMPARE:
            kept = _COMPARE[stage.op](grid, stage.number)
        else:
            count = int(stage.number)
            order = np.where(np.isnan(grid), np.inf, -grid if stage.op == "topk" else grid)
            ranks = np.argsort(np.argsort(order, axis=0, kind="stable"), axis=0, kind="stable")
            kept = (ranks < count) & ~np.isnan(grid)
        grid = np.where(kept, grid, np.nan)
        found = [_left(s, row) for s, row in zip(found, grid, strict=True) if not np.isnan(row).all()]
    return found


def _left(of: Series, values: Values) -> Series:
    left = Series(of.labels, values)
    for one in of.exemplars:
        left.shows(one)
    return left


def combined(op: str, left: list[Series] | float, right: list[Series] | float) -> list[Series]:
    """Series with the same labels (names of metrics apart), with the one that has none, or with a number."""
    work = _MATH[op]
    with np.errstate(divide="ignore", invalid="ignore"):
        if isinstance(left, list) and isinstance(right, list):
            ours, theirs = ({_bare(s.labels): s for s in side} for side in (left, right))
            out = []
            for labels in ours if () in theirs else theirs:
                one, other = (side.get(labels) or side.get(()) for side in (ours, theirs))
                if one is not None and other is not None:
                    named = Series(_named(op, one, other), one.values, (ours.get(labels) or other).exemplars)
                    out.append(_computed(named, work(one.values, other.values)))
            return out
        if isinstance(left, list):
            number = np.float64(0 if isinstance(right, list) else right)
            return [_computed(s, work(s.values, np.full_like(s.values, number))) for s in left]
        if isinstance(right, list):
            return [_computed(s, work(np.full_like(s.values, left), s.values)) for s in right]
    raise QueryError("one side at least must be series")


def _computed(of: Series, values: Values) -> Series:
    """With the exemplars of what it was made of, at its own values."""
    made = Series(of.labels, np.where(np.isfinite(values), values, np.nan))
    for one in of.exemplars:
        made.shows(replace(one, value=math.nan))
    return made


def _named(op: str, one: Series, other: Series) -> Labels:
    """The labels of both; named after the metrics of both, if they have names."""
    labels = {**dict(_bare(other.labels)), **dict(one.labels)}
    labels.pop("__name__", None)
    first, second = (dict(s.labels).get("__name__") for s in (one, other))
    if first is not None and second is not None:
        labels["__name__"] = Static("string", f"({first.value} {op} {second.value})")
    return tuple(labels.items())


def _bare(labels: Labels) -> Labels:
    return tuple(pair for pair in labels if pair[0] != "__name__")


def log2_quantile(p: float, bounds: Values, counts: Values) -> float:
    """The quantile of values in buckets that end at powers of two, between them by the exponent. NaN: none."""
    total = int(counts.sum())
    if total == 0:
        return math.nan
    wanted = max(1, math.ceil(p * total))
    before = np.concatenate(([0], np.cumsum(counts)))
    bucket = int(np.searchsorted(before[1:], wanted))
    if before[bucket + 1] == wanted:
        return float(bounds[bucket])
    share = (wanted - before[bucket]) / counts[bucket]
    high = math.log2(bounds[bucket])
    low = math.log2(bounds[bucket - 1]) if bucket > 0 else high - 1
    return float(2 ** (low + (high - low) * share))
