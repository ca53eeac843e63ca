"""Faults with known truth: scenarios in TOML, what they do to which agents and when, and the record of it.

A scenario is a list of `[[fault]]` tables:

kind        one of KINDS
start       when, after the start of the run: a duration (60s) or a share of the run (25%); calm before is no part of it
duration    how long, likewise
every       optional: it comes again so long after its last start, with other agents
agents      how many agents, or a share of the workers (5%); ignored by dead_node and rollout
nodes       how many nodes, or a share of them (dead_node and rollout only)
role        optional: only agents of this role
magnitude   how bad; its meaning stands in KINDS
delay       cascade only: seconds from one agent to the next

Beside faults there is behaviour that emerges between agents (synchrony, contagion, polarisation, merger, tipping, synergy); of
polarisation and merger `agents` counts or shares teams.

Each fault that began is one line of the truth file: kind, agents, nodes, start and end (ns since the epoch), magnitude,
signals it shows in, and for a cascade and a contagion the onset of each agent.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from swarmscope.errors import ConfigError
from swarmscope.sim.catalogue import ROLES
from swarmscope.sim.clock import Clock
from swarmscope.sim.durations import seconds_of
from swarmscope.sim.fleet import VERSION, VERSION_NEXT, Fleet

FAULTS_MAX = 1000
ON_NODES = ("dead_node", "rollout")
OF_TEAMS = ("polarisation", "merger")
WORDIER = 1.25  # factor on output tokens of the version that is rolled out


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of fault does. magnitude: what the number means; `default` where the file gives none."""

    about: str
    magnitude: str
    default: float
    signals: tuple[str, ...]


