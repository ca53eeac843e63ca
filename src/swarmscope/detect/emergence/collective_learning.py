"""Collective learning: agents take up from each other what they did not do before."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from msgspec import Meta

from swarmscope.detect.emergence.base import Emergence, EmergenceOptions, Pattern, Scene, draws_of
from swarmscope.stats.information import ADOPTERS_MIN, spread
from swarmscope.stats.surrogates import holm

ITEMS_TESTED_MAX = 40


class CollectiveLearning(Pattern):
    """A content is taken up by contact: those who say it met somebody who said it before.

    Looks at contents (hashes of outputs) that several agents give out. Statistic: agents that had met an earlier one before
    their own first time. Null: the same agents at the same moments in another order, so that agents that are merely alike, or
    all taught at once, are no contagion. The hazard ratio tells how much likelier contact makes adoption.

    Example: one agent finds a phrasing that works; within two minutes twenty that asked it use it too.

    Source: Anagnostopoulos et al. 2008 (shuffle test); Aral et al. 2009.
    """

    name: ClassVar[str] = "collective_learning"
    kinds: ClassVar[tuple[str, ...]] = ("contagion",)

    class Options(EmergenceOptions, frozen=True):
        sensitivity: Annotated[float, Meta(ge=0, le=1, description="0 dull, 1 keen: how rare it must be")] = 0.75
        share_min: Annotated[
            float, Meta(ge=0, le=1, description="share of adopters by contact from which on it matters")
        ] = 0.4

    def seek(self, scene: Scene, level: float, rng: np.random.Generator) -> list[Emergence]:
        """Every content that enough agents took up within the window."""
        said, contacts, n = scene.said, scene.contacts, len(scene.agents)
        late = np.bincount(said.item[said.time_s >= scene.offset_s], minlength=len(said.hashes))
        size = np.bincount(said.item, minlength=len(said.hashes))
        chosen = np.flatnonzero((size >= ADOPTERS_MIN) & (late > 0))[:ITEMS_TESTED_MAX]
        seen = []
        for item in chosen.tolist():
            mine = said.item == item
            seen.append(
                spread(item, said.agent[mine], said.time_s[mine], n, contacts, rng, draws_of(level, len(chosen)))
            )
        p = holm(np.array([s.verdict.p for s in seen]))
        return [
            Emergence(
                kind="contagion",
                title=f"{s.exposed} of {len(s.reached)} agents took up the same output after meeting one that had it",
                explanation=f"The content {said.hashes[s.item]:016x} was given out by {len(s.reached)} agents; "
                f"{s.exposed} of them had "
                f"met an earlier one. In another order {s.verdict.mean:.1f} ± {s.verdict.deviation:.1f} would have. "
                "Contact makes "
                f"adoption {s.hazard_ratio:.1f} times as likely.",
                p=float(q),
                magnitude=s.exposed / max(1, len(s.reached) - 1),
                least=self.options.share_min,
                onset_ns=scene.moment_ns(float(s.times_s[0])),
                participants=scene.names(s.reached),
                observed=float(s.exposed),
                expected=s.verdict.mean,
                statistic=f"content {said.hashes[s.item]:016x}",
                draws=s.verdict.draws,
                subject=f"content {said.hashes[s.item]:016x}",
                features=(("hazard_ratio", round(s.hazard_ratio, 4)), ("reproduction", round(s.r, 4))),
                evidence=(("content", f"{said.hashes[s.item]:016x}"),),
                recommendation="Read the content: a useful habit may be kept, an error or an injected prompt must be "
                "stopped at "
                "its source, the first participant.",
            )
            for s, q in zip(seen, p, strict=True)
        ]
