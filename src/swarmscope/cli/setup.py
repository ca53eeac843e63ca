"""`swarmscope setup`: the frameworks of a project, and the exact lines to add."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from swarmscope.cli.options import DEFAULT_URL, Json, Key, Url

if TYPE_CHECKING:
    from swarmscope.connect.find import Found
    from swarmscope.connect.snippets import Place, Snippet

SHOWN_MAX = 3


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(setup)


def setup(
    project: Annotated[
        Path, typer.Argument(metavar="DIR", help="The project to look at; nothing in it is changed.")
    ] = Path(),
    framework: Annotated[
        list[str] | None,
        typer.Option("--framework", "-f", help="Print the lines of this one, found or not; repeatable."),
    ] = None,
    url: Url = DEFAULT_URL,
    key: Key = "",
    json: Json = False,
) -> None:
    """Find the agent frameworks of a project and print the lines that let Swarmscope see them."""
    from swarmscope.cli.output import console, show_json
    from swarmscope.connect import find, snippets

    place = snippets.Place(url, key)
    chosen = [find.Found(snippets.framework(name), []) for name in framework or ()]
    found = chosen or find.find(project)
    if json:
        show_json([_as_json(f, place) for f in found])
        return
    if not found:
        known = ", ".join(f"{f.id}" for f in snippets.frameworks())
        console().print(
            f"No framework that is known was found in {project.resolve()}.\n"
            f"Print the lines of one with --framework NAME ({known}); any OpenTelemetry SDK works by environment alone.",
            markup=False,
        )
        return
    for one in found:
        _show(one, snippets.snippet(one.framework, place))


def _as_json(found: Found, place: Place) -> dict[str, Any]:
    from swarmscope.connect import snippets

    snippet = snippets.snippet(found.framework, place)
    return {
        "framework": found.framework.id,
        "label": found.framework.label,
        "evidence": [asdict(e) for e in found.evidence],
        "instrumented": found.instrumented,
        "covered_by": found.covered_by,
        "entry": found.entry,
        "install": list(found.framework.install),
        "environment": snippets.variables(found.framework, place),
        "setup": snippet.setup,
        "example": snippet.example,
    }


def _show(found: Found, snippet: Snippet) -> None:
    from rich.markup import escape
    from rich.syntax import Syntax

    from swarmscope.cli.output import console

    out = console()
    where = [f"{e.file}:{e.line}" if e.line else e.file for e in found.evidence]
    more = f" and {len(where) - SHOWN_MAX} more" if len(where) > SHOWN_MAX else ""
    told = f"  [dim]{escape(', '.join(where[:SHOWN_MAX]))}{more}[/dim]" if where else ""
    out.print(f"\n[bold]{escape(snippet.label)}[/bold]{told}")
    if found.covered_by:
        out.print(
            f"Nothing to do: what you add for {found.covered_by} sees these calls too; both would count them twice."
        )
        return
    if found.instrumented:
        out.print("The project is instrumented already; only the environment is missing.")
    steps = [("" if found.instrumented else snippet.install, "Install", "bash"), (snippet.environment, "Set", "bash")]
    if not found.instrumented:
        at = f"Add at the start of {found.entry}" if found.entry else "Add at the start of the program"
        steps.append((snippet.setup, at if snippet.language != "shell" else "Run", snippet.language))
    for text, title, language in steps:
        if text:
            out.print(f"\n[dim]# {escape(title)}[/dim]", soft_wrap=True)
            out.print(
                Syntax(text, {"node": "js", "shell": "bash"}.get(language, language), background_color="default")
                if out.is_terminal
                else text,
                markup=False,
                soft_wrap=True,
            )
    out.print()
