"""Resources: what sent a span or a record, with the scope that it was made by."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from swarmscope.errors import NotFoundError
from swarmscope.query.reader import Reader
from swarmscope.query.spans import resource

_NAME = re.compile(r"[0-9a-f]{16}")


def name(resource_id: int) -> str:
    """The id as the API gives it."""
    return f"{resource_id:016x}"


def of(reads: Reader, ids: Collection[int]) -> dict[str, dict[str, Any]]:
    """The attributes of resources by `name`, those of their scopes as `otel.scope.…`; unknown ones are left out."""
    rows = reads.rows(
        "SELECT resource_id, attributes, attribute_types FROM $resources WHERE resource_id IN {ids:Array(UInt64)} "
        "LIMIT 1 BY resource_id",
        {"ids": sorted(ids)},
    )
    return {name(r["resource_id"]): resource(dict(r["attributes"]), r["attribute_types"]) for r in rows}


def one(reads: Reader, wanted: str) -> dict[str, Any]:
    """One resource in the shape of `Resource`. NotFoundError."""
    found = of(reads, {int(wanted, 16)}) if _NAME.fullmatch(wanted) else {}
    if wanted not in found:
        raise NotFoundError(f"resource {wanted} is not here; take the `resource_id` of a span or a log record")
    return {"resource_id": wanted, "attributes": found[wanted]}
