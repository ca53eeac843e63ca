"""The fleet as arrays: the last minutes of agents × signals, re-read from the store only where a commit touched them.

Agents act now and then, so ten seconds of one agent are mostly empty. A value is therefore taken over a frame, the last
FRAME_BUCKETS buckets, and a new frame ends every ten seconds. Values are transformed, so that their spread does not depend on
their size: durations, tokens and cost as logarithms, rates as square roots of counts (Anscombe 1948), shares of failures as
double arcsines (Freeman & Tukey 1950).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from swarmscope.query.buckets import BUCKET_S, SUMS, Buckets, fleet, reported
from swarmscope.query.reader import Reader
from swarmscope.query.times import SECOND_NS
from swarmscope.stats.baseline import Baseline, deviation
from swarmscope.stats.distinct import repeats
from swarmscope.stats.foresight import Foresight, Foretold
from swarmscope.stats.shares import counted
from swarmscope.stats.staying import staying
from swarmscope.stats.tails import of_few

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]
FRAME_BUCKETS = 6
RAW_BUCKETS = 18  # late rows change frames that are younger
NEVER = -(10**9)  # a bucket before every other
FRAMES = 60
FRAMES_MIN = 24  # of large fleets: memory
CELLS = 400_000  # agents × frames
LEARN_EVERY = FRAME_BUCKETS  # frames that do not overlap
GUARD_FRAMES = 6  # what the next frames are foretold from is so much older than what is judged
GUARD_MINUTES = 8  # for which what is normal, and laws of scores, wait at most: what goes on is not held for usual
GUARD_SHARE = 0.2  # of the minutes that are known
COLUMNS = (*SUMS, "repeats", "p95_log_sum")


@dataclass(frozen=True, slots=True)
class Signal:
    """One series per agent. above, below: columns whose quotient it is; below "": per second; metrics: names under which
    agents report it. transform: log, count, share or linear. worse: the direction in which it is bad: high, low or both.
    floor: least spread that counts, in transformed units. nested: what stands behind it contains each other, so that one
    event counts several times: one call that waits for a colleague makes all spans around it long. wanders: it grows by itself
    over minutes, as prompts of a long talk do, so that what is normal follows it soon."""

    name: str
    unit: str
    transform: str
    worse: str
    floor: float
    above: str = ""
    below: str = ""
    scale: float = 1.0
    metrics: tuple[str, ...] = ()
    nested: bool = False
    wanders: bool = False

    @property
    def chance(self) -> float:
        """Least deviation of one item: counts and shares, so transformed, stray by 1 by chance alone (Poisson, binomial)."""
        return 1.0 if self.transform in ("count", "share") else 0.0

    def inverse(self, x: Any, items: Any = None) -> Any:
        """From transformed units to the signal's own; for `count` of one frame, per second. items: what stands behind each, so
        that a share comes back as it was counted; None: as if there were very many."""
        with np.errstate(all="ignore"):
            match self.transform:
                case "log":
                    return np.exp(np.minimum(x, 80.0))
                case "count":
                    count = np.maximum(np.square(np.maximum(x, 0) / 2) - 0.375, 0)
                    return np.round(count, 4) / (FRAME_BUCKETS * BUCKET_S)  # nothing is 0, not what rounding left of it
                case "share":
                    return counted(x, items)
        return x if self.metrics else np.maximum(x, 0)  # what is counted is never below nothing


def _own(name: str, worse: str = "low") -> Signal:
    metrics = (f"swarmscope.agent.intelligence.{name}", f"intelligence.{name}", f"agent.{name}.score", f"agent.{name}")
    return Signal(name, "1", "linear", worse, 0.01, metrics=metrics)


SIGNALS: tuple[Signal, ...] = (
    Signal("spans", "1/s", "count", "both", 0.5, "spans"),
    Signal("error_ratio", "1", "share", "high", 0.05, "errors", "spans"),
    Signal("tool_error_ratio", "1", "share", "high", 0.05, "tool_errors", "tool_calls"),
    Signal("latency_mean", "ms", "log", "high", 0.05, "duration_sum_ns", "spans", 1e-6, nested=True),
    Signal("latency_p95", "ms", "log", "high", 0.05, "p95_log_sum", "spans", nested=True),
    Signal("llm_latency", "ms", "log", "high", 0.05, "llm_duration_sum_ns", "llm_calls", 1e-6),
    Signal("ttft", "ms", "log", "high", 0.05, "ttft_sum_ns", "ttft_count", 1e-6),
    Signal("input_tokens", "tokens/call", "log", "high", 0.05, "input_tokens", "llm_calls", wanders=True),
    Signal("output_tokens", "tokens/call", "log", "both", 0.05, "output_tokens", "llm_calls"),
    Signal("cost", "USD/call", "log", "high", 0.05, "cost_nano_usd", "llm_calls", 1e-9, wanders=True),
    Signal("repetition", "1", "share", "high", 0.05, "repeats", "spans"),
    _own("quality"),
    _own("accuracy"),
    _own("coherence"),
    _own("efficiency"),
    _own("adaptability"),
)
INDEX = {s.name: i for i, s in enumerate(SIGNALS)}
_WANDER = np.array([[s.wanders] for s in SIGNALS])
_LEARNED = [f"{s.name}/{s.transform}" for s in SIGNALS]  # what is learned of them is transformed
REPORTED = tuple(m for s in SIGNALS for m in s.metrics)
_OF_METRIC = {m: i for i, s in enumerate(SIGNALS) for m in s.metrics}
_FIRST_OWN = next(i for i, s in enumerate(SIGNALS) if s.metrics)  # reported signals stand last


@dataclass(frozen=True, slots=True)
class Panel:
    """What detectors see: agents × signals × time at one moment. Nothing in it may be changed.

    times_ns: end of each frame, oldest first. x: (time, signals, agents), transformed, NaN: nothing there. items: (signals,
    agents), what stands behind the newest frame (spans, calls, samples); counts: (time, signals, agents), the same of all.
    mean, spread: (signals, agents), what is normal and its standard deviation for one item; NaN spread: not known yet. unsure:
    deviation that stays however many items there are. known: frames that were learned from. cohort: index into
    `cohorts`, agents of one kind. foretold: what all signals of an agent together are judged by, over time; None: nothing was
    learned.
    """

    tenant: str
    now_ns: int
    times_ns: I64
    agents: list[str]
    cohort: NDArray[np.int32]
    cohorts: list[str]
    signals: tuple[Signal, ...]
    x: F32
    items: F32
    counts: NDArray[np.float16]
    mean: F32
    spread: F32
    unsure: F32
    known: F32
    foretold: Foretold | None = None

    @property
    def newest(self) -> F32:
        """(signals, agents): the newest frame."""
        newest: F32 = self.x[-1]
        return newest

    @property
    def deviation(self) -> F32:
        """Standard deviation of the newest frame's value, given how much stands behind it."""
        found: F32 = deviation(self.spread, self.items, self.unsure).astype(np.float32)
        return found

    @property
    def z(self) -> F32:
        """(signals, agents): the newest frame in standard deviations from what is normal; NaN: nothing there or not known."""
        with np.errstate(all="ignore"):
            z: F32 = (self.newest - self.mean) / self.deviation
        return z

    def proved(self, z: F32, items: F32) -> F32:
        """Deviations (signals, agents): of signals whose items contain each other no further than so many items prove
        (Student's t), of the others as they are."""
        out = z.copy()
        out[self.nested] = of_few(z[self.nested], items[self.nested])
        return out

    @property
    def nested(self) -> NDArray[np.bool_]:
        """(signals,): those whose items contain each other."""
        return np.array([s.nested for s in self.signals], np.bool_)

    def only(self, places: I64) -> Panel:
        """The same for these agents."""
        return replace(
            self,
            agents=[self.agents[i] for i in places.tolist()],
            cohort=self.cohort[places],
            x=np.ascontiguousarray(self.x[:, :, places]),
            items=self.items[:, places],
            counts=np.ascontiguousarray(self.counts[:, :, places]),
            mean=self.mean[:, places],
            spread=self.spread[:, places],
            known=self.known[:, places],
            foretold=None if self.foretold is None else self.foretold.only(places),
            unsure=self.unsure[:, places],
        )


