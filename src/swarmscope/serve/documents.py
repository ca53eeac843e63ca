"""Settings that people change as a whole: each has a tag, and who changes one may say which they saw (RFC 9110, 13.1)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Header

from swarmscope.catalog.catalog import Catalog
from swarmscope.errors import ChangedError
from swarmscope.model.access import Principal, Role


@dataclass(frozen=True, slots=True)
class Seen:
    """What the caller says that it knows of the document; where it says nothing, it may change whatever is there."""

    match: str | None = None
    none_match: str | None = None

    def holds(self, stored: str | None, there: bool) -> bool:
        """there: whether the document exists where nothing is stored, as with what is configured."""
        exists = there or stored is not None
        return (self.match is None or _names(self.match, stored, exists)) and not (
            self.none_match is not None and _names(self.none_match, stored, exists)
        )


async def seen(
    if_match: Annotated[
        str | None,
        Header(description="`ETag` of what was read: refused with 412 where it was changed since", max_length=1024),
    ] = None,
    if_none_match: Annotated[
        str | None, Header(description="`*`: refused with 412 where there is one already", max_length=1024)
    ] = None,
) -> Seen:
    """FastAPI dependency: the preconditions of a call."""
    return Seen(if_match, if_none_match)


AsSeen = Annotated[Seen, Depends(seen)]


def tag(stored: str | None) -> str:
    """The `ETag` of what is stored under the document's name, of nothing too."""
    return f'"{hashlib.sha256((stored or "").encode()).hexdigest()[:16]}"'


def change(
    catalog: Catalog,
    by: Principal,
    name: str,
    make: Callable[[str | None], str | None],
    as_seen: Seen,
    *,
    what: str,
    there: bool = False,
) -> None:
    """Store under `name` what `make` makes of what is stored there, as `Catalog.change_setting`.

    what: the document in a message. there: see `Seen.holds`. ChangedError: it is not the one that the caller saw.
    """

    def checked(stored: str | None) -> str | None:
        if not as_seen.holds(stored, there):
            raise ChangedError(_told(catalog, by.tenant, name, what))
        return make(stored)

    catalog.change_setting(by, name, checked)


def _told(catalog: Catalog, tenant: str, name: str, what: str) -> str:
    last = catalog.last_change(tenant, name)
    if last is None:
        return f"{what} is not what was seen; read it anew, then change it"
    who = Principal(tenant, Role.VIEWER, str(last["key_id"]), str(last["user"])).label
    moment = datetime.fromtimestamp(float(str(last["at_s"])), UTC).isoformat(" ", "seconds").removesuffix("+00:00")
    return f"{who} changed {what} meanwhile, at {moment} UTC; read it anew, then change it"


def _names(tags: str, stored: str | None, exists: bool) -> bool:
    listed = {one.strip() for one in tags.split(",")}
    return exists and ("*" in listed or tag(stored) in listed)
