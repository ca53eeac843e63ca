"""What an agent is doing now: rules over arrays, one entry per agent.

Seen from the newest evidence (`heard`: a span that ended or began, a heartbeat), the first rule that holds decides.
Thresholds are the section `[states]` of the configuration.

Beside the state, which says what an agent does, stands its condition, which says how it is to be counted: the state, or
`failing` where the state is no trouble by itself and most of its work fails. It begins when less than 0.3 of the health is
left and spans failed at two moments (windows of 10 s) of the last five minutes: one failure is no condition. It ends when
half of the health is back, so that an agent at the edge does not go to and fro.

| state | rule |
|---|---|
| abandoned | nothing heard for `abandoned_s`, though it sends heartbeats or has open spans, and it did not say stop |
| wedged | a span has been pending for `wedged_s` and nothing has ended since it began |
| looping | within `loop_window_s`, one tool was called `loop_calls` times alike, which is `loop_share` of its calls |
| working | a span ended, or one began, within `working_s` |
| waiting | a span is pending |
| idle | none of these |
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from swarmscope.config import States
from swarmscope.query.fields import CONDITIONS
from swarmscope.query.times import SECOND_NS

WORKING, WAITING, LOOPING, WEDGED, IDLE, ABANDONED, FAILING = range(7)
I64 = NDArray[np.int64]
# how much of the health is left in a state
FACTOR = np.array([1.0, 1.0, 0.4, 0.2, 1.0, 0.0])
HEALTHY, PARTIAL = 0.7, 0.3
RECOVERED = 0.5
"""Health from which an agent that failed no longer does."""
TROUBLE = (LOOPING, WEDGED, ABANDONED, FAILING)
"""Conditions that need somebody."""
_STEPS = ((86_400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s"))


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the rules look at; times are nanoseconds since the epoch, 0: never."""

    last_end: I64  # a span ended
    last_span: I64  # a span began
    last_heartbeat: I64
    registered: I64  # last sign of any other kind
    stopped: I64
    pending: I64  # spans that have not ended
    pending_start: I64  # of the oldest of them
    pending_newest: I64  # start of the youngest of them
    loop_calls: I64  # equal calls within the window, 0: no loop

    @property
    def heard(self) -> I64:
        """The newest evidence."""
        parts = (self.last_end, self.last_span, self.last_heartbeat, self.registered, self.pending_newest, self.stopped)
        newest: I64 = np.maximum.reduce(parts)
        return newest


def decide(e: Evidence, now_ns: int, options: States) -> tuple[NDArray[np.int8], I64]:
    """State of each agent (index into STATES), and the moment from which the evidence puts it there."""
    seconds = SECOND_NS
    heard = np.minimum(e.heard, now_ns)
    progress = np.minimum(np.maximum(e.last_end, e.pending_newest), now_ns)
    progress = np.maximum(progress, np.minimum(e.last_span, now_ns))
    is_open = e.pending > 0
    stopped = (e.stopped > 0) & (e.stopped >= heard)
    abandoned = (now_ns - heard >= options.abandoned_s * seconds) & ((e.last_heartbeat > 0) | is_open) & ~stopped
    wedged = is_open & (now_ns - e.pending_start >= options.wedged_s * seconds) & (e.last_end <= e.pending_start)
    working = now_ns - progress <= options.working_s * seconds
    rules = [abandoned, wedged & ~stopped, (e.loop_calls > 0) & ~stopped, working & ~stopped, is_open & ~stopped]
    state = np.select(rules, [ABANDONED, WEDGED, LOOPING, WORKING, WAITING], IDLE).astype(np.int8)
    since = np.select(
        rules,
        [
            heard + round(options.abandoned_s * seconds),
            e.pending_start + round(options.wedged_s * seconds),
            progress,
            progress,
            e.pending_start,
        ],
        heard,
    )
    return state, np.minimum(since, now_ns).astype(np.int64)


def health(state: NDArray[np.int8], spans: I64, errors: I64) -> NDArray[np.float64]:
    """Score of each agent, 0–1: the share of its spans that did not fail, twice weighted, times what its state leaves."""
    ratio = errors / np.maximum(spans, 1)
    score: NDArray[np.float64] = np.clip(1.0 - 2.0 * ratio, 0.0, 1.0) * FACTOR[state]
    return score


def condition(
    state: NDArray[np.int8], score: NDArray[np.float64], again: NDArray[np.bool_], failed: NDArray[np.bool_]
) -> NDArray[np.int8]:
    """How each agent is to be counted, as index into CONDITIONS.

    score: its health. again: its spans failed at two moments or more of the last minutes. failed: it was failing until now.
    """
    failing = ((score < PARTIAL) & again | (score < RECOVERED) & failed) & ~np.isin(state, TROUBLE)
    return np.where(failing, FAILING, state).astype(np.int8)


class Facts(NamedTuple):
    """What the reason of one agent tells of; times in ns."""

    now_ns: int
    state: int
    heard_ns: int
    last_end_ns: int
    last_heartbeat_ns: int
    stopped_ns: int
    pending: int
    pending_start_ns: int
    loop_calls: int
    pending_name: str
    loop_tool: str
    status: str


def reason(f: Facts, options: States) -> str:
    """Why an agent is in its state, in words."""
    match f.state:
        case 5:  # ABANDONED
            what = f"{f.pending} spans never ended" if f.pending else "heartbeats ceased"
            return f"nothing heard for {_ago(f, f.heard_ns)}; {what}"
        case 3:  # WEDGED
            return (
                f"{f.pending_name} has been running for {_ago(f, f.pending_start_ns)} and nothing ended since it began"
            )
        case 2:  # LOOPING
            window = _lasting(round(options.loop_window_s))
            return f"{f.loop_tool} was called {f.loop_calls} times with the same arguments within {window}"
        case 0:  # WORKING
            if f.pending:
                return f"{f.pending_name} is running"
            return f"its last span ended {_ago(f, f.last_end_ns)} ago" if f.last_end_ns else "a span began just now"
        case 1:  # WAITING
            return f"waits for {f.pending_name} for {_ago(f, f.pending_start_ns)}"
    if f.stopped_ns and f.stopped_ns >= f.heard_ns:
        return f"stopped {_ago(f, f.stopped_ns)} ago"
    said = f", says {f.status!r}" if f.status else ""
    if f.last_heartbeat_ns and f.last_heartbeat_ns >= f.last_end_ns:
        return f"alive (heartbeat {_ago(f, f.last_heartbeat_ns)} ago) and without work{said}"
    return f"no span for {_ago(f, f.heard_ns)}{said}"


def _ago(f: Facts, moment_ns: int) -> str:
    return _lasting(max(0, f.now_ns - moment_ns) // SECOND_NS)


def _lasting(seconds: int) -> str:
    """A duration in its two largest units, as pages write it: `5 min 12 s`."""
    if seconds < 60:
        return f"{seconds} s"
    size, unit, below_s, below = next(step for step in _STEPS if seconds >= step[0])
    whole, rest = divmod(seconds, size)
    return f"{whole} {unit} {rest // below_s} {below}" if rest // below_s else f"{whole} {unit}"


def advice(state: int) -> list[str]:
    """What to do about a state that is not well."""
    return {
        LOOPING: ["stop the agent or lower its budget; look at the repeated call's answer in its newest trace"],
        WEDGED: ["look at the pending span; restart the agent if what it waits for is gone; give the call a timeout"],
        ABANDONED: ["check the process and its node; its pending spans show where it was"],
    }.get(state, [])


assert CONDITIONS[FAILING] == "failing"  # noqa: S101 # the numbers above index this tuple
