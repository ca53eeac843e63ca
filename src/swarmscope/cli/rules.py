"""Rule files and alerts: check files before they are used, list what is evaluated and what is active."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from swarmscope.cli.failures import CommandError
from swarmscope.cli.options import DEFAULT_URL, Json, Key, Url

if TYPE_CHECKING:
    from swarmscope.cli.client import Api

RULES = ("group", "rule", "type", "health", "state", "error")
ALERTS = ("alert", "state", "since", "value", "labels", "summary")

rules = typer.Typer(help="Recording and alerting rules, and their alerts.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(rules, name="rules")


@rules.command("check")
def check(files: Annotated[list[Path], typer.Argument(help="Rule files of Prometheus.")]) -> None:
    """Read rule files without a server; every file that cannot be used is told of, and the exit code is 1."""
    from swarmscope.decide.files import load
    from swarmscope.errors import ConfigError

    bad = 0
    for file in files:
        try:
            groups = load([file], 60_000)
        except ConfigError as e:
            bad += 1
            print(f"{file}: {str(e).removeprefix(f'{file}: ')}")
        else:
            print(f"{file}: {sum(len(g.rules) for g in groups)} rules in {len(groups)} groups")
    if bad:
        raise CommandError(f"{bad} of {len(files)} rule files cannot be used")


@rules.command("test")
def test(files: Annotated[list[Path], typer.Argument(help="Files of unit tests, as promtool reads them.")]) -> None:
    """Try rule files on given series, without a server; the exit code is 1 when something is not as the tests say."""
    from swarmscope.decide.trial import run

    failed = 0
    for file in files:
        print(f"Unit Testing:  {file}")
        errors = list(run(file))
        failed += bool(errors)
        print("\n\n".join(["  FAILED:", *errors]) if errors else "  SUCCESS")
        print()
    if failed:
        raise CommandError(f"{failed} of {len(files)} files of tests failed")


@rules.command("list")
def list_rules(url: Url = DEFAULT_URL, key: Key = "", json: Json = False) -> None:
    """The rules that the server evaluates for the key's tenant, and how they fare."""
    from swarmscope.cli.output import show_json, show_rows

    with _api(url, key) as api:
        groups = api.get("/rules", exclude_alerts="true")["data"]["groups"]
    if json:
        show_json(groups)
        return
    rows = [
        {"group": g["name"], "rule": r["name"], "type": r["type"], "health": r["health"], "state": r.get("state", ""),
         "error": r.get("lastError", "")}
        for g in groups
        for r in g["rules"]
    ]  # fmt: skip
    show_rows(rows, RULES, False, empty="no rules; name files in rules.files")


@rules.command("alerts")
def alerts(url: Url = DEFAULT_URL, key: Key = "", json: Json = False) -> None:
    """Alerts that are pending or firing."""
    from swarmscope.cli.output import show_json, show_rows

    with _api(url, key) as api:
        found = api.get("/alerts")["data"]["alerts"]
    if json:
        show_json(found)
    else:
        show_rows([_shown(alert) for alert in found], ALERTS, False, empty="no alert is pending or firing")


def _api(url: str, key: str) -> Api:
    from swarmscope.cli.client import Api

    return Api(url, key)


def _shown(alert: dict[str, Any]) -> dict[str, Any]:
    labels = dict(alert["labels"])
    name = labels.pop("alertname", "")
    notes = alert["annotations"]
    return {
        "alert": name, "state": alert["state"], "since": alert["activeAt"], "value": float(alert["value"]),
        "labels": ", ".join(f"{k}={v}" for k, v in sorted(labels.items())),
        "summary": notes.get("summary", next(iter(notes.values()), "")),
    }  # fmt: skip
