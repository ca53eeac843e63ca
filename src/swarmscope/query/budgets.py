"""What was spent of a budget, at which pace, and where that leads by the end of its period.

The pace is that of the last 24 hours, or of the time since the first cost in them; what is left of the period at this pace is
the forecast. Periods begin at midnight UTC, weeks on Mondays.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from swarmscope.model.budgets import Period, Scope
from swarmscope.query import cost
from swarmscope.query.reader import Reader
from swarmscope.query.spans import NANO
from swarmscope.query.times import HOUR_NS, SECOND_NS, moment

DAY_NS = 24 * HOUR_NS
PACE_LEAST_NS = HOUR_NS


@dataclass(frozen=True, slots=True)
class Budget:
    """At most `limit_usd` per period for what `scope` and `key` name; all of the tenant with scope `all`."""

    name: str
    scope: Scope
    key: str
    period: Period
    limit_usd: float


def bounds(period: Period, now_ns: int) -> tuple[int, int]:
    """Begin and end of the period that `now_ns` lies in."""
    now = datetime.fromtimestamp(now_ns / SECOND_NS, UTC)
    start = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if period == "day":
        end = start + timedelta(days=1)
    elif period == "week":
        start -= timedelta(days=start.weekday())
        end = start + timedelta(days=7)
    else:
        start = start.replace(day=1)
        end = (start + timedelta(days=32)).replace(day=1)
    return int(start.timestamp()) * SECOND_NS, int(end.timestamp()) * SECOND_NS


def progress(reads: Reader, budgets: Sequence[Budget], now_ns: int | None = None) -> list[dict[str, Any]]:
    """Each budget with what was spent of it, in the shape of `BudgetState`; those that are worst off first."""
    now = time.time_ns() if now_ns is None else now_ns
    if not budgets:
        return []
    spent = {period: cost.since(reads, bounds(period, now)[0], now) for period in {b.period for b in budgets}}
    recent = cost.since(reads, now - DAY_NS, now)
    states = [_state(b, spent[b.period], recent, now) for b in budgets]
    return sorted(states, key=lambda s: (-s["forecast_usd"] / s["limit_usd"], s["name"]))


def _state(budget: Budget, rows: list[dict[str, Any]], recent: list[dict[str, Any]], now: int) -> dict[str, Any]:
    start, end = bounds(budget.period, now)
    used = sum(r["cost"] for r in rows if _within(budget, r)) / NANO
    mine = [r for r in recent if _within(budget, r)]
    pace = _pace_per_day(mine, now)
    forecast = used + pace * (end - now) / DAY_NS
    left = budget.limit_usd - used
    empty_ns = now + int(left / pace * DAY_NS) if pace > 0 and 0 < left <= pace * (end - now) / DAY_NS else None
    state = "over" if left < 0 else "at_risk" if forecast > budget.limit_usd else "ok"
    return {
        "name": budget.name,
        "scope": budget.scope,
        "key": budget.key,
        "period": budget.period,
        "limit_usd": budget.limit_usd,
        "start": moment(start),
        "end": moment(end),
        "elapsed": (now - start) / (end - start),
        "spent_usd": used,
        "pace_usd_per_day": pace,
        "forecast_usd": forecast,
        "exhausted": moment(empty_ns) if empty_ns is not None else None,
        "state": state,
    }


def _within(budget: Budget, row: dict[str, Any]) -> bool:
    return budget.scope == "all" or row[budget.scope] == budget.key


def _pace_per_day(rows: list[dict[str, Any]], now: int) -> float:
    if not rows:
        return 0.0
    began = max(now - DAY_NS, min(r["first_ns"] for r in rows))
    return float(sum(r["cost"] for r in rows) / NANO * DAY_NS / max(PACE_LEAST_NS, now - began))
