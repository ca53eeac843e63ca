"""What passes from agent to agent: contents that spread, behaviour that is learned, signals that follow one another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from swarmscope.stats.surrogates import DRAWS, NOTHING, Rng, Verdict, judged, rewired, sequential

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
ADOPTERS_MIN = 6
EDGES_TESTED_MAX = 5_000
NEVER = np.inf
TABLE = 1 << 22


@dataclass(frozen=True, slots=True)
class Contacts:
    """Who reached whom, and when: source and target (agents), time_s, in any order."""

    source: I64
    target: I64
    time_s: F64


@dataclass(frozen=True, slots=True)
class Adoptions:
    """First use of an item by an agent: item, agent (indices), time_s. One row per pair."""

    item: I64
    agent: I64
    time_s: F64


@dataclass(frozen=True, slots=True)
class Spread:
    """One item that spread. reached: its adopters, earliest first. exposed: how many met an earlier adopter before. r:
    adopters that each infected, on average. onset_s: of the first. hazard_ratio: adoptions per contact with an adopter against
    adoptions per other contact."""

    item: int
    reached: I64
    times_s: F64
    exposed: int
    r: float
    hazard_ratio: float
    verdict: Verdict


def _matrix(adoptions: Adoptions, items: int, agents: int) -> F64:
    when = np.full((items, agents), NEVER)
    when[adoptions.item, adoptions.agent] = adoptions.time_s
    return when


def exposures(when: F64, contacts: Contacts) -> F64:
    """First time that each agent met one that had adopted before: (agents,); inf: never. when: (agents,) time of adoption."""
    told = when[contacts.source] < contacts.time_s
    first = np.full(len(when), NEVER)
    np.minimum.at(first, contacts.target[told], contacts.time_s[told])
    return first


def spread(
    item: int, adopters: I64, times_s: F64, agents: int, contacts: Contacts, rng: Rng, draws_max: int = 1999
) -> Spread:
    """Does the item pass by contact? Against adoptions at the same moments by the same agents in another order.

    The shuffle test (Anagnostopoulos et al. 2008): that friends adopt the same may be because they are alike; that they adopt
    one after the other along the contacts is not. What is counted is adopters that met an earlier one before they adopted.
    """
    order = np.argsort(times_s, kind="stable")
    adopters, times_s = adopters[order], times_s[order]
    mine = np.zeros(agents, np.bool_)
    mine[adopters] = True
    within = mine[contacts.source] & mine[contacts.target]
    inner = Contacts(contacts.source[within], contacts.target[within], contacts.time_s[within])
    place = np.zeros(agents, np.int64)
    place[adopters] = np.arange(len(adopters))
    inner = Contacts(place[inner.source], place[inner.target], inner.time_s)

    def exposed(when: F64) -> float:
        return float((exposures(when, inner) < when).sum())

    seen = exposed(times_s)
    verdict = NOTHING
    if len(adopters) >= ADOPTERS_MIN and len(inner.source):
        verdict = sequential(seen, lambda r: exposed(times_s[r.permutation(len(times_s))]), rng, draws_max)
    return Spread(
        item, adopters, times_s, int(seen), seen / max(1, len(adopters)), _hazard_ratio(adopters, times_s, agents, contacts),
        verdict,
    )  # fmt: skip


def _hazard_ratio(adopters: I64, times_s: F64, agents: int, contacts: Contacts) -> float:
    """Chance to adopt after a first contact with an adopter, over the chance of those without one (0.5 added to each count)."""
    when = np.full(agents, NEVER)
    when[adopters] = times_s
    met = exposures(when, contacts)
    active = np.zeros(agents, np.bool_)
    active[contacts.target] = True
    active[adopters] = True
    after = np.isfinite(met) & (met < when)
    adopted = np.isfinite(when)
    one = (float((after & adopted).sum()) + 0.5) / (float(after.sum()) + 1)
    other = (float((~after & adopted & active).sum()) + 0.5) / (float((~after & active).sum()) + 1)
    return one / other


@dataclass(frozen=True, slots=True)
class Flow:
    """passed: times that a contact was followed by the adoption of something the source had. r: reproduction number,
    adoptions by contact per adopter. cascades: sizes of trees of who got it from whom, largest first. verdict: against rewired
    contacts. edges: (source, target) over which something passed, most first, with counts."""

    passed: int
    r: float
    cascades: list[int]
    verdict: Verdict
    edges: tuple[I64, I64, I64]


def flow(
    adoptions: Adoptions, items: int, agents: int, contacts: Contacts, rng: Rng, within_s: float, draws: int = DRAWS
) -> Flow:
    """How much of what agents say came along contacts within `within_s` before? Against contacts with targets dealt out anew,
    everybody keeping how often it asks and is asked."""
    none = np.zeros(0, np.int64)
    if not len(adoptions.item) or not len(contacts.source):
        return Flow(0, 0.0, [], NOTHING, (none, none, none))
    joined = _Joined(adoptions, agents, contacts, within_s)
    seen = joined.passed(contacts.target)
    verdict = sequential(seen, lambda r: joined.passed(rewired(contacts.source, contacts.target, r)), rng, draws)
    contact, item = joined.pairs(contacts.target)
    parent_of: dict[tuple[int, int], int] = {}
    for c, i in zip(contact.tolist(), item.tolist(), strict=True):
        parent_of.setdefault((i, int(contacts.target[c])), int(contacts.source[c]))
    edge = contacts.source[contact] * agents + contacts.target[contact]
    names, counts = np.unique(edge, return_counts=True)
    top = np.argsort(-counts, kind="stable")
    adopters = len(adoptions.item)
    return Flow(
        len(parent_of), len(parent_of) / max(1, adopters), _cascades(parent_of), verdict,
        (names[top] // agents, names[top] % agents, counts[top]),
    )  # fmt: skip


class _Joined:
    """Contacts joined with what their sources had adopted, so that only the targets change from surrogate to surrogate."""

    def __init__(self, adoptions: Adoptions, agents: int, contacts: Contacts, within_s: float) -> None:
        order = np.argsort(adoptions.agent, kind="stable")
        self.agents, self.within_s = agents, within_s
        held, times = adoptions.item[order], adoptions.time_s[order]
        start = np.searchsorted(adoptions.agent[order], np.arange(agents + 1))
        count = start[contacts.source + 1] - start[contacts.source]
        contact = np.repeat(np.arange(len(count)), count)
        offset = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
        at = start[contacts.source][contact] + offset
        before = times[at] <= contacts.time_s[contact]
        self.contact, self.item = contact[before], held[at[before]]
        self.time = contacts.time_s[self.contact]
        key = adoptions.item * agents + adoptions.agent
        order = np.argsort(key, kind="stable")
        self.keys, self.when = key[order], adoptions.time_s[order]
        self.table = np.zeros(TABLE, np.bool_)  # most pairs are no adoption: a look into a small table rules them out
        self.table[_place(self.keys)] = True

    def pairs(self, target: I64) -> tuple[I64, I64]:
        """(contact, item) that were followed by adoption at the target of the contact."""
        if not len(self.keys) or not len(self.contact):
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        key = self.item * self.agents + target[self.contact]
        likely = np.flatnonzero(self.table[_place(key)])
        key = key[likely]
        at = np.minimum(np.searchsorted(self.keys, key), len(self.keys) - 1)
        lag = self.when[at] - self.time[likely]
        good = likely[(self.keys[at] == key) & (lag > 0) & (lag <= self.within_s)]
        return self.contact[good], self.item[good]

    def passed(self, target: I64) -> float:
        """Distinct (item, target) that were adopted after a contact."""
        contact, item = self.pairs(target)
        return float(len(np.unique(item * self.agents + target[contact])))


def _place(key: I64) -> I64:
    return (key * 0x9E3779B97F4A7C1 >> 11) & (TABLE - 1)


def _cascades(parent_of: dict[tuple[int, int], int]) -> list[int]:
    sizes: dict[tuple[int, int], int] = {}
    for item, agent in parent_of:
        at, seen = agent, {agent}
        while (item, at) in parent_of and parent_of[item, at] not in seen:
            at = parent_of[item, at]
            seen.add(at)
        sizes[item, at] = sizes.get((item, at), 1) + 1
    return sorted(sizes.values(), reverse=True)


@dataclass(frozen=True, slots=True)
class Causes:
    """Whether what a source does helps to foretell its target. gain: per tested edge, log of the ratio of residual variances
    (Geweke 1982; twice the transfer entropy for Gaussian series, Barnett et al. 2009). verdict: mean gain against sources that
    are others'. edges: places of the tested edges."""

    gain: F64
    edges: I64
    verdict: Verdict


