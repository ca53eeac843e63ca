"""Staged pipelines: thirteen stages one after another, with progress while a stage runs, a failure now and then."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from swarmscope.sim import wire
from swarmscope.sim.clock import Clock
from swarmscope.sim.fleet import Fleet
from swarmscope.sim.outbox import Outbox

STAGES = (
    "collect", "validate", "deduplicate", "tokenize", "shard", "pretrain", "evaluate", "align", "red-team", "distill",
    "quantize", "package", "publish",
)  # fmt: skip
STAGE_S = 4.0
PROGRESS_S = 1.0
PAUSE_S = 10.0
FAILURE = 0.01


@dataclass(slots=True)
class Run:
    """One run of one pipeline by one agent."""

    agent: int
    name: str
    number: int
    trace: bytes
    root: bytes
    began: float
    stage: int
    span_id: bytes
    stage_began: float
    stage_ends: float
    progress_at: float
    fails: bool


class Pipelines:
    """Each pipeline agent runs its pipeline again and again."""

    def __init__(self, fleet: Fleet, outbox: Outbox, seed: int, rate: float, clock: Clock) -> None:
        self._rng = np.random.default_rng([seed, 5])
        self._fleet, self._outbox, self._rate, self._clock = fleet, outbox, rate, clock
        first = fleet.workers + fleet.trainers
        self._runs = [self._begin(first + i, 0, 0.5 + i) for i in range(fleet.pipelines)]

    def tick(self, t: float) -> None:
        """Report the progress and the stages that ended by `t`."""
        for k, run in enumerate(self._runs):
            while run.progress_at <= t and run.progress_at < run.stage_ends:
                self._stage_span(run, run.progress_at, pending=True)
                run.progress_at += PROGRESS_S
            if run.stage_ends <= t:
                self._stage_span(run, run.stage_ends, pending=False)
                if run.fails or run.stage == len(STAGES) - 1:
                    self._root_span(run, run.stage_ends + 0.01, pending=False)
                    self._runs[k] = self._begin(run.agent, run.number + 1, run.stage_ends + PAUSE_S / self._rate)
                else:
                    self._next_stage(run, run.stage + 1, run.stage_ends + 0.01)

    def _begin(self, agent: int, number: int, t: float) -> Run:
        name = f"release-{agent - self._fleet.workers - self._fleet.trainers}"
        run = Run(agent, name, number, self._rng.bytes(16), self._rng.bytes(8), t, 0, b"", 0, 0, 0, False)
        self._next_stage(run, 0, t + 0.01)
        self._root_span(run, t, pending=True)
        return run

    def _next_stage(self, run: Run, stage: int, t: float) -> None:
        run.stage, run.span_id, run.stage_began = stage, self._rng.bytes(8), t
        run.stage_ends = t + STAGE_S / self._rate * float(self._rng.lognormal(0, 0.3))
        run.progress_at = t
        run.fails = bool(self._rng.random() < FAILURE)

    def _stage_span(self, run: Run, t: float, pending: bool) -> None:
        progress = min(1.0, (t - run.stage_began) / (run.stage_ends - run.stage_began))
        items: dict[str, wire.Value] = {
            "swarmscope.operation": "stage",
            "swarmscope.stage.name": STAGES[run.stage],
            "swarmscope.stage.index": run.stage,
            "swarmscope.stage.count": len(STAGES),
            "swarmscope.stage.progress": round(progress, 3),
            "process.cpu.utilization": round(float(self._rng.uniform(0.3, 0.95)), 3),
            "process.memory.usage": int(self._rng.integers(1 << 30, 6 << 30)),
        }
        failed = run.fails and not pending
        start, end = run.stage_began, run.stage_began if pending else t
        self._span(run, run.span_id, run.root, f"stage {STAGES[run.stage]}", start, end, items, pending, failed)
        if not pending:
            self._log(
                run, f"stage {STAGES[run.stage]} {'failed' if failed else 'done'} after {t - start:.1f} s", t, failed
            )

    def _root_span(self, run: Run, t: float, pending: bool) -> None:
        failed = run.fails and not pending
        items: dict[str, wire.Value] = {"swarmscope.operation": "pipeline", "swarmscope.stage.count": len(STAGES)}
        self._span(run, run.root, b"", f"pipeline {run.name}", run.began, t, items, pending, failed)

    def _span(
        self,
        run: Run,
        span_id: bytes,
        parent: bytes,
        name: str,
        start: float,
        end: float,
        items: dict[str, wire.Value],
        pending: bool,
        failed: bool,
    ) -> None:
        known: dict[str, wire.Value] = {
            "swarmscope.agent.id": self._fleet.names[run.agent],
            "swarmscope.agent.kind": "worker",
            "swarmscope.pipeline.id": f"{run.name}-{run.number:04d}",
            "swarmscope.pipeline.name": run.name,
            **items,
        }
        if pending:
            known["swarmscope.pending"] = True
        status = b"" if pending else wire.error_status(f"stage {STAGES[run.stage]} failed") if failed else wire.OK
        span = wire.span(
            run.trace,
            span_id,
            parent,
            name.encode(),
            1,
            self._clock.ns(start),
            self._clock.ns(end),
            wire.attributes(9, known) + status,
        )
        self._outbox.span(self._fleet.node_of(run.agent), span)

    def _log(self, run: Run, text: str, t: float, failed: bool) -> None:
        items = wire.attributes(
            6, {"swarmscope.agent.id": self._fleet.names[run.agent], "swarmscope.pipeline.name": run.name}
        )
        level, word = (17, b"ERROR") if failed else (9, b"INFO")
        record = wire.log_record(self._clock.ns(t), level, word, text.encode(), items, run.trace, run.span_id)
        self._outbox.log(self._fleet.node_of(run.agent), record)
