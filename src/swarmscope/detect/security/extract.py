"""Security events in what was just stored: requests and logins in spans and logs, words in messages.

Only what a convention names is read: OpenTelemetry's HTTP, client, user and geo attributes (stable and earlier names), its
GenAI content, and event names of logins. Whole columns at a time; rows that say nothing of the kind cost a look at the keys.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from swarmscope.detect.security import prompts
from swarmscope.detect.security.events import FAILURE, SUCCESS, UNKNOWN, Events, events
from swarmscope.detect.security.text import hits, lowered

I64 = NDArray[np.int64]
PRINCIPAL = ("user.id", "enduser.id", "user.name", "user.email", "user_id", "user")
SOURCE = (
    "client.address",
    "source.address",
    "net.sock.peer.addr",
    "network.peer.address",
    "http.client_ip",
    "client.ip",
)
ENDPOINT = ("http.route", "url.path", "http.target", "url.full", "http.url", "rpc.method")
VALUES = (
    "url.query",
    "url.full",
    "http.url",
    "http.target",
    "http.request.body.content",
    "http.request.body",
    "user_agent.original",
)
STATUS = ("http.response.status_code", "http.status_code")
COUNTRY = ("geo.country.iso_code", "client.geo.country_iso_code", "source.geo.country_iso_code")
LATITUDE = ("geo.location.lat", "client.geo.location.lat")
LONGITUDE = ("geo.location.lon", "client.geo.location.lon")
OUTCOME = ("event.outcome", "auth.outcome", "login.outcome", "outcome")
ACTION = ("event.action", "event.name", "auth.action")
_WANTED = tuple(
    dict.fromkeys(
        (*PRINCIPAL, *SOURCE, *ENDPOINT, *VALUES, *STATUS, *COUNTRY, *LATITUDE, *LONGITUDE, *OUTCOME, *ACTION)
    )
)
_TELLING = frozenset((*SOURCE, *ENDPOINT, *STATUS, *ACTION))
"""A span or record with none of these is no request and no login."""
_LOGIN = r"log.?in|log.?on|sign.?in|authenticat|\bauth\b|session_start|/token\b|/oauth"
_LOGIN_BODY = (
    r"(failed|invalid|accepted|successful|bad|wrong|incorrect) (password|login|logon|credentials|authentication|publickey)"
    r"|authentication fail|login (failed|succeeded|successful)"
)
_FAILED = re.compile(r"fail|invalid|denied|bad|wrong|incorrect|unauthori[sz]ed|error|reject|forbidden", re.IGNORECASE)
_PASSED = re.compile(r"success|accept|succeed|ok\b|granted", re.IGNORECASE)
_BODY_USER = re.compile(r"\b(?:user|for|account|username)[ =:'\"]+(?:invalid user )?([\w.@+-]{1,64})", re.IGNORECASE)
_BODY_SOURCE = re.compile(r"\b(?:from|rhost=|ip[=: ])\s*(\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:]{6,39})", re.IGNORECASE)

SPOKEN: dict[str, str] = {
    "gen_ai.input.messages": "prompt",
    "gen_ai.prompt": "prompt",
    "gen_ai.user.message": "prompt",
    "gen_ai.event.content": "prompt",
    "gen_ai.task.input": "prompt",
    "input.value": "prompt",
    "llm.prompts": "prompt",
    "llm.input_messages": "prompt",
    "traceloop.entity.input": "prompt",
    "ai.prompt": "prompt",
    "ai.prompt.messages": "prompt",
    "gen_ai.output.messages": "completion",
    "gen_ai.completion": "completion",
    "gen_ai.choice": "completion",
    "output.value": "completion",
    "llm.output_messages": "completion",
    "gen_ai.tool.call.arguments": "tool_call",
    "gen_ai.tool.input": "tool_call",
    "tool.parameters": "tool_call",
    "mcp.request.argument": "tool_call",
    "gen_ai.tool.call.result": "retrieval",
    "gen_ai.tool.output": "retrieval",
    "gen_ai.tool.message": "retrieval",
    "gen_ai.retrieval.documents": "retrieval",
    "retrieval.documents": "retrieval",
    "mcp.response.value": "retrieval",
}
"""What the text under a key is. System instructions and tool definitions are the operator's own and are not judged."""
_KEY = re.compile(r"^(?:#\d+/)?(.*?)(?:\.\d+(?:\..*)?)?(?:\[ ?\])?(?::\w)?$")
_OWN = r'"role"\s*:\s*"(system|developer|assistant|model)"'
_TOOL = r'"role"\s*:\s*"(tool|function)"'


