"""From text to the tree: recursive descent, precedence as Tempo's grammar has it (`&&` and `||` are equal)."""

from __future__ import annotations

import ipaddress
import operator
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from swarmscope.errors import QueryError
from swarmscope.query.traceql.lexer import Token, tokens
from swarmscope.query.traceql.tree import (
    Aggregate,
    Attribute,
    Binary,
    By,
    Coalesce,
    Compare,
    Expression,
    Filter,
    Metrics,
    MetricsMath,
    Pipeline,
    Query,
    ScalarFilter,
    ScalarOp,
    ScalarPipeline,
    SecondStage,
    Select,
    SpansetOp,
    Static,
    Unary,
)

DEPTH_MAX = 32
COMPARE = ("=", "!=", "<", "<=", ">", ">=")
REGEX = ("=~", "!~")
STRUCTURAL = (
    ">", "<", ">>", "<<", "~", "!>", "!<", "!>>", "!<<", "!~", "&>", "&<", "&>>", "&<<", "&~",
)  # fmt: skip
AGGREGATES = ("count", "avg", "max", "min", "sum")
FUNCTIONS = (
    "rate", "count_over_time", "min_over_time", "max_over_time", "avg_over_time", "sum_over_time",
    "quantile_over_time", "histogram_over_time",
)  # fmt: skip
_LEVEL = dict.fromkeys(("&&", "||"), 1) | dict.fromkeys((*COMPARE, *REGEX, *STRUCTURAL), 2)
_LEVEL |= dict.fromkeys("+-", 3) | dict.fromkeys("*/%", 5) | {"^": 6}
_NOT_LEVEL = 4
_ARITHMETIC = ("+", "-", "*", "/", "%", "^")
_STATUS = ("ok", "error", "unset")
_KINDS = ("unspecified", "internal", "server", "client", "producer", "consumer")
_WORDS = {
    "duration": "span:duration", "name": "span:name", "status": "span:status", "statusMessage": "span:statusMessage",
    "kind": "span:kind", "parent": "span:parentID", "rootName": "trace:rootName", "rootServiceName": "trace:rootService",
    "traceDuration": "trace:duration", "childCount": "span:childCount", "nestedSetLeft": "span:nestedSetLeft",
    "nestedSetRight": "span:nestedSetRight", "nestedSetParent": "span:nestedSetParent",
}  # fmt: skip
INTRINSICS = frozenset(_WORDS.values()) | {
    "trace:id", "span:id", "span:parentID", "event:name", "event:timeSinceStart", "link:traceID", "link:spanID",
    "instrumentation:name", "instrumentation:version",
}  # fmt: skip
_CONSTANT: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": operator.mod,
    "^": operator.pow,
}
_Node = Any  # a spanset, a scalar, a pipeline or metrics; `_Parser.combine` says what goes with what


def parse(text: str) -> Query:
    """The tree of a query. QueryError says what is wrong, and where."""
    return parse_hinted(text)[0]


def parse_hinted(text: str) -> tuple[Query, dict[str, Static]]:
    """The tree of a query, and its hints (`with (exemplars=false)`) by name. QueryError says what is wrong, and where."""
    parser = _Parser(text)
    node = parser.pipeline(0)
    hints = parser.hints() if parser.accept("with") else {}
    if parser.now.kind != "end":
        raise parser.unexpected("the end of the query")
    return _whole(node), hints


def _whole(node: _Node) -> Query:
    if isinstance(node, Metrics | MetricsMath | Compare):
        return node
    if isinstance(node, ScalarPipeline | Aggregate | Static | ScalarOp):
        raise QueryError("a number alone selects nothing; compare it, as in `{ } | count() > 2`", 0)
    return node if isinstance(node, Pipeline) else Pipeline((node,))


