"""Network effects: contents and troubles travel along who works with whom."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from msgspec import Meta

from swarmscope.detect.emergence.base import Emergence, EmergenceOptions, Pattern, Scene, draws_of
from swarmscope.stats.information import EDGES_TESTED_MAX, Adoptions, flow, granger
from swarmscope.stats.surrogates import holm

SIGNALS = ("latency", "errors")
EDGES_NAMED = 40
PASSED_MIN = 5
DRAWN_EDGES_MAX = 2_000 * EDGES_TESTED_MAX  # what a test may cost; few edges may be drawn more often


class NetworkEffects(Pattern):
    """What one agent says or suffers reaches those whom it works with.

    Two looks. Contents: adoptions that followed a contact with one who had the content, against contacts whose targets are
    dealt out anew (everybody asks and is asked as often); gives cascades and the reproduction number. Signals: conditional
    Granger causality over edges of latency and failures of model and tool calls, given the target's own past and the fleet's,
    against edges from other agents.

    Example: a slow tool of one agent shows in the latency of those who call it, ten seconds later.

    Source: Granger 1969, Geweke 1982; Barnett et al. 2009 (transfer entropy); Goel et al. 2016 (cascades).
    """

    name: ClassVar[str] = "network_effects"
    kinds: ClassVar[tuple[str, ...]] = ("information_flow", "network_effect")

    class Options(EmergenceOptions, frozen=True):
        sensitivity: Annotated[float, Meta(ge=0, le=1, description="0 dull, 1 keen: how rare it must be")] = 0.7
        reproduction_min: Annotated[float, Meta(ge=0, le=10, description="adoptions by contact per adopter")] = 0.15
        gain_min: Annotated[float, Meta(ge=0, le=1, description="mean gain over edges, above that of others")] = 0.01

    def seek(self, scene: Scene, level: float, rng: np.random.Generator) -> list[Emergence]:
        """One answer about contents, and one about the signal that travels most."""
        return self._contents(scene, level, rng) + self._signals(scene, level, rng)

    def _contents(self, scene: Scene, level: float, rng: np.random.Generator) -> list[Emergence]:
        said, n = scene.said, len(scene.agents)
        seen = flow(
            Adoptions(said.item, said.agent, said.time_s),
            len(said.hashes),
            n,
            scene.contacts,
            rng,
            scene.window_s,
            draws_of(level),
        )
        if not seen.verdict.draws or seen.passed < PASSED_MIN:
            return []
        source, target, count = (e[:EDGES_NAMED] for e in seen.edges)
        edges = tuple(
            ("edge", f"{scene.agents[s]} → {scene.agents[t]} ({c})")
            for s, t, c in zip(source.tolist(), target.tolist(), count.tolist(), strict=True)
        )
        return [
            Emergence(
                kind="information_flow",
                title=f"Contents spread from agent to agent: {seen.passed} adoptions by contact, R = {seen.r:.2f}",
                explanation=f"{seen.passed} first uses of a content followed a contact with an agent that had it; "
                "with contacts "
                f"dealt out anew {seen.verdict.mean:.1f} ± {seen.verdict.deviation:.1f}. Largest cascade: "
                f"{seen.cascades[0] if seen.cascades else 0} agents.",
                p=seen.verdict.p,
                magnitude=min(1.0, seen.r),
                least=self.options.reproduction_min,
                onset_ns=scene.moment_ns(float(said.time_s.min())),
                participants=scene.names(np.unique(np.concatenate((source, target)))),
                observed=seen.verdict.observed,
                expected=seen.verdict.mean,
                statistic="adoptions_by_contact",
                draws=seen.verdict.draws,
                features=(
                    ("reproduction", round(seen.r, 4)),
                    ("largest_cascade", float(max(seen.cascades, default=0))),
                ),
                evidence=edges,
                recommendation="Follow the edges to the first source; if the content is harmful, stop it there.",
            )
        ]

    def _signals(self, scene: Scene, level: float, rng: np.random.Generator) -> list[Emergence]:
        net = scene.network
        looked = []
        for name in SIGNALS:
            x = scene.signals[name]
            known = np.zeros(net.n, np.bool_)
            known[: len(x)] = np.isfinite(x).any(1)
            good = known[net.source] & known[net.target]
            source, target = net.source[good], net.target[good]
            seen = granger(x, source, target, rng, 199)
            if seen.verdict.draws and seen.verdict.p <= 0.01:
                most = max(1999, DRAWN_EDGES_MAX // min(len(source), EDGES_TESTED_MAX))
                seen = granger(x, source, target, rng, min(most, draws_of(level, len(SIGNALS))))
            if seen.verdict.draws:
                looked.append((name, source, target, seen))
        p = holm(np.array([s.verdict.p for *_, s in looked]))
        told = []
        for q, (name, source, target, seen) in zip(p, looked, strict=True):
            top = seen.edges[np.argsort(-seen.gain, kind="stable")[:EDGES_NAMED]]
            told.append(
                Emergence(
                    kind="network_effect",
                    title=f"{name.capitalize()} travels along interactions: neighbours foretell each other",
                    explanation=f"Over {len(seen.edges)} edges the {name} of the source explains "
                    f"{seen.verdict.observed:.4f} of its "
                    f"target's next step beyond the target's own past and the fleet's (log ratio of variances); sources that "
                    f"are others' explain {seen.verdict.mean:.4f} ± {seen.verdict.deviation:.4f}.",
                    p=float(q),
                    magnitude=float(np.clip(seen.verdict.observed - seen.verdict.mean, 0, 1)),
                    least=self.options.gain_min,
                    onset_ns=scene.long.start_ns,
                    participants=scene.names(np.unique(np.concatenate((source[top], target[top])))),
                    observed=seen.verdict.observed,
                    expected=seen.verdict.mean,
                    statistic=name,
                    draws=seen.verdict.draws,
                    evidence=tuple(
                        ("edge", f"{scene.agents[source[e]]} → {scene.agents[target[e]]}") for e in top[:10].tolist()
                    ),
                    recommendation="Look at the sources first: what slows or fails there is passed on.",
                )
            )
        return told
