"""LogQL → tree, by recursive descent. Errors are worded as Loki's; positions are line and column."""

from __future__ import annotations

import re

from swarmscope.errors import QueryError
from swarmscope.query.logql import stages
from swarmscope.query.logql.tokens import Token, duration_ns, syntax, tokens
from swarmscope.query.logql.tree import (
    Binary,
    Grouping,
    LabelReplace,
    Log,
    Matcher,
    Metric,
    Number,
    Query,
    RangeAggregation,
    Stage,
    Unwrap,
    VectorAggregation,
)

DEPTH_MAX = 64
RANGE_OPS = frozenset(
    {
        "count_over_time", "rate", "bytes_over_time", "bytes_rate", "absent_over_time", "sum_over_time", "avg_over_time",
        "min_over_time", "max_over_time", "stddev_over_time", "stdvar_over_time", "quantile_over_time", "first_over_time",
        "last_over_time", "rate_counter",
    }
)  # fmt: skip
WITHOUT_UNWRAP = frozenset({"count_over_time", "bytes_over_time", "bytes_rate"})
EITHER = frozenset({"rate", "absent_over_time"})
GROUPED = frozenset(
    {"avg_over_time", "min_over_time", "max_over_time", "stddev_over_time", "stdvar_over_time", "quantile_over_time",
     "first_over_time", "last_over_time"}
)  # fmt: skip
VECTOR_OPS = frozenset(
    {"sum", "avg", "min", "max", "count", "stddev", "stdvar", "topk", "bottomk", "sort", "sort_desc", "approx_topk"}
)
WITH_PARAMETER = frozenset({"topk", "bottomk", "approx_topk"})
_LEVELS: tuple[frozenset[str], ...] = (
    frozenset({"or"}),
    frozenset({"and", "unless"}),
    frozenset({"==", "!=", ">", ">=", "<", "<="}),
    frozenset({"+", "-"}),
    frozenset({"*", "/", "%"}),
)
_COMPARISONS = _LEVELS[2]
_SETS = _LEVELS[0] | _LEVELS[1]


def parse(text: str) -> Query:
    """The tree of a query. QueryError."""
    parser = _Parser(text)
    query = parser.query(0)
    parser.end()
    _check(query)
    return query


def parse_selector(text: str) -> tuple[Matcher, ...]:
    """`{name="value", …}`, which may be empty. QueryError."""
    parser = _Parser(text)
    found = parser.selector()
    parser.end()
    return found


