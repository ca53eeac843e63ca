"""What an alerting rule would have said: its expression over a data set or stored history, against what is known.

A rule that compares with a number fires where the comparison held for the whole of its `for`: where the least value of the
last `for` passes the number. So one evaluation of the side that is compared gives what every other threshold would have said:
scores are multiples of the rule's own. A rule that compares otherwise has one point, its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarmscope.bench.backtest import Outcome, Past, Windows, at_threshold
from swarmscope.decide.files import Rule, load
from swarmscope.errors import InputError
from swarmscope.query.promql.engine import Engine
from swarmscope.query.promql.memory import MemorySource
from swarmscope.query.promql.nodes import Binary, Number, Paren, Unary
from swarmscope.query.promql.parse import parse
from swarmscope.window import Signal

F64 = NDArray[np.float64]
MULTIPLES = (0.25, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0)
UNIT = "times the rule's own threshold"
SCORE_MAX = 1e6
STEPS_MAX = 11_000
STREAMS_MAX = 200
Series = Sequence[tuple[Mapping[str, str], Sequence[tuple[float, float]]]]  # labels, (seconds, value) of each step
Ask = Callable[[str], Series]


@dataclass(frozen=True, slots=True)
class Compared:
    """The side of a rule that is compared, as text, and with what. above: it fires above `number`."""

    text: str
    number: float
    above: bool
    equal: bool


def rule_of(path: Path, name: str = "") -> Rule:
    """The alerting rule of a file, by its name where there are several. ConfigError, InputError."""
    rules = {r.alert: r for group in load([path], 60_000) for r in group.rules if r.alert}
    if name and name not in rules:
        raise InputError(f"{path.name} has no alert {name!r}; there are {', '.join(rules) or 'none'}")
    if not name and len(rules) != 1:
        raise InputError(f"{path.name} has {len(rules)} alerts ({', '.join(rules)}); choose one with --alert")
    return rules[name or next(iter(rules))]


def compared(rule: Rule) -> Compared | None:
    """None: it compares with no number that multiples can be told of."""
    whole = parse(rule.text)
    while isinstance(whole, Paren):
        whole = whole.expr
    if not isinstance(whole, Binary) or whole.op not in (">", ">=", "<", "<=") or whole.return_bool:
        return None
    left, right, above = whole.left, whole.right, whole.op[0] == ">"
    number = _number(right)
    if number is None:
        left, number, above = right, _number(left), not above
    if number is None or not number > 0 or _number(left) is not None:
        return None
    return Compared(rule.text[left.start : left.end], number, above, whole.op.endswith("="))


def _number(node: Any) -> float | None:
    if isinstance(node, Paren):
        return _number(node.expr)
    if isinstance(node, Unary):
        inner = _number(node.expr)
        return None if inner is None else -inner if node.op == "-" else inner
    return float(node.value) if isinstance(node, Number) else None


def replayed(
    rule: Rule, ask: Ask, start_s: float, end_s: float, step_s: float, labelled: Mapping[str, Windows], grace: int = 0,
    quiet: int = 0,
) -> Outcome:  # fmt: skip
    """The outcome of a rule. ask: the series of an expression from start to end, a step apart. labelled: stream → rows.

    A series is the stream of its label `agent`, else of all its labels; with no label it is held against every window.
    InputError: the expression gave nothing.
    """
    side = compared(rule)
    found = list(ask(side.text if side else rule.text))
    steps = int((end_s - start_s) // step_s) + 1
    if not found and not labelled:
        raise InputError(f"the expression of {rule.alert} gave nothing, and nothing is labelled in this time")
    raw: dict[str, F64] = {}
    for labels, points in found:
        column = raw.setdefault(stream_of(labels), np.full(steps, -np.inf))
        for at, value in points:
            row = round((at - start_s) / step_s)
            if 0 <= row < steps and np.isfinite(value):
                column[row] = max(column[row], _score(value, side))
    streams = [*raw, *(n for n in labelled if n not in raw)][:STREAMS_MAX] if "" not in raw else list(raw)
    everything = sorted({w for mine in labelled.values() for w in mine})
    scores = np.stack([_held(raw.get(n, np.full(steps, -np.inf)), rule, step_s) for n in streams], axis=1)
    windows = [everything if n == "" else list(labelled.get(n, ())) for n in streams]
    empty = np.zeros((steps, 1, len(streams)), np.float32)
    shown = [n or "fleet" for n in streams]
    past = Past(empty, (Signal(rule.alert, "1", "linear", "both", 1e-3),), shown, step_s, start_s, windows)
    out = Outcome(rule.alert, past, np.clip(scores, 0.0, SCORE_MAX), unit=UNIT, own=1.0)
    chosen = MULTIPLES if side else (1.0,)
    out.curve = [at_threshold(out.scores, windows, step_s, t, quiet, grace) for t in chosen]
    return out


def stream_of(labels: Mapping[str, str]) -> str:
    """Whose a series is."""
    agent = labels.get("agent", "")
    return agent or ", ".join(f"{k}={v}" for k, v in sorted(labels.items()) if k != "__name__")


def _score(value: float, side: Compared | None) -> float:
    """A multiple of the rule's threshold, 1 and more exactly where the rule's comparison holds."""
    if side is None:
        return 1.0
    above = value / side.number if side.above else side.number / value if value > 0 else SCORE_MAX
    holds = (value > side.number if side.above else value < side.number) or (side.equal and value == side.number)
    return min(SCORE_MAX, max(above, 1.0)) if holds else min(above, 1 - 1e-9)


def _held(score: F64, rule: Rule, step_s: float) -> F64:
    """What has held for the whole of `for`. With `keep_firing_for`, the largest of MULTIPLES at which it fires."""
    hold, keep = (round(ms / 1000 / step_s) for ms in (rule.hold_ms, rule.keep_ms))
    if hold > 0:
        padded = np.concatenate([np.full(hold, -np.inf), score])
        held: F64 = np.lib.stride_tricks.sliding_window_view(padded, hold + 1).min(axis=1)
    else:
        held = score
    if keep <= 0:
        return held
    levels = np.array(MULTIPLES)
    since = np.full(len(levels), keep + 1)  # steps since the comparison held, of what fires
    out = np.zeros(len(score))
    for row in range(len(score)):  # what fires goes on with every moment that it holds, however short
        firing = (held[row] >= levels) | (since <= keep)
        since = np.where(firing & (score[row] >= levels), 0, since + 1)
        firing &= since <= keep
        out[row] = levels[firing].max(initial=0.0)
    return out


def of_data(past: Past) -> tuple[Ask, float]:
    """Asks over the columns of a data set, each a metric of its name (what no name can hold becomes `_`); the last moment."""
    source = MemorySource()
    steps = len(past.values)
    for place, signal in enumerate(past.signals):
        name = re.sub(r"[^a-zA-Z0-9_:]", "_", signal.name)
        name = name if re.match(r"[a-zA-Z_:]", name) else f"_{name}"
        for row, value in enumerate(past.values[:, place, 0].tolist()):
            if value == value:  # NaN: nothing there
                source.append({"__name__": name}, round((past.start_s + row * past.step_s) * 1000), value)
    end_s = past.start_s + (steps - 1) * past.step_s
    step_ns = round(past.step_s * 1e9)

    def ask(text: str) -> Series:
        given = Engine(source).range(text, round(past.start_s * 1e9), round(end_s * 1e9), step_ns)
        rows: list[tuple[dict[str, str], list[tuple[float, float]]]] = [(dict(labels), []) for labels in given.labels]
        for n, at, value in zip(given.series.tolist(), given.times_ms.tolist(), given.values.tolist(), strict=True):
            rows[n][1].append((at / 1000, value))
        return rows

    return ask, end_s
