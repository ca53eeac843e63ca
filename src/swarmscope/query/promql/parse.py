"""PromQL text → tree: precedence climbing over tokens.

Why not `promql-parser`: it reads the language of Prometheus 2.45, without arithmetic on durations, `anchored` and `smoothed`,
`</` and `>/`, and says of no node where it stands, which errors and annotations need. It is the oracle of our tests instead.
"""

from __future__ import annotations

import math
from typing import Literal, cast

import pyarrow as pa
import pyarrow.compute as pc

from swarmscope.query.promql import check
from swarmscope.query.promql.errors import ParseError
from swarmscope.query.promql.labels import NAME
from swarmscope.query.promql.lexer import DURATION_MAX_MS, Token, duration_ms, number_of, tokens
from swarmscope.query.promql.nodes import (
    SETS,
    Aggregate,
    Binary,
    Call,
    DurationExpr,
    DurationMath,
    Expr,
    Matcher,
    Matching,
    MatrixSelector,
    Node,
    Number,
    Paren,
    Subquery,
    Text,
    Unary,
    VectorSelector,
)
from swarmscope.query.promql.signatures import AGGREGATIONS, FUNCTIONS, WITH_PARAMETER

QUERY_MAX = 100_000  # characters
DEPTH_MAX = 120
_LEVELS = (
    {"or"},
    {"and", "unless"},
    {"==", "!=", "<", "<=", ">", ">=", "</", ">/"},
    {"+", "-"},
    {"*", "/", "%", "atan2"},
    {"^"},
)
_PRECEDENCE = {op: level for level, ops in enumerate(_LEVELS, 1) for op in ops}
_UNARY, _POWER = 5, 6
_CONTEXT = frozenset({"start", "end", "step", "range", "max_of", "min_of"})
_METRIC_WORDS = (
    AGGREGATIONS
    | _CONTEXT
    | {"by", "without", "fill", "fill_left", "fill_right", "and", "or", "unless", "offset", "anchored", "smoothed"}
)
_NO_METRIC = frozenset({"bool", "group_left", "group_right", "ignoring", "on", "atan2"})


def parse(query: str) -> Expr:
    """The tree of a query, types checked. Raises ParseError."""
    parser = _Parser(query)
    if parser.token.kind == "end":
        raise ParseError(query, "no expression found in input", 0)
    expr = parser.expression(0)
    if parser.token.kind != "end":
        parser.unexpected("")
    check.check(query, expr)
    return expr


def parse_selector(query: str) -> tuple[Matcher, ...]:
    """The matchers of a series selector, as `match[]` of the HTTP API. Raises ParseError."""
    expr = parse(query)
    if (
        not isinstance(expr, VectorSelector)
        or expr.offset_ms
        or expr.at_ms is not None
        or expr.at_edge
        or expr.offset_expr
    ):
        raise ParseError(query, 'a series selector such as name{label="value"} is expected', 0)
    return expr.matchers


