"""The search against an oracle: the same filter in plain Python over the same rows."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swarmscope.errors import NotFoundError, QueryError
from swarmscope.query import facets, latency, traces
from swarmscope.query.fields import SPAN_KINDS, STATUS
from swarmscope.query.filters import All, Compare, Literal, Node, Not, Text, parse
from swarmscope.query.filters import Any as Either
from swarmscope.query.search import Page
from swarmscope.query.times import HOUR_NS, Window, moment

TEXTS = (
    "agent",
    "session",
    "workflow",
    "peer_agent",
    "name",
    "service",
    "operation",
    "provider",
    "model",
    "tool",
    "status_message",
)
NUMBERS = {"input_tokens": "input_tokens", "output_tokens": "output_tokens"}
SORTS = ("time", "duration", "cost", "errors", "tokens")


# ---- the oracle


def holds(world: Any, node: Node, row: dict[str, Any]) -> bool:
    match node:
        case All(items):
            return all(holds(world, i, row) for i in items)
        case Either(items):
            return any(holds(world, i, row) for i in items)
        case Not(item):
            return not holds(world, item, row)
        case Text(phrase, _):
            return said(world, phrase, row)
        case Compare():
            return compares(node, row)


def said(world: Any, phrase: str, row: dict[str, Any]) -> bool:
    low = phrase.lower()
    if low in row["name"].lower() or low in row["status_message"].lower():
        return True
    if phrase in (row["agent"], row["session"]):
        return True
    if phrase in row["attributes"].values():
        return True
    place = row["session"] or row["trace_id"].hex()
    texts = [m["text"] for m in world.of("messages") if m["session"] == place and m["hash"] in row["message_hash"]]

    def tokens(text: str) -> set[str]:
        return set(re.findall(r"[0-9A-Za-z\u0080-\U0010ffff]+", text.lower()))

    return any(low in t.lower() and tokens(low) <= tokens(t) for t in texts)


def compares(term: Compare, row: dict[str, Any]) -> bool:
    op = term.op
    if op == "!=":
        return not compares(Compare(term.field, "=", term.values, 0), row)

    def text(value: str) -> bool:
        def one(v: Literal) -> bool:
            if op == "~":
                return re.search(v.text, value) is not None
            if v.wild and op == ":":
                if v.text == "*":
                    return value != ""
                return re.fullmatch(".*".join(map(re.escape, v.text.split("*"))), value, re.DOTALL) is not None
            return value == v.text

        return any(map(one, term.values))

    def number(value: float, bounds: list[float]) -> bool:
        return any(
            {"=": value == b, ":": value == b, ">": value > b, ">=": value >= b, "<": value < b, "<=": value <= b}[op]
            for b in bounds
        )

    match term.field:
        case f if f in TEXTS:
            return text(row[f])
        case f if f in NUMBERS:
            return number(row[f], [float(v.text) for v in term.values])
        case "tokens":
            return number(row["input_tokens"] + row["output_tokens"], [float(v.text) for v in term.values])
        case "duration":
            units = {"ms": 10**6, "s": 10**9}
            parts = [re.fullmatch(r"([\d.]+)(ms|s)", v.text) for v in term.values]
            return number(row["duration_ns"], [round(float(p[1]) * units[p[2]]) for p in parts if p])
        case "cost":
            return number(row["cost_nano_usd"], [round(float(v.text) * 1e9) for v in term.values])
        case "status":
            return row["status_code"] in [STATUS[v.text] for v in term.values]
        case "kind":
            return row["kind"] in [SPAN_KINDS[v.text] for v in term.values]
        case "root":
            return (row["parent_span_id"] == bytes(8)) is (term.values[0].text == "true")
        case "event":
            return any(text(name) for name in row["event_name"])
        case f if f.startswith("resource."):
            return text(f"host-{row['resource_id']}")
        case f if f.startswith("event."):
            return any(
                f.removeprefix("event.") in m and text(m[f.removeprefix("event.")]) for m in row["event_attributes"]
            )
    value = row["attributes"].get(term.field)
    if op in (">", ">=", "<", "<="):
        try:
            return value is not None and number(float(value), [float(term.values[0].text)])
        except ValueError:
            return False
    if [v.text for v in term.values if not v.quoted] == ["*"] and op in (":", "="):
        return value is not None
    return value is not None and text(value)


# ---- filters to try

words = st.sampled_from(
    [
        "planner", "coder", "critic", "gpt-4o", "gpt-4o-mini", "chat", "execute_tool", "plan_it", "search", "sql", "api",
        "worker", "wf-1", "session-3", "openai", "rate limit", "100% done", "nobody", "gpt*", "*o*", "*", "s*-3", "100%*",
        "p_an*",
    ]
)  # fmt: skip


def quoted(word: str) -> str:
    return f'"{word}"' if re.search(r'[\s"]', word) else word


text_terms = st.builds(
    lambda f, op, vs: f"{f}{op}{','.join(map(quoted, vs))}",
    st.sampled_from(TEXTS),
    st.sampled_from([":", "!="]),
    st.lists(words, min_size=1, max_size=3, unique=True),
).filter(lambda t: "!=" not in t or "*" not in t)
terms = st.one_of(
    text_terms,
    st.builds(
        "{}{}{}".format,
        st.sampled_from(["input_tokens", "output_tokens", "tokens"]),
        st.sampled_from([">", ">=", "<", "<=", "=", "!="]),
        st.integers(0, 5000),
    ),
    st.builds("duration{}{}".format, st.sampled_from([">", "<="]), st.sampled_from(["0s", "1.5ms", "1s", "2500ms"])),
    st.builds("cost{}{}".format, st.sampled_from([">", "<"]), st.sampled_from(["0", "0.01", "0.04"])),
    st.sampled_from(
        [
            "status:error", "status:ok,unset", "-status:error", "kind:client", "root:true", "root:false", "event:exception",
            "event:*", "http.route:/r/1", "http.route:/r/*", "http.route:*", "score>0.5", "score<=0.25", "missing:*",
            "missing>1", "-missing:x", '"odd key"', "resource.host.name:host-2", "event.exception.type:Timeout", "name~^p",
            "agent~n.*r$", "upstream", '"red bicycle"', "bicycle", "4711", '"order number"', "Zürich", "grüße", "planner",
            "/r/2", "session-1", "sure_thing", '"100% sure"',
        ]
    ),
)  # fmt: skip
filters = st.recursive(
    terms,
    lambda inner: st.one_of(
        st.builds("{} {}".format, inner, inner),
        st.builds("({} OR {})".format, inner, inner),
        st.builds("-({})".format, inner),
    ),
    max_leaves=4,
)


def matching(world: Any, q: str) -> list[dict[str, Any]]:
    tree = parse(q)
    return [row for row in world.of("spans") if holds(world, tree, row)]


def all_pages(fetch: Any, page: Page) -> list[dict[str, Any]]:
    out: list[dict[str, Any]] = []
    while True:
        found = fetch(page)
        assert len(found["items"]) <= page.limit
        out += found["items"]
        if found["next"] is None:
            return out
        page = Page(page.sort, page.order, page.limit, found["next"])


@settings(max_examples=60, deadline=None)
@given(filters)
def test_given_any_filter_when_searched_then_exactly_the_rows_of_the_oracle_are_found(world, q: str) -> None:
    found = traces.spans(world.reader(), q, world.window, Page(limit=1000))
    assert {s["span_id"] for s in found["items"]} == {r["span_id"].hex() for r in matching(world, q)}


def sort_key(sort: str, row: dict[str, Any]) -> int:
    return {
        "time": row["start_time"],
        "duration": row["duration_ns"],
        "cost": row["cost_nano_usd"],
        "errors": int(row["status_code"] == 2),
        "tokens": row["input_tokens"] + row["output_tokens"],
    }[sort]


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("q", ["", "status:error OR cost>0.03"])
def test_given_pages_when_walked_then_spans_come_once_and_in_order(world, sort: str, order: str, q: str) -> None:
    found = all_pages(lambda page: traces.spans(world.reader(), q, world.window, page), Page(sort, order, 37))
    rows = matching(world, q)
    expected = sorted(rows, key=lambda r: (sort_key(sort, r), r["span_id"]), reverse=order == "desc")
    assert [s["span_id"] for s in found] == [r["span_id"].hex() for r in expected]


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize(("q", "limit"), [("", 7), ("status:error OR cost>0.03", 4), ("agent:planner", 1000)])
def test_given_pages_when_walked_then_traces_come_once_and_in_order(
    world, sort: str, order: str, q: str, limit: int
) -> None:
    found = all_pages(lambda page: traces.search(world.reader(), q, world.window, page), Page(sort, order, limit))
    by_trace = defaultdict(list)
    for row in matching(world, q):
        by_trace[row["trace_id"].hex()].append(row)
    pick = sum if sort in ("cost", "errors", "tokens") else max if order == "desc" else min
    expected = sorted(
        ((pick(sort_key(sort, r) for r in rows), t) for t, rows in by_trace.items()), reverse=order == "desc"
    )
    assert [t["trace_id"] for t in found] == [t for _, t in expected]
    assert {t["trace_id"]: t["matched"] for t in found} == {t: len(rows) for t, rows in by_trace.items()}
    times = {t: [r["start_time"] for r in rows] for t, rows in by_trace.items()}
    nearest = min if (sort, order) == ("time", "asc") else max
    assert {t["trace_id"]: t["matched_time"] for t in found} == {t: moment(nearest(at)) for t, at in times.items()}
    if sort == "time":
        shown = [t["matched_time"] for t in found]
        assert shown == sorted(shown, reverse=order == "desc"), "the list is in the order of what it shows"


def test_given_many_spans_of_few_traces_when_searched_then_the_pieces_grow_until_the_page_is_full(
    world, monkeypatch
) -> None:
    monkeypatch.setattr(traces, "CANDIDATES_MIN", 1)
    few = all_pages(lambda page: traces.search(world.reader(), "", world.window, page), Page(limit=9))
    assert len(few) == len({t["trace_id"] for t in few}) == 60


def test_given_a_trace_row_when_compared_then_its_figures_are_those_of_its_spans(world) -> None:
    by_trace = defaultdict(list)
    for row in world.of("spans"):
        by_trace[row["trace_id"].hex()].append(row)
    for t in traces.search(world.reader(), "", world.window, Page(limit=100))["items"]:
        rows = by_trace[t["trace_id"]]
        start = min(r["start_time"] for r in rows)
        assert t["duration_ns"] == max(r["start_time"] + r["duration_ns"] for r in rows) - start
        assert (t["spans"], t["errors"]) == (len(rows), sum(r["status_code"] == 2 for r in rows))
        assert t["agents"] == sorted({r["agent"] for r in rows})
        assert t["models"] == sorted({r["model"] for r in rows} - {""})
        assert t["cost_usd"] == pytest.approx(sum(r["cost_nano_usd"] for r in rows) / 1e9)
        assert t["unpriced"] == sorted({r["model"] for r in rows if r["model"] and not r["cost_nano_usd"]})
        assert t["name"] == next(r["name"] for r in rows if r["parent_span_id"] == bytes(8))
        assert t["rooted"]


def test_given_a_narrow_window_when_searched_then_only_its_spans_are_found(world) -> None:
    window = Window(world.now_ns - 3 * HOUR_NS, world.now_ns - HOUR_NS)
    found = traces.spans(world.reader(), "", window, Page(limit=1000))["items"]
    inside = [r for r in world.of("spans") if window.start_ns <= r["start_time"] < window.end_ns]
    assert {s["span_id"] for s in found} == {r["span_id"].hex() for r in inside}


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 30 * HOUR_NS), st.integers(1, 30 * HOUR_NS), st.sampled_from(SORTS))
def test_given_any_window_when_one_agent_is_searched_for_then_only_its_spans_there_are_found(
    world, ago_ns: int, length_ns: int, sort: str
) -> None:
    window = Window(world.now_ns - ago_ns, world.now_ns - ago_ns + length_ns)
    found = traces.spans(world.reader(), "agent:planner", window, Page(sort, limit=1000))["items"]
    inside = [r for r in matching(world, "agent:planner") if window.start_ns <= r["start_time"] < window.end_ns]
    assert {s["span_id"] for s in found} == {r["span_id"].hex() for r in inside}


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "!!!",
        "W10",
        "WyJ0aW1lIiwiZGVzYyIsMSwyXQ",
        "WyJjb3N0IiwiZGVzYyIsMSwieCJd",
        "WyJ0aW1lIiwiZGVzYyIsIjEiLCJ4Il0",
    ],
)
def test_given_a_foreign_cursor_when_used_then_it_is_refused(world, cursor: str) -> None:
    with pytest.raises(QueryError, match="cursor"):
        traces.spans(world.reader(), "", world.window, Page(cursor=cursor))


@pytest.mark.parametrize("q", ["", "status:error", "gpt-4o OR agent:coder"])
def test_given_facets_when_counted_then_they_are_those_of_the_oracle(world, q: str) -> None:
    rows = matching(world, q)
    found = facets.count(world.reader(), "spans", q, world.window, ["agent", "model", "status", "http.route"], 3)
    assert (found["total"], found["sampled"]) == (len(rows), False)
    names = {v: k for k, v in STATUS.items()}
    values = {
        "agent": [r["agent"] for r in rows],
        "model": [r["model"] for r in rows if r["model"]],
        "status": [names[r["status_code"]] for r in rows],
        "http.route": [r["attributes"]["http.route"] for r in rows],
    }
    for facet in found["facets"]:
        counts = {v: values[facet["field"]].count(v) for v in values[facet["field"]]}
        best = sorted(counts.items(), key=lambda i: (-i[1], i[0]))[:3]
        assert [(v["value"], v["count"]) for v in facet["values"]] == best
        assert facet["distinct"] == len(counts)


def test_given_more_matches_than_are_looked_at_when_counted_then_the_newest_are_scaled_up(world, monkeypatch) -> None:
    monkeypatch.setattr(facets, "COUNTED", 1)
    within = Window(world.window.start_ns, world.now_ns)  # its newest part is an hour and more, whatever the clock says
    found = facets.count(world.reader(), "spans", "", within, ["service"], 10)
    assert found["sampled"]
    assert found["total"] == len(world.of("spans"))
    assert sum(v["count"] for v in found["facets"][0]["values"]) == pytest.approx(found["total"], abs=2)


def test_given_a_facet_without_sense_when_asked_for_then_it_is_refused(world) -> None:
    with pytest.raises(QueryError, match="too many values"):
        facets.count(world.reader(), "spans", "", world.window, ["duration"], 3)


def test_given_a_heat_map_when_summed_then_every_matching_span_is_in_it(world) -> None:
    rows = matching(world, "status:error")
    found = latency.heat_map(world.reader(), "status:error", world.window, None, 20, False)
    assert len(found["times_ms"]) <= 20
    assert int(found["counts"].sum()) == sum(found["total"]) == sum(found["errors"]) == len(rows)
    assert found["counts"].shape == (len(found["times_ms"]), len(found["bounds_ns"]))
    for i, at_ms in enumerate(found["times_ms"]):
        inside = sorted(r["duration_ns"] for r in rows if at_ms <= r["start_time"] // 10**6 < at_ms + found["step_ms"])
        assert found["total"][i] == len(inside)
        for j, bound in enumerate(found["bounds_ns"]):
            assert found["counts"][i][: j + 1].sum() == sum(max(d, 1000) <= bound for d in inside)
        assert (found["p50_ns"][i] is None) == (not inside)


@pytest.mark.parametrize(("step", "message"), [("1ns", "more than"), ("x", "no duration"), ("0s", "more than")])
def test_given_a_step_without_sense_when_asked_for_then_it_is_refused(world, step: str, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        latency.heat_map(world.reader(), "", world.window, step, 60, False)


def test_given_a_trace_larger_than_its_details_when_read_then_they_are_given_span_by_span(world) -> None:
    sizes = defaultdict(int)
    for r in world.of("spans"):
        sizes[r["trace_id"]] += 1
    trace = max(sizes, key=lambda t: sizes[t]).hex()
    whole = traces.one(world.reader(), trace, details=sizes[bytes.fromhex(trace)])
    bare = traces.one(world.reader(), trace, details=sizes[bytes.fromhex(trace)] - 1)
    assert (whole["detailed"], bare["detailed"], bare["truncated"], bare["resources"]) == (True, False, False, {})
    assert (bare["summary"], bare["critical_path"]) == (whole["summary"], whole["critical_path"])
    empty = {"attributes": {}, "events": [], "links": [], "messages": []}
    for full, short in zip(whole["spans"], bare["spans"], strict=True):
        assert short.keys() == full.keys()
        assert short | empty == short
        one = traces.span(world.reader(), trace, full["span_id"])
        assert one.pop("resource") == whole["resources"][full["resource_id"]]
        assert full | one == full
    assert traces.one(world.reader(), trace, limit=2, details=1)["truncated"]
    assert len(traces.one(world.reader(), trace, limit=2)["spans"]) == 2


def test_given_a_large_trace_when_read_as_columns_then_they_say_what_its_spans_say(world) -> None:
    sizes = defaultdict(int)
    for r in world.of("spans"):
        sizes[r["trace_id"]] += 1
    trace = max(sizes, key=lambda t: sizes[t]).hex()
    plain = traces.one(world.reader(), trace, details=1)
    large = traces.one(world.reader(), trace, details=1, columns=True)
    columns = large["columns"]
    assert (large["spans"], large["critical_path"], plain["columns"]) == ([], [], None)
    assert large["summary"] | {"cost_usd": 0} == plain["summary"] | {"cost_usd": 0}
    assert large["summary"]["cost_usd"] == pytest.approx(plain["summary"]["cost_usd"])
    path = [columns["path"][name].tolist() for name in ("at", "offset_ns", "duration_ns")]
    steps = [tuple(step.values()) for step in plain["critical_path"]]
    assert [(columns["span_id"][at], offset, took) for at, offset, took in zip(*path, strict=True)] == steps
    for name in columns.keys() - {"path"}:
        held = columns[name]
        told = [held["values"][i] for i in held["at"]] if isinstance(held, dict) else list(held)
        assert told == [span[name] or 0 if name == "ttft_ns" else span[name] for span in plain["spans"]], name
    assert traces.one(world.reader(), trace, limit=2, details=1, columns=True)["truncated"]


def test_given_a_span_of_another_tenant_when_read_then_it_is_not_there(world) -> None:
    row = world.of("spans")[0]
    with pytest.raises(NotFoundError, match="no such span"):
        traces.span(world.reader("b"), row["trace_id"].hex(), row["span_id"].hex())
