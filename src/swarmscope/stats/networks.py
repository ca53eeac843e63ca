"""Who works with whom, as a whole: communities and their fates, central agents, and whether there is more than chance to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarmscope.stats.surrogates import NOTHING, Rng, Verdict, rewired, sequential

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
PIVOTS = 48
DAMPING = 0.85
ROUNDS_MAX = 100
DEPTH_MAX = 64
MATCH_MIN = 0.3
SIZE_MIN = 3
TRIALS, EDGES_FEW = 5, 2_000


@dataclass(frozen=True, slots=True)
class Network:
    """Directed, weighted, each pair once, without self-loops. n: nodes, also those without edges."""

    n: int
    source: I64
    target: I64
    weight: F64

    @property
    def density(self) -> float:
        """Share of the possible edges that there are."""
        return len(self.source) / max(1, self.n * (self.n - 1))

    @property
    def reciprocity(self) -> float:
        """Share of the edges that are answered by one in the other direction."""
        if not len(self.source):
            return 0.0
        there = self.source * self.n + self.target
        return float(np.isin(self.target * self.n + self.source, there).mean())

    @property
    def strength(self) -> tuple[F64, F64]:
        """Weights that go out of and come in to each node."""
        out: F64 = np.bincount(self.source, self.weight, self.n).astype(np.float64)
        into: F64 = np.bincount(self.target, self.weight, self.n).astype(np.float64)
        return out, into


def network(n: int, source: I64, target: I64, weight: F64 | None = None) -> Network:
    """Events or edges, added up per pair."""
    w = np.ones(len(source)) if weight is None else weight
    good = source != target
    pair, at = np.unique(source[good] * n + target[good], return_inverse=True)
    return Network(n, pair // max(n, 1), pair % max(n, 1), np.bincount(at, w[good], len(pair)).astype(np.float64))


def partners(net: Network) -> I64:
    """With how many others each node is joined, in either direction."""
    ends = np.sort(np.stack([net.source, net.target], 1), axis=1)
    joined = np.unique(ends[ends[:, 0] != ends[:, 1]], axis=0)
    return np.bincount(joined.ravel(), minlength=net.n).astype(np.int64)


def communities(
    net: Network, seed: int = 1, trials: int = 0, iterations: int = 2, resolution: float = 1.0
) -> tuple[float, I64]:
    """Modularity and community of each node by Leiden (Traag et al. 2019), largest first; nodes without edges get −1.

    trials: runs of which the best counts; 0: five for a small network, whose divisions are nearly equally good, else one.
    Directions are added together, as Leiden's null model of modularity has none.
    """
    from graspologic_native import leiden_csr

    labels = np.full(net.n, -1, np.int64)
    used = np.unique(np.concatenate((net.source, net.target)))
    if not used.size:
        return 0.0, labels
    place = np.searchsorted(used, np.arange(net.n))
    matrix = _symmetric(len(used), place[net.source], place[net.target], net.weight)
    quality, raw = leiden_csr(
        matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32), matrix.data.astype(np.float64), len(used),
        resolution=resolution, iterations=iterations, seed=seed,
        trials=trials or (TRIALS if len(net.source) <= EDGES_FEW else 1),
    )  # fmt: skip
    found = (
        np.array([raw[i] for i in range(len(used))], np.int64) if isinstance(raw, dict) else np.asarray(raw, np.int64)
    )
    size = np.bincount(found)
    rank = np.empty_like(size)
    rank[np.argsort(-size, kind="stable")] = np.arange(len(size))
    labels[used] = rank[found]
    return float(quality), labels


def _symmetric(n: int, source: I64, target: I64, weight: F64) -> Any:
    from scipy.sparse import coo_matrix

    one = coo_matrix((weight, (source, target)), (n, n)).tocsr()
    both = (one + one.T).tocsr()
    both.sort_indices()
    return both


def modularity(net: Network, labels: I64) -> float:
    """Newman's modularity of a division, directions added together."""
    total = net.weight.sum()
    if total <= 0:
        return 0.0
    inside = float(net.weight[labels[net.source] == labels[net.target]].sum())
    out, into = net.strength
    good = labels >= 0
    strength = np.bincount(labels[good], (out + into)[good])
    return inside / float(total) - float(((strength / (2 * total)) ** 2).sum())


