"""Forecasts on the hourly series of the M4 competition (`m4`): the last 48 hours of each series are held back.

The competition's own definitions (Makridakis, Spiliotis & Assimakopoulos, IJF 2020): seasonality 24, horizon 48, Naive2 with
the 90 % test of seasonality and multiplicative decomposition, sMAPE, MASE, and OWA, the mean of both in relation to Naive2.
Methods were developed on the series with an even place in the file; those with an odd place were not looked at.
"""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from swarmscope.bench.evaluate import Row
from swarmscope.stats.forecast import forecast

F64 = NDArray[np.float64]
FILE = "m4/Hourly-train.csv.gz"
HORIZON, SEASON, WEEK = 48, 24, 168
BLEND_OWA = 0.456  # a blend of seven simple experts on the same split
LEVELS = (0.8, 0.95)


def rows(folder: Path) -> list[Row]:
    """OWA, sMAPE, MASE and coverage; none where the data are not there."""
    if not (folder / FILE).exists():
        return []
    series = read(folder / FILE)
    out = []
    for name, part in (("odd places, held back", series[1::2]), ("all", series)):
        out += _of(name, part)
    return out


def _of(name: str, series: list[F64]) -> list[Row]:
    known, actual = [s[:-HORIZON] for s in series], np.stack([s[-HORIZON:] for s in series])
    made = forecast(_side_by_side(known), HORIZON, (SEASON, WEEK), LEVELS)
    base = np.stack([naive2(s, HORIZON, SEASON) for s in known])
    scores, reference = _scores(known, actual, made.value), _scores(known, actual, base)
    owa = float(np.mean([a / b for a, b in zip(scores, reference, strict=True)]))
    note = f"{len(series)} series, {name}"
    out = [
        Row("m4 hourly", "OWA", owa, BLEND_OWA, "lower", note),
        Row("m4 hourly", "sMAPE (%)", scores[0], None, "lower", f"{note}; Naive2 {reference[0]:.2f}"),
        Row("m4 hourly", "MASE", scores[1], None, "lower", f"{note}; Naive2 {reference[1]:.2f}"),
    ]
    for k, level in enumerate(LEVELS):
        inside = float(((actual >= made.lower[k]) & (actual <= made.upper[k])).mean())
        told = f"{note}; told beforehand {np.nanmean(made.coverage[k]):.3f}"
        out.append(Row("m4 hourly", f"coverage of {level:.0%} intervals", inside, level, note=told))
    return out


def read(file: Path) -> list[F64]:
    """Every series, in the order of the file."""
    with gzip.open(file) as raw:
        lines = list(csv.reader(io.TextIOWrapper(raw, encoding="utf-8")))[1:]
    return [np.array([float(v) for v in line[1:] if v not in ("", "NA")]) for line in lines]


def _side_by_side(series: list[F64]) -> F64:
    out = np.full((len(series), max(map(len, series))), np.nan)
    for i, s in enumerate(series):
        out[i, out.shape[1] - len(s) :] = s
    return out


def _scores(known: list[F64], actual: F64, made: F64) -> tuple[float, float]:
    """sMAPE in percent and MASE, mean over the series."""
    smape = float((200 * np.abs(actual - made) / (np.abs(actual) + np.abs(made))).mean())
    steps = np.array([np.abs(s[SEASON:] - s[:-SEASON]).mean() for s in known])
    return smape, float((np.abs(actual - made).mean(1) / steps).mean())


def naive2(y: F64, horizon: int, season: int) -> F64:
    """The last value of the seasonally adjusted series, with its season, as the competition's benchmark has it."""
    if not _seasonal(y, season):
        return np.full(horizon, y[-1])
    factors = _factors(y, season)
    phase = np.arange(len(y), len(y) + horizon) % season
    return np.asarray(y[-1] / factors[(len(y) - 1) % season] * factors[phase])


def _seasonal(y: F64, season: int) -> bool:
    """Autocorrelation at the season beyond the 90 % limit."""
    if len(y) < 3 * season:
        return False
    x = y - y.mean()
    power = (x**2).sum()
    if power <= 0:
        return False
    acf = np.array([(x[k:] * x[: len(x) - k]).sum() / power for k in range(1, season + 1)])
    limit = 1.645 * np.sqrt((1 + 2 * (acf[:-1] ** 2).sum()) / len(y))
    return bool(abs(acf[-1]) > limit)


def _factors(y: F64, season: int) -> F64:
    """Multiplicative seasonal factors by ratios to the centred moving average, with mean 1."""
    kernel = np.r_[0.5, np.ones(season - 1), 0.5] / season
    trend = np.convolve(y, kernel, mode="valid")
    half = season // 2
    with np.errstate(all="ignore"):
        ratio = y[half : half + len(trend)] / trend
    phase = np.arange(half, half + len(trend)) % season
    factors = np.array([np.nanmean(ratio[phase == p]) for p in range(season)])
    return np.asarray(factors / factors.mean())
