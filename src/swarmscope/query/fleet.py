"""The live state of every agent, held in memory and refreshed each second for all readers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from functools import partial

from swarmscope import telemetry
from swarmscope.config import States
from swarmscope.errors import SwarmscopeError
from swarmscope.query.environments import Deployed
from swarmscope.query.reader import Reader, Source
from swarmscope.query.watch import FleetView, Watch

REFRESH_S = 1.0
QUIET_S = 30.0  # nobody looked for so long: refresh less often
QUIET_REFRESH_S = 5.0
LOAD_MAX = 0.2  # share of the time that refreshing may take; beyond, it waits longer
PAUSE_MAX_S = 10.0  # yet never longer: one look that a stalled machine held up must not freeze the fleet for minutes

_TABLES = ("spans", "spans_pending", "agent_events")
_log = telemetry.logger("query")
_seconds = telemetry.histogram("swarmscope_query_fleet_refresh_seconds", "Time to refresh the live state of all agents")
_agents = telemetry.gauge("swarmscope_query_fleet_agents", "Agents known", ("tenant",))

Listener = Callable[[str, FleetView], None]


class FleetSnapshot:
    """The agents of each tenant. `view` gives the newest one at once; views never change and may be kept.

    `start` and `stop` bound a thread that refreshes; without it, `view` refreshes when its view is older than REFRESH_S.
    deployed: which of them are deployed where. options: thresholds of the states; None: the defaults. refuted: ids of the
    findings of a tenant between two moments (ns) that people called false.
    """

    def __init__(
        self,
        store: Source,
        tenants: Callable[[], Sequence[str]],
        options: States | None = None,
        refuted: Callable[[str, int, int], Collection[str]] = lambda *_: (),
    ) -> None:
        self._store = store
        self._refuted = refuted
        self.deployed = Deployed(store)
        self._tenants = tenants
        self._options = options or States()
        self._watches: dict[str, Watch] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._listeners: list[Listener] = []
        self._looked_at = time.monotonic()  # who starts it is about to look

    def start(self) -> None:
        """Begin to refresh in the background."""
        self._thread = threading.Thread(target=self._run, name="fleet", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the background refresh."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def listen(self, listener: Listener) -> None:
        """Call `listener(tenant, view)` after each refresh, from the refreshing thread; it must be quick."""
        self._listeners.append(listener)

    def view(self, tenant: str) -> FleetView:
        """The newest view of a tenant's agents; a tenant without agents has an empty one."""
        known = self.known(tenant)
        return self.refresh(tenant) if known is None else known

    def known(self, tenant: str) -> FleetView | None:
        """The same without a look into the store; None: it takes one."""
        self._looked_at = time.monotonic()
        watch = self._watches.get(tenant)
        fresh = watch is not None and (self._thread is not None or watch.age_s() < REFRESH_S)
        return watch.view if fresh and watch is not None else None

    def refresh(self, tenant: str) -> FleetView:
        """Read what changed now. StoreError: the store is away; the view before stays in force."""
        with self._lock:
            watch = self._watches.get(tenant)
            if watch is None:
                watch = Watch(Reader(self._store, tenant), self._options, partial(self._refuted, tenant))
            view = watch.refresh(time.time_ns())
            self._watches[tenant] = watch
            _agents.labels(tenant).set(len(view.agent))
        self.deployed.renew(tenant)
        for listener in self._listeners:
            listener(tenant, view)
        return view

    def _run(self) -> None:
        pause, refreshed, seen = 0.0, 0.0, self._changes()
        while not self._stopping.wait(pause):
            begun = time.monotonic()
            stored = self._changes()
            unchanged = stored is not None and stored == seen  # only states that come by the clock could differ
            unseen = begun - self._looked_at > QUIET_S
            if (unchanged or unseen) and 0 < refreshed > begun - QUIET_REFRESH_S:
                pause = REFRESH_S  # not longer: who looks again, or what is stored, waits a second at most
                continue
            refreshed, seen = begun, stored
            with suppress(SwarmscopeError):  # the store is away: its own health tells; the next round tries again
                for tenant in self._tenants():
                    self.refresh(tenant)
            took = time.monotonic() - begun
            _seconds.observe(took)
            pause = pause_after(took)

    def _changes(self) -> list[int] | None:
        """A number for each table that views are made of; None: not known."""
        found = [self._store.changes(table) for table in _TABLES]
        return None if None in found else [n for n in found if n is not None]


def pause_after(took_s: float) -> float:
    """Seconds to wait after a refresh that took `took_s`."""
    return min(PAUSE_MAX_S, max(REFRESH_S - took_s, took_s * (1 / LOAD_MAX - 1)))
