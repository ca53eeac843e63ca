"""The key of a log line: a hash of its words with what varies masked, and the template that is known for a key.

A word is a run of bytes above the space. It falls into pieces at `=:,;()[]{}"'|<>`; a piece with a digit, or with two slashes,
is masked, and masked pieces that a colon joins are one (address and port). `ingest.templates.mask` is the same as text.
Words behind WORDS_MAX and bytes behind LINE_BYTES_MAX do not count.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from swarmscope.ingest.columns import I32, I64, U8, U64
from swarmscope.ingest.kernels.jit import Flag, Int, byte, fold, inline, item, kernel
from swarmscope.ingest.kernels.text import hash_bytes

WORDS_MAX = 64
LINE_BYTES_MAX = 2048
PROBES_MAX = 16
_K0 = np.uint64(0x9E3779B97F4A7C15)
_K1 = np.uint64(0xD1342543DE82EF95)
_MASKED = np.uint64(0xA0761D6478BD642F)
_SPACE = np.uint64(0xE7037ED1A0B428DB)
_COLON = 58
_CUT, _BLANK, _DIGIT, _SLASH = 1, 2, 4, 8  # bits of what a byte is; none: text


def _kinds() -> U8:
    kinds = np.zeros(256, np.uint8)
    kinds[:33] = _BLANK
    for c in b"=:,;()[]{}\"'|<>":
        kinds[c] = _CUT
    kinds[48:58] = _DIGIT
    kinds[47] = _SLASH
    return kinds


KINDS = _kinds()


@inline
def _mix(h: Int, word: Int) -> Int:
    return fold(h ^ _K0, word ^ _K1) ^ h


@inline
def line_key(data: U8, start: Int, stop: Int, kinds: U8) -> Int:
    """The key of data[start:stop]."""
    h = _K1
    words = np.int64(0)
    in_word = False
    after_mask: Flag = False  # the piece before is masked
    held: Flag = False  # … and a colon stands behind it
    p = np.int64(start)
    end = min(np.int64(stop), np.int64(start) + LINE_BYTES_MAX)
    while p <= end and words < WORDS_MAX:
        begun = p
        seen = np.int64(0)
        slashes = np.int64(0)
        kind = np.int64(_BLANK)
        while p < end:
            kind = np.int64(item(kinds, byte(data, p)))
            if kind & 3:
                break
            seen |= kind
            slashes += kind >> 3
            p += 1
        if p > begun:
            masked = (seen & _DIGIT) != 0 or slashes >= 2
            if held and not masked:
                h = _mix(h, np.uint64(_COLON))
            if not masked:
                h = _mix(h, hash_bytes(data, begun, p, _K0, _K1))
            elif not held:
                h = _mix(h, _MASKED)
            after_mask = masked
            in_word = True
        elif held:
            h = _mix(h, np.uint64(_COLON))
            after_mask = False
        held = False
        if p < end and kind == _CUT:
            c = byte(data, p)
            held = after_mask and c == _COLON
            if not held:
                h = _mix(h, np.uint64(c))
                after_mask = False
            in_word = True
        else:
            if in_word:
                h = _mix(h, _SPACE)
                words += 1
            in_word = False
            after_mask = False
        p += 1
    return h


@kernel
def find(
    rows: I32,
    offsets: I64,
    data: U8,
    tenant: I32,
    seeds: U64,
    kinds: U8,
    table: NDArray[np.uint64],
    ids: NDArray[np.uint64],
    keys: NDArray[np.uint64],
) -> Int:
    """For every row the key of its line in `keys` and the template known for it in `ids`, 0 for none; how many have none.

    rows: string of each row, -1 for a row that has no line. seeds: by tenant. table: n × 2 (n a power of two), key and
    template, probed from the key's place on; a key of 0 is a free place.
    """
    missing = np.int64(0)
    places = np.uint64(table.shape[0] - 1)
    for i in range(rows.size):
        r = np.int64(item(rows, i))
        ids[i] = np.uint64(0)
        keys[i] = np.uint64(0)
        if r < 0 or item(offsets, r) == item(offsets, r + 1):
            continue
        key = _mix(line_key(data, item(offsets, r), item(offsets, r + 1), kinds), item(seeds, item(tenant, i)))
        key |= np.uint64(1)
        keys[i] = key
        at = (key >> np.uint64(20)) & places
        found = np.uint64(0)
        for _ in range(PROBES_MAX):
            here = table[at, 0]
            if here == key:
                found = table[at, 1]
                break
            if here == np.uint64(0):
                break
            at = (at + np.uint64(1)) & places
        ids[i] = found
        if found == np.uint64(0):
            missing += 1
    return missing


@kernel
def learn(table: NDArray[np.uint64], key: Int, template: Int) -> bool:
    """Note the template of a key. False: there is no room near its place."""
    places = np.uint64(table.shape[0] - 1)
    wanted = np.uint64(key)
    at = (wanted >> np.uint64(20)) & places
    for _ in range(PROBES_MAX):
        here = table[at, 0]
        if here == wanted or here == np.uint64(0):
            table[at, 1] = np.uint64(template)  # before the key: others read meanwhile
            table[at, 0] = wanted
            return True
        at = (at + np.uint64(1)) & places
    return False
