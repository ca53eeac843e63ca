"""Range functions over windows that hold native histograms, alone or among floats: one window at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from swarmscope.query.promql import windows
from swarmscope.query.promql.histogram import GAUGE, NOT_RESET, RESET, Histogram, IncompatibleError, Total, mean
from swarmscope.query.promql.nodes import Node
from swarmscope.query.promql.notes import Notes
from swarmscope.query.promql.values import I64, Samples


@dataclass(slots=True)
class Mixed:
    """One window of one series. name: its metric; node: the range selector; call: the function call's arguments."""

    times: list[int]
    values: list[float]
    histograms: list[Histogram | None]
    starts: list[int]
    end_ms: int
    step_ms: int
    range_ms: int
    argument: float
    second: float
    name: str
    node: Node
    notes: Notes

    @property
    def only(self) -> list[Histogram]:
        """The histograms."""
        return [h for h in self.histograms if h is not None]

    @property
    def floats(self) -> int:
        """How many samples are floats."""
        return len(self.histograms) - len(self.only)

    def as_floats(self) -> windows.Windows:
        """The floats as one window."""
        kept = [i for i, h in enumerate(self.histograms) if h is None]
        samples = Samples(
            np.array([0, len(kept)]),
            np.array([self.times[i] for i in kept], np.int64),
            np.array([self.values[i] for i in kept]),
            None,
            np.array([self.starts[i] for i in kept], np.int64) if any(self.starts) else None,
        )
        one = np.array([0], np.int64)
        return windows.Windows(
            samples,
            one,
            one + len(kept),
            np.array([self.end_ms]),
            np.array([self.step_ms]),
            self.range_ms,
            np.array([self.argument]),
            np.array([self.second]),
        )


Outcome = float | Histogram | None


def _of_floats(name: str, least: int = 1) -> Callable[[Mixed], Outcome]:
    """A function of floats that leaves histograms out, and says so."""

    def run(m: Mixed) -> Outcome:
        floats = m.floats
        if floats == 0:
            return None
        if floats < len(m.times):
            m.notes.ignored_in_range(m.name, m.node)
        if floats < least:
            return None
        values, known = windows.FUNCTIONS[name](m.as_floats())
        return float(values[0]) if known[0] else None

    return run


def _folded(name: str) -> Callable[[Mixed], Outcome]:
    """sum_over_time and avg_over_time."""

    def run(m: Mixed) -> Outcome:
        only = m.only
        if len(only) < len(m.times):
            m.notes.mixed(m.name, m.node)
            return None
        hints = {h.hint for h in only}
        try:
            if name == "avg":
                out, reconciled = mean(only)
            else:
                total = Total(only[0])
                for other in only[1:]:
                    total.add(other)
                out, reconciled = total.result(), total.reconciled
        except IncompatibleError:
            m.notes.mixed_schemas(m.name, m.node)
            return None
        if RESET in hints and NOT_RESET in hints:
            m.notes.collision("aggregation", m.node)
        if reconciled:
            m.notes.reconciled("aggregation", m.node)
        return out

    return run


def _changed(counts: Callable[[Mixed, int], bool]) -> Callable[[Mixed], Outcome]:
    """changes and resets: how many samples differ from the one before."""

    def run(m: Mixed) -> Outcome:
        out = 0
        for i in range(1, len(m.times)):
            kinds = (m.histograms[i - 1] is None, m.histograms[i] is None)
            out += kinds[0] != kinds[1] or counts(m, i)
        return float(out)

    return run


def _is_change(m: Mixed, i: int) -> bool:
    now, before = m.histograms[i], m.histograms[i - 1]
    if now is None or before is None:
        a, b = m.values[i], m.values[i - 1]
        return a != b and not (a != a and b != b)
    return not now.equals(before)


def _is_reset(m: Mixed, i: int) -> bool:
    if _restarted(m, i):
        return True
    now, before = m.histograms[i], m.histograms[i - 1]
    if now is None or before is None:
        return m.values[i] < m.values[i - 1]
    return now.is_reset(before)


def _restarted(m: Mixed, i: int) -> bool:
    if not m.starts[i]:
        return False
    columns = (m.starts[i - 1], m.times[i - 1], m.starts[i], m.times[i])
    return bool(windows.restarted(*(_one(x) for x in columns))[0])


def _one(x: int) -> I64:
    return np.array([x], np.int64)


def extrapolated(counter: bool, rate: bool) -> Callable[[Mixed], Outcome]:
    """rate, increase and delta of histograms."""

    def run(m: Mixed) -> Outcome:
        only = m.only
        if len(only) < len(m.times):
            m.notes.mixed(m.name, m.node)
            return None
        change = None
        if len(only) > 1:
            change = _change(m, only, counter)
            if change is None:
                return None
        stretched = _stretched(m, only, change, counter)
        if stretched is None:
            return None
        out, factor = stretched
        return out.times(factor / (m.range_ms / 1000) if rate else factor)

    return run


