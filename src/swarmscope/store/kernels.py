"""Loops over the samples of an insert: their values as decimals, and the order in which the table wants them.

Plain Python, compiled as `LOOPS`; where there is no machine code, `packing` does the same by NumPy and the store sorts.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarmscope.machine_code import Loops

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]
U64 = NDArray[np.uint64]
EXPONENT_MAX = 12
RAW = 127
NEVER = EXPONENT_MAX + 1
EXACT_MAX = float(1 << 53)
MINUS_ZERO = 1 << 63
ALIKE_MAX = 64  # rows of a bucket that are put in order one by one


def decimals(
    series: U64, values: F64, bits: I64, owner: U64, digits: U8, powers: F64, mantissa: I64, exponent: U8
) -> None:
    """See `packing.Decimals.pack`. bits: the values' own; owner, digits: what is remembered, brought up to date."""
    mask = np.uint64(owner.size - 1)
    for i in range(values.size):
        s = series[i]
        slot = np.int64(s & mask)
        known = np.int64(digits[slot]) if owner[slot] == s else np.int64(0)
        v = values[i]
        mantissa[i] = bits[i]
        exponent[i] = RAW
        owner[slot] = s
        if not np.isfinite(v):
            digits[slot] = known
            continue
        found = np.int64(NEVER)
        if v != 0.0 or bits[i] == 0:
            for d in range(known, EXPONENT_MAX + 1):
                whole = np.rint(v * powers[d])
                if abs(whole) >= EXACT_MAX:
                    break
                if whole / powers[d] == v:
                    mantissa[i] = np.int64(whole)
                    exponent[i] = d
                    found = np.int64(d)
                    break
        digits[slot] = found


def distinct(values: U64, table: U64, used: U8, found: U64) -> Any:
    """The different values into `found`; how many, -1: more than fit. table, used: empty, a power of two, twice as many."""
    mask = np.uint64(table.size - 1)
    n = 0
    before = np.uint64(0)
    for i in range(values.size):
        v = values[i]
        if n > 0 and v == before:
            continue
        before = v
        k = np.int64((v * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40) & mask)
        while used[k] and table[k] != v:
            k = np.int64(np.uint64(k + 1) & mask)
        if used[k]:
            continue
        if n >= found.size:
            return -1
        table[k] = v
        used[k] = 1
        found[n] = v
        n += 1
    return n


def keys(
    first: U64, second: U64, times: U64, metrics: U64, moments: U64, second_bits: Any, moment_bits: Any, out: U64
) -> None:
    """A word by which rows stand in the order of the table: metric, as much of the series as there is room for, time.

    first, second: halves of the ids, as they compare; metrics, moments: the different first halves and times, ascending.
    """
    for i in range(out.size):
        out[i] = np.uint64(np.searchsorted(metrics, first[i])) << np.uint64(second_bits + moment_bits)
        out[i] |= (second[i] >> np.uint64(64 - second_bits)) << np.uint64(moment_bits)
        out[i] |= np.uint64(np.searchsorted(moments, times[i]))


def order(keys: U64, shift: Any, begins: I64, by_key: U64, out: I64) -> Any:
    """Rows by their words: into buckets by the bits above `shift`, then each into its place. False: too many are alike there.

    begins: zeros, one more than there are buckets; by_key: room for the words.
    """
    for i in range(keys.size):
        begins[np.int64(keys[i] >> np.uint64(shift)) + 1] += 1
    most: Any = np.int64(0)
    for b in range(1, begins.size):
        most = max(most, begins[b])
        begins[b] += begins[b - 1]
    if most > ALIKE_MAX:
        return False
    for i in range(keys.size):
        bucket = np.int64(keys[i] >> np.uint64(shift))
        by_key[begins[bucket]] = keys[i]
        out[begins[bucket]] = i
        begins[bucket] += 1
    for i in range(1, keys.size):
        key, row = by_key[i], out[i]
        at: Any = i
        while at > 0 and by_key[at - 1] > key:
            by_key[at], out[at] = by_key[at - 1], out[at - 1]
            at -= 1
        by_key[at], out[at] = key, row
    return True


def _run(made: Any) -> None:
    words, bits, floats, bytes_ = np.zeros(2, np.uint64), np.zeros(2, np.int64), np.zeros(2), np.zeros(2, np.uint8)
    made.decimals(words, floats, bits, words.copy(), bytes_, np.ones(EXPONENT_MAX + 1), bits.copy(), bytes_.copy())
    made.distinct(words, words.copy(), bytes_.copy(), words.copy())
    made.keys(words, words, words, words, words, 20, 20, words.copy())
    made.order(words, 63, np.zeros(3, np.int64), words.copy(), bits.copy())


LOOPS = Loops("store", f"{__name__}:LOOPS", (decimals, distinct, keys, order), _run)
