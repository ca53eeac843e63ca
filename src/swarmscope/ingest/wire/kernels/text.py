"""Numbers and bytes as text, written at an address. The caller has reserved the room; every function returns the end."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from swarmscope.ingest.wire.kernels.memory import Int, Word, high_product, inline, kernel, ld8, st8, st16, st64

U = np.uint64
NUMBER_BYTES_MAX = 32  # of any number: 20 for integers, 24 for floats, quotes in JSON
_BASE64 = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", np.uint8).astype(np.int64)
_PAIRS = np.frombuffer("".join(f"{i:02}" for i in range(100)).encode(), "<u2").astype(np.int64)
_HEX = np.frombuffer(b"0123456789abcdef", np.uint8).astype(np.int64)
_ESCAPES = np.zeros(256, np.int64)  # 0: as it is; 1: \u00XX; else the letter behind the backslash
_ESCAPES[:32] = 1
for _letter, _code in zip(b'"\\nrtbf', (34, 92, 10, 13, 9, 8, 12), strict=True):
    _ESCAPES[_code] = _letter


def _word(text: bytes) -> int:
    return int.from_bytes(text.ljust(8, b"\0"), "little")


_TRUE, _FALSE, _NULL, _NAN, _INF = (_word(w) for w in (b"true", b"false", b"null", b"nan", b"inf"))
_JSON_NAN, _JSON_INF = _word(b'"NaN"'), _word(b"Infinity")


def _powers_of_ten() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """10^k for k in [-292, 325] as the 128 leading bits, rounded up: upper and lower halves."""
    high, low = [], []
    for k in range(-292, 326):
        e = ((k * 1741647) >> 19) - 127  # floor(k log2 10) - 127
        if k < 0:
            g = -(-(1 << -e) // 10**-k)
        else:
            g = 10**k << -e if e < 0 else -(-(10**k) >> e)
        high.append(g >> 64)
        low.append(g & (2**64 - 1))
    return np.array(high, np.uint64), np.array(low, np.uint64)


_POWER_HIGH, _POWER_LOW = _powers_of_ten()


@inline
def put_unsigned(o: Int, v: Word) -> Int:
    """Decimal digits, written in pairs from the end."""
    n = 1
    limit = U(10)
    while v >= limit and n < 20:
        n += 1
        limit *= U(10)
    end = o + n
    k = end
    while v >= U(100):
        q = v // U(100)
        k -= 2
        st16(k, _PAIRS[np.int64(v - q * U(100))])
        v = q
    if v >= U(10):
        st16(k - 2, _PAIRS[np.int64(v)])
    else:
        st8(k - 1, 48 + np.int64(v))
    return end


@kernel
def put_int(o: Int, v: Int) -> Int:
    """v: int64."""
    if v < 0:
        st8(o, 45)
        return put_unsigned(o + 1, U(0) - U(v))
    return put_unsigned(o, U(v))


@inline
def put_bool(o: Int, v: Int) -> Int:
    """Writes eight bytes, of which four or five count."""
    if v != 0:
        st64(o, _TRUE)
        return o + 4
    st64(o, _FALSE)
    return o + 5


@inline
def put_null(o: Int) -> Int:
    """JSON null; writes eight bytes."""
    st64(o, _NULL)
    return o + 4


@inline
def _round_to_odd(high: Word, low: Word, c: Word) -> Word:
    """Upper 64 bits of c · (high:low), sticky in the lowest bit."""
    x = high_product(low, c)
    y = high * c
    top = high_product(high, c)
    total = y + x
    if total < y:
        top += U(1)
    return top | (U(1) if total > U(1) else U(0))


@kernel
def _shortest(fraction: Word, biased: Int) -> tuple[Word, Int]:
    """(digits, exponent): the shortest decimal in the rounding interval, nearest of these.

    Raffaello Giulietti, "The Schubfach way to render doubles" (2021); finite and positive only.
    """
    if biased != 0:
        c = fraction | (U(1) << U(52))
        q = biased - 1075
    else:
        c = fraction
        q = np.int64(-1074)
    if -53 < q <= 0 and (c & ((U(1) << U(-q)) - U(1))) == U(0):
        return c >> U(-q), np.int64(0)  # an integer
    irregular = fraction == U(0) and biased > 1  # a power of two: the interval below is half as wide
    odd = c & U(1)
    k = (q * 1262611 - (524031 if irregular else 0)) >> 22
    shift = U(q + ((-k * 1741647) >> 19) + 1)
    high = _POWER_HIGH[292 - k]
    low = _POWER_LOW[292 - k]
    four = U(4) * c
    lower = _round_to_odd(high, low, (four - (U(1) if irregular else U(2))) << shift) + odd
    value = _round_to_odd(high, low, four << shift)
    upper = _round_to_odd(high, low, (four + U(2)) << shift) - odd
    s = value >> U(2)
    if s >= U(10):
        tens = s // U(10)
        low_fits = lower <= U(40) * tens
        high_fits = U(40) * tens + U(40) <= upper
        if low_fits != high_fits:
            return tens + (U(1) if high_fits else U(0)), k + 1
    low_fits = lower <= U(4) * s
    high_fits = U(4) * s + U(4) <= upper
    if low_fits != high_fits:
        return s + (U(1) if high_fits else U(0)), k
    middle = U(4) * s + U(2)
    up = value > middle or (value == middle and (s & U(1)) != U(0))
    return s + (U(1) if up else U(0)), k


@inline
def _open_gap(o: Int, end: Int) -> Int:
    """Move [o, end) one byte up and write a point at o."""
    j = end
    while j > o:
        st8(j, ld8(j - 1))
        j -= 1
    st8(o, 46)
    return end + 1


@inline
def _zeros(o: Int, n: Int) -> Int:
    for i in range(n):
        st8(o + i, 48)
    return o + n


@inline
def _put_exponent(o: Int, x: Int) -> Int:
    st8(o, 101)
    st8(o + 1, 45 if x < 0 else 43)
    o += 2
    if x < 0:
        x = -x
    if x < 10:
        st8(o, 48)
        o += 1
    return put_unsigned(o, U(x))


@kernel
def put_double(o: Int, bits: Int, json: bool) -> Int:
    """The text of Python's repr(float); json: non-finite values as the quoted words of proto3 JSON."""
    fraction = U(bits) & U((1 << 52) - 1)
    biased = (bits >> 52) & 2047
    if biased == 2047 and fraction != U(0):
        st64(o, _JSON_NAN if json else _NAN)
        return o + (5 if json else 3)
    if biased == 2047 and json:
        st8(o, 34)
        o += 1
    if bits < 0:
        st8(o, 45)
        o += 1
    if biased == 2047:
        st64(o, _JSON_INF if json else _INF)
        if not json:
            return o + 3
        st8(o + 8, 34)
        return o + 9
    digits, exponent = U(0), np.int64(0)
    if biased != 0 or fraction != U(0):
        digits, exponent = _shortest(fraction, biased)
    while digits >= U(10) and digits % U(10) == U(0):
        digits //= U(10)
        exponent += 1
    end = put_unsigned(o, digits)
    n = end - o
    point = n + exponent  # digits before the decimal point
    if -4 < point <= 16:
        if point <= 0:
            st8(o, 48)
            st8(o + 1, 46)
            return put_unsigned(_zeros(o + 2, -point), digits)
        if exponent >= 0:
            end = _zeros(end, exponent)
            st8(end, 46)
            st8(end + 1, 48)
            return end + 2
        return _open_gap(o + point, end)
    if n > 1:
        end = _open_gap(o + 1, end)
    return _put_exponent(end, point - 1)


