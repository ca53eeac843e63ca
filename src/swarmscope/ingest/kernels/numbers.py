"""Decimal text to whole numbers, exactly or not at all."""

from __future__ import annotations

import numpy as np

from swarmscope.ingest.columns import U8
from swarmscope.ingest.kernels.jit import Flag, Int, byte, inline

EXACT_MAX = 1 << 53  # above, int / scale no longer gives back the double that was sent


@inline
def parse_count(data: U8, start: Int, stop: Int) -> Int:
    """A decimal integer in [0, 2³²), else -1. Leading zeros and signs are not canonical, so they give -1."""
    n = stop - start
    if n < 1 or n > 10 or (n > 1 and byte(data, start) == 48):
        return np.int64(-1)
    value = np.int64(0)
    for i in range(start, stop):
        digit = byte(data, i) - 48
        if digit < 0 or digit > 9:
            return np.int64(-1)
        value = value * 10 + digit
    return value if value < 4294967296 else np.int64(-1)


@inline
def parse_scaled(data: U8, start: Int, stop: Int, scale: Int) -> tuple[Int, Flag]:
    """Decimal text (`0.0021`, `2.5e-05`) times `scale` (a power of ten) as a whole number; whether that is exact.

    (-1, False): not a number ≥ 0 below 2⁶² / scale. Rounded half up where not exact.
    """
    mantissa = np.int64(0)
    digits = 0
    exponent = 0
    seen = False
    point = False
    i = start
    while i < stop:
        c = byte(data, i)
        if c >= 48 and c <= 57:
            seen = True
            if digits < 18:
                mantissa = mantissa * 10 + (c - 48)
                if mantissa > 0:
                    digits += 1
                if point:
                    exponent -= 1
            elif not point:
                exponent += 1
        elif c == 46 and not point:
            point = True
        else:
            break
        i += 1
    long = digits >= 18
    if not seen:
        return np.int64(-1), False
    if i < stop:
        if (byte(data, i) != 101 and byte(data, i) != 69) or i + 1 >= stop or stop - i > 6:
            return np.int64(-1), False
        i += 1
        negative = byte(data, i) == 45
        if byte(data, i) == 45 or byte(data, i) == 43:
            i += 1
        if i >= stop:
            return np.int64(-1), False
        power = 0
        while i < stop:
            digit = byte(data, i) - 48
            if digit < 0 or digit > 9:
                return np.int64(-1), False
            power = power * 10 + digit
            i += 1
        exponent += -power if negative else power
    left = np.int64(scale)
    while left > 1:
        exponent += 1
        left //= 10
    value = mantissa
    while exponent > 0 and value > 0:
        if value > 461168601842738790:
            return np.int64(-1), False
        value *= 10
        exponent -= 1
    exact = not long
    while exponent < 0 and value > 0:
        if value % 10 != 0:
            exact = False
        value = (value + 5) // 10 if exponent == -1 else value // 10
        exponent += 1
    return value, exact and value < EXACT_MAX
