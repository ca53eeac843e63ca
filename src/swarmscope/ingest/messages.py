"""Message text: out of the spans, into `messages`, once per session.

A content attribute is cut into parts (the elements of a JSON array, or the value as a whole), each kept under its keyed
hash. What comes back (`model.semantics.restore_messages`) is byte for byte what was sent: an array is cut only when joining
its elements gives it back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from swarmscope.ingest import arrow
from swarmscope.ingest.columns import I32, I64, U8, U64, Attributes, Strings
from swarmscope.ingest.kernels import messages as k
from swarmscope.ingest.kernels import picks
from swarmscope.ingest.recent import Recent
from swarmscope.ingest.shared import LETTERS, Tenants, Texts, stamp
from swarmscope.model.tables import MESSAGES

WEEK_NS = 7 * 86_400_000_000_000


@dataclass(slots=True)
class Parts:
    """Parts of n spans. offsets by span position; keys are pool ids; marks: see the kernel; events: index or -1."""

    offsets: I32
    keys: I64
    marks: I64
    events: I32
    starts: I64
    stops: I64
    data: U8


@dataclass(slots=True)
class Messages:
    """The message columns of the spans, and the rows of `messages` that the store may not have."""

    columns: dict[str, pa.Array]
    event_state: U8
    table: pa.Table | None
    confirm: Callable[[], None]


class MessageStage:
    """One worker's messages."""

    def __init__(self) -> None:
        self.recent = Recent()

    def run(
        self,
        rows: I32,
        attributes: Attributes,
        content_offsets: I32,
        content: I32,
        event_offsets: I32,
        events: Attributes,
        event_role: NDArray[np.int16],
        texts: Texts,
        session_rows: I32,
        trace_id: NDArray[np.uint8],
        start_time: U64,
        tenants: Tenants,
        tenant: I32,
        pool: Strings,
        now_ns: int,
    ) -> Messages:
        """content: attribute rows of the spans, with offsets by position. tenant: by span position."""
        event_state = np.zeros(0, np.uint8)
        parts = _parts(content_offsets, content, attributes)
        if events.key.size:
            parts, event_state = _with_events(parts, rows, event_offsets, events, event_role)
        value = texts.values
        hashes = k.hash_parts(parts.offsets, parts.starts, parts.stops, parts.data, tenant, tenants.seeds)
        key_offsets, key_data = k.message_keys(parts.keys, parts.marks, parts.events, pool.offsets, pool.data, LETTERS)
        columns = {
            "message_key": arrow.lists(parts.offsets, arrow.strings(key_offsets, key_data)),
            "message_hash": arrow.lists(parts.offsets, arrow.fixed(pa.uint64(), hashes)),
        }
        sessions = (
            session_rows,
            rows,
            trace_id,
            value.offsets,
            value.data,
            texts.fallback.offsets,
            texts.fallback.data,
        )
        period = np.uint64(now_ns // WEEK_NS)
        words = k.fingerprints(parts.offsets, hashes, *sessions, tenant, tenants.seeds, period)
        fresh = self.recent.fresh(words)
        if fresh.size == 0:
            return Messages(columns, event_state, None, lambda: None)
        owner = k.owners(parts.offsets)[fresh]
        table = arrow.table(
            MESSAGES,
            {
                "tenant": tenants.column(tenant[owner]),
                "received_at": stamp(now_ns, fresh.size),
                "session": arrow.strings(*k.sessions(owner, *sessions)),
                "time": arrow.times(start_time[rows[owner]]),
                "hash": arrow.fixed(pa.uint64(), hashes[fresh]),
                "text": arrow.strings(*k.slices(fresh, parts.starts, parts.stops, parts.data)),
            },
        )
        found = words[fresh]
        return Messages(columns, event_state, table, lambda: self.recent.confirm(found))


def _parts(content_offsets: I32, content: I32, attributes: Attributes) -> Parts:
    value = attributes.value
    offsets, keys, marks, starts, stops = k.split(
        content_offsets, content, attributes.key, attributes.type, value.offsets, value.data
    )
    return Parts(offsets, keys, marks, np.full(keys.size, -1, np.int32), starts, stops, value.data)


def _with_events(
    parts: Parts, rows: I32, event_offsets: I32, events: Attributes, role: NDArray[np.int16]
) -> tuple[Parts, U8]:
    """The parts of the spans followed, span by span, by those of their events; and the state of the events' attributes."""
    span_of, chosen = picks.ragged(rows, event_offsets)
    offsets, content, state = k.event_content(
        chosen, events.offsets, events.key, events.type, events.value.offsets, role
    )
    if content.size == 0:
        return parts, state
    own = _parts(offsets, content, events)
    order, offsets, index = k.interleave(parts.offsets, own.offsets, span_of)
    merged = Parts(
        offsets,
        np.concatenate((parts.keys, own.keys))[order],
        np.concatenate((parts.marks, own.marks))[order],
        index,
        np.concatenate((parts.starts, own.starts + parts.data.size))[order],
        np.concatenate((parts.stops, own.stops + parts.data.size))[order],
        np.concatenate((parts.data, own.data)),
    )
    return merged, state
