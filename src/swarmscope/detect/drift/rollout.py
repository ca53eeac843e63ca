"""Drift that a rollout brought: what changed for the agents that got the new version, and not for the others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, ClassVar

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from swarmscope.detect.base import Options as BaseOptions
from swarmscope.detect.base import Question, WindowDetector
from swarmscope.model.finding import Finding
from swarmscope.query.drift import FIGURES, Minutes, minutes
from swarmscope.query.times import MINUTE_NS
from swarmscope.stats.calibration import normal_tail

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
WITNESSES_MIN = 5
CANDIDATES_MAX = 50
KINDS = {"version": "rollout_drift", "model": "model_drift", "prompt": "prompt_drift"}
FIELDS = {"version": "service.version", "model": "gen_ai.response.model", "prompt": "prompt"}
WORDS = {
    "duration": "latency",
    "output": "output tokens",
    "input": "input tokens",
    "failed": "failures",
    "cost": "cost",
}


class RolloutDrift(WindowDetector):
    """Changes that came with a new version, model or prompt, attributed to it.

    A value of `service.version`, of the answering model or of the system prompt (by its keyed hash) that appears within the
    window is a rollout. Each agent that took it up is compared with itself before, and these differences with those of
    agents of the same fleet that did not (difference in differences), so that a busy hour is not blamed on a release. An
    agent is one witness. Without others to compare with, the differences themselves are tested, twice as strictly.

        [plugins.options.detector.rollout_drift]
        change_min = 0.2

    Sources: Card & Krueger, AER 1994 (difference in differences); Welch, Biometrika 1947; Holm 1979.
    """

    name: ClassVar[str] = "rollout_drift"
    family: ClassVar[str] = "drift"
    kinds: ClassVar[tuple[str, ...]] = tuple(KINDS.values())
    every_s: ClassVar[float] = 30.0
    window_s: ClassVar[float] = 1800.0

    class Options(BaseOptions, frozen=True, forbid_unknown_fields=True):
        """change_min: relative change that matters. level: probability by chance, after Holm."""

        change_min: Annotated[
            float, Meta(ge=0, le=10, description="relative change that matters", extra={"sensitive": (0.3, 0.04)})
        ] = 0.1
        level: Annotated[
            float,
            Meta(gt=0, le=0.1, description="probability by chance, after Holm", extra={"sensitive": (1e-6, 1e-2)}),
        ] = 1e-4

    def judge(self, seen: Question) -> Sequence[Finding]:
        """One finding per rollout, with every figure that changed."""
        told = minutes(seen.reads, seen.within)
        tests = [t for by in KINDS for t in self._tested(told, by)]
        order = sorted(range(len(tests)), key=lambda i: tests[i][4])
        told_by: dict[tuple[str, int], list[tuple[str, float, float]]] = {}
        who: dict[tuple[str, int], tuple[I64, int]] = {}
        for rank, i in enumerate(order):
            by, value, figure, change, p, switched, at = tests[i]
            if p * (len(tests) - rank) > self.options.level:
                break
            if abs(change) >= self.options.change_min:
                told_by.setdefault((by, value), []).append((figure, change, p * (len(tests) - rank)))
                who[by, value] = (switched, at)
        return [
            self._finding(seen, told, by, value, changes, *who[by, value]) for (by, value), changes in told_by.items()
        ]

    def _tested(self, told: Minutes, by: str) -> list[tuple[str, int, str, float, float, I64, int]]:
        """Every figure of every new value: by, value, figure, relative change, probability, agents that switched, minute."""
        of, out = told.of[by], []
        if not len(of):
            return []
        begin = int(told.minute.min())
        first = np.full(len(told.values[by]), np.iinfo(np.int64).max)
        np.minimum.at(first, of, told.minute)
        fresh = np.flatnonzero((first > begin + 3) & np.array([bool(v) for v in told.values[by]]))[:CANDIDATES_MAX]
        for value in fresh.tolist():
            switch = np.full(len(told.agents), np.iinfo(np.int64).max)
            mine = of == value
            np.minimum.at(switch, told.agent[mine], told.minute[mine])
            switched = np.flatnonzero(switch < np.iinfo(np.int64).max)
            if len(switched) < WITNESSES_MIN:
                continue
            middle = int(np.median(switch[switched]))
            cut = np.where(switch < np.iinfo(np.int64).max, switch, middle)
            after = told.minute >= cut[told.agent]
            after &= mine | (switch[told.agent] == np.iinfo(np.int64).max)
            before = told.minute < cut[told.agent]
            for figure in FIGURES:
                change, p, moved = _difference(told, figure, before, after, switched)
                if math.isfinite(p):
                    out.append((by, value, figure, change, p, moved, middle))
        return out

    def _finding(self, seen: Question, told: Minutes, by: str, value: int, changes: Sequence[tuple[str, float, float]],
                 switched: I64, at: int) -> Finding:  # fmt: skip
        new = told.values[by][value]
        old = _before(told, by, value, switched)
        worst = max(changes, key=lambda c: abs(c[1]))
        p = min(c[2] for c in changes)
        said = ", ".join(
            f"{WORDS[f]} {'+' if c > 0 else '−'}{abs(c):.0%}" if f != "failed" else f"{WORDS[f]} {c:+.1%} of calls"
            for f, c, _ in changes
        )
        who = tuple(told.agents[a] for a in switched.tolist()[:200])
        bad = any(c > 0 for _, c, _ in changes)
        start_ns = at * MINUTE_NS
        return Finding(
            tenant=seen.tenant, detector=self.name, version=self.version, kind=KINDS[by], severity="medium" if bad else "info",
            subject_kind="model" if by == "model" else "group", subject=f"{FIELDS[by]}={new}", window_start_ns=start_ns,
            window_end_ns=max(seen.within.end_ns, start_ns), title=f"{FIELDS[by]} {new} changed {said}",
            score=float(-np.log10(max(p, 1e-300))), confidence=float(np.clip(1 - p, 0, 1)),
            signal=worst[0], observed=float(worst[1]), expected=0.0,
            explanation=f"{len(switched)} agents went from {old or 'nothing known'} to {new}; against themselves before, and "
            f"against agents that did not: {said}.",
            recommendation="compare both versions side by side; roll back if the change is not wanted",
            features=tuple((WORDS[f], round(abs(c), 4)) for f, c, _ in sorted(changes, key=lambda c: -abs(c[1]))),
            participants=who, labels={"attribution": FIELDS[by], "new": new, "old": old, "p": f"{p:.3g}"},
        )  # fmt: skip


def _difference(
    told: Minutes, figure: str, before: NDArray[np.bool_], after: NDArray[np.bool_], switched: I64
) -> tuple[float, float, I64]:
    """Change of those that switched beyond that of the others, its probability by chance, and who was seen on both sides."""
    n, value = len(told.agents), told.figures[figure]
    sums = [np.bincount(told.agent[rows], (value * told.calls)[rows], n) for rows in (before, after)]
    counts = [np.bincount(told.agent[rows], told.calls[rows], n) for rows in (before, after)]
    both = (counts[0] >= 2) & (counts[1] >= 2)
    with np.errstate(all="ignore"):
        moved = sums[1] / counts[1] - sums[0] / counts[0]
    is_new = np.zeros(n, np.bool_)
    is_new[switched] = True
    new, others = moved[both & is_new], moved[both & ~is_new]
    if len(new) < WITNESSES_MIN:
        return 0.0, math.nan, switched
    compared = len(others) >= WITNESSES_MIN
    change = float(new.mean() - (others.mean() if compared else 0.0))
    error = new.var(ddof=1) / len(new) + (others.var(ddof=1) / len(others) if compared else 0.0)
    freedom = len(new) + (len(others) if compared else 0) - 2
    t = abs(change) / math.sqrt(max(error, 1e-12))
    z = math.sqrt(freedom * math.log1p(t * t / freedom))  # Wallace 1959: Student's t as a normal deviate
    p = 2 * float(normal_tail(np.array([z], np.float32))[0])
    relative = change if figure == "failed" else math.expm1(min(change, 50.0))
    return relative, min(1.0, p if compared else max(2 * p, p**0.5)), np.flatnonzero(both & is_new)


def _before(told: Minutes, by: str, value: int, switched: I64) -> str:
    """What most of those that switched had before."""
    rows = np.isin(told.agent, switched) & (told.of[by] != value)
    if not rows.any():
        return ""
    return told.values[by][int(np.bincount(told.of[by][rows], told.calls[rows]).argmax())]
