"""Outliers by the tails of an empirical copula."""

from __future__ import annotations

from typing import ClassVar

from swarmscope.detect.anomaly.ecod import Ecod


class Copod(Ecod):
    """Whole agents by the tails of the empirical copula of their signals, without any parameter.

    As `ecod`, but each signal counts with the smaller of its two tails, corrected for having two, beside the sum on the side of
    the skew: agents that are low in one signal and high in another lie out as far as those that are high in both.

        [detect]
        on = ["copod"]

        [plugins.options.detector.copod]
        signals_min = 4

    Source: Li, Zhao, Botta, Ionescu & Hu, COPOD, ICDM 2020.
    """

    name: ClassVar[str] = "copod"
    by_copula: ClassVar[bool] = True
