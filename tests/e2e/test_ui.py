"""The UI in a real browser against the real server, fed by the simulator. The checks are in ui/e2e/checks.mjs."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.needed import unavailable
from tests.support.server import Server

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200)]

ROOT = Path(__file__).parents[2]
NO_BROWSER = 3  # exit code of run.mjs
HOSTILE = '<img src=x onerror="window.hacked=1"> \u202e\u0647 z\u0300\u0301\u0302\u0303algo ' + "long" * 4000
LARGE = 10_000
SLOW_S = 120.0  # the first call of a kind can wait for its kernels to be compiled


@pytest.fixture(scope="module")
def node() -> str:
    found = shutil.which("node")
    if found is None:
        unavailable("Node.js is not installed: the UI is NOT tested in a browser")
    if not (ROOT / "src/swarmscope/serve/static/index.html").exists():
        unavailable("the UI is not built (make ui): it is NOT tested in a browser")
    return found


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path / "data") as started:
        yield started


class Feed:
    """A simulated fleet that fails often enough to be looked at, and stands still when told."""

    OPTIONS = "--agents 60 --duration 10m --seed 5 --rate 4 --metrics-interval 2 --wait 170 --quiet"

    def __init__(self, url: str) -> None:
        self._command = [sys.executable, "-m", "swarmscope", "simulate", *self.OPTIONS.split(), "--url", url]
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        self._running = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return "done"

    def pause(self) -> str:
        assert self._running is not None
        self._running.send_signal(signal.SIGSTOP)
        return "done"

    def stop(self) -> None:
        if self._running is not None:
            self._running.send_signal(signal.SIGCONT)  # one that stands still does not hear that it shall end
            self._running.terminate()
            self._running.wait(20)


@pytest.fixture
def feed(server: Server) -> Iterator[Feed]:
    started = Feed(server.otlp_url)
    yield started
    started.stop()


def value(text: str) -> dict[str, str]:
    return {"stringValue": text}


def attributes(**pairs: str) -> list[dict[str, Any]]:
    return [{"key": k.replace("__", "."), "value": value(v)} for k, v in pairs.items()]


def post(server: Server, spans: list[dict[str, Any]], logs: list[dict[str, Any]]) -> None:
    resource = {"attributes": attributes(service__name=HOSTILE[:200])}
    body = {
        "resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": {"name": HOSTILE[:80]}, "spans": spans}]}]
    }
    sent(server, "traces", body)
    if logs:
        more = {"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": logs}]}]}
        sent(server, "logs", more)


def sent(server: Server, what: str, body: dict[str, Any]) -> None:
    """Sends as exporters do: whom a busy server asks to come again comes again."""
    end = time.monotonic() + SLOW_S
    while (answer := server.http.post(f"{server.otlp_url}/v1/{what}", json=body, timeout=SLOW_S)).status_code == 429:
        assert time.monotonic() < end, answer.text
        time.sleep(0.5)
    answer.raise_for_status()


def span(trace: str, index: int, name: str, more: list[dict[str, Any]] | None = None, root: str = "") -> dict[str, Any]:
    begin = time.time_ns() - 60_000_000_000 + index * 1_000_000
    ids = {"traceId": trace, "spanId": f"{index + 1:016x}", **({"parentSpanId": root} if root else {})}
    return {
        **ids,
        "name": name,
        "startTimeUnixNano": str(begin),
        "endTimeUnixNano": str(begin + 900_000),
        "attributes": more or [],
    }


def hostile(server: Server) -> str:
    """One trace whose every text tries to be more than text."""
    trace = secrets.token_hex(16)
    message = (
        '[{"role": "user", "parts": [{"type": "text", "content": "<script>window.hacked=1</script> \\u202e \u0647"}]}]'
    )
    more = attributes(gen_ai__operation__name="chat", gen_ai__agent__id=HOSTILE[:300], gen_ai__input__messages=message)
    more += attributes(gen_ai__conversation__id=HOSTILE[:300], gen_ai__request__model="</style><svg onload=alert(1)>")
    failed = {
        **span(trace, 1, HOSTILE, attributes(huge="x" * 500_000), f"{1:016x}"),
        "status": {"code": 2, "message": HOSTILE},
    }
    log = {"timeUnixNano": str(time.time_ns()), "severityNumber": 17, "body": value(HOSTILE), "traceId": trace}
    post(server, [span(trace, 0, HOSTILE, more), failed], [log])
    return trace


def large(server: Server) -> str:
    """One trace of 10,000 spans."""
    trace = secrets.token_hex(16)
    root = f"{1:016x}"
    post(server, [span(trace, i, f"step {i}", root=root if i else "") for i in range(LARGE)], [])
    return trace


def run(node: str, environ: dict[str, str], answers: dict[str, Callable[[], str]]) -> None:
    """Run the checks, answering what they ask for; AssertionError with their output where one failed."""
    command = [node, "e2e/run.mjs"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    process = subprocess.Popen(command, cwd=ROOT / "ui", env={**os.environ, **environ}, text=True, **pipes)  # type: ignore[call-overload] # the pipes are spelt in a dict
    assert process.stdin is not None
    assert process.stdout is not None
    output = []
    try:
        for line in process.stdout:
            if line.startswith("@"):
                process.stdin.write(answers[line[1:].strip()]() + "\n")
                process.stdin.flush()
            else:
                output.append(line)
    finally:
        process.stdin.close()
        process.stdout.close()
        code = process.wait(60)
        print("".join(output))  # noqa: T201 # which checks ran, and how long
    if code == NO_BROWSER:
        unavailable("".join(output).strip() + ": the UI is NOT tested in a browser")
    assert code == 0, "".join(output)


def test_what_people_do_in_the_ui(node: str, server: Server, feed: Feed) -> None:
    def kill() -> str:
        server.kill()
        return "done"

    def start() -> str:
        server.start()
        return "done"

    answers = {
        "fill": feed.start,
        "large": lambda: large(server),
        "kill": kill,
        "start": start,
    }
    run(node, {"SWARMSCOPE_URL": server.url}, answers)


def test_an_install_that_demands_keys_lets_nobody_in_without_one(node: str, tmp_path: Path) -> None:
    key = "swk_" + secrets.token_hex(16)
    locked = Server(tmp_path / "locked", SWARMSCOPE_AUTH_REQUIRED="true", SWARMSCOPE_AUTH_ADMIN_KEY=key)
    with locked:
        run(node, {"SWARMSCOPE_URL": locked.url, "SWARMSCOPE_E2E_KEY": key}, {})
