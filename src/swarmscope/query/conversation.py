"""Messages of spans made readable: who said what, whatever convention it came by."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from swarmscope.model.semantics import CONTENT_KEYS, CONTENT_PREFIXES, is_content, parse_message_key
from swarmscope.query.reader import Reader

DEPTH_MAX = 8
Pairs = Mapping[str, str] | Sequence[tuple[str, str]]
NOTHING: Mapping[str, str] = MappingProxyType({})
_NAMED = ", ".join(f"'{key}'" for key in sorted(CONTENT_KEYS))
_BEGINS = " OR ".join(f"startsWith(k, '{prefix}')" for prefix in CONTENT_PREFIXES)
# SQL: of the attributes of a span, those that `readable` wants beside its messages
BESIDE = f"mapFilter((k, v) -> k IN ({_NAMED}) OR {_BEGINS}, attributes)"
_NUMBERED = re.compile(
    r"(.*?(?:_messages|prompt|completion|prompts|completions|choices|documents)\.)(\d+)\.(?:message\.)?(.+)"
)
_CALL = re.compile(r"tool_calls\.(\d+)\.(?:tool_call\.)?(?:function\.)?(name|arguments|id)")
_CALL_OF_OLD = {"function_call_name": "name", "function_call_arguments_json": "arguments"}
_NOT_SAID = ("finish_reason", "type")
# what a model was given to work with: kept with the messages where it is long, and no part of a conversation
_SETTINGS = (
    "llm.invocation_parameters", "gen_ai.tool.definitions", "llm.tools", "llm.request.functions.", "ai.prompt.tools",
    "mlflow.chat.tools", "tool.json_schema", "tool.description", "embedding.embeddings.",
)  # fmt: skip
# what stands in an attribute as it was sent, and in which others the same stands in a form of its own
_AS_SENT = {
    "input.value": ("llm.input_messages.", "gen_ai.input.messages", "gen_ai.prompt."),
    "output.value": ("llm.output_messages.", "gen_ai.output.messages", "gen_ai.completion."),
    "tool.parameters": ("input.value", "gen_ai.tool.call.arguments"),
}
_EVENT = re.compile(r"gen_ai\.(system|user|assistant|tool)\.message")
_ANSWER = "gen_ai.choice"
_DIRECTIONS = {
    "system": "system", "developer": "system", "user": "input", "human": "input", "assistant": "input", "tool": "tool",
    "function": "tool",
}  # fmt: skip
_RESULTS = ("tool_call_response", "tool_result", "function_call_output")
_SAYING = (
    "content", "text", "tool_calls", "function_call", "arguments", "input", "response", "result", "output",
)  # fmt: skip
_OUTPUT = ("output", "completion", "choice", "response", "result", "assistant")
_INPUT = ("input", "prompt", "user", "arguments", "args", "parameters", "query")


def texts(reads: Reader, wanted: Mapping[str, set[int]]) -> dict[tuple[str, int], str]:
    """The text of messages by (session, hash). wanted: hashes by session (trace id in hex where there is none)."""
    hashes = sorted({h for group in wanted.values() for h in group})
    if not hashes:
        return {}
    rows = reads.few(
        "session, hash, text",
        "messages",
        "session IN {sessions:Array(String)} AND hash IN {hashes:Array(UInt64)}",
        {"sessions": sorted(wanted), "hashes": hashes},
    )
    return {(r["session"], r["hash"]): r["text"] for r in rows}


def readable(
    keys: Sequence[str],
    hashes: Sequence[int],
    found: Mapping[int, str],
    beside: Mapping[str, str] = NOTHING,
    events: Sequence[str] = (),
    event_attributes: Sequence[Pairs] = (),
) -> list[dict[str, Any]]:
    """The messages of one span in the shape of `Message`; parts of one message (role here, content there) become one.

    beside: the span's attributes: short texts are kept there, and some conventions put the role there. events: names of its
    events, others put the role there; event_attributes: theirs. Answers come last, and what is numbered in its order.
    """
    out: list[tuple[tuple[bool, int, int], dict[str, Any]]] = []
    numbered: dict[str, _Parts] = {}
    groups: dict[str, int] = {}
    for key, event, raw, number in _said(keys, hashes, found, beside, event_attributes):
        match = _NUMBERED.fullmatch(key) if event < 0 else None
        if match is not None:
            name = match[1] + match[2]
            groups.setdefault(match[1], len(groups))
            numbered.setdefault(name, _Parts(name)).add(match[3], raw, number)
            continue
        message = _of_event(_message(key, number, raw), events[event] if 0 <= event < len(events) else "")
        place = groups.setdefault(key if event < 0 else "events", len(groups))
        out.append(((message["direction"] == "output", place, event), message))
    for name, parts in numbered.items():
        group, dot, index = name.rpartition(".")
        if (whole := parts.message()) is not None:
            out.append(((whole["direction"] == "output", groups[group + dot], int(index)), whole))
    messages = [message for _, message in sorted(out, key=lambda one: one[0])]
    keys_told = {message["key"] for message in messages}
    return [message | {"repeats": _as_sent(message["key"], keys_told)} for message in messages]


def _said(
    keys: Sequence[str],
    hashes: Sequence[int],
    found: Mapping[int, str],
    beside: Mapping[str, str],
    event_attributes: Sequence[Pairs],
) -> Iterator[tuple[str, int, str | None, int]]:
    """Key, event (-1: the span itself), text and hash of all that was said: what is kept apart, then what is short."""
    lists: dict[tuple[str, int, str], list[int]] = {}
    for text, number in zip(keys, hashes, strict=True):
        shape = parse_message_key(text)
        if shape.separator:
            lists.setdefault((shape.key, shape.event, shape.separator), []).append(number)
        else:
            yield shape.key, shape.event, found.get(number), number
    for (key, event, separator), numbers in lists.items():
        elements = [found.get(number) for number in numbers]
        whole = [text for text in elements if text is not None]
        if len(whole) == len(elements) and not any(_is_message(_json(text)) for text in whole):
            joined = f"[{separator.join(whole)}]"
            yield key, event, joined, _number(joined)
        else:
            for number, element in zip(numbers, elements, strict=True):
                yield key, event, element, number
    for key, short in beside.items():
        if is_content(key) and not key.startswith(_SETTINGS):
            for text in _apart(short):
                yield key, -1, text, _number(text)
    for event, attributes in enumerate(event_attributes):
        for key, short in dict(attributes).items():
            if is_content(key, event=True):
                yield key, event, short, _number(short)


def _apart(short: str) -> list[str]:
    """A list of messages as its messages; anything else as it is."""
    value = _json(short)
    roles = isinstance(value, list) and len(value) > 1 and all(isinstance(one, dict) and "role" in one for one in value)
    if roles and any(map(_is_message, value)):
        return [json.dumps(one, ensure_ascii=False) for one in value]
    return [short]


def _is_message(value: Any) -> bool:
    """Whether an element of a list is one of messages or of their parts, not of what a tool gave back: files have
    types and people have roles, but they say nothing."""
    if not isinstance(value, dict) or "parts" in value:
        return True
    return ("role" in value or "type" in value) and not value.keys().isdisjoint((*_SAYING, str(value.get("type"))))


def _number(text: str) -> int:
    """Names a short text as its hash names a long one."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


