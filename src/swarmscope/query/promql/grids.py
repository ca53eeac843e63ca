"""Range functions and aggregations that ClickHouse computes where the samples lie."""

from __future__ import annotations

from swarmscope.query.promql.labels import Index, Mask
from swarmscope.query.promql.series import Rows
from swarmscope.query.promql.source import Window
from swarmscope.query.promql.values import F64
from swarmscope.query.reader import Reader


def gridded(reads: Reader, rows: Rows, window: Window) -> tuple[F64, Mask] | None:
    """The function over the grid per series; None where it is not computed here."""
    return None


def grouped(reads: Reader, rows: Rows, window: Window, op: str, groups: Index, count: int) -> tuple[F64, Mask] | None:
    """The same aggregated per group."""
    return None
