"""OpenLLMetry (Traceloop): gen_ai.prompt.N and gen_ai.completion.N, traceloop.* for everything that is not a model."""

from __future__ import annotations

from swarmscope.sim import wire
from swarmscope.sim.catalogue import Dialect
from swarmscope.sim.voices.base import Call, Chat, SpanNames, Talk, Turn, Voice, failure


def _text(attribute: str, value: str) -> bytes:
    return wire.text_attribute(9, attribute, value)


class OpenLlmetry(Voice):
    """What the Traceloop SDK sends."""

    dialect = Dialect.OPENLLMETRY

    def identity(self, agent: str) -> bytes:
        return wire.attributes(9, {"gen_ai.agent.name": agent, "traceloop.workflow.name": agent})

    def session(self, session: str) -> bytes:
        return wire.attributes(9, {"traceloop.association.properties.session_id": session})

    def user(self, talk: Talk, text: str) -> None:
        self._add(talk, {"role": "user", "content": text}, text)

    def chat(self, talk: Talk, chat: Chat) -> bytes:
        model = chat.model
        parts = [
            _text("llm.request.type", "chat"),
            _text("gen_ai.system", model.system),
            _text("gen_ai.request.model", model.name),
            wire.int_attribute(9, "gen_ai.usage.prompt_tokens", chat.input_tokens),
            bytes(talk.data),
        ]
        if chat.error is None:
            said = {"role": "assistant", "content": chat.answer}
            if chat.call is not None:
                said = {
                    "role": "assistant",
                    "tool_calls.0.id": chat.call.call_id,
                    "tool_calls.0.name": chat.call.tool,
                    "tool_calls.0.arguments": chat.call.arguments,
                }
            parts += [
                _text("gen_ai.response.model", model.name),
                wire.attributes(9, {f"gen_ai.completion.0.{k}": v for k, v in said.items()}),
                _text("gen_ai.completion.0.finish_reason", "tool_calls" if chat.call else "stop"),
                wire.int_attribute(9, "gen_ai.usage.completion_tokens", chat.output_tokens),
                wire.int_attribute(9, "llm.usage.total_tokens", chat.input_tokens + chat.output_tokens),
            ]
            self._add(talk, said, chat.answer)
        return b"".join(parts) + failure(chat.error, chat.end_ns)

    def tool(self, talk: Talk, call: Call) -> bytes:
        result = call.result if call.error is None else f"error: {call.error[1]}"
        self._add(talk, {"role": "tool", "tool_call_id": call.call_id, "content": result}, result)
        items = {
            "traceloop.entity.name": call.tool,
            "traceloop.entity.input": call.arguments,
            "traceloop.entity.output": result,
        }
        return _text("traceloop.span.kind", "tool") + wire.attributes(9, items) + failure(call.error)

    def turn(self, turn: Turn) -> bytes:
        items = {"traceloop.entity.input": turn.question, "traceloop.entity.output": turn.answer}
        return _text("traceloop.span.kind", "agent") + wire.attributes(9, items) + failure(turn.error)

    def delegation(self, peer: str, task: str) -> bytes:
        items = {"traceloop.entity.input": task, "swarmscope.peer.agent": peer}
        return _text("traceloop.span.kind", "task") + wire.attributes(9, items)

    def names(self, agent: str, model: str, tool: str, peer: str) -> SpanNames:
        return SpanNames(f"{agent}.agent".encode(), b"openai.chat", f"{tool}.tool".encode(), f"{peer}.task".encode())

    @staticmethod
    def _add(talk: Talk, items: dict[str, str], text: str) -> None:
        index = talk.grow(text)
        talk.data += wire.attributes(9, {f"gen_ai.prompt.{index}.{k}": v for k, v in items.items()})
