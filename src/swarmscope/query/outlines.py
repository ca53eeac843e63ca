"""Traces in a few figures each, without their spans: what a list of found traces shows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from swarmscope.query.pieces import OF_TRACES
from swarmscope.query.reader import Reader

_PARENT = "parent_span_id != toFixedString('', 8)"


@dataclass(slots=True)
class Outline:
    """A trace. root: service and name of the earliest span without a parent, empty where there is none. orphans: spans whose
    parent is not there. services: spans and errors by service, sorted."""

    trace: str
    root: tuple[str, str] = ("", "")
    start_ns: int = 0
    end_ns: int = 0
    orphans: int = 0
    services: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def spans(self) -> int:
        """Number of spans."""
        return sum(count for count, _ in self.services.values())

    @property
    def errors(self) -> int:
        """Number of failed spans."""
        return sum(failed for _, failed in self.services.values())


def of(reads: Reader, ids: Collection[str]) -> dict[str, Outline]:
    """Outlines of the ended spans of traces (32 hex digits each); unknown traces are left out."""
    found = _read(reads, "$spans", ids) if ids else {}
    lost = set(ids) - found.keys()
    return found | (_read(reads, "$spans_kept", lost) if lost else {})


def _read(reads: Reader, table: str, ids: Collection[str]) -> dict[str, Outline]:
    rows = reads.rows(
        "SELECT lower(hex(trace_id)) AS trace, toString(service) AS service, count() AS n, countIf(status_code = 2) AS failed, "
        "toUnixTimestamp64Nano(min(start_time)) AS first, "
        "max(toUnixTimestamp64Nano(start_time) + toInt64(duration_ns)) AS last, "
        f"countIf({_PARENT} AND (trace_id, parent_span_id) NOT IN "
        f"(SELECT trace_id, span_id FROM {table} WHERE {OF_TRACES})) AS orphans, "
        f"minIf((toUnixTimestamp64Nano(start_time), toString(name)), NOT ({_PARENT})) AS root, "
        f"countIf(NOT ({_PARENT})) AS roots, root.1 AS root_ns, root.2 AS root_name "
        f"FROM {table} WHERE {OF_TRACES} GROUP BY trace_id, service ORDER BY trace, service",
        {"traces": sorted(ids)},
    )
    out: dict[str, Outline] = {}
    roots: dict[str, int] = {}
    for r in rows:
        one = out.setdefault(r["trace"], Outline(r["trace"], start_ns=r["first"]))
        _add(one, r)
        if r["roots"] and r["root_ns"] < roots.get(one.trace, 2**63):
            roots[one.trace], one.root = r["root_ns"], (r["service"], r["root_name"])
    return out


def _add(one: Outline, r: dict[str, Any]) -> None:
    one.start_ns, one.end_ns = min(one.start_ns, r["first"]), max(one.end_ns, r["last"])
    one.orphans += r["orphans"]
    one.services[r["service"]] = (r["n"], r["failed"])
