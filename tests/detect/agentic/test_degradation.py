"""Degrading intelligence: a steady decline of one agent's answers is found, calm fleets are not accused."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np

from swarmscope.detect.agentic.degradation import Degradation
from swarmscope.detect.base import Question
from swarmscope.model.finding import Finding
from swarmscope.query.times import SECOND_NS, Window
from swarmscope.window import INDEX, Panel
from tests.support.panels import panel


def found(seen: Panel) -> list[Finding]:
    now = time.time_ns()
    nobody: Any = None  # nothing is read without `recovery`
    detector = Degradation(Degradation.Options(recovery=False))
    return list(detector.judge(Question("t", nobody, Window(now - 120 * SECOND_NS, now), seen)))


def test_given_a_steady_decline_of_reported_quality_then_accuracy_is_named() -> None:
    seen = panel(64)
    x = seen.x.copy()
    x[-54:, INDEX["quality"], 5] -= 0.3 * np.linspace(0, 1, 54)
    (told,) = found(replace(seen, x=x))
    assert (told.subject, told.kind, told.features[0][0]) == ("a5", "degradation", "accuracy")
    assert "quality" in told.explanation


def test_given_calm_fleets_then_nobody_is_accused() -> None:
    assert [len(found(panel(200, seed))) for seed in range(6)] == [0] * 6


def test_given_agents_without_a_past_then_nothing_can_have_become_worse() -> None:
    seen = panel(16)
    x = seen.x.copy()
    x[-54:, INDEX["quality"], 5] -= 1
    assert found(replace(seen, x=x, known=np.zeros_like(seen.known))) == []
