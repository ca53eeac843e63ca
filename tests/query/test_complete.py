"""Completion of attributes that are kept as columns, under the names by which they were sent."""

from __future__ import annotations

import pytest

from swarmscope.model.semantics import KEY_SLOT
from swarmscope.query import complete, logs, traces
from swarmscope.query.search import Page

SPANS = (
    # what it is called by OpenTelemetry, and by others before and beside it
    {"promoted": "gen_ai.request.model,gen_ai.usage.input_tokens", "model": "gpt-4o", "input_tokens": 120},
    {"promoted": "gen_ai.request.model,gen_ai.tool.name", "model": "gpt-4o", "tool": "search"},
    {"promoted": "gen_ai.response.model", "model": "claude"},
    {"promoted": "llm.model_name,openinference.span.kind", "model": "gemini", "operation": "chat"},
    {"promoted": "traceloop.span.kind", "operation": "invoke_agent"},
    {
        "promoted": "gen_ai.usage.cost,gen_ai.server.time_to_first_token",
        "cost_nano_usd": 2_500_000_000,
        "ttft_ns": 5 * 10**8,
    },
    {"promoted": "llm.usage.total_tokens", "input_tokens": 30, "output_tokens": 12},
    # a word that the canonical one does not give back stays in the map as well
    {"promoted": "", "provider": "anthropic", "attributes": {"gen_ai.system": "Anthropic"}},
)
LOGS = (
    {"promoted": "gen_ai.agent.id,session.id", "agent": "planner", "session": "s-1"},
    {"promoted": "gen_ai.agent.name", "agent": "Ada"},
)  # fmt: skip


@pytest.fixture(scope="module")
def kept(empty_world):
    at = empty_world.now_ns
    for i, values in enumerate(SPANS):
        name = {"tenant": "a", "start_time": at, "received_at": at, "trace_id": bytes([i + 1] * 16)}
        empty_world.add("spans", empty_world.make("spans", span_id=bytes([i + 1] * 8), **name, **values))
    for values in LOGS:
        empty_world.add("logs", empty_world.make("logs", tenant="a", time=at, received_at=at, body="said", **values))
    return empty_world


def _proposed(world, noun: str, text: str) -> dict[str, int | None]:
    found = complete.suggest(world.reader(), noun, text, len(text), world.window, 20)
    return {s["text"]: s["count"] for s in found["suggestions"]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gen_ai.re", {"gen_ai.request.model:": 2, "gen_ai.response.model:": 1}),
        ("gen_ai.u", {"gen_ai.usage.input_tokens:": 1, "gen_ai.usage.cost:": 1}),
        ("gen_ai.s", {"gen_ai.server.time_to_first_token:": 1, "gen_ai.system:": 1}),
        ("llm.m", {"llm.model_name:": 1}),
        ("trace", {"trace_id:": None, "traceloop.span.kind:": 1}),
    ],
)
def test_given_attributes_in_columns_when_names_are_completed_then_they_are_those_sent(kept, text, expected) -> None:
    assert _proposed(kept, "spans", text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gen_ai.request.model:", {"gpt-4o": 2}),
        ("gen_ai.request.model:cl", {}),
        ("-gen_ai.response.model:cl", {"claude": 1}),
        ("gen_ai.tool.name:s", {"search": 1}),
        ("llm.model_name:", {"gemini": 1}),
        ("openinference.span.kind:", {"LLM": 1}),
        ("traceloop.span.kind:a", {"agent": 1}),
        ("gen_ai.system:", {"Anthropic": 1}),
        ("gen_ai.usage.input_tokens:", {"120": 1}),
        ("llm.usage.total_tokens:", {"42": 1}),
        ("gen_ai.usage.cost:", {"2.5": 1}),
        ("gen_ai.server.time_to_first_token:", {"0.5": 1}),
        ("swarmscope.operation:", {}),
    ],
)
def test_given_attributes_in_columns_when_values_are_completed_then_they_are_those_sent(kept, text, expected) -> None:
    assert _proposed(kept, "spans", text) == expected


@pytest.mark.parametrize("name", [key for key in KEY_SLOT if any(key in str(s.get("promoted")) for s in SPANS)])
def test_given_any_proposed_value_when_taken_then_the_filter_finds_its_span(kept, name: str) -> None:
    for value in _proposed(kept, "spans", f"{name}:"):
        assert traces.spans(kept.reader(), f"{name}:{value}", kept.window, Page())["items"], f"{name}:{value}"


def test_given_logs_when_completed_then_what_their_columns_hold_is_proposed_and_found(kept) -> None:
    assert _proposed(kept, "logs", "gen_ai.a") == {"gen_ai.agent.id:": 1, "gen_ai.agent.name:": 1}
    for name, value in (("gen_ai.agent.id", "planner"), ("gen_ai.agent.name", "Ada"), ("session.id", "s-1")):
        assert _proposed(kept, "logs", f"{name}:") == {value: 1}
        assert len(logs.search(kept.reader(), f"{name}:{value}", kept.window, "desc", 10, "")["items"]) == 1
