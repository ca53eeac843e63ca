"""Security events in what was just stored: requests and logins in spans and logs, words in messages.

Only what a convention names is read: OpenTelemetry's HTTP, client, user and geo attributes (stable and earlier names), its
GenAI content, and event names of logins. Whole columns at a time; rows that say nothing of the kind cost a look at the keys.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from swarmscope.detect.base import by_tenant
from swarmscope.detect.security import prompts
from swarmscope.detect.security.events import COLUMNS, FAILURE, SUCCESS, UNKNOWN, Events, of_columns
from swarmscope.detect.security.text import hits, lowered

I64 = NDArray[np.int64]
BOOL = NDArray[np.bool_]
Columns = dict[str, list[Any]]
ENDPOINT_CHARS = 512
REFUSED = (401, 403, 429)
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
_CODES = {name: code for code, name in enumerate(_WANTED)}
_TELLING = frozenset((*SOURCE, *ENDPOINT, *STATUS, *ACTION))
"""A span or record with none of these is no request and no login."""
_WORTH = frozenset((*ENDPOINT, *VALUES, *COUNTRY, *LATITUDE))
"""With none of these either, only the words of a login make it an event."""
_LOGIN = r"log.?in|log.?on|sign.?in|authenticat|\bauth\b|session_start|/token\b|/oauth"
_LOGIN_BODY = (
    r"(failed|invalid|accepted|successful|bad|wrong|incorrect) (password|login|logon|credentials|authentication|publickey)"
    r"|authentication fail|login (failed|succeeded|successful)"
)
_FAILED = "fail|invalid|denied|bad|wrong|incorrect|unauthori[sz]ed|error|reject|forbidden"
_PASSED = r"success|accept|succeed|ok\b|granted"
_BODY_USER = re.compile(r"\b(?:user|for|account|username)[ =:'\"]+(?:invalid user )?([\w.@+-]{1,64})", re.IGNORECASE)
_BODY_SOURCE = re.compile(r"\b(?:from|rhost=|ip[=: ])\s*(\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:]{6,39})", re.IGNORECASE)

_READ = {
    "spans": ["start_time", "name", "status_code", "agent", "session", "trace_id"],
    "logs": ["time", "event_name", "body", "agent", "session", "trace_id"],
}
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
    "langfuse.observation.input": "prompt",
    "langfuse.trace.input": "prompt",
    "mlflow.spanInputs": "prompt",
    "ai.response.text": "completion",
    "langfuse.observation.output": "completion",
    "langfuse.trace.output": "completion",
    "mlflow.spanOutputs": "completion",
    "ai.toolCall.args": "tool_call",
    "tool_arguments": "tool_call",
    "ai.toolCall.result": "retrieval",
    "tool_response": "retrieval",
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
    mine = {name: dict(by_tenant(tables.get(name))).get(tenant) for name in ("spans", "logs", "messages")}
    parts = [_told(rows, name, batch_id) for name in ("spans", "logs") if (rows := mine[name]) is not None]
    if mine["spans"] is not None and mine["messages"] is not None:
        parts.append(_spoken(mine["spans"], mine["messages"], batch_id))
    return of_columns({name: [value for part in parts for value in part.get(name, ())] for name in COLUMNS})


def _told(table: pa.Table, name: str, batch_id: int) -> Columns:
    """Requests and logins, told by attributes, or by the body of a log record; what is neither is left out."""
    found = _Attributes.of(table["attributes"])
    spoken = np.zeros(table.num_rows, np.bool_)
    if name == "logs":
        spoken = hits(lowered(table["body"].combine_chunks()), _LOGIN_BODY)
    titles = "name" if name == "spans" else "event_name"
    told = found.any_of(_TELLING)
    worth = found.any_of(_WORTH)
    worth[told & ~worth] = _by_words(found, table[titles], np.flatnonzero(told & ~worth))
    places = np.flatnonzero((told & worth) | spoken)
    if not places.size:
        return {}
    found, some = found.take(places), table.select(_READ[name]).take(pa.array(places))
    bodies = some["body"].combine_chunks() if name == "logs" else _nothing(len(places))
    title = some[titles].cast(pa.string()).combine_chunks()
    endpoint, status = found.first(ENDPOINT), found.first(STATUS)
    words = pc.binary_join_element_wise(found.first(ACTION), title, endpoint, " ")
    login = hits(lowered(words), _LOGIN) | spoken[places]
    where = pc.utf8_slice_codeunits(pc.replace_substring_regex(endpoint, r"(?s)\?.*", ""), 0, ENDPOINT_CHARS)
    request = _some(endpoint) | _some(status)
    text = pc.if_else(pa.array(login), found.first(("url.query",)), found.joined(VALUES))
    country = found.first(COUNTRY)
    kept = np.flatnonzero(login | _some(where) | _some(text) | _some(country) | _some(found.first(LATITUDE)))
    at = pa.array(kept)
    broken = some["status_code"].to_numpy() == 2 if name == "spans" else np.zeros(len(places), np.bool_)
    said = pc.if_else(pa.array(login), bodies, "")
    who, whence = _named(found, said, kept)
    rows = some.select(["start_time" if name == "spans" else "time", "agent", "session", "trace_id"]).take(at)
    outcome = _outcome(status, found.first(OUTCOME), said, broken)
    return {
        "time_ns": rows.column(0).cast(pa.int64()).to_pylist(),
        "principal": [a or b for a, b in zip(who, whence, strict=True)],
        "source": whence,
        "endpoint": where.take(at).to_pylist(),
        "action": np.where(login, "login", np.where(request, "request", "log"))[kept].tolist(),
        "outcome": outcome[kept].tolist(),
        "text": text.take(at).to_pylist(),
        **{column: rows[column].to_pylist() for column in ("agent", "session", "trace_id")},
        "country": country.take(at).to_pylist(),
        "latitude": found.numbers(LATITUDE)[kept],
        "longitude": found.numbers(LONGITUDE)[kept],
        "key": [f"{batch_id}/{name}/{place}" for place in places[kept].tolist()],
        "row": [0] * len(kept),
    }


def _by_words(found: _Attributes, titles: pa.ChunkedArray, rows: I64) -> BOOL:
    """Which of the rows are logins by what they call themselves. Few different words name all records, so each pair of
    action and title is read once."""
    if not rows.size:
        return np.zeros(0, np.bool_)
    title = titles.combine_chunks().take(pa.array(rows))
    named = title if pa.types.is_dictionary(title.type) else title.dictionary_encode()
    action = found.first(ACTION, rows).dictionary_encode()
    pairs = np.asarray(action.indices, np.int64) * len(named.dictionary) + np.asarray(named.indices, np.int64)
    distinct = pc.unique(pa.array(pairs)).to_numpy()
    first, second = np.divmod(distinct, len(named.dictionary))
    words = pc.binary_join_element_wise(
        action.dictionary.take(first), named.dictionary.take(second).cast(pa.string()), "", " "
    )
    logins = distinct[hits(lowered(words), _LOGIN)]
    return np.isin(pairs, logins) if logins.size else np.zeros(len(rows), np.bool_)


def _named(found: _Attributes, said: pa.Array, kept: I64) -> tuple[list[str], list[str]]:
    """Who and whence: by attributes, else by the words of a login's log record."""
    at = pa.array(kept)
    who, whence = (found.first(keys).take(at).to_pylist() for keys in (PRINCIPAL, SOURCE))
    bodies = said.take(at)
    for i in np.flatnonzero(_some(bodies)).tolist():
        body = bodies[i].as_py()
        who[i] = who[i] or next(iter(_BODY_USER.findall(body)), "")
        whence[i] = whence[i] or next(iter(_BODY_SOURCE.findall(body)), "")
    return who, whence


