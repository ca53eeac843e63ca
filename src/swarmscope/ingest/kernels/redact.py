"""The prefilter of redaction: which strings may hold a secret, at memory speed; and payment cards, exactly.

First a pass over whole words of eight bytes: does it hold an `@`, a `=` or `:`, six digits or more, or nothing but token
characters? Every secret that the rules know leaves such a word (tokens have 16 characters or more, so they fill an aligned
word). Only strings with such a word are looked at more closely, byte by byte, and only what survives that meets a
regular expression.
"""

from __future__ import annotations

import numpy as np

from swarmscope.ingest.columns import I64, TYPE_ARRAY, TYPE_KVLIST, TYPE_STRING, U8, U64
from swarmscope.ingest.kernels.jit import Flag, Int, byte, inline, item, kernel, load32, load64, move
from swarmscope.ingest.kernels.text import hash_bytes

# hints of a string, one bit per family of rules
HINT_EMAIL = 1
HINT_KEYWORD = 2
HINT_CARD = 4
HINT_TOKEN = 8
HINT_JWT = 16
HINT_BEARER = 32
HINT_PRIVATE_KEY = 64

_ONES = np.uint64(0x0101010101010101)
_LOW7 = np.uint64(0x7F7F7F7F7F7F7F7F)
_HIGH = np.uint64(0x8080808080808080)

TOKEN_BYTES_MIN = 16
SHORT_BYTES = 64


@inline
def _has(x: Int, byte: Int) -> Int:
    """0x80 in every byte of x that equals `byte`, exact."""
    y = x ^ (np.uint64(byte) * _ONES)
    return ~(((y & _LOW7) + _LOW7) | y | _LOW7)


