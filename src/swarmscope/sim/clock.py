"""The time of a run: seconds since it began as moments in Unix nanoseconds."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field


@dataclass(slots=True)
class Clock:
    """t0_ns: when the run began. It can be put forward: a fleet whose machine slept has done nothing meanwhile."""

    t0_ns: int
    _from: list[float] = field(default_factory=list)
    _by: list[int] = field(default_factory=list)

    def ns(self, t: float) -> int:
        """The moment of `t` seconds of the run."""
        at = bisect_left(self._from, t)
        return self.t0_ns + int(t * 1e9) + (self._by[at - 1] if at else 0)

    def skip(self, t: float, ns: int) -> None:
        """What comes after `t` seconds of the run is so much later, or earlier; what was before stays where it is.
        Skips come in the order of the run."""
        self._from.append(t)
        self._by.append((self._by[-1] if self._by else 0) + ns)
