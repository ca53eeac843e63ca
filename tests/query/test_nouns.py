"""Logs, sessions, workflows, graphs, metrics and cost against the rows they are made from."""

from __future__ import annotations

import random
from collections import defaultdict

import pytest

from swarmscope.errors import NotFoundError, QueryError
from swarmscope.query import cost, facets, graph, groups, history, logs, metrics, sessions, workflows
from swarmscope.query.conversation import readable, spoken
from swarmscope.query.fleet import FleetSnapshot
from swarmscope.query.reader import Reader
from swarmscope.query.search import Page, encode
from swarmscope.query.times import DAY_NS, HOUR_NS, MINUTE_NS, SECOND_NS, Window, moment

LEVELS = {"info": (9, 12), "warn": (13, 16), "error": (17, 20)}


@pytest.fixture(scope="module")
def filled(world):
    """The random traces, and logs and samples beside them."""
    rng = random.Random(3)
    make, now = world.make, world.now_ns
    for tenant in ("a", "b"):
        lines = []
        for i in range(300):
            at = now - rng.randint(0, 5 * 3600) * SECOND_NS if i % 3 else now - 40 * SECOND_NS  # many at one moment
            lines.append(
                make("logs", tenant=tenant, received_at=now, time=at, observed_time=at, severity=rng.choice([0, 9, 13, 17, 24]),
                     service=rng.choice(["api", "worker"]), agent=rng.choice(["planner", "coder"]), body_type="s",
                     body=rng.choice([f"request {i} timed out", f"Tool failed: code={i}", "refused by policy", "Größe 5"]),
                     attributes={"http.route": f"/r/{i % 3}"}, trace_id=rng.randbytes(16) if i % 2 else bytes(16))
            )  # fmt: skip
        world.add("logs", *lines)
        gauge, counter = (bytes(15) + f"{x}".encode() for x in ("g", "c"))
        common = {"tenant": tenant, "received_at": now, "agent": "planner", "labels": {"node": f"n-{tenant}"}}
        world.add(
            "series",
            make("series", series_id=gauge, metric="quality", kind="gauge", unit="1", **common),
            make("series", series_id=counter, metric="done", kind="counter", temporality="cumulative", **common),
            make("series", series_id=counter, metric="done", kind="counter", temporality="cumulative", **common),
        )
        at = now // MINUTE_NS * MINUTE_NS - HOUR_NS
        values = [0.0, 60.0, 120.0, 30.0, 90.0]  # the counter starts anew after the third
        points = [
            make("samples", tenant=tenant, series_id=counter, time=at + i * MINUTE_NS, value=v)
            for i, v in enumerate(values)
        ]
        points += [
            make("samples", tenant=tenant, series_id=gauge, time=at + i * 10 * SECOND_NS, value=float(i))
            for i in range(12)
        ]
        world.add("samples", *points)
    return world


def all_logs(world, q: str, order: str, limit: int) -> list:
    out, cursor = [], ""
    while cursor is not None:
        page = logs.search(world.reader(), q, world.window, order, limit, cursor)
        out += page["items"]
        cursor = page["next"]
    return out


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("limit", [7, 64, 1000])
def test_given_pages_of_logs_when_walked_then_lines_come_once_and_by_time(filled, order: str, limit: int) -> None:
    found = all_logs(filled, "", order, limit)
    expected = sorted(
        (r["body"], moment(r["time"]), r["severity"]) for r in filled.of("logs")
    )  # some lines are alike in all
    assert sorted((line["body"], line["time"], line["severity"]) for line in found) == expected
    times = [line["time"] for line in found]
    assert times == sorted(times, reverse=order == "desc")


def words(text: str) -> set[str]:
    return set(text.lower().replace(":", " ").replace("=", " ").split())


