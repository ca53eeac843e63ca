"""Full text: words in columns with a text index, and the messages that hold a phrase."""

from __future__ import annotations

import re
import time

from swarmscope.query.reader import Reader
from swarmscope.query.search import between
from swarmscope.query.times import DAY_NS, SECOND_NS, Window

MESSAGES_MAX = 1000
AHEAD_NS = 365 * DAY_NS  # clocks of senders may run ahead
RECENT_NS = (20 * SECOND_NS, 100 * SECOND_NS, 420 * SECOND_NS)
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

    The words narrow the search by the column's text index, then the phrase is looked for in what is left.
    """
    exact = f"positionCaseInsensitiveUTF8({column}, {params.bind(phrase, 'String')}) > 0"
    words = words_of(phrase)
    if not words:
        return exact
    return f"(hasAllTokens({column}, {params.bind(' '.join(words), 'String')}) AND {exact})"


def messages(reads: Reader, phrase: str) -> list[tuple[str, int]]:
    """Session and hash of the newest messages that hold the phrase, at most MESSAGES_MAX.

    The newest seconds and minutes are asked first: a common word fills the list from them, without reading every text.
    """
    params = Params()
    condition = contains(params, "text", phrase)
    until = time.time_ns() + AHEAD_NS
    found: dict[tuple[str, int], None] = {}
    for since in (*(until - AHEAD_NS - back for back in RECENT_NS), 0):
        rows = reads.query(
            f"SELECT session, hash FROM $messages WHERE {between('time', Window(since, until))} AND {condition} "
            f"ORDER BY time DESC LIMIT 1 BY session, hash LIMIT {MESSAGES_MAX}",
            params.values,
        )
        found |= dict.fromkeys(zip(rows["session"].to_pylist(), rows["hash"].to_pylist(), strict=True))
        if len(found) >= MESSAGES_MAX:
            break
        until = since
    return list(found)[:MESSAGES_MAX]
