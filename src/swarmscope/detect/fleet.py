"""One tenant's fleet under watch: its arrays, what each detector says of them, and what of it is news."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarmscope.config import Detect
from swarmscope.detect import gate
from swarmscope.detect.base import Detector, FleetDetector, Scores
from swarmscope.detect.gate import Gate, Repeats
from swarmscope.detect.guard import FOUND, checked, judged
from swarmscope.detect.later import KEPT_MAX, Later
from swarmscope.detect.own import OwnPasts
from swarmscope.detect.prediction.predictive import BREACHES
from swarmscope.detect.roster import MAKE_S_MAX, Roster
from swarmscope.detect.verdicts import NOTHING_SAID, Bars, bars_of
from swarmscope.errors import PluginError, SwarmscopeError
from swarmscope.model.finding import Finding
from swarmscope.model.verdict import Tally
from swarmscope.query import findings as stored
from swarmscope.query.reader import Reader
from swarmscope.query.times import Window
from swarmscope.registry import said
from swarmscope.stats.calibration import cauchy_combined
from swarmscope.window import SIGNALS, FleetWindow, Panel

F64 = NDArray[np.float64]
ENSEMBLE = "ensemble"
VERSION = "1"
PEERS = 448  # agents that a costly detector gets beside the shortlist, to compare with


@dataclass(frozen=True, slots=True)
class Judged:
    """What the newest tick held of everybody. tails: of the ensemble, calibrated, (signals, agents); parts: by detector."""

    panel: Panel
    places: dict[str, int]
    tails: F64
    parts: dict[str, Scores]
    strange: NDArray[np.bool_]


@dataclass(slots=True)
class FleetJudge:
    """Ticks of one tenant; one thread. `last` may be read by others: it never changes."""

    reads: Reader
    roster: Roster
    options: Detect
    window: FleetWindow = field(init=False)
    detectors: dict[str, Detector] = field(init=False)
    repeats: Repeats = field(init=False)
    later: Later = field(init=False)
    gates: dict[str, Gate] = field(init=False, default_factory=dict)
    feedback: dict[gate.Key, float] = field(init=False, default_factory=dict)
    said: Bars = field(init=False, default=NOTHING_SAID)
    last: Judged | None = field(init=False, default=None)
    own: OwnPasts = field(init=False, default_factory=OwnPasts)

    def __post_init__(self) -> None:
        self.window = FleetWindow(self.reads)
        self.detectors = self.roster.made("fleet")
        self.repeats = Repeats(self.options.repeat_s)
        self.later = Later(self.options.repeat_s)

    def hear(self, tallies: Sequence[Tally]) -> None:
        """Take up what people said."""
        self.said = bars_of(tallies)
        self.feedback = dict(self.said.decades)

    def gate(self, name: str, version: str, rows: int) -> Gate:
        """The gate of one source of scores with so many rows; alarms are shared out among the sources."""
        key = f"{name}/{rows}"
        if key not in self.gates:
            self.gates[key] = Gate(name, version, self.options.alarms_per_day / 2, rows)
        return self.gates[key]

    def tick(self, now_ns: int, kinds: dict[str, str]) -> list[Finding]:
        """Bring the arrays up to date, judge everybody, and give what is found. StoreError."""
        self.window.refresh(now_ns, kinds)
        self.window.learn(self._strange_places())
        panel = self.window.panel(now_ns)
        if not panel.agents:
            self.last = None
            return []
        found: list[Finding] = []
        parts: dict[str, Scores] = {}
        for name, detector in self.detectors.items():
            one = self.roster.listed[name]
            if one.elsewhere:
                continue
            given = judged(detector, one.health, lambda d=detector: checked(d.judge(panel), d, panel))  # type: ignore[misc] # bound now
            if isinstance(given, Scores):
                parts[name] = given
            elif given is not None:
                found += given
        combined, strange = self._ensemble(panel, parts)
        found += combined
        for name, scores in parts.items():
            if not self._in_ensemble(name):
                found += self.take(name, panel, scores)
        places = {a: i for i, a in enumerate(panel.agents)}
        tails = self.gate(ENSEMBLE, VERSION, len(SIGNALS)).tails
        self.last = Judged(panel, places, tails, parts, strange)
        return self.news(found, now_ns)

    def _in_ensemble(self, name: str) -> bool:
        cls = self.roster.listed[name].cls
        return issubclass(cls, FleetDetector) and cls.in_ensemble

    def _ensemble(self, panel: Panel, parts: Mapping[str, Scores]) -> tuple[list[Finding], NDArray[np.bool_]]:
        """One finding per signal and agent out of what its members say; whole agents apart."""
        self.own.align(self.window.agents, panel.agents, self.window.places)
        held = {n: self.own.held(n, s) for n, s in parts.items() if self._in_ensemble(n)}
        rows = [s for s in held.values() if s.tail.shape[0] == len(SIGNALS)]
        whole = {n: s for n, s in held.items() if s.tail.shape[0] == 1}
        strange = np.zeros((len(SIGNALS), len(panel.agents)), np.bool_)
        found: list[Finding] = []
        if rows:
            tail: Any = cauchy_combined([np.asarray(s.tail, np.float64) for s in rows], [1.0] * len(rows))
            with np.errstate(all="ignore"):
                score = np.fmax.reduce([s.score for s in rows])
            found, strange = self.gate(ENSEMBLE, VERSION, len(SIGNALS)).judge(panel, Scores(tail, score), self.feedback)
        for name, scores in whole.items():
            after = getattr(self.roster.listed[name].cls, "told_after", 0)
            more, _ = self.gate(ENSEMBLE, VERSION, 1).judge(panel, scores, self.feedback, told_after=after)
            known = {f.subject for f in found}
            found += [f for f in more if f.subject not in known]
        guards = {n: self.window.guard_minutes for n in held if getattr(self.roster.listed[n].cls, "sums_up", False)}
        self.own.learn(int(panel.times_ns[-1]), held, guards)
        return found, strange

    def take(self, name: str, panel: Panel, scores: Scores, tests: int | None = None) -> list[Finding]:
        """Findings of one detector with findings of its own. tests: judged in all, where the panel is a part of the fleet."""
        version = self.roster.listed[name].cls.version
        return self.gate(name, version, scores.tail.shape[0]).judge(panel, scores, self.feedback, tests)[0]

    def news(self, found: Sequence[Finding], now_ns: int) -> list[Finding]:
        """What of it was not said lately; all of it is counted."""
        out = []
        for finding in found:
            one = self.roster.listed.get(finding.detector)
            if self.repeats.admits(finding, now_ns):
                out.append(finding)
                FOUND.labels(finding.detector, finding.severity).inc()
                if one is not None:
                    one.health.findings += 1
            elif one is not None:
                one.health.suppressed += 1
        return out

    def stated_anew(
        self, found: Mapping[str, Sequence[Finding]], news: Sequence[Finding], now_ns: int
    ) -> list[Finding]:
        """What there is to say now of what was told before. found: by detector of windows, all of it; news: of `news`."""
        lasts = {k for n in found for k in getattr(self.roster.listed[n].cls, "lasting", ())}
        with self.later.lock:
            self.later.remember(news, lasts)
            out = self.later.ceased(found, now_ns)
            with suppress(SwarmscopeError):  # the store is away: no news is lost, and the next look asks again
                out += self.later.came(self.reads, now_ns)
            return out

    def recall(self, within: Window) -> None:
        """Take up what was told before a restart and may be stated anew. StoreError."""
        lasts = {k for one in self.roster.listed.values() for k in getattr(one.cls, "lasting", ())}
        told = stored.unsettled(self.reads, within, lasts, BREACHES, KEPT_MAX)
        with self.later.lock:
            self.later.recall(told, within.end_ns)

    def _strange_places(self) -> NDArray[np.bool_] | None:
        """What was strange at the last tick, at the places of the window: hardly to be learned from."""
        last = self.last
        if last is None or not last.strange.any():
            return None
        out = np.zeros((len(SIGNALS), len(self.window.agents)), np.bool_)
        at = [self.window.places.get(a, -1) for a in last.panel.agents]
        good = np.array(at) >= 0
        out[:, np.array(at)[good]] = last.strange[:, good]
        return out

    def shortlist(self, seed: int) -> tuple[Panel, int] | None:
        """The strangest agents, then random peers, as one panel, and how many are candidates; None: nobody is known."""
        last = self.last
        if last is None:
            return None
        panel = last.panel
        known = np.isfinite(panel.spread) & np.isfinite(panel.newest)
        able = np.flatnonzero(known.sum(0) >= 3)
        if len(able) < 8:
            return None
        with np.errstate(all="ignore"):
            worst = np.nanmin(np.where(np.isfinite(last.tails[:, able]), last.tails[:, able], 1.0), axis=0)
        share = max(8, min(self.options.shortlist_max, int(self.options.contamination * len(able))))
        first = able[np.argsort(worst, kind="stable")[:share]]
        rest = np.setdiff1d(able, first)
        peers = np.random.default_rng(seed).permutation(rest)[:PEERS]
        return panel.only(np.concatenate([first, peers])), len(first)

    # ---- over a restart

    def snapshot(self) -> dict[str, NDArray[Any]]:
        """What was learned, as arrays."""
        out = {f"window.{k}": v for k, v in self.window.snapshot().items()}
        for key, one in self.gates.items():
            out[f"gate.{key}"] = one.calibrator.counts
        out |= {f"own.{k}": v for k, v in self.own.snapshot().items()}
        out["later.looked"] = np.array([self.later.looked_ns])
        return out | remembered(self.detectors, self.roster)

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Take up a snapshot before the first tick."""
        parts: dict[str, dict[str, NDArray[Any]]] = {}
        for key, array in state.items():
            room, _, rest = key.partition(".")
            parts.setdefault(room, {})[rest] = array
        if (looked := parts.get("later", {}).get("looked")) is not None:
            self.later.looked_ns = int(looked[0])
        if not self.window.restore(parts.get("window", {})):
            return
        for key, counts in parts.get("gate", {}).items():
            name, _, rows = key.rpartition("/")
            listed = self.roster.listed.get(name)
            made = self.gate(name, listed.cls.version if listed else VERSION, int(rows))
            if counts.shape == made.calibrator.counts.shape:
                made.calibrator.counts = counts
        self.own.restore(self.window.agents, parts.get("own", {}))
        remind(self.detectors, state, self.roster)


