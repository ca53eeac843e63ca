"""Limits at the door: size and number of attributes, spans per second, series an hour, the time window, what a refusal says."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from swarmscope import config, telemetry
from swarmscope.errors import OverloadError
from swarmscope.ingest.columns import I32, I64, TYPE_STRING, U64, Attributes, Strings
from swarmscope.ingest.kernels import door, series
from swarmscope.ingest.kernels import limits as kernels
from swarmscope.model.batch import Receipt

_DROPPED = telemetry.counter("swarmscope_ingest_attributes_dropped_total", "Attributes beyond ingest.attributes_max")
_TRUNCATED = telemetry.counter(
    "swarmscope_ingest_values_truncated_total", "Values cut at ingest.attribute_value_max_bytes"
)
_REFUSED = telemetry.counter("swarmscope_ingest_refused_total", "Items refused at the door", ("signal", "reason"))

SECOND_NS = 1_000_000_000
HOUR_NS = 3600 * SECOND_NS
KEPT_NS = 600 * SECOND_NS  # for so long an hour keeps the places of series of the one before
SLOTS_MIN = 1 << 12  # of a tenant's set of series, a power of two
NANOS_MAX = (1 << 63) - 1
NAME_BYTES_MIN = 4096  # names are not cut shorter, however short values are to be
TRUNCATED = "…[truncated]"

_REASONS = {
    door.VERDICT_OLD: "old",
    door.VERDICT_FUTURE: "future",
    door.VERDICT_NO_ID: "no_id",
    door.VERDICT_CARDINALITY: "cardinality",
}


@dataclass(frozen=True, slots=True)
class Window:
    """The times that are accepted, nanoseconds."""

    oldest: int
    newest: int

    @classmethod
    def around(cls, now_ns: int, options: config.Ingest) -> Window:
        """[now − past_max, now + future_max]."""
        return cls(
            max(0, now_ns - int(options.past_max_s * SECOND_NS)),
            min(NANOS_MAX, now_ns + int(options.future_max_s * SECOND_NS)),
        )


def few(attributes: Attributes, options: config.Ingest) -> Attributes:
    """`attributes` with at most `attributes_max` per owner."""
    if kernels.most(attributes.offsets) > options.attributes_max:
        offsets, rows = kernels.first_few(attributes.offsets, options.attributes_max)
        _DROPPED.inc(attributes.key.size - rows.size)
        value = Strings(*kernels.take(rows, attributes.value.offsets, attributes.value.data))
        attributes = Attributes(offsets, attributes.key[rows], attributes.type[rows], value)
    return attributes


def short(attributes: Attributes, options: config.Ingest) -> Attributes:
    """`attributes` with no value longer than `attribute_value_max_bytes`. Redact first: half a secret is not known as one."""
    return short_of(attributes, options.attribute_value_max_bytes)


def short_of(attributes: Attributes, limit: int) -> Attributes:
    """As `short`, of so many bytes."""
    return _truncated(attributes, limit) if kernels.longest(attributes.value.offsets) > limit else attributes


def _truncated(attributes: Attributes, limit: int) -> Attributes:
    """Long values cut between characters, with a mark at the end; what was JSON or bytes is text afterwards."""
    marker = np.frombuffer(TRUNCATED.encode(), np.uint8)
    value, cut = attributes.value, kernels.longer_than(attributes.value.offsets, limit)
    _TRUNCATED.inc(cut.size)
    types = attributes.type.copy()
    types[cut] = TYPE_STRING
    strings = Strings(*kernels.cut(value.offsets, value.data, limit, marker))
    return Attributes(attributes.offsets, attributes.key, types, strings)


def name_bytes_max(options: config.Ingest) -> int:
    """Bytes of a name (of a span, an event, an attribute, a metric) or status message."""
    return max(options.attribute_value_max_bytes, NAME_BYTES_MIN)


def short_texts(strings: Strings, limit: int) -> Strings:
    """Log bodies and names: as `short`, without types."""
    if kernels.longest(strings.offsets) <= limit:
        return strings
    _TRUNCATED.inc(kernels.longer_than(strings.offsets, limit).size)
    return Strings(*kernels.cut(strings.offsets, strings.data, limit, np.frombuffer(TRUNCATED.encode(), np.uint8)))


def receipts(
    signal: str, tally: np.ndarray[tuple[int, int], np.dtype[np.int64]], options: config.Ingest
) -> list[Receipt]:
    """One receipt per request. tally: requests × verdicts."""
    kept = tally[:, door.VERDICT_KEEP] + tally[:, door.VERDICT_SAMPLED_OUT]
    total = tally.sum(axis=1)
    if (kept == total).all():
        return [Receipt(n) for n in kept.tolist()]
    for verdict, reason in _REASONS.items():
        refused = int(tally[:, verdict].sum())
        if refused:
            _REFUSED.labels(signal, reason).inc(refused)
    return [
        Receipt(accepted, rejected, _explain(counts, options) if rejected else "")
        for accepted, rejected, counts in zip(kept.tolist(), (total - kept).tolist(), tally.tolist(), strict=True)
    ]


def _explain(counts: list[int], options: config.Ingest) -> str:
    texts = {
        door.VERDICT_OLD: f"older than {options.past_max_s:g} s (ingest.past_max_s)",
        door.VERDICT_FUTURE: f"more than {options.future_max_s:g} s ahead of the server's clock (ingest.future_max_s)",
        door.VERDICT_NO_ID: "without trace id or span id",
        door.VERDICT_CARDINALITY: f"of series beyond {options.series_max} for the tenant (ingest.series_max)",
    }
    return "refused: " + ", ".join(f"{counts[v]} {text}" for v, text in texts.items() if counts[v])


class SpanRates:
    """Spans per second of every tenant, shared by the workers: a bucket that may run into debt, so that a request is never
    cut in two; the next ones wait until the debt is paid."""

    def __init__(self, per_s_max: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = per_s_max
        self._clock = clock
        self._lock = threading.Lock()
        self._level: dict[str, tuple[float, float]] = {}

    def admit(self, tenant: str) -> None:
        """Raises OverloadError, with the time until the debt is paid, while the tenant is over its rate."""
        if self._rate <= 0:
            return
        with self._lock:
            level = self._now(tenant)
        if level <= 0:
            wait_s = max(0.1, -level / self._rate)
            raise OverloadError(
                f"tenant {tenant!r} sends more than {self._rate} spans/s (ingest.spans_per_s_max); retry in {wait_s:.1f} s",
                wait_s,
            )

    def spend(self, tenant: str, spans: int) -> None:
        """Count spans that were taken in."""
        if self._rate <= 0:
            return
        with self._lock:
            self._level[tenant] = (self._now(tenant) - spans, self._clock())

    def _now(self, tenant: str) -> float:
        now = self._clock()
        level, then = self._level.get(tenant, (float(self._rate), now))
        return min(float(self._rate), level + (now - then) * self._rate)


class SeriesCounter:
    """Distinct series of every tenant in the current hour, for the cardinality limit. Exact: what counted once is never
    refused within the hour, however much else is sent. Those of the hour before have their places kept in the first
    `KEPT_NS` of the next: who sends new series without end shuts no old one out when the hour turns. One for all wires and
    workers."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._hour = -1
        self._turns = 0
        self._counted: dict[str, tuple[int, U64]] = {}  # how many, and their words: open addressing, at most half full
        self._before: dict[str, tuple[int, U64]] = {}  # of the hour before: how many have not come again, and all words

    def turn(self, now_ns: int) -> int:
        """It is that time now. A number that grows whenever some that were refused may be taken from then on."""
        with self._lock:
            self._turn(now_ns)
            return self._turns

    def _turn(self, now_ns: int) -> None:
        hour = now_ns // HOUR_NS
        if hour > self._hour:  # another worker may be a little ahead
            self._before = self._counted if hour == self._hour + 1 else {}
            self._hour, self._counted = hour, {}
            self._turns += 1
        elif self._before and now_ns % HOUR_NS >= KEPT_NS:
            self._before = {}
            self._turns += 1

    def refused(self, now_ns: int, words: U64, fresh: I64, tenant: I32, names: list[str]) -> I64:
        """Which of the `fresh` positions are beyond the tenant's limit; the others count from now on."""
        if self._limit <= 0:
            return fresh[:0]
        with self._lock:
            self._turn(now_ns)
            return self._refused(words, fresh, tenant, names)

    def _refused(self, words: U64, fresh: I64, tenant: I32, names: list[str]) -> I64:
        out = []
        for number, name in enumerate(names):
            of_tenant = fresh[tenant[fresh] == number]
            count, table = self._counted.get(name, (0, np.zeros(SLOTS_MIN, np.uint64)))
            away = 0
            if name in self._before:
                away, before = self._before[name]
                of_both = of_tenant
                _, of_tenant = series.admit(words, of_both, before, 0)
                again = np.setdiff1d(of_both, of_tenant, assume_unique=True)
                table = _roomy(table, count + again.size)
                taken, _ = series.admit(words, again, table, again.size)
                count, away = count + taken, away - taken
                self._before[name] = away, before
            room = max(0, self._limit - count - away)
            table = _roomy(table, count + min(room, of_tenant.size))
            taken, beyond = series.admit(words, of_tenant, table, room)
            self._counted[name] = (count + taken, table)
            out.append(beyond)
        return np.sort(np.concatenate(out))


def _roomy(table: U64, count: int) -> U64:
    """The same words in a table that `count` fill to at most a half."""
    size = table.size
    while size < 2 * count:
        size *= 2
    if size == table.size:
        return table
    larger, held = np.zeros(size, np.uint64), table[table != 0]
    series.admit(held, np.arange(held.size), larger, held.size)
    return larger