def more_than_chance(source: I64, target: I64, n: int, rng: Rng, draws_max: int = 99, exceeding: int = 5) -> Verdict:
    """Modularity of the communities against those found in rewired interactions, where everybody keeps its degree.

    source, target: of each interaction. Costs a run of Leiden per surrogate, hence sequential; one trial of it on either
    side, which compares like with like.
    """
    if len(source) < 2 * SIZE_MIN:
        return NOTHING
    seen, _ = communities(network(n, source, target), trials=1)

    def draw(r: Rng) -> float:
        return communities(network(n, source, rewired(source, target, r)), int(r.integers(1, 2**31)), trials=1)[0]

    return sequential(seen, draw, rng, draws_max, exceeding)


def pagerank(net: Network) -> F64:
    """Share of a random walk along the edges that is spent at each node (Page et al. 1999); sums to 1."""
    if net.n == 0:
        return np.zeros(0)
    out, _ = net.strength
    rank = np.full(net.n, 1 / net.n)
    share = net.weight / np.maximum(out[net.source], 1e-300)
    for _ in range(ROUNDS_MAX):
        flow = np.bincount(net.target, rank[net.source] * share, net.n)
        new = DAMPING * (flow + rank[out == 0].sum() / net.n) + (1 - DAMPING) / net.n
        done = np.abs(new - rank).sum() < 1e-9
        rank = new
        if done:
            break
    return rank


def betweenness(net: Network, rng: Rng, pivots: int = PIVOTS) -> F64:
    """Share of shortest paths that lead through each node (Brandes 2001).

    Estimated from those that begin at `pivots` nodes (Brandes & Pich 2007), exact when there are no more. All pivots are
    followed side by side, level by level.
    """
    from scipy.sparse import coo_matrix

    n = net.n
    if n < 3 or not len(net.source):
        return np.zeros(n)
    roots = rng.permutation(n)[:pivots]
    k = len(roots)
    forward = coo_matrix((np.ones(len(net.source)), (net.target, net.source)), (n, n)).tocsr()
    backward = forward.T.tocsr()
    paths, depth = np.zeros((n, k)), np.full((n, k), -1)
    paths[roots, np.arange(k)], depth[roots, np.arange(k)] = 1, 0
    front, level = paths.copy(), 0
    while front.any() and level < DEPTH_MAX:
        level += 1
        front = np.where(depth < 0, forward @ front, 0.0)
        depth[front > 0] = level
        paths += front
    owed = np.zeros((n, k))
    for at in range(level, 0, -1):
        share = np.where(depth == at, (1 + owed) / np.maximum(paths, 1e-300), 0.0)
        owed += np.where(depth == at - 1, paths * (backward @ share), 0.0)
    owed[roots, np.arange(k)] = 0
    out: F64 = owed.sum(1) / k * n / max(1, (n - 1) * (n - 2))
    return out


