"""Attributes become columns, and can be rebuilt from the stored row exactly."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from swarmscope.model.semantics import (
    CONTENT_KEYS,
    KEY_SLOT,
    KEYS,
    SLOTS,
    TRANSLATIONS,
    restore,
    restore_messages,
    split_types,
    translate,
)
from tests.ingest.conftest import Bench, SpanOf, rows, trace_request

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))
_BENCH: list[Bench] = []


def bench() -> Bench:
    """One pipeline for all examples of a property: what it remembers must not change what comes out."""
    if not _BENCH:
        from swarmscope import config

        _BENCH.append(Bench(redaction=config.Redaction(enabled=False)))
    return _BENCH[0]


def rebuilt(row: dict[str, Any], messages: list[dict[str, Any]]) -> dict[str, Any]:
    """All attributes of a stored span."""
    session = row["session"] or row["trace_id"].hex()
    texts = {m["hash"]: m["text"] for m in messages if m["session"] == session}
    own = restore_messages(row["message_key"], row["message_hash"], texts).get(-1, {})
    return restore(row["promoted"], row, row["attributes"], row["attribute_types"]) | own


def equal(a: Any, b: Any) -> bool:
    """Equal in value and type; NaN equals itself."""
    if isinstance(a, float) and isinstance(b, float) and math.isnan(a) and math.isnan(b):
        return True
    return type(a) is type(b) and a == b


# ---- the oracle: slots by plain loops


def parse_count(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value)
    if not text.isascii() or not text.isdigit() or (len(text) > 1 and text[0] == "0") or int(text) >= 1 << 32:
        return None
    return int(text)


def expected_text(attributes: dict[str, Any], column: str) -> str:
    for slot in SLOTS:
        for key in slot.keys if slot.column == column else ():
            value = attributes.get(key)
            if isinstance(value, bool) or value in (None, "") or not isinstance(value, str | int):
                continue
            if key in TRANSLATIONS or column in ("operation", "provider"):
                if isinstance(value, str):
                    return translate(key, value)[0]
                continue
            return str(value)
    return ""


def expected_count(attributes: dict[str, Any], column: str) -> int:
    for slot in SLOTS:
        for key in slot.keys if slot.column == column else ():
            found = parse_count(attributes.get(key))
            if found is not None:
                return found
    return 0


texts = st.text(max_size=12) | st.sampled_from(
    ["openai", "xai", "LLM", "chat", "agent", "12", "0.5", "007", "4294967296"]
)
numbers = st.integers(-(2**63), 2**63 - 1) | st.integers(0, 5000)
doubles = st.floats() | st.decimals(0, 9, places=6).map(float) | st.sampled_from([0.0021, 1e-9, 2.5e-05, 1e300])
scalars = texts | numbers | doubles | st.booleans() | st.binary(max_size=6)
values = scalars | st.lists(texts, max_size=3) | st.dictionaries(st.text(max_size=3), numbers, max_size=2)
long_texts = st.text(min_size=10, max_size=80) | st.lists(
    st.dictionaries(st.sampled_from(["role", "content"]), st.text(max_size=30), min_size=1), max_size=4
).map(json.dumps)
attribute_sets = st.dictionaries(
    st.sampled_from(KEYS) | st.sampled_from(sorted(CONTENT_KEYS)) | st.text(min_size=1, max_size=8),
    values | long_texts,
    max_size=14,
)
relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=150)


@relaxed
@given(st.lists(attribute_sets, min_size=1, max_size=4))
def test_any_attributes_are_rebuilt_exactly(sets: list[dict[str, Any]]) -> None:
    tool = bench()
    tool.pipeline.forget()
    pending = {"swarmscope.pending"}
    sets = [{k: v for k, v in s.items() if k not in pending} for s in sets]
    spans = [SpanOf(s, span_id=bytes([i + 1] * 8)) for i, s in enumerate(sets)]
    result = tool.traces(trace_request(spans, tool.now_ns))
    stored, messages = rows(result, "spans"), rows(result, "messages")
    for sent, row in zip(sets, stored, strict=True):
        back = rebuilt(row, messages)
        assert back.keys() == sent.keys()
        for key, value in sent.items():
            assert equal(back[key], value), key


@relaxed
@given(attribute_sets)
def test_columns_are_those_of_the_naive_reading(attributes: dict[str, Any]) -> None:
    tool = bench()
    tool.pipeline.forget()  # every example is the same span
    attributes.pop("swarmscope.pending", None)
    (row,) = tool.spans(SpanOf(attributes))
    for column in ("agent_name", "session", "workflow", "peer_agent", "operation", "provider", "model", "tool"):
        assert row[column] == expected_text(attributes, column), column
    assert row["agent"] == (expected_text(attributes, "agent") or row["agent_name"])
    for column in ("input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens"):
        assert row[column] == expected_count(attributes, column), column


@pytest.mark.parametrize("path", GOLDEN, ids=[p.stem for p in GOLDEN])
def test_each_convention_gives_the_columns_that_its_golden_file_says(path: Path, bench: Bench) -> None:
    golden = json.loads(path.read_text())
    result = bench.traces(
        trace_request([SpanOf(golden["attributes"], events=[tuple(e) for e in golden.get("events", [])])], bench.now_ns)
    )
    (row,) = rows(result, "spans")
    assert {column: row[column] for column in golden["columns"]} == golden["columns"]
    assert set(row["attributes"]) == set(golden["kept"])
    assert row["message_key"] == golden["message_key"]
    assert rebuilt(row, rows(result, "messages")) == golden["attributes"]


def test_the_same_value_under_two_keys_leaves_the_map_twice(bench: Bench) -> None:
    sent = {"gen_ai.usage.input_tokens": 7, "llm.token_count.prompt": 7, "gen_ai.usage.prompt_tokens": 8}
    (row,) = bench.spans(SpanOf(sent))
    assert row["input_tokens"] == 7
    assert row["promoted"] == "gen_ai.usage.input_tokens,llm.token_count.prompt"
    assert row["attributes"] == {"gen_ai.usage.prompt_tokens": "8"}


def test_a_number_sent_as_text_fills_the_column_and_stays(bench: Bench) -> None:
    (row,) = bench.spans(SpanOf({"gen_ai.usage.input_tokens": "42"}))
    assert (row["input_tokens"], row["attributes"], row["attribute_types"]) == (
        42,
        {"gen_ai.usage.input_tokens": "42"},
        "s",
    )


@pytest.mark.parametrize(
    ("value", "nano", "promoted"),
    [
        (0.0021, 2_100_000, True),
        (2.5e-05, 25_000, True),
        (0.1234567891, 123_456_789, False),
        (1e300, 0, False),
        (-1.0, 0, False),
    ],
)
def test_a_cost_is_promoted_only_when_nano_dollars_hold_it(
    bench: Bench, value: float, nano: int, promoted: bool
) -> None:
    (row,) = bench.spans(SpanOf({"gen_ai.usage.cost": value}))
    assert row["cost_nano_usd"] == nano
    assert (row["promoted"] == "gen_ai.usage.cost") is promoted


def test_the_agent_falls_back_from_name_to_resource_to_service(bench: Bench) -> None:
    service = {"service.name": "shop"}
    assert bench.spans(SpanOf({"gen_ai.agent.name": "n"}), resource=service)[0]["agent"] == "n"
    assert bench.spans(SpanOf({"gen_ai.agent.id": "i", "gen_ai.agent.name": "n"}))[0]["agent"] == "i"
    own = bench.spans(SpanOf(), resource={"swarmscope.agent.id": "r", "swarmscope.agent.name": "R"})[0]
    assert (own["agent"], own["agent_name"]) == ("r", "R")
    assert bench.spans(SpanOf({"gen_ai.operation.name": "chat"}), resource=service)[0]["agent"] == "shop"
    assert bench.spans(SpanOf({"http.route": "/"}), resource=service)[0]["agent"] == ""


def test_a_traceloop_entity_names_the_agent_or_the_tool(bench: Bench) -> None:
    (agent,) = bench.spans(SpanOf({"traceloop.span.kind": "agent", "traceloop.entity.name": "planner"}))
    (tool,) = bench.spans(SpanOf({"traceloop.span.kind": "tool", "traceloop.entity.name": "search"}))
    assert (agent["operation"], agent["agent"], agent["agent_name"]) == ("invoke_agent", "planner", "planner")
    assert (tool["operation"], tool["tool"]) == ("execute_tool", "search")
    assert tool["attributes"] == {"traceloop.entity.name": "search"}


def test_pending_spans_go_to_their_own_table_and_know_it(bench: Bench) -> None:
    spans = [SpanOf({"swarmscope.pending": True, "a": 1}), SpanOf({"a": 2}, span_id=b"\1" * 8)]
    result = bench.traces(trace_request(spans, bench.now_ns))
    (pending,) = rows(result, "spans_pending")
    (done,) = rows(result, "spans")
    assert (
        restore(pending["promoted"], pending, pending["attributes"], pending["attribute_types"]) == spans[0].attributes
    )
    assert done["attributes"] == {"a": "2"}
    assert result.receipts[0].accepted == 2


def test_events_and_links_keep_types_and_trace_state(bench: Bench) -> None:
    link = (b"\2" * 16, b"\3" * 8, "a=b", {"n": 1})
    (row,) = bench.spans(SpanOf(events=[("e", {"i": 1, "s": "x"}), ("f", {}), ("g", {"d": 0.5})], links=[link]))
    counts = [len(a) for a in row["event_attributes"]]
    assert split_types(row["event_attribute_types"], counts) == ["is", "", "d"]
    assert row["event_attributes"] == [{"i": "1", "s": "x"}, {}, {"d": "0.5"}]
    assert (row["link_trace_id"], row["link_trace_state"]) == ([b"\2" * 16], ["a=b"])
    assert (row["link_attributes"], row["link_attribute_types"]) == ([{"n": "1"}], "i")


def test_resources_come_once_an_hour_with_the_attributes_of_their_scope(bench: Bench) -> None:
    body = trace_request([SpanOf()], bench.now_ns, resource={"service.name": "s", "n": 1}, scope={"k": True})
    first = bench.traces(body)
    (resource,) = rows(first, "resources")
    assert resource["attributes"] == {"service.name": "s", "n": "1", "otel.scope.k": "true"}
    assert resource["attribute_types"] == "sib"
    assert rows(first, "spans")[0]["resource_id"] == resource["resource_id"]
    assert rows(bench.traces(body), "resources") == [resource]  # not durable yet: it is sent again
    first.durable()
    assert rows(bench.traces(body), "resources") == []
    bench.now_ns += 3_600_000_000_000
    later = trace_request([SpanOf()], bench.now_ns, resource={"n": 1, "service.name": "s"}, scope={"k": True})
    assert rows(bench.traces(later), "resources")[0]["resource_id"] == resource["resource_id"]


def test_a_resource_whose_spans_were_refused_comes_with_its_first_span(bench: Bench) -> None:
    good = {"service.name": "good"}
    late = {"service.name": "late"}

    def send(start_ns: int) -> list[str]:
        bodies = [
            trace_request([SpanOf()], bench.now_ns, resource=good),
            trace_request([SpanOf(start_ns=start_ns, end_ns=start_ns)], bench.now_ns, resource=late),
        ]
        result = bench.traces(*bodies)
        result.durable()
        return [row["service"] for row in rows(result, "resources")]

    assert [send(1), send(1), send(1), send(bench.now_ns), send(bench.now_ns)] == [["good"], [], [], ["late"], []]


def test_garbage_in_the_translated_slots_does_not_grow_without_bound() -> None:
    tool = Bench()
    spans = [SpanOf({"gen_ai.operation.name": f"op-{i}"}, span_id=i.to_bytes(8, "big")) for i in range(1, 4300)]
    for _ in range(2):
        result = tool.traces(trace_request(spans, tool.now_ns))
        stored = rows(result, "spans")
        assert all(
            restore(r["promoted"], r, r["attributes"], r["attribute_types"]) == s.attributes
            for r, s in zip(stored, spans, strict=True)
        )


def test_every_key_belongs_to_one_slot() -> None:
    assert len(KEYS) == len(set(KEYS)) == len(KEY_SLOT)
    assert len(KEYS) <= 128  # the kernel notes them in two words
