"""OpenTelemetry GenAI conventions of 2025: provider.name, conversations as JSON in attributes, swarmscope.* beside them."""

from __future__ import annotations

from json import dumps

from swarmscope.sim import wire
from swarmscope.sim.catalogue import Dialect
from swarmscope.sim.voices.base import Call, Chat, SpanNames, Talk, Turn, Voice, failure

_INPUT = wire.field(1, b"gen_ai.input.messages")
_OUTPUT = wire.field(1, b"gen_ai.output.messages")
_ARGUMENTS = wire.field(1, b"gen_ai.tool.call.arguments")
_RESULT = wire.field(1, b"gen_ai.tool.call.result")
_CALL_ID = wire.field(1, b"gen_ai.tool.call.id")
_CALLING = wire.attributes(9, {"gen_ai.response.finish_reasons": ("tool_calls",)})
_STOPPED = wire.attributes(9, {"gen_ai.response.finish_reasons": ("stop",)})
_TASK = wire.field(1, b"swarmscope.task.name")


def _text(attribute: str, value: str) -> bytes:
    return wire.text_attribute(9, attribute, value)


class GenAi(Voice):
    """The newest generation."""

    dialect = Dialect.GENAI

    def identity(self, agent: str) -> bytes:
        return wire.attributes(
            9, {"gen_ai.agent.id": agent, "gen_ai.agent.name": agent, "swarmscope.agent.kind": "llm"}
        )

    def session(self, session: str) -> bytes:
        return wire.attributes(9, {"gen_ai.conversation.id": session})

    def user(self, talk: Talk, text: str) -> None:
        self._add(talk, f'{{"role":"user","parts":[{{"type":"text","content":{dumps(text)}}}]}}', text)

    def chat(self, talk: Talk, chat: Chat) -> bytes:
        model = chat.model
        parts = [
            _text("gen_ai.operation.name", "chat"),
            _text("gen_ai.provider.name", model.provider),
            _text("gen_ai.request.model", model.name),
            _text("gen_ai.system_instructions", f'[{{"type":"text","content":{dumps(talk.instructions)}}}]'),
            wire.long_text_attribute(9, _INPUT, b"[" + talk.data + b"]"),
            wire.int_attribute(9, "gen_ai.usage.input_tokens", chat.input_tokens),
        ]
        if chat.error is None:
            answer = self._answer(chat)
            parts += [
                _text("gen_ai.response.model", model.name),
                _CALLING if chat.call else _STOPPED,
                wire.int_attribute(9, "gen_ai.usage.output_tokens", chat.output_tokens),
                wire.int_attribute(9, "gen_ai.usage.cache_read.input_tokens", chat.cached_tokens),
                wire.long_text_attribute(9, _OUTPUT, f"[{answer}]".encode()),
                wire.field(9, wire.key_value("gen_ai.response.time_to_first_chunk", chat.first_token_s)),
            ]
            if chat.reasoning_tokens:
                parts.append(wire.int_attribute(9, "gen_ai.usage.reasoning.output_tokens", chat.reasoning_tokens))
            self._add(talk, answer, chat.answer)
        return b"".join(parts) + failure(chat.error, chat.end_ns)

    def tool(self, talk: Talk, call: Call) -> bytes:
        result = call.result if call.error is None else f"error: {call.error[1]}"
        part = f'{{"type":"tool_call_response","id":"{call.call_id}","response":{dumps(result)}}}'
        self._add(talk, f'{{"role":"tool","parts":[{part}]}}', result)
        return b"".join((
            _text("gen_ai.operation.name", "execute_tool"),
            _text("gen_ai.tool.name", call.tool),
            _text("gen_ai.tool.type", "function"),
            wire.long_text_attribute(9, _CALL_ID, call.call_id.encode()),
            wire.long_text_attribute(9, _ARGUMENTS, call.arguments.encode()),
            wire.long_text_attribute(9, _RESULT, result.encode()),
            failure(call.error),
        ))  # fmt: skip

    def turn(self, turn: Turn) -> bytes:
        workflow = wire.attributes(9, {"swarmscope.workflow.id": turn.workflow}) if turn.workflow else b""
        return b"".join((
            _text("gen_ai.operation.name", "invoke_agent"),
            wire.field(9, wire.key_value("swarmscope.task.quality", turn.quality)),
            _text("swarmscope.task.status", "success" if turn.error is None else "failure"),
            workflow,
            failure(turn.error),
        ))  # fmt: skip

    def delegation(self, peer: str, task: str) -> bytes:
        head = _text("swarmscope.operation", "agent_communication") + _text("swarmscope.peer.agent", peer)
        return head + wire.long_text_attribute(9, _TASK, task.encode())

    def names(self, agent: str, model: str, tool: str, peer: str) -> SpanNames:
        return SpanNames(
            f"invoke_agent {agent}".encode(),
            f"chat {model}".encode(),
            f"execute_tool {tool}".encode(),
            f"delegate {peer}".encode(),
        )

    @staticmethod
    def _answer(chat: Chat) -> str:
        if chat.call is None:
            return f'{{"role":"assistant","parts":[{{"type":"text","content":{dumps(chat.answer)}}}],"finish_reason":"stop"}}'
        call = chat.call
        part = f'{{"type":"tool_call","id":"{call.call_id}","name":"{call.tool}","arguments":{call.arguments}}}'
        return f'{{"role":"assistant","parts":[{part}],"finish_reason":"tool_call"}}'

    @staticmethod
    def _add(talk: Talk, message: str, text: str) -> None:
        if talk.grow(text):
            talk.data += b","
        talk.data += message.encode()
