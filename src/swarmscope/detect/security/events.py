"""What security detectors read, and what they say: columns of one tenant, in order of time."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from swarmscope.model.tables import SECURITY_EVENTS

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
ACTIONS = ("request", "login", "tool_call", "prompt", "completion", "retrieval", "log")
UNKNOWN, SUCCESS, FAILURE = 0, 1, 2
EXCERPT_CHARS = 300
SEVERITIES = ("info", "low", "medium", "high", "critical")


@dataclass(frozen=True, slots=True)
class Events:
    """n things that happened, oldest first.

    time_ns: since the epoch. principal: who (user, client, else agent). source: network address. endpoint: route, tool or page.
    action: one of ACTIONS. outcome: UNKNOWN, SUCCESS or FAILURE. text: the value to inspect, empty for none. latitude,
    longitude: degrees, NaN unknown. country: as told. key: names the event again after a replay. row: its place as given,
    before it was put in order.
    """

    time_ns: I64
    principal: list[str]
    source: list[str]
    endpoint: list[str]
    action: list[str]
    outcome: NDArray[np.int8]
    text: list[str]
    agent: list[str]
    session: list[str]
    trace_id: list[bytes]
    country: list[str]
    latitude: F64
    longitude: F64
    key: list[str]
    row: I64

    def __len__(self) -> int:
        return len(self.time_ns)


COLUMNS = (
    "time_ns", "principal", "source", "endpoint", "action", "outcome", "text", "agent", "session", "trace_id", "country",
    "latitude", "longitude", "key", "row",
)  # fmt: skip


def of_columns(columns: Mapping[str, Sequence[Any]]) -> Events:
    """Events of columns with the names in COLUMNS, all of one length, put in order of time."""
    times = np.asarray(columns["time_ns"], np.int64)
    order = np.argsort(times, kind="stable")
    places = order.tolist()

    ordered = bool((order[1:] > order[:-1]).all())

    def listed(name: str) -> list[Any]:
        values = columns[name]
        return list(values) if ordered else [values[i] for i in places]

    return Events(
        time_ns=times[order],
        principal=listed("principal"),
        source=listed("source"),
        endpoint=listed("endpoint"),
        action=listed("action"),
        outcome=np.asarray(columns["outcome"], np.int8)[order],
        text=listed("text"),
        agent=listed("agent"),
        session=listed("session"),
        trace_id=listed("trace_id"),
        country=listed("country"),
        latitude=np.asarray(columns["latitude"], np.float64)[order],
        longitude=np.asarray(columns["longitude"], np.float64)[order],
        key=listed("key"),
        row=np.asarray(columns["row"], np.int64)[order],
    )


def events(rows: Sequence[Mapping[str, Any]]) -> Events:
    """Events of dicts with the names of the columns; what is missing is empty. For small numbers of them."""

    def texts(name: str) -> list[str]:
        return [str(r.get(name) or "") for r in rows]

    def numbers(name: str, none: float) -> list[float]:
        return [none if r.get(name) is None else r[name] for r in rows]

    return of_columns(
        {name: texts(name) for name in COLUMNS}
        | {name: [int(n) for n in numbers(name, 0)] for name in ("time_ns", "outcome", "row")}
        | {name: [float(n) for n in numbers(name, math.nan)] for name in ("latitude", "longitude")}
        | {"action": [str(r.get("action") or "request") for r in rows]}
        | {"trace_id": [r.get("trace_id") or bytes(16) for r in rows]}
    )


def subject_of(given: Events, place: int) -> str:
    """Whom what is held against an event is about."""
    return given.principal[place] or given.source[place] or given.agent[place] or "unknown"


@dataclass(frozen=True, slots=True)
class Threat:
    """What a detector holds against one event. place: index of the event. kind: what it is; family: which sort of it."""

    place: int
    kind: str
    severity: str
    confidence: float
    family: str = ""
    score: float = 0.0
    message: str = ""
    attributes: dict[str, str] = field(default_factory=dict)


def excerpt(text: str) -> str:
    """The beginning of a text, without line breaks and control characters."""
    clean = "".join(c if c.isprintable() else " " for c in text[: EXCERPT_CHARS + 1])
    return clean if len(text) <= EXCERPT_CHARS else clean[:EXCERPT_CHARS] + "…"


def table(tenant: str, given: Events, threats: Sequence[Threat], now_ns: int) -> pa.Table:
    """Rows of `security_events`. The id names tenant, event and kind, so that a replay states the same rows."""
    rows = []
    for threat in threats:
        i = threat.place
        words = (tenant, given.key[i] or f"{given.time_ns[i]}/{given.principal[i]}/{given.endpoint[i]}", threat.kind)
        rows.append(
            {
                "tenant": tenant,
                "received_at": now_ns,
                "time": int(given.time_ns[i]),
                "event_id": hashlib.blake2b("\0".join(words).encode(), digest_size=16).digest(),
                "kind": threat.kind,
                "family": threat.family,
                "severity": threat.severity,
                "score": threat.score or threat.confidence,
                "confidence": threat.confidence,
                "principal": given.principal[i],
                "source": given.source[i],
                "endpoint": given.endpoint[i][:512],
                "agent": given.agent[i],
                "session": given.session[i],
                "trace_id": given.trace_id[i],
                "action": given.action[i],
                "message": threat.message or excerpt(given.text[i]),
                "attributes": list(threat.attributes.items()),
            }
        )
    columns = {name: [r[name] for r in rows] for name in SECURITY_EVENTS.names}
    return pa.table(
        [
            pa.array(columns[f.name], f.type)
            if not pa.types.is_dictionary(f.type)
            else pa.array(columns[f.name], pa.string()).dictionary_encode()
            for f in SECURITY_EVENTS
        ],
        schema=SECURITY_EVENTS,
    )
