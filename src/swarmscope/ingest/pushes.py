"""What was pushed by jobs that do not live to be scraped: Pushgateway's groups.

A group is kept in memory and its last values are stated again every `AGAIN_S`, as a Prometheus that scrapes a Pushgateway
would find them, until the group is deleted; then its series are marked as ended. With a file (`push_file.py`) groups outlive a
restart. A push that contradicts itself or other groups is refused (`push_kinds.py`), and its group tells when that was.
Source: prometheus/pushgateway `storage/diskmetricstore.go`.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Protocol

from swarmscope.errors import InputError, SwarmscopeError
from swarmscope.ingest.neighbours.exposition import Exposed, Pairs
from swarmscope.ingest.neighbours.pushed import family_of
from swarmscope.ingest.push_file import Kept, PushFile
from swarmscope.ingest.push_kinds import InconsistentError, Kinds
from swarmscope.ingest.write_request import STALE, WriteRequest, histogram, labels, sample
from swarmscope.model.batch import Receipt
from swarmscope.telemetry import logger

AGAIN_S = 30.0
STOP_S = 5.0
GROUPS_MAX = 10_000  # of a tenant
SERIES_MAX = 100_000  # of one group
TENANT_SERIES_MAX = 250_000  # of all groups of a tenant: they are held in memory and stated again and again
_log = logger("ingest")
PUSHED, FAILED = "push_time_seconds", "push_failure_time_seconds"
_STAMPS = {
    PUSHED: ["gauge", "", "Last Unix time when changing this group in the Pushgateway succeeded."],
    FAILED: ["gauge", "", "Last Unix time when changing this group in the Pushgateway failed."],
}
_ENDED = b"\x19" + STALE  # a `prometheus.Histogram` whose sum is the marker of staleness
Key = tuple[tuple[str, str], ...]


class Intake(Protocol):
    """Where samples go."""

    def submit(self, signal: Any, body: bytes, tenant: str, encoding: Any = ..., lane: str = ...) -> Future[Receipt]:
        """See `ingest.intake`."""


@dataclass(slots=True)
class Group:
    """Label block → value, of one tenant and grouping key; a native histogram is the bytes of a `prometheus.Histogram` without
    time. names: which family each belongs to."""

    tenant: str
    values: dict[bytes, float | bytes] = field(default_factory=dict)
    names: dict[bytes, str] = field(default_factory=dict)
    families: dict[str, list[str]] = field(default_factory=dict)
    pushed_s: float = 0.0

    def copy(self) -> Group:
        """One that may be changed."""
        return Group(self.tenant, dict(self.values), dict(self.names), dict(self.families), self.pushed_s)

    def kinds(self) -> dict[str, str]:
        """Family → kind."""
        return dict(family_of(name, self.families) for name in set(self.names.values()))

    def stamp(self, key: Key, name: str, at_s: float) -> None:
        """State when a push succeeded or failed; the other is 0 until it did."""
        for stamp, help_ in _STAMPS.items():
            block = labels([*key, ("__name__", stamp)])
            self.values[block] = at_s if stamp == name else self.values.get(block, 0.0)
            self.names[block], self.families[stamp] = stamp, help_

    def stamps(self) -> Group:
        """Only these."""
        names = {block: name for block, name in self.names.items() if name in _STAMPS}
        return Group(self.tenant, {block: self.values[block] for block in names}, names, dict(_STAMPS))


class Pushes:
    """All groups. Any thread. file: where they are kept over a restart; None: nowhere. value_max_bytes: of a label, as in
    remote write, which would refuse such a group again and again."""

    def __init__(self, intake: Intake, file: PushFile | None = None, value_max_bytes: int = 16 << 10) -> None:
        self._intake = intake
        self._file = file
        self._value_max_bytes = value_max_bytes
        self._groups: dict[tuple[str, Key], Group] = {}
        self._kinds: dict[str, Kinds] = {}
        self._shapes: dict[
            tuple[str, tuple[str, ...]], dict[Key, Group]
        ] = {}  # groups by tenant and names of their keys
        self._sizes: dict[str, tuple[int, int]] = {}  # groups and series by tenant
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        for tenant, key, kept in file.all() if file is not None else ():
            values, names = {b: v for b, _, v in kept.values}, {b: n for b, n, _ in kept.values}
            families = kept.families | _STAMPS
            names = {block: family_of(name, families)[0] for block, name in names.items()}
            self._put(tenant, key, Group(tenant, values, names, families, kept.pushed_s))
        if self._groups:
            self._run()

    def push(self, tenant: str, key: Key, exposed: Exposed, replace: bool) -> Future[Receipt]:
        """Take in what was pushed. replace: the whole group, else families of these names. What is refused, by an error or in
        the receipt, leaves the group as it was but for the time of the failure. InputError, JournalError."""
        now_s = time.time()
        for label, text in key:
            self._fits(label, text)
        try:
            values, names = self._blocks(exposed, key)
            with self._lock:
                before = self._groups.get((tenant, key))
                group, gone = self._merged(tenant, key, exposed, values, names, replace)
                group.pushed_s = now_s
                group.stamp(key, PUSHED, now_s)
                self._check(tenant, key, group)
                self._put(tenant, key, group)
                body = _request(group, gone, now_s)
                self._keep(tenant, key, group)
                self._run()
        except InputError as e:
            self._failed(tenant, key, now_s, isinstance(e, InconsistentError))
            raise

        def judge(done: Future[Receipt]) -> None:
            if done.cancelled() or done.exception() is not None or done.result().rejected:
                self._undo(tenant, key, group, before)
                if not done.cancelled() and done.exception() is None:
                    self._failed(tenant, key, now_s, False)

        try:
            stored = self._intake.submit("samples", body, tenant, "write1")
        except SwarmscopeError:
            self._undo(tenant, key, group, before)
            raise
        stored.add_done_callback(judge)
        return stored

    def _merged(
        self, tenant: str, key: Key, exposed: Exposed, values: dict[bytes, float | bytes], names: dict[bytes, str],
        replace: bool,
    ) -> tuple[Group, dict[bytes, float | bytes]]:  # fmt: skip
        """A group with what was pushed, and what is no longer in it."""
        before = self._groups.get((tenant, key))
        held, series = self._held(tenant)
        if before is None and held >= GROUPS_MAX:
            raise InputError(f"more than {GROUPS_MAX} groups; delete some")
        group = Group(tenant) if before is None else before.copy()
        pushed = set(names.values())
        gone = {
            b: group.values[b]
            for b, name in group.names.items()
            if b not in values and name not in _STAMPS and (replace or name in pushed)
        }
        added = len(values.keys() - group.values.keys()) - len(gone) + (len(_STAMPS) if before is None else 0)
        if len(group.values) + added > SERIES_MAX:
            raise InputError(f"a group of more than {SERIES_MAX} series")
        if added > 0 and series + added > TENANT_SERIES_MAX:
            raise InputError(f"more than {TENANT_SERIES_MAX} series in all groups; delete some")
        for block in gone:
            del group.values[block], group.names[block]
        for family in set(group.families) if replace else pushed & group.families.keys():
            del group.families[family]
        group.values.update(values)
        group.names.update(names)
        named = pushed | {name.rpartition("_")[0] for name in pushed}  # one without samples says nothing
        group.families.update({family: told for family, told in exposed.families.items() if family in named})
        return group, gone

    def _check(self, tenant: str, key: Key, group: Group) -> None:
        """Whether it fits to the other groups. InconsistentError."""
        kinds, before = self._kinds.setdefault(tenant, Kinds()), self._groups.get((tenant, key))
        if before is not None:
            kinds.drop(before.kinds())
        try:
            kinds.check(group.kinds())
        finally:
            if before is not None:
                kinds.put(before.kinds())
        if (block := self._elsewhere(tenant, key, group)) is not None:
            raise InconsistentError(
                f'collected metric "{group.names[block]}" was collected before with the same name and label values, in '
                "another group"
            )

    def _elsewhere(self, tenant: str, key: Key, group: Group) -> bytes | None:
        """A series that another group has too: only one whose key has other names, and whose values are no other, can."""
        own, shape = dict(key), _shape(tenant, key)
        for other, groups in self._shapes.items():
            if other == shape or other[0] != tenant:
                continue
            for theirs, there in groups.items():
                if all(own.get(name, value) == value for name, value in theirs):
                    for block in group.values.keys() & there.values.keys():
                        return block
        return None

    def _failed(self, tenant: str, key: Key, at_s: float, anew: bool) -> None:
        """A push was refused, which its group tells. anew: also where there is no such group yet."""
        with self._lock:
            before = self._groups.get((tenant, key))
            held, series = self._held(tenant)
            if before is None and (not anew or held >= GROUPS_MAX or series + len(_STAMPS) > TENANT_SERIES_MAX):
                return
            group = Group(tenant) if before is None else before.copy()
            group.stamp(key, FAILED, at_s)
            if before is None and self._elsewhere(tenant, key, group) is not None:
                return
            self._put(tenant, key, group)
            self._keep(tenant, key, group)
            self._run()
        try:
            self._intake.submit("samples", _request(group.stamps(), {}, at_s), tenant, "write1")
        except SwarmscopeError as e:
            _log.warning("pushes_not_stated", error=str(e))  # it is stated again soon

    def _put(self, tenant: str, key: Key, group: Group | None) -> None:
        """Have a group in place of the one before; None: none."""
        kinds, shape = self._kinds.setdefault(tenant, Kinds()), _shape(tenant, key)
        groups, series = self._held(tenant)
        if (before := self._groups.pop((tenant, key), None)) is not None:
            kinds.drop(before.kinds())
            del self._shapes[shape][key]
            groups, series = groups - 1, series - len(before.values)
        if group is not None:
            self._groups[tenant, key] = group
            kinds.put(group.kinds())
            self._shapes.setdefault(shape, {})[key] = group
            groups, series = groups + 1, series + len(group.values)
        elif not self._shapes.get(shape, True):
            del self._shapes[shape]
        self._sizes[tenant] = groups, series

    def _keep(self, tenant: str, key: Key, group: Group) -> None:
        if self._file is not None:
            rows = [(block, group.names[block], value) for block, value in group.values.items()]
            self._file.put(tenant, key, Kept(rows, group.families, group.pushed_s))

    def _undo(self, tenant: str, key: Key, refused: Group, before: Group | None) -> None:
        """The group as it was before a push that was refused, unless another push came since."""
        with self._lock:
            if self._groups.get((tenant, key)) is not refused:
                return
            self._put(tenant, key, before)
            if before is not None:
                self._keep(tenant, key, before)
                return
            if self._file is not None:
                self._file.drop(tenant, key)

    def delete(self, tenant: str, key: Key) -> Future[Receipt] | None:
        """Forget a group; its series end. None: there was none."""
        with self._lock:
            group = self._groups.get((tenant, key))
            self._put(tenant, key, None)
            if group is not None and self._file is not None:
                self._file.drop(tenant, key)
        if group is None:
            return None
        return self._intake.submit("samples", _request(Group(tenant), group.values, time.time()), tenant, "write1")

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
        given: list[tuple[Pairs, float | bytes, int | None]] = [*exposed.samples, *exposed.histograms]
        for pairs, value, time_ms in given:
            if time_ms is not None:
                raise InconsistentError("pushed metrics must not have timestamps")
            for label, text in pairs:
                self._fits(label, text)
                if label.startswith("__") and label != "__name__":
                    raise InconsistentError(f"a collected metric has a label with an invalid name: {label[:100]}")
            family, _ = family_of(dict(pairs)["__name__"], exposed.families)
            if family in _STAMPS:
                continue
            block = labels([*pairs, *key])
            if block in values:
                raise InconsistentError(
                    f'collected metric "{family}" {str(dict(pairs))[:200]} was collected before with the same name and '
                    "label values"
                )
            values[block], names[block] = value, family
        return values, names

    def _fits(self, label: str, text: str) -> None:
        if 4 * len(text) > self._value_max_bytes and len(text.encode()) > self._value_max_bytes:
            raise InputError(
                f"the value of the label {label[:100]!r} is longer than {self._value_max_bytes} bytes "
                f"(ingest.label_value_max_bytes): {text[:40]!r}…"
            )

    def _held(self, tenant: str) -> tuple[int, int]:
        """How many groups and series a tenant has."""
        return self._sizes.get(tenant, (0, 0))

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


def _shape(tenant: str, key: Key) -> tuple[str, tuple[str, ...]]:
    return tenant, tuple(name for name, _ in key)


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