def of_batch(tables: Mapping[str, pa.Table], tenant: str, batch_id: int) -> Events:
    """The events of one tenant in a committed batch, oldest first."""
    rows: list[dict[str, object]] = []
    for name in ("spans", "logs"):
        if name in tables and tables[name].num_rows:
            mine = _of(tables[name], tenant)
            if mine.num_rows:
                rows += _told(mine, name, batch_id)
                if name == "spans" and "messages" in tables:
                    rows += _spoken(mine, tables["messages"], tenant, batch_id)
    return events(rows)


def tenants(tables: Mapping[str, pa.Table]) -> list[str]:
    """Whose rows a batch holds."""
    found: set[str] = set()
    for name in ("spans", "logs"):
        if name in tables:
            found.update(pc.unique(tables[name]["tenant"].cast(pa.string())).to_pylist())
    return sorted(found)


def _of(table: pa.Table, tenant: str) -> pa.Table:
    """The rows of a tenant; most batches hold one only."""
    tenants = pc.unique(table["tenant"])
    return (
        table if tenants.to_pylist() == [tenant] else table.filter(pc.equal(table["tenant"].cast(pa.string()), tenant))
    )


def _told(table: pa.Table, name: str, batch_id: int) -> list[dict[str, object]]:
    """Requests and logins, told by attributes, or by the body of a log record."""
    attributes = _attributes(table["attributes"])
    picked = {row for row, values in attributes.items() if not _TELLING.isdisjoint(values)}
    bodies: list[str] | None = None
    if name == "logs":
        picked |= set(np.flatnonzero(hits(lowered(table["body"].combine_chunks()), _LOGIN_BODY)).tolist())
        bodies = table["body"].to_pylist() if picked else []
    if not picked:
        return []
    places = sorted(picked)
    some = table.take(pa.array(places))
    times = some["start_time" if name == "spans" else "time"].cast(pa.int64()).to_numpy()
    agents, sessions, traces = (some[c].to_pylist() for c in ("agent", "session", "trace_id"))
    titles = some["name" if name == "spans" else "event_name"].cast(pa.string()).to_pylist()
    broken = some["status_code"].to_pylist() if name == "spans" else [0] * len(places)
    return [
        _event(attributes.get(place, {}), titles[row], bodies[place] if bodies else "", broken[row] == 2)
        | {"time_ns": int(times[row]), "agent": agents[row], "session": sessions[row], "trace_id": traces[row]}
        | {"key": f"{batch_id}/{name}/{place}"}
        for row, place in enumerate(places)
    ]


def _event(found: Mapping[str, str], title: str, body: str, broken: bool) -> dict[str, object]:
    def first(keys: Sequence[str]) -> str:
        return next((found[k] for k in keys if found.get(k)), "")

    endpoint, status, outcome = first(ENDPOINT), first(STATUS), first(OUTCOME)
    login = bool(
        re.search(_LOGIN, f"{first(ACTION)} {title} {endpoint}", re.IGNORECASE)
        or re.search(_LOGIN_BODY, body, re.IGNORECASE)
    )
    who, whence = first(PRINCIPAL), first(SOURCE)
    if login and body:
        who = who or next(iter(_BODY_USER.findall(body)), "")
        whence = whence or next(iter(_BODY_SOURCE.findall(body)), "")
    return {
        "principal": who or whence,
        "source": whence,
        "endpoint": endpoint.partition("?")[0][:512],
        "action": "login" if login else "request" if endpoint or status else "log",
        "outcome": _outcome(status, outcome, body if login else "", broken),
        "text": " ".join(found[k] for k in VALUES if found.get(k)) if not login else first(("url.query",)),
        "country": first(COUNTRY),
        "latitude": _number(first(LATITUDE)),
        "longitude": _number(first(LONGITUDE)),
    }


def _outcome(status: str, outcome: str, body: str, broken: bool) -> int:
    if status.isdigit():
        return FAILURE if int(status) in (401, 403, 429) else SUCCESS if int(status) < 400 else UNKNOWN
    text = outcome or body
    if text:
        return FAILURE if _FAILED.search(text) else SUCCESS if _PASSED.search(text) else UNKNOWN
    return FAILURE if broken else UNKNOWN