def granger(x: F64, source: I64, target: I64, rng: Rng, draws: int = DRAWS) -> Causes:
    """Conditional Granger causality of lag 1 over edges: x (agents, time), NaN gaps count as the agent's mean.

    Conditional on the target's own past and on the mean of the fleet, so that what moves all is no flow. Of more than
    EDGES_TESTED_MAX edges as many are drawn.
    """
    edges = np.arange(len(source))
    if len(edges) > EDGES_TESTED_MAX:
        edges = np.sort(rng.permutation(len(edges))[:EDGES_TESTED_MAX])
    if not len(edges) or x.shape[1] < 8:
        return Causes(np.zeros(0), edges[:0], NOTHING)
    known = np.isfinite(x)
    means = np.where(known, x, 0.0).sum(1, keepdims=True) / np.maximum(known.sum(1, keepdims=True), 1)
    filled = np.where(known, x, means)
    common = filled.mean(0, keepdims=True)
    past, ahead = filled[:, :-1], filled[:, 1:]
    conditions = (past, np.broadcast_to(common[:, :-1], past.shape))
    rest = _residual(ahead, conditions)
    where = target[edges]
    basis = [_unit(c) for c in conditions]
    first = basis[0]
    second = _unit(basis[1] - (basis[1] * first).sum(1, keepdims=True) * first)
    rest_unit = _unit(rest)
    lead = _unit(past).astype(np.float32)
    r, f, s = (m[where].astype(np.float32) for m in (rest_unit, first, second))

    def correlation(sources: I64) -> F64:
        a = lead[sources]
        shared = np.einsum("et,et->e", a, f) ** 2 + np.einsum("et,et->e", a, s) ** 2
        out: F64 = (np.einsum("et,et->e", a, r) / np.sqrt(np.maximum(1 - shared, 1e-6))).astype(np.float64)
        clipped: F64 = np.clip(out, -0.999999, 0.999999)
        return clipped

    def mean_gain(sources: I64) -> float:
        return float(-np.log1p(-(correlation(sources) ** 2)).mean())

    gain = -np.log1p(-(correlation(source[edges]) ** 2))
    drawn = np.array([mean_gain(_others(source[edges], where, x.shape[0], rng)) for _ in range(draws)])
    return Causes(gain, edges, judged(float(gain.mean()), drawn))


