"""A trace of very many spans in the web UI: how long the page stands still while it opens and is walked through."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator

import httpx

from swarmscope.bench.browser import Browser, Page
from swarmscope.bench.figures import Figure
from swarmscope.bench.frames import longest_ms
from swarmscope.bench.server import Server
from swarmscope.bench.suite import Context

SPANS = 50_000
SPANS_MIN = 3000  # more than come with all that they brought
AT_ONCE = 5000
AGENT_SPANS = 25
STEP_NS = 1_000_000
STORED_MAX_S = 120.0
OPEN_MAX_S = 120.0
SETTLE_S = 1.0
TASK_MS_MAX = 200.0
STORED = "SELECT count() FROM spans WHERE service = 'large'"
END = """(() => {
  const tree = document.querySelector('[role="tree"]');
  tree.focus();
  tree.dispatchEvent(new KeyboardEvent("keydown", { key: "End", bubbles: true, cancelable: true }));
})()"""


def large(server: Server, browser: Browser, context: Context) -> Iterator[Figure]:
    """Yield the longest task of the main thread, by its own clock: what a busy machine does meanwhile is not the page's."""
    spans = max(SPANS_MIN, int(SPANS * context.scale))
    context.say(f"a trace of {spans:,} spans")
    trace = _send(server, spans)
    path = f"/traces/{trace}"
    server.until(lambda: int(server.sql(STORED)[0][0]) >= spans, STORED_MAX_S, f"hold {spans} spans of one trace")
    longest = {}
    for view, ready in (("transcript", "feed"), ("waterfall", "tree")):
        page = browser.open()
        with page.tracing() as events:
            page.go(f"{server.url}{path}?view={view}")
            # whether it is there: an element itself cannot be handed over
            page.until(f"!!document.querySelector('[role=\"{ready}\"]')", OPEN_MAX_S)
            browser.rest(SETTLE_S)
            if view == "waterfall":
                _walk(page)
                browser.rest(SETTLE_S)
        longest[view] = longest_ms(events)
        page.close()
    note = f"{spans:,} spans; " + ", ".join(f"{view} {took:.0f} ms" for view, took in longest.items())
    yield Figure("longest task while a large trace opens", max(longest.values()), "ms", TASK_MS_MAX, "lower", note)


def _walk(page: Page) -> None:
    """To the last span, as the key End does."""
    page.ask(END)
    page.until("location.search.includes('span=')")


def _send(server: Server, spans: int) -> str:
    """Agents that take turns: each one's span has calls of a model and of a tool below it; one call in a thousand fails."""
    trace = secrets.token_hex(16)
    begun = time.time_ns() - spans * STEP_NS - 60_000_000_000
    made = [_span(trace, i, begun, spans) for i in range(spans)]
    with httpx.Client(trust_env=False, timeout=STORED_MAX_S) as http:
        for at in range(0, spans, AT_ONCE):
            resource = {"attributes": _texts({"service.name": "large"})}
            body = {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": made[at : at + AT_ONCE]}]}]}
            http.post(f"{server.otlp}/v1/traces", json=body).raise_for_status()
    return trace


def _span(trace: str, i: int, begun: int, spans: int) -> dict[str, object]:
    place = (i - 1) % AGENT_SPANS
    parent = None if i == 0 else 1 if place == 0 else i - place + 1
    agent = f"worker-{(i - 1) // AGENT_SPANS % 40}" if i else "planner"
    doing = {"gen_ai.operation.name": "invoke_agent"} if i == 0 or place == 0 else _call(place)
    name = f"{doing['gen_ai.operation.name']} {doing.get('gen_ai.tool.name') or doing.get('gen_ai.request.model') or agent}"
    length = spans * STEP_NS if i == 0 else AGENT_SPANS * STEP_NS if place == 0 else 900_000
    return {
        "traceId": trace,
        "spanId": f"{i + 1:016x}",
        **({"parentSpanId": f"{parent:016x}"} if parent else {}),
        "name": name,
        "startTimeUnixNano": str(begun + i * STEP_NS),
        "endTimeUnixNano": str(begun + i * STEP_NS + length),
        "attributes": _texts({**doing, "gen_ai.agent.id": agent}),
        **({"status": {"code": 2, "message": "TimeoutError: no answer"}} if i % 1000 == 999 else {}),
    }


def _call(place: int) -> dict[str, str]:
    if place % 2:
        return {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o"}
    return {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "search"}


def _texts(values: dict[str, str]) -> list[dict[str, object]]:
    return [{"key": key, "value": {"stringValue": value}} for key, value in values.items()]
