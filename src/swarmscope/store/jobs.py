"""Work on the store in the background: rollups, edges, keeping what is worth it, retention, erasure of late rows.

One thread, one job at a time, so that queries and inserts feel little. A job that fails is logged, counted and tried again at
its next turn.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from swarmscope.config import Config, Retention
from swarmscope.errors import SwarmscopeError
from swarmscope.store import cost, edges, erasure, keep, retention, rollup
from swarmscope.store.client import Store
from swarmscope.telemetry import counter, histogram, logger

_LOG = logger("store")
_SECONDS = histogram(
    "swarmscope_store_job_seconds", "how long a job ran", ("job",), buckets=(0.01, 0.1, 0.5, 1, 5, 30, 120, 600)
)
_FAILURES = counter("swarmscope_store_job_failures", "runs of a job that failed", ("job",))


@dataclass(slots=True)
class _Job:
    every_s: float
    run: Callable[[], object]
    due_s: float = 0.0


class Jobs:
    """The jobs of one store."""

    def __init__(self, store: Store, config: Config, floor: Callable[[], float | None] = lambda: None) -> None:
        """floor: event time, in seconds since the epoch, of the oldest row the journal may replay; None when there is none.

        Called before partitions are dropped.
        """
        self._store = store
        self._retention = config.retention
        self._floor = floor
        self._jobs = {
            "edges": _Job(20, lambda: edges.state_edges(store)),
            "samples": _Job(60, lambda: rollup.roll_samples(store)),
            "keep": _Job(120, lambda: keep.keep_spans(store, self._retention)),
            "cost": _Job(120, lambda: cost.roll_cost(store, self._retention)),
            "retention": _Job(3_600, self._retain),
            "erasure": _Job(300, lambda: erasure.erase_again(store)),
        }
        self._wake = threading.Event()
        self._stopped = False
        self._turn = threading.Lock()
        self._thread: threading.Thread | None = None

    @property
    def names(self) -> list[str]:
        """What `run_once` takes."""
        return list(self._jobs)

    def start(self) -> None:
        """Run each job at its interval, from now on."""
        self._thread = threading.Thread(target=self._loop, name="store-jobs", daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float = 30.0) -> None:
        """No further job starts; waits for the one that runs."""
        self._stopped = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout_s)

    def retain(self, retention: Retention) -> None:
        """From now on these times hold; what is older goes at the next turn, which is soon."""
        self._retention = retention
        self._jobs["retention"].due_s = 0.0
        self._wake.set()

    def run_once(self, name: str) -> None:
        """Run one job now, after the one that runs. Raises what it raises."""
        job = self._jobs.get(name)
        if job is None:
            raise KeyError(f"no job {name!r}; there are {', '.join(self._jobs)}")
        with self._turn, _SECONDS.labels(name).time():
            job.run()

    def _loop(self) -> None:
        while not self._stopped:
            now = time.monotonic()
            for name, job in self._jobs.items():
                if not self._stopped and job.due_s <= now:
                    job.due_s = now + job.every_s
                    self._attempt(name)
            self._wake.wait(max(0.5, min(job.due_s for job in self._jobs.values()) - time.monotonic()))
            self._wake.clear()

    def _attempt(self, name: str) -> None:
        try:
            self.run_once(name)
        except SwarmscopeError as e:
            _FAILURES.labels(name).inc()
            _LOG.warning("job_failed", job=name, error=str(e), retryable=e.retryable)
        except Exception as e:  # noqa: BLE001 # a defect in one job must not end the others
            _FAILURES.labels(name).inc()
            _LOG.error("job_failed", job=name, error=repr(e), exc_info=True)

    def _retain(self) -> None:
        retention.apply_ttl(self._store, self._retention)
        retention.drop_expired(self._store, self._retention, time.time(), self._floor())
