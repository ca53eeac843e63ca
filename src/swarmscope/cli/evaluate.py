"""The evaluations on public data as a command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from swarmscope.cli.options import Json

if TYPE_CHECKING:
    from swarmscope.bench.evaluate.table import Result


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(evaluate)


def evaluate(
    data: Annotated[
        Path, typer.Option("--data", help="Folder with the public data sets, one folder each; see docs/evaluation.md.")
    ],
    only: Annotated[list[str] | None, typer.Option("--only", help="This evaluation; may be given again.")] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="The table as documents hold it.")] = False,
    json: Json = False,
) -> None:
    """Judge the detectors on labelled public data: every figure beside published ones."""
    from rich.console import Console

    from swarmscope.bench.evaluate import table
    from swarmscope.cli.failures import EXIT_USAGE, CommandError
    from swarmscope.cli.output import show_json, show_rows

    if not data.is_dir():
        raise CommandError(f"--data {str(data)!r} is no folder", EXIT_USAGE)
    notes = Console(stderr=True, highlight=False)
    try:
        results = table.run(data, only or (), lambda r: notes.print(f"[dim]{r.part.name}: {r.seconds:.0f} s[/dim]"))
    except ValueError as e:
        raise CommandError(f"--only: {e}", EXIT_USAGE) from e
    if markdown:
        typer.echo(table.markdown(results), nl=False)
    elif json:
        show_json([_document(r) for r in results])
    else:
        shown = [_line(r, row) for r in results for row in r.rows]
        show_rows(
            shown, ("data", "measure", "here", "reference", "verdict", "notes"), False, empty="nothing was measured"
        )
        for result in results:
            if result.left_out:
                notes.print(f"{result.part.name} left out: {result.left_out}", markup=False)


def _line(result: Result, row: Any) -> dict[str, Any]:
    from swarmscope.bench.evaluate.table import verdict

    sign = "≥" if row.better == "higher" else "≤"
    return {
        "data": row.dataset,
        "measure": row.metric,
        "here": f"{row.ours:.4g}",
        "reference": "" if row.reference is None else f"{sign} {row.reference:.4g}",
        "verdict": verdict(row),
        "notes": row.note,
    }


def _document(result: Result) -> dict[str, Any]:
    from swarmscope.bench.evaluate.table import verdict

    rows = [
        {"data": r.dataset, "measure": r.metric, "value": r.ours, "reference": r.reference, "better": r.better,
         "verdict": verdict(r), "note": r.note}
        for r in result.rows
    ]  # fmt: skip
    part = result.part
    return {
        "name": part.name,
        "about": part.about,
        "source": part.source,
        "seconds": round(result.seconds, 2),
        "left_out": result.left_out,
        "rows": rows,
    }
