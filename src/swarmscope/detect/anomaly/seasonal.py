"""Against the same hour of the days before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from swarmscope.detect import base
from swarmscope.detect.anomaly.scores import Z, one_sided
from swarmscope.query.times import HOUR_NS, MINUTE_NS
from swarmscope.window import Panel

F32 = NDArray[np.float32]
HOURS = 24
CLIP = 4.0
KNOWN_MIN = 20.0
KEPT_FRAMES = 600.0  # ten days of one hour's minutes


class Seasonal(base.FleetDetector):
    """The newest minute against what the agent did at this hour on days before.

    Mean and spread per agent, signal and hour of the day, learned once a minute and forgetting over ten days; strange values
    are clipped before they are learned. An hour that was not seen for `minutes_min` minutes yet is judged by what is normal
    for the agent at any hour, as `ewma` does. (The fleet's own hourly pattern is part of every baseline.)

        [detect]
        on = ["seasonal"]

        [plugins.options.detector.seasonal]
        z = 3.5

    Sources: Holt 1957; Winters, Management Science 1960; Hyndman & Athanasopoulos, Forecasting, 3rd ed. 2021.
    """

    class Options(base.Options, frozen=True, forbid_unknown_fields=True):
        """z: where it begins to count. minutes_min: of an hour, before it is used."""

        z: Z = 3.0
        minutes_min: Annotated[
            int, msgspec.Meta(ge=4, le=10_000, description="minutes of an hour before it is used")
        ] = 20

    name: ClassVar[str] = "seasonal"
    by_default: ClassVar[bool] = False

    def __init__(self, options: Any = None) -> None:
        super().__init__(options)
        self._places: dict[str, int] = {}
        self._minute = 0
        self._mean = np.zeros((HOURS, 0, 0), np.float32)
        self._variance, self._known = self._mean.copy(), self._mean.copy()

    def judge(self, seen: Panel) -> base.Scores:
        """Tail probabilities of a normal distribution; what is judged is learned afterwards."""
        hour = int(seen.times_ns[-1] // HOUR_NS % HOURS)
        at = self._room(seen)
        mean, known = self._mean[hour][:, at], self._known[hour][:, at]
        spread = np.sqrt(self._variance[hour][:, at])
        own = known >= self.options.minutes_min
        with np.errstate(all="ignore"):
            centre = np.where(own, mean, seen.mean)
            floor = np.array([s.floor for s in seen.signals], np.float32)[:, None] / np.sqrt(np.clip(seen.items, 1, 30))
            scale = np.where(own, np.fmax(spread * np.sqrt(1 + 1 / np.maximum(known, 1)), floor), seen.deviation)
            z = (seen.newest - centre) / scale
        minute = int(seen.times_ns[-1] // MINUTE_NS)
        if minute != self._minute:
            self._minute = minute
            self._learn(hour, at, seen, centre, scale)
        return one_sided(
            z, seen, self.options.z, centre.astype(np.float32), (self.options.z * scale).astype(np.float32)
        )

    def _room(self, seen: Panel) -> NDArray[np.int64]:
        for agent in seen.agents:
            if agent not in self._places:
                self._places[agent] = len(self._places)
        size = len(self._places)
        if size > self._mean.shape[2] or self._mean.shape[1] != len(seen.signals):
            wide = size + size // 4
            for name in ("_mean", "_variance", "_known"):
                old, new = getattr(self, name), np.zeros((HOURS, len(seen.signals), wide), np.float32)
                if old.shape[1] == new.shape[1]:
                    new[:, :, : old.shape[2]] = old
                setattr(self, name, new)
        return np.array([self._places[a] for a in seen.agents], np.int64)

    def _learn(self, hour: int, at: NDArray[np.int64], seen: Panel, centre: F32, scale: F32) -> None:
        known = self._known[hour][:, at]
        mean, variance = self._mean[hour][:, at], self._variance[hour][:, at]
        there = np.isfinite(seen.newest)
        limit = np.where(np.isfinite(scale), CLIP * scale, np.inf)
        with np.errstate(all="ignore"):
            value = np.where(there, np.clip(seen.newest, centre - limit, centre + limit), mean)
            value = np.where(np.isfinite(value), value, np.where(there, seen.newest, mean))
            rate = np.where(there, 1 / (np.minimum(known, KEPT_FRAMES) + 1), 0)
            step = value - mean
            fresh = variance + rate * (step * step * (1 - rate) - variance)
        self._mean[hour][:, at] = mean + rate * step
        self._variance[hour][:, at] = np.where(there & (known > 0), np.maximum(fresh, 0), variance)
        self._known[hour][:, at] = known + there

    def snapshot(self) -> dict[str, NDArray[Any]]:
        """Everything learned, with the agents it was learned of."""
        n = len(self._places)
        arrays = {"mean": self._mean, "variance": self._variance, "known": self._known}
        return {"agents": np.array(list(self._places), np.str_), **{k: a[:, :, :n] for k, a in arrays.items()}}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Take up a snapshot."""
        self._places = {a: i for i, a in enumerate(state["agents"].tolist())}
        self._mean, self._variance, self._known = (state[k].astype(np.float32) for k in ("mean", "variance", "known"))
