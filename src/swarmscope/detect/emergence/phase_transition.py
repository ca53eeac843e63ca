"""Phase transition: the fleet recovers ever more slowly, as systems do before they tip."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from swarmscope.detect.emergence.base import STEP_S, Emergence, EmergenceOptions, Pattern, Scene, draws_of
from swarmscope.query.times import SECOND_NS
from swarmscope.stats.surrogates import holm
from swarmscope.stats.warning import EarlyWarning, early_warning, morans_i

F64 = NDArray[np.float64]
GROUPS_MAX = 6
GROUP_MIN = 5
SIGNALS = ("latency", "errors", "calls")


class PhaseTransition(Pattern):
    """Variance and memory of a signal rise together: an early warning that something is about to tip.

    Looks at latency, failures and activity of the whole fleet and of its largest communities over three windows. Indicators:
    rolling variance and lag-1 autocorrelation of what is left after detrending, and their trends (Kendall's τ). Statistic: how
    much larger fluctuations are late than early. Null: stationary series with the same variance, memory and noise.
    Moran's I says whether neighbours move together.

    Example: latencies of a community swing ever wider and longer for five minutes, then its model fails over.

    Source: Scheffer et al. 2009; Dakos et al. 2012.
    """

    name: ClassVar[str] = "phase_transition"
    kinds: ClassVar[tuple[str, ...]] = ("phase_transition",)

    class Options(EmergenceOptions, frozen=True):
        sensitivity: Annotated[float, Meta(ge=0, le=1, description="0 dull, 1 keen: how rare it must be")] = 0.8
        trend_min: Annotated[float, Meta(ge=0, le=1, description="mean trend (τ) from which on it matters")] = 0.3

    def seek(self, scene: Scene, level: float, rng: np.random.Generator) -> list[Emergence]:
        """The strongest warning of each group."""
        groups = groups_of(scene)
        looked = [(g, s, warned(scene, s, who, rng, 999)) for g, who in groups for s in SIGNALS]
        looked = [x for x in looked if x[2].verdict.draws]
        if not looked:
            return []
        draws = draws_of(level, len(looked))
        who_of = dict(groups)
        again = []
        for group, signal, seen in looked:
            if seen.verdict.p <= 0.01 and draws > 999:
                seen = warned(scene, signal, who_of[group], rng, draws)
            again.append((group, signal, seen))
        p = holm(np.array([x[2].verdict.p for x in again]))
        best: dict[int, int] = {}
        for i in np.argsort(p, kind="stable").tolist():
            best.setdefault(again[i][0], i)
        return [self._told(scene, *again[i], who_of[again[i][0]], float(p[i])) for i in best.values()]

    def _told(
        self, scene: Scene, group: int, signal: str, seen: EarlyWarning, who: NDArray[np.int64], p: float
    ) -> Emergence:
        x = scene.signals[signal]
        late = mean_of(x[:, -x.shape[1] // 3 :].T, np.arange(x.shape[1] // 3 + (x.shape[1] % 3 > 0)))
        near = morans_i(late, scene.network.source[_known(scene, x)], scene.network.target[_known(scene, x)])
        onset = scene.moment_ns(seen.onset * STEP_S)
        name = f"the community around {scene.lead(who)}" if group >= 0 else "the fleet"
        return Emergence(
            kind="phase_transition",
            title=f"{name[0].upper()}{name[1:]} slows down in {signal}: a transition may be near",
            explanation=f"Over {scene.long.length_ns / SECOND_NS:.0f} s the variance of {signal} rises (τ = "
            f"{seen.variance_trend:+.2f}) and so does its memory (τ = {seen.memory_trend:+.2f}). Its fluctuations are "
            f"{np.exp(seen.growth):.1f} times as large in the last third as in the first; stationary series with the "
            "same memory "
            f"and noise reach that with probability {seen.verdict.p:.2g}. Moran's I over interactions: {near:+.2f}.",
            p=p,
            magnitude=max(0.0, (seen.variance_trend + seen.memory_trend) / 2) if seen.memory_trend > 0 else 0.0,
            least=self.options.trend_min,
            onset_ns=onset,
            participants=scene.names(who) if group >= 0 else (),
            observed=seen.growth,
            expected=seen.verdict.mean,
            statistic=signal,
            draws=seen.verdict.draws,
            subject=f"community of {scene.lead(who)}" if group >= 0 else "",
            features=(
                ("variance_trend", round(seen.variance_trend, 4)),
                ("memory_trend", round(seen.memory_trend, 4)),
                ("morans_i", round(near, 4)),
            ),
            lead_ns=max(0, scene.within.end_ns - onset),
            recommendation="Take load off or add capacity now; look at what these agents share (model, tool, node).",
        )


def _known(scene: Scene, x: F64) -> NDArray[np.bool_]:
    net = scene.network
    return (net.source < len(x)) & (net.target < len(x))


def groups_of(scene: Scene) -> list[tuple[int, NDArray[np.int64]]]:
    """The fleet as group −1, and its largest communities."""
    n = len(scene.signals["calls"])
    labels = scene.communities[:n]
    groups = [(-1, np.arange(n))]
    for c in range(min(GROUPS_MAX, int(labels.max(initial=-1)) + 1)):
        who = np.flatnonzero(labels == c)
        if len(who) >= GROUP_MIN:
            groups.append((c, who))
    return groups if len(groups) > 2 else groups[:1]


def warned(scene: Scene, signal: str, who: NDArray[np.int64], rng: np.random.Generator, draws: int) -> EarlyWarning:
    """The early warning of a signal of a group."""
    calls = scene.signals["calls"]
    mean = mean_of(scene.signals[signal], who)
    mean[: int(np.argmax(calls.any(0)))] = np.nan  # before the fleet began there is nothing to compare with
    return early_warning(mean, rng, draws, items=None if signal == "calls" else calls[who].sum(0))


def mean_of(x: F64, who: NDArray[np.int64]) -> F64:
    """Mean of a signal over agents, per step; NaN where none has a value."""
    some = x[who]
    there = np.isfinite(some)
    count = there.sum(0)
    out: F64 = np.where(count > 0, np.where(there, some, 0).sum(0) / np.maximum(count, 1), np.nan)
    return out
