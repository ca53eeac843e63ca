"""What reads remember of one another, bounded in number and in time; safe from several threads."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Remembered(Generic[K, V]):
    """Values by key: the `most` that were put last, each for `seconds`."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most, self._seconds = most, seconds
        self._of: OrderedDict[K, tuple[float, V]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """The value; None: never put, or too long ago."""
        found = self._of.get(key)
        return found[1] if found is not None and time.monotonic() < found[0] else None

    def put(self, key: K, value: V) -> None:
        """Remember a value, and forget those put longest ago."""
        with self._lock:
            self._of[key] = time.monotonic() + self._seconds, value
            self._of.move_to_end(key)
            while len(self._of) > self._most:
                self._of.popitem(last=False)
