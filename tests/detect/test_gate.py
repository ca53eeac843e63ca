"""What findings say is usual."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmscope.detect import gate
from swarmscope.detect.anomaly.level_shift import LevelShift
from swarmscope.detect.anomaly.robust import Robust
from swarmscope.detect.base import Scores
from swarmscope.detect.gate import Gate, Repeats
from swarmscope.model.finding import SEVERITIES, Finding
from swarmscope.window import INDEX, Panel
from tests.support.panels import panel, shifted

SLOW = 17


def found(seen: Panel) -> tuple[float, float, float, str]:
    findings, _ = Gate("robust", "1", 0.5, len(seen.signals)).judge(seen, Robust().judge(seen), {})
    one = next(f for f in findings if f.subject == f"a{SLOW}" and f.signal == "latency_mean")
    return one.lower, one.expected, one.upper, one.explanation


@pytest.mark.parametrize("learned", [True, False])
def test_given_an_agent_of_which_nothing_was_learned_then_its_own_last_minutes_are_what_was_expected(
    learned: bool,
) -> None:
    seen = shifted(panel(frames=60), SLOW, 20, frames=1)
    if not learned:
        none = np.zeros_like(seen.mean)
        seen = replace(seen, mean=none, spread=np.full_like(none, np.nan), known=none)
    lower, expected, upper, told = found(seen)
    usual = np.exp(panel(frames=60).mean[INDEX["latency_mean"], SLOW])
    assert 0.7 * usual < lower < expected < upper < 1.5 * usual
    assert expected == pytest.approx(usual, rel=0.1)
    assert "unknown" not in told and "its own last" in told


def test_given_slow_calls_of_which_none_ended_in_the_newest_minute_then_the_minutes_before_tell() -> None:
    seen, row = shifted(panel(), SLOW, 6, frames=18), INDEX["latency_mean"]
    x, counts, items = seen.x.copy(), seen.counts.copy(), seen.items.copy()
    x[-6:, :, SLOW], counts[-6:, :, SLOW], items[:, SLOW] = np.nan, 0, 0
    counts[-18:-6, row, SLOW] = 3
    seen = replace(seen, x=x, counts=counts, items=items)
    findings, _ = Gate("level_shift", "1", 0.5, len(seen.signals)).judge(seen, LevelShift().judge(seen), {})
    one = next(f for f in findings if f.subject == f"a{SLOW}" and f.signal == "latency_mean")
    assert one.observed == pytest.approx(np.exp(x[-7, row, SLOW])) and one.expected < one.upper < one.observed
    assert one.window_start_ns == seen.times_ns[-7] - gate.FRAME_NS, "where it was seen last"
    assert "nan" not in one.title + one.explanation


@pytest.mark.parametrize(("known", "told"), [(14, False), (15, True)])
def test_given_a_young_agent_when_it_is_unlike_itself_then_it_is_told_of_once_it_is_known(
    known: int, told: bool
) -> None:
    seen = panel()
    minutes = seen.known.copy()
    minutes[:, SLOW] = known
    tail = np.full((1, len(seen.agents)), 0.5)
    tail[0, [SLOW, SLOW + 1]] = 1e-30
    scores = Scores(tail, np.full(tail.shape, 9, np.float32))
    one = Gate("ensemble", "1", 0.5, 1)
    findings, strange = one.judge(replace(seen, known=minutes), scores, {}, told_after=15)
    assert {f.subject for f in findings} == {f"a{SLOW + 1}"} | ({f"a{SLOW}"} if told else set())
    assert strange[0, [SLOW, SLOW + 1]].tolist() == [told, True]
    one.judge(replace(seen, known=minutes, times_ns=seen.times_ns + 60_000_000_000), scores, {}, told_after=15)
    assert (
        one.calibrator.counts[0, 200:].sum() > 0
    ) is not told  # of a young one it is learned how strange it may seem


def _one(subject: str, severity: str = SEVERITIES[1]) -> Finding:
    return Finding(
        tenant="t", detector="d", version="1", kind="latency", severity=severity, subject_kind="agent", subject=subject,
        window_start_ns=0, window_end_ns=1, title="", score=1.0, confidence=1.0, signal="latency_mean",
    )  # fmt: skip


@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from(SEVERITIES), st.integers(0, 15))),
    st.sampled_from([0.0, 10.0]),
)
def test_the_same_is_found_again_only_when_it_had_ceased_or_is_graver(
    told: list[tuple[int, str, int]], quiet_s: float
) -> None:
    repeats, now_s = Repeats(quiet_s), 0
    known: dict[str, tuple[float, int]] = {}  # the oracle: nothing is ever forgotten
    for agent, severity, pause_s in told:
        now_s += pause_s
        subject, grave = f"a{agent}", SEVERITIES.index(severity)
        until, before = known.get(subject, (0.0, -1))
        news = now_s >= until or grave > before
        assert repeats.admits(_one(subject, severity), now_s * 10**9) == news
        known[subject] = (now_s + quiet_s, grave if news else max(grave, before))


def test_given_ever_new_subjects_then_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "KEYS_MAX", 100)
    repeats = Repeats(3600)
    for i in range(500):
        repeats.know("agent", f"old{i}", "latency", "latency_mean", SEVERITIES[1], 0)
    assert all(repeats.admits(_one(f"a{i}"), 10**9) for i in range(500))
    assert not repeats.admits(_one("a499"), 2 * 10**9)  # the newest are known
    assert len(repeats.seen) == 100
    assert repeats.admits(_one("b"), 10_000 * 10**9)
    assert len(repeats.seen) == 1  # what has ceased takes no place
