"""What a detector reports: the one noun between detectors, store, pages, rules and people."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field

SEVERITIES = ("info", "low", "medium", "high", "critical")
"""The one ladder, mildest first (warning = medium)."""
SUBJECTS = ("agent", "fleet", "group", "edge", "principal", "workflow", "model")
FLEET = "fleet"
TEXT_CHARS_MAX = 2_000
MEMBERS_MAX = 200


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a detector holds to be so, about one subject in one window.

    detector, version: which judged. kind: what it is (`level_shift`, `loop`, `brute_force`, …). subject_kind: one of SUBJECTS;
    subject: its id, empty for the fleet. signal: the series it is about, empty when it is about none. score: as the detector
    counts, the higher the stranger. confidence: 1 − tail probability under the detector's own null, in [0, 1]. observed,
    expected, lower, upper: in the unit of the signal, NaN where there is none. features: what contributed, (name, share),
    largest first. evidence: (kind, reference) such as ("trace", hex id), ("log", id), ("text", excerpt). cohort: whom it was
    compared with. participants: agents that take part. lead_ns: how far ahead of the event, for predictions.
    """

    tenant: str
    detector: str
    version: str
    kind: str
    severity: str
    subject_kind: str
    subject: str
    window_start_ns: int
    window_end_ns: int
    title: str
    score: float
    confidence: float
    signal: str = ""
    observed: float = math.nan
    expected: float = math.nan
    lower: float = math.nan
    upper: float = math.nan
    explanation: str = ""
    recommendation: str = ""
    features: tuple[tuple[str, float], ...] = ()
    evidence: tuple[tuple[str, str], ...] = ()
    cohort: str = ""
    participants: tuple[str, ...] = ()
    lead_ns: int = 0
    labels: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.severity not in SEVERITIES:
            raise ValueError(
                f"severity={self.severity!r} of detector {self.detector} is none of {', '.join(SEVERITIES)}"
            )
        if self.subject_kind not in SUBJECTS:
            raise ValueError(
                f"subject_kind={self.subject_kind!r} of detector {self.detector} is none of {', '.join(SUBJECTS)}"
            )
        if not 0.0 <= self.confidence <= 1.0:
            raise ValueError(f"confidence={self.confidence!r} of detector {self.detector} is not within [0, 1]")
        if self.window_end_ns < self.window_start_ns:
            raise ValueError(f"the window of a finding of {self.detector} ends before it starts")

    @property
    def id(self) -> bytes:
        """16 bytes, the same for the same detector, version, subject, signal and window: what is found again is one finding."""
        words = (
            self.tenant,
            self.detector,
            self.version,
            self.kind,
            self.subject_kind,
            self.subject,
            self.signal,
            str(self.window_start_ns),
        )
        return hashlib.blake2b("\0".join(words).encode(), digest_size=16).digest()
