"""Polarisation: the fleet falls into two camps that keep to themselves."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from swarmscope.detect.emergence.base import Emergence, EmergenceOptions, Pattern, Scene, draws_of
from swarmscope.detect.emergence.phase_transition import mean_of
from swarmscope.stats.consensus import camps
from swarmscope.stats.surrogates import holm

F64 = NDArray[np.float64]


class Polarisation(Pattern):
    """Agents are of two kinds in a value, and those of one kind work with each other.

    Values: mean outcome of tasks done alone, latency of model and tool calls. Both must hold: two camps (distance of the sides
    of the best split, against normal values) and like meets like (correlation over interactions, against values dealt out
    anew).

    Example: agents of ten teams answer with quality 0.9, those of ten others with 0.5, and teams keep to themselves.

    Source: Ashman et al. 1994 (bimodality); Newman 2003 (assortativity); Esteban & Ray 1994.
    """

    name: ClassVar[str] = "polarisation"
    kinds: ClassVar[tuple[str, ...]] = ("polarisation",)

    class Options(EmergenceOptions, frozen=True):
        sensitivity: Annotated[float, Meta(ge=0, le=1, description="0 dull, 1 keen: how rare it must be")] = 0.7
        assortativity_min: Annotated[float, Meta(ge=0, le=1, description="from which on it matters")] = 0.3

    def seek(self, scene: Scene, level: float, rng: np.random.Generator) -> list[Emergence]:
        """One answer for each value."""
        net, told = scene.network, []
        values = _values(scene)
        for name, value in values.items():
            seen = camps(value, net.source, net.target, rng, draws_of(level, len(values)))
            if seen.bimodal.draws and seen.assortative.draws:
                told.append((name, value, seen))
        if not told:
            return []
        p = holm(np.array([max(s.bimodal.p, s.assortative.p) for *_, s in told]))
        return [
            Emergence(
                kind="polarisation",
                title=f"Two camps in {name}: above and below {s.cut:.3g}, each among themselves",
                explanation=f"The best split of {name} lies at {s.cut:.3g}; its sides are {s.gap:.1f} spreads apart "
                "(normal values: "
                f"{s.bimodal.mean:.1f}), Sarle's coefficient {s.bimodality:.2f}. Over interactions {name} correlates by "
                f"{s.assortativity:+.2f} (dealt out anew: {s.assortative.mean:+.2f} ± {s.assortative.deviation:.2f}).",
                p=float(q),
                magnitude=float(np.clip(s.assortativity, 0, 1)),
                least=self.options.assortativity_min,
                onset_ns=scene.long.start_ns,
                participants=scene.names(np.flatnonzero(value < s.cut if name == "outcome" else value > s.cut)),
                observed=s.assortativity,
                expected=s.assortative.mean,
                statistic=name,
                draws=s.assortative.draws,
                features=(("bimodality", round(s.bimodality, 4)), ("gap", round(s.gap, 4))),
                recommendation="Compare the camps: model, version, prompts, node. The participants are the worse one.",
            )
            for (name, value, s), q in zip(told, p, strict=True)
        ]


def _values(scene: Scene) -> dict[str, F64]:
    """Values per agent of the network; NaN where too little is known."""
    tasks, signals = scene.tasks, scene.signals
    size = np.bincount(tasks.task, minlength=len(tasks.outcome))
    alone = (
        (size[tasks.task] == 1) & np.isfinite(tasks.outcome[tasks.task]) if len(tasks.task) else np.zeros(0, np.bool_)
    )
    count = np.bincount(tasks.agent[alone], minlength=len(scene.agents))
    total = np.bincount(tasks.agent[alone], tasks.outcome[tasks.task[alone]], len(scene.agents))
    out = {"outcome": np.where(count > 0, total / np.maximum(count, 1), np.nan)}
    latency = mean_of(signals["latency"].T, np.arange(signals["latency"].shape[1]))
    out["latency"] = np.concatenate((latency, np.full(max(0, len(scene.agents) - len(latency)), np.nan)))
    return out
