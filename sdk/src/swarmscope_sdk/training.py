"""What a training of agents emits: populations, generations, trials, scores, migrations, checkpoints, throughput, GPUs."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from typing import Any, Final

from swarmscope_sdk import names
from swarmscope_sdk import scope as scopes
from swarmscope_sdk.operation import AttributeValue, Operation
from swarmscope_sdk.telemetry import Telemetry, default
from swarmscope_sdk.work import new_id

THROUGHPUT: Final = "swarmscope.throughput.samples_per_second"
THROUGHPUT_SAMPLES: Final = "swarmscope.throughput.samples"
THROUGHPUT_MEMORY: Final = "swarmscope.throughput.device_memory"
THROUGHPUT_EFFICIENCY: Final = "swarmscope.throughput.efficiency"
GPU_UTILISATION: Final = "swarmscope.gpu.utilisation"
GPU_MEMORY: Final = "swarmscope.gpu.memory"
GPU_MEMORY_RATIO: Final = "swarmscope.gpu.memory.ratio"
GPU_TEMPERATURE: Final = "swarmscope.gpu.temperature"
NETWORK_SENT: Final = "swarmscope.agent.network.sent"
NETWORK_RECEIVED: Final = "swarmscope.agent.network.received"
MIGRATIONS: Final = "swarmscope.agent.migrations"
TARGET_ACHIEVEMENT: Final = "swarmscope.agent.target_achievement"
SCORE: Final = "swarmscope.population.score"
BEST_SCORE: Final = "swarmscope.population.best_score"
GENERATIONS: Final = "swarmscope.population.generations"


class Trial(Operation):
    """One member of the population in one generation, with its hyper-parameters."""

    def __init__(
        self,
        run: TrainingRun,
        generation: int,
        id: str,  # noqa: A002 – the public word
        agent: str,
        parameters: Mapping[str, AttributeValue],
        attributes: Mapping[str, Any],
    ) -> None:
        self.id = id
        self._run = run
        self._generation = generation
        prefixed = {names.HYPERPARAMETER_PREFIX + key: value for key, value in parameters.items()}
        scope = scopes.current() or scopes.EMPTY
        self._agent = agent
        super().__init__(
            f"trial {id}",
            {
                names.OWN_OPERATION: "trial",
                names.POPULATION: run.population,
                names.GENERATION: generation,
                names.TRIAL: id,
                **prefixed,
                **attributes,
            },
            telemetry=run.telemetry,
            scope=scope.derive(agent=agent) if agent else scope,
        )

    def score(self, value: float) -> Trial:
        """The trial's score; the last one counts."""
        self.set(names.SCORE, float(value))
        self._run.scored(self._generation, self.id, float(value), self._agent)
        return self


class Generation(Operation):
    """One generation of the population."""

    def __init__(self, run: TrainingRun, number: int, attributes: Mapping[str, Any]) -> None:
        self.number = number
        self._run = run
        super().__init__(
            f"generation {number}",
            {
                names.OWN_OPERATION: "generation",
                names.POPULATION: run.population,
                names.GENERATION: number,
                **attributes,
            },
            telemetry=run.telemetry,
        )

    def trial(
        self,
        id: str,  # noqa: A002 – the public word
        parameters: Mapping[str, AttributeValue] | None = None,
        *,
        agent: str = "",
        **attributes: AttributeValue,
    ) -> Trial:
        """One trial with its hyper-parameters; `agent` says whose it is, where it is not the running one."""
        return Trial(self._run, self.number, id, agent, parameters or {}, attributes)


