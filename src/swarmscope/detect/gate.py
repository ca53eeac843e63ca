"""From probabilities to findings: calibration, control of false discoveries over the fleet, repeats, severity, feedback."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from swarmscope.detect import words
from swarmscope.detect.base import Scores
from swarmscope.model.finding import SEVERITIES, Finding
from swarmscope.model.verdict import Tally
from swarmscope.query.buckets import BUCKET_S
from swarmscope.query.times import MINUTE_NS, SECOND_NS
from swarmscope.stats.baseline import deviation as spread_of
from swarmscope.stats.calibration import Calibrator, discoveries
from swarmscope.window import FRAME_BUCKETS, GUARD_MINUTES, Panel

F64 = NDArray[np.float64]
FRAME_NS = FRAME_BUCKETS * BUCKET_S * SECOND_NS
LOOKS_PER_DAY = 86_400 / 20  # frames overlap: so many of a day's looks are worth counting as independent
BAND_Z = 3.0
KEYS_MAX = 100_000
FALSE_DECADES = 2.0  # so much rarer must something be that people called a false alarm, each time
TRUE_DECADES = -0.5
DECADES_MIN, DECADES_MAX = -2.0, 12.0
SHARE_MIN = 0.05
Key = tuple[str, str, str]  # subject, kind, signal


def key_of(finding: Finding) -> Key:
    """What makes it the same as another."""
    return f"{finding.subject_kind}/{finding.subject}", finding.kind, finding.signal


@dataclass(slots=True)
class Repeats:
    """What was found lately: the same is found again only when it had ceased for `quiet_s`, or is graver now.

    At most KEYS_MAX: of more, what was seen longest ago is forgotten.
    """

    quiet_s: float
    seen: OrderedDict[Key, tuple[int, int]] = field(default_factory=OrderedDict)  # until when (ns), how grave

    def admits(self, finding: Finding, now_ns: int) -> bool:
        """Whether it is news; what goes on is kept quiet from now on."""
        key = key_of(finding)
        grave = SEVERITIES.index(finding.severity)
        until, before = self.seen.get(key, (0, -1))
        news = now_ns >= until or grave > before
        self._keep(key, now_ns + round(self.quiet_s * SECOND_NS), grave if news else max(grave, before))
        while self.seen and next(iter(self.seen.values()))[0] <= now_ns:
            self.seen.popitem(last=False)
        return news

    def know(self, subject_kind: str, subject: str, kind: str, signal: str, severity: str, end_ns: int) -> None:
        """Let it count as found: what the store holds from before a restart."""
        until = end_ns + round(self.quiet_s * SECOND_NS)
        self._keep((f"{subject_kind}/{subject}", kind, signal), until, SEVERITIES.index(severity))

    def _keep(self, key: Key, until: int, grave: int) -> None:
        self.seen[key] = (until, grave)
        self.seen.move_to_end(key)
        if len(self.seen) > KEYS_MAX:
            self.seen.popitem(last=False)


@dataclass(slots=True)
class Gate:
    """For one tenant and one source of scores. alarms_per_day: false ones that are tolerated over the whole fleet."""

    name: str
    version: str
    alarms_per_day: float
    signals: int
    calibrator: Calibrator = field(init=False)
    tails: F64 = field(init=False)  # of the newest tick, calibrated, (signals, agents)

    def __post_init__(self) -> None:
        self.calibrator = Calibrator(self.signals, guard=GUARD_MINUTES, heavy=self.signals == 1)
        self.tails = np.zeros((self.signals, 0))

    @property
    def level(self) -> float:
        """The share of false discoveries that one look is held to."""
        return min(0.05, self.alarms_per_day / LOOKS_PER_DAY)

    def judge(
        self,
        panel: Panel,
        scores: Scores,
        feedback: Mapping[Key, float],
        tests: int | None = None,
        told_after: int = 0,
    ) -> tuple[list[Finding], NDArray[np.bool_]]:
        """Findings of a tick, before repeats are left out, and which (signals, agents) are strange.

        feedback: decades that people moved the threshold of a key by. tests: how many were made, where the panel is a part.
        told_after: minutes that must be known of an agent.
        """
        raw = np.asarray(scores.tail, np.float64)
        self.tails = self.calibrator.calibrated(raw)
        tails = self._with_feedback(panel, self.tails, feedback)
        if told_after:
            tails = np.where(panel.known.max(axis=0) >= told_after, tails, np.nan)
        strange = discoveries(tails, self.level, tests)
        self.calibrator.look(raw, ~strange, int(panel.times_ns[-1]) // MINUTE_NS)
        places = np.argwhere(strange)
        order = np.argsort(tails[strange], kind="stable")
        found = [self._finding(panel, scores, int(s), int(a), float(tails[s, a])) for s, a in places[order].tolist()]
        return found, strange

    def _with_feedback(self, panel: Panel, tails: F64, feedback: Mapping[Key, float]) -> F64:
        if not feedback:
            return tails
        moved = tails.copy()
        at = {a: i for i, a in enumerate(panel.agents)}
        names = {s.name: i for i, s in enumerate(panel.signals)}
        for (subject, _, signal), decades in feedback.items():
            place, row = at.get(subject), names.get(signal, 0 if tails.shape[0] == 1 else None)
            if place is not None and row is not None and row < tails.shape[0]:
                moved[row, place] = min(1.0, moved[row, place] * 10**decades)
        return moved

    def _finding(self, panel: Panel, scores: Scores, row: int, place: int, tail: float) -> Finding:
        agent = panel.agents[place]
        shares = _shares(panel, scores, place)
        whole = scores.tail.shape[0] == 1
        at = int(np.argmax([share for _, share in shares])) if whole and shares else row
        signal = (
            panel.signals[[s.name for s in panel.signals].index(shares[at][0])]
            if whole and shares
            else panel.signals[row]
        )
        row = panel.signals.index(signal)
        seen = np.flatnonzero(np.isfinite(panel.x[:, row, place]))
        at_time = int(seen[-1]) if len(seen) else -1  # what sums up minutes speaks of agents whose newest is empty, too
        items = float(panel.counts[at_time, row, place])
        usual, known = _usual(panel, scores, row, place, items)
        observed = float(signal.inverse(panel.x[at_time, row, place], items))
        lower, expected, upper = (float(signal.inverse(x, items)) for x in usual)
        cohort = panel.cohorts[int(panel.cohort[place])]
        kind = "unusual_combination" if whole else _KINDS.get(signal.name, "anomaly")
        names = ", ".join(words.name_of(n) for n, _ in shares[:3])
        return Finding(
            tenant=panel.tenant,
            detector=self.name,
            version=self.version,
            kind=kind,
            severity=severity(tail, signal.name),
            subject_kind="agent",
            subject=agent,
            window_start_ns=int(panel.times_ns[at_time]) - FRAME_NS,
            window_end_ns=max(panel.now_ns, int(panel.times_ns[-1]) - FRAME_NS),
            title=f"{agent} behaves unlike itself: {names}"
            if whole
            else words.title(agent, signal, observed, expected),
            score=float(np.nan_to_num(scores.score[0 if whole else row, place], posinf=1e9)),
            confidence=float(np.clip(1 - tail, 0, 1)),
            signal="" if whole else signal.name,
            observed=observed,
            expected=expected,
            lower=lower,
            upper=upper,
            explanation=words.explanation(signal, observed, expected, lower, upper, cohort, known),
            recommendation=words.advice(signal.name),
            features=shares,
            cohort=cohort,
            labels={"tail": f"{tail:.3g}"},
        )


_KINDS = {
    "spans": "activity", "error_ratio": "error_surge", "tool_error_ratio": "tool_error_surge", "latency_mean": "latency",
    "latency_p95": "latency", "llm_latency": "latency", "ttft": "latency", "input_tokens": "tokens", "output_tokens": "tokens",
    "cost": "cost", "repetition": "repetition", "quality": "degradation", "accuracy": "degradation",
    "coherence": "degradation", "efficiency": "degradation", "adaptability": "degradation",
}  # fmt: skip
KINDS = (*dict.fromkeys(_KINDS.values()), "unusual_combination", "anomaly")
_GRAVE = frozenset({"error_ratio", "tool_error_ratio", "cost", "quality", "accuracy"})


def severity(tail: float, signal: str = "") -> str:
    """The ladder by calibrated probability; failures, cost and quality weigh a step more."""
    step = 1 + (tail < 1e-8) + (tail < 1e-14) + (signal in _GRAVE and tail < 1e-6)
    return SEVERITIES[min(step, 3)]


def _usual(
    panel: Panel, scores: Scores, row: int, place: int, items: float
) -> tuple[tuple[float, float, float], float]:
    """Lower end, centre and upper end of what is usual of so many items, transformed, and the minutes that it was learned from.

    It is what was learned; of an agent that nothing was learned of, what the detector itself took from its last minutes.
    """
    mean = float(panel.mean[row, place])
    deviation = float(spread_of(panel.spread[row, place], items, panel.unsure[row, place]))
    own = scores.expected, scores.lower, scores.upper
    if not np.isfinite(deviation) and all(part is not None and part.shape == panel.mean.shape for part in own):
        centre, low, high = (float(part[row, place]) for part in own if part is not None)
        frames = np.count_nonzero(np.isfinite(panel.x[:, row, place]))
        return (low, centre, high), frames / FRAME_BUCKETS
    half = BAND_Z * deviation
    return (mean - half, mean if np.isfinite(deviation) else np.nan, mean + half), float(panel.known[row, place])


def _shares(panel: Panel, scores: Scores, place: int) -> tuple[tuple[str, float], ...]:
    """Which signals contributed, largest first."""
    if scores.shares is not None:
        parts = np.nan_to_num(scores.shares[:, place])
    else:
        with np.errstate(all="ignore"):
            parts = np.nan_to_num(panel.z[:, place] ** 2)
    total = float(parts.sum())
    if total <= 0 or not np.isfinite(total):
        return ()
    named = [(panel.signals[i].name, float(parts[i]) / total) for i in np.argsort(-parts).tolist()]
    return tuple((n, round(s, 4)) for n, s in named if s >= SHARE_MIN)


def decades_of(said: Iterable[Tally]) -> dict[Key, float]:
    """What people said, as decades by which thresholds move."""
    return {
        (one.subject, one.kind, one.signal): float(
            np.clip(one.false * FALSE_DECADES + one.true * TRUE_DECADES, DECADES_MIN, DECADES_MAX)
        )
        for one in said
    }
