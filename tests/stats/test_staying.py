"""Who is remembered of many that come and go."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from swarmscope.stats.staying import KNOWN_FRAMES, SILENT_FRAMES, WEEK_FRAMES, staying

SILENT = st.sampled_from([0, SILENT_FRAMES - 1, SILENT_FRAMES, WEEK_FRAMES - 1, WEEK_FRAMES, 10**9])
KNOWN = st.sampled_from([0.0, KNOWN_FRAMES - 1.0, float(KNOWN_FRAMES), 5_000.0, 10_080.0])


@given(st.lists(st.tuples(SILENT, KNOWN), max_size=30), st.integers(0, 30))
def test_given_any_fleet_then_who_was_heard_stays_and_of_the_silent_the_best_known_as_far_as_there_is_room(
    fleet: list[tuple[int, float]], most: int
) -> None:
    silent, known = np.array([s for s, _ in fleet], np.int64), np.array([k for _, k in fleet], np.float32)
    kept = staying(silent, known, most).tolist()
    here = {i for i, (s, _) in enumerate(fleet) if s < SILENT_FRAMES}
    worth = {i for i, (s, k) in enumerate(fleet) if i not in here and s < WEEK_FRAMES and k >= KNOWN_FRAMES}
    assert kept == sorted(set(kept)) and here <= set(kept) <= here | worth
    assert len(kept) == max(len(here), min(most, len(here | worth)))
    left_out = worth - set(kept)
    assert all(fleet[i][1] <= fleet[j][1] for i in left_out for j in worth & set(kept))
