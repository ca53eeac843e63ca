"""What travels from the receivers through the journal to the store."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Batch:
    """Decoded, redacted, normalised rows of one or more requests.

    tables: table name → Arrow table with the schema of `model.tables.TABLES[name]`; absent means no rows.
    epoch: number of the configuration under which it was made.
    lane: `live`, or `backfill` (low priority, kept from live detection).
    """

    tables: dict[str, pa.Table] = field(default_factory=dict)
    epoch: int = 0
    lane: str = "live"

    @property
    def rows(self) -> int:
        """Rows over all tables."""
        return sum(t.num_rows for t in self.tables.values())

    @property
    def nbytes(self) -> int:
        """Bytes of the Arrow buffers."""
        return sum(t.nbytes for t in self.tables.values())


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receiver tells the sender of one request, after the journal has it.

    accepted, rejected: items (spans, log records, data points). message: why the rejected ones were refused, empty when none.
    written: of remote write, how many samples, histograms and exemplars.
    """

    accepted: int
    rejected: int = 0
    message: str = ""
    written: tuple[int, int, int] = (0, 0, 0)
