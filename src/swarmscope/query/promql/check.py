"""The types of a tree: which expressions may stand where."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from swarmscope.query.promql.errors import ParseError
from swarmscope.query.promql.labels import NAME
from swarmscope.query.promql.nodes import (
    COMPARISONS,
    SETS,
    Aggregate,
    Binary,
    Call,
    Expr,
    Matcher,
    MatrixSelector,
    Number,
    Paren,
    Subquery,
    Text,
    Type,
    Unary,
    VectorSelector,
)
from swarmscope.query.promql.signatures import FUNCTIONS, Signature

DOCUMENTED: dict[Type, str] = {
    "scalar": "scalar",
    "vector": "instant vector",
    "matrix": "range vector",
    "string": "string",
}


def type_of(expr: Expr) -> Type:
    """What an expression gives."""
    match expr:
        case Number():
            return "scalar"
        case Text():
            return "string"
        case Paren() | Unary():
            return type_of(expr.expr)
        case Binary():
            both = type_of(expr.left) == "scalar" and type_of(expr.right) == "scalar"
            return "scalar" if both else "vector"
        case Call():
            return FUNCTIONS[expr.name].returns
        case MatrixSelector() | Subquery():
            return "matrix"
        case _:
            return "vector"


def check(query: str, expr: Expr) -> Type:
    """The type of a tree. Raises ParseError where parts do not fit."""
    match expr:
        case Aggregate():
            _check_aggregate(query, expr)
        case Binary():
            _check_binary(query, expr)
        case Call():
            _check_call(query, expr)
        case Paren():
            check(query, expr.expr)
        case Unary():
            if (found := check(query, expr.expr)) not in ("scalar", "vector"):
                only = "unary expression only allowed on expressions of type scalar or instant vector"
                raise ParseError(query, f'{only}, got "{DOCUMENTED[found]}"', expr.start)
        case Subquery():
            if (found := check(query, expr.expr)) != "vector":
                only = "subquery is only allowed on instant vector"
                raise ParseError(query, f"{only}, got {found} instead", expr.start)
        case MatrixSelector():
            check(query, expr.selector)
        case VectorSelector():
            _check_selector(query, expr)
        case _:
            pass
    return type_of(expr)


def _expect(query: str, expr: Expr, wanted: Type, context: str) -> None:
    found = check(query, expr)
    if found != wanted:
        message = (
            f"expected type {DOCUMENTED[wanted]} in {context}, got {DOCUMENTED[found]}{_remedy(expr, wanted, found)}"
        )
        raise ParseError(query, message, expr.start)


def _remedy(expr: Expr, wanted: Type, found: Type) -> str:
    """What is missing, where that can be told."""
    while isinstance(expr, Paren):
        expr = expr.expr
    if (wanted, found) == ("matrix", "vector"):
        return ", write a range behind it: [5m]" if isinstance(expr, VectorSelector) else ", write a subquery: [5m:]"
    if (wanted, found) == ("vector", "matrix"):
        return ", put a function such as rate(…) or last_over_time(…) around it"
    return ""


def _check_aggregate(query: str, expr: Aggregate) -> None:
    _expect(query, expr.expr, "vector", "aggregation expression")
    if expr.param is not None:
        wanted: Type = "string" if expr.op == "count_values" else "scalar"
        _expect(query, expr.param, wanted, "aggregation parameter")


def _check_binary(query: str, expr: Binary) -> None:
    left, right = check(query, expr.left), check(query, expr.right)
    matching = expr.matching
    assert matching is not None  # noqa: S101  # the parser sets it
    operator = expr.left.end
    while query[operator : operator + 1].isspace():
        operator += 1
    if expr.return_bool and expr.op not in COMPARISONS:
        raise ParseError(query, "bool modifier can only be used on comparison operators", operator)
    if expr.op in COMPARISONS and not expr.return_bool and left == "scalar" and right == "scalar":
        raise ParseError(query, "comparisons between scalars must use BOOL modifier", operator)
    for label in matching.labels:
        if matching.on and label in matching.include:
            raise ParseError(query, f'label "{label}" must not occur in ON and GROUP clause at once', operator)
    for side, found in ((expr.left, left), (expr.right, right)):
        if found not in ("scalar", "vector"):
            only = "binary expression must contain only scalar and instant vector types"
            raise ParseError(query, only, side.start)
    filled = matching.fill_left is not None or matching.fill_right is not None
    if left != "vector" or right != "vector":
        if matching.labels:
            raise ParseError(query, "vector matching only allowed between instant vectors", expr.start)
        if filled:
            only = "filling in missing series only allowed between instant vectors"
            raise ParseError(query, only, expr.start)
        expr.matching = None
        if expr.op in SETS:
            message = f'set operator "{expr.op}" not allowed in binary scalar expression'
            raise ParseError(query, message, expr.start)
    elif expr.op in SETS:
        if matching.card != "many-to-many":
            raise ParseError(query, f'no grouping allowed for "{expr.op}" operation', expr.start)
        if filled:
            raise ParseError(query, "filling in missing series not allowed for set operators", expr.start)


def _check_call(query: str, expr: Call) -> None:
    signature = FUNCTIONS[expr.name]
    _check_count(query, expr, signature)
    if expr.name == "info" and len(expr.args) > 1:
        chosen = expr.args[1]
        if not isinstance(chosen, VectorSelector):
            raise ParseError(query, "expected label selectors only", chosen.start)
        if chosen.name:
            raise ParseError(query, "expected label selectors only, got vector selector instead", chosen.start)
        chosen.labels_only = True
    for number, arg in enumerate(expr.args):
        wanted = signature.args[min(number, len(signature.args) - 1)]
        _expect(query, arg, wanted, f'call to function "{expr.name}"')


def _check_count(query: str, expr: Call, signature: Signature) -> None:
    given, wanted = len(expr.args), len(signature.args)
    if signature.variadic == 0:
        if given != wanted:
            message = f'expected {wanted} argument(s) in call to "{expr.name}", got {given}'
            raise ParseError(query, message, expr.start)
        return
    least = wanted - 1
    if given < least:
        message = f'expected at least {least} argument(s) in call to "{expr.name}", got {given}'
        raise ParseError(query, message, expr.start)
    if 0 < signature.variadic < given - least:
        most = least + signature.variadic
        message = f'expected at most {most} argument(s) in call to "{expr.name}", got {given}'
        raise ParseError(query, message, expr.start)


def _check_selector(query: str, expr: VectorSelector) -> None:
    if expr.name:
        for matcher in expr.matchers[:-1]:
            if matcher.name == NAME:
                message = f'metric name must not be set twice: "{expr.name}" or "{matcher.value}"'
                raise ParseError(query, message, expr.start)
    elif not expr.labels_only and all(matches_empty(m) for m in expr.matchers):
        raise ParseError(query, "vector selector must contain at least one non-empty matcher", expr.start)


def matches_empty(matcher: Matcher) -> bool:
    """Whether a series without the label fulfils the matcher."""
    return matching_values(matcher, [""])[0]


def matching_values(matcher: Matcher, values: list[str]) -> list[bool]:
    """Which texts fulfil a matcher. Patterns are RE2 and cover the whole text, so time is linear."""
    if matcher.op in ("=", "!="):
        return [(value == matcher.value) == (matcher.op == "=") for value in values]
    wanted = matcher.op == "=~"
    if matcher.value == ".*":
        return [wanted] * len(values)
    if matcher.value == ".+":
        return [bool(value) == wanted for value in values]
    found: list[bool] = pc.match_substring_regex(pa.array(values, pa.string()), f"^(?s:{matcher.value})$").to_pylist()
    return found if wanted else [not hit for hit in found]
