"""Options that several commands share, stated once."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, get_type_hints

import typer

if TYPE_CHECKING:
    from swarmscope.cli.client import Api

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


class Asked(NamedTuple):
    """Which server a command asks, and how it shows the answer."""

    url: str
    key: str
    json: bool

    def api(self) -> Api:
        """A client of that server; a context manager."""
        from swarmscope.cli.client import Api

        return Api(self.url, self.key)


def asks(command: Callable[..., None]) -> Callable[..., None]:
    """A command that asks a running server: its first parameter, an `Asked`, becomes the options --url, --key and --json."""

    @wraps(command)
    def run(*, url: str, key: str, json: bool, **given: Any) -> None:
        command(Asked(url, key, json), **given)

    hints = get_type_hints(command, include_extras=True)
    own = list(inspect.signature(command).parameters.values())[1:]
    shared = (("url", Url, DEFAULT_URL), ("key", Key, ""), ("json", Json, False))
    parameters = [(p.name, hints[p.name], p.default) for p in own] + list(shared)
    options = [inspect.Parameter(n, inspect.Parameter.KEYWORD_ONLY, default=d, annotation=a) for n, a, d in parameters]
    run.__signature__ = inspect.Signature(options)  # type: ignore[attr-defined] # how a callable says its parameters
    run.__annotations__ = {name: kind for name, kind, _ in parameters}
    return run
