"""Options that several commands share, stated once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DEFAULT_URL = "http://127.0.0.1:8080"
DEFAULT_OTLP_URL = "http://127.0.0.1:4318"

Url = Annotated[str, typer.Option("--url", envvar="SWARMSCOPE_URL", help="Address of the server.")]
Key = Annotated[str, typer.Option("--key", envvar="SWARMSCOPE_KEY", help="API key; not needed on loopback.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="At most so many rows.")]
Since = Annotated[str, typer.Option("--since", help="How far back: 15m, 2h, 3d, or an ISO time.")]
ConfigFile = Annotated[
    Path | None, typer.Option("--config", envvar="SWARMSCOPE_CONFIG", help="TOML configuration file.")
]
DataDir = Annotated[str, typer.Option("--data-dir", help="Folder for everything that is stored.")]
Host = Annotated[str, typer.Option("--host", help="Address to listen on; anything but loopback demands keys.")]
Port = Annotated[
    int | None, typer.Option("--port", min=0, max=65535, help="Port of UI, REST and OTLP; 0 takes a free one.")
]
GrpcPort = Annotated[int | None, typer.Option("--otlp-grpc-port", min=0, max=65535, help="Port of OTLP/gRPC.")]
HttpPort = Annotated[int | None, typer.Option("--otlp-http-port", min=0, max=65535, help="Port of OTLP/HTTP.")]
