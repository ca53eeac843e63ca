"""What every voice can say, and the conversation that it says it about.

A conversation grows with every turn and is sent whole with every chat span, as agents do. It is kept encoded, in the form of
its voice, so that sending it again costs a copy.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import lru_cache

from swarmscope.sim import wire
from swarmscope.sim.catalogue import SCOPES, Dialect, Model


@dataclass(slots=True)
class Talk:
    """One conversation: `data` or `parts` hold the messages so far in the voice's form; `count` of them, `characters` long."""

    instructions: str
    data: bytearray = field(default_factory=bytearray)
    parts: list[bytes] = field(default_factory=list)
    count: int = 0
    characters: int = 0

    def grow(self, text: str) -> int:
        """Count one more message; returns its index."""
        self.characters += len(text)
        self.count += 1
        return self.count - 1


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call and what came of it. arguments: JSON. error: (type, message), None where it worked."""

    tool: str
    call_id: str
    arguments: str
    result: str
    error: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Chat:
    """One request to a model. `answer` is text; `call` the tool that the model asks for instead of stopping."""

    model: Model
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    reasoning_tokens: int
    first_token_s: float
    answer: str
    call: Call | None
    start_ns: int
    end_ns: int
    error: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of an agent, from being asked to having answered. quality: 0–1."""

    question: str
    answer: str
    input_tokens: int
    output_tokens: int
    quality: float
    workflow: str
    error: tuple[str, str] | None = None


class Voice(ABC):
    """One generation of instrumentation."""

    dialect: Dialect

    @property
    def scope(self) -> bytes:
        """The encoded InstrumentationScope."""
        name, version = SCOPES[self.dialect]
        return wire.field(1, name.encode()) + wire.field(2, version.encode())

    @abstractmethod
    def identity(self, agent: str) -> bytes:
        """Attributes that name the agent; on every span of it."""

    @abstractmethod
    def session(self, session: str) -> bytes:
        """Attributes that name the session; on every span of it."""

    @abstractmethod
    def user(self, talk: Talk, text: str) -> None:
        """The user (or the agent that delegates) says something."""

    @abstractmethod
    def chat(self, talk: Talk, chat: Chat) -> bytes:
        """Attributes and events of a chat span; the answer becomes part of the conversation."""

    @abstractmethod
    def tool(self, talk: Talk, call: Call) -> bytes:
        """Attributes of a tool span; the result becomes part of the conversation."""

    @abstractmethod
    def turn(self, turn: Turn) -> bytes:
        """Attributes of the span around a whole turn."""

    @abstractmethod
    def delegation(self, peer: str, task: str) -> bytes:
        """Attributes of the span in which the agent asks a peer."""

    @abstractmethod
    def names(self, agent: str, model: str, tool: str, peer: str) -> SpanNames:
        """Span names for this agent, model, tool and peer."""


@dataclass(frozen=True, slots=True)
class SpanNames:
    """What the spans are called."""

    turn: bytes
    chat: bytes
    tool: bytes
    delegation: bytes


def failure(error: tuple[str, str] | None, time_ns: int = 0) -> bytes:
    """Status, error.type and, with a time, the exception event; OK where there was no error."""
    if error is None:
        return wire.OK
    kind, message = error
    tail = wire.text_attribute(9, "error.type", kind) + wire.error_status(f"{kind}: {message}")
    return tail + (wire.event(time_ns, _exception(kind, message)) if time_ns else b"")


@lru_cache(maxsize=256)
def _exception(kind: str, message: str) -> bytes:
    return wire.event_rest("exception", {"exception.type": kind, "exception.message": message})
