"""Runaways: agents that suddenly spend many times what they usually do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from swarmscope.detect.agentic.base import Agentic, Level, look_of
from swarmscope.detect.base import Options as BaseOptions
from swarmscope.detect.base import Question
from swarmscope.model.finding import Finding
from swarmscope.query.agentic import Figures, Usual
from swarmscope.stats.calibration import normal_tail

F64 = NDArray[np.float64]
SPREAD_MIN = 0.35  # of the logarithm of a minute's spending
MINUTES_MIN = 5.0
CALLS_MIN = 3  # from which on what is written per call counts
SHRINK = 5.0
FREEDOM = 4.0  # tails of few minutes are heavier than normal


class Runaway(Agentic):
    """Agents whose tokens or cost a minute run away from what is usual for them.

    Tokens and cost of the last two minutes against the agent's own last half hour, minute by minute, on a logarithmic scale;
    while it is new, against all agents. What most agents spend more is held against none of them. A runaway spends `factor`
    times as much, and that is rarer than chance gives over the fleet. What it would cost in an hour is said.

    What an agent writes per call is judged beside what it spends a minute: one that writes eight times as much takes eight
    times as long for it, so that its minutes tell little.

        [plugins.options.detector.runaway]
        factor = 5.0
        cost_min_usd = 0.05

    Sources: Limpert, Stahel & Abbt, BioScience 2001 (log-normal spending); Efron & Morris, JASA 1975 (shrinking to peers).
    """

    name: ClassVar[str] = "runaway"
    version: ClassVar[str] = "2"
    kinds: ClassVar[tuple[str, ...]] = ("token_runaway", "cost_runaway")

    class Options(BaseOptions, frozen=True, forbid_unknown_fields=True):
        """factor: of the usual. tokens_min, cost_min_usd: a minute, below which nothing runs away; of output, and of output per
        call, a quarter of the tokens. level: false ones."""

        factor: Annotated[
            float, Meta(ge=1.2, le=1000, description="times what is usual", extra={"sensitive": (6, 2)})
        ] = 3.0
        tokens_min: Annotated[int, Meta(ge=0, description="tokens a minute, at least")] = 1000
        cost_min_usd: Annotated[float, Meta(ge=0, description="US dollars a minute, at least")] = 0.001
        level: Level = 0.001

    def judge(self, seen: Question) -> Sequence[Finding]:
        """Runaways of output tokens and of cost; an agent is named once, for what stands out most."""
        look = look_of(seen.reads, seen.within)
        f, usual = look.figures, look.usual
        if not f.agents or not usual.places or float(usual.minutes.max()) < MINUTES_MIN:
            return []  # a fleet that has just begun has nothing that is usual
        minutes = max(1.0, f.minutes)
        spent = {
            "output": f.columns["output_tokens"] / minutes,
            "tokens": (f.columns["input_tokens"] + f.columns["output_tokens"]) / minutes,
            "cost": f.columns["cost_usd"] / minutes,
            "call": np.where(
                f.columns["llm_calls"] >= CALLS_MIN,
                f.columns["output_tokens"] / np.maximum(f.columns["llm_calls"], 1),
                0.0,
            ),
        }
        found: dict[str, Finding] = {}
        for name in spent:
            least = (
                self.options.cost_min_usd
                if name == "cost"
                else self.options.tokens_min * (1 if name == "tokens" else 0.25)
            )
            value = spent[name] * 1e6 if name == "cost" else spent[name]  # millionths of a dollar, as `usual` has them
            tails, expected = self._tails(f, usual, name, value)
            tails = np.where((spent[name] >= least) & (value >= self.options.factor * expected), tails, 1.0)
            for place in self.rare(tails, len(f.agents)).tolist():
                agent, p = f.agents[place], float(tails[place])
                if agent not in found or float(found[agent].labels["p"]) > p:
                    scale = 1e-6 if name == "cost" else 1.0
                    found[agent] = self._finding(
                        seen, agent, name, float(spent[name][place]), float(expected[place]) * scale, p
                    )
        return list(found.values())

    def _tails(self, f: Figures, usual: Usual, name: str, value: F64) -> tuple[F64, F64]:
        """Tail probability of what each agent spends a minute, or per call, and what is usual."""
        at = np.array([usual.places.get(a, -1) for a in f.agents])
        there = at >= 0
        centre, spread = (
            float(np.median(usual.mean[name])),
            usual.mean[name].std() + float(np.median(usual.deviation[name])),
        )
        known = np.where(there, usual.minutes[at], 0.0)
        trust = known / (known + SHRINK)
        mean = trust * np.where(there, usual.mean[name][at], centre) + (1 - trust) * centre
        if (value > 0).any():
            mean = mean + max(0.0, float(np.median((np.log1p(value) - mean)[value > 0])))
        own = np.maximum(np.where(there, usual.deviation[name][at], 0.0), SPREAD_MIN)
        if name == "call":  # a mean of fewer calls than usual strays more
            fewer = np.where(there, usual.calls[at], 1.0) / np.maximum(f.columns["llm_calls"], 1)
            own = own * np.sqrt(np.maximum(fewer, 1.0))
        unsure = np.where(known >= MINUTES_MIN, own**2 * (1 + 1 / np.maximum(known, 1)), own**2 + spread**2)
        z = (np.log1p(value) - mean) / np.sqrt(unsure)
        heavy = np.sqrt(
            np.maximum(known, FREEDOM) * np.log1p(z**2 / np.maximum(known, FREEDOM))
        )  # Wallace 1959: t as normal
        return normal_tail(np.where(z > 0, heavy, z).astype(np.float32)), np.expm1(mean)

    def _finding(self, seen: Question, agent: str, name: str, spent: float, expected: float, p: float) -> Finding:
        money = name == "cost"
        ratio = spent / max(expected, 1e-9)
        told, usual = (f"${v:.3g}" if money else f"{v:,.0f} tokens" for v in (spent, expected))
        ahead = f" At this rate an hour costs ${60 * spent:.3g}." if money else ""
        what = {"cost": "cost", "output": "output tokens", "tokens": "tokens", "call": "output tokens per call"}[name]
        each = "a call" if name == "call" else "a minute"
        return self.finding(
            seen, "cost_runaway" if money else "token_runaway", agent, f"{agent} spends {ratio:.2g} times its usual {what}", p,
            severity="high" if ratio >= 5 else "medium", observed=spent,
            expected=expected, upper=expected * self.options.factor, signal="output_tokens" if name == "call" else "",
            explanation=f"{told} {each} over the last two minutes; {usual} is usual for it.{ahead}",
            recommendation="set a budget and a limit of output tokens; look at what it was asked and at how often it calls",
        )  # fmt: skip
