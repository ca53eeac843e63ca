"""Norm emergence: agents that meet come to choose alike."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from swarmscope.detect.emergence.base import Emergence, EmergenceOptions, Pattern, Scene
from swarmscope.query.interactions import Said
from swarmscope.stats.consensus import LIMIT, norm

I64 = NDArray[np.int64]
OPTIONS_MAX = 32
CHOOSERS_MIN = 4
MEETINGS_MIN = 20


class NormEmergence(Pattern):
    """A convention forms: meetings end in agreement more often than how common each choice was would give.

    Choices are contents that several agents give out again and again. For each meeting of two agents the newest choice of each
    is compared. Statistic: Page's cumulative sum of agreement against what two who know nothing of each other would agree by.
    The limit holds false alarms over a history of any length to 0.5 %.

    Example: agents that may answer M or Q answer at random at first, and M nearly always after ten meetings each.

    Source: Page 1954; Ashery, Aiello & Baronchelli 2025 (conventions in populations of language models).
    """

    name: ClassVar[str] = "norm_emergence"
    kinds: ClassVar[tuple[str, ...]] = ("norm",)

    class Options(EmergenceOptions, frozen=True):
        sensitivity: Annotated[float, Meta(ge=0, le=1, description="0 dull, 1 keen: shifts the limit")] = 0.7
        order_min: Annotated[float, Meta(ge=0, le=1, description="share of the norm from which on it matters")] = 0.6

    def seek(self, scene: Scene, level: float, rng: np.random.Generator) -> list[Emergence]:
        """One answer about the commonest choices."""
        said = scene.said
        size = np.bincount(said.item, minlength=len(said.hashes))
        options = [said.hashes[i] for i in np.flatnonzero(size >= CHOOSERS_MIN)[:OPTIONS_MAX].tolist()]
        if len(options) < 2:
            return []
        choices = scene.look.choices(options)
        when, first, second, who = meetings(scene, choices)
        if len(first) < MEETINGS_MIN:
            return []
        limit = LIMIT + np.log(10) * 3 * (0.7 - self.options.sensitivity)
        seen = norm(first, second, len(options), float(limit))
        if seen.found < 0 or when[seen.found] < scene.offset_s:
            return []
        share = float(seen.order[-1])
        rate = float((first[seen.onset :] == second[seen.onset :]).mean())
        shares = np.bincount(np.concatenate((first, second)), minlength=len(options)) / (2 * len(first))
        chosen = who[choices.item == seen.choice] if len(who) else who
        return [
            Emergence(
                kind="norm",
                title=f"A convention has formed: {share:.0%} of the choices in late meetings are the same",
                explanation=f"Of {len(first)} meetings with known choices among {len(options)} options, {rate:.0%} "
                "agree since the onset. "
                f"The content {options[seen.choice]:016x} leads with {share:.0%}.",
                p=min(self.level, 0.005),
                magnitude=share,
                least=self.options.order_min,
                onset_ns=scene.moment_ns(float(when[seen.onset])),
                participants=scene.names(np.unique(chosen)),
                observed=rate,
                expected=float(shares @ shares),
                statistic="agreement",
                subject=f"content {options[seen.choice]:016x}",
                evidence=(("content", f"{options[seen.choice]:016x}"),),
                good=True,
                recommendation="Decide whether the convention is wanted; a committed minority can turn it while it is young.",
            )
        ]


def meetings(scene: Scene, choices: Said) -> tuple[NDArray[np.float64], I64, I64, I64]:
    """Of each meeting whose two sides had chosen by its end: when it ended, what each had chosen last; who made each choice."""
    met = scene.met
    key = choices.agent.astype(np.float64)
    order = np.lexsort((choices.time_s, key))
    span = scene.long.length_ns / 1e9 + 1
    ranked = key[order] * span + np.clip(choices.time_s[order], 0, span - 1)
    end = met.time_s + met.lasted_s

    def last(agent: I64) -> I64:
        at = np.searchsorted(ranked, agent * span + np.clip(end, 0, span - 1), "right") - 1
        good = (
            (at >= 0) & (choices.agent[order][np.maximum(at, 0)] == agent) if len(order) else np.zeros(len(agent), bool)
        )
        return np.where(good, choices.item[order][np.maximum(at, 0)] if len(order) else 0, -1)

    a, b = last(met.source), last(met.target)
    good = np.flatnonzero((a >= 0) & (b >= 0))
    good = good[np.argsort(end[good], kind="stable")]
    return end[good], a[good], b[good], choices.agent
