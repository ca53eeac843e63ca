"""What a listener has been told already.

Rows that are found at the same time are stored in any order: the moment of the last that was told does not say what is new.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from swarmscope.query.times import SECOND_NS

LATE_NS = 10 * SECOND_NS  # what was found up to so long before the last that was told still comes
TOLD_MAX = 5_000


@dataclass(frozen=True, slots=True)
class Told:
    """All that was found before `floor_ns` was told, and after it these: key → when it was found, ns since the epoch."""

    floor_ns: int
    keys: Mapping[str, int] = field(default_factory=dict)

    def with_rows(self, rows: Sequence[Mapping[str, Any]], floor_ns: int) -> Told:
        """After these rows too (`key`, `found_ns`), when nothing before `floor_ns` is to be told any more."""
        keys = {**self.keys, **{r["key"]: r["found_ns"] for r in rows}}
        floor = max(self.floor_ns, floor_ns, *sorted(keys.values())[:-TOLD_MAX][-1:])
        return Told(floor, {key: found for key, found in keys.items() if found > floor})

    def with_newest(self, rows: Sequence[Mapping[str, Any]]) -> tuple[Told, int]:
        """After the newest rows there were (newest first, `waiting`: how many there were in all); and how many were skipped,
        which do not come later."""
        if not rows:
            return self, 0
        skipped = int(rows[0]["waiting"]) - len(rows)
        return self.with_rows(rows, rows[0]["found_ns"] - (0 if skipped else LATE_NS)), skipped
