"""Turns what agents do into spans and log records, each in the voice of the agent's instrumentation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from swarmscope.sim import histograms, wire
from swarmscope.sim.behaviour import Tokens
from swarmscope.sim.catalogue import ERRORS, MODELS, ROLES, TOOLS, Dialect, answers, questions
from swarmscope.sim.clock import Clock
from swarmscope.sim.fleet import Fleet
from swarmscope.sim.outbox import Outbox
from swarmscope.sim.voices import VOICES
from swarmscope.sim.voices.base import Call, Chat, Talk, Turn, Voice

POOL = 512
INTERNAL, SERVER, CLIENT, PRODUCER, CONSUMER = 1, 2, 3, 4, 5
INFO, WARN, ERROR = (9, b"INFO"), (13, b"WARN"), (17, b"ERROR")
ID_POOL = 4096
PHRASE = "As agreed, the checklist comes first, then the answer."
_PENDING = wire.attributes(9, {"swarmscope.pending": True})


@dataclass(slots=True)
class Desk:
    """What the reporter remembers of one agent's turn under way."""

    trace: bytes
    root: bytes
    parent: bytes  # empty: the turn is a root of its own
    link: bytes  # encoded link to the message that started the turn, or empty
    common: bytes  # attributes that every span of the turn carries
    session: str
    question: str
    workflow: str
    talk: Talk
    began_ns: int = 0
    answer: str = ""
    asked: bytes = b""  # span id of the open delegation
    call: Call | None = None


