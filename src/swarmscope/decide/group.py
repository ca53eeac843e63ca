"""One group of rules at one moment: its rules in order, what they write, how they fared."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from swarmscope import telemetry
from swarmscope.decide.alerts import ALERTS, FOR_STATE, Alert, Alerts, Memory, Surroundings
from swarmscope.decide.files import Group, Rule
from swarmscope.decide.functions import Sample
from swarmscope.decide.recent import Fresh, Recent, Row
from swarmscope.errors import QueryError, SwarmscopeError
from swarmscope.query.promql.engine import Engine, Limits, Result, Token
from swarmscope.query.promql.labels import NAME
from swarmscope.query.promql.memory import Key
from swarmscope.query.promql.nodes import Matcher
from swarmscope.query.promql.source import Source
from swarmscope.query.promql.values import Grid, is_stale

WRITE_TIMEOUT_S = 30.0
RULE_LEAST_S = 10.0  # a rule may take as long as its group's interval, and no less than this
_log = telemetry.logger("decide")
_evaluations = telemetry.counter("swarmscope_rules_evaluations_total", "Evaluations of rules", ("kind", "outcome"))
_seconds = telemetry.histogram(
    "swarmscope_rules_evaluation_seconds", "Time of one rule", (), (0.005, 0.02, 0.1, 0.5, 2.0, 10.0)
)
_lost = telemetry.counter("swarmscope_rules_samples_not_stored_total", "Samples of rules that could not be written")


@dataclass(frozen=True, slots=True)
class Surround:
    """What the rules of one tenant work with. sink: writes rows, durable when its future is done. token: ends their queries."""

    source: Callable[[], Source]
    recent: Recent
    sink: Callable[[Sequence[Row]], Future[Any]]
    external: Mapping[str, str] = field(default_factory=dict)
    url: str = ""
    timeout_s: float = 30.0
    tolerance_ms: int = 3_600_000
    grace_ms: int = 600_000
    subquery_step_ms: int = 60_000
    token: Token = field(default_factory=Token)


@dataclass(slots=True)
class RuleState:
    """A rule and how it fares. seen: series of its last evaluation."""

    rule: Rule
    alerts: Alerts | None
    health: str = "unknown"
    error: str = ""
    warnings: list[str] = field(default_factory=list)
    seconds: float = 0.0
    at_s: float = 0.0
    seen: set[Key] = field(default_factory=set)

    @classmethod
    def of(cls, rule: Rule) -> RuleState:
        """A rule that was never evaluated."""
        return cls(rule, Alerts(rule) if rule.alert else None)

    @property
    def active(self) -> list[Alert]:
        """Pending and firing alerts, by their labels."""
        if self.alerts is None:
            return []
        return sorted((a for a in list(self.alerts.active.values()) if a.state != "inactive"), key=lambda a: a.labels)


class GroupState:
    """A group of one tenant. `evaluate` is called by one thread at a time."""

    def __init__(self, tenant: str, group: Group, around: Surround) -> None:
        self.tenant, self.group, self.around = tenant, group, around
        self.rules = [RuleState.of(rule) for rule in group.rules]
        self.seconds = self.at_s = 0.0
        self.missed = 0
        self.lock = threading.Lock()
        name = f"{tenant};{group.file};{group.name}"
        digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        self.phase_ms = int.from_bytes(digest, "little") % group.interval_ms

    def slot(self, now_ms: int) -> int:
        """The latest moment of evaluation that is not after now: groups of an interval are spread over it."""
        interval = self.group.interval_ms
        return (now_ms - self.phase_ms) // interval * interval + self.phase_ms

    def adopt(self, before: GroupState) -> list[Row]:
        """Take over the state of rules that are the same as in `before`; markers for series that nobody makes any more."""
        left = list(before.rules)
        for number, state in enumerate(self.rules):
            match = next((s for s in left if s.rule.identity == state.rule.identity), None)
            if match is None:
                continue
            left = [s for s in left if s is not match]
            fresh = RuleState.of(state.rule)
            if fresh.alerts is not None and match.alerts is not None:
                fresh.alerts.active, fresh.alerts.restored = match.alerts.active, match.alerts.restored
            fresh.health, fresh.error, fresh.seconds, fresh.at_s = match.health, match.error, match.seconds, match.at_s
            fresh.seen = match.seen
            self.rules[number] = fresh
        self.seconds, self.at_s = before.seconds, before.at_s
        mine = {key for state in self.rules for key in state.seen}
        now_ms = time.time_ns() // 1_000_000
        return [Row(key, None, now_ms) for state in left for key in sorted(state.seen - mine)]

    def ended(self) -> list[Row]:
        """Markers for all series of a group that is no more."""
        now_ms = time.time_ns() // 1_000_000
        return [Row(key, None, now_ms) for state in self.rules for key in sorted(state.seen)]

    def evaluate(self, at_ms: int, stopping: threading.Event) -> None:
        """All rules at a moment. What they write is seen by the rules after them at once, and durable at the end."""
        begun = time.perf_counter()
        rows: list[Row] = []
        for state in self.rules:
            if stopping.is_set():
                return
            made = self._one(state, at_ms)
            self.around.recent.add(made)
            rows += made
        if rows:
            self._write(rows)
        for state in self.rules:
            if state.alerts is not None and not state.alerts.restored:
                self._restore(state, at_ms)
        self.seconds, self.at_s = time.perf_counter() - begun, time.time()

    def _one(self, state: RuleState, at_ms: int) -> list[Row]:
        begun = time.perf_counter()
        kind = "recording" if state.rule.record else "alerting"
        rows: list[Row] = []
        try:
            result = self._engine().run(state.rule.text, state.rule.expr, Grid(at_ms, 1, 1), instant=True)
            rows = list(
                self._recorded(state, result, at_ms) if state.alerts is None else self._alerted(state, result, at_ms)
            )
            keys = {row.labels for row in rows}
            rows += [Row(key, None, at_ms) for key in sorted(state.seen - keys)]
            state.seen = keys
            state.health, state.error, state.warnings = "ok", "", [*result.warnings, *result.infos]
        except SwarmscopeError as e:
            state.health, state.error = "err", str(e)
            _log.warning("rule_failed", tenant=self.tenant, group=self.group.name, rule=state.rule.name, error=str(e))
        except Exception as e:  # noqa: BLE001 # a defect met by one rule must not end the others
            state.health, state.error = "err", f"{type(e).__name__}: {e}"
            _log.error("rule_broken", tenant=self.tenant, group=self.group.name, rule=state.rule.name, error=repr(e))
        state.seconds, state.at_s = time.perf_counter() - begun, time.time()
        _evaluations.labels(kind, state.health).inc()
        _seconds.observe(state.seconds)
        return rows

    def _recorded(self, state: RuleState, result: Result, at_ms: int) -> list[Row]:
        limit = self.group.limit
        rows: dict[Key, Row] = {}
        for labels, value in _values(result):
            named = {**labels, **state.rule.labels, NAME: state.rule.record}
            key = tuple(sorted((n, text) for n, text in named.items() if text))
            if key in rows:
                raise QueryError("vector contains metrics with the same labelset after applying rule labels")
            rows[key] = Row(key, value, at_ms)
        if limit and len(rows) > limit:
            raise QueryError(f"exceeded limit of {limit} with {len(rows)} series")
        return list(rows.values())

    def _alerted(self, state: RuleState, result: Result, at_ms: int) -> list[Row]:
        assert state.alerts is not None  # noqa: S101 # the caller asked
        found = [(labels, value if isinstance(value, float) else value.count) for labels, value in _values(result)]
        around = Surroundings(lambda text: self._ask(text, at_ms), self.around.external, self.around.url)
        with self.lock:
            state.alerts.take(found, at_ms, around, self.group.limit)
            return list(state.alerts.rows(at_ms))

    def _ask(self, text: str, at_ms: int) -> list[Sample]:
        result = self._engine().instant(text, at_ms * 1_000_000)
        return [Sample(labels, v if isinstance(v, float) else v.count) for labels, v in _values(result)]

    def _engine(self) -> Engine:
        timeout_s = min(self.around.timeout_s, max(RULE_LEAST_S, self.group.interval_ms / 1000))
        limits = Limits(timeout_s=timeout_s, subquery_step_ms=self.around.subquery_step_ms)
        return Engine(Fresh(self.around.source(), self.around.recent), limits, self.around.token)

    def _write(self, rows: list[Row]) -> None:
        try:
            receipt = self.around.sink(rows).result(WRITE_TIMEOUT_S)
            problem = getattr(receipt, "message", "") if getattr(receipt, "rejected", 0) else ""
            refused = int(getattr(receipt, "rejected", 0))
        except (SwarmscopeError, TimeoutError) as e:
            problem, refused = str(e) or "not durable in time", len(rows)
        if problem:
            _lost.inc(refused)
            _log.warning("rules_not_stored", tenant=self.tenant, group=self.group.name, samples=refused, error=problem)
            for state in self.rules:
                if state.health == "ok" and state.seen:
                    state.health, state.error = "err", f"what it made was not stored: {problem}"

    def _restore(self, state: RuleState, at_ms: int) -> None:
        """Look up what was before this program started. When that fails, the next evaluation tries again."""
        assert state.alerts is not None  # noqa: S101 # the caller asked
        alone = sum(s.rule.alert == state.rule.alert for s in self.rules) == 1
        try:
            with self.lock:
                known = self._known(state.rule, at_ms)
                if not alone:  # another rule's alerts have that name too: only what is active here is surely ours
                    known = {key: memory for key, memory in known.items() if key in state.alerts.active}
                state.alerts.restore(known, at_ms, self.around.grace_ms)
                state.seen |= {row.labels for row in state.alerts.rows(at_ms)}
        except SwarmscopeError as e:
            _log.warning("alerts_not_restored", tenant=self.tenant, rule=state.rule.name, error=str(e))

    def _known(self, rule: Rule, at_ms: int) -> dict[Key, Memory]:
        fixed = {n: t for n, t in rule.labels.items() if "{{" not in t}
        source = self.around.source()

        def newest(*wanted: Matcher) -> dict[Key, tuple[int, float]]:
            """Time and value of the last sample of each series that has not ended."""
            since_ms = at_ms - self.around.tolerance_ms
            selection = source.select((Matcher("alertname", "=", rule.alert), *wanted), since_ms, at_ms - 1)
            samples = source.samples(selection, since_ms, at_ms - 1)
            stale = is_stale(samples.values)
            out: dict[Key, tuple[int, float]] = {}
            for number, labels in enumerate(selection.labels.dicts()):
                last = int(samples.offsets[number + 1]) - 1
                named = {n: t for n, t in labels.items() if n not in (NAME, "alertstate")}
                if last < samples.offsets[number] or stale[last] or any(named.get(n) != t for n, t in fixed.items()):
                    continue
                out[tuple(sorted(named.items()))] = (int(samples.times[last]), float(samples.values[last]))
            return out

        firing = newest(Matcher(NAME, "=", ALERTS), Matcher("alertstate", "=", "firing"))
        return {
            key: Memory(round(active_s * 1000), time_ms, key in firing and firing[key][0] >= time_ms)
            for key, (time_ms, active_s) in newest(Matcher(NAME, "=", FOR_STATE)).items()
        }


def _values(result: Result) -> list[tuple[dict[str, str], Any]]:
    """Labels and value of every element; a scalar has no labels. QueryError: neither vector nor scalar."""
    if result.type == "scalar":
        return [({}, float(result.values[0]))]
    if result.type != "vector":
        raise QueryError("rule result is not a vector or scalar")
    histograms = result.histograms
    rows: list[tuple[dict[str, str], Any]] = []
    for i, series in enumerate(result.series.tolist()):
        histogram = None if histograms is None else histograms[i]
        rows.append((result.labels[series], float(np.float64(result.values[i])) if histogram is None else histogram))
    return rows
