"""Rows of `spans` as they leave the API."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from swarmscope.model.semantics import DROPPED_ATTRIBUTES, LINK_FLAGS, restore, restore_messages, split_types, typed
from swarmscope.query.reader import Reader
from swarmscope.query.search import between
from swarmscope.query.times import MINUTE_NS, Window, moment

KINDS = ("unspecified", "internal", "server", "client", "producer", "consumer")
STATUSES = ("unset", "ok", "error")
ROOT = bytes(8)
NANO = 1_000_000_000

ROW = """trace_id, span_id, parent_span_id, name, kind, start_time, duration_ns, status_code, status_message, service, agent,
    agent_name, session, workflow, peer_agent, operation, provider, model, tool, input_tokens, output_tokens, cached_tokens,
    reasoning_tokens, cost_nano_usd, ttft_ns"""
"""What a list tells of a span, as it is stored; read by `named`. Ids and times computed by the question cost a few spans a
fifth more."""
FULL = f"""{ROW}, trace_state, flags, scope_name, scope_version, resource_id, attributes, attribute_types, promoted,
    message_key, message_hash, event_time, event_name, event_attributes, event_attribute_types, link_trace_id, link_span_id,
    link_trace_state, link_attributes, link_attribute_types"""
"""All of a span, likewise."""
NO_PARENT = "0" * 16
UNPRICED_MAX = 5
UNPRICED = f"""arraySort(groupUniqArrayIf({UNPRICED_MAX})(model, model != '' AND cost_nano_usd = 0
    AND (input_tokens != 0 OR output_tokens != 0))) AS costless_models"""
"""Models that used tokens at no cost: of those the price table tells which are free and which have no price."""
ONE = "trace_id = toFixedString(unhex({trace:String}), 16)"  # the spans of one trace
STRETCHES_MAX = 50


def of_ended(reads: Reader, trace_id: str) -> str:
    """The condition of the spans of a trace that have ended, with `{trace:String}`: `ONE`, and the minutes in which they began,
    which are asked for first: within the same question they cost twice as much. Empty: there are none."""
    found = reads.pick("toUnixTimestamp(minute) AS minute", "trace_minutes", ONE, {"trace": trace_id})
    minutes = np.unique(found["minute"].to_numpy().astype(np.int64)) // 60
    if not len(minutes):
        return ""
    stretches = np.split(minutes, np.flatnonzero(np.diff(minutes) > 1) + 1)
    if len(stretches) > STRETCHES_MAX:
        stretches = [minutes]
    times = [Window(int(s[0]) * MINUTE_NS, (int(s[-1]) + 1) * MINUTE_NS) for s in stretches]
    return f"{ONE} AND (" + " OR ".join(f"({between('start_time', time)})" for time in times) + ")"


def named(table: pa.Table) -> list[dict[str, Any]]:
    """Rows of `SELECT ROW` or `FULL`, ids in hex and times in ns: trace, span, parent, start_ns; of FULL also event_ns,
    link_trace, link_span."""
    times = {"start_time": pa.int64(), "event_time": pa.list_(pa.int64())}
    there = {name: kind for name, kind in times.items() if name in table.column_names}
    found: list[dict[str, Any]] = table.drop_columns(list(there)).to_pylist()
    for name, kind in there.items():
        for r, moments in zip(found, table[name].cast(kind).to_pylist(), strict=True):
            r[name.replace("_time", "_ns")] = moments
    for r in found:
        for name in ("trace", "span"):
            r[name] = r.pop(f"{name}_id").hex()
        r["parent"] = r.pop("parent_span_id").hex()
        if "link_span_id" in r:
            r |= {name: [i.hex() for i in r.pop(f"{name}_id")] for name in ("link_trace", "link_span")}
    return found


def rows(table: pa.Table, now_ns: int = 0) -> list[dict[str, Any]]:
    """Rows of `SELECT ROW` in the shape of `SpanRow`. now_ns: not 0 for spans that have not ended."""
    return [row(r, now_ns) for r in named(table)]


def costless(r: Mapping[str, Any]) -> bool:
    """Whether a row of `named` is one of those that UNPRICED names."""
    return bool(r["model"]) and not r["cost_nano_usd"] and bool(r["input_tokens"] or r["output_tokens"])


def row(r: Mapping[str, Any], now_ns: int = 0) -> dict[str, Any]:
    """One row of `named` in the shape of `SpanRow`."""
    return {
        "trace_id": r["trace"],
        "span_id": r["span"],
        "parent_span_id": None if r["parent"] == NO_PARENT else r["parent"],
        "name": r["name"],
        "kind": KINDS[r["kind"]] if r["kind"] < len(KINDS) else "unspecified",
        "start_time": moment(r["start_ns"]),
        "duration_ns": max(0, now_ns - r["start_ns"]) if now_ns else r["duration_ns"],
        "pending": now_ns != 0,
        "status": STATUSES[r["status_code"]] if r["status_code"] < len(STATUSES) else "unset",
        "status_message": r["status_message"],
        "service": r["service"],
        "agent": r["agent"],
        "agent_name": r["agent_name"],
        "session": r["session"],
        "workflow": r["workflow"],
        "peer_agent": r["peer_agent"],
        "operation": r["operation"],
        "provider": r["provider"],
        "model": r["model"],
        "tool": r["tool"],
        "input_tokens": r["input_tokens"],
        "output_tokens": r["output_tokens"],
        "cached_tokens": r["cached_tokens"],
        "reasoning_tokens": r["reasoning_tokens"],
        "cost_usd": r["cost_nano_usd"] / NANO,
        "ttft_ns": r["ttft_ns"] or None,
    }


def attributes(r: Mapping[str, Any]) -> dict[str, Any]:
    """The original attributes of a row of `SELECT FULL`, without message text."""
    return jsonable_map(restore(r["promoted"], r, dict(r["attributes"]), r["attribute_types"]))


def events(r: Mapping[str, Any], messages: Mapping[int, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The events of a row of `SELECT FULL`. messages: attributes that hold message text, by event."""
    maps = [dict(m) for m in r["event_attributes"]]
    letters = split_types(r["event_attribute_types"], map(len, maps))
    out = []
    for i, (at, name, m, types) in enumerate(zip(r["event_ns"], r["event_name"], maps, letters, strict=True)):
        found = _typed(m, types)
        dropped = taken(found, DROPPED_ATTRIBUTES)
        out.append({"time": moment(at), "name": name, **dropped, "attributes": found | jsonable(messages.get(i, {}))})
    return out


