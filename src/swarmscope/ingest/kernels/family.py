"""What spans know by their place in the trace: words for a span and the one above it, and the session of the spans around."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from swarmscope.ingest.columns import I32, I64, U8, U64
from swarmscope.ingest.kernels.jit import Int, inline, kernel, load64, move
from swarmscope.ingest.kernels.text import hash_bytes, mix

NOTHING, OWN, TOLD, SEVERAL = range(4)
"""What is known of a span's session: nothing; it says itself; spans around it say one; they say several."""
TEXT_MAX = 64  # bytes of a session that is remembered
PASSES = 8


@kernel
def words(
    trace_id: NDArray[np.uint8],
    span_id: NDArray[np.uint8],
    parent_span_id: NDArray[np.uint8],
    tenant: I32,
    seeds: NDArray[np.uint64],
) -> tuple[U64, U64]:
    """A word for each span, and for the span above it, 0 for none. tenant: by span."""
    n = tenant.size
    own, above = np.empty(n, np.uint64), np.zeros(n, np.uint64)
    traces, spans, parents = trace_id.reshape(trace_id.size), span_id.reshape(span_id.size), parent_span_id.reshape(-1)
    for i in range(n):
        trace = hash_bytes(traces, i * 16, i * 16 + 16, seeds[tenant[i], 0], seeds[tenant[i], 1])
        own[i] = mix(trace, load64(spans, i * 8))
        parent = load64(parents, i * 8)
        if parent != 0:
            above[i] = mix(trace, parent)
    return own, above


@inline
def place(word: Int, known: U64, slots: I32) -> Int:
    """The slot of a word among those that `known` lists by what the slots say, or the empty one where it belongs."""
    mask = np.uint64(slots.size - 1)
    p = word & mask
    while slots[p] >= 0 and known[slots[p]] != word:
        p = (p + np.uint64(1)) & mask
    return p


class Nodes(NamedTuple):
    """Spans of a batch and those above them, each once."""

    word: U64
    kind: U8  # NOTHING, OWN, TOLD or SEVERAL
    told: U64  # hash of the session
    ref: I64  # the row of its text; those of remembered ones lie behind all others


class Marks(NamedTuple):
    """What earlier batches said, a slot by a span's word; a later one may take the slot. texts: TEXT_MAX bytes a slot."""

    word: U64
    kind: U8
    told: U64
    length: U8
    texts: U8


class Values(NamedTuple):
    """Texts by row: r ≥ 0, or -2 - r for row r of the others."""

    offsets: I64
    data: U8
    other_offsets: I64
    other_data: U8


@kernel
def nodes(own: U64, above: U64, slots: I32, out: Nodes, of: I32, up: I32) -> Int:
    """Fill `out` and return their number. slots: a power of two, all -1. of, up: the node of each span and of that above it,
    which stays as it is where there is none."""
    count = 0
    for i in range(own.size):
        for turn in range(2):
            word = own[i] if turn == 0 else above[i]
            if turn == 1 and word == 0:
                continue
            p = place(word, out.word, slots)
            if slots[p] < 0:
                slots[p] = np.int32(count)
                out.word[count] = word
                count += 1
            if turn == 0:
                of[i] = slots[p]
            else:
                up[i] = slots[p]
    return count


@kernel
def say(session: I32, of: I32, up: I32, known: Nodes, values: Values, seed: Int) -> Int:
    """Note what spans say of themselves, and tell those above. Returned is how many say nothing: their `session` is -1 then."""
    lacking = 0
    for i in range(session.size):
        row = np.int64(session[i])
        empty = True
        h = np.uint64(0)
        if row >= 0:
            empty = values.offsets[row] == values.offsets[row + 1]
            h = hash_bytes(values.data, values.offsets[row], values.offsets[row + 1], seed, seed)
        elif row < -1:
            start, stop = values.other_offsets[-2 - row], values.other_offsets[-1 - row]
            empty = start == stop
            h = hash_bytes(values.other_data, start, stop, seed, seed)
        if empty:
            session[i] = -1
            lacking += 1
        else:
            k = of[i]
            known.kind[k], known.told[k], known.ref[k] = OWN, h, row
    for i in range(session.size):
        if up[i] >= 0 and known.kind[of[i]] == OWN:
            _tell(known, np.int64(of[i]), np.int64(up[i]))
    return lacking


