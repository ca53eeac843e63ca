"""A replay sees of a run what had arrived by then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from swarmscope.bench.evaluate.looks import TENANT, Arriving
from swarmscope.config import Storage
from swarmscope.query.buckets import fleet
from swarmscope.query.reader import Reader
from swarmscope.store.embedded import EmbeddedStore
from tests.serve.routes.conftest import fill
from tests.support.stores import migrated

SECOND = 1_000_000_000
BEGAN = 1_790_000_000 * SECOND


def span(number: int, seconds: int) -> dict[str, Any]:
    return {
        "tenant": TENANT, "start_time": BEGAN, "trace_id": bytes(15) + bytes([number]), "span_id": bytes(7) + bytes([number]),
        "agent": "a", "name": "work", "duration_ns": seconds * SECOND,
    }  # fmt: skip


def test_given_a_slow_step_when_looked_at_before_its_end_then_only_quick_ones_are_known(tmp_path: Path) -> None:
    store = EmbeddedStore(migrated(tmp_path / "store"), Storage(readers=1))
    try:
        store.insert("spans", fill("spans", [span(1, 2), span(2, 40)]), "t1")
        arriving, reads = Arriving(store), Reader(store, TENANT)
        told = []
        for after in (1, 10, 30, 50):
            arriving.advance(BEGAN + after * SECOND)
            rows = fleet(reads, [BEGAN // SECOND])
            told.append(
                (rows.columns["spans"].sum(), rows.columns["duration_sum_ns"].sum() / SECOND) if rows.agent else (0, 0)
            )
        assert told == [(0, 0), (1, 2), (1, 2), (2, 42)]
    finally:
        store.close()
