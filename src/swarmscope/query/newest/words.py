"""Which spans hold words, asked of memory first: the store is asked for messages only that came before it."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from swarmscope.query import phrases
from swarmscope.query.conditions import Condition
from swarmscope.query.newest.memory import U64, View
from swarmscope.query.phrases import Mask
from swarmscope.query.reader import Reader
from swarmscope.query.remembered import Remembered
from swarmscope.query.text import Heard, words_of

LOOKED_AT_MAX = 32_768  # spans: words of fewer matches are found by the store's index sooner
SIZE_MIN = 64
GROWTH = 4  # of the pieces that are looked at
SEARCHES_MAX = 1000
SHARE_S = 600.0
PHRASES_MAX = 16
VERDICTS_MAX = 200_000  # of a phrase
_NAME = np.uint64(2**64 - 2)
COLUMNS = ("trace_id", "name", "status_message", "agent", "session", "message_hash", "values")
_IN_WORDS = np.array([c >= 128 or chr(c).isalnum() for c in range(256)])


class Shares(Remembered[tuple[str, str], tuple[int, int]]):
    """Of searches lately made, by what was looked for and its words: at how many spans they looked, and what these named."""

    def __init__(self) -> None:
        super().__init__(SEARCHES_MAX, SHARE_S)


class Verdicts:
    """Of phrases lately looked for, which messages hold them: what was once read need not be read again, by whomever.

    A message is named by its hash, which says nothing of where it was said and all of what. The last bit of a hash tells the
    verdict.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: OrderedDict[str, U64] = OrderedDict()

    def of(self, phrase: str, hashes: U64) -> tuple[Mask, Mask]:
        """Of which messages it is known, and which hold the phrase."""
        told = self._of.get(phrase)
        if told is None or not len(told):
            return np.zeros(len(hashes), np.bool_), np.zeros(len(hashes), np.bool_)
        names = hashes & _NAME
        found = told[np.minimum(np.searchsorted(told, names), len(told) - 1)]
        known: Mask = (found & _NAME) == names
        return known, known & ((found & ~_NAME) != 0)

    def add(self, phrase: str, hashes: U64, held: Mask) -> None:
        """Know these from now on; the phrase that was looked for longest ago makes room."""
        with self._lock:
            told = self._of.pop(phrase, np.empty(0, np.uint64))
            told = told if len(told) + len(hashes) <= VERDICTS_MAX else told[:0]
            fresh = np.unique((hashes & _NAME) | held.astype(np.uint64))
            places = np.searchsorted(told, fresh)
            known = told[np.minimum(places, len(told) - 1)] == fresh if len(told) else np.zeros(len(fresh), np.bool_)
            self._of[phrase] = np.insert(told, places[~known], fresh[~known])
            while len(self._of) > PHRASES_MAX:
                self._of.popitem(last=False)


class Look:
    """How many spans a search looks at, piece by piece, until they name enough. size: of the next piece, 0: give up.

    there: as many spans there are to look at. wanted: names. first: spans in the first piece, where nothing is known.
    """

    def __init__(self, reads: Reader, noun: str, condition: Condition, there: int, wanted: int, first: int) -> None:
        self._shares = reads.kept(Shares)
        self._search = noun, condition.text
        self._words = bool(condition.phrases)
        self._there, self._wanted, self._looked_at = there, wanted, 0
        share = self._shares.get(self._search) if self._words else None
        self.size = first if share is None else self._next(_further(*share, wanted))

    def seen(self, spans: int, named: int) -> None:
        """So many spans were looked at, and this is named by all so far."""
        self._looked_at += spans
        if not self._words:
            self.size *= GROWTH
            return
        self._shares.put(self._search, (self._looked_at, named))
        more = _further(self._looked_at, named, self._wanted - named)
        self.size = self._next(min(GROWTH * self.size, more) if more <= LOOKED_AT_MAX - self._looked_at else more)

    def _next(self, size: int) -> int:
        left = LOOKED_AT_MAX - self._looked_at
        return max(SIZE_MIN, size) if min(size, self._there - self._looked_at) <= left else 0


def _further(looked_at: int, named: int, missing: int) -> int:
    """How many spans probably name what is missing."""
    return (missing + 2 * math.isqrt(max(0, missing)) + 2) * looked_at // max(1, named)


def answerable(condition: Condition) -> bool:
    """Whether memory can tell which spans match: anything, or words whose letters have a case in ASCII only."""
    return condition.only_phrases and all(term.phrase.isascii() for term in condition.phrases)


