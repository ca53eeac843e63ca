"""Silence: agents that always did something and now do nothing, alone or with all of their node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from swarmscope.detect.agentic.base import USUAL_MINUTES, Agentic, Level, heard_until, look_of, seconds
from swarmscope.detect.base import Options as BaseOptions
from swarmscope.detect.base import Question
from swarmscope.model.finding import Finding
from swarmscope.query.agentic import cut_short
from swarmscope.query.agentic import heard as heard_steps
from swarmscope.query.reader import Reader
from swarmscope.query.times import MINUTE_NS, SECOND_NS, Window

MINUTES_MIN = 4.0
NODE_MIN = 3
BEATS_S = 45.0  # a heartbeat that is younger says that its host is up; the SDK sends one every thirty seconds
FRESH_S = 90.0  # the whole fleet silent for so long: it is what delivers the data, or a pause
PAST_MINUTES = 60
STEP_S = 10
PAUSE_CHANCE = 1e-3  # a fleet that is heard as often as this one is silent for so long by chance
LATE_NS = 3 * MINUTE_NS  # what is not older is read anew with each look: rows of it may still come
ANEW_NS = (
    10 * MINUTE_NS
)  # and the whole hour so often: what was held back while somebody was away comes later than that


@dataclass(slots=True, weakref_slot=True)
class _Heard:
    """The ten seconds in which anybody of a tenant's fleet was heard, of the window that was read last, and its pauses."""

    of: Window | None = None
    steps: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    pauses: Sequence[tuple[int, int]] = ()
    whole_until_ns: int = 0
    last: dict[str, tuple[int, str]] = field(default_factory=dict)  # who is silent: heard when (ns), what broke off

    def broken_off(self, reads: Reader, within: Window, heard: Mapping[str, int]) -> dict[str, str]:
        """What of these agents broke off, as `cut_short`; heard: who is silent and since when (ns). Asked once of a silence."""
        new = [agent for agent, at in heard.items() if self.last.get(agent, (0, ""))[0] != at]
        found = cut_short(reads, within, new) if new else {}
        self.last = {a: (at, found.get(a, "")) if a in new else self.last[a] for a, at in heard.items()}
        return {agent: what for agent, (_, what) in self.last.items() if what}

    def look(self, reads: Reader, window: Window) -> None:
        """Be of a window; what is known of an earlier one is not read again."""
        if self.of == window:
            return
        of, known = self.of, self.steps
        since = window.start_ns
        if of and of.start_ns <= window.start_ns and 0 <= window.end_ns - self.whole_until_ns < ANEW_NS:
            since = max(window.start_ns, min(of.end_ns, window.end_ns) - LATE_NS)
        else:
            self.whole_until_ns = window.end_ns
        known = known[(known >= window.start_ns) & (known < since)]
        steps = np.concatenate((known, heard_steps(reads, Window(since, window.end_ns))))
        self.of, self.steps, self.pauses = window, steps, pauses(steps, window)


def pauses(steps: NDArray[np.int64], within: Window) -> list[tuple[int, int]]:
    """Stretches, in Unix nanoseconds, in which nobody of a fleet was heard, too long for chance: whoever delivers was away,
    or this platform was. One that the window begins in began long before. steps: begins of ten seconds with anybody heard."""
    step_ns = STEP_S * SECOND_NS
    total = within.length_ns // step_ns
    found: list[tuple[int, int]] = []
    before = within.start_ns
    for begin in steps.tolist():
        length = (begin - before) // step_ns
        if length * STEP_S >= FRESH_S:
            share = min(len(steps) / max(1, total - length), 0.98)
            if length * np.log1p(-share) < np.log(PAUSE_CHANCE):
                found.append((before if found or before > within.start_ns else 0, begin))
        before = begin + step_ns
    return found


