"""PromQL for programs: queries at an instant and over a range, and what the metadata calls of Prometheus' HTTP API need."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np

from swarmscope.query.promql import extended, ranges, resets
from swarmscope.query.promql.check import type_of
from swarmscope.query.promql.errors import PromqlError, place
from swarmscope.query.promql.evaluate import Budget, Evaluator
from swarmscope.query.promql.labels import METADATA, Labels
from swarmscope.query.promql.nodes import Expr, Matcher, MatrixSelector, Subquery
from swarmscope.query.promql.notes import Notes
from swarmscope.query.promql.parse import parse, parse_selector
from swarmscope.query.promql.prepare import bare, prepare
from swarmscope.query.promql.source import Source
from swarmscope.query.promql.values import F64, I64, Grid, Objects, Samples, Value, Vector, merged

MS_NS = 1_000_000
STEPS_MAX = 11_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What one query may use. lookback_ms: how old a sample may be to count at an instant."""

    series_max: int = 200_000
    samples_max: int = 50_000_000
    steps_max: int = STEPS_MAX
    timeout_s: float = 20.0
    lookback_ms: int = 300_000
    subquery_step_ms: int = 60_000


@dataclass(slots=True)
class Token:
    """Cancels a query from another thread."""

    _event: threading.Event = field(default_factory=threading.Event)

    def cancel(self) -> None:
        """Let the query fail at its next step."""
        self._event.set()

    @property
    def canceled(self) -> bool:
        """Whether it was."""
        return self._event.is_set()


@dataclass(frozen=True, slots=True)
class Spent:
    """What a query took. read: samples that selectors got, values at steps where the store computed them; held: with those of
    results, the most that it had in memory."""

    prepare_s: float
    eval_s: float
    sort_s: float
    read: int
    held: int


@dataclass(slots=True)
class Result:
    """The answer to a query, as columns.

    type: as in Prometheus' API. labels: one mapping per series (empty for scalar and string). Sample i belongs to series
    series[i] (ascending) and has times_ms[i] and either values[i] or histograms[i] (None for a float; the whole None where all
    are floats). text: of a string. Series of a vector stand in the order of the answer.
    """

    type: Literal["vector", "matrix", "scalar", "string"]
    labels: list[dict[str, str]]
    series: I64
    times_ms: I64
    values: F64
    histograms: Objects | None = None
    text: str = ""
    warnings: list[str] = field(default_factory=list)
    infos: list[str] = field(default_factory=list)
    spent: Spent | None = None


class Metadata(Protocol):
    """What a Source may know besides samples."""

    def metadata(self, metric: str | None, limit: int) -> dict[str, list[dict[str, str]]]:
        """Type, unit and help per metric."""
        ...

    def exemplars(self, selection: Any, start_ms: int, end_ms: int, limit: int) -> list[dict[str, Any]]:
        """Exemplars of series."""
        ...


