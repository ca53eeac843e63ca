"""The coordinator: rounds in which sites join, learn each other's keys, share their vectors, and get the model of all."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarmscope.detect.federated.masking import KEY_CHARS_MAX, fingerprint
from swarmscope.detect.federated.privacy import Privacy, epsilon_of
from swarmscope.errors import InputError, NotFoundError
from swarmscope.stats.pooled import Layout, pooled

U64 = NDArray[np.uint64]
ROUNDS_MAX = 200  # of a tenant; of more, its oldest go
SITES_MAX = 200
LIFE_S = 3600.0
COMPONENTS = 3
DELTA = 1e-6
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


@dataclass(slots=True)
class Round:
    """One model to be trained. sites: how many must join. State: joining → sharing → done, or failed when time ran out."""

    id: str
    name: str
    layout: Layout
    sites: int
    privacy: Privacy | None
    created_s: float
    keys: dict[str, str] = field(default_factory=dict)
    shared: set[str] = field(default_factory=set)
    total: U64 | None = None
    model: dict[str, Any] | None = None
    problem: str = ""

    @property
    def state(self) -> str:
        """Where it stands."""
        if self.problem:
            return "failed"
        if self.model is not None:
            return "done"
        return "sharing" if len(self.keys) == self.sites else "joining"

    def json(self) -> dict[str, Any]:
        """In the shape of the API. Keys are told when all have joined, so that all see the same."""
        full = len(self.keys) == self.sites
        return {
            "id": self.id,
            "name": self.name,
            "state": self.state,
            "signals": list(self.layout.signals),
            "centre": list(self.layout.centre),
            "scale": list(self.layout.scale),
            "sites": self.sites,
            "joined": sorted(self.keys),
            "shared": sorted(self.shared),
            "keys": dict(self.keys) if full else {},
            "fingerprint": fingerprint(self.keys) if full else "",
            "clip": self.privacy.clip if self.privacy else None,
            "sigma": self.privacy.sigma if self.privacy else None,
            "model": self.model,
            "problem": self.problem,
        }


@dataclass(slots=True)
class Rounds:
    """The rounds of all tenants, in memory: a round lasts minutes, and one that a restart interrupts is begun anew."""

    _rounds: dict[tuple[str, str], Round] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, tenant: str, name: str, layout: Layout, sites: int, privacy: Privacy | None) -> Round:
        """A new round. InputError: too many or too few sites."""
        if not 2 <= sites <= SITES_MAX:
            raise InputError(
                f"sites={sites} must be within 2 and {SITES_MAX}: of fewer the sum would show one site's data"
            )
        with self._lock:
            made = Round(secrets.token_hex(8), name, layout, sites, privacy, time.time())
            self._rounds[tenant, made.id] = made
            for key in [k for k in self._rounds if k[0] == tenant][:-ROUNDS_MAX]:
                del self._rounds[key]
            return made

    def get(self, tenant: str, round_id: str) -> Round:
        """A round. NotFoundError."""
        with self._lock:
            found = self._rounds.get((tenant, round_id))
            if found is None:
                raise NotFoundError(
                    f"there is no round {round_id[:64]!r}; the coordinator may have been restarted: begin anew"
                )
            if found.state in ("joining", "sharing") and time.time() - found.created_s > LIFE_S:
                found.problem = (
                    f"not all of {found.sites} sites shared within {LIFE_S:.0f} s; begin anew without the missing"
                )
            return found

    def all(self, tenant: str) -> list[Round]:
        """Rounds of a tenant, newest first."""
        with self._lock:
            return [r for (t, _), r in reversed(self._rounds.items()) if t == tenant]

    def join(self, tenant: str, round_id: str, site: str, key: str) -> Round:
        """A site takes part. InputError: it is full, or the name is taken by another key."""
        found = self.get(tenant, round_id)
        with self._lock:
            if found.keys.get(site, key) != key:
                raise InputError(
                    f"site {site!r} joined round {round_id} before with another key; give each site a name of its own"
                )
            if site not in found.keys and len(found.keys) >= found.sites:
                raise InputError(f"round {round_id} is full: {', '.join(sorted(found.keys))}")
            if not 1 < len(key) <= KEY_CHARS_MAX:
                raise InputError(f"the key of site {site!r} has {len(key)} characters; 2 to {KEY_CHARS_MAX} are right")
            found.keys[site] = key
            return found

    def share(self, tenant: str, round_id: str, site: str, vector: U64) -> Round:
        """A site's masked vector. With the last one the model is made. InputError: it is not its turn, or of another size."""
        found = self.get(tenant, round_id)
        with self._lock:
            if found.state != "sharing" or site not in found.keys:
                raise InputError(f"round {round_id} is {found.state} and site {site!r} cannot share now")
            if site in found.shared:
                raise InputError(f"site {site!r} has shared already; a vector is taken once")
            if vector.shape != (found.layout.size,):
                raise InputError(
                    f"the vector of site {site!r} has {vector.size} numbers; this round has {found.layout.size}"
                )
            found.total = vector.copy() if found.total is None else found.total + vector
            found.shared.add(site)
            if len(found.shared) == found.sites:
                _finish(found)
            return found


def _finish(found: Round) -> None:
    total = found.total
    assert total is not None  # noqa: S101 # the last of several sites has just added to it
    found.total = None
    try:
        seen = pooled(found.layout, total)
    except ValueError as e:
        found.problem = str(e)
        return
    values, directions = seen.components(COMPONENTS)
    found.model = {
        "rows": seen.rows,
        "mean": seen.mean.tolist(),
        "covariance": seen.covariance.tolist(),
        "component_variances": values.tolist(),
        "components": directions.tolist(),
        "quantiles": {str(q): seen.quantile(q).tolist() for q in QUANTILES},
        "epsilon": None if found.privacy is None else epsilon_of(DELTA, found.privacy.sigma),
        "delta": None if found.privacy is None else DELTA,
    }
