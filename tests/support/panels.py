"""Panels of a calm fleet, and of one in which an agent is slow: what every detector of series is examined with."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import cache

import numpy as np

from swarmscope.stats.foresight import Foresight, Foretold
from swarmscope.window import INDEX, SIGNALS, Panel

FRAMES = 120
SPREAD = np.float32(0.2)


def panel(agents: int = 64, seed: int = 1, frames: int = FRAMES) -> Panel:
    """A calm fleet of one kind: normal values around a known mean, ten calls behind each."""
    r = np.random.default_rng(seed)
    shape = (len(SIGNALS), agents)
    mean = np.tile(np.linspace(0.5, 3, len(SIGNALS), dtype=np.float32)[:, None], (1, agents))
    scale = SPREAD / np.sqrt(10)
    x = (mean + scale * r.standard_normal((frames, *shape))).astype(np.float32)
    now = time.time_ns()
    return Panel(
        tenant="t", now_ns=now, times_ns=now - np.arange(frames)[::-1] * 10_000_000_000,
        agents=[f"a{i}" for i in range(agents)],
        cohort=np.zeros(agents, np.int32), cohorts=["worker"], signals=SIGNALS, x=x, items=np.full(shape, 10, np.float32),
        counts=np.full((frames, *shape), 10, np.float16), mean=mean, spread=np.full(shape, SPREAD),
        unsure=np.zeros(shape, np.float32), known=np.full(shape, 500, np.float32), foretold=foretold(agents),
    )  # fmt: skip


@cache
def foretold(agents: int) -> Foretold:
    """What two hours of such a fleet taught."""
    r = np.random.default_rng(7)
    learner = Foresight(len(SIGNALS), np.full(len(SIGNALS), 0.01, np.float32))
    learner.grow(agents, 1)
    cohort = np.zeros(agents, np.int32)
    mean = np.linspace(0.5, 3, len(SIGNALS), dtype=np.float32)[:, None]
    for _ in range(160):
        noise = SPREAD / np.sqrt(10) * r.standard_normal((len(SIGNALS), agents))
        learner.learn((mean + noise).astype(np.float32), cohort)
    return learner.foretold(cohort)


def shifted(seen: Panel, agent: int, deviations: float, frames: int = 12) -> Panel:
    x = seen.x.copy()
    x[-frames:, INDEX["latency_mean"], agent] += deviations * SPREAD
    x[-frames:, INDEX["latency_p95"], agent] += deviations * SPREAD
    return replace(seen, x=x)
