"""Samples rolled up to 5 minutes, 1 hour and 1 day.

A window is computed from the rows below it, whole, and written with a higher revision than before; `FINAL` or `argMax(…,
revision)` reads the newest. `increase` follows Prometheus: a value below its predecessor is a reset, counted from zero. The
predecessor may lie up to five minutes before the window; the first sample of a series adds nothing.

Samples lie together by hour, so the twelve windows of an hour are computed when it is over, from one read of it: at the end
of each window they took twice the time. Nobody misses them meanwhile: samples themselves are kept for days.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from swarmscope.store.client import Store
from swarmscope.store.sql import statement
from swarmscope.store.state import JobState, Touched, Windowed, touched_by

GRACE_S = 60.0
LOOKBACK_S = 300

TOUCHED = statement("samples_touched")
ROLL_5M = statement("samples_5m")
ROLL_UP = statement("samples_wider")
LEVELS = {
    "samples_1h": ("samples_5m", "toStartOfHour(fine.bucket)", 3_600),
    "samples_1d": ("samples_1h", "toDateTime(toStartOfDay(fine.bucket), 'UTC')", 86_400),
}


def roll_samples(store: Store, now: float | None = None) -> int:
    """Bring all three levels up to date; returns the number of windows written."""
    clock = time.time if now is None else lambda: now
    hours, days = JobState(store, "samples_1h"), JobState(store, "samples_1d")

    def five_minutes(windows: Sequence[int]) -> None:
        store.command(ROLL_5M, {**_span(windows, 300), "lookback": LOOKBACK_S})
        hours.add({w // 3_600 * 3_600 for w in windows})

    def wide(target: str, windows: Sequence[int]) -> None:
        source, floor, width_s = LEVELS[target]
        store.command(
            ROLL_UP.replace("{target}", target).replace("{source}", source).replace("{floor}", floor),
            _span(windows, width_s),
        )
        if target == "samples_1h":
            days.add({w // 86_400 * 86_400 for w in windows})

    finest = JobState(store, "samples_5m")
    fine = Windowed(finest, touched_by(store, TOUCHED), five_minutes, 300, GRACE_S, with_s=3_600, now=clock)
    hourly = Windowed(hours, _nothing, lambda w: wide("samples_1h", w), 3_600, 2 * GRACE_S, now=clock)
    daily = Windowed(days, _nothing, lambda w: wide("samples_1d", w), 86_400, 3 * GRACE_S, now=clock)
    return fine.run() + hourly.run() + daily.run()


def _nothing(_batch: int) -> Touched:
    return Touched(0, 0, [])  # its windows come from the level below


def _span(windows: Sequence[int], width_s: int) -> dict[str, object]:
    return {
        "windows": list(windows),
        "start": min(windows),
        "end": max(windows) + width_s,
        "revision": time.time_ns(),
    }
