"""One run of the simulator: the fleet lives in real time, and what it says goes to the front door."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from swarmscope.errors import ConfigError
from swarmscope.sim import faults, fleet
from swarmscope.sim.attacks import Attacks
from swarmscope.sim.behaviour import Behaviour
from swarmscope.sim.clock import Clock
from swarmscope.sim.connection import connect
from swarmscope.sim.gauges import Reports, Tally
from swarmscope.sim.histograms import Calls
from swarmscope.sim.outbox import Outbox, Request
from swarmscope.sim.pipelines import Pipelines
from swarmscope.sim.reporter import Reporter
from swarmscope.sim.sender import Ledger, Sender
from swarmscope.sim.training import Training

TICK_S = 0.25
HEARTBEAT_S = 30.0
REGISTER_S = 4.0
DRAIN_S = 30.0
DAY_S = 86_400
LATE_MAX_S = 30.0  # of the fleet behind the clock, or ahead: then it goes on from now instead of telling of the past
WAITING_MAX_S = 60.0  # of what a live fleet has to say: an SDK keeps no more either
TELL_S = 60.0


@dataclass(frozen=True, slots=True)
class Options:
    """What to simulate, and where to send it. seed −1 draws one; rate 1 is natural. calm_s: at first, before the scenario.

    fleet_seed: who is in the fleet, apart from what they do, so that a fleet lives on after a restart; −1: as `seed`.
    """

    agents: int = 100
    duration_s: float = 60.0
    rate: float = 1.0
    metrics_interval_s: float = 10.0
    seed: int = -1
    scenario: str = ""
    truth: Path | None = None
    url: str = "http://127.0.0.1:4318"
    key: str = ""
    connections: int = 8
    wait_s: float = 0.0
    calm_s: float = 0.0
    fleet_seed: int = -1


@dataclass(slots=True)
class Summary:
    """What a run did: what was acknowledged, what was not, and what it cost the simulator."""

    agents: int
    seconds: float
    seed: int
    cpu_s: float
    late_s: float  # how far the fleet fell behind real time
    ledger: Ledger
    faults: int = 0
    facts: dict[str, Any] = field(default_factory=dict)

    def report(self) -> dict[str, Any]:
        """The summary as JSON types."""
        ledger = self.ledger
        rates = {f"{s}_per_s": round(c.sent / max(1e-9, self.seconds), 1) for s, c in ledger.signals.items()}
        latency = np.array(ledger.latencies_ms) if ledger.latencies_ms else np.zeros(0)
        quantiles = {
            f"p{q}": round(float(np.percentile(latency, q)), 2) if latency.size else None for q in (50, 95, 99)
        }
        return {
            "agents": self.agents,
            "seconds": round(self.seconds, 2),
            "seed": self.seed,
            "items": {
                s: {k: getattr(c, k) for k in ("sent", "rejected", "refused", "dropped", "bytes")}
                for s, c in ledger.signals.items()
            },
            "rates": rates,
            "requests": {str(k): v for k, v in sorted(ledger.statuses.items())},
            "acknowledgement_ms": quantiles,
            "messages": ledger.messages,
            "simulator_cpu_s": round(self.cpu_s, 2),
            "simulator_late_s": round(self.late_s, 2),
            "faults": self.faults,
            **self.facts,
        }


class Simulation:
    """The fleet and its clock, without sending: `advance` gives what it said since the last call. Same seed, same bytes."""

    def __init__(self, options: Options, t0_ns: int, seed: int) -> None:
        if options.agents < 1 or options.duration_s <= 0 or options.rate <= 0:
            raise ConfigError("a simulation needs at least one agent, a duration and a rate above zero")
        if not 0 <= options.calm_s < options.duration_s:
            raise ConfigError(f"{options.calm_s:g} s of calm leave nothing of a run of {options.duration_s:g} s")
        self.clock = Clock(t0_ns)
        self.fleet = fleet.build(options.agents, options.fleet_seed if options.fleet_seed >= 0 else seed)
        self.outbox = Outbox(self.fleet)
        self.tally = Tally(self.fleet.n)
        self.calls = Calls(self.fleet)
        self.reporter = Reporter(self.fleet, self.outbox, self.calls, seed, self.clock)
        midnight_s = t0_ns / 1e9 % DAY_S
        start_s = options.duration_s / 4
        self.behaviour = Behaviour(self.fleet, seed, options.rate, self.tally, self.reporter, midnight_s, start_s)
        self.training = Training(self.fleet, self.outbox, seed, options.rate, self.clock)
        self.pipelines = Pipelines(self.fleet, self.outbox, seed, options.rate, self.clock)
        self.reports = Reports(self.fleet, self.tally, self.calls, self.outbox, self.clock, options.metrics_interval_s)
        scenario = faults.load(options.scenario, options.duration_s, options.calm_s)
        self.faults = faults.Faults(scenario, self.fleet, seed, self.clock, options.truth)
        self.attacks = Attacks(self.fleet, self.outbox, seed, self.clock)
        rng = np.random.default_rng([seed, 6])
        n, beats = self.fleet.n, self.fleet.heartbeats
        self._register = np.where(beats, rng.random(n) * min(REGISTER_S, options.duration_s / 4), np.inf)
        self._beat = np.where(beats, self._register + rng.random(n) * HEARTBEAT_S, np.inf)
        self._gone = np.zeros(n, np.bool_)
        self._versions = list(self.fleet.versions)

    def advance(self, t: float) -> Iterator[Request]:
        """Everything that happens up to `t` seconds of the run."""
        self.faults.advance(t)
        effects = self.faults.effects
        self._signs_of_life(t, effects.dead)
        self.reporter.caught_s = effects.caught_s
        self.behaviour.tick(t, effects)
        self.training.tick(t)
        self.pipelines.tick(t)
        self.reports.tick(t, effects.dead)
        self.attacks.tick(t, [i for i in self.faults.active if i.fault.kind == "attack"])
        return self.outbox.drain()

    def _signs_of_life(self, t: float, dead: np.typing.NDArray[np.bool_]) -> None:
        back = self._gone & ~dead & self.fleet.heartbeats
        self._register[back], self._beat[back] = t, t + HEARTBEAT_S
        self._gone = dead.copy()
        if self.fleet.versions != self._versions:
            turned = np.array([a != b for a, b in zip(self.fleet.versions, self._versions, strict=True)])
            self._register[turned[self.fleet.node] & self.fleet.heartbeats] = t
            self._versions = list(self.fleet.versions)
        for agent in np.flatnonzero((self._register <= t) & ~dead).tolist():
            self.reporter.registered(agent, float(self._register[agent]))
            self._register[agent] = np.inf
        due = np.flatnonzero(self._beat <= t)
        for agent in due.tolist():
            if not dead[agent]:
                busy = agent < self.behaviour.n and self.behaviour.step[agent] != 0
                self.reporter.heartbeat(agent, float(self._beat[agent]), "busy" if busy else "idle")
        self._beat[due] += HEARTBEAT_S


def simulate(
    options: Options, watch: Callable[[float, Ledger], bool] | None = None, tell: Callable[[str], None] | None = None
) -> Summary:
    """Run for `options.duration_s` of real time. `watch(t, ledger)` is called every tick, and while the server is waited for;
    True ends the run early. `tell` hears in a sentence that nothing gets through, and when it does again.

    A fleet that its machine kept from living (it slept, or had no time) goes on from now.
    """
    seed = options.seed if options.seed >= 0 else int.from_bytes(os.urandom(4))
    unheard = Unheard(options.url, tell or (lambda _: None))
    ledger = Ledger()

    def ended(t: float) -> bool:
        unheard.look(t, ledger)
        return watch is not None and watch(t, ledger)

    if not await_server(options.url, options.key, options.wait_s, lambda: ended(0.0)):
        return Summary(options.agents, 0.0, seed, 0.0, 0.0, ledger)
    simulation = Simulation(options, time.time_ns(), seed)
    sender = Sender(options.url, options.key, options.connections, age_max_s=WAITING_MAX_S, ledger=ledger)
    cpu, begun, pace, late = time.process_time(), time.monotonic(), time.monotonic(), 0.0
    t = until = 0.0
    try:
        while t < (until := options.duration_s - (pace - begun)):
            behind = time.monotonic() - pace - t
            off_ns = time.time_ns() - simulation.clock.ns(t)
            if abs(off_ns) > LATE_MAX_S * 1e9:
                simulation.clock.skip(t, off_ns)
                pace += max(0.0, behind)
            t = min(until, t + TICK_S)
            behind = time.monotonic() - pace - t
            if behind < 0:
                time.sleep(-behind)
            late = max(late, behind)
            for request in simulation.advance(t):
                sender.offer(request)
            if ended(t):
                break
    finally:
        simulation.faults.close(t)
        sender.close(min(DRAIN_S, 2 + t))
    seconds = time.monotonic() - begun
    return Summary(options.agents, seconds, seed, time.process_time() - cpu, late, ledger, len(simulation.faults.ended))


class Unheard:
    """Tells when nothing has been acknowledged for TELL_S, why, and when something is again."""

    def __init__(self, url: str, tell: Callable[[str], None]) -> None:
        self._url, self._tell = url, tell
        self._sent, self._since, self._told = 0, time.monotonic(), False

    def look(self, t: float, ledger: Ledger) -> None:
        """Look at what was acknowledged until `t` seconds of the run."""
        now = time.monotonic()
        sent = sum(counts.sent for counts in ledger.signals.values())
        if sent != self._sent:
            if self._told:
                self._tell(f"{self._url} takes what the fleet says again, after {now - self._since:.0f} s")
            self._sent, self._since, self._told = sent, now, False
        elif not self._told and now - self._since >= TELL_S:
            why = next(reversed(ledger.messages), "no answer yet")
            what = (
                "nothing of what the fleet says was acknowledged" if t else "waiting for the server; nothing came back"
            )
            self._tell(f"{what} by {self._url} for {now - self._since:.0f} s: {why}")
            self._told = True


def await_server(url: str, key: str, wait_s: float, ended: Callable[[], bool] = lambda: False) -> bool:
    """Return as soon as something answers at `url`; False when `ended` before. ConfigError after `wait_s` seconds, at once
    when it is 0."""
    deadline = time.monotonic() + wait_s
    connection = connect(url, key, 5.0)
    try:
        while True:
            outcome = connection.send("traces", b"")
            if outcome.status not in (0, 1014):
                return True
            if time.monotonic() >= deadline:
                raise ConfigError(
                    f"nothing answers OTLP at {url} ({outcome.message}); start a server with `swarmscope up`, or give --url"
                )
            if ended():
                return False
            time.sleep(0.2)
    finally:
        connection.close()
