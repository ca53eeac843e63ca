"""The session of a span that names none is that of the spans around it.

Conventions put the conversation on some spans only: OpenTelemetry's on agents and model calls, not on tools, steps and the
request that all of it serves. A span takes the session of the span above it, else that of the spans below or beside it; where
these name several, none. Children end and are sent before their parents, so what is known outlives its request: it is shared
by all workers and bounded, and what was said long ago loses its place to what is new. Attributes stay as they were sent.
"""

from __future__ import annotations

import threading

import numpy as np

from swarmscope.ingest.columns import I32, U8, U64, Strings
from swarmscope.ingest.kernels import family as k
from swarmscope.ingest.shared import SEED

MARKS = 1 << 16  # 5 MiB


class Sessions:
    """What is known of spans' sessions. Any thread."""

    def __init__(self, marks: int = MARKS) -> None:
        """marks: a power of two."""
        self._lock = threading.Lock()
        self._marks = k.Marks(
            np.zeros(marks, np.uint64),
            np.zeros(marks, np.uint8),
            np.zeros(marks, np.uint64),
            np.zeros(marks, np.uint8),
            np.zeros(marks * k.TEXT_MAX, np.uint8),
        )

    def forget(self) -> None:
        """Know nothing: some may be erased."""
        with self._lock:
            self._marks.word.fill(0)
            self._marks.texts.fill(0)

    def fill(self, own: U64, above: U64, session: I32, values: Strings, others: Strings) -> Strings:
        """Fill in `session`, rows as `shared.Texts(values, others)` has them. `others` comes back, with the remembered
        sessions that were needed behind it. own, above: of `kernels.family.words`."""
        spans = own.size
        known = k.Nodes(
            np.empty(2 * spans, np.uint64),
            np.zeros(2 * spans, np.uint8),
            np.zeros(2 * spans, np.uint64),
            np.full(2 * spans, -1, np.int64),
        )
        of, up = np.empty(spans, np.int32), np.full(spans, -1, np.int32)
        count = k.nodes(own, above, np.full(1 << (4 * spans).bit_length(), -1, np.int32), known, of, up)
        texts = k.Values(values.offsets, values.data, others.offsets, others.data)
        lacking = k.say(session, of, up, known, texts, SEED)
        behind = -1 - others.offsets.size  # the row of the first that is remembered
        lengths, found = np.zeros(2 * lacking, np.uint8), np.zeros(2 * lacking * k.TEXT_MAX, np.uint8)
        used = 0
        with self._lock:
            if lacking:
                used = k.recall(session, of, up, known, self._marks, behind, lengths, found)
                k.spread(session, of, up, known)
            k.keep(known, count, texts, behind, lengths, found, self._marks)
        return _with(others, lengths[:used], found[: used * k.TEXT_MAX]) if used else others


def _with(others: Strings, lengths: U8, texts: U8) -> Strings:
    """Remembered texts behind the others."""
    filled = np.arange(k.TEXT_MAX) < lengths[:, None]
    ends = others.offsets[-1] + np.cumsum(lengths, dtype=np.int64)
    data = np.concatenate((others.data[: others.offsets[-1]], texts.reshape(-1, k.TEXT_MAX)[filled]))
    return Strings(np.concatenate((others.offsets, ends)), data)
