"""The state of an agent by what is known of it: every rule, its health, and quantiles out of histograms."""

from __future__ import annotations

import numpy as np
import pytest

from swarmscope.config import States
from swarmscope.query.fields import CONDITIONS, STATES
from swarmscope.query.states import Evidence, condition, decide, health
from swarmscope.query.times import SECOND_NS
from swarmscope.query.watch import quantiles_of

NOW = 1_800_000_000 * SECOND_NS
NAMES = (
    "last_end",
    "last_span",
    "last_heartbeat",
    "registered",
    "stopped",
    "pending",
    "pending_start",
    "pending_newest",
    "loop_calls",
)


DEFAULTS = States()


def state_of(options: States = DEFAULTS, **ago_s: float) -> str:
    """The state of an agent whose evidence lies so many seconds back; pending and loop_calls are counts."""

    def value(name: str) -> int:
        if name not in ago_s:
            return 0
        return round(ago_s[name]) if name in ("pending", "loop_calls") else NOW - round(ago_s[name] * SECOND_NS)

    if "pending_start" in ago_s:
        ago_s = {"pending": 1, "pending_newest": ago_s["pending_start"], **ago_s}
    evidence = Evidence(**{n: np.array([value(n)], np.int64) for n in NAMES})
    return STATES[decide(evidence, NOW, options)[0][0]]


@pytest.mark.parametrize(
    ("evidence", "state"),
    [
        ({"last_end": 5}, "working"),
        ({"last_end": 19}, "working"),
        ({"last_end": 21}, "idle"),
        ({"last_end": -3600}, "working"),  # a clock that runs ahead
        ({"pending_start": 5}, "working"),
        ({"pending_start": 60, "last_end": 40}, "waiting"),
        ({"pending_start": 119}, "waiting"),
        ({"pending_start": 121, "last_heartbeat": 5}, "wedged"),
        ({"pending_start": 121, "last_end": 60}, "waiting"),  # others ended meanwhile
        ({"pending_start": 301}, "abandoned"),
        ({"pending_start": 3000, "last_heartbeat": 10}, "wedged"),
        ({"last_heartbeat": 301}, "abandoned"),
        ({"last_heartbeat": 299}, "idle"),
        ({"last_heartbeat": 301, "stopped": 301}, "idle"),
        ({"last_heartbeat": 301, "stopped": 400}, "abandoned"),  # it came back after it had stopped
        ({"last_end": 100_000}, "idle"),  # never sent a heartbeat: silence is no alarm
        ({"registered": 100_000}, "idle"),
        ({"last_end": 1, "loop_calls": 12}, "looping"),
        ({"last_end": 1, "stopped": 1}, "idle"),
        ({}, "idle"),
    ],
)
def test_given_evidence_when_decided_then_the_state_follows_the_rules(evidence: dict[str, float], state: str) -> None:
    assert state_of(**evidence) == state


@pytest.mark.parametrize(
    ("options", "evidence", "before", "after"),
    [
        ({"working_s": 60}, {"last_end": 50}, "idle", "working"),
        ({"wedged_s": 1200}, {"pending_start": 600, "last_heartbeat": 5}, "wedged", "waiting"),
        ({"abandoned_s": 1200}, {"last_heartbeat": 600}, "abandoned", "idle"),
    ],
)
def test_given_other_thresholds_when_decided_then_they_hold(
    options: dict[str, float], evidence: dict[str, float], before: str, after: str
) -> None:
    assert (state_of(**evidence), state_of(States(**options), **evidence)) == (before, after)


def test_given_errors_when_scored_then_health_falls_twice_as_fast() -> None:
    found = health(np.array([0, 0, 0, 3, 5], np.int8), np.array([0, 10, 10, 10, 10]), np.array([0, 1, 6, 0, 0]))
    assert found.tolist() == [1.0, 0.8, 0.0, 0.2, 0.0]


def test_given_histograms_when_summed_up_then_quantiles_lie_in_their_buckets() -> None:
    import pyarrow as pa

    rows = [[], [(80, 1)], [(40, 50), (80, 50)], [(40, 95), (100, 5)]]
    found = quantiles_of(pa.chunked_array([pa.array(rows, pa.map_(pa.uint8(), pa.uint64()))]), (0.5, 0.95))
    assert np.isnan(found[0][0])
    for value, bucket in (
        (found[0][1], 80),
        (found[0][2], 40),
        (found[1][2], 80),
        (found[0][3], 40),
        (found[1][3], 40),
    ):
        assert 2 ** (bucket / 4) <= value < 2 ** ((bucket + 1) / 4)


def test_given_the_longest_span_when_summed_up_then_few_spans_have_it_and_many_lie_between_the_edges() -> None:
    import pyarrow as pa

    rows = [[(80, 3)], [(40, 1), (80, 18)], [(80, 100)], []]
    longest = np.array([2 ** (80.2 / 4), 2 ** (80.7 / 4), 2 ** (80.9 / 4), 0.0])
    histograms = pa.chunked_array([pa.array(rows, pa.map_(pa.uint8(), pa.uint64()))])
    p50, p95 = quantiles_of(histograms, (0.5, 0.95), longest)
    assert p95[:2].tolist() == longest[:2].tolist()  # below twenty, the last rank is the longest
    assert np.log2(p50[2]) * 4 == pytest.approx(80.495) and np.log2(p95[2]) * 4 == pytest.approx(80.9)
    assert p50[0] <= longest[0] and np.isnan([p50[3], p95[3]]).all()
    steps = [quantiles_of(histograms, (q,))[0][2] for q in (0.1, 0.3, 0.5, 0.7, 0.9)]
    assert steps == sorted(set(steps))


def test_given_health_when_counted_then_who_fails_is_failing_and_who_is_stuck_stays_stuck() -> None:
    state = np.array(
        [STATES.index(s) for s in ("working", "waiting", "idle", "looping", "abandoned", "working")], np.int8
    )
    score = np.array([0.29, 0.0, 0.1, 0.0, 0.0, 0.3])
    never = np.zeros(6, bool)
    found = [CONDITIONS[c] for c in condition(state, score, ~never, never)]
    assert found == ["failing", "failing", "failing", "looping", "abandoned", "working"]


def test_given_one_failure_when_counted_then_nobody_is_failing_and_who_was_stays_so_until_half_is_well() -> None:
    state, yes, no = np.zeros(4, np.int8), np.ones(4, bool), np.zeros(4, bool)
    score = np.array([0.0, 0.29, 0.49, 0.5])

    def found(again, failed) -> list[str]:
        return [CONDITIONS[c] for c in condition(state, score, again, failed)]

    assert found(no, no) == ["working"] * 4
    assert found(yes, no) == ["failing", "failing", "working", "working"]
    assert found(no, yes) == ["failing", "failing", "failing", "working"]
