"""What is told of a finding later, under its id: that what lasted is over, and whether what was foretold came."""

from __future__ import annotations

import math
import threading
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from swarmscope.detect import words
from swarmscope.detect.gate import Key, key_of
from swarmscope.detect.prediction import ahead
from swarmscope.detect.prediction.predictive import BREACHES, LIMIT, SMOOTH, STEP_S
from swarmscope.model.finding import FIRST_TOLD, FLEET, OUTCOME, OVER, Finding
from swarmscope.query.reader import Reader
from swarmscope.query.times import SECOND_NS, moment

CEASED_NS = 45 * SECOND_NS  # what looks did not find for so long is over; one look may miss it
WAITS_NS = (SMOOTH + 1) * STEP_S * SECOND_NS  # a limit is passed by means of so long
KEPT_MAX = 20_000


@dataclass(slots=True)
class _Told:
    finding: Finding
    seen_ns: int  # until when it held
    over: bool = False


@dataclass(slots=True)
class Later:
    """For one tenant, asked under its lock. quiet_s: how long what is over is kept in mind; after that, it is another finding.

    looked_ns: of the newest look; since_ns: when this program took up what was told before it started.
    """

    quiet_s: float
    lock: threading.Lock = field(default_factory=threading.Lock)
    looked_ns: int = 0
    since_ns: int = 0
    lasting: dict[Key, _Told] = field(default_factory=dict)
    foretold: dict[Key, Finding] = field(default_factory=dict)

    def remember(self, news: Sequence[Finding], lasts: Collection[str]) -> None:
        """Take up what was just told. lasts: the kinds that are found for as long as they hold."""
        at = moment(time.time_ns())
        for finding in news:
            told = replace(finding, labels={**finding.labels, FIRST_TOLD: at})
            if finding.kind in lasts and len(self.lasting) < KEPT_MAX:
                self.lasting[key_of(finding)] = _Told(told, finding.window_end_ns)
            elif finding.kind in BREACHES and finding.lead_ns > 0 and len(self.foretold) < KEPT_MAX:
                self.foretold[key_of(finding)] = told

    def recall(self, told: Iterable[Finding], now_ns: int) -> None:
        """Take up what the store holds from before a restart: what was not over held until the newest look of before."""
        self.since_ns = now_ns
        for finding in told:
            key, over = key_of(finding), OVER in finding.labels
            labels = {n: v for n, v in finding.labels.items() if n != OVER}
            as_told = replace(finding, labels=labels)
            if finding.kind in BREACHES:
                self.foretold.setdefault(key, as_told)
            else:
                seen_ns = finding.window_end_ns if over else max(finding.window_end_ns, self.looked_ns)
                self.lasting.setdefault(key, _Told(as_told, seen_ns, over))

    def ceased(self, found: Mapping[str, Sequence[Finding]], now_ns: int) -> list[Finding]:
        """What is over, and what was thought to be and holds again. found: by detector, what it finds now."""
        now = {key_of(f): f for of in found.values() for f in of}
        out = []
        self.looked_ns = max(self.looked_ns, now_ns)
        for key, one in list(self.lasting.items()):
            if one.finding.detector not in found:
                continue
            if key in now:
                one.seen_ns = max(one.seen_ns, now[key].window_end_ns)
                if one.over:
                    one.over = False
                    out.append(replace(one.finding, window_end_ns=one.seen_ns))
            elif not one.over and now_ns - max(one.seen_ns, self.since_ns) > CEASED_NS:
                one.over = True
                labels = {**one.finding.labels, OVER: moment(one.seen_ns)}
                out.append(replace(one.finding, window_end_ns=one.seen_ns, labels=labels))
            elif now_ns - one.seen_ns > self.quiet_s * SECOND_NS:
                del self.lasting[key]
        return out

    def came(self, reads: Reader, now_ns: int) -> list[Finding]:
        """Of limits that were to be passed by now: whether they were. StoreError."""
        due = {k: f for k, f in self.foretold.items() if now_ns > f.window_end_ns + f.lead_ns + WAITS_NS}
        by_signal: dict[tuple[str, str], list[Finding]] = defaultdict(list)
        for finding in due.values():
            by_signal[finding.signal, finding.subject_kind].append(finding)
        out = []
        end_s = now_ns // SECOND_NS // STEP_S * STEP_S
        for (signal, subject_kind), told in by_signal.items():
            agents = [] if subject_kind == FLEET else [f.subject for f in told]
            first_s = min(f.window_start_ns for f in told) // SECOND_NS
            steps = min(ahead.POINTS_MAX, (end_s - first_s) // STEP_S + SMOOTH)
            known = ahead.series(reads, [signal], STEP_S, steps, end_s, agents).smooth(SMOOTH)
            places = {agent: i for i, agent in enumerate(known.agents)} if agents else {}
            for finding in told:
                place = places.get(finding.subject) if agents else 0
                within = (known.ends_s * SECOND_NS > finding.window_end_ns) & (
                    known.ends_s * SECOND_NS <= finding.window_end_ns + finding.lead_ns + WAITS_NS
                )
                values = known.values[0, place, within] if place is not None else np.empty(0)
                out.append(_with_outcome(finding, float(np.nanmax(values)) if np.isfinite(values).any() else math.nan))
        for key in due:
            del self.foretold[key]
        return out


def _with_outcome(finding: Finding, most: float) -> Finding:
    limit, unit, share = float(finding.labels[LIMIT]), ahead.UNITS[finding.signal], finding.signal.endswith("_ratio")
    who = finding.subject or "The fleet"
    what, at = words.name_of(finding.signal), words.number(limit, unit, share)
    due = words.clock((finding.window_end_ns + finding.lead_ns) / SECOND_NS)
    if most > limit:
        title, outcome = f"{who}: {what} passed {at}, as foretold for {due}", "came"
    else:
        title, outcome = f"{who}: {what} was to pass {at} at {due} and did not", "did not come"
    said = (
        f"It was at most {words.number(most, unit, share)}." if math.isfinite(most) else "Nothing was seen of it since."
    )
    return replace(
        finding,
        title=title,
        severity=finding.severity if outcome == "came" else "info",
        explanation=f"{finding.explanation} {said}",
        labels={**finding.labels, OUTCOME: outcome},
    )
