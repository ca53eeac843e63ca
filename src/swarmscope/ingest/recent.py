"""What the journal surely has already: messages, resources, series that need not be sent again.

A word is remembered only when the batch that carried it is durable (`confirm`), so that a batch which is refused takes
nothing with it. Forgetting is harmless: the store keeps one of each. Two different things share a 64-bit word once in 2⁶⁴.
"""

from __future__ import annotations

import threading
from collections import deque

import numpy as np

from swarmscope.ingest.columns import I64, U64
from swarmscope.ingest.kernels import messages as kernels

WORDS = 1 << 19


class Recent:
    """A bounded set of 64-bit words. `fresh` and `take_in` belong to the owning thread, `confirm` and `forget` to any."""

    def __init__(self, words: int = WORDS) -> None:
        self._words: U64 = np.zeros(words, np.uint64)
        self._confirmed: deque[U64] = deque(maxlen=4096)
        self._cleared = threading.Event()

    def fresh(self, words: U64) -> I64:
        """Positions of words that are not known yet, each distinct word once."""
        self._take_in()
        return kernels.fresh(words, self._words)

    def confirm(self, words: U64) -> None:
        """These are durable now."""
        if words.size:
            self._confirmed.append(words)

    def forget(self) -> None:
        """Know nothing: after data were erased, it must be sent again."""
        self._cleared.set()

    def _take_in(self) -> None:
        if self._cleared.is_set():
            self._cleared.clear()
            self._confirmed.clear()
            self._words.fill(0)
        while self._confirmed:
            kernels.remember(self._confirmed.popleft(), self._words)
