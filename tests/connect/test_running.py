"""The lines are run as they are shown, against a model server and a real Swarmscope, and what they promise arrives."""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from model_server import serving

from swarmscope.connect.snippets import Framework, Place, Snippet, framework, frameworks, snippet, variables
from tests.support.server import Server

ROOT = Path(__file__).parents[2]
PYTHON = [f for f in frameworks() if f.language == "python"]
ASK = {"openinference", "openllmetry", "langchain", "crewai", "autogen", "openai", "openai-agents", "anthropic"} | {
    "claude-agent"
}
"""Those whose example asks a model."""
NAMED = {"openllmetry": "service:my-agent", "swarmscope": "agent:my-agent"}
"""Those whose lines name the service or the agent in the program."""
SPANS_S = 30.0
FLEET = 15  # agents of the demo's line; the others follow, as each comes when it has something to do


def installed(one: Framework) -> bool:
    """Whether the example can be run here as it is."""
    for name in (*one.install, *one.needs):
        try:
            importlib.metadata.distribution(re.split(r"[\[<>=!~]", name)[0])
        except importlib.metadata.PackageNotFoundError:
            return False
    return True


def cases(wanted: Callable[[Framework], bool]) -> list[Any]:
    return [pytest.param(f, id=f.id) for f in PYTHON if wanted(f)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    key = "swk_" + "0123456789abcdef" * 2
    options = {"SWARMSCOPE_AUTH_REQUIRED": "true", "SWARMSCOPE_AUTH_ADMIN_KEY": key}
    with Server(tmp_path_factory.mktemp("connect") / "data", **options) as started:
        started.http.headers["authorization"] = f"Bearer {key}"
        yield started


@pytest.fixture
def made(server: Server) -> Callable[[Framework], tuple[Snippet, dict[str, str]]]:
    """The lines of a framework for this server, with a key that may only write, and its environment."""
    answer = server.http.post("/api/v1/keys", json={"name": "agents", "role": "ingest"})
    place = Place(server.url, answer.json()["secret"])

    def make(one: Framework) -> tuple[Snippet, dict[str, str]]:
        return snippet(one, place), variables(one, place)

    return make


def run(python: str, lines: Snippet, environment: dict[str, str], folder: Path, service: str) -> None:
    """The setup and the example as one program; AssertionError with what it said."""
    program = folder / "program.py"
    program.write_text(f"{lines.setup}\n\n{lines.example}\n", encoding="utf-8")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("OTEL_", "SWARMSCOPE_", "PYTEST_", "PYTHON"))}
    with serving() as model_url:
        models = {
            "OPENAI_BASE_URL": model_url,
            "OPENAI_API_KEY": "sk-test",
            "ANTHROPIC_BASE_URL": model_url.removesuffix("/v1"),
            "ANTHROPIC_API_KEY": "sk-test",
            "NO_PROXY": "127.0.0.1",
        }
        done = subprocess.run(
            [python, str(program)],
            env=kept
            | models
            | environment
            | ({"OTEL_SERVICE_NAME": service} if "OTEL_SERVICE_NAME" in environment else {}),
            capture_output=True,
            text=True,
            cwd=folder,
            timeout=150,
        )
    assert done.returncode == 0, done.stdout + done.stderr


def arrived(server: Server, one: Framework, service: str) -> None:
    """What the lines sent is a trace; with the model and its tokens where the example asks one."""
    q = NAMED.get(one.id, f"service:{service}")
    server.eventually(lambda: server.get("/traces", q=q)["items"], SPANS_S)
    if one.id not in ASK:
        return
    by_model = server.eventually(lambda: server.get("/cost", q=q, by="model")["items"], SPANS_S)
    assert all(m["key"] for m in by_model)
    assert sum(m["input_tokens"] for m in by_model) > 0
    trace = server.get("/traces", q=q)["items"][0]["trace_id"]
    assert "hello" in server.http.get(f"/api/v1/traces/{trace}").text.lower(), "what was asked is part of the trace"


@pytest.mark.parametrize("one", cases(installed))
def test_given_lines_of_an_installed_framework_when_they_run_then_what_they_do_is_seen(
    one: Framework, server: Server, made: Callable[[Framework], Any], tmp_path: Path
) -> None:
    lines, environment = made(one)
    run(sys.executable, lines, environment, tmp_path, f"quick-{one.id}")
    arrived(server, one, f"quick-{one.id}")


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("one", cases(lambda f: f.id in ASK and not installed(f)))
def test_given_lines_when_their_packages_are_installed_as_told_then_what_they_do_is_seen(
    one: Framework, server: Server, made: Callable[[Framework], Any], tmp_path: Path
) -> None:
    lines, environment = made(one)
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    python = str(tmp_path / "venv/bin/python")
    subprocess.run([python, "-m", "pip", "install", "--quiet", *one.install, *one.needs], check=True, timeout=800)
    run(python, lines, environment, tmp_path, f"long-{one.id}")
    arrived(server, one, f"long-{one.id}")


def test_given_the_lines_of_plain_rest_when_they_run_then_the_agent_is_there(
    server: Server, made: Callable[[Framework], Any]
) -> None:
    lines, _ = made(framework("rest"))
    subprocess.run(["bash", "-e"], input=f"{lines.setup}\n{lines.example}", text=True, check=True)
    server.eventually(lambda: server.http.get("/api/v1/agents/my-agent").status_code == 200)
    server.eventually(lambda: server.get("/metrics/series", metric="throughput")["items"])


def test_given_the_line_of_the_demo_when_it_runs_then_a_fleet_is_there(
    server: Server, made: Callable[[Framework], Any]
) -> None:
    lines, _ = made(framework("demo"))
    command = f"exec {sys.executable} -m {lines.setup}"
    process = subprocess.Popen(["bash", "-c", command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        server.eventually(lambda: server.get("/fleet")["agents"] >= FLEET, 90.0)
    finally:
        process.terminate()
        process.wait(30)