@pytest.mark.parametrize(
    ("q", "matches"),
    [
        ("timed", lambda r: "timed" in words(r["body"])),
        ('"timed out"', lambda r: "timed out" in r["body"]),
        ("TOOL", lambda r: "tool" in words(r["body"])),
        ("tim", lambda r: False),  # words are whole
        ("größe", lambda r: "Größe" in r["body"]),
        ("code=17", lambda r: False),  # an attribute of that name
        ('"code=17"', lambda r: "code=17" in r["body"].split()),
        ("level:error", lambda r: 17 <= r["severity"] <= 20),
        ("level>=warn", lambda r: r["severity"] >= 13),
        ("level<warn", lambda r: r["severity"] < 13),
        ("level>info", lambda r: r["severity"] > 12),
        ("level:unset", lambda r: r["severity"] == 0),
        ("severity>17", lambda r: r["severity"] > 17),
        ("service:api agent:coder", lambda r: (r["service"], r["agent"]) == ("api", "coder")),
        ("http.route:/r/1", lambda r: r["attributes"]["http.route"] == "/r/1"),
        ("-refused", lambda r: "refused" not in r["body"]),
        ("body:*policy", lambda r: r["body"].endswith("policy")),
        ("trace_id:*", lambda r: r["trace_id"] != bytes(16)),
        ("/r/2", lambda r: r["attributes"]["http.route"] == "/r/2"),
    ],
)
def test_given_a_filter_when_logs_are_searched_then_the_lines_of_the_oracle_are_found(filled, q: str, matches) -> None:
    found = logs.search(filled.reader(), q, filled.window, "desc", 1000, "")["items"]
    expected = sorted(r["body"] for r in filled.of("logs") if matches(r))
    assert sorted(line["body"] for line in found) == expected
    assert sum(map(sum, logs.histogram(filled.reader(), q, filled.window, None, 60)["levels"].values())) == len(
        expected
    )


def test_given_levels_when_counted_then_facets_and_histogram_agree(filled) -> None:
    counts = logs.histogram(filled.reader(), "", filled.window, "1h", 60)
    facet = facets.count(filled.reader(), "logs", "", filled.window, ["level"], 10)["facets"][0]
    assert {v["value"]: v["count"] for v in facet["values"]} == {k: sum(v) for k, v in counts["levels"].items()}
    assert {line["level"] for line in all_logs(filled, "severity:24", "asc", 1000)} == {"fatal"}


def test_given_a_tail_when_lines_arrive_then_only_those_come(filled) -> None:
    start = logs.tail(filled.reader(), "", "", 5)
    assert len(start["items"]) <= 5
    again = logs.tail(filled.reader(), "", start["cursor"], 5)
    assert again["items"] == []
    assert not again["skipped"]


def test_given_a_tail_when_more_arrives_than_is_given_then_it_says_how_much(filled) -> None:
    arrived = len(logs.tail(filled.reader(), "", "", 10_000)["items"])
    page = logs.tail(filled.reader(), "", encode([0]), 2)
    assert (len(page["items"]), page["skipped"]) == (2, arrived - 2)
    assert logs.tail(filled.reader(), "", encode([0]), arrived)["skipped"] == 0


def test_given_sessions_when_listed_then_their_figures_are_those_of_their_spans(filled) -> None:
    by_session = defaultdict(list)
    for row in filled.of("spans"):
        if row["session"]:
            by_session[row["session"]].append(row)
    found = sessions.search(filled.reader(), "", filled.window, Page("cost", "desc", 100))["items"]
    expected = sorted(by_session, key=lambda s: (sum(r["cost_nano_usd"] for r in by_session[s]), s), reverse=True)
    assert [s["session"] for s in found] == expected
    for s in found:
        rows = by_session[s["session"]]
        assert (s["turns"], s["spans"]) == (len({r["trace_id"] for r in rows}), len(rows))
        assert s["agents"] == sorted({r["agent"] for r in rows})
        assert s["unpriced"] == sorted({r["model"] for r in rows if r["model"] and not r["cost_nano_usd"]})
        last = max(rows, key=lambda r: (r["parent_span_id"] == bytes(8), r["start_time"]))
        failed = sum(r["status_code"] == 2 for r in rows)
        newest = max(rows, key=lambda r: r["start_time"])
        ended = "failed" if last["status_code"] == 2 else "recovered" if failed else "fine"
        going_on = last["parent_span_id"] == bytes(8) and newest["trace_id"] != last["trace_id"]
        assert s["outcome"] in (("running", "unfinished") if going_on else (ended,))
        conversation = sessions.one(filled.reader(), s["session"])["conversation"]
        assert s["title"] in {u["text"] for u in conversation} | ({""} if not conversation else set())