class _Parser:
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
        what = "end of input" if token.kind == "end" else _described(token, self.query)
        message = (
            f"unexpected {what}"
            + (f" in {context}" if context else "")
            + (f", expected {expected}" if expected else "")
        )
        raise self.fail(message, token.start)

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

    # expressions

    def expression(self, least: int) -> Expr:
        """An expression of operators that bind at least this tightly."""
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise self.fail(f"the query nests deeper than {DEPTH_MAX} levels", self.token.start)
        left = self.unary()
        while True:
            op = self.token.word if self.token.kind == "name" else self.token.text if self.token.kind == "op" else ""
            level = _PRECEDENCE.get(op, 0)
            if not level or level < least:
                self.depth -= 1
                return left
            self.take()
            return_bool, matching = self.modifiers(op)
            right = self.expression(level if op == "^" else level + 1)
            left = Binary(op, left, right, matching, return_bool, start=left.start, end=right.end)

    def unary(self) -> Expr:
        if not self.is_op("+", "-"):
            return self.postfix(self.primary())
        sign = self.take()
        inner = self.expression(_POWER)
        if isinstance(inner, Number):
            inner.value = -inner.value if sign.text == "-" else inner.value
            inner.start = sign.start
            return inner
        return Unary(sign.text, inner, start=sign.start, end=inner.end)

    def primary(self) -> Expr:
        token = self.token
        if token.kind in ("number", "duration"):
            return self.number()
        if token.kind == "string":
            self.take()
            return Text(token.text, start=token.start, end=token.end)
        if self.is_op("("):
            self.take()
            inner = self.expression(0)
            close = self.need(")", "paren expression") if not self.is_op(")") else self.take()
            return Paren(inner, start=token.start, end=close.end)
        if self.is_op("{"):
            return self.selector()
        if token.kind == "name":
            return self.named()
        self.unexpected("")
        raise AssertionError

    def named(self) -> Expr:
        word = self.token.word
        following = self.tokens[self.at + 1]
        opens = following.kind == "op" and following.text == "("
        if word in AGGREGATIONS and (opens or following.word in ("by", "without")):
            return self.aggregate()
        if opens and (word not in _METRIC_WORDS or word in _CONTEXT):
            return self.call()
        if word in _NO_METRIC:
            self.unexpected("")
        return self.selector()

    def number(self) -> Number:
        token = self.take()
        if token.kind == "duration":
            return Number(self.milliseconds(token) / 1000, True, start=token.start, end=token.end)
        try:
            return Number(number_of(token.text), start=token.start, end=token.end)
        except ValueError:
            raise self.fail(f'error parsing number: "{token.text}"', token.start) from None

    def milliseconds(self, token: Token) -> int:
        try:
            return duration_ms(token.text)
        except ValueError as e:
            raise self.fail(str(e), token.start) from None

    def call(self) -> Call:
        name = self.take()
        known = FUNCTIONS.get(name.text) or FUNCTIONS.get(name.word if name.word in _CONTEXT else "")
        if known is None:
            raise self.fail(f'unknown function with name "{name.text}"', name.start)
        args = self.arguments()
        return Call(known.name, args, start=name.start, end=self.last_end)

    def arguments(self) -> list[Expr]:
        self.take()
        args: list[Expr] = []
        if self.is_op(")"):
            self.take()
            return args
        while True:
            args.append(self.expression(0))
            if self.is_op(")"):
                self.take()
                return args
            if not self.is_op(","):
                self.unexpected("")
            comma = self.take()
            if self.is_op(")"):
                raise self.fail("trailing commas not allowed in function call args", comma.start)

    def aggregate(self) -> Aggregate:
        name = self.take()
        op = name.word
        stated, without = False, False
        grouping: tuple[str, ...] = ()
        if self.is_word("by", "without"):
            stated, without, grouping = True, self.take().word == "without", self.grouping()
        if not self.is_op("("):
            self.unexpected("aggregation")
        args = self.arguments()
        if not stated and self.is_word("by", "without"):
            stated, without, grouping = True, self.take().word == "without", self.grouping()
        if not args:
            raise self.fail("no arguments for aggregate expression provided", name.start)
        wanted = 2 if op in WITH_PARAMETER else 1
        if len(args) != wanted:
            raise self.fail(
                f"wrong number of arguments for aggregate expression provided, expected {wanted}, got {len(args)}",
                name.start,
            )
        param = args[0] if wanted == 2 else None
        return Aggregate(op, args[-1], param, grouping, without, stated, start=name.start, end=self.last_end)

    def grouping(self) -> tuple[str, ...]:
        if not self.is_op("("):
            self.unexpected("grouping opts", '"("')
        self.take()
        names: list[str] = []
        while not self.is_op(")"):
            token = self.token
            if token.kind not in ("name", "string") and not (token.kind == "number" and token.text.isalpha()):
                self.unexpected("grouping opts", "label")
            self.take()
            if not valid_name(token.text):
                raise self.fail(f"invalid label name for grouping: {_go_quoted(token.text)}", token.start)
            names.append(token.text)
            if self.is_op(","):
                self.take()
            elif not self.is_op(")"):
                self.unexpected("grouping opts", '"," or ")"')
        self.take()
        return tuple(names)

    # modifiers of binary operators

    def modifiers(self, op: str) -> tuple[bool, Matching]:
        matching = Matching("many-to-many" if op in SETS else "one-to-one")
        return_bool = False
        if self.is_word("bool"):
            self.take()
            return_bool = True
        if self.is_word("on", "ignoring"):
            matching.on, matching.stated = self.take().word == "on", True
            matching.labels = self.grouping()
            if self.is_word("group_left", "group_right"):
                left = self.take().word == "group_left"
                matching.card = "many-to-one" if left else "one-to-many"
                if self.is_op("("):
                    matching.include = self.grouping()
        while self.is_word("fill", "fill_left", "fill_right") and self.next_is("("):
            self.fill(matching)
        return return_bool, matching

    def fill(self, matching: Matching) -> None:
        side = self.take()
        self.take()
        sign = -1.0 if self.is_op("-") else 1.0
        if self.is_op("-", "+"):
            self.take()
        if self.token.kind not in ("number", "duration"):
            self.unexpected("")
        value = sign * self.number().value
        self.need(")", "fill value")
        taken = (side.word != "fill_right" and matching.fill_left is not None) or (
            side.word != "fill_left" and matching.fill_right is not None
        )
        if taken:
            self.at -= 1
            raise self.fail(f"unexpected <{side.word}>", side.start)
        if side.word != "fill_right":
            matching.fill_left = value
        if side.word != "fill_left":
            matching.fill_right = value

    # selectors

    def selector(self) -> VectorSelector:
        first = self.token
        name = ""
        if first.kind == "name":
            name = self.take().text
        matchers: list[Matcher] = []
        if self.is_op("{"):
            matchers = self.matchers()
        if name:
            matchers.append(Matcher(NAME, "=", name))
        return VectorSelector(name, tuple(matchers), start=first.start, end=self.last_end)

    def matchers(self) -> list[Matcher]:
        self.take()
        found: list[Matcher] = []
        while not self.is_op("}"):
            token = self.token
            if token.kind not in ("name", "string") and not (token.kind == "number" and token.text.isalpha()):
                self.unexpected("label matching", 'identifier or "}"')
            if token.kind == "name" and ":" in token.text:
                at = token.start + token.text.index(":")
                raise self.fail("unexpected character inside braces: ':'", at)
            self.take()
            found.append(self.matcher(token))
            if self.is_op(","):
                self.take()
                if self.is_op(","):
                    self.unexpected("label matching", 'identifier or "}"')
            elif not self.is_op("}"):
                self.unexpected("label matching", '"," or "}"')
        self.take()
        return found

    def matcher(self, name: Token) -> Matcher:
        if not self.is_op("=", "!=", "=~", "!~"):
            if name.kind != "string":
                self.unexpected("label matching", "label matching operator")
            return Matcher(NAME, "=", name.text)
        op = cast(Literal["=", "!=", "=~", "!~"], self.take().text)
        value = self.token
        if value.kind != "string":
            self.unexpected("label matching", "string")
        self.take()
        if name.kind == "string" and not valid_name(name.text):
            raise self.fail(f"invalid label name {_go_quoted(name.text)}", name.start)
        if "~" in op:
            try:
                pc.match_substring_regex(pa.array([""]), f"^(?s:{value.text})$")
            except (pa.ArrowInvalid, UnicodeEncodeError) as e:
                raise self.fail(f"error parsing regexp: {_reason(e)}: `{value.text}`", name.start) from None
        return Matcher(name.text, op, value.text)

    def postfix(self, expr: Expr) -> Expr:
        while True:
            if self.is_op("["):
                expr = self.bracket(expr)
            elif self.is_word("offset"):
                self.take()
                self.offset(expr)
            elif self.is_op("@"):
                self.take()
                self.fixed(expr)
            elif self.is_word("anchored", "smoothed"):
                self.extended(expr)
            else:
                return expr

    def bracket(self, expr: Expr) -> Expr:
        opened = self.take()
        length = self.positive_duration("subquery or range selector")
        range_ms, range_expr = _static(length)
        if self.is_op("]"):
            self.take()
            self.range_allowed(expr, opened)
            assert isinstance(expr, VectorSelector)  # noqa: S101  # so asked above
            return MatrixSelector(expr, range_ms, range_expr, start=expr.start, end=self.last_end)
        if not self.is_op(":"):
            self.unexpected("subquery or range", '":" or "]"')
        self.take()
        step_ms, step_expr = 0, None
        if not self.is_op("]"):
            step_ms, step_expr = _static(self.positive_duration("subquery selector", ', or "]"'))
            if not self.is_op("]"):
                self.unexpected("subquery selector", '"]"')
        self.take()
        return Subquery(expr, range_ms, step_ms, range_expr, step_expr, start=expr.start, end=self.last_end)

    def range_allowed(self, expr: Expr, opened: Token) -> None:
        if not isinstance(expr, VectorSelector):
            raise self.fail("ranges only allowed for vector selectors", opened.start)
        if expr.offset_ms or expr.offset_expr is not None:
            raise self.fail("no offset modifiers allowed before range", opened.start)
        if expr.at_ms is not None or expr.at_edge is not None:
            raise self.fail("no @ modifiers allowed before range", opened.start)

    def carrier(self, expr: Expr, complaint: str) -> VectorSelector | Subquery:
        if isinstance(expr, MatrixSelector):
            return expr.selector
        if isinstance(expr, VectorSelector | Subquery):
            return expr
        raise self.fail(complaint, expr.start)

    def offset(self, expr: Expr) -> None:
        after = "offset modifier must be preceded by an instant vector selector or range vector selector or a subquery"
        length = self.offset_duration()
        target = self.carrier(expr, after)
        if target.offset_ms or target.offset_expr is not None:
            raise self.fail("offset may not be set multiple times", expr.start)
        target.offset_ms, target.offset_expr = _static(length)
        expr.end = self.last_end
        if isinstance(expr, VectorSelector):
            target.end = self.last_end

    def fixed(self, expr: Expr) -> None:
        after = "@ modifier must be preceded by an instant vector selector or range vector selector or a subquery"
        edge: Literal["start", "end"] | None = None
        at_s = 0.0
        if self.is_word("start", "end") and self.next_is("("):
            edge = cast(Literal["start", "end"], self.take().word)
            self.take()
            self.need(")", "@")
        else:
            sign = -1.0 if self.is_op("-") else 1.0
            if self.is_op("-", "+"):
                self.take()
            if self.token.kind not in ("number", "duration"):
                self.unexpected("@", "timestamp")
            at_s = sign * self.number().value
        if edge is None and not abs(at_s) < float(1 << 63):
            raise self.fail(
                f"timestamp out of bounds for @ modifier: {at_s:f}".replace("inf", "Inf").replace("nan", "NaN"),
                expr.start,
            )
        target = self.carrier(expr, after)
        if target.at_ms is not None or target.at_edge is not None:
            raise self.fail("@ <timestamp> may not be set multiple times", expr.start)
        target.at_edge = edge
        target.at_ms = None if edge else _rounded(at_s * 1000)
        expr.end = self.last_end

    def extended(self, expr: Expr) -> None:
        word = self.take().word
        if isinstance(expr, Subquery):
            raise self.fail(f"{word} modifier is not supported for subqueries", expr.start)
        if not isinstance(expr, VectorSelector | MatrixSelector):
            raise self.fail(f"{word} modifier not implemented", expr.start)
        target = expr if isinstance(expr, VectorSelector) else expr.selector
        target.anchored |= word == "anchored"
        target.smoothed |= word == "smoothed"
        if target.anchored and target.smoothed:
            raise self.fail("anchored and smoothed modifiers cannot be used together", expr.start)

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
        while self.is_op("+", "-", "*", "/", "%", "^") and _PRECEDENCE[self.token.text] >= least:
            op = self.take()
            level = _PRECEDENCE[op.text]
            right = self.duration(level if op.text == "^" else level + 1, context)
            if op.text in "/%" and isinstance(right, Number) and right.value == 0:
                raise self.fail("division by zero" if op.text == "/" else "modulo by zero", op.start)
            left = DurationMath(op.text, left, right, start=left.start, end=right.end)
        self.depth -= 1
        return left

    def duration_unary(self, context: str, more: str = "") -> DurationExpr:
        if self.is_op("+", "-"):
            sign = self.take()
            return self.signed(sign, self.duration(_POWER, context))
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


