"""Runs scripts against an engine and says which evaluations are not as expected, and why."""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from swarmscope.query.promql.buckets import expression
from swarmscope.query.promql.engine import Engine, Limits, Result
from swarmscope.query.promql.errors import PromqlError
from swarmscope.query.promql.histogram import CUSTOM, Histogram, Side
from swarmscope.query.promql.memory import MemorySource
from swarmscope.query.promql.nodes import Call, Expr, MatrixSelector, Subquery, VectorSelector, children
from swarmscope.query.promql.notation import Item
from swarmscope.query.promql.parse import parse as parse_query
from swarmscope.query.promql.prepare import VARYING
from swarmscope.query.promql.source import Source
from swarmscope.query.promql.values import STALE_BITS, Grid
from tests.support.promqltest.script import Clear, Eval, Expectation, Load, parse

EPSILON = 1e-6
LIMITS = Limits(timeout_s=100)
_CONTEXT = re.compile(r"(start|end|range|step)\(\)")
TINY = float(np.finfo(np.float64).tiny)
HUGE = float(np.finfo(np.float64).max)


class Storage(Protocol):
    """Where a script loads its series."""

    def append(self, labels: Mapping[str, str], time_ms: int, value: float | Histogram, start_ms: int = 0) -> None: ...

    def source(self) -> Source:
        """What was appended so far."""
        ...


class Memory(MemorySource):
    """Series in memory."""

    def source(self) -> Source:
        return self


class UnexpectedError(AssertionError):
    """An evaluation is not as expected."""


@dataclass(slots=True)
class Report:
    """Of one script. failures: line, expression and reason."""

    evaluations: int = 0
    failures: list[tuple[int, str, str]] = field(default_factory=list)


def run(text: str, storage: Callable[[], Storage] = Memory, thorough: bool = True) -> Report:
    """Run a script, each `clear` with a new storage. thorough: as Prometheus does, see `evaluate`."""
    report = Report()
    place = storage()
    for command in parse(text):
        match command:
            case Clear():
                place = storage()
            case Load():
                load(command, place)
            case Eval():
                report.evaluations += 1
                try:
                    evaluate(command, place.source(), thorough)
                except (UnexpectedError, PromqlError) as e:
                    report.failures.append((command.line, command.expr, f"{type(e).__name__}: {e}"))
                except Exception as e:  # noqa: BLE001  # a crash of the engine is a failure of this evaluation alone
                    report.failures.append((command.line, command.expr, f"crash {type(e).__name__}: {e}"))
    return report


def load(command: Load, storage: Storage) -> None:
    """Append the series of a `load`."""
    for labels, items, starts in command.series:
        for number, item in enumerate(items):
            if item.value is not None:
                at = number * command.step_ms
                start = starts[number] if number < len(starts) else None
                storage.append(labels, at, item.value, 0 if start is None else at + start)
    if command.nhcb:
        for labels, at, h in with_custom_buckets(command):
            storage.append(labels, at, h)


def with_custom_buckets(command: Load) -> list[tuple[dict[str, str], int, Histogram]]:
    """The classic histograms of a `load` as native ones with custom buckets."""
    found: dict[tuple[tuple[tuple[str, str], ...], int], dict[str, float | dict[float, float]]] = {}
    for labels, items, _ in command.series:
        name = labels.get("__name__", "")
        suffix = next((s for s in ("_bucket", "_count", "_sum") if name.endswith(s)), "")
        if not suffix:
            continue
        bound = (
            float(labels["le"].replace("Inf", "inf")) if suffix == "_bucket" and _is_number(labels["le"]) else math.nan
        )
        if suffix == "_bucket" and math.isnan(bound):
            continue
        base = {k: v for k, v in labels.items() if k != "le"} | {"__name__": name.removesuffix(suffix)}
        for number, item in enumerate(items):
            if not isinstance(item.value, float):
                continue
            one = found.setdefault((tuple(sorted(base.items())), number * command.step_ms), {"buckets": {}})
            if suffix == "_bucket":
                one["buckets"][bound] = item.value  # type: ignore[index]  # always a dict
            else:
                one[suffix] = item.value
    return [(dict(key), at, _custom(one)) for (key, at), one in found.items()]


def _is_number(text: str) -> bool:
    try:
        float(text.replace("Inf", "inf"))
    except ValueError:
        return False
    return True


