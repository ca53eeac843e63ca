"""Who said what, by the names of attributes alone."""

from __future__ import annotations

import json

import pytest

from swarmscope.query.conversation import readable, spoken


@pytest.mark.parametrize(
    ("key", "direction"),
    [
        ("gen_ai.system_instructions", "system"),
        ("gen_ai.input.messages[]", "input"),
        ("gen_ai.output.messages[]", "output"),
        ("gen_ai.tool.call.arguments", "tool"),
        ("input.value", "input"),
        ("traceloop.entity.output", "output"),
        ("langfuse.observation.input[]", "input"),
        ("langfuse.trace.output", "output"),
        ("mlflow.spanInputs", "input"),
        ("mlflow.spanOutputs:j", "output"),
        ("ai.response.text", "output"),
        ("ai.toolCall.result", "tool"),
    ],
)
def test_the_direction_of_a_message_without_a_role_is_what_its_key_says(key: str, direction: str) -> None:
    (message,) = readable([key], [7], {7: "said in plain words, long enough"})
    assert (message["direction"], message["text"]) == (direction, "said in plain words, long enough")


def test_calls_of_tools_in_attributes_of_their_own_are_one_message_with_name_and_arguments() -> None:
    prefix = "llm.output_messages.0.message"
    call = f"{prefix}.tool_calls.0.tool_call"
    (message,) = readable(
        [f"{call}.function.arguments"],
        [7],
        {7: '{"sql": "SELECT count() FROM orders"}'},
        {f"{prefix}.role": "assistant", f"{call}.id": "c-1", f"{call}.function.name": "sql_query"},
    )
    assert message["text"] == 'sql_query({"sql": "SELECT count() FROM orders"})'
    assert (message["direction"], message["role"]) == ("output", "assistant")
    assert json.loads(message["raw"])["tool_calls"] == [
        {
            "id": "c-1",
            "type": "function",
            "function": {"name": "sql_query", "arguments": '{"sql": "SELECT count() FROM orders"}'},
        }
    ]


def test_calls_of_openllmetry_and_of_old_functions_are_calls_too() -> None:
    beside = {
        "gen_ai.completion.0.role": "assistant",
        "gen_ai.completion.0.content": "Two at once.",
        "gen_ai.completion.0.finish_reason": "tool_calls",
        "gen_ai.completion.0.tool_calls.1.name": "second",
        "gen_ai.completion.0.tool_calls.1.arguments": "{}",
        "gen_ai.completion.0.tool_calls.0.name": "first",
        "gen_ai.completion.0.tool_calls.0.arguments": '{"a": 1}',
        "llm.output_messages.0.message.function_call_name": "third",
        "llm.output_messages.0.message.function_call_arguments_json": "{}",
    }
    assert [m["text"] for m in readable([], [], {}, beside)] == [
        'Two at once.\nfirst({"a": 1})\nsecond({})',
        "third({})",
    ]


def test_short_texts_that_stayed_with_the_attributes_are_said_in_their_order() -> None:
    keys = ["llm.input_messages.2.message.content", "output.value"]
    beside = {
        "llm.input_messages.10.message.content": "and then?",
        "llm.input_messages.10.message.role": "user",
        "llm.input_messages.1.message.content": "42",
        "llm.input_messages.1.message.role": "tool",
        "llm.input_messages.1.message.tool_call_id": "c-1",
        "llm.input_messages.2.message.role": "assistant",
        "llm.invocation_parameters": '{"n": 1}',
        "agent.name": "no message",
    }
    found = readable(keys, [1, 2], {1: "The answer is forty-two, as you know.", 2: "x" * 40}, beside)
    assert [(m["role"], m["text"]) for m in found] == [
        ("tool", "42"),
        ("assistant", "The answer is forty-two, as you know."),
        ("user", "and then?"),
        ("", "x" * 40),
    ]
    assert json.loads(found[0]["raw"])["tool_call_id"] == "c-1"
    assert len({m["hash"] for m in found}) == 4


def test_short_texts_of_events_are_said() -> None:
    (message,) = readable([], [], {}, {}, ["gen_ai.user.message"], [{"content": "hi", "gen_ai.system": "openai"}])
    assert (message["role"], message["text"]) == ("user", "hi")


