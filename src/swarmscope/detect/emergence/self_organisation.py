"""Self-organisation: communities form, dissolve, join and part without anybody saying so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from swarmscope.detect.emergence.base import Emergence, EmergenceOptions, Pattern, Scene
from swarmscope.query.interactions import Met
from swarmscope.stats import networks
from swarmscope.stats.surrogates import holm

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
B = NDArray[np.bool_]
_TITLES = {
    "birth": "A community of {n} agents has formed",
    "death": "A community of {n} agents has dissolved",
    "merge": "{k} communities have become one of {n} agents",
    "split": "A community of {n} agents has fallen into {k}",
}


@dataclass(frozen=True, slots=True)
class _Cell:
    """Contacts inside a community (a == b) or between two: traces now and before, and what a change would mean."""

    a: int
    b: int
    now: int
    before: int
    p: float


class SelfOrganisation(Pattern):
    """Who works with whom changes: communities are born, die, merge or split between the window and the two before it.

    Communities by Leiden. Those of before are sought in the hour before the windows and, where little happened in it, in one
    half of the traces of before; whether they merge or die is tested on the rest and on all that is new. Those of now, for
    births and splits, are sought in one half of the new and tested on the rest: a community that was chosen for being dense is
    dense in what it was chosen from. Test: Fisher's exact test of the share of traces with a contact inside (birth, death) or
    across (merge, split), against traces dealt out to the windows at random; Holm over all of them.

    Example: two teams of ten begin to ask each other: the contacts across rise from 1 % to 40 %, their communities merge.

    Source: Traag et al. 2019 (Leiden); Greene et al. 2010 (fates of communities); Holm 1979.
    """

    name: ClassVar[str] = "self_organisation"
    kinds: ClassVar[tuple[str, ...]] = ("community_merge", "community_split", "community_birth", "community_death")

    class Options(EmergenceOptions, frozen=True):
        sensitivity: Annotated[float, Meta(ge=0, le=1, description="0 dull, 1 keen: how rare it must be")] = 0.65
        members_min: Annotated[
            int, Meta(ge=3, le=10_000, description="agents of the smallest community that counts")
        ] = 4

    def seek(self, scene: Scene, level: float, rng: np.random.Generator) -> list[Emergence]:
        """Every change of a community that chance gives in less than one case of twenty."""
        met = scene.met
        now = met.time_s >= scene.offset_s
        half = met.trace % np.uint64(2) == 0
        if now.sum() < 8 or (~now).sum() < 8:
            return []
        told = []
        asking, asked, often = scene.past
        enough = often.sum() >= (~now).sum()  # what was before the windows tells more than half of them would
        for sought, tested_now, tested_before, forward in (
            (half & ~now & (not enough), now, ~now & (enough | ~half), True),
            (half & now, ~half & now, ~now, False),
        ):
            source, target, calls = met.source[sought], met.target[sought], np.ones(int(sought.sum()))
            if forward:
                source, target = np.concatenate((source, asking)), np.concatenate((target, asked))
                calls = np.concatenate((calls, often))
            net = networks.network(len(scene.agents), source, target, calls)
            labels = _large(networks.communities(net)[1], self.options.members_min)
            totals = [len(np.unique(met.trace[w])) for w in (tested_now, tested_before)]
            across, within = _cells(met, labels, tested_now, tested_before, totals, forward)
            told += self._joined(scene, labels, across, totals, "merge" if forward else "split", max(level, 0.05))
            told += self._alone(scene, labels, within, totals, "death" if forward else "birth", max(level, 0.05))
        return told

    def _joined(
        self, scene: Scene, labels: I64, cells: list[_Cell], totals: list[int], kind: str, limit: float
    ) -> list[Emergence]:
        """Communities between which contacts changed, those that hang together as one event."""
        rare = [c for c in cells if c.p <= limit]
        group = {x: x for c in rare for x in (c.a, c.b)}

        def root(x: int) -> int:
            while group[x] != x:
                x = group[x]
            return x

        for c in rare:
            group[root(c.a)] = root(c.b)
        told = []
        for top in sorted({root(x) for x in group}):
            parts = [x for x in group if root(x) == top]
            mine = [c for c in rare if root(c.a) == top]
            told.append(self._told(scene, labels, parts, mine, totals, kind))
        return told

    def _alone(
        self, scene: Scene, labels: I64, cells: list[_Cell], totals: list[int], kind: str, limit: float
    ) -> list[Emergence]:
        return [self._told(scene, labels, [c.a], [c], totals, kind) for c in cells if c.p <= limit]

    def _told(
        self, scene: Scene, labels: I64, parts: list[int], cells: list[_Cell], totals: list[int], kind: str
    ) -> Emergence:
        members = np.flatnonzero(np.isin(labels, parts))
        now, before = (
            sum(counts) / max(1, total)
            for counts, total in zip(([c.now for c in cells], [c.before for c in cells]), totals, strict=True)
        )
        p = min(c.p for c in cells)
        where = "between them" if kind in ("merge", "split") else "inside"
        return Emergence(
            kind=f"community_{kind}",
            title=_TITLES[kind].format(n=len(members), k=len(parts)),
            explanation=f"{now:.1%} of the traces of this window have a contact {where}, {before:.1%} of those before. Traces "
            f"dealt out to the windows at random differ as much with probability {p:.2g} (corrected for all that was tested).",
            p=p,
            magnitude=float(abs(now - before) / max(now + before, 1e-9)),
            least=0.3,
            onset_ns=scene.within.start_ns,
            participants=scene.names(members),
            observed=now,
            expected=before,
            statistic="contacts_share",
            subject=f"community of {scene.lead(members)}",
            features=(("members", float(len(members))), ("communities", float(len(parts)))),
            recommendation="See whether the change was meant (rollout, new routing); if not, look at who asks whom first.",
        )


def _large(labels: I64, least: int) -> I64:
    """Communities of at least `least` agents; the others are −1. Numbers stay."""
    size = np.bincount(labels[labels >= 0]) if (labels >= 0).any() else np.zeros(1, np.int64)
    return np.where((labels >= 0) & (size[np.maximum(labels, 0)] >= least), labels, -1)


def _cells(
    met: Met, labels: I64, now: B, before: B, totals: list[int], forward: bool
) -> tuple[list[_Cell], list[_Cell]]:
    """Cells across and within communities that have contacts, with probabilities corrected for all cells that there could be.

    forward: across for more, within for less; else the other way round.
    """
    width = int(labels.max(initial=0)) + 1
    known = len(np.unique(labels[labels >= 0]))
    a, b = labels[met.source], labels[met.target]
    cell = np.where((a >= 0) & (b >= 0), np.minimum(a, b) * width + np.maximum(a, b), -1)
    counts = []
    for part in (now, before):
        pairs = np.unique(np.stack((cell[part & (cell >= 0)], met.trace[part & (cell >= 0)].astype(np.int64))), axis=1)
        counts.append(dict(zip(*(x.tolist() for x in np.unique(pairs[0], return_counts=True)), strict=True)))
    names = sorted(set(counts[0]) | set(counts[1]))
    out: tuple[list[_Cell], list[_Cell]] = ([], [])
    for inside, tests in ((False, known * (known - 1) // 2), (True, known)):
        mine = [c for c in names if (c // width == c % width) == inside]
        seen = [(counts[0].get(c, 0), counts[1].get(c, 0)) for c in mine]
        raw = [networks.rewiring(n, totals[0], o, totals[1])[0 if forward != inside else 1] for n, o in seen]
        p = holm(np.array(raw + [1.0] * max(0, tests - len(raw))))
        for c, (n, o), q in zip(mine, seen, p.tolist(), strict=False):
            out[inside].append(_Cell(c // width, c % width, n, o, q))
    return out
