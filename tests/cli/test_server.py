"""Commands against a real server with a real fleet behind it: what went in comes out, for people and as JSON."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from swarmscope.cli import server as commands
from tests.support.server import Server

AGENTS = 40


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, dict[str, Any]]]:
    """A server to which a small fleet has reported for some seconds, and the fleet's own account."""
    folder = tmp_path_factory.mktemp("cli")
    with Server(folder / "data") as server:
        command = [
            "simulate",
            "--agents",
            str(AGENTS),
            "--duration",
            "8",
            "--rate",
            "8",
            "--seed",
            "4",
            "--scenario",
            "errors",
        ]
        command += [
            "--metrics-interval",
            "2",
            "--truth",
            str(folder / "truth.jsonl"),
            "--url",
            server.otlp_url,
            "--json",
        ]
        done = subprocess.run([sys.executable, "-m", "swarmscope", *command], capture_output=True, check=True)
        report = json.loads(done.stdout)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and _spans(server) < report["items"]["traces"]["sent"]:
            time.sleep(0.2)
        yield server, report


def _spans(server: Server) -> int:
    query = "SELECT (SELECT count() FROM spans) + (SELECT count() FROM spans_pending)"
    return int(server.http.post("/api/v1/sql", json={"query": query}).json()["rows"][0][0])


@pytest.fixture
def ask(live: tuple[Server, dict[str, Any]], cli: Callable[..., Any]) -> Callable[..., Any]:
    """Run a command against that server; it must succeed."""

    def call(*arguments: str) -> Any:
        ran = cli(*arguments, "--url", live[0].url)
        assert ran.code == 0, ran.err
        return ran

    return call


def test_everything_the_fleet_sent_was_taken(live: tuple[Server, dict[str, Any]]) -> None:
    server, report = live
    assert all(c["rejected"] == c["refused"] == c["dropped"] == 0 for c in report["items"].values()), report
    assert report["messages"] == {}
    assert _spans(server) == report["items"]["traces"]["sent"]


def test_agents_are_listed_with_their_state(live: tuple[Server, dict[str, Any]], ask: Callable[..., Any]) -> None:
    def listed() -> Any:
        return ask("agents", "--json", "--limit", "100").json

    live[0].eventually(lambda: listed()["total"] >= AGENTS * 0.9)  # some are still in their first turn
    page = listed()
    assert page["total"] == page["fleet"]["agents"] == len(page["items"]) <= AGENTS
    shown = ask("agents", "--limit", "5").out
    told = int(shown.split()[0])  # the last one's first span may come between two questions
    assert page["total"] <= told <= listed()["total"] and f"5 of {told}; raise --limit" in shown


def test_one_agent_is_shown(ask: Callable[..., Any]) -> None:
    name = next(a["agent"] for a in ask("agents", "--json", "--limit", "100").json["items"] if a["spans"])
    assert ask("agents", name, "--json").json["summary"]["agent"] == name
    assert name in ask("agents", name).out


def test_traces_are_found_and_shown_as_a_waterfall(ask: Callable[..., Any]) -> None:
    rows = ask("traces", "--json", "--limit", "50").json["items"]
    biggest = max(rows, key=lambda r: r["spans"])
    shown = ask("traces", "--id", biggest["trace_id"]).out
    assert "█" in shown and biggest["name"] in shown
    assert len(ask("traces", "--id", biggest["trace_id"], "--json").json["spans"]) == biggest["spans"]
    assert ask("traces", biggest["trace_id"]).out == shown
    failed = ask("traces", "status:error", "--json").json["items"]
    assert failed and all(r["errors"] for r in failed)


def test_sessions_show_their_conversation(ask: Callable[..., Any]) -> None:
    rows = ask("sessions", "--json").json["items"]
    assert rows
    longest = max(rows, key=lambda r: r["spans"])
    one = ask("sessions", longest["session"], "--json").json
    assert one["conversation"]
    assert longest["session"] in ask("sessions", longest["session"]).out


def test_logs_are_searched(ask: Callable[..., Any]) -> None:
    assert ask("logs", "--json", "--limit", "10").json["items"]
    assert "model" in ask("logs", "model").out


def test_sql_answers_in_every_form(ask: Callable[..., Any], tmp_path: Path) -> None:
    query = "SELECT agent, count() AS n FROM spans GROUP BY agent ORDER BY n DESC LIMIT 5"
    rows = ask("sql", query, "--json").json
    assert len(rows) == 5 and rows[0]["n"] >= rows[-1]["n"] > 0
    assert [r["agent"] for r in csv.DictReader(io.StringIO(ask("sql", query, "--format", "csv").out))] == [
        r["agent"] for r in rows
    ]
    file = tmp_path / "rows.parquet"
    ask("sql", query, "--format", "parquet", "--out", str(file))
    assert pq.read_table(file).num_rows == 5
    assert rows[0]["agent"] in ask("sql", query).out
    assert "spans" in {t["name"] for t in ask("sql", "--tables", "--json").json["tables"]}


def test_the_tables_are_named_beside_what_they_hold(ask: Callable[..., Any]) -> None:
    lines = ask("sql", "--tables").out.splitlines()
    assert lines[0].split()[:2] == ["table", "doc"] and any(line.split()[0] == "spans" for line in lines)
    assert all("…" not in line for line in lines), "what is piped is not cut"


