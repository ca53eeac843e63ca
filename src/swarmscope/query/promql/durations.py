"""The tokens of a query in order, and the durations among them: the part of the parser that knows no expressions."""

from __future__ import annotations

import math

from swarmscope.query.promql.errors import ParseError, place
from swarmscope.query.promql.lexer import DURATION_MAX_MS, Token, duration_ms, number_of, tokens
from swarmscope.query.promql.nodes import DurationExpr, DurationMath, Number
from swarmscope.query.promql.signatures import AGGREGATIONS

QUERY_MAX = 200_000  # characters: a thousand operands of a generated rule
DEPTH_MAX = 120
_LEVELS = (
    {"or"},
    {"and", "unless"},
    {"==", "!=", "<", "<=", ">", ">=", "</", ">/"},
    {"+", "-"},
    {"*", "/", "%", "atan2"},
    {"^"},
)
PRECEDENCE = {op: level for level, ops in enumerate(_LEVELS, 1) for op in ops}
UNARY, POWER = 5, 6
CONTEXT = frozenset({"start", "end", "step", "range", "max_of", "min_of"})
METRIC_WORDS = (
    AGGREGATIONS
    | CONTEXT
    | {"by", "without", "fill", "fill_left", "fill_right", "and", "or", "unless", "offset", "anchored", "smoothed"}
)
NO_METRIC = frozenset({"bool", "group_left", "group_right", "ignoring", "on", "atan2"})

LABEL_OPERATOR = "label matching operator"
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_UNCLOSED = {
    "(": "unclosed left parenthesis",
    "[": "unexpected end of input in duration expression",
    "{": "unexpected end of input inside braces",
}


