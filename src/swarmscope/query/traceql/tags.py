"""What one can ask for: names of attributes by scope, and the values under one of them."""

from __future__ import annotations

from typing import Any

from swarmscope.errors import QueryError
from swarmscope.query.reader import Reader
from swarmscope.query.search import between
from swarmscope.query.times import Window
from swarmscope.query.traceql.columns import DERIVED, KINDS, SCOPE_PREFIX, STATUS
from swarmscope.query.traceql.lexer import tokens
from swarmscope.query.traceql.parse import parse
from swarmscope.query.traceql.plan import Plan, static_of
from swarmscope.query.traceql.tree import SHORT, Attribute, Filter, Pipeline, Static

NAMES_MAX = 2000
VALUES_MAX = 1000
SPANS_MAX = 200_000  # looked at for names, the newest
SCOPES = ("span", "resource", "event", "link", "instrumentation", "intrinsic")
INTRINSICS = (
    "duration", "event:name", "event:timeSinceStart", "instrumentation:name", "instrumentation:version", "kind",
    "link:spanID", "link:traceID", "name", "rootName", "rootServiceName", "span:duration", "span:id", "span:kind", "span:name",
    "span:parentID", "span:status", "span:statusMessage", "status", "statusMessage", "trace:duration", "trace:id",
    "trace:rootName", "trace:rootService", "traceDuration",
)  # fmt: skip
_UNLISTED = ("link:spanID", "link:traceID", "span:duration", "span:id", "span:parentID", "trace:duration", "trace:id")
"""Intrinsics whose values nobody chooses from a list."""
_LONG = {short: name for name, short in SHORT.items()}


def names(reads: Reader, within: Window, scope: str = "") -> dict[str, list[str]]:
    """Names of attributes by scope; of spans among the newest. scope: only this one. QueryError: there is no such scope."""
    if scope and scope not in (*SCOPES, "none"):
        raise QueryError(f"scope {scope[:40]!r} is unknown; there are {', '.join(SCOPES)}")
    found = {}
    for name in SCOPES if scope in ("", "none") else (scope,):
        found[name] = list(INTRINSICS) if name == "intrinsic" else _names(reads, within, name)
    return {name: keys for name, keys in found.items() if keys}


def _names(reads: Reader, within: Window, scope: str) -> list[str]:
    if scope in ("resource", "instrumentation"):
        rows = reads.query(f"SELECT DISTINCT arrayJoin(mapKeys(attributes)) AS key FROM $resources LIMIT {NAMES_MAX}")
        keys = rows["key"].to_pylist()
        if scope == "resource":
            return sorted(k for k in keys if not k.startswith((SCOPE_PREFIX, "swarmscope.wire")))
        return sorted(k.removeprefix(SCOPE_PREFIX) for k in keys if k.startswith(SCOPE_PREFIX))
    what = {
        "span": "arrayConcat(mapKeys(attributes), arrayFilter(k -> k != '', splitByChar(',', promoted)))",
        "event": "arrayFlatten(arrayMap(m -> mapKeys(m), event_attributes))",
        "link": "arrayFlatten(arrayMap(m -> mapKeys(m), link_attributes))",
    }[scope]
    columns = {"span": "attributes, promoted", "event": "event_attributes", "link": "link_attributes"}[scope]
    rows = reads.query(
        f"SELECT DISTINCT arrayJoin({what}) AS key FROM (SELECT {columns} FROM {reads.spans(within)} "
        f"WHERE {between('start_time', within)} ORDER BY start_time DESC LIMIT {SPANS_MAX}) LIMIT {NAMES_MAX}"
    )
    return sorted({*rows["key"].to_pylist(), *(DERIVED if scope == "span" else ())})


def attribute(text: str) -> Attribute:
    """The attribute of a tag's name as a user interface writes it: `span.http.method`, `.a`, `name`, or `a` alone."""
    if text in _LONG or text in _LONG.values():
        return Attribute("intrinsic", _LONG.get(text, text))
    if ":" in text and text in (*INTRINSICS, "span:childCount"):
        return Attribute("intrinsic", text)
    try:
        first, *rest = tokens(text)
    except QueryError:
        return Attribute("", text)
    if first.kind == "attribute" and [t.kind for t in rest] == ["end"]:
        scope, _, name = str(first.value).partition(".")
        return Attribute(scope, name)
    return Attribute("", text)


def values(reads: Reader, name: str, within: Window, query: str = "") -> list[dict[str, str]]:
    """Values of an attribute, the most frequent first, each with its type. query: only those of spans that meet its filters."""
    of = attribute(name)
    if of == Attribute("intrinsic", "span:status"):
        return [{"type": "keyword", "value": word} for word in sorted(STATUS)]
    if of == Attribute("intrinsic", "span:kind"):
        return [{"type": "keyword", "value": word} for word in sorted(KINDS)]
    if of.scope == "intrinsic" and of.name in _UNLISTED:
        return []
    plan = Plan(reads, _filters(query))
    value = plan.value(of)
    parts = (("t", value.text), ("n", value.number), ("b", value.flag))
    columns = ", ".join(f"{part or 'NULL'} AS {letter}" for letter, part in parts)
    conditions = " AND ".join(plan.filters.values()) or "1"
    rows = reads.rows(
        f"SELECT t, n, b, count() AS spans FROM (SELECT {columns} FROM {plan.source(within)} WHERE "
        f"{between('start_time', within)} AND {conditions} AND {value.present} LIMIT 5000000) "
        f"GROUP BY t, n, b ORDER BY spans DESC LIMIT {VALUES_MAX}",
        plan.params.values,
    )
    found = [static_of(value, r["t"], r["n"], r["b"]) for r in rows]
    return [_typed(s) for s in found if s is not None]


def _filters(query: str) -> Pipeline:
    """The filters of a query that is perhaps still being typed: what cannot be read narrows nothing, as in Tempo."""
    try:
        tree = parse(query) if query.strip() else Pipeline(())
    except QueryError:
        return Pipeline(())
    return (
        Pipeline(tuple(s for s in tree.stages if isinstance(s, Filter))) if isinstance(tree, Pipeline) else Pipeline(())
    )


def _typed(static: Static) -> dict[str, str]:
    value: Any = static.value
    if isinstance(value, bool):
        return {"type": "bool", "value": "true" if value else "false"}
    kind = "duration" if static.kind == "duration" else "int" if isinstance(value, int) else "float"
    return {"type": "string" if isinstance(value, str) else kind, "value": str(value)}
