"""A kind of agents that moves at once, and one that has only begun."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from swarmscope.detect.anomaly.cohort_shift import CohortShift
from swarmscope.window import INDEX
from tests.support.panels import SPREAD, panel

SIGNAL = INDEX["latency_mean"]


@pytest.mark.parametrize(("known", "told"), [(500, True), (15, True), (14, False), (1, False)])
def test_given_a_kind_that_moves_together_then_it_is_told_of_once_it_is_known(known: int, told: bool) -> None:
    seen = panel()
    moved = seen.x.copy()
    moved[-6:, SIGNAL] += 10 * SPREAD
    found = CohortShift().judge(replace(seen, x=moved, known=np.full_like(seen.known, known)))
    assert [f.signal for f in found] == (["latency_mean"] if told else [])


def test_given_new_agents_beside_known_ones_then_the_known_ones_are_judged() -> None:
    seen = panel()
    moved, known = seen.x.copy(), seen.known.copy()
    moved[-6:, SIGNAL, :20] += 10 * SPREAD
    assert not CohortShift().judge(replace(seen, x=moved))  # a third of the kind
    known[:, 20:] = 3
    found = CohortShift().judge(replace(seen, x=moved, known=known))
    assert [len(f.participants) for f in found] == [20]