@pytest.mark.parametrize("q", ["status:error", "agent:planner", "operation:chat"])
@pytest.mark.parametrize("older", [0, 1])  # whether some of the window's spans are no longer all kept
def test_given_a_filter_when_sessions_are_listed_then_outcomes_are_those_of_whole_sessions(
    filled, monkeypatch, q: str, older: int
) -> None:
    monkeypatch.setattr(Reader, "oldest_ns", lambda self: filled.window.start_ns + older)
    whole = {s["session"]: s for s in sessions.search(filled.reader(), "", filled.window, Page(limit=100))["items"]}
    found = sessions.search(filled.reader(), q, filled.window, Page(limit=100))["items"]
    assert found
    assert {s["session"]: s["outcome"] for s in found} == {s["session"]: whole[s["session"]]["outcome"] for s in found}
    assert any(s["spans"] < whole[s["session"]]["spans"] for s in found)


@pytest.mark.parametrize(
    ("figures", "looping", "expected"),
    [
        ({}, set(), "fine"),
        ({"errors": 2}, set(), "recovered"),
        ({"errors": 2, "last_status": 2}, set(), "failed"),
        ({"errors": 2}, {"a", "z"}, "looping"),
        ({"errors": 2, "end_ns": 700 * SECOND_NS}, {"a"}, "recovered"),  # it loops now, but elsewhere
        ({"newest_trace": b"2"}, set(), "running"),
        ({"newest_trace": b"2", "end_ns": 600 * SECOND_NS}, set(), "unfinished"),
        ({"newest_trace": b"2", "roots": 0}, set(), "fine"),  # roots carry no session: nothing is known of their ends
    ],
)
def test_given_a_session_when_it_goes_on_or_loops_then_it_has_not_recovered(
    figures: dict, looping: set[str], expected: str
) -> None:
    known = {"errors": 0, "last_status": 0, "end_ns": 990 * SECOND_NS, "all_agents": ["a"], "roots": 1}
    r = known | {"newest_trace": b"1", "ended_trace": b"1"} | figures
    assert sessions.outcome(r, looping, 1000 * SECOND_NS) == expected


@pytest.mark.parametrize("spans_a_session", [1, 8])
@pytest.mark.parametrize("q", ["", "status:error", "agent:planner"])
def test_given_sessions_when_listed_by_time_then_those_that_ended_last_come_first(
    filled, monkeypatch, q: str, spans_a_session: int
) -> None:
    monkeypatch.setattr(groups, "SPANS_A_SESSION", spans_a_session)
    ended: dict[str, int] = {}
    for r in filled.of("spans"):
        if r["session"] and ((not q) or (q == "status:error" and r["status_code"] == 2) or q == f"agent:{r['agent']}"):
            ended[r["session"]] = max(ended.get(r["session"], 0), r["start_time"] + r["duration_ns"])
    expected = sorted(ended, key=lambda s: (ended[s], s), reverse=True)
    whole = sessions.search(filled.reader(), q, filled.window, Page(limit=100))["items"]
    titled = {s["session"]: s["title"] for s in whole}
    for limit in (1, 2, 5, 100):
        found = sessions.search(filled.reader(), q, filled.window, Page(limit=limit))["items"]
        assert [s["session"] for s in found] == expected[:limit]
        assert all(s["title"] == titled[s["session"]] for s in found)
    plain = sessions.search(filled.reader(), "duration>=0s", filled.window, Page(limit=100))["items"]
    assert {s["session"]: s["title"] for s in plain}.items() >= titled.items()


def test_given_a_session_when_read_then_turns_are_in_order_and_each_message_stands_once_in_each(filled) -> None:
    rows = [r for r in filled.of("spans") if r["session"] == "session-3"]
    found = sessions.one(filled.reader(), "session-3")
    assert [t["index"] for t in found["turns"]] == list(range(len({r["trace_id"] for r in rows})))
    starts = [t["start_time"] for t in found["turns"]]
    assert starts == sorted(starts)
    asked = {(r["trace_id"].hex(), h) for r in rows for h in r["message_hash"]}
    texts = [(u["trace_id"], u["text"]) for u in found["conversation"]]
    assert len(texts) == len(set(texts)) == len(asked)
    assert {u["role"] for u in found["conversation"]} == {"user"}
    with pytest.raises(NotFoundError):
        sessions.one(filled.reader(), "")