def _custom(one: dict[str, float | dict[float, float]]) -> Histogram:
    buckets: dict[float, float] = dict(sorted(one["buckets"].items()))  # type: ignore[union-attr]  # always a dict
    count = one.get("_count", list(buckets.values())[-1] if buckets else 0.0)
    buckets.setdefault(math.inf, float(count))  # type: ignore[arg-type]  # a number
    counts = np.diff(np.array(list(buckets.values())), prepend=0.0)
    bounds = tuple(bound for bound in buckets if bound != math.inf)
    side = Side(np.arange(len(counts), dtype=np.int64), counts).compact()
    return Histogram(CUSTOM, float(count), float(one.get("_sum", 0.0)), positive=side, bounds=bounds)  # type: ignore[arg-type] # sums are numbers here


def evaluate(command: Eval, source: Source, thorough: bool = True) -> None:
    """Run one evaluation. Raises UnexpectedError.

    thorough: an instant one also with all selectors fixed to its time and evaluated at others, and as a range.
    """
    engine = Engine(source, LIMITS)
    if not command.instant:
        step = command.step_ms
        _judge(
            command,
            lambda: engine.range(command.expr, *(t * 1_000_000 for t in (command.start_ms, command.end_ms, step))),
        )
        return
    at = command.end_ms
    for tree, time in [(None, at), *_fixed(command.expr, at)]:
        result = _judge(command, lambda tree=tree, time=time: _instant(engine, command.expr, tree, time))
        if not thorough:
            return
        if result is None or command.range_expected or command.text is not None or _CONTEXT.search(command.expr):
            continue
        ranged = _range_around(engine, command.expr, tree, time)
        if command.ordered:
            continue
        try:
            _compare(command, _step(ranged, time, result.type))
        except UnexpectedError as e:
            raise UnexpectedError(f"{e} in range mode") from None


def _instant(engine: Engine, expr: str, tree: Expr | None, at: int) -> Result:
    return (
        engine.instant(expr, at * 1_000_000)
        if tree is None
        else engine.run(expr, copy.deepcopy(tree), Grid(at, 1, 1), True)
    )


def _range_around(engine: Engine, expr: str, tree: Expr | None, at: int) -> Result:
    parsed = parse_query(expr) if tree is None else copy.deepcopy(tree)
    return engine.run(expr, parsed, Grid(at - 60_000, 60_000, 3), False)