def links(r: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The links of a row of `SELECT FULL`."""
    maps = [dict(m) for m in r["link_attributes"]]
    letters = split_types(r["link_attribute_types"], map(len, maps))
    out = []
    ids = zip(r["link_trace"], r["link_span"], r["link_trace_state"], strict=True)
    for (trace, span, state), m, types in zip(ids, maps, letters, strict=True):
        found = _typed(m, types)
        beside = taken(found, LINK_FLAGS, DROPPED_ATTRIBUTES)
        out.append({"trace_id": trace, "span_id": span, "trace_state": state, **beside, "attributes": found})
    return out


def taken(found: dict[str, Any], *keys: str) -> dict[str, int]:
    """Numbers that were sent as fields and are kept as attributes are taken out of `found`; by the field's name, 0 for none."""
    return {key.rpartition(".")[2]: found.pop(key) if isinstance(found.get(key), int) else 0 for key in keys}


def message_attributes(r: Mapping[str, Any], texts: Mapping[int, str]) -> dict[int, dict[str, Any]]:
    """The attributes that hold message text, by owner: -1 the span, else the index of the event."""
    return dict(restore_messages(r["message_key"], r["message_hash"], texts))


def place(r: Mapping[str, Any]) -> str:
    """Where the messages of a row lie: its session, else its trace."""
    return str(r["session"] or r["trace"])


def resource(found: Mapping[str, str], types: str) -> dict[str, Any]:
    """The attributes of a row of `resources`."""
    return _typed(found, types)


def _typed(found: Mapping[str, str], types: str) -> dict[str, Any]:
    letters = types.ljust(len(found), "s")
    return jsonable_map({k: typed(v, letter) for (k, v), letter in zip(found.items(), letters, strict=False)})


def jsonable_map(values: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes as JSON can hold them."""
    return {k: jsonable(v) for k, v in values.items()}


def jsonable(value: Any) -> Any:
    """A value with bytes as base64 and numbers that JSON lacks as text."""
    if isinstance(value, Mapping):
        return jsonable_map(value)
    if isinstance(value, list):
        return [jsonable(v) for v in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value
