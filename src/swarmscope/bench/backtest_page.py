"""A backtest as one HTML file that needs nothing from anywhere: figures, threshold curves, the scores over time."""

from __future__ import annotations

import html
import itertools
import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from swarmscope.bench.backtest import Outcome, Point

WIDTH, HEIGHT, PAD = 860, 220, 44
STREAMS_SHOWN = 12
COLOURS = ("#2563eb", "#d97706", "#059669")
_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:920px;margin:2rem auto;padding:0 1rem;background:#fff;color:#111}
table{border-collapse:collapse;width:100%}td,th{padding:.25rem .6rem;text-align:right;border-bottom:1px solid #ddd}
th:first-child,td:first-child{text-align:left}svg{width:100%;height:auto}.best{font-weight:600}.note{color:#555}
@media(prefers-color-scheme:dark){body{background:#111;color:#eee}td,th{border-color:#333}.note{color:#aaa}svg text{fill:#ccc}}
"""


def document(outcome: Outcome) -> dict[str, Any]:
    """The same as JSON."""
    past = outcome.past
    return {
        "detector": outcome.detector,
        "streams": past.streams,
        "rows": len(past.values),
        "step_s": past.step_s,
        "start": datetime.fromtimestamp(past.start_s, UTC).isoformat(),
        "windows": {n: [list(w) for w in mine] for n, mine in zip(past.streams, past.windows, strict=True) if mine},
        "unit": outcome.unit,
        "in_force": outcome.own,
        "best": _plain(outcome.best),
        "curve": [_plain(p) for p in outcome.curve],
    }


def _plain(point: Point) -> dict[str, float | None]:
    values = {k: getattr(point, k) for k in Point.__dataclass_fields__}
    return {k: (v if math.isfinite(v) else None) for k, v in values.items()}


def page(outcome: Outcome) -> str:
    """The report."""
    past, best = outcome.past, outcome.best
    count = sum(map(len, past.windows))
    facts = (
        f"{len(past.values):,} rows of {len(past.streams)} streams, {len(past.signals)} signals, every {past.step_s:g} s; "
        f"{count} labelled windows"
    )
    curve = outcome.curve
    lines = [
        ("precision", [p.precision for p in curve]),
        ("recall", [p.recall for p in curve]),
        ("F1", [p.f1 for p in curve]),
    ]
    shown = sorted(range(len(past.streams)), key=lambda i: (-len(past.windows[i]), -float(outcome.scores[:, i].max())))
    plots = "".join(
        f"<h3>{html.escape(past.streams[i])}</h3>{_scores(outcome, i, best.threshold)}" for i in shown[:STREAMS_SHOWN]
    )
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>Backtest of {html.escape(outcome.detector)}</title><style>{_STYLE}</style>"
        f"<h1>Backtest of {html.escape(outcome.detector)}</h1><p>{facts}.</p>"
        f"<p>Best F1 at {best.threshold:g} {html.escape(outcome.unit)}: precision {_number(best.precision)}, recall "
        f"{_number(best.recall)}, median delay {_number(best.delay_s)} s, {_number(best.false_per_day)} false alarms per day "
        f"and stream.</p><h2>By threshold</h2>{_curves([p.threshold for p in curve], lines)}{_table(curve, best)}"
        f"<h2>Over time</h2><p class=note>Shaded: labelled. Line: the threshold of the best F1.</p>{plots}"
    )


def _number(value: float) -> str:
    return f"{value:.3g}" if math.isfinite(value) else "–"


def _table(curve: Sequence[Point], best: Point) -> str:
    head = "".join(
        f"<th>{c}</th>" for c in ("threshold", "precision", "recall", "F1", "delay (s)", "false per day", "alarms")
    )
    rows = "".join(
        f"<tr class={'best' if p is best else 'other'}>"
        + "".join(
            f"<td>{_number(v)}</td>" for v in (p.threshold, p.precision, p.recall, p.f1, p.delay_s, p.false_per_day)
        )
        + f"<td>{p.alarms}</td></tr>"
        for p in curve
    )
    return f"<table><tr>{head}</tr>{rows}</table>"


def _frame(inner: str, label: str) -> str:
    return (
        f"<svg viewBox='0 0 {WIDTH} {HEIGHT}' role=img aria-label='{html.escape(label)}' font-size=11>"
        f"<rect x={PAD} y=8 width={WIDTH - PAD - 8} height={HEIGHT - 40} fill=none stroke='#8888'/>{inner}</svg>"
    )


def _path(x: Sequence[float], y: Sequence[float], colour: str) -> str:
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True) if math.isfinite(b))
    return f"<polyline points='{points}' fill=none stroke='{colour}' stroke-width=1.6 />"


def _curves(thresholds: Sequence[float], lines: Sequence[tuple[str, Sequence[float]]]) -> str:
    logs = np.log10(thresholds)
    x = PAD + (WIDTH - PAD - 8) * (logs - logs[0]) / max(float(logs[-1] - logs[0]), 1e-9)
    inner = ""
    for k, (name, values) in enumerate(lines):
        y = [8 + (HEIGHT - 40) * (1 - v) for v in values]
        inner += _path(x.tolist(), y, COLOURS[k])
        inner += f"<text x={PAD + 10 + 90 * k} y={HEIGHT - 4} fill='{COLOURS[k]}'>{name}</text>"
    ticks = "".join(
        f"<text x={a:.0f} y={HEIGHT - 20} text-anchor=middle>{t:g}</text>"
        for a, t in zip(x.tolist(), thresholds, strict=True)
        if t in (1, 2, 3, 5, 10, 20, 50, 100)
    )
    ticks += f"<text x=8 y=16>1</text><text x=8 y={HEIGHT - 32}>0</text>"
    return _frame(inner + ticks, "precision, recall and F1 by threshold")


def _scores(outcome: Outcome, place: int, threshold: float) -> str:
    score = np.minimum(outcome.scores[:, place], 100.0)
    n = len(score)
    columns = min(n, WIDTH)
    edges = np.linspace(0, n, columns + 1).astype(int)
    peaks = np.array([score[a : max(b, a + 1)].max() for a, b in itertools.pairwise(edges)])
    top = max(float(peaks.max()), threshold, 1.0)

    def across(row: float) -> float:
        return float(PAD + (WIDTH - PAD - 8) * row / max(n, 1))

    shades = "".join(
        f"<rect x={across(a):.1f} y=8 width={max(1.5, across(b + 1) - across(a)):.1f} height={HEIGHT - 40} "
        "fill='#d9770633'/>"
        for a, b in outcome.past.windows[place]
    )
    level = 8 + (HEIGHT - 40) * (1 - threshold / top)
    line = f"<line x1={PAD} x2={WIDTH - 8} y1={level:.1f} y2={level:.1f} stroke='#dc2626' stroke-dasharray=4 />"
    y = [8 + (HEIGHT - 40) * (1 - v / top) for v in peaks.tolist()]
    body = _path([across(float(e)) for e in edges[:-1]], y, COLOURS[0])
    text = f"<text x=8 y=16>{top:.3g}</text><text x=8 y={HEIGHT - 32}>0</text>"
    return _frame(shades + line + body + text, f"surprise of {outcome.past.streams[place]} over time")
