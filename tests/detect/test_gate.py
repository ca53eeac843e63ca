"""What findings say is usual."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from swarmscope.detect.anomaly.robust import Robust
from swarmscope.detect.gate import Gate
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
