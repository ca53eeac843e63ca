"""Do many act as one? Order parameters of events in time, against events of the same agents that know nothing of each other.

Events are (agent, time) pairs, so the cost follows what happened, not agents × time. The null turns each agent's events round
the window by a step of its own: its own rhythm stays, what ties it to others goes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from swarmscope.stats.surrogates import DRAWS, NOTHING, Rng, Verdict, sequential

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
BINS_MAX = 2048
EVENTS_MIN = 30
AGENTS_MIN = 5
PERIOD_MIN_BINS = 4
CYCLES_MIN = 2  # slower is a trend: a fleet that starts, stops or has its daily rhythm


@dataclass(frozen=True, slots=True)
class Synchrony:
    """order: Kuramoto's R at the strongest common period, in [0, 1]: 1 when all act at the same phase of it. variance_ratio:
    variance of the sum over the sum of the variances: 1 when independent. correlation: mean over all pairs. period_s: 0 where
    there is none. order_test, variance_test: against surrogates."""

    order: float
    variance_ratio: float
    correlation: float
    period_s: float
    onset_s: float
    order_test: Verdict
    variance_test: Verdict
    contribution: F64  # per agent: cosine of its phase to the common one, weighed by its events; in [−1, 1]


def synchrony(
    agent: I64, time_s: F64, agents: int, window_s: float, rng: Rng, bin_s: float = 1.0, draws: int = DRAWS
) -> Synchrony:
    """Of events: agent (index below `agents`), time_s within [0, window_s)."""
    bins = int(np.clip(round(window_s / bin_s), 8, BINS_MAX))
    width = window_s / bins
    active = np.unique(agent)
    nothing = Synchrony(0.0, 1.0, 0.0, 0.0, 0.0, NOTHING, NOTHING, np.zeros(agents))
    if len(agent) < EVENTS_MIN or len(active) < AGENTS_MIN:
        return nothing
    at = np.clip((time_s / width).astype(np.int64), 0, bins - 1)
    cells, weights = np.unique(agent * bins + at, return_counts=True)
    own = _own_variance(weights, agent, agents, bins)
    total = np.bincount(at, minlength=bins).astype(np.float64)
    power, ratio = _strongest(total), _variance(total) / own
    found = _spectrum(total)
    f = int(found.argmax()) + CYCLES_MIN
    who, when = cells // bins, cells % bins

    def turned(r: Rng) -> F64:
        shift = r.integers(0, bins, agents)
        twice = np.bincount(when + shift[who], weights, 2 * bins)
        both: F64 = np.asarray(twice[:bins] + twice[bins:], np.float64)
        return both

    order_test = sequential(power, lambda r: _strongest(turned(r)), rng, draws)
    variance_test = sequential(ratio, lambda r: _variance(turned(r)) / own, rng, draws)
    phase = np.exp(2j * np.pi * f * at / bins)
    whole = phase.sum()
    order = float(abs(whole) / len(agent))
    mine = np.bincount(agent, (phase * np.conj(whole) / max(abs(whole), 1e-12)).real, minlength=agents)
    n = len(active)
    return Synchrony(
        order, ratio, (ratio - 1) / max(1, n - 1), window_s / f, _onset(total, width), order_test,
        variance_test, mine / np.maximum(np.bincount(agent, minlength=agents), 1),
    )  # fmt: skip


def _own_variance(counts: I64, agent: I64, agents: int, bins: int) -> float:
    """Sum of the variances of every agent's events per bin. counts: of the cells (agent, bin) that have any."""
    mean = np.bincount(agent, minlength=agents) / bins
    fast = 1 - 2 * (CYCLES_MIN - 1) / (bins - 1)  # the share of the variance of chance that is not slow
    return max(1e-12, fast * float((counts.astype(np.float64) ** 2).sum() / bins - (mean**2).sum()))


def _spectrum(total: F64) -> F64:
    """Power of whole periods within the window, from CYCLES_MIN of them to PERIOD_MIN_BINS, per event."""
    spectrum = np.abs(np.fft.rfft(total)) ** 2 / max(1.0, float(total.sum()))
    power: F64 = spectrum[CYCLES_MIN : max(CYCLES_MIN + 2, len(total) // PERIOD_MIN_BINS)]
    return power


def _variance(total: F64) -> float:
    """Variance of counts without what is slower than CYCLES_MIN in the window."""
    spectrum = np.fft.rfft(total)
    spectrum[:CYCLES_MIN] = 0
    return float((np.fft.irfft(spectrum, len(total)) ** 2).mean())


def _strongest(total: F64) -> float:
    return float(_spectrum(total).max())


def _onset(total: F64, width_s: float) -> float:
    """When the bursts began: the first bin above three deviations of a count of chance; 0 where none is."""
    high = np.flatnonzero(total > total.mean() + 3 * np.sqrt(max(total.mean(), 1e-9)))
    return float(high[0] * width_s) if high.size else 0.0


def kuramoto(phases: F64) -> F64:
    """(agents, time) of phases in radians: R(t) = |mean of exp(iθ)|, NaN phases left out (Kuramoto 1975)."""
    there = np.isfinite(phases)
    unit = np.where(there, np.exp(1j * np.nan_to_num(phases)), 0)
    order: F64 = np.abs(unit.sum(0)) / np.maximum(there.sum(0), 1)
    return order


def order_over_time(
    time_s: F64, window_s: float, period_s: float, steps: int = 24
) -> tuple[F64, F64, NDArray[np.int64], NDArray[np.int64]]:
    """R at a period over time: (middle of each of `steps` equal parts of the window in s, R of the stretch that ends with the
    part, events of the stretch, events of the part).

    A stretch is as many whole periods as a part needs, at least one: of less than a period all phases are alike, whoever acts.
    R is NaN where the stretch would begin before the window, or holds nothing. R of n events of chance is about 1/√n; the
    caller can draw that line.
    """
    part_s = window_s / steps
    stretch_s = period_s * max(1.0, np.ceil(part_s / max(period_s, 1e-9) - 1e-9))
    order_of = np.argsort(time_s, kind="stable")
    sorted_s = time_s[order_of]
    sums = np.concatenate(([0], np.cumsum(np.exp(2j * np.pi * sorted_s / max(period_s, 1e-9)))))
    ends_s = (np.arange(1, steps + 1) * part_s).astype(np.float64)
    last = np.searchsorted(sorted_s, ends_s)
    last[-1] = len(sorted_s)
    first = np.searchsorted(sorted_s, ends_s - stretch_s)
    count = last - first
    whole = (ends_s >= stretch_s - 1e-9) & (count > 0)
    order: F64 = np.where(whole, np.abs(sums[last] - sums[first]) / np.maximum(count, 1), np.nan)
    middle_s: F64 = ends_s - part_s / 2
    return middle_s, order, count.astype(np.int64), np.diff(last, prepend=0).astype(np.int64)
