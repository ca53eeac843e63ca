"""Agents whose signals a small network cannot reproduce."""

from __future__ import annotations

import warnings
from typing import Annotated, ClassVar

import msgspec
import numpy as np

from swarmscope.detect import base
from swarmscope.detect.anomaly.scores import against, bad_side, judgeable, shares_of, table, unsaid, whole
from swarmscope.window import Panel

ROWS_MIN, ROWS_MAX = 200, 4_000
SEED = 1
TRAIN_SHARE = 0.7


class Autoencoder(base.ShortlistDetector):
    """Whole agents whose combination of signals does not pass through the narrow middle of a network.

    A network of three layers learns to reproduce the minutes before of all agents on the shortlist through `middle` numbers;
    what it fails to reproduce of the newest minute is compared with its failures on minutes that it was not trained on. It
    finds bent patterns where `pca` finds straight ones. Runs in the worker process.

        [detect]
        on = ["autoencoder"]

        [plugins.options.detector.autoencoder]
        middle = 3

    Sources: Hinton & Salakhutdinov, Science 2006; Sakurada & Yairi, MLSDA 2014; scikit-learn (MLPRegressor, Adam).
    """

    class Options(base.Options, frozen=True, forbid_unknown_fields=True):
        """middle, width: of the network. rounds: of training."""

        middle: Annotated[int, msgspec.Meta(ge=1, le=32, description="numbers in the middle")] = 3
        width: Annotated[int, msgspec.Meta(ge=2, le=256, description="width of the outer layers")] = 16
        rounds: Annotated[int, msgspec.Meta(ge=5, le=1000, description="rounds of training at most")] = 60

    name: ClassVar[str] = "autoencoder"
    kinds: ClassVar[tuple[str, ...]] = ("unusual_combination",)
    by_default: ClassVar[bool] = False

    def judge(self, seen: Panel) -> base.Scores:
        """Tails of the error of reproduction, one row; shares are the squared errors of each signal."""
        n = len(seen.agents)
        now, before, used = table(seen)
        if len(before) < ROWS_MIN or used.sum() < 2:
            return unsaid(seen, used)
        from sklearn.neural_network import MLPRegressor

        before = np.random.default_rng(SEED).permutation(before[-ROWS_MAX:])
        cut = int(TRAIN_SHARE * len(before))
        o = self.options
        network = MLPRegressor(
            hidden_layer_sizes=(o.width, o.middle, o.width), activation="tanh", max_iter=o.rounds, early_stopping=True,
            random_state=SEED, learning_rate_init=0.005,
        )  # fmt: skip
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it could have been trained for longer is no news
            network.fit(before[:cut], before[:cut])
        wrong, usual = (bad_side(x - network.predict(x), seen, used) for x in (now, before[cut:]))
        score, reference = np.square(wrong).mean(1), np.square(usual).mean(1)
        shares = shares_of(wrong, used, n)
        return whole(score, against(score, reference), shares, judgeable(seen, used))