class Durations:
    """Reads tokens one after the other. Raises ParseError."""

    def __init__(self, query: str) -> None:
        if len(query) > QUERY_MAX:
            raise ParseError(query, f"the query has {len(query)} characters; {QUERY_MAX} are allowed", 0)
        self.query = query
        self.tokens = tokens(query)
        self.at = 0
        self.depth = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    @property
    def last_end(self) -> int:
        return self.tokens[self.at - 1].end

    def fail(self, message: str, start: int) -> ParseError:
        return ParseError(self.query, message, start)

    def unexpected(self, context: str, expected: str = "") -> None:
        """Raise the error for a token that has no place here."""
        token = self.token
        if token.kind == "end" and (opened := self.opened()) is not None:
            raise self.fail(f"{_UNCLOSED[opened.text]}, opened at {place(self.query, opened.start)}", token.start)
        if self.is_op(")") and self.opened() is None:
            raise self.fail("unexpected right parenthesis ')', none is open", token.start)
        what = "end of input" if token.kind == "end" else _described(token, self.query)
        message = (
            f"unexpected {what}"
            + (f" in {context}" if context else "")
            + (f", expected {expected}" if expected else "")
            + _remedy(token, expected)
        )
        raise self.fail(message, token.start)

    def opened(self) -> Token | None:
        """The innermost bracket before this token that is still open."""
        still: list[Token] = []
        for token in self.tokens[: self.at]:
            if token.kind == "op" and token.text in _CLOSING:
                still.append(token)
            elif token.kind == "op" and still and token.text == _CLOSING[still[-1].text]:
                still.pop()
        return still[-1] if still else None

    def is_op(self, *ops: str) -> bool:
        return self.token.kind == "op" and self.token.text in ops

    def is_word(self, *words: str) -> bool:
        return self.token.word in words if self.token.kind == "name" else False

    def next_is(self, op: str) -> bool:
        token = self.tokens[min(self.at + 1, len(self.tokens) - 1)]
        return token.kind == "op" and token.text == op

    def take(self) -> Token:
        token = self.token
        self.at += 1
        return token

    def need(self, op: str, context: str) -> Token:
        if not self.is_op(op):
            self.unexpected(context, f'"{op}"')
        return self.take()

    def number(self) -> Number:
        token = self.take()
        if token.kind == "duration":
            return Number(self.milliseconds(token) / 1000, True, start=token.start, end=token.end)
        try:
            value = number_of(token.text)
        except ValueError:
            raise self.fail(f'error parsing number: "{token.text}"', token.start) from None
        if math.isinf(value) and token.text[0].isdigit():
            raise self.fail(f'error parsing number: "{token.text[:40]}" is out of range', token.start)
        return Number(value, start=token.start, end=token.end)

    def milliseconds(self, token: Token) -> int:
        try:
            return duration_ms(token.text)
        except ValueError as e:
            raise self.fail(str(e), token.start) from None

    # durations

    def positive_duration(self, context: str, more: str = "") -> DurationExpr:
        length = self.duration(0, context, more)
        if isinstance(length, Number) and length.value <= 0:
            raise self.fail("duration must be greater than 0", length.start)
        return length

    def offset_duration(self) -> DurationExpr:
        """What may follow `offset`: without parentheses, no operator belongs to it."""
        if not self.is_op("+", "-"):
            context = "offset"
            return self.duration(0, context) if self.is_op("(") else self.duration_primary(context)
        sign = self.take()
        inner = self.duration_primary("offset")
        return self.signed(sign, inner)

    def duration(self, least: int, context: str, more: str = "") -> DurationExpr:
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise self.fail(f"the query nests deeper than {DEPTH_MAX} levels", self.token.start)
        left = self.duration_unary(context, more)
        while self.is_op("+", "-", "*", "/", "%", "^") and PRECEDENCE[self.token.text] >= least:
            op = self.take()
            level = PRECEDENCE[op.text]
            right = self.duration(level if op.text == "^" else level + 1, context)
            if op.text in "/%" and isinstance(right, Number) and right.value == 0:
                raise self.fail("division by zero" if op.text == "/" else "modulo by zero", op.start)
            left = DurationMath(op.text, left, right, start=left.start, end=right.end)
        self.depth -= 1
        return left

    def duration_unary(self, context: str, more: str = "") -> DurationExpr:
        if self.is_op("+", "-"):
            sign = self.take()
            return self.signed(sign, self.duration(POWER, context))
        return self.duration_primary(context, more)

    def signed(self, sign: Token, inner: DurationExpr) -> DurationExpr:
        if isinstance(inner, Number):
            inner.value = -inner.value if sign.text == "-" else inner.value
            inner.start = sign.start
            return inner
        if sign.text == "+":
            return inner
        return DurationMath("-", None, inner, start=sign.start, end=inner.end)

    def duration_primary(self, context: str, more: str = "") -> DurationExpr:
        token = self.token
        if token.kind in ("number", "duration"):
            number = self.number()
            if not abs(number.value) * 1000 <= DURATION_MAX_MS:
                raise self.fail("duration out of range", number.start)
            return number
        if self.is_op("("):
            self.take()
            inner = self.duration(0, context)
            close = self.need(")", context)
            if isinstance(inner, DurationMath):
                inner.wrapped = True
                return inner
            return DurationMath("+", None, inner, True, start=token.start, end=close.end)
        if self.is_word("step", "range") and self.next_is("("):
            self.take()
            self.take()
            close = self.need(")", context)
            return DurationMath(token.word, None, None, start=token.start, end=close.end)
        if self.is_word("max_of", "min_of") and self.next_is("("):
            self.take()
            self.take()
            left = self.duration(0, context)
            self.need(",", context)
            right = self.duration(0, context)
            close = self.need(")", context)
            return DurationMath(token.word, left, right, start=token.start, end=close.end)
        expected = "number, duration, step(), or range()"
        self.unexpected(context, "number, duration, step(), range()" + more if more else expected)
        raise AssertionError


def _remedy(token: Token, expected: str) -> str:
    """What may have been meant, where that can be told."""
    if token.kind == "name" and expected == "string":
        return f", such as {go_quoted(token.text)}"
    if token.kind == "op" and token.text == "=" and not expected:
        return "; to compare, write =="
    if token.kind == "op" and token.text == "==" and expected == LABEL_OPERATOR:
        return "; to compare with a label, write ="
    return ""


def _described(token: Token, query: str) -> str:
    text = query[token.start : token.end]
    if token.kind == "string":
        return f"string {go_quoted(text)}"
    if token.kind in ("number", "duration"):
        return f"{token.kind} {go_quoted(text)}"
    if token.kind == "name":
        word = token.word
        if word in PRECEDENCE:
            return f"<op:{word}>"
        if word in AGGREGATIONS:
            return f"<aggr:{word}>"
        if word in METRIC_WORDS or word in NO_METRIC:
            return f"<{word}>"
        return f"identifier {go_quoted(text)}"
    return f"<op:{text}>" if text in PRECEDENCE or text == "@" else f'"{text}"'


def go_quoted(text: str) -> str:
    """Text in double quotes as Go writes it, bytes that are no UTF-8 included."""
    raw = text.encode("utf-8", "surrogateescape")
    try:
        shown = raw.decode()
    except UnicodeDecodeError:
        shown = "".join(c if ord(c) < 0xDC80 else f"\\x{ord(c) - 0xDC00:02x}" for c in text)
        return '"' + shown.replace('"', '\\"') + '"'
    return '"' + shown.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
