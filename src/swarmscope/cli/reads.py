"""Commands that ask a running server: agents, traces, logs, sql."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from swarmscope.cli.options import Asked, Limit, Since, asks

if TYPE_CHECKING:
    from swarmscope.cli.client import Api

AGENT_COLUMNS = (
    "agent", "condition", "reason", "kind", "model", "last_seen", "pending", "spans", "errors", "p95_ms", "tokens",
    "cost_usd", "health",
)  # fmt: skip
TRACE_COLUMNS = (
    "start_time",
    "trace_id",
    "name",
    "agent",
    "duration_ms",
    "spans",
    "errors",
    "tokens",
    "cost_usd",
    "session",
)
LOG_COLUMNS = ("time", "level", "agent", "service", "body", "trace_id")
SESSION_COLUMNS = ("last_time", "session", "agents", "turns", "spans", "errors", "tokens", "cost_usd")

TraceFilter = Annotated[
    str,
    typer.Argument(
        help="What to look for, in the filter language: status:error, agent:a1, duration>2s, words …; or a trace's id."
    ),
]
LogFilter = Annotated[
    str, typer.Argument(help="What to look for, in the filter language: level>=warn, agent:a1, trace_id:…, words …")
]
TRACE_ID = re.compile(r"[0-9a-fA-F]{32}")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(agents)
    app.command()(traces)
    app.command()(sessions)
    app.command()(logs)
    app.command()(sql)


@asks
def agents(
    asked: Asked,
    agent: Annotated[str, typer.Argument(help="One agent's id; none lists the fleet.")] = "",
    query: Annotated[str, typer.Option("--filter", "-f", help="Which agents: condition:failing, model:gpt-4o …")] = "",
    sort: Annotated[str, typer.Option("--sort", help="Column to sort by.")] = "",
    limit: Limit = 50,
) -> None:
    """List the agents with their live state, or show one."""
    from swarmscope.cli import views
    from swarmscope.cli.output import show_json, show_rows

    with asked.api() as api:
        if agent:
            one = api.get(f"/agents/{_segment(agent)}")
            show_json(one) if asked.json else views.show_agent(one)
            return
        page = api.get("/agents", q=query, sort=sort, limit=limit)
    if asked.json:
        show_json(page)
        return
    views.show_fleet(page["fleet"])
    show_rows([views.agent_line(r) for r in page["items"]], AGENT_COLUMNS, False, empty="no agent matches")
    views.show_rest(len(page["items"]), page.get("total"))


@asks
def traces(
    asked: Asked,
    query: TraceFilter = "",
    trace: Annotated[str, typer.Option("--id", help="Show one trace as a waterfall.")] = "",
    since: Since = "1h",
    limit: Limit = 20,
) -> None:
    """Search traces, or show one as a waterfall."""
    from swarmscope.cli import views
    from swarmscope.cli.output import show_json, show_rows

    if not trace and TRACE_ID.fullmatch(query):
        trace = query
    with asked.api() as api:
        if trace:
            one = api.get(f"/traces/{_segment(trace)}")
            show_json(one) if asked.json else views.show_trace(one)
            return
        page = api.get("/traces", q=query, start=_start(since), limit=limit)
    if asked.json:
        show_json(page)
    else:
        show_rows([views.trace_line(r) for r in page["items"]], TRACE_COLUMNS, False, empty="no trace matches")


@asks
def sessions(
    asked: Asked,
    session: Annotated[str, typer.Argument(help="One session's id; none lists them.")] = "",
    query: Annotated[str, typer.Option("--filter", "-f", help="Which sessions, in the filter language.")] = "",
    since: Since = "1h",
    limit: Limit = 20,
) -> None:
    """List sessions, or show one conversation."""
    from swarmscope.cli import views
    from swarmscope.cli.output import show_json, show_rows

    with asked.api() as api:
        if session:
            one = api.get(f"/sessions/{_segment(session)}")
            show_json(one) if asked.json else views.show_session(one)
            return
        page = api.get("/sessions", q=query, start=_start(since), limit=limit)
    if asked.json:
        show_json(page)
    else:
        show_rows([views.session_line(r) for r in page["items"]], SESSION_COLUMNS, False, empty="no session matches")


@asks
def logs(
    asked: Asked,
    query: LogFilter = "",
    since: Since = "15m",
    limit: Limit = 50,
) -> None:
    """Search logs by words and fields."""
    from swarmscope.cli import views
    from swarmscope.cli.output import show_json, show_rows

    with asked.api() as api:
        page = api.get("/logs", q=query, start=_start(since), limit=limit)
    if asked.json:
        show_json(page)
    else:
        show_rows([views.log_line(r) for r in page["items"]], LOG_COLUMNS, False, empty="no log record matches")


@asks
def sql(
    asked: Asked,
    query: Annotated[str, typer.Argument(help="One SELECT; - reads it from standard input.")] = "",
    form: Annotated[
        Literal["table", "json", "csv", "arrow", "parquet"], typer.Option("--format", help="Form of the answer.")
    ] = "table",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File for the answer; needed for arrow and parquet.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=1_000_000, help="At most so many rows.")] = 10_000,
    tables: Annotated[bool, typer.Option("--tables", help="List the tables that may be queried.")] = False,
) -> None:
    """Run a read-only SQL query over everything that is stored."""
    from swarmscope.cli.failures import EXIT_USAGE, CommandError

    text = sys.stdin.read() if query == "-" else query
    if not text.strip() and not tables:
        raise CommandError("give a query, `-` for standard input, or --tables", EXIT_USAGE)
    if form in ("arrow", "parquet") and out is None:
        raise CommandError(f"{form} is binary; name a file with --out", EXIT_USAGE)
    with asked.api() as api:
        if tables:
            _show_tables(api, asked.json)
        elif form in ("table", "json"):
            _show_result(api, text, limit, asked.json or form == "json")
        else:
            answer = api.request("POST", "/sql", json={"query": text, "format": form, "limit": limit})
            _write(answer.content, out)


def _show_tables(api: Api, as_json: bool) -> None:
    from swarmscope.cli.output import show_json, show_rows

    schema = api.get("/sql/schema")
    if as_json:
        show_json(schema)
        return
    rows = [
        {"table": t["name"], "doc": t["doc"], "columns": ", ".join(c["name"] for c in t["columns"])}
        for t in schema["tables"]
    ]
    show_rows(rows, ("table", "doc", "columns"), False)


def _show_result(api: Api, query: str, limit: int, as_json: bool) -> None:
    from swarmscope.cli.output import console, show_json, show_rows

    result = api.post("/sql", {"query": query, "format": "json", "limit": limit})
    names = [c["name"] for c in result["columns"]]
    rows = [dict(zip(names, row, strict=True)) for row in result["rows"]]
    if as_json:
        show_json(rows)
        return
    show_rows(rows, [n.replace(".", " ") for n in names] if rows else names, False, empty="no rows")
    more = "; there are more, raise --limit" if result["truncated"] else ""
    console().print(
        f"[dim]{len(rows):,} row{'' if len(rows) == 1 else 's'} in {result['elapsed_ms']:,.1f} ms{more}[/dim]"
    )


def _write(content: bytes, out: Path | None) -> None:
    if out is None:
        sys.stdout.buffer.write(content)
    else:
        out.write_bytes(content)


def _segment(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="")


def _start(since: str) -> str:
    from swarmscope.cli.durations import start_of

    return start_of(since)