@dataclass(slots=True)
class FleetWindow:
    """The arrays of one tenant. `touch` says what a commit changed, `refresh` re-reads it; one thread."""

    reads: Reader
    agents: list[str] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    baseline: Baseline = field(init=False)
    foresight: Foresight = field(init=False)
    cohorts: list[str] = field(default_factory=lambda: [""])
    bucket: int = field(init=False, default=0)  # the newest, as a number of tens of seconds
    _cohort: NDArray[np.int32] = field(init=False)
    _raw: F32 = field(init=False)  # (columns, buckets, agents)
    _own: F32 = field(init=False)  # (2: sum and count, signals, buckets, agents) of reported values
    _x: F32 = field(init=False)
    _items: NDArray[np.float16] = field(init=False)  # (time, signals, agents)
    _heard: NDArray[np.int64] = field(init=False)  # the bucket of its newest spans or reports
    _since: NDArray[np.int64] = field(init=False)  # that of the first ones after a silence as long as the window
    _before: NDArray[np.int64] = field(init=False)  # as _heard, as far as a snapshot told
    _touched: set[int] = field(default_factory=set)
    _touched_own: bool = field(default=False)
    _normal: tuple[F32, F32, F32, Foretold] | None = field(init=False, default=None)
    _learned: int = field(init=False, default=0)
    _settled: int = field(init=False, default=0)  # as _learned, of the baseline
    _strange: NDArray[np.int64] = field(init=False)  # (signals, agents), the bucket in which it was so last

    def __post_init__(self) -> None:
        floor = np.array([s.floor for s in SIGNALS], np.float32)
        self.baseline = Baseline(len(SIGNALS), floor, chance=np.array([s.chance for s in SIGNALS], np.float32))
        self.foresight = Foresight(len(SIGNALS), floor)
        self._cohort = np.zeros(0, np.int32)
        self._heard, self._since, self._before = (np.zeros(0, np.int64) for _ in range(3))
        self._raw = np.zeros((len(COLUMNS), RAW_BUCKETS, 0), np.float32)
        self._own = np.zeros((2, len(SIGNALS) - _FIRST_OWN, RAW_BUCKETS, 0), np.float32)
        self._x = np.full((FRAMES, len(SIGNALS), 0), np.nan, np.float32)
        self._items = np.zeros((FRAMES, len(SIGNALS), 0), np.float16)
        self._strange = np.zeros((len(SIGNALS), 0), np.int64)

    # ---- following the store

    def touch(self, starts_s: Iterable[int], reported_too: bool = False) -> None:
        """Rows of these buckets (seconds since the epoch) were committed, or samples were."""
        self._touched.update(int(s) // BUCKET_S for s in starts_s)
        self._touched_own |= reported_too

    def refresh(self, now_ns: int, kinds: dict[str, str] | None = None) -> bool:
        """Bring the arrays to `now_ns`; whether anything changed. kinds: kind of each agent, its cohort. StoreError."""
        newest = now_ns // SECOND_NS // BUCKET_S
        if self.bucket == 0 or newest - self.bucket >= RAW_BUCKETS:
            self._restore(newest, kinds or {})
            return True
        stale = {b for b in self._touched if newest - RAW_BUCKETS < b <= newest}
        own_too = self._touched_own or newest != self.bucket
        self._touched.clear()
        self._touched_own = False
        first = min([*stale, newest if newest == self.bucket else self.bucket + 1, self.bucket])
        rows = fleet(self.reads, [b * BUCKET_S for b in sorted(stale)])
        own = self._read_own(newest - FRAME_BUCKETS - 2, newest + 1) if own_too else None
        self._make_room(rows.agent, kinds or {})
        for bucket in range(self.bucket + 1, newest + 1):
            self._advance(bucket)
        self._put(rows, stale)
        if own is not None:
            self._put_own(own)
        for frame in range(max(first, newest - RAW_BUCKETS + FRAME_BUCKETS), newest + 1):
            self._make_frame(frame, now_ns)
        return True

    def _restore(self, newest: int, kinds: dict[str, str]) -> None:
        """Read the window from the store, oldest first, as if it had been followed."""
        start = newest - len(self._x) - FRAME_BUCKETS
        self._touched.clear()
        rows = fleet(self.reads, [b * BUCKET_S for b in range(start, newest + 1)])
        own = self._read_own(start, newest + 1)
        self._make_room(rows.agent, kinds)
        self._x[:] = np.nan
        self._raw[:], self._own[:] = 0, 0
        self.bucket = start - 1
        at = rows.at // BUCKET_S
        for bucket in range(start, newest + 1):
            self._advance(bucket)
            here = np.flatnonzero(at == bucket)
            self._put(rows.only(here), {bucket})
            self._put_own([c[own[2] == bucket] for c in own])
            self._make_frame(bucket, (bucket + 1) * BUCKET_S * SECOND_NS)

    def _read_own(self, start: int, end: int) -> list[NDArray[Any]]:
        rows = reported(self.reads, REPORTED, start * BUCKET_S, end * BUCKET_S)
        return [
            np.array(rows["agent"].to_pylist(), object),
            np.array([_OF_METRIC[m] for m in rows["metric"].to_pylist()], np.int64),
            rows["at"].to_numpy().astype(np.int64) // BUCKET_S,
            rows["value_mean"].to_numpy().astype(np.float32),
            rows["samples"].to_numpy().astype(np.float32),
        ]

    def _make_room(self, names: Sequence[str], kinds: dict[str, str]) -> None:
        new = [a for a in dict.fromkeys(names) if a not in self.places]
        for agent in new:
            self.places[agent] = len(self.agents)
            self.agents.append(agent)
        self._name_cohorts(kinds, new)
        n = len(self.agents)
        self._shorten(min(FRAMES, max(FRAMES_MIN, CELLS // max(n, 1))))
        if n > self._x.shape[2]:
            size = max(64, n + n // 4)
            self._raw, self._own = _wider(self._raw, size, 0), _wider(self._own, size, 0)
            self._x, self._items = _wider(self._x, size, np.nan), _wider(self._items, size, 0)
            known = (self._heard, self._since, self._before, self._strange)
            self._heard, self._since, self._before, self._strange = (_wider(a, size, NEVER) for a in known)
        self.baseline.grow(n, len(self.cohorts))
        self.foresight.grow(n, len(self.cohorts))
        if new:
            self._normal = None

    def _shorten(self, frames: int) -> None:
        """Keep the newest frames only; a fleet that shrinks gets no longer past."""
        had = len(self._x)
        if frames >= had:
            return
        kept = np.arange(self.bucket - frames + 1, self.bucket + 1)
        x, items = self._x[kept % had], self._items[kept % had]
        self._x, self._items = np.empty_like(x), np.empty_like(items)
        self._x[kept % frames], self._items[kept % frames] = x, items

    def _name_cohorts(self, kinds: dict[str, str], new: Sequence[str]) -> None:
        known = {c: i for i, c in enumerate(self.cohorts)}
        cohort = np.zeros(len(self.agents), np.int32)
        cohort[: len(self._cohort)] = self._cohort
        for agent in self.agents if kinds and not new else new:
            kind = kinds.get(agent)
            if kind is not None:
                if kind not in known:
                    known[kind] = len(self.cohorts)
                    self.cohorts.append(kind)
                cohort[self.places[agent]] = known[kind]
        self._cohort = cohort

    def name_cohorts(self, kinds: dict[str, str]) -> None:
        """Take in what kind agents are, now and then."""
        self._name_cohorts(kinds, [])
        self.baseline.grow(len(self.agents), len(self.cohorts))
        self.foresight.grow(len(self.agents), len(self.cohorts))
        self._normal = None

    def _advance(self, bucket: int) -> None:
        """Begin the next bucket. Arrays are rings: what was in its place is too old."""
        self._raw[:, bucket % RAW_BUCKETS] = 0
        self._own[:, :, bucket % RAW_BUCKETS] = 0
        self._x[bucket % len(self._x)], self._items[bucket % len(self._x)] = np.nan, 0
        self.bucket = bucket

    def _put(self, rows: Buckets, buckets: set[int]) -> None:
        """Replace the figures of these buckets by what was read."""
        for bucket in buckets:
            if 0 <= self.bucket - bucket < RAW_BUCKETS:
                self._raw[:, bucket % RAW_BUCKETS] = 0
        if not rows.agent:
            return
        at: I64 = rows.at // BUCKET_S
        good = (at > self.bucket - RAW_BUCKETS) & (at <= self.bucket)
        where = np.array([self.places[a] for a in rows.agent], np.int64)[good]
        places = at[good] % RAW_BUCKETS
        for i, column in enumerate(_summable(rows)):
            self._raw[i, places, where] = column[good]

    def _put_own(self, rows: Sequence[NDArray[Any]]) -> None:
        agents, signal, bucket, value, samples = rows
        known = np.array([self.places.get(a, -1) for a in agents.tolist()], np.int64)
        good = (known >= 0) & (bucket > self.bucket - RAW_BUCKETS) & (bucket <= self.bucket)
        which, at = signal[good] - _FIRST_OWN, bucket[good] % RAW_BUCKETS
        self._own[0, which, at, known[good]] = value[good] * samples[good]
        self._own[1, which, at, known[good]] = samples[good]

    # ---- frames

    def _make_frame(self, bucket: int, now_ns: int) -> None:
        """The values of the frame that ends with `bucket`; of the newest one, with the part of it that has passed."""
        first = max(self.bucket - RAW_BUCKETS, bucket - FRAME_BUCKETS) + 1
        span = np.arange(first, bucket + 1) % RAW_BUCKETS
        raw = self._raw[:, span].sum(1)
        own = self._own[:, :, span].sum(2)
        passed = min(1.0, max(0.0, now_ns / SECOND_NS / BUCKET_S - bucket))
        exposure = (FRAME_BUCKETS - 1 + passed) / FRAME_BUCKETS
        at = bucket % len(self._x)
        for i, signal in enumerate(SIGNALS):
            self._x[at, i], items = _value(signal, i - _FIRST_OWN, raw, own, exposure)
            self._items[at, i] = np.minimum(items, 60_000)
        active = (raw[COLUMNS.index("spans")] > 0) | (own[1] > 0).any(0)
        back = active & ((bucket < self._since) | (bucket - self._heard > len(self._x)))
        self._since[back] = bucket
        self._heard[active] = np.maximum(self._heard[active], bucket)
        unknown = (bucket < self._since) | (bucket - self._heard > len(self._x))
        self._x[at, INDEX["spans"]][unknown] = np.nan

    def learn(self, strange: NDArray[np.bool_] | None = None) -> None:
        """Take frames as normal once they are old enough, hardly where it was strange since. strange: (signals, agents)."""
        if strange is not None:
            self._strange[:, : strange.shape[1]][strange] = self.bucket
        self._learned = self._learn_until(self._learned, GUARD_FRAMES, self._foresee)
        guard = LEARN_EVERY * max(1, self.guard_minutes)
        self._settled = self._learn_until(self._settled, guard, partial(self._settle, ~_WANDER))

    def _learn_until(self, learned: int, guard: int, take: Callable[[F32, int, F32], None]) -> int:
        """Every LEARN_EVERY frames one of those that are `guard` old, and that were missed; up to which it is learned now."""
        newest, n = self.bucket - guard, len(self.agents)
        first = max((learned + 1) * LEARN_EVERY, self.bucket - len(self._x) + 1)
        taught = False
        for bucket in range(newest - (newest - first) // LEARN_EVERY * LEARN_EVERY, newest + 1, LEARN_EVERY):
            x = self._x[bucket % len(self._x), :, :n]
            if np.isfinite(x).any():
                take(x, bucket, np.where(self._strange[:, :n] >= bucket, np.float32(0.1), np.float32(1)))
                taught, self._normal = True, None
        return newest // LEARN_EVERY if taught else learned  # the past may still come

    def _foresee(self, x: F32, bucket: int, trust: F32) -> None:
        self.foresight.learn(x, self._cohort, trust)
        self._settle(_WANDER, x, bucket, trust)

    def _settle(self, which: NDArray[np.bool_], x: F32, bucket: int, trust: F32) -> None:
        items = self._items[bucket % len(self._x), :, : x.shape[1]].astype(np.float32)
        self.baseline.learn(np.where(which, x, np.float32(np.nan)), items, self._cohort, _hour(bucket), trust)

    @property
    def guard_minutes(self) -> int:
        """Minutes for which laws of scores wait: the more is known, the more, as far as the window reaches."""
        known = float(self.baseline.known.max(initial=0)) * GUARD_SHARE
        return min(int(known), GUARD_MINUTES, len(self._x) // FRAME_BUCKETS - 2)

    def panel(self, now_ns: int | None = None) -> Panel:
        """What detectors see now: the agents that were heard of within the window. It shares nothing with the window."""
        n = len(self.agents)
        if self._normal is None:
            now = self.baseline.parts(self._cohort, _hour(self.bucket))
            self._normal = *now, self.foresight.foretold(self._cohort)
        mean, spread, unsure, foretold = self._normal
        frames = len(self._x)
        places = np.flatnonzero(self.bucket - self._heard[:n] < frames)
        ends = (np.arange(self.bucket - frames + 1, self.bucket + 1) + 1) * BUCKET_S * SECOND_NS
        return Panel(
            tenant=self.reads.tenant,
            now_ns=time.time_ns() if now_ns is None else now_ns,
            times_ns=ends.astype(np.int64),
            agents=[self.agents[i] for i in places.tolist()],
            cohort=self._cohort[places],
            cohorts=list(self.cohorts),
            signals=SIGNALS,
            x=self._unrolled(self._x, places),
            items=self._items[self.bucket % frames][:, places].astype(np.float32),
            counts=self._unrolled(self._items, places),
            mean=mean[:, places],
            spread=spread[:, places],
            known=self.baseline.known[:, places],
            foretold=foretold.only(places),
            unsure=unsure[:, places],
        )

    def _unrolled(self, ring: NDArray[Any], places: I64) -> NDArray[Any]:
        """A ring's frames of some agents, oldest first."""
        frames, which = len(ring), slice(len(places)) if len(places) == len(self.agents) else places
        out = np.empty((frames, ring.shape[1], len(places)), ring.dtype)
        for i, bucket in enumerate(range(self.bucket - frames + 1, self.bucket + 1)):
            out[i] = ring[bucket % frames][:, which]
        return out

    # ---- over a restart

    def snapshot(self) -> dict[str, NDArray[Any]]:
        """What was learned, with the names it was learned of; the window itself is read from the store again."""
        out: dict[str, NDArray[Any]] = dict(self.baseline.snapshot())
        out |= {f"foresight.{k}": v for k, v in self.foresight.snapshot().items()}
        out["agents"] = np.array(self.agents, np.str_)
        out["cohorts"] = np.array(self.cohorts, np.str_)
        out["cohort"] = self._cohort
        out["signals"] = np.array(_LEARNED, np.str_)
        out["learned"] = np.array([self._learned, self._settled], np.int64)
        out["heard"] = np.maximum(self._heard, self._before)[: len(self.agents)]
        return out

    def restore(self, state: dict[str, NDArray[Any]]) -> bool:
        """Take up a snapshot before the first refresh; false: it is of other signals and was left."""
        if state["signals"].tolist() != _LEARNED:
            return False
        self.agents = state["agents"].tolist()
        self.places = {a: i for i, a in enumerate(self.agents)}
        self.cohorts = state["cohorts"].tolist()
        self._cohort = state["cohort"].astype(np.int32)
        self.baseline.restore(state)
        ahead = {k.removeprefix("foresight."): v for k, v in state.items() if k.startswith("foresight.")}
        if ahead:
            self.foresight.restore(ahead)
        self._learned, self._settled = int(state["learned"][0]), int(state["learned"][-1])
        self._make_room([], {})
        self._before[: len(self.agents)] = state.get("heard", self._learned * LEARN_EVERY)
        return True

    def forget_silent(self) -> int:
        """Let go of agents that were silent for long; how many. Their places move."""
        n = len(self.agents)
        silent = self.bucket - np.maximum(self._heard, self._before)[:n]
        kept = staying(silent, self.baseline.known[:, :n].max(0), CELLS // FRAMES_MIN)
        if not self.bucket or n - len(kept) < max(64, n // 4):  # bucket 0: nobody was listened to yet
            return 0
        self.agents = [self.agents[i] for i in kept.tolist()]
        self.places = {a: i for i, a in enumerate(self.agents)}
        self._cohort = self._cohort[kept]
        self._raw, self._own = self._raw[..., kept], self._own[..., kept]
        self._x, self._items = self._x[..., kept], self._items[..., kept]
        self._heard, self._since, self._before = self._heard[kept], self._since[kept], self._before[kept]
        self._strange = self._strange[:, kept]
        self.baseline.keep(kept)
        self.foresight.keep(kept)
        self._normal = None
        return n - len(kept)


def _hour(bucket: int) -> int:
    """Of the week; the epoch began on a Thursday."""
    return int(bucket * BUCKET_S // 3600 + 96) % 168


def _summable(rows: Buckets) -> list[NDArray[np.float64]]:
    """What signals are made of, by COLUMNS: of several buckets they are summed."""
    spans = rows.columns["spans"]
    with np.errstate(all="ignore"):
        logs = np.log(np.maximum(rows.columns["latency_p95_ns"] * 1e-6, 1e-6)) * spans
    made = {"repeats": repeats(spans, rows.columns["distinct_calls"]), "p95_log_sum": np.nan_to_num(logs)}
    return [made[name] if name in made else rows.columns[name] for name in COLUMNS]


def _value(signal: Signal, place: int, raw: F32, own: F32, exposure: float) -> tuple[F32, F32]:
    """Transformed values of a frame and what stands behind them."""
    if signal.metrics:
        count = own[1, place]
        with np.errstate(all="ignore"):
            return np.where(count > 0, own[0, place] / count, np.nan).astype(np.float32), np.minimum(count, 1)
    above = raw[COLUMNS.index(signal.above)]
    below = raw[COLUMNS.index(signal.below)] if signal.below else np.ones_like(above)
    with np.errstate(all="ignore"):
        match signal.transform:
            case "count":
                return (2 * np.sqrt(above / np.float32(exposure) + np.float32(0.375))), np.ones_like(above)
            case "share":
                low = np.arcsin(np.sqrt(np.clip(above / (below + 1), 0, 1)))
                high = np.arcsin(np.sqrt(np.clip((above + 1) / (below + 1), 0, 1)))
                x = low + high
            case "log":
                ratio = above / below
                summed = signal.name == "latency_p95"  # as logarithms
                x = ratio if summed else np.log(np.maximum(ratio * np.float32(signal.scale), 1e-9))
            case _:
                x = np.where(below > 0, np.minimum(above / below, 100), np.nan)
        there = (below > 0) & ((above > 0) | (signal.transform == "share"))
        return np.where(there, x, np.nan).astype(np.float32), below


def minutes(columns: Mapping[str, NDArray[np.float64]]) -> tuple[F32, F32]:
    """Values of whole minutes, transformed, and what stands behind them, each (signals, cells).

    columns: SUMS of each cell, one agent in one minute. Signals that need more than these are NaN.
    """
    cells = len(next(iter(columns.values())))
    raw = np.full((len(COLUMNS), cells), np.nan, np.float32)
    for i, name in enumerate(COLUMNS):
        if name in columns:
            raw[i] = columns[name]
    own = np.zeros((2, len(SIGNALS) - _FIRST_OWN, cells), np.float32)
    with np.errstate(all="ignore"):
        pairs = [_value(s, i - _FIRST_OWN, raw, own, 1.0) for i, s in enumerate(SIGNALS)]
    x, items = (np.stack(part).astype(np.float32) for part in zip(*pairs, strict=True))
    return x, np.nan_to_num(items)


def frames(rows: Buckets, own: pa.Table, ends: I64, wide: int) -> tuple[F32, F32]:
    """Values of one agent, transformed, and what stands behind them, each (signals, frames).

    rows: its buckets, oldest first; own: what it reports, as `reported` gives it. ends: of the frames, as numbers of tens of
    seconds; wide: buckets of a frame.
    """
    at = rows.at // BUCKET_S
    raw = np.stack([_within(at, column, ends, wide) for column in _summable(rows)])
    given = np.zeros((2, len(SIGNALS) - _FIRST_OWN, len(ends)), np.float32)
    which = np.array([_OF_METRIC[m] for m in own["metric"].to_pylist()], np.int64)
    when, value, samples = (own[c].to_numpy() for c in ("at", "value_mean", "samples"))
    for i in range(_FIRST_OWN, len(SIGNALS)):
        mine = np.flatnonzero(which == i)
        mine = mine[np.argsort(when[mine], kind="stable")]
        for part, column in enumerate((value * samples, samples)):
            given[part, i - _FIRST_OWN] = _within(when[mine] // BUCKET_S, column[mine].astype(float), ends, wide)
    exposure = wide / FRAME_BUCKETS
    pairs = [_value(s, i - _FIRST_OWN, raw, given, exposure) for i, s in enumerate(SIGNALS)]
    x, items = (np.stack(part).astype(np.float32) for part in zip(*pairs, strict=True))
    silent = (raw[COLUMNS.index("spans")] == 0) & ~np.logical_or.accumulate(raw[COLUMNS.index("spans")] > 0)
    x[INDEX["spans"]][silent] = np.nan
    return x, items


def _within(at: I64, column: NDArray[np.float64], ends: I64, wide: int) -> F32:
    """Sums of a column over the `wide` buckets before each end; `at` ascends."""
    total = np.concatenate([[0.0], np.cumsum(column)])
    summed: F32 = (total[np.searchsorted(at, ends)] - total[np.searchsorted(at, ends - wide)]).astype(np.float32)
    return summed


def _wider(array: NDArray[Any], size: int, fill: float) -> NDArray[Any]:
    out = np.full((*array.shape[:-1], size), fill, array.dtype)
    out[..., : array.shape[-1]] = array
    return out
