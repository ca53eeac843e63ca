"""How the nouns look in a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from swarmscope.cli.output import STATE_STYLES, cell, console, show_rows, table_of

BAR_WIDTH = 48
TEXT_MAX = 400


def milliseconds(ns: float | None) -> float | None:
    """ns → ms, None stays."""
    return None if ns is None else round(ns / 1e6, 2)


def agent_line(row: Mapping[str, Any]) -> dict[str, Any]:
    """An AgentRow with the units that people read."""
    tokens = row["input_tokens"] + row["output_tokens"]
    return {
        **row,
        "p95_ms": milliseconds(row["latency_p95_ns"]),
        "tokens": tokens,
        "last_seen": row["last_seen"][11:19],
    }


def trace_line(row: Mapping[str, Any]) -> dict[str, Any]:
    """A TraceRow with the units that people read."""
    tokens = row["input_tokens"] + row["output_tokens"]
    return {
        **row,
        "duration_ms": milliseconds(row["duration_ns"]),
        "tokens": tokens,
        "start_time": row["start_time"][:19],
    }


def session_line(row: Mapping[str, Any]) -> dict[str, Any]:
    """A SessionRow with the units that people read."""
    tokens = row["input_tokens"] + row["output_tokens"]
    return {**row, "tokens": tokens, "agents": ", ".join(row["agents"][:3]), "last_time": row["last_time"][:19]}


def log_line(row: Mapping[str, Any]) -> dict[str, Any]:
    """A LogRow in one line."""
    return {**row, "time": row["time"][:23], "level": str(row["level"]).upper()}


def show_fleet(fleet: Mapping[str, Any]) -> None:
    """The fleet in one look."""
    console().print(fleet_text(fleet))


def fleet_text(fleet: Mapping[str, Any]) -> Text:
    """Agents by condition and the fleet's rates, one line."""
    text = Text(f"{fleet['agents']:,} agents", style="bold")
    for state, count in fleet["conditions"].items():
        if count:
            text.append(f"  {count:,} {state}", style=STATE_STYLES.get(state, ""))
    text.append(f"  {fleet['spans_per_s']:,.1f} spans/s  {fleet['error_ratio']:.1%} errors", style="")
    text.append(
        f"  {fleet['tokens_per_s']:,.0f} tokens/s  ${fleet['cost_usd_per_hour']:,.2f}/h  health {fleet['health']:.2f}",
        style="",
    )
    return text


def show_rest(shown: int, total: int | None) -> None:
    """Say how many more there are."""
    if total is not None and total > shown:
        console().print(f"[dim]{shown:,} of {total:,}; raise --limit for more[/dim]")


def show_agent(one: Mapping[str, Any]) -> None:
    """One agent in full."""
    out, row = console(), one["summary"]
    out.print(
        Text.assemble(
            (row["agent"], "bold"),
            "  ",
            (row["condition"], STATE_STYLES.get(row["condition"], "")),
            f"  {row['reason']}",
        )
    )
    out.print(
        table_of(
            [agent_line(row)], ("name", "kind", "model", "version", "service", "first_seen", "last_seen", "health")
        )
    )
    for reason in one["health_reasons"]:
        out.print(f"  - {escape(reason)}")
    for title in ("models", "tools", "operations", "peers"):
        if one[title]:
            show_rows(one[title][:10], ("name", "count", "errors", "cost_usd"), False, title=title)
    if one["recent_errors"]:
        rows = [{**e, "start_time": e["start_time"][:19]} for e in one["recent_errors"][:10]]
        show_rows(rows, ("start_time", "name", "status_message", "trace_id"), False, title="recent errors")


def show_trace(one: Mapping[str, Any]) -> None:
    """A trace as a waterfall."""
    summary = one["summary"]
    total = max(1, summary["duration_ns"])
    console().print(
        Text(
            f"{summary['name']}  {total / 1e6:,.1f} ms  {summary['spans']} spans  {summary['errors']} errors",
            style="bold",
        )
    )
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("span", "agent", "ms", "", "tokens"):
        table.add_column(
            name, justify="right" if name in ("ms", "tokens") else "left", no_wrap=True, overflow="ellipsis"
        )
    for span in one["spans"]:
        style = (
            "red"
            if span["status"] == "error"
            else "yellow"
            if span["pending"]
            else "green"
            if span["critical"]
            else "blue"
        )
        tokens = span["input_tokens"] + span["output_tokens"]
        label = Text("  " * min(span["depth"], 12) + span["name"], style="red" if span["status"] == "error" else "")
        bar = Text(waterfall_bar(span["offset_ns"], span["duration_ns"], total), style=style)
        table.add_row(label, span["agent"], f"{span['duration_ns'] / 1e6:,.1f}", bar, cell(tokens or None))
    console().print(table)
    if one["truncated"]:
        console().print("[yellow]the trace is longer than the limit; the earliest spans are shown[/yellow]")


def waterfall_bar(offset_ns: int, duration_ns: int, total_ns: int) -> str:
    """A bar of BAR_WIDTH characters; even the shortest span is one character wide and inside."""
    left = min(BAR_WIDTH - 1, max(0, int(offset_ns * BAR_WIDTH / total_ns)))
    width = max(1, min(BAR_WIDTH - left, round(duration_ns * BAR_WIDTH / total_ns)))
    return " " * left + "█" * width


def show_session(one: Mapping[str, Any]) -> None:
    """A conversation, message by message."""
    out, summary = console(), one["summary"]
    out.print(Text(f"{summary['session']}  {summary['turns']} turns  ${summary['cost_usd']:.4f}", style="bold"))
    for message in one["conversation"]:
        who = message["role"] or message["direction"]
        out.print(Text.assemble((f"{message['time'][11:19]} {who}: ", "bold"), message["text"][:TEXT_MAX]))
