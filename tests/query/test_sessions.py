"""The conversation of a session: what short texts and tools' own spans add to it, and what they only repeat."""

from __future__ import annotations

from swarmscope.query import sessions
from swarmscope.query.times import SECOND_NS


def test_given_a_tool_that_a_model_called_when_read_then_call_and_answer_stand_once_and_short_words_are_there(
    empty_world,
) -> None:
    make, at = empty_world.make, empty_world.now_ns - 60 * SECOND_NS
    common = {"tenant": "a", "received_at": at, "duration_ns": SECOND_NS, "agent": "planner", "session": "short-words"}
    asked, prefix = "llm.input_messages.0.message", "llm.output_messages.0.message"
    call = f"{prefix}.tool_calls.0.tool_call"
    model = make(
        "spans", trace_id=b"t" * 16, span_id=b"1" * 8, start_time=at, model="m-1",
        attributes={
            f"{asked}.role": "user", f"{asked}.content": "hi", f"{prefix}.role": "assistant", f"{call}.id": "c-1",
            f"{call}.function.name": "search", f"{call}.function.arguments": '{"text": "x"}', "llm.invocation_parameters": "{}",
        },
        **common,
    )  # fmt: skip
    tool = make(
        "spans", trace_id=b"t" * 16, span_id=b"2" * 8, start_time=at + SECOND_NS, tool="search",
        attributes={"input.value": '{"text":"x"}', "output.value": "found"}, **common,
    )  # fmt: skip
    again = "llm.input_messages.2.message"
    answer = make(
        "spans", trace_id=b"t" * 16, span_id=b"3" * 8, start_time=at + 2 * SECOND_NS, model="m-1",
        attributes={
            f"{asked}.role": "user", f"{asked}.content": "hi", f"{again}.role": "tool", f"{again}.content": "found",
            f"{prefix}.role": "assistant", f"{prefix}.content": "It is there.",
        },
        **common,
    )  # fmt: skip
    turn = make(
        "spans", trace_id=b"t" * 16, span_id=b"0" * 8, start_time=at, operation="invoke_agent",
        attributes={"input.value": "hi", "output.value": "It is there."}, **common | {"duration_ns": 4 * SECOND_NS},
    )  # fmt: skip
    empty_world.add("spans", model, tool, answer, turn)
    found = sessions.one(empty_world.reader(), "short-words")
    assert [(u["role"], u["tool"], u["text"]) for u in found["conversation"]] == [
        ("", "", "hi"),
        ("assistant", "", 'search({"text": "x"})'),
        ("", "search", "found"),
        ("assistant", "", "It is there."),
    ]
    assert found["summary"]["title"] == "hi"


def test_given_decorators_and_parts_when_read_then_calls_answers_and_what_was_sent_stand_once(empty_world) -> None:
    make, at = empty_world.make, empty_world.now_ns - 60 * SECOND_NS
    common = {
        "tenant": "a",
        "received_at": at,
        "duration_ns": SECOND_NS,
        "agent": "planner",
        "session": "wrapped-words",
    }
    prefix = "gen_ai.completion.0"
    model = make(
        "spans", trace_id=b"t" * 16, span_id=b"1" * 8, start_time=at, model="m-1",
        attributes={
            "input.value": '{"messages": []}', "gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "hi",
            f"{prefix}.role": "assistant", f"{prefix}.tool_calls.0.id": "c", f"{prefix}.tool_calls.0.name": "order",
            f"{prefix}.tool_calls.0.arguments": '{"id": 1}',
        },
        **common,
    )  # fmt: skip
    tool = make(
        "spans", trace_id=b"t" * 16, span_id=b"2" * 8, start_time=at + SECOND_NS, tool="order",
        attributes={
            "traceloop.entity.input": '{"args": [], "kwargs": {"id": 1}}', "traceloop.entity.output": '{"total": 2}',
        },
        **common,
    )  # fmt: skip
    part = '{"role":"tool","parts":[{"type":"tool_call_response","id":"c","response":{"total":2}}]}'
    answer = make(
        "spans", trace_id=b"t" * 16, span_id=b"3" * 8, start_time=at + 2 * SECOND_NS, model="m-1",
        attributes={"gen_ai.input.messages": part}, **common,
    )  # fmt: skip
    turn = make(
        "spans", trace_id=b"t" * 16, span_id=b"0" * 8, start_time=at - 1, operation="invoke_agent",
        attributes={"traceloop.entity.input": '{"args": [], "kwargs": {"question": "hi"}}'}, **common,
    )  # fmt: skip
    empty_world.add("spans", model, tool, answer, turn)
    found = sessions.one(empty_world.reader(), "wrapped-words")
    assert [(u["tool"], u["text"]) for u in found["conversation"]] == [
        ("", "hi"),
        ("", 'order({"id": 1})'),
        ("order", '{"total": 2}'),
    ]
    assert found["summary"]["title"] == "hi"
