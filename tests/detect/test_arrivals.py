"""Until when a fleet is known: what comes late is waited for, what never comes is not."""

from __future__ import annotations

import numpy as np
import pytest

from swarmscope.detect.arrivals import QUIET_S_MAX, SLACK_S, Arrivals
from swarmscope.query.times import SECOND_NS

NOW = 1_800_000_000


def steady(late_s: float, seconds: int = 120, step: int = 2, of: Arrivals | None = None, since: int = NOW) -> Arrivals:
    """Batches every `step` seconds, each of spans that ended `late_s` before and up to a step earlier."""
    one = of or Arrivals()
    for t in range(since, since + seconds, step):
        ends = (t - late_s - np.linspace(0, step, 20)) * SECOND_NS
        one.take(ends.astype(np.int64), t * SECOND_NS)
    return one


def behind_s(one: Arrivals, at: int) -> float:
    return at - one.known_until(at * SECOND_NS) / SECOND_NS


def test_given_nothing_yet_then_the_clock_counts() -> None:
    assert Arrivals().known_until(NOW * SECOND_NS) == NOW * SECOND_NS


@pytest.mark.parametrize("late_s", [1, 7, 45, 200])
def test_given_spans_that_come_late_then_the_fleet_is_known_until_then(late_s: int) -> None:
    assert late_s <= behind_s(steady(late_s), NOW + 120) <= late_s + 4


def test_given_a_host_that_becomes_slow_then_no_moment_is_judged_before_its_spans_are_there() -> None:
    one, told = Arrivals(), []
    for k in range(240):  # from the 60th second on batches take ever longer, up to a minute
        t, late_s = NOW + k, min(60.0, max(2.0, k - 60))
        one.take(np.full(20, (t - late_s) * SECOND_NS).astype(np.int64), t * SECOND_NS)
        told.append(one.known_until(t * SECOND_NS))
        if k > 10:
            assert told[-1] <= (t - late_s + SLACK_S) * SECOND_NS
    assert told == sorted(told)


def test_given_one_agent_with_a_clock_that_is_behind_then_the_others_are_not_waited_for() -> None:
    one = steady(2)
    ends = np.append(np.full(19, NOW + 119), NOW - 3600) * SECOND_NS
    for _ in range(20):
        one.take(ends, (NOW + 121) * SECOND_NS)
    assert behind_s(one, NOW + 121) <= 5


def test_given_a_fleet_that_falls_silent_then_it_is_known_to_be_so_after_a_while() -> None:
    one = steady(2)
    assert behind_s(one, NOW + 190) == pytest.approx(190 - 118 + 2 - SLACK_S, abs=3)
    assert behind_s(one, NOW + 120 + round(QUIET_S_MAX)) <= 5


def test_given_nobody_or_the_future_then_nothing_breaks() -> None:
    one = Arrivals()
    one.take(np.zeros(0, np.int64), NOW * SECOND_NS)
    one.take(np.array([(NOW + 10**6) * SECOND_NS, 0], np.int64), NOW * SECOND_NS)
    assert one.newest_ns == NOW * SECOND_NS
    assert behind_s(one, NOW) <= 301
