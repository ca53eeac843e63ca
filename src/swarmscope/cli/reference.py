"""The reference part of docs/cli.md, made from the commands themselves: `python -m swarmscope.cli.reference docs/cli.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import typer.main

BEGIN, END = "<!-- reference: begin -->", "<!-- reference: end -->"
REPAIR = "python -m swarmscope.cli.reference docs/cli.md"


def text() -> str:
    """Markdown: every command with its arguments, options and defaults."""
    from swarmscope.cli.root import app

    return "\n".join(_group(typer.main.get_command(app), "swarmscope")).rstrip() + "\n"


def renewed(page: str) -> str:
    """`page` with the part between the marks made anew. ValueError: the marks are missing."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"the page needs a line {BEGIN} and a line {END}")
    return f"{before}{BEGIN}\n\n{text()}\n{END}{after}"


def _group(group: Any, path: str) -> Iterator[str]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _group(command, f"{path} {name}")
        else:
            yield from _command(command, f"{path} {name}")


def _command(command: Any, path: str) -> Iterator[str]:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option" and p.name != "help" and not p.hidden]
    usage = " ".join(f"[{a.name.upper()}{'…' if a.nargs == -1 else ''}]" for a in arguments)
    yield f"### `{' '.join(filter(None, (path, usage)))}`\n"
    yield f"{(command.help or '').strip()}\n"
    if not (arguments or options):
        return
    yield "| | default | |"
    yield "|---|---|---|"
    for one in arguments:
        yield f"| `{one.name.upper()}` | {_default(one)} | {_about(one)} |"
    for one in options:
        yield f"| {', '.join(f'`{o}`' for o in one.opts)} | {_default(one)} | {_about(one)} |"
    yield ""


def _default(parameter: Any) -> str:
    value = parameter.default
    if value is None or value in ("", -1) or isinstance(value, bool):
        return ""
    return f"`{getattr(value, 'value', value)}`"


def _about(parameter: Any) -> str:
    variable = f" (`{parameter.envvar}`)" if getattr(parameter, "envvar", None) else ""
    choices = _choices(getattr(getattr(parameter, "type_descriptor", None), "annotation", None))
    listed = f" One of {', '.join(choices)}." if choices else ""
    return f"{parameter.help or ''}{listed}{variable}".replace("|", "\\|")


def _choices(annotation: Any) -> list[str]:
    if get_origin(annotation) is Literal:
        return [str(value) for value in get_args(annotation)]
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return [str(member.value) for member in annotation]
    return []


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.write_text(renewed(target.read_text("utf-8")), "utf-8")
