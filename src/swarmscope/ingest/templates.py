"""Templates of log lines, mined on the way in: the `template_id` of every record and the rows of `log_templates`.

It happens before the journal, so that a replay stores the ids that were given. Most lines repeat: their masked words hash to
a key whose template is known, which costs a tenth of a microsecond a line in a kernel. Lines of a new kind go to `drain`, by
Python, some 30 µs each and at most MISSES_PER_S of them (more at once after a rest): what is beyond has no template, and is
met again when its kind comes next. All workers share one miner.

A template is stated in `log_templates` when it is founded, when its words become more general, and once a day while its
lines come.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from swarmscope import telemetry
from swarmscope.ingest import arrow
from swarmscope.ingest.columns import I32, U64, Strings
from swarmscope.ingest.drain import Drain, Template, mask
from swarmscope.ingest.kernels import templates as kernels
from swarmscope.ingest.log_classes import class_of
from swarmscope.ingest.shared import Tenants, stamp
from swarmscope.model.tables import LOG_TEMPLATES

KEYS = 1 << 17  # places for kinds of lines, of all tenants
KEYS_USED_MAX = KEYS // 2
TENANTS_MAX = 256
MISSES_PER_S = 2_000
MISSES_BURST = 20_000
EXAMPLE_MAX_BYTES = 512
DAY_NS = 86_400_000_000_000

_MISSES = telemetry.counter("swarmscope_ingest_template_misses_total", "Lines of a new kind", ("outcome",))
_KNOWN = telemetry.gauge("swarmscope_ingest_templates", "Log templates in memory")


@dataclass(frozen=True, slots=True)
class Known:
    """A template that was stored before."""

    number: int
    text: str
    label: str
    example: str


@dataclass(slots=True)
class Mined:
    """ids: by row, 0 for none. table: rows of `log_templates`, None for none. `durable` is called when the journal has them."""

    ids: U64
    table: pa.Table | None = None
    durable: Callable[[], None] = field(default=lambda: None)


class Miner:
    """The templates of all tenants. Any thread may call.

    clock: seconds, monotonic, for the limit of new kinds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._table: U64 = np.zeros((KEYS, 2), np.uint64)
        self._used = 0
        self._day = -1
        self._tenants: OrderedDict[str, Drain] = OrderedDict()
        self._untold: dict[tuple[str, int], Template] = {}
        self._clock = clock
        self._allowance = float(MISSES_BURST)
        self._since = clock()

    def know(self, tenant: str, templates: Iterable[Known]) -> None:
        """Go on with what was mined before the program started."""
        with self._lock:
            drain = self._drain(tenant)
            for one in templates:
                drain.know(Template(one.number, one.text.split(), one.label, one.example, told=1))

    def run(self, lines: Strings, rows: I32, tenant: I32, tenants: Tenants, now_ns: int) -> Mined:
        """The template of every row. rows: line of each row, -1 for none. tenant: number of each row's tenant."""
        ids, keys = np.empty(rows.size, np.uint64), np.empty(rows.size, np.uint64)
        seeds = np.ascontiguousarray(tenants.seeds[:, 0])
        self._begin_day(now_ns)
        args = (rows, lines.offsets, lines.data, tenant, seeds, kernels.KINDS, self._table, ids, keys)
        if kernels.find(*args):
            missing = np.flatnonzero((ids == 0) & (keys != 0))
            with self._lock:
                self._mine(lines, rows, tenant, tenants, ids, keys, missing)
        if not self._untold:
            return Mined(ids)
        with self._lock:
            return self._tell(ids, tenants, now_ns)

    def _mine(
        self, lines: Strings, rows: I32, tenant: I32, tenants: Tenants, ids: U64, keys: U64, missing: np.ndarray
    ) -> None:
        """Give the missing rows their templates, the kinds that came first before the others."""
        distinct, first, of = np.unique(keys[missing], return_index=True, return_inverse=True)
        order = np.argsort(first)
        taken = order[: self._take(distinct.size)]
        _MISSES.labels("mined").inc(taken.size)
        _MISSES.labels("left").inc(distinct.size - taken.size)
        numbers = np.zeros(distinct.size, np.uint64)
        for kind in taken.tolist():
            row = missing[first[kind]]
            start, stop = lines.offsets[rows[row] : rows[row] + 2].tolist()
            number = self._template(
                tenants.names[tenant[row]], lines.data[start : min(stop, start + kernels.LINE_BYTES_MAX)]
            )
            if number:
                numbers[kind] = number
                self._learn(distinct[kind], number)
        ids[missing] = numbers[of]
        _KNOWN.set(sum(len(drain.templates) for drain in self._tenants.values()))

    def _template(self, tenant: str, line: np.ndarray) -> int:
        raw = line.tobytes()
        words = mask(raw)
        if not words:
            return 0
        template, is_new = self._drain(tenant).add(words)
        if is_new:
            template.label = class_of(raw.decode("utf-8", "replace"))
            template.example = raw[:EXAMPLE_MAX_BYTES].decode("utf-8", "ignore")
        if template.told != template.changed:
            self._untold[tenant, template.number] = template
        return template.number

    def _drain(self, tenant: str) -> Drain:
        drain = self._tenants.get(tenant)
        if drain is None:
            if len(self._tenants) >= TENANTS_MAX:
                self._tenants.popitem(last=False)
            drain = self._tenants[tenant] = Drain()
        self._tenants.move_to_end(tenant)
        return drain

    def _learn(self, key: np.uint64, number: int) -> None:
        self._used += 1
        if self._used > KEYS_USED_MAX or not kernels.learn(self._table, key, np.uint64(number)):
            self._forget_keys()
            kernels.learn(self._table, key, np.uint64(number))

    def _forget_keys(self) -> None:
        """Kinds are met anew; a new table, as other workers may be looking into the old one."""
        self._table = np.zeros((KEYS, 2), np.uint64)
        self._used = 1

    def _begin_day(self, now_ns: int) -> None:
        """Once a day every kind is met anew and its template stated again, so that what is in use does not expire."""
        day = now_ns // DAY_NS
        if day != self._day:
            with self._lock:
                if day != self._day:
                    self._day = day
                    self._forget_keys()
                    for drain in self._tenants.values():
                        for template in drain.templates.values():
                            template.told = 0

    def _take(self, wanted: int) -> int:
        now = self._clock()
        self._allowance = min(MISSES_BURST, self._allowance + (now - self._since) * MISSES_PER_S)
        self._since = now
        taken = min(wanted, int(self._allowance))
        self._allowance -= taken
        return taken

    def _tell(self, ids: U64, tenants: Tenants, now_ns: int) -> Mined:
        """State what is new of these tenants. It is stated again with the next batch unless this one becomes durable."""
        told = [(key, t, t.changed) for key, t in self._untold.items() if key[0] in tenants.names]
        if not told:
            return Mined(ids)
        names = [key[0] for key, _, _ in told]
        table = arrow.table(
            LOG_TEMPLATES,
            {
                "tenant": pa.array(names, pa.string()).dictionary_encode(),
                "received_at": stamp(now_ns, len(told)),
                "template_id": pa.array([t.number for _, t, _ in told], pa.uint64()),
                "class": pa.array([t.label for _, t, _ in told], pa.string()).dictionary_encode(),
                "text": pa.array([t.text for _, t, _ in told], pa.string()),
                "example": pa.array([t.example for _, t, _ in told], pa.string()),
            },
        )

        def durable() -> None:
            with self._lock:
                for key, template, changed in told:
                    template.told = changed
                    if template.changed == changed:
                        self._untold.pop(key, None)

        return Mined(ids, table, durable)