def paused_s(seen: Question, since_ns: NDArray[np.int64], now_ns: int) -> NDArray[np.float64]:
    """Seconds of pauses since moments of the last hour: whatever lasts, nothing could be heard of it meanwhile."""
    kept = seen.reads.kept(_Heard)
    end_ns = seen.within.end_ns // (STEP_S * SECOND_NS) * STEP_S * SECOND_NS
    window = Window(end_ns - PAST_MINUTES * MINUTE_NS, end_ns)
    kept.look(seen.reads, window)
    paused = np.zeros(len(since_ns))
    for begin, end in kept.pauses:
        paused += np.maximum(min(end, now_ns) - np.maximum(since_ns, begin), 0) / SECOND_NS
    return paused


class Silence(Agentic):
    """Agents that fell silent against their own rhythm; all agents of a node at once are a dead node.

    An agent was active in a share of the last half hour's minutes; if minutes are independent, so many silent ones in a row
    have a probability that is compared over the fleet. Of a node, the silences of all its agents are put together: a dead
    node is certain long before any one of its agents is, unless a heartbeat of one of them says that it is up. When
    everybody is silent nobody is accused, and a time in which everybody was, such as while this platform was away, is
    nobody's silence afterwards.

    One agent's silence is high where its work stopped in the middle: a step of it is open, its last trace breaks off, or its
    heartbeats ceased too. It is low where heartbeats come and nothing is open: nobody gives it work. Where nothing of this can
    be told it is medium.

        [plugins.options.detector.silence]
        silent_min_s = 120

    Sources: Fisher 1932 for combining; Chandra & Toueg, JACM 1996, for what silence can tell of failure.
    """

    name: ClassVar[str] = "silence"
    version: ClassVar[str] = "2"
    kinds: ClassVar[tuple[str, ...]] = ("silence", "dead_node")
    lasting: ClassVar[tuple[str, ...]] = kinds

    class Options(BaseOptions, frozen=True, forbid_unknown_fields=True):
        """silent_min_s: of each agent. node_share: of a node's agents. level: false ones."""

        silent_min_s: Annotated[
            float, Meta(ge=10, le=86_400, description="least silence, seconds", extra={"sensitive": (300, 45)})
        ] = 60.0
        node_share: Annotated[float, Meta(gt=0, le=1, description="share of a node's agents that must be silent")] = 0.9
        level: Level = 0.001

    def judge(self, seen: Question) -> Sequence[Finding]:
        """Nodes first, then agents of other nodes."""
        view = seen.view
        if view is None or not len(view.agent):
            return []
        now_ns = heard_until(view, seen.within.end_ns)
        e = view.evidence
        heard = np.maximum(np.maximum(e.last_end, e.last_span), e.pending_newest)
        usual = look_of(seen.reads, seen.within).usual
        at = np.array([usual.places.get(a, -1) for a in view.agent])
        minutes = np.where(at >= 0, usual.minutes[at], 0.0) if len(usual.minutes) else np.zeros(len(at))
        age = np.clip((now_ns - view.times["first_seen"]) / MINUTE_NS - 3, 1, USUAL_MINUTES)
        share = np.clip(minutes / age, 0, 0.98)
        gone_s = np.maximum(now_ns - heard, 0) / SECOND_NS
        silent_s = gone_s - paused_s(seen, heard, now_ns)
        known = (minutes >= MINUTES_MIN) & ~((e.stopped > 0) & (e.stopped >= heard))
        if not known.any() or float(silent_s[known].min()) > FRESH_S:
            return []
        with np.errstate(all="ignore"):
            log_tail = np.where(known, silent_s / 60 * np.log1p(-share), 0.0)
        quiet = known & (silent_s >= self.options.silent_min_s)
        nodes, inside = self._nodes(seen, view, known, quiet, log_tail, gone_s)
        tails = np.where(quiet & ~inside, np.exp(log_tail), 1.0)
        alone = self.rare(tails, int(known.sum())).tolist()
        past = Window(now_ns - PAST_MINUTES * MINUTE_NS, now_ns)
        asked = {view.agent[p]: int(heard[p]) for p in alone}
        cut = seen.reads.kept(_Heard).broken_off(seen.reads, past, asked)
        return [
            *nodes,
            *(self._agent(seen, view, p, float(gone_s[p]), float(share[p]), float(tails[p]), cut) for p in alone),
        ]

    def _nodes(
        self, seen: Question, view: Any, known: Any, quiet: Any, log_tail: Any, gone_s: Any
    ) -> tuple[list[Finding], Any]:
        names = view.texts.get("node") or [""] * len(view.agent)
        nodes, which = np.unique(np.array(names, object).astype(str), return_inverse=True)
        members = np.bincount(which, known, len(nodes))
        silent = np.bincount(which, quiet, len(nodes))
        total = np.bincount(which, np.where(quiet, log_tail, 0.0), len(nodes))
        beats = np.bincount(which, view.evidence.last_heartbeat > view.time_ns - BEATS_S * SECOND_NS, len(nodes))
        dead = (nodes != "") & (members >= NODE_MIN) & (silent >= self.options.node_share * np.maximum(members, 1))
        dead &= beats == 0
        if len(nodes) > 1 and dead.sum() > len(nodes) / 2:  # most of the fleet is silent: not the nodes
            return [], quiet
        tails = np.where(dead, np.exp(np.maximum(total, -690)), 1.0)
        found, inside = [], np.zeros(len(view.agent), np.bool_)
        for k in self.rare(tails, len(nodes)).tolist():
            mine = quiet & (which == k)
            inside |= mine
            places = np.flatnonzero(mine)
            who = tuple(view.agent[p] for p in places.tolist())
            lasted = float(np.min(gone_s[places]))
            found.append(
                self.finding(
                    seen,
                    "dead_node",
                    str(nodes[k]),
                    f"All {len(who)} agents of {nodes[k]} are silent",
                    float(tails[k]),
                    subject_kind="group",
                    severity="critical",
                    start_ns=view.time_ns - round(lasted * SECOND_NS),
                    signal="spans",
                    observed=0.0,
                    explanation=f"No agent of {nodes[k]} did anything for {seconds(lasted)}.",
                    recommendation="look whether the host is up, then at its network and at what supervises the agents",
                    participants=who[:200],
                )
            )
        return found, inside

    def _agent(
        self, seen: Question, view: Any, place: int, silent: float, share: float, p: float, cut: Mapping[str, str]
    ) -> Finding:
        agent, e = view.agent[place], view.evidence
        beats = bool(e.last_heartbeat[place] >= view.time_ns - 2 * MINUTE_NS)
        ceased = bool(e.last_heartbeat[place] > 0) and not beats
        open_step = (view.pending_name[place] or "a step") if e.pending[place] > 0 else ""
        stopped = bool(open_step) or agent in cut
        work = (
            f"{open_step} began and never ended."
            if open_step
            else f"Its last trace breaks off: what it did {cut[agent]} for never ended."
            if agent in cut
            else "No step of it is known to be open."
        )
        alive = (
            ("Its process sends heartbeats: it hangs rather than died." if stopped else "Its process sends heartbeats.")
            if beats
            else "Its heartbeats ceased too."
            if ceased
            else "It sends no heartbeats."
        )
        advice = "look at its newest trace and at its process; what it waits for may never come"
        idle = beats and not stopped
        return self.finding(
            seen, "silence", agent, f"{agent} fell silent", p, signal="spans", observed=0.0,
            severity="high" if stopped or ceased else "low" if idle else "medium",
            start_ns=view.time_ns - round(silent * SECOND_NS),
            explanation=f"Nothing for {seconds(silent)}; it was active in {share:.0%} of the minutes before. {work} {alive}",
            recommendation="look at who gives it work: a queue, a schedule, a caller that stopped" if idle else advice,
        )  # fmt: skip
