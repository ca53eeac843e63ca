"""Against the real platform: what the SDK and third-party instrumentation report is found again by REST."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from model_server import serving
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.trace import TracerProvider
from otlp_sink import eventually

from swarmscope_sdk import AgentMonitor, Client, ClientError, Settings, Telemetry
from test_docs import PAGES, examples
from tests.support.server import Server

SUMS = """
SELECT sum(input_tokens) AS input, sum(output_tokens) AS output, sum(cost_nano_usd) > 0 AS priced,
  countIf(status_code = 2) AS errors, count() AS spans
FROM spans WHERE agent = '{agent}'"""
PROGRAM = Path(__file__).parent / "programs" / "instrumented_agent.py"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("platform") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def client(server: Server) -> Client:
    return Client(server.url)


@pytest.fixture
def telemetry(server: Server) -> Iterator[Telemetry]:
    made = Telemetry(
        Settings(
            url=server.url,
            timeout_s=60.0,
            flush_interval_s=0.2,
            pending_after_s=0.2,
            metrics_interval_s=0.5,
            heartbeat_s=0.5,
        ),
        TracerProvider(shutdown_on_exit=False),
        MeterProvider(shutdown_on_exit=False),
    )
    yield made
    made.shutdown()


def present(call: Any) -> Any:
    """The answer of `call`, None while the platform does not know of it."""
    try:
        return call()
    except ClientError as e:
        if e.status != 404:
            raise
        return None


def test_the_integration_validates(client: Client, telemetry: Telemetry) -> None:
    validation = client.validate(telemetry, within_s=60)
    assert validation.ok, validation.checks
    assert [check.name for check in validation.checks] == ["ready", "credential", "ingest", "query"]


def test_an_agent_is_found_with_all_that_it_said(client: Client, telemetry: Telemetry) -> None:
    with AgentMonitor(
        "plan/1 ä", "gpt-4o", "llm", name="Planner", capabilities=["plan"], labels={"team": "x"}, telemetry=telemetry
    ) as agent:
        with agent.session("conv-1"), agent.workflow("release", "wf-1"):
            with agent.track_request(operation="chat", provider="openai") as call:
                call.tokens(900, 120)
                trace_id = call.trace_id
            for quality in (0.5, 1.0):
                with agent.task("review") as task:
                    task.complete(quality=quality)
            with agent.conflict("merge", ["plan/1 ä"]) as conflict:
                conflict.resolve("vote")
        agent.report_intelligence(0.9, 0.8, 0.7, 0.6)
        agent.log("said in the open")
        running = agent.task("long job").start()
        found = eventually(
            lambda: (row := present(lambda: client.agent(agent.id))) and row["pending"] and row["capabilities"] and row,
            "the agent with its pending work",
            60,
        )
        assert found["summary"]["kind"] == "llm" and found["summary"]["name"] == "Planner"
        assert found["capabilities"] == ["plan"] and found["labels"]["team"] == "x"
        assert found["summary"]["state"] in ("working", "waiting"), "waiting once the start is 20 s ago"
        assert [span["name"] for span in found["pending"]] == ["task long job"]
        running.complete()
    trace = eventually(lambda: present(lambda: client.trace(trace_id)), "the trace", 60)
    assert trace["summary"]["workflow"] == "wf-1" and trace["summary"]["cost_usd"] > 0
    eventually(lambda: client.agent(agent.id)["pending"] == [], "that the long job has ended", 60)
    eventually(lambda: client.agent(agent.id)["summary"]["last_heartbeat"], "a heartbeat", 60)
    performance = client.performance(agent.id)
    assert performance.work.tasks == 3 and performance.work.quality == 0.75 and performance.work.completion == 1.0
    assert performance.trends["spans"]["maximum"] > 0
    assert [(c.kind, c.count, c.resolved, c.grade) for c in client.conflicts()] == [("merge", 1, 1.0, "target")]
    signals = {
        s["signal"]: s["value"]
        for s in eventually(
            lambda: present(lambda: client.api.get("agents/plan%2F1%20%C3%A4/metrics")["signals"]), "its signals", 60
        )
    }
    assert signals["swarmscope.agent.intelligence.accuracy"] == 0.9
    lines = client.api.get("logs", q="open")["items"]
    assert [line["agent"] for line in lines] == [agent.id]
    assert client.dashboard().fleet["agents"] >= 1
    assert client.alerts("critical") == []


@pytest.mark.parametrize("which", ["openinference", "openllmetry", "opentelemetry"])
def test_third_party_instrumentation_shows_as_agent_session_and_cost(
    server: Server, client: Client, which: str
) -> None:
    agent = f"forecaster-{which}"
    with serving() as model_url:
        done = subprocess.run(
            [sys.executable, str(PROGRAM), which],
            env={
                **{k: v for k, v in os.environ.items() if not k.startswith(("OTEL_", "SWARMSCOPE_"))},
                "AGENT_ID": agent,
                "OPENAI_BASE_URL": model_url,
                "OPENAI_API_KEY": "k",
                "SWARMSCOPE_URL": server.url,
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    complete = {"input": 11 + 11 + 5, "output": 7 + 4, "priced": 1, "errors": 1, "spans": 7}
    eventually(lambda: client.sql(SUMS.format(agent=agent)) == [complete], f"{complete}", 60)
    found = eventually(lambda: present(lambda: client.agent(agent)), "the agent", 60)
    assert {model["name"] for model in found["models"]} >= {"gpt-4o-2024-08-06"}
    assert {"chat", "embeddings", "invoke_agent", "execute_tool"} <= {o["name"] for o in found["operations"]}
    session = client.api.get(f"sessions/{agent}-talk")
    assert session["summary"]["cost_usd"] > 0


def test_a_file_written_without_a_server_is_imported(server: Server, client: Client, tmp_path: Path) -> None:
    path = tmp_path / "agent.jsonl"
    offline = Telemetry(
        Settings(file=str(path)), TracerProvider(shutdown_on_exit=False), MeterProvider(shutdown_on_exit=False)
    )
    with AgentMonitor("offline-1", kind="worker", telemetry=offline) as agent, agent.task("resize") as task:
        agent.log("done in the dark")
        agent.gauge("tiles", 4)
    assert offline.shutdown()
    command = [sys.executable, "-m", "swarmscope", "import", str(path), "--url", server.url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    trace = eventually(lambda: present(lambda: client.trace(task.trace_id)), "the trace", 60)
    assert trace["spans"][0]["agent"] == "offline-1"
    found = eventually(lambda: present(lambda: client.agent("offline-1")), "the agent", 60)
    assert found["summary"]["kind"] == "worker"
    assert [line["agent"] for line in client.api.get("logs", q="dark")["items"]] == ["offline-1"]


def test_a_refusal_and_an_absent_platform_are_told_apart(client: Client) -> None:
    with pytest.raises(ClientError, match=r"404 NotFoundError.*nobody") as unknown:
        client.agent("nobody")
    assert (unknown.value.status, unknown.value.retryable) == (404, False)
    with pytest.raises(ClientError, match="QueryError") as wrong:
        client.sql("DROP TABLE spans")
    assert wrong.value.status == 400
    with pytest.raises(ClientError, match="cannot be reached") as away:
        Client("http://127.0.0.1:9").health()
    assert (away.value.status, away.value.retryable) == (0, True)
    with pytest.raises(ValueError, match="hours=0"):
        client.throughput(hours=0)


@pytest.mark.skipif(shutil.which("curl") is None, reason="the examples are for curl, which is not here")
def test_the_calls_of_the_quickstart_work_in_the_order_of_the_page(server: Server) -> None:
    def call(code: str) -> str | None:
        """What the example prints, None where the platform refuses it (what was just sent may not be visible yet)."""
        done = subprocess.run(["bash", "-ec", code], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode in (0, 22), done.stderr
        return done.stdout if done.returncode == 0 else None

    answers = []
    for example in examples(PAGES[2], "bash"):
        code = example.values[0].replace("http://127.0.0.1:8080", server.url).replace("curl ", "curl --fail -sS ")
        answers.append(eventually(lambda code=code: call(code), code, 60))
    assert answers[0].strip() == '{"partialSuccess":{}}'
    assert answers[3].strip() == '{"accepted":3,"rejected":0,"message":""}'
    assert json.loads(answers[4])["labels"] == {"team": "news"}
    assert json.loads(answers[5])["trends"][0]["last"] == 0.94
    assert json.loads(answers[7])["summary"]["agent"] == "writer-1"
    assert answers[-1].startswith("agent,spans,usd\n")


@pytest.mark.parametrize("code", examples(PAGES[0], "python client"))
def test_an_example_of_reading_runs(code: str, server: Server) -> None:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("OTEL_", "SWARMSCOPE_"))}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**clean, "SWARMSCOPE_URL": server.url},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout and "FAIL" not in done.stdout


def test_what_is_held_against_a_request_is_read_back_by_list_and_by_id(client: Client) -> None:
    attack = {"text": "id=1' UNION SELECT password FROM users--", "principal": "sdk-eve", "endpoint": "/item"}
    client.api.post("security/events", {"events": [attack]})
    (event,) = eventually(
        lambda: client.security_events(principal="sdk-eve", severity="high,critical"), "the event", 30
    )
    assert (event["kind"], client.security_event(event["id"])) == ("sql_injection", event)
    with pytest.raises(ClientError, match="is not known") as refused:
        client.security_event("0" * 32)
    assert refused.value.status == 404