def _change(m: Mixed, only: list[Histogram], counter: bool) -> Histogram | None:
    """Last less first, what was lost to resets added."""
    first, last = only[0], only[-1]
    if counter and GAUGE in (first.hint, last.hint):
        m.notes.not_counter(m.name, m.node)
    if counter and _is_reset(m, 1):
        first = Histogram(only[1].schema, bounds=only[1].bounds, hint=first.hint)
    if last.custom != first.custom:
        m.notes.mixed_schemas(m.name, m.node)
        return None
    schema = min(last.schema, first.schema)
    if counter:
        for middle in only[1:-1]:
            if middle.hint == GAUGE:
                m.notes.not_counter(m.name, m.node)
            if middle.custom != first.custom:
                m.notes.mixed_schemas(m.name, m.node)
                return None
            schema = min(schema, middle.schema)
    elif first.hint != GAUGE or last.hint != GAUGE:
        m.notes.not_gauge(m.name, m.node)
    if last.bounds != first.bounds:
        m.notes.reconciled("subtraction", m.node)
    out = last.at_schema(schema).minus(first)
    if counter:
        before = first
        overlapped = False
        for i in range(1, len(only)):
            if not overlapped and 0 != m.starts[i] < m.times[i - 1] and m.starts[i] != m.starts[i - 1]:
                m.notes.overlap(m.name, m.node)
                overlapped = True
            if _restarted(m, i) or only[i].is_reset(before):
                if out.bounds != before.bounds:
                    m.notes.reconciled("addition", m.node)
                out = out.plus(before)
            before = only[i]
    return out.hinted(GAUGE).compact()


def _stretched(
    m: Mixed, only: list[Histogram], change: Histogram | None, counter: bool
) -> tuple[Histogram, float] | None:
    start = m.end_ms - m.range_ms
    first_t, last_t = m.times[0], m.times[-1]
    to_start, to_end = (first_t - start) / 1000, (m.end_ms - last_t) / 1000
    sampled = (last_t - first_t) / 1000
    gaps = len(only) - 1
    average = sampled / gaps if gaps else 0.0
    threshold = average * 1.1
    began = m.starts[0]
    if counter and began and start < began < first_t:
        to_start = 0.0
        sampled = (last_t - began) / 1000
        if change is not None and change.custom != only[0].custom:
            m.notes.mixed_schemas(m.name, m.node)
            return None
        change = only[0] if change is None else change.plus(only[0])
    elif change is None:
        return None
    else:
        if to_start >= threshold:
            to_start = average / 2
        if counter and change.count > 0 and only[0].count >= 0:
            to_start = min(to_start, sampled * (only[0].count / change.count))
    if to_end >= threshold:
        to_end = average / 2
    return change, (sampled + to_start + to_end) / sampled if sampled else 1.0


def instant(rate: bool) -> Callable[[Mixed], Outcome]:
    """irate and idelta."""

    def run(m: Mixed) -> Outcome:
        if len(m.times) < 2:
            return None
        now, before = m.histograms[-1], m.histograms[-2]
        seconds = (m.times[-1] - m.times[-2]) / 1000
        if (now is None) != (before is None):
            m.notes.mixed(m.name, m.node)
            return None
        if now is None or before is None:
            fell = rate and _is_reset(m, len(m.times) - 1)
            change = m.values[-1] if fell else m.values[-1] - m.values[-2]
            return change / seconds if rate else change
        if rate and GAUGE in (now.hint, before.hint):
            m.notes.not_counter(m.name, m.node)
        if not rate and not now.hint == before.hint == GAUGE:
            m.notes.not_gauge(m.name, m.node)
        out = now
        if not rate or not _is_reset(m, len(m.times) - 1):
            if now.custom != before.custom:
                m.notes.mixed_schemas(m.name, m.node)
                return None
            if now.bounds != before.bounds:
                m.notes.reconciled("subtraction", m.node)
            out = now.minus(before)
        out = out.hinted(GAUGE).compact()
        return out.over(seconds) if rate else out

    return run


FUNCTIONS: dict[str, Callable[[Mixed], Outcome]] = {
    "avg_over_time": _folded("avg"),
    "changes": _changed(_is_change),
    "delta": extrapolated(False, False),
    "deriv": _of_floats("deriv", 2),
    "double_exponential_smoothing": _of_floats("double_exponential_smoothing", 2),
    "idelta": instant(False),
    "increase": extrapolated(True, False),
    "irate": instant(True),
    "mad_over_time": _of_floats("mad_over_time"),
    "max_over_time": _of_floats("max_over_time"),
    "min_over_time": _of_floats("min_over_time"),
    "predict_linear": _of_floats("predict_linear", 2),
    "quantile_over_time": _of_floats("quantile_over_time"),
    "rate": extrapolated(True, True),
    "resets": _changed(_is_reset),
    "stddev_over_time": _of_floats("stddev_over_time"),
    "stdvar_over_time": _of_floats("stdvar_over_time"),
    "sum_over_time": _folded("sum"),
    "ts_of_max_over_time": _of_floats("ts_of_max_over_time"),
    "ts_of_min_over_time": _of_floats("ts_of_min_over_time"),
}
__all__ = ["FUNCTIONS", "Mixed", "Outcome"]
