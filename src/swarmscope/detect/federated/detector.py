"""The detector that sites train together: distance from what all of them hold to be normal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, ClassVar

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from swarmscope.detect.base import FleetDetector, Scores
from swarmscope.detect.base import Options as BaseOptions
from swarmscope.errors import PluginError
from swarmscope.window import Panel

F32 = NDArray[np.float32]
RIDGE = 1e-3  # of the mean variance, so that signals that hardly vary do not rule


class Model(msgspec.Struct, frozen=True):
    """What `swarmscope federate join --out` writes."""

    signals: list[str]
    mean: list[float]
    covariance: list[list[float]]
    rows: int


class Federated(FleetDetector):
    """Agents far from what all sites together hold to be normal.

    Squared Mahalanobis distance of an agent's newest frame to the mean and covariance that sites computed together, with the
    signals that it has. Says nothing without a model; `swarmscope federate join` makes one (docs/federated.md).

    Example: Federated(Federated.Options(model="federated.json")).

    Source: Mahalanobis 1936; chi-square tail for normal values.
    """

    name: ClassVar[str] = "federated"
    kinds: ClassVar[tuple[str, ...]] = ("anomaly",)
    by_default: ClassVar[bool] = False

    class Options(BaseOptions, frozen=True):
        model: Annotated[str, Meta(description="file that `swarmscope federate join --out` wrote; empty: none")] = ""

    def __init__(self, options: Any = None) -> None:
        super().__init__(options)
        self._model = load(Path(self.options.model)) if self.options.model else None

    def judge(self, seen: Panel) -> Scores:
        """One row of scores: whole agents."""
        n = len(seen.agents)
        nothing = np.full((1, n), np.nan, np.float32)
        names = [s.name for s in seen.signals]
        known = [s for s in (self._model.signals if self._model else []) if s in names]
        if self._model is None or not known or n == 0:
            return Scores(nothing, nothing.copy(), shares=np.zeros((len(names), n), np.float32))
        from scipy.special import gammaincc

        mine = [self._model.signals.index(s) for s in known]
        rows = [names.index(s) for s in known]
        apart = seen.newest[rows].astype(np.float64) - np.array(self._model.mean)[mine, None]
        covariance = np.array(self._model.covariance)[np.ix_(mine, mine)]
        distance, parts, there = _distances(apart, covariance)
        freedom = there.sum(0)
        tail = np.where(freedom > 0, gammaincc(np.maximum(freedom, 1) / 2, distance / 2), np.nan)
        shares = np.zeros((len(names), n), np.float32)
        shares[rows] = parts
        score = np.where(freedom > 0, distance, np.nan)
        return Scores(tail[None].astype(np.float32), score[None].astype(np.float32), shares=shares)


def _distances(
    apart: NDArray[np.float64], covariance: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Squared distances with the signals that each agent has; agents with the same signals together, no loop per agent."""
    there = np.isfinite(apart)
    distance, parts = np.zeros(apart.shape[1]), np.zeros(apart.shape)
    ridge = RIDGE * max(float(np.trace(covariance)) / len(covariance), 1e-12) * np.eye(len(covariance))
    patterns, which = np.unique(there, axis=1, return_inverse=True)
    for k in range(patterns.shape[1]):
        signals, agents = np.flatnonzero(patterns[:, k]), np.flatnonzero(which.ravel() == k)
        if not signals.size:
            continue
        x = apart[np.ix_(signals, agents)]
        solved = np.linalg.solve((covariance + ridge)[np.ix_(signals, signals)], x)
        distance[agents] = (x * solved).sum(0)
        parts[np.ix_(signals, agents)] = np.maximum(x * solved, 0)
    return distance, parts, there


def load(path: Path) -> Model:
    """The model in a file. PluginError names the file and the remedy."""
    try:
        model = msgspec.json.decode(path.read_bytes(), type=Model)
    except (OSError, msgspec.MsgspecError) as e:
        raise PluginError(
            f"the federated model {path} cannot be read ({e}); make it with `swarmscope federate join --out`"
        ) from e
    d = len(model.signals)
    if len(model.mean) != d or len(model.covariance) != d or any(len(row) != d for row in model.covariance):
        raise PluginError(f"the federated model {path} has {d} signals but a mean or covariance of another size")
    return model