def _outcome(status: pa.Array, outcome: pa.Array, said: pa.Array, broken: BOOL) -> NDArray[np.int8]:
    """By the status code, else by words, else by the span's own status."""
    answer = np.where(broken, FAILURE, UNKNOWN).astype(np.int8)
    words = lowered(pc.if_else(pc.equal(outcome, ""), said, outcome))
    spoken = np.where(hits(words, _FAILED), FAILURE, np.where(hits(words, _PASSED), SUCCESS, UNKNOWN))
    answer = np.where(_some(words), spoken, answer)
    coded = hits(status, "^[0-9]{1,9}$")
    code = pc.if_else(pa.array(coded), status, "0").cast(pa.int64()).to_numpy()
    judged = np.where(np.isin(code, REFUSED), FAILURE, np.where(code < 400, SUCCESS, UNKNOWN))
    return np.where(coded, judged, answer).astype(np.int8)


def _number(text: str) -> float:
    try:
        return float(text) if text else math.nan
    except ValueError:
        return math.nan


def _some(texts: pa.Array) -> BOOL:
    """Which are not empty."""
    found: BOOL = (pc.binary_length(texts).to_numpy(zero_copy_only=False)) > 0
    return found


def _nothing(rows: int) -> pa.Array:
    return pa.repeat("", rows)


