"""Evaluations on public, labelled data: one module per subject, each a function of the directory that holds the data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what was measured on what, ours and the reference; better: higher or lower."""

    dataset: str
    metric: str
    ours: float
    reference: float | None = None
    better: str = "higher"
    note: str = ""
