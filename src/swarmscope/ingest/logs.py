"""Log records: columns of the wire → rows of `logs`, `agent_events` and `resources`.

Records whose event name is `swarmscope.agent.register`, `.heartbeat` or `.stop` become agent events and are not logs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray

from swarmscope import config
from swarmscope.ingest import arrow, limits
from swarmscope.ingest.columns import I32, TYPE_ARRAY, TYPE_LETTERS, TYPE_STRING, U8, Attributes, LogColumns, Strings
from swarmscope.ingest.kernels import door, picks
from swarmscope.ingest.kernels import promote as k
from swarmscope.ingest.origins import Origins, OriginStage, clean
from swarmscope.ingest.recent import Recent
from swarmscope.ingest.redact import Redactor
from swarmscope.ingest.semantics import (
    AGENT_EVENT_COLUMNS,
    LOG_COLUMNS,
    RESOURCE_AGENT,
    RESOURCE_AGENT_NAME,
    RESOURCE_SESSION,
    ColumnRoles,
    PromotedNames,
    Roles,
)
from swarmscope.ingest.shared import (
    Request,
    Result,
    TenantKeys,
    Tenants,
    Texts,
    kept_map,
    pooled,
    stamp,
)
from swarmscope.ingest.templates import Miner
from swarmscope.model.tables import AGENT_EVENTS, LOGS, SPAN_ID, TRACE_ID

AGENT_EVENT_PREFIX = "swarmscope.agent."
AGENT_EVENT_NAMES = ("register", "heartbeat", "stop")
_ID, _NAME, _KIND, _MODEL, _VERSION, _STATUS, _CAPABILITIES = range(7)
_AGENT, _SESSION = range(2)


@dataclass(slots=True)
class _Batch:
    """A batch of records, bounded and without secrets."""

    columns: LogColumns
    pool: Strings
    attributes: Attributes
    body: Strings
    origins: Origins
    tenants: Tenants
    now_ns: int


class LogStage:
    """One worker's stage for logs."""

    def __init__(
        self, options: config.Ingest, keys: TenantKeys, redactor: Redactor, resources: Recent, miner: Miner
    ) -> None:
        self._options = options
        self._miner = miner
        self._keys = keys
        self._redactor = redactor
        self._resources = resources
        self._roles = Roles(ColumnRoles(LOG_COLUMNS))
        self._event_roles = Roles(ColumnRoles(AGENT_EVENT_COLUMNS))
        self._origins = OriginStage(options, redactor, resources)
        self._promoted_names = PromotedNames()

    def run(self, columns: LogColumns, requests: Sequence[Request], now_ns: int) -> Result:
        """Tables and receipts of all requests. A record without time takes the observed time, else the time of arrival."""
        time = np.where(columns.time != 0, columns.time, columns.observed_time)
        time = np.where(time != 0, time, np.uint64(now_ns))
        window = limits.Window.around(now_ns, self._options)
        verdicts = np.empty(time.size, np.uint8)
        every = door.judge_times(time, window.oldest, window.newest, verdicts)
        rows = np.arange(time.size, dtype=np.int32) if every else np.flatnonzero(verdicts == 0).astype(np.int32)
        tally = door.tally(columns.resource, columns.resources.request, verdicts, len(requests))
        result = Result({}, limits.receipts("logs", tally, self._options))
        if rows.size == 0:
            return result
        batch = self._clean(columns, Tenants.of(requests, self._keys), now_ns)
        is_event = self._agent_events(columns, rows)
        if is_event is not None:
            self._events_table(batch, rows[is_event >= 0], is_event[is_event >= 0], time, result)
            rows = rows[is_event < 0]
        if rows.size:
            self._logs_table(batch, rows, time, result)
        return result

    def _clean(self, columns: LogColumns, tenants: Tenants, now_ns: int) -> _Batch:
        pool = columns.pool
        self._roles.update(pool, columns.attributes)
        names = self._redactor.redact_pool(pool, limits.name_bytes_max(self._options))
        attributes = clean(columns.attributes, self._options, self._roles, self._redactor)
        body = self._redactor.redact(columns.body, columns.body_type)
        body = limits.short_texts(body, self._options.attribute_value_max_bytes)
        origins = self._origins.run(columns.resources, pool, names, columns.resource, columns.scope)
        return _Batch(columns, names, attributes, body, origins, tenants, now_ns)

    def _agent_events(self, columns: LogColumns, rows: I32) -> NDArray[np.int32] | None:
        """Number of the agent event of each row, -1 for a plain record; None when all are plain."""
        pool = columns.pool.strings
        table = picks.ids_of(columns.event_name, pool.offsets, pool.data, _EVENT_OFFSETS, _EVENT_DATA)
        events: NDArray[np.int32] = table[rows]
        return events if (events >= 0).any() else None

    def _logs_table(self, batch: _Batch, rows: I32, time: NDArray[np.uint64], result: Result) -> None:
        columns, count = batch.columns, rows.size
        resource, scope = columns.resource[rows], columns.scope[rows]
        tenant = batch.tenants.of_request[columns.resources.request[resource]]
        text_rows, bits, state = self._pick(batch.attributes, rows, self._roles, len(LOG_COLUMNS))
        of_resource = batch.origins.columns
        picks.fall_back(text_rows[_AGENT], of_resource[:, RESOURCE_AGENT].copy(), resource)
        picks.fall_back(text_rows[_AGENT], of_resource[:, RESOURCE_AGENT_NAME].copy(), resource)
        picks.fall_back(text_rows[_SESSION], of_resource[:, RESOURCE_SESSION].copy(), resource)
        texts = Texts(batch.attributes.value, batch.origins.values)
        body = Texts(batch.body, batch.body)
        maps, types = kept_map(rows, batch.attributes, state, batch.pool)
        indices, pairs = k.intern_bits(bits)
        lines = np.where(columns.body_type[rows] == TYPE_STRING, rows, np.int32(-1))
        mined = self._miner.run(batch.body, lines, tenant, batch.tenants, batch.now_ns)
        if mined.table is not None:
            result.tables["log_templates"] = mined.table
            result.on_durable.append(mined.durable)
        result.tables["logs"] = arrow.table(
            LOGS,
            {
                "tenant": batch.tenants.column(tenant),
                "received_at": stamp(batch.now_ns, count),
                "time": arrow.times(time[rows]),
                "observed_time": arrow.times(columns.observed_time[rows]),
                "trace_id": arrow.fixed(TRACE_ID, columns.trace_id[rows]),
                "span_id": arrow.fixed(SPAN_ID, columns.span_id[rows]),
                "flags": arrow.fixed(pa.uint32(), columns.flags[rows]),
                "severity": arrow.fixed(pa.uint8(), columns.severity[rows]),
                "severity_text": pooled(columns.severity_text[rows], batch.pool),
                "event_name": pooled(columns.event_name[rows], batch.pool),
                "service": batch.origins.service(resource),
                "scope_name": pooled(columns.resources.scope_name[scope], batch.pool),
                "scope_version": pooled(columns.resources.scope_version[scope], batch.pool),
                "resource_id": arrow.fixed(pa.uint64(), batch.origins.id_column(resource, scope)),
                "agent": texts.column(text_rows[_AGENT]),
                "session": texts.column(text_rows[_SESSION]),
                "body": body.column(rows),
                "body_type": arrow.named(_LETTER_NUMBER[columns.body_type[rows]], _LETTER_TEXTS),
                "template_id": arrow.fixed(pa.uint64(), mined.ids),
                "attributes": maps,
                "attribute_types": types,
                "promoted": arrow.named(indices, self._promoted_names(pairs)),
            },
        )
        table, words = self._origins.table(
            batch.origins, columns.resources, batch.pool, batch.tenants, resource, scope, batch.now_ns
        )
        if table is not None:
            result.tables["resources"] = table
            result.on_durable.append(lambda: self._resources.confirm(words))

    def _pick(
        self, attributes: Attributes, rows: I32, roles: Roles, columns: int
    ) -> tuple[NDArray[np.int32], NDArray[np.uint64], U8]:
        text_rows = np.empty((columns, rows.size), np.int32)
        bits = np.empty((2, rows.size), np.uint64)
        state = np.zeros(attributes.key.size, np.uint8)
        picks.pick(
            rows,
            attributes.offsets,
            attributes.key,
            attributes.type,
            attributes.value.offsets,
            attributes.value.data,
            roles.role,
            roles.number,
            text_rows,
            bits,
            state,
        )
        return text_rows, bits, state

    def _events_table(
        self, batch: _Batch, rows: I32, events: NDArray[np.int32], time: NDArray[np.uint64], result: Result
    ) -> None:
        columns, attributes = batch.columns, batch.attributes
        self._event_roles.update(columns.pool, columns.attributes)
        text_rows, _, state = self._pick(attributes, rows, self._event_roles, len(AGENT_EVENT_COLUMNS))
        resource = columns.resource[rows]
        of_resource = batch.origins.columns
        picks.fall_back(text_rows[_ID], of_resource[:, RESOURCE_AGENT].copy(), resource)
        picks.fall_back(text_rows[_NAME], of_resource[:, RESOURCE_AGENT_NAME].copy(), resource)
        state[text_rows[_CAPABILITIES][text_rows[_CAPABILITIES] >= 0]] = picks.STATE_PROMOTED
        texts = Texts(attributes.value, batch.origins.values)
        labels, _ = kept_map(rows, attributes, state, batch.pool)
        result.tables["agent_events"] = arrow.table(
            AGENT_EVENTS,
            {
                "tenant": batch.tenants.column(batch.tenants.of_request[columns.resources.request[resource]]),
                "received_at": stamp(batch.now_ns, rows.size),
                "time": arrow.times(time[rows]),
                "agent": texts.column(text_rows[_ID]),
                "event": arrow.named(events, AGENT_EVENT_NAMES),
                "name": texts.column(text_rows[_NAME]),
                "kind": texts.dictionary(text_rows[_KIND]),
                "model": texts.dictionary(text_rows[_MODEL]),
                "version": texts.dictionary(text_rows[_VERSION]),
                "status": texts.dictionary(text_rows[_STATUS]),
                "capabilities": _capabilities(text_rows[_CAPABILITIES], attributes),
                "labels": labels,
            },
        )


