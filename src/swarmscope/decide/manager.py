"""All rules of one program: reads the files, evaluates groups when their time comes, tells Alertmanagers.

One thread watches clock and files; a small pool evaluates, at most half of it for one tenant, so that slow rules of one tenant
leave room for the others. A group that is still busy when its next moment comes skips that moment, which is counted. Files
that cannot be read leave the rules as they were; other tenants' files count all the same.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from swarmscope import config, telemetry
from swarmscope.decide import files
from swarmscope.decide.group import GroupState, Surround
from swarmscope.decide.notify import Notifier
from swarmscope.decide.recent import Recent, Row
from swarmscope.errors import ConfigError
from swarmscope.model.access import DEFAULT_TENANT
from swarmscope.query.promql.source import Source

WATCH_S = 5.0
SETTLED_NS = 10**9
KEEP_S = 20.0
STOP_S = 10.0
_log = telemetry.logger("decide")
_missed = telemetry.counter(
    "swarmscope_rules_iterations_missed_total", "Evaluations left out: the group was still busy"
)
_reloads = telemetry.counter("swarmscope_rules_reloads_total", "Readings of rule files", ("outcome",))
_groups = telemetry.gauge("swarmscope_rules_groups", "Groups of rules")

Sink = Callable[[str, Sequence[Row]], Future[Any]]


@dataclass(slots=True)
class _Tenant:
    """The rules of one tenant. error: why the files as they are now were not taken."""

    patterns: tuple[str, ...]
    around: Surround
    groups: list[GroupState] = field(default_factory=list)
    error: str = ""
    loaded_s: float = 0.0
    stamp: tuple[Any, ...] = ()


class Rules:
    """Owns the threads. source: tenant → what its queries read. sink: writes rows of a tenant. lag_s: how far the store is
    behind what was written."""

    def __init__(
        self, options: config.Rules, source: Callable[[str], Source], sink: Sink, lag_s: Callable[[], float], timeout_s: float
    ) -> None:  # fmt: skip
        self.options = options
        self.notifier = Notifier(options.alertmanagers)
        self._source, self._sink, self._lag_s, self._timeout_s = source, sink, lag_s, timeout_s
        self._tenants = {t: _Tenant(p, self._around(t)) for t, p in _patterns(options).items()}
        self._busy: dict[GroupState, int] = {}
        self._due: dict[GroupState, int] = {}
        self._lock = threading.Lock()
        self._stopping, self._news = threading.Event(), threading.Event()
        self._pool = ThreadPoolExecutor(options.workers, "rules")
        self._thread: threading.Thread | None = None

    # ---- life

    def read(self) -> None:
        """Read the files for the first time. ConfigError: a file cannot be used."""
        for name, tenant in self._tenants.items():
            self._load(name, tenant)

    def start(self) -> None:
        """Begin to evaluate what was read; nothing happens when no files are named."""
        if not self._tenants:
            return
        self.notifier.start()
        self._thread = threading.Thread(target=self._run, name="rules", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Evaluate nothing any more."""
        self._stopping.set()
        self._news.set()
        for tenant in self._tenants.values():
            tenant.around.token.cancel()
        if self._thread is not None:
            self._thread.join(STOP_S)
        self._pool.shutdown(wait=True, cancel_futures=True)
        self.notifier.stop()

    def reload(self, tenant: str) -> None:
        """Read the files of a tenant again. ConfigError: they are not taken, and everything stays as it was."""
        if tenant in self._tenants:
            self._load(tenant, self._tenants[tenant])
            self._news.set()

    # ---- what others ask

    def groups(self, tenant: str) -> list[GroupState]:
        """Groups by file and name."""
        found = self._tenants.get(tenant)
        return [] if found is None else sorted(found.groups, key=lambda g: (g.group.file, g.group.name))

    def tenants(self) -> list[str]:
        """Those who have rule files."""
        return list(self._tenants)

    def patterns(self, tenant: str) -> tuple[str, ...]:
        """What names the files of a tenant."""
        found = self._tenants.get(tenant)
        return () if found is None else found.patterns

    def loaded_s(self, tenant: str) -> float:
        """When the files of a tenant were taken last, 0 where it has none."""
        found = self._tenants.get(tenant)
        return 0.0 if found is None else found.loaded_s

    def problem(self, tenant: str) -> str:
        """Why the files of a tenant as they are now were not taken; empty: they were."""
        found = self._tenants.get(tenant)
        return "" if found is None else found.error

    # ---- files

    def _around(self, tenant: str) -> Surround:
        options = self.options
        external = dict(options.external_labels) | ({} if tenant == DEFAULT_TENANT else {"tenant": tenant})
        return Surround(
            lambda: self._source(tenant),
            Recent(lambda: KEEP_S + self._lag_s()),
            lambda rows: self._sink(tenant, rows),
            external,
            options.external_url,
            self._timeout_s,
            round(options.outage_tolerance_s * 1000),
            round(options.grace_period_s * 1000),
        )

    def _load(self, name: str, tenant: _Tenant) -> None:
        stamp: tuple[Any, ...] = ()
        try:
            paths = files.find(tenant.patterns)
            stamp = _stamp(paths)
            groups = files.load(paths, round(self.options.evaluation_interval_s * 1000))
        except ConfigError as e:
            tenant.error, tenant.stamp = str(e), stamp
            _reloads.labels("failed").inc()
            raise
        with self._lock:
            before = {(g.group.file, g.group.name): g for g in tenant.groups}
            tenant.groups, rows = [], []
            for group in groups:
                old = before.pop((group.file, group.name), None)
                if old is not None and old.group == group:
                    tenant.groups.append(old)
                    continue
                state = GroupState(name, group, tenant.around)
                if old is not None:
                    with old.lock:
                        rows += state.adopt(old)
                tenant.groups.append(state)
            rows += [row for old in before.values() for row in old.ended()]
            kept = {id(g) for t in self._tenants.values() for g in t.groups}
            self._due = {g: due for g, due in self._due.items() if id(g) in kept}
        tenant.error, tenant.stamp, tenant.loaded_s = "", stamp, time.time()
        _reloads.labels("loaded").inc()
        _groups.set(sum(len(t.groups) for t in self._tenants.values()))
        _log.info("rules_loaded", tenant=name, groups=len(groups), rules=sum(len(g.rules) for g in groups))
        if rows:
            tenant.around.recent.add(rows)
            self._sink(name, rows)

    def _watch(self) -> None:
        for name, tenant in self._tenants.items():
            try:
                stamp, now_ns = _stamp(files.find(tenant.patterns)), time.time_ns()
                if stamp == tenant.stamp or any(0 <= now_ns - written < SETTLED_NS for _, written, *_ in stamp):
                    continue  # what was written just now may be half of it
                self._load(name, tenant)
            except ConfigError as e:
                tenant.error = str(e)
                _log.error("rules_not_loaded", tenant=name, error=str(e), effect="the rules of before go on")

    # ---- clock

    def _run(self) -> None:
        watch_s = time.monotonic() + WATCH_S
        while not self._stopping.is_set():
            if time.monotonic() >= watch_s:
                self._watch()
                watch_s = time.monotonic() + WATCH_S
            next_ms = self._submit(time.time_ns() // 1_000_000)
            wait_s = min(1.0, max(0.01, next_ms / 1000 - time.time()))
            self._news.wait(wait_s)
            self._news.clear()

    def _submit(self, now_ms: int) -> int:
        """Begin what is due; when something is due next."""
        soonest = now_ms + 1000
        with self._lock:
            for name, tenant in self._tenants.items():
                free = max(1, self.options.workers // 2) - sum(1 for g in self._busy if g.tenant == name)
                for group in tenant.groups:
                    due = self._due.setdefault(group, group.slot(now_ms) + group.group.interval_ms)
                    if due > now_ms or group in self._busy or free <= 0:
                        soonest = min(soonest, max(due, now_ms + 20))
                        continue
                    latest = group.slot(now_ms)
                    missed = (latest - due) // group.group.interval_ms
                    if missed > 0:
                        group.missed += missed
                        _missed.inc(missed)
                    self._due[group] = latest + group.group.interval_ms
                    self._busy[group] = latest
                    free -= 1
                    self._pool.submit(self._evaluate, group, latest, tenant.around)
        return soonest

    def _evaluate(self, group: GroupState, slot_ms: int, around: Surround) -> None:
        offset = group.group.offset_ms
        at_ms = slot_ms - (round(self.options.query_offset_s * 1000) if offset is None else offset)
        try:
            group.evaluate(at_ms, self._stopping)
            resend_s = self.options.resend_delay_s
            valid_s = 4 * max(resend_s, group.group.interval_ms / 1000)
            for state in group.rules:
                if state.alerts is None or not state.alerts.restored:
                    continue
                with group.lock:
                    due = state.alerts.to_send(at_ms, round(resend_s * 1000))
                if due:
                    link = f"{self.options.external_url.rstrip('/')}/explore?q={quote(state.rule.text, safe='')}"
                    self.notifier.tell(due, around.external, link, valid_s)
        except Exception as e:  # noqa: BLE001 # a defect met by one group must not end the others
            _log.error("group_failed", tenant=group.tenant, group=group.group.name, error=repr(e))
        finally:
            with self._lock:
                del self._busy[group]
            self._news.set()


def _patterns(options: config.Rules) -> Mapping[str, tuple[str, ...]]:
    named = {DEFAULT_TENANT: options.files, **options.tenants}
    if options.files and DEFAULT_TENANT in options.tenants:
        named[DEFAULT_TENANT] = (*options.files, *options.tenants[DEFAULT_TENANT])
    return {tenant: patterns for tenant, patterns in named.items() if patterns}


def _stamp(paths: Sequence[Path]) -> tuple[Any, ...]:
    """Changes when a file does."""
    out = []
    for path in paths:
        try:
            facts = path.stat()
            out.append((str(path), facts.st_mtime_ns, facts.st_size, facts.st_ino))
        except OSError:
            out.append((str(path), 0, 0, 0))
    return tuple(out)
