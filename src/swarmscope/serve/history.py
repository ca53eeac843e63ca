"""What the install did in the last hour: a few figures of its own, sampled at a steady pace and kept in memory.

For who looks at it without Prometheus. A sampler gives figures by name; those that only ever grow end in `_total` and are
told as rates. Bounded: `POINTS` samples, then the oldest go.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from swarmscope.telemetry import logger

STEP_S = 5.0
POINTS = 720
Sampler = Callable[[], Mapping[str, float]]
_TOTAL = "_total"
_LOG = logger("serve")


class History:
    """Samples in a thread of its own; reading is safe from any."""

    def __init__(self, sampler: Sampler, step_s: float = STEP_S, points: int = POINTS) -> None:
        self._sampler = sampler
        self._step_s = step_s
        self._samples: deque[tuple[float, Mapping[str, float]]] = deque(maxlen=points + 1)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Sample from now on."""
        self.sample()
        self._thread = threading.Thread(target=self._loop, name="history", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """No further sample."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(5.0)

    def sample(self, now_s: float | None = None) -> None:
        """Take one now."""
        try:
            self._samples.append((time.time() if now_s is None else now_s, dict(self._sampler())))
        except Exception as e:  # noqa: BLE001 - a figure that cannot be read must not end the others
            _LOG.warning("sample_failed", error=repr(e))

    def columns(self) -> dict[str, Any]:
        """In the shape of `SelfHistory`: rates of what ends in `_total`, a second; the others as they were."""
        samples = list(self._samples)
        names = sorted({name for _, figures in samples for name in figures})
        pairs = list(pairwise(samples))
        series = {name.removesuffix(_TOTAL): [_value(name, *pair) for pair in pairs] for name in names}
        return {
            "step_ms": int(self._step_s * 1e3),
            "times_ms": [int(at * 1e3) for _, (at, _f) in pairs],
            "series": series,
        }

    def _loop(self) -> None:
        while not self._stop.wait(self._step_s):
            self.sample()


_Sample = tuple[float, Mapping[str, float]]


def _value(name: str, before: _Sample, after: _Sample) -> float | None:
    """None: not known at the time, or the clock did not move."""
    new, old = after[1].get(name), before[1].get(name)
    if not name.endswith(_TOTAL):
        return new
    seconds = after[0] - before[0]
    return (new - old) / seconds if new is not None and old is not None and seconds > 0 else None