def _static(length: DurationExpr) -> tuple[int, DurationMath | None]:
    return (_rounded(length.value * 1000), None) if isinstance(length, Number) else (0, length)


def _rounded(value: float) -> int:
    return math.floor(value + 0.5) if value >= 0 else -math.floor(0.5 - value)


def _described(token: Token, query: str) -> str:
    text = query[token.start : token.end]
    if token.kind == "string":
        return f"string {_go_quoted(text)}"
    if token.kind in ("number", "duration"):
        return f"{token.kind} {_go_quoted(text)}"
    if token.kind == "name":
        word = token.word
        if word in _PRECEDENCE:
            return f"<op:{word}>"
        if word in AGGREGATIONS:
            return f"<aggr:{word}>"
        if word in _METRIC_WORDS or word in _NO_METRIC:
            return f"<{word}>"
        return f"identifier {_go_quoted(text)}"
    return f"<op:{text}>" if text in _PRECEDENCE else f'"{text}"'


def _go_quoted(text: str) -> str:
    raw = text.encode("utf-8", "surrogateescape")
    try:
        shown = raw.decode()
    except UnicodeDecodeError:
        shown = "".join(c if ord(c) < 0xDC80 else f"\\x{ord(c) - 0xDC00:02x}" for c in text)
        return '"' + shown.replace('"', '\\"') + '"'
    return '"' + shown.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _reason(error: Exception) -> str:
    return str(error).removeprefix("Invalid regular expression: ")


def valid_name(text: str) -> bool:
    """Whether text can be a label name: any UTF-8 that is not empty."""
    if not text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


__all__ = ["Node", "parse", "parse_selector", "valid_name"]
