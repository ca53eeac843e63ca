"""An agent as people write it: a model client, instrumentation of a third party, and this library's monitor around it.

Arguments: which instrumentation; whether the program has set up OpenTelemetry for itself before (`own`).
Environment: OPENAI_BASE_URL, OPENAI_API_KEY, SWARMSCOPE_URL; OTHER_URL for the program's own exporter; AGENT_ID.
"""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import replace

import openai

from swarmscope_sdk import AgentMonitor, Settings, configure


def instrument(which: str) -> None:
    if which == "openinference":
        from openinference.instrumentation.openai import OpenAIInstrumentor as Instrumentor
    elif which == "openllmetry":
        from opentelemetry.instrumentation.openai import OpenAIInstrumentor as Instrumentor
    elif which == "opentelemetry":
        from opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor as Instrumentor
    else:
        return
    Instrumentor().instrument()


def set_up_own_opentelemetry() -> None:
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": "theirs"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(os.environ["OTHER_URL"] + "/v1/traces")))
    trace.set_tracer_provider(provider)


QUESTION = [{"role": "user", "content": "How is the weather in Oslo?"}]
TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


async def work(agent: AgentMonitor) -> None:
    client = openai.OpenAI(max_retries=0)
    async_client = openai.AsyncOpenAI(max_retries=0)
    with agent.session(f"{agent.id}-talk"), agent.workflow("weather", "wf-1"):
        async with agent.track_request():
            client.chat.completions.create(model="gpt-4o", messages=QUESTION, tools=[TOOL])
            with agent.tool("weather", city="Oslo"):
                pass
            stream = await async_client.chat.completions.create(
                model="gpt-4o", messages=QUESTION, stream=True, stream_options={"include_usage": True}
            )
            text = "".join([chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices])
            assert text == "It is cold."
            await async_client.embeddings.create(model="text-embedding-3-small", input="Oslo")
        try:
            client.chat.completions.create(model="busy", messages=QUESTION)
        except openai.RateLimitError:
            agent.log("the model is busy", "warning")
    client.close()
    await async_client.close()


async def main() -> None:
    if "own" in sys.argv:
        set_up_own_opentelemetry()
    patient = replace(
        Settings.from_environment(), timeout_s=60.0, shutdown_timeout_s=60.0
    )  # tests run on busy machines
    telemetry = configure(patient, service="weather-agent")
    instrument(sys.argv[1])
    async with AgentMonitor(os.environ.get("AGENT_ID", "forecaster"), "gpt-4o", "llm", name="Forecaster") as agent:
        await work(agent)
    assert telemetry.shutdown(), telemetry.stats()
    assert not telemetry.stats().dropped, telemetry.stats()


asyncio.run(main())
