"""LogQL as words: names, strings, numbers with their units, operators."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from swarmscope.errors import QueryError

LENGTH_MAX = 131_072
TOKENS_MAX = 5_000
Kind = Literal["name", "string", "number", "duration", "bytes", "op", "flag", "end"]

_SPACE = re.compile(r"(?:\s+|#[^\n]*)+")
_TOKEN = re.compile(
    r"(?P<string>\"(?:[^\"\\\n]|\\.)*\"|`[^`]*`)"
    r"|(?P<duration>(?:\d+(?:\.\d+)?(?:ns|us|µs|μs|ms|[smhdwy]))+)(?![\w.])"
    r"|(?P<bytes>\d+(?:\.\d+)?\s?(?:[kKMGTPE]i?)?[bB])(?![\w.])"
    r"|(?P<number>0x[0-9a-fA-F]+|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)(?![\w.])"
    r"|(?P<flag>--[a-z][a-z-]*)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<op>\|=|\|~|\|>|!>|!=|!~|=~|==|>=|<=|[{}()\[\],|=<>+\-*/%^])"
)
_PART = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|μs|ms|[smhdwy])")
_UNITS_NS = {
    "ns": 1, "us": 1_000, "µs": 1_000, "μs": 1_000, "ms": 1_000_000, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9,
    "d": 86_400 * 10**9, "w": 604_800 * 10**9, "y": 31_536_000 * 10**9,
}  # fmt: skip
_BYTES = re.compile(r"(\d+(?:\.\d+)?)\s?(?:([kKMGTPE])(i?))?[bB]")
_POWERS = {"": 0, "k": 1, "K": 1, "M": 2, "G": 3, "T": 4, "P": 5, "E": 6}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "'": "'", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Token:
    """text: of strings what they say."""

    kind: Kind
    text: str
    at: int


def tokens(text: str) -> list[Token]:
    """The words of a query, with an `end`. QueryError in Loki's words."""
    if len(text) > LENGTH_MAX:
        raise QueryError(f"query too long: {len(text)} characters, at most {LENGTH_MAX}")
    found: list[Token] = []
    at = 0
    while True:
        space = _SPACE.match(text, at)
        at = space.end() if space else at
        if at >= len(text):
            found.append(Token("end", "", len(text)))
            return found
        match = _TOKEN.match(text, at)
        if match is None:
            raise syntax(
                text, at, f"unexpected character {text[at]!r}" if text[at] not in '"`' else "literal not terminated"
            )
        kind: Kind = match.lastgroup  # type: ignore[assignment] # the groups are named after the kinds
        word = match[0]
        found.append(Token(kind, _unquoted(text, word, at) if kind == "string" else word, at))
        if len(found) > TOKENS_MAX:
            raise QueryError(f"a query of more than {TOKENS_MAX} words")
        at = match.end()


def syntax(text: str, at: int, what: str) -> QueryError:
    """A parse error in Loki's form."""
    line = text.count("\n", 0, at) + 1
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    return QueryError(f"parse error at line {line}, col {column}: syntax error: {what}")


def duration_ns(text: str) -> int | None:
    """Nanoseconds of `1h30m`, `250ms`; None: it is no duration."""
    sign = -1 if text.startswith("-") else 1
    bare = text.lstrip("+-") if text[:1] in ("+", "-") else text
    if len(bare) > 64:
        return None
    parts = _PART.findall(bare)
    if not parts or "".join(number + unit for number, unit in parts) != bare:
        return 0 if bare == "0" else None
    total = sum(float(number) * _UNITS_NS[unit] for number, unit in parts)
    return sign * round(total) if total < 2**63 else None


def byte_count(text: str) -> float | None:
    """Bytes of `20MB` (powers of 1000) or `5KiB` (of 1024); None: no size."""
    match = _BYTES.fullmatch(text.strip()) if len(text) <= 64 else None
    if match is None:
        return None
    base = 1024.0 if match[3] else 1000.0
    power: int = _POWERS[match[2] or ""]
    return float(float(match[1]) * base**power)


def _unquoted(text: str, word: str, at: int) -> str:
    if word[0] == "`":
        return word[1:-1]

    def plain(match: re.Match[str]) -> str:
        by_number = match[1] or match[2] or match[3]
        if by_number or match[4]:
            number = int(by_number, 16) if by_number else int(match[4], 8)
            if number > 0x10FFFF or 0xD800 <= number < 0xE000:
                raise syntax(text, at, "invalid char escape")
            return chr(number)
        if match[5] not in _ESCAPES:
            raise syntax(text, at, f"invalid char escape \\{match[5]}")
        return _ESCAPES[match[5]]

    return _ESCAPE.sub(plain, word[1:-1])
