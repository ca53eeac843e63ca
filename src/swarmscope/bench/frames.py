"""How long scripts keep the main thread of a page busy, frame by frame, from the browser's trace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

SCRIPTS = frozenset(
    {
        "FunctionCall", "EvaluateScript", "v8.compile", "RunMicrotasks", "TimerFire", "FireAnimationFrame", "FireIdleCallback",
        "EventDispatch", "HandlePostMessage", "MinorGC", "MajorGC", "V8.GCScavenger", "V8.GCFinalizeMC",
    }
)  # fmt: skip
FRAME = "FireAnimationFrame"
TASKS = frozenset({"RunTask", "ThreadControllerImpl::RunTask"})
MAIN = "CrRendererMain"
UPDATE = "HandlePostMessage"  # live data come from a worker


@dataclass(frozen=True, slots=True)
class Frames:
    """Milliseconds of script in each frame, in order; which of them took a message of a worker in; the seconds they cover."""

    script_ms: NDArray[np.float64]
    updated: NDArray[np.bool_]
    seconds: float


def frames(events: Sequence[dict[str, Any]]) -> Frames:
    """Frames of the page's main thread, between two calls of `requestAnimationFrame`. ValueError: the page drew none.

    By the thread's own clock where the trace has it: what a busy machine does meanwhile is not the page's.
    """
    spans = [e for e in events if e.get("ph") == "X" and e.get("name") in SCRIPTS]
    drawn = Counter((e["pid"], e["tid"]) for e in spans if e["name"] == FRAME)
    if not drawn:
        raise ValueError("the trace holds no frame of the page")
    thread = drawn.most_common(1)[0][0]
    mine = [e for e in spans if (e["pid"], e["tid"]) == thread]
    clock, length = ("tts", "tdur") if all("tts" in e and "tdur" in e for e in mine) else ("ts", "dur")
    own = sorted((e[clock], e[clock] + e.get(length, 0), e["name"] == FRAME) for e in mine)
    starts = np.array([start for start, _, frame in own if frame], float)
    busy = np.zeros(len(starts) - 1)
    updated = np.zeros(len(busy), bool)
    end = -np.inf
    for start, stop, _ in own:
        begun = max(start, end)  # calls lie within each other; each moment counts once
        if stop <= begun:
            continue
        end = stop
        at = int(np.searchsorted(starts, start, "right")) - 1
        if 0 <= at < len(busy):
            busy[at] += (stop - begun) / 1000
    for e in mine:
        at = int(np.searchsorted(starts, e[clock], "right")) - 1
        if e["name"] == UPDATE and 0 <= at < len(busy):
            updated[at] = True
    drawn_at = [e["ts"] for e in mine if e["name"] == FRAME]
    return Frames(busy, updated, (max(drawn_at) - min(drawn_at)) / 1e6)


def longest_ms(events: Sequence[dict[str, Any]]) -> float:
    """Milliseconds of the longest task of any page's main thread, by the thread's own clock. ValueError: there is none."""
    mains = {(e["pid"], e["tid"]) for e in events if e.get("name") == "thread_name" and e["args"]["name"] == MAIN}
    taken: list[float] = [
        e["tdur"] for e in events if e.get("name") in TASKS and "tdur" in e and (e["pid"], e["tid"]) in mains
    ]
    if not taken:
        raise ValueError("the trace holds no task of a page")
    return max(taken) / 1000
