"""Where agents are deployed: `deployment.environment(.name)` of the resources that they send from."""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarmscope.query.reader import ENVIRONMENT_KEYS, Reader, Source
from swarmscope.query.search import between
from swarmscope.query.times import HOUR_NS, Window
from swarmscope.query.watch import FleetView

RECENT_NS = 6 * HOUR_NS
FRESH_S = 20.0
FORGOTTEN_S = 600.0
LISTED_MAX = 100
REMEMBERED_MAX = 256
_NAMED = "if({0} != '', {0}, {1})".format(*(f"attributes['{key}']" for key in ENVIRONMENT_KEYS))


def listed(reads: Reader) -> dict[str, Any]:
    """In the shape of `Environments`: by name, with the services that say they run there."""
    rows = reads.rows(
        f"SELECT {_NAMED} AS name, arraySort(groupUniqArray(20)(service)) AS services FROM $resources "
        f"WHERE name != '' GROUP BY name ORDER BY name LIMIT {LISTED_MAX}"
    )
    return {"items": rows}


class Deployed:
    """Which agents sent from an environment in the last hours; looked up anew every FRESH_S. Safe from several threads."""

    def __init__(self, store: Source) -> None:
        self._store = store
        self._known: dict[tuple[str, str], tuple[float, frozenset[str]]] = {}
        self._asked: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()

    def agents(self, tenant: str, environment: str, wait: bool = True) -> frozenset[str]:
        """Their ids. wait: False gives what was found last, without a look at the store; `renew` keeps that fresh."""
        key = (tenant, environment)
        now = time.monotonic()
        with self._lock:
            if len(self._asked) >= REMEMBERED_MAX and key not in self._asked:
                self._asked.clear()
                self._known.clear()
            self._asked[key] = now
            at, found = self._known.get(key, (-FRESH_S, frozenset()))
        if not wait or now - at < FRESH_S:
            return found
        return self._look(key)

    def renew(self, tenant: str) -> None:
        """Look up again what was asked for lately."""
        now = time.monotonic()
        with self._lock:
            self._asked = {key: at for key, at in self._asked.items() if now - at < FORGOTTEN_S}
            self._known = {key: known for key, known in self._known.items() if key in self._asked}
            old = [key for key, (at, _) in self._known.items() if key[0] == tenant and now - at >= FRESH_S]
        for key in old:
            self._look(key)

    def places(self, view: FleetView, tenant: str, environment: str, wait: bool = True) -> NDArray[np.int64] | None:
        """Where its agents stand in `view`; None: everywhere, as no environment is asked for."""
        if not environment:
            return None
        here = self.agents(tenant, environment, wait)
        return np.flatnonzero(np.fromiter((a in here for a in view.agent), bool, len(view.agent)))

    def _look(self, key: tuple[str, str]) -> frozenset[str]:
        reads = Reader(self._store, key[0], environment=key[1])
        now_ns = time.time_ns()
        recent = Window(now_ns - RECENT_NS, now_ns + HOUR_NS)
        found = frozenset(
            reads.query(
                f"SELECT DISTINCT agent FROM (SELECT agent FROM $spans WHERE {between('start_time', recent)} "
                f"UNION ALL SELECT agent FROM $logs WHERE {between('time', recent)}) WHERE agent != ''"
            )["agent"].to_pylist()
        )
        with self._lock:
            self._known[key] = (time.monotonic(), found)
        return found
