"""What a detector reports: the one noun between detectors, store, pages, rules and people."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from swarmscope.model.tables import FINDINGS

SEVERITIES = ("info", "low", "medium", "high", "critical")
"""The one ladder, mildest first (warning = medium)."""
SUBJECTS = ("agent", "fleet", "group", "edge", "principal", "workflow", "model")
FLEET = "fleet"
TEXT_CHARS_MAX = 2_000
MEMBERS_MAX = 200
FIRST_TOLD, OVER, OUTCOME = "told", "over", "outcome"
"""Labels of a finding that is stated anew: when it was told first, when it ceased, whether what was foretold came."""


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


def columns(findings: Sequence[Finding], received_ns: int) -> pa.Table:
    """Findings as rows of the table `findings`; texts are cut at TEXT_CHARS_MAX, members at MEMBERS_MAX.

    received_ns: when they were found. The same finding stated again replaces the row of before.
    """
    rows: dict[str, list[object]] = {
        "tenant": [f.tenant for f in findings],
        "received_at": [received_ns] * len(findings),
        "time": [f.window_start_ns for f in findings],
        "finding_id": [f.id for f in findings],
        "detector": [f.detector for f in findings],
        "detector_version": [f.version for f in findings],
        "kind": [f.kind for f in findings],
        "severity": [f.severity for f in findings],
        "subject_kind": [f.subject_kind for f in findings],
        "subject": [f.subject for f in findings],
        "signal": [f.signal for f in findings],
        "window_start": [f.window_start_ns for f in findings],
        "window_end": [f.window_end_ns for f in findings],
        "title": [f.title[:TEXT_CHARS_MAX] for f in findings],
        "explanation": [f.explanation[:TEXT_CHARS_MAX] for f in findings],
        "recommendation": [f.recommendation[:TEXT_CHARS_MAX] for f in findings],
        "feature_names": [[n for n, _ in f.features[:MEMBERS_MAX]] for f in findings],
        "feature_shares": [[float(s) for _, s in f.features[:MEMBERS_MAX]] for f in findings],
        "evidence_kinds": [[k for k, _ in f.evidence[:MEMBERS_MAX]] for f in findings],
        "evidence": [[r[:TEXT_CHARS_MAX] for _, r in f.evidence[:MEMBERS_MAX]] for f in findings],
        "cohort": [f.cohort for f in findings],
        "participants": [list(f.participants[:MEMBERS_MAX]) for f in findings],
        "lead_ns": [f.lead_ns for f in findings],
        "details": [list(f.labels.items()) for f in findings],
    }
    for name in ("score", "confidence", "observed", "expected", "lower", "upper"):
        rows[name] = [float(getattr(f, name)) for f in findings]
    return pa.Table.from_arrays([pa.array(rows[f.name], f.type) for f in FINDINGS], schema=FINDINGS)
