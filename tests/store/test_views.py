"""What the views make of spans and agent events, against plain Python."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import pyarrow as pa

from swarmscope.store import Store
from tests.support.rows import NOON_NS, rows

LLM = "chat"


def column(table: pa.Table, name: str, values: list[Any]) -> pa.Table:
    field = table.schema.field(name)
    low = pa.types.is_dictionary(field.type)
    array = pa.array(values, pa.string()).dictionary_encode() if low else pa.array(values, field.type)
    return table.set_column(table.schema.get_field_index(name), name, array)


def some_spans(tenant: str, count: int) -> pa.Table:
    spans = rows("spans", count, tenant=tenant, seed=count)
    spans = column(spans, "agent", [f"agent-{i % 3}" for i in range(count)])
    spans = column(spans, "operation", ["chat" if i % 2 else "execute_tool" for i in range(count)])
    spans = column(spans, "status_code", [2 if i % 5 == 0 else 1 for i in range(count)])
    spans = column(spans, "duration_ns", [10 ** (i % 12) for i in range(count)])
    return column(spans, "input_tokens", list(range(count)))


def test_the_rollup_counts_sums_and_sketches(store: Store) -> None:
    spans = some_spans("roll", 600)
    for at in range(0, 600, 200):
        store.insert("spans", spans.slice(at, 200), f"roll/{at}")
    found = store.query(
        "SELECT agent, bucket, sum(spans) AS spans, sum(errors) AS errors, sum(llm_calls) AS llm, "
        "sum(tool_errors) AS tool_errors, sum(input_tokens) AS tokens, "
        "sum(duration_sum_ns) AS total, max(duration_max_ns) AS longest, "
        "sumMap(duration_histogram) AS histogram, groupBitOr(calls_seen) AS calls "
        "FROM agent_10s WHERE tenant = 'roll' GROUP BY agent, bucket"
    ).to_pylist()
    sent = spans.select(["agent", "operation", "status_code", "duration_ns", "input_tokens"]).to_pylist()
    for row, time in zip(sent, spans["start_time"].cast(pa.int64()).to_pylist(), strict=True):
        row["bucket"] = time // 10**10 * 10
    groups = {
        (r["agent"], r["bucket"]): [s for s in sent if (s["agent"], s["bucket"]) == (r["agent"], r["bucket"])]
        for r in found
    }
    assert sum(map(len, groups.values())) == 600
    for row in found:
        group = groups[row["agent"], row["bucket"]]
        assert row["spans"] == len(group)
        assert row["errors"] == sum(s["status_code"] == 2 for s in group)
        assert row["llm"] == sum(s["operation"] == LLM for s in group)
        assert row["tool_errors"] == sum(s["operation"] != LLM and s["status_code"] == 2 for s in group)
        assert row["tokens"] == sum(s["input_tokens"] for s in group)
        assert row["total"] == sum(s["duration_ns"] for s in group)
        assert row["longest"] == max(s["duration_ns"] for s in group)
        assert dict(row["histogram"]) == Counter(math.floor(4 * math.log2(s["duration_ns"])) for s in group)
        assert 0 < row["calls"].bit_count() <= len(group)


def test_the_registry_keeps_the_latest_that_is_not_empty(store: Store) -> None:
    spans = rows("spans", 3, tenant="who", seed=1)
    moments = [NOON_NS + 2, NOON_NS + 1, NOON_NS + 3]
    for name, values in (
        ("agent", ["a"] * 3),
        ("start_time", moments),
        ("model", ["new", "old", ""]),
        ("service", ["s"] * 3),
    ):
        spans = column(spans, name, values)
    events = rows("agent_events", 2, tenant="who", seed=1)
    for name, values in (
        ("agent", ["a", "a"]),
        ("time", [NOON_NS, NOON_NS + 9]),
        ("event", ["register", "heartbeat"]),
        ("kind", ["worker", ""]),
        ("model", ["first", ""]),
        ("status", ["", "busy"]),
        ("name", ["Ann", ""]),
        ("capabilities", [["x", "y"], []]),
        ("labels", [[("team", "red")], []]),
    ):
        events = column(events, name, values)
    for number in range(3):
        store.insert("spans", spans.slice(number, 1), f"who/{number}")
    store.insert("agent_events", events, "who/events")

    (agent,) = store.query(
        "SELECT * EXCEPT (first_seen, last_seen, last_span, last_heartbeat, stopped, name), "
        "toUnixTimestamp64Nano(first_seen) AS first, toUnixTimestamp64Nano(last_seen) AS last, "
        "toUnixTimestamp64Nano(last_span) AS span, toUnixTimestamp64Nano(last_heartbeat) AS beat "
        "FROM agents WHERE tenant = 'who'"
    ).to_pylist()

    assert (agent["kind"], agent["model"], agent["status"], agent["service"]) == ("worker", "new", "busy", "s")
    assert (agent["capabilities"], agent["labels"]) == (["x", "y"], [("team", "red")])
    assert (agent["first"], agent["last"], agent["span"], agent["beat"]) == (
        NOON_NS,
        NOON_NS + 9,
        NOON_NS + 3,
        NOON_NS + 9,
    )


def test_absurd_durations_do_not_stop_the_views(store: Store) -> None:
    spans = column(rows("spans", 2, tenant="absurd"), "duration_ns", [2**64 - 1, 0])
    store.insert("spans", column(spans, "agent", ["a", "a"]), "absurd")
    assert store.query("SELECT sum(spans) AS n FROM agent_10s WHERE tenant = 'absurd'")["n"].to_pylist() == [2]
