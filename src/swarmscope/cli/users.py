"""People who log in: list, add, change, new password, remove."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer

from swarmscope.cli.options import DEFAULT_URL, ConfigFile, DataDir, Json, Key, Url
from swarmscope.model.access import UserRole

if TYPE_CHECKING:
    from swarmscope.catalog.users import Users
    from swarmscope.cli.client import Api

COLUMNS = ("name", "role", "tenant", "made", "seen", "disabled")

users = typer.Typer(help="People who log in with a name and a password.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="Unique in the install; an e-mail address will do.")]
Stdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]
Local = Annotated[
    bool,
    typer.Option("--local", help="Write into the catalog of this machine's data folder: no key and no server needed."),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(users, name="users")


@users.command("list")
def list_users(url: Url = DEFAULT_URL, key: Key = "", json: Json = False) -> None:
    """The users of your tenant; for admins of the default tenant, all of the install."""
    from swarmscope.cli.output import show_json, show_rows

    with _api(url, key) as api:
        items = api.get("/users")["items"]
    if json:
        show_json(items)
    else:
        show_rows(
            [_shown(u) for u in items], COLUMNS, False, empty="no users yet; make one with `swarmscope users add`"
        )


@users.command("add")
def add(
    name: Name,
    role: Annotated[UserRole, typer.Option("--role", help="What they may do.")] = UserRole.VIEWER,
    tenant: Annotated[str, typer.Option("--tenant", help="Whose data they see; empty: yours.")] = "",
    password_stdin: Stdin = False,
    local: Local = False,
    config: ConfigFile = None,
    data_dir: DataDir = "",
    url: Url = DEFAULT_URL,
    key: Key = "",
) -> None:
    """Make a user. The first admin of an install is made with --local, by whoever may write its data folder."""
    password = _password(password_stdin)
    if local:
        from swarmscope.model.access import LOCAL, Role

        _local(config, data_dir).add(LOCAL, name, password, Role(role), tenant)
    else:
        with _api(url, key) as api:
            api.post("/users", {"name": name, "password": password, "role": role, "tenant": tenant})
    print(f"{name} can log in as {role}")


@users.command("change")
def change(
    name: Name,
    role: Annotated[UserRole | None, typer.Option("--role", help="What they may do.")] = None,
    disabled: Annotated[
        bool | None, typer.Option("--disable/--enable", help="Whether logging in is refused.", show_default=False)
    ] = None,
    url: Url = DEFAULT_URL,
    key: Key = "",
) -> None:
    """Change what a user may do, or shut them out."""
    from swarmscope.cli.failures import EXIT_USAGE, CommandError
    from swarmscope.cli.output import show_facts

    body = {k: v for k, v in {"role": role, "disabled": disabled}.items() if v is not None}
    if not body:
        raise CommandError("give --role, --disable or --enable", EXIT_USAGE)
    with _api(url, key) as api:
        answer = api.request("PATCH", _path(name), json=body)
    show_facts(_shown(answer.json()), False)


@users.command("password")
def password(
    name: Name,
    password_stdin: Stdin = False,
    local: Local = False,
    config: ConfigFile = None,
    data_dir: DataDir = "",
    url: Url = DEFAULT_URL,
    key: Key = "",
) -> None:
    """Give a user a new password; their logins end."""
    new = _password(password_stdin)
    if local:
        from swarmscope.model.access import LOCAL

        _local(config, data_dir).change(LOCAL, name, password=new)
    else:
        with _api(url, key) as api:
            api.request("PATCH", _path(name), json={"password": new})
    print(f"{name} has a new password")


@users.command("remove")
def remove(name: Name, url: Url = DEFAULT_URL, key: Key = "") -> None:
    """Remove a user; what they did stays in the audit log."""
    with _api(url, key) as api:
        api.request("DELETE", _path(name))
    print(f"{name} is removed")


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


def _local(config: ConfigFile, data_dir: str) -> Users:
    from swarmscope.catalog.catalog import Catalog
    from swarmscope.cli.server import load_config

    settings = load_config(config, data_dir)
    return Catalog(settings.storage.catalog_url or settings.data_dir / "catalog.db").users


def _api(url: str, key: str) -> Api:
    from swarmscope.cli.client import Api

    return Api(url, key)


def _path(name: str) -> str:
    return f"/users/{quote(name, safe='')}"


def _shown(user: dict[str, Any]) -> dict[str, Any]:
    """Times as dates, zero as nothing."""
    from swarmscope.cli.output import date

    times = {"made": "created_at_s", "seen": "seen_at_s", "disabled": "disabled_at_s"}
    return {**{k: user[k] for k in ("name", "role", "tenant")}, **{k: date(user[v]) for k, v in times.items()}}
