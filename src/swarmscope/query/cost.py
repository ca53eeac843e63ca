"""Where tokens and money went.

Spans tell it as long as all of them are kept; of older hours `cost_1h` tells, which knows less: no sessions, no workflows, and
nothing that a filter could ask for. `complete` says whether an answer covers its whole window.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from swarmscope.query.conditions import Condition
from swarmscope.query.latency import times_ms
from swarmscope.query.reader import Reader
from swarmscope.query.search import between
from swarmscope.query.spans import NANO
from swarmscope.query.times import HOUR_NS, SECOND_NS, TIME_MAX_NS, Window, moment, parse_duration

FIELDS = ("agent", "model", "session", "workflow", "team", "provider", "service", "operation")
ROLLED = ("agent", "model", "team", "provider", "service", "operation")
"""Fields that hours know after their spans are gone."""
TOKENS = ("input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens", "cost_nano_usd")
_SUMS = "sum(n) AS spans, " + ", ".join(f"sum({c}) AS all_{c}" for c in TOKENS)
_SPENT = "(cost_nano_usd != 0 OR input_tokens != 0 OR output_tokens != 0)"
_KEYS = "agent, " + ", ".join(f"toString({c}) AS {c}" for c in ("model", "provider", "service", "operation"))
_TEAMS = "(SELECT agent, labels['team'] AS team FROM $agents WHERE team != '')"
BUCKETS_MAX = 2000
SETTLED_NS = 6 * HOUR_NS  # spans that come later than this make their hour be stated again, within minutes
REST_MAX = 100_000


@dataclass(frozen=True, slots=True)
class _Spent:
    """Rows to sum: `table` with FIELDS, TOKENS, start_time, and the number n of spans of each row."""

    table: str
    params: dict[str, object]
    complete: bool


def _spent(reads: Reader, field: str, q: str, within: Window) -> _Spent:
    """What was spent in the window. Hours whose spans are gone come from `cost_1h` where it can tell of them."""
    condition = Condition(reads, "spans", q)
    oldest = reads.oldest_ns()
    past, recent = within.start_ns < oldest, Window(max(within.start_ns, oldest), within.end_ns)
    rolled = past and not q.strip() and field in ROLLED
    window = recent if rolled else within
    spans = condition.source("$spans" if rolled else reads.spans(within))
    more = "" if rolled else ", session, workflow"
    table = (
        f"SELECT {_KEYS}{more}, start_time, toUInt64(1) AS n, {', '.join(f'toInt64({c}) AS {c}' for c in TOKENS)} "
        f"FROM {spans} WHERE {between('start_time', window)} AND {_SPENT} AND {condition.sql}"
        if window.start_ns < window.end_ns
        else ""
    )
    if rolled:
        hours = Window(within.start_ns, min(oldest, within.end_ns))
        table = " UNION ALL ".join(filter(None, (table, _hours(hours))))
    if field == "team":
        table = f"SELECT * FROM ({table}) AS spent LEFT ANY JOIN {_TEAMS} AS teams USING agent"
    return _Spent(f"({table})", condition.params, rolled or not past)


def _hours(within: Window) -> str:
    """Whole hours from the table that outlives the spans."""
    start, end = within.start_ns // HOUR_NS * 3600, within.end_ns // SECOND_NS
    return (
        f"SELECT {_KEYS}, toDateTime64(hour, 9, 'UTC') AS start_time, spans AS n, "
        f"{', '.join(f'toInt64({c}) AS {c}' for c in TOKENS)} "
        f"FROM $cost_1h WHERE hour >= toDateTime({start:d}, 'UTC') AND hour < toDateTime({end:d}, 'UTC')"
    )


def by(reads: Reader, field: str, q: str, within: Window, step: str | None, limit: int) -> dict[str, Any]:
    """Sums by one of FIELDS in the shape of `Cost`, dearest first. Spans without tokens and cost are left out."""
    spent = _spent(reads, field, q, within)
    step_ns = within.step_ns(BUCKETS_MAX, parse_duration(step, "step")) if step else None
    first = within.start_ns // step_ns if step_ns else 0
    count = -(-within.end_ns // step_ns) - first if step_ns else 0
    dearest = reads.rows(
        f"SELECT {field} AS key, sum(cost_nano_usd) AS cost FROM {spent.table} "
        f"GROUP BY key ORDER BY cost DESC, key LIMIT {limit:d}",
        spent.params,
    )
    found = _sums(reads, field, spent, [r["key"] for r in dearest], first, count, step_ns)
    other = found.pop("", None)
    items = sorted(found.values(), key=lambda s: (-s.figures["all_cost_nano_usd"], s.key))
    parts = [*items, *([other] if other else [])]
    total = _Sums("", count)
    for part in parts:
        total.add(part)
    whole = total.figures["all_cost_nano_usd"]
    return {
        "window": within.json(),
        "by": field,
        "complete": spent.complete,
        "first": moment(total.first_ns) if parts else None,
        "step_ms": step_ns // 1_000_000 if step_ns else None,
        "times_ms": times_ms(first, count, step_ns or 1),
        "total": _row(total, whole),
        "items": [_row(s, whole) for s in items],
        "other": _row(other, whole) if other else None,
    }


class _Sums:
    """What spans of one key, or of several, come to."""

    def __init__(self, key: str, count: int) -> None:
        self.key = key
        self.figures = dict.fromkeys(("spans", *(f"all_{c}" for c in TOKENS)), 0)
        self.first_ns = TIME_MAX_NS
        self.series = np.zeros(count)

    def add(self, other: _Sums) -> None:
        """Takes in what others come to."""
        self.take(other.figures, other.first_ns)
        self.series = self.series + other.series

    def take(self, figures: Mapping[str, int], first_ns: int) -> None:
        """Takes in figures, and when the first of them was spent."""
        for name in self.figures:
            self.figures[name] += figures[name]
        self.first_ns = min(self.first_ns, first_ns)


def _sums(
    reads: Reader, field: str, spent: _Spent, keys: list[str], first: int, count: int, step_ns: int | None
) -> dict[str, _Sums]:
    """Sums by `=key`, those of all other keys under "". One read tells all: between two, more may have been spent."""
    start = "toUnixTimestamp64Nano(start_time)"
    bucket = f"greatest(0, toInt64(intDiv({start}, {step_ns:d}) - {first:d}))" if step_ns else "toInt64(0)"
    rows = reads.rows(
        f"SELECT if(has({{keys:Array(String)}}, {field}), concat('=', {field}), '') AS key, {bucket} AS bucket, "
        f"{_SUMS}, min({start}) AS first_ns FROM {spent.table} GROUP BY key, bucket",
        spent.params | {"keys": keys},
    )
    out: dict[str, _Sums] = {}
    for r in rows:
        sums = out.setdefault(r["key"], _Sums(r["key"][1:], count))
        sums.take(r, r["first_ns"])
        if step_ns:
            sums.series[r["bucket"]] += r["all_cost_nano_usd"] / NANO
    return out


def _row(sums: _Sums, whole: int) -> dict[str, Any]:
    figures = sums.figures
    return {
        "key": sums.key,
        "spans": figures["spans"],
        "input_tokens": figures["all_input_tokens"],
        "output_tokens": figures["all_output_tokens"],
        "cached_tokens": figures["all_cached_tokens"],
        "reasoning_tokens": figures["all_reasoning_tokens"],
        "cost_usd": figures["all_cost_nano_usd"] / NANO,
        "share": figures["all_cost_nano_usd"] / whole if whole else 0.0,
        "series": sums.series,
        "priced": True,
    }


def by_model(reads: Reader, q: str, within: Window) -> tuple[list[dict[str, Any]], bool]:
    """Tokens and cost per model and operation, dearest first, and whether that is all of the window."""
    spent = _spent(reads, "model", q, within)
    rows = reads.rows(
        f"SELECT model, operation, {_SUMS} FROM {spent.table} GROUP BY model, operation "
        "ORDER BY all_cost_nano_usd DESC, model, operation LIMIT 1000",
        spent.params,
    )
    return rows, spent.complete


def since(reads: Reader, start_ns: int, now_ns: int | None = None) -> list[dict[str, Any]]:
    """What was spent since a moment, by agent, team, model, service, in nano-dollars, and since when: for budgets.

    Hours that are stated are not summed again: only the last few come from spans.
    """
    now = time.time_ns() if now_ns is None else now_ns
    newest = reads.rows("SELECT toUnixTimestamp(max(hour)) AS hour FROM $cost_1h")[0]["hour"] * SECOND_NS
    cut = max(start_ns, reads.oldest_ns(), (newest - SETTLED_NS) // HOUR_NS * HOUR_NS)
    parts = [
        f"SELECT agent, toString(model) AS model, toString(service) AS service, start_time, cost_nano_usd FROM $spans "
        f"WHERE {between('start_time', Window(cut, now + HOUR_NS))} AND cost_nano_usd != 0"
    ]
    if cut > start_ns:
        parts.append(f"SELECT agent, model, service, start_time, cost_nano_usd FROM ({_hours(Window(start_ns, cut))})")
    table = " UNION ALL ".join(parts)
    return reads.rows(
        f"SELECT agent, team, model, service, sum(cost_nano_usd) AS cost, "
        f"toUnixTimestamp64Nano(min(start_time)) AS first_ns FROM ({table}) AS spent "
        f"LEFT ANY JOIN {_TEAMS} AS teams USING agent GROUP BY agent, team, model, service ORDER BY cost DESC LIMIT {REST_MAX}"
    )