def test_given_a_workflow_when_read_then_its_agents_work_adds_up(filled) -> None:
    listed = workflows.search(filled.reader(), "", filled.window, Page("time", "desc", 10))["items"]
    assert {w["workflow"] for w in listed} == {"wf-1", "wf-2"}
    found = workflows.one(filled.reader(), "wf-1")
    traces = {r["trace_id"] for r in filled.of("spans") if r["workflow"] == "wf-1"}
    assert len(found["traces"]) == found["summary"]["traces"] == len(traces)
    assert sum(a["spans"] for a in found["agents"]) == sum(r["trace_id"] in traces for r in filled.of("spans"))
    assert sum(a["share"] for a in found["critical_agents"]) == pytest.approx(1)
    steps = found["steps"]
    assert sum(s["share"] for s in steps) == pytest.approx(1)
    assert sum(s["critical_ns"] for s in steps) == found["critical_ns"]
    whole = sum(t["duration_ns"] for t in found["traces"])
    assert found["critical_ns"] + found["idle_ns"] == whole
    for s in steps:
        rows = [
            r
            for r in filled.of("spans")
            if r["trace_id"] in traces and all(r[c] == s[c] for c in ("agent", "name", "operation", "tool", "model"))
        ]
        assert (s["spans"], s["errors"]) == (len(rows), sum(r["status_code"] == 2 for r in rows))
        assert s["traces"] == len({r["trace_id"] for r in rows})
        assert s["self_ns"] + s["waiting_ns"] == sum(r["duration_ns"] for r in rows)
        assert s["cost_usd"] == pytest.approx(sum(r["cost_nano_usd"] for r in rows) / 1e9)
    assert [s["critical_ns"] for s in steps] == sorted((s["critical_ns"] for s in steps), reverse=True)


@pytest.mark.parametrize("sort", ["time", "duration", "cost", "errors", "tokens"])
def test_given_runs_of_which_one_span_names_the_workflow_when_listed_then_whole_runs_count_as_when_opened(
    filled, sort: str
) -> None:
    spans = filled.of("spans")
    listed = workflows.search(filled.reader(), "", filled.window, Page(sort, "desc", 10))["items"]
    for row in listed:
        runs = {r["trace_id"] for r in spans if r["workflow"] == row["workflow"]}
        whole = [r for r in spans if r["trace_id"] in runs]
        assert len(whole) > sum(r["workflow"] == row["workflow"] for r in spans), "some spans do not name it"
        assert (row["traces"], row["spans"]) == (len(runs), len(whole))
        assert row["input_tokens"] == sum(r["input_tokens"] for r in whole)
        assert row["cost_usd"] == pytest.approx(sum(r["cost_nano_usd"] for r in whole) / 1e9)
        opened = workflows.one(filled.reader(), row["workflow"])
        assert opened["summary"] == row
        assert sum(a["output_tokens"] for a in opened["agents"]) == row["output_tokens"]
    first = workflows.search(filled.reader(), "", filled.window, Page(sort, "desc", 1))
    second = workflows.search(filled.reader(), "", filled.window, Page(sort, "desc", 1, first["next"]))
    assert [first["items"][0], second["items"][0]] == listed


def test_given_failed_runs_when_workflows_are_listed_then_where_the_newest_began_to_fail_is_told(filled) -> None:
    spans = filled.of("spans")
    listed = workflows.search(filled.reader(), "", filled.window, Page("time", "desc", 10))["items"]
    for row in listed:
        runs = {r["trace_id"] for r in spans if r["workflow"] == row["workflow"]}
        failed = [r for r in spans if r["trace_id"] in runs and r["status_code"] == 2]
        began = {t: min(r["start_time"] for r in failed if r["trace_id"] == t) for t in {r["trace_id"] for r in failed}}
        newest = max(began, key=lambda t: began[t])
        first = min((r for r in failed if r["trace_id"] == newest), key=lambda r: r["start_time"] + r["duration_ns"])
        told = row["failure"]
        assert (told["trace_id"], told["span_id"]) == (newest.hex(), first["span_id"].hex())
        assert (told["name"], told["agent"], told["message"]) == (
            first["name"],
            first["agent"],
            first["status_message"],
        )
        assert workflows.one(filled.reader(), row["workflow"])["summary"]["failure"] == told


