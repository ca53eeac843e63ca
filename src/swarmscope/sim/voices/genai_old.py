"""OpenTelemetry GenAI conventions of 2024: gen_ai.system, prompt and completion tokens, messages as span events."""

from __future__ import annotations

from swarmscope.sim import wire
from swarmscope.sim.catalogue import Dialect
from swarmscope.sim.voices.base import Call, Chat, SpanNames, Talk, Turn, Voice, failure


def _text(attribute: str, value: str) -> bytes:
    return wire.text_attribute(9, attribute, value)


class GenAiOld(Voice):
    """The generation before."""

    dialect = Dialect.GENAI_OLD

    def identity(self, agent: str) -> bytes:
        return wire.attributes(9, {"gen_ai.agent.id": agent, "gen_ai.agent.name": agent})

    def session(self, session: str) -> bytes:
        return wire.attributes(9, {"session.id": session})

    def user(self, talk: Talk, text: str) -> None:
        self._add(talk, "gen_ai.user.message", {"gen_ai.system": "openai", "role": "user", "content": text}, text)

    def chat(self, talk: Talk, chat: Chat) -> bytes:
        model = chat.model
        system = wire.event_rest("gen_ai.system.message", {"gen_ai.system": model.system, "content": talk.instructions})
        events = [wire.event(chat.start_ns, rest) for rest in (system, *talk.parts)]
        parts = [
            _text("gen_ai.operation.name", "chat"),
            _text("gen_ai.system", model.system),
            _text("gen_ai.request.model", model.name),
            wire.int_attribute(9, "gen_ai.request.max_tokens", 4096),
            wire.int_attribute(9, "gen_ai.usage.prompt_tokens", chat.input_tokens),
        ]
        if chat.error is None:
            choice: dict[str, wire.Value] = {"gen_ai.system": model.system, "index": 0, "finish_reason": "stop"}
            choice["message"] = chat.answer if chat.call is None else chat.call.arguments
            events.append(wire.event(chat.end_ns, wire.event_rest("gen_ai.choice", choice)))
            parts.append(_text("gen_ai.response.model", model.name))
            parts.append(wire.int_attribute(9, "gen_ai.usage.completion_tokens", chat.output_tokens))
            said: dict[str, wire.Value] = {
                "gen_ai.system": model.system,
                "role": "assistant",
                "content": choice["message"],
            }
            self._add(talk, "gen_ai.assistant.message", said, chat.answer)
        return b"".join((*parts, *events, failure(chat.error, chat.end_ns)))

    def tool(self, talk: Talk, call: Call) -> bytes:
        result = call.result if call.error is None else f"error: {call.error[1]}"
        said: dict[str, wire.Value] = {"gen_ai.system": "openai", "role": "tool", "id": call.call_id, "content": result}
        self._add(talk, "gen_ai.tool.message", said, result)
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
    def _add(talk: Talk, name: str, items: dict[str, wire.Value], text: str) -> None:
        talk.grow(text)
        talk.parts.append(wire.event_rest(name, items))
