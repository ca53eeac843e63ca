"""OpenTelemetry GenAI conventions of 2024 (v1.27 to v1.36): gen_ai.system, messages as events of the span.

The body of an event is its attribute `gen_ai.event.content`, as instrumentations write it that keep events in their span: role
and content, of a model's choice the index, the finish reason and the message with the tool calls that it asks for.
"""

from __future__ import annotations

from json import dumps
from typing import Any

from swarmscope.sim import wire
from swarmscope.sim.catalogue import Dialect
from swarmscope.sim.voices.base import Call, Chat, SpanNames, Talk, Turn, Voice, failure


def _text(attribute: str, value: str) -> bytes:
    return wire.text_attribute(9, attribute, value)


def _event(name: str, system: str, body: dict[str, Any]) -> bytes:
    return wire.event_rest(name, {"gen_ai.system": system, "gen_ai.event.content": dumps(body)})


class GenAiOld(Voice):
    """The generation before."""

    dialect = Dialect.GENAI_OLD

    def identity(self, agent: str) -> bytes:
        return wire.attributes(9, {"gen_ai.agent.id": agent, "gen_ai.agent.name": agent})

    def session(self, session: str) -> bytes:
        return wire.attributes(9, {"session.id": session})

    def user(self, talk: Talk, text: str) -> None:
        self._add(talk, _event("gen_ai.user.message", "openai", {"role": "user", "content": text}), text)

    def chat(self, talk: Talk, chat: Chat) -> bytes:
        model = chat.model
        system = _event("gen_ai.system.message", model.system, {"role": "system", "content": talk.instructions})
        events = [wire.event(chat.start_ns, rest) for rest in (system, *talk.parts)]
        parts = [
            _text("gen_ai.operation.name", "chat"),
            _text("gen_ai.system", model.system),
            _text("gen_ai.request.model", model.name),
            wire.int_attribute(9, "gen_ai.request.max_tokens", 4096),
            wire.int_attribute(9, "gen_ai.usage.prompt_tokens", chat.input_tokens),
        ]
        if chat.error is None:
            said: dict[str, Any] = {"role": "assistant", "content": chat.answer}
            if chat.call is not None:
                function = {"name": chat.call.tool, "arguments": chat.call.arguments}
                call = {"id": chat.call.call_id, "type": "function", "function": function}
                said = {"role": "assistant", "tool_calls": [call]}
            reason = "stop" if chat.call is None else "tool_calls"
            choice = {"index": 0, "finish_reason": reason, "message": said}
            events.append(wire.event(chat.end_ns, _event("gen_ai.choice", model.system, choice)))
            parts.append(_text("gen_ai.response.model", model.name))
            parts.append(wire.attributes(9, {"gen_ai.response.finish_reasons": (reason,)}))
            parts.append(wire.int_attribute(9, "gen_ai.usage.completion_tokens", chat.output_tokens))
            self._add(talk, _event("gen_ai.assistant.message", model.system, said), chat.answer)
        return b"".join((*parts, *events, failure(chat.error, chat.end_ns)))

    def tool(self, talk: Talk, call: Call) -> bytes:
        result = call.result if call.error is None else f"error: {call.error[1]}"
        said = {"role": "tool", "id": call.call_id, "content": result}
        self._add(talk, _event("gen_ai.tool.message", "openai", said), result)
        return b"".join((
            _text("gen_ai.operation.name", "execute_tool"),
            _text("gen_ai.tool.name", call.tool),
            wire.attributes(9, {"gen_ai.tool.call.id": call.call_id}),
            failure(call.error),
        ))  # fmt: skip

    def turn(self, turn: Turn) -> bytes:
        return _text("gen_ai.operation.name", "invoke_agent") + failure(turn.error)

    def delegation(self, peer: str, task: str) -> bytes:
        return _text("gen_ai.operation.name", "invoke_agent") + wire.attributes(
            9, {"swarmscope.peer.agent": peer, "task": task}
        )

    def names(self, agent: str, model: str, tool: str, peer: str) -> SpanNames:
        return SpanNames(
            f"invoke_agent {agent}".encode(),
            f"chat {model}".encode(),
            f"execute_tool {tool}".encode(),
            f"ask {peer}".encode(),
        )

    @staticmethod
    def _add(talk: Talk, event: bytes, text: str) -> None:
        talk.grow(text)
        talk.parts.append(event)