class _Parts:
    """A message that came in several attributes."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.number = 0  # of what was said first
        self.role = ""
        self.said: list[str] = []
        self.calls: dict[str, dict[str, str]] = {}
        self.answers: dict[str, str] = {}
        self.missing = False

    def add(self, part: str, raw: str | None, number: int) -> None:
        """part: the key after the message's number. raw: None where the text is gone. number: its hash."""
        self.number = self.number or (0 if part == "role" else number)
        if raw is None:
            self.missing = True
        elif part == "role":
            self.role = raw
        elif part in ("tool_call_id", "name"):
            self.answers[part] = raw
        elif part in _CALL_OF_OLD:
            self.calls.setdefault("", {})[_CALL_OF_OLD[part]] = raw
        elif (match := _CALL.fullmatch(part)) is not None:
            self.calls.setdefault(match[1], {})[match[2]] = raw
        elif part == "content" or part.endswith(".text"):
            self.said.append(raw)
        elif part.rpartition(".")[2] not in _NOT_SAID:
            self.said.append(f"{part}: {raw}")

    def message(self) -> dict[str, Any] | None:
        """In the shape of `Message`; None where nothing was said."""
        if not (self.said or self.calls or self.missing):
            return None
        content = "\n".join(self.said)
        named = [call for _, call in sorted(self.calls.items(), key=lambda one: int(one[0] or 0))]
        given = [{"name": call.get("name", ""), "arguments": call.get("arguments", "")} for call in named]
        calls = [{"id": c.get("id", ""), "type": "function", "function": f} for c, f in zip(named, given, strict=True)]
        message = _message(self.key, self.number, content)
        if calls or self.answers:
            shown = [message["text"], *map(_call, given)]
            whole = {"role": self.role, **self.answers, "content": content} | ({"tool_calls": calls} if calls else {})
            message |= {"text": "\n".join(filter(None, shown)), "raw": json.dumps(whole, ensure_ascii=False)}
        if len(self.said) > 1 or calls or self.answers:
            message["hash"] = f"{_number(message['raw']):016x}"
        if self.role:
            _speak(message, self.role)
        return message | {"missing": self.missing}


