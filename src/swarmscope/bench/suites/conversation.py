"""Growing conversations: what fifty turns take on disk against their raw bytes, and whether they come back whole."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from swarmscope.bench import parts
from swarmscope.bench.figures import Figure
from swarmscope.bench.server import Server
from swarmscope.bench.suite import Context, Suite
from swarmscope.sim import wire
from swarmscope.sim.catalogue import MODELS, Dialect, answers, questions
from swarmscope.sim.connection import connect
from swarmscope.sim.voices import VOICES
from swarmscope.sim.voices.base import Chat, Talk

SESSIONS, TURNS = 400, 50
SESSIONS_PER_REQUEST = 4
SYSTEM = "You are a support agent. Solve the customer's problem within policy, or escalate it. Work step by step."


def _send(server: Server, sessions: int, seed: int) -> int:
    """Send the sessions; raw bytes of all prompts and answers as they stood in the spans."""
    rng = np.random.default_rng(seed)
    connection, raw = connect(server.otlp), 0
    for first in range(0, sessions, SESSIONS_PER_REQUEST):
        spans = []
        for k in range(first, min(sessions, first + SESSIONS_PER_REQUEST)):
            made, size = _session(rng, f"bench-{k}")
            spans += made
            raw += size
        resource = wire.attributes(1, {"service.name": "bench"})
        outcome = connection.send("traces", wire.resource_block(resource, VOICES[Dialect.GENAI].scope, spans))
        if outcome.status != 200 or outcome.rejected:
            raise RuntimeError(f"the server refused a conversation: {outcome}")
    connection.close()
    return raw


def _session(rng: np.random.Generator, session: str) -> tuple[list[bytes], int]:
    voice, talk, spans, raw = VOICES[Dialect.GENAI], Talk(SYSTEM), [], 0
    common = voice.identity("bench-agent") + voice.session(session)
    asked, answered, numbers = questions(rng, TURNS), answers(rng, TURNS), rng.integers(1000, 99_999, TURNS).tolist()
    now = time.time_ns() - 600_000_000_000
    for turn in range(TURNS):
        voice.user(talk, asked[turn] % numbers[turn])
        start = now + turn * 10_000_000_000
        chat = Chat(MODELS[0], 100, 50, 0, 0, 0.4, answered[turn] % numbers[turn], None, start, start + 2_000_000_000)
        raw += len(talk.data) + len(SYSTEM)
        tail = common + voice.chat(talk, chat)
        raw += len(chat.answer)
        spans.append(wire.span(rng.bytes(16), rng.bytes(8), b"", b"chat", 3, chat.start_ns, chat.end_ns, tail))
    return spans, raw


def _complete(server: Server, session: str) -> bool:
    said = [m for m in server.get(f"/sessions/{session}")["conversation"] if m["direction"] in ("input", "output")]
    return len({m["hash"] for m in said}) >= 2 * TURNS


class Conversation(Suite):
    """Conversations of fifty growing turns: bytes stored, and whether they come back."""

    name = "conversation"

    def measure(self, context: Context) -> Iterator[Figure]:
        """Yield the ratio of stored to raw bytes, and of messages that came back."""
        sessions = max(8, int(SESSIONS * context.scale))
        with context.folder() as folder, Server(folder) as server:
            server.warm_up()
            before = server.count("spans")
            context.say(f"sending {sessions} conversations of {TURNS} turns")
            raw = _send(server, sessions, context.seed)
            server.settle("spans", before + sessions * TURNS)
            whole = sum(_complete(server, f"bench-{k}") for k in range(min(20, sessions)))
            server.stop()
            found = parts.of(folder)
            stored = sum(t["bytes"] for t in found.values())
            note = f"{raw / 1e6:,.1f} MB of prompts and answers sent, {stored / 1e6:,.2f} MB on disk for everything"
            yield Figure("stored share of the raw bytes of a conversation", stored / raw, "", 0.05, "lower", note)
            yield Figure("conversations that came back whole", whole / min(20, sessions), "", 1.0)
