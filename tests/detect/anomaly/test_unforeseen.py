"""What the strain of an agent says while nothing is learned of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from swarmscope.detect.anomaly.unforeseen import Unforeseen
from tests.support.panels import foretold, panel

HELD = 3


def test_given_an_agent_that_is_held_and_far_from_where_it_was_then_its_strain_counts_for_more_and_the_signal_is_named() -> (
    None
):
    seen = panel()
    told = foretold(len(seen.agents))
    held = np.zeros(len(seen.agents), np.bool_)
    held[HELD] = True
    recent = told.recent.copy()
    recent[2] -= 20 * told.spread[2]
    moved = np.full(len(seen.agents), 9, np.float32)
    judge = Unforeseen(Unforeseen.Options()).judge
    plain = judge(seen)
    found = judge(replace(seen, foretold=replace(told, recent=recent, moved=moved, held=held)))
    others = np.arange(len(seen.agents)) != HELD
    np.testing.assert_array_equal(found.score[:, others], plain.score[:, others])
    assert found.score[0, HELD] > plain.score[0, HELD] + 5 and found.tail[0, HELD] < 1e-6
    assert found.shares is not None and found.shares[:, HELD].argmax() == 2
    near = judge(replace(seen, foretold=replace(told, moved=np.zeros_like(moved), held=held)))
    np.testing.assert_allclose(near.score[0, HELD], plain.score[0, HELD], atol=1e-4, err_msg="it is back where it was")
