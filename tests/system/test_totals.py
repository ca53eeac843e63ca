"""What a model call used is told once everywhere, although the agents and chains around it say it again."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanProcessor

from tests.support.server import Server

WAIT_S = 60
CALLS = 3
USAGE = {"gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 100}
TOTAL = USAGE | {"gen_ai.usage.input_tokens": 1000 * CALLS, "gen_ai.usage.output_tokens": 100 * CALLS}
COST_USD = 0.0035  # of one call, by the list price
VERCEL = {"ai.usage.inputTokens": 1000, "ai.usage.outputTokens": 100, "ai.model.id": "gpt-4o"}
VERCEL_TOTAL = VERCEL | {"ai.usage.inputTokens": 1000 * CALLS, "ai.usage.outputTokens": 100 * CALLS}

SHAPES: dict[str, list[tuple[str, dict[str, Any]]]] = {
    # wrappers from the outside in; what is innermost is called CALLS times
    "crew": [
        ("crew", TOTAL | {"gen_ai.operation.name": "invoke_workflow"}),
        ("agent", TOTAL | {"gen_ai.operation.name": "invoke_agent"}),
        ("chat", USAGE | {"gen_ai.operation.name": "chat"}),
    ],
    "vercel": [
        ("ai.generateText", VERCEL_TOTAL | {"ai.operationId": "ai.generateText"}),
        ("ai.generateText.doGenerate", VERCEL | {"ai.operationId": "ai.generateText.doGenerate"}),
    ],
    "opaque": [("agent", USAGE | {"gen_ai.operation.name": "invoke_agent"})],
}


def send(server: Server, shape: str, agent: str, processor: type[SpanProcessor]) -> str:
    """One trace of a shape; its id."""
    provider = TracerProvider(resource=Resource.create({"swarmscope.agent.id": agent}))
    made: Any = processor
    provider.add_span_processor(made(OTLPSpanExporter(endpoint=f"{server.otlp_url}/v1/traces", timeout=WAIT_S)))
    tracer = provider.get_tracer("totals")
    *around, (name, attributes) = SHAPES[shape]

    def within(wrappers: list[tuple[str, dict[str, Any]]]) -> None:
        if wrappers:
            with tracer.start_as_current_span(wrappers[0][0], attributes=wrappers[0][1]):
                within(wrappers[1:])
        else:
            for _ in range(CALLS):
                tracer.start_span(name, attributes=attributes).end()

    with tracer.start_as_current_span("request") as root:
        within(around)
    provider.shutdown()
    return f"{root.get_span_context().trace_id:032x}"


@pytest.mark.parametrize("processor", [BatchSpanProcessor, SimpleSpanProcessor], ids=["together", "one by one"])
@pytest.mark.parametrize("shape", list(SHAPES))
def test_traces_costs_and_agents_tell_the_calls_alone(
    server: Server, shape: str, processor: type[SpanProcessor]
) -> None:
    agent = f"{shape}-{processor.__name__}"
    trace = send(server, shape, agent, processor)
    spans = CALLS + len(SHAPES[shape])
    listed = server.eventually(
        lambda: [t for t in server.get("/traces", q=f"agent:{agent}")["items"] if t["spans"] == spans], WAIT_S
    )
    used = {"input_tokens": 1000 * CALLS, "output_tokens": 100 * CALLS, "cost_usd": pytest.approx(COST_USD * CALLS)}
    assert [{k: t[k] for k in used} for t in listed] == [used]
    # where a trace lies is written behind its spans, so that it is listed a moment before it can be opened
    server.eventually(lambda: server.http.get(f"/api/v1/traces/{trace}").status_code == 200, WAIT_S)
    whole = server.get(f"/traces/{trace}")
    assert {k: whole["summary"][k] for k in used} == used
    [spent] = server.get("/cost", by="agent", q=f"agent:{agent}")["items"]
    assert {k: spent[k] for k in used} == used
    rolled = (
        "sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens, sum(cost_nano_usd) / 1e9 AS cost_usd"
    )
    [row] = server.sql(f"SELECT {rolled} FROM agent_10s WHERE agent = '{agent}'")
    assert {k: float(v) for k, v in row.items()} == used
    # the wrappers still say what they said
    said = {s["name"]: s["attributes"] for s in whole["spans"]}
    for name, attributes in SHAPES[shape][:-1]:
        assert attributes.items() <= said[name].items()
