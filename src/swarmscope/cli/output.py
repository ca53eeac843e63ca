"""What commands print: tables and facts for people, JSON for programs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

STATE_STYLES = {
    "working": "green", "waiting": "cyan", "idle": "dim", "looping": "yellow", "wedged": "red", "abandoned": "red bold",
    "error": "red", "ERROR": "red", "FATAL": "red bold", "WARN": "yellow", "missed": "red", "reached": "green", "ok": "green",
    "failed": "red", "failing": "red",
}  # fmt: skip


PIPED_WIDTH = 100_000
LEAST_WIDTH = 8


_COMMANDS = dict.fromkeys(
    {*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)} - {*b"\t\n"}
)


def harmless(text: str) -> str:
    """Without characters that a terminal obeys instead of showing: control characters and those that turn the direction."""
    return text.translate(_COMMANDS)


class _Terminal(Console):
    """What agents sent is shown by it, and never obeyed by the terminal behind it."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        """See Console."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=harmless(segment.text))


def console() -> Console:
    """Standard output, as wide as the terminal; piped, no line is wrapped or cut."""
    return _Terminal(width=None if sys.stdout.isatty() else PIPED_WIDTH, highlight=False)


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
    """A rich table of `columns` (a dotted name reaches into nested objects); where room is short, long texts are cut first."""
    table = Table(title=title or None, box=None, header_style="bold", pad_edge=False)
    materialised = list(rows)
    heads = [name.rsplit(".", 1)[-1].replace("_", " ") for name in columns]
    lines = [[cell(pick(row, name)) for name in columns] for row in materialised]
    natural = [max(len(head), *(line[i].cell_len for line in lines), 1) for i, head in enumerate(heads)]
    whole = [head == "id" or head.endswith(" id") for head in heads]
    for name, head, width in zip(columns, heads, fitted(natural, whole, console().width - 2 * len(heads)), strict=True):
        numeric = any(isinstance(pick(r, name), (int, float)) for r in materialised)
        table.add_column(
            head,
            justify="right" if numeric else "left",
            overflow="ellipsis",
            no_wrap=True,
            min_width=width,
            max_width=width,
        )
    for line in lines:
        table.add_row(*line)
    return table


def fitted(natural: Sequence[int], whole: Sequence[bool], room: int) -> list[int]:
    """Widths of columns that together take `room`: the widest are cut to one measure, ids (`whole`) only at the very last.

    Never less than LEAST_WIDTH (or what the column needs), so that in a narrow window the right of the table is cut instead.
    """
    held = sum(w for w, keep in zip(natural, whole, strict=True) if keep)
    free = sorted(w for w, keep in zip(natural, whole, strict=True) if not keep)
    left, cap = room - held, 0
    for i, width in enumerate(free):
        cap = max(left // (len(free) - i), LEAST_WIDTH)
        if width > cap:
            break
        left -= width
    else:
        return list(natural)
    return [w if keep else min(w, cap) for w, keep in zip(natural, whole, strict=True)]


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
