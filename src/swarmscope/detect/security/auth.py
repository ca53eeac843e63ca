"""Guessing: brute force, credential stuffing and accounts that fell to them, over a sliding window of five minutes.

Every login counts into the window of its principal and of its source. The score of a window with f failures is 1 − 2^(−f/half):
it rises with each failure, and each step of the ladder is told once per principal or source until the window has calmed.

- brute force: many failures of one principal (or from one source against few).
- credential stuffing: one source fails for many principals, a few times each.
- account takeover: a success of a principal or source whose window was at the alarming step.

References: OWASP Automated Threats OAT-007 and OAT-008; MITRE ATT&CK T1110.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from swarmscope.detect.security.codes import Codes
from swarmscope.detect.security.events import FAILURE, SUCCESS, Events, Threat, subject_of
from swarmscope.detect.verdicts import NOTHING_SAID, Bars

I64 = NDArray[np.int64]
SECOND_NS = 1_000_000_000
SLICE_NS = 60 * SECOND_NS
HISTORY_MAX = 500_000
FAILURES_MIN = 3  # fewer are nobody's guessing, whatever people said
STEPS = ("", "medium", "high", "critical")


@dataclass(frozen=True, slots=True)
class Options:
    """window_s: how long a failure counts. steps: failures at which it becomes medium, high, critical.

    principals: how many different principals one source must fail for to be stuffing. half: failures for a score of 0.5.
    """

    window_s: float = 300.0
    steps: tuple[int, int, int] = (5, 10, 20)
    principals: int = 8
    half: float = 5.0

    def __post_init__(self) -> None:
        if not 1 <= self.window_s <= 86_400:
            raise ValueError(f"window_s={self.window_s} must be within 1 and 86400 seconds")
        if not 1 <= self.steps[0] < self.steps[1] < self.steps[2]:
            raise ValueError(f"steps={self.steps} must rise and begin at 1 or more")
        if self.principals < 2 or self.half <= 0:
            raise ValueError(f"principals={self.principals} must be 2 or more, half={self.half} more than 0")

    def step(self, failures: int) -> int:
        """0 for nothing, else the step of the ladder."""
        return sum(failures >= least for least in self.steps)

    def score(self, failures: int) -> float:
        """In [0, 1), rising with each failure."""
        return float(1 - 2 ** (-failures / self.half))


@dataclass(slots=True)
class _Window:
    """Failures of the last window: when, whose, from where; and the step that each key has been told at."""

    time: I64 = field(default_factory=lambda: np.empty(0, np.int64))
    principal: I64 = field(default_factory=lambda: np.empty(0, np.int64))
    source: I64 = field(default_factory=lambda: np.empty(0, np.int64))
    told: dict[tuple[str, int], tuple[int, int]] = field(default_factory=dict)  # (side, code) → (step, time)


class Guessing:
    """Follows the logins of one tenant. Not safe from several threads."""

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()
        self._codes = Codes()
        self._age = 0
        self._window = _Window()
        self._said = NOTHING_SAID

    def judge(self, given: Events, said: Bars = NOTHING_SAID) -> list[Threat]:
        """Threats of the events, which must come in order of time; late ones count when they arrive."""
        self._said = said
        logins = np.array([i for i, action in enumerate(given.action) if action == "login"], np.int64)
        logins = logins[given.outcome[logins] != 0] if logins.size else logins
        if not logins.size:
            return []
        principal = self._codes.of([f"p:{given.principal[i]}" if given.principal[i] else "" for i in logins])
        source = self._codes.of([f"s:{given.source[i]}" if given.source[i] else "" for i in logins])
        if self._codes.age != self._age:
            self._age, self._window = self._codes.age, _Window()
            principal = self._codes.of([f"p:{given.principal[i]}" if given.principal[i] else "" for i in logins])
            source = self._codes.of([f"s:{given.source[i]}" if given.source[i] else "" for i in logins])
        threats: list[Threat] = []
        begin = 0
        times = given.time_ns[logins]
        while begin < len(logins):
            end = int(np.searchsorted(times, times[begin] + SLICE_NS, "right"))
            end = max(end, begin + 1)
            part = slice(begin, end)
            threats += self._slice(given, logins[part], principal[part], source[part])
            begin = end
        return threats

    def _slice(self, given: Events, places: I64, principal: I64, source: I64) -> list[Threat]:
        window, span = self._window, int(self.options.window_s * SECOND_NS)
        times = given.time_ns[places]
        fresh = window.time > times[0] - span
        failed = given.outcome[places] == FAILURE
        window.time = np.concatenate([window.time[fresh], times[failed]])[-HISTORY_MAX:]
        window.principal = np.concatenate([window.principal[fresh], principal[failed]])[-HISTORY_MAX:]
        window.source = np.concatenate([window.source[fresh], source[failed]])[-HISTORY_MAX:]
        by_principal = _within(window.principal, window.time, principal, times, span)
        by_source = _within(window.source, window.time, source, times, span)
        by_principal[[not given.principal[i] for i in places]] = 0  # those who are not known are not one
        by_source[[not given.source[i] for i in places]] = 0
        worst = np.maximum(by_principal, by_source)
        threats: list[Threat] = []
        for row in np.flatnonzero(worst >= (FAILURES_MIN if self._said else self.options.steps[0])):
            side = "principal" if by_principal[row] >= by_source[row] else "source"
            code = int((principal if side == "principal" else source)[row])
            found = self._told(given, int(places[row]), side, code, int(worst[row]), bool(failed[row]))
            threats += [found] if found else []
        return threats

    def _told(self, given: Events, place: int, side: str, code: int, failures: int, failed: bool) -> Threat | None:
        options, time = self.options, int(given.time_ns[place])
        distinct = 1
        if side == "source":
            mine = self._window.source == code
            distinct = len(np.unique(self._window.principal[mine]))
        stuffing = distinct >= options.principals
        kind, family = ("credential_stuffing", "many_principals") if stuffing else ("brute_force", f"one_{side}")
        step = options.step(failures - self._more(subject_of(given, place), kind))
        before, at = self._window.told.get((side, code), (0, 0))
        if time - at > options.window_s * SECOND_NS:
            before = 0
        attributes = {"failures": str(failures), "window_s": f"{options.window_s:g}", "by": side}
        score = options.score(failures)
        if not failed:
            if given.outcome[place] != SUCCESS or before < 2:
                return None
            self._window.told[(side, code)] = (0, time)  # told once; what follows is a new story
            who = given.principal[place] or given.source[place]
            return Threat(
                place,
                "account_takeover",
                "critical",
                score,
                "after_guessing",
                score,
                f"{who} succeeded after {failures} failures",
                attributes,
            )
        if step <= before:
            self._window.told[(side, code)] = (before, time)
            return None
        if len(self._window.told) > HISTORY_MAX:
            self._window.told.clear()
        self._window.told[(side, code)] = (step, time)
        attributes["principals"] = str(distinct)
        whose = "failed logins" if side == "source" else f"failed logins of {given.principal[place]}"
        message = f"{failures} {whose} within {options.window_s:g} s" + (
            f", for {distinct} principals" if stuffing else ""
        )
        return Threat(place, kind, STEPS[step], score, family, score, message, attributes)

    def _more(self, subject: str, kind: str) -> int:
        """How many failures more than usual each step of the ladder takes, by what people said."""
        first = self.options.steps[0]
        if not self._said.of(subject, kind):
            return 0
        bar = self._said.bar(1 - self.options.score(first), subject, kind)
        least = -self.options.half * math.log2(max(bar, 1e-300))
        return max(FAILURES_MIN, math.ceil(least)) - first


def _within(keys: I64, times: I64, asked: I64, at: I64, span_ns: int) -> I64:
    """For each (asked, at): how many of (keys, times) have that key and lie in (at − span, at]."""
    if not keys.size:
        return np.zeros(len(asked), np.int64)
    base = min(int(times.min()), int(at.min())) - span_ns
    width = max(int(times.max()), int(at.max())) - base + 1
    step = max(1, width >> 40)  # keeps code and time within 63 bits
    scale = width // step + 2
    line = np.sort(keys * scale + (times - base) // step)
    upto = np.searchsorted(line, asked * scale + (at - base) // step, "right")
    before = np.searchsorted(line, asked * scale + (at - span_ns - base) // step, "right")
    answer: I64 = upto - before
    return answer
