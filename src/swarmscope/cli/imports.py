"""`swarmscope import`: files of OTLP JSON lines, as the SDK's local sink and the Collector's file exporter write them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from swarmscope.cli.options import DEFAULT_URL, Json, Key, Url

_SIGNALS = {"resourceSpans": "traces", "resourceLogs": "logs", "resourceMetrics": "metrics"}
_REJECTED = ("rejectedSpans", "rejectedLogRecords", "rejectedDataPoints")
LINE_MAX_BYTES = 64 * 1024 * 1024
ATTEMPTS_MAX = 20
WAIT_MAX_S = 30.0


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("import")(import_files)


def import_files(
    files: Annotated[
        list[Path], typer.Argument(help="OTLP JSON lines; `-` is standard input.", exists=False, allow_dash=True)
    ],
    live: Annotated[bool, typer.Option("--live", help="As if it came just now; else by the backfill lane.")] = False,
    url: Url = DEFAULT_URL,
    key: Key = "",
    json: Json = False,
) -> None:
    """Send files of OTLP JSON lines to the server; each line is durable when it has been counted."""
    from rich.progress import Progress

    from swarmscope.cli.client import Api
    from swarmscope.cli.output import show_facts

    totals = dict.fromkeys(("lines", *_SIGNALS.values(), "rejected"), 0)
    with Api(url, key) as api, Progress(transient=True, disable=json) as progress:
        for file in files:
            size = file.stat().st_size if file.is_file() else None
            task = progress.add_task(file.name, total=size)
            for number, line in _lines(file):
                signal, rejected = _send(api, line, f"{file}:{number}", live)
                totals["lines"] += 1
                totals[signal] += 1
                totals["rejected"] += rejected
                progress.advance(task, len(line))
    show_facts(totals, json)


def _lines(file: Path) -> Iterator[tuple[int, bytes]]:
    import sys

    from swarmscope.cli.failures import CommandError

    try:
        with sys.stdin.buffer if str(file) == "-" else file.open("rb") as source:
            for number, line in enumerate(iter(lambda: source.readline(LINE_MAX_BYTES + 1), b""), 1):
                if len(line) > LINE_MAX_BYTES:
                    raise CommandError(f"{file}:{number} is longer than {LINE_MAX_BYTES} bytes; split it")
                if line.strip():
                    yield number, line
    except OSError as e:
        raise CommandError(f"cannot read {file}: {e.strerror}") from e


def _send(api: Any, line: bytes, where: str, live: bool) -> tuple[str, int]:
    """Send one line; the signal and how many items were refused. Waits when the server says so."""
    import orjson

    from swarmscope.cli.client import refusal
    from swarmscope.cli.failures import CommandError

    try:
        tree = orjson.loads(line)
    except orjson.JSONDecodeError as e:
        raise CommandError(f"{where} is not JSON: {e}") from e
    names = [name for name in _SIGNALS if isinstance(tree, dict) and name in tree]
    if len(names) != 1:
        raise CommandError(f"{where} has none or several of {', '.join(_SIGNALS)}; is this a file of OTLP JSON lines?")
    signal = _SIGNALS[names[0]]
    headers = {"content-type": "application/json", "x-swarmscope-lane": "live" if live else "backfill"}
    for attempt in range(ATTEMPTS_MAX):
        answer = api.send("POST", f"/v1/{signal}", content=line, headers=headers)
        if answer.status_code not in (429, 503):
            break
        time.sleep(min(_wait_s(answer.headers.get("retry-after", "")) + 0.1 * attempt, WAIT_MAX_S))
    if answer.is_error:
        refused = refusal(answer, f"/v1/{signal}")
        raise CommandError(f"{where}: {refused}", refused.exit_code)
    partial = answer.json().get("partialSuccess", {})
    return signal, sum(int(partial.get(name, 0)) for name in _REJECTED)


def _wait_s(retry_after: str) -> float:
    """Seconds of a Retry-After header: a number or a date (RFC 9110, 10.2.3); 1 where it says neither."""
    from datetime import UTC, datetime
    from email.utils import parsedate_to_datetime

    try:
        if retry_after.strip().isdecimal():
            return float(retry_after)
        until = parsedate_to_datetime(retry_after)
    except ValueError:
        return 1.0
    return max((until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC)).total_seconds(), 0.0)
