"""Resources: a row of `resources` per distinct one and hour, and what they say for everything below them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from swarmscope import config
from swarmscope.ingest import arrow, limits
from swarmscope.ingest.columns import I32, U64, Attributes, Pool, Resources, Strings
from swarmscope.ingest.kernels import limits as limit_kernels
from swarmscope.ingest.kernels import picks, series
from swarmscope.ingest.recent import Recent
from swarmscope.ingest.redact import Redactor
from swarmscope.ingest.semantics import RESOURCE_COLUMNS, RESOURCE_SERVICE, ColumnRoles, Roles
from swarmscope.ingest.shared import Tenants, Texts, kept_map, stamp
from swarmscope.model.tables import RESOURCES

HOUR_NS = 3_600_000_000_000
FEW_RESOURCES = 32
KNOWN_MAX = 65_536
SCOPE_PREFIX = b"otel.scope."  # before the keys of a scope's attributes, which are kept with its resource


@dataclass(frozen=True, slots=True)
class Origins:
    """The resources of a batch, cleaned. columns: resources × RESOURCE_COLUMNS, attribute rows or -1. scopes: attributes of
    the scopes when there are any; then `ids` goes by scope, else by resource."""

    attributes: Attributes
    columns: NDArray[np.int32]
    ids: U64
    scopes: Attributes | None = None

    @property
    def values(self) -> Strings:
        """The values of the attributes."""
        return self.attributes.value

    def id_column(self, resource: I32, scope: I32) -> NDArray[np.uint64]:
        """`resource_id` of rows."""
        out: NDArray[np.uint64] = self.ids[resource if self.scopes is None else scope]
        return out

    def service(self, resource: I32) -> pa.DictionaryArray:
        """The `service` column of rows."""
        rows = self.columns[:, RESOURCE_SERVICE]
        if rows.size == 1:
            return arrow.constant(self._text(int(rows[0])), resource.size)
        by_resource = Texts(self.values, self.values).dictionary(np.ascontiguousarray(rows))
        return arrow.dictionary(
            np.frombuffer(by_resource.indices.buffers()[1], np.int32)[resource], by_resource.dictionary
        )

    def _text(self, row: int) -> str:
        if row < 0:
            return ""
        start, stop = self.values.offsets[row : row + 2].tolist()
        return self.values.data[start:stop].tobytes().decode()


class OriginStage:
    """Cleans and numbers resources; owned by one worker and one signal."""

    def __init__(self, options: config.Ingest, redactor: Redactor, recent: Recent) -> None:
        self._options = options
        self._redactor = redactor
        self._recent = recent
        self._roles = Roles(ColumnRoles(RESOURCE_COLUMNS))
        self._hour = -1
        self._known: set[tuple[str, int]] = set()

    def run(self, resources: Resources, pool: Pool, names: Strings, resource: I32, scope: I32) -> Origins:
        """resource, scope: of every item, to know which scope belongs to which resource. names: the pool, redacted."""
        attributes = self._clean(resources.attributes, pool)
        columns = picks.first_with_role(
            attributes.offsets, attributes.key, attributes.value.offsets, self._roles.role, len(RESOURCE_COLUMNS)
        )
        ids = _hashes(attributes, names)
        if resources.scope_attributes.key.size == 0:
            return Origins(attributes, columns, ids)
        scopes = self._clean(resources.scope_attributes, pool)
        of_scope = np.zeros(resources.scope_name.size, np.int32)
        of_scope[scope] = resource
        bare = np.diff(resources.scope_attributes.offsets) == 0
        by_scope = np.where(bare, ids[of_scope], series.mix_words(ids[of_scope], _hashes(scopes, names)))
        return Origins(attributes, columns, by_scope, scopes)

    def _all_known(self, origins: Origins, resources: Resources, tenants: Tenants, hour: int) -> bool:
        """Whether the few resources of a batch were all found known before: the usual case, without a look at every item."""
        if hour != self._hour:
            self._hour = hour
            self._known.clear()
        if origins.scopes is not None or origins.ids.size > FEW_RESOURCES:
            return False
        return self._known.issuperset(_names(origins, resources, tenants))

    def _remember(self, origins: Origins, tenants: Tenants, used: I32, tenant: I32) -> None:
        """These resources, of these tenants, are known. Only those that items refer to: others were not looked at."""
        if origins.scopes is None and used.size <= FEW_RESOURCES:
            if len(self._known) > KNOWN_MAX:
                self._known.clear()
            names = (tenants.names[number] for number in tenant.tolist())
            self._known.update(zip(names, origins.ids[used].tolist(), strict=True))

    def _clean(self, attributes: Attributes, pool: Pool) -> Attributes:
        self._roles.update(pool, attributes)
        return clean(attributes, self._options, self._roles, self._redactor)

    def table(
        self,
        origins: Origins,
        resources: Resources,
        pool: Strings,
        tenants: Tenants,
        resource: I32,
        scope: I32,
        now_ns: int,
    ) -> tuple[pa.Table | None, U64]:
        """Rows for resources that were not seen within the hour, and the words to confirm."""
        hour = now_ns // HOUR_NS
        if self._all_known(origins, resources, tenants, hour):
            return None, origins.ids[:0]
        if origins.scopes is None:
            used = owner = _distinct(resource, origins.columns.shape[0])
        else:
            used = _distinct(scope, resources.scope_name.size)
            of_scope = np.zeros(resources.scope_name.size, np.int32)
            of_scope[scope] = resource
            owner = of_scope[used]
        tenant = tenants.of_request[resources.request[owner]]
        words = series.mix_words(tenants.seeds[tenant, 0] ^ np.uint64(hour), origins.ids[used])
        fresh = self._recent.fresh(words)
        if fresh.size == 0:
            self._remember(origins, tenants, used, tenant)
            return None, words[:0]
        used, owner, tenant = used[fresh], owner[fresh], tenant[fresh]
        maps, types = _maps(origins, pool, owner, used)
        table = arrow.table(
            RESOURCES,
            {
                "tenant": tenants.column(tenant),
                "received_at": stamp(now_ns, fresh.size),
                "resource_id": arrow.fixed(pa.uint64(), origins.ids[used]),
                "service": origins.service(owner),
                "attributes": maps,
                "attribute_types": types,
            },
        )
        return table, words[fresh]


def _maps(origins: Origins, pool: Strings, owner: I32, used: I32) -> tuple[pa.MapArray, pa.DictionaryArray]:
    attributes = origins.attributes
    if origins.scopes is not None:
        attributes, pool = _with_scopes(attributes, origins.scopes, owner, used, pool)
        owner = np.arange(owner.size, dtype=np.int32)
    return kept_map(owner, attributes, np.zeros(attributes.key.size, np.uint8), pool)


def _names(origins: Origins, resources: Resources, tenants: Tenants) -> list[tuple[str, int]]:
    of_request = tenants.of_request
    return [
        (tenants.names[of_request[request]], number)
        for request, number in zip(resources.request.tolist(), origins.ids.tolist(), strict=True)
    ]


def clean(attributes: Attributes, options: config.Ingest, roles: Roles, redactor: Redactor) -> Attributes:
    """`attributes` within the limits and without secrets: by rule, and whole values of keys that name a secret."""
    return limits.short(_redacted(limits.few(attributes, options), roles, redactor), options)


def _redacted(attributes: Attributes, roles: Roles, redactor: Redactor) -> Attributes:
    if not redactor.enabled or attributes.key.size == 0:
        return attributes
    value = redactor.redact(attributes.value, attributes.type)
    if roles.secret:
        named = picks.secret_rows(attributes.key, attributes.type, value.offsets, roles.role)
        if named.size:
            value = redactor.blank(value, named)
    if value is attributes.value:
        return attributes
    return Attributes(attributes.offsets, attributes.key, attributes.type, value)


def _hashes(attributes: Attributes, names: Strings) -> U64:
    return series.hash_owners(
        attributes.offsets,
        attributes.key,
        attributes.type,
        attributes.value.offsets,
        attributes.value.data,
        names.offsets,
        names.data,
    )


def _distinct(ids: I32, size: int) -> I32:
    seen = np.zeros(size, np.bool_)
    seen[ids] = True
    return np.flatnonzero(seen).astype(np.int32)


def _with_scopes(
    attributes: Attributes, scopes: Attributes, owner: I32, used: I32, pool: Strings
) -> tuple[Attributes, Strings]:
    """The attributes of each resource followed by those of its scope, keys prefixed. Such scopes are rare and few."""
    lengths = np.diff(pool.offsets)
    prefixed = [SCOPE_PREFIX + pool.data[o : o + n].tobytes() for o, n in zip(pool.offsets, lengths, strict=False)]
    data = np.concatenate((pool.data, np.frombuffer(b"".join(prefixed), np.uint8)))
    offsets = np.concatenate((pool.offsets, pool.offsets[-1] + np.cumsum(lengths + len(SCOPE_PREFIX))))
    shift = pool.offsets.size - 1
    key, kind, rows, ends = [], [], [], [0]
    for resource, scope in zip(owner.tolist(), used.tolist(), strict=True):
        own = slice(attributes.offsets[resource], attributes.offsets[resource + 1])
        its = slice(scopes.offsets[scope], scopes.offsets[scope + 1])
        key += [attributes.key[own], scopes.key[its] + shift]
        kind += [attributes.type[own], scopes.type[its]]
        rows += [np.arange(own.start, own.stop), attributes.key.size + np.arange(its.start, its.stop)]
        ends.append(ends[-1] + own.stop - own.start + its.stop - its.start)
    values = Strings(
        np.concatenate((attributes.value.offsets, attributes.value.offsets[-1] + scopes.value.offsets[1:])),
        np.concatenate((attributes.value.data, scopes.value.data)),
    )
    taken = limit_kernels.take(np.concatenate(rows).astype(np.int32), values.offsets, values.data)
    merged = Attributes(
        np.array(ends, np.int32), np.concatenate(key).astype(np.int32), np.concatenate(kind), Strings(*taken)
    )
    return merged, Strings(offsets, data)
