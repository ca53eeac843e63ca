"""How late the spans of a fleet arrive, and until when it is therefore known: what has not come yet is not missing.

On a busy host, behind a slow collector or while senders try again, the newest seconds of a fleet are not there yet. Judged at
the clock they look as if everybody did less, or had fallen silent; learned from, they make that normal. Detection therefore
looks at the moment until which nine of ten spans arrive by now.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from swarmscope.query.times import SECOND_NS

LATE_S_MAX = 300
SHARE = 0.9  # of the spans that must be there; agents whose clocks are wrong hold nobody up
HALF_LIFE_S = 30.0
SLACK_S = 10  # after the newest span: agents act now and then
QUIET_S_MAX = 120.0  # without a single span, whose end is not waited for any longer


@dataclass(slots=True)
class Arrivals:
    """Of one tenant. How late spans were, in whole seconds, the past forgotten by half every HALF_LIFE_S."""

    counts: NDArray[np.float64] = field(default_factory=lambda: np.zeros(LATE_S_MAX + 1))
    newest_ns: int = 0  # the end of the newest span
    taken_ns: int = 0
    told_ns: int = 0

    def take(self, ends_ns: NDArray[np.int64], now_ns: int) -> None:
        """Spans that ended then can be read now."""
        if not len(ends_ns):
            return
        if self.taken_ns:
            self.counts *= 0.5 ** (max(0, now_ns - self.taken_ns) / SECOND_NS / HALF_LIFE_S)
        late = np.clip((now_ns - ends_ns) // SECOND_NS, 0, LATE_S_MAX)
        self.counts += np.bincount(late, minlength=LATE_S_MAX + 1)
        self.newest_ns = max(self.newest_ns, min(int(ends_ns.max()), now_ns))
        self.taken_ns = now_ns

    @property
    def late_s(self) -> int:
        """Seconds within which SHARE of the spans came lately, rounded up; 0: nothing came."""
        total = float(self.counts.sum())
        return int(np.searchsorted(np.cumsum(self.counts), SHARE * total)) + 1 if total else 0

    def known_until(self, now_ns: int) -> int:
        """The moment up to which the fleet is known; it never goes back."""
        until = now_ns - self.late_s * SECOND_NS
        if self.taken_ns and now_ns - self.taken_ns < QUIET_S_MAX * SECOND_NS:
            until = min(until, self.newest_ns + SLACK_S * SECOND_NS)
        self.told_ns = max(self.told_ns, until)
        return self.told_ns
