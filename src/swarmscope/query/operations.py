"""Services, and what they do: names of spans with their kinds."""

from __future__ import annotations

import time
from typing import Any

from swarmscope.query.reader import Reader
from swarmscope.query.search import between
from swarmscope.query.times import Window

NAMES_MAX = 5000


def services(reads: Reader) -> list[str]:
    """Names of services, sorted."""
    rows = reads.query(
        f"SELECT DISTINCT toString(service) AS name FROM $resources WHERE service != '' ORDER BY name LIMIT {NAMES_MAX}"
    )
    names: list[str] = rows["name"].to_pylist()
    return names


def of(reads: Reader, service: str, kind: int | None = None) -> list[dict[str, Any]]:
    """`name` and `kind` (0–5) of the spans of a service that are kept in full, sorted."""
    within = Window(reads.oldest_ns(), time.time_ns() + 600 * 10**9)
    only = "" if kind is None else f"AND kind = {kind:d}"
    return reads.rows(
        f"SELECT DISTINCT toString(name) AS name, kind FROM {reads.spans(within)} WHERE {between('start_time', within)} "
        f"AND service = {{service:String}} {only} ORDER BY name, kind LIMIT {NAMES_MAX}",
        {"service": service},
    )
