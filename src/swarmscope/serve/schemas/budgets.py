"""Shapes of budgets."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from swarmscope.model.budgets import Period, Scope
from swarmscope.serve.schemas.common import Model, Moment, Usd


class NewBudget(Model):
    """What may be spent."""

    scope: Scope = Field("all", description="what it is for; `all`: everything of the tenant")
    key: str = Field("", max_length=512, description="name of the team, agent, model or service; empty with `all`")
    period: Period = Field("month", description="begins at midnight UTC; weeks on Mondays")
    limit_usd: float = Field(gt=0, lt=1e9, allow_inf_nan=False)


class BudgetState(NewBudget):
    """A budget, and how it stands."""

    name: str
    start: Moment = Field(description="of the period that runs")
    end: Moment
    elapsed: float = Field(description="0–1 of the period")
    spent_usd: Usd
    pace_usd_per_day: float = Field(description="of the last 24 hours")
    forecast_usd: float = Field(description="spent by the end of the period, at this pace")
    exhausted: Moment | None = Field(
        description="when it is spent, at this pace; null: not within the period, or already"
    )
    state: Literal["ok", "at_risk", "over"] = Field(description="at_risk: the forecast is beyond the limit")


class Budgets(Model):
    """The budgets of a tenant, those that are worst off first."""

    items: list[BudgetState]
