"""Spans: columns of the wire → rows of `spans`, `spans_pending`, `messages` and `resources`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from swarmscope import config
from swarmscope.ingest import arrow, limits, sampling
from swarmscope.ingest.columns import I32, I64, U8, U64, Attributes, SpanColumns, Strings
from swarmscope.ingest.kernels import door, family, picks
from swarmscope.ingest.kernels import promote as k
from swarmscope.ingest.messages import MessageStage
from swarmscope.ingest.origins import Origins, OriginStage, clean
from swarmscope.ingest.prices import Prices
from swarmscope.ingest.recent import Recent
from swarmscope.ingest.redact import Redactor
from swarmscope.ingest.semantics import (
    KEY_TABLES,
    PromotedNames,
    Roles,
    Words,
    event_role,
    span_role,
)
from swarmscope.ingest.sessions import Sessions
from swarmscope.ingest.shared import (
    LETTERS,
    Request,
    Result,
    TenantKeys,
    Tenants,
    Texts,
    letters_column,
    map_column,
    optional_strings,
    pool_strings,
    pooled,
    stamp,
    types_column,
)
from swarmscope.ingest.totals import Totals
from swarmscope.model.tables import SPAN_ID, SPANS, TRACE_ID

EVENT_COLUMNS = ("event_time", "event_name", "event_attributes")
LINK_COLUMNS = ("link_trace_id", "link_span_id", "link_trace_state", "link_attributes")


@dataclass(slots=True)
class Cleaned:
    """A batch of spans, bounded and without secrets."""

    columns: SpanColumns
    pool: Strings
    attributes: Attributes
    events: Attributes
    links: Attributes
    origins: Origins
    fallback: Strings  # of texts: values of resources, and what was remembered
    tenants: Tenants
    own: U64  # words of spans
    above: U64  # and of those above them
    now_ns: int


class SpanStage:
    """One worker's stage for traces."""

    def __init__(
        self,
        options: config.Ingest,
        keys: TenantKeys,
        redactor: Redactor,
        prices: Prices,
        resources: Recent,
        totals: Totals,
        sessions: Sessions,
    ) -> None:
        self._options = options
        self._keys = keys
        self._redactor = redactor
        self._prices = prices
        self._threshold = sampling.threshold(options.sample_ratio)
        self._roles = Roles(span_role)
        self._event_roles = Roles(event_role)
        self._words = Words()
        self._promoted_names = PromotedNames()
        self._resources = resources
        self._origins = OriginStage(options, redactor, resources)
        self._messages = MessageStage()
        self._totals = totals
        self._sessions = sessions

    def forget(self) -> None:
        """Send messages again, and know no sessions: some were erased."""
        self._messages.recent.forget()
        self._sessions.forget()

    def run(self, columns: SpanColumns, requests: Sequence[Request], now_ns: int) -> Result:
        """Tables and receipts of all requests."""
        verdicts, clean_door = self._judge(columns, now_ns)
        count = columns.name.size
        rows = np.arange(count, dtype=np.int32) if clean_door else np.flatnonzero(verdicts == 0).astype(np.int32)
        tally = door.tally(columns.resource, columns.resources.request, verdicts, len(requests))
        receipts = limits.receipts("traces", tally, self._options)
        if rows.size == 0:
            return Result({}, receipts)
        batch = self._clean(columns, Tenants.of(requests, self._keys), now_ns)
        result = Result({}, receipts)
        resource, scope = columns.resource[rows], columns.scope[rows]
        table, words = self._origins.table(
            batch.origins, columns.resources, batch.pool, batch.tenants, resource, scope, now_ns
        )
        if table is not None:
            result.tables["resources"] = table
            result.on_durable.append(lambda: self._resources.confirm(words))
        found = self._promote(batch, rows)
        pending = found.pending != 0
        if not pending.any():
            self._build("spans", batch, rows, self._counted_once(batch, rows, found), result)
            return result
        under_way, ended = rows[pending], rows[~pending]
        self._build("spans_pending", batch, under_way, self._promote(batch, under_way), result)
        if ended.size:
            self._build("spans", batch, ended, self._counted_once(batch, ended, self._promote(batch, ended)), result)
        return result

    def _judge(self, columns: SpanColumns, now_ns: int) -> tuple[U8, bool]:
        window = limits.Window.around(now_ns, self._options)
        verdicts = np.empty(columns.name.size, np.uint8)
        pool = columns.pool.strings
        every = door.judge_spans(
            columns.start_time,
            columns.end_time,
            columns.trace_id,
            columns.span_id,
            columns.trace_state,
            pool.offsets,
            pool.data,
            window.oldest,
            window.newest,
            self._threshold,
            verdicts,
        )
        return verdicts, every

    def _clean(self, columns: SpanColumns, tenants: Tenants, now_ns: int) -> Cleaned:
        options, pool = self._options, columns.pool
        self._roles.update(pool, columns.attributes)
        self._event_roles.update(pool, columns.event_attributes)
        self._event_roles.update(pool, columns.link_attributes)
        names = self._redactor.redact_pool(pool, limits.name_bytes_max(options))
        origins = self._origins.run(columns.resources, pool, names, columns.resource, columns.scope)
        tenant = tenants.of_request[columns.resources.request[columns.resource]]
        own, above = family.words(columns.trace_id, columns.span_id, columns.parent_span_id, tenant, tenants.seeds)
        return Cleaned(
            columns,
            names,
            clean(columns.attributes, options, self._roles, self._redactor),
            clean(columns.event_attributes, options, self._event_roles, self._redactor),
            clean(columns.link_attributes, options, self._event_roles, self._redactor),
            origins,
            origins.values,
            tenants,
            own,
            above,
            now_ns,
        )

    def _promote(self, batch: Cleaned, rows: I32) -> k.Found:
        if self._words.full:
            self._words.reset()
        while True:
            found = self._promote_once(batch.attributes, rows)
            if not self._words.resolve():
                break
        k.name_the_nameless(
            rows,
            batch.columns.resource,
            found.entity,
            found.meanings,
            Words.AGENT,
            Words.TOOL,
            batch.origins.columns,
            found.text_rows,
        )
        session = found.text_rows[k.SESSION]
        batch.fallback = self._sessions.fill(
            batch.own[rows], batch.above[rows], session, batch.attributes.value, batch.fallback
        )
        return found

    def _counted_once(self, batch: Cleaned, rows: I32, found: k.Found) -> k.Found:
        operations = list(self._words.canonical["operation"])
        attrs = _attrs(batch.attributes)
        return self._totals.withhold(
            rows, batch.own[rows], batch.above[rows], attrs, self._roles.role, operations, found
        )

    def _promote_once(self, attributes: Attributes, rows: I32) -> k.Found:
        out = k.room(rows.size, attributes.key.size)
        attrs = _attrs(attributes)
        k.promote(rows, attrs, self._roles.role, KEY_TABLES, self._words.table, k.scratch(attributes.offsets), out)
        return out._replace(
            kept=out.kept[: out.kept_offsets[-1]],
            content=out.content[: out.content_offsets[-1]],
        )

    def _build(self, name: str, batch: Cleaned, rows: I32, found: k.Found, result: Result) -> None:
        columns, count = batch.columns, rows.size
        resource = columns.resource[rows]
        tenant = batch.tenants.of_request[columns.resources.request[resource]]
        texts = Texts(batch.attributes.value, batch.fallback)
        out: dict[str, pa.Array] = {
            "tenant": batch.tenants.column(tenant),
            "received_at": stamp(batch.now_ns, count),
            "service": batch.origins.service(resource),
            "resource_id": arrow.fixed(pa.uint64(), batch.origins.id_column(resource, columns.scope[rows])),
        }
        self._wire_columns(out, columns, rows, batch.pool)
        self._promoted_columns(out, found, texts)
        messages = self._messages.run(
            rows,
            batch.attributes,
            found.content_offsets,
            found.content,
            columns.event_offsets,
            batch.events,
            self._event_roles.role,
            texts,
            found.text_rows[k.SESSION],
            columns.trace_id,
            columns.start_time,
            batch.tenants,
            tenant,
            batch.pool,
            batch.now_ns,
        )
        out |= messages.columns
        if messages.table is not None:
            result.tables["messages"] = (
                messages.table
                if "messages" not in result.tables
                else pa.concat_tables(
                    [result.tables["messages"], messages.table], promote_options="none"
                ).unify_dictionaries()
            )
            result.on_durable.append(messages.confirm)
        out["attributes"] = map_column(found.kept_offsets, found.kept, batch.attributes, batch.pool)
        out["attribute_types"] = types_column(found.kept_offsets, found.kept, batch.attributes)
        _event_columns(out, columns, rows, batch.events, messages.event_state, batch.pool)
        _link_columns(out, columns, rows, batch.links, batch.pool)
        result.tables[name] = arrow.table(SPANS, out)

    def _wire_columns(self, out: dict[str, pa.Array], columns: SpanColumns, rows: I32, pool: Strings) -> None:
        def take(values: NDArray[Any]) -> NDArray[Any]:
            # a copy in any case: the builder's memory is used again
            return values.copy() if rows.size == len(values) else np.take(values, rows, axis=0)

        start, end = take(columns.start_time), take(columns.end_time)
        out["trace_id"] = arrow.fixed(TRACE_ID, take(columns.trace_id))
        out["span_id"] = arrow.fixed(SPAN_ID, take(columns.span_id))
        out["parent_span_id"] = arrow.fixed(SPAN_ID, take(columns.parent_span_id))
        out["trace_state"] = optional_strings(take(columns.trace_state), pool)
        out["flags"] = arrow.fixed(pa.uint32(), take(columns.flags))
        out["name"] = pooled(take(columns.name), pool)
        out["kind"] = arrow.fixed(pa.uint8(), take(columns.kind))
        out["start_time"] = arrow.times(start)
        out["duration_ns"] = arrow.fixed(pa.uint64(), np.where(end > start, end - start, np.uint64(0)))
        out["status_code"] = arrow.fixed(pa.uint8(), take(columns.status_code))
        out["status_message"] = optional_strings(take(columns.status_message), pool)
        scope = take(columns.scope)
        out["scope_name"] = pooled(columns.resources.scope_name[scope], pool)
        out["scope_version"] = pooled(columns.resources.scope_version[scope], pool)

    def _promoted_columns(self, out: dict[str, pa.Array], found: k.Found, texts: Texts) -> None:
        rows = found.text_rows
        out["agent"] = texts.column(rows[k.AGENT])
        out["agent_name"] = texts.dictionary(rows[k.AGENT_NAME])
        out["session"] = texts.column(rows[k.SESSION])
        out["workflow"] = texts.column(rows[k.WORKFLOW])
        out["peer_agent"] = texts.column(rows[k.PEER])
        out["tool"] = texts.dictionary(rows[k.TOOL])
        model = texts.dictionary(rows[k.MODEL])
        out["model"] = model
        out["operation"] = arrow.named(found.meanings[0], list(self._words.canonical["operation"]))
        out["provider"] = arrow.named(found.meanings[1], list(self._words.canonical["provider"]))
        names = ("input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens")
        for name, values in zip(names, found.counts, strict=True):
            out[name] = arrow.fixed(pa.uint32(), values)
        out["cost_nano_usd"] = arrow.fixed(pa.int64(), self._cost(found, model))
        out["ttft_ns"] = arrow.fixed(pa.uint64(), found.ttft)
        indices, pairs = k.intern_bits(found.bits)
        out["promoted"] = arrow.named(indices, self._promoted_names(pairs))

    def _cost(self, found: k.Found, model: Any) -> I64:
        """What the span says it cost, else tokens × price of the model, in nano-dollars."""
        rates = self._prices.rates(model.dictionary.to_pylist())
        return k.price(found.cost, found.counts, np.frombuffer(model.indices.buffers()[1], np.int32), rates)