def remembered(detectors: Mapping[str, Detector], roster: Roster) -> dict[str, NDArray[Any]]:
    """What detectors must remember over a restart, by detector, version and name of the array; one that cannot tell is told
    of and forgets."""
    out: dict[str, NDArray[Any]] = {}
    for name, one in detectors.items():
        listed = roster.listed[name]
        try:
            kept = one.snapshot() if listed.alone is None else listed.alone.run(one.snapshot, MAKE_S_MAX)
            out |= {f"detector.{name}.{one.version}.{k}": _plain(v) for k, v in kept.items()}
        except Exception as e:  # noqa: BLE001 # a stranger's code may raise anything; it is counted and shown
            listed.health.failed(name, "snapshot", f"what it learned cannot be kept: {said(e)}")
    return out


def _plain(array: Any) -> NDArray[Any]:
    if not isinstance(array, np.ndarray) or array.dtype.hasobject:
        raise PluginError(f"snapshot gave {type(array).__name__}, not an array of numbers or texts")
    return array


def remind(detectors: Mapping[str, Detector], state: Mapping[str, NDArray[Any]], roster: Roster) -> None:
    """Give detectors what the same versions of them remembered. One that cannot take it up learns anew."""
    for name, one in detectors.items():
        prefix = f"detector.{name}.{one.version}."
        own = {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
        listed = roster.listed[name]
        try:
            if own and listed.alone is not None:
                listed.alone.run(partial(one.restore, own), MAKE_S_MAX)
            elif own:
                one.restore(own)
        except Exception as e:  # noqa: BLE001 # a stranger's code may raise anything; it is counted and shown
            listed.health.failed(name, "restore", f"what it learned before cannot be taken up: {said(e)}")
