"""Whole traces as OTLP messages, with the attributes as they were sent: what others' user interfaces read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from swarmscope.model.semantics import (
    DROPPED_ATTRIBUTES,
    DROPPED_EVENTS,
    DROPPED_LINKS,
    LINK_FLAGS,
    WIRE,
    restore,
    restore_messages,
    split_types,
    typed,
)
from swarmscope.query import conversation, resources
from swarmscope.query import spans as rows_of
from swarmscope.query.reader import Reader
from swarmscope.query.traces import OF_TRACES

SPANS_MAX = 100_000
SCOPE_PREFIX = "otel.scope."
_DEPTH_MAX = 32


def traces(reads: Reader, ids: Collection[str], limit: int = SPANS_MAX) -> dict[str, TracesData]:
    """The ended spans of traces (32 hex digits each), the earliest `limit` of them all; unknown traces are left out."""
    found = _rows(reads, "$spans", ids, limit)
    lost = set(ids) - {r["trace"] for r in found}
    if lost:
        found += _rows(reads, "$spans_kept", lost, limit)
    by_trace: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for r in found:
        by_trace[r["trace"]].append(r)
    wanted: dict[str, set[int]] = defaultdict(set)
    for r in found:
        if r["message_hash"]:
            wanted[rows_of.place(r)].update(r["message_hash"])
    texts = conversation.texts(reads, wanted) if wanted else {}
    sources = resources.of(reads, {r["resource_id"] for r in found}) if found else {}
    return {i: _message(by_trace[i], sources, texts) for i in ids if i in by_trace}


def _rows(reads: Reader, table: str, ids: Collection[str], limit: int) -> list[dict[str, Any]]:
    found = reads.query(
        f"SELECT {rows_of.FULL} FROM {table} WHERE {OF_TRACES} ORDER BY start_time, span_id LIMIT {limit:d}",
        {"traces": sorted(ids)},
    )
    return rows_of.named(found)


def _message(
    rows: Sequence[Mapping[str, Any]], sources: Mapping[str, Mapping[str, Any]], texts: Mapping[tuple[str, int], str]
) -> TracesData:
    out = TracesData()
    scopes: dict[tuple[int, str, str], Any] = {}
    by_resource: dict[int, Any] = {}
    for r in rows:
        key = (r["resource_id"], r["scope_name"], r["scope_version"])
        scope = scopes.get(key)
        if scope is None:
            attributes = sources.get(resources.name(r["resource_id"]), {})
            resource = by_resource.get(key[0])
            if resource is None:
                resource = by_resource[key[0]] = out.resource_spans.add()
                own = {k: v for k, v in attributes.items() if not k.startswith(SCOPE_PREFIX) and k != WIRE}
                put(resource.resource.attributes, {"service.name": r["service"], **own} if r["service"] else own)
            scope = scopes[key] = resource.scope_spans.add()
            scope.scope.name, scope.scope.version = key[1:]
            of_scope = {k[len(SCOPE_PREFIX) :]: v for k, v in attributes.items() if k.startswith(SCOPE_PREFIX)}
            put(scope.scope.attributes, of_scope)
        _span(scope.spans.add(), r, texts)
    return out


def _span(span: Any, r: Mapping[str, Any], texts: Mapping[tuple[str, int], str]) -> None:
    place = rows_of.place(r)
    known = {h: texts[place, h] for h in r["message_hash"] if (place, h) in texts}
    said = restore_messages(r["message_key"], r["message_hash"], known)
    attributes = restore(r["promoted"], r, dict(r["attributes"]), r["attribute_types"])
    dropped = rows_of.taken(attributes, DROPPED_ATTRIBUTES, DROPPED_EVENTS, DROPPED_LINKS)
    span.trace_id, span.span_id = bytes.fromhex(r["trace"]), bytes.fromhex(r["span"])
    if r["parent"] != rows_of.NO_PARENT:
        span.parent_span_id = bytes.fromhex(r["parent"])
    span.name, span.kind, span.trace_state, span.flags = r["name"], r["kind"], r["trace_state"], r["flags"]
    span.start_time_unix_nano = r["start_ns"]
    span.end_time_unix_nano = r["start_ns"] + r["duration_ns"]
    span.status.code, span.status.message = r["status_code"], r["status_message"]
    for name, count in dropped.items():
        setattr(span, name, max(0, min(count, 2**32 - 1)))
    put(span.attributes, attributes | said.get(-1, {}))
    _events(span, r, said)
    _links(span, r)


def _events(span: Any, r: Mapping[str, Any], said: Mapping[int, Mapping[str, Any]]) -> None:
    maps = [dict(m) for m in r["event_attributes"]]
    letters = split_types(r["event_attribute_types"], map(len, maps))
    for i, (at, name, m, types) in enumerate(zip(r["event_ns"], r["event_name"], maps, letters, strict=True)):
        found = _typed(m, types)
        dropped = rows_of.taken(found, DROPPED_ATTRIBUTES)
        event = span.events.add(time_unix_nano=at, name=name, **dropped)
        put(event.attributes, {**found, **said.get(i, {})})


def _links(span: Any, r: Mapping[str, Any]) -> None:
    maps = [dict(m) for m in r["link_attributes"]]
    letters = split_types(r["link_attribute_types"], map(len, maps))
    ids = zip(r["link_trace"], r["link_span"], r["link_trace_state"], maps, letters, strict=True)
    for trace, of, state, m, types in ids:
        found = _typed(m, types)
        beside = rows_of.taken(found, LINK_FLAGS, DROPPED_ATTRIBUTES)
        link = span.links.add(trace_id=bytes.fromhex(trace), span_id=bytes.fromhex(of), trace_state=state, **beside)
        put(link.attributes, found)


def _typed(m: Mapping[str, str], types: str) -> dict[str, Any]:
    return {k: typed(v, letter) for (k, v), letter in zip(m.items(), types, strict=True)}


def put(into: Any, values: Mapping[str, Any]) -> None:
    """Append attributes to a repeated KeyValue."""
    for key, value in values.items():
        _value(into.add(key=key).value, value, 0)


def _value(into: Any, value: Any, depth: int) -> None:
    match value:
        case None:
            return
        case bool():
            into.bool_value = value
        case int() if -(2**63) <= value < 2**63:
            into.int_value = value
        case int() | float():
            into.double_value = float(value)
        case bytes():
            into.bytes_value = value
        case list() if depth < _DEPTH_MAX:
            into.array_value.SetInParent()
            for item in value:
                _value(into.array_value.values.add(), item, depth + 1)
        case dict() if depth < _DEPTH_MAX:
            into.kvlist_value.SetInParent()
            for key, item in value.items():
                _value(into.kvlist_value.values.add(key=str(key)).value, item, depth + 1)
        case _:
            into.string_value = str(value)
