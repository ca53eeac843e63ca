"""PromQL text → tokens."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from swarmscope.query.promql.errors import ParseError

DURATION = re.compile(r"(?=\d)(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?")
_UNITS_MS = (31_536_000_000, 604_800_000, 86_400_000, 3_600_000, 60_000, 1000, 1)
DURATION_MAX_MS = (1 << 63) // 1_000_000
_SKIPPED = re.compile(r"(?:\s|#[^\n]*)+")
_NAME = re.compile(r"[A-Za-z_:][A-Za-z0-9_:]*")
_NUMBER = re.compile(r"0[xX][0-9a-fA-F_]+|(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9]+)?")
_BARE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DOTTED_BEFORE = re.compile(r"[A-Za-z_:][A-Za-z0-9_:]*\Z")
_DOTTED = re.compile(r"(?:\.[A-Za-z0-9_:]+)+")
_OPERATORS = re.compile(r"==|=~|!=|!~|<=|>=|</|>/|[-+*/%^<>=(){}\[\],:@]")
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\"}


class Token(NamedTuple):
    """kind: name, number, duration, string, op or end. text: as written; of a string, what it says."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        """In lower case, for keywords; empty unless a name."""
        return self.text.lower() if self.kind == "name" else ""


def tokens(query: str) -> list[Token]:
    """The tokens of a query, an `end` last. Raises ParseError."""
    found: list[Token] = []
    at = brackets = 0
    while True:
        if skipped := _SKIPPED.match(query, at):
            at = skipped.end()
        if at >= len(query):
            found.append(Token("end", "", len(query), len(query)))
            return found
        token = _token(query, at, _BARE_NAME if brackets else _NAME)
        if token.kind == "op" and token.text in "[]":
            brackets = max(0, brackets + (1 if token.text == "[" else -1))
        found.append(token)
        at = token.end


def _token(query: str, at: int, name: re.Pattern[str]) -> Token:
    char = query[at]
    if char.isdigit() or (char == "." and query[at + 1 : at + 2].isdigit()):
        return _number(query, at)
    if match := name.match(query, at):
        if match[0].lower() in ("inf", "nan"):
            return Token("number", match[0], at, match.end())
        return Token("name", match[0], at, match.end())
    if char in "\"'`":
        return _string(query, at)
    if match := _OPERATORS.match(query, at):
        return Token("op", match[0], at, match.end())
    if char == "!":
        raise ParseError(query, "unexpected character after '!': " + _shown(query, at + 1), at)
    raise ParseError(query, f"unexpected character: {_shown(query, at)}{_remedy(query, at)}", at)


def _remedy(query: str, at: int) -> str:
    """What may have been meant by a character that begins no token."""
    if query[at] in "&|":
        return f"; write {'and' if query[at] == '&' else 'or'}"
    if query[at] in "\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb":
        return '; strings stand in straight quotes: "…"'
    before = _DOTTED_BEFORE.search(query[:at])
    after = _DOTTED.match(query, at)
    if before and after:
        return f'; a name with other characters is written {{"{before[0]}{after[0]}"}}'
    return ""


def _shown(query: str, at: int) -> str:
    return "end of input" if at >= len(query) else "'" + query[at] + "'"


def _number(query: str, at: int) -> Token:
    duration = DURATION.match(query, at)
    number = _NUMBER.match(query, at)
    found = Token("number", number[0], at, number.end()) if number else None
    if duration and (found is None or duration.end() > found.end):
        found = Token("duration", duration[0], at, duration.end())
    if found is None or ((rest := _NAME.match(query, found.end)) and rest[0][0] != ":"):
        end = rest.end() if found is not None and rest else at + 1
        raise ParseError(query, f'bad number or duration syntax: "{query[at:end]}"', at)
    return found


def _string(query: str, at: int) -> Token:
    quote = query[at]
    if quote == "`":
        end = query.find("`", at + 1)
        if end < 0:
            raise ParseError(query, "unterminated raw string", at)
        return Token("string", query[at + 1 : end], at, end + 1)
    out = bytearray()
    i = at + 1
    while True:
        if i >= len(query) or query[i] == "\n":
            raise ParseError(query, "unterminated quoted string", at)
        char = query[i]
        if char == quote:
            return Token("string", _text(query, bytes(out), at), at, i + 1)
        if char != "\\":
            out += char.encode("utf-8", "surrogatepass")
            i += 1
            continue
        piece, i = _escape(query, i + 1, quote, at)
        out += piece


def _text(query: str, raw: bytes, at: int) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("utf-8", "surrogateescape")


def _escape(query: str, i: int, quote: str, at: int) -> tuple[bytes, int]:
    char = query[i : i + 1]
    if char in _ESCAPES:
        return _ESCAPES[char].encode(), i + 1
    if char == quote and char:
        return char.encode(), i + 1
    if octal := re.compile("[0-7]{3}").match(query, i):
        if (value := int(octal[0], 8)) <= 255:
            return bytes([value]), i + 3
    elif char in ("x", "u", "U") and char:
        width = {"x": 2, "u": 4, "U": 8}[char]
        digits = query[i + 1 : i + 1 + width]
        if re.fullmatch(f"[0-9a-fA-F]{{{width}}}", digits):
            value = int(digits, 16)
            if char == "x":
                return bytes([value]), i + 3
            if value <= 0x10FFFF and not 0xD800 <= value < 0xE000:
                return chr(value).encode(), i + 1 + width
    raise ParseError(query, "unknown escape sequence" + (f" {char!r}" if char else ""), at)


def number_of(text: str) -> float:
    """The value of a number as Go reads it. Raises ValueError."""
    lower = text.lower().replace("_", "")
    sign, digits = (-1.0, lower[1:]) if lower[:1] == "-" else (1.0, lower.removeprefix("+"))
    if digits in ("inf", "+inf", "infinity"):
        return sign * math.inf
    try:
        if digits[:2] == "0x":
            return sign * int(digits, 16)
        if re.fullmatch("0[0-7]+", digits):
            return sign * int(digits, 8)
    except OverflowError:
        raise ValueError(f"the number {text[:40]} is out of range") from None
    return sign * float(digits)


def duration_ms(text: str) -> int:
    """The length of a duration like `1h30m`. Raises ValueError."""
    if text == "0":
        return 0
    match = DURATION.fullmatch(text)
    if match is None or not text:
        raise ValueError(f'not a valid duration string: "{text}"')
    length = sum(int(digits) * unit for digits, unit in zip(match.groups(), _UNITS_MS, strict=True) if digits)
    if length > DURATION_MAX_MS:
        raise ValueError("duration out of range")
    return length
