"""Detectors of batches and windows over stored history: what each would have said, moment by moment, and nothing is kept."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from swarmscope.detect.base import EventDetector, Events, Question, WindowDetector
from swarmscope.detect.guard import Health, checked_findings, judged
from swarmscope.detect.roster import Listed
from swarmscope.errors import PluginError, QueryError
from swarmscope.model.finding import Finding
from swarmscope.query.reader import Reader
from swarmscope.query.replay import TIME, rows_of
from swarmscope.query.times import SECOND_NS, Window

BATCH_S = 30.0  # of events: rows of so long are judged together
ROWS_MAX = 100_000  # of one table in one batch
FINDINGS_MAX = 20_000


@dataclass(slots=True)
class Said:
    """What was said: (end of the window or batch in ns, finding). until_ns: how far it got. error: the last failure."""

    step_s: float
    until_ns: int
    found: list[tuple[int, Finding]] = field(default_factory=list)
    error: str = ""


def said(one: Listed, reads: Reader, within: Window, seconds: float) -> Said:
    """Ask a detector about every window, or give it every batch, of a past; for at most so many seconds. QueryError,
    PluginError: it is of another tier, or cannot be set up."""
    detector, health = one.made(), Health()
    if detector is None:
        raise PluginError(one.problem)
    if not isinstance(detector, EventDetector | WindowDetector):
        raise QueryError(f"{one.plugin.name} is a detector of series; `swarmscope backtest` replays those by itself")
    detector = detector.apart()
    step_s = max(BATCH_S, detector.every_s) if isinstance(detector, WindowDetector) else BATCH_S
    out = Said(step_s, within.start_ns)
    limit, step_ns = time.monotonic() + seconds, round(step_s * SECOND_NS)
    for number, end_ns in enumerate(range(within.start_ns + step_ns, within.end_ns + 1, step_ns)):

        def call(end_ns: int = end_ns, number: int = number) -> list[Finding]:
            if isinstance(detector, WindowDetector):
                asked = Window(max(0, end_ns - round(detector.window_s * SECOND_NS)), end_ns)
                return checked_findings(
                    detector.judge(Question(reads.tenant, reads, asked, None, True)), detector, reads.tenant
                )
            batch = Window(end_ns - step_ns, end_ns)
            tables = {t: rows for t in detector.tables if t in TIME and len(rows := rows_of(reads, t, batch, ROWS_MAX))}
            given = detector.judged(Events(reads.tenant, number, tables))[0] if tables else []
            return checked_findings(list(given), detector, reads.tenant)

        health.off_until = 0.0
        found = judged(detector, health, call, one.alone, max(1.0, limit - time.monotonic()))
        out.error = health.error
        out.found += [(end_ns, f) for f in found or ()]
        out.until_ns = end_ns
        if time.monotonic() > limit or len(out.found) > FINDINGS_MAX:
            break
    return out
