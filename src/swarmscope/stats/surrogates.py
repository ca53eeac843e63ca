"""Surrogates: what the data would look like if there were nothing to find, and how rarely that comes near what was seen.

A probability is that of the Monte Carlo test, (1 + as large ones) / (1 + draws): valid whatever the number of draws (Phipson &
Smyth 2010). `sequential` stops as soon as enough surrogates were as large (Besag & Clifford 1991), so that a test of what is
not there costs a few draws and only what is there costs all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Rng = np.random.Generator
Draw = Callable[[Rng], float]
DRAWS = 199
EXCEEDING = 10
TRIES = 8  # so often are self-loops swapped away
BURN_IN = 20


@dataclass(frozen=True, slots=True)
class Verdict:
    """observed against the surrogates: p, how many were drawn, their mean and standard deviation; z in units of it."""

    observed: float
    p: float
    draws: int
    mean: float
    deviation: float

    @property
    def z(self) -> float:
        """Standard deviations above the surrogates' mean; 0 where they do not differ."""
        return (self.observed - self.mean) / self.deviation if self.deviation > 0 else 0.0


NOTHING = Verdict(0.0, 1.0, 0, 0.0, 0.0)
"""There was too little data to test."""


def judged(observed: float, drawn: F64) -> Verdict:
    """One-sided verdict on `observed` from statistics of surrogates. A NaN counts as large: it must not make p small."""
    if not np.isfinite(observed) or not drawn.size:
        return NOTHING
    large = int((~(drawn < observed)).sum())
    finite = drawn[np.isfinite(drawn)]
    mean, deviation = (float(finite.mean()), float(finite.std())) if finite.size else (0.0, 0.0)
    return Verdict(float(observed), (1 + large) / (1 + drawn.size), int(drawn.size), mean, deviation)


def sequential(observed: float, draw: Draw, rng: Rng, draws_max: int = 1999, exceeding: int = EXCEEDING) -> Verdict:
    """The test that stops early: after `exceeding` surrogates as large as `observed` p is exceeding / draws, else at draws_max.

    Valid: under the null P(p ≤ α) ≤ α for every α.
    """
    if not np.isfinite(observed):
        return NOTHING
    drawn: list[float] = []
    large = 0
    while len(drawn) < draws_max:
        value = draw(rng)
        drawn.append(value)
        large += not value < observed
        if large >= exceeding:
            break
    verdict = judged(observed, np.array(drawn))
    p = exceeding / len(drawn) if large >= exceeding else (1 + large) / (1 + len(drawn))
    return Verdict(verdict.observed, p, verdict.draws, verdict.mean, verdict.deviation)


def holm(p: F64) -> F64:
    """Probabilities of several tests, corrected so that any false one among them is as rare as stated (Holm 1979)."""
    order: I64 = np.argsort(p, kind="stable")
    raised = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    out = np.empty_like(p)
    out[order] = np.minimum(raised, 1.0)
    return out


def shuffled(x: NDArray[Any], rng: Rng) -> NDArray[Any]:
    """(series, time): every series in an order of its own. Destroys all structure in time."""
    return rng.permuted(x, axis=1)


def shifted(x: NDArray[Any], rng: Rng) -> NDArray[Any]:
    """(series, time): every series turned round by a step of its own. Keeps each as it is, destroys what ties them together."""
    n, t = x.shape
    at = (np.arange(t)[None, :] + rng.integers(0, t, (n, 1))) % t
    return np.take_along_axis(x, at, 1)


def phase_randomised(x: F64, rng: Rng, draws: int) -> F64:
    """`draws` series with the spectrum of `x` (time,) and phases of chance (Theiler et al. 1992): (draws, time)."""
    spectrum = np.fft.rfft(x - x.mean())
    phases = np.exp(2j * np.pi * rng.random((draws, len(spectrum))))
    phases[:, 0] = 1
    if len(x) % 2 == 0:
        phases[:, -1] = np.sign(phases[:, -1].real) + (phases[:, -1].real == 0)
    out: F64 = np.fft.irfft(spectrum[None, :] * phases, len(x), axis=1) + x.mean()
    return out


def autoregressive(x: F64, rng: Rng, draws: int) -> F64:
    """`draws` stationary series of first order with the variance and lag-1 autocorrelation of `x`: (draws, time).

    The null of early warnings: memory and noise, and neither grows (Dakos et al. 2012). The autocorrelation is corrected for
    its bias in short series (Marriott & Pope 1954). The noise is drawn from the residuals of `x`, so that rare spikes, which
    real signals have, are part of the null.
    """
    centred = x - x.mean()
    scale = float(centred.std())
    if scale == 0:
        return np.full((draws, len(x)), x.mean())
    raw = float((centred[1:] * centred[:-1]).sum() / (centred**2).sum())
    memory = float(np.clip(raw + (1 + 3 * raw) / len(x), 0.0, 0.98))
    residuals = centred[1:] - raw * centred[:-1]
    residuals = (residuals - residuals.mean()) / max(float(residuals.std()), 1e-300)
    noise = rng.choice(residuals, (draws, len(x) + BURN_IN))
    fresh = np.sqrt(1 - memory**2)
    steps = np.ascontiguousarray(noise.T)  # one step of all series at a time
    steps[1:] *= fresh
    for i in range(1, len(steps)):
        steps[i] += memory * steps[i - 1]
    scaled: F64 = steps[BURN_IN:].T * scale + x.mean()
    return scaled


def rewired(source: I64, target: I64, rng: Rng) -> I64:
    """Targets dealt out anew: everybody keeps how often it asks and how often it is asked (configuration model).

    Self-loops are swapped away; some remain where one agent takes part in most edges.
    """
    new = rng.permutation(target)
    for _ in range(TRIES):
        loops = np.flatnonzero(new == source)
        if not loops.size:
            break
        partners = rng.integers(0, len(new), loops.size)
        for a, b in zip(loops.tolist(), partners.tolist(), strict=True):
            new[a], new[b] = new[b], new[a]
    return new