def test_given_a_filter_when_workflows_are_listed_then_any_span_of_a_run_may_match(filled) -> None:
    spans = filled.of("spans")
    bare = {r["trace_id"] for r in spans if r["workflow"] == "wf-1"} & {
        r["trace_id"] for r in spans if not r["workflow"] and r["status_code"] == 2
    }
    found = workflows.search(filled.reader(), "status:error", filled.window, Page("time", "desc", 10))["items"]
    runs = {r["workflow"]: r["traces"] for r in found}
    assert runs["wf-1"] >= len(bare) > 0
    assert all(row["errors"] >= row["traces"] for row in found)


def test_given_more_runs_than_are_looked_at_when_a_workflow_is_read_then_they_are_the_newest(
    filled, monkeypatch
) -> None:
    monkeypatch.setattr(workflows, "TRACES_MAX", 3)
    starts: dict[bytes, int] = {}
    for r in filled.of("spans"):
        if r["workflow"] == "wf-1":
            starts[r["trace_id"]] = min(r["start_time"], starts.get(r["trace_id"], r["start_time"]))
    newest = sorted(starts, key=lambda t: starts[t])[-3:]
    assert [t["trace_id"] for t in workflows.one(filled.reader(), "wf-1")["traces"]] == [t.hex() for t in newest]


def test_given_a_graph_when_drawn_then_edges_count_who_addressed_whom(filled) -> None:
    edges = defaultdict(int)
    for r in filled.of("spans"):
        if r["peer_agent"] and r["peer_agent"] != r["agent"]:
            edges[r["agent"], r["peer_agent"]] += 1
    view = FleetSnapshot(filled.store, lambda: ["a"]).view("a")
    found = graph.agents(filled.reader(), view, filled.window, "", 1000)
    assert {(e["source"], e["target"]): e["count"] for e in found["edges"] if e["kind"] == "message"} == dict(edges)
    assert {n["id"]: n["spans"] for n in found["nodes"]}["planner"] == sum(
        r["agent"] == "planner" for r in filled.of("spans")
    )
    one = graph.agents(filled.reader(), view, filled.window, "coder", 1000)
    assert all("coder" in (e["source"], e["target"]) for e in one["edges"])
    assert graph.agents(filled.reader(), view, filled.window, "", 1)["truncated"]
    alone = graph.agents(filled.reader(), view, filled.window, "", 1000, frozenset({"coder"}))
    assert [n["id"] for n in alone["nodes"]] == ["coder"] and alone["edges"] == []
    for node in found["nodes"]:
        into = [e for e in found["edges"] if e["target"] == node["id"]]
        assert sum(e["tokens"] for e in into) <= node["tokens"] + len(into), "edges divide what the target spent"
        assert sum(e["cost_usd"] for e in into) <= node["cost_usd"] * 1.0001
    assert sum(e["cost_usd"] for e in found["edges"]) > 0
    services = graph.services(filled.reader(), filled.window, 100)
    assert {n["id"] for n in services["nodes"]} == {"api", "worker"}


@pytest.mark.parametrize("field", cost.FIELDS)
def test_given_cost_when_summed_then_items_and_the_rest_make_the_total(filled, field: str) -> None:
    found = cost.by(filled.reader(), field, "status:ok", filled.window, "1h", 2)
    rows = [r for r in filled.of("spans") if r["status_code"] == 1]
    total = sum(r["cost_nano_usd"] for r in rows) / 1e9
    assert found["total"]["cost_usd"] == pytest.approx(total)
    parts = found["items"] + ([found["other"]] if found["other"] else [])
    assert sum(p["cost_usd"] for p in parts) == pytest.approx(total)
    assert sum(p["series"].sum() for p in parts) == pytest.approx(total)
    assert sum(p["share"] for p in parts) == pytest.approx(1)


