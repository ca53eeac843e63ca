"""What each series' own past makes of the scores of the ensemble's members: one law per member, signal and agent of a fleet."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarmscope.detect.base import Scores
from swarmscope.query.times import MINUTE_NS
from swarmscope.stats.own_tails import PARTS, OwnTails

SCORE_MAX = 60_000.0


@dataclass(frozen=True, slots=True)
class _Scored:
    """Scores of one minute and member; names and places say whose, in the window."""

    minute: int
    names: list[str]
    places: NDArray[np.int64]
    score: NDArray[np.float16]


@dataclass(slots=True)
class OwnPasts:
    """Of the members of one tenant's ensemble, in the order of the window's agents. Learned once a minute; of members
    that add minutes up when these are over: what goes on would else be held for the series' own way after its first minute."""

    members: dict[str, OwnTails] = field(default_factory=dict)
    _names: list[str] = field(default_factory=list)
    _places: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    _minute: int = 0
    _waiting: dict[str, deque[_Scored]] = field(default_factory=dict)

    def align(self, agents: list[str], seen: Sequence[str], places: Mapping[str, int]) -> None:
        """agents: of the window; the list is another one when places moved. seen: of the panel. places: of the window."""
        if self._names is not agents:
            old = {a: i for i, a in enumerate(self._names)}
            moved = np.array([old.get(a, -1) for a in agents], np.int64)
            for own in self.members.values():
                own.grow(len(own.start), len(self._names))
                own.keep(moved)
            self._names = agents
        self._places = np.array([places[a] for a in seen], np.int64)

    def held(self, name: str, scores: Scores) -> Scores:
        """The same scores, no tail smaller than the series' own past allows."""
        own = self._own(name, len(scores.score)).only(self._places)
        tail: Any = own.held(scores.tail, scores.score)
        return replace(scores, tail=tail)

    def learn(self, end_ns: int, parts: Mapping[str, Scores], guards: Mapping[str, int] = MappingProxyType({})) -> None:
        """Take in the scores of a tick, if a minute has passed; how much one of them may move is bounded there.

        guards: minutes that scores of a member wait, else none. What waits while places move is forgotten.
        """
        minute = end_ns // MINUTE_NS
        if minute == self._minute:
            return
        self._minute = minute
        for name, one in parts.items():
            score = np.clip(one.score, -SCORE_MAX, SCORE_MAX).astype(np.float16)
            waiting = self._waiting.setdefault(name, deque())
            waiting.append(_Scored(minute, self._names, self._places, score))
            while waiting and waiting[0].minute <= minute - guards.get(name, 0):
                old = waiting.popleft()
                if old.names is self._names:
                    self._take(name, old)

    def _take(self, name: str, old: _Scored) -> None:
        own = self._own(name, len(old.score))
        mine = own.only(old.places)
        mine.learn(old.score.astype(np.float32))
        own.put(old.places, mine)

    def _own(self, name: str, rows: int) -> OwnTails:
        own = self.members.setdefault(name, OwnTails())
        own.grow(rows, max(len(self._names), int(self._places.max(initial=-1)) + 1))
        return own

    def snapshot(self) -> dict[str, NDArray[Any]]:
        """Everything learned, in the order of the window's agents."""
        n = len(self._names)
        return {f"{name}.{k}": a[:, :n] for name, own in self.members.items() for k, a in own.snapshot().items()}

    def restore(self, agents: list[str], state: Mapping[str, NDArray[Any]]) -> None:
        """Take up a snapshot whose window had these agents."""
        names = {key.rpartition(".")[0] for key in state}
        for name in names:
            parts = {k: state[f"{name}.{k}"] for k in PARTS if f"{name}.{k}" in state}
            if len(parts) == len(PARTS) and all(a.ndim == 2 and a.shape[1] == len(agents) for a in parts.values()):
                self.members[name] = OwnTails()
                self.members[name].restore(parts)
        self._names = agents
