"""How many agents a group should have: limits, steps, bounds, cooldown, what is foreseen, and which policy counts."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmscope.decide.scaling import applies, decide, foreseen
from swarmscope.model.scaling import Load, Policy

NOW = 1_700_000_000_000_000_000
CALM = Load(
    group="coders", instances=10, working=5, cpu=0.5, memory=0.5, gpu=None, response_s=1.0, spans_per_s=3.0,
    error_ratio=0.0, cost_usd_per_hour=20.0,
)  # fmt: skip


@pytest.mark.parametrize(
    ("change", "direction", "desired", "bottleneck"),
    [
        ({}, "hold", 10, ""),
        ({"cpu": 0.84}, "up", 12, "busy"),  # ceil(10 × 0.84 / 0.7)
        ({"cpu": 0.72}, "hold", 10, ""),  # within the tolerance
        ({"memory": 0.96}, "up", 12, "memory"),
        ({"response_s": 60.0}, "up", 20, "response"),  # twelve times too slow, but at most doubled
        ({"cpu": 0.84, "response_s": 10.0}, "up", 20, "response"),
        ({"cpu": 0.2}, "down", 7, ""),  # memory: of 10 × 0.5 / 0.8 = 6.25 at least 7 are needed
        ({"cpu": 0.02, "memory": None, "response_s": None}, "down", 5, ""),  # at most by half
        ({"cpu": 0.2, "memory": 0.79}, "hold", 10, ""),  # fewer would be over the limit of memory
        ({"cpu": None, "working": 10}, "up", 15, "busy"),  # without CPU the share that works counts
        ({"cpu": None, "working": 0, "memory": None, "response_s": None}, "down", 5, ""),
    ],
)
def test_limits_decide(change: dict[str, object], direction: str, desired: int, bottleneck: str) -> None:
    made = decide(Policy(), replace(CALM, **change), None, NOW)  # type: ignore[arg-type] # fields of Load
    assert (made.direction, made.desired, made.bottleneck) == (direction, desired, bottleneck), made.reasons
    assert made.reasons


def test_bounds_hold_whatever_the_load() -> None:
    assert decide(Policy(max_instances=11), replace(CALM, cpu=1.0), None, NOW).desired == 11
    assert decide(Policy(min_instances=12), CALM, None, NOW).direction == "up"
    assert decide(Policy(max_instances=4), CALM, None, NOW).desired == 4


def test_a_change_is_followed_by_a_pause() -> None:
    hot = replace(CALM, cpu=1.0)
    resting = decide(Policy(cooldown_s=300), hot, NOW - 100 * 10**9, NOW)
    assert (resting.direction, resting.desired) == ("hold", 10)
    assert "200 s to go" in resting.reasons[-1]
    assert decide(Policy(cooldown_s=300), hot, NOW - 301 * 10**9, NOW).direction == "up"


def test_what_is_foreseen_counts_where_the_policy_looks_ahead() -> None:
    soon = replace(CALM, foreseen=2.0)
    assert decide(Policy(), soon, None, NOW).direction == "hold"
    ahead = decide(Policy(strategy="predictive"), soon, None, NOW)
    assert (ahead.direction, ahead.desired) == ("up", 15)  # 0.5 × 2 / 0.7
    assert "foreseen" in ahead.reasons[0]
    blind = decide(Policy(strategy="predictive"), CALM, None, NOW)
    assert "too little is known" in blind.reasons[-1]


def test_a_rise_is_foreseen_and_silence_is_not() -> None:
    rising = np.linspace(1.0, 20.0, 120)[None, :]
    assert 1.1 < (foreseen(rising, 30) or 0) < 3
    assert foreseen(np.full((1, 120), np.nan), 30) is None
    assert foreseen(np.zeros((1, 120)), 30) is None


def test_the_policy_that_names_a_group_goes_before_one_for_all() -> None:
    default, every, one = Policy(), Policy(name="all", scope="service"), Policy(name="one", key="coders")
    assert applies(default, [default], "coders")
    assert not applies(default, [default, every], "coders") and applies(every, [default, every], "coders")
    assert not applies(every, [default, every, one], "coders") and applies(one, [default, every, one], "coders")
    assert applies(every, [default, every, one], "others") and not applies(one, [default, every, one], "others")


@given(
    st.integers(1, 5_000),
    st.floats(0, 1),
    st.floats(0, 1),
    st.floats(0.001, 1_000),
    st.integers(0, 50),
    st.integers(1, 6_000),
)
def test_a_step_is_never_wild_and_always_within_bounds(
    n: int, cpu: float, memory: float, response: float, least: int, most: int
) -> None:
    policy = Policy(min_instances=min(least, most), max_instances=most)
    load = replace(CALM, instances=n, cpu=cpu, memory=memory, response_s=response)
    made = decide(policy, load, None, NOW)
    assert policy.min_instances <= made.desired <= policy.max_instances or made.desired == n
    if policy.min_instances <= n <= policy.max_instances:
        assert math.ceil(n / 2) <= made.desired <= max(2 * n, n + 1)
    if made.direction == "down" and n <= policy.max_instances:
        assert made.desired * policy.memory_high >= n * memory - 1e-6, "what remains has room for what there is"