@pytest.mark.parametrize("step", ["1h", None])
def test_given_spans_that_arrive_while_cost_is_read_when_summed_then_table_total_and_chart_agree(filled, step) -> None:
    now = filled.now_ns

    def arrive(model: str, minutes: int) -> None:
        filled.add(
            "spans",
            filled.make(
                "spans", tenant="arriving", received_at=now, start_time=now - minutes * MINUTE_NS, model=model,
                input_tokens=1, cost_nano_usd=1_000_000_000, trace_id=random.randbytes(16), span_id=random.randbytes(8),
            ),
        )  # fmt: skip

    class Arriving(Reader):
        def query(self, *args, **kwargs):
            answer = super().query(*args, **kwargs)
            arrive("large", 2)
            return answer

    arrive("large", 6)
    arrive("small", 5)
    found = cost.by(Arriving(filled.store, "arriving"), "model", "", filled.window, step, 10)
    assert found["other"] is None, "nothing is beyond the limit"
    assert sum(item["cost_usd"] for item in found["items"]) == pytest.approx(found["total"]["cost_usd"])
    assert sum(item["spans"] for item in found["items"]) == found["total"]["spans"]
    if step:
        assert all(item["series"].sum() == pytest.approx(item["cost_usd"]) for item in found["items"])
    assert found["first"] == moment(now - 6 * MINUTE_NS), "what was spent begins with its first span"
    nothing = cost.by(filled.reader("nobody"), "model", "", filled.window, step, 10)
    assert (nothing["items"], nothing["other"], nothing["first"], nothing["total"]["cost_usd"]) == ([], None, None, 0)


def test_given_hours_whose_spans_are_gone_when_summed_then_they_still_count(filled) -> None:
    reads = filled.reader()
    day = (filled.now_ns // DAY_NS - 40) * DAY_NS
    filled.store.command(
        "INSERT INTO cost_1h (tenant, hour, service, model, agent, spans, input_tokens, cost_nano_usd, revision) "
        "SELECT 'a', toDateTime({hour:UInt32}, 'UTC'), 'api', 'old-model', 'planner', 3, 100, 5000000000, 1",
        {"hour": day // SECOND_NS},
    )
    within = Window(day, filled.now_ns + HOUR_NS)
    found = cost.by(reads, "model", "", within, "1d", 10)
    old = next(r for r in found["items"] if r["key"] == "old-model")
    assert (old["spans"], old["cost_usd"], old["series"][0], found["complete"]) == (3, 5.0, 5.0, True)
    recent = sum(r["cost_nano_usd"] for r in filled.of("spans")) / 1e9
    assert found["total"]["cost_usd"] == pytest.approx(recent + 5.0)
    assert cost.by(reads, "session", "", within, "1d", 10)["complete"] is False
    assert sum(r["cost"] for r in cost.since(reads, day)) / 1e9 == pytest.approx(recent + 5.0)
    rows, complete = cost.by_model(reads, "", within)
    assert complete and {"old-model"} <= {r["model"] for r in rows}


def test_given_series_when_listed_then_each_stands_once(filled) -> None:
    names = metrics.names(filled.reader(), "", 10)["items"]
    assert [(n["metric"], n["kind"], n["series"]) for n in names] == [("done", "counter", 1), ("quality", "gauge", 1)]
    first = metrics.series(filled.reader(), "", "planner", ["node=n-a"], 1, "")
    second = metrics.series(filled.reader(), "", "planner", ["node=n-a"], 1, first["next"])
    assert [first["items"][0]["metric"], second["items"][0]["metric"], second["next"]] == ["done", "quality", None]
    assert metrics.series(filled.reader(), "", "", ["node=n-b"], 10, "")["items"] == []


def test_given_a_counter_that_starts_anew_when_binned_then_the_rate_never_falls_below_zero(filled) -> None:
    row = metrics.rows_of(filled.reader(), "done", "planner", 10)[0]
    at = filled.now_ns // MINUTE_NS * MINUTE_NS - HOUR_NS
    found = metrics.ranges(filled.reader(), [row["series_id"]], Window(at, at + 5 * MINUTE_NS), "1m", 100)["items"][0]
    assert found["values"] == [None, 1.0, 1.0, 0.5, 1.0]
    raw = metrics.ranges(filled.reader(), [row["series_id"]], Window(at, at + 5 * MINUTE_NS), None, 3)["items"][0]
    assert (raw["values"], raw["truncated"]) == ([0.0, 60.0, 120.0], True)


def test_given_a_gauge_when_binned_then_each_step_is_its_mean(filled) -> None:
    row = metrics.rows_of(filled.reader(), "quality", "planner", 10)[0]
    at = filled.now_ns // MINUTE_NS * MINUTE_NS - HOUR_NS
    found = metrics.ranges(filled.reader(), [row["series_id"]], Window(at, at + 3 * MINUTE_NS), "1m", 100)["items"][0]
    assert found["values"] == [2.5, 8.5, None]
    with pytest.raises(QueryError, match="more than"):
        metrics.ranges(filled.reader(), [row["series_id"]], Window(0, at), "1ms", 100)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"role": "user", "content": "hi"}, "hi"),
        ({"role": "user", "parts": [{"type": "text", "content": "a"}, {"type": "text", "content": "b"}]}, "a\nb"),
        ({"role": "assistant", "parts": [{"type": "tool_call", "name": "f", "arguments": {"x": 1}}]}, 'f({"x": 1})'),
        (
            {"role": "assistant", "content": None, "tool_calls": [{"function": {"name": "f", "arguments": "{}"}}]},
            "f({})",
        ),
        (
            {"role": "assistant", "content": "so", "tool_calls": [{"function": {"name": "f", "arguments": "{}"}}]},
            "so\nf({})",
        ),
        ({"unknown": 1}, "RAW"),
        ([], "RAW"),
        (None, "RAW"),
    ],
)
def test_given_a_message_when_read_then_a_person_understands_it(value: object, text: str) -> None:
    assert spoken(value, "RAW") == text


