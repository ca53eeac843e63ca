"""Too much, too fast: rate abuse per principal and endpoint, and floods of an endpoint from many sources.

Counts per ten seconds are held against what the pair did before: an exponentially weighted mean and dispersion (half-life
`half_life_s`), judged by the upper tail of a negative binomial of these, with a floor below which nothing is abuse. A pair that
is new is held against its endpoint's usual pair.

References: Poisson and negative-binomial control charts (Montgomery, Introduction to Statistical Quality Control, ch. 7); OWASP
API4:2023.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from swarmscope.detect.security.codes import Codes
from swarmscope.detect.security.events import Events, Threat, subject_of
from swarmscope.detect.verdicts import NOTHING_SAID, Bars

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
BUCKET_NS = 10_000_000_000
PAIRS_MAX = 200_000
DECAY = 4.0  # sigmas by which the doubt falls to 1/e
SIGMAS_MIN = 3.0


@dataclass(frozen=True, slots=True)
class Options:
    """floor: requests per 10 s below which a pair is left alone. flood_floor: the same for a whole endpoint.

    sigmas: how far beyond the usual. sources: a flood comes from at least so many. half_life_s: of the memory.
    refractory_s: how long the same pair is not told again.
    """

    floor: int = 100
    flood_floor: int = 1_000
    sigmas: float = 6.0
    sources: int = 20
    half_life_s: float = 1_800.0
    refractory_s: float = 300.0

    def __post_init__(self) -> None:
        if self.floor < 1 or self.flood_floor < 1 or self.sources < 2:
            raise ValueError(
                f"floor={self.floor} and flood_floor={self.flood_floor} must be 1 or more, sources={self.sources} 2 or more"
            )
        if self.sigmas <= 0 or self.half_life_s <= 0 or self.refractory_s < 0:
            raise ValueError(
                f"sigmas={self.sigmas}, half_life_s={self.half_life_s} must be more than 0, "
                f"refractory_s={self.refractory_s} 0 or more"
            )


@dataclass(slots=True)
class _Usual:
    """Per code: mean and variance of the count per bucket, the bucket they stand at, and when it was last told of."""

    mean: F64 = field(default_factory=lambda: np.zeros(0))
    variance: F64 = field(default_factory=lambda: np.zeros(0))
    bucket: I64 = field(default_factory=lambda: np.zeros(0, np.int64))
    told: I64 = field(default_factory=lambda: np.zeros(0, np.int64))
    count: I64 = field(default_factory=lambda: np.zeros(0, np.int64))  # of the bucket that is filling
    seen: I64 = field(default_factory=lambda: np.zeros(0, np.int64))

    def grown(self, size: int) -> None:
        """Room for codes below `size`."""
        more = size - len(self.mean)
        if more > 0:
            self.mean = np.concatenate([self.mean, np.zeros(more)])
            self.variance = np.concatenate([self.variance, np.zeros(more)])
            self.bucket = np.concatenate([self.bucket, np.full(more, -1)])
            self.told = np.concatenate([self.told, np.full(more, -(1 << 62))])
            self.seen = np.concatenate([self.seen, np.zeros(more, np.int64)])
            self.count = np.concatenate([self.count, np.zeros(more, np.int64)])


class Rates:
    """Follows the requests of one tenant. Not safe from several threads."""

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()
        self._pairs, self._ends = Codes(PAIRS_MAX), Codes(PAIRS_MAX)
        self._pair, self._end = _Usual(), _Usual()
        self._sources: dict[int, set[str]] = {}
        self._bucket = -1
        self._said = NOTHING_SAID
        self._ages = (0, 0)

    def judge(self, given: Events, said: Bars = NOTHING_SAID) -> list[Threat]:
        """Threats of the events, which come in order of time. A bucket is judged as it fills, and learned when it is over."""
        self._said = said
        places = np.array(
            [i for i, a in enumerate(given.action) if a in ("request", "login", "tool_call") and given.endpoint[i]],
            np.int64,
        )
        if not places.size:
            return []
        bucket = given.time_ns[places] // BUCKET_NS
        threats: list[Threat] = []
        edges = np.flatnonzero(np.diff(bucket)) + 1
        for part in np.split(np.arange(len(places)), edges):
            self._turn(int(bucket[part[0]]))
            threats += self._bucketful(given, places[part])
        return threats

    def _turn(self, bucket: int) -> None:
        """Learn what the bucket before held, and forget its counts."""
        if bucket <= self._bucket:
            return
        for usual in (self._pair, self._end):
            codes = np.flatnonzero(usual.count)
            if codes.size:
                self._learn(usual, codes, usual.count[codes].astype(np.float64), self._bucket)
                usual.count[codes] = 0
        self._sources.clear()
        self._bucket = bucket

    def _learn(self, usual: _Usual, codes: I64, counts: F64, bucket: int) -> None:
        usual.grown(int(codes.max()) + 1)
        gone = np.where(usual.bucket[codes] < 0, 0, bucket - usual.bucket[codes])
        keep = 0.5 ** (np.maximum(gone, 1) * 10 / self.options.half_life_s)
        first = usual.bucket[codes] < 0
        mean = np.where(first, counts, usual.mean[codes] * keep + counts * (1 - keep))
        usual.variance[codes] = np.where(
            first, counts, keep * usual.variance[codes] + (1 - keep) * (counts - usual.mean[codes]) ** 2
        )
        usual.mean[codes], usual.bucket[codes] = mean, bucket
        usual.seen[codes] += 1

    def _bucketful(self, given: Events, places: I64) -> list[Threat]:
        ends = self._ends.of([given.endpoint[i] for i in places.tolist()])
        pairs = self._pairs.of(
            [f"{given.principal[i] or given.source[i]}\0{given.endpoint[i]}" for i in places.tolist()]
        )
        if (self._pairs.age, self._ends.age) != self._ages:  # the numbers stand for others now
            self._ages = (self._pairs.age, self._ends.age)
            self._pair, self._end = _Usual(), _Usual()
            self._sources.clear()
        self._pair.grown(len(self._pairs))
        self._end.grown(len(self._ends))
        threats: list[Threat] = []
        for code, last, total in _counted(self._pair, pairs, self.options.floor):
            threats += self._told(
                given, int(places[last]), self._pair, code, total, self.options.floor, int(ends[last])
            )
        for code, last, total in _counted(self._end, ends, self.options.flood_floor):
            sources = self._sources.setdefault(code, set())
            if len(sources) < self.options.sources:
                sources.update(given.source[i] for i in places[ends == code][:5_000])
            if len(sources) >= self.options.sources:
                threats += self._told(given, int(places[last]), self._end, code, total, self.options.flood_floor, -1)
        return threats

    def _told(
        self, given: Events, place: int, usual: _Usual, code: int, count: int, floor: int, end: int
    ) -> list[Threat]:
        if count < floor:
            return []
        mean, variance = float(usual.mean[code]), float(usual.variance[code])
        if usual.seen[code] < 6:  # a minute: not known yet, so held against the usual pair of its endpoint
            mean = max(mean, floor / 4)
        spread = math.sqrt(max(variance, mean, 1.0))
        beyond = (count - mean) / spread
        time = int(given.time_ns[place])
        flood = end < 0
        needed = self._sigmas(subject_of(given, place), "flood" if flood else "rate_abuse")
        if beyond < needed or time - usual.told[code] < self.options.refractory_s * 1e9:
            return []
        usual.told[code] = time
        confidence = 1 - math.exp(-beyond / DECAY)
        severity = "critical" if flood else "high" if beyond > 4 * self.options.sigmas else "medium"
        attributes = {"count_10s": str(count), "usual_10s": f"{mean:.1f}", "sigmas": f"{beyond:.1f}"}
        who = f"{self.options.sources}+ sources" if flood else given.principal[place] or given.source[place]
        message = f"{count} requests of {who} at {given.endpoint[place]} within 10 s, where {mean:.0f} are usual"
        return [
            Threat(
                place,
                "flood" if flood else "rate_abuse",
                severity,
                confidence,
                "ddos" if flood else "per_principal",
                confidence,
                message,
                attributes,
            )
        ]

    def _sigmas(self, subject: str, kind: str) -> float:
        """How far beyond the usual it must be, by what people said."""
        if not self._said.of(subject, kind):
            return self.options.sigmas
        bar = self._said.bar(math.exp(-self.options.sigmas / DECAY), subject, kind)
        return max(SIGMAS_MIN, -DECAY * math.log(max(bar, 1e-300)))


def _counted(usual: _Usual, codes: I64, floor: int) -> list[tuple[int, int, int]]:
    """Count occurrences into the bucket that is filling; (code, place of its last one, how often in the bucket until now) of
    each code that reached the floor, in order of code."""
    usual.count += np.bincount(codes, minlength=len(usual.count))
    rows = np.flatnonzero(usual.count[codes] >= floor)
    values, from_end = np.unique(codes[rows][::-1], return_index=True)
    last = rows[len(rows) - 1 - from_end]
    return list(zip(values.tolist(), last.tolist(), usual.count[values].tolist(), strict=True))