def _attrs(attributes: Attributes) -> k.Attrs:
    value = attributes.value
    return k.Attrs(attributes.offsets, attributes.key, attributes.type, value.offsets, value.data)


def _event_columns(
    out: dict[str, pa.Array], columns: SpanColumns, rows: I32, events: Attributes, state: U8, pool: Strings
) -> None:
    if columns.event_time.size == 0:
        out |= _empty("event", EVENT_COLUMNS, rows.size)
        return
    offsets, chosen = picks.ragged(rows, columns.event_offsets)
    out["event_time"] = arrow.lists(offsets, arrow.times(columns.event_time[chosen]))
    out["event_name"] = arrow.lists(offsets, pool_strings(columns.event_name[chosen], pool))
    maps, letters = _ragged_maps(offsets, chosen, events, state, pool)
    out["event_attributes"] = arrow.lists(offsets, maps)
    out["event_attribute_types"] = letters


def _link_columns(out: dict[str, pa.Array], columns: SpanColumns, rows: I32, links: Attributes, pool: Strings) -> None:
    if columns.link_trace_state.size == 0:
        out |= _empty("link", LINK_COLUMNS, rows.size)
        return
    offsets, chosen = picks.ragged(rows, columns.link_offsets)
    out["link_trace_id"] = arrow.lists(offsets, arrow.fixed(TRACE_ID, columns.link_trace_id[chosen]))
    out["link_span_id"] = arrow.lists(offsets, arrow.fixed(SPAN_ID, columns.link_span_id[chosen]))
    out["link_trace_state"] = arrow.lists(offsets, pool_strings(columns.link_trace_state[chosen], pool))
    maps, letters = _ragged_maps(offsets, chosen, links, np.zeros(links.key.size, np.uint8), pool)
    out["link_attributes"] = arrow.lists(offsets, maps)
    out["link_attribute_types"] = letters


def _empty(prefix: str, columns: tuple[str, ...], count: int) -> dict[str, pa.Array]:
    out = {name: arrow.empty_lists(SPANS.field(name).type.value_type, count) for name in columns}
    out[f"{prefix}_attribute_types"] = arrow.constant("", count)
    return out


def _ragged_maps(
    offsets: I32, chosen: I32, attributes: Attributes, state: U8, pool: Strings
) -> tuple[pa.MapArray, pa.DictionaryArray]:
    """Maps of the chosen owners, and the letters of all of a span's owners in one text."""
    if chosen.size == 0:
        return arrow.empty_maps(0), arrow.constant("", offsets.size - 1)
    ends, entries = picks.keep(chosen, attributes.offsets, state)
    return map_column(ends, entries, attributes, pool), letters_column(ends[offsets], LETTERS[attributes.type[entries]])
