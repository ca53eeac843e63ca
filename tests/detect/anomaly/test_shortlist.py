"""The examination of detectors for the shortlist: quiet on noise, loud on the strangest, whole answers for hostile arrays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from swarmscope.config import Plugins
from swarmscope.detect.base import KIND, ShortlistDetector, options_at, options_of
from swarmscope.detect.guard import checked_scores
from swarmscope.detect.worker import Code, Task, Worker
from swarmscope.errors import PluginError
from swarmscope.registry import discover
from swarmscope.window import INDEX, SIGNALS, Panel
from tests.support.panels import panel, shifted

DETECTORS = {n: p.cls for n, p in discover(KIND, Plugins()).plugins.items() if issubclass(p.cls, ShortlistDetector)}
SLOW = {"lstm_autoencoder"}  # it compiles for each shape
QUICK = sorted(set(DETECTORS) - SLOW)


def tail_of(name: str, seen: Panel, **options: float) -> np.ndarray:
    cls = DETECTORS[name]
    made = cls(options_at(cls, given=options)).judge(seen)
    return checked_scores(made, len(seen.signals), len(seen.agents)).tail


def test_all_of_them_are_there() -> None:
    assert {"autoencoder", "dbscan", "isolation_forest", "lof", "lstm_autoencoder"} <= set(DETECTORS)


@pytest.mark.parametrize("name", [*QUICK, *(pytest.param(n, marks=pytest.mark.long) for n in sorted(SLOW))])
def test_given_one_slow_agent_then_it_is_the_strangest_and_the_calm_are_left_alone(name: str) -> None:
    tail = tail_of(name, shifted(panel(), 17, 6))[0]
    assert np.nanargmin(tail) == 17 and tail[17] < 1e-2
    others = np.delete(tail, 17)
    assert np.nanmin(others) > 1e-4 and np.mean(others < 0.01) < 0.1


@pytest.mark.parametrize("name", QUICK)
@pytest.mark.parametrize("kind", ["nan", "constant", "jump", "short", "one agent"])
def test_given_hostile_arrays_then_the_answer_is_whole(name: str, kind: str) -> None:
    seen = panel(1 if kind == "one agent" else 16, frames=3 if kind == "short" else 60)
    x = seen.x.copy()
    if kind == "nan":
        x[:] = np.nan
    elif kind == "constant":
        x[:] = 7
    elif kind == "jump":
        x[-1, INDEX["cost"]] = 1e12
    tail = tail_of(name, replace(seen, x=x))
    assert tail.shape == (1, len(seen.agents)) and ((tail >= 0) & (tail <= 1) | np.isnan(tail)).all()


@pytest.mark.parametrize("name", QUICK)
def test_the_same_panel_gives_the_same_and_stays_as_it_was(name: str) -> None:
    seen = shifted(panel(24, frames=60), 3, 5)
    before = seen.x.copy()
    np.testing.assert_array_equal(tail_of(name, seen), tail_of(name, seen))
    np.testing.assert_array_equal(seen.x, before)


def test_contamination_names_candidates_and_flags_nobody() -> None:
    calm = panel(100, 3)
    for name in ("isolation_forest", "lof"):
        few = tail_of(name, calm, contamination=0.05)[0]
        assert (few < 1).sum() <= 5 and np.nanmin(few) > 1e-4


@pytest.mark.long
def test_the_lstm_looks_only_beyond_its_threshold() -> None:
    seen = shifted(panel(24, frames=60), 3, 5)
    assert (tail_of("lstm_autoencoder", seen, threshold=1.0, rounds=5) == 1).all()


@pytest.mark.parametrize("name", sorted(DETECTORS))
def test_options_have_a_meaning_bounds_and_the_dial(name: str) -> None:
    cls = DETECTORS[name]
    assert options_of(cls) and all(o.about for o in options_of(cls))
    with pytest.raises(PluginError, match="options"):
        options_at(cls, given={"no_such": 1})
    assert f"[plugins.options.detector.{name}]" in (cls.__doc__ or "") and "Source" in (cls.__doc__ or "")


def test_one_of_them_runs_in_the_worker_process() -> None:
    cls = DETECTORS["isolation_forest"]
    worker = Worker(60.0)
    try:
        scores = worker.run(Task(Code(cls.__module__, cls.__name__), {}, shifted(panel(24, frames=60), 3, 6)))
    finally:
        worker.stop()
    assert len(SIGNALS) == scores.shares.shape[0] and int(np.nanargmin(scores.tail)) == 3
