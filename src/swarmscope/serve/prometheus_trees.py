"""Trees of PromQL in the JSON of Prometheus' `parse_query`, and queries written anew for `format_query`."""

from __future__ import annotations

from typing import Any

import promql_parser

from swarmscope.query.promql.nodes import (
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
    Unary,
    VectorSelector,
)
from swarmscope.query.promql.signatures import FUNCTIONS
from swarmscope.serve.prometheus_json import number


def formatted(query: str) -> str:
    """The query, one part to a line where it is long. What only Prometheus 3 understands comes back as it was written."""
    try:
        made: str = promql_parser.parse(query).prettify()
    except Exception:  # noqa: BLE001 # the parser knows the language of 2.45 only; ours has accepted the query
        return query.strip()
    return made


def tree(expr: Expr) -> dict[str, Any]:
    """An expression as `translateAST` of Prometheus writes it."""
    match expr:
        case Number():
            return {"type": "numberLiteral", "val": number(expr.value)}
        case Text():
            return {"type": "stringLiteral", "val": expr.value}
        case Paren():
            return {"type": "parenExpr", "expr": tree(expr.expr)}
        case Unary():
            return {"type": "unaryExpr", "op": expr.op, "expr": tree(expr.expr)}
        case Binary():
            return _binary(expr)
        case Aggregate():
            param = None if expr.param is None else tree(expr.param)
            return {
                "type": "aggregation", "op": expr.op, "expr": tree(expr.expr), "param": param,
                "grouping": sorted(expr.grouping), "without": expr.without,
            }  # fmt: skip
        case Call():
            return {"type": "call", "func": _function(expr.name), "args": [tree(arg) for arg in expr.args]}
        case VectorSelector():
            return {"type": "vectorSelector", **_selector(expr)}
        case MatrixSelector():
            return {"type": "matrixSelector", "range": expr.range_ms, **_selector(expr.selector)}
        case Subquery():
            return {
                "type": "subquery", "expr": tree(expr.expr), "range": expr.range_ms, "step": expr.step_ms,
                "offset": expr.offset_ms, "timestamp": expr.at_ms, "startOrEnd": expr.at_edge,
            }  # fmt: skip
        case _:
            return {"type": "durationExpr"}


def _binary(expr: Binary) -> dict[str, Any]:
    matching = None
    if expr.matching is not None:
        matching = {
            "card": expr.matching.card,
            "labels": sorted(expr.matching.labels),
            "on": expr.matching.on,
            "include": sorted(expr.matching.include),
        }
    return {
        "type": "binaryExpr", "op": expr.op, "lhs": tree(expr.left), "rhs": tree(expr.right), "matching": matching,
        "bool": expr.return_bool,
    }  # fmt: skip


def _selector(expr: VectorSelector) -> dict[str, Any]:
    return {
        "name": expr.name,
        "offset": expr.offset_ms,
        "matchers": [_matcher(m) for m in expr.matchers],
        "timestamp": expr.at_ms,
        "startOrEnd": expr.at_edge,
    }


def _matcher(matcher: Matcher) -> dict[str, str]:
    return {"name": matcher.name, "value": matcher.value, "type": matcher.op}


def _function(name: str) -> dict[str, Any]:
    signature = FUNCTIONS[name]
    return {"name": name, "argTypes": list(signature.args), "returnType": signature.returns}
