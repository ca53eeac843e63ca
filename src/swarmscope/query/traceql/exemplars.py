"""Exemplars: a few of the spans that were counted, so that a point of a chart leads to a trace.

Source: Grafana Tempo, "TraceQL metrics", exemplars and the hint `exemplars`; `trace:id` is the label that Grafana opens.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from swarmscope.query.traceql.series import BUCKET, Exemplar, Labels, Series
from swarmscope.query.traceql.tree import Static

COUNT_MAX = 100
_VALUED = ("min_over_time", "max_over_time", "avg_over_time", "quantile_over_time")
"""Functions whose series have the unit of the spans' values; others count or sum."""


@dataclass(frozen=True, slots=True)
class Picked:
    """A span that was counted, and where. key: the labels of its group, and the bucket; value: in the unit of the series."""

    key: tuple[Labels, float]
    trace: str
    span: str
    at_ns: int
    step: int
    value: float

    def exemplar(self, function: str) -> Exemplar:
        """As it is shown on a series."""
        ids = (("trace:id", Static("string", self.trace)), ("span:id", Static("string", self.span)))
        own = tuple(pair for pair in self.key[0] if pair[0] != "__name__")
        value = self.value if function in _VALUED else math.nan
        return Exemplar(self.trace, self.span, self.at_ns, self.step, value, (*ids, *own))


def wanted(hints: Mapping[str, Static], otherwise: int) -> int:
    """How many to show: as the hint says (`true`, `false`, a number), COUNT_MAX at most."""
    hint = hints.get("exemplars")
    value = otherwise if hint is None else hint.value
    if isinstance(value, bool):
        return COUNT_MAX if value else 0
    return max(0, min(int(value), COUNT_MAX)) if isinstance(value, int | float) else otherwise


class Spread:
    """How `count` exemplars are spread over groups and time."""

    def __init__(self, count: int, groups: int, steps: int) -> None:
        self.count = count
        a_group = max(1, count // max(1, groups))
        self.steps = max(1, -(-steps // a_group))
        """Intervals that share exemplars."""
        self.each = max(1, a_group // max(1, -(-steps // self.steps)))
        """Exemplars of one group in those."""

    def thinned(self, found: Sequence[Picked]) -> list[Picked]:
        """Those of `found` that are shown."""
        seen: dict[tuple[Labels, int], int] = {}
        kept: list[Picked] = []
        for one in found:
            place = one.key[0], one.step // self.steps
            seen[place] = seen.get(place, 0) + 1
            if seen[place] <= self.each and len(kept) < self.count:
                kept.append(one)
        return kept


def attach(found: Sequence[Series], picked: Sequence[Picked], function: str) -> None:
    """Show each exemplar on the series that its span counts for: of quantiles, the lowest that is not below it."""
    by_group: dict[Labels, list[Series]] = {}
    for series in found:
        by_group.setdefault(_group(series.labels), []).append(series)
    for one in picked:
        own = by_group.get(_group(one.key[0]), [])
        if function == "histogram_over_time":
            own = [s for s in own if _covers(s, own, one)]
        elif function == "quantile_over_time":
            own = [s for s in own if s.values[one.step] >= one.value][:1] or own[-1:]
        if own:
            own[0].shows(one.exemplar(function))


def _covers(series: Series, others: Sequence[Series], one: Picked) -> bool:
    """Whether its bucket is the smallest that holds the value."""
    return _bound(series) == min((b for s in others if (b := _bound(s)) >= one.value), default=None)


def _bound(series: Series) -> float:
    static = dict(series.labels)[BUCKET]
    return float(static.value or 0) if static is not None else math.inf


def _group(labels: Labels) -> Labels:
    return tuple(pair for pair in labels if pair[0] not in ("__name__", BUCKET, "p"))
