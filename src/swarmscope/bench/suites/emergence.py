"""What the statistics of emergence cost for a large fleet, with all surrogates drawn."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from swarmscope.bench.figures import Figure
from swarmscope.bench.suite import Context, Suite
from swarmscope.stats import consensus, information, networks, synchrony, warning

AGENTS, INTERACTIONS, ACTIONS, SAYINGS, TASKS = 10_000, 100_000, 100_000, 30_000, 20_000
DRAWS = 199
WINDOW_S = 120.0


class Emergence(Suite):
    """Emergence of 10,000 agents and 100,000 interactions: every statistic that is linear in the edges, 199 surrogates each."""

    name = "emergence"

    def measure(self, context: Context) -> Iterator[Figure]:
        """Yield what each takes of processor time. Everything is really there, so that no test stops early."""
        rng = np.random.default_rng(context.seed)
        asked = _looks(rng, max(200, int(AGENTS * min(1.0, context.scale))))
        networks.communities(
            networks.network(3, np.array([0, 1]), np.array([1, 2]))
        )  # what is loaded once is not measured
        total, shortest = 0.0, DRAWS
        for name, look in asked.items():
            context.say(name)
            begun = time.process_time()
            draws = look()
            spent = time.process_time() - begun
            total, shortest = total + spent, min(shortest, draws)
            yield Figure(name, spent, "CPU s", note=f"{draws} surrogates")
        note = f"{DRAWS} surrogates each, {shortest} at least"
        whole = total if shortest >= DRAWS else None  # a test that stopped early was not measured
        yield Figure("all of them together", whole, "CPU s", 5.0, "lower", note, "use fewer edges")
        net = networks.network(AGENTS, *_contacts(rng, AGENTS)[:2])
        begun = time.process_time()
        quality, _ = networks.communities(net)
        yield Figure(
            "communities once (Leiden)", time.process_time() - begun, "CPU s", note=f"modularity {quality:.3f}"
        )


def _contacts(rng: np.random.Generator, n: int) -> tuple[Any, Any, Any]:
    edges = n * INTERACTIONS // AGENTS
    source = rng.integers(0, n, edges)
    own = source // 20 * 20 + rng.integers(0, 20, edges)
    target = np.where(rng.random(edges) < 0.8, np.minimum(own, n - 1), rng.integers(0, n, edges))
    return source, target, np.sort(rng.random(edges)) * WINDOW_S


def _looks(rng: np.random.Generator, n: int) -> dict[str, Callable[[], int]]:
    """One call for each statistic; it returns how many surrogates were drawn."""
    source, target, times = _contacts(rng, n)
    contacts = information.Contacts(source, target, times)
    acts = n * ACTIONS // AGENTS
    actor = rng.integers(0, n, acts)
    beat = np.where(
        rng.random(acts) < 0.3, rng.integers(0, 6, acts) * 20 + rng.random(acts), rng.random(acts) * WINDOW_S
    )
    side = (np.arange(n) // 20) % 2
    values = side + rng.normal(0, 0.3, n)
    signals = rng.standard_normal((n, 72))
    signals[target, 1:] += 0.5 * signals[source, :-1]
    said = _said(rng, n, contacts)
    size = rng.integers(1, 4, n * TASKS // AGENTS)
    task = np.repeat(np.arange(len(size)), size)
    outcome = np.clip(rng.normal(0.7, 0.1, len(size)) + 0.25 * (size > 1), 0, 1)
    worker = rng.integers(0, n, len(task))
    slow = np.convolve(rng.standard_normal(272), np.ones(8), "valid")[-72:] * np.linspace(0.2, 2, 72)

    def camps() -> int:
        net = networks.network(n, source, target)
        return consensus.camps(values, net.source, net.target, rng, DRAWS).assortative.draws

    def in_step() -> int:
        seen = synchrony.synchrony(actor, beat, n, WINDOW_S, rng, 1.0, DRAWS)
        return min(seen.order_test.draws, seen.variance_test.draws)

    return {
        "synchrony": in_step,
        "early warning": lambda: warning.early_warning(slow, rng, DRAWS).verdict.draws,
        "polarisation": camps,
        "conditional Granger over edges": lambda: (
            information.granger(signals, source, target, rng, DRAWS).verdict.draws
        ),
        "spread of contents": lambda: information.flow(said, 3000, n, contacts, rng, 60.0, DRAWS).verdict.draws,
        "contagion of one content": lambda: _one(said, n, contacts, rng),
        "synergy": lambda: information.synergy(task, worker, outcome, rng, DRAWS).verdict.draws,
    }


def _said(rng: np.random.Generator, n: int, contacts: information.Contacts) -> information.Adoptions:
    """Contents of which a part passes along the contacts."""
    count = n * SAYINGS // AGENTS
    item, agent, when = rng.integers(0, 3000, count), rng.integers(0, n, count), rng.random(count) * WINDOW_S / 2
    from_whom = rng.integers(0, len(contacts.source), count)
    item = np.concatenate((item, item))
    agent = np.concatenate((contacts.source[from_whom], contacts.target[from_whom]))
    when = np.concatenate((np.minimum(when, contacts.time_s[from_whom] * 0.9), contacts.time_s[from_whom] + 2.0))
    _, first = np.unique(item * n + agent, return_index=True)
    return information.Adoptions(item[first], agent[first], when[first])


def _one(said: information.Adoptions, n: int, contacts: information.Contacts, rng: np.random.Generator) -> int:
    most = int(np.bincount(said.item).argmax())
    mine = said.item == most
    return information.spread(most, said.agent[mine], said.time_s[mine], n, contacts, rng, DRAWS).verdict.draws
