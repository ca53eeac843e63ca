"""What every search shares: order, page, cursor, and how it goes through time."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from swarmscope.errors import QueryError
from swarmscope.query.times import HOUR_NS, MINUTE_NS, Window

GROWTH = 8  # of the parts that a search goes through
SORTS = ("time", "duration", "cost", "errors", "tokens")


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of an ordered list: `cursor` is the `next` of the page before, empty for the first."""

    sort: str = "time"
    order: str = "desc"
    limit: int = 50
    cursor: str = ""

    @property
    def descending(self) -> bool:
        """Largest or newest first."""
        return self.order == "desc"

    @property
    def direction(self) -> str:
        """For ORDER BY."""
        return "DESC" if self.descending else "ASC"

    @property
    def beyond(self) -> str:
        """How a key on the next page compares with the last key of this one."""
        return "<" if self.descending else ">"

    def after(self) -> tuple[int, str] | None:
        """The key (a number and an id) of the last item of the page before; None on the first page."""
        if not self.cursor:
            return None
        sort, order, key, name = decode(self.cursor, 4)
        if (sort, order) != (self.sort, self.order):
            raise QueryError(f"this cursor goes on with sort={sort} order={order}; start again without a cursor")
        if not isinstance(key, int) or not isinstance(name, str) or abs(key) >= 2**63:
            raise _foreign(self.cursor)
        return key, name

    def next(self, key: int, name: str) -> str:
        """The cursor behind an item with this key."""
        return encode([self.sort, self.order, key, name])


def encode(parts: list[str | int]) -> str:
    """A cursor."""
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


def decode(cursor: str, parts: int) -> list[str | int]:
    """The parts of a cursor; QueryError: not one of ours."""
    try:
        found = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError) as e:
        raise _foreign(cursor) from e
    if not isinstance(found, list) or len(found) != parts or not all(isinstance(p, str | int) for p in found):
        raise _foreign(cursor)
    return found


def _foreign(cursor: str) -> QueryError:
    return QueryError(f"cursor {cursor[:64]!r} is none of ours; pass `next` of the page before, unchanged")


def slices(within: Window, descending: bool, first_ns: int = HOUR_NS) -> Iterator[Window]:
    """The window in growing parts, from the end that comes first: most pages are filled by the first part.

    first_ns: length of the first part, whole minutes. Parts are cut at whole minutes, from an hour on at whole hours, as the
    tables are sorted.
    """
    length = first_ns
    low, high = within.start_ns, within.end_ns
    while low < high:
        grain = HOUR_NS if length >= HOUR_NS else MINUTE_NS
        if descending:
            cut = max(low, (high - length) // grain * grain)
            yield Window(cut, high)
            high = cut
        else:
            cut = min(high, -(-(low + length) // grain) * grain)
            yield Window(low, cut)
            low = cut
        length *= GROWTH


def between(column: str, within: Window) -> str:
    """The condition that a DateTime64(9) column lies in the window. Numbers only, so no parameter is needed."""
    return (
        f"{column} >= fromUnixTimestamp64Nano({within.start_ns:d}, 'UTC') "
        f"AND {column} < fromUnixTimestamp64Nano({within.end_ns:d}, 'UTC')"
    )


def each_minute(column: str, within: Window) -> str:
    """As a coarser `between`, minute by minute: with one agent beside it, the rows are found sooner than by the ends alone.
    Only for windows of few minutes: each is named."""
    first_s, end_s = within.start_ns // MINUTE_NS * 60, -(-within.end_ns // MINUTE_NS) * 60
    return f"toStartOfMinute({column}) IN (SELECT toDateTime(arrayJoin(range({first_s:d}, {end_s:d}, 60)), 'UTC'))"
