"""Intelligence that degrades: answers get worse, less coherent, dearer, or the agent no longer copes with trouble."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from swarmscope.detect.agentic.base import Agentic, Level
from swarmscope.detect.base import Options as BaseOptions
from swarmscope.detect.base import Question
from swarmscope.model.finding import Finding
from swarmscope.query.agentic import recoveries
from swarmscope.query.times import MINUTE_NS, Window
from swarmscope.stats.baseline import ITEMS_MAX
from swarmscope.stats.calibration import normal_tail
from swarmscope.stats.tails import binomial_tail
from swarmscope.window import FRAME_BUCKETS, Panel

F64 = NDArray[np.float64]
DIMENSIONS: dict[str, tuple[tuple[str, float], ...]] = {
    "accuracy": (("quality", -1), ("accuracy", -1), ("error_ratio", 1), ("tool_error_ratio", 1)),
    "coherence": (("coherence", -1), ("repetition", 1)),
    "efficiency": (("efficiency", -1), ("cost", 1), ("output_tokens", 1)),
    "adaptability": (("adaptability", -1),),
}
"""Signals of each dimension, and the direction in which they are worse."""
MINUTES = (5, 9)
REPORTED = frozenset({"quality", "accuracy", "coherence", "efficiency", "adaptability"})
SKEWED = 0.5  # what is counted from spans is rare events and long tails: its deviations are trusted so much less
COHORT_MIN = 8
ALONE_SCALE = 1.5  # minutes of one agent are alike: without peers its sums are trusted so much less
RELATED = 0.5  # correlation that is assumed between the signals of a dimension
KNOWN_MIN = 4.0  # minutes of its own past without which nothing can have become worse
PAST_MINUTES, RECENT_MINUTES = 30, 10
TROUBLE_MIN = 5
PRIOR = 4.0


class Degradation(Agentic):
    """Agents whose intelligence degrades: accuracy, coherence, efficiency, adaptability.

    Each dimension gathers signals: accuracy the reported quality and accuracy and the shares of failures, coherence the
    reported coherence and repetition, efficiency the reported efficiency, cost and output tokens per call, adaptability the
    reported one and how often a task still ends well after a call in it failed. Means of the last 5 and the last 9 minutes
    are compared with what is normal for the agent, in units of how much such means scatter among its peers, so that a slow
    decline adds up and what happens to all of them is not held against one.

        [plugins.options.detector.degradation]
        z = 4.0

    Reported signals: `swarmscope.agent.intelligence.quality`, `.accuracy`, `.coherence`, `.efficiency`, `.adaptability`.

    Sources: Lai, JRSS B 1995 (window-limited GLR); Stouffer 1949 for combining; Chen, Zaharia & Zou, HDSR 2024 (drift of LLMs).
    """

    name: ClassVar[str] = "degradation"
    kinds: ClassVar[tuple[str, ...]] = ("degradation",)
    every_s: ClassVar[float] = 10.0

    class Options(BaseOptions, frozen=True, forbid_unknown_fields=True):
        """z: from which on a dimension counts. level: false ones. recovery: whether traces are read for adaptability."""

        z: Annotated[
            float, Meta(ge=1, le=20, description="deviations of a dimension, at least", extra={"sensitive": (7, 3)})
        ] = 4.0
        level: Level = 0.001
        recovery: Annotated[bool, Meta(description="whether traces are read for how agents cope with failures")] = True

    def judge(self, seen: Question) -> Sequence[Finding]:
        """One finding per agent with all dimensions in it."""
        panel = seen.panel
        if panel is None or not panel.agents:
            return []
        worst = np.full((len(DIMENSIONS), len(panel.agents)), np.nan)
        for look, minutes in enumerate(m for m in MINUTES if m * FRAME_BUCKETS <= len(panel.x)):
            z = np.array([self._dimension(panel, parts, minutes) for parts in DIMENSIONS.values()])
            worst = z if look == 0 else np.fmin(worst, z)  # it must hold for all of them
        if self.options.recovery:
            row = list(DIMENSIONS).index("adaptability")
            worst[row] = np.fmax(worst[row], self._recovery(seen, panel))
        known = np.isfinite(worst)
        tails = normal_tail(np.where(known, worst, -9).astype(np.float32)) * 2 * np.maximum(known.sum(0), 1)
        tails = np.where(known & (worst >= self.options.z), np.minimum(tails, 1), 1.0).min(0)
        return [
            self._finding(seen, panel, p, worst[:, p], float(tails[p]))
            for p in self.rare(tails, len(panel.agents)).tolist()
        ]

    def _dimension(self, panel: Panel, parts: Sequence[tuple[str, float]], minutes: int) -> F64:
        """How much worse than normal, (agents,), in deviations; NaN where nothing is known."""
        names = [s.name for s in panel.signals]
        rows = [(names.index(n), sign) for n, sign in parts if n in names]
        trust = [1.0 if panel.signals[row].name in REPORTED else SKEWED for row, _ in rows]
        z = np.array(
            [
                t * sign * _against_peers(_sums(panel, row, minutes), panel)
                for t, (row, sign) in zip(trust, rows, strict=True)
            ]
        )
        there = np.isfinite(z)
        count = there.sum(0)
        with np.errstate(all="ignore"):
            mean = np.where(there, z, 0).sum(0) / count
            together: F64 = mean * np.sqrt(count / (1 + RELATED * (count - 1)))
        reported = np.array(trust) == 1.0
        if reported.any():  # what is reported counts alone too: others that are well must not hide it
            together = np.fmax(together, np.fmax.reduce(z[reported]))
        return np.where(count > 0, together, np.nan)

    def _recovery(self, seen: Question, panel: Panel) -> F64:
        """Tasks that no longer end well after a failure, as deviations."""
        now_ns = seen.within.end_ns
        split_ns = now_ns - RECENT_MINUTES * MINUTE_NS
        told = recoveries(seen.reads, Window(now_ns - PAST_MINUTES * MINUTE_NS, now_ns), split_ns)
        out = np.full(len(panel.agents), np.nan)
        before, fine, late, well = np.array(list(told.values()), np.float64).reshape(-1, 4).T
        if not before.sum():
            return out
        lost_overall = 1 - fine.sum() / before.sum()
        usual = np.clip((before - fine + PRIOR * lost_overall) / (before + PRIOR), 0.02, 0.98)
        tails = np.where(late >= TROUBLE_MIN, binomial_tail(late - well, late, usual), np.nan)
        place = {a: i for i, a in enumerate(panel.agents)}
        at = np.array([place.get(a, -1) for a in told], np.int64)
        out[at[at >= 0]] = np.sqrt(-2 * np.log(tails[at >= 0]))  # a normal deviate that is at most so large
        return out

    def _finding(self, seen: Question, panel: Panel, place: int, z: F64, p: float) -> Finding:
        agent, names = panel.agents[place], list(DIMENSIONS)
        order = [i for i in np.argsort(-np.nan_to_num(z, nan=-99)).tolist() if np.isfinite(z[i]) and z[i] > 1]
        total = float(sum(z[i] ** 2 for i in order))
        told = [t for i in order for t in _told(panel, place, DIMENSIONS[names[i]])][:3]
        worst = names[order[0]]
        which = ", ".join(names[i] for i in order if z[i] >= self.options.z)
        return self.finding(
            seen, "degradation", agent, f"{agent} gets worse: {which}", p,
            start_ns=seen.within.end_ns - 5 * MINUTE_NS, severity="high" if z[order[0]] >= 8 else "medium",
            signal=next((n for n, _ in DIMENSIONS[worst] if n == "quality"), worst), observed=float("nan"),
            explanation="Over the last minutes: " + ("; ".join(told) if told else "tasks end badly after failures") + ".",
            recommendation="compare its newest answers with older ones; look whether a model, prompt or version changed",
            features=tuple((names[i], round(float(z[i] ** 2) / total, 4)) for i in order),
            cohort=panel.cohorts[int(panel.cohort[place])],
            labels={f"z_{n}": f"{v:.2f}" for n, v in zip(names, z.tolist(), strict=True) if np.isfinite(v)},
        )  # fmt: skip


def _sums(panel: Panel, row: int, minutes: int) -> F64:
    """Mean of a signal over the last minutes less what is normal, in deviations of such a mean, (agents,)."""
    frames = [-1 - back * FRAME_BUCKETS for back in range(minutes) if back * FRAME_BUCKETS < len(panel.x)]
    x = panel.x[frames, row].astype(np.float64)
    there = np.isfinite(x)
    weight = np.where(there, np.clip(panel.counts[frames, row].astype(np.float64), 1, ITEMS_MAX), 0)
    with np.errstate(all="ignore"):
        total = (weight * np.where(there, x - panel.mean[row], 0)).sum(0)
        whole = weight.sum(0)
        z: F64 = total / np.sqrt(whole * panel.spread[row] ** 2 + (whole * panel.unsure[row]) ** 2)
    enough = (there.sum(0) >= max(1, minutes // 2)) & (panel.known[row] >= KNOWN_MIN)
    return np.where(enough & np.isfinite(z), z, np.nan)


def _against_peers(z: F64, panel: Panel) -> F64:
    """In units of what peers scatter, and without what they have in common."""
    out = z / ALONE_SCALE
    for c in np.unique(panel.cohort).tolist():
        mine = panel.cohort == c
        values = z[mine & np.isfinite(z)]
        if len(values) >= COHORT_MIN:
            middle = float(np.median(values))
            scale = max(1.0, 1.4826 * float(np.median(np.abs(values - middle))))
            out[mine] = (z[mine] - middle) / scale
    return out


def _told(panel: Panel, place: int, parts: Sequence[tuple[str, float]]) -> list[str]:
    names = [s.name for s in panel.signals]
    out = []
    for name, sign in parts:
        if name not in names:
            continue
        row = names.index(name)
        signal, now, usual = panel.signals[row], panel.newest[row, place], panel.mean[row, place]
        if np.isfinite(now) and sign * (now - usual) > 0:
            one, other = (float(signal.inverse(v)) for v in (now, usual))
            out.append(f"{name.replace('_', ' ')} {one:.3g} where {other:.3g} is normal")
    return out
