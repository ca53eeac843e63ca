"""How a budget stands: its period, what was spent, the pace and the forecast."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from swarmscope.query import budgets
from swarmscope.query.budgets import Budget, bounds, progress

NOW = int(datetime(2026, 2, 18, 12, tzinfo=UTC).timestamp()) * 10**9  # a Wednesday
DAY = 24 * 3600 * 10**9


def at(ns: int) -> str:
    return datetime.fromtimestamp(ns / 1e9, UTC).isoformat()[:16]


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        ("day", "2026-02-18T00:00", "2026-02-19T00:00"),
        ("week", "2026-02-16T00:00", "2026-02-23T00:00"),
        ("month", "2026-02-01T00:00", "2026-03-01T00:00"),
    ],
)
def test_given_a_moment_then_its_period_begins_and_ends_at_midnight(period: Any, start: str, end: str) -> None:
    assert tuple(map(at, bounds(period, NOW))) == (start, end)


def test_given_december_then_the_month_ends_with_the_year() -> None:
    now = int(datetime(2026, 12, 31, 23, 59, tzinfo=UTC).timestamp()) * 10**9
    assert at(bounds("month", now)[1]) == "2027-01-01T00:00"


def row(usd: float, first_ns: int = NOW - DAY, **who: str) -> dict[str, Any]:
    return {"agent": "a", "team": "", "model": "m", "service": "s", **who, "cost": int(usd * 1e9), "first_ns": first_ns}


@pytest.fixture
def spent(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[dict[str, Any]]]:
    """What was spent in the period, and in the last 24 hours."""
    rows: dict[str, list[dict[str, Any]]] = {"period": [], "recent": []}
    monkeypatch.setattr(
        budgets.cost, "since", lambda _r, start, now: rows["recent" if start == now - DAY else "period"]
    )
    return rows


def stand(budget: Budget) -> dict[str, Any]:
    return progress(None, [budget], NOW)[0]  # type: ignore[arg-type] # the fixture does not read


def test_given_a_steady_pace_then_the_forecast_follows_it(spent: dict[str, list[dict[str, Any]]]) -> None:
    spent["period"], spent["recent"] = [row(50.0)], [row(4.0)]
    found = stand(Budget("b", "all", "", "month", 80.0))
    assert found["spent_usd"] == 50.0 and found["pace_usd_per_day"] == 4.0
    assert found["forecast_usd"] == pytest.approx(50 + 4 * 10.5)
    assert (found["state"], found["exhausted"][:16]) == ("at_risk", "2026-02-26T00:00")
    assert stand(Budget("b", "all", "", "month", 100.0))["state"] == "ok"
    assert stand(Budget("b", "all", "", "month", 100.0))["exhausted"] is None
    assert stand(Budget("b", "all", "", "month", 49.0))["state"] == "over"


def test_given_a_scope_then_only_its_costs_count(spent: dict[str, list[dict[str, Any]]]) -> None:
    spent["period"] = [row(1.0, agent="x"), row(2.0, team="t"), row(4.0, model="big"), row(8.0, service="shop")]
    found = [
        stand(Budget("b", scope, key, "week", 99.0))["spent_usd"]
        for scope, key in (("agent", "x"), ("team", "t"), ("model", "big"), ("service", "shop"), ("agent", "nobody"))
    ]
    assert found == [1.0, 2.0, 4.0, 8.0, 0.0]


def test_given_costs_since_an_hour_then_the_pace_is_theirs_and_bursts_are_not_taken_for_a_day(
    spent: dict[str, list[dict[str, Any]]],
) -> None:
    spent["recent"] = [row(3.0, NOW - DAY // 8)]
    assert stand(Budget("b", "all", "", "day", 9.0))["pace_usd_per_day"] == pytest.approx(24.0)
    spent["recent"] = [row(3.0, NOW - 10**9)]
    assert stand(Budget("b", "all", "", "day", 9.0))["pace_usd_per_day"] == pytest.approx(72.0)


def test_given_several_then_the_worst_off_comes_first(spent: dict[str, list[dict[str, Any]]]) -> None:
    spent["period"] = [row(5.0)]
    many = [Budget("wide", "all", "", "day", 50.0), Budget("tight", "all", "", "day", 1.0)]
    assert [s["name"] for s in progress(None, many, NOW)] == ["tight", "wide"]  # type: ignore[arg-type] # as above
    assert progress(None, [], NOW) == []  # type: ignore[arg-type] # as above
