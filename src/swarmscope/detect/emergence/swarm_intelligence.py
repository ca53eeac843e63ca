"""Swarm intelligence: groups reach what the best of their members does not."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from msgspec import Meta

from swarmscope.detect.emergence.base import Emergence, EmergenceOptions, Pattern, Scene, draws_of
from swarmscope.stats.information import synergy


class SwarmIntelligence(Pattern):
    """Tasks done together come out better than the best of their agents does alone.

    What each agent reaches alone is its mean outcome (quality, else success) over tasks of its own. The gain of a joint task is
    its outcome less the highest of those. Null: outcomes dealt out anew over all tasks, solitary and joint alike.

    Example: planners alone reach 0.7, coders alone 0.6, tasks of both 0.9: a gain of 0.2.

    Source: Woolley et al. 2010 (collective intelligence); Steiner 1972 (assembly bonus).
    """

    name: ClassVar[str] = "swarm_intelligence"
    kinds: ClassVar[tuple[str, ...]] = ("swarm_intelligence",)

    class Options(EmergenceOptions, frozen=True):
        sensitivity: Annotated[float, Meta(ge=0, le=1, description="0 dull, 1 keen: how rare it must be")] = 0.7
        gain_min: Annotated[float, Meta(ge=0, le=1, description="gain in outcome from which on it matters")] = 0.02

    def seek(self, scene: Scene, level: float, rng: np.random.Generator) -> list[Emergence]:
        """One answer about the fleet."""
        tasks = scene.tasks
        seen = synergy(tasks.task, tasks.agent, tasks.outcome, rng, draws_of(level))
        if not seen.verdict.draws:
            return []
        best = seen.joint[np.argsort(-seen.per_task, kind="stable")[:20]]
        members = np.unique(tasks.agent[np.isin(tasks.task, best)])
        return [
            Emergence(
                kind="swarm_intelligence",
                title=f"Together better than the best alone: {seen.gain:+.3f} in outcome over {seen.tasks} joint tasks",
                explanation=f"Joint tasks reach {seen.together:.3f} on average, solitary ones {seen.alone:.3f}. "
                "Against the best "
                f"of its members alone, a joint task gains {seen.gain:+.3f}; outcomes dealt out anew gain "
                f"{seen.verdict.mean:+.3f} ± {seen.verdict.deviation:.3f}.",
                magnitude=float(np.clip(seen.gain, 0, 1)),
                least=self.options.gain_min,
                onset_ns=scene.moment_ns(float(tasks.time_s[seen.joint].min())),
                participants=scene.names(members),
                statistic="synergy",
                draws=seen.verdict.draws,
                evidence=tuple(("trace", tasks.traces[i]) for i in best[:5].tolist()),
                good=True,
                recommendation="Look at what these groups do differently, and route such tasks to them.",
                p=seen.verdict.p,
                observed=seen.verdict.observed,
                expected=seen.verdict.mean,
            )
        ]