def test_a_message_of_a_role_alone_is_none_and_one_whose_text_is_gone_is_missing() -> None:
    assert readable([], [], {}, {"gen_ai.prompt.0.role": "user"}) == []
    (message,) = readable(["gen_ai.prompt.0.content"], [1], {}, {"gen_ai.prompt.0.role": "user"})
    assert (message["role"], message["missing"]) == ("user", True)


def test_a_list_that_a_tool_gave_back_is_one_message_and_lists_of_messages_stay_apart() -> None:
    found = {1: '{"id": 1842}', 2: '{"id": 1850}', 3: '{"role": "user", "content": "hi"}', 4: '{"role": "tool"}'}
    whole = readable(["output.value[ ]", "output.value[ ]"], [1, 2], found)
    assert [m["raw"] for m in whole] == ['[{"id": 1842}, {"id": 1850}]']
    assert len(readable(["gen_ai.input.messages[]", "gen_ai.input.messages[]"], [3, 4], found)) == 2
    (gone, _) = readable(["output.value[]", "output.value[]"], [1, 9], found)
    assert gone["raw"] == '{"id": 1842}'


@pytest.mark.parametrize(
    ("elements", "count"),
    [
        (['{"type": "file", "name": "a"}', '{"type": "directory", "name": "b"}'], 1),
        (['{"role": "admin", "name": "Ada"}', '{"role": "user", "name": "Bo"}'], 1),
        (['{"type": "text", "content": "a"}', '{"type": "image_url", "image_url": {"url": "u"}}'], 2),
        (['{"type": "refusal", "refusal": "no"}', '{"type": "refusal", "refusal": "never"}'], 2),
        (['{"role": "assistant", "tool_calls": []}', '{"role": "tool", "parts": []}'], 2),
        (['{"type": "function_call", "name": "f", "arguments": "{}"}', '{"type": "item_reference", "id": "i"}'], 2),
    ],
)
def test_elements_of_a_list_that_say_nothing_are_no_messages_whatever_their_role_or_type(
    elements: list[str], count: int
) -> None:
    made = readable(["output.value[]"] * 2, [1, 2], dict(enumerate(elements, 1)))
    assert len(made) == count
    whole = f"[{','.join(elements)}]"
    assert count == 2 or made[0]["text"] == whole
    if all('"role"' in one for one in elements):
        assert len(readable([], [], {}, {"output.value": whole})) == count, "short ones too"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ('{"args": [], "kwargs": {"question": "Where to?"}}', "Where to?"),
        ('{"args": ["Where to?"], "kwargs": {}}', "Where to?"),
        ('{"args": [1], "kwargs": {}}', '{"args": [1], "kwargs": {}}'),
        ('{"messages": [{"role": "user", "content": "Where to?"}]}', "Where to?"),
        ('{"type": "tool_call_response", "id": "c", "response": {"total": 1}}', '{"total": 1}'),
    ],
)
def test_what_is_wrapped_is_read_without_its_wrapping(raw: str, said: str) -> None:
    assert spoken(json.loads(raw), raw) == said


def test_what_was_sent_to_a_model_repeats_its_messages_and_a_tool_that_has_arguments_its_parameters() -> None:
    def told(*keys: str) -> list[bool]:
        found = {m["key"]: m["repeats"] for m in readable([], [], {}, dict.fromkeys(keys, "x"))}
        return [found[key] for key in keys]

    assert told("input.value", "gen_ai.input.messages", "output.value") == [True, False, False]
    assert told("input.value", "tool.parameters") == [False, True]
    assert told("tool.parameters", "output.value") == [False, False]


def test_what_a_model_was_given_to_work_with_is_told_from_what_was_said() -> None:
    keys = ["llm.invocation_parameters", "gen_ai.tool.definitions", "llm.tools.0.tool.json_schema", "tool.description",
            "gen_ai.input.messages", "tool.parameters", "gen_ai.completion.0.content"]  # fmt: skip
    found = readable(keys, [*range(len(keys))], dict.fromkeys(range(len(keys)), "x"))
    assert {m["key"] for m in found if m["setting"]} == {*keys[:4]} and len(found) == len(keys)
