"""Faults to survive, longer than in the tests."""

from __future__ import annotations

from collections.abc import Iterator

from swarmscope.bench import faults
from swarmscope.bench.figures import Figure
from swarmscope.bench.suite import Context, Suite

TIMES = 50


class Faults(Suite):
    """Kill -9, power cut, store away, disk full: what was acknowledged and is gone."""

    name = "faults"
    by_default = False

    def measure(self, context: Context) -> Iterator[Figure]:
        """Yield what was lost or doubled by each fault; 0 is the only good value."""
        times = max(2, int(TIMES * context.scale))
        context.say(f"{times} kills, power cuts, a store that is away, full disks; this takes minutes")
        for outcome in faults.run(times, context.seed):
            if "left out" in outcome.notes:
                yield Figure(f"{outcome.fault}: left out", None, "", note=str(outcome.notes["left out"]))
                continue
            rows, told = f"{outcome.acknowledged_rows:,} rows acknowledged", f"{outcome.retries} times told to retry"
            note = f"{outcome.times} times, {rows}, {told}"
            wrong = outcome.lost + outcome.doubled + outcome.rollup_wrong
            known = (
                wrong if outcome.acknowledged_rows else None
            )  # where nothing was acknowledged nothing was put to the test
            yield Figure(f"{outcome.fault}: lost or doubled", known, "rows", 0, "lower", note)
            if outcome.replay_rows_per_s:
                yield Figure(
                    f"{outcome.fault}: replay",
                    outcome.replay_rows_per_s,
                    "rows/s",
                    note=f"{outcome.replayed_rows:,} rows",
                )
