"""Alerts of one alerting rule, from moment to moment: pending, firing, resolved.

Source: Prometheus, `rules/alerting.go`, "Alerting rules". An alert is pending while its expression has held for less than
`for`, and fires on for `keep_firing_for` after it ceased. Beyond Prometheus, a restart lets an alert that fired go on firing,
whatever its `for`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from swarmscope.decide.files import Rule
from swarmscope.decide.functions import Sample
from swarmscope.decide.recent import Row
from swarmscope.decide.template import Template, TemplateError
from swarmscope.errors import QueryError
from swarmscope.query.promql.labels import NAME
from swarmscope.query.promql.memory import Key

RESOLVED_KEPT_MS = 15 * 60_000
ALERTS, FOR_STATE = "ALERTS", "ALERTS_FOR_STATE"
Value = float


@dataclass(slots=True)
class Alert:
    """One alert. Times in milliseconds, 0: not yet. state: pending, firing or inactive (resolved)."""

    labels: Key
    annotations: dict[str, str]
    value: float
    active_ms: int
    state: str = "pending"
    fired_ms: int = 0
    resolved_ms: int = 0
    keep_ms: int = 0
    sent_ms: int = 0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What templates may use."""

    ask: Callable[[str], list[Sample]]
    external: Mapping[str, str] = field(default_factory=dict)
    url: str = ""


@dataclass(frozen=True, slots=True)
class Memory:
    """What the store still knows of an alert from before a restart. at_ms: of its last sample."""

    active_ms: int
    at_ms: int
    firing: bool


class Alerts:
    """The state of one alerting rule."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.active: dict[Key, Alert] = {}
        self.restored = False
        self._labels = {name: Template(text) for name, text in rule.labels.items()}
        self._annotations = {name: Template(text) for name, text in rule.annotations.items()}

    def take(
        self, found: Iterable[tuple[Mapping[str, str], float]], at_ms: int, around: Surroundings, limit: int
    ) -> None:
        """What the expression gives at a moment. QueryError: two alerts would have the same labels, or there are too many."""
        now: dict[Key, Alert] = {}
        for labels, value in found:
            own = {name: text for name, text in labels.items() if name != NAME}
            named = own | {n: _expanded(t, labels, value, around) for n, t in self._labels.items()}
            named["alertname"] = self.rule.alert
            key = tuple(sorted((n, text) for n, text in named.items() if text))
            if key in now:
                raise QueryError("vector contains metrics with the same labelset after applying alert labels")
            if limit and len(now) >= limit:
                raise QueryError(f"exceeded limit of {limit} with more alerts than that")
            texts = {n: _expanded(t, labels, value, around) for n, t in self._annotations.items()}
            now[key] = Alert(key, texts, value, at_ms)
        for key, alert in now.items():
            known = self.active.get(key)
            if known is not None and known.state != "inactive":
                known.value, known.annotations, known.keep_ms = alert.value, alert.annotations, 0
            else:
                self.active[key] = alert
        for key, alert in list(self.active.items()):
            if key not in now:
                self._ceased(key, alert, at_ms)
            if alert.state == "pending" and at_ms - alert.active_ms >= self.rule.hold_ms:
                alert.state, alert.fired_ms = "firing", at_ms

    def _ceased(self, key: Key, alert: Alert, at_ms: int) -> None:
        if alert.state == "firing" and self.rule.keep_ms:
            alert.keep_ms = alert.keep_ms or at_ms
            if at_ms - alert.keep_ms < self.rule.keep_ms:
                return
        if alert.state == "pending" or (alert.resolved_ms and at_ms - alert.resolved_ms > RESOLVED_KEPT_MS):
            del self.active[key]
            alert.state = "inactive"
        elif alert.state != "inactive":
            alert.state, alert.resolved_ms = "inactive", at_ms

    def restore(self, known: Mapping[Key, Memory], at_ms: int, grace_ms: int) -> None:
        """Go on where the program ended. known: by the labels of alerts, of this rule."""
        for key, memory in known.items():
            alert = self.active.get(key)
            if alert is None:
                if memory.firing and self.rule.keep_ms:
                    kept = Alert(key, {}, 0.0, memory.active_ms, "firing", memory.active_ms, keep_ms=memory.at_ms)
                    if at_ms - memory.at_ms < self.rule.keep_ms:
                        self.active[key] = kept
                continue
            if memory.firing:
                alert.active_ms, alert.state = memory.active_ms, "firing"
                alert.fired_ms = memory.active_ms + self.rule.hold_ms
                continue
            remaining = self.rule.hold_ms - (memory.at_ms - memory.active_ms)
            if remaining <= 0:
                alert.active_ms = memory.active_ms
            elif remaining < grace_ms <= self.rule.hold_ms:
                alert.active_ms = at_ms + grace_ms - self.rule.hold_ms
            else:
                alert.active_ms = memory.active_ms + at_ms - memory.at_ms
        self.restored = True

    def rows(self, at_ms: int) -> Iterator[Row]:
        """`ALERTS` and `ALERTS_FOR_STATE` at a moment; nothing before the state of before was looked up."""
        if not self.restored:
            return
        for alert in self.active.values():
            if alert.state == "inactive":
                continue
            shown = dict(alert.labels) | {"alertstate": alert.state, NAME: ALERTS}
            yield Row(tuple(sorted(shown.items())), 1.0, at_ms)
            state = dict(alert.labels) | {NAME: FOR_STATE}
            yield Row(tuple(sorted(state.items())), float(alert.active_ms // 1000), at_ms)

    def to_send(self, at_ms: int, resend_ms: int) -> list[Alert]:
        """Alerts of which others should hear now: new, resolved, or long not repeated."""
        due = []
        for alert in self.active.values():
            if alert.state == "pending":
                continue
            if alert.resolved_ms > alert.sent_ms or alert.sent_ms + resend_ms <= at_ms:
                alert.sent_ms = at_ms
                due.append(alert)
        return due


def _expanded(template: Template, labels: Mapping[str, str], value: float, around: Surroundings) -> str:
    try:
        return template.expand(labels, value, around.ask, around.external, around.url)
    except (TemplateError, QueryError) as e:
        return f"<error expanding template: {e}>"
