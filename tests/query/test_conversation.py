"""Who said what, by the names of attributes alone."""

from __future__ import annotations

import pytest

from swarmscope.query.conversation import readable


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
