"""What was spent, per hour, agent, model, provider, service and environment; kept when the spans are gone.

An hour is stated whole, from its spans, with a higher revision than before. One whose spans may have expired already is left
as it was stated last.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from swarmscope.config import Retention
from swarmscope.store.client import Store
from swarmscope.store.sql import statement
from swarmscope.store.state import JobState, Windowed, touched_by

GRACE_S = 60.0
WINDOW_S = 3_600
DAY_S = 86_400

TOUCHED = statement("cost_touched")
ROLL = statement("cost")


def roll_cost(store: Store, retention: Retention, now: float | None = None) -> int:
    """State every closed dirty hour; returns the number of hours that were looked at."""
    clock = time.time if now is None else lambda: now

    def work(windows: Sequence[int]) -> None:
        whole = [w for w in windows if w >= clock() - retention.spans_days * DAY_S]
        if whole:
            span = {"windows": whole, "start": min(whole), "end": max(whole) + WINDOW_S, "revision": time.time_ns()}
            store.command(ROLL, span)

    return Windowed(
        JobState(store, "cost"), touched_by(store, TOUCHED), work, WINDOW_S, GRACE_S, at_once=1, now=clock
    ).run()
