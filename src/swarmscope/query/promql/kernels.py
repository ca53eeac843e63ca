"""Loops over the samples of many series: gathering them from where they are kept, and functions over all windows at once.

A window ends at a step and holds the samples in (end - range, end]. The samples of row r lie at [begin[r], end[r]) of `t` and
`v`, by time; times are milliseconds after the first window's begin, where the first window ends `wide` later. Every function
fills `out` and `present`, (rows, steps), with what `windows` computes of the same samples, which is the oracle of the tests.

Plain Python, compiled by `compiled`; nothing here calls what is not here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarmscope.query.promql.labels import Mask
from swarmscope.query.promql.values import F64, I64

I32 = NDArray[np.int32]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
Int = Any  # a machine integer
STALE = 0x7FF0000000000002
DELTA, INCREASE, RATE = range(3)
MIN, MAX = range(2)


def gather_whole(
    first: I64, count: I64, t: U32, mantissa: I32, divisor: float, shift: Int, end: I64, out_t: I32, out_v: F64
) -> None:
    """Append to each row the `count` samples from `first` on: whole numbers over `divisor`, times `shift` later."""
    for r in range(first.size):
        p = first[r]
        q = end[r]
        n = count[r]
        for k in range(n):
            out_t[q + k] = np.int64(t[p + k]) + shift
        if divisor == 1.0:
            for k in range(n):
                out_v[q + k] = mantissa[p + k]
        else:
            for k in range(n):
                out_v[q + k] = mantissa[p + k] / divisor
        end[r] = q + n


def gather_floats(
    first: I64, count: I64, t: U32, bits: U64, markers: bool, shift: Int, end: I64, out_t: I32, out_bits: U64
) -> None:
    """As `gather_whole`, of floats. markers: those of staleness are taken too."""
    for r in range(first.size):
        p = first[r]
        q = end[r]
        for k in range(p, p + count[r]):
            if markers or bits[k] != np.uint64(STALE):
                out_t[q] = np.int64(t[k]) + shift
                out_bits[q] = bits[k]
                q += 1
        end[r] = q


def last(
    begin: I64, end: I64, t: I32, v: F64, bits: U64, step: Int, wide: Int, ends: bool, out: F64, present: Mask
) -> None:
    """The last sample of each window. ends: a marker of staleness there leaves nothing."""
    for r in range(begin.size):
        j = begin[r]
        stop = end[r]
        at = np.int64(wide)
        for s in range(out.shape[1]):
            while j < stop and t[j] <= at:
                j += 1
            k = j - 1
            if k >= begin[r] and t[k] > at - wide and not (ends and bits[k] == np.uint64(STALE)):
                out[r, s] = v[k]
                present[r, s] = True
            else:
                out[r, s] = np.nan
                present[r, s] = False
            at += step


def count(begin: I64, end: I64, t: I32, step: Int, wide: Int, out: F64, present: Mask) -> None:
    """How many samples each window holds."""
    for r in range(begin.size):
        low = begin[r]
        high = low
        stop = end[r]
        at = np.int64(wide)
        for s in range(out.shape[1]):
            while high < stop and t[high] <= at:
                high += 1
            while low < high and t[low] <= at - wide:
                low += 1
            present[r, s] = high > low
            out[r, s] = high - low if high > low else np.nan
            at += step


def extreme(begin: I64, end: I64, t: I32, v: F64, step: Int, wide: Int, kind: Int, out: F64, present: Mask) -> None:
    """The least (MIN) or greatest (MAX) number of each window; NaN where it holds nothing else."""
    for r in range(begin.size):
        low = begin[r]
        high = low
        stop = end[r]
        at = np.int64(wide)
        for s in range(out.shape[1]):
            while high < stop and t[high] <= at:
                high += 1
            while low < high and t[low] <= at - wide:
                low += 1
            found = np.nan
            for k in range(low, high):
                x = v[k]
                if found != found or (x < found if kind == MIN else x > found):
                    found = x
            present[r, s] = high > low
            out[r, s] = found
            at += step


def change(begin: I64, end: I64, t: I32, v: F64, step: Int, wide: Int, kind: Int, out: F64, present: Mask) -> None:
    """`delta`, `increase` or `rate`, see `windows.stretched`."""
    counter = kind != DELTA
    for r in range(begin.size):
        low = begin[r]
        high = low
        stop = end[r]
        fell = False
        if counter:
            for k in range(low + 1, stop):
                if v[k] < v[k - 1]:
                    fell = True
        at = np.int64(wide)
        for s in range(out.shape[1]):
            while high < stop and t[high] <= at:
                high += 1
            while low < high and t[low] <= at - wide:
                low += 1
            if high - low < 2:
                present[r, s] = False
                out[r, s] = np.nan
                at += step
                continue
            first = v[low]
            diff = v[high - 1] - first
            if fell:
                lost = 0.0
                for k in range(low + 1, high):
                    if v[k] < v[k - 1]:
                        lost += v[k - 1]
                diff += lost
            between = (t[high - 1] - t[low]) / 1000.0
            near = (t[low] - (at - wide)) / 1000.0
            after = (at - t[high - 1]) / 1000.0
            average = between / (high - low - 1)
            threshold = average * 1.1
            if near >= threshold:
                near = average / 2
            if counter and diff > 0 and first >= 0:
                to_zero = between * (first / diff)
                if to_zero < near:
                    near = to_zero
            if after >= threshold:
                after = average / 2
            stretch = (between + near + after) / between
            if kind == RATE:
                stretch = stretch / (wide / 1000.0)
            out[r, s] = diff * stretch
            present[r, s] = True
            at += step


def grouped_count(present: Mask, group: I64, out: I64) -> None:
    """Add up, per group and step, how many series are present. present: (series, steps); out: (groups, steps), zero."""
    for r in range(group.size):
        g = group[r]
        for s in range(out.shape[1]):
            if present[r, s]:
                out[g, s] += 1


def grouped_sum(values: F64, present: Mask, group: I64, out: F64, size: F64) -> None:
    """Add up, per group and step, values and their sizes in the order of the series. out, size: (groups, steps), zero."""
    for r in range(group.size):
        g = group[r]
        for s in range(out.shape[1]):
            if present[r, s]:
                out[g, s] += values[r, s]
                size[g, s] += abs(values[r, s])
