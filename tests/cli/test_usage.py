"""Commands without a server: help, usage, failures in one line, and nothing heavy imported for them."""

from __future__ import annotations

import http.server
import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from swarmscope import __version__
from swarmscope.cli import reference

ROOT = Path(__file__).parents[2]
COMMANDS = (
    "up",
    "demo",
    "simulate",
    "agents",
    "traces",
    "sessions",
    "logs",
    "sql",
    "tail",
    "top",
    "plugins",
    "doctor",
    "dead-letters",
    "users",
    "bench",
    "version",
)
HEAVY = (
    "numpy",
    "pyarrow",
    "numba",
    "fastapi",
    "chdb",
    "httpx",
    "grpc",
    "sqlalchemy",
    "uvicorn",
    "opentelemetry",
    "pandas",
)


@pytest.fixture
def unheard() -> Iterator[str]:
    """An address where nobody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{one.getsockname()[1]}"


def test_help_names_every_command(cli: Callable[..., Any]) -> None:
    ran = cli("--help")
    assert ran.code == 0
    assert all(name in ran.out for name in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(cli: Callable[..., Any], command: str) -> None:
    ran = cli(command, "--help")
    assert ran.code == 0 and "Usage" in ran.out


def test_help_imports_nothing_heavy() -> None:
    code = "import sys; from swarmscope.cli.root import run; run(['--help']); "
    code += f"print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_reference_in_the_docs_is_current() -> None:
    page = (ROOT / "docs" / "cli.md").read_text("utf-8")
    assert page == reference.renewed(page), f"run: {reference.REPAIR}"


def test_every_public_command_stands_in_the_reference() -> None:
    text = reference.text()
    assert all(f"### `swarmscope {name}" in text for name in COMMANDS)


def test_a_page_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="reference: begin"):
        reference.renewed("# nothing here")


def test_version(cli: Callable[..., Any]) -> None:
    assert __version__ in cli("--version").out
    facts = cli("version", "--json").json
    assert facts["swarmscope"] == __version__ and facts["chdb"]


def test_a_server_that_is_away_is_one_line_with_the_remedy(cli: Callable[..., Any], unheard: str) -> None:
    ran = cli("agents", "--url", unheard)
    assert ran.code == 3
    assert len(ran.err.splitlines()) == 1
    assert unheard in ran.err and "swarmscope up" in ran.err
    assert not ran.out


def test_a_certificate_is_judged_by_what_is_trusted_here(
    cli: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(__file__).parents[1] / "golden" / "tls"
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "localhost.crt", folder / "localhost.key")
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"https://localhost:{server.server_port}"
        try:
            stranger = cli("agents", "--url", url)
            monkeypatch.setenv("SSL_CERT_FILE", str(folder / "localhost.crt"))
            known = cli("agents", "--url", url)
        finally:
            server.shutdown()
    assert stranger.code == 3 and "is not trusted here" in stranger.err and "SSL_CERT_FILE" in stranger.err
    assert known.code == 1 and "501" in known.err, "it spoke to the server, which knows no such call"


def test_debug_adds_the_traceback_wherever_it_stands(cli: Callable[..., Any], unheard: str) -> None:
    assert "Traceback" in cli("agents", "--url", unheard, "--debug").err
    assert "Traceback" in cli("--debug", "agents", "--url", unheard).err


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("agents", "--url", "8080"), "http://host:port"),
        (("traces", "--since", "yesterday"), "90s, 15m"),
        (("traces", "--since", "2026-99-01"), "not an ISO time"),
        (("sql",), "give a query"),
        (("sql", "SELECT 1", "--format", "parquet"), "--out"),
        (("simulate", "--duration", "soon"), "90s, 15m"),
        (("simulate", "--truth", "t.jsonl"), "--scenario"),
        (("simulate", "--scenario", "flood", "--url", "UNHEARD"), "UNHEARD|flood"),
        (("simulate", "--url", "host:4318"), "http://host:4318"),
        (("bench", "speed"), "there are"),
        (("bench", "peer"), "--phoenix-url"),
        (("up", "--config", "/no/such/file.toml"), "/no/such/file.toml"),
    ],
)
def test_wrong_usage_says_what_to_give_instead(
    cli: Callable[..., Any], unheard: str, arguments: tuple[str, ...], reason: str
) -> None:
    ran = cli(*[unheard if a == "UNHEARD" else a for a in arguments])
    assert ran.code == 2
    assert any(word.replace("UNHEARD", unheard) in ran.err for word in reason.split("|"))
    assert len(ran.err.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "arguments", [("fly",), ("agents", "--colour"), ("simulate", "--agents", "0"), ("up", "--port", "99999")]
)
def test_unknown_words_and_values_are_wrong_usage(cli: Callable[..., Any], arguments: tuple[str, ...]) -> None:
    ran = cli(*arguments)
    assert ran.code == 2 and ran.err


def test_a_person_is_offered_no_role_of_programs(cli: Callable[..., Any], tmp_path: Path) -> None:
    ran = cli("users", "add", "eve", "--role", "ingest", "--local", "--data-dir", str(tmp_path))
    assert ran.code == 2 and "'ingest' is not one of" in ran.err
    assert "ingest" not in cli("users", "change", "--help").out


def test_an_unknown_setting_names_the_nearest(cli: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text("[server]\nprot = 1\n")
    ran = cli("up", "--config", str(file))
    assert ran.code == 2 and "server.port" in ran.err


def test_an_install_on_the_network_without_keys_says_how_its_first_admin_is_made_there(
    cli: Callable[..., Any], tmp_path: Path
) -> None:
    free = ("--port", "0", "--otlp-grpc-port", "0", "--otlp-http-port", "0")
    ran = cli("up", "--host", "0.0.0.0", "--data-dir", str(tmp_path), *free)
    assert ran.code == 2
    assert f"`swarmscope users add NAME --role admin --local --data-dir {tmp_path}`" in ran.err


def test_scenarios_are_listed(cli: Callable[..., Any]) -> None:
    rows = cli("simulate", "--scenario", "list", "--json").json
    assert {"cascade", "mixed", "dead-node"} <= {r["scenario"] for r in rows}
    assert "cascade" in cli("simulate", "--scenario", "list").out


def test_plugins_and_suites_are_listed(cli: Callable[..., Any]) -> None:
    assert {"redaction", "receiver", "prices", "suite", "detector"} == {
        p["kind"] for p in cli("plugins", "--json").json
    }
    assert {"ingest", "query", "live"} <= {r["suite"] for r in cli("bench", "list", "--json").json}


def test_a_broken_plug_in_is_told_with_the_reason(cli: Callable[..., Any], unheard: str, tmp_path: Path) -> None:
    (tmp_path / "rule.py").write_text("import no_such_library_anywhere\n")
    file = tmp_path / "c.toml"
    file.write_text(f"[plugins]\nfolder = '{tmp_path}'\n[storage]\ndata_dir = '{tmp_path}/data'\n")
    (rule,) = [p for p in cli("plugins", "--config", str(file), "--json").json if p["state"] == "broken"]
    assert rule["name"] == "rule" and "no_such_library_anywhere" in rule["problem"]
    ran = cli("doctor", "--url", unheard, "--config", str(file), "--json")
    (check,) = [c for c in ran.json["checks"] if c["check"] == "plug-ins"]
    assert check["verdict"] == "failed" and "file/rule" in check["found"]


def test_completion_is_offered() -> None:
    environment = {
        **os.environ,
        "_SWARMSCOPE_COMPLETE": "complete_bash",
        "COMP_WORDS": "swarmscope ag",
        "COMP_CWORD": "1",
    }
    code = "import sys; sys.argv[0]='swarmscope'; from swarmscope.cli import main; main([])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert "agents" in done.stdout


def test_doctor_without_a_server_looks_at_the_install(cli: Callable[..., Any], unheard: str, tmp_path: Path) -> None:
    ran = cli("doctor", "--url", unheard, "--data-dir", str(tmp_path / "data"), "--json")
    found = {c["check"]: c for c in ran.json["checks"]}
    assert ran.json["server"] is None
    assert {"libraries", "kernels", "data directory", "disk", "catalog", "clock", "plug-ins", "store"} <= found.keys()
    assert found["store"]["verdict"] == "ok", found["store"]
    assert found["catalog"]["found"] == "SQLite, its tables will be made" and not (tmp_path / "data").exists()
    assert all(c["remedy"] for c in found.values() if c["verdict"] == "failed")


def test_doctor_names_the_port_that_is_taken(cli: Callable[..., Any], unheard: str, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        file = tmp_path / "c.toml"
        file.write_text(f"[server]\nport = {taken.getsockname()[1]}\n[storage]\ndata_dir = '{tmp_path}'\n")
        ran = cli("doctor", "--url", unheard, "--config", str(file), "--json")
    (port,) = [c for c in ran.json["checks"] if c["check"] == "server.port"]
    assert ran.code == 1
    assert port["verdict"] == "failed" and "SWARMSCOPE_SERVER_PORT" in port["remedy"]


@pytest.mark.parametrize("key", ["swk_s3cret\nx", "swk_s3cretä"])
def test_a_key_that_no_header_holds_is_refused_without_telling_it(
    cli: Callable[..., Any], unheard: str, key: str
) -> None:
    ran = cli("agents", "--url", unheard, "--key", key)
    assert (ran.code, ran.out) == (2, "") and "--key has line breaks" in ran.err
    assert "s3cret" not in ran.err
    assert cli("agents", "--url", unheard, "--key", "swk_s3cret\n").code == 3
