"""The stages of a LogQL pipeline, parsed: line filters, parsers, label filters, formats."""

from __future__ import annotations

import ipaddress
import re
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from swarmscope.errors import QueryError
from swarmscope.query.logql.tokens import Token, byte_count, duration_ns, syntax
from swarmscope.query.logql.tree import (
    Decolorize,
    LabelCompare,
    LabelFormat,
    LabelLogic,
    LineFilter,
    LineFormat,
    Matcher,
    Parser,
    Pick,
    Stage,
    Unwrap,
)

Group = Literal["", "left", "right"]
STAGES_MAX = 64
EXPRESSION_MAX = 4096
_LINE_OPS = frozenset({"|=", "!=", "|~", "!~", "|>", "!>"})
_COMPARE_OPS = frozenset({"=", "==", "!=", "=~", "!~", ">", ">=", "<", "<="})
_NO_STRINGS = pa.array([""], pa.string())


def check_expression(text: str, at: int, expression: str) -> None:
    """QueryError: RE2 does not take the expression."""
    if len(expression) > EXPRESSION_MAX:
        raise syntax(text, at, f"an expression of {len(expression)} characters; at most {EXPRESSION_MAX}")
    try:
        pc.match_substring_regex(_NO_STRINGS, expression)
    except pa.ArrowInvalid as e:
        raise syntax(text, at, f"error parsing regexp: {str(e).partition(':')[2].strip()[:200]}") from e


def is_plain(expression: str) -> bool:
    """Whether Python may try an expression on the empty text: that takes no time whatever it is, if Python knows it."""
    try:
        re.compile(expression)
    except (re.error, RecursionError, OverflowError):
        return False
    return True


def float_of(text: str) -> float:
    """A number as LogQL writes it."""
    return float(int(text, 16)) if text.startswith("0x") else float(text)