_LETTER_TEXTS = sorted(set(TYPE_LETTERS))
_LETTER_NUMBER = np.array([_LETTER_TEXTS.index(letter) for letter in TYPE_LETTERS], np.int32)
_EVENT_TEXTS = [(AGENT_EVENT_PREFIX + name).encode() for name in AGENT_EVENT_NAMES]
_EVENT_OFFSETS = np.concatenate(([0], np.cumsum([len(t) for t in _EVENT_TEXTS]))).astype(np.int64)
_EVENT_DATA = np.frombuffer(b"".join(_EVENT_TEXTS), np.uint8)


def _capabilities(rows: NDArray[np.int32], attributes: Attributes) -> pa.ListArray:
    """`capabilities`: of an array its texts, of anything else the value itself. Only registrations bring any."""
    out: list[list[str]] = [[] for _ in range(rows.size)]
    value = attributes.value
    for i in np.flatnonzero(rows >= 0).tolist():
        row = rows[i]
        text = value.data[value.offsets[row] : value.offsets[row + 1]].tobytes()
        if attributes.type[row] == TYPE_ARRAY:
            out[i] = [v if isinstance(v, str) else orjson.dumps(v).decode() for v in orjson.loads(text)]
        else:
            out[i] = [text.decode()]
    return pa.array(out, pa.list_(pa.string()))