@dataclass(frozen=True, slots=True)
class _Attributes:
    """The wanted attributes of n rows: of each, which row has it, its place in _WANTED, and what it says."""

    n: int
    rows: I64
    code: I64
    values: pa.Array
    present: frozenset[int] = field(init=False)  # codes that occur

    def __post_init__(self) -> None:
        object.__setattr__(self, "present", frozenset(np.unique(self.code).tolist()))

    @classmethod
    def of(cls, column: pa.ChunkedArray) -> _Attributes:
        """Those of a column of maps."""
        maps = column.combine_chunks()
        offsets = np.asarray(maps.offsets)
        code = pc.index_in(maps.keys, value_set=pa.array(_WANTED)).fill_null(-1).to_numpy(zero_copy_only=False)
        wanted = np.flatnonzero(code >= 0)
        wanted = wanted[(wanted >= offsets[0]) & (wanted < offsets[-1])]
        rows = np.searchsorted(offsets, wanted, "right") - 1
        return cls(len(maps), rows, code[wanted], maps.items.take(pa.array(wanted)))

    def take(self, places: I64) -> _Attributes:
        """Those of some rows, which are rows 0 to n − 1 then."""
        new = np.full(self.n, -1, np.int64)
        new[places] = np.arange(len(places))
        kept = np.flatnonzero(new[self.rows] >= 0)
        return _Attributes(len(places), new[self.rows[kept]], self.code[kept], self.values.take(pa.array(kept)))

    def any_of(self, names: Iterable[str]) -> BOOL:
        """Which rows have any of the attributes."""
        found = np.zeros(self.n, np.bool_)
        found[self.rows[np.isin(self.code, [_CODES[name] for name in names])]] = True
        return found

    def first(self, names: Sequence[str], rows: I64 | None = None) -> pa.Array:
        """Of each row, or of those given, the first of the attributes that is not empty; empty where none is."""
        present = [name for name in names if _CODES[name] in self.present]
        if not present:
            return pa.repeat("", self.n if rows is None else len(rows))
        place, there = np.full(self.n, -1, np.int64), _some(self.values)
        for name in reversed(present):
            theirs = np.flatnonzero((self.code == _CODES[name]) & there)
            place[self.rows[theirs]] = theirs
        place = place if rows is None else place[rows]
        return self.values.take(pa.array(place, mask=place < 0)).fill_null("")

    def numbers(self, names: Sequence[str]) -> NDArray[np.float64]:
        """Of each row the first of the attributes as a number; NaN where it is none."""
        out = np.full(self.n, math.nan)
        if not self.present.isdisjoint(_CODES[name] for name in names):
            texts = self.first(names)
            for place in np.flatnonzero(_some(texts)).tolist():
                out[place] = _number(texts[place].as_py())
        return out

    def joined(self, names: Sequence[str]) -> pa.Array:
        """Of each row all of the attributes that are not empty, in their order, with blanks between them."""
        out = _nothing(self.n)
        for name in names:
            if _CODES[name] in self.present:
                part = self.first((name,))
                both = pc.binary_join_element_wise(out, part, " ")
                out = pc.if_else(pc.equal(out, ""), part, pc.if_else(pc.equal(part, ""), out, both))
        return out


def _spoken(spans: pa.Table, messages: pa.Table, batch_id: int) -> Columns:
    """Messages that are new in this batch and that something could be held against, with the span that carried them first:
    what has a sign of an attack, and every use of a tool, as these are counted."""
    lists = spans["message_hash"].combine_chunks()
    if not len(lists.flatten()):
        return {}
    asked = messages["hash"].combine_chunks()
    at = pc.index_in(asked, value_set=lists.flatten())
    known = pc.is_valid(at).to_numpy(zero_copy_only=False)
    slots = at.fill_null(0).to_numpy()
    actions = _actions(spans["message_key"].combine_chunks().flatten(), slots)
    judged = known & (actions != "")
    texts = messages["text"].combine_chunks()
    owners = np.repeat(np.arange(spans.num_rows), np.diff(lists.offsets.to_numpy()))[slots]
    counted = judged & (actions == "tool_call")
    if counted.any():
        counted[counted] = _some(spans["tool"].cast(pa.string()).combine_chunks().take(pa.array(owners[counted])))
    suspected = np.zeros(len(texts), np.bool_)
    if judged.all():  # the usual case: texts are not copied
        suspected = prompts.suspects(texts)
    elif judged.any():
        suspected[judged] = prompts.suspects(texts.filter(pa.array(judged)))
    kept = np.flatnonzero(suspected | counted)
    return _said(spans, owners[kept], actions[kept], asked.to_numpy()[kept], texts.take(pa.array(kept)), batch_id)


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
) -> Columns:
    """Events of messages, less those that are the operator's or the model's own words in a prompt."""
    prompt = actions == "prompt"
    tool = prompt & hits(texts, _TOOL)
    kept = np.flatnonzero(tool | ~(prompt & hits(texts, _OWN)))
    carriers = spans.select(["start_time", "agent", "session", "trace_id", "tool"]).take(pa.array(owners[kept]))
    agents = carriers["agent"].to_pylist()
    nothing = [""] * len(kept)
    return {
        "time_ns": carriers["start_time"].cast(pa.int64()).to_pylist(),
        "principal": agents,
        "source": nothing,
        "endpoint": carriers["tool"].cast(pa.string()).to_pylist(),
        "action": np.where(tool, "retrieval", actions)[kept].tolist(),
        "outcome": [UNKNOWN] * len(kept),
        "text": texts.take(pa.array(kept)).to_pylist(),
        "agent": agents,
        "session": carriers["session"].to_pylist(),
        "trace_id": carriers["trace_id"].to_pylist(),
        "country": nothing,
        "latitude": [math.nan] * len(kept),
        "longitude": [math.nan] * len(kept),
        "key": [f"{batch_id}/message/{int(name):x}" for name in names[kept]],
        "row": [0] * len(kept),
    }
