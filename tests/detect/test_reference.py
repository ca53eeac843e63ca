"""The docs of detection are what the code says, and their example works as it stands."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from swarmscope.config import Detect, Plugins
from swarmscope.detect.base import KIND, FleetDetector, Scores, about, options_of
from swarmscope.detect.guard import checked_scores
from swarmscope.detect.reference import FAMILIES, reference
from swarmscope.detect.roster import Roster
from swarmscope.detect.worker import Task, Worker
from swarmscope.registry import BUILTIN, discover
from tests.support.panels import panel, shifted

ROOT = Path(__file__).parents[2]
DETECTORS = {n: p.cls for n, p in discover(KIND, Plugins()).plugins.items() if p.origin == BUILTIN}


def test_the_page_of_detectors_is_what_the_code_says() -> None:
    page = (ROOT / "docs/detectors.md").read_text(encoding="utf-8")
    assert page == reference(), "run: python -m swarmscope.detect.reference > docs/detectors.md"


@pytest.mark.parametrize("name", sorted(DETECTORS))
def test_every_detector_tells_what_it_is_where_from_and_what_its_options_mean(name: str) -> None:
    cls = DETECTORS[name]
    text = about(cls)
    assert len(text.split()) >= 40 and re.search(r"\bSources?: ", text), text
    assert all(o.about for o in options_of(cls)), name
    assert cls.family in {f for f, *_ in FAMILIES} and cls.kinds
    assert "[plugins.options.detector." in text or "Example" in text


def test_the_example_of_the_docs_works_by_copying(tmp_path: Path) -> None:
    page = (ROOT / "docs/own-detectors.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)[:1]
    (tmp_path / "sudden_stop.py").write_text(code, encoding="utf-8")
    roster = Roster(Detect(on=("sudden_stop",)), Plugins(folder=str(tmp_path)))
    listed = roster.listed["sudden_stop"]
    assert listed.runs and listed.elsewhere and not listed.problem
    seen = panel(40)
    x = seen.x.copy()
    x[:, 0], x[-1, 0, 7] = 5.0, 2 * np.sqrt(0.375)  # some activity, and none at all
    worker = Worker(60.0)
    try:
        scores = worker.run(Task(listed.code(), listed.plain(), replace(seen, x=x)))
    finally:
        worker.stop()
    assert isinstance(scores, Scores)
    tail = checked_scores(scores, len(seen.signals), 40).tail
    assert np.nanargmin(tail[0]) == 7 and tail[0, 7] < 1e-6
    assert np.isnan(tail[1:]).all() and issubclass(listed.cls, FleetDetector)


def test_the_examination_that_the_docs_name_is_there() -> None:
    page = (ROOT / "docs/own-detectors.md").read_text(encoding="utf-8")
    for name in re.findall(r"`(tests/[\w/]+\.py)`", page):
        assert (ROOT / name).exists(), name
    assert np.isfinite(shifted(panel(8), 3, 5).x).all()
