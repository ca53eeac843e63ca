"""Detectors of series by others, in the worker process: they see whole fleets, and what fails is told by what it did."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from swarmscope.config import Config, Detect, Plugins
from swarmscope.detect import runner as runner_module
from swarmscope.detect.fleet import Judged
from swarmscope.detect.runner import Runner
from swarmscope.telemetry import REGISTRY
from tests.detect.test_runner import Nothing
from tests.support.panels import panel

AGENTS = 700  # more than a shortlist and its peers
HEAD = '''
"""Of others."""
import time
import numpy as np
from swarmscope.detect.base import FleetDetector, Scores
from swarmscope.model.finding import Finding

def found(seen, subject_kind, subject, title):
    return Finding("t", "{name}", "1", "{name}", "low", subject_kind, subject, seen.now_ns - 1, seen.now_ns, title, 1.0, 0.99)

class Own(FleetDetector):
    """{name}.

    Source: ours.
    """

    name = "{name}"
    kinds = ("{name}",)

    def judge(self, seen):
        {body}
'''
BODIES = {
    "own_count": 'return [found(seen, "fleet", "", f"{len(seen.agents)} agents")]',
    "own_raises": 'raise ValueError("not today")',
    "own_dies": "import os; os._exit(1)",
    "own_hangs": "time.sleep(600)",
    "own_nonsense": "return Scores(np.full((3, 2), 7.0), np.zeros(1))",
}


def looked(folder: Path, **detect: Any) -> tuple[Runner, list[str]]:
    """One look of the detectors in `folder` at a calm fleet, and the titles of what they found."""
    for name, body in BODIES.items():
        text = HEAD.replace("{name}", name).replace("{body}", body)
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    told: list[pa.Table] = []
    config = Config(plugins=Plugins(folder=str(folder)), detect=Detect(**detect))
    runner = Runner(config, Nothing(), lambda: (), lambda t, _: told.append(t["findings"]), lambda *_: None, folder)  # type: ignore[arg-type] # is asked for rows only
    fleet = runner.fleet("t")
    seen = panel(AGENTS, frames=30)
    shape = (len(seen.signals), AGENTS)
    fleet.last = Judged(seen, {a: i for i, a in enumerate(seen.agents)}, np.ones(shape), {}, np.zeros(shape, np.bool_))
    try:
        runner._look_closer("t", fleet)
        runner._costly.shutdown(wait=True)
    finally:
        runner.stop()
    return runner, [str(t) for table in told for t in table["title"].to_pylist()]


def count(name: str, reason: str) -> float:
    return REGISTRY.get_sample_value("swarmscope_detect_failures_total", {"detector": name, "reason": reason}) or 0.0


def test_given_detectors_of_others_when_some_fail_then_each_is_told_apart_and_the_others_see_the_whole_fleet(
    tmp_path: Path,
) -> None:
    before = {(n, r): count(n, r) for n in BODIES for r in ("raised", "timeout", "nonsense")}
    runner, titles = looked(tmp_path)
    failed = {key for key, was in before.items() if count(*key) > was}
    assert failed == {
        ("own_raises", "raised"), ("own_dies", "raised"), ("own_hangs", "timeout"), ("own_nonsense", "nonsense")
    }  # fmt: skip
    assert titles == [f"{AGENTS} agents"]
    assert runner.roster.listed["own_raises"].health.error == "ValueError: not today"
    assert {n: runner.roster.listed[n].health.failures for n in BODIES} == {n: n != "own_count" for n in BODIES}


def test_given_a_fleet_too_large_to_be_sent_whole_then_they_see_the_strangest_and_peers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner_module, "WHOLE_MAX", AGENTS - 1)
    monkeypatch.setattr("tests.detect.test_strangers.BODIES", {"own_count": BODIES["own_count"]})
    _, titles = looked(tmp_path, shortlist_max=10)
    assert titles == [f"{10 + 448} agents"]