@kernel
def word_flags(data: U8) -> U8:
    """Flags of every aligned word of data; the last, partial word is filled with blanks."""
    words = data.size // 8
    out = np.empty((data.size + 7) // 8, np.uint8)
    for w in range(words):
        out[w] = _flags(load64(data, np.int64(w) * 8))
    if out.size > words:
        x = np.uint64(0x2020202020202020)
        for i in range(words * 8, data.size):
            shift = np.uint64(8 * (i - words * 8))
            x = (x & ~(np.uint64(255) << shift)) | (np.uint64(data[i]) << shift)
        out[words] = _flags(x)
    return out


@inline
def _flags(x: Int) -> Int:
    at = _has(x, 64)
    colons = _has(x, 58)
    equals = _has(x, 61) | colons
    y = x ^ np.uint64(0x3030303030303030)
    digits = ~(((y & _LOW7) + np.uint64(0x7676767676767676)) | y) & _HIGH
    sum8 = digits >> np.uint64(7)
    sum8 += sum8 >> np.uint64(32)
    sum8 += sum8 >> np.uint64(16)
    sum8 += sum8 >> np.uint64(8)
    many = (sum8 & np.uint64(15)) >= np.uint64(6)
    token = ((x & _HIGH) | (((x & _LOW7) + np.uint64(0x5353535353535353)) & _HIGH ^ _HIGH) | colons) == np.uint64(0)
    return (
        np.uint8(at != 0)
        | (np.uint8(equals != 0) << np.uint8(1))
        | (np.uint8(many) << np.uint8(2))
        | (np.uint8(token) << np.uint8(3))
    )


@word_flags.plainly
def _(data: U8) -> U8:
    filled = np.full((data.size + 7) // 8 * 8, 0x20, np.uint8)
    filled[: data.size] = data
    return np.asarray(_flags(filled.view(np.uint64)), np.uint8)


# classes of bytes, one bit each
ALNUM, TOKEN_BYTE, SEPARATED_DIGIT, DIGIT = 1, 2, 4, 8


@inline
def _prefix_hint(data: U8, p: Int, last: Int, prefixes: U64, pairs: U8) -> Int:
    """The hint of the prefix at p, 0 for none."""
    if p + 8 > last or not byte(pairs, (byte(data, p) << 8) | byte(data, p + 1)):
        return 0
    word = load32(data, p)
    if word & np.uint64(0xFFFFFF) == np.uint64(0x4A7965):
        return HINT_JWT
    for i in range(prefixes.size):
        prefix = prefixes[i]
        if word == prefix or word & np.uint64(0xFFFFFF) == prefix:
            return HINT_TOKEN
    return 0


@inline
def _run_hints(data: U8, start: Int, first: Int, last: Int, prefixes: U64, pairs: U8, classes: U8) -> Int:
    """Hints of the token run data[first:last] of the string that begins at `start`. A token begins with the run, behind
    a byte that is no letter or digit, or behind a JSON escape."""
    hints = _prefix_hint(data, first, last, prefixes, pairs)
    if first - 7 >= start and byte(data, first - 1) == 32:
        c = byte(data, first - 2) | 32
        d = byte(data, first - 3) | 32
        if (c == 114 and d == 101) or (c == 99 and d == 105):
            hints |= HINT_BEARER  # bearer …, basic …
    for q in range(first, last - 8):
        c = byte(data, q)
        if byte(classes, c) & ALNUM:
            continue
        hints |= _prefix_hint(data, q + 1, last, prefixes, pairs)
        if c == 92:
            hints |= _prefix_hint(data, q + 2, last, prefixes, pairs)
            hints |= _prefix_hint(data, q + 6, last, prefixes, pairs)
    return hints


@inline
def _digit_run(data: U8, start: Int, stop: Int, low: Int, high: Int, classes: U8) -> Flag:
    """Whether 13 digits or more, with single separators, stand around data[low:high]."""
    first = low
    while first > start and byte(classes, byte(data, first - 1)) & SEPARATED_DIGIT and low - first < 24:
        first -= 1
    last = high
    while last < stop and byte(classes, byte(data, last)) & SEPARATED_DIGIT and last - high < 24:
        last += 1
    count = 0
    for p in range(first, last):
        if byte(classes, byte(data, p)) & DIGIT:
            count += 1
        elif not byte(classes, byte(data, p)) & SEPARATED_DIGIT:
            if count >= 13:
                return True
            count = 0
    return count >= 13


@inline
def _keyword(data: U8, start: Int, p: Int) -> Flag:
    """Whether the word before byte(data, p) (`=` or `:`) ends like the name of a secret."""
    q = p - 1
    while (
        q >= start
        and p - q <= 4
        and (byte(data, q) == 32 or byte(data, q) == 34 or byte(data, q) == 39 or byte(data, q) == 92)
    ):
        q -= 1
    if q - 2 < start:
        return False
    a, b, c = byte(data, q - 2) | 32, byte(data, q - 1) | 32, byte(data, q) | 32
    if c == 100:  # password, passwd, pwd
        return (a == 111 and b == 114) or (a == 115 and b == 119) or (a == 112 and b == 119)
    if c == 116:  # secret
        return a == 114 and b == 101
    if c == 110:  # token, authorization
        return (a == 107 and b == 101) or (a == 105 and b == 111)
    if c == 121:  # key
        return a == 107 and b == 101
    if c == 101:  # passphrase, cookie
        return (a == 97 and b == 115) or (a == 107 and b == 105)
    return (c == 115 and a == 97 and b == 108) or (c == 108 and a == 105 and b == 97)  # credential(s)


@inline
def _private_key(data: U8, start: Int, stop: Int) -> Flag:
    """Whether "KEY-----" stands in data[start:stop]."""
    for p in range(start, stop - 7):
        if byte(data, p) == 75 and load64(data, p) == np.uint64(0x2D2D2D2D2D59454B):
            return True
    return False


@inline
def _value_hints(start: Int, stop: Int, data: U8, flags: U8, prefixes: U64, pairs: U8, classes: U8) -> Int:
    """Hints of the string data[start:stop], looking at its flagged words only."""
    found = np.int64(0)
    run_end = start
    for w in range(start >> 3, ((stop - 1) >> 3) + 1):
        flag = byte(flags, w)
        if flag == 0:
            continue
        low, high = max(start, w * 8), min(stop, w * 8 + 8)
        if flag & 1:
            for p in range(low, high):
                if byte(data, p) == 64:
                    found |= HINT_EMAIL
        if flag & 2 and not found & HINT_KEYWORD:
            for p in range(low, high):
                c = byte(data, p)
                if (c == 61 or c == 58) and _keyword(data, start, p):
                    found |= HINT_KEYWORD
        if flag & 4 and not found & HINT_CARD and _digit_run(data, start, stop, low, high, classes):
            found |= HINT_CARD
        if flag & 8 and low >= run_end and stop - start >= TOKEN_BYTES_MIN:
            first = low
            while first > start and byte(classes, byte(data, first - 1)) & TOKEN_BYTE:
                first -= 1
            last = high
            while last < stop and byte(classes, byte(data, last)) & TOKEN_BYTE:
                last += 1
            run_end = last
            if last - first >= TOKEN_BYTES_MIN:
                found |= _run_hints(data, start, first, last, prefixes, pairs, classes)
                if last - first >= 40 and not found & HINT_PRIVATE_KEY and _private_key(data, start, stop):
                    found |= HINT_PRIVATE_KEY
    return found


@kernel
def hints(
    offsets: I64, kind_of: U8, data: U8, flags: U8, prefixes: U64, pairs: U8, classes: U8, clean: U64, seed: Int
) -> U8:
    """HINT_* of every string; 0 for most. Numbers and booleans are never looked at.

    clean: words for short strings that were found harmless before (a power of two); model names and ids come again and again.
    """
    n = offsets.size - 1
    out = np.zeros(n, np.uint8)
    i = np.int64(-1)
    w = np.int64(0)
    mask = np.uint64(clean.size - 1)
    words = np.int64(flags.size)
    while w < words:
        if w + 8 <= words and load64(flags, w) == np.uint64(0):
            w += 8
            continue
        if byte(flags, w) == 0:
            w += 1
            continue
        # all strings that begin in this word or reach into it, and were not looked at yet
        while i + 1 < n and item(offsets, i + 2) <= w * 8:
            i += 1
        while i + 1 < n and item(offsets, i + 1) < w * 8 + 8:
            i += 1
            start, stop = item(offsets, i), item(offsets, i + 1)
            t = item(kind_of, i)
            size = stop - start
            if size < 6 or (t != TYPE_STRING and t != TYPE_ARRAY and t != TYPE_KVLIST):
                continue
            if size < 13:  # too short for a card or a token
                flag = byte(flags, start >> 3) | byte(flags, (stop - 1) >> 3)
                if not flag & 3:
                    continue
            if size > SHORT_BYTES:
                out[i] = np.uint8(_value_hints(start, stop, data, flags, prefixes, pairs, classes))
                continue
            h = hash_bytes(data, start, stop, seed, seed)
            if clean[h & mask] != h:
                found = _value_hints(start, stop, data, flags, prefixes, pairs, classes)
                out[i] = np.uint8(found)
                if found == 0:
                    clean[h & mask] = h
        w += 1
    return out


@kernel
def some(marks: U8) -> I64:
    """Positions of bytes that are not zero; they are few."""
    out = np.empty(16, np.int64)
    count = 0
    i = np.int64(0)
    n = np.int64(marks.size)
    while i < n:
        if i + 8 <= n and load64(marks, i) == np.uint64(0):
            i += 8
            continue
        if byte(marks, i) != 0:
            if count == out.size:
                more = np.empty(2 * count, np.int64)
                for c in range(count):
                    more[c] = out[c]
                out = more
            out[count] = i
            count += 1
        i += 1
    return out[:count].copy()


@inline
def _network(digits: U8, count: Int) -> Flag:
    """Whether the leading digits and the length are those of a card network."""
    d1 = digits[0]
    d2 = digits[0] * 10 + digits[1]
    d4 = np.int64(d2) * 100 + digits[2] * 10 + digits[3]
    if d1 == 4:
        return count == 13 or count == 16 or count == 19
    if (d2 >= 51 and d2 <= 55) or (d4 >= 2221 and d4 <= 2720):
        return count == 16
    if d2 == 34 or d2 == 37:
        return count == 15
    if d4 == 6011 or d2 == 65 or (d4 >= 6440 and d4 <= 6499) or d2 == 62:
        return count >= 16 and count <= 19
    if (d4 >= 3000 and d4 <= 3059) or d2 == 36 or d2 == 38 or d2 == 39:
        return count == 14
    if d4 >= 3528 and d4 <= 3589:
        return count >= 16 and count <= 19
    return (d4 == 5018 or d4 == 5020 or d4 == 5038 or d4 == 6304 or d4 == 6759 or d4 == 6761) and count == 16


@inline
def _luhn(digits: U8, count: Int) -> Flag:
    total = np.int64(0)
    for i in range(count):
        d = np.int64(digits[count - 1 - i])
        if i % 2 == 1:
            d *= 2
            if d > 9:
                d -= 9
        total += d
    return total % 10 == 0


@inline
def _groups(shape: Int, count: Int) -> Flag:
    """Whether digits stand in the groups that cards are written in. shape: group lengths as decimal digits, 0: one run."""
    return (
        shape == 0 or shape == 4444 or shape == 44443 or shape == 465 or shape == 464 or (shape == 4333 and count == 13)
    )


@kernel
def find_cards(candidates: I64, offsets: I64, data: U8, classes: U8) -> tuple[I64, I64, U8]:
    """Payment card numbers in the candidate strings: (start, stop, bare) of each. A number counts when it stands alone (no
    letter, digit, or separator with a digit beside it), has a network's prefix and length, usual groups and a right
    check digit. bare: it is a JSON number, so that what replaces it must be quoted."""
    starts = np.empty(16, np.int64)
    stops = np.empty(16, np.int64)
    bares = np.empty(16, np.uint8)
    count = 0
    digits = np.empty(20, np.uint8)
    for c in range(candidates.size):
        start, stop = offsets[candidates[c]], offsets[candidates[c] + 1]
        p = start
        json = stop > start and (byte(data, start) == 91 or byte(data, start) == 123)
        quoted = False
        while p < stop:
            if byte(data, p) < 48 or byte(data, p) > 57:
                if byte(data, p) == 34:
                    quoted = not quoted
                p += 2 if byte(data, p) == 92 else 1
                continue
            first = p
            n = 0
            shape = 0
            run = 0
            separator = np.int64(0)
            while p < stop and n < 21:
                b = byte(data, p)
                if b >= 48 and b <= 57:
                    if n < 20:
                        digits[n] = b - 48
                    n += 1
                    run += 1
                elif (
                    (b == 32 or b == 45)
                    and (separator == 0 or separator == b)
                    and run <= 9
                    and shape < 10_000_000
                    and p + 1 < stop
                    and byte(data, p + 1) >= 48
                    and byte(data, p + 1) <= 57
                ):
                    separator = np.int64(b)
                    shape = shape * 10 + run
                    run = 0
                else:
                    break
                p += 1
            if n > 20:
                while p < stop and byte(data, p) >= 48 and byte(data, p) <= 57:
                    p += 1
                continue
            if n < 13 or n > 19:
                continue
            if separator != 0:
                shape = shape * 10 + min(run, 9)
            before = byte(data, first - 1) if first > start else np.int64(32)
            after = byte(data, p) if p < stop else np.int64(32)
            second = byte(data, p + 1) if p + 1 < stop else np.int64(32)
            escaped = first - 2 >= start and byte(data, first - 2) == 92
            if (
                (byte(classes, before) & ALNUM and not escaped)
                or before == 95
                or before == 46
                or before == 45
                or before == 47
            ):
                continue
            if byte(classes, after) & ALNUM or after == 95 or after == 45 or after == 47:
                continue
            if (after == 46 or after == 58 or after == 44) and second >= 48 and second <= 57:
                continue
            if _groups(shape, n) and _network(digits, n) and _luhn(digits, n):
                if count == starts.size:
                    more = np.empty(2 * count, np.int64)
                    for h in range(count):
                        more[h] = starts[h]
                    starts = more
                    again = np.empty(2 * count, np.int64)
                    for h in range(count):
                        again[h] = stops[h]
                    stops = again
                    flags = np.empty(2 * count, np.uint8)
                    for h in range(count):
                        flags[h] = bares[h]
                    bares = flags
                starts[count] = first
                stops[count] = p
                bares[count] = 1 if json and not quoted else 0
                count += 1
    return starts[:count].copy(), stops[:count].copy(), bares[:count].copy()


@kernel
def splice(offsets: I64, data: U8, starts: I64, stops: I64, bares: U8, text: U8, quoted: U8) -> tuple[I64, U8]:
    """The strings with each data[start:stop] (ascending, apart, inside one string) replaced by `text`, or by `quoted`."""
    grown = data.size
    for h in range(starts.size):
        grown += (quoted.size if bares[h] else text.size) - (stops[h] - starts[h])
    out = np.empty(grown, np.uint8)
    moved = np.empty(offsets.size, np.int64)
    h = 0
    shift = np.int64(0)
    done = np.int64(0)
    for i in range(offsets.size):
        while h < starts.size and starts[h] < offsets[i]:
            by = quoted if bares[h] else text
            move(out, done + shift, data, done, starts[h] - done)
            move(out, starts[h] + shift, by, np.int64(0), np.int64(by.size))
            shift += by.size - (stops[h] - starts[h])
            done = stops[h]
            h += 1
        moved[i] = offsets[i] + shift
    move(out, done + shift, data, done, np.int64(data.size) - done)
    return moved, out


@kernel
def replace_rows(offsets: I64, data: U8, rows: I64, other_offsets: I64, other_data: U8) -> tuple[I64, U8]:
    """The strings with string rows[k] (ascending) replaced by string k of the other."""
    n = offsets.size - 1
    total = np.int64(data.size)
    for k in range(rows.size):
        total += other_offsets[k + 1] - other_offsets[k] - (offsets[rows[k] + 1] - offsets[rows[k]])
    out = np.empty(total, np.uint8)
    moved = np.empty(n + 1, np.int64)
    at = np.int64(0)
    done = np.int64(0)
    for k in range(rows.size + 1):
        row = rows[k] if k < rows.size else np.int64(n)
        shift = at - offsets[done]
        move(out, at, data, offsets[done], offsets[row] - offsets[done])
        for i in range(done, row):
            moved[i] = offsets[i] + shift
        at += offsets[row] - offsets[done]
        if k < rows.size:
            moved[row] = at
            m = other_offsets[k + 1] - other_offsets[k]
            move(out, at, other_data, other_offsets[k], m)
            at += m
            done = row + 1
    moved[n] = at
    return moved, out
