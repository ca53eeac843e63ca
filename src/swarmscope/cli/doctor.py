"""The install validated end to end."""

from __future__ import annotations

from typing import Annotated

import typer

from swarmscope.cli.options import DEFAULT_URL, ConfigFile, DataDir, Json, Key, Url


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(doctor)


def doctor(
    url: Url = DEFAULT_URL,
    key: Key = "",
    otlp_http: Annotated[
        str, typer.Option("--otlp-http", help="OTLP/HTTP door; by default where the server says.")
    ] = "",
    otlp_grpc: Annotated[
        str, typer.Option("--otlp-grpc", help="OTLP/gRPC door; by default where the server says.")
    ] = "",
    config: ConfigFile = None,
    data_dir: DataDir = "",
    json: Json = False,
) -> None:
    """Check this install end to end; with a running server, send a trace through every door and find it again."""
    from urllib.parse import urlsplit

    from rich.markup import escape

    from swarmscope import telemetry
    from swarmscope.cli import checks
    from swarmscope.cli.failures import EXIT_FAILED
    from swarmscope.cli.output import STATE_STYLES, console, show_json
    from swarmscope.cli.server import load_config

    telemetry.configure("error")
    settings = load_config(config, data_dir)
    host, tls = urlsplit(url).hostname or "127.0.0.1", "s" if urlsplit(url).scheme == "https" else ""
    up = checks.answers(url, key)
    steps = [checks.installation(), checks.place(settings), checks.parts(settings)]
    if up:
        http_port, grpc_port = checks.ports(url, key, settings)
        http_door = checks.door(f"http{tls}", otlp_http or f"{host}:{http_port}")
        grpc_door = checks.door(f"grpc{tls}", otlp_grpc or f"{host}:{grpc_port}")
        steps.append(checks.running(url, key, http_door, grpc_door))
    else:
        steps.append(checks.before_start(settings))
    findings, out = [], console()
    for step in steps:
        for finding in step:
            findings.append(finding)
            if not json:
                style = STATE_STYLES.get(finding.verdict, "yellow")
                out.print(
                    f"[{style}]{finding.verdict:8}[/{style}] [bold]{finding.check}[/bold]: {escape(finding.found)}"
                )
                if finding.remedy:
                    out.print(f"         → {escape(finding.remedy)}")
    if json:
        show_json({"server": url if up else None, "checks": [f.json() for f in findings]})
    elif not up:
        out.print(
            f"[dim]no server answers at {escape(url)}; start one with `swarmscope up` for the checks of a running one[/dim]"
        )
    if any(f.verdict == "failed" for f in findings):
        raise typer.Exit(EXIT_FAILED)
