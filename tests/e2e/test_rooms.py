"""Settings, cost, logs and tenants in a real browser against the real server. The checks are in ui/e2e/rooms.mjs."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.test_ui import attributes, node, post, run, span
from tests.support.server import Server

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200)]
__all__ = ["node"]  # a fixture
MODELS = ("gpt-4o", "claude-sonnet-4", "our-own-llama")


TALK = (("where is it", "<b>it is here</b>"), ("and now?", "still there"))
RULE = """
groups:
  - name: checks
    interval: 5s
    rules:
      - {alert: AlwaysTrue, expr: vector(1), labels: {severity: high}, annotations: {summary: It was made to fire.}}
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    (tmp_path / "rules.yml").write_text(RULE)
    with Server(tmp_path / "data", SWARMSCOPE_RULES_FILES=str(tmp_path / "rules.yml")) as started:
        yield started


def said(text: str, agent: str) -> dict[str, object]:
    now = str(time.time_ns())
    more = attributes(gen_ai__agent__id=agent)
    return {"timeUnixNano": now, "severityNumber": 9, "body": {"stringValue": text}, "attributes": more}


def work(agent: str, model: str, name: str = "chat") -> dict[str, object]:
    """One call of a model, with its tokens."""
    more = attributes(gen_ai__operation__name="chat", gen_ai__agent__id=agent, gen_ai__request__model=model)
    tokens = {"gen_ai.usage.input_tokens": 90_000, "gen_ai.usage.output_tokens": 12_000}
    more += [{"key": key, "value": {"intValue": str(value)}} for key, value in tokens.items()]
    return span(secrets.token_hex(16), 0, name, more)


def turn(question: str, answer: str, place: int) -> dict[str, object]:
    """One trace of the session `talk`."""
    more = attributes(gen_ai__operation__name="chat", gen_ai__agent__id="agent-1", gen_ai__request__model="gpt-4o")
    for key, role, text in (("input", "user", question), ("output", "assistant", answer)):
        message = json.dumps([{"role": role, "parts": [{"type": "text", "content": text}]}])
        more.append({"key": f"gen_ai.{key}.messages", "value": {"stringValue": message}})
    more.append({"key": "session.id", "value": {"stringValue": "talk"}})
    return span(secrets.token_hex(16), place, "chat", more)


def test_what_people_set_in_the_ui(node: str, server: Server) -> None:
    spans = [work(f"agent-{i % 7}", MODELS[i % 3]) for i in range(60)]
    spans += [turn(question, answer, i) for i, (question, answer) in enumerate(TALK)]
    post(server, spans, [said(f"line {i}", f"agent-{i % 7}") for i in range(300)])
    server.eventually(lambda: server.get("/cost", by="model")["items"] and server.get("/logs")["items"])
    server.eventually(lambda: len(server.get("/agents")["items"]) == 7)  # the page counts as new who is not listed yet

    def newcomer() -> str:
        post(server, [work("newcomer", "gpt-4o", "first words")], [])
        return "done"

    run(node, {"SWARMSCOPE_URL": server.url, "SWARMSCOPE_E2E_SET": "rooms"}, {"newcomer": newcomer})
