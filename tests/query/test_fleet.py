"""The live state of agents: the snapshot over a real store."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import orjson
import pytest

from swarmscope.config import States
from swarmscope.errors import QueryError
from swarmscope.query import agent as one_agent
from swarmscope.query import agents, signals
from swarmscope.query import fleet as fleet_module
from swarmscope.query.fields import STATES
from swarmscope.query.filters import parse
from swarmscope.query.fleet import PAUSE_MAX_S, FleetSnapshot, pause_after
from swarmscope.query.matching import mask
from swarmscope.query.search import Page
from swarmscope.query.times import DAY_NS, MINUTE_NS, SECOND_NS, Window, moment
from swarmscope.query.watch import HISTORY_MAX, thinned

NOW = 1_800_000_000 * SECOND_NS
SEARCH = {"tool": "search", "operation": "execute_tool", "message_key": ["gen_ai.tool.call.arguments"]}


@pytest.fixture(scope="module")
def fleet_world(empty_world):
    """One agent for each state."""
    make = empty_world.make
    now = time.time_ns()

    def span(agent: str, ago_s: float, duration_s: float = 0.1, **more: object):
        number = len(rows) + 1
        fixed = {"tenant": "a", "received_at": now, "agent": agent, "service": "svc", "name": "step"}
        times = {"start_time": now - round(ago_s * SECOND_NS), "duration_ns": round(duration_s * SECOND_NS)}
        ids = {"span_id": number.to_bytes(8, "big"), "trace_id": number.to_bytes(16, "big")}
        return make("spans", **fixed | times | ids | more)

    rows: list = []
    for i in range(30):
        rows.append(
            span("worker", 1 + i, 0.5, status_code=2 if i % 10 == 0 else 0, input_tokens=10, cost_nano_usd=1_000_000)
        )
        rows.append(
            span(
                "looper",
                1 + i,
                tool="search",
                operation="execute_tool",
                message_key=["gen_ai.tool.call.arguments"],
                message_hash=[5],
            )
        )
        rows.append(
            span(
                "busy",
                1 + i,
                tool="search",
                model="own-9b",
                session="busy",
                input_tokens=7,
                operation="execute_tool",
                message_key=["gen_ai.tool.call.arguments"],
                message_hash=[i],
            )
        )
    rows += [span("waiter", 70, 1), span("sleeper", 3600, 1), span("ended", 200, 150, name="long one")]
    pending = [
        span("waiter", 50, 0, name="ask human"),
        span("stuck", 200, 0, name="call tool"),
        span("dead", 4000, 0, name="call model"),
    ]
    pending[0]["span_id"], pending[1]["span_id"], pending[2]["span_id"] = b"p1" * 4, b"p2" * 4, b"p3" * 4
    pending.append({**rows[-1], "duration_ns": 0})
    events = [
        make("agent_events", tenant="a", received_at=now, time=now - 10 * SECOND_NS, agent="stuck", event="heartbeat"),
        make("agent_events", tenant="a", received_at=now, time=now - DAY_NS // 2, agent="sleeper", event="register",
             name="The Sleeper", kind="llm", model="m1", version="1.2", capabilities=["sql", "web"], labels={"team": "blue"}),
        make("agent_events", tenant="a", received_at=now, time=now - 20 * SECOND_NS, agent="quitter", event="stop"),
        make("agent_events", tenant="b", received_at=now, time=now, agent="stranger", event="heartbeat"),
    ]  # fmt: skip
    empty_world.add("agent_events", *events)
    empty_world.add("spans_pending", *pending)
    empty_world.add("spans", *rows)
    return empty_world


@pytest.fixture(scope="module")
def view(fleet_world):
    return FleetSnapshot(fleet_world.store, lambda: ["a", "b"]).view("a")


def test_given_a_fleet_when_looked_at_then_each_agent_is_in_its_state_and_says_why(view) -> None:
    rows = {r["agent"]: r for r in agents.listed(view, "", Page("agent", "asc", 100))["items"]}
    assert {a: r["state"] for a, r in rows.items()} == {
        "worker": "working",
        "busy": "working",
        "looper": "looping",
        "waiter": "waiting",
        "stuck": "wedged",
        "dead": "abandoned",
        "sleeper": "idle",
        "quitter": "idle",
        "ended": "idle",
    }
    assert "search was called 30 times" in rows["looper"]["reason"]
    assert "ask human" in rows["waiter"]["reason"]
    assert "call tool has been running" in rows["stuck"]["reason"]
    assert "1 spans never ended" in rows["dead"]["reason"]
    assert "stopped" in rows["quitter"]["reason"]
    assert (rows["worker"]["spans"], rows["worker"]["errors"]) == (30, 3)
    assert rows["worker"]["latency_p50_ns"] == pytest.approx(5e8, rel=0.1)
    assert rows["worker"]["cost_usd"] == pytest.approx(0.03)
    assert (rows["worker"]["unpriced"], rows["busy"]["unpriced"]) == ([], ["own-9b"])
    assert rows["ended"]["pending"] == 0
    assert rows["dead"]["health"] == 0
    whole = agents.fleet(view)
    assert whole["fresh"] == sum(r["first_seen"] > moment(view.time_ns - 15 * MINUTE_NS) for r in rows.values()) == 7
    assert whole["states"]["abandoned"] > 0
    assert whole["health"] == pytest.approx(sum(r["health"] for r in rows.values()) / len(rows))


def test_given_an_agent_whose_spans_fail_when_looked_at_then_it_is_in_trouble_and_no_longer_counts_as_working(
    fleet_world,
) -> None:
    snapshot = FleetSnapshot(fleet_world.store, lambda: ["f"])
    now = time.time_ns() // (10 * SECOND_NS) * 10 * SECOND_NS  # no window begins among the spans of one moment

    def works(agent: str, failed: int, n: int, ago_s: int = 0) -> None:
        for i in range(n):
            ids = {"trace_id": agent[:1].encode() * 15 + bytes([i]), "span_id": bytes([i + 1 + ago_s]) * 8}
            began = now - ago_s * SECOND_NS - (i + 1) * SECOND_NS // 10
            row = {"tenant": "f", "received_at": now, "start_time": began, "agent": agent}
            fleet_world.add("spans", fleet_world.make("spans", **row, **ids, status_code=2 if i < failed else 1))

    works("breaking", 0, 2)
    works("sound", 1, 5)
    before = snapshot.refresh("f")
    assert agents.fleet(before)["trouble"] == 0
    works("breaking", 6, 6, 20)
    assert agents.fleet(snapshot.refresh("f"))["trouble"] == 0, "failed at one moment only"
    works("breaking", 2, 2)
    view = snapshot.refresh("f")
    whole = agents.fleet(view)
    assert (whole["states"]["working"], whole["conditions"]["working"], whole["conditions"]["failing"]) == (2, 1, 1)
    assert whole["trouble"] == 1
    row = agents.listed(view, "condition:failing", Page("agent", "asc", 9), ["condition"])["items"]
    assert [(r["agent"], r["state"], r["condition"]) for r in row] == [("breaking", "working", "failing")]
    assert row[0]["reason"].startswith("8 of 10 spans failed in the last minute")
    columns = agents.columns(view)
    assert {columns["conditions"][c] for c in columns["condition"]} == {"working", "failing"}
    newest = agents.changes(view, None)[-1]
    assert (newest["before"], newest["after"], newest["at"]) == ("working", "failing", view.index("breaking"))
    whole_of = one_agent.one(fleet_world.reader("f"), view, "breaking", Window(now - DAY_NS, now + DAY_NS))
    assert [h["state"] for h in whole_of["history"]] == ["failing", "working"], "its past says failing too"
    assert "failed" in whole_of["history"][0]["reason"]


def test_given_a_long_past_when_thinned_then_it_begins_where_it_did_and_loses_what_is_too_short_to_see() -> None:
    past = [(0, 1)]
    for second in range(1, 4000):
        past = thinned([*past, (second * SECOND_NS, second % 2)], (second + 1) * SECOND_NS)
    assert len(past) <= HISTORY_MAX
    assert past[0][0] == 0
    assert [at for at, _ in past] == sorted(at for at, _ in past)
    assert all(one != other for (_, one), (_, other) in pairwise(past)), "what was left out is no change to itself"
    assert past[-1] == (3999 * SECOND_NS, 1)
    long_ago = thinned(
        [(0, 1), (100, 3), (1100, 1), *((1200 + i, i % 2) for i in range(HISTORY_MAX))], 1200 + HISTORY_MAX
    )
    assert (100, 3) in long_ago, "what lasted is kept, however long ago it was"


def test_given_other_thresholds_when_looked_at_then_loops_need_more_calls(fleet_world) -> None:
    for options, state in ((States(loop_calls=30), "looping"), (States(loop_calls=31), "working")):
        rows = agents.listed(
            FleetSnapshot(fleet_world.store, lambda: ["a"], options).view("a"), "", Page("agent", "asc", 100)
        )
        assert {r["agent"]: r["state"] for r in rows["items"]}["looper"] == state, options


def test_given_filters_and_facets_when_listed_then_they_count_the_same(view) -> None:
    found = agents.listed(view, "", Page("agent", "asc", 100), ["state", "kind", "capability", "label.team"])
    assert found["total"] == found["fleet"]["agents"] == 9
    assert found["fleet"]["states"] == {
        "working": 2, "waiting": 1, "looping": 1, "wedged": 1, "idle": 3, "abandoned": 1,
    }  # fmt: skip
    facets = {f["field"]: {v["value"]: v["count"] for v in f["values"]} for f in found["facets"]}
    assert facets["state"] == {k: v for k, v in found["fleet"]["states"].items() if v}
    assert sum(facets["kind"].values()) == found["total"], "agents without a kind are counted as such"
    assert facets["kind"][""] == 8
    assert (facets["capability"], facets["label.team"]) == ({"sql": 1, "web": 1}, {"blue": 1})


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("state:wedged,abandoned", {"stuck", "dead"}),
        ("agent:w*", {"worker", "waiter"}),
        ("sleeper", {"sleeper"}),
        ('"the sleeper"', {"sleeper"}),
        ("capability:sql", {"sleeper"}),
        ("label.team:blue", {"sleeper"}),
        ("label.team:*", {"sleeper"}),
        ("errors>0", {"worker"}),
        ("error_ratio>=0.1", {"worker"}),
        ("-state:idle -state:working", {"waiter", "looper", "stuck", "dead"}),
        ("pending>0 OR cost>0.01", {"waiter", "stuck", "dead", "worker"}),
        ("last_seen<-30m", {"dead", "sleeper"}),
        ("latency>400ms", {"worker"}),
        ("agent~^s.*r$", {"sleeper"}),
        ("kind:llm version:1.2 model!=m2", {"sleeper"}),
        ("health<0.5", {"looper", "stuck", "dead"}),
    ],
)
def test_given_a_filter_when_listed_then_these_agents_match(view, q: str, expected: set[str]) -> None:
    assert {r["agent"] for r in agents.listed(view, q, Page("agent", "asc", 100))["items"]} == expected


@pytest.mark.parametrize(
    "q", ["nonsense:1", "state:flying", "errors>many", "agent>a", "state>idle", "agent~(", "agent~(a+)+", "latency>x"]
)
def test_given_a_wrong_filter_when_listed_then_it_is_refused(view, q: str) -> None:
    with pytest.raises(QueryError, match="at character"):
        mask(parse(q), agents.columns_of(view))


@pytest.mark.parametrize("sort", agents.SORTS)
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_given_pages_when_walked_then_agents_come_once_and_in_order(view, sort: str, order: str) -> None:
    whole = agents.listed(view, "", Page(sort, order, 100))["items"]
    walked, cursor = [], ""
    while cursor is not None:
        page = agents.listed(view, "", Page(sort, order, 2, cursor))
        walked += page["items"]
        cursor = page["next"]
    assert walked == whole
    assert len({r["agent"] for r in walked}) == 9


def test_given_columns_when_compared_then_they_are_the_same_agents(view) -> None:
    columns = orjson.loads(orjson.dumps(agents.columns(view), option=orjson.OPT_SERIALIZE_NUMPY))
    rows = {r["agent"]: r for r in agents.listed(view, "", Page("agent", "asc", 100))["items"]}
    for i, agent in enumerate(columns["agent"]):
        assert columns["states"][columns["state"][i]] == rows[agent]["state"]
        assert columns["spans"][i] == rows[agent]["spans"]


def test_given_new_rows_when_refreshed_then_only_what_changed_is_in_the_delta(fleet_world) -> None:
    snapshot = FleetSnapshot(fleet_world.store, lambda: ["a", "b"])
    heard = []
    snapshot.listen(lambda tenant, view: heard.append((tenant, view.version)))
    first = snapshot.refresh("b")
    assert (first.agent, first.rebuilt) == (["stranger"], True)
    now = time.time_ns()
    make = fleet_world.make
    fleet_world.add(
        "spans",
        make(
            "spans", tenant="b", received_at=now, start_time=now, agent="newcomer", span_id=b"n" * 8, trace_id=b"n" * 16
        ),
    )
    second = snapshot.refresh("b")
    assert agents.delta(second)["named"]["agent"] == ["newcomer"]
    assert second.version == first.version + 1
    pending = make(
        "spans_pending", tenant="b", received_at=now, start_time=now, agent="stranger", name="thinks", span_id=b"q" * 8
    )
    fleet_world.add("spans_pending", {**pending, "trace_id": b"q" * 16})
    third = snapshot.refresh("b")
    place = third.index("stranger")
    assert place is not None
    delta = agents.delta(third)
    assert (delta["at"].tolist(), delta["named"]) == ([place], None), "who is known already is not named again"
    assert STATES[third.state[place]] == "working"
    fleet_world.add("spans", {**pending, "trace_id": b"q" * 16, "duration_ns": 10})
    assert snapshot.refresh("b").evidence.pending.sum() == 0
    assert heard == [("b", i) for i in (1, 2, 3, 4)]
    history = one_agent.one(
        fleet_world.reader("b"), snapshot.view("b"), "stranger", Window(now - DAY_NS, now + DAY_NS)
    )["history"]
    assert history[0]["state"] in ("working", "idle")
    assert [h["state"] for h in history][-1] == "idle"


def test_given_resources_and_labels_when_looked_at_then_agents_have_a_node_and_a_team(fleet_world) -> None:
    now = time.time_ns()
    make = fleet_world.make
    fixed = {"tenant": "c", "received_at": now}
    hosts = ({"host.name": "h1"}, {"host.name": "h2", "k8s.node.name": "n2"}, {"service.name": "s"})
    for number, attributes in enumerate(hosts, 1):
        fleet_world.add("resources", make("resources", **fixed, resource_id=number, attributes=attributes))
        ids = {"trace_id": bytes(15) + bytes([number]), "span_id": bytes(7) + bytes([number])}
        at = now - (10 - number) * SECOND_NS
        fleet_world.add("spans", make("spans", **fixed, **ids, agent=f"a{number}", start_time=at, resource_id=number))
        told = {"time": at, "agent": f"a{number}", "event": "register", "labels": {"team": f"team-{number % 2}"}}
        fleet_world.add("agent_events", make("agent_events", **fixed, **told))
    beside = {"trace_id": b"b" * 16, "span_id": b"b" * 8, "start_time": now}
    fleet_world.add("spans", make("spans", **fixed, **beside, agent="b1", resource_id=1))
    view = FleetSnapshot(fleet_world.store, lambda: ["c"]).view("c")
    columns = agents.columns(view)
    assert dict(zip(columns["agent"], columns["node"], strict=True)) == {"a1": "h1", "a2": "n2", "a3": "", "b1": "h1"}
    assert dict(zip(columns["agent"], columns["team"], strict=True)) == {
        "a1": "team-1",
        "a2": "team-0",
        "a3": "team-1",
        "b1": "",
    }
    assert agents.listed(view, "node:n2 team:team-0", Page("agent", "asc", 10))["total"] == 1


def test_given_a_new_agent_when_refreshed_then_it_is_told_and_narrowed_to_whom_it_concerns(fleet_world) -> None:
    now = time.time_ns()
    make = fleet_world.make
    snapshot = FleetSnapshot(fleet_world.store, lambda: ["d"])
    fixed = {"tenant": "d", "received_at": now, "agent": "hanging", "trace_id": b"h" * 16}
    fleet_world.add("spans", make("spans", **fixed, start_time=now, span_id=b"h" * 8))
    assert agents.columns(snapshot.refresh("d"))["changes"] == [], "what was there before this server is no news"
    fleet_world.add("spans", make("spans", **{**fixed, "agent": "newcomer"}, start_time=now, span_id=b"j" * 8))
    later = snapshot.refresh("d")
    told = {c["at"]: (c["before"], c["after"]) for c in agents.columns(later)["changes"]}
    assert told[later.index("newcomer")] == ("", "working")
    delta = agents.delta(later)
    some = agents.narrowed(later, delta, np.array([later.index("newcomer")]))
    assert some["named"]["agent"] == ["newcomer"]
    assert [c["at"] for c in some["changes"]] == [later.index("newcomer")]
    assert some["fleet"]["agents"] == 1
    assert agents.narrowed(later, delta, np.array([later.index("hanging")]))["named"] is None


def test_given_a_thread_when_started_then_views_renew_themselves(fleet_world) -> None:
    snapshot = FleetSnapshot(fleet_world.store, lambda: ["a"])
    snapshot.start()
    try:
        first = snapshot.view("a").version
        until = time.monotonic() + 20
        while snapshot.view("a").version <= first and time.monotonic() < until:
            time.sleep(0.05)
        assert snapshot.view("a").version > first
    finally:
        snapshot.stop()


def test_given_a_refresh_that_was_held_up_when_it_ends_then_the_next_comes_soon() -> None:
    assert pause_after(0.1) == pytest.approx(0.9)
    assert pause_after(1.0) == pytest.approx(4.0)  # a fifth of the time at most
    assert pause_after(180.0) == PAUSE_MAX_S


def test_given_an_agent_when_looked_into_then_what_it_used_is_counted(fleet_world, view) -> None:
    now = time.time_ns()
    found = one_agent.one(fleet_world.reader(), view, "looper", Window(now - DAY_NS, now + DAY_NS))
    assert [(t["name"], t["count"]) for t in found["tools"]] == [("search", 30)]
    assert found["health_reasons"]
    assert found["recommendations"]
    waiter = one_agent.one(fleet_world.reader(), view, "waiter", Window(now - DAY_NS, now + DAY_NS))
    assert [p["name"] for p in waiter["pending"]] == ["ask human"]
    assert waiter["summary"]["pending_ns"] == waiter["pending"][0]["duration_ns"]
    busy = one_agent.one(fleet_world.reader(), view, "busy", Window(now - DAY_NS, now + DAY_NS))
    assert [(m["name"], m["unpriced"]) for m in busy["models"] + busy["tools"]] == [
        ("own-9b", ["own-9b"]),
        ("search", []),
    ]
    assert [(s["session"], s["unpriced"]) for s in busy["sessions"]] == [("busy", ["own-9b"])]
    ended = one_agent.one(fleet_world.reader(), view, "ended", Window(now - DAY_NS, now + DAY_NS))
    assert ended["pending"] == []
    before = replace(view, evidence=replace(view.evidence, pending=np.zeros_like(view.evidence.pending)))
    since = one_agent.one(fleet_world.reader(), before, "waiter", Window(now - DAY_NS, now + DAY_NS))
    assert (since["summary"]["pending"], len(since["pending"])) == (1, 1), (
        "as many as are listed, whatever the view knew"
    )


def test_given_signals_when_read_then_they_are_those_of_the_spans(fleet_world) -> None:
    now = time.time_ns()
    within = Window(now - 600 * SECOND_NS, now + 10 * SECOND_NS)
    found = signals.trends(fleet_world.reader(), "worker", ["spans", "error_ratio", "cost"], within, "10s", 120)
    values = {t["signal"]: t for t in found["trends"]}
    assert sum(v or 0 for v in values["spans"]["values"]) * 10 == pytest.approx(30)
    assert sum((v or 0) for v in values["cost"]["values"]) * 10 / 3600 == pytest.approx(0.03)
    assert values["error_ratio"]["maximum"] <= 1


@pytest.mark.parametrize(
    ("values", "direction"),
    [([1, 2, 3, 4, 5, 6], "rising"), ([6, 5, 4, 3, 2, 1], "falling"), ([5, 5, 5, 5], "steady"), ([1, 9, 1, 9, 1, 9], "steady"),
     ([1, 2], "unknown"), ([100, 100.1, 100.2, 100.3], "steady")],
)  # fmt: skip
def test_given_a_series_when_fitted_then_the_direction_is_told(values: list[float], direction: str) -> None:
    assert signals.slope_of(np.arange(len(values), dtype=float), np.array(values, float))[1] == direction


def test_given_nothing_stored_when_followed_then_the_store_is_asked_again_only_once_something_is(
    fleet_world, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleet_module, "REFRESH_S", 0.01)
    monkeypatch.setattr(fleet_module, "QUIET_REFRESH_S", 600.0)
    monkeypatch.setattr(fleet_module, "LOAD_MAX", 1.0)
    stored: dict[str, int | None] = dict.fromkeys(fleet_module._TABLES, 1)
    looked: list[str] = []
    snapshot = FleetSnapshot(_Followed(fleet_world.store, stored, looked), lambda: ["b"])
    heard: list[int] = []
    snapshot.listen(lambda _, view: heard.append(view.version))
    snapshot.view("b")  # somebody looks
    snapshot.start()
    try:
        for news in (None, "spans", "spans_pending", "agent_events"):
            before = len(heard)
            if news is not None:
                stored[news] = 2
            _until(lambda before=before: len(heard) > before)
            seen = len(looked)
            _until(lambda seen=seen: len(looked) > seen + 30)
            assert len(heard) == before + 1, news
        stored["spans"] = None  # a store that others change: always asked
        before = len(heard)
        _until(lambda: len(heard) > before + 2)
    finally:
        snapshot.stop()


def test_given_nobody_looking_when_somebody_does_then_what_was_stored_is_shown_at_once(
    fleet_world, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleet_module, "REFRESH_S", 0.01)
    monkeypatch.setattr(fleet_module, "QUIET_REFRESH_S", 600.0)
    monkeypatch.setattr(fleet_module, "QUIET_S", 0.5)
    monkeypatch.setattr(fleet_module, "LOAD_MAX", 1.0)
    stored: dict[str, int | None] = dict.fromkeys(fleet_module._TABLES, 1)
    looked: list[str] = []
    snapshot = FleetSnapshot(_Followed(fleet_world.store, stored, looked), lambda: ["b"])
    heard: list[int] = []
    snapshot.listen(lambda _, view: heard.append(view.version))
    snapshot.start()
    try:
        _until(lambda: len(heard) == 1)
        time.sleep(0.6)  # quiet begins
        stored["spans"] = 2
        seen = len(looked)
        _until(lambda: len(looked) > seen + 30)
        assert len(heard) == 1
        snapshot.view("b")
        _until(lambda: len(heard) == 2)
    finally:
        snapshot.stop()


class _Followed:
    """A store whose count of changes the test sets; `looked` gets the tables that were asked about."""

    def __init__(self, store: Any, stored: dict[str, int | None], looked: list[str]) -> None:
        self.query, self.stream = store.query, store.stream
        self._stored = stored
        self._looked = looked

    def changes(self, table: str) -> int | None:
        self._looked.append(table)
        return self._stored[table]

    def touched(self, start_ms: int, end_ms: int) -> int | None:
        return None


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)
