"""The table of public results: every evaluation by name, run over a directory of data, with published numbers beside.

A part whose data are not there, or that is not installed, is named as left out; it is never passed over in silence.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from swarmscope.bench.evaluate import Row

DECIMALS = 4


@dataclass(frozen=True, slots=True)
class Part:
    """One evaluation. needs: paths under the data of which one must be there; none: it makes its own. source: of references."""

    name: str
    about: str
    module: str
    function: str
    needs: tuple[str, ...]
    source: str


PARTS = (
    Part("streams", "anomalies of single streams: NAB", "streams", "nab_rows", ("nab/labels",),
         "a simple ensemble 57.5, the best published 74.9, both on all 58 files"),
    Part("servers", "anomalies of servers: ASD, SMD", "streams", "server_rows", ("asd", "smd"), "PCA and EWMA over 15 rows"),
    Part("drift", "drift of models: LLMDrift", "drift", "rows", ("llmdrift",), "wanted: 98 % found, 0.05 per 500"),
    Part("norms", "conventions of populations: AI norms", "emergence", "norm_rows", ("ai_norms",), "Ashery et al. 2025"),
    Part("communities", "communities of labelled graphs", "emergence", "community_rows", ("community_graphs",),
         "leidenalg 0.10"),
    Part("sqli", "SQL injection: HttpParams, libinjection, GoTestWAF", "sqli", "rows", ("waf",), "libinjection and n-grams"),
    Part("forecasts", "forecasts: M4 hourly", "forecasts", "rows", ("m4",),
         "a blend of seven simple experts 0.456; ARIMA 0.44"),
    Part("templates", "log templates: LogHub", "log_templates", "rows", ("loghub_2k",), "Drain3 0.9.11"),
    Part("chance", "false alarms on pure chance", "chance", "rows", (), "the level that a test promises"),
    Part("noise", "false alarms of the ensemble on noise", "noise", "rows", (), "detect.alarms_per_day"),
)  # fmt: skip


@dataclass(slots=True)
class Result:
    """What a part gave. left_out: why it gave nothing."""

    part: Part
    rows: list[Row]
    seconds: float
    left_out: str = ""


def run(folder: Path, only: Sequence[str] = (), tell: Callable[[Result], None] = lambda _: None) -> list[Result]:
    """Every part, or those named. ValueError: a name that there is not."""
    known = [p.name for p in PARTS]
    if unknown := [n for n in only if n not in known]:
        raise ValueError(f"no evaluation {unknown[0]!r}; there are {', '.join(known)}")
    out = []
    for part in PARTS:
        if not only or part.name in only:
            out.append(_one(part, folder))
            tell(out[-1])
    return out


def _one(part: Part, folder: Path) -> Result:
    begun = time.monotonic()
    there = [n for n in part.needs if (folder / n).exists()]
    if part.needs and not there:
        return Result(part, [], 0.0, f"{folder} holds none of {', '.join(part.needs)}")
    try:
        function = getattr(import_module(f"swarmscope.bench.evaluate.{part.module}"), part.function)
        rows = function(folder) if part.needs else function()
    except ImportError as e:
        return Result(part, [], time.monotonic() - begun, f"it needs what is not installed: {e}")
    except (OSError, ValueError, KeyError) as e:
        return Result(part, [], time.monotonic() - begun, f"{type(e).__name__}: {e}")
    return Result(part, rows, time.monotonic() - begun, "" if rows else "the data gave no rows")


def verdict(row: Row) -> str:
    """`reached`, `missed`, or empty where there is nothing to compare with."""
    if row.reference is None or math.isnan(row.ours):
        return ""
    ours, reference = (round(v, DECIMALS) for v in (row.ours, row.reference))  # references are given so
    return "reached" if ours == reference or (ours > reference) == (row.better == "higher") else "missed"


def markdown(results: Sequence[Result]) -> str:
    """The table as documents hold it."""
    lines = ["| Data | Measure | Here | Reference | | Notes |", "|---|---|---|---|---|---|"]
    for result in results:
        for r in result.rows:
            reference = "" if r.reference is None else f"{'≥' if r.better == 'higher' else '≤'} {r.reference:.4g}"
            lines.append(f"| {r.dataset} | {r.metric} | {r.ours:.4g} | {reference} | {verdict(r)} | {r.note} |")
        if result.left_out:
            lines.append(f"| {result.part.name} | left out | | | | {result.left_out} |")
    return "\n".join(lines) + "\n"
