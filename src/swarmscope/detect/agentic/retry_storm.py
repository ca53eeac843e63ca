"""Retry storms: what fails is asked for again at once, many times, and makes it worse."""

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
from swarmscope.query.agentic import Calls
from swarmscope.stats.tails import binomial_tail

CHANCE_MIN = 0.1
SHARED_MIN = 4  # agents that storm the same tool or model: it is that, not them


class RetryStorm(Agentic):
    """Agents that send the same failing request again and again without backing off.

    Attempts of one request are calls of one tool or model with the same arguments (without recorded arguments: in one trace)
    of which some failed. One request with `attempts_min` attempts of which most fail, and `retries_min` retries in all, are a
    storm; how rare so many are is asked of how often calls are retried by the others. Where several agents storm the same
    tool or model, one more finding names that.

        [plugins.options.detector.retry_storm]
        attempts_min = 8

    Source: Google, Site Reliability Engineering, chapter 22, Addressing Cascading Failures; Chernoff 1952 for the tail.
    """

    name: ClassVar[str] = "retry_storm"
    kinds: ClassVar[tuple[str, ...]] = ("retry_storm", "shared_retry_storm")

    class Options(BaseOptions, frozen=True, forbid_unknown_fields=True):
        """attempts_min: of the worst request. retries_min: in all. failed_share: of its attempts. level: false ones."""

        attempts_min: Annotated[
            int,
            Meta(ge=3, le=1000, description="attempts of one request within two minutes", extra={"sensitive": (12, 5)}),
        ] = 6
        retries_min: Annotated[int, Meta(ge=2, le=100_000, description="retries of an agent within two minutes")] = 8
        failed_share: Annotated[float, Meta(gt=0, le=1, description="share of the attempts that failed")] = 0.6
        level: Level = 0.001

    def judge(self, seen: Question) -> Sequence[Finding]:
        """Agents first, then what they have in common."""
        look = look_of(seen.reads, seen.within)
        calls, n = look.calls, len(look.calls.agents)
        if not n:
            return []
        retried = np.where(calls.failed > 0, calls.calls - 1, 0)
        retries, total = (np.bincount(calls.agent, v, n) for v in (retried, calls.calls))
        failing = calls.failed >= self.options.failed_share * calls.calls
        worst = np.zeros(n)
        np.maximum.at(worst, calls.agent, np.where(failing, calls.calls, 0))
        storming = (worst >= self.options.attempts_min) & (retries >= self.options.retries_min)
        calm = ~storming
        chance = max(CHANCE_MIN, float(retries[calm].sum() / max(1.0, float(total[calm].sum()))))
        tails = np.where(storming, binomial_tail(retries, total, min(chance, 0.9)), 1.0)
        chosen = self.rare(tails, len(look.figures.agents))
        found = [self._finding(seen, calls, p, float(retries[p]), float(tails[p]), chance) for p in chosen.tolist()]
        return found + self._shared(seen, calls, chosen, retried * failing, tails)

    def _finding(self, seen: Question, calls: Calls, place: int, retries: float, p: float, chance: float) -> Finding:
        own = np.flatnonzero(calls.agent == place)
        own = own[np.argsort(-(calls.calls[own] * (calls.failed[own] > 0)), kind="stable")]
        worst, agent = int(own[0]), calls.agents[place]
        return self.finding(
            seen, "retry_storm", agent, f"{agent} retries {calls.name[worst]} again and again", p,
            start_ns=int(calls.first_ns[worst]), severity="high" if retries >= 50 else "medium",
            observed=retries, expected=chance * float(calls.calls[own].sum()),
            explanation=f"{retries:.0f} retries in two minutes; one request alone was sent {calls.calls[worst]:.0f} times and "
            f"failed {calls.failed[worst]:.0f} times.",
            recommendation="back off exponentially with jitter, limit attempts, and break the circuit while it fails",
            features=tuple((calls.name[r], round(float(calls.failed[r] / calls.failed[own].sum()), 4)) for r in own[:3]),
            evidence=tuple(("trace", calls.traces[r]) for r in own[:3].tolist() if calls.failed[r]),
        )  # fmt: skip

    def _shared(self, seen: Question, calls: Calls, chosen: NDArray[np.int64], weight: NDArray[np.float64],
                tails: NDArray[np.float64]) -> list[Finding]:  # fmt: skip
        by_name: dict[str, dict[int, float]] = {}
        for row in np.flatnonzero(np.isin(calls.agent, chosen) & (weight >= self.options.attempts_min - 1)).tolist():
            by_name.setdefault(calls.name[row], {})[int(calls.agent[row])] = float(weight[row])
        out = []
        for name, agents in by_name.items():
            if len(agents) < SHARED_MIN:
                continue
            who = tuple(calls.agents[a] for a in sorted(agents, key=lambda a: -agents[a]))
            out.append(
                self.finding(
                    seen,
                    "shared_retry_storm",
                    name,
                    f"{len(who)} agents retry {name} again and again",
                    float(max(tails[a] for a in agents)),
                    subject_kind="group",
                    severity="high",
                    observed=sum(agents.values()),
                    explanation=f"{sum(agents.values()):.0f} retries of {name} by {len(who)} agents.",
                    recommendation=f"look at {name} itself; let callers back off, so that it can recover",
                    participants=who,
                )
            )
        return out
