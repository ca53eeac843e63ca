"""What goes wrong in a query, under the names that Prometheus' HTTP API gives it."""

from __future__ import annotations

from typing import Literal

from swarmscope.errors import QueryError

Kind = Literal["bad_data", "execution", "timeout", "canceled"]


class PromqlError(QueryError):
    """A query that cannot be read, or fails. Its text is the one that Prometheus would give.

    kind: `errorType` of the HTTP API. position: offset in characters, -1 where no place is to blame.
    """

    def __init__(self, message: str, kind: Kind = "execution", position: int = -1) -> None:
        super().__init__(message)
        self.kind: Kind = kind
        self.position = position


class ParseError(PromqlError):
    """Text that is no PromQL."""

    def __init__(self, query: str, message: str, start: int) -> None:
        super().__init__(f"{place(query, start)}: parse error: {message}", "bad_data", start)
        self.reason = message


def place(query: str, offset: int) -> str:
    """An offset in characters as `line:column`, both from 1."""
    before = query[: max(0, offset)]
    return f"{before.count(chr(10)) + 1}:{len(before) - (before.rfind(chr(10)) + 1) + 1}"
