"""PromQL text → tree: precedence climbing over tokens.

Why not `promql-parser`: it reads the language of Prometheus 2.45, without arithmetic on durations, `anchored` and `smoothed`,
`</` and `>/`, and says of no node where it stands, which errors and annotations need. It is the oracle of our tests instead.
"""

from __future__ import annotations

import difflib
import functools
import math
from dataclasses import replace
from typing import Literal, cast

import pyarrow as pa
import pyarrow.compute as pc

from swarmscope.query.promql import check
from swarmscope.query.promql.durations import (
    CONTEXT,
    DEPTH_MAX,
    LABEL_OPERATOR,
    METRIC_WORDS,
    NO_METRIC,
    POWER,
    PRECEDENCE,
    Durations,
    go_quoted,
)
from swarmscope.query.promql.errors import ParseError
from swarmscope.query.promql.labels import NAME
from swarmscope.query.promql.lexer import Token
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
    Number,
    Paren,
    Subquery,
    Text,
    Unary,
    VectorSelector,
    children,
)
from swarmscope.query.promql.signatures import AGGREGATIONS, FUNCTIONS, WITH_PARAMETER

REMEMBERED_MAX = 512  # queries
REMEMBERED_CHARS_MAX = 4096  # of each


def parse(query: str) -> Expr:
    """The tree of a query, types checked; nobody changes it, as it may be another's too. Raises ParseError."""
    return _remembered(query) if len(query) <= REMEMBERED_CHARS_MAX else _parsed(query)


@functools.lru_cache(REMEMBERED_MAX)
def _remembered(query: str) -> Expr:
    """Dashboards ask the same again and again, and a call over HTTP parses to tell errors before it computes."""
    return _parsed(query)


def _parsed(query: str) -> Expr:
    parser = _Parser(query)
    if parser.token.kind == "end":
        raise ParseError(query, "no expression found in input", 0)
    expr = parser.expression(0)
    if parser.token.kind != "end":
        parser.unexpected("")
    _bounded(query, expr)
    check.check(query, expr)
    return expr


def _bounded(query: str, expr: Expr) -> None:
    """Raises ParseError for a tree that those who walk it could not: the parser counts brackets, not operators in a row."""
    level = [expr]
    for _ in range(DEPTH_MAX):
        level = [child for node in level for child in children(node)]
        if not level:
            return
    raise ParseError(
        query, f"the query nests deeper than {DEPTH_MAX} levels; each operator in a row is one", level[0].start
    )


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


class _Parser(Durations):
    # expressions

    def expression(self, least: int) -> Expr:
        """An expression of operators that bind at least this tightly."""
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise self.fail(f"the query nests deeper than {DEPTH_MAX} levels", self.token.start)
        left = self.unary()
        while True:
            op = self.token.word if self.token.kind == "name" else self.token.text if self.token.kind == "op" else ""
            level = PRECEDENCE.get(op, 0)
            if not level or level < least:
                self.depth -= 1
                return _shallow(left)
            self.take()
            return_bool, matching = self.modifiers(op)
            right = self.expression(level if op == "^" else level + 1)
            left = Binary(op, left, right, matching, return_bool, start=left.start, end=right.end)

    def unary(self) -> Expr:
        if not self.is_op("+", "-"):
            return self.postfix(self.primary())
        sign = self.take()
        inner = self.expression(POWER)
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
        if word in NO_METRIC:
            self.unexpected("")
        if opens and (word not in METRIC_WORDS or word in CONTEXT):
            return self.call()
        return self.selector()

    def call(self) -> Call:
        name = self.take()
        known = FUNCTIONS.get(name.text) or FUNCTIONS.get(name.word if name.word in CONTEXT else "")
        if known is None:
            close = difflib.get_close_matches(name.word, [*FUNCTIONS, *AGGREGATIONS], 1, 0.8)
            meant = f', did you mean "{close[0]}"?' if close else ""
            raise self.fail(f'unknown function with name "{name.text}"{meant}', name.start)
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
                raise self.fail(f"invalid label name for grouping: {go_quoted(token.text)}", token.start)
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
                self.unexpected("label matching", LABEL_OPERATOR)
            return Matcher(NAME, "=", name.text)
        op = cast(Literal["=", "!=", "=~", "!~"], self.take().text)
        value = self.token
        if value.kind != "string":
            self.unexpected("label matching", "string")
        self.take()
        if name.kind == "string" and not valid_name(name.text):
            raise self.fail(f"invalid label name {go_quoted(name.text)}", name.start)
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


CHAIN_MAX = 100  # operands: of so many, the tree is the one that Prometheus makes


def _shallow(expr: Expr) -> Expr:
    """A longer chain of one `or` or `and`, as generated rules have it, as a tree of few levels. What it gives is the same: a
    series of an operand counts unless (or if) one before it has its signature, wherever the parentheses stand."""
    operands: list[Expr] = []
    node = expr
    while isinstance(expr, Binary) and isinstance(node, Binary) and expr.op in ("or", "and"):
        if (node.op, node.matching) != (expr.op, expr.matching):
            break
        operands.append(node.right)
        node = node.left
    if not isinstance(expr, Binary) or len(operands) < CHAIN_MAX:
        return expr
    return _halved(expr, [node, *reversed(operands)])


def _halved(like: Binary, operands: list[Expr]) -> Expr:
    if len(operands) == 1:
        return operands[0]
    middle = (len(operands) + 1) // 2
    left, right = _halved(like, operands[:middle]), _halved(like, operands[middle:])
    return replace(like, left=left, right=right, start=left.start, end=right.end)


def _static(length: DurationExpr) -> tuple[int, DurationMath | None]:
    return (_rounded(length.value * 1000), None) if isinstance(length, Number) else (0, length)


def _rounded(value: float) -> int:
    return math.floor(value + 0.5) if value >= 0 else -math.floor(0.5 - value)


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


__all__ = ["parse", "parse_selector", "valid_name"]