def _number(text: str) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _attributes(column: pa.ChunkedArray) -> dict[int, dict[str, str]]:
    """Row → the wanted attributes of it, for the rows that have any."""
    maps = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    offsets = np.asarray(maps.offsets)
    keys = maps.keys
    wanted = np.flatnonzero(pc.is_in(keys, pa.array(_WANTED)).to_numpy(zero_copy_only=False))
    wanted = wanted[(wanted >= offsets[0]) & (wanted < offsets[-1])]
    rows = np.searchsorted(offsets, wanted, "right") - 1
    names, values = keys.take(pa.array(wanted)).to_pylist(), maps.items.take(pa.array(wanted)).to_pylist()
    found: dict[int, dict[str, str]] = {}
    for row, name, value in zip(rows.tolist(), names, values, strict=True):
        found.setdefault(row, {})[name] = value
    return found


def _spoken(spans: pa.Table, messages: pa.Table, tenant: str, batch_id: int) -> list[dict[str, object]]:
    """Messages that are new in this batch and that something could be held against, with the span that carried them first:
    what has a sign of an attack, and every use of a tool, as these are counted."""
    mine = _of(messages, tenant)
    lists = spans["message_hash"].combine_chunks()
    if not mine.num_rows or not len(lists.flatten()):
        return []
    asked = mine["hash"].combine_chunks()
    at = pc.index_in(asked, value_set=lists.flatten())
    known = pc.is_valid(at).to_numpy(zero_copy_only=False)
    slots = at.fill_null(0).to_numpy()
    actions = _actions(spans["message_key"].combine_chunks().flatten(), slots)
    some = np.flatnonzero(known & (actions != ""))
    owners = np.repeat(np.arange(spans.num_rows), np.diff(lists.offsets.to_numpy()))[slots[some]]
    tools = spans["tool"].cast(pa.string()).combine_chunks().take(pa.array(owners))
    texts = mine["text"].combine_chunks().take(pa.array(some))
    counted = (actions[some] == "tool_call") & pc.not_equal(tools, "").to_numpy(zero_copy_only=False)
    kept = np.flatnonzero(prompts.suspects(texts) | counted)
    return _said(
        spans, owners[kept], actions[some[kept]], asked.to_numpy()[some[kept]], texts.take(pa.array(kept)), batch_id
    )


def _actions(keys: pa.Array, slots: I64) -> NDArray[np.object_]:
    """What the text at each slot is, by its key; empty for what is not judged."""
    coded = keys.dictionary_encode()
    known = np.array([_action(key) for key in coded.dictionary.to_pylist()], object)
    actions: NDArray[np.object_] = known[coded.indices.to_numpy()[slots]]
    return actions


def _action(key: str) -> str:
    match = _KEY.match(key)
    return SPOKEN.get(match[1], "") if match else ""


def _said(
    spans: pa.Table, owners: I64, actions: NDArray[np.object_], names: I64, texts: pa.Array, batch_id: int
) -> list[dict[str, object]]:
    """Events of messages, less those that are the operator's or the model's own words in a prompt."""
    if not len(owners):
        return []
    own, tool = hits(texts, _OWN), hits(texts, _TOOL)
    carriers = spans.select(["start_time", "agent", "session", "trace_id", "tool"]).take(pa.array(owners))
    times = carriers["start_time"].cast(pa.int64()).to_pylist()
    agents, sessions, traces = (carriers[c].to_pylist() for c in ("agent", "session", "trace_id"))
    tools = carriers["tool"].cast(pa.string()).to_pylist()
    rows: list[dict[str, object]] = []
    for i, text in enumerate(texts.to_pylist()):
        action = "retrieval" if actions[i] == "prompt" and tool[i] else actions[i]
        if action == "prompt" and own[i]:
            continue
        rows.append(
            {
                "time_ns": times[i],
                "principal": agents[i],
                "endpoint": tools[i],
                "action": action,
                "text": text,
                "agent": agents[i],
                "session": sessions[i],
                "trace_id": traces[i],
                "key": f"{batch_id}/message/{int(names[i]):x}",
            }
        )
    return rows