@kernel
def put_base64(o: Int, p: Int, end: Int) -> Int:
    """The bytes [p, end) as base64 with padding."""
    while end - p >= 3:
        v = ld8(p) << 16 | ld8(p + 1) << 8 | ld8(p + 2)
        st8(o, _BASE64[v >> 18])
        st8(o + 1, _BASE64[v >> 12 & 63])
        st8(o + 2, _BASE64[v >> 6 & 63])
        st8(o + 3, _BASE64[v & 63])
        p += 3
        o += 4
    if p < end:
        v = ld8(p) << 16
        if end - p == 2:
            v |= ld8(p + 1) << 8
        st8(o, _BASE64[v >> 18])
        st8(o + 1, _BASE64[v >> 12 & 63])
        st8(o + 2, _BASE64[v >> 6 & 63] if end - p == 2 else 61)
        st8(o + 3, 61)
        o += 4
    return o


@kernel
def put_json_string(o: Int, p: Int, end: Int) -> Int:
    """The UTF-8 bytes [p, end) as a JSON string; at most 6 bytes for one, and 2."""
    st8(o, 34)
    o += 1
    while p < end:
        byte = ld8(p)
        p += 1
        letter = _ESCAPES[byte]
        if letter == 0:
            st8(o, byte)
            o += 1
        elif letter > 1:
            st8(o, 92)
            st8(o + 1, letter)
            o += 2
        else:
            st64(o, 0x3030755C)  # \u00
            st8(o + 4, _HEX[byte >> 4])
            st8(o + 5, _HEX[byte & 15])
            o += 6
    st8(o, 34)
    return o + 1