def hold(reads: Reader, view: View, condition: Condition, found: pa.Table) -> Mask:
    """Which of some spans, as COLUMNS, match an `answerable` condition."""
    mask = np.ones(len(found), np.bool_)
    if not len(found) or not condition.phrases:
        return mask
    verdicts = reads.kept(Verdicts)
    lists = found["message_hash"].combine_chunks()
    hashes, where = np.unique(lists.flatten().to_numpy(zero_copy_only=False), return_inverse=True)
    brought = np.repeat(np.arange(len(found)), lists.value_lengths().to_numpy(zero_copy_only=False))
    for term in condition.phrases:
        known, said = verdicts.of(term.phrase, hashes)
        said[~known], known[~known] = _said(view, verdicts, term.phrase, hashes[~known])
        one = _shown(found, term.phrase)
        one[brought[said[where]]] = True
        unsure = np.zeros(len(found), np.bool_)
        unsure[brought[~known[where]]] = True
        unsure &= ~one & mask
        if unsure.any():
            asked = np.unique(hashes[where[unsure[brought]]])
            told = _told(reads, condition, term.phrase, found.filter(pa.array(unsure)))
            one[unsure] = told.rows
            verdicts.add(term.phrase, asked, np.isin(asked, told.hashes))
        mask &= one
    return mask


def _said(view: View, verdicts: Verdicts, phrase: str, hashes: U64) -> tuple[Mask, Mask]:
    """Which of some messages hold a phrase, and of which that is known, by their texts in memory."""
    there, texts = view.texts(hashes)
    said = np.zeros(len(hashes), np.bool_)
    if there.any():
        said[there] = contains(pc.ascii_lower(texts).combine_chunks(), phrase)
        verdicts.add(phrase, hashes[there], said[there])
    return said, there


def contains(lower: pa.Array, phrase: str) -> Mask:
    """Which texts, in small letters, hold a phrase as `query.text.contains` means it."""
    out = np.ones(len(lower), np.bool_)
    words = words_of(phrase)
    if not len(lower):
        return out
    if words != [phrase]:
        out &= pc.match_substring(lower, phrase.lower()).to_numpy(zero_copy_only=False)
    offsets = np.frombuffer(lower.buffers()[1], np.int32)[lower.offset : lower.offset + len(lower) + 1]
    data = lower.buffers()[2]
    letters = np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(1, np.uint8)
    text = data.to_pybytes() if data is not None else b""
    for word in dict.fromkeys(w.lower() for w in words):
        out &= _whole(text, letters, offsets, word.encode())
    return out


def _whole(text: bytes, letters: NDArray[np.uint8], offsets: NDArray[np.int32], word: bytes) -> Mask:
    """Which stretches of a text hold a word, with none of its letters or digits cut off."""
    found: list[int] = []
    at, end = text.find(word, offsets[0], offsets[-1]), int(offsets[-1])
    while at >= 0:
        found.append(at)
        at = text.find(word, at + 1, end)
    out = np.zeros(len(offsets) - 1, np.bool_)
    if not found:
        return out
    starts = np.array(found)
    ends = starts + len(word)
    owners = np.searchsorted(offsets, starts, side="right") - 1
    begins = (starts == offsets[owners]) | ~_IN_WORDS[letters[np.maximum(starts - 1, 0)]]
    stops = (ends == offsets[owners + 1]) | ~_IN_WORDS[letters[np.minimum(ends, len(letters) - 1)]]
    out[owners[begins & stops & (ends <= offsets[owners + 1])]] = True
    return out


def _shown(found: pa.Table, phrase: str) -> Mask:
    """Which spans hold a phrase in their name or error, are of the agent or session so called, or have it as a value."""
    out = np.zeros(len(found), np.bool_)
    for column in ("name", "status_message"):
        lower = pc.ascii_lower(found[column].cast(pa.string()))
        out |= pc.match_substring(lower, phrase.lower()).to_numpy()
    for column in ("agent", "session"):
        out |= pc.equal(found[column], phrase).to_numpy()
    lists = found["values"].combine_chunks()
    equal = pc.equal(lists.flatten(), phrase).to_numpy(zero_copy_only=False)
    if equal.any():
        owners = np.repeat(np.arange(len(found)), lists.value_lengths().to_numpy(zero_copy_only=False))
        out[owners[equal]] = True
    return out


class _Told(NamedTuple):
    rows: Mask
    hashes: U64


def _told(reads: Reader, condition: Condition, phrase: str, found: pa.Table) -> _Told:
    """Which spans have a message that holds a phrase, by the store, and all such messages of their sessions."""
    heard = condition.heard.setdefault((phrase,), Heard([phrase]))
    sessions, traces = found["session"].to_pylist(), found["trace_id"].to_pylist()
    places = sorted({session or trace.hex() for session, trace in zip(sessions, traces, strict=True)})
    rows = phrases.said(reads, heard, [phrase], places, found)[0]
    return _Told(rows, heard.hashes[phrase])
