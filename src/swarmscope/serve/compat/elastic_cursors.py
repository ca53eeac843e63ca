"""Scrolls and points in time of Elasticsearch's API: reading on where a page ended, blind to what has come since.

Nothing is kept here: the id says what is read, up to which arrival, where the last page ended and until when it holds. Whoever
changes one asks another question of the same tenant, which comes from the credential.
Source: Elasticsearch reference 8, "Scroll API", "Point in time API", "Paginate search results".
"""

from __future__ import annotations

import base64
import binascii
import time
from typing import Any

import msgspec

from swarmscope.errors import NotFoundError, QueryError
from swarmscope.query.elastic import sorts
from swarmscope.query.times import HOUR_NS, parse_duration

KEEP_ALIVE_MAX_NS = 24 * HOUR_NS
ID_BYTES_MAX = 256 << 10
ANY_ORDER = ("_doc", "_shard_doc")
"""What a search sorts by that leaves the order open: it gets a stable one."""


class ContextMissingError(NotFoundError):
    """A scroll or point in time that does not hold any more, or never did."""


class Cursor(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """What an id says. seen_ns: records that arrived later are not read; until_ns: when it ends; body: of a scroll; after: the
    sort values of its last record."""

    index: str
    seen_ns: int
    until_ns: int
    body: dict[str, Any] | None = None
    after: list[Any] | None = None

    @property
    def id(self) -> str:
        """The cursor as a text."""
        return base64.urlsafe_b64encode(msgspec.msgpack.encode(self)).decode().rstrip("=")

    def until(self, keep_alive: str) -> Cursor:
        """The same for as long as is wished from now on; as it is where nothing is."""
        return msgspec.structs.replace(self, until_ns=time.time_ns() + _keep(keep_alive)) if keep_alive else self


def opened(index: str, keep_alive: str, body: dict[str, Any] | None = None) -> Cursor:
    """A cursor that begins now. QueryError: no such time."""
    now = time.time_ns()
    return Cursor(index, now, now + _keep(keep_alive), body)


def found(text: object) -> Cursor:
    """The cursor of an id. ContextMissingError, QueryError."""
    if not isinstance(text, str) or not text or len(text) > ID_BYTES_MAX:
        raise QueryError("the id of a scroll or point in time is a text that a search gave")
    try:
        cursor = msgspec.msgpack.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=Cursor)
    except (binascii.Error, ValueError, RecursionError, msgspec.MsgspecError) as e:
        raise ContextMissingError(f"No search context found for id [{text[:100]}]") from e
    if not 0 <= cursor.seen_ns < 1 << 63:
        raise ContextMissingError(f"No search context found for id [{text[:100]}]")
    if cursor.until_ns < time.time_ns():
        raise ContextMissingError(f"No search context found for id [{text[:100]}]: it was kept alive until a while ago")
    return cursor


def sorted_apart(body: dict[str, Any]) -> dict[str, Any]:
    """A search whose records are all told apart by their sort values. QueryError: it wants what a cursor cannot do."""
    if "slice" in body:
        raise QueryError("[slice] is not supported; read with one scroll or point in time")
    if body.get("from"):
        raise QueryError("using [from] is not allowed in a scroll or point in time")
    clauses: list[Any] = [{"@timestamp": "asc"}]
    if body.get("sort") and sorts(body)[0][0] not in ANY_ORDER:
        clauses = body["sort"] if isinstance(body["sort"], list) else [body["sort"]]
    return body | {"sort": [*clauses, {"_shard_doc": "asc"}]}


def _keep(text: str) -> int:
    length = parse_duration(text, "keep_alive")
    if not 0 < length <= KEEP_ALIVE_MAX_NS:
        raise QueryError(f"Keep alive for request ({text}) must be above 0 and at most 24h")
    return length
