"""What the three stages of a worker share: one request's facts, one batch's facts, and helpers that make columns."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from swarmscope.ingest import arrow
from swarmscope.ingest.columns import I32, I64, TYPE_LETTERS, U8, Attributes, Strings
from swarmscope.ingest.kernels import picks, text
from swarmscope.model.batch import Receipt

TenantKeys = Callable[[str], bytes]

LETTERS = np.frombuffer(TYPE_LETTERS.encode(), np.uint8)
# keys dictionaries within one process only, so that senders cannot build collisions
SEED = np.uint64(np.random.SeedSequence().generate_state(1, np.uint64)[0])


@dataclass(frozen=True, slots=True)
class Request:
    """Where items come from; the tenant is the credential's, never the payload's."""

    tenant: str
    lane: str = "live"


@dataclass(slots=True)
class Result:
    """Tables for one journal batch; receipt i answers request i. `on_durable` is called when the journal has the batch."""

    tables: dict[str, pa.Table]
    receipts: list[Receipt]
    on_durable: list[Callable[[], None]] = field(default_factory=list)
    on_failed: list[Callable[[], None]] = field(default_factory=list)

    def durable(self) -> None:
        """Remember what need not be sent again."""
        for call in self.on_durable:
            call()

    def failed(self) -> None:
        """The journal did not take it."""
        for call in self.on_failed:
            call()


@dataclass(frozen=True, slots=True)
class Tenants:
    """The tenants of a batch. of_request: tenant number by request; seeds: tenants × 2 words."""

    names: list[str]
    of_request: I32
    seeds: NDArray[np.uint64]

    @classmethod
    def of(cls, requests: Sequence[Request], keys: TenantKeys) -> Tenants:
        """The distinct tenants of the requests, in order of appearance."""
        numbers: dict[str, int] = {}
        of_request = np.array([numbers.setdefault(r.tenant, len(numbers)) for r in requests], np.int32)
        # digested: the hash of the kernels is weak for keys with a pattern
        digests = b"".join(hashlib.blake2b(keys(name), digest_size=16).digest() for name in numbers)
        seeds = np.frombuffer(digests, "<u8").reshape(-1, 2)
        return cls(list(numbers), of_request, seeds)

    def column(self, of_row: I32) -> pa.DictionaryArray:
        """The `tenant` column."""
        if len(self.names) == 1:
            return arrow.constant(self.names[0], of_row.size)
        return arrow.named(of_row, self.names)


@dataclass(frozen=True, slots=True)
class Texts:
    """Values of attributes, with those of the resources behind them: row r ≥ 0, or -2 - r for row r of a resource."""

    values: Strings
    fallback: Strings

    def column(self, rows: I32) -> pa.StringArray:
        """Text by row."""
        if not text.any_row(rows):
            return arrow.blanks(rows.size)
        return arrow.strings(
            *text.gather(rows, self.values.offsets, self.values.data, self.fallback.offsets, self.fallback.data)
        )

    def dictionary(self, rows: I32) -> pa.DictionaryArray:
        """Text by row, dictionary-encoded."""
        if not text.any_row(rows):
            return arrow.constant("", rows.size)
        indices, uniques = text.intern(
            rows, self.values.offsets, self.values.data, self.fallback.offsets, self.fallback.data, SEED
        )
        return arrow.dictionary(indices, self.column(uniques))


def pooled(ids: I32, pool: Strings) -> pa.DictionaryArray:
    """Pool ids as a dictionary-encoded column; only the strings that occur."""
    if ids.size and (ids == ids[0]).all():
        first = ids[0]
        return arrow.constant(pool.data[pool.offsets[first] : pool.offsets[first + 1]].tobytes().decode(), ids.size)
    indices, uniques = text.densify(ids, pool.offsets.size - 1)
    return arrow.dictionary(indices, pool_strings(uniques, pool))


def pool_strings(ids: I32, pool: Strings) -> pa.StringArray:
    """Pool ids as a text column."""
    return arrow.strings(*text.gather(ids, pool.offsets, pool.data, pool.offsets[:1], pool.data[:0]))


def optional_strings(ids: I32, pool: Strings) -> pa.StringArray:
    """As `pool_strings`, quick where all are empty."""
    return pool_strings(ids, pool) if ids.any() else arrow.blanks(ids.size)


def map_column(offsets: I32, entries: I32, attributes: Attributes, pool: Strings) -> pa.MapArray:
    """An attributes column of these attribute rows. offsets: n + 1 positions in `entries`."""
    keys = pool_strings(attributes.key[entries], pool)
    value = attributes.value
    values = arrow.strings(*text.gather(entries, value.offsets, value.data, value.offsets[:1], value.data[:0]))
    return arrow.maps(offsets, keys, values)


def types_column(offsets: I32, entries: I32, attributes: Attributes) -> pa.DictionaryArray:
    """`attribute_types`: the letters of each owner's entries, dictionary-encoded."""
    letters = LETTERS[attributes.type[entries]]
    return letters_column(offsets, letters)


def letters_column(offsets: I32, letters: U8) -> pa.DictionaryArray:
    """Short texts end to end as a dictionary-encoded column."""
    wide: I64 = offsets.astype(np.int64)
    return Texts(Strings(wide, letters), Strings(wide[:1], letters[:0])).dictionary(
        np.arange(offsets.size - 1, dtype=np.int32)
    )


def kept_map(rows: I32, attributes: Attributes, state: U8, pool: Strings) -> tuple[pa.MapArray, pa.DictionaryArray]:
    """The attributes of `rows` that are neither promoted nor messages, and their types."""
    offsets, entries = picks.keep(rows, attributes.offsets, state)
    return map_column(offsets, entries, attributes, pool), types_column(offsets, entries, attributes)


def stamp(now_ns: int, count: int) -> pa.Array:
    """The `received_at` column."""
    return arrow.times(np.full(count, now_ns, np.int64))
