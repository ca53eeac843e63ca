"""OpenInference: span kinds, llm.* attributes, messages flattened into indexed attributes."""

from __future__ import annotations

from swarmscope.sim import wire
from swarmscope.sim.catalogue import Dialect
from swarmscope.sim.voices.base import Call, Chat, SpanNames, Talk, Turn, Voice, failure


def _text(attribute: str, value: str) -> bytes:
    return wire.text_attribute(9, attribute, value)


class OpenInference(Voice):
    """What LangChain, LlamaIndex and others send by OpenInference."""

    dialect = Dialect.OPENINFERENCE

    def identity(self, agent: str) -> bytes:
        return wire.attributes(9, {"agent.name": agent})

    def session(self, session: str) -> bytes:
        return wire.attributes(9, {"session.id": session})

    def user(self, talk: Talk, text: str) -> None:
        self._add(talk, {"role": "user", "content": text}, text)

    def chat(self, talk: Talk, chat: Chat) -> bytes:
        model = chat.model
        parts = [
            _text("openinference.span.kind", "LLM"),
            _text("llm.model_name", model.name),
            _text("llm.provider", model.provider),
            _text("llm.system", model.system),
            _text("llm.invocation_parameters", '{"temperature": 0.2, "max_tokens": 4096}'),
            wire.int_attribute(9, "llm.token_count.prompt", chat.input_tokens),
            bytes(talk.data),
        ]
        if chat.error is None:
            output: dict[str, wire.Value] = {"llm.output_messages.0.message.role": "assistant"}
            said = {"role": "assistant", "content": chat.answer}
            if chat.call is None:
                output["llm.output_messages.0.message.content"] = chat.answer
            else:
                prefix = "tool_calls.0.tool_call"
                said = {
                    "role": "assistant",
                    f"{prefix}.id": chat.call.call_id,
                    f"{prefix}.function.name": chat.call.tool,
                    f"{prefix}.function.arguments": chat.call.arguments,
                }
                output |= {f"llm.output_messages.0.message.{k}": v for k, v in said.items()}
            parts += [
                wire.attributes(9, output),
                wire.int_attribute(9, "llm.token_count.completion", chat.output_tokens),
                wire.int_attribute(9, "llm.token_count.total", chat.input_tokens + chat.output_tokens),
                wire.int_attribute(9, "llm.token_count.prompt_details.cache_read", chat.cached_tokens),
            ]
            self._add(talk, said, chat.answer)
        return b"".join(parts) + failure(chat.error, chat.end_ns)

    def tool(self, talk: Talk, call: Call) -> bytes:
        result = call.result if call.error is None else f"error: {call.error[1]}"
        self._add(talk, {"role": "tool", "tool_call_id": call.call_id, "content": result}, result)
        items = {
            "tool.name": call.tool,
            "tool.parameters": call.arguments,
            "input.value": call.arguments,
            "output.value": result,
        }
        return _text("openinference.span.kind", "TOOL") + wire.attributes(9, items) + failure(call.error)

    def turn(self, turn: Turn) -> bytes:
        items = {"input.value": turn.question, "output.value": turn.answer}
        return _text("openinference.span.kind", "AGENT") + wire.attributes(9, items) + failure(turn.error)

    def delegation(self, peer: str, task: str) -> bytes:
        return _text("openinference.span.kind", "CHAIN") + wire.attributes(
            9, {"swarmscope.peer.agent": peer, "input.value": task}
        )

    def names(self, agent: str, model: str, tool: str, peer: str) -> SpanNames:
        return SpanNames(b"AgentExecutor", b"ChatModel", tool.encode(), f"handoff {peer}".encode())

    @staticmethod
    def _add(talk: Talk, items: dict[str, str], text: str) -> None:
        index = talk.grow(text)
        talk.data += wire.attributes(9, {f"llm.input_messages.{index}.message.{k}": v for k, v in items.items()})
