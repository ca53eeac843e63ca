"""Edges between agents and between services, from parent and child spans of a closed minute.

An edge belongs to the minute in which the child began. Parents are looked for five minutes back, and among long spans (five
minutes or more) six hours back. A span that arrives late makes the minutes dirty in which its children can lie.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from swarmscope.store.client import Store
from swarmscope.store.sql import statement
from swarmscope.store.state import JobState, Windowed, touched_by

GRACE_S = 30.0
LOOKBACK_S = 300
LONG_LOOKBACK_S = 6 * 3_600
CHILD_MINUTES_MAX = 60

TOUCHED = statement("edges_touched")
STATE_EDGES = statement("edges")


def state_edges(store: Store, now: float | None = None) -> int:
    """State the edges of every closed dirty minute; returns their number."""

    def work(windows: Sequence[int]) -> None:
        store.command(
            STATE_EDGES,
            {
                "windows": list(windows),
                "start": min(windows),
                "end": max(windows) + 60,
                "lookback": LOOKBACK_S,
                "long": LONG_LOOKBACK_S,
                "revision": time.time_ns(),
            },
        )

    clock = time.time if now is None else lambda: now
    return Windowed(
        JobState(store, "edges"),
        touched_by(store, TOUCHED, minutes=CHILD_MINUTES_MAX),
        work,
        60,
        GRACE_S,
        at_once=10,
        now=clock,
    ).run()
