"""Resources: what sent a span or a record, with the scope that it was made by."""

from __future__ import annotations

import re
import threading
from collections.abc import Collection
from typing import Any

from swarmscope.errors import NotFoundError
from swarmscope.query.reader import Reader
from swarmscope.query.spans import resource

KNOWN_MAX = 4096
_NAME = re.compile(r"[0-9a-f]{16}")


class _Known:
    """Resources of a tenant that have been read, the newest KNOWN_MAX."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[int, dict[str, Any]] = {}

    def of(self, ids: Collection[int]) -> dict[int, dict[str, Any]]:
        """Those of `ids` that are known."""
        with self._lock:
            return {i: self._found[i] for i in ids if i in self._found}

    def add(self, found: dict[int, dict[str, Any]]) -> None:
        """Remember these; the oldest make room."""
        with self._lock:
            self._found |= found
            for old in list(self._found)[: max(0, len(self._found) - KNOWN_MAX)]:
                del self._found[old]


def name(resource_id: int) -> str:
    """The id as the API gives it."""
    return f"{resource_id:016x}"


def of(reads: Reader, ids: Collection[int]) -> dict[str, dict[str, Any]]:
    """The attributes of resources by `name`, those of their scopes as `otel.scope.…`; unknown ones are left out.

    An id is a digest of what it names, so what was read once holds.
    """
    known = reads.kept(_Known)
    found = known.of(ids)
    if missing := sorted(set(ids) - found.keys()):
        rows = reads.few(
            "resource_id, attributes, attribute_types",
            "resources",
            "resource_id IN {ids:Array(UInt64)}",
            {"ids": missing},
            "LIMIT 1 BY resource_id",
        )
        fresh = {r["resource_id"]: resource(dict(r["attributes"]), r["attribute_types"]) for r in rows}
        known.add(fresh)
        found |= fresh
    return {name(i): attributes for i, attributes in found.items()}


def one(reads: Reader, wanted: str) -> dict[str, Any]:
    """One resource in the shape of `Resource`. NotFoundError."""
    found = of(reads, {int(wanted, 16)}) if _NAME.fullmatch(wanted) else {}
    if wanted not in found:
        raise NotFoundError(f"resource {wanted} is not here; take the `resource_id` of a span or a log record")
    return {"resource_id": wanted, "attributes": found[wanted]}
