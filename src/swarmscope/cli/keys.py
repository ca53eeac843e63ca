"""Keys of the running server: list, create, revoke."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from swarmscope.cli.options import DEFAULT_URL, Json, Key, Url
from swarmscope.model.access import Role

COLUMNS = ("id", "name", "role", "tenant", "created", "expires", "revoked")

keys = typer.Typer(help="Make, list and revoke the keys that agents and people use.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(keys, name="keys")


@keys.command("list")
def list_keys(url: Url = DEFAULT_URL, key: Key = "", json: Json = False) -> None:
    """The keys of your tenant, newest first; never their secrets."""
    from swarmscope.cli.client import Api
    from swarmscope.cli.output import show_json, show_rows

    with Api(url, key) as api:
        items = api.get("/keys")["items"]
    if json:
        show_json(items)
    else:
        show_rows(
            [_shown(item) for item in items],
            COLUMNS,
            False,
            empty="no keys yet; make one with `swarmscope keys create`",
        )


@keys.command("create")
def create(
    name: Annotated[str, typer.Argument(help="Who or what will hold it.")],
    role: Annotated[Role, typer.Option("--role", help="What it may do.")] = Role.INGEST,
    tenant: Annotated[str, typer.Option("--tenant", help="Whose data it writes and reads; empty: yours.")] = "",
    days: Annotated[float, typer.Option("--days", min=0, help="Days until it expires; 0: never.")] = 0,
    url: Url = DEFAULT_URL,
    key: Key = "",
    json: Json = False,
) -> None:
    """Make a key. Its secret is printed this once."""
    import time

    from swarmscope.cli.client import Api
    from swarmscope.cli.output import show_facts, show_json

    expires_at_s = time.time() + days * 86_400 if days else 0.0
    with Api(url, key) as api:
        made = api.post("/keys", {"name": name, "role": role, "tenant": tenant, "expires_at_s": expires_at_s})
    if json:
        show_json(made)
    else:
        show_facts({"secret (shown once)": made["secret"], **_shown(made["key"])}, False)


@keys.command("revoke")
def revoke(
    key_id: Annotated[str, typer.Argument(help="The id that `swarmscope keys list` shows.")],
    url: Url = DEFAULT_URL,
    key: Key = "",
) -> None:
    """Refuse a key from now on."""
    from swarmscope.cli.client import Api

    with Api(url, key) as api:
        api.request("DELETE", f"/keys/{key_id}")
    print(f"key {key_id} is revoked")


def _shown(item: dict[str, Any]) -> dict[str, Any]:
    """Times as dates, zero as nothing."""
    from swarmscope.cli.output import date

    times = {name: date(item[f"{name}_at_s"]) for name in ("created", "expires", "revoked")}
    return {**{k: item[k] for k in ("id", "name", "role", "tenant")}, **times}
