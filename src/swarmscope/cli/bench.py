"""The benchmark as a command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from swarmscope.cli.options import ConfigFile, DataDir, Json

if TYPE_CHECKING:
    from swarmscope.bench.figures import Figure
    from swarmscope.bench.suite import Suite

QUICK_SCALE = 0.05


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(bench)


def bench(
    suites: Annotated[
        list[str] | None, typer.Argument(help="What to measure: names as `list` shows them, or `all`.")
    ] = None,
    scale: Annotated[
        float, typer.Option("--scale", min=0.001, max=10, help="Size of the loads; targets are stated for 1.")
    ] = 1.0,
    quick: Annotated[
        bool, typer.Option("--quick", help="A twentieth of the size: shows that it works, judges little.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Same seed, same payload.")] = 1,
    seconds: Annotated[float, typer.Option("--seconds", min=1, help="Length of loads that last a time.")] = 20.0,
    phoenix_url: Annotated[str, typer.Option("--phoenix-url", help="A running Phoenix for the suite `peer`.")] = "",
    history: Annotated[bool, typer.Option("--history", help="Show earlier results instead of measuring.")] = False,
    config: ConfigFile = None,
    data_dir: DataDir = "",
    json: Json = False,
) -> None:
    """Measure this install: each figure with its target, a score from 0 to 100, and what to do about what was missed."""
    from rich.console import Console

    from swarmscope.bench import history as runs
    from swarmscope.bench import machine
    from swarmscope.bench.suite import Context, found, run
    from swarmscope.cli.output import show_facts, show_rows
    from swarmscope.cli.server import load_config

    settings = load_config(config, data_dir)
    folder, known = settings.data_dir, found(settings)
    if history:
        show_rows(
            [_line(r) for r in runs.read(folder)],
            ("time", "score", "rating", "suites", "cpu", "scale"),
            json,
            empty="no runs yet",
        )
        return
    if suites == ["list"] or not suites:
        show_rows(
            [{"suite": s.name, "about": s.about, "in all": s.by_default} for s in known.values()],
            ("suite", "about", "in all"),
            json,
        )
        return
    chosen = _chosen(suites, known, phoenix_url)
    facts = machine.facts()
    notes = Console(stderr=True, highlight=False)
    if not json:
        show_facts(facts, False)
    context = Context(
        QUICK_SCALE if quick else scale, seed, seconds, lambda text: notes.print(f"[dim]{text} …[/dim]"), phoenix_url
    )
    results = run(chosen, context, lambda name, figure: _tell(name, figure, json))
    document = _document(facts, context.scale, results)
    runs.add(folder, document)
    _conclude(document, json)


def _chosen(names: list[str], known: dict[str, Suite], phoenix_url: str) -> list[Suite]:
    from swarmscope.cli.failures import EXIT_USAGE, CommandError

    if unknown := [n for n in names if n not in known and n != "all"]:
        raise CommandError(f"no suite {unknown[0]!r}; there are {', '.join(known)} and all", EXIT_USAGE)
    if "peer" in names and not phoenix_url:
        raise CommandError("`peer` needs --phoenix-url http://127.0.0.1:6006 of a running Phoenix", EXIT_USAGE)
    return [s for s in known.values() if s.name in names or ("all" in names and s.by_default)]


def _tell(suite: str, figure: Figure, as_json: bool) -> None:
    from rich.markup import escape

    from swarmscope.bench.figures import shown
    from swarmscope.cli.output import console

    if as_json:
        return
    sign = "≥" if figure.better == "higher" else "≤"
    verdict = {True: "[green]reached[/green]", False: "[red]missed[/red]", None: ""}[figure.reached]
    target = f"  ({sign} {shown(figure.target)})" if figure.target is not None else ""
    out = console()
    out.print(
        f"[bold]{suite:12}[/bold] {escape(figure.name)}: [bold]{shown(figure.value)} {figure.unit}[/bold]{target} {verdict}"
    )
    if figure.note:
        out.print(f"             [dim]{escape(figure.note)}[/dim]")


def _document(facts: dict[str, Any], scale: float, results: list[Any]) -> dict[str, Any]:
    from swarmscope.bench.figures import overall, rating, recommendations

    score = overall(results)
    return {
        "machine": facts,
        "scale": scale,
        "score": round(score, 1),
        "rating": rating(score),
        "suites": [r.json() for r in results],
        "recommendations": recommendations(results),
    }


def _conclude(document: dict[str, Any], as_json: bool) -> None:
    from rich.markup import escape

    from swarmscope.cli.failures import EXIT_FAILED
    from swarmscope.cli.output import console, show_json

    if as_json:
        show_json(document)
    else:
        out = console()
        out.print(f"score [bold]{document['score']:.0f}[/bold] of 100, {document['rating']}")
        for line in document["recommendations"]:
            out.print(f"- {escape(line)}")
    if any(s["error"] for s in document["suites"]):
        raise typer.Exit(EXIT_FAILED)


def _line(run: dict[str, Any]) -> dict[str, Any]:
    from datetime import UTC, datetime

    moment = datetime.fromtimestamp(run["time_s"], UTC).isoformat()[:19]
    names = ", ".join(f"{s['suite']} {s['score']}" for s in run["suites"])
    return {
        "time": moment,
        "score": run["score"],
        "rating": run["rating"],
        "suites": names,
        "cpu": run["machine"]["cpu"],
        "scale": run["scale"],
    }
