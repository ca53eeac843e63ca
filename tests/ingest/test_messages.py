"""Prompts and answers: once per session, rebuilt byte for byte."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from swarmscope.ingest.messages import WEEK_NS
from swarmscope.model.semantics import is_content, parse_message_key, restore_messages
from tests.ingest.conftest import Bench, SpanOf, rows, trace_request

KEY = "gen_ai.input.messages"
_BENCH: list[Bench] = []


def turn(number: int) -> dict[str, object]:
    role = "user" if number % 2 == 0 else "assistant"
    return {"role": role, "parts": [{"type": "text", "content": f"turn {number}: {'word ' * 30}"}]}


def chat(bench: Bench, turns: int, session: str = "s", separators: tuple[str, str] | None = None) -> SpanOf:
    text = json.dumps([turn(n) for n in range(turns)], separators=separators)
    return SpanOf({KEY: text, "session.id": session}, span_id=turns.to_bytes(8, "big"))


def test_a_growing_conversation_is_stored_once(bench: Bench) -> None:
    sent = [chat(bench, turns) for turns in range(1, 51)]
    result = bench.traces(trace_request(sent, bench.now_ns))
    messages = rows(result, "messages")
    assert len(messages) == 50
    texts = {m["hash"]: m["text"] for m in messages}
    for span, row in zip(sent, rows(result, "spans"), strict=True):
        assert restore_messages(row["message_key"], row["message_hash"], texts) == {-1: {KEY: span.attributes[KEY]}}


def test_what_is_durable_is_not_sent_again_until_the_week_turns(bench: Bench) -> None:
    first = bench.traces(trace_request([chat(bench, 3)], bench.now_ns))
    again = bench.traces(trace_request([chat(bench, 3)], bench.now_ns))
    assert len(rows(first, "messages")) == len(rows(again, "messages")) == 3  # nothing was durable in between
    first.durable()
    assert len(rows(bench.traces(trace_request([chat(bench, 4)], bench.now_ns)), "messages")) == 1
    bench.pipeline.forget()
    assert len(rows(bench.traces(trace_request([chat(bench, 4)], bench.now_ns)), "messages")) == 4
    bench.now_ns += WEEK_NS
    assert len(rows(bench.traces(trace_request([chat(bench, 4)], bench.now_ns)), "messages")) == 4


def test_sessions_and_tenants_share_no_text_and_no_hash(bench: Bench) -> None:
    body = trace_request([chat(bench, 1, "one"), chat(bench, 1, "two")], bench.now_ns)
    result = bench.traces(body, body, tenants=["a", "b"])
    messages = rows(result, "messages")
    assert {(m["tenant"], m["session"]) for m in messages} == {(t, s) for t in "ab" for s in ("one", "two")}
    by_tenant = {t: {m["hash"] for m in messages if m["tenant"] == t} for t in "ab"}
    assert len(by_tenant["a"]) == len(by_tenant["b"]) == 1  # one text, keyed by tenant
    assert not by_tenant["a"] & by_tenant["b"]


def test_without_a_session_the_trace_is_one(bench: Bench) -> None:
    span = SpanOf({"gen_ai.prompt": "x" * 40}, trace_id=bytes(range(0xA0, 0xB0)))
    (message,) = rows(bench.traces(trace_request([span], bench.now_ns)), "messages")
    assert message["session"] == span.trace_id.hex()


def test_short_text_stays_in_the_map(bench: Bench) -> None:
    (row,) = bench.spans(SpanOf({"input.value": "x" * 31, "output.value": "y" * 32}))
    assert row["attributes"] == {"input.value": "x" * 31}
    assert row["message_key"] == ["output.value"]


def test_text_in_events_leaves_them_and_names_its_event(bench: Bench) -> None:
    events = [
        ("gen_ai.user.message", {"content": "x" * 40, "n": 1}),
        ("other", {"k": "v"}),
        ("gen_ai.choice", {"message": "y" * 40}),
    ]
    result = bench.traces(trace_request([SpanOf({"input.value": "z" * 40}, events=events)], bench.now_ns))
    (row,) = rows(result, "spans")
    assert row["event_attributes"] == [{"n": "1"}, {"k": "v"}, {}]
    texts = {m["hash"]: m["text"] for m in rows(result, "messages")}
    assert restore_messages(row["message_key"], row["message_hash"], texts) == {
        -1: {"input.value": "z" * 40},
        0: {"content": "x" * 40},
        2: {"message": "y" * 40},
    }


def test_an_expired_part_leaves_its_whole_attribute_out(bench: Bench) -> None:
    result = bench.traces(trace_request([chat(bench, 2)], bench.now_ns))
    (row,) = rows(result, "spans")
    texts = {m["hash"]: m["text"] for m in rows(result, "messages")}
    texts.pop(row["message_hash"][0])
    assert restore_messages(row["message_key"], row["message_hash"], texts) == {}


def test_an_array_of_little_things_is_one_part(bench: Bench) -> None:
    (row,) = bench.spans(SpanOf({KEY: json.dumps(list(range(100))), "llm.prompts": ["short", "x" * 20]}))
    assert row["message_key"] == [KEY, "llm.prompts:j"]


ELEMENT = "{'role':'user','content':'" + "x" * 30 + "'}"


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([turn(0), turn(1)]),
        json.dumps([turn(0), turn(1)], separators=(",", ":")),
        json.dumps([turn(0), turn(1)], indent=2),
        "[" + json.dumps(turn(0)) + " , " + json.dumps(turn(1)) + "]",
        "[" + json.dumps(turn(0)) + "," + json.dumps(turn(1)) + ", " + json.dumps(turn(2)) + "]",
        "[" + json.dumps(turn(0)) + ",]",
        "[" + json.dumps(turn(0)),
        json.dumps([turn(0)]) + "x",
        '["' + "a" * 40 + '\\"],[", "' + "b" * 40 + '"]',
        "[]" + " " * 40,
        "[" + ELEMENT + ", " + ELEMENT + "]",
        "[" * 40,
        "]" * 40,
        "[" + "]" * 40,
        '["' + "x" * 60,
        json.dumps(list(range(100))),
        "[[" + "1," * 40 + "1], [2" + " " * 60 + "]]",
    ],
)
def test_any_text_comes_back_byte_for_byte(text: str, bench: Bench) -> None:
    result = bench.traces(trace_request([SpanOf({KEY: text})], bench.now_ns))
    (row,) = rows(result, "spans")
    texts = {m["hash"]: m["text"] for m in rows(result, "messages")}
    assert restore_messages(row["message_key"], row["message_hash"], texts) == {-1: {KEY: text}}


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=150)
@given(st.text(alphabet='[]{},": \\xé\n', min_size=32, max_size=120) | st.text(min_size=32, max_size=60))
def test_mutated_json_comes_back_byte_for_byte(text: str) -> None:
    if not _BENCH:
        _BENCH.append(Bench())
    tool = _BENCH[0]
    tool.pipeline.forget()
    sent = "[" + text + "]"
    result = tool.traces(trace_request([SpanOf({KEY: sent})], tool.now_ns))
    (row,) = rows(result, "spans")
    texts = {m["hash"]: m["text"] for m in rows(result, "messages")}
    assert restore_messages(row["message_key"], row["message_hash"], texts) == {-1: {KEY: sent}}


def test_keys_that_would_read_like_a_mark_are_no_content() -> None:
    assert is_content("gen_ai.prompt.0.content")
    assert not is_content("gen_ai.prompt.0[]")
    assert not is_content("gen_ai.prompt.0:j")
    assert parse_message_key("#12/gen_ai.prompt.0.content[ ]:j").key == "gen_ai.prompt.0.content"


def test_hashes_spread_and_depend_on_every_byte(bench: Bench) -> None:
    texts = ["a" * n for n in range(32, 99)] + ["a" * n + "b" + "a" * (63 - n) for n in range(64)]
    spans = [SpanOf({"gen_ai.prompt": t}, span_id=(i + 1).to_bytes(8, "big")) for i, t in enumerate(texts)]
    messages = rows(bench.traces(trace_request(spans, bench.now_ns)), "messages")
    hashes = [m["hash"] for m in messages]
    assert len(set(hashes)) == len(hashes) == len(set(texts))
    assert 20 < sum(bin(a ^ b).count("1") for a, b in itertools.pairwise(hashes)) / len(hashes) < 44
