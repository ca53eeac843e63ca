"""What commands print: tables and facts for people, JSON for programs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

STATE_STYLES = {
    "working": "green", "waiting": "cyan", "idle": "dim", "looping": "yellow", "wedged": "red", "abandoned": "red bold",
    "error": "red", "ERROR": "red", "FATAL": "red bold", "WARN": "yellow", "missed": "red", "reached": "green", "ok": "green",
    "failed": "red", "failing": "red",
}  # fmt: skip


def console() -> Console:
    """Standard output, as wide as the terminal, or 160 columns when piped."""
    return Console(width=None if sys.stdout.isatty() else 160, highlight=False)


def show_json(value: Any) -> None:
    """One JSON document, indented on a terminal."""
    option = orjson.OPT_INDENT_2 if sys.stdout.isatty() else 0
    sys.stdout.write(orjson.dumps(value, option=option | orjson.OPT_NON_STR_KEYS, default=str).decode() + "\n")


def cell(value: Any) -> Text:
    """One table cell; known states are coloured."""
    if value is None or value == "":
        return Text("–", style="dim")
    if isinstance(value, float):
        return Text(f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}")
    if isinstance(value, bool):
        return Text("yes" if value else "no")
    if isinstance(value, int):
        return Text(f"{value:,}")
    if isinstance(value, (dict, list)):
        return Text(orjson.dumps(value, default=str).decode())
    text = str(value)
    return Text(text, style=STATE_STYLES.get(text, ""))


def table_of(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], title: str = "") -> Table:
    """A rich table of `columns` (a dotted name reaches into nested objects)."""
    table = Table(title=title or None, box=None, header_style="bold", pad_edge=False)
    materialised = list(rows)
    for name in columns:
        numeric = any(isinstance(pick(r, name), (int, float)) for r in materialised)
        table.add_column(
            name.rsplit(".", 1)[-1].replace("_", " "),
            justify="right" if numeric else "left",
            overflow="ellipsis",
            no_wrap=True,
        )
    for row in materialised:
        table.add_row(*(cell(pick(row, name)) for name in columns))
    return table


def date(seconds: float) -> str:
    """Seconds since the epoch as a minute, UTC; zero as nothing."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M") if seconds else ""


def pick(row: Mapping[str, Any], name: str) -> Any:
    """row["a"]["b"] for "a.b"; None where a step is missing."""
    value: Any = row
    for step in name.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(step)
    return value


def show_rows(
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
    as_json: bool,
    title: str = "",
    empty: str = "nothing found",
) -> None:
    """Rows as a table, or as a JSON array."""
    if as_json:
        show_json(list(rows))
    elif not rows:
        console().print(f"[dim]{empty}[/dim]")
    else:
        console().print(table_of(rows, columns, title))


def show_facts(facts: Mapping[str, Any], as_json: bool) -> None:
    """Names and values as two columns, or as a JSON object."""
    if as_json:
        show_json(dict(facts))
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column()
    for name, value in facts.items():
        table.add_row(name.replace("_", " "), cell(value))
    console().print(table)
