"""TraceQL's words: from text to tokens with their place."""

from __future__ import annotations

import re
from dataclasses import dataclass

from swarmscope.errors import QueryError
from swarmscope.query.times import UNITS_NS

LENGTH_MAX = 8192
TOKENS_MAX = 2000
SCOPES = ("span", "resource", "event", "link", "instrumentation", "parent", "trace")
_SPACE = re.compile(r"(?:\s+|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
_DURATION = re.compile(
    r"(?:\d+(?:\.\d+)?|\.\d+)(?:ns|us|µs|ms|s|m|h|d|w)(?:(?:\d+(?:\.\d+)?)(?:ns|us|µs|ms|s|m|h))*(?![\w.])"
)
_PART = re.compile(r"(\d+(?:\.\d+)?|\.\d+)(ns|us|µs|ms|s|m|h|d|w)")
_NUMBER = re.compile(r"(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?(?![\w])")
_STRING = re.compile(r'"((?:[^"\\\n]|\\.)*)"|`([^`]*)`', re.DOTALL)
_WORD = re.compile(r"[A-Za-z_]\w*")
_SCOPED = re.compile(rf"({'|'.join(SCOPES)})?([.:])(?=[^\s\d]|\d*[A-Za-z_])")
_INTRINSIC = re.compile(r"[A-Za-z]+")
_ATTRIBUTE = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^\s{}()=~!<>&|^,"])+', re.DOTALL)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_OPERATORS = (
    "!>>", "!<<", "&>>", "&<<", "!=", "=~", "!~", ">=", "<=", ">>", "<<", "!>", "!<", "&>", "&<", "&~", "&&", "||",
    "{", "}", "(", ")", ",", "|", "=", ">", "<", "~", "!", "+", "-", "*", "/", "%", "^",
)  # fmt: skip
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Token:
    """One word. kind: op, word, string, number, duration, attribute (value `scope.name`), intrinsic, end."""

    kind: str
    text: str
    value: str | float | int
    at: int


def tokens(text: str) -> list[Token]:
    """The words of a query, `end` last. QueryError says what cannot be read, and where."""
    if len(text) > LENGTH_MAX:
        raise QueryError(f"a query of {len(text)} characters; at most {LENGTH_MAX} are read")
    out: list[Token] = []
    at = 0
    while True:
        space = _SPACE.match(text, at)
        at = space.end() if space else at
        if at >= len(text):
            out.append(Token("end", "", "", at))
            return out
        token, at = _next(text, at)
        out.append(token)
        if len(out) > TOKENS_MAX:
            raise QueryError(f"more than {TOKENS_MAX} words; write less in one query", at)


def _next(text: str, at: int) -> tuple[Token, int]:
    if match := _STRING.match(text, at):
        value = unescaped(match[1], at) if match[1] is not None else match[2]
        return Token("string", match[0], value, at), match.end()
    if match := _DURATION.match(text, at):
        total = sum(float(n) * UNITS_NS[unit] for n, unit in _PART.findall(match[0]))
        if total >= 1 << 63:
            raise QueryError(f"the duration {match[0][:40]} is longer than 292 years", at)
        return Token("duration", match[0], round(total), at), match.end()
    if match := _NUMBER.match(text, at):
        whole = match[0].isdigit()
        if whole and len(match[0]) > 19:
            raise QueryError(f"{match[0][:40]} is larger than 64 bits hold", at)
        return Token("number", match[0], int(match[0]) if whole else float(match[0]), at), match.end()
    if match := _SCOPED.match(text, at):
        return _scoped(text, match)
    if match := _WORD.match(text, at):
        return Token("word", match[0], match[0], at), match.end()
    for op in _OPERATORS:
        if text.startswith(op, at):
            return Token("op", op, op, at), at + len(op)
    raise QueryError(f"{text[at]!r} cannot stand here" if text[at] != '"' else "this quote is never closed", at)


def _scoped(text: str, match: re.Match[str]) -> tuple[Token, int]:
    scope, mark, at = match[1] or "", match[2], match.start()
    if mark == ":":
        name = _INTRINSIC.match(text, match.end())
        if name is None or not scope:
            raise QueryError("a name must follow the colon: span:duration, trace:rootName …", at)
        return Token("intrinsic", text[at : name.end()], f"{scope}:{name[0]}", at), name.end()
    found = _ATTRIBUTE.match(text, match.end())
    if found is None:
        raise QueryError(f"a name must follow {match[0]}", at)
    if scope == "trace":
        raise QueryError("trace has no attributes; trace:duration, trace:rootName … are written with a colon", at)
    name_text = _QUOTED.sub(lambda q: unescaped(q[1], at), found[0])
    return Token("attribute", text[at : found.end()], f"{scope}.{name_text}", at), found.end()


def unescaped(text: str, at: int) -> str:
    """Text between double quotes with Go's escapes resolved. QueryError: an unknown one."""

    def one(match: re.Match[str]) -> str:
        code = match[1] or match[2] or match[3]
        if code:
            if int(code, 16) > 0x10FFFF:
                raise QueryError(f"\\U{code} is no character", at)
            return chr(int(code, 16))
        if match[4] in _ESCAPES:
            return _ESCAPES[match[4]]
        if match[4] in "\"\\'`":
            return match[4]
        raise QueryError(f"\\{match[4]} is no escape; write \\\\ for a backslash, or use `backquotes`", at)

    return _ESCAPE.sub(one, text)
