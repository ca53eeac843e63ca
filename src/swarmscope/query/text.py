"""Full text: words in columns with a text index, and the messages that hold a phrase."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from swarmscope.query.reader import Reader
from swarmscope.query.remembered import Remembered

MESSAGES_MAX = 1000
COMMON_S = 600.0
PHRASES_MAX = 1000
_WORDS = re.compile(r"[0-9A-Za-z\u0080-\U0010ffff]+")


class Params:
    """Values bound to the parameters of one query."""

    def __init__(self, prefix: str = "f") -> None:
        self.values: dict[str, object] = {}
        self._prefix = prefix

    def bind(self, value: object, kind: str) -> str:
        """The placeholder of a new parameter of a ClickHouse type."""
        name = f"{self._prefix}{len(self.values)}"
        self.values[name] = value
        return f"{{{name}:{kind}}}"


class Heard:
    """Which messages hold some phrases, of the sessions that one request has asked so far."""

    def __init__(self, phrases: Sequence[str]) -> None:
        self.places: set[str] = set()
        self.hashes: dict[str, NDArray[np.uint64]] = {phrase: np.zeros(0, np.uint64) for phrase in phrases}

    def add(self, places: Sequence[str], hashes: Mapping[str, NDArray[np.uint64]]) -> None:
        """What further sessions (or traces without one) said."""
        self.places.update(places)
        for phrase, more in hashes.items():
            self.hashes[phrase] = np.concatenate((self.hashes[phrase], more))


class _Common(Remembered[str, bool]):
    """Phrases of which there are more than MESSAGES_MAX messages."""

    def __init__(self) -> None:
        super().__init__(PHRASES_MAX, COMMON_S)


def words_of(phrase: str) -> list[str]:
    """The words of a phrase as the text index cuts them: at everything in ASCII that is no letter or digit."""
    return _WORDS.findall(phrase)


def contains(params: Params, column: str, phrase: str) -> str:
    """A condition: the column holds the phrase, whatever the case; its first and last word as whole words.

    The words narrow the search by the column's text index, then the phrase is looked for in what is left. A word alone is
    found by the index.
    """
    words = words_of(phrase)
    if words == [phrase]:  # the index alone answers, no text is read
        return f"hasAllTokens({column}, {params.bind(phrase, 'String')})"
    exact = f"positionCaseInsensitiveUTF8({column}, {params.bind(phrase, 'String')}) > 0"
    if not words:
        return exact
    return f"(hasAllTokens({column}, {params.bind(' '.join(words), 'String')}) AND {exact})"


def some(reads: Reader, phrase: str) -> list[tuple[str, int]] | None:
    """Session and hash of the messages that hold the phrase, in no order; None: of more than MESSAGES_MAX.

    The search ends with the last of these, so that a common word costs no more than a rare one, and one that was common
    minutes ago is taken for one.
    """
    common = reads.kept(_Common)
    if common.get(phrase):
        return None
    found = _messages(reads, phrase, f"LIMIT {MESSAGES_MAX + 1}")
    if len(found) <= MESSAGES_MAX:
        return found
    common.put(phrase, True)
    return None


def messages(reads: Reader, phrase: str) -> list[tuple[str, int]]:
    """Session and hash of the messages that hold the phrase; of more than MESSAGES_MAX the newest."""
    return _messages(reads, phrase, f"ORDER BY time DESC LIMIT {MESSAGES_MAX}")


def _messages(reads: Reader, phrase: str, most: str) -> list[tuple[str, int]]:
    params = Params()
    condition = contains(params, "text", phrase)
    rows = reads.query(f"SELECT session, hash FROM $messages WHERE {condition} {most}", params.values)
    return list(zip(rows["session"].to_pylist(), rows["hash"].to_pylist(), strict=True))
