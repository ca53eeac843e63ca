"""Makes `sqli.npz`, the weights of the n-gram model: `python -m swarmscope.detect.security.train`."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from swarmscope.detect.security import corpus
from swarmscope.detect.security.ngrams import BUCKETS, Model, buckets, packed

SEED = 20_261
TEXTS = 24_000  # of each kind
INVERSE_REGULARISATION = 20.0


def fitted(attacks: Sequence[str], harmless: Sequence[str]) -> Model:
    """The logistic regression of both kinds of text, with weights that fit one byte each."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    texts = packed([*attacks, *harmless])
    rows, columns = [], []
    row_of = np.repeat(np.arange(len(texts.offsets) - 1), np.diff(texts.offsets))
    for bucket, inside in buckets(texts):
        rows.append(row_of[inside])
        columns.append(bucket[inside])
    row, column = np.concatenate(rows), np.concatenate(columns)
    counts = csr_matrix((np.ones(len(row), np.float32), (row, column)), (len(texts.offsets) - 1, BUCKETS))
    counts = counts.multiply(1 / np.sqrt(np.maximum(counts.sum(axis=1), 1))).tocsr()
    truth = np.arange(counts.shape[0]) < len(attacks)
    model = LogisticRegression(C=INVERSE_REGULARISATION, max_iter=400).fit(counts, truth)
    return Model(model.coef_[0].astype(np.float32), float(model.intercept_[0]))


def main() -> None:
    """Write the weights beside this file."""
    r = random.Random(SEED)  # noqa: S311 # a corpus is no secret
    model = fitted([corpus.attack(r) for _ in range(TEXTS)], [corpus.harmless(r) for _ in range(TEXTS)])
    scale = float(np.abs(model.weights).max() / 127)
    weights = np.round(model.weights / scale).astype(np.int8)
    np.savez_compressed(Path(__file__).with_name("sqli.npz"), weights=weights, scale=scale, bias=model.bias)


if __name__ == "__main__":
    main()
