"""What people said of findings, as thresholds of detectors of batches and windows.

Detectors of series have their probabilities moved before false discoveries are controlled (`gate.py`). Those of batches and
windows judge one thing at a time: what they report must fall below a bar, the largest doubt (1 − confidence) that is
reported. *False* lowers the bar of the same subject, kind and signal to a hundredth of the doubt that was wrong, each time
again; *true* raises it to the threefold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from swarmscope.detect.gate import Key, decades_of
from swarmscope.model.finding import Finding
from swarmscope.model.verdict import Tally

BAR_MAX = 0.999


@dataclass(frozen=True, slots=True)
class Bars:
    """Of each key that people spoke of: the decades that they moved it by; doubt and magnitude of what they called false."""

    decades: Mapping[Key, float] = field(default_factory=dict)
    doubts: Mapping[Key, float] = field(default_factory=dict)
    sizes: Mapping[Key, float] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.decades)

    def of(self, subject: str, kind: str, signal: str = "") -> float:
        """By how many decades rarer it must be than at first; below 0: less rare."""
        return self.decades.get((subject, kind, signal), 0.0)

    def bar(self, usual: float, subject: str, kind: str, signal: str = "") -> float:
        """The largest doubt that is reported, where it is `usual` of what nobody spoke of."""
        key = (subject, kind, signal)
        decades = self.decades.get(key)
        if decades is None:
            return usual
        return min(BAR_MAX, float(self.doubts.get(key, usual) * 10.0**-decades))

    def admits(self, doubt: float, subject: str, kind: str, signal: str = "") -> bool:
        """Whether something is reported that its detector reports of what nobody spoke of."""
        decades = self.decades.get((subject, kind, signal), 0.0)
        return decades <= 0 or doubt < self.bar(BAR_MAX, subject, kind, signal)

    def kept(self, found: Sequence[Finding]) -> list[Finding]:
        """Those of the findings that are rare enough."""
        if not self.decades:
            return list(found)
        return [f for f in found if self.admits(1 - f.confidence, f.subject, f.kind, f.signal)]


NOTHING_SAID = Bars()


def bars_of(said: Sequence[Tally]) -> Bars:
    """Of several findings of a key that were called false, the largest doubt is the bar that was too high at first."""
    keys = [((one.subject, one.kind, one.signal), one) for one in said]
    return Bars(
        decades_of(said),
        {key: one.doubt for key, one in keys if one.doubt is not None},
        {key: one.magnitude for key, one in keys if one.magnitude is not None},
    )
