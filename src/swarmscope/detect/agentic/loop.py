"""Loops and livelocks: agents that act and get nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, ClassVar

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from swarmscope.detect.agentic.base import Agentic, Level, look_of, seconds
from swarmscope.detect.base import Options as BaseOptions
from swarmscope.detect.base import Question
from swarmscope.model.finding import Finding
from swarmscope.query.agentic import Calls, exchanges
from swarmscope.stats.tails import binomial_tail

CHANCE_MIN = 0.05  # so often a call is repeated in any fleet
CYCLE_SHARE = 0.7  # calls of a cycle come about equally often
FAILED_MAX = 0.5  # calls that fail and are made again are retries, not a loop


class Loop(Agentic):
    """Agents that make the same tool calls again and again, alone or with each other.

    Equal means the same tool with the same arguments (by their keyed hash; without recorded arguments nothing is said). One
    call that comes again is a `loop`, a cycle of two to four calls a `livelock`, two agents that keep handing the same trace
    back and forth a `ping_pong`. Rare is judged against how often agents here repeat calls at all: where everybody polls, a
    poll is no loop. Calls that fail and are retried are left to `retry_storm`.

        [plugins.options.detector.loop]
        calls_min = 12

    Sources: Chernoff 1952 for the tail; livelock in the sense of Owicki & Lamport, ACM TOPLAS 1982.
    """

    name: ClassVar[str] = "loop"
    kinds: ClassVar[tuple[str, ...]] = ("loop", "livelock", "ping_pong")

    class Options(BaseOptions, frozen=True, forbid_unknown_fields=True):
        """calls_min, share: of a loop. cycle_max: calls of a livelock. exchanges_min: of a ping-pong. level: false ones."""

        calls_min: Annotated[
            int, Meta(ge=3, le=10_000, description="equal calls within two minutes", extra={"sensitive": (20, 5)})
        ] = 8
        share: Annotated[float, Meta(gt=0, le=1, description="share of its calls that the loop must be")] = 0.5
        cycle_max: Annotated[int, Meta(ge=1, le=8, description="calls that a livelock may go round")] = 4
        exchanges_min: Annotated[
            int, Meta(ge=2, le=1000, description="times that two agents ask each other in one trace")
        ] = 5
        level: Level = 0.001

    def judge(self, seen: Question) -> Sequence[Finding]:
        """Loops of single agents, then those of pairs."""
        look = look_of(seen.reads, seen.within)
        return [*self._alone(seen, look.calls, len(look.figures.agents)), *self._together(seen)]

    def _alone(self, seen: Question, calls: Calls, tests: int) -> list[Finding]:
        rows = np.flatnonzero(calls.is_tool & calls.told & (calls.failed <= FAILED_MAX * calls.calls))
        n = len(calls.agents)
        total = np.bincount(calls.agent[rows], calls.calls[rows], n)
        distinct = np.bincount(calls.agent[rows], minlength=n).astype(np.float64)
        repeats = total - distinct
        others = np.maximum(total.sum() - total, 1)
        chance = np.maximum((repeats.sum() - repeats - _worst(repeats, total)) / others, CHANCE_MIN)
        tails = binomial_tail(repeats, total, np.minimum(chance, 0.95))
        cycles = dict(self._cycles(calls, rows))
        chosen = self.rare(np.where(np.isin(np.arange(n), list(cycles)), tails, 1.0), tests)
        return [self._finding(seen, calls, place, cycles[place], float(tails[place])) for place in chosen.tolist()]

    def _cycles(self, calls: Calls, rows: NDArray[Any]) -> Iterator[tuple[int, list[int]]]:
        """Agents with few requests that make up most of their calls: place, rows of these requests."""
        order = rows[np.lexsort((-calls.calls[rows], calls.agent[rows]))]
        bounds = np.searchsorted(calls.agent[order], np.arange(len(calls.agents) + 1))
        busy = np.flatnonzero(
            np.bincount(calls.agent[rows], calls.calls[rows], len(calls.agents)) >= self.options.calls_min
        )
        for place in busy.tolist():  # suspects only, at most some hundred
            own = order[bounds[place] : bounds[place + 1]]
            count = calls.calls[own]
            alone = len(own) < 2 or count[1] < CYCLE_SHARE * count[0]
            if alone and count[0] >= self.options.calls_min and count[0] >= self.options.share * count.sum():
                yield place, own[:1].tolist()
                continue
            for size in range(2, self.options.cycle_max + 1):
                least = max(3.0, self.options.calls_min / 2)
                if len(own) >= size and count[size - 1] >= least and count[:size].sum() >= 0.8 * count.sum():
                    yield place, own[:size].tolist()
                    break

    def _finding(self, seen: Question, calls: Calls, place: int, rows: list[int], p: float) -> Finding:
        agent, count = calls.agents[place], float(calls.calls[rows].sum())
        names = " → ".join(calls.name[r] for r in rows)
        took = (calls.last_ns[rows].max() - calls.first_ns[rows].min()) / 1e9
        single = len(rows) == 1
        failed = int(calls.failed[rows].sum())
        fared = "none of them failed" if failed == 0 else f"{failed} of them failed, too few for retries"
        what = f"{names} with the same arguments" if single else f"the same {len(rows)} calls in turn ({names})"
        return self.finding(
            seen, "loop" if single else "livelock", agent, f"{agent} repeats {what}", p,
            start_ns=int(calls.first_ns[rows].min()), severity="high" if count >= 3 * self.options.calls_min else "medium",
            observed=count, expected=1.0,
            explanation=f"{count:.0f} calls within {seconds(took)}: {what}; {fared}.",
            recommendation="stop the agent or limit its steps; look at the answer to the call that it repeats",
            features=tuple((calls.name[r], round(float(calls.calls[r]) / count, 4)) for r in rows),
            evidence=tuple(("trace", calls.traces[r]) for r in rows[:3]),
        )  # fmt: skip

    def _together(self, seen: Question) -> list[Finding]:
        rows = exchanges(seen.reads, seen.within, self.options.exchanges_min)
        return [
            self.finding(
                seen, "ping_pong", f"{r['one']} ↔ {r['other']}", f"{r['one']} and {r['other']} keep asking each other", 1e-6,
                subject_kind="edge", start_ns=int(r["first_ns"]), observed=float(r["there"] + r["back"]), expected=2.0,
                explanation=f"{r['there']} and {r['back']} questions in one trace: the task goes back and forth.",
                recommendation="give one of them the last word, or limit how often a task may be handed over",
                evidence=(("trace", r["trace"]),), participants=(r["one"], r["other"]), severity="medium",
            )
            for r in rows[:50]
        ]  # fmt: skip


def _worst(repeats: NDArray[Any], total: NDArray[Any]) -> NDArray[Any]:
    """Repeats of the worst tenth of the others: a few loops must not make loops look usual."""
    if len(total) < 2:
        return np.zeros_like(repeats)
    share = repeats / np.maximum(total, 1)
    bad = share >= max(0.5, float(np.quantile(share, 0.9)))
    worst: NDArray[Any] = (repeats * bad).sum() - repeats * bad
    return worst