class StageParser:
    """Words and the stages made of them."""

    def __init__(self, text: str, words: list[Token]) -> None:
        self.text = text
        self._words = words
        self._at = 0

    @property
    def here(self) -> Token:
        """The next word."""
        return self._words[self._at]

    @property
    def following(self) -> Token:
        """The word behind the next."""
        return self._words[min(self._at + 1, len(self._words) - 1)]

    def take(self) -> Token:
        """The next word, which is then behind us."""
        token = self.here
        if token.kind != "end":
            self._at += 1
        return token

    def took(self, text: str) -> bool:
        """Take the next word if it is this."""
        if self.here.text == text and self.here.kind in ("op", "name"):
            self.take()
            return True
        return False

    def expect(self, kind: str) -> Token:
        """The next word, which is of this kind."""
        if self.here.kind != kind:
            raise self.unexpected(kind.upper())
        return self.take()

    def expect_op(self, text: str) -> Token:
        """The next word, which is this operator."""
        if self.here.kind != "op" or self.here.text != text:
            raise self.unexpected(f'"{text}"')
        return self.take()

    def unexpected(self, wanted: str = "") -> QueryError:
        """Of the next word."""
        token = self.here
        names = {"end": "$end", "name": f"IDENTIFIER {token.text}", "string": "STRING", "number": "NUMBER"}
        what = names.get(token.kind, token.text)
        return self.wrong(f"unexpected {what}" + (f", expecting {wanted}" if wanted else ""))

    def wrong(self, what: str) -> QueryError:
        """A parse error here."""
        return syntax(self.text, self.here.at, what)

    def matcher(self) -> Matcher:
        """`name op "value"`."""
        name = self.expect("name").text
        if self.here.text not in ("=", "!=", "=~", "!~"):
            raise self.unexpected('"=", "!=", "=~" or "!~"')
        op = self.take().text
        at = self.here.at
        value = self.expect("string").text
        if op in ("=~", "!~"):
            check_expression(self.text, at, value)
        return Matcher(name, op, value)

    def pipeline(self, until_unwrap: bool = False) -> tuple[Stage, ...]:
        """Stages up to what is none."""
        found: list[Stage] = []
        while True:
            if self.here.kind != "op":
                break
            if self.here.text in _LINE_OPS:
                found.append(self._line_filter())
            elif self.here.text == "|":
                if until_unwrap and self.following.text == "unwrap":
                    break
                self.take()
                found.append(self._stage())
            else:
                break
            if len(found) > STAGES_MAX:
                raise self.wrong(f"more than {STAGES_MAX} stages")
        return tuple(found)

    def _line_filter(self) -> LineFilter:
        op = self.take().text
        values, ips = [], []
        while True:
            is_ip = self.took("ip")
            if is_ip:
                self.expect_op("(")
            at = self.here.at
            value = self.expect("string").text
            if is_ip:
                self.expect_op(")")
                if op not in ("|=", "!="):
                    raise syntax(self.text, at, f"ip() goes with |= and !=, not with {op}")
                self._check_ip(at, value)
            elif op in ("|~", "!~"):
                check_expression(self.text, at, value)
            values.append(value)
            ips.append(is_ip)
            if not self.took("or"):
                return LineFilter(op, tuple(values), tuple(ips))

    def _check_ip(self, at: int, value: str) -> None:
        try:
            ip_range(value)
        except ValueError as e:
            raise syntax(self.text, at, f"ip: invalid pattern {value[:64]!r}: {e}") from e

    def _stage(self) -> Stage:
        if self.here.text == "(" or (self.here.kind == "name" and self.following.text in _COMPARE_OPS):
            return self._label_filter(0)
        name = self.expect("name")
        match name.text:
            case "json" | "logfmt":
                return self._extract(name.text)
            case "unpack":
                return Parser("unpack")
            case "pattern" | "regexp":
                return self._by_expression(name)
            case "line_format":
                return LineFormat(self._template())
            case "label_format":
                return self._label_format()
            case "decolorize":
                return Decolorize()
            case "drop" | "keep":
                return self._pick(name.text == "keep")
        raise syntax(self.text, name.at, f"unexpected IDENTIFIER {name.text}")

    def _template(self) -> str:
        from swarmscope.query.logql.template import Template

        at = self.here.at
        text = self.expect("string").text
        try:
            Template(text)
        except QueryError as e:
            raise syntax(self.text, at, f"invalid template: {e}") from e
        return text

    def _extract(self, kind: str) -> Parser:
        strict = keep_empty = False
        while self.here.kind == "flag":
            flag = self.take()
            if kind != "logfmt" or flag.text not in ("--strict", "--keep-empty"):
                raise syntax(self.text, flag.at, f"unknown flag {flag.text}")
            strict |= flag.text == "--strict"
            keep_empty |= flag.text == "--keep-empty"
        names: list[tuple[str, str]] = []
        while self.here.kind == "name" and self.here.text not in ("or", "and"):
            name = self.take().text
            names.append((name, self.expect("string").text if self.took("=") else name))
            if not self.took(","):
                break
        return Parser(kind, "", tuple(names), strict, keep_empty)

    def _by_expression(self, name: Token) -> Parser:
        from swarmscope.query.logql.extract import pattern_names

        at = self.here.at
        argument = self.expect("string").text
        if name.text == "regexp":
            check_expression(self.text, at, argument)
            if not re.search(r"\(\?P?<[A-Za-z_]\w*>", argument):
                raise syntax(self.text, at, "at least one named capture must be supplied")
        else:
            try:
                pattern_names(argument)
            except QueryError as e:
                raise syntax(self.text, at, str(e)) from e
        return Parser(name.text, argument)

    def _label_format(self) -> LabelFormat:
        changes: list[tuple[str, str, bool]] = []
        while True:
            name = self.expect("name").text
            self.expect_op("=")
            is_template = self.here.kind == "string"
            source = self._template() if is_template else self.expect("name").text
            changes.append((name, source, is_template))
            if not self.took(","):
                return LabelFormat(tuple(changes))

    def _pick(self, keep: bool) -> Pick:
        names: list[str | Matcher] = []
        while True:
            if self.following.text in ("=", "!=", "=~", "!~"):
                names.append(self.matcher())
            else:
                names.append(self.expect("name").text)
            if not self.took(","):
                return Pick(keep, tuple(names))

    def _label_filter(self, depth: int) -> LabelCompare | LabelLogic:
        """`or` binds less tightly than `and`, which may be a comma or nothing."""
        left = self._label_all(depth)
        while self.took("or"):
            left = LabelLogic("or", left, self._label_all(depth))
        return left

    def _label_all(self, depth: int) -> LabelCompare | LabelLogic:
        left = self._label_one(depth)
        while True:
            if not (self.took("and") or self.took(",")):
                follows = self.here.kind == "name" and self.here.text != "or" and self.following.text in _COMPARE_OPS
                if not follows:
                    return left
            left = LabelLogic("and", left, self._label_one(depth))

    def _label_one(self, depth: int) -> LabelCompare | LabelLogic:
        if depth > 32:
            raise self.wrong("label filters are nested too deeply")
        if self.took("("):
            inner = self._label_filter(depth + 1)
            self.expect_op(")")
            return inner
        name = self.expect("name").text
        if self.here.text not in _COMPARE_OPS:
            raise self.unexpected("a comparison")
        return self._compare(name, self.take())

    def _compare(self, name: str, op: Token) -> LabelCompare:
        sign = -1.0 if self.took("-") else 1.0
        value = self.take()
        match value.kind:
            case "string" if op.text in ("=", "!=", "=~", "!~"):
                if op.text in ("=~", "!~"):
                    check_expression(self.text, value.at, value.text)
                return LabelCompare(name, op.text, "text", value.text)
            case "number" if op.text not in ("=~", "!~"):
                return LabelCompare(name, _equal(op), "number", number=sign * float_of(value.text))
            case "duration" if op.text not in ("=~", "!~"):
                return LabelCompare(name, _equal(op), "duration", number=sign * (duration_ns(value.text) or 0) / 1e9)
            case "bytes" if op.text not in ("=~", "!~"):
                return LabelCompare(name, _equal(op), "bytes", number=sign * (byte_count(value.text) or 0.0))
            case "name" if value.text == "ip" and op.text in ("=", "!="):
                self.expect_op("(")
                at = self.here.at
                pattern = self.expect("string").text
                self._check_ip(at, pattern)
                self.expect_op(")")
                return LabelCompare(name, op.text, "ip", pattern)
        raise syntax(self.text, value.at, f"unexpected {value.text or value.kind} behind {name} {op.text}")

    def unwrap(self) -> Unwrap | None:
        """`| unwrap label`, `| unwrap duration(label)`, with label filters behind it."""
        if not (self.here.text == "|" and self.following.text == "unwrap"):
            return None
        self.take()
        self.take()
        label, conversion = self.expect("name"), ""
        if self.here.text == "(":
            if label.text not in ("duration", "duration_seconds", "bytes"):
                raise syntax(self.text, label.at, f"unknown conversion {label.text}")
            conversion = label.text
            self.take()
            label = self.expect("name")
            self.expect_op(")")
        filters: list[LabelCompare | LabelLogic] = []
        while self.took("|"):
            filters.append(self._label_filter(0))
        return Unwrap(label.text, conversion, tuple(filters))


def _equal(op: Token) -> str:
    return "==" if op.text == "=" else op.text


def ip_range(pattern: str) -> tuple[int, int, int]:
    """Version, first and last address of `10.0.0.1`, `10.0.0.0/8` or `10.0.0.1-10.0.0.9`. ValueError."""
    low, dash, high = pattern.partition("-")
    if dash:
        first, last = ipaddress.ip_address(low.strip()), ipaddress.ip_address(high.strip())
        if first.version != last.version:
            raise ValueError("both ends must be of one version")
        return first.version, int(first), int(last)
    network = ipaddress.ip_network(pattern.strip(), strict=False)
    return network.version, int(network.network_address), int(network.broadcast_address)
