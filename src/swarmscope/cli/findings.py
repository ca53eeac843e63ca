"""The command `findings`: what detectors reported, one of them whole, new ones as they come, and what a person says of one."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from swarmscope.cli.options import Asked, Limit, Since, asks

if TYPE_CHECKING:
    from swarmscope.cli.client import Api

COLUMNS = ("id", "time", "severity", "title", "kind", "chance", "said")
STYLES = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan", "info": "dim"}
POLL_S = 2.0
NEWS = "-15m"  # a finding may be about something that began before it was told
SEEN_MAX = 10_000
SHARES = ("_ratio", "repetition")
"""Signals that end so are parts of a whole."""


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(findings)


@asks
def findings(
    asked: Asked,
    finding: Annotated[str, typer.Argument(help="One finding's id; none lists them.")] = "",
    severity: Annotated[str, typer.Option("--severity", help="critical, high, medium, low, info; several by comma.")] = "",
    kind: Annotated[str, typer.Option("--kind", help="latency, loop, sql_injection …; several by comma.")] = "",
    detector: Annotated[str, typer.Option("--detector", help="Of these detectors; several by comma.")] = "",
    subject: Annotated[str, typer.Option("--subject", help="About these agents or principals; several by comma.")] = "",
    words: Annotated[str, typer.Option("--find", help="Part of title, subject or explanation.")] = "",
    feedback: Annotated[str, typer.Option("--said", help="What people said: open, true, false; several by comma.")] = "",
    say: Annotated[
        Literal["", "true", "false", "withdrawn"], typer.Option("--say", help="Say of this finding whether it was true.")
    ] = "",
    note: Annotated[str, typer.Option("--note", help="Why, with --say.")] = "",
    follow: Annotated[bool, typer.Option("--follow", "-F", help="Go on with what is found from now on.")] = False,
    seconds: Annotated[
        float, typer.Option("--seconds", min=0, help="Stop following after so long; 0 runs until interrupted.")
    ] = 0.0,
    since: Since = "1h",
    limit: Limit = 50,
) -> None:  # fmt: skip
    """List what detectors found, show one finding, follow new ones, or say whether one was true."""
    from swarmscope.cli.durations import start_of
    from swarmscope.cli.failures import EXIT_USAGE, CommandError
    from swarmscope.cli.output import show_json, show_rows

    if say and not finding:
        raise CommandError("--say needs the id of a finding", EXIT_USAGE)
    filters = {
        "severity": severity,
        "kind": kind,
        "detector": detector,
        "subject": subject,
        "q": words,
        "feedback": feedback,
    }
    with asked.api() as api:
        if finding:
            _one(api, finding, say, note, asked.json)
            return
        page = api.get("/findings", start=start_of(since), limit=min(limit, 1000), **filters)
        if not follow:
            if asked.json:
                show_json(page)
            else:
                show_rows([line(r) for r in page["items"]], COLUMNS, False, empty="nothing was found")
            return
        _follow(api, page["items"], filters, asked.json, seconds)


def line(row: Mapping[str, Any]) -> dict[str, Any]:
    """A Finding with what people read in a table."""
    return {
        **row,
        "time": row["end"][11:19],
        "chance": chance(row["confidence"]),
        "said": row["feedback"] or "",
    }


def chance(confidence: float | None) -> str:
    """How rarely chance gives as much: 0.999 → 1 in 1,000."""
    if confidence is None:
        return ""
    tail = 1 - confidence
    if tail >= 0.2:
        return f"{tail:.0%}"
    return f"1 in {1 / tail:,.0f}" if tail > 1e-6 else f"1 in {1 / max(tail, 1e-15):.0e}"


def _one(api: Api, finding: str, say: str, note: str, as_json: bool) -> None:
    from urllib.parse import quote

    from swarmscope.cli.output import show_facts, show_json

    path = f"/findings/{quote(finding, safe='')}"
    if say:
        api.post(f"{path}/feedback", {"verdict": say, "note": note})
    found = api.get(path)
    if as_json:
        show_json(found)
        return
    threshold = found["threshold"]
    show_facts(
        {
            "title": found["title"],
            "severity": found["severity"],
            "kind": found["kind"],
            "subject": f"{found['subject_kind']} {found['subject']}".strip(),
            "why": found["explanation"],
            "try": found["recommendation"],
            "observed": value_of(found, "observed"),
            "expected": value_of(found, "expected"),
            "normal": _band(found),
            "chance": chance(found["confidence"]),
            "contributed": ", ".join(f"{f['name']} {f['share']:.0%}" for f in found["features"]),
            "evidence": ", ".join(f"{e['kind']} {e['reference']}" for e in found["evidence"]),
            "from": found["start"],
            "to": found["end"],
            "detector": f"{found['detector']}, version {found['version']}",
            "said": found["feedback"],
            "threshold": f"10^{threshold['decades']:g} times rarer than at first" if threshold["decades"] else None,
        },
        False,
    )  # fmt: skip


def value_of(found: Mapping[str, Any], which: str) -> str | None:
    """One of its figures with the unit; a share in percent."""
    value = found[which]
    if value is None:
        return None
    if found["unit"] == "1":
        return f"{100 * value:.3g} %" if found["signal"].endswith(SHARES) else f"{value:.4g}"
    return f"{value:.4g} {found['unit']}".strip()


def _band(found: Mapping[str, Any]) -> str | None:
    lower, upper = value_of(found, "lower"), value_of(found, "upper")
    return None if lower is None or upper is None else f"{lower} to {upper}"


def _follow(api: Api, first: list[dict[str, Any]], filters: dict[str, str], as_json: bool, seconds: float) -> None:
    deadline = time.monotonic() + seconds if seconds else float("inf")
    seen = {item["id"]: None for item in api.get("/findings", start=NEWS, limit=1000, **filters)["items"]}
    for item in first:
        seen.pop(item["id"], None)
    items = first
    while True:
        for item in reversed(items):
            if item["id"] not in seen:
                seen[item["id"]] = None
                _print(item, as_json)
        while len(seen) > SEEN_MAX:
            del seen[next(iter(seen))]
        if time.monotonic() >= deadline:
            return
        time.sleep(min(POLL_S, max(0.0, deadline - time.monotonic())))
        items = api.get("/findings", start=NEWS, limit=1000, **filters)["items"]


def _print(item: Mapping[str, Any], as_json: bool) -> None:
    import orjson
    from rich.text import Text

    from swarmscope.cli.output import console

    if as_json:
        print(orjson.dumps(item).decode(), flush=True)
        return
    severity = item["severity"]
    console().print(
        Text.assemble(
            (item["found"][11:19], "dim"), " ", (f"{severity:8}", STYLES.get(severity, "")), " ", str(item["title"]), " ",
            (f"{chance(item['confidence'])} · {item['id']}", "dim"),
        )
    )  # fmt: skip
