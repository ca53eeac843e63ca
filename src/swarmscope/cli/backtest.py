"""Replaying the past through a detector as a command."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from swarmscope.cli.options import DEFAULT_URL, Json, Key, Url

if TYPE_CHECKING:
    from swarmscope.bench.backtest import Outcome, Past
    from swarmscope.cli.client import Api


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(backtest)


def backtest(
    detector: Annotated[str, typer.Option("--detector", help="A detector of series, or `ensemble`.")] = "ensemble",
    rule: Annotated[Path | None, typer.Option("--rule", help="A rule file: an alert instead of a detector.")] = None,
    alert: Annotated[str, typer.Option("--alert", help="Which alert of the rule file.")] = "",
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
    """Replay a data set or stored history through a detector or an alert rule: precision, recall, delay, false alarms, curves.

    Labels of stored history are what people called true (or the simulator's --truth).
    """
    from swarmscope.bench.backtest_page import document, page
    from swarmscope.cli.failures import EXIT_USAGE, CommandError
    from swarmscope.cli.output import show_json, show_rows

    if (data is None) == (not history):
        raise CommandError("give one of --data FILE and --history FROM..TO", EXIT_USAGE)
    asked = _Asked(data, labels, history, truth, quiet, grace, url, key)
    outcome = _of_rule(rule, alert, asked) if rule is not None else _of_detector(detector, asked)
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


@dataclass(frozen=True, slots=True)
class _Asked:
    """Over what is replayed, and how it is counted."""

    data: Path | None
    labels: str
    history: str
    truth: Path | None
    quiet: int
    grace: int
    url: str
    key: str


def _of_detector(detector: str, asked: _Asked) -> Outcome:
    from swarmscope.bench import backtest as replayed
    from swarmscope.bench.evaluate.streams import default_judge
    from swarmscope.cli.failures import EXIT_USAGE, CommandError
    from swarmscope.errors import PluginError

    try:
        judge = default_judge(detector)
    except PluginError as e:
        if asked.data is None:
            return _said(detector, asked)
        raise CommandError(f"--detector: {e}", EXIT_USAGE) from e
    if asked.data is not None:
        past = replayed.read_file(asked.data, asked.labels)
    else:
        past = _history(asked.history, asked.truth, asked.url, asked.key)
    return replayed.run(detector, judge, past, asked.quiet, asked.grace)


def _said(detector: str, asked: _Asked) -> Outcome:
    """Of a detector of events or windows, which the server replays."""
    from swarmscope.bench.backtest import FLEET, MINUTES_MAX, of_findings
    from swarmscope.cli.client import Api
    from swarmscope.cli.failures import CommandError
    from swarmscope.query.times import SECOND_NS, moment, parse_moment

    start_s, end_s = _minutes(asked.history, MINUTES_MAX)
    items: list[dict[str, Any]] = []
    at_ns, step_s = start_s * SECOND_NS, 10.0
    with Api(asked.url, asked.key, 120.0) as api:
        labelled = _labelled(api, start_s, end_s, asked.truth)
        while at_ns + step_s * SECOND_NS <= end_s * SECOND_NS:
            params = {"start": moment(at_ns), "end": moment(end_s * SECOND_NS)}
            page = api.request("POST", f"/detectors/{detector}/replay", params=params).json()
            if page["error"]:
                raise CommandError(f"{detector}: {page['error']}")
            items += page["items"]
            until_ns, step_s = parse_moment(page["until"], "until"), page["step_s"]
            if until_ns <= at_ns:
                break
            at_ns = until_ns
    told = [
        {
            "seconds": parse_moment(i["time"], "time") / SECOND_NS,
            "streams": i["participants"] or [i["subject"] if i["subject_kind"] in ("agent", "principal") else FLEET],
            "confidence": i["confidence"],
        }
        for i in items
    ]
    return of_findings(detector, told, start_s, end_s, step_s, labelled, asked.quiet, asked.grace)


def _of_rule(file: Path, alert: str, asked: _Asked) -> Outcome:
    from swarmscope.bench import backtest_rules as rules
    from swarmscope.bench.backtest import MINUTES_MAX, read_file
    from swarmscope.cli.client import Api

    rule = rules.rule_of(file, alert)
    if asked.data is not None:
        past = read_file(asked.data, asked.labels, scaled=False)
        ask, end_s = rules.of_data(past)
        labelled = {"": past.windows[0]}
        return rules.replayed(rule, ask, past.start_s, end_s, past.step_s, labelled, asked.grace, asked.quiet)
    start_s, end_s = _minutes(asked.history, MINUTES_MAX)
    with Api(asked.url, asked.key) as api:
        known = _labelled(api, start_s, end_s, asked.truth)

        def over_time(text: str) -> rules.Series:
            params = {"query": text, "start": start_s, "end": end_s, "step": 60}
            answer = api.get("/api/v1/query_range", **params)["data"]["result"]
            return [(r["metric"], [(float(at), float(v)) for at, v in r["values"]]) for r in answer]

        labelled = {
            agent: [(max(0, int((a - start_s) // 60)), int((b - start_s) // 60)) for a, b in spans if b >= start_s]
            for agent, spans in known.items()
        }
        return rules.replayed(rule, over_time, start_s, end_s, 60.0, labelled, asked.grace, asked.quiet)


def _line(outcome: Outcome, point: Any) -> dict[str, Any]:
    return {
        "threshold": f"{point.threshold:g}{' *' if point is outcome.best else ''}"
        + (" in force" if point.threshold == outcome.own else ""),
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

    start_s, end_s = _minutes(span, replayed.MINUTES_MAX)
    with Api(url, key) as api:
        query = {"query": replayed.history_sql(start_s, end_s), "format": "json", "limit": replayed.ROWS_MAX}
        rows = api.post("/sql", query)["rows"]
        labelled = _labelled(api, start_s, end_s, truth)
    return replayed.of_history(rows, start_s, end_s, labelled)


def _minutes(span: str, most: int) -> tuple[int, int]:
    """Whole minutes of FROM..TO, in seconds."""
    from swarmscope.cli.failures import EXIT_USAGE, CommandError
    from swarmscope.query.times import SECOND_NS, window

    start, dots, end = span.partition("..")
    if not dots:
        raise CommandError(f"--history {span!r} is no FROM..TO, e.g. -3h..now", EXIT_USAGE)
    within = window(start or None, end or None)
    start_s = within.start_ns // SECOND_NS // 60 * 60
    return start_s, min(within.end_ns // SECOND_NS // 60 * 60, start_s + most * 60)


def _labelled(api: Api, start_s: int, end_s: int, truth: Path | None) -> dict[str, list[tuple[float, float]]]:
    from swarmscope.query.times import SECOND_NS, moment

    if truth is not None:
        return _of_truth(truth)
    asked = {"start": moment(start_s * SECOND_NS), "end": moment(end_s * SECOND_NS)}
    return _of_findings(api.get("/findings", feedback="true", limit=1000, **asked)["items"])


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
