"""The signals of one agent over any window, as detectors take them, with what is normal by what was learned until now."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarmscope.detect.fleet import Judged
from swarmscope.query import buckets
from swarmscope.query.buckets import BUCKET_S
from swarmscope.query.reader import Reader
from swarmscope.query.times import SECOND_NS, Window
from swarmscope.stats.baseline import deviation
from swarmscope.window import FRAME_BUCKETS, REPORTED, SIGNALS, frames

F64 = NDArray[np.float64]
BAND_Z = 3.0
POINTS_MAX = 400
STEPS = (1, 2, 3, 6, 12, 18, 30, 60, 90, 180, 360, 720)  # in buckets


def of_agent(reads: Reader, agent: str, last: Judged | None, within: Window) -> dict[str, Any]:
    """In the shape of `Bands`. A frame is a minute wide, or as wide as the step where that is more. StoreError.

    What is normal is unknown (None) of an agent that the newest look did not see.
    """
    first, end = (ns // SECOND_NS // BUCKET_S for ns in (within.start_ns, within.end_ns))
    end = max(end, first + 1)
    step = next((s for s in STEPS if (end - first) / s <= POINTS_MAX), math.ceil((end - first) / POINTS_MAX))
    wide = max(FRAME_BUCKETS, step)
    ends = np.arange(first + step, end + step, step)
    ends = ends[ends <= end]
    span = (first - wide) * BUCKET_S, end * BUCKET_S
    own = buckets.reported(reads, REPORTED, *span, agent)
    x, items = frames(buckets.of_agent(reads, agent, *span), own, ends, wide)
    mean, spread, unsure, known = _normal(agent, last)
    with np.errstate(all="ignore"):
        half = BAND_Z * deviation(spread, items, unsure)
    signals = [
        {
            "signal": signal.name,
            "unit": signal.unit,
            "values": _numbers(signal.inverse(x[i], items[i])),
            "lower": _numbers(signal.inverse(mean[i] - half[i], items[i])),
            "expected": _numbers(signal.inverse(np.where(np.isfinite(half[i]), mean[i], np.nan), usually(items[i]))),
            "upper": _numbers(signal.inverse(mean[i] + half[i], items[i])),
            "known": float(known[i]),
        }
        for i, signal in enumerate(SIGNALS)
        if np.isfinite(x[i]).any()
    ]
    return {
        "agent": agent,
        "step_ms": step * BUCKET_S * 1000,
        "frame_ms": wide * BUCKET_S * 1000,
        "times_ms": (ends * BUCKET_S * 1000).tolist(),
        "signals": signals,
        "window": within.json(),
    }


def _normal(agent: str, last: Judged | None) -> tuple[F64, F64, F64, F64]:
    """Mean, spread of one item and what stays of it, (signals, 1), and minutes that they were learned from, (signals,)."""
    place = last.places.get(agent) if last is not None else None
    if last is None or place is None:
        unknown = np.full((len(SIGNALS), 1), np.nan)
        return unknown, unknown, unknown, np.zeros(len(SIGNALS))
    panel = last.panel
    mean, spread, unsure = (a[:, place, None].astype(np.float64) for a in (panel.mean, panel.spread, panel.unsure))
    return mean, spread, unsure, panel.known[:, place].astype(np.float64)


def usually(items: F64) -> float:
    """How much stands behind a value as a rule: what is expected of a share is told for so many, and not anew for each."""
    some = items[items > 0]
    return float(np.median(some)) if len(some) else 1.0


def _numbers(values: Any) -> list[float | None]:
    return [float(v) if math.isfinite(v) else None for v in np.asarray(values).tolist()]
