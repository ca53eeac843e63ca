"""Labels out of lines: json, logfmt, pattern, regexp, unpack. Each gives, per line, a dict of labels and the kind of error.

Source: Grafana Loki's documentation, "Log pipeline → Parser expression".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from swarmscope.errors import QueryError
from swarmscope.query.logql.tree import Parser

LABELS_MAX = 256  # of one line
DEPTH_MAX = 16
JSON_ERROR, LOGFMT_ERROR = "JSONParserErr", "LogfmtParserErr"
Found = tuple[dict[str, str], str]
_JSON = msgspec.json.Decoder(float_hook=str)
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_INVALID = re.compile(r"[^a-zA-Z0-9_]")
_PAIR = re.compile(r"([^\s=\"]+)(?:=(?:\"((?:[^\"\\]|\\.)*)\"(?=\s|$)|([^\s\"]*)(?=\s|$)))?|(\S+)")
_CAPTURE = re.compile(r"<([A-Za-z_]\w*)>")
_STEP = re.compile(r"\[\"((?:[^\"\\]|\\.)*)\"\]|\[(\d+)\]|\.?([A-Za-z_][\w-]*)")


def label_name(text: str) -> str:
    """`text` as the name of a label."""
    made = _INVALID.sub("_", text)
    return f"_{made}" if made[:1].isdigit() else made


def extractor(parser: Parser, needed: frozenset[str] | None) -> Callable[[str], Found]:
    """A function of one line, for all but regexp. needed: names that are asked for later, None: all."""
    match parser.kind:
        case "json" if parser.names:
            paths = [(name, _path(expression)) for name, expression in parser.names]
            return lambda line: _json_paths(line, paths)
        case "json":
            return lambda line: _json(line, needed)
        case "logfmt":
            wanted = {expression: name for name, expression in parser.names} if parser.names else None
            return lambda line: _logfmt(line, wanted, parser.strict, parser.keep_empty, needed)
        case "unpack":
            return _unpack
        case "pattern":
            parts = _CAPTURE.split(parser.argument)
            return lambda line: (_by_pattern(line, parts), "")
    raise QueryError(f"{parser.kind} is no parser of single lines")


def _loaded(line: str) -> Any:
    """JSON with numbers that are not whole as their text, as they stand there."""
    try:
        return _JSON.decode(line)
    except (msgspec.DecodeError, RecursionError):
        return None


def _json(line: str, needed: frozenset[str] | None) -> Found:
    value = _loaded(line)
    if not isinstance(value, dict):
        return {}, JSON_ERROR
    out: dict[str, str] = {}
    _flatten(value, "", out, needed, 0)
    return out, ""


def _flatten(
    value: dict[str, Any], prefix: str, out: dict[str, str], needed: frozenset[str] | None, depth: int
) -> None:
    for key, item in value.items():
        name = prefix + label_name(key) if not prefix else prefix + _INVALID.sub("_", key)
        if isinstance(item, dict):
            if depth < DEPTH_MAX:
                _flatten(item, name + "_", out, needed, depth + 1)
        elif isinstance(item, list) or item is None:
            continue
        elif (needed is None or name in needed) and len(out) < LABELS_MAX and name not in out:
            out[name] = _scalar(item)


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return orjson.dumps(value).decode()


def _path(expression: str) -> list[str | int]:
    """The steps of `request.headers["X-Id"][0]`. QueryError."""
    steps: list[str | int] = []
    at = 0
    while at < len(expression):
        match = _STEP.match(expression, at)
        if match is None:
            raise QueryError(f"cannot parse expression [{expression[:80]}]: unexpected {expression[at]!r}")
        steps.append(orjson.loads(f'"{match[1]}"') if match[1] is not None else int(match[2]) if match[2] else match[3])
        at = match.end()
    return steps


def _json_paths(line: str, paths: Sequence[tuple[str, list[str | int]]]) -> Found:
    if not isinstance(_loaded(line), dict):
        return {}, JSON_ERROR
    return {name: _at(line, path) for name, path in paths}, ""


def _at(line: str, path: Sequence[str | int]) -> str:
    """What stands at a path, objects and lists as they are written; nothing where there is none."""
    found = msgspec.Raw(line.encode())
    for step in path:
        try:
            found = _OBJECT.decode(found)[step] if isinstance(step, str) else _LIST.decode(found)[step]
        except (msgspec.ValidationError, LookupError):
            return ""
    text = bytes(found).strip().decode()
    if text == "null":
        return ""
    return str(_JSON.decode(text)) if text.startswith('"') else text


def _logfmt(
    line: str, wanted: dict[str, str] | None, strict: bool, keep_empty: bool, needed: frozenset[str] | None
) -> Found:
    out: dict[str, str] = {}
    for match in _PAIR.finditer(line):
        if match[4] is not None:
            if strict:
                return out, LOGFMT_ERROR
            continue
        key = match[1]
        value = match[2] if match[2] is not None else match[3] or ""
        if wanted is not None:
            name = wanted.get(key, "")
        else:
            name = label_name(key)
            if needed is not None and name not in needed:
                continue
        if not name or name in out or len(out) >= LABELS_MAX:
            continue
        if match[2] is not None and "\\" in value:
            value = _unescaped(value)
        if value or keep_empty or wanted is not None:
            out[name] = value
    if wanted is not None:
        for name in wanted.values():
            out.setdefault(name, "")
    return out, ""


def _unescaped(value: str) -> str:
    try:
        text: str = orjson.loads(f'"{value}"')
    except orjson.JSONDecodeError:
        return value
    return text


def _unpack(line: str) -> Found:
    value = _loaded(line)
    if not isinstance(value, dict):
        return {}, JSON_ERROR
    return {key if key == "_entry" else label_name(key): v for key, v in value.items() if isinstance(v, str)}, ""


def pattern_names(pattern: str) -> list[str]:
    """The captures of a pattern, without `<_>`. QueryError: it has none, or two touch."""
    names = _CAPTURE.findall(pattern)
    if not [n for n in names if n != "_"]:
        raise QueryError(f"invalid pattern {pattern[:80]!r}: at least one capture is required")
    if re.search(r">(?=<[A-Za-z_]\w*>)", pattern):
        raise QueryError(
            f"invalid pattern {pattern[:80]!r}: found consecutive capture: there must be a literal in between"
        )
    named = [n for n in names if n != "_"]
    if len(set(named)) != len(named):
        raise QueryError(f"invalid pattern {pattern[:80]!r}: duplicate capture name")
    return named


def _by_pattern(line: str, parts: Sequence[str]) -> dict[str, str]:
    """The captures of a pattern. parts: literals and names in turn. Where a literal is missing, the rest is the capture's."""
    if not line.startswith(parts[0]):
        return {}
    out: dict[str, str] = {}
    rest = line[len(parts[0]) :]
    for name, literal in zip(parts[1::2], parts[2::2], strict=True):
        value, missing = (rest, False) if not literal else (rest.partition(literal)[0], literal not in rest)
        if name != "_":
            out[name] = value
        if missing or not literal:
            break
        rest = rest[len(value) + len(literal) :]
    return out


