"""What the conversing agents do: a state machine over the whole fleet, one pass per tick, no object per agent that acts.

Each agent has a step and the moment it is due to end; a tick takes all that are due, decides with array operations what
comes next, and hands each ended step to the `Reporter`. Moments are exact: a step that ended between two ticks carries its
own time. A turn is: asked → model → (tool | peer → model)* → answered; then the agent thinks, and the session goes on or ends.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from swarmscope.sim.catalogue import ERRORS, MODELS, ROLES, TOOLS
from swarmscope.sim.faults import Effects
from swarmscope.sim.fleet import Fleet
from swarmscope.sim.gauges import Tally

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

THINK_S = 40.0
TURNS_MEAN, TURNS_MAX = 8, 24
STEPS_MEAN = 1.6
STEPS_MAX = 6  # beyond what a looping agent is driven to
DEPTH_MAX = 3
BACKOFF_S = 0.8
BACKOFF_MAX_S = 20.0
PEER_LOST_S = 30.0
MODEL_FAILURE = 0.006
HANDOFF_SHARE = 0.25
SYSTEM_TOKENS = 120
ROUNDS_MAX = 64
NEVER = np.inf


class Step(IntEnum):
    """What an agent is doing until it is due."""

    IDLE = 0
    CHAT = 1
    TOOL = 2
    PEER = 3


class Listener(Protocol):
    """Is told of every step that begins or ends, in the order of the agents; times are seconds of the run."""

    def turn_began(self, agent: int, t: float, caller: int, linked: bool) -> None: ...
    def chat_ended(
        self, agent: int, start: float, t: float, tokens: Tokens, tool: int, argument: int, error: int
    ) -> None: ...
    def tool_ended(
        self, agent: int, start: float, t: float, tool: int, argument: int, error: int, attempt: int
    ) -> None: ...
    def peer_asked(self, agent: int, t: float, peer: int, linked: bool) -> None: ...
    def peer_answered(self, agent: int, start: float, t: float, peer: int, error: int) -> None: ...
    def turn_ended(self, agent: int, start: float, t: float, tokens: Tokens, quality: float, error: int) -> None: ...
    def session_ended(self, agent: int) -> None: ...


Tokens = tuple[int, int, int, int]  # input, output, cached, reasoning


class Behaviour:
    """The conversing agents (0 … workers − 1) of a fleet."""

    def __init__(
        self,
        fleet: Fleet,
        seed: int,
        rate: float,
        tally: Tally,
        listener: Listener,
        midnight_s: float,
        start_s: float = THINK_S,
    ) -> None:
        """midnight_s: UTC time of day at the start of the run, for the daily rhythm. start_s: all have begun by then."""
        n = fleet.workers
        self.fleet, self.n, self.rate, self.tally, self.listener = fleet, n, rate, tally, listener
        self._rng = np.random.default_rng([seed, 2])
        self._midnight_s = midnight_s
        self.step = np.zeros(n, np.int64)
        self.due = self._rng.random(n) * min(start_s, THINK_S / rate)
        self.began = np.zeros(n)
        self._turn_began = np.zeros(n)
        self._steps_left = np.zeros(n, np.int64)
        self._turns_left = np.zeros(n, np.int64)
        self._attempt = np.zeros(n, np.int64)
        self._tool = np.zeros(n, np.int64)
        self._argument = np.zeros(n, np.int64)
        self._error = np.full(n, -1)
        self._caller = np.full(n, -1)
        self._peer = np.full(n, -1)
        self._depth = np.zeros(n, np.int64)
        self._context = np.zeros(n, np.int64)  # tokens of the conversation so far
        self._answer = np.zeros((n, 4), np.int64)  # Tokens of the request under way
        self._spent = np.zeros((n, 4), np.int64)  # Tokens of the turn
        self._dead = np.zeros(n, np.bool_)
        self._delegates = np.array([r.delegates for r in ROLES])[fleet.role]
        model = fleet.model[:n]
        self._speed = np.array([m.tokens_per_s for m in MODELS])[model]
        self._first = np.array([m.first_token_s for m in MODELS])[model]
        self._reasons = np.array([m.reasoning for m in MODELS])[model]
        self._price = np.array([(m.input_usd, m.output_usd, m.cached_usd - m.input_usd) for m in MODELS])[model] * 1e-6
        self._tool_s = np.array([t.seconds for t in TOOLS])
        self._tool_failure = np.array([t.failure for t in TOOLS])
        team = fleet.team[:n]
        self._team_start = np.searchsorted(team, team, "left")
        self._team_size = np.searchsorted(team, team, "right") - self._team_start
        self._pair_start = np.searchsorted(team // 2, team // 2, "left")
        self._pair_size = np.searchsorted(team // 2, team // 2, "right") - self._pair_start
        self._joint = np.zeros(n, np.bool_)  # the turn under way was done with others

    def tick(self, t: float, effects: Effects) -> int:
        """Do everything that is due at `t` (seconds of the run); the number of steps that ended."""
        self._kill_and_revive(t, effects.dead[: self.n])
        beat = np.flatnonzero((effects.beat_s[: self.n] > 0) & (self.step == Step.IDLE) & np.isfinite(self.due))
        self.due[beat] = np.ceil(self.due[beat] / effects.beat_s[beat] - 1e-9) * effects.beat_s[beat]
        driven = (effects.wedged | (effects.looping > 0))[: self.n] & (self.step == Step.IDLE) & ~self._dead
        self.due[driven] = np.minimum(self.due[driven], t + 1.0)
        self._release(t, effects)
        done = 0
        for _ in range(ROUNDS_MAX):
            due = np.flatnonzero(self.due <= t)
            if not due.size:
                break
            done += due.size
            step = self.step[due]
            self._end_chats(due[step == Step.CHAT], effects)
            self._end_tools(due[step == Step.TOOL], effects)
            self._end_peers(due[step == Step.PEER], effects)
            self._begin_turns(due[step == Step.IDLE], effects)
        self.tally.queue[: self.n] = self.step != Step.IDLE
        self.tally.context_tokens[: self.n] = self._context
        return done

    # turns

    def _begin_turns(self, who: Ints, effects: Effects) -> None:
        who = who[self.step[who] == Step.IDLE]  # a colleague may have claimed some of them in this round
        if not who.size:
            return
        fresh = who[self._turns_left[who] <= 0]
        self._turns_left[fresh] = np.minimum(TURNS_MAX, self._rng.geometric(1 / TURNS_MEAN, fresh.size))
        self._context[fresh] = 0
        for agent in fresh.tolist():
            self.listener.session_ended(agent)
        self._open(who, self.due[who], np.full(who.size, -1), effects)

    def _open(self, who: Ints, when: Floats, callers: Ints, effects: Effects) -> None:
        self._turn_began[who] = when
        self._steps_left[who] = np.minimum(STEPS_MAX, self._rng.poisson(STEPS_MEAN, who.size))
        looping = effects.looping[who]
        self._steps_left[who] = np.where(looping > 0, looping, self._steps_left[who])
        self._attempt[who] = 0
        self._spent[who] = 0
        self._joint[who] = callers >= 0
        self._caller[who] = callers
        self._context[who] += 40
        if callers.size and callers[0] < 0:
            self._depth[who] = 0
            for agent, moment in zip(who.tolist(), when.tolist(), strict=True):
                self.listener.turn_began(agent, moment, -1, False)
        self._begin_chats(who, when, effects)

    def _end_turns(self, who: Ints, error: Ints, effects: Effects) -> None:
        if not who.size:
            return
        when = self.due[who].copy()
        level = effects.quality[who] * np.where(self._joint[who], 1.0, effects.alone[who])
        quality = np.clip(self._rng.normal(0.9, 0.04, who.size) * level - 0.3 * (error >= 0), 0, 1).round(3)
        self.tally.quality[who] = (0.8 * self.tally.quality[who] + 0.2 * quality).round(4)
        self.tally.requests[who] += 1
        self.tally.errors[who] += error >= 0
        self._turns_left[who] -= 1
        self.step[who] = Step.IDLE
        self.due[who] = when + self._think(who, when)
        rows = zip(who.tolist(), when.tolist(), quality.tolist(), error.tolist(), strict=True)
        for agent, moment, score, kind in rows:
            self.listener.turn_ended(
                agent, float(self._turn_began[agent]), moment, _tokens(self._spent[agent]), score, kind
            )
            caller = int(self._caller[agent])
            self._caller[agent] = -1
            if (
                caller >= 0
                and self.step[caller] == Step.PEER
                and self._peer[caller] == agent
                and not self._dead[caller]
            ):
                self.due[caller] = moment + 0.002
                self._error[caller] = kind

    def _think(self, who: Ints, when: Floats) -> Floats:
        clock = (self._midnight_s + when + self.fleet.utc_offset_s[who]) / 86_400 * 2 * np.pi
        busy = 1.0 + 0.5 * np.sin(clock - np.pi * 0.75)  # highest in the afternoon, lowest before dawn
        return self._rng.exponential(THINK_S, who.size) / (busy * self.rate) + 0.05

    # models

    def _begin_chats(self, who: Ints, when: Floats, effects: Effects) -> None:
        if not who.size:
            return
        k = who.size
        output = np.maximum(8, self._rng.lognormal(4.9, 0.6, k) * effects.wordy[who]).astype(np.int64)
        reasoning = np.where(self._reasons[who], (output * self._rng.uniform(1, 4, k)).astype(np.int64), 0)
        prompt = SYSTEM_TOKENS + self._context[who]
        cached = np.where(self._context[who] > 200, prompt // 128 * 128, 0)
        self._answer[who] = np.stack((prompt, output + reasoning, cached, reasoning), 1)
        writing = self._first[who] * self._rng.lognormal(0, 0.25, k) + (output + reasoning) / self._speed[who]
        fails = self._rng.random(k) < np.maximum(MODEL_FAILURE, effects.failing[who])
        self._error[who] = np.where(fails, self._rng.integers(0, 3, k), -1)
        seconds = np.where(fails, self._rng.uniform(0.05, 2.0, k), writing) * effects.slow[who]
        self._schedule(who, Step.CHAT, when, seconds, effects)

    def _schedule(self, who: Ints, step: Step, when: Floats, seconds: Floats, effects: Effects) -> None:
        self.step[who] = step
        self.began[who] = when
        self.due[who] = np.where(effects.wedged[who], NEVER, when + seconds)

    def _end_chats(self, who: Ints, effects: Effects) -> None:
        if not who.size:
            return
        when, error = self.due[who].copy(), self._error[who].copy()
        good = error < 0
        looping = (effects.looping[who] > 0) & good
        self._steps_left[who] = np.where(looping, self._steps_left[who], np.minimum(self._steps_left[who], STEPS_MAX))
        asks = good & (self._steps_left[who] > 0)
        delegates = (
            asks & ~looping & (self._rng.random(who.size) < self._delegates[who]) & (self._depth[who] < DEPTH_MAX)
        )
        keep = looping & (self._argument[who] > 0)
        self._tool[who] = np.where(keep, self._tool[who], self._rng.integers(0, len(TOOLS), who.size))
        self._argument[who] = np.where(keep, self._argument[who], self._rng.integers(1000, 99_999, who.size))
        self._count_chats(who[good])
        rows = zip(who.tolist(), when.tolist(), error.tolist(), asks.tolist(), strict=True)
        for agent, moment, kind, calls in rows:
            tool = int(self._tool[agent]) if calls else -1
            start = float(self.began[agent])
            self.listener.chat_ended(
                agent, start, moment, _tokens(self._answer[agent]), tool, int(self._argument[agent]), kind
            )
        self._steps_left[who] -= asks
        self._attempt[who[good]] = 0
        self._end_turns(who[good & ~asks], np.full(int((good & ~asks).sum()), -1), effects)
        self._begin_tools(who[asks & ~delegates], when[asks & ~delegates], effects)
        self._ask_peers(who[delegates], when[delegates], effects)
        self._retry(who[~good], error[~good], effects, Step.CHAT)

    def _count_chats(self, who: Ints) -> None:
        tokens = self._answer[who]
        self._spent[who] += tokens
        self._context[who] += tokens[:, 1] - tokens[:, 3]
        self.tally.input_tokens[who] += tokens[:, 0]
        self.tally.output_tokens[who] += tokens[:, 1]
        self.tally.cost_usd[who] = (self.tally.cost_usd[who] + (tokens[:, :3] * self._price[who]).sum(1)).round(8)

    def _retry(self, who: Ints, error: Ints, effects: Effects, step: Step) -> None:
        """Try the failed step again after a growing pause, or give the turn up."""
        if not who.size:
            return
        self._attempt[who] += 1
        stubborn = effects.retries[who]
        again = self._attempt[who] <= stubborn
        self._end_turns(who[~again], error[~again], effects)
        who = who[again]
        pause = np.minimum(BACKOFF_MAX_S, BACKOFF_S * 2.0 ** np.minimum(self._attempt[who], 6)) * self._rng.uniform(
            0.5, 1.5, who.size
        )
        pause = np.where(effects.retries[who] > 3, 0.02, pause)
        when = self.due[who] + pause
        if step == Step.CHAT:
            self._begin_chats(who, when, effects)
        else:
            self._begin_tools(who, when, effects)

    # tools

    def _begin_tools(self, who: Ints, when: Floats, effects: Effects) -> None:
        if not who.size:
            return
        tool = self._tool[who]
        fails = self._rng.random(who.size) < np.maximum(self._tool_failure[tool], effects.failing[who])
        self._error[who] = np.where(fails, self._rng.integers(0, len(ERRORS), who.size), -1)
        seconds = self._tool_s[tool] * self._rng.lognormal(0, 0.4, who.size) * effects.slow[who]
        self._schedule(who, Step.TOOL, when, seconds, effects)

    def _end_tools(self, who: Ints, effects: Effects) -> None:
        if not who.size:
            return
        when, error = self.due[who].copy(), self._error[who].copy()
        self.tally.tool_calls[who] += 1
        for agent, moment, kind in zip(who.tolist(), when.tolist(), error.tolist(), strict=True):
            start, tool, argument = float(self.began[agent]), int(self._tool[agent]), int(self._argument[agent])
            self.listener.tool_ended(agent, start, moment, tool, argument, kind, int(self._attempt[agent]))
        self._context[who] += 30
        good = (error < 0) | (self._attempt[who] >= effects.retries[who])
        self._attempt[who[good]] = 0
        self._begin_chats(who[good], when[good] + 0.003, effects)
        self._retry(who[~good], error[~good], effects, Step.TOOL)

    # peers

    def _ask_peers(self, who: Ints, when: Floats, effects: Effects) -> None:
        """Hand the step to an idle colleague: wait for the answer, or leave a message; without one, use a tool."""
        if not who.size:
            return
        joined = effects.joined[who]
        start = np.where(joined, self._pair_start[who], self._team_start[who])
        candidates = start + self._rng.integers(0, np.where(joined, self._pair_size[who], self._team_size[who]))
        linked = self._rng.random(who.size) < HANDOFF_SHARE
        alone: list[int] = []
        for k, (agent, peer) in enumerate(zip(who.tolist(), candidates.tolist(), strict=True)):
            if peer == agent or self.step[peer] != Step.IDLE or self._dead[peer]:
                alone.append(k)
                continue
            self._hand_over(agent, peer, float(when[k]), bool(linked[k]), effects)
        if alone:
            self._begin_tools(who[alone], when[alone], effects)

    def _hand_over(self, agent: int, peer: int, when: float, linked: bool, effects: Effects) -> None:
        begins = when + 0.004
        one = np.array([peer])
        self._joint[agent] = True
        self._pass_on(agent, peer, begins, effects)
        self.listener.peer_asked(agent, when, peer, linked)
        self.listener.session_ended(peer)
        self.listener.turn_began(peer, begins, agent, linked)
        self._turns_left[peer], self._context[peer] = 1, 0
        self._depth[peer] = self._depth[agent] + 1
        self._open(one, np.array([begins]), np.array([agent]), effects)
        if linked:
            self._caller[peer] = -1
            self.listener.peer_answered(agent, when, when + 0.006, peer, -1)
            self._begin_chats(np.array([agent]), np.array([when + 0.008]), effects)
        else:
            self.step[agent], self.began[agent], self._peer[agent], self.due[agent] = Step.PEER, when, peer, NEVER

    def _end_peers(self, who: Ints, effects: Effects) -> None:
        if not who.size:
            return
        when, error = self.due[who].copy(), self._error[who].copy()
        for agent, moment, kind in zip(who.tolist(), when.tolist(), error.tolist(), strict=True):
            self.listener.peer_answered(agent, float(self.began[agent]), moment, int(self._peer[agent]), kind)
            self._pass_on(int(self._peer[agent]), agent, moment, effects)
        self._peer[who] = -1
        self._context[who] += 120
        self._begin_chats(who, when + 0.003, effects)

    def _pass_on(self, source: int, target: int, when: float, effects: Effects) -> None:
        """What one says, another takes up by working with it."""
        told = effects.catching and effects.caught_s[source] < when < effects.caught_s[target]
        if told and self._rng.random() < effects.catching:
            effects.caught_s[target] = when

    # faults

    def _kill_and_revive(self, t: float, dead: NDArray[np.bool_]) -> None:
        died, revived = np.flatnonzero(dead & ~self._dead), np.flatnonzero(self._dead & ~dead)
        self._dead = dead.copy()
        for agent in died.tolist():
            caller = int(self._caller[agent])
            if caller >= 0 and self.step[caller] == Step.PEER and self._peer[caller] == agent:
                self.due[caller], self._error[caller] = t + PEER_LOST_S / self.rate, 0
        self.due[died] = NEVER
        self.step[died] = Step.IDLE
        self._turns_left[died] = 0
        self._caller[died] = -1
        self.due[revived] = t + self._rng.random(revived.size) * THINK_S / self.rate

    def _release(self, t: float, effects: Effects) -> None:
        """Agents that were wedged and are no longer go on at `t`."""
        stuck = (self.due == NEVER) & (self.step != Step.PEER) & ~self._dead & ~effects.wedged[: self.n]
        self.due[stuck] = t


def _tokens(row: Ints) -> Tokens:
    values: Tokens = tuple(row.tolist())
    return values
