"""Forecasts of signals."""

from __future__ import annotations

from pydantic import ConfigDict, Field

from swarmscope.serve.schemas.common import Model, Moment, TimesMs


class ForecastCoverage(Model):
    """How often intervals held what was to come."""

    held_back: float | None = Field(
        description="share of values of the past that intervals made without them contained"
    )
    tracked: float | None = Field(
        description="share of what came true since the start of the program; of the fleet only"
    )
    scored: int = Field(description="values behind `tracked`")
    tracked_level: float = Field(description="level of the intervals that are tracked")
    factor: float = Field(description="what widths are multiplied by, so that as many values are inside as promised")


class ForecastExpert(Model):
    """One of the methods that were blended."""

    name: str
    weight: float = Field(description="by how well it forecast what is known")


class SignalForecast(Model):
    """What is to come of one signal, with what it was made of."""

    model_config = ConfigDict(extra="forbid", ser_json_inf_nan="null", populate_by_name=True)

    agent: str = Field(description="empty: the whole fleet")
    signal: str
    unit: str
    from_: Moment = Field(alias="from", description="up to when values are known")
    step_ms: int
    past_ms: TimesMs = Field(description="Unix milliseconds, end of each step that is known")
    past: list[float | None]
    times_ms: TimesMs = Field(description="Unix milliseconds, end of each step to come")
    value: list[float | None]
    lower: list[float | None]
    upper: list[float | None]
    level: float = Field(description="share of values that should lie between lower and upper")
    coverage: ForecastCoverage
    season_ms: list[int] = Field(description="cycles that were taken into account")
    experts: list[ForecastExpert] = Field(description="weightiest first")
    error: float | None = Field(
        description="mean absolute error on held-back values; null for signals that vary by ratio"
    )