def line_pattern(pattern: str) -> str:
    """A pattern of `|>` as an expression of RE2: `<_>` stands for anything."""
    return "(?s)" + ".*?".join(_escaped(part) for part in pattern.split("<_>"))


def _escaped(text: str) -> str:
    return re.sub(r"([^A-Za-z0-9_\s\x80-\U0010ffff])", r"\\\1", text)


def by_expression(lines: pa.Array, expression: str) -> dict[str, pa.Array]:
    """The named captures of RE2 for every line; null where it does not match."""
    names = re.findall(r"\(\?P?<([A-Za-z_]\w*)>", expression)
    captures = _only_named(expression)
    if len(lines) == 0:
        return dict.fromkeys(names, lines)
    return dict(zip(names, pc.extract_regex(lines, captures).flatten(), strict=True))


def _only_named(expression: str) -> str:
    """Arrow wants every group named: the others capture nothing."""
    out, at, in_class = [], 0, False
    while at < len(expression):
        c = expression[at]
        if c == "\\":
            out.append(expression[at : at + 2])
            at += 2
            continue
        if in_class:
            in_class = c != "]"
        elif c == "[":
            in_class = True
        elif c == "(":
            if expression[at + 1 : at + 2] != "?":
                out.append("(?:")
                at += 1
                continue
            if re.match(r"\(\?<[A-Za-z_]", expression[at:]):
                out.append("(?P<")
                at += 3
                continue
        out.append(c)
        at += 1
    return "".join(out)
