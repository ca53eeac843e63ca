"""Usage is counted once: what an agent, chain or workflow says of the calls below it stays with its attributes.

A span that is no model call and has usage below it repeats that usage, so its tokens and cost fill no columns. Children end
before their parents and are sent before them or with them, so a mark for the parent tells: it climbs with every span that
carries one. Marks outlive their request, are shared by all workers, and are bounded: what ended long ago loses its place to
what is new.
"""

from __future__ import annotations

import numpy as np

from swarmscope.ingest.columns import I32, U64
from swarmscope.ingest.kernels import promote as k
from swarmscope.ingest.kernels import totals as kernels
from swarmscope.ingest.semantics import KEY_TABLES
from swarmscope.model.semantics import KEYS, MODEL_CALLS, OWN_COST

# 2 MiB, which caches hold; a trace takes one for each request that ends below a span that is still open
MARKS = 1 << 18

_OWN_COST = KEYS.index(OWN_COST)


class Totals:
    """The spans with usage below them. Any thread: words are written and read whole, and a lost one is a forgotten one."""

    def __init__(self, marks: int = MARKS) -> None:
        """marks: a power of two."""
        self._marks: U64 = np.zeros(marks, np.uint64)

    def withhold(
        self,
        rows: I32,
        own: U64,
        above: U64,
        attrs: k.Attrs,
        role: k.I16,
        operations: list[str],
        found: k.Found,
    ) -> k.Found:
        """`found` of the ended spans `rows`, without the tokens and costs that spans only repeat. own, above: of
        `kernels.family.words`. operations: by number."""
        repeated, some = kernels.repeats(
            own,
            above,
            np.array([name in MODEL_CALLS for name in operations], np.uint8),
            found,
            self._marks,
        )
        if not some:
            return found
        offsets, kept = kernels.withhold(rows, repeated, attrs, role, KEY_TABLES, _OWN_COST, found)
        return found._replace(kept_offsets=offsets, kept=kept)
