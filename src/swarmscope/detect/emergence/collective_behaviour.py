"""Collective behaviour: many agents act at the same moments, or to the same beat."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from msgspec import Meta

from swarmscope.detect.emergence.base import WINDOW_MIN_S, Emergence, EmergenceOptions, Pattern, Scene, draws_of
from swarmscope.stats.surrogates import holm
from swarmscope.stats.synchrony import synchrony


class CollectiveBehaviour(Pattern):
    """Agents begin work in step with each other.

    Looks at work that agents begin unasked. Order parameters: Kuramoto's R at the strongest common period, and the variance of
    the sum over the sum of the variances. Null: each agent's beginnings turned round the window by a step of its own.

    Example: forty agents of a hundred wake up every twenty seconds: R = 0.4 at a period of 20 s.

    Source: Kuramoto 1975; Strogatz 2000; Loreau & de Mazancourt 2008 (variance ratio).
    """

    name: ClassVar[str] = "collective_behaviour"
    kinds: ClassVar[tuple[str, ...]] = ("synchrony",)

    class Options(EmergenceOptions, frozen=True):
        sensitivity: Annotated[float, Meta(ge=0, le=1, description="0 dull, 1 keen: how rare it must be")] = 0.6
        order_min: Annotated[float, Meta(ge=0, le=1, description="order parameter from which on it matters")] = 0.15

    def seek(self, scene: Scene, level: float, rng: np.random.Generator) -> list[Emergence]:
        """One answer about the fleet."""
        begun = scene.begun
        start = max(scene.offset_s, float(begun.time_s.min(initial=np.inf)))  # that a fleet begins is no rhythm
        length = scene.offset_s + scene.window_s - start
        if not length >= WINDOW_MIN_S:
            return []
        now = begun.time_s >= start
        seen = synchrony(
            begun.agent[now], begun.time_s[now] - start, len(scene.agents), length, rng, 1.0, draws_of(level, 2)
        )
        if not seen.order_test.draws:
            return []
        p = float(holm(np.array([seen.order_test.p, seen.variance_test.p])).min())
        extra = 1 - 1 / max(1.0, seen.variance_ratio)  # share of the fleet's fluctuations that is common
        keen = np.flatnonzero(seen.contribution > 0.5)
        keen = keen[np.argsort(-seen.contribution[keen], kind="stable")]
        return [
            Emergence(
                kind="synchrony",
                title=f"Agents begin work in step: order {seen.order:.2f} at a period of {seen.period_s:.0f} s",
                explanation=f"Kuramoto's order parameter of {int(now.sum())} beginnings is {seen.order:.3f} at a period of "
                f"{seen.period_s:.1f} s. The fleet's activity varies {seen.variance_ratio:.1f} times as much as that of "
                f"independent agents would (mean correlation {seen.correlation:.4f}).",
                p=p,
                magnitude=max(seen.order, extra if seen.variance_ratio > 2 else 0.0),
                least=self.options.order_min,
                onset_ns=scene.moment_ns(start + seen.onset_s),
                participants=scene.names(keen),
                observed=seen.order,
                expected=1 / max(1.0, float(now.sum())) ** 0.5,
                statistic="order_parameter",
                draws=seen.order_test.draws,
                features=(("order_parameter", round(seen.order, 4)), ("variance_ratio", round(seen.variance_ratio, 4))),
                recommendation="Look for a common trigger (schedule, retry, broadcast); add jitter where bursts hurt.",
            )
        ]