@pytest.mark.parametrize(
    ("keys", "beside", "events", "expected"),
    [
        (["llm.input_messages.0.message.content", "gen_ai.prompt.1.content"],
         {"llm.input_messages.0.message.role": "system", "gen_ai.prompt.1.role": "tool"}, [], ["system/system", "tool/tool"]),
        (["gen_ai.prompt.0.content", "gen_ai.completion.0.content"],
         {"gen_ai.prompt.0.role": "assistant", "gen_ai.completion.0.role": "assistant"}, [],
         ["assistant/input", "assistant/output"]),
        (["#1/content", "#2/content", "#3/message"], {},
         ["exception", "gen_ai.system.message", "gen_ai.user.message", "gen_ai.choice"],
         ["system/system", "user/input", "assistant/output"]),
        (["#0/content"], {}, ["something.else"], ["/other"]),
        (["#7/content"], {}, ["gen_ai.user.message"], ["/other"]),
        (["llm.input_messages.0.message.content"], {}, [], ["/input"]),
    ],
)  # fmt: skip
def test_given_a_role_beside_the_message_when_read_then_it_is_the_messages(
    keys: list[str], beside: dict[str, str], events: list[str], expected: list[str]
) -> None:
    numbers = list(range(len(keys)))
    found = readable(keys, numbers, {n: f"text {n}" for n in numbers}, beside, events)
    assert [f"{m['role']}/{m['direction']}" for m in found] == expected


def test_given_a_role_in_the_message_when_read_then_it_stays() -> None:
    raw = {0: '{"role":"user","content":"hi"}'}
    (found,) = readable(["#0/content"], [0], raw, {}, ["gen_ai.system.message"])
    assert (found["role"], found["text"]) == ("user", "hi")


def test_given_role_and_content_apart_when_read_then_they_are_one_message() -> None:
    keys = ["llm.input_messages.0.message.role", "llm.input_messages.0.message.content", "output.value"]
    found = readable(keys, [1, 2, 3], {1: "system", 2: "be kind"})
    assert [(m["direction"], m["role"], m["text"], m["missing"]) for m in found] == [
        ("system", "system", "be kind", False),
        ("output", "", "", True),
    ]


@pytest.mark.parametrize("only", [None, frozenset({"planner", "nobody"})])
def test_given_spans_when_asked_for_activity_then_each_agent_has_its_spans_per_ten_seconds(filled, only) -> None:
    first = min(r["start_time"] for r in filled.of("spans")) // SECOND_NS // 10 * 10
    steps = (filled.now_ns // SECOND_NS - first) // 10 // 2
    expected: dict[str, list[int]] = {}
    for row in filled.of("spans"):
        place = (row["start_time"] // SECOND_NS - first) // 10
        if row["agent"] and place < steps and (only is None or row["agent"] in only):
            expected.setdefault(row["agent"], [0] * steps)[place] += 1
    assert expected
    assert history.activity(filled.reader(), first, steps, only) == expected
