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


def events(rows: Sequence[Mapping[str, Any]]) -> Events:
    """Events of dicts with the names of the columns; what is missing is empty. For small numbers of them."""
    rows = sorted(rows, key=lambda r: int(r["time_ns"]))

    def texts(name: str) -> list[str]:
        return [str(r.get(name) or "") for r in rows]

    def degrees(name: str) -> F64:
        return np.array([math.nan if r.get(name) is None else float(r[name]) for r in rows], np.float64)

    return Events(
        np.array([int(r["time_ns"]) for r in rows], np.int64),
        texts("principal"),
        texts("source"),
        texts("endpoint"),
        [str(r.get("action") or "request") for r in rows],
        np.array([int(r.get("outcome") or 0) for r in rows], np.int8),
        texts("text"),
        texts("agent"),
        texts("session"),
        [r.get("trace_id") or bytes(16) for r in rows],
        texts("country"),
        degrees("latitude"),
        degrees("longitude"),
        texts("key"),
        np.array([int(r.get("row") or 0) for r in rows], np.int64),
    )


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