class _Parser:
    """`now` is the next token."""

    def __init__(self, text: str) -> None:
        self._tokens = tokens(text)
        self._at = 0

    @property
    def now(self) -> Token:
        return self._tokens[self._at]

    def take(self) -> Token:
        token = self.now
        self._at += token.kind != "end"
        return token

    def accept(self, text: str) -> bool:
        """Step over an operator or a word, if it is next."""
        if self.now.kind in ("op", "word") and self.now.text == text:
            self._at += 1
            return True
        return False

    def expect(self, text: str) -> None:
        if not self.accept(text):
            raise self.unexpected(repr(text))

    def unexpected(self, wanted: str) -> QueryError:
        found = repr(self.now.text) if self.now.kind != "end" else "the end of the query"
        return QueryError(f"{found} stands where {wanted} should", self.now.at)

    def deep(self, depth: int) -> None:
        if depth > DEPTH_MAX:
            raise QueryError(f"more than {DEPTH_MAX} levels within each other; write it flatter", self.now.at)

    # pipelines

    def pipeline(self, depth: int) -> _Node:
        self.deep(depth)
        node = self.stage(depth)
        if isinstance(node, Metrics | MetricsMath):
            return self.second_stages(node)
        if not self.piped():
            return node
        stages = [node]
        while self.accept("|"):
            if self.now.text in FUNCTIONS:
                return self.second_stages(self.metrics(self.source(stages)))
            if self.accept("compare"):
                return self.compare(self.source(stages), depth)
            stages.append(self.stage(depth))
        last = stages[-1]
        if isinstance(last, Aggregate | ScalarOp | Static):
            return ScalarPipeline(self.source(stages[:-1]), last)
        return self.source(stages)

    def piped(self) -> bool:
        return self.now.kind == "op" and self.now.text == "|"

    def source(self, stages: list[_Node]) -> Pipeline:
        for stage in stages:
            if isinstance(stage, Aggregate | Static | ScalarOp | ScalarPipeline | Metrics | MetricsMath | Compare):
                raise QueryError("this stage gives a number, not spans; compare it, as in `count() > 2`", self.now.at)
        return Pipeline(tuple(stages))

    def stage(self, depth: int) -> _Node:
        word = self.now.text if self.now.kind == "word" else ""
        if word == "by":
            self.take()
            self.expect("(")
            item = self.field(0, depth + 1)
            self.expect(")")
            return By(item)
        if word == "coalesce":
            self.take()
            self.expect("(")
            self.expect(")")
            return Coalesce()
        if word == "select":
            self.take()
            return Select(self.attribute_list())
        return self.expression(0, depth + 1)

    def expression(self, level: int, depth: int) -> _Node:
        """Spansets, numbers and series with their operators."""
        self.deep(depth)
        left = self.operand(depth)
        while self.now.kind == "op" and _LEVEL.get(self.now.text, -1) > level:
            token = self.take()
            mine = _LEVEL[token.text]
            right = self.expression(mine - (token.text == "^"), depth + 1)
            left = self.combine(token, left, right)
        return left

    def operand(self, depth: int) -> _Node:
        if self.accept("{"):
            condition: Expression = Static("bool", True)
            if not self.accept("}"):
                condition = self.field(0, depth + 1)
                self.expect("}")
            return Filter(condition)
        if self.accept("("):
            node = self.pipeline(depth + 1)
            self.expect(")")
            return node
        if self.accept("-"):
            item = self.operand(depth + 1)
            if not isinstance(item, Static) or isinstance(item.value, str | bool) or item.value is None:
                raise QueryError("a minus stands before numbers only", self.now.at)
            return replace(item, value=-item.value)
        if self.now.kind in ("number", "duration"):
            return self.literal()
        if self.now.kind == "word" and self.now.text in AGGREGATES:
            return self.aggregate(depth)
        raise self.unexpected("{ … }, a number or an aggregate")

    def aggregate(self, depth: int) -> Aggregate:
        name = self.take().text
        self.expect("(")
        item = None if name == "count" else self.field(0, depth + 1)
        self.expect(")")
        return Aggregate(name, item)

    def combine(self, token: Token, left: _Node, right: _Node) -> _Node:
        op = token.text
        spans = (Filter, SpansetOp, Pipeline)
        series = (Metrics, MetricsMath)
        numbers = (Static, Aggregate, ScalarOp, ScalarPipeline)
        if isinstance(left, spans) and isinstance(right, spans) and op in (*STRUCTURAL, "&&", "||"):
            return SpansetOp(op, left, right)
        if isinstance(left, series) and isinstance(right, Static) and op in COMPARE:
            return replace(left, then=(*left.then, SecondStage(op, self.number(right, token.at))))
        if isinstance(left, (*series, Static)) and isinstance(right, (*series, Static)) and op in "+-*/":
            if isinstance(left, Static) and isinstance(right, Static):
                return self.folded(token, left, right)
            return MetricsMath(op, left, right)
        if isinstance(left, numbers) and isinstance(right, numbers):
            if op in _ARITHMETIC:
                if isinstance(left, Static) and isinstance(right, Static):
                    return self.folded(token, left, right)
                return ScalarOp(op, left, right)
            if op in COMPARE and not (isinstance(left, Static) and isinstance(right, Static)):
                return ScalarFilter(op, left, right)
        raise QueryError(f"{op} cannot stand between these two", token.at)

    def folded(self, token: Token, left: Static, right: Static) -> Static:
        a, b = left.value, right.value
        try:
            value = _CONSTANT[token.text](a, b)
        except (ArithmeticError, TypeError, ValueError) as e:
            raise QueryError(f"this cannot be computed: {e}", token.at) from e
        if isinstance(value, complex):
            raise QueryError("this is no real number", token.at)
        if token.text == "/" and isinstance(a, int) and isinstance(b, int):
            value = int(value)
        return Static("duration" if "duration" in (left.kind, right.kind) else "number", value)

    def number(self, found: Static, at: int) -> float:
        if found.kind not in ("number", "duration") or not isinstance(found.value, int | float):
            raise QueryError("a number must stand here", at)
        return found.value / 1e9 if found.kind == "duration" else float(found.value)

    # metrics

    def compare(self, source: Pipeline, depth: int) -> Compare:
        """What follows `compare`: `({ selection }, top, start, end)`, all but the selection optional, both times or none."""
        self.expect("(")
        selection = self.operand(depth + 1)
        if not isinstance(selection, Filter):
            raise QueryError("compare({ condition }) takes one selection of spans", self.now.at)
        numbers: list[int] = []
        while self.accept(","):
            token = self.take()
            if token.kind != "number" or not isinstance(token.value, int) or token.value < 1 or len(numbers) == 3:
                raise QueryError("compare({ … }, top, start, end) takes whole numbers from 1 on, times in ns", token.at)
            numbers.append(token.value)
        if len(numbers) == 2 or (len(numbers) == 3 and numbers[1] >= numbers[2]):
            raise QueryError("compare() takes a start and an end behind it, in ns", self.now.at)
        self.expect(")")
        return Compare(source, selection, *numbers)

    def metrics(self, source: Pipeline) -> Metrics:
        token = self.take()
        self.expect("(")
        item, numbers = None, []
        if token.text not in ("rate", "count_over_time"):
            item = self.attribute()
            while self.accept(","):
                found = self.expression(0, 1)
                numbers.append(self.number(found, token.at) if isinstance(found, Static) else 2.0)
        self.expect(")")
        if token.text == "quantile_over_time" and (not numbers or not all(0 <= n <= 1 for n in numbers)):
            raise QueryError("quantile_over_time(attribute, 0.5, …) takes quantiles between 0 and 1", token.at)
        if numbers and token.text != "quantile_over_time":
            raise QueryError(f"{token.text} takes one attribute", token.at)
        by = self.attribute_list() if self.accept("by") else ()
        return Metrics(source, token.text, item, tuple(numbers), by)

    def second_stages(self, node: Metrics | MetricsMath) -> Metrics | MetricsMath:
        while True:
            if self.now.kind == "op" and self.now.text in COMPARE:
                token = self.take()
                found = self.expression(2, 1)
                if not isinstance(found, Static):
                    raise QueryError("series are compared with a number", token.at)
                node = replace(node, then=(*node.then, SecondStage(token.text, self.number(found, token.at))))
            elif self.piped() and self._tokens[self._at + 1].text in ("topk", "bottomk"):
                self.take()
                token = self.take()
                self.expect("(")
                count = self.take()
                if count.kind != "number" or not isinstance(count.value, int) or count.value < 1:
                    raise QueryError(f"{token.text} takes a whole number from 1 on", count.at)
                self.expect(")")
                node = replace(node, then=(*node.then, SecondStage(token.text, count.value)))
            else:
                return node

    def hints(self) -> dict[str, Static]:
        """`(sample=0.1, exemplars=false)`, by name."""
        found = {}
        self.expect("(")
        while True:
            name = self.take()
            if name.kind != "word":
                raise QueryError("a hint is name=value", name.at)
            self.expect("=")
            found[name.text] = self.literal()
            if not self.accept(","):
                break
        self.expect(")")
        return found

    # values of a span

    def attribute_list(self) -> tuple[Attribute, ...]:
        self.expect("(")
        found = [self.attribute()]
        while self.accept(","):
            found.append(self.attribute())
        self.expect(")")
        return tuple(found)

    def attribute(self) -> Attribute:
        at = self.now.at
        found = self.value(0)
        if not isinstance(found, Attribute):
            raise QueryError("an attribute must stand here: span.http.method, resource.service.name, name …", at)
        return found

    def field(self, level: int, depth: int) -> Expression:
        self.deep(depth)
        left = self.value(depth)
        while self.now.kind == "op" and _LEVEL.get(self.now.text, -1) > level:
            if self.now.text in STRUCTURAL and self.now.text not in (*COMPARE, *REGEX):
                raise QueryError(f"{self.now.text} stands between spansets, not within one", self.now.at)
            token = self.take()
            mine = _LEVEL[token.text]
            left = self.compared(token, left, self.field(mine - (token.text == "^"), depth + 1))
        return left

    def compared(self, token: Token, left: Expression, right: Expression) -> Expression:
        nils = [isinstance(s, Static) and s.kind == "nil" for s in (left, right)]
        if any(nils):
            if token.text not in ("=", "!="):
                raise QueryError("nil is compared with = and != only", token.at)
            if all(nils):
                return Static("bool", False)
            return Unary("exists" if token.text == "!=" else "missing", right if nils[0] else left)
        if token.text in REGEX and not (isinstance(right, Static) and right.kind == "string"):
            raise QueryError(f"a regular expression in quotes must follow {token.text}", token.at)
        return Binary(token.text, left, right)

    def value(self, depth: int) -> Expression:
        self.deep(depth)
        if self.accept("("):
            node = self.field(0, depth + 1)
            self.expect(")")
            return node
        if self.accept("-"):
            return Unary("-", self.field(3, depth + 1))
        if self.accept("!"):
            return Unary("!", self.field(_NOT_LEVEL, depth + 1))
        token = self.now
        if token.kind == "attribute":
            self.take()
            scope, _, name = str(token.value).partition(".")
            if scope == "parent":
                of, dot, rest = name.partition(".")
                return Attribute(f"parent.{of}", rest) if dot and of in ("span", "resource") else Attribute(scope, name)
            return Attribute(scope, name)
        if token.kind == "intrinsic":
            self.take()
            if token.value not in INTRINSICS:
                raise QueryError(f"{token.text} is not known; there are {', '.join(sorted(INTRINSICS))}", token.at)
            return Attribute("intrinsic", str(token.value))
        if token.kind == "word" and token.text in _WORDS:
            self.take()
            return Attribute("intrinsic", _WORDS[token.text])
        if token.kind == "word" and token.text == "cidr":
            self.take()
            return self.within_networks()
        return self.literal()

    def within_networks(self) -> Expression:
        """`cidr(attribute, "10.0.0.0/8", …)`."""
        self.expect("(")
        item = self.attribute()
        found: Expression | None = None
        while found is None or self.now.text == ",":
            self.expect(",")
            token = self.take()
            try:
                network = str(ipaddress.ip_network(str(token.value), strict=False))
            except ValueError as e:
                raise QueryError(f'{token.text[:60]} is no network such as "10.0.0.0/8"', token.at) from e
            one = Binary("cidr", item, Static("string", network))
            found = one if found is None else Binary("||", found, one)
        self.expect(")")
        return found

    def literal(self) -> Static:
        token = self.take()
        if token.kind == "string":
            return Static("string", token.value)
        if token.kind in ("number", "duration"):
            return Static("number" if token.kind == "number" else "duration", token.value)
        if token.kind == "word":
            if token.text in ("true", "false"):
                return Static("bool", token.text == "true")
            if token.text == "nil":
                return Static("nil", None)
            if token.text in _STATUS:
                return Static("status", token.text)
            if token.text in _KINDS:
                return Static("kind", token.text)
            if token.text in ("minInt", "maxInt"):
                return Static("number", -(2**63) if token.text == "minInt" else 2**63 - 1)
        self._at -= token.kind != "end"
        if token.kind == "word":
            raise QueryError(
                f"{token.text!r} is not known; an attribute is written .{token.text}, span.{token.text} or "
                f'resource.{token.text}, a text "{token.text}"',
                token.at,
            )
        raise self.unexpected("a value")
