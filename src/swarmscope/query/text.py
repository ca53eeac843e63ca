"""Full text: words in columns with a text index, and the messages that hold a phrase."""

from __future__ import annotations

import re

from swarmscope.query.reader import Reader

MESSAGES_MAX = 1000
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


def some(reads: Reader, phrase: str) -> list[tuple[str, int]]:
    """Session and hash of messages that hold the phrase, in no order: all of them, or MESSAGES_MAX + 1 of more.

    The search ends with the last of these, so that a common word costs no more than a rare one.
    """
    return _messages(reads, phrase, f"LIMIT {MESSAGES_MAX + 1}")


def messages(reads: Reader, phrase: str) -> list[tuple[str, int]]:
    """Session and hash of the messages that hold the phrase; of more than MESSAGES_MAX the newest."""
    return _messages(reads, phrase, f"ORDER BY time DESC LIMIT {MESSAGES_MAX}")


def _messages(reads: Reader, phrase: str, most: str) -> list[tuple[str, int]]:
    params = Params()
    condition = contains(params, "text", phrase)
    rows = reads.query(f"SELECT session, hash FROM $messages WHERE {condition} {most}", params.values)
    return list(zip(rows["session"].to_pylist(), rows["hash"].to_pylist(), strict=True))
