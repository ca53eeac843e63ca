"""What happens to a whole kind of agents at once."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec
import numpy as np

from swarmscope.detect import base, words
from swarmscope.detect.anomaly.sides import strangeness
from swarmscope.detect.gate import FRAME_NS, severity
from swarmscope.model.finding import Finding
from swarmscope.window import Panel


class CohortShift(base.FleetDetector):
    """A signal that moved for most agents of one kind at the same time: a provider, a rollout, a shared tool, a wave of work.

    One finding for the group instead of one per agent. The median of the members' deviations must pass `shift`, and most of
    them must point the same way: a sign test, since members are not independent in size but hardly conspire in direction.
    Members count once a quarter of an hour of them is known: a fleet that has just begun moves together by itself.

        [plugins.options.detector.cohort_shift]
        shift = 1.5

    Source: Dixon & Mood, The statistical sign test, JASA 1946.
    """

    class Options(base.Options, frozen=True, forbid_unknown_fields=True):
        """shift: least median deviation. members_min: least size of a group."""

        shift: Annotated[
            float,
            msgspec.Meta(
                ge=0.2, le=10, description="least median deviation of the members", extra={"sensitive": (3.0, 0.7)}
            ),
        ] = 1.5
        members_min: Annotated[int, msgspec.Meta(ge=5, le=1000, description="least members with values")] = 12

    name: ClassVar[str] = "cohort_shift"
    kinds: ClassVar[tuple[str, ...]] = ("cohort_shift",)
    told_after: ClassVar[int] = 15

    def judge(self, seen: Panel) -> list[Finding]:
        """Findings of groups."""
        z = strangeness(seen.z, seen)
        raw = seen.z
        out: list[Finding] = []
        for c, name in enumerate(seen.cohorts):
            members = np.flatnonzero(seen.cohort == c)
            if len(members) < self.options.members_min:
                continue
            for s, signal in enumerate(seen.signals):
                there = members[np.isfinite(z[s, members]) & (seen.known[s, members] >= self.told_after)]
                if len(there) < self.options.members_min:
                    continue
                values = raw[s, there]
                middle = float(np.median(values))
                bad = middle if signal.worse == "high" else -middle if signal.worse == "low" else abs(middle)
                if bad < self.options.shift:
                    continue
                agree = float((np.sign(values) == np.sign(middle)).mean())
                tail = float(np.exp(-2 * len(there) * max(agree - 0.5, 0) ** 2))  # Hoeffding's bound on the sign test
                if tail < 1e-4:
                    out.append(self._finding(seen, s, name, there, middle, tail))
        return out

    def _finding(self, seen: Panel, row: int, cohort: str, members: np.ndarray[tuple[int], np.dtype[np.int64]],
                 middle: float, tail: float) -> Finding:  # fmt: skip
        signal = seen.signals[row]
        observed = float(signal.inverse(np.median(seen.newest[row, members])))
        expected = float(signal.inverse(np.median(seen.mean[row, members])))
        share = signal.transform == "share"
        strangest = members[np.argsort(-np.abs(seen.z[row, members]))]
        return Finding(
            tenant=seen.tenant, detector=self.name, version=self.version, kind="cohort_shift",
            severity=severity(tail, signal.name), subject_kind="group", subject=cohort, signal=signal.name,
            window_start_ns=int(seen.times_ns[-1]) - FRAME_NS, window_end_ns=int(seen.times_ns[-1]),
            title=f"{len(members)} agents of kind {cohort or 'unknown'!r}: {words.name_of(signal.name)} moved together",
            score=abs(middle), confidence=min(1.0, max(0.0, 1 - tail)), observed=observed, expected=expected,
            explanation=(
                f"The median of {len(members)} agents is {words.number(observed, signal.unit, share)} where "
                f"{words.number(expected, signal.unit, share)} is normal, {abs(middle):.1f} standard deviations off, "
                "all at once."
            ),
            recommendation="look at what they share: the model's provider, a tool, a version, a wave of work",
            features=((signal.name, 1.0),), cohort=cohort, participants=tuple(seen.agents[i] for i in strangest[:50].tolist()),
        )  # fmt: skip
