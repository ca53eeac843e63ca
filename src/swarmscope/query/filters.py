"""The filter language: `agent:planner status:error duration>2s tool.name=bar "free text" -model:gpt*`.

Terms stand side by side and all must hold; `OR`, parentheses and `-` (or `NOT`) combine them; `field:a,b` means either.
This module turns text into a tree and knows nothing of tables: `fields` says what the names mean, `conditions` makes SQL.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from swarmscope.errors import QueryError

LENGTH_MAX = 4096
TERMS_MAX = 64
DEPTH_MAX = 16

OPERATORS = (":", "=", "!=", ">=", "<=", ">", "<", "~")
_FIELD = re.compile(r"([A-Za-z_@][\w.@/\-]*)(:>=|:<=|:>|:<|[:~]|\s*(?:!=|>=|<=|[=<>])\s*)")
_BARE = re.compile(r"[^\s()\",]+")
_WORD = re.compile(r"[^\s()\"]+")
_SPACE = re.compile(r"\s*")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Literal:
    """A value as it was typed; a quoted one has no wildcards."""

    text: str
    quoted: bool = False

    @property
    def wild(self) -> bool:
        """Whether `*` in it stands for anything."""
        return not self.quoted and "*" in self.text


@dataclass(frozen=True, slots=True)
class Compare:
    """`field op value`; several values: any of them."""

    field: str
    op: str
    values: tuple[Literal, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Text:
    """Words to be found anywhere in the item."""

    phrase: str
    position: int


@dataclass(frozen=True, slots=True)
class Not:
    """The item does not match."""

    item: Node


@dataclass(frozen=True, slots=True)
class All:
    """Every item matches; none: everything does."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """One item at least matches."""

    items: tuple[Node, ...]


Node = Compare | Text | Not | All | Any


def parse(text: str) -> Node:
    """The tree of a filter; empty text matches everything. QueryError says what is wrong and where."""
    if len(text) > LENGTH_MAX:
        raise QueryError(f"a filter of {len(text)} characters; at most {LENGTH_MAX} are read")
    if "\x00" in text:
        raise QueryError("a filter cannot hold the character NUL", text.index("\x00"))
    parser = _Parser(text)
    node = parser.alternatives(0)
    if parser.at < len(text):
        raise QueryError("this `)` closes nothing; remove it or open one before", parser.at)
    return node


class _Parser:
    """Recursive descent over the text; `at` is the next character."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.terms = 0

    def alternatives(self, depth: int) -> Node:
        if depth > DEPTH_MAX:
            raise QueryError(
                f"more than {DEPTH_MAX} parentheses or negations within each other; write it flatter", self.at
            )
        items = [self.together(depth)]
        while self.keyword("OR"):
            begun = self.at
            items.append(self.together(depth))
            if items[-1] == All(()) or items[0] == All(()):
                raise QueryError("OR needs a term on both sides", begun)
        return items[0] if len(items) == 1 else Any(tuple(items))

    def together(self, depth: int) -> Node:
        items: list[Node] = []
        while True:
            self.space()
            if self.at >= len(self.text) or self.text[self.at] == ")" or self.keyword("OR", peek=True):
                break
            if self.keyword("AND"):
                if not items or self.ends():
                    raise QueryError("AND needs a term on both sides; it may be left out", self.at)
                continue
            items.append(self.factor(depth))
        return items[0] if len(items) == 1 else All(tuple(items))

    def factor(self, depth: int) -> Node:
        begun = self.at
        if self.keyword("NOT") or (self.text[self.at] == "-" and self.at + 1 < len(self.text)):
            self.at += self.text[begun] == "-"
            self.space()
            if self.ends() or depth >= DEPTH_MAX:
                raise QueryError("a negation needs a term after it (and few negations within each other)", begun)
            return Not(self.factor(depth + 1))
        if self.text[self.at] == "(":
            self.at += 1
            node = self.alternatives(depth + 1)
            self.space()
            if self.at >= len(self.text):
                raise QueryError("this `(` is never closed", begun)
            self.at += 1
            if node == All(()):
                raise QueryError("empty parentheses; put a term inside", begun)
            return node
        return self.term()

    def term(self) -> Node:
        self.terms += 1
        if self.terms > TERMS_MAX:
            raise QueryError(f"more than {TERMS_MAX} terms; use `field:a,b,c` for alternatives", self.at)
        begun = self.at
        match = _FIELD.match(self.text, self.at)
        if match is not None:
            self.at = match.end()
            op = match[2].strip()
            op = op if op in OPERATORS else op[1:]
            return Compare(match[1], op, self.values(match[1] + op), begun)
        if self.text[self.at] == '"':
            return Text(self.quoted(), begun)
        word = _WORD.match(self.text, self.at)
        if word is None:  # pragma: no cover - every other character has been handled
            raise QueryError("this cannot be read", self.at)
        self.at = word.end()
        return Text(word[0], begun)

    def values(self, before: str) -> tuple[Literal, ...]:
        found = []
        while True:
            if self.at < len(self.text) and self.text[self.at] == '"':
                found.append(Literal(self.quoted(), True))
            else:
                match = _BARE.match(self.text, self.at)
                if match is None:
                    raise QueryError(
                        f'a value must follow {before}; write {before}value or {before}"two words"', self.at
                    )
                found.append(Literal(match[0]))
                self.at = match.end()
            if self.at >= len(self.text) or self.text[self.at] != ",":
                return tuple(found)
            self.at += 1

    def quoted(self) -> str:
        match = _QUOTED.match(self.text, self.at)
        if match is None:
            raise QueryError("this quote is never closed", self.at)
        self.at = match.end()
        return _ESCAPE.sub(r"\1", match[1])

    def keyword(self, word: str, peek: bool = False) -> bool:
        self.space()
        end = self.at + len(word)
        if self.text[self.at : end] != word or (end < len(self.text) and self.text[end] not in ' \t\n\r\f\v("'):
            return False
        if not peek:
            self.at = end
        return True

    def space(self) -> None:
        match = _SPACE.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def ends(self) -> bool:
        self.space()
        return self.at >= len(self.text) or self.text[self.at] == ")"


def walk(node: Node) -> list[Compare | Text]:
    """Every term of a tree, from left to right."""
    if isinstance(node, Compare | Text):
        return [node]
    items = (node.item,) if isinstance(node, Not) else node.items
    return [term for item in items for term in walk(item)]