class Reporter:
    """A `behaviour.Listener` that writes to the outbox and counts model calls with their spans. Same seed, same bytes."""

    def __init__(self, fleet: Fleet, outbox: Outbox, calls: histograms.Calls, seed: int, clock: Clock) -> None:
        self.fleet, self.outbox, self._calls, self._clock = fleet, outbox, calls, clock
        n = fleet.workers
        self._rng = np.random.default_rng([seed, 3])
        self._questions = questions(self._rng, POOL)
        self._answers = answers(self._rng, POOL)
        self._desks: list[Desk | None] = [None] * n
        self._talks: list[Talk | None] = [None] * n
        self._sessions = [""] * n
        self._voices: list[Voice] = [VOICES[d] for d in fleet.dialect[:n].tolist()]
        self._identities = [v.identity(fleet.names[i]) for i, v in enumerate(self._voices)]
        self._log_identities = [wire.attributes(6, {"gen_ai.agent.id": fleet.names[i]}) for i in range(n)]
        self.caught_s = np.full(fleet.n, np.inf)  # since when an agent says the phrase
        self._ids, self._ids_at = b"", 0
        self._numbers: list[int] = []

    # listener

    def session_ended(self, agent: int) -> None:
        self._talks[agent] = None
        self._sessions[agent] = f"s-{self._id(8).hex()}"

    def turn_began(self, agent: int, t: float, caller: int, linked: bool) -> None:
        number = self._number()
        question = self._questions[number % POOL] % number
        trace, parent, link, workflow = self._id(16), b"", b"", ""
        if caller >= 0:
            asking = self._desk(caller)
            self._sessions[agent], workflow = asking.session, asking.workflow
            if linked:
                link = wire.link(asking.trace, asking.asked, {"messaging.operation.name": "process"})
            else:
                trace, parent = asking.trace, asking.asked
        elif self.fleet.role[agent] == 0:
            workflow = f"wf-{number:05d}-{agent}"
        talk = self._talks[agent]
        if talk is None:
            talk = self._talks[agent] = Talk(ROLES[self.fleet.role[agent]].instructions)
        voice, session = self._voices[agent], self._sessions[agent]
        voice.user(talk, question)
        common = self._identities[agent] + voice.session(session)
        desk = Desk(trace, self._id(8), parent, link, common, session, question, workflow, talk, self._clock.ns(t))
        self._desks[agent] = desk
        if voice.dialect == Dialect.GENAI:
            self._send_turn(
                agent,
                desk,
                voice.turn(Turn(question, "", 0, 0, 0.0, workflow)) + _PENDING,
                desk.began_ns,
                desk.began_ns,
            )

    def chat_ended(
        self, agent: int, start: float, t: float, tokens: Tokens, tool: int, argument: int, error: int
    ) -> None:
        desk, voice, model = self._desk(agent), self._voices[agent], MODELS[self.fleet.model[agent]]
        number = self._number()
        desk.answer = PHRASE if self.caught_s[agent] <= t else self._answers[number % POOL] % number
        desk.call = None
        if tool >= 0:
            name = TOOLS[tool]
            desk.call = Call(
                name.name, f"call_{number:05x}{agent:05x}", name.arguments % argument, name.result % argument
            )
        start_ns, end_ns = self._clock.ns(start), self._clock.ns(t)
        failure = ERRORS[error] if error >= 0 else None
        chat = Chat(model, *tokens, model.first_token_s, desk.answer, desk.call, start_ns, end_ns, failure)
        span_id = self._id(8)
        names = voice.names(self.fleet.names[agent], model.name, "", "")
        self._send(
            agent,
            wire.span(
                desk.trace,
                span_id,
                desk.root,
                names.chat,
                CLIENT,
                start_ns,
                end_ns,
                desk.common + voice.chat(desk.talk, chat),
            ),
        )
        if failure is not None:
            self._log(
                agent, ERROR, f"model {model.name} failed: {failure[0]}: {failure[1]}", end_ns, desk.trace, span_id
            )
            return
        seconds = (end_ns - start_ns) / 1e9
        self._calls.answered(agent, histograms.Call(end_ns, seconds, tokens[0], tokens[1], desk.trace, span_id))
        if number & 3 == 0:
            text = f"model {model.name} answered in {(end_ns - start_ns) // 1_000_000} ms with {tokens[1]} tokens"
            self._log(agent, INFO, text, end_ns, desk.trace, span_id)

    def tool_ended(
        self, agent: int, start: float, t: float, tool: int, argument: int, error: int, attempt: int
    ) -> None:
        desk, voice, kind = self._desk(agent), self._voices[agent], TOOLS[tool]
        failure = ERRORS[error] if error >= 0 else None
        call_id = desk.call.call_id if desk.call else f"call_{argument:05x}{agent:05x}"
        call = Call(kind.name, call_id, kind.arguments % argument, kind.result % argument, failure)
        start_ns, end_ns, span_id = self._clock.ns(start), self._clock.ns(t), self._id(8)
        names = voice.names(self.fleet.names[agent], "", kind.name, "")
        tail = desk.common + voice.tool(desk.talk, call)
        if attempt:
            tail += wire.int_attribute(9, "retry.attempt", attempt)
        self._send(agent, wire.span(desk.trace, span_id, desk.root, names.tool, INTERNAL, start_ns, end_ns, tail))
        if failure is not None:
            self._log(
                agent,
                WARN,
                f"tool {kind.name} failed on attempt {attempt + 1}: {failure[1]}",
                end_ns,
                desk.trace,
                span_id,
            )
        elif argument & 1:
            self._log(
                agent,
                INFO,
                f"tool {kind.name} returned after {(end_ns - start_ns) // 1_000_000} ms",
                end_ns,
                desk.trace,
                span_id,
            )

    def peer_asked(self, agent: int, t: float, peer: int, linked: bool) -> None:
        self._desk(agent).asked = self._id(8)

    def peer_answered(self, agent: int, start: float, t: float, peer: int, error: int) -> None:
        desk, voice = self._desk(agent), self._voices[agent]
        failure = ERRORS[error] if error >= 0 else None
        handed = t - start < 0.0065
        names = voice.names(self.fleet.names[agent], "", "", self.fleet.names[peer])
        result = "handed over" if handed else (self._desk(peer).answer if self._desks[peer] else "")
        call_id = desk.call.call_id if desk.call else "call_0"
        voice.tool(desk.talk, Call("delegate", call_id, "{}", result, failure))
        tail = desk.common + voice.delegation(self.fleet.names[peer], desk.question)
        tail += wire.OK if failure is None else wire.error_status(f"peer {self.fleet.names[peer]} failed: {failure[1]}")
        kind, start_ns, end_ns = PRODUCER if handed else CLIENT, self._clock.ns(start), self._clock.ns(t)
        self._send(
            agent,
            wire.span(desk.trace, desk.asked, desk.root, names.delegation, kind, start_ns, end_ns, tail),
        )

    def turn_ended(self, agent: int, start: float, t: float, tokens: Tokens, quality: float, error: int) -> None:
        desk, voice = self._desk(agent), self._voices[agent]
        failure = ERRORS[error] if error >= 0 else None
        turn = Turn(desk.question, desk.answer, tokens[0], tokens[1], quality, desk.workflow, failure)
        self._send_turn(agent, desk, voice.turn(turn), desk.began_ns, self._clock.ns(t))
        level, text = (
            (INFO, f"turn done with quality {quality:.2f}")
            if failure is None
            else (ERROR, f"turn given up: {failure[0]}")
        )
        if failure is not None or self._number() & 3 == 0:
            self._log(agent, level, text, self._clock.ns(t), desk.trace, desk.root)

    # signs of life

    def registered(self, agent: int, t: float) -> None:
        """The agent says who it is."""
        version = self.fleet.versions[self.fleet.node_of(agent)]
        self._event(agent, t, b"swarmscope.agent.register", {
            "swarmscope.agent.name": self.fleet.names[agent], "swarmscope.agent.kind": self.fleet.kinds[agent],
            "swarmscope.agent.model": MODELS[self.fleet.model[agent]].name, "swarmscope.agent.version": version,
            "swarmscope.agent.status": "ready", "swarmscope.agent.capabilities": self._capabilities(agent),
            "team": f"team-{int(self.fleet.team[agent]):04d}",
        })  # fmt: skip

    def heartbeat(self, agent: int, t: float, status: str) -> None:
        """The agent lives."""
        self._event(agent, t, b"swarmscope.agent.heartbeat", {"swarmscope.agent.status": status})

    def _capabilities(self, agent: int) -> tuple[str, ...]:
        if agent >= self.fleet.workers:
            return ("training",) if self.fleet.kinds[agent] == "rl" else ("pipeline",)
        return (ROLES[self.fleet.role[agent]].name, *(t.name for t in TOOLS[agent % 4 :: 4]))

    def _event(self, agent: int, t: float, name: bytes, items: dict[str, wire.Value]) -> None:
        known = wire.attributes(6, {"swarmscope.agent.id": self.fleet.names[agent], **items})
        record = wire.log_record(self._clock.ns(t), 9, b"INFO", name, known, name=name)
        self.outbox.log(int(self.fleet.node[agent]), record)

    # writing

    def _send_turn(self, agent: int, desk: Desk, tail: bytes, start_ns: int, end_ns: int) -> None:
        name = self._voices[agent].names(self.fleet.names[agent], "", "", "").turn
        kind = SERVER if desk.parent else CONSUMER if desk.link else INTERNAL
        self._send(
            agent,
            wire.span(desk.trace, desk.root, desk.parent, name, kind, start_ns, end_ns, desk.common + tail + desk.link),
        )

    def _send(self, agent: int, span: bytes) -> None:
        self.outbox.span(int(self.fleet.node[agent]), span)

    def _log(self, agent: int, level: tuple[int, bytes], text: str, time_ns: int, trace: bytes, span_id: bytes) -> None:
        record = wire.log_record(
            time_ns, level[0], level[1], text.encode(), self._log_identities[agent], trace, span_id
        )
        self.outbox.log(int(self.fleet.node[agent]), record)

    def _desk(self, agent: int) -> Desk:
        desk = self._desks[agent]
        if desk is None:
            raise RuntimeError(f"agent {self.fleet.names[agent]} ended a step before it began a turn")
        return desk

    def _id(self, size: int) -> bytes:
        if self._ids_at + size > len(self._ids):
            self._ids, self._ids_at = self._rng.bytes(ID_POOL * 8), 0
        self._ids_at += size
        return self._ids[self._ids_at - size : self._ids_at]

    def _number(self) -> int:
        if not self._numbers:
            self._numbers = self._rng.integers(1000, 99_999, ID_POOL).tolist()
        return self._numbers.pop()
