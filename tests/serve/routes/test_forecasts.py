"""Forecasts over REST: of a fleet with a past, apart by tenant, with words for what cannot be."""

from __future__ import annotations

import os
import time
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from swarmscope.serve.schemas.forecasts import SignalForecast
from tests.serve.routes.conftest import SECOND, fill


def test_given_a_past_when_asked_then_what_is_to_come_is_told_with_its_coverage(api: Any) -> None:
    now_s = int(time.time())
    rows = [
        {"tenant": "default", "agent": "steady", "start_time": (now_s - ago) * SECOND, "received_at": now_s * SECOND,
         "trace_id": os.urandom(16), "span_id": os.urandom(8), "duration_ns": SECOND, "status_code": 1}
        for ago in range(0, 1_800, 5)
    ]  # fmt: skip
    api.state.intake.submit_tables({"spans": fill("spans", rows)}, "default").result(30)
    api.settled()
    answer = api.get("/api/v1/forecasts", agent="steady", signal="spans", horizon="5m", level=0.9)
    assert answer.status_code == 200, answer.text
    told = TypeAdapter(SignalForecast).validate_json(answer.content)
    assert np.allclose(np.array(told.value, float), 0.2, atol=0.02)
    assert told.level == 0.9 and told.coverage.held_back is not None and told.coverage.held_back >= 0.8
    assert told.times_ms[0] > told.past_ms[-1]
    assert api.get("/api/v1/forecasts", "other", agent="steady", signal="spans", horizon="5m").status_code == 404
    wrong = api.get("/api/v1/forecasts", signal="nonsense")
    assert wrong.status_code == 400 and "latency_p95" in wrong.json()["detail"]
    assert api.get("/api/v1/forecasts", horizon="9d").status_code == 400
    assert api.get("/api/v1/forecasts", over="2h").status_code == 400
    assert api.get("/api/v1/forecasts", level=2).status_code == 422


def test_given_an_agent_that_works_now_and_then_when_means_are_asked_for_then_it_is_not_told_to_cease(api: Any) -> None:
    now_s = int(time.time()) // 60 * 60
    rows = [
        {"tenant": "default", "agent": "seldom", "start_time": (now_s - ago) * SECOND, "received_at": now_s * SECOND,
         "trace_id": os.urandom(16), "span_id": os.urandom(8), "duration_ns": SECOND, "status_code": 1}
        for ago in range(0, 1_800, 60) for _ in range(3)
    ]  # fmt: skip
    api.state.intake.submit_tables({"spans": fill("spans", rows)}, "default").result(30)
    api.settled()
    answer = api.get("/api/v1/forecasts", agent="seldom", signal="spans", horizon="5m", over="1m")
    told = TypeAdapter(SignalForecast).validate_json(answer.content)
    assert np.allclose(np.array(told.value, float), 0.05, atol=0.01)
