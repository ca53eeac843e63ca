"""Commands that start the platform: up, demo, version, plugins."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from swarmscope.cli.failures import EXIT_USAGE, CommandError
from swarmscope.cli.options import ConfigFile, DataDir, GrpcPort, Host, HttpPort, Json, Port

if TYPE_CHECKING:
    from swarmscope.config import Config

DEMO_AGENTS = 200
STOP_CHILD_S = 5.0
AGAIN_S = 5.0


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(up)
    app.command()(demo)
    app.command()(plugins)
    app.command()(version)


def load_config(
    config: Path | None,
    data_dir: str = "",
    host: str = "",
    port: int | None = None,
    grpc_port: int | None = None,
    http_port: int | None = None,
) -> Config:
    """The configuration file and environment, overridden by what the command line says; "" and None say nothing."""
    from swarmscope.config import load

    said: dict[str, Any] = {"host": host, "port": port, "otlp_grpc_port": grpc_port, "otlp_http_port": http_port}
    overrides: dict[str, Any] = {"server": {k: v for k, v in said.items() if v not in ("", None)}}
    if data_dir:
        overrides["storage"] = {"data_dir": data_dir}
    return load(config, overrides=overrides)


def up(
    config: ConfigFile = None,
    data_dir: DataDir = "",
    host: Host = "",
    port: Port = None,
    otlp_grpc_port: GrpcPort = None,
    otlp_http_port: HttpPort = None,
) -> None:
    """Start the platform and run until interrupted."""
    _run(load_config(config, data_dir, host, port, otlp_grpc_port, otlp_http_port))


def demo(
    config: ConfigFile = None,
    data_dir: DataDir = "",
    host: Host = "",
    port: Port = None,
    otlp_grpc_port: GrpcPort = None,
    otlp_http_port: HttpPort = None,
    agents: Annotated[int, typer.Option("--agents", min=1, max=200_000, help="Size of the demo fleet.")] = DEMO_AGENTS,
) -> None:
    """Start the platform with a live demo fleet beside it."""
    settings = _ruled(load_config(config, data_dir, host, port, otlp_grpc_port, otlp_http_port))
    if settings.server.otlp_http_port == 0:
        raise CommandError("the demo fleet needs to know where to send; give --otlp-http-port a number", EXIT_USAGE)
    fleet = Beside(*_fleet(settings, agents))
    try:
        _run(settings)
    finally:
        fleet.stop()


class Beside:
    """A program that runs as long as this one does: where it ends before, that is said and it is started again.

    It has a pipe to its standard input, which closes when this program ends, however it does.
    """

    def __init__(self, command: list[str], environment: Mapping[str, str]) -> None:
        self._command, self._environment = command, environment
        self._stopping = threading.Event()
        self._child = self._start()
        threading.Thread(target=self._watch, name="beside", daemon=True).start()

    def stop(self) -> None:
        """End it, by force if need be."""
        self._stopping.set()
        child = self._child
        child.terminate()
        if child.stdin is not None:
            child.stdin.close()
        try:
            child.wait(STOP_CHILD_S)
        except subprocess.TimeoutExpired:
            child.kill()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._command, stdin=subprocess.PIPE, env=self._environment)  # noqa: S603 - our own program

    def _watch(self) -> None:
        while True:
            status = self._child.wait()
            if self._stopping.is_set():
                return
            if self._child.stdin is not None:
                self._child.stdin.close()
            typer.echo(f"the demo fleet ended with status {status}; it starts again in {AGAIN_S:g} s", err=True)
            if self._stopping.wait(AGAIN_S):
                return
            self._child = self._start()


def _ruled(settings: Config) -> Config:
    """The settings with the rules of the demo fleet, where they name no rule files."""
    import msgspec

    if settings.rules.files:
        return settings
    files = (str(Path(__file__).parent.parent / "sim" / "rules.yaml"),)
    return msgspec.structs.replace(settings, rules=msgspec.structs.replace(settings.rules, files=files))


def _fleet(settings: Config, agents: int) -> tuple[list[str], dict[str, str]]:
    """The simulator, which waits for the server however long its start takes, and its environment."""
    server = settings.server
    host = "127.0.0.1" if server.host in ("0.0.0.0", "::") else server.host  # noqa: S104 - compared only
    url = f"{'https' if server.tls_cert else 'http'}://{host}:{server.otlp_http_port}"
    command = [sys.executable, "-m", "swarmscope", "simulate", "--agents", str(agents), "--duration", "3650d"]
    command += ["--url", url, "--scenario", "demo", "--quiet", "--wait", "inf", "--while-stdin"]
    command += ["--fleet-seed", "1"]  # after a restart the same agents go on; others would be missed as silent
    environment = os.environ | ({"SWARMSCOPE_KEY": settings.auth.admin_key} if settings.auth.admin_key else {})
    return command, environment


def _run(settings: Config) -> None:
    import gc
    import signal

    gc.disable()  # until it listens: looking for garbage among what is imported is a fifth of a start
    from swarmscope.app import run

    signal.signal(signal.SIGTERM, _leave)
    run(settings)


def _leave(_number: int, _frame: object) -> None:
    """SIGTERM ends the program in order: what is open is closed on the way out."""
    raise SystemExit(0)


def plugins(config: ConfigFile = None, json: Json = False) -> None:
    """List what this install is made of: receivers, redaction rules, price tables, suites; built-in or of others."""
    from swarmscope.cli.output import show_rows
    from swarmscope.cli.plugins import discovered

    show_rows(discovered(load_config(config)), ("kind", "name", "state", "version", "origin", "about", "problem"), json)


def version(json: Json = False) -> None:
    """Print the version of the program and of what it stands on."""
    from swarmscope.cli.output import show_facts
    from swarmscope.cli.plugins import versions

    show_facts(versions(), json)
