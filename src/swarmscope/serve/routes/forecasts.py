"""Forecasts of signals of the fleet and of agents."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response

from swarmscope.detect.prediction import ahead
from swarmscope.query.times import parse_duration
from swarmscope.serve.routes.common import NOT_FOUND, Reads, encoded, new_router
from swarmscope.serve.schemas.forecasts import SignalForecast

router = new_router("anomalies")


@router.get("/forecasts", response_model=SignalForecast, summary="What is to come of a signal", responses=NOT_FOUND)
def signal_forecast(
    reads: Reads,
    agent: Annotated[str, Query(description="agent id; empty: the whole fleet", max_length=512)] = "",
    signal: Annotated[str, Query(description="its name, e.g. latency_p95, cost_rate", max_length=128)] = "spans",
    horizon: Annotated[str, Query(description="how far, 10s to 3d", max_length=32)] = "1h",
    over: Annotated[
        str,
        Query(description="what is forecast is the mean over so long, 10s to 1h; empty: of each step", max_length=32),
    ] = "",
    level: Annotated[float, Query(description="share of values that the interval should hold", gt=0, lt=1)] = 0.8,
) -> Response:
    """Blended experts with conformal intervals, whose coverage is told. Made when asked for, of up to three days."""
    over_ns = parse_duration(over, "over") if over else 0
    return encoded(ahead.told(reads, agent, signal, parse_duration(horizon, "horizon"), level, over_ns))
