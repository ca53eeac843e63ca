"""Budgets of the running server: list, set, remove."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer

from swarmscope.cli.options import DEFAULT_URL, Json, Key, Url
from swarmscope.model.budgets import Period, Scope

if TYPE_CHECKING:
    from swarmscope.cli.client import Api

COLUMNS = ("name", "for", "period", "limit_usd", "spent_usd", "share", "forecast_usd", "exhausted", "state")

budgets = typer.Typer(help="What may be spent, and how that stands.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="What people call it.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(budgets, name="budgets")


@budgets.command("list")
def list_budgets(url: Url = DEFAULT_URL, key: Key = "", json: Json = False) -> None:
    """The budgets, what was spent of them, and where that leads; those that are worst off first."""
    from swarmscope.cli.output import show_json, show_rows

    with _api(url, key) as api:
        items = api.get("/budgets")["items"]
    if json:
        show_json(items)
    else:
        empty = "no budgets yet; set one with `swarmscope budgets set`"
        show_rows([_shown(item) for item in items], COLUMNS, False, empty=empty)


@budgets.command("set")
def set_budget(
    name: Name,
    limit_usd: Annotated[float, typer.Argument(min=0, help="US dollars per period.")],
    scope: Annotated[Scope, typer.Option("--scope", help="What it is for.")] = "all",
    of: Annotated[str, typer.Option("--of", help="Name of the team, agent, model or service.")] = "",
    period: Annotated[Period, typer.Option("--period", help="Begins at midnight UTC.")] = "month",
    url: Url = DEFAULT_URL,
    key: Key = "",
    json: Json = False,
) -> None:
    """Set a budget, or change the one of that name."""
    from swarmscope.cli.output import show_facts

    body = {"scope": scope, "key": of, "period": period, "limit_usd": limit_usd}
    with _api(url, key) as api:
        made = api.request("PUT", _path(name), json=body).json()
    show_facts(made if json else _shown(made), json)


@budgets.command("remove")
def remove(name: Name, url: Url = DEFAULT_URL, key: Key = "") -> None:
    """Remove a budget."""
    with _api(url, key) as api:
        api.request("DELETE", _path(name))
    print(f"budget {name} is removed")


def _api(url: str, key: str) -> Api:
    from swarmscope.cli.client import Api

    return Api(url, key)


def _path(name: str) -> str:
    return f"/budgets/{quote(name, safe='')}"


def _shown(item: dict[str, Any]) -> dict[str, Any]:
    share = f"{item['spent_usd'] / item['limit_usd']:.0%}"
    whom = f"{item['scope']} {item['key']}".strip()
    return {**{c: item.get(c) for c in COLUMNS}, "for": whom, "share": share}
