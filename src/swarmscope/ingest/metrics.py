"""Metrics: columns of the wire → rows of `series`, `samples`, `histograms` and `exemplars`.

A series is a tenant, a metric and labels: the attributes of the point and those of its resource that say where it comes from
(`LABELS_OF_RESOURCE`). A summary becomes series with a `quantile` label, and `<name>_sum` and `<name>_count`. All that
resources say is `target_info`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from swarmscope import config
from swarmscope.ingest import arrow, limits, prometheus_names
from swarmscope.ingest.columns import I32, I64, U8, U64, Attributes, MetricColumns, Pool, Strings
from swarmscope.ingest.kernels import door, picks
from swarmscope.ingest.kernels import series as s
from swarmscope.ingest.limits import HOUR_NS
from swarmscope.ingest.origins import clean
from swarmscope.ingest.recent import Recent
from swarmscope.ingest.redact import Redactor
from swarmscope.ingest.semantics import METRIC_COLUMNS, ColumnRoles, Roles
from swarmscope.ingest.shared import Request, Result, TenantKeys, Tenants, Texts, kept_map, pool_strings, pooled, stamp
from swarmscope.ingest.target_info import Infos, TargetInfo
from swarmscope.model.tables import EXEMPLARS, HISTOGRAMS, SAMPLES, SERIES, SPAN_ID, TRACE_ID

LABELS_OF_RESOURCE = (
    *prometheus_names.IDENTIFYING,
    "deployment.environment.name",
    "deployment.environment",
    "host.name",
    "swarmscope.agent.id",
    "swarmscope.agent.name",
    "gen_ai.agent.id",
    "gen_ai.agent.name",
)
GAUGE, SUM, HISTOGRAM, EXPONENTIAL, SUMMARY = 5, 7, 9, 10, 11
CUMULATIVE = 2  # aggregation temporality
NO_VALUE = 1  # data point flag: nothing was recorded
STALE = np.uint64(0x7FF0000000000002).view(np.float64)  # Prometheus' marker for a series that ended

KINDS = ("gauge", "counter", "updown", "histogram", "exponential_histogram", "summary")
_TEMPORALITIES = ("", "delta", "cumulative")


@dataclass(slots=True)
class Batch:
    """A batch of points, bounded and without secrets. rows: the accepted points; tenant, ids: by position in rows.
    label_role: by pool id, the rank in `LABELS_OF_RESOURCE` from 1 on."""

    columns: MetricColumns
    pool: Strings
    attributes: Attributes
    resource: Attributes
    label_role: NDArray[np.int16]
    label_offsets: I32
    labels: I32
    tenants: Tenants
    rows: I32
    tenant: I32
    ids: NDArray[np.uint64]
    now_ns: int

    def id_column(self, positions: NDArray[np.integer] | slice) -> pa.Array:
        """`series_id` of points by position."""
        return arrow.fixed(TRACE_ID, np.ascontiguousarray(self.ids[positions]).view(np.uint8).reshape(-1, 16))


class MetricStage:
    """One worker's stage for metrics."""

    def __init__(
        self, options: config.Ingest, keys: TenantKeys, redactor: Redactor, counter: limits.SeriesCounter
    ) -> None:
        self._options = options
        self._keys = keys
        self._redactor = redactor
        self._recent = Recent(1 << 21)
        self._begun = Recent(1 << 21) if options.otlp_zero_at_start else None
        self._oldest_ns = 0
        self._counter = counter
        self._target_info = TargetInfo(options, counter) if options.otlp_target_info else None
        self._roles = Roles(ColumnRoles(METRIC_COLUMNS))
        self._label_roles = Roles(ColumnRoles((LABELS_OF_RESOURCE,)))

    def run(self, columns: MetricColumns, requests: Sequence[Request], now_ns: int) -> Result:
        """Tables and receipts of all requests."""
        window = limits.Window.around(now_ns, self._options)
        verdicts = np.empty(columns.time.size, np.uint8)
        every = door.judge_times(columns.time, window.oldest, window.newest, verdicts)
        self._oldest_ns = window.oldest
        rows = np.arange(verdicts.size, dtype=np.int32) if every else np.flatnonzero(verdicts == 0).astype(np.int32)
        result = Result({}, [])
        if rows.size:
            batch = self._clean(columns, Tenants.of(requests, self._keys), rows, now_ns)
            batch = self._series_table(batch, verdicts, result)
            infos = self._target_info.of(batch, result) if self._target_info is not None and batch.rows.size else None
            self._samples_table(batch, infos, result)
            self._histograms_table(batch, result)
            self._exemplars_table(batch, result)
        tally = door.tally(columns.resource, columns.resources.request, verdicts, len(requests))
        result.receipts = limits.receipts("metrics", tally, self._options)
        return result

    def _clean(self, columns: MetricColumns, tenants: Tenants, rows: I32, now_ns: int) -> Batch:
        pool, resources = columns.pool, columns.resources
        names = self._redactor.redact_pool(pool, limits.name_bytes_max(self._options))
        attributes = self._bounded(columns.attributes, self._roles, pool)
        resource = self._bounded(resources.attributes, self._label_roles, pool)
        label_offsets, labels = s.label_rows(resource.offsets, resource.key, self._label_roles.role)
        tenant = door.tenants_of(rows, columns.resource, resources.request, tenants.of_request)
        key_hash = s.hash_pool(names.offsets, names.data)
        shape = columns.metric_kind.astype(np.uint64) * np.uint64(256) + columns.metric_temporality * np.uint64(2)
        ids = s.series_ids(
            rows,
            s.mix_words(key_hash[columns.metric_name], shape + (columns.metric_monotonic != 0)),
            columns.metric,
            columns.resource,
            tenant,
            tenants.seeds,
            key_hash[columns.metric_name],
            attributes.offsets,
            attributes.key,
            attributes.value.offsets,
            attributes.value.data,
            key_hash,
            label_offsets,
            labels,
            resource.key,
            resource.value.offsets,
            resource.value.data,
        )
        role = self._label_roles.role
        return Batch(
            columns, names, attributes, resource, role, label_offsets, labels, tenants, rows, tenant, ids, now_ns
        )

    def _bounded(self, attributes: Attributes, roles: Roles, pool: Pool) -> Attributes:
        roles.update(pool, attributes)
        return clean(attributes, self._options, roles, self._redactor)

    def _series_table(self, batch: Batch, verdicts: U8, result: Result) -> Batch:
        """Rows for series not seen within the hour; points of series beyond the tenant's limit leave the batch."""
        words = batch.ids[:, 0] ^ s.mix_words(
            np.full(batch.rows.size, batch.now_ns // HOUR_NS, np.uint64), batch.ids[:, 1].copy()
        )
        fresh = self._recent.fresh(words)
        if fresh.size == 0:
            return batch
        of_any_hour = batch.ids[:, 0] ^ batch.ids[:, 1]
        refused = self._counter.refused(batch.now_ns, of_any_hour, fresh, batch.tenant, batch.tenants.names)
        if refused.size:
            kept = ~np.isin(words, words[refused])
            verdicts[batch.rows[~kept]] = door.VERDICT_CARDINALITY
            fresh = np.searchsorted(np.flatnonzero(kept), np.setdiff1d(fresh, refused))
            batch.rows, batch.tenant, words = batch.rows[kept], batch.tenant[kept], words[kept]
            batch.ids = batch.ids[kept]
            if fresh.size == 0:
                return batch
        tables = [self._series_rows(batch, fresh[~self._is_summary(batch, fresh)])]
        summaries = fresh[self._is_summary(batch, fresh)]
        if summaries.size:
            tables.append(_summary_series(self._series_rows(batch, summaries), batch, summaries))
        tables = [table for table in tables if table.num_rows]
        result.tables["series"] = tables[0] if len(tables) == 1 else _joined(tables)
        found = words[fresh]
        result.on_durable.append(lambda: self._recent.confirm(found))
        return batch

    def _is_summary(self, batch: Batch, positions: I64) -> NDArray[np.bool_]:
        columns = batch.columns
        answer: NDArray[np.bool_] = columns.metric_kind[columns.metric[batch.rows[positions]]] == SUMMARY
        return answer

    def _series_rows(self, batch: Batch, fresh: I64) -> pa.Table:
        columns, attributes = batch.columns, batch.attributes
        points = batch.rows[fresh]
        metric = columns.metric[points]
        offsets, keys, values = s.labels_of(
            points,
            columns.resource,
            attributes.offsets,
            attributes.key,
            batch.label_offsets,
            batch.labels,
            batch.resource.key,
        )
        texts = Texts(attributes.value, batch.resource.value)
        role = self._roles.role
        agent = picks.first_of(points, attributes.offsets, attributes.key, attributes.value.offsets, role)
        self._roles.update(columns.pool, batch.resource)
        of_resource = picks.first_with_role(
            batch.resource.offsets, batch.resource.key, batch.resource.value.offsets, self._roles.role, 1
        )
        picks.fall_back(agent, of_resource[:, 0].copy(), columns.resource[points])
        name, unit = pooled(columns.metric_name[metric], batch.pool), pooled(columns.metric_unit[metric], batch.pool)
        kind = arrow.named(_kinds(columns)[metric], KINDS)
        labels = arrow.maps(offsets, pool_strings(keys, batch.pool), texts.column(values))
        return arrow.table(
            SERIES,
            {
                "tenant": batch.tenants.column(batch.tenant[fresh]),
                "received_at": stamp(batch.now_ns, fresh.size),
                "series_id": batch.id_column(fresh),
                "metric": name,
                "kind": kind,
                "unit": unit,
                "temporality": arrow.named(
                    np.minimum(columns.metric_temporality[metric], 2).astype(np.int32), _TEMPORALITIES
                ),
                "description": pooled(columns.metric_description[metric], batch.pool),
                "agent": texts.column(agent),
                "labels": labels,
                "prometheus_name": prometheus_names.names_column(name, unit, kind),
                "prometheus_labels": prometheus_names.labels_column(labels),
            },
        )

    def _samples_table(self, batch: Batch, infos: Infos | None, result: Result) -> None:
        columns = batch.columns
        kind = columns.metric_kind[columns.metric[batch.rows]]
        plain = (kind == GAUGE) | (kind == SUM)
        chosen = slice(None) if plain.all() else np.flatnonzero(plain)
        points = batch.rows[chosen]
        values = columns.value[points]
        ended = (columns.flags[points] & NO_VALUE) != 0
        if ended.any():
            values = np.where(ended, STALE, values)
        tenant, ids, time = batch.tenant[chosen], batch.ids[chosen], columns.time[points]
        summaries = np.flatnonzero(kind == SUMMARY)
        if summaries.size:
            own = _summary_samples(batch, summaries)
            tenant = np.concatenate((tenant, own[0]))
            ids = np.concatenate((ids, own[1]))
            time = np.concatenate((time, own[2]))
            values = np.concatenate((values, own[3]))
        begins = self._begins(
            batch, (kind == SUM) & (columns.metric_monotonic[columns.metric[batch.rows]] != 0), result
        )
        if begins.size:
            tenant = np.concatenate((tenant, batch.tenant[begins]))
            ids = np.concatenate((ids, batch.ids[begins]))
            time = np.concatenate((time, columns.start_time[batch.rows[begins]]))
            values = np.concatenate((values, np.zeros(begins.size)))
        if infos is not None:
            tenant = np.concatenate((tenant, infos.tenant))
            ids = np.concatenate((ids, infos.ids))
            time = np.concatenate((time, infos.time))
            values = np.concatenate((values, np.ones(infos.time.size)))
        if values.size == 0:
            return
        result.tables["samples"] = arrow.table(
            SAMPLES,
            {
                "tenant": batch.tenants.column(tenant),
                "series_id": arrow.fixed(TRACE_ID, np.ascontiguousarray(ids).view(np.uint8).reshape(-1, 16)),
                "time": arrow.times(time),
                "value": arrow.fixed(pa.float64(), values),
            },
        )

    def _histograms_table(self, batch: Batch, result: Result) -> None:
        columns = batch.columns
        kind = columns.metric_kind[columns.metric[batch.rows]]
        chosen = np.flatnonzero((kind == HISTOGRAM) | (kind == EXPONENTIAL))
        if chosen.size == 0:
            return
        begins = self._begins(batch, (kind == HISTOGRAM) | (kind == EXPONENTIAL), result)
        found = self._histogram_rows(batch, chosen)
        if begins.size:
            found = pa.concat_tables([_emptied(self._histogram_rows(batch, begins)), found]).unify_dictionaries()
        result.tables["histograms"] = found.combine_chunks()

    def _begins(self, batch: Batch, wanted: NDArray[np.bool_], result: Result) -> I64:
        """The first of the points of each series that says when its counter began, where that is told for the first time."""
        columns = batch.columns
        if self._begun is None or not wanted.any():
            return np.empty(0, np.int64)
        time, start = columns.time[batch.rows].astype(np.int64), columns.start_time[batch.rows].astype(np.int64)
        cumulative = columns.metric_temporality[columns.metric[batch.rows]] == CUMULATIVE
        told = np.flatnonzero(wanted & cumulative & (start >= max(1, self._oldest_ns)) & (start < time))
        words = batch.ids[told, 0] ^ s.mix_words(batch.ids[told, 1].copy(), start[told].astype(np.uint64))
        fresh = self._begun.fresh(words)
        confirmed, begun = words[fresh], self._begun
        result.on_durable.append(lambda: begun.confirm(confirmed))
        return told[fresh]

    def _histogram_rows(self, batch: Batch, chosen: I64) -> pa.Table:
        columns = batch.columns
        points = batch.rows[chosen]
        rows = columns.hist[points]
        return arrow.table(
            HISTOGRAMS,
            {
                "tenant": batch.tenants.column(batch.tenant[chosen]),
                "received_at": stamp(batch.now_ns, chosen.size),
                "series_id": batch.id_column(chosen),
                "time": arrow.times(columns.time[points]),
                "start_time": arrow.times(columns.start_time[points]),
                "count": _floats(columns.hist_count[rows]),
                "sum": arrow.fixed(
                    pa.float64(), np.where(columns.flags[points] & NO_VALUE, STALE, columns.value[points])
                ),
                "min": arrow.fixed(pa.float64(), columns.hist_min[rows]),
                "max": arrow.fixed(pa.float64(), columns.hist_max[rows]),
                "bounds": _ragged(rows, columns.hist_bounds_offsets, columns.hist_bounds, pa.float64()),
                "bucket_counts": _counts(rows, columns.hist_counts_offsets, columns.hist_counts),
                "scale": arrow.fixed(pa.int32(), columns.hist_scale[rows]),
                "zero_count": _floats(columns.hist_zero_count[rows]),
                "zero_threshold": arrow.fixed(pa.float64(), columns.hist_zero_threshold[rows]),
                "positive_offset": arrow.fixed(pa.int32(), columns.hist_positive_offset[rows]),
                "positive_counts": _counts(rows, columns.hist_positive_offsets, columns.hist_positive_counts),
                "negative_offset": arrow.fixed(pa.int32(), columns.hist_negative_offset[rows]),
                "negative_counts": _counts(rows, columns.hist_negative_offsets, columns.hist_negative_counts),
                "reset_hint": arrow.fixed(pa.uint8(), np.zeros(rows.size, np.uint8)),
            },
        )

    def _exemplars_table(self, batch: Batch, result: Result) -> None:
        columns = batch.columns
        if columns.exemplar_time.size == 0:
            return
        offsets, chosen = picks.ragged(batch.rows, columns.exemplar_offsets)
        if chosen.size == 0:
            return
        owner = np.repeat(np.arange(batch.rows.size), np.diff(offsets))
        attributes = self._bounded(columns.exemplar_attributes, self._roles, columns.pool)
        maps, _ = kept_map(chosen, attributes, np.zeros(attributes.key.size, np.uint8), batch.pool)
        result.tables["exemplars"] = arrow.table(
            EXEMPLARS,
            {
                "tenant": batch.tenants.column(batch.tenant[owner]),
                "received_at": stamp(batch.now_ns, chosen.size),
                "series_id": batch.id_column(owner),
                "time": arrow.times(columns.exemplar_time[chosen]),
                "value": arrow.fixed(pa.float64(), columns.exemplar_value[chosen]),
                "trace_id": arrow.fixed(TRACE_ID, columns.exemplar_trace_id[chosen]),
                "span_id": arrow.fixed(SPAN_ID, columns.exemplar_span_id[chosen]),
                "attributes": maps,
            },
        )


def _emptied(rows: pa.Table) -> pa.Table:
    """The same histograms as they were when they began."""
    none = {"count": 0.0, "sum": 0.0, "min": np.nan, "max": np.nan, "zero_count": 0.0}
    columns = {name: rows[name].combine_chunks() for name in HISTOGRAMS.names}
    columns["time"] = columns["start_time"]
    for name, value in none.items():
        columns[name] = pa.array(np.full(rows.num_rows, value))
    counts = columns["bucket_counts"]
    columns["bucket_counts"] = arrow.lists(counts.offsets.to_numpy(), pa.array(np.zeros(len(counts.values))))
    for name in ("positive_counts", "negative_counts"):
        columns[name] = pa.array([[]] * rows.num_rows, HISTOGRAMS.field(name).type)
    return arrow.table(HISTOGRAMS, columns)


def _kinds(columns: MetricColumns) -> I32:
    """Number in KINDS of every metric."""
    monotonic = columns.metric_monotonic != 0
    return np.select(
        [
            columns.metric_kind == GAUGE,
            (columns.metric_kind == SUM) & monotonic,
            columns.metric_kind == SUM,
            columns.metric_kind == HISTOGRAM,
            columns.metric_kind == EXPONENTIAL,
        ],
        [0, 1, 2, 3, 4],
        5,
    ).astype(np.int32)


def _ragged(rows: I32, offsets: I32, values: NDArray[np.generic], kind: pa.DataType) -> pa.ListArray:
    ends, chosen = picks.ragged(rows, offsets)
    return arrow.lists(ends, arrow.fixed(kind, values[chosen]))


def _counts(rows: I32, offsets: I32, counts: U64) -> pa.ListArray:
    ends, chosen = picks.ragged(rows, offsets)
    return arrow.lists(ends, _floats(counts[chosen]))


def _floats(counts: U64) -> pa.Array:
    return arrow.fixed(pa.float64(), counts.astype(np.float64))


_SUM_PART, _COUNT_PART = np.uint64(0xA5A5A5A5A5A5A5A5), np.uint64(0x5A5A5A5A5A5A5A5A)


def _summary_parts(batch: Batch, positions: I64) -> tuple[I64, U64, NDArray[np.float64]]:
    """The series of summary points: (position, part, value) of each; a part is the bits of a quantile, or sum, or count."""
    columns = batch.columns
    rows = columns.hist[batch.rows[positions]]
    ends, chosen = picks.ragged(rows, columns.quantile_offsets)
    owner = np.concatenate((np.repeat(positions, np.diff(ends)), positions, positions))
    n = positions.size
    part = np.concatenate((columns.quantile[chosen].view(np.uint64), np.full(n, _SUM_PART), np.full(n, _COUNT_PART)))
    value = np.concatenate(
        (columns.quantile_value[chosen], columns.value[batch.rows[positions]], columns.hist_count[rows].astype(float))
    )
    return owner, part, value


def _part_ids(batch: Batch, owner: I64, part: U64) -> NDArray[np.uint64]:
    ids = batch.ids[owner]
    return np.stack((s.mix_words(ids[:, 0].copy(), part), s.mix_words(ids[:, 1].copy(), part)), axis=1)


def _summary_samples(batch: Batch, positions: I64) -> tuple[I32, NDArray[np.uint64], U64, NDArray[np.float64]]:
    owner, part, value = _summary_parts(batch, positions)
    return batch.tenant[owner], _part_ids(batch, owner, part), batch.columns.time[batch.rows[owner]], value


def _summary_series(base: pa.Table, batch: Batch, positions: I64) -> pa.Table:
    """The series rows of summaries: `base` has one per point; each part gets its own. New summaries are few."""
    owner, part, _ = _summary_parts(batch, positions)
    rows = base.take(pa.array(np.searchsorted(positions, owner)))
    names, labels = [], []
    for name, own, p in zip(rows["metric"].to_pylist(), rows["labels"].to_pylist(), part, strict=True):
        suffix = {_SUM_PART: "_sum", _COUNT_PART: "_count"}.get(p)
        names.append(name + (suffix or ""))
        labels.append(own if suffix else [*own, ("quantile", np.format_float_positional(p.view(np.float64), trim="-"))])
    ids = _part_ids(batch, owner, part).view(np.uint8).reshape(-1, 16)
    columns = {name: rows[name].combine_chunks() for name in SERIES.names}
    columns["series_id"] = arrow.fixed(TRACE_ID, ids)
    columns["metric"] = pa.array(names).dictionary_encode()
    columns["labels"] = pa.array(labels, SERIES.field("labels").type)
    columns["prometheus_name"] = pa.array(_summary_names(rows["prometheus_name"].to_pylist(), part)).dictionary_encode()
    columns["prometheus_labels"] = prometheus_names.labels_column(columns["labels"])
    return arrow.table(SERIES, columns)


def _summary_names(names: list[str], part: U64) -> list[str]:
    suffixes = {_SUM_PART: "_sum", _COUNT_PART: "_count"}
    return [name + suffixes.get(p, "") for name, p in zip(names, part, strict=True)]


def _joined(tables: list[pa.Table]) -> pa.Table:
    return pa.concat_tables(tables).unify_dictionaries().combine_chunks()
