"""Against the agent's own exponentially weighted past."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import msgspec

from swarmscope.detect import base
from swarmscope.detect.anomaly.sides import own, strangeness, tail_beyond
from swarmscope.window import Panel


class Ewma(base.FleetDetector):
    """The newest minute against the agent's own exponentially forgetting mean and spread.

    What is normal is learned from frames that are over, clipped so that a fault hardly becomes normal, shrunk to the agents of
    the same kind while the agent is new, and shifted by what the hour of the week does to all of them. What the whole cohort
    does at once is left out: `cohort_shift` tells of that.

        [plugins.options.detector.ewma]
        z = 4.0

    Sources: Roberts, Technometrics 1959; Efron & Morris, JASA 1975; Huber, Ann. Math. Stat. 1964.
    """

    class Options(base.Options, frozen=True, forbid_unknown_fields=True):
        """z: where scores begin."""

        z: Annotated[
            float,
            msgspec.Meta(
                ge=0.5,
                le=20,
                description="standard deviations at which it begins to count",
                extra={"sensitive": (6.0, 2.0)},
            ),
        ] = 3.0

    name: ClassVar[str] = "ewma"
    in_ensemble: ClassVar[bool] = True

    def judge(self, seen: Panel) -> base.Scores:
        """Tail probabilities of a normal distribution."""
        z = own(seen.proved(seen.z, seen.items), seen)
        score = strangeness(z, seen)
        tail: Any = tail_beyond(score, self.options.z, seen)
        half = self.options.z * seen.deviation
        return base.Scores(tail, score, seen.mean, seen.mean - half, seen.mean + half)
