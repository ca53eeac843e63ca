"""Spans worth keeping longer than all spans: traces with an error, slow, rare or costly ones, and a sample.

Chosen per closed ten minutes from what is stored, so no span waits in memory for its trace to end; spans of a chosen trace are
taken from five minutes before the window to five minutes after it. Each reason takes at most
its share of the traces of a window (`retention.kept_max_ratio`, a quarter for each), chosen by a hash of the trace id, so that
a second run chooses the same.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from swarmscope.config import Retention
from swarmscope.store.client import Store
from swarmscope.store.sql import statement
from swarmscope.store.state import JobState, Windowed, touched_by

GRACE_S = 120.0
WINDOW_S = 600
TRACES_MIN = 50  # of each reason, however few traces there are

# Thousands of traces against a bloom filter cost more than reading the column.
SETTINGS: dict[str, object] = {"use_skip_indexes": 0, "max_threads": 1}

TOUCHED = statement("keep_touched")
COUNT = statement("keep_count")
KEEP = statement("keep")


def keep_spans(store: Store, retention: Retention, now: float | None = None) -> int:
    """Copy what is worth keeping from every closed dirty window; returns the number of windows."""

    def work(windows: Sequence[int]) -> None:
        for window in windows:
            within = {"start": window, "end": window + WINDOW_S}
            for row in store.query(COUNT, within).to_pylist():
                share = max(TRACES_MIN, int(row["traces"] * retention.kept_max_ratio / 4))
                sample_ppm = round(retention.kept_sample_ratio * 1e6)
                store.command(
                    KEEP, {**within, "tenant": row["tenant"], "share": share, "sample_ppm": sample_ppm}, SETTINGS
                )

    clock = time.time if now is None else lambda: now
    return Windowed(
        JobState(store, "keep"), touched_by(store, TOUCHED), work, WINDOW_S, GRACE_S, at_once=1, now=clock
    ).run()
