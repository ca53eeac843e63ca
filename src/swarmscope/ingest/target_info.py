"""`target_info`: what the resources of OTLP metrics say of themselves, as a metric to join others with by `job` and `instance`.

As Prometheus' OTLP receiver makes it (`prometheusremotewrite`, `addResourceTargetInfo`): a gauge of 1 with the attributes that
do not identify the resource as labels, where there are such and a job or an instance, at the times of the resource's points.
Prometheus writes one with every request; here one in `PERIOD_NS` is written, half of the time for which a sample counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from swarmscope import config
from swarmscope.ingest import arrow, limits, prometheus_names
from swarmscope.ingest.columns import I32, I64, U64
from swarmscope.ingest.kernels import series as s
from swarmscope.ingest.limits import HOUR_NS, SeriesCounter
from swarmscope.ingest.recent import Recent
from swarmscope.ingest.shared import Result, kept_map, stamp
from swarmscope.model.tables import SERIES, TRACE_ID

if TYPE_CHECKING:
    from swarmscope.ingest.metrics import Batch

NAME = "target_info"
PERIOD_NS = 150_000_000_000
WORDS = 1 << 18  # remembered of periods, and of series
_NAME_HASH = np.frombuffer(NAME.encode(), np.uint8)
_ZERO = np.zeros(1, np.int64)
_APART = np.uint64(0x7461726765745F69)  # no series of a point has the id of one of these


@dataclass(frozen=True, slots=True)
class Infos:
    """n samples of 1. tenant, ids (n × 2 words), time (ns): as those of points; resource: its row."""

    tenant: I32
    ids: NDArray[np.uint64]
    time: U64
    resource: I32

    def take(self, rows: I64 | NDArray[np.bool_]) -> Infos:
        """Some of them."""
        return Infos(self.tenant[rows], self.ids[rows], self.time[rows], self.resource[rows])


class TargetInfo:
    """One worker's. What was written lately is remembered once it is durable."""

    def __init__(self, options: config.Ingest, counter: SeriesCounter) -> None:
        self._value_bytes_max = options.label_value_max_bytes
        self._counter = counter
        self._periods = Recent(WORDS)
        self._stated = Recent(WORDS)

    def of(self, batch: Batch, result: Result) -> Infos | None:
        """The samples that are due with these points; a row of `series` for each that is new within the hour.
        Beyond the tenant's series there are none: the points keep their places before them."""
        due = self._due(batch, result)
        if due is None:
            return None
        words = due.ids[:, 0] ^ due.ids[:, 1]
        every = np.arange(words.size)
        refused = self._counter.refused(batch.now_ns, words, every, due.tenant, batch.tenants.names)
        if refused.size:
            due = due.take(~np.isin(words, words[refused]))
        if due.time.size:
            self._state(batch, due, result)
        return due if due.time.size else None

    def _due(self, batch: Batch, result: Result) -> Infos | None:
        moments = _moments(batch)
        attributes = batch.resource
        of_resource = s.hash_owners(
            attributes.offsets,
            attributes.key,
            np.zeros_like(attributes.type),  # as labels 1 and "1" are the same
            attributes.value.offsets,
            attributes.value.data,
            batch.pool.offsets,
            batch.pool.data,
        )[moments.resource]
        seeds = batch.tenants.seeds[moments.tenant]
        whole = s.mix_words(of_resource ^ seeds[:, 0], seeds[:, 1] ^ _APART)
        words = s.mix_words(whole, moments.time // np.uint64(PERIOD_NS))
        fresh = self._periods.fresh(words)
        if fresh.size == 0:
            return None
        found, periods = words[fresh], self._periods
        result.on_durable.append(lambda: periods.confirm(found))
        fresh = fresh[_telling(batch, moments.resource[fresh])]
        if fresh.size == 0:
            return None
        name_hash = s.hash_pool(np.array([0, _NAME_HASH.size]), _NAME_HASH)
        of_name = s.mix_words(np.repeat(name_hash, fresh.size), seeds[fresh, 0].copy())
        ids = np.stack((of_name, whole[fresh]), axis=1)
        return Infos(moments.tenant[fresh], ids, moments.time[fresh], moments.resource[fresh])

    def _state(self, batch: Batch, due: Infos, result: Result) -> None:
        """Put the rows of `series` in the result."""
        words = s.mix_words(due.ids[:, 1].copy(), np.full(due.time.size, batch.now_ns // HOUR_NS, np.uint64))
        fresh = self._stated.fresh(words)
        if fresh.size == 0:
            return
        found, stated = words[fresh], self._stated
        result.on_durable.append(lambda: stated.confirm(found))
        rows = _series_rows(batch, due.take(fresh), self._value_bytes_max)
        others = result.tables.get("series")
        result.tables["series"] = (
            rows if others is None else pa.concat_tables([others, rows]).unify_dictionaries().combine_chunks()
        )


def _moments(batch: Batch) -> Infos:
    """When the resources of the points should have a sample: at their first and last point and at each period between, as
    far as there are so many points. Without ids."""
    columns = batch.columns
    resource, time = columns.resource, columns.time
    if batch.rows.size < time.size:
        resource, time = resource[batch.rows], time[batch.rows]
    starts = np.concatenate((_ZERO, np.flatnonzero(resource[1:] != resource[:-1]) + 1))
    tenant, resource = batch.tenant[starts], resource[starts]
    nothing = np.empty((0, 2), np.uint64)
    if int(time.min()) // PERIOD_NS == int(time.max()) // PERIOD_NS:  # then any point will do
        return Infos(tenant, nothing, time[starts], resource)
    first, last = np.minimum.reduceat(time, starts), np.maximum.reduceat(time, starts)
    between = np.maximum(np.diff(np.append(starts, batch.rows.size)) - 1, 1)
    span = (last - first).astype(np.int64)
    step = np.maximum(-(-span // between), PERIOD_NS)
    count = -(-span // step) + 1
    group = np.repeat(np.arange(count.size), count)
    turn = np.arange(group.size) - np.repeat(np.cumsum(count) - count, count)
    time = first[group] + np.minimum(turn * step[group], span[group]).astype(np.uint64)
    return Infos(tenant[group], nothing, time, resource[group])


def _telling(batch: Batch, resource: I32) -> NDArray[np.bool_]:
    """Which resources have a job or an instance, and say more than that."""
    offsets = batch.resource.offsets
    rank = batch.label_role[
        batch.resource.key
    ]  # of LABELS_OF_RESOURCE: name, namespace and instance are the first three
    said = np.diff(batch.resource.value.offsets) > 0
    identifying = np.concatenate(([0], np.cumsum((rank >= 1) & (rank <= len(prometheus_names.IDENTIFYING)))))
    named = np.concatenate(([0], np.cumsum(said & ((rank == 1) | (rank == 3)))))
    first, last = offsets[resource], offsets[resource + 1]
    more = (last - first) > identifying[last] - identifying[first]
    answer: NDArray[np.bool_] = more & (named[last] > named[first])
    return answer


def _series_rows(batch: Batch, infos: Infos, value_bytes_max: int) -> pa.Table:
    attributes, count = limits.short_of(batch.resource, value_bytes_max), infos.time.size
    labels, _ = kept_map(infos.resource, attributes, np.zeros(attributes.key.size, np.uint8), batch.pool)
    return arrow.table(
        SERIES,
        {
            "tenant": batch.tenants.column(infos.tenant),
            "received_at": stamp(batch.now_ns, count),
            "series_id": arrow.fixed(TRACE_ID, np.ascontiguousarray(infos.ids).view(np.uint8).reshape(-1, 16)),
            "metric": arrow.constant(NAME, count),
            "kind": arrow.constant("gauge", count),
            "unit": arrow.constant("", count),
            "temporality": arrow.constant("", count),
            "description": arrow.constant("Target metadata", count),
            "agent": pa.array([""] * count),
            "labels": labels,
            "prometheus_name": arrow.constant(NAME, count),
            "prometheus_labels": prometheus_names.info_labels_column(labels),
        },
    )
