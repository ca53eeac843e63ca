"""What agents say of their models fits what they are instrumented with."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmscope.sim.catalogue import MODEL_SHARES, MODELS, OF_OPENAI
from swarmscope.sim.fleet import _speakable, build

OPENAI = {i for i, m in enumerate(MODELS) if m.provider == "openai"}


@pytest.mark.parametrize("agents", [12, 200, 3000])
def test_an_instrumentation_of_openai_reports_no_other_provider(agents: int) -> None:
    fleet = build(agents, 1)
    bound = np.isin(fleet.dialect, OF_OPENAI)
    assert bound.any()
    assert set(fleet.model[bound].tolist()) <= OPENAI


def test_the_fleet_has_each_model_as_often_as_meant() -> None:
    counts = np.bincount(build(20_000, 1).model, minlength=len(MODELS)) / 20_000
    assert counts == pytest.approx(MODEL_SHARES, abs=0.01)


@given(st.lists(st.tuples(st.integers(0, len(MODELS) - 1), st.booleans()), min_size=1, max_size=60))
def test_models_are_swapped_while_there_are_any(agents: list[tuple[int, bool]]) -> None:
    model, bound = np.array([m for m, _ in agents]), np.array([b for _, b in agents])
    told = _speakable(model, bound)
    assert set(told[bound].tolist()) <= OPENAI
    if sum(bound) <= sum(m in OPENAI for m, _ in agents):
        assert Counter(told.tolist()) == Counter(model.tolist())