class TrainingRun:
    """The training of one population; the population's id names it everywhere.

    population: its id, a new one when empty. size: how many members. algorithm: e.g. pbt, es, ppo.
    """

    def __init__(
        self,
        population: str = "",
        *,
        size: int | None = None,
        algorithm: str = "",
        telemetry: Telemetry | None = None,
    ) -> None:
        self.population = population or new_id()
        self.telemetry = telemetry or default()
        known = {names.POPULATION_SIZE: size, names.POPULATION_ALGORITHM: algorithm}
        self._known = {key: value for key, value in known.items() if value not in (None, "")}
        self._best: float | None = None
        self._lock = threading.Lock()

    @property
    def best_score(self) -> float | None:
        """The highest score so far, None before the first. Scores that are not finite do not count."""
        return self._best

    def generation(self, number: int, **attributes: AttributeValue) -> Generation:
        """One generation; its trials are made by the generation. Raises ValueError for a negative number."""
        if number < 0:
            raise ValueError(f"generation={number!r} must not be negative")
        self.telemetry.instruments.gauge(GENERATIONS, number, self._labels())
        return Generation(self, number, {**self._known, **attributes})

    def scored(self, generation: int, trial: str, value: float, agent: str = "") -> None:
        """A trial's score as a signal; `Trial.score` calls this. agent: whose it is, the running one's by default."""
        agent = agent or (scopes.current() or scopes.EMPTY).agent
        labels = {**self._labels(), names.TRIAL: trial}
        if agent:
            labels[names.AGENT_ID] = agent
        self.telemetry.instruments.gauge(SCORE, value, labels)
        if not math.isfinite(value):
            return
        with self._lock:
            if self._best is None or value > self._best:
                self._best = value
                self.telemetry.instruments.gauge(BEST_SCORE, value, self._labels())

    def migration(self, agent: str, source: str, target: str, **attributes: AttributeValue) -> Operation:
        """An agent moves from node `source` to node `target`; the block is the transfer."""
        known = {
            names.OWN_OPERATION: "migration",
            names.POPULATION: self.population,
            names.MIGRATION_FROM: source,
            names.MIGRATION_TO: target,
        }
        self.telemetry.instruments.count(MIGRATIONS, 1, {names.AGENT_ID: agent, names.POPULATION: self.population})
        scope = (scopes.current() or scopes.EMPTY).derive(agent=agent)
        return Operation(f"migration {agent}", {**known, **attributes}, telemetry=self.telemetry, scope=scope)

    def checkpoint(self, id: str, *, size_bytes: int | None = None, **attributes: AttributeValue) -> Operation:  # noqa: A002 – the public word
        """Writing one checkpoint; `id` is where it lies."""
        known: dict[str, AttributeValue] = {
            names.OWN_OPERATION: "checkpoint",
            names.POPULATION: self.population,
            names.CHECKPOINT: id,
        }
        if size_bytes is not None:
            known[names.CHECKPOINT_BYTES] = size_bytes
        return Operation("checkpoint", {**known, **attributes}, telemetry=self.telemetry)

    def throughput(self, samples: int, seconds: float, *, device_memory_bytes: int = 0, job: str = "") -> float:
        """A signal-processing job did `samples` in `seconds`; returns samples per second.

        Efficiency is throughput per byte of device memory. Raises ValueError for seconds that are not above 0.
        """
        if seconds <= 0 or samples < 0:
            raise ValueError(f"throughput of {samples!r} samples in {seconds!r} s cannot be computed")
        per_second = samples / seconds
        labels = self._labels() | ({"swarmscope.job.name": job} if job else {})
        instruments = self.telemetry.instruments
        instruments.count(THROUGHPUT_SAMPLES, samples, labels, "{sample}")
        instruments.gauge(THROUGHPUT, per_second, labels, "{sample}/s")
        if device_memory_bytes > 0:
            instruments.gauge(THROUGHPUT_MEMORY, device_memory_bytes, labels, "By")
            instruments.gauge(THROUGHPUT_EFFICIENCY, per_second / device_memory_bytes, labels)
        return per_second

    def gpu(
        self,
        index: int,
        utilisation: float,
        memory_bytes: int,
        *,
        memory_total_bytes: int = 0,
        temperature_c: float | None = None,
        node: str = "",
    ) -> None:
        """One look at a GPU. utilisation: 0 to 1; ValueError outside."""
        if not 0.0 <= utilisation <= 1.0:
            raise ValueError(f"utilisation={utilisation!r} is outside 0–1")
        labels: dict[str, str | int] = {**self._labels(), names.GPU_INDEX: index}
        if node:
            labels[names.NODE] = node
        instruments = self.telemetry.instruments
        instruments.gauge(GPU_UTILISATION, utilisation, labels, "1")
        instruments.gauge(GPU_MEMORY, memory_bytes, labels, "By")
        if memory_total_bytes > 0:
            instruments.gauge(GPU_MEMORY_RATIO, memory_bytes / memory_total_bytes, labels, "1")
        if temperature_c is not None:
            instruments.gauge(GPU_TEMPERATURE, temperature_c, labels, "Cel")

    def network(self, agent: str, *, sent_bytes: int = 0, received_bytes: int = 0) -> None:
        """Bytes that an agent sent and received since the last call."""
        labels = {names.AGENT_ID: agent}
        self.telemetry.instruments.count(NETWORK_SENT, sent_bytes, labels, "By")
        self.telemetry.instruments.count(NETWORK_RECEIVED, received_bytes, labels, "By")

    def target(self, agent: str, achieved: float, *, name: str = "") -> None:
        """How much of its target an agent has reached, 1 is all of it."""
        labels = {names.AGENT_ID: agent, **self._labels()} | ({names.TARGET: name} if name else {})
        self.telemetry.instruments.gauge(TARGET_ACHIEVEMENT, achieved, labels, "1")

    def _labels(self) -> dict[str, Any]:
        return {names.POPULATION: self.population}
