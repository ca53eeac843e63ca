"""Script per frame from a browser's trace: nested calls count once, other threads not at all; no browser is said clearly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from swarmscope.bench.browser import chromium
from swarmscope.bench.frames import frames, longest_ms
from swarmscope.errors import ConfigError


def event(name: str, at_ms: float, ms: float, thread: int = 1) -> dict[str, Any]:
    return {"name": name, "ph": "X", "pid": 7, "tid": thread, "ts": at_ms * 1000, "dur": ms * 1000}


FRAMES = [event("FireAnimationFrame", at, 1.0) for at in (0, 16, 32, 48)]


def test_given_a_trace_when_cut_into_frames_then_each_moment_of_script_counts_once() -> None:
    work = [
        event("HandlePostMessage", 18, 6),
        event("FunctionCall", 19, 4),
        event("Layout", 26, 5),
        event("MinorGC", 33.5, 0.5),
    ]
    found = frames([*FRAMES, *work, event("FunctionCall", 2, 9, thread=2)])
    assert found.script_ms.tolist() == [1.0, 7.0, 1.5]
    assert found.seconds == pytest.approx(0.048)


def test_given_the_clock_of_the_thread_when_read_then_what_others_took_is_left_out() -> None:
    def slowed(name: str, at_ms: float, ms: float) -> dict[str, Any]:
        return event(name, at_ms * 5, ms * 5) | {"tts": at_ms * 1000, "tdur": ms * 1000}

    found = frames(
        [slowed("FireAnimationFrame", 0, 1), slowed("FunctionCall", 3, 4), slowed("FireAnimationFrame", 16, 1)]
    )
    assert found.script_ms.tolist() == [5.0]
    assert found.seconds == pytest.approx(0.08)


def test_given_updates_of_a_worker_when_read_then_the_frames_that_took_them_in_are_known() -> None:
    ticks = [event("FireAnimationFrame", at, 0.5) for at in range(0, 3001, 20)]
    updates = [event("HandlePostMessage", at, 8) for at in (505, 1505, 2505)]
    found = frames([*ticks, *updates])
    assert found.script_ms[found.updated].tolist() == [8.5, 8.5, 8.5]
    assert np.percentile(found.script_ms, 95) == 0.5


def test_given_a_trace_without_frames_when_read_then_it_is_refused() -> None:
    with pytest.raises(ValueError, match="no frame"):
        frames([event("FunctionCall", 0, 1)])


def test_given_no_browser_when_looked_for_then_the_way_out_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("SWARMSCOPE_CHROMIUM", str(tmp_path / "none"))
    with pytest.raises(ConfigError, match="install chromium, or name one in SWARMSCOPE_CHROMIUM"):
        chromium()


def test_given_tasks_of_many_threads_when_looked_at_then_the_longest_of_a_page_counts_by_its_own_clock() -> None:
    names = [
        {"name": "thread_name", "pid": 1, "tid": t, "args": {"name": n}}
        for t, n in ((1, "CrRendererMain"), (2, "Compositor"))
    ]
    tasks = [
        {"name": "RunTask", "pid": 1, "tid": t, "dur": 900_000, "tdur": d}
        for t, d in ((1, 20_000), (1, 150_000), (2, 700_000))
    ]
    assert longest_ms([*names, *tasks, {"name": "RunTask", "pid": 1, "tid": 1, "dur": 5}]) == 150
    with pytest.raises(ValueError, match="no task"):
        longest_ms(tasks)
