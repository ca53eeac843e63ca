"""Guessing passwords is made slow: after a few refused tries a name and an address wait, twice as long each time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from swarmscope.errors import OverloadError

FREE = {"name": 5, "address": 20}
"""Refused tries without a wait: one name is tried by one person, an address may be a whole office."""
WAIT_S = 2.0
WAIT_MAX_S = 300.0
FORGET_S = 900.0
"""After so long without a refused try it is forgotten."""
REMEMBERED_MAX = 20_000


class Throttle:
    """Counts refused tries by kind and subject; safe to use from several threads."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._refused: dict[tuple[str, str], tuple[int, float]] = {}
        self._lock = threading.Lock()

    def check(self, **subjects: str) -> None:
        """OverloadError: one of the subjects must wait first. It is told for how long."""
        now = self._now()
        with self._lock:
            wait_s = max((self._wait_s(kind, subject, now) for kind, subject in subjects.items()), default=0.0)
        if wait_s > 0:
            raise OverloadError(f"too many refused logins; try again in {wait_s:.0f} s", wait_s)

    def refused(self, **subjects: str) -> None:
        """Count one refused try."""
        now = self._now()
        with self._lock:
            for entry in subjects.items():
                count, at = self._refused.pop(entry, (0, now))
                self._refused[entry] = (1 if now - at > FORGET_S else count + 1, now)
            while len(self._refused) > REMEMBERED_MAX:
                self._refused.pop(next(iter(self._refused)))

    def taken(self, **subjects: str) -> None:
        """A try was right: forget the refused ones."""
        with self._lock:
            for entry in subjects.items():
                self._refused.pop(entry, None)

    def _wait_s(self, kind: str, subject: str, now: float) -> float:
        count, at = self._refused.get((kind, subject), (0, 0.0))
        beyond = count - FREE[kind]
        if beyond < 0 or now - at > FORGET_S:
            return 0.0
        return at + min(WAIT_MAX_S, WAIT_S * 2.0 ** min(beyond, 20)) - now
