"""Commands that keep looking: tail and top."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from swarmscope.cli.options import DEFAULT_URL, Json, Key, Limit, Url

if TYPE_CHECKING:
    from rich.console import Group

    from swarmscope.cli.client import Api

TOP_COLUMNS = ("agent", "condition", "reason", "pending", "spans", "errors", "p95_ms", "tokens", "cost_usd", "health")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(tail)
    app.command()(top)


def tail(
    query: Annotated[str, typer.Argument(help="Which records, in the filter language.")] = "",
    limit: Limit = 200,
    seconds: Annotated[
        float, typer.Option("--seconds", min=0, help="Stop after so long; 0 runs until interrupted.")
    ] = 0.0,
    url: Url = DEFAULT_URL,
    key: Key = "",
    json: Json = False,
) -> None:
    """Follow logs as they arrive."""
    from swarmscope.cli.client import Api

    deadline = time.monotonic() + seconds if seconds else float("inf")
    with Api(url, key) as api:
        after = ""
        while True:
            page = api.get("/logs/tail", q=query, after=after, limit=limit)
            _print_records(page, json)
            after = page["cursor"]
            if time.monotonic() >= deadline:
                return
            time.sleep(0 if page["skipped"] else 0.5)


def _print_records(page: dict[str, Any], as_json: bool) -> None:
    import orjson
    from rich.text import Text

    from swarmscope.cli.output import STATE_STYLES, console

    if page["skipped"] and not as_json:
        console().print(f"[dim]… {page['skipped']:,} more arrived than --limit; the newest follow[/dim]")
    for row in page["items"]:
        if as_json:
            print(orjson.dumps(row).decode(), flush=True)
            continue
        level = str(row["level"]).upper()
        line = Text.assemble(
            (row["time"][11:23], "dim"), " ", (f"{level:5}", STATE_STYLES.get(level, "")), " ",
            (row["agent"] or row["service"], "cyan"), " ", str(row["body"]),
        )  # fmt: skip
        console().print(line)


def top(
    interval: Annotated[float, typer.Option("--interval", "-i", min=0.2, help="Seconds between looks.")] = 1.0,
    sort: Annotated[str, typer.Option("--sort", help="Column to sort by.")] = "",
    query: Annotated[str, typer.Option("--filter", "-f", help="Which agents.")] = "",
    seconds: Annotated[
        float, typer.Option("--seconds", min=0, help="Stop after so long; 0 runs until interrupted.")
    ] = 0.0,
    url: Url = DEFAULT_URL,
    key: Key = "",
    json: Json = False,
) -> None:
    """Watch the fleet live."""
    import orjson
    from rich.live import Live

    from swarmscope.cli.client import Api
    from swarmscope.cli.output import console

    deadline = time.monotonic() + seconds if seconds else float("inf")
    screen = console()
    with Api(url, key) as api:
        if json:
            while True:
                print(orjson.dumps(_look(api, query, sort, 50)).decode(), flush=True)
                if time.monotonic() >= deadline:
                    return
                time.sleep(interval)
        if not screen.is_terminal:
            while True:
                screen.print(_picture(_look(api, query, sort, 50)))
                if time.monotonic() >= deadline:
                    return
                time.sleep(interval)
        with Live(console=screen, screen=True, auto_refresh=False) as live:
            while True:
                rows = max(5, screen.size.height - 6)
                live.update(_picture(_look(api, query, sort, rows)), refresh=True)
                if time.monotonic() >= deadline:
                    return
                time.sleep(interval)


def _look(api: Api, query: str, sort: str, rows: int) -> dict[str, Any]:
    page: dict[str, Any] = api.get("/agents", q=query, sort=sort, limit=rows)
    return page


def _picture(page: dict[str, Any]) -> Group:
    from rich.console import Group
    from rich.text import Text

    from swarmscope.cli.output import table_of
    from swarmscope.cli.views import agent_line, fleet_text

    lines = [agent_line(r) for r in page["items"]]
    return Group(
        fleet_text(page["fleet"]),
        Text(""),
        table_of(lines, TOP_COLUMNS),
        Text(f"{page['total']:,} match; ctrl-c ends", style="dim"),
    )
