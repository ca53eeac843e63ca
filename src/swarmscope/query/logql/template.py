"""Go templates of `line_format` and `label_format`, as far as Loki's documentation lists their functions.

`{{ .label }}`, `{{ .label | ToUpper | trunc 8 }}`, `{{ if eq .a "b" }}…{{ else }}…{{ end }}`, `__line__`, `__timestamp__`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus, unquote_plus

import orjson

from swarmscope.errors import QueryError
from swarmscope.query.actions import split
from swarmscope.query.logql.tokens import byte_count, duration_ns

LENGTH_MAX = 8192
OUTPUT_MAX = 65_536  # characters of one line
NODES_MAX = 500
DEPTH_MAX = 16
_CALL = re.compile(
    r"\s*(?:(\"(?:[^\"\\]|\\.)*\"|`[^`]*`)|(-?\d+(?:\.\d+)?)|(\.[A-Za-z_]\w*|\.)|([A-Za-z_]\w*)|([|()]))"
)
_ACTION = re.compile(r"\{\{(-?)\s*(.*?)\s*(-?)\}\}", re.DOTALL)
Labels = Mapping[str, str]
Value = Any
Node = Callable[[Labels], str]
Argument = Callable[[Labels], Value]


class Template:
    """A template, read once. QueryError: it cannot be understood."""

    def __init__(self, text: str) -> None:
        if len(text) > LENGTH_MAX:
            raise QueryError(f"a template of {len(text)} characters; at most {LENGTH_MAX} are read")
        try:
            self._parts = split(text, _ACTION)
        except ValueError as e:
            raise QueryError(f"template: {e}") from None
        if len(self._parts) > NODES_MAX:
            raise QueryError(f"a template of more than {NODES_MAX} parts")
        self._at = 0
        self._nodes = self._block(0, False)

    def render(self, labels: Labels) -> str:
        """The text for one line. labels: with `__line__` and `__timestamp__`. QueryError: a function failed."""
        return "".join(node(labels) for node in self._nodes)[:OUTPUT_MAX]

    def _block(self, depth: int, inside: bool) -> list[Node]:
        if depth > DEPTH_MAX:
            raise QueryError("template: nested too deeply")
        nodes: list[Node] = []
        while self._at < len(self._parts):
            is_action, text = self._parts[self._at]
            if (is_action and text in ("end", "else")) or (is_action and text.startswith("else if ")):
                if not inside:
                    raise QueryError(f"template: unexpected {{{{{text}}}}}")
                return nodes
            self._at += 1
            if not is_action:
                nodes.append(lambda _labels, text=text: text)  # type: ignore[misc] # a default keeps this turn's text
            elif text.startswith("if "):
                nodes.append(self._choice(text[3:], depth))
            elif text and not text.startswith("/*"):
                nodes.append(_shown(_pipeline(text)))
        if inside:
            raise QueryError("template: {{end}} is missing")
        return nodes

    def _choice(self, condition: str, depth: int) -> Node:
        holds = _pipeline(condition)
        yes = self._block(depth + 1, True)
        no: list[Node] = []
        _, text = self._parts[self._at]
        self._at += 1
        if text == "else":
            no = self._block(depth + 1, True)
            self._at += 1
        elif text.startswith("else if "):
            no = [self._choice(text[8:], depth + 1)]
        return lambda labels: "".join(node(labels) for node in (yes if _true(holds(labels)) else no))


def _shown(argument: Argument) -> Node:
    return lambda labels: _text(argument(labels))


def _pipeline(text: str) -> Argument:
    words = _words(text)
    argument, rest = _piped(words, 0)
    if rest != len(words):
        raise QueryError(f"template: unexpected {words[rest][1]!r}")
    return argument


def _words(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        if text[at:].isspace():
            break
        match = _CALL.match(text, at)
        if match is None:
            raise QueryError(f"template: cannot read {text[at : at + 20]!r}")
        kind = ("string", "number", "field", "name", "op")[next(i for i in range(5) if match[i + 1] is not None)]
        found.append((kind, match[0].strip()))
        at = match.end()
    return found


def _piped(words: list[tuple[str, str]], at: int) -> tuple[Argument, int]:
    value: Argument | None = None
    while True:
        call, at = _called(words, at, value)
        value = call
        if at < len(words) and words[at] == ("op", "|"):
            at += 1
            continue
        return value, at


def _called(words: list[tuple[str, str]], at: int, last: Argument | None) -> tuple[Argument, int]:
    if at >= len(words):
        raise QueryError("template: missing value")
    kind, text = words[at]
    if kind != "name":
        if last is not None:
            raise QueryError(f"template: {text!r} is no function, so nothing can be piped into it")
        return _operand(words, at)
    function = FUNCTIONS.get(text)
    if function is None:
        raise QueryError(f"template: function {text!r} not defined")
    at += 1
    given: list[Argument] = []
    while at < len(words) and words[at] not in (("op", "|"), ("op", ")")):
        if words[at][0] == "name":
            call, at = _called([words[at]], 0, None)[0], at + 1
        else:
            call, at = _operand(words, at)
        given.append(call)
    if last is not None:
        given.append(last)
    if text in ("__line__", "__timestamp__"):
        return (lambda labels: labels.get(text, "")), at
    body, least = function
    if len(given) < least:
        raise QueryError(f"template: wrong number of args for {text}: want {least} got {len(given)}")

    def call_it(labels: Labels) -> Value:
        try:
            return body(*(argument(labels) for argument in given))
        except (ValueError, TypeError, OverflowError, ZeroDivisionError, IndexError) as e:
            raise QueryError(f"template: {text}: {e}") from e

    return call_it, at


def _operand(words: list[tuple[str, str]], at: int) -> tuple[Argument, int]:
    kind, text = words[at]
    if kind == "string":
        value = text[1:-1] if text[0] == "`" else orjson.loads(text)
        return (lambda _labels: value), at + 1
    if kind == "number":
        number = float(text) if "." in text else int(text)
        return (lambda _labels: number), at + 1
    if kind == "field":
        if text == ".":
            return (lambda labels: dict(labels)), at + 1
        return (lambda labels: labels.get(text[1:], "")), at + 1
    if text == "(":
        inner, at = _piped(words, at + 1)
        if at >= len(words) or words[at] != ("op", ")"):
            raise QueryError("template: unclosed left paren")
        return inner, at + 1
    raise QueryError(f"template: unexpected {text!r}")


def _true(value: Value) -> bool:
    return bool(value)


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e21 else repr(value)
    if isinstance(value, dict):
        return "map[" + " ".join(f"{k}:{v}" for k, v in sorted(value.items())) + "]"
    return str(value)


def _number(value: Value) -> float:
    try:
        return float(value)
    except ValueError:
        return 0.0


def _whole(value: Value) -> int:
    number = _number(value)
    return int(number) if math.isfinite(number) else 0


def _seconds(text: Value) -> float:
    found = duration_ns(str(text))
    if found is None:
        raise ValueError(f"invalid duration {str(text)[:80]!r}")
    return found / 10**9


def _trunc(count: Value, text: Value) -> str:
    return str(text)[: int(count)] if int(count) >= 0 else str(text)[int(count) :]


def _substr(start: Value, end: Value, text: Value) -> str:
    low = max(0, int(start))
    return str(text)[low:] if int(end) < 0 else str(text)[low : int(end)]


def _printf(form: Value, *values: Value) -> str:
    rest = iter(values)

    def one(match: re.Match[str]) -> str:
        if match[2] == "%":
            return "%"
        value = next(rest, "%!" + match[2] + "(MISSING)")
        flags = match[1]
        if int("0" + "".join(re.findall(r"\d+", flags.partition(".")[0]))[:9]) > 1000:
            raise ValueError("a width of more than 1000")
        if match[2] in "sv":
            shown = ("%" + flags + "s") % _text(value)
            fills = flags.startswith("0")  # Go pads text with zeros too
            return "0" * (len(shown) - len(shown.lstrip(" "))) + shown.lstrip(" ") if fills else shown
        if match[2] == "q":
            return orjson.dumps(_text(value)).decode()
        if match[2] in "dxXo":
            return ("%" + flags + match[2]) % _whole(value)
        return ("%" + flags + match[2]) % _number(value)

    return re.sub(r"%([-+ 0#]*\d{0,4}(?:\.\d{1,3})?)([svqdfegxXo%])", one, str(form))


def _date(form: Value, moment: Value) -> str:
    """Go's reference time (2006-01-02 15:04:05) in a layout."""
    number = _number(moment)
    seconds = number / 10**9 if number > 10**14 else number / 10**3 if number > 10**11 else number
    at = datetime.fromtimestamp(seconds, UTC)
    layout = str(form)
    for go, python in (("2006", "%Y"), ("01", "%m"), ("02", "%d"), ("15", "%H"), ("04", "%M"), ("05", "%S"), ("Jan", "%b"),
                       ("Mon", "%a"), ("Z07:00", "Z"), ("MST", "UTC")):  # fmt: skip
        layout = layout.replace(go, python)
    return at.strftime(layout.replace(".000", f".{at.microsecond // 1000:03d}"))