def test_a_refused_query_is_one_line(live: tuple[Server, dict[str, Any]], cli: Callable[..., Any]) -> None:
    ran = cli("sql", "DROP TABLE spans", "--url", live[0].url)
    assert ran.code == 2 and len(ran.err.splitlines()) == 1


def test_a_query_that_the_store_refuses_is_told_in_the_words_of_its_author(
    live: tuple[Server, dict[str, Any]], cli: Callable[..., Any]
) -> None:
    ran = cli("sql", "SELECT nope FROM spans", "--url", live[0].url)
    assert ran.code == 2 and "`nope`" in ran.err
    assert not any(word in ran.err for word in ("DB::Exception", "tenant", "In scope", "UNKNOWN_IDENTIFIER")), ran.err


def test_what_does_not_exist_is_said_with_its_own_code(
    live: tuple[Server, dict[str, Any]], cli: Callable[..., Any]
) -> None:
    ran = cli("agents", "nobody-at-all", "--url", live[0].url)
    assert ran.code == 5 and "nobody-at-all" in ran.err


def test_a_wrong_key_is_refused_with_its_own_code(live: tuple[Server, dict[str, Any]], cli: Callable[..., Any]) -> None:
    ran = cli("agents", "--url", live[0].url, "--key", "no-such-key")
    assert ran.code == 4 and "SWARMSCOPE_KEY" in ran.err


def test_budgets_are_set_listed_and_removed(live: tuple[Server, dict[str, Any]], cli: Callable[..., Any]) -> None:
    at = ("--url", live[0].url)
    made = cli("budgets", "set", "all of it", "0.000001", "--period", "day", *at)
    assert made.code == 0 and "over" in made.out, made.err
    (item,) = cli("budgets", "list", "--json", *at).json
    assert item["name"] == "all of it" and item["spent_usd"] > item["limit_usd"]
    assert "0.000" in cli("budgets", "list", *at).out or "1e-06" in cli("budgets", "list", *at).out
    refused = cli("budgets", "set", "x", "5", "--scope", "team", *at)
    assert refused.code == 2 and "name the team" in refused.err
    assert cli("budgets", "remove", "all of it", *at).code == 0
    assert "no budgets yet" in cli("budgets", "list", *at).out


def test_top_draws_the_fleet(ask: Callable[..., Any]) -> None:
    assert " agents" in ask("top", "--seconds", "0.1", "--interval", "0.2").out
    looks = ask("top", "--seconds", "0.3", "--interval", "0.2", "--json").out.splitlines()
    assert looks and all(json.loads(line)["fleet"]["agents"] >= AGENTS * 0.9 for line in looks)


def test_tail_follows_what_arrives(live: tuple[Server, dict[str, Any]], ask: Callable[..., Any]) -> None:
    command = ["simulate", "--agents", "20", "--duration", "8", "--rate", "20", "--url", live[0].otlp_url, "--quiet"]
    child = subprocess.Popen([sys.executable, "-m", "swarmscope", *command])
    try:
        lines = ask("tail", "--seconds", "9", "--json").out.splitlines()
    finally:
        child.wait(60)
    assert lines and all(json.loads(line)["id"] for line in lines)


def test_doctor_sends_a_trace_through_every_door_and_finds_it(
    ask: Callable[..., Any],
) -> None:
    found = ask("doctor", "--json").json  # which doors there are, the server tells
    verdicts = {c["check"]: c for c in found["checks"]}
    for door in ("OTLP/HTTP round trip", "OTLP/gRPC round trip", "OTLP on the main port", "server", "server clock"):
        assert verdicts[door]["verdict"] == "ok", verdicts[door]


def test_what_runs_beside_the_server_is_started_again_and_that_is_said(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "AGAIN_S", 0.1)
    once = tmp_path / "once"
    code = f"import pathlib, sys; p = pathlib.Path({str(once)!r})\nif not p.exists(): p.touch(); sys.exit(7)\nsys.stdin.read()"
    beside = commands.Beside([sys.executable, "-c", code], os.environ)
    try:
        deadline, said = time.monotonic() + 60, ""
        while "status 7" not in said and time.monotonic() < deadline:
            time.sleep(0.1)
            said += capfd.readouterr().err
        assert "ended with status 7; it starts again" in said
    finally:
        time.sleep(0.5)
        beside.stop()
    assert "again" not in capfd.readouterr().err


@pytest.mark.timeout(300)
def test_the_demo_is_a_server_with_a_fleet(tmp_path: Path, cli: Callable[..., Any]) -> None:
    from tests.support.server import free_ports

    port, grpc, http = free_ports(3)
    ports = ["--port", str(port), "--otlp-grpc-port", str(grpc), "--otlp-http-port", str(http)]
    command = [sys.executable, "-m", "swarmscope", "demo", "--agents", "30", "--data-dir", str(tmp_path / "d"), *ports]
    at = ("--json", "--url", f"http://127.0.0.1:{port}")
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline, agents = time.monotonic() + 150, 0
        while agents < 10 and time.monotonic() < deadline:
            assert child.poll() is None
            ran = cli("agents", *at)
            agents = ran.json["fleet"]["agents"] if ran.code == 0 else 0
            time.sleep(0.5)
        assert agents >= 10
        groups = cli("rules", "list", *at).json
        assert {rule["health"] for group in groups for rule in group["rules"]} <= {"ok", "unknown"}
        assert sum(len(group["rules"]) for group in groups) >= 5
    finally:
        child.terminate()
        child.wait(60)
