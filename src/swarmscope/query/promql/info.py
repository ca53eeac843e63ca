"""info(): series with the labels of the info series (such as `target_info`) of the same instance and job."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from swarmscope.query.promql import check, selectors
from swarmscope.query.promql.errors import PromqlError
from swarmscope.query.promql.labels import NAME, Labels, Mask, shown
from swarmscope.query.promql.memory import matched
from swarmscope.query.promql.nodes import Call, Expr, Matcher, Subquery, VectorSelector, children
from swarmscope.query.promql.values import I64, Samples, Vector, is_object, joined, merged

if TYPE_CHECKING:
    from swarmscope.query.promql.evaluate import Evaluator

IDENTIFYING = ("instance", "job")
TARGET_INFO = Matcher(NAME, "=", "target_info")
ALL_INFO = Matcher(NAME, "=~", ".+_info")


def info(ev: Evaluator, call: Call) -> Vector:
    """The function. Raises PromqlError where two info series contradict each other."""
    base = ev.vector(call.args[0])
    wanted: tuple[Matcher, ...] = (TARGET_INFO,)
    if len(call.args) > 1 and isinstance(call.args[1], VectorSelector):
        wanted = call.args[1].matchers
    names = _effective([m for m in wanted if m.name == NAME])
    data = [m for m in wanted if m.name != NAME]
    ignored = matched(base.labels, names)
    time = _time(call.args[0])
    labels, samples = _info_series(ev, base, ignored, [*names, *data], time)
    at, present = selectors.newest(ev, time, samples)
    times = samples.times[at] if len(samples.times) else np.zeros(at.shape, np.int64)
    if samples.histograms is not None and is_object(samples.histograms[at][present]).any():
        raise PromqlError("info sample should be float")
    return _combined(ev, base, ignored, data, _Infos(labels, times, present))


def _effective(names: list[Matcher]) -> list[Matcher]:
    if any(m.op in ("=", "=~") for m in names):
        return names
    return [ALL_INFO, *names] if names else [TARGET_INFO]


def _time(expr: Expr) -> VectorSelector:
    """When info series count: at the time of the first selector of the first argument."""
    out = VectorSelector("", ())

    def walk(node: Expr, path: list[Subquery]) -> bool:
        if isinstance(node, VectorSelector):
            out.at_ms, out.offset_ms = node.at_ms, node.offset_ms
            for outer in reversed(path):
                if out.at_ms is not None:
                    break
                out.offset_ms += outer.offset_ms
                out.at_ms = outer.at_ms
            return True
        inner = [*path, node] if isinstance(node, Subquery) else path
        return any(walk(child, inner) for child in children(node))

    walk(expr, [])
    return out


def _info_series(
    ev: Evaluator, base: Vector, ignored: Mask, matchers: list[Matcher], time: VectorSelector
) -> tuple[Labels, Samples]:
    conditions = list(matchers)
    rows = base.labels.take(~ignored)
    known = False
    for name in IDENTIFYING:
        values = [value for value in dict.fromkeys(rows.texts(name)) if value]
        if values:
            known = True
            conditions.append(Matcher(name, "=~", "|".join(map(_literal, values))))
    if not known:
        return Labels(0, {}), Samples(np.zeros(1, np.int64), np.empty(0, np.int64), np.empty(0))
    time.matchers = tuple(conditions)
    return selectors.load(ev, time, ev.lookback_ms)


def _literal(text: str) -> str:
    return re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", text)


class _Infos:
    """Info series: labels, and when the sample that counts at each step was taken."""

    def __init__(self, labels: Labels, times: I64, present: Mask) -> None:
        self.rows = labels.dicts()
        self.times, self.present = times, present
        self.by_key: dict[tuple[str, ...], dict[str, list[int]]] = {}
        for number, row in enumerate(self.rows):
            names = self.by_key.setdefault(tuple(row.get(name, "") for name in IDENTIFYING), {})
            names.setdefault(row.get(NAME, ""), []).append(number)

    def newest(self, rows: list[int]) -> I64:
        """Which of some info series counts at each step, -1 where none does."""
        out = np.full(self.times.shape[1], -1, np.int64)
        best = np.full(self.times.shape[1], np.iinfo(np.int64).min)
        for row in rows:
            here = self.present[row]
            tie = here & (out >= 0) & (self.times[row] == best)
            if tie.any():
                step = int(np.flatnonzero(tie)[0])
                first, second = self.rows[int(out[step])], self.rows[row]
                at = int(best[step])
                raise PromqlError(
                    f"found duplicate series for info metric: existing {shown(first)} @ {at}, new {shown(second)} @ {at}"
                )
            newer = here & (self.times[row] > best)
            out = np.where(newer, row, out)
            best = np.where(newer, self.times[row], best)
        return out


def _combined(ev: Evaluator, base: Vector, ignored: Mask, data: list[Matcher], infos: _Infos) -> Vector:
    wanted = {m.name for m in data}
    needed = not all(check.matches_empty(m) for m in data)
    parts = [base.take(ignored)]
    for number in np.flatnonzero(~ignored).tolist():
        row = base.labels.take(np.array([number])).dicts()[0]
        key = tuple(row.get(name, "") for name in IDENTIFYING)
        sources = [infos.newest(rows) for rows in infos.by_key.get(key, {}).values()]
        columns = np.stack(sources) if sources else np.full((0, ev.grid.count), -1)
        for choice in np.unique(columns, axis=1).T.tolist() if columns.size else [[]]:
            steps = (columns == np.array(choice)[:, None]).all(axis=0) if choice else np.ones(ev.grid.count, bool)
            used = [infos.rows[i] for i in choice if i >= 0]
            steps = steps & base.present[number]
            if not steps.any() or (not used and needed):
                continue
            out = base.take(np.array([number]))
            out.labels = Labels.of([row | _extra(row, used, wanted)])
            out.present = steps[None, :]
            parts.append(out)
    return merged(joined(parts).pruned())


def _extra(row: dict[str, str], used: list[dict[str, str]], wanted: set[str]) -> dict[str, str]:
    extra: dict[str, str] = {}
    for found in used:
        for name, value in found.items():
            if name == NAME or (wanted and name not in wanted):
                continue
            if extra.get(name, value) != value:
                raise PromqlError(f"conflicting label: {name}")
            if name not in row:
                extra[name] = value
    return extra
