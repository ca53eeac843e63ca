"""Any detector of series over a past: stored history or a data set, row by row as it would have been seen.

What is normal is learned from rows that are over, as the live window does it, and a row is judged before it is learned from.
Detectors are vectorised over agents and see one moment at a time; here the moments of a block stand side by side in the place
of agents, so that a replay takes as many calls as blocks. Nothing that is judged sees a later row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarmscope.detect.base import Detector, FleetDetector, Scores, ShortlistDetector
from swarmscope.detect.fleet import ENSEMBLE
from swarmscope.detect.guard import checked_scores
from swarmscope.errors import PluginError
from swarmscope.stats.baseline import SEASON_FRAMES_MIN, Baseline
from swarmscope.stats.calibration import Calibrator, cauchy_combined
from swarmscope.stats.foresight import Foresight, Foretold
from swarmscope.stats.own_tails import OwnTails
from swarmscope.window import FRAME_BUCKETS, Panel, Signal

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
ROWS = 10  # what a panel holds of the past, as live
BLOCK = 512
GUARD_ROWS = 1  # what is learned from is so much older than what is judged
WARM_ROWS = 12  # rows that nothing can be said of
APART = 7  # in a cohort: too few for what detectors take as common to all
CELLS_MAX = 40_000_000  # of one panel
OWN_ROWS = 1_000  # that are only learned from are judged too, so that their scores are known
SEASON_ROWS = 2.0  # of an hour, at least, before it counts as known


def plain_signal(name: str, worse: str = "both", floor: float = 1e-3) -> Signal:
    """A signal of a data set, in units of its own spread."""
    return Signal(name, "1", "linear", worse, floor)


@dataclass(slots=True)
class Replay:
    """Streams of the same signals side by side. step_s: between rows; scaled: values were brought to a common scale."""

    signals: tuple[Signal, ...]
    streams: int
    step_s: float = 60.0
    start_s: float = 0.0
    counts_default: float = 1.0
    _baseline: Baseline = field(init=False)
    _foresight: Foresight = field(init=False)
    _row: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        floor = np.array([s.floor for s in self.signals], np.float32)
        frames = min(SEASON_FRAMES_MIN, max(SEASON_ROWS, 3600 / self.step_s))
        self._baseline = Baseline(len(self.signals), floor, season_frames=frames)
        self._baseline.grow(self.streams, self.streams)
        self._foresight = Foresight(len(self.signals), floor)
        self._foresight.grow(self.streams, self.streams)

    def panels(self, values: F32, learn_only: int = 0, counts: F32 | None = None) -> Iterator[tuple[int, int, Panel]]:
        """(first row, rows, panel) of every block of values (time, signals, streams), NaN: nothing there.

        learn_only: rows at the beginning that are learned from and not judged. In a panel agent i × streams + s is stream s
        at row first + i, in a cohort so small that detectors take nothing in it as common.
        """
        time, signals, streams = values.shape
        if (signals, streams) != (len(self.signals), self.streams):
            raise ValueError(
                f"values have {signals} signals and {streams} streams, not {len(self.signals)}, {self.streams}"
            )
        cohort = np.arange(streams, dtype=np.int32)
        behind = np.full(values.shape, self.counts_default, np.float32) if counts is None else counts
        size = max(1, min(BLOCK, CELLS_MAX // max(1, ROWS * FRAME_BUCKETS * signals * streams)))
        for t in range(min(learn_only, time)):
            self._learn(values, behind, t, cohort)
        for first in range(min(learn_only, time), time, size):
            rows = range(first, min(first + size, time))
            mean = np.empty((len(rows), signals, streams), np.float32)
            spread, known, unsure = np.empty_like(mean), np.empty_like(mean), np.empty_like(mean)
            told = []
            for i, t in enumerate(rows):
                mean[i], spread[i], unsure[i] = self._baseline.parts(cohort, self._hour(t))
                known[i] = self._baseline.known[:, :streams]
                told.append(self._foresight.foretold(cohort))
                self._learn(values, behind, t, cohort)
            learned = mean, spread, unsure, known
            yield first, len(rows), self._panel(values, behind, rows, learned, _beside(told))

    def _hour(self, row: int) -> int:
        return int((self.start_s + row * self.step_s) // 3600 + 96) % 168

    def _learn(self, values: F32, behind: F32, row: int, cohort: NDArray[np.int32]) -> None:
        if row >= GUARD_ROWS:
            at = row - GUARD_ROWS
            self._baseline.learn(values[at], behind[at], cohort, self._hour(at))
            self._foresight.learn(values[at], cohort)

    def _panel(
        self, values: F32, behind: F32, rows: range, learned: tuple[F32, F32, F32, F32], foretold: Foretold
    ) -> Panel:
        mean, spread, unsure, known = learned
        n, signals, streams = mean.shape
        back = np.arange(ROWS)[::-1]
        at = np.array(rows)[None] - back[:, None]  # (rows of the past, moments)
        there = at >= 0
        x = np.where(there[:, :, None, None], values[np.maximum(at, 0)], np.nan)
        x = x.transpose(0, 2, 1, 3).reshape(ROWS, signals, n * streams).astype(np.float32)
        counts = behind[np.maximum(at, 0)].transpose(0, 2, 1, 3).reshape(ROWS, signals, n * streams)

        def flat(a: F32) -> F32:
            return np.ascontiguousarray(a.transpose(1, 0, 2).reshape(signals, n * streams))

        cohort = (np.arange(n * streams) // APART).astype(np.int32)
        ends = (self.start_s + (np.arange(rows.stop - ROWS * FRAME_BUCKETS, rows.stop) + 1) * self.step_s) * 1e9
        return Panel(
            tenant="replay", now_ns=int(ends[-1]), times_ns=ends.astype(np.int64),
            agents=[f"{s}@{t}" for t in rows for s in range(streams)],
            cohort=cohort, cohorts=[""] * (int(cohort[-1]) + 1), signals=self.signals,
            x=np.repeat(x, FRAME_BUCKETS, axis=0), items=counts[-1].astype(np.float32),
            counts=np.repeat(counts, FRAME_BUCKETS, axis=0).astype(np.float16), mean=flat(mean), spread=flat(spread),
            known=flat(known), foretold=foretold, unsure=flat(unsure),
        )  # fmt: skip


def _beside(told: Sequence[Foretold]) -> Foretold:
    """What was known at each of several moments, side by side; the models are those of the first."""
    first = told[0]
    rows = {
        n: np.concatenate([getattr(t, n) for t in told], axis=-1)
        for n in ("mean", "spread", "missed", "strain", "judged", "recent", "strayed", "moved", "held")
    }
    return Foretold(**rows, weights=first.weights, model=np.tile(first.model, len(told)), fitted=first.fitted)


@dataclass(frozen=True, slots=True)
class Judge:
    """What is replayed: detectors that judge every panel. own: their tails are held to each series' own past, as live."""

    members: tuple[Detector, ...]
    own: bool = True

    def __call__(self, panel: Panel) -> list[Scores]:
        """What each says. PluginError: one of them cannot be replayed."""
        return [_scores(d, panel) for d in self.members]


