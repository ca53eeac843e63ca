"""What was pushed by jobs that do not live to be scraped: Pushgateway's groups.

A group is kept in memory and its last values are stated again every `AGAIN_S`, as a Prometheus that scrapes a Pushgateway
would find them, until the group is deleted; then its series are marked as ended. With a file (`push_file.py`) groups outlive a
restart.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Protocol

from swarmscope.errors import InputError, SwarmscopeError
from swarmscope.ingest.neighbours.exposition import Exposed, Pairs
from swarmscope.ingest.push_file import Kept, PushFile
from swarmscope.ingest.write_request import STALE, WriteRequest, histogram, labels, sample
from swarmscope.model.batch import Receipt
from swarmscope.telemetry import logger

AGAIN_S = 30.0
STOP_S = 5.0
GROUPS_MAX = 10_000  # of a tenant
SERIES_MAX = 100_000  # of one group
TENANT_SERIES_MAX = 250_000  # of all groups of a tenant: they are held in memory and stated again and again
_log = logger("ingest")
_ENDED = b"\x19" + STALE  # a `prometheus.Histogram` whose sum is the marker of staleness
Key = tuple[tuple[str, str], ...]


class Intake(Protocol):
    """Where samples go."""

    def submit(self, signal: Any, body: bytes, tenant: str, encoding: Any = ..., lane: str = ...) -> Future[Receipt]:
        """See `ingest.intake`."""


@dataclass(slots=True)
class Group:
    """Label block → value, of one tenant and grouping key; a native histogram is the bytes of a `prometheus.Histogram` without
    time. names: which metric each belongs to."""

    tenant: str
    values: dict[bytes, float | bytes] = field(default_factory=dict)
    names: dict[bytes, str] = field(default_factory=dict)
    families: dict[str, list[str]] = field(default_factory=dict)
    pushed_s: float = 0.0

    def copy(self) -> Group:
        """One that may be changed."""
        return Group(self.tenant, dict(self.values), dict(self.names), dict(self.families), self.pushed_s)


class Pushes:
    """All groups. Any thread. file: where they are kept over a restart; None: nowhere. value_max_bytes: of a label, as in
    remote write, which would refuse such a group again and again."""

    def __init__(self, intake: Intake, file: PushFile | None = None, value_max_bytes: int = 16 << 10) -> None:
        self._intake = intake
        self._file = file
        self._value_max_bytes = value_max_bytes
        self._groups: dict[tuple[str, Key], Group] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        for tenant, key, kept in file.all() if file is not None else ():
            values, names = {b: v for b, _, v in kept.values}, {b: n for b, n, _ in kept.values}
            self._groups[tenant, key] = Group(tenant, values, names, dict(kept.families), kept.pushed_s)
        if self._groups:
            self._run()

    def push(self, tenant: str, key: Key, exposed: Exposed, replace: bool) -> Future[Receipt]:
        """Take in what was pushed. replace: the whole group, else metrics of these names. What is refused, by an error or in
        the receipt, leaves the group as it was. InputError, JournalError."""
        now_s = time.time()
        values, names = self._blocks(exposed, key)
        with self._lock:
            before = self._groups.get((tenant, key))
            if before is None and self._held(tenant)[0] >= GROUPS_MAX:
                raise InputError(f"more than {GROUPS_MAX} groups; delete some")
            group = Group(tenant) if before is None else before.copy()
            pushed = set(names.values())
            gone = {
                b: group.values[b] for b, name in group.names.items() if b not in values and (replace or name in pushed)
            }
            added = len(values.keys() - group.values.keys()) - len(gone)
            if len(group.values) + added > SERIES_MAX:
                raise InputError(f"a group of more than {SERIES_MAX} series")
            if added > 0 and self._held(tenant)[1] + added > TENANT_SERIES_MAX:
                raise InputError(f"more than {TENANT_SERIES_MAX} series in all groups; delete some")
            self._groups[tenant, key] = group
            for block in gone:
                del group.values[block], group.names[block]
            group.values.update(values)
            group.names.update(names)
            group.families.update(exposed.families)
            group.pushed_s = now_s
            stamp = labels([*key, ("__name__", "push_time_seconds")])
            group.values[stamp], group.names[stamp] = now_s, "push_time_seconds"
            body = _request(group, gone, now_s)
            self._keep(tenant, key, group)
            self._run()

        def judge(done: Future[Receipt]) -> None:
            if done.cancelled() or done.exception() is not None or done.result().rejected:
                self._undo(tenant, key, group, before)

        try:
            stored = self._intake.submit("samples", body, tenant, "write1")
        except SwarmscopeError:
            self._undo(tenant, key, group, before)
            raise
        stored.add_done_callback(judge)
        return stored

    def _keep(self, tenant: str, key: Key, group: Group) -> None:
        if self._file is not None:
            rows = [(block, group.names[block], value) for block, value in group.values.items()]
            self._file.put(tenant, key, Kept(rows, group.families, group.pushed_s))

    def _undo(self, tenant: str, key: Key, refused: Group, before: Group | None) -> None:
        """The group as it was before a push that was refused, unless another push came since."""
        with self._lock:
            if self._groups.get((tenant, key)) is not refused:
                return
            if before is not None:
                self._groups[tenant, key] = before
                self._keep(tenant, key, before)
                return
            del self._groups[tenant, key]
            if self._file is not None:
                self._file.drop(tenant, key)

    def delete(self, tenant: str, key: Key) -> Future[Receipt] | None:
        """Forget a group; its series end. None: there was none."""
        with self._lock:
            group = self._groups.pop((tenant, key), None)
            if group is not None and self._file is not None:
                self._file.drop(tenant, key)
        if group is None:
            return None
        gone = dict(group.values)
        group.values.clear()
        return self._intake.submit("samples", _request(group, gone, time.time()), tenant, "write1")

    def stop(self) -> None:
        """State nothing again, and give the file back."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(STOP_S)
        if self._file is not None:
            self._file.close()

    def _blocks(self, exposed: Exposed, key: Key) -> tuple[dict[bytes, float | bytes], dict[bytes, str]]:
        values: dict[bytes, float | bytes] = {}
        names: dict[bytes, str] = {}
        for label, text in key:
            self._fits(label, text)
        given: list[tuple[Pairs, float | bytes, int | None]] = [*exposed.samples, *exposed.histograms]
        for pairs, value, time_ms in given:
            if time_ms is not None:
                raise InputError("pushed metrics must not have timestamps")
            for label, text in pairs:
                self._fits(label, text)
            block = labels([*pairs, *key])
            if block in values:
                raise InputError(f"the series {str(dict(pairs))[:200]} was pushed twice")
            values[block], names[block] = value, dict(pairs)["__name__"]
        return values, names

    def _fits(self, label: str, text: str) -> None:
        if 4 * len(text) > self._value_max_bytes and len(text.encode()) > self._value_max_bytes:
            raise InputError(
                f"the value of the label {label[:100]!r} is longer than {self._value_max_bytes} bytes "
                f"(ingest.label_value_max_bytes): {text[:40]!r}…"
            )

    def _held(self, tenant: str) -> tuple[int, int]:
        """How many groups and series a tenant has."""
        sizes = [len(group.values) for (owner, _), group in self._groups.items() if owner == tenant]
        return len(sizes), sum(sizes)

    def _run(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._again, name="pushes", daemon=True)
            self._thread.start()

    def _again(self) -> None:
        while not self._stop.wait(AGAIN_S):
            now_s = time.time()
            with self._lock:
                bodies = [(group.tenant, _request(group, {}, now_s)) for group in self._groups.values()]
            for tenant, body in bodies:
                try:
                    self._intake.submit("samples", body, tenant, "write1")
                except SwarmscopeError as e:
                    _log.warning("pushes_not_stated", error=str(e))
                    break


def _request(group: Group, gone: dict[bytes, float | bytes], now_s: float) -> bytes:
    """What is, and the end of what is not any more: of a native histogram a histogram says it."""
    request = WriteRequest()
    now_ms = round(now_s * 1000)
    for block, value in group.values.items():
        request.add(block, histogram(value, now_ms) if isinstance(value, bytes) else sample(value, now_ms))
    for block, last in gone.items():
        request.add(block, histogram(_ENDED, now_ms) if isinstance(last, bytes) else sample(STALE, now_ms))
    for family, (kind, unit, text) in group.families.items():
        request.describe(family, kind, unit, text)
    return request.encoded()
