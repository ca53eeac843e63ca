"""Wedged, not busy: a step that runs far longer than such steps take, while nothing else ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

import numpy as np
from msgspec import Meta

from swarmscope.detect.agentic.base import Agentic, Level, heard_until, seconds
from swarmscope.detect.agentic.silence import paused_s
from swarmscope.detect.base import Options as BaseOptions
from swarmscope.detect.base import Question
from swarmscope.model.finding import Finding
from swarmscope.query.agentic import durations
from swarmscope.query.times import MINUTE_NS, SECOND_NS, Window
from swarmscope.stats.calibration import normal_tail

PAST_MINUTES = 60
AGAIN_S = 60
KNOWN_MIN = 30  # spans of a name from which its durations are known
SPREAD_MIN = 0.25  # of the logarithm of durations
UNKNOWN_FACTOR = 3.0  # a step whose like was never seen to end must be so much older


@dataclass(slots=True, weakref_slot=True)
class _Kept:
    """How long steps take, by name, and of which window."""

    of: Window | None = None
    known: dict[str, tuple[float, float, float, int]] = field(default_factory=dict)


class Wedged(Agentic):
    """Agents that started a step which never ends, told from those that are busy with a long one.

    A step is pending since it began and nothing of the agent has ended after that: an agent whose tools and models still
    answer is busy, however long its task takes. The age is compared with how long steps of that name took within the last
    hour: the tail of a log-normal law, and of a power law beyond the 99th percentile, the larger of both. A step whose like was
    never seen to end must be three times `age_min_s` old. A time in which nobody was heard, such as while this platform was
    away, is no part of an age.

    Needs spans that are told of when they begin (docs/semantics.md); `silence` covers agents that tell only of ends.

        [plugins.options.detector.wedged]
        age_min_s = 120

    Sources: Limpert, Stahel & Abbt, BioScience 2001; Pickands, Ann. Stat. 1975.
    """

    name: ClassVar[str] = "wedged"
    kinds: ClassVar[tuple[str, ...]] = ("wedged",)
    lasting: ClassVar[tuple[str, ...]] = kinds

    class Options(BaseOptions, frozen=True, forbid_unknown_fields=True):
        """age_min_s: of the pending step. factor: of the 99th percentile. level: false ones."""

        age_min_s: Annotated[
            float, Meta(ge=5, le=86_400, description="least age of the step, seconds", extra={"sensitive": (180, 30)})
        ] = 60.0
        factor: Annotated[
            float, Meta(ge=1, le=100, description="times as old as 99 of 100 such steps", extra={"sensitive": (6, 1.5)})
        ] = 3.0
        level: Level = 0.001

    def judge(self, seen: Question) -> Sequence[Finding]:
        """One finding per agent that is stuck now."""
        view = seen.view
        if view is None or not len(view.agent):
            return []
        e, now_ns = view.evidence, heard_until(view, seen.within.end_ns)
        age = (now_ns - e.pending_start) / SECOND_NS
        stuck = (e.pending > 0) & (e.last_end <= e.pending_start) & (age >= self.options.age_min_s)
        stuck &= ~((e.stopped > 0) & (e.stopped >= e.pending_start)) & (age < 86_400)
        places = np.flatnonzero(stuck)
        if not len(places):
            return []
        age[places] -= paused_s(seen, e.pending_start[places], now_ns)
        places = places[age[places] >= self.options.age_min_s]
        known = self._known(seen)
        law = np.array([known.get(view.pending_name[p], (0.0, 0.0, 0.0, 0)) for p in places.tolist()], np.float64)
        tails = self._tails(age[places], law)
        chosen = self.rare(tails, len(view.agent))
        return [
            self._finding(seen, view, int(places[i]), float(age[places[i]]), law[i], float(tails[i])) for i in chosen
        ]

    def _tails(self, age: Any, law: Any) -> Any:
        """How rarely such a step takes so long; law: median, 90th, 99th percentile, count, one row per step."""
        p50, p90, p99, count = law.T
        sure = (count >= KNOWN_MIN) & (p50 > 0)
        with np.errstate(all="ignore"):
            sigma = np.maximum(np.log(p99 / p50) / 2.326, SPREAD_MIN)
            normal = normal_tail((np.log(age / p50) / sigma).astype(np.float32))
            exponent = np.log(10) / np.maximum(np.log(p99 / p90), 0.1)
            power = 0.01 * np.minimum(1, (p99 / age)) ** exponent
            tails = np.where(age > self.options.factor * p99, np.maximum(normal, power), 1.0)
        unknown = np.where(age >= UNKNOWN_FACTOR * self.options.age_min_s, 1e-9, 1.0)
        return np.where(sure, np.nan_to_num(tails, nan=1.0), unknown)

    def _known(self, seen: Question) -> dict[str, tuple[float, float, float, int]]:
        kept = seen.reads.kept(_Kept)
        end_ns = seen.within.end_ns // (AGAIN_S * SECOND_NS) * AGAIN_S * SECOND_NS
        window = Window(end_ns - PAST_MINUTES * MINUTE_NS, end_ns)
        if kept.of != window:
            kept.known, kept.of = durations(seen.reads, window), window
        return kept.known

    def _finding(self, seen: Question, view: Any, place: int, age: float, law: Any, p: float) -> Finding:
        agent, name = view.agent[place], view.pending_name[place]
        usual = (
            f"99 of 100 such steps end within {seconds(law[2])}"
            if law[3] >= KNOWN_MIN
            else "no such step was seen to end"
        )
        beats = view.evidence.last_heartbeat[place] > view.evidence.pending_start[place]
        return self.finding(
            seen, "wedged", agent, f"{agent} is wedged in {name or 'a step'}", p, severity="high",
            start_ns=int(view.evidence.pending_start[place]), observed=age, expected=float(law[0]) if law[3] else float("nan"),
            upper=float(law[2]) if law[3] else float("nan"),
            explanation=f"{name or 'A step'} began {seconds(age)} ago and nothing of {agent} has ended since; {usual}."
            + (" Its process is alive: it sends heartbeats." if beats else ""),
            recommendation="look at the pending span; give the call a timeout; restart the agent if what it waits for is gone",
        )  # fmt: skip
