"""A population that trains: generations of trials with hyper-parameters and scores, migration between nodes, checkpoints."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from swarmscope.sim import wire
from swarmscope.sim.clock import Clock
from swarmscope.sim.fleet import Fleet
from swarmscope.sim.outbox import Outbox

TRIAL_S = 12.0
MIGRATE_EVERY, CHECKPOINT_EVERY = 3, 5
ELITE_SHARE = 0.25
POPULATION = "population-0"


@dataclass(slots=True)
class Learner:
    """One member: its agent, node and hyper-parameters."""

    agent: int
    node: int
    learning_rate: float
    entropy: float
    gamma: float
    score: float = 0.0
    ends: float = 0.0
    begins: float = 0.0


class Training:
    """Every generation each learner runs one trial; the worst copy the best and perturb; scores rise and level off."""

    def __init__(self, fleet: Fleet, outbox: Outbox, seed: int, rate: float, clock: Clock) -> None:
        self._rng = np.random.default_rng([seed, 4])
        self._fleet, self._outbox, self._clock, self._trial_s = fleet, outbox, clock, TRIAL_S / rate
        first = fleet.workers
        self._learners = [
            Learner(first + i, fleet.node_of(first + i), float(10 ** self._rng.uniform(-4.5, -2.5)), 0.01, 0.99)
            for i in range(fleet.trainers)
        ]
        self.generation = -1
        self._root = self._trace = b""
        self._began = 0.0
        self._open: list[Learner] = []
        if self._learners:
            self._begin(1.0)

    def tick(self, t: float) -> None:
        """Report the trials that ended by `t`, and the generation when it was the last one."""
        if not self._learners:
            return
        for learner in [x for x in self._open if x.ends <= t]:
            self._open.remove(learner)
            self._end_trial(learner)
        if not self._open:
            self._end(max(x.ends for x in self._learners) + 0.05)

    def _begin(self, t: float) -> None:
        self.generation += 1
        self._trace, self._root, self._began = self._rng.bytes(16), self._rng.bytes(8), t
        for learner in self._learners:
            learner.begins = t + 0.02
            learner.ends = learner.begins + self._trial_s * float(self._rng.uniform(0.7, 1.3))
        self._open = list(self._learners)
        self._span(
            self._learners[0], self._root, b"", "generation", t, t, {**self._common(), "swarmscope.pending": True}
        )

    def _end_trial(self, learner: Learner) -> None:
        reach = 1 - 1 / (1 + 0.15 * self.generation)
        fit = float(np.exp(-((np.log10(learner.learning_rate) + 3.5) ** 2)))
        learner.score = round(min(1.0, max(0.0, reach * (0.6 + 0.4 * fit) + float(self._rng.normal(0, 0.03)))), 4)
        seconds = learner.ends - learner.begins
        items: dict[str, wire.Value] = {
            **self._common(),
            "swarmscope.population.trial": f"{self.generation}-{learner.agent}",
            "swarmscope.population.score": learner.score,
            "swarmscope.population.hyperparameter.learning_rate": learner.learning_rate,
            "swarmscope.population.hyperparameter.entropy": learner.entropy,
            "swarmscope.population.hyperparameter.gamma": learner.gamma,
            "training.episodes": int(40 * seconds),
            "training.samples": int(2e6 * seconds),
        }
        self._span(learner, self._rng.bytes(8), self._root, "trial", learner.begins, learner.ends, items)
        self._metrics(learner, seconds)

    def _end(self, t: float) -> None:
        scores = [x.score for x in self._learners]
        items: dict[str, wire.Value] = {
            **self._common(),
            "swarmscope.population.score": max(scores),
            "swarmscope.population.size": len(scores),
        }
        self._evolve(t)
        if self.generation % CHECKPOINT_EVERY == 0:
            saved: dict[str, wire.Value] = {
                "swarmscope.checkpoint.id": f"ckpt-{self.generation:05d}",
                "swarmscope.checkpoint.bytes": 734_003_200,
            }
            best = max(self._learners, key=lambda x: x.score)
            self._span(best, self._rng.bytes(8), self._root, "checkpoint", t, t + 0.3, {**self._common(), **saved})
        self._span(self._learners[0], self._root, b"", "generation", self._began, t + 0.4, items)
        self._begin(t + 0.5)

    def _evolve(self, t: float) -> None:
        ranked = sorted(self._learners, key=lambda x: -x.score)
        elite = ranked[: max(1, int(len(ranked) * ELITE_SHARE))]
        for weak in ranked[len(ranked) - len(elite) :]:
            model = elite[int(self._rng.integers(len(elite)))]
            weak.learning_rate = model.learning_rate * float(self._rng.choice([0.8, 1.25]))
            weak.entropy = round(model.entropy * float(self._rng.choice([0.8, 1.25])), 5)
        if self.generation % MIGRATE_EVERY == MIGRATE_EVERY - 1:
            mover = ranked[int(self._rng.integers(len(ranked)))]
            target = int(self._rng.integers(self._fleet.nodes))
            moved: dict[str, wire.Value] = {
                "swarmscope.migration.from": f"node-{mover.node:04d}",
                "swarmscope.migration.to": f"node-{target:04d}",
            }
            peer = elite[0] if elite[0] is not mover else ranked[-1]
            moved["swarmscope.peer.agent"] = self._fleet.names[peer.agent]
            self._span(mover, self._rng.bytes(8), self._root, "migration", t - 0.04, t, {**self._common(), **moved})

    def _common(self) -> dict[str, wire.Value]:
        return {"swarmscope.population.id": POPULATION, "swarmscope.population.generation": self.generation}

    def _span(
        self,
        learner: Learner,
        span_id: bytes,
        parent: bytes,
        operation: str,
        start: float,
        end: float,
        items: dict[str, wire.Value],
    ) -> None:
        name = self._fleet.names[learner.agent]
        known: dict[str, wire.Value] = {
            "swarmscope.agent.id": name,
            "swarmscope.agent.kind": "rl",
            "swarmscope.operation": operation,
            **items,
        }
        tail = wire.attributes(9, known) + wire.OK
        label = f"{operation} {self.generation}" if operation == "generation" else operation
        span = wire.span(
            self._trace, span_id, parent, label.encode(), 1, self._clock.ns(start), self._clock.ns(end), tail
        )
        self._outbox.span(self._fleet.node_of(learner.agent), span)

    def _metrics(self, learner: Learner, seconds: float) -> None:
        busy = float(self._rng.uniform(0.78, 0.98))
        numbers = {
            ("training.score", "1", "Score of the newest trial, from 0 to 1"): learner.score,
            ("training.loss", "1", "Loss at the end of the newest trial"): round(
                2.0 / (1 + 0.3 * self.generation) + float(self._rng.normal(0, 0.02)), 4
            ),
            ("training.throughput", "{sample}/s", "Samples that the newest trial learned from a second"): 2e6 * busy,
            ("gpu.utilization", "1", "Share of the time in which the GPU worked"): round(busy, 3),
            ("gpu.memory.usage", "By", "Memory of the GPU that is in use"): 18.5e9 + busy * 4e9,
            ("gpu.temperature", "Cel", "Temperature of the GPU"): round(55 + 25 * busy, 1),
        }
        label = wire.attributes(
            7, {"swarmscope.agent.id": self._fleet.names[learner.agent], "swarmscope.population.id": POPULATION}
        )
        stamp = b"\x19" + wire.pack_fixed64(self._clock.ns(learner.ends))
        metrics = b"".join(_gauge(named, stamp + b"\x21" + wire.pack_double(v) + label) for named, v in numbers.items())
        resource = wire.field(1, self._fleet.resources[self._fleet.node_of(learner.agent)])
        scope = wire.field(1, wire.field(1, b"swarmscope.sim"))
        self._outbox.metrics(wire.field(1, resource + wire.field(2, scope + metrics)), len(numbers))


def _gauge(named: tuple[str, str, str], point: bytes) -> bytes:
    """A Metric with one point, as field 2 of ScopeMetrics. named: its name, unit and description."""
    name, unit, about = (text.encode() for text in named)
    head = wire.field(1, name) + wire.field(2, about) + wire.field(3, unit)
    return wire.field(2, head + wire.field(5, wire.field(1, point)))