KINDS: dict[str, Kind] = {
    "latency": Kind("models and tools answer slowly", "factor on every duration", 5.0, ("latency",)),
    "errors": Kind("models and tools fail", "probability that a step fails", 0.5, ("errors",)),
    "loop": Kind(
        "the agent calls one tool with the same arguments again and again",
        "calls per turn, at least",
        30,
        ("spans", "tokens"),
    ),
    "wedged": Kind("the agent starts a step and never ends it", "not used", 1, ("pending", "spans")),
    "quality": Kind("the quality of answers declines, steadily", "share lost at the end", 0.5, ("quality",)),
    "tokens": Kind("answers grow without bound", "factor on output tokens", 8.0, ("tokens", "cost", "latency")),
    "cascade": Kind(
        "slowness and errors spread from one agent to its team", "factor on every duration", 6.0, ("latency", "errors")
    ),
    "dead_node": Kind("every agent of a node is gone", "not used", 1, ("heartbeat", "spans")),
    "rollout": Kind(
        "nodes run the next version: it answers more slowly and says more",
        "factor on every duration",
        1.35,
        ("latency", "tokens", "cost"),
    ),
    "retry_storm": Kind(
        "tools fail and are retried at once, many times", "retries per failure", 20, ("errors", "spans")
    ),
    "synchrony": Kind("agents begin their work in step", "period in seconds", 20, ("spans",)),
    "contagion": Kind(
        "a phrase passes from agent to agent when they work together", "probability that it passes", 0.9, ("messages",)
    ),
    "polarisation": Kind(
        "the answers of whole teams are worse than those of the others", "share lost", 0.4, ("quality",)
    ),
    "merger": Kind("neighbouring teams begin to work with each other as one", "not used", 1, ("edges",)),
    "tipping": Kind(
        "latency swings ever wider and slower, as before a transition",
        "deviation at the end, as a logarithm",
        0.8,
        ("latency",),
    ),
    "attack": Kind(
        "injections, guessed passwords and planted instructions reach the agents' front door",
        "requests a minute",
        40,
        ("security",),
    ),
    "synergy": Kind("work done alone turns out worse than work done together", "share lost alone", 0.2, ("quality",)),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One entry of a scenario, in seconds of the run."""

    kind: str
    start_s: float
    duration_s: float
    every_s: float
    agents: float  # count, or share when below 1
    nodes: float  # count, or share when below 1
    role: int  # -1: any
    magnitude: float
    delay_s: float


@dataclass(slots=True)
class Incident:
    """A fault that began."""

    fault: Fault
    number: int
    agents: NDArray[np.int64]
    nodes: NDArray[np.int64]
    start_s: float
    end_s: float
    onset_s: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))  # contagion: when each agent had it
    path: NDArray[np.float64] = field(
        default_factory=lambda: np.zeros(0)
    )  # tipping: logarithm of the factor, per second


@dataclass(slots=True)
class Effects:
    """What the faults of this moment do to each agent."""

    slow: NDArray[np.float64]
    failing: NDArray[np.float64]
    wordy: NDArray[np.float64]
    quality: NDArray[np.float64]
    retries: NDArray[np.int64]
    looping: NDArray[np.int64]
    wedged: NDArray[np.bool_]
    dead: NDArray[np.bool_]
    beat_s: NDArray[np.float64]  # work begins at multiples of it; 0: whenever
    alone: NDArray[np.float64]  # factor on the quality of work without others
    joined: NDArray[np.bool_]  # works with the neighbouring team, too
    caught_s: NDArray[np.float64]  # since when an agent says the phrase; those who work together write it; inf: not
    catching: float = 0.0

    @classmethod
    def none(cls, n: int) -> Effects:
        """Nothing is wrong."""
        return cls(
            slow=np.ones(n), failing=np.zeros(n), wordy=np.ones(n), quality=np.ones(n), retries=np.full(n, 3),
            looping=np.zeros(n, np.int64),
            wedged=np.zeros(n, np.bool_), dead=np.zeros(n, np.bool_), beat_s=np.zeros(n), alone=np.ones(n),
            joined=np.zeros(n, np.bool_), caught_s=np.full(n, np.inf),
        )  # fmt: skip


def shipped() -> dict[str, str]:
    """Names of the scenarios that come with the program, and what they are about."""
    files = resources.files("swarmscope.sim").joinpath("scenarios")
    names = sorted(f.name.removesuffix(".toml") for f in files.iterdir() if f.name.endswith(".toml"))
    return {n: str(tomllib.loads(files.joinpath(f"{n}.toml").read_text("utf-8")).get("about", "")) for n in names}


def load(name: str, run_s: float, calm_s: float = 0.0) -> tuple[Fault, ...]:
    """The faults of a shipped scenario or of a TOML file in a run that is calm at first. ConfigError names the entry and the
    remedy."""
    if not name:
        return ()
    if name in shipped():
        text = resources.files("swarmscope.sim").joinpath("scenarios", f"{name}.toml").read_text("utf-8")
    else:
        try:
            text = Path(name).read_text("utf-8")
        except OSError as e:
            raise ConfigError(f"scenario {name!r} is neither a file nor one of {', '.join(shipped())}") from e
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        raise ConfigError(f"scenario {name} is not valid TOML: {e}") from e
    entries = tree.get("fault", [])
    if unknown := set(tree) - {"about", "fault"}:
        raise ConfigError(f"scenario {name}: unknown key {min(unknown)!r}; known are about and [[fault]]")
    if len(entries) > FAULTS_MAX:
        raise ConfigError(f"scenario {name} has {len(entries)} faults; at most {FAULTS_MAX}")
    known = (_fault(entry, f"scenario {name}, fault {i + 1}", run_s - calm_s) for i, entry in enumerate(entries))
    return tuple(replace(fault, start_s=calm_s + fault.start_s) for fault in known)


def _fault(entry: dict[str, Any], where: str, run_s: float) -> Fault:
    known = {"kind", "start", "duration", "every", "agents", "nodes", "role", "magnitude", "delay"}
    if unknown := set(entry) - known:
        raise ConfigError(f"{where}: unknown key {min(unknown)!r}; known are {', '.join(sorted(known))}")
    kind = entry.get("kind")
    if kind not in KINDS:
        raise ConfigError(f"{where}: kind {kind!r} is not known; there are {', '.join(KINDS)}")
    roles = [r.name for r in ROLES]
    if entry.get("role", roles[0]) not in roles:
        raise ConfigError(f"{where}: role {entry['role']!r} is not known; there are {', '.join(roles)}")
    return Fault(
        kind=kind,
        start_s=_moment(entry.get("start", 0), run_s, f"{where}: start"),
        duration_s=_moment(entry.get("duration", "100%"), run_s, f"{where}: duration"),
        every_s=_moment(entry.get("every", 0), run_s, f"{where}: every"),
        agents=_amount(entry.get("agents", 1), f"{where}: agents"),
        nodes=_amount(entry.get("nodes", 1), f"{where}: nodes"),
        role=roles.index(entry["role"]) if "role" in entry else -1,
        magnitude=_amount(entry.get("magnitude", KINDS[kind].default), f"{where}: magnitude"),
        delay_s=_moment(entry.get("delay", 5), run_s, f"{where}: delay"),
    )


def _moment(value: Any, run_s: float, where: str) -> float:
    try:
        text = str(value)
        return float(text[:-1]) / 100 * run_s if text.endswith("%") else seconds_of(text)
    except ValueError as e:
        raise ConfigError(f"{where}={value!r} is neither a duration (60s) nor a share of the run (25%)") from e


def _amount(value: Any, where: str) -> float:
    try:
        text = str(value)
        number = float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError as e:
        raise ConfigError(f"{where}={value!r} is neither a number nor a share (5%)") from e
    if not 0 < number < 1e6:
        raise ConfigError(f"{where}={value!r} must be above 0 and below a million")
    return number


@dataclass(slots=True)
class Faults:
    """Begins and ends the faults of a scenario as time passes; `effects` is what holds now."""

    scenario: tuple[Fault, ...]
    fleet: Fleet
    seed: int
    clock: Clock
    truth: Path | None = None
    effects: Effects = field(init=False)
    active: list[Incident] = field(init=False, default_factory=list)
    ended: list[Incident] = field(init=False, default_factory=list)
    _next: list[float] = field(init=False)
    _begun: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.effects = Effects.none(self.fleet.n)
        self._next = [f.start_s for f in self.scenario]
        if self.truth is not None:
            self.truth.parent.mkdir(parents=True, exist_ok=True)
            self.truth.write_bytes(b"")

    def advance(self, t: float) -> bool:
        """Bring `effects` to time `t`; whether anything is or just was wrong."""
        before = bool(self.active)
        for k, fault in enumerate(self.scenario):
            if t >= self._next[k]:
                self._begin(fault, self._next[k])
                self._next[k] = self._next[k] + fault.every_s if fault.every_s > 0 else float("inf")
        for incident in [i for i in self.active if t >= i.end_s]:
            self._end(incident, incident.end_s)
        if not (self.active or before):
            return False
        effects = Effects.none(self.fleet.n)
        for incident in self.active:
            self._apply(incident, t, effects)
        self.effects = effects
        return True

    def close(self, t: float) -> None:
        """The run is over: what is still wrong ends now."""
        for incident in list(self.active):
            self._end(incident, min(t, incident.end_s))

    def _begin(self, fault: Fault, start_s: float) -> None:
        rng = np.random.default_rng([self.seed, 7, self._begun])
        nodes = np.zeros(0, np.int64)
        if fault.kind in ON_NODES:
            everyone, workers = self.fleet.node, self.fleet.node[: self.fleet.workers]
            pure = np.setdiff1d(workers, everyone[self.fleet.workers :])  # nodes without learners and builders
            hosts = pure if pure.size else np.unique(workers)
            count = int(np.ceil(fault.nodes * hosts.size)) if fault.nodes < 1 else int(fault.nodes)
            nodes = np.sort(rng.permutation(hosts)[:count])
            agents = np.flatnonzero(np.isin(self.fleet.node[: self.fleet.workers], nodes))
        else:
            agents = self._pick(fault, rng)
        if fault.kind == "rollout":
            self.fleet.deploy(nodes.tolist(), VERSION_NEXT)
        end_s = start_s + fault.duration_s
        incident = Incident(fault, self._begun, agents, nodes, start_s, end_s)
        if fault.kind == "contagion":
            incident.onset_s = np.full(self.fleet.n, np.inf)
            incident.onset_s[agents] = start_s
        if fault.kind == "tipping":
            incident.path = slowing_down(fault.duration_s, fault.magnitude, rng)
        self.active.append(incident)
        self._begun += 1

    def _pick(self, fault: Fault, rng: np.random.Generator) -> NDArray[np.int64]:
        workers = np.arange(self.fleet.workers)
        if fault.role >= 0:
            workers = workers[self.fleet.role == fault.role]
        if fault.kind in OF_TEAMS:
            team = self.fleet.team[: self.fleet.workers] // (2 if fault.kind == "merger" else 1)
            chosen = rng.permutation(np.unique(team))
            teams = int(np.ceil(fault.agents * chosen.size)) if fault.agents < 1 else int(fault.agents)
            return np.flatnonzero(np.isin(team, chosen[:teams]))
        count = int(np.ceil(fault.agents * workers.size)) if fault.agents < 1 else int(fault.agents)
        if fault.kind != "cascade" or not workers.size:
            return np.sort(rng.permutation(workers)[:count])
        first = int(rng.choice(workers))
        team = np.flatnonzero(self.fleet.team[: self.fleet.workers] == self.fleet.team[first])
        others = rng.permutation(team[team != first])
        return np.concatenate(([first], others))[: max(2, count)]

    def _end(self, incident: Incident, end_s: float) -> None:
        incident.end_s = end_s
        if incident.fault.kind == "rollout":
            self.fleet.deploy(incident.nodes.tolist(), VERSION)
        self.active.remove(incident)
        self.ended.append(incident)
        del self.ended[:-FAULTS_MAX]
        if self.truth is not None:
            with self.truth.open("ab") as file:
                file.write(orjson.dumps(self._line(incident)) + b"\n")

    def _line(self, incident: Incident) -> dict[str, Any]:
        fault = incident.fault
        line: dict[str, Any] = {
            "fault": incident.number,
            "kind": fault.kind,
            "agents": [self.fleet.names[i] for i in incident.agents.tolist()],
            "nodes": [f"node-{k:04d}" for k in incident.nodes.tolist()],
            "start_ns": self.clock.ns(incident.start_s),
            "end_ns": self.clock.ns(incident.end_s),
            "magnitude": fault.magnitude,
            "signals": list(KINDS[fault.kind].signals),
        }
        if fault.kind == "cascade":
            line["onset_ns"] = [line["start_ns"] + int(k * fault.delay_s * 1e9) for k in range(incident.agents.size)]
        if fault.kind == "contagion":
            caught = np.argsort(incident.onset_s, kind="stable")[: int(np.isfinite(incident.onset_s).sum())].tolist()
            line["agents"] = [self.fleet.names[i] for i in caught]
            line["onset_ns"] = [self.clock.ns(float(incident.onset_s[i])) for i in caught]
        return line

    def _apply(self, incident: Incident, t: float, to: Effects) -> None:
        fault, who = incident.fault, incident.agents
        match fault.kind:
            case "latency":
                to.slow[who] *= fault.magnitude
            case "errors":
                to.failing[who] = np.maximum(to.failing[who], fault.magnitude)
            case "loop":
                to.looping[who] = int(fault.magnitude)
            case "wedged":
                to.wedged[who] = True
            case "quality":
                passed = (t - incident.start_s) / max(1e-9, fault.duration_s)
                to.quality[who] *= 1 - fault.magnitude * min(1.0, passed)
            case "tokens":
                to.wordy[who] *= fault.magnitude
            case "cascade":
                reached = who[: int((t - incident.start_s) / max(1e-9, fault.delay_s)) + 1]
                to.slow[reached] *= fault.magnitude
                to.failing[reached] = np.maximum(to.failing[reached], 0.3)
            case "dead_node":
                to.dead[who] = True
            case "rollout":
                to.slow[who] *= fault.magnitude
                to.wordy[who] *= WORDIER
            case "synchrony":
                to.beat_s[who] = fault.magnitude
            case "contagion":
                to.caught_s, to.catching = incident.onset_s, fault.magnitude
            case "polarisation":
                to.quality[who] *= 1 - fault.magnitude
            case "merger":
                to.joined[who] = True
            case "tipping":
                to.slow[who] *= np.exp(incident.path[min(int(t - incident.start_s), len(incident.path) - 1)])
            case "synergy":
                to.alone[who] *= 1 - fault.magnitude
            case "attack":
                pass  # what is sent does not change how agents work; `attacks` sends it
            case _:  # retry_storm
                to.failing[who] = np.maximum(to.failing[who], 0.8)
                to.retries[who] = int(fault.magnitude)


def slowing_down(seconds: float, deviation: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """A path of one value a second whose memory grows from 0.2 to 0.98 and whose deviation grows from a tenth to all of it."""
    n = max(2, int(seconds) + 1)
    share = np.arange(n) / (n - 1)
    memory, noise = 0.2 + 0.78 * share, rng.standard_normal(n)
    path = np.zeros(n)
    for i in range(1, n):
        path[i] = memory[i] * path[i - 1] + np.sqrt(1 - memory[i] ** 2) * noise[i]
    return path * deviation * (0.1 + 0.9 * share)
