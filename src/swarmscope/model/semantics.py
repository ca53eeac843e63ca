"""Which attribute key fills which column of a span, and how the original attributes are rebuilt.

Pure data and pure functions, shared by `ingest` (which promotes attributes into columns) and `query` (which gives them
back). A key belongs to one slot. Of several keys of a span that want the same slot, the one that stands first in the
slot's list wins. A key is *promoted* (leaves the `attributes` map) only when its typed value can be rebuilt exactly from
the columns; else the column is filled and the key stays in the map as well.

Sources: OpenTelemetry semantic conventions v1.26 to v1.41 (registry `gen_ai.*`), OpenInference semantic conventions
(`openinference.semconv.trace`), OpenLLMetry (`opentelemetry.semconv_ai`), pydantic-ai (`operation.cost`,
`gen_ai.usage.details.*`), the Vercel AI SDK (`ai.*`; its telemetry page), Langfuse (OpenTelemetry property mapping), MLflow
(`mlflow.tracing.constant`) and LangSmith (its page on OpenTelemetry).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Value = str | int | float | bool | bytes | list[Any] | dict[str, Any] | None

NANO = 1_000_000_000
# operations that use tokens themselves; any other may say what the calls below it used
MODEL_CALLS = frozenset(("chat", "text_completion", "generate_content", "embeddings", "rerank"))
OWN_COST = "swarmscope.cost.usd"  # the one key whose cost is by definition that of the span alone
# Fields of OTLP that are kept as attributes, by the names of "Mapping to non-OTLP formats"; reads take them out again.
WIRE = "swarmscope.wire"  # of a resource: which wire brought it, where that decides what its attributes mean
WIRE_LOKI = "loki"
ELASTIC_INDEX, ELASTIC_ID = "elasticsearch.index", "elasticsearch.id"  # of a record that came by `_bulk`
DROPPED_ATTRIBUTES = "otel.dropped_attributes_count"
DROPPED_EVENTS = "otel.dropped_events_count"
DROPPED_LINKS = "otel.dropped_links_count"
LINK_FLAGS = "otel.link.flags"


@dataclass(frozen=True, slots=True)
class Slot:
    """A column of `spans` and the keys that fill it, best first.

    letter: the value type (`attribute_types` letter) that promotes. scale: nano-units of the column per unit of the key.
    translate: raw value → the vocabulary of the column, by key; a value that is not named is taken as it is.
    """

    column: str
    letter: str
    keys: tuple[str, ...]
    scale: int = 0


_OPENINFERENCE_KINDS = {
    "LLM": "chat",
    "EMBEDDING": "embeddings",
    "CHAIN": "chain",
    "RETRIEVER": "retrieval",
    "RERANKER": "rerank",
    "TOOL": "execute_tool",
    "AGENT": "invoke_agent",
    "GUARDRAIL": "guardrail",
    "EVALUATOR": "evaluate",
    "PROMPT": "prompt",
    "UNKNOWN": "",
}
_TRACELOOP_KINDS = {
    "workflow": "invoke_workflow",
    "agent": "invoke_agent",
    "tool": "execute_tool",
    "task": "task",
    "unknown": "",
}
_REQUEST_TYPES = {
    "completion": "text_completion",
    "chat": "chat",
    "embedding": "embeddings",
    "rerank": "rerank",
    "unknown": "",
}
_VERCEL_OPERATIONS = {  # what has `do…` within is the wrapper of one or more calls
    **{
        f"ai.{name}": "chain"
        for name in ("generateText", "streamText", "generateObject", "streamObject", "embed", "embedMany")
    },
    **{f"ai.{name}.doGenerate": "chat" for name in ("generateText", "generateObject")},
    **{f"ai.{name}.doStream": "chat" for name in ("streamText", "streamObject")},
    **{f"ai.{name}.doEmbed": "embeddings" for name in ("embed", "embedMany")},
    "ai.toolCall": "execute_tool",
}
_LANGFUSE_TYPES = {
    "generation": "chat",
    "embedding": "embeddings",
    "tool": "execute_tool",
    "agent": "invoke_agent",
    "retriever": "retrieval",
    "evaluator": "evaluate",
    "span": "",
    "event": "",
}
_MLFLOW_TYPES = {  # values of MLflow are JSON
    f'"{raw}"': meaning
    for raw, meaning in {
        "LLM": "chat",
        "CHAT_MODEL": "chat",
        "EMBEDDING": "embeddings",
        "TOOL": "execute_tool",
        "AGENT": "invoke_agent",
        "CHAIN": "chain",
        "RETRIEVER": "retrieval",
        "RERANKER": "rerank",
        "EVALUATOR": "evaluate",
        "WORKFLOW": "invoke_workflow",
        "TASK": "task",
        "GUARDRAIL": "guardrail",
        "PARSER": "parse",
        "MEMORY": "memory",
        "UNKNOWN": "",
    }.items()
}
_LANGSMITH_KINDS = {
    "llm": "chat",
    "embedding": "embeddings",
    "tool": "execute_tool",
    "retriever": "retrieval",
    "parser": "parse",
}
_SYSTEMS = {
    "az.ai.openai": "azure.ai.openai",
    "az.ai.inference": "azure.ai.inference",
    "vertex_ai": "gcp.vertex_ai",
    "gemini": "gcp.gemini",
    "xai": "x_ai",
    "mistralai": "mistral_ai",
    "OpenAI": "openai",
    "Anthropic": "anthropic",
    "Cohere": "cohere",
    "AWS": "aws.bedrock",
    "Langchain": "langchain",
}
_PROVIDERS = {
    "azure": "azure.ai.openai",
    "google": "gcp.gen_ai",
    "vertexai": "gcp.vertex_ai",
    "aws": "aws.bedrock",
    "amazon": "aws.bedrock",
    "xai": "x_ai",
    "mistralai": "mistral_ai",
    "together": "together_ai",
}

# key → {raw value: canonical value}
TRANSLATIONS: dict[str, dict[str, str]] = {
    "openinference.span.kind": _OPENINFERENCE_KINDS,
    "traceloop.span.kind": _TRACELOOP_KINDS,
    "llm.request.type": _REQUEST_TYPES,
    "langfuse.observation.type": _LANGFUSE_TYPES,
    "mlflow.spanType": _MLFLOW_TYPES,
    "langsmith.span.kind": _LANGSMITH_KINDS,
    "ai.operationId": _VERCEL_OPERATIONS,
    "gen_ai.system": _SYSTEMS,
    "llm.provider": _PROVIDERS,
    "llm.system": _PROVIDERS,
}

# keys whose raw values are all in their table; under the others a canonical value is usual too
_CLOSED = frozenset(("openinference.span.kind", "traceloop.span.kind", "llm.request.type"))

SLOTS: tuple[Slot, ...] = (
    Slot("agent", "s", ("swarmscope.agent.id", "gen_ai.agent.id", "agent.id", "agent_id")),
    Slot("agent_name", "s", ("swarmscope.agent.name", "gen_ai.agent.name", "agent.name", "agent_name")),
    Slot(
        "session",
        "s",
        (
            "swarmscope.session.id",
            "gen_ai.conversation.id",
            "session.id",
            "traceloop.association.properties.session_id",
            "traceloop.association.properties.conversation_id",
            "langfuse.session.id",
            "ai.telemetry.metadata.sessionId",
            "langsmith.metadata.thread_id",
            "langsmith.metadata.session_id",
        ),
    ),
    Slot(
        "workflow",
        "s",
        ("swarmscope.workflow.id", "gen_ai.workflow.name", "traceloop.workflow.name"),
    ),
    Slot("peer_agent", "s", ("swarmscope.peer.agent",)),
    Slot(
        "operation",
        "s",
        (
            "swarmscope.operation",
            "gen_ai.operation.name",
            "openinference.span.kind",
            "traceloop.span.kind",
            "llm.request.type",
            "langfuse.observation.type",
            "mlflow.spanType",
            "langsmith.span.kind",
            "ai.operationId",
        ),
    ),
    Slot("provider", "s", ("gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system", "ai.model.provider")),
    Slot(
        "model",
        "s",
        (
            "gen_ai.response.model",
            "llm.response.model_name",
            "ai.response.model",
            "llm.model_name",
            "gen_ai.request.model",
            "llm.request.model_name",
            "embedding.model_name",
            "reranker.model_name",
            "langfuse.observation.model.name",
            "ai.model.id",
        ),
    ),
    Slot("tool", "s", ("gen_ai.tool.name", "tool.name", "ai.toolCall.name")),
    Slot(
        "input_tokens",
        "i",
        (
            "gen_ai.usage.input_tokens",
            "gen_ai.usage.prompt_tokens",
            "llm.token_count.prompt",
            "llm.usage.prompt_tokens",
            "ai.usage.promptTokens",
            "ai.usage.inputTokens",
            "ai.usage.tokens",
        ),
    ),
    Slot(
        "output_tokens",
        "i",
        (
            "gen_ai.usage.output_tokens",
            "gen_ai.usage.completion_tokens",
            "llm.token_count.completion",
            "llm.usage.completion_tokens",
            "ai.usage.completionTokens",
            "ai.usage.outputTokens",
        ),
    ),
    Slot(
        "cached_tokens",
        "i",
        (
            "gen_ai.usage.cache_read.input_tokens",
            "gen_ai.usage.cache_read_input_tokens",
            "gen_ai.usage.cached_tokens",
            "gen_ai.usage.cached",
            "gen_ai.usage.input_tokens.cached",
            "gen_ai.usage.details.cache_read_tokens",
            "gen_ai.usage.details.cached_tokens",
            "llm.token_count.prompt_details.cache_read",
            "llm.token_count.prompt_details.cache_input",
            "llm.usage.cache_read_input_tokens",
            "ai.usage.cachedInputTokens",
            "ai.usage.inputTokenDetails.cacheReadTokens",
        ),
    ),
    Slot(
        "reasoning_tokens",
        "i",
        (
            "gen_ai.usage.reasoning.output_tokens",
            "gen_ai.usage.reasoning_tokens",
            "gen_ai.usage.output_tokens.reasoning",
            "gen_ai.usage.details.reasoning_tokens",
            "llm.usage.reasoning_tokens",
            "llm.token_count.completion_details.reasoning",
            "ai.usage.reasoningTokens",
            "ai.usage.outputTokenDetails.reasoningTokens",
        ),
    ),
    Slot(
        "total_tokens",
        "i",
        ("gen_ai.usage.total_tokens", "llm.usage.total_tokens", "llm.token_count.total", "ai.usage.totalTokens"),
    ),
    Slot(
        "cost_nano_usd",
        "d",
        (
            OWN_COST,
            "gen_ai.usage.cost",
            "gen_ai.usage.cost_usd",
            "gen_ai.usage.total_cost",
            "gen_ai.usage.cost.total",
            "llm.cost.total",
            "llm.usage.cost",
            "operation.cost",
        ),
        NANO,
    ),
    Slot(
        "ttft_ns",
        "d",
        (
            "swarmscope.time_to_first_token",
            "gen_ai.response.time_to_first_chunk",
            "gen_ai.server.time_to_first_token",
            "server.time_to_first_token",
            "gen_ai.server.ttft",
        ),
        NANO,
    ),
    Slot("ttft_ns", "d", ("ai.response.msToFirstChunk", "ai.stream.msToFirstChunk"), NANO // 1000),
    Slot("pending", "b", ("swarmscope.pending",)),
)

# every promotable key, in slot order: the order of `promoted`
KEYS: tuple[str, ...] = tuple(key for slot in SLOTS for key in slot.keys)
KEY_SLOT: dict[str, Slot] = {key: slot for slot in SLOTS for key in slot.keys}

# keys whose text is a prompt, an answer, or something that long: kept in `messages`
CONTENT_KEYS = frozenset(
    (
        "gen_ai.input.messages",
        "gen_ai.output.messages",
        "gen_ai.system_instructions",
        "gen_ai.tool.definitions",
        "gen_ai.tool.call.arguments",
        "gen_ai.tool.call.result",
        "gen_ai.tool.input",
        "gen_ai.tool.output",
        "gen_ai.tool.message",
        "gen_ai.user.message",
        "gen_ai.system.message",
        "gen_ai.assistant.message",
        "gen_ai.choice",
        "gen_ai.event.content",
        "gen_ai.prompt",
        "gen_ai.completion",
        "gen_ai.retrieval.documents",
        "gen_ai.task.input",
        "gen_ai.task.output",
        "input.value",
        "output.value",
        "llm.prompts",
        "llm.completions",
        "llm.input_messages",
        "llm.output_messages",
        "llm.tools",
        "llm.invocation_parameters",
        "llm.prompt_template.template",
        "llm.prompt_template.variables",
        "llm.function_call",
        "retrieval.documents",
        "tool.parameters",
        "tool.json_schema",
        "tool.description",
        "traceloop.entity.input",
        "traceloop.entity.output",
        "mcp.request.argument",
        "mcp.response.value",
        "all_messages_events",
        "pydantic_ai.all_messages",
        "events",
        "ai.prompt",
        "ai.prompt.messages",
        "ai.prompt.tools",
        "ai.response.text",
        "ai.response.toolCalls",
        "ai.response.object",
        "ai.response.reasoning",
        "ai.toolCall.args",
        "ai.toolCall.result",
        "langfuse.observation.input",
        "langfuse.observation.output",
        "langfuse.trace.input",
        "langfuse.trace.output",
        "mlflow.spanInputs",
        "mlflow.spanOutputs",
        "mlflow.chat.tools",
        "final_result",
        "tool_arguments",
        "tool_response",
    )
)
CONTENT_PREFIXES = (
    "gen_ai.prompt.",
    "gen_ai.completion.",
    "llm.prompts.",
    "llm.choices.",
    "llm.completions.",
    "llm.input_messages.",
    "llm.output_messages.",
    "llm.request.functions.",
    "llm.tools.",
    "retrieval.documents.",
    "reranker.input_documents.",
    "reranker.output_documents.",
    "embedding.embeddings.",
)
# in events, these keys hold message text too (gen_ai.user.message and its kin, before v1.37)
EVENT_CONTENT_KEYS = CONTENT_KEYS | {"content", "message", "tool_calls", "body", "gen_ai.content"}

_MESSAGE_KEY = re.compile(r"(?:#(\d+)/)?(.*?)(\[ ?\])?(:[a-z])?", re.DOTALL)


def is_content(key: str, event: bool = False) -> bool:
    """Whether the value of `key` is message text. Keys that would read like a marked message key are not."""
    if key.startswith("#") or key.endswith("]") or key[-2:-1] == ":":
        return False
    return key in (EVENT_CONTENT_KEYS if event else CONTENT_KEYS) or key.startswith(CONTENT_PREFIXES)


def translate(key: str, raw: str) -> tuple[str, bool]:
    """The canonical value of `raw` under `key`, and whether `key` and the canonical value give `raw` back."""
    table = TRANSLATIONS.get(key)
    if table is None:
        return raw, True
    canonical = table.get(raw, raw)
    return canonical, untranslate(key, canonical) == raw


def untranslate(key: str, canonical: str) -> str:
    """The raw value of `key` that a promoted `canonical` stood for: of a span kind its own word, else the value itself."""
    if key in _CLOSED:
        return next((raw for raw, meaning in TRANSLATIONS[key].items() if meaning == canonical), canonical)
    return canonical


def restore(promoted: str, columns: Mapping[str, Any], attributes: Mapping[str, str], types: str) -> dict[str, Value]:
    """The original attributes of a span or log record, typed; message text is apart (`restore_messages`).

    promoted, attributes, types: the row's columns of these names (`types` is `attribute_types`). columns: at least the
    columns of the promoted keys. Raises KeyError for a promoted key that this version does not know.
    """
    out: dict[str, Value] = {}
    for key in promoted.split(",") if promoted else ():
        out[key] = _from_column(key, KEY_SLOT[key], columns)
    for (key, text), letter in zip(attributes.items(), types, strict=True):
        out[key] = typed(text, letter)
    return out


def _from_column(key: str, slot: Slot, columns: Mapping[str, Any]) -> Value:
    if slot.column == "pending":
        return True
    if slot.column == "total_tokens":
        return int(columns["input_tokens"]) + int(columns["output_tokens"])
    # logs have one column for both
    column = "agent" if slot.column == "agent_name" and "agent_name" not in columns else slot.column
    value = columns[column]
    if slot.letter == "s":
        return untranslate(key, str(value))
    if slot.letter == "i":
        return int(value)
    return int(value) / slot.scale


def typed(text: str, letter: str) -> Value:
    """The value that `text` stands for: s string, i int, d double, b bool, y bytes (base64), j JSON, n unset."""
    match letter:
        case "i":
            return int(text)
        case "d":
            return float(text)
        case "b":
            return text == "true"
        case "y":
            return base64.b64decode(text)
        case "j":
            return json.loads(text)  # type: ignore[no-any-return]  # JSON is any value
        case "n":
            return None
    return text


@dataclass(frozen=True, slots=True)
class MessageKey:
    """One element of `message_key`, parsed. event: index of the event that owns the key, -1 for the span itself.

    separator: "" for a whole value, else what stood between the elements of the JSON array that this is one of.
    letter: type of the whole value.
    """

    key: str
    event: int = -1
    separator: str = ""
    letter: str = "s"


def parse_message_key(text: str) -> MessageKey:
    """`gen_ai.prompt`, `gen_ai.input.messages[]` (elements joined by ","), `…[ ]` (by ", "), `…:j` (type), `#2/…` (event 2)."""
    match = _MESSAGE_KEY.fullmatch(text)
    event, key, brackets, letter = match.groups() if match else (None, text, None, None)
    separator = {None: "", "[]": ",", "[ ]": ", "}[brackets]
    return MessageKey(key or "", int(event) if event else -1, separator, letter[1:] if letter else "s")


def restore_messages(
    keys: Sequence[str], hashes: Sequence[int], texts: Mapping[int, str]
) -> dict[int, dict[str, Value]]:
    """The message attributes of a span by owner (-1: the span, n: its event n), byte for byte as they were sent.

    keys, hashes: the row's `message_key` and `message_hash`. texts: hash → text of the span's session; a text that is not
    there (expired, erased) leaves its whole attribute out.
    """
    parts: dict[tuple[int, str], list[str | None]] = {}
    shapes: dict[tuple[int, str], MessageKey] = {}
    for text, number in zip(keys, hashes, strict=True):
        shape = parse_message_key(text)
        owner = (shape.event, shape.key)
        shapes[owner] = shape
        parts.setdefault(owner, []).append(texts.get(number))
    out: dict[int, dict[str, Value]] = {}
    for owner, shape in shapes.items():
        found = [part for part in parts[owner] if part is not None]
        if len(found) < len(parts[owner]):
            continue
        value = f"[{shape.separator.join(found)}]" if shape.separator else found[-1]
        out.setdefault(shape.event, {})[shape.key] = typed(value, shape.letter)
    return out


def split_types(types: str, counts: Iterable[int]) -> list[str]:
    """`event_attribute_types` or `link_attribute_types` cut into one text per event or link; counts: map sizes."""
    out = []
    position = 0
    for count in counts:
        out.append(types[position : position + count])
        position += count
    return out
