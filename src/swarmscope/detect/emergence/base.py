"""What a pattern of emergence is: one class in one file with one method, `seek`; looking, levels and findings are done here.

A pattern asks its question of a `Scene` (what the agents of one window did, read once for all patterns) and answers with
`Emergence`: what emerged, how large it is, how rarely chance gives as much. Only what is rarer than the level that the
sensitivity stands for, and large enough to matter, becomes a finding.
"""

from __future__ import annotations

import hashlib
import threading
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, ClassVar

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from swarmscope.detect.base import Options, Question, WindowDetector
from swarmscope.model.finding import FLEET, Finding
from swarmscope.query.interactions import Begun, Interactions, Met, Said, Tasks
from swarmscope.query.reader import Reader
from swarmscope.query.times import MINUTE_NS, SECOND_NS, Window
from swarmscope.stats import networks
from swarmscope.stats.information import Contacts

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
WINDOW_MIN_S, WINDOW_MAX_S = 60.0, 300.0
LOOKBACK = 3  # windows that patterns of slow change look at
PAST_S = 3600  # before those, in which it shows who works with whom
PAST_STEP_S = 300
STEP_S = 5
PARTICIPANTS_MAX = 200
SCENES_KEPT = 2
DRAWS_MAX = 49_999
REACHABLE = 10 / DRAWS_MAX  # what surrogates can tell where several tests are corrected for


def level_of(sensitivity: float) -> float:
    """How rare something must be under its null: 10^−(2 + 3 (1 − sensitivity)), 0.00126 at 0.7, 0.01 at 1, 10⁻⁵ at 0."""
    return float(10 ** -(2 + 3 * (1 - min(1.0, max(0.0, sensitivity)))))


def draws_of(level: float, tests: int = 1) -> int:
    """As many surrogates as a test at `level`, corrected for `tests`, needs to be able to reject."""
    return int(min(DRAWS_MAX, max(199, np.ceil(2 * tests / level))))