def _others(source: I64, target: I64, n: int, rng: Rng) -> I64:
    new = rng.permutation(source)
    same = new == target
    new[same] = (new[same] + rng.integers(1, max(2, n), int(same.sum()))) % n
    return new


def _unit(x: F64) -> F64:
    centred = x - x.mean(1, keepdims=True)
    length = np.sqrt((centred**2).sum(1, keepdims=True))
    out: F64 = np.where(length > 1e-12, centred / np.maximum(length, 1e-12), 0.0)
    return out


def _residual(y: F64, conditions: tuple[F64, ...]) -> F64:
    out: F64 = y - y.mean(1, keepdims=True)
    basis: list[F64] = []
    for c in conditions:
        one = _unit(c)
        for b in basis:
            one = one - (one * b).sum(1, keepdims=True) * b
        one = _unit(one)
        basis.append(one)
        out = out - (out * one).sum(1, keepdims=True) * one
    return out


@dataclass(frozen=True, slots=True)
class Synergy:
    """gain: mean outcome of tasks done together less what the best of their agents reaches alone. together, alone: means."""

    gain: float
    together: float
    alone: float
    tasks: int
    verdict: Verdict
    per_task: F64
    joint: I64  # the tasks that were done together


def synergy(task: I64, agent: I64, outcome: F64, rng: Rng, draws: int = DRAWS, shrink: float = 3.0) -> Synergy:
    """Do groups reach more than the best of their members alone? task, agent: who took part in what; outcome: per task.

    What an agent reaches alone is its mean over tasks that it did by itself, drawn to the fleet's mean by `shrink` tasks.
    Against outcomes dealt out anew over all tasks: choosing the best of several means is favoured there just as much.
    """
    pair = np.unique(task * (int(agent.max(initial=0)) + 1) + agent)
    width = int(agent.max(initial=0)) + 1
    task, agent = pair // width, pair % width
    size = np.bincount(task, minlength=len(outcome))
    joint, solo = np.flatnonzero(size > 1), size[task] == 1
    known = np.isfinite(outcome)
    joint = joint[known[joint]]
    none = Synergy(0.0, 0.0, 0.0, len(joint), NOTHING, np.zeros(0), joint)
    if len(joint) < 10 or solo.sum() < 10:
        return none
    solo_task, solo_agent = task[solo], agent[solo]
    good = known[solo_task]
    solo_task, solo_agent = solo_task[good], solo_agent[good]
    inside = np.isin(task, joint)
    members, starts = agent[inside], np.searchsorted(task[inside], joint)
    count = np.bincount(solo_agent, minlength=width)
    everywhere = np.flatnonzero(known)

    def gains(y: F64) -> F64:
        mean = y[everywhere].mean()
        alone = (np.bincount(solo_agent, y[solo_task], width) + shrink * mean) / (count + shrink)
        best: F64 = y[joint] - np.maximum.reduceat(alone[members], starts)
        return best

    def draw(r: Rng) -> float:
        y = outcome.copy()
        y[everywhere] = r.permutation(outcome[everywhere])
        return float(gains(y).mean())

    per_task = gains(outcome)
    verdict = sequential(float(per_task.mean()), draw, rng, draws)
    return Synergy(
        float(per_task.mean()), float(outcome[joint].mean()), float(outcome[solo_task].mean()) if len(solo_task) else 0.0,
        len(joint), verdict, per_task, joint,
    )  # fmt: skip
