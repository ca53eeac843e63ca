"""Who belongs together, told alike from look to look: pages that ask at about the same time are told one grouping, and a
community that lives on keeps its number, and with it its colour."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from swarmscope.query.reader import Reader
from swarmscope.query.times import SECOND_NS, Window
from swarmscope.stats import networks

I64 = NDArray[np.int64]
FRESH_S = 10  # pages that are opened one after the other are told the same; a young fleet grows fast
KEPT_MAX = 32  # stretches of time and environments per tenant


@dataclass(frozen=True, slots=True)
class Grouping:
    """A network, its agents in the order of their names, how well it is split, and the number of each agent's community."""

    net: networks.Network
    agents: list[str]
    modularity: float
    labels: I64


@dataclass(slots=True)
class _Last:
    """What was told last of a stretch of time. found_s: by the monotonic clock. end_ns: of the window it is of."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    found_s: float = 0.0
    end_ns: int = 0
    told: Grouping | None = None

    def fresh(self, end_ns: int) -> Grouping | None:
        """What was told, if it may be told again; a network that had nobody in it is looked at anew."""
        near = abs(end_ns - self.end_ns) < FRESH_S * SECOND_NS and time.monotonic() - self.found_s < FRESH_S
        return self.told if near and self.told is not None and self.told.agents else None


@dataclass(slots=True, weakref_slot=True)
class _Kept:
    """What was told last, per tenant: by environment and length of the window."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    last: dict[tuple[str, int], _Last] = field(default_factory=dict)
    numbers: dict[str, Mapping[str, int]] = field(default_factory=dict)

    def at(self, key: tuple[str, int]) -> _Last:
        """The place of a key, made when first asked for; those asked for longest ago go."""
        with self.lock:
            self.last[key] = found = self.last.pop(key, None) or _Last()
            while len(self.last) > KEPT_MAX:
                self.last.pop(next(iter(self.last)))
            return found


def grouping(reads: Reader, within: Window, wired: Callable[[], tuple[networks.Network, list[str]]]) -> Grouping:
    """The grouping of a window: what was told of as long a one that ended at about the same time, else found anew.

    wired: reads the network and the id of each node. Numbers go on from the last grouping of as long a window, else from the
    last of any window of the environment.
    """
    kept = reads.kept(_Kept)
    environment = reads.environment or ""
    last = kept.at((environment, round(within.length_ns / SECOND_NS)))
    with last.lock:
        if (told := last.fresh(within.end_ns)) is not None:
            return told
        net, agents = wired()
        quality, labels = networks.communities(net)
        if last.told is not None:
            before: Mapping[str, int] = dict(zip(last.told.agents, last.told.labels.tolist(), strict=True))
        else:
            before = kept.numbers.get(environment, {})
        labels = renumbered(agents, labels, before)
        last.told, last.end_ns, last.found_s = Grouping(net, agents, quality, labels), within.end_ns, time.monotonic()
        with kept.lock:
            kept.numbers.pop(environment, None)
            kept.numbers[environment] = dict(zip(agents, labels.tolist(), strict=True))
            while len(kept.numbers) > KEPT_MAX:
                kept.numbers.pop(next(iter(kept.numbers)))
        return last.told


def renumbered(agents: Sequence[str], labels: I64, before: Mapping[str, int]) -> I64:
    """The same communities under the numbers that they had: each takes that of the one with which it shares most agents,
    those that share most first. The others get the lowest numbers that are free, the largest first; of equals, the one with
    the first agent. −1, in no community, stays."""
    shared: Counter[tuple[int, int]] = Counter()
    size: Counter[int] = Counter()
    for agent, label in zip(agents, labels.tolist(), strict=True):
        if label < 0:
            continue
        size[label] += 1
        if (old := before.get(agent, -1)) >= 0:
            shared[old, label] += 1
    number: dict[int, int] = {}
    for (old, label), _ in sorted(shared.items(), key=lambda item: (-item[1], item[0])):
        if label not in number and old not in number.values():
            number[label] = old
    taken = set(number.values())
    free = (n for n in range(len(size) + len(taken)) if n not in taken)
    place = np.arange(int(labels.max(initial=-1)) + 1)
    for label in sorted(size.keys() - number.keys(), key=lambda one: (-size[one], int(np.argmax(labels == one)))):
        number[label] = next(free)
    for label, at in number.items():
        place[label] = at
    return np.where(labels < 0, -1, place[np.maximum(labels, 0)]) if len(place) else labels
