"""Rows that the store refused: list, show, store again, give up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from swarmscope.cli.options import DEFAULT_URL, Json, Key, Url

if TYPE_CHECKING:
    from swarmscope.cli.client import Api

COLUMNS = ("name", "time", "table", "rows", "nbytes", "reason")

dead_letters = typer.Typer(help="Rows that the store refused: look, store again, give up.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The name that `swarmscope dead-letters list` shows.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(dead_letters, name="dead-letters")


@dead_letters.command("list")
def list_letters(url: Url = DEFAULT_URL, key: Key = "", json: Json = False) -> None:
    """All dead letters, oldest first, with the store's reason."""
    from swarmscope.cli.output import show_rows

    with _api(url, key) as api:
        items = api.get("/dead-letters")["items"]
    show_rows(items, COLUMNS, json, empty="none: the store took everything")


@dead_letters.command("show")
def show(
    name: Name,
    limit: Annotated[int, typer.Option("--limit", "-n", min=0, max=100, help="At most so many rows.")] = 3,
    url: Url = DEFAULT_URL,
    key: Key = "",
    json: Json = False,
) -> None:
    """One letter, its reason, and its first rows (of your tenant; of others only the number)."""
    from swarmscope.cli.output import show_facts, show_json

    with _api(url, key) as api:
        found = api.get(f"/dead-letters/{name}", limit=limit)
    if json:
        show_json(found)
        return
    show_facts({**found["letter"], "rows per tenant": found["tenants"]}, False)
    for number, row in enumerate(found["rows"], 1):
        print(f"\nrow {number}")
        show_facts({k: v for k, v in row.items() if v not in (None, "", 0, [], {})}, False)


@dead_letters.command("redrive")
def redrive(name: Name, url: Url = DEFAULT_URL, key: Key = "") -> None:
    """Store a letter again, once the cause of the refusal is gone."""
    with _api(url, key) as api:
        done = api.post(f"/dead-letters/{name}/redrive", None)
    print(f"{done['rows']} rows are stored; the letter is gone")


@dead_letters.command("drop")
def drop(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    url: Url = DEFAULT_URL,
    key: Key = "",
) -> None:
    """Give a letter up: its rows are gone for good."""
    if not yes:
        typer.confirm(f"give up the rows of {name} for good?", abort=True)
    with _api(url, key) as api:
        api.request("DELETE", f"/dead-letters/{name}")
    print(f"{name} is gone")


def _api(url: str, key: str) -> Api:
    from swarmscope.cli.client import Api

    return Api(url, key)
