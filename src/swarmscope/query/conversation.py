"""Messages of spans made readable: who said what, whatever convention it came by."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from swarmscope.model.semantics import parse_message_key
from swarmscope.query.reader import Reader

DEPTH_MAX = 8
NOTHING: Mapping[str, str] = MappingProxyType({})
_NUMBERED = re.compile(r"(.*?(?:_messages|prompt|completion|prompts|completions|choices|documents)\.\d+)\.(.+)")
_ROLE_FIELDS = ("role", "message.role")
_EVENT = re.compile(r"gen_ai\.(system|user|assistant|tool)\.message")
_ANSWER = "gen_ai.choice"
_DIRECTIONS = {
    "system": "system", "developer": "system", "user": "input", "human": "input", "assistant": "input", "tool": "tool",
    "function": "tool",
}  # fmt: skip
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
        "LIMIT 1 BY session, hash",
    )
    return {(r["session"], r["hash"]): r["text"] for r in rows}


def readable(
    keys: Sequence[str],
    hashes: Sequence[int],
    found: Mapping[int, str],
    beside: Mapping[str, str] = NOTHING,
    events: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """The messages of one span in the shape of `Message`; parts of one message (role here, content there) become one.

    beside: the span's attributes, some conventions put the role there. events: names of its events, others put it there.
    """
    out: list[dict[str, Any]] = []
    numbered: dict[str, dict[str, Any]] = {}
    for text, number in zip(keys, hashes, strict=True):
        shape = parse_message_key(text)
        key = shape.key
        raw = found.get(number)
        match = _NUMBERED.fullmatch(key)
        if match is None:
            out.append(
                _of_event(_message(key, number, raw), events[shape.event] if 0 <= shape.event < len(events) else "")
            )
            continue
        message = numbered.get(match[1])
        if message is None:
            message = numbered[match[1]] = _message(match[1], number, None) | {"missing": False}
            out.append(message)
        _add_part(message, match[2], raw)
    for prefix, message in numbered.items():
        if not message["role"]:
            _speak(message, next((beside[name] for f in _ROLE_FIELDS if (name := f"{prefix}.{f}") in beside), ""))
    return out


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


def _add_part(message: dict[str, Any], part: str, raw: str | None) -> None:
    if raw is None:
        message["missing"] = True
    elif part in _ROLE_FIELDS:
        message["role"] = raw
        message["direction"] = _direction(message["key"], raw)
    else:
        said = raw if part in ("content", "message.content") or part.endswith(".text") else f"{part}: {raw}"
        message["text"] = f"{message['text']}\n{said}".strip("\n")
        message["raw"] = f"{message['raw']}\n{raw}".strip("\n")


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
    }


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
    for key in ("parts", "content", "text", "message", "response", "result"):
        if value.get(key):
            calls = _lines(value.get("tool_calls"), depth + 1) if key == "content" else []
            return _lines(value[key], depth + 1) + calls
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