def judge_of(detectors: Mapping[str, Detector], name: str = ENSEMBLE) -> Judge:
    """One detector, or the ensemble of those that vote in it. PluginError: it cannot be replayed."""
    if name == ENSEMBLE:
        return Judge(tuple(d for d in detectors.values() if isinstance(d, FleetDetector) and d.in_ensemble))
    detector = detectors.get(name)
    if not isinstance(detector, FleetDetector | ShortlistDetector):
        able = [n for n, d in detectors.items() if isinstance(d, FleetDetector | ShortlistDetector)]
        raise PluginError(
            f"{name!r} is no detector of series; those that can be replayed: {ENSEMBLE}, {', '.join(able)}"
        )
    return Judge((detector,), isinstance(detector, FleetDetector) and detector.in_ensemble)


def _scores(detector: Any, panel: Panel) -> Scores:
    given = detector.judge(panel)
    if not isinstance(given, Scores):
        raise PluginError(f"{detector.name!r} speaks of groups of agents, and a replay has none")
    return checked_scores(given, len(panel.signals), len(panel.agents))


@dataclass(slots=True)
class _Held:
    """Tails of members, held to the past of each stream, and put together: a row per signal, then one of whole subjects."""

    own: bool
    streams: int
    pasts: list[OwnTails] = field(default_factory=list)

    def tails(self, parts: Sequence[Scores], n: int) -> F64:
        """(rows, moments × streams) of a block of `n` moments."""
        if not self.pasts:
            self.pasts = [OwnTails() for _ in parts]
        tails = [self._of(own, p, n) if self.own else np.asarray(p.tail, np.float64)
                 for own, p in zip(self.pasts, parts, strict=True)]  # fmt: skip
        together = []
        for rows in sorted({t.shape[0] for t in tails}, reverse=True):
            same = [t for t in tails if t.shape[0] == rows]
            together.append(same[0] if len(same) == 1 else cauchy_combined(same, [1.0] * len(same)))
        return np.concatenate(together)

    def _of(self, own: OwnTails, part: Scores, n: int) -> F64:
        rows = part.score.shape[0]
        own.grow(rows, self.streams)
        score = np.ascontiguousarray(part.score.reshape(rows, n, self.streams).transpose(1, 0, 2))
        tail = np.asarray(part.tail, np.float64).reshape(rows, n, self.streams).transpose(1, 0, 2)
        out = np.empty(tail.shape)
        for i in range(n):
            out[i] = own.held(tail[i], score[i])
            own.learn(score[i])
        return out.transpose(1, 0, 2).reshape(rows, n * self.streams)


def replay(
    judge: Judge, values: F32, signals: tuple[Signal, ...], step_s: float = 60.0, start_s: float = 0.0, learn_only: int = 0,
    counts: F32 | None = None, apart: bool = False,
) -> F64:  # fmt: skip
    """Decades of surprise, −log10 of calibrated tail probabilities, (time, rows, streams); 0 where nothing is said.

    values: (time, signals, streams). rows: one per signal, then one of whole subjects where members judge them so. How often
    scores really occur is learned as it goes, per row, from the blocks before; apart: the streams are no fleet, and nothing but
    its own past counts for each.
    """
    time, count, streams = values.shape
    out = np.zeros((time, count, streams))
    held = _Held(judge.own, streams)
    calibrator: Calibrator | None = None
    begin = max(0, learn_only - OWN_ROWS) if judge.own else learn_only
    for first, n, panel in Replay(signals, streams, step_s, start_s).panels(values, begin, counts):
        tails = held.tails(judge(panel), n)
        rows = tails.shape[0]
        if calibrator is None:
            calibrator = Calibrator(rows, keep=1.0)
            out = np.zeros((time, rows, streams))
        found = tails if apart else calibrator.calibrated(tails)
        calibrator.look(tails)
        with np.errstate(all="ignore"):
            decades = np.nan_to_num(-np.log10(np.maximum(found, 1e-300)), nan=0.0)
        out[first : first + n] = decades.reshape(rows, n, streams).transpose(1, 0, 2)
    out[: max(WARM_ROWS, learn_only)] = 0
    return out
