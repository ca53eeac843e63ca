"""Surges of failures and refusals: a tool, a model or an agent that suddenly says no."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from swarmscope.detect.agentic.base import GUARD_MINUTES, USUAL_MINUTES, Agentic, Level
from swarmscope.detect.base import Options as BaseOptions
from swarmscope.detect.base import Question
from swarmscope.model.finding import Finding
from swarmscope.query.agentic import Outcomes, outcomes, refusals_logged
from swarmscope.query.times import MINUTE_NS, SECOND_NS, Window
from swarmscope.stats.tails import binomial_tail, poisson_tail

BY = ("tool", "model", "agent")
PAST_EVERY_S = 60
PRIOR_CALLS = 50.0  # so much weight has what is usual over all when little is known of one
CHANCE_MIN = 0.005
SPREAD = 1.5  # shares differ from hour to hour by more than chance: so much more is allowed
Count = Literal["calls", "failed", "refused", "most"]


@dataclass(slots=True, weakref_slot=True)
class _Kept:
    """How calls ended before, by what."""

    of: Window | None = None
    by: dict[str, dict[str, Outcomes]] = field(default_factory=dict)


class Surge(Agentic):
    """Tools and models that suddenly fail, and models and agents that suddenly refuse.

    Calls of the last two minutes by tool, by model and by agent against those of the half hour before: a binomial tail, with
    the usual share drawn towards that of all while little is known. Refusals are finish reasons (content filter, refusal,
    safety) and log lines that tell of one. Failures of single agents are left to the ensemble (`error_ratio`): where three
    agents or more call, a tool or model fails when it does so without the one that has most trouble.

        [plugins.options.detector.surge]
        factor = 4.0

    Sources: Chernoff 1952 for the tail; Efron & Morris, JASA 1975; OpenTelemetry `gen_ai.response.finish_reasons`.
    """

    name: ClassVar[str] = "surge"
    kinds: ClassVar[tuple[str, ...]] = ("tool_error_surge", "model_error_surge", "refusal_surge")
    every_s: ClassVar[float] = 10.0

    class Options(BaseOptions, frozen=True, forbid_unknown_fields=True):
        """factor: of the usual share. count_min: failures or refusals. level: false ones."""

        factor: Annotated[
            float, Meta(ge=1.1, le=100, description="times the usual share", extra={"sensitive": (5, 1.5)})
        ] = 2.5
        count_min: Annotated[int, Meta(ge=2, le=100_000, description="failures or refusals within two minutes")] = 8
        level: Level = 0.001

    def judge(self, seen: Question) -> Sequence[Finding]:
        """By tool, by model, by agent."""
        past, now = self._past(seen), {by: outcomes(seen.reads, seen.within, by) for by in BY}
        found = []
        for by, kind in (("tool", "tool_error_surge"), ("model", "model_error_surge")):
            found += self._told(seen, by, kind, now[by], past[by], "failed")
        for by in ("model", "agent"):
            found += self._told(seen, by, "refusal_surge", now[by], past[by], "refused")
        return found + self._logged(seen, {f.subject for f in found if f.kind == "refusal_surge"})

    def _past(self, seen: Question) -> dict[str, dict[str, Outcomes]]:
        kept = seen.reads.kept(_Kept)
        step = PAST_EVERY_S * SECOND_NS
        end_ns = seen.within.end_ns // step * step - GUARD_MINUTES * MINUTE_NS
        window = Window(end_ns - USUAL_MINUTES * MINUTE_NS, end_ns)
        if kept.of != window:
            kept.by, kept.of = {by: outcomes(seen.reads, window, by) for by in BY}, window
        return kept.by

    def _told(
        self,
        seen: Question,
        by: str,
        kind: str,
        now: dict[str, Outcomes],
        past: dict[str, Outcomes],
        which: Literal["failed", "refused"],
    ) -> list[Finding]:
        names = [n for n, o in now.items() if getattr(o, which) >= self.options.count_min]
        before = [o for o in past.values() if o.calls]
        if not names or not before:
            return []
        overall = float(_column(past, list(past), which).sum()) / sum(o.calls for o in before)
        calls, bad = (_column(now, names, k) for k in ("calls", which))
        known, was = (_column(past, names, k) for k in ("calls", which))
        usual = np.maximum((was + PRIOR_CALLS * overall) / (known + PRIOR_CALLS), CHANCE_MIN)
        others = bad if by == "agent" else np.maximum(bad - _column(now, names, "most"), 0)
        tails = binomial_tail(others, calls, np.minimum(SPREAD * usual, 0.99))
        tails = np.where((others >= 1) & (others / calls >= self.options.factor * usual), tails, 1.0)
        out = []
        for i in self.rare(tails, len(now)).tolist():
            share, name = float(bad[i] / calls[i]), names[i]
            what = "fails" if which == "failed" else "refuses"
            subject_kind = {"agent": "agent", "model": "model"}.get(by, "group")
            out.append(
                self.finding(
                    seen,
                    kind,
                    name,
                    f"{name} {what} {share:.0%} of its calls",
                    float(tails[i]),
                    subject_kind=subject_kind,
                    severity="high" if share >= 0.5 else "medium",
                    observed=share,
                    expected=float(usual[i]),
                    signal=_signal(by, which),
                    explanation=f"{bad[i]:.0f} of {calls[i]:.0f} calls in two minutes, by {len(now[name].agents)} agents or "
                    f"more; {usual[i]:.1%} is usual.",
                    recommendation="look at its newest failures and its status page; let callers back off or use another"
                    if which == "failed"
                    else "look at what is asked: a changed prompt, a stricter filter, an attack",
                    participants=tuple(now[name].agents) if by != "agent" else (),
                )
            )
        return out

    def _logged(self, seen: Question, known: set[str]) -> list[Finding]:
        now = refusals_logged(seen.reads, seen.within)
        names = [n for n, count in now.items() if count >= self.options.count_min and n not in known]
        if not names:
            return []
        step = PAST_EVERY_S * SECOND_NS
        end_ns = seen.within.end_ns // step * step - GUARD_MINUTES * MINUTE_NS
        past = refusals_logged(seen.reads, Window(end_ns - USUAL_MINUTES * MINUTE_NS, end_ns))
        part = seen.within.length_ns / (USUAL_MINUTES * MINUTE_NS)
        usual = np.array([(past.get(n, 0) + 1) * part for n in names])
        count = np.array([now[n] for n in names], np.float64)
        tails = np.where(count >= self.options.factor * usual, poisson_tail(count, SPREAD * usual), 1.0)
        return [
            self.finding(
                seen, "refusal_surge", names[i], f"{names[i]} logs {count[i]:.0f} refusals in two minutes", float(tails[i]),
                observed=float(count[i]), expected=float(usual[i]), explanation=f"{usual[i]:.1f} are usual in that time.",
                recommendation="look at what is asked: a changed prompt, a stricter filter, an attack",
            )
            for i in self.rare(tails, max(len(now), len(past))).tolist()
        ]  # fmt: skip


def _signal(by: str, which: Literal["failed", "refused"]) -> str:
    """The share that was seen, as a signal."""
    if which == "refused":
        return "refusal_ratio"
    return "tool_error_ratio" if by == "tool" else "error_ratio"


def _column(of: dict[str, Outcomes], names: Sequence[str], which: Count) -> NDArray[np.float64]:
    """One count of these names, 0 where nothing is known."""
    return np.array([float(getattr(of[n], which)) if n in of else 0.0 for n in names])