class _Parser(stages.StageParser):
    """Expressions; stages of a pipeline are those of the class above."""

    def __init__(self, text: str) -> None:
        super().__init__(text, tokens(text))

    def end(self) -> None:
        if self.here.kind != "end":
            raise self.unexpected()

    def query(self, depth: int, level: int = 0) -> Query:
        """An expression whose operators bind at least as tightly as those of the level."""
        if depth > DEPTH_MAX:
            raise self.wrong("the query is nested too deeply")
        if level == len(_LEVELS):
            return self.power(depth)
        left = self.query(depth, level + 1)
        while self.here.text in _LEVELS[level] and self.here.kind in ("op", "name"):
            left = self.binary(left, lambda: self.query(depth + 1, level + 1))
        return left

    def power(self, depth: int) -> Query:
        """`^` binds to the right."""
        base = self.unary(depth)
        if self.here.kind == "op" and self.here.text == "^":
            return self.binary(base, lambda: self.query(depth + 1, len(_LEVELS)))
        return base

    def binary(self, left: Query, right: object) -> Binary:
        op = self.take()
        if isinstance(left, Log):
            raise syntax(self.text, op.at, f"unexpected type for left leg of binary operation ({op.text}): a log query")
        is_bool = self.took("bool")
        if is_bool and op.text not in _COMPARISONS:
            raise syntax(self.text, op.at, "unexpected bool: it belongs to comparisons")
        on, ignoring, group, include = self.matching(op)
        other = right()  # type: ignore[operator] # a parser of what follows
        if isinstance(other, Log):
            raise syntax(
                self.text, op.at, f"unexpected type for right leg of binary operation ({op.text}): a log query"
            )
        if op.text in _SETS and any(isinstance(leg, Number) and not leg.is_vector for leg in (left, other)):
            raise syntax(self.text, op.at, f"unexpected literal for a leg of logical/set binary operation ({op.text})")
        return Binary(op.text, left, other, is_bool, on, ignoring, group, include)

    def matching(self, op: Token) -> tuple[tuple[str, ...] | None, tuple[str, ...], stages.Group, tuple[str, ...]]:
        on: tuple[str, ...] | None = None
        ignoring: tuple[str, ...] = ()
        group: stages.Group = ""
        include: tuple[str, ...] = ()
        if self.took("on"):
            on = self.names()
        elif self.took("ignoring"):
            ignoring = self.names()
        if self.here.text in ("group_left", "group_right"):
            if op.text in _SETS:
                raise self.wrong(f"no grouping allowed for {op.text} operation")
            group = "left" if self.take().text == "group_left" else "right"
            include = self.names() if self.here.text == "(" else ()
        return on, ignoring, group, include

    def unary(self, depth: int) -> Query:
        if self.here.kind == "op" and self.here.text in "+-":
            sign = -1.0 if self.take().text == "-" else 1.0
            number = self.expect("number")
            return Number(sign * stages.float_of(number.text))
        if self.here.kind == "number":
            return Number(stages.float_of(self.take().text))
        if self.here.text == "{":
            return self.log()
        if self.here.text == "(" and self.here.kind == "op":
            self.take()
            inner = self.query(depth + 1)
            self.expect_op(")")
            if isinstance(inner, Log) and self.here.text in ("|", "|=", "|~", "!=", "!~", "|>", "!>"):
                return Log(inner.matchers, inner.stages + self.pipeline())
            return inner
        if self.here.kind == "name":
            return self.named(depth)
        raise self.unexpected()

    def named(self, depth: int) -> Metric:
        name = self.take()
        if name.text in RANGE_OPS:
            return self.range_aggregation(name)
        if name.text in VECTOR_OPS:
            return self.vector_aggregation(name, depth)
        if name.text == "vector":
            self.expect_op("(")
            number = Number(self.number(), True)
            self.expect_op(")")
            return number
        if name.text == "label_replace":
            return self.label_replace(depth)
        raise syntax(self.text, name.at, f"unexpected IDENTIFIER {name.text}")

    def label_replace(self, depth: int) -> LabelReplace:
        self.expect_op("(")
        inner = self.metric(depth)
        parts = []
        for _ in range(4):
            self.expect_op(",")
            parts.append(self.expect("string").text)
        self.expect_op(")")
        stages.check_expression(self.text, self.here.at, parts[3])
        return LabelReplace(inner, parts[0], parts[1], parts[2], parts[3])

    def metric(self, depth: int) -> Metric:
        at = self.here.at
        inner = self.query(depth + 1)
        if isinstance(inner, Log):
            raise syntax(
                self.text, at, "unexpected log query, expecting a metric: wrap it in an aggregation over a range"
            )
        return inner

    def number(self) -> float:
        sign = -1.0 if self.took("-") else 1.0
        return sign * stages.float_of(self.expect("number").text)

    def range_aggregation(self, name: Token) -> RangeAggregation:
        self.expect_op("(")
        parameter = 0.0
        if name.text == "quantile_over_time":
            parameter = self.number()
            self.expect_op(",")
        parenthesised = 0
        while self.here.text == "(" and self.here.kind == "op":
            self.take()
            parenthesised += 1
        log = self.log(until_range=True)
        unwrap, range_ns, offset_ns = self.rest_of_range(log)
        log = Log(log.matchers, log.stages + self.later)
        while parenthesised and self.here.text == ")":
            self.take()
            parenthesised -= 1
            if range_ns is None:
                unwrap_2, range_ns, offset_ns = self.rest_of_range(log)
                unwrap = unwrap or unwrap_2
        self.expect_op(")")
        if range_ns is None or parenthesised:
            raise syntax(self.text, name.at, "a range such as [5m] is missing")
        grouping = self.grouping()
        self.check_range(name, unwrap, grouping)
        return RangeAggregation(name.text, log, range_ns, offset_ns, unwrap, grouping, parameter)

    def rest_of_range(self, log: Log) -> tuple[Unwrap | None, int | None, int]:
        """`[5m] offset 1m`, with `| unwrap …` before or behind the range."""
        self.later = ()
        unwrap = self.unwrap()
        range_ns, offset_ns = self.range()
        if range_ns is not None:
            self.later = self.pipeline(until_unwrap=True)
            unwrap = unwrap or self.unwrap()
        return unwrap, range_ns, offset_ns

    later: tuple[Stage, ...] = ()

    def range(self) -> tuple[int | None, int]:
        if self.here.text != "[":
            return None, 0
        self.take()
        range_ns = duration_ns(self.expect("duration").text)
        self.expect_op("]")
        if not range_ns or range_ns <= 0:
            raise self.wrong("a range must be longer than 0")
        offset_ns = 0
        if self.took("offset"):
            sign = -1 if self.took("-") else 1
            offset_ns = sign * (duration_ns(self.expect("duration").text) or 0)
        return range_ns, offset_ns

    def check_range(self, name: Token, unwrap: Unwrap | None, grouping: Grouping | None) -> None:
        if unwrap is not None and name.text in WITHOUT_UNWRAP:
            raise syntax(self.text, name.at, f"invalid aggregation {name.text} with unwrap")
        if unwrap is None and name.text not in WITHOUT_UNWRAP | EITHER:
            raise syntax(self.text, name.at, f"invalid aggregation {name.text} without unwrap")
        if grouping is not None and name.text not in GROUPED:
            raise syntax(self.text, name.at, f"grouping not allowed for {name.text} aggregation")

    def vector_aggregation(self, name: Token, depth: int) -> VectorAggregation:
        grouping = self.grouping()
        self.expect_op("(")
        parameter = 0
        if name.text in WITH_PARAMETER:
            number = self.number()
            if not 0 < number < 1 << 31 or number != int(number):
                raise syntax(self.text, name.at, f"invalid parameter (must be greater than 0) {name.text}({number:g}")
            parameter = int(number)
            self.expect_op(",")
        elif self.here.kind == "number":
            raise syntax(self.text, self.here.at, f"unsupported parameter for operation {name.text}({self.here.text},")
        inner = self.metric(depth)
        self.expect_op(")")
        grouping = grouping or self.grouping()
        return VectorAggregation(name.text, inner, grouping, parameter)

    def grouping(self) -> Grouping | None:
        if self.here.kind == "name" and self.here.text in ("by", "without"):
            without = self.take().text == "without"
            return Grouping(self.names(), without)
        return None

    def names(self) -> tuple[str, ...]:
        self.expect_op("(")
        found: list[str] = []
        while self.here.text != ")":
            found.append(self.expect("name").text)
            if not self.took(","):
                break
        self.expect_op(")")
        return tuple(found)

    def selector(self) -> tuple[Matcher, ...]:
        self.expect_op("{")
        found: list[Matcher] = []
        while self.here.text != "}":
            found.append(self.matcher())
            if not self.took(","):
                break
        self.expect_op("}")
        return tuple(found)

    def log(self, until_range: bool = False) -> Log:
        matchers = self.selector()
        return Log(matchers, self.pipeline(until_unwrap=until_range))


def _check(query: Query) -> None:
    """Every selector must name something: one that matches streams without the label too would mean everything."""
    match query:
        case Log():
            if not any(_names_something(m) for m in query.matchers):
                raise QueryError(
                    "parse error : queries require at least one regexp or equality matcher that does not have an "
                    'empty-compatible value. For instance, app=~".*" does not meet this requirement, but app=~".+" will'
                )
        case RangeAggregation():
            _check(query.log)
        case VectorAggregation() | LabelReplace():
            _check(query.inner)
        case Binary():
            _check(query.left)
            _check(query.right)
        case _:
            pass


def _names_something(matcher: Matcher) -> bool:
    if matcher.op == "=":
        return matcher.value != ""
    if matcher.op == "!=":
        return matcher.value == ""
    matches_empty = re.fullmatch(matcher.value, "") is not None if stages.is_plain(matcher.value) else False
    return (matcher.op == "=~") != matches_empty
