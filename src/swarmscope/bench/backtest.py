"""What a detector would have found: a data set or stored history replayed, with precision, recall, delay and false alarms.

An alarm is a row whose surprise passes the threshold while none of the `quiet` rows before it did: what goes on is told once.
It is right when it lies within a labelled window or up to `grace` rows after it. A window is found by the first alarm in it.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarmscope.detect.replay import Judge, plain_signal, replay
from swarmscope.errors import InputError
from swarmscope.query.buckets import SUMS
from swarmscope.window import SIGNALS, Signal, minutes

F64 = NDArray[np.float64]
F32 = NDArray[np.float32]
Windows = list[tuple[int, int]]
THRESHOLDS = (1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 12.0, 15.0, 20.0, 30.0, 50.0, 100.0)
REPORTED = 1e-3  # decades: of whatever a detector reports by itself
FLEET = "fleet"
DAY_S = 86_400.0
CELLS_MAX = 50_000_000
STREAMS_MAX = 200
MINUTES_MAX = 1_500
ROWS_MAX = 100_000
TIMES = ("time", "timestamp", "datetime", "date")
LABELS = ("label", "is_anomaly", "anomaly")


@dataclass(frozen=True, slots=True)
class Past:
    """What is replayed: values (time, signals, streams), NaN: nothing; windows of each stream, first and last row."""

    values: F32
    signals: tuple[Signal, ...]
    streams: list[str]
    step_s: float
    start_s: float
    windows: list[Windows]
    counts: F32 | None = None
    learn_only: int = 0


@dataclass(frozen=True, slots=True)
class Point:
    """One threshold: decades of surprise. delay_s: median from the start of a window to its first alarm, NaN: none found."""

    threshold: float
    precision: float
    recall: float
    f1: float
    delay_s: float
    false_per_day: float
    alarms: int


@dataclass(slots=True)
class Outcome:
    """A backtest. scores: (time, streams), in `unit`. own: the threshold that is in force, None: it is calibrated live."""

    detector: str
    past: Past
    scores: F64
    curve: list[Point] = field(default_factory=list)
    unit: str = "decades of surprise"
    own: float | None = None

    @property
    def best(self) -> Point:
        """The threshold with the best F1, the higher one of equals."""
        return max(self.curve, key=lambda p: (p.f1, p.threshold))


def run(name: str, judge: Judge, past: Past, quiet: int = 30, grace: int = 0) -> Outcome:
    """Replay, and judge at every threshold. PluginError: the detector cannot be replayed."""
    if past.values.size > CELLS_MAX:
        raise InputError(f"{past.values.size} values are more than {CELLS_MAX}; replay a shorter time or fewer streams")
    per_row = replay(judge, past.values, past.signals, past.step_s, past.start_s, past.learn_only, past.counts)
    out = Outcome(name, past, per_row.max(axis=1))
    out.curve = [at_threshold(out.scores, past.windows, past.step_s, t, quiet, grace) for t in THRESHOLDS]
    return out


def alarms(score: F64, threshold: float, quiet: int) -> NDArray[np.int64]:
    """Rows of alarms of one stream."""
    over = np.flatnonzero(score >= threshold)
    if not len(over):
        return over
    return np.asarray(over[np.r_[True, np.diff(over) > quiet]])


def at_threshold(
    scores: F64, windows: Sequence[Windows], step_s: float, threshold: float, quiet: int, grace: int
) -> Point:
    """Precision over alarms, recall over windows, of all streams together."""
    right = wrong = found = total = 0
    delays: list[float] = []
    for s, mine in enumerate(windows):
        at = alarms(scores[:, s], threshold, quiet)
        good = np.zeros(len(at), bool)
        for first, last in mine:
            inside = (at >= first) & (at <= last + grace)
            over = np.flatnonzero(scores[first : last + grace + 1, s] >= threshold)
            good |= inside
            total += 1
            if len(over):  # an alarm before it may go on: it is found all the same
                found += 1
                delays.append(float(over[0]) * step_s)
        right, wrong = right + int(good.sum()), wrong + int((~good).sum())
    precision = right / (right + wrong) if right + wrong else float("nan")
    recall = found / total if total else float("nan")
    both = precision + recall
    days = len(scores) * step_s * max(1, len(windows)) / DAY_S
    return Point(
        threshold=threshold,
        precision=precision,
        recall=recall,
        f1=2 * precision * recall / both if both > 0 else 0.0,
        delay_s=float(np.median(delays)) if delays else float("nan"),
        false_per_day=wrong / max(days, 1e-12),
        alarms=right + wrong,
    )


# ---- data sets


def read_file(path: Path, labels: str = "", scaled: bool = True) -> Past:
    """A CSV (also .gz) with a time column and columns of numbers, or an .npz with `train`, `test` and `label`.

    labels: a column of 0 and 1, or a CSV with `start` and `end`. scaled: in units of the spread of its first part, else as it
    is. InputError: what does not fit.
    """
    if not path.is_file():
        raise InputError(f"{str(path)!r} is no file")
    if path.suffix == ".npz":
        return _read_npz(path)
    head, lines = _csv(path)
    when = next((c for c in head if c.lower() in TIMES), "")
    marked = labels if labels in head else next((c for c in head if c.lower() in LABELS), "")
    names = [c for c in head if c not in (when, marked)]
    try:
        values = np.array([[float(row[c]) if row[c] else np.nan for c in names] for row in lines], np.float64)
    except ValueError as e:
        raise InputError(f"{path.name} holds what is no number: {e}; only columns of numbers are replayed") from e
    if not names or len(values) < 20:
        raise InputError(
            f"{path.name} has {len(names)} columns of numbers and {len(values)} rows; at least 1 and 20 are needed"
        )
    times = np.array([_seconds(row[when]) for row in lines]) if when else 60.0 * np.arange(len(values))
    step = float(np.median(np.diff(times)))
    if step <= 0:
        raise InputError(f"the times in {path.name} do not ascend")
    if marked:
        windows = runs(np.array([float(row[marked] or 0) > 0 for row in lines]))
    else:
        windows = _windows(Path(labels), times) if labels else []
    x: Any = _scaled(values, max(20, min(750, int(0.15 * len(values))))) if scaled else values
    signals = tuple(plain_signal(n) for n in names)
    return Past(x[:, :, None], signals, [path.name], step, float(times[0]), [windows])


def _read_npz(path: Path) -> Past:
    with np.load(path, allow_pickle=False) as data:
        if not {"train", "test", "label"} <= set(data.files):
            raise InputError(f"{path.name} holds {', '.join(data.files)}; train, test and label are needed")
        train, test, label = data["train"], data["test"], data["label"].astype(bool).ravel()
    both = np.concatenate([train, test]).astype(np.float64)
    signals = tuple(plain_signal(f"metric {i + 1}", floor=0.05) for i in range(both.shape[1]))
    windows = [(a + len(train), b + len(train)) for a, b in runs(label)]
    return Past(
        _scaled(both, len(train))[:, :, None], signals, [path.stem], 60.0, 0.0, [windows], learn_only=len(train)
    )


def _csv(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    raw: Any = gzip.open(path) if path.suffix == ".gz" else path.open("rb")  # noqa: SIM115 # closed below, whichever it is
    with raw, io.TextIOWrapper(raw, encoding="utf-8-sig") as text:
        rows = csv.DictReader(text)
        return list(rows.fieldnames or []), list(rows)


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as e:
        raise InputError(f"{text!r} is no time; write 2026-01-31T12:00:00 or seconds since the epoch") from e
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _windows(path: Path, times: NDArray[Any]) -> Windows:
    if not path.is_file():
        raise InputError(f"--labels {str(path)!r} is neither a column of the data nor a file with start and end")
    head, lines = _csv(path)
    if not {"start", "end"} <= set(head):
        raise InputError(f"{path.name} has the columns {', '.join(head)}; start and end are needed")
    out = []
    for row in lines:
        inside = np.flatnonzero((times >= _seconds(row["start"])) & (times <= _seconds(row["end"])))
        if len(inside):
            out.append((int(inside[0]), int(inside[-1])))
    return sorted(out)


def runs(mark: NDArray[np.bool_]) -> Windows:
    """First and last row of each stretch of true."""
    edges = np.flatnonzero(np.diff(np.r_[0, mark.astype(np.int8), 0]))
    return [(int(a), int(b) - 1) for a, b in edges.reshape(-1, 2)]


def _scaled(values: F64, head: int) -> F32:
    """In deviations of the first part: what comes later must not tell of the scale."""
    first = values[:head]
    with np.errstate(all="ignore"):
        middle = np.nanmedian(first, axis=0)
        low, high = np.nanpercentile(first, [25, 75], axis=0)
        spread = np.fmax(np.fmax((high - low) / 1.349, 0.1 * np.nanstd(first, axis=0)), 1e-9)
    scaled: F32 = np.clip((values - middle) / spread, -1e6, 1e6).astype(np.float32)
    return scaled


# ---- stored history


def of_findings(
    name: str, items: Sequence[Mapping[str, Any]], start_s: float, end_s: float, step_s: float,
    labelled: Mapping[str, Sequence[tuple[float, float]]], quiet: int = 0, grace: int = 0,
) -> Outcome:  # fmt: skip
    """The outcome of what a detector of batches or windows would have said: (seconds, streams, confidence) as mappings.

    Streams are agents and principals; what is about the whole fleet is held against every window. The first threshold is what
    it reports by itself.
    """
    steps = int((end_s - start_s) // step_s) + 1
    streams = list(dict.fromkeys([*labelled, *(n for i in items for n in i["streams"])]))[:STREAMS_MAX]
    at = {n: k for k, n in enumerate(streams)}
    scores = np.zeros((steps, len(streams)))
    for item in items:
        row = min(steps - 1, max(0, int((item["seconds"] - start_s) // step_s)))
        for stream in item["streams"]:
            if (place := at.get(stream)) is not None:
                decades = -np.log10(max(1 - item["confidence"], 1e-300))
                scores[row, place] = max(scores[row, place], decades, REPORTED)
    mine = {
        n: [
            w
            for a, b in spans
            if (w := (max(0, int((a - start_s) // step_s)), int((b - start_s) // step_s)))[0] < steps
        ]
        for n, spans in labelled.items()
    }
    every = sorted({w for windows in mine.values() for w in windows})
    windows = [every if n == FLEET else mine.get(n, []) for n in streams]
    nothing = np.zeros((steps, 1, len(streams)), np.float32)
    out = Outcome(name, Past(nothing, (plain_signal(name),), streams, step_s, start_s, windows), scores, own=REPORTED)
    out.curve = [at_threshold(scores, windows, step_s, t, quiet, grace) for t in (REPORTED, 0.3, 0.5, *THRESHOLDS)]
    return out


def history_sql(start_s: int, end_s: int) -> str:
    """The query for the minutes of every agent."""
    sums = ", ".join(f"sum({c}) AS {c}_sum" for c in SUMS)
    return (
        f"SELECT agent, toUnixTimestamp(toStartOfMinute(bucket)) AS minute, {sums} FROM agent_10s "  # noqa: S608 # made of numbers and constants
        f"WHERE bucket >= toDateTime({start_s:d}) AND bucket < toDateTime({end_s:d}) AND agent != '' GROUP BY agent, minute "
        f"ORDER BY agent, minute LIMIT {ROWS_MAX:d}"
    )


def of_history(
    rows: Sequence[Sequence[Any]], start_s: int, end_s: int, labelled: Mapping[str, Sequence[tuple[float, float]]]
) -> Past:
    """Rows of `history_sql` as a past. labelled: agent → (start, end) in seconds. InputError: nothing is there."""
    names = sorted({str(r[0]) for r in rows} | set(labelled))[:STREAMS_MAX]
    if not rows:
        raise InputError("no agent did anything in this time; give another --history")
    length = min(MINUTES_MAX, (end_s - start_s) // 60)
    at = {a: i for i, a in enumerate(names)}
    cells = {c: np.zeros((length, len(names))) for c in SUMS}
    for row in rows:
        place, minute = at.get(str(row[0]), -1), (int(row[1]) - start_s) // 60
        if place >= 0 and 0 <= minute < length:
            for c, value in zip(SUMS, row[2:], strict=True):
                cells[c][minute, place] = float(value)
    x, items = minutes({c: v.ravel() for c, v in cells.items()})
    shape = (len(SIGNALS), length, len(names))
    values, counts = (a.reshape(shape).transpose(1, 0, 2) for a in (x, items))
    before = ~np.logical_or.accumulate(cells["spans"] > 0, axis=0)
    values = np.where(before[:, None], np.nan, values).astype(np.float32)
    windows = [
        [
            w
            for a, b in labelled.get(n, ())
            if (w := (max(0, int(a - start_s) // 60), int(b - start_s) // 60))[0] < length
        ]
        for n in names
    ]
    return Past(values, SIGNALS, names, 60.0, float(start_s), windows, np.maximum(counts, 1).astype(np.float32))
