"""Self-organisation: communities form, dissolve, join and part without anybody saying so."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from swarmscope.detect.emergence.base import Emergence, EmergenceOptions, Pattern, Scene
from swarmscope.stats import networks
from swarmscope.stats.surrogates import holm

I64 = NDArray[np.int64]
B = NDArray[np.bool_]
_TITLES = {
    "birth": "A community of {n} agents has formed",
    "death": "A community of {n} agents has dissolved",
    "merge": "{k} communities have become one of {n} agents",
    "split": "A community of {n} agents has fallen into {k}",
}


class SelfOrganisation(Pattern):
    """Who works with whom changes: communities are born, die, merge or split between the window and the two before it.

    Communities by Leiden, matched by overlap. They are sought in one half of the traces and tested in the other, since a
    community that was chosen for being dense is dense in what it was chosen from. Test: Fisher's exact test of the share of
    traces with a contact inside (birth, death) or across (merge, split), against traces dealt out to the windows at random.

    Example: two teams of ten begin to ask each other: their communities merge, the contacts across rise from 1 % to 40 %.

    Source: Traag et al. 2019 (Leiden); Greene et al. 2010 (fates of communities).
    """

    name: ClassVar[str] = "self_organisation"
    kinds: ClassVar[tuple[str, ...]] = ("community_birth", "community_death", "community_merge", "community_split")

    class Options(EmergenceOptions, frozen=True):
        sensitivity: Annotated[float, Meta(ge=0, le=1, description="0 dull, 1 keen: how rare it must be")] = 0.65
        members_min: Annotated[
            int, Meta(ge=3, le=10_000, description="agents of the smallest community that counts")
        ] = 4

    def seek(self, scene: Scene, level: float, rng: np.random.Generator) -> list[Emergence]:
        """Every change of a community, with its probability."""
        met, n = scene.met, len(scene.agents)
        now = met.time_s >= scene.offset_s
        sought = met.trace % np.uint64(2) == 0
        before, after = (
            networks.communities(networks.network(n, met.source[sought & part], met.target[sought & part]))[1]
            for part in (~now, now)
        )
        changes, _ = networks.fates(before, after, self.options.members_min)
        if not changes:
            return []
        tests = ~sought
        rows = [_tested(scene, change, before, after, tests & now, tests & ~now) for change in changes]
        p = holm(np.array([r[0] for r in rows]))
        return [
            self._told(scene, change, float(q), now_share, before_share)
            for change, q, (_, now_share, before_share) in zip(changes, p, rows, strict=True)
        ]

    def _told(self, scene: Scene, change: networks.Fate, p: float, now: float, before: float) -> Emergence:
        members, k = change.members, max(len(change.before), len(change.after))
        where = "across them" if change.kind in ("merge", "split") else "inside"
        return Emergence(
            kind=f"community_{change.kind}",
            title=_TITLES[change.kind].format(n=len(members), k=k),
            explanation=f"{now:.1%} of the traces of this window have a contact {where}, {before:.1%} of those "
            "before. Traces dealt "
            f"out to the windows at random differ as much with probability {p:.2g} (corrected for all changes looked at).",
            p=p,
            magnitude=float(abs(now - before) / max(now + before, 1e-9)),
            least=0.3,
            onset_ns=scene.within.start_ns,
            participants=scene.names(members),
            observed=now,
            expected=before,
            statistic="contacts_share",
            subject=f"community of {scene.agents[int(members[0])]}",
            features=(("members", float(len(members))), ("overlap", round(change.overlap, 4))),
            recommendation="See whether the change was meant (rollout, new routing); if not, look at who asks whom first.",
        )


def _tested(
    scene: Scene, change: networks.Fate, before: I64, after: I64, now: B, earlier: B
) -> tuple[float, float, float]:
    """Probability, share of traces with such a contact now, and before."""
    met = scene.met
    labels = before if change.kind in ("merge", "death") else after
    parts = {"merge": change.before, "death": change.before, "split": change.after, "birth": change.after}[change.kind]
    own = np.where(np.isin(labels, parts), labels, -1)
    a, b = own[met.source], own[met.target]
    hit = (a >= 0) & (b >= 0) & ((a != b) if change.kind in ("merge", "split") else (a == b))
    counts = [(len(np.unique(met.trace[hit & w])), len(np.unique(met.trace[w]))) for w in (now, earlier)]
    more, fewer = networks.rewiring(*counts[0], *counts[1])
    p = more if change.kind in ("birth", "merge") else fewer
    return p, counts[0][0] / max(1, counts[0][1]), counts[1][0] / max(1, counts[1][1])