@dataclass(slots=True, weakref_slot=True)
class _Kept:
    """The scenes that were looked at last, per tenant."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    scenes: dict[tuple[int, int, str], Scene] = field(default_factory=dict)


@dataclass(slots=True, weakref_slot=True)
class _Past:
    """Who worked with whom in the hour that was read last, per tenant: names and how often."""

    of: Window | None = None
    agents: list[str] = field(default_factory=list)
    pairs: tuple[I64, I64, F64] | None = None


@dataclass
class Scene:
    """What the agents of one window did. `within`: the window; `long`: the window and
    those before it that patterns of slow change look at; times of `met`, `said`, `tasks` and `signals` count from its start."""

    reads: Reader
    within: Window

    @cached_property
    def long(self) -> Window:
        """LOOKBACK windows, the last of them this one."""
        return Window(max(0, self.within.end_ns - LOOKBACK * self.within.length_ns), self.within.end_ns)

    @cached_property
    def look(self) -> Interactions:
        """The numbering of agents."""
        return Interactions(self.reads, self.long)

    @property
    def agents(self) -> list[str]:
        """Names by number."""
        return self.look.agents

    def read(self) -> Scene:
        """Read everything, so that the numbering of agents is settled before anybody counts them."""
        _ = (self.met, self.begun, self.said, self.tasks, self.signals)
        return self

    @property
    def offset_s(self) -> float:
        """Where the window begins, in seconds from the start of `long`."""
        return (self.within.start_ns - self.long.start_ns) / SECOND_NS

    @property
    def window_s(self) -> float:
        """Length of the window."""
        return self.within.length_ns / SECOND_NS

    @cached_property
    def met(self) -> Met:
        """Who asked whom, over `long`."""
        return self.look.met()

    @cached_property
    def past(self) -> tuple[I64, I64, F64]:
        """Who asked whom how often in about an hour before `long`: asking and asked agents of the scene, and the number."""
        end_s = self.long.start_ns // SECOND_NS // PAST_STEP_S * PAST_STEP_S
        window = Window(max(0, end_s - PAST_S) * SECOND_NS, end_s * SECOND_NS)
        kept = self.reads.kept(_Past)
        agents, pairs = kept.agents, kept.pairs
        if pairs is None or kept.of != window:
            look = Interactions(self.reads, window)
            agents, pairs = look.agents, look.pairs()
            kept.of, kept.agents, kept.pairs = window, agents, pairs
        places = self.look.known(agents)
        source, target, calls = places[pairs[0]], places[pairs[1]], pairs[2]
        both = (source >= 0) & (target >= 0)
        return source[both], target[both], calls[both]

    @cached_property
    def begun(self) -> Begun:
        """Work begun unasked, over `long`."""
        return self.look.begun()

    @cached_property
    def said(self) -> Said:
        """Contents given out by several agents, over `long`."""
        return self.look.said()

    @cached_property
    def tasks(self) -> Tasks:
        """Tasks and their outcomes, over `long`."""
        return self.look.tasks()

    @cached_property
    def signals(self) -> dict[str, F64]:
        """Agents × steps of STEP_S, over `long`."""
        return self.look.signals(STEP_S)

    @cached_property
    def contacts(self) -> Contacts:
        """Who reached whom: the asked with the question, the asking with the answer."""
        met = self.met
        return Contacts(
            np.concatenate((met.source, met.target)),
            np.concatenate((met.target, met.source)),
            np.concatenate((met.time_s, met.time_s + met.lasted_s)),
        )

    @cached_property
    def network(self) -> networks.Network:
        """Everybody who met somebody over `long`, with how often."""
        return networks.network(len(self.agents), self.met.source, self.met.target)

    @cached_property
    def communities(self) -> I64:
        """Community of each agent of `network`; −1: met nobody."""
        return networks.communities(self.network)[1]

    @cached_property
    def partners(self) -> I64:
        """With how many others each agent of `network` met."""
        return networks.partners(self.network)

    def lead(self, places: I64) -> str:
        """After whom these agents are called."""
        return lead_of(places, self.partners, self.agents)

    def names(self, places: I64 | Sequence[int]) -> tuple[str, ...]:
        """Names of agents, at most PARTICIPANTS_MAX."""
        return tuple(self.agents[int(i)] for i in list(places)[:PARTICIPANTS_MAX])

    def moment_ns(self, time_s: float) -> int:
        """Nanoseconds since the epoch of a time of `long`, within it."""
        return int(min(max(self.long.start_ns + time_s * SECOND_NS, self.long.start_ns), self.within.end_ns - 1))


def lead_of(places: I64, partners: I64, agents: Sequence[str]) -> str:
    """The agent that works with the most others, after whom a community is called; of several the first by name."""
    ranked: list[tuple[int, str]] = [(-int(partners[i]), agents[i]) for i in places.tolist()]
    return min(ranked)[1]


def scene_of(reads: Reader, within: Window) -> Scene:
    """The scene of a window; patterns that look at the same one share what was read."""
    kept = reads.kept(_Kept)
    key = (within.start_ns, within.end_ns, reads.environment)
    with kept.lock:
        scene = kept.scenes.get(key)
        if scene is None:
            scene = kept.scenes[key] = Scene(reads, within).read()
            for old in list(kept.scenes)[:-SCENES_KEPT]:
                del kept.scenes[old]
        return scene


class EmergenceOptions(Options, frozen=True):
    """sensitivity: 0 dull, 1 keen; stands for the level by `level_of`."""

    sensitivity: Annotated[
        float, Meta(ge=0, le=1, description="0 dull, 1 keen: how rare under its null it must be")
    ] = 0.7


@dataclass(frozen=True, slots=True)
class Emergence:
    """One thing that a pattern saw, whether or not it is enough. p: probability under the null, corrected for everything that
    was tried. magnitude: in [0, 1], how strong; `least`: from which on it matters."""

    kind: str
    title: str
    explanation: str
    p: float
    magnitude: float
    least: float
    onset_ns: int
    participants: tuple[str, ...]
    observed: float
    expected: float
    statistic: str
    draws: int = 0
    subject: str = ""
    features: tuple[tuple[str, float], ...] = ()
    evidence: tuple[tuple[str, str], ...] = ()
    lead_ns: int = 0
    good: bool = False  # nothing to act upon
    recommendation: str = ""


class Pattern(WindowDetector):
    """A pattern of emergence. least: magnitude from which on it is worth telling."""

    family: ClassVar[str] = "emergence"
    every_s: ClassVar[float] = 30.0
    window_s: ClassVar[float] = 120.0
    heeds: ClassVar[bool] = True
    Options: ClassVar[type[Options]] = EmergenceOptions

    @abstractmethod
    def seek(self, scene: Scene, level: float, rng: np.random.Generator) -> list[Emergence]:
        """What is there, with how rare it is; also what is not rare enough, so that people can see it was looked for."""

    @property
    def level(self) -> float:
        """The false-alarm rate per look that this pattern is held to."""
        return level_of(self.options.sensitivity)

    def look(self, reads: Reader, within: Window, decades: float = 0.0) -> list[Emergence]:
        """What it sees in a window of one to five minutes (longer ones are cut, shorter ones lengthened).

        decades: by how many it is to be able to tell what is rarer than the level: more surrogates are drawn for it.
        """
        length = int(min(max(within.length_ns, WINDOW_MIN_S * SECOND_NS), WINDOW_MAX_S * SECOND_NS))
        seen = Window(max(0, within.end_ns - length), within.end_ns)
        words = f"{reads.tenant}/{self.name}/{seen.start_ns}".encode()
        seed = int.from_bytes(hashlib.blake2b(words, digest_size=8).digest())
        return self.seek(scene_of(reads, seen), self.level * 10.0**-decades, np.random.default_rng(seed))

    def emerged(self, found: Emergence, bar: float | None = None, size: float = 0.0) -> bool:
        """Whether it is rare and large enough. bar: the largest probability, where people moved it from the level; size: the
        magnitude of what they called false.

        Surrogates tell no probability below one of their number: by each decade that the bar lies below what they can tell,
        the least magnitude comes half as near to 1.
        """
        bar = self.level if bar is None else bar
        if not found.draws or bar >= min(self.level, REACHABLE):
            return found.p <= bar and found.magnitude >= max(found.least, size)
        left = float(np.log10(REACHABLE / max(bar, 1e-300)))
        return found.p <= REACHABLE and found.magnitude >= 1 - (1 - max(found.least, size)) * 2.0**-left

    def judge(self, seen: Question) -> Sequence[Finding]:
        """Findings of what emerged in the window."""
        if not seen.said:
            found = self.look(seen.reads, seen.within)
            return [self.finding(seen.tenant, seen.within, e) for e in found if self.emerged(e)]
        said = seen.said
        mine = [d for (_, kind, _), d in said.decades.items() if kind in self.kinds]
        found = self.look(seen.reads, seen.within, max(mine, key=abs, default=0.0))
        told = []
        for e in found:
            f = self.finding(seen.tenant, seen.within, e)
            key = (f.subject, f.kind, f.signal)
            bar = said.bar(self.level, *key)
            if self.emerged(e, min(bar, self.level) if said.of(*key) > 0 else bar, said.sizes.get(key, 0.0)):
                told.append(f)
        return told

    def finding(self, tenant: str, within: Window, e: Emergence) -> Finding:
        """As the one noun. The window begins on a whole minute of the window's length, so that what goes on keeps its id."""
        grid = max(MINUTE_NS, within.length_ns // MINUTE_NS * MINUTE_NS)
        group = bool(e.participants) and e.subject != ""
        return Finding(
            tenant=tenant,
            detector=self.name,
            version=self.version,
            kind=e.kind,
            severity="info" if e.good else "medium" if e.magnitude >= 0.5 else "low",
            subject_kind="group" if group else "fleet",
            subject=e.subject if group else FLEET,
            window_start_ns=within.start_ns // grid * grid,
            window_end_ns=max(within.end_ns, within.start_ns // grid * grid),
            title=e.title,
            score=float(-np.log10(max(e.p, 1e-300))),
            confidence=float(np.clip(1 - e.p, 0, 1)),
            signal=e.statistic,
            observed=float(e.observed),
            expected=float(e.expected),
            explanation=e.explanation,
            recommendation=e.recommendation,
            features=e.features,
            evidence=e.evidence,
            cohort=f"{e.draws} surrogates" if e.draws else "",
            participants=e.participants,
            lead_ns=e.lead_ns,
            labels={
                "magnitude": f"{e.magnitude:.4g}",
                "onset_ns": str(e.onset_ns),
                "p": f"{e.p:.3g}",
                "level": f"{self.level:.3g}",
                "participants": str(len(e.participants)),
            },
        )
