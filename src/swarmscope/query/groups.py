"""Spans that belong together by an id that they share: sessions and workflows."""

from __future__ import annotations

from typing import Any, Literal

from swarmscope.query.conditions import Condition
from swarmscope.query.reader import Reader
from swarmscope.query.search import Page, between
from swarmscope.query.spans import NANO
from swarmscope.query.times import Window, moment

DISTINCT_MAX = 50

FIGURES = f"""min(toUnixTimestamp64Nano(start_time)) AS start_ns,
    max(toUnixTimestamp64Nano(start_time) + toInt64(duration_ns)) AS end_ns, uniqExact(trace_id) AS traces, count() AS spans,
    countIf(status_code = 2) AS errors, arraySort(groupUniqArrayIf({DISTINCT_MAX})(agent, agent != '')) AS all_agents,
    arraySort(groupUniqArrayIf({DISTINCT_MAX})(model, model != '')) AS all_models, sum(input_tokens) AS all_input_tokens,
    sum(output_tokens) AS all_output_tokens, sum(cost_nano_usd) AS all_cost_nano_usd"""
_KEYS = {
    "time": "end_ns",
    "duration": "end_ns - start_ns",
    "cost": "all_cost_nano_usd",
    "errors": "errors",
    "tokens": "all_input_tokens + all_output_tokens",
}


def search(
    reads: Reader, column: Literal["session", "workflow"], q: str, within: Window, page: Page
) -> tuple[list[dict[str, Any]], str | None]:
    """A page of groups with spans in the window that match; the figures are over those spans."""
    condition = Condition(reads, "spans", q)
    after = page.after()
    bound = f"HAVING (sort_key, id) {page.beyond} ({after[0]:d}, {{last:String}})" if after else ""
    rows = reads.rows(
        f"SELECT {column} AS id, {FIGURES}, toInt64({_KEYS[page.sort]}) AS sort_key "
        f"FROM {condition.source(reads.spans(within))} WHERE {column} != '' AND {between('start_time', within)} "
        f"AND {condition.sql} GROUP BY {column} {bound} "
        f"ORDER BY sort_key {page.direction}, id {page.direction} LIMIT {page.limit + 1}",
        condition.params | ({"last": after[1]} if after else {}),
    )
    shown = rows[: page.limit]
    return shown, page.next(shown[-1]["sort_key"], shown[-1]["id"]) if len(rows) > page.limit else None


def figures(r: dict[str, Any]) -> dict[str, Any]:
    """What the rows of sessions and workflows have in common."""
    return {
        "start_time": moment(r["start_ns"]),
        "last_time": moment(r["end_ns"]),
        "duration_ns": r["end_ns"] - r["start_ns"],
        "spans": r["spans"],
        "errors": r["errors"],
        "agents": r["all_agents"],
        "input_tokens": r["all_input_tokens"],
        "output_tokens": r["all_output_tokens"],
        "cost_usd": r["all_cost_nano_usd"] / NANO,
    }
