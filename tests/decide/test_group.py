"""Groups of rules over series in memory: recordings, alerts through their states, restarts, changed files."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

import numpy as np

from swarmscope.decide import files
from swarmscope.decide.group import GroupState, Surround
from swarmscope.decide.recent import Recent, Row
from swarmscope.errors import OverloadError
from swarmscope.model.batch import Receipt
from swarmscope.query.promql.histogram import Histogram
from swarmscope.query.promql.memory import MemorySource
from swarmscope.query.promql.values import STALE, is_stale

T0 = 1_700_000_000_000
RUNS = threading.Event()


class World:
    """A store in memory that gets what rules write only when told to, and a group over it."""

    def __init__(self, rules: str, source: MemorySource | None = None, **options: Any) -> None:
        self.source = source or MemorySource()
        self.written: list[Row] = []
        self.around = Surround(lambda: self.source, Recent(lambda: 20.0), self.sink, tolerance_ms=3_600_000, **options)
        self.group = self.of(rules)
        self.busy = False

    def of(self, rules: str) -> GroupState:
        (group,) = files.groups_of(f"groups: [{{name: g, interval: 1m, rules: [{rules}]}}]", "f.yml", 60_000)
        return GroupState("default", group, self.around)

    def sink(self, rows: Sequence[Row]) -> Future[Any]:
        done: Future[Any] = Future()
        if self.busy:
            done.set_exception(OverloadError("the journal is full"))
        else:
            self.written += rows
            done.set_result(Receipt(len(rows)))
        return done

    def stored(self) -> None:
        for labels, value, at in self.written:
            self.source.append(dict(labels), at, float(STALE) if value is None else value)

    def put(self, at_s: int, value: float | Histogram, **labels: str) -> None:
        labels["__name__"] = labels.pop("name", "m")
        self.source.append(labels, T0 + at_s * 1000, value)

    def at(self, at_s: int) -> list[Row]:
        begin = len(self.written)
        self.group.evaluate(T0 + at_s * 1000, RUNS)
        return self.written[begin:]

    def states(self) -> dict[str, str]:
        alerts = self.group.rules[-1].active
        return {dict(a.labels).get("agent", ""): a.state for a in alerts}


def texts(rows: Sequence[Row]) -> list[str]:
    def shown(row: Row) -> str:
        labels = dict(row.labels)
        name = labels.pop("__name__")
        value = "stale" if row.value is None else row.value
        return f"{name}{{{','.join(f'{k}={v}' for k, v in labels.items())}}} {value}"

    return sorted(map(shown, rows))


def test_recordings_build_on_each_other_before_the_store_has_them() -> None:
    world = World(
        "{record: 'a:sum', expr: sum by (agent) (m), labels: {source: rules}}, {record: 'a:twice', expr: '2 * a:sum'},"
        "{record: 'a:ago', expr: 'count_over_time(a:sum[2m])'}, {record: one, expr: '1'}"
    )
    for agent in ("x", "y"):
        world.put(0, 3.0, agent=agent)
    assert texts(world.at(10)) == [
        "a:ago{agent=x,source=rules} 1.0", "a:ago{agent=y,source=rules} 1.0", "a:sum{agent=x,source=rules} 3.0",
        "a:sum{agent=y,source=rules} 3.0", "a:twice{agent=x,source=rules} 6.0", "a:twice{agent=y,source=rules} 6.0",
        "one{} 1.0",
    ]  # fmt: skip
    world.stored()  # now both the store and the memory have them: they count once
    assert "a:ago{agent=x,source=rules} 2.0" in texts(world.at(70))


def test_a_series_that_nobody_makes_any_more_is_ended() -> None:
    world = World("{record: r, expr: m}")
    world.put(0, 1.0, agent="x")
    world.put(0, 1.0, agent="y")
    world.at(0)
    world.put(60, float(STALE), agent="y")
    world.put(60, 2.0, agent="x")
    assert texts(world.at(60)) == ["r{agent=x} 2.0", "r{agent=y} stale"]
    assert texts(world.at(120)) == ["r{agent=x} 2.0"]


def test_histograms_are_recorded() -> None:
    world = World("{record: h, expr: m}")
    world.put(0, Histogram(count=3.0, sum=1.5, zero_count=3.0, zero_threshold=0.1), agent="x")
    (row,) = world.at(10)
    assert isinstance(row.value, Histogram)
    assert row.value.count == 3.0


def test_a_failing_rule_says_why_and_the_others_go_on() -> None:
    world = World(
        '{record: r, expr: \'m / ignoring(agent) n\'}, {record: s, expr: \'label_replace(m, "agent", "", "", "")\'},'
        "{record: good, expr: count(m)}"
    )
    for agent in ("x", "y"):
        world.put(0, 1.0, agent=agent)
        world.put(0, 1.0, agent=agent, name="n")
    assert texts(world.at(10)) == ["good{} 2.0"]
    first, second, third = world.group.rules
    assert first.health == second.health == "err"
    assert "duplicate series" in first.error or "many-to-many" in first.error
    assert "same labelset" in second.error
    assert (third.health, third.error) == ("ok", "")


def test_what_cannot_be_stored_is_told() -> None:
    world = World("{record: r, expr: m}")
    world.put(0, 1.0)
    world.busy = True
    world.at(0)
    assert world.group.rules[0].health == "err"
    assert "journal is full" in world.group.rules[0].error
    world.busy = False
    world.at(60)
    assert world.group.rules[0].health == "ok"


ALERT = (
    "{alert: Hot, expr: m > 5, for: 2m, keep_firing_for: 90s, labels: {severity: high}, "
    "annotations: {summary: '{{ $labels.agent }} {{ $value }}'}}"
)


def test_an_alert_is_pending_fires_is_kept_and_resolves() -> None:
    world = World(ALERT)
    for minute, value in enumerate((9, 9, 9, 9, 1, 1, 9, 1)):
        world.put(minute * 60, float(value), agent="x")
    seen = []
    for minute in range(8):
        rows = world.at(minute * 60)
        seen.append(world.states().get("x", "-"))
        if minute == 0:
            assert rows == []  # what was before the start is looked up first
        if minute == 2:
            assert texts(rows) == [
                f"ALERTS_FOR_STATE{{agent=x,alertname=Hot,severity=high}} {T0 / 1000}",
                "ALERTS{agent=x,alertname=Hot,alertstate=firing,severity=high} 1.0",
                "ALERTS{agent=x,alertname=Hot,alertstate=pending,severity=high} stale",
            ]
    assert seen == ["pending", "pending", "firing", "firing", "firing", "firing", "firing", "firing"]
    world.put(480, 1.0, agent="x")
    world.put(540, 1.0, agent="x")
    world.at(480)
    rows = world.at(540)
    assert world.states() == {}
    assert [t.endswith("stale") for t in texts(rows)] == [True, True]
    alerts = world.group.rules[0].alerts
    assert alerts is not None
    (alert,) = alerts.active.values()
    assert (alert.state, alert.annotations) == ("inactive", {"summary": "x 9"})
    assert alert.resolved_ms == T0 + 540_000


def test_pending_that_ceases_is_no_alert() -> None:
    world = World("{alert: Hot, expr: m > 5, for: 2m}")
    world.put(0, 9.0, agent="x")
    world.put(60, 1.0, agent="x")
    world.at(0)
    assert world.states() == {"x": "pending"}
    world.at(60)
    assert world.states() == {}
    alerts = world.group.rules[0].alerts
    assert alerts is not None
    assert alerts.active == {}
    assert alerts.to_send(T0 + 60_000, 60_000) == []


def test_alerts_are_told_when_they_fire_again_after_a_while_and_when_resolved() -> None:
    world = World("{alert: Hot, expr: m > 5}")
    world.put(0, 9.0, agent="x")
    alerts = world.group.rules[0].alerts
    assert alerts is not None
    told = []
    for second in (0, 30, 60, 90):
        if second == 90:
            world.put(90, 1.0, agent="x")
        world.at(second)
        told.append([a.state for a in alerts.to_send(T0 + second * 1000, 60_000)])
    assert told == [["firing"], [], ["firing"], ["inactive"]]


def test_after_a_restart_alerts_go_on_where_they_were() -> None:
    world = World(ALERT)
    for minute in range(20):
        world.put(minute * 60, 9.0, agent="old")
        world.put(minute * 60, 9.0 if minute >= 4 else 1.0, agent="new")
        world.put(minute * 60, 9.0 if minute <= 3 else 1.0, agent="gone")
    for minute in range(5):
        world.at(minute * 60)
    assert world.states() == {"gone": "firing", "new": "pending", "old": "firing"}
    world.stored()
    again = World(ALERT, world.source)
    again.at(5 * 60)
    assert again.states() == {"gone": "firing", "new": "pending", "old": "firing"}  # `gone`: keep_firing_for still runs
    by_agent = {dict(a.labels)["agent"]: a for a in again.group.rules[0].active}
    assert by_agent["old"].active_ms == T0
    assert by_agent["new"].active_ms == T0 + 5 * 60_000  # the minute of the outage does not count
    again.at(6 * 60)
    assert again.states() == {"new": "pending", "old": "firing"}
    again.at(7 * 60)
    assert again.states() == {"new": "firing", "old": "firing"}


def test_an_alert_that_had_ended_before_the_restart_begins_anew() -> None:
    world = World("{alert: Hot, expr: m > 5, for: 2m}")
    for minute, value in enumerate((9, 9, 9, 1, 9, 9)):
        world.put(minute * 60, float(value), agent="x")
    for minute in range(4):
        world.at(minute * 60)
    world.stored()
    again = World("{alert: Hot, expr: m > 5, for: 2m}", world.source)
    again.at(4 * 60)
    assert again.states() == {"x": "pending"}


def test_a_changed_file_keeps_the_state_of_rules_that_stayed() -> None:
    world = World(ALERT + ", {record: r, expr: m}")
    for minute in range(6):
        world.put(minute * 60, 9.0, agent="x")
    for minute in range(3):
        world.at(minute * 60)
    changed = world.of(ALERT.replace("{{ $value }}", "is hot") + ", {record: q, expr: m}")
    ended = changed.adopt(world.group)
    assert texts(ended) == ["r{agent=x} stale"]
    world.group = changed
    world.at(180)
    alert = world.group.rules[0].active[0]
    assert (alert.state, alert.active_ms, alert.annotations) == ("firing", T0, {"summary": "x is hot"})
    assert len(texts(world.group.ended())) == 3


def test_a_stop_ends_what_is_evaluated() -> None:
    world = World("{record: r, expr: m}")
    world.put(0, 1.0)
    world.around.token.cancel()
    assert world.at(0) == []
    assert "canceled" in world.group.rules[0].error


def test_limits_and_equal_labels() -> None:
    world = World("{alert: Hot, expr: m > 5, labels: {agent: all}}")
    for agent in ("x", "y"):
        world.put(0, 9.0, agent=agent)
    world.at(0)
    assert "same labelset" in world.group.rules[0].error
    (group,) = files.groups_of("groups: [{name: g, limit: 1, rules: [{record: r, expr: m}]}]", "f.yml", 60_000)
    state = GroupState("default", group, world.around)
    state.evaluate(T0, RUNS)
    assert "exceeded limit of 1 with 2 series" in state.rules[0].error
    assert not is_stale(np.array([1.0]))[0]
