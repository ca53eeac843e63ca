"""Beside the instrumentation that people use already: their spans belong to our agent, ours to their traces."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from model_server import chunks, completion, embeddings, serving, usage
from openai.types import CreateEmbeddingResponse
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from otlp_sink import OtlpSink, Received, attributes, running

PROGRAM = Path(__file__).parent / "programs" / "instrumented_agent.py"
SCOPES = {
    "openinference": "openinference.instrumentation.openai",
    "openllmetry": "opentelemetry.instrumentation.openai.v1",
    "opentelemetry": "opentelemetry.instrumentation.openai_v2",
}
CHAT = {"model": "gpt-4o", "messages": []}
TOOLS = [{"type": "function", "function": {"name": "weather"}}]


def unknown_fields(model: Any) -> list[str]:
    """Fields, at any depth, that the official model does not know."""
    found = list(model.model_extra or {})
    for name in type(model).model_fields:
        value = getattr(model, name)
        for part in value if isinstance(value, list) else [value]:
            if hasattr(part, "model_extra"):
                found += [f"{name}.{inner}" for inner in unknown_fields(part)]
    return found


@pytest.mark.parametrize(
    ("model", "body"),
    [
        (ChatCompletion, completion(CHAT)),
        (ChatCompletion, completion({**CHAT, "tools": TOOLS})),
        (CreateEmbeddingResponse, embeddings({})),
        *((ChatCompletionChunk, chunk) for chunk in chunks({**CHAT, "stream_options": {"include_usage": True}})),
        *((ChatCompletionChunk, chunk) for chunk in chunks(CHAT)),
    ],
)
def test_the_model_server_answers_as_the_official_client_expects(model: Any, body: dict[str, Any]) -> None:
    parsed = model.model_validate_json(json.dumps(body), strict=True)
    assert unknown_fields(parsed) == []


def test_the_model_server_works_with_the_plain_client() -> None:
    with serving() as url, openai.OpenAI(base_url=url, api_key="k", max_retries=0) as client:
        answer = client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "?"}])
        assert answer.usage is not None and answer.usage.total_tokens == usage(11, 7)["total_tokens"]
        with pytest.raises(openai.RateLimitError, match="slow down"):
            client.chat.completions.create(model="busy", messages=[{"role": "user", "content": "?"}])


@pytest.fixture
def other() -> Iterator[OtlpSink]:
    yield from running()


def run(which: str, sink: OtlpSink, *more: str, **environ: str) -> None:
    with serving() as model_url:
        done = subprocess.run(
            [sys.executable, str(PROGRAM), which, *more],
            env={
                **{key: value for key, value in os.environ.items() if not key.startswith(("OTEL_", "SWARMSCOPE_"))},
                "OPENAI_BASE_URL": model_url,
                "OPENAI_API_KEY": "sk-test",
                "SWARMSCOPE_URL": sink.url,
                "NO_PROXY": "127.0.0.1",
                **environ,
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stderr


def by_scope(received: Received) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for message in received.messages("/v1/traces"):
        for resource in message.resource_spans:
            for scope in resource.scope_spans:
                found.setdefault(scope.scope.name, []).extend(scope.spans)
    return found


@pytest.mark.parametrize("which", list(SCOPES))
def test_their_spans_belong_to_our_agent_session_and_workflow(which: str, sink: OtlpSink) -> None:
    run(which, sink)
    spans = by_scope(sink.received)
    theirs = spans[SCOPES[which]]
    assert len(theirs) == 4, "tools, stream, embeddings, refused"
    assert "openai" not in json.dumps(sorted(set(spans) - {SCOPES[which], "swarmscope_sdk"}))
    for span in theirs:
        found = attributes(span.attributes)
        assert found["gen_ai.agent.id"] == "forecaster"
        assert found["gen_ai.agent.name"] == "Forecaster"
        assert found["gen_ai.conversation.id"] == "forecaster-talk"
        assert found["swarmscope.workflow.id"] == "wf-1"
    request = sink.received.span("invoke_agent Forecaster")
    assert [s.parent_span_id for s in theirs].count(request.span_id) == 3
    assert len({s.trace_id for s in sink.received.spans()}) == 1, "one trace"
    assert [s.status.code for s in theirs].count(2) == 1, "the refused call is an error"
    if which != "openinference":
        assert "gen_ai.client.token.usage" in {m.name for m in sink.received.metrics()}, "their metrics come along"


@pytest.mark.parametrize(
    ("which", "input_key", "output_key"),
    [
        ("openinference", "llm.token_count.prompt", "llm.token_count.completion"),
        ("openllmetry", "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"),
        ("opentelemetry", "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"),
    ],
)
def test_their_own_attributes_arrive_untouched(
    which: str, input_key: str, output_key: str, sink: OtlpSink, other: OtlpSink
) -> None:
    run(which, sink, "own", OTHER_URL=other.url)
    ours = {s.span_id: attributes(s.attributes) for s in by_scope(sink.received)[SCOPES[which]]}
    plain = {s.span_id: attributes(s.attributes) for s in by_scope(other.received)[SCOPES[which]]}
    assert ours.keys() == plain.keys(), "the program's own exporter gets the same spans"
    for span_id, theirs in plain.items():
        added = {key: value for key, value in ours[span_id].items() if theirs.get(key) != value}
        assert set(added) <= {
            "gen_ai.agent.id",
            "gen_ai.agent.name",
            "gen_ai.conversation.id",
            "swarmscope.workflow.id",
        }
        assert theirs.items() <= ours[span_id].items()
    counted = [(a.get(input_key), a.get(output_key)) for a in ours.values()]
    assert (11, 7) in counted and (11, 4) in counted
    services = {
        attributes(resource.resource.attributes)["service.name"]
        for message in sink.received.messages("/v1/traces")
        for resource in message.resource_spans
    }
    assert services == {"theirs"}, "the program's resource stays"


def test_without_any_instrumentation_our_own_spans_tell_the_story(sink: OtlpSink) -> None:
    run("none", sink)
    assert sorted(s.name for s in sink.received.spans()) == [
        "execute_tool weather",
        "invoke_agent Forecaster",
        "workflow weather",
    ]
    assert {"register", "stop", "the model is busy"} == {r.body.string_value for r in sink.received.logs()}
