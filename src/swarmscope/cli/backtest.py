"""Replaying the past through a detector as a command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from swarmscope.cli.options import DEFAULT_URL, Json, Key, Url

if TYPE_CHECKING:
    from swarmscope.bench.backtest import Outcome, Past


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(backtest)


def backtest(
    detector: Annotated[str, typer.Option("--detector", help="A detector of series, or `ensemble`.")] = "ensemble",
    data: Annotated[Path | None, typer.Option("--data", help="A CSV with a time and numbers, or an .npz.")] = None,
    labels: Annotated[str, typer.Option("--labels", help="A column of 0 and 1, or a CSV with start and end.")] = "",
    history: Annotated[str, typer.Option("--history", help="Stored history, FROM..TO, e.g. -3h..now.")] = "",
    truth: Annotated[Path | None, typer.Option("--truth", help="What the simulator wrote with --truth.")] = None,
    quiet: Annotated[int, typer.Option("--quiet", min=0, help="Rows after an alarm that belong to it.")] = 30,
    grace: Annotated[int, typer.Option("--grace", min=0, help="Rows after a window in which an alarm is right.")] = 2,
    html: Annotated[Path | None, typer.Option("--html", help="Write the report here, one file.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write the report as JSON here.")] = None,
    url: Url = DEFAULT_URL,
    key: Key = "",
    json: Json = False,
) -> None:
    """Replay a data set or stored history through a detector: precision, recall, delay, false alarms, threshold curves.

    Labels of stored history are what people called true (or the simulator's --truth).
    """
    from swarmscope.bench import backtest as replayed
    from swarmscope.bench.backtest_page import document, page
    from swarmscope.bench.evaluate.streams import default_judge
    from swarmscope.cli.failures import EXIT_USAGE, CommandError
    from swarmscope.cli.output import show_json, show_rows
    from swarmscope.errors import PluginError

    if (data is None) == (not history):
        raise CommandError("give one of --data FILE and --history FROM..TO", EXIT_USAGE)
    try:
        judge = default_judge(detector)
    except PluginError as e:
        raise CommandError(f"--detector: {e}", EXIT_USAGE) from e
    past = replayed.read_file(data, labels) if data is not None else _history(history, truth, url, key)
    outcome = replayed.run(detector, judge, past, quiet, grace)
    said = document(outcome)
    if html is not None:
        html.write_text(page(outcome), encoding="utf-8")
    if out is not None:
        import orjson

        out.write_bytes(orjson.dumps(said, option=orjson.OPT_INDENT_2))
    if json:
        show_json(said)
        return
    show_rows([_line(outcome, p) for p in outcome.curve], tuple(_line(outcome, outcome.curve[0])), False)


def _line(outcome: Outcome, point: Any) -> dict[str, Any]:
    return {
        "threshold": f"{point.threshold:g}{' *' if point is outcome.best else ''}",
        "precision": f"{point.precision:.3f}",
        "recall": f"{point.recall:.3f}",
        "F1": f"{point.f1:.3f}",
        "delay (s)": f"{point.delay_s:.0f}",
        "false per day": f"{point.false_per_day:.2f}",
        "alarms": point.alarms,
    }


def _history(span: str, truth: Path | None, url: str, key: str) -> Past:
    from swarmscope.bench import backtest as replayed
    from swarmscope.cli.client import Api
    from swarmscope.cli.failures import EXIT_USAGE, CommandError
    from swarmscope.query.times import SECOND_NS, moment, window

    start, dots, end = span.partition("..")
    if not dots:
        raise CommandError(f"--history {span!r} is no FROM..TO, e.g. -3h..now", EXIT_USAGE)
    within = window(start or None, end or None)
    start_s = within.start_ns // SECOND_NS // 60 * 60
    end_s = min(within.end_ns // SECOND_NS // 60 * 60, start_s + replayed.MINUTES_MAX * 60)
    with Api(url, key) as api:
        query = {"query": replayed.history_sql(start_s, end_s), "format": "json", "limit": replayed.ROWS_MAX}
        rows = api.post("/sql", query)["rows"]
        if truth is not None:
            labelled = _of_truth(truth)
        else:
            asked = {"start": moment(start_s * SECOND_NS), "end": moment(end_s * SECOND_NS)}
            labelled = _of_findings(api.get("/findings", feedback="true", limit=1000, **asked)["items"])
    return replayed.of_history(rows, start_s, end_s, labelled)


def _of_truth(path: Path) -> dict[str, list[tuple[float, float]]]:
    import orjson

    out: dict[str, list[tuple[float, float]]] = {}
    for line in path.read_bytes().splitlines():
        fault = orjson.loads(line)
        for agent in fault["agents"]:
            out.setdefault(agent, []).append((fault["start_ns"] / 1e9, fault["end_ns"] / 1e9))
    return out


def _of_findings(items: list[dict[str, Any]]) -> dict[str, list[tuple[float, float]]]:
    from swarmscope.query.times import parse_moment

    out: dict[str, list[tuple[float, float]]] = {}
    for f in items:
        if f["subject_kind"] == "agent":
            out.setdefault(f["subject"], []).append((parse_moment(f["start"]) / 1e9, parse_moment(f["end"]) / 1e9))
    return out
