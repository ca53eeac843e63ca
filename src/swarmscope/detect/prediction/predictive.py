"""Predictive findings: what is about to happen, with how long there is to act."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

import numpy as np
from msgspec import Meta
from msgspec import field as field_of
from numpy.typing import NDArray

from swarmscope.detect import base, words
from swarmscope.detect.prediction import ahead
from swarmscope.detect.prediction.ledger import LEVEL, Ledger
from swarmscope.model.finding import FLEET, Finding
from swarmscope.query import history
from swarmscope.query.states import HEALTHY
from swarmscope.query.times import MINUTE_NS, SECOND_NS
from swarmscope.stats.convergence import approach
from swarmscope.stats.forecast import forecast
from swarmscope.window import FRAME_BUCKETS, INDEX, Panel

F64 = NDArray[np.float64]
STEP_S = 30
STEPS = 150  # 75 minutes
AHEAD = 30  # a quarter of an hour
LEAD_MIN_S = 120  # what comes sooner is there before anybody could act
SMOOTH = 6  # steps whose mean must pass a limit: single values are noise
CANDIDATES_MAX = 64
DAY_STEP_S = 300
DAY_EVERY_S = 600
SETTLED = 0.05  # of the whole way: what counts as there
HEALTH_STEPS_MIN = 24
CERTAIN = 0.5  # both sides: a quarter lies below the lower end
THRESHOLDS = {"error_ratio": 0.25, "tool_error_ratio": 0.4, "latency_p95": 60_000.0, "ttft": 15_000.0}
BREACHES = ("threshold_breach", "capacity_breach")
LIMIT = "limit"  # the label that holds it
REPORTED = ("quality", "accuracy", "coherence", "efficiency", "adaptability")


@dataclass(slots=True, weakref_slot=True)
class _Seen:
    """What the look before held, per tenant: a finding is made when two looks in a row agree."""

    before: set[tuple[str, str, str]] = field(default_factory=set)
    now: set[tuple[str, str, str]] = field(default_factory=set)
    day_at_s: int = 0


class Predictive(base.WindowDetector):
    """What will pass a threshold, a capacity, a budget or the limit of health soon, and when what improves will have settled.

    Signals of the fleet, and of those agents whose signals head for a threshold fastest, are forecast a quarter of an hour
    ahead by blended experts. A threshold is about to be passed when the lower end of a conformal interval (one in four lies
    below it) passes it, twice in a row, and the newest values do not yet. Cost is forecast to the end of the day. Its lead
    is how long there is to act. How often intervals held is tracked, and their widths follow it.

        [plugins.options.detector.predictive]
        thresholds = { error_ratio = 0.2, latency_p95 = 30000.0 }
        tokens_per_minute_max = 2000000
        cost_per_day_usd = 250.0

    Sources: Bates & Granger, OR Quarterly 1969; Vovk, Gammerman & Shafer 2005; Gibbs & Candès, NeurIPS 2021.
    """

    name: ClassVar[str] = "predictive"
    family: ClassVar[str] = "forecast"
    kinds: ClassVar[tuple[str, ...]] = (
        "threshold_breach", "capacity_breach", "cost_forecast", "health_forecast", "convergence",
    )  # fmt: skip
    every_s: ClassVar[float] = 30.0
    window_s: ClassVar[float] = float(STEP_S * STEPS)

    class Options(base.Options, frozen=True, forbid_unknown_fields=True):
        """thresholds: signal → value in its unit. Limits of 0 are none."""

        thresholds: Annotated[dict[str, float], Meta(description="signal → value that it should not pass")] = field_of(
            default_factory=lambda: dict(THRESHOLDS)
        )
        spans_per_s_max: Annotated[
            float, Meta(ge=0, description="spans per second that the fleet can do; 0: no limit")
        ] = 0.0
        tokens_per_minute_max: Annotated[
            float, Meta(ge=0, description="tokens a minute that providers allow; 0: no limit")
        ] = 0.0
        cost_per_day_usd: Annotated[float, Meta(ge=0, description="US dollars a day that are planned; 0: no plan")] = (
            0.0
        )
        health_min: Annotated[float, Meta(gt=0, lt=1, description="mean health that the fleet should keep")] = HEALTHY
        explained_min: Annotated[
            float, Meta(gt=0, lt=1, description="share of variance that an approach must explain to be believed")
        ] = 0.7

    def judge(self, seen: base.Question) -> Sequence[Finding]:
        """Of the fleet, of agents, of the day's cost, of health, and what converges."""
        kept = seen.reads.kept(_Seen)
        kept.before, kept.now = kept.now, set()
        end_s = seen.within.end_ns // SECOND_NS // STEP_S * STEP_S
        found = [*self._fleet(seen, end_s), *self._agents(seen, end_s), *self._health(seen)]
        if end_s - kept.day_at_s >= DAY_EVERY_S or seen.asked:
            kept.day_at_s = end_s
            found += self._day(seen, end_s)
        keys = [(f.kind, f.subject, f.signal) for f in found]
        kept.now = set(keys)
        return [
            f for f, k in zip(found, keys, strict=True) if seen.asked or k in kept.before or f.kind == "cost_forecast"
        ]

    # ---- the fleet

    def _limits(self) -> dict[str, tuple[str, float]]:
        """Signal of the fleet → (kind, limit)."""
        limits = {n: ("threshold_breach", v) for n, v in self.options.thresholds.items() if n in ahead.UNITS}
        for name, most in (("spans", self.options.spans_per_s_max), ("token_rate", self.options.tokens_per_minute_max)):
            if most > 0:
                limits[name] = ("capacity_breach", most)
        return limits

    def _fleet(self, seen: base.Question, end_s: int) -> Iterable[Finding]:
        limits = self._limits()
        signals = [
            *dict.fromkeys((*limits, "spans", "token_rate", "cost_rate", "latency_p95", "error_ratio", *REPORTED))
        ]
        told = ahead.series(seen.reads, signals, STEP_S, STEPS, end_s)
        ledger = seen.reads.kept(Ledger)
        ends = [end_s + STEP_S * (h + 1) for h in range(AHEAD)]
        for name, (made, y) in ahead.forecasts(told, AHEAD, (LEVEL,)).items():
            ledger.settle(name, told.ends_s, y[0])
            factor = ledger.factor(name)
            value = made.value[0]
            lower, upper = value - factor * (value - made.lower[0, 0]), value + factor * (made.upper[0, 0] - value)
            ledger.promise(name, ends, lower, upper)
            if name in REPORTED:
                yield from self._convergence(seen, name, y[0], end_s)
        levels = ahead.forecasts(told.smooth(SMOOTH), AHEAD, (CERTAIN, LEVEL))
        for name, (kind, most) in limits.items():
            made, y = levels[name]
            yield from self._breach(
                seen, kind, FLEET, "", name, most, y[0], made.value[0], made.lower[0, 0], made.upper[1, 0], end_s
            )

    def _breach(
        self, seen: base.Question, kind: str, subject_kind: str, subject: str, name: str, most: float,
        y: F64, value: F64, sure: F64, upper: F64, end_s: int,
    ) -> Iterable[Finding]:  # fmt: skip
        recent = y[-4:][np.isfinite(y[-4:])]
        over = np.flatnonzero(sure > most)
        if not len(over) or not len(recent) or float(np.median(recent)) > most:
            return
        step = int(over[0])
        lead_s = STEP_S * (step + 1)
        if lead_s < LEAD_MIN_S:
            return
        unit, share = ahead.UNITS[name], name.endswith("_ratio")
        who = subject or "The fleet"
        now, then, limit = (words.number(v, unit, share) for v in (float(np.median(recent)), float(value[step]), most))
        yield self._finding(
            seen, kind, subject_kind, subject, name, end_s, lead_s,
            title=f"{who}: {words.name_of(name)} will pass {limit} in {_span(lead_s)}",
            severity="high" if kind == "capacity_breach" else "medium", observed=float(np.median(recent)),
            expected=float(value[step]), lower=float(sure[step]), upper=float(upper[step]), confidence=0.5 + CERTAIN / 2,
            score=float(value[step] / max(most, 1e-12)),
            explanation=f"{now} now, as a mean of three minutes; {then} is forecast for {words.clock(end_s + lead_s)}, and "
            f"three of four like it lie above {words.number(float(sure[step]), unit, share)}.",
            recommendation="add capacity or shed load before then" if kind == "capacity_breach" else
            "look at what has been rising, before it is an incident",
            labels={LIMIT: f"{most:g}"},
        )  # fmt: skip

    # ---- agents

    def _agents(self, seen: base.Question, end_s: int) -> Iterable[Finding]:
        thresholds = {n: v for n, v in self.options.thresholds.items() if n in INDEX and n in ahead.UNITS}
        if seen.panel is None or not thresholds:
            return
        chosen = _candidates(seen.panel, thresholds)
        for name, agents in chosen.items():
            known = ahead.series(seen.reads, [name], STEP_S, STEPS, end_s, agents).smooth(SMOOTH)
            made, y = ahead.forecasts(known, AHEAD, (CERTAIN, LEVEL))[name]
            for i, agent in enumerate(known.agents):
                yield from self._breach(
                    seen, "threshold_breach", "agent", agent, name, thresholds[name], y[i], made.value[i],
                    made.lower[0, i], made.upper[1, i], end_s,
                )  # fmt: skip

    # ---- the day's cost, health, convergence

    def _day(self, seen: base.Question, end_s: int) -> Iterable[Finding]:
        plan = self.options.cost_per_day_usd
        midnight = end_s // ahead.DAY_S * ahead.DAY_S
        end = end_s // DAY_STEP_S * DAY_STEP_S
        left = (midnight + ahead.DAY_S - end) // DAY_STEP_S
        first = history.first_s(seen.reads) if plan > 0 else 0
        steps = min(3 * ahead.DAY_S // DAY_STEP_S, (end - first) // DAY_STEP_S)
        if not first or left < 1 or steps < 8:
            return
        told = ahead.series(seen.reads, ["cost_rate"], DAY_STEP_S, steps, end)
        day = ahead.DAY_S // DAY_STEP_S
        made, y = ahead.forecasts(told, left, (CERTAIN,), (day,) if 2 * day <= steps else ())["cost_rate"]
        hours = DAY_STEP_S / 3600
        spent = float(np.nansum(y[0][told.ends_s > midnight])) * hours
        value, low = (spent + np.cumsum(a) * hours for a in (made.value[0], made.lower[0, 0]))
        over = np.flatnonzero(low > plan)
        if spent > plan or not len(over):
            return
        lead_s = DAY_STEP_S * int(over[0] + 1)
        yield self._finding(
            seen, "cost_forecast", FLEET, "", "cost_rate", end, lead_s,
            title=f"Today's cost will pass ${plan:.4g} at {words.clock(end + lead_s)}: ${value[-1]:.4g} by midnight",
            severity="high" if value[-1] > 2 * plan else "medium", observed=spent, expected=float(value[-1]),
            lower=float(low[-1]), confidence=0.5 + CERTAIN / 2, score=float(value[-1] / plan),
            explanation=f"${spent:.4g} were spent since midnight UTC, of ${plan:.4g} that are planned for the day.",
            recommendation="see on the page Cost who spends it; lower a limit or raise the plan",
            labels={LIMIT: f"{plan:g}"},
        )  # fmt: skip

    def _health(self, seen: base.Question) -> Iterable[Finding]:
        past = seen.view.past if seen.view is not None else ()
        if len(past) < HEALTH_STEPS_MIN:
            return
        health = np.array([[p.health for p in past]])
        step_s = max(1.0, (past[-1].time_ns - past[0].time_ns) / SECOND_NS / (len(past) - 1))
        made = forecast(health, len(past) // 6, (), (CERTAIN, LEVEL), 0.0, 1.0)
        now = float(np.median(health[0, -4:]))
        under = np.flatnonzero(made.upper[0, 0] < self.options.health_min)
        if now < self.options.health_min or not len(under):
            return
        lead_s = round(step_s * int(under[0] + 1))
        at_s = past[-1].time_ns // SECOND_NS
        then = float(made.value[0, under[0]])
        yield self._finding(
            seen, "health_forecast", FLEET, "", "health", at_s, lead_s,
            title=f"The fleet's health will fall below {self.options.health_min:.0%} in {_span(lead_s)}", severity="high",
            observed=now, expected=then, lower=float(made.lower[1, 0, under[0]]), upper=float(made.upper[0, 0, under[0]]),
            confidence=0.5 + CERTAIN / 2, score=(now - then) / max(now, 1e-9),
            explanation=f"{now:.0%} now, {then:.0%} forecast for {words.clock(at_s + lead_s)}: agents fall ill faster than "
            "they recover.",
            recommendation="look at the newest changes of state on the page Fleet",
        )  # fmt: skip

    def _convergence(self, seen: base.Question, name: str, y: F64, end_s: int) -> Iterable[Finding]:
        fit = approach(y[None])
        steps = float(fit.remaining(len(y) - 1, SETTLED)[0])
        explained, limit, error = (float(a[0]) for a in (fit.explained, fit.limit, fit.error))
        way = abs(float(fit.start[0]))
        there = np.flatnonzero(np.isfinite(y))
        if (
            not explained >= self.options.explained_min
            or not 0 < steps <= STEPS
            or not error < 0.1 * way
            or not len(there)
        ):
            return
        lead_s = round(STEP_S * steps)
        yield self._finding(
            seen, "convergence", FLEET, "", name, end_s, lead_s, severity="info",
            title=f"{words.name_of(name)} of the fleet will have settled at {limit:.3g} in {_span(lead_s)}",
            observed=float(y[there[-1]]), expected=limit, lower=limit - 2 * error, upper=limit + 2 * error,
            confidence=min(1.0, explained), score=explained,
            explanation=f"It approaches {limit:.3g} ± {2 * error:.2g} exponentially, halfway every "
            f"{_span(round(float(fit.tau[0]) * STEP_S * np.log(2)))}; {explained:.0%} of its variance is explained by that.",
            recommendation="nothing to do; a limit that is worse than wanted will not be left by waiting",
        )  # fmt: skip

    def _finding(
        self, seen: base.Question, kind: str, subject_kind: str, subject: str, signal: str, at_s: int, lead_s: int,
        **more: Any,
    ) -> Finding:  # fmt: skip
        start = at_s * SECOND_NS // MINUTE_NS * MINUTE_NS
        return Finding(
            tenant=seen.tenant, detector=self.name, version=self.version, kind=kind, subject_kind=subject_kind,
            subject=subject, signal=signal, window_start_ns=start, window_end_ns=max(at_s * SECOND_NS, start),
            lead_ns=lead_s * SECOND_NS, **more,
        )  # fmt: skip


def _candidates(panel: Panel, thresholds: dict[str, float]) -> dict[str, list[str]]:
    """Per signal the agents whose last minutes head for its threshold fastest, CANDIDATES_MAX at most in all."""
    ranked: list[tuple[float, str, int]] = []
    frames = panel.x[::-FRAME_BUCKETS][::-1]
    at = np.arange(len(frames), dtype=np.float64)[:, None]
    for name, most in thresholds.items():
        row = INDEX[name]
        signal = panel.signals[row]
        x = np.asarray(signal.inverse(frames[:, row].astype(np.float64)))
        there = np.isfinite(x)
        count = there.sum(0)
        with np.errstate(all="ignore"):
            middle = np.where(there, at, 0).sum(0) / count
            mean = np.where(there, x, 0).sum(0) / count
            apart = np.where(there, at - middle, 0)
            slope = (apart * np.where(there, x - mean, 0)).sum(0) / (apart**2).sum(0)
            now = mean + slope * (len(frames) - 1 - middle)
            minutes = (most - now) / slope
        able = np.flatnonzero((count >= 4) & (slope > 0) & (now < most) & (minutes <= AHEAD * STEP_S / 20))
        ranked += [(float(minutes[p]), name, p) for p in able.tolist()]
    out: dict[str, list[str]] = {}
    for _, name, place in sorted(ranked)[:CANDIDATES_MAX]:
        out.setdefault(name, []).append(panel.agents[place])
    return out


def _span(seconds: float) -> str:
    return (
        f"{seconds:.0f} s"
        if seconds < 120
        else f"{seconds / 60:.0f} min"
        if seconds < 7200
        else f"{seconds / 3600:.1f} h"
    )