class Engine:
    """Answers queries over one source. Cheap to make: one per request."""

    def __init__(self, source: Source, limits: Limits | None = None, token: Token | None = None) -> None:
        self._source = source
        self._limits = limits or Limits()
        self._token = token or Token()

    def instant(self, query: str, time_ns: int) -> Result:
        """The value of an expression at a time. Raises PromqlError."""
        at = time_ns // MS_NS
        return self.run(query, parse(query), Grid(at, 1, 1), instant=True)

    def range(self, query: str, start_ns: int, end_ns: int, step_ns: int) -> Result:
        """The value of an expression at each step from start to end. Raises PromqlError."""
        start, end, step = start_ns // MS_NS, end_ns // MS_NS, step_ns // MS_NS
        if end < start:
            raise PromqlError("end timestamp must not be before start time", "bad_data")
        if step <= 0:
            raise PromqlError(
                "zero or negative query resolution step widths are not accepted. Try a positive integer", "bad_data"
            )
        count = (end - start) // step + 1
        if count > self._limits.steps_max:
            raise PromqlError(
                f"exceeded maximum resolution of {self._limits.steps_max:,} points per timeseries. "
                "Try decreasing the query resolution (?step=XX)",
                "bad_data",
            )
        return self.run(query, parse(query), Grid(start, step, count), instant=False, end_ms=end)

    def run(self, query: str, tree: Expr, grid: Grid, instant: bool, end_ms: int | None = None) -> Result:
        """The value of a parsed expression; `query` is its text."""
        if not instant:
            ranged(query, tree)
        begun = time.perf_counter()
        end = grid.end_ms if end_ms is None else end_ms
        expr = prepare(tree, grid.start_ms, end, 0 if instant else grid.step_ms)
        resets.marked(expr)
        notes = Notes()
        ev = Evaluator(
            self._source,
            grid,
            self._limits.lookback_ms,
            self._limits.subquery_step_ms,
            notes,
            Budget(self._limits.series_max, self._limits.samples_max),
            self._checker(),
            single=instant or grid.count == 1,
        )
        inner = bare(expr)
        prepared = time.perf_counter()
        with np.errstate(all="ignore"):  # NaN and infinities are values like others
            if isinstance(inner, MatrixSelector | Subquery):
                found = _whole(ev, inner)
                computed = time.perf_counter()
                result = _range_result(*found)
            else:
                value = ev.eval(expr)
                computed = time.perf_counter()
                result = _result(value, grid, instant)
        result.warnings, result.infos = notes.texts(query, "warnings"), notes.texts(query, "infos")
        result.spent = Spent(
            prepared - begun, computed - prepared, time.perf_counter() - computed, ev.budget.read, ev.budget.samples
        )
        return result

    def series(self, matchers: Sequence[str], start_ns: int, end_ns: int) -> list[dict[str, str]]:
        """The label sets of series that fulfil any of the selectors. Raises PromqlError."""
        found = [self._select(text, start_ns, end_ns).dicts() for text in matchers]
        unique = {tuple(row.items()): row for rows in found for row in rows}
        return [unique[key] for key in sorted(unique)]

    def label_names(self, matchers: Sequence[str], start_ns: int, end_ns: int) -> list[str]:
        """Names of labels of all series, or of those that fulfil any of the selectors."""
        names: set[str] = set()
        for labels in self._labels(matchers, start_ns, end_ns):
            names.update(name for name, (codes, _) in labels.columns.items() if codes.any())
        return sorted(names)

    def label_values(self, name: str, matchers: Sequence[str], start_ns: int, end_ns: int) -> list[str]:
        """Values of one label."""
        values: set[str] = set()
        for labels in self._labels(matchers, start_ns, end_ns):
            if name in labels.columns:
                codes, texts = labels.columns[name]
                values.update(texts[code] for code in np.unique(codes).tolist() if code)
        return sorted(values)

    def metadata(self, metric: str | None = None, limit: int = -1) -> dict[str, list[dict[str, str]]]:
        """Type, unit and help of metrics, by name."""
        found: dict[str, list[dict[str, str]]] = self._extra("metadata")(metric, limit)
        return found

    def exemplars(self, query: str, start_ns: int, end_ns: int, limit: int = 10_000) -> list[dict[str, Any]]:
        """Exemplars of the series of all selectors of a query: `seriesLabels` and `exemplars`. Raises PromqlError."""
        out: dict[tuple[tuple[str, str], ...], dict[str, Any]] = {}
        for matchers in selectors(parse(query)):
            selection = self._source.select(matchers, start_ns // MS_NS, end_ns // MS_NS)
            for row in self._extra("exemplars")(selection, start_ns // MS_NS, end_ns // MS_NS, limit):
                out.setdefault(tuple(sorted(row["seriesLabels"].items())), row)
        return list(out.values())

    def _extra(self, name: str) -> Callable[..., Any]:
        return getattr(self._source, name, lambda *_: {} if name == "metadata" else [])

    def _select(self, text: str, start_ns: int, end_ns: int) -> Labels:
        return self._listed(parse_selector(text), start_ns, end_ns)

    def _labels(self, matchers: Sequence[str], start_ns: int, end_ns: int) -> list[Labels]:
        if not matchers:
            return [self._listed((), start_ns, end_ns)]
        return [self._select(text, start_ns, end_ns) for text in matchers]

    def _listed(self, matchers: Sequence[Matcher], start_ns: int, end_ns: int) -> Labels:
        start_ms, end_ms = start_ns // MS_NS, end_ns // MS_NS
        listed = getattr(self._source, "listed", None)
        found: Labels = (
            self._source.select(matchers, start_ms, end_ms).labels
            if listed is None
            else listed(matchers, start_ms, end_ms)
        )
        return found

    def _checker(self) -> Callable[[], None]:
        deadline = time.monotonic() + self._limits.timeout_s

        def check() -> None:
            if self._token.canceled:
                raise PromqlError("query was canceled in expression evaluation", "canceled")
            if time.monotonic() > deadline:
                raise PromqlError("query timed out in expression evaluation", "timeout")

        return check


def ranged(query: str, tree: Expr) -> None:
    """Raise PromqlError where an expression has no value at each step of a range."""
    kind = type_of(tree)
    if kind not in ("scalar", "vector"):
        shown = "string" if kind == "string" else "range vector"
        remedy = ", put a function such as rate(…) around it" if kind == "matrix" else ""
        message = f'invalid expression type "{shown}" for range query, must be Scalar or instant Vector{remedy}'
        raise PromqlError(f"{place(query, tree.start)}: {message}", "bad_data", tree.start)


def selectors(expr: Expr) -> list[tuple[Matcher, ...]]:
    """The matchers of every selector of a tree."""
    from swarmscope.query.promql.nodes import VectorSelector, children

    if isinstance(expr, VectorSelector):
        return [expr.matchers]
    return [found for child in children(expr) for found in selectors(child)]


def _whole(ev: Evaluator, expr: MatrixSelector | Subquery) -> tuple[Labels, Samples]:
    """A range as an answer of its own."""
    if isinstance(expr, MatrixSelector) and (expr.selector.anchored or expr.selector.smoothed):
        return extended.edges(ev, expr)
    window = ranges.over(ev, expr)
    inside = np.zeros(len(window.samples.times) + 1, np.int64)
    np.add.at(inside, window.low[:, 0], 1)
    np.add.at(inside, window.high[:, 0], -1)
    labels = window.labels.cleared(METADATA, window.drop)
    return labels, window.samples.kept(np.cumsum(inside)[:-1] > 0)


def _range_result(labels: Labels, samples: Samples) -> Result:
    rows = np.flatnonzero(np.diff(samples.offsets) > 0)
    kept = samples.take(rows)
    order = labels.take(rows).order()
    ordered, chosen = labels.take(rows).take(order), kept.take(order)
    return Result("matrix", ordered.dicts(), chosen.of_series(), chosen.times, chosen.values, chosen.histograms)


def _result(value: Value, grid: Grid, instant: bool) -> Result:
    none = np.zeros(0, np.int64)
    if isinstance(value, str):
        return Result("string", [], none, np.array([grid.start_ms]), np.zeros(0), text=value)
    if not isinstance(value, Vector):
        if instant:
            return Result("scalar", [], none, grid.times, value)
        return Result("matrix", [{}], np.zeros(grid.count, np.int64), grid.times, value)
    named = Vector(
        value.labels.cleared(METADATA, value.drop), value.values, value.present, value.drop, value.histograms
    )
    vector = merged(named.pruned())
    if not instant:
        vector = vector.take(vector.labels.order())
    rows, steps = np.nonzero(vector.present)
    histograms = None if vector.histograms is None else vector.histograms[rows, steps]
    kind: Literal["vector", "matrix"] = "vector" if instant else "matrix"
    return Result(kind, vector.labels.dicts(), rows, grid.times[steps], vector.values[rows, steps], histograms)
