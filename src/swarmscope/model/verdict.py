"""What people say of findings: one verdict on each, and what the verdicts about the same come to. Frozen; no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a person said of one finding.

    finding: its id, 32 hex digits. subject, kind, signal, detector: of the finding. doubt: 1 − its confidence; magnitude: its
    size; both 0 to 1, None where it has none. started_ns, ended_ns: its window; 0: not known.
    """

    finding: str
    verdict: Literal["true", "false"]
    subject: str
    kind: str
    signal: str
    detector: str
    note: str = ""
    doubt: float | None = None
    magnitude: float | None = None
    started_ns: int = 0
    ended_ns: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What people said of a subject, kind and signal: how often it was true and false. doubt, magnitude: the largest of what
    was called false, None where nothing was."""

    subject: str
    kind: str
    signal: str
    true: int = 0
    false: int = 0
    doubt: float | None = None
    magnitude: float | None = None