@inline
def _tell(known: Nodes, k: Int, up: Int) -> None:
    """The node above learns what this one knows."""
    if known.kind[up] == NOTHING:
        known.kind[up], known.told[up], known.ref[up] = TOLD, known.told[k], known.ref[k]
    elif known.kind[up] == TOLD and known.told[up] != known.told[k]:
        known.kind[up] = SEVERAL


@kernel
def recall(session: I32, of: I32, up: I32, known: Nodes, marks: Marks, behind: Int, lengths: U8, texts: U8) -> Int:
    """What earlier batches said of the spans that say nothing, and of those above them. lengths, texts: of the remembered
    sessions that are needed, filled in, TEXT_MAX bytes each; their row is `behind` less their place. Returns their number."""
    mask = np.uint64(marks.word.size - 1)
    used = 0
    for i in range(session.size):
        if session[i] != -1:
            continue
        for turn in range(2):
            k = np.int64(of[i]) if turn == 0 else np.int64(up[i])
            if k < 0 or known.kind[k] == OWN or known.kind[k] == SEVERAL or known.ref[k] <= behind:
                continue
            slot = known.word[k] & mask
            if marks.word[slot] != known.word[k]:
                continue
            if known.kind[k] == TOLD and marks.kind[slot] != OWN:
                if marks.kind[slot] == SEVERAL or marks.told[slot] != known.told[k]:
                    known.kind[k] = SEVERAL
                continue
            known.kind[k], known.told[k] = marks.kind[slot], marks.told[slot]
            if marks.kind[slot] != SEVERAL:
                lengths[used] = marks.length[slot]
                move(texts, used * TEXT_MAX, marks.texts, np.int64(slot) * TEXT_MAX, TEXT_MAX)
                known.ref[k] = behind - used
                used += 1
    return used


@kernel
def spread(session: I32, of: I32, up: I32, known: Nodes) -> None:
    """Spans that say nothing take what is known of them, else what is known of the one above, and tell it on."""
    for turn in range(PASSES):
        changed = False
        for j in range(session.size):
            i = j if turn % 2 == 0 else session.size - 1 - j
            if session[i] != -1:
                continue
            k, above = np.int64(of[i]), np.int64(up[i])
            if known.kind[k] == NOTHING or known.kind[k] == SEVERAL:
                if above < 0 or known.kind[above] == NOTHING or known.kind[above] == SEVERAL:
                    continue
                if known.kind[k] == SEVERAL and known.kind[above] != OWN:
                    continue
                known.kind[k], known.told[k], known.ref[k] = TOLD, known.told[above], known.ref[above]
            elif above >= 0:
                _tell(known, k, above)
            session[i] = np.int32(known.ref[k])
            changed = True
        if not changed:
            break


@kernel
def keep(known: Nodes, count: Int, values: Values, behind: Int, lengths: U8, texts: U8, marks: Marks) -> None:
    """Remember what is known of the first `count` nodes. behind, lengths, texts: as in `recall`."""
    mask = np.uint64(marks.word.size - 1)
    for k in range(count):
        if known.kind[k] == NOTHING:
            continue
        row = known.ref[k]
        slot = np.int64(known.word[k] & mask)
        length = np.int64(0)
        if known.kind[k] != SEVERAL:
            if row >= 0:
                length = values.offsets[row + 1] - values.offsets[row]
            elif row > behind:
                length = values.other_offsets[-1 - row] - values.other_offsets[-2 - row]
            else:
                length = np.int64(lengths[behind - row])
        there = marks.word[slot] == known.word[k]
        if length > TEXT_MAX:
            if there:
                marks.word[slot] = np.uint64(0)
            continue
        if there and known.kind[k] != OWN:
            if marks.kind[slot] == TOLD and (known.kind[k] == SEVERAL or marks.told[slot] != known.told[k]):
                marks.kind[slot] = SEVERAL
            continue
        marks.word[slot], marks.kind[slot] = known.word[k], known.kind[k]
        marks.told[slot], marks.length[slot] = known.told[k], length
        if length > 0:
            if row >= 0:
                move(marks.texts, slot * TEXT_MAX, values.data, values.offsets[row], length)
            elif row > behind:
                move(marks.texts, slot * TEXT_MAX, values.other_data, values.other_offsets[-2 - row], length)
            else:
                move(marks.texts, slot * TEXT_MAX, texts, (behind - row) * TEXT_MAX, length)
