"""Salient moments of a series, by what its spectrum does not explain."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from swarmscope.detect import base
from swarmscope.detect.anomaly.sides import own, strangeness
from swarmscope.window import FRAME_BUCKETS, Panel

F32 = NDArray[np.float32]
BLOCK = 16_384  # series at a time
AHEAD = 5  # values that are guessed beyond the newest one, so that it does not stand at the edge
LOOK_BACK = 5
BITS = 1.55  # by which the tail of noise halves per median of saliency, measured; it falls off faster further out


class SpectralResidual(base.FleetDetector):
    """Moments that stand out of a series' own rhythm, whatever the rhythm is.

    The logarithm of the amplitude spectrum less its moving average, transformed back, is a saliency map. The strongest
    saliency of the last `minutes` against the median of the map decides; of noise it falls off exponentially. All series of
    the fleet are transformed together. What it says is about change, not level: who has been slow for long is not salient.

        [detect]
        on = ["spectral_residual"]

        [plugins.options.detector.spectral_residual]
        minutes = 2

    Sources: Hou & Zhang, CVPR 2007; Ren et al., Time-Series Anomaly Detection Service at Microsoft, KDD 2019.
    """

    class Options(base.Options, frozen=True, forbid_unknown_fields=True):
        """width: of the moving average of the spectrum. minutes: that are looked at. z: least deviation from the normal."""

        width: Annotated[int, msgspec.Meta(ge=3, le=31, description="frequencies in the moving average")] = 3
        minutes: Annotated[int, msgspec.Meta(ge=1, le=9, description="minutes in which something may stand out")] = 2
        z: Annotated[
            float,
            msgspec.Meta(
                ge=0, le=20, description="deviations from normal that it must have besides", extra={"sensitive": (5, 1)}
            ),
        ] = 2.0

    name: ClassVar[str] = "spectral_residual"
    by_default: ClassVar[bool] = False

    def judge(self, seen: Panel) -> base.Scores:
        """Exponential tails of saliency, times the frames that were looked at."""
        frames, shape = len(seen.x), seen.newest.shape
        if frames < 24:
            return base.Scores(np.full(shape, np.nan), np.full(shape, np.nan, np.float32))
        flat = seen.x.reshape(frames, -1)
        look = min(self.options.minutes * FRAME_BUCKETS, frames // 3)
        peak = np.concatenate(
            [self._peaks(flat[:, k : k + BLOCK], look) for k in range(0, flat.shape[1], BLOCK)] or [flat[0]]
        )
        score = peak.reshape(shape)
        strange = strangeness(own(seen.z, seen), seen)
        with np.errstate(all="ignore"):
            tail = np.minimum(np.power(2.0, -BITS * score.astype(np.float64)) * look, 1)
            tail = np.where(strange >= self.options.z, tail, 1.0)
        known = np.isfinite(score) & np.isfinite(strange)
        return base.Scores(np.where(known, np.maximum(tail, 1e-300), np.nan), np.where(known, score, np.nan), seen.mean)

    def _peaks(self, x: F32, look: int) -> F32:
        """Strongest saliency of the last `look` values of each series, in medians of its map; NaN: too many gaps."""
        good = np.isfinite(x)
        count = good.sum(0)
        with np.errstate(all="ignore"):
            mean = np.where(good, x, 0).sum(0) / count
            filled = np.where(good, x, mean)
            slope = (filled[-1] - filled[-1 - LOOK_BACK]) / LOOK_BACK
            ahead = np.repeat((filled[-LOOK_BACK] + slope * LOOK_BACK)[None], AHEAD, 0)
            spectrum = np.fft.rfft(np.concatenate((np.nan_to_num(filled), np.nan_to_num(ahead))), axis=0)
            amplitude = np.abs(spectrum)
            log = np.log(np.maximum(amplitude, 1e-9))
            residual = np.exp(log - _smooth(log, self.options.width))
            saliency = np.abs(
                np.fft.irfft(residual * spectrum / np.maximum(amplitude, 1e-9), n=len(filled) + AHEAD, axis=0)
            )
            inner = saliency[: len(filled)]
            middle = np.median(inner, 0)
            peak = inner[-look:].max(0) / np.maximum(middle, 1e-12)
        flat = filled.max(0) - filled.min(0) <= 1e-9
        out: F32 = np.where((count >= 12) & ~flat, peak, np.where(count >= 12, 0, np.nan)).astype(np.float32)
        return out


def _smooth(x: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Moving average along the first axis."""
    total = np.cumsum(np.concatenate((np.zeros((1, x.shape[1])), x)), axis=0)
    n = len(x)
    low, high = np.maximum(np.arange(n) - width + 1, 0), np.arange(n) + 1
    out: NDArray[np.float64] = (total[high] - total[low]) / (high - low)[:, None]
    return out
