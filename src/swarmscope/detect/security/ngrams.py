"""A linear model over hashed character n-grams: how much a short text looks like an attack.

Every n-gram of 1 to 4 bytes of the lower-cased text adds the weight of its hash bucket; the sum is divided by the root of their
number, so that a long text is not suspicious for its length. Plain NumPy over all texts at once. The weights come from
`train.py`, which makes its own corpus.

Reference: Kruegel & Vigna, Anomaly Detection of Web-based Attacks, CCS 2003 (character distributions); Weinberger et al.,
Feature Hashing for Large Scale Multitask Learning, ICML 2009.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

ORDERS = 4
BUCKETS = 1 << 15
TEXT_BYTES_MAX = 1024
"""Of longer texts only so much is looked at."""
CHUNK_BYTES = 1 << 18  # of all texts together: the arrays of one pass stay in the processor's cache
_PRIMES = (np.uint32(0x9E3779B1), np.uint32(0x85EBCA77), np.uint32(0xC2B2AE3D), np.uint32(0x27D4EB2F))
F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Packed:
    """Texts end to end. offsets: of n + 1 texts' ends in `data`, which is lower case."""

    data: NDArray[np.uint8]
    offsets: NDArray[np.int64]


def packed(texts: Sequence[str]) -> Packed:
    """Texts as one array of bytes, each with a blank before and behind, cut at TEXT_BYTES_MAX."""
    parts = [b" " + t.lower().encode("utf-8", "replace")[:TEXT_BYTES_MAX] + b" " for t in texts]
    offsets = np.zeros(len(parts) + 1, np.int64)
    np.cumsum([len(p) for p in parts], out=offsets[1:])
    return Packed(np.frombuffer(b"".join(parts), np.uint8), offsets)


def buckets(texts: Packed) -> Iterator[tuple[NDArray[np.uint32], NDArray[np.bool_]]]:
    """Per order: the bucket of the n-gram that starts at each byte, and whether it lies within its text."""
    left = np.repeat(texts.offsets[1:], np.diff(texts.offsets)) - np.arange(len(texts.data))
    for order, bucket in enumerate(_rolled(texts.data)):
        yield bucket, left > order


def _rolled(data: NDArray[np.uint8]) -> Iterator[NDArray[np.uint32]]:
    """Per order: the bucket of the n-gram that starts at each byte, whatever text it ends in."""
    size = len(data)
    state = np.zeros(size, np.uint32)
    wide = data.astype(np.uint32)
    for order in range(ORDERS):
        inside = max(0, size - order)
        state[:inside] ^= wide[order:] + np.uint32(order + 1)
        state[inside:] ^= np.uint32(order + 1)
        state *= _PRIMES[order]
        mixed = state >> np.uint32(15)
        mixed ^= state
        mixed &= np.uint32(BUCKETS - 1)
        yield mixed


@dataclass(frozen=True, slots=True)
class Model:
    """weights: one per bucket; bias: log-odds of a text without n-grams."""

    weights: NDArray[np.float32]
    bias: float

    def probability(self, texts: Sequence[str]) -> F64:
        """How likely each text is an attack, in (0, 1)."""
        answer = np.zeros(len(texts))
        begin = 0
        while begin < len(texts):
            end, size = begin, 0
            while end < len(texts) and (size < CHUNK_BYTES or end == begin):
                size += min(len(texts[end]), TEXT_BYTES_MAX)
                end += 1
            answer[begin:end] = self._probability(packed(texts[begin:end]))
            begin = end
        return answer

    def _probability(self, texts: Packed) -> F64:
        sums = np.zeros(len(texts.data), np.float32)
        ends, lengths = texts.offsets[1:], np.diff(texts.offsets)
        for order, bucket in enumerate(_rolled(texts.data)):
            here = self.weights.take(bucket)
            for back in range(1, order + 1):  # these n-grams would reach into the next text
                here[np.maximum(ends - back, 0)] = 0
            sums += here
        total = np.add.reduceat(sums, texts.offsets[:-1], dtype=np.float64)
        count = sum(np.maximum(lengths - order, 0) for order in range(ORDERS))
        odds: F64 = self.bias + total / np.sqrt(np.maximum(count, 1))
        answer: F64 = 1 / (1 + np.exp(-np.clip(odds, -60, 60)))
        return answer


@cache
def shipped() -> Model:
    """The model of this version: int8 weights with one scale."""
    with resources.files(__package__).joinpath("sqli.npz").open("rb") as file:
        stored = np.load(file)
        return Model(stored["weights"].astype(np.float32) * float(stored["scale"]), float(stored["bias"]))