def participation(net: Network, labels: I64) -> F64:
    """How evenly the edges of each node are spread over communities: 0 all in one (Guimerà & Amaral 2005)."""
    if not len(net.source):
        return np.zeros(net.n)
    groups = max(1, int(labels.max()) + 1)
    node = np.concatenate((net.source, net.target))
    other = labels[np.concatenate((net.target, net.source))]
    cell, at = np.unique(node * groups + np.maximum(other, 0), return_inverse=True)
    weight = np.bincount(at, np.concatenate((net.weight, net.weight)), len(cell))
    total = np.bincount(node, np.concatenate((net.weight, net.weight)), net.n)
    squares = np.bincount(cell // groups, weight**2, net.n)
    out: F64 = np.where(total > 0, 1 - squares / np.maximum(total**2, 1e-300), 0.0)
    return out


def assortativity(net: Network, values: F64) -> float:
    """Correlation of a value of nodes over edges (Newman 2003); NaN values are left out."""
    good = np.isfinite(values[net.source]) & np.isfinite(values[net.target])
    if good.sum() < 3:
        return 0.0
    a, b = values[net.source[good]], values[net.target[good]]
    x, y = np.concatenate((a, b)), np.concatenate((b, a))
    return float(np.corrcoef(x, y)[0, 1]) if x.std() > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of communities. kind: birth, death, merge or split; before, after: their numbers; members: nodes."""

    kind: str
    before: tuple[int, ...]
    after: tuple[int, ...]
    members: I64
    overlap: float


def fates(before: I64, after: I64, least: int = SIZE_MIN) -> tuple[list[Fate], dict[int, int]]:
    """Births, deaths, merges and splits between two divisions of the same nodes, and who goes on as whom (after → before).

    By overlap (Jaccard and containment; Greene et al. 2010). Communities smaller than `least`, and nodes that one of the
    divisions does not know (−1), are left out.
    """
    both = (before >= 0) & (after >= 0)
    old, new = _sizes(before), _sizes(after)
    shared: dict[tuple[int, int], int] = {}
    pairs, counts = np.unique(np.stack((before[both], after[both])), axis=1, return_counts=True)
    for a, b, c in zip(*pairs.tolist(), counts.tolist(), strict=True):
        shared[a, b] = c
    jaccard = {(a, b): c / (old[a] + new[b] - c) for (a, b), c in shared.items()}
    goes_on: dict[int, int] = {}
    for (a, b), j in sorted(jaccard.items(), key=lambda item: -item[1]):
        if j >= MATCH_MIN and b not in goes_on and a not in goes_on.values():
            goes_on[b] = a
    out = []
    pieces = {b for b, size in new.items() for a in old if old[a] >= least and shared.get((a, b), 0) > size / 2}
    for b in (b for b, size in new.items() if size >= least):
        parts = tuple(a for a in old if old[a] >= least and shared.get((a, b), 0) > old[a] / 2)
        if len(parts) > 1:
            out.append(
                Fate("merge", parts, (b,), np.flatnonzero(after == b), sum(shared[a, b] for a in parts) / new[b])
            )
        elif not parts and b not in goes_on and b not in pieces:
            out.append(Fate("birth", (), (b,), np.flatnonzero(after == b), 0.0))
    for a in (a for a, size in old.items() if size >= least):
        parts = tuple(b for b in new if new[b] >= least and shared.get((a, b), 0) > new[b] / 2)
        if len(parts) > 1:
            out.append(
                Fate("split", (a,), parts, np.flatnonzero(before == a), sum(shared[a, b] for b in parts) / old[a])
            )
        elif not parts and a not in goes_on.values() and not any(a in f.before for f in out):
            out.append(Fate("death", (a,), (), np.flatnonzero(before == a), 0.0))
    return out, goes_on


def _sizes(labels: I64) -> dict[int, int]:
    names, counts = np.unique(labels[labels >= 0], return_counts=True)
    return dict(zip(names.tolist(), counts.tolist(), strict=True))


def rewiring(inside_now: int, now: int, inside_before: int, before: int) -> tuple[float, float]:
    """Probabilities that so large, and so small, a share of the interactions now lies where it does, if the windows were dealt
    out at random (Fisher's exact test): what a birth, a merge, a split or a death of a community is held against."""
    from scipy.special import gammaln  # of its distributions all of scipy.stats would be loaded: 50 MB

    def ways(of: I64 | int, picked: I64 | int) -> F64:
        return np.asarray(gammaln(np.add(of, 1)) - gammaln(np.add(picked, 1)) - gammaln(np.subtract(of, picked) + 1))

    total, marked = now + before, inside_now + inside_before
    if now == 0 or before == 0:
        return 1.0, 1.0
    inside = np.arange(max(0, marked - before), min(now, marked) + 1)
    chances = np.exp(ways(marked, inside) + ways(total - marked, now - inside) - ways(total, now))
    return min(1.0, float(chances[inside >= inside_now].sum())), min(1.0, float(chances[inside <= inside_now].sum()))