def _of_event(message: dict[str, Any], event: str) -> dict[str, Any]:
    """A message that came as an event: the event's name tells who said it."""
    if event == _ANSWER:
        message["direction"] = "output"
    role = "assistant" if event == _ANSWER else match[1] if (match := _EVENT.fullmatch(event)) else ""
    if role and not message["role"]:
        _speak(message, role)
    return message


def _speak(message: dict[str, Any], role: str) -> None:
    """Who said it. An assistant's message is output only where it is the span's own answer."""
    message["role"] = role
    if message["direction"] != "output":
        message["direction"] = _DIRECTIONS.get(role, message["direction"])


def _message(key: str, number: int, raw: str | None) -> dict[str, Any]:
    value = _json(raw) if raw is not None else None
    role = str(value.get("role") or "") if isinstance(value, dict) else ""
    return {
        "key": key,
        "direction": _direction(key, role),
        "role": role,
        "text": spoken(value, raw or ""),
        "raw": raw or "",
        "hash": f"{number:016x}",
        "missing": raw is None,
        "setting": key.startswith(_SETTINGS),
    }


def answers(message: Mapping[str, Any]) -> bool:
    """Whether a message of a tool's span is what the tool gave back, not what it was given."""
    words = re.split(r"[._]", message["key"].lower())
    return message["direction"] == "output" or any(word in part for part in words for word in _OUTPUT)


def _as_sent(key: str, keys: Collection[str]) -> bool:
    """Whether a message only repeats others of its span, which came by `keys`, in the form in which they were sent."""
    forms = _AS_SENT.get(key)
    return forms is not None and any(other.startswith(forms) for other in keys)


def given(raw: str) -> str:
    """What a function was given, without the wrapping that decorators put around it: `{"args": [], "kwargs": …}`."""
    value = _json(raw)
    if isinstance(value, dict) and value.keys() == {"args", "kwargs"} and not value["args"]:
        return json.dumps(value["kwargs"], ensure_ascii=False)
    return raw


def _direction(key: str, role: str) -> str:
    if role in ("system", "developer") or "system" in key:
        return "system"
    if role == "tool" or ".tool" in key or key.startswith(("tool.", "llm.tools", "mcp.")):
        return "tool"
    parts = re.split(r"[._]", key.lower())
    if any(word in part for part in parts for word in _OUTPUT):
        return "output"
    if any(word in part for part in parts for word in _INPUT):
        return "input"
    return "other"


def spoken(value: Any, raw: str) -> str:
    """What a person would read in a message: the text parts, tool calls as `name(arguments)`; else the raw text."""
    said = [line for line in _lines(value, 0) if line]
    return "\n".join(said) if said else raw


def _lines(value: Any, depth: int) -> list[str]:
    if depth > DEPTH_MAX or value is None:
        return []
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [line for item in value for line in _lines(item, depth + 1)]
    if not isinstance(value, dict):
        return []
    if "function" in value and isinstance(value["function"], dict):
        return [_call(value["function"])]
    if value.get("type") in ("tool_call", "tool_use", "function_call") and value.get("name"):
        return [_call(value)]
    if value.keys() == {"args", "kwargs"} and isinstance(value["kwargs"], dict):
        every = [*value["args"], *value["kwargs"].values()] if isinstance(value["args"], list) else []
        return every if all(isinstance(one, str) for one in every) else []
    for key in ("messages", "parts", "content", "text", "message", "response", "result"):
        if value.get(key):
            calls = _lines(value.get("tool_calls"), depth + 1) if key == "content" else []
            said = _lines(value[key], depth + 1)
            if not said and value.get("type") in _RESULTS:
                said = [json.dumps(value[key], ensure_ascii=False)]
            return said + calls
    return _lines(value.get("tool_calls"), depth + 1)


def _call(call: dict[str, Any]) -> str:
    arguments = call.get("arguments", call.get("input", ""))
    given = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
    return f"{call.get('name', '')}({given})"


def _json(raw: str) -> Any:
    if not raw.startswith(("{", "[", '"')):
        return None
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None