def _fixed(expr: str, at: int) -> list[tuple[Expr, int]]:
    """The expression with every selector fixed to a time, evaluated at other times: the result must be the same."""
    try:
        tree = copy.deepcopy(parse_query(expr))
    except PromqlError:
        return []
    if _fix(tree, at):
        return []
    return [(tree, time) for time in ([-1000, 0, 1000] if at == 0 else [-10 * at, 0, at // 5, at, 10 * at])]


def _fix(node: Expr, at: int) -> bool:
    """Set the time of selectors; whether a function in the tree depends on the time of evaluation."""
    if isinstance(node, Subquery):
        if node.at_ms is None and node.at_edge is None:
            node.at_ms = at
        return _unsafe(node.expr)
    if isinstance(node, VectorSelector | MatrixSelector):
        selector = node if isinstance(node, VectorSelector) else node.selector
        if selector.at_ms is None and selector.at_edge is None:
            selector.at_ms = at
    unsafe = isinstance(node, Call) and node.name in VARYING | {"start", "end", "step", "range"}
    below = [_fix(child, at) for child in children(node) if not isinstance(node, MatrixSelector)]
    return any(below) or unsafe


def _unsafe(node: Expr) -> bool:
    own = isinstance(node, Call) and node.name in VARYING | {"start", "end", "step", "range"}
    return own or any(map(_unsafe, children(node)))


def _judge(command: Eval, query: Callable[[], Result]) -> Result | None:
    """The result if there must be one and it is as expected; None where a failure was expected and came."""
    try:
        result = query()
    except PromqlError as e:
        if command.fail is None:
            raise UnexpectedError(f"unexpected failure: {e}") from None
        if not command.fail.matches(str(e)):
            raise UnexpectedError(f"failed otherwise than expected: {e}") from None
        return None
    if command.fail is not None:
        raise UnexpectedError("expected a failure, but there was none")
    _annotations("warning", command.warn, command.no_warn, result.warnings)
    _annotations("info", command.info, command.no_info, result.infos)
    _compare(command, result)
    return result


def _annotations(kind: str, wanted: list[Expectation], none: bool, found: list[str]) -> None:
    if none and found:
        raise UnexpectedError(f"unexpected {kind}: {found}")
    if not wanted:
        return
    for one in wanted:
        if not any(one.matches(text) for text in found):
            raise UnexpectedError(f"expected {kind} {one.text or one.pattern} but found {found}")
    for text in found:
        if not any(one.matches(text) for one in wanted):
            raise UnexpectedError(f"unexpected {kind}: {text}")


def _step(result: Result, at: int, kind: str) -> Result:
    """One step of a range's result, as an instant query would give it."""
    here = result.times_ms == at
    if kind == "scalar":
        return replace(result, type="scalar", values=result.values[here])
    rows = result.series[here]
    histograms = None if result.histograms is None else result.histograms[here]
    return Result(
        "vector",
        [result.labels[row] for row in rows],
        np.arange(len(rows)),
        result.times_ms[here],
        result.values[here],
        histograms,
    )


def _compare(command: Eval, result: Result) -> None:
    if result.type == "string":
        if command.text != result.text:
            raise UnexpectedError(f"expected string {command.text!r} but got {result.text!r}")
        return
    if result.type == "scalar":
        if command.scalar is None:
            raise UnexpectedError(f"expected series, but got the scalar {result.values}")
        if not equal(command.scalar, float(result.values[0])):
            raise UnexpectedError(f"expected scalar {command.scalar} but got {result.values[0]}")
        return
    if command.scalar is not None:
        raise UnexpectedError(f"expected a scalar, but got a {result.type}")
    if result.type == "matrix" and command.ordered:
        raise UnexpectedError("expected ordered result, but query returned a matrix")
    _compare_series(command, result)


def _compare_series(command: Eval, result: Result) -> None:
    wanted = {tuple(sorted(labels.items())): (place, items) for place, (labels, items) in enumerate(command.series)}
    got: dict[tuple[tuple[str, str], ...], dict[int, float | Histogram]] = {}
    for i, row in enumerate(result.series.tolist()):
        h = None if result.histograms is None else result.histograms[i]
        value = float(result.values[i]) if h is None else h
        key = tuple(sorted(result.labels[row].items()))
        if key not in wanted:
            raise UnexpectedError(f"unexpected metric {dict(key)} in result, has value {_shown(value)}")
        got.setdefault(key, {})[int(result.times_ms[i])] = value
        if command.ordered and wanted[key][0] != row:
            raise UnexpectedError(f"expected metric {dict(key)} at position {wanted[key][0]} but was at {row}")
    for key, (_, items) in wanted.items():
        if key not in got:
            raise UnexpectedError(f"expected metric {dict(key)} not found")
        points = got[key]
        if result.type == "vector":
            _compare_point(dict(key), items[0], next(iter(points.values())))
            continue
        expected = {
            command.start_ms + i * command.step_ms: item for i, item in enumerate(items) if item.value is not None
        }
        if expected.keys() != points.keys():
            shown = {t: _shown(v) for t, v in points.items()}
            raise UnexpectedError(f"expected points of {dict(key)} at {sorted(expected)} but got {shown}")
        for time, item in expected.items():
            _compare_point({**dict(key), "@": str(time)}, item, points[time])


def _shown(value: float | Histogram) -> str:
    return expression(value) if isinstance(value, Histogram) else str(value)


def _compare_point(where: dict[str, str], item: Item, value: float | Histogram) -> None:
    if isinstance(item.value, Histogram) != isinstance(value, Histogram):
        raise UnexpectedError(f"expected {_shown(item.value or 0.0)} for {where} but got {_shown(value)}")
    if isinstance(item.value, Histogram) and isinstance(value, Histogram):
        if not same(item.value, value, item.hinted):
            raise UnexpectedError(f"expected {expression(item.value)} for {where} but got {expression(value)}")
    elif isinstance(item.value, float) and isinstance(value, float) and not equal(item.value, value):
        raise UnexpectedError(f"expected {item.value} for {where} but got {value}")


def equal(a: float, b: float) -> bool:
    """Whether two numbers are close, or both markers of staleness, or both another NaN."""
    stale = [np.float64(x).view(np.uint64) == STALE_BITS for x in (a, b)]
    if any(stale):
        return all(stale)
    if (a != a and b != b) or a == b:
        return True
    total, apart = abs(a) + abs(b), abs(a - b)
    if a == 0 or b == 0 or total < TINY:
        return apart < EPSILON * TINY
    return apart / min(total, HUGE) < EPSILON


def same(expected: Histogram, found: Histogram, hinted: bool) -> bool:
    """Whether two histograms are close."""
    a, b = expected.compact(), found.compact()
    return (
        a.schema == b.schema
        and equal(a.count, b.count)
        and equal(a.sum, b.sum)
        and a.bounds == b.bounds
        and a.zero_threshold == b.zero_threshold
        and equal(a.zero_count, b.zero_count)
        and _same_side(a.positive, b.positive)
        and _same_side(a.negative, b.negative)
        and (not hinted or a.hint == b.hint)
    )


def _same_side(a: Side, b: Side) -> bool:
    return np.array_equal(a.index, b.index) and all(map(equal, a.counts.tolist(), b.counts.tolist()))