def _replace(old: Value, new: Value, text: Value) -> str:
    if len(str(old)) == 0:
        return str(text)
    return str(text)[:OUTPUT_MAX].replace(str(old), str(new)[:1024])


def _regex_replace(expression: Value, text: Value, by: Value) -> str:
    """By RE2, which is linear in the text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    replacement = re.sub(r"\$\{?(\d)\}?", r"\\\1", str(by))
    return str(pc.replace_substring_regex(pa.array([str(text)]), str(expression), replacement)[0].as_py())


def _compare(test: Callable[[Value, Value], bool]) -> Callable[[Value, Value], bool]:
    def compared(a: Value, b: Value) -> bool:
        if isinstance(a, str) != isinstance(b, str):
            a, b = _number(a), _number(b)
        return test(a, b)

    return compared


FUNCTIONS: dict[str, tuple[Callable[..., Value], int]] = {
    "ToLower": (lambda s: str(s).lower(), 1), "ToUpper": (lambda s: str(s).upper(), 1),
    "lower": (lambda s: str(s).lower(), 1), "upper": (lambda s: str(s).upper(), 1), "title": (lambda s: str(s).title(), 1),
    "Replace": (lambda s, old, new, n: str(s).replace(str(old), str(new)[:1024], int(n)) if str(old) else str(s), 4),
    "replace": (_replace, 3), "Trim": (lambda s, cut: str(s).strip(str(cut)), 2),
    "TrimLeft": (lambda s, cut: str(s).lstrip(str(cut)), 2), "TrimRight": (lambda s, cut: str(s).rstrip(str(cut)), 2),
    "TrimPrefix": (lambda s, cut: str(s).removeprefix(str(cut)), 2),
    "TrimSuffix": (lambda s, cut: str(s).removesuffix(str(cut)), 2), "TrimSpace": (lambda s: str(s).strip(), 1),
    "trim": (lambda s: str(s).strip(), 1), "trimAll": (lambda cut, s: str(s).strip(str(cut)), 2),
    "trimPrefix": (lambda cut, s: str(s).removeprefix(str(cut)), 2),
    "trimSuffix": (lambda cut, s: str(s).removesuffix(str(cut)), 2), "trunc": (_trunc, 2), "substr": (_substr, 3),
    "contains": (lambda part, s: str(part) in str(s), 2), "hasPrefix": (lambda part, s: str(s).startswith(str(part)), 2),
    "hasSuffix": (lambda part, s: str(s).endswith(str(part)), 2), "default": (lambda d, s="": s if s != "" else d, 1),
    "repeat": (lambda n, s: (str(s) * min(max(int(n), 0), OUTPUT_MAX))[:OUTPUT_MAX], 2), "len": (len, 1),
    "indent": (lambda n, s: "\n".join(" " * min(int(n), 100) + line for line in str(s).split("\n")), 2),
    "nindent": (lambda n, s: "".join("\n" + " " * min(int(n), 100) + line for line in str(s).split("\n")), 2),
    "count": (lambda expression, s: len(_regex_replace(expression, s, "\x00").split("\x00")) - 1, 2),
    "regexReplaceAll": (_regex_replace, 3), "regexReplaceAllLiteral": (_regex_replace, 3),
    "urlencode": (lambda s: quote_plus(str(s)), 1), "urldecode": (lambda s: unquote_plus(str(s)), 1),
    "int": (_whole, 1), "float64": (_number, 1), "printf": (_printf, 1), "print": (lambda *v: "".join(map(_text, v)), 1),
    "add": (lambda *v: sum(map(_whole, v)), 1), "sub": (lambda a, b: _whole(a) - _whole(b), 2),
    "mul": (lambda *v: math.prod(map(_whole, v)), 1), "div": (lambda a, b: _whole(a) // _whole(b), 2),
    "mod": (lambda a, b: math.fmod(_whole(a), _whole(b)), 2), "addf": (lambda *v: sum(map(_number, v)), 1),
    "subf": (lambda a, *v: _number(a) - sum(map(_number, v)), 1), "mulf": (lambda *v: math.prod(map(_number, v)), 1),
    "divf": (lambda a, b: _number(a) / _number(b), 2), "max": (lambda *v: max(map(_whole, v)), 1),
    "min": (lambda *v: min(map(_whole, v)), 1), "maxf": (lambda *v: max(map(_number, v)), 1),
    "minf": (lambda *v: min(map(_number, v)), 1), "ceil": (lambda v: float(math.ceil(_number(v))), 1),
    "floor": (lambda v: float(math.floor(_number(v))), 1), "round": (lambda v, n=0: round(_number(v), int(n)), 1),
    "eq": (_compare(lambda a, b: a == b), 2), "ne": (_compare(lambda a, b: a != b), 2), "lt": (_compare(lambda a, b: a < b), 2),
    "le": (_compare(lambda a, b: a <= b), 2), "gt": (_compare(lambda a, b: a > b), 2), "ge": (_compare(lambda a, b: a >= b), 2),
    "and": (lambda *v: next((x for x in v if not x), v[-1]), 1), "or": (lambda *v: next((x for x in v if x), v[-1]), 1),
    "not": (lambda v: not v, 1), "date": (_date, 2), "unixEpoch": (lambda v: str(_whole(v) // 10**9), 1),
    "unixEpochMillis": (lambda v: str(_whole(v) // 10**6), 1), "unixEpochNanos": (lambda v: str(_whole(v)), 1),
    "duration": (_seconds, 1), "duration_seconds": (_seconds, 1), "bytes": (lambda s: byte_count(str(s)) or 0.0, 1),
    "__line__": (lambda: "", 0), "__timestamp__": (lambda: "", 0),
}  # fmt: skip
